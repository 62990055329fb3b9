#!/bin/sh
# shellcheck disable=SC2016,SC2317,SC2329,SC2034,SC2043 # values are literal; nothing calls the functions or reads their variables
# What the templates of one area become. Made by BYHAND_RENEW=1 pytest tests/cases; never run.
set -eu
prior=/the/folder/prior/one
export prior

# ---- cron/job: typical
#   name: "backup"
#   schedule: "5 4 * * *"
#   command: "/usr/local/bin/backup"
check_cron_job_typical() {
  file=/etc/crontabs/root line='5 4 * * * /usr/local/bin/backup'
  if [ -d /etc/cron.d ]; then file=/etc/cron.d/backup line='5 4 * * * root /usr/local/bin/backup'; fi
  [ "$(MARK='# byhand: backup' awk '$0 == ENVIRON["MARK"] { getline; print }' "$file")" = "$line" ]
}
save_cron_job_typical() {
  file=/etc/crontabs/root
  if [ -d /etc/cron.d ]; then
    file=/etc/cron.d/backup
  elif [ ! -d /etc/crontabs ]; then
    echo "there is no cron: neither /etc/cron.d nor /etc/crontabs" >&2
    return 1
  fi
  id -u -- root >/dev/null
  if [ -h "$file" ]; then
    printf '%s is a link\n' "$file" >&2
    return 1
  fi
  if [ -e "$file" ]; then echo file && cat "$file"; fi
}
apply_cron_job_typical() {
  file=/etc/crontabs/root line='5 4 * * * /usr/local/bin/backup'
  if [ -d /etc/cron.d ]; then file=/etc/cron.d/backup line='5 4 * * * root /usr/local/bin/backup'; fi
  from=$file
  if [ ! -e "$from" ]; then from=/dev/null; fi
  rm -f "$file.byhand"
  if [ -e "$file" ]; then cp -p "$file" "$file.byhand"; else (umask 077 && : >"$file.byhand"); fi
  MARK='# byhand: backup' LINE=$line awk '
    function put() { if (!done++) print ENVIRON["MARK"] "\n" ENVIRON["LINE"] }
    $0 == ENVIRON["MARK"] { put(); old = 1; next }
    old && !/^#/ && !/^$/ { old = 0; next }
    { old = 0; print }
    END { put() }' "$from" >"$file.byhand"
  cp "$file.byhand" "$prior.ours"
  mv -f "$file.byhand" "$file"
}
undo_cron_job_typical() {
  file=/etc/crontabs/root
  if [ -d /etc/cron.d ]; then file=/etc/cron.d/backup; fi
  rm -f "$file.byhand"
  [ -e "$prior.ours" ] || return 0
  tail -n +2 "$prior" >"$prior.was"
  if [ ! -s "$prior" ] && cmp -s "$prior.ours" "$file"; then
    rm -f "$file"
  elif [ -e "$file" ] && ! cmp -s "$prior.was" "$file"; then
    cp -p "$file" "$file.byhand"
    if cmp -s "$prior.ours" "$file"; then
      cat "$prior.was"
    else # someone changed it since: only our lines go, and what stood there comes back
      awk '
        part == 1 { was[$0]; former[++n] = $0; next }
        part == 2 { ours[$0]; next }
        !($0 in ours) || $0 in was { print; next }
        !done++ { for (i = 1; i <= n; i++) if (!(former[i] in ours)) print former[i] }' \
        part=1 "$prior.was" part=2 "$prior.ours" part=3 "$file"
    fi >"$file.byhand"
    mv -f "$file.byhand" "$file"
  fi
  rm -f -- "$prior.ours" "$prior.was"
}
diff_cron_job_typical() {
  file=/etc/crontabs/root line='5 4 * * * /usr/local/bin/backup'
  if [ -d /etc/cron.d ]; then file=/etc/cron.d/backup line='5 4 * * * root /usr/local/bin/backup'; fi
  [ -e "$file" ] || file=/dev/null
  MARK='# byhand: backup' LINE=$line awk '
    function put() { if (!done++) print ENVIRON["MARK"] "\n" ENVIRON["LINE"] }
    $0 == ENVIRON["MARK"] { put(); old = 1; next }
    old && !/^#/ && !/^$/ { old = 0; next }
    { old = 0; print }
    END { put() }' "$file" | diff -u "$file" - || :
}

