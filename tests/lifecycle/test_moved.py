"""A key that changes in the file, or a resource that comes from another stack, is not made anew: names stay,
and where it comes from elsewhere marks are rewritten."""

import pytest

from bench import Bench
from snapshot import assert_same
from stacks import APPLY, HEAD

PLAN = ["plan", "--detailed-exitcode"]
JSON = ["plan", "--format", "json"]
NAMING = HEAD.replace('naming: "tiny-${name}"', 'naming: { default: "tiny-${name}", roles: "tiny-${name}-${aws.region}" }')
FUNCTION = """\
functions:
  KEY:
    source: ../handlers/work
    runtime: nodejs22.x
    handler: index.handler
    log_retention: 7d
    dead_letter_queue: QUEUE
    triggers: [{ schedule: rate(1 day) }]
    role: { policies: { dlq: [{ actions: [sqs:SendMessage], resources: ["${queues.QUEUE.arn}"] }] } }
queues: { QUEUE: {} }
alarms:
  errors: { function: KEY, metric: Errors, statistic: Sum, period: 5m, comparison: GreaterThanThreshold, threshold: 1, alarm_actions: [] }
"""
MOVED = "moved: [{ from: function/loader, to: function/importer }, { from: queue/failed, to: queue/dead }]\n"


def stack(key, queue, moved="", head=NAMING):
    return head + FUNCTION.replace("KEY", key).replace("QUEUE", queue) + moved


def changes(run):
    return {change["address"]: (change["action"], change["name"]) for change in run.json["stacks"][0]["changes"]}


def names(bench):
    return ({one["FunctionName"] for one in bench.aws("lambda").list_functions()["Functions"]},
            {url.rsplit("/", 1)[1] for url in bench.aws("sqs").list_queues().get("QueueUrls", [])},
            {one["RoleName"] for one in bench.aws("iam").list_roles()["Roles"]})


def test_another_key_keeps_the_names_of_all_that_comes_along(tmp_path):
    bench = Bench(tmp_path, stack("loader", "failed"))
    bench.calmly(APPLY).exits(0)
    before = bench.aws.snapshot()
    renamed = stack("importer", "dead")
    bench.project.stack(renamed)
    anew = changes(bench.calmly(JSON).exits(0))
    assert {action for action, _ in anew.values()} >= {"create", "delete"}, "without `moved` all is made anew"
    told = " ".join(bench.calmly(["plan"]).exits(0).out.split())
    for entry in MOVED.removeprefix("moved: [").removesuffix("]\n").split(", { "):
        assert f"`moved: [{{ {entry.removeprefix('{ ')}]`" in told, told
    assert told.count("say so with `moved:") == 2 and "Nothing of this stack would be kept" not in told, told
    bench.project.stack(renamed + MOVED)
    plan = bench.calmly(PLAN).exits(0)
    assert "say so with" not in plan.out, plan
    assert "function/importer was function/loader and keeps the name tiny-loader" in plan.out, plan
    assert "queue/dead was queue/failed and keeps the name tiny-failed" in plan.out, plan
    bench.calmly(APPLY).exits(0)
    assert_same(before, bench.aws.snapshot())
    # It stays harmless, and the names are known to all verbs.
    bench.project.stack(renamed.replace("log_retention: 7d", "log_retention: 14d\n    memory: 256") + MOVED)
    assert set(changes(bench.calmly(JSON).exits(0))) == {"function/importer", "log_group/importer"}
    bench.calmly(APPLY).exits(0)
    bench.calmly(PLAN).exits(0)
    assert "tiny-loader" in bench.calmly(["permissions", "--account", bench.account]).exits(0).out
    bench.calmly(["destroy", "--yes"]).exits(0)
    assert bench.aws.snapshot() == {}


def test_a_stack_that_is_made_anew_has_the_names_of_its_file(tmp_path):
    bench = Bench(tmp_path, stack("importer", "dead", MOVED))
    bench.calmly(APPLY).exits(0)
    functions, queues, roles = names(bench)
    assert functions == {"tiny-importer"} and queues == {"tiny-dead"}
    assert not [role for role in roles if "loader" in role]
    plan = bench.calmly(PLAN).exits(0)
    assert "keeps the name" not in plan.out, plan


