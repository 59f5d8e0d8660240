"""What somebody else makes between the plan and the write of it: it is not written over, not deleted, and not told as
ours."""

import pytest

from bench import Bench
from faults import Refused, Rule
from harness import ENDPOINT
from proxy import Proxy
from stacks import HEAD

APPLY, PLAN, DESTROY = ["apply", "--yes"], ["plan", "--detailed-exitcode"], ["destroy", "--yes"]
OTHERS = {"etlctl:stack": "other", "etlctl:env": "dev", "etlctl:instance": "dev"}
MADE = "was made by somebody else since the plan"


def run_with(bench, operation, comes, args=APPLY):
    """Runs, and has `comes` happen before the first call of the operation."""
    came = []

    def before(call):
        if call.name == operation and not came:
            came.append(call)
            comes()
    with Proxy(ENDPOINT) as proxy:
        proxy.before = before
        run = bench.etlctl.through(proxy)(*args, check=False)
    assert came, f"the moment did not come\n{run}"
    return run, proxy


class Rewritten:
    """The bytes of an answer are changed on the way."""

    def __init__(self, change):
        self.change = change

    def meet(self, proxy, call, ask):
        status, headers, content = ask()
        return status, headers, self.change(content)


def as_list(tags):
    return [{"Key": key, "Value": value} for key, value in tags.items()]


# --- deletes that would take it along ---------------------------------------

BUCKET = HEAD + 'buckets: { raw: { name: "tiny-raw-${aws.account}", versioning: true } }\nqueues: { q: {} }\n'


def objects(bench):
    listed = bench.aws("s3").list_object_versions(Bucket=f"tiny-raw-{bench.account}")
    return sorted(each["Key"] for each in listed.get("Versions", []) + listed.get("DeleteMarkers", []))


@pytest.mark.parametrize("protected", ["", "protected: true"], ids=["open", "protected"])
def test_a_bucket_that_held_marks_alone_keeps_what_came(tmp_path, protected):
    bench = Bench(tmp_path, BUCKET.replace("dev: {}", f"dev: {{ {protected} }}"))
    bench.calmly(APPLY).exits(0)
    name = f"tiny-raw-{bench.account}"
    bench.aws("s3").delete_object(Bucket=name, Key="never-there")
    bench.project.stack(BUCKET.replace("dev: {}", f"dev: {{ {protected} }}").split("buckets:")[0] + "queues: { q: {} }\n")
    came = lambda: [bench.aws("s3").put_object(Bucket=name, Key=key, Body=b"precious") for key in "abc"]
    run, _ = run_with(bench, "s3:DeleteObjects", came, [*APPLY, "--empty"])
    assert run.code == 6 and "`a` and 2 more came since the plan" in run.err and "plan again" in run.err, run
    assert objects(bench) == ["a", "b", "c"]
    # The next plan holds data.
    run = bench.calmly([*APPLY, "--empty"]).exits(1)
    assert "3 objects" in run.out and "--allow-loss" in run.err, run


@pytest.mark.parametrize("versioning", ["true", "false"])
def test_an_object_that_is_written_over_since_the_plan_stays(tmp_path, versioning):
    bench = Bench(tmp_path, BUCKET.replace("versioning: true", f"versioning: {versioning}"))
    bench.calmly(APPLY).exits(0)
    name = f"tiny-raw-{bench.account}"
    put = lambda body: bench.aws("s3").put_object(Bucket=name, Key="old", Body=body)
    put(b"old")
    # The queue goes first, or at the same time: what S3 lists for the delete is asked for after the plan.
    looks = []

    def before(call):
        if call.name == "s3:ListObjectVersions":
            looks.append(call)
            if len(looks) == 2:
                put(b"precious")
    with Proxy(ENDPOINT) as proxy:
        proxy.before = before
        run = bench.etlctl.through(proxy)(*DESTROY, "--empty", check=False)
    assert len(looks) == 2 and run.code in (5, 6) and "`old` came since the plan" in run.err and not proxy.count("s3:DeleteObjects"), run
    assert bench.aws("s3").get_object(Bucket=name, Key="old")["Body"].read() == b"precious"


# --- subscriptions that went ------------------------------------------------

TOPIC = HEAD + """\
queues: { q: { policy: [{ principals: { Service: [sns.amazonaws.com] }, actions: [sqs:SendMessage], resources: ["*"] }] } }
topics: { news: { subscriptions: [{ queue: q, raw: true, filter_policy: { kind: [a, b] } }] } }
"""


def subscription(bench):
    (one,) = bench.aws("sns").list_subscriptions_by_topic(TopicArn=bench.aws.arn("sns", "tiny-news"))["Subscriptions"]
    return one["SubscriptionArn"]


def test_a_subscription_that_sns_lists_as_deleted_is_made_again(tmp_path):
    bench = Bench(tmp_path, TOPIC)
    bench.calmly(APPLY).exits(0)
    arn = subscription(bench).encode()
    gone = lambda: Rule("sns:ListSubscriptionsByTopic", Rewritten(lambda body: body.replace(arn, b"Deleted")), times=None)
    run, _ = bench.run(PLAN, [gone()])
    assert run.code == 2 and "1 to update" in run.out and "subscriptions" in run.out, run
    # What nobody has said to be there or not is no answer.
    unknown = Rule("sns:ListSubscriptionsByTopic", Rewritten(lambda body: body.replace(arn, b"Suspended")), times=None)
    run, _ = bench.run(PLAN, [unknown])
    assert run.code == 1 and "`Suspended` in place of an ARN" in run.err, run


def test_one_that_is_deleted_hides_none_that_is_there(tmp_path):
    bench = Bench(tmp_path, TOPIC)
    bench.calmly(APPLY).exits(0)
    arn = subscription(bench).encode()

    def twice(body):
        begin, end = body.index(b"<member>"), body.index(b"</member>") + len(b"</member>")
        member = body[begin:end]
        return body[:end] + member.replace(arn, b"Deleted") + member.replace(arn, b"PendingConfirmation") + body[end:]
    run, _ = bench.run(PLAN, [Rule("sns:ListSubscriptionsByTopic", Rewritten(twice), times=None)])
    run.exits(0)
    bench.project.stack(TOPIC.replace("raw: true, ", ""))
    run, _ = bench.run(PLAN, [Rule("sns:ListSubscriptionsByTopic", Rewritten(twice), times=None)])
    assert run.code == 2 and "raw" in run.out, run


def test_a_subscription_that_went_while_it_was_read_is_not_there(tmp_path):
    bench = Bench(tmp_path, TOPIC.replace(", raw: true, filter_policy: { kind: [a, b] }", ""))
    bench.calmly(APPLY).exits(0)
    gone = Rule("sns:GetSubscriptionAttributes", Refused(404, "NotFound", "Subscription does not exist"), times=None)
    run, _ = bench.run(PLAN, [gone])
    assert run.code == 2 and "1 to update" in run.out, run


def test_what_changes_of_a_subscription_that_waits_is_told_as_left(tmp_path):
    stack = HEAD + 'topics: { news: { subscriptions: [{ email: ops@example.com, filter_policy: { kind: [%s] } }] } }\n'
    bench = Bench(tmp_path, stack % "a")
    bench.calmly(APPLY).exits(0)
    bench.project.stack(stack % "b")
    run = bench.calmly(PLAN).exits(0)
    assert "Left as it is" in run.out and "nobody has confirmed email:ops@example.com yet" in run.out, run
    bench.project.stack(HEAD + "topics: { news: {} }\n")
    assert "SNS removes it by itself after 48 hours" in bench.calmly(PLAN).exits(0).out