# ---- cron/job: every
#   name: "a.b"
#   schedule: "@daily"
#   command: "date +%F"
#   user: "www-data"
check_cron_job_every() {
  file=/etc/crontabs/www-data line='@daily date +%F'
  if [ -d /etc/cron.d ]; then file=/etc/cron.d/a_b line='@daily www-data date +\%F'; fi
  [ "$(MARK='# byhand: a.b' awk '$0 == ENVIRON["MARK"] { getline; print }' "$file")" = "$line" ]
}
save_cron_job_every() {
  file=/etc/crontabs/www-data
  if [ -d /etc/cron.d ]; then
    file=/etc/cron.d/a_b
  elif [ ! -d /etc/crontabs ]; then
    echo "there is no cron: neither /etc/cron.d nor /etc/crontabs" >&2
    return 1
  fi
  id -u -- www-data >/dev/null
  if [ -h "$file" ]; then
    printf '%s is a link\n' "$file" >&2
    return 1
  fi
  if [ -e "$file" ]; then echo file && cat "$file"; fi
}
apply_cron_job_every() {
  file=/etc/crontabs/www-data line='@daily date +%F'
  if [ -d /etc/cron.d ]; then file=/etc/cron.d/a_b line='@daily www-data date +\%F'; fi
  from=$file
  if [ ! -e "$from" ]; then from=/dev/null; fi
  rm -f "$file.byhand"
  if [ -e "$file" ]; then cp -p "$file" "$file.byhand"; else (umask 077 && : >"$file.byhand"); fi
  MARK='# byhand: a.b' LINE=$line awk '
    function put() { if (!done++) print ENVIRON["MARK"] "\n" ENVIRON["LINE"] }
    $0 == ENVIRON["MARK"] { put(); old = 1; next }
    old && !/^#/ && !/^$/ { old = 0; next }
    { old = 0; print }
    END { put() }' "$from" >"$file.byhand"
  cp "$file.byhand" "$prior.ours"
  mv -f "$file.byhand" "$file"
}
undo_cron_job_every() {
  file=/etc/crontabs/www-data
  if [ -d /etc/cron.d ]; then file=/etc/cron.d/a_b; fi
  rm -f "$file.byhand"
  [ -e "$prior.ours" ] || return 0
  tail -n +2 "$prior" >"$prior.was"
  if [ ! -s "$prior" ] && cmp -s "$prior.ours" "$file"; then
    rm -f "$file"
  elif [ -e "$file" ] && ! cmp -s "$prior.was" "$file"; then
    cp -p "$file" "$file.byhand"
    if cmp -s "$prior.ours" "$file"; then
      cat "$prior.was"
    else # someone changed it since: only our lines go, and what stood there comes back
      awk '
        part == 1 { was[$0]; former[++n] = $0; next }
        part == 2 { ours[$0]; next }
        !($0 in ours) || $0 in was { print; next }
        !done++ { for (i = 1; i <= n; i++) if (!(former[i] in ours)) print former[i] }' \
        part=1 "$prior.was" part=2 "$prior.ours" part=3 "$file"
    fi >"$file.byhand"
    mv -f "$file.byhand" "$file"
  fi
  rm -f -- "$prior.ours" "$prior.was"
}
diff_cron_job_every() {
  file=/etc/crontabs/www-data line='@daily date +%F'
  if [ -d /etc/cron.d ]; then file=/etc/cron.d/a_b line='@daily www-data date +\%F'; fi
  [ -e "$file" ] || file=/dev/null
  MARK='# byhand: a.b' LINE=$line awk '
    function put() { if (!done++) print ENVIRON["MARK"] "\n" ENVIRON["LINE"] }
    $0 == ENVIRON["MARK"] { put(); old = 1; next }
    old && !/^#/ && !/^$/ { old = 0; next }
    { old = 0; print }
    END { put() }' "$file" | diff -u "$file" - || :
}

