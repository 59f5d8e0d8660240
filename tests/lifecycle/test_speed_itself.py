"""The measures of `make bench` and of test_speed themselves: each is shown to
tell what is right from what has become worse."""

import json
import sys
import threading
import time
from types import SimpleNamespace

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

import chains
import goals
import growth
import many
import shapes
import tables
from answers import CBOR
from client import ENDPOINT_KINDS, Client, took
from faults import Altered, Faulty, Rule
from goals import Goal, missed
from harness import LOCAL, REGION, Aws, Etlctl, Project, binary
from like_world import archive
from one_stack import Live
from proxy import Call
from quotas import QUOTAS, Bucket, Gate, Quota, fullest
from refusals import throttle
from samples import sample
from slow_aws import SlowAws, refused
from tables import Measured
from test_speed import DELAY, HELD, over


class Clock:
    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


# --- quotas -----------------------------------------------------------------


def sent(per_second, seconds, burst=0):
    """How many of these calls a bucket of three a second lets pass: a burst, and then one after the other."""
    clock = Clock()
    bucket = Bucket(3, clock)
    passed = [bucket.take() for _ in range(burst)]
    for number in range(int(seconds * per_second)):
        clock.now = (number + 1) / per_second
        passed.append(bucket.take())
    return passed


def test_a_bucket_gives_a_second_at_once_and_then_the_rate():
    assert sent(3, 20) == [True] * 60
    assert sent(3, 1, burst=5)[:5] == [True] * 3 + [False] * 2


def test_a_pace_of_twice_the_rate_is_throttled_and_misses_its_goal():
    passed = sent(6, 20)
    assert sum(passed) == pytest.approx(3 + 3 * 20, abs=1)
    share = 100 * passed.count(False) / len(passed)
    assert share > 40
    throttled = [goal for goal in goals.many(100) if goal.key == "throttled"]
    assert missed(throttled, {"throttled": share}) == throttled and not missed(throttled, {"throttled": 0.5})


def test_an_apply_at_twice_the_rate_misses_the_goal_of_throttled_calls(tmp_path):
    """And at AWS's own it does not: the same stack, through the same quotas."""
    rates = tmp_path / "twice.json"
    rates.write_text(json.dumps([
        {"operations": pattern, "per_second": 2 * quota.per_second} for quota in QUOTAS for pattern in quota.operations]))
    shares = {}
    for pace in ("aws", str(rates)):
        with SlowAws(LOCAL, 0, QUOTAS) as slow:
            etlctl = Etlctl(Aws(), shapes.many(tmp_path / f"paced-{len(shares)}", 20), slow.url)
            applied = sample(Client(etlctl, pace=pace), slow, "apply", "--env", "dev", "--yes")
        shares[pace] = {"throttled": 100 * applied.throttled / applied.count}
    throttled = tuple(goal for goal in goals.many(100) if goal.key == "throttled")
    assert missed(throttled, shares[str(rates)]) and not missed(throttled, shares["aws"]), shares


def test_operations_of_one_quota_share_its_bucket_and_others_do_not():
    clock = Clock()
    gate = Gate(QUOTAS, clock)
    mixed = ["lambda:ListAliases", "lambda:CreateFunction", "lambda:PutFunctionConcurrency"] * 6
    assert [gate.passes(each) for each in mixed].count(True) == 15
    assert sum(gate.passes("lambda:GetFunction") for _ in range(120)) == 100
    assert sum(gate.passes("lambda:GetPolicy") for _ in range(20)) == 15
    assert all(gate.passes("sqs:GetQueueAttributes") for _ in range(500))
    gate.fill()
    assert gate.passes("lambda:ListAliases")


def test_the_fullest_quota_is_that_which_takes_longest():
    calls = ["lambda:GetFunction"] * 100 + ["cloudwatch:PutMetricAlarm"] * 67 + ["iam:CreateRole"] * 300 + ["sqs:CreateQueue"] * 999
    assert fullest(calls) == ("cloudwatch:PutMetricAlarm 3/s", pytest.approx(67 / 3))
    assert fullest(["sqs:CreateQueue"]) == ("none", 0.0)


