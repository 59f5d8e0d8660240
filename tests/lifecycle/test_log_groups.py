"""Parts of a log group that have a life of their own: where its events go as they come, and that nobody deletes it."""

import pytest
from bench import Bench

APPLY, PLAN = ["apply", "--yes"], ["plan", "--detailed-exitcode"]
DESTROY = ["destroy", "--yes", "--allow-loss", "all"]
HEAD = """\
stack: tiny
region: us-east-1
environments: { dev: {} }
naming: "tiny-${name}"
defaults: { function: { source: ../handlers/work, runtime: nodejs22.x, handler: index.handler } }
"""
WORK = """\
functions:
  work:
    alias: live
    permissions: { logs: { principal: logs.amazonaws.com, source_arn: "${log_groups.audit.arn}:*" } }
"""
AUDIT = "log_groups: {{ audit: {{ subscription_filters: {{ {filters} }} }} }}\n"


def stack(filters):
    return HEAD + WORK + AUDIT.format(filters=filters)


@pytest.fixture
def bench(tmp_path):
    return Bench(tmp_path, stack("errors: { function: work, pattern: ERROR }"))


def filters(bench):
    client = bench.aws("logs", bench.etlctl.endpoint)
    told = client.describe_subscription_filters(logGroupName="tiny-audit")["subscriptionFilters"]
    return {each["filterName"]: (each["filterPattern"], each["destinationArn"].partition(":function:")[2]) for each in told}


def tags(bench):
    client = bench.aws("logs")
    return client.list_tags_for_resource(resourceArn=bench.aws.arn("logs", "log-group:tiny-audit"))["tags"]


def called(proxy):
    return [call.operation for call in proxy.calls if "Subscription" in call.operation]


def test_events_go_to_the_alias_once_it_lets_them_and_stop_with_the_file(bench):
    run, proxy = bench.run(APPLY)
    run.exits(0)
    writes = [call.operation for call in proxy.writes]
    assert writes.index("AddPermission") < writes.index("PutSubscriptionFilter"), run
    assert filters(bench) == {"errors": ("ERROR", "tiny-work:live")}
    bench.assert_converged()
    # What another client makes of it is a difference, and so is one more.
    put = bench.aws("logs").put_subscription_filter
    put(logGroupName="tiny-audit", filterName="errors", filterPattern="WARN", destinationArn=bench.aws.arn("lambda", "function:tiny-work:live"))
    put(logGroupName="tiny-audit", filterName="by-hand", filterPattern="", destinationArn=bench.aws.arn("lambda", "function:tiny-work:live"))
    run = bench.calmly(PLAN).exits(2)
    assert "subscription_filters.errors.pattern: WARN → ERROR" in run.out and "- subscription_filters.by-hand" in run.out, run
    run, proxy = bench.run(APPLY)
    assert [call.operation for call in proxy.writes] == ["DeleteSubscriptionFilter", "PutSubscriptionFilter"], run
    # The next takes the room of the last.
    bench.project.stack(stack("a: { function: work }, b: { function: work, pattern: WARN }"))
    bench.calmly(APPLY).exits(0)
    assert filters(bench) == {"a": ("", "tiny-work:live"), "b": ("WARN", "tiny-work:live")}
    bench.assert_converged()
    bench.project.stack(stack(""))
    bench.calmly(APPLY).exits(0)
    assert filters(bench) == {} and "etlctl:subscribed" not in tags(bench)
    run, proxy = bench.run(PLAN)
    assert run.code == 0 and not called(proxy), f"nothing says that it has some: {called(proxy)}"


def test_filters_of_others_are_left_alone_and_told_where_the_file_names_some(bench):
    bench.project.stack(stack(""))
    bench.calmly(APPLY).exits(0)
    bench.aws("logs").put_subscription_filter(
        logGroupName="tiny-audit", filterName="by-hand", filterPattern="", destinationArn=bench.aws.arn("lambda", "function:tiny-work:live"))
    bench.assert_converged()
    bench.project.stack(stack("errors: { function: work }"))
    run = bench.calmly(APPLY)
    assert run.code == 1 and "by-hand" in run.err, run
    assert list(filters(bench)) == ["by-hand"] and "etlctl:subscribed" not in tags(bench)
    # Named, it is the file's.
    bench.project.stack(stack("errors: { function: work }, by-hand: { function: work, pattern: ERROR }"))
    bench.calmly(APPLY).exits(0)
    assert filters(bench)["by-hand"][0] == "ERROR"
    bench.assert_converged()


