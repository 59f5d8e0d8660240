"""What the account, as it is, would refuse is told before anything is written."""

import io
import json
import zipfile

from bench import Bench
from faults import Refused, Rule
from harness import LAMBDA_TRUST, SUFFIX
from stacks import APPLY, DESTROY, HEAD, PLAN


def zipped():
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as files:
        files.writestr("nodejs/shared.js", "exports.shared = true;\n")
    return archive.getvalue()


STACK = "lambda-etl"


def test_a_reservation_below_the_unreserved_minimum(aws, etlctl, project, proxy):
    limit = aws("lambda").get_account_settings()["AccountLimit"]
    minimum = min(100, limit["ConcurrentExecutions"])
    most = limit["UnreservedConcurrentExecutions"] - minimum

    def reserve(number):
        # batch-processor reserves 5 more.
        project.edit(STACK, lambda stack: stack["functions"]["api-handler"].update(reserved_concurrency=number - 5))

    reserve(most + 1)
    through = etlctl.through(proxy)
    refused = through("apply", "--env", "dev", "--stack", STACK, "--yes", check=3)
    assert "E801" in refused.err and "reserved_concurrency" in refused.err
    assert f"reserve at most {most} more" in refused.err
    assert not proxy.writes
    reserve(most)
    through("plan", "--env", "dev", "--stack", STACK)
    etlctl.apply("--stack", STACK)
    assert aws("lambda").get_function(FunctionName=f"api-handler-{SUFFIX}")["Concurrency"]["ReservedConcurrentExecutions"] == most - 5
    # What is reserved already is not asked for again.
    etlctl.assert_no_changes("--stack", STACK)


def test_stacks_of_one_account_share_its_concurrency(aws, etlctl, project):
    limit = aws("lambda").get_account_settings()["AccountLimit"]
    most = limit["UnreservedConcurrentExecutions"] - min(100, limit["ConcurrentExecutions"])
    # The pipeline reserves 50: either stack alone fits, the two together do not.
    project.edit(STACK, lambda stack: stack["functions"]["api-handler"].update(reserved_concurrency=most - 30))
    etlctl("plan", "--env", "dev", "--stack", STACK)
    etlctl("plan", "--env", "dev", "--stack", "lambda-etl-optimization")
    refused = etlctl("plan", "--env", "dev", check=3)
    assert "E801" in refused.err and "lambda-etl-optimization.yaml" in refused.err


def test_a_blocked_runtime_refuses_new_functions_and_lets_old_ones_be(etlctl):
    # nodejs18.x: no new functions from 2027-02-01 on, no updates from 2027-03-03 on.
    between, after = ("--as-of", "2027-02-15"), ("--as-of", "2027-03-03")
    new = etlctl("plan", "--stack", STACK, *between, check=3)
    assert "E102" in new.err and "2027-02-01" in new.err
    etlctl.apply("--stack", STACK)
    etlctl("plan", "--stack", STACK, "--detailed-exitcode", *between)
    # No live state tells `validate` what is new.
    assert "warning[E102]" in etlctl("validate", "--stack", STACK, *between).err
    assert "error[E102]" in etlctl("validate", "--stack", STACK, *after, check=3).err
    assert "E102" in etlctl("plan", "--stack", STACK, *after, check=3).err


FOREIGN = HEAD + """\
functions:
  work:
    source: ../handlers/work
    runtime: nodejs22.x
    handler: index.handler
    role: "arn:aws:iam::${aws.account}:role/of-others"
    layers: ["arn:aws:lambda:us-east-1:${aws.account}:layer:of-others:1"]
"""


def test_a_role_and_a_layer_of_others_have_to_be_there(tmp_path):
    bench = Bench(tmp_path, FOREIGN)
    run, proxy = bench.run(APPLY)
    run.exits(3).tells("E804", "there is no role", "there is no layer ")
    assert not proxy.writes, run
    bench.aws("iam").create_role(RoleName="of-others", AssumeRolePolicyDocument=json.dumps(LAMBDA_TRUST))
    bench.aws("lambda").publish_layer_version(LayerName="of-others", Content={"ZipFile": zipped()})
    bench.calmly(APPLY).exits(0)
    # What may not be read is not said to be missing.
    bench.calmly(DESTROY).exits(0)
    denied = Refused(403, "AccessDenied", "User is not authorized")
    run, _ = bench.run(PLAN, [Rule("iam:GetRole", denied), Rule("lambda:GetLayerVersion", denied)])
    run.exits(0)
