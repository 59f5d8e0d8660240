"""What Lambda says of its own work: a function, its last update or a version that has failed is a difference
with AWS's reason, the next apply mends it in one run, and the alias leaves no good version for a failed one."""

import time

import pytest

from aws_like import ALL, AwsLike
from bench import Bench
from faults import Altered, Faulty, Refused, Rule
from harness import LOCAL

HEAD = """\
stack: tiny
region: us-east-1
environments: { dev: {} }
naming: "tiny-${name}"
functions:
"""
PLAIN = HEAD + "  work: { source: ../handlers/work, runtime: nodejs22.x, handler: index.handler }\n"
FROZEN = HEAD + """\
  work: { source: ../handlers/python, runtime: python3.13, handler: index.handler, snap_start: true, alias: live }
outputs: { version: "${functions.work.version}" }
"""
# What is shown here hides that an update is in progress: nothing is refused for it.
IDLE = AwsLike(LOCAL, ALL - {"function-is-busy"}).start()
PLAN, APPLY = ["plan", "--detailed-exitcode"], ["apply", "--yes"]
NO_START = "Runtime.ImportModuleError: Unable to import module 'index'"


STATE = dict(State="Failed", StateReasonCode="InvalidSubnet", StateReason="The subnet subnet-1 is not there")
UPDATE = dict(LastUpdateStatus="Failed", LastUpdateStatusReasonCode="DisabledKMSKey", LastUpdateStatusReason="The key is off")
SNAPSHOT = dict(State="Failed", StateReasonCode="FunctionError", StateReason=NO_START)


@pytest.fixture
def bench(tmp_path):
    return lambda stack: python(Bench(tmp_path, stack), "first")


def python(bench, word):
    bench.project.write("handlers/python/index.py", f"def handler(event, context):\n    return '{word}'\n")
    return bench


def shows(members, about="", until=None, times=None):
    """A proxy where GetFunction shows this, until this write has come; `about` is in the call's address."""
    def change(answer):
        if not (until and proxy.count(*until)):
            answer["Configuration"].update(members)

    proxy = Faulty(IDLE.url, [Rule("lambda:GetFunction", Altered(change), about=about, times=times)])
    return proxy


def alias(bench):
    return bench.aws("lambda").get_alias(FunctionName="tiny-work", Name="live")["FunctionVersion"]


def versions(bench):
    listed = bench.aws("lambda").list_versions_by_function(FunctionName="tiny-work")["Versions"]
    return [one["Version"] for one in listed if one["Version"] != "$LATEST"]


FAILURES = {
    "the function": (STATE, "InvalidSubnet: The subnet subnet-1 is not there"),
    "its last update": (UPDATE, "DisabledKMSKey: The key is off"),
}


@pytest.mark.parametrize("what", FAILURES)
def test_a_function_that_has_failed_is_a_difference_and_is_sent_again(bench, what):
    members, reason = FAILURES[what]
    bench = bench(PLAIN)
    bench.calmly(APPLY).exits(0)
    run, proxy = bench.run(PLAN, through=shows(members))
    assert reason in run.exits(2).out and not proxy.writes, run
    run, proxy = bench.run(APPLY, through=shows(members, until=("lambda:UpdateFunctionCode",)))
    run.exits(0)
    sent = [call.operation for call in proxy.writes if call.operation.startswith("UpdateFunction")]
    assert sent == ["UpdateFunctionConfiguration", "UpdateFunctionCode"], f"both, once each\n{run}"
    bench.assert_converged()


@pytest.mark.parametrize("what", FAILURES)
def test_a_function_that_fails_again_is_told_with_the_reason(bench, what):
    members, reason = FAILURES[what]
    bench = bench(PLAIN)
    bench.calmly(APPLY).exits(0)
    run, _ = bench.run(APPLY, through=shows(members))
    run.exits(6).tells(f"failed: function/work: lambda:GetFunction on tiny-work: the function failed: {reason}", "made anew")
    run, _ = bench.run(APPLY, through=shows(members, until=("lambda:UpdateFunctionCode",)))
    run.exits(0)
    bench.assert_converged()


def test_a_new_function_that_fails_is_told_and_mended_by_the_next_apply(bench):
    bench = bench(PLAIN)
    run, proxy = bench.run(APPLY, through=shows(STATE))
    run.exits(6).tells("the function failed: InvalidSubnet: The subnet subnet-1 is not there", "To go on: etlctl apply")
    assert proxy.count("lambda:CreateFunction") == 1, run
    run, proxy = bench.run(APPLY, through=shows(STATE, until=("lambda:UpdateFunctionCode",)))
    run.exits(0)
    assert proxy.count("lambda:CreateFunction") == 0, run
    bench.assert_converged()


# What is the normal course is told after two seconds, in which it is looked twenty times.
def test_what_lambda_works_on_is_waited_for_and_told(bench):
    bench = bench(PLAIN)
    pending = {"State": "Pending", "StateReasonCode": "Creating", "StateReason": "The function is being created."}
    run, _ = bench.run(APPLY, through=shows(pending, times=26))
    run.exits(0).tells("function/work is being created: Lambda finishes the update")
    bench.project.stack(PLAIN.replace("index.handler }", "index.handler, memory: 256 }"))
    busy = {"LastUpdateStatus": "InProgress"}
    # The first is the plan's read.
    run, _ = bench.run(APPLY, through=shows(busy, times=27))
    run.exits(0).tells("function/work is being updated: Lambda finishes the update")
    bench.assert_converged()


