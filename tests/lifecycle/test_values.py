"""Every value of both stacks, as the design states it, found by another
client after an apply. The values are spelled out here on purpose: a file and a
tool that agree with each other may still both be wrong."""

import json
import urllib.request

import pytest

from harness import KILLED_BY_OTHERS, LAMBDA_TRUST, Aws, Etlctl, Project, was_killed

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
    """Without the digest of the code, which is the tool's own affair."""
    pairs = entries if isinstance(entries, dict) else {tag["Key"]: tag["Value"] for tag in entries}
    return {key: value for key, value in pairs.items() if key != "etlctl:artifact"}


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


@pytest.mark.parametrize("function", ["api-handler", "batch-processor", "transform"])
def test_role_of_its_own_for_each_function(aws, function):
    name = f"{function}-role-test-us-east-1"
    assert_role(aws, name, "/etlctl/lambda-etl/dev/", TAGS)
    assert aws("iam").list_role_policies(RoleName=name)["PolicyNames"] == ["dead-letter-queue"]
    policy = aws("iam").get_role_policy(RoleName=name, PolicyName="dead-letter-queue")["PolicyDocument"]
    queue = aws.arn("sqs", "lambda-dlq-test")
    assert granted(policy) == {("Allow", "sqs:SendMessage", queue), ("Allow", "sqs:GetQueueUrl", queue)}


