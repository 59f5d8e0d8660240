"""Figures beside their goals: as they are printed, and as docs/performance.md has them."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from goals import Goal

PAGE = Path(__file__).resolve().parents[1] / "docs/performance.md"


@dataclass(frozen=True)
class Measured:
    """Figures by the keys of their goals; `limits` is what was seen to stand in the way, where a run can tell."""

    values: Mapping[str, float]
    limits: Mapping[str, str] = field(default_factory=dict)


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


def rows(goals: tuple[Goal, ...], measured: Measured) -> list[list[str]]:
    """Of what was measured alone."""
    return [
        [goal.what, shown(measured.values[goal.key], goal), bound(goal), shown(goal.limit, goal), measured.limits.get(goal.key, goal.by)]
        for goal in goals if goal.key in measured.values]


def printed(title: str, goals: tuple[Goal, ...], measured: Measured) -> str:
    """For a terminal; what misses its goal says so at its end."""
    values = measured.values
    lines = [f"\n{title}", f"{'':48}{'measured':>12}{'goal':>12}{'limit':>12}"]
    for goal in goals:
        if goal.key in values:
            verdict = "" if goal.is_met(values[goal.key]) else "  MISSED" if goal.fails else "  missed (told alone)"
            lines.append(f"{goal.what:48}{shown(values[goal.key], goal):>12}{bound(goal):>12}{shown(goal.limit, goal):>12}{verdict}")
    return "\n".join(lines)


def markdown(title: str, command: str, goals: tuple[Goal, ...], measured: Measured) -> str:
    head = ["", "measured", "goal", "limit", "what limits it"]
    lines = [head, ["---"] * len(head), *rows(goals, measured)]
    table = "\n".join("|" + "".join(f" {cell} |" if cell else " |" for cell in cells) for cells in lines)
    return f"### {title}\n\n`{command}`\n\n{table}"


def place_of(part: str) -> re.Pattern[str]:
    return re.compile(rf"(<!-- bench {part} -->\n).*?(<!-- end -->)", re.DOTALL)


def have(parts: Iterable[str]) -> None:
    """Said before hours are spent on what has no place on the page."""
    page = PAGE.read_text()
    assert not (lost := [part for part in parts if not place_of(part).search(page)]), f"docs/performance.md has no place for {lost}"


def written(page: str, part: str, table: str) -> str:
    """The page with this table between the marks of its part; a part that was not measured keeps what it has."""
    assert place_of(part).search(page), f"docs/performance.md has no place for {part}"
    return place_of(part).sub(lambda found: f"{found[1]}{table}\n\n{found[2]}", page)
