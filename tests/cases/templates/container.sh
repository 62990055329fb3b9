#!/bin/sh
# shellcheck disable=SC2016,SC2317,SC2329,SC2034,SC2043 # values are literal; nothing calls the functions or reads their variables
# What the templates of one area become. Made by BYHAND_RENEW=1 pytest tests/cases; never run.
set -eu
prior=/the/folder/prior/one
export prior

# ---- container/etc: typical
#   path: "/c/etc"
#   hostname: "box"
apply_container_etc_typical() {
  {
    echo "127.0.0.1 localhost"
    echo "::1 localhost ip6-localhost ip6-loopback"
  } >/c/etc/hosts
  {
    :
  } >/c/etc/resolv.conf
  echo box >/c/etc/hostname
}

# ---- container/etc: every
#   path: "/c/etc"
#   hostname: "box"
#   address: "10.0.0.2"
#   nameservers: ["192.0.2.53", "192.0.2.54"]
#   search: ["example.org", "example.net"]
apply_container_etc_every() {
  {
    echo "127.0.0.1 localhost"
    echo "::1 localhost ip6-localhost ip6-loopback"
    echo 10.0.0.2 box
  } >/c/etc/hosts
  {
    printf 'nameserver %s\n' 192.0.2.53
    printf 'nameserver %s\n' 192.0.2.54
    printf 'search %s\n' 'example.org example.net'
    :
  } >/c/etc/resolv.conf
  echo box >/c/etc/hostname
}

# ---- container/etc: of the host
#   path: "/c/etc"
#   hostname: "box"
#   host_network: true
apply_container_etc_of_the_host() {
  cat /etc/hosts >/c/etc/hosts
  if [ -r /etc/resolv.conf ]; then cat /etc/resolv.conf >/c/etc/resolv.conf; else : >/c/etc/resolv.conf; fi
  echo box >/c/etc/hostname
}

# ---- container/etc: hostile
#   path: "/c/it's $(a) ü"
#   hostname: "a-b.c"
#   address: "10.0.0.2"
#   nameservers: ["1.2.3.4"]
#   search: ["a.b"]
apply_container_etc_hostile() {
  {
    echo "127.0.0.1 localhost"
    echo "::1 localhost ip6-localhost ip6-loopback"
    echo 10.0.0.2 a-b.c
  } >'/c/it'\''s $(a) ü/hosts'
  {
    printf 'nameserver %s\n' 1.2.3.4
    printf 'search %s\n' a.b
    :
  } >'/c/it'\''s $(a) ü/resolv.conf'
  echo a-b.c >'/c/it'\''s $(a) ü/hostname'
}

# ---- container/folders: typical
#   path: "/var/lib/byhand/containers/a"
check_container_folders_typical() {
  [ -d /var/lib/byhand/containers/a/merged ]
}
apply_container_folders_typical() {
  mkdir -p -- /var/lib/byhand/containers/a/upper /var/lib/byhand/containers/a/work /var/lib/byhand/containers/a/mounts /var/lib/byhand/containers/a/pts /var/lib/byhand/containers/a/etc /var/lib/byhand/containers/a/merged 
}

# ---- container/folders: every
#   path: "/c/a"
#   extra: ["/c/b", "/c/d e"]
check_container_folders_every() {
  [ -d /c/a/merged ]
}
apply_container_folders_every() {
  mkdir -p -- /c/a/upper /c/a/work /c/a/mounts /c/a/pts /c/a/etc /c/a/merged /c/b '/c/d e'
}

