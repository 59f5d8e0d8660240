"""Instances expire: all that takes tags carries the time from its create call on, a plan keeps it, and
`destroy --expired` takes what is over, and nothing else."""

import datetime
import json
import signal
import time

import pytest

from bench import Bench
from faults import Altered, Faulty, Refused, Rule, Slow
from harness import ENDPOINT, REGION
from snapshot import assert_same
from stacks import APPLY, HEAD
from test_ls import ALL, instances, without_files

PLAN = ["plan", "--detailed-exitcode"]
LS = ["ls", "--format", "json", "--region", REGION]
EXPIRED = ["destroy", "--expired", "--yes", "--region", REGION]
QUEUES = HEAD + "expires: 3d\nqueues: { a: {}, b: {} }\nroles: { worker: {} }\n"


def tag(bench, queue):
    tags = bench.aws("sqs").list_queue_tags(QueueUrl=bench.aws.queue_url(queue)).get("Tags", {})
    return tags.get("etlctl:expires")


def moment(text):
    return datetime.datetime.fromisoformat(text.split(" ")[0]).timestamp()


def in_days(text):
    return round((moment(text) - time.time()) / 86_400, 2)


def make_over(bench, *queues):
    """As if the time had gone by."""
    for queue in queues:
        wish = tag(bench, queue).split(" ")[1:]
        bench.aws("sqs").tag_queue(QueueUrl=bench.aws.queue_url(queue), Tags={"etlctl:expires": " ".join(["2020-01-01T00:00:00Z", *wish])})


def only_instance(bench):
    (one,) = instances(bench.calmly(LS).exits(0)).values()
    return one


def test_every_kind_carries_the_time_in_its_create_call(tmp_path):
    bench = Bench(tmp_path, ALL.replace("{ protect: true }", "{}") + "expires: 2h\n")
    made = []
    run, proxy = bench.run(APPLY)
    run.exits(0)
    for call in proxy.calls:
        if call.operation.startswith(("Create", "PutMetricAlarm", "PutRule")) and call.operation != "CreateAlias":
            made.append((call.name, "etlctl:expires" in call.text or "etlctl%3Aexpires" in call.text))
    bare = {name for name, carries in made if not carries}
    # A schedule takes no tags: its group has them.
    assert bare == {"scheduler:CreateSchedule"}, bare
    one = only_instance(bench)
    assert not one["is_expired"] and abs(moment(one["expires"]) - time.time() - 7200) < 200
    bench.calmly(PLAN).exits(0)
    text = bench.calmly(["ls", "--region", REGION]).out
    assert "expires 2" in text and "(119 minutes from now)" in text, text


def test_a_plan_keeps_the_time_while_the_file_asks_for_the_same(tmp_path):
    bench = Bench(tmp_path, QUEUES)
    bench.calmly(APPLY).exits(0)
    first = tag(bench, "tiny-a")
    assert first == tag(bench, "tiny-b") and first.endswith("Z 3d") and in_days(first) == 3.0
    time.sleep(1.1)
    bench.calmly(PLAN).exits(0)
    # What comes later has the instance's time, not one of its own.
    bench.project.stack(QUEUES.replace("b: {}", "b: {}, c: {}"))
    bench.calmly(APPLY).exits(0)
    assert {tag(bench, queue) for queue in ("tiny-a", "tiny-b", "tiny-c")} == {first}
    # Another wish is another time.
    bench.project.stack(QUEUES.replace("expires: 3d", "expires: 5d"))
    bench.calmly(APPLY).exits(0)
    assert in_days(tag(bench, "tiny-a")) == 5.0 and tag(bench, "tiny-a").endswith(" 5d")
    bench.calmly(PLAN).exits(0)
    bench.project.stack(QUEUES.replace("expires: 3d\n", ""))
    bench.calmly(APPLY).exits(0)
    assert tag(bench, "tiny-a") is None and only_instance(bench)["expires"] is None
    # One environment may have its own.
    bench.project.stack(QUEUES.replace("dev: {}", "dev: { expires: 1d }"))
    bench.calmly(APPLY).exits(0)
    assert tag(bench, "tiny-a").endswith(" 1d")


