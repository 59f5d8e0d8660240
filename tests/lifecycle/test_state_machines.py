"""State machines: what AWS then holds, what is changed by hand, whose they are, how they go, and that they run
what they call, started by `invoke`."""

import datetime
import json
import time
import uuid

import pytest

from aws_like import ALL, AwsLike
from bench import Bench
from harness import ENDPOINT, LOCAL
from test_permissions import Oracle, actions, allows
from wire import Recorder

APPLY, PLAN = ["apply", "--yes"], ["plan", "--detailed-exitcode"]
DESTROY = ["destroy", "--yes", "--allow-loss", "all"]
HEAD = """\
stack: tiny
region: us-east-1
environments: { dev: {} }
naming: "NAME-${name}"
defaults: { function: { runtime: nodejs22.x, handler: index.handler } }
"""
FUNCTIONS = """\
functions:
  first: { source: ../handlers/first }
  second: { source: ../handlers/second, alias: live }
"""
MACHINE = """\
state_machines:
  flow:
    source: flow.asl.json
    substitutions: { Second: "${functions.second.alias_arn}" }
    logging: { level: error, include_execution_data: true, retention: 7d }
    tracing: true
    tags: { team: etl }
"""
FLOW = """\
{
\t"Comment": "One after the other in ${env}",
\t"StartAt": "First",
\t"States": {
\t\t"First": {"Type": "Task", "Resource": "${functions.first.arn}", "Next": "Second"},
\t\t"Second": {
\t\t\t"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke",
\t\t\t"Parameters": {"FunctionName": "${Second}", "Payload.$": "$"},
\t\t\t"ResultSelector": {"sum.$": "$.Payload.sum"}, "End": true
\t\t}
\t}
}
"""


def stack(rest):
    # A function that is changed stops those of its name in every account, so each test has its own.
    return HEAD.replace("NAME", f"t{uuid.uuid4().hex[:8]}") + rest


@pytest.fixture
def bench(tmp_path):
    made = Bench(tmp_path, stack(FUNCTIONS + MACHINE))
    made.project.write("desired-state/flow.asl.json", FLOW)
    made.project.write("handlers/first/index.js", "exports.handler = async (event) => ({ n: (event.n ?? 0) + 1 });\n")
    made.project.write("handlers/second/index.js", """\
exports.handler = async (event) => {
  if (event.n > 100) throw new Error(`${event.n} is too much`);
  return { sum: event.n + 10 };
};
""")
    return made


def edit(bench, old, new):
    path = bench.project.dir / "desired-state/stack.yaml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def prefix(bench):
    return bench.project.dir.joinpath("desired-state/stack.yaml").read_text().split('naming: "')[1].split("-$")[0]


def arn(bench):
    return bench.aws.arn("states", f"stateMachine:{prefix(bench)}-flow")


def live(bench):
    """As AWS would tell it."""
    found = bench.aws("stepfunctions", bench.etlctl.endpoint).describe_state_machine(stateMachineArn=arn(bench))
    return found | {"definition": json.loads(found["definition"])}


def there(bench):
    return [machine["name"] for machine in bench.aws("stepfunctions").list_state_machines()["stateMachines"]]


def tags(bench):
    return {tag["key"]: tag["value"] for tag in bench.aws("stepfunctions").list_tags_for_resource(resourceArn=arn(bench))["tags"]}


def role_policy(bench, name):
    document = bench.aws("iam").get_role_policy(RoleName=name, PolicyName="etlctl-derived")["PolicyDocument"]
    allowed = {}
    for statement in document["Statement"]:
        actions, resources = ([each] if isinstance(each, str) else each for each in (statement["Action"], statement["Resource"]))
        for action in actions:
            allowed.setdefault(action, set()).update(resources)
    return allowed


