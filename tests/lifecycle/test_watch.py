"""`etlctl watch`: drift by another client, found and mended, and nothing else written."""

import collections
import json
import random
import signal
import socket
import subprocess
import threading
import time

import pytest

import test_drift_functions
import test_drift_resources
from bench import Bench
from faults import Faulty, Refused, Rule
from harness import ENDPOINT, Aws, Etlctl, Project
from snapshot import assert_same
from test_lease import Held, standing
from watching import Watching

# Megabytes that a watcher may hold, and by which it may grow once it has done each kind of work.
MEMORY, GROWTH = 60, 4
STACK = """\
stack: tiny
region: us-east-1
environments: { dev: {} }
naming: "tiny-${name}"
queues: { dlq: { delay: 3s }, two: {} }
topics: { news: {} }
"""


def cases():
    """Drift of one resource that a cheap look sees, and that is no new one."""
    lists = [value for module in (test_drift_functions, test_drift_resources) for value in vars(module).values() if isinstance(value, list)]
    found = [case for rows in lists for case in rows if isinstance(case, test_drift_resources.Case)]
    unique = {str(case): case for case in found if not case.deep and not case.also and case.action == "update"}
    return [unique[name] for name in sorted(unique)]


def no_fight(cases):
    """Without those that would heal one field of a resource a fourth time."""
    heals, kept = collections.Counter(), []
    for case in cases:
        fields = [(case.address, path) for path in case.fields]
        if all(heals[field] < 3 for field in fields):
            heals.update(fields)
            kept.append(case)
    return kept