def test_what_stands_under_both_names_is_refused(tmp_path):
    bench = Bench(tmp_path, HEAD + "queues: { failed: {}, dead: {} }\n")
    bench.calmly(APPLY).exits(0)
    before = bench.aws.snapshot()
    bench.project.stack(HEAD + "queues: { dead: {} }\nmoved: [{ from: queue/failed, to: queue/dead }]\n")
    for args in (PLAN, APPLY):
        bench.calmly(args).exits(3).tells("E805", "tiny-failed", "tiny-dead")
    assert_same(before, bench.aws.snapshot())


def test_what_is_somebody_elses_is_no_former_name(tmp_path):
    bench = Bench(tmp_path, HEAD + "queues: { dead: {} }\nmoved: [{ from: queue/failed, to: queue/dead }]\n")
    marks = {"etlctl:stack": "theirs", "etlctl:env": "dev", "etlctl:instance": "dev"}
    url = bench.aws("sqs").create_queue(QueueName="tiny-failed", tags=marks)["QueueUrl"]
    assert changes(bench.calmly(JSON).exits(0)) == {"queue/dead": ("create", "tiny-dead")}
    # Whose it is without a mark nobody knows: it may be the one that lost it.
    bench.aws("sqs").untag_queue(QueueUrl=url, TagKeys=list(marks))
    bench.calmly(["plan"]).exits(1).tells("queue/dead (tiny-failed) carries no mark")


OTHER = HEAD.replace("stack: tiny", "stack: jobs").replace("tiny-", "jobs-")
COMES = """\
moved:
  - { from: { stack: jobs, address: function/loader }, to: function/importer }
  - { from: { stack: jobs, address: queue/failed }, to: queue/dead }
"""


@pytest.mark.parametrize("is_here", [True, False], ids=["with its file", "without its file"])
def test_from_another_stack_marks_are_rewritten_and_nothing_is_made_anew(tmp_path, is_here):
    # Without its file the names of the other stack are those that this file would give were it called so.
    named = ("tiny-${name}", "jobs-${name}") if is_here else ("${stack}-${name}", "${stack}-${name}")
    head = HEAD.replace("tiny-${name}", named[0])
    other = HEAD.replace("stack: tiny", "stack: jobs").replace("tiny-${name}", named[1])
    bench = Bench(tmp_path, stack("loader", "failed", head=other))
    bench.calmly(APPLY).exits(0)
    functions, queues, roles = names(bench)
    if is_here:
        bench.project.write("desired-state/jobs.yaml", other + "topics: { left: {} }\n")
    bench.project.stack(stack("importer", "dead", COMES, head))
    mine = ["--stack", "tiny"]
    plan = bench.calmly([*JSON, *mine]).exits(0)
    planned = {address: action for address, (action, _) in changes(plan).items()}
    assert planned["function/importer"] == planned["queue/dead"] == planned["role/importer"] == planned["log_group/importer"] == "adopt"
    # A schedule has the marks of its group, and a group is its stack's: that part is made anew.
    assert all(planned[address] == "create" for address in planned if address.startswith("schedule"))
    # What reads and sends, too: names of before stand until the apply, and a role keeps the path that it was made under.
    for purpose in ("apply", "advise", "redrive"):
        policy = bench.calmly(["permissions", "--account", bench.account, "--for", purpose, *mine]).exits(0).out
        assert all(f"function:{name}" in policy for name in functions), (purpose, policy)
    (role,) = [one for one in bench.aws("iam").list_roles()["Roles"] if one["RoleName"] in roles and "loader-role" in one["RoleName"]]
    policy = bench.calmly(["permissions", "--account", bench.account, "--for", "apply", *mine]).exits(0).out
    assert "/etlctl/jobs/" in role["Path"] and role["Arn"] in policy, (role, policy)
    bench.calmly([*APPLY, *mine]).exits(0)
    kept, kept_queues, kept_roles = names(bench)
    assert (kept, kept_queues) == (functions, queues) and roles <= kept_roles
    (function,) = bench.aws("lambda").list_functions()["Functions"]
    tags = bench.aws("lambda").list_tags(Resource=function["FunctionArn"])["Tags"]
    assert tags["etlctl:stack"] == "tiny"
    bench.calmly([*PLAN, *mine]).exits(0)
    if is_here:
        # The other stack takes away what it has left, and nothing of what has gone.
        left = {address: action for address, (action, _) in changes(bench.calmly([*JSON, "--stack", "jobs"]).exits(0)).items()}
        gone = {address.split("/")[0] for address, action in left.items() if action == "delete"}
        assert not gone & {"function", "queue", "log_group"}, left


