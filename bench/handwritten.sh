#!/usr/bin/env bash
# A container by hand: what `docker run --rm IMAGE COMMAND` does, as one script.
#
#     handwritten.sh LOWER[:LOWER…] COMMAND [ARGUMENT…]
#
# LOWER    the image's layers as folders, topmost first (overlayfs's own order)
# COMMAND  runs as PID 1; its exit status is the script's (128+n for signal n)
#
# From the environment: MEMORY (bytes), CPU_SHARES, PIDS (limits; without one
# there is a control group and no limit, as docker does), WORKDIR (/), STATE.
#
# This is the yardstick of byhand's benchmark: the same work with the same
# commands and nothing in between. Changes nothing it does not put back, except
# what docker keeps too: the bridge, its three firewall rules and ip_forward.
#
# Needs: bash 4.4, util-linux 2.38, iproute2, iptables, libcgroup's tools,
# and busybox (static: the one program that still starts after pivot_root).
set -euo pipefail

readonly BRIDGE=bhbench0 SUBNET=10.213.77 STATE=${STATE:-/var/tmp/byhand-handwritten}
# docker's fourteen (moby, oci/caps/defaults.go).
readonly CAPABILITIES=-all,+chown,+dac_override,+fsetid,+fowner,+mknod,+net_raw,+setgid,+setuid,+setfcap,+setpcap,+net_bind_service,+sys_chroot,+kill,+audit_write
# docker's MaskedPaths and ReadonlyPaths (moby, oci/defaults.go).
readonly MASKED=(/proc/asound /proc/acpi /proc/interrupts /proc/kcore /proc/keys
    /proc/latency_stats /proc/timer_list /proc/timer_stats /proc/sched_debug /proc/scsi
    /sys/firmware /sys/devices/virtual/powercap)
readonly READ_ONLY=(/proc/bus /proc/fs /proc/irq /proc/sys /proc/sysrq-trigger)

die() { printf '%s: %s\n' "${0##*/}" "$1" >&2; exit 125; }

# ---- inside: the new mount, uts, ipc and cgroup namespaces -----------------
# This shell's children are in the new pid namespace and it is not itself, so
# its first child is PID 1 and it can still tell how that child ended
# (`unshare --fork` of util-linux 2.38 turns a signal into status 1).

mount_table() { # one line a mount, in fstab(5)'s form: one mount(8) makes them all
    local path
    printf '%s\n' \
        "proc $root/proc proc nosuid,nodev,noexec" \
        "sysfs $root/sys sysfs ro,nosuid,nodev,noexec" \
        "devpts $root/dev/pts devpts nosuid,noexec,newinstance,ptmxmode=0666,mode=0620,gid=5" \
        "shm $root/dev/shm tmpfs nosuid,nodev,noexec,mode=1777,size=64m" \
        "mqueue $root/dev/mqueue mqueue nosuid,nodev,noexec" \
        "$box/hosts $root/etc/hosts none bind" \
        "$box/hostname $root/etc/hostname none bind" \
        "$box/resolv.conf $root/etc/resolv.conf none bind"
    for path in "${MASKED[@]}"; do
        if [[ -d $path ]]; then
            echo "tmpfs $root$path tmpfs ro,size=0"
        elif [[ -e $path ]]; then
            echo "/dev/null $root$path none bind"
        fi
    done
    for path in "${READ_ONLY[@]}"; do
        if [[ -e $path ]]; then echo "$root$path $root$path none bind,ro"; fi
    done
}