def drift_at_random(tmp_path, number, idle):
    aws = Aws()
    etlctl = Etlctl(aws, Project(tmp_path))
    etlctl.apply()
    baseline = aws.snapshot()
    chosen = no_fight(random.Random(14).sample(cases(), number))
    number = len(chosen)
    with Faulty(ENDPOINT) as proxy, Watching(etlctl.through(proxy), "--env", "dev", "--heal") as watching:
        watching.until("started")
        watching.pass_looks(idle)
        heaps = []
        for case in chosen:
            heaps.append(watching.heap)
            assert not proxy.writes, f"before {case}: {list(map(str, proxy.writes))}\n{watching}"
            before = len(watching.of("healed", case.address))
            looks = watching.looks
            case.mutate(aws)
            event = watching.until("healed", case.address, before + 1)
            needed = watching.looks - looks
            assert needed <= 2, f"{case} took {needed} looks\n{watching}"
            assert event["action"] == "update", event
            drift = watching.of("drift", case.address)[-1]
            watching.pass_looks(idle)
            # A mapping is named by a number of AWS's.
            strange = [str(call) for call in proxy.writes if drift["name"] not in call.text and "EventSourceMapping" not in call.operation]
            assert proxy.writes and not strange, f"{case}: {strange}\n{watching}"
            proxy.calls.clear()
        assert len(watching.of("drift")) == len(watching.of("healed")) == number, str(watching)
        assert watching.figure("etlctl_watch_heals_total") == number
        assert max(heaps) < MEMORY and heaps[-1] - heaps[number // 2] < GROWTH, heaps
        assert watching.end() == 0
    assert_same(baseline, aws.snapshot())


def test_random_drift_is_mended_within_two_looks_and_nothing_else_is_written(tmp_path):
    drift_at_random(tmp_path, number=14, idle=1)


@pytest.mark.long
def test_random_drift_of_every_kind_over_many_looks(tmp_path):
    drift_at_random(tmp_path, number=len(cases()), idle=1)


@pytest.fixture
def bench(tmp_path):
    bench = Bench(tmp_path, STACK)
    bench.calmly(["apply", "--yes"]).exits(0)
    return bench


def set_queue(bench, name="tiny-dlq", **attributes):
    bench.aws("sqs").set_queue_attributes(QueueUrl=bench.aws.queue_url(name), Attributes=attributes)


def delay_of(bench, name="tiny-dlq"):
    url = bench.aws.queue_url(name)
    return bench.aws("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["DelaySeconds"])["Attributes"]["DelaySeconds"]


def test_without_heal_drift_is_told_once_and_its_end_once_and_nothing_is_written(bench):
    with Faulty(ENDPOINT) as proxy, Watching(bench.etlctl.through(proxy), "--detailed-exitcode") as watching:
        watching.until("started")
        set_queue(bench, DelaySeconds="9")
        event = watching.until("drift", "queue/dlq")
        watching.pass_looks(2)
        assert len(watching.of("drift")) == 1, str(watching)
        expected = {"stack": "tiny", "env": "dev", "instance": "dev", "region": "us-east-1", "kind": "queue", "name": "tiny-dlq",
                    "action": "update", "fields": [{"path": "delay", "before": 9, "after": 3}], "heals": False, "who": None}
        assert {key: event[key] for key in expected} == expected
        assert event["left"] == [{"field": None, "why": "watch runs without --heal"}]
        # More of it is news, less of it is not.
        set_queue(bench, DelaySeconds="9", VisibilityTimeout="77")
        assert len(watching.until("drift", "queue/dlq", 2)["fields"]) == 2
        set_queue(bench, VisibilityTimeout="30")
        watching.pass_looks(2)
        assert watching.figure("etlctl_watch_drift") == 1
        set_queue(bench, DelaySeconds="3")
        watching.until("ended", "queue/dlq")
        assert (len(watching.of("drift")), len(watching.of("ended"))) == (2, 1), str(watching)
        set_queue(bench, DelaySeconds="4")
        watching.until("drift", "queue/dlq", 3)
        assert watching.end() == 2, "drift stands at the end"
        assert not proxy.writes, list(map(str, proxy.writes))
        assert watching.of("stopped")[0]["drift"] == 1


@pytest.mark.parametrize("args, code", [([], 0), (["--detailed-exitcode"], 2)])
def test_so_many_looks_and_the_exit_code_of_a_plan(bench, args, code):
    set_queue(bench, DelaySeconds="9")
    run = bench.calmly(["watch", "--looks", "2", "--every", "1s", "--no-who", *args]).exits(code)
    assert "drift queue/dlq (tiny · dev): it differs" in run.out and "~ delay: 9" in run.out, run
    assert run.out.count(" drift ") == 1
    bench.calmly(["watch", "--looks", "1", "--heal", "--detailed-exitcode", "--no-who"]).exits(0)
    assert delay_of(bench) == "3"


def test_what_is_gone_is_made_again(bench):
    with Watching(bench.etlctl, "--heal") as watching:
        watching.until("started")
        bench.aws("sns").delete_topic(TopicArn=bench.aws.arn("sns", "tiny-news"))
        assert watching.until("healed", "topic/news") | {"action": "create", "fields": []} == watching.of("healed")[0]
        assert watching.of("drift")[0]["action"] == "create" and watching.of("drift")[0]["fields"] == []
        assert watching.end(signal.SIGINT) == 0
    bench.calmly(["plan", "--detailed-exitcode"]).exits(0)


def test_a_field_that_somebody_keeps_changing_back_is_left_alone(bench):
    with Watching(bench.etlctl, "--heal") as watching:
        watching.until("started")
        for time_ in range(1, 4):
            set_queue(bench, DelaySeconds="9")
            watching.until("healed", "queue/dlq", time_)
        set_queue(bench, DelaySeconds="9", VisibilityTimeout="77")
        event = watching.until("left_alone", "queue/dlq")
        assert event["field"] == "delay" and 1700 < event["seconds"] <= 1800
        # The other field of the same queue is nobody's fight.
        assert watching.until("healed", "queue/dlq", 4)["fields"] == ["visibility_timeout"]
        watching.pass_looks(3)
        assert len(watching.of("healed")) == 4 and len(watching.of("left_alone")) == 1, str(watching)
        assert watching.figure("etlctl_watch_left_alone") == 1
        assert delay_of(bench) == "9"


@pytest.mark.long
def test_who_changes_it_back_before_it_is_read_back_is_seen_too(bench):
    """Somebody faster than the read-back: the heal fails each time, and counts."""
    with Faulty(ENDPOINT) as proxy:
        def undo(call):
            if call.name == "sqs:SetQueueAttributes":
                set_queue(bench, DelaySeconds="9")
        proxy.after = undo
        with Watching(bench.etlctl.through(proxy), "--heal") as watching:
            watching.until("started")
            set_queue(bench, DelaySeconds="9")
            event = watching.until("left_alone", "queue/dlq", timeout=300)
            assert event["field"] == "delay", event
            writes = [call for call in proxy.calls if call.name == "sqs:SetQueueAttributes"]
            assert len(writes) == 3, writes


POLICY = """\
heal:
  never: [queue/two, "topic", "queue:tags"]
"""


def test_the_file_says_what_is_never_healed(bench):
    bench.project.stack(STACK + POLICY)
    with Watching(bench.etlctl, "--heal") as watching:
        watching.until("started")
        for name in ("tiny-dlq", "tiny-two"):
            set_queue(bench, name, DelaySeconds="9")
            bench.aws("sqs").tag_queue(QueueUrl=bench.aws.queue_url(name), Tags={"Extra": "x"})
        bench.aws("sns").set_topic_attributes(TopicArn=bench.aws.arn("sns", "tiny-news"), AttributeName="DisplayName", AttributeValue="x")
        watching.until("drift", "topic/news")
        watching.until("healed", "queue/dlq")
        watching.pass_looks(2)
        assert {event["address"] for event in watching.of("healed")} == {"queue/dlq"}, str(watching)
        assert (delay_of(bench), delay_of(bench, "tiny-two")) == ("3", "9")
        tags = bench.aws("sqs").list_queue_tags(QueueUrl=bench.aws.queue_url("tiny-dlq"))["Tags"]
        assert tags["Extra"] == "x", "a field that is left keeps its value while others of its resource are mended"
        why = "the file says `heal: { never: [topic] }`"
        assert watching.of("drift", "topic/news")[-1]["left"] == [{"field": "display_name", "why": why}]


WORDS = """\
stack: tiny
region: us-east-1
environments: { dev: {} }
naming: "tiny-${name}"
heal: { never: ["queue:redrive.queue", "log_group:retention", "function:event_sources[queue: dlq].batch_size"] }
queues: { dlq: { delay: 3s }, two: { redrive: { queue: dlq, max_receives: 5 } } }
log_groups: { kept: { retention: 7d } }
functions:
  work:
    source: ../handlers/work
    runtime: nodejs22.x
    handler: index.handler
    role: { managed_policies: [service-role/AWSLambdaBasicExecutionRole, service-role/AWSLambdaSQSQueueExecutionRole] }
    event_sources: [{ queue: dlq, batch_size: 7, report_batch_item_failures: true }]
"""


@pytest.mark.parametrize("list_of_sources", ["event_sources", "triggers"])
def test_what_the_file_says_in_the_words_of_a_plan_is_never_healed(tmp_path, list_of_sources):
    bench = Bench(tmp_path, WORDS.replace("event_sources", list_of_sources))
    bench.calmly(["apply", "--yes"]).exits(0)
    other = bench.aws("sqs").create_queue(QueueName="other")["QueueUrl"]
    arn = bench.aws.arn("sqs", "other")
    mapping = bench.aws("lambda").list_event_source_mappings(FunctionName="tiny-work")["EventSourceMappings"][0]
    set_queue(bench, "tiny-two", RedrivePolicy=json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 9}))
    bench.aws("logs").put_retention_policy(logGroupName="tiny-kept", retentionInDays=30)
    bench.aws("lambda").update_event_source_mapping(UUID=mapping["UUID"], BatchSize=3, FunctionResponseTypes=[])
    with Watching(bench.etlctl, "--heal") as watching:
        assert watching.until("healed", "queue/two")["fields"] == ["redrive.max_receives"], str(watching)
        (field,) = watching.until("healed", "function/work")["fields"]
        assert field.endswith("report_batch_item_failures"), str(watching)
        watching.pass_looks(2)
        assert len(watching.of("healed")) == 2, str(watching)
        (left,) = watching.of("drift", "log_group/kept")[-1]["left"]
        assert left == {"field": "retention_days", "why": "the file says `heal: { never: [log_group:retention] }`"}
    attributes = bench.aws("sqs").get_queue_attributes(QueueUrl=bench.aws.queue_url("tiny-two"), AttributeNames=["RedrivePolicy"])["Attributes"]
    redrive = json.loads(attributes["RedrivePolicy"])
    assert (redrive["deadLetterTargetArn"], int(redrive["maxReceiveCount"])) == (arn, 5)
    assert bench.aws("lambda").get_event_source_mapping(UUID=mapping["UUID"])["BatchSize"] == 3
    bench.aws("sqs").delete_queue(QueueUrl=other)


