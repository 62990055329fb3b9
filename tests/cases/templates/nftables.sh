#!/bin/sh
# shellcheck disable=SC2016,SC2317,SC2329,SC2034,SC2043 # values are literal; nothing calls the functions or reads their variables
# What the templates of one area become. Made by BYHAND_RENEW=1 pytest tests/cases; never run.
set -eu
prior=/the/folder/prior/one
export prior

# ---- nftables/chain: typical
#   table: "t"
#   chain: "input"
#   hook: "input"
check_nftables_chain_typical() {
  listed=$(nft -y list chain inet t input) || return 1
  case $listed in *'type filter hook input priority 0; policy accept;'*) return 0 ;; esac
  return 1
}
save_nftables_chain_typical() {
  tables=$(nft list tables)
  if ! printf '%s\n' "$tables" | grep -qxF -e 'table inet t'; then
    printf '%s\n' 'there is no table inet t' >&2
    return 1
  fi
  listed=$(nft -y list chain inet t input 2>/dev/null) || return 0
  case $listed in *'type filter hook input priority 0; policy '*) ;; *)
    printf '%s\n' 'the chain input is there with another type, hook or priority, which cannot be changed' >&2
    return 1 ;;
  esac
  printf '%s\n' "$listed" | sed -n 's/^\t\ttype .*; policy \([a-z]*\);.*/\1/p'
}
apply_nftables_chain_typical() {
  nft 'add chain inet t input { type filter hook input priority 0; policy accept; }'
}
undo_nftables_chain_typical() {
  tables=$(nft list tables)
  if ! printf '%s\n' "$tables" | grep -qxF -e 'table inet t'; then return 0; fi
  listed=$(nft list chain inet t input 2>/dev/null) || return 0
  if [ -s "$prior" ]; then
    nft 'add chain inet t input' "{ policy $(cat -- "$prior"); }"
    return $?
  fi
  if printf '%s\n' "$listed" | grep '^		' | grep -qv '^		type '; then
    printf '%s\n' 'the chain input is not empty: something else put rules in it since' >&2
    return 1
  fi
  nft delete chain inet t input
}

# ---- nftables/chain: every
#   table: "t"
#   chain: "post"
#   family: "ip"
#   hook: "postrouting"
#   type: "nat"
#   priority: 100
#   policy: "accept"
check_nftables_chain_every() {
  listed=$(nft -y list chain ip t post) || return 1
  case $listed in *'type nat hook postrouting priority 100; policy accept;'*) return 0 ;; esac
  return 1
}
save_nftables_chain_every() {
  tables=$(nft list tables)
  if ! printf '%s\n' "$tables" | grep -qxF -e 'table ip t'; then
    printf '%s\n' 'there is no table ip t' >&2
    return 1
  fi
  listed=$(nft -y list chain ip t post 2>/dev/null) || return 0
  case $listed in *'type nat hook postrouting priority 100; policy '*) ;; *)
    printf '%s\n' 'the chain post is there with another type, hook or priority, which cannot be changed' >&2
    return 1 ;;
  esac
  printf '%s\n' "$listed" | sed -n 's/^\t\ttype .*; policy \([a-z]*\);.*/\1/p'
}
apply_nftables_chain_every() {
  nft 'add chain ip t post { type nat hook postrouting priority 100; policy accept; }'
}
undo_nftables_chain_every() {
  tables=$(nft list tables)
  if ! printf '%s\n' "$tables" | grep -qxF -e 'table ip t'; then return 0; fi
  listed=$(nft list chain ip t post 2>/dev/null) || return 0
  if [ -s "$prior" ]; then
    nft 'add chain ip t post' "{ policy $(cat -- "$prior"); }"
    return $?
  fi
  if printf '%s\n' "$listed" | grep '^		' | grep -qv '^		type '; then
    printf '%s\n' 'the chain post is not empty: something else put rules in it since' >&2
    return 1
  fi
  nft delete chain ip t post
}

# ---- nftables/chain: early
#   table: "t"
#   chain: "a-b"
#   hook: "prerouting"
#   priority: -150
#   policy: "drop"
check_nftables_chain_early() {
  listed=$(nft -y list chain inet t a-b) || return 1
  case $listed in *'type filter hook prerouting priority -150; policy drop;'*) return 0 ;; esac
  return 1
}
save_nftables_chain_early() {
  tables=$(nft list tables)
  if ! printf '%s\n' "$tables" | grep -qxF -e 'table inet t'; then
    printf '%s\n' 'there is no table inet t' >&2
    return 1
  fi
  listed=$(nft -y list chain inet t a-b 2>/dev/null) || return 0
  case $listed in *'type filter hook prerouting priority -150; policy '*) ;; *)
    printf '%s\n' 'the chain a-b is there with another type, hook or priority, which cannot be changed' >&2
    return 1 ;;
  esac
  printf '%s\n' "$listed" | sed -n 's/^\t\ttype .*; policy \([a-z]*\);.*/\1/p'
}
apply_nftables_chain_early() {
  nft 'add chain inet t a-b { type filter hook prerouting priority -150; policy drop; }'
}
undo_nftables_chain_early() {
  tables=$(nft list tables)
  if ! printf '%s\n' "$tables" | grep -qxF -e 'table inet t'; then return 0; fi
  listed=$(nft list chain inet t a-b 2>/dev/null) || return 0
  if [ -s "$prior" ]; then
    nft 'add chain inet t a-b' "{ policy $(cat -- "$prior"); }"
    return $?
  fi
  if printf '%s\n' "$listed" | grep '^		' | grep -qv '^		type '; then
    printf '%s\n' 'the chain a-b is not empty: something else put rules in it since' >&2
    return 1
  fi
  nft delete chain inet t a-b
}

