"""Entry point of data-transform: raw objects in, transformed objects out."""

from __future__ import annotations

import os
import time
from typing import Any

from etl_transform import snapstart, tracing
from etl_transform.events import RawObject, read_event
from etl_transform.logs import Logger
from etl_transform.pipeline import transform_object
from etl_transform.schema import parse_schema
from etl_transform.store import GoneError, Store

# All of this happens before SnapStart takes its snapshot, so that a restored
# environment starts to work at once.
_store = Store()
_log = Logger()
snapstart.prepare(_store)


def handler(event: Any, context: Any) -> dict[str, Any]:
    """Transforms what the event names; any failure fails the invocation."""
    started = time.monotonic()
    log = _log.bind(
        function=getattr(context, "function_name", None),
        requestId=getattr(context, "aws_request_id", None),
        environment=os.environ.get("ENVIRONMENT"),
        team=os.environ.get("TEAM"),
    )
    try:
        result = _run(event, context, log)
    except Exception as error:
        log.error("invocation failed", error=error, durationMs=_since(started))
        raise
    log.info("invocation finished", durationMs=_since(started))
    return result


def _run(event: Any, context: Any, log: Logger) -> dict[str, Any]:
    request = read_event(event, os.environ.get("INGESTION_BUCKET", ""))
    # What is wrong with the event itself is told before anything is read.
    parse_schema(request.schema)

    def work(source: RawObject) -> dict[str, Any]:
        with tracing.stage("transform", dataset=source.dataset) as annotate:
            result = transform_object(source, request.schema, _store, _remaining(context))
            annotate(**result["counts"])
        log.info("raw object transformed", key=result["key"], counts=result["counts"])
        return result

    results, failures = [], []
    # An object that fails must not keep the others from being transformed.
    for source in request.sources:
        try:
            results.append(work(source))
        except GoneError:
            # Of a notification: somebody deleted it since, and no retry brings it back.
            if not source.notified:
                raise
            log.warn("object is gone", key=source.key)
            results.append({"bucket": source.bucket, "key": source.key, "gone": True})
        except Exception as error:
            failures.append(error)
    if failures:
        raise _together(failures)
    return {"results": results} if request.many else results[0]


def _together(failures: list[Exception]) -> Exception:
    if len(failures) == 1:
        return failures[0]
    return RuntimeError(f"{len(failures)} objects failed: " + "; ".join(map(str, failures)))


def _remaining(context: Any) -> Any:
    clock = getattr(context, "get_remaining_time_in_millis", None)
    return clock if callable(clock) else lambda: float("inf")


def _since(started: float) -> int:
    return round((time.monotonic() - started) * 1000)
