"""What a behaviour of AWS is that the local AWS lacks, and the table of all of
them. They stand in the files like_*.py, a subject each."""

import collections
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from local import Local

TABLE = {}
# By account, region and what it is that is remembered: a test runs the binary
# several times, each time through proxies of its own.
MEMORY = collections.defaultdict(dict)


@dataclass(eq=False)
class Behaviour:
    """`source` is who saw it or says it, `verified` whether that was on AWS. An
    `asked` hook acts before a call: it may refuse it, or answer it. An
    `answered` hook alters what the local AWS answered. Both are by the
    operations that they are for, `*` for all."""

    name: str
    source: str
    verified: bool = True
    asked_of: dict = field(default_factory=dict)
    answered_of: dict = field(default_factory=dict)

    def asked(self, *operations):
        return self.hook(self.asked_of, operations)

    def answered(self, *operations):
        return self.hook(self.answered_of, operations)

    def hook(self, hooks, operations):
        def take(function):
            hooks.update(dict.fromkeys(operations, function))
            return function
        return take


def behaviour(name, source, verified=True):
    assert name not in TABLE, name
    TABLE[name] = Behaviour(name, source, verified)
    return TABLE[name]


@dataclass
class Options:
    """Seconds for which AWS refuses the name of a queue that was deleted, sixty
    there, and for which the tagging API still says what was before a write;
    for which a state machine goes. The clock says the seconds that have passed."""

    queue_seconds: float = 0.5
    tag_lag: float = 0.0
    deleting_seconds: float = 0.5
    clock: Callable[[], float] = time.monotonic


@dataclass
class Exchange:
    """A call on its way. `request` is what was asked, `answer` the members of what the local AWS answered."""

    name: str
    request: object
    account: str
    region: str
    local: Local
    options: Options
    answer: dict | None = None

    @property
    def members(self):
        return self.request.members

    @property
    def partition(self):
        return "aws-cn" if self.region.startswith("cn-") else "aws-us-gov" if self.region.startswith("us-gov-") else "aws"

    def now(self):
        """In seconds, from no time that means anything."""
        return self.options.clock()

    def memory(self, what):
        return MEMORY[self.account, self.region, what]

    def arn(self, service, rest):
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:{rest}"