def orphan(bench, text):
    """Applies a file with more in it, and takes that out again."""
    bench.project.stack(text)
    bench.calmly(["apply", "--yes"]).exits(0)
    bench.project.stack(STACK)


def test_a_bucket_that_is_not_empty_to_s3_is_never_pruned(bench):
    name = f"tiny-{bench.account}"
    orphan(bench, STACK + f"buckets: {{ raw: {{ name: {name}, versioning: true }} }}\n")
    bench.aws("s3").delete_object(Bucket=name, Key="gone")
    with Watching(bench.etlctl, "--heal") as watching:
        told = watching.until("drift", f"bucket/{name}")
        assert told["action"] == "delete" and not told["heals"] and told["left"][0]["why"].startswith("it holds data or is in use"), told
        watching.pass_looks(2)
        assert not watching.of("heal_failed") and not watching.of("healed"), str(watching)


def test_what_holds_data_is_never_pruned_and_what_holds_none_is(bench):
    orphan(bench, STACK + "log_groups: { empty: { retention: 7d } }\ntables: { t: { key: id } }\n")
    bench.aws("dynamodb").put_item(TableName="tiny-t", Item={"id": {"S": "x"}})
    with Watching(bench.etlctl, "--heal", "--detailed-exitcode") as watching:
        told = watching.until("drift", "table/tiny-t")
        assert told["action"] == "delete" and not told["heals"] and "item" in told["holds"], told
        assert told["left"][0]["why"].startswith("it holds data or is in use")
        watching.until("healed", "log_group/tiny-empty")
        watching.pass_looks(2)
        assert len(watching.of("healed")) == 1, str(watching)
        assert watching.end() == 2
    assert "tiny-t" in bench.aws("dynamodb").list_tables()["TableNames"]


