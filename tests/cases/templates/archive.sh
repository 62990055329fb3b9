#!/bin/sh
# shellcheck disable=SC2016,SC2317,SC2329,SC2034,SC2043 # values are literal; nothing calls the functions or reads their variables
# What the templates of one area become. Made by BYHAND_RENEW=1 pytest tests/cases; never run.
set -eu
prior=/the/folder/prior/one
export prior

# ---- archive/create: typical
#   source: "/srv/www"
#   path: "/var/backups/www.tar.gz"
check_archive_create_typical() {
  [ -f /var/backups/www.tar.gz ] && [ ! -h /var/backups/www.tar.gz ] && [ -e /srv/www ] || return 1
  set -- --no-unquote --sort=name --format=gnu --numeric-owner --owner=0 --group=0
  (cd -- /srv && tar "$@" -cf - -- www) |
    gzip -c -n |
    cmp -s -- - /var/backups/www.tar.gz
}
save_archive_create_typical() {
  if ! tar --version 2>/dev/null | grep -q GNU; then
    echo "this tar cannot put names in order: install GNU tar first" >&2
    return 1
  fi
  if [ ! -e /srv/www ]; then
    printf '%s\n' '/srv/www is not there' >&2
    return 1
  fi
  if [ -d /var/backups/www.tar.gz ] || [ -h /var/backups/www.tar.gz ]; then
    printf '%s\n' '/var/backups/www.tar.gz is a folder or a link' >&2
    return 1
  fi
  if [ -e /var/backups/www.tar.gz ]; then (cd -- /var/backups && tar --no-unquote -cf - -- www.tar.gz); fi
}
apply_archive_create_typical() {
  rm -f -- /var/backups/www.tar.gz.byhand /var/backups/www.tar.gz.byhand.tar
  set -- --no-unquote --sort=name --format=gnu --numeric-owner --owner=0 --group=0
  (cd -- /srv && tar "$@" -cf - -- www) >/var/backups/www.tar.gz.byhand.tar
  gzip -c -n </var/backups/www.tar.gz.byhand.tar >/var/backups/www.tar.gz.byhand
  rm -f -- /var/backups/www.tar.gz.byhand.tar
  mv -fT -- /var/backups/www.tar.gz.byhand /var/backups/www.tar.gz
}
undo_archive_create_typical() {
  rm -f -- /var/backups/www.tar.gz.byhand /var/backups/www.tar.gz.byhand.tar /var/backups/www.tar.gz
  if [ -s "$prior" ]; then (cd -- /var/backups && tar -xpf "$prior"); fi
}

# ---- archive/create: every
#   source: "/srv/www"
#   path: "/var/backups/www.tar.zst"
#   mtime: 1700000000
check_archive_create_every() {
  [ -f /var/backups/www.tar.zst ] && [ ! -h /var/backups/www.tar.zst ] && [ -e /srv/www ] || return 1
  set -- --no-unquote --sort=name --format=gnu --numeric-owner --owner=0 --group=0
  set -- "$@" --mtime=@1700000000
  (cd -- /srv && tar "$@" -cf - -- www) |
    zstd -q -c |
    cmp -s -- - /var/backups/www.tar.zst
}
save_archive_create_every() {
  if ! tar --version 2>/dev/null | grep -q GNU; then
    echo "this tar cannot put names in order: install GNU tar first" >&2
    return 1
  fi
  if [ ! -e /srv/www ]; then
    printf '%s\n' '/srv/www is not there' >&2
    return 1
  fi
  if [ -d /var/backups/www.tar.zst ] || [ -h /var/backups/www.tar.zst ]; then
    printf '%s\n' '/var/backups/www.tar.zst is a folder or a link' >&2
    return 1
  fi
  if [ -e /var/backups/www.tar.zst ]; then (cd -- /var/backups && tar --no-unquote -cf - -- www.tar.zst); fi
}
apply_archive_create_every() {
  rm -f -- /var/backups/www.tar.zst.byhand /var/backups/www.tar.zst.byhand.tar
  set -- --no-unquote --sort=name --format=gnu --numeric-owner --owner=0 --group=0
  set -- "$@" --mtime=@1700000000
  (cd -- /srv && tar "$@" -cf - -- www) >/var/backups/www.tar.zst.byhand.tar
  zstd -q -c </var/backups/www.tar.zst.byhand.tar >/var/backups/www.tar.zst.byhand
  rm -f -- /var/backups/www.tar.zst.byhand.tar
  mv -fT -- /var/backups/www.tar.zst.byhand /var/backups/www.tar.zst
}
undo_archive_create_every() {
  rm -f -- /var/backups/www.tar.zst.byhand /var/backups/www.tar.zst.byhand.tar /var/backups/www.tar.zst
  if [ -s "$prior" ]; then (cd -- /var/backups && tar -xpf "$prior"); fi
}

