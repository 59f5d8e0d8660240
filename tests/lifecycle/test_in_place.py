"""What AWS can change in place is changed there, and what stands at an alias moves without a gap: the new one
stands before the old one goes."""

import json
import time

import pytest

from bench import Bench
from stacks import APPLY, HEAD

PLAN = ["plan", "--detailed-exitcode"]

TOPIC = HEAD + """\
queues:
  in: {}
  dlq: {}
topics:
  alerts: { subscriptions: [SUBSCRIPTION] }
"""
SUBSCRIPTIONS = [
    "{ queue: in, raw: true }",
    "{ queue: in, filter_policy: { kind: [order] } }",
    "{ queue: in, filter_policy: { order: { kind: [new] } }, filter_scope: MessageBody, dead_letter_queue: dlq }",
    "{ queue: in, filter_policy: { kind: [order] }, dead_letter_queue: dlq }",
    "{ queue: in }",
]
FUNCTION = HEAD + """\
queues:
  in: { visibility_timeout: 3m }
functions:
  work:
    source: ../handlers/work
    runtime: nodejs22.x
    handler: index.handler
    alias: ALIAS
    keep_versions: 2
    event_invoke: { max_retries: 1 }
    permissions: { from-events: { principal: events.amazonaws.com, source_arn: "arn:aws:events:us-east-1:111122223333:rule/RULE" } }
    event_sources: [{ queue: in }]
    role: { policies: { in: [{ actions: [sqs:ReceiveMessage, sqs:DeleteMessage, sqs:GetQueueAttributes], resources: ["${queues.in.arn}"] }] } }
"""


def function(alias="live", rule="nightly"):
    return FUNCTION.replace("ALIAS", alias).replace("RULE", rule)


def named(call):
    return call.operation


def versions_of(bench):
    all_of = bench.aws("lambda").list_versions_by_function(FunctionName="tiny-work")["Versions"]
    return [version["Version"] for version in all_of if version["Version"] != "$LATEST"]


def test_the_version_that_an_alias_leads_to_is_never_pruned(tmp_path):
    sized = lambda memory, keep=2: function().replace("alias:", f"memory: {memory}\n    alias:").replace("versions: 2", f"versions: {keep}")
    bench = Bench(tmp_path, sized(128))
    for stack in (sized(128), sized(256), sized(512, 3)):
        bench.project.stack(stack)
        bench.calmly(APPLY).exits(0)
    assert versions_of(bench) == ["1", "2", "3"]
    # Back to what version 1 froze, while only one is to be kept.
    bench.project.stack(sized(128, 1))
    bench.calmly(APPLY).exits(0)
    alias = bench.aws("lambda").get_alias(FunctionName="tiny-work", Name="live")
    assert alias["FunctionVersion"] == "1" and versions_of(bench) == ["1", "3"]
    bench.assert_converged()
    bench.project.stack(sized(1024, 1))
    bench.calmly(APPLY).exits(0)
    assert versions_of(bench) == ["4"]
    bench.assert_converged()


def test_an_alias_that_splits_its_calls_leads_to_one_version_again(tmp_path):
    bench = Bench(tmp_path, function())
    write = lambda text: bench.project.write("handlers/work/index.js", f"exports.handler = async () => '{text}';\n")
    for text in ("one", "two"):
        write(text)
        bench.calmly(APPLY).exits(0)
    split = lambda: bench.aws("lambda").update_alias(
        FunctionName="tiny-work", Name="live", FunctionVersion="2", RoutingConfig={"AdditionalVersionWeights": {"1": 0.1}})
    split()
    run = bench.calmly(["plan", "--detailed-exitcode"]).exits(2)
    assert "weights" in run.out, run
    run, proxy = bench.run(APPLY)
    run.exits(0)
    assert [call.operation for call in proxy.writes] == ["UpdateAlias"], run
    bench.assert_converged()
    split()
    write("three")
    bench.calmly(APPLY).exits(0)
    alias = bench.aws("lambda").get_alias(FunctionName="tiny-work", Name="live")
    assert alias["FunctionVersion"] == "3" and not alias.get("RoutingConfig", {}).get("AdditionalVersionWeights"), alias
    assert versions_of(bench) == ["2", "3"], "and what nobody is led to any more goes"
    bench.assert_converged()


def test_a_subscription_is_changed_where_it_stands(tmp_path):
    bench = Bench(tmp_path, TOPIC.replace("SUBSCRIPTION", "{ queue: in }"))
    bench.calmly(APPLY).exits(0)
    (before,) = bench.aws("sns").list_subscriptions()["Subscriptions"]
    for subscription in SUBSCRIPTIONS:
        bench.project.stack(TOPIC.replace("SUBSCRIPTION", subscription))
        run, proxy = bench.run(APPLY)
        run.exits(0)
        assert {named(call) for call in proxy.writes} == {"SetSubscriptionAttributes"}, run
        bench.assert_converged()
    (after,) = bench.aws("sns").list_subscriptions()["Subscriptions"]
    assert after == before