# ---- nftables/chain: jumped to
#   table: "t_1"
#   chain: "c"
check_nftables_chain_jumped_to() {
  listed=$(nft -y list chain inet t_1 c) || return 1
  case $listed in *'		type '*) return 1 ;; esac
  return 0
}
save_nftables_chain_jumped_to() {
  tables=$(nft list tables)
  if ! printf '%s\n' "$tables" | grep -qxF -e 'table inet t_1'; then
    printf '%s\n' 'there is no table inet t_1' >&2
    return 1
  fi
  listed=$(nft -y list chain inet t_1 c 2>/dev/null) || return 0
  case $listed in *'no hook'*) ;; *)
    printf '%s\n' 'the chain c is there with another type, hook or priority, which cannot be changed' >&2
    return 1 ;;
  esac
  printf '%s\n' "$listed" | sed -n 's/^\t\ttype .*; policy \([a-z]*\);.*/\1/p'
}
apply_nftables_chain_jumped_to() {
  nft 'add chain inet t_1 c '
}
undo_nftables_chain_jumped_to() {
  tables=$(nft list tables)
  if ! printf '%s\n' "$tables" | grep -qxF -e 'table inet t_1'; then return 0; fi
  listed=$(nft list chain inet t_1 c 2>/dev/null) || return 0
  if [ -s "$prior" ]; then
    nft 'add chain inet t_1 c' "{ policy $(cat -- "$prior"); }"
    return $?
  fi
  if printf '%s\n' "$listed" | grep '^		' | grep -qv '^		type '; then
    printf '%s\n' 'the chain c is not empty: something else put rules in it since' >&2
    return 1
  fi
  nft delete chain inet t_1 c
}

# ---- nftables/rule: typical
#   table: "t"
#   chain: "input"
#   name: "ssh"
#   rule: "tcp dport 22 accept"
check_nftables_rule_typical() {
  nft -s list chain inet t input | grep -qxF -e '		tcp dport 22 accept comment "ssh"'
}
save_nftables_rule_typical() {
  listed=$(nft list chain inet t input 2>&1) || {
    printf '%s\n' 'there is no chain inet t input: '"$(printf '%s\n' "$listed" | head -n 1)" >&2
    return 1
  }
  printf '%s\n' "$listed" | grep -F -e ' comment "ssh"' || [ $? -eq 1 ]
  if [ "$(printf '%s\n' "$listed" | grep -cF -e ' comment "ssh"')" -gt 1 ]; then
    printf '%s\n' 'several rules of the chain input have the comment ssh' >&2
    return 1
  fi
}
apply_nftables_rule_typical() {
  handle=$(nft -a list chain inet t input | grep -F -e ' comment "ssh" # handle ' | sed 's/.* [#] handle //')
  if [ -n "$handle" ]; then
    printf '%s\n' 'replace rule inet t input'" handle $handle "'tcp dport 22 accept comment "ssh"' | nft -f -
  else
    printf '%s\n' 'add rule inet t input tcp dport 22 accept comment "ssh"' | nft -f -
  fi
  # A rule that nft writes in another way would be taken for another one each time.
  written=$(nft -s list chain inet t input | sed -n 's/^\t\t\(.*\) comment "\([^"]*\)"$/\2 \1/p' | grep -e '^ssh ')
  if [ "$written" != 'ssh tcp dport 22 accept' ]; then
    printf '%s\n' 'nft has another way to write this rule, use that: '"${written#* }" >&2
    return 1
  fi
}
undo_nftables_rule_typical() {
  tables=$(nft list tables)
  if ! printf '%s\n' "$tables" | grep -qxF -e 'table inet t'; then return 0; fi
  listed=$(nft -a list chain inet t input 2>/dev/null) || return 0
  handle=$(printf '%s\n' "$listed" | grep -F -e ' comment "ssh" # handle ' | sed 's/.* [#] handle //')
  if [ -n "$handle" ] && [ -s "$prior" ]; then
    printf '%s\n' 'replace rule inet t input'" handle $handle $(cat -- "$prior")" | nft -f -
  elif [ -n "$handle" ]; then
    nft delete rule inet t input handle "$handle"
  elif [ -s "$prior" ]; then
    printf '%s\n' 'the rule ssh is gone from the chain input: its place is not known any more' >&2
    return 1
  fi
}

