"""What an import leaves to others who use it, too: an apply would bring it to the file, a destroy delete it."""

import json

import pytest

from bench import Bench
from faults import Refused, Rule
from harness import Aws, Etlctl, REGION
from test_import import Empty, but_marks
from test_import_again import function, role


@pytest.fixture
def etlctl(tmp_path):
    return Etlctl(Aws(), Empty(tmp_path))


def alarm(aws, of, topic):
    aws("cloudwatch").put_metric_alarm(
        AlarmName=f"errors-{of}", ComparisonOperator="GreaterThanThreshold", EvaluationPeriods=1, Threshold=1, Namespace="AWS/Lambda",
        MetricName="Errors", Dimensions=[{"Name": "FunctionName", "Value": of}], Period=60, Statistic="Sum", AlarmActions=[topic])


def two_functions(aws):
    """Both with one role, one dead-letter queue, one stream, one log group, and alarms of one topic."""
    shared, topic = role(aws), aws("sns").create_topic(Name="alerts")["TopicArn"]
    aws("iam").put_role_policy(RoleName="shared", PolicyName="all", PolicyDocument=json.dumps({
        "Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["sqs:*", "kinesis:*"], "Resource": ["*"]}]}))
    aws("sqs").create_queue(QueueName="dead")
    aws("kinesis").create_stream(StreamName="clicks", ShardCount=1)
    for name in ("one", "other"):
        function(aws, name, shared, DeadLetterConfig={"TargetArn": aws.arn("sqs", "dead")})
        aws("lambda").create_event_source_mapping(FunctionName=name, EventSourceArn=aws.arn("kinesis", "stream/clicks"), StartingPosition="LATEST")
        alarm(aws, name, topic)
    return shared, topic


def test_what_others_use_is_named_and_stays_in_a_destroy(etlctl):
    aws = etlctl.aws
    shared, topic = two_functions(aws)
    told = etlctl("import", "--function", "one").out
    for text in (told, etlctl.project.text()):
        for what in ("role (shared)", "queue (dead)", "stream (clicks)"):
            assert f"{what}: it is used by function (other), too" in text, text
        assert "topic (alerts): it is used by alarm (errors-other), too" in text, text
    written = etlctl.project.read()
    assert written.keys().isdisjoint({"roles", "queues", "topics", "streams"}), written
    work = written["functions"]["one"]
    assert (work["role"], work["dead_letter_queue"]) == (shared, aws.arn("sqs", "dead"))
    assert written["alarms"]["errors-one"]["alarm_actions"] == [topic], written["alarms"]
    assert but_marks(etlctl.changes("--adopt", env="prod")) == {}
    etlctl("apply", "--env", "prod", "--adopt", "--yes")
    etlctl("destroy", "--env", "prod", "--yes", "--confirm", "prod", "--allow-loss", "all")
    assert [one["FunctionName"] for one in aws("lambda").list_functions()["Functions"]] == ["other"]
    assert aws("iam").get_role(RoleName="shared") and aws.queue_url("dead") and aws("sns").get_topic_attributes(TopicArn=topic)


def test_what_only_those_use_that_are_imported_comes_along(etlctl):
    two_functions(etlctl.aws)
    told = etlctl("import", "--function", "one", "--function", "other").out
    written = etlctl.project.read()
    assert {section: set(written[section]) for section in ("roles", "queues", "topics", "streams")} == {
        "roles": {"shared"}, "queues": {"dead"}, "topics": {"alerts"}, "streams": {"clicks"}}
    assert "used by" not in told, told


def test_what_is_asked_for_is_taken_with_a_word(etlctl):
    two_functions(etlctl.aws)
    etlctl.project.write("template.json", json.dumps({"Resources": {
        "Work": {"Type": "AWS::Lambda::Function", "Properties": {"FunctionName": "one"}},
        "Dead": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "dead"}}}}))
    told = etlctl("import", "--from", "template.json").out
    assert etlctl.project.read()["queues"].keys() == {"Dead"}
    for text in (told, etlctl.project.text()):
        assert "Used by others, too:" in text and "queue (dead): it is used by function (other), too: `on_remove: retain`" in text, text


def test_a_topic_or_rule_that_starts_others_is_left_to_them(etlctl):
    aws = etlctl.aws
    of = role(aws)
    topic = aws("sns").create_topic(Name="feed")["TopicArn"]
    rule = aws("events").put_rule(Name="nightly", ScheduleExpression="rate(1 day)")["RuleArn"]
    for name in ("one", "other"):
        function(aws, name, of)
        arn = aws.arn("lambda", f"function:{name}")
        for sid, service, source in (("t", "sns", topic), ("r", "events", rule)):
            aws("lambda").add_permission(FunctionName=name, StatementId=sid, Action="lambda:InvokeFunction",
                                         Principal=f"{service}.amazonaws.com", SourceArn=source)
        aws("sns").subscribe(TopicArn=topic, Protocol="lambda", Endpoint=arn)
        aws("events").put_targets(Rule="nightly", Targets=[{"Id": name, "Arn": arn}])
    told = etlctl("import", "--function", "one").out
    written = etlctl.project.read()
    assert written.keys().isdisjoint({"topics", "rules"}), written
    assert {one["source_arn"] for one in written["functions"]["one"]["permissions"].values()} == {topic, rule}
    assert "topic (feed): it is used by function (other), too" in told and "rule (nightly): it is used by function (other), too" in told
    assert but_marks(etlctl.changes("--adopt", env="prod")) == {}


def schedules(aws):
    of = role(aws)
    aws("iam").create_role(RoleName="starter", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "scheduler.amazonaws.com"}, "Action": "sts:AssumeRole"}]}))
    aws("iam").put_role_policy(RoleName="starter", PolicyName="p", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": aws.arn("lambda", "function:*")}]}))
    aws("scheduler").create_schedule_group(Name="group")
    for name in ("one", "other"):
        function(aws, name, of)
        aws("scheduler").create_schedule(
            Name=f"start-{name}", GroupName="group", ScheduleExpression="rate(1 day)", FlexibleTimeWindow={"Mode": "OFF"},
            Target={"Arn": aws.arn("lambda", f"function:{name}"), "RoleArn": aws.arn("iam", "role/starter", "")})


def test_a_group_of_schedules_comes_as_a_whole_or_not_at_all(etlctl):
    schedules(etlctl.aws)
    told = etlctl("import", "--function", "one").out
    assert etlctl.project.read().keys().isdisjoint({"schedules", "schedule_groups"})
    assert "schedule (group/start-one): schedule_group (group) is taken over with all that it holds, schedule (group/start-other) among it" in told
    assert but_marks(etlctl.changes("--adopt", env="prod")) == {}
    etlctl("import", "--function", "one", "--function", "other", "--force")
    assert etlctl.project.read()["schedules"].keys() == {"start-one", "start-other"}
    assert but_marks(etlctl.changes("--adopt", env="prod")) == {}


def test_users_that_cannot_be_listed_are_not_said_to_be_none(tmp_path):
    bench = Bench(tmp_path, "stack: other\nregion: us-east-1\nenvironments: { dev: {} }\n")
    function(bench.aws, "work", role(bench.aws))
    refused = Rule("lambda:ListFunctions", Refused(400, "AccessDeniedException", "not authorized"), times=None)
    run, _ = bench.run(["import", "--region", REGION, "--function", "work", "--force"], [refused])
    run.exits(0)
    assert "which other functions use what comes along: not all of them can be looked through" in run.out, run


def test_a_bucket_or_queue_that_others_get_their_events_by_is_left_to_them(etlctl):
    aws = etlctl.aws
    of, bucket = role(aws), f"drop-{aws.account}"
    aws("s3").create_bucket(Bucket=bucket)
    queue = aws("sqs").create_queue(QueueName="failed") and aws.arn("sqs", "failed")
    entries = []
    for name in ("one", "other"):
        function(aws, name, of)
        aws("lambda").add_permission(FunctionName=name, StatementId="s3", Action="lambda:InvokeFunction", Principal="s3.amazonaws.com",
                                     SourceArn=f"arn:aws:s3:::{bucket}", SourceAccount=aws.account)
        aws("lambda").put_function_event_invoke_config(FunctionName=name, DestinationConfig={"OnFailure": {"Destination": queue}})
        entries.append({"Id": name, "LambdaFunctionArn": aws.arn("lambda", f"function:{name}"), "Events": ["s3:ObjectCreated:*"],
                        "Filter": {"Key": {"FilterRules": [{"Name": "prefix", "Value": f"{name}/"}]}}})
    aws("s3").put_bucket_notification_configuration(
        Bucket=bucket, SkipDestinationValidation=True, NotificationConfiguration={"LambdaFunctionConfigurations": entries})
    told = etlctl("import", "--function", "one").out
    assert etlctl.project.read().keys().isdisjoint({"buckets", "queues"})
    assert f"bucket ({bucket}): it is used by function (other), too" in told and "queue (failed): it is used by function (other), too" in told
    assert f"the notification of the bucket {bucket} `one`" in told, told
    etlctl("import", "--function", "one", "--function", "other", "--force")
    assert {section: set(etlctl.project.read()[section]) for section in ("buckets", "queues")} == {"buckets": {bucket}, "queues": {"failed"}}
