"""What can go wrong with a remote images endpoint.

BadInput
├── SizeNotOffered          a size that is not delivered
└── RemoteRefused           the service rejects the request or the key
Failure
├── RemoteUnavailable       the network or the service fails
└── RemoteAnswerUnusable    the service answers with something that is no picture
"""

from __future__ import annotations

from collections.abc import Collection

from fairstock.kit.errors import BadInput, Failure


class SizeNotOffered(BadInput):
    """A size that is not delivered."""

    def __init__(self, size: int, sizes: Collection[int]) -> None:
        known = ", ".join(str(known) for known in sorted(sizes))
        super().__init__(f"Pictures of {size} pixels are not made.", remedy=f"ask for one of {known}")


class RemoteRefused(BadInput):
    """The service rejects the request or the key; nothing was made."""

    def __init__(self, url: str, status: int, message: str) -> None:
        self.url, self.status = url, status
        remedy = (
            "check the API key" if status in (401, 403) else "change the prompt, the model or the address"
        )
        super().__init__(
            f"{url} refused the request with status {status}: {message.rstrip('.')}.", remedy=remedy
        )


class RemoteUnavailable(Failure):
    """The network or the service fails."""

    def __init__(self, url: str, reason: str) -> None:
        self.url, self.reason = url, reason
        super().__init__(
            f"{url} did not deliver: {reason.rstrip('.')}.", remedy="check the address, or try again later"
        )


class RemoteAnswerUnusable(Failure):
    """The service answers with something that is no picture."""

    def __init__(self, url: str, reason: str) -> None:
        self.url, self.reason = url, reason
        super().__init__(
            f"The answer of {url} cannot be used: {reason}.",
            remedy="check that the service speaks the OpenAI images API and returns b64_json",
        )
