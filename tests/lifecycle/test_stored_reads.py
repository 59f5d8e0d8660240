"""`${ssm:…}` and `${secret:…}` between the built binary and a local AWS: what is read, what is told where it
cannot be, and that no channel shows a value. What the values become on AWS, and drift, is in
test_stored_values.py."""

import json
import re
import threading

import pytest

from bench import Bench
from faults import Faulty, Refused, Rule
from harness import ENDPOINT, ROOT

# Part of every value in the stores.
SECRET = "walrus"
HEAD = """\
stack: tiny
region: us-east-1
environments: { dev: {} }
naming: "tiny-${name}"
queues: { dlq: {} }
functions:
  work:
    source: ../handlers/work
    runtime: nodejs22.x
    handler: index.handler
    log_retention: 7d
    environment:
"""
ALL = [
    'HOST: "${ssm:/tiny/host}"',
    'TOKEN: "${ssm:/tiny/token}"',
    'LIST: "${ssm:list}"',
    'URL: "postgres://${secret:db#deep.user}:${secret:db#password}@${ssm:/tiny/host}:${secret:db#port}/db"',
    'TEXT: "${secret:text}"',
]
APPLY, IS_EMPTY = ["apply", "--yes"], ["plan", "--detailed-exitcode"]
PARAMETERS, VALUE = "ssm:GetParameters", "secretsmanager:GetSecretValue"


class Stored(Bench):
    """A function with this environment, and stores that hold something."""

    def __init__(self, directory, *environment):
        super().__init__(directory, "")
        self.environment(*environment)
        put = self.aws("ssm").put_parameter
        put(Name="/tiny/host", Type="String", Value="walrus-host")
        put(Name="/tiny/token", Type="SecureString", Value="walrus-token")
        put(Name="list", Type="StringList", Value="walrus,b")
        self.secret("db", json.dumps({"password": "walrus-password", "port": 5432, "deep": {"user": "walrus-user"}}))
        self.secret("text", "walrus-text")
        self.aws("secretsmanager").create_secret(Name="binary", SecretBinary=b"walrus-binary")

    def environment(self, *lines):
        self.project.stack(HEAD + "".join(f"      {line}\n" for line in lines))

    def secret(self, name, value):
        self.aws("secretsmanager").create_secret(Name=name, SecretString=value)

    def run(self, *args, **kwargs):
        result, proxy = super().run(*args, **kwargs)
        return assert_hidden(result), proxy

    def writes_nothing(self, rules, code):
        run, proxy = self.run([*APPLY, "-vv"], rules)
        assert not proxy.writes, f"{list(map(str, proxy.writes))}\n{run}"
        return run.exits(code)

    def live(self):
        return self.aws("lambda").get_function_configuration(FunctionName="tiny-work")["Environment"]["Variables"]


def assert_hidden(result):
    assert SECRET not in result.out and SECRET not in result.err, f"a value is shown\n{result}"
    return result


@pytest.fixture
def stored(tmp_path):
    return lambda *environment: Stored(tmp_path, *environment)


def refuse(operation, status, code, message, **of_rule):
    return Rule(operation, Refused(status, code, message), **of_rule)


def test_each_value_is_read_once_and_the_plan_is_empty_after_the_apply(stored):
    stored = stored(*ALL)
    run, proxy = stored.run([*APPLY, "-vv"])
    assert "URL: (sensitive)" in run.exits(0).out
    assert (proxy.count(PARAMETERS), proxy.count(VALUE)) == (1, 2)
    stored.run([*IS_EMPTY, "-vv"])[0].exits(0)


def test_ten_parameters_are_one_call(stored):
    stored = stored(*(f'KEY_{n}: "${{ssm:/many/{n}}}"' for n in range(23)))
    for n in range(23):
        stored.aws("ssm").put_parameter(Name=f"/many/{n}", Type="String", Value=f"walrus-{n}")
    run, proxy = stored.run(["plan"])
    run.exits(0)
    assert proxy.count(PARAMETERS) == 3


def test_all_that_is_missing_is_told_at_once_with_its_place(stored):
    run = stored(
        'HOST: "${ssm:/tiny/host}"',
        'GONE: "${ssm:/tiny/gone}"',
        'OLD: "${ssm:/tiny/host:99}"',
        'BOTH: "${secret:no-such}-${secret:nor-this#key}"',
    ).writes_nothing([], 3).tells(
        "${ssm:/tiny/gone}",
        "stack.yaml:14:13",
        "with a version or label `99`",
        "stack.yaml:15:12",
        "${secret:no-such}",
        "${secret:nor-this#key}",
        "stack.yaml:16:13",
        "E811",
        "function/work",
        "stored values cannot be filled in: 3 problems",
        "nothing was changed",
    )
    assert "${ssm:/tiny/host}`" not in run.err, run


