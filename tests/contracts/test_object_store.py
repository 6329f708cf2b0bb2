"""What every object store must do; the local folder and S3 (moto's server on loopback) both do it."""

from __future__ import annotations

import errno
import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from fairstock.adapters.objects_local import LocalObjects
from fairstock.adapters.objects_s3 import NotAnS3Url, S3Objects
from fairstock.kit.ids import BadDigest
from fairstock.kit.objects import ObjectCorrupt, ObjectMissing, ObjectStore, ObjectsUnwritable, object_path

DATA = b"a picture"
DIGEST = hashlib.sha256(DATA).hexdigest()
Damage = Callable[[str, bytes], None]


@pytest.fixture(scope="session")
def s3_endpoint() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def s3_client(s3_endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ENDPOINT_URL", s3_endpoint)
    client = boto3.client("s3")
    client.create_bucket(Bucket="stock")
    yield client
    for item in client.list_objects_v2(Bucket="stock").get("Contents", ()):
        client.delete_object(Bucket="stock", Key=item["Key"])
    client.close()


@pytest.fixture(params=["local", "s3", "s3 with prefix"])
def store_and_damage(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[ObjectStore, Damage]:
    """A store, and a way to overwrite one of its objects behind its back."""
    if request.param == "local":
        root = tmp_path / "objects"

        def overwrite_file(digest: str, data: bytes) -> None:
            path = root / object_path(digest)
            path.chmod(0o644)
            path.write_bytes(data)

        return LocalObjects(root), overwrite_file
    client = request.getfixturevalue("s3_client")
    prefix = "some/where/" if request.param == "s3 with prefix" else ""

    def overwrite_key(digest: str, data: bytes) -> None:
        client.put_object(Bucket="stock", Key=prefix + object_path(digest), Body=data)

    return S3Objects.from_url(f"s3://stock/{prefix}"), overwrite_key


@pytest.fixture
def store(store_and_damage: tuple[ObjectStore, Damage]) -> ObjectStore:
    return store_and_damage[0]


@pytest.mark.parametrize("data", [DATA, b"", os.urandom(3_000_000)], ids=["short", "empty", "3 MB"])
def test_gives_back_what_was_put(store: ObjectStore, data: bytes) -> None:
    digest = store.put(data)
    assert digest == hashlib.sha256(data).hexdigest()
    assert store.get(digest) == data
    assert store.has(digest)


def test_putting_twice_changes_nothing(store: ObjectStore) -> None:
    assert store.put(DATA) == store.put(DATA)
    assert list(store.digests()) == [DIGEST]


def test_lists_digests_in_order(store: ObjectStore) -> None:
    put = [store.put(str(number).encode()) for number in range(20)]
    assert list(store.digests()) == sorted(put)


def test_an_empty_store_lists_nothing(store: ObjectStore) -> None:
    assert list(store.digests()) == []


def test_a_missing_object_is_named(store: ObjectStore) -> None:
    assert not store.has(DIGEST)
    with pytest.raises(ObjectMissing, match=DIGEST):
        store.get(DIGEST)


def test_deleting_is_idempotent(store: ObjectStore) -> None:
    store.put(DATA)
    store.delete(DIGEST)
    store.delete(DIGEST)
    assert not store.has(DIGEST)


def test_damage_is_noticed(store_and_damage: tuple[ObjectStore, Damage]) -> None:
    store, damage = store_and_damage
    store.put(DATA)
    damage(DIGEST, b"something else")
    with pytest.raises(ObjectCorrupt, match=DIGEST):
        store.get(DIGEST)


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "A" * 64, DIGEST + "0", DIGEST[:-1] + "/"])
def test_only_digests_are_names(store: ObjectStore, name: str) -> None:
    for use in (store.get, store.has, store.delete):
        with pytest.raises(BadDigest):
            use(name)


def test_many_writers_of_one_object(store: ObjectStore) -> None:
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(store.put, [DATA] * 16)) == {DIGEST}
    assert store.get(DIGEST) == DATA


def test_local_puts_are_whole_or_absent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk in the middle of a write leaves neither the object nor rubbish, and the error says what to
    do.
    """
    store = LocalObjects(tmp_path)

    def full_disk(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(ObjectsUnwritable, match=r"No space left on device.*free space") as caught:
        store.put(DATA)
    assert caught.value.exit_code == 1
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_local_replaces_an_object_that_was_cut_short(tmp_path: Path) -> None:
    store = LocalObjects(tmp_path)
    store.put(DATA)
    path = tmp_path / object_path(DIGEST)
    path.chmod(0o644)
    path.write_bytes(DATA[:3])
    store.put(DATA)
    assert store.get(DIGEST) == DATA


def test_local_ignores_writes_under_way(tmp_path: Path) -> None:
    store = LocalObjects(tmp_path)
    store.put(DATA)
    folder = (tmp_path / object_path(DIGEST)).parent
    _, leftover = tempfile.mkstemp(prefix=".new-", dir=folder)
    assert list(store.digests()) == [DIGEST]
    Path(leftover).unlink()


def test_local_in_a_place_that_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "objects").write_text("in the way")
    with pytest.raises(ObjectsUnwritable, match="objects failed: Not a directory"):
        LocalObjects(tmp_path / "objects").put(DATA)


def test_s3_without_its_bucket(s3_client: Any) -> None:
    with pytest.raises(ObjectsUnwritable, match=r"s3://nobody/ failed.*does not exist.*FAIRSTOCK_OBJECTS"):
        S3Objects.from_url("s3://nobody").put(DATA)


def test_s3_that_does_not_answer(s3_client: Any) -> None:
    with pytest.raises(ObjectsUnwritable, match=r"Could not connect to the endpoint"):
        S3Objects("stock", endpoint_url="http://127.0.0.1:9").put(DATA)


@pytest.mark.parametrize("url", ["s3:/stock", "s3://", "http://stock", "s3://Stock", "stock"])
def test_s3_urls_are_checked(url: str) -> None:
    with pytest.raises(NotAnS3Url, match="s3://bucket/prefix"):
        S3Objects.from_url(url)
