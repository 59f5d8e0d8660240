"""A saved plan does what was reviewed, or nothing."""

import json
import pathlib
import random
import stat

import pytest

from harness import ENDPOINT, Etlctl
from proxy import Proxy
from snapshot import assert_same
from terminal import answer

STACK = """\
stack: small
instance: ${suffix}
region: us-east-1
environments:
  dev: {}
  prod: { protected: true }
variables:
  suffix: { from_env: ENVIRONMENT_SUFFIX, default: "${env}" }
  pw: { from_env: DB_PW, default: first-secret }
  memory: 128
naming: "${name}-${suffix}"
queues:
  inbox: { visibility_timeout: 6m }
functions:
  work:
    source: ../handlers/work
    runtime: nodejs22.x
    handler: index.handler
    memory: ${memory}
    environment: { DB_PASSWORD: "${pw}", LOG_LEVEL: INFO }
    log_retention: 7d
    role:
      managed_policies: [service-role/AWSLambdaBasicExecutionRole]
"""


@pytest.fixture
def small(etlctl, project):
    """One stack of four resources, one of which has a secret."""
    for path in (project.dir / "desired-state").glob("*.yaml"):
        path.unlink()
    project.write("desired-state/small.yaml", STACK)
    project.write("handlers/work/index.js", "exports.handler = async () => 'done';\n")
    return etlctl


def edit(project, old, new):
    path = project.dir / "desired-state/small.yaml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def saved(etlctl, project, *args, env=None, out="saved.plan"):
    etlctl("plan", "--out", out, *args, env=env)
    return project.dir / out


def refuses(etlctl, aws, *args, env=None, code=None, tells=()):
    """Nothing is written, and what is wrong is told."""
    before = aws.snapshot()
    with Proxy(ENDPOINT) as proxy:
        result = Etlctl(aws, etlctl.project, proxy.url)("apply", *args, env=env, check=False if code is None else code)
    assert result.code not in (0, 2, 6, 130), result
    for word in tells:
        assert word in result.err, result
    assert not proxy.writes, "\n".join(map(str, proxy.writes))
    assert_same(before, aws.snapshot())
    return result


def variables(aws):
    return aws("lambda").get_function_configuration(FunctionName="work-test")["Environment"]["Variables"]


def test_a_plan_is_carried_out_as_it_was_saved(small, project, aws):
    saved(small, project)
    result = small("apply", "saved.plan")
    assert variables(aws)["DB_PASSWORD"] == "first-secret"
    assert aws.account in result.out and "instance test" in result.out, result
    assert "first-secret" not in (project.dir / "saved.plan").read_text() + result.out + result.err
    small.assert_no_changes()
    # It was carried out: live AWS is no more what it was made on.
    refuses(small, aws, "saved.plan", code=5)


@pytest.mark.parametrize("there", [False, True], ids=["new", "changed"])
def test_a_secret_that_changed_since_the_plan_is_refused(small, project, aws, there):
    if there:
        small("apply", "--yes", env={"DB_PW": "older-secret"})
    saved(small, project, env={"DB_PW": "reviewed-secret"})
    result = refuses(small, aws, "saved.plan", env={"DB_PW": "another-secret"}, code=5, tells=["function/work"])
    assert "another-secret" not in result.err + result.out
    small("apply", "saved.plan", env={"DB_PW": "reviewed-secret"})
    assert variables(aws)["DB_PASSWORD"] == "reviewed-secret"


def test_a_live_secret_that_changed_since_the_plan_is_refused(small, project, aws):
    small("apply", "--yes")
    saved(small, project, env={"DB_PW": "reviewed-secret"})
    aws("lambda").update_function_configuration(
        FunctionName="work-test", Environment={"Variables": {"DB_PASSWORD": "by-hand", "LOG_LEVEL": "INFO"}})
    refuses(small, aws, "saved.plan", env={"DB_PW": "reviewed-secret"}, code=5, tells=["function/work"])


def test_what_leaves_aws_between_two_secrets_is_seen_where_nothing_else_changes(small, project, aws):
    """The live secret moved away and the plan would put it back: on both sides of both plans it is `(sensitive)`."""
    small("apply", "--yes")
    put = lambda value: aws("lambda").update_function_configuration(  # noqa: E731
        FunctionName="work-test", Environment={"Variables": {"DB_PASSWORD": value, "LOG_LEVEL": "INFO"}})
    put("by-hand-1")
    saved(small, project)
    put("by-hand-2")
    refuses(small, aws, "saved.plan", code=5, tells=["function/work"])


def test_code_that_changed_since_the_plan_is_refused(small, project, aws):
    saved(small, project)
    project.write("handlers/work/index.js", "exports.handler = async () => 'another';\n")
    refuses(small, aws, "saved.plan", code=5, tells=["function/work"])


def test_a_stack_file_that_changed_since_the_plan_is_refused(small, project, aws):
    saved(small, project)
    edit(project, "stack: small", "# nothing but a comment\nstack: small")
    refuses(small, aws, "saved.plan", code=5, tells=["small.yaml"])


