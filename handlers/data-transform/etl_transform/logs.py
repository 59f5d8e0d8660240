"""One JSON document a line, on stdout."""

from __future__ import annotations

import json
import os
import re
import sys
from datetime import UTC, datetime
from typing import Any

_WEIGHT = {"DEBUG": 10, "INFO": 20, "WARN": 30, "WARNING": 30, "ERROR": 40}
_SECRET_NAME = re.compile(r"secret|token|passw|authorization|credential|cookie|api[-_]?key", re.I)
_MAX_TEXT = 2000
_MAX_DEPTH = 6


def _printable(value: Any, depth: int = 0) -> Any:
    if isinstance(value, BaseException):
        return {"name": type(value).__name__, "message": _printable(str(value))}
    if isinstance(value, str):
        return value if len(value) <= _MAX_TEXT else f"{value[:_MAX_TEXT]}… ({len(value)})"
    if depth >= _MAX_DEPTH:
        return "…"
    if isinstance(value, dict):
        return {
            str(name): "[redacted]"
            if _SECRET_NAME.search(str(name))
            else _printable(item, depth + 1)
            for name, item in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [_printable(item, depth + 1) for item in value]
    return value


class Logger:
    """Writes lines at or above LOG_LEVEL, each with the fields it is bound to."""

    def __init__(self, **fields: Any) -> None:
        self._fields = fields

    def bind(self, **fields: Any) -> Logger:
        return Logger(**{**self._fields, **fields})

    def info(self, message: str, **fields: Any) -> None:
        self._write("INFO", message, fields)

    def warn(self, message: str, **fields: Any) -> None:
        self._write("WARN", message, fields)

    def error(self, message: str, **fields: Any) -> None:
        self._write("ERROR", message, fields)

    def _write(self, level: str, message: str, fields: dict[str, Any]) -> None:
        asked = os.environ.get("LOG_LEVEL", "INFO").strip().upper()
        if _WEIGHT[level] < _WEIGHT.get(asked, _WEIGHT["INFO"]):
            return
        present = {k: v for k, v in {**self._fields, **fields}.items() if v is not None}
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        line = {"timestamp": now.replace("+00:00", "Z"), "level": level, "message": message}
        # ASCII only: a lone surrogate in a message must not make the log fail.
        print(json.dumps(_printable({**line, **present}), default=str), file=sys.stdout, flush=True)
