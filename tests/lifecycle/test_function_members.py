"""Members of a function that have a life of their own: executions that stand ready, durable execution,
file systems."""

import pytest
from bench import Bench
from faults import Altered, Faulty, Rule
from harness import ENDPOINT

HEAD = """\
stack: tiny
region: us-east-1
environments: { dev: {} }
naming: "tiny-${name}"
defaults: { function: { source: ../handlers/work, runtime: nodejs22.x, handler: index.handler } }
functions:
"""
APPLY, PLAN = ["apply", "--yes"], ["plan", "--detailed-exitcode"]
READY = "  work: {{ alias: {alias}, provisioned_concurrency: {ready} }}\n"


@pytest.fixture
def bench(tmp_path):
    return Bench(tmp_path, HEAD + READY.format(alias="live", ready=2))


def ready(bench, alias):
    """How many stand ready for an alias; none where nothing does."""
    client = bench.aws("lambda")
    try:
        found = client.get_provisioned_concurrency_config(FunctionName="tiny-work", Qualifier=alias)
    except (client.exceptions.ProvisionedConcurrencyConfigNotFoundException, client.exceptions.ResourceNotFoundException):
        return None
    return found["RequestedProvisionedConcurrentExecutions"]


def test_executions_stand_ready_for_the_alias_and_follow_it(bench):
    bench.calmly(APPLY).exits(0)
    assert ready(bench, "live") == 2
    bench.assert_converged()
    # Another client's number is a difference, and nothing else is.
    bench.aws("lambda").put_provisioned_concurrency_config(
        FunctionName="tiny-work", Qualifier="live", ProvisionedConcurrentExecutions=5)
    run = bench.calmly(PLAN).exits(2)
    assert " provisioned_concurrency: 5 → 2" in run.out, run
    run, proxy = bench.run(APPLY)
    assert [call.operation for call in proxy.writes] == ["PutProvisionedConcurrencyConfig"], run
    assert ready(bench, "live") == 2
    # They move with the alias, and no alias is left that something stands ready for.
    bench.project.stack(HEAD + READY.format(alias="stable", ready=3))
    bench.calmly(APPLY).exits(0)
    assert (ready(bench, "stable"), ready(bench, "live")) == (3, None)
    bench.assert_converged()
    bench.project.stack(HEAD + "  work: { alias: stable }\n")
    run, proxy = bench.run(APPLY)
    assert [call.operation for call in proxy.writes] == ["DeleteProvisionedConcurrencyConfig", "TagResource"], run
    assert ready(bench, "stable") is None
    bench.assert_converged()


def states(*shown):
    """What AWS says of what was asked for, answer by answer, the last for good."""
    shown = list(shown)

    def change(answer):
        if "RequestedProvisionedConcurrentExecutions" in answer:
            answer.update(shown.pop(0) if len(shown) > 1 else shown[0])

    return Faulty(ENDPOINT, [Rule("lambda:GetProvisionedConcurrencyConfig", Altered(change), times=None)])


def test_an_apply_waits_until_they_stand(bench):
    goes, stands = {"Status": "IN_PROGRESS"}, {"Status": "READY"}
    run, proxy = bench.run(APPLY, through=states(goes, goes, stands))
    run.exits(0)
    assert proxy.count("lambda:GetProvisionedConcurrencyConfig") >= 3, run


def test_what_lambda_could_not_ready_is_no_success_and_is_asked_for_again(bench):
    failed = {"Status": "FAILED", "StatusReason": "FUNCTION_ERROR_INIT_FAILURE"}
    run, _ = bench.run(APPLY, through=states(failed))
    assert run.code in (1, 6) and "FUNCTION_ERROR_INIT_FAILURE" in run.err, run
    # It stays so until somebody looks: a plan shows it, and the next apply asks once more.
    run, _ = bench.run(PLAN, through=states(failed))
    assert run.code == 2 and "FUNCTION_ERROR_INIT_FAILURE" in run.out, run
    run, proxy = bench.run(APPLY, through=states(failed, {"Status": "READY"}))
    run.exits(0)
    assert [call.operation for call in proxy.writes] == ["PutProvisionedConcurrencyConfig"], run
    bench.assert_converged()


def test_a_function_becomes_durable_only_by_a_new_one(bench):
    bench.project.stack(HEAD + "  work: {}\n")
    bench.calmly(APPLY).exits(0)
    durable = "  work: {{ alias: live, durable: {{ execution_timeout: {timeout} }} }}\n"
    bench.project.stack(HEAD + durable.format(timeout="1h"))
    run = bench.calmly(PLAN).exits(2)
    assert "-/+ function/work" in run.out and "+ durable: " in run.out, run
    bench.calmly([*APPLY, "--allow-loss", "all"]).exits(0)
    bench.assert_converged()
    bench.project.stack(HEAD + durable.format(timeout="2h"))
    run, proxy = bench.run(APPLY)
    run.exits(0)
    writes = [call.operation for call in proxy.writes]
    assert "UpdateFunctionConfiguration" in writes and "CreateFunction" not in writes, run
    held = bench.aws("lambda").get_function_configuration(FunctionName="tiny-work")["DurableConfig"]
    assert held == {"ExecutionTimeout": 7200, "RetentionPeriodInDays": 14}, held
    bench.assert_converged()