def test_the_command_line_renews_and_its_time_stays(tmp_path):
    bench = Bench(tmp_path, QUEUES)
    bench.calmly(APPLY).exits(0)
    bench.calmly([*APPLY, "--expires", "10d"]).exits(0)
    assert in_days(tag(bench, "tiny-a")) == 10.0 and tag(bench, "tiny-b").endswith(" 3d")
    bench.calmly(PLAN).exits(0)
    # Also of a file that asks for nothing.
    bench.project.stack(QUEUES.replace("expires: 3d\n", ""))
    bench.calmly([*APPLY, "--expires", "2d"]).exits(0)
    assert in_days(tag(bench, "tiny-a")) == 2.0 and tag(bench, "tiny-a").endswith("Z")
    bench.calmly(PLAN).exits(0)
    bench.calmly([*APPLY, "--expires", "never"]).exits(0)
    assert tag(bench, "tiny-a") is None
    bench.calmly(PLAN).exits(0)


def test_a_saved_plan_sets_the_time_that_was_looked_at(tmp_path):
    bench = Bench(tmp_path, QUEUES)
    bench.calmly(["plan", "--out", "p", "--expires", "7d"]).exits(0)
    planned = time.time()
    time.sleep(2.1)
    bench.calmly(["apply", "p", "--expires", "6d"]).exits(64).tells("--expires 6d", "it has 7d")
    bench.calmly(["apply", "p"]).exits(0)
    assert moment(tag(bench, "tiny-a")) <= planned + 7 * 86_400


@pytest.mark.parametrize("stack, args, words", [
    (QUEUES.replace("dev: {}", "dev: { protected: true }").replace("expires: 3d\n", ""), ["--expires", "3d"], ["is protected"]),
    (QUEUES, ["--expires", "never"], ["asks for `expires: 3d`"]),
    (QUEUES, ["--expires", "0s"], ["expires at once"]),
    (QUEUES, ["--expires", "soon"], ["is not a duration"]),
])
def test_what_cannot_expire_is_refused_before_any_call(tmp_path, stack, args, words):
    bench = Bench(tmp_path, stack)
    run, proxy = bench.run([*APPLY, *args])
    run.exits(64).tells(*words)
    assert not proxy.calls


def test_what_is_over_goes_without_its_file_and_the_rest_stays(tmp_path):
    bench = Bench(tmp_path, ALL.replace("{ protect: true }", "{}").replace("dev: {}", "dev: { expires: 1s }"))
    bench.calmly(APPLY).exits(0)
    bench.project.stack(QUEUES.replace("stack: tiny", "stack: other"))
    bench.calmly(APPLY).exits(0)
    bench.project.stack(HEAD.replace("tiny", "endless") + "queues: { q: {} }\n")
    bench.calmly(APPLY).exits(0)
    without_files(bench)
    listed = instances(bench.calmly(LS).exits(0))
    assert [whose for whose, one in listed.items() if one["is_expired"]] == [("tiny", "dev", "one")]
    assert "expired 2" in bench.calmly(["ls", "--region", REGION]).out
    narrowed = bench.calmly([*EXPIRED, "--stack", "other"]).exits(0)
    narrowed.tells("Nothing in us-east-1 has expired.")
    before = bench.aws.snapshot()
    bench.calmly(["destroy", "--expired", "--region", REGION]).exits(64).tells("no terminal")
    assert_same(before, bench.aws.snapshot())
    bench.calmly(EXPIRED).exits(0)
    assert set(instances(bench.calmly(LS).exits(0))) == {("other", "dev", "dev"), ("endless", "dev", "dev")}
    assert not bench.aws("lambda").list_functions()["Functions"] and not bench.aws("s3").list_buckets()["Buckets"]
    bench.calmly(EXPIRED).exits(0).tells("has expired.")


def test_a_plan_says_that_the_instance_is_over_and_keeps_the_time(tmp_path):
    bench = Bench(tmp_path, QUEUES)
    bench.calmly(APPLY).exits(0)
    make_over(bench, "tiny-a", "tiny-b")
    bench.aws("iam").tag_role(RoleName="tiny-worker", Tags=[{"Key": "etlctl:expires", "Value": "2020-01-01T00:00:00Z 3d"}])
    run = bench.calmly(PLAN).exits(0)
    assert "This instance expired at 2020-01-01T00:00:00Z." in run.out, run


