"""Rules and buses of EventBridge, and triggers by events: what an event does, what another client's change
shows, and what is left when a line goes."""

import json
import time

import pytest

from bench import Bench
from faults import Altered, Refused, Rule

APPLY, PLAN = ["apply", "--yes"], ["plan", "--detailed-exitcode"]
DESTROY = ["destroy", "--yes", "--allow-loss", "all"]
HEAD = """\
stack: tiny
region: us-east-1
environments: { dev: {} }
naming: "tiny-${name}"
defaults: { function: { source: ../handlers/work, runtime: nodejs22.x, handler: index.handler } }
"""
HANDLER = 'exports.handler = async (event) => { console.log("GOT " + JSON.stringify(event)); };\n'
LETS = 'policy: [{ principals: { Service: [events.amazonaws.com] }, actions: [sqs:SendMessage], resources: ["*"] }]'
FIRES = HEAD + f"""\
buses: {{ shop: {{}} }}
queues: {{ failed: {{}} }}
functions:
  work:
    alias: live
    triggers:
      - {{ event: {{ source: [shop], detail-type: [Order] }}, dead_letter_queue: failed, retry: {{ attempts: 2, age: 1h }} }}
      - event: {{ source: [shop] }}
        bus: shop
        name: own
        transform: {{ paths: {{ id: $.detail.id }}, template: {{ id: <id>, rule: <aws.events.rule-name> }} }}
"""
RULES = HEAD + f"""\
buses:
  shop: {{ description: Shop, tags: {{ Kept: "1" }} }}
queues:
  in: {{ {LETS} }}
  failed: {{ {LETS} }}
roles:
  one: {{ trust_policy: [{{ actions: [sts:AssumeRole], principals: {{ Service: [events.amazonaws.com] }} }}] }}
rules:
  orders:
    bus: shop
    description: Orders
    event: {{ source: [shop], detail: {{ size: [{{ numeric: [">", 0, "<=", 5] }}] }} }}
    role: one
    targets: [{{ queue: in, input: {{ a: 1 }}, retry: {{ attempts: 2, age: 1h }}, dead_letter_queue: failed }}]
    tags: {{ Kept: "1" }}
  nightly: {{ schedule: cron(0 2 * * ? *), targets: [{{ queue: in, input_path: $.time }}] }}
"""
ORDERS = {"Name": "tiny-orders", "EventBusName": "tiny-shop"}


@pytest.fixture
def bench(tmp_path):
    return Bench(tmp_path, RULES)


def got(bench, count, group="/aws/lambda/tiny-work"):
    """What the function was given, once it was so much."""
    found = []
    for _ in range(60):
        try:
            lines = [event["message"] for event in bench.aws("logs").filter_log_events(logGroupName=group)["events"]]
        except bench.aws("logs").exceptions.ResourceNotFoundException:
            lines = []
        found = [json.loads(line.partition("GOT ")[2]) for line in lines if "GOT " in line]
        if len(found) >= count:
            break
        time.sleep(0.5)
    return found


def send(bench, detail, bus="default", kind="Order"):
    entry = {"Source": "shop", "DetailType": kind, "Detail": json.dumps(detail), "EventBusName": bus}
    assert bench.aws("events").put_events(Entries=[entry])["FailedEntryCount"] == 0


def statements(bench):
    client = bench.aws("lambda")
    try:
        policy = client.get_policy(FunctionName="tiny-work", Qualifier="live")["Policy"]
    except client.exceptions.ResourceNotFoundException:
        return {}
    return {each["Sid"]: each["Condition"]["ArnLike"]["AWS:SourceArn"] for each in json.loads(policy)["Statement"]}


def rules(bench, bus="default"):
    return [rule["Name"] for rule in bench.aws("events").list_rules(EventBusName=bus)["Rules"]]


