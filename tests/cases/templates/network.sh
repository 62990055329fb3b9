#!/bin/sh
# shellcheck disable=SC2016,SC2317,SC2329,SC2034,SC2043 # values are literal; nothing calls the functions or reads their variables
# What the templates of one area become. Made by BYHAND_RENEW=1 pytest tests/cases; never run.
set -eu
prior=/the/folder/prior/one
export prior

# ---- network/address: typical
#   address: "10.0.0.1/24"
#   dev: "br0"
check_network_address_typical() {
  case "$(ip -4 -oneline address show dev br0)" in *' inet 10.0.0.1/24 '*) ;; *) return 1 ;; esac
}
apply_network_address_typical() {
  ip address add 10.0.0.1/24 dev br0
}
undo_network_address_typical() {
  case "$(ip -4 -oneline address show dev br0 2>/dev/null)" in *' inet 10.0.0.1/24 '*)
    ip address delete 10.0.0.1/24 dev br0 ;;
  esac
}

# ---- network/address: every
#   address: "fd00::1/64"
#   dev: "eth0.5"
#   netns: "lab"
check_network_address_every() {
  case "$(ip -netns lab -6 -oneline address show dev eth0.5)" in *' inet6 fd00::1/64 '*) ;; *) return 1 ;; esac
}
apply_network_address_every() {
  ip -netns lab address add fd00::1/64 dev eth0.5
}
undo_network_address_every() {
  case "$(ip -netns lab -6 -oneline address show dev eth0.5 2>/dev/null)" in *' inet6 fd00::1/64 '*)
    ip -netns lab address delete fd00::1/64 dev eth0.5 ;;
  esac
}

# ---- network/address: hostile
#   address: "10.0.0.1/32"
#   dev: "a'$(b)ü"
check_network_address_hostile() {
  case "$(ip -4 -oneline address show dev 'a'\''$(b)ü')" in *' inet 10.0.0.1/32 '*) ;; *) return 1 ;; esac
}
apply_network_address_hostile() {
  ip address add 10.0.0.1/32 dev 'a'\''$(b)ü'
}
undo_network_address_hostile() {
  case "$(ip -4 -oneline address show dev 'a'\''$(b)ü' 2>/dev/null)" in *' inet 10.0.0.1/32 '*)
    ip address delete 10.0.0.1/32 dev 'a'\''$(b)ü' ;;
  esac
}

# ---- network/attach: typical
#   netns: "lab"
#   veth: "veth0"
#   bridge: "br0"
#   address: "10.0.0.2/24"
#   gateway: "10.0.0.1"
#   mac: "02:00:00:00:00:01"
check_network_attach_typical() {
  [ -e /sys/class/net/veth0/master ] && [ "$(ip -netns lab route show default via 10.0.0.1)" ]
}
apply_network_attach_typical() {
  ip link add name veth0 mtu 1500 type veth peer name eth0 address 02:00:00:00:00:01 mtu 1500 netns lab
  ip link set dev veth0 master br0 up
  ip -netns lab -batch - <<'EOF'
link set dev lo up
address add 10.0.0.2/24 dev eth0
link set dev eth0 up
route add default via 10.0.0.1
EOF
}

# ---- network/attach: every
#   netns: "lab"
#   veth: "veth0"
#   bridge: "br0"
#   address: "10.0.0.2/24"
#   gateway: "10.0.0.1"
#   mac: "02:00:00:00:00:01"
#   mtu: 1400
check_network_attach_every() {
  [ -e /sys/class/net/veth0/master ] && [ "$(ip -netns lab route show default via 10.0.0.1)" ]
}
apply_network_attach_every() {
  ip link add name veth0 mtu 1400 type veth peer name eth0 address 02:00:00:00:00:01 mtu 1400 netns lab
  ip link set dev veth0 master br0 up
  ip -netns lab -batch - <<'EOF'
link set dev lo up
address add 10.0.0.2/24 dev eth0
link set dev eth0 up
route add default via 10.0.0.1
EOF
}

