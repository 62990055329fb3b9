#!/bin/sh
# shellcheck disable=SC2016,SC2317,SC2329,SC2034,SC2043 # values are literal; nothing calls the functions or reads their variables
# What the templates of one area become. Made by BYHAND_RENEW=1 pytest tests/cases; never run.
set -eu
prior=/the/folder/prior/one
export prior

# ---- sysctl/file: typical
#   name: "lab"
#   settings: ["net.ipv4.ip_forward=1"]
check_sysctl_file_typical() {
  [ "$(cat /etc/sysctl.d/lab.conf)" = 'net.ipv4.ip_forward = 1' ] || return 1
  [ "$(tr -s '\t' ' ' </proc/sys/net/ipv4/ip_forward)" = 1 ] || return 1
}
save_sysctl_file_typical() {
  if [ ! -f /proc/sys/net/ipv4/ip_forward ]; then
    printf '%s\n' 'this kernel has no parameter net.ipv4.ip_forward' >&2
    return 1
  fi
  cat /proc/sys/net/ipv4/ip_forward
  [ -d /etc/sysctl.d ] || echo folder
  if [ -e /etc/sysctl.d/lab.conf ]; then echo file && cat /etc/sysctl.d/lab.conf; fi
}
apply_sysctl_file_typical() {
  if ! printf '%s\n' 1 2>/dev/null >/proc/sys/net/ipv4/ip_forward; then
    printf '%s\n' 'the kernel does not take net.ipv4.ip_forward=1' >&2
    return 1
  fi
  mkdir -p /etc/sysctl.d
  rm -f /etc/sysctl.d/lab.conf.byhand
  [ ! -e /etc/sysctl.d/lab.conf ] || cp -p /etc/sysctl.d/lab.conf /etc/sysctl.d/lab.conf.byhand
  printf '%s\n' 'net.ipv4.ip_forward = 1' >/etc/sysctl.d/lab.conf.byhand
  mv -f /etc/sysctl.d/lab.conf.byhand /etc/sysctl.d/lab.conf
}
undo_sysctl_file_typical() {
  rm -f /etc/sysctl.d/lab.conf.byhand
  if [ "$(tr -s '\t' ' ' </proc/sys/net/ipv4/ip_forward)" = 1 ]; then
    sed -n 1p "$prior" >/proc/sys/net/ipv4/ip_forward
  fi
  case $(sed -n 2p "$prior") in
  file) tail -n +3 "$prior" >/etc/sysctl.d/lab.conf ;;
  folder)
    rm -f /etc/sysctl.d/lab.conf
    [ ! -d /etc/sysctl.d ] || [ "$(ls -A /etc/sysctl.d)" ] || rmdir /etc/sysctl.d ;;
  *) rm -f /etc/sysctl.d/lab.conf ;;
  esac
}
diff_sysctl_file_typical() {
  printf '%s\n' 'net.ipv4.ip_forward = 1' | diff -uN /etc/sysctl.d/lab.conf - || :
}

# ---- sysctl/file: every
#   name: "90-lab"
#   settings: ["net.ipv4.ip_forward = 1", "net.ipv4.tcp_rmem=4096 87380 6291456"]
#   now: false
check_sysctl_file_every() {
  [ "$(cat /etc/sysctl.d/90-lab.conf)" = 'net.ipv4.ip_forward = 1
net.ipv4.tcp_rmem = 4096 87380 6291456' ] || return 1
}
save_sysctl_file_every() {
  [ -d /etc/sysctl.d ] || echo folder
  if [ -e /etc/sysctl.d/90-lab.conf ]; then echo file && cat /etc/sysctl.d/90-lab.conf; fi
}
apply_sysctl_file_every() {
  mkdir -p /etc/sysctl.d
  rm -f /etc/sysctl.d/90-lab.conf.byhand
  [ ! -e /etc/sysctl.d/90-lab.conf ] || cp -p /etc/sysctl.d/90-lab.conf /etc/sysctl.d/90-lab.conf.byhand
  printf '%s\n' 'net.ipv4.ip_forward = 1' 'net.ipv4.tcp_rmem = 4096 87380 6291456' >/etc/sysctl.d/90-lab.conf.byhand
  mv -f /etc/sysctl.d/90-lab.conf.byhand /etc/sysctl.d/90-lab.conf
}
undo_sysctl_file_every() {
  rm -f /etc/sysctl.d/90-lab.conf.byhand
  case $(sed -n 1p "$prior") in
  file) tail -n +2 "$prior" >/etc/sysctl.d/90-lab.conf ;;
  folder)
    rm -f /etc/sysctl.d/90-lab.conf
    [ ! -d /etc/sysctl.d ] || [ "$(ls -A /etc/sysctl.d)" ] || rmdir /etc/sysctl.d ;;
  *) rm -f /etc/sysctl.d/90-lab.conf ;;
  esac
}
diff_sysctl_file_every() {
  printf '%s\n' 'net.ipv4.ip_forward = 1' 'net.ipv4.tcp_rmem = 4096 87380 6291456' | diff -uN /etc/sysctl.d/90-lab.conf - || :
}

