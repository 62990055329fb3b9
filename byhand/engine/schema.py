"""A JSON Schema (2020-12) of playbooks for editors, made from what the parser and the templates themselves say.

A value may be an expression wherever the parser evaluates one, so every type allows text
with ``{{ }}``. What only a run can know (whether a variable exists) no schema can say:
playbook.lint does.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from byhand import values
from byhand.engine import arguments, playbook_file, secret, template
from byhand.engine.arguments import Argument
from byhand.engine.template import Template

Schema = dict[str, Any]
EXPRESSION: Schema = {"type": "string", "pattern": r"\{\{"}
_NUMBERS = ("int", "count", "port")
_WORDS = ("words", "command", "arguments")
_NAME = "^[A-Za-z_][A-Za-z0-9_]*$"
_IDENTIFIER: Schema = {"type": "string", "pattern": "^[a-z][a-z0-9_]*$"}
_TEXT: Schema = {"type": "string"}
_TEXTS: Schema = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}
_FLAG: Schema = {"anyOf": [{"type": "boolean"}, EXPRESSION, {"enum": ["true", "false", "yes", "no", "on", "off", "1", "0"]}]}
_COUNT: Schema = {"anyOf": [{"type": "integer", "minimum": 0}, EXPRESSION, {"type": "string", "pattern": "^[0-9]+$"}]}
_CONDITION: Schema = {"type": ["string", "boolean"], "not": {"type": "string", "pattern": r"\{\{|\{%"}}
_CONDITIONS: Schema = {"anyOf": [_CONDITION, {"type": "array", "items": _CONDITION}]}
_MAPPING: Schema = {"type": "object"}
_VARIABLES: Schema = {"type": "object", "propertyNames": {"pattern": _NAME}}
_COMMAND: Schema = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": ["string", "number"]}, "minItems": 1}]}
_PATH: Schema = {"type": "string", "pattern": r"^/|\{\{"}
_BATCH: Schema = {"anyOf": [{"type": "integer", "minimum": 1}, {"type": "string", "pattern": "^[1-9][0-9]*%?$"}]}
_STEPS: Schema = {"type": "array", "items": {"$ref": "#/$defs/step"}}

STEP_KEYS: Mapping[str, tuple[Schema, str]] = {
    "name": (_TEXT, "what the step does, in a few words"),
    "id": (_IDENTIFIER, "its name in the program, made from the template if not given"),
    "when": (_CONDITIONS, "an expression without braces, or several that must all hold"),
    "loop": ({"anyOf": [{"type": "array"}, {"type": "object"}, EXPRESSION]}, "the items, one step for each"),
    "loop_var": (_IDENTIFIER, "the item's name (item)"),
    "loop_control": (
        {"type": "object", "properties": dict.fromkeys(playbook_file._LOOP_CONTROL, _TEXT), "additionalProperties": False},
        "loop_var and index_var name an item and its number, label is what it is called in the output",
    ),
    "parallel": (_COUNT, "how many items of the loop at a time"),
    "register": (_IDENTIFIER, "the name of the step's result: rc, stdout, stderr, stdout_lines, changed, failed, skipped"),
    "tags": (_TEXTS, "words that select the step"),
    "become": (_FLAG, "run it as another user"),
    "become_user": (_TEXT, "who that is (root)"),
    "become_method": ({"enum": list(playbook_file._METHODS)}, "by which command"),
    "lasts": ({"anyOf": [{"enum": list(playbook_file._LASTS)}, EXPRESSION]}, "program: taken back when the program ends"),
    "vars": (_VARIABLES, "variables of this step alone"),
    "include": (
        {"anyOf": [{"type": "string"}, {"type": "object", "properties": {"playbook": {"type": "string"}}, "required": ["playbook"]}]},
        "another playbook, with its parameters beside its name",
    ),
    "own": (_TEXT, "for an include: the folder whose journal its steps belong to"),
    "block": ({**_STEPS, "minItems": 1}, "steps that belong together"),
    "rescue": (_STEPS, "steps for when one of the block fails"),
    "always": (_STEPS, "steps after the block, however it ended"),
    "until": (_CONDITIONS, "tried again until this holds of the registered result"),
    "failed_when": (_CONDITIONS, "when the result counts as a failure"),
    "changed_when": (_CONDITIONS, "when the result counts as a change"),
    "environment": (_MAPPING, "environment variables"),
    "creates": (_PATH, "a path: left out when it is there"),
    "removes": (_PATH, "a path: left out when it is not there"),
    "unless": (_COMMAND, "a line of shell or a list of words: left out when it succeeds"),
    "onlyif": (_COMMAND, "a line of shell or a list of words: left out when it fails"),
    "timeout": (_COUNT, "seconds after which it is ended"),
    "retries": (_COUNT, "how often it is tried again"),
    "delay": (_COUNT, "seconds between"),
    "ignore_errors": (_FLAG, "its failure does not end the play"),
    "no_log": (_FLAG, "nothing of it is shown or kept"),
    "notify": (_TEXTS, "handlers that run at the end when it changed something"),
}
PLAY_KEYS: Mapping[str, tuple[Schema, str]] = {
    "title": (_TEXT, "what the play does, in a few words"),
    "why": (_TEXT, "why it does it so"),
    "params": ({"type": "object", "propertyNames": _IDENTIFIER, "additionalProperties": {"$ref": "#/$defs/param"}}, "its typed inputs"),
    "vars": (_VARIABLES, "variables, each may use those above it"),
    "vars_files": (_TEXTS, "YAML files with variables"),
    "secrets": ({"type": "object", "additionalProperties": {"$ref": "#/$defs/secret"}}, "where values are kept that nobody is to see"),
    "steps": ({**_STEPS, "minItems": 1}, "what is done, in this order"),
    "handlers": (_STEPS, "steps that run at the end when another notified them"),
    "hosts": (_TEXT, "a pattern of the inventory"),
    "environment": (_MAPPING, "environment variables of every step"),
    "tags": (_TEXTS, "tags of every step"),
    "become": ({"type": "boolean"}, "run as another user"),
    "become_user": (_TEXT, "who that is (root)"),
    "become_method": ({"enum": list(playbook_file._METHODS)}, "by which command"),
    "serial": (
        {"anyOf": [{"type": ["integer", "string"]}, {"type": "array", "items": {"type": ["integer", "string"]}}]},
        "hosts at a time",
    ),
    "max_fail_percentage": ({"type": "integer", "minimum": 0, "maximum": 100}, "of a batch's hosts that may fail"),
    "any_errors_fatal": ({"type": "boolean"}, "one host that fails is enough"),
    "verify": (_TEXTS, "files of testinfra tests beside the playbook, which say whether a host is as it should be"),
    "quiet": ({"type": "boolean"}, "say nothing when all goes well"),
    "failure_exit": ({"type": "integer", "minimum": 0, "maximum": 255}, "the exit status when a step fails, 0: the step's own"),
    "vanish": ({"type": "boolean"}, "remove the run's folder when all is undone"),
    "image": ({}, "for recipes of images"),
}


def schema() -> Schema:
    """The schema of a playbook with the templates there are, the user's own in ./templates too."""
    found = [template.find(name) for name in template.names()]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "byhand playbook",
        "type": "object",
        "properties": _keys(playbook_file.PLAY_KEYS, PLAY_KEYS),
        "required": ["steps"],
        "additionalProperties": False,
        "$defs": {"step": _step(found), "param": _param(), "secret": _secret()},
    }


