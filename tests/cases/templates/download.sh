#!/bin/sh
# shellcheck disable=SC2016,SC2317,SC2329,SC2034,SC2043 # values are literal; nothing calls the functions or reads their variables
# What the templates of one area become. Made by BYHAND_RENEW=1 pytest tests/cases; never run.
set -eu
prior=/the/folder/prior/one
export prior

# ---- download/file: typical
#   url: "https://example.org/a.tar"
#   path: "/opt/a.tar"
#   sha256: "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
check_download_file_typical() {
  [ ! -h /opt/a.tar ] && [ -f /opt/a.tar ] && [ "$(stat -c %a -- /opt/a.tar)" = 644 ] &&
    [ "$(sha256sum </opt/a.tar)" = 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa  -' ]
}
save_download_file_typical() {
  if [ -h /opt/a.tar ] || { [ -e /opt/a.tar ] && [ ! -f /opt/a.tar ]; }; then
    printf '%s\n' '/opt/a.tar is a folder or a link, or no regular file' >&2
    return 1
  fi
  if [ -e /opt/a.tar ]; then
    stat -c '%a %u:%g' -- /opt/a.tar
    cat -- /opt/a.tar
  fi
}
apply_download_file_typical() {
  rm -f -- /opt/a.tar.byhand
  (
    umask 077
    set -C
    curl --fail --silent --show-error --location --globoff --connect-timeout 30 \
      --proto =https,http,file --proto-redir =https,http --url https://example.org/a.tar >/opt/a.tar.byhand
  )
  got=$(sha256sum </opt/a.tar.byhand)
  if [ "$got" != 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa  -' ]; then
    printf '%s\n' 'https://example.org/a.tar: not what was meant' "is    sha256:${got%  -}" 'meant sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' >&2
    return 1
  fi
  chmod 0644 /opt/a.tar.byhand
  mv -fT -- /opt/a.tar.byhand /opt/a.tar
}
undo_download_file_typical() {
  rm -f -- /opt/a.tar.byhand
  if [ ! -s "$prior" ]; then
    rm -f -- /opt/a.tar
    return $?
  fi
  read -r mode owner <"$prior"
  (
    umask 077
    set -C
    tail -n +2 "$prior" >/opt/a.tar.byhand
  )
  chown -- "$owner" /opt/a.tar.byhand
  chmod "$mode" /opt/a.tar.byhand
  mv -fT -- /opt/a.tar.byhand /opt/a.tar
}

# ---- download/file: every
#   url: "http://example.org/a"
#   path: "/opt/a"
#   sha256: "sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#   mode: "0755"
check_download_file_every() {
  [ ! -h /opt/a ] && [ -f /opt/a ] && [ "$(stat -c %a -- /opt/a)" = 755 ] &&
    [ "$(sha256sum </opt/a)" = 'bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb  -' ]
}
save_download_file_every() {
  if [ -h /opt/a ] || { [ -e /opt/a ] && [ ! -f /opt/a ]; }; then
    printf '%s\n' '/opt/a is a folder or a link, or no regular file' >&2
    return 1
  fi
  if [ -e /opt/a ]; then
    stat -c '%a %u:%g' -- /opt/a
    cat -- /opt/a
  fi
}
apply_download_file_every() {
  rm -f -- /opt/a.byhand
  (
    umask 077
    set -C
    curl --fail --silent --show-error --location --globoff --connect-timeout 30 \
      --proto =https,http,file --proto-redir =https,http --url http://example.org/a >/opt/a.byhand
  )
  got=$(sha256sum </opt/a.byhand)
  if [ "$got" != 'bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb  -' ]; then
    printf '%s\n' 'http://example.org/a: not what was meant' "is    sha256:${got%  -}" 'meant sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb' >&2
    return 1
  fi
  chmod 0755 /opt/a.byhand
  mv -fT -- /opt/a.byhand /opt/a
}
undo_download_file_every() {
  rm -f -- /opt/a.byhand
  if [ ! -s "$prior" ]; then
    rm -f -- /opt/a
    return $?
  fi
  read -r mode owner <"$prior"
  (
    umask 077
    set -C
    tail -n +2 "$prior" >/opt/a.byhand
  )
  chown -- "$owner" /opt/a.byhand
  chmod "$mode" /opt/a.byhand
  mv -fT -- /opt/a.byhand /opt/a
}

# ---- download/file: hostile
#   url: "https://example.org/it's?a=$(b)&c={d}[1-3]"
#   path: "/opt/-it's\n$(a) ü"
#   sha256: "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
check_download_file_hostile() {
  [ ! -h '/opt/-it'\''s
$(a) ü' ] && [ -f '/opt/-it'\''s
$(a) ü' ] && [ "$(stat -c %a -- '/opt/-it'\''s
$(a) ü')" = 644 ] &&
    [ "$(sha256sum <'/opt/-it'\''s
$(a) ü')" = 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa  -' ]
}
save_download_file_hostile() {
  if [ -h '/opt/-it'\''s
$(a) ü' ] || { [ -e '/opt/-it'\''s
$(a) ü' ] && [ ! -f '/opt/-it'\''s
$(a) ü' ]; }; then
    printf '%s\n' '/opt/-it'\''s
$(a) ü is a folder or a link, or no regular file' >&2
    return 1
  fi
  if [ -e '/opt/-it'\''s
$(a) ü' ]; then
    stat -c '%a %u:%g' -- '/opt/-it'\''s
$(a) ü'
    cat -- '/opt/-it'\''s
$(a) ü'
  fi
}
apply_download_file_hostile() {
  rm -f -- '/opt/-it'\''s
$(a) ü.byhand'
  (
    umask 077
    set -C
    curl --fail --silent --show-error --location --globoff --connect-timeout 30 \
      --proto =https,http,file --proto-redir =https,http --url 'https://example.org/it'\''s?a=$(b)&c={d}[1-3]' >'/opt/-it'\''s
$(a) ü.byhand'
  )
  got=$(sha256sum <'/opt/-it'\''s
$(a) ü.byhand')
  if [ "$got" != 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa  -' ]; then
    printf '%s\n' 'https://example.org/it'\''s?a=$(b)&c={d}[1-3]: not what was meant' "is    sha256:${got%  -}" 'meant sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' >&2
    return 1
  fi
  chmod 0644 '/opt/-it'\''s
$(a) ü.byhand'
  mv -fT -- '/opt/-it'\''s
$(a) ü.byhand' '/opt/-it'\''s
$(a) ü'
}
undo_download_file_hostile() {
  rm -f -- '/opt/-it'\''s
$(a) ü.byhand'
  if [ ! -s "$prior" ]; then
    rm -f -- '/opt/-it'\''s
$(a) ü'
    return $?
  fi
  read -r mode owner <"$prior"
  (
    umask 077
    set -C
    tail -n +2 "$prior" >'/opt/-it'\''s
$(a) ü.byhand'
  )
  chown -- "$owner" '/opt/-it'\''s
$(a) ü.byhand'
  chmod "$mode" '/opt/-it'\''s
$(a) ü.byhand'
  mv -fT -- '/opt/-it'\''s
$(a) ü.byhand' '/opt/-it'\''s
$(a) ü'
}
