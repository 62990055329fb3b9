"""What iptables-save(8) prints: tables, chains and rules (iptables(8), iptables-extensions(8))."""

from __future__ import annotations

import re

from byhand.verify.modules.rules import Chain, Rule, also, network, put

__tracebackhide__ = True  # a test that fails shows its own lines, not these (pytest)

# A line, or several: a comment may hold an end of line between its quotes.
LINE = re.compile(r'(?:[^"\n]|"(?:[^"\\]|\\.)*")+', re.DOTALL)
WORD = re.compile(r'(!) |"((?:[^"\\]|\\.)*)"|(\S+)', re.DOTALL)
NAMES = {
    "-p": "protocol",
    "-s": "source",
    "-d": "destination",
    "-i": "in_interface",
    "-o": "out_interface",
    "--sport": "source_port",
    "--dport": "destination_port",
    "--sports": "source_port",
    "--dports": "destination_port",
    "--ctstate": "states",
    "--state": "states",
    "--comment": "comment",
}
# They take one word, which may look like an option: only what has other characters is printed in quotes.
TEXTS = {*NAMES, "-A", "-m", "-j", "-g", "--log-prefix", "--nflog-prefix", "--string", "--hex-string", "--name", "--chain", "--helper"}
PLAIN = {"tcp", "udp", "conntrack", "state", "comment", "multiport"}  # their options are fields
BUILT_IN = {
    "filter": ["INPUT", "FORWARD", "OUTPUT"],
    "nat": ["PREROUTING", "INPUT", "OUTPUT", "POSTROUTING"],
    "mangle": ["PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"],
    "raw": ["PREROUTING", "OUTPUT"],
    "security": ["INPUT", "FORWARD", "OUTPUT"],
}


def chains(saved: str, origin: str) -> list[Chain]:
    """The chains of all tables, with their rules."""
    found: dict[tuple[str, str], Chain] = {}
    table = ""
    for line in LINE.findall(saved):
        if line.startswith("*"):
            table = line[1:].strip()
        elif line.startswith(":"):
            name, policy = line[1:].split(" ")[:2]
            found[table, name] = Chain(name, table, None if policy == "-" else policy, [], origin, table)
        elif line.startswith("-A "):
            words = _words(line)
            chain = found[table, words[1][1]]
            chain.rules.append(_rule(words[2:], chain, line))
    return list(found.values())


def _words(line: str) -> list[tuple[bool, str]]:
    """The words, each with whether it stood in quotes."""
    found = []
    for row in WORD.finditer(line):
        quoted = row[2] is not None
        found.append((quoted, re.sub(r"\\(.)", r"\1", row[2], flags=re.DOTALL) if quoted else row[1] or row[3]))
    return found


def _rule(words: list[tuple[bool, str]], chain: Chain, text: str) -> Rule:
    fields: dict[str, str] = {}
    options: dict[str, str] = {}
    target: str | None = None
    arguments: dict[str, str] = {}
    place = 0
    while place < len(words):
        negated = words[place] == (False, "!")
        place += negated
        option = words[place][1]
        place += 1
        end = place + 1 if option in TEXTS else _end(words, place)
        value = ("! " if negated else "") + " ".join(word for _, word in words[place:end])
        place = end
        if target is not None:
            arguments[option.lstrip("-")] = value
        elif option in ("-j", "-g"):
            target = value
            if option == "-g":
                arguments["goto"] = ""
        elif option in NAMES:
            put(fields, options, NAMES[option], option.lstrip("-"), value)
        elif option != "-m":
            also(options, option.lstrip("-"), value)
        elif value not in PLAIN and (place == len(words) or words[place][1] in ("-m", "-j", "-g")):
            options[value] = ""
    states = fields.pop("states", "")
    negated_states = states.startswith("! ")
    for name in ("source", "destination"):
        if name in fields:
            before, _, address = f" {fields[name]}".rpartition(" ")
            fields[name] = f"{before} {network(address)}".strip()
    if negated_states:
        options["ctstate"] = states
    return Rule(
        chain.table,
        chain.name,
        len(chain.rules) + 1,
        text,
        **fields,
        states=[] if negated_states or not states else sorted(states.split(",")),
        target=target,
        target_arguments=arguments,
        options=options,
    )


def _end(words: list[tuple[bool, str]], place: int) -> int:
    """Where an option's words end: before the next option or the next ``!``."""
    while place < len(words) and (words[place][0] or not re.match(r"-[a-zA-Z-]|!$", words[place][1])):
        place += 1
    return place
