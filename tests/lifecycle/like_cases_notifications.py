"""The behaviours of S3's notifications, each seen through the layer."""

import json

from like_world import case


def bucket(world):
    return f"like-{world.aws.account}"


def entry(arn, prefix, event="s3:ObjectCreated:*"):
    return {"QueueArn": arn, "Events": [event], "Filter": {"Key": {"FilterRules": [{"Name": "prefix", "Value": prefix}]}}}


def told(world):
    """A queue that the bucket may send to."""
    arn = world.queue()
    statement = {"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": "*",
                 "Condition": {"ArnLike": {"aws:SourceArn": f"arn:aws:s3:::{bucket(world)}"}}}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    world.aws("sqs").set_queue_attributes(QueueUrl=world.aws.queue_url("inbox"), Attributes={"Policy": policy})
    return arn


def put(world, *entries):
    world.aws("s3").create_bucket(Bucket=bucket(world))
    return world.refused(
        world("s3").put_bucket_notification_configuration, Bucket=bucket(world), NotificationConfiguration={"QueueConfigurations": list(entries)})


@case("filter-names-have-a-capital")
def _(world):
    assert not put(world, entry(told(world), "raw/"))
    answer = world("s3").get_bucket_notification_configuration(Bucket=bucket(world))
    return answer["QueueConfigurations"][0]["Filter"]["Key"]["FilterRules"] == [{"Name": "Prefix", "Value": "raw/"}]


@case("notifications-do-not-overlap")
def _(world):
    arn = told(world)
    refused = put(world, entry(arn, "raw/"), entry(arn, "raw/in/", "s3:ObjectCreated:Put"))
    return refused and refused[0] == "InvalidArgument" and refused[1].startswith("Configurations overlap.")


@case("notification-destinations-are-validated")
def _(world):
    refused = put(world, entry(world.aws.arn("sqs", "gone"), "raw/"))
    return refused == ("InvalidArgument", "Unable to validate the following destination configurations")
