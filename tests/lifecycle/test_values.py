"""Every value of both stacks, as the design states it, found by another
client after an apply. The values are spelled out here on purpose: a file and a
tool that agree with each other may still both be wrong."""

import json
import urllib.request

import pytest

from harness import LAMBDA_TRUST, Aws, Etlctl, Project

MARK = {"etlctl:stack": "lambda-etl", "etlctl:env": "dev", "etlctl:instance": "test"}
TAGS = {"Environment": "dev", "Project": "lambda-etl", "ManagedBy": "etlctl"} | MARK
PIPELINE_TAGS = {
    "Environment": "dev", "Team": "data-engineering", "CostCenter": "analytics", "ManagedBy": "etlctl",
    "Project": "lambda-etl-optimization", "etlctl:stack": "lambda-etl-optimization", "etlctl:env": "dev", "etlctl:instance": "test",
}
BASIC = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
XRAY = "arn:aws:iam::aws:policy/AWSXRayDaemonWriteAccess"
ENVIRONMENT = {"ENVIRONMENT": "dev", "MAX_CONNECTIONS": "10", "LOG_LEVEL": "INFO"}
BUCKETS = {"INGESTION_BUCKET": "etl-ingestion-bucket", "OUTPUT_BUCKET": "etl-output-bucket"}


@pytest.fixture(scope="module")
def etlctl(tmp_path_factory):
    etlctl = Etlctl(Aws(), Project(tmp_path_factory.mktemp("values")))
    etlctl.apply()
    return etlctl


@pytest.fixture(scope="module")
def aws(etlctl):
    return etlctl.aws


def tags(entries):
    """Without the records of the code and of what was set, which are the tool's own affair."""
    pairs = entries if isinstance(entries, dict) else {tag["Key"]: tag["Value"] for tag in entries}
    return {key: value for key, value in pairs.items() if key not in ("etlctl:artifact", "etlctl:beside")}


def granted(document):
    """The permissions of a policy, whichever of IAM's spellings it uses."""
    def as_list(value):
        return value if isinstance(value, list) else [value]
    return {
        (statement["Effect"], action, resource)
        for statement in as_list(document["Statement"])
        for action in as_list(statement["Action"])
        for resource in as_list(statement["Resource"])
    }


def assert_role(aws, name, path, role_tags):
    # The name of a role is one in all regions, so its mark tells its region.
    role_tags = role_tags | {"etlctl:region": "us-east-1"}
    role = aws("iam").get_role(RoleName=name)["Role"]
    assert role["Path"] == path
    statement, = role["AssumeRolePolicyDocument"]["Statement"]
    assert {"Effect": statement["Effect"], "Principal": statement["Principal"], "Action": statement["Action"]} in (
        LAMBDA_TRUST["Statement"][0], LAMBDA_TRUST["Statement"][0] | {"Principal": {"Service": ["lambda.amazonaws.com"]}})
    attached = aws("iam").list_attached_role_policies(RoleName=name)["AttachedPolicies"]
    assert {policy["PolicyArn"] for policy in attached} == {BASIC, XRAY}
    assert tags(aws("iam").list_role_tags(RoleName=name)["Tags"]) == role_tags


@pytest.mark.parametrize("name, memory, timeout, reserved, extra", [
    ("api-handler", 512, 30, 5, {}),
    ("batch-processor", 1024, 300, 5, {"BATCH_SIZE": "100"}),
    ("transform", 512, 30, None, {}),
])
def test_function_of_lambda_etl(aws, name, memory, timeout, reserved, extra):
    found = aws("lambda").get_function(FunctionName=f"{name}-test")
    configuration = found["Configuration"]
    assert configuration["Runtime"] == "nodejs18.x"
    assert configuration["Handler"] == "index.handler"
    assert configuration["MemorySize"] == memory
    assert configuration["Timeout"] == timeout
    assert configuration["TracingConfig"] == {"Mode": "Active"}
    assert configuration["DeadLetterConfig"] == {"TargetArn": aws.arn("sqs", "lambda-dlq-test")}
    assert configuration["Environment"]["Variables"] == ENVIRONMENT | extra
    assert [layer["Arn"] for layer in configuration["Layers"]] == [aws.arn("lambda", "layer:shared-deps-layer-test:1")]
    assert configuration["Role"] == aws.role_arn("lambda-etl", "dev", f"{name}-role-test-us-east-1")
    assert found.get("Concurrency", {}).get("ReservedConcurrentExecutions") == reserved
    assert tags(found["Tags"]) == TAGS


def test_the_plan_is_empty_afterwards(etlctl):
    etlctl.assert_no_changes()
