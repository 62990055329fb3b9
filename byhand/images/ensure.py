"""Have an image: from the store, else from a registry, else by a recipe.

Nothing heavy is imported here: most starts find the image in the store.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from byhand.errors import BadValue, NetworkUnreachable, NotFound
from byhand.images.reference import Reference
from byhand.images.store import Image, Store

POLICIES = ("missing", "always", "never")


def ensure(
    reference_text: str,
    store: Store,
    *,
    pull: str,
    play: Callable[[Path, dict[str, object]], None],
    note: Callable[[str], None],
    quiet: bool = False,
) -> Image:
    """The image ``reference_text`` names, fetched or made when the policy ``pull`` says so.

    ``pull``: missing (only what the store lacks), always (ask the registry, and use the
    store's when none can be reached), never.
    ``play`` runs a recipe's playbook with its params: ``tree`` (the folder to fill),
    ``work`` (a scratch folder) and ``python`` (this interpreter).
    ``note`` gets the lines a person reads. Raises NotFound, NetworkUnreachable, BadValue.
    """
    if pull not in POLICIES:
        raise BadValue("pull policy", pull, "is not known", ", ".join(POLICIES))
    reference = Reference.parse(reference_text)
    if pull != "always" and (image := _stored(reference, store)):
        return image
    if pull == "never":
        raise NotFound(
            f"{reference.familiar}: no such image here, and the policy is never to pull",
            hint=f"invoke image.pull {reference.familiar}",
        )
    from byhand.images import pull as puller

    try:
        return puller.pull(reference_text, store, note=note, quiet=quiet)
    except NetworkUnreachable as unreachable:
        if image := _stored(reference, store):
            note(f"{reference.familiar}: the image here is used: {unreachable.message}")
            return image
        return _made(reference, store, play, note, unreachable)


def _stored(reference: Reference, store: Store) -> Image | None:
    if image := store.find(reference):
        return image
    if not reference.short or not store.layout.entries():
        return None
    from byhand.images import registries

    for candidate in registries.load().candidates(reference):
        if candidate != reference and (image := store.find(candidate)):
            return image
    return None


def _made(
    reference: Reference,
    store: Store,
    play: Callable[[Path, dict[str, object]], None],
    note: Callable[[str], None],
    unreachable: NetworkUnreachable,
) -> Image:
    """The image by its recipe; the error that no registry was reached when there is none."""
    from byhand.images import recipes

    recipe = recipes.find(reference)
    if recipe is None:
        raise NetworkUnreachable(
            f"{reference.familiar}: not here, and {unreachable.message}",
            hint="set up a mirror in registries.conf, or a proxy in HTTPS_PROXY",
        ) from None
    recipes.check(recipe, reference)
    note(f"{reference.familiar}: made by the recipe {recipe.path.name}, since {unreachable.message}")
    return recipes.make(recipe, reference, store, play)
