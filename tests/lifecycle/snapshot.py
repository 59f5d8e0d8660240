"""Everything in an account, read with boto3 and made comparable: what the
server makes up anew each time (dates, revisions, version numbers) is left out,
and the account's number is replaced, so that two accounts can be compared."""

import json

from botocore.exceptions import ClientError

VOLATILE_FUNCTION = {
    "LastModified", "RevisionId", "Version", "State", "StateReason", "StateReasonCode", "LastUpdateStatus",
    "LastUpdateStatusReason", "LastUpdateStatusReasonCode", "RuntimeVersionConfig", "ConfigSha256", "CodeSize",
}
VOLATILE_QUEUE = {
    "CreatedTimestamp", "LastModifiedTimestamp", "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesDelayed", "ApproximateNumberOfMessagesNotVisible",
}
VOLATILE_TOPIC = {"SubscriptionsConfirmed", "SubscriptionsPending", "SubscriptionsDeleted", "EffectiveDeliveryPolicy"}
VOLATILE_ALARM = {
    "AlarmConfigurationUpdatedTimestamp", "StateUpdatedTimestamp", "StateTransitionedTimestamp", "StateValue",
    "StateReason", "StateReasonData", "EvaluationState",
}


def snapshot(aws):
    found = {}
    for read in (roles, queues, topics, buckets, layers, functions, mappings, log_groups, alarms, buses, tables, streams, schedules, state_machines):
        found |= read(aws)
    return json.loads(json.dumps(found, sort_keys=True, default=str).replace(aws.account, "ACCOUNT"))


def differences(before, after, path=""):
    """Readable lines, for the message of an assertion."""
    if isinstance(before, dict) and isinstance(after, dict):
        lines = []
        for key in sorted(set(before) | set(after)):
            lines += differences(before.get(key), after.get(key), f"{path}/{key}")
        return lines
    return [] if before == after else [f"{path}: {before!r} -> {after!r}"]


def assert_same(before, after):
    lines = differences(before, after)
    assert not lines, "the account differs:\n" + "\n".join(lines)


def pages(client, operation, **arguments):
    for page in client.get_paginator(operation).paginate(**arguments):
        for value in page.values():
            if isinstance(value, list):
                yield from value


def without(entry, volatile):
    dropped = volatile | {"ResponseMetadata"}
    # AWS leaves out what is not set; the local one sometimes says it empty.
    return {key: value for key, value in entry.items()
            if key not in dropped and value not in (None, "", [], {}, {"TargetArn": ""})}


def tags(entries):
    return {tag["Key"]: tag["Value"] for tag in entries}


def parsed(attributes):
    """Policies as documents: their spaces and the order of keys mean nothing."""
    return {key: json.loads(value) if value.startswith("{") else value for key, value in attributes.items()}


def or_none(call, **arguments):
    """None where AWS answers that there is none."""
    try:
        return call(**arguments)
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
            return None
        raise


def roles(aws):
    iam, found = aws("iam"), {}
    for name in [role["RoleName"] for role in pages(iam, "list_roles")]:
        role = iam.get_role(RoleName=name)["Role"]
        found[f"role/{name}"] = {
            "path": role["Path"],
            "trust": role["AssumeRolePolicyDocument"],
            "description": role.get("Description") or None,
            "max_session": role.get("MaxSessionDuration"),
            "boundary": role.get("PermissionsBoundary"),
            "attached": sorted(p["PolicyArn"] for p in pages(iam, "list_attached_role_policies", RoleName=name)),
            "inline": {
                policy: iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]
                for policy in pages(iam, "list_role_policies", RoleName=name)
            },
            "tags": tags(iam.list_role_tags(RoleName=name)["Tags"]),
        }
    return found


def queues(aws):
    sqs, found = aws("sqs"), {}
    for url in pages(sqs, "list_queues"):
        attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        if "KmsMasterKeyId" not in attributes or not attributes["KmsMasterKeyId"]:
            # AWS says so of every new queue; the emulator only of one to which it was said.
            attributes.setdefault("SqsManagedSseEnabled", "true")
        found[f"queue/{url.rsplit('/', 1)[1]}"] = {
            "attributes": parsed(without(attributes, VOLATILE_QUEUE)),
            "tags": sqs.list_queue_tags(QueueUrl=url).get("Tags", {}),
        }
    return found


def topics(aws):
    sns, found = aws("sns"), {}
    for arn in [topic["TopicArn"] for topic in pages(sns, "list_topics")]:
        subscriptions = pages(sns, "list_subscriptions_by_topic", TopicArn=arn)
        found[f"topic/{arn.rsplit(':', 1)[1]}"] = {
            "attributes": topic_attributes(sns, arn),
            "tags": tags(sns.list_tags_for_resource(ResourceArn=arn)["Tags"]),
            "subscriptions": sorted((s["Protocol"], s["Endpoint"]) for s in subscriptions),
        }
    return found


