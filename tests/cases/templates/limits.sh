#!/bin/sh
# shellcheck disable=SC2016,SC2317,SC2329,SC2034,SC2043 # values are literal; nothing calls the functions or reads their variables
# What the templates of one area become. Made by BYHAND_RENEW=1 pytest tests/cases; never run.
set -eu
prior=/the/folder/prior/one
export prior

# ---- limits/set: typical
#   name: "db"
#   domain: "postgres"
#   item: "nofile"
#   value: "65536"
check_limits_set_typical() {
  [ "$(LINE='postgres - nofile 65536' awk 'BEGIN { split(ENVIRON["LINE"], want) }
    $1 == want[1] && $2 == want[2] && $3 == want[3] { print $1, $2, $3, $4 }' /etc/security/limits.d/db.conf)" = 'postgres - nofile 65536' ]
}
save_limits_set_typical() {
  if [ ! -d /etc/security/limits.d ]; then
    echo "there is no /etc/security/limits.d: logins here are not limited by pam_limits(8)" >&2
    return 1
  fi
  if [ -e /etc/security/limits.d/db.conf ]; then echo file && cat /etc/security/limits.d/db.conf; fi
}
apply_limits_set_typical() {
  from=/etc/security/limits.d/db.conf
  [ -e "$from" ] || from=/dev/null
  rm -f /etc/security/limits.d/db.conf.byhand
  [ ! -e /etc/security/limits.d/db.conf ] || cp -p /etc/security/limits.d/db.conf /etc/security/limits.d/db.conf.byhand
  LINE='postgres - nofile 65536' awk '
    BEGIN { split(ENVIRON["LINE"], want) }
    $1 == want[1] && $2 == want[2] && $3 == want[3] { if (!done++) print ENVIRON["LINE"]; next }
    { print }
    END { if (!done) print ENVIRON["LINE"] }' "$from" >/etc/security/limits.d/db.conf.byhand
  cp /etc/security/limits.d/db.conf.byhand "$prior.ours"
  mv -f /etc/security/limits.d/db.conf.byhand /etc/security/limits.d/db.conf
}
undo_limits_set_typical() {
  rm -f /etc/security/limits.d/db.conf.byhand
  [ -e "$prior.ours" ] || return 0
  tail -n +2 "$prior" >"$prior.was"
  if [ ! -s "$prior" ] && cmp -s "$prior.ours" /etc/security/limits.d/db.conf; then
    rm -f /etc/security/limits.d/db.conf
  elif [ -e /etc/security/limits.d/db.conf ] && ! cmp -s "$prior.was" /etc/security/limits.d/db.conf; then
    cp -p /etc/security/limits.d/db.conf /etc/security/limits.d/db.conf.byhand
    if cmp -s "$prior.ours" /etc/security/limits.d/db.conf; then
      cat "$prior.was"
    else # someone changed it since: only our lines go, and what stood there comes back
      awk '
        part == 1 { was[$0]; former[++n] = $0; next }
        part == 2 { ours[$0]; next }
        !($0 in ours) || $0 in was { print; next }
        !done++ { for (i = 1; i <= n; i++) if (!(former[i] in ours)) print former[i] }' \
        part=1 "$prior.was" part=2 "$prior.ours" part=3 /etc/security/limits.d/db.conf
    fi >/etc/security/limits.d/db.conf.byhand
    mv -f /etc/security/limits.d/db.conf.byhand /etc/security/limits.d/db.conf
  fi
  rm -f -- "$prior.ours" "$prior.was"
}
diff_limits_set_typical() {
  from=/etc/security/limits.d/db.conf
  [ -e "$from" ] || from=/dev/null
  LINE='postgres - nofile 65536' awk '
    BEGIN { split(ENVIRON["LINE"], want) }
    $1 == want[1] && $2 == want[2] && $3 == want[3] { if (!done++) print ENVIRON["LINE"]; next }
    { print }
    END { if (!done) print ENVIRON["LINE"] }' "$from" | diff -u "$from" - || :
}

# ---- limits/set: every
#   name: "db"
#   domain: "@adm"
#   type: "hard"
#   item: "memlock"
#   value: "unlimited"
check_limits_set_every() {
  [ "$(LINE='@adm hard memlock unlimited' awk 'BEGIN { split(ENVIRON["LINE"], want) }
    $1 == want[1] && $2 == want[2] && $3 == want[3] { print $1, $2, $3, $4 }' /etc/security/limits.d/db.conf)" = '@adm hard memlock unlimited' ]
}
save_limits_set_every() {
  if [ ! -d /etc/security/limits.d ]; then
    echo "there is no /etc/security/limits.d: logins here are not limited by pam_limits(8)" >&2
    return 1
  fi
  if [ -e /etc/security/limits.d/db.conf ]; then echo file && cat /etc/security/limits.d/db.conf; fi
}
apply_limits_set_every() {
  from=/etc/security/limits.d/db.conf
  [ -e "$from" ] || from=/dev/null
  rm -f /etc/security/limits.d/db.conf.byhand
  [ ! -e /etc/security/limits.d/db.conf ] || cp -p /etc/security/limits.d/db.conf /etc/security/limits.d/db.conf.byhand
  LINE='@adm hard memlock unlimited' awk '
    BEGIN { split(ENVIRON["LINE"], want) }
    $1 == want[1] && $2 == want[2] && $3 == want[3] { if (!done++) print ENVIRON["LINE"]; next }
    { print }
    END { if (!done) print ENVIRON["LINE"] }' "$from" >/etc/security/limits.d/db.conf.byhand
  cp /etc/security/limits.d/db.conf.byhand "$prior.ours"
  mv -f /etc/security/limits.d/db.conf.byhand /etc/security/limits.d/db.conf
}
undo_limits_set_every() {
  rm -f /etc/security/limits.d/db.conf.byhand
  [ -e "$prior.ours" ] || return 0
  tail -n +2 "$prior" >"$prior.was"
  if [ ! -s "$prior" ] && cmp -s "$prior.ours" /etc/security/limits.d/db.conf; then
    rm -f /etc/security/limits.d/db.conf
  elif [ -e /etc/security/limits.d/db.conf ] && ! cmp -s "$prior.was" /etc/security/limits.d/db.conf; then
    cp -p /etc/security/limits.d/db.conf /etc/security/limits.d/db.conf.byhand
    if cmp -s "$prior.ours" /etc/security/limits.d/db.conf; then
      cat "$prior.was"
    else # someone changed it since: only our lines go, and what stood there comes back
      awk '
        part == 1 { was[$0]; former[++n] = $0; next }
        part == 2 { ours[$0]; next }
        !($0 in ours) || $0 in was { print; next }
        !done++ { for (i = 1; i <= n; i++) if (!(former[i] in ours)) print former[i] }' \
        part=1 "$prior.was" part=2 "$prior.ours" part=3 /etc/security/limits.d/db.conf
    fi >/etc/security/limits.d/db.conf.byhand
    mv -f /etc/security/limits.d/db.conf.byhand /etc/security/limits.d/db.conf
  fi
  rm -f -- "$prior.ours" "$prior.was"
}
diff_limits_set_every() {
  from=/etc/security/limits.d/db.conf
  [ -e "$from" ] || from=/dev/null
  LINE='@adm hard memlock unlimited' awk '
    BEGIN { split(ENVIRON["LINE"], want) }
    $1 == want[1] && $2 == want[2] && $3 == want[3] { if (!done++) print ENVIRON["LINE"]; next }
    { print }
    END { if (!done) print ENVIRON["LINE"] }' "$from" | diff -u "$from" - || :
}

# ---- limits/set: hostile
#   name: "a.b"
#   domain: "*'$(a)ü"
#   type: "soft"
#   item: "core"
#   value: "0"
check_limits_set_hostile() {
  [ "$(LINE='*'\''$(a)ü soft core 0' awk 'BEGIN { split(ENVIRON["LINE"], want) }
    $1 == want[1] && $2 == want[2] && $3 == want[3] { print $1, $2, $3, $4 }' /etc/security/limits.d/a.b.conf)" = '*'\''$(a)ü soft core 0' ]
}
save_limits_set_hostile() {
  if [ ! -d /etc/security/limits.d ]; then
    echo "there is no /etc/security/limits.d: logins here are not limited by pam_limits(8)" >&2
    return 1
  fi
  if [ -e /etc/security/limits.d/a.b.conf ]; then echo file && cat /etc/security/limits.d/a.b.conf; fi
}
apply_limits_set_hostile() {
  from=/etc/security/limits.d/a.b.conf
  [ -e "$from" ] || from=/dev/null
  rm -f /etc/security/limits.d/a.b.conf.byhand
  [ ! -e /etc/security/limits.d/a.b.conf ] || cp -p /etc/security/limits.d/a.b.conf /etc/security/limits.d/a.b.conf.byhand
  LINE='*'\''$(a)ü soft core 0' awk '
    BEGIN { split(ENVIRON["LINE"], want) }
    $1 == want[1] && $2 == want[2] && $3 == want[3] { if (!done++) print ENVIRON["LINE"]; next }
    { print }
    END { if (!done) print ENVIRON["LINE"] }' "$from" >/etc/security/limits.d/a.b.conf.byhand
  cp /etc/security/limits.d/a.b.conf.byhand "$prior.ours"
  mv -f /etc/security/limits.d/a.b.conf.byhand /etc/security/limits.d/a.b.conf
}
undo_limits_set_hostile() {
  rm -f /etc/security/limits.d/a.b.conf.byhand
  [ -e "$prior.ours" ] || return 0
  tail -n +2 "$prior" >"$prior.was"
  if [ ! -s "$prior" ] && cmp -s "$prior.ours" /etc/security/limits.d/a.b.conf; then
    rm -f /etc/security/limits.d/a.b.conf
  elif [ -e /etc/security/limits.d/a.b.conf ] && ! cmp -s "$prior.was" /etc/security/limits.d/a.b.conf; then
    cp -p /etc/security/limits.d/a.b.conf /etc/security/limits.d/a.b.conf.byhand
    if cmp -s "$prior.ours" /etc/security/limits.d/a.b.conf; then
      cat "$prior.was"
    else # someone changed it since: only our lines go, and what stood there comes back
      awk '
        part == 1 { was[$0]; former[++n] = $0; next }
        part == 2 { ours[$0]; next }
        !($0 in ours) || $0 in was { print; next }
        !done++ { for (i = 1; i <= n; i++) if (!(former[i] in ours)) print former[i] }' \
        part=1 "$prior.was" part=2 "$prior.ours" part=3 /etc/security/limits.d/a.b.conf
    fi >/etc/security/limits.d/a.b.conf.byhand
    mv -f /etc/security/limits.d/a.b.conf.byhand /etc/security/limits.d/a.b.conf
  fi
  rm -f -- "$prior.ours" "$prior.was"
}
diff_limits_set_hostile() {
  from=/etc/security/limits.d/a.b.conf
  [ -e "$from" ] || from=/dev/null
  LINE='*'\''$(a)ü soft core 0' awk '
    BEGIN { split(ENVIRON["LINE"], want) }
    $1 == want[1] && $2 == want[2] && $3 == want[3] { if (!done++) print ENVIRON["LINE"]; next }
    { print }
    END { if (!done) print ENVIRON["LINE"] }' "$from" | diff -u "$from" - || :
}
