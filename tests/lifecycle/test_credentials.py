"""Who is calling, and whether AWS answers at all: each code of credentials has the hint that is true for it, in the
protocol of every service, and a web page in AWS's place is told as one."""

import time

import pytest

from abreast import all_at_once
from bench import Bench
from everything import Life
from faults import Answer, Refused, Rule
from stacks import APPLY, FUNCTION, LAYER, PLAN, QUEUE, ROLE

EXPIRED, UNKNOWN = "renew the credentials", "AWS does not know these credentials: choose others"
SIGNATURE, CLOCK = "the secret key does not fit the key id", "set the clock of this machine right"
NOT_ACTIVATED = "the account may not use this service or region yet"
HINTS = {
    "ExpiredToken": EXPIRED, "ExpiredTokenException": EXPIRED, "TokenRefreshRequired": EXPIRED,
    "InvalidClientTokenId": UNKNOWN, "UnrecognizedClientException": UNKNOWN, "InvalidAccessKeyId": UNKNOWN,
    "InvalidToken": UNKNOWN,
    "MissingAuthenticationToken": UNKNOWN, "MissingAuthenticationTokenException": UNKNOWN,
    "SignatureDoesNotMatch": SIGNATURE, "InvalidSignatureException": SIGNATURE, "IncompleteSignature": SIGNATURE,
    "IncompleteSignatureException": SIGNATURE,
    "RequestExpired": CLOCK, "RequestTimeTooSkewed": CLOCK,
    "OptInRequired": NOT_ACTIVATED, "SubscriptionRequiredException": NOT_ACTIVATED,
}
# A read of a plan in each protocol and, where there are several, of each service that speaks it.
LATER = ["lambda:GetFunction", "tag:GetResources", "iam:GetAccountAuthorizationDetails", "sqs:GetQueueUrl",
         "cloudwatch:DescribeAlarms", "sns:GetTopicAttributes", "logs:DescribeLogGroups"]
# The first write of a stack with this one.
FIRST = [(QUEUE, "sqs:CreateQueue"), (ROLE, "iam:CreateRole"), (LAYER, "lambda:PublishLayerVersion")]


def refused(code):
    return Refused(403, code, "The security token included in the request is not as it should be")


def in_turn(items):
    """Each code with one of these, so that each of these has several codes."""
    return [(code, hint, items[number % len(items)]) for number, (code, hint) in enumerate(HINTS.items())]


def test_hints_are_of_a_kind_each():
    assert len(set(HINTS.values())) == 5


def test_the_first_call_and_any_later_read_is_4_with_the_hint_of_its_code(tmp_path):
    life = Life(tmp_path)

    def plan(code, hint, operation):
        run, proxy = life.bench.run(PLAN, [Rule(operation, refused(code), times=None)])
        run.exits(4).tells(f"error: {operation} on ", f": {code}: ", f"hint: {hint}")
        assert operation != "sts:GetCallerIdentity" or {call.name for call in proxy.calls} == {operation}, run

    all_at_once(plan, [*in_turn(["sts:GetCallerIdentity"]), *in_turn(LATER)])


def test_the_first_write_is_4_with_the_hint_of_its_code(tmp_path):
    def apply(code, hint, first):
        stack, operation = first
        run, _ = Bench(tmp_path / code, stack).run(APPLY, [Rule(operation, refused(code), times=None)])
        run.exits(4).tells("failed: ", f"{operation} on ", f": {code}: ", f"hint: {hint}")

    all_at_once(apply, in_turn(FIRST))


def test_after_a_write_it_is_6_with_the_hint_of_its_code(tmp_path):
    def apply(code, hint, operation):
        run, _ = Bench(tmp_path / code, FUNCTION).run(APPLY, [Rule(operation, refused(code), times=None)])
        run.exits(6).tells("failed: ", f"{operation} on ", f": {code}: ", f"hint: {hint}", "To go on: etlctl apply")

    all_at_once(apply, [case for case in in_turn(["lambda:CreateFunction"]) if case[0] not in ("ExpiredToken", "InvalidToken")])


