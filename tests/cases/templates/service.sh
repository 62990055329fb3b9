#!/bin/sh
# shellcheck disable=SC2016,SC2317,SC2329,SC2034,SC2043 # values are literal; nothing calls the functions or reads their variables
# What the templates of one area become. Made by BYHAND_RENEW=1 pytest tests/cases; never run.
set -eu
prior=/the/folder/prior/one
export prior

# ---- service/openrc_script: typical
#   name: "a"
#   content: "#!/sbin/openrc-run\ncommand=/bin/a\n"
check_service_openrc_script_typical() {
  [ ! -h /etc/init.d/a ] && [ -f /etc/init.d/a ] && [ "$(stat -c %a -- /etc/init.d/a)" = 755 ] &&
    printf '%s' '#!/sbin/openrc-run
command=/bin/a
' | cmp -s -- - /etc/init.d/a
}
save_service_openrc_script_typical() {
  if [ -d /etc/init.d/a ]; then
    printf '%s\n' '/etc/init.d/a is a folder' >&2
    return 1
  fi
  if [ -h /etc/init.d/a ]; then
    echo link
    readlink -n -- /etc/init.d/a
  elif [ -e /etc/init.d/a ]; then
    stat -c '%a %u:%g' -- /etc/init.d/a
    cat -- /etc/init.d/a
  fi
}
apply_service_openrc_script_typical() {
  if ! log=$(printf '%s' '#!/sbin/openrc-run
command=/bin/a
' | sh -n 2>&1); then
    printf '%s\n' 'sh refuses a:' "$log" >&2
    return 1
  fi
  # A name with a dot at its beginning is no service while it is being written.
  rm -f -- /etc/init.d/.a.byhand
  (
    set -C
    printf '%s' '#!/sbin/openrc-run
command=/bin/a
' >/etc/init.d/.a.byhand
  )
  chmod 755 /etc/init.d/.a.byhand
  mv -f -- /etc/init.d/.a.byhand /etc/init.d/a
}
undo_service_openrc_script_typical() {
  rm -f -- /etc/init.d/.a.byhand
  if [ ! -s "$prior" ]; then
    rm -f -- /etc/init.d/a
    return $?
  fi
  read -r mode owner <"$prior"
  if [ "$mode" = link ]; then
    name=$(tail -n +2 "$prior" && echo .)
    ln -s -- "${name%.}" /etc/init.d/.a.byhand
  else
    (
      umask 077
      set -C
      tail -n +2 "$prior" >/etc/init.d/.a.byhand
    )
    chown -- "$owner" /etc/init.d/.a.byhand
    chmod "$mode" /etc/init.d/.a.byhand
  fi
  mv -f -- /etc/init.d/.a.byhand /etc/init.d/a
}
diff_service_openrc_script_typical() {
  printf '%s' '#!/sbin/openrc-run
command=/bin/a
' | diff -uN -- /etc/init.d/a - || :
}

# ---- service/openrc_script: hostile
#   name: "a.b-c"
#   content: "#!/sbin/openrc-run\n# it's $(a) `b` \\n ü"
check_service_openrc_script_hostile() {
  [ ! -h /etc/init.d/a.b-c ] && [ -f /etc/init.d/a.b-c ] && [ "$(stat -c %a -- /etc/init.d/a.b-c)" = 755 ] &&
    printf '%s' '#!/sbin/openrc-run
# it'\''s $(a) `b` \n ü' | cmp -s -- - /etc/init.d/a.b-c
}
save_service_openrc_script_hostile() {
  if [ -d /etc/init.d/a.b-c ]; then
    printf '%s\n' '/etc/init.d/a.b-c is a folder' >&2
    return 1
  fi
  if [ -h /etc/init.d/a.b-c ]; then
    echo link
    readlink -n -- /etc/init.d/a.b-c
  elif [ -e /etc/init.d/a.b-c ]; then
    stat -c '%a %u:%g' -- /etc/init.d/a.b-c
    cat -- /etc/init.d/a.b-c
  fi
}
apply_service_openrc_script_hostile() {
  if ! log=$(printf '%s' '#!/sbin/openrc-run
# it'\''s $(a) `b` \n ü' | sh -n 2>&1); then
    printf '%s\n' 'sh refuses a.b-c:' "$log" >&2
    return 1
  fi
  # A name with a dot at its beginning is no service while it is being written.
  rm -f -- /etc/init.d/.a.b-c.byhand
  (
    set -C
    printf '%s' '#!/sbin/openrc-run
# it'\''s $(a) `b` \n ü' >/etc/init.d/.a.b-c.byhand
  )
  chmod 755 /etc/init.d/.a.b-c.byhand
  mv -f -- /etc/init.d/.a.b-c.byhand /etc/init.d/a.b-c
}
undo_service_openrc_script_hostile() {
  rm -f -- /etc/init.d/.a.b-c.byhand
  if [ ! -s "$prior" ]; then
    rm -f -- /etc/init.d/a.b-c
    return $?
  fi
  read -r mode owner <"$prior"
  if [ "$mode" = link ]; then
    name=$(tail -n +2 "$prior" && echo .)
    ln -s -- "${name%.}" /etc/init.d/.a.b-c.byhand
  else
    (
      umask 077
      set -C
      tail -n +2 "$prior" >/etc/init.d/.a.b-c.byhand
    )
    chown -- "$owner" /etc/init.d/.a.b-c.byhand
    chmod "$mode" /etc/init.d/.a.b-c.byhand
  fi
  mv -f -- /etc/init.d/.a.b-c.byhand /etc/init.d/a.b-c
}
diff_service_openrc_script_hostile() {
  printf '%s' '#!/sbin/openrc-run
# it'\''s $(a) `b` \n ü' | diff -uN -- /etc/init.d/a.b-c - || :
}

# ---- service/reload: typical
#   name: "nginx"
apply_service_reload_typical() {
  if [ -d /run/systemd/system ]; then
    systemctl reload -- nginx
  elif command -v rc-service >/dev/null; then
    # A daemon of OpenRC keeps its standard error: whoever reads ours would wait for it.
    log=$(mktemp)
    if ! rc-service -q -- nginx reload >"$log" 2>&1; then
      tail -n 5 "$log" >&2
      rm -f -- "$log"
      return 1
    fi
    rm -f -- "$log"
  else
    echo "neither systemd nor OpenRC runs here" >&2
    return 1
  fi
}

# ---- service/reload: instance
#   name: "getty@tty1"
apply_service_reload_instance() {
  if [ -d /run/systemd/system ]; then
    systemctl reload -- getty@tty1
  elif command -v rc-service >/dev/null; then
    # A daemon of OpenRC keeps its standard error: whoever reads ours would wait for it.
    log=$(mktemp)
    if ! rc-service -q -- getty@tty1 reload >"$log" 2>&1; then
      tail -n 5 "$log" >&2
      rm -f -- "$log"
      return 1
    fi
    rm -f -- "$log"
  else
    echo "neither systemd nor OpenRC runs here" >&2
    return 1
  fi
}

# ---- service/restart: typical
#   name: "nginx"
apply_service_restart_typical() {
  if [ -d /run/systemd/system ]; then
    systemctl restart -- nginx
  elif command -v rc-service >/dev/null; then
    # A daemon of OpenRC keeps its standard error: whoever reads ours would wait for it.
    log=$(mktemp)
    if ! rc-service -q -- nginx restart >"$log" 2>&1; then
      tail -n 5 "$log" >&2
      rm -f -- "$log"
      return 1
    fi
    rm -f -- "$log"
  else
    echo "neither systemd nor OpenRC runs here" >&2
    return 1
  fi
}

# ---- service/restart: escaped
#   name: "a@b\\x2dc.service"
apply_service_restart_escaped() {
  if [ -d /run/systemd/system ]; then
    systemctl restart -- 'a@b\x2dc.service'
  elif command -v rc-service >/dev/null; then
    # A daemon of OpenRC keeps its standard error: whoever reads ours would wait for it.
    log=$(mktemp)
    if ! rc-service -q -- 'a@b\x2dc.service' restart >"$log" 2>&1; then
      tail -n 5 "$log" >&2
      rm -f -- "$log"
      return 1
    fi
    rm -f -- "$log"
  else
    echo "neither systemd nor OpenRC runs here" >&2
    return 1
  fi
}

# ---- service/running: typical
#   name: "ssh"
#   running: true
#   enabled: true
check_service_running_typical() {
  if [ -d /run/systemd/system ]; then
    case "$(systemctl is-enabled -- ssh 2>/dev/null)" in
      enabled | generated) ;;
      *) return 1 ;;
    esac
    active=yes
    systemctl -q is-active -- ssh || active=no
    [ "$active" = yes ] || return 1
    :
  else
    at_boot=yes
    ls -d /etc/runlevels/*/ssh >/dev/null 2>&1 || at_boot=no
    [ "$at_boot" = yes ] || return 1
    active=yes
    rc-service -q -- ssh status >/dev/null 2>&1 || active=no
    [ "$active" = yes ] || return 1
    :
  fi
}
save_service_running_typical() {
  # Started at boot: systemd's word, or OpenRC's runlevels; then whether it runs.
  if [ -d /run/systemd/system ]; then
    printf '%s\n' "$(systemctl is-enabled -- ssh 2>/dev/null || :)"
    systemctl -q is-active -- ssh && echo running || echo stopped
  elif command -v rc-service >/dev/null; then
    rc-service -e ssh || { printf '%s\n' 'there is no service ssh' >&2 && return 1; }
    for place in /etc/runlevels/*/ssh; do
      [ ! -h "$place" ] || echo "$place" | cut -d / -f 4
    done | tr '\n' ' '
    echo
    rc-service -q -- ssh status >/dev/null 2>&1 && echo running || echo stopped
  else
    echo "neither systemd nor OpenRC runs here" >&2
    return 1
  fi
}
apply_service_running_typical() {
  if [ -d /run/systemd/system ]; then
    systemctl -q enable -- ssh
    if [ "$(systemctl is-enabled -- ssh)" = static ]; then
      printf '%s\n' 'ssh cannot be started at boot by itself: its unit has no [Install]' >&2
      return 1
    fi
    systemctl start -- ssh
    :
  else
    ls -d /etc/runlevels/*/ssh >/dev/null 2>&1 || rc-update -q add ssh default
    # A daemon of OpenRC keeps its standard error: whoever reads ours would wait for it.
    log=$(mktemp)
    if ! rc-service -q -- ssh start >"$log" 2>&1; then
      tail -n 5 "$log" >&2
      rm -f -- "$log"
      return 1
    fi
    rm -f -- "$log"
    :
  fi
}
undo_service_running_typical() {
  { read -r levels && read -r state; } <"$prior"
  if [ -d /run/systemd/system ]; then
    # What is gone needs nothing.
    systemctl cat -- ssh >/dev/null 2>&1 || return 0
    case $state in
      running) systemctl start -- ssh ;;
      *) systemctl stop -- ssh ;;
    esac
    case $levels in
      enabled | alias | generated) systemctl -q enable -- ssh ;;
      enabled-runtime) systemctl -q --runtime enable -- ssh ;;
      disabled | indirect) systemctl -q disable -- ssh ;;
    esac
    :
  else
    rc-service -e ssh || return 0
    now_is=stopped
    ! rc-service -q -- ssh status >/dev/null 2>&1 || now_is=running
    case $now_is$state in
      stoppedrunning) rc-service -q -- ssh start >/dev/null 2>&1 ;;
      runningstopped) rc-service -q -- ssh stop ;;
    esac
    for place in /etc/runlevels/*/ssh; do
      [ -h "$place" ] || continue
      level=$(echo "$place" | cut -d / -f 4)
      case " $levels " in *" $level "*) ;; *) rc-update -q del ssh "$level" ;; esac
    done
    for level in $levels; do
      [ -h "/etc/runlevels/$level/"ssh ] || rc-update -q add ssh "$level"
    done
    :
  fi
}

