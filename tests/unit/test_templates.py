"""The linter of the templates: what DESIGN.md asks of every one of them."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from byhand.engine import environment, quoting, source, template
from byhand.engine.template import BLOCKS, Argument, Template
from tests.support import REPO, SHELLS, shell

NAMES = sorted(f"{path.parent.name}/{path.name.removesuffix('.sh.j2')}" for path in (REPO / "templates").glob("*/*.sh.j2"))
FRAME = REPO / "templates" / "program.sh.j2"

# Where `| sh` stands: what it prints is not quoted. Each with the reason why nothing hostile can be in it.
RAW = {
    ("iptables/chain", "rule | sh"): "one line (its type) behind -A CHAIN in iptables-restore's input, where no shell reads it",
    ("container/init", '"mkdir -p" | sh if volume.folder else ": >" | sh'): "constants",
    ("container/init", '" " | sh if volume.folder else "" | sh'): "constants",
}
# Commands whose operands begin with what a user gave, and which take `--`.
TAKE_DASHES = ("rm", "mv", "cp", "mkdir", "rmdir", "cat", "ln", "stat", "touch", "chown", "umount", "readlink", "tar")
# What a value's type already keeps from looking like an option.
NO_OPTION = {
    "operand",
    "name",
    "path",
    "overlay_path",
    "count",
    "size",
    "cpus",
    "cpuset",
    "port",
    "cidr",
    "address",
    "interface",
    "hostname",
    "mode",
    "user",
    "digest",
    "url",
    "account",
    "home",
    "crypt",
    "ssh_key",
    "unit",
    "word",
    "ip",
    "zone",
    "locale",
    "setting",
    "schedule",
}
# What echo may print though its type does not say so.
ECHOED = {
    ("container/etc", "server"): "an address, as resolv.conf(5) has it",
    ("container/etc", "search"): "domains, as resolv.conf(5) has them",
    ("container/init", '"shm /dev/shm tmpfs nosuid,nodev,noexec,mode=1777,size=" ~ shm_size'): "a size behind constants",
}
# Parts of mappings that byhand.containers.spec has made absolute paths.
PATHS = ("mount.target", "volume.target", "volume.source")
# Variables of the frame: a block runs in the frame's own shell, so it may not set them.
FRAMES_OWN = set(
    "home always stays saves lasting at_exit foreground outputs diffs vanish failure_exit talk folder shared begun mine held now title "
    "drift left prior verb pending machine claimed nonce unchanged careful ignored handlers notified ignore delay".split()
)
PAGE = re.compile(r"[A-Za-z0-9_.+-]+\([1-9]\)\Z|https://[^ ]+\Z")


def load(name: str) -> Template:
    return template.load(name, REPO / "templates" / f"{name}.sh.j2")


def raw_text(name: str) -> str:
    return (REPO / "templates" / f"{name}.sh.j2").read_text(encoding="utf-8")


def prints(text: str) -> Iterator[tuple[int, str, str, str]]:
    """Each ``{{ }}``: its line number, what stands before it in its block, what is in it, what stands behind it on its line."""
    body = re.sub(r"\{#.*?#\}", lambda match: "\n" * match[0].count("\n"), text, flags=re.DOTALL)
    for match in re.finditer(r"\{\{-?(.*?)-?\}\}", body, re.DOTALL):
        start, end = body.rfind("{% block", 0, match.start()) + 1, body.find("\n", match.end())
        before, after = body[start : match.start()], body[match.end() : end if end >= 0 else None]
        yield body.count("\n", 0, match.start()) + 1, before, match[1].strip(), after


def open_quote(text: str) -> str:
    """The quote that is open where ``text`` ends (POSIX 2.2): values, Jinja's tags and comments left out."""
    shell_text = re.sub(r"(?m)(^|\s)#\s.*$", "", re.sub(r"\{\{.*?\}\}|\{%.*?%\}|\A% block \w+ %\}", "V", text))
    stack, i = [""], 0
    while i < len(shell_text):
        c, quote = shell_text[i], stack[-1]
        if c == "\\" and quote != "'":
            i += 1
        elif quote == "'":
            if c == "'":
                stack.pop()
        elif shell_text.startswith("$(", i):  # quotes begin anew in a command substitution
            stack.append("")
            i += 1
        elif c == '"' and quote == '"':
            stack.pop()
        elif c == '"' or (c == "'" and not quote):
            stack.append(c)
        elif c == ")" and not quote and len(stack) > 1:
            stack.pop()
        i += 1
    return stack[-1]


