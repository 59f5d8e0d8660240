"""What plan, apply and destroy send in the life of both stacks: into an empty
account, over many things that were changed by hand, with everything taken out
of the files, and to the end. Made once a worker, for all who look at it."""

import functools
import io
import json
import tempfile
import zipfile
from pathlib import Path

import test_drift_functions
import test_drift_resources
from drift import ETL, PIPELINE
from harness import Aws, ENDPOINT, Etlctl, Project, REGION, SUFFIX
from wire import Recorder

ROLE = f"etl-lambda-role-{SUFFIX}-{REGION}"
PURPOSES = ("plan", "apply", "destroy")


class Life:
    """The requests by command, and the policies that were printed before them."""

    def __init__(self, edit=None, disorder=lambda aws: None, prepare=lambda aws: None):
        self.aws = Aws()
        prepare(self.aws)
        self.requests = {purpose: [] for purpose in PURPOSES}
        with tempfile.TemporaryDirectory() as directory, Recorder(ENDPOINT) as self.recorder:
            self.project = Project(directory)
            self.etlctl = Etlctl(self.aws, self.project)
            if edit:
                edit(self.project)
            self.policies = {purpose: self.etlctl("permissions", "--env", "dev", "--for", purpose, "--format", "json").json
                             for purpose in PURPOSES}
            self.live(disorder)

    def run(self, purpose, *args):
        self.recorder.requests.clear()
        # Topics with subscriptions go, which nobody is here to agree to.
        loss = ("--allow-loss", "all") if args[0] == "apply" else ()
        # What ran is read with rights of its own, and what others added is looked for.
        bare = ("--no-evidence", "--deep") if args[0] != "destroy" else ()
        self.etlctl.through(self.recorder)(*args, *loss, *bare, "--env", "dev", timeout=300)
        self.requests[purpose] += self.recorder.requests

    def live(self, more):
        self.run("plan", "plan")
        self.run("apply", "apply", "--yes")
        for disorder in (change_much, delete_some, change_more, more):
            disorder(self.aws)
            self.run("plan", "plan")
            self.run("apply", "apply", "--yes")
        files = {path: path.read_text() for path in (Path(self.project.dir) / "desired-state").glob("*.yaml")}
        for path in files:
            stack = path.stem
            self.project.write(f"desired-state/{path.name}",
                               f"stack: {stack}\ninstance: {SUFFIX}\nregion: us-east-1\nenvironments: {{ dev: {{}} }}\n")
        self.run("apply", "apply", "--yes")
        for path, text in files.items():
            path.write_text(text)
        self.run("apply", "apply", "--yes")
        self.run("plan", "plan", "--destroy")
        add_by_hand(self.aws)
        filter_by_hand(self.aws)
        # Once more where nothing is left.
        self.run("destroy", "destroy", "--yes")
        self.run("destroy", "destroy", "--yes")


def drift_cases():
    return test_drift_functions.CASES + sum(
        (getattr(test_drift_resources, kind) for kind in ("ROLES", "QUEUES", "TOPICS", "LOG_GROUPS", "ALARMS")), [])


# Taken by themselves, or the rest of what is done by hand would find nothing to change.
LAST = ("deleted", "alias moved", "alias deleted", "retention deleted", "SnapStart off", "concurrency deleted",
        "permissions boundary", "all variables removed", "no longer notifies")


def change_much(aws):
    for case in drift_cases():
        if case.what not in LAST:
            case.mutate(aws)
    filter_by_hand(aws)


def filter_by_hand(aws):
    """On a group that a function brings along it is nobody's business but of who put it there."""
    count_by_hand(aws, f"/aws/lambda/transform-{SUFFIX}")


def count_by_hand(aws, group):
    aws("logs").put_metric_filter(
        logGroupName=group, filterName="by-hand", filterPattern="ERROR",
        metricTransformations=[{"metricName": "errors", "metricNamespace": "by-hand", "metricValue": "1"}])


