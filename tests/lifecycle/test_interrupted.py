"""An apply that is cut off, at any call and in any way: run again, it ends where
an undisturbed one does, with nothing twice and nothing left over."""

import signal

import pytest

from drift import ETL, PIPELINE
from harness import ENDPOINT, SUFFIX, Aws, Etlctl, Project
from proxy import Proxy
from snapshot import assert_same


@pytest.fixture(scope="module")
def clean(tmp_path_factory):
    """What an undisturbed apply makes, and the writes it makes it with."""
    found = {}
    for stack in (ETL, PIPELINE):
        etlctl = Etlctl(Aws(), Project(tmp_path_factory.mktemp("clean")))
        with Proxy(ENDPOINT) as proxy:
            etlctl.through(proxy).apply("--stack", stack)
        found[stack] = (etlctl.aws.snapshot(), published(etlctl.aws), len(proxy.writes))
    return found


def published(aws):
    """Versions of functions are what a snapshot of the account leaves out."""
    client = aws("lambda")
    return {
        function["FunctionName"]: len(client.list_versions_by_function(FunctionName=function["FunctionName"])["Versions"])
        for function in client.list_functions()["Functions"]
    }


def assert_converges(etlctl, stack, clean):
    """Run again, as its user would: everything there, nothing twice."""
    wanted, versions, _ = clean[stack]
    etlctl.apply("--stack", stack)
    assert_same(wanted, etlctl.aws.snapshot())
    assert published(etlctl.aws) == versions
    etlctl.assert_no_changes("--stack", stack)


# How far into the writes, as a share, so that the moments stay spread out when
# a stack grows; before a write arrives, or after AWS has done it.
MOMENTS = [(0.0, "after"), (0.1, "before"), (0.3, "after"), (0.5, "before"), (0.7, "after"), (0.9, "before")]


@pytest.mark.parametrize("stack", [ETL, PIPELINE])
@pytest.mark.parametrize("share, when", MOMENTS)
def test_killed_in_the_middle_it_goes_on_from_there(etlctl, proxy, clean, stack, share, when):
    last = 1 + int(share * clean[stack][2])
    killed = []

    def kill(call):
        if call.writes and len(proxy.writes) >= last and not killed:
            process.send_signal(signal.SIGKILL)
            process.wait()
            killed.append(call)
        # What was still under way from the dead process goes no further.
        if killed and when == "before":
            raise ConnectionAbortedError
        return bool(killed)

    setattr(proxy, when, kill)
    process = etlctl.through(proxy).start("apply", "--env", "dev", "--yes", "--stack", stack)
    process.communicate(timeout=120)
    assert killed and process.returncode == -signal.SIGKILL
    assert_converges(etlctl, stack, clean)


CREATES = [
    (ETL, "iam:CreateRole"), (ETL, "iam:AttachRolePolicy"), (ETL, "iam:PutRolePolicy"), (ETL, "sqs:CreateQueue"),
    (ETL, "logs:CreateLogGroup"), (ETL, "logs:PutRetentionPolicy"), (ETL, "cloudwatch:PutMetricAlarm"),
    (ETL, f"lambda:PublishLayerVersion shared-deps-layer-{SUFFIX}"), (ETL, "lambda:CreateFunction"),
    (ETL, f"lambda:PutFunctionConcurrency api-handler-{SUFFIX}"),
    (PIPELINE, "sns:CreateTopic"),
    (PIPELINE, f"lambda:PublishVersion etl-data-transform-{SUFFIX}"),
    (PIPELINE, f"lambda:CreateAlias etl-data-transform-{SUFFIX}"),
]


@pytest.mark.parametrize("stack, operation", CREATES)
def test_lost_answer_of_a_write_is_no_duplicate(etlctl, proxy, clean, stack, operation):
    lost = []

    def lose(call):
        if str(call) == operation and not lost:
            lost.append(call)
            return True
        return False

    proxy.after = lose
    etlctl.through(proxy).apply("--stack", stack, check=False)
    assert lost, "the write was never made:\n" + "\n".join(map(str, proxy.writes))
    assert_converges(etlctl, stack, clean)


def test_failed_write_is_reported_and_the_rest_goes_on(etlctl, proxy, clean):
    """A queue that cannot be made stops what needs it, and nothing else."""
    def refuse(call):
        if call.operation == "CreateQueue":
            raise ConnectionAbortedError

    proxy.before = refuse
    result = etlctl.through(proxy).apply("--stack", ETL, check=6)
    report = result.out + result.err
    assert "queue/dlq" in report and "function/api-handler" in report, result
    made = etlctl.aws.snapshot()
    assert f"log_group//aws/lambda/api-handler-{SUFFIX}" in made
    assert f"function/api-handler-{SUFFIX}" not in made
    assert_converges(etlctl, ETL, clean)
