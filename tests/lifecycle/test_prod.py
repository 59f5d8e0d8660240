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


def test_the_alarms_of_prod_tell_people_where_the_file_names_them(aws, etlctl, project):
    def people(stack):
        stack["environments"]["prod"]["variables"].update(
            alarm_topics={"alarms": {"subscriptions": [{"email": "data-team@example.com"}]}}, alarm_actions=["alarms"])

    project.edit("lambda-etl", people)
    etlctl("apply", "--env", "prod", "--stack", "lambda-etl", "--yes")
    (topic,) = aws("sns").list_topics()["Topics"]
    alarms = aws("cloudwatch").describe_alarms()["MetricAlarms"]
    assert len(alarms) == 2 and {action for alarm in alarms for action in alarm["AlarmActions"]} == {topic["TopicArn"]}
    (told,) = aws("sns").list_subscriptions()["Subscriptions"]
    assert (told["Protocol"], told["Endpoint"]) == ("email", "data-team@example.com")
    etlctl("plan", "--env", "prod", "--stack", "lambda-etl", "--detailed-exitcode")
    # Where nobody is named, nobody is told, and no topic is left.
    project.edit("lambda-etl", lambda stack: stack["environments"]["prod"].update(variables={"log_retention": "30d"}))
    etlctl("apply", "--env", "prod", "--stack", "lambda-etl", "--yes", "--allow-loss", "all")
    assert aws("sns").list_topics()["Topics"] == []
