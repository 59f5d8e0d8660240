"""What changed in the files is what the plan shows, and all that apply writes."""

import os

import pytest

from harness import REGION, SUFFIX
from snapshot import assert_same

STACK = "lambda-etl"


@pytest.fixture
def applied(etlctl):
    etlctl.apply("--stack", STACK)
    return etlctl


def shown(etlctl):
    return {c.address: (c.action, c.fields) for c in etlctl.changes("--stack", STACK).values()}


def writes(etlctl, proxy):
    etlctl.through(proxy).apply("--stack", STACK)
    etlctl.assert_no_changes("--stack", STACK)
    return [str(call) for call in proxy.writes]


def test_memory_is_one_field_and_one_write(applied, project, proxy):
    project.edit(STACK, lambda stack: stack["functions"]["transform"].update(memory=768))
    assert shown(applied) == {"function/transform": ("update", {"memory": (512, 768)})}
    assert writes(applied, proxy) == [f"lambda:UpdateFunctionConfiguration transform-{SUFFIX}"]


def test_threshold_is_one_field_and_one_write(applied, project, proxy):
    project.edit(STACK, lambda stack: stack["alarms"]["api-handler-errors"].update(threshold=7))
    assert shown(applied) == {"alarm/api-handler-errors": ("update", {"threshold": (5, 7)})}
    assert writes(applied, proxy) == ["cloudwatch:PutMetricAlarm"]


def test_a_default_reaches_the_functions_that_use_it(applied, project, proxy):
    project.edit(STACK, lambda stack: stack["defaults"]["function"]["environment"].update(LOG_LEVEL="DEBUG"))
    change = ("update", {"environment.LOG_LEVEL": ("INFO", "DEBUG")})
    names = ("api-handler", "batch-processor", "transform")
    assert shown(applied) == {f"function/{name}": change for name in names}
    assert sorted(writes(applied, proxy)) == [f"lambda:UpdateFunctionConfiguration {name}-{SUFFIX}" for name in names]


def test_code_is_sent_where_it_changed_and_nowhere_else(applied, project, proxy):
    project.write("handlers/transform/added.js", "module.exports = 1;\n")
    found = shown(applied)
    assert {address: (action, set(fields)) for address, (action, fields) in found.items()} == {
        "function/transform": ("update", {"code"})}
    sent = writes(applied, proxy)
    assert sent.count(f"lambda:UpdateFunctionCode transform-{SUFFIX}") == 1
    assert all(f"transform-{SUFFIX}" in operation for operation in sent), sent


def test_times_of_files_are_no_change_of_code(applied, project):
    for file in (project.dir / "handlers").rglob("*"):
        os.utime(file, (1_000_000_000, 1_000_000_000))
    applied.assert_no_changes("--stack", STACK)


def test_what_is_ignored_is_no_change_of_code(applied, project):
    project.write("handlers/transform/.etlctlignore", "notes/\n")
    applied.apply("--stack", STACK)
    project.write("handlers/transform/notes/today.md", "not code\n")
    applied.assert_no_changes("--stack", STACK)


def test_removed_function_goes_with_its_role_log_group_and_alarm(applied, project, aws):
    before = aws.snapshot()

    def remove(stack):
        del stack["functions"]["api-handler"]
        del stack["alarms"]["api-handler-errors"]
        del stack["outputs"]["apiHandlerFunctionArn"]

    project.edit(STACK, remove)
    gone = {
        ("function", f"api-handler-{SUFFIX}"), ("role", f"api-handler-role-{SUFFIX}-{REGION}"),
        ("log_group", f"/aws/lambda/api-handler-{SUFFIX}"), ("alarm", f"api-handler-errors-{SUFFIX}"),
    }
    found = applied.changes("--stack", STACK).values()
    assert {(c.kind, c.name, c.action) for c in found} == {(kind, name, "delete") for kind, name in gone}
    applied.apply("--stack", STACK)
    for kind, name in gone:
        del before[f"{kind}/{name}"]
    assert_same(before, aws.snapshot())


def versions(aws):
    listed = aws("lambda").list_layer_versions(LayerName=f"shared-deps-layer-{SUFFIX}")["LayerVersions"]
    return sorted(version["Version"] for version in listed)


@pytest.mark.parametrize("keep, left", [(1, [3]), (2, [2, 3])])
def test_layer_content_makes_a_version_and_old_ones_are_pruned(etlctl, project, aws, keep, left):
    source = "handlers/layers/plain/nodejs/greeting.js"
    project.write(source, "module.exports = 'one';\n")
    project.edit(STACK, lambda stack: stack["layers"]["shared"].update(
        source="../handlers/layers/plain", keep_versions=keep))
    etlctl.apply("--stack", STACK)
    assert versions(aws) == [1]

    for number, word in ((2, "two"), (3, "three")):
        project.write(source, f"module.exports = '{word}';\n")
        found = etlctl.changes("--stack", STACK)
        assert set(found) == {"layer/shared", "function/api-handler", "function/batch-processor", "function/transform"}
        assert all(set(c.fields) == {"layers"} for c in found.values() if c.kind == "function")
        etlctl.apply("--stack", STACK)
        arn = aws.arn("lambda", f"layer:shared-deps-layer-{SUFFIX}:{number}")
        for name in ("api-handler", "batch-processor", "transform"):
            configuration = aws("lambda").get_function_configuration(FunctionName=f"{name}-{SUFFIX}")
            assert [layer["Arn"] for layer in configuration["Layers"]] == [arn]
        etlctl.assert_no_changes("--stack", STACK)
    assert versions(aws) == left


def test_layer_version_deleted_by_hand_comes_back(applied, aws):
    aws("lambda").delete_layer_version(LayerName=f"shared-deps-layer-{SUFFIX}", VersionNumber=1)
    assert "layer/shared" in applied.changes("--stack", STACK)
    applied.apply("--stack", STACK)
    assert versions(aws) == [2]
    applied.assert_no_changes("--stack", STACK)


def test_plan_made_before_the_world_moved_is_refused(applied, project, aws):
    project.edit(STACK, lambda stack: stack["functions"]["transform"].update(memory=768))
    applied("plan", "--env", "dev", "--stack", STACK, "--out", "plan.json")
    aws("lambda").update_function_configuration(FunctionName=f"transform-{SUFFIX}", MemorySize=300)
    before = aws.snapshot()
    refused = applied("apply", "plan.json", "--yes", check=5)
    assert "function/transform" in refused.err + refused.out, refused
    assert_same(before, aws.snapshot())