def test_an_event_runs_the_function_at_its_alias_and_none_does_when_the_line_is_gone(tmp_path):
    bench = Bench(tmp_path, FIRES)
    bench.project.write("handlers/work/index.js", HANDLER)
    bench.calmly(APPLY).exits(0)
    bench.assert_converged()
    targets = bench.aws("events").list_targets_by_rule(Rule="tiny-work-event")["Targets"]
    assert [target["Arn"] for target in targets] == [bench.aws.arn("lambda", "function:tiny-work:live")]
    assert statements(bench) == {
        "work-event": bench.aws.arn("events", "rule/tiny-work-event"), "work-own": bench.aws.arn("events", "rule/tiny-shop/tiny-work-own")}
    (let_in,) = dead_letter_policy(bench)["Statement"]
    assert (let_in["Principal"], let_in["Action"]) == ({"Service": "events.amazonaws.com"}, "sqs:SendMessage")
    assert let_in["Condition"]["ArnLike"]["aws:SourceArn"] == bench.aws.arn("events", "rule/tiny-work-event")
    send(bench, {"id": 7})
    send(bench, {"id": 8}, kind="Other")
    send(bench, {"id": 9}, bus="tiny-shop")
    found = got(bench, 2)
    assert sorted(json.dumps(each.get("detail", each), sort_keys=True) for each in found) == ['{"id": "9", "rule": "tiny-work-own"}', '{"id": 7}']
    # Both rules, the bus and both statements go with the lines; the function stays.
    bench.project.stack(FIRES[: FIRES.index("    triggers:")].replace("buses: { shop: {} }\n", ""))
    bench.calmly(APPLY).exits(0)
    bench.assert_converged()
    assert (rules(bench), statements(bench), dead_letter_policy(bench)) == ([], {}, None)
    assert [bus["Name"] for bus in bench.aws("events").list_event_buses()["EventBuses"]] == ["default"]
    send(bench, {"id": 10})
    assert len(got(bench, 3)) == 2


def dead_letter_policy(bench):
    attributes = bench.aws("sqs").get_queue_attributes(QueueUrl=bench.aws.queue_url("tiny-failed"), AttributeNames=["Policy"])
    return json.loads(attributes.get("Attributes", {}).get("Policy", "null"))


def test_another_bus_is_another_rule_and_the_old_one_goes(bench):
    bench.calmly(APPLY).exits(0)
    bench.project.stack(RULES.replace("    bus: shop\n", ""))
    run = bench.calmly(PLAN).exits(2)
    assert "+ rule/orders" in run.out and "- rule/tiny-shop/tiny-orders" in run.out, run
    bench.calmly(APPLY).exits(0)
    assert (sorted(rules(bench)), rules(bench, "tiny-shop")) == (["tiny-nightly", "tiny-orders"], [])
    bench.assert_converged()


def put(**changes):
    """Writes the rule anew, as a console does: all of it."""
    def change(bench):
        client = bench.aws("events")
        live = client.describe_rule(**ORDERS)
        said = {name: live[name] for name in ("EventPattern", "Description", "RoleArn", "State")}
        client.put_rule(**ORDERS, **said | changes)
    return change


def target(**changes):
    def change(bench):
        client = bench.aws("events")
        (live,) = client.list_targets_by_rule(Rule="tiny-orders", EventBusName="tiny-shop")["Targets"]
        client.put_targets(Rule="tiny-orders", EventBusName="tiny-shop", Targets=[
            {name: value for name, value in (live | changes).items() if value is not None}])
    return change


def added(bench):
    target(Id="by-hand")(bench)


def bus(**changes):
    return lambda bench: bench.aws("events").update_event_bus(Name="tiny-shop", **changes)


def tag(arn, **tags):
    return lambda bench: bench.aws("events").tag_resource(
        ResourceARN=bench.aws.arn("events", arn), Tags=[{"Key": key, "Value": value} for key, value in tags.items()])


