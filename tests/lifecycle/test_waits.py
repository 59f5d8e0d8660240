"""Whatever is waited for is told, with how long it may take; and Ctrl-C, SIGTERM and --timeout end every wait
at once, with what was done and what was not."""

import signal
import threading
import time
from dataclasses import dataclass, field

import pytest

from bench import Bench
from faults import Broken, Faulty, Hang, Refused, Rule, Throttled
from harness import ENDPOINT, Result
from stacks import APPLY, PLAN, QUEUE, TOLD_OF

UNASSUMABLE = "The role defined for the function cannot be assumed by Lambda."
NEW_ROLE = Refused(400, "InvalidParameterValueException", UNASSUMABLE)
# On a machine that is busy with other things; on its own it takes a few hundredths.
AT_ONCE = 3


@pytest.fixture
def bench(tmp_path):
    return lambda stack=TOLD_OF: Bench(tmp_path, stack)


@dataclass
class Held:
    """Nobody answers once this write has come; says when it holds the first."""

    after: str
    holds: threading.Event = field(default_factory=threading.Event)

    def meet(self, proxy, call, ask):
        if not proxy.count(self.after):
            return ask()
        self.holds.set()
        proxy.over.wait()


def start(bench, proxy, args, when):
    """A run that has come so far."""
    process, deadline = bench.etlctl.through(proxy).start(*args), time.monotonic() + 60
    while not when():
        assert process.poll() is None and time.monotonic() < deadline, f"it did not come so far: {process.communicate()}"
        time.sleep(0.02)
    return process


def ended(process, args):
    since = time.monotonic()
    try:
        out, err = process.communicate(timeout=30)
    finally:
        process.kill()
    return Result(tuple(args), process.returncode, out, err), time.monotonic() - since


def in_a_plan():
    rules = [Rule("lambda:GetFunction", Hang(), times=None)]
    return PLAN, rules, lambda proxy: proxy.count("lambda:GetFunction")


def in_a_wait():
    rules = [Rule("lambda:CreateFunction", NEW_ROLE, times=None)]
    return APPLY, rules, lambda proxy: proxy.count("lambda:CreateFunction") > 1


def in_the_read_back():
    held = Held(after="sns:Subscribe")
    return APPLY, [Rule("sns:GetTopicAttributes", held, times=None)], lambda proxy: held.holds.is_set()


SITUATIONS = {"a plan": in_a_plan, "a wait": in_a_wait, "the read-back": in_the_read_back}
WRITTEN_THEN = ("role/work created", "log_group/work created", "To go on: etlctl apply --yes")
TOLD = {
    "a plan": (),
    "a wait": (*WRITTEN_THEN, "while waiting: the new role has not reached Lambda yet", "not done: topic/news: ", "2 created, 1 {word}, 1 not done"),
    "the read-back": (*WRITTEN_THEN, "function/work created", "Not all that was written was read back: "),
}


def in_words(situation, word):
    """What is told; nothing is wrong with what was waited for, so that it counts under a word of its own."""
    return [text.format(word=word) for text in TOLD[situation]]



@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM], ids=lambda by: by.name)
@pytest.mark.parametrize("situation", SITUATIONS)
def test_a_signal_ends_it_at_once_and_what_was_done_is_told(bench, situation, by):
    bench, (args, rules, has_come) = bench(), SITUATIONS[situation]()
    with Faulty(ENDPOINT, rules) as proxy:
        process = start(bench, proxy, args, lambda: has_come(proxy))
        process.send_signal(by)
        run, took = ended(process, args)
        assert not proxy.mistakes, proxy.mistakes
    run.exits(130).tells(*in_words(situation, "interrupted"), *(["was read back: interrupted"] if args == APPLY else []))
    assert took < AT_ONCE, f"{took} s\n{run}"
    bench.calmly(APPLY).exits(0)
    bench.assert_converged()


OF_THE_TIME = {
    "a plan": (1, ("error: not finished within 4 s, the time that --timeout gives", "hint: nothing was changed")),
    "a wait": (6, ("The time is up (--timeout)", *in_words("a wait", "out of time"), "was read back: its time is up")),
    "the read-back": (6, ("The time is up (--timeout)", *in_words("the read-back", "out of time"), "was read back: its time is up")),
}


@pytest.mark.parametrize("situation", SITUATIONS)
def test_the_end_of_the_time_ends_it_at_once_in_its_own_words(bench, situation):
    bench, (args, rules, has_come) = bench(), SITUATIONS[situation]()
    code, told = OF_THE_TIME[situation]
    since = time.monotonic()
    run, proxy = bench.run([*args, "--timeout", "4s"], rules)
    took = time.monotonic() - since
    assert has_come(proxy), f"it did not come so far\n{run}"
    run.exits(code).tells(*told)
    assert took < 4 + AT_ONCE, f"{took} s\n{run}"
    bench.calmly(APPLY).exits(0)
    bench.assert_converged()


