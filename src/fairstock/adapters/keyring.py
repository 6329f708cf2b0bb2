"""What the house signs, stamps and marks with, from files that an operator brings or that we made."""

from __future__ import annotations

import atexit
from contextlib import suppress
from pathlib import Path

from fairstock.adapters.c2pa_signer import C2paSigner
from fairstock.adapters.confined import ConfinedC2paReader
from fairstock.adapters.dev_keys import (
    SigningKeys,
    dev_root,
    ensure_dev_keys,
    ensure_watermark_key,
    read_keys,
)
from fairstock.adapters.time_stamps import (
    LocalTimeStamps,
    NoOpenssl,
    authority_root,
    ensure_authority,
    has_authority,
)
from fairstock.adapters.watermark import SpectrumWatermark
from fairstock.upload.guard import DecodeGuard


class Keyring:
    """One process's keys; what is missing of the development ones is made when it is first asked for."""

    def __init__(
        self,
        folder: Path,
        chain: Path | None = None,
        key: Path | None = None,
        root: Path | None = None,
        tsa_url: str | None = None,
    ) -> None:
        """``folder``: of the development keys; the others name production's PEM files and authority."""
        self._folder, self._given, self._tsa_url = folder, (chain, key, root), tsa_url

    def prepare(self, *, stamps: bool = True) -> Path:
        """Make chain, watermark secret and, where OpenSSL is or ``stamps`` insists, the stamp authority.

        Returns the folder. Raises ``KeysNotWritten`` and, where it insists, ``NoOpenssl``.
        """
        ensure_dev_keys(self._folder)
        ensure_watermark_key(self._folder)
        if stamps:
            ensure_authority(self._folder)
        else:
            with suppress(NoOpenssl):
                ensure_authority(self._folder)
        return self._folder

    def signer(self) -> C2paSigner:
        """Signs, with time stamps by the authority that was named or that ``prepare`` made."""
        keys = self._keys()
        stamps = self._tsa_url or self._own_time_stamps()
        return C2paSigner(keys, stamps, anchors_pem=self.anchors())

    def reader(self, guard: DecodeGuard) -> ConfinedC2paReader:
        """Reads content credentials behind ``guard``, trusting ``anchors``."""
        return ConfinedC2paReader(guard, self.anchors)

    def anchors(self) -> bytes:
        """Whom readers trust, PEM: the signing chain's root and our own time stamps, as far as they exist."""
        chain, key, root = self._given
        own = dev_root(self._folder) if chain is None else read_keys(chain, key, root).root_pem
        return own + authority_root(self._folder)

    def watermark(self) -> SpectrumWatermark:
        """Marks and reads with this house's secret."""
        return SpectrumWatermark(ensure_watermark_key(self._folder))

    def _keys(self) -> SigningKeys:
        chain, key, root = self._given
        return ensure_dev_keys(self._folder) if chain is None else read_keys(chain, key, root)

    def _own_time_stamps(self) -> str | None:
        """The address of the development authority, run in this process until it ends."""
        if self._given[0] is not None or not has_authority(self._folder):
            return None
        authority = LocalTimeStamps(ensure_authority(self._folder))
        atexit.register(authority.close)
        return authority.url
