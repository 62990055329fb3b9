#!/bin/sh
# shellcheck disable=SC2016,SC2317,SC2329,SC2034,SC2043 # values are literal; nothing calls the functions or reads their variables
# What the templates of one area become. Made by BYHAND_RENEW=1 pytest tests/cases; never run.
set -eu
prior=/the/folder/prior/one
export prior

# ---- sudo/rule: typical
#   name: "alice"
#   rules: "alice ALL=(ALL) NOPASSWD: ALL"
check_sudo_rule_typical() {
  [ ! -h /etc/sudoers.d/alice ] && [ -f /etc/sudoers.d/alice ] && [ "$(stat -c '%a %u:%g' -- /etc/sudoers.d/alice)" = '440 0:0' ] &&
    printf '%s' 'alice ALL=(ALL) NOPASSWD: ALL
' | cmp -s -- - /etc/sudoers.d/alice
}
save_sudo_rule_typical() {
  if [ -h /etc/sudoers.d/alice ] || [ -d /etc/sudoers.d/alice ]; then
    printf '%s\n' '/etc/sudoers.d/alice is a folder or a link' >&2
    return 1
  fi
  if [ -e /etc/sudoers.d/alice ]; then
    stat -c '%a %u:%g' -- /etc/sudoers.d/alice
    cat -- /etc/sudoers.d/alice
  fi
}
apply_sudo_rule_typical() {
  rm -f -- /etc/sudoers.d/alice.byhand
  (
    umask 077
    set -C
    printf '%s' 'alice ALL=(ALL) NOPASSWD: ALL
' >/etc/sudoers.d/alice.byhand
  )
  chmod 440 /etc/sudoers.d/alice.byhand
  if ! log=$(visudo -c -q -f /etc/sudoers.d/alice.byhand 2>&1); then
    rm -f -- /etc/sudoers.d/alice.byhand
    printf '%s\n' 'visudo refuses the rules of alice:'" $(printf '%s' "$log" | head -n 1)" >&2
    return 1
  fi
  mv -fT -- /etc/sudoers.d/alice.byhand /etc/sudoers.d/alice
  # Rules that are right alone can still be wrong with the others: an alias defined twice.
  if ! log=$(visudo -c -q 2>&1); then
    printf '%s\n' 'visudo refuses the rules of alice with the others:'" $(printf '%s' "$log" | head -n 1)" >&2
    return 1
  fi
}
undo_sudo_rule_typical() {
  rm -f -- /etc/sudoers.d/alice.byhand
  if [ ! -s "$prior" ]; then
    rm -f -- /etc/sudoers.d/alice
    return $?
  fi
  read -r mode owner <"$prior"
  (
    umask 077
    set -C
    tail -n +2 "$prior" >/etc/sudoers.d/alice.byhand
  )
  chown -- "$owner" /etc/sudoers.d/alice.byhand
  chmod "$mode" /etc/sudoers.d/alice.byhand
  mv -fT -- /etc/sudoers.d/alice.byhand /etc/sudoers.d/alice
}
diff_sudo_rule_typical() {
  printf '%s' 'alice ALL=(ALL) NOPASSWD: ALL
' | diff -uN -- /etc/sudoers.d/alice - || :
}

# ---- sudo/rule: every
#   name: "a-b"
#   rules: "a ALL=(b) /bin/c\nd ALL=(e) /bin/f\n"
#   absent: false
check_sudo_rule_every() {
  [ ! -h /etc/sudoers.d/a-b ] && [ -f /etc/sudoers.d/a-b ] && [ "$(stat -c '%a %u:%g' -- /etc/sudoers.d/a-b)" = '440 0:0' ] &&
    printf '%s' 'a ALL=(b) /bin/c
d ALL=(e) /bin/f
' | cmp -s -- - /etc/sudoers.d/a-b
}
save_sudo_rule_every() {
  if [ -h /etc/sudoers.d/a-b ] || [ -d /etc/sudoers.d/a-b ]; then
    printf '%s\n' '/etc/sudoers.d/a-b is a folder or a link' >&2
    return 1
  fi
  if [ -e /etc/sudoers.d/a-b ]; then
    stat -c '%a %u:%g' -- /etc/sudoers.d/a-b
    cat -- /etc/sudoers.d/a-b
  fi
}
apply_sudo_rule_every() {
  rm -f -- /etc/sudoers.d/a-b.byhand
  (
    umask 077
    set -C
    printf '%s' 'a ALL=(b) /bin/c
d ALL=(e) /bin/f
' >/etc/sudoers.d/a-b.byhand
  )
  chmod 440 /etc/sudoers.d/a-b.byhand
  if ! log=$(visudo -c -q -f /etc/sudoers.d/a-b.byhand 2>&1); then
    rm -f -- /etc/sudoers.d/a-b.byhand
    printf '%s\n' 'visudo refuses the rules of a-b:'" $(printf '%s' "$log" | head -n 1)" >&2
    return 1
  fi
  mv -fT -- /etc/sudoers.d/a-b.byhand /etc/sudoers.d/a-b
  # Rules that are right alone can still be wrong with the others: an alias defined twice.
  if ! log=$(visudo -c -q 2>&1); then
    printf '%s\n' 'visudo refuses the rules of a-b with the others:'" $(printf '%s' "$log" | head -n 1)" >&2
    return 1
  fi
}
undo_sudo_rule_every() {
  rm -f -- /etc/sudoers.d/a-b.byhand
  if [ ! -s "$prior" ]; then
    rm -f -- /etc/sudoers.d/a-b
    return $?
  fi
  read -r mode owner <"$prior"
  (
    umask 077
    set -C
    tail -n +2 "$prior" >/etc/sudoers.d/a-b.byhand
  )
  chown -- "$owner" /etc/sudoers.d/a-b.byhand
  chmod "$mode" /etc/sudoers.d/a-b.byhand
  mv -fT -- /etc/sudoers.d/a-b.byhand /etc/sudoers.d/a-b
}
diff_sudo_rule_every() {
  printf '%s' 'a ALL=(b) /bin/c
d ALL=(e) /bin/f
' | diff -uN -- /etc/sudoers.d/a-b - || :
}