# ---- service/running: every
#   name: "ssh"
#   running: false
#   enabled: false
#   runlevel: "boot"
check_service_running_every() {
  if [ -d /run/systemd/system ]; then
    case "$(systemctl is-enabled -- ssh 2>/dev/null)" in
      enabled* | linked* | alias | generated) return 1 ;;
    esac
    active=yes
    systemctl -q is-active -- ssh || active=no
    [ "$active" = no ] || return 1
    :
  else
    at_boot=yes
    ls -d /etc/runlevels/*/ssh >/dev/null 2>&1 || at_boot=no
    [ "$at_boot" = no ] || return 1
    active=yes
    rc-service -q -- ssh status >/dev/null 2>&1 || active=no
    [ "$active" = no ] || return 1
    :
  fi
}
save_service_running_every() {
  # Started at boot: systemd's word, or OpenRC's runlevels; then whether it runs.
  if [ -d /run/systemd/system ]; then
    printf '%s\n' "$(systemctl is-enabled -- ssh 2>/dev/null || :)"
    systemctl -q is-active -- ssh && echo running || echo stopped
  elif command -v rc-service >/dev/null; then
    rc-service -e ssh || { printf '%s\n' 'there is no service ssh' >&2 && return 1; }
    for place in /etc/runlevels/*/ssh; do
      [ ! -h "$place" ] || echo "$place" | cut -d / -f 4
    done | tr '\n' ' '
    echo
    rc-service -q -- ssh status >/dev/null 2>&1 && echo running || echo stopped
  else
    echo "neither systemd nor OpenRC runs here" >&2
    return 1
  fi
}
apply_service_running_every() {
  if [ -d /run/systemd/system ]; then
    systemctl -q disable -- ssh
    systemctl stop -- ssh
    :
  else
    for place in /etc/runlevels/*/ssh; do
      [ ! -h "$place" ] || rc-update -q del ssh "$(echo "$place" | cut -d / -f 4)"
    done
    # A daemon of OpenRC keeps its standard error: whoever reads ours would wait for it.
    log=$(mktemp)
    if ! rc-service -q -- ssh stop >"$log" 2>&1; then
      tail -n 5 "$log" >&2
      rm -f -- "$log"
      return 1
    fi
    rm -f -- "$log"
    :
  fi
}
undo_service_running_every() {
  { read -r levels && read -r state; } <"$prior"
  if [ -d /run/systemd/system ]; then
    # What is gone needs nothing.
    systemctl cat -- ssh >/dev/null 2>&1 || return 0
    case $state in
      running) systemctl start -- ssh ;;
      *) systemctl stop -- ssh ;;
    esac
    case $levels in
      enabled | alias | generated) systemctl -q enable -- ssh ;;
      enabled-runtime) systemctl -q --runtime enable -- ssh ;;
      disabled | indirect) systemctl -q disable -- ssh ;;
    esac
    :
  else
    rc-service -e ssh || return 0
    now_is=stopped
    ! rc-service -q -- ssh status >/dev/null 2>&1 || now_is=running
    case $now_is$state in
      stoppedrunning) rc-service -q -- ssh start >/dev/null 2>&1 ;;
      runningstopped) rc-service -q -- ssh stop ;;
    esac
    for place in /etc/runlevels/*/ssh; do
      [ -h "$place" ] || continue
      level=$(echo "$place" | cut -d / -f 4)
      case " $levels " in *" $level "*) ;; *) rc-update -q del ssh "$level" ;; esac
    done
    for level in $levels; do
      [ -h "/etc/runlevels/$level/"ssh ] || rc-update -q add ssh "$level"
    done
    :
  fi
}