# ---- nftables/rule: every
#   table: "t"
#   chain: "c"
#   name: "a.b-c"
#   rule: "iifname \"br0\" counter drop"
#   first: true
#   family: "ip"
check_nftables_rule_every() {
  nft -s list chain ip t c | grep -qxF -e '		iifname "br0" counter drop comment "a.b-c"'
}
save_nftables_rule_every() {
  listed=$(nft list chain ip t c 2>&1) || {
    printf '%s\n' 'there is no chain ip t c: '"$(printf '%s\n' "$listed" | head -n 1)" >&2
    return 1
  }
  printf '%s\n' "$listed" | grep -F -e ' comment "a.b-c"' || [ $? -eq 1 ]
  if [ "$(printf '%s\n' "$listed" | grep -cF -e ' comment "a.b-c"')" -gt 1 ]; then
    printf '%s\n' 'several rules of the chain c have the comment a.b-c' >&2
    return 1
  fi
}
apply_nftables_rule_every() {
  handle=$(nft -a list chain ip t c | grep -F -e ' comment "a.b-c" # handle ' | sed 's/.* [#] handle //')
  if [ -n "$handle" ]; then
    printf '%s\n' 'replace rule ip t c'" handle $handle "'iifname "br0" counter drop comment "a.b-c"' | nft -f -
  else
    printf '%s\n' 'insert rule ip t c iifname "br0" counter drop comment "a.b-c"' | nft -f -
  fi
  # A rule that nft writes in another way would be taken for another one each time.
  written=$(nft -s list chain ip t c | sed -n 's/^\t\t\(.*\) comment "\([^"]*\)"$/\2 \1/p' | grep -e '^a[.]b-c ')
  if [ "$written" != 'a.b-c iifname "br0" counter drop' ]; then
    printf '%s\n' 'nft has another way to write this rule, use that: '"${written#* }" >&2
    return 1
  fi
}
undo_nftables_rule_every() {
  tables=$(nft list tables)
  if ! printf '%s\n' "$tables" | grep -qxF -e 'table ip t'; then return 0; fi
  listed=$(nft -a list chain ip t c 2>/dev/null) || return 0
  handle=$(printf '%s\n' "$listed" | grep -F -e ' comment "a.b-c" # handle ' | sed 's/.* [#] handle //')
  if [ -n "$handle" ] && [ -s "$prior" ]; then
    printf '%s\n' 'replace rule ip t c'" handle $handle $(cat -- "$prior")" | nft -f -
  elif [ -n "$handle" ]; then
    nft delete rule ip t c handle "$handle"
  elif [ -s "$prior" ]; then
    printf '%s\n' 'the rule a.b-c is gone from the chain c: its place is not known any more' >&2
    return 1
  fi
}

