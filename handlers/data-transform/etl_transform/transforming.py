"""Lines in; good records, duplicates and rejects out, each line in exactly one place."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Protocol

from .cleaning import Good, Refused, clean_record
from .decoding import Line
from .parsing import parse_line
from .schema import Schema

_SHOWN = 1000


class Sink(Protocol):
    def write(self, line: bytes) -> None: ...


@dataclass
class Tally:
    good: int = 0
    duplicates: int = 0
    rejected: int = 0
    reasons: Counter[str] = field(default_factory=Counter)

    @property
    def counts(self) -> dict[str, int]:
        read = self.good + self.duplicates + self.rejected
        return {
            "read": read,
            "good": self.good,
            "duplicates": self.duplicates,
            "rejected": self.rejected,
        }


def _encode(content: dict[str, Any]) -> bytes:
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    # Rejects may hold halves of characters that UTF-8 cannot.
    return text.encode("utf-8", "backslashreplace") + b"\n"


def _not_good(kind: str, line: Line, key: str | None, reasons: list[Any]) -> bytes:
    content: dict[str, Any] = {
        "kind": kind,
        "line": line.number,
        "key": key,
        "reasons": reasons,
        "text": line.text[:_SHOWN],
    }
    if line.length > _SHOWN:
        content["characters"] = line.length
        if not line.cut:
            whole = line.text.encode("utf-8", "backslashreplace")
            content["sha256"] = hashlib.sha256(whole).hexdigest()
    return _encode(content)


class Deduplicator:
    """Knows each key by a digest, so that long keys cost no memory."""

    def __init__(self) -> None:
        self._checksums: dict[bytes, bytes] = {}

    def reason(self, good: Good) -> dict[str, str] | None:
        digest = hashlib.blake2b(good.key.encode("utf-8", "backslashreplace"), digest_size=16)
        checksum = bytes.fromhex(good.checksum[:16])
        earlier = self._checksums.setdefault(digest.digest(), checksum)
        if earlier is checksum:
            return None
        if earlier == checksum:
            return {"code": "duplicate", "detail": "same content as an earlier record"}
        detail = "differs from an earlier record with this key"
        return {"code": "duplicate-key", "detail": detail}


def transform_lines(lines: Iterable[Line], schema: Schema, good: Sink, rest: Sink) -> Tally:
    """Writes good records to one sink, duplicates and rejects with reasons to the other."""
    tally = Tally()
    seen = Deduplicator()
    for line in lines:
        if line.cut:
            outcome: Good | Refused = Refused(
                [{"code": "record-too-long", "detail": f"{line.length} characters"}]
            )
        else:
            content = parse_line(line.text)
            outcome = content if isinstance(content, Refused) else clean_record(content, schema)
        if isinstance(outcome, Refused):
            tally.rejected += 1
            tally.reasons.update({reason["code"] for reason in outcome.reasons})
            rest.write(_not_good("rejected", line, outcome.key, outcome.reasons))
            continue
        duplicate = seen.reason(outcome)
        if duplicate:
            tally.duplicates += 1
            tally.reasons[duplicate["code"]] += 1
            rest.write(_not_good("duplicate", line, outcome.key, [duplicate]))
        else:
            tally.good += 1
            good.write(_encode(outcome.record))
    return tally
