#!/bin/sh
# shellcheck disable=SC2016,SC2317,SC2329,SC2034,SC2043 # values are literal; nothing calls the functions or reads their variables
# What the templates of one area become. Made by BYHAND_RENEW=1 pytest tests/cases; never run.
set -eu
prior=/the/folder/prior/one
export prior

# ---- user/account: typical
#   name: "alice"
#   groups: ["sudo"]
#   shell: "/bin/sh"
check_user_account_typical() {
  entry=$(grep -e '^alice:' /etc/passwd) || return 1
  [ "$(printf '%s' "$entry" | cut -d : -f 7)" = /bin/sh ] || return 1
  grep -q -E -e '^sudo:[^:]*:[^:]*:(|.*,)alice(,|$)' /etc/group || return 1
  [ -d "$(printf '%s' "$entry" | cut -d : -f 6)" ] || return 1
}
save_user_account_typical() {
  # FILE:NAME ON THE LINE BEFORE:LINE, for each line that is the account's or has it as a member.
  for file in passwd shadow group gshadow subuid subgid; do
    [ -f "/etc/$file" ] || continue
    awk -F : -v name=alice -v file="$file" '
      $1 == name || (file ~ /^g/ && index("," $4 "," $3 ",", "," name ",")) { print file ":" before ":" $0 }
      { before = $1 }' "/etc/$file"
  done
  place=$(grep -e '^alice:' /etc/passwd | cut -d : -f 6)
  [ -n "$place" ] || place=/home/alice
  if [ -e "$place" ]; then echo "home there"; else echo "home missing $place"; fi
}
apply_user_account_typical() {
  entry=$(grep -e '^alice:' /etc/passwd || :)
  grep -q -e '^sudo:' /etc/group || { printf '%s\n' 'there is no group sudo' >&2 && return 1; }
  if [ -z "$entry" ]; then
    if command -v useradd >/dev/null; then
      if grep -q -e '^alice:' /etc/group; then set -- -g alice; else set -- -U; fi
      useradd -M -d /home/alice -s /bin/sh "$@" -- alice
    else
      if grep -q -e '^alice:' /etc/group; then
        set -- -G alice
      fi
      SHELL=/bin/sh adduser -D -H -h /home/alice -g '' -s /bin/sh "$@" -- alice
    fi
  else
    # Not usermod: it would give the files at home to another group, and busybox has none.
    # The lock of shadow's own tools: a file of this name with a process's number in it.
    waits=150
    until (set -C && printf %s "$$" >"/etc/passwd.lock") 2>/dev/null; do
      waits=$((waits - 1))
      owner=$(tr -dc 0-9 <"/etc/passwd.lock" || :)
      if [ "$owner" = "$$" ] || { [ -n "$owner" ] && [ ! -d "/proc/$owner" ]; }; then
        rm -f -- "/etc/passwd.lock"
      elif [ "$waits" -le 0 ]; then
        printf '%s\n' "/etc/passwd is being changed by process $owner" >&2
        return 1
      else
        sleep 0.1
      fi
    done
    rm -f /etc/passwd.byhand
    (
      set -C
      env 'shell=/bin/sh' awk -F : -v OFS=: -v name=alice '
        $1 == name { $7 = ENVIRON["shell"] }
        { print }' /etc/passwd >/etc/passwd.byhand
    )
    mv -f /etc/passwd.byhand /etc/passwd
    rm -f /etc/passwd.lock
  fi
  if command -v usermod >/dev/null; then usermod -a -G sudo -- alice; else addgroup -- alice sudo; fi
  entry=$(grep -e '^alice:' /etc/passwd)
  place=$(printf '%s' "$entry" | cut -d : -f 6)
  if [ ! -e "$place" ]; then
    # A home has its name only when it is whole.
    rm -rf -- "$place.byhand"
    mkdir -m 700 -- "$place.byhand"
    [ ! -d /etc/skel ] || cp -a /etc/skel/. "$place.byhand"
    chown -R -h "$(printf '%s' "$entry" | cut -d : -f 3,4)" "$place.byhand"
    chmod 0750 "$place.byhand"
    mv -T -- "$place.byhand" "$place"
  fi
}
undo_user_account_typical() {
  # Behind a line "archive" stands what tar made.
  was=$(sed '/^archive$/q' "$prior") made=''
  printf '%s\n' "$was" | grep -q -e '^passwd:[^:]*:alice:' || made=yes
  place=$(printf '%s\n' "$was" | sed -n 's/^home missing //p')
  entry=$(grep -e '^alice:' /etc/passwd || :)
  if [ "$made" ] && [ "$entry" ]; then
    busy=$(find /proc -mindepth 1 -maxdepth 1 -name '[1-9]*' -user "$(printf '%s' "$entry" | cut -d : -f 3)" | cut -d / -f 3 | tr '\n' ' ')
    if [ "$busy" ]; then
      printf '%s\n' 'alice still has processes:'" $busy" >&2
      return 1
    fi
  fi
  if [ "$place" ]; then
    rm -rf -- "$place.byhand"
    if [ -d "$place" ] && [ ! -h "$place" ]; then
      if [ -d /etc/skel ]; then new=$(diff -rq -- /etc/skel "$place" 2>&1 || :); else new=$(ls -A -- "$place"); fi
      if [ "$new" ]; then
        printf '%s\n' "$place holds what was put there since, so move that away first" >&2
        return 1
      fi
      rm -rf -- "$place"
    fi
  fi
  if [ "$made" ] && [ -f /var/mail/alice ] && [ ! -s /var/mail/alice ]; then rm -f -- /var/mail/alice; fi
  for file in passwd shadow group gshadow subuid subgid; do
    [ -f "/etc/$file" ] || continue
    # The lock of shadow's own tools: a file of this name with a process's number in it.
    waits=150
    until (set -C && printf %s "$$" >"/etc/$file.lock") 2>/dev/null; do
      waits=$((waits - 1))
      owner=$(tr -dc 0-9 <"/etc/$file.lock" || :)
      if [ "$owner" = "$$" ] || { [ -n "$owner" ] && [ ! -d "/proc/$owner" ]; }; then
        rm -f -- "/etc/$file.lock"
      elif [ "$waits" -le 0 ]; then
        printf '%s\n' "/etc/$file is being changed by process $owner" >&2
        return 1
      else
        sleep 0.1
      fi
    done
    rm -f -- "/etc/$file.byhand"
    (
      umask 077
      set -C
      printf '%s\n' "$was" | sed -n "s/^$file://p" | awk -F : -v OFS=: -v name=alice -v file="$file" -v made="$made" \
        -v fields='   7' -v joined=,sudo, -v given='' \
        -v back='' '
        function has(list) { return index("," list ",", "," name ",") }
        function without(list) {
          list = "," list ","
          while (i = index(list, "," name ",")) list = substr(list, 1, i) substr(list, i + length(name) + 2)
          return substr(list, 2, length(list) > 2 ? length(list) - 2 : 0)
        }
        function put() { print old; old = "" }
        saved {
          key = $2
          line = substr($0, length($1) + 2)
          if (key == name) { old = line; behind = $1; stood = 1 }
          split(line, part, ":")
          if (has(part[4]) || has(part[3])) members[key] = line
          next
        }
        $1 == name {
          if (!stood) next
          split(old, part, ":")
          if (file == "passwd") { n = split(fields, number, " "); for (i = 1; i <= n; i++) $number[i] = part[number[i]] }
          if (file == "shadow" && given) { $2 = part[2]; $3 = part[3] }
          here = 1
        }
        file ~ /^g/ {
          # What it was a member of comes back; what it was made a member of by others since stays.
          is = has($4) || (file == "gshadow" && has($3))
          split(members[$1], part, ":")
          if (members[$1] != "" && !is) {
            if (without(part[4]) == $4) $0 = members[$1]
            else $4 = $4 == "" ? name : $4 "," name
          } else if (members[$1] == "" && is && (made || index(joined, "," $1 ","))) {
            $4 = without($4)
            if (file == "gshadow") $3 = without($3)
          }
        }
        { rows[++count] = $0; if ($1 == behind) at = count }
        END {
          # What was removed comes back to its place, or to the end when that is not known any more.
          if (here || !back) stood = 0
          if (stood && behind == "") print old
          for (i = 1; i <= count; i++) { print rows[i]; if (stood && i == at) print old }
          if (stood && behind != "" && !at) print old
        }' saved=yes - saved= "/etc/$file" >"/etc/$file.byhand"
    )
    if cmp -s -- "/etc/$file.byhand" "/etc/$file"; then
      rm -f -- "/etc/$file.byhand"
    else
      chown -- "$(stat -c %u:%g -- "/etc/$file")" "/etc/$file.byhand"
      chmod "$(stat -c %a -- "/etc/$file")" "/etc/$file.byhand"
      mv -f -- "/etc/$file.byhand" "/etc/$file"
    fi
    rm -f -- "/etc/$file.lock"
  done
}

