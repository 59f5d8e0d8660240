"""What another tool made, imported, adopted and planned empty: nothing of it changes but the marks."""

import io
import json
import os
import zipfile
from pathlib import Path

import pytest
import yaml

from harness import Aws, Etlctl, LAMBDA_TRUST, Project, REGION
from originals import HERE, Made
from snapshot import assert_same

CODE = {
    "api-handler": {"index.js": "exports.handler = async () => 'api';\n", "lib/deep/er.js": "1"},
    "batch-processor": {"index.js": "exports.handler = async () => 'batch';\n"},
    "transform": {"index.js": "exports.handler = async () => 'transform';\n"},
    "data-ingestion": {"index.js": "exports.handler = async () => 'in';\n"},
    "data-transform": {"handler.py": "def handler(event, context):\n    return 'between'\n"},
    "data-output": {"index.js": "exports.handler = async () => 'out';\n"},
    "layer": {"nodejs/node_modules/shared/index.js": "exports.x = 1;\n"},
}


def zipped(files):
    """As another tool zips: with folders, times of its own, and not sorted."""
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w", zipfile.ZIP_STORED) as archive:
        for name in reversed(files):
            entry = zipfile.ZipInfo(name, (2024, 2, 3, 4, 5, 6))
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, files[name])
    return code.getvalue()


class Empty(Project):
    """A folder without a stack file."""

    def __init__(self, directory):
        self.dir = Path(directory)

    def read(self, name="imported"):
        return yaml.safe_load(self.text(name))

    def text(self, name="imported"):
        return (self.dir / "desired-state" / f"{name}.yaml").read_text()


def made(aws, name):
    bucket = f"code-{aws.account}"
    aws("s3").create_bucket(Bucket=bucket)
    for key, files in CODE.items():
        aws("s3").put_object(Bucket=bucket, Key=f"{key}.zip", Body=zipped(files))
    return Made(aws, name, {"CodeBucket": bucket})


@pytest.fixture
def etlctl(tmp_path):
    return Etlctl(Aws(), Empty(tmp_path))


def but_marks(changes):
    """What a plan of an adoption shows that is more than a mark. A layer version takes none afterwards:
    it is published once more, and the functions are moved to it."""
    more, has_layer = {}, any(address.startswith("layer/") for address in changes)
    for address, change in changes.items():
        kind = address.split("/")[0]
        moves = {"layer": {"code"}, "function": {"layers", "aliases.live.version"} if has_layer else set()}.get(kind, set())
        fields = {field: values for field, values in change.fields.items() if field not in moves}
        if change.action != "adopt" or fields:
            more[address] = (change.action, fields)
    return more


@pytest.mark.parametrize("original", ["lambda-etl.yaml", "lambda-etl-optimization.json"])
def test_an_original_is_imported_adopted_and_planned_empty(etlctl, original):
    made(etlctl.aws, original)
    before = etlctl.aws.snapshot()
    name = original.split(".")[0]
    told = etlctl("import", "--from", str(HERE / original), "--name", name)
    assert_same(before, etlctl.aws.snapshot())
    assert "tr0ub4dor" not in told.out + told.err + etlctl.project.text(name)
    assert "DeletionPolicy: Retain" in told.out
    env = {"LAMBDA_ETL_APIHANDLER_DB_PASSWORD": "tr0ub4dor-and-3"} if original == "lambda-etl.yaml" else {}
    etlctl("validate", env=env)
    changes = etlctl.changes("--adopt", env="prod", run=env)
    assert but_marks(changes) == {}
    assert {address.split("/")[0] for address in changes} >= {"function", "role", "queue", "layer", "alarm", "log_group"}
    code = {one["FunctionName"]: one["CodeSha256"] for one in etlctl.aws("lambda").list_functions()["Functions"]}
    etlctl("apply", "--env", "prod", "--adopt", "--yes", env=env)
    assert code == {one["FunctionName"]: one["CodeSha256"] for one in etlctl.aws("lambda").list_functions()["Functions"]}, "uploaded anew"
    result = etlctl("plan", "--env", "prod", "--detailed-exitcode", env=env, check=False)
    assert result.code == 0, result


def test_what_is_written_is_what_people_would_write(etlctl):
    made(etlctl.aws, "lambda-etl.yaml")
    told = etlctl("import", "--from", str(HERE / "lambda-etl.yaml"), "--name", "etl")
    written = etlctl.project.read("etl")
    handler = written["functions"]["ApiHandler"]
    assert handler["source"] == "../handlers/ApiHandler"
    assert (handler["timeout"], handler["log_retention"], handler["dead_letter_queue"], handler["layers"]) == ("30s", "7d", "DeadLetters", ["Shared"])
    assert handler["role"]["policies"]["dead-letter-queue"] == [{"actions": ["sqs:GetQueueUrl", "sqs:SendMessage"], "resources": ["${queues.DeadLetters.arn}"]}]
    assert handler["environment"]["DB_PASSWORD"] == "${db_password}"
    assert written["variables"] == {"db_password": {"from_env": "ETL_APIHANDLER_DB_PASSWORD", "sensitive": True}}
    assert written["queues"] == {"DeadLetters": {"name": "lambda-dlq-dev", "message_retention": "14d"}}
    assert written["functions"]["Transform"]["environment"]["DEAD_LETTERS"] == "${queues.DeadLetters.url}"
    assert written["alarms"]["ApiHandlerErrors"]["function"] == "ApiHandler"
    assert "roles" not in written and "log_groups" not in written
    assert (etlctl.project.dir / "handlers/ApiHandler/lib/deep/er.js").read_text() == "1"
    assert (etlctl.project.dir / "handlers/layers/Shared/nodejs/node_modules/shared/index.js").exists()
    assert "Firewall (AWS::WAFv2::WebACL): etlctl has no such kind of resource" in told.out
    assert "ETL_APIHANDLER_DB_PASSWORD: functions.ApiHandler.environment.DB_PASSWORD" in told.out
    assert "tags" not in written


