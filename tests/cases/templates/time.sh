#!/bin/sh
# shellcheck disable=SC2016,SC2317,SC2329,SC2034,SC2043 # values are literal; nothing calls the functions or reads their variables
# What the templates of one area become. Made by BYHAND_RENEW=1 pytest tests/cases; never run.
set -eu
prior=/the/folder/prior/one
export prior

# ---- time/zone: typical
#   zone: "Europe/Berlin"
check_time_zone_typical() {
  [ "$(readlink /etc/localtime)" = /usr/share/zoneinfo/Europe/Berlin ] && [ "$(cat /etc/timezone)" = Europe/Berlin ]
}
save_time_zone_typical() {
  if [ "$(head -c 4 /usr/share/zoneinfo/Europe/Berlin 2>/dev/null)" != TZif ]; then
    printf '%s\n' 'there is no zone Europe/Berlin in /usr/share/zoneinfo (the package tzdata brings them)' >&2
    return 1
  fi
  set --
  for file in etc/localtime etc/timezone; do
    if [ -e "/$file" ] || [ -h "/$file" ]; then set -- "$@" "$file"; fi
  done
  if [ $# -gt 0 ]; then tar -C / -cf - -- "$@"; fi
}
apply_time_zone_typical() {
  rm -f /etc/localtime.byhand
  ln -s /usr/share/zoneinfo/Europe/Berlin /etc/localtime.byhand
  mv -fT /etc/localtime.byhand /etc/localtime
  printf '%s\n' Europe/Berlin >/etc/timezone.byhand
  mv -fT /etc/timezone.byhand /etc/timezone
}
undo_time_zone_typical() {
  rm -f /etc/localtime.byhand /etc/timezone.byhand /etc/localtime /etc/timezone
  if [ -s "$prior" ]; then tar -C / -xpf "$prior"; fi
}

# ---- time/zone: plain
#   zone: "Etc/GMT+1"
check_time_zone_plain() {
  [ "$(readlink /etc/localtime)" = /usr/share/zoneinfo/Etc/GMT+1 ] && [ "$(cat /etc/timezone)" = Etc/GMT+1 ]
}
save_time_zone_plain() {
  if [ "$(head -c 4 /usr/share/zoneinfo/Etc/GMT+1 2>/dev/null)" != TZif ]; then
    printf '%s\n' 'there is no zone Etc/GMT+1 in /usr/share/zoneinfo (the package tzdata brings them)' >&2
    return 1
  fi
  set --
  for file in etc/localtime etc/timezone; do
    if [ -e "/$file" ] || [ -h "/$file" ]; then set -- "$@" "$file"; fi
  done
  if [ $# -gt 0 ]; then tar -C / -cf - -- "$@"; fi
}
apply_time_zone_plain() {
  rm -f /etc/localtime.byhand
  ln -s /usr/share/zoneinfo/Etc/GMT+1 /etc/localtime.byhand
  mv -fT /etc/localtime.byhand /etc/localtime
  printf '%s\n' Etc/GMT+1 >/etc/timezone.byhand
  mv -fT /etc/timezone.byhand /etc/timezone
}
undo_time_zone_plain() {
  rm -f /etc/localtime.byhand /etc/timezone.byhand /etc/localtime /etc/timezone
  if [ -s "$prior" ]; then tar -C / -xpf "$prior"; fi
}
