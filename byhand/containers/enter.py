"""How another process gets into a running container: its namespaces, root, group, user and capabilities.

What nsenter(1) leaves to whoever uses it is done here as the container's own start does it:
the limits of its control group hold, only its capabilities are left, and the program that
goes in is a read-only busybox, so that nothing in there can write to the host's through
/proc/PID/exe (CVE-2019-5736).
"""

from __future__ import annotations

from byhand.containers import store
from byhand.engine import run
from byhand.errors import Conflict, MissingTool

# What the way in needs, and its end has no more.
_NEEDED = ("sys_admin", "sys_chroot", "sys_ptrace", "setuid", "setgid", "setpcap", "dac_override")
# On the host, in a mount namespace of its own. $1 its folder, $2 process 1, $3 the members' file, $4 + needed, $5 bounding set,
# $6 the script inside, $7 - needed, $8 USER[:GROUP], $9 PATH; the rest are the groups.
# busybox opens the working folder before it enters: -w/ would be the host's.
_OUTSIDE = """set -eu
folder=$1 pid=$2 members=$3 needed=$4 bounding=$5 inside=$6 without=$7 user=$8 path=$9
shift 9
for group; do echo 0 >"$group/$members"; done
mount --bind "$BUSYBOX" "$folder/busybox"
mount -o remount,bind,ro "$folder/busybox"
exec nsenter --cgroup="/proc/$pid/ns/cgroup" "$BUSYBOX" setpriv --inh-caps "$needed" "$SETPRIV" --bounding-set "$bounding" \
  "$folder/busybox" nsenter -t "$pid" -m -u -i -n -p -r -w"/proc/$pid/root" sh -c "$inside" enter "$without" "$user" "$path"
"""
# In the container: busybox's own commands until its /bin/sh is run. The user is looked up in its own passwd(5) and group(5).
_INSIDE = """set -eu
without=$1 user=${2%%:*} path=$3 uid='' gid=0 home=/
if [ -f /etc/passwd ]; then
  while IFS=: read -r name _ number group _ folder _; do
    if [ "$name" = "$user" ] || [ "$number" = "$user" ]; then uid=$number gid=$group home=${folder:-/}; break; fi
  done </etc/passwd
fi
case $2 in *:*)
  gid=${2#*:}
  if [ -f /etc/group ]; then
    while IFS=: read -r name _ number _; do
      if [ "$name" = "$gid" ]; then gid=$number; break; fi
    done </etc/group
  fi ;;
esac
[ "$uid" ] || uid=$user
case $uid$gid in *[!0-9]* | '') echo "byhand: user $2: not in the container" >&2; exit 125 ;; esac
[ -x /bin/sh ] || { echo "byhand: the container has no /bin/sh" >&2; exit 125; }
exec setpriv --inh-caps "$without" nsenter -F -S "$uid" -G "$gid" \
  env -i "HOME=$home" "PATH=$path" start-stop-daemon -S -p /proc/none -x /bin/sh -a sh --
"""


def words(name: str, user: str = "") -> list[str]:
    """The command that starts the container's /bin/sh, which reads what to do from its standard input.

    ``user``: USER[:GROUP], "" for the container's own. Raises NotFound, and Conflict for one that does not run.
    """
    container = store.find(name)
    pid = container.pid
    if pid is None:
        shown = container.name or container.id
        raise Conflict(f"container {shown} does not run: {container.status}", hint="only a running container can be a host")
    tools = {tool: _found(tool) for tool in ("busybox", "setpriv")}
    record = container.record
    bounding = ",".join(["-all", *(f"+{one}" for one in record.get("capabilities", []))])
    needed, without = (",".join(f"{sign}{one}" for one in _NEEDED) for sign in "+-")
    path = ":".join(record.get("search") or ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"])
    members = "tasks" if record.get("cgroup_version") == "v1" else "cgroup.procs"
    outside = [str(container.path), str(pid), members, needed, bounding, _INSIDE, without, user or str(record.get("user", "0")), path]
    settings = [f"{tool.upper()}={place}" for tool, place in tools.items()]
    start = ["env", *settings, "unshare", "--mount", "--propagation=private", "sh", "-c", _OUTSIDE, "enter"]
    return [*start, *outside, *record.get("groups", [])]


def _found(tool: str) -> str:
    path = run.which(tool)
    if path is None:
        raise MissingTool(f"{tool}: not found on this host", hint="invoke host.setup installs the tools")
    return path
