"""The root Invoke namespace: `invoke --list` shows it."""

import gc as _gc
import os as _os
import sys as _sys

# Invoke turns bytecode off for tasks files; byhand's modules are worth keeping compiled.
_sys.dont_write_bytecode = bool(_os.environ.get("PYTHONDONTWRITEBYTECODE"))
# A task makes little garbage: collecting while modules are imported costs a start 4 ms.
_gc.set_threshold(100_000)

from byhand.tasks import namespace as _namespace  # noqa: E402

namespace = _namespace()
