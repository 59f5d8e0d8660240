"""The policy that `etlctl permissions` prints, held against what plan, apply
and destroy really send: it allows each call, and names no action that none of
them made."""

import re
from fnmatch import fnmatchcase

import pytest

import runs
from harness import REGION, Etlctl
from operations import action_of

# What no run against the local AWS of these tests can lead to.
UNMADE = {
    "logs:DisassociateKmsKey": "needs a log group with a key of somebody's choice; the local AWS knows no AssociateKmsKey",
    "iam:GetRole": "asked only of a role outside the stack's path, such as one that was adopted; those under it are listed",
    "lambda:ListTags": "asked only where the tagging API reports nothing while there are functions; here it reports them",
}
# Against AWS, and what is like it, the stack's roles are listed by their path and the tagging API is relied on.
ONLY_AWS = {"iam:ListRoles"}
ONLY_LOCAL = {"dynamodb:ListTables", "kinesis:ListStreams", "events:ListEventBuses", "events:ListRules", "lambda:ListFunctions", "s3:ListAllMyBuckets", "sns:ListTopics", "sqs:ListQueues",
              "scheduler:ListScheduleGroups", "scheduler:ListSchedules", "scheduler:GetScheduleGroup", "scheduler:ListTagsForResource", "states:ListStateMachines", "states:ListTagsForResource"}

every_life = pytest.mark.parametrize("life", [runs.shipped, runs.enriched], ids=lambda life: life.__name__)
every_purpose = pytest.mark.parametrize("purpose", runs.PURPOSES)


