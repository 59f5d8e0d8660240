"""Throttles, 5xx, bare 503s, resets and lost answers on three calls of ten: an apply ends well all the same. A
service that does nothing but fail ends it in bounded time."""

import time

import pytest

from bench import Bench
from faults import Broken, Random, Rule
from harness import ENDPOINT
from stacks import APPLY, QUEUE, RICH

SHARE = 0.3
SEEDS = [*range(3), *(pytest.param(seed, marks=pytest.mark.long) for seed in range(3, 24))]


@pytest.mark.parametrize("seed", SEEDS)
def test_an_apply_ends_well(tmp_path, seed):
    bench = Bench(tmp_path, RICH)
    with Random(ENDPOINT, seed, SHARE) as proxy:
        run = bench.etlctl.through(proxy)(*APPLY, check=False, timeout=300)
    assert len(proxy.met) >= 10, run
    run.exits(0)
    bench.assert_converged()


def test_a_service_that_only_fails_ends_the_run_and_is_named(tmp_path):
    bench, begin = Bench(tmp_path, QUEUE), time.monotonic()
    run, _ = bench.run(APPLY, [Rule("sqs:CreateQueue", Broken(), times=None)], timeout=200)
    run.tells("failed: queue/dlq: sqs:CreateQueue on tiny-dlq: InternalServerError")
    assert run.code != 0 and time.monotonic() - begin < 150, run
    bench.calmly(APPLY).exits(0)
    bench.assert_converged()
