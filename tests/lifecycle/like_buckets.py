"""What S3 refuses of buckets, and what it gives to new ones. S3's answers are left as they are: these
act before a call, or after it."""


from behaviours import behaviour
from refusals import Refusal

CONFIGURATION = tuple(f"s3:{operation}" for operation in (
    "DeleteBucketLifecycle", "DeleteBucketPolicy", "DeleteBucketTagging", "PutBucketEncryption", "PutBucketLifecycleConfiguration",
    "PutBucketNotificationConfiguration", "PutBucketOwnershipControls", "PutBucketPolicy", "PutBucketTagging", "PutBucketVersioning",
    "PutPublicAccessBlock"))
ALL_FOUR = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True)


def region_of(exchange, bucket):
    """Where the local AWS has a bucket of this account, None where there is none."""
    found = exchange.local.or_none("s3", "HeadBucket", Bucket=bucket)
    return found and found["BucketRegion"]


AGAIN = behaviour(
    "bucket-is-not-made-twice",
    "[LS] test_create_bucket_with_tags_us_east_1_idempotency: with tags a second create is refused in us-east-1 too")


@AGAIN.asked("s3:CreateBucket")
def refuse_a_second(exchange):
    has_tags = exchange.members.get("CreateBucketConfiguration", {}).get("Tags")
    if (has_tags or exchange.region != "us-east-1") and region_of(exchange, exchange.members["Bucket"]):
        return Refusal(409, "BucketAlreadyOwnedByYou",
                       "Your previous request to create the named bucket succeeded and you already own it.")
    return None


BLOCKED = behaviour("new-buckets-block-public-access", "[LS], [CRD] R86: all four public access blocks are on in a new bucket")


@BLOCKED.answered("s3:CreateBucket")
def block(exchange):
    exchange.local("s3", "PutPublicAccessBlock", Bucket=exchange.members["Bucket"], PublicAccessBlockConfiguration=ALL_FOUR)


OWNER = behaviour(
    "bucket-is-of-its-expected-owner",
    "[M] ExpectedBucketOwner: 403 where another account owns the bucket; docs: User Guide, bucket-owner-condition")


@OWNER.asked("*")
def refuse_strangers(exchange):
    if not exchange.name.startswith("s3:"):
        return None
    expected = exchange.members.get("ExpectedBucketOwner")
    if expected and expected != exchange.account and region_of(exchange, exchange.members["Bucket"]):
        return Refusal(403, "AccessDenied", "Access Denied")
    return None


ONE = behaviour(
    "bucket-is-configured-by-one",
    "aws-cdk#16811, #24762, #27600 quote the text: of two writes of a bucket's configuration at once one is refused")
# What was refused by somebody else is never told to be over.
LONGEST = 2.0


@ONE.asked(*CONFIGURATION)
def refuse_the_second(exchange):
    busy, bucket, now = exchange.memory("buckets that are written"), exchange.members["Bucket"], exchange.now()
    if now - busy.get(bucket, -LONGEST) < LONGEST:
        return Refusal(409, "OperationAborted",
                       "A conflicting conditional operation is currently in progress against this resource. Please try again.")
    busy[bucket] = now
    return None


@ONE.answered(*CONFIGURATION)
def is_over(exchange):
    exchange.memory("buckets that are written").pop(exchange.members["Bucket"], None)


KEYLESS = behaviour("no-key-beside-keys-of-s3", "[LS]: a key of KMS with AES256 is an InvalidArgument")


@KEYLESS.asked("s3:PutBucketEncryption")
def refuse_key(exchange):
    for rule in exchange.members["ServerSideEncryptionConfiguration"]["Rules"]:
        by = rule.get("ApplyServerSideEncryptionByDefault", {})
        if by.get("SSEAlgorithm") == "AES256" and "KMSMasterKeyID" in by:
            return Refusal(400, "InvalidArgument", "a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse")
    return None


RULES = behaviour(
    "lifecycle-rules-are-read", "docs: API reference PutBucketLifecycleConfiguration; terraform-provider-aws#9741 and others quote the texts")


@RULES.asked("s3:PutBucketLifecycleConfiguration")
def refuse_rules(exchange):
    rules = exchange.members["LifecycleConfiguration"]["Rules"]
    ids = [rule["ID"] for rule in rules if "ID" in rule]
    if len(ids) != len(set(ids)):
        return Refusal(400, "InvalidArgument", "Rule ID must be unique. Found same ID for more than one rule")
    for rule in rules:
        if not rule.keys() - {"ID", "Filter", "Prefix", "Status"}:
            return Refusal(400, "InvalidRequest", "At least one action needs to be specified in a rule.")
        for transition in rule.get("Transitions", []):
            if transition["StorageClass"] in ("STANDARD_IA", "ONEZONE_IA") and transition.get("Days", 30) < 30:
                return Refusal(400, "InvalidArgument", f"'Days' in Transition action must be greater than or equal to 30 for storageClass "
                                                       f"'{transition['StorageClass']}'")
    return None