class Oracle:
    """What IAM is asked for a call: action, resource and condition keys, as
    the Service Authorization Reference has it."""

    def __init__(self, life):
        self.aws = life.aws
        self.roles, self.mappings = {}, {}
        for request in sum(life.requests.values(), []):
            if str(request) == "iam:CreateRole":
                path = request.members.get("Path", "/")
                self.roles[request.members["RoleName"]] = f"arn:aws:iam::{self.aws.account}:role{path}{request.members['RoleName']}"
            if str(request) == "lambda:ListEventSourceMappings":
                self.mappings |= dict(re.findall(rb'"UUID": ?"([^"]+)".*?"FunctionArn": ?"([^"]+)"', request.answer))
        self.mappings = {uuid.decode(): arn.decode() for uuid, arn in self.mappings.items()}

    def arn(self, service, rest):
        return self.aws.arn(service, rest)

    def asked(self, request):
        return getattr(self, request.service)(request, request.members)

    def iam(self, request, members):
        action = str(request)
        if request.operation in ("GetAccountAuthorizationDetails", "GetAccountSummary", "ListAccountAliases", "ListRoles"):
            return [(action, "*", {})]
        if "RoleName" not in members:
            policy = members.get("PolicyArn") or f"arn:aws:iam::{self.aws.account}:policy{members['Path']}{members['PolicyName']}"
            return [(action, policy, {})] + ([("iam:TagPolicy", policy, {})] if members.get("Tags") else [])
        role = self.roles[members["RoleName"]]
        keys = {"iam:PolicyARN": members["PolicyArn"]} if "PolicyArn" in members else {}
        asked = [(action, role, keys)]
        if request.operation == "CreateRole" and members.get("Tags"):
            asked.append(("iam:TagRole", role, {}))
        return asked

    def function(self, members):
        name = members["FunctionName"].removeprefix(self.arn("lambda", "function:"))
        qualifier = f":{members['Qualifier']}" if members.get("Qualifier") else ""
        return self.arn("lambda", f"function:{name}{qualifier}")

    def awslambda(self, request, members):
        action, operation = str(request), request.operation
        if operation in ("GetAccountSettings", "ListEventSourceMappings", "ListFunctions", "ListLayers", "ListLayerVersions"):
            return [(action, "*", {})]
        if operation in ("TagResource", "UntagResource", "ListTags"):
            return [(action, members["Resource"], {})]
        if "LayerName" in members:
            version = f":{members['VersionNumber']}" if "VersionNumber" in members else ""
            return [(action, self.arn("lambda", f"layer:{members['LayerName']}{version}"), {})] + self.fetched(members.get("Content", {}))
        if operation.endswith("EventSourceMapping"):
            return self.mapping(request, members)
        asked = [(action, self.function(members), {})]
        if members.get("Tags"):
            asked.append(("lambda:TagResource", self.function(members), {}))
        if "Role" in members:
            asked.append(("iam:PassRole", members["Role"], {"iam:PassedToService": "lambda.amazonaws.com"}))
        asked += self.fetched(members.get("Code", members))
        return asked + [("lambda:GetLayerVersion", layer, {}) for layer in members.get("Layers", [])]

    def fetched(self, code):
        """Lambda reads what lies in S3 with the rights of who deploys it."""
        return [("s3:GetObject", f"arn:aws:s3:::{code['S3Bucket']}/{code['S3Key']}", {})] if "S3Bucket" in code else []

    def s3(self, request, members):
        if "Bucket" not in members:
            return [(action_of(str(request)), "*", {})]
        bucket = f"arn:aws:s3:::{members['Bucket']}"
        if "Key" in members:
            return [(str(request), f"{bucket}/{members['Key']}", {})]
        if request.operation == "DeleteObjects":
            return [(f"s3:{action}", f"{bucket}/{each['Key']}", {})
                    for each in members["Delete"]["Objects"] for action in ("DeleteObject", "DeleteObjectVersion")]
        asked = [(action_of(str(request)), bucket, {})]
        if request.operation == "CreateBucket":
            asked += [("s3:TagResource", bucket, {}), ("s3:PutBucketOwnershipControls", bucket, {})]
        return asked

    def mapping(self, request, members):
        of_mapping = self.arn("lambda", f"event-source-mapping:{members.get('UUID', 'new')}")
        if request.operation == "CreateEventSourceMapping":
            asked = [(str(request), "*", {"lambda:FunctionArn": self.function(members)})]
            return asked + [("lambda:TagResource", of_mapping, {})] if members.get("Tags") else asked
        return [(str(request), of_mapping, {"lambda:FunctionArn": self.mappings[members["UUID"]]})]

    def sqs(self, request, members):
        if request.operation == "ListQueues":
            return [(str(request), "*", {})]
        queue = self.arn("sqs", members.get("QueueName") or members["QueueUrl"].rsplit("/", 1)[1])
        return [(str(request), queue, {})] + ([("sqs:TagQueue", queue, {})] if members.get("tags") else [])

    def sns(self, request, members):
        if request.operation in ("ListTopics", "GetSubscriptionAttributes", "SetSubscriptionAttributes", "Unsubscribe"):
            return [(str(request), "*", {})]
        topic = members.get("TopicArn") or members.get("ResourceArn") or self.arn("sns", members["Name"])
        tagged = request.operation == "CreateTopic" and members.get("Tags")
        return [(str(request), topic, {})] + ([("sns:TagResource", topic, {})] if tagged else [])

    def logs(self, request, members):
        if "resourceArn" in members:
            return [(str(request), members["resourceArn"], {})]
        if "logGroupIdentifier" in members:
            return [(str(request), members["logGroupIdentifier"], {})]
        passed = [("iam:PassRole", members["roleArn"], {"iam:PassedToService": "logs.amazonaws.com"})] if "roleArn" in members else []
        group = self.arn("logs", f"log-group:{members.get('logGroupName', '')}:log-stream:")
        return [(str(request), group, {})] + ([("logs:TagResource", group, {})] if members.get("tags") else []) + passed

    def cloudwatch(self, request, members):
        if request.operation == "DescribeAlarms":
            return [(str(request), self.arn("cloudwatch", "alarm:*"), {})]
        names = members.get("AlarmNames") or [members.get("AlarmName")]
        alarms = [members["ResourceARN"]] if "ResourceARN" in members else [self.arn("cloudwatch", f"alarm:{name}") for name in names]
        asked = [(str(request), alarm, {}) for alarm in alarms]
        if request.operation == "PutMetricAlarm" and members.get("Tags"):
            asked += [("cloudwatch:TagResource", alarm, {}) for alarm in alarms]
        return asked

    def events(self, request, members):
        if request.operation in ("ListEventBuses", "ListRules", "PutPermission", "RemovePermission"):
            return [(str(request), "*", {})]
        bus = members.get("EventBusName", "default")
        name = members.get("Rule") or members.get("Name")
        if "Bus" in request.operation:
            arn = self.arn("events", f"event-bus/{name}")
        else:
            arn = members.get("ResourceARN") or self.arn("events", f"rule/{name}" if bus == "default" else f"rule/{bus}/{name}")
        asked = [(str(request), arn, {})] + ([("events:TagResource", arn, {})] if members.get("Tags") else [])
        roles = [each["RoleArn"] for each in members.get("Targets", []) if "RoleArn" in each] + ([members["RoleArn"]] if "RoleArn" in members else [])
        return asked + [("iam:PassRole", role, {"iam:PassedToService": "events.amazonaws.com"}) for role in roles]

    def scheduler(self, request, members):
        operation, target = request.operation, members.get("Target", {})
        if operation in ("ListSchedules", "ListScheduleGroups"):
            return [(str(request), "*", {})]
        of_group = "Group" in operation or "ResourceArn" in members
        group = members.get("ResourceArn") or self.arn("scheduler", f"schedule-group/{members['Name']}")
        asked = [(str(request), group if of_group else self.arn("scheduler", f"schedule/{members['GroupName']}/{members['Name']}"), {})]
        if operation == "CreateScheduleGroup" and members.get("Tags"):
            asked.append(("scheduler:TagResource", group, {}))
        if "RoleArn" in target:
            asked.append(("iam:PassRole", target["RoleArn"], {"iam:PassedToService": "scheduler.amazonaws.com"}))
        return asked

    def resourcegroupstaggingapi(self, request, members):
        return [(f"tag:{request.operation}", "*", {})]

    def ssm(self, request, members):
        names = [name.split(":")[0].lstrip("/") for name in members["Names"]]
        return [(str(request), self.arn("ssm", f"parameter/{name}"), {}) for name in names]

    def secretsmanager(self, request, members):
        # AWS puts six characters of its own behind the name.
        return [(str(request), self.arn("secretsmanager", f"secret:{members['SecretId']}-AbC123"), {})]

    def stepfunctions(self, request, members):
        action = f"states:{request.operation}"
        if request.operation == "ListStateMachines":
            return [(action, "*", {})]
        machine = members.get("stateMachineArn") or members.get("resourceArn") or self.arn("states", f"stateMachine:{members['name']}")
        asked = [(action, machine, {})] + ([("states:TagResource", machine, {})] if members.get("tags") else [])
        passed = {"iam:PassedToService": "states.amazonaws.com"}
        return asked + ([("iam:PassRole", members["roleArn"], passed)] if "roleArn" in members else [])

    def sts(self, request, members):
        return [(str(request), "*", {})]