def test_in_a_protected_environment_nothing_is_deleted_and_fields_are_mended(bench):
    protected = STACK.replace("dev: {}", "dev: { protected: true }")
    orphan(bench, STACK + "log_groups: { empty: { retention: 7d } }\n")
    bench.project.stack(protected)
    set_queue(bench, DelaySeconds="9")
    with Watching(bench.etlctl, "--heal") as watching:
        watching.until("healed", "queue/dlq")
        told = watching.until("drift", "log_group/tiny-empty")
        assert "the environment is protected" in told["left"][0]["why"], told
        watching.pass_looks(2)
        assert len(watching.of("healed")) == 1, str(watching)


def test_what_is_protected_or_not_ours_is_told_and_the_rest_is_mended(bench):
    orphan(bench, STACK + "log_groups: { kept: { retention: 7d, protect: true } }\n")
    url = bench.aws.queue_url("tiny-two")
    tags = bench.aws("sqs").list_queue_tags(QueueUrl=url)["Tags"]
    bench.aws("sqs").untag_queue(QueueUrl=url, TagKeys=list(tags))
    set_queue(bench, DelaySeconds="9")
    with Watching(bench.etlctl, "--heal") as watching:
        watching.until("healed", "queue/dlq")
        assert "it is protected (`protect: true`)" in watching.until("drift", "log_group/tiny-kept")["left"][0]["why"]
        assert watching.until("drift", "queue/two")["left"][0]["why"] == "it carries no mark: etlctl apply --adopt takes it over"
        watching.pass_looks(2)
        assert len(watching.of("healed")) == 1, str(watching)
        assert watching.ask("/healthz")[0] == 200, "that is drift, and no failure"


def test_nothing_is_healed_while_somebody_holds_the_lease(tmp_path):
    bench = Bench(tmp_path, STACK)
    bench.calmly(["apply", "--yes"]).exits(0)
    bench.project.stack("lock: true\n" + STACK)
    # The apply makes what is gone, and is held while it does.
    bench.aws("sns").delete_topic(TopicArn=bench.aws.arn("sns", "tiny-news"))
    with Held(bench, "sns:CreateTopic", ["apply", "--yes"]) as held:
        set_queue(bench, DelaySeconds="9")
        with Watching(bench.etlctl, "--heal") as watching:
            assert f"process {held.process.pid} " in watching.until("put_off")["holder"]
            watching.pass_looks(2)
            assert not watching.of("healed") and len(watching.of("put_off")) == 1, str(watching)
            assert delay_of(bench) == "9" and watching.figure("etlctl_watch_heals_put_off_total") >= 2
            held.go_on.set()
            assert held.process.wait(60) == 0
            watching.until("healed", "queue/dlq")
            assert watching.end() == 0
    assert not standing(bench), "nothing is left of a lease"