NONE_AT_ALL = (Quota(("*",), 0),)
CALLS = {"lambda": "list_functions", "iam": "list_roles", "sns": "list_topics", "sqs": "list_queues", "logs": "describe_log_groups",
         "cloudwatch": "describe_alarms", "sts": "get_caller_identity", "resourcegroupstaggingapi": "get_resources"}


@pytest.mark.parametrize("service", CALLS)
def test_a_throttle_is_one_to_a_client_of_its_service(aws, service):
    with SlowAws(LOCAL, 0, NONE_AT_ALL) as slow:
        client = boto3.client(
            service, region_name=REGION, endpoint_url=slow.url, aws_access_key_id=aws.account, aws_secret_access_key="test",
            config=Config(retries={"total_max_attempts": 1}))
        with pytest.raises(ClientError, match="Rate exceeded") as caught:
            getattr(client, CALLS[service])()
    assert "Thrott" in caught.value.response["Error"]["Code"] or "TooManyRequests" in caught.value.response["Error"]["Code"]
    assert [call.throttled for call in slow.calls] == [True]


def test_cloudwatch_throttles_in_what_it_was_asked_in():
    """CBOR of Rust's SDK, JSON of boto3's."""
    call = Call("cloudwatch", "DescribeAlarms", 0)
    cbor = SimpleNamespace(path="/service/GraniteServiceVersion20100801/operation/DescribeAlarms", headers={"Content-Type": CBOR})
    plain = SimpleNamespace(path="/", headers={"Content-Type": "application/x-amz-json-1.0"})
    told = [dict(refused(call, request, throttle("cloudwatch"))[1])["Content-Type"] for request in (cbor, plain)]
    assert told == [CBOR, "application/x-amz-json-1.1"]


def test_etlctl_hears_the_throttles(aws, tmp_path):
    """And waits until it is let pass."""
    with SlowAws(LOCAL, 0, (Quota(("cloudwatch:*", "iam:*", "lambda:*"), 4),)) as slow:
        client = Client(Etlctl(aws, shapes.many(tmp_path, 1), slow.url))
        plan = sample(client, slow, "plan", "--env", "dev")
    assert {call.service for call in plan.calls if call.throttled} & {"cloudwatch", "iam", "lambda"}
    assert 1 <= plan.throttled < plan.count


# --- distance ---------------------------------------------------------------


def test_each_call_takes_the_delay_more_and_those_at_once_share_it(aws):
    with SlowAws(LOCAL, 0.2) as slow:
        client = aws("sqs", slow.url)
        client.list_queues()
        start = time.monotonic()
        threads = [threading.Thread(target=client.list_queues) for _ in range(5)]
        [thread.start() for thread in threads]
        [thread.join() for thread in threads]
        assert 0.2 <= time.monotonic() - start < 0.9
        assert all(call.end - call.start >= 0.2 for call in slow.calls)


def test_a_search_by_tags_finds_what_was_written_since(aws):
    with SlowAws(LOCAL, 0) as slow:
        for name in ("one", "two"):
            aws("logs", slow.url).create_log_group(logGroupName=name, tags={"of": "test"})
            found = aws("resourcegroupstaggingapi", slow.url).get_resources(TagFilters=[{"Key": "of"}])["ResourceTagMappingList"]
            assert any(each["ResourceARN"].endswith(f"log-group:{name}") for each in found), found
        told = aws("logs", slow.url).describe_log_groups(logGroupIdentifiers=["one", "two"])["logGroups"]
        assert [group["logGroupName"] for group in told] == ["one", "two"]


# --- chains -----------------------------------------------------------------


def call(start, end, operation="GetRole", text="", pending=False):
    return Call("iam", operation, start, text=text, end=end, pending=pending)


WAVES = [call(0, 1), call(0, 1.2), call(0.1, 1.1), call(1.3, 2), call(1.3, 2.2), call(2.3, 3)]


def test_a_chain_is_the_calls_that_waited_for_each_other():
    assert chains.length([]) == 0
    assert chains.length(WAVES) == 3
    # One that began before any other had ended.
    assert chains.length([*WAVES, call(0.9, 9)]) == 3


