"""Event source mappings that the local AWS does not have, or of which it loses a part."""

import time
import uuid

from behaviours import behaviour
from refusals import Refusal

OF_MSK, OF_ONES_OWN = "AmazonManagedKafkaEventSourceConfig", "SelfManagedKafkaEventSourceConfig"
INVALID = "InvalidParameterValueException"
CREATED_ONCE = ("EventSourceArn", "StartingPosition", "StartingPositionTimestamp", "Topics", "Queues", "SelfManagedEventSource")
# What belongs to which kind of source; what is not here belongs to all of them.
BELONGS = {
    "Topics": {"kafka"}, "AmazonManagedKafkaEventSourceConfig": {"kafka"}, "SelfManagedKafkaEventSourceConfig": {"kafka"},
    "Queues": {"mq"}, "DocumentDBEventSourceConfig": {"rds"}, "FilterCriteria": {"kafka", "mq"}, "FunctionResponseTypes": {"kafka"},
    "StartingPosition": {"kafka", "rds"}, "StartingPositionTimestamp": {"kafka", "rds"}, "ProvisionedPollerConfig": {"kafka"},
    "MaximumRetryAttempts": {"kafka"}, "MaximumRecordAgeInSeconds": {"kafka"}, "BisectBatchOnFunctionError": {"kafka"},
    "DestinationConfig": {"kafka"}, "ParallelizationFactor": set(), "TumblingWindowInSeconds": set(), "ScalingConfig": set()}
REQUIRED = {"kafka": ("Topics",), "mq": ("Queues", "SourceAccessConfigurations"), "rds": ("DocumentDBEventSourceConfig", "SourceAccessConfigurations")}

OTHERS = behaviour(
    "mappings-of-kafka-brokers-and-documents",
    "docs: API reference CreateEventSourceMapping, UpdateEventSourceMapping; cdk-preflight, rules/lambda/pf-lambda-esm-*: which parameters "
    "are unsupported or missing for which source; [TF] brokers come back sorted. The local AWS has none of these sources")


def kind_of(members):
    if members.get("SelfManagedEventSource"):
        return "kafka"
    kind = members.get("EventSourceArn", "").split(":")[2:3]
    return kind[0] if kind and kind[0] in REQUIRED else None


def kept(exchange):
    """Those that are there. One that is deleted goes after a while, and is in the way until then: serverless#8550, azul#3399."""
    all_of_them = exchange.memory("mappings of others")
    for each in [each for each, there in all_of_them.items() if exchange.now() > there.get("until", float("inf"))]:
        del all_of_them[each]
    return all_of_them


@OTHERS.asked("lambda:CreateEventSourceMapping")
def create_other(exchange):
    members = exchange.members
    kind = kind_of(members)
    if kind is None:
        return None
    if fault := unsupported(kind, members) or missing(kind, members):
        return fault
    function = members["FunctionName"].split(":function:")[-1]
    identity = (function, *(repr(members.get(name)) for name in ("EventSourceArn", "SelfManagedEventSource", "Topics", "Queues")))
    if any(there["identity"] == identity for there in kept(exchange).values()):
        return Refusal(409, "ResourceConflictException", "An event source mapping with this source and function already exists.")
    new = str(uuid.uuid4())
    mapping = {"UUID": new, "BatchSize": 100, "FunctionArn": exchange.arn("lambda", f"function:{function}"),
               "EventSourceMappingArn": exchange.arn("lambda", f"event-source-mapping:{new}"), "LastModified": time.time()}
    mapping |= {name: members[name] for name in CREATED_ONCE if name in members}
    if kind == "kafka":
        own = OF_MSK if "EventSourceArn" in members else OF_ONES_OWN
        mapping[own] = {"ConsumerGroupId": str(uuid.uuid4())} | members.get(own, {})
    for servers in mapping.get("SelfManagedEventSource", {}).get("Endpoints", {}).values():
        servers.sort()
    kept(exchange)[new] = {"identity": identity, "mapping": mapping}
    return dict(take(mapping, members))


