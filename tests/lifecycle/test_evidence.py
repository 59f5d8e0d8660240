"""Plans held against what ran: lines and points that are laid down, and changes that they contradict or not."""

import time

import pytest

from bench import Bench
from faults import Refused, Rule
from harness import ENDPOINT
from proxy import Proxy
from stacks import APPLY, HEAD
from terminal import answer

DENIED = Refused(400, "AccessDeniedException", "User is not authorized")
DAY = 24 * 3600
PLAN = ["plan", "--format", "json"]
STACK = HEAD + """\
queues:
  jobs: { visibility_timeout: 1800s }
functions:
  work:
    source: ../handlers/work
    runtime: nodejs22.x
    handler: index.handler
    memory: 1024
    timeout: 300s
    reserved_concurrency: 10
    log_retention: 30d
    event_sources: [{ queue: jobs }]
    role: { policies: { jobs: [{ actions: [sqs:ReceiveMessage, sqs:DeleteMessage, sqs:GetQueueAttributes], resources: ["${queues.jobs.arn}"] }] } }
"""
NAME = "tiny-work"
GROUP = f"/aws/lambda/{NAME}"


def ago(seconds):
    return int((time.time() - seconds) * 1000)


def lay(bench, lines, group=GROUP, stream="2026/11/12/[$LATEST]0123abcd"):
    """Puts lines of (seconds ago, text) down."""
    logs = bench.aws("logs")
    logs.create_log_stream(logGroupName=group, logStreamName=stream)
    events = [{"timestamp": ago(seconds), "message": text} for seconds, text in sorted(lines, reverse=True)]
    logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=events)


def report(nth, used=200, duration=800, more=""):
    return (f"REPORT RequestId: {nth}\tDuration: {duration}.25 ms\tBilled Duration: {duration + 1} ms\t"
            f"Memory Size: 1024 MB\tMax Memory Used: {used} MB\t{more}")


def measure(bench, name, value, namespace="AWS/Lambda", dimension=("FunctionName", NAME), seconds=DAY):
    point = {"MetricName": name, "Timestamp": time.time() - seconds, "Value": value,
             "Dimensions": [{"Name": dimension[0], "Value": dimension[1]}]}
    bench.aws("cloudwatch").put_metric_data(Namespace=namespace, MetricData=[point])


@pytest.fixture(scope="module")
def lived(tmp_path_factory):
    """A stack that ran for two weeks: 60 calls in lines, 4,310 in metrics."""
    bench = Bench(tmp_path_factory.mktemp("evidence"), STACK)
    bench.calmly(APPLY).exits(0)
    calls = [(13 * DAY - nth * 3600 * 5, report(nth)) for nth in range(58)]
    calls += [(5 * DAY, report("big", used=412)), (4 * DAY, report("slow", duration=41_000))]
    lay(bench, calls)
    for name, value in (("Invocations", 4310.0), ("ConcurrentExecutions", 7.0)):
        measure(bench, name, value)
    return bench


def told(bench, change, *options, through=None, env=None):
    """What the plan of a changed stack says against it, by address and field."""
    for before, after in change:
        assert before in STACK
    stack = STACK
    for before, after in change:
        stack = stack.replace(before, after)
    bench.project.stack(stack)
    etlctl = bench.etlctl.through(through) if through else bench.etlctl
    run = etlctl(*PLAN, *options, check=False, env=env).exits(0)
    (plan,) = run.json["stacks"]
    found = {}
    for step in plan["changes"]:
        for field in step["fields"]:
            for objection in field.get("evidence", []):
                assert objection["samples"] > 0 and objection["hours"] > 0, objection
                found[step["address"], field["path"]] = objection["text"]
    return found, plan["evidence_missing"]


CONTRADICTED = [
    ("memory: 1024", "memory: 256", "function/work", "memory", "a call used 412 MB on ", " (60 calls in 14 d); 256 would have killed it"),
    ("memory: 1024", "memory: 448", "function/work", "memory", "a call used 412 MB on ", " (60 calls in 14 d); 448 leaves less than a fifth of that over"),
    ("timeout: 300s", "timeout: 30s", "function/work", "timeout", "a call took 41.0 s (4,310 calls in 14 d)", ""),
    ("reserved_concurrency: 10", "reserved_concurrency: 5", "function/work", "reserved_concurrency",
     "7 ran at once (4,310 calls in 14 d); 5 would have turned calls away", ""),
    ("log_retention: 30d", "log_retention: 7d", "log_group/work", "retention_days", "deletes about ", " events of "),
    ("timeout: 300s", "timeout: 600s", "function/work", "timeout",
     "messages stay hidden for 1800 s, and six times the timeout of tiny-work is 3600 s (4,310 calls in 14 d)", ""),
    ("visibility_timeout: 1800s", "visibility_timeout: 900s", "queue/jobs", "visibility_timeout",
     "messages stay hidden for 900 s, and six times the timeout of tiny-work is 1800 s (4,310 calls in 14 d)", ""),
]


@pytest.mark.parametrize(("before", "after", "address", "field", "begins", "holds"), CONTRADICTED)
def test_a_change_that_evidence_contradicts_is_warned_of(lived, before, after, address, field, begins, holds):
    found, missing = told(lived, [(before, after)])
    assert list(found) == [(address, field)] and not missing, (found, missing)
    assert found[address, field].startswith(begins) and holds in found[address, field], found


