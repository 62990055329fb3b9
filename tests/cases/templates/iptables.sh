#!/bin/sh
# shellcheck disable=SC2016,SC2317,SC2329,SC2034,SC2043 # values are literal; nothing calls the functions or reads their variables
# What the templates of one area become. Made by BYHAND_RENEW=1 pytest tests/cases; never run.
set -eu
prior=/the/folder/prior/one
export prior

# ---- iptables/chain: typical
#   table: "filter"
#   chain: "BYHAND"
#   parent: "FORWARD"
#   rules: ["-i br0 -j ACCEPT"]
check_iptables_chain_typical() {
  rules=$(iptables -w -t filter -S) &&
    for rule in '-A FORWARD -j BYHAND' '-A BYHAND -i br0 -j ACCEPT'; do
      case "
$rules
" in *"
$rule
"*) ;; *) return 1 ;; esac
    done
}
apply_iptables_chain_typical() {
  iptables-restore -w --noflush <<'EOF'
*filter
:BYHAND - [0:0]
-A BYHAND -i br0 -j ACCEPT
COMMIT
EOF
  iptables -w -t filter -C FORWARD -j BYHAND 2>/dev/null ||
    iptables -w -t filter -I FORWARD -j BYHAND
}
undo_iptables_chain_typical() {
  while iptables -w -t filter -D FORWARD -j BYHAND 2>/dev/null; do :; done
  if iptables -w -t filter -S BYHAND >/dev/null 2>&1; then
    iptables -w -t filter -F BYHAND
    iptables -w -t filter -X BYHAND
  fi
}

# ---- iptables/chain: every
#   table: "nat"
#   chain: "BYHAND-NAT"
#   parent: "POSTROUTING"
#   rules: ["-s 10.0.0.0/24 -j MASQUERADE", "-m comment --comment \"a b\" -j RETURN"]
#   netns: "lab"
check_iptables_chain_every() {
  rules=$(ip netns exec lab iptables -w -t nat -S) &&
    for rule in '-A POSTROUTING -j BYHAND-NAT' '-A BYHAND-NAT -s 10.0.0.0/24 -j MASQUERADE' '-A BYHAND-NAT -m comment --comment "a b" -j RETURN'; do
      case "
$rules
" in *"
$rule
"*) ;; *) return 1 ;; esac
    done
}
apply_iptables_chain_every() {
  ip netns exec lab iptables-restore -w --noflush <<'EOF'
*nat
:BYHAND-NAT - [0:0]
-A BYHAND-NAT -s 10.0.0.0/24 -j MASQUERADE
-A BYHAND-NAT -m comment --comment "a b" -j RETURN
COMMIT
EOF
  ip netns exec lab iptables -w -t nat -C POSTROUTING -j BYHAND-NAT 2>/dev/null ||
    ip netns exec lab iptables -w -t nat -I POSTROUTING -j BYHAND-NAT
}
undo_iptables_chain_every() {
  [ -e /run/netns/lab ] || return 0
  while ip netns exec lab iptables -w -t nat -D POSTROUTING -j BYHAND-NAT 2>/dev/null; do :; done
  if ip netns exec lab iptables -w -t nat -S BYHAND-NAT >/dev/null 2>&1; then
    ip netns exec lab iptables -w -t nat -F BYHAND-NAT
    ip netns exec lab iptables -w -t nat -X BYHAND-NAT
  fi
}

