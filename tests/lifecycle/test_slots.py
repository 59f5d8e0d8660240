"""A slot is a call in flight: what waits for a quota, for what spreads or for AWS to end its work holds none, and
what hangs on the longest path goes first. Where the time went is told."""

import pytest

from bench import Bench
from faults import Faulty, Refused, Rule
from harness import ENDPOINT
from stacks import APPLY, DESTROY, HEAD, PLAN, STACK

NEW_ROLE = Refused(400, "InvalidParameterValueException", "The role defined for the function cannot be assumed by Lambda.")
FEW = ["--parallelism", "2"]
# The account's own: nothing of them waits for anything.
ALARM = "  {0}: {{ namespace: Own, metric: Errors, statistic: Sum, period: 5m, comparison: GreaterThanThreshold, threshold: 1 }}\n"
FUNCTION = "  {0}: {{ source: ../handlers/work, runtime: nodejs22.x, handler: index.handler }}\n"


def started(proxy, operation, about=""):
    found = [call.start for call in proxy.calls if call.is_of(operation, about)]
    assert found, f"no {operation} of {about}:\n" + "\n".join(map(str, proxy.calls))
    return found


def most_at_once(calls):
    """Of these, how many were on their way at one moment."""
    moments = sorted([(call.start, 1) for call in calls] + [(call.end, -1) for call in calls])
    most = now = 0
    for _, change in moments:
        now += change
        most = max(most, now)
    return most


def test_who_waits_for_a_new_role_holds_no_slot(tmp_path):
    """Two of three functions are refused for a while, and two calls may be in flight: the third one goes its way."""
    bench = Bench(tmp_path, HEAD + "functions:\n" + "".join(map(FUNCTION.format, "abc")))
    rules = [Rule("lambda:CreateFunction", NEW_ROLE, about=f"tiny-{name}", times=4) for name in "ab"]
    run, proxy = bench.run([*APPLY, *FEW], rules)
    run.exits(0)
    last = min(max(started(proxy, "lambda:CreateFunction", f"tiny-{name}")) for name in "ab")
    assert max(started(proxy, "lambda:CreateFunction", "tiny-c")) < last, run
    bench.assert_converged()


def test_who_waits_for_a_quota_holds_no_slot(tmp_path):
    """Of alarms AWS takes three a second: what comes after them by its address does not wait for them."""
    stack = HEAD + "alarms:\n" + "".join(ALARM.format(f"a{number}") for number in range(9)) + "queues: { late: {} }\n"
    bench = Bench(tmp_path, stack)
    with Faulty(ENDPOINT) as proxy:
        run = bench.etlctl.through(proxy)(*APPLY, *FEW, "--explain", env={"ETLCTL_ENDPOINT": "aws"}, check=False)
    run.exits(0)
    alarms = started(proxy, "cloudwatch:PutMetricAlarm")
    assert alarms[-1] - alarms[0] > 1.5, "they were paced"
    assert started(proxy, "sqs:CreateQueue")[0] < alarms[-1] - 1, run
    run.tells("Critical path of tiny (dev): ", "quota (cloudwatch:PutMetricAlarm)", "At least 3.0 s: 9 calls under the quota of 3 requests a second of cloudwatch:PutMetricAlarm.")


@pytest.mark.parametrize("slots", [2, 5])
def test_no_more_calls_are_in_flight_than_there_are_slots(tmp_path, slots):
    stack = HEAD + "queues:\n" + "".join(f"  q{number}: {{}}\n" for number in range(20))
    bench = Bench(tmp_path, stack)
    with Faulty(ENDPOINT, latency=0.05) as proxy:
        bench.etlctl.through(proxy)(*APPLY, "--parallelism", str(slots))
    writes = [call for call in proxy.calls if call.writes]
    first = min(call.start for call in writes)
    applied = [call for call in proxy.calls if call.start >= first]
    assert len(writes) == 20 and len(applied) >= 40, "written and read back"
    assert most_at_once(applied) == slots


def test_what_is_written_is_read_back_beside_the_other_steps(tmp_path):
    """The queue is looked at while a function still waits for its role."""
    bench = Bench(tmp_path, HEAD + "queues: { early: {} }\nfunctions:\n" + FUNCTION.format("work"))
    run, proxy = bench.run(APPLY, [Rule("lambda:CreateFunction", NEW_ROLE, times=4)])
    run.exits(0)
    made = started(proxy, "sqs:CreateQueue")[0]
    looks = [start for start in started(proxy, "sqs:GetQueueAttributes") if start > made]
    assert looks and looks[0] < max(started(proxy, "lambda:CreateFunction")), run
    bench.assert_converged()


def test_where_the_time_goes_is_foretold_and_told(tmp_path):
    bench = Bench(tmp_path, STACK)
    foretold = bench.calmly([*PLAN, "--explain", "--format", "json"]).exits(0).json["stacks"][0]["explain"]
    path = [leg["address"] for leg in foretold["path"]]
    assert path.index("role/work") < path.index("function/work"), foretold
    assert foretold["seconds"] == foretold["path"][-1]["to_s"] > 5 and foretold["floor"]["calls"] >= 1
    assert bench.calmly([*PLAN, "--format", "json"]).exits(0).json["stacks"][0]["explain"] is None
    assert "Critical path, as AWS's quotas and the table of times foretell it: " in bench.calmly([*PLAN, "--explain"]).exits(0).out
    with Faulty(ENDPOINT, [Rule("lambda:CreateFunction", NEW_ROLE, times=2)]) as proxy:
        run = bench.etlctl.through(proxy)(*APPLY, "--explain")
    run.exits(0).tells("Critical path of tiny (dev): ", "propagation (the new role has not reached Lambda yet)", "needs ")
    run = bench.calmly([*DESTROY, "--explain"]).exits(0)
    run.tells("Critical path of tiny (dev): ", "deleted")
    assert "Critical path" not in bench.calmly(APPLY).exits(0).err
