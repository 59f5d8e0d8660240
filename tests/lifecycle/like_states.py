"""What Step Functions refuses, tells and keeps, and the local AWS does not."""

import json

from behaviours import behaviour
from like_refusals import can_be_assumed
from refusals import Refusal

DESCRIBE, CREATE, UPDATE, DELETE = (f"states:{verb}StateMachine" for verb in ("Describe", "Create", "Update", "Delete"))


def arn_of(exchange):
    return exchange.members.get("stateMachineArn") or exchange.arn("states", f"stateMachine:{exchange.members['name']}")


def live(exchange):
    return exchange.local.or_none("stepfunctions", "DescribeStateMachine", stateMachineArn=arn_of(exchange))


DEFINITION = behaviour(
    "state-machine-definitions-are-read",
    "[LS] test_sfn_api: InvalidDefinition where a definition is no machine, or leads to a state that is not there")


@DEFINITION.asked(CREATE, UPDATE)
def refuse_definition(exchange):
    if "definition" not in exchange.members:
        return None
    fault = wrong(exchange.members["definition"])
    return fault and Refusal(400, "InvalidDefinition", f"Invalid State Machine Definition: '{fault}'")


def wrong(text):
    try:
        machine = json.loads(text)
    except ValueError:
        return "INVALID_JSON_DESCRIPTION: the definition is no JSON"
    for field in ("StartAt", "States"):
        if not isinstance(machine, dict) or field not in machine:
            return f"SCHEMA_VALIDATION_FAILED: The field '{field}' is required but was missing at /"
    for state in [machine["StartAt"], *(state["Next"] for state in machine["States"].values() if "Next" in state)]:
        if state not in machine["States"]:
            return f"MISSING_TRANSITION_TARGET: Missing transition target: {state}"
    return None


NEEDS_A_MEMBER = behaviour(
    "state-machine-update-needs-a-member", "[LS] test_sfn_api: MissingRequiredParameter where nothing is to be changed")


@NEEDS_A_MEMBER.asked(UPDATE)
def refuse_empty(exchange):
    if {"definition", "roleArn", "loggingConfiguration", "tracingConfiguration"} & exchange.members.keys():
        return None
    text = "Either the definition, the role ARN, the LoggingConfiguration, or the TracingConfiguration must be specified"
    return Refusal(400, "MissingRequiredParameter", text)


OTHER_TEXT = behaviour(
    "state-machine-exists-with-another-text",
    "[LS] test_sfn_api: StateMachineAlreadyExists where the text differs, be it in white space alone")


@OTHER_TEXT.asked(CREATE)
def refuse_other_text(exchange):
    found = live(exchange)
    if not found or found["definition"] == exchange.members["definition"]:
        return None
    return Refusal(400, "StateMachineAlreadyExists", f"State Machine Already Exists: '{arn_of(exchange)}'")


ROLE = behaviour(
    "state-machine-role-must-be-there",
    "cdkd#950, [TF] sfn/state_machine.go: a role that is not there, has not spread, or does not trust Step Functions")


@ROLE.asked(CREATE, UPDATE)
def refuse_missing_role(exchange):
    if can_be_assumed(exchange, exchange.members.get("roleArn"), "states.amazonaws.com"):
        return None
    text = ("Neither the global service principal states.amazonaws.com, nor the regional one is authorized to assume the "
            "provided role.")
    return Refusal(400, "AccessDeniedException", text)


DELETING = behaviour(
    "state-machines-go-slowly",
    "docs: API reference DeleteStateMachine: DELETING until executions have ended; a create in between is StateMachineDeleting")


def going(exchange):
    """What is still going of it, None where it is gone or stays."""
    kept = exchange.memory("state machines that go").get(arn_of(exchange))
    return kept[1] if kept and exchange.now() - kept[0] < exchange.options.deleting_seconds else None


@DELETING.asked(DELETE)
def begin_to_go(exchange):
    if found := live(exchange):
        found.pop("ResponseMetadata", None)
        told = found | {"status": "DELETING", "creationDate": found["creationDate"].timestamp()}
        exchange.memory("state machines that go")[arn_of(exchange)] = exchange.now(), told
    elif not going(exchange):
        # The local AWS refuses to delete what is not there; no such error is modelled.
        return {}
    return {} if not found else None


@DELETING.asked(DESCRIBE)
def tell_it_goes(exchange):
    return None if live(exchange) else going(exchange)


@DELETING.asked(CREATE)
def refuse_while_it_goes(exchange):
    if not live(exchange) and going(exchange):
        return Refusal(400, "StateMachineDeleting", f"State Machine is being deleted: '{arn_of(exchange)}'")
    return None


REVISION = behaviour(
    "state-machine-revision-comes-with-an-update",
    "[LS] test_sfn_api: no revisionId before the first update; [M] calls it INITIAL")


@REVISION.answered(UPDATE)
def remember_update(exchange):
    exchange.memory("state machines updated")[arn_of(exchange)] = True


@REVISION.answered(CREATE)
def forget_update(exchange):
    exchange.memory("state machines updated").pop(arn_of(exchange), None)


@REVISION.answered(DESCRIBE)
def tell_no_revision(exchange):
    if arn_of(exchange) not in exchange.memory("state machines updated"):
        exchange.answer.pop("revisionId", None)


HUSKS = behaviour(
    "state-machine-settings-always-told",
    "[LS] test_sfn_api: loggingConfiguration and tracingConfiguration are always there; [CDKD] the encryption too. The local "
    "AWS forgets tracing")


@HUSKS.answered(CREATE, UPDATE)
def remember_tracing(exchange):
    if "tracingConfiguration" in exchange.members or "name" in exchange.members:
        enabled = exchange.members.get("tracingConfiguration", {}).get("enabled", False)
        exchange.memory("state machines traced")[arn_of(exchange)] = enabled


@HUSKS.answered(DESCRIBE)
def tell_settings(exchange):
    logging = exchange.answer.setdefault("loggingConfiguration", {})
    logging.setdefault("level", "OFF")
    logging.setdefault("includeExecutionData", False)
    exchange.answer["tracingConfiguration"] = {"enabled": exchange.memory("state machines traced").get(arn_of(exchange), False)}
    exchange.answer.setdefault("encryptionConfiguration", {"type": "AWS_OWNED_KEY"})