# ---- user/account: every
#   name: "alice"
#   uid: 1500
#   group: "staff"
#   groups: ["adm", "video"]
#   comment: "Alice A."
#   home: "/srv/alice"
#   home_mode: "0700"
#   make_home: true
#   shell: "/bin/sh"
#   password: "*"
#   system: false
#   absent: false
#   remove_home: false
check_user_account_every() {
  entry=$(grep -e '^alice:' /etc/passwd) || return 1
  [ "$(printf '%s' "$entry" | cut -d : -f 3)" = 1500 ] || return 1
  [ "$(printf '%s' "$entry" | cut -d : -f 5)" = 'Alice A.' ] || return 1
  [ "$(printf '%s' "$entry" | cut -d : -f 6)" = /srv/alice ] || return 1
  [ "$(printf '%s' "$entry" | cut -d : -f 7)" = /bin/sh ] || return 1
  [ "$(printf '%s' "$entry" | cut -d : -f 4)" = "$(grep -e '^staff:' /etc/group | cut -d : -f 3)" ] || return 1
  [ "$(grep -e '^alice:' /etc/shadow | cut -d : -f 2)" = '*' ] || return 1
  grep -q -E -e '^adm:[^:]*:[^:]*:(|.*,)alice(,|$)' /etc/group || return 1
  grep -q -E -e '^video:[^:]*:[^:]*:(|.*,)alice(,|$)' /etc/group || return 1
  [ -d "$(printf '%s' "$entry" | cut -d : -f 6)" ] || return 1
}
save_user_account_every() {
  # FILE:NAME ON THE LINE BEFORE:LINE, for each line that is the account's or has it as a member.
  for file in passwd shadow group gshadow subuid subgid; do
    [ -f "/etc/$file" ] || continue
    awk -F : -v name=alice -v file="$file" '
      $1 == name || (file ~ /^g/ && index("," $4 "," $3 ",", "," name ",")) { print file ":" before ":" $0 }
      { before = $1 }' "/etc/$file"
  done
  place=$(grep -e '^alice:' /etc/passwd | cut -d : -f 6)
  place=/srv/alice
  [ -n "$place" ] || place=/srv/alice
  if [ -e "$place" ]; then echo "home there"; else echo "home missing $place"; fi
}
apply_user_account_every() {
  entry=$(grep -e '^alice:' /etc/passwd || :)
  if [ "$entry" ] && [ "$(printf '%s' "$entry" | cut -d : -f 3)" != 1500 ]; then
    printf '%s\n' 'alice has another number than 1500: its files would be nobody'\''s' >&2
    return 1
  fi
  grep -q -e '^staff:' /etc/group || { printf '%s\n' 'there is no group staff' >&2 && return 1; }
  grep -q -e '^adm:' /etc/group || { printf '%s\n' 'there is no group adm' >&2 && return 1; }
  grep -q -e '^video:' /etc/group || { printf '%s\n' 'there is no group video' >&2 && return 1; }
  if [ -z "$entry" ]; then
    if command -v useradd >/dev/null; then
      useradd -M -u 1500 -d /srv/alice -c 'Alice A.' -s /bin/sh -g staff "$@" -- alice
    else
      SHELL=/bin/sh adduser -D -H -u 1500 -h /srv/alice -g 'Alice A.' -s /bin/sh -G staff "$@" -- alice
    fi
  else
    # Not usermod: it would give the files at home to another group, and busybox has none.
    # The lock of shadow's own tools: a file of this name with a process's number in it.
    waits=150
    until (set -C && printf %s "$$" >"/etc/passwd.lock") 2>/dev/null; do
      waits=$((waits - 1))
      owner=$(tr -dc 0-9 <"/etc/passwd.lock" || :)
      if [ "$owner" = "$$" ] || { [ -n "$owner" ] && [ ! -d "/proc/$owner" ]; }; then
        rm -f -- "/etc/passwd.lock"
      elif [ "$waits" -le 0 ]; then
        printf '%s\n' "/etc/passwd is being changed by process $owner" >&2
        return 1
      else
        sleep 0.1
      fi
    done
    rm -f /etc/passwd.byhand
    (
      set -C
      gid=$(grep -e '^staff:' /etc/group | cut -d : -f 3)
      export gid
      env 'comment=Alice A.' 'place=/srv/alice' 'shell=/bin/sh' awk -F : -v OFS=: -v name=alice '
        $1 == name { $4 = ENVIRON["gid"] }
        $1 == name { $5 = ENVIRON["comment"] }
        $1 == name { $6 = ENVIRON["place"] }
        $1 == name { $7 = ENVIRON["shell"] }
        { print }' /etc/passwd >/etc/passwd.byhand
    )
    mv -f /etc/passwd.byhand /etc/passwd
    rm -f /etc/passwd.lock
  fi
  if command -v usermod >/dev/null; then usermod -a -G adm -- alice; else addgroup -- alice adm; fi
  if command -v usermod >/dev/null; then usermod -a -G video -- alice; else addgroup -- alice video; fi
  [ "$(grep -e '^alice:' /etc/shadow | cut -d : -f 2)" = '*' ] || printf '%s:%s\n' alice '*' | chpasswd -e 2>&1
  entry=$(grep -e '^alice:' /etc/passwd)
  place=$(printf '%s' "$entry" | cut -d : -f 6)
  if [ ! -e "$place" ]; then
    # A home has its name only when it is whole.
    rm -rf -- "$place.byhand"
    mkdir -m 700 -- "$place.byhand"
    [ ! -d /etc/skel ] || cp -a /etc/skel/. "$place.byhand"
    chown -R -h "$(printf '%s' "$entry" | cut -d : -f 3,4)" "$place.byhand"
    chmod 0700 "$place.byhand"
    mv -T -- "$place.byhand" "$place"
  fi
}
undo_user_account_every() {
  # Behind a line "archive" stands what tar made.
  was=$(sed '/^archive$/q' "$prior") made=''
  printf '%s\n' "$was" | grep -q -e '^passwd:[^:]*:alice:' || made=yes
  place=$(printf '%s\n' "$was" | sed -n 's/^home missing //p')
  entry=$(grep -e '^alice:' /etc/passwd || :)
  if [ "$made" ] && [ "$entry" ]; then
    busy=$(find /proc -mindepth 1 -maxdepth 1 -name '[1-9]*' -user "$(printf '%s' "$entry" | cut -d : -f 3)" | cut -d / -f 3 | tr '\n' ' ')
    if [ "$busy" ]; then
      printf '%s\n' 'alice still has processes:'" $busy" >&2
      return 1
    fi
  fi
  if [ "$place" ]; then
    rm -rf -- "$place.byhand"
    if [ -d "$place" ] && [ ! -h "$place" ]; then
      if [ -d /etc/skel ]; then new=$(diff -rq -- /etc/skel "$place" 2>&1 || :); else new=$(ls -A -- "$place"); fi
      if [ "$new" ]; then
        printf '%s\n' "$place holds what was put there since, so move that away first" >&2
        return 1
      fi
      rm -rf -- "$place"
    fi
  fi
  if [ "$made" ] && [ -f /var/mail/alice ] && [ ! -s /var/mail/alice ]; then rm -f -- /var/mail/alice; fi
  for file in passwd shadow group gshadow subuid subgid; do
    [ -f "/etc/$file" ] || continue
    # The lock of shadow's own tools: a file of this name with a process's number in it.
    waits=150
    until (set -C && printf %s "$$" >"/etc/$file.lock") 2>/dev/null; do
      waits=$((waits - 1))
      owner=$(tr -dc 0-9 <"/etc/$file.lock" || :)
      if [ "$owner" = "$$" ] || { [ -n "$owner" ] && [ ! -d "/proc/$owner" ]; }; then
        rm -f -- "/etc/$file.lock"
      elif [ "$waits" -le 0 ]; then
        printf '%s\n' "/etc/$file is being changed by process $owner" >&2
        return 1
      else
        sleep 0.1
      fi
    done
    rm -f -- "/etc/$file.byhand"
    (
      umask 077
      set -C
      printf '%s\n' "$was" | sed -n "s/^$file://p" | awk -F : -v OFS=: -v name=alice -v file="$file" -v made="$made" \
        -v fields='4 5 6 7' -v joined=,adm,video, -v given=password \
        -v back='' '
        function has(list) { return index("," list ",", "," name ",") }
        function without(list) {
          list = "," list ","
          while (i = index(list, "," name ",")) list = substr(list, 1, i) substr(list, i + length(name) + 2)
          return substr(list, 2, length(list) > 2 ? length(list) - 2 : 0)
        }
        function put() { print old; old = "" }
        saved {
          key = $2
          line = substr($0, length($1) + 2)
          if (key == name) { old = line; behind = $1; stood = 1 }
          split(line, part, ":")
          if (has(part[4]) || has(part[3])) members[key] = line
          next
        }
        $1 == name {
          if (!stood) next
          split(old, part, ":")
          if (file == "passwd") { n = split(fields, number, " "); for (i = 1; i <= n; i++) $number[i] = part[number[i]] }
          if (file == "shadow" && given) { $2 = part[2]; $3 = part[3] }
          here = 1
        }
        file ~ /^g/ {
          # What it was a member of comes back; what it was made a member of by others since stays.
          is = has($4) || (file == "gshadow" && has($3))
          split(members[$1], part, ":")
          if (members[$1] != "" && !is) {
            if (without(part[4]) == $4) $0 = members[$1]
            else $4 = $4 == "" ? name : $4 "," name
          } else if (members[$1] == "" && is && (made || index(joined, "," $1 ","))) {
            $4 = without($4)
            if (file == "gshadow") $3 = without($3)
          }
        }
        { rows[++count] = $0; if ($1 == behind) at = count }
        END {
          # What was removed comes back to its place, or to the end when that is not known any more.
          if (here || !back) stood = 0
          if (stood && behind == "") print old
          for (i = 1; i <= count; i++) { print rows[i]; if (stood && i == at) print old }
          if (stood && behind != "" && !at) print old
        }' saved=yes - saved= "/etc/$file" >"/etc/$file.byhand"
    )
    if cmp -s -- "/etc/$file.byhand" "/etc/$file"; then
      rm -f -- "/etc/$file.byhand"
    else
      chown -- "$(stat -c %u:%g -- "/etc/$file")" "/etc/$file.byhand"
      chmod "$(stat -c %a -- "/etc/$file")" "/etc/$file.byhand"
      mv -f -- "/etc/$file.byhand" "/etc/$file"
    fi
    rm -f -- "/etc/$file.lock"
  done
}