# ---- network/attach: elsewhere
#   netns: "lab"
#   veth: "veth0"
#   bridge: "br0"
#   address: "10.0.0.2/24"
#   gateway: "10.0.0.1"
#   bridge_netns: "host"
check_network_attach_elsewhere() {
  case "$(ip -netns host -oneline link show dev veth0)" in *' master br0 '*) ;; *) return 1 ;; esac
  [ "$(ip -netns lab route show default via 10.0.0.1)" ]
}
apply_network_attach_elsewhere() {
  ip -netns host link add name veth0 mtu 1500 type veth peer name eth0 mtu 1500 netns lab
  ip -netns host link set dev veth0 master br0 up
  ip -netns lab -batch - <<'EOF'
link set dev lo up
address add 10.0.0.2/24 dev eth0
link set dev eth0 up
route add default via 10.0.0.1
EOF
}

# ---- network/attach: hostile
#   netns: "a.b"
#   veth: "v'$(a)"
#   bridge: "b`c`ü"
#   address: "10.0.0.2/24"
#   gateway: "10.0.0.1"
#   mac: "it's $(a)"
check_network_attach_hostile() {
  [ -e /sys/class/net/'v'\''$(a)'/master ] && [ "$(ip -netns a.b route show default via 10.0.0.1)" ]
}
apply_network_attach_hostile() {
  ip link add name 'v'\''$(a)' mtu 1500 type veth peer name eth0 address 'it'\''s $(a)' mtu 1500 netns a.b
  ip link set dev 'v'\''$(a)' master 'b`c`ü' up
  ip -netns a.b -batch - <<'EOF'
link set dev lo up
address add 10.0.0.2/24 dev eth0
link set dev eth0 up
route add default via 10.0.0.1
EOF
}

# ---- network/bridge: typical
#   name: "br0"
check_network_bridge_typical() {
  [ -d /sys/class/net/br0/bridge ]
}
apply_network_bridge_typical() {
  ip link add name br0 mtu 1500 type bridge
}
undo_network_bridge_typical() {
  if [ -d /sys/class/net/br0/bridge ]; then ip link delete dev br0; fi
}

# ---- network/bridge: every
#   name: "br0"
#   mtu: 9000
#   netns: "lab"
check_network_bridge_every() {
  [ "$(ip -netns lab link show dev br0 type bridge)" ]
}
apply_network_bridge_every() {
  ip -netns lab link add name br0 mtu 9000 type bridge
}
undo_network_bridge_every() {
  if [ "$(ip -netns lab link show dev br0 type bridge 2>/dev/null)" ]; then ip -netns lab link delete dev br0; fi
}

# ---- network/bridge: hostile
#   name: "b'$(a)ü"
check_network_bridge_hostile() {
  [ -d /sys/class/net/'b'\''$(a)ü'/bridge ]
}
apply_network_bridge_hostile() {
  ip link add name 'b'\''$(a)ü' mtu 1500 type bridge
}
undo_network_bridge_hostile() {
  if [ -d /sys/class/net/'b'\''$(a)ü'/bridge ]; then ip link delete dev 'b'\''$(a)ü'; fi
}

# ---- network/link: typical
#   dev: "eth0"
#   up: true
check_network_link_typical() {
  listed=$(ip -oneline link show dev eth0) || return 1
  state=down
  case $listed in *[,\<]UP[,\>]*) state=up ;; esac
  [ "$state" = up ] || return 1
}
save_network_link_typical() {
  listed=$(ip -oneline link show dev eth0) || return 1
  state=down
  case $listed in *[,\<]UP[,\>]*) state=up ;; esac
  echo "$state $(printf '%s\n' "$listed" | sed 's/.* mtu \([0-9]*\) .*/\1/;q')"
  ip -6 -oneline address show dev eth0 | sed -n '/ dynamic\| temporary/d; s/.* inet6 \([^ ]*\) scope global\([^\\]*\).*/\1\2/p' |
    sed 's/ \(tentative\|dadfailed\|deprecated\|mngtmpaddr\)//g'
  echo
  for version in -4 -6; do
    ip "$version" -oneline route show table all | DEV=eth0 awk -v version="$version" '
      / proto kernel / || /^(local|broadcast|multicast|anycast|unreachable|fe80:|ff00:)/ { next }
      index($0 " ", " dev " ENVIRON["DEV"] " ") { gsub(/\\| linkdown| dead/, ""); print version, "route add", $0 }'
  done
}
apply_network_link_typical() {
  ip link set dev eth0 up
}
undo_network_link_typical() {
  listed=$(ip -oneline link show dev eth0 2>/dev/null) || return 0
  state=down
  case $listed in *[,\<]UP[,\>]*) state=up ;; esac
  read -r before _ <"$prior"
  # What was set to something else since is not ours.
  if [ "$state" = up ]; then ip link set dev eth0 "$before"; fi
  sed '1d;/^$/q' "$prior" | while read -r address flags; do
    case "$(ip -6 -oneline address show dev eth0)" in *" inet6 $address "*) ;; *)
      # shellcheck disable=SC2086 # one word a flag
      if [ -n "$address" ]; then ip address add "$address" dev eth0 $flags; fi ;;
    esac
  done
  for version in -4 -6; do
    ip "$version" -oneline route show table all | DEV=eth0 awk -v version="$version" '
      / proto kernel / || /^(local|broadcast|multicast|anycast|unreachable|fe80:|ff00:)/ { next }
      index($0 " ", " dev " ENVIRON["DEV"] " ") { gsub(/\\| linkdown| dead/, ""); print version, "route add", $0 }'
  done >"$prior.here"
  sed '1,/^$/d' "$prior" | grep -vxF -f "$prior.here" | while read -r words; do
    # shellcheck disable=SC2086 # one word a word
    ip $words
  done
  rm -f -- "$prior.here"
}

