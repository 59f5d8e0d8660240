"""One record: checked, coerced, with its derived fields, or refused with reasons."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from .coercion import coerce
from .schema import Schema

MAX_FIELD = 1024 * 1024
MAX_DEPTH = 100
DERIVED = "_etl"

Reason = dict[str, str]


@dataclass(frozen=True)
class Good:
    key: str
    checksum: str
    record: dict[str, Any]


@dataclass(frozen=True)
class Refused:
    reasons: list[Reason]
    key: str | None = None


def canonical_json(value: Any) -> str:
    """Equal content gives equal text, whatever order the sender wrote it in."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def key_of(record: dict[str, Any], field: str) -> str | None:
    """7, "7" and " 7 " are the same key: one sender writes CSV and the other JSON."""
    value = record.get(field)
    if isinstance(value, str):
        return value.strip() or None
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return None


def _too_deep(value: Any, left: int = MAX_DEPTH) -> bool:
    if isinstance(value, dict):
        return left == 0 or any(_too_deep(item, left - 1) for item in value.values())
    if isinstance(value, list):
        return left == 0 or any(_too_deep(item, left - 1) for item in value)
    return False


def _trimmed(value: Any) -> Any:
    if isinstance(value, str):
        return value.strip() or None
    if isinstance(value, list):
        return [_trimmed(item) for item in value]
    if isinstance(value, dict):
        return {name: _trimmed(item) for name, item in value.items()}
    return value


def _clean_field(field: str, raw: Any, schema: Schema) -> tuple[Any, Reason | None]:
    def refuse(code: str, detail: str) -> tuple[None, Reason]:
        return None, {"code": code, "field": field, "detail": detail}

    if field == DERIVED:
        return refuse("reserved-field", "this name is for derived fields")
    if isinstance(raw, str) and len(raw) > MAX_FIELD:
        return refuse("field-too-long", f"{len(raw)} characters, at most {MAX_FIELD}")
    if _too_deep(raw):
        return refuse("too-deep", f"more than {MAX_DEPTH} levels")
    value = _trimmed(raw)
    kind = schema.type_of(field)
    try:
        return None if value is None else coerce(value, kind, schema.date_order), None
    except ValueError as error:
        return refuse(f"bad-{kind}", str(error))


def clean_record(source: Any, schema: Schema) -> Good | Refused:
    """Gives the good record, or every reason why it is not one."""
    if not isinstance(source, dict):
        return Refused([{"code": "not-an-object", "detail": "a record must be a JSON object"}])
    key = key_of(source, schema.key)
    reasons: list[Reason] = []
    if key is None:
        detail = "must be text or a whole number, and not empty"
        reasons.append({"code": "bad-key", "field": schema.key, "detail": detail})
    record: dict[str, Any] = {}
    refused_fields = set()
    for field, raw in source.items():
        value, reason = _clean_field(field, raw, schema)
        if reason is None:
            record[field] = value
        else:
            reasons.append(reason)
            refused_fields.add(field)
    for field in schema.required:
        if record.get(field) is None and field not in refused_fields:
            reasons.append({"code": "missing", "field": field, "detail": "a value is required"})
    if key is None or reasons:
        return Refused(reasons, key)
    try:
        content = canonical_json(record).encode()
    except UnicodeEncodeError:
        detail = "half of a character that takes two escapes"
        return Refused([{"code": "bad-unicode", "detail": detail}], key)
    checksum = hashlib.sha256(content).hexdigest()[:32]
    return Good(key, checksum, {**record, DERIVED: {"key": key, "checksum": checksum}})
