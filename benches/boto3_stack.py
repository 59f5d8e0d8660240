"""The job of `etlctl` on the stack `lambda-etl`, as a script with boto3 does
it: one call after the other, each resource looked at before it is touched.

    boto3_stack.py plan|apply|destroy HANDLERS LAYER.zip

Endpoint, credentials and region come from the environment. `plan` says how
many fields differ, and ends with 1 where one does."""

import base64
import hashlib
import io
import json
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import ClientError

SUFFIX, REGION = "script", "us-east-1"
TAGS = {"Environment": "dev", "Project": "lambda-etl", "ManagedBy": "boto3"}
MANAGED = ("service-role/AWSLambdaBasicExecutionRole", "AWSXRayDaemonWriteAccess")
FUNCTIONS: dict[str, dict[str, Any]] = {
    "api-handler": {"MemorySize": 512, "Timeout": 30, "reserved": 5, "errors": 5, "variables": {}},
    "batch-processor": {"MemorySize": 1024, "Timeout": 300, "reserved": 5, "errors": 3, "variables": {"BATCH_SIZE": "100"}},
    "transform": {"MemorySize": 512, "Timeout": 30, "reserved": None, "errors": None, "variables": {}},
}
VARIABLES = {"ENVIRONMENT": "dev", "MAX_CONNECTIONS": "10", "LOG_LEVEL": "INFO"}
TRUST = {"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
QUEUE, LAYER = f"lambda-dlq-{SUFFIX}", f"shared-deps-layer-{SUFFIX}"
MISSING = ("ResourceNotFoundException", "NoSuchEntity", "AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist")


def zipped(folder: Path) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as packed:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            packed.writestr(zipfile.ZipInfo(str(path.relative_to(folder))), path.read_bytes())
    return content.getvalue()


class Stack:
    def __init__(self, handlers: Path, layer: Path):
        self.handlers, self.layer = handlers, layer
        made = {name: boto3.client(name, region_name=REGION) for name in ("sts", "sqs", "iam", "lambda", "logs", "cloudwatch")}
        self.sqs, self.iam, self.functions, self.logs, self.watch = (
            made[name] for name in ("sqs", "iam", "lambda", "logs", "cloudwatch"))
        self.account = made["sts"].get_caller_identity()["Account"]

    def or_none(self, call, **members) -> Any:
        try:
            return call(**members)
        except ClientError as error:
            if error.response["Error"]["Code"] not in MISSING:
                raise
            return None

    # --- read ---------------------------------------------------------------

    def queue(self) -> dict[str, str] | None:
        found = self.or_none(self.sqs.get_queue_url, QueueName=QUEUE)
        if found is None:
            return None
        self.sqs.list_queue_tags(QueueUrl=found["QueueUrl"])
        return found | self.sqs.get_queue_attributes(QueueUrl=found["QueueUrl"], AttributeNames=["All"])["Attributes"]

    def layer_version(self) -> dict[str, Any] | None:
        versions = self.functions.list_layer_versions(LayerName=LAYER)["LayerVersions"]
        return versions[0] if versions else None

    def role(self, name: str) -> dict[str, Any] | None:
        role = {"RoleName": f"{name}-role-{SUFFIX}"}
        found = self.or_none(self.iam.get_role, **role)
        if found is None:
            return None
        attached = self.iam.list_attached_role_policies(**role)["AttachedPolicies"]
        inline = {each: self.iam.get_role_policy(**role, PolicyName=each)["PolicyDocument"]
                  for each in self.iam.list_role_policies(**role)["PolicyNames"]}
        return found["Role"] | {"attached": {each["PolicyArn"] for each in attached}, "inline": inline}

    def group(self, name: str) -> dict[str, Any] | None:
        group = f"/aws/lambda/{name}-{SUFFIX}"
        found = self.logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]
        return next((each for each in found if each["logGroupName"] == group), None)

    def function(self, name: str) -> dict[str, Any] | None:
        return self.or_none(self.functions.get_function, FunctionName=f"{name}-{SUFFIX}")

    def alarms(self) -> dict[str, dict[str, Any]]:
        names = [f"{name}-errors-{SUFFIX}" for name, wanted in FUNCTIONS.items() if wanted["errors"]]
        return {each["AlarmName"]: each for each in self.watch.describe_alarms(AlarmNames=names)["MetricAlarms"]}

    # --- what is wanted -----------------------------------------------------

    def policy(self) -> dict[str, Any]:
        arn = f"arn:aws:sqs:{REGION}:{self.account}:{QUEUE}"
        return {"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": ["sqs:SendMessage", "sqs:GetQueueUrl"], "Resource": [arn]}]}

    def configuration(self, name: str, queue: str, layer: str, role: str) -> dict[str, Any]:
        wanted = FUNCTIONS[name]
        return {
            "FunctionName": f"{name}-{SUFFIX}", "Runtime": "nodejs18.x", "Handler": "index.handler", "Role": role,
            "MemorySize": wanted["MemorySize"], "Timeout": wanted["Timeout"], "TracingConfig": {"Mode": "Active"},
            "Environment": {"Variables": VARIABLES | wanted["variables"]}, "Layers": [layer], "DeadLetterConfig": {"TargetArn": queue},
        }

    def alarm(self, name: str) -> dict[str, Any]:
        return {
            "AlarmName": f"{name}-errors-{SUFFIX}", "Namespace": "AWS/Lambda", "MetricName": "Errors", "Statistic": "Sum",
            "Period": 600, "EvaluationPeriods": 1, "Threshold": float(FUNCTIONS[name]["errors"]), "TreatMissingData": "notBreaching",
            "ComparisonOperator": "GreaterThanThreshold", "Dimensions": [{"Name": "FunctionName", "Value": f"{name}-{SUFFIX}"}],
        }

    # --- the three commands -------------------------------------------------

    def differences(self) -> Iterator[str]:
        queue, layer = self.queue(), self.layer_version()
        if not queue or not layer:
            yield "queue or layer"
            return
        if queue["MessageRetentionPeriod"] != "1209600":
            yield QUEUE
        for name in FUNCTIONS:
            role, group, function = self.role(name), self.group(name), self.function(name)
            if not role or not group or not function:
                yield name
                continue
            if role["attached"] != {f"arn:aws:iam::aws:policy/{each}" for each in MANAGED} or role["inline"] != {"dlq": self.policy()}:
                yield f"role of {name}"
            if group.get("retentionInDays") != 7:
                yield f"log group of {name}"
            live = function["Configuration"]
            wanted = self.configuration(name, queue["QueueArn"], layer["LayerVersionArn"], role["Arn"])
            wanted["Layers"], live["Layers"] = [layer["LayerVersionArn"]], [each["Arn"] for each in live["Layers"]]
            yield from (f"{name}: {member}" for member, value in wanted.items() if live.get(member) != value)
            if live["CodeSha256"] != base64.b64encode(hashlib.sha256(zipped(self.handlers / name)).digest()).decode():
                yield f"{name}: code"
            if function.get("Concurrency", {}).get("ReservedConcurrentExecutions") != FUNCTIONS[name]["reserved"]:
                yield f"{name}: reserved concurrency"
        alarms = self.alarms()
        for name in (name for name, wanted in FUNCTIONS.items() if wanted["errors"]):
            wanted = self.alarm(name)
            live = alarms.get(wanted["AlarmName"], {})
            yield from (f"alarm of {name}: {member}" for member, value in wanted.items() if live.get(member) != value)

    def plan(self) -> int:
        found = list(self.differences())
        print(f"{len(found)} differences", *found, sep="\n")
        return int(bool(found))

    def apply(self) -> int:
        """From nothing: what is there already is left as it is."""
        queue = self.queue()
        if queue is None:
            url = self.sqs.create_queue(QueueName=QUEUE, Attributes={"MessageRetentionPeriod": "1209600"}, tags=TAGS)["QueueUrl"]
            queue = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
        layer = self.layer_version() or self.functions.publish_layer_version(
            LayerName=LAYER, Content={"ZipFile": self.layer.read_bytes()}, CompatibleRuntimes=["nodejs18.x"])
        for name, wanted in FUNCTIONS.items():
            role = self.role(name) or self.make_role(name)
            if self.group(name) is None:
                self.logs.create_log_group(logGroupName=f"/aws/lambda/{name}-{SUFFIX}", tags=TAGS)
                self.logs.put_retention_policy(logGroupName=f"/aws/lambda/{name}-{SUFFIX}", retentionInDays=7)
            if self.function(name) is None:
                self.functions.create_function(
                    **self.configuration(name, queue["QueueArn"], layer["LayerVersionArn"], role["Arn"]), Tags=TAGS,
                    Code={"ZipFile": zipped(self.handlers / name)})
                self.functions.get_waiter("function_active_v2").wait(FunctionName=f"{name}-{SUFFIX}")
            if wanted["reserved"]:
                self.functions.put_function_concurrency(
                    FunctionName=f"{name}-{SUFFIX}", ReservedConcurrentExecutions=wanted["reserved"])
        live = self.alarms()
        for name in (name for name, wanted in FUNCTIONS.items() if wanted["errors"]):
            if f"{name}-errors-{SUFFIX}" not in live:
                self.watch.put_metric_alarm(**self.alarm(name), Tags=[{"Key": key, "Value": value} for key, value in TAGS.items()])
        return 0

    def make_role(self, name: str) -> dict[str, Any]:
        role = {"RoleName": f"{name}-role-{SUFFIX}"}
        made = self.iam.create_role(
            **role, AssumeRolePolicyDocument=json.dumps(TRUST), Tags=[{"Key": key, "Value": value} for key, value in TAGS.items()])["Role"]
        for each in MANAGED:
            self.iam.attach_role_policy(**role, PolicyArn=f"arn:aws:iam::aws:policy/{each}")
        self.iam.put_role_policy(**role, PolicyName="dlq", PolicyDocument=json.dumps(self.policy()))
        return made

    def destroy(self) -> int:
        self.watch.delete_alarms(AlarmNames=list(self.alarms()))
        for name in FUNCTIONS:
            self.functions.delete_function(FunctionName=f"{name}-{SUFFIX}")
            self.logs.delete_log_group(logGroupName=f"/aws/lambda/{name}-{SUFFIX}")
            role = {"RoleName": f"{name}-role-{SUFFIX}"}
            for each in self.iam.list_attached_role_policies(**role)["AttachedPolicies"]:
                self.iam.detach_role_policy(**role, PolicyArn=each["PolicyArn"])
            self.iam.delete_role_policy(**role, PolicyName="dlq")
            self.iam.delete_role(**role)
        layer = self.layer_version()
        if layer:
            self.functions.delete_layer_version(LayerName=LAYER, VersionNumber=layer["Version"])
        self.sqs.delete_queue(QueueUrl=self.sqs.get_queue_url(QueueName=QUEUE)["QueueUrl"])
        return 0


def main() -> int:
    command, handlers, layer = sys.argv[1:]
    stack = Stack(Path(handlers), Path(layer))
    return {"plan": stack.plan, "apply": stack.apply, "destroy": stack.destroy}[command]()


if __name__ == "__main__":
    sys.exit(main())