# ---- user/account: of a service
#   name: "a-b"
#   system: true
#   make_home: false
check_user_account_of_a_service() {
  entry=$(grep -e '^a-b:' /etc/passwd) || return 1
}
save_user_account_of_a_service() {
  # FILE:NAME ON THE LINE BEFORE:LINE, for each line that is the account's or has it as a member.
  for file in passwd shadow group gshadow subuid subgid; do
    [ -f "/etc/$file" ] || continue
    awk -F : -v name=a-b -v file="$file" '
      $1 == name || (file ~ /^g/ && index("," $4 "," $3 ",", "," name ",")) { print file ":" before ":" $0 }
      { before = $1 }' "/etc/$file"
  done
}
apply_user_account_of_a_service() {
  entry=$(grep -e '^a-b:' /etc/passwd || :)
  if [ -z "$entry" ]; then
    if command -v useradd >/dev/null; then
      if grep -q -e '^a-b:' /etc/group; then set -- -g a-b; else set -- -U; fi
      useradd -M -r -d /home/a-b "$@" -- a-b
    else
      if grep -q -e '^a-b:' /etc/group; then
        set -- -G a-b
      else
        addgroup -S -- a-b
        set -- -G a-b
      fi
      SHELL=/bin/sh adduser -D -H -S -h /home/a-b -g '' "$@" -- a-b
    fi
  fi
}
undo_user_account_of_a_service() {
  # Behind a line "archive" stands what tar made.
  was=$(sed '/^archive$/q' "$prior") made=''
  printf '%s\n' "$was" | grep -q -e '^passwd:[^:]*:a-b:' || made=yes
  place=$(printf '%s\n' "$was" | sed -n 's/^home missing //p')
  entry=$(grep -e '^a-b:' /etc/passwd || :)
  if [ "$made" ] && [ "$entry" ]; then
    busy=$(find /proc -mindepth 1 -maxdepth 1 -name '[1-9]*' -user "$(printf '%s' "$entry" | cut -d : -f 3)" | cut -d / -f 3 | tr '\n' ' ')
    if [ "$busy" ]; then
      printf '%s\n' 'a-b still has processes:'" $busy" >&2
      return 1
    fi
  fi
  if [ "$place" ]; then
    rm -rf -- "$place.byhand"
    if [ -d "$place" ] && [ ! -h "$place" ]; then
      if [ -d /etc/skel ]; then new=$(diff -rq -- /etc/skel "$place" 2>&1 || :); else new=$(ls -A -- "$place"); fi
      if [ "$new" ]; then
        printf '%s\n' "$place holds what was put there since, so move that away first" >&2
        return 1
      fi
      rm -rf -- "$place"
    fi
  fi
  if [ "$made" ] && [ -f /var/mail/a-b ] && [ ! -s /var/mail/a-b ]; then rm -f -- /var/mail/a-b; fi
  for file in passwd shadow group gshadow subuid subgid; do
    [ -f "/etc/$file" ] || continue
    # The lock of shadow's own tools: a file of this name with a process's number in it.
    waits=150
    until (set -C && printf %s "$$" >"/etc/$file.lock") 2>/dev/null; do
      waits=$((waits - 1))
      owner=$(tr -dc 0-9 <"/etc/$file.lock" || :)
      if [ "$owner" = "$$" ] || { [ -n "$owner" ] && [ ! -d "/proc/$owner" ]; }; then
        rm -f -- "/etc/$file.lock"
      elif [ "$waits" -le 0 ]; then
        printf '%s\n' "/etc/$file is being changed by process $owner" >&2
        return 1
      else
        sleep 0.1
      fi
    done
    rm -f -- "/etc/$file.byhand"
    (
      umask 077
      set -C
      printf '%s\n' "$was" | sed -n "s/^$file://p" | awk -F : -v OFS=: -v name=a-b -v file="$file" -v made="$made" \
        -v fields='   ' -v joined=,, -v given='' \
        -v back='' '
        function has(list) { return index("," list ",", "," name ",") }
        function without(list) {
          list = "," list ","
          while (i = index(list, "," name ",")) list = substr(list, 1, i) substr(list, i + length(name) + 2)
          return substr(list, 2, length(list) > 2 ? length(list) - 2 : 0)
        }
        function put() { print old; old = "" }
        saved {
          key = $2
          line = substr($0, length($1) + 2)
          if (key == name) { old = line; behind = $1; stood = 1 }
          split(line, part, ":")
          if (has(part[4]) || has(part[3])) members[key] = line
          next
        }
        $1 == name {
          if (!stood) next
          split(old, part, ":")
          if (file == "passwd") { n = split(fields, number, " "); for (i = 1; i <= n; i++) $number[i] = part[number[i]] }
          if (file == "shadow" && given) { $2 = part[2]; $3 = part[3] }
          here = 1
        }
        file ~ /^g/ {
          # What it was a member of comes back; what it was made a member of by others since stays.
          is = has($4) || (file == "gshadow" && has($3))
          split(members[$1], part, ":")
          if (members[$1] != "" && !is) {
            if (without(part[4]) == $4) $0 = members[$1]
            else $4 = $4 == "" ? name : $4 "," name
          } else if (members[$1] == "" && is && (made || index(joined, "," $1 ","))) {
            $4 = without($4)
            if (file == "gshadow") $3 = without($3)
          }
        }
        { rows[++count] = $0; if ($1 == behind) at = count }
        END {
          # What was removed comes back to its place, or to the end when that is not known any more.
          if (here || !back) stood = 0
          if (stood && behind == "") print old
          for (i = 1; i <= count; i++) { print rows[i]; if (stood && i == at) print old }
          if (stood && behind != "" && !at) print old
        }' saved=yes - saved= "/etc/$file" >"/etc/$file.byhand"
    )
    if cmp -s -- "/etc/$file.byhand" "/etc/$file"; then
      rm -f -- "/etc/$file.byhand"
    else
      chown -- "$(stat -c %u:%g -- "/etc/$file")" "/etc/$file.byhand"
      chmod "$(stat -c %a -- "/etc/$file")" "/etc/$file.byhand"
      mv -f -- "/etc/$file.byhand" "/etc/$file"
    fi
    rm -f -- "/etc/$file.lock"
  done
}