def _keys(known: set[str], told: Mapping[str, tuple[Schema, str]]) -> dict[str, Schema]:
    """Each key the parser knows; one that nothing is told of here takes anything."""
    return {key: {**told[key][0], "description": told[key][1]} if key in told else {} for key in sorted(known)}


def _step(found: list[Template]) -> Schema:
    whats = [*(one.name for one in found), "include", "block"]
    depends: dict[str, Schema] = {
        "include": {"not": {"anyOf": [{"required": [key]} for key in playbook_file._NOT_FOR_INCLUDES]}},
        "block": {"propertyNames": {"enum": sorted(playbook_file._BLOCK_KEYS)}},
        "own": {"required": ["include"]},
        **{key: {"required": ["block"]} for key in playbook_file.PARTS if key != "block"},
        **{key: {"required": ["loop"]} for key in ("loop_control", "parallel")},
    }
    return {
        "type": "object",
        "properties": {**_keys(playbook_file.STEP_KEYS, STEP_KEYS), **{one.name: _template(one) for one in found}},
        "additionalProperties": False,
        "oneOf": [{"required": [what]} for what in whats],
        "dependentSchemas": depends,
    }


def _template(found: Template) -> Schema:
    manual = f" ({', '.join(found.man)})" if found.man else ""
    required = [name for name, arg in found.args.items() if arg.required]
    return {
        "description": f"{found.summary}{manual}\n\n{found.why}",
        "type": "object" if required else ["object", "null"],
        "properties": {name: argument(arg) for name, arg in found.args.items()},
        "required": required,
        "additionalProperties": False,
    }


