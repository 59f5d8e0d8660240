"""S3 as the transformation needs it: streams in, checksummed files out."""

from __future__ import annotations

import base64
import hashlib
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_CHUNK = 1024 * 1024
_ABSENT = ("NoSuchKey", "NoSuchVersion")


class StoreError(RuntimeError):
    """An object could not be read or written."""


class GoneError(StoreError):
    """There is no such object, or no such version of it."""


class HashedFile:
    """A file that knows its size, lines and checksum when it is closed."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._digest = hashlib.sha256()
        self._bytes = 0
        self._lines = 0

    def __enter__(self) -> HashedFile:
        self._file = self.path.open("wb", buffering=_CHUNK)
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def write(self, line: bytes) -> None:
        self._file.write(line)
        self._digest.update(line)
        self._bytes += len(line)
        self._lines += 1

    @property
    def digest(self) -> bytes:
        return self._digest.digest()

    @property
    def description(self) -> dict[str, Any]:
        return {"records": self._lines, "bytes": self._bytes, "sha256": self._digest.hexdigest()}


@dataclass(frozen=True)
class Opened:
    chunks: Iterator[bytes]
    date: str | None
    metadata: dict[str, str]


def _create_client() -> Any:
    # botocore is here on AWS and on the local AWS; boto3 on the first only.
    from botocore.config import Config
    from botocore.session import get_session

    local = bool(os.environ.get("AWS_ENDPOINT_URL") or os.environ.get("AWS_ENDPOINT_URL_S3"))
    config = Config(
        connect_timeout=2,
        read_timeout=30,
        retries={"mode": "standard", "max_attempts": 4},
        # Each object is sent with its SHA-256: a second checksum only costs time.
        request_checksum_calculation="when_required",
        # An emulator answers at one host name, not at one for each bucket.
        s3={"addressing_style": "path"} if local else None,
    )
    return get_session().create_client("s3", config=config)


class Store:
    """Holds the client; makes a new one after a snapshot was restored."""

    def __init__(self, create_client: Callable[[], Any] = _create_client) -> None:
        self._create_client = create_client
        self._client = create_client()

    def reconnect(self) -> None:
        self._client = self._create_client()

    def read(self, bucket: str, key: str, version: str | None = None) -> Opened:
        which = {"VersionId": version} if version else {}
        try:
            found = self._client.get_object(Bucket=bucket, Key=key, **which)
        except Exception as error:
            answer = getattr(error, "response", None) or {}
            absent = answer.get("Error", {}).get("Code") in _ABSENT
            kind = GoneError if absent else StoreError
            raise kind(f"cannot read s3://{bucket}/{key}: {error}") from error
        modified = found.get("LastModified")
        # The body checks by itself that it got as many bytes as S3 promised.
        chunks = found["Body"].iter_chunks(_CHUNK)
        date = modified.strftime("%Y-%m-%d") if modified else None
        return Opened(chunks, date, found.get("Metadata") or {})

    def write_file(self, bucket: str, key: str, file: HashedFile) -> None:
        checksum = base64.b64encode(file.digest).decode()
        with file.path.open("rb") as body:
            self._put(
                bucket, key, Body=body, ChecksumSHA256=checksum, ContentType="application/x-ndjson"
            )

    def write_json(self, bucket: str, key: str, content: Any) -> None:
        body = (json.dumps(content, indent=2, ensure_ascii=False) + "\n").encode()
        self._put(bucket, key, Body=body, ContentType="application/json")

    def _put(self, bucket: str, key: str, **request: Any) -> None:
        try:
            self._client.put_object(Bucket=bucket, Key=key, **request)
        except Exception as error:
            raise StoreError(f"cannot write s3://{bucket}/{key}: {error}") from error
