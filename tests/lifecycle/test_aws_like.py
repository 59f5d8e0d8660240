"""Each behaviour of the AWS-like layer is seen where it is on, and not where
all the others are: by boto3, without etlctl."""

import json
from pathlib import Path

import pytest

import like_cases_buckets  # noqa: F401  Each of these fills the cases.
import like_cases_data  # noqa: F401  Each of these fills the cases.
import like_cases_events  # noqa: F401
import like_cases_functions  # noqa: F401
import like_cases_messages  # noqa: F401
import like_cases_notifications  # noqa: F401
import like_cases_others  # noqa: F401
import like_cases_schedules  # noqa: F401
import like_cases_states  # noqa: F401
from aws_like import ALL, AwsLike
from behaviours import TABLE
from harness import LAMBDA_TRUST, LOCAL, Aws
from like_world import CASES, ONE_METRIC, Clock, World


def test_each_behaviour_has_a_case():
    assert CASES.keys() == TABLE.keys()


@pytest.mark.parametrize("on", [True, False], ids=["alone", "all others"])
@pytest.mark.parametrize("name", sorted(TABLE))
def test_a_behaviour_is_seen_where_it_is_on(name, on):
    with AwsLike(LOCAL, {name} if on else ALL - {name}, clock=Clock()) as layer:
        seen = CASES[name](World(Aws(), layer))
    assert not layer.mistakes
    assert bool(seen) is on


def test_the_local_aws_does_by_itself(aws):
    """What the table has no row for: a key of a role's tag in other letters is the same key, a threshold is a
    double, a mapping names the alias that it is of, and attributes that are not sent stay."""
    world = World(aws, None)
    world.alias()
    twins = [{"Key": "Team", "Value": "a"}, {"Key": "team", "Value": "b"}]
    assert world.refused(aws("iam").create_role, RoleName="twin", AssumeRolePolicyDocument=json.dumps(LAMBDA_TRUST), Tags=twins)
    for tag in twins:
        aws("iam").tag_role(RoleName="worker", Tags=[tag])
    assert aws("iam").list_role_tags(RoleName="worker")["Tags"] == twins[1:]
    aws("iam").untag_role(RoleName="worker", TagKeys=["TEAM"])
    assert not aws("iam").list_role_tags(RoleName="worker")["Tags"]
    mapping = aws("lambda").create_event_source_mapping(FunctionName="work:live", EventSourceArn=world.queue())
    assert mapping["FunctionArn"] == f"{aws.arn('lambda', 'function:work')}:live"
    aws("sqs").set_queue_attributes(QueueUrl=aws.queue_url("inbox"), Attributes={"MaximumMessageSize": "2048"})
    aws("sqs").set_queue_attributes(QueueUrl=aws.queue_url("inbox"), Attributes={"DelaySeconds": "5"})
    told = aws("sqs").get_queue_attributes(QueueUrl=aws.queue_url("inbox"), AttributeNames=["All"])["Attributes"]
    assert (told["MaximumMessageSize"], told["DelaySeconds"]) == ("2048", "5")
    aws("cloudwatch").put_metric_alarm(
        AlarmName="errors", EvaluationPeriods=1, ComparisonOperator="GreaterThanThreshold", Threshold=1, **ONE_METRIC)
    assert isinstance(aws("cloudwatch").describe_alarms()["MetricAlarms"][0]["Threshold"], float)


def test_a_layer_without_behaviours_changes_nothing(aws):
    """Each protocol, to the byte but for ids and times."""
    world = World(aws, None)
    world.alias()
    world.queue()
    world.topic()
    asks = [("lambda", "list_functions"), ("sqs", "list_queues"), ("sns", "list_topics"), ("iam", "list_roles"), ("cloudwatch", "describe_alarms")]
    with AwsLike(LOCAL, ()) as layer:
        for service, operation in asks:
            plain, through = (getattr(aws(service, url), operation)() for url in (LOCAL, layer.url))
            for answer in (plain, through):
                del answer["ResponseMetadata"]
            assert plain == through


def test_the_page_names_every_behaviour_with_its_source():
    rows = [f"| `{each.name}` | {'' if each.verified else 'Not seen on AWS. '}{each.source} |" for _, each in sorted(TABLE.items())]
    page = Path(__file__).with_name("aws_like.md").read_text()
    assert [line for line in page.splitlines() if line.startswith("| `")] == rows, "\n".join(rows)
