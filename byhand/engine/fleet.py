"""A play on other hosts: each is asked for its facts, gets its own program, and runs it.

One connection and two round trips a host, however many steps. Hosts run side by side; one
that fails or is lost does not stop the others. The journal stays on the host, so that an
undo works from anywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from byhand.engine import quoting
from byhand.engine.arguments import convert_params
from byhand.engine.compile import Compiler, Options, Piece, Program
from byhand.engine.events import Event, Reader
from byhand.engine.play import Outcome, Request
from byhand.engine.remote_facts import RemoteFacts, gather
from byhand.engine.session import Session
from byhand.errors import ByhandError, UsageError

if TYPE_CHECKING:
    from byhand.engine.inventory import Host

Emit = Callable[["Host", Piece | None, Event], None]
UNREACHABLE = 3


def play(hosts: Sequence[Host], request: Request | None, verb: str, run_id: str, emit: Emit, *, forks: int = 5) -> dict[str, Outcome]:
    """Run a program's verb (apply, check, diff) on each host; what came of it by host's name.

    Without a ``request`` it is ``undo``, of the program the run left there.

    ``run_id`` names the run's folder on every host. An outcome's ``output`` says why a host
    could not be reached; its status is then 3.
    """

    def one(host: Host) -> Outcome:
        try:
            return _one(host, request, verb, run_id, emit)
        except ByhandError as error:
            return Outcome(run_id, status=error.exit_code, output=str(error))

    with ThreadPoolExecutor(max_workers=max(1, forks)) as pool:
        return dict(zip([host.name for host in hosts], pool.map(one, hosts), strict=True))


def _one(host: Host, request: Request | None, verb: str, run_id: str, emit: Emit) -> Outcome:
    outcome = Outcome(run_id)
    with Session(host) as session:
        facts = gather(session)
        folder = f"{facts.state_root}/runs/{run_id}/1"
        pieces: dict[str, Piece] = {}
        if request is None:
            script = f'[ -f {quoting.quote(folder)}/program ] || {{ echo "no run {run_id} here" >&2; exit 125; }}\n'
        else:
            program = compiled(host, request, facts, folder)
            pieces = {piece.id: piece for piece in program.pieces}
            outcome.skipped = program.skipped
            script = _write(folder, program.text)

        def on_event(event: Event) -> None:
            piece = pieces.get(event.id)
            if event.word != "begin":
                outcome.steps.append((piece, event))
            emit(host, piece, event)

        reader = Reader(on_event)
        script += f"BYHAND_NONCE={reader.nonce} sh {quoting.quote(folder)}/program {verb} 3>&1 2>&1"
        if verb in ("check", "diff"):
            script += f"\nstatus=$?\nrm -rf -- {quoting.quote(folder)}\nexit $status"
        outcome.status = session.ask(script, reader.feed)
        outcome.output = reader.rest()
    return outcome


def compiled(host: Host, request: Request, facts: RemoteFacts, folder: str) -> Program:
    """The program for one host: its facts, its variables below the play's."""
    options = Options(folder=folder, command=request.command, tags=request.tags, skip_tags=request.skip_tags)
    params = convert_params(request.book, request.params)
    variables = {**host.variables, "inventory_hostname": host.name, "facts": facts, "state_root": facts.state_root}
    program = Compiler(options, variables).program(request.book, params)
    if program.remaining is not None:
        step = request.book.steps[program.remaining]
        raise UsageError(
            f"'{step.name}' needs the result of an earlier step, which a play on other hosts cannot wait for yet",
            hint=f"{request.book.path}:{step.line}: run it on the host itself",
        )
    return program


def _write(folder: str, text: str) -> str:
    """Shell text that puts a program into its folder, whole or not at all."""
    place = quoting.quote(folder)
    body = quoting.heredoc(text, "END_OF_PROGRAM")
    return f"umask 077\nmkdir -p {place} || exit\ncat >{place}/program.new {body}mv {place}/program.new {place}/program || exit\n"
