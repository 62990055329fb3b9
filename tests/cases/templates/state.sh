#!/bin/sh
# shellcheck disable=SC2016,SC2317,SC2329,SC2034,SC2043 # values are literal; nothing calls the functions or reads their variables
# What the templates of one area become. Made by BYHAND_RENEW=1 pytest tests/cases; never run.
set -eu
prior=/the/folder/prior/one
export prior

# ---- state/claim: typical
#   path: "/run/byhand/a"
#   owner: "lab"
apply_state_claim_typical() {
  [ -d /run/byhand ] || mkdir -p -- /run/byhand
  if (set -C && echo lab >/run/byhand/a) 2>/dev/null; then return 0; fi
  read -r owner </run/byhand/a
  [ "$owner" = lab ] || stop 'a is taken'
}
undo_state_claim_typical() {
  owner=''
  [ ! -f /run/byhand/a ] || read -r owner </run/byhand/a || :
  [ "$owner" != lab ] || rm -f -- /run/byhand/a
}

# ---- state/claim: every
#   path: "/run/byhand/a"
#   owner: "lab"
#   link: "veth0"
apply_state_claim_every() {
  [ -d /run/byhand ] || mkdir -p -- /run/byhand
  if (set -C && echo lab >/run/byhand/a) 2>/dev/null; then return 0; fi
  read -r owner </run/byhand/a
  [ "$owner" = lab ] || stop 'a is taken'
}
undo_state_claim_every() {
  tries=500
  while [ -e /sys/class/net/veth0 ] && [ "$tries" -gt 0 ]; do
    tries=$((tries - 1))
    sleep 0.002
  done
  if [ -e /sys/class/net/veth0 ]; then ip link delete dev veth0; fi
  owner=''
  [ ! -f /run/byhand/a ] || read -r owner </run/byhand/a || :
  [ "$owner" != lab ] || rm -f -- /run/byhand/a
}

# ---- state/claim: hostile
#   path: "/run/-it's\n$(a) ü"
#   owner: "a.b-c"
#   link: "v'$(a)"
apply_state_claim_hostile() {
  [ -d /run ] || mkdir -p -- /run
  if (set -C && echo a.b-c >'/run/-it'\''s
$(a) ü') 2>/dev/null; then return 0; fi
  read -r owner <'/run/-it'\''s
$(a) ü'
  [ "$owner" = a.b-c ] || stop '-it'\''s
$(a) ü is taken'
}
undo_state_claim_hostile() {
  tries=500
  while [ -e /sys/class/net/'v'\''$(a)' ] && [ "$tries" -gt 0 ]; do
    tries=$((tries - 1))
    sleep 0.002
  done
  if [ -e /sys/class/net/'v'\''$(a)' ]; then ip link delete dev 'v'\''$(a)'; fi
  owner=''
  [ ! -f '/run/-it'\''s
$(a) ü' ] || read -r owner <'/run/-it'\''s
$(a) ü' || :
  [ "$owner" != a.b-c ] || rm -f -- '/run/-it'\''s
$(a) ü'
}

# ---- state/record: typical
#   path: "/run/a"
#   content: "{}\n"
check_state_record_typical() {
  [ -f /run/a ]
}
apply_state_record_typical() {
  mkdir -p -- /run
  cat >/run/a.tmp <<'EOF'
{}
EOF

  mv -- /run/a.tmp /run/a
}
undo_state_record_typical() {
  rm -f -- /run/a.tmp /run/a
}

# ---- state/record: hostile
#   path: "/run/-it's $(a)"
#   content: "-n it's\n$(b) `c` \\n ü"
check_state_record_hostile() {
  [ -f '/run/-it'\''s $(a)' ]
}
apply_state_record_hostile() {
  mkdir -p -- /run
  cat >'/run/-it'\''s $(a).tmp' <<'EOF'
-n it's
$(b) `c` \n ü
EOF

  mv -- '/run/-it'\''s $(a).tmp' '/run/-it'\''s $(a)'
}
undo_state_record_hostile() {
  rm -f -- '/run/-it'\''s $(a).tmp' '/run/-it'\''s $(a)'
}
