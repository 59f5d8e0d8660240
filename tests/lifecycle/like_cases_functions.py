"""The behaviours of Lambda, each seen through the layer."""

import json

from like_world import archive, case


@case("logging-levels-told")
def _(world):
    world.function(LoggingConfig={"LogFormat": "JSON"})
    told = world("lambda").get_function(FunctionName="work")["Configuration"]["LoggingConfig"]
    return told == {"LogFormat": "JSON", "LogGroup": "/aws/lambda/work", "ApplicationLogLevel": "INFO", "SystemLogLevel": "INFO"}


@case("image-without-overrides")
def _(world):
    uri = f"{world.aws.account}.dkr.ecr.us-east-1.amazonaws.com/work:1"
    role = world.role()
    world.aws("lambda").create_function(FunctionName="work", Role=role, PackageType="Image", Code={"ImageUri": uri})
    world.aws("lambda").update_function_configuration(FunctionName="work", ImageConfig={})
    return not {"ImageConfigResponse", "Runtime", "Handler"} & world("lambda").get_function_configuration(FunctionName="work").keys()


@case("function-is-active-while-updated")
def _(world):
    world.function()
    world.aws("lambda").update_function_configuration(FunctionName="work", MemorySize=256)
    told = world("lambda").get_function_configuration(FunctionName="work")
    return (told["State"], told["LastUpdateStatus"]) == ("Active", "InProgress")


@case("descriptions-trimmed")
def _(world):
    published = world("lambda").publish_layer_version(LayerName="shared", Content={"ZipFile": archive()}, Description="kept \n")
    listed = world("lambda").list_layer_versions(LayerName="shared")["LayerVersions"][0]
    world.function(Description=" kept ")
    told = world("lambda").get_function_configuration(FunctionName="work")
    return [each["Description"] for each in (published, listed, told)] == ["kept"] * 3


@case("url-header-names-lower-case")
def _(world):
    world.function()
    made = world("lambda").create_function_url_config(
        FunctionName="work", AuthType="NONE", Cors={"AllowHeaders": ["X-One"], "ExposeHeaders": ["X-Two"], "AllowMethods": ["GET"]})
    told = world("lambda").get_function_url_config(FunctionName="work")
    lower = {"AllowHeaders": ["x-one"], "ExposeHeaders": ["x-two"], "AllowMethods": ["GET"]}
    return made["Cors"] == told["Cors"] == lower


@case("permission-principals")
def _(world):
    world.function()
    given = world("lambda").add_permission(
        FunctionName="work", StatementId="one", Action="lambda:InvokeFunction", Principal=world.aws.account)
    told = json.loads(world("lambda").get_policy(FunctionName="work")["Policy"])["Statement"][0]
    return json.loads(given["Statement"])["Principal"] == told["Principal"] == {"AWS": world.root}


@case("event-invoke-husks")
def _(world):
    world.function()
    failures = {"OnFailure": {"Destination": world.queue()}}
    world("lambda").put_function_event_invoke_config(FunctionName="work", DestinationConfig=failures)
    told = world("lambda").get_function_event_invoke_config(FunctionName="work")["DestinationConfig"]
    return told == {"OnSuccess": {}} | failures


@case("husks-are-not-taken-back")
def _(world):
    world.function()
    husk = {"OnSuccess": {}, "OnFailure": {}}
    return world.refused(world("lambda").put_function_event_invoke_config, FunctionName="work", DestinationConfig=husk) is not None


@case("stream-mapping-husks")
def _(world):
    world.function()
    world.aws("kinesis").create_stream(StreamName="events", ShardCount=1)
    told = world("lambda").create_event_source_mapping(
        FunctionName="work", EventSourceArn=world.aws.arn("kinesis", "stream/events"), StartingPosition="LATEST")
    return told.get("MaximumRetryAttempts") == -1 and told.get("DestinationConfig") == {"OnFailure": {}}


