"""A playbook as pytest sees it: a file with a test for each step on each host, and the tests it names."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from testinfra.host import Host as TestinfraHost

from byhand import values
from byhand.containers import enter
from byhand.engine import inventory, playbook, quoting, secret
from byhand.engine.arguments import given_params
from byhand.engine.fleet import How
from byhand.engine.play import Request, words
from byhand.engine.report import printable
from byhand.engine.session import Lost, Unreachable
from byhand.errors import ByhandError, SourceError, UsageError
from byhand.verify.asking import ANSWERED, Answer, Answers, ask, shared
from byhand.verify.session_backend import SessionBackend, Unanswered

if TYPE_CHECKING:
    from byhand.engine.inventory import Host

_LINES = 60  # of a step's output, in a failure
_WIDTH = 2000  # characters of one of them


class NotAsSaid(Exception):
    """A host is not as a step says, or could not be asked. The text is all that is shown."""


@dataclass(frozen=True)
class Play:
    """What a test is told of its play. ``params``: its parameters and variables with the values they have on this host."""

    name: str
    path: Path
    params: Mapping[str, Any]


class PlayFile(pytest.File):
    """A playbook. Collecting asks its hosts, each once, and changes nothing there."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self._answers: list[Answers] = []
        self._hosts: list[Host] = []
        self._open: list[SessionBackend] = []
        self._name = ""
        self._become = (False, "")

    def collect(self) -> Iterator[pytest.Item | pytest.Collector]:
        """The tests. A playbook that is wrong, or a host that is none, is one clear line."""
        # Below the playbook only: another plugin's fixture of that name stays what it is elsewhere.
        pytest.register_fixture(name="play", func=_play, node=self)
        try:
            request, self._hosts, how = self._wanted()
            self._name, self._become = request.book.name, (request.book.become, request.book.become_user)
            self._answers = self._asked(request, how)
            files = list(self._files(request))
        except ByhandError as error:
            raise self.CollectError(printable(str(error))) from None
        except OSError as error:
            raise self.CollectError(printable(f"{error.filename}: {error.strerror}")) from None
        wrong = {answers.message for answers in self._answers if answers.why == "error"}
        if len(wrong) == 1 and all(answers.why == "error" for answers in self._answers):
            raise self.CollectError(printable(wrong.pop()))
        names: set[str] = set()
        for answers in self._answers:
            if answers.why:
                yield HostItem.from_parent(self, name=f"the host answers[{answers.host}]", answers=answers)
            for step in answers.steps:
                if answers.why and step.state not in ANSWERED:
                    continue
                yield StepItem.from_parent(self, name=_name(step.title, answers.host, names), host=answers.host, step=step)
        for name, path in files if not all(answers.why for answers in self._answers) else ():
            # Named below the playbook, which two may share a file, and which pytest needs to run one test again.
            yield pytest.Module.from_parent(self, path=path, name=name, nodeid=self.id.child(name))

    def _wanted(self) -> tuple[Request, list[Host], How]:
        """What to play, where, and how, as the options say."""
        given = self.config.option
        if not hasattr(given, "hosts"):
            raise UsageError("testinfra's plugin is not loaded", hint="-p pytest11.testinfra")
        book = playbook.find(str(self.path))
        request = Request(
            book, given_params(given.play_param, book.params), tags=words(given.play_tags), skip_tags=words(given.play_skip_tags),
            command=f"pytest {quoting.command_line([book.path])}",
        )  # fmt: skip
        if given.hosts == "":
            raise UsageError("--hosts names no host", hint="leave it out for this machine")
        if given.hosts or given.play_inventory:
            hosts = inventory.chosen(given.hosts or book.hosts, given.play_inventory, given.play_limit, book.path)
        else:
            inventory.require_no_limit(given.play_limit)
            hosts = [inventory.target("local://")]
        forks = values.convert(given.play_forks, "count", label="--play-forks")
        return request, hosts, How(forks, 0, enter.words)

    def _asked(self, request: Request, how: How) -> list[Answers]:
        if not hasattr(self.config, "workerinput") or not self.config.option.basetemp:
            return ask(self._hosts, request, how)
        # pytest-xdist: the folder above a worker's is of this run, and of all its workers.
        place = Path(self.config.option.basetemp).parent
        return shared(place / f"byhand-{blake2b(os.fsencode(self.path), digest_size=8).hexdigest()}.json", self._hosts, request, how)

    def _files(self, request: Request) -> Iterator[tuple[str, Path]]:
        """The files of tests that the playbook names. Raises SourceError."""
        for name in request.book.verify:
            path = self.path.parent / name
            if not path.is_file():
                raise SourceError(f"there is no file {name}", path=request.book.path, line=request.book.lines.get("verify", 1))
            yield printable(name), path

    def testinfra_hosts(self) -> list[TestinfraHost]:
        """The hosts of the play as testinfra's; those that did not answer are left out, which has a test of its own."""
        silent = {answers.host for answers in self._answers if answers.why}
        if not self._open:  # one connection for all the tests of a host
            self._open = [SessionBackend(host, enter.words, self._user(host)) for host in self._hosts if host.name not in silent]
        return [TestinfraHost(backend) for backend in self._open]

    def _user(self, host: Host) -> str:
        """Who the play becomes on a host, "" for whoever logs in: what the inventory says of it comes before the playbook."""
        wanted = host.variables.get("ansible_become", self._become[0])
        return str(host.variables.get("ansible_become_user") or self._become[1]) if values.boolean(wanted) else ""

    @cached_property
    def mask(self) -> secret.Mask:
        """Hides the play's secrets in what its own tests say: they are read again, since nothing writes them down."""
        wanted = {name: where for answers in self._answers for name, where in answers.secrets.items()}
        with suppress(ByhandError):
            return secret.Mask(secret.fetch(wanted).values())
        return secret.Mask()

    def teardown(self) -> None:
        """End the connections that the play's own tests opened."""
        for backend in self._open:
            backend.close()

    def play(self, host: str) -> Play:
        """The play on a host by name, "" for the first."""
        variables = next((answers.variables for answers in self._answers if host in ("", answers.host)), {})
        return Play(self._name, self.path, variables)


