#!/bin/sh
# shellcheck disable=SC2016,SC2317,SC2329,SC2034,SC2043 # values are literal; nothing calls the functions or reads their variables
# What the templates of one area become. Made by BYHAND_RENEW=1 pytest tests/cases; never run.
set -eu
prior=/the/folder/prior/one
export prior

# ---- mount/entry: typical
#   source: "UUID=abcd-1234"
#   path: "/srv"
#   type: "ext4"
check_mount_entry_typical() {
  [ "$(KEY=/srv awk -v field=2 '
    $1 !~ /^#/ && $field == ENVIRON["KEY"] { print $1, $2, $3, $4, $5 + 0, $6 + 0 }' /etc/fstab)" = 'UUID=abcd-1234 /srv ext4 defaults 0 0' ]
}
save_mount_entry_typical() {
  if [ -h /etc/fstab ]; then
    echo "/etc/fstab is a link" >&2
    return 1
  fi
  if [ -e /etc/fstab ]; then echo file && cat /etc/fstab; fi
}
apply_mount_entry_typical() {
  from=/etc/fstab
  [ -e "$from" ] || from=/dev/null
  rm -f /etc/fstab.byhand
  [ ! -e /etc/fstab ] || cp -p /etc/fstab /etc/fstab.byhand
  KEY=/srv LINE='UUID=abcd-1234 /srv ext4 defaults 0 0' awk -v field=2 '
    $1 !~ /^#/ && $field == ENVIRON["KEY"] { if (!done++) print ENVIRON["LINE"]; next }
    { print }
    END { if (!done) print ENVIRON["LINE"] }' "$from" >/etc/fstab.byhand
  cp /etc/fstab.byhand "$prior.ours"
  mv -f /etc/fstab.byhand /etc/fstab
  if [ -d /run/systemd/system ]; then systemctl daemon-reload; fi
}
undo_mount_entry_typical() {
  rm -f /etc/fstab.byhand
  [ -e "$prior.ours" ] || return 0
  tail -n +2 "$prior" >"$prior.was"
  if [ ! -s "$prior" ] && cmp -s "$prior.ours" /etc/fstab; then
    rm -f /etc/fstab
  elif [ -e /etc/fstab ] && ! cmp -s "$prior.was" /etc/fstab; then
    cp -p /etc/fstab /etc/fstab.byhand
    if cmp -s "$prior.ours" /etc/fstab; then
      cat "$prior.was"
    else # someone changed it since: only our line goes, and what stood there comes back
      awk '
        part == 1 { was[$0]; former[++n] = $0; next }
        part == 2 { ours[$0]; next }
        !($0 in ours) || $0 in was { print; next }
        !done++ { for (i = 1; i <= n; i++) if (!(former[i] in ours)) print former[i] }' \
        part=1 "$prior.was" part=2 "$prior.ours" part=3 /etc/fstab
    fi >/etc/fstab.byhand
    mv -f /etc/fstab.byhand /etc/fstab
  fi
  if [ -d /run/systemd/system ]; then systemctl daemon-reload; fi
  rm -f -- "$prior.ours" "$prior.was"
}
diff_mount_entry_typical() {
  from=/etc/fstab
  [ -e "$from" ] || from=/dev/null
  KEY=/srv LINE='UUID=abcd-1234 /srv ext4 defaults 0 0' awk -v field=2 '
    $1 !~ /^#/ && $field == ENVIRON["KEY"] { if (!done++) print ENVIRON["LINE"]; next }
    { print }
    END { if (!done) print ENVIRON["LINE"] }' "$from" | diff -u "$from" - || :
}

# ---- mount/entry: every
#   source: "nas:/x"
#   path: "/mnt/x"
#   type: "nfs"
#   options: "ro,noatime"
#   dump: 1
#   pass: 2
check_mount_entry_every() {
  [ "$(KEY=/mnt/x awk -v field=2 '
    $1 !~ /^#/ && $field == ENVIRON["KEY"] { print $1, $2, $3, $4, $5 + 0, $6 + 0 }' /etc/fstab)" = 'nas:/x /mnt/x nfs ro,noatime 1 2' ]
}
save_mount_entry_every() {
  if [ -h /etc/fstab ]; then
    echo "/etc/fstab is a link" >&2
    return 1
  fi
  if [ -e /etc/fstab ]; then echo file && cat /etc/fstab; fi
}
apply_mount_entry_every() {
  from=/etc/fstab
  [ -e "$from" ] || from=/dev/null
  rm -f /etc/fstab.byhand
  [ ! -e /etc/fstab ] || cp -p /etc/fstab /etc/fstab.byhand
  KEY=/mnt/x LINE='nas:/x /mnt/x nfs ro,noatime 1 2' awk -v field=2 '
    $1 !~ /^#/ && $field == ENVIRON["KEY"] { if (!done++) print ENVIRON["LINE"]; next }
    { print }
    END { if (!done) print ENVIRON["LINE"] }' "$from" >/etc/fstab.byhand
  cp /etc/fstab.byhand "$prior.ours"
  mv -f /etc/fstab.byhand /etc/fstab
  if [ -d /run/systemd/system ]; then systemctl daemon-reload; fi
}
undo_mount_entry_every() {
  rm -f /etc/fstab.byhand
  [ -e "$prior.ours" ] || return 0
  tail -n +2 "$prior" >"$prior.was"
  if [ ! -s "$prior" ] && cmp -s "$prior.ours" /etc/fstab; then
    rm -f /etc/fstab
  elif [ -e /etc/fstab ] && ! cmp -s "$prior.was" /etc/fstab; then
    cp -p /etc/fstab /etc/fstab.byhand
    if cmp -s "$prior.ours" /etc/fstab; then
      cat "$prior.was"
    else # someone changed it since: only our line goes, and what stood there comes back
      awk '
        part == 1 { was[$0]; former[++n] = $0; next }
        part == 2 { ours[$0]; next }
        !($0 in ours) || $0 in was { print; next }
        !done++ { for (i = 1; i <= n; i++) if (!(former[i] in ours)) print former[i] }' \
        part=1 "$prior.was" part=2 "$prior.ours" part=3 /etc/fstab
    fi >/etc/fstab.byhand
    mv -f /etc/fstab.byhand /etc/fstab
  fi
  if [ -d /run/systemd/system ]; then systemctl daemon-reload; fi
  rm -f -- "$prior.ours" "$prior.was"
}
diff_mount_entry_every() {
  from=/etc/fstab
  [ -e "$from" ] || from=/dev/null
  KEY=/mnt/x LINE='nas:/x /mnt/x nfs ro,noatime 1 2' awk -v field=2 '
    $1 !~ /^#/ && $field == ENVIRON["KEY"] { if (!done++) print ENVIRON["LINE"]; next }
    { print }
    END { if (!done) print ENVIRON["LINE"] }' "$from" | diff -u "$from" - || :
}

# ---- mount/entry: swap
#   source: "/swapfile"
#   type: "swap"
#   options: "sw"
check_mount_entry_swap() {
  [ "$(KEY=/swapfile awk -v field=1 '
    $1 !~ /^#/ && $field == ENVIRON["KEY"] { print $1, $2, $3, $4, $5 + 0, $6 + 0 }' /etc/fstab)" = '/swapfile none swap sw 0 0' ]
}
save_mount_entry_swap() {
  if [ -h /etc/fstab ]; then
    echo "/etc/fstab is a link" >&2
    return 1
  fi
  if [ -e /etc/fstab ]; then echo file && cat /etc/fstab; fi
}
apply_mount_entry_swap() {
  from=/etc/fstab
  [ -e "$from" ] || from=/dev/null
  rm -f /etc/fstab.byhand
  [ ! -e /etc/fstab ] || cp -p /etc/fstab /etc/fstab.byhand
  KEY=/swapfile LINE='/swapfile none swap sw 0 0' awk -v field=1 '
    $1 !~ /^#/ && $field == ENVIRON["KEY"] { if (!done++) print ENVIRON["LINE"]; next }
    { print }
    END { if (!done) print ENVIRON["LINE"] }' "$from" >/etc/fstab.byhand
  cp /etc/fstab.byhand "$prior.ours"
  mv -f /etc/fstab.byhand /etc/fstab
  if [ -d /run/systemd/system ]; then systemctl daemon-reload; fi
}
undo_mount_entry_swap() {
  rm -f /etc/fstab.byhand
  [ -e "$prior.ours" ] || return 0
  tail -n +2 "$prior" >"$prior.was"
  if [ ! -s "$prior" ] && cmp -s "$prior.ours" /etc/fstab; then
    rm -f /etc/fstab
  elif [ -e /etc/fstab ] && ! cmp -s "$prior.was" /etc/fstab; then
    cp -p /etc/fstab /etc/fstab.byhand
    if cmp -s "$prior.ours" /etc/fstab; then
      cat "$prior.was"
    else # someone changed it since: only our line goes, and what stood there comes back
      awk '
        part == 1 { was[$0]; former[++n] = $0; next }
        part == 2 { ours[$0]; next }
        !($0 in ours) || $0 in was { print; next }
        !done++ { for (i = 1; i <= n; i++) if (!(former[i] in ours)) print former[i] }' \
        part=1 "$prior.was" part=2 "$prior.ours" part=3 /etc/fstab
    fi >/etc/fstab.byhand
    mv -f /etc/fstab.byhand /etc/fstab
  fi
  if [ -d /run/systemd/system ]; then systemctl daemon-reload; fi
  rm -f -- "$prior.ours" "$prior.was"
}
diff_mount_entry_swap() {
  from=/etc/fstab
  [ -e "$from" ] || from=/dev/null
  KEY=/swapfile LINE='/swapfile none swap sw 0 0' awk -v field=1 '
    $1 !~ /^#/ && $field == ENVIRON["KEY"] { if (!done++) print ENVIRON["LINE"]; next }
    { print }
    END { if (!done) print ENVIRON["LINE"] }' "$from" | diff -u "$from" - || :
}

# ---- mount/entry: hostile
#   source: "/dev/it's $(a) \\ ü"
#   path: "/mnt/a b\t\"c\""
#   type: "none"
#   options: "bind,x='$(b)"
check_mount_entry_hostile() {
  [ "$(KEY='/mnt/a\040b\011"c"' awk -v field=2 '
    $1 !~ /^#/ && $field == ENVIRON["KEY"] { print $1, $2, $3, $4, $5 + 0, $6 + 0 }' /etc/fstab)" = '/dev/it'\''s\040$(a)\040\134\040ü /mnt/a\040b\011"c" none bind,x='\''$(b) 0 0' ]
}
save_mount_entry_hostile() {
  if [ -h /etc/fstab ]; then
    echo "/etc/fstab is a link" >&2
    return 1
  fi
  if [ -e /etc/fstab ]; then echo file && cat /etc/fstab; fi
}
apply_mount_entry_hostile() {
  from=/etc/fstab
  [ -e "$from" ] || from=/dev/null
  rm -f /etc/fstab.byhand
  [ ! -e /etc/fstab ] || cp -p /etc/fstab /etc/fstab.byhand
  KEY='/mnt/a\040b\011"c"' LINE='/dev/it'\''s\040$(a)\040\134\040ü /mnt/a\040b\011"c" none bind,x='\''$(b) 0 0' awk -v field=2 '
    $1 !~ /^#/ && $field == ENVIRON["KEY"] { if (!done++) print ENVIRON["LINE"]; next }
    { print }
    END { if (!done) print ENVIRON["LINE"] }' "$from" >/etc/fstab.byhand
  cp /etc/fstab.byhand "$prior.ours"
  mv -f /etc/fstab.byhand /etc/fstab
  if [ -d /run/systemd/system ]; then systemctl daemon-reload; fi
}
undo_mount_entry_hostile() {
  rm -f /etc/fstab.byhand
  [ -e "$prior.ours" ] || return 0
  tail -n +2 "$prior" >"$prior.was"
  if [ ! -s "$prior" ] && cmp -s "$prior.ours" /etc/fstab; then
    rm -f /etc/fstab
  elif [ -e /etc/fstab ] && ! cmp -s "$prior.was" /etc/fstab; then
    cp -p /etc/fstab /etc/fstab.byhand
    if cmp -s "$prior.ours" /etc/fstab; then
      cat "$prior.was"
    else # someone changed it since: only our line goes, and what stood there comes back
      awk '
        part == 1 { was[$0]; former[++n] = $0; next }
        part == 2 { ours[$0]; next }
        !($0 in ours) || $0 in was { print; next }
        !done++ { for (i = 1; i <= n; i++) if (!(former[i] in ours)) print former[i] }' \
        part=1 "$prior.was" part=2 "$prior.ours" part=3 /etc/fstab
    fi >/etc/fstab.byhand
    mv -f /etc/fstab.byhand /etc/fstab
  fi
  if [ -d /run/systemd/system ]; then systemctl daemon-reload; fi
  rm -f -- "$prior.ours" "$prior.was"
}
diff_mount_entry_hostile() {
  from=/etc/fstab
  [ -e "$from" ] || from=/dev/null
  KEY='/mnt/a\040b\011"c"' LINE='/dev/it'\''s\040$(a)\040\134\040ü /mnt/a\040b\011"c" none bind,x='\''$(b) 0 0' awk -v field=2 '
    $1 !~ /^#/ && $field == ENVIRON["KEY"] { if (!done++) print ENVIRON["LINE"]; next }
    { print }
    END { if (!done) print ENVIRON["LINE"] }' "$from" | diff -u "$from" - || :
}

# ---- mount/mounted: typical
#   source: "tmpfs"
#   path: "/mnt/t"
#   type: "tmpfs"
check_mount_mounted_typical() {
  found=$(TARGET=/mnt/t awk '$2 == ENVIRON["TARGET"] { last = $1 " " $3 " ," $4 "," } END { print last }' /proc/self/mounts)
  [ "$found" ] || return 1
  case $found in *' tmpfs ,'*) ;; *) return 1 ;; esac
  [ "${found%% *}" = tmpfs ] || return 1
  return 0
}
save_mount_mounted_typical() {
  if [ ! -e /mnt/t ] || [ "$(readlink -f -- /mnt/t && echo .)" != '/mnt/t
.' ]; then
    printf '%s\n' '/mnt/t is not there, or leads through a link' >&2
    return 1
  fi
  found=$(TARGET=/mnt/t awk '$2 == ENVIRON["TARGET"] { last = $1 " (" $3 ", " $4 ")" } END { print last }' /proc/self/mounts)
  if [ "$found" ]; then
    printf '%s %s\n' '/mnt/t has another mount already, or one with other options:' "$found" >&2
    return 1
  fi
  echo none
}
apply_mount_mounted_typical() {
  found=$(TARGET=/mnt/t awk '$2 == ENVIRON["TARGET"] { last = $1 " " $3 } END { print last }' /proc/self/mounts)
  # There was nothing at first: what is there now was mounted by an apply that did not reach its end, or by someone else.
  if [ "$found" ] && [ -e "$prior.mounted" ] && [ "$found" != "$(cat "$prior.mounted")" ]; then
    printf '%s %s\n' '/mnt/t has another mount already:' "$found" >&2
    return 1
  fi
  [ "$found" ] || mount -t tmpfs -o defaults -- tmpfs /mnt/t
  TARGET=/mnt/t awk '$2 == ENVIRON["TARGET"] { last = $1 " " $3 } END { print last }' /proc/self/mounts >"$prior.mounted"
}
undo_mount_mounted_typical() {
  found=$(TARGET=/mnt/t awk '$2 == ENVIRON["TARGET"] { last = $1 " " $3 } END { print last }' /proc/self/mounts)
  # What someone else mounted there since stays.
  if [ "$found" ] && { [ ! -e "$prior.mounted" ] || [ "$found" = "$(cat "$prior.mounted")" ]; }; then
    umount -- /mnt/t
  fi
  rm -f -- "$prior.mounted"
}

# ---- mount/mounted: every
#   source: "/srv"
#   path: "/mnt/s"
#   type: "none"
#   options: "bind,ro"
check_mount_mounted_every() {
  found=$(TARGET=/mnt/s awk '$2 == ENVIRON["TARGET"] { last = $1 " " $3 " ," $4 "," } END { print last }' /proc/self/mounts)
  [ "$found" ] || return 1
  # shellcheck disable=SC3013 # POSIX has -ef since its issue 8
  [ /srv -ef /mnt/s ] || return 1
  case $found in *,ro,*) ;; *) return 1 ;; esac
  return 0
}
save_mount_mounted_every() {
  if [ ! -e /mnt/s ] || [ "$(readlink -f -- /mnt/s && echo .)" != '/mnt/s
.' ]; then
    printf '%s\n' '/mnt/s is not there, or leads through a link' >&2
    return 1
  fi
  found=$(TARGET=/mnt/s awk '$2 == ENVIRON["TARGET"] { last = $1 " (" $3 ", " $4 ")" } END { print last }' /proc/self/mounts)
  if [ "$found" ]; then
    printf '%s %s\n' '/mnt/s has another mount already, or one with other options:' "$found" >&2
    return 1
  fi
  echo none
}
apply_mount_mounted_every() {
  found=$(TARGET=/mnt/s awk '$2 == ENVIRON["TARGET"] { last = $1 " " $3 } END { print last }' /proc/self/mounts)
  # There was nothing at first: what is there now was mounted by an apply that did not reach its end, or by someone else.
  if [ "$found" ] && [ -e "$prior.mounted" ] && [ "$found" != "$(cat "$prior.mounted")" ]; then
    printf '%s %s\n' '/mnt/s has another mount already:' "$found" >&2
    return 1
  fi
  [ "$found" ] || mount -t none -o bind,ro -- /srv /mnt/s
  # The kernel takes a bind's own flags only in a second call, which busybox mount does not make by itself.
  mount -o remount,bind,ro -- /mnt/s
  TARGET=/mnt/s awk '$2 == ENVIRON["TARGET"] { last = $1 " " $3 } END { print last }' /proc/self/mounts >"$prior.mounted"
}
undo_mount_mounted_every() {
  found=$(TARGET=/mnt/s awk '$2 == ENVIRON["TARGET"] { last = $1 " " $3 } END { print last }' /proc/self/mounts)
  # What someone else mounted there since stays.
  if [ "$found" ] && { [ ! -e "$prior.mounted" ] || [ "$found" = "$(cat "$prior.mounted")" ]; }; then
    umount -- /mnt/s
  fi
  rm -f -- "$prior.mounted"
}

# ---- mount/mounted: hostile
#   source: "/srv/it's\n$(a) ü"
#   path: "/mnt/-a b\\"
#   options: "x='$(b)"
check_mount_mounted_hostile() {
  found=$(TARGET='/mnt/-a\040b\134' awk '$2 == ENVIRON["TARGET"] { last = $1 " " $3 " ," $4 "," } END { print last }' /proc/self/mounts)
  [ "$found" ] || return 1
  return 0
}
save_mount_mounted_hostile() {
  if [ ! -e '/mnt/-a b\' ] || [ "$(readlink -f -- '/mnt/-a b\' && echo .)" != '/mnt/-a b\
.' ]; then
    printf '%s\n' '/mnt/-a b\ is not there, or leads through a link' >&2
    return 1
  fi
  found=$(TARGET='/mnt/-a\040b\134' awk '$2 == ENVIRON["TARGET"] { last = $1 " (" $3 ", " $4 ")" } END { print last }' /proc/self/mounts)
  if [ "$found" ]; then
    printf '%s %s\n' '/mnt/-a b\ has another mount already, or one with other options:' "$found" >&2
    return 1
  fi
  echo none
}
apply_mount_mounted_hostile() {
  found=$(TARGET='/mnt/-a\040b\134' awk '$2 == ENVIRON["TARGET"] { last = $1 " " $3 } END { print last }' /proc/self/mounts)
  # There was nothing at first: what is there now was mounted by an apply that did not reach its end, or by someone else.
  if [ "$found" ] && [ -e "$prior.mounted" ] && [ "$found" != "$(cat "$prior.mounted")" ]; then
    printf '%s %s\n' '/mnt/-a b\ has another mount already:' "$found" >&2
    return 1
  fi
  [ "$found" ] || mount -t auto -o 'x='\''$(b)' -- '/srv/it'\''s
$(a) ü' '/mnt/-a b\'
  TARGET='/mnt/-a\040b\134' awk '$2 == ENVIRON["TARGET"] { last = $1 " " $3 } END { print last }' /proc/self/mounts >"$prior.mounted"
}
undo_mount_mounted_hostile() {
  found=$(TARGET='/mnt/-a\040b\134' awk '$2 == ENVIRON["TARGET"] { last = $1 " " $3 } END { print last }' /proc/self/mounts)
  # What someone else mounted there since stays.
  if [ "$found" ] && { [ ! -e "$prior.mounted" ] || [ "$found" = "$(cat "$prior.mounted")" ]; }; then
    umount -- '/mnt/-a b\'
  fi
  rm -f -- "$prior.mounted"
}
