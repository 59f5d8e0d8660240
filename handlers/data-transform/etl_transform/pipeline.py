"""One raw object through the transformation and back to S3."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from .decoding import Line, read_lines
from .events import RawObject
from .schema import parse_schema
from .store import HashedFile, Opened, Store
from .transforming import transform_lines

_RESERVE_MS = 10_000
_LOOK_AT_CLOCK_EVERY = 1000
_UNDATED = "1970-01-01"


class OutOfTimeError(RuntimeError):
    """The object is too much for one invocation."""


def _within(lines: Iterator[Line], remaining_ms: Callable[[], float]) -> Iterator[Line]:
    for count, line in enumerate(lines):
        if count % _LOOK_AT_CLOCK_EVERY == 0 and remaining_ms() < _RESERVE_MS:
            raise OutOfTimeError(f"out of time after {count} records; nothing was written")
        yield line


def _hashed(chunks: Iterator[bytes], digest: Any) -> Iterator[bytes]:
    for chunk in chunks:
        digest.update(chunk)
        yield chunk


def transform_object(
    source: RawObject, asked: Any, store: Store, remaining_ms: Callable[[], float]
) -> dict[str, Any]:
    """Writes records, rejects and, last of all, the summary that speaks for both.

    `asked` is the schema of the event; without one, that of the object counts.
    """
    digest = hashlib.sha256()
    opened = store.read(source.bucket, source.key, source.version)
    schema = parse_schema(asked if asked is not None else _schema_of(opened))
    with tempfile.TemporaryDirectory(prefix="etl-") as folder:
        good = HashedFile(Path(folder) / "records.ndjson")
        rest = HashedFile(Path(folder) / "rejects.ndjson")
        with good, rest:
            lines = read_lines(_hashed(opened.chunks, digest))
            tally = transform_lines(_within(lines, remaining_ms), schema, good, rest)
        sha256 = digest.hexdigest()
        if source.sha256 not in (None, sha256):
            raise ValueError(
                f"s3://{source.bucket}/{source.key} is not the object that the event "
                f"describes: sha256 {sha256}, expected {source.sha256}"
            )
        stem = _stem(source, opened.date, sha256)
        store.write_file(source.bucket, f"{stem}.ndjson", good)
        store.write_file(source.bucket, f"{stem}.rejects.ndjson", rest)
        summary = {
            "version": 1,
            "source": {"key": source.key, "sha256": sha256},
            "counts": tally.counts,
            "reasons": dict(sorted(tally.reasons.items())),
            "records": good.description,
            "rejects": rest.description,
        }
        store.write_json(source.bucket, f"{stem}.summary.json", summary)
    _, dataset, date, identifier = stem.split("/")
    return {
        "bucket": source.bucket,
        "key": f"{stem}.ndjson",
        "rejectsKey": f"{stem}.rejects.ndjson",
        "summaryKey": f"{stem}.summary.json",
        "dataset": dataset,
        "date": date,
        "id": identifier,
        **{name: summary[name] for name in ("counts", "reasons", "records", "rejects")},
    }


def _schema_of(opened: Opened) -> Any:
    """data-ingestion leaves it at the object, for whoever hears of that by a notification."""
    text = opened.metadata.get("schema")
    return json.loads(unquote(text)) if text else None


def _stem(source: RawObject, object_date: str | None, sha256: str) -> str:
    date = source.date or object_date or _UNDATED
    return f"transformed/{source.dataset}/{date}/{sha256[:32]}"
