"""What carries this stack's mark is kept or deleted by it; what does not is
left alone until the user says otherwise."""

import io
import json
import zipfile

import pytest

from drift import ETL, PIPELINE, tag_list
from harness import Aws, Etlctl, LAMBDA_TRUST, Project, REGION, SUFFIX
from snapshot import assert_same

THEIRS = {"etlctl:stack": "another-stack", "etlctl:env": "dev"}


def role(aws, tags):
    aws("iam").create_role(
        RoleName=f"api-handler-role-{SUFFIX}-{REGION}", AssumeRolePolicyDocument=json.dumps(LAMBDA_TRUST), Tags=tag_list(tags))


def queue(aws, tags):
    aws("sqs").create_queue(QueueName=f"lambda-dlq-{SUFFIX}", tags=tags)


def topic(aws, tags):
    aws("sns").create_topic(Name=f"etl-lambda-error-alarms-{SUFFIX}", Tags=tag_list(tags))


def function(aws, tags):
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("index.js", "exports.handler = async () => 'theirs';")
    aws("lambda").create_function(
        FunctionName=f"api-handler-{SUFFIX}", Runtime="nodejs20.x", Handler="index.handler", MemorySize=128,
        Role=aws.arn("iam", "role/theirs", region=""), Code={"ZipFile": code.getvalue()}, Tags=tags)


def alarm(aws, tags):
    aws("cloudwatch").put_metric_alarm(
        AlarmName=f"api-handler-errors-{SUFFIX}", Namespace="AWS/Lambda", MetricName="Errors", Statistic="Sum",
        Period=60, EvaluationPeriods=1, Threshold=1, ComparisonOperator="GreaterThanThreshold", Tags=tag_list(tags))


def log_group(aws, tags):
    aws("logs").create_log_group(logGroupName=f"/aws/lambda/api-handler-{SUFFIX}", tags=tags)


KINDS = {
    "role/api-handler": (role, ETL, f"api-handler-role-{SUFFIX}-{REGION}"),
    "queue/dlq": (queue, ETL, f"lambda-dlq-{SUFFIX}"),
    "topic/lambda-error-alarms": (topic, PIPELINE, f"etl-lambda-error-alarms-{SUFFIX}"),
    "function/api-handler": (function, ETL, f"api-handler-{SUFFIX}"),
    "alarm/api-handler-errors": (alarm, ETL, f"api-handler-errors-{SUFFIX}"),
    "log_group/api-handler": (log_group, ETL, f"/aws/lambda/api-handler-{SUFFIX}"),
}


@pytest.fixture(scope="module")
def clean(tmp_path_factory):
    """What an apply to an empty account makes, by stack."""
    found = {}
    for stack in (ETL, PIPELINE):
        etlctl = Etlctl(Aws(), Project(tmp_path_factory.mktemp("clean")))
        etlctl.apply("--stack", stack)
        found[stack] = etlctl.aws.snapshot()
    return found


def assert_refused(etlctl, aws, stack, name):
    before = aws.snapshot()
    for verb in (("plan",), ("apply", "--yes")):
        refused = etlctl(*verb, "--env", "dev", "--stack", stack, check=1)
        assert name in refused.err + refused.out and "--adopt" in refused.err, refused
        assert_same(before, aws.snapshot())


# Log groups without any mark are Lambda's own doing, see below.
@pytest.mark.parametrize("address", [address for address in KINDS if not address.startswith("log_group/")])
def test_unmarked_resource_is_named_left_alone_and_adopted_on_demand(aws, etlctl, clean, address):
    create, stack, name = KINDS[address]
    create(aws, {"Owner": "somebody"})
    assert_refused(etlctl, aws, stack, name)

    found = etlctl.changes("--stack", stack, "--adopt")
    assert found[address].action == "adopt"
    assert {c.action for c in found.values()} == {"adopt", "create"}
    etlctl.apply("--stack", stack, "--adopt")
    etlctl.assert_no_changes("--stack", stack)
    if create is role:
        # A role cannot be moved, so it and what names it keep its path.
        assert aws("iam").get_role(RoleName=name)["Role"]["Path"] == "/"
        tags = {tag["Key"]: tag["Value"] for tag in aws("iam").list_role_tags(RoleName=name)["Tags"]}
        assert tags["etlctl:stack"] == stack and "Owner" not in tags
    else:
        assert_same(clean[stack], aws.snapshot())


@pytest.mark.parametrize("address", KINDS)
def test_resource_of_another_stack_is_named_and_left_alone(aws, etlctl, address):
    create, stack, name = KINDS[address]
    create(aws, THEIRS)
    assert_refused(etlctl, aws, stack, name)