@pytest.mark.parametrize("order", [("aa", "bb"), ("bb", "aa")], ids=["gives first", "takes first"])
def test_what_another_file_takes_over_is_not_deleted_before(tmp_path, order):
    gives, takes = order

    def head(name):
        return HEAD.replace("stack: tiny", f"stack: {name}").replace("tiny-${name}", f"{name}-${{name}}")

    bench = Bench(tmp_path, stack("loader", "failed", head=head(gives)))
    bench.calmly(APPLY).exits(0)
    functions, queues, roles = names(bench)
    comes = COMES.replace("stack: jobs", f"stack: {gives}")
    bench.project.stack(head(gives) + "topics: { left: {} }\n")
    bench.project.write(f"desired-state/{takes}.yaml", stack("importer", "dead", comes, head(takes)))
    # Alone, it leaves to the other what that is about to take.
    plan = bench.calmly([*JSON, "--stack", gives]).exits(0)
    deleted = {address.split("/")[0] for address, (action, _) in changes(plan).items() if action == "delete"}
    assert not deleted & {"function", "queue", "log_group", "role"}, deleted
    # What is made anew there goes once it is.
    assert not deleted & {"schedule", "schedule_group"}, deleted
    scheduler = bench.aws("scheduler")
    assert f"{takes} takes over" in " ".join(bench.calmly(["plan", "--stack", gives]).exits(0).out.split())
    # So it does where one file alone is named, and where a variable says what is taken from.
    file = bench.project.dir / "desired-state" / f"{takes}.yaml"
    written = file.read_text()
    file.write_text(written.replace(f"stack: {gives}, address", 'stack: "${whose}", address') + f"variables: {{ whose: {gives} }}\n")
    for args in (["--stack", gives], ["--dir", "desired-state/stack.yaml"]):
        again = bench.calmly([*JSON, *args]).exits(0)
        assert changes(again) == changes(plan), args
    file.write_text(written + "moved: [")
    bench.calmly([*JSON, "--stack", gives]).exits(3).tells(f"{takes}.yaml")
    file.write_text(written)
    bench.calmly(["apply", "--yes", "--stack", gives]).exits(0)
    assert [one["GroupName"] for one in scheduler.list_schedules()["Schedules"]] == [f"{gives}-schedules"]
    told = " ".join(bench.calmly(["plan", "--stack", takes]).exits(0).out.split())
    assert "but for schedule/importer-schedule: made anew, not moved, since a schedule takes no tags" in told, told
    # And in one run with the other.
    bench.calmly(["apply", "--yes"]).exits(0)
    plan = bench.calmly([*JSON, "--stack", gives]).exits(0)
    assert {address.split("/")[0] for address, (action, _) in changes(plan).items() if action == "delete"} == {"schedule", "schedule_group"}
    assert "made anew" not in bench.calmly(["plan", "--stack", takes]).exits(0).out
    bench.calmly(["apply", "--yes", "--stack", gives]).exits(0)
    kept, kept_queues, kept_roles = names(bench)
    assert (kept, kept_queues) == (functions, queues) and roles <= kept_roles
    bench.calmly(PLAN).exits(0)
    bench.calmly(["destroy", "--yes", "--stack", gives]).exits(0)
    assert names(bench)[0] == functions, "it is the other's"
    bench.calmly(["destroy", "--yes", "--stack", takes]).exits(0)
    assert names(bench)[:2] == (set(), set())


def own_policies(bench):
    """Names of policies, each with its stack and its document."""
    iam, found = bench.aws("iam"), {}
    for policy in iam.list_policies(Scope="Local")["Policies"]:
        told = iam.get_policy(PolicyArn=policy["Arn"])["Policy"]
        version = iam.get_policy_version(PolicyArn=policy["Arn"], VersionId=told["DefaultVersionId"])["PolicyVersion"]
        found[policy["PolicyName"]] = ({tag["Key"]: tag["Value"] for tag in told["Tags"]}["etlctl:stack"], str(version["Document"]))
    return found


