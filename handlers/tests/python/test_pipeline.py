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
from etl_transform.schema import parse_schema
from etl_transform.store import Store, StoreError
from memory_s3 import MemoryS3

_KEY = "raw/orders/2024-01-02/x.ndjson"
_SCHEMA = parse_schema(None)


def transform(
    s3: MemoryS3, remaining_ms: float = 60_000, key: str = _KEY, **fields: str | None
) -> dict:
    known = {"dataset": "orders", "date": "2024-01-02", "sha256": None, **fields}
    source = RawObject("in", key, **known)
    return transform_object(source, _SCHEMA, Store(lambda: s3), lambda: remaining_ms)


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
            ({"detail": {"bucket": 5, "object": {"key": "x"}}}, '"bucket"'),
        ):
            with self.subTest(event), self.assertRaisesRegex(ValueError, reason):
                self.call(event)
            self.assertEqual(self.lines[-1]["message"], "invocation failed")
