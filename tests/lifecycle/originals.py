"""Makes what a CloudFormation template describes, as far as the originals need it: the local AWS makes
less of a template than AWS does."""

import json
import re
from pathlib import Path

import yaml

HERE = Path(__file__).parent / "originals"


class Loader(yaml.SafeLoader):
    """With CloudFormation's short tags."""


def short(loader, suffix, node):
    name = suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}"
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
        return {name: value.split(".", 1) if suffix == "GetAtt" else value}
    if isinstance(node, yaml.SequenceNode):
        return {name: loader.construct_sequence(node, deep=True)}
    return {name: loader.construct_mapping(node, deep=True)}


Loader.add_multi_constructor("!", short)


def template(name):
    text = (HERE / name).read_text()
    return json.loads(text) if name.endswith(".json") else yaml.load(text, Loader)


class Made:
    """A template on its way to resources: each is made once what it names is."""

    def __init__(self, aws, name, parameters):
        self.aws, self.template = aws, template(name)
        defaults = {key: one["Default"] for key, one in self.template["Parameters"].items() if "Default" in one}
        self.known = defaults | parameters | {"AWS::Partition": "aws", "AWS::Region": aws.region, "AWS::AccountId": aws.account}
        self.refs, self.attributes = {}, {}
        for logical in self.template["Resources"]:
            self.make(logical)

    def make(self, logical):
        if logical in self.refs:
            return
        resource = self.template["Resources"][logical]
        if "DependsOn" in resource:
            self.make(resource["DependsOn"])
        properties = self.of(resource["Properties"])
        maker = getattr(self, resource["Type"].replace("AWS::", "").replace("::", "_").lower(), None)
        ref, attributes = maker(properties) if maker else (logical, {})
        self.refs[logical], self.attributes[logical] = ref, attributes

    def of(self, value):
        if isinstance(value, list):
            return [self.of(one) for one in value]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            (function, argument), = value.items()
            if function == "Ref":
                return self.named(argument)
            if function == "Fn::GetAtt":
                self.make(argument[0])
                return self.attributes[argument[0]][argument[1]]
            if function == "Fn::Sub":
                return re.sub(r"\$\{([^}]+)\}", lambda found: self.named(found[1]), argument)
            if function == "Fn::Join":
                return argument[0].join(self.of(argument[1]))
        return {key: self.of(one) for key, one in value.items()}

    def named(self, name):
        if name in self.known:
            return self.known[name]
        self.make(name)
        return self.refs[name]

    @staticmethod
    def tags(properties):
        return {tag["Key"]: tag["Value"] for tag in properties.pop("Tags", [])}

    def sqs_queue(self, properties):
        tags, name = self.tags(properties), properties.pop("QueueName")
        url = self.aws("sqs").create_queue(QueueName=name, Attributes={key: str(one) for key, one in properties.items()}, tags=tags)["QueueUrl"]
        return url, {"Arn": self.aws.arn("sqs", name), "QueueName": name}

    def lambda_layerversion(self, properties):
        version = self.aws("lambda").publish_layer_version(**properties)
        return version["LayerVersionArn"], {}

    def iam_role(self, properties):
        role = self.aws("iam").create_role(
            RoleName=properties["RoleName"], AssumeRolePolicyDocument=json.dumps(properties["AssumeRolePolicyDocument"]),
            Description=properties.get("Description", ""), Tags=properties.get("Tags", []))["Role"]
        for arn in properties.get("ManagedPolicyArns", []):
            self.aws("iam").attach_role_policy(RoleName=role["RoleName"], PolicyArn=arn)
        for policy in properties.get("Policies", []):
            self.aws("iam").put_role_policy(
                RoleName=role["RoleName"], PolicyName=policy["PolicyName"], PolicyDocument=json.dumps(policy["PolicyDocument"]))
        return role["RoleName"], {"Arn": role["Arn"]}

    def logs_loggroup(self, properties):
        name = properties["LogGroupName"]
        self.aws("logs").create_log_group(logGroupName=name, tags=self.tags(properties))
        self.aws("logs").put_retention_policy(logGroupName=name, retentionInDays=properties["RetentionInDays"])
        return name, {}

    def lambda_function(self, properties):
        tags, reserved = self.tags(properties), properties.pop("ReservedConcurrentExecutions", None)
        function = self.aws("lambda").create_function(**properties, Tags=tags)
        if reserved is not None:
            self.aws("lambda").put_function_concurrency(FunctionName=function["FunctionName"], ReservedConcurrentExecutions=reserved)
        return function["FunctionName"], {"Arn": function["FunctionArn"]}

    def lambda_version(self, properties):
        version = self.aws("lambda").publish_version(**properties)
        return version["FunctionArn"], {"Version": version["Version"]}

    def lambda_alias(self, properties):
        return self.aws("lambda").create_alias(**properties)["AliasArn"], {}

    def lambda_eventinvokeconfig(self, properties):
        if properties["Qualifier"] == "$LATEST":
            properties.pop("Qualifier")
        self.aws("lambda").put_function_event_invoke_config(**properties)
        return properties["FunctionName"], {}

    def lambda_permission(self, properties):
        self.aws("lambda").add_permission(StatementId="nightly", **properties)
        return "nightly", {}

    def sns_topic(self, properties):
        arn = self.aws("sns").create_topic(Name=properties["TopicName"], Tags=properties.get("Tags", []))["TopicArn"]
        for one in properties.get("Subscription", []):
            self.aws("sns").subscribe(TopicArn=arn, Protocol=one["Protocol"], Endpoint=one["Endpoint"])
        return arn, {}

    def cloudwatch_alarm(self, properties):
        self.aws("cloudwatch").put_metric_alarm(**properties)
        return properties["AlarmName"], {}

    def events_rule(self, properties):
        targets, name = properties.pop("Targets"), properties["Name"]
        arn = self.aws("events").put_rule(**properties)["RuleArn"]
        self.aws("events").put_targets(Rule=name, Targets=targets)
        return name, {"Arn": arn}
