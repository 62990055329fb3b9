#!/bin/sh
# shellcheck disable=SC2016,SC2317,SC2329,SC2034,SC2043 # values are literal; nothing calls the functions or reads their variables
# What the templates of one area become. Made by BYHAND_RENEW=1 pytest tests/cases; never run.
set -eu
prior=/the/folder/prior/one
export prior

# ---- vm/packages: typical
#   tree: "/tmp/tree"
#   repository: "/srv/packages"
#   packages: ["nginx-light", "git"]
apply_vm_packages_typical() {
  # The host's apt works on the tree: its sources, its keys, and what is installed there.
  set -- -qq -o 'Dir=/tmp/tree' -o Dir::State::status=/tmp/tree/var/lib/dpkg/status \
    -o Dir::Cache::archives=/tmp/tree/srv/packages -o APT::Sandbox::User=root -o Acquire::Languages=none
  for option in Acquire::http::Proxy Acquire::https::Proxy Acquire::Check-Valid-Until; do
    value=
    eval "$(apt-config shell value "$option")"
    [ -z "$value" ] || set -- "$@" -o "$option=$value"
  done
  mkdir -p -- /tmp/tree/srv/packages/partial
  apt-get "$@" update >&2
  apt-get "$@" --yes --no-install-recommends --download-only install -- nginx-light git >&2
  (
    cd -- /tmp/tree/srv/packages
    rm -rf -- partial lock
    # apt writes a colon of a version as %3a, and would take %3a in a Filename for a colon.
    for file in *%*; do
      [ ! -e "$file" ] || mv -- "$file" "$(printf '%s\n' "$file" | sed 's/%3a/_/g')"
    done
    for file in *.deb; do
      dpkg-deb --field "$file"
      printf 'Filename: ./%s\nSize: %s\nSHA256: %s\n\n' "$file" "$(stat -c %s -- "$file")" "$(sha256sum -- "$file" | cut -d ' ' -f 1)"
    done >Packages
    rm -rf -- /tmp/tree/etc/apt/sources.list.d /tmp/tree/var/lib/apt/lists /tmp/tree/var/cache/apt/pkgcache.bin /tmp/tree/var/cache/apt/srcpkgcache.bin
    mkdir -p -- /tmp/tree/etc/apt/sources.list.d /tmp/tree/var/lib/apt/lists/partial
  )
  printf 'deb [trusted=yes] file:%s ./\n' /srv/packages >/tmp/tree/etc/apt/sources.list
}

# ---- vm/packages: hostile
#   tree: "/tmp/-it's\n$(a) ü"
#   repository: "/srv/`b` \"c\""
#   packages: ["a.b-c_d"]
apply_vm_packages_hostile() {
  # The host's apt works on the tree: its sources, its keys, and what is installed there.
  set -- -qq -o 'Dir=/tmp/-it'\''s
$(a) ü' -o 'Dir::State::status=/tmp/-it'\''s
$(a) ü/var/lib/dpkg/status' \
    -o 'Dir::Cache::archives=/tmp/-it'\''s
$(a) ü/srv/`b` "c"' -o APT::Sandbox::User=root -o Acquire::Languages=none
  for option in Acquire::http::Proxy Acquire::https::Proxy Acquire::Check-Valid-Until; do
    value=
    eval "$(apt-config shell value "$option")"
    [ -z "$value" ] || set -- "$@" -o "$option=$value"
  done
  mkdir -p -- '/tmp/-it'\''s
$(a) ü/srv/`b` "c"/partial'
  apt-get "$@" update >&2
  apt-get "$@" --yes --no-install-recommends --download-only install -- a.b-c_d >&2
  (
    cd -- '/tmp/-it'\''s
$(a) ü/srv/`b` "c"'
    rm -rf -- partial lock
    # apt writes a colon of a version as %3a, and would take %3a in a Filename for a colon.
    for file in *%*; do
      [ ! -e "$file" ] || mv -- "$file" "$(printf '%s\n' "$file" | sed 's/%3a/_/g')"
    done
    for file in *.deb; do
      dpkg-deb --field "$file"
      printf 'Filename: ./%s\nSize: %s\nSHA256: %s\n\n' "$file" "$(stat -c %s -- "$file")" "$(sha256sum -- "$file" | cut -d ' ' -f 1)"
    done >Packages
    rm -rf -- '/tmp/-it'\''s
$(a) ü/etc/apt/sources.list.d' '/tmp/-it'\''s
$(a) ü/var/lib/apt/lists' '/tmp/-it'\''s
$(a) ü/var/cache/apt/pkgcache.bin' '/tmp/-it'\''s
$(a) ü/var/cache/apt/srcpkgcache.bin'
    mkdir -p -- '/tmp/-it'\''s
$(a) ü/etc/apt/sources.list.d' '/tmp/-it'\''s
$(a) ü/var/lib/apt/lists/partial'
  )
  printf 'deb [trusted=yes] file:%s ./\n' '/srv/`b` "c"' >'/tmp/-it'\''s
$(a) ü/etc/apt/sources.list'
}

