"""Recipes: playbooks that make an official image's tree where no registry can be reached.

``playbooks/image/recipes/NAME.yml`` is for ``docker.io/library/NAME``. Its key ``image:``
says which tags it makes and what the image's config holds; the engine plays its steps.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from byhand.engine.template import packaged
from byhand.errors import NotFound, SourceError
from byhand.images import layers, platforms
from byhand.images.pack import pack
from byhand.images.reference import Reference
from byhand.images.store import Descriptor, Image, Store

KEYS = {"tags", "cmd", "entrypoint", "env", "workdir", "labels", "created", "machines"}

Play = Callable[[Path, dict[str, object]], None]


@dataclass(frozen=True)
class Recipe:
    """One recipe's file and what it says of its image.

    ``machines``: the uname machines it works on, empty for any. ``created``: the time the
    image's files are not newer than, so that making it again gives the same layer.
    """

    path: Path
    tags: tuple[str, ...]
    cmd: tuple[str, ...] = ()
    entrypoint: tuple[str, ...] = ()
    env: tuple[str, ...] = ()
    workdir: str = ""
    created: datetime | None = None
    machines: tuple[str, ...] = ()


def folder() -> Path:
    """Where the recipes are."""
    return packaged("playbooks") / "image" / "recipes"


def find(reference: Reference) -> Recipe | None:
    """The recipe for an official image's name, whatever the tag; None when there is none."""
    domain, _, name = reference.name.rpartition("/")
    path = folder() / f"{name}.yml"
    if domain != "docker.io/library" or not path.is_file():
        return None
    return read(path)


def check(recipe: Recipe, reference: Reference) -> None:
    """NotFound when the recipe does not make that tag, or not on this machine."""
    name = reference.path.rpartition("/")[2]
    if reference.digest or reference.tag not in recipe.tags:
        made = ", ".join(f"{name}:{tag}" for tag in recipe.tags)
        raise NotFound(f"{reference}: the recipe {recipe.path.name} makes other tags", hint=f"it makes: {made}")
    machine = os.uname().machine
    if recipe.machines and machine not in recipe.machines:
        raise NotFound(f"{reference}: the recipe {recipe.path.name} works on {', '.join(recipe.machines)}, this is {machine}")


def read(path: Path) -> Recipe:
    """Read a recipe's ``image:`` key; SourceError says what is wrong with it."""
    import yaml

    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or error
        raise SourceError(f"not YAML: {problem}", path=str(path), line=mark.line + 1 if mark else 0) from None
    image = data.get("image") if isinstance(data, dict) else None
    if not isinstance(image, dict):
        raise SourceError("a recipe has a key 'image:' with the tags it makes", path=str(path))
    if unknown := set(image) - KEYS:
        raise SourceError(f"image: unknown key '{min(map(str, unknown))}'", path=str(path), hint=f"known: {', '.join(sorted(KEYS))}")
    recipe = Recipe(
        path,
        _words(image, "tags", path),
        _words(image, "cmd", path),
        _words(image, "entrypoint", path),
        _words(image, "env", path),
        str(image.get("workdir", "")),
        _time(image.get("created"), path),
        _words(image, "machines", path),
    )
    if not recipe.tags:
        raise SourceError("image: 'tags' names no tag", path=str(path))
    return recipe


def make(recipe: Recipe, reference: Reference, store: Store, play: Play) -> Image:
    """Play the recipe, turn the tree it filled into one layer, and name the image.

    Every tag the recipe makes is named, since they are one image.
    """
    check(recipe, reference)
    with store.adding(), layers.temporary(store.root) as scratch:
        tree, work = scratch / "tree", scratch / "work"
        tree.mkdir(mode=0o755)
        work.mkdir(mode=0o700)
        play(recipe.path, {"tree": str(tree), "work": str(work), "python": sys.executable})
        newest = int(recipe.created.timestamp()) if recipe.created else None
        packed = pack(tree, scratch / "layer.tar.gz", newest=newest)
        store.add_layer(packed.path, packed.digest, packed.diff_id)
        config = json.dumps(_config(recipe, packed.diff_id), separators=(",", ":")).encode()
        blobs = [Descriptor(packed.digest, packed.size, packed.media_type)]
        for tag in recipe.tags:
            if tag != reference.tag:
                other = Reference(reference.domain, reference.path, tag)
                if store.find(other) is None:
                    store.add_image(other, config, blobs)
        return store.add_image(reference, config, blobs)


def _config(recipe: Recipe, diff_id: str) -> dict[str, Any]:
    """The image config (OCI image spec, "Image Configuration")."""
    platform = platforms.host()
    created = recipe.created or datetime.now(timezone.utc).replace(microsecond=0)
    when = created.strftime("%Y-%m-%dT%H:%M:%SZ")
    run: dict[str, Any] = {
        "Env": list(recipe.env),
        "Entrypoint": list(recipe.entrypoint),
        "Cmd": list(recipe.cmd),
        "WorkingDir": recipe.workdir,
    }
    config: dict[str, Any] = {
        "created": when,
        "architecture": platform.architecture,
        "os": platform.os,
        "config": {key: value for key, value in run.items() if value},
        "rootfs": {"type": "layers", "diff_ids": [diff_id]},
        "history": [{"created": when, "created_by": f"byhand recipe {recipe.path.name}"}],
    }
    if platform.variant:
        config["variant"] = platform.variant
    return config


def _words(image: dict[str, Any], key: str, path: Path) -> tuple[str, ...]:
    value = image.get(key, [])
    if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
        raise SourceError(f"image: '{key}' is not a list of text", path=str(path), hint="numbers need quotes")
    return tuple(value)


def _time(value: object, path: Path) -> datetime | None:
    if value is None:
        return None
    if not isinstance(value, datetime):
        raise SourceError("image: 'created' is not a time", path=str(path), hint="write 2026-01-31T00:00:00Z")
    return value if value.tzinfo else value.replace(tzinfo=timezone.utc)
