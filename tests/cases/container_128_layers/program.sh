#!/bin/sh
# shellcheck disable=SC2016,SC2317,SC2329 # values are literal; steps are called by their names
# Container plain-oak (alpine)
# invoke container.run …
#
#   1  Write down what the container is
#   2  Take the name plain-oak
#   3  Make its folders
#   4  Mount the image's layers under a writable one
#   5  Make its control group
#   6  Write the files that tell it who it is
#   7  Write the script that builds it from inside
#   8  Start cat and wait for it
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

# 1. Write down what the container is
#    state/record: cat(1), mv(1)
check_record() {
  [ -f /var/lib/byhand/containers/0123456789ab/config.json ]
}
apply_record() {
  mkdir -p -- /var/lib/byhand/containers/0123456789ab
  cat >/var/lib/byhand/containers/0123456789ab/config.json.tmp <<'EOF'
{"id": "0123456789ab"}
EOF

  mv -- /var/lib/byhand/containers/0123456789ab/config.json.tmp /var/lib/byhand/containers/0123456789ab/config.json
}
undo_record() {
  rm -f -- /var/lib/byhand/containers/0123456789ab/config.json.tmp /var/lib/byhand/containers/0123456789ab/config.json
}

# 2. Take the name plain-oak
#    state/claim: sh(1)
apply_name() {
  [ -d /var/lib/byhand/names ] || mkdir -p -- /var/lib/byhand/names
  if (set -C && echo 0123456789ab >/var/lib/byhand/names/plain-oak) 2>/dev/null; then return 0; fi
  read -r owner </var/lib/byhand/names/plain-oak
  [ "$owner" = 0123456789ab ] || stop 'plain-oak is taken'
}
undo_name() {
  owner=''
  [ ! -f /var/lib/byhand/names/plain-oak ] || read -r owner </var/lib/byhand/names/plain-oak || :
  [ "$owner" != 0123456789ab ] || rm -f -- /var/lib/byhand/names/plain-oak
}

# 3. Make its folders
#    container/folders: mkdir(1)
check_folders() {
  [ -d /var/lib/byhand/containers/0123456789ab/merged ]
}
apply_folders() {
  mkdir -p -- /var/lib/byhand/containers/0123456789ab/upper /var/lib/byhand/containers/0123456789ab/work /var/lib/byhand/containers/0123456789ab/mounts /var/lib/byhand/containers/0123456789ab/pts /var/lib/byhand/containers/0123456789ab/etc /var/lib/byhand/containers/0123456789ab/merged 
}
# not undone: they go with the container's folder

# 4. Mount the image's layers under a writable one
#    overlay/mount: mount(8), mountpoint(1), https://docs.kernel.org/filesystems/overlayfs.html
check_overlay() {
  mountpoint -q -- /var/lib/byhand/containers/0123456789ab/merged
}
apply_overlay() {
  (
    cd /var/lib/byhand/layers
    LIBMOUNT_FORCE_MOUNT2=always mount -t overlay -o nodev,lowerdir=l/0000:l/0001:l/0002:l/0003:l/0004:l/0005:l/0006:l/0007:l/0008:l/0009:l/0010:l/0011:l/0012:l/0013:l/0014:l/0015:l/0016:l/0017:l/0018:l/0019:l/0020:l/0021:l/0022:l/0023:l/0024:l/0025:l/0026:l/0027:l/0028:l/0029:l/0030:l/0031:l/0032:l/0033:l/0034:l/0035:l/0036:l/0037:l/0038:l/0039:l/0040:l/0041:l/0042:l/0043:l/0044:l/0045:l/0046:l/0047:l/0048:l/0049:l/0050:l/0051:l/0052:l/0053:l/0054:l/0055:l/0056:l/0057:l/0058:l/0059:l/0060:l/0061:l/0062:l/0063:l/0064:l/0065:l/0066:l/0067:l/0068:l/0069:l/0070:l/0071:l/0072:l/0073:l/0074:l/0075:l/0076:l/0077:l/0078:l/0079:l/0080:l/0081:l/0082:l/0083:l/0084:l/0085:l/0086:l/0087:l/0088:l/0089:l/0090:l/0091:l/0092:l/0093:l/0094:l/0095:l/0096:l/0097:l/0098:l/0099:l/0100:l/0101:l/0102:l/0103:l/0104:l/0105:l/0106:l/0107:l/0108:l/0109:l/0110:l/0111:l/0112:l/0113:l/0114:l/0115:l/0116:l/0117:l/0118:l/0119:l/0120:l/0121:l/0122:l/0123:l/0124:l/0125:l/0126:l/0127,upperdir=/var/lib/byhand/containers/0123456789ab/upper,workdir=/var/lib/byhand/containers/0123456789ab/work byhand /var/lib/byhand/containers/0123456789ab/merged
  )
}
undo_overlay() {
  umount -- /var/lib/byhand/containers/0123456789ab/merged 2>/dev/null || ! mountpoint -q -- /var/lib/byhand/containers/0123456789ab/merged
}

