#!/bin/sh
# shellcheck disable=SC2016,SC2317,SC2329,SC2034,SC2043 # values are literal; nothing calls the functions or reads their variables
# What the templates of one area become. Made by BYHAND_RENEW=1 pytest tests/cases; never run.
set -eu
prior=/the/folder/prior/one
export prior

# ---- cgroup/create: typical
#   name: "web"
#   controllers: ["memory"]
#   mounts: ["/sys/fs/cgroup/memory"]
check_cgroup_create_typical() {
  [ -d /sys/fs/cgroup/memory/web ] || return 1
  [ ! -e /sys/fs/cgroup/memory/cgroup.subtree_control ] || [ -d /sys/fs/cgroup/memory/web.keep ]
}
apply_cgroup_create_typical() {
  root=/sys/fs/cgroup/memory
  cgcreate -g memory:web || {
    if [ -e "$root/cgroup.type" ] && grep -q . "$root/cgroup.procs"; then
      printf '%s is not the root of all groups and has processes: no controller is handed on there (cgroups(7))\n' "$root" >&2
    fi
    return 1
  }
  if [ -e "$root/cgroup.subtree_control" ]; then
    # Version 2. systemd (252) takes from the root's groups each controller that no unit of its own needs, with the limits
    # they have by it, at any daemon-reload. The kernel refuses that while one group hands the controller on: an empty one.
    mkdir -p "$root/"web.keep
    printf '%s\n' +memory >"$root/"web.keep/cgroup.subtree_control
  fi
}
undo_cgroup_create_typical() {
  # cgdelete of several v1 hierarchies can answer 0 and leave some (libcgroup 2.0.2): rmdir(2) tells.
  rmdir -- /sys/fs/cgroup/memory/web /sys/fs/cgroup/memory/web.keep 2>/dev/null || :
  for group in /sys/fs/cgroup/memory/web /sys/fs/cgroup/memory/web.keep; do
    tries=100
    while [ -d "$group" ] && ! rmdir "$group" 2>/dev/null; do
      tries=$((tries - 1))
      [ "$tries" -gt 0 ] || { rmdir "$group"; return 1; }
      sleep 0.01
    done
  done
}

# ---- cgroup/create: every
#   name: "byhand-1.a_b"
#   controllers: ["cpu", "cpuacct", "pids"]
#   mounts: ["/sys/fs/cgroup/cpu,cpuacct", "/sys/fs/cgroup/pids"]
check_cgroup_create_every() {
  [ -d /sys/fs/cgroup/cpu,cpuacct/byhand-1.a_b ] || return 1
  [ -d /sys/fs/cgroup/pids/byhand-1.a_b ] || return 1
}
apply_cgroup_create_every() {
  cgcreate -g cpu,cpuacct,pids:byhand-1.a_b
}
undo_cgroup_create_every() {
  # cgdelete of several v1 hierarchies can answer 0 and leave some (libcgroup 2.0.2): rmdir(2) tells.
  rmdir -- /sys/fs/cgroup/cpu,cpuacct/byhand-1.a_b /sys/fs/cgroup/pids/byhand-1.a_b 2>/dev/null || :
  for group in /sys/fs/cgroup/cpu,cpuacct/byhand-1.a_b /sys/fs/cgroup/pids/byhand-1.a_b; do
    tries=100
    while [ -d "$group" ] && ! rmdir "$group" 2>/dev/null; do
      tries=$((tries - 1))
      [ "$tries" -gt 0 ] || { rmdir "$group"; return 1; }
      sleep 0.01
    done
  done
}

# ---- cgroup/create: version 2
#   name: "web"
#   controllers: ["memory", "cpu"]
#   mounts: ["/sys/fs/cgroup", "/sys/fs/cgroup"]
check_cgroup_create_version_2() {
  [ -d /sys/fs/cgroup/web ] || return 1
  [ ! -e /sys/fs/cgroup/cgroup.subtree_control ] || [ -d /sys/fs/cgroup/web.keep ]
}
apply_cgroup_create_version_2() {
  root=/sys/fs/cgroup
  cgcreate -g memory,cpu:web || {
    if [ -e "$root/cgroup.type" ] && grep -q . "$root/cgroup.procs"; then
      printf '%s is not the root of all groups and has processes: no controller is handed on there (cgroups(7))\n' "$root" >&2
    fi
    return 1
  }
  if [ -e "$root/cgroup.subtree_control" ]; then
    # Version 2. systemd (252) takes from the root's groups each controller that no unit of its own needs, with the limits
    # they have by it, at any daemon-reload. The kernel refuses that while one group hands the controller on: an empty one.
    mkdir -p "$root/"web.keep
    printf '%s\n' '+memory +cpu' >"$root/"web.keep/cgroup.subtree_control
  fi
}
undo_cgroup_create_version_2() {
  # cgdelete of several v1 hierarchies can answer 0 and leave some (libcgroup 2.0.2): rmdir(2) tells.
  rmdir -- /sys/fs/cgroup/web /sys/fs/cgroup/web.keep 2>/dev/null || :
  for group in /sys/fs/cgroup/web /sys/fs/cgroup/web.keep; do
    tries=100
    while [ -d "$group" ] && ! rmdir "$group" 2>/dev/null; do
      tries=$((tries - 1))
      [ "$tries" -gt 0 ] || { rmdir "$group"; return 1; }
      sleep 0.01
    done
  done
}

