"""An S3 client that keeps its objects in memory and refuses a wrong checksum."""

from __future__ import annotations

import base64
import hashlib
import io
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any, ClassVar


class _Body(io.BytesIO):
    def iter_chunks(self, size: int) -> Iterator[bytes]:
        while chunk := self.read(size):
            yield chunk


class _Absent(Exception):  # noqa: N818 -- botocore raises such errors, which know a code
    response: ClassVar[dict[str, Any]] = {"Error": {"Code": "NoSuchKey"}}


class MemoryS3:
    def __init__(self) -> None:
        self.objects: dict[tuple[str, str], bytes] = {}
        self.metadata: dict[tuple[str, str], dict[str, str]] = {}
        self.order: list[str] = []
        self.fail_with: Callable[[str, dict[str, Any]], Exception | None] = lambda *_: None

    def get_object(self, **request: Any) -> dict[str, Any]:
        if failure := self.fail_with("get", request):
            raise failure
        # A version is an object of its own here, behind an @ in its key.
        key = "@".join(filter(None, (request["Key"], request.get("VersionId"))))
        place = (request["Bucket"], key)
        if place not in self.objects:
            raise _Absent(f"no such key: {key}")
        return {
            "Body": _Body(self.objects[place]),
            "Metadata": self.metadata.get(place, {}),
            "LastModified": datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC),
        }

    def put_object(self, **request: Any) -> None:
        if failure := self.fail_with("put", request):
            raise failure
        body = request["Body"]
        body = body if isinstance(body, bytes) else body.read()
        checksum = base64.b64encode(hashlib.sha256(body).digest()).decode()
        if request.get("ChecksumSHA256", checksum) != checksum:
            raise ValueError("BadDigest")
        self.objects[request["Bucket"], request["Key"]] = body
        self.order.append(request["Key"])
