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
from collections.abc import Callable, Mapping

import goals
import growth
import many
import one_stack
import sources
import tables

SCALE = int(os.environ.get("SCALE") or 100)
Part = tuple[str, tuple[goals.Goal, ...], Callable[[Callable[[str], None]], Mapping[str, float]]]
PARTS: dict[str, Part] = {
    "one": ("One stack, `lambda-etl`, on AWS's path, 30 ms a call", goals.ONE_STACK, one_stack.measure),
    "many": (f"{SCALE} functions under AWS's quotas, 30 ms a call", goals.many(SCALE), lambda say: many.measure(SCALE, say)),
    "growth": ("Processor time from 100 to 400 functions, without delay or quotas", goals.GROWTH, growth.measure),
    "sources": ("50 MB of sources in 20,000 files, 30 ms a call", goals.SOURCES, sources.measure),
}


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def main() -> int:
    chosen = sys.argv[1:] or list(PARTS)
    if unknown := set(chosen) - set(PARTS):
        sys.exit(f"no such part: {', '.join(sorted(unknown))}\n{__doc__}")
    missed: list[str] = []
    for name in chosen:
        title, aims, measure = PARTS[name]
        start = time.monotonic()
        values = measure(say)
        print(tables.printed(title, aims, values), flush=True)
        say(f"({name}: {time.monotonic() - start:.0f} s)")
        missed += [f"{name}: {goal.what}" for goal in goals.missed(aims, values)]
        if os.environ.get("UPDATE_PAGES"):
            place = f"{name} {SCALE}" if name == "many" else name
            tables.PAGE.write_text(tables.written(tables.PAGE.read_text(), place, tables.markdown(aims, values)))
    print("\nEvery goal is met." if not missed else f"\nMissed, {len(missed)}: " + "; ".join(missed))
    return int(bool(missed))


if __name__ == "__main__":
    sys.exit(main())