# ---- container/folders: hostile
#   path: "/c/it's $(a)"
#   extra: ["/c/-ü\n`b`"]
check_container_folders_hostile() {
  [ -d '/c/it'\''s $(a)/merged' ]
}
apply_container_folders_hostile() {
  mkdir -p -- '/c/it'\''s $(a)/upper' '/c/it'\''s $(a)/work' '/c/it'\''s $(a)/mounts' '/c/it'\''s $(a)/pts' '/c/it'\''s $(a)/etc' '/c/it'\''s $(a)/merged' '/c/-ü
`b`'
}

# ---- container/init: typical
#   path: "/c/a"
#   argv: ["cat", "/etc/os-release"]
#   hostname: "box"
#   search: ["/usr/bin", "/bin"]
#   cgroup: "a"
#   cgroup_version: "v1"
#   groups: ["/sys/fs/cgroup/memory/a"]
#   controllers: ["memory"]
#   capabilities: ["chown", "kill"]
apply_container_init_typical() {
  [ ! -e /c/a/exit ] || rm -f -- /c/a/pid /c/a/exit /c/a/oom
  cat >/c/a/init <<'END_OF_INIT'
# How this container is built. busybox runs it: its commands are built in, so they work in any root.
set -eu
state=/c/a
self=$0
die() {
  echo "byhand: $1" >&2
  trap - EXIT
  exit "${2-125}"
}

# In the new mount, UTS and IPC namespaces, still with the host's tree and process ids.
outer() {
  hostname box
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
  members=tasks
  for group in /sys/fs/cgroup/memory/a; do
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
  old=.byhand-a
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
    echo "tmpfs /sys/fs/cgroup tmpfs nosuid,nodev,noexec,mode=755"
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
  for controller in memory; do
    mkdir "/sys/fs/cgroup/$controller"
    echo "cgroup /sys/fs/cgroup/$controller cgroup ro,nosuid,nodev,noexec,$controller"
  done >/dev/.fstab
  mount -a -T /dev/.fstab
  mount -o remount,bind,ro /sys/fs/cgroup
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
    env -i "HOME=$home" start-stop-daemon -S -p /proc/none -x "$found" -a "$name" -- "$@"
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

# ---- container/init: every
#   path: "/c/a"
#   argv: ["sh"]
#   env: ["PATH=/bin", "A=b c"]
#   hostname: "box"
#   setpriv: "/opt/setpriv"
#   unshare: "/opt/unshare"
#   busybox: "/opt/busybox"
#   script: "/opt/script"
#   search: ["/bin"]
#   workdir: "/srv"
#   user: "1000:1000"
#   tty: true
#   read_only: true
#   loopback: true
#   host_network: false
#   volumes: [{"source": "/a", "target": "/b", "readonly": true, "folder": true, "made": true}]
#   tmpfs: [{"target": "/t", "options": "size=64m"}]
#   cgroup: "a"
#   cgroup_version: "v2"
#   groups: ["/sys/fs/cgroup/a"]
#   controllers: ["memory", "pids"]
#   shm_size: "1m"
#   capabilities: ["chown"]
apply_container_init_every() {
  [ ! -e /c/a/exit ] || rm -f -- /c/a/pid /c/a/exit /c/a/oom
  cat >/c/a/init <<'END_OF_INIT'
# How this container is built. busybox runs it: its commands are built in, so they work in any root.
set -eu
state=/c/a
self=$0
die() {
  echo "byhand: $1" >&2
  trap - EXIT
  exit "${2-125}"
}

# In the new mount, UTS and IPC namespaces, still with the host's tree and process ids.
outer() {
  ip link set lo up
  hostname box
  # The container's first program is this busybox, read-only so that it cannot be written through /proc/1/exe.
  : >"$state/busybox"
  mount --bind /opt/busybox "$state/busybox"
  mount -o remount,bind,ro "$state/busybox"
  mount -t devpts -o newinstance,ptmxmode=0666,mode=0620,gid=5 devpts "$state/pts"
  mkdir -p /c/a/mounts/1
  mount --rbind /a /c/a/mounts/1
  # The terminal comes from the container's own devpts: script(1) opens it, and is no part of the container.
  mount --bind "$state/pts" /dev/pts
  set +e
  SHELL=/bin/sh /opt/unshare --pid /opt/script -qefc "exec sh '$self' first" /dev/null
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
  for group in /sys/fs/cgroup/a; do
    echo 0 >"$group/$members" || die "the control group $group cannot be entered, so no limit would hold"
  done
  exec /opt/unshare --cgroup --mount /opt/busybox setpriv --inh-caps +sys_admin,+mknod,+dac_override,+fowner,+setuid,+setgid,+setpcap /opt/setpriv --bounding-set -all,+chown \
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
  old=.byhand-a
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
  : >/dev/console
  # The rest as one fstab(5), mounted by one command. Binds out of a read-only proc are read-only.
  {
    echo "proc /dev/.proc proc ro,nosuid,nodev,noexec"
    echo "sysfs /sys sysfs ro,nosuid,nodev,noexec"
    echo "cgroup /sys/fs/cgroup cgroup2 ro,nosuid,nodev,noexec"
    echo "$host$state/pts /dev/pts none bind"
    echo 'shm /dev/shm tmpfs nosuid,nodev,noexec,mode=1777,size=1048576'
    echo "mqueue /dev/mqueue mqueue nosuid,nodev,noexec"
    echo "/dev/pts/0 /dev/console none bind"
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
  mkdir -p /t
  mount -t tmpfs -o 'size=64m' tmpfs /t
  mkdir -p /b
  mount --rbind "$host"/c/a/mounts/1 /b
  read_only /b
  mkdir -p /etc
  for file in hosts hostname resolv.conf; do
    case ' /b ' in *" /etc/$file "*) continue ;; esac
    [ -f "/etc/$file" ] || {
      rm -f "/etc/$file"
      : >"/etc/$file"
    }
    mount --bind "$host$state/etc/$file" "/etc/$file"
  done
  [ -d /srv ] || mkdir -p /srv
  umount -l "$host"
  rmdir "$host"
  mount -o remount,bind,ro /
  find_user 1000:1000
  cd /srv || die 'the working folder /srv cannot be entered' 126
  set -- sh
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
    env -i "HOME=$home" 'PATH=/bin' 'A=b c' start-stop-daemon -S -p /proc/none -x "$found" -a "$name" -- "$@"
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
    for folder in /bin; do
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

# ---- container/init: hostile
#   path: "/c/it's"
#   argv: ["if", "$(a)\nb", "it's", "-n"]
#   env: ["A=it's $(b)\nc", "B="]
#   hostname: "box"
#   search: ["/a b/$(c)"]
#   workdir: "/w x/ü'"
#   user: "a:b"
#   host_network: true
#   volumes: [{"source": "/a b", "target": "/c'd$(e)", "readonly": false, "folder": false, "made": false}]
#   tmpfs: [{"target": "/t'$(x)", "options": "size=1m,mode=0700"}]
#   cgroup: "a"
#   cgroup_version: "v1"
#   groups: ["/g h/it's"]
#   controllers: ["memory"]
#   capabilities: ["chown"]
apply_container_init_hostile() {
  [ ! -e '/c/it'\''s/exit' ] || rm -f -- '/c/it'\''s/pid' '/c/it'\''s/exit' '/c/it'\''s/oom'
  cat >'/c/it'\''s/init' <<'END_OF_INIT'
# How this container is built. busybox runs it: its commands are built in, so they work in any root.
set -eu
state='/c/it'\''s'
self=$0
die() {
  echo "byhand: $1" >&2
  trap - EXIT
  exit "${2-125}"
}

# In the new mount, UTS and IPC namespaces, still with the host's tree and process ids.
outer() {
  hostname box
  # The container's first program is this busybox, read-only so that it cannot be written through /proc/1/exe.
  : >"$state/busybox"
  mount --bind /bin/busybox "$state/busybox"
  mount -o remount,bind,ro "$state/busybox"
  mount -t devpts -o newinstance,ptmxmode=0666,mode=0620,gid=5 devpts "$state/pts"
  : >'/c/it'\''s/mounts/1'
  mount --rbind '/a b' '/c/it'\''s/mounts/1'
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
  members=tasks
  for group in '/g h/it'\''s'; do
    echo 0 >"$group/$members" || die "the control group $group cannot be entered, so no limit would hold"
  done
  exec /usr/bin/unshare --cgroup --mount /bin/busybox setpriv --inh-caps +sys_admin,+mknod,+dac_override,+fowner,+setuid,+setgid,+setpcap /usr/bin/setpriv --bounding-set -all,+chown \
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
  old=.byhand-a
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
  mount --bind "$host/sys" /sys
  mount -o remount,bind,ro,nosuid,nodev,noexec /sys
  # The rest as one fstab(5), mounted by one command. Binds out of a read-only proc are read-only.
  {
    echo "proc /dev/.proc proc ro,nosuid,nodev,noexec"
    echo "tmpfs /sys/fs/cgroup tmpfs nosuid,nodev,noexec,mode=755"
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
  for controller in memory; do
    mkdir "/sys/fs/cgroup/$controller"
    echo "cgroup /sys/fs/cgroup/$controller cgroup ro,nosuid,nodev,noexec,$controller"
  done >/dev/.fstab
  mount -a -T /dev/.fstab
  mount -o remount,bind,ro /sys/fs/cgroup
  umount /dev/.proc
  rm -r /dev/.proc /dev/.fstab
  mkdir -p '/t'\''$(x)'
  mount -t tmpfs -o 'size=1m,mode=0700' tmpfs '/t'\''$(x)'
  mkdir -p /
  [ -e '/c'\''d$(e)' ] || : >'/c'\''d$(e)'
  mount --rbind "$host"'/c/it'\''s/mounts/1' '/c'\''d$(e)'
  mkdir -p /etc
  for file in hosts hostname resolv.conf; do
    case ' /c'\''d$(e) ' in *" /etc/$file "*) continue ;; esac
    [ -f "/etc/$file" ] || {
      rm -f "/etc/$file"
      : >"/etc/$file"
    }
    mount --bind "$host$state/etc/$file" "/etc/$file"
  done
  [ -d '/w x/ü'\''' ] || mkdir -p '/w x/ü'\'''
  umount -l "$host"
  rmdir "$host"
  find_user a:b
  cd '/w x/ü'\''' || die 'the working folder /w x/ü'\'' cannot be entered' 126
  set -- 'if' '$(a)
b' 'it'\''s' -n
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
    env -i "HOME=$home" 'A=it'\''s $(b)
c' 'B=' start-stop-daemon -S -p /proc/none -x "$found" -a "$name" -- "$@"
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
    for folder in '/a b/$(c)'; do
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

# ---- container/start: typical
#   path: "/c/a"
#   groups: ["/sys/fs/cgroup/memory/a"]
apply_container_start_typical() {
  child='' asked=0 status=0
  # What is sent to this program goes to the container's first process; the third time means it.
  pass_on() { # SIGNAL
    asked=$((asked + 1))
    if [ "$asked" -ge 3 ] || [ ! -s /c/a/pid ]; then kill_group; return 0; fi
    read -r first </c/a/pid
    kill -s "$1" "$first" 2>/dev/null || :
  }
  kill_group() {
    [ -z "$child" ] || kill -s KILL "$child" 2>/dev/null || :
    while read -r pid; do kill -s KILL "$pid" 2>/dev/null || :; done </sys/fs/cgroup/memory/a/cgroup.procs
  }
  for signal in HUP INT QUIT TERM USR1 USR2; do
    # shellcheck disable=SC2064 # the signal's name is wanted now
    trap "pass_on $signal" "$signal"
  done
  exec 4</dev/null
  # A shell lets background commands ignore INT and QUIT, Python ignores PIPE; signals from a terminal must not come twice.
  env --default-signal setsid unshare --mount --uts --ipc \
    busybox sh /c/a/init outer <&4 3>&- 4>&- 8>&- 9>&- &
  child=$!
  exec 4<&-
  while :; do
    wait "$child" && status=0 || status=$?
    kill -0 "$child" 2>/dev/null || break
  done
  trap '' HUP INT QUIT TERM USR1 USR2
  if [ -s /c/a/exit ]; then
    read -r result </c/a/exit
  else
    result=137
    [ "$status" -ne 0 ] && [ "$status" -lt 126 ] && result=125
  fi
}
undo_container_start_typical() {
  # Whoever is still starting the container, then everyone in its group.
  if [ ! -s /c/a/exit ]; then
    grep -lsF -- /c/a/init /proc/[0-9]*/cmdline | while IFS=/ read -r _ _ pid _; do
      kill -s KILL "$pid" 2>/dev/null || :
    done
  fi
  tries=500
  while [ -e /sys/fs/cgroup/memory/a/cgroup.procs ]; do
    some=''
    while read -r pid; do
      some=yes
      kill -s KILL "$pid" 2>/dev/null || :
    done </sys/fs/cgroup/memory/a/cgroup.procs
    [ "$some" ] || break
    tries=$((tries - 1))
    [ "$tries" -gt 0 ] || return 1
    sleep 0.01
  done
}

# ---- container/start: every
#   path: "/c/a"
#   netns: "byhand-a"
#   tty: true
#   interactive: true
#   groups: ["/g/a", "/h/a"]
#   oom_file: "/g/a/memory.oom_control"
#   memory: 1048576
apply_container_start_every() {
  child='' asked=0 status=0
  # What is sent to this program goes to the container's first process; the third time means it.
  pass_on() { # SIGNAL
    asked=$((asked + 1))
    if [ "$asked" -ge 3 ] || [ ! -s /c/a/pid ]; then kill_group; return 0; fi
    read -r first </c/a/pid
    kill -s "$1" "$first" 2>/dev/null || :
  }
  kill_group() {
    [ -z "$child" ] || kill -s KILL "$child" 2>/dev/null || :
    while read -r pid; do kill -s KILL "$pid" 2>/dev/null || :; done </g/a/cgroup.procs
  }
  for signal in HUP INT QUIT TERM USR1 USR2; do
    # shellcheck disable=SC2064 # the signal's name is wanted now
    trap "pass_on $signal" "$signal"
  done
  exec 4<&0
  # A shell lets background commands ignore INT and QUIT, Python ignores PIPE; signals from a terminal must not come twice.
  env --default-signal nsenter --net=/run/netns/byhand-a unshare --mount --uts --ipc \
    busybox sh /c/a/init outer <&4 3>&- 4>&- 8>&- 9>&- &
  child=$!
  exec 4<&-
  while :; do
    wait "$child" && status=0 || status=$?
    kill -0 "$child" 2>/dev/null || break
  done
  trap '' HUP INT QUIT TERM USR1 USR2
  if [ -s /c/a/exit ]; then
    read -r result </c/a/exit
  else
    result=137
    [ "$status" -ne 0 ] && [ "$status" -lt 126 ] && result=125
  fi
  while read -r word count; do
    if [ "$word" = oom_kill ] && [ "$count" -gt 0 ]; then
      echo "$count" >/c/a/oom
      echo "byhand: out of memory: the kernel killed $count of the container's processes"' (its limit is 1048576 bytes)' >&2
    fi
  done </g/a/memory.oom_control
}
undo_container_start_every() {
  # Whoever is still starting the container, then everyone in its group.
  if [ ! -s /c/a/exit ]; then
    grep -lsF -- /c/a/init /proc/[0-9]*/cmdline | while IFS=/ read -r _ _ pid _; do
      kill -s KILL "$pid" 2>/dev/null || :
    done
  fi
  tries=500
  while [ -e /g/a/cgroup.procs ]; do
    some=''
    while read -r pid; do
      some=yes
      kill -s KILL "$pid" 2>/dev/null || :
    done </g/a/cgroup.procs
    [ "$some" ] || break
    tries=$((tries - 1))
    [ "$tries" -gt 0 ] || return 1
    sleep 0.01
  done
}

# ---- container/start: of its own
#   path: "/c/a"
#   new_net: true
#   interactive: true
#   groups: ["/g/a"]
apply_container_start_of_its_own() {
  child='' asked=0 status=0
  # What is sent to this program goes to the container's first process; the third time means it.
  pass_on() { # SIGNAL
    asked=$((asked + 1))
    if [ "$asked" -ge 3 ] || [ ! -s /c/a/pid ]; then kill_group; return 0; fi
    read -r first </c/a/pid
    kill -s "$1" "$first" 2>/dev/null || :
  }
  kill_group() {
    [ -z "$child" ] || kill -s KILL "$child" 2>/dev/null || :
    while read -r pid; do kill -s KILL "$pid" 2>/dev/null || :; done </g/a/cgroup.procs
  }
  for signal in HUP INT QUIT TERM USR1 USR2; do
    # shellcheck disable=SC2064 # the signal's name is wanted now
    trap "pass_on $signal" "$signal"
  done
  exec 4<&0
  # A shell lets background commands ignore INT and QUIT, Python ignores PIPE; signals from a terminal must not come twice.
  env --default-signal setsid unshare --mount --uts --ipc --net \
    busybox sh /c/a/init outer <&4 3>&- 4>&- 8>&- 9>&- &
  child=$!
  exec 4<&-
  while :; do
    wait "$child" && status=0 || status=$?
    kill -0 "$child" 2>/dev/null || break
  done
  trap '' HUP INT QUIT TERM USR1 USR2
  if [ -s /c/a/exit ]; then
    read -r result </c/a/exit
  else
    result=137
    [ "$status" -ne 0 ] && [ "$status" -lt 126 ] && result=125
  fi
}
undo_container_start_of_its_own() {
  # Whoever is still starting the container, then everyone in its group.
  if [ ! -s /c/a/exit ]; then
    grep -lsF -- /c/a/init /proc/[0-9]*/cmdline | while IFS=/ read -r _ _ pid _; do
      kill -s KILL "$pid" 2>/dev/null || :
    done
  fi
  tries=500
  while [ -e /g/a/cgroup.procs ]; do
    some=''
    while read -r pid; do
      some=yes
      kill -s KILL "$pid" 2>/dev/null || :
    done </g/a/cgroup.procs
    [ "$some" ] || break
    tries=$((tries - 1))
    [ "$tries" -gt 0 ] || return 1
    sleep 0.01
  done
}

# ---- container/start: hostile
#   path: "/c/it's $(a) ü"
#   groups: ["/g h/`b`'"]
#   oom_file: "/g h/$(c)'"
#   memory: 1
apply_container_start_hostile() {
  child='' asked=0 status=0
  # What is sent to this program goes to the container's first process; the third time means it.
  pass_on() { # SIGNAL
    asked=$((asked + 1))
    if [ "$asked" -ge 3 ] || [ ! -s '/c/it'\''s $(a) ü/pid' ]; then kill_group; return 0; fi
    read -r first <'/c/it'\''s $(a) ü/pid'
    kill -s "$1" "$first" 2>/dev/null || :
  }
  kill_group() {
    [ -z "$child" ] || kill -s KILL "$child" 2>/dev/null || :
    while read -r pid; do kill -s KILL "$pid" 2>/dev/null || :; done <'/g h/`b`'\''/cgroup.procs'
  }
  for signal in HUP INT QUIT TERM USR1 USR2; do
    # shellcheck disable=SC2064 # the signal's name is wanted now
    trap "pass_on $signal" "$signal"
  done
  exec 4</dev/null
  # A shell lets background commands ignore INT and QUIT, Python ignores PIPE; signals from a terminal must not come twice.
  env --default-signal setsid unshare --mount --uts --ipc \
    busybox sh '/c/it'\''s $(a) ü/init' outer <&4 3>&- 4>&- 8>&- 9>&- &
  child=$!
  exec 4<&-
  while :; do
    wait "$child" && status=0 || status=$?
    kill -0 "$child" 2>/dev/null || break
  done
  trap '' HUP INT QUIT TERM USR1 USR2
  if [ -s '/c/it'\''s $(a) ü/exit' ]; then
    read -r result <'/c/it'\''s $(a) ü/exit'
  else
    result=137
    [ "$status" -ne 0 ] && [ "$status" -lt 126 ] && result=125
  fi
  while read -r word count; do
    if [ "$word" = oom_kill ] && [ "$count" -gt 0 ]; then
      echo "$count" >'/c/it'\''s $(a) ü/oom'
      echo "byhand: out of memory: the kernel killed $count of the container's processes"' (its limit is 1 bytes)' >&2
    fi
  done <'/g h/$(c)'\'''
}
undo_container_start_hostile() {
  # Whoever is still starting the container, then everyone in its group.
  if [ ! -s '/c/it'\''s $(a) ü/exit' ]; then
    grep -lsF -- '/c/it'\''s $(a) ü/init' /proc/[0-9]*/cmdline | while IFS=/ read -r _ _ pid _; do
      kill -s KILL "$pid" 2>/dev/null || :
    done
  fi
  tries=500
  while [ -e '/g h/`b`'\''/cgroup.procs' ]; do
    some=''
    while read -r pid; do
      some=yes
      kill -s KILL "$pid" 2>/dev/null || :
    done <'/g h/`b`'\''/cgroup.procs'
    [ "$some" ] || break
    tries=$((tries - 1))
    [ "$tries" -gt 0 ] || return 1
    sleep 0.01
  done
}