# ---- network/link: every
#   dev: "eth0"
#   up: false
#   mtu: 1400
#   netns: "lab"
check_network_link_every() {
  listed=$(ip -netns lab -oneline link show dev eth0) || return 1
  state=down
  case $listed in *[,\<]UP[,\>]*) state=up ;; esac
  [ "$state" = down ] || return 1
  [ "$(printf '%s\n' "$listed" | sed 's/.* mtu \([0-9]*\) .*/\1/;q')" = 1400 ] || return 1
}
save_network_link_every() {
  listed=$(ip -netns lab -oneline link show dev eth0) || return 1
  state=down
  case $listed in *[,\<]UP[,\>]*) state=up ;; esac
  echo "$state $(printf '%s\n' "$listed" | sed 's/.* mtu \([0-9]*\) .*/\1/;q')"
  ip -netns lab -6 -oneline address show dev eth0 | sed -n '/ dynamic\| temporary/d; s/.* inet6 \([^ ]*\) scope global\([^\\]*\).*/\1\2/p' |
    sed 's/ \(tentative\|dadfailed\|deprecated\|mngtmpaddr\)//g'
  echo
  for version in -4 -6; do
    ip -netns lab "$version" -oneline route show table all | DEV=eth0 awk -v version="$version" '
      / proto kernel / || /^(local|broadcast|multicast|anycast|unreachable|fe80:|ff00:)/ { next }
      index($0 " ", " dev " ENVIRON["DEV"] " ") { gsub(/\\| linkdown| dead/, ""); print version, "route add", $0 }'
  done
}
apply_network_link_every() {
  ip -netns lab link set dev eth0 mtu 1400 down
}
undo_network_link_every() {
  [ -e /run/netns/lab ] || return 0
  listed=$(ip -netns lab -oneline link show dev eth0 2>/dev/null) || return 0
  state=down
  case $listed in *[,\<]UP[,\>]*) state=up ;; esac
  read -r before size <"$prior"
  # What was set to something else since is not ours.
  if [ "$(printf '%s\n' "$listed" | sed 's/.* mtu \([0-9]*\) .*/\1/;q')" = 1400 ]; then ip -netns lab link set dev eth0 mtu "$size"; fi
  if [ "$state" = down ]; then ip -netns lab link set dev eth0 "$before"; fi
  sed '1d;/^$/q' "$prior" | while read -r address flags; do
    case "$(ip -netns lab -6 -oneline address show dev eth0)" in *" inet6 $address "*) ;; *)
      # shellcheck disable=SC2086 # one word a flag
      if [ -n "$address" ]; then ip -netns lab address add "$address" dev eth0 $flags; fi ;;
    esac
  done
  for version in -4 -6; do
    ip -netns lab "$version" -oneline route show table all | DEV=eth0 awk -v version="$version" '
      / proto kernel / || /^(local|broadcast|multicast|anycast|unreachable|fe80:|ff00:)/ { next }
      index($0 " ", " dev " ENVIRON["DEV"] " ") { gsub(/\\| linkdown| dead/, ""); print version, "route add", $0 }'
  done >"$prior.here"
  sed '1,/^$/d' "$prior" | grep -vxF -f "$prior.here" | while read -r words; do
    # shellcheck disable=SC2086 # one word a word
    ip -netns lab $words
  done
  rm -f -- "$prior.here"
}

