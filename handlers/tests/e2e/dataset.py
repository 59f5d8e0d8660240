"""A made-up dataset whose every outcome is known before the pipeline runs."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

# Of each hundred records: five are rejected and three are duplicates.
_REJECTED = {
    13: ("invalid-json", lambda n: f'{{"id": {n}, "amount": '),
    37: ("bad-number", lambda n: json.dumps({"id": n, "amount": "a lot"})),
    53: ("bad-key", lambda n: json.dumps({"id": " ", "amount": n})),
    71: ("duplicate-field", lambda n: f'{{"id": {n}, "id": {n + 1}}}'),
    89: ("bad-date", lambda n: json.dumps({"id": n, "created_at": "2024-02-30"})),
}
_REPEATED = {20: "duplicate", 50: "duplicate", 80: "duplicate-key"}


@dataclass
class Dataset:
    source: bytes = b""
    good: dict[str, dict[str, Any]] = field(default_factory=dict)
    reasons: dict[str, int] = field(default_factory=dict)
    outcomes: dict[int, str] = field(default_factory=dict)

    @property
    def counts(self) -> dict[str, int]:
        duplicates = sum(self.reasons.get(code, 0) for code in ("duplicate", "duplicate-key"))
        rest = sum(self.reasons.values())
        return {
            "read": len(self.good) + rest,
            "good": len(self.good),
            "duplicates": duplicates,
            "rejected": rest - duplicates,
        }


def _plain(number: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """What is sent, and what must come out."""
    name = f"Kundin №{number} — Zoë"
    sent = {
        "id": number,
        "customer": f"  {name} ",
        "amount": f"{number % 9000 + 1000:,}.25",
        "created_at": f"2024/{number % 12 + 1}/{number % 28 + 1}",
        "is_new": "yes" if number % 2 else "no",
        "note": "" if number % 3 else f"n{number}",
    }
    wanted = {
        "id": number,
        "customer": name,
        "amount": number % 9000 + 1000.25,
        "created_at": f"2024-{number % 12 + 1:02d}-{number % 28 + 1:02d}",
        "is_new": bool(number % 2),
        "note": None if number % 3 else f"n{number}",
    }
    return sent, wanted


def build(records: int) -> Dataset:
    """Always the same bytes for the same number."""
    dataset = Dataset()
    lines: list[str] = []
    for index in range(records):
        slot, number, line_number = index % 100, index + 1, index + 1
        code: str | None = None
        if slot in _REJECTED:
            code, write = _REJECTED[slot]
            lines.append(write(number))
        elif slot in _REPEATED:
            code = _REPEATED[slot]
            sent, _ = _plain(number - 10)
            lines.append(json.dumps(sent | ({"note": "x"} if code == "duplicate-key" else {})))
        else:
            sent, wanted = _plain(number)
            lines.append(json.dumps(sent, ensure_ascii=False))
            dataset.good[str(number)] = wanted
        if code:
            dataset.reasons[code] = dataset.reasons.get(code, 0) + 1
            dataset.outcomes[line_number] = code
    dataset.source = ("\r\n".join(lines) + "\r\n").encode()
    return dataset