# ---- service/running: running only
#   name: "a@b\\x2dc.timer"
#   running: true
check_service_running_running_only() {
  if [ -d /run/systemd/system ]; then
    active=yes
    systemctl -q is-active -- 'a@b\x2dc.timer' || active=no
    [ "$active" = yes ] || return 1
    :
  else
    active=yes
    rc-service -q -- 'a@b\x2dc.timer' status >/dev/null 2>&1 || active=no
    [ "$active" = yes ] || return 1
    :
  fi
}
save_service_running_running_only() {
  # Started at boot: systemd's word, or OpenRC's runlevels; then whether it runs.
  if [ -d /run/systemd/system ]; then
    printf '%s\n' "$(systemctl is-enabled -- 'a@b\x2dc.timer' 2>/dev/null || :)"
    systemctl -q is-active -- 'a@b\x2dc.timer' && echo running || echo stopped
  elif command -v rc-service >/dev/null; then
    rc-service -e 'a@b\x2dc.timer' || { printf '%s\n' 'there is no service a@b\x2dc.timer' >&2 && return 1; }
    for place in /etc/runlevels/*/'a@b\x2dc.timer'; do
      [ ! -h "$place" ] || echo "$place" | cut -d / -f 4
    done | tr '\n' ' '
    echo
    rc-service -q -- 'a@b\x2dc.timer' status >/dev/null 2>&1 && echo running || echo stopped
  else
    echo "neither systemd nor OpenRC runs here" >&2
    return 1
  fi
}
apply_service_running_running_only() {
  if [ -d /run/systemd/system ]; then
    systemctl start -- 'a@b\x2dc.timer'
    :
  else
    # A daemon of OpenRC keeps its standard error: whoever reads ours would wait for it.
    log=$(mktemp)
    if ! rc-service -q -- 'a@b\x2dc.timer' start >"$log" 2>&1; then
      tail -n 5 "$log" >&2
      rm -f -- "$log"
      return 1
    fi
    rm -f -- "$log"
    :
  fi
}
undo_service_running_running_only() {
  { read -r levels && read -r state; } <"$prior"
  if [ -d /run/systemd/system ]; then
    # What is gone needs nothing.
    systemctl cat -- 'a@b\x2dc.timer' >/dev/null 2>&1 || return 0
    case $state in
      running) systemctl start -- 'a@b\x2dc.timer' ;;
      *) systemctl stop -- 'a@b\x2dc.timer' ;;
    esac
    :
  else
    rc-service -e 'a@b\x2dc.timer' || return 0
    now_is=stopped
    ! rc-service -q -- 'a@b\x2dc.timer' status >/dev/null 2>&1 || now_is=running
    case $now_is$state in
      stoppedrunning) rc-service -q -- 'a@b\x2dc.timer' start >/dev/null 2>&1 ;;
      runningstopped) rc-service -q -- 'a@b\x2dc.timer' stop ;;
    esac
    :
  fi
}

# ---- service/running: enabled only
#   name: "a"
#   enabled: true
check_service_running_enabled_only() {
  if [ -d /run/systemd/system ]; then
    case "$(systemctl is-enabled -- a 2>/dev/null)" in
      enabled | generated) ;;
      *) return 1 ;;
    esac
    :
  else
    at_boot=yes
    ls -d /etc/runlevels/*/a >/dev/null 2>&1 || at_boot=no
    [ "$at_boot" = yes ] || return 1
    :
  fi
}
save_service_running_enabled_only() {
  # Started at boot: systemd's word, or OpenRC's runlevels; then whether it runs.
  if [ -d /run/systemd/system ]; then
    printf '%s\n' "$(systemctl is-enabled -- a 2>/dev/null || :)"
    systemctl -q is-active -- a && echo running || echo stopped
  elif command -v rc-service >/dev/null; then
    rc-service -e a || { printf '%s\n' 'there is no service a' >&2 && return 1; }
    for place in /etc/runlevels/*/a; do
      [ ! -h "$place" ] || echo "$place" | cut -d / -f 4
    done | tr '\n' ' '
    echo
    rc-service -q -- a status >/dev/null 2>&1 && echo running || echo stopped
  else
    echo "neither systemd nor OpenRC runs here" >&2
    return 1
  fi
}
apply_service_running_enabled_only() {
  if [ -d /run/systemd/system ]; then
    systemctl -q enable -- a
    if [ "$(systemctl is-enabled -- a)" = static ]; then
      printf '%s\n' 'a cannot be started at boot by itself: its unit has no [Install]' >&2
      return 1
    fi
    :
  else
    ls -d /etc/runlevels/*/a >/dev/null 2>&1 || rc-update -q add a default
    :
  fi
}
undo_service_running_enabled_only() {
  { read -r levels && read -r state; } <"$prior"
  if [ -d /run/systemd/system ]; then
    # What is gone needs nothing.
    systemctl cat -- a >/dev/null 2>&1 || return 0
    case $levels in
      enabled | alias | generated) systemctl -q enable -- a ;;
      enabled-runtime) systemctl -q --runtime enable -- a ;;
      disabled | indirect) systemctl -q disable -- a ;;
    esac
    :
  else
    rc-service -e a || return 0
    for place in /etc/runlevels/*/a; do
      [ -h "$place" ] || continue
      level=$(echo "$place" | cut -d / -f 4)
      case " $levels " in *" $level "*) ;; *) rc-update -q del a "$level" ;; esac
    done
    for level in $levels; do
      [ -h "/etc/runlevels/$level/"a ] || rc-update -q add a "$level"
    done
    :
  fi
}

# ---- service/unit: typical
#   name: "a"
#   content: "[Service]\nExecStart=/bin/a\n"
check_service_unit_typical() {
  [ ! -h /etc/systemd/system/a.service ] && [ -f /etc/systemd/system/a.service ] && [ "$(stat -c %a -- /etc/systemd/system/a.service)" = 644 ] &&
    printf '%s' '[Service]
ExecStart=/bin/a
' | cmp -s -- - /etc/systemd/system/a.service || return 1
  [ ! -d /run/systemd/system ] || [ "$(systemctl show -p NeedDaemonReload -- a.service)" != NeedDaemonReload=yes ]
}
save_service_unit_typical() {
  if [ -d /etc/systemd/system/a.service ]; then
    printf '%s\n' '/etc/systemd/system/a.service is a folder' >&2
    return 1
  fi
  if [ -h /etc/systemd/system/a.service ]; then
    echo link
    readlink -n -- /etc/systemd/system/a.service
  elif [ -e /etc/systemd/system/a.service ]; then
    stat -c '%a %u:%g' -- /etc/systemd/system/a.service
    cat -- /etc/systemd/system/a.service
  fi
}
apply_service_unit_typical() {
  if command -v systemd-analyze >/dev/null; then
    place=$(mktemp -d)
    printf '%s' '[Service]
ExecStart=/bin/a
' >"$place/"a.service
    # It looks there first, then where units are; what is wrong with other units is not asked.
    log=$(SYSTEMD_UNIT_PATH=$place: systemd-analyze verify --man=no --recursive-errors=no a.service 2>&1) && log=''
    rm -rf -- "$place"
    if [ "$log" ]; then
      printf '%s\n' 'systemd-analyze refuses a.service:' "$log" | sed "s|$place/||" | head -n 4 >&2
      return 1
    fi
  fi
  rm -f -- /etc/systemd/system/a.service.byhand
  (
    set -C
    printf '%s' '[Service]
ExecStart=/bin/a
' >/etc/systemd/system/a.service.byhand
  )
  chmod 644 /etc/systemd/system/a.service.byhand
  mv -fT -- /etc/systemd/system/a.service.byhand /etc/systemd/system/a.service
  if [ -d /run/systemd/system ]; then systemctl daemon-reload; fi
}
undo_service_unit_typical() {
  rm -f -- /etc/systemd/system/a.service.byhand
  mode='' owner=''
  if [ -s "$prior" ]; then read -r mode owner <"$prior"; fi
  case $mode in
    '' | folder)
      rm -f -- /etc/systemd/system/a.service
      ;;
    link)
      name=$(tail -n +2 "$prior" && echo .)
      ln -s -- "${name%.}" /etc/systemd/system/a.service.byhand
      mv -fT -- /etc/systemd/system/a.service.byhand /etc/systemd/system/a.service ;;
    *)
      (
        umask 077
        set -C
        tail -n +2 "$prior" >/etc/systemd/system/a.service.byhand
      )
      chown -- "$owner" /etc/systemd/system/a.service.byhand
      chmod "$mode" /etc/systemd/system/a.service.byhand
      mv -fT -- /etc/systemd/system/a.service.byhand /etc/systemd/system/a.service ;;
  esac
  if [ -d /run/systemd/system ]; then systemctl daemon-reload; fi
}
diff_service_unit_typical() {
  printf '%s' '[Service]
ExecStart=/bin/a
' | diff -uN -- /etc/systemd/system/a.service - || :
}

# ---- service/unit: every
#   name: "a.timer"
#   content: "[Timer]\n"
#   dropin: "b"
#   absent: false
check_service_unit_every() {
  [ ! -h /etc/systemd/system/a.timer.d/b.conf ] && [ -f /etc/systemd/system/a.timer.d/b.conf ] && [ "$(stat -c %a -- /etc/systemd/system/a.timer.d/b.conf)" = 644 ] &&
    printf '%s' '[Timer]
' | cmp -s -- - /etc/systemd/system/a.timer.d/b.conf || return 1
  [ ! -d /run/systemd/system ] || [ "$(systemctl show -p NeedDaemonReload -- a.timer)" != NeedDaemonReload=yes ]
}
save_service_unit_every() {
  if [ -d /etc/systemd/system/a.timer.d/b.conf ]; then
    printf '%s\n' '/etc/systemd/system/a.timer.d/b.conf is a folder' >&2
    return 1
  fi
  if [ -h /etc/systemd/system/a.timer.d/b.conf ]; then
    echo link
    readlink -n -- /etc/systemd/system/a.timer.d/b.conf
  elif [ -e /etc/systemd/system/a.timer.d/b.conf ]; then
    stat -c '%a %u:%g' -- /etc/systemd/system/a.timer.d/b.conf
    cat -- /etc/systemd/system/a.timer.d/b.conf
  elif [ ! -d /etc/systemd/system/a.timer.d ]; then
    echo folder missing
  fi
}
apply_service_unit_every() {
  [ -d /etc/systemd/system/a.timer.d ] || mkdir -- /etc/systemd/system/a.timer.d
  if command -v systemd-analyze >/dev/null; then
    place=$(mktemp -d)
    mkdir -- "$place/"a.timer.d
    printf '%s' '[Timer]
' >"$place/"a.timer.d/b.conf
    # It looks there first, then where units are; what is wrong with other units is not asked.
    log=$(SYSTEMD_UNIT_PATH=$place: systemd-analyze verify --man=no --recursive-errors=no a.timer 2>&1) && log=''
    rm -rf -- "$place"
    if [ "$log" ]; then
      printf '%s\n' 'systemd-analyze refuses a.timer:' "$log" | sed "s|$place/||" | head -n 4 >&2
      return 1
    fi
  fi
  rm -f -- /etc/systemd/system/a.timer.d/b.conf.byhand
  (
    set -C
    printf '%s' '[Timer]
' >/etc/systemd/system/a.timer.d/b.conf.byhand
  )
  chmod 644 /etc/systemd/system/a.timer.d/b.conf.byhand
  mv -fT -- /etc/systemd/system/a.timer.d/b.conf.byhand /etc/systemd/system/a.timer.d/b.conf
  if [ -d /run/systemd/system ]; then systemctl daemon-reload; fi
}
undo_service_unit_every() {
  rm -f -- /etc/systemd/system/a.timer.d/b.conf.byhand
  mode='' owner=''
  if [ -s "$prior" ]; then read -r mode owner <"$prior"; fi
  case $mode in
    '' | folder)
      rm -f -- /etc/systemd/system/a.timer.d/b.conf
      # Another drop-in may be there since.
      if [ "$mode" = folder ] && [ -d /etc/systemd/system/a.timer.d ]; then rmdir -- /etc/systemd/system/a.timer.d 2>/dev/null || :; fi
      ;;
    link)
      name=$(tail -n +2 "$prior" && echo .)
      ln -s -- "${name%.}" /etc/systemd/system/a.timer.d/b.conf.byhand
      mv -fT -- /etc/systemd/system/a.timer.d/b.conf.byhand /etc/systemd/system/a.timer.d/b.conf ;;
    *)
      (
        umask 077
        set -C
        tail -n +2 "$prior" >/etc/systemd/system/a.timer.d/b.conf.byhand
      )
      chown -- "$owner" /etc/systemd/system/a.timer.d/b.conf.byhand
      chmod "$mode" /etc/systemd/system/a.timer.d/b.conf.byhand
      mv -fT -- /etc/systemd/system/a.timer.d/b.conf.byhand /etc/systemd/system/a.timer.d/b.conf ;;
  esac
  if [ -d /run/systemd/system ]; then systemctl daemon-reload; fi
}
diff_service_unit_every() {
  printf '%s' '[Timer]
' | diff -uN -- /etc/systemd/system/a.timer.d/b.conf - || :
}

# ---- service/unit: gone
#   name: "a"
#   absent: true
check_service_unit_gone() {
  [ ! -e /etc/systemd/system/a.service ] && [ ! -h /etc/systemd/system/a.service ] || return 1
  [ ! -d /run/systemd/system ] || [ "$(systemctl show -p NeedDaemonReload -- a.service)" != NeedDaemonReload=yes ]
}
save_service_unit_gone() {
  if [ -d /etc/systemd/system/a.service ]; then
    printf '%s\n' '/etc/systemd/system/a.service is a folder' >&2
    return 1
  fi
  if [ -h /etc/systemd/system/a.service ]; then
    echo link
    readlink -n -- /etc/systemd/system/a.service
  elif [ -e /etc/systemd/system/a.service ]; then
    stat -c '%a %u:%g' -- /etc/systemd/system/a.service
    cat -- /etc/systemd/system/a.service
  fi
}
apply_service_unit_gone() {
  rm -f -- /etc/systemd/system/a.service
  if [ -d /run/systemd/system ]; then systemctl daemon-reload; fi
}
undo_service_unit_gone() {
  rm -f -- /etc/systemd/system/a.service.byhand
  mode='' owner=''
  if [ -s "$prior" ]; then read -r mode owner <"$prior"; fi
  case $mode in
    '' | folder)
      rm -f -- /etc/systemd/system/a.service
      ;;
    link)
      name=$(tail -n +2 "$prior" && echo .)
      ln -s -- "${name%.}" /etc/systemd/system/a.service.byhand
      mv -fT -- /etc/systemd/system/a.service.byhand /etc/systemd/system/a.service ;;
    *)
      (
        umask 077
        set -C
        tail -n +2 "$prior" >/etc/systemd/system/a.service.byhand
      )
      chown -- "$owner" /etc/systemd/system/a.service.byhand
      chmod "$mode" /etc/systemd/system/a.service.byhand
      mv -fT -- /etc/systemd/system/a.service.byhand /etc/systemd/system/a.service ;;
  esac
  if [ -d /run/systemd/system ]; then systemctl daemon-reload; fi
}
diff_service_unit_gone() {
  diff -uN -- /etc/systemd/system/a.service /dev/null || :
}

# ---- service/unit: hostile
#   name: "a@b\\x2dc"
#   content: "# it's $(a)\n`b` %i \\n ü"
check_service_unit_hostile() {
  [ ! -h '/etc/systemd/system/a@b\x2dc.service' ] && [ -f '/etc/systemd/system/a@b\x2dc.service' ] && [ "$(stat -c %a -- '/etc/systemd/system/a@b\x2dc.service')" = 644 ] &&
    printf '%s' '# it'\''s $(a)
`b` %i \n ü' | cmp -s -- - '/etc/systemd/system/a@b\x2dc.service' || return 1
  [ ! -d /run/systemd/system ] || [ "$(systemctl show -p NeedDaemonReload -- 'a@b\x2dc.service')" != NeedDaemonReload=yes ]
}
save_service_unit_hostile() {
  if [ -d '/etc/systemd/system/a@b\x2dc.service' ]; then
    printf '%s\n' '/etc/systemd/system/a@b\x2dc.service is a folder' >&2
    return 1
  fi
  if [ -h '/etc/systemd/system/a@b\x2dc.service' ]; then
    echo link
    readlink -n -- '/etc/systemd/system/a@b\x2dc.service'
  elif [ -e '/etc/systemd/system/a@b\x2dc.service' ]; then
    stat -c '%a %u:%g' -- '/etc/systemd/system/a@b\x2dc.service'
    cat -- '/etc/systemd/system/a@b\x2dc.service'
  fi
}
apply_service_unit_hostile() {
  if command -v systemd-analyze >/dev/null; then
    place=$(mktemp -d)
    printf '%s' '# it'\''s $(a)
`b` %i \n ü' >"$place/"'a@b\x2dc.service'
    # It looks there first, then where units are; what is wrong with other units is not asked.
    log=$(SYSTEMD_UNIT_PATH=$place: systemd-analyze verify --man=no --recursive-errors=no 'a@b\x2dc.service' 2>&1) && log=''
    rm -rf -- "$place"
    if [ "$log" ]; then
      printf '%s\n' 'systemd-analyze refuses a@b\x2dc.service:' "$log" | sed "s|$place/||" | head -n 4 >&2
      return 1
    fi
  fi
  rm -f -- '/etc/systemd/system/a@b\x2dc.service.byhand'
  (
    set -C
    printf '%s' '# it'\''s $(a)
`b` %i \n ü' >'/etc/systemd/system/a@b\x2dc.service.byhand'
  )
  chmod 644 '/etc/systemd/system/a@b\x2dc.service.byhand'
  mv -fT -- '/etc/systemd/system/a@b\x2dc.service.byhand' '/etc/systemd/system/a@b\x2dc.service'
  if [ -d /run/systemd/system ]; then systemctl daemon-reload; fi
}
undo_service_unit_hostile() {
  rm -f -- '/etc/systemd/system/a@b\x2dc.service.byhand'
  mode='' owner=''
  if [ -s "$prior" ]; then read -r mode owner <"$prior"; fi
  case $mode in
    '' | folder)
      rm -f -- '/etc/systemd/system/a@b\x2dc.service'
      ;;
    link)
      name=$(tail -n +2 "$prior" && echo .)
      ln -s -- "${name%.}" '/etc/systemd/system/a@b\x2dc.service.byhand'
      mv -fT -- '/etc/systemd/system/a@b\x2dc.service.byhand' '/etc/systemd/system/a@b\x2dc.service' ;;
    *)
      (
        umask 077
        set -C
        tail -n +2 "$prior" >'/etc/systemd/system/a@b\x2dc.service.byhand'
      )
      chown -- "$owner" '/etc/systemd/system/a@b\x2dc.service.byhand'
      chmod "$mode" '/etc/systemd/system/a@b\x2dc.service.byhand'
      mv -fT -- '/etc/systemd/system/a@b\x2dc.service.byhand' '/etc/systemd/system/a@b\x2dc.service' ;;
  esac
  if [ -d /run/systemd/system ]; then systemctl daemon-reload; fi
}
diff_service_unit_hostile() {
  printf '%s' '# it'\''s $(a)
`b` %i \n ü' | diff -uN -- '/etc/systemd/system/a@b\x2dc.service' - || :
}

# ---- service/reload_on_undo: typical
#   name: "nginx"
apply_service_reload_on_undo_typical() {
  :
}
undo_service_reload_on_undo_typical() {
  if [ -d /run/systemd/system ]; then
    if systemctl -q is-active -- nginx; then systemctl reload -- nginx; fi
  elif command -v rc-service >/dev/null && rc-service -q -- nginx status >/dev/null 2>&1; then
    # A daemon of OpenRC keeps its standard error: whoever reads ours would wait for it.
    rc-service -q -- nginx reload >/dev/null 2>&1
  fi
}

# ---- service/reload_on_undo: hostile
#   pidfile: "/run/it's\n$(a) ü.pid"
#   name: "a@b\\x2dc"
apply_service_reload_on_undo_hostile() {
  :
}
undo_service_reload_on_undo_hostile() {
  if [ -d /run/systemd/system ]; then
    if systemctl -q is-active -- 'a@b\x2dc'; then systemctl reload -- 'a@b\x2dc'; fi
  elif command -v rc-service >/dev/null && rc-service -q -- 'a@b\x2dc' status >/dev/null 2>&1; then
    # A daemon of OpenRC keeps its standard error: whoever reads ours would wait for it.
    rc-service -q -- 'a@b\x2dc' reload >/dev/null 2>&1
  elif pid=$(cat -- '/run/it'\''s
$(a) ü.pid' 2>/dev/null) && kill -0 "$pid" 2>/dev/null; then
    kill -s HUP "$pid"
  fi
}
