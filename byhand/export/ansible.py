"""A play as a playbook for ansible-core, with the same result.

A step becomes two tasks: its check, which never changes anything, and its apply ``when`` the
check said no; where a module means exactly the same, one task. ``--check`` counts as changed
what is not so yet. What ansible-core lacks is said in the header: nothing is taken back.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from byhand import __version__
from byhand.engine import quoting, secret
from byhand.engine.modifiers import STOP
from byhand.engine.playbook import Playbook
from byhand.export.late import Jinja
from byhand.export.native import MODULES
from byhand.export.text import Entry, Play, render
from byhand.export.walk import Block, Task, Walker

SHELL = ["/bin/sh", "-c", "umask 022; LC_ALL=C PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin; export LC_ALL PATH; exec /bin/sh -eu"]
# What a registered result has even when its step had nothing to do.
RESULT = {
    "rc": 0, "stdout": "", "stderr": "", "stdout_lines": [], "stderr_lines": [], "results": [], "changed": False, "failed": False,
}  # fmt: skip
_RUNS = Jinja("not ansible_check_mode")
_PLAY_KEYS = ("serial", "max_fail_percentage", "any_errors_fatal")
_METHODS = {"sudo": "ansible.builtin.sudo", "su": "ansible.builtin.su", "doas": "community.general.doas"}


@dataclass(frozen=True)
class Walked:
    """A play that was walked through for one host, or for those a pattern names with the facts of ``here``."""

    hosts: str
    walker: Walker
    here: bool = False


def text(book: Playbook, walked: Sequence[Walked], command: str = "") -> str:
    """The file: a play for each host, one for all that get the same."""
    groups: dict[str, tuple[list[str], Play]] = {}
    for one in walked:
        made = _play(book, one.walker)
        hosts, _ = groups.setdefault(render([], [made]), ([], made))
        hosts.append(one.hosts)
    plays = [Play({"name": play.fields["name"], "hosts": ",".join(hosts), **_without(play.fields, "name")}, play.tasks, play.handlers)
             for hosts, play in groups.values()]  # fmt: skip
    header = [
        walked[0].walker.title,
        f"Made by byhand {__version__} from {book.path}" + (f": {command}" if command else ""),
        "ansible-playbook [-i INVENTORY] [--check] FILE",
        f"Whatever depends on a host's facts was settled with those of {'the machine it was made on' if walked[0].here else 'each host'}.",
        "Each step asks first and changes something only when it must. When one fails, nothing is taken back: byhand's own runs do that.",
    ]
    return render(header, plays)


def _without(fields: Mapping[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if name != key}


def _play(book: Playbook, walker: Walker) -> Play:
    names = _Names(walker)
    tasks = names.entries(walker.tasks)
    handlers = [entry for handler in walker.handlers for entry in names.task(handler)]
    shell = {"byhand_shell": SHELL} if names.shells else {}
    results: dict[str, Any] = {"byhand_quote": "'\\''", "byhand_result": RESULT} if walker.registered else {}
    for name in walker.registered:
        checked = f"byhand_{name}_check"
        skipped = f"byhand_{name} is skipped" + (f" and {checked} is skipped" if name in names.checked else "")
        results[name] = Jinja(f"{{{{ byhand_result | combine(byhand_{name}, {{'skipped': {skipped}}}) }}}}")
    more = {key: list(value) if isinstance(value, tuple) else value for key in _PLAY_KEYS if (value := getattr(book, key, None))}
    kept = _secrets({name: walker.secrets[name] for name in sorted(names.secrets)})
    variables = {"vars": {**shell, **kept, **results}} if shell or kept or results else {}
    return Play({"name": _name(walker.title), "gather_facts": False, **more, **variables}, tasks, handlers)


def _secrets(where: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Variables that read secrets where they are kept, on the machine that runs ansible, when a task uses them."""
    found: dict[str, Any] = {}
    for name, spec in where.items():
        kind, source, lookup = _kept(spec)
        found[f"byhand_secret_{name}_from"] = source
        more = ", default=undef()" if kind == "env" else ""
        first = ".splitlines()[0]" if kind == "pass" else ""
        found[f"byhand_secret_{name}"] = Jinja(f"{{{{ lookup('ansible.builtin.{lookup}', byhand_secret_{name}_from{more}){first} }}}}")
    return found