@pytest.mark.parametrize("name", NAMES)
def test_no_value_stands_between_quotes(name: str) -> None:
    for line, before, inside, _ in prints(raw_text(name)):
        assert not open_quote(before), f"templates/{name}.sh.j2:{line}: {{{{ {inside} }}}} is quoted already"


@pytest.mark.parametrize("name", NAMES)
def test_no_number_can_become_a_descriptor(name: str) -> None:
    for line, _, inside, after in prints(raw_text(name)):
        assert not after.startswith(("<", ">")), (
            f"templates/{name}.sh.j2:{line}: a space is missing between {{{{ {inside} }}}} and the redirection"
        )


@pytest.mark.parametrize("name", NAMES)
def test_a_return_says_with_what(name: str) -> None:
    """In a function that runs in the EXIT trap, as an undo does, dash returns from before the trap where nothing is said."""
    found = [number for number, line in enumerate(raw_text(name).splitlines(), 1) if re.search(r"(?<![\w$])return\s*(;|$)", line)]
    assert not found, f"templates/{name}.sh.j2: lines {found}: return $? or a number"


def test_the_raw_escape_is_used_only_where_it_was_reviewed() -> None:
    used = {(name, inside) for name in NAMES for _, _, inside, _ in prints(raw_text(name)) if re.search(r"\|\s*sh\b", inside)}
    assert used - RAW.keys() == set(), "review these and write down why they are safe"
    assert RAW.keys() - used == set(), "these are no longer used"


def test_the_frame_prints_raw_only_what_the_engine_made() -> None:
    used = {inside for _, _, inside, _ in prints(FRAME.read_text(encoding="utf-8")) if re.search(r"\|\s*sh\b", inside)}
    assert used <= {
        '(" " ~ text) | comment if text else "" | sh',  # a comment, or nothing
        "block | sh",  # a block's name, one of five
        "step.id | sh",  # letters, digits and _ (Compiler._identity)
        "text | sh",  # a block's text, rendered and quoted
        "text | sh -",
        "closed | sh",  # redirections that are the frame's own
        "part | sh",  # block, rescue or always
        "outer.block | sh",  # a block's number
        "name | sh",  # of a condition, one of four; of a secret: letters, digits and _ (playbook_file)
        "condition | sh",  # made of quoted words (conditions.shell)
        "loop_of.together | sh",  # a loop's number
        "worker | sh",  # a worker's number
    }


@pytest.mark.parametrize("name", NAMES)
def test_the_front_matter_says_all_there_is_to_say(name: str) -> None:
    found = load(name)
    assert found.summary[0].isupper() and found.summary.endswith(".") and "\n" not in found.summary
    assert found.why.endswith(".") and len(found.why) > 20
    assert found.man, "names the manual pages it comes from"
    for page in found.man:
        assert PAGE.match(page), f"'{page}' is neither PAGE(SECTION) nor an address"
    for arg in found.args.values():
        assert arg.help, f"{arg.name} has no help"


@pytest.mark.parametrize("name", NAMES)
def test_what_a_template_leaves_out_has_a_reason(name: str) -> None:
    found = load(name)
    assert ("check" in found.blocks) is not bool(found.always)
    assert ("undo" in found.blocks) is not bool(found.undo_none)
    for reason in (found.always, found.undo_none):
        assert not reason or len(reason) > 8, f"'{reason}' is no reason"
    if "$prior" in raw_text(name):
        assert "save" in found.blocks
    if "save" in found.blocks:
        assert "$prior" in raw_text(name), "what is saved is not used"


@pytest.mark.parametrize("name", NAMES)
def test_every_argument_is_used_and_every_value_is_an_argument(name: str) -> None:
    from jinja2 import meta, nodes

    found = load(name)
    env, _ = environment.commands()
    tree = env.parse(found.text)
    used = {node.name for node in tree.find_all(nodes.Name)}
    assert found.args.keys() - used == set(), "not used"
    undeclared = meta.find_undeclared_variables(tree)
    assert undeclared - found.args.keys() <= {"folder", "step_id", "facts"}


