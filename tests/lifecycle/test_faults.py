"""What AWS answers on a bad day, in the shapes that it really sends, between the built binary and a
local AWS that carries out what gets through."""

import time

import pytest

from bench import Bench
from faults import Lost, Refused, Rule
from refusals import REQUEST_ID, THROTTLES
from stacks import APPLY, DESTROY, FUNCTION, PLAN, QUEUE, STACK

# What needs a function, and cannot be made without.
TELLING = STACK.replace("topics:\n", "topics:\n  news: { subscriptions: [{ function: work }] }\n")
BUSY = ("The operation cannot be performed at this time. An update is in progress for resource: "
        "arn:aws:lambda:us-east-1:1:function:tiny-work")


@pytest.fixture
def bench(tmp_path):
    """Of a stack, with an account of its own."""
    return lambda stack: Bench(tmp_path, stack)


def refuse(operation, status, code, message, **of_rule):
    return Rule(operation, Refused(status, code, message), **of_rule)


def lost(*operations):
    return [Rule(operation, Lost()) for operation in operations]


def test_a_role_that_has_not_spread_is_waited_for_and_told(bench):
    bench = bench(FUNCTION)
    run, proxy = bench.run(APPLY, [refuse(
        "lambda:CreateFunction", 400, "InvalidParameterValueException",
        "The role defined for the function cannot be assumed by Lambda.", times=2)])
    run.exits(0).tells("function/work is being created: the new role has not reached Lambda yet")
    assert proxy.count("lambda:CreateFunction", "tiny-work") == 3
    bench.assert_converged()


def test_what_settles_by_itself_is_waited_for(bench):
    bench = bench(STACK)
    run, _ = bench.run(APPLY, [
        refuse("sqs:CreateQueue", 400, "AWS.SimpleQueueService.QueueDeletedRecently",
               "You must wait 60 seconds after deleting a queue before you can create another with the same name."),
        refuse("lambda:CreateFunction", 400, "InvalidParameterValueException",
               "The provided execution role does not have permissions to call SendMessage on SQS"),
        refuse("iam:PutRolePolicy", 409, "ConcurrentModification",
               "The request was rejected because multiple requests to change this object were submitted simultaneously."),
        refuse("logs:PutRetentionPolicy", 400, "OperationAbortedException",
               "A conflicting operation is currently in progress against this resource. Please try again."),
    ])
    run.exits(0).tells("SQS frees the name", "the role's policies have not reached Lambda", "a concurrent change is in progress")
    bench.assert_converged()

    bench.project.stack(STACK.replace("reserved_concurrency: 1", "memory: 256"))
    run, proxy = bench.run([*APPLY, "--deep"], [
        refuse("lambda:UpdateFunctionConfiguration", 409, "ResourceConflictException", BUSY, times=2),
        refuse("lambda:GetPolicy", 404, "ResourceNotFoundException", "The resource you requested does not exist.",
               about="/tiny-work/"),
    ])
    run.exits(0).tells("function/work is being updated: another update is in progress")
    assert proxy.count("lambda:UpdateFunctionConfiguration") == 3
    bench.assert_converged()

    run, _ = bench.run(DESTROY, [
        refuse("iam:DeleteRole", 409, "DeleteConflict", "Cannot delete entity, must delete policies first."),
        refuse("lambda:DeleteFunction", 409, "ResourceConflictException", BUSY),
    ])
    run.exits(0).tells("what the role holds is still being detached")


def test_throttles_of_every_service_are_ridden_out(bench):
    bench = bench(STACK)

    def throttle(operation, **of_rule):
        return refuse(operation, *THROTTLES[operation.split(":")[0]], "Rate exceeded", **of_rule)

    run, _ = bench.run(APPLY, [
        throttle("sts:GetCallerIdentity"),
        throttle("tag:GetResources"),
        throttle("iam:GetAccountAuthorizationDetails"),
        throttle("iam:CreateRole"),
        throttle("sqs:CreateQueue"),
        throttle("sns:CreateTopic"),
        throttle("logs:CreateLogGroup"),
        throttle("lambda:PublishLayerVersion"),
        # More often than the SDK itself tries.
        throttle("lambda:CreateFunction", times=4),
        refuse("lambda:PutFunctionConcurrency", 503, "ServiceException", "Rate exceeded"),
        throttle("cloudwatch:DescribeAlarms"),
        throttle("cloudwatch:PutMetricAlarm"),
    ])
    run.exits(0)
    bench.assert_converged()