# ---- vm/initrd: typical
#   tree: "/tmp/tree"
#   modules: ["virtio_pci", "virtio_blk"]
#   work: "/tmp/work"
apply_vm_initrd_typical() {
  (
    cd -- /tmp/tree
    set -- boot/vmlinuz-*
    if [ "$#" -ne 1 ] || [ ! -f "$1" ]; then
      echo "not one kernel in the tree: $*" >&2
      return 1
    fi
    release=${1#boot/vmlinuz-}
    root=/tmp/work/initrd
    mkdir -p -- "$root/bin" "$root/dev" "$root/lib" "$root/proc" "$root/root" "$root/sys"
    cp -- bin/busybox "$root/bin/busybox"
    # modprobe names what a module needs in the order in which it is loaded.
    for module in virtio_pci virtio_blk; do
      chroot . modprobe --set-version="$release" --show-depends -- "$module"
    done | sed -n 's/^insmod //p' | awk '!seen[$1]++ { print $1 }' >"$root/modules.list"
    while read -r file; do cp -- "./$file" "$root/lib/"; done <"$root/modules.list"
    {
      echo '#!/bin/busybox sh'
      echo 'busybox mount -t devtmpfs dev /dev && busybox mount -t proc proc /proc'
      while read -r file; do echo "busybox insmod /lib/${file##*/}"; done <"$root/modules.list"
      cat <<'EOF'
for word in $(busybox cat /proc/cmdline); do
  case $word in root=*) device=${word#root=} ;; esac
done
tries=100
until [ -b "$device" ] || [ "$tries" -eq 0 ]; do
  busybox usleep 50000
  tries=$((tries - 1))
done
busybox mount -o ro "$device" /root || exec busybox sh
busybox umount /proc
busybox mount -o move /dev /root/dev
exec busybox switch_root /root /sbin/init
EOF
    } >"$root/init"
    chmod 755 "$root/init"
    rm -f -- "$root/modules.list" vmlinuz initrd.img vmlinuz.old initrd.img.old
    (cd -- "$root" && find . | busybox cpio -o -H newc 2>/dev/null) >"boot/initrd.img-$release"
    ln -s -- "boot/vmlinuz-$release" vmlinuz
    ln -s -- "boot/initrd.img-$release" initrd.img
  )
}

# ---- vm/initrd: hostile
#   tree: "/tmp/-it's\n$(a) ü"
#   modules: ["a.b"]
#   work: "/tmp/`b`"
apply_vm_initrd_hostile() {
  (
    cd -- '/tmp/-it'\''s
$(a) ü'
    set -- boot/vmlinuz-*
    if [ "$#" -ne 1 ] || [ ! -f "$1" ]; then
      echo "not one kernel in the tree: $*" >&2
      return 1
    fi
    release=${1#boot/vmlinuz-}
    root='/tmp/`b`/initrd'
    mkdir -p -- "$root/bin" "$root/dev" "$root/lib" "$root/proc" "$root/root" "$root/sys"
    cp -- bin/busybox "$root/bin/busybox"
    # modprobe names what a module needs in the order in which it is loaded.
    for module in a.b; do
      chroot . modprobe --set-version="$release" --show-depends -- "$module"
    done | sed -n 's/^insmod //p' | awk '!seen[$1]++ { print $1 }' >"$root/modules.list"
    while read -r file; do cp -- "./$file" "$root/lib/"; done <"$root/modules.list"
    {
      echo '#!/bin/busybox sh'
      echo 'busybox mount -t devtmpfs dev /dev && busybox mount -t proc proc /proc'
      while read -r file; do echo "busybox insmod /lib/${file##*/}"; done <"$root/modules.list"
      cat <<'EOF'
for word in $(busybox cat /proc/cmdline); do
  case $word in root=*) device=${word#root=} ;; esac
done
tries=100
until [ -b "$device" ] || [ "$tries" -eq 0 ]; do
  busybox usleep 50000
  tries=$((tries - 1))
done
busybox mount -o ro "$device" /root || exec busybox sh
busybox umount /proc
busybox mount -o move /dev /root/dev
exec busybox switch_root /root /sbin/init
EOF
    } >"$root/init"
    chmod 755 "$root/init"
    rm -f -- "$root/modules.list" vmlinuz initrd.img vmlinuz.old initrd.img.old
    (cd -- "$root" && find . | busybox cpio -o -H newc 2>/dev/null) >"boot/initrd.img-$release"
    ln -s -- "boot/vmlinuz-$release" vmlinuz
    ln -s -- "boot/initrd.img-$release" initrd.img
  )
}

# ---- vm/disk: typical
#   tree: "/tmp/tree"
#   disk: "/tmp/disk.raw"
#   size: 4096
#   label: "rootfs"
apply_vm_disk_typical() {
  # The partition begins at 1 MiB, as fdisk has it; in front of it is room for GRUB.
  rm -f -- /tmp/disk.raw /tmp/disk.raw.core
  truncate -s 4096M /tmp/disk.raw
  echo '2048,,L,*' | sfdisk -q --label dos -- /tmp/disk.raw
  mkfs.ext4 -q -L rootfs -m 1 -O ^metadata_csum_seed,^orphan_file -E offset=1048576,lazy_itable_init=0,lazy_journal_init=0 \
    -d /tmp/tree /tmp/disk.raw 4095M >&2
  grub-mkimage -O i386-pc -o /tmp/disk.raw.core -p '(hd0,msdos1)/boot/grub' biosdisk part_msdos ext2 linux normal configfile
  dd if=/usr/lib/grub/i386-pc/boot.img of=/tmp/disk.raw bs=440 count=1 conv=notrunc status=none
  dd if=/tmp/disk.raw.core of=/tmp/disk.raw bs=512 seek=1 conv=notrunc status=none
  rm -f -- /tmp/disk.raw.core
}

# ---- vm/disk: hostile
#   tree: "/tmp/-it's\n$(a) ü"
#   disk: "/tmp/`b` \"c\""
#   size: 2
#   label: "a.b"
apply_vm_disk_hostile() {
  # The partition begins at 1 MiB, as fdisk has it; in front of it is room for GRUB.
  rm -f -- '/tmp/`b` "c"' '/tmp/`b` "c".core'
  truncate -s 2M '/tmp/`b` "c"'
  echo '2048,,L,*' | sfdisk -q --label dos -- '/tmp/`b` "c"'
  mkfs.ext4 -q -L a.b -m 1 -O ^metadata_csum_seed,^orphan_file -E offset=1048576,lazy_itable_init=0,lazy_journal_init=0 \
    -d '/tmp/-it'\''s
$(a) ü' '/tmp/`b` "c"' 1M >&2
  grub-mkimage -O i386-pc -o '/tmp/`b` "c".core' -p '(hd0,msdos1)/boot/grub' biosdisk part_msdos ext2 linux normal configfile
  dd if=/usr/lib/grub/i386-pc/boot.img of='/tmp/`b` "c"' bs=440 count=1 conv=notrunc status=none
  dd if='/tmp/`b` "c".core' of='/tmp/`b` "c"' bs=512 seek=1 conv=notrunc status=none
  rm -f -- '/tmp/`b` "c".core'
}

# ---- vm/box: typical
#   disk: "/tmp/disk.raw"
#   size: 4
#   box: "/tmp/box"
apply_vm_box_typical() {
  mkdir -p -- /tmp/box
  qemu-img convert -f raw -O qcow2 -- /tmp/disk.raw /tmp/box/box.img
  printf '{"provider": "libvirt", "format": "qcow2", "virtual_size": %d}\n' 4 >/tmp/box/metadata.json
  cat >/tmp/box/Vagrantfile <<'EOF'
Vagrant.configure("2") do |config|
  config.vm.guest = :debian
  config.vm.provider :libvirt do |libvirt|
    libvirt.disk_bus = "virtio"
  end
end
EOF
}

# ---- vm/box: hostile
#   disk: "/tmp/-it's\n$(a) ü"
#   size: 40
#   box: "/tmp/`b` \"c\""
apply_vm_box_hostile() {
  mkdir -p -- '/tmp/`b` "c"'
  qemu-img convert -f raw -O qcow2 -- '/tmp/-it'\''s
$(a) ü' '/tmp/`b` "c"/box.img'
  printf '{"provider": "libvirt", "format": "qcow2", "virtual_size": %d}\n' 40 >'/tmp/`b` "c"/metadata.json'
  cat >'/tmp/`b` "c"/Vagrantfile' <<'EOF'
Vagrant.configure("2") do |config|
  config.vm.guest = :debian
  config.vm.provider :libvirt do |libvirt|
    libvirt.disk_bus = "virtio"
  end
end
EOF
}

# ---- vm/box_above: typical
#   box: "/tmp/box"
#   below: "/var/lib/libvirt/box/box.img"
#   file: "/tmp/vm.box"
check_vm_box_above_typical() {
  [ -f /tmp/vm.box ]
}
apply_vm_box_above_typical() {
  work=/tmp/vm.box.work
  rm -rf -- "$work"
  mkdir -p -- "$work"
  cp -- /tmp/box/metadata.json /tmp/box/Vagrantfile "$work"
  qemu-img create -q -u -f qcow2 -F qcow2 -b /var/lib/libvirt/box/box.img -- "$work/box.img" 4G
  tar -C "$work" -cf /tmp/vm.box.new metadata.json Vagrantfile box.img
  rm -rf -- "$work"
  mv -- /tmp/vm.box.new /tmp/vm.box
}
undo_vm_box_above_typical() {
  rm -rf -- /tmp/vm.box.work /tmp/vm.box.new /tmp/vm.box
}

# ---- vm/box_above: hostile
#   box: "/tmp/-it's\n$(a) ü"
#   below: "/tmp/`b`"
#   size: 40
#   file: "/tmp/\"c\""
check_vm_box_above_hostile() {
  [ -f '/tmp/"c"' ]
}
apply_vm_box_above_hostile() {
  work='/tmp/"c".work'
  rm -rf -- "$work"
  mkdir -p -- "$work"
  cp -- '/tmp/-it'\''s
$(a) ü/metadata.json' '/tmp/-it'\''s
$(a) ü/Vagrantfile' "$work"
  qemu-img create -q -u -f qcow2 -F qcow2 -b '/tmp/`b`' -- "$work/box.img" 40G
  tar -C "$work" -cf '/tmp/"c".new' metadata.json Vagrantfile box.img
  rm -rf -- "$work"
  mv -- '/tmp/"c".new' '/tmp/"c"'
}
undo_vm_box_above_hostile() {
  rm -rf -- '/tmp/"c".work' '/tmp/"c".new' '/tmp/"c"'
}

# ---- vm/libvirtd: typical
#   name: "byhand-0a1b2c3d"
#   files: "/srv/vm/libvirt"
#   sockets: "/run/byhand/vm-0a1b2c3d"
#   box: "/srv/box"
check_vm_libvirtd_typical() {
  virsh -q -c 'qemu:///system?socket=/run/byhand/vm-0a1b2c3d/libvirt-sock' uri >/dev/null 2>&1
}
apply_vm_libvirtd_typical() {
  (
    umask 022
    mkdir -p -- /run/byhand/vm-0a1b2c3d /srv/vm/libvirt
    cd -- /srv/vm/libvirt
    mkdir -p -- cache etc lib/box lib/images log run
    : >no-kvm
    # No groups on the host, no devices of the guest's own, no virtlogd, no profiles of AppArmor.
    printf '%s\n' 'cgroup_controllers = []' 'namespaces = []' 'stdio_handler = "file"' 'security_driver = "none"' >etc/qemu.conf
    printf '%s\n' 'auth_unix_ro = "none"' 'auth_unix_rw = "none"' 'unix_sock_group = "root"' 'unix_sock_ro_perms = "0700"' \
      'unix_sock_rw_perms = "0700"' 'log_outputs = "3:file:/var/log/libvirt/libvirtd.log"' >etc/libvirtd.conf
    # What is mounted here goes with the last process that sees it.
    env 'BYHAND_VM=byhand-0a1b2c3d,libvirtd' unshare --mount -- sh -euc '
      mount --bind "$1" run
      mount -t tmpfs -o mode=755 run /run
      mkdir /run/libvirt
      mount --bind run /run/libvirt
      for place in etc var/cache var/lib var/log; do mount --bind "${place##*/}" "/$place/libvirt"; done
      mount --bind -o ro "$3" /var/lib/libvirt/box
      [ "$2" = no ] || [ ! -e /dev/kvm ] || mount --bind no-kvm /dev/kvm
      exec libvirtd --daemon --pid-file "$PWD/libvirtd.pid"' sh /run/byhand/vm-0a1b2c3d yes /srv/box
  )
  tries=100
  until virsh -q -c 'qemu:///system?socket=/run/byhand/vm-0a1b2c3d/libvirt-sock' uri >/dev/null 2>&1; do
    tries=$((tries - 1))
    if [ "$tries" -eq 0 ]; then
      echo 'libvirtd does not answer' >&2
      tail -n 5 -- /srv/vm/libvirt/log/libvirtd.log >&2
      return 1
    fi
    sleep 0.1
  done
}
undo_vm_libvirtd_typical() {
  processes() {
    for place in /proc/[0-9]*; do
      if grep -qsF -e 'BYHAND_VM=byhand-0a1b2c3d,' "$place/environ" || grep -qsF -e 'guest=byhand-0a1b2c3d-vm,' "$place/cmdline"; then
        echo "${place#/proc/}"
      fi
    done
  }
  for signal in TERM KILL; do
    tries=50
    while pids=$(processes) && [ -n "$pids" ] && [ "$tries" -gt 0 ]; do
      # shellcheck disable=SC2086 # one word a process
      kill -s "$signal" $pids 2>/dev/null || :
      tries=$((tries - 1))
      sleep 0.1
    done
  done
  if [ -n "$pids" ]; then
    printf 'these processes do not end: %s\n' "$pids" >&2
    return 1
  fi
  rm -rf -- /run/byhand/vm-0a1b2c3d /srv/vm/libvirt
}

# ---- vm/libvirtd: hostile
#   name: "a.b-c"
#   files: "/tmp/-it's\n$(a) ü"
#   sockets: "/run/`b`"
#   box: "/tmp/\"c\""
#   hide_kvm: false
check_vm_libvirtd_hostile() {
  virsh -q -c 'qemu:///system?socket=/run/`b`/libvirt-sock' uri >/dev/null 2>&1
}
apply_vm_libvirtd_hostile() {
  (
    umask 022
    mkdir -p -- '/run/`b`' '/tmp/-it'\''s
$(a) ü'
    cd -- '/tmp/-it'\''s
$(a) ü'
    mkdir -p -- cache etc lib/box lib/images log run
    : >no-kvm
    # No groups on the host, no devices of the guest's own, no virtlogd, no profiles of AppArmor.
    printf '%s\n' 'cgroup_controllers = []' 'namespaces = []' 'stdio_handler = "file"' 'security_driver = "none"' >etc/qemu.conf
    printf '%s\n' 'auth_unix_ro = "none"' 'auth_unix_rw = "none"' 'unix_sock_group = "root"' 'unix_sock_ro_perms = "0700"' \
      'unix_sock_rw_perms = "0700"' 'log_outputs = "3:file:/var/log/libvirt/libvirtd.log"' >etc/libvirtd.conf
    # What is mounted here goes with the last process that sees it.
    env 'BYHAND_VM=a.b-c,libvirtd' unshare --mount -- sh -euc '
      mount --bind "$1" run
      mount -t tmpfs -o mode=755 run /run
      mkdir /run/libvirt
      mount --bind run /run/libvirt
      for place in etc var/cache var/lib var/log; do mount --bind "${place##*/}" "/$place/libvirt"; done
      mount --bind -o ro "$3" /var/lib/libvirt/box
      [ "$2" = no ] || [ ! -e /dev/kvm ] || mount --bind no-kvm /dev/kvm
      exec libvirtd --daemon --pid-file "$PWD/libvirtd.pid"' sh '/run/`b`' no '/tmp/"c"'
  )
  tries=100
  until virsh -q -c 'qemu:///system?socket=/run/`b`/libvirt-sock' uri >/dev/null 2>&1; do
    tries=$((tries - 1))
    if [ "$tries" -eq 0 ]; then
      echo 'libvirtd does not answer' >&2
      tail -n 5 -- '/tmp/-it'\''s
$(a) ü/log/libvirtd.log' >&2
      return 1
    fi
    sleep 0.1
  done
}
undo_vm_libvirtd_hostile() {
  processes() {
    for place in /proc/[0-9]*; do
      if grep -qsF -e 'BYHAND_VM=a.b-c,' "$place/environ" || grep -qsF -e 'guest=a.b-c-vm,' "$place/cmdline"; then
        echo "${place#/proc/}"
      fi
    done
  }
  for signal in TERM KILL; do
    tries=50
    while pids=$(processes) && [ -n "$pids" ] && [ "$tries" -gt 0 ]; do
      # shellcheck disable=SC2086 # one word a process
      kill -s "$signal" $pids 2>/dev/null || :
      tries=$((tries - 1))
      sleep 0.1
    done
  done
  if [ -n "$pids" ]; then
    printf 'these processes do not end: %s\n' "$pids" >&2
    return 1
  fi
  rm -rf -- '/run/`b`' '/tmp/-it'\''s
$(a) ü'
}

# ---- vm/vagrant: typical
#   name: "byhand-0a1b2c3d"
#   checkout: "/srv/byhand"
#   provider: "virtualbox"
check_vm_vagrant_typical() {
  (
    cd -- /srv/byhand
    [ -s .vagrant/machines/vm/virtualbox/id ] || exit 1
    env 'BYHAND_VM=byhand-0a1b2c3d,vagrant' vagrant status --machine-readable |
      grep -q ',state,running$'
  )
}
apply_vm_vagrant_typical() {
  (
    cd -- /srv/byhand
    env 'BYHAND_VM=byhand-0a1b2c3d,vagrant' vagrant up --no-color --no-tty --provider virtualbox
  )
}
undo_vm_vagrant_typical() {
  # One that was killed half way may have left its Vagrant at work, which would hold the machine.
  processes() {
    for place in /proc/[0-9]*; do
      if grep -qsF -e 'BYHAND_VM=byhand-0a1b2c3d,vagrant' "$place/environ"; then echo "${place#/proc/}"; fi
    done
  }
  tries=50
  while pids=$(processes) && [ -n "$pids" ] && [ "$tries" -gt 0 ]; do
    # shellcheck disable=SC2086 # one word a process
    kill -s KILL $pids 2>/dev/null || :
    tries=$((tries - 1))
    sleep 0.1
  done
  (
    cd -- /srv/byhand
    env 'BYHAND_VM=byhand-0a1b2c3d,vagrant' vagrant destroy --no-color --no-tty --force
    # Vagrant leaves its notes of a machine that is gone, and what it made beside them.
    [ -d .vagrant ] || return 0
    cd -- .vagrant
    rm -rf -- machines/vm/virtualbox
    if [ ! -d machines ] || rmdir -p -- machines/vm 2>/dev/null; then rm -rf -- bundler rgloader; fi
  )
}

# ---- vm/vagrant: hostile
#   name: "a.b-c"
#   checkout: "/tmp/-it's\n$(a) ü"
#   home: "/tmp/`b` \"c\""
#   provider: "libvirt"
check_vm_vagrant_hostile() {
  (
    cd -- '/tmp/-it'\''s
$(a) ü'
    [ -s .vagrant/machines/vm/libvirt/id ] || exit 1
    env 'BYHAND_VM=a.b-c,vagrant' 'VAGRANT_HOME=/tmp/`b` "c"' vagrant status --machine-readable |
      grep -q ',state,running$'
  )
}
apply_vm_vagrant_hostile() {
  (
    cd -- '/tmp/-it'\''s
$(a) ü'
    env 'BYHAND_VM=a.b-c,vagrant' 'VAGRANT_HOME=/tmp/`b` "c"' vagrant up --no-color --no-tty --provider libvirt
  )
}
undo_vm_vagrant_hostile() {
  # One that was killed half way may have left its Vagrant at work, which would hold the machine.
  processes() {
    for place in /proc/[0-9]*; do
      if grep -qsF -e 'BYHAND_VM=a.b-c,vagrant' "$place/environ"; then echo "${place#/proc/}"; fi
    done
  }
  tries=50
  while pids=$(processes) && [ -n "$pids" ] && [ "$tries" -gt 0 ]; do
    # shellcheck disable=SC2086 # one word a process
    kill -s KILL $pids 2>/dev/null || :
    tries=$((tries - 1))
    sleep 0.1
  done
  (
    cd -- '/tmp/-it'\''s
$(a) ü'
    timeout 60 env 'BYHAND_VM=a.b-c,vagrant' 'VAGRANT_HOME=/tmp/`b` "c"' vagrant destroy --no-color --no-tty --force || echo 'Vagrant could not destroy the machine: it ends with its libvirtd' >&2
    # Vagrant leaves its notes of a machine that is gone, and what it made beside them.
    [ -d .vagrant ] || return 0
    cd -- .vagrant
    rm -rf -- machines/vm/libvirt
    if [ ! -d machines ] || rmdir -p -- machines/vm 2>/dev/null; then rm -rf -- bundler rgloader; fi
  )
}

# ---- vm/keys: typical
#   keys: "/srv/vm/keys"
#   machine: "/srv/vm/libvirt/lib/keys"
check_vm_keys_typical() {
  [ -s /srv/vm/keys/known_hosts ]
}
apply_vm_keys_typical() {
  rm -rf -- /srv/vm/keys /srv/vm/libvirt/lib/keys
  mkdir -p -- /srv/vm/keys /srv/vm/libvirt/lib/keys
  ssh-keygen -q -t ed25519 -N '' -C byhand -f /srv/vm/keys/key
  ssh-keygen -q -t ed25519 -N '' -C byhand -f /srv/vm/libvirt/lib/keys/host_key
  chmod 644 /srv/vm/libvirt/lib/keys/host_key
  cp -- /srv/vm/keys/key.pub /srv/vm/libvirt/lib/keys/authorized_key
  printf '%s %s\n' vm "$(cat -- /srv/vm/libvirt/lib/keys/host_key.pub)" >/srv/vm/keys/known_hosts.new
  mv -- /srv/vm/keys/known_hosts.new /srv/vm/keys/known_hosts
}
undo_vm_keys_typical() {
  rm -rf -- /srv/vm/keys /srv/vm/libvirt/lib/keys
}

# ---- vm/keys: hostile
#   keys: "/tmp/-it's\n$(a) ü"
#   machine: "/tmp/`b` \"c\""
#   name: "a.b-c"
check_vm_keys_hostile() {
  [ -s '/tmp/-it'\''s
$(a) ü/known_hosts' ]
}
apply_vm_keys_hostile() {
  rm -rf -- '/tmp/-it'\''s
$(a) ü' '/tmp/`b` "c"'
  mkdir -p -- '/tmp/-it'\''s
$(a) ü' '/tmp/`b` "c"'
  ssh-keygen -q -t ed25519 -N '' -C byhand -f '/tmp/-it'\''s
$(a) ü/key'
  ssh-keygen -q -t ed25519 -N '' -C byhand -f '/tmp/`b` "c"/host_key'
  chmod 644 '/tmp/`b` "c"/host_key'
  cp -- '/tmp/-it'\''s
$(a) ü/key.pub' '/tmp/`b` "c"/authorized_key'
  printf '%s %s\n' a.b-c "$(cat -- '/tmp/`b` "c"/host_key.pub')" >'/tmp/-it'\''s
$(a) ü/known_hosts.new'
  mv -- '/tmp/-it'\''s
$(a) ü/known_hosts.new' '/tmp/-it'\''s
$(a) ü/known_hosts'
}
undo_vm_keys_hostile() {
  rm -rf -- '/tmp/-it'\''s
$(a) ü' '/tmp/`b` "c"'
}

# ---- vm/ssh_config: typical
#   checkout: "/srv/byhand"
#   path: "/srv/byhand/.vagrant/byhand/ssh_config"
check_vm_ssh_config_typical() {
  [ -s /srv/byhand/.vagrant/byhand/ssh_config ]
}
apply_vm_ssh_config_typical() {
  (
    umask 077
    cd -- /srv/byhand
    vagrant ssh-config --host vm >/srv/byhand/.vagrant/byhand/ssh_config.new
  )
  mv -f -- /srv/byhand/.vagrant/byhand/ssh_config.new /srv/byhand/.vagrant/byhand/ssh_config
}
undo_vm_ssh_config_typical() {
  rm -f -- /srv/byhand/.vagrant/byhand/ssh_config.new /srv/byhand/.vagrant/byhand/ssh_config
}

# ---- vm/ssh_config: hostile
#   checkout: "/tmp/-it's\n$(a) ü"
#   path: "/tmp/`b` \"c\""
check_vm_ssh_config_hostile() {
  [ -s '/tmp/`b` "c"' ]
}
apply_vm_ssh_config_hostile() {
  (
    umask 077
    cd -- '/tmp/-it'\''s
$(a) ü'
    vagrant ssh-config --host vm >'/tmp/`b` "c".new'
  )
  mv -f -- '/tmp/`b` "c".new' '/tmp/`b` "c"'
}
undo_vm_ssh_config_hostile() {
  rm -f -- '/tmp/`b` "c".new' '/tmp/`b` "c"'
}
