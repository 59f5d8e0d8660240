"""`watch --heal` takes away instances of what it watches that have expired, where the file lets it."""

import time

import pytest

from bench import Bench
from faults import Faulty, Refused, Rule
from harness import ENDPOINT, REGION
from snapshot import assert_same
from test_expires import LS, make_over
from test_lease import standing
from test_ls import instances
from watching import Watching

STACK = """\
stack: tiny
region: us-east-1
environments: { dev: {} }
naming: "tiny-${name}-${instance}"
heal: { expired: true }
queues: { a: { delay: 3s }, b: {} }
"""
APPLY = ["apply", "--yes"]


def beside(bench, instance, text=STACK, expires="3d"):
    """Makes an instance beside the watched one; the file is that one's again then."""
    bench.project.stack(f"instance: {instance}\n{text}")
    bench.calmly([*APPLY, "--expires", expires]).exits(0)
    bench.project.stack(STACK)


@pytest.fixture
def bench(tmp_path):
    """The watched instance stands for ever, one beside it for three days."""
    bench = Bench(tmp_path, STACK)
    bench.calmly(APPLY).exits(0)
    beside(bench, "pr42")
    return bench


def there(bench):
    return {whose[2] for whose in instances(bench.calmly(LS).exits(0)) if whose[:2] == ("tiny", "dev")}


def fates(watching, instance):
    return [event for event in watching.of("expired") if event["instance"] == instance]


def test_what_is_over_is_destroyed_and_told_and_the_rest_is_watched(bench):
    # Of another stack nothing goes, although it is over.
    beside(bench, "pr7", STACK.replace("tiny", "other"))
    make_over(bench, "other-a-pr7", "other-b-pr7")
    with Watching(bench.etlctl, "--heal") as watching:
        watching.until("started")
        watching.pass_looks(2)
        assert not watching.of("expired") and there(bench) == {"dev", "pr42"}, "its time has not come"
        make_over(bench, "tiny-a-pr42", "tiny-b-pr42")
        told = watching.until("expired")
        assert (told["outcome"], told["stack"], told["env"], told["instance"]) == ("taken", "tiny", "dev", "pr42")
        bench.aws("sqs").set_queue_attributes(QueueUrl=bench.aws.queue_url("tiny-a-dev"), Attributes={"DelaySeconds": "9"})
        watching.until("healed", "queue/a")
        watching.pass_looks(2)
        assert len(watching.of("expired")) == 1 and watching.figure("etlctl_watch_expired_total") == 1, str(watching)
        assert watching.end() == 0
    assert there(bench) == {"dev"}
    assert ("other", "dev", "pr7") in instances(bench.calmly(LS).exits(0))


@pytest.mark.parametrize("args, text", [([], STACK), (["--heal"], STACK.replace("heal: { expired: true }\n", ""))])
def test_nothing_goes_where_it_is_not_allowed(bench, args, text):
    bench.project.stack(text)
    make_over(bench, "tiny-a-pr42", "tiny-b-pr42")
    with Faulty(ENDPOINT) as proxy, Watching(bench.etlctl.through(proxy), *args) as watching:
        watching.until("started")
        watching.pass_looks(2)
        assert not proxy.writes and not watching.of("expired"), str(watching)
    assert there(bench) == {"dev", "pr42"}


def test_what_is_protected_or_partly_over_is_left_and_told_once(bench):
    make_over(bench, "tiny-a-pr42", "tiny-b-pr42")
    url = bench.aws.queue_url("tiny-b-pr42")
    bench.aws("sqs").tag_queue(QueueUrl=url, Tags={"etlctl:protect": "true"})
    before = bench.aws.snapshot()
    with Watching(bench.etlctl, "--heal") as watching:
        told = watching.until("expired")
        assert told["outcome"] == "left" and "protected" in told["why"], told
        watching.pass_looks(2)
        assert len(watching.of("expired")) == 1, str(watching)
        assert_same(before, bench.aws.snapshot())
        bench.aws("sqs").untag_queue(QueueUrl=url, TagKeys=["etlctl:protect", "etlctl:expires"])
        assert "not all of it carries the time" in watching.until("expired", number=2)["why"]
    assert there(bench) == {"dev", "pr42"}