# ---- network/link: hostile
#   dev: "b'$(a)ü"
#   mtu: 9000
check_network_link_hostile() {
  listed=$(ip -oneline link show dev 'b'\''$(a)ü') || return 1
  state=down
  case $listed in *[,\<]UP[,\>]*) state=up ;; esac
  [ "$(printf '%s\n' "$listed" | sed 's/.* mtu \([0-9]*\) .*/\1/;q')" = 9000 ] || return 1
}
save_network_link_hostile() {
  listed=$(ip -oneline link show dev 'b'\''$(a)ü') || return 1
  state=down
  case $listed in *[,\<]UP[,\>]*) state=up ;; esac
  echo "$state $(printf '%s\n' "$listed" | sed 's/.* mtu \([0-9]*\) .*/\1/;q')"
  ip -6 -oneline address show dev 'b'\''$(a)ü' | sed -n '/ dynamic\| temporary/d; s/.* inet6 \([^ ]*\) scope global\([^\\]*\).*/\1\2/p' |
    sed 's/ \(tentative\|dadfailed\|deprecated\|mngtmpaddr\)//g'
  echo
  for version in -4 -6; do
    ip "$version" -oneline route show table all | DEV='b'\''$(a)ü' awk -v version="$version" '
      / proto kernel / || /^(local|broadcast|multicast|anycast|unreachable|fe80:|ff00:)/ { next }
      index($0 " ", " dev " ENVIRON["DEV"] " ") { gsub(/\\| linkdown| dead/, ""); print version, "route add", $0 }'
  done
}
apply_network_link_hostile() {
  ip link set dev 'b'\''$(a)ü' mtu 9000
}
undo_network_link_hostile() {
  listed=$(ip -oneline link show dev 'b'\''$(a)ü' 2>/dev/null) || return 0
  state=down
  case $listed in *[,\<]UP[,\>]*) state=up ;; esac
  read -r _ size <"$prior"
  # What was set to something else since is not ours.
  if [ "$(printf '%s\n' "$listed" | sed 's/.* mtu \([0-9]*\) .*/\1/;q')" = 9000 ]; then ip link set dev 'b'\''$(a)ü' mtu "$size"; fi
  sed '1d;/^$/q' "$prior" | while read -r address flags; do
    case "$(ip -6 -oneline address show dev 'b'\''$(a)ü')" in *" inet6 $address "*) ;; *)
      # shellcheck disable=SC2086 # one word a flag
      if [ -n "$address" ]; then ip address add "$address" dev 'b'\''$(a)ü' $flags; fi ;;
    esac
  done
  for version in -4 -6; do
    ip "$version" -oneline route show table all | DEV='b'\''$(a)ü' awk -v version="$version" '
      / proto kernel / || /^(local|broadcast|multicast|anycast|unreachable|fe80:|ff00:)/ { next }
      index($0 " ", " dev " ENVIRON["DEV"] " ") { gsub(/\\| linkdown| dead/, ""); print version, "route add", $0 }'
  done >"$prior.here"
  sed '1,/^$/d' "$prior" | grep -vxF -f "$prior.here" | while read -r words; do
    # shellcheck disable=SC2086 # one word a word
    ip $words
  done
  rm -f -- "$prior.here"
}