# 5. Make its control group
#    cgroup/create: cgcreate(1), cgroups(7)
check_cgroup() {
  [ -d /sys/fs/cgroup/byhand-0123456789ab ] || return 1
  [ ! -e /sys/fs/cgroup/cgroup.subtree_control ] || [ -d /sys/fs/cgroup/byhand-0123456789ab.keep ]
}
apply_cgroup() {
  root=/sys/fs/cgroup
  cgcreate -g memory,cpu,pids:byhand-0123456789ab || {
    if [ -e "$root/cgroup.type" ] && grep -q . "$root/cgroup.procs"; then
      printf '%s is not the root of all groups and has processes: no controller is handed on there (cgroups(7))\n' "$root" >&2
    fi
    return 1
  }
  if [ -e "$root/cgroup.subtree_control" ]; then
    # Version 2. systemd (252) takes from the root's groups each controller that no unit of its own needs, with the limits
    # they have by it, at any daemon-reload. The kernel refuses that while one group hands the controller on: an empty one.
    mkdir -p "$root/"byhand-0123456789ab.keep
    printf '%s\n' '+memory +cpu +pids' >"$root/"byhand-0123456789ab.keep/cgroup.subtree_control
  fi
}
undo_cgroup() {
  # cgdelete of several v1 hierarchies can answer 0 and leave some (libcgroup 2.0.2): rmdir(2) tells.
  rmdir -- /sys/fs/cgroup/byhand-0123456789ab /sys/fs/cgroup/byhand-0123456789ab.keep 2>/dev/null || :
  for group in /sys/fs/cgroup/byhand-0123456789ab /sys/fs/cgroup/byhand-0123456789ab.keep; do
    tries=100
    while [ -d "$group" ] && ! rmdir "$group" 2>/dev/null; do
      tries=$((tries - 1))
      [ "$tries" -gt 0 ] || { rmdir "$group"; return 1; }
      sleep 0.01
    done
  done
}

# 6. Write the files that tell it who it is
#    container/etc: hosts(5), hostname(5), resolv.conf(5)
apply_etc() {
  {
    echo "127.0.0.1 localhost"
    echo "::1 localhost ip6-localhost ip6-loopback"
  } >/var/lib/byhand/containers/0123456789ab/etc/hosts
  {
    printf 'nameserver %s\n' 192.0.2.53
    :
  } >/var/lib/byhand/containers/0123456789ab/etc/resolv.conf
  echo 0123456789ab >/var/lib/byhand/containers/0123456789ab/etc/hostname
}
# not undone: the files go with the container's folder