def test_files_that_changed_are_no_drift_and_wait_for_an_apply(bench):
    with Faulty(ENDPOINT) as proxy, Watching(bench.etlctl.through(proxy), "--heal", "--detailed-exitcode") as watching:
        watching.until("started")
        bench.project.stack(STACK.replace("delay: 3s", "delay: 5s"))
        event = watching.until("files_changed")
        assert event["addresses"] == ["queue/dlq"] and not event["heals"]
        # What the files did not touch is mended all the same; what they did is not, whoever changed it too.
        set_queue(bench, DelaySeconds="9")
        set_queue(bench, "tiny-two", DelaySeconds="9")
        watching.until("healed", "queue/two")
        watching.pass_looks(2)
        assert not watching.of("drift", "queue/dlq") and delay_of(bench) == "9", str(watching)
        assert watching.figure("etlctl_watch_pending") == 1
        bench.calmly(["apply", "--yes"]).exits(0)
        watching.pass_looks(2)
        set_queue(bench, DelaySeconds="9")
        watching.until("healed", "queue/dlq")
        assert delay_of(bench) == "5"
        assert watching.end() == 0


def test_a_drift_whose_files_changed_then_has_not_ended(bench):
    with Watching(bench.etlctl, "--detailed-exitcode") as watching:
        watching.until("started")
        set_queue(bench, DelaySeconds="9")
        watching.until("drift", "queue/dlq")
        bench.project.stack(STACK.replace("delay: 3s", "delay: 5s"))
        watching.until("files_changed")
        watching.pass_looks(2)
        assert not watching.of("ended"), f"it is 9 still\n{watching}"
        bench.calmly(["apply", "--yes"]).exits(0)
        watching.until("ended", "queue/dlq")
        assert watching.end() == 0


def test_what_leaves_the_files_is_not_deleted_before_an_apply_does_it(bench):
    with Faulty(ENDPOINT) as proxy, Watching(bench.etlctl.through(proxy), "--heal", "--detailed-exitcode") as watching:
        watching.until("started")
        bench.project.stack(STACK.replace(", two: {}", "").replace("news: {}", "other: {}"))
        assert set(watching.until("files_changed")["addresses"]) == {"queue/tiny-two", "topic/tiny-news", "topic/other"}
        watching.pass_looks(3)
        assert not proxy.writes and not watching.of("drift"), str(watching)
        assert watching.end() == 2


LATE = """\
stack: late
region: us-east-1
environments: { dev: {} }
naming: "late-${name}"
queues: { new: {} }
"""


def test_a_stack_that_comes_later_or_comes_back_changed_waits_for_an_apply(bench):
    late, first = bench.project.dir / "desired-state/late.yaml", bench.project.dir / "desired-state/stack.yaml"
    with Faulty(ENDPOINT) as proxy, Watching(bench.etlctl.through(proxy), "--heal", "--detailed-exitcode") as watching:
        watching.until("started")
        bench.project.write("desired-state/late.yaml", LATE)
        event = watching.until("files_changed")
        assert (event["stack"], event["addresses"], event["heals"]) == ("late", ["queue/new"], False)
        watching.pass_looks(2)
        assert not proxy.writes and not watching.of("drift"), str(watching)
        assert watching.figure("etlctl_watch_pending") == 1
        # An editor may take a file away before it writes it.
        away = first.with_suffix(".away")
        first.rename(away)
        watching.pass_looks(2)
        away.write_text(away.read_text().replace("two: {}", "two: {}, three: {}"))
        away.rename(first)
        assert watching.until("files_changed", number=2)["addresses"] == ["queue/three"]
        watching.pass_looks(2)
        assert not proxy.writes and not watching.of("drift"), str(watching)
        bench.calmly(["apply", "--yes", "--stack", "late"]).exits(0)
        watching.pass_looks(2)
        set_queue(bench, "late-new", DelaySeconds="9")
        watching.until("healed", "queue/new")
        assert watching.end() == 2, str(watching)
    assert (watching.of("stopped")[0]["drift"], watching.of("stopped")[0]["pending"]) == (0, 1), str(watching)
    late.unlink()


def test_a_file_that_leads_to_another_environment_is_a_stack_of_its_own(bench):
    two = STACK.replace("{ dev: {} }", "{ prod: {}, dev: {} }").replace("tiny-${name}", "tiny-${env}-${name}")
    first = two.replace("prod: {}, dev: {}", "dev: {}, prod: {}")
    bench.project.stack(two)
    bench.calmly(["apply", "--yes"]).exits(0)
    bench.project.stack(first)
    bench.calmly(["apply", "--yes"]).exits(0)
    set_queue(bench, "tiny-prod-dlq", DelaySeconds="9")
    set_queue(bench, "tiny-dev-two", DelaySeconds="9")
    with Faulty(ENDPOINT) as proxy, Watching(bench.etlctl.through(proxy), "--detailed-exitcode") as watching:
        watching.until("drift", "queue/two")
        bench.project.stack(two)
        event = watching.until("files_changed")
        assert (event["env"], set(event["addresses"])) == ("prod", {"queue/dlq"}), event
        watching.pass_looks(2)
        assert not proxy.writes and len(watching.of("drift")) == 1, str(watching)
        assert not watching.of("ended"), "in prod there was none"
        assert watching.end() == 2, str(watching)


