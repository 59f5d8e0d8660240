"""One value to the type that the schema gives its field."""

from __future__ import annotations

import math
import re
from typing import Any, NoReturn

from .dates import to_iso_date

_NUMBER = re.compile(r"[+-]?(\d+|\d{1,3}(,\d{3})+)(\.\d+)?([eE][+-]?\d{1,3})?", re.A)
_MAX_SAFE_INTEGER = 2**53 - 1
_TRUE = frozenset(("true", "yes", "y", "t", "1"))
_FALSE = frozenset(("false", "no", "n", "f", "0"))


def _refuse(message: str) -> NoReturn:
    raise ValueError(message)


def _to_number(value: Any) -> int | float:
    if isinstance(value, str):
        if len(value) > 400 or not _NUMBER.fullmatch(value):
            _refuse("not a number")
        plain = value.replace(",", "")
        whole = plain.lstrip("+-").isdigit()
        number: int | float = int(plain) if whole else float(plain)
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        number = value
    else:
        _refuse("not a number")
    if isinstance(number, float):
        if not math.isfinite(number):
            _refuse("number out of range")
        # 12 and 12.0 are one number to the sender, and must be one text to us.
        if number.is_integer() and abs(number) <= _MAX_SAFE_INTEGER:
            return int(number)
    return number


def _to_integer(value: Any) -> int:
    number = _to_number(value)
    return number if isinstance(number, int) else _refuse("not a whole number")


def _to_boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, (str, int, float)):
        text = str(value).lower()
        if text in _TRUE:
            return True
        if text in _FALSE:
            return False
    _refuse("neither true nor false")


def _to_text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, (int, float)) else _refuse("not text")


def _to_date(value: Any, order: str | None) -> str:
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        _refuse("not a date")
    return to_iso_date(value, order)


def coerce(value: Any, kind: str, date_order: str | None = None) -> Any:
    """Takes a trimmed value that is not empty. ValueError says why it cannot be."""
    if kind == "any":
        return value
    if kind == "number":
        return _to_number(value)
    if kind == "integer":
        return _to_integer(value)
    if kind == "boolean":
        return _to_boolean(value)
    if kind == "string":
        return _to_text(value)
    return _to_date(value, date_order)
