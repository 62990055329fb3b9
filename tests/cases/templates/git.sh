#!/bin/sh
# shellcheck disable=SC2016,SC2317,SC2329,SC2034,SC2043 # values are literal; nothing calls the functions or reads their variables
# What the templates of one area become. Made by BYHAND_RENEW=1 pytest tests/cases; never run.
set -eu
prior=/the/folder/prior/one
export prior

# ---- git/checkout: typical
#   repository: "https://example.org/a.git"
#   path: "/opt/a"
check_git_checkout_typical() {
  [ -d /opt/a/.git ] && [ "$(env 'GIT_TERMINAL_PROMPT=0' 'GIT_ASKPASS=/bin/false' 'GIT_SSH_COMMAND=ssh -oBatchMode=yes' git -c core.hooksPath=/dev/null -c core.fsmonitor=false -C /opt/a config remote.origin.url)" = https://example.org/a.git ] || return 1
  wanted=$(env 'GIT_TERMINAL_PROMPT=0' 'GIT_ASKPASS=/bin/false' 'GIT_SSH_COMMAND=ssh -oBatchMode=yes' git -c core.hooksPath=/dev/null -c core.fsmonitor=false ls-remote -q -- https://example.org/a.git HEAD | NAMES=HEAD awk -F '\t' '
    { at[$2] = $1 }
    END { n = split(ENVIRON["NAMES"], names); for (i = 1; i <= n; i++) if (names[i] in at) { print at[names[i]]; exit } }')
  [ "$wanted" ] && [ "$(env 'GIT_TERMINAL_PROMPT=0' 'GIT_ASKPASS=/bin/false' 'GIT_SSH_COMMAND=ssh -oBatchMode=yes' git -c core.hooksPath=/dev/null -c core.fsmonitor=false -C /opt/a rev-parse HEAD)" = "$wanted" ]
}
save_git_checkout_typical() {
  if ! command -v git >/dev/null; then
    echo "git is not here: install it first" >&2
    return 1
  fi
  if [ ! -e /opt/a ] && [ ! -h /opt/a ]; then
    echo none
    return 0
  fi
  if [ ! -d /opt/a/.git ] || [ "$(git -C /opt/a -c core.fsmonitor=false config remote.origin.url)" != https://example.org/a.git ]; then
    printf '%s\n' '/opt/a is there and is no clone of https://example.org/a.git' >&2
    return 1
  fi
  changes=$(git -C /opt/a -c core.fsmonitor=false status --porcelain --untracked-files=no)
  if [ "$changes" ]; then
    printf '%s\n%s\n' '/opt/a has local changes:' "$changes" >&2
    return 1
  fi
  printf 'clone\n'
  git -C /opt/a -c core.fsmonitor=false symbolic-ref -q --short HEAD || printf '\n'
  git -C /opt/a -c core.fsmonitor=false rev-parse HEAD
}
apply_git_checkout_typical() {
  # COMMIT NAME of the first of the names that is there; ref: is the branch that HEAD stands for.
  listed=$(env 'GIT_TERMINAL_PROMPT=0' 'GIT_ASKPASS=/bin/false' 'GIT_SSH_COMMAND=ssh -oBatchMode=yes' git -c core.hooksPath=/dev/null -c core.fsmonitor=false ls-remote -q --symref -- https://example.org/a.git HEAD)
  wanted=$(printf '%s\n' "$listed" | NAMES=HEAD awk -F '\t' '
    /^ref: / { branch[$2] = substr($1, 6); next }
    { at[$2] = $1 }
    END {
      n = split(ENVIRON["NAMES"], names)
      for (i = 1; i <= n; i++) if (names[i] in at) { print at[names[i]] " " (names[i] in branch ? branch[names[i]] : names[i]); exit }
    }')
  name=${wanted#* } wanted=${wanted%% *}
  if [ -z "$wanted" ]; then
    printf '%s\n' 'https://example.org/a.git has no branch and no tag HEAD' >&2
    return 1
  fi
  at=/opt/a
  rm -rf -- /opt/a.byhand
  if [ ! -e "$at" ]; then
    at=/opt/a.byhand
    env 'GIT_TERMINAL_PROMPT=0' 'GIT_ASKPASS=/bin/false' 'GIT_SSH_COMMAND=ssh -oBatchMode=yes' git -c core.hooksPath=/dev/null -c core.fsmonitor=false clone -q --no-checkout --template= -- https://example.org/a.git "$at"
  else
    env 'GIT_TERMINAL_PROMPT=0' 'GIT_ASKPASS=/bin/false' 'GIT_SSH_COMMAND=ssh -oBatchMode=yes' git -c core.hooksPath=/dev/null -c core.fsmonitor=false -C "$at" fetch -q origin '+refs/heads/*:refs/remotes/origin/*'
  fi
  # A commit that no branch leads to is asked for by its name.
  env 'GIT_TERMINAL_PROMPT=0' 'GIT_ASKPASS=/bin/false' 'GIT_SSH_COMMAND=ssh -oBatchMode=yes' git -c core.hooksPath=/dev/null -c core.fsmonitor=false -C "$at" cat-file -e "$wanted^{commit}" 2>/dev/null || env 'GIT_TERMINAL_PROMPT=0' 'GIT_ASKPASS=/bin/false' 'GIT_SSH_COMMAND=ssh -oBatchMode=yes' git -c core.hooksPath=/dev/null -c core.fsmonitor=false -C "$at" fetch -q origin "${name%"^{}"}"
  case $name in
  refs/heads/*)
    tip=$(env 'GIT_TERMINAL_PROMPT=0' 'GIT_ASKPASS=/bin/false' 'GIT_SSH_COMMAND=ssh -oBatchMode=yes' git -c core.hooksPath=/dev/null -c core.fsmonitor=false -C "$at" rev-parse -q --verify "$name") || :
    if [ "$tip" ] && ! env 'GIT_TERMINAL_PROMPT=0' 'GIT_ASKPASS=/bin/false' 'GIT_SSH_COMMAND=ssh -oBatchMode=yes' git -c core.hooksPath=/dev/null -c core.fsmonitor=false -C "$at" merge-base --is-ancestor "$tip" "$wanted"; then
      printf '%s\n' '/opt/a: the branch has commits that https://example.org/a.git has not' >&2
      return 1
    fi
    printf '%s %s\n' "${name#refs/heads/}" "$tip" >"$prior.branch"
    env 'GIT_TERMINAL_PROMPT=0' 'GIT_ASKPASS=/bin/false' 'GIT_SSH_COMMAND=ssh -oBatchMode=yes' git -c core.hooksPath=/dev/null -c core.fsmonitor=false -C "$at" checkout -q -B "${name#refs/heads/}" "$wanted"
    if [ "$at" != /opt/a ]; then env 'GIT_TERMINAL_PROMPT=0' 'GIT_ASKPASS=/bin/false' 'GIT_SSH_COMMAND=ssh -oBatchMode=yes' git -c core.hooksPath=/dev/null -c core.fsmonitor=false -C "$at" branch -q --set-upstream-to="origin/${name#refs/heads/}"; fi ;;
  *) env 'GIT_TERMINAL_PROMPT=0' 'GIT_ASKPASS=/bin/false' 'GIT_SSH_COMMAND=ssh -oBatchMode=yes' git -c core.hooksPath=/dev/null -c core.fsmonitor=false -C "$at" checkout -q --detach "$wanted" ;;
  esac
  printf '%s\n' "$wanted" >"$prior.commit"
  [ "$at" = /opt/a ] || mv -T -- "$at" /opt/a
}
undo_git_checkout_typical() {
  rm -rf -- /opt/a.byhand
  { read -r kind && { read -r branch; read -r commit; }; } <"$prior" || :
  if [ -d /opt/a/.git ]; then
    untracked=no
    set --
    [ "$kind" = clone ] || untracked=normal
    if [ -e "$prior.commit" ]; then
      changes=$(git -C /opt/a -c core.hooksPath=/dev/null -c core.fsmonitor=false status --porcelain --untracked-files="$untracked")
      if [ "$changes" ] || [ "$(git -C /opt/a -c core.hooksPath=/dev/null -c core.fsmonitor=false rev-parse HEAD)" != "$(cat "$prior.commit")" ]; then
        printf '%s\n%s\n' '/opt/a was changed since, or has another commit:' "$changes" >&2
        return 1
      fi
    else
      set -- -f # a checkout that did not reach its end; there were no local changes before it
    fi
    if [ "$kind" = none ]; then
      rm -rf -- /opt/a
    elif [ "$branch" ]; then
      git -C /opt/a -c core.hooksPath=/dev/null -c core.fsmonitor=false checkout -q "$@" -B "$branch" "$commit"
    else
      git -C /opt/a -c core.hooksPath=/dev/null -c core.fsmonitor=false checkout -q "$@" --detach "$commit"
    fi
    if [ "$kind" = clone ] && [ -e "$prior.branch" ]; then
      read -r name tip <"$prior.branch"
      if [ "$name" != "$branch" ] && [ "$tip" ]; then
        git -C /opt/a -c core.hooksPath=/dev/null -c core.fsmonitor=false branch -q -f "$name" "$tip"
      elif [ "$name" != "$branch" ] && git -C /opt/a -c core.hooksPath=/dev/null -c core.fsmonitor=false rev-parse -q --verify "refs/heads/$name" >/dev/null; then
        git -C /opt/a -c core.hooksPath=/dev/null -c core.fsmonitor=false branch -q -D "$name"
      fi
    fi
  fi
  rm -f -- "$prior.commit" "$prior.branch"
}

# ---- git/checkout: every
#   repository: "git@example.org:a.git"
#   path: "/opt/a"
#   version: "v1.2"
check_git_checkout_every() {
  [ -d /opt/a/.git ] && [ "$(env 'GIT_TERMINAL_PROMPT=0' 'GIT_ASKPASS=/bin/false' 'GIT_SSH_COMMAND=ssh -oBatchMode=yes' git -c core.hooksPath=/dev/null -c core.fsmonitor=false -C /opt/a config remote.origin.url)" = git@example.org:a.git ] || return 1
  wanted=$(env 'GIT_TERMINAL_PROMPT=0' 'GIT_ASKPASS=/bin/false' 'GIT_SSH_COMMAND=ssh -oBatchMode=yes' git -c core.hooksPath=/dev/null -c core.fsmonitor=false ls-remote -q -- git@example.org:a.git refs/heads/v1.2 'refs/tags/v1.2^{}' refs/tags/v1.2 | NAMES='refs/heads/v1.2	refs/tags/v1.2^{}	refs/tags/v1.2' awk -F '\t' '
    { at[$2] = $1 }
    END { n = split(ENVIRON["NAMES"], names); for (i = 1; i <= n; i++) if (names[i] in at) { print at[names[i]]; exit } }')
  [ "$wanted" ] && [ "$(env 'GIT_TERMINAL_PROMPT=0' 'GIT_ASKPASS=/bin/false' 'GIT_SSH_COMMAND=ssh -oBatchMode=yes' git -c core.hooksPath=/dev/null -c core.fsmonitor=false -C /opt/a rev-parse HEAD)" = "$wanted" ]
}
save_git_checkout_every() {
  if ! command -v git >/dev/null; then
    echo "git is not here: install it first" >&2
    return 1
  fi
  if [ ! -e /opt/a ] && [ ! -h /opt/a ]; then
    echo none
    return 0
  fi
  if [ ! -d /opt/a/.git ] || [ "$(git -C /opt/a -c core.fsmonitor=false config remote.origin.url)" != git@example.org:a.git ]; then
    printf '%s\n' '/opt/a is there and is no clone of git@example.org:a.git' >&2
    return 1
  fi
  changes=$(git -C /opt/a -c core.fsmonitor=false status --porcelain --untracked-files=no)
  if [ "$changes" ]; then
    printf '%s\n%s\n' '/opt/a has local changes:' "$changes" >&2
    return 1
  fi
  printf 'clone\n'
  git -C /opt/a -c core.fsmonitor=false symbolic-ref -q --short HEAD || printf '\n'
  git -C /opt/a -c core.fsmonitor=false rev-parse HEAD
}
apply_git_checkout_every() {
  # COMMIT NAME of the first of the names that is there; ref: is the branch that HEAD stands for.
  listed=$(env 'GIT_TERMINAL_PROMPT=0' 'GIT_ASKPASS=/bin/false' 'GIT_SSH_COMMAND=ssh -oBatchMode=yes' git -c core.hooksPath=/dev/null -c core.fsmonitor=false ls-remote -q --symref -- git@example.org:a.git refs/heads/v1.2 'refs/tags/v1.2^{}' refs/tags/v1.2)
  wanted=$(printf '%s\n' "$listed" | NAMES='refs/heads/v1.2	refs/tags/v1.2^{}	refs/tags/v1.2' awk -F '\t' '
    /^ref: / { branch[$2] = substr($1, 6); next }
    { at[$2] = $1 }
    END {
      n = split(ENVIRON["NAMES"], names)
      for (i = 1; i <= n; i++) if (names[i] in at) { print at[names[i]] " " (names[i] in branch ? branch[names[i]] : names[i]); exit }
    }')
  name=${wanted#* } wanted=${wanted%% *}
  if [ -z "$wanted" ]; then
    printf '%s\n' 'git@example.org:a.git has no branch and no tag v1.2' >&2
    return 1
  fi
  at=/opt/a
  rm -rf -- /opt/a.byhand
  if [ ! -e "$at" ]; then
    at=/opt/a.byhand
    env 'GIT_TERMINAL_PROMPT=0' 'GIT_ASKPASS=/bin/false' 'GIT_SSH_COMMAND=ssh -oBatchMode=yes' git -c core.hooksPath=/dev/null -c core.fsmonitor=false clone -q --no-checkout --template= -- git@example.org:a.git "$at"
  else
    env 'GIT_TERMINAL_PROMPT=0' 'GIT_ASKPASS=/bin/false' 'GIT_SSH_COMMAND=ssh -oBatchMode=yes' git -c core.hooksPath=/dev/null -c core.fsmonitor=false -C "$at" fetch -q origin '+refs/heads/*:refs/remotes/origin/*'
  fi
  # A commit that no branch leads to is asked for by its name.
  env 'GIT_TERMINAL_PROMPT=0' 'GIT_ASKPASS=/bin/false' 'GIT_SSH_COMMAND=ssh -oBatchMode=yes' git -c core.hooksPath=/dev/null -c core.fsmonitor=false -C "$at" cat-file -e "$wanted^{commit}" 2>/dev/null || env 'GIT_TERMINAL_PROMPT=0' 'GIT_ASKPASS=/bin/false' 'GIT_SSH_COMMAND=ssh -oBatchMode=yes' git -c core.hooksPath=/dev/null -c core.fsmonitor=false -C "$at" fetch -q origin "${name%"^{}"}"
  case $name in
  refs/heads/*)
    tip=$(env 'GIT_TERMINAL_PROMPT=0' 'GIT_ASKPASS=/bin/false' 'GIT_SSH_COMMAND=ssh -oBatchMode=yes' git -c core.hooksPath=/dev/null -c core.fsmonitor=false -C "$at" rev-parse -q --verify "$name") || :
    if [ "$tip" ] && ! env 'GIT_TERMINAL_PROMPT=0' 'GIT_ASKPASS=/bin/false' 'GIT_SSH_COMMAND=ssh -oBatchMode=yes' git -c core.hooksPath=/dev/null -c core.fsmonitor=false -C "$at" merge-base --is-ancestor "$tip" "$wanted"; then
      printf '%s\n' '/opt/a: the branch has commits that git@example.org:a.git has not' >&2
      return 1
    fi
    printf '%s %s\n' "${name#refs/heads/}" "$tip" >"$prior.branch"
    env 'GIT_TERMINAL_PROMPT=0' 'GIT_ASKPASS=/bin/false' 'GIT_SSH_COMMAND=ssh -oBatchMode=yes' git -c core.hooksPath=/dev/null -c core.fsmonitor=false -C "$at" checkout -q -B "${name#refs/heads/}" "$wanted"
    if [ "$at" != /opt/a ]; then env 'GIT_TERMINAL_PROMPT=0' 'GIT_ASKPASS=/bin/false' 'GIT_SSH_COMMAND=ssh -oBatchMode=yes' git -c core.hooksPath=/dev/null -c core.fsmonitor=false -C "$at" branch -q --set-upstream-to="origin/${name#refs/heads/}"; fi ;;
  *) env 'GIT_TERMINAL_PROMPT=0' 'GIT_ASKPASS=/bin/false' 'GIT_SSH_COMMAND=ssh -oBatchMode=yes' git -c core.hooksPath=/dev/null -c core.fsmonitor=false -C "$at" checkout -q --detach "$wanted" ;;
  esac
  printf '%s\n' "$wanted" >"$prior.commit"
  [ "$at" = /opt/a ] || mv -T -- "$at" /opt/a
}
undo_git_checkout_every() {
  rm -rf -- /opt/a.byhand
  { read -r kind && { read -r branch; read -r commit; }; } <"$prior" || :
  if [ -d /opt/a/.git ]; then
    untracked=no
    set --
    [ "$kind" = clone ] || untracked=normal
    if [ -e "$prior.commit" ]; then
      changes=$(git -C /opt/a -c core.hooksPath=/dev/null -c core.fsmonitor=false status --porcelain --untracked-files="$untracked")
      if [ "$changes" ] || [ "$(git -C /opt/a -c core.hooksPath=/dev/null -c core.fsmonitor=false rev-parse HEAD)" != "$(cat "$prior.commit")" ]; then
        printf '%s\n%s\n' '/opt/a was changed since, or has another commit:' "$changes" >&2
        return 1
      fi
    else
      set -- -f # a checkout that did not reach its end; there were no local changes before it
    fi
    if [ "$kind" = none ]; then
      rm -rf -- /opt/a
    elif [ "$branch" ]; then
      git -C /opt/a -c core.hooksPath=/dev/null -c core.fsmonitor=false checkout -q "$@" -B "$branch" "$commit"
    else
      git -C /opt/a -c core.hooksPath=/dev/null -c core.fsmonitor=false checkout -q "$@" --detach "$commit"
    fi
    if [ "$kind" = clone ] && [ -e "$prior.branch" ]; then
      read -r name tip <"$prior.branch"
      if [ "$name" != "$branch" ] && [ "$tip" ]; then
        git -C /opt/a -c core.hooksPath=/dev/null -c core.fsmonitor=false branch -q -f "$name" "$tip"
      elif [ "$name" != "$branch" ] && git -C /opt/a -c core.hooksPath=/dev/null -c core.fsmonitor=false rev-parse -q --verify "refs/heads/$name" >/dev/null; then
        git -C /opt/a -c core.hooksPath=/dev/null -c core.fsmonitor=false branch -q -D "$name"
      fi
    fi
  fi
  rm -f -- "$prior.commit" "$prior.branch"
}

# ---- git/checkout: hostile
#   repository: "/srv/it's $(a)\n.git"
#   path: "/opt/-ü `b`"
#   version: "a'$(c)"
check_git_checkout_hostile() {
  [ -d '/opt/-ü `b`/.git' ] && [ "$(env 'GIT_TERMINAL_PROMPT=0' 'GIT_ASKPASS=/bin/false' 'GIT_SSH_COMMAND=ssh -oBatchMode=yes' git -c core.hooksPath=/dev/null -c core.fsmonitor=false -C '/opt/-ü `b`' config remote.origin.url)" = '/srv/it'\''s $(a)
.git' ] || return 1
  wanted=$(env 'GIT_TERMINAL_PROMPT=0' 'GIT_ASKPASS=/bin/false' 'GIT_SSH_COMMAND=ssh -oBatchMode=yes' git -c core.hooksPath=/dev/null -c core.fsmonitor=false ls-remote -q -- '/srv/it'\''s $(a)
.git' 'refs/heads/a'\''$(c)' 'refs/tags/a'\''$(c)^{}' 'refs/tags/a'\''$(c)' | NAMES='refs/heads/a'\''$(c)	refs/tags/a'\''$(c)^{}	refs/tags/a'\''$(c)' awk -F '\t' '
    { at[$2] = $1 }
    END { n = split(ENVIRON["NAMES"], names); for (i = 1; i <= n; i++) if (names[i] in at) { print at[names[i]]; exit } }')
  [ "$wanted" ] && [ "$(env 'GIT_TERMINAL_PROMPT=0' 'GIT_ASKPASS=/bin/false' 'GIT_SSH_COMMAND=ssh -oBatchMode=yes' git -c core.hooksPath=/dev/null -c core.fsmonitor=false -C '/opt/-ü `b`' rev-parse HEAD)" = "$wanted" ]
}
save_git_checkout_hostile() {
  if ! command -v git >/dev/null; then
    echo "git is not here: install it first" >&2
    return 1
  fi
  if [ ! -e '/opt/-ü `b`' ] && [ ! -h '/opt/-ü `b`' ]; then
    echo none
    return 0
  fi
  if [ ! -d '/opt/-ü `b`/.git' ] || [ "$(git -C '/opt/-ü `b`' -c core.fsmonitor=false config remote.origin.url)" != '/srv/it'\''s $(a)
.git' ]; then
    printf '%s\n' '/opt/-ü `b` is there and is no clone of /srv/it'\''s $(a)
.git' >&2
    return 1
  fi
  changes=$(git -C '/opt/-ü `b`' -c core.fsmonitor=false status --porcelain --untracked-files=no)
  if [ "$changes" ]; then
    printf '%s\n%s\n' '/opt/-ü `b` has local changes:' "$changes" >&2
    return 1
  fi
  printf 'clone\n'
  git -C '/opt/-ü `b`' -c core.fsmonitor=false symbolic-ref -q --short HEAD || printf '\n'
  git -C '/opt/-ü `b`' -c core.fsmonitor=false rev-parse HEAD
}
apply_git_checkout_hostile() {
  # COMMIT NAME of the first of the names that is there; ref: is the branch that HEAD stands for.
  listed=$(env 'GIT_TERMINAL_PROMPT=0' 'GIT_ASKPASS=/bin/false' 'GIT_SSH_COMMAND=ssh -oBatchMode=yes' git -c core.hooksPath=/dev/null -c core.fsmonitor=false ls-remote -q --symref -- '/srv/it'\''s $(a)
.git' 'refs/heads/a'\''$(c)' 'refs/tags/a'\''$(c)^{}' 'refs/tags/a'\''$(c)')
  wanted=$(printf '%s\n' "$listed" | NAMES='refs/heads/a'\''$(c)	refs/tags/a'\''$(c)^{}	refs/tags/a'\''$(c)' awk -F '\t' '
    /^ref: / { branch[$2] = substr($1, 6); next }
    { at[$2] = $1 }
    END {
      n = split(ENVIRON["NAMES"], names)
      for (i = 1; i <= n; i++) if (names[i] in at) { print at[names[i]] " " (names[i] in branch ? branch[names[i]] : names[i]); exit }
    }')
  name=${wanted#* } wanted=${wanted%% *}
  if [ -z "$wanted" ]; then
    printf '%s\n' '/srv/it'\''s $(a)
.git has no branch and no tag a'\''$(c)' >&2
    return 1
  fi
  at='/opt/-ü `b`'
  rm -rf -- '/opt/-ü `b`.byhand'
  if [ ! -e "$at" ]; then
    at='/opt/-ü `b`.byhand'
    env 'GIT_TERMINAL_PROMPT=0' 'GIT_ASKPASS=/bin/false' 'GIT_SSH_COMMAND=ssh -oBatchMode=yes' git -c core.hooksPath=/dev/null -c core.fsmonitor=false clone -q --no-checkout --template= -- '/srv/it'\''s $(a)
.git' "$at"
  else
    env 'GIT_TERMINAL_PROMPT=0' 'GIT_ASKPASS=/bin/false' 'GIT_SSH_COMMAND=ssh -oBatchMode=yes' git -c core.hooksPath=/dev/null -c core.fsmonitor=false -C "$at" fetch -q origin '+refs/heads/*:refs/remotes/origin/*'
  fi
  # A commit that no branch leads to is asked for by its name.
  env 'GIT_TERMINAL_PROMPT=0' 'GIT_ASKPASS=/bin/false' 'GIT_SSH_COMMAND=ssh -oBatchMode=yes' git -c core.hooksPath=/dev/null -c core.fsmonitor=false -C "$at" cat-file -e "$wanted^{commit}" 2>/dev/null || env 'GIT_TERMINAL_PROMPT=0' 'GIT_ASKPASS=/bin/false' 'GIT_SSH_COMMAND=ssh -oBatchMode=yes' git -c core.hooksPath=/dev/null -c core.fsmonitor=false -C "$at" fetch -q origin "${name%"^{}"}"
  case $name in
  refs/heads/*)
    tip=$(env 'GIT_TERMINAL_PROMPT=0' 'GIT_ASKPASS=/bin/false' 'GIT_SSH_COMMAND=ssh -oBatchMode=yes' git -c core.hooksPath=/dev/null -c core.fsmonitor=false -C "$at" rev-parse -q --verify "$name") || :
    if [ "$tip" ] && ! env 'GIT_TERMINAL_PROMPT=0' 'GIT_ASKPASS=/bin/false' 'GIT_SSH_COMMAND=ssh -oBatchMode=yes' git -c core.hooksPath=/dev/null -c core.fsmonitor=false -C "$at" merge-base --is-ancestor "$tip" "$wanted"; then
      printf '%s\n' '/opt/-ü `b`: the branch has commits that /srv/it'\''s $(a)
.git has not' >&2
      return 1
    fi
    printf '%s %s\n' "${name#refs/heads/}" "$tip" >"$prior.branch"
    env 'GIT_TERMINAL_PROMPT=0' 'GIT_ASKPASS=/bin/false' 'GIT_SSH_COMMAND=ssh -oBatchMode=yes' git -c core.hooksPath=/dev/null -c core.fsmonitor=false -C "$at" checkout -q -B "${name#refs/heads/}" "$wanted"
    if [ "$at" != '/opt/-ü `b`' ]; then env 'GIT_TERMINAL_PROMPT=0' 'GIT_ASKPASS=/bin/false' 'GIT_SSH_COMMAND=ssh -oBatchMode=yes' git -c core.hooksPath=/dev/null -c core.fsmonitor=false -C "$at" branch -q --set-upstream-to="origin/${name#refs/heads/}"; fi ;;
  *) env 'GIT_TERMINAL_PROMPT=0' 'GIT_ASKPASS=/bin/false' 'GIT_SSH_COMMAND=ssh -oBatchMode=yes' git -c core.hooksPath=/dev/null -c core.fsmonitor=false -C "$at" checkout -q --detach "$wanted" ;;
  esac
  printf '%s\n' "$wanted" >"$prior.commit"
  [ "$at" = '/opt/-ü `b`' ] || mv -T -- "$at" '/opt/-ü `b`'
}
undo_git_checkout_hostile() {
  rm -rf -- '/opt/-ü `b`.byhand'
  { read -r kind && { read -r branch; read -r commit; }; } <"$prior" || :
  if [ -d '/opt/-ü `b`/.git' ]; then
    untracked=no
    set --
    [ "$kind" = clone ] || untracked=normal
    if [ -e "$prior.commit" ]; then
      changes=$(git -C '/opt/-ü `b`' -c core.hooksPath=/dev/null -c core.fsmonitor=false status --porcelain --untracked-files="$untracked")
      if [ "$changes" ] || [ "$(git -C '/opt/-ü `b`' -c core.hooksPath=/dev/null -c core.fsmonitor=false rev-parse HEAD)" != "$(cat "$prior.commit")" ]; then
        printf '%s\n%s\n' '/opt/-ü `b` was changed since, or has another commit:' "$changes" >&2
        return 1
      fi
    else
      set -- -f # a checkout that did not reach its end; there were no local changes before it
    fi
    if [ "$kind" = none ]; then
      rm -rf -- '/opt/-ü `b`'
    elif [ "$branch" ]; then
      git -C '/opt/-ü `b`' -c core.hooksPath=/dev/null -c core.fsmonitor=false checkout -q "$@" -B "$branch" "$commit"
    else
      git -C '/opt/-ü `b`' -c core.hooksPath=/dev/null -c core.fsmonitor=false checkout -q "$@" --detach "$commit"
    fi
    if [ "$kind" = clone ] && [ -e "$prior.branch" ]; then
      read -r name tip <"$prior.branch"
      if [ "$name" != "$branch" ] && [ "$tip" ]; then
        git -C '/opt/-ü `b`' -c core.hooksPath=/dev/null -c core.fsmonitor=false branch -q -f "$name" "$tip"
      elif [ "$name" != "$branch" ] && git -C '/opt/-ü `b`' -c core.hooksPath=/dev/null -c core.fsmonitor=false rev-parse -q --verify "refs/heads/$name" >/dev/null; then
        git -C '/opt/-ü `b`' -c core.hooksPath=/dev/null -c core.fsmonitor=false branch -q -D "$name"
      fi
    fi
  fi
  rm -f -- "$prior.commit" "$prior.branch"
}