def argument(arg: Argument) -> Schema:
    """What an argument takes."""
    one = _type(arg.type)
    if arg.choices:
        one = {"anyOf": [{"enum": list(arg.choices)}, EXPRESSION]}
    if arg.many:
        one = {"anyOf": [{"type": "array", "items": one}, one]}
    if arg.optional:
        one = {"anyOf": [one, {"type": "null"}]}
    found = {**one, "description": f"{arg.help} ({arg.type})" if arg.help else arg.type}
    return found if arg.default is None else {**found, "default": arg.default}


def _type(kind: str) -> Schema:
    about = (values.TYPES[kind].__doc__ or "").strip().partition("\n")[0]
    if kind in _NUMBERS:
        return {
            "anyOf": [{"type": "integer", **({} if kind == "int" else {"minimum": 0})}, {"type": "string", "pattern": r"^[+-]?\d+$|\{\{"}]
        }
    if kind == "bool":
        return _FLAG
    if kind in _WORDS:
        return {"anyOf": [{"type": "array", "items": {"type": ["string", "number"]}}, {"type": "string"}]}
    if kind == "mapping":
        return {"anyOf": [_MAPPING, EXPRESSION]}
    if kind in ("path", "overlay_path"):
        return _PATH
    if kind == "mode":
        return {"type": ["string", "integer"], "pattern": r"^[0-7]{3,4}$|\{\{"}
    return {"type": ["string", "number"], "$comment": about}


def _param() -> Schema:
    kinds = {"enum": sorted(values.TYPES)}
    told: dict[str, Schema] = {
        "type": kinds, "help": _TEXT, "short": _TEXT, "required": {"type": "boolean"}, "optional": {"type": "boolean"},
        "many": {"type": "boolean"}, "choices": {"type": "array"},
    }  # fmt: skip
    keys = arguments._ARG_KEYS | {"short"}
    return {
        "anyOf": [
            kinds,
            {"type": "null"},
            {"type": "object", "properties": {key: told.get(key, {}) for key in sorted(keys)}, "additionalProperties": False},
        ]
    }


def _secret() -> Schema:
    words: Schema = {"type": "array", "items": {"type": "string", "minLength": 1}, "minItems": 1}
    kinds = {kind: words if kind == "command" else {"type": "string", "minLength": 1} for kind in secret.KINDS}
    return {
        "type": "object",
        "properties": {**kinds, "identity": {"type": "string", "minLength": 1}},
        "additionalProperties": False,
        "oneOf": [{"required": [kind]} for kind in secret.KINDS],
        "dependentRequired": {"identity": ["age"]},
    }