# 7. Write the script that builds it from inside
#    container/init: unshare(1), pivot_root(2), mount(8), mount_namespaces(7), pid_namespaces(7), capabilities(7)
apply_init() {
  [ ! -e /var/lib/byhand/containers/0123456789ab/exit ] || rm -f -- /var/lib/byhand/containers/0123456789ab/pid /var/lib/byhand/containers/0123456789ab/exit /var/lib/byhand/containers/0123456789ab/oom
  cat >/var/lib/byhand/containers/0123456789ab/init <<'END_OF_INIT'
# How this container is built. busybox runs it: its commands are built in, so they work in any root.
set -eu
state=/var/lib/byhand/containers/0123456789ab
self=$0
die() {
  echo "byhand: $1" >&2
  trap - EXIT
  exit "${2-125}"
}

# In the new mount, UTS and IPC namespaces, still with the host's tree and process ids.
outer() {
  ip link set lo up
  hostname 0123456789ab
  # The container's first program is this busybox, read-only so that it cannot be written through /proc/1/exe.
  : >"$state/busybox"
  mount --bind /bin/busybox "$state/busybox"
  mount -o remount,bind,ro "$state/busybox"
  mount -t devpts -o newinstance,ptmxmode=0666,mode=0620,gid=5 devpts "$state/pts"
  set +e
  # unshare --fork would lose the signal that ended its child (util-linux 2.38): a shell waits for it.
  /usr/bin/unshare --pid /bin/sh "$self" middle
  echo "$?" >"$state/exit.tmp"
  mv "$state/exit.tmp" "$state/exit"
}

# What a process forks first after unshare --pid is process 1 of the new namespace.
middle() {
  set +e
  (first)
  exit "$?"
}

# Process 1 of the new process namespace: into the control group, then with few capabilities into inner.
# Writing 0 moves whoever writes (cgroups(7)); cgexec finds process 1 to be the host's and fails (libcgroup 2.0.2).
# A second mount namespace: pivot_root(2) moves the root of every process in one, and outer's must stay.
# In v1 a thread that moves itself through tasks need not wait for the other processors, some 10 ms a hierarchy (6.18).
# The inheritable set keeps what the mounts below need; it is emptied before the container's own program.
first() {
  members=cgroup.procs
  for group in /sys/fs/cgroup/byhand-0123456789ab; do
    echo 0 >"$group/$members" || die "the control group $group cannot be entered, so no limit would hold"
  done
  exec /usr/bin/unshare --cgroup --mount /bin/busybox setpriv --inh-caps +sys_admin,+mknod,+dac_override,+fowner,+setuid,+setgid,+setpcap /usr/bin/setpriv --bounding-set -all,+chown,+kill \
    "$state/busybox" sh "$self" inner
}

# Still process 1: the tree, then the command.
inner() {
  trap 'exit 125' EXIT
  read -r pid _ </proc/self/stat
  echo "$pid" >"$state/pid"
  cd "$state/merged"
  for place in proc sys dev; do
    [ ! -h "$place" ] || die "/$place is a link in this image"
    [ -d "$place" ] || mkdir "$place"
  done
  mount -t proc -o nosuid,nodev,noexec proc proc
  mount -t tmpfs -o nosuid,noexec,mode=755,size=65536k tmpfs dev
  old=.byhand-byhand-0123456789ab
  mkdir "$old"
  pivot_root . "$old"
  cd /
  host=/$old
  # From here on every path is the container's own.
  mknod -m 666 /dev/null c 1 3
  mknod -m 666 /dev/zero c 1 5
  mknod -m 666 /dev/full c 1 7
  mknod -m 666 /dev/random c 1 8
  mknod -m 666 /dev/urandom c 1 9
  mknod -m 666 /dev/tty c 5 0
  mkdir /dev/pts /dev/shm /dev/mqueue /dev/.proc
  ln -s /proc/self/fd /dev/fd
  ln -s /proc/self/fd/0 /dev/stdin
  ln -s /proc/self/fd/1 /dev/stdout
  ln -s /proc/self/fd/2 /dev/stderr
  ln -s /proc/kcore /dev/core
  ln -s pts/ptmx /dev/ptmx
  # The rest as one fstab(5), mounted by one command. Binds out of a read-only proc are read-only.
  {
    echo "proc /dev/.proc proc ro,nosuid,nodev,noexec"
    echo "sysfs /sys sysfs ro,nosuid,nodev,noexec"
    echo "cgroup /sys/fs/cgroup cgroup2 ro,nosuid,nodev,noexec"
    echo "$host$state/pts /dev/pts none bind"
    echo 'shm /dev/shm tmpfs nosuid,nodev,noexec,mode=1777,size=67108864'
    echo "mqueue /dev/mqueue mqueue nosuid,nodev,noexec"
    for place in /proc/kcore /proc/keys /proc/latency_stats /proc/timer_list /proc/sched_debug; do
      [ ! -e "$place" ] || echo "/dev/null $place none bind"
    done
    for place in /proc/acpi /proc/scsi /sys/firmware; do
      [ ! -d "$host$place" ] || echo "tmpfs $place tmpfs ro,nosuid,nodev,noexec,size=0"
    done
    for place in bus fs irq sys sysrq-trigger; do
      [ ! -e "/proc/$place" ] || echo "/dev/.proc/$place /proc/$place none bind"
    done
  } >/dev/.fstab
  mount -a -T /dev/.fstab
  umount /dev/.proc
  rm -r /dev/.proc /dev/.fstab
  mkdir -p /etc
  for file in hosts hostname resolv.conf; do
    [ -f "/etc/$file" ] || {
      rm -f "/etc/$file"
      : >"/etc/$file"
    }
    mount --bind "$host$state/etc/$file" "/etc/$file"
  done
  [ -d / ] || mkdir -p /
  umount -l "$host"
  rmdir "$host"
  find_user 0
  cd / || die 'the working folder / cannot be entered' 126
  set -- cat /etc/os-release
  find_program "$1"
  name=$1
  shift
  trap - EXIT
  # Whatever descriptors this was started with are not the container's.
  for fd in /proc/self/fd/*; do
    fd=${fd##*/}
    [ "$fd" -le 2 ] || eval "exec $fd>&-"
  done
  # busybox's env would run a program that has one of busybox's own names as that (1.35); start-stop-daemon(8) runs
  # the file it is told, and names it as asked. The file of -p, which is never there, keeps it from looking for others.
  exec setpriv --inh-caps -sys_admin,-mknod,-dac_override,-fowner,-setuid,-setgid,-setpcap nsenter -F -S "$uid" -G "$gid" \
    env -i "HOME=$home" 'PATH=/usr/bin:/bin' 'HOSTNAME=0123456789ab' start-stop-daemon -S -p /proc/none -x "$found" -a "$name" -- "$@"
}

