"""An Ansible connection into a throw-away machine: its commands run by nsenter, its files are put through /proc."""

from __future__ import annotations

import shlex
import shutil
from typing import Any

from ansible.plugins.connection.local import Connection as Local

DOCUMENTATION = """
    name: nsenter
    short_description: enter a machine of byhand's tests
    description: Runs commands in the namespaces of a machine's first process.
    options:
      enter:
        description: the command that enters the machine, without what is to run there
        vars: [{name: machine_enter}]
      root:
        description: the machine's root as it is seen from here
        vars: [{name: machine_root}]
      become_success_timeout: {description: seconds to wait for become, type: int, default: 10}
      become_strip_preamble: {description: leave out what become says first, type: bool, default: true}
    extends_documentation_fragment: [connection_pipelining]
"""


class Connection(Local):
    """The local connection, one command further in."""

    transport = "nsenter"

    def exec_command(self, cmd: str, in_data: Any = None, sudoable: bool = True) -> Any:
        return super().exec_command(f"{self.get_option('enter')} sh -c {shlex.quote(cmd)}", in_data=in_data, sudoable=sudoable)

    def put_file(self, in_path: str, out_path: str) -> None:
        shutil.copyfile(in_path, self.get_option("root") + out_path)

    def fetch_file(self, in_path: str, out_path: str) -> None:
        shutil.copyfile(self.get_option("root") + in_path, out_path)
