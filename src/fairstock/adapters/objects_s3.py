"""The object store in an S3 bucket (Amazon's or any that speaks its protocol), through boto3.

Credentials, region and endpoint come from where boto3 looks for them: ``AWS_ACCESS_KEY_ID``, ``AWS_REGION``,
``AWS_ENDPOINT_URL``, a profile or the machine's role.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from fairstock.kit.errors import BadInput
from fairstock.kit.ids import sha256_of
from fairstock.kit.objects import ObjectCorrupt, ObjectMissing, ObjectsUnwritable, object_path

_URL = re.compile(r"s3://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/(.*))?")
_ABSENT = frozenset({"404", "NoSuchKey", "NotFound"})
_THERE_ALREADY = frozenset({"412", "409", "PreconditionFailed", "ConditionalRequestConflict"})
_NO_CONDITIONS = frozenset({"501", "NotImplemented"})


class NotAnS3Url(BadInput):
    """A text does not name a bucket."""

    def __init__(self, text: str) -> None:
        self.text = text
        super().__init__(
            f"{text!r} does not name a bucket.", remedy="write it as s3://bucket or s3://bucket/prefix"
        )


class S3Objects:
    """Objects named by their SHA-256 in a bucket, below an optional prefix."""

    def __init__(self, bucket: str, prefix: str = "", *, endpoint_url: str | None = None) -> None:
        """Use the bucket, which must exist; ``endpoint_url`` overrides ``AWS_ENDPOINT_URL``."""
        self.bucket = bucket
        self.prefix = f"{prefix.strip('/')}/" if prefix.strip("/") else ""
        self.place = f"s3://{bucket}/{self.prefix}"
        config = Config(
            retries={"mode": "standard", "total_max_attempts": 4}, connect_timeout=5, read_timeout=60
        )
        with self._service_errors():
            self._client: Any = boto3.client("s3", endpoint_url=endpoint_url, config=config)

    @classmethod
    def from_url(cls, url: str) -> S3Objects:
        """Read ``s3://bucket/prefix``; raises ``NotAnS3Url``."""
        match = _URL.fullmatch(url)
        if match is None:
            raise NotAnS3Url(url)
        return cls(match[1], match[2] or "")

    def put(self, data: bytes) -> str:
        """Store the bytes and return their digest; the write is refused by the bucket where the key exists.

        Services that know no conditional write get an unconditional one: the same key can only ever hold the
        same bytes.
        """
        digest = sha256_of(data)
        request: dict[str, Any] = {"Bucket": self.bucket, "Key": self._key(digest), "Body": data}
        with self._service_errors():
            try:
                self._client.put_object(**request, IfNoneMatch="*")
            except ClientError as error:
                if _code(error) in _NO_CONDITIONS:
                    self._client.put_object(**request)
                elif _code(error) not in _THERE_ALREADY:
                    raise
        return digest

    def get(self, digest: str) -> bytes:
        """The bytes; raises ``ObjectMissing``, ``ObjectCorrupt``, ``BadDigest``."""
        key = self._key(digest)
        with self._service_errors():
            try:
                data: bytes = self._client.get_object(Bucket=self.bucket, Key=key)["Body"].read()
            except ClientError as error:
                if _code(error) in _ABSENT:
                    raise ObjectMissing(digest, self.place) from None
                raise
        if sha256_of(data) != digest:
            raise ObjectCorrupt(digest, self.place)
        return data

    def has(self, digest: str) -> bool:
        """Whether the bucket holds it."""
        key = self._key(digest)
        with self._service_errors():
            try:
                self._client.head_object(Bucket=self.bucket, Key=key)
            except ClientError as error:
                if _code(error) in _ABSENT:
                    return False
                raise
        return True

    def digests(self) -> Iterator[str]:
        """Every digest, ascending, in pages of a thousand (S3 lists keys in the order of their bytes)."""
        pages = self._client.get_paginator("list_objects_v2")
        with self._service_errors():
            for page in pages.paginate(Bucket=self.bucket, Prefix=f"{self.prefix}sha256/"):
                for item in page.get("Contents", ()):
                    yield item["Key"].rpartition("/")[2]

    def delete(self, digest: str) -> None:
        """Remove it; nothing happens where it is not there."""
        with self._service_errors():
            self._client.delete_object(Bucket=self.bucket, Key=self._key(digest))

    def _key(self, digest: str) -> str:
        return f"{self.prefix}{object_path(digest)}"

    @contextmanager
    def _service_errors(self) -> Iterator[None]:
        """Say which bucket failed, and why, in the service's words."""
        try:
            yield
        except (ClientError, BotoCoreError) as error:
            remedy = "check FAIRSTOCK_OBJECTS, the AWS credentials and region, and AWS_ENDPOINT_URL"
            raise ObjectsUnwritable(self.place, str(error).rstrip("."), remedy) from error


def _code(error: ClientError) -> str:
    """The service's error code: a word, or the HTTP status where the answer has no body."""
    return str(error.response.get("Error", {}).get("Code", ""))