def test_it_is_as_the_files_say_with_all_that_it_needs(bench):
    bench.calmly(APPLY).exits(0)
    found, name = live(bench), prefix(bench)
    first, second = (bench.aws.arn("lambda", f"function:{name}-{each}") for each in ("first", "second"))
    assert found["definition"]["Comment"] == "One after the other in dev"
    assert found["definition"]["States"]["First"]["Resource"] == first
    assert found["definition"]["States"]["Second"]["Parameters"]["FunctionName"] == f"{second}:live"
    assert (found["type"], found["tracingConfiguration"]) == ("STANDARD", {"enabled": True})
    group = f"/aws/vendedlogs/states/{name}-flow"
    assert found["loggingConfiguration"] == {
        "level": "ERROR", "includeExecutionData": True,
        "destinations": [{"cloudWatchLogsLogGroup": {"logGroupArn": f"{bench.aws.arn('logs', f'log-group:{group}')}:*"}}]}
    assert tags(bench)["team"] == "etl" and tags(bench)["etlctl:stack"] == "tiny"
    [told] = bench.aws("logs").describe_log_groups(logGroupNamePrefix=group)["logGroups"]
    assert told["retentionInDays"] == 7
    allowed = role_policy(bench, found["roleArn"].rsplit("/", 1)[1])
    assert allowed["lambda:InvokeFunction"] == {first, f"{first}:*", f"{second}:live"}
    assert {"logs:CreateLogDelivery", "xray:PutTraceSegments"} <= allowed.keys()
    bench.assert_converged()


def test_it_runs_two_functions_and_tells_how_it_went(bench):
    bench.calmly(APPLY).exits(0)
    bench.project.write("event.json", '{"n": 4}')
    run = bench.calmly(["invoke", "flow", "--payload", "event.json"]).exits(0).tells("First (Task)", "Second (Task)")
    assert json.loads(run.out) == {"sum": 15}, run
    bench.project.write("event.json", '{"n": 400}')
    run = bench.calmly(["invoke", "state_machine/flow", "--payload", "event.json"]).exits(1).tells("failed", "401 is too much")
    assert run.out == "", run
    bench.calmly(["invoke", "flow", "--async"]).exits(0).tells("runs")
    bench.calmly(["invoke", "flow", "--tail"]).exits(64).tells("--tail is for functions")
    # Its log group is there, and the local AWS writes nothing to it.
    bench.calmly(["logs", "flow"]).exits(0)


def test_an_express_machine_is_waited_for(bench):
    edit(bench, "    tracing: true\n", "    type: express\n")
    bench.calmly(APPLY).exits(0)
    bench.project.write("event.json", '{"n": 4}')
    run = bench.calmly(["invoke", "flow", "--payload", "event.json"]).exits(0)
    assert json.loads(run.out) == {"sum": 15}, run
    bench.project.write("event.json", '{"n": 400}')
    bench.calmly(["invoke", "flow", "--payload", "event.json"]).exits(1)


def test_an_event_starts_it(bench):
    source = f"{prefix(bench)}.orders"
    edit(bench, "    tracing: true\n", f"    triggers: [{{ event: {{ source: [{source}] }}, input_path: $.detail }}]\n")
    bench.calmly(APPLY).exits(0)
    bench.assert_converged()
    bench.aws("events").put_events(Entries=[{"Source": source, "DetailType": "placed", "Detail": '{"n": 4}'}])
    assert outputs_of(bench, 20) == [{"sum": 15}]
    edit(bench, f"    triggers: [{{ event: {{ source: [{source}] }}, input_path: $.detail }}]\n", "")
    bench.calmly(APPLY).exits(0)
    assert bench.aws("events").list_rules()["Rules"] == []


def test_a_schedule_starts_it(bench):
    soon = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=20)
    trigger = f"    triggers: [{{ schedule: \"at({soon:%Y-%m-%dT%H:%M:%S})\", input: {{ n: 4 }} }}]\n"
    edit(bench, "    tracing: true\n", trigger)
    bench.calmly(APPLY).exits(0)
    assert outputs_of(bench, 60) == [{"sum": 15}]
    edit(bench, trigger, "")
    bench.calmly(APPLY).exits(0)
    assert bench.aws("scheduler").list_schedules()["Schedules"] == []


def outputs_of(bench, seconds):
    """What executions gave, once there are some."""
    client, end = bench.aws("stepfunctions"), time.monotonic() + seconds
    while time.monotonic() < end:
        done = client.list_executions(stateMachineArn=arn(bench), statusFilter="SUCCEEDED")["executions"]
        if done:
            return [json.loads(client.describe_execution(executionArn=each["executionArn"])["output"]) for each in done]
        time.sleep(0.2)
    return []


