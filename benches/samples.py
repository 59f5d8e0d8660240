"""One run of etlctl through the slow AWS, as figures."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import chains
from client import Client, Took
from proxy import Call
from slow_aws import SlowAws


@dataclass(frozen=True)
class Sample:
    took: Took
    calls: tuple[Call, ...]

    @property
    def count(self) -> int:
        return len(self.calls)

    @property
    def chain(self) -> int:
        return chains.length(self.calls)

    @property
    def writes(self) -> int:
        return sum(call.writes for call in self.calls)

    @property
    def throttled(self) -> int:
        return sum(call.throttled for call in self.calls)

    @property
    def names(self) -> list[str]:
        return [call.name for call in self.calls]

    def __str__(self) -> str:
        """What stands in the chain, for who has to shorten it."""
        return " → ".join(span.what for span in chains.longest(self.calls))


def sample(client: Client, aws: SlowAws, *args: str, exits: tuple[int, ...] = (0,)) -> Sample:
    aws.fresh()
    took = client(*args).exits(*exits)
    assert not aws.mistakes, aws.mistakes
    with aws.lock:
        return Sample(took, tuple(aws.calls))


def least(samples: Iterable[Sample], of: Callable[[Sample], float]) -> float:
    return min(map(of, samples))