DRIFT = [
    ("rule/orders", "description: By hand → Orders", put(Description="By hand")),
    ("rule/orders", '-   - other', put(EventPattern=json.dumps(
        {"detail": {"size": [{"numeric": [">", 0, "<=", 5]}]}, "source": ["other"]}))),
    ("rule/orders", "enabled: false → true", put(State="DISABLED")),
    ("rule/orders", "role: arn:aws:iam::111122223333:role/other → ", put(RoleArn="arn:aws:iam::111122223333:role/other")),
    ("rule/orders", "targets[id: in].input", target(Input='{ "a": 2 }')),
    ("rule/orders", "- targets[id: in].input_path: $.x", target(Input=None, InputPath="$.x")),
    ("rule/orders", "targets[id: in].retry.attempts: 3 → 2", target(RetryPolicy={"MaximumRetryAttempts": 3, "MaximumEventAgeInSeconds": 3600})),
    ("rule/orders", "targets[id: in].retry.age: 1d → 1h", target(RetryPolicy=None)),
    ("rule/orders", "+ targets[id: in].dead_letter_queue: ", target(DeadLetterConfig=None)),
    ("rule/orders", "- targets[id: in].arn: ", target(Arn="arn:aws:sqs:us-east-1:111122223333:other")),
    ("rule/orders", "- targets[id: in].message_group: one", target(SqsParameters={"MessageGroupId": "one"})),
    ("rule/orders", "targets[id: in].transform", target(Input=None, InputTransformer={"InputTemplate": '"x"'})),
    ("rule/orders", "- targets: [{ id: by-hand", added),
    ("rule/orders", 'tags.Kept: "2" → "1"', tag("rule/tiny-shop/tiny-orders", Kept="2")),
    ("rule/orders", "tags.Added", tag("rule/tiny-shop/tiny-orders", Added="x")),
    ("bus/shop", "description: By hand → Shop", bus(Description="By hand")),
    ("bus/shop", "- kms_key: alias/x", bus(KmsKeyIdentifier="alias/x")),
    ("bus/shop", "- dead_letter_queue: ", bus(DeadLetterConfig={"Arn": "arn:aws:sqs:us-east-1:111122223333:other"})),
    ("bus/shop", 'tags.Kept: "2" → "1"', tag("event-bus/tiny-shop", Kept="2")),
]


def test_what_another_client_changes_is_shown_and_put_back(bench):
    bench.calmly(APPLY).exits(0)
    for address, shown, change in DRIFT:
        change(bench)
        run = bench.calmly(PLAN)
        told = f"{address} {shown}\n{run}"
        assert run.code == 2 and f"~ {address}" in run.out and shown in run.out, told
        assert "1 to update" in run.out and "0 to create" in run.out and "0 to delete" in run.out, told
        bench.calmly(APPLY).exits(0)
        bench.assert_converged()


def test_settings_of_a_target_that_a_file_has_no_word_for_are_shown_before_they_go(bench):
    bench.calmly(APPLY).exits(0)
    target(HttpParameters={"HeaderParameters": {"X": "1"}})(bench)
    live = lambda: bench.aws("events").list_targets_by_rule(Rule="tiny-orders", EventBusName="tiny-shop")["Targets"][0]
    assert "HttpParameters" in live()
    run = bench.calmly(PLAN).exits(2)
    assert "HttpParameters" in run.out and "no words for these" in run.out, run
    bench.calmly(APPLY).exits(0)
    assert "HttpParameters" not in live()
    bench.assert_converged()


def test_the_form_of_a_pattern_is_no_difference(bench):
    bench.calmly(APPLY).exits(0)
    text = '{ "detail": { "size": [ { "numeric": [ ">", 0, "<=", 5 ] } ] },\n "source": [ "shop" ] }'
    put(EventPattern=text)(bench)
    bench.assert_converged()
    # And it is sent without white space.
    bench.project.stack(RULES.replace("Orders", "All orders"))
    bench.calmly(APPLY).exits(0)
    assert " " not in bench.aws("events").describe_rule(**ORDERS)["EventPattern"]


def test_what_is_somebody_elses_stays_as_it_is_and_can_be_adopted(bench):
    events = bench.aws("events")
    events.create_event_bus(Name="tiny-shop")
    events.put_rule(**ORDERS, EventPattern='{"source": ["other"]}')
    refused = bench.calmly(APPLY)
    assert refused.code != 0 and "--adopt" in refused.err and "tiny-shop/tiny-orders" in refused.out + refused.err, refused
    assert json.loads(events.describe_rule(**ORDERS)["EventPattern"]) == {"source": ["other"]}
    bench.calmly([*APPLY, "--adopt"]).exits(0)
    bench.assert_converged()
    tags = events.list_tags_for_resource(ResourceARN=bench.aws.arn("events", "rule/tiny-shop/tiny-orders"))["Tags"]
    assert {"Key": "etlctl:stack", "Value": "tiny"} in tags
    bench.calmly(DESTROY).exits(0)
    assert rules(bench) == []


