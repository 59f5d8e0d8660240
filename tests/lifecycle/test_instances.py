"""Instances of one stack stand side by side in one account: in several suffixes and in several
regions. Each is planned, applied and destroyed alone. Marks of version 0.1 count as the default
instance's."""

import io
import zipfile

import pytest

from drift import ETL, PIPELINE
from harness import REGION, SUFFIX
from snapshot import assert_same

ELSEWHERE = "eu-west-1"
OWN = ("etlctl:instance", "etlctl:region")




def everywhere(aws):
    """What the account holds in both regions. Roles are in both answers; the versions of a layer,
    which instances may share by name, count one by one."""
    found = {}
    for region in (REGION, ELSEWHERE):
        for address, entry in aws.in_region(region).snapshot().items():
            parts = {f" {version['description']}": version for version in entry} if address.startswith("layer/") else {"": entry}
            found |= {f"{region} {address}{part}": of_part for part, of_part in parts.items()}
    return found


@pytest.mark.parametrize("stack", [ETL, PIPELINE])
def test_two_suffixes_in_two_regions_stand_side_by_side_and_go_alone(aws, etlctl, stack):
    places = [(suffix, region) for suffix in ("one", "two") for region in (REGION, ELSEWHERE)]
    states = []
    for suffix, region in places:
        before = everywhere(aws)
        etlctl.apply("--stack", stack, "--region", region, env={"ENVIRONMENT_SUFFIX": suffix})
        after = everywhere(aws)
        assert len(after) > len(before)
        assert_same(before, {address: after[address] for address in before})
        states.append(before)
    for suffix, region in places:
        etlctl("plan", "--env", "dev", "--stack", stack, "--region", region, "--detailed-exitcode",
               env={"ENVIRONMENT_SUFFIX": suffix})
    # In the order of their making, so that what is there last was there when the others went.
    standing = everywhere(aws)
    for suffix, region in places:
        etlctl("destroy", "--env", "dev", "--stack", stack, "--region", region, "--yes", env={"ENVIRONMENT_SUFFIX": suffix})
        after = everywhere(aws)
        gone = set(standing) - set(after)
        assert gone and all(suffix in address for address in gone), gone
        assert_same({address: standing[address] for address in after}, after)
        standing = after
    assert standing == {}


def test_a_plan_of_another_suffix_names_the_one_that_stands(aws, etlctl):
    etlctl.apply("--stack", ETL)
    before = aws.snapshot()
    plan = etlctl("plan", "--env", "dev", "--stack", ETL, env={"ENVIRONMENT_SUFFIX": "pr42"})
    assert f"Instance {SUFFIX} of this stack and environment stands too" in plan.out, plan
    assert "0 to delete" in plan.out, plan
    nothing = etlctl("destroy", "--env", "dev", "--stack", ETL, "--yes", env={"ENVIRONMENT_SUFFIX": "pr42"})
    assert "nothing is asked for" in nothing.out, nothing
    assert_same(before, aws.snapshot())


def test_another_region_is_named_and_what_runs_there_is_left_alone(aws, etlctl):
    etlctl.apply("--stack", ETL)
    before = everywhere(aws)
    there = etlctl("plan", "--env", "dev", "--stack", ETL, "--region", ELSEWHERE)
    assert f"Instance {SUFFIX} of this stack and environment stands in {REGION} too (3 resources seen)" in there.out, there
    planned = etlctl("plan", "--env", "dev", "--stack", ETL, "--region", ELSEWHERE, "--destroy", "--format", "json").json
    assert planned["stacks"][0]["changes"] == []
    etlctl("destroy", "--env", "dev", "--stack", ETL, "--region", ELSEWHERE, "--yes")
    assert_same(before, everywhere(aws))


def test_role_name_without_region_is_a_conflict_in_the_second_region(aws, etlctl, project):
    project.edit(ETL, lambda stack: stack.update(naming="${name}-${suffix}"))
    etlctl.apply("--stack", ETL)
    before = everywhere(aws)
    for verb in (("plan",), ("apply", "--yes"), ("apply", "--yes", "--adopt")):
        refused = etlctl(*verb, "--env", "dev", "--stack", ETL, "--region", ELSEWHERE, check=1)
        assert f"role/transform (transform-role-{SUFFIX}) is held by this stack in {REGION}" in refused.err, refused
        assert "${aws.region}" in refused.err, refused
    assert_same(before, everywhere(aws))


def strip_marks(aws, keys):
    """Leaves of each mark what version 0.1 wrote."""
    for name in (f["FunctionName"] for f in aws("lambda").list_functions()["Functions"]):
        aws("lambda").untag_resource(Resource=aws.arn("lambda", f"function:{name}"), TagKeys=list(keys))
    for url in aws("sqs").list_queues()["QueueUrls"]:
        aws("sqs").untag_queue(QueueUrl=url, TagKeys=list(keys))
    for group in aws("logs").describe_log_groups()["logGroups"]:
        arn = aws.arn("logs", f"log-group:{group['logGroupName']}")
        aws("logs").untag_resource(resourceArn=arn, tagKeys=list(keys))
    for alarm in aws("cloudwatch").describe_alarms()["MetricAlarms"]:
        aws("cloudwatch").untag_resource(ResourceARN=alarm["AlarmArn"], TagKeys=list(keys))
    for role in aws("iam").list_roles()["Roles"]:
        aws("iam").untag_role(RoleName=role["RoleName"], TagKeys=list(keys))


