#!/bin/sh
# shellcheck disable=SC2016,SC2317,SC2329,SC2034,SC2043 # values are literal; nothing calls the functions or reads their variables
# What the templates of one area become. Made by BYHAND_RENEW=1 pytest tests/cases; never run.
set -eu
prior=/the/folder/prior/one
export prior

# ---- overlay/mount: typical
#   lower: ["/l/1", "/l/2"]
#   upper: "/o/u"
#   work: "/o/w"
#   target: "/o/m"
check_overlay_mount_typical() {
  mountpoint -q -- /o/m
}
apply_overlay_mount_typical() {
  (
    cd /
    LIBMOUNT_FORCE_MOUNT2=always mount -t overlay -o nodev,lowerdir=/l/1:/l/2,upperdir=/o/u,workdir=/o/w byhand /o/m
  )
}
undo_overlay_mount_typical() {
  umount -- /o/m 2>/dev/null || ! mountpoint -q -- /o/m
}

# ---- overlay/mount: every
#   lower: ["/l/1", "/l/2"]
#   below: "/l"
#   upper: "/o/u"
#   work: "/o/w"
#   target: "/o/m"
check_overlay_mount_every() {
  mountpoint -q -- /o/m
}
apply_overlay_mount_every() {
  (
    cd /l
    LIBMOUNT_FORCE_MOUNT2=always mount -t overlay -o nodev,lowerdir=1:2,upperdir=/o/u,workdir=/o/w byhand /o/m
  )
}
undo_overlay_mount_every() {
  umount -- /o/m 2>/dev/null || ! mountpoint -q -- /o/m
}

# ---- overlay/mount: hostile
#   lower: ["/l/it's $(a) ü"]
#   upper: "/o/`u`"
#   work: "/o/-w'"
#   target: "/o/m\n:,"
check_overlay_mount_hostile() {
  mountpoint -q -- '/o/m
:,'
}
apply_overlay_mount_hostile() {
  (
    cd /
    LIBMOUNT_FORCE_MOUNT2=always mount -t overlay -o 'nodev,lowerdir=/l/it'\''s $(a) ü,upperdir=/o/`u`,workdir=/o/-w'\''' byhand '/o/m
:,'
  )
}
undo_overlay_mount_hostile() {
  umount -- '/o/m
:,' 2>/dev/null || ! mountpoint -q -- '/o/m
:,'
}
