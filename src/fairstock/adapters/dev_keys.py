"""A development certificate chain for signing files: root → intermediate → leaf.

The C2PA specification (2.2, section 14.5) asks of the leaf: not a CA, extended key usage emailProtection, key
usage digitalSignature marked critical, authority and subject key identifiers. Nobody outside this machine
trusts the root; production passes its own PEM chain instead.
"""

from __future__ import annotations

import datetime as dt
import os
import secrets
import shutil
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from fairstock.kit.errors import BadInput, Failure

FOLDER = "provenance-dev"
"""Name of the folder, inside the directory of keys, that holds the chain."""

WATERMARK_KEY = "watermark.key"
"""Name of the file, inside the directory of keys, that holds the watermark's secret in hex."""

LEAF_YEARS, INTERMEDIATE_YEARS, ROOT_YEARS = 5, 10, 20
"""Long lives, because a file without a time stamp stops being valid when its leaf expires."""

_NAMES = ("chain.pem", "leaf.key", "root.pem")


class KeysNotWritten(Failure):
    """The directory for keys cannot be written."""

    def __init__(self, directory: Path, cause: OSError) -> None:
        super().__init__(
            f"The signing keys cannot be written to {directory}: {cause.strerror or cause}.",
            remedy="make the directory writable, or set FAIRSTOCK_HOME to one that is",
        )


class KeysNotRead(BadInput):
    """A signing key or certificate that settings name cannot be read."""

    def __init__(self, what: str, reason: str) -> None:
        super().__init__(
            f"The signing key or certificate {what} cannot be used: {reason}.",
            remedy="set FAIRSTOCK_SIGNING_CHAIN and FAIRSTOCK_SIGNING_KEY to readable PEM files",
        )


@dataclass(frozen=True, slots=True)
class SigningKeys:
    """What a signer and a reader need, all PEM."""

    chain_pem: bytes
    """Leaf first, then the intermediate; without the root."""
    key_pem: bytes
    """The leaf's private key, PKCS #8, unencrypted."""
    root_pem: bytes
    """The trust anchor for readers."""


@dataclass(frozen=True, slots=True)
class Authority:
    """A certificate with the key that belongs to it."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


def ensure_dev_keys(directory: Path) -> SigningKeys:
    """The development chain under ``directory``, made at the first call; two processes at once end with one
    chain.
    """
    folder = directory / FOLDER
    if not folder.is_dir():
        try:
            _write_folder(folder, make_chain())
        except OSError as cause:
            raise KeysNotWritten(directory, cause) from cause
    chain, key, root = ((folder / name).read_bytes() for name in _NAMES)
    return SigningKeys(chain, key, root)


def dev_root(directory: Path) -> bytes:
    """The development chain's root, PEM; empty where none was made yet."""
    path = directory / FOLDER / _NAMES[2]
    return path.read_bytes() if path.is_file() else b""


def read_keys(chain: Path, key: Path | None, root: Path | None) -> SigningKeys:
    """An operator's own chain; without a root nobody's files are trusted. Raises ``KeysNotRead``."""
    if key is None:
        raise KeysNotRead("FAIRSTOCK_SIGNING_KEY", "it is not set")
    try:
        return SigningKeys(chain.read_bytes(), key.read_bytes(), root.read_bytes() if root else b"")
    except OSError as cause:
        raise KeysNotRead(str(cause.filename), cause.strerror or str(cause)) from cause


def ensure_watermark_key(directory: Path) -> bytes:
    """The secret of the watermark under ``directory``, 32 bytes, made at the first call.

    Keep it: pictures are read with the key that they were marked with. Raises ``KeysNotWritten``.
    """
    path = directory / WATERMARK_KEY
    try:
        if not path.is_file():
            write_once(path, secrets.token_bytes(32).hex().encode() + b"\n")
        return bytes.fromhex(path.read_text(encoding="ascii").strip())
    except OSError as cause:
        raise KeysNotWritten(directory, cause) from cause


def write_once(path: Path, content: bytes) -> None:
    """A private file that appears whole; of several writers the first wins."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, beside = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        with suppress(FileExistsError):
            os.link(beside, path)
    finally:
        Path(beside).unlink()


def make_chain(*, now: dt.datetime | None = None, leaf_life: dt.timedelta | None = None) -> SigningKeys:
    """A fresh chain; ``now`` and ``leaf_life`` let tests make a leaf that has already expired."""
    start = (now or dt.datetime.now(dt.UTC)) - dt.timedelta(minutes=5)
    root = _authority("fairstock development root", None, start, ROOT_YEARS, path_length=1)
    middle = _authority("fairstock development intermediate", root, start, INTERMEDIATE_YEARS, path_length=0)
    leaf = _leaf(
        "fairstock development signer", middle, start, leaf_life or dt.timedelta(days=365 * LEAF_YEARS)
    )
    return SigningKeys(
        chain_pem=pem(leaf.certificate) + pem(middle.certificate),
        key_pem=leaf.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ),
        root_pem=pem(root.certificate),
    )


def _authority(
    name: str, issuer: Authority | None, start: dt.datetime, years: int, *, path_length: int
) -> Authority:
    """A CA certificate, signed by ``issuer`` or by itself."""
    extensions: list[tuple[x509.ExtensionType, bool]] = [
        (x509.BasicConstraints(ca=True, path_length=path_length), True),
        (key_usage(certificates=True), True),
    ]
    return issue(name, issuer, start, dt.timedelta(days=365 * years), extensions)


def new_root(name: str, start: dt.datetime, years: int) -> Authority:
    """A root of its own, for leaves that it signs itself."""
    return _authority(name, None, start, years, path_length=0)


def _leaf(name: str, issuer: Authority, start: dt.datetime, life: dt.timedelta) -> Authority:
    """The certificate that signs files."""
    extensions: list[tuple[x509.ExtensionType, bool]] = [
        (x509.BasicConstraints(ca=False, path_length=None), True),
        (key_usage(certificates=False), True),
        (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), False),
    ]
    return issue(name, issuer, start, life, extensions)


def issue(
    name: str,
    issuer: Authority | None,
    start: dt.datetime,
    life: dt.timedelta,
    extensions: Sequence[tuple[x509.ExtensionType, bool]],
) -> Authority:
    """A new P-256 key and its certificate with both key identifiers."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "fairstock"),
            x509.NameAttribute(NameOID.COMMON_NAME, name),
        ]
    )
    signing_key = issuer.key if issuer else key
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + life)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signing_key.public_key()), critical=False
        )
    )
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical=critical)
    return Authority(builder.sign(signing_key, hashes.SHA256()), key)


def key_usage(*, certificates: bool) -> x509.KeyUsage:
    """Signing of certificates for authorities, of data for the leaf; nothing else."""
    return x509.KeyUsage(
        digital_signature=not certificates,
        key_cert_sign=certificates,
        crl_sign=certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def pem(certificate: x509.Certificate) -> bytes:
    """The certificate as PEM."""
    return certificate.public_bytes(serialization.Encoding.PEM)


def _write_folder(folder: Path, keys: SigningKeys) -> None:
    """All files or none: written beside, then renamed; whoever renames first wins."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        for name, content in zip(_NAMES, (keys.chain_pem, keys.key_pem, keys.root_pem), strict=True):
            (beside / name).touch(mode=0o600)
            (beside / name).write_bytes(content)
        beside.rename(folder)
    except OSError:
        shutil.rmtree(beside, ignore_errors=True)
        if not folder.is_dir():
            raise
