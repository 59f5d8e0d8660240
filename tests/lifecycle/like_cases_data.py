"""The behaviours of tables and streams, each seen through the layer."""


from like_world import case

KEY = {"AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}], "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}]}


def table(world, through=False, **members):
    client = world("dynamodb") if through else world.aws("dynamodb")
    return client.create_table(**{"TableName": "orders", "BillingMode": "PAY_PER_REQUEST"} | KEY | members)["TableDescription"]


def index(name, key):
    keys = [{"AttributeName": key, "KeyType": "HASH"}]
    return {"IndexName": name, "KeySchema": keys, "Projection": {"ProjectionType": "ALL"}}


def change(world, **members):
    return world.refused(world("dynamodb").update_table, TableName="orders", **members)


@case("table-is-busy")
def _(world):
    made = table(world, through=True)["TableStatus"]
    refused = change(world, DeletionProtectionEnabled=True)
    world.later(0.6)
    assert change(world, DeletionProtectionEnabled=True) is None
    return made == "CREATING" and refused is not None and refused[0] == "ResourceInUseException"


@case("one-index-a-call")
def _(world):
    table(world)
    defined = [{"AttributeName": name, "AttributeType": "S"} for name in ("a", "b")]
    made = [{"Create": index("by-a", "a")}, {"Create": index("by-b", "b")}]
    return change(world, AttributeDefinitions=defined, GlobalSecondaryIndexUpdates=made) is not None


@case("what-is-so-is-refused")
def _(world):
    table(world, StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"})
    again = change(world, StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"})
    world.later(0.6)
    return again is not None and change(world, TableClass="STANDARD") is not None


@case("expiry-changes-once-an-hour")
def _(world):
    table(world)
    expire = lambda on: world.refused(
        world("dynamodb").update_time_to_live, TableName="orders", TimeToLiveSpecification={"Enabled": on, "AttributeName": "at"})
    assert expire(True) is None
    refused = expire(False)
    return refused is not None and "fixed interval" in refused[1]


@case("tables-in-dynamodbs-own-order")
def _(world):
    defined = [{"AttributeName": name, "AttributeType": "S"} for name in ("id", "zone")]
    keys = [{"AttributeName": "id", "KeyType": "HASH"}, {"AttributeName": "zone", "KeyType": "RANGE"}]
    table(world, AttributeDefinitions=defined, KeySchema=keys)
    told = world("dynamodb").describe_table(TableName="orders")["Table"]
    return told["AttributeDefinitions"][0]["AttributeName"] == "zone" and told["WarmThroughput"]["ReadUnitsPerSecond"] == 12000


@case("backups-come-later")
def _(world):
    table(world, through=True)
    return world.refused(
        world("dynamodb").update_continuous_backups, TableName="orders",
        PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}) is not None


@case("stream-is-busy")
def _(world):
    kinesis = world("kinesis")
    kinesis.create_stream(StreamName="clicks", ShardCount=1)
    status = kinesis.describe_stream_summary(StreamName="clicks")["StreamDescriptionSummary"]["StreamStatus"]
    refused = world.refused(kinesis.increase_stream_retention_period, StreamName="clicks", RetentionPeriodHours=48)
    return status == "CREATING" and refused is not None


@case("shards-double-and-halve")
def _(world):
    world.aws("kinesis").create_stream(StreamName="clicks", ShardCount=1)
    return world.refused(world("kinesis").update_shard_count, StreamName="clicks", TargetShardCount=3, ScalingType="UNIFORM_SCALING") is not None


@case("streams-with-consumers-stay")
def _(world):
    kinesis = world.aws("kinesis")
    kinesis.create_stream(StreamName="clicks", ShardCount=1)
    kinesis.register_stream_consumer(StreamARN=world.aws.arn("kinesis", "stream/clicks"), ConsumerName="fast")
    return world.refused(world("kinesis").delete_stream, StreamName="clicks") is not None
