"""Customer-managed policies that are parts of a role."""

import json

import pytest

from bench import Bench
from faults import Refused, Rule
from stacks import APPLY, DESTROY, HEAD

PLAN = ["plan", "--detailed-exitcode"]
ROLE = HEAD + """\
roles:
  worker:
    own_policies:
"""
NAME = "tiny-worker@read"


def stack(*keys, action="s3:GetObject"):
    statement = f'[{{ actions: ["{action}"], resources: ["arn:aws:s3:::in/*"] }}]'
    return ROLE + "".join(f"      {key}: {statement}\n" for key in keys) if keys else HEAD + "roles: { worker: {} }\n"


def arn(bench, name=NAME):
    return f"arn:aws:iam::{bench.account}:policy/etlctl/tiny/dev/{name}"


def iam(bench):
    return bench.aws("iam", bench.etlctl.endpoint)


def policies(bench):
    return sorted(policy["PolicyName"] for policy in iam(bench).list_policies(Scope="Local")["Policies"])


def action(bench):
    policy = iam(bench).get_policy(PolicyArn=arn(bench))["Policy"]
    version = iam(bench).get_policy_version(PolicyArn=policy["Arn"], VersionId=policy["DefaultVersionId"])
    document = version["PolicyVersion"]["Document"]
    document = json.loads(document) if isinstance(document, str) else document
    return document["Statement"][0]["Action"]


def called(proxy):
    return [call.operation for call in proxy.writes]


def test_a_policy_is_made_marked_attached_changed_and_taken_away(tmp_path):
    bench = Bench(tmp_path, stack("read", "write"))
    bench.calmly(APPLY).exits(0)
    bench.assert_converged()
    policy = iam(bench).get_policy(PolicyArn=arn(bench))["Policy"]
    assert {tag["Key"]: tag["Value"] for tag in policy["Tags"]} == {
        "etlctl:stack": "tiny", "etlctl:env": "dev", "etlctl:instance": "dev", "etlctl:region": "us-east-1"}
    assert policy["AttachmentCount"] == 1
    for version, verb in enumerate(("List", "Put", "Delete", "Copy", "Move", "Get"), 2):
        bench.project.stack(stack("read", "write", action=f"s3:{verb}It"))
        run, proxy = bench.run(APPLY)
        run.exits(0)
        versions = [each["VersionId"] for each in iam(bench).list_policy_versions(PolicyArn=arn(bench))["Versions"]]
        assert action(bench) in (f"s3:{verb}It", [f"s3:{verb}It"])
        assert sorted(versions) == [f"v{number}" for number in range(max(1, version - 4), version + 1)]
        assert called(proxy).count("CreatePolicyVersion") == 2, run
        bench.assert_converged()
    bench.project.stack(stack("read", action="s3:GetIt"))
    bench.calmly(APPLY).exits(0)
    assert policies(bench) == [NAME]
    bench.assert_converged()
    bench.project.stack(stack())
    bench.calmly(APPLY).exits(0)
    assert policies(bench) == []
    bench.assert_converged()


def test_drift_of_a_document_and_of_an_attachment_is_seen_and_put_back(tmp_path):
    bench = Bench(tmp_path, stack("read"))
    bench.calmly(APPLY).exits(0)
    other = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    iam(bench).create_policy_version(PolicyArn=arn(bench), PolicyDocument=json.dumps(other), SetAsDefault=True)
    assert "own_policies.read" in bench.calmly(PLAN).exits(2).out
    bench.calmly(APPLY).exits(0)
    assert action(bench) in ("s3:GetObject", ["s3:GetObject"])
    bench.assert_converged()
    iam(bench).detach_role_policy(RoleName="tiny-worker", PolicyArn=arn(bench))
    assert "own_policies.read" in bench.calmly(PLAN).exits(2).out
    run, proxy = bench.run(APPLY)
    run.exits(0)
    assert called(proxy) == ["CreatePolicy", "AttachRolePolicy"], run
    bench.assert_converged()


@pytest.mark.parametrize("operation", ["iam:CreatePolicy", "iam:AttachRolePolicy", "iam:CreatePolicyVersion"])
def test_what_a_failed_apply_left_is_used(tmp_path, operation):
    bench = Bench(tmp_path, stack("read"))
    if operation == "iam:CreatePolicyVersion":
        bench.calmly(APPLY).exits(0)
        bench.project.stack(stack("read", action="s3:PutObject"))
    run, _ = bench.run(APPLY, [Rule(operation, Refused(403, "AccessDenied", "no"))])
    assert run.code != 0, run
    bench.project.stack(stack("read", action="s3:ListIt"))
    bench.calmly(APPLY).exits(0)
    assert action(bench) in ("s3:ListIt", ["s3:ListIt"])
    assert policies(bench) == [NAME]
    bench.assert_converged()