furnish() { # /dev, /proc, /sys and the three files of /etc
    local path
    for path in dev proc sys etc etc/hosts etc/hostname etc/resolv.conf; do
        # A link would be followed on the host's side: a hostile image's way out.
        [[ ! -L $root/$path ]] || die "/$path is a symbolic link in this image"
    done
    mkdir -p "$root"/{dev,proc,sys,etc}
    for path in hosts hostname resolv.conf; do
        [[ -e $root/etc/$path ]] || : >"$root/etc/$path"
    done
    mount -t tmpfs -o nosuid,mode=755,size=65536k tmpfs "$root/dev"
    mkdir "$root"/dev/{pts,shm,mqueue}
    # Copies the nodes themselves with their modes, and the links to /proc/self/fd as links.
    cp -a /dev/{null,zero,full,random,urandom,tty,fd,stdin,stdout,stderr} "$root/dev"
    ln -s pts/ptmx "$root/dev/ptmx"
    mount_table >"$box/fstab"
    mount --all --fstab "$box/fstab"
}

first() { # PID 1: furnish, let go of privilege, wait for the new root, become COMMAND
    furnish
    # shellcheck disable=SC2016  # the inner shell expands these
    exec env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
        HOME=/root HOSTNAME="$id" \
        setpriv --bounding-set "$CAPABILITIES" --inh-caps=-all \
        bash -c 'for fd in /proc/self/fd/*; do
                     fd=${fd##*/}; ((fd < 5)) || exec {fd}<&-  # the host'\''s, if any
                 done
                 echo ready >&4; read -r _ <&3 || exit 125; cd "$1" || exit 126
                 shift; exec 3<&- 4>&-; unset fd SHLVL OLDPWD _; exec "$@"' \
        "${0##*/}" "${WORKDIR:-/}" "$@"
}

inside() {
    local status=0
    echo "$id" >/proc/sys/kernel/hostname
    # The coprocess's two pipes become 3 and 4; 0 and 1 stay the caller's.
    { coproc { first "$@" 3<&0 4>&1 <&5 >&6 5<&- 6>&-; } } 5<&0 6>&1
    read -r _ <&"${COPROC[0]}" || { wait "$COPROC_PID" || exit; exit 125; }
    # pivot_root(2), "pivot_root(".", ".")": the old root comes to lie on the new
    # one and is taken off. It moves every process that stood in the old root.
    cd "$root"
    busybox sh -c 'pivot_root . . && umount -l .'
    echo go >&"${COPROC[1]}"
    wait "$COPROC_PID" || status=$?
    exit "$status"
}

# ---- outside: overlay, network, control groups, and their undoing ----------

take_address() { # a free one of the subnet; the folder is the lease
    local n
    [[ -d $STATE/leases ]] || mkdir -p "$STATE/leases"
    for ((n = RANDOM % 250 + 2; ; n = n % 251 + 2)); do
        if mkdir "$STATE/leases/$SUBNET.$n" 2>/dev/null; then
            address=$SUBNET.$n
            return
        fi
    done
}

rule() { # TABLE CHAIN RULE…: there once, however often this runs
    local table=$1
    shift
    iptables -w -t "$table" -C "$@" 2>/dev/null || iptables -w -t "$table" -A "$@"
}

network() {
    if [[ ! -d /sys/class/net/$BRIDGE ]]; then
        ip link add "$BRIDGE" type bridge
        ip address add "$SUBNET.1/24" dev "$BRIDGE"
        ip link set "$BRIDGE" up
    fi
    [[ $(</proc/sys/net/ipv4/ip_forward) == 1 ]] || echo 1 >/proc/sys/net/ipv4/ip_forward
    rule nat POSTROUTING -s "$SUBNET.0/24" ! -o "$BRIDGE" -j MASQUERADE
    rule filter FORWARD -i "$BRIDGE" -j ACCEPT
    rule filter FORWARD -o "$BRIDGE" -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
    take_address
    ip netns add "$id"
    ip -batch - <<-END
	link add $veth type veth peer name eth0 netns $id
	link set $veth master $BRIDGE up
	END
    ip -n "$id" -batch - <<-END
	link set lo up
	address add $address/24 dev eth0
	link set eth0 up
	route add default via $SUBNET.1
	END
}

limits() {
    local set=()
    cgcreate -g "$groups"
    [[ -z ${MEMORY:-} ]] || set+=(-r "memory.limit_in_bytes=$MEMORY")
    [[ -z ${CPU_SHARES:-} ]] || set+=(-r "cpu.shares=$CPU_SHARES")
    [[ -z ${PIDS:-} ]] || set+=(-r "pids.max=$PIDS")
    ((${#set[@]} == 0)) || cgset "${set[@]}" "$id"
}

files() {
    local line
    printf '127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost\n%s\t%s\n' "$address" "$id" >"$box/hosts"
    echo "$id" >"$box/hostname"
    while read -r line; do # a server on the host's loopback is out of reach from inside
        [[ $line =~ ^nameserver[[:space:]]+(127\.|::1) ]] || printf '%s\n' "$line"
    done </etc/resolv.conf >"$box/resolv.conf"
}

# shellcheck disable=SC2317  # called by the trap
clean_up() { # undoes whatever was reached, in reverse; tells what it could not
    local status=$? group pids tries groups
    trap '' INT TERM HUP
    set +e
    for ((tries = 0; tries < 200; tries++)); do
        pids=()
        for group in /sys/fs/cgroup{/pids,}/"$id"/cgroup.procs; do
            [[ ! -e $group ]] || mapfile -t pids <"$group"
        done
        ((${#pids[@]})) || break
        kill -KILL "${pids[@]}" 2>/dev/null
        sleep 0.01
    done
    # Its 15 ms are the kernel waiting for its readers: let it wait beside the rest.
    [[ ! -d /sys/class/net/$veth ]] || ip link delete "$veth" &
    # rmdir, as cgroups(7) says: `cgdelete -g a,b,c:X` leaves some behind (libcgroup 2.0.2).
    groups=()
    for group in /sys/fs/cgroup{,/memory,/cpu,/pids}/"$id"; do
        [[ ! -d $group ]] || groups+=("$group")
    done
    ((${#groups[@]} == 0)) || rmdir "${groups[@]}"
    if [[ -d $root ]]; then
        # Never a recursive delete while something is mounted below.
        if umount "$root" 2>/dev/null || ! mountpoint -q "$root"; then
            rm -rf --one-file-system "$box"
        else
            echo "${0##*/}: left behind: $box" >&2
        fi
    fi
    [[ -z $address ]] || rmdir "$STATE/leases/$address"
    wait
    if [[ -e /run/netns/$id ]]; then
        for ((tries = 0; tries < 50; tries++)); do # EBUSY for a moment
            ip netns delete "$id" 2>/dev/null && break
            sleep 0.01
        done
    fi
    exit "$status"
}

main() {
    (($# >= 2)) || die "usage: ${0##*/} LOWER[:LOWER…] COMMAND [ARGUMENT…]"
    [[ $1 != *[,\\]* ]] || die "a layer's path may not hold , or \\: $1"
    local lower=$1 pid status=0
    shift
    address='' # global, as id, box and root are: the trap outlives main's locals
    local groups
    printf -v id 'bh%04x%04x%04x' $((RANDOM)) $((RANDOM)) $$
    printf -v veth 'v%s' "$id"
    groups=memory,cpu,pids:$id
    box=$STATE/$id root=$box/root
    export id box root
    trap clean_up EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP

    mkdir -p "$box"/{root,upper,work}
    mount -t overlay -o "lowerdir=$lower,upperdir=$box/upper,workdir=$box/work" overlay "$root"
    network
    files
    limits
    # In the background, so that a signal is seen at once; with the caller's stdin.
    cgexec -g "$groups" nsenter --net="/run/netns/$id" \
        unshare --mount --uts --ipc --pid --cgroup \
        bash "${BASH_SOURCE[0]}" --inside "$@" <&0 &
    pid=$!
    wait "$pid" || status=$?
    exit "$status"
}

if [[ ${1-} == --inside ]]; then
    shift
    inside "$@"
fi
main "$@"
