"""A time stamp authority (RFC 3161) of the house's own, for development: OpenSSL behind a loopback address.

A stamp proves that a signature existed while its certificate was valid, so the file stays trusted after the
certificate has run out. Nobody outside this machine trusts this authority; production names a public one in
FAIRSTOCK_TSA_URL.
"""

from __future__ import annotations

import datetime as dt
import shutil
import subprocess
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.x509.oid import ExtendedKeyUsageOID

from fairstock.adapters.dev_keys import KeysNotWritten, issue, key_usage, new_root, pem
from fairstock.kit.errors import Failure

FOLDER = "time-stamps-dev"
"""Name of the folder, inside the directory of keys, that holds the authority."""
YEARS = 20
_LARGEST_QUERY = 16_384
_CONFIG = """[ tsa ]
serial = {folder}/serial
crypto_device = builtin
signer_cert = {folder}/leaf.pem
certs = {folder}/root.pem
signer_key = {folder}/leaf.key
signer_digest = sha256
default_policy = 1.3.6.1.4.1.99999.1
digests = sha256, sha384, sha512
accuracy = secs:1
ordering = no
tsa_name = no
ess_cert_id_chain = no
ess_cert_id_alg = sha256
"""


class NoOpenssl(Failure):
    """The program that makes time stamps is missing."""

    def __init__(self) -> None:
        super().__init__(
            "Time stamps need the program openssl, which is not installed.",
            remedy="install OpenSSL, or name a time stamp authority in FAIRSTOCK_TSA_URL",
        )


def has_authority(directory: Path) -> bool:
    """Whether ``keys init`` made an authority under ``directory`` and OpenSSL is there to run it."""
    return (directory / FOLDER / "root.pem").is_file() and shutil.which("openssl") is not None


def authority_root(directory: Path) -> bytes:
    """The authority's root certificate, PEM; empty where there is no authority."""
    path = directory / FOLDER / "root.pem"
    return path.read_bytes() if path.is_file() else b""


def ensure_authority(directory: Path) -> Path:
    """The authority's folder under ``directory``, made at the first call.

    Raises ``NoOpenssl`` and ``KeysNotWritten``.
    """
    if shutil.which("openssl") is None:
        raise NoOpenssl
    folder = directory / FOLDER
    if not folder.is_dir():
        try:
            _write(folder)
        except OSError as cause:
            if not folder.is_dir():  # another process was quicker
                raise KeysNotWritten(directory, cause) from cause
    return folder


def stamped(folder: Path, query: bytes) -> bytes:
    """OpenSSL's answer to a time stamp query, both DER."""
    with tempfile.TemporaryDirectory() as place:
        asked, answer = Path(place) / "query.tsq", Path(place) / "answer.tsr"
        asked.write_bytes(query)
        config = Path(place) / "tsa.cnf"
        config.write_text(_CONFIG.format(folder=folder), encoding="ascii")
        command = ["openssl", "ts", "-reply", "-config", str(config), "-section", "tsa"]
        done = subprocess.run(  # noqa: S603  # our own arguments, no shell
            [*command, "-queryfile", str(asked), "-out", str(answer)], capture_output=True, check=False
        )
        return answer.read_bytes() if done.returncode == 0 else b""


class LocalTimeStamps:
    """The authority at a loopback address, for as long as it is open."""

    def __init__(self, folder: Path) -> None:
        """``folder``: what ``ensure_authority`` gave."""
        one_at_a_time = threading.Lock()  # OpenSSL keeps its counter in a file

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                with one_at_a_time:
                    answer = stamped(folder, self.rfile.read(length)) if 0 < length <= _LARGEST_QUERY else b""
                self.send_response(200 if answer else 400)
                self.send_header("Content-Type", "application/timestamp-reply")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: Any) -> None:
                """Nothing: a line for each picture helps nobody."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, name="time stamps", daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """Where the authority listens."""
        return f"http://127.0.0.1:{self._server.server_port}/"

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _write(folder: Path) -> None:
    """Root, leaf, key and counter: written beside, then renamed, so that they appear together."""
    start = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=5)
    root = new_root("fairstock development time stamp root", start, YEARS)
    extensions: list[tuple[x509.ExtensionType, bool]] = [
        (x509.BasicConstraints(ca=False, path_length=None), True),
        (key_usage(certificates=False), True),
        (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), True),
    ]
    leaf = issue("fairstock development time stamps", root, start, dt.timedelta(days=365 * YEARS), extensions)
    secret = leaf.key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    folder.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    files = {
        "leaf.pem": pem(leaf.certificate),
        "leaf.key": secret,
        "root.pem": pem(root.certificate),
        "serial": b"01\n",
    }
    try:
        for name, content in files.items():
            (beside / name).touch(mode=0o600)
            (beside / name).write_bytes(content)
        beside.rename(folder)
    except OSError:
        shutil.rmtree(beside, ignore_errors=True)
        raise
