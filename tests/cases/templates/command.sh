#!/bin/sh
# shellcheck disable=SC2016,SC2317,SC2329,SC2034,SC2043 # values are literal; nothing calls the functions or reads their variables
# What the templates of one area become. Made by BYHAND_RENEW=1 pytest tests/cases; never run.
set -eu
prior=/the/folder/prior/one
export prior

# ---- command/needed: typical
#   name: "curl"
check_command_needed_typical() {
  command -v curl >/dev/null
}
apply_command_needed_typical() {
  printf '%s\n' 'curl is not installed here' >&2
  return 1
}

# ---- command/needed: every
#   name: "setcap"
#   package: "libcap2-bin"
check_command_needed_every() {
  command -v setcap >/dev/null
}
apply_command_needed_every() {
  printf '%s\n' 'setcap is not installed here, the package libcap2-bin has it' >&2
  return 1
}

# ---- command/reversible: typical
#   check: "[ -e /run/a ]"
#   script: ": >/run/a"
#   undo: "rm -f /run/a"
check_command_reversible_typical() {
  sh -euc -- '[ -e /run/a ]'
}
apply_command_reversible_typical() {
  sh -euc -- ': >/run/a'
}
undo_command_reversible_typical() {
  sh -euc -- 'rm -f /run/a'
}

# ---- command/reversible: hostile
#   check: "test \"$(a)\" = 'it''s'"
#   script: "-x\n`b` ü\n"
#   undo: "\nrm -f -- '-n $(c)'"
check_command_reversible_hostile() {
  sh -euc -- 'test "$(a)" = '\''it'\'''\''s'\'''
}
apply_command_reversible_hostile() {
  sh -euc -- '-x
`b` ü
'
}
undo_command_reversible_hostile() {
  sh -euc -- '
rm -f -- '\''-n $(c)'\'''
}

# ---- command/run: typical
#   argv: ["ls", "-l", "/tmp"]
apply_command_run_typical() {
  (exec ls -l /tmp)
}

# ---- command/run: hostile
#   argv: ["printf", "%s", "it's", "$(a) `b`", "a\nb", "-n", "", "ü*?"]
apply_command_run_hostile() {
  (exec printf %s 'it'\''s' '$(a) `b`' 'a
b' -n '' 'ü*?')
}

# ---- command/run: reserved word
#   argv: ["if", "A=1", "then"]
apply_command_run_reserved_word() {
  (exec 'if' 'A=1' 'then')
}

# ---- command/script: typical
#   script: "echo hello\n"
apply_command_script_typical() {
  (exec sh -eu /dev/fd/4 ) 4<<'EOF'
echo hello
EOF

}

# ---- command/script: every
#   script: "print('a')\n"
#   interpreter: ["python3", "-I"]
#   argv: ["one", "two"]
apply_command_script_every() {
  (exec python3 -I /dev/fd/4 one two) 4<<'EOF'
print('a')
EOF

}

# ---- command/script: hostile
#   script: "cat <<'EOF'\nit's $(a) ü\nEOF\nEOF_\n"
#   interpreter: ["/opt/my sh", "-$(x)"]
#   argv: ["-n", "it's\n", ""]
apply_command_script_hostile() {
  (exec '/opt/my sh' '-$(x)' /dev/fd/4 -n 'it'\''s
' '') 4<<'EOF__'
cat <<'EOF'
it's $(a) ü
EOF
EOF_
EOF__

}

# ---- command/shell: typical
#   script: "a=1; echo \"$a\""
apply_command_shell_typical() {
  sh -euc -- 'a=1; echo "$a"'
}

# ---- command/shell: several lines
#   script: "for f in /etc/*.conf; do\n  echo \"$f\"\ndone\n"
apply_command_shell_several_lines() {
  sh -euc -- 'for f in /etc/*.conf; do
  echo "$f"
done
'
}

# ---- command/shell: hostile
#   script: "echo 'it''s' \"$(a)\" `b`\n-x ü"
apply_command_shell_hostile() {
  sh -euc -- 'echo '\''it'\'''\''s'\'' "$(a)" `b`
-x ü'
}