# ---- archive/create: hostile
#   source: "/srv/it's $(a)\n-b"
#   path: "/tmp/-ü `c`.tar.xz"
#   mtime: 0
check_archive_create_hostile() {
  [ -f '/tmp/-ü `c`.tar.xz' ] && [ ! -h '/tmp/-ü `c`.tar.xz' ] && [ -e '/srv/it'\''s $(a)
-b' ] || return 1
  set -- --no-unquote --sort=name --format=gnu --numeric-owner --owner=0 --group=0
  set -- "$@" --mtime=@0
  (cd -- /srv && tar "$@" -cf - -- 'it'\''s $(a)
-b') |
    xz -c |
    cmp -s -- - '/tmp/-ü `c`.tar.xz'
}
save_archive_create_hostile() {
  if ! tar --version 2>/dev/null | grep -q GNU; then
    echo "this tar cannot put names in order: install GNU tar first" >&2
    return 1
  fi
  if [ ! -e '/srv/it'\''s $(a)
-b' ]; then
    printf '%s\n' '/srv/it'\''s $(a)
-b is not there' >&2
    return 1
  fi
  if [ -d '/tmp/-ü `c`.tar.xz' ] || [ -h '/tmp/-ü `c`.tar.xz' ]; then
    printf '%s\n' '/tmp/-ü `c`.tar.xz is a folder or a link' >&2
    return 1
  fi
  if [ -e '/tmp/-ü `c`.tar.xz' ]; then (cd -- /tmp && tar --no-unquote -cf - -- '-ü `c`.tar.xz'); fi
}
apply_archive_create_hostile() {
  rm -f -- '/tmp/-ü `c`.tar.xz.byhand' '/tmp/-ü `c`.tar.xz.byhand.tar'
  set -- --no-unquote --sort=name --format=gnu --numeric-owner --owner=0 --group=0
  set -- "$@" --mtime=@0
  (cd -- /srv && tar "$@" -cf - -- 'it'\''s $(a)
-b') >'/tmp/-ü `c`.tar.xz.byhand.tar'
  xz -c <'/tmp/-ü `c`.tar.xz.byhand.tar' >'/tmp/-ü `c`.tar.xz.byhand'
  rm -f -- '/tmp/-ü `c`.tar.xz.byhand.tar'
  mv -fT -- '/tmp/-ü `c`.tar.xz.byhand' '/tmp/-ü `c`.tar.xz'
}
undo_archive_create_hostile() {
  rm -f -- '/tmp/-ü `c`.tar.xz.byhand' '/tmp/-ü `c`.tar.xz.byhand.tar' '/tmp/-ü `c`.tar.xz'
  if [ -s "$prior" ]; then (cd -- /tmp && tar -xpf "$prior"); fi
}

# ---- archive/unpack: typical
#   source: "/tmp/a.tar.gz"
#   path: "/opt/a"
check_archive_unpack_typical() {
  [ -d /opt/a ]
}
save_archive_unpack_typical() {
  if [ -e /opt/a ] || [ -h /opt/a ]; then
    printf '%s\n' '/opt/a is there already' >&2
    return 1
  fi
  echo none
}
apply_archive_unpack_typical() {
  rm -rf -- /opt/a.byhand /opt/a.byhand.top "$prior.zip"
  # busybox tar 1.35 is to be told of gzip, which begins with these two bytes (RFC 1952).
  form=-f
  case $(head -c 4 -- /tmp/a.tar.gz | od -An -tx1) in
  ' 1f 8b'*) form=-zf ;;
  ' 50 4b 03 04') # unzip takes a name for a pattern, and has no --
    form=zip
    if ! command -v unzip >/dev/null; then
      echo "a zip archive needs unzip: install it first" >&2
      return 1
    fi
    ln -s -- /tmp/a.tar.gz "$prior.zip" ;;
  esac
  if [ "$form" = zip ]; then
    # busybox unzip 1.37 lists a name without what leads outside, and says so.
    names=$(unzip -l "$prior.zip" 2>&1 | sed -n -e 's/^ *[0-9]\{1,\}  [0-9-]\{10\} [0-9:]\{5\}   //p' -e 's/^unzip: removing leading /\//p')
  else
    names=$(env tar -t "$form" /tmp/a.tar.gz)
  fi
  if printf '%s\n' "$names" | grep -E -e '^/' -e '(^|/)[.][.](/|$)' >&2; then
    echo "these names lead outside the folder" >&2
    return 1
  fi
  mkdir -m 700 -- /opt/a.byhand
  if [ "$form" = zip ]; then
    (cd /opt/a.byhand && unzip -q -o "$prior.zip")
    rm -f -- "$prior.zip"
    chmod -R u+rwX,go-w,u-s,g-s -- /opt/a.byhand
  else
    (cd /opt/a.byhand && env tar -x "$form" /tmp/a.tar.gz -o --no-same-permissions --strip-components 0)
  fi
  if find /opt/a.byhand ! -type f ! -type d ! -type l | grep . >&2; then
    echo "these are neither files nor folders nor links" >&2
    return 1
  fi
  # busybox tar 1.35 follows a hard link out of the folder: such a file has more names than are seen here.
  if find /opt/a.byhand -type f -links +1 -exec stat -c '%i %h' {} + | sort | uniq -c | awk '$1 < $3' | grep . >&2; then
    echo "hard links lead outside the folder" >&2
    return 1
  fi
  find /opt/a.byhand -type l -exec sh -c '
    for link do
      case $(readlink -f -- "$link") in
      "$0" | "$0"/*) ;;
      *) printf "%s leads nowhere or outside the folder\n" "$link" >&2 && exit 1 ;;
      esac
    done' "$(readlink -f -- /opt/a.byhand)" {} +
  chmod 755 /opt/a.byhand
  mv -T -- /opt/a.byhand /opt/a
}
undo_archive_unpack_typical() {
  [ -e "$prior" ] && rm -rf -- /opt/a.byhand /opt/a.byhand.top "$prior.zip" /opt/a
}

# ---- archive/unpack: every
#   source: "/tmp/a.zip"
#   path: "/opt/a"
#   strip: 2
#   creates: "bin/a"
check_archive_unpack_every() {
  [ -d /opt/a ] && [ -e /opt/a/bin/a ]
}
save_archive_unpack_every() {
  if [ -e /opt/a ] || [ -h /opt/a ]; then
    printf '%s\n' '/opt/a is there already' >&2
    return 1
  fi
  echo none
}
apply_archive_unpack_every() {
  rm -rf -- /opt/a.byhand /opt/a.byhand.top "$prior.zip"
  # busybox tar 1.35 is to be told of gzip, which begins with these two bytes (RFC 1952).
  form=-f
  case $(head -c 4 -- /tmp/a.zip | od -An -tx1) in
  ' 1f 8b'*) form=-zf ;;
  ' 50 4b 03 04') # unzip takes a name for a pattern, and has no --
    form=zip
    if ! command -v unzip >/dev/null; then
      echo "a zip archive needs unzip: install it first" >&2
      return 1
    fi
    ln -s -- /tmp/a.zip "$prior.zip" ;;
  esac
  if [ "$form" = zip ]; then
    # busybox unzip 1.37 lists a name without what leads outside, and says so.
    names=$(unzip -l "$prior.zip" 2>&1 | sed -n -e 's/^ *[0-9]\{1,\}  [0-9-]\{10\} [0-9:]\{5\}   //p' -e 's/^unzip: removing leading /\//p')
  else
    names=$(env tar -t "$form" /tmp/a.zip)
  fi
  if printf '%s\n' "$names" | grep -E -e '^/' -e '(^|/)[.][.](/|$)' >&2; then
    echo "these names lead outside the folder" >&2
    return 1
  fi
  mkdir -m 700 -- /opt/a.byhand
  if [ "$form" = zip ]; then
    (cd /opt/a.byhand && unzip -q -o "$prior.zip")
    rm -f -- "$prior.zip"
    chmod -R u+rwX,go-w,u-s,g-s -- /opt/a.byhand
    top=$(ls -A -- /opt/a.byhand)
    if [ -h /opt/a.byhand/"$top" ] || [ ! -d /opt/a.byhand/"$top" ] || [ -z "$top" ]; then
      echo "the archive has not one folder at its top" >&2
      return 1
    fi
    mv -T -- /opt/a.byhand/"$top" /opt/a.byhand.top
    rmdir -- /opt/a.byhand
    mv -T -- /opt/a.byhand.top /opt/a.byhand
    top=$(ls -A -- /opt/a.byhand)
    if [ -h /opt/a.byhand/"$top" ] || [ ! -d /opt/a.byhand/"$top" ] || [ -z "$top" ]; then
      echo "the archive has not one folder at its top" >&2
      return 1
    fi
    mv -T -- /opt/a.byhand/"$top" /opt/a.byhand.top
    rmdir -- /opt/a.byhand
    mv -T -- /opt/a.byhand.top /opt/a.byhand
  else
    (cd /opt/a.byhand && env tar -x "$form" /tmp/a.zip -o --no-same-permissions --strip-components 2)
  fi
  if find /opt/a.byhand ! -type f ! -type d ! -type l | grep . >&2; then
    echo "these are neither files nor folders nor links" >&2
    return 1
  fi
  # busybox tar 1.35 follows a hard link out of the folder: such a file has more names than are seen here.
  if find /opt/a.byhand -type f -links +1 -exec stat -c '%i %h' {} + | sort | uniq -c | awk '$1 < $3' | grep . >&2; then
    echo "hard links lead outside the folder" >&2
    return 1
  fi
  find /opt/a.byhand -type l -exec sh -c '
    for link do
      case $(readlink -f -- "$link") in
      "$0" | "$0"/*) ;;
      *) printf "%s leads nowhere or outside the folder\n" "$link" >&2 && exit 1 ;;
      esac
    done' "$(readlink -f -- /opt/a.byhand)" {} +
  if [ ! -e /opt/a.byhand/bin/a ]; then
    printf '%s\n' 'the archive brings no bin/a' >&2
    return 1
  fi
  chmod 755 /opt/a.byhand
  mv -T -- /opt/a.byhand /opt/a
}
undo_archive_unpack_every() {
  [ -e "$prior" ] && rm -rf -- /opt/a.byhand /opt/a.byhand.top "$prior.zip" /opt/a
}

# ---- archive/unpack: hostile
#   source: "/tmp/-x '$(a)'\n.tar"
#   path: "/opt/ü it's"
#   strip: 1
#   creates: "a b/$(c)'"
check_archive_unpack_hostile() {
  [ -d '/opt/ü it'\''s' ] && [ -e '/opt/ü it'\''s/a b/$(c)'\''' ]
}
save_archive_unpack_hostile() {
  if [ -e '/opt/ü it'\''s' ] || [ -h '/opt/ü it'\''s' ]; then
    printf '%s\n' '/opt/ü it'\''s is there already' >&2
    return 1
  fi
  echo none
}
apply_archive_unpack_hostile() {
  rm -rf -- '/opt/ü it'\''s.byhand' '/opt/ü it'\''s.byhand.top' "$prior.zip"
  # busybox tar 1.35 is to be told of gzip, which begins with these two bytes (RFC 1952).
  form=-f
  case $(head -c 4 -- '/tmp/-x '\''$(a)'\''
.tar' | od -An -tx1) in
  ' 1f 8b'*) form=-zf ;;
  ' 50 4b 03 04') # unzip takes a name for a pattern, and has no --
    form=zip
    if ! command -v unzip >/dev/null; then
      echo "a zip archive needs unzip: install it first" >&2
      return 1
    fi
    ln -s -- '/tmp/-x '\''$(a)'\''
.tar' "$prior.zip" ;;
  esac
  if [ "$form" = zip ]; then
    # busybox unzip 1.37 lists a name without what leads outside, and says so.
    names=$(unzip -l "$prior.zip" 2>&1 | sed -n -e 's/^ *[0-9]\{1,\}  [0-9-]\{10\} [0-9:]\{5\}   //p' -e 's/^unzip: removing leading /\//p')
  else
    names=$(env tar -t "$form" '/tmp/-x '\''$(a)'\''
.tar')
  fi
  if printf '%s\n' "$names" | grep -E -e '^/' -e '(^|/)[.][.](/|$)' >&2; then
    echo "these names lead outside the folder" >&2
    return 1
  fi
  mkdir -m 700 -- '/opt/ü it'\''s.byhand'
  if [ "$form" = zip ]; then
    (cd '/opt/ü it'\''s.byhand' && unzip -q -o "$prior.zip")
    rm -f -- "$prior.zip"
    chmod -R u+rwX,go-w,u-s,g-s -- '/opt/ü it'\''s.byhand'
    top=$(ls -A -- '/opt/ü it'\''s.byhand')
    if [ -h '/opt/ü it'\''s.byhand/'"$top" ] || [ ! -d '/opt/ü it'\''s.byhand/'"$top" ] || [ -z "$top" ]; then
      echo "the archive has not one folder at its top" >&2
      return 1
    fi
    mv -T -- '/opt/ü it'\''s.byhand/'"$top" '/opt/ü it'\''s.byhand.top'
    rmdir -- '/opt/ü it'\''s.byhand'
    mv -T -- '/opt/ü it'\''s.byhand.top' '/opt/ü it'\''s.byhand'
  else
    (cd '/opt/ü it'\''s.byhand' && env tar -x "$form" '/tmp/-x '\''$(a)'\''
.tar' -o --no-same-permissions --strip-components 1)
  fi
  if find '/opt/ü it'\''s.byhand' ! -type f ! -type d ! -type l | grep . >&2; then
    echo "these are neither files nor folders nor links" >&2
    return 1
  fi
  # busybox tar 1.35 follows a hard link out of the folder: such a file has more names than are seen here.
  if find '/opt/ü it'\''s.byhand' -type f -links +1 -exec stat -c '%i %h' {} + | sort | uniq -c | awk '$1 < $3' | grep . >&2; then
    echo "hard links lead outside the folder" >&2
    return 1
  fi
  find '/opt/ü it'\''s.byhand' -type l -exec sh -c '
    for link do
      case $(readlink -f -- "$link") in
      "$0" | "$0"/*) ;;
      *) printf "%s leads nowhere or outside the folder\n" "$link" >&2 && exit 1 ;;
      esac
    done' "$(readlink -f -- '/opt/ü it'\''s.byhand')" {} +
  if [ ! -e '/opt/ü it'\''s.byhand/a b/$(c)'\''' ]; then
    printf '%s\n' 'the archive brings no a b/$(c)'\''' >&2
    return 1
  fi
  chmod 755 '/opt/ü it'\''s.byhand'
  mv -T -- '/opt/ü it'\''s.byhand' '/opt/ü it'\''s'
}
undo_archive_unpack_hostile() {
  [ -e "$prior" ] && rm -rf -- '/opt/ü it'\''s.byhand' '/opt/ü it'\''s.byhand.top' "$prior.zip" '/opt/ü it'\''s'
}
