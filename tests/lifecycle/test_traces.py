"""What a run tells of its calls: how many, how many of them were throttled, what it was held back for, and
each of them in time."""

import json
from collections import Counter

import pytest

from bench import Bench
from faults import Refused, Rule, Throttled
from stacks import APPLY, RICH

SECRET = "hunter2-of-the-environment"
STACK = RICH.replace("LEVEL: first", f"LEVEL: first, PASSWORD: {SECRET}")


def boxes(bench, name="trace.json"):
    document = json.loads(bench.project.dir.joinpath(name).read_text())
    rows = {event["tid"]: event["args"]["name"] for event in document["traceEvents"] if event["ph"] == "M"}
    return [event | {"row": rows[event["tid"]]} for event in document["traceEvents"] if event["ph"] == "X"]


def test_each_call_is_a_box_in_the_row_of_its_resource(tmp_path):
    bench = Bench(tmp_path, STACK)
    run, proxy = bench.run([*APPLY, "--trace", "trace.json"], [Rule("sqs:CreateQueue", Throttled())])
    run.exits(0)
    calls = [box for box in boxes(bench) if box["cat"] == "call"]
    assert Counter(box["name"] for box in calls) == Counter(call.action for call in proxy.calls)
    made = [box for box in calls if box["name"] == "sqs:CreateQueue"]
    assert [(box["row"], box["args"]["attempt"], box["args"]["status"] == "ok") for box in made] == [("tiny-dlq", 1, False), ("tiny-dlq", 2, True)]
    (retry,) = [box for box in boxes(bench) if box["cat"] == "wait" and box["args"]["for"] == "retry"]
    assert made[0]["ts"] + made[0]["dur"] <= retry["ts"] + 1000 and retry["ts"] + retry["dur"] <= made[1]["ts"] + 1000
    text = bench.project.dir.joinpath("trace.json").read_text()
    assert SECRET not in text and "exports.handler" not in text and "AWS_SECRET" not in text
    assert "(1 throttled)" in run.err, run


def test_a_run_that_fails_is_traced_too(tmp_path):
    bench = Bench(tmp_path, STACK)
    run, _ = bench.run([*APPLY, "--trace", "trace.json"], [Rule("iam:CreateRole", Refused(403, "AccessDenied", "not you"))])
    run.exits(6)
    assert [box["args"]["status"] for box in boxes(bench) if box["name"] == "iam:CreateRole"] == ["AccessDenied"]


def test_a_trace_that_cannot_be_written_is_told(tmp_path):
    bench = Bench(tmp_path, STACK)
    run = bench.calmly(["plan", "--trace", "nowhere/trace.json"])
    run.exits(1).tells("nowhere/trace.json")


def test_a_plan_tells_what_was_throttled_and_what_it_was_held_back(tmp_path):
    bench = Bench(tmp_path, STACK)
    bench.calmly(APPLY).exits(0)
    bench.project.write("quotas.json", json.dumps([{"operations": "logs:*", "per_second": 1}, {"operations": "sqs:*", "per_second": 1}]))
    pace = {"ETLCTL_PACE": str(bench.project.dir / "quotas.json")}
    run, proxy = bench.run(["plan", "--format", "json"], [Rule("tag:GetResources", Throttled(), times=2)], env=pace)
    (plan,) = run.exits(0).json["stacks"]
    assert (plan["calls"], plan["throttled"]) == (len(proxy.calls), 2), plan
    # Two calls of SQS, one a second at nine tenths.
    assert 500 <= plan["paced_ms"] <= plan["elapsed_ms"], plan
    text = bench.calmly(["plan"], env=pace).out
    assert ", paced " in text, text
    assert "paced" not in bench.calmly(["plan"]).out


@pytest.mark.parametrize("rows, told", [
    ("[", "quotas"), ('[{"operations": "*", "per_second": 0}]', "at least 1"), ('[{"operations": "*", "rate": 1}]', "unknown field"),
])
def test_quotas_that_say_something_else_are_told(tmp_path, rows, told):
    bench = Bench(tmp_path, STACK)
    bench.project.write("quotas.json", rows)
    run, proxy = bench.run(["plan"], env={"ETLCTL_PACE": "quotas.json"})
    run.exits(1).tells("quotas.json", told)
    assert not proxy.calls
