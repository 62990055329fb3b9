"""container.*: run, list, inspect and remove containers. Flags are docker's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from byhand.tasks.flags import DRY_RUN, EXPLAIN, JSON, Flag, command, remainder, shown_command

RUN_FLAGS = (
    Flag("image", "the image, any reference docker takes", positional=True),
    Flag("name", "the container's name (default: a random one)"),
    Flag("rm", "remove it when it ends", switch=True),
    Flag("interactive", "keep standard input open", short="i", switch=True),
    Flag("tty", "give it a terminal", short="t", switch=True),
    Flag("env", "NAME=VALUE, or NAME for the value it has here", short="e", many=True),
    Flag("env-file", "a file with NAME=VALUE lines", many=True),
    Flag("workdir", "the folder it starts in", short="w"),
    Flag("user", "USER[:GROUP], names or numbers", short="u"),
    Flag("hostname", "its host name (default: its id)", short="h"),
    Flag("entrypoint", "the program instead of the image's"),
    Flag("volume", "HOST:TARGET[:ro] or NAME:TARGET[:ro]", short="v", many=True),
    Flag("tmpfs", "TARGET[:OPTIONS], kept in memory", many=True),
    Flag("read-only", "its root cannot be written", switch=True),
    Flag("network", "default, none or host"),
    Flag("memory", "memory limit, 512m for instance", short="m"),
    Flag("memory-swap", "memory and swap together; -1 is unlimited"),
    Flag("cpus", "processors, 1.5 for instance"),
    Flag("cpu-shares", "weight against other groups, 2 to 262144 (1024 is usual)", short="c"),
    Flag("cpuset-cpus", "the processors it may use, 0-1,3 for instance", short="cpuset"),
    Flag("pids-limit", "how many processes it may have"),
    Flag("pull", "missing, always or never", default="missing"),
    Flag("quiet", "no progress while the image is fetched", short="q", switch=True),
    DRY_RUN,
    EXPLAIN,
    JSON,
)


@command("run", *RUN_FLAGS)
def run(given: Mapping[str, Any]) -> int:
    """Run a command in a new container: `container.run --image alpine -- COMMAND`."""
    from byhand.containers import run as runner
    from byhand.engine import report, state
    from byhand.engine.facts import Facts
    from byhand.errors import UsageError
    from byhand.images.ensure import ensure
    from byhand.images.store import Store
    from byhand.tasks.image import play_recipe

    words = remainder()
    if not given["image"]:
        raise UsageError("no image is named", hint="invoke container.run --image alpine -- COMMAND")
    given = dict(given)
    only_show = given["dry_run"] or given["explain"] or given["json"]
    if runner.wants_terminal(given, words):
        given |= {"tty": True, "interactive": True}
    runner.check_terminal(given, showing=only_show)
    facts = Facts()
    if not only_show:
        runner.check_host(facts, tty=given["tty"])
    pull = "never" if only_show else given["pull"]
    image = ensure(given["image"], Store(state.root()), pull=pull, play=play_recipe, note=report.note, quiet=given["quiet"])
    asked = runner.Asked(given, words, shown_command())
    if not only_show:
        runner.become(asked, image, facts)
    who = runner.identity(asked, facts, claim=False)
    if given["json"] or given["explain"]:
        program = runner.compiled_program(asked, image, facts, who, explain=given["explain"])
        if given["json"]:
            from byhand.engine import play

            report.as_json(play.as_data(program))
        else:
            report.data(program.text)
    else:
        form = runner.shape(asked, image, facts)
        report.data(runner.program_text(asked, image, facts, who, form)[0])
    return 0


@command("ps", Flag("all", "stopped ones too", short="a", switch=True), Flag("quiet", "ids only", short="q", switch=True), JSON)
def ps(given: Mapping[str, Any]) -> None:
    """List the containers that run, or all of them."""
    from byhand.containers import store
    from byhand.engine import quoting, report

    found = [c for c in store.containers() if given["all"] or c.running]
    if given["json"]:
        keys = ("name", "image", "argv", "created", "network", "address")
        report.as_json([{"id": c.id, "status": c.status, "pid": c.pid, "exit_code": c.exit_code,
                         **{key: c.record.get(key) for key in keys}} for c in found])  # fmt: skip
    elif given["quiet"]:
        report.data("".join(f"{c.id}\n" for c in found))
    else:
        rows = []
        for c in found:
            status = f"exited ({c.exit_code})" if c.status == "exited" else c.status
            words = quoting.command_line(c.record.get("argv", []))
            rows.append([c.id, c.record.get("image", ""), report.printable(words)[:30].replace("\n", " "), status, c.name])
        report.table(["CONTAINER", "IMAGE", "COMMAND", "STATUS", "NAME"], rows)


CONTAINER = Flag("container", "its name, its id or the beginning of its id", positional=True)


@command("inspect", CONTAINER)
def inspect(given: Mapping[str, Any]) -> None:
    """Show all that is known of a container, as JSON."""
    from byhand.containers import store
    from byhand.engine import report

    c = store.find(_named(given))
    report.as_json({**c.record, "status": c.status, "pid": c.pid, "exit_code": c.exit_code,
                    "out_of_memory": c.out_of_memory, "program": str(c.path / "program")})  # fmt: skip


@command("rm", CONTAINER, Flag("force", "end it first when it runs", short="f", switch=True))
def rm(given: Mapping[str, Any]) -> None:
    """Remove a container and all it left."""
    from byhand.containers import lifecycle, store
    from byhand.engine import report

    c = store.find(_named(given))
    lifecycle.remove(c, force=given["force"])
    report.data(f"{c.name or c.id}\n")


def _named(given: Mapping[str, Any]) -> str:
    from byhand.errors import UsageError

    if not given["container"]:
        raise UsageError("no container is named", hint="invoke container.ps --all shows them")
    return str(given["container"])