setattr(Oracle, "lambda", Oracle.awslambda)


def listed(value):
    return value if isinstance(value, list) else [value]


def allows(policy, action, resource, keys):
    return any(
        action in listed(statement["Action"])
        and any(fnmatchcase(resource, pattern) for pattern in listed(statement["Resource"]))
        and all(
            any(fnmatchcase(keys.get(key, ""), value) for value in listed(values))
            for condition in statement.get("Condition", {}).values() for key, values in condition.items())
        for statement in policy["Statement"])


def actions(policy):
    return {action for statement in policy["Statement"] for action in listed(statement["Action"])}


@every_life
@every_purpose
def test_the_policy_allows_each_call_of_the_run(life, purpose):
    lived = life()
    oracle = Oracle(lived)
    asked = {(action, resource, *keys.items()): keys
             for request in lived.requests[purpose] for action, resource, keys in oracle.asked(request)}
    assert len(asked) > 50
    refused = [key for key, keys in asked.items() if not allows(lived.policies[purpose], key[0], key[1], keys)]
    assert not refused, "\n".join(map(str, sorted(refused)))


@every_life
@every_purpose
def test_the_policy_has_no_action_that_no_run_used(life, purpose):
    lived = life()
    oracle = Oracle(lived)
    used = {action for request in lived.requests[purpose] for action, _, _ in oracle.asked(request)}
    assert actions(lived.policies[purpose]) - used - set(UNMADE) == set()


