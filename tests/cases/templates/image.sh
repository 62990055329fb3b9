#!/bin/sh
# shellcheck disable=SC2016,SC2317,SC2329,SC2034,SC2043 # values are literal; nothing calls the functions or reads their variables
# What the templates of one area become. Made by BYHAND_RENEW=1 pytest tests/cases; never run.
set -eu
prior=/the/folder/prior/one
export prior

# ---- image/busybox_tree: typical
#   tree: "/tmp/tree"
apply_image_busybox_tree_typical() {
  busybox=$(command -v busybox)
  # ldd succeeds for programs that need shared libraries, which the tree would not have.
  if ldd "$busybox" >/dev/null 2>&1; then
    echo "$busybox: needs shared libraries; install busybox-static" >&2
    return 1
  fi
  (
    cd -- /tmp/tree
    mkdir -p -- bin dev etc home proc root run sbin sys tmp usr/bin usr/sbin var/spool/mail var/www
    chmod 1777 tmp
    chmod 700 root
    cp -- "$busybox" bin/busybox
    chmod 755 bin/busybox
    "$busybox" --list-full | while read -r path; do
      if [ "$path" != bin/busybox ]; then
        mkdir -p -- "${path%/*}"
        ln -sf -- /bin/busybox "$path"
      fi
    done
    [ -L bin/sh ]
    cat >etc/passwd <<'EOF'
root:x:0:0:root:/root:/bin/sh
daemon:x:1:1:daemon:/usr/sbin:/bin/false
bin:x:2:2:bin:/bin:/bin/false
www-data:x:33:33:www-data:/var/www:/bin/false
nobody:x:65534:65534:nobody:/home:/bin/false
EOF
    cat >etc/group <<'EOF'
root:x:0:
daemon:x:1:
bin:x:2:
tty:x:5:
mail:x:8:
www-data:x:33:
nogroup:x:65534:
EOF
    printf 'root:*::0:::::\n' >etc/shadow
    chmod 640 etc/shadow
    printf 'hosts: files dns\n' >etc/nsswitch.conf
  )
}

# ---- image/busybox_tree: hostile
#   tree: "/tmp/-it's\n$(a) ü"
apply_image_busybox_tree_hostile() {
  busybox=$(command -v busybox)
  # ldd succeeds for programs that need shared libraries, which the tree would not have.
  if ldd "$busybox" >/dev/null 2>&1; then
    echo "$busybox: needs shared libraries; install busybox-static" >&2
    return 1
  fi
  (
    cd -- '/tmp/-it'\''s
$(a) ü'
    mkdir -p -- bin dev etc home proc root run sbin sys tmp usr/bin usr/sbin var/spool/mail var/www
    chmod 1777 tmp
    chmod 700 root
    cp -- "$busybox" bin/busybox
    chmod 755 bin/busybox
    "$busybox" --list-full | while read -r path; do
      if [ "$path" != bin/busybox ]; then
        mkdir -p -- "${path%/*}"
        ln -sf -- /bin/busybox "$path"
      fi
    done
    [ -L bin/sh ]
    cat >etc/passwd <<'EOF'
root:x:0:0:root:/root:/bin/sh
daemon:x:1:1:daemon:/usr/sbin:/bin/false
bin:x:2:2:bin:/bin:/bin/false
www-data:x:33:33:www-data:/var/www:/bin/false
nobody:x:65534:65534:nobody:/home:/bin/false
EOF
    cat >etc/group <<'EOF'
root:x:0:
daemon:x:1:
bin:x:2:
tty:x:5:
mail:x:8:
www-data:x:33:
nogroup:x:65534:
EOF
    printf 'root:*::0:::::\n' >etc/shadow
    chmod 640 etc/shadow
    printf 'hosts: files dns\n' >etc/nsswitch.conf
  )
}