# ---- nftables/rule: hostile
#   table: "t"
#   chain: "c"
#   name: "x"
#   rule: "iifname \"it's$(a)ü\" accept"
check_nftables_rule_hostile() {
  nft -s list chain inet t c | grep -qxF -e '		iifname "it'\''s$(a)ü" accept comment "x"'
}
save_nftables_rule_hostile() {
  listed=$(nft list chain inet t c 2>&1) || {
    printf '%s\n' 'there is no chain inet t c: '"$(printf '%s\n' "$listed" | head -n 1)" >&2
    return 1
  }
  printf '%s\n' "$listed" | grep -F -e ' comment "x"' || [ $? -eq 1 ]
  if [ "$(printf '%s\n' "$listed" | grep -cF -e ' comment "x"')" -gt 1 ]; then
    printf '%s\n' 'several rules of the chain c have the comment x' >&2
    return 1
  fi
}
apply_nftables_rule_hostile() {
  handle=$(nft -a list chain inet t c | grep -F -e ' comment "x" # handle ' | sed 's/.* [#] handle //')
  if [ -n "$handle" ]; then
    printf '%s\n' 'replace rule inet t c'" handle $handle "'iifname "it'\''s$(a)ü" accept comment "x"' | nft -f -
  else
    printf '%s\n' 'add rule inet t c iifname "it'\''s$(a)ü" accept comment "x"' | nft -f -
  fi
  # A rule that nft writes in another way would be taken for another one each time.
  written=$(nft -s list chain inet t c | sed -n 's/^\t\t\(.*\) comment "\([^"]*\)"$/\2 \1/p' | grep -e '^x ')
  if [ "$written" != 'x iifname "it'\''s$(a)ü" accept' ]; then
    printf '%s\n' 'nft has another way to write this rule, use that: '"${written#* }" >&2
    return 1
  fi
}
undo_nftables_rule_hostile() {
  tables=$(nft list tables)
  if ! printf '%s\n' "$tables" | grep -qxF -e 'table inet t'; then return 0; fi
  listed=$(nft -a list chain inet t c 2>/dev/null) || return 0
  handle=$(printf '%s\n' "$listed" | grep -F -e ' comment "x" # handle ' | sed 's/.* [#] handle //')
  if [ -n "$handle" ] && [ -s "$prior" ]; then
    printf '%s\n' 'replace rule inet t c'" handle $handle $(cat -- "$prior")" | nft -f -
  elif [ -n "$handle" ]; then
    nft delete rule inet t c handle "$handle"
  elif [ -s "$prior" ]; then
    printf '%s\n' 'the rule x is gone from the chain c: its place is not known any more' >&2
    return 1
  fi
}

# ---- nftables/ruleset: typical
#   content: "table inet t {\n}\n"
check_nftables_ruleset_typical() {
  wanted=$(printf '%s\n' 'table inet t {
}
' | unshare -n sh -euc 'nft -f - && nft -s list ruleset') || return 1
  here=$(printf '%s\n' "$wanted" | sed -n 's/^table \(.*\) {$/\1/p' | while read -r family table; do nft -s list table "$family" "$table" || break; done)
  [ "$here" = "$wanted" ]
}
save_nftables_ruleset_typical() {
  wanted=$(printf '%s\n' 'table inet t {
}
' | unshare -n sh -euc 'nft -f - && nft -s list ruleset')
  if [ -z "$wanted" ]; then
    echo 'the rules make no table' >&2
    return 1
  fi
  here=$(nft list tables)
  # What is printed is again a file for nft: it makes the tables what they are now, or takes them away.
  printf '%s\n' "$wanted" | sed -n 's/^table \(.*\) {$/add table \1\ndelete table \1/p'
  printf '%s\n' "$wanted" | sed -n 's/^table \(.*\) {$/\1/p' | while read -r family table; do
    if printf '%s\n' "$here" | grep -qxF -e "table $family $table"; then nft list table "$family" "$table"; fi
  done
}
apply_nftables_ruleset_typical() {
  wanted=$(printf '%s\n' 'table inet t {
}
' | unshare -n sh -euc 'nft -f - && nft -s list ruleset')
  whole=$(printf '%s\n' "$wanted" | sed -n 's/^table \(.*\) {$/add table \1\ndelete table \1/p' && printf '%s\n' "$wanted")
  printf '%s\n' "$whole" | nft -c -f -
  printf '%s\n' "$whole" | nft -f -
}
undo_nftables_ruleset_typical() {
  nft -f - <"$prior"
}
diff_nftables_ruleset_typical() {
  wanted=$(printf '%s\n' 'table inet t {
}
' | unshare -n sh -euc 'nft -f - && nft -s list ruleset')
  scratch=$(mktemp -d)
  printf '%s\n' "$wanted" | sed -n 's/^table \(.*\) {$/\1/p' | while read -r family table; do
    nft -s list table "$family" "$table" 2>/dev/null || :
  done >"$scratch/here"
  printf '%s\n' "$wanted" | diff -u -- "$scratch/here" - || :
  rm -r -- "$scratch"
}

# ---- nftables/ruleset: every
#   content: "table inet t {\n}\n"
#   path: "/etc/nftables.conf"
check_nftables_ruleset_every() {
  [ ! -h /etc/nftables.conf ] && printf '%s\n' 'table inet t {
}
' | cmp -s -- - /etc/nftables.conf || return 1
  wanted=$(printf '%s\n' 'table inet t {
}
' | unshare -n sh -euc 'nft -f - && nft -s list ruleset') || return 1
  here=$(printf '%s\n' "$wanted" | sed -n 's/^table \(.*\) {$/\1/p' | while read -r family table; do nft -s list table "$family" "$table" || break; done)
  [ "$here" = "$wanted" ]
}
save_nftables_ruleset_every() {
  rm -f -- /the/folder/prior/one.file
  if [ -h /etc/nftables.conf ] || [ -d /etc/nftables.conf ]; then
    printf '%s\n' '/etc/nftables.conf is a folder or a link' >&2
    return 1
  fi
  if [ -e /etc/nftables.conf ]; then
    stat -c '%a %u:%g' -- /etc/nftables.conf >/the/folder/prior/one.file
    cat -- /etc/nftables.conf >>/the/folder/prior/one.file
  fi
  wanted=$(printf '%s\n' 'table inet t {
}
' | unshare -n sh -euc 'nft -f - && nft -s list ruleset')
  if [ -z "$wanted" ]; then
    echo 'the rules make no table' >&2
    return 1
  fi
  here=$(nft list tables)
  # What is printed is again a file for nft: it makes the tables what they are now, or takes them away.
  printf '%s\n' "$wanted" | sed -n 's/^table \(.*\) {$/add table \1\ndelete table \1/p'
  printf '%s\n' "$wanted" | sed -n 's/^table \(.*\) {$/\1/p' | while read -r family table; do
    if printf '%s\n' "$here" | grep -qxF -e "table $family $table"; then nft list table "$family" "$table"; fi
  done
}
apply_nftables_ruleset_every() {
  wanted=$(printf '%s\n' 'table inet t {
}
' | unshare -n sh -euc 'nft -f - && nft -s list ruleset')
  whole=$(printf '%s\n' "$wanted" | sed -n 's/^table \(.*\) {$/add table \1\ndelete table \1/p' && printf '%s\n' "$wanted")
  printf '%s\n' "$whole" | nft -c -f -
  rm -f -- /etc/nftables.conf.byhand
  (
    umask 077
    set -C
    printf '%s\n' 'table inet t {
}
' >/etc/nftables.conf.byhand
  )
  chmod 644 /etc/nftables.conf.byhand
  if [ -e /etc/nftables.conf ]; then
    chown -- "$(stat -c %u:%g -- /etc/nftables.conf)" /etc/nftables.conf.byhand
    chmod "$(stat -c %a -- /etc/nftables.conf)" /etc/nftables.conf.byhand
  fi
  printf '%s\n' "$whole" | nft -f -
  mv -fT -- /etc/nftables.conf.byhand /etc/nftables.conf
}
undo_nftables_ruleset_every() {
  nft -f - <"$prior"
  rm -f -- /etc/nftables.conf.byhand
  if [ ! -e /the/folder/prior/one.file ]; then
    rm -f -- /etc/nftables.conf
    return $?
  fi
  read -r mode owner </the/folder/prior/one.file
  (
    umask 077
    set -C
    tail -n +2 /the/folder/prior/one.file >/etc/nftables.conf.byhand
  )
  chown -- "$owner" /etc/nftables.conf.byhand
  chmod "$mode" /etc/nftables.conf.byhand
  mv -fT -- /etc/nftables.conf.byhand /etc/nftables.conf
}
diff_nftables_ruleset_every() {
  wanted=$(printf '%s\n' 'table inet t {
}
' | unshare -n sh -euc 'nft -f - && nft -s list ruleset')
  scratch=$(mktemp -d)
  printf '%s\n' "$wanted" | sed -n 's/^table \(.*\) {$/\1/p' | while read -r family table; do
    nft -s list table "$family" "$table" 2>/dev/null || :
  done >"$scratch/here"
  printf '%s\n' "$wanted" | diff -u -- "$scratch/here" - || :
  rm -r -- "$scratch"
  printf '%s\n' 'table inet t {
}
' | diff -uN -- /etc/nftables.conf - || :
}

