"""Is this host what the playbook says? Pytest's plugin, and testinfra's modules and backend.

May be called by byhand.tasks, and by pytest as a plugin.
"""
