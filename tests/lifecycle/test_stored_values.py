"""Environments that name values of Systems Manager and Secrets Manager: what
they are on AWS, what a rotation and a change by hand look like, and that
nothing that is printed or saved holds a value."""

import json
import subprocess
import time

import pytest

from harness import Aws, Etlctl, Project, binary

FUNCTION = "stored-work-dev"
# Part of every value, and of nothing else.
MARK = "walrus"
STACK = {
    "stack": "stored",
    "region": "us-east-1",
    "environments": {"dev": {"variables": {"database": "${secret:stored/dev/db#password}"}}, "prod": {}},
    "variables": {"database": "none"},
    "functions": {"work": {
        "source": "../handlers/work", "runtime": "nodejs22.x", "handler": "index.handler", "alias": "live",
        "log_retention": "7d",
        "environment": {
            "HOST": "${ssm:/stored/${env}/host}",
            "HOST_OF_OLD": "${ssm:/stored/dev/host:1}",
            "LABELLED": "${ssm:/stored/dev/host:first}",
            "TOKEN": "${ssm:/stored/dev/token}",
            "NAMES": "${ssm:stored.list}",
            "PASSWORD_TEXT": "${database}",
            "DSN": "postgres://u:${secret:stored/dev/db#password}@h:${secret:stored/dev/db#port}/db",
            "DEEP": "${secret:stored/dev/db#login.user}",
            "WHOLE": "${secret:stored.text_+=@}",
            "PLAIN": "shown",
        },
    }},
    "outputs": {"arn": "${functions.work.alias_arn}"},
}
EXPECTED = {
    "HOST": "walrus-host-2", "HOST_OF_OLD": "walrus-host-1", "LABELLED": "walrus-host-1", "TOKEN": "walrus token ü \"q\"",
    "NAMES": "walrus-a,b,c", "PASSWORD_TEXT": "walrus-password", "DSN": "postgres://u:walrus-password@h:5432/db",
    "DEEP": "walrus-user", "WHOLE": "walrus-whole\nsecond line", "PLAIN": "shown",
}


class Stage:
    """A deployed stack, and all that was ever printed about it."""

    def __init__(self, directory):
        self.aws = Aws()
        self.project = Project(directory)
        for path in (self.project.dir / "desired-state").glob("lambda-etl*.yaml"):
            path.unlink()
        self.project.write("handlers/work/index.js", "exports.handler = async () => 'done';\n")
        self.file(STACK)
        self.etlctl = Etlctl(self.aws, self.project)
        self.printed = []
        put = self.aws("ssm").put_parameter
        put(Name="/stored/dev/host", Type="String", Value="walrus-host-1")
        self.aws("ssm").label_parameter_version(Name="/stored/dev/host", ParameterVersion=1, Labels=["first"])
        put(Name="/stored/dev/host", Type="String", Value="walrus-host-2", Overwrite=True)
        put(Name="/stored/dev/token", Type="SecureString", Value="walrus token ü \"q\"")
        put(Name="stored.list", Type="StringList", Value="walrus-a,b,c")
        self.secret = {"password": "walrus-password", "port": 5432, "login": {"user": "walrus-user"}}
        self.aws("secretsmanager").create_secret(Name="stored/dev/db", SecretString=json.dumps(self.secret))
        self.aws("secretsmanager").create_secret(Name="stored.text_+=@", SecretString="walrus-whole\nsecond line")

    def file(self, stack):
        self.project.write("desired-state/stored.yaml", json.dumps(stack))

    def __call__(self, *args, check=True):
        """Runs with all that it can be made to say."""
        result = self.etlctl(*args, "-vv", check=check)
        self.printed.append(str(result))
        assert MARK not in result.out and MARK not in result.err, str(result)
        return result

    def fields(self):
        """Changed fields of the function, by path."""
        document = self("plan", "--format", "json").json
        found = {}
        for change in document["stacks"][0]["changes"]:
            assert change["address"] == "function/work", change
            found = {field["path"]: field for field in change["fields"]}
        return found

    def live(self, qualifier="$LATEST"):
        found = self.aws("lambda").get_function_configuration(FunctionName=FUNCTION, Qualifier=qualifier)
        return found["Environment"]["Variables"]

    def rotate(self, **values):
        self.secret |= values
        self.aws("secretsmanager").put_secret_value(SecretId="stored/dev/db", SecretString=json.dumps(self.secret))


