"""X-Ray subsegments that do nothing where there is no X-Ray."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

try:
    from aws_xray_sdk.core import patch, xray_recorder
except ImportError:
    xray_recorder = None
else:
    # The SDK reports a missing daemon as plain text, which is no JSON line.
    logging.getLogger("aws_xray_sdk").setLevel(logging.CRITICAL)
    xray_recorder.configure(context_missing="IGNORE_ERROR")
    patch(["botocore"], raise_errors=False)


@contextmanager
def stage(name: str, **annotations: Any) -> Iterator[Callable[..., None]]:
    """Runs one stage of the function in a subsegment of its own."""
    subsegment = xray_recorder.begin_subsegment(name) if xray_recorder else None

    def annotate(**values: Any) -> None:
        if subsegment is not None:
            for key, value in values.items():
                subsegment.put_annotation(key, value)

    annotate(**annotations)
    try:
        yield annotate
    except BaseException:
        if subsegment is not None:
            subsegment.add_fault_flag()
        raise
    finally:
        if subsegment is not None:
            xray_recorder.end_subsegment()