def _play(request: pytest.FixtureRequest) -> Play:
    """The play that a test belongs to by its ``verify:``, on the test's host: ``play.params``, ``play.name``, ``play.path``."""
    file = request.node.getparent(PlayFile)
    found: Play = file.play(request.getfixturevalue("host").backend.get_hostname() if "host" in request.fixturenames else "")
    return found


class StepItem(pytest.Item):
    """One step on one host."""

    def __init__(self, *, host: str, step: Answer, **given: Any) -> None:
        super().__init__(**given)
        self.host, self.step = host, step
        self.byhand_seconds = step.seconds
        self.user_properties += [("host", host), ("state", step.state), ("where", f"{step.file}:{step.line}")]
        if step.state not in ANSWERED:
            self.add_marker(pytest.mark.skip(reason=printable(step.reason or step.state)))

    def runtest(self) -> None:
        """Raises NotAsSaid when the host is not as the step says."""
        if self.step.state != "ok":
            raise NotAsSaid(told(self.step, self.host))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """What was found, without a traceback."""
        return str(excinfo.value) if isinstance(excinfo.value, NotAsSaid) else super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """The playbook's file, the step's line counted from 0, and a headline: of one that is the name pytest would show dots as ``::``."""
        return Path(self.step.file or self.path), max(self.step.line - 1, 0), f"{self.name.rpartition('[')[0]} on {self.host}"


class HostItem(pytest.Item):
    """A host that did not answer."""

    def __init__(self, *, answers: Answers, **given: Any) -> None:
        super().__init__(**given)
        self.answers = answers
        self.user_properties += [("host", answers.host), ("state", answers.why)]

    def runtest(self) -> None:
        """Raises NotAsSaid: a host that cannot be asked is not known to be right."""
        raise NotAsSaid(f"{self.answers.host}: {self.answers.why}: {printable(self.answers.message)}")

    repr_failure = StepItem.repr_failure

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """The playbook's file."""
        return self.path, None, self.name


def unreached(error: BaseException) -> str:
    """Why a test's command was not answered, as an answer's ``why``; "" for an error that is the test's own."""
    if isinstance(error, Lost):
        return "lost"
    if isinstance(error, Unreachable):
        return "unreachable"
    return "error" if isinstance(error, Unanswered) else ""


def told(step: Answer, host: str) -> str:
    """Why a step is red: what it is, where it stands, what is not so, and what would put it right."""
    what = {"drift": "is not as the playbook says", "lost": "was not asked to an end: the connection was lost"}
    text = f"{step.file}:{step.line}: {step.title}: {what.get(step.state, 'could not be asked')} on {host}"
    lines = _shown(step.output)
    if step.state == "drift" and not lines and step.command:
        lines = ["what would put it right:", *("  " + line for line in _shown(step.command))]
    return "\n".join([text, *lines])


def _shown(text: str) -> list[str]:
    """Its first lines as a terminal and XML can show them; tabs stay, which a diff's head has."""
    lines = text.rstrip("\n").split("\n") if text.strip() else []
    shown = ["\t".join(map(printable, line[:_WIDTH].split("\t"))) + ("..." if len(line) > _WIDTH else "") for line in lines[:_LINES]]
    return [*shown, f"... {len(lines) - _LINES} more lines"] if len(lines) > _LINES else shown


def _name(title: str, host: str, names: set[str]) -> str:
    """A test's name, each once: ``Write /etc/motd[web1]``. pytest takes ``::`` for the end of a name."""
    name = re.sub("::+", ":", printable(title.replace("\n", " "))) or "a step"
    found, number = f"{name}[{host}]", 1
    while found in names:
        number += 1
        found = f"{name} ({number})[{host}]"
    names.add(found)
    return found
