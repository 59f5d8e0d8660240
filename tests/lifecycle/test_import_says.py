"""What an import takes along, and what it tells of what it cannot."""

import json

import pytest

from bench import Bench
from faults import Refused, Rule
from harness import Aws, Etlctl, REGION
from test_import import Empty, but_marks, zipped
from test_import_again import function, role


@pytest.fixture
def etlctl(tmp_path):
    return Etlctl(Aws(), Empty(tmp_path))


def template(etlctl, resources, **more):
    etlctl.project.write("template.json", json.dumps({"Resources": resources, **more}))


def test_an_alias_on_an_older_version_is_told(etlctl):
    aws = etlctl.aws
    of = role(aws)
    for name in ("same", "behind", "split", "latest"):
        function(aws, name, of)
        aws("lambda").publish_version(FunctionName=name)
    aws("lambda").create_alias(FunctionName="same", Name="live", FunctionVersion="1")
    aws("lambda").create_alias(FunctionName="latest", Name="live", FunctionVersion="$LATEST")
    for name in ("behind", "split"):
        aws("lambda").update_function_code(FunctionName=name, ZipFile=zipped({"index.js": "exports.handler = async () => 2;\n"}))
    aws("lambda").publish_version(FunctionName="split")
    aws("lambda").create_alias(FunctionName="behind", Name="live", FunctionVersion="1")
    aws("lambda").create_alias(FunctionName="split", Name="live", FunctionVersion="2",
                               RoutingConfig={"AdditionalVersionWeights": {"1": 0.1}})
    told = etlctl("import", *(part for name in ("same", "behind", "split", "latest") for part in ("--function", name)))
    for text in (told.out, etlctl.project.text()):
        assert "An apply would change" in text
        assert "function/behind: the alias live runs version 1, which has other code than the function itself" in text, text
        assert "function/split: the alias live runs version 2 and, for 10 % of its calls, version 1" in text, text
        assert "function/latest: the alias live runs version $LATEST" in text, text
        assert "function/same" not in text, text
    assert "no change but the marks" not in told.out
    more = but_marks(etlctl.changes("--adopt", env="prod"))
    assert more.keys() == {"function/behind", "function/latest", "function/split"}, more


def test_an_alias_that_runs_what_the_function_is_is_none_to_tell_of(etlctl):
    function(etlctl.aws, "same", role(etlctl.aws))
    etlctl.aws("lambda").publish_version(FunctionName="same")
    etlctl.aws("lambda").create_alias(FunctionName="same", Name="live", FunctionVersion="1")
    assert "no change but the marks" in etlctl("import", "--function", "same").out
    assert but_marks(etlctl.changes("--adopt", env="prod")) == {}