# ---- nftables/ruleset: hostile
#   content: "# it's $(a) `b`\ntable inet t {\n}\n-x \\n ü"
#   path: "/etc/it's\n$(c)"
check_nftables_ruleset_hostile() {
  [ ! -h '/etc/it'\''s
$(c)' ] && printf '%s\n' '# it'\''s $(a) `b`
table inet t {
}
-x \n ü' | cmp -s -- - '/etc/it'\''s
$(c)' || return 1
  wanted=$(printf '%s\n' '# it'\''s $(a) `b`
table inet t {
}
-x \n ü' | unshare -n sh -euc 'nft -f - && nft -s list ruleset') || return 1
  here=$(printf '%s\n' "$wanted" | sed -n 's/^table \(.*\) {$/\1/p' | while read -r family table; do nft -s list table "$family" "$table" || break; done)
  [ "$here" = "$wanted" ]
}
save_nftables_ruleset_hostile() {
  rm -f -- /the/folder/prior/one.file
  if [ -h '/etc/it'\''s
$(c)' ] || [ -d '/etc/it'\''s
$(c)' ]; then
    printf '%s\n' '/etc/it'\''s
$(c) is a folder or a link' >&2
    return 1
  fi
  if [ -e '/etc/it'\''s
$(c)' ]; then
    stat -c '%a %u:%g' -- '/etc/it'\''s
$(c)' >/the/folder/prior/one.file
    cat -- '/etc/it'\''s
$(c)' >>/the/folder/prior/one.file
  fi
  wanted=$(printf '%s\n' '# it'\''s $(a) `b`
table inet t {
}
-x \n ü' | unshare -n sh -euc 'nft -f - && nft -s list ruleset')
  if [ -z "$wanted" ]; then
    echo 'the rules make no table' >&2
    return 1
  fi
  here=$(nft list tables)
  # What is printed is again a file for nft: it makes the tables what they are now, or takes them away.
  printf '%s\n' "$wanted" | sed -n 's/^table \(.*\) {$/add table \1\ndelete table \1/p'
  printf '%s\n' "$wanted" | sed -n 's/^table \(.*\) {$/\1/p' | while read -r family table; do
    if printf '%s\n' "$here" | grep -qxF -e "table $family $table"; then nft list table "$family" "$table"; fi
  done
}
apply_nftables_ruleset_hostile() {
  wanted=$(printf '%s\n' '# it'\''s $(a) `b`
table inet t {
}
-x \n ü' | unshare -n sh -euc 'nft -f - && nft -s list ruleset')
  whole=$(printf '%s\n' "$wanted" | sed -n 's/^table \(.*\) {$/add table \1\ndelete table \1/p' && printf '%s\n' "$wanted")
  printf '%s\n' "$whole" | nft -c -f -
  rm -f -- '/etc/it'\''s
$(c).byhand'
  (
    umask 077
    set -C
    printf '%s\n' '# it'\''s $(a) `b`
table inet t {
}
-x \n ü' >'/etc/it'\''s
$(c).byhand'
  )
  chmod 644 '/etc/it'\''s
$(c).byhand'
  if [ -e '/etc/it'\''s
$(c)' ]; then
    chown -- "$(stat -c %u:%g -- '/etc/it'\''s
$(c)')" '/etc/it'\''s
$(c).byhand'
    chmod "$(stat -c %a -- '/etc/it'\''s
$(c)')" '/etc/it'\''s
$(c).byhand'
  fi
  printf '%s\n' "$whole" | nft -f -
  mv -fT -- '/etc/it'\''s
$(c).byhand' '/etc/it'\''s
$(c)'
}
undo_nftables_ruleset_hostile() {
  nft -f - <"$prior"
  rm -f -- '/etc/it'\''s
$(c).byhand'
  if [ ! -e /the/folder/prior/one.file ]; then
    rm -f -- '/etc/it'\''s
$(c)'
    return $?
  fi
  read -r mode owner </the/folder/prior/one.file
  (
    umask 077
    set -C
    tail -n +2 /the/folder/prior/one.file >'/etc/it'\''s
$(c).byhand'
  )
  chown -- "$owner" '/etc/it'\''s
$(c).byhand'
  chmod "$mode" '/etc/it'\''s
$(c).byhand'
  mv -fT -- '/etc/it'\''s
$(c).byhand' '/etc/it'\''s
$(c)'
}
diff_nftables_ruleset_hostile() {
  wanted=$(printf '%s\n' '# it'\''s $(a) `b`
table inet t {
}
-x \n ü' | unshare -n sh -euc 'nft -f - && nft -s list ruleset')
  scratch=$(mktemp -d)
  printf '%s\n' "$wanted" | sed -n 's/^table \(.*\) {$/\1/p' | while read -r family table; do
    nft -s list table "$family" "$table" 2>/dev/null || :
  done >"$scratch/here"
  printf '%s\n' "$wanted" | diff -u -- "$scratch/here" - || :
  rm -r -- "$scratch"
  printf '%s\n' '# it'\''s $(a) `b`
table inet t {
}
-x \n ü' | diff -uN -- '/etc/it'\''s
$(c)' - || :
}

# ---- nftables/set: typical
#   table: "t"
#   set: "s"
#   elements: ["192.0.2.7", "192.0.2.8"]
check_nftables_set_typical() {
  nft -t list set inet t s || return 1
  printf '%s\n' 'get element inet t s { 192.0.2.7, 192.0.2.8 }' | nft -f -
}
save_nftables_set_typical() {
  rm -f -- /the/folder/prior/one.added /the/folder/prior/one.joined
  tables=$(nft list tables)
  if ! printf '%s\n' "$tables" | grep -qxF -e 'table inet t'; then
    printf '%s\n' 'there is no table inet t' >&2
    return 1
  fi
  nft list set inet t s 2>/dev/null || :
}
apply_nftables_set_typical() {
  nft -t list set inet t s >/dev/null 2>&1 ||
    nft 'add set' inet t s '{ type ipv4_addr; }'
  : >/the/folder/prior/one.new
  [ ! -e /the/folder/prior/one.added ] || cat -- /the/folder/prior/one.added >>/the/folder/prior/one.new
  nft 'get element' inet t s '{ 192.0.2.7 }' >/dev/null 2>&1 || printf '%s\n' 192.0.2.7 >>/the/folder/prior/one.new
  nft 'get element' inet t s '{ 192.0.2.8 }' >/dev/null 2>&1 || printf '%s\n' 192.0.2.8 >>/the/folder/prior/one.new
  mv -- /the/folder/prior/one.new /the/folder/prior/one.added
  if nft -t list set inet t s | grep -q '^		auto-merge$'; then
    { nft list set inet t s && sed 's/.*/add element inet t s { & }/' /the/folder/prior/one.added; } |
      unshare -n sh -euc 'nft -f - && nft list ruleset' >/the/folder/prior/one.new
    mv -- /the/folder/prior/one.new /the/folder/prior/one.joined
  fi
  sed 's/.*/add element inet t s { & }/' /the/folder/prior/one.added | nft -f -
}
undo_nftables_set_typical() {
  tables=$(nft list tables)
  if ! printf '%s\n' "$tables" | grep -qxF -e 'table inet t'; then return 0; fi
  here=$(nft list set inet t s 2>/dev/null) || return 0
  if [ -e /the/folder/prior/one.joined ]; then
    [ "$here" != "$(cat -- "$prior")" ] || return 0
    if [ "$here" != "$(cat -- /the/folder/prior/one.joined)" ]; then
      printf '%s\n' 'the set s joins what touches and was changed since: what was in it cannot be told from what is' >&2
      return 1
    fi
    {
      printf '%s\n' 'flush set inet t s'
      sed -n '/^		elements = /,/}$/{s/^		elements = /add element inet t s /;p}' "$prior"
    } | nft -f -
    return $?
  fi
  if [ -e /the/folder/prior/one.added ]; then
    while read -r element; do
      if nft 'get element' inet t s "{ $element }" >/dev/null 2>&1; then nft 'delete element' inet t s "{ $element }"; fi
    done </the/folder/prior/one.added
  fi
  [ ! -s "$prior" ] || return 0
  if nft list set inet t s | grep -q '^		elements = '; then
    printf '%s\n' 'the set s is not empty: something else put elements in it since' >&2
    return 1
  fi
  nft delete set inet t s
}

# ---- nftables/set: every
#   table: "t"
#   set: "s"
#   elements: ["10.0.0.0/8"]
#   type: "ipv4_addr"
#   flags: ["interval", "timeout"]
#   family: "ip"
check_nftables_set_every() {
  nft -t list set ip t s || return 1
  printf '%s\n' 'get element ip t s { 10.0.0.0/8 }' | nft -f -
}
save_nftables_set_every() {
  rm -f -- /the/folder/prior/one.added /the/folder/prior/one.joined
  tables=$(nft list tables)
  if ! printf '%s\n' "$tables" | grep -qxF -e 'table ip t'; then
    printf '%s\n' 'there is no table ip t' >&2
    return 1
  fi
  nft list set ip t s 2>/dev/null || :
}
apply_nftables_set_every() {
  nft -t list set ip t s >/dev/null 2>&1 ||
    nft 'add set' ip t s '{ type ipv4_addr; flags interval,timeout; }'
  : >/the/folder/prior/one.new
  [ ! -e /the/folder/prior/one.added ] || cat -- /the/folder/prior/one.added >>/the/folder/prior/one.new
  nft 'get element' ip t s '{ 10.0.0.0/8 }' >/dev/null 2>&1 || printf '%s\n' 10.0.0.0/8 >>/the/folder/prior/one.new
  mv -- /the/folder/prior/one.new /the/folder/prior/one.added
  if nft -t list set ip t s | grep -q '^		auto-merge$'; then
    { nft list set ip t s && sed 's/.*/add element ip t s { & }/' /the/folder/prior/one.added; } |
      unshare -n sh -euc 'nft -f - && nft list ruleset' >/the/folder/prior/one.new
    mv -- /the/folder/prior/one.new /the/folder/prior/one.joined
  fi
  sed 's/.*/add element ip t s { & }/' /the/folder/prior/one.added | nft -f -
}
undo_nftables_set_every() {
  tables=$(nft list tables)
  if ! printf '%s\n' "$tables" | grep -qxF -e 'table ip t'; then return 0; fi
  here=$(nft list set ip t s 2>/dev/null) || return 0
  if [ -e /the/folder/prior/one.joined ]; then
    [ "$here" != "$(cat -- "$prior")" ] || return 0
    if [ "$here" != "$(cat -- /the/folder/prior/one.joined)" ]; then
      printf '%s\n' 'the set s joins what touches and was changed since: what was in it cannot be told from what is' >&2
      return 1
    fi
    {
      printf '%s\n' 'flush set ip t s'
      sed -n '/^		elements = /,/}$/{s/^		elements = /add element ip t s /;p}' "$prior"
    } | nft -f -
    return $?
  fi
  if [ -e /the/folder/prior/one.added ]; then
    while read -r element; do
      if nft 'get element' ip t s "{ $element }" >/dev/null 2>&1; then nft 'delete element' ip t s "{ $element }"; fi
    done </the/folder/prior/one.added
  fi
  [ ! -s "$prior" ] || return 0
  if nft list set ip t s | grep -q '^		elements = '; then
    printf '%s\n' 'the set s is not empty: something else put elements in it since' >&2
    return 1
  fi
  nft delete set ip t s
}

# ---- nftables/set: empty
#   table: "t"
#   set: "a-b"
#   type: "ipv4_addr . inet_service"
check_nftables_set_empty() {
  nft -t list set inet t a-b || return 1
}
save_nftables_set_empty() {
  rm -f -- /the/folder/prior/one.added /the/folder/prior/one.joined
  tables=$(nft list tables)
  if ! printf '%s\n' "$tables" | grep -qxF -e 'table inet t'; then
    printf '%s\n' 'there is no table inet t' >&2
    return 1
  fi
  nft list set inet t a-b 2>/dev/null || :
}
apply_nftables_set_empty() {
  nft -t list set inet t a-b >/dev/null 2>&1 ||
    nft 'add set' inet t a-b '{ type ipv4_addr . inet_service; }'
}
undo_nftables_set_empty() {
  tables=$(nft list tables)
  if ! printf '%s\n' "$tables" | grep -qxF -e 'table inet t'; then return 0; fi
  here=$(nft list set inet t a-b 2>/dev/null) || return 0
  if [ -e /the/folder/prior/one.joined ]; then
    [ "$here" != "$(cat -- "$prior")" ] || return 0
    if [ "$here" != "$(cat -- /the/folder/prior/one.joined)" ]; then
      printf '%s\n' 'the set a-b joins what touches and was changed since: what was in it cannot be told from what is' >&2
      return 1
    fi
    {
      printf '%s\n' 'flush set inet t a-b'
      sed -n '/^		elements = /,/}$/{s/^		elements = /add element inet t a-b /;p}' "$prior"
    } | nft -f -
    return $?
  fi
  if [ -e /the/folder/prior/one.added ]; then
    while read -r element; do
      if nft 'get element' inet t a-b "{ $element }" >/dev/null 2>&1; then nft 'delete element' inet t a-b "{ $element }"; fi
    done </the/folder/prior/one.added
  fi
  [ ! -s "$prior" ] || return 0
  if nft list set inet t a-b | grep -q '^		elements = '; then
    printf '%s\n' 'the set a-b is not empty: something else put elements in it since' >&2
    return 1
  fi
  nft delete set inet t a-b
}

# ---- nftables/set: hostile
#   table: "t"
#   set: "s"
#   elements: ["\"it's$(a)ü\" comment \"x\""]
#   type: "ifname"
check_nftables_set_hostile() {
  nft -t list set inet t s || return 1
  printf '%s\n' 'get element inet t s { "it'\''s$(a)ü" comment "x" }' | nft -f -
}
save_nftables_set_hostile() {
  rm -f -- /the/folder/prior/one.added /the/folder/prior/one.joined
  tables=$(nft list tables)
  if ! printf '%s\n' "$tables" | grep -qxF -e 'table inet t'; then
    printf '%s\n' 'there is no table inet t' >&2
    return 1
  fi
  nft list set inet t s 2>/dev/null || :
}
apply_nftables_set_hostile() {
  nft -t list set inet t s >/dev/null 2>&1 ||
    nft 'add set' inet t s '{ type ifname; }'
  : >/the/folder/prior/one.new
  [ ! -e /the/folder/prior/one.added ] || cat -- /the/folder/prior/one.added >>/the/folder/prior/one.new
  nft 'get element' inet t s '{ "it'\''s$(a)ü" comment "x" }' >/dev/null 2>&1 || printf '%s\n' '"it'\''s$(a)ü" comment "x"' >>/the/folder/prior/one.new
  mv -- /the/folder/prior/one.new /the/folder/prior/one.added
  if nft -t list set inet t s | grep -q '^		auto-merge$'; then
    { nft list set inet t s && sed 's/.*/add element inet t s { & }/' /the/folder/prior/one.added; } |
      unshare -n sh -euc 'nft -f - && nft list ruleset' >/the/folder/prior/one.new
    mv -- /the/folder/prior/one.new /the/folder/prior/one.joined
  fi
  sed 's/.*/add element inet t s { & }/' /the/folder/prior/one.added | nft -f -
}
undo_nftables_set_hostile() {
  tables=$(nft list tables)
  if ! printf '%s\n' "$tables" | grep -qxF -e 'table inet t'; then return 0; fi
  here=$(nft list set inet t s 2>/dev/null) || return 0
  if [ -e /the/folder/prior/one.joined ]; then
    [ "$here" != "$(cat -- "$prior")" ] || return 0
    if [ "$here" != "$(cat -- /the/folder/prior/one.joined)" ]; then
      printf '%s\n' 'the set s joins what touches and was changed since: what was in it cannot be told from what is' >&2
      return 1
    fi
    {
      printf '%s\n' 'flush set inet t s'
      sed -n '/^		elements = /,/}$/{s/^		elements = /add element inet t s /;p}' "$prior"
    } | nft -f -
    return $?
  fi
  if [ -e /the/folder/prior/one.added ]; then
    while read -r element; do
      if nft 'get element' inet t s "{ $element }" >/dev/null 2>&1; then nft 'delete element' inet t s "{ $element }"; fi
    done </the/folder/prior/one.added
  fi
  [ ! -s "$prior" ] || return 0
  if nft list set inet t s | grep -q '^		elements = '; then
    printf '%s\n' 'the set s is not empty: something else put elements in it since' >&2
    return 1
  fi
  nft delete set inet t s
}

# ---- nftables/table: typical
#   table: "t"
check_nftables_table_typical() {
  nft list tables | grep -qxF -e 'table inet t'
}
save_nftables_table_typical() {
  nft list tables
}
apply_nftables_table_typical() {
  nft create table inet t
}
undo_nftables_table_typical() {
  here=$(nft list tables)
  if [ "$here" = "$(cat -- "$prior")" ] || ! printf '%s\n' "$here" | grep -qxF -e 'table inet t'; then return 0; fi
  # Two lines are its name and the brace that closes it.
  if [ "$(nft -t list table inet t | grep -vc '^#')" -gt 2 ]; then
    printf '%s\n' 'the table inet t is not empty: something else uses it since' >&2
    return 1
  fi
  nft delete table inet t
}

# ---- nftables/table: every
#   table: "a-b_c"
#   family: "netdev"
check_nftables_table_every() {
  nft list tables | grep -qxF -e 'table netdev a-b_c'
}
save_nftables_table_every() {
  nft list tables
}
apply_nftables_table_every() {
  nft create table netdev a-b_c
}
undo_nftables_table_every() {
  here=$(nft list tables)
  if [ "$here" = "$(cat -- "$prior")" ] || ! printf '%s\n' "$here" | grep -qxF -e 'table netdev a-b_c'; then return 0; fi
  # Two lines are its name and the brace that closes it.
  if [ "$(nft -t list table netdev a-b_c | grep -vc '^#')" -gt 2 ]; then
    printf '%s\n' 'the table netdev a-b_c is not empty: something else uses it since' >&2
    return 1
  fi
  nft delete table netdev a-b_c
}
