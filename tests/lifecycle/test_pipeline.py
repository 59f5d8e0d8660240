"""The deployed functions, executed for real: the pipeline over 100,000 records, by
hand and by its triggers alone, a poisoned event on its way to the dead-letter
queue, `invoke` and `logs`."""

import json
import signal
import subprocess
import sys
import threading
import time

import pytest

from harness import ENDPOINT, LOCAL, ROOT, Aws, Etlctl, Project
from proxy import Proxy

SUFFIX = "invoked"
PIPELINE = "lambda-etl-optimization"


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
    told = []
    # The local AWS cuts the log where it stands; on a busy machine that is before the function's last line.
    for _ in range(3):
        result = deployed("invoke", "transform", "--payload", str(event), "--tail")
        assert result.json["records"][0]["value"] == "test"
        told += [json.loads(line)["message"] for line in result.err.splitlines() if line.startswith("{")]
        if "records transformed" in told:
            break
    assert "records transformed" in told, result


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


# --- by itself --------------------------------------------------------------


def arrives(aws, dataset, records, seconds=180):
    """An object of so many records arrives, and each is looked for in what comes out. Nothing is invoked."""
    ingestion, output = bucket_names(aws)
    run = subprocess.run(
        [sys.executable, ROOT / "handlers/tests/e2e/run_triggered.py", "--endpoint-url", LOCAL, "--account", aws.account,
         "--ingestion-bucket", ingestion, "--output-bucket", output, "--dataset", dataset,
         "--records", str(records), "--seconds", str(seconds)],
        capture_output=True, text=True, timeout=seconds + 60, check=False)
    assert run.returncode == 0, run.stdout + run.stderr


def bucket_names(aws):
    outputs = {name["Name"] for name in aws("s3").list_buckets()["Buckets"]}
    return next(name for name in outputs if "ingestion" in name), next(name for name in outputs if "output" in name)


def dead_letters(aws, suffix):
    found = aws("sqs").receive_message(QueueUrl=aws.queue_url(f"etl-dead-letters-{suffix}"), MaxNumberOfMessages=10)
    return [message["Body"] for message in found.get("Messages", [])]


def objects(aws, bucket):
    """What lies there, and when it was written."""
    pages = aws("s3").get_paginator("list_objects_v2").paginate(Bucket=bucket)
    return {item["Key"]: item["LastModified"] for page in pages for item in page.get("Contents", [])}


@pytest.fixture(scope="module")
def started(tmp_path_factory):
    """The pipeline with buckets of its own, and what arrives in them starts it."""
    etlctl = Etlctl(Aws(), Project(tmp_path_factory.mktemp("started")), suffix="started")
    etlctl("apply", "--env", "demo", "--yes", "--stack", PIPELINE)
    return etlctl


def test_an_object_in_and_the_result_out(started):
    arrives(started.aws, "all", 100_000)
    assert dead_letters(started.aws, "started") == []


def test_an_object_that_is_told_of_twice_is_worked_on_once(started):
    arrives(started.aws, "twice", 100)
    buckets = bucket_names(started.aws)
    before = [objects(started.aws, bucket) for bucket in buckets]
    time.sleep(1.1)  # S3 keeps whole seconds
    key = "incoming/twice/2024-06-01/e2e.ndjson"
    event = {"Records": [{"s3": {"bucket": {"name": buckets[0]}, "object": {"key": key}}}]}
    answer = started.aws("lambda").invoke(FunctionName="etl-data-ingestion-started", Payload=json.dumps(event))
    (result,) = json.loads(answer["Payload"].read())["results"]
    assert result["count"] == 100
    assert [objects(started.aws, bucket) for bucket in buckets] == before


def test_what_no_stage_can_read_ends_among_the_dead_letters(started):
    ingestion, _ = bucket_names(started.aws)
    started.aws("s3").put_object(Bucket=ingestion, Key="incoming/no dataset/a.csv", Body=b"id\n1\n")
    end = time.monotonic() + 300
    while not (found := dead_letters(started.aws, "started")):
        assert time.monotonic() < end, "no dead letter after 300 s"
        time.sleep(1)
    assert json.loads(found[0])["requestPayload"]["Records"][0]["s3"]["object"]["key"] == "incoming/no+dataset/a.csv"