def test_an_answer_that_is_lost_makes_nothing_twice(bench):
    bench = bench(STACK)
    run, proxy = bench.run(APPLY, lost(
        "iam:CreateRole", "sqs:CreateQueue", "sns:CreateTopic", "logs:CreateLogGroup", "lambda:PublishLayerVersion",
        "lambda:CreateFunction", "cloudwatch:PutMetricAlarm"))
    run.exits(0)
    assert proxy.count("lambda:PublishLayerVersion") == 1, "every publish makes a version"
    assert ":layer:tiny-shared:1\n" in run.out, f"there is one version, the first\n{run}"
    bench.assert_converged()

    run, _ = bench.run(DESTROY, lost(
        "iam:DeleteRole", "sqs:DeleteQueue", "sns:DeleteTopic", "logs:DeleteLogGroup", "lambda:DeleteLayerVersion",
        "lambda:DeleteFunction", "cloudwatch:DeleteAlarms"))
    run.exits(0)
    run = bench.calmly(DESTROY).exits(0)
    assert "\nNo changes." in run.out, run


def test_a_layer_that_is_changed_gets_one_version_more_when_its_answer_is_lost(bench):
    bench = bench(STACK)
    bench.calmly(APPLY).exits(0)
    bench.project.write("handlers/work/more.js", "exports.more = true;\n")
    run, proxy = bench.run(APPLY, lost("lambda:PublishLayerVersion"))
    assert proxy.count("lambda:PublishLayerVersion") == 1, f"every publish makes a version\n{run}"
    run.exits(0)
    assert ":layer:tiny-shared:2\n" in run.out, f"there is a second version and no third\n{run}"
    bench.assert_converged()


def with_parts(parts):
    return FUNCTION.replace("index.handler }", f"index.handler{parts} }}\nqueues: {{ in: {{}} }}")


# Apart from the others: the local AWS does not tell that a URL is an alias's.
WITH_ALIAS = with_parts(", alias: live")
WITH_OTHERS = with_parts(
    ', url: { auth: iam }, permissions: { s3: { principal: s3.amazonaws.com } }, '
    'event_sources: [{ arn: "arn:aws:sqs:us-east-1:${aws.account}:tiny-in" }], '
    'role: { managed_policies: [service-role/AWSLambdaSQSQueueExecutionRole] }')
# Calls that make a part of a function. None of them is sent twice.
PARTS = {
    "lambda:CreateAlias": WITH_ALIAS, "lambda:CreateFunctionUrlConfig": WITH_OTHERS, "lambda:AddPermission": WITH_OTHERS,
    "lambda:CreateEventSourceMapping": WITH_OTHERS,
}


@pytest.mark.parametrize("function", ["new", "updated"])
@pytest.mark.parametrize("operation", PARTS)
def test_a_part_of_a_function_whose_answer_is_lost_is_made_once(bench, operation, function):
    bench = bench(PARTS[operation] if function == "new" else with_parts(""))
    if function == "updated":
        bench.calmly(APPLY).exits(0)
        bench.project.stack(PARTS[operation])
    run, proxy = bench.run(APPLY, lost(operation))
    run.exits(0)
    assert proxy.count(operation) == 1, run
    # What is there already is no update in progress: waiting for its end takes minutes.
    assert "another update is in progress" not in run.err, run
    bench.assert_converged()


