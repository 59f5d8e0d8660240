"""Measures and compares with the goals: `main.py [PART…]`, all parts by default.

    one       one stack, in turn with boto3
    many      a stack of SCALE functions (100) under AWS's quotas
    growth    processor time from 100 to 400 functions
    sources   50 MB in 20,000 files

Ends with 1 where a goal that can fail is missed. UPDATE_PAGES=1 writes the
tables of docs/performance.md anew."""

import os
import sys
import time
from collections.abc import Callable

import goals
import growth
import many
import one_stack
import sources
import tables

SCALE = int(os.environ.get("SCALE") or 100)
# Title, what makes it, goals, and the measure.
Part = tuple[str, str, tuple[goals.Goal, ...], Callable[[Callable[[str], None]], tables.Measured]]
PARTS: dict[str, Part] = {
    "one": ("One stack, `lambda-etl`, on AWS's path, 30 ms a call", "make bench PARTS=one", goals.ONE_STACK, one_stack.measure),
    "many": (f"{SCALE} functions under AWS's quotas, 30 ms a call", f"make bench PARTS=many SCALE={SCALE}", goals.many(SCALE),
             lambda say: many.measure(SCALE, say)),
    "growth": ("Processor time from 100 to 400 functions, without delay or quotas", "make bench PARTS=growth", goals.GROWTH, growth.measure),
    "sources": ("50 MB of sources in 20,000 files, 30 ms a call", "make bench PARTS=sources", goals.SOURCES, sources.measure),
}


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def main() -> int:
    chosen = sys.argv[1:] or list(PARTS)
    if unknown := set(chosen) - set(PARTS):
        sys.exit(f"no such part: {', '.join(sorted(unknown))}\n{__doc__}")
    places = {name: f"{name} {SCALE}" if name == "many" else name for name in chosen} if os.environ.get("UPDATE_PAGES") else {}
    tables.have(places.values())
    missed: list[str] = []
    for name in chosen:
        title, command, aims, measure = PARTS[name]
        start = time.monotonic()
        measured = measure(say)
        print(tables.printed(title, aims, measured), flush=True)
        say(f"({name}: {time.monotonic() - start:.0f} s)")
        missed += [f"{name} {goal.key}: {tables.shown(measured.values[goal.key], goal)}, and the goal is {tables.bound(goal)}"
                   for goal in goals.missed(aims, measured.values)]
        if name in places:
            table = tables.markdown(title, command, aims, measured)
            tables.PAGE.write_text(tables.written(tables.PAGE.read_text(), places[name], table))
    print("\nEvery goal is met." if not missed else "\nMissed:\n  " + "\n  ".join(missed))
    return int(bool(missed))


if __name__ == "__main__":
    sys.exit(main())
