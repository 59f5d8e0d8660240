"""What EventBridge refuses, and what it clears where it is not said again."""

import json
import re

from behaviours import behaviour
from refusals import Refusal

INVALID = "ValidationException"
BUS = "default"


def bus_of(exchange):
    return exchange.members.get("EventBusName", BUS).rsplit("event-bus/", 1)[-1]


def targets(exchange, rule):
    listed = exchange.local.or_none("events", "ListTargetsByRule", Rule=rule, EventBusName=bus_of(exchange))
    return [target["Id"] for target in (listed or {}).get("Targets", [])]


HAS_TARGETS = behaviour("rule-with-targets-stays", "[LS] test_events; [TF] events/rule.go retries for 5 min: no rule is deleted that has targets")


@HAS_TARGETS.asked("events:DeleteRule")
def refuse_with_targets(exchange):
    if targets(exchange, exchange.members["Name"]):
        return Refusal(400, INVALID, "Rule can't be deleted since it has targets.")
    return None


FIVE = behaviour("five-targets-a-rule", "docs: EventBridge quotas; [LS] test_events: the text")


@FIVE.asked("events:PutTargets")
def refuse_sixth(exchange):
    wanted = {target["Id"] for target in exchange.members["Targets"]}
    if len(wanted | set(targets(exchange, exchange.members["Rule"]))) > 5:
        return Refusal(400, "LimitExceededException", "The requested resource exceeds the maximum number allowed.")
    return None


SCHEDULES = behaviour("schedules-of-rules", "[LS] test_events_schedule: units agree with their number, and a schedule stands on the default bus alone")
RATE = re.compile(r"rate\((?:1 (?:minute|hour|day)|(?!0|1 )\d+ (?:minutes|hours|days))\)")


@SCHEDULES.asked("events:PutRule")
def refuse_schedule(exchange):
    schedule = exchange.members.get("ScheduleExpression")
    if schedule and bus_of(exchange) != BUS:
        return Refusal(400, INVALID, "ScheduleExpression is supported only on the default event bus.")
    if schedule and schedule.startswith("rate") and not RATE.fullmatch(schedule):
        return Refusal(400, INVALID, "Parameter ScheduleExpression is not valid.")
    return None


HAS_RULES = behaviour("bus-with-rules-stays", "docs: API reference DeleteEventBus: no bus is deleted that has rules; the text is not seen on AWS")


@HAS_RULES.asked("events:DeleteEventBus")
def refuse_with_rules(exchange):
    listed = exchange.local.or_none("events", "ListRules", EventBusName=exchange.members["Name"])
    if (listed or {}).get("Rules"):
        return Refusal(400, INVALID, f"Cannot delete event bus {exchange.members['Name']}: it has rules.")
    return None


REPLACES = behaviour("put-rule-replaces", "[M] PutRule: what is left out is cleared; tags count only where it creates")
CLEARED = ("Description", "RoleArn", "EventPattern", "ScheduleExpression")


def rule_arn(exchange):
    name, bus = exchange.members["Name"], bus_of(exchange)
    return exchange.arn("events", f"rule/{name}" if bus == BUS else f"rule/{bus}/{name}")


@REPLACES.asked("events:PutRule")
def remember(exchange):
    said, rule = {name: exchange.members.get(name) for name in CLEARED}, (bus_of(exchange), exchange.members["Name"])
    exchange.memory("rules")[rule] = said
    if exchange.members.get("Tags") and exchange.local.or_none("events", "DescribeRule", Name=rule[1], EventBusName=rule[0]):
        exchange.memory("rule tags")[rule] = exchange.local("events", "ListTagsForResource", ResourceARN=rule_arn(exchange))["Tags"]


@REPLACES.answered("events:PutRule")
def keep_tags(exchange):
    kept = exchange.memory("rule tags").pop((bus_of(exchange), exchange.members["Name"]), None)
    if kept is not None:
        arn = rule_arn(exchange)
        exchange.local("events", "UntagResource", ResourceARN=arn, TagKeys=[tag["Key"] for tag in exchange.members["Tags"]])
        if kept:
            exchange.local("events", "TagResource", ResourceARN=arn, Tags=kept)


@REPLACES.answered("events:DescribeRule")
def tell_what_was_said(exchange):
    said = exchange.memory("rules").get((bus_of(exchange), exchange.members["Name"]), {})
    for name, value in said.items():
        if not value:
            exchange.answer.pop(name, None)


POLICIES = behaviour("bus-policy-kept", "docs: API reference PutPermission, Policy: the whole policy is kept. The local AWS makes a statement of its own of it")


@POLICIES.asked("events:PutPermission")
def keep_policy(exchange):
    if "Policy" in exchange.members:
        exchange.memory("bus-policies")[bus_of(exchange)] = json.loads(exchange.members["Policy"])


@POLICIES.asked("events:RemovePermission")
def drop_policy(exchange):
    if exchange.members.get("RemoveAllPermissions"):
        exchange.memory("bus-policies").pop(bus_of(exchange), None)


@POLICIES.answered("events:DescribeEventBus")
def tell_policy(exchange):
    kept = exchange.memory("bus-policies").get(exchange.members.get("Name", BUS))
    if kept:
        exchange.answer["Policy"] = json.dumps(kept)


MISSING = behaviour("rules-are-told-with-their-bus", "[LS] test_events: \"Rule X does not exist on EventBus default.\"")


@MISSING.asked("events:DescribeRule", "events:ListTargetsByRule", "events:PutTargets")
def refuse_missing(exchange):
    name, bus = exchange.members.get("Name") or exchange.members["Rule"], bus_of(exchange)
    if exchange.local.or_none("events", "DescribeRule", Name=name, EventBusName=bus) is None:
        return Refusal(400, "ResourceNotFoundException", f"Rule {name} does not exist on EventBus {bus}.")
    return None