def test_it_ends_at_once_while_it_delivers(bench):
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        with Watching(bench.etlctl, "--notify", f"http://127.0.0.1:{silent.getsockname()[1]}/x") as watching:
            watching.until("started")
            set_queue(bench, DelaySeconds="9")
            watching.until("drift", "queue/dlq")
            begun = time.monotonic()
            # What there is left to tell is tried once more, for as long as the webhook is waited for.
            assert watching.end() == 1, str(watching)
            assert time.monotonic() - begun < 14, "the delivery that was under way is left"


def test_on_change_looks_at_once_and_applies_what_the_files_changed(bench):
    with Watching(bench.etlctl, "--heal", "--on-change", every="1h") as watching:
        watching.until("started")
        bench.project.stack(STACK.replace("delay: 3s", "delay: 5s"))
        begun = time.monotonic()
        assert watching.until("files_changed", timeout=15)["heals"]
        assert watching.until("healed", "queue/dlq", timeout=15)["fields"] == ["delay"]
        assert time.monotonic() - begun < 15
        assert delay_of(bench) == "5"
        looks = watching.looks
        time.sleep(2)
        assert watching.looks == looks, "a look is no change of a file"


def test_a_commit_is_looked_at_at_once(bench):
    def git(*args):
        subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@b", *args], cwd=bench.project.dir, check=True, capture_output=True)

    git("init")
    git("commit", "--allow-empty", "-m", "one")
    with Watching(bench.etlctl, "--on-change", every="1h") as watching:
        watching.until("started")
        git("commit", "--allow-empty", "-m", "two")
        deadline = time.monotonic() + 15
        while watching.looks < 2:
            assert time.monotonic() < deadline, str(watching)
            time.sleep(0.1)


def test_no_look_with_files_that_are_invalid_and_none_of_old_ones(bench):
    with Faulty(ENDPOINT) as proxy, Watching(bench.etlctl.through(proxy), "--heal", "--detailed-exitcode") as watching:
        watching.until("started")
        bench.project.stack(STACK.replace("delay: 3s", "delay: 3h"))
        event = watching.until("look_failed")
        assert "E403" in event["findings"][0] and "stack.yaml:5:" in event["findings"][0], event
        set_queue(bench, DelaySeconds="9")
        proxy.calls.clear()
        watching.pass_looks(3)
        assert not proxy.calls and delay_of(bench) == "9"
        assert len(watching.of("look_failed")) == 1, "once a change"
        status, why = watching.ask("/healthz")
        assert status == 503 and "the desired state is invalid" in why
        bench.project.stack(STACK)
        watching.until("recovered")
        watching.until("healed", "queue/dlq")
        watching.pass_looks(1)
        assert watching.ask("/healthz")[0] == 200
        bench.project.stack("stack: [")
        watching.until("look_failed", number=2)
        assert watching.end() == 3


def test_no_look_where_the_files_are_gone(bench):
    folder = bench.project.dir / "desired-state"
    with Watching(bench.etlctl, "--heal") as watching:
        watching.until("started")
        folder.rename(folder.with_name("away"))
        watching.until("look_failed")
        set_queue(bench, DelaySeconds="9")
        watching.pass_looks(2)
        assert not watching.of("recovered") and delay_of(bench) == "9", f"by no files nothing is mended: {watching}"
        folder.with_name("away").rename(folder)
        watching.until("healed", "queue/dlq")
        watching.pass_looks(1)
        assert watching.end() == 0


