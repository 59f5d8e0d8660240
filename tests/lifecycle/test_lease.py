"""The optional lease: whoever asks for it works alone, waits for the other and says so, and leaves nothing behind."""

import signal
import threading

import pytest

from bench import Bench
from faults import Faulty, Lost, Refused, Rule
from harness import ENDPOINT

STACK = """\
stack: tiny
region: us-east-1
environments: { dev: {} }
naming: "tiny-${name}"
queues: { dlq: {} }
"""
LEASES = "/etlctl/lease/tiny/dev/dev/"
APPLY, DESTROY = ["apply", "--yes", "--lock"], ["destroy", "--yes", "--lock"]


@pytest.fixture
def bench(tmp_path):
    return Bench(tmp_path, STACK)


def standing(bench):
    return [group["logGroupName"] for group in bench.aws("logs").describe_log_groups(logGroupNamePrefix=LEASES)["logGroups"]]


class Held:
    """An apply that is held in front of a call until it may go on."""

    def __init__(self, bench, operation, args=APPLY):
        self.reached, self.go_on = threading.Event(), threading.Event()
        self.proxy = Faulty(ENDPOINT)
        self.proxy.before = lambda call: self.hold() if call.name == operation else None
        self.bench, self.args = bench, args

    def hold(self):
        self.reached.set()
        self.go_on.wait(100)

    def __enter__(self):
        self.proxy.__enter__()
        self.process = self.bench.etlctl.through(self.proxy).start(*self.args)
        assert self.reached.wait(60), "the apply did not come so far"
        return self

    def __exit__(self, *_):
        self.go_on.set()
        self.process.kill()
        self.process.communicate()
        self.proxy.__exit__()


def until_told(process, words):
    lines = []
    for line in process.stderr:
        lines.append(line)
        if words in line:
            return line
    raise AssertionError(f"`{words}` was not told: {lines}")


@pytest.mark.parametrize("second", [["apply", "--yes"], ["destroy", "--yes"]])
def test_who_comes_second_waits_and_says_for_whom(bench, second):
    bench.project.stack("lock: true\n" + STACK)
    with Held(bench, "sqs:CreateQueue", ["apply", "--yes"]) as first:
        waiting = bench.etlctl.start(*second)
        line = until_told(waiting, "waiting: the lease of tiny (dev): ")
        assert f"process {first.process.pid} " in line and " s of 1800 s" in line, line
        assert waiting.poll() is None
        first.go_on.set()
        assert first.process.wait(60) == 0
        _, err = waiting.communicate(timeout=60)
        assert waiting.returncode == 0, err
    assert not standing(bench), "nothing is left of a lease"
    there = bool(bench.aws("sqs").list_queues().get("QueueUrls"))
    assert there == (second[0] == "apply"), "the second came second"


def test_of_many_at_once_one_makes_what_is_to_be_made(bench):
    applies = [bench.etlctl.start(*APPLY) for _ in range(5)]
    ends = [process.communicate(timeout=120) for process in applies]
    assert [process.returncode for process in applies] == [0] * 5, ends
    assert sum("Done: tiny (dev): 1 created" in err for _, err in ends) == 1, ends
    assert not standing(bench)


@pytest.mark.parametrize("lost", ["logs:CreateLogGroup", "logs:DeleteLogGroup"])
def test_a_lost_answer_loses_no_lease(bench, lost):
    run, proxy = bench.run(APPLY, [Rule(lost, Lost(), about=LEASES)])
    run.exits(0)
    assert proxy.count("logs:CreateLogGroup", LEASES) == 1, run
    assert not standing(bench)


@pytest.mark.parametrize("moment, code", [("sqs:GetQueueUrl", 130), ("sqs:CreateQueue", 130)])
def test_who_is_interrupted_gives_it_back(bench, moment, code):
    with Held(bench, moment) as held:
        assert len(standing(bench)) == 1
        held.process.send_signal(signal.SIGINT)
        if moment == "sqs:CreateQueue":
            until_told(held.process, "Stopping")
            held.go_on.set()
        assert held.process.wait(30) == code
    assert not standing(bench)


def test_a_failure_gives_it_back(bench):
    run, proxy = bench.run(APPLY, [Rule("sqs:CreateQueue", Refused(400, "InvalidAttributeValue", "no such delay"))])
    assert proxy.count("logs:CreateLogGroup", LEASES) == 1
    run.exits(1)
    assert not standing(bench)


def test_who_does_not_ask_for_it_makes_no_call_for_it(bench):
    _, proxy = bench.run(["apply", "--yes"])
    assert not [call for call in proxy.calls if LEASES in call.text]


def test_the_policy_of_a_locked_stack_allows_the_lease(bench):
    def allowed(purpose):
        policy = bench.calmly(["permissions", "--for", purpose, "--account", "111122223333"]).exits(0).json
        arn = f"arn:aws:logs:us-east-1:111122223333:log-group:{LEASES}*"
        return {action for one in policy["Statement"] if arn in one["Resource"]
                for action in ([one["Action"]] if isinstance(one["Action"], str) else one["Action"])}

    assert allowed("apply") == set()
    bench.project.stack("lock: true\n" + STACK)
    needed = {"logs:CreateLogGroup", "logs:DeleteLogGroup", "logs:ListTagsForResource", "logs:TagResource"}
    assert allowed("apply") == allowed("destroy") == needed
    assert allowed("plan") == set()


@pytest.mark.long
def test_the_lease_of_who_was_killed_expires_and_is_taken_over(bench):
    with Held(bench, "sqs:CreateQueue") as held:
        held.process.kill()
        held.process.wait()
        assert len(standing(bench)) == 1
        run = bench.calmly(APPLY).exits(0)
        run.tells("was not renewed for 30 s", f"process {held.process.pid} ", "taking it over")
    assert not standing(bench)


@pytest.mark.long
def test_who_works_longer_than_its_term_keeps_it(bench):
    with Held(bench, "sqs:CreateQueue") as held:
        run = bench.calmly([*APPLY, "--timeout", "40s"])
        assert "taking it over" not in run.err, run
        run.exits(1).tells("waiting: the lease of tiny (dev)")
        held.go_on.set()
        assert held.process.wait(60) == 0


def test_a_lease_that_is_somebody_elses_now_is_not_given_back(bench):
    """Numbers begin again once none is held: the holder tells whose it is."""
    with Held(bench, "sqs:CreateQueue") as held:
        (name,) = standing(bench)
        logs = bench.aws("logs")
        logs.delete_log_group(logGroupName=name)
        logs.create_log_group(logGroupName=name, tags={"etlctl:lease-holder": "another run", "etlctl:lease-renewed": "now"})
        held.go_on.set()
        assert held.process.wait(60) == 0
    assert standing(bench) == [name]
    logs.delete_log_group(logGroupName=name)
