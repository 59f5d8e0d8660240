"""The cases that both languages share, and what only Python must withstand."""

from __future__ import annotations

import json
import unittest
from pathlib import Path

from etl_transform.cleaning import Good, clean_record
from etl_transform.schema import SchemaError, parse_schema

_CASES = json.loads((Path(__file__).parent.parent / "fixtures" / "cleaning.json").read_text())


class SharedCases(unittest.TestCase):
    def test_cases(self) -> None:
        for case in _CASES:
            with self.subTest(case["name"]):
                outcome = clean_record(case["input"], parse_schema(case.get("schema")))
                codes = []
                if not isinstance(outcome, Good):
                    codes = [reason["code"] for reason in outcome.reasons]
                self.assertEqual(codes, case.get("codes", []))
                if isinstance(outcome, Good) and "record" in case:
                    record = dict(outcome.record)
                    derived = record.pop("_etl")
                    self.assertEqual(json.dumps(record), json.dumps(case["record"]))
                    self.assertEqual(derived, {"key": outcome.key, "checksum": outcome.checksum})
                if "key" in case:
                    self.assertEqual(outcome.key, case["key"])


class Limits(unittest.TestCase):
    def codes(self, record: object) -> list[str]:
        outcome = clean_record(record, parse_schema(None))
        return [] if isinstance(outcome, Good) else [r["code"] for r in outcome.reasons]

    def test_huge_and_deep_fields(self) -> None:
        self.assertEqual(self.codes({"id": 1, "note": "x" * (1024 * 1024 + 1)}), ["field-too-long"])
        deep: object = 1
        for _ in range(500):
            deep = [deep]
        self.assertEqual(self.codes({"id": 1, "deep": deep}), ["too-deep"])

    def test_half_characters(self) -> None:
        self.assertEqual(self.codes({"id": 1, "name": "\ud800"}), ["bad-unicode"])
        self.assertEqual(self.codes({"id": "\ud800"}), ["bad-unicode"])
        self.assertEqual(self.codes({"id": 1, "\udfff": 1}), ["bad-unicode"])

    def test_big_integers_stay_whole(self) -> None:
        outcome = clean_record({"id": 12345678901234567890}, parse_schema(None))
        self.assertEqual(outcome.key, "12345678901234567890")

    def test_numbers_that_are_no_times(self) -> None:
        for value in (float("inf"), 1e300, -1e300, "99999999999999", True):
            self.assertEqual(self.codes({"id": 1, "date": value}), ["bad-date"], value)


class Schemas(unittest.TestCase):
    def test_invented_field_names_fill_no_memory(self) -> None:
        schema = parse_schema(None)
        kinds = {schema.type_of(f"invented_{number}_at") for number in range(2000)}
        self.assertEqual(kinds, {"date"})
        self.assertEqual(len(schema.types), 1000)

    def test_unusable(self) -> None:
        for given, reason in (
            ([], "must be an object"),
            ({"keys": 1}, "schema.keys is unknown"),
            ({"key": ""}, "schema.key"),
            ({"required": "id"}, "schema.required"),
            ({"types": []}, "schema.types"),
            ({"types": {"a": "money"}}, "schema.types.a"),
            ({"types": {"a": []}}, "schema.types.a"),
            ({"dateOrder": "ymd"}, "schema.dateOrder"),
        ):
            with self.subTest(given), self.assertRaisesRegex(SchemaError, reason):
                parse_schema(given)