# ---- sudo/rule: gone
#   name: "alice"
#   absent: true
check_sudo_rule_gone() {
  [ ! -e /etc/sudoers.d/alice ] && [ ! -h /etc/sudoers.d/alice ]
}
save_sudo_rule_gone() {
  if [ -h /etc/sudoers.d/alice ] || [ -d /etc/sudoers.d/alice ]; then
    printf '%s\n' '/etc/sudoers.d/alice is a folder or a link' >&2
    return 1
  fi
  if [ -e /etc/sudoers.d/alice ]; then
    stat -c '%a %u:%g' -- /etc/sudoers.d/alice
    cat -- /etc/sudoers.d/alice
  fi
}
apply_sudo_rule_gone() {
  rm -f -- /etc/sudoers.d/alice
}
undo_sudo_rule_gone() {
  rm -f -- /etc/sudoers.d/alice.byhand
  if [ ! -s "$prior" ]; then
    rm -f -- /etc/sudoers.d/alice
    return $?
  fi
  read -r mode owner <"$prior"
  (
    umask 077
    set -C
    tail -n +2 "$prior" >/etc/sudoers.d/alice.byhand
  )
  chown -- "$owner" /etc/sudoers.d/alice.byhand
  chmod "$mode" /etc/sudoers.d/alice.byhand
  mv -fT -- /etc/sudoers.d/alice.byhand /etc/sudoers.d/alice
}
diff_sudo_rule_gone() {
  diff -uN -- /etc/sudoers.d/alice /dev/null || :
}

# ---- sudo/rule: hostile
#   name: "a_b"
#   rules: "# it's $(a) `b`\n-x \\n ü"
check_sudo_rule_hostile() {
  [ ! -h /etc/sudoers.d/a_b ] && [ -f /etc/sudoers.d/a_b ] && [ "$(stat -c '%a %u:%g' -- /etc/sudoers.d/a_b)" = '440 0:0' ] &&
    printf '%s' '# it'\''s $(a) `b`
-x \n ü
' | cmp -s -- - /etc/sudoers.d/a_b
}
save_sudo_rule_hostile() {
  if [ -h /etc/sudoers.d/a_b ] || [ -d /etc/sudoers.d/a_b ]; then
    printf '%s\n' '/etc/sudoers.d/a_b is a folder or a link' >&2
    return 1
  fi
  if [ -e /etc/sudoers.d/a_b ]; then
    stat -c '%a %u:%g' -- /etc/sudoers.d/a_b
    cat -- /etc/sudoers.d/a_b
  fi
}
apply_sudo_rule_hostile() {
  rm -f -- /etc/sudoers.d/a_b.byhand
  (
    umask 077
    set -C
    printf '%s' '# it'\''s $(a) `b`
-x \n ü
' >/etc/sudoers.d/a_b.byhand
  )
  chmod 440 /etc/sudoers.d/a_b.byhand
  if ! log=$(visudo -c -q -f /etc/sudoers.d/a_b.byhand 2>&1); then
    rm -f -- /etc/sudoers.d/a_b.byhand
    printf '%s\n' 'visudo refuses the rules of a_b:'" $(printf '%s' "$log" | head -n 1)" >&2
    return 1
  fi
  mv -fT -- /etc/sudoers.d/a_b.byhand /etc/sudoers.d/a_b
  # Rules that are right alone can still be wrong with the others: an alias defined twice.
  if ! log=$(visudo -c -q 2>&1); then
    printf '%s\n' 'visudo refuses the rules of a_b with the others:'" $(printf '%s' "$log" | head -n 1)" >&2
    return 1
  fi
}
undo_sudo_rule_hostile() {
  rm -f -- /etc/sudoers.d/a_b.byhand
  if [ ! -s "$prior" ]; then
    rm -f -- /etc/sudoers.d/a_b
    return $?
  fi
  read -r mode owner <"$prior"
  (
    umask 077
    set -C
    tail -n +2 "$prior" >/etc/sudoers.d/a_b.byhand
  )
  chown -- "$owner" /etc/sudoers.d/a_b.byhand
  chmod "$mode" /etc/sudoers.d/a_b.byhand
  mv -fT -- /etc/sudoers.d/a_b.byhand /etc/sudoers.d/a_b
}
diff_sudo_rule_hostile() {
  printf '%s' '# it'\''s $(a) `b`
-x \n ü
' | diff -uN -- /etc/sudoers.d/a_b - || :
}
