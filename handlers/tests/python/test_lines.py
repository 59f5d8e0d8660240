"""Bytes to lines, lines to records, records to outcomes."""

from __future__ import annotations

import json
import unittest
from collections.abc import Iterator

from etl_transform.decoding import MAX_LINE, Line, read_lines
from etl_transform.schema import parse_schema
from etl_transform.transforming import Tally, transform_lines


def cut(content: bytes, size: int) -> Iterator[bytes]:
    for start in range(0, len(content), size):
        yield content[start : start + size]


class ReadLines(unittest.TestCase):
    def lines(self, content: bytes) -> list[tuple[int, str]]:
        """What comes out must not depend on where the chunks were cut."""
        found = [
            [(line.number, line.text) for line in read_lines(cut(content, size))]
            for size in (1, 2, 3, 5, 1_000_000)
        ]
        for other in found:
            self.assertEqual(other, found[-1])
        return found[-1]

    def test_line_ends_and_blank_lines(self) -> None:
        self.assertEqual(self.lines(b"a\r\n\r\n  b  \n\nc"), [(1, "a"), (3, "b"), (5, "c")])
        self.assertEqual(self.lines(b""), [])
        self.assertEqual(self.lines(b"\n\r\n"), [])
        self.assertEqual(self.lines(b"a\n  "), [(1, "a")])

    def test_encodings(self) -> None:
        text = '{"name":"Zoë – 東京 😀"}\r\nü\r\n'
        wanted = [(1, '{"name":"Zoë – 東京 😀"}'), (2, "ü")]
        for mark, encoding in (
            (b"", "utf-8"),
            (b"\xef\xbb\xbf", "utf-8"),
            (b"\xff\xfe", "utf-16-le"),
            (b"\xfe\xff", "utf-16-be"),
        ):
            with self.subTest(encoding):
                self.assertEqual(self.lines(mark + text.encode(encoding)), wanted)

    def test_latin1_bytes_do_not_spoil_the_rest(self) -> None:
        content = "東京\n".encode() + "Müller\n".encode("latin-1") + "ü".encode() + b"\xfc\n"
        self.assertEqual(self.lines(content), [(1, "東京"), (2, "Müller"), (3, "üü")])

    def test_a_line_without_end_is_cut(self) -> None:
        def chunks() -> Iterator[bytes]:
            yield b"a\n"
            for _ in range(20):
                yield b"x" * 1024 * 1024
            yield b"\nb\n"

        lines = list(read_lines(chunks()))
        self.assertEqual([line.number for line in lines], [1, 2, 3])
        self.assertTrue(lines[1].cut)
        self.assertEqual(lines[1].length, 20 * 1024 * 1024)
        self.assertLess(len(lines[1].text), 5000)
        whole = list(read_lines([b"x" * (MAX_LINE + 1) + b"\ny"]))
        self.assertEqual([line.cut for line in whole], [True, False])


class List:
    def __init__(self) -> None:
        self.lines: list[bytes] = []

    def write(self, line: bytes) -> None:
        self.lines.append(line)

    @property
    def content(self) -> list[dict]:
        return [json.loads(line) for line in self.lines]


class TransformLines(unittest.TestCase):
    def run_lines(self, *texts: str) -> tuple[Tally, List, List]:
        lines = [Line(number, text, len(text)) for number, text in enumerate(texts, 1)]
        good, rest = List(), List()
        tally = transform_lines(lines, parse_schema(None), good, rest)
        self.assertEqual(len(good.lines) + len(rest.lines), len(texts))
        self.assertEqual(tally.counts["read"], len(texts))
        return tally, good, rest

    def test_each_line_in_exactly_one_place(self) -> None:
        tally, good, rest = self.run_lines(
            '{"id":1,"v":"a"}',
            '{"v":"a","id":1}',
            '{"id":"1","v":"b"}',
            '{"id":2,"id":3}',
            '{"id":4,"deep":{"x":1,"x":2}}',
            "not json",
            "[1]",
            '{"id":5,"n":NaN}',
            '{"id":6,"n":1e999}',
            '{"@reject":{"reason":"csv-fields","detail":"2 fields","text":"a,b"}}',
            '{"id":7,"size":1.5}',
        )
        self.assertEqual(tally.counts, {"read": 11, "good": 2, "duplicates": 2, "rejected": 7})
        self.assertEqual([item["_etl"]["key"] for item in good.content], ["1", "7"])
        self.assertEqual(good.content[1]["size"], 1.5)
        self.assertEqual(
            [(item["line"], item["kind"], item["reasons"][0]["code"]) for item in rest.content],
            [
                (2, "duplicate", "duplicate"),
                (3, "duplicate", "duplicate-key"),
                (4, "rejected", "duplicate-field"),
                (5, "rejected", "duplicate-field"),
                (6, "rejected", "invalid-json"),
                (7, "rejected", "not-an-object"),
                (8, "rejected", "invalid-json"),
                (9, "rejected", "number-out-of-range"),
                (10, "rejected", "csv-fields"),
            ],
        )
        self.assertEqual(tally.reasons["duplicate-field"], 2)

    def test_endless_nesting_and_numbers_do_not_crash(self) -> None:
        tally, _, _ = self.run_lines(
            "[" * 200_000,
            '{"id":' + "9" * 10_000 + "}",
            '{"id":1,"a":' + "[" * 5000 + "]" * 5000 + "}",
            '{"id":2,"name":"\\ud800"}',
        )
        self.assertEqual(tally.counts["rejected"], 4)

    def test_a_long_reject_is_cut_but_known_by_its_checksum(self) -> None:
        _, _, rest = self.run_lines('{"v":"' + "x" * 5000 + '"}')
        [item] = rest.content
        self.assertEqual((len(item["text"]), item["characters"]), (1000, 5008))
        self.assertEqual(len(item["sha256"]), 64)

    def test_a_cut_line_is_rejected(self) -> None:
        rest = List()
        tally = transform_lines([Line(1, "xxx", 99_999)], parse_schema(None), List(), rest)
        self.assertEqual(tally.counts["rejected"], 1)
        self.assertEqual(rest.content[0]["reasons"][0]["code"], "record-too-long")