def change_more(aws):
    """Two by two, for there are two functions that have an alias or a reservation, or none."""
    for case in drift_cases():
        if case.what in LAST and case.what not in ("deleted", "alias deleted"):
            case.mutate(aws)
    add_by_hand(aws)
    transform = {"FunctionName": f"transform-{SUFFIX}"}
    version = aws("lambda").publish_version(**transform)["Version"]
    aws("lambda").create_alias(**transform, Name="by-hand", FunctionVersion=version)
    aws("lambda").put_provisioned_concurrency_config(**transform, Qualifier="by-hand", ProvisionedConcurrentExecutions=1)
    aws("lambda").update_function_configuration(FunctionName=test_drift_functions.TRANSFORM, MemorySize=512)


def add_by_hand(aws):
    """What would be left behind, were it not looked for."""
    leave_policy(aws)
    topic = aws.arn("sns", test_drift_resources.TOPIC)
    aws("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=aws.arn("sqs", test_drift_resources.QUEUE))
    test_drift_functions.map_queue(aws)
    leave_marks(aws)


def leave_marks(aws):
    """Tags that are not as the files want them, and the mark of a function that says that all stands beside it."""
    other = {"Other": "by-hand"}
    aws("sqs").tag_queue(QueueUrl=aws.queue_url(test_drift_resources.QUEUE), Tags=other)
    aws("logs").tag_resource(resourceArn=aws.arn("logs", f"log-group:/aws/lambda/transform-{SUFFIX}"), tags=other)
    aws("cloudwatch").tag_resource(
        ResourceARN=aws("cloudwatch").describe_alarms(MaxRecords=1)["MetricAlarms"][0]["AlarmArn"], Tags=[{"Key": "Other", "Value": "by-hand"}])
    for name in (f"transform-{SUFFIX}", test_drift_functions.TRANSFORM):
        aws("lambda").tag_resource(
            Resource=aws.arn("lambda", f"function:{name}"),
            Tags={"etlctl:beside": "aliases event_invoke permissions provisioned_concurrency url"})


def leave_policy(aws):
    """A policy of a role's own that no file names any more, with a version before the last."""
    iam = aws("iam")
    role = iam.get_role(RoleName=ROLE)["Role"]
    tags = [tag for tag in role["Tags"] if tag["Key"].startswith("etlctl:")]
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::left/*"}]}
    policy = iam.create_policy(
        PolicyName=f"{ROLE}@left", Path=role["Path"], PolicyDocument=json.dumps(document), Tags=tags)["Policy"]["Arn"]
    iam.create_policy_version(PolicyArn=policy, PolicyDocument=json.dumps(document), SetAsDefault=True)
    iam.attach_role_policy(RoleName=ROLE, PolicyArn=policy)


def delete_some(aws):
    for case in drift_cases():
        if case.what in ("deleted", "alias deleted"):
            case.mutate(aws)


ARN, PLACE = "arn:aws", "us-east-1:${aws.account}"
METRIC = {"pattern": "ERROR", "metric_namespace": "Etl", "metric_name": "errors", "metric_value": 1}


def bulky():
    """A zip above what a call carries."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as packed:
        packed.writestr("index.js", "exports.handler = async () => 'done';\n")
        packed.writestr("large.bin", bytes(53 * 1024 * 1024))
    return content.getvalue()


def enrich(project):
    """What the shipped stacks leave out."""
    def etl(stack):
        stack["queues"]["inbox"] = {"visibility_timeout": "6m"}
        stack["topics"] = {"news": {"subscriptions": [{"queue": "inbox"}]}}
        role = stack["defaults"]["function"]["role"]
        role["policies"]["dead-letter-queue"].append({
            "actions": ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"], "resources": ["${queues.inbox.arn}"]})
        role["policies"]["dead-letter-queue"].append({"actions": ["kafka:*"], "resources": ["*"]})
        role["own_policies"] = {"reads": [{"actions": ["s3:GetObject"], "resources": ["arn:aws:s3:::reads/*"]}]}
        stack["artifacts"] = {"bucket": "zips-${aws.account}"}
        stack["functions"]["bulky"] = {"source": "../bulky.zip"}
        stack["buckets"] = {
            "landing": {"name": "landing-${aws.account}"},
            "read": {"name": "read-${aws.account}", "policy": [{
                "actions": ["s3:GetObject"], "resources": ["${buckets.read.arn}/*"], "principals": {"AWS": ["${aws.account}"]}}]},
        }
        stack["roles"] = {"to-stream": {
            "trust_policy": [{"actions": ["sts:AssumeRole"], "principals": {"Service": ["logs.amazonaws.com"]}}]}}
        stack["log_groups"] = {
            "audit": {"retention": "7d", "metric_filters": {"errors": METRIC}, "subscription_filters": {"news": {"function": "transform"}}},
            "sent": {"retention": "7d", "subscription_filters": {"all": {"destination": f"{ARN}:kinesis:{PLACE}:stream/in", "role": "to-stream"}}},
        }
        role["permissions_boundary"] = "arn:aws:iam::aws:policy/PowerUserAccess"
        stack["buses"] = {"plain": {}, "shop": {"policy": [
            {"principals": {"AWS": ["111122223333"]}, "actions": ["events:PutEvents"], "resources": ["${buses.shop.arn}"]}]}}
        stack["rules"] = {"orders": {
            "bus": "shop", "event": {"source": ["shop"]}, "targets": [{"stream": f"{ARN}:kinesis:{PLACE}:stream/in"}]}}
        stack["functions"]["transform"] |= {
            "url": {"auth": "iam"},
            "permissions": {
                "from-logs": {"principal": "logs.amazonaws.com", "source_arn": "${log_groups.audit.arn}:*"},
                "from-news": {"principal": "sns.amazonaws.com", "source_arn": "${topics.news.arn}"}},
            "event_sources": [
                {"queue": "inbox"},
                {"arn": f"{ARN}:kafka:{PLACE}:cluster/etl/1", "topics": ["orders"]},
                {"arn": f"{ARN}:mq:{PLACE}:broker:jobs:b-1", "queues": ["jobs"],
                 "source_access": [{"type": "BASIC_AUTH", "uri": f"{ARN}:secretsmanager:{PLACE}:secret:jobs-AbCdEf"}]},
            ],
            "triggers": [{"event": {"source": ["shop"]}}, {"schedule": "rate(1 day)", "dead_letter_queue": "inbox"}],
            "event_invoke": {"max_retries": 1},
            "log_retention": "never",
            "environment": {
                "PARTNER_HOST": "${ssm:/partner/host}",
                "PARTNER_REGION": "${ssm:partner.region:1}",
                "PARTNER_LOGIN": "${secret:partner/login#user}:${secret:partner/login#password}",
            },
        }
    project.edit(ETL, etl)
    (Path(project.dir) / "bulky.zip").write_bytes(bulky())
    project.edit(PIPELINE, lambda stack: stack["functions"]["data-output"].update(alias="live"))


def store(aws):
    """What the environments of `enrich` name."""
    aws("ssm").put_parameter(Name="/partner/host", Type="SecureString", Value="partner.example.com")
    aws("ssm").put_parameter(Name="partner.region", Type="String", Value="eu-west-1")
    aws("s3").create_bucket(Bucket=f"zips-{aws.account}")
    aws("secretsmanager").create_secret(Name="partner/login", SecretString=json.dumps({"user": "etl", "password": "zebra"}))


def change_enriched(aws):
    change_bucket(aws)
    change_events(aws)
    function, group = f"transform-{SUFFIX}", f"/aws/lambda/transform-{SUFFIX}"
    aws("lambda").update_function_url_config(FunctionName=function, AuthType="NONE")
    (subscription,) = [one for one in aws("sns").list_subscriptions()["Subscriptions"] if "inbox" in one["Endpoint"]]
    aws("sns").set_subscription_attributes(
        SubscriptionArn=subscription["SubscriptionArn"], AttributeName="RawMessageDelivery", AttributeValue="true")
    for mapping in aws("lambda").list_event_source_mappings(FunctionName=function)["EventSourceMappings"]:
        if ":sqs:" in mapping.get("EventSourceArn", ""):
            aws("lambda").update_event_source_mapping(UUID=mapping["UUID"], BatchSize=3)
    aws("logs").put_retention_policy(logGroupName=group, retentionInDays=5)
    logs = aws("logs", ENDPOINT)
    (audit,) = [group["logGroupName"] for group in logs.describe_log_groups()["logGroups"] if "audit" in group["logGroupName"]]
    logs.put_log_group_deletion_protection(logGroupIdentifier=audit, deletionProtectionEnabled=True)
    count_by_hand(aws, audit)
    logs.put_subscription_filter(
        logGroupName=audit, filterName="by-hand", filterPattern="ERROR", destinationArn=aws.arn("kinesis", "stream/in"),
        roleArn=f"arn:aws:iam::{aws.account}:role/by-hand")
    policy = [one["Arn"] for one in aws("iam").list_policies(Scope="Local")["Policies"] if one["PolicyName"].endswith("@reads")][0]
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:PutObject", "Resource": "*"}]}
    aws("iam").create_policy_version(PolicyArn=policy, PolicyDocument=json.dumps(document), SetAsDefault=True)
    aws("iam").put_role_permissions_boundary(
        RoleName=ROLE, PermissionsBoundary="arn:aws:iam::aws:policy/PowerUserAccess")
    schedule_by_hand(aws)


def schedule_by_hand(aws):
    scheduler = aws("scheduler", ENDPOINT)
    (group,) = [one for one in scheduler.list_schedule_groups()["ScheduleGroups"] if one["Name"] != "default"]
    scheduler.tag_resource(ResourceArn=group["Arn"], Tags=[{"Key": "ByHand", "Value": "yes"}])
    for schedule in scheduler.list_schedules(GroupName=group["Name"])["Schedules"]:
        told = scheduler.get_schedule(GroupName=group["Name"], Name=schedule["Name"])
        scheduler.update_schedule(
            GroupName=group["Name"], Name=schedule["Name"], ScheduleExpression="rate(9 days)", Target=told["Target"],
            FlexibleTimeWindow=told["FlexibleTimeWindow"])


def change_bucket(aws):
    """Each part of a bucket that has none of its own."""
    name, s3 = f"landing-{aws.account}", aws("s3")
    tags = s3.get_bucket_tagging(Bucket=name)["TagSet"]
    statement = {"Effect": "Allow", "Principal": {"AWS": aws.account}, "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{name}/*"}
    rule = {"ID": "old", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 1}}
    by = {"SSEAlgorithm": "aws:kms"}
    s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": [*tags, {"Key": "by", "Value": "hand"}]})
    s3.put_bucket_policy(Bucket=name, Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    s3.put_bucket_lifecycle_configuration(Bucket=name, LifecycleConfiguration={"Rules": [rule]})
    s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={"Rules": [{"ApplyServerSideEncryptionByDefault": by}]})
    s3.put_bucket_ownership_controls(Bucket=name, OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]})
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    s3.put_bucket_notification_configuration(Bucket=name, NotificationConfiguration={"EventBridgeConfiguration": {}})


def change_events(aws):
    events = aws("events")
    (shop,) = [bus for bus in events.list_event_buses()["EventBuses"] if bus["Name"].startswith("shop")]
    (plain,) = [bus for bus in events.list_event_buses()["EventBuses"] if bus["Name"].startswith("plain")]
    (rule,) = events.list_rules(EventBusName=shop["Name"])["Rules"]
    for arn in (shop["Arn"], rule["Arn"]):
        events.tag_resource(ResourceARN=arn, Tags=[{"Key": "by-hand", "Value": "yes"}])
    events.update_event_bus(Name=shop["Name"], Description="By hand")
    aws("events", ENDPOINT).put_permission(EventBusName=plain["Name"], Policy=json.dumps({"Version": "2012-10-17", "Statement": [
        {"Sid": "by-hand", "Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "events:PutEvents", "Resource": plain["Arn"]}]}))
    events.put_targets(Rule=rule["Name"], EventBusName=shop["Name"], Targets=[{"Id": "by-hand", "Arn": aws.arn("sqs", "by-hand")}])


@functools.cache
def shipped():
    return Life()


@functools.cache
def enriched():
    return Life(enrich, change_enriched, store)


def main():
    """How the runs look by themselves, for who changes them."""
    life = shipped()
    for purpose, requests in life.requests.items():
        print(purpose, len(requests), json.dumps(sorted({str(request) for request in requests}), indent=1))


if __name__ == "__main__":
    main()
