"""The behaviours of IAM, CloudWatch, Logs, the tagging API and of all services, each seen through the layer."""

import time

from like_world import ONE_METRIC, case


@case("requests-match-the-models")
def _(world):
    """Past boto3's own check, which knows types and what is required."""
    world.function()
    return world.refused(world("lambda").update_function_configuration, FunctionName="work", Runtime="nodejs19.x") is not None


@case("trust-principals")
def _(world):
    trust = {"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": [world.aws.account], "Service": "lambda.amazonaws.com"}}]}
    world.role(trust=trust)
    told = [world("iam").get_role(RoleName="worker")["Role"],
            world("iam").get_account_authorization_details(Filter=["Role"])["RoleDetailList"][0]]
    return all(each["AssumeRolePolicyDocument"]["Statement"][0]["Principal"]["AWS"] == [world.root] for each in told)


@case("alarm-math-refused")
def _(world):
    def put(comparison="GreaterThanUpperThreshold", shown=True, **members):
        metric = {"Metric": {"Namespace": "AWS/Lambda", "MetricName": "Errors"}, "Period": 300, "Stat": "Sum"}
        queries = [{"Id": "m1", "ReturnData": shown, "MetricStat": metric}, {"Id": "ad1", "Expression": "ANOMALY_DETECTION_BAND(m1, 2)"}]
        return world.refused(world("cloudwatch").put_metric_alarm, **{
            "AlarmName": "band", "EvaluationPeriods": 1, "ComparisonOperator": comparison, "Metrics": queries} | members)

    assert put(ThresholdMetricId="ad1") is None
    return put() is not None and put(ThresholdMetricId="ad1", shown=False) is not None and put("GreaterThanThreshold", Threshold=1) is not None


@case("alarm-unset-is-absent")
def _(world):
    return "AlarmDescription" not in world.alarm(**ONE_METRIC)


@case("treat-missing-data-may-be-absent")
def _(world):
    return "TreatMissingData" not in world.alarm(**ONE_METRIC)


@case("log-groups-by-identifiers")
def _(world):
    for name in ("/one", "/one/more", "/two"):
        world.aws("logs").create_log_group(logGroupName=name)
    told = world("logs").describe_log_groups(logGroupIdentifiers=["/one", world.aws.arn("logs", "log-group:/two")])["logGroups"]
    return [group["logGroupName"] for group in told] == ["/one", "/two"]


@case("log-group-protection-told")
def _(world):
    world.aws("logs").create_log_group(logGroupName="/one")
    return world("logs").describe_log_groups()["logGroups"][0].get("deletionProtectionEnabled") is False


@case("delivery-groups-keep-two-days")
def _(world):
    world.aws("logs").create_log_group(logGroupName="/one", logGroupClass="DELIVERY")
    refused = world.refused(world("logs").put_retention_policy, logGroupName="/one", retentionInDays=7)
    return refused is not None and world("logs").describe_log_groups()["logGroups"][0]["retentionInDays"] == 2


@case("tagging-api-finds-what-is-tagged")
def _(world):
    tags = {"Team": "etl", "Stage": "dev"}
    pairs = [{"Key": key, "Value": value} for key, value in tags.items()]
    world.aws("logs").create_log_group(logGroupName="/one", tags=tags)
    world.aws("sqs").create_queue(QueueName="inbox", tags=tags)
    world.aws("sqs").create_queue(QueueName="other", tags={"Team": "etl"})
    world.aws("cloudwatch").put_metric_alarm(
        AlarmName="errors", EvaluationPeriods=1, ComparisonOperator="GreaterThanThreshold", Threshold=1, Tags=pairs, **ONE_METRIC)
    world.role(Tags=pairs)
    find = world("resourcegroupstaggingapi").get_paginator("get_resources").paginate
    both = [{"Key": "Team", "Values": ["etl", "web"]}, {"Key": "Stage"}]

    def found(**members):
        return [each["ResourceARN"].split(":")[2] for page in find(**members) for each in page["ResourceTagMappingList"]]

    return (found(TagFilters=both) == ["cloudwatch", "logs", "sqs"] and found(TagFilters=both, ResourcesPerPage=1) == ["cloudwatch", "logs", "sqs"]
            and found(ResourceTypeFilters=["sqs"]) == ["sqs", "sqs"] and found(ResourceTypeFilters=["logs:log-group"]) == ["logs"])