# ---- image/debian_tree: typical
#   tree: "/tmp/tree"
#   work: "/tmp/work"
#   suite: "bookworm"
apply_image_debian_tree_typical() {
  # The lines of sources.list that this host's apt itself has for Debian's release; none on
  # a host of another distribution, and mmdebstrap then takes Debian's usual ones.
  sources() {
    apt-get "$@" indextargets --format '$(ORIGIN)|$(RELEASE)|deb $(REPO_URI) $(RELEASE) $(COMPONENT)' 'Identifier: Packages' |
      awk -F'|' -v suite=bookworm '$1 == "Debian" && ($2 == suite || index($2, suite "-") == 1) { print $3 }' |
      sort -u
  }
  sources >/tmp/work/sources.list
  if [ ! -s /tmp/work/sources.list ]; then
    # apt knows a source's origin only from lists it has fetched: into a folder of our own.
    mkdir -p -- /tmp/work/lists/partial
    apt-get -qq -o Dir::State::Lists=/tmp/work/lists update >&2
    sources -o Dir::State::Lists=/tmp/work/lists >/tmp/work/sources.list
  fi
  set -- --variant=minbase --mode=root --quiet --aptopt='Acquire::Languages "none"'
  for option in Acquire::http::Proxy Acquire::https::Proxy Acquire::Check-Valid-Until; do
    value=
    eval "$(apt-config shell value "$option")"
    if [ -n "$value" ]; then
      set -- "$@" --aptopt="$option \"$value\""
    fi
  done
  if [ -s /tmp/work/sources.list ]; then
    mmdebstrap "$@" -- bookworm /tmp/tree /tmp/work/sources.list >&2
  else
    mmdebstrap "$@" -- bookworm /tmp/tree >&2
  fi
}

# ---- image/debian_tree: hostile
#   tree: "/tmp/it's\n$(a)"
#   work: "/tmp/-ü `b`"
#   suite: "a.b-c"
apply_image_debian_tree_hostile() {
  # The lines of sources.list that this host's apt itself has for Debian's release; none on
  # a host of another distribution, and mmdebstrap then takes Debian's usual ones.
  sources() {
    apt-get "$@" indextargets --format '$(ORIGIN)|$(RELEASE)|deb $(REPO_URI) $(RELEASE) $(COMPONENT)' 'Identifier: Packages' |
      awk -F'|' -v suite=a.b-c '$1 == "Debian" && ($2 == suite || index($2, suite "-") == 1) { print $3 }' |
      sort -u
  }
  sources >'/tmp/-ü `b`/sources.list'
  if [ ! -s '/tmp/-ü `b`/sources.list' ]; then
    # apt knows a source's origin only from lists it has fetched: into a folder of our own.
    mkdir -p -- '/tmp/-ü `b`/lists/partial'
    apt-get -qq -o 'Dir::State::Lists=/tmp/-ü `b`/lists' update >&2
    sources -o 'Dir::State::Lists=/tmp/-ü `b`/lists' >'/tmp/-ü `b`/sources.list'
  fi
  set -- --variant=minbase --mode=root --quiet --aptopt='Acquire::Languages "none"'
  for option in Acquire::http::Proxy Acquire::https::Proxy Acquire::Check-Valid-Until; do
    value=
    eval "$(apt-config shell value "$option")"
    if [ -n "$value" ]; then
      set -- "$@" --aptopt="$option \"$value\""
    fi
  done
  if [ -s '/tmp/-ü `b`/sources.list' ]; then
    mmdebstrap "$@" -- a.b-c '/tmp/it'\''s
$(a)' '/tmp/-ü `b`/sources.list' >&2
  else
    mmdebstrap "$@" -- a.b-c '/tmp/it'\''s
$(a)' >&2
  fi
}