def test_a_bus_with_a_rule_of_somebody_else_is_not_deleted(bench):
    bench.calmly(APPLY).exits(0)
    bench.aws("events").put_rule(Name="theirs", EventBusName="tiny-shop", EventPattern='{"source": ["x"]}')
    run = bench.calmly(DESTROY)
    assert run.code == 6 and "Cannot delete event bus tiny-shop" in run.err, run
    assert rules(bench, "tiny-shop") == ["theirs"]


POLICY = """\
    policy: [{ sid: others, principals: { AWS: ["111122223333"] }, actions: [events:PutEvents], resources: ["${buses.shop.arn}"] }]
"""


def test_the_policy_of_a_bus_comes_changes_and_goes(tmp_path):
    stack = HEAD + "buses:\n  shop:\n    description: Shop\n"
    bench = Bench(tmp_path, stack)
    for text in (stack + POLICY, stack + POLICY.replace("111122223333", "444455556666"), stack):
        bench.project.stack(text)
        bench.calmly(APPLY).exits(0)
        bench.assert_converged()
        policy = bench.aws("events", bench.etlctl.endpoint).describe_event_bus(Name="tiny-shop").get("Policy", "")
        assert ("111122223333" in policy, "444455556666" in policy) == ("1111" in text, "4444" in text)


def test_targets_that_failed_inside_a_good_answer_fail_the_step(bench):
    failed = {"FailedEntryCount": 1, "FailedEntries": [{"TargetId": "in", "ErrorCode": "LimitExceededException", "ErrorMessage": "No room."}]}
    run, _ = bench.run(APPLY, [Rule("events:PutTargets", Altered(lambda answer: answer.update(failed)))])
    assert run.code == 6 and "the target in: No room." in run.err and "LimitExceededException" in run.err, run
    bench.calmly(APPLY).exits(0)
    bench.assert_converged()


def test_targets_that_met_another_change_are_sent_again(bench):
    busy = {"FailedEntryCount": 1, "FailedEntries": [{"TargetId": "in", "ErrorCode": "ConcurrentModificationException", "ErrorMessage": "Busy."}]}
    run, _ = bench.run(APPLY, [Rule("events:PutTargets", Altered(lambda answer: answer.update(busy)))])
    run.exits(0)
    assert "a concurrent change is in progress" in run.err, run
    bench.assert_converged()


@pytest.mark.parametrize("operation, code, message", [
    ("events:PutTargets", "ValidationException", "The role with name x cannot be assumed by principal 'events.amazonaws.com'."),
    ("events:PutTargets", "ResourceNotFoundException", "Rule tiny-orders does not exist on EventBus tiny-shop."),
    ("events:PutRule", "ConcurrentModificationException", "Rule is being modified."),
])
def test_what_passes_is_waited_for(bench, operation, code, message):
    run, _ = bench.run(APPLY, [Rule(operation, Refused(400, code, message))])
    run.exits(0)
    bench.assert_converged()


def test_a_rule_whose_targets_are_still_taken_off_is_waited_for(bench):
    bench.calmly(APPLY).exits(0)
    busy = Refused(400, "ValidationException", "Rule can't be deleted since it has targets.")
    run, _ = bench.run(DESTROY, [Rule("events:DeleteRule", busy)])
    run.exits(0)
    assert "EventBridge still takes the targets off the rule" in run.err, run
    assert rules(bench) == []


def test_a_run_that_ends_between_rule_and_targets_is_finished_by_the_next(bench):
    run, _ = bench.run(APPLY, [Rule("events:PutTargets", Refused(403, "AccessDeniedException", "Not today."), times=2)])
    assert run.code == 6, run
    run = bench.calmly(PLAN).exits(2)
    assert "~ rule/orders" in run.out and "+ targets: [{ id: in" in run.out, run
    bench.calmly(APPLY).exits(0)
    bench.assert_converged()