def test_where_a_wait_is_ended_there_is_nothing_to_mend(bench):
    args, rules, _ = in_a_wait()
    run, _ = bench().run([*args, "--timeout", "3s"], rules)
    run.exits(6).tells("out of time: function/work: ", "its time is up while waiting: the new role has not reached Lambda yet")
    assert "mend what AWS names" not in run.err, run


def test_the_end_of_the_time_before_the_first_write_is_1(bench):
    bench = bench(QUEUE)
    run, _ = bench.run([*APPLY, "--timeout", "3s"], [Rule("sqs:CreateQueue", Refused(
        400, "AWS.SimpleQueueService.QueueDeletedRecently", "You must wait 60 seconds."), times=None)])
    run.exits(1).tells("queue/dlq is being created: SQS frees the name of a deleted queue after 60 s", "The time is up")


# What is waited for, the rule that makes it so, and the line that tells it.
WAITS = {
    "a new role": (APPLY, ("lambda:CreateFunction", NEW_ROLE),
                   "… function/work is being created: the new role has not reached Lambda yet, 0 s of 300 s"),
    "a throttle of a write": (APPLY, ("iam:CreateRole", Throttled()),
                              "… role/work is being created: AWS throttles (Throttling), 0 s of 60 s"),
    "a fault of a write": (APPLY, ("logs:PutRetentionPolicy", Broken()),
                           "… log_group/work is being created: AWS does not answer as it should (ServiceUnavailableException)"),
    "a throttle of a read": (PLAN, ("tag:GetResources", Throttled()), "AWS throttles (ThrottledException), 0 s of 60 s"),
    "a fault of a read": (PLAN, ("lambda:GetFunction", Broken()),
                          "waiting: lambda:GetFunction on tiny-work: AWS does not answer as it should (ServiceException), 0 s"),
}


@pytest.mark.parametrize("where", ["off a terminal", "on a terminal"])
def test_each_wait_is_told(bench, where):
    bench = bench(TOLD_OF.replace("index.handler }", "index.handler, log_retention: 7d }"))
    for args in (PLAN, APPLY):
        waits = [wait for wait in WAITS.values() if wait[0] == args]
        with Faulty(ENDPOINT, [Rule(*of_rule) for _, of_rule, _ in waits]) as proxy:
            etlctl = bench.etlctl.through(proxy)
            run = etlctl.on_terminal(*args) if where == "on a terminal" else etlctl(*args, check=False)
            assert not proxy.unspent() and not proxy.mistakes, f"{proxy.unspent()} {proxy.mistakes}\n{run}"
        said = run.exits(0).out if where == "on a terminal" else run.err
        for _, _, line in waits:
            assert line in said, f"it does not say `{line}`\n{run}"


def test_a_wait_is_told_whole_beside_what_moves_on_the_screen(bench):
    bench = bench()
    with Faulty(ENDPOINT, [Rule("lambda:CreateFunction", NEW_ROLE, times=3)]) as proxy:
        run = bench.etlctl.through(proxy).on_terminal(*APPLY, "--color", "never", term="xterm-256color")
    said = run.exits(0).out
    assert "\x1b[" in said and WAITS["a new role"][2] in said, run
    assert said.count("function/work created") == 1 and said.count("Done: tiny (dev)") == 1, run


@pytest.mark.parametrize("where", ["off a terminal", "on a terminal"])
def test_a_step_that_is_left_out_has_a_sign_of_its_own_and_a_failure_is_told_once(bench, where):
    bench, denied = bench(), "User: arn:aws:iam::1:user/ci is not authorized"
    with Faulty(ENDPOINT, [Rule("lambda:CreateFunction", Refused(403, "AccessDeniedException", denied))]) as proxy:
        etlctl = bench.etlctl.through(proxy)
        run = etlctl.on_terminal(*APPLY) if where == "on a terminal" else etlctl(*APPLY, check=False)
    said = (run.exits(6).out + run.err).splitlines()
    signs = {line.split()[1]: line.split()[0] for line in said if line.split()[:1] in (["✓"], ["✗"], ["○"])}
    assert signs == {"role/work": "✓", "log_group/work": "✓", "function/work": "✗", "topic/news": "○"}, run
    assert sum(denied in line for line in said) == 1, f"once\n{run}"


def test_what_waited_alike_is_told_once_and_did_not_fail(bench):
    several = TOLD_OF.replace("functions:\n", "functions:\n  also: { source: ../handlers/work, runtime: nodejs22.x, handler: index.handler }\n")
    bench, (args, rules, _) = bench(several), in_a_wait()
    with Faulty(ENDPOINT, rules) as proxy:
        process = start(bench, proxy, args, lambda: proxy.count("lambda:CreateFunction") > 3)
        process.send_signal(signal.SIGINT)
        run, _ = ended(process, args)
    run.exits(130).tells("interrupted: function/also: ", "and the same of 1 more:", "function/work", "2 interrupted, 1 not done")
    assert "failed" not in run.err, run
