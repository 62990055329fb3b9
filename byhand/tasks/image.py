"""image.*: fetch and list images."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from byhand.tasks.flags import JSON, Flag, command


def play_recipe(path: Path, params: dict[str, object]) -> None:
    """Run a recipe's playbook."""
    from byhand.engine import play, playbook

    play.quietly(playbook.load(path, path.stem), params)


@command(
    "pull",
    Flag("image", "any reference docker takes", positional=True),
    Flag("quiet", "print the digest only", short="q", switch=True),
)
def pull(given: Mapping[str, Any]) -> None:
    """Fetch an image from its registry, or make it by its recipe when no registry can be reached."""
    from byhand.engine import report, state
    from byhand.errors import UsageError
    from byhand.images.ensure import ensure
    from byhand.images.store import Store

    if not given["image"]:
        raise UsageError("no image is named", hint="invoke image.pull alpine")
    image = ensure(given["image"], Store(state.root()), pull="always", play=play_recipe, note=report.note, quiet=given["quiet"])
    report.data(f"{image.digest}\n")


@command("ls", JSON)
def ls(given: Mapping[str, Any]) -> None:
    """List the images here."""
    from byhand.engine import report, state
    from byhand.images.store import Store

    images = Store(state.root()).images()
    if given["json"]:
        report.as_json(
            [{"reference": str(i.reference), "id": i.id, "digest": i.digest, "size": i.size, "layers": len(i.layers)} for i in images]
        )
    else:
        rows = [[i.reference.familiar, i.id.partition(":")[2][:12], str(len(i.layers)), f"{i.size / 1e6:.1f} MB"] for i in images]
        report.table(["IMAGE", "ID", "LAYERS", "SIZE"], rows)