# ---- cgroup/create: hostile
#   name: "a"
#   controllers: ["memory"]
#   mounts: ["/mnt/it's $(a) ü"]
check_cgroup_create_hostile() {
  [ -d '/mnt/it'\''s $(a) ü/a' ] || return 1
  [ ! -e '/mnt/it'\''s $(a) ü/cgroup.subtree_control' ] || [ -d '/mnt/it'\''s $(a) ü/a.keep' ]
}
apply_cgroup_create_hostile() {
  root='/mnt/it'\''s $(a) ü'
  cgcreate -g memory:a || {
    if [ -e "$root/cgroup.type" ] && grep -q . "$root/cgroup.procs"; then
      printf '%s is not the root of all groups and has processes: no controller is handed on there (cgroups(7))\n' "$root" >&2
    fi
    return 1
  }
  if [ -e "$root/cgroup.subtree_control" ]; then
    # Version 2. systemd (252) takes from the root's groups each controller that no unit of its own needs, with the limits
    # they have by it, at any daemon-reload. The kernel refuses that while one group hands the controller on: an empty one.
    mkdir -p "$root/"a.keep
    printf '%s\n' +memory >"$root/"a.keep/cgroup.subtree_control
  fi
}
undo_cgroup_create_hostile() {
  # cgdelete of several v1 hierarchies can answer 0 and leave some (libcgroup 2.0.2): rmdir(2) tells.
  rmdir -- '/mnt/it'\''s $(a) ü/a' '/mnt/it'\''s $(a) ü/a.keep' 2>/dev/null || :
  for group in '/mnt/it'\''s $(a) ü/a' '/mnt/it'\''s $(a) ü/a.keep'; do
    tries=100
    while [ -d "$group" ] && ! rmdir "$group" 2>/dev/null; do
      tries=$((tries - 1))
      [ "$tries" -gt 0 ] || { rmdir "$group"; return 1; }
      sleep 0.01
    done
  done
}

# ---- cgroup/set: typical
#   name: "web"
#   settings: ["memory.max=7340032"]
apply_cgroup_set_typical() {
  cgset -r memory.max=7340032 web
}

# ---- cgroup/set: every
#   name: "web"
#   settings: ["cpu.max=10000 100000", "pids.max=5"]
apply_cgroup_set_every() {
  cgset -r 'cpu.max=10000 100000' -r pids.max=5 web
}

# ---- cgroup/set: hostile
#   name: "web"
#   settings: ["a=it's $(b)\n`c`", "-x=é"]
apply_cgroup_set_hostile() {
  cgset -r 'a=it'\''s $(b)
`c`' -r '-x=é' web
}

# ---- cgroup/limits: typical
#   name: "web"
#   settings: ["memory.max=7340032"]
check_cgroup_limits_typical() {
  page=$(getconf PAGESIZE)
  [ "$(cgget -n -v -r memory.max web)" = "$((7340032 / page * page))" ] || return 1
}
save_cgroup_limits_typical() {
  found=$(cgget -n -v -r memory.max web)
  printf '%s=%s\n' memory.max "$found"
}
apply_cgroup_limits_typical() {
  cgset -r memory.max=7340032 web
}
undo_cgroup_limits_typical() {
  while IFS= read -r former; do
    # A group that is gone took its limits with it.
    if cgget -n -v -r "${former%%=*}" web >/dev/null 2>&1; then cgset -r "$former" web; fi
  done <"$prior"
}

# ---- cgroup/limits: every
#   name: "web"
#   settings: ["memory.limit_in_bytes=-1", "cpu.max=10000 100000", "pids.max=5"]
check_cgroup_limits_every() {
  page=$(getconf PAGESIZE)
  [ "$(cgget -n -v -r memory.limit_in_bytes web)" = "$((9223372036854775807 / page * page))" ] || return 1
  [ "$(cgget -n -v -r cpu.max web)" = '10000 100000' ] || return 1
  [ "$(cgget -n -v -r pids.max web)" = 5 ] || return 1
}
save_cgroup_limits_every() {
  found=$(cgget -n -v -r pids.max web)
  printf '%s=%s\n' pids.max "$found"
  found=$(cgget -n -v -r cpu.max web)
  printf '%s=%s\n' cpu.max "$found"
  found=$(cgget -n -v -r memory.limit_in_bytes web)
  printf '%s=%s\n' memory.limit_in_bytes "$found"
}
apply_cgroup_limits_every() {
  cgset -r memory.limit_in_bytes=-1 -r 'cpu.max=10000 100000' -r pids.max=5 web
}
undo_cgroup_limits_every() {
  while IFS= read -r former; do
    # A group that is gone took its limits with it.
    if cgget -n -v -r "${former%%=*}" web >/dev/null 2>&1; then cgset -r "$former" web; fi
  done <"$prior"
}

# ---- cgroup/limits: hostile
#   name: "web"
#   settings: ["a=it's $(b)\n`c`", "-x=é"]
check_cgroup_limits_hostile() {
  [ "$(cgget -n -v -r a web)" = 'it'\''s $(b)
`c`' ] || return 1
  [ "$(cgget -n -v -r -x web)" = 'é' ] || return 1
}
save_cgroup_limits_hostile() {
  found=$(cgget -n -v -r -x web)
  printf '%s=%s\n' -x "$found"
  found=$(cgget -n -v -r a web)
  printf '%s=%s\n' a "$found"
}
apply_cgroup_limits_hostile() {
  cgset -r 'a=it'\''s $(b)
`c`' -r '-x=é' web
}
undo_cgroup_limits_hostile() {
  while IFS= read -r former; do
    # A group that is gone took its limits with it.
    if cgget -n -v -r "${former%%=*}" web >/dev/null 2>&1; then cgset -r "$former" web; fi
  done <"$prior"
}
