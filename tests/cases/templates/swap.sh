#!/bin/sh
# shellcheck disable=SC2016,SC2317,SC2329,SC2034,SC2043 # values are literal; nothing calls the functions or reads their variables
# What the templates of one area become. Made by BYHAND_RENEW=1 pytest tests/cases; never run.
set -eu
prior=/the/folder/prior/one
export prior

# ---- swap/file: typical
#   path: "/swapfile"
#   size: "1g"
check_swap_file_typical() {
  [ "$(stat -c %s -- /swapfile)" = 1073741824 ] &&
    NAME=/swapfile awk -v priority=any '
      $1 == ENVIRON["NAME"] && (priority == "any" || $5 == priority) { found = 1 }
      END { exit !found }' /proc/swaps
}
save_swap_file_typical() {
  if NAME=/swapfile awk '$1 == ENVIRON["NAME"] { found = 1 } END { exit !found }' /proc/swaps; then
    printf '%s\n' '/swapfile is used for swap already, with another size or priority' >&2
    return 1
  fi
  if [ ! -e /swapfile ] && [ ! -h /swapfile ]; then
    echo none
  elif [ ! -h /swapfile ] && [ "$(stat -c %s -- /swapfile)" = 1073741824 ] && [ "$(tail -c +4087 -- /swapfile | head -c 10)" = SWAPSPACE2 ]; then
    echo file
  else
    printf '%s\n' '/swapfile is there and is no swap file of that size' >&2
    return 1
  fi
}
apply_swap_file_typical() {
  if [ ! -e /swapfile ]; then
    rm -f -- /swapfile.byhand
    (
      umask 077
      set -C
      head -c 1073741824 /dev/zero >/swapfile.byhand
    )
    mkswap /swapfile.byhand >/dev/null
    mv -T -- /swapfile.byhand /swapfile
  fi
  swapon /swapfile
}
undo_swap_file_typical() {
  rm -f -- /swapfile.byhand
  if NAME=/swapfile awk '$1 == ENVIRON["NAME"] { found = 1 } END { exit !found }' /proc/swaps; then swapoff /swapfile; fi
  if [ "$(cat "$prior")" = none ]; then rm -f -- /swapfile; fi
}

# ---- swap/file: every
#   path: "/swapfile"
#   size: "40k"
#   priority: 5
check_swap_file_every() {
  [ "$(stat -c %s -- /swapfile)" = 40960 ] &&
    NAME=/swapfile awk -v priority=5 '
      $1 == ENVIRON["NAME"] && (priority == "any" || $5 == priority) { found = 1 }
      END { exit !found }' /proc/swaps
}
save_swap_file_every() {
  if NAME=/swapfile awk '$1 == ENVIRON["NAME"] { found = 1 } END { exit !found }' /proc/swaps; then
    printf '%s\n' '/swapfile is used for swap already, with another size or priority' >&2
    return 1
  fi
  if [ ! -e /swapfile ] && [ ! -h /swapfile ]; then
    echo none
  elif [ ! -h /swapfile ] && [ "$(stat -c %s -- /swapfile)" = 40960 ] && [ "$(tail -c +4087 -- /swapfile | head -c 10)" = SWAPSPACE2 ]; then
    echo file
  else
    printf '%s\n' '/swapfile is there and is no swap file of that size' >&2
    return 1
  fi
}
apply_swap_file_every() {
  if [ ! -e /swapfile ]; then
    rm -f -- /swapfile.byhand
    (
      umask 077
      set -C
      head -c 40960 /dev/zero >/swapfile.byhand
    )
    mkswap /swapfile.byhand >/dev/null
    mv -T -- /swapfile.byhand /swapfile
  fi
  swapon -p 5 /swapfile
}
undo_swap_file_every() {
  rm -f -- /swapfile.byhand
  if NAME=/swapfile awk '$1 == ENVIRON["NAME"] { found = 1 } END { exit !found }' /proc/swaps; then swapoff /swapfile; fi
  if [ "$(cat "$prior")" = none ]; then rm -f -- /swapfile; fi
}

# ---- swap/file: hostile
#   path: "/swap/-it's\t$(a) ü"
#   size: 1048576
check_swap_file_hostile() {
  [ "$(stat -c %s -- '/swap/-it'\''s	$(a) ü')" = 1048576 ] &&
    NAME='/swap/-it'\''s\011$(a)\040ü' awk -v priority=any '
      $1 == ENVIRON["NAME"] && (priority == "any" || $5 == priority) { found = 1 }
      END { exit !found }' /proc/swaps
}
save_swap_file_hostile() {
  if NAME='/swap/-it'\''s\011$(a)\040ü' awk '$1 == ENVIRON["NAME"] { found = 1 } END { exit !found }' /proc/swaps; then
    printf '%s\n' '/swap/-it'\''s	$(a) ü is used for swap already, with another size or priority' >&2
    return 1
  fi
  if [ ! -e '/swap/-it'\''s	$(a) ü' ] && [ ! -h '/swap/-it'\''s	$(a) ü' ]; then
    echo none
  elif [ ! -h '/swap/-it'\''s	$(a) ü' ] && [ "$(stat -c %s -- '/swap/-it'\''s	$(a) ü')" = 1048576 ] && [ "$(tail -c +4087 -- '/swap/-it'\''s	$(a) ü' | head -c 10)" = SWAPSPACE2 ]; then
    echo file
  else
    printf '%s\n' '/swap/-it'\''s	$(a) ü is there and is no swap file of that size' >&2
    return 1
  fi
}
apply_swap_file_hostile() {
  if [ ! -e '/swap/-it'\''s	$(a) ü' ]; then
    rm -f -- '/swap/-it'\''s	$(a) ü.byhand'
    (
      umask 077
      set -C
      head -c 1048576 /dev/zero >'/swap/-it'\''s	$(a) ü.byhand'
    )
    mkswap '/swap/-it'\''s	$(a) ü.byhand' >/dev/null
    mv -T -- '/swap/-it'\''s	$(a) ü.byhand' '/swap/-it'\''s	$(a) ü'
  fi
  swapon '/swap/-it'\''s	$(a) ü'
}
undo_swap_file_hostile() {
  rm -f -- '/swap/-it'\''s	$(a) ü.byhand'
  if NAME='/swap/-it'\''s\011$(a)\040ü' awk '$1 == ENVIRON["NAME"] { found = 1 } END { exit !found }' /proc/swaps; then swapoff '/swap/-it'\''s	$(a) ü'; fi
  if [ "$(cat "$prior")" = none ]; then rm -f -- '/swap/-it'\''s	$(a) ü'; fi
}