def test_another_account_region_instance_or_environment_is_refused(small, project, aws):
    saved(small, project)
    other = str(int(aws.account) - 1)
    refuses(small, aws, "saved.plan", env={"AWS_ACCESS_KEY_ID": other}, code=4, tells=[aws.account, other])
    refuses(small, aws, "saved.plan", env={"ENVIRONMENT_SUFFIX": "pr42"}, code=5, tells=["instance test", "pr42"])
    edit(project, "region: us-east-1", "region: eu-west-1")
    refuses(small, aws, "saved.plan", code=5, tells=["region us-east-1", "eu-west-1"])
    edit(project, "stack: small", "stack: other")
    refuses(small, aws, "saved.plan", code=3, tells=["small"])


@pytest.mark.parametrize("args, env, told", [
    (("--env", "prod"), {}, ["--env prod", "environment dev"]),
    ((), {"ETLCTL_ENV": "prod"}, ["ETLCTL_ENV=prod", "from the environment", "environment dev"]),
    (("--stack", "other"), {}, ["--stack other", "small"]),
    (("--region", "eu-west-1"), {}, ["--region eu-west-1", "us-east-1"]),
    (("--set", "memory=512"), {}, ["--set memory"]),
    (("--set", "suffix=pr42"), {}, ["--set suffix"]),
    (("--target", "queue/inbox"), {}, ["--target queue/inbox"]),
    (("--adopt",), {}, ["--adopt"]),
    (("--no-prune",), {}, ["--no-prune"]),
    (("--endpoint-url", "http://127.0.0.1:1"), {}, ["--endpoint-url http://127.0.0.1:1"]),
], ids=lambda value: " ".join(value) if isinstance(value, tuple) else None)
def test_an_option_that_does_not_agree_with_the_plan_is_refused_by_name(small, project, aws, args, env, told):
    saved(small, project)
    refuses(small, aws, "saved.plan", *args, env=env, code=64, tells=told)


def test_options_that_agree_with_the_plan_are_taken(small, project, aws):
    options = ("--env", "dev", "--stack", "small", "--region", "us-east-1", "--set", "memory=256", "--adopt", "--no-prune",
               "--target", "function/work", "--endpoint-url", ENDPOINT)
    saved(small, project, *options)
    refuses(small, aws, "saved.plan", *options, "--set", "memory=512", code=64, tells=["--set memory"])
    small("apply", "saved.plan", *options)
    assert aws("lambda").get_function_configuration(FunctionName="work-test")["MemorySize"] == 256
    assert not aws("sqs").list_queues().get("QueueUrls"), "the target does not need the queue"


def test_options_of_the_plan_need_not_be_said_again(small, project, aws):
    saved(small, project, "--env", "prod", "--set", "memory=256")
    small("apply", "saved.plan")
    assert aws("lambda").get_function_configuration(FunctionName="work-test")["MemorySize"] == 256
    role = aws("lambda").get_function_configuration(FunctionName="work-test")["Role"]
    assert "/small/prod/" in role


@pytest.mark.parametrize("name", ["pw", "memory"])
def test_a_variable_that_is_hidden_is_not_in_the_file_and_is_asked_for_again(small, project, aws, name):
    """By the place that its value ends in, whatever the variable is called."""
    if name == "memory":
        edit(project, '"${pw}"', '"x-${memory}-y"')
        edit(project, "    memory: ${memory}\n", "")
    given = ("--set", f"{name}=hunter2")
    plan = saved(small, project, *given)
    assert "hunter2" not in plan.read_text()
    refuses(small, aws, "saved.plan", code=64, tells=[f"--set {name}", "hidden"])
    refused = refuses(small, aws, "saved.plan", "--set", f"{name}=hunter3", code=64, tells=[f"--set {name}"])
    assert "hunter" not in refused.err
    small("apply", "saved.plan", *given)
    assert "hunter2" in variables(aws)["DB_PASSWORD"]


def test_an_equal_secret_in_two_places_does_not_show_in_the_file(small, project):
    edit(project, "LOG_LEVEL: INFO", 'LOG_LEVEL: INFO, API_TOKEN: "${pw}"')
    first, second = saved(small, project), saved(small, project, out="again.plan")
    seals = [step["seal"] for plan in (first, second) for stack in json.loads(plan.read_text())["plan"]["stacks"] for step in stack["steps"]]
    assert len(set(seals)) == len(seals), "another file has another salt"


def test_the_file_is_its_owners_only(small, project):
    plan = project.dir / "saved.plan"
    plan.write_text("old")
    plan.chmod(0o666)
    saved(small, project)
    assert stat.S_IMODE(plan.stat().st_mode) == 0o600
    elsewhere = project.dir / "elsewhere"
    elsewhere.write_text("precious")
    plan.unlink()
    plan.symlink_to(elsewhere)
    saved(small, project)
    assert elsewhere.read_text() == "precious" and not plan.is_symlink()
    assert stat.S_IMODE(plan.stat().st_mode) == 0o600