# ---- image/debian_tree: with packages
#   tree: "/tmp/tree"
#   work: "/tmp/work"
#   suite: "bookworm"
#   packages: ["openssh-server", "libc6.1-dev"]
#   without: ["/usr/share/doc/*", "/it's $(a)"]
#   merged: true
apply_image_debian_tree_with_packages() {
  # The lines of sources.list that this host's apt itself has for Debian's release; none on
  # a host of another distribution, and mmdebstrap then takes Debian's usual ones.
  sources() {
    apt-get "$@" indextargets --format '$(ORIGIN)|$(RELEASE)|deb $(REPO_URI) $(RELEASE) $(COMPONENT)' 'Identifier: Packages' |
      awk -F'|' -v suite=bookworm '$1 == "Debian" && ($2 == suite || index($2, suite "-") == 1) { print $3 }' |
      sort -u
  }
  sources >/tmp/work/sources.list
  if [ ! -s /tmp/work/sources.list ]; then
    # apt knows a source's origin only from lists it has fetched: into a folder of our own.
    mkdir -p -- /tmp/work/lists/partial
    apt-get -qq -o Dir::State::Lists=/tmp/work/lists update >&2
    sources -o Dir::State::Lists=/tmp/work/lists >/tmp/work/sources.list
  fi
  set -- --variant=minbase --mode=root --quiet --aptopt='Acquire::Languages "none"'
  set -- "$@" --include=openssh-server,libc6.1-dev,usr-is-merged
  set -- "$@" --hook-dir=/usr/share/mmdebstrap/hooks/merged-usr
  for pattern in '/usr/share/doc/*' '/it'\''s $(a)'; do set -- "$@" --dpkgopt="path-exclude=$pattern"; done
  # What is thrown away after a power cut need not wait for the disk.
  set -- "$@" --dpkgopt=force-unsafe-io
  for option in Acquire::http::Proxy Acquire::https::Proxy Acquire::Check-Valid-Until; do
    value=
    eval "$(apt-config shell value "$option")"
    if [ -n "$value" ]; then
      set -- "$@" --aptopt="$option \"$value\""
    fi
  done
  if [ -s /tmp/work/sources.list ]; then
    mmdebstrap "$@" -- bookworm /tmp/tree /tmp/work/sources.list >&2
  else
    mmdebstrap "$@" -- bookworm /tmp/tree >&2
  fi
}

# ---- image/ext4_tree: typical
#   source: "/tmp/a.raw"
#   dest: "/tmp/tree"
#   work: "/tmp/work"
apply_image_ext4_tree_typical() {
  # debugfs 1.47 ends with 0 whatever happens: what it says is an error, and the result is counted.
  debugfs -R 'rdump / "/tmp/tree"' /tmp/a.raw >/tmp/work/rdump.log 2>&1
  if grep -v '^debugfs [0-9]' /tmp/work/rdump.log >&2; then
    return 1
  fi
  # Each folder's listing: /inode/mode/uid/gid/name/size/
  (cd -- /tmp/tree && find . -type d -printf 'ls -p "/%P"\n') |
    debugfs -f - /tmp/a.raw >/tmp/work/listing 2>/dev/null
  awk -F/ '
    /^debugfs: ls -p "/ { folder = $0; sub(/^debugfs: ls -p "/, "", folder); sub(/"$/, "", folder); next }
    NF < 6 || $6 == "" || $6 == "." || $6 == ".." || $2 == 0 { next }
    { print $2, $3, ($7 == "" ? 0 : $7), (folder == "/" ? "" : folder) "/" $6 }
  ' /tmp/work/listing >/tmp/work/entries
  [ -s /tmp/work/entries ]
  # rdump writes the lower nine bits of the mode only, and a file with two names twice.
  while read -r _ mode size path; do
    case $mode in
      10*) [ "$(stat -c %s -- /tmp/tree"$path")" = "$size" ] || { echo "$path: not copied whole" >&2; return 1; } ;;
      04* | 12*) [ -e /tmp/tree"$path" ] || [ -L /tmp/tree"$path" ] || { echo "$path: not copied" >&2; return 1; } ;;
    esac
    case $mode in
      10[1-7]??? | 04[1-7]???) chmod -- "${mode#??}" /tmp/tree"$path" ;;
    esac
  done </tmp/work/entries
  awk '$2 ~ /^10/ { n = $1; sub(/^[^ ]+ [^ ]+ [^ ]+ /, ""); if (n in first) print first[n] "\n" $0; else first[n] = $0 }' \
    /tmp/work/entries |
    while read -r first && read -r second; do
      ln -f -- /tmp/tree"$first" /tmp/tree"$second"
    done
}