def _kept(spec: Mapping[str, Any]) -> tuple[str, str, str]:
    """The kind of a secret's place, the place or the command that prints it, and the lookup for that."""
    kind = next(key for key in secret.KINDS if key in spec)
    if kind == "env":
        return kind, str(spec[kind]), "env"

    def path(key: str) -> str:
        return os.path.join(str(spec.get("folder", "")), os.path.expanduser(str(spec[key])))

    if kind == "file":
        return kind, path(kind), "file"
    argv = (
        list(spec[kind])
        if kind == "command"
        else {
            "pass": ["pass", "show", "--", str(spec[kind])],
            "age": ["age", "--decrypt", *(["--identity", path("identity")] if "identity" in spec else []), "--", path(kind)],
            "gpg": ["gpg", "--batch", "--quiet", "--decrypt", "--", path(kind)],
        }[kind]
    )
    return kind, quoting.command_line(argv), "pipe"


def _own(task: Task) -> str:
    """A script's secrets are its own: nothing that it starts has them."""
    return "".join(f"own=$secret_{name}; unset secret_{name}; secret_{name}=$own\n" for name in task.secrets)


class _Names:
    """Tasks as Ansible's entries; remembers which results have a check and whether a shell is used."""

    def __init__(self, walker: Walker) -> None:
        self.topics: dict[str, str] = {}
        for handler in walker.handlers:
            title, taken = _name(handler.title), self.topics.values()
            self.topics[handler.id] = f"{title} ({handler.id})" if title in taken else title
        self.checked: set[str] = set()
        self.shells = False
        self.secrets: set[str] = set()

    def entries(self, items: list[Task | Block]) -> list[Entry]:
        found: list[Entry] = []
        for item in items:
            found += [self.block(item)] if isinstance(item, Block) else self.task(item)
        return found

    def block(self, item: Block) -> Entry:
        fields: dict[str, Any] = {"name": _name(item.title)}
        if item.vars:
            fields["vars"] = item.vars
        if item.when:
            fields["when"] = [_RUNS, *item.when]
        return Entry(fields, remark=_remark(item.when), parts={part: self.entries(inside) for part, inside in item.parts.items()})

    def task(self, task: Task) -> list[Entry]:
        """One entry, or two: the check and what depends on it."""
        name = f"byhand_{task.register or task.id}"
        self.secrets |= set(task.secrets)
        asked, condition = "", []
        entries: list[Entry] = []
        comment = f"{task.path}:{task.line}, {task.template.name}: {task.template.why}"
        native = _native(task)
        if native is None and "check" in task.blocks:
            asked = f"{name}_check"
            self.checked |= {task.register} - {""}
            result = f"{asked}.results[{task.loop_index}]" if task.loop is not None else asked
            condition = [Jinja(f"{result}.rc != 0")]
            entries.append(self._check(task, asked, comment))
            comment = ""
        fields: dict[str, Any] = {"name": self.topics.get(task.id) if task.handler else _name(task.title)}
        fields |= dict([native]) if native else self._script(_apply(task, again=bool(asked) and task.loop is not None))
        fields |= self._common(task)
        when = [*_when(task, runs=True), *condition]
        fields |= {"when": when} if when else {}
        fields |= self._outcome(task, name, bool(native))
        if task.handler and asked:
            fields["listen"] = self.topics[task.id]
        scripts = [] if native else task.blocks.values()
        return [*entries, Entry(fields, comment, _remark(when, *scripts))]

    def _check(self, task: Task, register: str, comment: str) -> Entry:
        """The question; with ``--check`` an answer no counts as a change, which is what Ansible's word means."""
        fields: dict[str, Any] = {
            "name": _name(f"{task.title} (is it so?)"),
            **self._script(_check(task)),
            **self._common(task),
        }
        if when := _when(task):
            fields["when"] = when
        changed = Jinja(f"ansible_check_mode and {register}.rc != 0")
        fields |= {"register": register, "check_mode": False, "changed_when": changed, "failed_when": Jinja(f"{register}.rc > 1")}
        if task.become:  # with --check there may be no such user yet
            fields["ignore_errors"] = Jinja("{{ ansible_check_mode }}")
        if task.handler:
            fields["listen"] = self.topics[task.id]
        return Entry(fields, comment, _remark(when, task.blocks["check"]))

    def _script(self, script: str) -> dict[str, Any]:
        self.shells = True
        # Words are what they are: ansible's command would replace $NAME in them.
        return {"ansible.builtin.command": {"argv": Jinja("{{ byhand_shell }}"), "expand_argument_vars": False, "stdin": script}}

    def _common(self, task: Task) -> dict[str, Any]:
        """What holds for a step's check and for its apply."""
        found: dict[str, Any] = {}
        if task.loop is not None:
            found |= {"loop": task.loop, "loop_control": {"loop_var": task.loop_var, "index_var": task.loop_index}}
        if task.become:
            found |= {"become": True, "become_user": task.become, "become_method": _METHODS[task.become_method]}
        hidden = {f"secret_{name}": Jinja(f"{{{{ byhand_secret_{name} }}}}") for name in task.secrets}
        if task.environment or hidden:
            found["environment"] = {**task.environment, **hidden}
        if task.modifiers.no_log or hidden:
            found["no_log"] = True
        if task.vars:
            found["vars"] = task.vars
        if task.tags:
            found["tags"] = list(task.tags)
        return found

    def _outcome(self, task: Task, name: str, native: bool) -> dict[str, Any]:
        """What a step's result means: what it is called, when it failed or changed, and who is told."""
        added, conditions = task.modifiers, task.conditions
        found: dict[str, Any] = {}
        if task.register or added.retries or added.ignore_errors:
            found["register"] = name
        if added.retries or conditions["until"]:
            found |= {"until": conditions["until"] or [Jinja(f"{name} is succeeded")], "retries": added.retries, "delay": added.delay}
        if conditions["changed_when"]:
            found["changed_when"] = _one(conditions["changed_when"])
        elif not native:
            found["changed_when"] = task.template.changes
        if conditions["failed_when"]:
            found["failed_when"] = _one(conditions["failed_when"])
        if added.ignore_errors:
            found["ignore_errors"] = True
        if added.notify:
            found["notify"] = [self.topics[identity] for identity in added.notify if identity in self.topics]
        return found


