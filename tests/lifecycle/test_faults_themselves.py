"""The measures of the fault tests themselves: what a client sees of each fault, and how reads lag."""

import http.client
import json
import time
import urllib.parse

import boto3
import cbor2
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError, ReadTimeoutError

from faults import Altered, Answer, Bare, DoneBut, Faulty, Hang, Lost, Quoted, Random, Refused, Reset, Rule, Slow
from harness import LOCAL, REGION
from lagging import Lagging
from operations import TOLD_AS
from refusals import PROTOCOLS, REQUEST_ID, Refusal, broken, throttle

# A read of each service, as boto3 calls it.
READS = {
    "lambda": ("list_functions", {}), "sqs": ("list_queues", {}), "sns": ("list_topics", {}), "iam": ("list_roles", {}),
    "sts": ("get_caller_identity", {}), "cloudwatch": ("describe_alarms", {}), "logs": ("describe_log_groups", {}),
    "tag": ("get_resources", {}), "ssm": ("get_parameters", {"Names": ["a"]}), "secretsmanager": ("list_secrets", {}),
    "s3": ("list_buckets", {}), "dynamodb": ("list_tables", {}), "kinesis": ("list_streams", {}), "events": ("list_rules", {}),
    "scheduler": ("list_schedules", {}), "states": ("list_state_machines", {}), "cloudtrail": ("lookup_events", {}),
}
# What boto3 calls otherwise.
CLIENTS = {"tag": "resourcegroupstaggingapi", "states": "stepfunctions"}


def client(aws, service, url, **config):
    """Tries once, so that each fault is seen."""
    return boto3.client(
        CLIENTS.get(service, service), region_name=REGION, endpoint_url=url,
        aws_access_key_id=aws.account, aws_secret_access_key="test", config=Config(retries={"total_max_attempts": 1}, **config))


def ask(aws, service, url, **config):
    operation, members = READS[service]
    return getattr(client(aws, service, url, **config), operation)(**members)


def name_of(service):
    return f"{service}:{''.join(word.title() for word in READS[service][0].split('_'))}"


def test_cloudwatch_refuses_in_cbor():
    """Which the SDK for Rust speaks with it, and boto3 does not."""
    status, headers, content = Refusal(400, "SomeCode", "because").of("cloudwatch")
    assert (status, dict(headers)["Content-Type"]) == (400, "application/cbor")
    assert dict(headers)["x-amzn-query-error"] == "SomeCode;Sender"
    assert cbor2.loads(content) == {"__type": "com.amazonaws.cloudwatch#SomeCode", "message": "because"}


@pytest.mark.parametrize("service", sorted(set(READS) - {"cloudwatch"}))
def test_a_refusal_is_read_by_a_client_of_its_service(aws, service):
    assert set(READS) == set(PROTOCOLS) and set(TOLD_AS.values()) <= set(READS)
    for refusal in (Refused(400, "SomeCode", "because <of> & \"that\""), Refused(503, "Down", "later")):
        with Faulty(LOCAL, [Rule(name_of(service), refusal)]) as proxy:
            with pytest.raises(ClientError) as caught:
                ask(aws, service, proxy.url)
            ask(aws, service, proxy.url)
        error = caught.value.response
        assert (error["Error"]["Code"], error["Error"]["Message"]) == (refusal.code, refusal.message)
        assert error["ResponseMetadata"]["HTTPStatusCode"] == refusal.status
        assert error["ResponseMetadata"]["HTTPHeaders"]["x-amzn-requestid"] == REQUEST_ID
        assert proxy.count(name_of(service)) == 2 and not proxy.unspent()
    assert throttle(service).of(service) and broken(service).of(service)


def test_what_reaches_aws_and_what_does_not(aws):
    def meets(fault, error, **config):
        name = f"q{time.monotonic_ns()}"
        with Faulty(LOCAL, [Rule("sqs:CreateQueue", fault, about=name)]) as proxy:
            with pytest.raises(error) as caught:
                client(aws, "sqs", proxy.url, **config).create_queue(QueueName=name)
            assert not proxy.unspent()
        listed = aws("sqs").list_queues().get("QueueUrls", [])
        return any(url.endswith(name) for url in listed), str(caught.value)

    assert meets(Lost(), ConnectionClosedError)[0]
    assert meets(DoneBut(500, "InternalError", "so sorry"), ClientError)[0]
    assert not meets(Reset(), ConnectionClosedError)[0]
    assert not meets(Bare(503), ClientError)[0]
    assert not meets(Hang(), ReadTimeoutError, read_timeout=0.3)[0]
    done, message = meets(Quoted(), ClientError)
    assert not done and '"QueueName"' in message


