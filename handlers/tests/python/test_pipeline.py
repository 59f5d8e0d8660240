"""Whole objects through the transformation, with an S3 in memory."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import unittest
from pathlib import Path
from tempfile import gettempdir

from etl_transform.events import RawObject
from etl_transform.pipeline import OutOfTimeError, transform_object
from etl_transform.store import Store, StoreError
from memory_s3 import MemoryS3

_KEY = "raw/orders/2024-01-02/x.ndjson"


def transform(
    s3: MemoryS3, remaining_ms: float = 60_000, key: str = _KEY, **fields: str | None
) -> dict:
    known = {"dataset": "orders", "date": "2024-01-02", "sha256": None, **fields}
    source = RawObject("in", key, **known)
    return transform_object(source, None, Store(lambda: s3), lambda: remaining_ms)


class TransformObject(unittest.TestCase):
    def setUp(self) -> None:
        self.s3 = MemoryS3()
        self.body = b'{"id":1,"name":" a "}\n{"id":1}\nbroken\n'
        self.s3.objects["in", _KEY] = self.body

    def test_records_rejects_and_then_the_summary(self) -> None:
        result = transform(self.s3)
        sha256 = hashlib.sha256(self.body).hexdigest()
        stem = f"transformed/orders/2024-01-02/{sha256[:32]}"
        self.assertEqual(
            self.s3.order,
            [f"{stem}.ndjson", f"{stem}.rejects.ndjson", f"{stem}.summary.json"],
        )
        self.assertEqual(result["counts"], {"read": 3, "good": 1, "duplicates": 1, "rejected": 1})
        summary = json.loads(self.s3.objects["in", result["summaryKey"]])
        for part, name in (("records", "key"), ("rejects", "rejectsKey")):
            content = self.s3.objects["in", result[name]]
            self.assertEqual(
                summary[part],
                {
                    "records": content.count(b"\n"),
                    "bytes": len(content),
                    "sha256": hashlib.sha256(content).hexdigest(),
                },
            )

    def test_a_second_run_writes_the_same_bytes(self) -> None:
        first = transform(self.s3)
        before = dict(self.s3.objects)
        self.assertEqual(transform(self.s3), first)
        self.assertEqual(self.s3.objects, before)

    def test_an_empty_object(self) -> None:
        self.s3.objects["in", _KEY] = b""
        result = transform(self.s3)
        self.assertEqual(result["counts"]["read"], 0)
        self.assertEqual(self.s3.objects["in", result["key"]], b"")

    def test_the_date_of_the_object_where_nothing_else_is_known(self) -> None:
        self.assertEqual(transform(self.s3, date=None)["date"], "2024-05-06")

    def test_another_object_than_the_event_describes(self) -> None:
        with self.assertRaisesRegex(ValueError, "not the object that the event"):
            transform(self.s3, sha256="0" * 64)
        self.assertEqual(self.s3.order, [])

    def test_near_the_timeout_nothing_is_written(self) -> None:
        with self.assertRaises(OutOfTimeError):
            transform(self.s3, remaining_ms=5000)
        self.assertEqual(self.s3.order, [])

    def test_s3_errors_fail_and_leave_nothing_behind(self) -> None:
        before = sorted(Path(gettempdir()).glob("etl-*"))
        with self.assertRaisesRegex(StoreError, "cannot read s3://in/none"):
            transform(self.s3, key="none")
        self.s3.fail_with = lambda verb, request: (
            PermissionError("AccessDenied")
            if verb == "put" and request["Key"].endswith(".rejects.ndjson")
            else None
        )
        with self.assertRaisesRegex(StoreError, "cannot write .*AccessDenied"):
            transform(self.s3)
        self.assertFalse(any(key.endswith(".summary.json") for key in self.s3.order))
        self.assertEqual(sorted(Path(gettempdir()).glob("etl-*")), before)


class Reconnect(unittest.TestCase):
    def test_a_new_client_reads_and_the_old_one_is_left(self) -> None:
        clients = [MemoryS3(), MemoryS3()]
        clients[1].objects["in", _KEY] = b"new"
        store = Store(iter(clients).__next__)
        with self.assertRaises(StoreError):
            store.read("in", _KEY)
        store.reconnect()
        self.assertEqual(b"".join(store.read("in", _KEY).chunks), b"new")


class Handler(unittest.TestCase):
    """The entry point, with its client replaced."""

    @classmethod
    def setUpClass(cls) -> None:
        import os

        os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")
        os.environ.setdefault("INGESTION_BUCKET", "in")
        import handler

        cls.module = handler

    def setUp(self) -> None:
        self.s3 = MemoryS3()
        self.s3.objects["in", _KEY] = b'{"id":1}\n'
        self.module._store = Store(lambda: self.s3)
        self.lines: list[dict] = []

    def call(self, event: object) -> dict:
        with contextlib.redirect_stdout(io.StringIO()) as output:
            try:
                return self.module.handler(event, None)
            finally:
                self.lines = [json.loads(line) for line in output.getvalue().splitlines()]

    def test_every_form_of_event(self) -> None:
        single = self.call({"bucket": "in", "key": _KEY, "dataset": "orders"})
        detail = {"bucket": {"name": "in"}, "object": {"key": _KEY}}
        self.assertEqual(self.call({"detail": detail}), single)
        record = {"s3": {"bucket": {"name": "in"}, "object": {"key": _KEY.replace("/", "%2F")}}}
        self.assertEqual(self.call({"Records": [record]}), {"results": [single]})
        self.assertEqual(self.call({"key": _KEY}), single)
        self.assertEqual([line["level"] for line in self.lines], ["INFO", "INFO"])

    def notify(self, *keys: str, **fields: str) -> list[dict]:
        items = [{"s3": {"bucket": {"name": "in"}, "object": {"key": key}}} for key in keys]
        for item in items:
            item["s3"]["object"].update(fields)
        return self.call({"Records": items})["results"]

    def test_an_object_is_told_of_twice_and_transformed_once(self) -> None:
        self.assertEqual(len(self.notify(_KEY, _KEY)), 1)
        self.assertEqual(len(self.s3.order), 3)

    def test_the_version_that_was_written_is_read(self) -> None:
        self.s3.objects["in", f"{_KEY}@v1"] = b'{"id":1}\n{"id":2}\n'
        [result] = self.notify(_KEY, versionId="v1")
        self.assertEqual(result["counts"]["read"], 2)
        detail = {"bucket": {"name": "in"}, "object": {"key": _KEY, "version-id": "v1"}}
        self.assertEqual(self.call({"detail-type": "Object Created", "detail": detail}), result)

    def test_what_is_no_written_object_is_let_be(self) -> None:
        removed = {"eventName": "ObjectRemoved:Delete", "s3": {"bucket": {"name": "in"}}}
        detail = {"bucket": {"name": "in"}, "object": {"key": _KEY}}
        for event in (
            {"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "in"},
            {"Records": [removed]},
            {"detail-type": "Object Deleted", "detail": detail},
        ):
            self.assertEqual(self.call(event), {"results": []})
        self.assertEqual(self.s3.order, [])

    def test_an_object_that_was_deleted_since_is_no_failure(self) -> None:
        gone = "raw/orders/2024-01-02/gone.ndjson"
        first, second = self.notify(gone, _KEY)
        self.assertEqual(first, {"bucket": "in", "key": gone, "gone": True})
        self.assertEqual(second["counts"]["read"], 1)
        self.assertEqual(self.lines[0]["level"], "WARN")
        with self.assertRaisesRegex(StoreError, "no such key"):
            self.call({"key": gone})

    def test_one_object_that_fails_leaves_the_others_alone(self) -> None:
        self.s3.fail_with = lambda verb, request: (
            PermissionError("AccessDenied")
            if verb == "get" and "/denied" in request["Key"]
            else None
        )
        denied = [f"raw/orders/2024-01-02/denied{number}" for number in (1, 2)]
        with self.assertRaisesRegex(StoreError, "denied1: AccessDenied"):
            self.notify(denied[0], _KEY)
        self.assertEqual(len(self.s3.order), 3)
        with self.assertRaisesRegex(RuntimeError, "2 objects failed: .*denied1.*denied2"):
            self.notify(*denied)

    def test_the_schema_that_the_object_carries(self) -> None:
        self.s3.objects["in", _KEY] = '{"größe":"1"}\n'.encode()
        self.s3.metadata["in", _KEY] = {"schema": "%7B%22key%22%3A%22gr%C3%B6%C3%9Fe%22%7D"}
        [result] = self.notify(_KEY)
        self.assertEqual(result["counts"]["good"], 1)
        own = self.call({"key": _KEY, "schema": {"key": "id"}})
        self.assertEqual(own["reasons"], {"bad-key": 1})

    def test_malformed_events_fail(self) -> None:
        for event, reason in (
            (None, "must be an object"),
            ([], "must be an object"),
            ({}, "names no"),
            ({"poison": True}, "names no"),
            ({"bucket": 7, "key": "x"}, '"bucket"'),
            ({"key": _KEY, "dataset": "../x"}, '"dataset"'),
            ({"key": _KEY, "date": "today"}, '"date"'),
            ({"key": _KEY, "sha256": 5}, '"sha256"'),
            ({"key": _KEY, "schema": {"a": 1}}, "schema.a"),
            ({"key": "transformed/x.ndjson"}, "result of the pipeline"),
            ({"Records": []}, "is empty"),
            ({"Records": [{"s3": {}}]}, "no S3 notification"),
            ({"Records": ["x"]}, "no S3 notification"),
            (
                {"detail": {"bucket": {"name": "in"}, "object": {"key": "x", "version-id": 1}}},
                "text",
            ),
            ({"detail": {"bucket": 5, "object": {"key": "x"}}}, '"bucket"'),
        ):
            with self.subTest(event), self.assertRaisesRegex(ValueError, reason):
                self.call(event)
            self.assertEqual(self.lines[-1]["message"], "invocation failed")