def buckets(aws):
    s3, found = aws("s3"), {}
    parts = ("bucket_encryption", "bucket_lifecycle_configuration", "bucket_notification_configuration", "bucket_ownership_controls",
             "bucket_policy", "bucket_tagging", "bucket_versioning", "public_access_block")
    for name in [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]:
        read = {part: or_none(getattr(s3, f"get_{part}"), Bucket=name) for part in parts}
        found[f"bucket/{name}"] = {part: without(answer, set()) for part, answer in read.items() if answer}
    return found


def topic_attributes(sns, arn):
    """SNS's default policy lists other actions on AWS than on an emulator; its statement's id tells it."""
    attributes = parsed(without(sns.get_topic_attributes(TopicArn=arn)["Attributes"], VOLATILE_TOPIC))
    statements = attributes["Policy"]["Statement"]
    if [s["Sid"] for s in statements] == ["__default_statement_ID"]:
        attributes["Policy"] = {"default": statements[0]["Effect"]}
    return attributes


def layers(aws):
    client, found = aws("lambda"), {}
    for name in [layer["LayerName"] for layer in pages(client, "list_layers")]:
        found[f"layer/{name}"] = versions = []
        for number in sorted(v["Version"] for v in pages(client, "list_layer_versions", LayerName=name)):
            version = client.get_layer_version(LayerName=name, VersionNumber=number)
            versions.append({
                "sha256": version["Content"]["CodeSha256"],
                "description": version.get("Description"),
                "runtimes": sorted(version.get("CompatibleRuntimes", [])),
                "architectures": sorted(version.get("CompatibleArchitectures", [])),
                "license": version.get("LicenseInfo"),
            })
    return found


def layer_content(client, arn):
    """A layer by what it holds: its number tells only how often it was published."""
    version = or_none(client.get_layer_version_by_arn, Arn=arn)
    return f"{arn.rpartition(':')[0]} {version['Content']['CodeSha256'] if version else 'deleted'}"


def functions(aws):
    client, found = aws("lambda"), {}
    for name in [function["FunctionName"] for function in pages(client, "list_functions")]:
        whole = client.get_function(FunctionName=name)
        configuration = without(whole["Configuration"], VOLATILE_FUNCTION)
        configuration["Layers"] = [layer_content(client, layer["Arn"]) for layer in configuration.get("Layers", [])]
        configuration["VpcConfig"] = without(configuration.get("VpcConfig", {}), {"VpcId"})
        configuration["LoggingConfig"] = {"LogGroup": f"/aws/lambda/{name}"} | configuration.get("LoggingConfig", {})
        policy = or_none(client.get_policy, FunctionName=name)
        url = or_none(client.get_function_url_config, FunctionName=name)
        invoke = or_none(client.get_function_event_invoke_config, FunctionName=name)
        found[f"function/{name}"] = {
            "configuration": configuration,
            "tags": whole.get("Tags", {}),
            "reserved": whole.get("Concurrency", {}).get("ReservedConcurrentExecutions"),
            "aliases": {alias["Name"]: behind(client, name, alias) for alias in pages(
                client, "list_aliases", FunctionName=name)},
            # An emptied policy and no policy at all grant the same.
            "permissions": json.loads(policy["Policy"])["Statement"] if policy and policy.get("Policy") else [],
            "url": url and {"auth": url["AuthType"], "cors": url.get("Cors")},
            "event_invoke": invoke and without(invoke, {"LastModified", "FunctionArn"}),
        }
    return found


def behind(client, name, alias):
    """What an alias runs. Not its version's number: to publish again what was
    published before is no difference to who calls it."""
    version = client.get_function_configuration(FunctionName=name, Qualifier=alias["FunctionVersion"])
    return {
        "published": alias["FunctionVersion"] != "$LATEST",
        "code": version["CodeSha256"],
        "snap_start": version.get("SnapStart", {}).get("ApplyOn"),
        "memory": version["MemorySize"],
        "routing": alias.get("RoutingConfig"),
    }


def mappings(aws):
    return {
        f"mapping/{m['FunctionArn']}/{m['EventSourceArn']}": without(
            m, {"UUID", "LastModified", "State", "StateTransitionReason", "LastProcessingResult"})
        for m in pages(aws("lambda"), "list_event_source_mappings")
    }


def log_groups(aws):
    logs, found = aws("logs"), {}
    for group in pages(logs, "describe_log_groups"):
        # The tagging calls want the ARN without the `:*` of IAM policies.
        arn = group["arn"].removesuffix(":*")
        found[f"log_group/{group['logGroupName']}"] = {
            "retention": group.get("retentionInDays"),
            "class": group.get("logGroupClass"),
            "kms": group.get("kmsKeyId"),
            "subscriptions": [
                without(each, {"creationTime"}) for each in pages(logs, "describe_subscription_filters", logGroupName=group["logGroupName"])],
            "tags": logs.list_tags_for_resource(resourceArn=arn).get("tags", {}),
        }
    return found


