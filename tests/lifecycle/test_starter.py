"""What the project's own starter of the local AWS puts right, seen without the layer before it."""

import json
import re

from bench import Bench
from harness import LOCAL
from stacks import APPLY, HEAD

PLAIN = {"ETLCTL_ENDPOINT": "local"}
GREEDY = """\
held = []


def handler(event, context):
    held[:] = [b"x" * (event["megabytes"] * 1024 * 1024)]
    if event.get("fails"):
        raise ValueError("as asked")
"""
STACK = HEAD + """\
functions:
  greedy: { source: ../handlers/greedy, runtime: python3.13, handler: index.handler }
  modest: { source: ../handlers/greedy, runtime: python3.13, handler: index.handler }
alarms:
  rate:
    function: greedy
    metric: error_rate
    min_calls: 20
    period: 5m
    threshold: 1
    comparison: GreaterThanThreshold
"""


def reported(bench, name):
    """The memory of each call of a function, in order."""
    events = bench.aws("logs").filter_log_events(logGroupName=f"/aws/lambda/tiny-{name}", filterPattern="REPORT")["events"]
    told = sorted((event["timestamp"], event["message"]) for event in events)
    return [int(re.search(r"Max Memory Used: (\d+) MB", line)[1]) for _, line in told]


def applied(directory):
    """The stack on the local AWS itself."""
    bench = Bench(directory, STACK)
    bench.project.write("handlers/greedy/index.py", GREEDY)
    bench.etlctl.endpoint = LOCAL
    bench.calmly(APPLY, env=PLAIN).exits(0)
    return bench


def test_memory_is_the_high_water_mark_of_the_functions_own_environment(tmp_path):
    bench = applied(tmp_path)
    calls = [("greedy", 20, False), ("modest", 10, False), ("greedy", 120, False), ("greedy", 10, False), ("greedy", 200, True)]
    for name, megabytes, fails in calls:
        bench.aws("lambda").invoke(FunctionName=f"tiny-{name}", Payload=json.dumps({"megabytes": megabytes, "fails": fails}))
    first, high, still, failed = reported(bench, "greedy")
    (modest,) = reported(bench, "modest")
    assert 20 < first < 100 and 120 < high < 200 and still == high and failed > 200, (first, high, still, failed)
    assert 10 < modest < first, (modest, first)


def test_a_function_whose_call_failed_can_be_updated(tmp_path):
    bench = applied(tmp_path)
    client = bench.aws("lambda")
    client.invoke(FunctionName="tiny-greedy", Payload=json.dumps({"megabytes": 1, "fails": True}))
    updated = client.update_function_configuration(FunctionName="tiny-greedy", MemorySize=256)
    assert updated["ResponseMetadata"]["RetryAttempts"] == 0, "the first answer was a failure, with the update begun"


def test_alarms_on_metric_math_are_kept(tmp_path):
    bench = applied(tmp_path)
    (alarm,) = bench.aws("cloudwatch").describe_alarms(AlarmNames=["tiny-rate"])["MetricAlarms"]
    assert {query["Id"] for query in alarm["Metrics"]} == {"calls", "errors", "rate"}
    assert not {"MetricName", "Statistic", "Period", "Dimensions"} & alarm.keys()
    bench.calmly(["plan", "--detailed-exitcode"], env=PLAIN).exits(0)
