#!/bin/sh
# shellcheck disable=SC2016,SC2317,SC2329,SC2034,SC2043 # values are literal; nothing calls the functions or reads their variables
# What the templates of one area become. Made by BYHAND_RENEW=1 pytest tests/cases; never run.
set -eu
prior=/the/folder/prior/one
export prior

# ---- play/assert: typical
#   that: true
apply_play_assert_typical() {
  :
}

# ---- play/assert: fails
#   that: false
#   message: "the disk is full"
apply_play_assert_fails() {
  stop 'the disk is full'
}

# ---- play/assert: hostile
#   that: false
#   message: "-n it's $(a) %s \\n ü"
apply_play_assert_hostile() {
  stop '-n it'\''s $(a) %s \n ü'
}

# ---- play/pause: typical
#   seconds: 5
apply_play_pause_typical() {
  sleep 5
}

# ---- play/pause: none
#   seconds: 0
apply_play_pause_none() {
  sleep 0
}
