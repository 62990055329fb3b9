"""The benchmark: byhand next to docker, podman, Ansible, pyinfra and a hand-written script.

``invoke dev.bench`` or ``python -m bench``. Needs root. Every contestant of a
measurement runs in the same loop, one after the other, so that whatever else
the machine does hits all of them alike. A peer that is not installed is named
as such and never estimated. Nothing here is imported by the package; this
folder may start processes on its own account.
"""
