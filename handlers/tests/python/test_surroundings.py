"""Log, tracing and SnapStart: what must never stand in the way."""

from __future__ import annotations

import contextlib
import io
import json
import os
import random
import unittest
from unittest import mock

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
        self.assertLess(len(info["long"]), 2100)
        self.assertEqual(error["error"], {"name": "ValueError", "message": "why"})

    def test_levels(self) -> None:
        counts = {"DEBUG": 3, "warn": 2, "WARNING": 2, "ERROR": 1, "LOUD": 3}
        for level, count in counts.items():
            self.assertEqual(len(self.written(level)), count, level)


class Tracing(unittest.TestCase):
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