# ---- image/ext4_tree: hostile
#   source: "/tmp/it's $(a)"
#   dest: "/tmp/-ü \"q\""
#   work: "/tmp/`b`"
apply_image_ext4_tree_hostile() {
  # debugfs 1.47 ends with 0 whatever happens: what it says is an error, and the result is counted.
  debugfs -R 'rdump / "/tmp/-ü "q""' '/tmp/it'\''s $(a)' >'/tmp/`b`/rdump.log' 2>&1
  if grep -v '^debugfs [0-9]' '/tmp/`b`/rdump.log' >&2; then
    return 1
  fi
  # Each folder's listing: /inode/mode/uid/gid/name/size/
  (cd -- '/tmp/-ü "q"' && find . -type d -printf 'ls -p "/%P"\n') |
    debugfs -f - '/tmp/it'\''s $(a)' >'/tmp/`b`/listing' 2>/dev/null
  awk -F/ '
    /^debugfs: ls -p "/ { folder = $0; sub(/^debugfs: ls -p "/, "", folder); sub(/"$/, "", folder); next }
    NF < 6 || $6 == "" || $6 == "." || $6 == ".." || $2 == 0 { next }
    { print $2, $3, ($7 == "" ? 0 : $7), (folder == "/" ? "" : folder) "/" $6 }
  ' '/tmp/`b`/listing' >'/tmp/`b`/entries'
  [ -s '/tmp/`b`/entries' ]
  # rdump writes the lower nine bits of the mode only, and a file with two names twice.
  while read -r _ mode size path; do
    case $mode in
      10*) [ "$(stat -c %s -- '/tmp/-ü "q"'"$path")" = "$size" ] || { echo "$path: not copied whole" >&2; return 1; } ;;
      04* | 12*) [ -e '/tmp/-ü "q"'"$path" ] || [ -L '/tmp/-ü "q"'"$path" ] || { echo "$path: not copied" >&2; return 1; } ;;
    esac
    case $mode in
      10[1-7]??? | 04[1-7]???) chmod -- "${mode#??}" '/tmp/-ü "q"'"$path" ;;
    esac
  done <'/tmp/`b`/entries'
  awk '$2 ~ /^10/ { n = $1; sub(/^[^ ]+ [^ ]+ [^ ]+ /, ""); if (n in first) print first[n] "\n" $0; else first[n] = $0 }' \
    '/tmp/`b`/entries' |
    while read -r first && read -r second; do
      ln -f -- '/tmp/-ü "q"'"$first" '/tmp/-ü "q"'"$second"
    done
}

# ---- image/inside: typical
#   tree: "/tmp/tree"
#   command: ["apk", "--version"]
apply_image_inside_typical() {
  unshare --mount --pid --fork --kill-child --net --ipc --uts -- chroot /tmp/tree \
    /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root apk --version </dev/null >&2
}

# ---- image/inside: hostile
#   tree: "/tmp/it's"
#   command: ["it's", "$(a)\n", "-n", "", "ü"]
apply_image_inside_hostile() {
  unshare --mount --pid --fork --kill-child --net --ipc --uts -- chroot '/tmp/it'\''s' \
    /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root 'it'\''s' '$(a)
' -n '' 'ü' </dev/null >&2
}

# ---- image/neutral: typical
#   tree: "/tmp/tree"
apply_image_neutral_typical() {
  (
    cd -- /tmp/tree
    for folder in etc root var; do
      if [ -L "$folder" ]; then
        echo "the tree's $folder is a symbolic link" >&2
        return 1
      fi
    done
    rm -f -- etc/hostname etc/hosts etc/resolv.conf etc/ssh/ssh_host_*
    echo localhost >etc/hostname
    printf '127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n' >etc/hosts
    : >etc/resolv.conf
    chmod 644 etc/hostname etc/hosts etc/resolv.conf
    if [ -e etc/machine-id ]; then
      : >etc/machine-id
    fi
    rm -f -- etc/passwd- etc/group- etc/shadow- etc/gshadow- root/.ash_history root/.bash_history
    if [ -d var/log ]; then
      find var/log -xdev -type f -exec rm -f -- {} +
    fi
    for folder in dev run tmp var/tmp; do
      if [ -d "$folder" ] && [ ! -L "$folder" ]; then
        find "$folder" -xdev -mindepth 1 -delete
      fi
    done
    mkdir -p -- dev proc run sys tmp
    chmod 1777 tmp
  )
}

