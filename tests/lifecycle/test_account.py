"""Whose account a plan is for: credentials that were chosen, and the words that say so."""

import os
import sys
import time

import pytest

from drift import ETL
from harness import Aws, REGION
from terminal import answer

STACK = """\
stack: small
instance: blue
region: us-east-1
environments: { dev: {} }
queues: { inbox: {} }
"""


@pytest.fixture
def other():
    return Aws()


@pytest.fixture
def small(etlctl, project):
    for path in (project.dir / "desired-state").glob("*.yaml"):
        path.unlink()
    project.write("desired-state/small.yaml", STACK)
    return etlctl


@pytest.fixture
def profiles(project, other, aws):
    """The shared configuration, with profiles of another account."""
    project.write("aws/credentials", f"""\
[other]
aws_access_key_id = {other.account}
aws_secret_access_key = test

[bare-of-keys-in-config]
aws_access_key_id = {other.account}
aws_secret_access_key = test
""")
    tool = project.dir / "aws" / "tool.py"
    project.write("aws/tool.py", "import json, sys\nprint(json.dumps({'Version': 1, 'AccessKeyId': sys.argv[1], 'SecretAccessKey': 'test'}))\n")
    project.write("aws/config", f"""\
[default]
region = eu-west-1

[profile in-config]
aws_access_key_id = {other.account}
aws_secret_access_key = test

[profile process]
credential_process = {sys.executable} {tool} {other.account}

[profile assumed]
role_arn = arn:aws:iam::{other.account}:role/deployer
source_profile = other

[profile only-a-region]
region = us-east-1

[profile from-environment]
role_arn = arn:aws:iam::{other.account}:role/deployer
credential_source = Environment

[sso-session corp]
sso_region = us-east-1
sso_start_url = https://example.com/start

[profile sso]
sso_session = corp
sso_account_id = {other.account}
sso_role_name = deployer
""")
    return {
        "AWS_CONFIG_FILE": str(project.dir / "aws/config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(project.dir / "aws/credentials"),
    }


def account_of(etlctl, *args, env):
    return etlctl("plan", "--format", "json", *args, env=env).json["stacks"][0]["account"]


@pytest.mark.parametrize("profile", ["other", "in-config", "process", "assumed", "bare-of-keys-in-config"])
def test_a_profile_on_the_command_line_wins_over_keys_in_the_environment(small, profiles, aws, other, profile):
    web = {"AWS_WEB_IDENTITY_TOKEN_FILE": os.devnull, "AWS_ROLE_ARN": f"arn:aws:iam::{aws.account}:role/x",
           "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1:1/"}
    for env in (profiles, profiles | {"AWS_PROFILE": "only-a-region"}, profiles | {"AWS_SESSION_TOKEN": "session"}, profiles | web):
        assert account_of(small, "--profile", profile, env=env) == other.account
    assert account_of(small, env=profiles) == aws.account


@pytest.mark.parametrize("profile", ["only-a-region", "sso"])
def test_a_profile_without_credentials_is_no_reason_to_take_others(small, profiles, aws, profile):
    refused = small("apply", "--yes", "--profile", profile, env=profiles, check=4)
    assert "credentials" in refused.err, refused
    assert aws.snapshot() == {}


def test_a_profile_may_ask_for_the_keys_of_the_environment(small, profiles, aws):
    """It names them itself, and the role that they assume is the account's of its ARN."""
    assert account_of(small, "--profile", "from-environment", env=profiles)


@pytest.mark.parametrize("said", ["--profile", "AWS_PROFILE"])
@pytest.mark.parametrize("keys", [True, False], ids=["with keys", "without keys"])
def test_a_profile_that_is_not_there_is_an_error_that_lists_those_that_are(small, profiles, aws, said, keys):
    env = profiles if keys else profiles | {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}
    args = ("--profile", "othr") if said == "--profile" else ()
    env = env if args else env | {"AWS_PROFILE": "othr"}
    for verb in (("plan",), ("apply", "--yes"), ("destroy", "--yes"), ("outputs",)):
        refused = small(*verb, *args, env=env, check=4)
        assert said in refused.err and "othr" in refused.err and "did you mean `other`" in refused.err, refused
    refused = small("plan", "--profile", "zzzzzzzz", env=env, check=4)
    for name in ("assumed", "default", "in-config", "other", "process", "sso"):
        assert name in refused.err, refused
    assert "corp" not in refused.err, "a session is no profile"


def test_a_profile_that_is_not_there_where_there_are_none(small, aws):
    assert "aws configure" in small("plan", "--profile", "x", check=4).err


def test_who_is_verbose_hears_that_keys_win_over_a_profile_of_the_environment(small, profiles, aws):
    env = profiles | {"AWS_PROFILE": "other"}
    assert account_of(small, env=env) == aws.account, "the SDK's own order"
    told = small("plan", "-v", env=env).err
    assert "AWS_PROFILE=other" in told and "AWS_ACCESS_KEY_ID" in told, told
    assert "AWS_PROFILE" not in small("plan", env=env).err


def words(aws, alias=None):
    named = f" ({alias})" if alias else ""
    return f"small · dev · instance blue · account {aws.account}{named} · {REGION}"


def test_every_plan_says_where_it_is_for(small, aws, project):
    aws("iam").create_account_alias(AccountAlias="etl-team")
    here = words(aws, "etl-team")
    assert here in small("plan").out
    assert here in small("plan", "--destroy").out
    document = small("plan", "--format", "json", "--out", "saved.plan").json["stacks"][0]
    assert {key: document[key] for key in ("stack", "env", "instance", "account", "account_alias", "region")} == {
        "stack": "small", "env": "dev", "instance": "blue", "account": aws.account, "account_alias": "etl-team", "region": REGION}
    no = answer(small, "apply", question="[y/N]", reply="n")
    assert f"Apply to {here}? [y/N]" in no.out and "Nothing was changed" in no.out, no
    assert here in small("apply", "saved.plan").out
    assert here in small("plan").out, "no changes"
    no = answer(small, "destroy", question="[y/N]", reply="n")
    assert f"Destroy {here}? [y/N]" in no.out, no
    assert here in small("destroy", "--yes").out


ELSEWHERE = """\
stack: small
region: us-east-1
environments: { dev: {} }
queues: { inbox: { redrive: { queue: "arn:aws:sqs:us-east-1:999999999999:dead" } } }
rules: { each: { event: { source: [app] }, targets: [{ arn: "arn:aws:events:us-east-1:999999999999:event-bus/all" }] } }
"""


def test_what_hangs_on_the_account_is_refused_before_anything_is_made(small, project, aws):
    project.write("desired-state/small.yaml", ELSEWHERE)
    assert small("validate").code == 0, "nobody says which account it goes to"
    for verb in (["plan"], ["apply", "--yes"]):
        run = small(*verb, check=False).exits(3)
        assert "E412" in run.err and "is in another account than the queue" in run.err, run
        assert "is in the account 999999999999, and there is no role" in run.err and "no call was made" not in run.err, run
    assert not aws("sqs").list_queues().get("QueueUrls")
    project.write("desired-state/small.yaml", ELSEWHERE.replace("999999999999", aws.account))
    assert small("plan").code == 0


def test_the_question_of_two_stacks_names_both(small, aws, project):
    project.write("desired-state/second.yaml", STACK.replace("stack: small", "stack: second").replace("instance: blue", "instance: red"))
    no = answer(small, "apply", question="[y/N]", reply="n")
    asked = no.out[no.out.index("Apply to these?"):]
    assert words(aws) in asked and words(aws).replace("small", "second").replace("blue", "red") in asked, no


def test_without_an_alias_the_account_stands_alone(small, aws):
    assert words(aws) in small("plan").out
    assert small("plan", "--format", "json").json["stacks"][0]["account_alias"] is None


@pytest.mark.parametrize("failure", ["denied", "lost", "slow"])
def test_an_alias_that_cannot_be_read_is_left_out(small, aws, proxy, failure):
    aws("iam").create_account_alias(AccountAlias="etl-team")
    if failure == "slow":
        proxy.before = lambda call: time.sleep(20) if call.operation == "ListAccountAliases" else None
    elif failure == "lost":
        proxy.after = lambda call: call.operation == "ListAccountAliases"
    else:
        ask, denial = proxy.ask, b"<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>"
        proxy.ask = lambda request, body: (
            (403, [("Content-Type", "text/xml")], denial) if b"ListAccountAliases" in body else ask(request, body))
    start = time.monotonic()
    assert words(aws) in small.through(proxy)("plan").out
    assert time.monotonic() - start < 8
    assert small.through(proxy)("apply", "--yes").code == 0


def test_the_alias_is_one_call_beside_the_others(etlctl, aws, proxy):
    proxy.latency = 0.3
    etlctl.through(proxy)("plan", "--env", "dev", "--stack", ETL)
    asked = [call for call in proxy.calls if call.operation == "ListAccountAliases"]
    assert len(asked) == 1
    assert any(call is not asked[0] and call.start < asked[0].end and asked[0].start < call.end for call in proxy.calls), "it waits for nothing"