def test_an_edge_too_many_is_a_link_more():
    late = [call(3.1, 4)]
    assert chains.length([*WAVES, *late]) == 4
    goal = [Goal("chain", "", bound=3)]
    assert missed(tuple(goal), {"chain": chains.length(WAVES)}) == []
    assert missed(tuple(goal), {"chain": chains.length(WAVES + late)}) == goal


def test_the_polls_of_one_wait_are_one_call_and_what_asks_again_is_another():
    polls = [call(at, at + 0.5, "GetFunction", "one", pending=at < 4) for at in (1, 2, 3, 4)]
    assert chains.length([call(0, 0.9), *polls]) == 2
    again = call(5, 5.5, "GetFunction", "one")
    assert chains.length([call(0, 0.9), *polls, again]) == 3
    others = [call(at, at + 0.5, "GetFunction", f"{at}", pending=True) for at in (1, 2, 3, 4)]
    assert chains.length(others) == 4


def test_a_wait_for_a_function_is_known_by_its_answers(aws):
    """And a write that is refused for now, by being sent again."""
    # For at least three reads, however slow the machine is.
    pending = Rule("lambda:GetFunction", Altered(lambda answer: answer["Configuration"].update(State="Pending")), times=3)
    with Faulty(LOCAL, [pending]) as local, SlowAws(local.url, 0) as slow:
        functions, role = aws("lambda", slow.url), "arn:aws:iam::123456789012:role/none"
        functions.create_function(FunctionName="f", Role=role, Runtime="nodejs22.x", Handler="index.handler", Code={"ZipFile": archive()})
        while functions.get_function(FunctionName="f")["Configuration"]["State"] == "Pending":
            time.sleep(0.1)
        functions.get_function(FunctionName="f")
    reads = [call for call in slow.calls if call.operation == "GetFunction"]
    assert len(reads) >= 5 and [call.pending for call in reads] == [True] * (len(reads) - 2) + [False, False]
    assert chains.length(slow.calls) == 3


# --- goals ------------------------------------------------------------------


def test_a_figure_over_its_goal_fails_and_a_time_is_told_alone():
    aims = (Goal("calls", "calls", bound=20), Goal("ratio", "boto3", "x", bound=8, at_least=True), goals.told("wall", "wall", "s", 0.2))
    good, bad = {"calls": 20, "ratio": 8.0, "wall": 0.1}, {"calls": 21, "ratio": 7.9, "wall": 9.0}
    assert missed(aims, good) == []
    assert [goal.key for goal in missed(aims, bad)] == ["calls", "ratio"]
    page = tables.printed("title", aims, Measured(bad))
    assert page.count("  MISSED") == 2 and page.count("missed (told alone)") == 1 and "MISSED" not in tables.printed("title", aims, Measured(good))


def test_goals_that_can_fail_have_a_bound_and_every_key_is_one():
    for aims in (goals.ONE_STACK, goals.many(100), goals.many(1000), goals.GROWTH, goals.SOURCES):
        assert all(goal.bound is not None for goal in aims if goal.fails)
        assert len({goal.key for goal in aims}) == len(aims)
    assert [goals.many(size)[2].bound for size in (50, 100, 400, 1000, 5000)] == [3.0, 3.0, 1.5, 1.5, 1.5]


def test_a_page_has_what_was_measured_and_keeps_what_was_not():
    aims = (Goal("calls", "calls", bound=20, limit=14, by="reads"), Goal("chain", "chain", bound=3))
    page = "# Page\n<!-- bench one -->\nold\n<!-- end -->\n<!-- bench two -->\nkept\n<!-- end -->\n"
    new = tables.written(page, "one", tables.markdown("Title", "make bench", aims, Measured({"calls": 16})))
    assert "| calls | 16 | ≤ 20 | 14 | reads |" in new and "chain" not in new and "old" not in new and "kept" in new
    with pytest.raises(AssertionError):
        tables.written(page, "three", "")


def test_a_tag_read_too_many_is_over_what_held():
    """Also where it keeps below the goal of the issue."""
    held = HELD["aws"]["plan"]
    assert over("aws", "plan", held.calls, held.chain) == []
    assert over("aws", "plan", held.calls + 1, held.chain) and over("aws", "plan", held.calls, held.chain + 1)


