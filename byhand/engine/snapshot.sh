# What a host looks like: a line for each thing, AREA<tab>WHAT<tab>HOW IT IS, for byhand/engine/snapshot.py;
# of files, whose names may hold anything, AREA<tab>HOW IT IS<tab>NAME.
# Reads only. GNU and BusyBox tools; what a host has no tool for is left out. $state: byhand's own folder there.
set -u
state=${state:-/var/lib/byhand}
LC_ALL=C PATH=${PATH:-/usr/bin:/bin}:/usr/local/sbin:/usr/sbin:/sbin
export LC_ALL PATH
tab=$(printf '\t')

has() {
  command -v "$1" >/dev/null 2>&1
}
area() { # NAME: each line of standard input is a thing that is there or not
  sed "s/^/$1$tab/"
}

# ---- files: kind, mode, owner and size; what is in small ones; when large ones were written; where links lead
places='' small=''
for place in /etc /usr/local /opt /srv /root /home /var/lib /var/spool/cron; do
  if [ -d "$place" ]; then
    places="$places $place"
    if [ "$(find "$place" -xdev 2>/dev/null | head -n 20001 | wc -l)" -le 20000 ]; then
      small="$small $place"
    else
      printf 'note\t%s has more than 20000 files: what is in them is not compared\n' "$place"
    fi
  fi
done
# What changes by itself, or only says that something was run.
find_files() { # PLACES EXPRESSION...
  among=$1
  shift
  # shellcheck disable=SC2086 # several places
  find $among -xdev \( \
    -path "$state" -o -path /etc/mtab -o -path /etc/ld.so.cache -o -path '/etc/*-' -o -path '/etc/.pwd.lock' -o \
    -path /var/lib/apt/lists -o -path '/var/lib/apt/*periodic*' -o -path '/var/lib/dpkg/*-old' -o -path '/var/lib/dpkg/*lock*' -o \
    -path '/var/lib/dpkg/triggers/Lock' -o -path /var/lib/systemd -o -path /var/lib/dhcp -o -path '/var/lib/logrotate*' -o \
    -path /var/lib/chrony -o -path /var/lib/docker -o -path /var/lib/containers -o -path /var/lib/containerd -o \
    -path /var/lib/NetworkManager -o -path /var/lib/misc -o -path /var/lib/ucf -o -path /var/lib/command-not-found -o \
    -path '/root/.cache' -o -path '/home/*/.cache' -o -name '.*_history' \
    \) -prune -o "$@" 2>/dev/null
}
find_files "$places" ! -type l ! -type f -exec stat -c "file$tab%F %a %u:%g$tab%n" {} +
find_files "$places" -type f -exec stat -c "file$tab%F %a %u:%g %s bytes$tab%n" {} +
find_files "$places" -type l -exec stat -c "link$tab$tab%N" {} +
find_files "$small" -type f -size -2049 -exec sha256sum {} + | area sum
find_files "$small" -type f -size +2048 -exec stat -c "written$tab%Y$tab%n" {} +

# ---- mounts, swap
while read -r what where kind options _; do
  if [ "$where" = /run/netns ]; then continue; fi # ip-netns(8) makes it by being used, and never takes it away
  printf 'mount\t%s %s %s %s\n' "$where" "$kind" "$what" "$options"
done </proc/self/mounts
if [ -r /proc/swaps ]; then sed '1d; s/[[:space:]].*//' /proc/swaps | area swap; fi

# ---- the network
if has ip; then
  ip -o link 2>/dev/null | sed "s/^[0-9]*: //; s/ qlen [0-9]*//; s/@[^:]*:/:/; s/: /$tab/; s/^/interface$tab/"
  ip -o addr 2>/dev/null | sed 's/^[0-9]*: //; s/valid_lft.*//; s/[[:space:]\\]*$//; s/[[:space:]][[:space:]]*/ /g' | area address
  for family in -4 -6; do
    ip "$family" route show table all 2>/dev/null | sed 's/ expires [0-9]*sec//; s/[[:space:]]*$//' | area route
    ip "$family" rule 2>/dev/null | sed 's/[[:space:]][[:space:]]*/ /g' | area 'routing rule'
  done
else
  for place in /sys/class/net/*; do printf 'interface\t%s\n' "${place##*/}"; done
fi
for place in /run/netns/*; do
  if [ -e "$place" ]; then printf 'network namespace\t%s\n' "${place##*/}"; fi
done

# ---- netfilter: rules and chains; the empty built-in chains that listing or using them makes are left out
saved() { # TOOL AREA
  has "$1" || return 0
  "$1" 2>/dev/null | while read -r line; do
    case $line in
    '*'*) table=${line#?} ;;
    ':'*' - '*) line=${line#:} && printf '%s\t%s chain %s\n' "$2" "$table" "${line%% *}" ;;
    ':'*' ACCEPT '*) ;;
    ':'*) line=${line#:} && printf '%s\t%s %s\n' "$2" "$table" "${line%% \[*}" ;;
    '-A'*) printf '%s\t%s %s\n' "$2" "$table" "$line" ;;
    esac
  done
}
saved iptables-save 'iptables rule'
saved ip6tables-save 'ip6tables rule'
if has nft; then
  nft -s list ruleset 2>/dev/null | while read -r line; do
    case $line in
    'table '*) table=${line%' {'} inside='' && printf 'nftables rule\t%s\n' "$table" ;;
    '}') inside='' ;;
    *' {') inside=${line%' {'} && printf 'nftables rule\t%s %s\n' "$table" "$inside" ;;
    ?*) printf 'nftables rule\t%s %s: %s\n' "$table" "$inside" "$line" ;;
    esac
  done | if has iptables-save; then grep -Ev "^nftables rule$tab(table )(ip|ip6) (filter|nat|mangle|raw|security)( |\$)"; else cat; fi
fi

# ---- users, services, packages
for what in passwd:user group:group; do
  while IFS=: read -r name rest; do
    printf '%s\t%s\t%s\n' "${what#*:}" "$name" "$rest"
  done <"/etc/${what%:*}"
done
if [ -d /run/systemd/system ] && has systemctl; then
  systemctl list-unit-files --no-legend --no-pager 2>/dev/null | while read -r unit how _; do printf 'unit\t%s\t%s\n' "$unit" "$how"; done
  systemctl list-units --type=service --state=running --no-legend --no-pager --plain 2>/dev/null |
    while read -r unit _; do printf 'running service\t%s\n' "$unit"; done
elif [ -e /run/openrc/softlevel ] && has rc-status; then
  rc-status --servicelist 2>/dev/null | while read -r unit how; do printf 'running service\t%s\t%s\n' "$unit" "$how"; done
fi
if has dpkg-query; then
  # shellcheck disable=SC2016 # dpkg-query's own fields
  dpkg-query -W -f '${binary:Package}\t${Version} ${db:Status-Abbrev}\n' 2>/dev/null | area package
elif has apk; then
  apk --no-network info -v 2>/dev/null | area package
elif has rpm; then
  rpm -qa 2>/dev/null | area package
fi

# ---- kernel settings, without those that count, that the kernel makes up, or that answer only to be written
cd /proc/sys && grep -r '' kernel net vm fs 2>/dev/null |
  grep -Ev '^(fs/(dentry-state|file-nr|inode-|aio-nr|quota|binfmt_misc)|kernel/(random|ns_last_pid|pty/nr|sched_domain|numa|keys|seccomp|tainted|usermodehelper)|net/netfilter/nf_conntrack_count|vm/stat|net/ipv[46]/neigh/)' |
  sed "s/:/$tab/; s/^/kernel setting$tab/"
exit 0