# ---- iptables/chain: hostile
#   table: "filter"
#   chain: "a.b"
#   parent: "INPUT"
#   rules: ["-m comment --comment \"it's $(a) ü\" -j DROP"]
check_iptables_chain_hostile() {
  rules=$(iptables -w -t filter -S) &&
    for rule in '-A INPUT -j a.b' '-A a.b -m comment --comment "it'\''s $(a) ü" -j DROP'; do
      case "
$rules
" in *"
$rule
"*) ;; *) return 1 ;; esac
    done
}
apply_iptables_chain_hostile() {
  iptables-restore -w --noflush <<'EOF'
*filter
:a.b - [0:0]
-A a.b -m comment --comment "it's $(a) ü" -j DROP
COMMIT
EOF
  iptables -w -t filter -C INPUT -j a.b 2>/dev/null ||
    iptables -w -t filter -I INPUT -j a.b
}
undo_iptables_chain_hostile() {
  while iptables -w -t filter -D INPUT -j a.b 2>/dev/null; do :; done
  if iptables -w -t filter -S a.b >/dev/null 2>&1; then
    iptables -w -t filter -F a.b
    iptables -w -t filter -X a.b
  fi
}

# ---- iptables/chain: no parent
#   table: "filter"
#   chain: "BYHAND-2"
#   rules: ["-o br0 -j DROP"]
check_iptables_chain_no_parent() {
  rules=$(iptables -w -t filter -S) &&
    for rule in '-N BYHAND-2' '-A BYHAND-2 -o br0 -j DROP'; do
      case "
$rules
" in *"
$rule
"*) ;; *) return 1 ;; esac
    done
}
apply_iptables_chain_no_parent() {
  iptables-restore -w --noflush <<'EOF'
*filter
:BYHAND-2 - [0:0]
-A BYHAND-2 -o br0 -j DROP
COMMIT
EOF
}
undo_iptables_chain_no_parent() {
  if iptables -w -t filter -S BYHAND-2 >/dev/null 2>&1; then
    iptables -w -t filter -F BYHAND-2
    iptables -w -t filter -X BYHAND-2
  fi
}

# ---- iptables/policy: typical
#   chain: "INPUT"
#   policy: "DROP"
check_iptables_policy_typical() {
  iptables -w -t filter -S INPUT | grep -qxF -e '-P INPUT DROP'
}
save_iptables_policy_typical() {
  here=$(iptables -w -t filter -S)
  if ! printf '%s\n' "$here" | grep -e '^-P INPUT '; then
    printf '%s\n' 'the table filter has no built-in chain INPUT' >&2
    return 1
  fi
}
apply_iptables_policy_typical() {
  iptables -w -t filter -P INPUT DROP
}
undo_iptables_policy_typical() {
  read -r _ _ policy <"$prior"
  iptables -w -t filter -P INPUT "$policy"
}

# ---- iptables/policy: every
#   chain: "OUTPUT"
#   policy: "ACCEPT"
#   table: "mangle"
#   ipv6: true
#   netns: "lab"
check_iptables_policy_every() {
  ip netns exec lab ip6tables -w -t mangle -S OUTPUT | grep -qxF -e '-P OUTPUT ACCEPT'
}
save_iptables_policy_every() {
  here=$(ip netns exec lab ip6tables -w -t mangle -S)
  if ! printf '%s\n' "$here" | grep -e '^-P OUTPUT '; then
    printf '%s\n' 'the table mangle has no built-in chain OUTPUT' >&2
    return 1
  fi
}
apply_iptables_policy_every() {
  ip netns exec lab ip6tables -w -t mangle -P OUTPUT ACCEPT
}
undo_iptables_policy_every() {
  [ -e /run/netns/lab ] || return 0
  read -r _ _ policy <"$prior"
  ip netns exec lab ip6tables -w -t mangle -P OUTPUT "$policy"
}

# ---- iptables/rule: typical
#   chain: "INPUT"
#   rule: ["-p", "tcp", "--dport", "22", "-j", "ACCEPT"]
check_iptables_rule_typical() {
  iptables -w -t filter -C INPUT -p tcp --dport 22 -j ACCEPT
}
save_iptables_rule_typical() {
  here=$(iptables -w -t filter -S)
  case "
$here
" in
  *'
-N INPUT
'* | *'
-P INPUT '*) ;;
  *)
    printf '%s\n' 'the table filter has no chain INPUT' >&2
    return 1 ;;
  esac
  iptables -w -t filter -S INPUT
}
apply_iptables_rule_typical() {
  iptables -w -t filter -A INPUT -p tcp --dport 22 -j ACCEPT
}
undo_iptables_rule_typical() {
  here=$(iptables -w -t filter -S)
  case "
$here
" in
  *'
-N INPUT
'* | *'
-P INPUT '*) ;;
  *) return 0 ;; # the chain is gone, and the rule with it
  esac
  # A rule that the kernel never took is one that -C does not know either.
  if [ "$(iptables -w -t filter -S INPUT)" != "$(cat -- "$prior")" ] &&
    iptables -w -t filter -C INPUT -p tcp --dport 22 -j ACCEPT 2>/dev/null; then
    iptables -w -t filter -D INPUT -p tcp --dport 22 -j ACCEPT
  fi
}

