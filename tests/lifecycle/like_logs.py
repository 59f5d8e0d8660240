"""Where the events of a log group go, and who may delete it."""

import json
from fnmatch import fnmatchcase

from behaviours import behaviour
from refusals import Refusal

REFUSED = behaviour(
    "subscription-filters-refused",
    "docs: API reference PutSubscriptionFilter, two a group; terraform-provider-aws#16162, "
    "serverless-plugin-log-subscription#6, #66, troposphere#413 quote the texts: the function is tried, a stream needs a role, a function takes none")
MOST = 2


@REFUSED.asked("logs:PutSubscriptionFilter")
def refuse_filter(exchange):
    members = exchange.members
    group, arn, role = members["logGroupName"], members["destinationArn"], members.get("roleArn")
    vendor = arn.split(":")[2]
    if vendor in ("kinesis", "firehose") and not role:
        return invalid(f"destinationArn for vendor {vendor} cannot be used without roleArn")
    if vendor == "lambda" and role:
        return invalid("destinationArn for vendor lambda cannot be used with roleArn")
    if vendor == "lambda" and not lets(exchange, arn, exchange.arn("logs", f"log-group:{group}:*")):
        return invalid("Could not execute the lambda function. Make sure you have given CloudWatch Logs permission to execute your function.")
    there = exchange.local.or_none("logs", "DescribeSubscriptionFilters", logGroupName=group) or {"subscriptionFilters": []}
    names = {each["filterName"] for each in there["subscriptionFilters"]}
    if members["filterName"] not in names and len(names) >= MOST:
        return Refusal(400, "LimitExceededException", "Resource limit exceeded.")
    return None


def invalid(text):
    return Refusal(400, "InvalidParameterException", text)


def lets(exchange, arn, source):
    """Whether the policy of the function, or of its alias, lets CloudWatch Logs invoke it for this group."""
    function = arn.partition(":function:")[2].split(":")[0]
    found = exchange.local.or_none("lambda", "GetPolicy", FunctionName=function)
    statements = json.loads(found["Policy"])["Statement"] if found else []
    return any(each["Resource"] == arn and is_logs(each["Principal"]) and from_group(each, source) for each in statements)


def is_logs(principal):
    return principal == "*" or str(principal.get("Service", "")).startswith("logs.")


def from_group(statement, source):
    pattern = statement.get("Condition", {}).get("ArnLike", {}).get("AWS:SourceArn")
    return pattern is None or fnmatchcase(source, pattern)


KEPT = behaviour(
    "log-filters-keep-all-members",
    "[M] shapes SubscriptionFilter, MetricFilter; aws-sdk#515: no roleArn of a function. The local AWS loses what it does not know, "
    "and tells an empty role")
LOST = ("applyOnTransformedLogs", "fieldSelectionCriteria", "emitSystemFields", "emitSystemFieldDimensions")
KINDS = {"subscriptionFilters": "PutSubscriptionFilter", "metricFilters": "PutMetricFilter"}


@KEPT.answered("logs:PutSubscriptionFilter", "logs:PutMetricFilter")
def remember(exchange):
    members = exchange.members
    exchange.memory(exchange.name)[members["logGroupName"], members["filterName"]] = members


@KEPT.answered("logs:DescribeSubscriptionFilters", "logs:DescribeMetricFilters")
def give_back(exchange):
    kind = next(iter(exchange.answer.keys() & KINDS.keys()))
    for each in exchange.answer[kind]:
        group = exchange.members.get("logGroupName") or each.get("logGroupName")
        written = exchange.memory(f"logs:{KINDS[kind]}").get((group, each["filterName"]), {})
        each.update({name: written[name] for name in LOST if name in written})
        each.setdefault("applyOnTransformedLogs", False)
        if not each.get("roleArn"):
            each.pop("roleArn", None)


PROTECTED = behaviour(
    "log-groups-are-protected",
    "docs: API reference PutLogGroupDeletionProtection, CreateLogGroup; [M] DeleteLogGroup has a ValidationException; "
    "floci#2256. The local AWS knows nothing of it")


@PROTECTED.answered("logs:CreateLogGroup")
def protect_new(exchange):
    exchange.memory("protected groups")[exchange.members["logGroupName"]] = exchange.members.get("deletionProtectionEnabled", False)


@PROTECTED.asked("logs:PutLogGroupDeletionProtection")
def protect(exchange):
    name = exchange.members["logGroupIdentifier"].split(":log-group:")[-1]
    if not any(group["logGroupName"] == name for group in exchange.local.all("logs", "DescribeLogGroups", logGroupNamePrefix=name)):
        return Refusal(400, "ResourceNotFoundException", "The specified log group does not exist.")
    exchange.memory("protected groups")[name] = exchange.members["deletionProtectionEnabled"]
    return {}


@PROTECTED.answered("logs:DescribeLogGroups")
def tell_protected(exchange):
    for group in exchange.answer["logGroups"]:
        if exchange.memory("protected groups").get(group["logGroupName"]):
            group["deletionProtectionEnabled"] = True


@PROTECTED.asked("logs:DeleteLogGroup")
def refuse_delete(exchange):
    if exchange.memory("protected groups").get(exchange.members["logGroupName"]):
        return Refusal(400, "ValidationException", "Log group deletion protection is enabled. Disable it to delete the log group.")
    return None


PAGED = behaviour(
    "log-events-come-in-pages",
    "[M] FilterLogEvents: no more events than `limit`, and nextToken where there are more. The local AWS gives the first ones, and no token")
MOST_EVENTS = 10_000


@PAGED.answered("logs:FilterLogEvents")
def page(exchange):
    """A token is the time of the last event that was told, and how many of that time were."""
    members, limit = dict(exchange.members), exchange.members.get("limit", MOST_EVENTS)
    token = members.pop("nextToken", None)
    # A test may make one up.
    token = token if token and "." in token else None
    if token is None and len(exchange.answer["events"]) < limit:
        return
    at, told = map(int, token.split(".")) if token else (members.get("startTime", 0), 0)
    most = min(MOST_EVENTS, told + limit)
    raw = exchange.local("logs", "FilterLogEvents", **members | {"startTime": at, "limit": most})["events"]
    found = exchange.answer["events"] = raw[told:]
    if len(raw) == most and found:
        last = found[-1]["timestamp"]
        of_last = sum(event["timestamp"] == last for event in found) + (told if last == at else 0)
        exchange.answer["nextToken"] = f"{last}.{of_last}"