def test_a_tag_that_was_left_over_takes_nothing_of_others(bench):
    """A run that ended between the filters and the tag leaves it, and a file that names none has no word in what comes after."""
    bench.calmly(APPLY).exits(0)
    client = bench.aws("logs")
    client.delete_subscription_filter(logGroupName="tiny-audit", filterName="errors")
    client.put_subscription_filter(
        logGroupName="tiny-audit", filterName="by-hand", filterPattern="", destinationArn=bench.aws.arn("lambda", "function:tiny-work:live"))
    bench.project.stack(stack(""))
    run = bench.calmly(PLAN).exits(2)
    assert "by-hand" not in run.out and "etlctl:subscribed" in run.out, run
    bench.calmly(APPLY).exits(0)
    assert list(filters(bench)) == ["by-hand"] and "etlctl:subscribed" not in tags(bench)
    bench.assert_converged()


def test_a_stream_gets_them_with_a_role_and_every_member_comes_back(bench):
    stream = f"arn:aws:kinesis:us-east-1:{bench.account}:stream/in"
    members = "on_transformed_logs: true, field_selection: '@aws.region = us-east-1', system_fields: ['@aws.account'], distribution: Random"
    role = "roles: { to-stream: { trust_policy: [{ actions: [sts:AssumeRole], principals: { Service: [logs.amazonaws.com] } }] } }\n"
    bench.project.stack(HEAD + role + AUDIT.format(filters=f"all: {{ destination: '{stream}', role: to-stream, {members} }}"))
    bench.calmly(APPLY).exits(0)
    bench.assert_converged()
    bench.project.stack(HEAD + role + AUDIT.format(filters=f"all: {{ destination: '{stream}', role: to-stream }}"))
    run = bench.calmly(PLAN).exits(2)
    assert "on_transformed_logs: true → false" in run.out and "distribution: Random → ByLogStream" in run.out, run
    bench.calmly(APPLY).exits(0)
    bench.assert_converged()


def test_a_metric_counts_what_several_accounts_gather(bench):
    metric = "pattern: ERROR, metric_namespace: Tiny, metric_name: errors, metric_value: 1"
    more = "on_transformed_logs: true, field_selection: '@aws.region = us-east-1', system_dimensions: ['@aws.account']"
    stack = "log_groups: {{ audit: {{ metric_filters: {{ errors: {{ {} }} }} }} }}\n"
    bench.project.stack(HEAD + stack.format(f"{metric}, {more}"))
    bench.calmly(APPLY).exits(0)
    bench.assert_converged()
    bench.project.stack(HEAD + stack.format(metric))
    run = bench.calmly(PLAN).exits(2)
    assert "on_transformed_logs: true → false" in run.out and "system_dimensions" in run.out, run
    bench.calmly(APPLY).exits(0)
    bench.assert_converged()


def protected(bench, name="tiny-audit"):
    client = bench.aws("logs", bench.etlctl.endpoint)
    return client.describe_log_groups(logGroupNamePrefix=name)["logGroups"][0]["deletionProtectionEnabled"]


def test_a_protected_group_stops_the_plan_that_would_delete_it(bench):
    on = HEAD + "log_groups: { audit: { deletion_protection: true }, other: {} }\n"
    bench.project.stack(on)
    bench.calmly(APPLY).exits(0)
    assert protected(bench)
    bench.assert_converged()
    gone = HEAD + "log_groups: { other: {} }\n"
    for text, args in ((gone, PLAN), (on, ["plan", "--destroy"]), (on.replace("true", "true, class: INFREQUENT_ACCESS"), PLAN)):
        bench.project.stack(text)
        run = bench.calmly(args)
        assert run.code not in (0, 2) and "deletion protection is on" in run.err and "`deletion_protection: false`" in run.err, run
    # By hand it is off, which the next plan sees.
    client = bench.aws("logs", bench.etlctl.endpoint)
    client.put_log_group_deletion_protection(logGroupIdentifier="tiny-audit", deletionProtectionEnabled=False)
    bench.project.stack(on)
    run = bench.calmly(PLAN).exits(2)
    assert "deletion_protection: false → true" in run.out, run
    bench.calmly(APPLY).exits(0)
    bench.project.stack(on.replace("true", "false"))
    run, proxy = bench.run(APPLY)
    assert [call.operation for call in proxy.writes] == ["PutLogGroupDeletionProtection"], run
    bench.calmly(DESTROY).exits(0)


def test_who_protects_the_group_of_a_function_is_left_alone(bench):
    bench.project.stack(HEAD + "functions: { work: {} }\n")
    bench.calmly(APPLY).exits(0)
    client = bench.aws("logs", bench.etlctl.endpoint)
    client.put_log_group_deletion_protection(logGroupIdentifier="/aws/lambda/tiny-work", deletionProtectionEnabled=True)
    bench.assert_converged()
    run = bench.calmly(DESTROY)
    assert run.code not in (0, 2) and "/aws/lambda/tiny-work" in run.err and "deletion protection is on" in run.err, run
    client.put_log_group_deletion_protection(logGroupIdentifier="/aws/lambda/tiny-work", deletionProtectionEnabled=False)
    bench.calmly(DESTROY).exits(0)