def test_a_saved_destroy_of_a_protected_environment_asks_for_its_name(small, project, aws):
    small("apply", "--env", "prod", "--yes")
    saved(small, project, "--env", "prod", "--destroy")
    for confirmation in ((), ("--confirm", "dev"), ("--confirm", ""), ("--yes",)):
        refuses(small, aws, "saved.plan", *confirmation, code=64, tells=["--confirm prod"])
    small("apply", "saved.plan", "--confirm", "prod")
    assert aws.snapshot() == {}


@pytest.mark.parametrize("file", [False, True], ids=["at once", "saved"])
def test_files_that_were_emptied_ask_for_the_name_of_a_protected_environment(small, project, aws, file):
    """What it comes to counts, not the verb."""
    small("apply", "--env", "prod", "--yes")
    project.write("desired-state/small.yaml", STACK[:STACK.index("queues:")])
    args = ("--env", "prod", "--yes")
    if file:
        saved(small, project, "--env", "prod")
        args = ("saved.plan",)
    refuses(small, aws, *args, code=64, tells=["--confirm prod"])
    small("apply", *args, "--confirm", "prod")
    assert aws.snapshot() == {}


def test_a_plan_file_without_stacks_deletes_nothing(small, project, aws):
    """Version 1 took it for all stacks, with nothing desired."""
    small("apply", "--env", "prod", "--yes")
    empty = {"format_version": "1", "sets": [], "target": [], "adopt": False, "no_prune": False, "destroy": True, "plans": []}
    project.write("empty.plan", json.dumps(empty))
    refuses(small, aws, "empty.plan", "--env", "prod", "--yes", code=1, tells=["version 1"])
    plan = json.loads(saved(small, project, "--env", "prod", "--destroy").read_text())
    plan["plan"]["stacks"] = []
    project.write("saved.plan", json.dumps(plan, indent=2) + "\n")
    refuses(small, aws, "saved.plan", code=1, tells=["names no stack"])


def paths(value, at=()):
    yield at
    if isinstance(value, dict):
        for key, item in value.items():
            yield from paths(item, (*at, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from paths(item, (*at, index))


def test_a_plan_file_that_was_touched_is_refused(small, project, aws):
    """A sample of what the unit tests of the format do to every key, at the binary."""
    text = saved(small, project, "--set", "memory=256").read_text()
    chance = random.Random(7)

    def touched():
        document = json.loads(text)
        where = chance.choice([path for path in paths(document) if path])
        holder = document
        for key in where[:-1]:
            holder = holder[key]
        key, what = where[-1], chance.choice(["delete", "rename", "retype"])
        if what == "delete":
            del holder[key]
        elif what == "rename" and isinstance(holder, dict):
            holder[f"{key}x"] = holder.pop(key)
        else:
            holder[key] = [holder[key]]
        return f"{what} {where}", json.dumps(document, indent=2) + "\n"

    cases = [touched() for _ in range(60)] + [(f"cut at {at}", text[:at]) for at in range(0, len(text), len(text) // 20)]
    cases += [("twice", text.replace('"adopt": false', '"adopt": false, "adopt": false')), ("longer", text + "\n"), ("shorter", text[:-1])]
    with Proxy(ENDPOINT) as proxy:
        through = Etlctl(aws, project, proxy.url)
        for what, changed in cases:
            assert changed != text, what
            project.write("touched.plan", changed)
            result = through("apply", "touched.plan", check=False)
            assert result.code == 1 and "touched.plan" in result.err, f"{what}\n{result}"
    assert not proxy.calls, "it is refused before the first call"
    small("apply", "saved.plan")


def test_a_secret_that_changes_between_question_and_answer_is_refused(small, project, aws):
    small("apply", "--yes")

    def by_hand():
        aws("lambda").update_function_configuration(
            FunctionName="work-test", Environment={"Variables": {"DB_PASSWORD": "by-hand-2", "LOG_LEVEL": "INFO"}})

    aws("lambda").update_function_configuration(
        FunctionName="work-test", Environment={"Variables": {"DB_PASSWORD": "by-hand-1", "LOG_LEVEL": "INFO"}})
    result = answer(small, "apply", question="[y/N]", reply="yes", meanwhile=by_hand)
    assert result.code == 5, result
    assert variables(aws)["DB_PASSWORD"] == "by-hand-2"
    assert "by-hand" not in result.out


def test_a_plan_takes_the_place_of_no_other_file_and_of_no_device(small, project, aws):
    (file,) = (project.dir / "desired-state").glob("*.yaml")
    before = file.read_text()
    small("plan", "--out", str(file), check=64).tells("is a stack file")
    assert file.read_text() == before
    small("plan", "--out", "/dev/null").exits(0)
    assert pathlib.Path("/dev/null").is_char_device()