def test_adopted_role_goes_with_its_stack(aws, etlctl):
    role(aws, {})
    etlctl.apply("--stack", ETL, "--adopt")
    etlctl("destroy", "--env", "dev", "--stack", ETL, "--yes")
    assert aws.snapshot() == {}


def test_log_group_that_lambda_made_is_taken_without_asking(aws, etlctl, clean):
    log_group(aws, {})
    etlctl.apply("--stack", ETL)
    assert_same(clean[ETL], aws.snapshot())


def test_lost_mark_is_told_and_put_back_on_demand(aws, etlctl, clean):
    etlctl.apply("--stack", ETL)
    aws("sqs").untag_queue(QueueUrl=aws.queue_url(f"lambda-dlq-{SUFFIX}"), TagKeys=["etlctl:stack", "etlctl:env"])
    assert_refused(etlctl, aws, ETL, f"lambda-dlq-{SUFFIX}")
    etlctl.apply("--stack", ETL, "--adopt")
    assert_same(clean[ETL], aws.snapshot())


def test_layer_version_of_somebody_else_survives(aws, etlctl):
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("nodejs/theirs.js", "")
    aws("lambda").publish_layer_version(
        LayerName=f"shared-deps-layer-{SUFFIX}", Content={"ZipFile": archive.getvalue()}, Description="theirs")
    before = aws.snapshot()
    etlctl.apply("--stack", ETL, "--adopt")
    etlctl.assert_no_changes("--stack", ETL)
    etlctl("destroy", "--env", "dev", "--stack", ETL, "--yes")
    assert_same(before, aws.snapshot())


def add_one_of_each(stack):
    stack["queues"]["spare"] = {}
    stack["topics"] = {"spare": {}}
    stack["roles"] = {"spare-shared": {"managed_policies": ["service-role/AWSLambdaBasicExecutionRole"]}}
    stack["layers"]["spare"] = {"source": "../handlers/layers/spare", "compatible_runtimes": ["nodejs18.x"]}
    stack["functions"]["spare"] = {"source": "../handlers/transform"}
    stack["alarms"]["spare"] = dict(stack["alarms"]["api-handler-errors"], function="spare")


SPARE = {
    "queue": f"spare-{SUFFIX}", "topic": f"spare-{SUFFIX}", "layer": f"spare-{SUFFIX}", "function": f"spare-{SUFFIX}",
    "log_group": f"/aws/lambda/spare-{SUFFIX}", "alarm": f"spare-{SUFFIX}",
}


def test_orphans_of_every_kind_are_found_and_deleted(aws, etlctl, project):
    etlctl.apply("--stack", ETL)
    baseline = aws.snapshot()
    file = project.dir / "desired-state" / f"{ETL}.yaml"
    without = file.read_text()
    project.write("handlers/layers/spare/nodejs/spare.js", "module.exports = 1;\n")
    project.edit(ETL, add_one_of_each)
    etlctl.apply("--stack", ETL)
    everything = aws.snapshot()
    made = {address.split(":")[0] for address in set(everything) - set(baseline)}
    roles = {f"role/spare-shared-{SUFFIX}-{REGION}", f"role/spare-role-{SUFFIX}-{REGION}"}
    assert made == {f"{kind}/{name}" for kind, name in SPARE.items()} | roles

    file.write_text(without)
    etlctl.assert_no_changes("--stack", ETL, "--no-prune")
    etlctl.apply("--stack", ETL, "--no-prune")
    assert_same(everything, aws.snapshot())

    found = etlctl.changes("--stack", ETL).values()
    assert {c.action for c in found} == {"delete"}
    assert {f"{c.kind}/{c.name}" for c in found} == made
    etlctl.apply("--stack", ETL)
    assert_same(baseline, aws.snapshot())


def test_orphans_of_another_environment_and_stack_are_not_ours(aws, etlctl):
    etlctl("apply", "--env", "prod", "--stack", ETL, "--yes", env={"ENVIRONMENT_SUFFIX": "live"})
    aws("sqs").create_queue(QueueName="theirs", tags=THEIRS)
    aws("sqs").create_queue(QueueName="nobodys")
    before = aws.snapshot()
    etlctl.apply()
    found = aws.snapshot()
    assert_same(before, {address: found[address] for address in before if address in found})
    etlctl("destroy", "--env", "dev", "--yes")
    assert_same(before, aws.snapshot())


def test_environment_with_the_names_of_another_is_stopped(aws, etlctl):
    """One suffix for two environments would have each overwrite the other."""
    etlctl.apply("--stack", ETL)
    before = aws.snapshot()
    refused = etlctl("apply", "--env", "prod", "--stack", ETL, "--yes", check=1)
    assert f"api-handler-{SUFFIX}" in refused.err + refused.out, refused
    assert_same(before, aws.snapshot())
