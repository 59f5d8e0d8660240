"""What a plan tells of secrets that are no text of a field: keys of maps, numbers, a part of a JSON text. And
that what programs read stays what it is, whatever is a secret."""

import json
import subprocess

import pytest

from bench import Bench
from harness import binary
from like_topics import confirm

HIDDEN = "(sensitive)"
HEAD = "stack: tiny\nregion: us-east-1\nenvironments: { dev: {} }\n"
FORMATS = ("text", "json", "markdown", "html")


def plans(bench, saved="saved.plan", **env):
    """All channels of a plan, each by its name."""
    told = {format: bench.calmly(["plan", "--format", format], env=env).exits(0) for format in FORMATS}
    told["verbose"] = bench.calmly(["plan", "-vv"], env=env).exits(0)
    bench.calmly(["plan", "--out", saved], env=env).exits(0)
    texts = {name: run.out + run.err for name, run in told.items()}
    return texts | {"plan file": (bench.project.dir / saved).read_text()}


def never(texts, *secrets):
    for name, text in texts.items():
        assert not [secret for secret in secrets if secret in text], f"{name}\n{text}"


# What nobody has confirmed is left, and what is confirmed goes.
ENDPOINTS = [
    ("https", "https://example.com/in/{}", f"nobody has confirmed {HIDDEN}"),
    ("email", "{}@example.com", f"- subscriptions: {HIDDEN}"),
]


@pytest.mark.parametrize(("protocol", "address", "told"), ENDPOINTS)
def test_an_endpoint_is_no_place_to_read_a_secret(tmp_path, protocol, address, told):
    declared = HEAD + "variables: { pw: { from_env: PW, sensitive: true } }\n"
    stack = declared + f'topics: {{ t: {{ subscriptions: [{{ {protocol}: "{address.format("${pw}")}" }}] }} }}\n'
    bench = Bench(tmp_path, stack)
    bench.calmly(["apply", "--yes"], env={"PW": "older"}).exits(0)
    if protocol == "email":
        made = bench.aws("sns").list_subscriptions_by_topic(TopicArn=bench.aws.arn("sns", "tiny-t-dev"))
        confirm(bench.aws, made["Subscriptions"][0]["SubscriptionArn"])
    texts = plans(bench, PW="fresh")
    never(texts, address.format("older"), address.format("fresh"))
    assert told in texts["text"], texts["text"]
    applied = bench.calmly(["apply", "--yes", "--format", "json", "-vv"], env={"PW": "fresh"}).exits(0)
    never({"apply": applied.out + applied.err}, address.format("older"), address.format("fresh"))
    # What is hidden in the file is compared all the same.
    bench.calmly(["plan", "--out", "third.plan"], env={"PW": "third"}).exits(0)
    bench.calmly(["apply", "third.plan"], env={"PW": "fourth"}).exits(5)
    bench.calmly(["apply", "third.plan"], env={"PW": "third"}).exits(0)
    bench.calmly(["plan", "--detailed-exitcode"], env={"PW": "third"}).exits(0)
    bench.calmly(["apply", "third.plan"], env={"PW": "third"}).exits(5)


def test_a_token_of_an_endpoint_is_hidden_where_it_goes(tmp_path):
    def with_token(token):
        return HEAD + f'topics: {{ t: {{ subscriptions: [{{ https: "https://example.com/hook?token={token}" }}] }} }}\n'

    bench = Bench(tmp_path, with_token("Xq7first"))
    bench.calmly(["apply", "--yes"]).exits(0)
    bench.project.stack(with_token("Xq7second"))
    never(plans(bench), "Xq7first", "Xq7second")
    bench.project.stack(HEAD + "topics: { t: {} }\n")
    never(plans(bench), "Xq7first")
    gone = bench.calmly(["apply", "--yes", "--format", "json", "-vv"]).exits(0)
    never({"apply": gone.out + gone.err}, "Xq7first")


def test_a_sensitive_number_is_no_number_to_read(tmp_path):
    stack = HEAD + """\
variables: { limit: { default: 777777, sensitive: true } }
alarms:
  a: { namespace: N, metric: M, statistic: Sum, period: 5m, comparison: GreaterThanThreshold, threshold: "${limit}" }
"""
    bench = Bench(tmp_path, stack)
    texts = plans(bench)
    never(texts, "777777")
    threshold = [field for field in json.loads(bench.calmly(["plan", "--format", "json"]).out)["stacks"][0]["changes"][0]["fields"]
                 if field["path"] == "threshold"]
    assert threshold == [{"path": "threshold", "before": None, "after": HIDDEN, "sensitive": True}], threshold
    applied = bench.calmly(["apply", "--yes", "--format", "json"]).exits(0)
    never({"apply": applied.out}, "777777")


