"""What an import makes of what runs and no file could say as it stands: circles, several aliases, refusals."""

import io
import json
import zipfile

import pytest

from bench import Bench
from faults import Refused, Rule
from harness import Aws, Etlctl, LAMBDA_TRUST, REGION
from test_import import Empty, but_marks, zipped
from test_import_again import function, role


@pytest.fixture
def etlctl(tmp_path):
    return Etlctl(Aws(), Empty(tmp_path))


def started_by(aws, sid, service, source, **more):
    aws("lambda").add_permission(FunctionName="work", StatementId=sid, Action="lambda:InvokeFunction",
                                 Principal=f"{service}.amazonaws.com", SourceArn=source, **more)


def test_a_reference_that_closes_a_circle_stays_an_arn(etlctl):
    aws = etlctl.aws
    of = role(aws)
    topic, rule = aws.arn("sns", "feed"), aws.arn("events", "rule/nightly")
    aws("sns").create_topic(Name="feed")
    aws("events").put_rule(Name="nightly", ScheduleExpression="rate(1 day)")
    function(aws, "work", of, Environment={"Variables": {"TOPIC": topic, "RULE": rule}})
    arn = aws.arn("lambda", "function:work")
    aws("sns").subscribe(TopicArn=topic, Protocol="lambda", Endpoint=arn)
    aws("events").put_targets(Rule="nightly", Targets=[{"Id": "1", "Arn": arn}])
    started_by(aws, "t", "sns", topic)
    started_by(aws, "r", "events", rule)
    aws("iam").put_role_policy(RoleName="shared", PolicyName="own", PolicyDocument=json.dumps({
        "Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["events:DisableRule"], "Resource": [rule]}]}))
    trust = {**LAMBDA_TRUST["Statement"][0], "Condition": {"ArnLike": {"aws:SourceArn": arn}}}
    aws("iam").update_assume_role_policy(RoleName="shared", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}))
    told = etlctl("import", "--function", "work").out
    assert "validate refuses" not in told, told
    work = etlctl.project.read()["functions"]["work"]
    assert work["environment"] == {"TOPIC": topic, "RULE": rule}
    assert work["permissions"]["t"]["source_arn"] == "${topics.feed.arn}"
    etlctl("validate")
    assert but_marks(etlctl.changes("--adopt", env="prod")) == {}


def two_aliases(aws):
    function(aws, "work", role(aws))
    aws("iam").put_role_policy(RoleName="shared", PolicyName="all", PolicyDocument=json.dumps({
        "Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["sqs:*"], "Resource": ["*"]}]}))
    aws("sqs").create_queue(QueueName="jobs", Attributes={"VisibilityTimeout": "60"})
    aws("lambda").publish_version(FunctionName="work")
    for name in ("blue", "live"):
        aws("lambda").create_alias(FunctionName="work", Name=name, FunctionVersion="1")


def test_of_several_aliases_the_one_in_use_is_kept(etlctl):
    aws = etlctl.aws
    two_aliases(aws)
    aws("lambda").create_event_source_mapping(FunctionName=aws.arn("lambda", "function:work:live"), EventSourceArn=aws.arn("sqs", "jobs"))
    aws("lambda").create_function_url_config(FunctionName="work", Qualifier="live", AuthType="AWS_IAM")
    told = etlctl("import", "--function", "work").out
    work = etlctl.project.read()["functions"]["work"]
    assert work["alias"] == "live" and work["event_sources"] and "url" in work, work
    assert "function/work: the alias blue: a function of a file has one alias" in told, told
    more = but_marks(etlctl.changes("--adopt", env="prod"))
    assert {field for _, fields in more.values() for field in fields} == {"aliases.blue"}, more


def test_an_alias_that_nothing_uses_is_none_where_all_stands_at_the_function(etlctl):
    aws = etlctl.aws
    two_aliases(aws)
    aws("lambda").create_event_source_mapping(FunctionName="work", EventSourceArn=aws.arn("sqs", "jobs"))
    told = etlctl("import", "--function", "work").out
    work = etlctl.project.read()["functions"]["work"]
    assert "alias" not in work and work["event_sources"], work
    assert "the alias blue: nothing uses it" in told and "the alias live: nothing uses it" in told, told


def test_a_layer_is_the_version_that_is_used(etlctl):
    aws = etlctl.aws
    publish = aws("lambda").publish_layer_version
    used = publish(LayerName="lib", Content={"ZipFile": zipped({"nodejs/a.js": "old"})}, CompatibleRuntimes=["nodejs22.x"],
                   Description="the old one", LicenseInfo="MIT")["LayerVersionArn"]
    publish(LayerName="lib", Content={"ZipFile": zipped({"nodejs/a.js": "new"})}, CompatibleRuntimes=["nodejs24.x"], Description="the new one")
    function(aws, "work", role(aws), Layers=[used])
    etlctl("import", "--function", "work")
    layer = etlctl.project.read()["layers"]["lib"]
    assert (layer["description"], layer["license"], layer["compatible_runtimes"]) == ("the old one", "MIT", ["nodejs22.x"]), layer
    assert (etlctl.project.dir / "handlers/layers/lib/nodejs/a.js").read_text() == "old"
    etlctl("validate")


def test_a_zip_with_a_link_is_kept_as_it_is(etlctl):
    aws = etlctl.aws
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("index.js", "exports.handler = async () => 1;\n")
        link = zipfile.ZipInfo("link")
        link.external_attr, link.create_system = 0o120777 << 16, 3
        archive.writestr(link, "index.js")
    of = role(aws)
    function(aws, "work", of)
    aws("lambda").create_function(FunctionName="linked", Role=of, Runtime="nodejs22.x", Handler="index.handler", Code={"ZipFile": code.getvalue()})
    aws("logs").create_log_group(logGroupName="/aws/lambda/linked")
    etlctl("import", "--function", "work", "--function", "linked")
    assert etlctl.project.read()["functions"]["linked"]["source"] == "../handlers/linked.zip"
    assert (etlctl.project.dir / "handlers/linked.zip").read_bytes() == code.getvalue()
    assert but_marks(etlctl.changes("--adopt", env="prod")) == {}


def test_a_log_group_of_another_stack_is_named(etlctl):
    aws = etlctl.aws
    function(aws, "work", role(aws))
    aws("logs").tag_log_group(logGroupName="/aws/lambda/work", tags={"etlctl:stack": "other", "etlctl:env": "dev", "etlctl:instance": "dev"})
    told = etlctl("import", "--function", "work").out
    assert "log_group (/aws/lambda/work): it carries the mark of other/dev/dev" in told, told
    assert etlctl.project.read()["functions"]["work"]["logging"] == {"log_group": "/aws/lambda/work"}
    assert but_marks(etlctl.changes("--adopt", env="prod")) == {}


def test_what_validate_refuses_is_told_with_what_mends_it(etlctl):
    """AWS takes a dead-letter queue that the rule may not send to."""
    aws = etlctl.aws
    function(aws, "work", role(aws))
    aws("sqs").create_queue(QueueName="dead")
    rule = aws("events").put_rule(Name="nightly", ScheduleExpression="rate(1 day)")["RuleArn"]
    aws("events").put_targets(Rule="nightly", Targets=[
        {"Id": "1", "Arn": aws.arn("lambda", "function:work"), "DeadLetterConfig": {"Arn": aws.arn("sqs", "dead")}}])
    started_by(aws, "r", "events", rule)
    told = etlctl("import", "--function", "work").out
    assert "It is there, and validate refuses it:" in told and "E662 rule/nightly: " in told and "add to queues.dead: `policy:" in told, told
    assert "Next: mend what validate refuses, then" in told, told
    etlctl("validate", check=3).tells("E662")


def secrets_of(aws):
    word = "hunter4hunter4"
    function(aws, "work", role(aws), Environment={"Variables": {"DB_PASSWORD": word, "CONN": f"host=x;user=u;zz={word}"}})
    aws("lambda").publish_version(FunctionName="work")
    aws("lambda").create_alias(FunctionName="work", Name="live", FunctionVersion="1", Description="password: hunter5hunter5")
    aws("iam").create_role(RoleName="starter", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "scheduler.amazonaws.com"}, "Action": "sts:AssumeRole"}]}))
    aws("iam").put_role_policy(RoleName="starter", PolicyName="p", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": aws.arn("lambda", "function:*")}]}))
    aws("scheduler").create_schedule_group(Name="group")
    aws("scheduler").create_schedule(
        Name="start", GroupName="group", ScheduleExpression="rate(1 day)", FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": aws.arn("lambda", "function:work:live"), "RoleArn": aws.arn("iam", "role/starter", ""),
                "Input": json.dumps({"password": 42424242, "n": 7, "of": "work"})})


