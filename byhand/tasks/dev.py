"""dev.*: test, lint and measure byhand itself."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from byhand.tasks.flags import Flag, command, remainder

ROOT = Path(__file__).resolve().parent.parent.parent


@command("test", Flag("tier", "unit, cases, kernel, host or vm; may be repeated (default: all)", many=True))
def test(given: Mapping[str, Any]) -> int:
    """Run the tests; what follows -- goes to pytest."""
    import sys

    from byhand.engine import run

    where = [str(ROOT / "tests" / tier) for tier in given["tier"] or [""]]
    run.replace([sys.executable, "-m", "pytest", *where, "--rootdir", str(ROOT), "-c", str(ROOT / "pyproject.toml"), *remainder()])


@command("lint")
def lint(given: Mapping[str, Any]) -> int:
    """ruff, mypy --strict, and shellcheck over bootstrap (tests check every compiled program)."""
    import sys

    from byhand.engine import report, run

    worst = 0
    for argv in (
        [sys.executable, "-m", "ruff", "check", "."],
        [sys.executable, "-m", "ruff", "format", "--check", "."],
        [sys.executable, "-m", "mypy", "--strict", "byhand"],
        ["shellcheck", "bootstrap", ".ci/run"],
    ):
        result = run.capture(argv, cwd=str(ROOT), ok=None)
        report.data(result.stdout.decode(errors="replace") + result.stderr.decode(errors="replace"))
        worst = max(worst, result.status)
    return worst


@command(
    "bench",
    Flag("only", "one part: container, play, pull, compile, fleet or distance", many=True),
    Flag("runs", "how often each command is measured", default="15"),
    Flag("json", "the file the numbers are written to", default="bench.json"),
)
def bench(given: Mapping[str, Any]) -> int:
    """Measure byhand beside docker, podman, ansible and pyinfra, where they are installed."""
    import sys

    from byhand import values

    sys.path.insert(0, str(ROOT))
    from bench.main import run

    return int(run(given["only"] or None, Path(given["json"]), values.convert(given["runs"], "int", label="--runs")))


@command("labs")
def labs(given: Mapping[str, Any]) -> None:
    """Run every lab on this machine and write docs/labs.md anew from what it printed."""
    from byhand.engine import report, state
    from byhand.verify import labs_page

    state.write(ROOT / "docs" / "labs.md", labs_page.made(report.note), mode=0o644)
