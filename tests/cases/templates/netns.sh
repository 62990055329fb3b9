#!/bin/sh
# shellcheck disable=SC2016,SC2317,SC2329,SC2034,SC2043 # values are literal; nothing calls the functions or reads their variables
# What the templates of one area become. Made by BYHAND_RENEW=1 pytest tests/cases; never run.
set -eu
prior=/the/folder/prior/one
export prior

# ---- netns/create: typical
#   name: "lab"
check_netns_create_typical() {
  [ -e /run/netns/lab ]
}
apply_netns_create_typical() {
  ip netns add lab
}
undo_netns_create_typical() {
  tries=50
  while [ -e /run/netns/lab ] && ! ip netns delete lab; do
    tries=$((tries - 1))
    [ "$tries" -gt 0 ] || return 1
    sleep 0.02
  done
}

# ---- netns/create: dotted
#   name: "lab.1-a_b"
check_netns_create_dotted() {
  [ -e /run/netns/lab.1-a_b ]
}
apply_netns_create_dotted() {
  ip netns add lab.1-a_b
}
undo_netns_create_dotted() {
  tries=50
  while [ -e /run/netns/lab.1-a_b ] && ! ip netns delete lab.1-a_b; do
    tries=$((tries - 1))
    [ "$tries" -gt 0 ] || return 1
    sleep 0.02
  done
}