# ---- network/port: typical
#   dev: "veth0"
#   bridge: "br0"
check_network_port_typical() {
  case "$(ip -oneline link show dev veth0)" in *' master br0 '*) ;; *) return 1 ;; esac
}
save_network_port_typical() {
  listed=$(ip -oneline link show dev veth0)
  case $listed in *' master '*)
    listed=${listed#* master }
    printf '%s\n' "${listed%% *}" ;;
  esac
}
apply_network_port_typical() {
  ip link set dev veth0 master br0
}
undo_network_port_typical() {
  # Gone, or plugged in elsewhere since: that is not ours.
  case "$(ip -oneline link show dev veth0 2>/dev/null)" in *' master br0 '*) ;; *) return 0 ;; esac
  if [ -s "$prior" ]; then
    ip link set dev veth0 master "$(cat "$prior")"
  else
    ip link set dev veth0 nomaster
  fi
}

# ---- network/port: every
#   dev: "veth0"
#   bridge: "br0"
#   netns: "lab"
check_network_port_every() {
  case "$(ip -netns lab -oneline link show dev veth0)" in *' master br0 '*) ;; *) return 1 ;; esac
}
save_network_port_every() {
  listed=$(ip -netns lab -oneline link show dev veth0)
  case $listed in *' master '*)
    listed=${listed#* master }
    printf '%s\n' "${listed%% *}" ;;
  esac
}
apply_network_port_every() {
  ip -netns lab link set dev veth0 master br0
}
undo_network_port_every() {
  # Gone, or plugged in elsewhere since: that is not ours.
  case "$(ip -netns lab -oneline link show dev veth0 2>/dev/null)" in *' master br0 '*) ;; *) return 0 ;; esac
  if [ -s "$prior" ]; then
    ip -netns lab link set dev veth0 master "$(cat "$prior")"
  else
    ip -netns lab link set dev veth0 nomaster
  fi
}

# ---- network/port: hostile
#   dev: "b'$(a)ü"
#   bridge: "b`c`ü"
check_network_port_hostile() {
  case "$(ip -oneline link show dev 'b'\''$(a)ü')" in *' master b`c`ü '*) ;; *) return 1 ;; esac
}
save_network_port_hostile() {
  listed=$(ip -oneline link show dev 'b'\''$(a)ü')
  case $listed in *' master '*)
    listed=${listed#* master }
    printf '%s\n' "${listed%% *}" ;;
  esac
}
apply_network_port_hostile() {
  ip link set dev 'b'\''$(a)ü' master 'b`c`ü'
}
undo_network_port_hostile() {
  # Gone, or plugged in elsewhere since: that is not ours.
  case "$(ip -oneline link show dev 'b'\''$(a)ü' 2>/dev/null)" in *' master b`c`ü '*) ;; *) return 0 ;; esac
  if [ -s "$prior" ]; then
    ip link set dev 'b'\''$(a)ü' master "$(cat "$prior")"
  else
    ip link set dev 'b'\''$(a)ü' nomaster
  fi
}