@every_life
def test_the_table_of_what_no_run_makes_holds_nothing_that_a_run_made(life):
    lived = life()
    oracle = Oracle(lived)
    used = {action for requests in lived.requests.values() for request in requests for action, _, _ in oracle.asked(request)}
    assert used & set(UNMADE) == set()


@every_purpose
def test_every_resource_is_exact(purpose):
    """A wildcard stands only where AWS knows no name before the call: versions
    of a function or a layer, mappings, streams of a log group, and lists."""
    policy = runs.shipped().policies[purpose]
    allowed = re.compile(r"arn:aws:(lambda:.*:(function|layer):[\w-]+:\*|lambda:.*:(event-source-mapping:|function:)\*"
                         r"|iam::.*:policy/etlctl/[\w/-]+@\*|logs:.*:log-group:(/aws/lambda/[\w-]+:)?\*|cloudwatch:.*:alarm:\*)")
    for statement in policy["Statement"]:
        for resource in listed(statement["Resource"]):
            if resource == "*":
                assert all(re.match(r"\w+:(List|Get|Describe|Unsubscribe)", action) for action in listed(statement["Action"])), statement
            elif "*" in resource:
                assert allowed.fullmatch(resource), resource


@every_purpose
def test_against_aws_only_the_ways_of_listing_differ(project, purpose):
    lived = runs.shipped()
    args = ("permissions", "--env", "dev", "--for", purpose, "--account", lived.aws.account)
    # No endpoint is AWS's own; with the account said, nothing is asked.
    against_aws = actions(Etlctl(lived.aws, project)(*args, env={"AWS_ENDPOINT_URL": "", "ETLCTL_ENDPOINT": "aws"}).json)
    assert against_aws == actions(lived.policies[purpose])
    local = actions(Etlctl(lived.aws, project)(*args, env={"ETLCTL_ENDPOINT": "local"}).json)
    assert (against_aws - local, local - against_aws) == (ONLY_AWS, ONLY_LOCAL)


def test_the_oracle_refuses_what_is_not_allowed():
    """The measure itself."""
    policy = {"Statement": [
        {"Action": "iam:PassRole", "Resource": "arn:r", "Condition": {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}},
        {"Action": ["sqs:TagQueue"], "Resource": ["arn:q"]}]}
    assert allows(policy, "iam:PassRole", "arn:r", {"iam:PassedToService": "lambda.amazonaws.com"})
    assert not allows(policy, "iam:PassRole", "arn:r", {"iam:PassedToService": "ec2.amazonaws.com"})
    assert not allows(policy, "iam:PassRole", "arn:other", {"iam:PassedToService": "lambda.amazonaws.com"})
    assert not allows(policy, "sqs:DeleteQueue", "arn:q", {})
    assert not allows(policy, "sqs:TagQueue", "*", {})


def test_the_account_is_one_of_twelve_digits(etlctl):
    result = etlctl("permissions", "--account", "123", check=64)
    assert "twelve digits" in result.err


def test_regions_and_partitions_follow_the_stack(etlctl):
    result = etlctl("permissions", "--env", "dev", "--account", "123456789012", "--region", "cn-north-1")
    resources = {resource for statement in result.json["Statement"] for resource in listed(statement["Resource"])} - {"*"}
    assert resources and all(resource.startswith("arn:aws-cn:") for resource in resources), resources
    assert REGION not in result.out
