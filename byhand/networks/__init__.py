"""What a network is: a bridge, its addresses, and its record under networks/<name>/.

May be called by byhand.containers and byhand.tasks.
"""
