"""The examples of docs/cookbook/: valid, applied, planned again without a change, and gone without a trace."""

import json
import shutil
import time

import pytest

from bench import Alone
from harness import ROOT, Aws

COOKBOOK = ROOT / "docs" / "cookbook"
EXAMPLES = sorted(path.stem for path in COOKBOOK.glob("*.yaml"))


class Example:
    """One of them in a folder of its own, with the code beside it."""

    def __init__(self, directory, name):
        self.dir, self.file = directory, f"{name}.yaml"
        shutil.copy(COOKBOOK / self.file, directory)
        for folder in ("handlers", "layers"):
            shutil.copytree(COOKBOOK / folder, directory / folder)


class Cook(Alone):
    def __call__(self, verb, *args, **kwargs):
        return super().__call__(verb, "--dir", self.project.file, *args, **kwargs)


@pytest.fixture
def cook(tmp_path, request):
    return Cook(Aws(), Example(tmp_path, request.param))


def put_what_was_there(aws):
    """What the example of adoption takes over, not quite as its file has it."""
    aws("s3").create_bucket(Bucket=f"legacy-archive-{aws.account}")
    aws("sqs").create_queue(QueueName="legacy-orders", Attributes={"VisibilityTimeout": "30"})
    aws("logs").create_log_group(logGroupName="/legacy/audit")


@pytest.mark.parametrize("cook", EXAMPLES, indirect=True)
def test_example_lives_and_goes(cook):
    adopts = cook.project.file == "adopted-resources.yaml"
    if adopts:
        put_what_was_there(cook.aws)
    before = cook.aws.snapshot()
    cook("validate")
    if adopts:
        assert "--adopt" in cook("apply", "--yes", check=False).err
    cook("apply", "--yes", *(["--adopt"] if adopts else []))
    cook("plan", "--detailed-exitcode")
    assert cook.aws.snapshot() != before
    cook("destroy", "--yes", "--allow-loss", "all")
    assert set(cook.aws.snapshot()) == set(before), "what was there before, and nothing else"


@pytest.mark.parametrize("cook", ["s3-to-table"], indirect=True)
def test_an_object_becomes_items(cook):
    cook("apply", "--yes")
    bucket, table = f"orders-landing-dev-{cook.aws.account}", "orders-orders-dev"
    orders = [{"id": "1", "total": 12.5}, {"id": "2", "total": 3}]
    cook.aws("s3").put_object(Bucket=bucket, Key="orders/a b.json", Body=json.dumps(orders))
    wait_until(lambda: cook.aws("dynamodb").scan(TableName=table)["Count"] == 2)


def wait_until(holds, seconds=60):
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, f"not after {seconds} s"
        time.sleep(0.2)