def test_a_denied_read_names_action_and_resource_and_is_not_taken_for_missing(stored):
    stored = stored(*ALL)
    denied = ("User: arn:aws:iam::1:user/ci is not authorized to perform: ssm:GetParameters on resource: "
              "arn:aws:ssm:us-east-1:1:parameter/tiny/token because no identity-based policy allows the action")
    # The batch, and then the one by itself.
    run = stored.writes_nothing([refuse(PARAMETERS, 400, "AccessDeniedException", denied, about="/tiny/token", times=2)], 1)
    run.tells("E813", "AccessDeniedException", "stack.yaml:14:14",
              f"allow ssm:GetParameters on arn:aws:ssm:us-east-1:{stored.account}:parameter/tiny/token")
    assert "E811" not in run.err and "parameter/list" not in run.err, run

    denied = "User: arn:aws:iam::1:user/ci is not authorized to perform: secretsmanager:GetSecretValue on resource: db"
    stored.writes_nothing([refuse(VALUE, 400, "AccessDeniedException", denied, about='"db"')], 1).tells(
        "E813", "stack.yaml:16:12",
        f"allow secretsmanager:GetSecretValue on arn:aws:secretsmanager:us-east-1:{stored.account}:secret:db-??????")


def test_a_key_that_may_not_be_used_is_told_as_such(stored):
    stored = stored('TEXT: "${secret:text}"', 'TOKEN: "${ssm:/tiny/token}"')
    stored.writes_nothing([refuse(VALUE, 400, "AccessDeniedException", "Access to KMS is not allowed")], 1).tells(
        "allow kms:Decrypt", "kms:ViaService = secretsmanager.us-east-1.amazonaws.com")
    undecrypted = refuse(VALUE, 400, "DecryptionFailure", "Secrets Manager can't decrypt the secret")
    stored.writes_nothing([undecrypted], 1).tells("allow kms:Decrypt")
    text = ("The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are "
            "not allowed to access.")
    stored.writes_nothing([refuse(PARAMETERS, 400, "AccessDeniedException", text)], 1).tells(
        "allow kms:Decrypt", "kms:ViaService = ssm.us-east-1.amazonaws.com")


def test_what_is_no_text_is_told_without_it(stored):
    stored = stored()
    for line, words in (
        ('KEY: "${secret:binary}"', ["the secret is binary"]),
        ('KEY: "${secret:text#key}"', ["no JSON object"]),
        ('KEY: "${secret:db#pasword}"', ["no key `pasword`", "`password`, `port`"]),
        ('KEY: "${secret:db#deep.pasword}"', ["its keys are `user`"]),
        ('KEY: "${secret:db#deep}"', ["has a mapping"]),
    ):
        stored.environment(line)
        stored.writes_nothing([], 3).tells(*words, "E812", "stack.yaml:13:12")


def test_a_secret_that_is_to_be_deleted_is_told_as_such(stored):
    text = "You can't perform this operation on the secret because it was marked for deletion."
    stored('TEXT: "${secret:text}"').writes_nothing([refuse(VALUE, 400, "InvalidRequestException", text)], 3).tells(
        "E811", "marked for deletion", "restore-secret --secret-id text")


def test_throttles_are_waited_out(stored):
    throttle = lambda operation: refuse(operation, 400, "ThrottlingException", "Rate exceeded", times=4)
    stored(*ALL).run(["plan"], [throttle(PARAMETERS), throttle(VALUE)])[0].exits(0)


def test_other_failures_are_not_taken_for_missing(stored):
    stored = stored(*ALL)
    failure = refuse(PARAMETERS, 500, "InternalServerError", "An error occurred on the server side.", times=None)
    run = stored.writes_nothing([failure], 1)
    assert "E811" not in run.tells("InternalServerError", "E813").err, run
    stored.writes_nothing([refuse(VALUE, 400, "ExpiredTokenException", "The security token is expired")], 4)


def test_what_was_planned_is_what_is_written(stored):
    stored, rotated = stored('TEXT: "${secret:text}"'), threading.Event()

    def rotate(call):
        """When the plan is made and the first write is on its way."""
        if call.name == "iam:CreateRole" and not rotated.is_set():
            stored.aws("secretsmanager").put_secret_value(SecretId="text", SecretString="walrus-rotated")
            rotated.set()

    proxy = Faulty(ENDPOINT)
    proxy.before = rotate
    stored.run(APPLY, through=proxy)[0].exits(0)
    assert rotated.is_set() and stored.live()["TEXT"] == "walrus-text"
    assert "environment.TEXT: (sensitive value changes)" in stored.run(IS_EMPTY)[0].exits(2).out
    stored.run(APPLY)[0].exits(0)
    assert stored.live()["TEXT"] == "walrus-rotated"


