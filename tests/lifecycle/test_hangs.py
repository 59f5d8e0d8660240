"""An endpoint that accepts a call and never answers: the silence is told, the run ends in bounded time, and says
that what was asked may be done all the same."""

import time

import pytest

from abreast import all_at_once
from bench import Bench
from faults import Hang, Rule
from stacks import APPLY, FUNCTION, PLAN, QUEUE

# The silence is told after 5 s; a busy machine may begin late.
SHORT = ["--timeout", "14s"]
# An answer is waited for so long.
BOUND = 30
# On a machine that is busy with other things.
SLACK = 10
# Reads of a plan, and what they are told to be of.
READS = {
    "sts:GetCallerIdentity": "the caller", "tag:GetResources": "", "lambda:GetFunction": "tiny-work",
    "iam:GetAccountAuthorizationDetails": "", "lambda:ListEventSourceMappings": "",
}


def timed(bench, args, rules, timeout=120):
    since = time.monotonic()
    run, proxy = bench.run(args, rules, timeout=timeout)
    return run, proxy, time.monotonic() - since


def test_a_plan_that_nobody_answers_ends_with_its_time_and_tells_the_silence(tmp_path):
    def plan(operation, target):
        bench = Bench(tmp_path / operation, FUNCTION)
        run, _, took = timed(bench, [*PLAN, *SHORT], [Rule(operation, Hang(), times=None)])
        run.exits(1).tells(f"waiting: {operation} on {target}", "nothing has answered yet, 5 s of 30 s", "within 14 s")
        assert took < 14 + SLACK, f"{took} s\n{run}"

    all_at_once(plan, READS.items())


def test_a_write_that_nobody_answers_is_told_as_one_that_may_be_done(tmp_path):
    def apply(stack, operation, address):
        bench = Bench(tmp_path / operation, stack)
        # A call in flight is waited for until its own bound.
        run, _, took = timed(bench, [*APPLY, *SHORT], [Rule(operation, Hang(), times=None)])
        run.exits(6).tells(f"… {address} is being created: nothing has answered yet, 5 s of 30 s", f"out of time: {address}: ",
                           operation, "no answer in 30 s", "The time is up (--timeout)", "To go on: etlctl apply")
        assert took < BOUND + SLACK, f"{took} s\n{run}"
        bench.calmly(APPLY).exits(0)
        bench.assert_converged()

    all_at_once(apply, [(FUNCTION, "lambda:CreateFunction", "function/work"), (QUEUE, "sqs:CreateQueue", "queue/dlq")])


def test_what_was_invoked_and_not_answered_may_run_all_the_same(tmp_path):
    bench = Bench(tmp_path, FUNCTION)
    bench.calmly(APPLY).exits(0)
    run, _, _ = timed(bench, ["invoke", "work", "--timeout", "4s"], [Rule("lambda:Invoke", Hang(), times=None)])
    run.exits(1).tells("not finished within 4 s", "may run all the same")
    assert "nothing was changed" not in run.err, run


def test_a_watch_whose_time_is_up_before_it_has_looked_has_failed(tmp_path):
    bench = Bench(tmp_path, QUEUE)
    run, _, _ = timed(bench, ["watch", "--looks", "1", "--no-who", "--timeout", "3s"], [Rule("tag:GetResources", Hang(), times=None)])
    run.exits(1).tells("not finished within 3 s")


@pytest.mark.long
def test_a_read_that_nobody_answers_ends_the_plan_by_itself(tmp_path):
    def plan(operation, _):
        run, _, took = timed(Bench(tmp_path / operation, FUNCTION), PLAN, [Rule(operation, Hang(), times=None)])
        run.exits(1).tells(f"error: {operation} on ", "no answer in 30 s", "hint: nothing answered in time")
        assert took < 2 * BOUND + SLACK, f"{took} s\n{run}"

    all_at_once(plan, READS.items())


@pytest.mark.long
def test_a_write_that_was_not_answered_is_looked_for_and_made(tmp_path):
    bench = Bench(tmp_path, FUNCTION)
    run, proxy, took = timed(bench, APPLY, [Rule("lambda:CreateFunction", Hang())])
    run.exits(0).tells("lambda:CreateFunction may be done (no answer in 30 s); looking")
    assert proxy.count("lambda:CreateFunction") == 2 and took < BOUND + 2 * SLACK, f"{took} s\n{run}"
    bench.assert_converged()


@pytest.mark.long
def test_a_write_that_is_never_answered_ends_the_apply_by_itself(tmp_path):
    bench = Bench(tmp_path, FUNCTION)
    run, _, took = timed(bench, APPLY, [Rule("lambda:CreateFunction", Hang(), times=None)], timeout=240)
    run.exits(6).tells("failed: function/work: lambda:CreateFunction on tiny-work: no answer in 30 s", "nothing answered in time")
    # Recovery goes on for a minute and a half, and a try that it has begun has its own bound.
    assert took < 90 + BOUND + 2 * SLACK, f"{took} s\n{run}"
    bench.calmly(APPLY).exits(0)
    bench.assert_converged()