def _native(task: Task) -> tuple[str, dict[str, Any]] | None:
    """The module that means the same, when the step is nothing but its template."""
    found = MODULES.get(task.template.name)
    more = task.modifiers.guards or task.modifiers.timeout or secret.is_in(task.args)
    return None if found is None or more else found(task.args)


def _when(task: Task, *, runs: bool = False) -> list[Any]:
    """What must hold for a step, or for its apply, which ``runs``.

    With ``--check`` nothing gives the results that some wait for, or that are judged, and
    there may be no such user yet.
    """
    judged = runs and (
        task.become or task.modifiers.retries or any(task.conditions[key] for key in ("until", "failed_when", "changed_when"))
    )
    return [*([_RUNS] if task.waits or judged else []), *task.conditions["when"]]


def _one(conditions: list[Any]) -> Any:
    return conditions[0] if len(conditions) == 1 else conditions


def _function(name: str, body: str) -> str:
    return f"{name}() {{\n{body}}}\n"


def _joined(task: Task, *parts: str) -> str:
    """The parts as one script: one that Ansible evaluates, when the blocks are such."""
    made = "".join((_own(task), *parts))
    return Jinja(made) if any(isinstance(block, Jinja) for block in task.blocks.values()) else made


def _stop(*bodies: str) -> str:
    return STOP if any(re.search(r"\bstop\b", body) for body in bodies) else ""


def _check(task: Task) -> str:
    """A script that ends with 0 when it is so, with 1 when not."""
    body = task.blocks["check"]
    return _joined(task, _stop(body), _function("check", body), "check </dev/null >/dev/null 2>&1 || exit 1\n")


def _apply(task: Task, *, again: bool) -> str:
    """A script that makes it so. What cannot be saved is not touched, and some need what stood before.

    ``again``: it asks once more, since an item of a loop may have done what the next is for.
    """
    body, save = task.blocks["apply"], task.blocks.get("save", "")
    parts = [_stop(body, save), _function("save", save) if save else "", _function("apply", body)]
    if again:
        parts += [_function("check", task.blocks["check"]), "if check </dev/null >/dev/null 2>&1; then exit 0; fi\n"]
    if "$prior" in body + save or "$folder" in body + save:
        folder = 'folder=$(mktemp -d)\nexport folder\ntrap \'rm -rf -- "$folder"\' EXIT\nmkdir "$folder/prior"\n'
        parts += [folder, "prior=$folder/prior/step\n", 'save >"$prior" </dev/null\n' if save else ""]
    elif "return 1" in save or "stop " in save:
        parts += ["save >/dev/null </dev/null\n"]
    else:
        parts[1] = ""
    return _joined(task, *parts, "apply </dev/null\n")


def _name(title: str) -> str:
    """A name as Ansible likes it: a capital first, nothing to evaluate."""
    plain = re.sub(r"\{(?=[{%#])", "{ ", title.strip()) or "Step"
    return plain[0].upper() + plain[1:]


def _remark(when: list[Any], *scripts: str) -> str:
    """What ansible-lint is told to let be.

    A step that depends on another's change may lie anywhere in a play, where a handler would
    run at its end; a tab in a script is one that the script needs.
    """
    rules = ["no-handler"] if len(when) == 1 and "changed" in str(when[0]) else []
    rules += ["no-tabs"] if any("\t" in script for script in scripts) else []
    return f"noqa: {' '.join(rules)}" if rules else ""