CONFIG = HEAD + """\
tables: { orders: { key: id } }
queues: { in: { name: rjl-orders-dev } }
functions:
  work:
    source: ../handlers/work
    runtime: nodejs22.x
    handler: index.handler
    environment: { CONFIG: '{"password": "hunter2hunter2", "region": "us-east-1", "queue": "rjl-orders-dev", "table": "orders"}' }
"""


def test_a_password_in_a_text_hides_nothing_but_the_text(tmp_path):
    bench = Bench(tmp_path, CONFIG)
    texts = plans(bench)
    never(texts, "hunter2hunter2")
    assert "us-east-1" in texts["text"] and "table/orders" in texts["text"] and "rjl-orders-dev" in texts["text"], texts["text"]
    assert f"CONFIG: {HIDDEN}" in texts["text"]
    policy = bench.calmly(["permissions"]).exits(0)
    assert HIDDEN not in policy.out and "rjl-orders-dev" in policy.out and "a sensitive value" not in policy.err, policy


# Words of every form: kinds, actions, events, results, keys.
WORDS = ["1", "done", "end", "queue", "create", "created", "started", "Allow", "2012-10-17", "address", "summary", "tiny", "dev"]


def test_what_programs_read_stays_what_it_is(tmp_path):
    variables = "".join(f"  v{at}: {{ default: {json.dumps(word)}, sensitive: true }}\n" for at, word in enumerate(WORDS))
    bench = Bench(tmp_path, HEAD + f"variables:\n{variables}queues: {{ jobs: {{ tags: {{ Note: \"${{v1}}\" }} }} }}\n")
    plan = bench.calmly(["plan", "--format", "json"]).exits(0).json
    change = plan["stacks"][0]["changes"][0]
    assert (plan["format_version"], plan["stacks"][0]["stack"], plan["stacks"][0]["summary"]["create"]) == ("1", "tiny", 1), plan
    assert (change["kind"], change["action"], change["address"]) == ("queue", "create", "queue/jobs"), change
    assert {field["path"]: field["after"] for field in change["fields"]}["tags.Note"] == HIDDEN, change
    policy = bench.calmly(["permissions"]).exits(0).json
    assert policy["Version"] == "2012-10-17" and {one["Effect"] for one in policy["Statement"]} == {"Allow"}, policy
    lines = [json.loads(line) for line in bench.calmly(["apply", "--yes", "--format", "json"]).exits(0).out.splitlines()]
    assert {line["event"] for line in lines} >= {"started", "done", "end"}, lines
    assert (lines[-1]["format_version"], lines[-1]["result"], lines[-1]["exit_code"]) == ("1", "done", 0), lines[-1]
    assert lines[-1]["stacks"][0]["changes"][0]["outcome"]["outcome"] == "done", lines[-1]
    status = bench.calmly(["status", "--format", "json"]).exits(0).json
    assert (status["format_version"], status["stacks"][0]["resources"][0]["kind"]) == ("1", "queue"), status
    listed = bench.calmly(["ls", "--format", "json", "--region", "us-east-1"]).exits(0).json
    assert listed["format_version"] == "1" and "queue" in listed["instances"][0]["resources"], listed
    log = bench.calmly(["validate", "--format", "sarif"]).exits(0).json
    assert log["version"] == "2.1.0" and log["runs"][0]["tool"]["driver"]["name"] == "etlctl", log


def test_what_cannot_be_told_is_a_failure(tmp_path):
    bench = Bench(tmp_path, HEAD + "queues: { jobs: {} }\n")
    for args in (["plan"], ["plan", "--format", "json"], ["apply", "--yes", "--format", "json"], ["ls", "--region=us-east-1"], ["status"], ["destroy", "--yes"]):
        with open("/dev/full", "w") as full:
            run = subprocess.run(
                [str(binary()), *args], cwd=bench.project.dir, env=bench.etlctl.environment(), stdin=subprocess.DEVNULL, stdout=full,
                stderr=subprocess.PIPE, text=True, timeout=120,
            )
        assert run.returncode == 1 and "error: stdout cannot be written" in run.stderr, (args, run)
