#!/bin/sh
# shellcheck disable=SC2016,SC2317,SC2329,SC2034,SC2043 # values are literal; nothing calls the functions or reads their variables
# What the templates of one area become. Made by BYHAND_RENEW=1 pytest tests/cases; never run.
set -eu
prior=/the/folder/prior/one
export prior

# ---- process/running: typical
#   argv: ["sleep", "1000"]
#   record: "/run/lab.pid"
check_process_running_typical() {
  read -r pid start </run/lab.pid && read -r stat <"/proc/$pid/stat" || return 1
  # shellcheck disable=SC2086 # one word a field
  set -- ${stat##*)}
  [ "$1" != Z ] && [ "${20}" = "$start" ] || return 1
}
apply_process_running_typical() {
  known() { # the process of the record runs
    [ -s /run/lab.pid ] && read -r pid start </run/lab.pid && read -r stat <"/proc/$pid/stat" || return 1
    # shellcheck disable=SC2086 # one word a field
    set -- ${stat##*)}
    [ "$1" != Z ] && [ "${20}" = "$start" ]
  } 2>/dev/null
  give_up() { # WHY
    cat -- /run/lab.pid.log >&2
    printf '%s %s\n' sleep "$1" >&2
    return 1
  }
  waits=30 # an apply that did not reach its end may have begun one
  while [ -e /run/lab.pid.begun ] && [ ! -s /run/lab.pid ] && [ "$waits" -gt 0 ]; do
    waits=$((waits - 1))
    sleep 0.01
  done
  if ! known; then
    rm -f -- /run/lab.pid /run/lab.pid.child
    : >/run/lab.pid.begun
    exec setsid sh -euc '
      record=$1 stat=$(cat "/proc/$$/stat")
      shift
      if ! command -v "$1" >/dev/null; then
        rm -f -- "$record.begun"
        exit 127
      fi
      (
        first=$$
        set -- ${stat##*)}
        echo "$first ${20}" >"$record.new"
      )
      mv -f -- "$record.new" "$record"
      rm -f -- "$record.begun"
      exec "$@"' sh /run/lab.pid sleep 1000 </dev/null >/run/lab.pid.log 2>&1 &
    while [ -e /run/lab.pid.begun ] && kill -0 "$!" 2>/dev/null; do sleep 0.01; done
    known || give_up "did not start, or ended at once" || return 1
  fi
  waits=500
}
undo_process_running_typical() {
  waits=30 # a process that has just begun
  while [ -e /run/lab.pid.begun ] && [ ! -s /run/lab.pid ] && [ "$waits" -gt 0 ]; do
    waits=$((waits - 1))
    sleep 0.01
  done
  waits=500 ended=' '
  while [ -s /run/lab.pid ]; do
    read -r pid start </run/lab.pid
    { read -r stat <"/proc/$pid/stat"; } 2>/dev/null || break
    # shellcheck disable=SC2086 # one word a field
    set -- ${stat##*)}
    if [ "$1" = Z ] || [ "${20}" != "$start" ]; then break; fi
    # Whatever it started is in its session. Stopped it starts nothing more; it goes last, when a round finds nobody new.
    kill -s STOP "$pid" 2>/dev/null || :
    new=''
    for file in /proc/[0-9]*/stat; do
      { read -r stat <"$file"; } 2>/dev/null || continue
      # shellcheck disable=SC2086 # one word a field
      set -- ${stat##*)}
      case "$ended$pid " in *" ${stat%% *} "*) continue ;; esac
      if [ "$4" = "$pid" ]; then
        new=yes ended="$ended${stat%% *} "
        kill -s KILL "${stat%% *}" 2>/dev/null || :
      fi
    done
    [ "$new" ] || kill -s KILL "$pid" 2>/dev/null || :
    waits=$((waits - 1))
    [ "$waits" -gt 0 ] || return 1
    sleep 0.01
  done
  rm -f -- /run/lab.pid /run/lab.pid.child /run/lab.pid.begun /run/lab.pid.new /run/lab.pid.log
}

# ---- process/running: every
#   argv: ["unshare", "--fork", "--pid", "sleep", "1000"]
#   record: "/run/lab.pid"
#   forks: true
#   ready: "[ -e /run/lab.ready ]"
check_process_running_every() {
  read -r pid start </run/lab.pid && read -r stat <"/proc/$pid/stat" || return 1
  # shellcheck disable=SC2086 # one word a field
  set -- ${stat##*)}
  [ "$1" != Z ] && [ "${20}" = "$start" ] || return 1
  [ -s /run/lab.pid.child ]
}
apply_process_running_every() {
  known() { # the process of the record runs
    [ -s /run/lab.pid ] && read -r pid start </run/lab.pid && read -r stat <"/proc/$pid/stat" || return 1
    # shellcheck disable=SC2086 # one word a field
    set -- ${stat##*)}
    [ "$1" != Z ] && [ "${20}" = "$start" ]
  } 2>/dev/null
  give_up() { # WHY
    cat -- /run/lab.pid.log >&2
    printf '%s %s\n' unshare "$1" >&2
    return 1
  }
  waits=30 # an apply that did not reach its end may have begun one
  while [ -e /run/lab.pid.begun ] && [ ! -s /run/lab.pid ] && [ "$waits" -gt 0 ]; do
    waits=$((waits - 1))
    sleep 0.01
  done
  if ! known; then
    rm -f -- /run/lab.pid /run/lab.pid.child
    : >/run/lab.pid.begun
    exec setsid sh -euc '
      record=$1 stat=$(cat "/proc/$$/stat")
      shift
      if ! command -v "$1" >/dev/null; then
        rm -f -- "$record.begun"
        exit 127
      fi
      (
        first=$$
        set -- ${stat##*)}
        echo "$first ${20}" >"$record.new"
      )
      mv -f -- "$record.new" "$record"
      rm -f -- "$record.begun"
      exec "$@"' sh /run/lab.pid unshare --fork --pid sleep 1000 </dev/null >/run/lab.pid.log 2>&1 &
    while [ -e /run/lab.pid.begun ] && kill -0 "$!" 2>/dev/null; do sleep 0.01; done
    known || give_up "did not start, or ended at once" || return 1
  fi
  waits=500
  while [ ! -s /run/lab.pid.child ]; do
    waits=$((waits - 1))
    known && [ "$waits" -gt 0 ] || give_up "started no other program" || return 1
    for file in /proc/[0-9]*/stat; do
      read -r stat <"$file" || continue # it has ended meanwhile
      # shellcheck disable=SC2086 # one word a field
      set -- ${stat##*)}
      [ "$2" != "$pid" ] || echo "${stat%% *}" >/run/lab.pid.child
    done 2>/dev/null
  done
  until sh -euc -- '[ -e /run/lab.ready ]' >/dev/null 2>&1; do
    waits=$((waits - 1))
    known && [ "$waits" -gt 0 ] || give_up "did not become ready" || return 1
    sleep 0.02
  done
}
undo_process_running_every() {
  waits=30 # a process that has just begun
  while [ -e /run/lab.pid.begun ] && [ ! -s /run/lab.pid ] && [ "$waits" -gt 0 ]; do
    waits=$((waits - 1))
    sleep 0.01
  done
  waits=500 ended=' '
  while [ -s /run/lab.pid ]; do
    read -r pid start </run/lab.pid
    { read -r stat <"/proc/$pid/stat"; } 2>/dev/null || break
    # shellcheck disable=SC2086 # one word a field
    set -- ${stat##*)}
    if [ "$1" = Z ] || [ "${20}" != "$start" ]; then break; fi
    # Whatever it started is in its session. Stopped it starts nothing more; it goes last, when a round finds nobody new.
    kill -s STOP "$pid" 2>/dev/null || :
    new=''
    for file in /proc/[0-9]*/stat; do
      { read -r stat <"$file"; } 2>/dev/null || continue
      # shellcheck disable=SC2086 # one word a field
      set -- ${stat##*)}
      case "$ended$pid " in *" ${stat%% *} "*) continue ;; esac
      if [ "$4" = "$pid" ]; then
        new=yes ended="$ended${stat%% *} "
        kill -s KILL "${stat%% *}" 2>/dev/null || :
      fi
    done
    [ "$new" ] || kill -s KILL "$pid" 2>/dev/null || :
    waits=$((waits - 1))
    [ "$waits" -gt 0 ] || return 1
    sleep 0.01
  done
  rm -f -- /run/lab.pid /run/lab.pid.child /run/lab.pid.begun /run/lab.pid.new /run/lab.pid.log
}

# ---- process/running: hostile
#   argv: ["it's $(a)", "-x", "a\nb", ""]
#   record: "/a path/it's $(x)"
#   ready: "echo 'it''s' `b`\n-x"
check_process_running_hostile() {
  read -r pid start <'/a path/it'\''s $(x)' && read -r stat <"/proc/$pid/stat" || return 1
  # shellcheck disable=SC2086 # one word a field
  set -- ${stat##*)}
  [ "$1" != Z ] && [ "${20}" = "$start" ] || return 1
}
apply_process_running_hostile() {
  known() { # the process of the record runs
    [ -s '/a path/it'\''s $(x)' ] && read -r pid start <'/a path/it'\''s $(x)' && read -r stat <"/proc/$pid/stat" || return 1
    # shellcheck disable=SC2086 # one word a field
    set -- ${stat##*)}
    [ "$1" != Z ] && [ "${20}" = "$start" ]
  } 2>/dev/null
  give_up() { # WHY
    cat -- '/a path/it'\''s $(x).log' >&2
    printf '%s %s\n' 'it'\''s $(a)' "$1" >&2
    return 1
  }
  waits=30 # an apply that did not reach its end may have begun one
  while [ -e '/a path/it'\''s $(x).begun' ] && [ ! -s '/a path/it'\''s $(x)' ] && [ "$waits" -gt 0 ]; do
    waits=$((waits - 1))
    sleep 0.01
  done
  if ! known; then
    rm -f -- '/a path/it'\''s $(x)' '/a path/it'\''s $(x).child'
    : >'/a path/it'\''s $(x).begun'
    exec setsid sh -euc '
      record=$1 stat=$(cat "/proc/$$/stat")
      shift
      if ! command -v "$1" >/dev/null; then
        rm -f -- "$record.begun"
        exit 127
      fi
      (
        first=$$
        set -- ${stat##*)}
        echo "$first ${20}" >"$record.new"
      )
      mv -f -- "$record.new" "$record"
      rm -f -- "$record.begun"
      exec "$@"' sh '/a path/it'\''s $(x)' 'it'\''s $(a)' -x 'a
b' '' </dev/null >'/a path/it'\''s $(x).log' 2>&1 &
    while [ -e '/a path/it'\''s $(x).begun' ] && kill -0 "$!" 2>/dev/null; do sleep 0.01; done
    known || give_up "did not start, or ended at once" || return 1
  fi
  waits=500
  until sh -euc -- 'echo '\''it'\'''\''s'\'' `b`
-x' >/dev/null 2>&1; do
    waits=$((waits - 1))
    known && [ "$waits" -gt 0 ] || give_up "did not become ready" || return 1
    sleep 0.02
  done
}
undo_process_running_hostile() {
  waits=30 # a process that has just begun
  while [ -e '/a path/it'\''s $(x).begun' ] && [ ! -s '/a path/it'\''s $(x)' ] && [ "$waits" -gt 0 ]; do
    waits=$((waits - 1))
    sleep 0.01
  done
  waits=500 ended=' '
  while [ -s '/a path/it'\''s $(x)' ]; do
    read -r pid start <'/a path/it'\''s $(x)'
    { read -r stat <"/proc/$pid/stat"; } 2>/dev/null || break
    # shellcheck disable=SC2086 # one word a field
    set -- ${stat##*)}
    if [ "$1" = Z ] || [ "${20}" != "$start" ]; then break; fi
    # Whatever it started is in its session. Stopped it starts nothing more; it goes last, when a round finds nobody new.
    kill -s STOP "$pid" 2>/dev/null || :
    new=''
    for file in /proc/[0-9]*/stat; do
      { read -r stat <"$file"; } 2>/dev/null || continue
      # shellcheck disable=SC2086 # one word a field
      set -- ${stat##*)}
      case "$ended$pid " in *" ${stat%% *} "*) continue ;; esac
      if [ "$4" = "$pid" ]; then
        new=yes ended="$ended${stat%% *} "
        kill -s KILL "${stat%% *}" 2>/dev/null || :
      fi
    done
    [ "$new" ] || kill -s KILL "$pid" 2>/dev/null || :
    waits=$((waits - 1))
    [ "$waits" -gt 0 ] || return 1
    sleep 0.01
  done
  rm -f -- '/a path/it'\''s $(x)' '/a path/it'\''s $(x).child' '/a path/it'\''s $(x).begun' '/a path/it'\''s $(x).new' '/a path/it'\''s $(x).log'
}
