"""The answer to a write never arrives, or says that AWS failed, and the write was done: whatever it was,
the run ends well, everything is as the file says, and nothing was made twice."""

import pytest

from everything import PHASES, Life, sent_once, writes_on_the_page
from faults import DoneBut, Lost, Rule
from refusals import broken
from snapshot import assert_same

WRITES = writes_on_the_page()
LEFT_OUT = {
    "lambda:InvokeFunction": "`invoke` alone makes it, and no apply",
    "states:StartExecution": "`invoke` alone makes it, and no apply",
    "states:StartSyncExecution": "the same",
    "sqs:ChangeMessageVisibility": "`redrive` alone makes it, and no apply",
    "sqs:DeleteMessage": "the same",
    "sqs:ReceiveMessage": "the same",
    "sqs:SendMessage": "the same",
    "sqs:StartMessageMoveTask": "the same",
    "iam:TagPolicy": "only where a role is adopted with its policies: test_own_policies.py",
    "iam:UntagPolicy": "only where a role is released with its policies: test_own_policies.py",
    "sns:Publish": "`watch` alone makes it, and no apply",
    "s3:PutObject": "goes with zips that no call carries, which have a test of their own",
    "s3:DeleteObject": "the same",
    "s3:DeleteObjectVersion": "only with --empty: test_bucket.py",
    "logs:AssociateKmsKey": "the local AWS does not know it",
    "logs:DisassociateKmsKey": "the local AWS does not know it",
    "events:PutPermission": "the local AWS keeps no whole policy: test_rules.py",
    "events:RemovePermission": "the same",
}
# Their answers are lost together. Those of one group do not stand in one another's way.
GROUPS = {
    "functions": ["lambda:CreateFunction", "lambda:UpdateFunctionConfiguration", "lambda:DeleteFunction"],
    "code": ["lambda:UpdateFunctionCode"],
    "versions": ["lambda:PublishVersion", "lambda:PublishLayerVersion", "lambda:DeleteLayerVersion"],
    "aliases": ["lambda:CreateAlias", "lambda:UpdateAlias", "lambda:DeleteAlias"],
    "addresses": ["lambda:CreateFunctionUrlConfig", "lambda:UpdateFunctionUrlConfig", "lambda:DeleteFunctionUrlConfig",
                  "lambda:TagResource", "lambda:UntagResource"],
    "callers": ["lambda:AddPermission", "lambda:RemovePermission", "lambda:PutFunctionConcurrency",
                "lambda:DeleteFunctionConcurrency", "lambda:PutProvisionedConcurrencyConfig",
                "lambda:DeleteProvisionedConcurrencyConfig"],
    "sources": ["lambda:CreateEventSourceMapping", "lambda:UpdateEventSourceMapping", "lambda:DeleteEventSourceMapping",
                "lambda:PutFunctionEventInvokeConfig", "lambda:DeleteFunctionEventInvokeConfig"],
    **{service: [operation for operation in WRITES if operation.startswith(f"{service}:") and operation not in LEFT_OUT]
       for service in ("iam", "sqs", "sns", "logs", "cloudwatch", "events", "dynamodb", "kinesis", "scheduler", "s3", "states")},
}
FAULTS = {
    "lost": lambda operation: Lost(),
    "done but 500": lambda operation: DoneBut(500, broken(operation.split(":")[0]).code, "An error occurred on the server side."),
}


@pytest.fixture(scope="module")
def clean(tmp_path_factory):
    """By phase: which writes it makes, how often those that are sent once, and what is there afterwards."""
    life, found = Life(tmp_path_factory.mktemp("clean")), {}
    for phase in PHASES:
        run, proxy = life.run(phase)
        run.exits(0)
        found[phase] = {call.action for call in proxy.writes}, sent_once(proxy, WRITES), life.there(), life.published()
    return found


def test_every_write_is_one_whose_answer_is_lost(clean):
    made = set().union(*(names for names, *_ in clean.values()))
    assert made | LEFT_OUT.keys() == WRITES.keys() and not made & LEFT_OUT.keys()
    grouped = [operation for group in GROUPS.values() for operation in group]
    assert sorted(grouped) == sorted(WRITES.keys() - LEFT_OUT.keys())


def lose(tmp_path, clean, fault, operations):
    life = Life(tmp_path)
    for phase in PHASES:
        names, once, there, versions = clean[phase]
        lost = [operation for operation in operations if operation in names]
        run, proxy = life.run(phase, [Rule(operation, FAULTS[fault](operation)) for operation in lost])
        told = f"{phase}, {fault}: {', '.join(lost)}\n{run}"
        assert run.code == 0, told
        assert sent_once(proxy, WRITES) == once, f"not as often as on a good day: {told}"
        assert life.published() == versions, told
        assert_same(there, life.there())
        args = ["plan", "--detailed-exitcode", *(["--destroy"] if phase == "destroy" else [])]
        life.bench.calmly(args).exits(0)


@pytest.mark.parametrize("fault", ["lost", pytest.param("done but 500", marks=pytest.mark.long)])
@pytest.mark.parametrize("group", GROUPS)
def test_what_was_done_is_found_and_not_done_again(tmp_path, clean, group, fault):
    lose(tmp_path, clean, fault, GROUPS[group])


@pytest.mark.long
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("operation", sorted(WRITES.keys() - LEFT_OUT.keys()))
def test_also_where_no_other_answer_is_lost(tmp_path, clean, operation, fault):
    lose(tmp_path, clean, fault, [operation])
