"""The Vagrant VM: its box, made of Debian packages, and the machine itself.

What is done is in playbooks/vm; here is which host needs what, where things lie, and what
is there already. The tasks vm.* call this.
"""
