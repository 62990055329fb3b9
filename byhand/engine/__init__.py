"""Template → playbook → compile → run → journal. Knows nothing of containers.

May be called by every package above it; imports only byhand.errors and byhand.values.
"""
