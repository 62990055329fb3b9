"""What a host is told to do with a program: hold the host's lock, run it, keep its record, take it back.

Each function gives text for the shell of a Session. On the host a run is what it is
locally: ``runs/<id>/`` with ``run.json``, a folder for each program and, when it has
ended, ``status``; so that the host itself can tell what happened, and take it back.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from byhand.engine.quoting import heredoc, quote

BUSY = 75  # EX_TEMPFAIL (sysexits.h): another run holds the host


@dataclass(frozen=True)
class Place:
    """A run on a host: the state folder there, the run's id, and the mark of answers no output can forge."""

    root: str
    run_id: str
    mark: str

    @property
    def folder(self) -> str:
        return f"{self.root}/runs/{self.run_id}"

    def program(self, number: int) -> str:
        return f"{self.folder}/{number}"


def opened(place: Place) -> str:
    """For the shell itself, which keeps it: the lock's file on descriptor 7."""
    lock = quote(f"{place.root}/run.lock")
    make = f"( umask 077; mkdir -p {quote(place.root)}; : 7<>{lock} ) 2>/dev/null"
    return f"if {make}; then exec 7<>{lock}; fi\n"


def locked(place: Place, holder: str, wait: int) -> str:
    """One run a host at a time: take the lock or end with BUSY and who holds it.

    ``holder`` is one line for whoever comes next; ``wait``: seconds to wait for the lock.
    The kernel frees it when the shell ends, whatever ended it (flock(2)).
    """
    lock = quote(f"{place.root}/run.lock")
    return f"""exec 2>&1
command -v flock >/dev/null || {{ echo "byhand: there is no flock there, and a run needs it (util-linux or busybox)"; exit 125; }}
( : >&7 ) 2>/dev/null || {{ echo "byhand: cannot write "{lock}; exit 125; }}
left={wait}
until flock -n 7; do
  if [ "$left" -le 0 ]; then
    printf '\\036%s busy\\n' {place.mark}
    cat {lock}
    exit {BUSY}
  fi
  left=$((left - 1))
  sleep 1
done
echo {quote(holder)} >{lock} || :
"""


def unlocked() -> str:
    """Free the lock while the connection still stands: it may take hours to be found dead."""
    return "flock -u 7\n"


def written(place: Place, number: int, text: str, record: Mapping[str, object] | None, *, durable: bool = False) -> str:
    """Put a program into its folder, whole or not at all; with the first one the run's record.

    ``durable``: on disk before it runs, since after a power cut the journal alone takes nothing back.
    """
    folder = quote(place.program(number))
    lost = quote(place.folder if number == 1 else place.program(number))
    lines = ["umask 077", f"mkdir -p {folder} &&"]
    if record is not None:
        lines.append(f"cat >{quote(place.folder)}/run.json {heredoc(json.dumps(record, indent=1) + chr(10), 'END_OF_RECORD')}")
        lines.append('[ "$?" -eq 0 ] &&')
    body = heredoc(text, "END_OF_PROGRAM")
    failed = f'rm -rf -- {lost}; echo "byhand: the program cannot be written to "{folder}; exit 125'
    synced = f" || ! sync -d {folder}/program.new" if durable else ""
    lines.append(
        f'cat >{folder}/program.new {body}if [ "$?" -ne 0 ]{synced} || ! mv {folder}/program.new {folder}/program; then {failed}; fi'
    )
    return "\n".join(lines) + "\n"


def given(environment: Mapping[str, str]) -> str:
    """What the program finds in its environment; a command line, which others can read, never holds it."""
    return "".join(f"{name}={quote(value)}\nexport {name}\n" for name, value in environment.items())