def by_hand(bench, **members):
    return lambda: bench.aws("stepfunctions", bench.etlctl.endpoint).update_state_machine(stateMachineArn=arn(bench), **members)


def test_what_is_changed_by_hand_is_seen_and_put_right(bench):
    bench.calmly(APPLY).exits(0)
    definition = live(bench)["definition"]
    other = bench.aws("iam").create_role(RoleName="other", AssumeRolePolicyDocument=json.dumps({
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}, "Action": "sts:AssumeRole"}]}))["Role"]["Arn"]
    client = bench.aws("stepfunctions", bench.etlctl.endpoint)
    changes = {
        "definition": by_hand(bench, definition=json.dumps(definition | {"Comment": "by hand"})),
        "role": by_hand(bench, roleArn=other),
        "logging.level": by_hand(bench, loggingConfiguration={"level": "OFF"}),
        "tracing": by_hand(bench, tracingConfiguration={"enabled": False}),
        "tags.team": lambda: client.tag_resource(resourceArn=arn(bench), tags=[{"key": "team", "value": "other"}]),
        "tags.more": lambda: client.tag_resource(resourceArn=arn(bench), tags=[{"key": "more", "value": "1"}]),
    }
    for path, change in changes.items():
        change()
        run = bench.calmly(PLAN).exits(2)
        assert path in run.out, run
        run, proxy = bench.run(APPLY)
        assert run.code == 0, run
        assert len([call for call in proxy.writes if call.service == "states"]) == 1, f"{path}: {proxy.writes}\n{run}"
        bench.assert_converged()


def test_another_order_of_keys_and_other_white_space_are_no_change(bench):
    bench.calmly(APPLY).exits(0)
    by_hand(bench, definition=json.dumps(dict(reversed(live(bench)["definition"].items())), indent=4))()
    bench.assert_converged()


def test_what_leaves_the_file_goes_from_aws(bench):
    bench.calmly(APPLY).exits(0)
    edit(bench, '    logging: { level: error, include_execution_data: true, retention: 7d }\n    tracing: true\n    tags: { team: etl }\n', "")
    bench.calmly([*APPLY, "--allow-loss", "all"]).exits(0)
    found = live(bench)
    assert found["loggingConfiguration"] == {"level": "OFF", "includeExecutionData": False}
    assert found["tracingConfiguration"] == {"enabled": False} and "team" not in tags(bench)
    assert "xray:PutTraceSegments" not in role_policy(bench, found["roleArn"].rsplit("/", 1)[1])
    bench.assert_converged()
    bench.project.stack(stack(""))
    bench.calmly(APPLY).exits(0)
    assert there(bench) == []


def test_it_is_waited_for_until_it_is_gone_and_made_again(bench):
    """Another type is another machine: the name is free only once the first is gone."""
    with AwsLike(LOCAL, ALL, deleting_seconds=3) as layer:
        bench.etlctl.endpoint = layer.url
        bench.calmly(APPLY).exits(0)
        edit(bench, "    tracing: true\n", "    type: express\n")
        begun = time.monotonic()
        run = bench.calmly(APPLY).exits(0)
        assert live(bench)["type"] == "EXPRESS" and time.monotonic() - begun > 3, run
        bench.calmly(DESTROY).exits(0)
        assert not layer.mistakes
    assert there(bench) == []


def test_executions_that_run_are_lost_only_where_that_is_said(bench):
    bench.project.write("desired-state/flow.asl.json", json.dumps({"StartAt": "Wait", "States": {
        "Wait": {"Type": "Wait", "Seconds": 600, "End": True}}}))
    edit(bench, '    substitutions: { Second: "${functions.second.alias_arn}" }\n', "")
    bench.calmly(APPLY).exits(0)
    bench.calmly(["invoke", "flow", "--async"]).exits(0)
    edit(bench, "    tracing: true\n", "    type: express\n")
    bench.calmly(PLAN).exits(2)
    bench.calmly(APPLY).exits(1).tells("--allow-loss state_machine/flow")
    assert live(bench)["type"] == "STANDARD"
    bench.calmly([*APPLY, "--allow-loss", "state_machine/flow"]).exits(0)
    assert live(bench)["type"] == "EXPRESS"