def test_an_answer_is_replaced_altered_and_late(aws):
    rules = [
        Rule("sqs:ListQueues", Answer(200, "application/x-amz-json-1.0", b'{"QueueUrls": ["one"]}')),
        Rule("sqs:ListQueues", Altered(lambda document: {"QueueUrls": ["two"]})),
        Rule("sqs:ListQueues", Slow(0.3)),
        Rule("lambda:ListFunctions", Altered(lambda document: document.update(NextMarker="more"))),
    ]
    with Faulty(LOCAL, rules) as proxy:
        assert ask(aws, "sqs", proxy.url)["QueueUrls"] == ["one"]
        assert ask(aws, "sqs", proxy.url)["QueueUrls"] == ["two"]
        start = time.monotonic()
        assert not ask(aws, "sqs", proxy.url).get("QueueUrls") and time.monotonic() - start >= 0.3
        assert ask(aws, "lambda", proxy.url)["NextMarker"] == "more"
    assert not proxy.unspent()


def test_rules_are_met_in_turn_as_often_as_they_say(aws):
    rules = [
        Rule("sqs:ListQueues", Bare(503), times=2), Rule("sns:ListTopics", Bare(503), times=None),
        Rule("sqs:DeleteQueue", Lost())]
    with Faulty(LOCAL, rules) as proxy:
        for _ in range(2):
            with pytest.raises(ClientError):
                ask(aws, "sqs", proxy.url)
        ask(aws, "sqs", proxy.url)
        for _ in range(3):
            with pytest.raises(ClientError):
                ask(aws, "sns", proxy.url)
    assert proxy.unspent() == ["sqs:DeleteQueue"]


def test_chance_is_the_same_for_the_same_seed(aws):
    def met(seed):
        with Random(LOCAL, seed, 0.5) as proxy:
            for _ in range(12):
                try:
                    ask(aws, "sqs", proxy.url)
                except (ClientError, ConnectionClosedError):
                    pass
        assert 0 < len(proxy.met) < 12
        return proxy.met

    assert met(1) == met(1) != met(2)


def test_one_connection_serves_many_calls(aws):
    with Faulty(LOCAL) as proxy:
        connection = http.client.HTTPConnection(urllib.parse.urlsplit(proxy.url).netloc)
        for _ in range(3):
            connection.request("GET", "/_localstack/health")
            response = connection.getresponse()
            assert json.loads(response.read()) and not response.will_close
        socket = connection.sock
        connection.request("GET", "/_localstack/health")
        assert connection.getresponse().status == 200 and connection.sock is socket


def until(condition):
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_reads_lag_behind_writes(aws):
    with Lagging(LOCAL, 1.5) as proxy:
        sqs, iam = client(aws, "sqs", proxy.url), client(aws, "iam", proxy.url)
        assert not there(sqs)
        start = time.monotonic()
        url = sqs.create_queue(QueueName="late")["QueueUrl"]
        # A missing one stays missing, and then is there.
        assert not there(sqs)
        until(lambda: "late" in ask(aws, "sqs", proxy.url).get("QueueUrls", [""])[0])
        until(lambda: there(sqs))
        assert 1.4 < time.monotonic() - start < 4
        # Two writes in a row: what was true before the first.
        wanted = lambda: sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["DelaySeconds"])["Attributes"]["DelaySeconds"]
        assert wanted() == "0"
        for delay in ("1", "2"):
            sqs.set_queue_attributes(QueueUrl=url, Attributes={"DelaySeconds": delay})
            assert wanted() == "0"
        until(lambda: wanted() == "2")
        # Another service's reads are not touched.
        stale = proxy.stale
        assert iam.list_roles()["Roles"] == [] and proxy.stale == stale
        assert aws("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["DelaySeconds"])["Attributes"]["DelaySeconds"] == "2"


def there(sqs):
    try:
        return sqs.get_queue_url(QueueName="late")
    except ClientError:
        return None


def test_only_the_services_that_are_named_lag(aws):
    with Lagging(LOCAL, 60, services={"iam"}) as proxy:
        sqs, sns = client(aws, "sqs", proxy.url), client(aws, "sns", proxy.url)
        ask(aws, "sns", proxy.url), ask(aws, "iam", proxy.url)
        sns.create_topic(Name="t")
        assert len(sns.list_topics()["Topics"]) == 1
        client(aws, "iam", proxy.url).create_role(RoleName="r", AssumeRolePolicyDocument="{}")
        assert ask(aws, "iam", proxy.url)["Roles"] == []
        assert sqs.list_queues().get("QueueUrls", []) == []