# ---- sysctl/file: hostile
#   name: "a.b"
#   settings: ["kernel.core_pattern=|/bin/it's %e $(a) `b`"]
check_sysctl_file_hostile() {
  [ "$(cat /etc/sysctl.d/a.b.conf)" = 'kernel.core_pattern = |/bin/it'\''s %e $(a) `b`' ] || return 1
  [ "$(tr -s '\t' ' ' </proc/sys/kernel/core_pattern)" = '|/bin/it'\''s %e $(a) `b`' ] || return 1
}
save_sysctl_file_hostile() {
  if [ ! -f /proc/sys/kernel/core_pattern ]; then
    printf '%s\n' 'this kernel has no parameter kernel.core_pattern' >&2
    return 1
  fi
  cat /proc/sys/kernel/core_pattern
  [ -d /etc/sysctl.d ] || echo folder
  if [ -e /etc/sysctl.d/a.b.conf ]; then echo file && cat /etc/sysctl.d/a.b.conf; fi
}
apply_sysctl_file_hostile() {
  if ! printf '%s\n' '|/bin/it'\''s %e $(a) `b`' 2>/dev/null >/proc/sys/kernel/core_pattern; then
    printf '%s\n' 'the kernel does not take kernel.core_pattern=|/bin/it'\''s %e $(a) `b`' >&2
    return 1
  fi
  mkdir -p /etc/sysctl.d
  rm -f /etc/sysctl.d/a.b.conf.byhand
  [ ! -e /etc/sysctl.d/a.b.conf ] || cp -p /etc/sysctl.d/a.b.conf /etc/sysctl.d/a.b.conf.byhand
  printf '%s\n' 'kernel.core_pattern = |/bin/it'\''s %e $(a) `b`' >/etc/sysctl.d/a.b.conf.byhand
  mv -f /etc/sysctl.d/a.b.conf.byhand /etc/sysctl.d/a.b.conf
}
undo_sysctl_file_hostile() {
  rm -f /etc/sysctl.d/a.b.conf.byhand
  if [ "$(tr -s '\t' ' ' </proc/sys/kernel/core_pattern)" = '|/bin/it'\''s %e $(a) `b`' ]; then
    sed -n 1p "$prior" >/proc/sys/kernel/core_pattern
  fi
  case $(sed -n 2p "$prior") in
  file) tail -n +3 "$prior" >/etc/sysctl.d/a.b.conf ;;
  folder)
    rm -f /etc/sysctl.d/a.b.conf
    [ ! -d /etc/sysctl.d ] || [ "$(ls -A /etc/sysctl.d)" ] || rmdir /etc/sysctl.d ;;
  *) rm -f /etc/sysctl.d/a.b.conf ;;
  esac
}
diff_sysctl_file_hostile() {
  printf '%s\n' 'kernel.core_pattern = |/bin/it'\''s %e $(a) `b`' | diff -uN /etc/sysctl.d/a.b.conf - || :
}

# ---- sysctl/set: typical
#   key: "net.ipv4.ip_forward"
#   value: "1"
check_sysctl_set_typical() {
  [ "$(tr -s '\t' ' ' </proc/sys/net/ipv4/ip_forward)" = 1 ]
}
save_sysctl_set_typical() {
  cat /proc/sys/net/ipv4/ip_forward
}
apply_sysctl_set_typical() {
  printf '%s\n' 1 >/proc/sys/net/ipv4/ip_forward
}
undo_sysctl_set_typical() {
  cat "$prior" >/proc/sys/net/ipv4/ip_forward
}

# ---- sysctl/set: hostile
#   key: "kernel.core_pattern"
#   value: "|/bin/it's %e $(a) `b` ü"
check_sysctl_set_hostile() {
  [ "$(tr -s '\t' ' ' </proc/sys/kernel/core_pattern)" = '|/bin/it'\''s %e $(a) `b` ü' ]
}
save_sysctl_set_hostile() {
  cat /proc/sys/kernel/core_pattern
}
apply_sysctl_set_hostile() {
  printf '%s\n' '|/bin/it'\''s %e $(a) `b` ü' >/proc/sys/kernel/core_pattern
}
undo_sysctl_set_hostile() {
  cat "$prior" >/proc/sys/kernel/core_pattern
}

# ---- sysctl/set: every
#   key: "net.ipv4.ip_forward"
#   value: "1"
#   netns: "lab"
check_sysctl_set_every() {
  [ "$(ip netns exec lab cat /proc/sys/net/ipv4/ip_forward | tr -s '\t' ' ')" = 1 ]
}
save_sysctl_set_every() {
  ip netns exec lab cat /proc/sys/net/ipv4/ip_forward
}
apply_sysctl_set_every() {
  printf '%s\n' 1 | ip netns exec lab tee /proc/sys/net/ipv4/ip_forward >/dev/null
}
undo_sysctl_set_every() {
  [ ! -e /run/netns/lab ] || ip netns exec lab tee /proc/sys/net/ipv4/ip_forward <"$prior" >/dev/null
}
