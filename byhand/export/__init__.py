"""What a play becomes for others to run: one sh file for each host, or a playbook for ansible-core.

Nothing is run here. ``program`` and ``ansible`` are called by the tasks; the other modules are theirs.
"""