@pytest.mark.parametrize("why", ["protected", "partly", "unreadable", "file"])
def test_what_may_not_be_over_is_left_and_told(tmp_path, why):
    bench = Bench(tmp_path, HEAD + "expires: 3d\nqueues: { a: {}, b: {} }\n")
    bench.calmly(APPLY).exits(0)
    make_over(bench, "tiny-a", "tiny-b")
    url = bench.aws.queue_url("tiny-b")
    words = {"protected": "holds what is protected", "partly": "not all of it carries the time", "unreadable": "which is no time",
             "file": "its file says that the environment is protected"}[why]
    if why == "protected":
        bench.aws("sqs").tag_queue(QueueUrl=url, Tags={"etlctl:protect": "true"})
    elif why == "partly":
        bench.aws("sqs").untag_queue(QueueUrl=url, TagKeys=["etlctl:expires"])
    elif why == "unreadable":
        bench.aws("sqs").tag_queue(QueueUrl=url, Tags={"etlctl:expires": "soon"})
    else:
        bench.project.stack(HEAD.replace("dev: {}", "dev: { protected: true }") + "queues: { a: {}, b: {} }\n")
    before = bench.aws.snapshot()
    bench.calmly(EXPIRED).exits(0).tells("tiny/dev/dev is left alone", words, "Nothing in us-east-1 has expired.")
    assert_same(before, bench.aws.snapshot())


def test_one_that_was_renewed_since_the_search_is_not_destroyed(tmp_path):
    """The search of AWS lags: what it tells of a tag may be an hour old."""
    bench = Bench(tmp_path, HEAD + "expires: 3d\nqueues: { a: {} }\n")
    bench.calmly(APPLY).exits(0)
    before = bench.aws.snapshot()

    def old(answer):
        for found in answer["ResourceTagMappingList"]:
            for one in found["Tags"]:
                if one["Key"] == "etlctl:expires":
                    one["Value"] = "2020-01-01T00:00:00Z 3d"
        return answer

    run, _ = bench.run(EXPIRED, [Rule("tag:GetResources", Altered(old), times=None)])
    run.exits(5).tells("tiny/dev/dev was renewed after it was found", "nothing was changed", "`etlctl ls`")
    assert "--out" not in run.err, "there is no plan to save"
    assert_same(before, bench.aws.snapshot())


def test_nothing_is_destroyed_where_the_search_is_not_whole(tmp_path):
    bench = Bench(tmp_path, HEAD + "expires: 3d\nqueues: { a: {} }\n")
    bench.calmly(APPLY).exits(0)
    make_over(bench, "tiny-a")
    before = bench.aws.snapshot()
    denied = Rule("iam:GetAccountAuthorizationDetails", Refused(403, "AccessDenied", "no"), times=None)
    run, _ = bench.run(EXPIRED, [denied])
    run.exits(1).tells("not all could be searched", "role: iam:GetAccountAuthorizationDetails", "nothing was destroyed")
    assert "listed above" not in run.err, run
    run, _ = bench.run([*EXPIRED, "--format", "json"], [denied])
    error = json.loads(run.exits(1).out.splitlines()[-1])["error"]
    assert "not all could be searched" in error["message"] and "AccessDenied" in error["details"][0] and "nothing was destroyed" in error["hint"]
    assert_same(before, bench.aws.snapshot())


NAMES = ("aa", "bb", "cc")


def three_over(tmp_path):
    """Three stacks of a queue each, whose files are gone."""
    bench = Bench(tmp_path, HEAD + "queues: {}\n")
    for name in NAMES:
        bench.project.stack(HEAD.replace("tiny", name) + "expires: 1s\nqueues: { q: {} }\n")
        bench.calmly(APPLY).exits(0)
    without_files(bench)
    time.sleep(1.5)
    return bench


def there(bench):
    return sorted(url.split("/")[-1] for url in bench.aws("sqs").list_queues().get("QueueUrls", []))