def test_a_policy_that_another_role_has_too_stays_and_is_told(tmp_path):
    bench = Bench(tmp_path, stack("read"))
    bench.calmly(APPLY).exits(0)
    trust = {"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}]}
    iam(bench).create_role(RoleName="other", AssumeRolePolicyDocument=json.dumps(trust))
    iam(bench).attach_role_policy(RoleName="other", PolicyArn=arn(bench))
    bench.assert_converged()
    bench.project.stack(stack())
    run = bench.calmly(["plan"]).exits(0)
    assert "tiny-worker@read has 1 other uses" in run.out, run
    bench.calmly(APPLY).exits(0)
    bench.assert_converged()
    assert policies(bench) == [NAME]
    attached = iam(bench).list_attached_role_policies(RoleName="other")["AttachedPolicies"]
    assert [policy["PolicyArn"] for policy in attached] == [arn(bench)]


def test_what_another_role_has_too_outlives_the_role_and_a_plan_says_so(tmp_path):
    bench = Bench(tmp_path, stack("read", "write"))
    bench.calmly(APPLY).exits(0)
    trust = {"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}]}
    iam(bench).create_role(RoleName="other", AssumeRolePolicyDocument=json.dumps(trust))
    iam(bench).attach_role_policy(RoleName="other", PolicyArn=arn(bench))
    run = bench.calmly(["plan", "--destroy"])
    assert "its policy tiny-worker@read stays, with 1 other use" in run.out, run
    run, proxy = bench.run(DESTROY)
    run.exits(0)
    assert called(proxy).count("DeletePolicy") == 1, run
    assert policies(bench) == [NAME]
    attached = iam(bench).list_attached_role_policies(RoleName="other")["AttachedPolicies"]
    assert [policy["PolicyArn"] for policy in attached] == [arn(bench)]
    # A role of the name takes it up again.
    bench.calmly(APPLY).exits(0)
    bench.assert_converged()
    iam(bench).detach_role_policy(RoleName="other", PolicyArn=arn(bench))
    bench.calmly(DESTROY).exits(0)
    assert policies(bench) == []


def test_a_strangers_policy_of_the_name_is_left_alone(tmp_path):
    bench = Bench(tmp_path, stack("read"))
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetIt", "Resource": "*"}]}
    iam(bench).create_policy(PolicyName=NAME, Path="/etlctl/tiny/dev/", PolicyDocument=json.dumps(document))
    run = bench.calmly(APPLY)
    assert run.code != 0 and "is not this stack's" in run.err and "give it the tags etlctl:" in run.err, run
    assert "mend what AWS names" in run.err and "was not understood" not in run.err, run
    assert action(bench) == "s3:GetIt"


def test_a_destroy_leaves_nothing_and_a_release_takes_the_mark_off(tmp_path):
    bench = Bench(tmp_path, stack("read", "write"))
    bench.calmly(APPLY).exits(0)
    bench.calmly(DESTROY).exits(0)
    assert policies(bench) == [] and not iam(bench).list_roles(PathPrefix="/etlctl/")["Roles"]
    bench.project.stack(stack("read").replace("    own_policies", "    on_remove: retain\n    own_policies"))
    bench.calmly(APPLY).exits(0)
    bench.calmly(DESTROY).exits(0)
    assert not iam(bench).get_policy(PolicyArn=arn(bench))["Policy"].get("Tags")
    bench.calmly([*APPLY, "--adopt"]).exits(0)
    bench.assert_converged()
    assert iam(bench).get_policy(PolicyArn=arn(bench))["Policy"]["Tags"]


@pytest.mark.parametrize("then", ["gone", "wanted", "destroyed"])
def test_a_policy_that_a_failed_apply_took_off_is_found_again(tmp_path, then):
    bench = Bench(tmp_path, stack("read"))
    bench.calmly(APPLY).exits(0)
    bench.project.stack(stack())
    run, _ = bench.run(APPLY, [Rule("iam:DeletePolicy", Refused(403, "AccessDenied", "no"))])
    assert run.code != 0 and policies(bench) == [NAME], run
    assert not iam(bench).list_attached_role_policies(RoleName="tiny-worker")["AttachedPolicies"]
    if then == "wanted":
        bench.project.stack(stack("read"))
    bench.calmly(DESTROY if then == "destroyed" else APPLY).exits(0)
    assert policies(bench) == ([NAME] if then == "wanted" else [])
    if then != "destroyed":
        bench.assert_converged()
        tags = iam(bench).list_role_tags(RoleName="tiny-worker")["Tags"]
        assert "etlctl:leaving" not in {tag["Key"] for tag in tags}