@pytest.mark.parametrize("name", NAMES)
def test_operands_that_could_be_options_follow_two_dashes(name: str) -> None:
    found = load(name)
    for line, before, inside, _ in prints(raw_text(name)):
        words = re.split(r"[;&|(\n]|\bthen\b|\bdo\b|\belse\b|\$\(", before)[-1].split()
        if not words or words[0] not in TAKE_DASHES or "--" in words or any(word.startswith((">", "<")) for word in words):
            continue
        root = re.match(r"\[?\s*([\w.]+)", inside)
        assert root is not None or inside.startswith(('"', "[")), inside
        of_set = root and re.search(r"\{% set " + root[1] + r' = "/', before)
        is_path = of_set or inside.startswith(('"/', '["/')) or inside.startswith(PATHS)
        kind = found.args[root[1]].type if root and root[1] in found.args else "path" if is_path else "text"
        assert kind in NO_OPTION, f"templates/{name}.sh.j2:{line}: '{words[0]}' needs -- before {{{{ {inside} }}}}"


@pytest.mark.parametrize("name", NAMES)
def test_echo_prints_only_what_it_cannot_change(name: str) -> None:
    """dash's echo expands backslashes, and all take -n: printf is for text."""
    found = load(name)
    for line, before, inside, _ in prints(raw_text(name)):
        if re.search(r"\becho( [\w-]+)*\s*\Z", before) and (name, inside) not in ECHOED:
            kind = found.args[inside].type if inside in found.args else "path" if inside.startswith("path ~") else "text"
            assert kind in NO_OPTION - {"operand", "path"} or (kind == "path" and before.rstrip().endswith("echo")), (
                f"templates/{name}.sh.j2:{line}: printf instead of echo {{{{ {inside} }}}}"
            )


@pytest.mark.parametrize("name", NAMES)
def test_no_block_sets_a_variable_of_the_frame(name: str) -> None:
    for block, text in sample(load(name)).items():
        text = re.sub(r"^.*<<'(\w+)'\n.*?^\1$", "", text, flags=re.DOTALL | re.MULTILINE)
        text = re.sub(r"'[^']*'", "''", re.sub(r"(?m)^\s*\(\n.*?^\s*\)$", "", text, flags=re.DOTALL))
        set_here = set(re.findall(r"(?:^|[;&|({]|\bthen|\bdo|\belse)\s*([a-z_]+)=", text, re.MULTILINE))
        for words in re.findall(r"\bread -r ([a-z_ ]+)", text):
            set_here |= set(words.split())
        set_here |= set(re.findall(r"\bfor ([a-z_]+) in", text))
        clash = set_here & FRAMES_OWN
        assert not clash, f"templates/{name}.sh.j2, {block}: {', '.join(sorted(clash))} belongs to the frame"


def test_the_frames_variables_are_the_ones_above() -> None:
    text = FRAME.read_text(encoding="utf-8")
    missing = {name for name in FRAMES_OWN if not re.search(rf"\b{name}=", text)}
    assert missing == set()


VALUES: dict[str, Any] = {
    "text": "it's\n$(a) `b`",
    "line": "it's $(a)",
    "operand": "a'b",
    "name": "a-name",
    "path": "/a path/it's",
    "overlay_path": "/a path/$(x)",
    "int": 5,
    "count": 5,
    "bool": True,
    "words": ["a b", "$(c)"],
    "command": ["if", "a b"],
    "size": 4096,
    "cpus": 1.5,
    "cpuset": "0-1",
    "port": 80,
    "cidr": "10.0.0.1/24",
    "address": "10.0.0.1",
    "interface": "a'$b",
    "hostname": "host",
    "mode": "0644",
    "user": "a:b",
    "env": "A=it's $(b)",
    "digest": "sha256:" + "a" * 64,
    "url": "https://a/'$(b)",
    "arguments": ["-j", "it's $(a)"],
    "ip_prefix": "fd00::1/64",
    "destination": "10.0.0.0/8",
    "nft_name": "a-name",
    "nft": 'iifname "it\'s" accept',
    "account": "a.b-c",
    "field": "it's $(a)",
    "home": "/a path/it's",
    "crypt": "$6$salt$abcdefghijklmn",
    "ssh_key": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f it's $(a)",
    "unit": "a@b\\x2d",
    "word": "a'$(b)",
    "ip": "2001:db8::1",
    "zone": "Etc/GMT+1",
    "locale": "de_DE.UTF-8",
    "setting": "net.ipv4.ip_forward=1 2",
    "limit": "-1",
    "schedule": "*/5 * * * sun",
    "systemd_command": '/bin/sh -c "it\'s $$(a)"',
}
MAPPINGS: dict[str, list[dict[str, Any]]] = {
    "volumes": [
        {"source": "/a b", "target": "/c'd", "readonly": True, "folder": True, "made": True},
        {"source": "/a b", "target": "/c'd", "readonly": False, "folder": False, "made": False},
    ],
    "tmpfs": [{"target": "/t'$(x)", "options": "size=64m"}],
}


