"""Dates in the forms that senders use, to ISO 8601 in UTC."""

from __future__ import annotations

import math
import re
from datetime import date, datetime, timedelta
from typing import NoReturn

_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_EPOCH_START = datetime(1970, 1, 1)

_ISO = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?"
    r"\s*(Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)?",
    re.I | re.A,
)
_ZONE = re.compile(r"([+-])(\d{2}):?(\d{2})?", re.A)
_EPOCH = re.compile(r"\d{10}|\d{13}", re.A)
_YEAR_FIRST = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})", re.A)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})", re.A)
_DOTTED = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})", re.A)
_YEAR_LAST = re.compile(r"(\d{1,2})([-/])(\d{1,2})\2(\d{4})", re.A)
_DAY_MONTH_NAME = re.compile(r"(\d{1,2})[ -]([a-z]{3,9})\.?[ -](\d{4})", re.I | re.A)
_MONTH_NAME_DAY = re.compile(r"([a-z]{3,9})\.? (\d{1,2}),? (\d{4})", re.I | re.A)


def _refuse(message: str) -> NoReturn:
    raise ValueError(message)


def _day(year: int, month: int, day: int) -> date:
    try:
        found = date(year, month, day)
    except ValueError:
        _refuse("no such day")
    if found.year < 1000:
        _refuse("no such day")
    return found


def _instant(moment: datetime, fraction: str) -> str:
    if moment.year < 1000:
        _refuse("year out of range")
    digits = fraction.rstrip("0")
    return f"{moment:%Y-%m-%dT%H:%M:%S}{'.' + digits if digits else ''}Z"


def _from_epoch(value: int | float) -> str:
    if not math.isfinite(value) or value != int(value) or abs(value) < 1e8:
        _refuse("not a time in seconds or milliseconds since 1970")
    milliseconds = int(value) if abs(value) >= 1e11 else int(value) * 1000
    seconds, rest = divmod(milliseconds, 1000)
    try:
        moment = _EPOCH_START + timedelta(seconds=seconds)
    except OverflowError:
        _refuse("not a time in seconds or milliseconds since 1970")
    return _instant(moment, f"{rest:03d}")


def _from_clock(found: re.Match[str]) -> str:
    year, month, day, hour, minute = (int(part) for part in found.groups()[:5])
    second, fraction, zone = int(found[6] or 0), found[7] or "", found[8] or "Z"
    if hour > 23 or minute > 59 or second > 59:
        _refuse("no such time of day")
    whole_day = _day(year, month, day)
    moment = datetime(whole_day.year, whole_day.month, whole_day.day, hour, minute, second)
    offset = _ZONE.fullmatch(zone)
    if offset:
        zone_hour, zone_minute = int(offset[2]), int(offset[3] or 0)
        if zone_hour > 14 or zone_minute > 59:
            _refuse("no such time zone")
        shift = timedelta(hours=zone_hour, minutes=zone_minute)
        try:
            moment = moment - shift if offset[1] == "+" else moment + shift
        except OverflowError:
            _refuse("year out of range")
    return _instant(moment, fraction)


def _year_last(first: int, second: int, year: int, order: str | None) -> date:
    if first > 12:
        return _day(year, second, first)
    if second > 12 or first == second or order == "mdy":
        return _day(year, first, second)
    if order == "dmy":
        return _day(year, second, first)
    _refuse("day and month cannot be told apart; give schema.dateOrder")


def _month(name: str) -> int:
    short = name[:3].lower()
    return _MONTHS.index(short) + 1 if short in _MONTHS else _refuse("no such month")


def to_iso_date(value: str | int | float, order: str | None = None) -> str:
    """A date stays a date; a time without a zone is taken as UTC. ValueError says why not."""
    if not isinstance(value, str):
        return _from_epoch(value)
    text = value.strip()
    if found := _ISO.fullmatch(text):
        return _from_clock(found)
    if _EPOCH.fullmatch(text):
        return _from_epoch(int(text))
    if found := _YEAR_FIRST.fullmatch(text):
        return _day(int(found[1]), int(found[3]), int(found[4])).isoformat()
    if found := _COMPACT.fullmatch(text):
        return _day(int(found[1]), int(found[2]), int(found[3])).isoformat()
    if found := _DOTTED.fullmatch(text):
        return _day(int(found[3]), int(found[2]), int(found[1])).isoformat()
    if found := _YEAR_LAST.fullmatch(text):
        return _year_last(int(found[1]), int(found[3]), int(found[4]), order).isoformat()
    if found := _DAY_MONTH_NAME.fullmatch(text):
        return _day(int(found[3]), _month(found[2]), int(found[1])).isoformat()
    if found := _MONTH_NAME_DAY.fullmatch(text):
        return _day(int(found[3]), _month(found[1]), int(found[2])).isoformat()
    _refuse("not a date in a known form")
