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


# --- creates that would write over it ---------------------------------------

# Its topic is made first, so the alarm comes after the plan.
ALARM = HEAD + """\
topics: { news: {} }
alarms:
  rate: { namespace: N, metric: M, statistic: Sum, period: 5m, comparison: GreaterThanThreshold, threshold: 1, alarm_actions: [news] }
"""


@pytest.mark.parametrize(("tags", "told"), [({"owner": "them"}, "carries no mark; plan again, and take it over with --adopt"), (OTHERS, "belongs to other/dev")],
                         ids=["unmarked", "another stack's"])
def test_an_alarm_is_not_written_over(tmp_path, tags, told):
    bench = Bench(tmp_path, ALARM)
    client = bench.aws("cloudwatch")
    theirs = dict(AlarmName="tiny-rate", Namespace="THEIRS", MetricName="X", Statistic="Sum", Period=60, EvaluationPeriods=2, Threshold=99,
                  ComparisonOperator="LessThanThreshold", Tags=as_list(tags))
    run, proxy = run_with(bench, "sns:CreateTopic", lambda: client.put_metric_alarm(**theirs))
    assert run.code == 6 and MADE in run.err and told in run.err, run
    assert not proxy.count("cloudwatch:PutMetricAlarm")
    (alarm,) = client.describe_alarms(AlarmNames=["tiny-rate"])["MetricAlarms"]
    assert (alarm["Namespace"], alarm["Threshold"]) == ("THEIRS", 99)


RULE = HEAD + """\
queues: { inbox: { policy: [{ principals: { Service: [events.amazonaws.com] }, actions: [sqs:SendMessage], resources: ["*"] }] } }
rules:
  orders: { event: { source: [shop] }, targets: [{ queue: inbox }] }
"""


@pytest.mark.parametrize("tags", [{"owner": "them"}, OTHERS], ids=["unmarked", "another stack's"])
def test_a_rule_is_not_written_over_nor_sent_elsewhere(tmp_path, tags):
    bench = Bench(tmp_path, RULE)
    client = bench.aws("events")

    def comes():
        client.put_rule(Name="tiny-orders", EventPattern='{"source":["theirs"]}', Tags=as_list(tags))
        client.put_targets(Rule="tiny-orders", Targets=[{"Id": "theirs", "Arn": bench.aws.arn("sqs", "theirs")}])
    run, proxy = run_with(bench, "sqs:CreateQueue", comes)
    assert run.code == 6 and MADE in run.err, run
    assert not proxy.count("events:PutRule") and not proxy.count("events:PutTargets")
    assert "theirs" in client.describe_rule(Name="tiny-orders")["EventPattern"]
    assert [target["Id"] for target in client.list_targets_by_rule(Rule="tiny-orders")["Targets"]] == ["theirs"]


def test_many_alarms_are_looked_for_with_one_call(tmp_path):
    alarm = "{ namespace: N, metric: M, statistic: Sum, period: 5m, comparison: GreaterThanThreshold, threshold: 1 }"
    bench = Bench(tmp_path, HEAD + "alarms: {" + ", ".join(f"a{number}: {alarm}" for number in range(20)) + "}\n")
    run, proxy = bench.run(APPLY)
    run.exits(0)
    # With the plan's and the read-back's own: sixty would be one each.
    assert proxy.count("cloudwatch:PutMetricAlarm") == 20 and proxy.count("cloudwatch:DescribeAlarms") <= 8, run


def test_a_log_group_that_came_is_taken_over_by_the_next_plan_without_adopt(tmp_path):
    bench = Bench(tmp_path, HEAD + "log_groups: { audit: { name: /tiny/audit, retention: 7d } }\n")
    run, _ = run_with(bench, "logs:CreateLogGroup", lambda: bench.aws("logs").create_log_group(logGroupName="/tiny/audit"))
    assert run.code == 1 and MADE in run.err and "plan again, which takes it over" in run.err and "--adopt" not in run.err, run
    bench.calmly(APPLY).exits(0)
    bench.assert_converged()