@case("tagging-api-lags")
def _(world):
    world.layer.options.tag_lag = 1
    queue = world("sqs").create_queue(QueueName="inbox", tags={"Team": "etl"})["QueueUrl"]
    find = lambda: world("resourcegroupstaggingapi").get_resources(TagFilters=[{"Key": "Team"}])["ResourceTagMappingList"]
    at_once = find()
    world.later(1)
    assert len(find()) == 1, queue
    return not at_once


@case("role-details-tell-the-boundary")
def _(world):
    boundary = "arn:aws:iam::aws:policy/PowerUserAccess"
    world.role(PermissionsBoundary=boundary)
    told = world("iam").get_account_authorization_details(Filter=["Role"])["RoleDetailList"][0]
    return told.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn") == boundary


def subscribed(world, **members):
    """What the layer says to a filter on a group, and to the group."""
    world.aws("logs").create_log_group(logGroupName="/one")
    put = {"logGroupName": "/one", "filterName": "all", "filterPattern": ""} | members
    return world.refused(world("logs").put_subscription_filter, **put)


@case("subscription-filters-refused")
def _(world):
    arn = world.function()
    refused = subscribed(world, destinationArn=arn)
    world.aws("lambda").add_permission(
        FunctionName="work", StatementId="logs", Action="lambda:InvokeFunction", Principal="logs.amazonaws.com",
        SourceArn=world.aws.arn("logs", "log-group:/one:*"))
    put = {"logGroupName": "/one", "filterPattern": ""}
    for name in ("one", "two"):
        assert world.refused(world("logs").put_subscription_filter, **put, filterName=name, destinationArn=arn) is None
    third = world.refused(world("logs").put_subscription_filter, **put, filterName="three", destinationArn=arn)
    stream = world.refused(world("logs").put_subscription_filter, **put, filterName="one", destinationArn=world.aws.arn("kinesis", "stream/in"))
    return bool(refused and "Could not execute" in refused[1] and third and stream and "without roleArn" in stream[1])


@case("log-filters-keep-all-members")
def _(world):
    stream, role = world.aws.arn("kinesis", "stream/in"), f"arn:aws:iam::{world.aws.account}:role/to-stream"
    members = {"applyOnTransformedLogs": True, "fieldSelectionCriteria": "@aws.region = 'us-east-1'", "emitSystemFields": ["@aws.account"]}
    assert subscribed(world, destinationArn=stream, roleArn=role, **members) is None
    told = world("logs").describe_subscription_filters(logGroupName="/one")["subscriptionFilters"][0]
    return members.items() <= told.items()


@case("log-events-come-in-pages")
def _(world):
    world.aws("logs").create_log_group(logGroupName="/one")
    world.aws("logs").create_log_stream(logGroupName="/one", logStreamName="a")
    now = int(time.time() * 1000)
    # Several of one time, on both sides of a page's end.
    events = [{"timestamp": now - 1000 + nth // 4, "message": f"line {nth}"} for nth in range(11)]
    world.aws("logs").put_log_events(logGroupName="/one", logStreamName="a", logEvents=events)
    told, token, pages = [], {}, 0
    while pages < 20:
        answer = world("logs").filter_log_events(logGroupName="/one", limit=3, **token)
        told += [event["message"] for event in answer["events"]]
        pages += 1
        if "nextToken" not in answer:
            break
        token = {"nextToken": answer["nextToken"]}
    return pages == 4 and told == [event["message"] for event in events]


@case("log-groups-are-protected")
def _(world):
    logs = world("logs")
    logs.create_log_group(logGroupName="/one", deletionProtectionEnabled=True)
    refused = world.refused(logs.delete_log_group, logGroupName="/one")
    if refused is None:
        return False
    told = logs.describe_log_groups()["logGroups"][0]["deletionProtectionEnabled"]
    logs.put_log_group_deletion_protection(logGroupIdentifier=world.aws.arn("logs", "log-group:/one"), deletionProtectionEnabled=False)
    return told and world.refused(logs.delete_log_group, logGroupName="/one") is None