def alarms(aws):
    cloudwatch, found = aws("cloudwatch"), {}
    for alarm in cloudwatch.describe_alarms()["MetricAlarms"]:
        found[f"alarm/{alarm['AlarmName']}"] = without(alarm, VOLATILE_ALARM) | {
            "tags": tags(cloudwatch.list_tags_for_resource(ResourceARN=alarm["AlarmArn"])["Tags"]),
        }
    return found


VOLATILE_BUS = {"CreationTime", "LastModifiedTime"}


def buses(aws):
    """Buses with their rules, and these with their targets."""
    events, found = aws("events"), {}
    for name in [bus["Name"] for bus in events.list_event_buses()["EventBuses"]]:
        if name != "default":
            bus = events.describe_event_bus(Name=name)
            found[f"bus/{name}"] = without(bus, VOLATILE_BUS) | {"tags": tags(events.list_tags_for_resource(ResourceARN=bus["Arn"])["Tags"])}
        for rule in events.list_rules(EventBusName=name)["Rules"]:
            of_rule = {"Rule": rule["Name"], "EventBusName": name}
            found[f"rule/{name}/{rule['Name']}"] = without(rule, set()) | {
                "targets": {target["Id"]: target for target in events.list_targets_by_rule(**of_rule)["Targets"]},
                "tags": tags(events.list_tags_for_resource(ResourceARN=rule["Arn"])["Tags"]),
            }
    return found


VOLATILE_TABLE = {
    "CreationDateTime", "ItemCount", "TableSizeBytes", "TableId", "LatestStreamArn", "LatestStreamLabel", "BillingModeSummary", "TableClassSummary",
    "TableStatus"}


def tables(aws):
    dynamodb, found = aws("dynamodb"), {}
    for name in pages(dynamodb, "list_tables"):
        table = dynamodb.describe_table(TableName=name)["Table"]
        expiry = dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
        backups = dynamodb.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
        found[f"table/{name}"] = without(table, VOLATILE_TABLE) | {
            "billing": table.get("BillingModeSummary", {}).get("BillingMode"),
            "class": table.get("TableClassSummary", {}).get("TableClass"),
            "ttl": expiry.get("AttributeName") if expiry["TimeToLiveStatus"] == "ENABLED" else None,
            "recovery": without(backups["PointInTimeRecoveryDescription"], {"EarliestRestorableDateTime", "LatestRestorableDateTime"}),
            "policy": policy_of(dynamodb, table["TableArn"]),
            "tags": tags(dynamodb.list_tags_of_resource(ResourceArn=table["TableArn"])["Tags"]),
        }
    return found


def policy_of(dynamodb, arn):
    try:
        return json.loads(dynamodb.get_resource_policy(ResourceArn=arn)["Policy"])
    except ClientError as error:
        if error.response["Error"]["Code"] == "PolicyNotFoundException":
            return None
        raise


def streams(aws):
    kinesis, found = aws("kinesis"), {}
    for name in kinesis.list_streams()["StreamNames"]:
        summary = kinesis.describe_stream_summary(StreamName=name)["StreamDescriptionSummary"]
        for metrics in summary["EnhancedMonitoring"]:
            metrics["ShardLevelMetrics"].sort()
        found[f"stream/{name}"] = without(summary, {"StreamCreationTimestamp"}) | {
            "tags": tags(kinesis.list_tags_for_stream(StreamName=name)["Tags"])}
    return found


def state_machines(aws):
    client, found = aws("stepfunctions"), {}
    for machine in pages(client, "list_state_machines"):
        arn = machine["stateMachineArn"]
        entry = without(client.describe_state_machine(stateMachineArn=arn), {"creationDate", "revisionId"})
        entry["definition"] = json.loads(entry["definition"])
        entry["tags"] = {tag["key"]: tag["value"] for tag in client.list_tags_for_resource(resourceArn=arn)["tags"]}
        found[f"state_machine/{machine['name']}"] = entry
    return found


def schedules(aws):
    client, found = aws("scheduler"), {}
    for group in pages(client, "list_schedule_groups"):
        name = group["Name"]
        if name == "default":
            continue
        told = client.list_tags_for_resource(ResourceArn=group["Arn"])
        found[f"schedule_group/{name}"] = tags(told["Tags"])
        for schedule in pages(client, "list_schedules", GroupName=name):
            entry = client.get_schedule(GroupName=name, Name=schedule["Name"])
            found[f"schedule/{name}/{schedule['Name']}"] = without(entry, {"CreationDate", "LastModificationDate"})
    return found
