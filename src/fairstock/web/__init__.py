"""The pages (server-rendered, one router a file, no SQL) and, in ``api``, the images API.

``app.create_app`` makes the ASGI application; ``asgi.make`` makes it from the environment for uvicorn;
``up.run`` starts the whole marketplace on one machine.
"""