# ---- network/route: typical
#   destination: "10.1.0.0/16"
#   via: "10.0.0.1"
check_network_route_typical() {
  listed=$(ip -4 -oneline route show table main) || return 1
  listed=$(printf '%s\n' "$listed" | TO=10.1.0.0/16 METRIC='' awk '$1 == ENVIRON["TO"] { m = ""; for (i = 2; i < NF; i++) if ($i == "metric") m = $(i + 1); if (m == ENVIRON["METRIC"]) print $0, "" }')
  [ "$listed" ] || return 1
  case $listed in *' via 10.0.0.1 '*) ;; *) return 1 ;; esac
}
save_network_route_typical() {
  listed=$(ip -4 -oneline route show table main 2>&1) || case $listed in
  *'FIB table does not exist'*) listed='' ;; # nobody put a route in it yet
  *)
    printf '%s\n' "$listed" >&2
    return 1 ;;
  esac
  printf '%s\n' "$listed" | TO=10.1.0.0/16 METRIC='' awk '$1 == ENVIRON["TO"] { m = ""; for (i = 2; i < NF; i++) if ($i == "metric") m = $(i + 1); if (m == ENVIRON["METRIC"]) print $0, "" }'
}
apply_network_route_typical() {
  ip -4 route replace 10.1.0.0/16 via 10.0.0.1 table main
}
undo_network_route_typical() {
  listed=$(ip -4 -oneline route show table main) || return 0
  listed=$(printf '%s\n' "$listed" | TO=10.1.0.0/16 METRIC='' awk '$1 == ENVIRON["TO"] { m = ""; for (i = 2; i < NF; i++) if ($i == "metric") m = $(i + 1); if (m == ENVIRON["METRIC"]) print $0, "" }')
  # Gone, or led elsewhere since: that is not ours.
  [ "$listed" ] || return 0
  case $listed in *' via 10.0.0.1 '*) ;; *) return 0 ;; esac
  if [ -s "$prior" ]; then
    # What ip lists about a route's state is no word that it takes; -oneline writes a backslash for a line's end.
    # shellcheck disable=SC2046 # one word a word
    ip -4 route replace $(sed 's/\\//g; s/ \(linkdown\|dead\|offload\|trap\)//g; s/ expires [0-9]*sec//' "$prior") table main
  else
    ip -4 route delete 10.1.0.0/16 via 10.0.0.1 table main
  fi
}

# ---- network/route: every
#   destination: "default"
#   via: "fe80::1"
#   dev: "eth0"
#   table: "100"
#   metric: 50
#   netns: "lab"
check_network_route_every() {
  listed=$(ip -netns lab -6 -oneline route show table 100) || return 1
  listed=$(printf '%s\n' "$listed" | TO=default METRIC=50 awk '$1 == ENVIRON["TO"] { m = ""; for (i = 2; i < NF; i++) if ($i == "metric") m = $(i + 1); if (m == ENVIRON["METRIC"]) print $0, "" }')
  [ "$listed" ] || return 1
  case $listed in *' via fe80::1 '*) ;; *) return 1 ;; esac
  case $listed in *' dev eth0 '*) ;; *) return 1 ;; esac
}
save_network_route_every() {
  listed=$(ip -netns lab -6 -oneline route show table 100 2>&1) || case $listed in
  *'FIB table does not exist'*) listed='' ;; # nobody put a route in it yet
  *)
    printf '%s\n' "$listed" >&2
    return 1 ;;
  esac
  printf '%s\n' "$listed" | TO=default METRIC=50 awk '$1 == ENVIRON["TO"] { m = ""; for (i = 2; i < NF; i++) if ($i == "metric") m = $(i + 1); if (m == ENVIRON["METRIC"]) print $0, "" }'
}
apply_network_route_every() {
  ip -netns lab -6 route replace default via fe80::1 dev eth0 metric 50 table 100
}
undo_network_route_every() {
  [ -e /run/netns/lab ] || return 0
  listed=$(ip -netns lab -6 -oneline route show table 100) || return 0
  listed=$(printf '%s\n' "$listed" | TO=default METRIC=50 awk '$1 == ENVIRON["TO"] { m = ""; for (i = 2; i < NF; i++) if ($i == "metric") m = $(i + 1); if (m == ENVIRON["METRIC"]) print $0, "" }')
  # Gone, or led elsewhere since: that is not ours.
  [ "$listed" ] || return 0
  case $listed in *' via fe80::1 '*) ;; *) return 0 ;; esac
  case $listed in *' dev eth0 '*) ;; *) return 0 ;; esac
  if [ -s "$prior" ]; then
    # What ip lists about a route's state is no word that it takes; -oneline writes a backslash for a line's end.
    # shellcheck disable=SC2046 # one word a word
    ip -netns lab -6 route replace $(sed 's/\\//g; s/ \(linkdown\|dead\|offload\|trap\)//g; s/ expires [0-9]*sec//' "$prior") table 100
  else
    ip -netns lab -6 route delete default via fe80::1 dev eth0 metric 50 table 100
  fi
}

