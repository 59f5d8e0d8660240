"""What the cases stand on that show a behaviour of the AWS-like layer: an account,
with shorthands for what stands in it."""

import io
import json
import time
import zipfile

from botocore.exceptions import ClientError

from harness import LAMBDA_TRUST

# By the behaviour that each shows. A case is given a `World`, and says whether the behaviour is seen in it.
CASES = {}
ONE_METRIC = {"MetricName": "Errors", "Namespace": "AWS/Lambda", "Statistic": "Sum", "Period": 300}


def case(name):
    def take(function):
        assert name not in CASES, name
        CASES[name] = function
        return function
    return take


class Clock:
    """Goes on where a case says so, and so none depends on how fast this machine is."""

    def __init__(self):
        self.seconds = 0.0

    def __call__(self):
        return self.seconds


class World:
    """An account, seen through the layer, and beside it."""

    def __init__(self, aws, layer):
        self.aws, self.layer = aws, layer

    def __call__(self, service):
        return self.aws(service, self.layer.url)

    def refused(self, call, **members):
        """Code and message of the refusal, None where there is none."""
        try:
            call(**members)
        except ClientError as error:
            return error.response["Error"]["Code"], error.response["Error"]["Message"]
        return None

    def later(self, seconds):
        self.layer.options.clock.seconds += seconds

    def settled(self):
        """The function's last update is over."""
        while self.aws("lambda").get_function_configuration(FunctionName="work")["LastUpdateStatus"] == "InProgress":
            time.sleep(0.05)

    def role(self, name="worker", trust=LAMBDA_TRUST, **members):
        return self.aws("iam").create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust), **members)["Role"]["Arn"]

    def function(self, wait=True, **members):
        """Made beside the layer, and active unless it is not waited for."""
        if "Role" not in members:
            members["Role"] = self.role()
        made = self.aws("lambda").create_function(**{
            "FunctionName": "work", "Runtime": "nodejs22.x", "Handler": "index.handler", "Code": {"ZipFile": archive()}} | members)
        while wait and self.aws("lambda").get_function_configuration(FunctionName="work")["State"] == "Pending":
            time.sleep(0.05)
        return made["FunctionArn"]

    def grant(self, *actions):
        """To the role of the function."""
        document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": list(actions), "Resource": "*"}]}
        self.aws("iam").put_role_policy(RoleName="worker", PolicyName="own", PolicyDocument=json.dumps(document))

    def alias(self):
        self.function()
        self.aws("lambda").publish_version(FunctionName="work")
        self.aws("lambda").create_alias(FunctionName="work", Name="live", FunctionVersion="1")

    def queue(self, name="inbox", **attributes):
        self.aws("sqs").create_queue(QueueName=name, Attributes=attributes)
        return self.aws.arn("sqs", name)

    def attributes(self, name="inbox"):
        return self("sqs").get_queue_attributes(QueueUrl=self.aws.queue_url(name), AttributeNames=["All"])["Attributes"]

    def topic(self):
        return self.aws("sns").create_topic(Name="news")["TopicArn"]

    def subscribe(self, protocol, endpoint, **attributes):
        return self("sns").subscribe(TopicArn=self.topic(), Protocol=protocol, Endpoint=endpoint, Attributes=attributes)["SubscriptionArn"]

    def subscriptions(self):
        return self("sns").list_subscriptions_by_topic(TopicArn=self.topic())["Subscriptions"]

    def alarm(self, **members):
        self("cloudwatch").put_metric_alarm(**{
            "AlarmName": "errors", "EvaluationPeriods": 1, "ComparisonOperator": "GreaterThanThreshold", "Threshold": 1} | members)
        return self("cloudwatch").describe_alarms(AlarmNames=["errors"])["MetricAlarms"][0]

    @property
    def root(self):
        return f"arn:aws:iam::{self.aws.account}:root"

    def policy(self, action, resource):
        return json.dumps({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": {"AWS": self.aws.account}, "Action": action, "Resource": resource}]})


def archive():
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as packed:
        packed.writestr("index.js", "exports.handler = async () => 'done';\n")
    return content.getvalue()