PAGE = b"<!DOCTYPE html>\n<html><head><title>Welcome</title></head><body>Log in to go on</body></html>"
WEB_PAGE = ("the answer is a web page", "a proxy or a login portal answers in AWS's place")


def page(status):
    return Answer(status, "text/html; charset=utf-8", PAGE)


def test_a_web_page_is_told_as_one_whatever_its_status(tmp_path):
    life = Life(tmp_path)

    def plan(status, operation):
        run, _ = life.bench.run(PLAN, [Rule(operation, page(status), times=None)])
        run.exits(1).tells(f"error: {operation} on ", *WEB_PAGE, f"HTTP {status}")

    statuses = (200, 302, 403, 407, 502)
    all_at_once(plan, [(status, operation) for number, status in enumerate(statuses)
                       for operation in ("sts:GetCallerIdentity", LATER[number])])


# What stands between says no in its own way: AWS gives a code with every error.
WORDLESS = [(status, b"") for status in (302, 403, 404, 407, 413)] + [
    (404, b'{"message":"no Route matched with those values"}'), (403, b'{"detail":"Forbidden"}'), (404, b"not found")]


def test_an_error_without_a_code_is_none_of_awss(tmp_path):
    life = Life(tmp_path)

    def plan(status, body, operation):
        run, _ = life.bench.run(PLAN, [Rule(operation, Answer(status, "application/json", body), times=None)])
        run.exits(1).tells(f"error: {operation} on ", f"HTTP {status}", WEB_PAGE[1])

    all_at_once(plan, [(*answer, operation) for number, answer in enumerate(WORDLESS)
                       for operation in ("sts:GetCallerIdentity", LATER[number % len(LATER)])])


def test_a_web_page_in_place_of_a_writes_answer_is_told_as_one(tmp_path):
    def apply(number, status, stack, operation):
        bench = Bench(tmp_path / str(number), stack)
        run, _ = bench.run(APPLY, [Rule(operation, page(status), times=None)])
        # Behind the page it may be done.
        run.exits(6).tells("failed: ", f"{operation} on ", *WEB_PAGE)
        bench.calmly(APPLY).exits(0)
        bench.assert_converged()

    all_at_once(apply, [(0, 403, *FIRST[0])])


# Quotas of the account that this very run uses up: nobody else is to blame, and no waiting helps.
FULL = [
    (FUNCTION, "lambda:CreateFunction", 400, "CodeStorageExceededException", "Code storage limit exceeded.", 6),
    (ROLE, "iam:CreateRole", 409, "LimitExceeded", "Cannot exceed quota for RolesPerAccount: 1000", 1),
    (ROLE, "iam:CreateRole", 409, "LimitExceededException", "Cannot exceed quota for RolesPerAccount: 1000", 1),
]


@pytest.mark.parametrize("stack, operation, status, code, message, exit_code", FULL, ids=[full[3] for full in FULL])
def test_a_quota_that_is_full_is_no_throttle_and_no_other_client(tmp_path, stack, operation, status, code, message, exit_code):
    since = time.monotonic()
    run, proxy = Bench(tmp_path, stack).run(APPLY, [Rule(operation, Refused(status, code, message), times=None)])
    took = time.monotonic() - since
    run.exits(exit_code).tells(f"{operation} on ", f"{code}: {message}")
    assert "another client" not in run.err and "request quota" not in run.err, run
    assert proxy.count(operation) == 1 and took < 15, f"{took} s\n{run}"


@pytest.mark.long
def test_a_request_quota_may_be_used_up_by_this_run_too(tmp_path):
    throttled = Rule("sqs:ListQueues", Refused(400, "RequestThrottled", "Rate exceeded"), times=None)
    run, _ = Bench(tmp_path, QUEUE).run(PLAN, [throttled])
    run.exits(1).tells("the account's request quota is used up, by this run or by others")