@pytest.mark.parametrize("changes_too", [False, True], ids=["marks alone", "with a change"])
def test_a_role_brings_its_own_policies_along(tmp_path, changes_too):
    def role(key, *policies, tag="a"):
        own = "".join(f'      {name}: [{{ actions: ["{action}"], resources: ["*"] }}]\n' for name, action in policies)
        return f"roles:\n  {key}:\n    tags: {{ Team: {tag} }}\n    own_policies:\n" + own

    other = HEAD.replace("stack: tiny", "stack: jobs").replace("tiny-${name}", "jobs-${name}")
    bench = Bench(tmp_path, other + role("reader", ("read", "s3:GetObject"), ("list", "s3:ListBucket")))
    bench.calmly(APPLY).exits(0)
    bench.project.write("desired-state/jobs.yaml", other + "topics: { left: {} }\n")
    wanted = (("read", "s3:GetObject"), ("list", "s3:ListAllMyBuckets")) if changes_too else (("read", "s3:GetObject"), ("list", "s3:ListBucket"))
    comes = "moved: [{ from: { stack: jobs, address: role/reader }, to: role/worker }]\n"
    bench.project.stack(HEAD + role("worker", *wanted, tag="b" if changes_too else "a") + comes)
    mine = ["--stack", "tiny"]
    (change,) = bench.calmly([*JSON, *mine]).exits(0).json["stacks"][0]["changes"]
    assert change["action"] == "adopt" and not any("managed_policies" in field["path"] for field in change["fields"]), change
    bench.calmly([*APPLY, *mine]).exits(0)
    policies = own_policies(bench)
    assert {name: stack for name, (stack, _) in policies.items()} == {"jobs-reader@read": "tiny", "jobs-reader@list": "tiny"}
    assert ("ListAllMyBuckets" in policies["jobs-reader@list"][1]) == changes_too
    bench.calmly([*PLAN, *mine]).exits(0)
    # The other stack takes nothing of it away, and the role goes whole.
    bench.calmly([*APPLY, "--stack", "jobs"]).exits(0)
    assert set(own_policies(bench)) == set(policies)
    bench.calmly(["destroy", "--yes", *mine]).exits(0)
    assert own_policies(bench) == {}


def test_a_layer_from_another_stack_is_made_anew_and_the_plan_says_why(tmp_path):
    layers = "layers: { KEY: { source: ../handlers/work } }\n"
    bench = Bench(tmp_path, OTHER + layers.replace("KEY", "shared"))
    bench.calmly(APPLY).exits(0)
    comes = "moved: [{ from: { stack: jobs, address: layer/shared }, to: layer/common }]\n"
    bench.project.stack(HEAD + layers.replace("KEY", "common") + comes)
    plan = bench.calmly(PLAN).exits(2)
    assert "layer/common was layer/shared of jobs and is made anew" in plan.out and "which AWS never changes" in plan.out, plan


def test_another_environment_of_the_other_stack_is_left_alone(tmp_path):
    bench = Bench(tmp_path, OTHER.replace("dev", "prod") + "queues: { failed: {} }\n")
    bench.calmly(APPLY).exits(0)
    before = bench.aws.snapshot()
    comes = "moved: [{ from: { stack: jobs, address: queue/failed }, to: queue/dead }]\n"
    bench.project.stack(HEAD + "queues: { dead: { name: jobs-failed } }\n" + comes)
    bench.calmly([*APPLY, "--adopt"]).exits(1).tells("belongs to jobs/prod/prod")
    assert_same(before, bench.aws.snapshot())


def test_the_entry_of_a_bucket_moves_with_what_it_starts(tmp_path):
    function = "functions:\n  load: { source: ../handlers/work, runtime: nodejs22.x, handler: index.handler, triggers: [{ bucket: BUCKET, prefix: a/ }] }\n"
    other = HEAD.replace("stack: tiny", "stack: jobs").replace("tiny-${name}", "jobs-${name}")
    bench = Bench(tmp_path, other)
    s3, bucket = bench.aws("s3"), f"in-{bench.account}"
    function = function.replace("BUCKET", bucket)
    bench.project.stack(other + function)
    s3.create_bucket(Bucket=bucket)
    bench.calmly(APPLY).exits(0)
    bench.project.write("desired-state/jobs.yaml", other + "topics: { left: {} }\n")
    comes = "moved: [{ from: { stack: jobs, address: function/load }, to: function/load }]\n"
    bench.project.stack(HEAD + function + comes)
    mine = ["--stack", "tiny"]
    bench.calmly([*APPLY, *mine]).exits(0)
    bench.calmly([*PLAN, *mine]).exits(0)
    (entry,) = s3.get_bucket_notification_configuration(Bucket=bucket)["LambdaFunctionConfigurations"]
    assert entry["Id"].startswith("etlctl:tiny/dev/dev:function/jobs-load:") and entry["LambdaFunctionArn"].endswith(":jobs-load"), entry