# A remount reaches one mount and sets all its flags anew: keep the others, and go through what is mounted below.
read_only() { # PLACE
  top=$(realpath "$1")
  while read -r _ place _ options _; do
    place=$(printf '%b' "$place") flags=remount,bind,ro
    for flag in nosuid nodev noexec; do
      case ,$options, in *,"$flag",*) flags=$flags,$flag ;; esac
    done
    case $place/ in "$top"/*) mount -o "$flags" "$place" ;; esac
  done </proc/self/mounts
}

find_user() { # USER[:GROUP], by the container's own passwd(5) and group(5)
  uid='' gid='' home=/
  user=${1%%:*}
  if [ -f /etc/passwd ]; then
    while IFS=: read -r name _ number group _ folder _; do
      if [ "$name" = "$user" ] || [ "$number" = "$user" ]; then
        uid=$number gid=$group home=${folder:-/}
        break
      fi
    done </etc/passwd
  fi
  if [ -z "$uid" ]; then
    case $user in *[!0-9]*) die "user $user: not in the container's /etc/passwd" ;; esac
    uid=$user gid=0
  fi
  case $1 in *:*)
    group=${1#*:} gid=''
    if [ -f /etc/group ]; then
      while IFS=: read -r name _ number _; do
        if [ "$name" = "$group" ]; then
          gid=$number
          break
        fi
      done </etc/group
    fi
    if [ -z "$gid" ]; then
      case $group in *[!0-9]*) die "group $group: not in the container's /etc/group" ;; esac
      gid=$group
    fi ;;
  esac
  case $uid$gid in *[!0-9]*) die "user $user: its line in the container's /etc/passwd is not valid" ;; esac
}

find_program() { # NAME: 127 when it is not there, 126 when it cannot be run
  found=''
  case $1 in
  */*) found=$1 ;;
  *)
    for folder in /usr/bin /bin; do
      if [ -f "$folder/$1" ]; then
        found=$folder/$1
        [ ! -x "$found" ] || break
      fi
    done ;;
  esac
  [ -e "$found" ] || die "$1: not found in the container" 127
  [ -f "$found" ] && [ -x "$found" ] || die "$1: cannot be run: it is a folder or has no execute permission" 126
}

"$1"
END_OF_INIT
}
# not undone: it goes with the container's folder