# ---- network/route: hostile
#   destination: "fd00:1::/64"
#   dev: "b'$(a)ü"
check_network_route_hostile() {
  listed=$(ip -6 -oneline route show table main) || return 1
  listed=$(printf '%s\n' "$listed" | TO=fd00:1::/64 METRIC=1024 awk '$1 == ENVIRON["TO"] { m = ""; for (i = 2; i < NF; i++) if ($i == "metric") m = $(i + 1); if (m == ENVIRON["METRIC"]) print $0, "" }')
  [ "$listed" ] || return 1
  case $listed in *' dev b'\''$(a)ü '*) ;; *) return 1 ;; esac
}
save_network_route_hostile() {
  listed=$(ip -6 -oneline route show table main 2>&1) || case $listed in
  *'FIB table does not exist'*) listed='' ;; # nobody put a route in it yet
  *)
    printf '%s\n' "$listed" >&2
    return 1 ;;
  esac
  printf '%s\n' "$listed" | TO=fd00:1::/64 METRIC=1024 awk '$1 == ENVIRON["TO"] { m = ""; for (i = 2; i < NF; i++) if ($i == "metric") m = $(i + 1); if (m == ENVIRON["METRIC"]) print $0, "" }'
}
apply_network_route_hostile() {
  ip -6 route replace fd00:1::/64 dev 'b'\''$(a)ü' table main
}
undo_network_route_hostile() {
  listed=$(ip -6 -oneline route show table main) || return 0
  listed=$(printf '%s\n' "$listed" | TO=fd00:1::/64 METRIC=1024 awk '$1 == ENVIRON["TO"] { m = ""; for (i = 2; i < NF; i++) if ($i == "metric") m = $(i + 1); if (m == ENVIRON["METRIC"]) print $0, "" }')
  # Gone, or led elsewhere since: that is not ours.
  [ "$listed" ] || return 0
  case $listed in *' dev b'\''$(a)ü '*) ;; *) return 0 ;; esac
  if [ -s "$prior" ]; then
    # What ip lists about a route's state is no word that it takes; -oneline writes a backslash for a line's end.
    # shellcheck disable=SC2046 # one word a word
    ip -6 route replace $(sed 's/\\//g; s/ \(linkdown\|dead\|offload\|trap\)//g; s/ expires [0-9]*sec//' "$prior") table main
  else
    ip -6 route delete fd00:1::/64 dev 'b'\''$(a)ü' table main
  fi
}

# ---- network/up: typical
#   dev: "lo"
check_network_up_typical() {
  read -r flags </sys/class/net/lo/flags && [ $((flags & 1)) -eq 1 ]
}
apply_network_up_typical() {
  ip link set dev lo up
}
undo_network_up_typical() {
  if [ -e /sys/class/net/lo ]; then ip link set dev lo down; fi
}