# ---- user/account: gone
#   name: "alice"
#   absent: true
#   remove_home: true
check_user_account_gone() {
  ! grep -q -e '^alice:' /etc/passwd
}
save_user_account_gone() {
  # FILE:NAME ON THE LINE BEFORE:LINE, for each line that is the account's or has it as a member.
  for file in passwd shadow group gshadow subuid subgid; do
    [ -f "/etc/$file" ] || continue
    awk -F : -v name=alice -v file="$file" '
      $1 == name || (file ~ /^g/ && index("," $4 "," $3 ",", "," name ",")) { print file ":" before ":" $0 }
      { before = $1 }' "/etc/$file"
  done
  entry=$(grep -e '^alice:' /etc/passwd)
  place=$(printf '%s' "$entry" | cut -d : -f 6)
  [ -d "$place" ] || return 0
  if [ -h "$place" ] || [ "$(stat -c %u -- "$place")" != "$(printf '%s' "$entry" | cut -d : -f 3)" ]; then
    printf '%s\n' "$place"' is not a folder of alice'\''s own, so it is not removed' >&2
    return 1
  fi
  if grep -qF -e " $place " -e " $place/" /proc/self/mounts; then
    printf '%s\n' "something is mounted on $place" >&2
    return 1
  fi
  echo archive
  env tar -cf - -C / -- ".$place"
}
apply_user_account_gone() {
  entry=$(grep -e '^alice:' /etc/passwd)
  busy=$(find /proc -mindepth 1 -maxdepth 1 -name '[1-9]*' -user "$(printf '%s' "$entry" | cut -d : -f 3)" | cut -d / -f 3 | tr '\n' ' ')
  if [ "$busy" ]; then
    printf '%s\n' 'alice still has processes:'" $busy" >&2
    return 1
  fi
  # Asked again: what was saved may be of an earlier time.
  place=$(printf '%s' "$entry" | cut -d : -f 6)
  if [ -d "$place" ]; then
    if [ -h "$place" ] || [ "$(stat -c %u -- "$place")" != "$(printf '%s' "$entry" | cut -d : -f 3)" ]; then
      printf '%s\n' "$place"' is not a folder of alice'\''s own, so it is not removed' >&2
      return 1
    fi
    if grep -qF -e " $place " -e " $place/" /proc/self/mounts; then
      printf '%s\n' "something is mounted on $place" >&2
      return 1
    fi
    rm -rf -- "$place"
  fi
  if command -v userdel >/dev/null; then userdel -- alice; else deluser alice; fi
}
undo_user_account_gone() {
  # Behind a line "archive" stands what tar made.
  was=$(sed '/^archive$/q' "$prior") made=''
  printf '%s\n' "$was" | grep -q -e '^passwd:[^:]*:alice:' || made=yes
  for file in passwd shadow group gshadow subuid subgid; do
    [ -f "/etc/$file" ] || continue
    # The lock of shadow's own tools: a file of this name with a process's number in it.
    waits=150
    until (set -C && printf %s "$$" >"/etc/$file.lock") 2>/dev/null; do
      waits=$((waits - 1))
      owner=$(tr -dc 0-9 <"/etc/$file.lock" || :)
      if [ "$owner" = "$$" ] || { [ -n "$owner" ] && [ ! -d "/proc/$owner" ]; }; then
        rm -f -- "/etc/$file.lock"
      elif [ "$waits" -le 0 ]; then
        printf '%s\n' "/etc/$file is being changed by process $owner" >&2
        return 1
      else
        sleep 0.1
      fi
    done
    rm -f -- "/etc/$file.byhand"
    (
      umask 077
      set -C
      printf '%s\n' "$was" | sed -n "s/^$file://p" | awk -F : -v OFS=: -v name=alice -v file="$file" -v made="$made" \
        -v fields='   ' -v joined=,, -v given='' \
        -v back=yes '
        function has(list) { return index("," list ",", "," name ",") }
        function without(list) {
          list = "," list ","
          while (i = index(list, "," name ",")) list = substr(list, 1, i) substr(list, i + length(name) + 2)
          return substr(list, 2, length(list) > 2 ? length(list) - 2 : 0)
        }
        function put() { print old; old = "" }
        saved {
          key = $2
          line = substr($0, length($1) + 2)
          if (key == name) { old = line; behind = $1; stood = 1 }
          split(line, part, ":")
          if (has(part[4]) || has(part[3])) members[key] = line
          next
        }
        $1 == name {
          if (!stood) next
          split(old, part, ":")
          if (file == "passwd") { n = split(fields, number, " "); for (i = 1; i <= n; i++) $number[i] = part[number[i]] }
          if (file == "shadow" && given) { $2 = part[2]; $3 = part[3] }
          here = 1
        }
        file ~ /^g/ {
          # What it was a member of comes back; what it was made a member of by others since stays.
          is = has($4) || (file == "gshadow" && has($3))
          split(members[$1], part, ":")
          if (members[$1] != "" && !is) {
            if (without(part[4]) == $4) $0 = members[$1]
            else $4 = $4 == "" ? name : $4 "," name
          } else if (members[$1] == "" && is && (made || index(joined, "," $1 ","))) {
            $4 = without($4)
            if (file == "gshadow") $3 = without($3)
          }
        }
        { rows[++count] = $0; if ($1 == behind) at = count }
        END {
          # What was removed comes back to its place, or to the end when that is not known any more.
          if (here || !back) stood = 0
          if (stood && behind == "") print old
          for (i = 1; i <= count; i++) { print rows[i]; if (stood && i == at) print old }
          if (stood && behind != "" && !at) print old
        }' saved=yes - saved= "/etc/$file" >"/etc/$file.byhand"
    )
    if cmp -s -- "/etc/$file.byhand" "/etc/$file"; then
      rm -f -- "/etc/$file.byhand"
    else
      chown -- "$(stat -c %u:%g -- "/etc/$file")" "/etc/$file.byhand"
      chmod "$(stat -c %a -- "/etc/$file")" "/etc/$file.byhand"
      mv -f -- "/etc/$file.byhand" "/etc/$file"
    fi
    rm -f -- "/etc/$file.lock"
  done
  if [ "$(printf '%s\n' "$was" | tail -n 1)" = archive ]; then
    tail -n +$(($(printf '%s\n' "$was" | wc -l) + 1)) "$prior" | env tar -xpf - -C / --numeric-owner
    # busybox tar forgets who owns a link.
    case "$(readlink -f "$(command -v tar)")" in *busybox)
      entry=$(grep -e '^alice:' /etc/passwd)
      find "$(printf '%s' "$entry" | cut -d : -f 6)" -type l -exec chown -h "$(printf '%s' "$entry" | cut -d : -f 3,4)" {} + ;;
    esac
  fi
}

