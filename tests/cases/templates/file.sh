#!/bin/sh
# shellcheck disable=SC2016,SC2317,SC2329,SC2034,SC2043 # values are literal; nothing calls the functions or reads their variables
# What the templates of one area become. Made by BYHAND_RENEW=1 pytest tests/cases; never run.
set -eu
prior=/the/folder/prior/one
export prior

# ---- file/absent: typical
#   path: "/etc/motd"
check_file_absent_typical() {
  [ ! -e /etc/motd ] && [ ! -h /etc/motd ]
}
save_file_absent_typical() {
  if grep -qF -e ' /etc/motd ' -e ' /etc/motd/' /proc/self/mounts; then
    printf '%s\n' 'something is mounted on /etc/motd' >&2
    return 1
  fi
  env tar -cf - -C /  -- ./etc/motd
}
apply_file_absent_typical() {
  # Asked once more: a step that was interrupted goes on from here.
  if grep -qF -e ' /etc/motd ' -e ' /etc/motd/' /proc/self/mounts; then
    printf '%s\n' 'something is mounted on /etc/motd' >&2
    return 1
  fi
  rm -rf -- /etc/motd
}
undo_file_absent_typical() {
  env tar -xpf "$prior" -C / --numeric-owner
}

# ---- file/absent: hostile
#   path: "/tmp/-it's\n$(a) `b` ü"
check_file_absent_hostile() {
  [ ! -e '/tmp/-it'\''s
$(a) `b` ü' ] && [ ! -h '/tmp/-it'\''s
$(a) `b` ü' ]
}
save_file_absent_hostile() {
  if grep -qF -e ' /tmp/-it'\''s\012$(a)\040`b`\040ü ' -e ' /tmp/-it'\''s\012$(a)\040`b`\040ü/' /proc/self/mounts; then
    printf '%s\n' 'something is mounted on /tmp/-it'\''s
$(a) `b` ü' >&2
    return 1
  fi
  env tar -cf - -C /  -- './tmp/-it'\''s
$(a) `b` ü'
}
apply_file_absent_hostile() {
  # Asked once more: a step that was interrupted goes on from here.
  if grep -qF -e ' /tmp/-it'\''s\012$(a)\040`b`\040ü ' -e ' /tmp/-it'\''s\012$(a)\040`b`\040ü/' /proc/self/mounts; then
    printf '%s\n' 'something is mounted on /tmp/-it'\''s
$(a) `b` ü' >&2
    return 1
  fi
  rm -rf -- '/tmp/-it'\''s
$(a) `b` ü'
}
undo_file_absent_hostile() {
  env tar -xpf "$prior" -C / --numeric-owner
}

# ---- file/block: typical
#   path: "/etc/hosts"
#   name: "lab"
#   block: "10.0.0.1 a\n10.0.0.2 b\n"
check_file_block_typical() {
  [ ! -h /etc/hosts ] || return 1
  [ "$(BEGIN='# BEGIN lab' END='# END lab' awk '
    $0 == ENVIRON["BEGIN"] { inside = 1 }
    inside { print }
    $0 == ENVIRON["END"] { inside = 0 }' /etc/hosts)" = '# BEGIN lab
10.0.0.1 a
10.0.0.2 b
# END lab' ]
}
save_file_block_typical() {
  if [ -d /etc/hosts ] || [ -h /etc/hosts ]; then
    printf '%s\n' '/etc/hosts is a folder or a link' >&2
    return 1
  fi
  if [ -e /etc/hosts ]; then
    if [ "$(tr -dc '\000' </etc/hosts | wc -c)" -gt 0 ]; then
      printf '%s\n' '/etc/hosts is no text: it holds a NUL character' >&2
      return 1
    fi
    stat -c '%a %u:%g' -- /etc/hosts
    cat -- /etc/hosts
  fi
}
apply_file_block_typical() {
  if printf '%s\n' '10.0.0.1 a
10.0.0.2 b
' | grep -qxF -e '# BEGIN lab' -e '# END lab'; then
    echo "the block holds a line that marks it" >&2
    return 1
  fi
  from=/dev/null to=/etc/hosts.byhand
  [ ! -e /etc/hosts ] || from=/etc/hosts
  rm -f -- "$to"
  (
    umask 077
    set -C
    {
      BEGIN='# BEGIN lab' END='# END lab' BLOCK='10.0.0.1 a
10.0.0.2 b
' awk -v absent=0 '
        function put() { if (!absent && !done++) print ENVIRON["BEGIN"] "\n" ENVIRON["BLOCK"] ENVIRON["END"] }
        $0 == ENVIRON["BEGIN"] { put(); inside = 1 }
        !inside { print }
        $0 == ENVIRON["END"] { inside = 0 }
        END { if (inside) exit 1; put() }' "$from"
    } >"$to"
  )
  if [ "$from" = /dev/null ]; then
    chmod 644 "$to"
  else
    chown -- "$(stat -c %u:%g -- "$from")" "$to"
    chmod "$(stat -c %a -- "$from")" "$to"
  fi
  mv -fT -- "$to" /etc/hosts
}
undo_file_block_typical() {
  rm -f -- /etc/hosts.byhand
  if [ ! -s "$prior" ]; then
    rm -f -- /etc/hosts
    return $?
  fi
  read -r mode owner <"$prior"
  (
    umask 077
    set -C
    tail -n +2 "$prior" >/etc/hosts.byhand
  )
  chown -- "$owner" /etc/hosts.byhand
  chmod "$mode" /etc/hosts.byhand
  mv -fT -- /etc/hosts.byhand /etc/hosts
}
diff_file_block_typical() {
  from=/dev/null
  [ ! -e /etc/hosts ] || from=/etc/hosts
  {
    BEGIN='# BEGIN lab' END='# END lab' BLOCK='10.0.0.1 a
10.0.0.2 b
' awk -v absent=0 '
      function put() { if (!absent && !done++) print ENVIRON["BEGIN"] "\n" ENVIRON["BLOCK"] ENVIRON["END"] }
      $0 == ENVIRON["BEGIN"] { put(); inside = 1 }
      !inside { print }
      $0 == ENVIRON["END"] { inside = 0 }
      END { if (inside) exit 1; put() }' "$from"
  } | diff -u -- "$from" - || :
}

# ---- file/block: every
#   path: "/etc/a.ini"
#   name: "lab"
#   block: "a = 1"
#   comment: ";"
#   absent: false
check_file_block_every() {
  [ ! -h /etc/a.ini ] || return 1
  [ "$(BEGIN='; BEGIN lab' END='; END lab' awk '
    $0 == ENVIRON["BEGIN"] { inside = 1 }
    inside { print }
    $0 == ENVIRON["END"] { inside = 0 }' /etc/a.ini)" = '; BEGIN lab
a = 1
; END lab' ]
}
save_file_block_every() {
  if [ -d /etc/a.ini ] || [ -h /etc/a.ini ]; then
    printf '%s\n' '/etc/a.ini is a folder or a link' >&2
    return 1
  fi
  if [ -e /etc/a.ini ]; then
    if [ "$(tr -dc '\000' </etc/a.ini | wc -c)" -gt 0 ]; then
      printf '%s\n' '/etc/a.ini is no text: it holds a NUL character' >&2
      return 1
    fi
    stat -c '%a %u:%g' -- /etc/a.ini
    cat -- /etc/a.ini
  fi
}
apply_file_block_every() {
  if printf '%s\n' 'a = 1' | grep -qxF -e '; BEGIN lab' -e '; END lab'; then
    echo "the block holds a line that marks it" >&2
    return 1
  fi
  from=/dev/null to=/etc/a.ini.byhand
  [ ! -e /etc/a.ini ] || from=/etc/a.ini
  rm -f -- "$to"
  (
    umask 077
    set -C
    {
      BEGIN='; BEGIN lab' END='; END lab' BLOCK='a = 1
' awk -v absent=0 '
        function put() { if (!absent && !done++) print ENVIRON["BEGIN"] "\n" ENVIRON["BLOCK"] ENVIRON["END"] }
        $0 == ENVIRON["BEGIN"] { put(); inside = 1 }
        !inside { print }
        $0 == ENVIRON["END"] { inside = 0 }
        END { if (inside) exit 1; put() }' "$from"
    } >"$to"
  )
  if [ "$from" = /dev/null ]; then
    chmod 644 "$to"
  else
    chown -- "$(stat -c %u:%g -- "$from")" "$to"
    chmod "$(stat -c %a -- "$from")" "$to"
  fi
  mv -fT -- "$to" /etc/a.ini
}
undo_file_block_every() {
  rm -f -- /etc/a.ini.byhand
  if [ ! -s "$prior" ]; then
    rm -f -- /etc/a.ini
    return $?
  fi
  read -r mode owner <"$prior"
  (
    umask 077
    set -C
    tail -n +2 "$prior" >/etc/a.ini.byhand
  )
  chown -- "$owner" /etc/a.ini.byhand
  chmod "$mode" /etc/a.ini.byhand
  mv -fT -- /etc/a.ini.byhand /etc/a.ini
}
diff_file_block_every() {
  from=/dev/null
  [ ! -e /etc/a.ini ] || from=/etc/a.ini
  {
    BEGIN='; BEGIN lab' END='; END lab' BLOCK='a = 1
' awk -v absent=0 '
      function put() { if (!absent && !done++) print ENVIRON["BEGIN"] "\n" ENVIRON["BLOCK"] ENVIRON["END"] }
      $0 == ENVIRON["BEGIN"] { put(); inside = 1 }
      !inside { print }
      $0 == ENVIRON["END"] { inside = 0 }
      END { if (inside) exit 1; put() }' "$from"
  } | diff -u -- "$from" - || :
}

# ---- file/block: gone
#   path: "/etc/hosts"
#   name: "lab"
#   absent: true
check_file_block_gone() {
  [ ! -h /etc/hosts ] || return 1
  ! grep -qxF -e '# BEGIN lab' -- /etc/hosts
}
save_file_block_gone() {
  if [ -d /etc/hosts ] || [ -h /etc/hosts ]; then
    printf '%s\n' '/etc/hosts is a folder or a link' >&2
    return 1
  fi
  if [ -e /etc/hosts ]; then
    if [ "$(tr -dc '\000' </etc/hosts | wc -c)" -gt 0 ]; then
      printf '%s\n' '/etc/hosts is no text: it holds a NUL character' >&2
      return 1
    fi
    stat -c '%a %u:%g' -- /etc/hosts
    cat -- /etc/hosts
  fi
}
apply_file_block_gone() {
  if printf '%s\n' '' | grep -qxF -e '# BEGIN lab' -e '# END lab'; then
    echo "the block holds a line that marks it" >&2
    return 1
  fi
  from=/dev/null to=/etc/hosts.byhand
  [ ! -e /etc/hosts ] || from=/etc/hosts
  rm -f -- "$to"
  (
    umask 077
    set -C
    {
      BEGIN='# BEGIN lab' END='# END lab' BLOCK='' awk -v absent=1 '
        function put() { if (!absent && !done++) print ENVIRON["BEGIN"] "\n" ENVIRON["BLOCK"] ENVIRON["END"] }
        $0 == ENVIRON["BEGIN"] { put(); inside = 1 }
        !inside { print }
        $0 == ENVIRON["END"] { inside = 0 }
        END { if (inside) exit 1; put() }' "$from"
    } >"$to"
  )
  if [ "$from" = /dev/null ]; then
    chmod 644 "$to"
  else
    chown -- "$(stat -c %u:%g -- "$from")" "$to"
    chmod "$(stat -c %a -- "$from")" "$to"
  fi
  mv -fT -- "$to" /etc/hosts
}
undo_file_block_gone() {
  rm -f -- /etc/hosts.byhand
  if [ ! -s "$prior" ]; then
    rm -f -- /etc/hosts
    return $?
  fi
  read -r mode owner <"$prior"
  (
    umask 077
    set -C
    tail -n +2 "$prior" >/etc/hosts.byhand
  )
  chown -- "$owner" /etc/hosts.byhand
  chmod "$mode" /etc/hosts.byhand
  mv -fT -- /etc/hosts.byhand /etc/hosts
}
diff_file_block_gone() {
  from=/dev/null
  [ ! -e /etc/hosts ] || from=/etc/hosts
  {
    BEGIN='# BEGIN lab' END='# END lab' BLOCK='' awk -v absent=1 '
      function put() { if (!absent && !done++) print ENVIRON["BEGIN"] "\n" ENVIRON["BLOCK"] ENVIRON["END"] }
      $0 == ENVIRON["BEGIN"] { put(); inside = 1 }
      !inside { print }
      $0 == ENVIRON["END"] { inside = 0 }
      END { if (inside) exit 1; put() }' "$from"
  } | diff -u -- "$from" - || :
}

# ---- file/block: hostile
#   path: "/etc/it's $(a)"
#   name: "a.b-c"
#   block: "it's\n$(b) `c`\n-n \\n ü"
#   comment: "-- '"
check_file_block_hostile() {
  [ ! -h '/etc/it'\''s $(a)' ] || return 1
  [ "$(BEGIN='-- '\'' BEGIN a.b-c' END='-- '\'' END a.b-c' awk '
    $0 == ENVIRON["BEGIN"] { inside = 1 }
    inside { print }
    $0 == ENVIRON["END"] { inside = 0 }' '/etc/it'\''s $(a)')" = '-- '\'' BEGIN a.b-c
it'\''s
$(b) `c`
-n \n ü
-- '\'' END a.b-c' ]
}
save_file_block_hostile() {
  if [ -d '/etc/it'\''s $(a)' ] || [ -h '/etc/it'\''s $(a)' ]; then
    printf '%s\n' '/etc/it'\''s $(a) is a folder or a link' >&2
    return 1
  fi
  if [ -e '/etc/it'\''s $(a)' ]; then
    if [ "$(tr -dc '\000' <'/etc/it'\''s $(a)' | wc -c)" -gt 0 ]; then
      printf '%s\n' '/etc/it'\''s $(a) is no text: it holds a NUL character' >&2
      return 1
    fi
    stat -c '%a %u:%g' -- '/etc/it'\''s $(a)'
    cat -- '/etc/it'\''s $(a)'
  fi
}
apply_file_block_hostile() {
  if printf '%s\n' 'it'\''s
$(b) `c`
-n \n ü' | grep -qxF -e '-- '\'' BEGIN a.b-c' -e '-- '\'' END a.b-c'; then
    echo "the block holds a line that marks it" >&2
    return 1
  fi
  from=/dev/null to='/etc/it'\''s $(a).byhand'
  [ ! -e '/etc/it'\''s $(a)' ] || from='/etc/it'\''s $(a)'
  rm -f -- "$to"
  (
    umask 077
    set -C
    {
      BEGIN='-- '\'' BEGIN a.b-c' END='-- '\'' END a.b-c' BLOCK='it'\''s
$(b) `c`
-n \n ü
' awk -v absent=0 '
        function put() { if (!absent && !done++) print ENVIRON["BEGIN"] "\n" ENVIRON["BLOCK"] ENVIRON["END"] }
        $0 == ENVIRON["BEGIN"] { put(); inside = 1 }
        !inside { print }
        $0 == ENVIRON["END"] { inside = 0 }
        END { if (inside) exit 1; put() }' "$from"
    } >"$to"
  )
  if [ "$from" = /dev/null ]; then
    chmod 644 "$to"
  else
    chown -- "$(stat -c %u:%g -- "$from")" "$to"
    chmod "$(stat -c %a -- "$from")" "$to"
  fi
  mv -fT -- "$to" '/etc/it'\''s $(a)'
}
undo_file_block_hostile() {
  rm -f -- '/etc/it'\''s $(a).byhand'
  if [ ! -s "$prior" ]; then
    rm -f -- '/etc/it'\''s $(a)'
    return $?
  fi
  read -r mode owner <"$prior"
  (
    umask 077
    set -C
    tail -n +2 "$prior" >'/etc/it'\''s $(a).byhand'
  )
  chown -- "$owner" '/etc/it'\''s $(a).byhand'
  chmod "$mode" '/etc/it'\''s $(a).byhand'
  mv -fT -- '/etc/it'\''s $(a).byhand' '/etc/it'\''s $(a)'
}
diff_file_block_hostile() {
  from=/dev/null
  [ ! -e '/etc/it'\''s $(a)' ] || from='/etc/it'\''s $(a)'
  {
    BEGIN='-- '\'' BEGIN a.b-c' END='-- '\'' END a.b-c' BLOCK='it'\''s
$(b) `c`
-n \n ü
' awk -v absent=0 '
      function put() { if (!absent && !done++) print ENVIRON["BEGIN"] "\n" ENVIRON["BLOCK"] ENVIRON["END"] }
      $0 == ENVIRON["BEGIN"] { put(); inside = 1 }
      !inside { print }
      $0 == ENVIRON["END"] { inside = 0 }
      END { if (inside) exit 1; put() }' "$from"
  } | diff -u -- "$from" - || :
}

# ---- file/content: typical
#   path: "/etc/motd"
#   content: "hello\n"
check_file_content_typical() {
  [ ! -h /etc/motd ] && [ -f /etc/motd ] && [ "$(stat -c %a -- /etc/motd)" = 644 ] &&
    printf '%s' 'hello
' | cmp -s -- - /etc/motd
}
save_file_content_typical() {
  if [ -d /etc/motd ]; then
    printf '%s\n' '/etc/motd is a folder' >&2
    return 1
  fi
  if [ -h /etc/motd ]; then
    echo link
    readlink -n -- /etc/motd
  elif [ -f /etc/motd ]; then
    stat -c '%a %u:%g' -- /etc/motd
    cat -- /etc/motd
  elif [ -e /etc/motd ]; then
    printf '%s\n' '/etc/motd is no regular file' >&2
    return 1
  fi
}
apply_file_content_typical() {
  rm -f -- /etc/motd.byhand
  (
    umask 077
    set -C
    printf '%s' 'hello
' >/etc/motd.byhand
  )
  # Who owned the file keeps it, where that is ours to say.
  if [ -f /etc/motd ] && [ ! -h /etc/motd ]; then
    chown -- "$(stat -c %u:%g -- /etc/motd)" /etc/motd.byhand 2>/dev/null || :
  fi
  chmod 0644 /etc/motd.byhand
  mv -f -- /etc/motd.byhand /etc/motd
}
undo_file_content_typical() {
  rm -f -- /etc/motd.byhand
  if [ ! -s "$prior" ]; then
    rm -f -- /etc/motd
    return $?
  fi
  read -r mode owner <"$prior"
  if [ "$mode" = link ]; then
    # The dot keeps newlines at the end of the name.
    name=$(tail -n +2 "$prior" && echo .)
    ln -s -- "${name%.}" /etc/motd.byhand
  else
    (
      umask 077
      set -C
      tail -n +2 "$prior" >/etc/motd.byhand
    )
    [ "$(stat -c %u:%g -- /etc/motd.byhand)" = "$owner" ] || chown -- "$owner" /etc/motd.byhand
    chmod "$mode" /etc/motd.byhand
  fi
  mv -f -- /etc/motd.byhand /etc/motd
}
diff_file_content_typical() {
  # A device has no end, a pipe none in sight.
  [ ! -e /etc/motd ] || [ -f /etc/motd ] || return 0
  printf '%s' 'hello
' | diff -uN -- /etc/motd - || :
}

# ---- file/content: every
#   path: "/etc/secret"
#   content: "a"
#   mode: "0600"
check_file_content_every() {
  [ ! -h /etc/secret ] && [ -f /etc/secret ] && [ "$(stat -c %a -- /etc/secret)" = 600 ] &&
    printf '%s' a | cmp -s -- - /etc/secret
}
save_file_content_every() {
  if [ -d /etc/secret ]; then
    printf '%s\n' '/etc/secret is a folder' >&2
    return 1
  fi
  if [ -h /etc/secret ]; then
    echo link
    readlink -n -- /etc/secret
  elif [ -f /etc/secret ]; then
    stat -c '%a %u:%g' -- /etc/secret
    cat -- /etc/secret
  elif [ -e /etc/secret ]; then
    printf '%s\n' '/etc/secret is no regular file' >&2
    return 1
  fi
}
apply_file_content_every() {
  rm -f -- /etc/secret.byhand
  (
    umask 077
    set -C
    printf '%s' a >/etc/secret.byhand
  )
  # Who owned the file keeps it, where that is ours to say.
  if [ -f /etc/secret ] && [ ! -h /etc/secret ]; then
    chown -- "$(stat -c %u:%g -- /etc/secret)" /etc/secret.byhand 2>/dev/null || :
  fi
  chmod 0600 /etc/secret.byhand
  mv -f -- /etc/secret.byhand /etc/secret
}
undo_file_content_every() {
  rm -f -- /etc/secret.byhand
  if [ ! -s "$prior" ]; then
    rm -f -- /etc/secret
    return $?
  fi
  read -r mode owner <"$prior"
  if [ "$mode" = link ]; then
    # The dot keeps newlines at the end of the name.
    name=$(tail -n +2 "$prior" && echo .)
    ln -s -- "${name%.}" /etc/secret.byhand
  else
    (
      umask 077
      set -C
      tail -n +2 "$prior" >/etc/secret.byhand
    )
    [ "$(stat -c %u:%g -- /etc/secret.byhand)" = "$owner" ] || chown -- "$owner" /etc/secret.byhand
    chmod "$mode" /etc/secret.byhand
  fi
  mv -f -- /etc/secret.byhand /etc/secret
}
diff_file_content_every() {
  # A device has no end, a pipe none in sight.
  [ ! -e /etc/secret ] || [ -f /etc/secret ] || return 0
  printf '%s' a | diff -uN -- /etc/secret - || :
}

# ---- file/content: empty
#   path: "/etc/a"
#   content: ""
check_file_content_empty() {
  [ ! -h /etc/a ] && [ -f /etc/a ] && [ "$(stat -c %a -- /etc/a)" = 644 ] &&
    printf '%s' '' | cmp -s -- - /etc/a
}
save_file_content_empty() {
  if [ -d /etc/a ]; then
    printf '%s\n' '/etc/a is a folder' >&2
    return 1
  fi
  if [ -h /etc/a ]; then
    echo link
    readlink -n -- /etc/a
  elif [ -f /etc/a ]; then
    stat -c '%a %u:%g' -- /etc/a
    cat -- /etc/a
  elif [ -e /etc/a ]; then
    printf '%s\n' '/etc/a is no regular file' >&2
    return 1
  fi
}
apply_file_content_empty() {
  rm -f -- /etc/a.byhand
  (
    umask 077
    set -C
    printf '%s' '' >/etc/a.byhand
  )
  # Who owned the file keeps it, where that is ours to say.
  if [ -f /etc/a ] && [ ! -h /etc/a ]; then
    chown -- "$(stat -c %u:%g -- /etc/a)" /etc/a.byhand 2>/dev/null || :
  fi
  chmod 0644 /etc/a.byhand
  mv -f -- /etc/a.byhand /etc/a
}
undo_file_content_empty() {
  rm -f -- /etc/a.byhand
  if [ ! -s "$prior" ]; then
    rm -f -- /etc/a
    return $?
  fi
  read -r mode owner <"$prior"
  if [ "$mode" = link ]; then
    # The dot keeps newlines at the end of the name.
    name=$(tail -n +2 "$prior" && echo .)
    ln -s -- "${name%.}" /etc/a.byhand
  else
    (
      umask 077
      set -C
      tail -n +2 "$prior" >/etc/a.byhand
    )
    [ "$(stat -c %u:%g -- /etc/a.byhand)" = "$owner" ] || chown -- "$owner" /etc/a.byhand
    chmod "$mode" /etc/a.byhand
  fi
  mv -f -- /etc/a.byhand /etc/a
}
diff_file_content_empty() {
  # A device has no end, a pipe none in sight.
  [ ! -e /etc/a ] || [ -f /etc/a ] || return 0
  printf '%s' '' | diff -uN -- /etc/a - || :
}

# ---- file/content: hostile
#   path: "/etc/-it's\n$(a)"
#   content: "-n it's\n$(b) `c` %s \\n ü\n\n"
check_file_content_hostile() {
  [ ! -h '/etc/-it'\''s
$(a)' ] && [ -f '/etc/-it'\''s
$(a)' ] && [ "$(stat -c %a -- '/etc/-it'\''s
$(a)')" = 644 ] &&
    printf '%s' '-n it'\''s
$(b) `c` %s \n ü

' | cmp -s -- - '/etc/-it'\''s
$(a)'
}
save_file_content_hostile() {
  if [ -d '/etc/-it'\''s
$(a)' ]; then
    printf '%s\n' '/etc/-it'\''s
$(a) is a folder' >&2
    return 1
  fi
  if [ -h '/etc/-it'\''s
$(a)' ]; then
    echo link
    readlink -n -- '/etc/-it'\''s
$(a)'
  elif [ -f '/etc/-it'\''s
$(a)' ]; then
    stat -c '%a %u:%g' -- '/etc/-it'\''s
$(a)'
    cat -- '/etc/-it'\''s
$(a)'
  elif [ -e '/etc/-it'\''s
$(a)' ]; then
    printf '%s\n' '/etc/-it'\''s
$(a) is no regular file' >&2
    return 1
  fi
}
apply_file_content_hostile() {
  rm -f -- '/etc/-it'\''s
$(a).byhand'
  (
    umask 077
    set -C
    printf '%s' '-n it'\''s
$(b) `c` %s \n ü

' >'/etc/-it'\''s
$(a).byhand'
  )
  # Who owned the file keeps it, where that is ours to say.
  if [ -f '/etc/-it'\''s
$(a)' ] && [ ! -h '/etc/-it'\''s
$(a)' ]; then
    chown -- "$(stat -c %u:%g -- '/etc/-it'\''s
$(a)')" '/etc/-it'\''s
$(a).byhand' 2>/dev/null || :
  fi
  chmod 0644 '/etc/-it'\''s
$(a).byhand'
  mv -f -- '/etc/-it'\''s
$(a).byhand' '/etc/-it'\''s
$(a)'
}
undo_file_content_hostile() {
  rm -f -- '/etc/-it'\''s
$(a).byhand'
  if [ ! -s "$prior" ]; then
    rm -f -- '/etc/-it'\''s
$(a)'
    return $?
  fi
  read -r mode owner <"$prior"
  if [ "$mode" = link ]; then
    # The dot keeps newlines at the end of the name.
    name=$(tail -n +2 "$prior" && echo .)
    ln -s -- "${name%.}" '/etc/-it'\''s
$(a).byhand'
  else
    (
      umask 077
      set -C
      tail -n +2 "$prior" >'/etc/-it'\''s
$(a).byhand'
    )
    [ "$(stat -c %u:%g -- '/etc/-it'\''s
$(a).byhand')" = "$owner" ] || chown -- "$owner" '/etc/-it'\''s
$(a).byhand'
    chmod "$mode" '/etc/-it'\''s
$(a).byhand'
  fi
  mv -f -- '/etc/-it'\''s
$(a).byhand' '/etc/-it'\''s
$(a)'
}
diff_file_content_hostile() {
  # A device has no end, a pipe none in sight.
  [ ! -e '/etc/-it'\''s
$(a)' ] || [ -f '/etc/-it'\''s
$(a)' ] || return 0
  printf '%s' '-n it'\''s
$(b) `c` %s \n ü

' | diff -uN -- '/etc/-it'\''s
$(a)' - || :
}

# ---- file/copy: typical
#   source: "/etc/hosts"
#   path: "/tmp/hosts"
check_file_copy_typical() {
  [ ! -h /tmp/hosts ] && [ -f /tmp/hosts ] && cmp -s -- /etc/hosts /tmp/hosts &&
    [ "$(stat -c %a -- /tmp/hosts)" = 644 ] || return 1
}
save_file_copy_typical() {
  if [ -h /tmp/hosts ] || { [ -e /tmp/hosts ] && [ ! -f /tmp/hosts ]; }; then
    printf '%s\n' '/tmp/hosts is a folder or a link, or no regular file' >&2
    return 1
  fi
  if [ -e /tmp/hosts ]; then
    stat -c '%a %u:%g' -- /tmp/hosts
    cat -- /tmp/hosts
  fi
}
apply_file_copy_typical() {
  rm -f -- /tmp/hosts.byhand
  (
    umask 077
    set -C
    cat -- /etc/hosts >/tmp/hosts.byhand
  )
  chmod 0644 /tmp/hosts.byhand
  mv -fT -- /tmp/hosts.byhand /tmp/hosts
}
undo_file_copy_typical() {
  rm -f -- /tmp/hosts.byhand
  if [ ! -s "$prior" ]; then
    rm -f -- /tmp/hosts
    return $?
  fi
  read -r mode owner <"$prior"
  (
    umask 077
    set -C
    tail -n +2 "$prior" >/tmp/hosts.byhand
  )
  chown -- "$owner" /tmp/hosts.byhand
  chmod "$mode" /tmp/hosts.byhand
  mv -fT -- /tmp/hosts.byhand /tmp/hosts
}
diff_file_copy_typical() {
  # A device has no end, a pipe none in sight.
  [ ! -e /tmp/hosts ] || [ -f /tmp/hosts ] || return 0
  diff -uN -- /tmp/hosts /etc/hosts || :
}

# ---- file/copy: every
#   source: "/a"
#   path: "/b"
#   mode: "4755"
#   owner: "root:adm"
#   group: "adm"
check_file_copy_every() {
  [ ! -h /b ] && [ -f /b ] && cmp -s -- /a /b &&
    [ "$(stat -c %a -- /b)" = 4755 ] || return 1
  stat -c ' %U %u %U:%G %u:%g %U:%g %u:%G ' -- /b | grep -qF -- ' root:adm ' || return 1
  stat -c ' %G %g ' -- /b | grep -qF -- ' adm ' || return 1
}
save_file_copy_every() {
  if [ -h /b ] || { [ -e /b ] && [ ! -f /b ]; }; then
    printf '%s\n' '/b is a folder or a link, or no regular file' >&2
    return 1
  fi
  if [ -e /b ]; then
    stat -c '%a %u:%g' -- /b
    cat -- /b
  fi
}
apply_file_copy_every() {
  rm -f -- /b.byhand
  (
    umask 077
    set -C
    cat -- /a >/b.byhand
  )
  chown -- root:adm /b.byhand
  chgrp -- adm /b.byhand
  chmod 4755 /b.byhand
  mv -fT -- /b.byhand /b
}
undo_file_copy_every() {
  rm -f -- /b.byhand
  if [ ! -s "$prior" ]; then
    rm -f -- /b
    return $?
  fi
  read -r mode owner <"$prior"
  (
    umask 077
    set -C
    tail -n +2 "$prior" >/b.byhand
  )
  chown -- "$owner" /b.byhand
  chmod "$mode" /b.byhand
  mv -fT -- /b.byhand /b
}
diff_file_copy_every() {
  # A device has no end, a pipe none in sight.
  [ ! -e /b ] || [ -f /b ] || return 0
  diff -uN -- /b /a || :
}

# ---- file/copy: hostile
#   source: "/it's\n$(a)"
#   path: "/-ü `b`"
#   owner: "nobody"
check_file_copy_hostile() {
  [ ! -h '/-ü `b`' ] && [ -f '/-ü `b`' ] && cmp -s -- '/it'\''s
$(a)' '/-ü `b`' &&
    [ "$(stat -c %a -- '/-ü `b`')" = 644 ] || return 1
  stat -c ' %U %u %U:%G %u:%g %U:%g %u:%G ' -- '/-ü `b`' | grep -qF -- ' nobody ' || return 1
}
save_file_copy_hostile() {
  if [ -h '/-ü `b`' ] || { [ -e '/-ü `b`' ] && [ ! -f '/-ü `b`' ]; }; then
    printf '%s\n' '/-ü `b` is a folder or a link, or no regular file' >&2
    return 1
  fi
  if [ -e '/-ü `b`' ]; then
    stat -c '%a %u:%g' -- '/-ü `b`'
    cat -- '/-ü `b`'
  fi
}
apply_file_copy_hostile() {
  rm -f -- '/-ü `b`.byhand'
  (
    umask 077
    set -C
    cat -- '/it'\''s
$(a)' >'/-ü `b`.byhand'
  )
  chown -- nobody '/-ü `b`.byhand'
  chmod 0644 '/-ü `b`.byhand'
  mv -fT -- '/-ü `b`.byhand' '/-ü `b`'
}
undo_file_copy_hostile() {
  rm -f -- '/-ü `b`.byhand'
  if [ ! -s "$prior" ]; then
    rm -f -- '/-ü `b`'
    return $?
  fi
  read -r mode owner <"$prior"
  (
    umask 077
    set -C
    tail -n +2 "$prior" >'/-ü `b`.byhand'
  )
  chown -- "$owner" '/-ü `b`.byhand'
  chmod "$mode" '/-ü `b`.byhand'
  mv -fT -- '/-ü `b`.byhand' '/-ü `b`'
}
diff_file_copy_hostile() {
  # A device has no end, a pipe none in sight.
  [ ! -e '/-ü `b`' ] || [ -f '/-ü `b`' ] || return 0
  diff -uN -- '/-ü `b`' '/it'\''s
$(a)' || :
}

# ---- file/folder: typical
#   path: "/srv/www"
check_file_folder_typical() {
  [ -d /srv/www ] && [ "$(stat -L -c %a -- /srv/www)" = 755 ] || return 1
}
save_file_folder_typical() {
  if [ -d /srv/www ]; then
    stat -L -c 'there %a %u:%g' -- /srv/www
  elif [ -e /srv/www ] || [ -h /srv/www ]; then
    printf '%s\n' '/srv/www is there and is no folder' >&2
    return 1
  else
    missing=0
    [ -d /srv ] || missing=$((missing + 1))
    [ -d /srv/www ] || missing=$((missing + 1))
    echo "missing $missing -"
  fi
}
apply_file_folder_typical() {
  [ -d /srv/www ] || mkdir -m 0755 -- /srv/www
  # Five digits: GNU chmod keeps a folder's setgid bit where there are four.
  chmod 00755 /srv/www
}
undo_file_folder_typical() {
  read -r was number owner <"$prior"
  if [ "$was" = there ]; then
    [ -d /srv/www ] || mkdir -m 700 -- /srv/www
    chown -- "$owner" /srv/www
    chmod "00$number" /srv/www
    return $?
  fi
  [ "$number" -lt 1 ] || [ ! -d /srv/www ] ||
    rmdir -- /srv/www
  [ "$number" -lt 2 ] || [ ! -d /srv ] ||
    rmdir -- /srv
}

# ---- file/folder: every
#   path: "/srv/a/b"
#   mode: "2770"
#   owner: "1000"
#   group: "1000"
#   parents: true
check_file_folder_every() {
  [ -d /srv/a/b ] && [ "$(stat -L -c %a -- /srv/a/b)" = 2770 ] || return 1
  stat -L -c ' %U %u %U:%G %u:%g %U:%g %u:%G ' -- /srv/a/b | grep -qF -- ' 1000 ' || return 1
  stat -L -c ' %G %g ' -- /srv/a/b | grep -qF -- ' 1000 ' || return 1
}
save_file_folder_every() {
  if [ -d /srv/a/b ]; then
    stat -L -c 'there %a %u:%g' -- /srv/a/b
  elif [ -e /srv/a/b ] || [ -h /srv/a/b ]; then
    printf '%s\n' '/srv/a/b is there and is no folder' >&2
    return 1
  else
    missing=0
    [ -d /srv ] || missing=$((missing + 1))
    [ -d /srv/a ] || missing=$((missing + 1))
    [ -d /srv/a/b ] || missing=$((missing + 1))
    echo "missing $missing -"
  fi
}
apply_file_folder_every() {
  mkdir -p -- /srv/a
  [ -d /srv/a/b ] || mkdir -m 2770 -- /srv/a/b
  chown -- 1000 /srv/a/b
  chgrp -- 1000 /srv/a/b
  # Five digits: GNU chmod keeps a folder's setgid bit where there are four.
  chmod 02770 /srv/a/b
}
undo_file_folder_every() {
  read -r was number owner <"$prior"
  if [ "$was" = there ]; then
    [ -d /srv/a/b ] || mkdir -m 700 -- /srv/a/b
    chown -- "$owner" /srv/a/b
    chmod "00$number" /srv/a/b
    return $?
  fi
  [ "$number" -lt 1 ] || [ ! -d /srv/a/b ] ||
    rmdir -- /srv/a/b
  [ "$number" -lt 2 ] || [ ! -d /srv/a ] ||
    rmdir -- /srv/a
  [ "$number" -lt 3 ] || [ ! -d /srv ] ||
    rmdir -- /srv
}

# ---- file/folder: hostile
#   path: "/srv/it's\n$(a)/-ü"
#   parents: true
#   owner: "a:b"
check_file_folder_hostile() {
  [ -d '/srv/it'\''s
$(a)/-ü' ] && [ "$(stat -L -c %a -- '/srv/it'\''s
$(a)/-ü')" = 755 ] || return 1
  stat -L -c ' %U %u %U:%G %u:%g %U:%g %u:%G ' -- '/srv/it'\''s
$(a)/-ü' | grep -qF -- ' a:b ' || return 1
}
save_file_folder_hostile() {
  if [ -d '/srv/it'\''s
$(a)/-ü' ]; then
    stat -L -c 'there %a %u:%g' -- '/srv/it'\''s
$(a)/-ü'
  elif [ -e '/srv/it'\''s
$(a)/-ü' ] || [ -h '/srv/it'\''s
$(a)/-ü' ]; then
    printf '%s\n' '/srv/it'\''s
$(a)/-ü is there and is no folder' >&2
    return 1
  else
    missing=0
    [ -d /srv ] || missing=$((missing + 1))
    [ -d '/srv/it'\''s
$(a)' ] || missing=$((missing + 1))
    [ -d '/srv/it'\''s
$(a)/-ü' ] || missing=$((missing + 1))
    echo "missing $missing -"
  fi
}
apply_file_folder_hostile() {
  mkdir -p -- '/srv/it'\''s
$(a)'
  [ -d '/srv/it'\''s
$(a)/-ü' ] || mkdir -m 0755 -- '/srv/it'\''s
$(a)/-ü'
  chown -- a:b '/srv/it'\''s
$(a)/-ü'
  # Five digits: GNU chmod keeps a folder's setgid bit where there are four.
  chmod 00755 '/srv/it'\''s
$(a)/-ü'
}
undo_file_folder_hostile() {
  read -r was number owner <"$prior"
  if [ "$was" = there ]; then
    [ -d '/srv/it'\''s
$(a)/-ü' ] || mkdir -m 700 -- '/srv/it'\''s
$(a)/-ü'
    chown -- "$owner" '/srv/it'\''s
$(a)/-ü'
    chmod "00$number" '/srv/it'\''s
$(a)/-ü'
    return $?
  fi
  [ "$number" -lt 1 ] || [ ! -d '/srv/it'\''s
$(a)/-ü' ] ||
    rmdir -- '/srv/it'\''s
$(a)/-ü'
  [ "$number" -lt 2 ] || [ ! -d '/srv/it'\''s
$(a)' ] ||
    rmdir -- '/srv/it'\''s
$(a)'
  [ "$number" -lt 3 ] || [ ! -d /srv ] ||
    rmdir -- /srv
}

# ---- file/line: typical
#   path: "/etc/ssh/sshd_config"
#   line: "PermitRootLogin no"
check_file_line_typical() {
  [ ! -h /etc/ssh/sshd_config ] || return 1
  grep -qxF -e 'PermitRootLogin no' -- /etc/ssh/sshd_config
}
save_file_line_typical() {
  if [ -d /etc/ssh/sshd_config ] || [ -h /etc/ssh/sshd_config ]; then
    printf '%s\n' '/etc/ssh/sshd_config is a folder or a link' >&2
    return 1
  fi
  if [ -e /etc/ssh/sshd_config ]; then
    if [ "$(tr -dc '\000' </etc/ssh/sshd_config | wc -c)" -gt 0 ]; then
      printf '%s\n' '/etc/ssh/sshd_config is no text: it holds a NUL character' >&2
      return 1
    fi
    stat -c '%a %u:%g' -- /etc/ssh/sshd_config
    cat -- /etc/ssh/sshd_config
  fi
}
apply_file_line_typical() {
  from=/dev/null to=/etc/ssh/sshd_config.byhand
  [ ! -e /etc/ssh/sshd_config ] || from=/etc/ssh/sshd_config
  instead='' behind=''
  rm -f -- "$to"
  (
    umask 077
    set -C
    {
      LINE='PermitRootLogin no' awk -v instead="${instead:-0}" -v behind="${behind:-0}" '
        NR == instead { print ENVIRON["LINE"]; next }
        { print }
        NR == behind && !instead { print ENVIRON["LINE"] }
        END { if (!instead && !behind) print ENVIRON["LINE"] }' "$from"
    } >"$to"
  )
  if [ "$from" = /dev/null ]; then
    chmod 644 "$to"
  else
    chown -- "$(stat -c %u:%g -- "$from")" "$to"
    chmod "$(stat -c %a -- "$from")" "$to"
  fi
  mv -fT -- "$to" /etc/ssh/sshd_config
}
undo_file_line_typical() {
  rm -f -- /etc/ssh/sshd_config.byhand
  if [ ! -s "$prior" ]; then
    rm -f -- /etc/ssh/sshd_config
    return $?
  fi
  read -r mode owner <"$prior"
  (
    umask 077
    set -C
    tail -n +2 "$prior" >/etc/ssh/sshd_config.byhand
  )
  chown -- "$owner" /etc/ssh/sshd_config.byhand
  chmod "$mode" /etc/ssh/sshd_config.byhand
  mv -fT -- /etc/ssh/sshd_config.byhand /etc/ssh/sshd_config
}
diff_file_line_typical() {
  from=/dev/null
  [ ! -e /etc/ssh/sshd_config ] || from=/etc/ssh/sshd_config
  instead='' behind=''
  {
    LINE='PermitRootLogin no' awk -v instead="${instead:-0}" -v behind="${behind:-0}" '
      NR == instead { print ENVIRON["LINE"]; next }
      { print }
      NR == behind && !instead { print ENVIRON["LINE"] }
      END { if (!instead && !behind) print ENVIRON["LINE"] }' "$from"
  } | diff -u -- "$from" - || :
}

# ---- file/line: every
#   path: "/etc/a"
#   line: "a=1"
#   match: "^#?a="
#   after: "^\\[b\\]"
#   absent: false
check_file_line_every() {
  [ ! -h /etc/a ] || return 1
  if grep -qE -e '^#?a=' -- /etc/a; then
    [ "$(grep -E -e '^#?a=' -- /etc/a | tail -n 1)" = 'a=1' ]
    return $?
  fi
  grep -qxF -e 'a=1' -- /etc/a
}
save_file_line_every() {
  if [ -d /etc/a ] || [ -h /etc/a ]; then
    printf '%s\n' '/etc/a is a folder or a link' >&2
    return 1
  fi
  if [ -e /etc/a ]; then
    if [ "$(tr -dc '\000' </etc/a | wc -c)" -gt 0 ]; then
      printf '%s\n' '/etc/a is no text: it holds a NUL character' >&2
      return 1
    fi
    stat -c '%a %u:%g' -- /etc/a
    cat -- /etc/a
  fi
}
apply_file_line_every() {
  from=/dev/null to=/etc/a.byhand
  [ ! -e /etc/a ] || from=/etc/a
  instead='' behind=''
  grep -qE -e '^#?a=' /dev/null || [ $? -eq 1 ]
  instead=$(grep -nE -e '^#?a=' -- "$from" | tail -n 1 | cut -d : -f 1)
  grep -qE -e '^\[b\]' /dev/null || [ $? -eq 1 ]
  behind=$(grep -nE -e '^\[b\]' -- "$from" | tail -n 1 | cut -d : -f 1)
  rm -f -- "$to"
  (
    umask 077
    set -C
    {
      LINE='a=1' awk -v instead="${instead:-0}" -v behind="${behind:-0}" '
        NR == instead { print ENVIRON["LINE"]; next }
        { print }
        NR == behind && !instead { print ENVIRON["LINE"] }
        END { if (!instead && !behind) print ENVIRON["LINE"] }' "$from"
    } >"$to"
  )
  if [ "$from" = /dev/null ]; then
    chmod 644 "$to"
  else
    chown -- "$(stat -c %u:%g -- "$from")" "$to"
    chmod "$(stat -c %a -- "$from")" "$to"
  fi
  mv -fT -- "$to" /etc/a
}
undo_file_line_every() {
  rm -f -- /etc/a.byhand
  if [ ! -s "$prior" ]; then
    rm -f -- /etc/a
    return $?
  fi
  read -r mode owner <"$prior"
  (
    umask 077
    set -C
    tail -n +2 "$prior" >/etc/a.byhand
  )
  chown -- "$owner" /etc/a.byhand
  chmod "$mode" /etc/a.byhand
  mv -fT -- /etc/a.byhand /etc/a
}
diff_file_line_every() {
  from=/dev/null
  [ ! -e /etc/a ] || from=/etc/a
  instead='' behind=''
  grep -qE -e '^#?a=' /dev/null || [ $? -eq 1 ]
  instead=$(grep -nE -e '^#?a=' -- "$from" | tail -n 1 | cut -d : -f 1)
  grep -qE -e '^\[b\]' /dev/null || [ $? -eq 1 ]
  behind=$(grep -nE -e '^\[b\]' -- "$from" | tail -n 1 | cut -d : -f 1)
  {
    LINE='a=1' awk -v instead="${instead:-0}" -v behind="${behind:-0}" '
      NR == instead { print ENVIRON["LINE"]; next }
      { print }
      NR == behind && !instead { print ENVIRON["LINE"] }
      END { if (!instead && !behind) print ENVIRON["LINE"] }' "$from"
  } | diff -u -- "$from" - || :
}

# ---- file/line: gone
#   path: "/etc/a"
#   line: "a=1"
#   absent: true
check_file_line_gone() {
  [ ! -h /etc/a ] || return 1
  ! grep -q -xF -e 'a=1' -- /etc/a
}
save_file_line_gone() {
  if [ -d /etc/a ] || [ -h /etc/a ]; then
    printf '%s\n' '/etc/a is a folder or a link' >&2
    return 1
  fi
  if [ -e /etc/a ]; then
    if [ "$(tr -dc '\000' </etc/a | wc -c)" -gt 0 ]; then
      printf '%s\n' '/etc/a is no text: it holds a NUL character' >&2
      return 1
    fi
    stat -c '%a %u:%g' -- /etc/a
    cat -- /etc/a
  fi
}
apply_file_line_gone() {
  from=/dev/null to=/etc/a.byhand
  [ ! -e /etc/a ] || from=/etc/a
  rm -f -- "$to"
  (
    umask 077
    set -C
    {
      grep -v -xF -e 'a=1' -- "$from" || [ $? -eq 1 ]
    } >"$to"
  )
  if [ "$from" = /dev/null ]; then
    chmod 644 "$to"
  else
    chown -- "$(stat -c %u:%g -- "$from")" "$to"
    chmod "$(stat -c %a -- "$from")" "$to"
  fi
  mv -fT -- "$to" /etc/a
}
undo_file_line_gone() {
  rm -f -- /etc/a.byhand
  if [ ! -s "$prior" ]; then
    rm -f -- /etc/a
    return $?
  fi
  read -r mode owner <"$prior"
  (
    umask 077
    set -C
    tail -n +2 "$prior" >/etc/a.byhand
  )
  chown -- "$owner" /etc/a.byhand
  chmod "$mode" /etc/a.byhand
  mv -fT -- /etc/a.byhand /etc/a
}
diff_file_line_gone() {
  from=/dev/null
  [ ! -e /etc/a ] || from=/etc/a
  {
    grep -v -xF -e 'a=1' -- "$from" || [ $? -eq 1 ]
  } | diff -u -- "$from" - || :
}

# ---- file/line: gone by a match
#   path: "/etc/a"
#   line: "a=1"
#   match: "^a="
#   absent: true
check_file_line_gone_by_a_match() {
  [ ! -h /etc/a ] || return 1
  ! grep -q -E -e '^a=' -- /etc/a
}
save_file_line_gone_by_a_match() {
  if [ -d /etc/a ] || [ -h /etc/a ]; then
    printf '%s\n' '/etc/a is a folder or a link' >&2
    return 1
  fi
  if [ -e /etc/a ]; then
    if [ "$(tr -dc '\000' </etc/a | wc -c)" -gt 0 ]; then
      printf '%s\n' '/etc/a is no text: it holds a NUL character' >&2
      return 1
    fi
    stat -c '%a %u:%g' -- /etc/a
    cat -- /etc/a
  fi
}
apply_file_line_gone_by_a_match() {
  from=/dev/null to=/etc/a.byhand
  [ ! -e /etc/a ] || from=/etc/a
  rm -f -- "$to"
  (
    umask 077
    set -C
    {
      grep -v -E -e '^a=' -- "$from" || [ $? -eq 1 ]
    } >"$to"
  )
  if [ "$from" = /dev/null ]; then
    chmod 644 "$to"
  else
    chown -- "$(stat -c %u:%g -- "$from")" "$to"
    chmod "$(stat -c %a -- "$from")" "$to"
  fi
  mv -fT -- "$to" /etc/a
}
undo_file_line_gone_by_a_match() {
  rm -f -- /etc/a.byhand
  if [ ! -s "$prior" ]; then
    rm -f -- /etc/a
    return $?
  fi
  read -r mode owner <"$prior"
  (
    umask 077
    set -C
    tail -n +2 "$prior" >/etc/a.byhand
  )
  chown -- "$owner" /etc/a.byhand
  chmod "$mode" /etc/a.byhand
  mv -fT -- /etc/a.byhand /etc/a
}
diff_file_line_gone_by_a_match() {
  from=/dev/null
  [ ! -e /etc/a ] || from=/etc/a
  {
    grep -v -E -e '^a=' -- "$from" || [ $? -eq 1 ]
  } | diff -u -- "$from" - || :
}

# ---- file/line: hostile
#   path: "/etc/it's\n$(a)"
#   line: "-e it's $(b) `c` \\n & ü"
#   match: "-x'$(d)"
#   after: "-y\""
check_file_line_hostile() {
  [ ! -h '/etc/it'\''s
$(a)' ] || return 1
  if grep -qE -e '-x'\''$(d)' -- '/etc/it'\''s
$(a)'; then
    [ "$(grep -E -e '-x'\''$(d)' -- '/etc/it'\''s
$(a)' | tail -n 1)" = '-e it'\''s $(b) `c` \n & ü' ]
    return $?
  fi
  grep -qxF -e '-e it'\''s $(b) `c` \n & ü' -- '/etc/it'\''s
$(a)'
}
save_file_line_hostile() {
  if [ -d '/etc/it'\''s
$(a)' ] || [ -h '/etc/it'\''s
$(a)' ]; then
    printf '%s\n' '/etc/it'\''s
$(a) is a folder or a link' >&2
    return 1
  fi
  if [ -e '/etc/it'\''s
$(a)' ]; then
    if [ "$(tr -dc '\000' <'/etc/it'\''s
$(a)' | wc -c)" -gt 0 ]; then
      printf '%s\n' '/etc/it'\''s
$(a) is no text: it holds a NUL character' >&2
      return 1
    fi
    stat -c '%a %u:%g' -- '/etc/it'\''s
$(a)'
    cat -- '/etc/it'\''s
$(a)'
  fi
}
apply_file_line_hostile() {
  from=/dev/null to='/etc/it'\''s
$(a).byhand'
  [ ! -e '/etc/it'\''s
$(a)' ] || from='/etc/it'\''s
$(a)'
  instead='' behind=''
  grep -qE -e '-x'\''$(d)' /dev/null || [ $? -eq 1 ]
  instead=$(grep -nE -e '-x'\''$(d)' -- "$from" | tail -n 1 | cut -d : -f 1)
  grep -qE -e '-y"' /dev/null || [ $? -eq 1 ]
  behind=$(grep -nE -e '-y"' -- "$from" | tail -n 1 | cut -d : -f 1)
  rm -f -- "$to"
  (
    umask 077
    set -C
    {
      LINE='-e it'\''s $(b) `c` \n & ü' awk -v instead="${instead:-0}" -v behind="${behind:-0}" '
        NR == instead { print ENVIRON["LINE"]; next }
        { print }
        NR == behind && !instead { print ENVIRON["LINE"] }
        END { if (!instead && !behind) print ENVIRON["LINE"] }' "$from"
    } >"$to"
  )
  if [ "$from" = /dev/null ]; then
    chmod 644 "$to"
  else
    chown -- "$(stat -c %u:%g -- "$from")" "$to"
    chmod "$(stat -c %a -- "$from")" "$to"
  fi
  mv -fT -- "$to" '/etc/it'\''s
$(a)'
}
undo_file_line_hostile() {
  rm -f -- '/etc/it'\''s
$(a).byhand'
  if [ ! -s "$prior" ]; then
    rm -f -- '/etc/it'\''s
$(a)'
    return $?
  fi
  read -r mode owner <"$prior"
  (
    umask 077
    set -C
    tail -n +2 "$prior" >'/etc/it'\''s
$(a).byhand'
  )
  chown -- "$owner" '/etc/it'\''s
$(a).byhand'
  chmod "$mode" '/etc/it'\''s
$(a).byhand'
  mv -fT -- '/etc/it'\''s
$(a).byhand' '/etc/it'\''s
$(a)'
}
diff_file_line_hostile() {
  from=/dev/null
  [ ! -e '/etc/it'\''s
$(a)' ] || from='/etc/it'\''s
$(a)'
  instead='' behind=''
  grep -qE -e '-x'\''$(d)' /dev/null || [ $? -eq 1 ]
  instead=$(grep -nE -e '-x'\''$(d)' -- "$from" | tail -n 1 | cut -d : -f 1)
  grep -qE -e '-y"' /dev/null || [ $? -eq 1 ]
  behind=$(grep -nE -e '-y"' -- "$from" | tail -n 1 | cut -d : -f 1)
  {
    LINE='-e it'\''s $(b) `c` \n & ü' awk -v instead="${instead:-0}" -v behind="${behind:-0}" '
      NR == instead { print ENVIRON["LINE"]; next }
      { print }
      NR == behind && !instead { print ENVIRON["LINE"] }
      END { if (!instead && !behind) print ENVIRON["LINE"] }' "$from"
  } | diff -u -- "$from" - || :
}

# ---- file/link: typical
#   path: "/usr/local/bin/a"
#   target: "/opt/a/bin/a"
check_file_link_typical() {
  [ -h /usr/local/bin/a ] && [ "$(readlink -n -- /usr/local/bin/a && echo .)" = /opt/a/bin/a. ]
}
save_file_link_typical() {
  if [ -h /usr/local/bin/a ]; then
    stat -c %u:%g -- /usr/local/bin/a
    readlink -n -- /usr/local/bin/a
  elif [ -e /usr/local/bin/a ]; then
    printf '%s\n' '/usr/local/bin/a is there and is no link' >&2
    return 1
  fi
}
apply_file_link_typical() {
  rm -f -- /usr/local/bin/a.byhand
  ln -s -- /opt/a/bin/a /usr/local/bin/a.byhand
  mv -fT -- /usr/local/bin/a.byhand /usr/local/bin/a
}
undo_file_link_typical() {
  rm -f -- /usr/local/bin/a.byhand
  if [ ! -s "$prior" ]; then
    rm -f -- /usr/local/bin/a
    return $?
  fi
  read -r owner <"$prior"
  leads=$(tail -n +2 "$prior" && echo .)
  ln -s -- "${leads%.}" /usr/local/bin/a.byhand
  chown -h -- "$owner" /usr/local/bin/a.byhand
  mv -fT -- /usr/local/bin/a.byhand /usr/local/bin/a
}

# ---- file/link: relative
#   path: "/etc/localtime"
#   target: "../usr/share/zoneinfo/UTC"
check_file_link_relative() {
  [ -h /etc/localtime ] && [ "$(readlink -n -- /etc/localtime && echo .)" = ../usr/share/zoneinfo/UTC. ]
}
save_file_link_relative() {
  if [ -h /etc/localtime ]; then
    stat -c %u:%g -- /etc/localtime
    readlink -n -- /etc/localtime
  elif [ -e /etc/localtime ]; then
    printf '%s\n' '/etc/localtime is there and is no link' >&2
    return 1
  fi
}
apply_file_link_relative() {
  rm -f -- /etc/localtime.byhand
  ln -s -- ../usr/share/zoneinfo/UTC /etc/localtime.byhand
  mv -fT -- /etc/localtime.byhand /etc/localtime
}
undo_file_link_relative() {
  rm -f -- /etc/localtime.byhand
  if [ ! -s "$prior" ]; then
    rm -f -- /etc/localtime
    return $?
  fi
  read -r owner <"$prior"
  leads=$(tail -n +2 "$prior" && echo .)
  ln -s -- "${leads%.}" /etc/localtime.byhand
  chown -h -- "$owner" /etc/localtime.byhand
  mv -fT -- /etc/localtime.byhand /etc/localtime
}

# ---- file/link: hostile
#   path: "/a/-it's\n$(b)"
#   target: "it's $(a)\n`c` ü"
check_file_link_hostile() {
  [ -h '/a/-it'\''s
$(b)' ] && [ "$(readlink -n -- '/a/-it'\''s
$(b)' && echo .)" = 'it'\''s $(a)
`c` ü.' ]
}
save_file_link_hostile() {
  if [ -h '/a/-it'\''s
$(b)' ]; then
    stat -c %u:%g -- '/a/-it'\''s
$(b)'
    readlink -n -- '/a/-it'\''s
$(b)'
  elif [ -e '/a/-it'\''s
$(b)' ]; then
    printf '%s\n' '/a/-it'\''s
$(b) is there and is no link' >&2
    return 1
  fi
}
apply_file_link_hostile() {
  rm -f -- '/a/-it'\''s
$(b).byhand'
  ln -s -- 'it'\''s $(a)
`c` ü' '/a/-it'\''s
$(b).byhand'
  mv -fT -- '/a/-it'\''s
$(b).byhand' '/a/-it'\''s
$(b)'
}
undo_file_link_hostile() {
  rm -f -- '/a/-it'\''s
$(b).byhand'
  if [ ! -s "$prior" ]; then
    rm -f -- '/a/-it'\''s
$(b)'
    return $?
  fi
  read -r owner <"$prior"
  leads=$(tail -n +2 "$prior" && echo .)
  ln -s -- "${leads%.}" '/a/-it'\''s
$(b).byhand'
  chown -h -- "$owner" '/a/-it'\''s
$(b).byhand'
  mv -fT -- '/a/-it'\''s
$(b).byhand' '/a/-it'\''s
$(b)'
}

# ---- file/mode: typical
#   path: "/etc/shadow"
#   mode: "0640"
check_file_mode_typical() {
  [ -e /etc/shadow ] || return 1
  [ "$(stat -L -c %a -- /etc/shadow)" = 640 ] || return 1
}
save_file_mode_typical() {
  stat -L -c '%a %u:%g' -- /etc/shadow
}
apply_file_mode_typical() {
  mode=$(stat -L -c %a -- /etc/shadow)
  # Five digits: GNU chmod keeps a folder's setgid bit where there are four.
  chmod 00640 /etc/shadow
}
undo_file_mode_typical() {
  [ -e /etc/shadow ] || return 0
  read -r mode owner <"$prior"
  chown -- "$owner" /etc/shadow
  chmod "00$mode" /etc/shadow
}

# ---- file/mode: every
#   path: "/srv"
#   mode: "1777"
#   owner: "root:adm"
#   group: "adm"
check_file_mode_every() {
  [ -e /srv ] || return 1
  [ "$(stat -L -c %a -- /srv)" = 1777 ] || return 1
  stat -L -c ' %U %u %U:%G %u:%g %U:%g %u:%G ' -- /srv | grep -qF -- ' root:adm ' || return 1
  stat -L -c ' %G %g ' -- /srv | grep -qF -- ' adm ' || return 1
}
save_file_mode_every() {
  stat -L -c '%a %u:%g' -- /srv
}
apply_file_mode_every() {
  mode=$(stat -L -c %a -- /srv)
  chown -- root:adm /srv
  chgrp -- adm /srv
  # Five digits: GNU chmod keeps a folder's setgid bit where there are four.
  chmod 01777 /srv
}
undo_file_mode_every() {
  [ -e /srv ] || return 0
  read -r mode owner <"$prior"
  chown -- "$owner" /srv
  chmod "00$mode" /srv
}

# ---- file/mode: owner
#   path: "/srv"
#   owner: "www-data"
check_file_mode_owner() {
  [ -e /srv ] || return 1
  stat -L -c ' %U %u %U:%G %u:%g %U:%g %u:%G ' -- /srv | grep -qF -- ' www-data ' || return 1
}
save_file_mode_owner() {
  stat -L -c '%a %u:%g' -- /srv
}
apply_file_mode_owner() {
  mode=$(stat -L -c %a -- /srv)
  chown -- www-data /srv
  chmod "00$mode" /srv
}
undo_file_mode_owner() {
  [ -e /srv ] || return 0
  read -r mode owner <"$prior"
  chown -- "$owner" /srv
  chmod "00$mode" /srv
}

# ---- file/mode: hostile
#   path: "/srv/-it's\n$(a) ü"
#   mode: "000"
#   group: "0"
check_file_mode_hostile() {
  [ -e '/srv/-it'\''s
$(a) ü' ] || return 1
  [ "$(stat -L -c %a -- '/srv/-it'\''s
$(a) ü')" = 0 ] || return 1
  stat -L -c ' %G %g ' -- '/srv/-it'\''s
$(a) ü' | grep -qF -- ' 0 ' || return 1
}
save_file_mode_hostile() {
  stat -L -c '%a %u:%g' -- '/srv/-it'\''s
$(a) ü'
}
apply_file_mode_hostile() {
  mode=$(stat -L -c %a -- '/srv/-it'\''s
$(a) ü')
  chgrp -- 0 '/srv/-it'\''s
$(a) ü'
  # Five digits: GNU chmod keeps a folder's setgid bit where there are four.
  chmod 00000 '/srv/-it'\''s
$(a) ü'
}
undo_file_mode_hostile() {
  [ -e '/srv/-it'\''s
$(a) ü' ] || return 0
  read -r mode owner <"$prior"
  chown -- "$owner" '/srv/-it'\''s
$(a) ü'
  chmod "00$mode" '/srv/-it'\''s
$(a) ü'
}

# ---- file/scratch: typical
#   path: "/var/tmp/try"
check_file_scratch_typical() {
  # shellcheck disable=SC3067 # dash and busybox ash have -O
  [ -d /var/tmp/try ] && [ ! -h /var/tmp/try ] && [ -O /var/tmp/try ]
}
save_file_scratch_typical() {
  if [ -e /var/tmp/try ] || [ -h /var/tmp/try ]; then
    printf '%s\n' '/var/tmp/try is there already, and is not ours' >&2
    return 1
  fi
  echo none
}
apply_file_scratch_typical() {
  rm -rf -- /var/tmp/try.byhand
  mkdir -m 0755 -- /var/tmp/try.byhand
  # Undo knows the folder by these numbers: another that is put in its place is not removed.
  stat -c %d:%i -- /var/tmp/try.byhand >"$prior.made"
  mv -T -- /var/tmp/try.byhand /var/tmp/try
}
undo_file_scratch_typical() {
  rm -rf -- /var/tmp/try.byhand
  [ -e "$prior.made" ] || return 0
  if INSIDE=/var/tmp/try/ awk 'index($2 "/", ENVIRON["INSIDE"]) == 1 { print $2 " is still mounted"; found = 1 } END { exit !found }' /proc/self/mounts >&2; then
    return 1
  fi
  if [ -d /var/tmp/try ] && [ ! -h /var/tmp/try ] && [ "$(stat -c %d:%i -- /var/tmp/try)" = "$(cat "$prior.made")" ]; then
    # busybox rm has no such option; what it would protect was looked for.
    rm -rf --one-file-system -- /var/tmp/try 2>/dev/null || rm -rf -- /var/tmp/try
  fi
  rm -f -- "$prior.made"
}

# ---- file/scratch: every
#   path: "/srv/try"
#   mode: "0700"
check_file_scratch_every() {
  # shellcheck disable=SC3067 # dash and busybox ash have -O
  [ -d /srv/try ] && [ ! -h /srv/try ] && [ -O /srv/try ]
}
save_file_scratch_every() {
  if [ -e /srv/try ] || [ -h /srv/try ]; then
    printf '%s\n' '/srv/try is there already, and is not ours' >&2
    return 1
  fi
  echo none
}
apply_file_scratch_every() {
  rm -rf -- /srv/try.byhand
  mkdir -m 0700 -- /srv/try.byhand
  # Undo knows the folder by these numbers: another that is put in its place is not removed.
  stat -c %d:%i -- /srv/try.byhand >"$prior.made"
  mv -T -- /srv/try.byhand /srv/try
}
undo_file_scratch_every() {
  rm -rf -- /srv/try.byhand
  [ -e "$prior.made" ] || return 0
  if INSIDE=/srv/try/ awk 'index($2 "/", ENVIRON["INSIDE"]) == 1 { print $2 " is still mounted"; found = 1 } END { exit !found }' /proc/self/mounts >&2; then
    return 1
  fi
  if [ -d /srv/try ] && [ ! -h /srv/try ] && [ "$(stat -c %d:%i -- /srv/try)" = "$(cat "$prior.made")" ]; then
    # busybox rm has no such option; what it would protect was looked for.
    rm -rf --one-file-system -- /srv/try 2>/dev/null || rm -rf -- /srv/try
  fi
  rm -f -- "$prior.made"
}

# ---- file/scratch: hostile
#   path: "/var/tmp/-it's\n$(a) `b`\\ \tü"
check_file_scratch_hostile() {
  # shellcheck disable=SC3067 # dash and busybox ash have -O
  [ -d '/var/tmp/-it'\''s
$(a) `b`\ 	ü' ] && [ ! -h '/var/tmp/-it'\''s
$(a) `b`\ 	ü' ] && [ -O '/var/tmp/-it'\''s
$(a) `b`\ 	ü' ]
}
save_file_scratch_hostile() {
  if [ -e '/var/tmp/-it'\''s
$(a) `b`\ 	ü' ] || [ -h '/var/tmp/-it'\''s
$(a) `b`\ 	ü' ]; then
    printf '%s\n' '/var/tmp/-it'\''s
$(a) `b`\ 	ü is there already, and is not ours' >&2
    return 1
  fi
  echo none
}
apply_file_scratch_hostile() {
  rm -rf -- '/var/tmp/-it'\''s
$(a) `b`\ 	ü.byhand'
  mkdir -m 0755 -- '/var/tmp/-it'\''s
$(a) `b`\ 	ü.byhand'
  # Undo knows the folder by these numbers: another that is put in its place is not removed.
  stat -c %d:%i -- '/var/tmp/-it'\''s
$(a) `b`\ 	ü.byhand' >"$prior.made"
  mv -T -- '/var/tmp/-it'\''s
$(a) `b`\ 	ü.byhand' '/var/tmp/-it'\''s
$(a) `b`\ 	ü'
}
undo_file_scratch_hostile() {
  rm -rf -- '/var/tmp/-it'\''s
$(a) `b`\ 	ü.byhand'
  [ -e "$prior.made" ] || return 0
  if INSIDE='/var/tmp/-it'\''s\012$(a)\040`b`\134\040\011ü/' awk 'index($2 "/", ENVIRON["INSIDE"]) == 1 { print $2 " is still mounted"; found = 1 } END { exit !found }' /proc/self/mounts >&2; then
    return 1
  fi
  if [ -d '/var/tmp/-it'\''s
$(a) `b`\ 	ü' ] && [ ! -h '/var/tmp/-it'\''s
$(a) `b`\ 	ü' ] && [ "$(stat -c %d:%i -- '/var/tmp/-it'\''s
$(a) `b`\ 	ü')" = "$(cat "$prior.made")" ]; then
    # busybox rm has no such option; what it would protect was looked for.
    rm -rf --one-file-system -- '/var/tmp/-it'\''s
$(a) `b`\ 	ü' 2>/dev/null || rm -rf -- '/var/tmp/-it'\''s
$(a) `b`\ 	ü'
  fi
  rm -f -- "$prior.made"
}