@pytest.fixture
def stage(tmp_path):
    return Stage(tmp_path)


@pytest.fixture
def deployed(stage):
    stage("apply", "--yes")
    return stage


HIDDEN = {"before": "(sensitive)", "after": "(sensitive)", "sensitive": True}


def hidden(path):
    return {"path": path} | HIDDEN


def test_the_function_gets_each_value_and_the_plan_is_empty(deployed):
    assert deployed.live() == EXPECTED
    assert deployed.live("live") == EXPECTED
    assert deployed.fields() == {}
    # A second apply writes nothing.
    assert deployed("apply", "--yes").out.count("No changes.") == 1


def test_a_rotated_secret_is_one_hidden_change_of_each_variable(deployed):
    deployed.rotate(password="walrus-second")
    fields = deployed.fields()
    for variable in ("PASSWORD_TEXT", "DSN"):
        assert fields.pop(f"environment.{variable}") == hidden(f"environment.{variable}")
    # The new version that the alias will point to, and nothing else.
    assert set(fields) <= {"aliases.live.version"}
    deployed("apply", "--yes")
    assert deployed.live() == EXPECTED | {"PASSWORD_TEXT": "walrus-second", "DSN": "postgres://u:walrus-second@h:5432/db"}
    assert deployed.fields() == {}


def test_a_secret_that_was_rotated_after_the_plan_is_not_written_unseen(deployed):
    deployed.rotate(password="walrus-second")
    deployed("plan", "--out", "saved.plan")
    deployed.rotate(password="walrus-third")
    refused = deployed("apply", "saved.plan", check=False)
    assert refused.code == 5, refused
    assert deployed.live() == EXPECTED
    deployed("plan", "--out", "saved.plan")
    deployed("apply", "saved.plan")
    assert deployed.live()["PASSWORD_TEXT"] == "walrus-third"


def test_another_version_of_a_parameter_is_a_change_where_none_is_named(deployed):
    deployed.aws("ssm").put_parameter(Name="/stored/dev/host", Type="String", Value="walrus-host-3", Overwrite=True)
    fields = deployed.fields()
    assert fields.pop("environment.HOST") == hidden("environment.HOST")
    assert set(fields) <= {"aliases.live.version"}


def test_a_variable_that_was_changed_by_hand_is_seen_and_hidden_and_put_back(deployed):
    changed = EXPECTED | {"TOKEN": "walrus by hand", "PLAIN": "by hand"}
    changed.pop("WHOLE")
    deployed.aws("lambda").update_function_configuration(FunctionName=FUNCTION, Environment={"Variables": changed})
    fields = deployed.fields()
    assert fields["environment.TOKEN"] == hidden("environment.TOKEN")
    assert fields["environment.WHOLE"] == {"path": "environment.WHOLE", "before": None, "after": "(sensitive)", "sensitive": True}
    assert fields["environment.PLAIN"] == {"path": "environment.PLAIN", "before": "by hand", "after": "shown"}
    deployed("apply", "--yes")
    assert deployed.live() == EXPECTED


def test_a_variable_that_leaves_the_file_stays_hidden(deployed):
    """The files do not say any more that it was secret: the function does."""
    stack = json.loads(json.dumps(STACK))
    environment = stack["functions"]["work"]["environment"]
    del environment["TOKEN"]
    environment["HOST"] = "plain"
    deployed.file(stack)
    text = deployed("plan").out
    assert "environment.TOKEN: (sensitive)" in text and "environment.HOST: (sensitive value changes)" in text
    fields = deployed.fields()
    assert fields["environment.TOKEN"]["before"] == "(sensitive)"
    assert fields["environment.HOST"] == hidden("environment.HOST")
    deployed("apply", "--yes")
    assert "TOKEN" not in deployed.live() and deployed.live()["HOST"] == "plain"
    assert deployed.fields() == {}
    # From here on it is a value like others.
    environment["HOST"] = "other"
    deployed.file(stack)
    assert deployed.fields()["environment.HOST"] == {"path": "environment.HOST", "before": "plain", "after": "other"}


