"""The deployed functions, executed for real: the pipeline over 100,000 records,
a poisoned event on its way to the dead-letter queue, `invoke` and `logs`."""

import json
import subprocess
import sys
import threading

import pytest

from harness import LOCAL, ROOT, Aws, Etlctl, Project

SUFFIX = "invoked"


def buckets(aws):
    """Bucket names are one namespace for all accounts, also here."""
    return {"ingestion_bucket": f"etl-ingestion-{aws.account}", "output_bucket": f"etl-output-{aws.account}"}


@pytest.fixture(scope="module")
def deployed(tmp_path_factory):
    """Both stacks, once for all that is looked at here."""
    etlctl = Etlctl(Aws(), Project(tmp_path_factory.mktemp("pipeline")), suffix=SUFFIX)
    settings = []
    for variable, bucket in buckets(etlctl.aws).items():
        etlctl.aws("s3").create_bucket(Bucket=bucket)
        settings += ["--set", f"{variable}={bucket}"]
    etlctl.apply(*settings)
    return etlctl


def test_a_hundred_thousand_records_end_where_they_must(deployed):
    functions = [f"--{stage}=etl-data-{stage}-{SUFFIX}" for stage in ("ingestion", "transform", "output")]
    chosen = [f"--{name.replace('_', '-')}={bucket}" for name, bucket in buckets(deployed.aws).items()]
    run = subprocess.run(
        [sys.executable, ROOT / "handlers/tests/e2e/run_pipeline.py", "--endpoint-url", LOCAL,
         "--account", deployed.aws.account, *functions, *chosen,
         "--poisoned", f"batch-processor-{SUFFIX}", "--dlq", f"lambda-dlq-{SUFFIX}"],
        capture_output=True, text=True, timeout=500, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    assert "the second run gave the same keys and bytes" in run.stdout


@pytest.mark.parametrize("function", ["api-handler", "batch-processor", "transform"])
def test_function_answers_an_invocation(deployed, function):
    answer = deployed.aws("lambda").invoke(
        FunctionName=f"{function}-{SUFFIX}", Payload=json.dumps({"data": {"id": 1, "value": "test"}}))
    body = answer["Payload"].read()
    assert answer["StatusCode"] == 200 and "FunctionError" not in answer, body
    assert json.loads(body)


def test_invoke_prints_the_result_and_the_log_tail(deployed):
    event = deployed.project.dir / "event.json"
    event.write_text(json.dumps({"data": {"id": 1, "value": " test "}}))
    result = deployed("invoke", "transform", "--payload", str(event), "--tail")
    assert result.json["records"][0]["value"] == "test"
    lines = [json.loads(line) for line in result.err.splitlines() if line.startswith("{")]
    assert any(line["message"] == "records transformed" for line in lines), result


def test_a_function_that_fails_is_a_failure(deployed):
    event = deployed.project.dir / "poison.json"
    event.write_text('"poison"')
    result = deployed("invoke", "data-transform", "-p", str(event), check=1)
    assert "must be an object" in result.err
    assert json.loads(result.out)["errorType"]


def test_what_is_no_json_is_not_sent(deployed, proxy):
    event = deployed.project.dir / "broken.json"
    event.write_text("{id: 1}")
    result = deployed.through(proxy)("invoke", "transform", "-p", str(event), check=64)
    assert "is not JSON" in result.err
    assert not proxy.calls


def test_logs_of_a_queued_event_are_followed(deployed):
    event = deployed.project.dir / "queued.json"
    event.write_text(json.dumps({"records": [{"id": "followed", "value": 1}]}))
    following = deployed.start("logs", "batch-processor", "--since", "1m", "--follow")
    deployed("invoke", "batch-processor", "-p", str(event), "--async")
    # Ends the reading, and with it the test, should the line never come.
    timer = threading.Timer(60, following.kill)
    timer.start()
    try:
        assert any("invocation finished" in line for line in following.stdout), "not logged within a minute"
    finally:
        timer.cancel()
        following.kill()
        following.communicate()
    once = deployed("logs", "batch-processor", "--since", "5m")
    assert "invocation finished" in once.out


def test_a_function_that_is_not_there(aws, etlctl):
    assert "run etlctl apply" in etlctl("invoke", "transform", check=1).err
    assert "run etlctl apply" in etlctl("logs", "transform", check=1).err
    assert "did you mean `transform`" in etlctl("invoke", "transfrom", check=64).err
