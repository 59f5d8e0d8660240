"""Alarms on metric math: error rates, bands, and what is written by hand."""

import copy

import pytest

from bench import Bench
from stacks import APPLY, FUNCTION

PLAN = ["plan", "--detailed-exitcode"]
RATE = """\
alarms:
  rate:
    function: work
    metric: error_rate
    min_calls: 20
    period: 5m
    evaluation_periods: 2
    comparison: GreaterThanThreshold
    threshold: 1
    treat_missing_data: notBreaching
"""
BAND = """\
alarms:
  rate:
    function: work
    metric: Duration
    statistic: p90
    period: 5m
    unit: Milliseconds
    band: 2
    comparison: LessThanLowerOrGreaterThanUpperThreshold
    warm_up: { duration: 30m }
    wall_clock_window: { timezone: Europe/Berlin }
"""
LONG = """\
alarms:
  rate:
    comparison: GreaterThanUpperThreshold
    threshold_metric: expected
    metrics:
      - { id: calls, function: work, metric: Invocations, statistic: Sum, period: 5m, unit: Count, account: "111122223333" }
      - { id: twice, expression: calls * 2, period: 5m }
      - { id: expected, expression: "ANOMALY_DETECTION_BAND(twice, 3)", label: expected }
"""
NAME = "tiny-rate"


def put(bench, change):
    """Writes the alarm anew, as a console does: it is read, changed and put back."""
    client = bench.aws("cloudwatch", bench.etlctl.endpoint)
    (live,) = client.describe_alarms(AlarmNames=[NAME])["MetricAlarms"]
    known = client.meta.service_model.operation_model("PutMetricAlarm").input_shape.members
    members = {name: value for name, value in copy.deepcopy(live).items() if name in known}
    change(members)
    client.put_metric_alarm(**members)


def alarm(bench):
    return bench.aws("cloudwatch", bench.etlctl.endpoint).describe_alarms(AlarmNames=[NAME])["MetricAlarms"][0]


def query(members, name):
    return next(query for query in members["Metrics"] if query["Id"] == name)


def test_an_error_rate_is_two_sums_and_an_expression(tmp_path):
    bench = Bench(tmp_path, FUNCTION + RATE)
    run = bench.calmly(["plan"]).exits(0)
    assert 'expression: "IF(calls >= 20, 100 * errors / calls, 0)" }' in run.out, run
    bench.calmly(APPLY).exits(0)
    live = alarm(bench)
    assert {each["Id"]: each["ReturnData"] for each in live["Metrics"]} == {"calls": False, "errors": False, "rate": True}
    assert {each["MetricStat"]["Stat"] for each in live["Metrics"] if "MetricStat" in each} == {"Sum"}
    assert (live["Threshold"], "MetricName" in live, "ThresholdMetricId" in live) == (1, False, False)
    bench.assert_converged()
    bench.project.stack(FUNCTION + RATE.replace("20", "50"))
    run = bench.calmly(PLAN).exits(2)
    changed = "metrics[id: rate].expression: IF(calls >= 20, 100 * errors / calls, 0) → IF(calls >= 50, 100 * errors / calls, 0)"
    assert changed in run.out, run
    bench.calmly(APPLY).exits(0)
    bench.assert_converged()


@pytest.mark.parametrize(("field", "change"), [
    ("metrics[id: rate].expression", lambda members: query(members, "rate").update(Expression="100 * errors / calls")),
    ("metrics[id: calls].period", lambda members: query(members, "calls")["MetricStat"].update(Period=60)),
    ("threshold", lambda members: members.update(Threshold=5)),
])
def test_drift_of_an_error_rate_is_seen_and_put_back(tmp_path, field, change):
    bench = Bench(tmp_path, FUNCTION + RATE)
    bench.calmly(APPLY).exits(0)
    put(bench, change)
    run = bench.calmly(PLAN).exits(2)
    assert f" {field}: " in run.out and run.out.count(" → ") == 1, run
    bench.calmly(APPLY).exits(0)
    bench.assert_converged()


def test_a_band_is_kept_as_it_was_written_and_may_become_a_threshold(tmp_path):
    bench = Bench(tmp_path, FUNCTION + BAND)
    bench.calmly(APPLY).exits(0)
    live = alarm(bench)
    assert live["ThresholdMetricId"] == "ad1" and "Threshold" not in live
    assert [each["ReturnData"] for each in live["Metrics"]] == [True, True]
    assert live["WarmUpConfiguration"]["WarmUpPeriodDurationInMinutes"] == 30
    assert live["EvaluationWindow"] == {"WallClockWindow": {"Timezone": "Europe/Berlin"}}
    bench.assert_converged()
    for alarms in (LONG, BAND, RATE):
        bench.project.stack(FUNCTION + alarms)
        bench.calmly(APPLY).exits(0)
        bench.assert_converged()
    live = alarm(bench)
    assert not {"ThresholdMetricId", "WarmUpConfiguration", "EvaluationWindow"} & set(live)


@pytest.mark.parametrize("alarms", [RATE, BAND, LONG])
def test_an_alarm_that_was_made_by_hand_is_adopted_as_it_is(tmp_path, alarms):
    bench = Bench(tmp_path, FUNCTION + alarms)
    bench.calmly(APPLY).exits(0)
    client = bench.aws("cloudwatch", bench.etlctl.endpoint)
    arn = alarm(bench)["AlarmArn"]
    keys = [tag["Key"] for tag in client.list_tags_for_resource(ResourceARN=arn)["Tags"]]
    client.untag_resource(ResourceARN=arn, TagKeys=keys)
    run = bench.calmly(["plan", "--adopt"]).exits(0)
    assert "alarm/rate" in run.out and "metrics" not in run.out and "threshold" not in run.out, run
    bench.calmly([*APPLY, "--adopt"]).exits(0)
    bench.assert_converged()
