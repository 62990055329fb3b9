#!/bin/sh
# shellcheck disable=SC2016,SC2317,SC2329,SC2034,SC2043 # values are literal; nothing calls the functions or reads their variables
# What the templates of one area become. Made by BYHAND_RENEW=1 pytest tests/cases; never run.
set -eu
prior=/the/folder/prior/one
export prior

# ---- timer/unit: typical
#   name: "backup"
#   calendar: "daily"
#   command: "/usr/local/bin/backup"
check_timer_unit_typical() {
  printf '%s\n' '[Unit]' 'Description=backup, started by its timer' '' '[Service]' 'Type=oneshot' 'User=root' 'ExecStart=/usr/local/bin/backup' | cmp -s - /etc/systemd/system/backup.service && printf '%s\n' '[Unit]' 'Description=When backup is started' '' '[Timer]' 'OnCalendar=daily' 'Persistent=true' '' '[Install]' 'WantedBy=timers.target' | cmp -s - /etc/systemd/system/backup.timer || return 1
  # shellcheck disable=SC3013 # POSIX has -ef since its issue 8
  [ /etc/systemd/system/backup.timer -ef /etc/systemd/system/timers.target.wants/backup.timer ] || return 1
  if [ -d /run/systemd/system ]; then systemctl -q is-active backup.timer; fi
}
save_timer_unit_typical() {
  if ! command -v systemctl >/dev/null; then
    echo "this host has no systemd: use cron/job" >&2
    return 1
  fi
  systemd-analyze calendar -- daily >/dev/null
  id -u -- root >/dev/null
  cd /etc/systemd/system
  set --
  for file in backup.service backup.timer timers.target.wants/backup.timer; do
    if [ -e "$file" ] || [ -h "$file" ]; then set -- "$@" "$file"; fi
  done
  if [ -d timers.target.wants ] && [ -z "$(ls -A timers.target.wants)" ]; then set -- "$@" timers.target.wants; fi
  if [ $# -gt 0 ]; then tar -cf - -- "$@"; fi
}
apply_timer_unit_typical() {
  # What systemd would not load never gets where it looks for units.
  rm -rf -- "$prior.units"
  mkdir -m 700 -- "$prior.units"
  printf '%s\n' '[Unit]' 'Description=backup, started by its timer' '' '[Service]' 'Type=oneshot' 'User=root' 'ExecStart=/usr/local/bin/backup' >"$prior.units/"backup.service
  printf '%s\n' '[Unit]' 'Description=When backup is started' '' '[Timer]' 'OnCalendar=daily' 'Persistent=true' '' '[Install]' 'WantedBy=timers.target' >"$prior.units/"backup.timer
  systemd-analyze verify --man=no --recursive-errors=no "$prior.units/"backup.timer "$prior.units/"backup.service
  cp -- "$prior.units/"backup.service "$prior.units/"backup.timer /etc/systemd/system/
  rm -rf -- "$prior.units"
  systemctl -q enable backup.timer
  if [ -d /run/systemd/system ]; then
    systemctl daemon-reload
    systemctl restart backup.timer
  fi
}
undo_timer_unit_typical() {
  if [ -d /run/systemd/system ] && systemctl -q is-active backup.timer; then systemctl stop backup.timer; fi
  rm -rf -- "$prior.units"
  cd /etc/systemd/system
  rm -f backup.service backup.timer timers.target.wants/backup.timer
  if [ -d timers.target.wants ] && [ -z "$(ls -A timers.target.wants)" ]; then rmdir timers.target.wants; fi
  if [ -s "$prior" ]; then tar -xpf "$prior"; fi
  if [ -d /run/systemd/system ]; then
    systemctl daemon-reload
    if [ -h timers.target.wants/backup.timer ]; then systemctl restart backup.timer; fi
  fi
}

# ---- timer/unit: every
#   name: "a.b"
#   calendar: "Mon..Fri 06:30"
#   command: ["/bin/a", "b c"]
#   user: "www-data"
#   persistent: false
check_timer_unit_every() {
  printf '%s\n' '[Unit]' 'Description=a.b, started by its timer' '' '[Service]' 'Type=oneshot' 'User=www-data' 'ExecStart=/bin/a "b c"' | cmp -s - /etc/systemd/system/a.b.service && printf '%s\n' '[Unit]' 'Description=When a.b is started' '' '[Timer]' 'OnCalendar=Mon..Fri 06:30' 'Persistent=false' '' '[Install]' 'WantedBy=timers.target' | cmp -s - /etc/systemd/system/a.b.timer || return 1
  # shellcheck disable=SC3013 # POSIX has -ef since its issue 8
  [ /etc/systemd/system/a.b.timer -ef /etc/systemd/system/timers.target.wants/a.b.timer ] || return 1
  if [ -d /run/systemd/system ]; then systemctl -q is-active a.b.timer; fi
}
save_timer_unit_every() {
  if ! command -v systemctl >/dev/null; then
    echo "this host has no systemd: use cron/job" >&2
    return 1
  fi
  systemd-analyze calendar -- 'Mon..Fri 06:30' >/dev/null
  id -u -- www-data >/dev/null
  cd /etc/systemd/system
  set --
  for file in a.b.service a.b.timer timers.target.wants/a.b.timer; do
    if [ -e "$file" ] || [ -h "$file" ]; then set -- "$@" "$file"; fi
  done
  if [ -d timers.target.wants ] && [ -z "$(ls -A timers.target.wants)" ]; then set -- "$@" timers.target.wants; fi
  if [ $# -gt 0 ]; then tar -cf - -- "$@"; fi
}
apply_timer_unit_every() {
  # What systemd would not load never gets where it looks for units.
  rm -rf -- "$prior.units"
  mkdir -m 700 -- "$prior.units"
  printf '%s\n' '[Unit]' 'Description=a.b, started by its timer' '' '[Service]' 'Type=oneshot' 'User=www-data' 'ExecStart=/bin/a "b c"' >"$prior.units/"a.b.service
  printf '%s\n' '[Unit]' 'Description=When a.b is started' '' '[Timer]' 'OnCalendar=Mon..Fri 06:30' 'Persistent=false' '' '[Install]' 'WantedBy=timers.target' >"$prior.units/"a.b.timer
  systemd-analyze verify --man=no --recursive-errors=no "$prior.units/"a.b.timer "$prior.units/"a.b.service
  cp -- "$prior.units/"a.b.service "$prior.units/"a.b.timer /etc/systemd/system/
  rm -rf -- "$prior.units"
  systemctl -q enable a.b.timer
  if [ -d /run/systemd/system ]; then
    systemctl daemon-reload
    systemctl restart a.b.timer
  fi
}
undo_timer_unit_every() {
  if [ -d /run/systemd/system ] && systemctl -q is-active a.b.timer; then systemctl stop a.b.timer; fi
  rm -rf -- "$prior.units"
  cd /etc/systemd/system
  rm -f a.b.service a.b.timer timers.target.wants/a.b.timer
  if [ -d timers.target.wants ] && [ -z "$(ls -A timers.target.wants)" ]; then rmdir timers.target.wants; fi
  if [ -s "$prior" ]; then tar -xpf "$prior"; fi
  if [ -d /run/systemd/system ]; then
    systemctl daemon-reload
    if [ -h timers.target.wants/a.b.timer ]; then systemctl restart a.b.timer; fi
  fi
}

# ---- timer/unit: hostile
#   name: "a"
#   calendar: "it's $(a) %"
#   command: ["/bin/sh", "-c", "it's \"$(a)\" $b %c \\ ü"]
check_timer_unit_hostile() {
  printf '%s\n' '[Unit]' 'Description=a, started by its timer' '' '[Service]' 'Type=oneshot' 'User=root' 'ExecStart=/bin/sh -c "it'\''s \"$$(a)\" $$b %%c \\ ü"' | cmp -s - /etc/systemd/system/a.service && printf '%s\n' '[Unit]' 'Description=When a is started' '' '[Timer]' 'OnCalendar=it'\''s $(a) %' 'Persistent=true' '' '[Install]' 'WantedBy=timers.target' | cmp -s - /etc/systemd/system/a.timer || return 1
  # shellcheck disable=SC3013 # POSIX has -ef since its issue 8
  [ /etc/systemd/system/a.timer -ef /etc/systemd/system/timers.target.wants/a.timer ] || return 1
  if [ -d /run/systemd/system ]; then systemctl -q is-active a.timer; fi
}
save_timer_unit_hostile() {
  if ! command -v systemctl >/dev/null; then
    echo "this host has no systemd: use cron/job" >&2
    return 1
  fi
  systemd-analyze calendar -- 'it'\''s $(a) %' >/dev/null
  id -u -- root >/dev/null
  cd /etc/systemd/system
  set --
  for file in a.service a.timer timers.target.wants/a.timer; do
    if [ -e "$file" ] || [ -h "$file" ]; then set -- "$@" "$file"; fi
  done
  if [ -d timers.target.wants ] && [ -z "$(ls -A timers.target.wants)" ]; then set -- "$@" timers.target.wants; fi
  if [ $# -gt 0 ]; then tar -cf - -- "$@"; fi
}
apply_timer_unit_hostile() {
  # What systemd would not load never gets where it looks for units.
  rm -rf -- "$prior.units"
  mkdir -m 700 -- "$prior.units"
  printf '%s\n' '[Unit]' 'Description=a, started by its timer' '' '[Service]' 'Type=oneshot' 'User=root' 'ExecStart=/bin/sh -c "it'\''s \"$$(a)\" $$b %%c \\ ü"' >"$prior.units/"a.service
  printf '%s\n' '[Unit]' 'Description=When a is started' '' '[Timer]' 'OnCalendar=it'\''s $(a) %' 'Persistent=true' '' '[Install]' 'WantedBy=timers.target' >"$prior.units/"a.timer
  systemd-analyze verify --man=no --recursive-errors=no "$prior.units/"a.timer "$prior.units/"a.service
  cp -- "$prior.units/"a.service "$prior.units/"a.timer /etc/systemd/system/
  rm -rf -- "$prior.units"
  systemctl -q enable a.timer
  if [ -d /run/systemd/system ]; then
    systemctl daemon-reload
    systemctl restart a.timer
  fi
}
undo_timer_unit_hostile() {
  if [ -d /run/systemd/system ] && systemctl -q is-active a.timer; then systemctl stop a.timer; fi
  rm -rf -- "$prior.units"
  cd /etc/systemd/system
  rm -f a.service a.timer timers.target.wants/a.timer
  if [ -d timers.target.wants ] && [ -z "$(ls -A timers.target.wants)" ]; then rmdir timers.target.wants; fi
  if [ -s "$prior" ]; then tar -xpf "$prior"; fi
  if [ -d /run/systemd/system ]; then
    systemctl daemon-reload
    if [ -h timers.target.wants/a.timer ]; then systemctl restart a.timer; fi
  fi
}