def test_a_function_that_lambda_has_put_to_sleep_is_as_good_as_any(bench):
    bench = bench(PLAIN)
    bench.calmly(APPLY).exits(0)
    run, _ = bench.run(PLAN, through=shows({"State": "Inactive", "StateReasonCode": "Idle", "StateReason": "It is idle"}))
    run.exits(0)


def published_and_failed(bench, *rules):
    """A second version, of which Lambda can take no snapshot."""
    bench.calmly(APPLY).exits(0)
    assert alias(bench) == "1"
    python(bench, "second")
    proxy = shows(SNAPSHOT, about="Qualifier=2")
    proxy.rules += rules
    return bench.run(APPLY, through=proxy)


def test_a_version_that_fails_is_told_and_deleted_and_the_alias_stays(bench):
    bench = bench(FROZEN)
    run, proxy = published_and_failed(bench)
    run.exits(6).tells(f"version 2 failed: FunctionError: {NO_START}; it was deleted, and no alias points to it")
    assert proxy.count("lambda:UpdateAlias") == 0 and alias(bench) == "1" and versions(bench) == ["1"], run
    # The next one starts.
    python(bench, "third")
    run = bench.calmly(APPLY).exits(0)
    assert alias(bench) == versions(bench)[-1] != "1", run
    bench.assert_converged()


def left_behind(bench):
    """The failed version is there, since nobody was allowed to delete it."""
    run, _ = published_and_failed(bench, Rule(
        "lambda:DeleteFunction", Refused(403, "AccessDeniedException", "User is not authorized"), about="Qualifier=2"))
    run.exits(6).tells("version 2 failed: ", "it could not be deleted", "AccessDeniedException")
    assert alias(bench) == "1" and versions(bench) == ["1", "2"], run


def test_a_failed_version_that_is_left_behind_is_a_difference_and_goes(bench):
    bench = bench(FROZEN)
    left_behind(bench)
    run, proxy = bench.run(PLAN, through=shows(SNAPSHOT, about="Qualifier=2"))
    assert f"FunctionError: {NO_START}" in run.exits(2).out and not proxy.writes, run
    run, proxy = bench.run(APPLY, through=shows(SNAPSHOT, about="Qualifier=2", until=("lambda:DeleteFunction", "Qualifier=2")))
    run.exits(0)
    sent = [call.operation for call in proxy.writes]
    assert sent.index("DeleteFunction") < sent.index("PublishVersion") < sent.index("UpdateAlias"), f"{sent}\n{run}"
    assert alias(bench) == versions(bench)[-1] != "1", run
    bench.assert_converged()


def test_a_failed_version_goes_also_where_the_code_is_put_back(bench):
    bench = bench(FROZEN)
    left_behind(bench)
    python(bench, "first")
    run, proxy = bench.run(APPLY, through=shows(SNAPSHOT, about="Qualifier=2", until=("lambda:DeleteFunction", "Qualifier=2")))
    run.exits(0)
    assert proxy.count("lambda:PublishVersion") == 0 and alias(bench) == "1" and versions(bench) == ["1"], run
    bench.assert_converged()


CONFLICT = Refused(409, "ResourceConflictException", "The function version is in a state of Failed: FunctionError")


def test_an_alias_that_cannot_point_to_a_version_is_not_waited_for(bench):
    bench = bench(FROZEN)
    for operation, word in (("lambda:CreateAlias", "first"), ("lambda:UpdateAlias", "second")):
        python(bench, word)
        start = time.monotonic()
        run, proxy = bench.run(APPLY, [Rule(operation, CONFLICT)])
        run.exits(6).tells(f"{operation} on tiny-work: ResourceConflictException: The function version is in a state of Failed")
        assert proxy.count(operation) == 1 and time.monotonic() - start < 15, run
        bench.calmly(APPLY).exits(0)
    bench.assert_converged()


class WhileAliased:
    """Lambda deletes no version that an alias points to."""

    def meet(self, proxy, call, ask):
        if not proxy.count("lambda:UpdateAlias"):
            return Refused(409, "ResourceConflictException", "The version is used by these aliases: [live]").meet(proxy, call, ask)
        return ask()


def test_an_alias_that_points_to_a_failed_version_is_led_away_first(bench):
    bench = bench(FROZEN)
    bench.calmly(APPLY).exits(0)
    proxy = shows(SNAPSHOT, about="Qualifier=1", until=("lambda:DeleteFunction", "Qualifier=1"))
    proxy.rules.append(Rule("lambda:DeleteFunction", WhileAliased(), about="Qualifier=1"))
    run, proxy = bench.run(APPLY, through=proxy)
    run.exits(0)
    sent = [call.operation for call in proxy.writes]
    assert sent == ["UpdateAlias", "DeleteFunction", "PublishVersion", "UpdateAlias"], f"{sent}\n{run}"
    assert alias(bench) == versions(bench)[-1] != "1", run
    bench.assert_converged()
