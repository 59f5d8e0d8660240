"""The forms in which SQS gives back queues, and when it refuses a name."""

import json
import re

import principals
from behaviours import behaviour
from refusals import Refusal

ATTRIBUTES = "sqs:GetQueueAttributes"


def asked_for(exchange, name):
    return {"All", name} & set(exchange.members.get("AttributeNames", []))


PRINCIPALS = behaviour(
    "queue-policy-principals",
    "terraform#13972: an account's id comes back as the ARN of its root")


@PRINCIPALS.answered(ATTRIBUTES)
def name_root(exchange):
    attributes = exchange.answer.get("Attributes", {})
    if attributes.get("Policy"):
        attributes["Policy"] = principals.as_kept(attributes["Policy"], exchange.partition)


ACTIONS = behaviour(
    "queue-policy-actions-upper-case",
    "[LS]: AddPermission writes SQS:; that SetQueueAttributes' documents are changed so is not seen", verified=False)


@ACTIONS.answered(ATTRIBUTES)
def upper(exchange):
    attributes = exchange.answer.get("Attributes", {})
    if attributes.get("Policy"):
        document = json.loads(attributes["Policy"])
        statements = document.get("Statement", [])
        for statement in statements if isinstance(statements, list) else [statements]:
            for key in ("Action", "NotAction"):
                if key in statement:
                    statement[key] = upper_prefix(statement[key])
        attributes["Policy"] = json.dumps(document)


def upper_prefix(action):
    if isinstance(action, list):
        return [upper_prefix(each) for each in action]
    return re.sub(r"(?i)^sqs:", "SQS:", action)


REUSE = behaviour(
    "key-reuse-of-kms-queues-alone",
    "[TF] sqs/queue.go: KmsDataKeyReusePeriodSeconds, 300 by default, is told of a queue with a key of "
    "KMS and of no other")


@REUSE.answered(ATTRIBUTES)
def tell_reuse(exchange):
    attributes = exchange.answer.get("Attributes", {})
    if "All" not in exchange.members.get("AttributeNames", []):
        return
    if attributes.get("KmsMasterKeyId"):
        attributes.setdefault("KmsDataKeyReusePeriodSeconds", "300")
    else:
        attributes.pop("KmsDataKeyReusePeriodSeconds", None)


SSE = behaviour("queues-are-encrypted", '[LS]: SqsManagedSseEnabled is "true" on new queues')


@SSE.answered(ATTRIBUTES)
def tell_encryption(exchange):
    attributes = exchange.answer.get("Attributes", {})
    if asked_for(exchange, "SqsManagedSseEnabled"):
        attributes.setdefault("SqsManagedSseEnabled", "false" if attributes.get("KmsMasterKeyId") else "true")
        exchange.answer["Attributes"] = attributes


FIFO = behaviour(
    "fifo-attributes-appear",
    "[CRD]: FifoThroughputLimit perQueue and DeduplicationScope queue appear by themselves")


@FIFO.answered(ATTRIBUTES)
def tell_fifo(exchange):
    if exchange.members["QueueUrl"].endswith(".fifo"):
        for name, value in (("FifoThroughputLimit", "perQueue"), ("DeduplicationScope", "queue")):
            if asked_for(exchange, name):
                exchange.answer.setdefault("Attributes", {}).setdefault(name, value)


STANDARD = behaviour(
    "no-fifo-flag-on-standard-queues",
    "[TF] never sends FifoQueue false, which is an unknown attribute of a standard queue", verified=False)


@STANDARD.asked("sqs:CreateQueue")
def refuse_false(exchange):
    if exchange.members.get("Attributes", {}).get("FifoQueue") == "false":
        return Refusal(400, "InvalidAttributeName", "Unknown Attribute FifoQueue.")
    return None


DELETED = behaviour("queue-name-rests", "docs: API reference CreateQueue, QueueDeletedRecently; TF retries for 90 s")


@DELETED.asked("sqs:DeleteQueue")
def remember(exchange):
    exchange.memory("deleted queues")[exchange.members["QueueUrl"].rsplit("/", 1)[-1]] = exchange.now()


@DELETED.asked("sqs:CreateQueue")
def refuse_name(exchange):
    at = exchange.memory("deleted queues").get(exchange.members["QueueName"])
    if at is not None and exchange.now() - at < exchange.options.queue_seconds:
        return Refusal(400, "AWS.SimpleQueueService.QueueDeletedRecently",
                       "You must wait 60 seconds after deleting a queue before you can create another with the same name.")
    return None