# --- deletes that would take it along ---------------------------------------


def test_a_group_takes_no_schedules_along_that_came_since_the_plan(tmp_path):
    bench = Bench(tmp_path, HEAD + "queues: { work: {} }\nschedules: { load: { schedule: rate(1 day), queue: work } }\n")
    bench.calmly(APPLY).exits(0)
    client, group = bench.aws("scheduler"), "tiny-schedules"
    target = {"Arn": bench.aws.arn("sqs", "tiny-work"), "RoleArn": f"arn:aws:iam::{bench.account}:role/theirs"}

    def comes():
        client.create_schedule(GroupName=group, Name="by-hand", ScheduleExpression="rate(1 day)", FlexibleTimeWindow={"Mode": "OFF"}, Target=target)
    run, _ = run_with(bench, "scheduler:DeleteSchedule", comes, DESTROY)
    assert run.code == 6 and "schedules along that came since the plan: by-hand" in run.err and "plan again" in run.err, run
    assert client.get_schedule(GroupName=group, Name="by-hand")
    assert f"schedule/{group}/by-hand" in bench.calmly(["plan", "--destroy"]).out
    bench.calmly(DESTROY).exits(0)


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


# --- changes that say nothing -----------------------------------------------


def test_the_order_of_alternatives_is_no_change(tmp_path):
    bench = Bench(tmp_path, TOPIC + "rules: { orders: { event: { source: [shop, bank] }, targets: [] } }\n")
    bench.calmly(APPLY).exits(0)
    bench.project.stack(TOPIC.replace("[a, b]", "[b, a]") + "rules: { orders: { event: { source: [bank, shop] }, targets: [] } }\n")
    bench.calmly(PLAN).exits(0)
    bench.project.stack(TOPIC.replace("[a, b]", "[a, c]") + "rules: { orders: { event: { source: [bank] }, targets: [] } }\n")
    assert "2 to update" in bench.calmly(PLAN).exits(2).out


# --- what stays in what goes ------------------------------------------------


def test_a_rule_that_is_to_stay_bars_the_deletion_of_its_bus_before_its_mark_goes(tmp_path):
    bench = Bench(tmp_path, HEAD + "buses: { shop: {} }\nrules: { orders: { bus: shop, event: { source: [a] }, targets: [], on_remove: retain } }\n")
    bench.calmly(APPLY).exits(0)
    for args in (["plan", "--destroy"], DESTROY):
        run = bench.calmly(args).exits(1)
        assert "stands in bus/shop, which is to be deleted" in run.err and "`on_remove: retain` in both" in run.err, run
    arn = bench.aws.arn("events", "rule/tiny-shop/tiny-orders")
    assert "etlctl:stack" in [tag["Key"] for tag in bench.aws("events").list_tags_for_resource(ResourceARN=arn)["Tags"]]
    bench.project.stack(HEAD + "buses: { shop: { on_remove: retain } }\nrules: { orders: { bus: shop, event: { source: [a] }, targets: [], on_remove: retain } }\n")
    bench.calmly(APPLY).exits(0)
    bench.calmly(DESTROY).exits(0)


# --- tags -------------------------------------------------------------------


def test_a_change_of_many_tags_never_passes_what_aws_takes(tmp_path):
    tags = lambda letter: "{" + ", ".join(f"{letter}{number}: x" for number in range(40)) + "}"
    stack = HEAD + "queues: { q: { tags: %s } }\n"
    bench = Bench(tmp_path, stack % tags("a"))
    bench.calmly(APPLY).exits(0)
    bench.project.stack(stack % tags("b"))
    run, proxy = bench.run(APPLY)
    run.exits(0)
    order = [call.operation for call in proxy.writes]
    assert order == ["UntagQueue", "TagQueue"], order
    bench.assert_converged()
