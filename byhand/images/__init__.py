"""Images: names, registries, the local store, pulling and unpacking.

``ensure.ensure`` is the way in for containers; ``pull.pull`` fetches one image;
``store.Store`` is what is kept on disk. May import ``byhand.errors``,
``byhand.values`` and ``byhand.engine``; nothing here knows of containers.

The modules are imported one by one, not here: finding an image that is on disk
already must not pay for the code that downloads one.
"""