def test_a_file_system_comes_and_goes_in_place(bench):
    arn = bench.aws.arn("elasticfilesystem", "access-point/fsap-0123456789abcdef0")
    network = "vpc: { subnets: [subnet-1], security_groups: [sg-1] }, role: { managed_policies: [service-role/AWSLambdaVPCAccessExecutionRole] }"
    bench.project.stack(HEAD + f"  work: {{ {network}, file_systems: [{{ arn: '{arn}', mount: /mnt/data }}] }}\n")
    bench.calmly(APPLY).exits(0)
    held = bench.aws("lambda").get_function_configuration(FunctionName="tiny-work")["FileSystemConfigs"]
    assert held == [{"Arn": arn, "LocalMountPath": "/mnt/data"}], held
    bench.assert_converged()
    bench.project.stack(HEAD + f"  work: {{ {network} }}\n")
    run, proxy = bench.run(APPLY)
    assert [call.operation for call in proxy.writes] == ["UpdateFunctionConfiguration"], run
    assert not bench.aws("lambda").get_function_configuration(FunctionName="tiny-work").get("FileSystemConfigs")
    bench.assert_converged()


def concurrency(bench, members):
    """What stands ready for which alias, and what is reserved, once the file has these members."""
    bench.project.stack(HEAD + f"  work: {{ {members} }}\n")
    run, proxy = bench.run(APPLY)
    run.exits(0)
    bench.assert_converged()
    reserved = bench.aws("lambda").get_function_concurrency(FunctionName="tiny-work").get("ReservedConcurrentExecutions")
    wrote = [call.operation for call in proxy.writes if "Concurrency" in call.operation]
    return {alias: ready(bench, alias) for alias in ("live", "prod")}, reserved, wrote


PUT, DELETE, RESERVE = "PutProvisionedConcurrencyConfig", "DeleteProvisionedConcurrencyConfig", "PutFunctionConcurrency"


def test_what_stands_ready_never_exceeds_the_reservation(bench):
    """Neither while both are lowered or raised, nor while one alias follows another."""
    steps = [
        ("alias: live, reserved_concurrency: 3, provisioned_concurrency: 3", {"live": 3, "prod": None}, 3, [RESERVE, PUT]),
        ("alias: live, reserved_concurrency: 1, provisioned_concurrency: 1", {"live": 1, "prod": None}, 1, [PUT, RESERVE]),
        ("alias: live, reserved_concurrency: 4, provisioned_concurrency: 4", {"live": 4, "prod": None}, 4, [RESERVE, PUT]),
        ("alias: prod, reserved_concurrency: 4, provisioned_concurrency: 4", {"live": None, "prod": 4}, 4, [DELETE, PUT]),
        ("alias: live, reserved_concurrency: 9, provisioned_concurrency: 4", {"live": 4, "prod": None}, 9, [RESERVE, PUT, DELETE]),
        ("alias: live, reserved_concurrency: 0", {"live": None, "prod": None}, 0, [DELETE, RESERVE]),
        ("alias: live, reserved_concurrency: 2, provisioned_concurrency: 2", {"live": 2, "prod": None}, 2, [RESERVE, PUT]),
        ("reserved_concurrency: 0", {"live": None, "prod": None}, 0, [DELETE, RESERVE]),
    ]
    for members, *expected in steps:
        assert list(concurrency(bench, members)) == expected, members


def test_what_stands_ready_is_given_back_before_the_alias_starts_from_a_snapshot(bench):
    python = "runtime: python3.13, handler: index.handler, source: ../handlers/snap"
    bench.project.write("handlers/snap/index.py", "def handler(event, context):\n    return None\n")
    told, _, _ = concurrency(bench, f"{python}, alias: live, provisioned_concurrency: 2")
    assert told["live"] == 2
    for members, expected in (("snap_start: true", None), ("provisioned_concurrency: 1", 1)):
        told, _, _ = concurrency(bench, f"{python}, alias: live, {members}")
        assert told["live"] == expected


def test_a_topic_invokes_the_alias_whose_permission_lets_it(bench):
    bench.project.stack(HEAD + "  work: { alias: live, permissions: { sns: { principal: sns.amazonaws.com, source_arn: '${topics.news.arn}' } } }\n"
                        "topics: { news: { subscriptions: [{ function: work }] } }\n")
    bench.calmly(APPLY).exits(0)
    (subscription,) = bench.aws("sns").list_subscriptions()["Subscriptions"]
    assert subscription["Endpoint"] == bench.aws.arn("lambda", "function:tiny-work:live")
    bench.assert_converged()


