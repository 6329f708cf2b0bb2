"""The images API on the wire: what clients of 2022 and of today send and expect, under ``/v1``.

``app.create_api`` makes the ASGI application that ``web.app`` mounts. A call runs through the files in this
order: ``envelope`` (request id, last resort) → ``caller`` (key, rate) → ``bodies`` (bytes to fields) →
``asks`` (fields to a checked ask) → ``references`` (pictures sent along) → ``making`` (admission, queue,
waiting, charge) → ``answers``. ``errors`` gives every refusal its shape.
"""