def test_a_run_that_was_lost_is_found_by_the_sweep(started):
    """The result is taken away, as if the last stage had never come to its end."""
    arrives(started.aws, "lost", 100)
    _, output = bucket_names(started.aws)
    lost = [key for key in objects(started.aws, output) if key.startswith("processed/lost/")]
    for key in lost:
        started.aws("s3").delete_object(Bucket=output, Key=key)
    sweep = started.project.dir / "sweep.json"
    sweep.write_text(json.dumps({"sweep": {"minutes": 0, "prefix": "incoming/lost/"}}))
    told = started("invoke", "data-ingestion", "--env", "demo", "-p", str(sweep)).json
    assert [run["key"] for run in told["again"]] == ["incoming/lost/2024-06-01/e2e.ndjson"]
    end = time.monotonic() + 60
    while not set(lost) <= set(objects(started.aws, output)):
        assert time.monotonic() < end, "the result is not there again after 60 s"
        time.sleep(0.2)


def schedules(aws):
    """What each is to start, and with what."""
    client = aws("scheduler")
    found = {}
    for entry in client.list_schedules()["Schedules"]:
        told = client.get_schedule(Name=entry["Name"], GroupName=entry["GroupName"])
        found[told["Target"]["Arn"].rsplit(":", 1)[1]] = told["ScheduleExpression"], json.loads(told["Target"]["Input"])
    return found


def test_the_sweep_runs_every_night(started):
    assert schedules(started.aws) == {"etl-data-ingestion-started": ("cron(0 2 * * ? *)", {"sweep": {}})}


def test_the_batch_processor_runs_by_itself_where_a_schedule_is_named(aws, etlctl):
    stack = ("--stack", "lambda-etl")
    etlctl.apply(*stack, "--set", "batch_schedule=rate(1 hour)")
    assert schedules(aws) == {"batch-processor-test": ("rate(1 hour)", {"records": []})}
    etlctl.assert_no_changes(*stack, "--set", "batch_schedule=rate(1 hour)")
    etlctl.apply(*stack)
    assert schedules(aws) == {}
    etlctl.assert_no_changes(*stack)


def change(etlctl, memory):
    """More memory for every stage: code and configuration of what runs are touched, the alias moves."""
    def edit(stack):
        for function in stack["functions"].values():
            function["memory"] = memory

    etlctl.project.edit(PIPELINE, edit)


@pytest.mark.parametrize("records", [5_000, pytest.param(100_000, marks=pytest.mark.long)])
def test_nothing_is_lost_where_apply_is_killed_in_the_middle_of_a_change(tmp_path, records):
    """Buckets that were there before; objects arrive before, in the middle of and after the change."""
    suffix = f"killed{records}"
    etlctl = Etlctl(Aws(), Project(tmp_path), suffix=suffix)
    settings = []
    for variable, bucket in buckets(etlctl.aws).items():
        etlctl.aws("s3").create_bucket(Bucket=bucket)
        settings += ["--set", f"{variable}={bucket}"]
    settings += ["--stack", PIPELINE, "--set", f"trigger_bucket={buckets(etlctl.aws)['ingestion_bucket']}"]
    etlctl.apply(*settings)
    arrives(etlctl.aws, "before", records)

    change(etlctl, 1536)
    with Proxy(ENDPOINT) as proxy:
        killed = []

        def kill(call):
            if call.writes and not killed and len(proxy.writes) >= 3:
                process.send_signal(signal.SIGKILL)
                process.wait()
                killed.append(call)
            return bool(killed)

        proxy.after = kill
        process = etlctl.through(proxy).start("apply", "--env", "dev", "--yes", *settings)
        process.communicate(timeout=120)
    assert killed and process.returncode == -signal.SIGKILL
    assert etlctl.changes(*settings), "the kill came too late to leave something undone"
    arrives(etlctl.aws, "middle", records)

    etlctl.apply(*settings)
    etlctl.assert_no_changes(*settings)
    arrives(etlctl.aws, "after", records)
    assert dead_letters(etlctl.aws, suffix) == []
