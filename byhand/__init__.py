"""byhand: containers and hosts set up with documented commands, reproducibly.

Imports go one way: errors, values → engine → images, networks → containers
→ verify → tasks. tests/unit/test_architecture.py holds them to it.
"""

__version__ = "0.1.0"
