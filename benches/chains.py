"""How many calls waited for each other: the longest run of calls of which each
began after the one before had ended. The polls of one wait count as one."""

from collections.abc import Iterable
from dataclasses import dataclass

from proxy import Call


@dataclass
class Span:
    """A call, or a wait of several: the same question, asked until it was answered otherwise."""

    what: str
    start: float
    end: float


def spans(calls: Iterable[Call]) -> list[Span]:
    """A call that asks the same as one before joins it where that one was
    answered that it is not so yet, or was refused for now. One that had its
    answer and asks again is a call of its own."""
    found: list[Span] = []
    open_waits: dict[tuple[str, str], Span] = {}
    for call in sorted(calls, key=lambda call: call.start):
        asked = (call.name, call.text)
        span = open_waits.pop(asked, None)
        if span is None:
            span = Span(str(call), call.start, call.end)
            found.append(span)
        span.end = max(span.end, call.end)
        if call.pending:
            open_waits[asked] = span
    return found


def longest(calls: Iterable[Call]) -> list[Span]:
    """To always go on with what ends first finds the most."""
    run: list[Span] = []
    for span in sorted(spans(calls), key=lambda span: span.end):
        if not run or span.start >= run[-1].end:
            run.append(span)
    return run


def length(calls: Iterable[Call]) -> int:
    return len(longest(calls))