def test_one_of_somebody_else_is_not_touched(bench):
    role = bench.aws("iam").create_role(RoleName="other", AssumeRolePolicyDocument=json.dumps({
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}, "Action": "sts:AssumeRole"}]}))["Role"]["Arn"]
    made = {"name": f"{prefix(bench)}-flow", "definition": json.dumps({"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}), "roleArn": role}
    client = bench.aws("stepfunctions")
    client.create_state_machine(**made, tags=[{"key": "etlctl:stack", "value": "other"}, {"key": "etlctl:env", "value": "dev"},
                                              {"key": "etlctl:instance", "value": "dev"}])
    bench.calmly(APPLY).exits(1).tells("not made by this stack")
    bench.calmly([*APPLY, "--adopt"]).exits(1)
    client.untag_resource(resourceArn=arn(bench), tagKeys=["etlctl:stack", "etlctl:env", "etlctl:instance"])
    bench.calmly(APPLY).exits(1).tells("--adopt")
    bench.calmly([*APPLY, "--adopt"]).exits(0)
    assert live(bench)["definition"]["StartAt"] == "First" and tags(bench)["etlctl:stack"] == "tiny"
    bench.assert_converged()


def test_what_is_allowed_is_what_is_called(bench):
    """By command: each call is allowed, and no action of Step Functions that no run makes."""
    edit(bench, "    logging: { level: error, include_execution_data: true, retention: 7d }\n", "")
    policies, requests = {}, {}
    for purpose in ("plan", "apply", "destroy"):
        run = bench.calmly(["permissions", "--for", purpose, "--format", "json"]).exits(0)
        policies[purpose] = run.json
    with Recorder(ENDPOINT) as recorder:
        def record(purpose, *args):
            recorder.requests.clear()
            bench.etlctl.through(recorder)(*args)
            requests.setdefault(purpose, []).extend(recorder.requests)
        record("plan", "plan")
        record("apply", *APPLY)
        edit(bench, "team: etl", "group: etl")
        record("apply", *APPLY)
        by_hand(bench, tracingConfiguration={"enabled": False})()
        record("apply", *APPLY)
        record("plan", "plan", "--destroy")
        text = (bench.project.dir / "desired-state/stack.yaml").read_text()
        bench.project.stack(stack(""))
        record("apply", *APPLY)
        bench.project.stack(text)
        record("apply", *APPLY)
        bench.aws("stepfunctions").tag_resource(resourceArn=arn(bench), tags=[{"key": "more", "value": "1"}])
        record("destroy", *DESTROY)

    class Lived:
        aws = bench.aws
    Lived.requests = requests
    oracle = Oracle(Lived)
    for purpose, made in requests.items():
        asked = [each for request in made for each in oracle.asked(request)]
        refused = [each for each in asked if not allows(policies[purpose], *each)]
        assert not refused, f"{purpose}: {refused}"
        idle = {action for action in actions(policies[purpose]) if action.startswith("states:")} - {action for action, *_ in asked}
        assert not idle, f"{purpose}: {idle}"


def test_what_is_wrong_in_the_file_is_told_at_its_line(bench):
    bench.project.write("desired-state/flow.asl.json", FLOW.replace("${functions.first.arn}", "${functions.frist.arn}"))
    bench.calmly(["validate"]).exits(3).tells("flow.asl.json:5", "functions.frist.arn", "did you mean `first`?")
    bench.project.write("desired-state/flow.asl.json", FLOW.replace('"Next": "Second"', '"Next": "Secnod"'))
    bench.calmly(["validate"]).exits(3).tells("flow.asl.json:5", "E753", "did you mean `Second`?")
    bench.project.write("desired-state/flow.asl.json", FLOW.replace("${env}", "${evn}"))
    bench.calmly(["validate"]).exits(3).tells("flow.asl.json:2", "unknown variable `evn`")


@pytest.mark.parametrize("trigger, way", [
    ("bucket: in", "eventbridge"), ("queue: in", "EventBridge Pipes")])
def test_what_starts_no_machine_is_refused_with_the_way_that_works(bench, trigger, way):
    edit(bench, "    tracing: true\n", f"    triggers: [{{ {trigger} }}]\n")
    bench.calmly(["validate"]).exits(3).tells("by itself", way)
