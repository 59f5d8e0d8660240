"""The behaviours of S3, each seen through the layer."""

import threading

from like_buckets import ALL_FOUR
from like_world import case


def bucket(world):
    name = f"data-{world.aws.account}"
    world.aws("s3").create_bucket(Bucket=name)
    return name


@case("bucket-is-not-made-twice")
def _(world):
    name = bucket(world)
    tags = {"Tags": [{"Key": "team", "Value": "data"}]}
    refused = world.refused(world("s3").create_bucket, Bucket=name, CreateBucketConfiguration=tags)
    assert world.refused(world("s3").create_bucket, Bucket=name) is None
    return refused is not None and refused[0] == "BucketAlreadyOwnedByYou"


@case("new-buckets-block-public-access")
def _(world):
    name = f"data-{world.aws.account}"
    world("s3").create_bucket(Bucket=name)
    refused = world.refused(world.aws("s3").get_public_access_block, Bucket=name)
    return refused is None and world.aws("s3").get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"] == ALL_FOUR


@case("bucket-is-of-its-expected-owner")
def _(world):
    name = bucket(world)
    assert world.refused(world("s3").get_bucket_versioning, Bucket=name, ExpectedBucketOwner=world.aws.account) is None
    refused = world.refused(world("s3").get_bucket_versioning, Bucket=name, ExpectedBucketOwner="999999999999")
    return refused is not None and refused[0] == "AccessDenied"


@case("bucket-is-configured-by-one")
def _(world):
    name = bucket(world)
    codes = []

    def tag(value):
        refused = world.refused(world("s3").put_bucket_tagging, Bucket=name, Tagging={"TagSet": [{"Key": "team", "Value": value}]})
        codes.append(refused and refused[0])

    for _ in range(10):
        threads = [threading.Thread(target=tag, args=(str(number),)) for number in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if "OperationAborted" in codes:
            break
    assert world.refused(world("s3").put_bucket_versioning, Bucket=name, VersioningConfiguration={"Status": "Enabled"}) is None
    return "OperationAborted" in codes


@case("no-key-beside-keys-of-s3")
def _(world):
    by = {"SSEAlgorithm": "AES256", "KMSMasterKeyID": "11111111-2222-3333-4444-555555555555"}
    rules = {"Rules": [{"ApplyServerSideEncryptionByDefault": by}]}
    refused = world.refused(world("s3").put_bucket_encryption, Bucket=bucket(world), ServerSideEncryptionConfiguration=rules)
    return refused is not None and refused[0] == "InvalidArgument"


@case("lifecycle-rules-are-read")
def _(world):
    moved = {"ID": "a", "Status": "Enabled", "Filter": {"Prefix": ""}, "Transitions": [{"StorageClass": "STANDARD_IA", "Days": 7}]}
    refused = world.refused(world("s3").put_bucket_lifecycle_configuration, Bucket=bucket(world), LifecycleConfiguration={"Rules": [moved]})
    return refused is not None and refused[0] == "InvalidArgument"