def test_what_feeds_a_function_comes_along(etlctl):
    aws = etlctl.aws
    of = role(aws)
    for name in ("jobs", "failed"):
        aws("sqs").create_queue(QueueName=name)
    aws("kinesis").create_stream(StreamName="clicks", ShardCount=1)
    table = aws("dynamodb").create_table(
        TableName="orders", AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}], BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"})["TableDescription"]
    aws("iam").put_role_policy(RoleName="shared", PolicyName="all", PolicyDocument=json.dumps({
        "Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["sqs:*", "kinesis:*", "dynamodb:*"], "Resource": ["*"]}]}))
    function(aws, "work", of)
    create = aws("lambda").create_event_source_mapping
    create(FunctionName="work", EventSourceArn=aws.arn("sqs", "jobs"), FilterCriteria={"Filters": [{"Pattern": '{"body":{"a":["b"]}}'}]})
    create(FunctionName="work", EventSourceArn=aws.arn("kinesis", "stream/clicks"), StartingPosition="LATEST",
           DestinationConfig={"OnFailure": {"Destination": aws.arn("sqs", "failed")}})
    create(FunctionName="work", EventSourceArn=table["LatestStreamArn"], StartingPosition="LATEST")
    etlctl("import", "--function", "work")
    written = etlctl.project.read()
    assert {section: set(written[section]) for section in ("queues", "streams", "tables")} == {
        "queues": {"jobs", "failed"}, "streams": {"clicks"}, "tables": {"orders"}}
    sources = written["functions"]["work"]["event_sources"]
    assert {(word, source.get(word)) for source in sources for word in ("queue", "stream", "table") if word in source} == {
        ("queue", "jobs"), ("stream", "clicks"), ("table", "orders")}, sources
    assert "arn:aws" not in json.dumps(sources), sources
    assert but_marks(etlctl.changes("--adopt", env="prod")) == {}


def test_a_state_of_another_region_names_nothing_here(etlctl):
    aws = etlctl.aws
    aws("sqs").create_queue(QueueName="jobs")
    function(aws, "work", role(aws))
    queue = {"mode": "managed", "type": "aws_sqs_queue", "name": "jobs"}
    function_of = {"mode": "managed", "type": "aws_lambda_function", "name": "work", "address": "aws_lambda_function.work",
                   "values": {"function_name": "work", "arn": aws.arn("lambda", "function:work")}}
    permission = {"mode": "managed", "type": "aws_lambda_permission", "name": "s3", "address": "aws_lambda_permission.s3"}
    state = {"format_version": "1.0", "values": {"root_module": {"resources": [
        function_of,
        {**queue, "address": "aws_sqs_queue.west", "values": {"name": "jobs", "arn": f"arn:aws:sqs:us-west-2:{aws.account}:jobs"}},
        {**queue, "address": "aws_sqs_queue.theirs", "values": {"name": "jobs", "arn": f"arn:aws:sqs:{REGION}:999999999999:jobs"}},
        {**queue, "address": "aws_sqs_queue.said", "values": {"name": "jobs", "region": "eu-west-1"}},
        {**permission, "values": {"function_name": "work"}},
        {**permission, "address": "aws_lambda_permission.other", "values": {"function_name": "another"}}]}}}
    etlctl.project.write("state.json", json.dumps(state))
    told = etlctl("import", "--from", "state.json").out
    assert "queues" not in etlctl.project.read()
    assert "aws_sqs_queue.west (aws_sqs_queue): it is in us-west-2" in told and "--region us-west-2" in told
    assert "aws_sqs_queue.theirs (aws_sqs_queue): it is of account 999999999999" in told
    assert "aws_sqs_queue.said (aws_sqs_queue): it is in eu-west-1" in told
    removed = [line.split("'")[1] for line in told.splitlines() if "terraform state rm" in line]
    assert removed == ["aws_lambda_function.work", "aws_lambda_permission.s3"], told


def test_pulumi_is_told_to_forget_what_is_imported_and_its_own(etlctl):
    function(etlctl.aws, "work", role(etlctl.aws))
    of = "urn:pulumi:dev::p::aws:lambda/function:Function::"
    resource = {"type": "aws:lambda/function:Function", "custom": True}
    stack = {"version": 3, "deployment": {"resources": [
        {**resource, "urn": of + "work", "outputs": {"name": "work"}},
        {**resource, "urn": of + "looked-up", "external": True, "outputs": {"name": "work"}},
        {**resource, "urn": of + "gone", "outputs": {"name": "gone"}}]}}
    etlctl.project.write("stack.json", json.dumps(stack))
    told = etlctl("import", "--from", "stack.json").out
    assert f"pulumi state delete '{of}work'" in told and "looked-up" not in told and f"delete '{of}gone'" not in told, told


def test_a_layer_that_nothing_uses_has_the_code_of_its_newest_version(etlctl):
    publish = etlctl.aws("lambda").publish_layer_version
    for text in ("old", "new"):
        publish(LayerName="lib", Content={"ZipFile": zipped({"python/a.py": text})}, CompatibleRuntimes=["python3.13"])
    template(etlctl, {"Lib": {"Type": "AWS::Lambda::LayerVersion", "Properties": {"LayerName": "lib"}}})
    etlctl("import", "--from", "template.json")
    assert etlctl.project.read()["layers"]["Lib"]["source"] == "../handlers/layers/Lib"
    assert (etlctl.project.dir / "handlers/layers/Lib/python/a.py").read_text() == "new"
    etlctl("validate")


def test_a_function_is_named_as_a_whole(etlctl):
    aws = etlctl.aws
    function(aws, "work", role(aws))
    etlctl("import", "--function", aws.arn("lambda", "function:work"))
    assert etlctl.project.read()["functions"].keys() == {"work"}
    for name, words in {
        "": ["not called so"], "a b": ["not called so"], "work:live": ["one version or alias", "leave out `:live`"],
        aws.arn("lambda", "function:work:1"): ["one version or alias"], aws.arn("sqs", "work"): ["no ARN of a function"],
        f"arn:aws:lambda:eu-west-1:{aws.account}:function:work": ["eu-west-1", "--region eu-west-1"],
        f"arn:aws:lambda:{REGION}:999999999999:function:work": ["999999999999", "credentials"],
    }.items():
        etlctl("import", "--function", name, "--name", "n", check=64).tells(*words)


def test_a_template_says_what_it_can_and_what_it_cannot(etlctl):
    aws = etlctl.aws
    aws("events").create_event_bus(Name="mine")
    for bus in ("mine", "default"):
        aws("events").put_rule(Name="on", EventBusName=bus, EventPattern='{"source":["x"]}')
    aws("scheduler").create_schedule_group(Name="group")
    function(aws, "work", role(aws))
    resources = {
        "Rule": {"Type": "AWS::Events::Rule", "Properties": {"Name": "on", "EventBusName": {"Ref": "Bus"}}},
        "Bus": {"Type": "AWS::Events::EventBus", "Properties": {"Name": "mine"}},
        "Open": {"Type": "AWS::Events::Rule", "Properties": {"Name": "on", "EventBusName": {"Ref": "Made"}}},
        "Made": {"Type": "AWS::Events::EventBus"},
        "Work": {"Type": "AWS::Lambda::Function", "Properties": {"FunctionName": {"Fn::If": ["A", "b", "c"]}}},
    }
    template(etlctl, resources)
    told = etlctl("import", "--from", "template.json", "--name", "t").out
    assert etlctl.project.read("t")["rules"] == {"Rule": {"name": "on", "bus": "Bus", "event": {"source": ["x"]}}}
    assert "Open (AWS::Events::Rule): the bus or group that it is in hangs on `Made`" in told, told
    assert "--set 'Open=BUS_OR_GROUP/on'" in told, told
    assert "Work (AWS::Lambda::Function): its name hangs on `Fn::If`" in told and "--set 'Work=NAME'" in told, told
    etlctl("import", "--from", "template.json", "--name", "t", "--force", "--set", "Work=work", "--set", "Open=default/on")
    assert etlctl.project.read("t")["rules"].keys() == {"Rule", "Open"} and "bus" not in etlctl.project.read("t")["rules"]["Open"]
    assert etlctl.project.read("t")["functions"]["Work"]["name"] == "work"
    etlctl("import", "--from", "template.json", "--name", "u", "--set", "Wrok=x", check=64).tells("--set Wrok", "no such parameter")
    etlctl("import", "--function", "work", "--name", "u", "--set", "Work=x", check=64).tells("--set Work")
    template(etlctl, {})
    etlctl("import", "--from", "template.json", "--name", "u", check=64).tells("template.json names no resource")
    etlctl.project.write("raw.json", json.dumps({"version": 4, "terraform_version": "1.9.0", "serial": 1, "lineage": "x", "resources": []}))
    etlctl("import", "--from", "raw.json", "--name", "u", check=64).tells("as Terraform keeps it", "terraform show -json")


REFUSED = Refused(400, "AccessDeniedException", "not authorized")


def test_a_log_group_that_may_not_be_read_is_not_said_to_be_missing(tmp_path):
    bench = Bench(tmp_path, "stack: other\nregion: us-east-1\nenvironments: { dev: {} }\n")
    function(bench.aws, "work", role(bench.aws))
    run, _ = bench.run(["import", "--region", REGION, "--function", "work", "--force"], [Rule("logs:DescribeLogGroups", REFUSED, times=None)])
    run.exits(0)
    assert "log_group (/aws/lambda/work): it cannot be read" in run.out and "log_group" in run.out, run
    assert "Lambda makes it with the first line" not in run.out and "log groups to be made" not in run.out, run


def test_what_cannot_be_looked_for_is_told(tmp_path):
    bench = Bench(tmp_path, "stack: other\nregion: us-east-1\nenvironments: { dev: {} }\n")
    function(bench.aws, "work", role(bench.aws))
    run, _ = bench.run(["import", "--region", REGION, "--function", "work", "--force"], [Rule("lambda:ListLayers", REFUSED, times=None)])
    run.exits(0)
    assert "other resources with the mark of this stack (layers), which its plans would delete: they cannot be looked for" in run.out, run
