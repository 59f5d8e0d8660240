"""Figures beside their goals: as they are printed, and as docs/performance.md has them."""

import re
from collections.abc import Mapping
from pathlib import Path

from goals import Goal

PAGE = Path(__file__).resolve().parents[1] / "docs/performance.md"


def shown(value: float | None, goal: Goal) -> str:
    """In the unit of its goal, with three digits that count."""
    if value is None:
        return ""
    digits = 0 if abs(value) >= 100 or (not goal.unit and value == int(value)) else 1 if abs(value) >= 10 else 2
    number = f"{value:.{digits}f}"
    number = number.rstrip("0").rstrip(".") if "." in number else number
    return f"{number}{goal.unit}" if goal.unit == "x" else f"{number} {goal.unit}".strip()


def bound(goal: Goal) -> str:
    if goal.bound is None:
        return ""
    return f"{'≥' if goal.at_least else '≤'} {shown(goal.bound, goal)}"


def rows(goals: tuple[Goal, ...], values: Mapping[str, float]) -> list[list[str]]:
    """Of what was measured alone."""
    return [
        [goal.what, shown(values[goal.key], goal), bound(goal), shown(goal.limit, goal), goal.by]
        for goal in goals if goal.key in values]


def printed(title: str, goals: tuple[Goal, ...], values: Mapping[str, float]) -> str:
    """For a terminal; what misses its goal says so at its end."""
    lines = [f"\n{title}", f"{'':48}{'measured':>12}{'goal':>12}{'limit':>12}"]
    for goal in goals:
        if goal.key in values:
            verdict = "" if goal.is_met(values[goal.key]) else "  MISSED" if goal.fails else "  missed (told alone)"
            lines.append(f"{goal.what:48}{shown(values[goal.key], goal):>12}{bound(goal):>12}{shown(goal.limit, goal):>12}{verdict}")
    return "\n".join(lines)


def markdown(goals: tuple[Goal, ...], values: Mapping[str, float]) -> str:
    head = ["", "measured", "goal", "limit", "what limits it"]
    lines = [head, ["---"] * len(head), *rows(goals, values)]
    return "\n".join(f"| {' | '.join(cells)} |".replace("|  |", "| |").replace("|  |", "| |") for cells in lines)


def written(page: str, part: str, table: str) -> str:
    """The page with this table between the marks of its part; a part that was not measured keeps what it has."""
    marks = re.compile(rf"(<!-- bench {part} -->\n).*?(<!-- end -->)", re.DOTALL)
    assert marks.search(page), f"docs/performance.md has no place for {part}"
    return marks.sub(lambda found: f"{found[1]}{table}\n{found[2]}", page)
