"""What a pull shows while it runs: a bar for each layer on a terminal, else plain lines."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from byhand.images.download import Blob


@contextmanager
def shown(blobs: Sequence[Blob], folder: Path, quiet: bool) -> Iterator[None]:
    """Show how far the files in ``folder`` have come, read from their sizes."""
    if quiet or not blobs or not sys.stderr.isatty():
        yield
        return
    # Imported here: rich is for terminals only, and costs 30 ms.
    from rich.console import Console, RenderableType
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

    class FromFiles(Progress):
        """A progress display that looks at the files each time it is drawn."""

        def get_renderables(self) -> Iterator[RenderableType]:
            for task, blob in zip(list(self.tasks), blobs, strict=False):
                path = folder / blob.name
                try:
                    come = path.stat().st_size
                except OSError:  # not begun, or unpacked and renamed
                    come = blob.size if task.completed else 0
                self.update(task.id, completed=come)
            yield self.make_tasks_table(self.tasks)

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with FromFiles(*columns, console=Console(stderr=True), transient=True) as bars:
        for blob in blobs:
            bars.add_task(blob.name[:12], total=blob.size)
        yield