def test_tags_that_all_have_are_the_stacks(etlctl):
    made(etlctl.aws, "lambda-etl-optimization.json")
    etlctl("import", "--function", "etl-data-transform-dev", "--function", "etl-data-output-dev", "--name", "etl")
    written = etlctl.project.read("etl")
    assert written["functions"].keys() == {"data-transform-dev", "data-output-dev"}
    assert written["functions"]["data-transform-dev"]["alias"] == "live"
    # The third function uses the same role, and its alarms tell the same topic.
    assert written["functions"]["data-transform-dev"]["role"].endswith(":role/etl-lambda-role-dev") and "roles" not in written
    # The rule that starts another function is not theirs, and its tags are no more than theirs.
    assert written["tags"] == {"Project": "lambda-etl-optimization", "Team": "data-engineering"}
    assert written["alarms"].keys() == {"data-transform-errors-dev", "data-output-errors-dev"} and "topics" not in written
    etlctl("import", *(part for stage in ("ingestion", "transform", "output") for part in ("--function", f"etl-data-{stage}-dev")), "--name", "all")
    whole = etlctl.project.read("all")
    assert len(whole["roles"]) == 1 and [one["subscriptions"] for one in whole["topics"].values()] == [[{"email": "data-team@example.com"}]]


def test_the_rest_belongs_to_a_function_by_reference(etlctl):
    aws = etlctl.aws
    made(aws, "lambda-etl-optimization.json")
    function = "etl-data-ingestion-dev"
    etlctl("import", "--function", function, "--name", "one")
    written = etlctl.project.read("one")
    assert written["rules"]["etl-nightly-dev"]["targets"] == [{"id": "ingestion", "function": function, "input": {"sweep": {}}}]
    assert written["alarms"].keys() == {"etl-data-ingestion-errors-dev", "etl-data-ingestion-error-rate-dev"}
    assert but_marks(etlctl.changes("--adopt", env="prod")) == {}


def test_nothing_is_written_over_unless_that_is_asked_for(etlctl):
    made(etlctl.aws, "lambda-etl.yaml")
    path = etlctl.project.dir / "desired-state" / "imported.yaml"
    path.parent.mkdir()
    path.write_text("mine")
    args = ("import", "--function", "transform-dev")
    etlctl(*args, check=64).tells("is there already", "--force")
    assert path.read_text() == "mine" and not (etlctl.project.dir / "handlers").exists()
    path.unlink()
    own = etlctl.project.dir / "handlers" / "transform-dev"
    own.mkdir(parents=True)
    (own / "index.js").write_text("mine")
    etlctl(*args, check=64).tells("handlers/transform-dev is there already")
    assert (own / "index.js").read_text() == "mine" and not path.exists()
    etlctl(*args, "--force")
    assert "transform" in (own / "index.js").read_text() and path.exists()


def test_what_is_not_there_or_is_anothers_is_told(etlctl):
    etlctl("import", "--function", "nobody", check=64).tells("there is nothing to import", "nobody", "it is not there")
    etlctl("import", check=64).tells("--function")
    aws = etlctl.aws
    made(aws, "lambda-etl.yaml")
    aws("sqs").tag_queue(QueueUrl=aws.queue_url("lambda-dlq-dev"), Tags={"etlctl:stack": "other", "etlctl:env": "dev", "etlctl:instance": "dev"})
    told = etlctl("import", "--function", "transform-dev")
    assert "queue (lambda-dlq-dev): it carries the mark of other/dev/dev" in told.out
    assert etlctl.project.read()["functions"]["transform-dev"]["dead_letter_queue"] == aws.arn("sqs", "lambda-dlq-dev")


