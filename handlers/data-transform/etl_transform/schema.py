"""What a record must look like: the event says it, or the names of the fields do."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

TYPES = ("any", "string", "number", "integer", "boolean", "date")
_DATE_ORDERS = ("mdy", "dmy")
_KNOWN = ("key", "required", "types", "dateOrder")

# The same conventions as in the stack lambda-etl (packages/records/schema.js).
_CONVENTIONS = (
    (re.compile(r"^(date|timestamp)$|_(at|date|timestamp)$|[a-z](At|Date|Timestamp)$"), "date"),
    (
        re.compile(
            r"^(amount|price|cost|total|quantity|qty)$|_(amount|price|cost|total|quantity)$"
        ),
        "number",
    ),
    (re.compile(r"^(active|enabled)$|^(is|has)_[a-z]"), "boolean"),
)


class SchemaError(ValueError):
    """The event's schema cannot be used."""


@dataclass
class Schema:
    key: str = "id"
    required: tuple[str, ...] = ()
    types: dict[str, str] = field(default_factory=dict)
    date_order: str | None = None

    def type_of(self, name: str) -> str:
        known = self.types.get(name)
        if known is None:
            matches = (kind for pattern, kind in _CONVENTIONS if pattern.search(name))
            known = next(matches, "any")
            # A sender who invents field names must not make this grow for ever.
            if len(self.types) < 1000:
                self.types[name] = known
        return known


def parse_schema(given: Any) -> Schema:
    if given is None:
        return Schema()
    if not isinstance(given, dict):
        raise SchemaError("schema must be an object")
    for name in given:
        if name not in _KNOWN:
            raise SchemaError(f"schema.{name} is unknown; known: {', '.join(_KNOWN)}")
    key = given.get("key", "id")
    required = given.get("required", [])
    types = given.get("types", {})
    date_order = given.get("dateOrder")
    if not isinstance(key, str) or not key:
        raise SchemaError("schema.key must name a field")
    if not isinstance(required, list) or not all(isinstance(name, str) for name in required):
        raise SchemaError("schema.required must be a list of field names")
    if not isinstance(types, dict):
        raise SchemaError("schema.types must be an object of field: type")
    for name, kind in types.items():
        if kind not in TYPES:
            raise SchemaError(f"schema.types.{name} must be one of {', '.join(TYPES)}")
    if date_order is not None and date_order not in _DATE_ORDERS:
        raise SchemaError(f"schema.dateOrder must be one of {', '.join(_DATE_ORDERS)}")
    return Schema(key, tuple(required), dict(types), date_order)