def test_no_verb_prints_or_saves_a_value(deployed):
    deployed.rotate(password="walrus-third")
    saved = deployed.project.dir / "plan.json"
    for args in (
        ("validate",), ("validate", "--format", "json"), ("validate", "--format", "sarif"), ("graph",), ("plan",), ("plan", "--format", "json"),
        ("plan", "--out", str(saved)), ("permissions", "--for", "plan"), ("outputs",), ("outputs", "--format", "shell"), ("logs", "work"),
        ("invoke", "work"), ("plan", "--destroy"), ("apply", str(saved)), ("destroy", "--yes"),
    ):
        deployed(*args, check=False)
        if saved.exists():
            assert MARK not in saved.read_text()
    kept = subprocess.run(["grep", "-rl", MARK, str(deployed.project.dir)], capture_output=True, text=True).stdout
    assert kept == "", "a file of the project holds a value"
    assert binary().exists()


TELLS = """\
exports.handler = async (event) => {
  console.log(process.env);
  if (event.fail) throw new Error(process.env.DSN);
  return process.env;
};
"""


def test_what_the_function_itself_tells_of_its_values_is_hidden(stage):
    stage.project.write("handlers/work/index.js", TELLS)
    stage.project.write("fails.json", '{"fail": true}')
    stage("apply", "--yes")
    assert json.loads(stage("invoke", "work").out)["PLAIN"] == "shown"
    failed = stage("invoke", "work", "--payload", str(stage.project.dir / "fails.json"), check=False)
    assert failed.code == 1 and "failed (Unhandled): (sensitive)" in failed.err, failed
    assert stage("logs", "work").out.count("PLAIN: 'shown'") == 2


def test_what_a_state_machine_passes_on_of_its_functions_is_hidden(stage):
    stage.project.write("handlers/work/index.js", TELLS)
    stage.project.write("fails.json", '{"fail": true}')
    stack = json.loads(json.dumps(STACK))
    states = {"W": {"Type": "Task", "Resource": "${functions.work.arn}", "End": True}}
    stack["state_machines"] = {"flow": {"logging": {"level": "all", "include_execution_data": True, "retention": "7d"},
                                        "definition": {"StartAt": "W", "States": states}}}
    stage.file(stack)
    stage("apply", "--yes")
    told = stage("invoke", "flow").out
    assert json.loads(told)["PLAIN"] == "shown"
    failed = stage("invoke", "flow", "--payload", str(stage.project.dir / "fails.json"), check=False)
    assert failed.code == 1 and "(sensitive)" in failed.err, failed
    # The local AWS writes nothing there.
    function = stage.aws("lambda").list_functions()["Functions"][0]["FunctionName"]
    held = stage.aws("lambda").get_function_configuration(FunctionName=function)["Environment"]["Variables"]
    [group] = stage.aws("logs").describe_log_groups(logGroupNamePrefix="/aws/vendedlogs/states/")["logGroups"]
    where = {"logGroupName": group["logGroupName"], "logStreamName": "s"}
    stage.aws("logs").create_log_stream(**where)
    event = {"timestamp": int(time.time() * 1000), "message": json.dumps({"output": json.dumps({"DSN": held["DSN"], "PLAIN": "shown"})})}
    stage.aws("logs").put_log_events(**where, logEvents=[event])
    assert "(sensitive)" in stage("logs", "flow").out


def test_no_role_may_read_what_etlctl_read(deployed):
    roles = deployed.aws("iam").list_roles()["Roles"]
    assert len(roles) == 1
    for role in roles:
        policies = deployed.aws("iam").list_role_policies(RoleName=role["RoleName"])["PolicyNames"]
        assert policies == []
        assert "ssm" not in json.dumps(role["AssumeRolePolicyDocument"], default=str)


def test_a_value_that_moves_into_a_store_changes_no_configuration(stage):
    """A value that moves from the file into a store stays as it is; that it is hidden from now on is all that changes."""
    stack = json.loads(json.dumps(STACK))
    stack["functions"]["work"]["environment"] = {"HOST": "a host of ours"}
    stage.file(stack)
    stage("apply", "--yes")
    stage.aws("ssm").put_parameter(Name="/host", Type="String", Value="a host of ours")
    stack["functions"]["work"]["environment"] = {"HOST": "${ssm:/host}"}
    stage.file(stack)
    assert set(stage.fields()) == {"sensitive_variables"}
    stage("apply", "--yes")
    assert stage.fields() == {}
