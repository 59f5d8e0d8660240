"""A read that is answered with 200 and no answer, an empty document, a web page or half of the real answer is
unreadable, and what could not be read is never taken for what is not there: nothing is planned upon it."""

from dataclasses import dataclass, replace

import pytest

from abreast import all_at_once
from bench import Bench
from everything import APPLY, BEFORE, DESTROY, Life
from faults import Altered, Rule
from stacks import LAYER, ROLE

NOT_UNDERSTOOD, PORTAL = "AWS's answer was not understood", "a proxy or a login portal answers in AWS's place"


def half(content):
    return content[: len(content) // 2]


def hollow(content):
    """A document that holds nothing, in the form of the one that it stands for."""
    if content.lstrip().startswith(b"<"):
        return b"<x/>"
    return b"{}" if content.lstrip().startswith(b"{") else b"\xa0"


@dataclass
class Spoiled:
    """AWS answers, and with the status of a good answer this comes in its place."""

    of: object
    content_type: str | None = None

    def meet(self, proxy, call, ask):
        status, headers, content = ask()
        if status >= 300:
            return status, headers, content
        if self.content_type:
            headers = [("Content-Type", self.content_type)]
        return status, headers, self.of(content)


def other(content):
    """A document that something else gives, in the form of the one that it stands for."""
    if content.lstrip().startswith(b"<"):
        return b"<status>ok</status>"
    return b'{"status":"ok"}' if content.lstrip().startswith(b"{") else b"\xa1\x66status\x62ok"


FORMS = {
    "other": Spoiled(other),
    "hollow": Spoiled(hollow),
    "empty": Spoiled(lambda content: b""),
    "page": Spoiled(lambda content: b"<!DOCTYPE html><html><body>Log in</body></html>", "text/html; charset=utf-8"),
    "half": Spoiled(half),
}
# All that a plan asks of what is there, by protocol: each form is met by each of them.
OF_WHAT_IS_THERE = [
    "cloudwatch:DescribeAlarms", "cloudwatch:ListTagsForResource",
    "dynamodb:DescribeContinuousBackups", "dynamodb:DescribeTable", "dynamodb:DescribeTimeToLive", "dynamodb:GetResourcePolicy",
    "dynamodb:ListTagsOfResource", "kinesis:DescribeStreamSummary", "kinesis:ListTagsForStream",
    "events:DescribeEventBus", "events:DescribeRule", "events:ListTagsForResource", "events:ListTargetsByRule",
    "iam:GetAccountAuthorizationDetails", "iam:GetPolicy", "iam:GetPolicyVersion", "iam:ListRoles", "sns:GetSubscriptionAttributes", "sns:GetTopicAttributes",
    "sns:ListSubscriptionsByTopic", "sns:ListTagsForResource", "sts:GetCallerIdentity",
    "lambda:GetFunction", "lambda:GetLayerVersion", "lambda:GetPolicy", "lambda:GetProvisionedConcurrencyConfig",
    "lambda:ListAliases", "lambda:ListEventSourceMappings",
    "lambda:ListFunctionEventInvokeConfigs", "lambda:ListFunctionUrlConfigs", "lambda:ListLayerVersions", "lambda:ListLayers",
    "lambda:ListVersionsByFunction",
    "logs:DescribeLogGroups", "logs:DescribeMetricFilters", "logs:DescribeSubscriptionFilters", "logs:ListTagsForResource", "tag:GetResources", "sqs:GetQueueAttributes", "sqs:GetQueueUrl",
    "sqs:ListQueueTags",
    "s3:GetBucketNotification", "s3:GetBucketObjectLockConfiguration", "s3:GetBucketOwnershipControls", "s3:GetBucketPolicy",
    "s3:GetBucketPublicAccessBlock", "s3:GetBucketTagging", "s3:GetBucketVersioning", "s3:GetEncryptionConfiguration",
    "s3:GetLifecycleConfiguration",
    "scheduler:GetSchedule", "scheduler:GetScheduleGroup", "scheduler:ListSchedules", "scheduler:ListTagsForResource",
    "states:DescribeStateMachine", "states:ListTagsForResource",
]
# Half of one in each protocol that is no XML, whatever the turn gives it.
HALVES = [(operation, "half") for operation in ("lambda:ListAliases", "cloudwatch:DescribeAlarms", "sqs:GetQueueUrl")]
# By which it learns that there is nothing.
OF_WHAT_IS_NOT = ["tag:GetResources", "iam:GetAccountAuthorizationDetails", "logs:DescribeLogGroups", "lambda:ListLayers"]
NOT_STOPPED_BY = {
    "iam:ListAccountAliases": "a name to show",
    "iam:GetAccountSummary": "what the account has room for, asked before the writes",
    "iam:ListPolicyVersions": "which versions a policy has that is to change or to go, asked within the step",
    "lambda:GetAccountSettings": "what the account has room for, asked before the writes",
    "cloudwatch:GetMetricStatistics": "when a function ran last, shown of what is deleted",
    "cloudwatch:GetMetricData": "what a month costs, and what ran: test_cost.py and test_evidence.py spoil it",
    "states:ListExecutions": "what runs, shown of what is deleted",
    "logs:FilterLogEvents": "what ran: test_evidence.py spoils it",
    "s3:ListBucketVersions": "what a bucket holds, asked of what is deleted: a test of its own",
    "logs:DescribeLogStreams": "what a group holds, asked of what is deleted: a test of its own",
}
# AWS itself answers so where there is nothing.
SAYS_NOTHING = [("sqs:ListQueueTags", "hollow"), ("dynamodb:ListTagsOfResource", "hollow")]


@pytest.fixture(scope="module")
def lives(tmp_path_factory):
    """One account in which all is made, one in which nothing is."""
    made, empty = Life(tmp_path_factory.mktemp("made")), Life(tmp_path_factory.mktemp("empty"))
    made.run("create")[0].exits(0)
    return made.bench, empty.bench


# The search for marks tells of nothing, so that a resource's own tags are read.
NOT_FOUND = Rule("tag:GetResources", Altered(lambda found: found | {"ResourceTagMappingList": []}), times=None)


def rules(operation, form):
    search = [replace(NOT_FOUND)] if "Tag" in operation.partition(":")[2] else []
    return [Rule(operation, FORMS[form], times=None), *search]


def spoil(bench, operation, form, args):
    # Without it some parts are not looked at; a destroy looks at what a mark tells of.
    deep = ["--deep"] if args[0] != "destroy" else []
    run, proxy = bench.run([*args, *deep], rules(operation, form))
    told = f"{operation}, {form}: {run}"
    assert run.code == 1, told
    assert "to create" not in run.out and "--adopt" not in run.err, told
    assert operation in run.err and (PORTAL if form == "page" else NOT_UNDERSTOOD) in run.err, told
    assert not proxy.writes, told


def cases(operations, turn):
    """Each operation with one form, in turn."""
    forms = [(operation, turn[number % len(turn)]) for number, operation in enumerate(operations)]
    return [(operation, "page" if (operation, form) in SAYS_NOTHING else form) for operation, form in forms]


def every(operations, form):
    return [(operation, form) for operation in operations if (operation, form) not in SAYS_NOTHING]


def test_every_read_is_one_of_these(tmp_path):
    life, reads = Life(tmp_path), set()
    for phase in ("create", "update", "destroy"):
        reads |= {call.action for call in life.run(phase)[1].calls if not call.writes}
    assert sorted(reads) == sorted([*OF_WHAT_IS_THERE, *NOT_STOPPED_BY])


def test_nothing_is_planned_upon_what_cannot_be_read(lives):
    made, empty = lives
    there, absent = cases(OF_WHAT_IS_THERE, ["half", "hollow", "empty"]) + every(OF_WHAT_IS_THERE, "other") + HALVES, cases(OF_WHAT_IS_NOT, ["empty", "half", "other"])
    all_at_once(spoil, [*((made, *case, ["plan"]) for case in there), *((empty, *case, ["plan"]) for case in absent)])


def test_nothing_is_written_upon_what_cannot_be_read(lives):
    made, empty = lives
    chosen = ["sts:GetCallerIdentity", "tag:GetResources", "lambda:GetFunction", "iam:GetAccountAuthorizationDetails",
              "cloudwatch:DescribeAlarms", "sns:GetTopicAttributes", "sqs:GetQueueUrl", "logs:DescribeLogGroups"]
    there, absent = cases(chosen, ["hollow", "page"]), cases(OF_WHAT_IS_NOT, ["page", "half", "empty"])
    all_at_once(spoil, [*((made, *case, DESTROY) for case in there), *((empty, *case, APPLY) for case in absent)])


@pytest.mark.long
@pytest.mark.parametrize("args", [["plan"], APPLY, DESTROY], ids=lambda args: args[0])
@pytest.mark.parametrize("form", FORMS)
def test_nothing_is_planned_or_written_upon_any_form_of_it(lives, form, args):
    made, empty = lives
    there, absent = every(OF_WHAT_IS_THERE, form), [] if args == DESTROY else every(OF_WHAT_IS_NOT, form)
    all_at_once(spoil, [*((made, *case, args) for case in there), *((empty, *case, args) for case in absent)])


@pytest.mark.parametrize("stack, operation, form", [
    (LAYER, "lambda:PublishLayerVersion", "half"), (LAYER, "lambda:PublishLayerVersion", "page"),
    (ROLE, "iam:CreateRole", "empty"), (ROLE, "iam:CreateRole", "page"),
], ids=lambda value: value if "\n" not in value else "")
def test_a_write_that_is_answered_so_is_looked_after(tmp_path, stack, operation, form):
    bench = Bench(tmp_path, stack)
    run, proxy = bench.run(APPLY, [Rule(operation, FORMS[form])])
    run.exits(0)
    assert proxy.count(operation) == 1, run
    bench.assert_converged()


def test_no_tags_are_an_answer(lives):
    """Without tags nobody knows whose it is, and that is no question of reading."""
    run, proxy = lives[0].run(APPLY, rules("sqs:ListQueueTags", "hollow"))
    run.exits(1).tells("in the way", "carries no mark", "--adopt")
    assert not proxy.writes, run


def test_a_name_that_cannot_be_read_stops_nothing(lives):
    run, _ = lives[0].run(["plan", "--detailed-exitcode"], [Rule("iam:ListAccountAliases", FORMS["half"], times=None)])
    run.exits(0)


def test_a_log_whose_streams_cannot_be_read_is_not_empty(tmp_path):
    bench = Bench(tmp_path, BEFORE)
    bench.project.write("handlers/shared/nodejs/shared.js", "exports.shared = true;\n")
    group = '  audit: { name: /full/audit, retention: 7d, tags: { Changed: before, Removed: "yes" } }\n'
    bench.calmly(APPLY).exits(0)
    assert group in BEFORE
    bench.project.stack(BEFORE.replace(group, ""))
    for form in ("hollow", "half"):
        run, proxy = bench.run(APPLY, [Rule("logs:DescribeLogStreams", FORMS[form], times=None)])
        assert run.code == 1 and not proxy.writes, f"{form}: {run}"
        run.tells("holds data that would be lost", "--allow-loss")
    bench.calmly(APPLY).exits(0)
