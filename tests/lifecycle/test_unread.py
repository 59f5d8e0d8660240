"""What AWS could not tell is never taken for what is not there: an answer of 200 that says in a field
of its own that a part is missing."""

import fnmatch

import pytest

from bench import Bench
from faults import Altered, Rule

STACK = """\
stack: tiny
region: us-east-1
environments: { dev: {} }
naming: "tiny-${name}"
functions:
  work:
    source: ../handlers/work
    runtime: nodejs22.x
    handler: index.handler
    environment: { LEVEL: INFO }
"""


def environment(answer):
    """The shape that Lambda answers with where the caller may not use the key (botocore: EnvironmentError)."""
    answer["Configuration"]["Environment"] = {
        "Error": {"ErrorCode": "AccessDeniedException", "Message": "Lambda was unable to decrypt the environment variables"}}


def tags(answer):
    answer.pop("Tags", None)
    answer["TagsError"] = {"ErrorCode": "AccessDeniedException", "Message": "not authorized to perform: lambda:ListTags"}


def configuration(answer):
    answer.pop("Configuration", None)


@pytest.fixture
def bench(tmp_path):
    bench = Bench(tmp_path, STACK)
    bench.calmly(["apply", "--yes"]).exits(0)
    return bench


def always(change):
    return [Rule("lambda:GetFunction", Altered(change), times=None)]


def refused(bench, change, args):
    """Runs where every answer of GetFunction is changed so, and nothing may be written."""
    run, proxy = bench.run(args, always(change))
    assert not proxy.writes, f"{list(map(str, proxy.writes))}\n{run}"
    return run.exits(1)


def allows(statement, action, resource):
    actions, resources = ([value] if isinstance(value, str) else value for value in (statement["Action"], statement["Resource"]))
    return action in actions and any(fnmatch.fnmatchcase(resource, pattern) for pattern in resources)


def test_an_environment_that_cannot_be_decrypted_is_not_empty(bench):
    # Also where the files ask for no variable at all, so that nothing would differ.
    for stack in (STACK, STACK.replace("    environment: { LEVEL: INFO }\n", "")):
        bench.project.stack(stack)
        for args in (["plan"], ["plan", "--detailed-exitcode"], ["apply", "--yes"]):
            refused(bench, environment, args).tells(
                "function/work (tiny-work): environment cannot be read: AccessDeniedException: Lambda was unable", "kms:Decrypt")
    bench.project.stack(STACK)
    # To delete it, nobody has to know what is in it.
    run, proxy = bench.run(["destroy", "--yes"], always(environment))
    assert "- function/work" in run.exits(0).out, run
    assert proxy.count("lambda:DeleteFunction", "tiny-work") == 1


def test_a_function_whose_tags_cannot_be_read_is_not_unmarked(bench):
    for args in (["plan"], ["plan", "--adopt"], ["apply", "--yes", "--adopt"], ["destroy", "--yes"]):
        refused(bench, tags, args).tells("lambda:ListTags on tiny-work: AccessDeniedException", "allow lambda:ListTags")
    # And so the printed policy allows it.
    for purpose in ("plan", "apply", "destroy"):
        policy = bench.calmly(["permissions", "--for", purpose, "--account", "111122223333"]).exits(0).json
        assert any(allows(one, "lambda:ListTags", "arn:aws:lambda:us-east-1:111122223333:function:tiny-work")
                   for one in policy["Statement"]), f"{purpose}: {policy}"
    bench.calmly(["destroy", "--yes"]).exits(0)


def test_an_answer_without_a_configuration_is_not_a_function_that_is_gone(bench):
    for args in (["plan"], ["apply", "--yes"], ["destroy", "--yes"]):
        refused(bench, configuration, args).tells("lambda:GetFunction on tiny-work: the answer is a document of another shape, without Configuration")
    bench.calmly(["destroy", "--yes"]).exits(0)
