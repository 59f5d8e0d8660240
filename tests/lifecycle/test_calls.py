"""The calls between etlctl and AWS, watched by a proxy: how many a plan makes,
how many of them wait for each other, and that none of them writes."""

import pytest

from drift import ETL
from harness import SUFFIX


def test_an_empty_plan_takes_few_calls_and_few_round_trips(etlctl, proxy):
    etlctl.apply("--stack", ETL)
    # Far slower than the local AWS answers by itself, so that calls which wait
    # for each other are told from those which only happen to take turns.
    proxy.latency = 0.3
    result = etlctl.through(proxy)("plan", "--env", "dev", "--stack", ETL, "--detailed-exitcode", "--format", "json")
    listed = "\n".join(map(str, proxy.calls))
    assert 0 < len(proxy.calls) <= 40, listed
    assert proxy.longest_chain <= 5, f"{proxy.longest_chain} calls in a row:\n{listed}"
    assert result.json["stacks"][0]["calls"] == len(proxy.calls), listed


def test_an_apply_and_a_destroy_wait_for_what_they_need(etlctl, proxy):
    through = etlctl.through(proxy)
    # Longer than a busy machine takes to send what it sends at once.
    proxy.latency = 1.0
    through.apply("--stack", ETL)
    # Who applies asks for the quotas beside the reads.
    answered = min(call.end for call in proxy.calls if call.operation in ("GetFunction", "GetQueueUrl"))
    quotas = [call for call in proxy.calls if call.operation in ("GetAccountSettings", "GetAccountSummary")]
    assert len(quotas) == 2 and all(call.start < answered for call in quotas), [(str(call), call.start, answered) for call in quotas]
    # The number of the version tells that nobody else published: once before, once read back.
    assert proxy.count("lambda:ListLayerVersions") == 2
    # An alarm and a role's policy name what need not be there.
    starts = {name: min(call.start for call in proxy.calls if call.operation == name) for name in
              ("CreateQueue", "CreateRole", "PutMetricAlarm", "CreateFunction")}
    queue = next(call for call in proxy.calls if call.operation == "CreateQueue")
    # Before it is put it is looked whether somebody made one since the plan: of both alarms with one call.
    looks = [call for call in proxy.calls if call.operation == "DescribeAlarms" and answered < call.start < starts["PutMetricAlarm"]]
    assert len(looks) == 1, [str(call) for call in looks]
    assert starts["CreateRole"] < queue.end and looks[0].start < queue.end < starts["CreateFunction"], starts
    assert starts["PutMetricAlarm"] < starts["CreateFunction"], starts

    proxy.calls.clear()
    through("destroy", "--env", "dev", "--yes", "--stack", ETL)
    assert proxy.count("cloudwatch:DeleteAlarms") == 1, "two alarms go with one call"
    # What each holds is asked as soon as it is read, where the read itself did not tell.
    times = {name: [call for call in proxy.calls if call.operation == name] for name in ("GetMetricStatistics", "GetQueueAttributes")}
    asked, (told,) = times["GetMetricStatistics"], times["GetQueueAttributes"]
    assert len(asked) == 3 and all(call.start < told.end for call in asked), [(str(call), call.start, told.end) for call in asked]
    # That a function is gone its deletion has seen.
    gone = max(call.end for call in proxy.calls if call.operation == "DeleteRole")
    assert not [str(call) for call in proxy.calls if call.start > gone and call.operation == "GetFunction"]


def test_the_proxy_counts_calls_in_a_row(aws, proxy):
    """The measure itself: calls that wait for each other are all counted."""
    proxy.latency = 0.05
    client = aws("sqs", proxy.url)
    client.create_queue(QueueName="one")
    for _ in range(6):
        client.list_queues()
    assert (len(proxy.calls), proxy.longest_chain) == (7, 7)
    assert [call.operation for call in proxy.writes] == ["CreateQueue"]


@pytest.mark.parametrize("live", ["nothing", "in place", "changed", "an orphan"])
def test_no_plan_ever_writes(etlctl, project, aws, proxy, live):
    if live != "nothing":
        etlctl.apply()
    if live == "changed":
        aws("lambda").update_function_configuration(FunctionName=f"api-handler-{SUFFIX}", MemorySize=300)
        aws("logs").delete_log_group(logGroupName=f"/aws/lambda/transform-{SUFFIX}")
    if live == "an orphan":
        project.edit(ETL, lambda stack: stack["alarms"].pop("api-handler-errors"))
    etlctl.through(proxy)("plan", "--env", "dev")
    etlctl.through(proxy)("plan", "--env", "dev", "--adopt")
    etlctl.through(proxy)("outputs", "--env", "dev", check=False)
    etlctl.through(proxy)("apply", "--env", "dev", check=False)  # refuses, for want of --yes
    assert proxy.calls and not proxy.writes, "\n".join(map(str, proxy.writes))


def asked_metrics(proxy):
    return [call for call in proxy.calls if call.operation == "GetMetricData"]


def test_costs_that_are_asked_for_lengthen_no_plan(etlctl, proxy):
    """Their metrics are asked for beside the first reads: one call more, sent before the first of those was answered."""
    etlctl.apply("--stack", ETL)
    # Longer than a busy machine takes to send what it sends at once.
    proxy.latency = 1.0
    through = etlctl.through(proxy)
    through("plan", "--env", "dev", "--stack", ETL, "--no-cost")
    plain = len(proxy.calls)
    proxy.calls.clear()
    through("plan", "--env", "dev", "--stack", ETL, "--cost")
    assert len(proxy.calls) == plain + 1, "\n".join(map(str, proxy.calls))
    asked, = asked_metrics(proxy)
    assert asked.start < min(call.end for call in proxy.calls if call.service not in ("sts", "iam")), [(str(call), call.start, call.end) for call in proxy.calls]


def test_costs_and_evidence_share_a_request(etlctl, project, proxy):
    """What ran and what it costs are of the same days. On AWS a changed plan asks for both by itself."""
    etlctl.apply("--stack", ETL)
    project.edit(ETL, lambda stack: stack["functions"]["batch-processor"].update(memory=512))
    through, aws = etlctl.through(proxy), {"ETLCTL_ENDPOINT": "aws"}
    through("plan", "--env", "dev", "--stack", ETL, env=aws)
    assert len(asked_metrics(proxy)) == 1, "\n".join(map(str, proxy.calls))
    proxy.calls.clear()
    through("plan", "--env", "dev", "--stack", ETL, "--cost")
    assert len(asked_metrics(proxy)) == 1, "\n".join(map(str, proxy.calls))
    proxy.calls.clear()
    through("plan", "--env", "dev", "--stack", ETL, "--no-cost", "--no-evidence")
    assert not asked_metrics(proxy)
