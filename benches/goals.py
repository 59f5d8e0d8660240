"""What has to hold, in one place. A goal that is missed fails the bench where
`fails` says so: a count, chain, ratio, share, growth or size. Times depend on
the machine and are told alone."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Goal:
    """`limit` is how far it can go at all, `by` what stands in the way there. A
    `bound` of None is a figure that is told for the others' sake."""

    key: str
    what: str
    unit: str = ""
    bound: float | None = None
    limit: float | None = None
    by: str = ""
    at_least: bool = False
    fails: bool = True

    def is_met(self, value: float) -> bool:
        if self.bound is None:
            return True
        return value >= self.bound if self.at_least else value <= self.bound


def told(key: str, what: str, unit: str = "", bound: float | None = None, limit: float | None = None, by: str = "") -> Goal:
    return Goal(key, what, unit, bound, limit, by, fails=False)


def missed(goals: tuple[Goal, ...], values: Mapping[str, float]) -> list[Goal]:
    """Those that fail a bench with these figures."""
    return [goal for goal in goals if goal.key in values and goal.fails and not goal.is_met(values[goal.key])]


ONE_STACK = (
    Goal("plan.calls", "no-op plan: calls", "", 20, 14, "one read for each resource that no list tells whole"),
    Goal("plan.chain", "– chain", "", 3, 2, "queue attributes need the URL"),
    told("plan.wall", "– wall", "s", 0.20, 0.08, "two calls of 30 ms, start and TLS-free connections"),
    Goal("plan.ratio", "– boto3 takes", "x", 8, at_least=True, by="boto3's import and its calls, one after the other"),
    Goal("both.calls", "no-op plan of both stacks: calls", "", 30, 25, "as above; account-wide lists once"),
    Goal("both.chain", "– chain", "", 4, 2, "as above"),
    told("both.wall", "– wall", "s", 0.25, 0.08, "as above"),
    told("apply.calls", "apply from nothing: calls", by="reads before, writes, reads of what was written"),
    Goal("apply.chain", "– chain", "", 9, 7, "read, role, its policies, function, its Pending, its concurrency, read-back"),
    told("apply.wall", "– wall beyond Lambda's Pending", "s", 0.6, 0.25, "the chain"),
    Goal("apply.ratio", "– boto3 takes", "x", 3, at_least=True, by="boto3's waiters pause for a second each"),
    Goal("memory.writes", "memory of one function: writes", "", 1, 1, "UpdateFunctionConfiguration"),
    told("memory.calls", "– calls", by="the plan, the write, its InProgress, the read-back"),
    told("memory.chain", "– chain", by="the plan, the write, its InProgress, the read-back"),
    told("memory.wall", "– wall beyond InProgress", "s", 0.4, 0.2, "the chain"),
    Goal("destroy.calls", "destroy: calls", "", 60, 45, "four calls of IAM a role"),
    Goal("destroy.chain", "– chain", "", 9, 7, "plan, function, then its role: detach, delete policy, delete role"),
    told("destroy.wall", "– wall", "s", by="the chain"),
    told("validate.ms", "`validate` of both stacks: wall", "ms", 30, by="the files are read and checked"),
    told("version.ms", "`--version`", "ms", 10, 1.3, "a process that does nothing"),
    Goal("plan.peak", "peak memory of a plan", "MB", 40, by="service models, TLS roots and code that was touched"),
    Goal("binary.size", "binary, stripped", "MB", 22, by="the SDK's clients, one a service"),
)

# By the number of functions. Ratios are to the floor: what the fullest quota takes for the calls that cannot be spared.
PLAN_RATIO, PLAN_CPU, PLAN_PEAK = {100: 3.0, 1000: 1.5}, {100: 0.3, 1000: 3.0}, {100: 80, 1000: 300}
DESTROY_CPU = {100: 1.0, 1000: None}


def many(functions: int) -> tuple[Goal, ...]:
    """Those of a stack of that size; in between and beyond, of the next one above, or else the largest."""
    size = next((size for size in sorted(PLAN_RATIO) if size >= functions), max(PLAN_RATIO))
    return (
        told("plan.calls", "no-op plan: calls"),
        told("plan.wall", "– wall", "s"),
        Goal("plan.ratio", "– to its floor", "x", PLAN_RATIO[size], 1.0),
        told("plan.cpu", "– processor time", "s", PLAN_CPU[size]),
        Goal("plan.peak", "– peak memory", "MB", PLAN_PEAK[size]),
        told("apply.calls", "apply from nothing: calls"),
        told("apply.wall", "– wall", "s"),
        Goal("apply.ratio", "– to its floor", "x", 1.2, 1.0),
        told("apply.cpu", "– processor time", "s"),
        told("destroy.calls", "destroy: calls"),
        told("destroy.wall", "– wall", "s"),
        Goal("destroy.ratio", "– to its floor", "x", 1.5, 1.0),
        told("destroy.cpu", "– processor time", "s", DESTROY_CPU[size]),
        Goal("destroy.growth", "– to that of 100 functions", "x", 15.0, functions / 100, "linear"),
        Goal("throttled", "calls that were throttled", "%", 1.0, 0.0, "none goes out above its quota"),
    )


GROWN = ("validate", "plan", "apply", "destroy")
GROWTH = (told("validate.thousand", "validate of 1,000 functions: wall", "s", 1.0), *(
    goal for verb in GROWN for goal in (
        told(f"{verb}.small", f"{verb} of 100 functions: processor time", "s"),
        told(f"{verb}.large", f"{verb} of 400 functions: processor time", "s"),
        Goal(f"{verb}.growth", "– growth", "x", 6.0, 4.0, "four times the resources"),
    )))

SOURCES = (
    told("cold.wall", "50 MB in 20,000 files: cold apply beyond Pending", "s", 1.5, by="deflate on all cores"),
    told("cold.cpu", "– processor time", "s"),
    told("warm.wall", "– warm: plan beyond that of one file, wall", "ms", 50, by="one walk of the tree"),
    told("warm.cpu", "– warm: the same, processor time", "ms"),
    told("find.cpu", "– `find -printf '%s %T@ %i'` over the tree, processor time", "ms"),
    Goal("warm.ratio", "– the plan takes of that", "x", 2.0, 1.0, "one walk of the tree"),
)
