#!/bin/sh
# shellcheck disable=SC2016,SC2317,SC2329 # values are literal; steps are called by their names
# A file
# invoke playbook.run play.yml
# A file says what it says.
#
#   1  A title with\na line break, $(id) and `id`
#
# sh FILE [apply | check | diff | undo | list]     Made by byhand VERSION; runs without it.
set -eu
umask 022
LC_ALL=C PATH=${PATH:-/usr/bin:/bin}:/usr/local/sbin:/usr/sbin:/sbin
export LC_ALL PATH
# A busybox that prefers its own applets (Debian's static one) is told to take the host's tools.
# shellcheck disable=SC3013 # every sh there is has -ef, and POSIX since its issue 8
if [ "/proc/$$/exe" -ef /bin/busybox ] && [ "$(command -v mkdir)" = mkdir ]; then
  for tool in cat chmod cp env flock grep ip mkdir mkfifo mount mountpoint mv nsenter rm rmdir setsid sleep stat sync timeout umount unshare; do
    for place in /usr/local/sbin /usr/local/bin /usr/sbin /usr/bin /sbin /bin; do
      if [ -x "$place/$tool" ]; then
        eval "$tool() { $place/$tool \"\$@\"; }"
        break
      fi
    done
  done
fi

# 1. A title with\na line break, $(id) and `id`
#    file/content: stat(1), cmp(1), mv(1), chmod(1)
#    Why: Writing to a temporary name and renaming it means that nobody ever sees half a file.
check_content() {
  [ ! -h '/tmp/it'\''s a file' ] && [ -f '/tmp/it'\''s a file' ] && [ "$(stat -c %a -- '/tmp/it'\''s a file')" = 600 ] &&
    printf '%s' 'EOF
'\''$(id)'\''
no newline at the end' | cmp -s -- - '/tmp/it'\''s a file'
}
save_content() {
  if [ -d '/tmp/it'\''s a file' ]; then
    printf '%s\n' '/tmp/it'\''s a file is a folder' >&2
    return 1
  fi
  if [ -h '/tmp/it'\''s a file' ]; then
    echo link
    readlink -n -- '/tmp/it'\''s a file'
  elif [ -f '/tmp/it'\''s a file' ]; then
    stat -c '%a %u:%g' -- '/tmp/it'\''s a file'
    cat -- '/tmp/it'\''s a file'
  elif [ -e '/tmp/it'\''s a file' ]; then
    printf '%s\n' '/tmp/it'\''s a file is no regular file' >&2
    return 1
  fi
}
apply_content() {
  rm -f -- '/tmp/it'\''s a file.byhand'
  (
    umask 077
    set -C
    printf '%s' 'EOF
'\''$(id)'\''
no newline at the end' >'/tmp/it'\''s a file.byhand'
  )
  # Who owned the file keeps it, where that is ours to say.
  if [ -f '/tmp/it'\''s a file' ] && [ ! -h '/tmp/it'\''s a file' ]; then
    chown -- "$(stat -c %u:%g -- '/tmp/it'\''s a file')" '/tmp/it'\''s a file.byhand' 2>/dev/null || :
  fi
  chmod 0600 '/tmp/it'\''s a file.byhand'
  mv -f -- '/tmp/it'\''s a file.byhand' '/tmp/it'\''s a file'
}
undo_content() {
  rm -f -- '/tmp/it'\''s a file.byhand'
  if [ ! -s "$prior" ]; then
    rm -f -- '/tmp/it'\''s a file'
    return $?
  fi
  read -r mode owner <"$prior"
  if [ "$mode" = link ]; then
    # The dot keeps newlines at the end of the name.
    name=$(tail -n +2 "$prior" && echo .)
    ln -s -- "${name%.}" '/tmp/it'\''s a file.byhand'
  else
    (
      umask 077
      set -C
      tail -n +2 "$prior" >'/tmp/it'\''s a file.byhand'
    )
    [ "$(stat -c %u:%g -- '/tmp/it'\''s a file.byhand')" = "$owner" ] || chown -- "$owner" '/tmp/it'\''s a file.byhand'
    chmod "$mode" '/tmp/it'\''s a file.byhand'
  fi
  mv -f -- '/tmp/it'\''s a file.byhand' '/tmp/it'\''s a file'
}
diff_content() {
  # A device has no end, a pipe none in sight.
  [ ! -e '/tmp/it'\''s a file' ] || [ -f '/tmp/it'\''s a file' ] || return 0
  printf '%s' 'EOF
'\''$(id)'\''
no newline at the end' | diff -uN -- '/tmp/it'\''s a file' - || :
}

# ---- the plan
section() { # NUMBER: the folder that holds the lock, the journal and what stood before;
  # a shared one is another object's: its steps are left when this program is undone
  case $1 in
  1) folder=/var/lib/byhand/runs/20260101T000000-abcdef/1 shared='' ;;
  esac
}
plan() { # VERB: each step in its order
  enter 1
  "$1" content 'A title with\na line break, $(id) and `id`'
}
home=/var/lib/byhand/runs/20260101T000000-abcdef/1
always=' '
stays=' '
saves=' content '
lasting=' content '
at_exit=' '
unchanged=' '
careful=' '
ignored=' '
handlers=' '
notified='  '
patience() { # ID: how often a step is tried, and the seconds between
  tries=1 delay=0
  case $1 in
  esac
}
notify() { # ID: what changed tells its handlers, which run at the end
  case $1 in
  esac
  [ -z "$in_block" ] || echo "$notified" >>"$folder/notified"
}
foreground=' '
outputs=' '
hidden=' '
depends=' '
diffs=' content '
vanish=''
failure_exit=''
talk=${BYHAND_TALK-''}

# ---- how it runs: check, save, journal, apply; undone in reverse on failure
folder=$home shared='' begun='' mine='' held='' now='' title='' result='' drift='' left='' prior='' verb='' ignore='' in_block='' pending='' claimed='' machine='' status=0
nonce=${BYHAND_NONCE-}
stepwise=${BYHAND_STEP-}
unset BYHAND_NONCE BYHAND_STEP # no step can pass its output for an event
if [ "$nonce" ] && true 2>/dev/null >&3; then machine=yes; fi

say() { # WORD ID TITLE: one event, on descriptor 3 for a program, on stderr for a person
  if [ "$machine" ]; then
    printf '\036%s %s %s\n' "$nonce" "$1" "$2" >&3
  elif [ "$talk" ]; then
    case $1 in begin) ;; *) printf '%-8s %s\n' "$1" "$3" >&2 ;; esac
  elif [ "$1" = failed ] || [ "$1" = stuck ]; then
    printf 'byhand: %s: %s\n' "$1" "$3" >&2
  fi
}
stop() { # MESSAGE
  printf 'byhand: %s\n' "$1" >&2
  exit 125
}
enter() { # SECTION: one process at a time works on a folder
  section "$1"
  [ "$verb" = apply ] || return 0
  now='' title=''
  if [ "$shared" ]; then
    begun=''
    make_folder
    exec 8>>"$folder/lock"
    flock -w 60 8 || stop "$folder is in use by another process"
  else
    exec 8>&-
    [ "$held" ] || hold
  fi
}
make_folder() {
  if [ ! -d "$folder/prior" ]; then mkdir -p "$folder/prior" "$folder/out" && chmod 700 "$folder"; fi
}
hold() {
  make_folder
  exec 9>>"$folder/lock"
  flock -n 9 || stop "$folder is in use by another process"
  held=yes
}
call() { # ID: its apply, with the streams it is meant to have
  case "$foreground $outputs $hidden" in
  *" $1 "*)
    case "$foreground $outputs" in
    *" $1 "*) ;;
    *) # no_log, and nobody asks for it: it is nowhere
      "apply_$1" >/dev/null 2>&1 </dev/null 3>&- 8>&- 9>&-
      return ;;
    esac
    case $foreground in
    *" $1 "*) "apply_$1" ;;
    *)
      [ -d "$home/out" ] || mkdir -p "$home/out"
      "apply_$1" >"$home/out/$1.out" 2>"$home/out/$1.err" </dev/null 3>&- 8>&- 9>&- ;;
    esac ;;
  *) "apply_$1" </dev/null 3>&- 8>&- 9>&- ;;
  esac
}
printed() { :; }  # no step's output goes to a file
remember() { :; } # no step's result is asked about
attempt() { # ID TITLE: as often as the step says; 1 when it failed and that is to be ignored
  patience "$1"
  while :; do
    set +e
    (
      set -e
      call "$1"
    )
    status=$?
    set -e
    tries=$((tries - 1))
    if [ "$status" -eq 0 ]; then return 0; fi
    [ "$tries" -gt 0 ] || break
    say again "$1" "$2"
    sleep "$delay"
  done
  case $ignored in *" $1 "*) ignore=yes ;; *) return "$status" ;; esac
}
wanted() { # TITLE: ask the person at the terminal that BYHAND_STEP names
  printf '%s? (y)es, (n)o, yes to this and the (r)est: ' "$1" >"$stepwise"
  read -r answer <"$stepwise"
  case $answer in
  y*) ;;
  r*) stepwise='' ;;
  *) return 1 ;;
  esac
}
apply_step() { # ID TITLE
  now=$1 title=$2 ignore='' status=0
  case $handlers in *" $1 "*)
    case $notified in *" $1 "*) ;; *)
      now=''
      return ;;
    esac ;;
  esac
  case $depends in *" $1 "*)
    if ! "when_$1"; then
      remember "$1" skipped 0
      say skipped "$1" "$2"
      now=''
      return
    fi ;;
  esac
  case $always in *" $1 "*) ;; *)
    if "check_$1" >/dev/null 2>&1 </dev/null; then
      remember "$1" ok 0
      say ok "$1" "$2"
      return
    fi ;;
  esac
  if [ "$stepwise" ] && ! wanted "$2"; then
    remember "$1" skipped 0
    say skipped "$1" "$2"
    now=''
    return
  fi
  say begin "$1" "$2"
  # What stood before the first time is kept: a shared step may be applied again before it is undone.
  case $saves in *" $1 "*)
    if [ ! -e "$folder/prior/$1" ]; then
      "save_$1" >"$folder/prior/$1.new" </dev/null
      mv -- "$folder/prior/$1.new" "$folder/prior/$1"
    fi ;;
  esac
  case $stays in *" $1 "*) echo "ran $1" ;; *) echo "begin $1" ;; esac >>"$folder/journal"
  case $lasting in *" $1 "*)
    if [ -e "$folder/prior/$1" ]; then
      sync -d "$folder/prior/$1" "$folder/journal"
    else
      sync -d "$folder/journal"
    fi ;;
  esac
  case $stays in *" $1 "*) ;; *)
    if [ "$shared" ]; then begun="$1 $begun"; else mine="$1 $mine"; fi ;;
  esac
  prior=$folder/prior/$1
  case $careful in *" $1 "*) attempt "$1" "$2" ;; *) call "$1" ;; esac
  now=''
  if [ "$ignore" ]; then
    remember "$1" failed "$status"
    printed "$1"
    say ignored "$1" "$2"
    return
  fi
  echo "done $1" >>"$folder/journal"
  case $unchanged in *" $1 "*)
    remember "$1" ok "$status"
    say ok "$1" "$2"
    return ;;
  esac
  remember "$1" changed "$status"
  say changed "$1" "$2"
  notify "$1"
}
check_step() { # ID TITLE
  case $depends in *" $1 "*) say unseen "$1" "$2" && return ;; esac
  case "$always $at_exit$handlers" in *" $1 "*) say always "$1" "$2" && return ;; esac
  if "check_$1" >/dev/null 2>&1 </dev/null; then say ok "$1" "$2"; else drift=yes && say drift "$1" "$2"; fi
}
diff_step() { # ID TITLE
  case "$depends $always $at_exit$handlers" in *" $1 "*) return ;; esac
  if "check_$1" >/dev/null 2>&1 </dev/null; then return; fi
  drift=yes
  [ "$machine" ] || say drift "$1" "$2"
  case $diffs in *" $1 "*) "diff_$1" </dev/null || : ;; esac
  [ -z "$machine" ] || say drift "$1" "$2"
}
list_step() { # ID TITLE
  printf '%-14s %s\n' "$1" "$2"
}
find_pending() { # what the journal names as begun and not undone, last first; and what was only claimed beforehand
  pending=' ' claimed=' '
  [ -f "$folder/journal" ] || return 0
  while read -r word id; do
    case $word in
    claimed | begin | undone)
      case $pending in *" $id "*) pending="${pending%%" $id "*} ${pending#*" $id "}" ;; esac
      case $claimed in *" $id "*) claimed="${claimed%%" $id "*} ${claimed#*" $id "}" ;; esac
      [ "$word" = undone ] || pending=" $id$pending"
      [ "$word" != claimed ] || claimed=" $id$claimed" ;;
    esac
  done <"$folder/journal"
}
take_back() { # ID, with set +e
  prior=$folder/prior/$1
  (
    set -e
    "undo_$1"
  ) </dev/null 3>&- 8>&- 9>&-
  # shellcheck disable=SC2181 # a function called in a condition would run without set -e
  if [ $? -eq 0 ] && echo "undone $1" >>"$folder/journal"; then
    case $saves in *" $1 "*) rm -f -- "$prior" ;; esac
    say undone "$1" "$1"
  else
    left=yes
    say stuck "$1" "$1 could not be undone; its place in the journal is kept: $folder/journal"
  fi
}
tidy() { # remove the folder of a thing that is gone
  find_pending
  case $pending in *[a-z]*) return ;; esac
  if [ "$vanish" ] && [ -d "$folder" ]; then
    # busybox rm has no such option; then a mount below is looked for first.
    rm -rf --one-file-system -- "$folder" 2>/dev/null ||
      { ! grep -qF " $folder/" /proc/self/mounts && rm -rf -- "$folder"; }
  fi
}
failed() { # STATUS: the end of an apply that did not reach its end
  trap '' HUP INT TERM PIPE
  trap - EXIT
  set +e
  if [ "$now" ]; then
    [ -z "$machine" ] || printed "$now"
    say failed "$now" "$title"
    [ "$machine" ] || printed "$now"
  fi
  if [ "$shared" ]; then for id in $begun; do take_back "$id"; done; fi
  folder=$home shared=''
  # What another program holds is its own; a folder made for this one beforehand is not left.
  if [ "$held" ] || { [ -d "$folder" ] && exec 9>>"$folder/lock" && flock -n 9; }; then
    find_pending
    [ -z "$in_block" ] || mine=$pending
    for id in $mine $claimed; do take_back "$id"; done
    tidy
  fi
  exit "${failure_exit:-$1}"
}
finish() { # take back what lasts only as long as the program
  trap '' HUP INT TERM PIPE
  trap - EXIT
  set +e
  folder=$home shared=''
  find_pending
  for id in $pending; do
    case $at_exit in *" $id "*) take_back "$id" ;; esac
  done
  tidy
}
undo() {
  trap '' HUP INT TERM PIPE
  set +e
  if [ -d "$folder" ]; then
    hold
    find_pending
    for id in $pending; do take_back "$id"; done
    tidy
  fi
}
main() {
  verb=${1-apply}
  case $verb in
  apply)
    trap 'failed $?' EXIT
    trap 'exit 129' HUP
    trap 'exit 130' INT
    trap 'exit 143' TERM
    trap 'exit 141' PIPE
    plan apply_step
    finish
    exit "${result:-0}" ;;
  check | diff)
    plan "${verb}_step"
    [ -z "$drift" ] || exit 4 ;;
  list) plan list_step ;;
  undo) # not in a condition: there every undo would run without set -e
    undo
    [ -z "$left" ] || exit 1 ;;
  finish) # what apply does at its end, for a program that was killed
    hold
    finish
    [ -z "$left" ] || exit 1 ;;
  *)
    echo "usage: sh FILE [apply | check | diff | undo | list]" >&2
    exit 2 ;;
  esac
}
main "$@"
exit