# 8. Start cat and wait for it
#    container/start: nsenter(1), unshare(1), setsid(1), env(1), namespaces(7)
apply_start() {
  child='' asked=0 status=0
  # What is sent to this program goes to the container's first process; the third time means it.
  pass_on() { # SIGNAL
    asked=$((asked + 1))
    if [ "$asked" -ge 3 ] || [ ! -s /var/lib/byhand/containers/0123456789ab/pid ]; then kill_group; return 0; fi
    read -r first </var/lib/byhand/containers/0123456789ab/pid
    kill -s "$1" "$first" 2>/dev/null || :
  }
  kill_group() {
    [ -z "$child" ] || kill -s KILL "$child" 2>/dev/null || :
    while read -r pid; do kill -s KILL "$pid" 2>/dev/null || :; done </sys/fs/cgroup/byhand-0123456789ab/cgroup.procs
  }
  for signal in HUP INT QUIT TERM USR1 USR2; do
    # shellcheck disable=SC2064 # the signal's name is wanted now
    trap "pass_on $signal" "$signal"
  done
  exec 4</dev/null
  # A shell lets background commands ignore INT and QUIT, Python ignores PIPE; signals from a terminal must not come twice.
  env --default-signal setsid unshare --mount --uts --ipc --net \
    busybox sh /var/lib/byhand/containers/0123456789ab/init outer <&4 3>&- 4>&- 8>&- 9>&- &
  child=$!
  exec 4<&-
  while :; do
    wait "$child" && status=0 || status=$?
    kill -0 "$child" 2>/dev/null || break
  done
  trap '' HUP INT QUIT TERM USR1 USR2
  if [ -s /var/lib/byhand/containers/0123456789ab/exit ]; then
    read -r result </var/lib/byhand/containers/0123456789ab/exit
  else
    result=137
    [ "$status" -ne 0 ] && [ "$status" -lt 126 ] && result=125
  fi
  while read -r word count; do
    if [ "$word" = oom_kill ] && [ "$count" -gt 0 ]; then
      echo "$count" >/var/lib/byhand/containers/0123456789ab/oom
      echo "byhand: out of memory: the kernel killed $count of the container's processes"'' >&2
    fi
  done </sys/fs/cgroup/byhand-0123456789ab/memory.events
}
undo_start() {
  # Whoever is still starting the container, then everyone in its group.
  if [ ! -s /var/lib/byhand/containers/0123456789ab/exit ]; then
    grep -lsF -- /var/lib/byhand/containers/0123456789ab/init /proc/[0-9]*/cmdline | while IFS=/ read -r _ _ pid _; do
      kill -s KILL "$pid" 2>/dev/null || :
    done
  fi
  tries=500
  while [ -e /sys/fs/cgroup/byhand-0123456789ab/cgroup.procs ]; do
    some=''
    while read -r pid; do
      some=yes
      kill -s KILL "$pid" 2>/dev/null || :
    done </sys/fs/cgroup/byhand-0123456789ab/cgroup.procs
    [ "$some" ] || break
    tries=$((tries - 1))
    [ "$tries" -gt 0 ] || return 1
    sleep 0.01
  done
}

# ---- the plan
section() { # NUMBER: the folder that holds the lock, the journal and what stood before;
  # a shared one is another object's: its steps are left when this program is undone
  case $1 in
  1) folder=/var/lib/byhand/containers/0123456789ab shared='' ;;
  esac
}
plan() { # VERB: each step in its order
  enter 1
  "$1" record 'Write down what the container is'
  "$1" name 'Take the name plain-oak'
  "$1" folders 'Make its folders'
  "$1" overlay 'Mount the image'\''s layers under a writable one'
  "$1" cgroup 'Make its control group'
  "$1" etc 'Write the files that tell it who it is'
  "$1" init 'Write the script that builds it from inside'
  "$1" start 'Start cat and wait for it'
}
home=/var/lib/byhand/containers/0123456789ab
always=' name etc init start '
stays=' folders etc init '
saves=' '
lasting=' '
at_exit=' overlay cgroup start '
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
foreground=' start '
outputs=' '
hidden=' '
depends=' '
diffs=' '
vanish=yes
failure_exit=125
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
      "apply_$1" >/dev/null 2>&1 </dev/null 3>&-
      return ;;
    esac
    case $foreground in
    *" $1 "*) "apply_$1" ;;
    *)
      [ -d "$home/out" ] || mkdir -p "$home/out"
      "apply_$1" >"$home/out/$1.out" 2>"$home/out/$1.err" </dev/null 3>&- ;;
    esac ;;
  *) "apply_$1" </dev/null 3>&- ;;
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
  ) </dev/null 3>&-
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