@case("mappings-of-kafka-brokers-and-documents")
def _(world):
    world.function()
    cluster = world.aws.arn("kafka", "cluster/etl/1")
    create = lambda **members: world("lambda").create_event_source_mapping(FunctionName="work", EventSourceArn=cluster, **members)
    if refused := world.refused(create, StartingPosition="LATEST"):
        assert world.refused(create, StartingPosition="LATEST", Topics=["orders"], ParallelizationFactor=2)
    if not refused or "topics" not in refused[1]:
        return False
    made = create(StartingPosition="LATEST", Topics=["orders"])
    (listed,) = world("lambda").list_event_source_mappings(FunctionName="work")["EventSourceMappings"]
    return made["UUID"] == listed["UUID"] and listed["AmazonManagedKafkaEventSourceConfig"]["ConsumerGroupId"] and listed["BatchSize"] == 100


@case("mappings-keep-all-members")
def _(world):
    world.function()
    world.grant("sqs:*")
    made = world("lambda").create_event_source_mapping(
        FunctionName="work", EventSourceArn=world.queue(), MetricsConfig={"Metrics": ["EventCount"]})
    told = world("lambda").get_event_source_mapping(UUID=made["UUID"])
    world("lambda").update_event_source_mapping(UUID=made["UUID"], MetricsConfig={"Metrics": []})
    cleared = world("lambda").get_event_source_mapping(UUID=made["UUID"])
    return told.get("MetricsConfig") == {"Metrics": ["EventCount"]} and "MetricsConfig" not in cleared


@case("url-names-its-qualifier")
def _(world):
    world.alias()
    world("lambda").create_function_url_config(FunctionName="work", AuthType="NONE")
    made = world("lambda").create_function_url_config(FunctionName="work", Qualifier="live", AuthType="AWS_IAM")
    listed = world("lambda").list_function_url_configs(FunctionName="work")["FunctionUrlConfigs"]
    own, function = f"{world.aws.arn('lambda', 'function:work')}:live", world.aws.arn("lambda", "function:work")
    return made["FunctionArn"] == own and {each["AuthType"]: each["FunctionArn"] for each in listed} == {"NONE": function, "AWS_IAM": own}


@case("mapping-tells-no-more-than-its-members")
def _(world):
    """The raw answer, for boto3 leaves out what it does not know."""
    world.function()
    raw = []
    client = world("lambda")
    client.meta.events.register("before-parse.lambda.CreateEventSourceMapping", lambda response_dict, **_: raw.append(response_dict["body"]))
    world.grant("sqs:*")
    client.create_event_source_mapping(FunctionName="work", EventSourceArn=world.queue())
    return not {"FunctionName", "Qualifier", "Enabled"} & json.loads(raw[0]).keys()


