"""Every error that fairstock raises on purpose.

    FairstockError            a sentence for a person, a remedy, and the data behind it
    ├── BadInput              the caller gave something unusable            (exit code 2, HTTP 400)
    │   ├── NotFound          a thing named by the caller does not exist    (exit code 2, HTTP 404)
    │   └── Forbidden         the caller may not do this                    (exit code 2, HTTP 403)
    └── Failure               the machine, the network or a service failed  (exit code 1, HTTP 503)
        └── Inconsistent      stored data contradicts itself                (exit code 1, HTTP 500)

Each package derives one class per failure from these and writes its own sentence there.
"""


class FairstockError(Exception):
    """Base of all; ``str(error)`` is one sentence that names the thing and the remedy."""

    exit_code = 1

    def __init__(self, sentence: str, *, remedy: str | None = None) -> None:
        self.sentence = sentence
        self.remedy = remedy
        super().__init__(f"{sentence} To fix it: {remedy}." if remedy else sentence)


class BadInput(FairstockError):
    """What the caller gave cannot be used."""

    exit_code = 2


class NotFound(BadInput):
    """A thing that the caller named does not exist."""


class Forbidden(BadInput):
    """The caller is known but may not do this."""


class Failure(FairstockError):
    """The machine, the network or a service did not do its part."""


class Inconsistent(Failure):
    """Stored data contradicts itself; somebody has to look before anything goes on."""
