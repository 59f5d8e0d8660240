"""Which operation of which service a request is, in each of the protocols that
AWS speaks, by AWS's own service models."""

import functools
import re
import urllib.parse
from dataclasses import dataclass, field

import botocore.session

SESSION = botocore.session.get_session()
# By the name that a request is signed for: botocore's name of the service, and etlctl's.
SIGNED_AS = {"monitoring": "cloudwatch", "states": "stepfunctions", "tagging": "resourcegroupstaggingapi"}
TOLD_AS = {"monitoring": "cloudwatch", "tagging": "tag"}


# What IAM checks a call of S3 as, where that is not its name (Service Authorization Reference). It is what etlctl calls it.
ACTIONS = {
    "s3:DeleteBucketLifecycle": "s3:PutLifecycleConfiguration", "s3:DeleteBucketTagging": "s3:PutBucketTagging",
    "s3:DeleteObjects": "s3:DeleteObjectVersion", "s3:GetBucketEncryption": "s3:GetEncryptionConfiguration",
    "s3:GetBucketLifecycleConfiguration": "s3:GetLifecycleConfiguration",
    "s3:GetBucketNotificationConfiguration": "s3:GetBucketNotification",
    "s3:GetObjectLockConfiguration": "s3:GetBucketObjectLockConfiguration", "s3:GetPublicAccessBlock": "s3:GetBucketPublicAccessBlock",
    "s3:ListBuckets": "s3:ListAllMyBuckets", "s3:ListObjectVersions": "s3:ListBucketVersions",
    "s3:PutBucketEncryption": "s3:PutEncryptionConfiguration", "s3:PutBucketLifecycleConfiguration": "s3:PutLifecycleConfiguration",
    "s3:PutBucketNotificationConfiguration": "s3:PutBucketNotification", "s3:PutPublicAccessBlock": "s3:PutBucketPublicAccessBlock",
}


def action_of(name):
    return ACTIONS.get(name, name)


def operation_of(action):
    """The operation that creates or updates by this action."""
    return next((name for name, other in ACTIONS.items() if other == action and not name.startswith("s3:Delete")), action)


@functools.cache
def model_of(signing_name):
    return SESSION.get_service_model(SIGNED_AS.get(signing_name, signing_name))


@dataclass
class Named:
    """`signed` is the service as the signature names it, `service` as etlctl
    does; `labels` is what a REST path names, such as the function."""

    signed: str
    operation: str
    labels: dict = field(default_factory=dict)

    @property
    def service(self):
        return TOLD_AS.get(self.signed, self.signed)


def name_of(method, path, headers, body):
    scope = re.search(r"Credential=[^/]+/\d+/[^/]+/([^/]+)/", headers.get("Authorization", ""))
    signed = scope[1] if scope else "?"
    if target := headers.get("X-Amz-Target"):
        return Named(signed, target.rsplit(".", 1)[1])
    if rpc := re.search(r"/operation/(\w+)$", path):
        return Named(signed, rpc[1])
    if "x-www-form-urlencoded" in headers.get("Content-Type", ""):
        return Named(signed, re.search(rb"(?:^|&)Action=(\w+)", body)[1].decode())
    # S3's paths say little where the bucket stands in them; the SDK names the operation.
    if named := re.search(r"[?&]x-id=(\w+)", path):
        return Named(signed, named[1])
    if scope and (found := by_path(signed, method, path)):
        return Named(signed, *found)
    return Named(signed, f"{method} {urllib.parse.unquote(path)}")


def by_path(signed, method, path):
    """Operation and labels of a REST call, None where the model has none such."""
    path, _, query = path.partition("?")
    for verb, pattern, fixed, operation in routes(signed):
        if verb == method and (not fixed or fixed in query.split("&")) and (found := pattern.fullmatch(path)):
            return operation, {name: urllib.parse.unquote(value) for name, value in found.groupdict().items()}
    return None


@functools.cache
def routes(signed):
    """Those with a fixed query first: the path alone is another operation's."""
    model, found = model_of(signed), []
    # S3 has two of some, of which the older is called no more.
    for operation in filter(lambda operation: not operation.deprecated, map(model.operation_model, model.operation_names)):
        template, _, fixed = operation.http["requestUri"].partition("?")
        pattern = re.escape(template).replace(r"\{Key\+\}", "(?P<Key>.+)")
        pattern = re.sub(r"\\{(\w+)(?:\\\+)?\\}", r"(?P<\1>[^/]+)", pattern).rstrip("/") + "/?"
        found.append((operation.http["method"], re.compile(pattern), fixed, operation.name))
    return sorted(found, key=lambda route: not route[2])