@case("role-must-be-there")
def _(world):
    create = {"FunctionName": "work", "Runtime": "nodejs22.x", "Handler": "index.handler", "Code": {"ZipFile": archive()}}
    missing = world.refused(world("lambda").create_function, Role=world.aws.arn("iam", "role/none", region=""), **create)
    other = {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
    not_ours = world.refused(world("lambda").create_function, Role=world.role("other", trust=other), **create | {"FunctionName": "more"})
    assert world.refused(world("lambda").create_function, Role=world.role(), **create | {"FunctionName": "most"}) is None
    return missing is not None and missing == not_ours and "cannot be assumed by Lambda" in missing[1]


@case("dead-letters-need-permission")
def _(world):
    world.function()
    queue = world.queue()
    update = lambda: world.refused(
        world("lambda").update_function_configuration, FunctionName="work", DeadLetterConfig={"TargetArn": queue})
    refused = update()
    world.settled()
    world.aws("iam").attach_role_policy(RoleName="worker", PolicyArn="arn:aws:iam::aws:policy/AmazonSQSFullAccess")
    assert update() is None
    return refused is not None and "SendMessage on SQS" in refused[1]


@case("mapping-needs-its-queue")
def _(world):
    world.function(Timeout=60)
    create = lambda name: world.refused(
        world("lambda").create_event_source_mapping, FunctionName="work", EventSourceArn=world.aws.arn("sqs", name))
    world.queue("short")
    unable = create("short")
    world.grant("sqs:ReceiveMessage", "sqs:Delete*", "sqs:GetQueueAttributes")
    refused = [unable, create("short"), create("none")]
    world.queue("long", VisibilityTimeout="60")
    assert create("long") is None
    return all(refused) and "ReceiveMessage on SQS" in unable[1] and "visibility timeout: 30" in refused[1][1]


@case("function-is-busy")
def _(world):
    role = world.role()
    for _ in range(5):  # A function of the local AWS is pending by its own clock, and this machine may be slower.
        world.function(wait=False, Role=role)
        refused = world.refused(world("lambda").publish_version, FunctionName="work")
        if refused is not None:
            break
        world.aws("lambda").delete_function(FunctionName="work")
    return refused is not None and refused[0] == "ResourceConflictException"


@case("revision-must-be-the-latest")
def _(world):
    world.alias()
    stale = {"FunctionName": "work", "RevisionId": "0f0e0d0c-0b0a-4908-8706-050403020100"}
    give = {"StatementId": "two", "Action": "lambda:InvokeFunction", "Principal": "s3.amazonaws.com"}
    world.aws("lambda").add_permission(FunctionName="work", **give | {"StatementId": "one"})
    refused = [
        world.refused(world("lambda").publish_version, **stale),
        world.refused(world("lambda").update_function_configuration, MemorySize=256, **stale),
        world.refused(world("lambda").update_alias, Name="live", **stale),
        world.refused(world("lambda").add_permission, **give, **stale),
        world.refused(world("lambda").remove_permission, StatementId="one", **stale),
    ]
    return all(each and "Revision Id provided does not match the latest Revision Id" in each[1] for each in refused)


@case("mapping-exists")
def _(world):
    world.function()
    world.grant("sqs:*")
    create = lambda: world.refused(world("lambda").create_event_source_mapping, FunctionName="work", EventSourceArn=world.queue())
    assert create() is None
    again = create()
    return again is not None and again[0] == "ResourceConflictException"


@case("policy-is-of-its-qualifier")
def _(world):
    world.alias()
    give = {"FunctionName": "work", "Action": "lambda:InvokeFunction", "Principal": "s3.amazonaws.com"}
    world("lambda").add_permission(StatementId="one", Qualifier="live", **give)
    none = world.refused(world("lambda").get_policy, FunctionName="work")
    world("lambda").add_permission(StatementId="two", **give)
    if world.refused(world("lambda").add_permission, StatementId="one", **give):
        return False
    world("lambda").remove_permission(FunctionName="work", StatementId="one", Qualifier="live")
    world("lambda").remove_permission(FunctionName="work", StatementId="one")
    world("lambda").add_permission(StatementId="one", Qualifier="live", **give)
    sids = [
        [each["Sid"] for each in json.loads(world("lambda").get_policy(FunctionName="work", **at)["Policy"])["Statement"]]
        for at in ({"Qualifier": "live"}, {})]
    return none is not None and none[0] == "ResourceNotFoundException" and sids == [["one"], ["two"]]


@case("reservation-holds-what-stands-ready")
def _(world):
    world.alias()
    ready = lambda number: world.refused(
        world("lambda").put_provisioned_concurrency_config, FunctionName="work", Qualifier="live", ProvisionedConcurrentExecutions=number)
    reserve = lambda number: world.refused(
        world("lambda").put_function_concurrency, FunctionName="work", ReservedConcurrentExecutions=number)
    assert reserve(2) is None and ready(2) is None
    refused = [ready(3), reserve(1), reserve(0)]
    assert reserve(3) is None and ready(3) is None
    return all(refused) and "total provisioned concurrency [2]" in refused[1][1]


@case("snapshots-or-what-stands-ready")
def _(world):
    world.function(Runtime="python3.13", Handler="index.handler")
    world.aws("lambda").publish_version(FunctionName="work")
    world.aws("lambda").create_alias(FunctionName="work", Name="live", FunctionVersion="1")
    ready = lambda: world.refused(
        world("lambda").put_provisioned_concurrency_config, FunctionName="work", Qualifier="live", ProvisionedConcurrentExecutions=1)
    point = lambda: world.refused(world("lambda").update_alias, FunctionName="work", Name="live", FunctionVersion="2")
    world.aws("lambda").update_function_configuration(FunctionName="work", SnapStart={"ApplyOn": "PublishedVersions"}, MemorySize=256)
    world.settled()
    world.aws("lambda").publish_version(FunctionName="work")
    assert ready() is None
    pointed = point()
    world("lambda").delete_provisioned_concurrency_config(FunctionName="work", Qualifier="live")
    assert point() is None
    return pointed is not None and ready() is not None