def test_a_statement_that_says_more_than_the_file_is_put_back(bench):
    bench.project.stack(HEAD + "  work: { permissions: { skill: { principal: s3.amazonaws.com } } }\n")
    bench.calmly(APPLY).exits(0)
    bench.assert_converged()
    client, statement = bench.aws("lambda"), {"FunctionName": "tiny-work", "StatementId": "skill"}
    client.remove_permission(**statement)
    client.add_permission(**statement, Action="lambda:InvokeFunction", Principal="s3.amazonaws.com", EventSourceToken="token")
    run = bench.calmly(PLAN).exits(2)
    assert "- permissions.skill.rest" in run.out, run.out
    bench.calmly(APPLY).exits(0)
    assert "EventSourceToken" not in client.get_policy(FunctionName="tiny-work")["Policy"]
    bench.assert_converged()


def versions(bench):
    told = bench.aws("lambda").list_versions_by_function(FunctionName="tiny-work")["Versions"]
    return [each["Version"] for each in told if each["Version"] != "$LATEST"]


def publishing(members="", outputs=""):
    return HEAD + f"  work: {{ publish: true{members} }}\n" + outputs


def test_each_change_publishes_a_version_without_an_alias(bench):
    outputs = "outputs: { work: '${functions.work.version_arn}' }\n"
    bench.project.stack(publishing(outputs=outputs))
    bench.calmly(APPLY).exits(0)
    assert versions(bench) == ["1"]
    bench.assert_converged()
    told = bench.calmly(["outputs", "--format", "json"]).exits(0)
    assert f"{bench.aws.arn('lambda', 'function:tiny-work')}:1" in told.out, told
    bench.project.stack(publishing(", memory: 256", outputs))
    run = bench.calmly(PLAN).exits(2)
    assert "publish: true  # 1 → current" in run.out, run
    bench.calmly(APPLY).exits(0)
    bench.assert_converged()
    # What was there before is published anew: the newest is what callers look for.
    bench.project.stack(publishing(outputs=outputs))
    bench.calmly(APPLY).exits(0)
    assert versions(bench) == ["1", "2", "3"]
    bench.project.stack(publishing(", memory: 512", outputs))
    bench.calmly(APPLY).exits(0)
    assert versions(bench) == ["2", "3", "4"], "as many as are kept"
    run, proxy = bench.run(APPLY)
    assert run.code == 0 and not proxy.writes, "nothing changed, and nothing was published"
    # What is not published any more stays until the function goes, and is not asked for.
    bench.project.stack(HEAD + "  work: { memory: 128 }\n")
    bench.calmly(APPLY).exits(0)
    assert versions(bench) == ["2", "3", "4"]
    run, proxy = bench.run(PLAN)
    assert run.code == 0 and not proxy.count("lambda:ListVersionsByFunction"), run


def test_versions_that_nobody_listed_count_among_those_that_are_kept(bench):
    bench.project.stack(HEAD + "  work: {}\n")
    bench.calmly(APPLY).exits(0)
    client = bench.aws("lambda")
    for memory in (200, 201, 202, 203):
        client.update_function_configuration(FunctionName="tiny-work", MemorySize=memory)
        client.get_waiter("function_updated_v2").wait(FunctionName="tiny-work", WaiterConfig={"Delay": 1})
        client.publish_version(FunctionName="tiny-work")
    bench.project.stack(publishing())
    bench.calmly(APPLY).exits(0)
    assert versions(bench) == ["3", "4", "5"]
    bench.assert_converged()


def test_an_alias_takes_over_from_publish_and_gives_back(bench):
    bench.project.stack(publishing())
    bench.calmly(APPLY).exits(0)
    for text in (publishing(", alias: live"), publishing()):
        bench.project.stack(text)
        bench.calmly(APPLY).exits(0)
        bench.assert_converged()
    assert versions(bench) == ["1"], "it was there already"


def test_a_version_by_hand_is_not_the_newest_for_long(bench):
    bench.project.stack(publishing())
    bench.calmly(APPLY).exits(0)
    client = bench.aws("lambda")
    client.update_function_configuration(FunctionName="tiny-work", MemorySize=200)
    client.get_waiter("function_updated_v2").wait(FunctionName="tiny-work", WaiterConfig={"Delay": 1})
    client.publish_version(FunctionName="tiny-work")
    run = bench.calmly(PLAN).exits(2)
    assert "memory: 200 → 128" in run.out and "publish: true  # 2 → current" in run.out, run
    bench.calmly(APPLY).exits(0)
    bench.assert_converged()


@pytest.mark.parametrize("text", ["$${env}", "$${ssm:/a/b}"])
def test_a_version_froze_what_looks_like_a_variable_and_is_none(tmp_path, text):
    bench = Bench(tmp_path, HEAD + f"  work: {{ alias: live, environment: {{ AA: '{text}' }} }}\n")
    bench.calmly(APPLY).exits(0)
    bench.assert_converged()
    live = bench.aws("lambda").get_function_configuration(FunctionName="tiny-work", Qualifier="live")
    assert live["Environment"]["Variables"]["AA"] == text[1:]
