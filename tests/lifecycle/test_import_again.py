"""More than one import: into one project, under one name, with what is this stack's already."""

import json

import pytest

from harness import Aws, Etlctl, LAMBDA_TRUST
from test_import import Empty, but_marks, zipped


@pytest.fixture
def etlctl(tmp_path):
    return Etlctl(Aws(), Empty(tmp_path))


def role(aws, name="shared"):
    aws("iam").create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(LAMBDA_TRUST))
    aws("iam").attach_role_policy(RoleName=name, PolicyArn="arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole")
    return aws("iam").get_role(RoleName=name)["Role"]["Arn"]


def function(aws, name, role, code="1", **settings):
    aws("lambda").create_function(
        FunctionName=name, Role=role, Runtime="nodejs22.x", Handler="index.handler",
        Code={"ZipFile": zipped({"index.js": f"exports.handler = async () => {code};\n"})}, **settings)
    aws("logs").create_log_group(logGroupName=f"/aws/lambda/{name}")


def adopt(etlctl, name="imported"):
    etlctl("apply", "--stack", name, "--env", "prod", "--adopt", "--yes")


def test_what_is_this_stacks_comes_along_and_stays(etlctl):
    aws = etlctl.aws
    shared = role(aws)
    function(aws, "first", shared)
    etlctl("import", "--function", "first", "--name", "two")
    adopt(etlctl, "two")
    function(aws, "second", shared)
    told = etlctl("import", "--function", "first", "--function", "second", "--name", "two", "--force")
    assert etlctl.project.read("two")["functions"].keys() == {"first", "second"}
    assert "The mark of this stack is there already on function (first), log_group (/aws/lambda/first), role (shared)" in told.out, told
    changes = etlctl.changes("--adopt", env="prod")
    assert {address: change.action for address, change in changes.items()} == {"function/second": "adopt", "log_group/second": "adopt"}, changes
    assert but_marks(changes) == {}


def test_what_a_plan_would_delete_stops_an_import(etlctl, tmp_path):
    aws = etlctl.aws
    shared = role(aws)
    function(aws, "first", shared)
    etlctl("import", "--function", "first")
    adopt(etlctl)
    function(aws, "second", shared)
    other = Etlctl(aws, Empty(tmp_path / "other"))
    other.project.dir.mkdir()
    stopped = other("import", "--function", "second", check=64)
    stopped.tells("the stack imported has other resources in prod already", "function (first)", "log_group (/aws/lambda/first)", "--name")
    assert "role (shared)" not in stopped.err, "it would be in the file"
    assert list(other.project.dir.iterdir()) == []
    told = other("import", "--function", "second", "--name", "elsewhere")
    assert "role (shared): it carries the mark of imported/prod/prod" in told.out
    # With it there is nothing that goes.
    other("import", "--function", "first", "--function", "second")


def test_a_second_import_leaves_the_code_of_the_first_alone(etlctl):
    aws = etlctl.aws
    shared = role(aws)
    function(aws, "a-work", shared, "'a'")
    function(aws, "b-work", shared, "'b'")
    etlctl("import", "--function", "a-work", "--name", "a")
    etlctl("import", "--function", "b-work", "--name", "b")
    handlers = etlctl.project.dir / "handlers"
    sources = {name: etlctl.project.read(name)["functions"]["work"]["source"] for name in ("a", "b")}
    assert sources == {"a": "../handlers/work", "b": "../handlers/b-work"}
    etlctl("import", "--function", "b-work", "--name", "b", "--force")
    assert "'a'" in (handlers / "work/index.js").read_text() and "'b'" in (handlers / "b-work/index.js").read_text()
    etlctl("import", "--function", "b-work", "--name", "a", "--out", "desired-state/c.yaml", check=64).tells(
        "desired-state/a.yaml describes the stack a already", "--name")


def test_no_folder_of_code_is_in_another(etlctl):
    aws = etlctl.aws
    layer = aws("lambda").publish_layer_version(
        LayerName="layers", Content={"ZipFile": zipped({"nodejs/x.js": "1"})}, CompatibleRuntimes=["nodejs22.x"])["LayerVersionArn"]
    function(aws, "layers", role(aws), Layers=[layer])
    etlctl("import", "--function", "layers", "--name", "s")
    written = etlctl.project.read("s")
    assert written["functions"]["layers"]["source"] == "../handlers/s-layers"
    assert written["layers"]["layers"]["source"] == "../handlers/layers/layers"
    assert but_marks(etlctl.changes("--adopt", env="prod")) == {}


def test_secrets_are_read_from_variables_of_their_own(etlctl):
    """Under the names that the function has, whoever deploys may have secrets of their own."""
    names = {"aws_secret_access_key": "AppSecretKey1234567890abcdef", "aws_session_token": "app-token-123456789",
             "GITHUB_TOKEN": "ghp_0123456789abcdefghijABCDEFGHIJ012345", "HTTP_PROXY": "http://user:pa55word1@proxy:8080"}
    function(etlctl.aws, "keys", role(etlctl.aws), Environment={"Variables": names})
    etlctl("import", "--function", "keys", "--name", "k")
    read_from = {variable["from_env"] for variable in etlctl.project.read("k")["variables"].values()}
    assert read_from == {f"K_KEYS_{name.upper()}" for name in names}
