"""A name for a container that was given none: a tool and what it was made of."""

from __future__ import annotations

import os

_FIRST = (
    "ashen brazen bright copper curved cut dovetailed even fine forged gilded glazed hewn honed iron joined keen "
    "level linen mended oaken oiled patient planed plain polished quick round sanded sharp silver slender smooth "
    "sound spun square steady stout straight sturdy sunny tempered true turned walnut waxed willow woven"
).split()
_SECOND = (
    "adze anvil auger awl bellows bench bevel bobbin bodkin brace burin caliper chisel clamp cleaver compass distaff "
    "file flail forge gimlet gouge hammer hatchet jig kiln ladle lathe loom mallet maul needle paddle plane pliers "
    "plumb punch rasp ruler saw scribe shears shuttle sieve spindle square tongs trowel vise wedge wheel wrench"
).split()


def pick() -> str:
    """Such as ``honed_chisel``: one of some 2,500."""
    return "_".join(words[int.from_bytes(os.urandom(4), "big") % len(words)] for words in (_FIRST, _SECOND))