def test_an_environment_that_values_make_too_large_is_refused_without_them(stored):
    stored = stored("PLAIN: short", 'BIG: "${secret:big}"', 'HOST: "${ssm:/tiny/host}"')
    stored.secret("big", "walrus" + "x" * 4_000)
    stored.run(["plan"])[0].exits(0)
    stored.secret("bigger", "walrus" + '"' * 2_100)
    stored.environment('BIG: "${secret:bigger}"', "OTHER: plain")
    run = stored.writes_nothing([], 3).tells("E162", "function/work", "BIG 4215", "OTHER 16", "at most 4096")
    assert "xxx" not in run.err, run


def test_an_answer_that_quotes_the_environment_is_told_without_it(stored):
    quoted = ("1 validation error detected: Value '{HOST=walrus-host, TEXT={\"a\":\"walrus-text\"}}' "
              "at 'environment.variables' failed")
    run, _ = stored(*ALL).run([*APPLY, "-vv"], [refuse("lambda:CreateFunction", 400, "ValidationException", quoted)])
    run.exits(6).tells("1 validation error detected: Value '{HOST=(sensitive)")


def test_verbs_without_a_plan_and_a_destroy_read_no_value(stored):
    stored = stored(*ALL)
    for verb in (["validate"], ["graph"], ["schema"], ["permissions", "--account", "111122223333"]):
        # No credentials and nobody who answers: no call can succeed.
        nobody = {"AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}
        stored.calmly(verb, env=nobody).exits(0)
    stored.run(APPLY)[0].exits(0)
    for verb in (["outputs"], ["plan", "--destroy"], ["destroy", "--yes"]):
        run, proxy = stored.run(verb)
        run.exits(0)
        assert proxy.calls and not proxy.count(PARAMETERS) and not proxy.count(VALUE), f"{verb}\n{run}"


def test_a_target_reads_what_it_needs(stored):
    stored = stored('GONE: "${ssm:/tiny/gone}"')
    run, proxy = stored.run(["plan", "--target", "queue/dlq"])
    run.exits(0)
    assert proxy.count(PARAMETERS) == 0
    stored.run(["plan", "--target", "function/work"])[0].exits(3).tells("${ssm:/tiny/gone}")


def test_what_a_value_says_is_no_reference(stored):
    stored = stored('HOST: "${secret:odd}${queues.dlq.url}"', 'LITERAL: "$${ssm:/no}-$${secret:no#key}"')
    odd = "walrus ${queues.dlq.arn} ${queues.nowhere.arn} ${ssm:/tiny/gone} $${x}"
    stored.secret("odd", odd)
    # The queue's URL is made from the address at which it is asked for.
    assert_hidden(stored.calmly(APPLY)).exits(0)
    assert_hidden(stored.calmly(IS_EMPTY)).exits(0)
    assert stored.live() == {"LITERAL": "${ssm:/no}-${secret:no#key}", "HOST": odd + stored.aws.queue_url("tiny-dlq")}


def test_the_examples_of_the_docs_are_valid(stored):
    stored = stored()
    docs = (ROOT / "docs" / "file-format.md").read_text()
    section = docs.split("\n## Stored values\n")[1].split("\n## ")[0]
    examples = re.findall(r"```yaml\n(.*?)```", section, re.DOTALL)
    assert len(examples) == 2
    for example in examples:
        stored.project.stack(example)
        stored.calmly(["validate"]).exits(0)


def test_the_policy_names_what_is_read_and_the_key_is_told_beside_it(stored):
    stored = stored(*ALL)
    policy = lambda purpose: stored.calmly(["permissions", "--account", "111122223333", "--for", purpose]).exits(0)
    for purpose in ("plan", "apply"):
        run = policy(purpose)
        assert "ssm:us-east-1:111122223333:parameter/tiny/token" in run.out, run
        assert "secretsmanager:us-east-1:111122223333:secret:db-??????" in run.out, run
        run.tells("kms:Decrypt", "kms:ViaService ssm.us-east-1.amazonaws.com", "kms:ViaService secretsmanager.us-east-1")
    run = policy("destroy")
    assert "GetParameters" not in run.out and "GetSecretValue" not in run.out and "kms" not in run.err, run
