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
[ -d /sys/fs/cgroup/memory/web ]
}
apply_cgroup_create_typical() {
  cgcreate -g memory:web
}
undo_cgroup_create_typical() {
  # cgdelete of several v1 hierarchies can answer 0 and leave some (libcgroup 2.0.2): rmdir(2) tells.
  rmdir /sys/fs/cgroup/memory/web 2>/dev/null || :
  # shellcheck disable=SC2043 # v2 has one hierarchy
  for group in /sys/fs/cgroup/memory/web; do
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
[ -d /sys/fs/cgroup/cpu,cpuacct/byhand-1.a_b ] && [ -d /sys/fs/cgroup/pids/byhand-1.a_b ]
}
apply_cgroup_create_every() {
  cgcreate -g cpu,cpuacct,pids:byhand-1.a_b
}
undo_cgroup_create_every() {
  # cgdelete of several v1 hierarchies can answer 0 and leave some (libcgroup 2.0.2): rmdir(2) tells.
  rmdir /sys/fs/cgroup/cpu,cpuacct/byhand-1.a_b /sys/fs/cgroup/pids/byhand-1.a_b 2>/dev/null || :
  # shellcheck disable=SC2043 # v2 has one hierarchy
  for group in /sys/fs/cgroup/cpu,cpuacct/byhand-1.a_b /sys/fs/cgroup/pids/byhand-1.a_b; do
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
[ -d '/mnt/it'\''s $(a) ü/a' ]
}
apply_cgroup_create_hostile() {
  cgcreate -g memory:a
}
undo_cgroup_create_hostile() {
  # cgdelete of several v1 hierarchies can answer 0 and leave some (libcgroup 2.0.2): rmdir(2) tells.
  rmdir '/mnt/it'\''s $(a) ü/a' 2>/dev/null || :
  # shellcheck disable=SC2043 # v2 has one hierarchy
  for group in '/mnt/it'\''s $(a) ü/a'; do
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