def test_what_failed_is_told_and_what_does_not_need_it_goes_on(bench):
    rest = "functions:\n  rest: { source: ../handlers/work, runtime: nodejs22.x, handler: index.handler }\n"
    bench = bench(TELLING.replace("functions:\n", rest))
    denied = "User: arn:aws:iam::111111111111:user/ci is not authorized to perform: lambda:CreateFunction on resource: tiny-work"
    run, proxy = bench.run(APPLY, [refuse("lambda:CreateFunction", 403, "AccessDeniedException", denied, about="tiny-work")])
    run.exits(6).tells(
        "function/rest created",
        "queue/dlq created",
        # A dimension is a name.
        "alarm/errors created",
        "failed: function/work: lambda:CreateFunction on tiny-work: AccessDeniedException: "
        "User: arn:aws:iam::111111111111:user/ci is not",
        f"(request id {REQUEST_ID})",
        "allow lambda:CreateFunction",
        "not done: topic/news: it needs function/work",
        "1 failed, 1 not done",
        "To go on: etlctl apply",
    )
    assert proxy.count("lambda:CreateFunction", "tiny-work") == 1, f"no waiting mends a missing permission\n{run}"
    assert proxy.count("sns:CreateTopic", "tiny-news") == 0
    run = bench.calmly(APPLY).exits(0)
    assert "Plan: 2 to create, 0 to update, 0 to delete, " in run.out, f"what was done stays done\n{run}"
    bench.assert_converged()


def test_where_nothing_was_written_it_is_1_and_at_once(bench):
    bench = bench(QUEUE)
    start = time.monotonic()
    run, proxy = bench.run(APPLY, [
        refuse("sqs:CreateQueue", 400, "InvalidAttributeValue", "Invalid value for the parameter DelaySeconds.")])
    took = time.monotonic() - start
    run.exits(1).tells("failed: queue/dlq: sqs:CreateQueue on tiny-dlq: InvalidAttributeValue: Invalid value", REQUEST_ID)
    assert proxy.count("sqs:CreateQueue") == 1
    assert took < 5, f"{took} s for an error that no waiting mends"
    run, _ = bench.run(PLAN, [refuse("sqs:GetQueueUrl", 403, "AccessDenied", "Access to the resource is denied.")])
    run.exits(1).tells("sqs:GetQueueUrl on tiny-dlq: AccessDenied", "allow sqs:GetQueueUrl", REQUEST_ID)


EXPIRED = "The security token included in the request is expired"


def test_expired_credentials_are_4_before_a_write_and_6_after(bench):
    bench = bench(TELLING)
    run, proxy = bench.run(APPLY, [refuse("sts:GetCallerIdentity", 403, "ExpiredToken", EXPIRED)])
    run.exits(4).tells("ExpiredToken", "aws sso login")
    assert len(proxy.calls) == 1, "nothing is asked with credentials that have expired"
    run, _ = bench.run(PLAN, [refuse("cloudwatch:DescribeAlarms", 400, "ExpiredTokenException", EXPIRED)])
    run.exits(4).tells("cloudwatch:DescribeAlarms", "ExpiredTokenException", "aws sso login")
    run, _ = bench.run(APPLY, [refuse("lambda:CreateFunction", 400, "ExpiredTokenException", EXPIRED)])
    run.exits(6).tells("failed: function/work", "aws sso login", "not done: topic/news", "To go on: etlctl apply")
    bench.calmly(APPLY).exits(0)
    bench.assert_converged()


def test_expired_credentials_are_4_where_the_first_write_meets_them(bench):
    run, _ = bench(QUEUE).run(APPLY, [refuse("sqs:CreateQueue", 403, "ExpiredToken", EXPIRED)])
    run.exits(4).tells("failed: queue/dlq", "aws sso login")


def test_secrets_reach_no_message_and_no_log(bench):
    secret = "correct-horse-battery"
    bench = bench(FUNCTION.replace(
        "index.handler }", f"index.handler, environment: {{ DB_PASSWORD: {secret}, LOG_LEVEL: INFO }} }}"))
    echo = ("Lambda was unable to configure your environment variables because the environment variables you have provided "
            f'exceeded the 4KB limit. String measured: {{"DB_PASSWORD":"{secret}","LOG_LEVEL":"INFO"}}')
    for more, code in (([], 6), (["-v"], 1), (["-vv"], 1)):
        run, _ = bench.run(APPLY + more, [refuse("lambda:CreateFunction", 400, "InvalidParameterValueException", echo)])
        run.exits(code).tells("exceeded the 4KB limit")
        assert secret not in run.out and secret not in run.err, f"it tells the secret\n{run}"
    for args in (PLAN, ["plan", "--format", "json"], ["plan", "-vv"], [*APPLY, "-vv"], ["plan", "-vv"]):
        run = bench.calmly(args).exits(0)
        assert secret not in run.out and secret not in run.err, f"it tells the secret\n{run}"