def test_marks_of_version_0_1_are_the_default_instances_and_are_completed(aws, etlctl):
    env = {"ENVIRONMENT_SUFFIX": ""}
    etlctl.apply("--stack", ETL, env=env)
    whole = aws.snapshot()
    strip_marks(aws, OWN)
    old = aws.snapshot()
    assert old != whole
    plan = etlctl("plan", "--env", "dev", "--stack", ETL, "--detailed-exitcode", env=env)
    assert "No changes." in plan.out and "Marks of version 0.1" in plan.out, plan
    # Another instance is not their owner, and neither plans nor deletes them.
    other = etlctl("plan", "--env", "dev", "--stack", ETL, env={"ENVIRONMENT_SUFFIX": "pr42"})
    assert "0 to delete" in other.out, other
    assert_same(old, aws.snapshot())
    done = etlctl.apply("--stack", ETL, env=env)
    assert "marked with their instance" in done.err, done
    assert_same(whole, aws.snapshot())
    again = etlctl("apply", "--env", "dev", "--stack", ETL, "--yes", env=env)
    assert "marked" not in again.err, again


def test_another_instance_takes_over_marks_of_version_0_1_on_demand(aws, etlctl):
    etlctl.apply("--stack", ETL)
    whole = aws.snapshot()
    strip_marks(aws, OWN)
    refused = etlctl("plan", "--env", "dev", "--stack", ETL, check=1)
    assert "is marked by version 0.1 as lambda-etl/dev" in refused.err and "--adopt" in refused.err, refused
    etlctl.apply("--stack", ETL, "--adopt")
    assert_same(whole, aws.snapshot())


def test_role_without_region_is_ours_where_it_is_named_and_no_orphan(aws, etlctl, project):
    etlctl.apply("--stack", ETL)
    name = f"transform-role-{SUFFIX}-{REGION}"
    aws("iam").untag_role(RoleName=name, TagKeys=["etlctl:region"])
    etlctl.assert_no_changes("--stack", ETL)
    project.edit(ETL, lambda stack: stack["functions"].pop("transform"))
    project.edit(ETL, lambda stack: stack["outputs"].pop("transformFunctionArn"))
    etlctl.apply("--stack", ETL)
    assert aws("iam").get_role(RoleName=name)
    assert not [f for f in aws("lambda").list_functions()["Functions"] if "transform" in f["FunctionName"]]


def publish(aws, layer, description):
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("nodejs/theirs.js", "module.exports = 'theirs'")
    return aws("lambda").publish_layer_version(
        LayerName=layer, Content={"ZipFile": archive.getvalue()}, Description=description)["Version"]


def layer_versions(aws, layer):
    return {version["Version"] for version in aws("lambda").list_layer_versions(LayerName=layer)["LayerVersions"]}


def test_copied_mark_on_other_bytes_is_neither_used_nor_deleted(aws, etlctl):
    etlctl.apply("--stack", ETL)
    layer = f"shared-deps-layer-{SUFFIX}"
    ours, = aws("lambda").list_layer_versions(LayerName=layer)["LayerVersions"]
    theirs = publish(aws, layer, ours["Description"])
    etlctl.assert_no_changes("--stack", ETL)
    etlctl.apply("--stack", ETL)
    used = aws("lambda").get_function_configuration(FunctionName=f"transform-{SUFFIX}")["Layers"][0]["Arn"]
    assert used == ours["LayerVersionArn"]
    etlctl("destroy", "--env", "dev", "--stack", ETL, "--yes")
    assert layer_versions(aws, layer) == {theirs}


def test_orphaned_layer_behind_a_newer_version_of_somebody_else_is_found(aws, etlctl, project):
    etlctl.apply("--stack", ETL)
    layer = f"shared-deps-layer-{SUFFIX}"
    theirs = publish(aws, layer, "by hand")

    def without_layer(stack):
        stack.pop("layers")
        stack["defaults"]["function"].pop("layers")
        stack["outputs"].pop("layerArn")

    project.edit(ETL, without_layer)
    found = etlctl.changes("--stack", ETL)
    assert found[f"layer/{layer}"].action == "delete"
    etlctl.apply("--stack", ETL)
    assert layer_versions(aws, layer) == {theirs}


def test_what_a_stranger_marked_is_told_by_its_name(aws, etlctl):
    etlctl.apply("--stack", ETL)
    aws("sqs").create_queue(QueueName="payments", tags={
        "etlctl:stack": ETL, "etlctl:env": "dev", "etlctl:instance": SUFFIX})
    plan = etlctl("plan", "--env", "dev", "--stack", ETL)
    assert "of no name that its file would give: queue/payments" in plan.out, plan
