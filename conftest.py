"""In a checkout byhand is not installed: pytest learns of its plugin here, and by an entry point where it is.

This file's folder is where pytest looks for ``byhand`` and ``tests``, wherever it is started.
"""

pytest_plugins = ["byhand.verify.plugin"]
