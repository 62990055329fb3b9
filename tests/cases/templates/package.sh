#!/bin/sh
# shellcheck disable=SC2016,SC2317,SC2329,SC2034,SC2043 # values are literal; nothing calls the functions or reads their variables
# What the templates of one area become. Made by BYHAND_RENEW=1 pytest tests/cases; never run.
set -eu
prior=/the/folder/prior/one
export prior

# ---- package/apk: typical
#   packages: ["curl"]
check_package_apk_typical() {
  for package in curl; do
    grep -q -x -F -- "$package" /etc/apk/world || apk info -q -e "$package" || return 1
  done
}
save_package_apk_typical() {
  sort /etc/apk/world
}
apply_package_apk_typical() {
  if ! log=$(apk --no-progress --update-cache add curl 2>&1); then
    printf '%s\n' "$log" | tail -n 5 >&2
    return 1
  fi
  sort /etc/apk/world | comm -13 -- "$prior" - >"$prior.added"
  echo "added: $(tr '\n' ' ' <"$prior.added")"
}
undo_package_apk_typical() {
  # apk keeps in world what was asked for, and removes with it what only that needed.
  if [ ! -e "$prior.added" ]; then sort /etc/apk/world | comm -13 -- "$prior" - >"$prior.added"; fi
  if [ -s "$prior.added" ]; then xargs apk --no-progress -q del <"$prior.added"; fi
}

# ---- package/apk: several
#   packages: ["nginx", "py3.11-a_b"]
check_package_apk_several() {
  for package in nginx py3.11-a_b; do
    grep -q -x -F -- "$package" /etc/apk/world || apk info -q -e "$package" || return 1
  done
}
save_package_apk_several() {
  sort /etc/apk/world
}
apply_package_apk_several() {
  if ! log=$(apk --no-progress --update-cache add nginx py3.11-a_b 2>&1); then
    printf '%s\n' "$log" | tail -n 5 >&2
    return 1
  fi
  sort /etc/apk/world | comm -13 -- "$prior" - >"$prior.added"
  echo "added: $(tr '\n' ' ' <"$prior.added")"
}
undo_package_apk_several() {
  # apk keeps in world what was asked for, and removes with it what only that needed.
  if [ ! -e "$prior.added" ]; then sort /etc/apk/world | comm -13 -- "$prior" - >"$prior.added"; fi
  if [ -s "$prior.added" ]; then xargs apk --no-progress -q del <"$prior.added"; fi
}