# ---- network/up: hostile
#   dev: "b'$(a)ü"
check_network_up_hostile() {
  read -r flags </sys/class/net/'b'\''$(a)ü'/flags && [ $((flags & 1)) -eq 1 ]
}
apply_network_up_hostile() {
  ip link set dev 'b'\''$(a)ü' up
}
undo_network_up_hostile() {
  if [ -e /sys/class/net/'b'\''$(a)ü' ]; then ip link set dev 'b'\''$(a)ü' down; fi
}

# ---- network/veth: typical
#   name: "a0"
#   peer: "a1"
check_network_veth_typical() {
  [ "$(ip  link show dev a0 type veth)" ] && [ "$(ip  link show dev a1 type veth)" ]
}
save_network_veth_typical() {
  ip  link show >/dev/null
  ip  link show >/dev/null
  # A name that is taken is not undo's to remove.
  if ip  link show dev a0 >/dev/null 2>&1; then printf '%s\n' a0; fi
  if ip  link show dev a1 >/dev/null 2>&1; then printf '%s\n' a1; fi
}
apply_network_veth_typical() {
  if [ -s "$prior" ]; then
    printf 'an interface of this name is there already: %s\n' "$(tr '\n' ' ' <"$prior")" >&2
    return 1
  fi
  ip link add name a0 mtu 1500  type veth \
    peer name a1 mtu 1500 
}
undo_network_veth_typical() {
  [ ! -s "$prior" ] || return 0
  # Both ends go with either of them, and a moment after the namespace of either.
  if [ "$(ip  link show dev a0 type veth 2>/dev/null)" ]; then
    ip  link delete dev a0 || ! ip  link show dev a0 >/dev/null 2>&1
  elif [ "$(ip  link show dev a1 type veth 2>/dev/null)" ]; then
    ip  link delete dev a1 || ! ip  link show dev a1 >/dev/null 2>&1
  fi
}

# ---- network/veth: every
#   name: "a0"
#   peer: "a1"
#   netns: "lab"
#   peer_netns: "lab2"
#   mtu: 1400
check_network_veth_every() {
  [ "$(ip -netns lab link show dev a0 type veth)" ] && [ "$(ip -netns lab2 link show dev a1 type veth)" ]
}
save_network_veth_every() {
  ip -netns lab link show >/dev/null
  ip -netns lab2 link show >/dev/null
  # A name that is taken is not undo's to remove.
  if ip -netns lab link show dev a0 >/dev/null 2>&1; then printf '%s\n' a0; fi
  if ip -netns lab2 link show dev a1 >/dev/null 2>&1; then printf '%s\n' a1; fi
}
apply_network_veth_every() {
  if [ -s "$prior" ]; then
    printf 'an interface of this name is there already: %s\n' "$(tr '\n' ' ' <"$prior")" >&2
    return 1
  fi
  ip link add name a0 mtu 1400 netns lab type veth \
    peer name a1 mtu 1400 netns lab2
}
undo_network_veth_every() {
  [ ! -s "$prior" ] || return 0
  # Both ends go with either of them, and a moment after the namespace of either.
  if [ "$(ip -netns lab link show dev a0 type veth 2>/dev/null)" ]; then
    ip -netns lab link delete dev a0 || ! ip -netns lab link show dev a0 >/dev/null 2>&1
  elif [ "$(ip -netns lab2 link show dev a1 type veth 2>/dev/null)" ]; then
    ip -netns lab2 link delete dev a1 || ! ip -netns lab2 link show dev a1 >/dev/null 2>&1
  fi
}

# ---- network/veth: hostile
#   name: "b'$(a)ü"
#   peer: "`c`\""
#   peer_netns: "lab"
check_network_veth_hostile() {
  [ "$(ip  link show dev 'b'\''$(a)ü' type veth)" ] && [ "$(ip -netns lab link show dev '`c`"' type veth)" ]
}
save_network_veth_hostile() {
  ip  link show >/dev/null
  ip -netns lab link show >/dev/null
  # A name that is taken is not undo's to remove.
  if ip  link show dev 'b'\''$(a)ü' >/dev/null 2>&1; then printf '%s\n' 'b'\''$(a)ü'; fi
  if ip -netns lab link show dev '`c`"' >/dev/null 2>&1; then printf '%s\n' '`c`"'; fi
}
apply_network_veth_hostile() {
  if [ -s "$prior" ]; then
    printf 'an interface of this name is there already: %s\n' "$(tr '\n' ' ' <"$prior")" >&2
    return 1
  fi
  ip link add name 'b'\''$(a)ü' mtu 1500  type veth \
    peer name '`c`"' mtu 1500 netns lab
}
undo_network_veth_hostile() {
  [ ! -s "$prior" ] || return 0
  # Both ends go with either of them, and a moment after the namespace of either.
  if [ "$(ip  link show dev 'b'\''$(a)ü' type veth 2>/dev/null)" ]; then
    ip  link delete dev 'b'\''$(a)ü' || ! ip  link show dev 'b'\''$(a)ü' >/dev/null 2>&1
  elif [ "$(ip -netns lab link show dev '`c`"' type veth 2>/dev/null)" ]; then
    ip -netns lab link delete dev '`c`"' || ! ip -netns lab link show dev '`c`"' >/dev/null 2>&1
  fi
}