def test_no_secret_is_written_or_told_whatever_it_stands_in(etlctl):
    secrets_of(etlctl.aws)
    told = etlctl("import", "--function", "work", "--name", "s")
    for text in (told.out, told.err, etlctl.project.text("s")):
        assert not any(word in text for word in ("hunter4", "hunter5", "42424242")), text
    written = etlctl.project.read("s")
    assert written["functions"]["work"]["environment"]["CONN"] == "host=x;user=u;zz=${db_password}", written
    assert "functions.work.environment.CONN" in told.out, told
    env = {"S_WORK_DB_PASSWORD": "hunter4hunter4", "S_START_PASSWORD": "42424242"}
    assert {one["from_env"] for one in written["variables"].values()} == env.keys(), written
    more = but_marks(etlctl.changes("--adopt", env="prod", run=env))
    # The description is what no file can say, and the other one a mark.
    assert {field for _, fields in more.values() for field in fields} == {"aliases.live.description", "sensitive_variables"}, more


def test_one_that_cannot_be_read_is_told_and_ends_nothing(tmp_path):
    bench = Bench(tmp_path, "stack: other\nregion: us-east-1\nenvironments: { dev: {} }\n")
    function(bench.aws, "work", role(bench.aws))
    bench.aws("s3").create_bucket(Bucket=f"far-{bench.account}")
    bench.project.write("template.json", json.dumps({"Resources": {
        "Work": {"Type": "AWS::Lambda::Function", "Properties": {"FunctionName": "work"}},
        "Far": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": f"far-{bench.account}"}}}}))
    moved = Rule("s3:GetBucketVersioning", Refused(301, "PermanentRedirect", "The bucket is in another region"), times=None)
    run, _ = bench.run(["import", "--region", REGION, "--from", "template.json", "--force"], [moved])
    run.exits(0)
    assert f"bucket (far-{bench.account}): it cannot be read: " in run.out and "it is not there" not in run.out, run


def test_a_bucket_of_another_region_is_not_looked_for_here(etlctl):
    aws = etlctl.aws
    function(aws, "work", role(aws))
    aws("s3").create_bucket(Bucket=f"far-{aws.account}")
    managed = {"mode": "managed", "name": "x"}
    state = {"format_version": "1.0", "values": {"root_module": {"resources": [
        {**managed, "address": "aws_lambda_function.x", "type": "aws_lambda_function", "values": {"function_name": "work"}},
        {**managed, "address": "aws_s3_bucket.x", "type": "aws_s3_bucket",
         "values": {"bucket": f"far-{aws.account}", "region": "eu-west-1", "arn": f"arn:aws:s3:::far-{aws.account}"}}]}}}
    etlctl.project.write("state.json", json.dumps(state))
    told = etlctl("import", "--from", "state.json").out
    assert "aws_s3_bucket.x (aws_s3_bucket): it is in eu-west-1" in told and "buckets" not in etlctl.project.read(), told


def test_a_name_may_hold_what_looks_like_a_variable(etlctl):
    aws = etlctl.aws
    function(aws, "work", role(aws))
    aws("cloudwatch").put_metric_alarm(
        AlarmName="over ${limit}", ComparisonOperator="GreaterThanThreshold", EvaluationPeriods=1, Threshold=1, Namespace="AWS/Lambda",
        MetricName="Errors", Dimensions=[{"Name": "FunctionName", "Value": "work"}], Period=60, Statistic="Sum")
    etlctl("import", "--function", "work")
    etlctl("validate")
    assert but_marks(etlctl.changes("--adopt", env="prod")) == {}


def test_a_simple_table_is_a_table(etlctl):
    etlctl.aws("dynamodb").create_table(
        TableName="orders", AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}], BillingMode="PAY_PER_REQUEST")
    etlctl.project.write("template.yaml", "Resources:\n  Simple: { Type: AWS::Serverless::SimpleTable, Properties: { TableName: orders } }\n")
    etlctl("import", "--from", "template.yaml")
    assert etlctl.project.read()["tables"]["Simple"]["name"] == "orders"
