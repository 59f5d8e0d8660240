"""Roles, queues, topics, log groups and alarms changed behind etlctl's back,
an attribute at a time."""

import json
from unittest.mock import ANY

import pytest

from drift import CHANGED, PIPELINE, Applied, Case, allow, tag_cases, tag_list
from harness import LAMBDA_TRUST, REGION, SUFFIX
from like_topics import confirm

ROLE = f"api-handler-role-{SUFFIX}-{REGION}"
QUEUE = f"lambda-dlq-{SUFFIX}"
TOPIC = f"etl-lambda-error-alarms-{SUFFIX}"
GROUP = f"/aws/lambda/api-handler-{SUFFIX}"
ALARM = f"api-handler-errors-{SUFFIX}"
XRAY = "arn:aws:iam::aws:policy/AWSXRayDaemonWriteAccess"


def iam(operation, **arguments):
    return lambda aws: getattr(aws("iam"), operation)(RoleName=ROLE, **arguments)


def trust_another(aws):
    statement = LAMBDA_TRUST["Statement"] + [
        {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{aws.account}:root"}, "Action": "sts:AssumeRole"}]
    aws("iam").update_assume_role_policy(RoleName=ROLE, PolicyDocument=json.dumps(LAMBDA_TRUST | {"Statement": statement}))


def delete_role(aws):
    client = aws("iam")
    for policy in client.list_attached_role_policies(RoleName=ROLE)["AttachedPolicies"]:
        client.detach_role_policy(RoleName=ROLE, PolicyArn=policy["PolicyArn"])
    client.delete_role_policy(RoleName=ROLE, PolicyName="dead-letter-queue")
    client.delete_role(RoleName=ROLE)


def widen_shared_role(aws):
    role = f"etl-lambda-role-{SUFFIX}-{REGION}"
    policy = aws("iam").list_role_policies(RoleName=role)["PolicyNames"][0]
    aws("iam").put_role_policy(RoleName=role, PolicyName=policy, PolicyDocument=allow("s3:*", "*"))


ROLES = [Case("role/api-handler", *row) for row in [
    ("inline policy added", {"policies.by-hand": (ANY, None)},
     iam("put_role_policy", PolicyName="by-hand", PolicyDocument=allow("s3:GetObject", "*"))),
    ("inline policy changed", {"policies.dead-letter-queue": CHANGED},
     iam("put_role_policy", PolicyName="dead-letter-queue", PolicyDocument=allow("sqs:*", "*"))),
    ("inline policy removed", {"policies.dead-letter-queue": (None, ANY)},
     iam("delete_role_policy", PolicyName="dead-letter-queue")),
    ("attachment removed", {"managed_policies": CHANGED}, iam("detach_role_policy", PolicyArn=XRAY)),
    ("attachment added", {"managed_policies": CHANGED},
     iam("attach_role_policy", PolicyArn="arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess")),
    ("trust policy", {"trust_policy": CHANGED}, trust_another),
    ("description", {"description": ("by hand", ANY)}, iam("update_role", Description="by hand")),
    ("maximum session", {"max_session": (7200, 3600)}, iam("update_role", MaxSessionDuration=7200)),
    ("permissions boundary", {"permissions_boundary": (XRAY, None)},
     iam("put_role_permissions_boundary", PermissionsBoundary=XRAY)),
]]
ROLES += tag_cases(
    "role/api-handler",
    lambda aws, tags: aws("iam").tag_role(RoleName=ROLE, Tags=tag_list(tags)),
    lambda aws, keys: aws("iam").untag_role(RoleName=ROLE, TagKeys=keys))
ROLES += [
    # A role that was made again is another one to Lambda.
    Case("role/api-handler", "deleted", {}, delete_role, action="create", also=[("function/api-handler", "update")]),
    Case("role/lambda-role", "inline policy changed", {"policies.*": CHANGED}, widen_shared_role, PIPELINE),
]


def queue(**attributes):
    return lambda aws: aws("sqs").set_queue_attributes(QueueUrl=aws.queue_url(QUEUE), Attributes=attributes)


def open_queue(aws):
    statement = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": aws.arn("sqs", QUEUE)}
    queue(Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))(aws)


QUEUES = [Case("queue/dlq", *row) for row in [
    ("visibility timeout", {"visibility_timeout": (60, 30)}, queue(VisibilityTimeout="60")),
    ("retention", {"message_retention": (345600, 1209600)}, queue(MessageRetentionPeriod="345600")),
    ("delay", {"delay": (5, 0)}, queue(DelaySeconds="5")),
    ("receive wait", {"receive_wait": (20, 0)}, queue(ReceiveMessageWaitTimeSeconds="20")),
    ("message size", {"max_message_size": (1024, ANY)}, queue(MaximumMessageSize="1024")),
    ("redrive allow policy", {"redrive_allow*": CHANGED},
     queue(RedriveAllowPolicy=json.dumps({"redrivePermission": "denyAll"}))),
    # The two ways to encrypt exclude each other, so to choose one is to leave the other.
    ("encryption", {
        "kms_key": ("alias/aws/sqs", None), "kms_data_key_reuse": (300, None), "managed_encryption": (False, True),
    }, queue(KmsMasterKeyId="alias/aws/sqs")),
    ("access policy", {"policy": CHANGED}, open_queue),
]]
QUEUES += tag_cases(
    "queue/dlq",
    lambda aws, tags: aws("sqs").tag_queue(QueueUrl=aws.queue_url(QUEUE), Tags=tags),
    lambda aws, keys: aws("sqs").untag_queue(QueueUrl=aws.queue_url(QUEUE), TagKeys=keys))
QUEUES += [Case("queue/dlq", "deleted", {},
                lambda aws: aws("sqs").delete_queue(QueueUrl=aws.queue_url(QUEUE)), action="create")]


def topic(name, value):
    return lambda aws: aws("sns").set_topic_attributes(
        TopicArn=aws.arn("sns", TOPIC), AttributeName=name, AttributeValue=value)


def open_topic(aws):
    statement = {"Effect": "Allow", "Principal": "*", "Action": "sns:Publish", "Resource": aws.arn("sns", TOPIC)}
    topic("Policy", json.dumps({"Version": "2012-10-17", "Statement": [statement]}))(aws)


def subscribe_by_hand(aws):
    """One that its owner confirmed, for AWS takes no other away again."""
    made = aws("sns").subscribe(TopicArn=aws.arn("sns", TOPIC), Protocol="email", Endpoint="by-hand@example.com")
    confirm(aws, made["SubscriptionArn"])


TOPICS = [Case("topic/lambda-error-alarms", *row, PIPELINE) for row in [
    ("display name", {"display_name": ("by hand", ANY)}, topic("DisplayName", "by hand")),
    ("encryption", {"kms_key": ("alias/aws/sns", None)}, topic("KmsMasterKeyId", "alias/aws/sns")),
    ("access policy", {"policy": CHANGED}, open_topic),
    ("subscription added", {"subscriptions*": CHANGED}, subscribe_by_hand),
]]
TOPICS += tag_cases(
    "topic/lambda-error-alarms",
    lambda aws, tags: aws("sns").tag_resource(ResourceArn=aws.arn("sns", TOPIC), Tags=tag_list(tags)),
    lambda aws, keys: aws("sns").untag_resource(ResourceArn=aws.arn("sns", TOPIC), TagKeys=keys), PIPELINE)
TOPICS += [Case("topic/lambda-error-alarms", "deleted", {},
                lambda aws: aws("sns").delete_topic(TopicArn=aws.arn("sns", TOPIC)), PIPELINE, "create")]


def logs(operation, **arguments):
    return lambda aws: getattr(aws("logs"), operation)(logGroupName=GROUP, **arguments)


LOG_GROUPS = [Case("log_group/api-handler", *row) for row in [
    ("retention changed", {"retention_days": (365, 7)}, logs("put_retention_policy", retentionInDays=365)),
    ("retention deleted", {"retention_days": (None, 7)}, logs("delete_retention_policy")),
]]
LOG_GROUPS += tag_cases(
    "log_group/api-handler",
    lambda aws, tags: aws("logs").tag_resource(resourceArn=aws.arn("logs", f"log-group:{GROUP}"), tags=tags),
    lambda aws, keys: aws("logs").untag_resource(resourceArn=aws.arn("logs", f"log-group:{GROUP}"), tagKeys=keys))
LOG_GROUPS += [Case("log_group/api-handler", "deleted", {}, logs("delete_log_group"), action="create")]


def alarm(name=ALARM, **settings):
    """PutMetricAlarm overwrites everything, so what is there is sent again."""
    def mutate(aws):
        live = aws("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"][0]
        known = aws("cloudwatch").meta.service_model.operation_model("PutMetricAlarm").input_shape.members
        aws("cloudwatch").put_metric_alarm(**{key: live[key] for key in live if key in known} | settings)
    return mutate


def notify(kind):
    return lambda aws: alarm(**{kind: [aws.arn("sns", "somewhere")]})(aws)


ALARMS = [Case("alarm/api-handler-errors", *row) for row in [
    ("threshold", {"threshold": (9, 5)}, alarm(Threshold=9.0)),
    ("period", {"period": (300, 600)}, alarm(Period=300)),
    ("evaluation periods", {"evaluation_periods": (3, 1)}, alarm(EvaluationPeriods=3)),
    ("datapoints to alarm", {"datapoints_to_alarm": (2, ANY), "evaluation_periods": (3, 1)},
     alarm(EvaluationPeriods=3, DatapointsToAlarm=2)),
    ("statistic", {"statistic": ("Maximum", "Sum")}, alarm(Statistic="Maximum")),
    ("comparison", {"comparison": CHANGED}, alarm(ComparisonOperator="GreaterThanOrEqualToThreshold")),
    ("metric", {"metric": ("Throttles", "Errors")}, alarm(MetricName="Throttles")),
    ("dimension", {"dimensions.FunctionName": ("other", f"api-handler-{SUFFIX}")},
     alarm(Dimensions=[{"Name": "FunctionName", "Value": "other"}])),
    ("missing data", {"treat_missing_data": CHANGED}, alarm(TreatMissingData="breaching")),
    ("description", {"description": ("by hand", ANY)}, alarm(AlarmDescription="by hand")),
    ("alarm action added", {"alarm_actions": CHANGED}, notify("AlarmActions")),
    ("OK action added", {"ok_actions": CHANGED}, notify("OKActions")),
    ("switched off", {"actions_enabled": (False, True)},
     lambda aws: aws("cloudwatch").disable_alarm_actions(AlarmNames=[ALARM])),
]]
ALARMS += tag_cases(
    "alarm/api-handler-errors",
    lambda aws, tags: aws("cloudwatch").tag_resource(
        ResourceARN=aws.arn("cloudwatch", f"alarm:{ALARM}"), Tags=tag_list(tags)),
    lambda aws, keys: aws("cloudwatch").untag_resource(
        ResourceARN=aws.arn("cloudwatch", f"alarm:{ALARM}"), TagKeys=keys))
ALARMS += [
    Case("alarm/api-handler-errors", "deleted", {},
         lambda aws: aws("cloudwatch").delete_alarms(AlarmNames=[ALARM]), action="create"),
    Case("alarm/data-output-errors", "no longer notifies", {"alarm_actions": CHANGED},
         alarm(f"etl-data-output-errors-{SUFFIX}", AlarmActions=[]), PIPELINE),
]


@pytest.fixture(scope="module")
def applied(tmp_path_factory):
    return Applied(lambda: tmp_path_factory.mktemp("drift"))


@pytest.mark.parametrize("case", ROLES + QUEUES + TOPICS + LOG_GROUPS + ALARMS, ids=str)
def test_drift_of_a_resource_is_seen_alone_and_put_back(applied, case):
    applied.check(case)