def test_a_stack_that_cannot_be_read_hides_no_other(bench):
    bench.project.write("desired-state/other.yaml", STACK.replace("tiny", "other"))
    bench.calmly(["apply", "--yes"]).exits(0)
    denied = Rule("sqs:GetQueueAttributes", Refused(403, "AccessDenied", "not you"), about="other-dlq", times=None)
    with Faulty(ENDPOINT) as proxy, Watching(bench.etlctl.through(proxy), "--heal") as watching:
        watching.until("started")
        set_queue(bench, "other-dlq", DelaySeconds="9")
        watching.until("healed", "queue/dlq")
        proxy.rules.append(denied)
        failed = watching.until("look_failed")
        assert failed["stack"] == "other" and "AccessDenied" in failed["error"], failed
        set_queue(bench, DelaySeconds="9")
        assert watching.until("healed", "queue/dlq", number=2)["stack"] == "tiny"
        status, why = watching.ask("/healthz")
        assert status == 503 and "other: " in why, why
        assert not watching.of("ended") and not watching.of("recovered"), watching
        proxy.rules.clear()
        assert watching.until("recovered")["stack"] == "other"
        watching.pass_looks(1)
        assert watching.ask("/healthz")[0] == 200
        assert watching.end() == 0


def test_a_look_that_fails_is_told_and_is_not_no_drift_and_the_next_one_comes_later(bench):
    with Faulty(ENDPOINT) as proxy, Watching(bench.etlctl.through(proxy), "--detailed-exitcode") as watching:
        watching.until("started")
        set_queue(bench, DelaySeconds="9")
        watching.until("drift", "queue/dlq")
        proxy.rules.append(Rule("sqs:GetQueueAttributes", Refused(403, "AccessDenied", "not you"), times=None))
        event = watching.until("look_failed")
        assert "AccessDenied" in event["error"] and event["next_look_seconds"] == 2
        assert watching.until("look_failed", number=2)["next_look_seconds"] == 4
        assert not watching.of("ended"), "what cannot be seen is not gone"
        assert watching.ask("/healthz")[0] == 503 and watching.figure("etlctl_watch_up") == 0
        proxy.rules.clear()
        watching.until("recovered")
        assert watching.figure("etlctl_watch_looks_failed_total") >= 2
        watching.pass_looks(1)
        assert len(watching.of("drift")) == 1 and watching.end() == 2


def test_a_failed_look_is_what_the_exit_code_says(bench):
    rules = [Rule("sqs:GetQueueAttributes", Refused(403, "AccessDenied", "not you"), times=None)]
    run, _ = bench.run(["watch", "--looks", "1", "--detailed-exitcode", "--no-who"], rules)
    run.exits(1)
    assert "failed no look" in run.out, run


def test_files_that_are_wrong_from_the_begin_are_for_who_began_it(bench):
    bench.project.stack(STACK + "heal: { never: [tabel] }\n")
    run = bench.calmly(["watch", "--looks", "5", "--every", "1s"]).exits(3)
    assert "E901" in run.err and "did you mean `table`" in run.err, run


def test_a_heal_that_fails_is_told_once_and_tried_again(bench):
    set_queue(bench, DelaySeconds="9")
    rules = [Rule("sqs:SetQueueAttributes", Refused(400, "InvalidAttributeValue", "no such delay"), times=None)]
    with Faulty(ENDPOINT, rules) as proxy, Watching(bench.etlctl.through(proxy), "--heal") as watching:
        assert "no such delay" in watching.until("heal_failed", "queue/dlq")["error"]
        watching.pass_looks(2)
        assert len(watching.of("heal_failed")) == 1 and watching.figure("etlctl_watch_heals_failed_total") >= 2, str(watching)
        proxy.rules.clear()
        watching.until("healed", "queue/dlq")
        assert watching.end() == 0


def test_it_ends_when_a_heal_has_finished_its_calls(bench):
    set_queue(bench, DelaySeconds="9")
    with Faulty(ENDPOINT) as proxy:
        def interrupt(call):
            if call.name == "sqs:SetQueueAttributes":
                watching.process.send_signal(signal.SIGTERM)
                time.sleep(1)
        proxy.before = interrupt
        with Watching(bench.etlctl.through(proxy), "--heal") as watching:
            assert watching.process.wait(30) == 0, str(watching)
    assert delay_of(bench) == "3"
    assert any("calls in flight are finished" in line for line in watching.err), watching.err


FUNCTION = """\
stack: tiny
region: us-east-1
environments: { dev: {} }
naming: "tiny-${name}"
heal: { never: ["function:code", "function:environment.LEVEL"] }
functions:
  work:
    source: ../handlers/work
    runtime: nodejs22.x
    handler: index.handler
    environment: { LEVEL: info, MODE: fast }
"""