# ---- cron/job: hostile
#   name: "a"
#   schedule: "*/5 0-6 1,15 jan sun"
#   command: "echo \"it's\" $(a) `b` 100% \\ ü"
check_cron_job_hostile() {
  file=/etc/crontabs/root line='*/5 0-6 1,15 jan sun echo "it'\''s" $(a) `b` 100% \ ü'
  if [ -d /etc/cron.d ]; then file=/etc/cron.d/a line='*/5 0-6 1,15 jan sun root echo "it'\''s" $(a) `b` 100\% \ ü'; fi
  [ "$(MARK='# byhand: a' awk '$0 == ENVIRON["MARK"] { getline; print }' "$file")" = "$line" ]
}
save_cron_job_hostile() {
  file=/etc/crontabs/root
  if [ -d /etc/cron.d ]; then
    file=/etc/cron.d/a
  elif [ ! -d /etc/crontabs ]; then
    echo "there is no cron: neither /etc/cron.d nor /etc/crontabs" >&2
    return 1
  fi
  id -u -- root >/dev/null
  if [ -h "$file" ]; then
    printf '%s is a link\n' "$file" >&2
    return 1
  fi
  if [ -e "$file" ]; then echo file && cat "$file"; fi
}
apply_cron_job_hostile() {
  file=/etc/crontabs/root line='*/5 0-6 1,15 jan sun echo "it'\''s" $(a) `b` 100% \ ü'
  if [ -d /etc/cron.d ]; then file=/etc/cron.d/a line='*/5 0-6 1,15 jan sun root echo "it'\''s" $(a) `b` 100\% \ ü'; fi
  from=$file
  if [ ! -e "$from" ]; then from=/dev/null; fi
  rm -f "$file.byhand"
  if [ -e "$file" ]; then cp -p "$file" "$file.byhand"; else (umask 077 && : >"$file.byhand"); fi
  MARK='# byhand: a' LINE=$line awk '
    function put() { if (!done++) print ENVIRON["MARK"] "\n" ENVIRON["LINE"] }
    $0 == ENVIRON["MARK"] { put(); old = 1; next }
    old && !/^#/ && !/^$/ { old = 0; next }
    { old = 0; print }
    END { put() }' "$from" >"$file.byhand"
  cp "$file.byhand" "$prior.ours"
  mv -f "$file.byhand" "$file"
}
undo_cron_job_hostile() {
  file=/etc/crontabs/root
  if [ -d /etc/cron.d ]; then file=/etc/cron.d/a; fi
  rm -f "$file.byhand"
  [ -e "$prior.ours" ] || return 0
  tail -n +2 "$prior" >"$prior.was"
  if [ ! -s "$prior" ] && cmp -s "$prior.ours" "$file"; then
    rm -f "$file"
  elif [ -e "$file" ] && ! cmp -s "$prior.was" "$file"; then
    cp -p "$file" "$file.byhand"
    if cmp -s "$prior.ours" "$file"; then
      cat "$prior.was"
    else # someone changed it since: only our lines go, and what stood there comes back
      awk '
        part == 1 { was[$0]; former[++n] = $0; next }
        part == 2 { ours[$0]; next }
        !($0 in ours) || $0 in was { print; next }
        !done++ { for (i = 1; i <= n; i++) if (!(former[i] in ours)) print former[i] }' \
        part=1 "$prior.was" part=2 "$prior.ours" part=3 "$file"
    fi >"$file.byhand"
    mv -f "$file.byhand" "$file"
  fi
  rm -f -- "$prior.ours" "$prior.was"
}
diff_cron_job_hostile() {
  file=/etc/crontabs/root line='*/5 0-6 1,15 jan sun echo "it'\''s" $(a) `b` 100% \ ü'
  if [ -d /etc/cron.d ]; then file=/etc/cron.d/a line='*/5 0-6 1,15 jan sun root echo "it'\''s" $(a) `b` 100\% \ ü'; fi
  [ -e "$file" ] || file=/dev/null
  MARK='# byhand: a' LINE=$line awk '
    function put() { if (!done++) print ENVIRON["MARK"] "\n" ENVIRON["LINE"] }
    $0 == ENVIRON["MARK"] { put(); old = 1; next }
    old && !/^#/ && !/^$/ { old = 0; next }
    { old = 0; print }
    END { put() }' "$file" | diff -u "$file" - || :
}
