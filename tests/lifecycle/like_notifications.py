"""What S3 makes of the notifications of a bucket: how it gives them back, and
which it refuses."""

import json
import re
from fnmatch import fnmatchcase
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from behaviours import behaviour
from local import Local

GET, PUT = "GetBucketNotificationConfiguration", "PutBucketNotificationConfiguration"
OPERATIONS = {GET, PUT}
LISTS = {"TopicConfiguration": "Topic", "QueueConfiguration": "Queue", "CloudFunctionConfiguration": "CloudFunction"}

CAPITALS = behaviour(
    "filter-names-have-a-capital", "[LS] test_filter_rules_case_insensitive: Prefix and Suffix, whatever was sent")
OVERLAP = behaviour(
    "notifications-do-not-overlap",
    "[AD] notification-how-to-filtering; minio#2472, waf-security-automations#49 quote the texts")
VALIDATED = behaviour(
    "notification-destinations-are-validated",
    "[LS]: ArgumentName and ArgumentValue name each that is not there or lets S3 not in; TF#1582; "
    "SkipDestinationValidation takes them")


def answer(layer, call, request, body, account, region):
    on = set(layer.behaviours)
    if call.operation == GET:
        status, headers, content = layer.ask(request, body)
        if CAPITALS in on and status < 300:
            content = re.sub(rb"<Name>(prefix|suffix)</Name>", lambda found: b"<Name>%s</Name>" % found[1].capitalize(), content)
        return status, headers, content
    entries = read(body)
    if OVERLAP in on and (refused := overlap(entries)):
        return refused
    skips = request.headers.get("x-amz-skip-destination-validation") == "true"
    if VALIDATED in on and not skips:
        bucket = request.path.partition("?")[0].strip("/")
        local = Local(layer.upstream, account, region)
        wrong = [(arn, why) for arn in sorted({entry["arn"] for entry in entries}) if (why := refusal(local, arn, bucket))]
        if wrong:
            return refuse("Unable to validate the following destination configurations", wrong)
    return layer.ask(request, body)


def read(body):
    """What is compared of each entry of a document."""
    def text(of, name):
        return [each.text or "" for each in of if each.tag.rpartition("}")[2] == name]

    found = []
    for entry in ElementTree.fromstring(body):
        sort = entry.tag.rpartition("}")[2]
        if sort in LISTS:
            rules = {}
            for rule in entry.iter():
                if rule.tag.rpartition("}")[2] == "FilterRule":
                    rules[text(rule, "Name")[0].lower()] = (text(rule, "Value") or [""])[0]
            found.append({"arn": text(entry, LISTS[sort])[0], "events": text(entry, "Event"),
                          "prefix": rules.get("prefix", ""), "suffix": rules.get("suffix", "")})
    return found


def overlap(entries):
    for at, one in enumerate(entries):
        for other in entries[:at]:
            events = any(fnmatchcase(a, b) or fnmatchcase(b, a) for a in one["events"] for b in other["events"])
            begins = one["prefix"].startswith(other["prefix"]) or other["prefix"].startswith(one["prefix"])
            ends = one["suffix"].endswith(other["suffix"]) or other["suffix"].endswith(one["suffix"])
            if events and begins and ends:
                return refuse("Configurations overlap. Configurations on the same bucket cannot share a common event type.", [("Event", "event")])
    return None


def refusal(local, arn, bucket):
    """Why S3 may not send there, None where it may."""
    service, name = arn.split(":")[2], arn.split(":", 5)[5]
    if service == "lambda":
        answered = local.or_none("lambda", "GetPolicy", FunctionName=name.removeprefix("function:").split(":")[0])
        policy = answered and answered["Policy"]
        return None if lets_in(policy, bucket) else f"Not authorized to invoke function [{arn}]"
    if service == "sqs":
        url = local.or_none("sqs", "GetQueueUrl", QueueName=name)
        if not url:
            return "The destination queue does not exist"
        attributes = local("sqs", "GetQueueAttributes", QueueUrl=url["QueueUrl"], AttributeNames=["Policy"])
        allowed = lets_in(attributes.get("Attributes", {}).get("Policy"), bucket)
        return None if allowed else "Permissions on the destination queue do not allow S3 to publish notifications from this bucket"
    answered = local.or_none("sns", "GetTopicAttributes", TopicArn=arn)
    allowed = lets_in(answered and answered["Attributes"].get("Policy"), bucket)
    return None if allowed else "Permissions on the destination topic do not allow S3 to publish notifications from this bucket"


def lets_in(policy, bucket):
    def list_of(value):
        return value if isinstance(value, list) else [value]

    for statement in json.loads(policy or "{}").get("Statement", []):
        principal = statement.get("Principal")
        service = principal.get("Service") if isinstance(principal, dict) else None
        conditions = {key.lower(): value for keys in statement.get("Condition", {}).values() for key, value in keys.items()}
        sources = list_of(conditions.get("aws:sourcearn", "*"))
        if "s3.amazonaws.com" in list_of(service) and any(fnmatchcase(f"arn:aws:s3:::{bucket}", each) for each in sources):
            return True
    return False


def refuse(message, arguments):
    numbers = [""] if len(arguments) == 1 else range(1, len(arguments) + 1)
    told = "".join(
        f"<ArgumentName{number}>{escape(name)}</ArgumentName{number}><ArgumentValue{number}>{escape(value)}</ArgumentValue{number}>"
        for number, (name, value) in zip(numbers, arguments))
    text = f"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>InvalidArgument</Code><Message>{message}</Message>{told}</Error>"
    return 400, [("Content-Type", "application/xml")], text.encode()
