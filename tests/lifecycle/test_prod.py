"""The environment that is protected, and keeps its logs longer."""

from harness import REGION, SUFFIX
from snapshot import assert_same


def retention(aws):
    groups = aws("logs").describe_log_groups(logGroupNamePrefix="/aws/lambda/")["logGroups"]
    return {group["logGroupName"].removeprefix("/aws/lambda/"): group["retentionInDays"] for group in groups}


def test_prod_keeps_logs_30_days_and_destroy_asks_for_its_name(aws, etlctl):
    stack = ("--env", "prod", "--stack", "lambda-etl")
    etlctl("apply", *stack, "--yes")
    assert retention(aws) == {f"{name}-{SUFFIX}": 30 for name in ("api-handler", "batch-processor", "transform")}
    role = aws("iam").get_role(RoleName=f"api-handler-role-{SUFFIX}-{REGION}")["Role"]
    assert role["Path"] == "/etlctl/lambda-etl/prod/"
    assert aws("lambda").get_function_configuration(
        FunctionName=f"api-handler-{SUFFIX}")["Environment"]["Variables"]["ENVIRONMENT"] == "prod"

    before = aws.snapshot()
    for confirmation in ((), ("--confirm", "dev"), ("--confirm", "")):
        refused = etlctl("destroy", *stack, "--yes", *confirmation, check=False)
        assert refused.code != 0, refused
        assert "--confirm prod" in refused.err, refused
        assert_same(before, aws.snapshot())

    etlctl("destroy", *stack, "--yes", "--confirm", "prod")
    assert aws.snapshot() == {}


def test_prod_of_the_pipeline_keeps_logs_30_days(aws, etlctl):
    etlctl("apply", "--env", "prod", "--stack", "lambda-etl-optimization", "--yes")
    assert set(retention(aws).values()) == {30}
