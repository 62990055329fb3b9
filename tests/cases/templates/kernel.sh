#!/bin/sh
# shellcheck disable=SC2016,SC2317,SC2329,SC2034,SC2043 # values are literal; nothing calls the functions or reads their variables
# What the templates of one area become. Made by BYHAND_RENEW=1 pytest tests/cases; never run.
set -eu
prior=/the/folder/prior/one
export prior

# ---- kernel/module: typical
#   name: "br_netfilter"
check_kernel_module_typical() {
  [ "$(cat /etc/modules-load.d/br_netfilter.conf)" = br_netfilter ] || return 1
  [ -d /sys/module/br_netfilter ] ||
    grep -q '/br[-_]netfilter[.]ko$' "/lib/modules/$(uname -r)/modules.builtin" || return 1
  return 0
}
save_kernel_module_typical() {
  if [ -d /sys/module/br_netfilter ]; then echo loaded; else echo none; fi
  [ -d /etc/modules-load.d ] || echo folder
  if [ -e /etc/modules-load.d/br_netfilter.conf ]; then echo file && cat /etc/modules-load.d/br_netfilter.conf; fi
}
apply_kernel_module_typical() {
  if [ ! -d /sys/module/br_netfilter ]; then modprobe -- br_netfilter; fi
  mkdir -p /etc/modules-load.d
  rm -f /etc/modules-load.d/br_netfilter.conf.byhand
  [ ! -e /etc/modules-load.d/br_netfilter.conf ] || cp -p /etc/modules-load.d/br_netfilter.conf /etc/modules-load.d/br_netfilter.conf.byhand
  printf '%s\n' br_netfilter >/etc/modules-load.d/br_netfilter.conf.byhand
  mv -f /etc/modules-load.d/br_netfilter.conf.byhand /etc/modules-load.d/br_netfilter.conf
}
undo_kernel_module_typical() {
  rm -f /etc/modules-load.d/br_netfilter.conf.byhand
  case $(sed -n 2p "$prior") in
  file) tail -n +3 "$prior" >/etc/modules-load.d/br_netfilter.conf ;;
  folder)
    rm -f /etc/modules-load.d/br_netfilter.conf
    [ ! -d /etc/modules-load.d ] || [ "$(ls -A /etc/modules-load.d)" ] || rmdir /etc/modules-load.d ;;
  *) rm -f /etc/modules-load.d/br_netfilter.conf ;;
  esac
  if [ "$(head -n 1 "$prior")" = none ] && [ -d /sys/module/br_netfilter ]; then modprobe -r -- br_netfilter; fi
}

# ---- kernel/module: boot only
#   name: "snd-hda_intel"
#   loaded: false
#   boot: true
check_kernel_module_boot_only() {
  [ "$(cat /etc/modules-load.d/snd-hda_intel.conf)" = snd-hda_intel ] || return 1
  return 0
}
save_kernel_module_boot_only() {
  if [ -d /sys/module/snd_hda_intel ]; then echo loaded; else echo none; fi
  [ -d /etc/modules-load.d ] || echo folder
  if [ -e /etc/modules-load.d/snd-hda_intel.conf ]; then echo file && cat /etc/modules-load.d/snd-hda_intel.conf; fi
}
apply_kernel_module_boot_only() {
  mkdir -p /etc/modules-load.d
  rm -f /etc/modules-load.d/snd-hda_intel.conf.byhand
  [ ! -e /etc/modules-load.d/snd-hda_intel.conf ] || cp -p /etc/modules-load.d/snd-hda_intel.conf /etc/modules-load.d/snd-hda_intel.conf.byhand
  printf '%s\n' snd-hda_intel >/etc/modules-load.d/snd-hda_intel.conf.byhand
  mv -f /etc/modules-load.d/snd-hda_intel.conf.byhand /etc/modules-load.d/snd-hda_intel.conf
}
undo_kernel_module_boot_only() {
  rm -f /etc/modules-load.d/snd-hda_intel.conf.byhand
  case $(sed -n 2p "$prior") in
  file) tail -n +3 "$prior" >/etc/modules-load.d/snd-hda_intel.conf ;;
  folder)
    rm -f /etc/modules-load.d/snd-hda_intel.conf
    [ ! -d /etc/modules-load.d ] || [ "$(ls -A /etc/modules-load.d)" ] || rmdir /etc/modules-load.d ;;
  *) rm -f /etc/modules-load.d/snd-hda_intel.conf ;;
  esac
}

# ---- kernel/module: now only
#   name: "loop"
#   loaded: true
#   boot: false
check_kernel_module_now_only() {
  [ -d /sys/module/loop ] ||
    grep -q '/loop[.]ko$' "/lib/modules/$(uname -r)/modules.builtin" || return 1
  return 0
}
save_kernel_module_now_only() {
  if [ -d /sys/module/loop ]; then echo loaded; else echo none; fi
  [ -d /etc/modules-load.d ] || echo folder
  if [ -e /etc/modules-load.d/loop.conf ]; then echo file && cat /etc/modules-load.d/loop.conf; fi
}
apply_kernel_module_now_only() {
  if [ ! -d /sys/module/loop ]; then modprobe -- loop; fi
}
undo_kernel_module_now_only() {
  if [ "$(head -n 1 "$prior")" = none ] && [ -d /sys/module/loop ]; then modprobe -r -- loop; fi
}
