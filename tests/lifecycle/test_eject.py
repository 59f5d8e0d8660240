"""Eject takes marks off, and nothing else."""

import pytest

from bench import Bench
from snapshot import assert_same
from stacks import APPLY, HEAD
from test_from_marks import WHOSE
from test_ls import without_files

EJECT = ["eject", "--yes"]
STACK = HEAD + """\
queues: { dlq: { protect: true }, other: {} }
layers: { shared: { source: ../handlers/work } }
functions:
  work: { source: ../handlers/work, runtime: nodejs22.x, handler: index.handler, triggers: [{ schedule: rate(1 day) }] }
"""


@pytest.fixture
def bench(tmp_path):
    bench = Bench(tmp_path, STACK)
    bench.calmly(APPLY).exits(0)
    return bench


def unmarked(snapshot):
    """What stands, without what etlctl itself has written on it."""
    def strip(value):
        if isinstance(value, dict):
            return {key: strip(item) for key, item in value.items() if not str(key).startswith("etlctl:")}
        if isinstance(value, list):
            return [strip(item) for item in value
                    if not (isinstance(item, dict) and str(item.get("Key", item.get("key", ""))).startswith("etlctl:"))]
        return value
    return {address: strip(entry) for address, entry in snapshot.items()}


def tags(bench, queue):
    return bench.aws("sqs").list_queue_tags(QueueUrl=bench.aws.queue_url(queue)).get("Tags", {})


def test_marks_go_and_nothing_else_changes(bench):
    before = bench.aws.snapshot()
    run, proxy = bench.run([*EJECT, "queue/dlq"])
    run.exits(0).tells("take queue/dlq out of", "the next plan stops at it", "From now on nobody owns")
    assert {call.name for call in proxy.calls if call.writes} == {"sqs:UntagQueue"}
    assert not [key for key in tags(bench, "tiny-dlq") if key.startswith("etlctl:")]
    assert tags(bench, "tiny-other")
    assert_same(unmarked(before), unmarked(bench.aws.snapshot()))
    bench.calmly(["plan"]).exits(1).tells("queue/dlq (tiny-dlq) carries no mark")
    # Without it in the file nothing of it is planned, and the stack goes without it.
    bench.project.stack(STACK.replace("dlq: { protect: true }, ", ""))
    bench.calmly(["plan", "--detailed-exitcode"]).exits(0)
    bench.calmly(["destroy", "--yes"]).exits(0)
    (left,) = bench.aws("sqs").list_queues()["QueueUrls"]
    assert left.endswith("tiny-dlq")


def test_what_came_along_is_told(bench):
    run = bench.calmly([*EJECT, "function/work"]).exits(0)
    run.tells("log_group/work, role/work", "eject those too")
    bench.calmly([*EJECT, "log_group/work", "role/work"]).exits(0).tells("the next apply takes it over again")


def test_it_asks_first(bench):
    before = bench.aws.snapshot()
    bench.calmly(["eject", "queue/other"]).exits(64).tells("no terminal")
    said = bench.etlctl.on_terminal("eject", "queue/other", answers=["n"])
    assert "Eject from tiny" in said.out and "Nothing was changed." in said.out and said.code == 1, said
    assert_same(before, bench.aws.snapshot())
    assert bench.etlctl.on_terminal("eject", "queue/other", answers=["y"]).code == 0
    assert not tags(bench, "tiny-other")


def test_without_its_file_it_is_named_as_ls_names_it(bench):
    without_files(bench)
    bench.calmly([*EJECT, *WHOSE, "queue/tiny-other"]).exits(0)
    assert not tags(bench, "tiny-other")


@pytest.mark.parametrize("address, words", [
    ("layer/shared", ["cannot lose its mark", "which AWS never changes"]),
    ("schedule/work-schedule", ["cannot lose its mark", "marks of its group"]),
    ("queues/dlq", ["there is no kind `queues`", "queue"]),
    ("queue/nothing", ["queue/nothing"]),
    ("dlq", ["kind/name"]),
])
def test_what_cannot_be_ejected_is_refused(bench, address, words):
    before = bench.aws.snapshot()
    bench.calmly([*EJECT, address]).exits(64).tells(*words)
    # And nothing beside it is either.
    bench.calmly([*EJECT, "queue/other", address]).exits(64).tells(*words)
    assert_same(before, bench.aws.snapshot())


def test_what_is_not_there_or_not_ours_is_told(bench):
    bench.calmly([*EJECT, "queue/other"]).exits(0)
    bench.calmly([*EJECT, "queue/other"]).exits(64).tells("without this instance's mark: queue/other", "etlctl ls")
