"""One line of a raw object to a record."""

from __future__ import annotations

import json
import math
from typing import Any, NoReturn

from .cleaning import Reason, Refused

_MARK = "@reject"


class _UnacceptableError(Exception):
    """JSON that can be read, but not without losing something."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason["detail"])
        self.reason = reason


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) < len(pairs):
        seen: set[str] = set()
        twice = next(name for name, _ in pairs if name in seen or seen.add(name))
        detail = "the field is there more than once"
        raise _UnacceptableError({"code": "duplicate-field", "field": twice, "detail": detail})
    return content


def _constant(name: str) -> NoReturn:
    raise _UnacceptableError({"code": "invalid-json", "detail": f"{name} is not JSON"})


def _float(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise _UnacceptableError({"code": "number-out-of-range", "detail": text[:100]})
    return number


_decoder = json.JSONDecoder(object_pairs_hook=_pairs, parse_constant=_constant, parse_float=_float)


def _handed_on(content: Any) -> Refused | None:
    """What data-ingestion could not read takes its line as {"@reject": {…}}."""
    mark = content.get(_MARK) if isinstance(content, dict) and len(content) == 1 else None
    if not isinstance(mark, dict) or not isinstance(mark.get("reason"), str):
        return None
    return Refused([{"code": mark["reason"], "detail": str(mark.get("detail", ""))}])


def parse_line(text: str) -> Any | Refused:
    """The record, or a Refused with the reason."""
    try:
        content = _decoder.decode(text)
    except _UnacceptableError as error:
        return Refused([error.reason])
    except RecursionError:
        return Refused([{"code": "too-deep", "detail": "nested without end"}])
    except ValueError as error:
        return Refused([{"code": "invalid-json", "detail": str(error)[:200]}])
    return _handed_on(content) or content
