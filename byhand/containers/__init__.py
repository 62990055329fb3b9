"""What a container is: its spec, its folder under containers/<id>/, and how one is run.

May be called by byhand.verify and byhand.tasks.
"""