def told_to_end(bench, rule, until, signal_, after):
    """Says it while `until` is in flight; what the run told, and its exit code."""
    with Faulty(ENDPOINT, [rule]) as proxy:
        process = bench.etlctl.through(proxy).start(*EXPIRED)
        deadline = time.monotonic() + 20
        while not any(until in str(call) + call.text for call in list(proxy.calls)) and time.monotonic() < deadline:
            time.sleep(0.05)
        time.sleep(after)
        process.send_signal(signal_)
        _, err = process.communicate(timeout=40)
    return process.returncode, err


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_who_is_told_to_end_between_two_instances_destroys_no_more(tmp_path, how):
    bench = three_over(tmp_path)
    slow = Rule("sqs:GetQueueAttributes", Slow(3), about="bb-q", times=None)
    # It is read for the plan of the second when the first is gone.
    code, err = told_to_end(bench, slow, "bb-q", how, after=1)
    assert (code, there(bench)) == (130, ["bb-q", "cc-q"]), err


def test_who_is_told_to_end_while_one_is_destroyed_ends_that_one(tmp_path):
    bench = three_over(tmp_path)
    slow = Rule("sqs:DeleteQueue", Slow(2), about="aa-q", times=None)
    code, err = told_to_end(bench, slow, "DeleteQueue", signal.SIGINT, after=0.3)
    assert (code, there(bench)) == (130, ["bb-q", "cc-q"]), err
    assert "Stopping: calls in flight are finished" in err and "not begun: bb/dev/dev: interrupted" in err and "not begun: cc/dev/dev" in err


def test_a_time_that_is_up_between_two_instances_is_a_part(tmp_path):
    bench = three_over(tmp_path)
    slow = Rule("sqs:GetQueueAttributes", Slow(20), about="bb-q", times=None)
    run, _ = bench.run([*EXPIRED, "--timeout", "4s"], [slow])
    run.exits(6).tells("not finished within 4 s", "what stands above was done")
    assert "nothing was changed" not in run.err and there(bench) == ["bb-q", "cc-q"], run


def test_one_that_cannot_go_does_not_keep_the_others(tmp_path):
    bench = Bench(tmp_path, HEAD.replace("tiny", "full") + 'expires: 1s\nbuckets: { raw: { name: "raw-${aws.account}" } }\n')
    bench.calmly(APPLY).exits(0)
    bench.aws("s3").put_object(Bucket=f"raw-{bench.account}", Key="a", Body=b"data")
    bench.project.stack(HEAD + "expires: 1s\nqueues: { a: {} }\n")
    bench.calmly(APPLY).exits(0)
    without_files(bench)
    time.sleep(1.1)
    # The full bucket is not emptied unasked; what was destroyed beside it makes it 6.
    bench.calmly(EXPIRED).exits(6).tells("AWS deletes only what is empty", "--empty")
    assert set(instances(bench.calmly(LS).exits(0))) == {("full", "dev", "dev")}
    bench.calmly([*EXPIRED, "--empty"]).exits(0)
    assert instances(bench.calmly(LS).exits(0)) == {}


def test_one_instance_is_not_named_with_expired(tmp_path):
    """What is named and not heeded would be every instance."""
    bench = Bench(tmp_path, QUEUES)
    bench.calmly(APPLY).exits(0)
    make_over(bench, "tiny-a", "tiny-b")
    before = bench.aws.snapshot()
    bench.calmly([*EXPIRED, "--instance", "pr7"]).exits(64).tells("--instance")
    assert_same(before, bench.aws.snapshot())


@pytest.mark.parametrize("lock", [True, False], ids=["locked", "not locked"])
def test_the_lease_that_the_file_wants_is_held(tmp_path, lock):
    bench = Bench(tmp_path, HEAD + "expires: 3d\nqueues: { a: {}, b: {} }\n" + "lock: true\n" * lock)
    bench.calmly(APPLY).exits(0)
    make_over(bench, "tiny-a", "tiny-b")
    run, proxy = bench.run(EXPIRED)
    run.exits(0)
    assert ("CreateLogGroup" in {call.operation for call in proxy.writes}) == lock, run