def unsupported(kind, members):
    for name in members:
        if name in BELONGS and kind not in BELONGS[name]:
            return Refusal(400, INVALID, f"Unsupported {name} parameter for given event source mapping type.")
    return None


def missing(kind, members):
    for name in REQUIRED[kind]:
        if not members.get(name):
            return Refusal(400, INVALID, f"Required '{name[0].lower()}{name[1:]}' parameter is missing.")
    return None


def take(mapping, members):
    """An empty structure clears, and nothing leaves as it is."""
    for name, value in members.items():
        if name == "Enabled":
            mapping["State"] = "Enabled" if value else "Disabled"
        elif name in ("UUID", "FunctionName", "Tags", *CREATED_ONCE):
            pass
        elif name in (OF_MSK, OF_ONES_OWN):
            mapping[name] = mapping.get(name, {}) | value
        elif value in ({}, [], "", {"Metrics": []}, {"Filters": []}):
            mapping.pop(name, None)
        else:
            mapping[name] = value
    mapping.setdefault("State", "Enabled")
    return mapping


@OTHERS.asked("lambda:UpdateEventSourceMapping")
def update_other(exchange):
    there = kept(exchange).get(exchange.members["UUID"])
    if not there:
        return None
    kind = kind_of(there["mapping"])
    if fault := unsupported(kind, exchange.members):
        return fault
    if exchange.members.get("FunctionName"):
        there["mapping"]["FunctionArn"] = exchange.arn("lambda", f"function:{exchange.members['FunctionName'].split(':function:')[-1]}")
    return dict(take(there["mapping"], exchange.members))


@OTHERS.asked("lambda:GetEventSourceMapping")
def get_other(exchange):
    there = kept(exchange).get(exchange.members["UUID"])
    return there and dict(there["mapping"])


@OTHERS.asked("lambda:DeleteEventSourceMapping")
def delete_other(exchange):
    there = kept(exchange).get(exchange.members["UUID"])
    if there:
        there["until"] = exchange.now() + exchange.options.deleting_seconds
        there["mapping"]["State"] = "Deleting"
    return there and dict(there["mapping"])


@OTHERS.answered("lambda:ListEventSourceMappings")
def list_others(exchange):
    if exchange.answer.get("NextMarker"):
        return
    of_function, source = exchange.members.get("FunctionName"), exchange.members.get("EventSourceArn")
    for there in kept(exchange).values():
        mapping = there["mapping"]
        is_of = not of_function or mapping["FunctionArn"].endswith(f":{of_function.split(':function:')[-1]}")
        if is_of and source in (None, mapping.get("EventSourceArn")):
            exchange.answer["EventSourceMappings"].append(dict(mapping))


LOST = ("ProvisionedPollerConfig", "MetricsConfig", "KMSKeyArn", "StartingPositionTimestamp")
WHOLE = behaviour(
    "mappings-keep-all-members",
    "[M] shape EventSourceMappingConfiguration: pollers, metrics, the key of the filters and the instant of the beginning are told; the "
    "local AWS loses them")


@WHOLE.answered("lambda:CreateEventSourceMapping", "lambda:UpdateEventSourceMapping")
def keep_members(exchange):
    there = exchange.memory("members of mappings").setdefault(exchange.answer["UUID"], {})
    for name in LOST:
        value = exchange.members.get(name)
        if value in ({}, "", {"Metrics": []}):
            there.pop(name, None)
        elif value is not None:
            there[name] = value
    exchange.answer.update(there)


@WHOLE.answered("lambda:GetEventSourceMapping", "lambda:ListEventSourceMappings")
def tell_members(exchange):
    for each in exchange.answer.get("EventSourceMappings", [exchange.answer]):
        each.update(exchange.memory("members of mappings").get(each.get("UUID"), {}))
