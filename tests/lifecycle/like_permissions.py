"""Each version and alias of a function has a policy of its own. The local AWS
keeps one of them all, in which a statement's id stands once: of two that are
the same at different qualifiers, the second is kept under a longer id until
the first is gone."""

import json

from behaviours import behaviour
from refusals import Refusal

POLICY = behaviour(
    "policy-is-of-its-qualifier",
    "[TF] lambda/permission.go; docs: API reference GetPolicy, Qualifier: a version or alias has a policy "
    "of its own, with ids of its own")


@POLICY.asked("lambda:GetPolicy")
def refuse_where_none(exchange):
    if statements(exchange) and not own(exchange):
        return Refusal(404, "ResourceNotFoundException", "The resource you requested does not exist.")
    return None


@POLICY.answered("lambda:GetPolicy")
def tell_own(exchange):
    told = [each | {"Sid": each["Sid"].removesuffix(suffix(exchange.members))} for each in own(exchange)]
    exchange.answer["Policy"] = json.dumps(json.loads(exchange.answer["Policy"]) | {"Statement": told})


@POLICY.asked("lambda:AddPermission")
def keep_apart(exchange):
    members, sid = exchange.members, exchange.members["StatementId"]
    there = {each["Sid"] for each in statements(exchange)}
    if sid not in there or {sid, sid + suffix(members)} & {each["Sid"] for each in own(exchange)}:
        return None
    kept = exchange.local("lambda", "AddPermission", **members | {"StatementId": sid + suffix(members)})
    exchange.memory("permissions kept apart")[members["FunctionName"], sid + suffix(members)] = members
    return {"Statement": json.dumps(json.loads(kept["Statement"]) | {"Sid": sid})}


@POLICY.asked("lambda:RemovePermission")
def remove_own(exchange):
    members, sid = exchange.members, exchange.members["StatementId"]
    there, mine = ({each["Sid"] for each in some} for some in (statements(exchange), own(exchange)))
    if sid + suffix(members) in mine:
        take_away(exchange, members, sid + suffix(members))
        return {}
    if sid in there and sid not in mine:
        return Refusal(404, "ResourceNotFoundException", f"Statement {sid} is not found in resource policy.")
    return None


@POLICY.answered("lambda:RemovePermission")
def give_name_back(exchange):
    """What was kept under a longer id gets its own."""
    function, sid = exchange.members["FunctionName"], exchange.members["StatementId"]
    for (of, kept), members in list(exchange.memory("permissions kept apart").items()):
        if (of, members["StatementId"]) == (function, sid):
            take_away(exchange, members, kept)
            exchange.local("lambda", "AddPermission", **members)
            return


def take_away(exchange, members, kept):
    exchange.memory("permissions kept apart").pop((members["FunctionName"], kept), None)
    exchange.local.or_none("lambda", "RemovePermission", FunctionName=members["FunctionName"], StatementId=kept)


def suffix(members):
    return f"--{members.get('Qualifier', 'unqualified')}"


def statements(exchange):
    found = exchange.local.or_none("lambda", "GetPolicy", FunctionName=exchange.members["FunctionName"])
    return json.loads(found["Policy"])["Statement"] if found else []


def own(exchange):
    """Which qualifier a statement is of, its resource tells."""
    qualifier = exchange.members.get("Qualifier", "")
    return [each for each in statements(exchange) if each["Resource"].partition(":function:")[2].partition(":")[2] == qualifier]