TABLE = "tables: { orders: { name: 'orders-${env}', key: id } }\n"
TAKES = "moved: [{ from: { stack: jobs, address: table/orders }, to: table/orders }]\n"


def two_environments(name, order, naming="tiny-${name}"):
    head = HEAD.replace("stack: tiny", f"stack: {name}").replace("dev: {}", ", ".join(f"{env}: {{}}" for env in order))
    return head.replace("tiny-${name}", naming)


def tables(bench):
    return set(bench.aws("dynamodb").list_tables()["TableNames"])


def test_what_is_taken_over_is_of_the_same_environment_whatever_stands_first_in_the_other_file(tmp_path):
    bench = Bench(tmp_path, two_environments("jobs", ("dev", "prod")) + TABLE)
    bench.calmly(APPLY).exits(0)
    bench.project.stack(two_environments("jobs", ("dev", "prod")) + "topics: { left: {} }\n")
    bench.project.write("desired-state/takes.yaml", two_environments("takes", ("prod", "dev")) + TABLE + TAKES)
    assert "table/orders-dev" not in str(changes(bench.calmly([*JSON, "--stack", "jobs"]).exits(0)))
    bench.calmly(["destroy", "--stack", "jobs", "--yes", "--allow-loss", "all"]).exits(0)
    assert tables(bench) == {"orders-dev"}


def test_the_names_of_the_other_stack_count_also_where_one_file_is_named(tmp_path):
    named = "tables: { orders: { key: id } }\n"
    bench = Bench(tmp_path, two_environments("jobs", ("dev",), "${name}-legacy") + named)
    bench.calmly(APPLY).exits(0)
    bench.project.stack(two_environments("jobs", ("dev",), "${name}-legacy") + "topics: { left: {} }\n")
    bench.project.write("desired-state/takes.yaml", two_environments("takes", ("dev",)) + named + TAKES)
    bench.calmly(["apply", "--yes", "--dir", "desired-state/takes.yaml"]).exits(0)
    assert tables(bench) == {"orders-legacy"}


@pytest.mark.parametrize("args", [[], ["--stack", "takes"], ["--dir", "desired-state/takes.yaml"]], ids=["both", "stack", "file"])
def test_what_the_other_file_still_has_is_refused(tmp_path, args):
    bench = Bench(tmp_path, two_environments("jobs", ("dev",)) + TABLE)
    bench.calmly(APPLY).exits(0)
    bench.project.write("desired-state/takes.yaml", two_environments("takes", ("dev",)) + TABLE + TAKES)
    for verb in (["validate"], ["plan"], ["apply", "--yes"]):
        bench.calmly([*verb, *args]).exits(3).tells("E196", "is still in its file")


def test_what_lost_its_mark_after_a_move_stops_the_plan_and_is_taken_back(tmp_path):
    bench = Bench(tmp_path, HEAD + "tables: { old: { key: id } }\n")
    bench.calmly(APPLY).exits(0)
    bench.project.stack(HEAD + "tables: { new: { key: id } }\nmoved: [{ from: table/old, to: table/new }]\n")
    bench.calmly(["eject", "--yes", "table/new"]).exits(0)
    bench.calmly(["plan"]).exits(1).tells("table/new (tiny-old) carries no mark")
    bench.calmly([*APPLY, "--adopt"]).exits(0)
    assert tables(bench) == {"tiny-old"}
    bench.calmly(PLAN).exits(0)


def test_a_name_that_the_file_says_and_that_is_not_there_is_told(tmp_path):
    named = "tables: { orders: { name: '${stack}-orders', key: id } }\n"
    bench = Bench(tmp_path, two_environments("jobs", ("dev",)) + named)
    bench.calmly(APPLY).exits(0)
    bench.project.stack(two_environments("jobs", ("dev",)) + "topics: { left: {} }\n")
    bench.project.write("desired-state/takes.yaml", two_environments("takes", ("dev",)) + named + TAKES)
    run = bench.calmly(["plan", "--stack", "takes"]).exits(0)
    assert "nothing of that name is there, and so nothing is moved" in " ".join(run.out.split()), run