# ---- package/apk_repository: typical
#   url: "https://example.org/alpine/v3.19/main"
check_package_apk_repository_typical() {
  grep -q -x -F -e https://example.org/alpine/v3.19/main /etc/apk/repositories
}
save_package_apk_repository_typical() {
  if [ -e /etc/apk/repositories ]; then
    stat -c '%a %u:%g' /etc/apk/repositories
    cat /etc/apk/repositories
  fi
}
apply_package_apk_repository_typical() {
  # apk 3 only warns of what it cannot open or does not trust.
  log=$(apk --no-progress --repositories-file /dev/null --repository https://example.org/alpine/v3.19/main --cache-max-age 0 update 2>&1) || log="WARNING: $log"
  if printf '%s\n' "$log" | grep -q '^WARNING'; then
    printf '%s\n' "$log" | grep '^WARNING' | sed 's/^WARNING: //' | head -n 3 >&2
    return 1
  fi
  from=/dev/null
  [ ! -e /etc/apk/repositories ] || from=/etc/apk/repositories
  rm -f /etc/apk/repositories.byhand
  (
    set -C
    env line=https://example.org/alpine/v3.19/main url=https://example.org/alpine/v3.19/main awk '
      { bare = $0; sub(/^@[^ ]* */, "", bare) }
      bare == ENVIRON["url"] { if (ENVIRON["line"] != "" && !done) print ENVIRON["line"]; done = 1; next }
      { print }
      END { if (ENVIRON["line"] != "" && !done) print ENVIRON["line"] }' "$from" >/etc/apk/repositories.byhand
  )
  mv -fT /etc/apk/repositories.byhand /etc/apk/repositories
}
undo_package_apk_repository_typical() {
  rm -f /etc/apk/repositories.byhand
  if [ ! -s "$prior" ]; then
    rm -f /etc/apk/repositories
    return $?
  fi
  read -r mode owner <"$prior"
  (
    set -C
    tail -n +2 "$prior" >/etc/apk/repositories.byhand
  )
  # What others added or took out since stays as it is.
  env line=https://example.org/alpine/v3.19/main url=https://example.org/alpine/v3.19/main awk '
    { bare = $0; sub(/^@[^ ]* */, "", bare) }
    bare == ENVIRON["url"] { if (ENVIRON["line"] != "" && !done) print ENVIRON["line"]; done = 1; next }
    { print }
    END { if (ENVIRON["line"] != "" && !done) print ENVIRON["line"] }' /etc/apk/repositories.byhand >/etc/apk/repositories.byhand2
  if ! cmp -s /etc/apk/repositories /etc/apk/repositories.byhand2 && ! cmp -s /etc/apk/repositories /etc/apk/repositories.byhand; then
    env url=https://example.org/alpine/v3.19/main awk '
      { bare = $0; sub(/^@[^ ]* */, "", bare) }
      FILENAME ~ /byhand$/ { if (bare == ENVIRON["url"]) stood[++n] = $0; next }
      bare != ENVIRON["url"] { print }
      END { for (i = 1; i <= n; i++) print stood[i] }' /etc/apk/repositories.byhand /etc/apk/repositories >/etc/apk/repositories.byhand2
    mv -fT /etc/apk/repositories.byhand2 /etc/apk/repositories.byhand
  fi
  rm -f /etc/apk/repositories.byhand2
  chown -- "$owner" /etc/apk/repositories.byhand
  chmod "$mode" /etc/apk/repositories.byhand
  mv -fT /etc/apk/repositories.byhand /etc/apk/repositories
}

# ---- package/apk_repository: every
#   url: "https://example.org/edge"
#   tag: "edge"
#   update: false
#   absent: false
check_package_apk_repository_every() {
  grep -q -x -F -e '@edge https://example.org/edge' /etc/apk/repositories
}
save_package_apk_repository_every() {
  if [ -e /etc/apk/repositories ]; then
    stat -c '%a %u:%g' /etc/apk/repositories
    cat /etc/apk/repositories
  fi
}
apply_package_apk_repository_every() {
  from=/dev/null
  [ ! -e /etc/apk/repositories ] || from=/etc/apk/repositories
  rm -f /etc/apk/repositories.byhand
  (
    set -C
    env line='@edge https://example.org/edge' url=https://example.org/edge awk '
      { bare = $0; sub(/^@[^ ]* */, "", bare) }
      bare == ENVIRON["url"] { if (ENVIRON["line"] != "" && !done) print ENVIRON["line"]; done = 1; next }
      { print }
      END { if (ENVIRON["line"] != "" && !done) print ENVIRON["line"] }' "$from" >/etc/apk/repositories.byhand
  )
  mv -fT /etc/apk/repositories.byhand /etc/apk/repositories
}
undo_package_apk_repository_every() {
  rm -f /etc/apk/repositories.byhand
  if [ ! -s "$prior" ]; then
    rm -f /etc/apk/repositories
    return $?
  fi
  read -r mode owner <"$prior"
  (
    set -C
    tail -n +2 "$prior" >/etc/apk/repositories.byhand
  )
  # What others added or took out since stays as it is.
  env line='@edge https://example.org/edge' url=https://example.org/edge awk '
    { bare = $0; sub(/^@[^ ]* */, "", bare) }
    bare == ENVIRON["url"] { if (ENVIRON["line"] != "" && !done) print ENVIRON["line"]; done = 1; next }
    { print }
    END { if (ENVIRON["line"] != "" && !done) print ENVIRON["line"] }' /etc/apk/repositories.byhand >/etc/apk/repositories.byhand2
  if ! cmp -s /etc/apk/repositories /etc/apk/repositories.byhand2 && ! cmp -s /etc/apk/repositories /etc/apk/repositories.byhand; then
    env url=https://example.org/edge awk '
      { bare = $0; sub(/^@[^ ]* */, "", bare) }
      FILENAME ~ /byhand$/ { if (bare == ENVIRON["url"]) stood[++n] = $0; next }
      bare != ENVIRON["url"] { print }
      END { for (i = 1; i <= n; i++) print stood[i] }' /etc/apk/repositories.byhand /etc/apk/repositories >/etc/apk/repositories.byhand2
    mv -fT /etc/apk/repositories.byhand2 /etc/apk/repositories.byhand
  fi
  rm -f /etc/apk/repositories.byhand2
  chown -- "$owner" /etc/apk/repositories.byhand
  chmod "$mode" /etc/apk/repositories.byhand
  mv -fT /etc/apk/repositories.byhand /etc/apk/repositories
}

# ---- package/apk_repository: gone
#   url: "https://example.org/edge"
#   absent: true
#   update: false
check_package_apk_repository_gone() {
  ! sed 's/^@[^ ]* *//' /etc/apk/repositories | grep -q -x -F -e https://example.org/edge
}
save_package_apk_repository_gone() {
  if [ -e /etc/apk/repositories ]; then
    stat -c '%a %u:%g' /etc/apk/repositories
    cat /etc/apk/repositories
  fi
}
apply_package_apk_repository_gone() {
  from=/dev/null
  [ ! -e /etc/apk/repositories ] || from=/etc/apk/repositories
  rm -f /etc/apk/repositories.byhand
  (
    set -C
    env line='' url=https://example.org/edge awk '
      { bare = $0; sub(/^@[^ ]* */, "", bare) }
      bare == ENVIRON["url"] { if (ENVIRON["line"] != "" && !done) print ENVIRON["line"]; done = 1; next }
      { print }
      END { if (ENVIRON["line"] != "" && !done) print ENVIRON["line"] }' "$from" >/etc/apk/repositories.byhand
  )
  mv -fT /etc/apk/repositories.byhand /etc/apk/repositories
}
undo_package_apk_repository_gone() {
  rm -f /etc/apk/repositories.byhand
  if [ ! -s "$prior" ]; then
    rm -f /etc/apk/repositories
    return $?
  fi
  read -r mode owner <"$prior"
  (
    set -C
    tail -n +2 "$prior" >/etc/apk/repositories.byhand
  )
  # What others added or took out since stays as it is.
  env line='' url=https://example.org/edge awk '
    { bare = $0; sub(/^@[^ ]* */, "", bare) }
    bare == ENVIRON["url"] { if (ENVIRON["line"] != "" && !done) print ENVIRON["line"]; done = 1; next }
    { print }
    END { if (ENVIRON["line"] != "" && !done) print ENVIRON["line"] }' /etc/apk/repositories.byhand >/etc/apk/repositories.byhand2
  if ! cmp -s /etc/apk/repositories /etc/apk/repositories.byhand2 && ! cmp -s /etc/apk/repositories /etc/apk/repositories.byhand; then
    env url=https://example.org/edge awk '
      { bare = $0; sub(/^@[^ ]* */, "", bare) }
      FILENAME ~ /byhand$/ { if (bare == ENVIRON["url"]) stood[++n] = $0; next }
      bare != ENVIRON["url"] { print }
      END { for (i = 1; i <= n; i++) print stood[i] }' /etc/apk/repositories.byhand /etc/apk/repositories >/etc/apk/repositories.byhand2
    mv -fT /etc/apk/repositories.byhand2 /etc/apk/repositories.byhand
  fi
  rm -f /etc/apk/repositories.byhand2
  chown -- "$owner" /etc/apk/repositories.byhand
  chmod "$mode" /etc/apk/repositories.byhand
  mv -fT /etc/apk/repositories.byhand /etc/apk/repositories
}

# ---- package/apk_repository: hostile
#   url: "https://example.org/it's$(a)[b].*"
check_package_apk_repository_hostile() {
  grep -q -x -F -e 'https://example.org/it'\''s$(a)[b].*' /etc/apk/repositories
}
save_package_apk_repository_hostile() {
  if [ -e /etc/apk/repositories ]; then
    stat -c '%a %u:%g' /etc/apk/repositories
    cat /etc/apk/repositories
  fi
}
apply_package_apk_repository_hostile() {
  # apk 3 only warns of what it cannot open or does not trust.
  log=$(apk --no-progress --repositories-file /dev/null --repository 'https://example.org/it'\''s$(a)[b].*' --cache-max-age 0 update 2>&1) || log="WARNING: $log"
  if printf '%s\n' "$log" | grep -q '^WARNING'; then
    printf '%s\n' "$log" | grep '^WARNING' | sed 's/^WARNING: //' | head -n 3 >&2
    return 1
  fi
  from=/dev/null
  [ ! -e /etc/apk/repositories ] || from=/etc/apk/repositories
  rm -f /etc/apk/repositories.byhand
  (
    set -C
    env line='https://example.org/it'\''s$(a)[b].*' url='https://example.org/it'\''s$(a)[b].*' awk '
      { bare = $0; sub(/^@[^ ]* */, "", bare) }
      bare == ENVIRON["url"] { if (ENVIRON["line"] != "" && !done) print ENVIRON["line"]; done = 1; next }
      { print }
      END { if (ENVIRON["line"] != "" && !done) print ENVIRON["line"] }' "$from" >/etc/apk/repositories.byhand
  )
  mv -fT /etc/apk/repositories.byhand /etc/apk/repositories
}
undo_package_apk_repository_hostile() {
  rm -f /etc/apk/repositories.byhand
  if [ ! -s "$prior" ]; then
    rm -f /etc/apk/repositories
    return $?
  fi
  read -r mode owner <"$prior"
  (
    set -C
    tail -n +2 "$prior" >/etc/apk/repositories.byhand
  )
  # What others added or took out since stays as it is.
  env line='https://example.org/it'\''s$(a)[b].*' url='https://example.org/it'\''s$(a)[b].*' awk '
    { bare = $0; sub(/^@[^ ]* */, "", bare) }
    bare == ENVIRON["url"] { if (ENVIRON["line"] != "" && !done) print ENVIRON["line"]; done = 1; next }
    { print }
    END { if (ENVIRON["line"] != "" && !done) print ENVIRON["line"] }' /etc/apk/repositories.byhand >/etc/apk/repositories.byhand2
  if ! cmp -s /etc/apk/repositories /etc/apk/repositories.byhand2 && ! cmp -s /etc/apk/repositories /etc/apk/repositories.byhand; then
    env url='https://example.org/it'\''s$(a)[b].*' awk '
      { bare = $0; sub(/^@[^ ]* */, "", bare) }
      FILENAME ~ /byhand$/ { if (bare == ENVIRON["url"]) stood[++n] = $0; next }
      bare != ENVIRON["url"] { print }
      END { for (i = 1; i <= n; i++) print stood[i] }' /etc/apk/repositories.byhand /etc/apk/repositories >/etc/apk/repositories.byhand2
    mv -fT /etc/apk/repositories.byhand2 /etc/apk/repositories.byhand
  fi
  rm -f /etc/apk/repositories.byhand2
  chown -- "$owner" /etc/apk/repositories.byhand
  chmod "$mode" /etc/apk/repositories.byhand
  mv -fT /etc/apk/repositories.byhand /etc/apk/repositories
}

# ---- package/apt: typical
#   packages: ["curl"]
check_package_apt_typical() {
  states=$(dpkg-query -W -f '${db:Status-Status}\n' -- curl 2>/dev/null) || return 1
  for state in $states; do [ "$state" = installed ] || return 1; done
}
save_package_apt_typical() {
  dpkg-query -W -f '${db:Status-Status} ${binary:Package}\n' | sed -n 's/^installed //p' | sort
}
apply_package_apt_typical() {
  # Only what is not here is named: apt would mark the others as asked for by hand. Nothing
  # asks anything, and other users of dpkg are waited for.
  # shellcheck disable=SC2046 # one word a package
  set -- -qq -y --no-install-recommends -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=300 \
    -o APT::Keep-Downloaded-Packages=false install -- $(printf '%s\n' curl | sort -u | comm -23 -- - "$prior")
  # The lists are fetched only when what they say is not enough, or too old.
  if ! log=$(DEBIAN_FRONTEND=noninteractive apt-get "$@" 2>&1); then
    apt-get -qq -o DPkg::Lock::Timeout=300 update
    if ! log=$(DEBIAN_FRONTEND=noninteractive apt-get "$@" 2>&1); then
      printf '%s\n' "$log" | tail -n 5 >&2
      return 100
    fi
  fi
  dpkg-query -W -f '${db:Status-Status} ${binary:Package}\n' | sed -n 's/^installed //p' | sort | comm -13 -- "$prior" - >"$prior.added"
  echo "added: $(tr '\n' ' ' <"$prior.added")"
}
undo_package_apt_typical() {
  if [ ! -e "$prior.added" ]; then
    # The installation was interrupted: ours is whatever is here in any state, and was not before.
    dpkg-query -W -f '${db:Status-Status} ${binary:Package}\n' | sed '/^not-installed /d; /^config-files /d; s/^[^ ]* //' |
      sort | comm -13 -- "$prior" - >"$prior.began"
    # apt cannot remove a package that dpkg was unpacking; dpkg can, when it is told that it may. Just after that, dpkg has it
    # as unpacked and still to be reinstalled.
    half=$(dpkg-query -W -f '${db:Status-Status} ${db:Status-Eflag} ${binary:Package}\n' |
      sed -n 's/^half-installed [^ ]* //p; s/^[^ ]* reinstreq //p' | sort | comm -12 -- "$prior.began" -)
    # shellcheck disable=SC2086 # one word a package
    if [ -n "$half" ]; then dpkg --force-remove-reinstreq --force-depends --purge -- $half; fi
    # One of ours may lack what it needs and fail here: it is removed below. apt wants this to have been run.
    dpkg --force-confold --configure -a || :
    mv -f -- "$prior.began" "$prior.added"
  fi
  here=$(dpkg-query -W -f '${db:Status-Status} ${binary:Package}\n' | sed '/^not-installed /d; s/^[^ ]* //' | sort | comm -12 -- "$prior.added" -)
  [ -n "$here" ] || return 0
  # What was installed since and needs one of them is not ours to remove.
  # shellcheck disable=SC2086 # one word a package
  apt-get -qq -s purge -- $here | sed -n 's/^\(Purg\|Remv\) \([^ :]*\).*/\2/p' | sort -u >"$prior.gone"
  others=$(printf '%s\n' "$here" | sed 's/:.*//' | sort -u | comm -13 -- - "$prior.gone")
  if [ -n "$others" ]; then
    printf 'needed by what was installed since, so remove that first:\n%s\n' "$others" >&2
    return 1
  fi
  # shellcheck disable=SC2086 # one word a package
  if ! log=$(DEBIAN_FRONTEND=noninteractive apt-get -qq -y -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=300 purge -- $here 2>&1); then
    printf '%s\n' "$log" | tail -n 5 >&2
    return 1
  fi
}

# ---- package/apt: several
#   packages: ["nginx", "python3.11-venv", "jq"]
check_package_apt_several() {
  states=$(dpkg-query -W -f '${db:Status-Status}\n' -- nginx python3.11-venv jq 2>/dev/null) || return 1
  for state in $states; do [ "$state" = installed ] || return 1; done
}
save_package_apt_several() {
  dpkg-query -W -f '${db:Status-Status} ${binary:Package}\n' | sed -n 's/^installed //p' | sort
}
apply_package_apt_several() {
  # Only what is not here is named: apt would mark the others as asked for by hand. Nothing
  # asks anything, and other users of dpkg are waited for.
  # shellcheck disable=SC2046 # one word a package
  set -- -qq -y --no-install-recommends -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=300 \
    -o APT::Keep-Downloaded-Packages=false install -- $(printf '%s\n' nginx python3.11-venv jq | sort -u | comm -23 -- - "$prior")
  # The lists are fetched only when what they say is not enough, or too old.
  if ! log=$(DEBIAN_FRONTEND=noninteractive apt-get "$@" 2>&1); then
    apt-get -qq -o DPkg::Lock::Timeout=300 update
    if ! log=$(DEBIAN_FRONTEND=noninteractive apt-get "$@" 2>&1); then
      printf '%s\n' "$log" | tail -n 5 >&2
      return 100
    fi
  fi
  dpkg-query -W -f '${db:Status-Status} ${binary:Package}\n' | sed -n 's/^installed //p' | sort | comm -13 -- "$prior" - >"$prior.added"
  echo "added: $(tr '\n' ' ' <"$prior.added")"
}
undo_package_apt_several() {
  if [ ! -e "$prior.added" ]; then
    # The installation was interrupted: ours is whatever is here in any state, and was not before.
    dpkg-query -W -f '${db:Status-Status} ${binary:Package}\n' | sed '/^not-installed /d; /^config-files /d; s/^[^ ]* //' |
      sort | comm -13 -- "$prior" - >"$prior.began"
    # apt cannot remove a package that dpkg was unpacking; dpkg can, when it is told that it may. Just after that, dpkg has it
    # as unpacked and still to be reinstalled.
    half=$(dpkg-query -W -f '${db:Status-Status} ${db:Status-Eflag} ${binary:Package}\n' |
      sed -n 's/^half-installed [^ ]* //p; s/^[^ ]* reinstreq //p' | sort | comm -12 -- "$prior.began" -)
    # shellcheck disable=SC2086 # one word a package
    if [ -n "$half" ]; then dpkg --force-remove-reinstreq --force-depends --purge -- $half; fi
    # One of ours may lack what it needs and fail here: it is removed below. apt wants this to have been run.
    dpkg --force-confold --configure -a || :
    mv -f -- "$prior.began" "$prior.added"
  fi
  here=$(dpkg-query -W -f '${db:Status-Status} ${binary:Package}\n' | sed '/^not-installed /d; s/^[^ ]* //' | sort | comm -12 -- "$prior.added" -)
  [ -n "$here" ] || return 0
  # What was installed since and needs one of them is not ours to remove.
  # shellcheck disable=SC2086 # one word a package
  apt-get -qq -s purge -- $here | sed -n 's/^\(Purg\|Remv\) \([^ :]*\).*/\2/p' | sort -u >"$prior.gone"
  others=$(printf '%s\n' "$here" | sed 's/:.*//' | sort -u | comm -13 -- - "$prior.gone")
  if [ -n "$others" ]; then
    printf 'needed by what was installed since, so remove that first:\n%s\n' "$others" >&2
    return 1
  fi
  # shellcheck disable=SC2086 # one word a package
  if ! log=$(DEBIAN_FRONTEND=noninteractive apt-get -qq -y -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=300 purge -- $here 2>&1); then
    printf '%s\n' "$log" | tail -n 5 >&2
    return 1
  fi
}

# ---- package/apt_repository: typical
#   name: "a"
#   uris: ["https://example.org/debian"]
#   suites: ["stable"]
#   components: ["main"]
#   signed_by: "/etc/apt/keyrings/a.asc"
check_package_apt_repository_typical() {
  [ ! -h /etc/apt/sources.list.d/a.sources ] && [ -f /etc/apt/sources.list.d/a.sources ] && [ "$(stat -c %a -- /etc/apt/sources.list.d/a.sources)" = 644 ] &&
    printf '%s\n' 'Types: deb' 'URIs: https://example.org/debian' 'Suites: stable' 'Components: main' 'Signed-By: /etc/apt/keyrings/a.asc' | cmp -s -- - /etc/apt/sources.list.d/a.sources
}
save_package_apt_repository_typical() {
  if [ -d /etc/apt/sources.list.d/a.sources ] || [ -h /etc/apt/sources.list.d/a.sources ]; then
    printf '%s\n' '/etc/apt/sources.list.d/a.sources is a folder or a link' >&2
    return 1
  fi
  # The lists that are here; then the file.
  ls /var/lib/apt/lists
  echo /
  if [ -e /etc/apt/sources.list.d/a.sources ]; then
    stat -c '%a %u:%g' -- /etc/apt/sources.list.d/a.sources
    cat -- /etc/apt/sources.list.d/a.sources
  fi
}
apply_package_apt_repository_typical() {
  [ -r /etc/apt/keyrings/a.asc ] || { printf '%s\n' 'there is no key /etc/apt/keyrings/a.asc' >&2 && return 1; }
  rm -f -- /etc/apt/sources.list.d/a.sources.byhand
  (
    set -C
    printf '%s\n' 'Types: deb' 'URIs: https://example.org/debian' 'Suites: stable' 'Components: main' 'Signed-By: /etc/apt/keyrings/a.asc' >/etc/apt/sources.list.d/a.sources.byhand
  )
  chmod 644 /etc/apt/sources.list.d/a.sources.byhand
  # Before it has its name: what cannot be fetched or is not signed never stands in apt's way. Other lists stay.
  place=$(mktemp -d)
  chmod 755 "$place"
  cp -- /etc/apt/sources.list.d/a.sources.byhand "$place/"a.sources
  if ! log=$(apt-get -q update -o Dir::Etc::SourceList=/dev/null -o "Dir::Etc::SourceParts=$place" -o APT::Get::List-Cleanup=0 \
    -o APT::Update::Error-Mode=any -o DPkg::Lock::Timeout=300 2>&1); then
    rm -rf -- "$place" /etc/apt/sources.list.d/a.sources.byhand
    printf '%s\n' "$log" | grep -e '^[EW]:' | head -n 3 >&2
    return 100
  fi
  rm -rf -- "$place"
  mv -fT -- /etc/apt/sources.list.d/a.sources.byhand /etc/apt/sources.list.d/a.sources
}
undo_package_apt_repository_typical() {
  rm -f -- /etc/apt/sources.list.d/a.sources.byhand
  lines=$(sed -n '/^\/$/{=;q;}' "$prior")
  mode=$(sed -n "$((lines + 1))p" "$prior")
  if [ -z "$mode" ]; then
    rm -f -- /etc/apt/sources.list.d/a.sources
  else
    (
      umask 077
      set -C
      tail -n +$((lines + 2)) "$prior" >/etc/apt/sources.list.d/a.sources.byhand
    )
    chown -- "${mode#* }" /etc/apt/sources.list.d/a.sources.byhand
    chmod "${mode% *}" /etc/apt/sources.list.d/a.sources.byhand
    mv -fT -- /etc/apt/sources.list.d/a.sources.byhand /etc/apt/sources.list.d/a.sources
  fi
  for place in /var/lib/apt/lists/example.org_debian_* /var/lib/apt/lists/partial/example.org_debian_*; do
    if [ -f "$place" ] && ! sed '/^\/$/q' "$prior" | grep -q -x -F -e "${place##*/}"; then rm -f -- "$place"; fi
  done
  # apt makes these when it first fetches lists.
  for name in auxfiles partial; do
    sed '/^\/$/q' "$prior" | grep -q -x -F -e "$name" || [ ! -d "/var/lib/apt/lists/$name" ] || rmdir -- "/var/lib/apt/lists/$name" 2>/dev/null || :
  done
}
diff_package_apt_repository_typical() {
  printf '%s\n' 'Types: deb' 'URIs: https://example.org/debian' 'Suites: stable' 'Components: main' 'Signed-By: /etc/apt/keyrings/a.asc' | diff -uN -- /etc/apt/sources.list.d/a.sources - || :
}

# ---- package/apt_repository: every
#   name: "a-b"
#   uris: ["https://a.org/x", "https://b.org/x"]
#   suites: ["stable", "./"]
#   components: ["main", "contrib"]
#   signed_by: "/k.gpg"
#   types: ["deb", "deb-src"]
#   architectures: ["amd64", "arm64"]
#   update: false
#   absent: false
check_package_apt_repository_every() {
  [ ! -h /etc/apt/sources.list.d/a-b.sources ] && [ -f /etc/apt/sources.list.d/a-b.sources ] && [ "$(stat -c %a -- /etc/apt/sources.list.d/a-b.sources)" = 644 ] &&
    printf '%s\n' 'Types: deb deb-src' 'URIs: https://a.org/x https://b.org/x' 'Suites: stable ./' 'Components: main contrib' 'Architectures: amd64 arm64' 'Signed-By: /k.gpg' | cmp -s -- - /etc/apt/sources.list.d/a-b.sources
}
save_package_apt_repository_every() {
  if [ -d /etc/apt/sources.list.d/a-b.sources ] || [ -h /etc/apt/sources.list.d/a-b.sources ]; then
    printf '%s\n' '/etc/apt/sources.list.d/a-b.sources is a folder or a link' >&2
    return 1
  fi
  # The lists that are here; then the file.
  ls /var/lib/apt/lists
  echo /
  if [ -e /etc/apt/sources.list.d/a-b.sources ]; then
    stat -c '%a %u:%g' -- /etc/apt/sources.list.d/a-b.sources
    cat -- /etc/apt/sources.list.d/a-b.sources
  fi
}
apply_package_apt_repository_every() {
  [ -r /k.gpg ] || { printf '%s\n' 'there is no key /k.gpg' >&2 && return 1; }
  rm -f -- /etc/apt/sources.list.d/a-b.sources.byhand
  (
    set -C
    printf '%s\n' 'Types: deb deb-src' 'URIs: https://a.org/x https://b.org/x' 'Suites: stable ./' 'Components: main contrib' 'Architectures: amd64 arm64' 'Signed-By: /k.gpg' >/etc/apt/sources.list.d/a-b.sources.byhand
  )
  chmod 644 /etc/apt/sources.list.d/a-b.sources.byhand
  mv -fT -- /etc/apt/sources.list.d/a-b.sources.byhand /etc/apt/sources.list.d/a-b.sources
}
undo_package_apt_repository_every() {
  rm -f -- /etc/apt/sources.list.d/a-b.sources.byhand
  lines=$(sed -n '/^\/$/{=;q;}' "$prior")
  mode=$(sed -n "$((lines + 1))p" "$prior")
  if [ -z "$mode" ]; then
    rm -f -- /etc/apt/sources.list.d/a-b.sources
  else
    (
      umask 077
      set -C
      tail -n +$((lines + 2)) "$prior" >/etc/apt/sources.list.d/a-b.sources.byhand
    )
    chown -- "${mode#* }" /etc/apt/sources.list.d/a-b.sources.byhand
    chmod "${mode% *}" /etc/apt/sources.list.d/a-b.sources.byhand
    mv -fT -- /etc/apt/sources.list.d/a-b.sources.byhand /etc/apt/sources.list.d/a-b.sources
  fi
  for place in /var/lib/apt/lists/a.org_x_* /var/lib/apt/lists/partial/a.org_x_*; do
    if [ -f "$place" ] && ! sed '/^\/$/q' "$prior" | grep -q -x -F -e "${place##*/}"; then rm -f -- "$place"; fi
  done
  for place in /var/lib/apt/lists/b.org_x_* /var/lib/apt/lists/partial/b.org_x_*; do
    if [ -f "$place" ] && ! sed '/^\/$/q' "$prior" | grep -q -x -F -e "${place##*/}"; then rm -f -- "$place"; fi
  done
  # apt makes these when it first fetches lists.
  for name in auxfiles partial; do
    sed '/^\/$/q' "$prior" | grep -q -x -F -e "$name" || [ ! -d "/var/lib/apt/lists/$name" ] || rmdir -- "/var/lib/apt/lists/$name" 2>/dev/null || :
  done
}
diff_package_apt_repository_every() {
  printf '%s\n' 'Types: deb deb-src' 'URIs: https://a.org/x https://b.org/x' 'Suites: stable ./' 'Components: main contrib' 'Architectures: amd64 arm64' 'Signed-By: /k.gpg' | diff -uN -- /etc/apt/sources.list.d/a-b.sources - || :
}

# ---- package/apt_repository: gone
#   name: "a"
#   absent: true
check_package_apt_repository_gone() {
  [ ! -e /etc/apt/sources.list.d/a.sources ] && [ ! -h /etc/apt/sources.list.d/a.sources ]
}
save_package_apt_repository_gone() {
  if [ -d /etc/apt/sources.list.d/a.sources ] || [ -h /etc/apt/sources.list.d/a.sources ]; then
    printf '%s\n' '/etc/apt/sources.list.d/a.sources is a folder or a link' >&2
    return 1
  fi
  # The lists that are here; then the file.
  ls /var/lib/apt/lists
  echo /
  if [ -e /etc/apt/sources.list.d/a.sources ]; then
    stat -c '%a %u:%g' -- /etc/apt/sources.list.d/a.sources
    cat -- /etc/apt/sources.list.d/a.sources
  fi
}
apply_package_apt_repository_gone() {
  rm -f -- /etc/apt/sources.list.d/a.sources
}
undo_package_apt_repository_gone() {
  rm -f -- /etc/apt/sources.list.d/a.sources.byhand
  lines=$(sed -n '/^\/$/{=;q;}' "$prior")
  mode=$(sed -n "$((lines + 1))p" "$prior")
  if [ -z "$mode" ]; then
    rm -f -- /etc/apt/sources.list.d/a.sources
  else
    (
      umask 077
      set -C
      tail -n +$((lines + 2)) "$prior" >/etc/apt/sources.list.d/a.sources.byhand
    )
    chown -- "${mode#* }" /etc/apt/sources.list.d/a.sources.byhand
    chmod "${mode% *}" /etc/apt/sources.list.d/a.sources.byhand
    mv -fT -- /etc/apt/sources.list.d/a.sources.byhand /etc/apt/sources.list.d/a.sources
  fi
  # apt makes these when it first fetches lists.
  for name in auxfiles partial; do
    sed '/^\/$/q' "$prior" | grep -q -x -F -e "$name" || [ ! -d "/var/lib/apt/lists/$name" ] || rmdir -- "/var/lib/apt/lists/$name" 2>/dev/null || :
  done
}
diff_package_apt_repository_gone() {
  diff -uN -- /etc/apt/sources.list.d/a.sources /dev/null || :
}

# ---- package/apt_repository: hostile
#   name: "a.b"
#   uris: ["https://a.org/it's$(a)"]
#   suites: ["s'$(b)"]
#   components: ["c`d`ü"]
#   signed_by: "/it's $(k)"
#   update: false
check_package_apt_repository_hostile() {
  [ ! -h /etc/apt/sources.list.d/a.b.sources ] && [ -f /etc/apt/sources.list.d/a.b.sources ] && [ "$(stat -c %a -- /etc/apt/sources.list.d/a.b.sources)" = 644 ] &&
    printf '%s\n' 'Types: deb' 'URIs: https://a.org/it'\''s$(a)' 'Suites: s'\''$(b)' 'Components: c`d`ü' 'Signed-By: /it'\''s $(k)' | cmp -s -- - /etc/apt/sources.list.d/a.b.sources
}
save_package_apt_repository_hostile() {
  if [ -d /etc/apt/sources.list.d/a.b.sources ] || [ -h /etc/apt/sources.list.d/a.b.sources ]; then
    printf '%s\n' '/etc/apt/sources.list.d/a.b.sources is a folder or a link' >&2
    return 1
  fi
  # The lists that are here; then the file.
  ls /var/lib/apt/lists
  echo /
  if [ -e /etc/apt/sources.list.d/a.b.sources ]; then
    stat -c '%a %u:%g' -- /etc/apt/sources.list.d/a.b.sources
    cat -- /etc/apt/sources.list.d/a.b.sources
  fi
}
apply_package_apt_repository_hostile() {
  [ -r '/it'\''s $(k)' ] || { printf '%s\n' 'there is no key /it'\''s $(k)' >&2 && return 1; }
  rm -f -- /etc/apt/sources.list.d/a.b.sources.byhand
  (
    set -C
    printf '%s\n' 'Types: deb' 'URIs: https://a.org/it'\''s$(a)' 'Suites: s'\''$(b)' 'Components: c`d`ü' 'Signed-By: /it'\''s $(k)' >/etc/apt/sources.list.d/a.b.sources.byhand
  )
  chmod 644 /etc/apt/sources.list.d/a.b.sources.byhand
  mv -fT -- /etc/apt/sources.list.d/a.b.sources.byhand /etc/apt/sources.list.d/a.b.sources
}
undo_package_apt_repository_hostile() {
  rm -f -- /etc/apt/sources.list.d/a.b.sources.byhand
  lines=$(sed -n '/^\/$/{=;q;}' "$prior")
  mode=$(sed -n "$((lines + 1))p" "$prior")
  if [ -z "$mode" ]; then
    rm -f -- /etc/apt/sources.list.d/a.b.sources
  else
    (
      umask 077
      set -C
      tail -n +$((lines + 2)) "$prior" >/etc/apt/sources.list.d/a.b.sources.byhand
    )
    chown -- "${mode#* }" /etc/apt/sources.list.d/a.b.sources.byhand
    chmod "${mode% *}" /etc/apt/sources.list.d/a.b.sources.byhand
    mv -fT -- /etc/apt/sources.list.d/a.b.sources.byhand /etc/apt/sources.list.d/a.b.sources
  fi
  for place in /var/lib/apt/lists/'a.org_it'\''s$(a)_'* /var/lib/apt/lists/partial/'a.org_it'\''s$(a)_'*; do
    if [ -f "$place" ] && ! sed '/^\/$/q' "$prior" | grep -q -x -F -e "${place##*/}"; then rm -f -- "$place"; fi
  done
  # apt makes these when it first fetches lists.
  for name in auxfiles partial; do
    sed '/^\/$/q' "$prior" | grep -q -x -F -e "$name" || [ ! -d "/var/lib/apt/lists/$name" ] || rmdir -- "/var/lib/apt/lists/$name" 2>/dev/null || :
  done
}
diff_package_apt_repository_hostile() {
  printf '%s\n' 'Types: deb' 'URIs: https://a.org/it'\''s$(a)' 'Suites: s'\''$(b)' 'Components: c`d`ü' 'Signed-By: /it'\''s $(k)' | diff -uN -- /etc/apt/sources.list.d/a.b.sources - || :
}

# ---- package/dnf: typical
#   packages: ["curl"]
check_package_dnf_typical() {
  rpm -q --quiet --whatprovides curl
}
save_package_dnf_typical() {
  rpm -q -a --qf '%{NAME}.%{ARCH}\n' | sort
}
apply_package_dnf_typical() {
  if ! log=$(dnf -q -y --setopt=install_weak_deps=False install -- curl 2>&1); then
    printf '%s\n' "$log" | tail -n 5 >&2
    return 1
  fi
  rpm -q -a --qf '%{NAME}.%{ARCH}\n' | sort | comm -13 -- "$prior" - >"$prior.added"
  echo "added: $(tr '\n' ' ' <"$prior.added")"
}
undo_package_dnf_typical() {
  if [ ! -e "$prior.added" ]; then rpm -q -a --qf '%{NAME}.%{ARCH}\n' | sort | comm -13 -- "$prior" - >"$prior.added"; fi
  # rpm refuses when something installed since needs one of them.
  if [ -s "$prior.added" ]; then xargs rpm -e -- <"$prior.added"; fi
}

# ---- package/dnf: several
#   packages: ["nginx", "python3.11-pip"]
check_package_dnf_several() {
  rpm -q --quiet --whatprovides nginx python3.11-pip
}
save_package_dnf_several() {
  rpm -q -a --qf '%{NAME}.%{ARCH}\n' | sort
}
apply_package_dnf_several() {
  if ! log=$(dnf -q -y --setopt=install_weak_deps=False install -- nginx python3.11-pip 2>&1); then
    printf '%s\n' "$log" | tail -n 5 >&2
    return 1
  fi
  rpm -q -a --qf '%{NAME}.%{ARCH}\n' | sort | comm -13 -- "$prior" - >"$prior.added"
  echo "added: $(tr '\n' ' ' <"$prior.added")"
}
undo_package_dnf_several() {
  if [ ! -e "$prior.added" ]; then rpm -q -a --qf '%{NAME}.%{ARCH}\n' | sort | comm -13 -- "$prior" - >"$prior.added"; fi
  # rpm refuses when something installed since needs one of them.
  if [ -s "$prior.added" ]; then xargs rpm -e -- <"$prior.added"; fi
}

# ---- package/dnf_repository: typical
#   name: "a"
#   title: "A tool"
#   url: "https://example.org/$releasever/$basearch"
#   key: "/etc/pki/rpm-gpg/RPM-GPG-KEY-a"
check_package_dnf_repository_typical() {
  [ ! -h /etc/yum.repos.d/a.repo ] && [ -f /etc/yum.repos.d/a.repo ] && [ "$(stat -c %a -- /etc/yum.repos.d/a.repo)" = 644 ] &&
    printf '%s\n' '[a]' 'name=A tool' 'baseurl=https://example.org/$releasever/$basearch' 'enabled=1' 'gpgcheck=1' 'gpgkey=file:///etc/pki/rpm-gpg/RPM-GPG-KEY-a' | cmp -s -- - /etc/yum.repos.d/a.repo
}
save_package_dnf_repository_typical() {
  if [ -d /etc/yum.repos.d/a.repo ] || [ -h /etc/yum.repos.d/a.repo ]; then
    printf '%s\n' '/etc/yum.repos.d/a.repo is a folder or a link' >&2
    return 1
  fi
  if [ -e /etc/yum.repos.d/a.repo ]; then
    stat -c '%a %u:%g' -- /etc/yum.repos.d/a.repo
    cat -- /etc/yum.repos.d/a.repo
  fi
}
apply_package_dnf_repository_typical() {
  [ -r /etc/pki/rpm-gpg/RPM-GPG-KEY-a ] || { printf '%s\n' 'there is no key /etc/pki/rpm-gpg/RPM-GPG-KEY-a' >&2 && return 1; }
  rm -f -- /etc/yum.repos.d/a.repo.byhand
  (
    set -C
    printf '%s\n' '[a]' 'name=A tool' 'baseurl=https://example.org/$releasever/$basearch' 'enabled=1' 'gpgcheck=1' 'gpgkey=file:///etc/pki/rpm-gpg/RPM-GPG-KEY-a' >/etc/yum.repos.d/a.repo.byhand
  )
  chmod 644 /etc/yum.repos.d/a.repo.byhand
  mv -fT -- /etc/yum.repos.d/a.repo.byhand /etc/yum.repos.d/a.repo
}
undo_package_dnf_repository_typical() {
  rm -f -- /etc/yum.repos.d/a.repo.byhand
  if [ ! -s "$prior" ]; then
    rm -f -- /etc/yum.repos.d/a.repo
    return $?
  fi
  read -r mode owner <"$prior"
  (
    umask 077
    set -C
    tail -n +2 "$prior" >/etc/yum.repos.d/a.repo.byhand
  )
  chown -- "$owner" /etc/yum.repos.d/a.repo.byhand
  chmod "$mode" /etc/yum.repos.d/a.repo.byhand
  mv -fT -- /etc/yum.repos.d/a.repo.byhand /etc/yum.repos.d/a.repo
}
diff_package_dnf_repository_typical() {
  printf '%s\n' '[a]' 'name=A tool' 'baseurl=https://example.org/$releasever/$basearch' 'enabled=1' 'gpgcheck=1' 'gpgkey=file:///etc/pki/rpm-gpg/RPM-GPG-KEY-a' | diff -uN -- /etc/yum.repos.d/a.repo - || :
}

# ---- package/dnf_repository: every
#   name: "a"
#   title: "A"
#   url: "https://example.org/a"
#   key: "/k"
#   enabled: false
#   absent: false
check_package_dnf_repository_every() {
  [ ! -h /etc/yum.repos.d/a.repo ] && [ -f /etc/yum.repos.d/a.repo ] && [ "$(stat -c %a -- /etc/yum.repos.d/a.repo)" = 644 ] &&
    printf '%s\n' '[a]' 'name=A' 'baseurl=https://example.org/a' 'enabled=0' 'gpgcheck=1' 'gpgkey=file:///k' | cmp -s -- - /etc/yum.repos.d/a.repo
}
save_package_dnf_repository_every() {
  if [ -d /etc/yum.repos.d/a.repo ] || [ -h /etc/yum.repos.d/a.repo ]; then
    printf '%s\n' '/etc/yum.repos.d/a.repo is a folder or a link' >&2
    return 1
  fi
  if [ -e /etc/yum.repos.d/a.repo ]; then
    stat -c '%a %u:%g' -- /etc/yum.repos.d/a.repo
    cat -- /etc/yum.repos.d/a.repo
  fi
}
apply_package_dnf_repository_every() {
  [ -r /k ] || { printf '%s\n' 'there is no key /k' >&2 && return 1; }
  rm -f -- /etc/yum.repos.d/a.repo.byhand
  (
    set -C
    printf '%s\n' '[a]' 'name=A' 'baseurl=https://example.org/a' 'enabled=0' 'gpgcheck=1' 'gpgkey=file:///k' >/etc/yum.repos.d/a.repo.byhand
  )
  chmod 644 /etc/yum.repos.d/a.repo.byhand
  mv -fT -- /etc/yum.repos.d/a.repo.byhand /etc/yum.repos.d/a.repo
}
undo_package_dnf_repository_every() {
  rm -f -- /etc/yum.repos.d/a.repo.byhand
  if [ ! -s "$prior" ]; then
    rm -f -- /etc/yum.repos.d/a.repo
    return $?
  fi
  read -r mode owner <"$prior"
  (
    umask 077
    set -C
    tail -n +2 "$prior" >/etc/yum.repos.d/a.repo.byhand
  )
  chown -- "$owner" /etc/yum.repos.d/a.repo.byhand
  chmod "$mode" /etc/yum.repos.d/a.repo.byhand
  mv -fT -- /etc/yum.repos.d/a.repo.byhand /etc/yum.repos.d/a.repo
}
diff_package_dnf_repository_every() {
  printf '%s\n' '[a]' 'name=A' 'baseurl=https://example.org/a' 'enabled=0' 'gpgcheck=1' 'gpgkey=file:///k' | diff -uN -- /etc/yum.repos.d/a.repo - || :
}

# ---- package/dnf_repository: gone
#   name: "a"
#   absent: true
check_package_dnf_repository_gone() {
  [ ! -e /etc/yum.repos.d/a.repo ] && [ ! -h /etc/yum.repos.d/a.repo ]
}
save_package_dnf_repository_gone() {
  if [ -d /etc/yum.repos.d/a.repo ] || [ -h /etc/yum.repos.d/a.repo ]; then
    printf '%s\n' '/etc/yum.repos.d/a.repo is a folder or a link' >&2
    return 1
  fi
  if [ -e /etc/yum.repos.d/a.repo ]; then
    stat -c '%a %u:%g' -- /etc/yum.repos.d/a.repo
    cat -- /etc/yum.repos.d/a.repo
  fi
}
apply_package_dnf_repository_gone() {
  rm -f -- /etc/yum.repos.d/a.repo
}
undo_package_dnf_repository_gone() {
  rm -f -- /etc/yum.repos.d/a.repo.byhand
  if [ ! -s "$prior" ]; then
    rm -f -- /etc/yum.repos.d/a.repo
    return $?
  fi
  read -r mode owner <"$prior"
  (
    umask 077
    set -C
    tail -n +2 "$prior" >/etc/yum.repos.d/a.repo.byhand
  )
  chown -- "$owner" /etc/yum.repos.d/a.repo.byhand
  chmod "$mode" /etc/yum.repos.d/a.repo.byhand
  mv -fT -- /etc/yum.repos.d/a.repo.byhand /etc/yum.repos.d/a.repo
}
diff_package_dnf_repository_gone() {
  diff -uN -- /etc/yum.repos.d/a.repo /dev/null || :
}

# ---- package/dnf_repository: hostile
#   name: "a.b-c"
#   title: "it's $(a) `b` ü"
#   url: "https://a/it's$(b)"
check_package_dnf_repository_hostile() {
  [ ! -h /etc/yum.repos.d/a.b-c.repo ] && [ -f /etc/yum.repos.d/a.b-c.repo ] && [ "$(stat -c %a -- /etc/yum.repos.d/a.b-c.repo)" = 644 ] &&
    printf '%s\n' '[a.b-c]' 'name=it'\''s $(a) `b` ü' 'baseurl=https://a/it'\''s$(b)' 'enabled=1' 'gpgcheck=0' | cmp -s -- - /etc/yum.repos.d/a.b-c.repo
}
save_package_dnf_repository_hostile() {
  if [ -d /etc/yum.repos.d/a.b-c.repo ] || [ -h /etc/yum.repos.d/a.b-c.repo ]; then
    printf '%s\n' '/etc/yum.repos.d/a.b-c.repo is a folder or a link' >&2
    return 1
  fi
  if [ -e /etc/yum.repos.d/a.b-c.repo ]; then
    stat -c '%a %u:%g' -- /etc/yum.repos.d/a.b-c.repo
    cat -- /etc/yum.repos.d/a.b-c.repo
  fi
}
apply_package_dnf_repository_hostile() {
  rm -f -- /etc/yum.repos.d/a.b-c.repo.byhand
  (
    set -C
    printf '%s\n' '[a.b-c]' 'name=it'\''s $(a) `b` ü' 'baseurl=https://a/it'\''s$(b)' 'enabled=1' 'gpgcheck=0' >/etc/yum.repos.d/a.b-c.repo.byhand
  )
  chmod 644 /etc/yum.repos.d/a.b-c.repo.byhand
  mv -fT -- /etc/yum.repos.d/a.b-c.repo.byhand /etc/yum.repos.d/a.b-c.repo
}
undo_package_dnf_repository_hostile() {
  rm -f -- /etc/yum.repos.d/a.b-c.repo.byhand
  if [ ! -s "$prior" ]; then
    rm -f -- /etc/yum.repos.d/a.b-c.repo
    return $?
  fi
  read -r mode owner <"$prior"
  (
    umask 077
    set -C
    tail -n +2 "$prior" >/etc/yum.repos.d/a.b-c.repo.byhand
  )
  chown -- "$owner" /etc/yum.repos.d/a.b-c.repo.byhand
  chmod "$mode" /etc/yum.repos.d/a.b-c.repo.byhand
  mv -fT -- /etc/yum.repos.d/a.b-c.repo.byhand /etc/yum.repos.d/a.b-c.repo
}
diff_package_dnf_repository_hostile() {
  printf '%s\n' '[a.b-c]' 'name=it'\''s $(a) `b` ü' 'baseurl=https://a/it'\''s$(b)' 'enabled=1' 'gpgcheck=0' | diff -uN -- /etc/yum.repos.d/a.b-c.repo - || :
}

# ---- package/key: typical
#   path: "/etc/apt/keyrings/a.asc"
#   key: "-----BEGIN PGP PUBLIC KEY BLOCK-----\nabc\n-----END PGP PUBLIC KEY BLOCK-----\n"
check_package_key_typical() {
  [ ! -h /etc/apt/keyrings/a.asc ] && [ -f /etc/apt/keyrings/a.asc ] && [ "$(stat -c %a -- /etc/apt/keyrings/a.asc)" = 644 ] &&
    printf '%s' '-----BEGIN PGP PUBLIC KEY BLOCK-----
abc
-----END PGP PUBLIC KEY BLOCK-----
' | cmp -s -- - /etc/apt/keyrings/a.asc
}
save_package_key_typical() {
  if [ -d /etc/apt/keyrings/a.asc ] || [ -h /etc/apt/keyrings/a.asc ]; then
    printf '%s\n' '/etc/apt/keyrings/a.asc is a folder or a link' >&2
    return 1
  fi
  if [ -e /etc/apt/keyrings/a.asc ]; then
    stat -c '%a %u:%g' -- /etc/apt/keyrings/a.asc
    cat -- /etc/apt/keyrings/a.asc
  elif [ ! -d /etc/apt/keyrings ]; then
    echo folder missing
  fi
}
apply_package_key_typical() {
  [ -d /etc/apt/keyrings ] || mkdir -m 755 -- /etc/apt/keyrings
  rm -f -- /etc/apt/keyrings/a.asc.byhand
  (
    umask 077
    set -C
    printf '%s' '-----BEGIN PGP PUBLIC KEY BLOCK-----
abc
-----END PGP PUBLIC KEY BLOCK-----
' >/etc/apt/keyrings/a.asc.byhand
  )
  wrong=''
  if [ "$wrong" ]; then
    :
  elif grep -q -e 'PRIVATE KEY' /etc/apt/keyrings/a.asc.byhand; then
    wrong='is a private key, which is for nobody but the one who signs'
  elif ! grep -q -x -e '-----BEGIN \(PGP \|\)PUBLIC KEY\( BLOCK\|\)-----' /etc/apt/keyrings/a.asc.byhand; then
    wrong='is no public key: it has no line -----BEGIN PGP PUBLIC KEY BLOCK-----'
  fi
  if [ "$wrong" ]; then
    rm -f -- /etc/apt/keyrings/a.asc.byhand
    printf '%s\n' 'what is meant for /etc/apt/keyrings/a.asc'" $wrong" >&2
    return 1
  fi
  chmod 644 /etc/apt/keyrings/a.asc.byhand
  mv -fT -- /etc/apt/keyrings/a.asc.byhand /etc/apt/keyrings/a.asc
}
undo_package_key_typical() {
  rm -f -- /etc/apt/keyrings/a.asc.byhand
  mode='' owner=''
  if [ -s "$prior" ]; then read -r mode owner <"$prior"; fi
  case $mode in
    '' | folder)
      rm -f -- /etc/apt/keyrings/a.asc
      if [ "$mode" = folder ] && [ -d /etc/apt/keyrings ]; then rmdir -- /etc/apt/keyrings 2>/dev/null || :; fi
      return $? ;;
  esac
  (
    umask 077
    set -C
    tail -n +2 "$prior" >/etc/apt/keyrings/a.asc.byhand
  )
  chown -- "$owner" /etc/apt/keyrings/a.asc.byhand
  chmod "$mode" /etc/apt/keyrings/a.asc.byhand
  mv -fT -- /etc/apt/keyrings/a.asc.byhand /etc/apt/keyrings/a.asc
}
diff_package_key_typical() {
  printf '%s' '-----BEGIN PGP PUBLIC KEY BLOCK-----
abc
-----END PGP PUBLIC KEY BLOCK-----
' | diff -uN -- /etc/apt/keyrings/a.asc - || :
}

# ---- package/key: from an address
#   path: "/etc/apt/keyrings/a.gpg"
#   url: "https://example.org/key"
#   sha256: "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
check_package_key_from_an_address() {
  [ ! -h /etc/apt/keyrings/a.gpg ] && [ -f /etc/apt/keyrings/a.gpg ] && [ "$(stat -c %a -- /etc/apt/keyrings/a.gpg)" = 644 ] &&
    [ "$(sha256sum </etc/apt/keyrings/a.gpg)" = 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa  -' ]
}
save_package_key_from_an_address() {
  if [ -d /etc/apt/keyrings/a.gpg ] || [ -h /etc/apt/keyrings/a.gpg ]; then
    printf '%s\n' '/etc/apt/keyrings/a.gpg is a folder or a link' >&2
    return 1
  fi
  if [ -e /etc/apt/keyrings/a.gpg ]; then
    stat -c '%a %u:%g' -- /etc/apt/keyrings/a.gpg
    cat -- /etc/apt/keyrings/a.gpg
  elif [ ! -d /etc/apt/keyrings ]; then
    echo folder missing
  fi
}
apply_package_key_from_an_address() {
  [ -d /etc/apt/keyrings ] || mkdir -m 755 -- /etc/apt/keyrings
  rm -f -- /etc/apt/keyrings/a.gpg.byhand
  (
    umask 077
    set -C
    curl --fail --silent --show-error --location --globoff --connect-timeout 30 \
      --proto =https,http,file --proto-redir =https,http --url https://example.org/key >/etc/apt/keyrings/a.gpg.byhand
  )
  wrong=''
  got=$(sha256sum </etc/apt/keyrings/a.gpg.byhand)
  [ "$got" = 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa  -' ] || wrong="is not what was meant, but sha256:${got%  -}"
  if [ "$wrong" ]; then
    :
  elif grep -q -e 'PRIVATE KEY' /etc/apt/keyrings/a.gpg.byhand; then
    wrong='is a private key, which is for nobody but the one who signs'
  elif grep -q -e '-----BEGIN PGP' /etc/apt/keyrings/a.gpg.byhand; then
    wrong='is armored, and apt reads it only from a name that ends in .asc'
  fi
  if [ "$wrong" ]; then
    rm -f -- /etc/apt/keyrings/a.gpg.byhand
    printf '%s\n' 'what is meant for /etc/apt/keyrings/a.gpg'" $wrong" >&2
    return 1
  fi
  chmod 644 /etc/apt/keyrings/a.gpg.byhand
  mv -fT -- /etc/apt/keyrings/a.gpg.byhand /etc/apt/keyrings/a.gpg
}
undo_package_key_from_an_address() {
  rm -f -- /etc/apt/keyrings/a.gpg.byhand
  mode='' owner=''
  if [ -s "$prior" ]; then read -r mode owner <"$prior"; fi
  case $mode in
    '' | folder)
      rm -f -- /etc/apt/keyrings/a.gpg
      if [ "$mode" = folder ] && [ -d /etc/apt/keyrings ]; then rmdir -- /etc/apt/keyrings 2>/dev/null || :; fi
      return $? ;;
  esac
  (
    umask 077
    set -C
    tail -n +2 "$prior" >/etc/apt/keyrings/a.gpg.byhand
  )
  chown -- "$owner" /etc/apt/keyrings/a.gpg.byhand
  chmod "$mode" /etc/apt/keyrings/a.gpg.byhand
  mv -fT -- /etc/apt/keyrings/a.gpg.byhand /etc/apt/keyrings/a.gpg
}
diff_package_key_from_an_address() {
  printf '%s\n' '/etc/apt/keyrings/a.gpg: from https://example.org/key'
}

# ---- package/key: hostile
#   path: "/etc/it's\n$(a)/-ü"
#   key: "it's $(b)\n`c`"
check_package_key_hostile() {
  [ ! -h '/etc/it'\''s
$(a)/-ü' ] && [ -f '/etc/it'\''s
$(a)/-ü' ] && [ "$(stat -c %a -- '/etc/it'\''s
$(a)/-ü')" = 644 ] &&
    printf '%s' 'it'\''s $(b)
`c`
' | cmp -s -- - '/etc/it'\''s
$(a)/-ü'
}
save_package_key_hostile() {
  if [ -d '/etc/it'\''s
$(a)/-ü' ] || [ -h '/etc/it'\''s
$(a)/-ü' ]; then
    printf '%s\n' '/etc/it'\''s
$(a)/-ü is a folder or a link' >&2
    return 1
  fi
  if [ -e '/etc/it'\''s
$(a)/-ü' ]; then
    stat -c '%a %u:%g' -- '/etc/it'\''s
$(a)/-ü'
    cat -- '/etc/it'\''s
$(a)/-ü'
  elif [ ! -d '/etc/it'\''s
$(a)' ]; then
    echo folder missing
  fi
}
apply_package_key_hostile() {
  [ -d '/etc/it'\''s
$(a)' ] || mkdir -m 755 -- '/etc/it'\''s
$(a)'
  rm -f -- '/etc/it'\''s
$(a)/-ü.byhand'
  (
    umask 077
    set -C
    printf '%s' 'it'\''s $(b)
`c`
' >'/etc/it'\''s
$(a)/-ü.byhand'
  )
  wrong=''
  if [ "$wrong" ]; then
    :
  elif grep -q -e 'PRIVATE KEY' '/etc/it'\''s
$(a)/-ü.byhand'; then
    wrong='is a private key, which is for nobody but the one who signs'
  elif ! grep -q -x -e '-----BEGIN \(PGP \|\)PUBLIC KEY\( BLOCK\|\)-----' '/etc/it'\''s
$(a)/-ü.byhand'; then
    wrong='is no public key: it has no line -----BEGIN PGP PUBLIC KEY BLOCK-----'
  fi
  if [ "$wrong" ]; then
    rm -f -- '/etc/it'\''s
$(a)/-ü.byhand'
    printf '%s\n' 'what is meant for /etc/it'\''s
$(a)/-ü'" $wrong" >&2
    return 1
  fi
  chmod 644 '/etc/it'\''s
$(a)/-ü.byhand'
  mv -fT -- '/etc/it'\''s
$(a)/-ü.byhand' '/etc/it'\''s
$(a)/-ü'
}
undo_package_key_hostile() {
  rm -f -- '/etc/it'\''s
$(a)/-ü.byhand'
  mode='' owner=''
  if [ -s "$prior" ]; then read -r mode owner <"$prior"; fi
  case $mode in
    '' | folder)
      rm -f -- '/etc/it'\''s
$(a)/-ü'
      if [ "$mode" = folder ] && [ -d '/etc/it'\''s
$(a)' ]; then rmdir -- '/etc/it'\''s
$(a)' 2>/dev/null || :; fi
      return $? ;;
  esac
  (
    umask 077
    set -C
    tail -n +2 "$prior" >'/etc/it'\''s
$(a)/-ü.byhand'
  )
  chown -- "$owner" '/etc/it'\''s
$(a)/-ü.byhand'
  chmod "$mode" '/etc/it'\''s
$(a)/-ü.byhand'
  mv -fT -- '/etc/it'\''s
$(a)/-ü.byhand' '/etc/it'\''s
$(a)/-ü'
}
diff_package_key_hostile() {
  printf '%s' 'it'\''s $(b)
`c`
' | diff -uN -- '/etc/it'\''s
$(a)/-ü' - || :
}

# ---- package/key: no key
#   path: "/a.asc"
check_package_key_no_key() {
  [ ! -h /a.asc ] && [ -f /a.asc ] && [ "$(stat -c %a -- /a.asc)" = 644 ] &&
    [ "$(sha256sum </a.asc)" = '  -' ]
}
save_package_key_no_key() {
  printf '%s\n' '/a.asc: either the key or its url, not both' >&2
  return 1
  if [ -d /a.asc ] || [ -h /a.asc ]; then
    printf '%s\n' '/a.asc is a folder or a link' >&2
    return 1
  fi
  if [ -e /a.asc ]; then
    stat -c '%a %u:%g' -- /a.asc
    cat -- /a.asc
  elif [ ! -d / ]; then
    echo folder missing
  fi
}
apply_package_key_no_key() {
  [ -d / ] || mkdir -m 755 -- /
  rm -f -- /a.asc.byhand
  (
    umask 077
    set -C
    curl --fail --silent --show-error --location --globoff --connect-timeout 30 \
      --proto =https,http,file --proto-redir =https,http --url '' >/a.asc.byhand
  )
  wrong=''
  got=$(sha256sum </a.asc.byhand)
  [ "$got" = '  -' ] || wrong="is not what was meant, but sha256:${got%  -}"
  if [ "$wrong" ]; then
    :
  elif grep -q -e 'PRIVATE KEY' /a.asc.byhand; then
    wrong='is a private key, which is for nobody but the one who signs'
  elif ! grep -q -x -e '-----BEGIN \(PGP \|\)PUBLIC KEY\( BLOCK\|\)-----' /a.asc.byhand; then
    wrong='is no public key: it has no line -----BEGIN PGP PUBLIC KEY BLOCK-----'
  fi
  if [ "$wrong" ]; then
    rm -f -- /a.asc.byhand
    printf '%s\n' 'what is meant for /a.asc'" $wrong" >&2
    return 1
  fi
  chmod 644 /a.asc.byhand
  mv -fT -- /a.asc.byhand /a.asc
}
undo_package_key_no_key() {
  rm -f -- /a.asc.byhand
  mode='' owner=''
  if [ -s "$prior" ]; then read -r mode owner <"$prior"; fi
  case $mode in
    '' | folder)
      rm -f -- /a.asc
      if [ "$mode" = folder ] && [ -d / ]; then rmdir -- / 2>/dev/null || :; fi
      return $? ;;
  esac
  (
    umask 077
    set -C
    tail -n +2 "$prior" >/a.asc.byhand
  )
  chown -- "$owner" /a.asc.byhand
  chmod "$mode" /a.asc.byhand
  mv -fT -- /a.asc.byhand /a.asc
}
diff_package_key_no_key() {
  printf '%s\n' '/a.asc: from '
}

# ---- package/missing: typical
#   command: "apt-get install curl"
apply_package_missing_typical() {
  printf 'install them by hand: %s\n' 'apt-get install curl' >&2
  return 1
}

# ---- package/missing: hostile
#   command: "it's $(a) `b` %s \\n ü"
apply_package_missing_hostile() {
  printf 'install them by hand: %s\n' 'it'\''s $(a) `b` %s \n ü' >&2
  return 1
}