def test_parts_of_a_function_are_left_while_others_are_mended(tmp_path):
    bench = Bench(tmp_path, FUNCTION)
    bench.calmly(["apply", "--yes"]).exits(0)
    client = bench.aws("lambda")
    before = client.get_function_configuration(FunctionName="tiny-work")["CodeSha256"]
    client.update_function_configuration(
        FunctionName="tiny-work", MemorySize=512, Environment={"Variables": {"LEVEL": "debug", "MODE": "slow", "MORE": "x"}})
    with Faulty(ENDPOINT) as proxy, Watching(bench.etlctl.through(proxy), "--heal") as watching:
        assert set(watching.until("healed", "function/work")["fields"]) == {"memory", "environment.MODE", "environment.MORE"}
        bench.project.write("handlers/work/index.js", "exports.handler = async () => 'another';\n")
        client.update_function_configuration(FunctionName="tiny-work", Timeout=77)
        watching.until("files_changed")
        watching.pass_looks(2)
        assert not proxy.count("lambda:UpdateFunctionCode"), str(watching)
    found = client.get_function_configuration(FunctionName="tiny-work")
    assert (found["MemorySize"], found["CodeSha256"]) == (128, before), found
    assert found["Environment"]["Variables"] == {"LEVEL": "debug", "MODE": "fast"}


def test_code_that_nobody_recorded_is_not_sent_where_it_is_left(tmp_path):
    bench = Bench(tmp_path, FUNCTION)
    bench.calmly(["apply", "--yes"]).exits(0)
    client, arn = bench.aws("lambda"), bench.aws.arn("lambda", "function:tiny-work")
    client.untag_resource(Resource=arn, TagKeys=["etlctl:artifact"])
    bench.project.write("handlers/work/index.js", "exports.handler = async () => 'another';\n")
    client.update_function_configuration(FunctionName="tiny-work", MemorySize=512)
    with Faulty(ENDPOINT) as proxy, Watching(bench.etlctl.through(proxy), "--heal") as watching:
        assert watching.until("healed", "function/work")["fields"] == ["memory"]
        assert "code" in [left["field"] for left in watching.of("drift")[0]["left"]]
        watching.pass_looks(2)
        assert not proxy.count("lambda:UpdateFunctionCode") and len(watching.of("healed")) == 1, str(watching)


def test_a_deep_look_sees_more_and_what_it_saw_stands_until_the_next(tmp_path):
    bench = Bench(tmp_path, FUNCTION)
    bench.calmly(["apply", "--yes"]).exits(0)
    bench.aws("lambda").create_alias(FunctionName="tiny-work", Name="by-hand", FunctionVersion="$LATEST")
    with Watching(bench.etlctl, "--deep-every", "4s") as watching:
        watching.until("started")
        event = watching.until("drift", "function/work")
        assert [field["path"] for field in event["fields"]] == ["aliases.by-hand"], event
        watching.pass_looks(2)
        assert len(watching.of("drift")) == 1 and not watching.of("ended"), str(watching)
        bench.aws("lambda").delete_alias(FunctionName="tiny-work", Name="by-hand")
        watching.until("ended", "function/work")


def test_the_second_signal_leaves_at_once(bench):
    set_queue(bench, DelaySeconds="9")
    reached = threading.Event()
    with Faulty(ENDPOINT) as proxy:
        def hold(call):
            if call.name == "sqs:SetQueueAttributes":
                reached.set()
                proxy.over.wait(30)
        proxy.before = hold
        with Watching(bench.etlctl.through(proxy), "--heal") as watching:
            assert reached.wait(30)
            watching.process.send_signal(signal.SIGTERM)
            time.sleep(1)
            assert watching.process.poll() is None, "the call in flight is waited for"
            assert watching.end() == 130


def test_it_ends_when_its_time_is_up(bench):
    run = bench.calmly(["watch", "--every", "1s", "--timeout", "3s", "--no-who"]).exits(0)
    assert "stopped it was told to end" in run.out, run


def test_only_this_machine_may_ask(bench):
    run = bench.calmly(["watch", "--looks", "1", "--listen", "0.0.0.0:0"]).exits(64)
    run.tells("other machines reach this address", "--listen-anywhere")
    bench.calmly(["watch", "--looks", "1", "--no-who", "--listen", "0.0.0.0:0", "--listen-anywhere"]).exits(0).tells("Listening on http://0.0.0.0:")
    with Watching(bench.etlctl) as watching:
        watching.until("started")
        assert watching.ask("/other")[0] == 404
