"""`etlctl plan --env dev --against prod`: two environments side by side, from the files alone."""

import json

import pytest

from bench import Bench

STACK = """\
stack: tiny
region: us-east-1
variables: { memory: 128, secret: plain }
environments:
  dev: {}
  prod:
    region: eu-west-1
    account: "222222222222"
    variables: { memory: 1024 }
naming: "${stack}-${name}-${env}"
queues:
  dlq: {}
functions:
  work:
    source: ../handlers/work
    runtime: nodejs22.x
    handler: index.handler
    memory: ${memory}
    dead_letter_queue: dlq
    log_retention: 7d
    environment: { STAGE: "${env}", QUEUE: "${queues.dlq.url}", DB_PASSWORD: "hunter2-${env}" }
    role: { policies: { out: [{ actions: [sqs:SendMessage], resources: ["${queues.dlq.arn}"] }] } }
"""
AGAINST = ["plan", "--env", "dev", "--against", "prod"]


@pytest.fixture
def bench(tmp_path):
    return Bench(tmp_path, STACK)


def compared(bench, *args, code=0):
    # No endpoint and no credentials: nothing may be asked.
    env = {"AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}
    return bench.calmly([*AGAINST, *args], env=env).exits(code)


def test_only_what_the_files_mean_to_differ_is_told(bench):
    [pair] = compared(bench, "--format", "json").json["against"]
    assert (pair["left"]["env"], pair["right"]["env"], pair["right"]["account"]) == ("dev", "prod", "222222222222")
    [work] = pair["differences"]
    assert (work["address"], work["left"], work["right"], work["only"]) == ("function/work", "tiny-work-dev", "tiny-work-prod", None)
    fields = {field["path"]: field for field in work["fields"]}
    assert set(fields) == {"memory", "environment.STAGE", "environment.DB_PASSWORD"}, "names, regions and references are the same thing"
    assert (fields["memory"]["left"], fields["memory"]["right"]) == (128, 1024)
    assert fields["environment.DB_PASSWORD"] == {
        "path": "environment.DB_PASSWORD", "left": "(sensitive)", "right": "(sensitive)", "sensitive": True}


@pytest.mark.parametrize("columns", [40, 60, 80])
def test_it_fits_and_shows_no_secret(bench, columns):
    env = {"COLUMNS": str(columns), "AWS_ENDPOINT_URL": "http://127.0.0.1:9"}
    out = bench.calmly(AGAINST, env=env).exits(0).out
    assert all(len(line) <= columns for line in out.splitlines()), out
    assert "memory" in out and "128" in out and "1024" in out and "hunter2" not in out
    assert "1 resource differs." in out


def test_it_speaks_the_words_of_the_file(bench):
    bench.project.stack(STACK.replace("memory: 128,", "memory: 128, limit: 30s, keep: 4d, keyed: dlq,").replace("{ memory: 1024 }", "{ memory: 1024, limit: 5m, keep: 14d, keyed: other }")
                        .replace("dead_letter_queue: dlq", "dead_letter_queue: ${keyed}\n    timeout: ${limit}")
                        .replace("queues:\n  dlq: {}", "queues:\n  dlq: { message_retention: '${keep}' }\n  other: {}"))
    out = compared(bench).out
    told = [line.split() for line in out.splitlines()]
    for row in (["timeout", "30s", "5m"], ["message_retention", "4d", "14d"], ["dead_letter_queue", "dlq", "other"]):
        assert row in told, out
    table = compared(bench, "--format", "markdown").out
    assert "| function/work | timeout | 30s | 5m |" in table and "| queue/dlq | message\\_retention | 4d | 14d |" in table
    # Programs read the fields of a plan.
    fields = compared(bench, "--format", "json").json["against"][0]["differences"]
    assert {"path": "timeout", "left": 30, "right": 300, "sensitive": False} in fields[0]["fields"]


def test_markdown_is_a_table(bench):
    out = compared(bench, "--format", "markdown").out
    assert "| function/work | memory | 128 | 1024 |" in out and "hunter2" not in out


def test_scripts_learn_whether_they_differ(bench):
    compared(bench, "--detailed-exitcode", code=2)
    same = STACK.replace("    variables: { memory: 1024 }\n", "").replace('STAGE: "${env}", ', "").replace("hunter2-${env}", "hunter2")
    bench.project.stack(same)
    result = compared(bench, "--detailed-exitcode")
    assert "No differences but names." in result.out
    assert compared(bench, "--format", "json").json["against"][0]["differences"] == []


def test_a_target_narrows_it(bench):
    assert compared(bench, "--format", "json", "--target", "queue/dlq").json["against"][0]["differences"] == []


def test_a_target_that_nothing_has_is_a_mistake(bench):
    bench.calmly([*AGAINST, "--target", "queue/dlx"]).exits(64).tells("--target queue/dlx: no selected stack has such a resource", "queue/dlq")


def test_the_command_line_is_held_to(bench):
    bench.calmly(["plan", "--env", "dev", "--against", "dev"]).exits(64).tells("the environment of the plan itself")
    bench.calmly(["plan", "--env", "dev", "--against", "prd"]).exits(3).tells("no such environment")
    for more in (["--out", "x"], ["--who"], ["--as-of", "2026-01-01"]):
        bench.calmly([*AGAINST, *more]).exits(64).tells(more[0])
    bench.calmly([*AGAINST, "--format", "html"]).exits(64).tells("--against makes none")
