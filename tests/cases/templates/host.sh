#!/bin/sh
# shellcheck disable=SC2016,SC2317,SC2329,SC2034,SC2043 # values are literal; nothing calls the functions or reads their variables
# What the templates of one area become. Made by BYHAND_RENEW=1 pytest tests/cases; never run.
set -eu
prior=/the/folder/prior/one
export prior

# ---- host/entry: typical
#   address: "192.0.2.1"
#   names: ["a.example.org", "a"]
check_host_entry_typical() {
  [ "$(ADDRESS=192.0.2.1 NAMES='a.example.org a' awk '
    BEGIN { n = split(ENVIRON["NAMES"], list); for (i = 1; i <= n; i++) ours[tolower(list[i])] }
    { sub(/#.*/, ""); found = 0 }
    (index($1, ":") > 0) == (index(ENVIRON["ADDRESS"], ":") > 0) {
      for (i = 2; i <= NF; i++) if (tolower($i) in ours) found = 1
      if (found) { $1 = $1; print }
    }' /etc/hosts)" = '192.0.2.1 a.example.org a' ]
}
save_host_entry_typical() {
  if [ -h /etc/hosts ]; then
    echo "/etc/hosts is a link" >&2
    return 1
  fi
  if [ -e /etc/hosts ]; then echo file && cat /etc/hosts; fi
}
apply_host_entry_typical() {
  from=/etc/hosts
  [ -e "$from" ] || from=/dev/null
  rm -f /etc/hosts.byhand
  [ ! -e /etc/hosts ] || cp -p /etc/hosts /etc/hosts.byhand
  ADDRESS=192.0.2.1 NAMES='a.example.org a' awk '
    BEGIN { n = split(ENVIRON["NAMES"], list); for (i = 1; i <= n; i++) ours[tolower(list[i])] }
    { line = $0; note = ""; if (match(line, /#.*/)) note = " " substr(line, RSTART); sub(/#.*/, ""); found = 0; rest = $1 }
    (index($1, ":") > 0) == (index(ENVIRON["ADDRESS"], ":") > 0) {
      for (i = 2; i <= NF; i++) if (tolower($i) in ours) found = 1; else rest = rest " " $i
    }
    !found { print line; next }
    rest != $1 { print rest note }
    !done++ { print ENVIRON["ADDRESS"] " " ENVIRON["NAMES"] }
    END { if (!done) print ENVIRON["ADDRESS"] " " ENVIRON["NAMES"] }' "$from" >/etc/hosts.byhand
  cp /etc/hosts.byhand "$prior.ours"
  mv -f /etc/hosts.byhand /etc/hosts
}
undo_host_entry_typical() {
  rm -f /etc/hosts.byhand
  [ -e "$prior.ours" ] || return 0
  tail -n +2 "$prior" >"$prior.was"
  if [ ! -s "$prior" ] && cmp -s "$prior.ours" /etc/hosts; then
    rm -f /etc/hosts
  elif [ -e /etc/hosts ] && ! cmp -s "$prior.was" /etc/hosts; then
    cp -p /etc/hosts /etc/hosts.byhand
    if cmp -s "$prior.ours" /etc/hosts; then
      cat "$prior.was"
    else # someone changed it since: only our lines go, and what stood there comes back
      awk '
        part == 1 { was[$0]; former[++n] = $0; next }
        part == 2 { ours[$0]; next }
        !($0 in ours) || $0 in was { print; next }
        !done++ { for (i = 1; i <= n; i++) if (!(former[i] in ours)) print former[i] }' \
        part=1 "$prior.was" part=2 "$prior.ours" part=3 /etc/hosts
    fi >/etc/hosts.byhand
    mv -f /etc/hosts.byhand /etc/hosts
  fi
  rm -f -- "$prior.ours" "$prior.was"
}
diff_host_entry_typical() {
  from=/etc/hosts
  [ -e "$from" ] || from=/dev/null
  ADDRESS=192.0.2.1 NAMES='a.example.org a' awk '
    BEGIN { n = split(ENVIRON["NAMES"], list); for (i = 1; i <= n; i++) ours[tolower(list[i])] }
    { line = $0; note = ""; if (match(line, /#.*/)) note = " " substr(line, RSTART); sub(/#.*/, ""); found = 0; rest = $1 }
    (index($1, ":") > 0) == (index(ENVIRON["ADDRESS"], ":") > 0) {
      for (i = 2; i <= NF; i++) if (tolower($i) in ours) found = 1; else rest = rest " " $i
    }
    !found { print line; next }
    rest != $1 { print rest note }
    !done++ { print ENVIRON["ADDRESS"] " " ENVIRON["NAMES"] }
    END { if (!done) print ENVIRON["ADDRESS"] " " ENVIRON["NAMES"] }' "$from" | diff -u "$from" - || :
}

# ---- host/entry: six
#   address: "2001:db8::1"
#   names: ["a"]
check_host_entry_six() {
  [ "$(ADDRESS=2001:db8::1 NAMES=a awk '
    BEGIN { n = split(ENVIRON["NAMES"], list); for (i = 1; i <= n; i++) ours[tolower(list[i])] }
    { sub(/#.*/, ""); found = 0 }
    (index($1, ":") > 0) == (index(ENVIRON["ADDRESS"], ":") > 0) {
      for (i = 2; i <= NF; i++) if (tolower($i) in ours) found = 1
      if (found) { $1 = $1; print }
    }' /etc/hosts)" = '2001:db8::1 a' ]
}
save_host_entry_six() {
  if [ -h /etc/hosts ]; then
    echo "/etc/hosts is a link" >&2
    return 1
  fi
  if [ -e /etc/hosts ]; then echo file && cat /etc/hosts; fi
}
apply_host_entry_six() {
  from=/etc/hosts
  [ -e "$from" ] || from=/dev/null
  rm -f /etc/hosts.byhand
  [ ! -e /etc/hosts ] || cp -p /etc/hosts /etc/hosts.byhand
  ADDRESS=2001:db8::1 NAMES=a awk '
    BEGIN { n = split(ENVIRON["NAMES"], list); for (i = 1; i <= n; i++) ours[tolower(list[i])] }
    { line = $0; note = ""; if (match(line, /#.*/)) note = " " substr(line, RSTART); sub(/#.*/, ""); found = 0; rest = $1 }
    (index($1, ":") > 0) == (index(ENVIRON["ADDRESS"], ":") > 0) {
      for (i = 2; i <= NF; i++) if (tolower($i) in ours) found = 1; else rest = rest " " $i
    }
    !found { print line; next }
    rest != $1 { print rest note }
    !done++ { print ENVIRON["ADDRESS"] " " ENVIRON["NAMES"] }
    END { if (!done) print ENVIRON["ADDRESS"] " " ENVIRON["NAMES"] }' "$from" >/etc/hosts.byhand
  cp /etc/hosts.byhand "$prior.ours"
  mv -f /etc/hosts.byhand /etc/hosts
}
undo_host_entry_six() {
  rm -f /etc/hosts.byhand
  [ -e "$prior.ours" ] || return 0
  tail -n +2 "$prior" >"$prior.was"
  if [ ! -s "$prior" ] && cmp -s "$prior.ours" /etc/hosts; then
    rm -f /etc/hosts
  elif [ -e /etc/hosts ] && ! cmp -s "$prior.was" /etc/hosts; then
    cp -p /etc/hosts /etc/hosts.byhand
    if cmp -s "$prior.ours" /etc/hosts; then
      cat "$prior.was"
    else # someone changed it since: only our lines go, and what stood there comes back
      awk '
        part == 1 { was[$0]; former[++n] = $0; next }
        part == 2 { ours[$0]; next }
        !($0 in ours) || $0 in was { print; next }
        !done++ { for (i = 1; i <= n; i++) if (!(former[i] in ours)) print former[i] }' \
        part=1 "$prior.was" part=2 "$prior.ours" part=3 /etc/hosts
    fi >/etc/hosts.byhand
    mv -f /etc/hosts.byhand /etc/hosts
  fi
  rm -f -- "$prior.ours" "$prior.was"
}
diff_host_entry_six() {
  from=/etc/hosts
  [ -e "$from" ] || from=/dev/null
  ADDRESS=2001:db8::1 NAMES=a awk '
    BEGIN { n = split(ENVIRON["NAMES"], list); for (i = 1; i <= n; i++) ours[tolower(list[i])] }
    { line = $0; note = ""; if (match(line, /#.*/)) note = " " substr(line, RSTART); sub(/#.*/, ""); found = 0; rest = $1 }
    (index($1, ":") > 0) == (index(ENVIRON["ADDRESS"], ":") > 0) {
      for (i = 2; i <= NF; i++) if (tolower($i) in ours) found = 1; else rest = rest " " $i
    }
    !found { print line; next }
    rest != $1 { print rest note }
    !done++ { print ENVIRON["ADDRESS"] " " ENVIRON["NAMES"] }
    END { if (!done) print ENVIRON["ADDRESS"] " " ENVIRON["NAMES"] }' "$from" | diff -u "$from" - || :
}

# ---- host/entry: one
#   address: "127.0.1.1"
#   names: ["a-b.c"]
check_host_entry_one() {
  [ "$(ADDRESS=127.0.1.1 NAMES=a-b.c awk '
    BEGIN { n = split(ENVIRON["NAMES"], list); for (i = 1; i <= n; i++) ours[tolower(list[i])] }
    { sub(/#.*/, ""); found = 0 }
    (index($1, ":") > 0) == (index(ENVIRON["ADDRESS"], ":") > 0) {
      for (i = 2; i <= NF; i++) if (tolower($i) in ours) found = 1
      if (found) { $1 = $1; print }
    }' /etc/hosts)" = '127.0.1.1 a-b.c' ]
}
save_host_entry_one() {
  if [ -h /etc/hosts ]; then
    echo "/etc/hosts is a link" >&2
    return 1
  fi
  if [ -e /etc/hosts ]; then echo file && cat /etc/hosts; fi
}
apply_host_entry_one() {
  from=/etc/hosts
  [ -e "$from" ] || from=/dev/null
  rm -f /etc/hosts.byhand
  [ ! -e /etc/hosts ] || cp -p /etc/hosts /etc/hosts.byhand
  ADDRESS=127.0.1.1 NAMES=a-b.c awk '
    BEGIN { n = split(ENVIRON["NAMES"], list); for (i = 1; i <= n; i++) ours[tolower(list[i])] }
    { line = $0; note = ""; if (match(line, /#.*/)) note = " " substr(line, RSTART); sub(/#.*/, ""); found = 0; rest = $1 }
    (index($1, ":") > 0) == (index(ENVIRON["ADDRESS"], ":") > 0) {
      for (i = 2; i <= NF; i++) if (tolower($i) in ours) found = 1; else rest = rest " " $i
    }
    !found { print line; next }
    rest != $1 { print rest note }
    !done++ { print ENVIRON["ADDRESS"] " " ENVIRON["NAMES"] }
    END { if (!done) print ENVIRON["ADDRESS"] " " ENVIRON["NAMES"] }' "$from" >/etc/hosts.byhand
  cp /etc/hosts.byhand "$prior.ours"
  mv -f /etc/hosts.byhand /etc/hosts
}
undo_host_entry_one() {
  rm -f /etc/hosts.byhand
  [ -e "$prior.ours" ] || return 0
  tail -n +2 "$prior" >"$prior.was"
  if [ ! -s "$prior" ] && cmp -s "$prior.ours" /etc/hosts; then
    rm -f /etc/hosts
  elif [ -e /etc/hosts ] && ! cmp -s "$prior.was" /etc/hosts; then
    cp -p /etc/hosts /etc/hosts.byhand
    if cmp -s "$prior.ours" /etc/hosts; then
      cat "$prior.was"
    else # someone changed it since: only our lines go, and what stood there comes back
      awk '
        part == 1 { was[$0]; former[++n] = $0; next }
        part == 2 { ours[$0]; next }
        !($0 in ours) || $0 in was { print; next }
        !done++ { for (i = 1; i <= n; i++) if (!(former[i] in ours)) print former[i] }' \
        part=1 "$prior.was" part=2 "$prior.ours" part=3 /etc/hosts
    fi >/etc/hosts.byhand
    mv -f /etc/hosts.byhand /etc/hosts
  fi
  rm -f -- "$prior.ours" "$prior.was"
}
diff_host_entry_one() {
  from=/etc/hosts
  [ -e "$from" ] || from=/dev/null
  ADDRESS=127.0.1.1 NAMES=a-b.c awk '
    BEGIN { n = split(ENVIRON["NAMES"], list); for (i = 1; i <= n; i++) ours[tolower(list[i])] }
    { line = $0; note = ""; if (match(line, /#.*/)) note = " " substr(line, RSTART); sub(/#.*/, ""); found = 0; rest = $1 }
    (index($1, ":") > 0) == (index(ENVIRON["ADDRESS"], ":") > 0) {
      for (i = 2; i <= NF; i++) if (tolower($i) in ours) found = 1; else rest = rest " " $i
    }
    !found { print line; next }
    rest != $1 { print rest note }
    !done++ { print ENVIRON["ADDRESS"] " " ENVIRON["NAMES"] }
    END { if (!done) print ENVIRON["ADDRESS"] " " ENVIRON["NAMES"] }' "$from" | diff -u "$from" - || :
}

# ---- host/name: typical
#   name: "web1"
check_host_name_typical() {
  [ "$(uname -n)" = web1 ] && [ ! -h /etc/hostname ] && [ "$(cat /etc/hostname)" = web1 ]
}
save_host_name_typical() {
  if [ -h /etc/hostname ]; then
    echo "/etc/hostname is a link" >&2
    return 1
  fi
  uname -n
  if [ -e /etc/hostname ]; then echo file && cat /etc/hostname; fi
}
apply_host_name_typical() {
  rm -f /etc/hostname.byhand
  [ ! -e /etc/hostname ] || cp -p /etc/hostname /etc/hostname.byhand
  printf '%s\n' web1 >/etc/hostname.byhand
  mv -f /etc/hostname.byhand /etc/hostname
  hostname web1
}
undo_host_name_typical() {
  rm -f /etc/hostname.byhand
  if [ "$(uname -n)" = web1 ]; then hostname "$(head -n 1 "$prior")"; fi
  # What someone else wrote there since stays.
  if [ -e /etc/hostname ] && [ "$(cat /etc/hostname)" = web1 ]; then
    if [ "$(sed -n 2p "$prior")" = file ]; then tail -n +3 "$prior" >/etc/hostname; else rm -f /etc/hostname; fi
  fi
}
diff_host_name_typical() {
  printf '%s\n' web1 | diff -uN /etc/hostname - || :
}

# ---- host/name: long
#   name: "web1.example.org"
check_host_name_long() {
  [ "$(uname -n)" = web1.example.org ] && [ ! -h /etc/hostname ] && [ "$(cat /etc/hostname)" = web1.example.org ]
}
save_host_name_long() {
  if [ -h /etc/hostname ]; then
    echo "/etc/hostname is a link" >&2
    return 1
  fi
  uname -n
  if [ -e /etc/hostname ]; then echo file && cat /etc/hostname; fi
}
apply_host_name_long() {
  rm -f /etc/hostname.byhand
  [ ! -e /etc/hostname ] || cp -p /etc/hostname /etc/hostname.byhand
  printf '%s\n' web1.example.org >/etc/hostname.byhand
  mv -f /etc/hostname.byhand /etc/hostname
  hostname web1.example.org
}
undo_host_name_long() {
  rm -f /etc/hostname.byhand
  if [ "$(uname -n)" = web1.example.org ]; then hostname "$(head -n 1 "$prior")"; fi
  # What someone else wrote there since stays.
  if [ -e /etc/hostname ] && [ "$(cat /etc/hostname)" = web1.example.org ]; then
    if [ "$(sed -n 2p "$prior")" = file ]; then tail -n +3 "$prior" >/etc/hostname; else rm -f /etc/hostname; fi
  fi
}
diff_host_name_long() {
  printf '%s\n' web1.example.org | diff -uN /etc/hostname - || :
}