def test_dead_letter_queue_keeps_messages_14_days(aws):
    url = aws.queue_url("lambda-dlq-test")
    attributes = aws("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert attributes["MessageRetentionPeriod"] == "1209600"
    assert tags(aws("sqs").list_queue_tags(QueueUrl=url)["Tags"]) == TAGS


def test_layer_of_lambda_etl(aws):
    version, = aws("lambda").list_layer_versions(LayerName="shared-deps-layer-test")["LayerVersions"]
    assert version["Version"] == 1
    assert version["CompatibleRuntimes"] == ["nodejs18.x"]
    assert version["Description"].startswith("Shared dependencies")


@pytest.mark.parametrize("group, group_tags", [
    ("api-handler-test", TAGS), ("batch-processor-test", TAGS), ("transform-test", TAGS),
    ("etl-data-ingestion-test", PIPELINE_TAGS), ("etl-data-transform-test", PIPELINE_TAGS),
    ("etl-data-output-test", PIPELINE_TAGS),
])
def test_logs_are_kept_7_days_in_dev(aws, group, group_tags):
    name = f"/aws/lambda/{group}"
    found, = aws("logs").describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    assert found["retentionInDays"] == 7
    arn = aws.arn("logs", f"log-group:{name}")
    assert tags(aws("logs").list_tags_for_resource(resourceArn=arn)["tags"]) == group_tags


@pytest.mark.parametrize("function, threshold", [("api-handler", 5.0), ("batch-processor", 3.0)])
def test_alarm_of_lambda_etl(aws, function, threshold):
    assert_alarm(aws, f"{function}-errors-test", f"{function}-test", TAGS, {
        "Threshold": threshold, "Period": 600, "EvaluationPeriods": 1, "AlarmActions": []})


@pytest.mark.parametrize("function", ["data-ingestion", "data-transform", "data-output"])
def test_alarm_of_the_pipeline(aws, function):
    assert_alarm(aws, f"etl-{function}-errors-test", f"etl-{function}-test", PIPELINE_TAGS, {
        "Threshold": 1.0, "Period": 300, "EvaluationPeriods": 2,
        "AlarmActions": [aws.arn("sns", "etl-lambda-error-alarms-test")]})


def assert_alarm(aws, name, function, alarm_tags, values):
    alarm, = aws("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"]
    wanted = values | {
        "Namespace": "AWS/Lambda", "MetricName": "Errors", "Statistic": "Sum",
        "ComparisonOperator": "GreaterThanThreshold", "ActionsEnabled": True,
        "Dimensions": [{"Name": "FunctionName", "Value": function}],
    }
    assert {key: alarm.get(key) for key in wanted} == wanted
    assert tags(aws("cloudwatch").list_tags_for_resource(ResourceARN=alarm["AlarmArn"])["Tags"]) == alarm_tags


@pytest.mark.parametrize("name, runtime, memory, timeout, reserved", [
    ("data-ingestion", "nodejs20.x", 512, 60, None),
    ("data-transform", "python3.13", 1024, 300, 50),
    ("data-output", "nodejs20.x", 512, 120, None),
])
def test_function_of_the_pipeline(aws, name, runtime, memory, timeout, reserved):
    found = aws("lambda").get_function(FunctionName=f"etl-{name}-test")
    configuration = found["Configuration"]
    assert configuration["Runtime"] == runtime
    assert configuration["Architectures"] == ["arm64"]
    assert configuration["MemorySize"] == memory
    assert configuration["Timeout"] == timeout
    assert configuration["TracingConfig"] == {"Mode": "Active"}
    assert configuration["Environment"]["Variables"] == {"ENVIRONMENT": "dev", "TEAM": "data-engineering"} | BUCKETS
    assert [layer["Arn"] for layer in configuration["Layers"]] == [aws.arn("lambda", "layer:etl-shared-dependencies:1")]
    assert configuration["Role"] == aws.role_arn("lambda-etl-optimization", "dev", "etl-lambda-role-test-us-east-1")
    assert found.get("Concurrency", {}).get("ReservedConcurrentExecutions") == reserved
    assert tags(found["Tags"]) == PIPELINE_TAGS


def test_snap_start_of_published_versions_behind_the_alias(aws):
    name = "etl-data-transform-test"
    alias = aws("lambda").get_alias(FunctionName=name, Name="live")
    assert alias["FunctionVersion"] == "1"
    published = aws("lambda").get_function_configuration(FunctionName=name, Qualifier="live")
    assert published["SnapStart"]["ApplyOn"] == "PublishedVersions"
    for other in ("etl-data-ingestion-test", "etl-data-output-test", "api-handler-test"):
        assert aws("lambda").get_function_configuration(FunctionName=other)["SnapStart"]["ApplyOn"] == "None"


def test_role_that_the_pipeline_shares(aws):
    assert_role(aws, "etl-lambda-role-test-us-east-1", "/etlctl/lambda-etl-optimization/dev/", PIPELINE_TAGS)
    granted_by_all = set()
    for name in aws("iam").list_role_policies(RoleName="etl-lambda-role-test-us-east-1")["PolicyNames"]:
        granted_by_all |= granted(
            aws("iam").get_role_policy(RoleName="etl-lambda-role-test-us-east-1", PolicyName=name)["PolicyDocument"])
    buckets = ["arn:aws:s3:::etl-ingestion-bucket", "arn:aws:s3:::etl-output-bucket"]
    assert granted_by_all == (
        {("Allow", action, f"{bucket}/*") for action in ("s3:GetObject", "s3:PutObject") for bucket in buckets}
        | {("Allow", "s3:ListBucket", bucket) for bucket in buckets})


def test_topic_and_layer_of_the_pipeline(aws):
    arn = aws.arn("sns", "etl-lambda-error-alarms-test")
    assert tags(aws("sns").list_tags_for_resource(ResourceArn=arn)["Tags"]) == PIPELINE_TAGS
    version, = aws("lambda").list_layer_versions(LayerName="etl-shared-dependencies")["LayerVersions"]
    assert version["CompatibleArchitectures"] == ["arm64"]
    assert set(version["CompatibleRuntimes"]) == {"nodejs20.x", "python3.13"}


def test_nothing_else_was_made(aws):
    count = {}
    for address in aws.snapshot():
        kind = address.split("/")[0]
        count[kind] = count.get(kind, 0) + 1
    assert count == {"role": 4, "queue": 1, "topic": 1, "layer": 2, "log_group": 6, "function": 6, "alarm": 5}


def test_outputs_of_lambda_etl_resolve(aws, etlctl):
    outputs = etlctl("outputs", "--env", "dev", "--stack", "lambda-etl", "--format", "json").json
    assert set(outputs) == {
        "apiHandlerFunctionArn", "batchProcessorFunctionArn", "transformFunctionArn", "dlqUrl", "layerArn"}
    for output, name in (("apiHandler", "api-handler"), ("batchProcessor", "batch-processor"), ("transform", "transform")):
        found = aws("lambda").get_function(FunctionName=outputs[f"{output}FunctionArn"])
        assert found["Configuration"]["FunctionName"] == f"{name}-test"
    assert outputs["dlqUrl"] == aws.queue_url("lambda-dlq-test")
    layer = aws("lambda").get_layer_version_by_arn(Arn=outputs["layerArn"])
    assert layer["LayerVersionArn"] == aws.arn("lambda", "layer:shared-deps-layer-test:1")
    # The archive that the ARN leads to is there and is one.
    assert urllib.request.urlopen(layer["Content"]["Location"], timeout=10).read(2) == b"PK"


def test_outputs_of_the_pipeline(aws, etlctl):
    outputs = etlctl("outputs", "--env", "dev", "--stack", "lambda-etl-optimization", "--format", "json").json
    wanted = {
        "sharedLayerArn": aws.arn("lambda", "layer:etl-shared-dependencies:1"),
        "alarmTopicArn": aws.arn("sns", "etl-lambda-error-alarms-test"),
        "lambdaRoleArn": aws.role_arn("lambda-etl-optimization", "dev", "etl-lambda-role-test-us-east-1"),
    }
    for stage in ("ingestion", "transform", "output"):
        name = f"etl-data-{stage}-test"
        wanted |= {
            f"{stage}FunctionName": name, f"{stage}FunctionArn": aws.arn("lambda", f"function:{name}"),
            f"{stage}AlarmArn": aws.arn("cloudwatch", f"alarm:etl-data-{stage}-errors-test"),
        }
    assert outputs == wanted


@pytest.mark.parametrize("function", ["api-handler", "batch-processor", "transform"])
def test_function_answers_an_invocation(aws, function):
    for _ in range(KILLED_BY_OTHERS):
        answer = aws("lambda").invoke(
            FunctionName=f"{function}-test", Payload=json.dumps({"data": {"id": 1, "value": "test"}}))
        body = answer["Payload"].read()
        if not was_killed(body.decode()):
            break
    assert answer["StatusCode"] == 200 and "FunctionError" not in answer, body
    assert json.loads(body)


def test_the_plan_is_empty_afterwards(etlctl):
    etlctl.assert_no_changes()
