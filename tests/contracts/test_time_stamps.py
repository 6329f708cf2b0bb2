"""Time stamps by OpenSSL's authority: they outlive the certificate, and only the house's own root vouches."""

from __future__ import annotations

import io
import shutil
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from PIL import Image

from fairstock.adapters.c2pa_reader import C2paFileReader
from fairstock.adapters.c2pa_signer import C2paSigner
from fairstock.adapters.dev_keys import KeysNotRead, make_chain, read_keys
from fairstock.adapters.time_stamps import (
    LocalTimeStamps,
    authority_root,
    ensure_authority,
    has_authority,
    stamped,
)
from fairstock.bootstrap import App
from fairstock.cli import keys as commands
from fairstock.provenance.model import C2paState, Mark, ProvenanceClaim

pytestmark = pytest.mark.skipif(
    shutil.which("openssl") is None, reason="needs OpenSSL: apt-get install openssl"
)
CLAIM = ProvenanceClaim(
    picture_id="gen_1-0",
    title="Generated picture gen_1-0",
    model_name="fairstock house model",
    release_id="house-1",
    created_at=datetime(2026, 11, 22, 12, 0, tzinfo=UTC),
    mark=Mark("fairstock.tiled-spectrum.1", b"\x01\x02\x03\x04\x05\x06"),
)


def picture() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (64, 64), "red").save(file, "PNG")
    return file.getvalue()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return ensure_authority(tmp_path_factory.mktemp("keys"))


@pytest.fixture
def authority(folder: Path) -> Iterator[LocalTimeStamps]:
    with LocalTimeStamps(folder) as running:
        yield running


def test_a_stamped_file_stays_trusted_when_its_certificate_expires(
    folder: Path, authority: LocalTimeStamps
) -> None:
    short = make_chain(leaf_life=timedelta(minutes=5, seconds=8))  # chains begin five minutes ago
    began = time.monotonic()
    data = C2paSigner(short, authority.url).sign(picture(), "image/png", CLAIM)
    plain = C2paSigner(short).sign(picture(), "image/png", CLAIM)
    reader = C2paFileReader(short.root_pem + authority_root(folder.parent))
    assert reader.read(data, "image/png").state is C2paState.TRUSTED
    time.sleep(max(0.0, 9 - (time.monotonic() - began)))
    assert reader.read(data, "image/png").state is C2paState.TRUSTED
    assert reader.read(plain, "image/png").state is C2paState.EXPIRED
    assert len(data) - len(plain) < 12_000
    changed = bytearray(data)
    changed[changed.rindex(b"IDAT") + 8] ^= 1
    assert reader.read(bytes(changed), "image/png").state is C2paState.ALTERED


def test_a_stranger_s_stamp_does_not_extend_a_certificate(authority: LocalTimeStamps) -> None:
    short = make_chain(leaf_life=timedelta(minutes=5, seconds=4))
    began = time.monotonic()
    data = C2paSigner(short, authority.url).sign(picture(), "image/png", CLAIM)
    time.sleep(max(0.0, 5 - (time.monotonic() - began)))
    assert not C2paFileReader(short.root_pem).read(data, "image/png").trusted


def test_nonsense_is_not_stamped(folder: Path) -> None:
    assert len(stamped(folder, b"no query")) < 100  # a refusal, without a token


def test_keys_init_makes_all_that_signing_needs(app: App, capsys: pytest.CaptureFixture[str]) -> None:
    assert not has_authority(app.home / "keys")
    commands.init()
    commands.init()
    assert "In production set FAIRSTOCK_SIGNING_CHAIN" in " ".join(capsys.readouterr().out.split())
    assert has_authority(app.home / "keys")
    data = app.signer.sign(picture(), "image/png", CLAIM)
    report = app.c2pa_reader.read(data, "image/png")
    assert (report.state, report.failures) == (C2paState.TRUSTED, ())
    assert b"c2pa.soft-binding" in data
    assert b"fairstock.tiled-spectrum.1" in data


def test_an_operators_own_chain_is_read_from_files(tmp_path: Path) -> None:
    keys = make_chain()
    chain, key, root = (tmp_path / name for name in ("chain.pem", "leaf.key", "root.pem"))
    for path, content in ((chain, keys.chain_pem), (key, keys.key_pem), (root, keys.root_pem)):
        path.write_bytes(content)
    assert read_keys(chain, key, root) == keys
    assert read_keys(chain, key, None).root_pem == b""
    with pytest.raises(KeysNotRead, match="FAIRSTOCK_SIGNING_KEY"):
        read_keys(chain, None, root)
    with pytest.raises(KeysNotRead, match=r"missing\.pem"):
        read_keys(tmp_path / "missing.pem", key, root)