def test_a_bucket_that_holds_something_stays_and_is_told(tmp_path):
    bench = Bench(tmp_path, STACK)
    name = f"tiny-raw-pr42-{bench.account}"
    beside(bench, "pr42", STACK + 'buckets: { raw: { name: "tiny-raw-${instance}-${aws.account}" } }\n', expires="1s")
    bench.aws("s3").put_object(Bucket=name, Key="a", Body=b"data")
    bench.calmly(APPLY).exits(0)
    time.sleep(1.1)
    before = bench.aws.snapshot()
    with Watching(bench.etlctl, "--heal") as watching:
        told = watching.until("expired")
        assert told["outcome"] == "failed" and "AWS deletes only what is empty" in told["error"], told
        assert "destroy --expired --empty" in told["hint"]
        watching.pass_looks(2)
        assert len(watching.of("expired")) == 1, str(watching)
        assert_same(before, bench.aws.snapshot())
        bench.aws("s3").delete_object(Bucket=name, Key="a")
        assert watching.until("expired", number=2)["outcome"] == "taken"
    assert there(bench) == {"dev"}


def test_the_watched_instance_goes_too_and_is_not_made_anew(tmp_path):
    bench = Bench(tmp_path, "lock: true\n" + STACK + "expires: 3d\n")
    bench.calmly(APPLY).exits(0)
    with Watching(bench.etlctl, "--heal", "--detailed-exitcode") as watching:
        watching.until("started")
        make_over(bench, "tiny-a-dev", "tiny-b-dev")
        assert watching.until("expired")["outcome"] == "taken"
        watching.pass_looks(3)
        assert not watching.of("healed") and not watching.of("drift") and len(watching.of("expired")) == 1, str(watching)
        assert there(bench) == set() and not standing(bench)
        # Who makes it again has it watched again.
        bench.calmly(APPLY).exits(0)
        watching.pass_looks(1)
        bench.aws("sqs").set_queue_attributes(QueueUrl=bench.aws.queue_url("tiny-a-dev"), Attributes={"DelaySeconds": "9"})
        watching.until("healed", "queue/a")
        assert watching.end() == 0


def test_a_watcher_makes_no_instance_that_it_would_take_away(tmp_path):
    bench = Bench(tmp_path, STACK)
    run = bench.calmly(["watch", "--heal", "--looks", "2", "--every", "1s", "--no-who"]).exits(0)
    assert run.out.count("nothing of tiny/dev/dev stands: an apply makes it") == 1, run
    assert there(bench) == set()


def test_nothing_goes_where_the_search_is_not_whole(bench):
    make_over(bench, "tiny-a-pr42", "tiny-b-pr42")
    before = bench.aws.snapshot()
    # A look lists no functions where there are none in its files.
    denied = Rule("lambda:ListFunctions", Refused(403, "AccessDeniedException", "no"), times=None)
    with Faulty(ENDPOINT, [denied]) as proxy, Watching(bench.etlctl.through(proxy), "--heal") as watching:
        told = watching.until("expired")
        assert told["outcome"] == "failed" and "AccessDenied" in told["error"], told
        watching.pass_looks(2)
        assert not proxy.writes and len(watching.of("expired")) == 1, f"told once: {watching}"
        # What may be over is told of, and not mended.
        bench.aws("sqs").set_queue_attributes(QueueUrl=bench.aws.queue_url("tiny-a-dev"), Attributes={"DelaySeconds": "9"})
        watching.until("drift", "queue/a")
        watching.pass_looks(2)
        assert not proxy.writes and not watching.of("healed"), str(watching)
        bench.aws("sqs").set_queue_attributes(QueueUrl=bench.aws.queue_url("tiny-a-dev"), Attributes={"DelaySeconds": "3"})
    assert_same(before, bench.aws.snapshot())


def test_the_rights_that_it_takes_are_printed(bench):
    policy = bench.calmly(["permissions", "--for", "watch"]).exits(0)
    actions = {action for statement in policy.json["Statement"] for action in [statement["Action"]] if isinstance(action, str)}
    actions |= {action for statement in policy.json["Statement"] if isinstance(statement["Action"], list) for action in statement["Action"]}
    assert {"cloudtrail:LookupEvents", "tag:GetResources", "iam:GetAccountAuthorizationDetails"} <= actions, policy
    policy.tells("--for destroy", f"instances in {REGION}")
