"""The root Invoke namespace: `invoke --list` shows it."""

from byhand.tasks import namespace as _namespace

namespace = _namespace()
