"""``python -m bench``: the same as ``invoke dev.bench``, without invoke."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from bench.main import MEASUREMENTS, run


def main() -> int:
    """Parse the command line and run; see ``run`` for the exit status."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="byhand next to its peers")
    parser.add_argument("measurement", nargs="*", help=f"of: {', '.join(MEASUREMENTS)}; none = all")
    parser.add_argument("--json", type=Path, default=Path("bench.json"), help="where to write the numbers")
    parser.add_argument("--runs", type=int, default=15, help="samples of each short command (15)")
    parser.add_argument("--setup-peers", action="store_true", help="install ansible-core and pyinfra (PyPI)")
    parser.add_argument("--rootfs", type=Path, help="tar, folder or raw ext4 disk of the image to run")
    parser.add_argument("--cache", type=Path, help="folder kept between runs (~/.cache/byhand-bench)")
    given = parser.parse_args()
    return run(
        given.measurement,
        given.json,
        given.runs,
        setup_peers=given.setup_peers,
        rootfs=given.rootfs,
        cache=given.cache,
    )


if __name__ == "__main__":
    sys.exit(main())