# ---- user/account: hostile
#   name: "a.b"
#   comment: "it's $(a) `b` ü"
#   home: "/home/it's $(c)"
#   shell: "/bin/-s '"
#   password: "$6$salt$abcdefghijklmn"
check_user_account_hostile() {
  entry=$(grep -e '^a[.]b:' /etc/passwd) || return 1
  [ "$(printf '%s' "$entry" | cut -d : -f 5)" = 'it'\''s $(a) `b` ü' ] || return 1
  [ "$(printf '%s' "$entry" | cut -d : -f 6)" = '/home/it'\''s $(c)' ] || return 1
  [ "$(printf '%s' "$entry" | cut -d : -f 7)" = '/bin/-s '\''' ] || return 1
  [ "$(grep -e '^a[.]b:' /etc/shadow | cut -d : -f 2)" = '$6$salt$abcdefghijklmn' ] || return 1
  [ -d "$(printf '%s' "$entry" | cut -d : -f 6)" ] || return 1
}
save_user_account_hostile() {
  # FILE:NAME ON THE LINE BEFORE:LINE, for each line that is the account's or has it as a member.
  for file in passwd shadow group gshadow subuid subgid; do
    [ -f "/etc/$file" ] || continue
    awk -F : -v name=a.b -v file="$file" '
      $1 == name || (file ~ /^g/ && index("," $4 "," $3 ",", "," name ",")) { print file ":" before ":" $0 }
      { before = $1 }' "/etc/$file"
  done
  place=$(grep -e '^a[.]b:' /etc/passwd | cut -d : -f 6)
  place='/home/it'\''s $(c)'
  [ -n "$place" ] || place='/home/it'\''s $(c)'
  if [ -e "$place" ]; then echo "home there"; else echo "home missing $place"; fi
}
apply_user_account_hostile() {
  entry=$(grep -e '^a[.]b:' /etc/passwd || :)
  if [ -z "$entry" ]; then
    if command -v useradd >/dev/null; then
      if grep -q -e '^a[.]b:' /etc/group; then set -- -g a.b; else set -- -U; fi
      useradd -M -d '/home/it'\''s $(c)' -c 'it'\''s $(a) `b` ü' -s '/bin/-s '\''' "$@" -- a.b
    else
      if grep -q -e '^a[.]b:' /etc/group; then
        set -- -G a.b
      fi
      SHELL=/bin/sh adduser -D -H -h '/home/it'\''s $(c)' -g 'it'\''s $(a) `b` ü' -s '/bin/-s '\''' "$@" -- a.b
    fi
  else
    # Not usermod: it would give the files at home to another group, and busybox has none.
    # The lock of shadow's own tools: a file of this name with a process's number in it.
    waits=150
    until (set -C && printf %s "$$" >"/etc/passwd.lock") 2>/dev/null; do
      waits=$((waits - 1))
      owner=$(tr -dc 0-9 <"/etc/passwd.lock" || :)
      if [ "$owner" = "$$" ] || { [ -n "$owner" ] && [ ! -d "/proc/$owner" ]; }; then
        rm -f -- "/etc/passwd.lock"
      elif [ "$waits" -le 0 ]; then
        printf '%s\n' "/etc/passwd is being changed by process $owner" >&2
        return 1
      else
        sleep 0.1
      fi
    done
    rm -f /etc/passwd.byhand
    (
      set -C
      env 'comment=it'\''s $(a) `b` ü' 'place=/home/it'\''s $(c)' 'shell=/bin/-s '\''' awk -F : -v OFS=: -v name=a.b '
        $1 == name { $5 = ENVIRON["comment"] }
        $1 == name { $6 = ENVIRON["place"] }
        $1 == name { $7 = ENVIRON["shell"] }
        { print }' /etc/passwd >/etc/passwd.byhand
    )
    mv -f /etc/passwd.byhand /etc/passwd
    rm -f /etc/passwd.lock
  fi
  [ "$(grep -e '^a[.]b:' /etc/shadow | cut -d : -f 2)" = '$6$salt$abcdefghijklmn' ] || printf '%s:%s\n' a.b '$6$salt$abcdefghijklmn' | chpasswd -e 2>&1
  entry=$(grep -e '^a[.]b:' /etc/passwd)
  place=$(printf '%s' "$entry" | cut -d : -f 6)
  if [ ! -e "$place" ]; then
    # A home has its name only when it is whole.
    rm -rf -- "$place.byhand"
    mkdir -m 700 -- "$place.byhand"
    [ ! -d /etc/skel ] || cp -a /etc/skel/. "$place.byhand"
    chown -R -h "$(printf '%s' "$entry" | cut -d : -f 3,4)" "$place.byhand"
    chmod 0750 "$place.byhand"
    mv -T -- "$place.byhand" "$place"
  fi
}
undo_user_account_hostile() {
  # Behind a line "archive" stands what tar made.
  was=$(sed '/^archive$/q' "$prior") made=''
  printf '%s\n' "$was" | grep -q -e '^passwd:[^:]*:a[.]b:' || made=yes
  place=$(printf '%s\n' "$was" | sed -n 's/^home missing //p')
  entry=$(grep -e '^a[.]b:' /etc/passwd || :)
  if [ "$made" ] && [ "$entry" ]; then
    busy=$(find /proc -mindepth 1 -maxdepth 1 -name '[1-9]*' -user "$(printf '%s' "$entry" | cut -d : -f 3)" | cut -d / -f 3 | tr '\n' ' ')
    if [ "$busy" ]; then
      printf '%s\n' 'a.b still has processes:'" $busy" >&2
      return 1
    fi
  fi
  if [ "$place" ]; then
    rm -rf -- "$place.byhand"
    if [ -d "$place" ] && [ ! -h "$place" ]; then
      if [ -d /etc/skel ]; then new=$(diff -rq -- /etc/skel "$place" 2>&1 || :); else new=$(ls -A -- "$place"); fi
      if [ "$new" ]; then
        printf '%s\n' "$place holds what was put there since, so move that away first" >&2
        return 1
      fi
      rm -rf -- "$place"
    fi
  fi
  if [ "$made" ] && [ -f /var/mail/a.b ] && [ ! -s /var/mail/a.b ]; then rm -f -- /var/mail/a.b; fi
  for file in passwd shadow group gshadow subuid subgid; do
    [ -f "/etc/$file" ] || continue
    # The lock of shadow's own tools: a file of this name with a process's number in it.
    waits=150
    until (set -C && printf %s "$$" >"/etc/$file.lock") 2>/dev/null; do
      waits=$((waits - 1))
      owner=$(tr -dc 0-9 <"/etc/$file.lock" || :)
      if [ "$owner" = "$$" ] || { [ -n "$owner" ] && [ ! -d "/proc/$owner" ]; }; then
        rm -f -- "/etc/$file.lock"
      elif [ "$waits" -le 0 ]; then
        printf '%s\n' "/etc/$file is being changed by process $owner" >&2
        return 1
      else
        sleep 0.1
      fi
    done
    rm -f -- "/etc/$file.byhand"
    (
      umask 077
      set -C
      printf '%s\n' "$was" | sed -n "s/^$file://p" | awk -F : -v OFS=: -v name=a.b -v file="$file" -v made="$made" \
        -v fields=' 5 6 7' -v joined=,, -v given=password \
        -v back='' '
        function has(list) { return index("," list ",", "," name ",") }
        function without(list) {
          list = "," list ","
          while (i = index(list, "," name ",")) list = substr(list, 1, i) substr(list, i + length(name) + 2)
          return substr(list, 2, length(list) > 2 ? length(list) - 2 : 0)
        }
        function put() { print old; old = "" }
        saved {
          key = $2
          line = substr($0, length($1) + 2)
          if (key == name) { old = line; behind = $1; stood = 1 }
          split(line, part, ":")
          if (has(part[4]) || has(part[3])) members[key] = line
          next
        }
        $1 == name {
          if (!stood) next
          split(old, part, ":")
          if (file == "passwd") { n = split(fields, number, " "); for (i = 1; i <= n; i++) $number[i] = part[number[i]] }
          if (file == "shadow" && given) { $2 = part[2]; $3 = part[3] }
          here = 1
        }
        file ~ /^g/ {
          # What it was a member of comes back; what it was made a member of by others since stays.
          is = has($4) || (file == "gshadow" && has($3))
          split(members[$1], part, ":")
          if (members[$1] != "" && !is) {
            if (without(part[4]) == $4) $0 = members[$1]
            else $4 = $4 == "" ? name : $4 "," name
          } else if (members[$1] == "" && is && (made || index(joined, "," $1 ","))) {
            $4 = without($4)
            if (file == "gshadow") $3 = without($3)
          }
        }
        { rows[++count] = $0; if ($1 == behind) at = count }
        END {
          # What was removed comes back to its place, or to the end when that is not known any more.
          if (here || !back) stood = 0
          if (stood && behind == "") print old
          for (i = 1; i <= count; i++) { print rows[i]; if (stood && i == at) print old }
          if (stood && behind != "" && !at) print old
        }' saved=yes - saved= "/etc/$file" >"/etc/$file.byhand"
    )
    if cmp -s -- "/etc/$file.byhand" "/etc/$file"; then
      rm -f -- "/etc/$file.byhand"
    else
      chown -- "$(stat -c %u:%g -- "/etc/$file")" "/etc/$file.byhand"
      chmod "$(stat -c %a -- "/etc/$file")" "/etc/$file.byhand"
      mv -f -- "/etc/$file.byhand" "/etc/$file"
    fi
    rm -f -- "/etc/$file.lock"
  done
}

# ---- user/group: typical
#   name: "staff"
check_user_group_typical() {
  entry=$(grep -e '^staff:' /etc/group) || return 1
}
save_user_group_typical() {
  # FILE:NAME ON THE LINE BEFORE:LINE
  for file in group gshadow; do
    [ -f "/etc/$file" ] || continue
    awk -F : -v name=staff -v file="$file" '$1 == name { print file ":" before ":" $0 } { before = $1 }' "/etc/$file"
  done
}
apply_user_group_typical() {
  entry=$(grep -e '^staff:' /etc/group || :)
  if [ "$entry" ]; then
    :
  elif command -v groupadd >/dev/null; then
    groupadd  -- staff
  else
    addgroup  -- staff
  fi
}
undo_user_group_typical() {
  grep -q -e '^staff:' /etc/group || return 0
  if ! grep -q '^group:' "$prior"; then
    if command -v groupdel >/dev/null; then groupdel -- staff; else delgroup staff; fi
    return $?
  fi
}

# ---- user/group: every
#   name: "lab"
#   gid: 1500
#   members: ["alice", "bob"]
#   system: true
#   absent: false
check_user_group_every() {
  entry=$(grep -e '^lab:' /etc/group) || return 1
  [ "$(printf '%s' "$entry" | cut -d : -f 3)" = 1500 ] || return 1
  case ,${entry##*:}, in *,alice,*) ;; *) return 1 ;; esac
  case ,${entry##*:}, in *,bob,*) ;; *) return 1 ;; esac
}
save_user_group_every() {
  # FILE:NAME ON THE LINE BEFORE:LINE
  for file in group gshadow; do
    [ -f "/etc/$file" ] || continue
    awk -F : -v name=lab -v file="$file" '$1 == name { print file ":" before ":" $0 } { before = $1 }' "/etc/$file"
  done
}
apply_user_group_every() {
  entry=$(grep -e '^lab:' /etc/group || :)
  if [ "$entry" ] && [ "$(printf '%s' "$entry" | cut -d : -f 3)" != 1500 ]; then
    printf '%s\n' 'lab has another number than 1500: its files would be no group'\''s' >&2
    return 1
  fi
  grep -q -e '^alice:' /etc/passwd || { printf '%s\n' 'there is no user alice' >&2 && return 1; }
  grep -q -e '^bob:' /etc/passwd || { printf '%s\n' 'there is no user bob' >&2 && return 1; }
  if [ "$entry" ]; then
    :
  elif command -v groupadd >/dev/null; then
    groupadd -r -g 1500 -- lab
  else
    addgroup -S -g 1500 -- lab
  fi
  if command -v usermod >/dev/null; then usermod -a -G lab -- alice; else addgroup -- alice lab; fi
  if command -v usermod >/dev/null; then usermod -a -G lab -- bob; else addgroup -- bob lab; fi
}
undo_user_group_every() {
  grep -q -e '^lab:' /etc/group || return 0
  if ! grep -q '^group:' "$prior"; then
    if command -v groupdel >/dev/null; then groupdel -- lab; else delgroup lab; fi
    return $?
  fi
  if ! sed -n 's/^group:.*:/,/; s/$/,/; /^,/p' "$prior" | grep -q -F -e ,alice, &&
    grep -e '^lab:' /etc/group | sed 's/.*:/,/; s/$/,/' | grep -q -F -e ,alice,; then
    if command -v gpasswd >/dev/null; then gpasswd -d alice lab >/dev/null; else delgroup alice lab; fi
  fi
  if ! sed -n 's/^group:.*:/,/; s/$/,/; /^,/p' "$prior" | grep -q -F -e ,bob, &&
    grep -e '^lab:' /etc/group | sed 's/.*:/,/; s/$/,/' | grep -q -F -e ,bob,; then
    if command -v gpasswd >/dev/null; then gpasswd -d bob lab >/dev/null; else delgroup bob lab; fi
  fi
}

# ---- user/group: gone
#   name: "lab"
#   absent: true
check_user_group_gone() {
  ! grep -q -e '^lab:' /etc/group
}
save_user_group_gone() {
  # FILE:NAME ON THE LINE BEFORE:LINE
  for file in group gshadow; do
    [ -f "/etc/$file" ] || continue
    awk -F : -v name=lab -v file="$file" '$1 == name { print file ":" before ":" $0 } { before = $1 }' "/etc/$file"
  done
}
apply_user_group_gone() {
  if command -v groupdel >/dev/null; then groupdel -- lab; else delgroup lab; fi
}
undo_user_group_gone() {
  for file in group gshadow; do
    entry=$(sed -n "s/^$file://p" "$prior")
    if [ -z "$entry" ] || grep -q -e '^lab:' "/etc/$file"; then continue; fi
    # The lock of shadow's own tools: a file of this name with a process's number in it.
    waits=150
    until (set -C && printf %s "$$" >"/etc/$file.lock") 2>/dev/null; do
      waits=$((waits - 1))
      owner=$(tr -dc 0-9 <"/etc/$file.lock" || :)
      if [ "$owner" = "$$" ] || { [ -n "$owner" ] && [ ! -d "/proc/$owner" ]; }; then
        rm -f -- "/etc/$file.lock"
      elif [ "$waits" -le 0 ]; then
        printf '%s\n' "/etc/$file is being changed by process $owner" >&2
        return 1
      else
        sleep 0.1
      fi
    done
    rm -f -- "/etc/$file.byhand"
    (
      umask 077
      set -C
      # Back to its place, or to the end when the line before is not there any more.
      env entry="${entry#*:}" awk -F : -v behind="${entry%%:*}" '
        NR == 1 && behind == "" { print ENVIRON["entry"]; done = 1 }
        { print }
        $1 == behind && !done { print ENVIRON["entry"]; done = 1 }
        END { if (!done) print ENVIRON["entry"] }' "/etc/$file" >"/etc/$file.byhand"
    )
    chown -- "$(stat -c %u:%g -- "/etc/$file")" "/etc/$file.byhand"
    chmod "$(stat -c %a -- "/etc/$file")" "/etc/$file.byhand"
    mv -f -- "/etc/$file.byhand" "/etc/$file"
    rm -f -- "/etc/$file.lock"
  done
}
