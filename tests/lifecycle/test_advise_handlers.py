"""The shipped handlers, 5,000 records a call, at two sizes: what ran is read,
advised on, written, applied, and planned empty."""

import sys

import pytest

from harness import LOCAL, REGION, ROOT, Aws, Etlctl, Project

sys.path.insert(0, str(ROOT / "handlers/tests/e2e"))
import dataset  # noqa: E402
from local_aws import LocalAws  # noqa: E402

SUFFIX, STACK = "sized", "lambda-etl-optimization"
STAGES = ("data-ingestion", "data-transform", "data-output")
ADVISE = ("advise", "--env", "dev", "--stack", STACK)
# What advice needs at each size, and one call more for the cold one.
CALLS = 51


def invoked(local, name, event):
    """On a busy machine a handler may wait in vain for the local AWS: its call counts, and another is made."""
    for left in (2, 1, 0):
        try:
            return local.invoke(name, event)[0]
        except AssertionError as error:
            if not left or "TimeoutError" not in str(error):
                raise


def run(etlctl, records, calls, stages):
    """The pipeline once, and each of its stages again and again: they give the same for the same event."""
    buckets = {name: f"{name.replace('_', '-')}-{etlctl.aws.account}" for name in ("ingestion_bucket", "output_bucket")}
    settings = [word for name, bucket in buckets.items() for word in ("--set", f"{name}={bucket}")]
    for bucket in buckets.values():
        etlctl.aws("s3").create_bucket(Bucket=bucket)
    local = LocalAws(LOCAL, etlctl.aws.account, REGION)
    local.put(buckets["ingestion_bucket"], "incoming/sized.ndjson", dataset.build(records).source)
    for memory in (2048, 1024):
        set_memory(etlctl, memory)
        etlctl.apply("--stack", STACK, *settings)
        event = {"dataset": "sized", "date": "2024-06-01", "source": {"key": "incoming/sized.ndjson"}}
        for stage in stages:
            # Callers use the alias of the stage that has one.
            name = f"etl-{stage}-{SUFFIX}" + (":live" if stage == "data-transform" else "")
            for _ in range(calls):
                result = invoked(local, name, event)
            event = result
    return settings


def set_memory(etlctl, memory):
    def change(stack):
        stack["defaults"]["function"]["memory"] = memory
        for function in stack["functions"].values():
            function.pop("memory", None)

    etlctl.project.edit(STACK, change)


def lived(etlctl, records, calls, stages):
    settings = run(etlctl, records, calls, stages)
    chosen = [word for stage in stages for word in ("--target", f"function/{stage}")]
    path = etlctl.project.dir / "desired-state" / f"{STACK}.yaml"
    functions = etlctl(*ADVISE, *settings, *chosen, "--format", "json").json["stacks"][0]["functions"]
    for function in functions:
        advice = function["advice"]
        sizes = {size["memory"]: size["calls"] for size in advice["sizes"]}
        assert sizes.keys() == {1024, 2048} and min(sizes.values()) >= calls, function
        # What a process of Node.js or Python with the SDK and these records takes, and no figure of another's.
        used = advice["used"]["mb"]
        assert 20 <= used < 1024, function
        assert advice["model"]["fit"] is not None and not advice["killed"] and not advice["timed_out"], function
        proposed = {each["field"]: each["value"] for each in function["proposals"]}
        assert int(proposed.get("memory", 1024)) >= max(128, 1.2 * used), function
        longest = advice["times"]["max"] / 1000
        assert int(proposed.get("timeout", f"{function['declared']['timeout']}s").rstrip("s")) > longest, function
    before = path.read_text()
    etlctl(*ADVISE, *settings, *chosen, "--write")
    assert path.read_text() != before
    etlctl.apply("--stack", STACK, *settings)
    assert etlctl("plan", "--env", "dev", "--stack", STACK, *settings, "--detailed-exitcode").code == 0
    again = etlctl(*ADVISE, *settings, *chosen, "--format", "json").json["stacks"][0]["functions"]
    assert not any(function["proposals"] for function in again), again


@pytest.fixture
def sized(tmp_path):
    etlctl = Etlctl(Aws(), Project(tmp_path), suffix=SUFFIX)
    yield etlctl
    etlctl("destroy", "--env", "dev", "--stack", STACK, "--yes", check=False)


def test_a_shipped_handler_at_two_sizes(sized):
    lived(sized, 5_000, CALLS, STAGES[:1])


@pytest.mark.long
def test_all_shipped_handlers_at_two_sizes(sized):
    lived(sized, 5_000, CALLS, STAGES)