# The binary, after one read of tags that nothing waits for but the binary itself.
READS_TAGS_TOO = """#!{python}
import os, sys, urllib.request
request = urllib.request.Request(os.environ["AWS_ENDPOINT_URL"], b'{{"QueueUrl": "none"}}', {{
    "Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": "AmazonSQS.ListQueueTags",
    "Authorization": "AWS4-HMAC-SHA256 Credential=" + os.environ["AWS_ACCESS_KEY_ID"] + "/20000101/us-east-1/sqs/aws4_request"}})
try:
    urllib.request.urlopen(request).read()
except urllib.error.HTTPError:
    pass
os.execv("{binary}", sys.argv)
"""


def test_a_binary_that_reads_tags_once_more_is_over_what_held(tmp_path, monkeypatch):
    more = tmp_path / "etlctl"
    more.write_text(READS_TAGS_TOO.format(python=sys.executable, binary=binary().resolve()))
    more.chmod(0o755)
    with SlowAws(LOCAL, DELAY) as slow:
        live = Live(tmp_path, slow)
        live.apply()
        plain = live.plan()
        monkeypatch.setenv("ETLCTL_BIN", str(more))
        worse = live.plan()
    # A busy machine lengthens a chain, and never shortens it below what waits for what.
    assert worse.count == plain.count + 1 and worse.chain > HELD["aws"]["plan"].chain, worse
    assert over("aws", "plan", worse.count, worse.chain)


def test_work_that_grows_by_pairs_is_over_the_goal_of_growth():
    spent = {size: {verb: 0.01 * size for verb in goals.GROWN} | {"destroy": 1e-4 * size**2} for size in (growth.SMALL, growth.LARGE)}
    values = {f"{verb}.growth": spent[growth.LARGE][verb] / spent[growth.SMALL][verb] for verb in goals.GROWN}
    assert [goal.key for goal in missed(goals.GROWTH, values)] == ["destroy.growth"]


def test_floors_are_those_of_the_quotas():
    assert many.floors(100) == {"plan": 1.0, "apply": pytest.approx(1 + 67 / 3), "destroy": 21.0}


# --- runs -------------------------------------------------------------------


def test_a_run_is_measured_by_itself(tmp_path):
    """Memory and processor of the command, and nothing of who measures it."""
    def ran(script, timeout=60.0):
        return took([sys.executable, "-I", "-S", "-c", script], {}, tmp_path, timeout)

    idle, burnt = ran("import time; time.sleep(0.3)"), ran("for _ in range(3_000_000): pass")
    assert idle.cpu < 0.1 < burnt.cpu * 2 and idle.wall >= 0.3
    assert idle.peak_mb < 20
    assert 76 < ran("x = b'x' * 80_000_000").peak_mb < 120
    assert ran("raise SystemExit(3)").code == 3
    with pytest.raises(AssertionError, match="exit 3"):
        ran("raise SystemExit(3)").exits(0)
    with pytest.raises(TimeoutError):
        ran("import time; time.sleep(9)", timeout=0.3)


def test_the_settings_of_a_run_agree(aws, tmp_path):
    etlctl = Etlctl(aws, Project(tmp_path / "project"))
    for (reads, pace), kind in ENDPOINT_KINDS.items():
        settings = Client(etlctl, reads, pace).environment()
        assert (settings["ETLCTL_READS"], settings["ETLCTL_PACE"], settings["ETLCTL_ENDPOINT"]) == (reads, pace, kind)


def test_a_stack_of_many_is_of_the_shape_of_the_shipped_one(aws, tmp_path):
    client = Client(Etlctl(aws, shapes.many(tmp_path, 6), LOCAL))
    plan = json.loads(client("plan", "--env", "dev", "--format", "json").exits(0).out)
    kinds = [change["kind"] for stack in plan["stacks"] for change in stack["changes"]]
    assert sorted(kinds) == sorted(["function", "role", "log_group"] * 6 + ["alarm"] * 4 + ["queue", "layer"])


def test_sources_are_as_many_and_as_large_as_asked(tmp_path):
    shapes.of_files(tmp_path, 100, 250_000)
    files = [path for path in (tmp_path / "work").rglob("*.js") if path.name != "index.js"]
    assert len(files) == 100 and sum(path.stat().st_size for path in files) == 250_000