@pytest.mark.parametrize("change", [
    ("memory: 1024", "memory: 512"), ("memory: 1024", "memory: 2048"), ("timeout: 300s", "timeout: 42s"),
    ("reserved_concurrency: 10", "reserved_concurrency: 7"), ("reserved_concurrency: 10", "reserved_concurrency: 20"),
    ("log_retention: 30d", "log_retention: 60d"), ("log_retention: 30d", "log_retention: 14d"),
    ("visibility_timeout: 1800s", "visibility_timeout: 3600s"), ("memory: 1024", "memory: 1024\n    description: other"),
], ids=lambda change: change[1])
def test_a_change_that_evidence_does_not_contradict_is_let_be(lived, change):
    assert told(lived, [change]) == ({}, [])


def test_only_what_gets_less_is_looked_up(lived):
    def asked(*change, options=()):
        with Proxy(ENDPOINT) as proxy:
            told(lived, [change] if change else [], *options, through=proxy)
        return sorted(call.operation for call in proxy.calls if call.operation in ("GetMetricData", "FilterLogEvents"))

    assert asked() == []
    assert asked("memory: 1024", "memory: 2048") == []
    assert asked("memory: 1024", "memory: 512", options=["--no-evidence"]) == []
    assert asked("memory: 1024", "memory: 512") == ["FilterLogEvents", "GetMetricData"]


def test_the_line_stands_below_its_change_and_strict_fails_before_a_write(lived):
    lived.project.stack(STACK.replace("memory: 1024", "memory: 256"))
    lines = lived.calmly(["plan"]).exits(0).out.splitlines()
    (at,) = [nth for nth, line in enumerate(lines) if "memory: 1024 → 256" in line]
    assert lines[at + 1].strip().startswith("! a call used 412 MB on "), lines
    lived.calmly(["plan", "--strict-evidence"]).exits(1)
    with Proxy(ENDPOINT) as proxy:
        run = lived.etlctl.through(proxy)(*APPLY, "--strict-evidence", check=False).exits(1)
    assert not proxy.writes and "function/work: memory: a call used 412 MB" in run.err, run
    lived.project.stack(STACK)
    lived.calmly([*APPLY, "--strict-evidence"]).exits(0)


def test_turned_away_and_timed_out_calls_argue_too(tmp_path):
    bench = Bench(tmp_path, STACK)
    bench.calmly(APPLY).exits(0)
    lay(bench, [(3 * DAY, report("late", duration=300_000, more="Status: timeout")), (2 * DAY, report("good"))])
    for name, value in (("Invocations", 2.0), ("Throttles", 12.0), ("ConcurrentExecutions", 3.0)):
        measure(bench, name, value)
    found, _ = told(bench, [("timeout: 300s", "timeout: 200s"), ("reserved_concurrency: 10", "reserved_concurrency: 8")])
    assert found == {
        ("function/work", "timeout"): "1 of the calls ran into a timeout of 300 s (2 calls in 14 d)",
        ("function/work", "reserved_concurrency"): "12 were turned away already (2 calls in 14 d)",
    }


def test_bytes_that_came_in_are_what_metrics_say(tmp_path):
    bench = Bench(tmp_path, STACK)
    bench.calmly(APPLY).exits(0)
    for name, value in (("IncomingBytes", 2 * 1024**3), ("IncomingLogEvents", 9000.0)):
        for days in (3, 10):
            measure(bench, name, value, "AWS/Logs", ("LogGroupName", GROUP), days * DAY)
    found, _ = told(bench, [("log_retention: 30d", "log_retention: 7d")])
    assert found["log_group/work", "retention_days"].startswith("deletes about 2.0 GB of logs (9,000 events of "), found


def test_machine_code_of_another_machine_argues_with_arm64(tmp_path):
    bench = Bench(tmp_path, STACK)
    (bench.project.dir / "handlers/work/lib.so").write_bytes(b"\x7fELF\x02\x01\x01" + bytes(11) + b"\x3e\x00" + bytes(40))
    bench.calmly(APPLY).exits(0)
    measure(bench, "Invocations", 4310.0)
    found, _ = told(bench, [("memory: 1024", "memory: 1024\n    architecture: arm64")])
    text = found["function/work", "architecture"]
    assert "lib.so" in text and text.endswith("(4,310 calls in 14 d)"), found


@pytest.mark.parametrize("call", ["cloudwatch:GetMetricData", "logs:FilterLogEvents"])
def test_evidence_that_cannot_be_had_is_one_line_and_no_failure(lived, call):
    lived.project.stack(STACK.replace("memory: 1024", "memory: 256"))
    whole = lived.calmly(["plan", "--no-evidence"]).exits(0)
    run, _ = lived.run(["plan"], [Rule(call, DENIED, times=None)])
    run.exits(0)
    (line,) = [line for line in run.out.splitlines() if "evidence: " in line]
    assert line.endswith(f"cannot be read: these credentials lack {call}"), run

    def plan(out):
        lines = [line for line in out.splitlines() if line.strip() and not line.strip().startswith(("!", "evidence:"))]
        return lines[:-1]

    assert plan(run.out) == plan(whole.out)


def test_what_was_told_before_the_question_is_not_asked_again_after_it(lived):
    lived.project.stack(STACK.replace("memory: 1024", "memory: 512"))
    with Proxy(ENDPOINT) as proxy:
        run = answer(lived.etlctl.through(proxy), "apply", "--cost", question="Apply to", reply="yes").exits(0)
    beside = [call.operation for call in proxy.calls if call.operation in ("GetMetricData", "FilterLogEvents")]
    # One for both costs and evidence; that live AWS did not move was looked at all the same.
    assert sorted(beside) == ["FilterLogEvents", "GetMetricData"], run
    assert proxy.count("lambda:GetFunction") > 2, run
    lived.project.stack(STACK)
    lived.calmly([*APPLY, "--no-evidence"]).exits(0)