# ---- iptables/rule: every
#   chain: "FORWARD"
#   rule: ["-i", "br0", "-j", "DROP"]
#   table: "mangle"
#   place: 1
#   ipv6: true
#   netns: "lab"
check_iptables_rule_every() {
  ip netns exec lab ip6tables -w -t mangle -C FORWARD -i br0 -j DROP
}
save_iptables_rule_every() {
  here=$(ip netns exec lab ip6tables -w -t mangle -S)
  case "
$here
" in
  *'
-N FORWARD
'* | *'
-P FORWARD '*) ;;
  *)
    printf '%s\n' 'the table mangle has no chain FORWARD' >&2
    return 1 ;;
  esac
  ip netns exec lab ip6tables -w -t mangle -S FORWARD
}
apply_iptables_rule_every() {
  ip netns exec lab ip6tables -w -t mangle -I FORWARD 1 -i br0 -j DROP
}
undo_iptables_rule_every() {
  [ -e /run/netns/lab ] || return 0
  here=$(ip netns exec lab ip6tables -w -t mangle -S)
  case "
$here
" in
  *'
-N FORWARD
'* | *'
-P FORWARD '*) ;;
  *) return 0 ;; # the chain is gone, and the rule with it
  esac
  # A rule that the kernel never took is one that -C does not know either.
  if [ "$(ip netns exec lab ip6tables -w -t mangle -S FORWARD)" != "$(cat -- "$prior")" ] &&
    ip netns exec lab ip6tables -w -t mangle -C FORWARD -i br0 -j DROP 2>/dev/null; then
    ip netns exec lab ip6tables -w -t mangle -D FORWARD -i br0 -j DROP
  fi
}

# ---- iptables/rule: hostile
#   chain: "INPUT"
#   rule: ["-m", "comment", "--comment", "it's $(a) `b` ü", "-j", "ACCEPT"]
#   place: 3
check_iptables_rule_hostile() {
  iptables -w -t filter -C INPUT -m comment --comment 'it'\''s $(a) `b` ü' -j ACCEPT
}
save_iptables_rule_hostile() {
  here=$(iptables -w -t filter -S)
  case "
$here
" in
  *'
-N INPUT
'* | *'
-P INPUT '*) ;;
  *)
    printf '%s\n' 'the table filter has no chain INPUT' >&2
    return 1 ;;
  esac
  iptables -w -t filter -S INPUT
}
apply_iptables_rule_hostile() {
  iptables -w -t filter -I INPUT 3 -m comment --comment 'it'\''s $(a) `b` ü' -j ACCEPT
}
undo_iptables_rule_hostile() {
  here=$(iptables -w -t filter -S)
  case "
$here
" in
  *'
-N INPUT
'* | *'
-P INPUT '*) ;;
  *) return 0 ;; # the chain is gone, and the rule with it
  esac
  # A rule that the kernel never took is one that -C does not know either.
  if [ "$(iptables -w -t filter -S INPUT)" != "$(cat -- "$prior")" ] &&
    iptables -w -t filter -C INPUT -m comment --comment 'it'\''s $(a) `b` ü' -j ACCEPT 2>/dev/null; then
    iptables -w -t filter -D INPUT -m comment --comment 'it'\''s $(a) `b` ü' -j ACCEPT
  fi
}