def test_a_notification_is_told_with_the_trigger_that_takes_it_over(etlctl):
    aws = etlctl.aws
    role = aws("iam").create_role(RoleName="r", AssumeRolePolicyDocument=json.dumps(LAMBDA_TRUST))["Role"]["Arn"]
    aws("lambda").create_function(
        FunctionName="load", Runtime="python3.13", Handler="a.b", Role=role,
        Code={"ZipFile": zipped({"a.py": "def b(event, context):\n    return 1\n"})})
    bucket = f"drop-{aws.account}"
    aws("s3").create_bucket(Bucket=bucket)
    aws("lambda").add_permission(FunctionName="load", StatementId="s3", Action="lambda:InvokeFunction", Principal="s3.amazonaws.com",
                                 SourceArn=f"arn:aws:s3:::{bucket}", SourceAccount=aws.account)
    aws("s3").put_bucket_notification_configuration(Bucket=bucket, SkipDestinationValidation=True, NotificationConfiguration={
        "LambdaFunctionConfigurations": [{
            "Id": "legacy", "LambdaFunctionArn": aws.arn("lambda", "function:load"), "Events": ["s3:ObjectCreated:*"],
            "Filter": {"Key": {"FilterRules": [{"Name": "prefix", "Value": "raw/"}]}}}]})
    told = etlctl("import", "--function", "load")
    trigger = f"triggers: [{{ bucket: {bucket}, prefix: raw/ }}]"
    for text in (told.out, etlctl.project.text()):
        assert f"the notification of the bucket {bucket} `legacy`" in text and trigger in text and "functions.load" in text, text
    assert "and log groups to be made" in told.out and "with the first line: load" in told.out, told
    changes = etlctl.changes("--adopt", env="prod")
    assert changes["log_group/load"].action == "create"
    path = etlctl.project.dir / "desired-state" / "imported.yaml"
    path.write_text(path.read_text().replace("    name: load\n", f"    name: load\n    {trigger}\n"))
    etlctl("apply", "--adopt", "--env", "prod", "--yes").tells("takes the place of `legacy`")
    entries = aws("s3").get_bucket_notification_configuration(Bucket=bucket)["LambdaFunctionConfigurations"]
    assert [entry["Id"].split(":")[0] for entry in entries] == ["etlctl"], entries


def test_code_that_sources_cannot_be_is_kept_as_a_zip(etlctl):
    """What no package takes is in this one, so a folder would come to something else."""
    aws = etlctl.aws
    role = aws("iam").create_role(RoleName="r", AssumeRolePolicyDocument=json.dumps(LAMBDA_TRUST))["Role"]["Arn"]
    aws("lambda").create_function(
        FunctionName="odd", Runtime="python3.13", Handler="a.b", Role=role,
        Code={"ZipFile": zipped({"a.py": "def b(event, context):\n    return 1\n", "__pycache__/a.pyc": "x", ".gitignore": "a.py\n"})})
    aws("logs").create_log_group(logGroupName="/aws/lambda/odd")
    told = etlctl("import", "--function", "odd")
    assert etlctl.project.read()["functions"]["odd"]["source"] == "../handlers/odd.zip"
    assert not (etlctl.project.dir / "handlers" / "odd").exists() and "as the zip that it is" in told.out
    assert but_marks(etlctl.changes("--adopt", env="prod")) == {}


def test_names_are_read_from_terraform_and_pulumi(etlctl):
    aws = etlctl.aws
    made(aws, "lambda-etl.yaml")
    state = {"format_version": "1.0", "terraform_version": "1.9.0", "values": {"root_module": {"resources": [
        {"address": "aws_lambda_function.work", "mode": "managed", "type": "aws_lambda_function", "name": "work",
         "values": {"function_name": "transform-dev", "environment": [{"variables": {"TOKEN": "never-read-here-1234"}}]}},
        {"address": "aws_vpc.main", "mode": "managed", "type": "aws_vpc", "name": "main", "values": {}}]}}}
    etlctl.project.write("state.json", json.dumps(state))
    told = etlctl("import", "--from", "state.json", "--name", "tf")
    assert etlctl.project.read("tf")["functions"]["work"]["name"] == "transform-dev"
    assert "terraform state rm 'aws_lambda_function.work'" in told.out and "aws_vpc.main (aws_vpc)" in told.out
    stack = {"version": 3, "deployment": {"resources": [
        {"urn": "urn:pulumi:dev::p::aws:lambda/function:Function::api", "type": "aws:lambda/function:Function", "custom": True,
         "outputs": {"name": "api-handler-dev"}}]}}
    etlctl.project.write("elsewhere/stack.json", json.dumps(stack))
    told = etlctl("import", "--from", "elsewhere/stack.json", "--out", "elsewhere/desired-state/pu.yaml")
    assert yaml.safe_load((etlctl.project.dir / "elsewhere/desired-state/pu.yaml").read_text())["functions"]["api"]["name"] == "api-handler-dev"
    assert "pulumi state delete 'urn:pulumi:dev::p::aws:lambda/function:Function::api'" in told.out
    etlctl.project.write("no.json", "{}")
    etlctl("import", "--from", "no.json", check=64).tells("none of the files that names are read from")


def test_what_carries_a_tag_is_imported(etlctl):
    made(etlctl.aws, "lambda-etl-optimization.json")
    etlctl("import", "--tag", "Team=data-engineering", "--tag", "Project=lambda-etl-optimization", "--name", "tagged")
    assert etlctl.project.read("tagged")["functions"].keys() == {f"etl-data-{stage}-dev" for stage in ("ingestion", "transform", "output")}
    etlctl("import", "--tag", "Team=nobody", check=64).tells("there is nothing to import")
