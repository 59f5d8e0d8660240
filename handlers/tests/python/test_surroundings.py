"""Log, tracing and SnapStart: what must never stand in the way."""

from __future__ import annotations

import contextlib
import io
import json
import os
import random
import runpy
import sys
import unittest
from typing import Any
from unittest import mock

from aws_xray_sdk.core.recorder import AWSXRayRecorder
from etl_transform import snapstart, tracing
from etl_transform.logs import Logger


class Logs(unittest.TestCase):
    def written(self, level: str = "INFO") -> list[dict]:
        environment = mock.patch.dict(os.environ, {"LOG_LEVEL": level})
        with environment, contextlib.redirect_stdout(io.StringIO()) as output:
            log = Logger(function="f").bind(requestId="r", team=None)
            log.info(
                "two\nlines",
                headers={"Authorization": "Bearer abc"},
                half="\ud800",
                nested=[({"password": "abc"}, "kept")],
                deep={"1": {"2": {"3": {"4": {"5": {"6": "too deep"}}}}}},
                long="x" * 9999,
            )
            log.warn("careful")
            log.error("failed", error=ValueError("why"))
        return [json.loads(line) for line in output.getvalue().splitlines()]

    def test_lines(self) -> None:
        info, _, error = self.written()
        self.assertEqual((info["function"], info["requestId"]), ("f", "r"))
        self.assertNotIn("team", info)
        self.assertEqual(info["headers"], {"Authorization": "[redacted]"})
        self.assertEqual(info["nested"], [[{"password": "[redacted]"}, "kept"]])
        self.assertNotIn("too deep", json.dumps(info))
        self.assertLess(len(info["long"]), 2100)
        self.assertEqual(error["error"], {"name": "ValueError", "message": "why"})

    def test_levels(self) -> None:
        counts = {"DEBUG": 3, "warn": 2, "WARNING": 2, "ERROR": 1, "LOUD": 3}
        for level, count in counts.items():
            self.assertEqual(len(self.written(level)), count, level)


class Sent:
    """An emitter that keeps what would go to the daemon."""

    def __init__(self) -> None:
        self.segments: list[dict] = []

    def send_entity(self, entity: Any) -> None:
        self.segments.append(json.loads(entity.serialize()))


class Tracing(unittest.TestCase):
    def test_a_stage_is_a_subsegment_with_its_annotations_and_its_failure(self) -> None:
        with mock.patch("aws_xray_sdk.core.recorder.UDPEmitter", Sent):
            recorder = AWSXRayRecorder()
        recorder.configure(sampling=False)
        with mock.patch.object(tracing, "xray_recorder", recorder):
            recorder.begin_segment("function")
            with tracing.stage("work", dataset="d") as annotate:
                annotate(count=1)
            with self.assertRaisesRegex(ValueError, "inside"), tracing.stage("broken"):
                raise ValueError("inside")
            recorder.end_segment()
        [segment] = recorder.emitter.segments
        work, broken = segment["subsegments"]
        self.assertEqual(work["annotations"], {"dataset": "d", "count": 1})
        self.assertNotIn("fault", work)
        self.assertTrue(broken["fault"])

    def test_a_layer_without_the_sdk(self) -> None:
        with mock.patch.dict(sys.modules, {"aws_xray_sdk.core": None}):
            without = runpy.run_path(tracing.__file__)
        self.assertIsNone(without["xray_recorder"])

    def test_a_stage_without_a_segment_or_a_daemon(self) -> None:
        with tracing.stage("work", dataset="d") as annotate:
            annotate(count=1)
        with self.assertRaisesRegex(ValueError, "inside"), tracing.stage("work"):
            raise ValueError("inside")

    def test_without_the_sdk(self) -> None:
        without = mock.patch.object(tracing, "xray_recorder", None)
        with without, tracing.stage("work") as annotate:
            annotate(count=1)


class SnapStart(unittest.TestCase):
    def test_harmless_without_hooks(self) -> None:
        with mock.patch.object(snapstart, "register_after_restore", None):
            self.assertFalse(snapstart.prepare(mock.Mock()))

    def test_state_is_fresh_after_a_restore(self) -> None:
        before, after = [], []
        store = mock.Mock()
        with (
            mock.patch.object(snapstart, "register_before_snapshot", before.append),
            mock.patch.object(snapstart, "register_after_restore", after.append),
        ):
            self.assertTrue(snapstart.prepare(store))
        for hook in before:
            hook()
        store.reconnect.assert_not_called()
        drawn = set()
        for _ in range(2):
            random.seed(1)
            for hook in after:
                hook()
            drawn.add(random.random())
        self.assertEqual(len(drawn), 2)
        self.assertEqual(store.reconnect.call_count, 2)
