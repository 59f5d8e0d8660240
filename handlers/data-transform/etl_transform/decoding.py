"""Bytes of an object to lines of text, whatever their encoding."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

MAX_LINE = 16 * 1024 * 1024
_KEPT_OF_LONG_LINE = 4000
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


@dataclass(frozen=True)
class Line:
    """One line without its end; `length` tells more than `text` where it was cut."""

    number: int
    text: str
    length: int

    @property
    def cut(self) -> bool:
        return self.length > len(self.text)


def _as_latin1(error: UnicodeDecodeError) -> tuple[str, int]:
    """Bytes that are no UTF-8 are taken as Latin-1, one by one: nothing is lost."""
    return error.object[error.start : error.end].decode("latin-1"), error.end


codecs.register_error("etl-latin-1", _as_latin1)


def _utf8_chunks(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """UTF-16 rewritten as UTF-8, so that a line end is one byte in every source."""
    iterator = iter(chunks)
    head = b""
    for chunk in iterator:
        head += chunk
        if len(head) >= 4:
            break
    for mark, encoding in _BOMS:
        if not head.startswith(mark):
            continue
        head = head[len(mark) :]
        if encoding == "utf-8":
            break
        decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
        yield decoder.decode(head).encode("utf-8", "replace")
        for chunk in iterator:
            yield decoder.decode(chunk).encode("utf-8", "replace")
        yield decoder.decode(b"", final=True).encode("utf-8", "replace")
        return
    yield head
    yield from iterator


def read_lines(chunks: Iterable[bytes]) -> Iterator[Line]:
    """Lines that hold more than white space, with their numbers; memory stays bounded."""
    number = 0
    kept: list[bytes] = []
    length = 0

    def finish() -> Line | None:
        raw = b"".join(kept)
        text = raw.decode("utf-8", "etl-latin-1").strip()
        if length > MAX_LINE:
            return Line(number, text[:_KEPT_OF_LONG_LINE], length)
        return Line(number, text, len(text)) if text else None

    for chunk in _utf8_chunks(chunks):
        *ends, tail = chunk.split(b"\n")
        for part in ends:
            number += 1
            if length <= MAX_LINE:
                kept.append(part)
            length += len(part)
            line = finish()
            kept, length = [], 0
            if line:
                yield line
        if length <= MAX_LINE:
            kept.append(tail)
        length += len(tail)
        if length > MAX_LINE:
            kept = [b"".join(kept)[:_KEPT_OF_LONG_LINE]]
    if length:
        number += 1
        line = finish()
        if line:
            yield line