def applied(place: Place, number: int, nonce: str, *, last: bool, results: Sequence[str] = (), secret: bool = False) -> str:
    """Run program ``number``; when it fails take back those before it; say what its registered steps printed.

    ``secret``: what they printed may hold a secret and does not stay on the host's disk.

    The program is a process group of its own. When the connection ends, or says a word
    (Session.interrupt), the group gets a hangup: the step stops, and the program undoes itself.
    The second one is for what the shell was just about to start; what undoes ignores it.
    """
    program, pid = quote(place.program(number) + "/program"), quote(place.folder + "/pid")
    launch = 'echo $$ >"$0"; if command -v setsid >/dev/null; then exec setsid sh "$@"; fi; exec sh "$@"'
    status = quote(place.folder + "/status")
    ended = f"echo 0 >{status}\n" if last else ""
    forgotten = f"rm -rf -- {quote(place.program(number) + '/out')}\n" if secret else ""
    return f"""rm -f -- {pid}
{{
  read -r _ || :
  tries=10
  until [ -s {pid} ] || [ "$tries" -eq 0 ]; do
    tries=$((tries - 1))
    sleep 1
  done
  read -r pid <{pid}
  for _ in first second; do
    kill -HUP "-$pid" || kill -HUP "$pid"
    sleep 1
  done
}} <&5 >/dev/null 2>&1 7>&- &
watch=$!
BYHAND_NONCE={nonce} sh -c {quote(launch)} {pid} {program} apply 3>&1 2>&1 5<&- 7>&-
status=$?
kill "$watch" 2>/dev/null
wait "$watch" 2>/dev/null
rm -f -- {pid}
if [ "$status" -ne 0 ]; then
{_undone(place, number - 1)}  echo "$status" >{status}
else
  :
{"".join(f"  {line}{chr(10)}" for line in (ended + _said(place, number, results)).splitlines())}fi
{forgotten}{unlocked() if last else '[ "$status" -eq 0 ] || ' + unlocked()}exit "$status"
"""


def _undone(place: Place, last: int) -> str:
    programs = [quote(f"{place.program(number)}/program") for number in range(last, 0, -1)]
    return "".join(f"  sh {program} undo >/dev/null 2>&1 7>&-\n" for program in programs)


def unfinished(place: Place, number: int) -> str:
    """For the shell itself: when the connection ends between two programs, those that ran are taken back."""
    status = quote(place.folder + "/status")
    body = f"[ -e {status} ] || {{\n{_undone(place, number)}  echo 129 >{status}\n}}\n"
    return f"trap {quote(body)} EXIT\n"


def taken_back(place: Place, last: int, status: int) -> str:
    """Undo the programs up to ``last``, for a play that cannot go on."""
    return f"{_undone(place, last)}echo {status} >{quote(place.folder + '/status')}\n{unlocked()}"


def _said(place: Place, number: int, ids: Sequence[str]) -> str:
    """What registered steps printed, each behind a line with the mark."""
    if not ids:
        return ""
    out = quote(f"{place.program(number)}/out")
    return f"""for id in {" ".join(quote(one) for one in ids)}; do
  for kind in out err rc; do
    printf '\\036%s result %s %s\\n' {place.mark} "$id" "$kind"
    cat {out}"/$id.$kind" 2>/dev/null
    echo
  done
done
"""


def checked(text: str, verb: str, nonce: str) -> str:
    """Run a program's ``check`` or ``diff`` out of the connection: nothing is written on the host."""
    return f"BYHAND_NONCE={nonce} sh -s {verb} 3>&1 2>&1 {heredoc(text, 'END_OF_PROGRAM')}"


def undone(place: Place, nonce: str) -> str:
    """Take a run back, its programs last first; the first that cannot be ends it."""
    folder = quote(place.folder)
    return f"""if [ ! -d {folder} ]; then
  echo {quote("there is no run " + place.run_id + " here")}
  {unlocked()}  exit 125
fi
number=1 status=0
while [ -e {folder}"/$((number + 1))" ]; do number=$((number + 1)); done
while [ "$number" -gt 0 ] && [ "$status" -eq 0 ]; do
  if [ -e {folder}"/$number/program" ]; then
    BYHAND_NONCE={nonce} sh {folder}"/$number/program" undo 3>&1 2>&1 7>&-
    status=$?
  fi
  number=$((number - 1))
done
[ "$status" -ne 0 ] || echo undone >{folder}/status
{unlocked()}exit "$status"
"""


@dataclass
class Said:
    """Reads the lines of a host that are not a program's: who holds the lock, what steps printed."""

    mark: str
    busy: bool = False
    texts: dict[tuple[str, str], str] = field(default_factory=dict)
    _lines: list[str] = field(default_factory=list)
    _of: tuple[str, str] | None = None

    def feed(self, line: str) -> str:
        """Take a line; what of it is the program's comes back."""
        found = re.search(f"\036{self.mark} (busy|result (\\S+) (\\S+))\n\\Z", line)
        if found:
            self._end()
            self.busy = self.busy or found[1] == "busy"
            self._of = (found[2] or "", found[3] or "holder")
            return line[: found.start()]
        if self._of is None:
            return line
        self._lines.append(line)
        return ""

    def _end(self) -> None:
        if self._of is not None:
            self.texts[self._of] = "".join(self._lines).removesuffix("\n")
        self._lines, self._of = [], None

    def text(self, name: str, kind: str) -> str:
        """What one step printed; for ("", "holder") who holds the lock."""
        self._end()
        return self.texts.get((name, kind), "")