# ---- image/neutral: hostile
#   tree: "/tmp/-it's\n$(a) ü"
apply_image_neutral_hostile() {
  (
    cd -- '/tmp/-it'\''s
$(a) ü'
    for folder in etc root var; do
      if [ -L "$folder" ]; then
        echo "the tree's $folder is a symbolic link" >&2
        return 1
      fi
    done
    rm -f -- etc/hostname etc/hosts etc/resolv.conf etc/ssh/ssh_host_*
    echo localhost >etc/hostname
    printf '127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n' >etc/hosts
    : >etc/resolv.conf
    chmod 644 etc/hostname etc/hosts etc/resolv.conf
    if [ -e etc/machine-id ]; then
      : >etc/machine-id
    fi
    rm -f -- etc/passwd- etc/group- etc/shadow- etc/gshadow- root/.ash_history root/.bash_history
    if [ -d var/log ]; then
      find var/log -xdev -type f -exec rm -f -- {} +
    fi
    for folder in dev run tmp var/tmp; do
      if [ -d "$folder" ] && [ ! -L "$folder" ]; then
        find "$folder" -xdev -mindepth 1 -delete
      fi
    done
    mkdir -p -- dev proc run sys tmp
    chmod 1777 tmp
  )
}

# ---- image/pip_download: typical
#   python: "/usr/bin/python3"
#   package: "requests"
#   version: "2.31.0"
#   sha256: "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#   dest: "/tmp/d"
apply_image_pip_download_typical() {
  mkdir -p -- /tmp/d
  printf '%s==%s --hash=sha256:%s\n' requests 2.31.0 aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa >/tmp/d/requirements.txt
  /usr/bin/python3 -m pip download --quiet --disable-pip-version-check --no-input --no-deps --require-hashes \
    --only-binary :all: --dest /tmp/d --requirement /tmp/d/requirements.txt
}

# ---- image/pip_download: hostile
#   python: "/opt/it's/python"
#   package: "a'$(b)"
#   version: "1\n`c`"
#   sha256: "ü\""
#   dest: "/tmp/-d e"
apply_image_pip_download_hostile() {
  mkdir -p -- '/tmp/-d e'
  printf '%s==%s --hash=sha256:%s\n' 'a'\''$(b)' '1
`c`' 'ü"' >'/tmp/-d e/requirements.txt'
  '/opt/it'\''s/python' -m pip download --quiet --disable-pip-version-check --no-input --no-deps --require-hashes \
    --only-binary :all: --dest '/tmp/-d e' --requirement '/tmp/-d e/requirements.txt'
}

# ---- image/qcow2_to_raw: typical
#   source: "/tmp/a.qcow2"
#   dest: "/tmp/a.raw"
apply_image_qcow2_to_raw_typical() {
  qemu-img convert -f qcow2 -O raw -- /tmp/a.qcow2 /tmp/a.raw
}

# ---- image/qcow2_to_raw: hostile
#   source: "/tmp/it's\n$(a)"
#   dest: "/tmp/-ü,b=c"
apply_image_qcow2_to_raw_hostile() {
  qemu-img convert -f qcow2 -O raw -- '/tmp/it'\''s
$(a)' '/tmp/-ü,b=c'
}

# ---- image/remove: typical
#   tree: "/tmp/tree"
#   paths: ["usr/share/doc", "var/cache"]
apply_image_remove_typical() {
  for path in usr/share/doc var/cache; do
    case /$path/ in */../* | //*) printf '%s: leads out of the tree, or is all of it\n' "$path" >&2; return 1 ;; esac
    rm -rf --one-file-system -- /tmp/tree/"$path"
  done
}

# ---- image/remove: hostile
#   tree: "/tmp/it's"
#   paths: ["-rf", "$(a) b", "it's\nü"]
apply_image_remove_hostile() {
  for path in -rf '$(a) b' 'it'\''s
ü'; do
    case /$path/ in */../* | //*) printf '%s: leads out of the tree, or is all of it\n' "$path" >&2; return 1 ;; esac
    rm -rf --one-file-system -- '/tmp/it'\''s'/"$path"
  done
}

# ---- image/unzip: typical
#   python: "/usr/bin/python3"
#   source: "/tmp/s"
#   dest: "/tmp/d"
apply_image_unzip_typical() {
  mkdir -p -- /tmp/d
  for wheel in /tmp/s/*.whl; do
    /usr/bin/python3 -m zipfile -e "$wheel" /tmp/d
  done
}

# ---- image/unzip: hostile
#   python: "/opt/a b/python"
#   source: "/tmp/it's\n$(a)"
#   dest: "/tmp/-ü"
apply_image_unzip_hostile() {
  mkdir -p -- '/tmp/-ü'
  for wheel in '/tmp/it'\''s
$(a)'/*.whl; do
    '/opt/a b/python' -m zipfile -e "$wheel" '/tmp/-ü'
  done
}
