"""Which raw objects an event names."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import unquote_plus

_RAW_KEY = re.compile(r"^raw/([A-Za-z0-9][A-Za-z0-9_-]{0,63})/(\d{4}-\d{2}-\d{2})/[^/]+$")
_DATASET = re.compile(r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")
_DATE = re.compile(r"^\d{4}-\d{2}-\d{2}$")
_OWN_KEY = re.compile(r"^(transformed|processed)/")


class EventError(ValueError):
    """The event is not one that this function takes."""


@dataclass(frozen=True)
class RawObject:
    """One object to transform; date and sha256 are None where nothing tells them."""

    bucket: str
    key: str
    dataset: str
    date: str | None
    sha256: str | None
    version: str | None = None
    notified: bool = False


@dataclass(frozen=True)
class Request:
    sources: tuple[RawObject, ...]
    schema: Any
    many: bool


def read_event(event: Any, default_bucket: str) -> Request:
    """Takes data-ingestion's result, S3 notifications and EventBridge's S3 events."""
    if not isinstance(event, dict):
        raise EventError(f"the event must be an object, not {type(event).__name__}")
    told = _read_notification(event)
    if told is not None:
        return told
    source = _raw_object(
        event.get("bucket", default_bucket),
        event.get("key"),
        dataset=event.get("dataset"),
        date=event.get("date"),
        sha256=event.get("sha256"),
    )
    return Request((source,), event.get("schema"), many=False)


def _read_notification(event: dict[str, Any]) -> Request | None:
    # Sent by S3 itself, when a notification is set up.
    if event.get("Event") == "s3:TestEvent":
        return Request((), None, many=True)
    notifications = event.get("Records")
    if isinstance(notifications, list):
        if not notifications:
            raise EventError('"Records" is empty')
        created = [_notified(item) for item in notifications if _is_creation(item)]
        # S3 may tell of one object twice.
        return Request(tuple(dict.fromkeys(created)), None, many=True)
    detail = event.get("detail")
    if not isinstance(detail, dict) or not isinstance(detail.get("object"), dict):
        return None
    if event.get("detail-type", "Object Created") != "Object Created":
        return Request((), None, many=True)
    bucket = detail["bucket"].get("name") if isinstance(detail.get("bucket"), dict) else None
    found = detail["object"]
    return Request((_arrived(bucket, found.get("key"), found.get("version-id")),), None, many=False)


def _is_creation(item: Any) -> bool:
    """Who asks for every event gets deletions too: there is nothing to do for them."""
    name = item.get("eventName", "ObjectCreated:") if isinstance(item, dict) else "ObjectCreated:"
    return str(name).startswith("ObjectCreated:")


def _notified(item: Any) -> RawObject:
    try:
        bucket, found = item["s3"]["bucket"]["name"], item["s3"]["object"]
        key, version = found["key"], found.get("versionId")
    except (TypeError, KeyError, AttributeError):
        raise EventError('an item of "Records" is no S3 notification') from None
    return _arrived(bucket, unquote_plus(key) if isinstance(key, str) else None, version)


def _arrived(bucket: Any, key: Any, version: Any) -> RawObject:
    if version is not None and not isinstance(version, str):
        raise EventError("the version of an object must be text")
    return replace(_raw_object(bucket, key), version=version or None, notified=True)


def _raw_object(
    bucket: Any, key: Any, dataset: Any = None, date: Any = None, sha256: Any = None
) -> RawObject:
    if not isinstance(bucket, str) or not bucket:
        raise EventError('the event names no "bucket"')
    if not isinstance(key, str) or not key:
        raise EventError('the event names no "key" of a raw object')
    if _OWN_KEY.match(key):
        raise EventError(f"{key} is a result of the pipeline, not a raw object")
    named = _RAW_KEY.match(key)
    dataset = dataset if dataset is not None else named[1] if named else "default"
    date = date if date is not None else named[2] if named else None
    if not isinstance(dataset, str) or not _DATASET.match(dataset):
        raise EventError('"dataset" must be letters, digits, "-" and "_"')
    if date is not None and (not isinstance(date, str) or not _DATE.match(date)):
        raise EventError('"date" must be written as YYYY-MM-DD')
    if sha256 is not None and not isinstance(sha256, str):
        raise EventError('"sha256" must be text')
    return RawObject(bucket, key, dataset, date, sha256)
