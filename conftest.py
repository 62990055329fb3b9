"""In a checkout byhand is not installed: pytest learns of its plugin here, and by an entry point where it is."""

pytest_plugins = ["byhand.verify.plugin"]