def value(arg: Argument, *, least: bool) -> Any:
    if least and not arg.required:
        return [] if arg.many and arg.default is None else arg.default
    if arg.type == "mapping":
        return MAPPINGS[arg.name] if arg.many else MAPPINGS[arg.name][0]
    one = arg.choices[-1] if arg.choices else False if least and arg.type == "bool" else VALUES[arg.type]
    return [one, one] if arg.many else one


def sample(found: Template, *, least: bool = False) -> dict[str, str]:
    """Every block with a value for each argument; ``least``: only what is required."""
    env, sources = environment.commands()
    compiled = environment.blocks(env, sources, str(found.path), found.text)
    context = {name: value(arg, least=least) for name, arg in found.args.items()}
    context |= {"folder": "/the folder", "step_id": "one", "facts": None}
    return {block: "".join(compiled.blocks[block](compiled.new_context(context))) for block in BLOCKS if block in compiled.blocks}


@pytest.mark.parametrize("least", [False, True], ids=["all", "least"])
@pytest.mark.parametrize("name", NAMES)
def test_every_block_is_a_shells_text(name: str, least: bool) -> None:
    text = "".join(f"{block}_it() {{\n{body}\n:\n}}\n" for block, body in sample(load(name), least=least).items())
    for kind in SHELLS:
        done = subprocess.run([*shell(kind), "-n"], input=text.encode("utf-8", "surrogateescape"), capture_output=True)
        assert (done.returncode, done.stderr) == (0, b""), text


@pytest.mark.parametrize("name", NAMES)
def test_every_type_of_an_argument_has_a_value_here(name: str) -> None:
    for arg in load(name).args.values():
        assert arg.type in VALUES or arg.name in MAPPINGS, f"{name}: a value for {arg.name} ({arg.type}) is missing in this file"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("echo '{{ a }}'", "'"),
        ('echo "x {{ a }}"', '"'),
        ("echo {{ a }}", ""),
        ('"$(cat {{ a }})"', ""),
        ("echo \\' {{ a }}", ""),
        ("'it' {{ a }}", ""),
        ("awk '\\n{\\n' {{ a }}", ""),
        ("# it's\\n echo {{ a }}", ""),
        ("case a in a) {{ a }}", ""),
        ('"$(x "$(y)")" {{ a }}', ""),
        ("echo '\\n{{ a }}'", "'"),
    ],
)
def test_the_linter_itself_sees_quotes(text: str, message: str) -> None:
    ((_, before, _, _),) = prints(text + "\n")
    assert open_quote(before) == message


def test_values_are_quoted_by_the_environment_itself() -> None:
    env, _ = environment.commands()
    assert env.finalize is quoting.finalize
    assert env.from_string("{{ a }}").render(a="x; id") == "'x; id'"


def test_front_matter_is_read_with_the_lines_of_the_file() -> None:
    _, lines = source.load("a: 1\nb: 2", "x", first_line=2)
    assert (lines["a"], lines["b"]) == (2, 3)


def test_there_is_no_file_beside_the_templates_that_is_none() -> None:
    others = [
        path.relative_to(REPO).as_posix() for path in (REPO / "templates").rglob("*") if path.is_file() and not path.name.endswith(".sh.j2")
    ]
    assert others == []
    assert [path.name for path in Path(REPO / "templates").glob("*.j2")] == ["program.sh.j2"]


@pytest.mark.parametrize("name", NAMES)
def test_here_documents_with_values_come_from_the_filter_that_knows_what_is_in_them(name: str) -> None:
    for body in re.findall(r"<<-?\s*['\"\\]?(\w+).*?\n(.*?)^\s*\1$", raw_text(name), re.DOTALL | re.MULTILINE):
        assert "{{" not in body[1], "use {% filter heredoc %} or {{ value | heredoc }}"
