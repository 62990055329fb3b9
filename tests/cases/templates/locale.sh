#!/bin/sh
# shellcheck disable=SC2016,SC2317,SC2329,SC2034,SC2043 # values are literal; nothing calls the functions or reads their variables
# What the templates of one area become. Made by BYHAND_RENEW=1 pytest tests/cases; never run.
set -eu
prior=/the/folder/prior/one
export prior

# ---- locale/default: typical
#   lang: "de_DE.UTF-8"
check_locale_default_typical() {
  if [ -e /etc/alpine-release ]; then
    grep -qxF 'export LANG=de_DE.UTF-8' /etc/profile.d/locale.sh
    return $?
  fi
  file=/etc/locale.conf
  [ ! -e /etc/debian_version ] || file=/etc/default/locale
  [ "$(grep '^ *LANG=' "$file")" = 'LANG=de_DE.UTF-8' ] && [ -z "$(LC_ALL=de_DE.UTF-8 locale 2>&1 >/dev/null)" ]
}
save_locale_default_typical() {
  if [ ! -e /etc/alpine-release ] && [ "$(LC_ALL=de_DE.UTF-8 locale 2>&1 >/dev/null)" ] &&
    ! grep -q '^de_DE[.]UTF-8 ' /usr/share/i18n/SUPPORTED; then
    printf '%s\n' 'there is no locale de_DE.UTF-8 in /usr/share/i18n/SUPPORTED (the package locales brings them)' >&2
    return 1
  fi
  file=etc/locale.conf
  if [ -e /etc/alpine-release ]; then
    file=etc/profile.d/locale.sh
  elif [ -e /etc/debian_version ]; then
    file=etc/default/locale
  fi
  set --
  for file in "$file" etc/locale.gen usr/lib/locale/de_DE.utf8; do
    if [ -e "/$file" ] || [ -h "/$file" ]; then set -- "$@" "$file"; fi
  done
  if [ $# -gt 0 ]; then tar -C / -cf - -- "$@"; fi
}
apply_locale_default_typical() {
  if [ -e /etc/alpine-release ]; then
    printf '%s\n' 'export LANG=de_DE.UTF-8' >/etc/profile.d/locale.sh.byhand
    mv -f /etc/profile.d/locale.sh.byhand /etc/profile.d/locale.sh
    return $?
  fi
  if [ "$(LC_ALL=de_DE.UTF-8 locale 2>&1 >/dev/null)" ]; then
    supported=$(grep -m 1 '^de_DE[.]UTF-8 ' /usr/share/i18n/SUPPORTED)
    if [ -e /etc/locale.gen ] && ! grep -qxF "$supported" /etc/locale.gen; then
      cp -p /etc/locale.gen /etc/locale.gen.byhand
      LINE=$supported awk '{ print } END { print ENVIRON["LINE"] }' /etc/locale.gen >/etc/locale.gen.byhand
      mv -f /etc/locale.gen.byhand /etc/locale.gen
    fi
    localedef --no-archive -c -i de_DE -f "${supported#* }" -A /usr/share/locale/locale.alias /usr/lib/locale/de_DE.utf8
  fi
  file=/etc/locale.conf
  [ ! -e /etc/debian_version ] || file=/etc/default/locale
  rm -f "$file.byhand"
  [ ! -e "$file" ] || cp -p "$file" "$file.byhand"
  { [ ! -e "$file" ] || sed '/^ *LANG=/d' "$file"; printf '%s\n' 'LANG=de_DE.UTF-8'; } >"$file.byhand"
  mv -f "$file.byhand" "$file"
}
undo_locale_default_typical() {
  file=etc/locale.conf
  if [ -e /etc/alpine-release ]; then
    file=etc/profile.d/locale.sh
  elif [ -e /etc/debian_version ]; then
    file=etc/default/locale
  fi
  for file in "$file" etc/locale.gen usr/lib/locale/de_DE.utf8; do
    rm -rf -- "/${file:?}" "/$file.byhand"
  done
  if [ -s "$prior" ]; then tar -C / -xpf "$prior"; fi
}

# ---- locale/default: plain
#   lang: "C"
check_locale_default_plain() {
  if [ -e /etc/alpine-release ]; then
    grep -qxF 'export LANG=C' /etc/profile.d/locale.sh
    return $?
  fi
  file=/etc/locale.conf
  [ ! -e /etc/debian_version ] || file=/etc/default/locale
  [ "$(grep '^ *LANG=' "$file")" = 'LANG=C' ] && [ -z "$(LC_ALL=C locale 2>&1 >/dev/null)" ]
}
save_locale_default_plain() {
  if [ ! -e /etc/alpine-release ] && [ "$(LC_ALL=C locale 2>&1 >/dev/null)" ] &&
    ! grep -q '^C ' /usr/share/i18n/SUPPORTED; then
    printf '%s\n' 'there is no locale C in /usr/share/i18n/SUPPORTED (the package locales brings them)' >&2
    return 1
  fi
  file=etc/locale.conf
  if [ -e /etc/alpine-release ]; then
    file=etc/profile.d/locale.sh
  elif [ -e /etc/debian_version ]; then
    file=etc/default/locale
  fi
  set --
  for file in "$file" etc/locale.gen usr/lib/locale/C; do
    if [ -e "/$file" ] || [ -h "/$file" ]; then set -- "$@" "$file"; fi
  done
  if [ $# -gt 0 ]; then tar -C / -cf - -- "$@"; fi
}
apply_locale_default_plain() {
  if [ -e /etc/alpine-release ]; then
    printf '%s\n' 'export LANG=C' >/etc/profile.d/locale.sh.byhand
    mv -f /etc/profile.d/locale.sh.byhand /etc/profile.d/locale.sh
    return $?
  fi
  if [ "$(LC_ALL=C locale 2>&1 >/dev/null)" ]; then
    supported=$(grep -m 1 '^C ' /usr/share/i18n/SUPPORTED)
    if [ -e /etc/locale.gen ] && ! grep -qxF "$supported" /etc/locale.gen; then
      cp -p /etc/locale.gen /etc/locale.gen.byhand
      LINE=$supported awk '{ print } END { print ENVIRON["LINE"] }' /etc/locale.gen >/etc/locale.gen.byhand
      mv -f /etc/locale.gen.byhand /etc/locale.gen
    fi
    localedef --no-archive -c -i C -f "${supported#* }" -A /usr/share/locale/locale.alias /usr/lib/locale/C
  fi
  file=/etc/locale.conf
  [ ! -e /etc/debian_version ] || file=/etc/default/locale
  rm -f "$file.byhand"
  [ ! -e "$file" ] || cp -p "$file" "$file.byhand"
  { [ ! -e "$file" ] || sed '/^ *LANG=/d' "$file"; printf '%s\n' 'LANG=C'; } >"$file.byhand"
  mv -f "$file.byhand" "$file"
}
undo_locale_default_plain() {
  file=etc/locale.conf
  if [ -e /etc/alpine-release ]; then
    file=etc/profile.d/locale.sh
  elif [ -e /etc/debian_version ]; then
    file=etc/default/locale
  fi
  for file in "$file" etc/locale.gen usr/lib/locale/C; do
    rm -rf -- "/${file:?}" "/$file.byhand"
  done
  if [ -s "$prior" ]; then tar -C / -xpf "$prior"; fi
}

# ---- locale/default: variant
#   lang: "ca_ES.UTF-8@valencia"
check_locale_default_variant() {
  if [ -e /etc/alpine-release ]; then
    grep -qxF 'export LANG=ca_ES.UTF-8@valencia' /etc/profile.d/locale.sh
    return $?
  fi
  file=/etc/locale.conf
  [ ! -e /etc/debian_version ] || file=/etc/default/locale
  [ "$(grep '^ *LANG=' "$file")" = 'LANG=ca_ES.UTF-8@valencia' ] && [ -z "$(LC_ALL=ca_ES.UTF-8@valencia locale 2>&1 >/dev/null)" ]
}
save_locale_default_variant() {
  if [ ! -e /etc/alpine-release ] && [ "$(LC_ALL=ca_ES.UTF-8@valencia locale 2>&1 >/dev/null)" ] &&
    ! grep -q '^ca_ES[.]UTF-8@valencia ' /usr/share/i18n/SUPPORTED; then
    printf '%s\n' 'there is no locale ca_ES.UTF-8@valencia in /usr/share/i18n/SUPPORTED (the package locales brings them)' >&2
    return 1
  fi
  file=etc/locale.conf
  if [ -e /etc/alpine-release ]; then
    file=etc/profile.d/locale.sh
  elif [ -e /etc/debian_version ]; then
    file=etc/default/locale
  fi
  set --
  for file in "$file" etc/locale.gen usr/lib/locale/ca_ES.utf8@valencia; do
    if [ -e "/$file" ] || [ -h "/$file" ]; then set -- "$@" "$file"; fi
  done
  if [ $# -gt 0 ]; then tar -C / -cf - -- "$@"; fi
}
apply_locale_default_variant() {
  if [ -e /etc/alpine-release ]; then
    printf '%s\n' 'export LANG=ca_ES.UTF-8@valencia' >/etc/profile.d/locale.sh.byhand
    mv -f /etc/profile.d/locale.sh.byhand /etc/profile.d/locale.sh
    return $?
  fi
  if [ "$(LC_ALL=ca_ES.UTF-8@valencia locale 2>&1 >/dev/null)" ]; then
    supported=$(grep -m 1 '^ca_ES[.]UTF-8@valencia ' /usr/share/i18n/SUPPORTED)
    if [ -e /etc/locale.gen ] && ! grep -qxF "$supported" /etc/locale.gen; then
      cp -p /etc/locale.gen /etc/locale.gen.byhand
      LINE=$supported awk '{ print } END { print ENVIRON["LINE"] }' /etc/locale.gen >/etc/locale.gen.byhand
      mv -f /etc/locale.gen.byhand /etc/locale.gen
    fi
    localedef --no-archive -c -i ca_ES@valencia -f "${supported#* }" -A /usr/share/locale/locale.alias /usr/lib/locale/ca_ES.utf8@valencia
  fi
  file=/etc/locale.conf
  [ ! -e /etc/debian_version ] || file=/etc/default/locale
  rm -f "$file.byhand"
  [ ! -e "$file" ] || cp -p "$file" "$file.byhand"
  { [ ! -e "$file" ] || sed '/^ *LANG=/d' "$file"; printf '%s\n' 'LANG=ca_ES.UTF-8@valencia'; } >"$file.byhand"
  mv -f "$file.byhand" "$file"
}
undo_locale_default_variant() {
  file=etc/locale.conf
  if [ -e /etc/alpine-release ]; then
    file=etc/profile.d/locale.sh
  elif [ -e /etc/debian_version ]; then
    file=etc/default/locale
  fi
  for file in "$file" etc/locale.gen usr/lib/locale/ca_ES.utf8@valencia; do
    rm -rf -- "/${file:?}" "/$file.byhand"
  done
  if [ -s "$prior" ]; then tar -C / -xpf "$prior"; fi
}
