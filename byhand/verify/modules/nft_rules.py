"""What ``nft -j list ruleset`` prints: tables, chains and rules (nft(8), libnftables-json(5)), in iptables' words."""

from __future__ import annotations

import json
from collections.abc import Container
from typing import Any

from byhand.errors import ByhandError, shorten
from byhand.verify.modules.rules import Chain, Rule, also, network, put

__tracebackhide__ = True  # a test that fails shows its own lines, not these (pytest)

FAMILIES = {"ipv4": ("ip", "inet"), "ipv6": ("ip6", "inet")}
OTHER = {"ipv4": "ip6", "ipv6": "ip"}
VERDICTS = {"accept": "ACCEPT", "drop": "DROP", "return": "RETURN", "queue": "QUEUE"}
META = {"iifname": "in_interface", "iif": "in_interface", "oifname": "out_interface", "oif": "out_interface", "l4proto": "protocol"}
PORTS = {"sport": "source_port", "dport": "destination_port"}
ADDRESSES = {"saddr": "source", "daddr": "destination"}
IGNORED = {"counter"}


def chains(printed: str, family: str, known: Container[tuple[str, str]] = ()) -> list[Chain]:
    """The chains of the tables that see packets of a family (``ipv4`` or ``ipv6``), with the rules that can match one.

    ``known``: chains, by their table and name, of that family alone, but not of ``inet``, that are left out.
    """
    try:
        objects = json.loads(printed)["nftables"]
    except (ValueError, KeyError, TypeError):
        raise ByhandError(f"nft -j printed no ruleset: {shorten(printed)}") from None
    found: dict[tuple[str, str, str], Chain] = {}
    numbers: dict[tuple[str, str, str], int] = {}
    for kind, it in (pair for entry in objects for pair in entry.items()):
        if kind not in ("chain", "rule") or it["family"] not in FAMILIES[family]:
            continue
        key = it["family"], it["table"], it["name"] if kind == "chain" else it["chain"]
        if it["family"] != "inet" and key[1:] in known:
            continue
        if kind == "chain":
            policy = it.get("policy", "accept").upper() if "hook" in it else None
            found[key] = Chain(it["name"], it["table"], policy, [], "nft", it.get("type", ""))
            continue
        numbers[key] = numbers.get(key, 0) + 1
        if not _only(it.get("expr", []), OTHER[family]):
            found[key].rules.append(_rule(it, numbers[key]))
    return list(found.values())


def _only(expressions: list[dict[str, Any]], protocol: str) -> bool:
    """Whether a rule can match packets of that protocol alone: it asks for an address of it."""
    lefts = [one["match"]["left"] for one in expressions if "match" in one]
    return any(isinstance(left, dict) and left.get("payload", {}).get("protocol") == protocol for left in lefts)


def _rule(rule: dict[str, Any], number: int) -> Rule:
    expressions = rule.get("expr", [])
    fields: dict[str, str] = {}
    states: list[str] = []
    options: dict[str, str] = {}
    target: str | None = None
    arguments: dict[str, str] = {}
    for kind, body in (pair for one in expressions for pair in one.items()):
        if kind == "match":
            states += _match(body, fields, options)
        elif kind in IGNORED:
            continue
        elif kind == "log":
            options["log-prefix"] = (body or {}).get("prefix", "")
        else:
            verdict = _verdict(kind, body or {})
            if verdict is None:
                options[kind] = _text(body)
            else:
                target, arguments = verdict
    if target is None and "log-prefix" in options:
        target, arguments = "LOG", {"log-prefix": options.pop("log-prefix")}
    return Rule(
        rule["table"],
        rule["chain"],
        number,
        json.dumps(expressions, ensure_ascii=False),
        **fields,
        states=sorted(states),
        target=target,
        target_arguments=arguments,
        comment=rule.get("comment"),
        options=options,
    )


def _match(body: dict[str, Any], fields: dict[str, str], options: dict[str, str]) -> list[str]:
    """Puts what a match asks for into the fields or the options; the states of the connection are the answer."""
    left, right = body["left"], body["right"]
    option, value = _text(left), ("! " if body["op"] == "!=" else "") + _value(right)
    if body["op"] not in ("==", "in", "!="):  # an order, which iptables has no words for
        also(options, option, f"{body['op']} {value}")
        return []
    if isinstance(left, dict) and "payload" in left:
        protocol, part = left["payload"].get("protocol"), left["payload"].get("field")
        if part in ADDRESSES and protocol in ("ip", "ip6"):
            put(fields, options, ADDRESSES[part], option, value)
            return []
        if part in PORTS:
            if protocol != "th":
                put(fields, options, "protocol", "protocol", protocol)
            put(fields, options, PORTS[part], option, value)
            return []
        if protocol in ("ip", "ip6") and part in ("protocol", "nexthdr"):
            put(fields, options, "protocol", option, value)
            return []
    if isinstance(left, dict) and left.get("meta", {}).get("key") in META:
        # iptables writes + where nft writes * for any end of an interface's name.
        put(fields, options, META[left["meta"]["key"]], option, value[:-1] + "+" if value.endswith("*") else value)
        return []
    if isinstance(left, dict) and left.get("ct", {}).get("key") == "state" and body["op"] != "!=":
        return [word.upper() for word in value.split(",")]
    also(options, option, value)
    return []


def _verdict(kind: str, body: dict[str, Any]) -> tuple[str, dict[str, str]] | None:
    """The target and its arguments, None for what is none."""
    if kind in VERDICTS:
        return VERDICTS[kind], {}
    if kind in ("jump", "goto"):
        return body["target"], {"goto": ""} if kind == "goto" else {}
    if kind == "reject":
        return "REJECT", {"reject-with": _value(body["expr"])} if "expr" in body else {}
    if kind in ("dnat", "snat"):
        name = "to-destination" if kind == "dnat" else "to-source"
        to = _bare(body["addr"]) if "addr" in body else ""
        if "port" in body:
            to = (f"[{to}]" if ":" in to else to) + ":" + _value(body["port"]).replace(":", "-")
        return kind.upper(), {name: to}
    if kind in ("masquerade", "redirect"):
        return kind.upper(), {"to-ports": _value(body["port"]).replace(":", "-")} if "port" in body else {}
    return None


def _bare(value: Any) -> str:
    return value if isinstance(value, str) else _value(value)


def _value(value: Any) -> str:
    """A value in iptables' form: networks with a prefix length, a range with a colon, several with commas."""
    if isinstance(value, dict) and "prefix" in value:
        return f"{value['prefix']['addr']}/{value['prefix']['len']}"
    if isinstance(value, dict) and "range" in value:
        return ":".join(_bare(end) for end in value["range"])
    if isinstance(value, dict) and "set" in value:
        value = value["set"]
    if isinstance(value, list):
        return ",".join(_value(one) for one in value)
    return network(value) if isinstance(value, str) else _text(value)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
