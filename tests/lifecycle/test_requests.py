"""Every request of plan, apply and destroy, held against AWS's own service
models: required members, unknown ones, lengths, ranges, patterns, values."""

import pytest

import runs
from harness import LOCAL
from wire import Recorder, Request, violations

# Where a model is narrower than the service that it describes.
KNOWN = {}


@pytest.mark.parametrize("purpose", runs.PURPOSES)
@pytest.mark.parametrize("life", [runs.shipped, runs.enriched], ids=lambda life: life.__name__)
def test_no_request_violates_the_service_models(life, purpose):
    requests = life().requests[purpose]
    assert len(requests) > 100
    faults = sorted({fault for request in requests for fault in violations(request)} - set(KNOWN))
    assert not faults, "\n".join(faults)


def test_the_runs_speak_every_protocol_and_make_many_calls():
    operations = {str(request) for requests in runs.shipped().requests.values() for request in requests}
    assert {operation.split(":")[0] for operation in operations} == {
        "lambda", "iam", "sqs", "sns", "cloudwatch", "logs", "resourcegroupstaggingapi", "sts"}
    assert len(operations) > 60


def test_decoding_gives_back_what_was_sent(aws):
    """The measure itself: what goes in through boto3 comes out of the wire."""
    sent = {
        ("iam", "create_role"): {
            "RoleName": "r", "AssumeRolePolicyDocument": "{}", "MaxSessionDuration": 3600,
            "Tags": [{"Key": "a", "Value": "b"}, {"Key": "c", "Value": ""}]},
        ("sns", "create_topic"): {"Name": "t", "Attributes": {"DisplayName": "x y&z"}, "Tags": [{"Key": "a", "Value": "b"}]},
        ("sqs", "create_queue"): {"QueueName": "q", "Attributes": {"DelaySeconds": "3"}, "tags": {"a": "b"}},
        ("logs", "create_log_group"): {"logGroupName": "/g", "tags": {"a": "b"}},
        ("lambda", "list_event_source_mappings"): {"MaxItems": 100, "FunctionName": "f"},
        ("lambda", "get_policy"): {"FunctionName": "f", "Qualifier": "live"},
        ("lambda", "list_tags"): {"Resource": aws.arn("lambda", "function:f")},
        ("cloudwatch", "describe_alarms"): {"AlarmNames": ["a", "b"], "MaxRecords": 100},
    }
    with Recorder(LOCAL) as recorder:
        for (service, operation), members in sent.items():
            client = aws(service, recorder.url)
            try:
                getattr(client, operation)(**members)
            except client.exceptions.ClientError:
                pass
    assert [request.members for request in recorder.requests] == list(sent.values())
    assert not [fault for request in recorder.requests for fault in violations(request)]


@pytest.mark.parametrize(("service", "operation", "members", "fault"), [
    ("lambda", "CreateFunction", {"FunctionName": "f", "Role": "arn:aws:iam::123456789012:role/r"}, "lacks Code"),
    ("lambda", "CreateFunction", {"FunctionName": "f f", "Role": "arn:aws:iam::123456789012:role/r", "Code": {}}, "does not match"),
    ("lambda", "UpdateFunctionConfiguration", {"FunctionName": "f", "MemorySize": 64}, "64"),
    ("lambda", "UpdateFunctionConfiguration", {"FunctionName": "f", "Runtime": "nodejs19.x"}, "none of"),
    ("lambda", "UpdateFunctionConfiguration", {"FunctionName": "f", "Memory": 128}, "no member Memory"),
    ("lambda", "UpdateFunctionConfiguration", {"FunctionName": "f", "Timeout": "3"}, "no integer"),
    ("logs", "PutRetentionPolicy", {"logGroupName": "g" * 513, "retentionInDays": 7}, "513"),
    ("cloudwatch", "PutMetricAlarm", {"AlarmName": "a", "ComparisonOperator": "Greater"}, "none of"),
    ("iam", "CreateRole", {"RoleName": "r", "AssumeRolePolicyDocument": "{}", "Tags": [{"Key": "k"}]}, "lacks Value"),
    ("resourcegroupstaggingapi", "GetResources", {"TagFilters": [{"Key": "", "Values": ["v"]}]}, "0 characters"),
])
def test_the_models_find_what_is_wrong(service, operation, members, fault):
    found = violations(Request(service, operation, members))
    assert found and any(fault in line for line in found), found
