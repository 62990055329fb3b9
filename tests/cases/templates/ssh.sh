#!/bin/sh
# shellcheck disable=SC2016,SC2317,SC2329,SC2034,SC2043 # values are literal; nothing calls the functions or reads their variables
# What the templates of one area become. Made by BYHAND_RENEW=1 pytest tests/cases; never run.
set -eu
prior=/the/folder/prior/one
export prior

# ---- ssh/authorized_key: typical
#   user: "alice"
#   key: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f alice@laptop"
check_ssh_authorized_key_typical() {
  same='ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f ' line='ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f alice@laptop' su -s /bin/sh -c '
    cd && [ ! -h .ssh ] && [ ! -h .ssh/authorized_keys ] || exit 1
    case "$(stat -c "%U %a" .ssh) $(stat -c "%U %a" .ssh/authorized_keys)" in
      "$(id -un) "*[0145][0145]" $(id -un) "*[0145][0145]) ;;
      *) exit 1 ;;
    esac
    awk "!/^[ \t]*#/ && index(\$0 \" \", ENVIRON[\"same\"]) { n++; if (\$0 != ENVIRON[\"line\"]) n++ } END { exit n != 1 }" .ssh/authorized_keys
' alice
}
save_ssh_authorized_key_typical() {
  if ! grep -q -e '^alice:' /etc/passwd; then
    printf '%s\n' 'there is no user alice' >&2
    return 1
  fi
  # The modes of the folder and the file, - where there is none; then what is in the file.
  su -s /bin/sh -c '
    cd || exit
    for place in .ssh .ssh/authorized_keys; do
      if [ -h "$place" ] || { [ -e "$place" ] && [ "$(stat -c %U "$place")" != "$(id -un)" ]; }; then
        echo "$HOME/$place is a link, or is not the user'\''s own" >&2
        exit 1
      fi
      if [ -e "$place" ]; then stat -c %a "$place"; else echo -; fi
    done
    if [ -e .ssh/authorized_keys ]; then cat .ssh/authorized_keys; fi' alice
}
apply_ssh_authorized_key_typical() {
  same='ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f ' line='ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f alice@laptop' su -s /bin/sh -c '
    set -eu
    umask 077
    cd
    [ -d .ssh ] || mkdir .ssh
    chmod go-w .ssh
    cd .ssh
    from=/dev/null mode=600
    if [ -e authorized_keys ]; then from=authorized_keys mode=$(stat -c %a authorized_keys); fi
    rm -f authorized_keys.byhand
    awk "!/^[ \t]*#/ && index(\$0 \" \", ENVIRON[\"same\"]) { if (ENVIRON[\"line\"] != \"\" && !done) print ENVIRON[\"line\"]; done = 1; next }
      { print }
      END { if (ENVIRON[\"line\"] != \"\" && !done) print ENVIRON[\"line\"] }" "$from" >authorized_keys.byhand
    chmod "$mode" authorized_keys.byhand
    chmod go-w authorized_keys.byhand
    mv -f authorized_keys.byhand authorized_keys' alice
}
undo_ssh_authorized_key_typical() {
  grep -q -e '^alice:' /etc/passwd || return 0
  same='ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f ' line='ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f alice@laptop' su -s /bin/sh -c '
    set -eu
    umask 077
    cd
    read -r folder
    read -r mode
    [ -d .ssh ] || [ "$folder" != - ] || exit 0
    [ -d .ssh ] || mkdir .ssh
    cd .ssh
    [ -e authorized_keys ] || : >authorized_keys
    rm -f authorized_keys.byhand authorized_keys.stood authorized_keys.made
    cat >authorized_keys.stood
    awk "!/^[ \t]*#/ && index(\$0 \" \", ENVIRON[\"same\"]) { if (ENVIRON[\"line\"] != \"\" && !done) print ENVIRON[\"line\"]; done = 1; next }
      { print }
      END { if (ENVIRON[\"line\"] != \"\" && !done) print ENVIRON[\"line\"] }" authorized_keys.stood >authorized_keys.made
    if cmp -s authorized_keys authorized_keys.made || cmp -s authorized_keys authorized_keys.stood; then
      mv -f authorized_keys.stood authorized_keys.byhand
    else
      # Changed since by others: only the lines with this key are put back, to the end.
      {
        awk "/^[ \t]*#/ || !index(\$0 \" \", ENVIRON[\"same\"])" authorized_keys
        awk "!/^[ \t]*#/ && index(\$0 \" \", ENVIRON[\"same\"])" authorized_keys.stood
      } >authorized_keys.byhand
    fi
    if [ "$mode" = - ]; then chmod 600 authorized_keys.byhand; else chmod "$mode" authorized_keys.byhand; fi
    mv -f authorized_keys.byhand authorized_keys
    rm -f authorized_keys.stood authorized_keys.made
    [ "$mode" != - ] || [ -s authorized_keys ] || rm -f authorized_keys
    if [ "$folder" != - ]; then chmod "$folder" .; else cd .. && { rmdir .ssh 2>/dev/null || :; }; fi' alice <"$prior"
}
diff_ssh_authorized_key_typical() {
  same='ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f ' line='ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f alice@laptop' su -s /bin/sh -c '
    cd && from=/dev/null
    [ ! -e .ssh/authorized_keys ] || from=.ssh/authorized_keys
    awk "!/^[ \t]*#/ && index(\$0 \" \", ENVIRON[\"same\"]) { if (ENVIRON[\"line\"] != \"\" && !done) print ENVIRON[\"line\"]; done = 1; next }
      { print }
      END { if (ENVIRON[\"line\"] != \"\" && !done) print ENVIRON[\"line\"] }" "$from" | diff -u "$from" -' alice || :
}

# ---- ssh/authorized_key: every
#   user: "alice"
#   key: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f"
#   options: "restrict,command=\"/bin/a b\",from=\"10.0.0.0/8\""
#   absent: false
check_ssh_authorized_key_every() {
  same='ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f ' line='restrict,command="/bin/a b",from="10.0.0.0/8" ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f' su -s /bin/sh -c '
    cd && [ ! -h .ssh ] && [ ! -h .ssh/authorized_keys ] || exit 1
    case "$(stat -c "%U %a" .ssh) $(stat -c "%U %a" .ssh/authorized_keys)" in
      "$(id -un) "*[0145][0145]" $(id -un) "*[0145][0145]) ;;
      *) exit 1 ;;
    esac
    awk "!/^[ \t]*#/ && index(\$0 \" \", ENVIRON[\"same\"]) { n++; if (\$0 != ENVIRON[\"line\"]) n++ } END { exit n != 1 }" .ssh/authorized_keys
' alice
}
save_ssh_authorized_key_every() {
  if ! grep -q -e '^alice:' /etc/passwd; then
    printf '%s\n' 'there is no user alice' >&2
    return 1
  fi
  # The modes of the folder and the file, - where there is none; then what is in the file.
  su -s /bin/sh -c '
    cd || exit
    for place in .ssh .ssh/authorized_keys; do
      if [ -h "$place" ] || { [ -e "$place" ] && [ "$(stat -c %U "$place")" != "$(id -un)" ]; }; then
        echo "$HOME/$place is a link, or is not the user'\''s own" >&2
        exit 1
      fi
      if [ -e "$place" ]; then stat -c %a "$place"; else echo -; fi
    done
    if [ -e .ssh/authorized_keys ]; then cat .ssh/authorized_keys; fi' alice
}
apply_ssh_authorized_key_every() {
  same='ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f ' line='restrict,command="/bin/a b",from="10.0.0.0/8" ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f' su -s /bin/sh -c '
    set -eu
    umask 077
    cd
    [ -d .ssh ] || mkdir .ssh
    chmod go-w .ssh
    cd .ssh
    from=/dev/null mode=600
    if [ -e authorized_keys ]; then from=authorized_keys mode=$(stat -c %a authorized_keys); fi
    rm -f authorized_keys.byhand
    awk "!/^[ \t]*#/ && index(\$0 \" \", ENVIRON[\"same\"]) { if (ENVIRON[\"line\"] != \"\" && !done) print ENVIRON[\"line\"]; done = 1; next }
      { print }
      END { if (ENVIRON[\"line\"] != \"\" && !done) print ENVIRON[\"line\"] }" "$from" >authorized_keys.byhand
    chmod "$mode" authorized_keys.byhand
    chmod go-w authorized_keys.byhand
    mv -f authorized_keys.byhand authorized_keys' alice
}
undo_ssh_authorized_key_every() {
  grep -q -e '^alice:' /etc/passwd || return 0
  same='ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f ' line='restrict,command="/bin/a b",from="10.0.0.0/8" ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f' su -s /bin/sh -c '
    set -eu
    umask 077
    cd
    read -r folder
    read -r mode
    [ -d .ssh ] || [ "$folder" != - ] || exit 0
    [ -d .ssh ] || mkdir .ssh
    cd .ssh
    [ -e authorized_keys ] || : >authorized_keys
    rm -f authorized_keys.byhand authorized_keys.stood authorized_keys.made
    cat >authorized_keys.stood
    awk "!/^[ \t]*#/ && index(\$0 \" \", ENVIRON[\"same\"]) { if (ENVIRON[\"line\"] != \"\" && !done) print ENVIRON[\"line\"]; done = 1; next }
      { print }
      END { if (ENVIRON[\"line\"] != \"\" && !done) print ENVIRON[\"line\"] }" authorized_keys.stood >authorized_keys.made
    if cmp -s authorized_keys authorized_keys.made || cmp -s authorized_keys authorized_keys.stood; then
      mv -f authorized_keys.stood authorized_keys.byhand
    else
      # Changed since by others: only the lines with this key are put back, to the end.
      {
        awk "/^[ \t]*#/ || !index(\$0 \" \", ENVIRON[\"same\"])" authorized_keys
        awk "!/^[ \t]*#/ && index(\$0 \" \", ENVIRON[\"same\"])" authorized_keys.stood
      } >authorized_keys.byhand
    fi
    if [ "$mode" = - ]; then chmod 600 authorized_keys.byhand; else chmod "$mode" authorized_keys.byhand; fi
    mv -f authorized_keys.byhand authorized_keys
    rm -f authorized_keys.stood authorized_keys.made
    [ "$mode" != - ] || [ -s authorized_keys ] || rm -f authorized_keys
    if [ "$folder" != - ]; then chmod "$folder" .; else cd .. && { rmdir .ssh 2>/dev/null || :; }; fi' alice <"$prior"
}
diff_ssh_authorized_key_every() {
  same='ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f ' line='restrict,command="/bin/a b",from="10.0.0.0/8" ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f' su -s /bin/sh -c '
    cd && from=/dev/null
    [ ! -e .ssh/authorized_keys ] || from=.ssh/authorized_keys
    awk "!/^[ \t]*#/ && index(\$0 \" \", ENVIRON[\"same\"]) { if (ENVIRON[\"line\"] != \"\" && !done) print ENVIRON[\"line\"]; done = 1; next }
      { print }
      END { if (ENVIRON[\"line\"] != \"\" && !done) print ENVIRON[\"line\"] }" "$from" | diff -u "$from" -' alice || :
}

# ---- ssh/authorized_key: gone
#   user: "alice"
#   key: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f"
#   absent: true
check_ssh_authorized_key_gone() {
  same='ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f ' line='ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f' su -s /bin/sh -c '
    cd && [ ! -h .ssh ] && [ ! -h .ssh/authorized_keys ] || exit 1
    [ -e .ssh/authorized_keys ] || exit 0
    awk "!/^[ \t]*#/ && index(\$0 \" \", ENVIRON[\"same\"]) { found = 1 } END { exit found }" .ssh/authorized_keys
' alice
}
save_ssh_authorized_key_gone() {
  if ! grep -q -e '^alice:' /etc/passwd; then
    printf '%s\n' 'there is no user alice' >&2
    return 1
  fi
  # The modes of the folder and the file, - where there is none; then what is in the file.
  su -s /bin/sh -c '
    cd || exit
    for place in .ssh .ssh/authorized_keys; do
      if [ -h "$place" ] || { [ -e "$place" ] && [ "$(stat -c %U "$place")" != "$(id -un)" ]; }; then
        echo "$HOME/$place is a link, or is not the user'\''s own" >&2
        exit 1
      fi
      if [ -e "$place" ]; then stat -c %a "$place"; else echo -; fi
    done
    if [ -e .ssh/authorized_keys ]; then cat .ssh/authorized_keys; fi' alice
}
apply_ssh_authorized_key_gone() {
  same='ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f ' line='' su -s /bin/sh -c '
    set -eu
    umask 077
    cd
    [ -d .ssh ] || mkdir .ssh
    chmod go-w .ssh
    cd .ssh
    from=/dev/null mode=600
    if [ -e authorized_keys ]; then from=authorized_keys mode=$(stat -c %a authorized_keys); fi
    rm -f authorized_keys.byhand
    awk "!/^[ \t]*#/ && index(\$0 \" \", ENVIRON[\"same\"]) { if (ENVIRON[\"line\"] != \"\" && !done) print ENVIRON[\"line\"]; done = 1; next }
      { print }
      END { if (ENVIRON[\"line\"] != \"\" && !done) print ENVIRON[\"line\"] }" "$from" >authorized_keys.byhand
    chmod "$mode" authorized_keys.byhand
    chmod go-w authorized_keys.byhand
    mv -f authorized_keys.byhand authorized_keys' alice
}
undo_ssh_authorized_key_gone() {
  grep -q -e '^alice:' /etc/passwd || return 0
  same='ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f ' line='' su -s /bin/sh -c '
    set -eu
    umask 077
    cd
    read -r folder
    read -r mode
    [ -d .ssh ] || [ "$folder" != - ] || exit 0
    [ -d .ssh ] || mkdir .ssh
    cd .ssh
    [ -e authorized_keys ] || : >authorized_keys
    rm -f authorized_keys.byhand authorized_keys.stood authorized_keys.made
    cat >authorized_keys.stood
    awk "!/^[ \t]*#/ && index(\$0 \" \", ENVIRON[\"same\"]) { if (ENVIRON[\"line\"] != \"\" && !done) print ENVIRON[\"line\"]; done = 1; next }
      { print }
      END { if (ENVIRON[\"line\"] != \"\" && !done) print ENVIRON[\"line\"] }" authorized_keys.stood >authorized_keys.made
    if cmp -s authorized_keys authorized_keys.made || cmp -s authorized_keys authorized_keys.stood; then
      mv -f authorized_keys.stood authorized_keys.byhand
    else
      # Changed since by others: only the lines with this key are put back, to the end.
      {
        awk "/^[ \t]*#/ || !index(\$0 \" \", ENVIRON[\"same\"])" authorized_keys
        awk "!/^[ \t]*#/ && index(\$0 \" \", ENVIRON[\"same\"])" authorized_keys.stood
      } >authorized_keys.byhand
    fi
    if [ "$mode" = - ]; then chmod 600 authorized_keys.byhand; else chmod "$mode" authorized_keys.byhand; fi
    mv -f authorized_keys.byhand authorized_keys
    rm -f authorized_keys.stood authorized_keys.made
    [ "$mode" != - ] || [ -s authorized_keys ] || rm -f authorized_keys
    if [ "$folder" != - ]; then chmod "$folder" .; else cd .. && { rmdir .ssh 2>/dev/null || :; }; fi' alice <"$prior"
}
diff_ssh_authorized_key_gone() {
  same='ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f ' line='' su -s /bin/sh -c '
    cd && from=/dev/null
    [ ! -e .ssh/authorized_keys ] || from=.ssh/authorized_keys
    awk "!/^[ \t]*#/ && index(\$0 \" \", ENVIRON[\"same\"]) { if (ENVIRON[\"line\"] != \"\" && !done) print ENVIRON[\"line\"]; done = 1; next }
      { print }
      END { if (ENVIRON[\"line\"] != \"\" && !done) print ENVIRON[\"line\"] }" "$from" | diff -u "$from" -' alice || :
}

# ---- ssh/authorized_key: hostile
#   user: "a.b-c"
#   key: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f it's $(a) ü"
#   options: "command=\"it's $(b) \\\"c\\\" `d`\""
check_ssh_authorized_key_hostile() {
  same='ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f ' line='command="it'\''s $(b) \"c\" `d`" ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f it'\''s $(a) ü' su -s /bin/sh -c '
    cd && [ ! -h .ssh ] && [ ! -h .ssh/authorized_keys ] || exit 1
    case "$(stat -c "%U %a" .ssh) $(stat -c "%U %a" .ssh/authorized_keys)" in
      "$(id -un) "*[0145][0145]" $(id -un) "*[0145][0145]) ;;
      *) exit 1 ;;
    esac
    awk "!/^[ \t]*#/ && index(\$0 \" \", ENVIRON[\"same\"]) { n++; if (\$0 != ENVIRON[\"line\"]) n++ } END { exit n != 1 }" .ssh/authorized_keys
' a.b-c
}
save_ssh_authorized_key_hostile() {
  if ! grep -q -e '^a[.]b-c:' /etc/passwd; then
    printf '%s\n' 'there is no user a.b-c' >&2
    return 1
  fi
  # The modes of the folder and the file, - where there is none; then what is in the file.
  su -s /bin/sh -c '
    cd || exit
    for place in .ssh .ssh/authorized_keys; do
      if [ -h "$place" ] || { [ -e "$place" ] && [ "$(stat -c %U "$place")" != "$(id -un)" ]; }; then
        echo "$HOME/$place is a link, or is not the user'\''s own" >&2
        exit 1
      fi
      if [ -e "$place" ]; then stat -c %a "$place"; else echo -; fi
    done
    if [ -e .ssh/authorized_keys ]; then cat .ssh/authorized_keys; fi' a.b-c
}
apply_ssh_authorized_key_hostile() {
  same='ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f ' line='command="it'\''s $(b) \"c\" `d`" ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f it'\''s $(a) ü' su -s /bin/sh -c '
    set -eu
    umask 077
    cd
    [ -d .ssh ] || mkdir .ssh
    chmod go-w .ssh
    cd .ssh
    from=/dev/null mode=600
    if [ -e authorized_keys ]; then from=authorized_keys mode=$(stat -c %a authorized_keys); fi
    rm -f authorized_keys.byhand
    awk "!/^[ \t]*#/ && index(\$0 \" \", ENVIRON[\"same\"]) { if (ENVIRON[\"line\"] != \"\" && !done) print ENVIRON[\"line\"]; done = 1; next }
      { print }
      END { if (ENVIRON[\"line\"] != \"\" && !done) print ENVIRON[\"line\"] }" "$from" >authorized_keys.byhand
    chmod "$mode" authorized_keys.byhand
    chmod go-w authorized_keys.byhand
    mv -f authorized_keys.byhand authorized_keys' a.b-c
}
undo_ssh_authorized_key_hostile() {
  grep -q -e '^a[.]b-c:' /etc/passwd || return 0
  same='ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f ' line='command="it'\''s $(b) \"c\" `d`" ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f it'\''s $(a) ü' su -s /bin/sh -c '
    set -eu
    umask 077
    cd
    read -r folder
    read -r mode
    [ -d .ssh ] || [ "$folder" != - ] || exit 0
    [ -d .ssh ] || mkdir .ssh
    cd .ssh
    [ -e authorized_keys ] || : >authorized_keys
    rm -f authorized_keys.byhand authorized_keys.stood authorized_keys.made
    cat >authorized_keys.stood
    awk "!/^[ \t]*#/ && index(\$0 \" \", ENVIRON[\"same\"]) { if (ENVIRON[\"line\"] != \"\" && !done) print ENVIRON[\"line\"]; done = 1; next }
      { print }
      END { if (ENVIRON[\"line\"] != \"\" && !done) print ENVIRON[\"line\"] }" authorized_keys.stood >authorized_keys.made
    if cmp -s authorized_keys authorized_keys.made || cmp -s authorized_keys authorized_keys.stood; then
      mv -f authorized_keys.stood authorized_keys.byhand
    else
      # Changed since by others: only the lines with this key are put back, to the end.
      {
        awk "/^[ \t]*#/ || !index(\$0 \" \", ENVIRON[\"same\"])" authorized_keys
        awk "!/^[ \t]*#/ && index(\$0 \" \", ENVIRON[\"same\"])" authorized_keys.stood
      } >authorized_keys.byhand
    fi
    if [ "$mode" = - ]; then chmod 600 authorized_keys.byhand; else chmod "$mode" authorized_keys.byhand; fi
    mv -f authorized_keys.byhand authorized_keys
    rm -f authorized_keys.stood authorized_keys.made
    [ "$mode" != - ] || [ -s authorized_keys ] || rm -f authorized_keys
    if [ "$folder" != - ]; then chmod "$folder" .; else cd .. && { rmdir .ssh 2>/dev/null || :; }; fi' a.b-c <"$prior"
}
diff_ssh_authorized_key_hostile() {
  same='ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f ' line='command="it'\''s $(b) \"c\" `d`" ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f it'\''s $(a) ü' su -s /bin/sh -c '
    cd && from=/dev/null
    [ ! -e .ssh/authorized_keys ] || from=.ssh/authorized_keys
    awk "!/^[ \t]*#/ && index(\$0 \" \", ENVIRON[\"same\"]) { if (ENVIRON[\"line\"] != \"\" && !done) print ENVIRON[\"line\"]; done = 1; next }
      { print }
      END { if (ENVIRON[\"line\"] != \"\" && !done) print ENVIRON[\"line\"] }" "$from" | diff -u "$from" -' a.b-c || :
}
