"""The tagging API as AWS serves it. The layer answers it, out of what the local
AWS holds at that time, however it came there."""

import base64

from behaviours import behaviour
from like_topics import as_map
from proxy import READS
from refusals import Refusal

LAG = behaviour(
    "tagging-api-lags",
    "what was deleted may linger, by how long is not known; the option `tag_lag` says by how many seconds", verified=False)


@LAG.asked("*")
def keep(exchange):
    """What a search would have told before this write."""
    if exchange.options.tag_lag and not READS.match(exchange.name.split(":")[1]):
        exchange.memory("tagged before").setdefault("all", []).append((exchange.now(), tagged(exchange)))


@LAG.asked("tag:GetResources")
def tell_before(exchange):
    since = exchange.now() - exchange.options.tag_lag
    there = next((kept for at, kept in exchange.memory("tagged before").get("all", []) if at > since), None)
    return None if there is None else search(exchange.members, there)


SEARCH = behaviour(
    "tagging-api-finds-what-is-tagged",
    "docs: resourcegroupstagging supported-services (no roles), API reference GetResources: alarms, log "
    "groups, streams and mappings too, filters by several keys, by type, pages")


@SEARCH.asked("tag:GetResources")
def tell_now(exchange):
    return search(exchange.members, tagged(exchange))


def search(members, there):
    asked_for = members.get("ResourceARNList")
    if asked_for and members.keys() - {"ResourceARNList"}:
        return Refusal(400, "InvalidParameterException", "ResourceARNList cannot be used with any other parameter")
    found = [(arn, tags) for arn, tags in sorted(there.items())
             if (not asked_for or arn in asked_for) and is_of_types(arn, members.get("ResourceTypeFilters"))
             and meets(tags, members.get("TagFilters", []))]
    try:
        start = int(base64.b64decode(members["PaginationToken"])) if members.get("PaginationToken") else 0
    except ValueError:
        return Refusal(400, "InvalidParameterException", "PaginationToken is invalid")
    end = start + members.get("ResourcesPerPage", 50)
    return {
        "PaginationToken": base64.b64encode(str(end).encode()).decode() if end < len(found) else "",
        "ResourceTagMappingList": [
            {"ResourceARN": arn, "Tags": [{"Key": key, "Value": value} for key, value in tags.items()]} for arn, tags in found[start:end]],
    }


def meets(tags, filters):
    """Each filter is met by a tag of its key, with one of its values where it has any."""
    return all(each["Key"] in tags and (not each.get("Values") or tags[each["Key"]] in each["Values"]) for each in filters)


def is_of_types(arn, filters):
    service, resource = arn.split(":")[2], arn.split(":", 5)[5]
    kind = {"sqs": "queue", "sns": "topic"}.get(service) or resource.replace("/", ":").split(":")[0]
    return not filters or service in filters or f"{service}:{kind}" in filters


def tagged(exchange):
    """All that has tags, by ARN."""
    local = exchange.local
    there = {each["ResourceARN"]: as_map(each["Tags"]) for each in local.all("resourcegroupstaggingapi", "GetResources")
             if ":iam:" not in each["ResourceARN"]}
    alarms = local("cloudwatch", "DescribeAlarms", AlarmTypes=["MetricAlarm", "CompositeAlarm"], MaxRecords=100)
    while alarms:
        for alarm in alarms.get("MetricAlarms", []) + alarms.get("CompositeAlarms", []):
            tags = local.or_none("cloudwatch", "ListTagsForResource", ResourceARN=alarm["AlarmArn"]) or {}
            there[alarm["AlarmArn"]] = as_map(tags.get("Tags", []))
        token = alarms.get("NextToken")
        alarms = token and local("cloudwatch", "DescribeAlarms", AlarmTypes=["MetricAlarm", "CompositeAlarm"], MaxRecords=100, NextToken=token)
    for group in local.all("logs", "DescribeLogGroups"):
        arn = group["arn"].removesuffix(":*")
        there[arn] = (local.or_none("logs", "ListTagsForResource", resourceArn=arn) or {}).get("tags", {})
    for mapping in local.all("lambda", "ListEventSourceMappings"):
        arn = mapping["EventSourceMappingArn"]
        there[arn] = (local.or_none("lambda", "ListTags", Resource=arn) or {}).get("Tags", {})
    for name in local.all("kinesis", "ListStreams"):
        found = local.or_none("kinesis", "ListTagsForStream", StreamName=name)
        there[exchange.arn("kinesis", f"stream/{name}")] = as_map(found["Tags"]) if found else {}
    for machine in local.all("stepfunctions", "ListStateMachines"):
        tags = (local.or_none("stepfunctions", "ListTagsForResource", resourceArn=machine["stateMachineArn"]) or {}).get("tags", [])
        there[machine["stateMachineArn"]] = {tag["key"]: tag["value"] for tag in tags}
    return {arn: tags for arn, tags in there.items() if tags}

