"""The quotas of AWS's control plane, as docs/aws-facts.md §10 has them, and the
buckets that hold a client to them: a second's worth at once, and then the rate."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase


@dataclass(frozen=True)
class Quota:
    """Requests a second that these operations have together. The first quota
    that an operation matches is the one it counts against."""

    operations: tuple[str, ...]
    per_second: float

    def matches(self, operation: str) -> bool:
        return any(fnmatchcase(operation, pattern) for pattern in self.operations)

    def __str__(self) -> str:
        return f"{self.operations[0]} {self.per_second:g}/s"


def of_each(service: str, per_second: float, *operations: str) -> tuple[Quota, ...]:
    """A quota of its own for each of these."""
    return tuple(Quota((f"{service}:{operation}",), per_second) for operation in operations)


# IAM publishes none: 20 is a guess, and the only one here.
QUOTAS: tuple[Quota, ...] = (
    *of_each("lambda", 100, "GetFunction"),
    *of_each("lambda", 15, "GetPolicy"),
    Quota(("lambda:*",), 15),
    Quota(("iam:*",), 20),
    *of_each("cloudwatch", 3, "PutMetricAlarm", "PutCompositeAlarm", "DeleteAlarms", "SetAlarmState"),
    *of_each("cloudwatch", 9, "DescribeAlarms"),
    *of_each("cloudwatch", 20, "DescribeAlarmHistory", "TagResource", "UntagResource"),
    *of_each("cloudwatch", 10, "ListTagsForResource"),
    *of_each("logs", 10, "CreateLogGroup", "DeleteLogGroup", "DescribeLogGroups"),
    *of_each("logs", 5, "PutRetentionPolicy", "DeleteRetentionPolicy", "TagResource", "UntagResource", "ListTagsForResource"),
    *of_each("sns", 30, "ListTopics", "ListSubscriptions", "ListSubscriptionsByTopic"),
    *of_each("sns", 100, "Subscribe", "Unsubscribe"),
    Quota(("sns:TagResource", "sns:UntagResource", "sns:ListTagsForResource"), 10),
    Quota(("sts:*",), 600),
)


class Bucket:
    """Full at first, with a second's worth. A call that finds it empty is refused, and takes nothing."""

    def __init__(self, per_second: float, clock: Callable[[], float] = time.monotonic):
        self.per_second, self.clock = per_second, clock
        self.held, self.at = per_second, clock()

    def take(self) -> bool:
        now = self.clock()
        self.held = min(self.per_second, self.held + (now - self.at) * self.per_second)
        self.at = now
        if self.held < 1:
            return False
        self.held -= 1
        return True


class Gate:
    """The buckets of an account in a region, one a quota; what has no quota always passes."""

    def __init__(self, quotas: Sequence[Quota], clock: Callable[[], float] = time.monotonic):
        self.quotas, self.clock, self.lock = quotas, clock, threading.Lock()
        self.fill()

    def fill(self) -> None:
        """As if nobody had called for a second."""
        with self.lock:
            self.buckets = [Bucket(quota.per_second, self.clock) for quota in self.quotas]

    def passes(self, operation: str) -> bool:
        with self.lock:
            found = next((at for at, quota in enumerate(self.quotas) if quota.matches(operation)), None)
            return found is None or self.buckets[found].take()


def fullest(operations: Sequence[str], quotas: Sequence[Quota] = QUOTAS) -> tuple[str, float]:
    """The quota that takes longest to let these calls pass, and the seconds that it takes, without a burst."""
    taken: dict[Quota, int] = {}
    for operation in operations:
        quota = next((quota for quota in quotas if quota.matches(operation)), None)
        if quota:
            taken[quota] = taken.get(quota, 0) + 1
    if not taken:
        return "none", 0.0
    quota = max(taken, key=lambda each: taken[each] / each.per_second)
    return str(quota), taken[quota] / quota.per_second
