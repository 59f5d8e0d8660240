"""Streams as Kinesis changes them: one thing at a time, and not at once."""


from behaviours import behaviour
from refusals import Refusal

# Seconds for which a change goes on; up to minutes there.
BUSY_SECONDS = 0.4
CHANGES = [f"kinesis:{operation}" for operation in (
    "IncreaseStreamRetentionPeriod", "DecreaseStreamRetentionPeriod", "StartStreamEncryption", "StopStreamEncryption",
    "EnableEnhancedMonitoring", "DisableEnhancedMonitoring", "UpdateStreamMode", "UpdateShardCount", "UpdateMaxRecordSize")]

BUSY = behaviour(
    "stream-is-busy",
    "[M], docs: API reference of each operation: a stream is CREATING or UPDATING for a while, and takes no other change and no tags meanwhile")


def name_in(members):
    return members.get("StreamName") or members["StreamARN"].rsplit("/", 1)[1]


def status_of(exchange):
    status, until = exchange.memory("busy streams").get(name_in(exchange.members), ("ACTIVE", 0))
    return status if exchange.now() < until else "ACTIVE"


@BUSY.asked(*CHANGES, "kinesis:AddTagsToStream", "kinesis:RemoveTagsFromStream")
def refuse_while_busy(exchange):
    status = status_of(exchange)
    if status == "ACTIVE":
        return None
    text = f"Stream {name_in(exchange.members)} under account {exchange.account} not ACTIVE, instead in state {status}"
    return Refusal(400, "ResourceInUseException", text)


@BUSY.answered("kinesis:CreateStream", *CHANGES)
def become_busy(exchange):
    status = "CREATING" if exchange.name == "kinesis:CreateStream" else "UPDATING"
    exchange.memory("busy streams")[name_in(exchange.members)] = status, exchange.now() + BUSY_SECONDS


@BUSY.answered("kinesis:DescribeStreamSummary")
def tell_busy(exchange):
    exchange.answer["StreamDescriptionSummary"]["StreamStatus"] = status_of(exchange)


SHARDS = behaviour(
    "shards-double-and-halve",
    "docs: API reference UpdateShardCount: at most twice the open shards, at least half, and none of a stream on demand")


@SHARDS.asked("kinesis:UpdateShardCount")
def refuse_count(exchange):
    name = name_in(exchange.members)
    found = exchange.local.or_none("kinesis", "DescribeStreamSummary", StreamName=name)
    if not found:
        return None
    summary, wanted = found["StreamDescriptionSummary"], exchange.members["TargetShardCount"]
    if summary["StreamModeDetails"]["StreamMode"] == "ON_DEMAND":
        return Refusal(400, "ValidationException", f"Request is invalid. Stream {name} is in On-Demand mode.")
    open_shards = summary["OpenShardCount"]
    if not open_shards / 2 <= wanted <= open_shards * 2:
        text = f"UpdateShardCount cannot scale to {wanted} shards from the current shard count {open_shards} in one call"
        return Refusal(400, "InvalidArgumentException", text)
    return None


CONSUMERS = behaviour(
    "streams-with-consumers-stay", "docs: API reference DeleteStream, EnforceConsumerDeletion: consumers keep a stream unless they are to go with it")


@CONSUMERS.asked("kinesis:DeleteStream")
def refuse_delete(exchange):
    members = exchange.members
    name = name_in(members)
    consumers = exchange.local.or_none("kinesis", "ListStreamConsumers", StreamARN=exchange.arn("kinesis", f"stream/{name}"))
    if consumers and consumers["Consumers"] and not members.get("EnforceConsumerDeletion"):
        return Refusal(400, "ResourceInUseException", f"Stream {name} under account {exchange.account} has consumers registered.")
    return None
