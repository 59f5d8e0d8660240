"""The behaviours of Step Functions, each seen through the layer."""

import json

from like_world import case

STATES_TRUST = {"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
FLOW = json.dumps({"StartAt": "A", "States": {"A": {"Type": "Succeed"}}})


def make(world, service=None, **members):
    made = {"name": "flow", "definition": FLOW, "roleArn": world.aws.arn("iam", "role/flow", region="")} | members
    return (service or world.aws("stepfunctions")).create_state_machine(**made)["stateMachineArn"]


def role(world):
    return world.role("flow", STATES_TRUST)


@case("state-machine-definitions-are-read")
def _(world):
    members = {"name": "flow", "definition": "{}", "roleArn": role(world)}
    refused = world.refused(world("stepfunctions").create_state_machine, **members)
    return refused and refused[0] == "InvalidDefinition"


@case("state-machine-update-needs-a-member")
def _(world):
    role(world)
    refused = world.refused(world("stepfunctions").update_state_machine, stateMachineArn=make(world))
    return refused and refused[0] == "MissingRequiredParameter"


@case("state-machine-exists-with-another-text")
def _(world):
    members = {"name": "flow", "definition": json.dumps(json.loads(FLOW), indent=1), "roleArn": role(world)}
    make(world)
    refused = world.refused(world("stepfunctions").create_state_machine, **members)
    return refused and refused == ("StateMachineAlreadyExists", f"State Machine Already Exists: '{world.aws.arn('states', 'stateMachine:flow')}'")


@case("state-machine-role-must-be-there")
def _(world):
    members = {"name": "flow", "definition": FLOW, "roleArn": world.role("flow")}
    refused = world.refused(world("stepfunctions").create_state_machine, **members)
    return refused and "is authorized to assume the provided role" in refused[1]


@case("state-machines-go-slowly")
def _(world):
    role(world)
    arn = make(world)
    client = world("stepfunctions")
    client.delete_state_machine(stateMachineArn=arn)
    going = world.refused(client.describe_state_machine, stateMachineArn=arn) is None
    refused = world.refused(make, world=world, service=client)
    world.later(0.6)
    gone = world.refused(client.describe_state_machine, stateMachineArn=arn)
    return going and refused and refused[0] == "StateMachineDeleting" and (gone or [""])[0] == "StateMachineDoesNotExist"


@case("state-machine-revision-comes-with-an-update")
def _(world):
    role(world)
    client, arn = world("stepfunctions"), make(world)
    before = client.describe_state_machine(stateMachineArn=arn).get("revisionId")
    client.update_state_machine(stateMachineArn=arn, definition=FLOW)
    return before is None and client.describe_state_machine(stateMachineArn=arn).get("revisionId")


@case("state-machine-settings-always-told")
def _(world):
    role(world)
    told = world("stepfunctions").describe_state_machine(stateMachineArn=make(world))
    return (told.get("tracingConfiguration"), told.get("loggingConfiguration")) == (
        {"enabled": False}, {"level": "OFF", "includeExecutionData": False})