def test_what_stands_at_an_alias_moves_before_the_alias_goes(tmp_path):
    bench = Bench(tmp_path, function())
    bench.calmly(APPLY).exits(0)
    (mapping,) = bench.aws("lambda").list_event_source_mappings()["EventSourceMappings"]
    bench.project.stack(function(alias="current"))
    run, proxy = bench.run(APPLY)
    run.exits(0)
    sent = [named(call) for call in proxy.writes]
    moves = ["AddPermission", "PutFunctionEventInvokeConfig", "UpdateEventSourceMapping"]
    assert sent[0] == "CreateAlias" and sent[-1] == "DeleteAlias" and set(moves) < set(sent), sent
    assert "DeleteEventSourceMapping" not in sent and "PublishVersion" not in sent, sent
    (moved,) = bench.aws("lambda").list_event_source_mappings()["EventSourceMappings"]
    assert moved["UUID"] == mapping["UUID"] and moved["FunctionArn"].endswith(":current")
    bench.assert_converged()


def test_somebody_may_call_while_a_permission_is_replaced(tmp_path):
    bench = Bench(tmp_path, function())
    bench.calmly(APPLY).exits(0)
    bench.project.stack(function(rule="weekly"))
    run, proxy = bench.run(APPLY)
    run.exits(0)
    stand = {"from-events"}
    for call in proxy.writes:
        if call.operation == "AddPermission":
            stand.add(json.loads(call.text.split("\n", 1)[1])["StatementId"])
        if call.operation == "RemovePermission":
            stand.discard(call.labels["StatementId"])
        assert stand, f"nobody may call\n{run}"
    assert stand == {"from-events"}
    bench.assert_converged()


def test_a_stand_in_that_a_killed_apply_left_is_no_hindrance(tmp_path):
    bench = Bench(tmp_path, function())
    bench.calmly(APPLY).exits(0)
    client = bench.aws("lambda", bench.etlctl.endpoint)
    client.add_permission(
        FunctionName="tiny-work", Qualifier="live", StatementId="etlctl-stand-in", Action="lambda:InvokeFunction",
        Principal="events.amazonaws.com")
    bench.project.stack(function(rule="weekly"))
    bench.calmly(APPLY).exits(0)
    bench.assert_converged()
    policy = json.loads(client.get_policy(FunctionName="tiny-work", Qualifier="live")["Policy"])
    assert [statement["Sid"] for statement in policy["Statement"]] == ["from-events"]


def test_an_address_that_nobody_confirmed_is_told_and_left(tmp_path):
    address = "{ email: oncall@example.com }"
    bench = Bench(tmp_path, TOPIC.replace("[SUBSCRIPTION]", f"[{address}, {{ queue: in }}]"))
    bench.calmly(APPLY).exits(0)
    bench.project.stack(TOPIC.replace("SUBSCRIPTION", "{ queue: in }"))
    run = bench.calmly(APPLY).exits(0)
    assert "nobody has confirmed email:oncall@example.com" in run.out, run
    bench.assert_converged()


@pytest.mark.parametrize("qualifier", ["$LATEST", "other"])
def test_a_twin_at_another_qualifier_is_seen_and_goes(tmp_path, qualifier):
    bench = Bench(tmp_path, function())
    bench.calmly(APPLY).exits(0)
    client = bench.aws("lambda")
    if qualifier == "other":
        client.create_alias(FunctionName="tiny-work", Name="other", FunctionVersion="1")
    at = {} if qualifier == "$LATEST" else {"Qualifier": qualifier}
    client.put_function_event_invoke_config(FunctionName="tiny-work", MaximumRetryAttempts=2, **at)
    run = bench.calmly(PLAN).exits(2)
    assert "elsewhere.event_invokes" in run.out, run
    bench.calmly(APPLY).exits(0)
    configs = client.list_function_event_invoke_configs(FunctionName="tiny-work")["FunctionEventInvokeConfigs"]
    assert [config["FunctionArn"].rsplit(":", 1)[1] for config in configs] == ["live"]
    bench.assert_converged()


def test_a_role_that_was_made_again_is_set_again(tmp_path):
    bench = Bench(tmp_path, function())
    bench.calmly(APPLY).exits(0)
    client = bench.aws("iam")
    role = client.get_role(RoleName="tiny-work-role")["Role"]
    for policy in client.list_role_policies(RoleName="tiny-work-role")["PolicyNames"]:
        client.delete_role_policy(RoleName="tiny-work-role", PolicyName=policy)
    for policy in client.list_attached_role_policies(RoleName="tiny-work-role")["AttachedPolicies"]:
        client.detach_role_policy(RoleName="tiny-work-role", PolicyArn=policy["PolicyArn"])
    client.delete_role(RoleName="tiny-work-role")
    # IAM tells when a role was made to the second.
    changed = bench.aws("lambda").get_function_configuration(FunctionName="tiny-work")["LastModified"]
    while time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime()) <= changed[:19]:
        time.sleep(0.1)
    # Killed once the role was there, as it were: only its date tells.
    bench.calmly([*APPLY, "--target", "role/work"]).exits(0)
    assert client.get_role(RoleName="tiny-work-role")["Role"]["Arn"] == role["Arn"]
    run = bench.calmly(PLAN).exits(2)
    assert "role: " in run.out and "of one that was deleted" in run.out, run
    run, proxy = bench.run(APPLY)
    run.exits(0)
    assert [named(call) for call in proxy.writes][0] == "UpdateFunctionConfiguration", run
    bench.assert_converged()
