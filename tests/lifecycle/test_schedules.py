"""Schedules and their groups, as kinds of their own and as triggers: what stands on AWS, what others make of it,
and that one really starts a function."""

import datetime
import json
import time

import pytest

from bench import Bench
from faults import Refused, Rule

APPLY, PLAN = ["apply", "--yes"], ["plan", "--detailed-exitcode"]
DESTROY = ["destroy", "--yes", "--allow-loss", "all"]
HEAD = """\
stack: tiny
region: us-east-1
environments: { dev: {} }
naming: "tiny-${name}"
defaults: { function: { source: ../handlers/work, runtime: nodejs22.x, handler: index.handler } }
queues: { dlq: {}, work: {}, ordered: { fifo: true } }
"""
TRIGGERS = """\
functions:
  work:
    alias: live
    triggers:
      - { schedule: cron(0 2 * * ? *), time_zone: Europe/Berlin, window: 15m, input: { full: true }, dead_letter_queue: dlq,
          retry: { attempts: 3, max_age: 1h }, start: 2098-01-01T00:00:00Z, end: 2099-01-01T00:00:00Z, enabled: false }
"""
ONE = "schedules: { load: { schedule: rate(1 day), queue: work, dead_letter_queue: dlq } }\n"
GROUP = "tiny-schedules"


@pytest.fixture
def bench(tmp_path):
    return Bench(tmp_path, HEAD + TRIGGERS)


def client(bench):
    return bench.aws("scheduler", bench.etlctl.endpoint)


def there(bench, name, group=GROUP):
    return client(bench).get_schedule(GroupName=group, Name=name)


def names(bench, group=GROUP):
    return sorted(each["Name"] for each in client(bench).list_schedules(GroupName=group)["Schedules"])


def groups(bench):
    return sorted(each["Name"] for each in client(bench).list_schedule_groups()["ScheduleGroups"] if each["Name"] != "default")


def write_by_hand(bench, name, group=GROUP, **members):
    told = there(bench, name, group)
    kept = {key: told[key] for key in told if key not in ("ResponseMetadata", "Arn", "CreationDate", "LastModificationDate")}
    bench.aws("scheduler").update_schedule(**kept | members)


def test_a_line_under_a_function_is_a_schedule_that_may_invoke_its_alias_and_nothing_else(bench):
    run, proxy = bench.run(APPLY)
    run.exits(0)
    writes = [call.operation for call in proxy.writes]
    assert writes.index("CreateScheduleGroup") < writes.index("CreateSchedule") and writes.index("CreateAlias") < writes.index("CreateSchedule")
    told = there(bench, "tiny-work-schedule")
    account, function = bench.account, bench.aws.arn("lambda", "function:tiny-work")
    target = told.pop("Target")
    assert target.pop("RoleArn").endswith("role/etlctl/tiny/dev/tiny-work-schedules")
    assert json.loads(target.pop("Input")) == {"full": True}
    assert target == {
        "Arn": f"{function}:live", "RetryPolicy": {"MaximumEventAgeInSeconds": 3600, "MaximumRetryAttempts": 3},
        "DeadLetterConfig": {"Arn": bench.aws.arn("sqs", "tiny-dlq")}}
    utc = datetime.timezone.utc
    assert (told["StartDate"], told["EndDate"]) == (datetime.datetime(2098, 1, 1, tzinfo=utc), datetime.datetime(2099, 1, 1, tzinfo=utc))
    assert (told["ScheduleExpression"], told["ScheduleExpressionTimezone"], told["State"]) == ("cron(0 2 * * ? *)", "Europe/Berlin", "DISABLED")
    assert told["FlexibleTimeWindow"] == {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 15}
    tags = client(bench).list_tags_for_resource(ResourceArn=bench.aws.arn("scheduler", f"schedule-group/{GROUP}"))["Tags"]
    assert {"Key": "etlctl:stack", "Value": "tiny"} in tags
    iam = bench.aws("iam")
    role = iam.get_role(RoleName="tiny-work-schedules")["Role"]["AssumeRolePolicyDocument"]["Statement"][0]
    assert role["Principal"] == {"Service": ["scheduler.amazonaws.com"]} or role["Principal"] == {"Service": "scheduler.amazonaws.com"}
    assert role["Condition"] == {"StringEquals": {"aws:SourceAccount": account}} or role["Condition"] == {"StringEquals": {"aws:SourceAccount": [account]}}
    policy = iam.get_role_policy(RoleName="tiny-work-schedules", PolicyName="start")["PolicyDocument"]["Statement"]
    assert sorted(str(statement["Action"]).strip("[]'") for statement in policy) == ["lambda:InvokeFunction", "sqs:SendMessage"]
    bench.assert_converged()
    # Without the line nothing of it is left, and the group goes last.
    bench.project.stack(HEAD + "functions: { work: { alias: live } }\n")
    run, proxy = bench.run(APPLY)
    run.exits(0)
    writes = [call.operation for call in proxy.writes]
    assert writes.index("DeleteSchedule") < writes.index("DeleteScheduleGroup") and writes.index("DeleteSchedule") < writes.index("DeleteRole")
    assert groups(bench) == [] and "tiny-work-schedules" not in [each["RoleName"] for each in iam.list_roles()["Roles"]]
    bench.assert_converged()


DRIFT = {
    "expression": ({"ScheduleExpression": "rate(5 hours)"}, "schedule: rate(5 hours) → cron(0 2 * * ? *)"),
    "zone": ({"ScheduleExpressionTimezone": "UTC"}, "time_zone: UTC → Europe/Berlin"),
    "window": ({"FlexibleTimeWindow": {"Mode": "OFF"}}, "window: 15m"),
    "state": ({"State": "ENABLED"}, "enabled: true → false"),
    "after": ({"ActionAfterCompletion": "DELETE"}, "after_completion: delete → none"),
    "description": ({"Description": "by hand"}, "description: by hand"),
    "start": ({"StartDate": datetime.datetime(2097, 1, 1)}, 'start: "2097-01-01T00:00:00Z" → "2098-01-01T00:00:00Z"'),
    "end": ({"EndDate": datetime.datetime(2097, 1, 1)}, 'end: "2097-01-01T00:00:00Z" → "2099-01-01T00:00:00Z"'),
}
IN_TARGET = {
    "input": ({"Input": "{}"}, "input"),
    "retry": ({"RetryPolicy": {"MaximumRetryAttempts": 9, "MaximumEventAgeInSeconds": 60}}, "retry.attempts: 9 → 3"),
    "dead letters": ({"DeadLetterConfig": {}}, "dead_letter_queue"),
    "target": ({"Arn": "arn:aws:sqs:us-east-1:111111111111:other"}, "target"),
}


def test_what_somebody_makes_of_it_is_seen_and_put_back(bench):
    bench.calmly(APPLY).exits(0)
    for what, (members, said) in DRIFT.items():
        write_by_hand(bench, "tiny-work-schedule", **members)
        assert_put_back(bench, what, said)
    for what, (members, said) in IN_TARGET.items():
        write_by_hand(bench, "tiny-work-schedule", Target=there(bench, "tiny-work-schedule")["Target"] | members)
        assert_put_back(bench, what, said)


def assert_put_back(bench, what, said):
    run = bench.calmly(PLAN)
    assert run.code == 2 and said in run.out, f"{what}: {run}"
    run, proxy = bench.run(APPLY)
    assert [call.operation for call in proxy.writes] == ["UpdateSchedule"], f"{what}: {run}"
    bench.assert_converged()


def test_each_target_gets_what_it_takes(bench):
    topic = "topics: { news: {} }\n"
    bench.project.stack(HEAD + topic + """\
schedules:
  load: { schedule: rate(1 day), queue: work, dead_letter_queue: dlq, input: plain text }
  ordered: { schedule: rate(1 day), queue: ordered, message_group: one, dead_letter_queue: dlq }
  news: { schedule: rate(1 day), topic: news, dead_letter_queue: dlq }
  call: { schedule: rate(1 day), target: "arn:aws:scheduler:::aws-sdk:sqs:purgeQueue", role: purger, dead_letter_queue: dlq, input: { QueueUrl: x } }
roles:
  purger:
    trust_policy: [{ actions: [sts:AssumeRole], principals: { Service: [scheduler.amazonaws.com] } }]
    policies: { purge: [{ actions: [sqs:PurgeQueue, sqs:SendMessage], resources: ["*"] }] }
""")
    bench.calmly(APPLY).exits(0)
    assert names(bench) == ["tiny-call", "tiny-load", "tiny-news", "tiny-ordered"]
    assert there(bench, "tiny-load")["Target"]["Input"] == "plain text"
    assert there(bench, "tiny-ordered")["Target"]["SqsParameters"] == {"MessageGroupId": "one"}
    actions = {each: bench.aws("iam").get_role_policy(RoleName=f"tiny-{each}-schedule", PolicyName="start")["PolicyDocument"]["Statement"][0]
               for each in ("load", "news")}
    assert "sqs:SendMessage" in str(actions["load"]["Action"]) and "sns:Publish" in str(actions["news"]["Action"])
    bench.assert_converged()
    bench.calmly(DESTROY).exits(0)
    assert groups(bench) == []


def test_a_line_under_whatever_can_be_started(bench):
    line = "triggers: [{ schedule: rate(1 day), dead_letter_queue: dlq%s }]"
    bench.project.stack(HEAD.replace("work: {}", f"work: {{ {line % ''} }}").replace("fifo: true", f"fifo: true, {line % ', message_group: one'}") + f"""\
topics: {{ news: {{ {line % ''} }} }}
state_machines:
  flow:
    definition: {{ StartAt: Done, States: {{ Done: {{ Type: Succeed }} }} }}
    {line % ''}
""")
    bench.calmly(APPLY).exits(0)
    started = {name: there(bench, name)["Target"]["Arn"].rpartition(":")[2] for name in names(bench)}
    assert started == {
        "tiny-flow-schedule": "tiny-flow", "tiny-news-schedule": "tiny-news", "tiny-ordered-schedule": "tiny-ordered.fifo",
        "tiny-work-schedule": "tiny-work"}
    policy = bench.aws("iam").get_role_policy(RoleName="tiny-flow-schedules", PolicyName="start")["PolicyDocument"]["Statement"]
    assert "states:StartExecution" in str(policy)
    bench.assert_converged()
    bench.calmly(DESTROY).exits(0)
    assert groups(bench) == []


def test_what_is_in_the_group_of_the_stack_is_the_stacks(bench):
    bench.project.stack(HEAD + ONE)
    bench.calmly(APPLY).exits(0)
    told = there(bench, "tiny-load")
    bench.aws("scheduler").create_schedule(
        GroupName=GROUP, Name="by-hand", ScheduleExpression="rate(1 day)", FlexibleTimeWindow={"Mode": "OFF"}, Target=told["Target"])
    run = bench.calmly(PLAN).exits(2)
    assert "- schedule/tiny-schedules/by-hand" in run.out, run
    # A hint that can be followed: no schedule has tags.
    assert "have it made anew in another group" in " ".join(run.out.split()) and "etlctl: tags" not in run.out, run
    bench.calmly(["plan", "--detailed-exitcode", "--no-prune"]).exits(0)
    bench.calmly(APPLY).exits(0)
    assert names(bench) == ["tiny-load"]


def test_a_group_of_somebody_is_left_alone_until_it_is_adopted(bench):
    scheduler = bench.aws("scheduler")
    scheduler.create_schedule_group(Name=GROUP, Tags=[{"Key": "etlctl:stack", "Value": "other"}, {"Key": "etlctl:env", "Value": "dev"}])
    bench.project.stack(HEAD + ONE)
    run = bench.calmly(APPLY)
    assert run.code not in (0, 2) and GROUP in run.err and groups(bench) == [GROUP], run
    scheduler.delete_schedule_group(Name=GROUP)
    scheduler.create_schedule_group(Name=GROUP, Tags=[{"Key": "Owner", "Value": "somebody"}])
    run = bench.calmly(APPLY)
    assert run.code not in (0, 2) and "--adopt" in run.err, run
    bench.calmly([*APPLY, "--adopt"]).exits(0)
    bench.assert_converged()
    assert names(bench) == ["tiny-load"]


def test_a_group_is_not_taken_over_with_schedules_that_no_file_names(bench):
    """Its mark is theirs, so that the next apply would delete them."""
    scheduler = bench.aws("scheduler")
    bench.project.stack(HEAD + ONE)
    bench.calmly(APPLY).exits(0)
    target = there(bench, "tiny-load")["Target"]
    scheduler.create_schedule_group(Name="theirs")
    scheduler.create_schedule(GroupName="theirs", Name="foreign", ScheduleExpression="rate(1 day)", FlexibleTimeWindow={"Mode": "OFF"},
                              Target={"Arn": target["Arn"], "RoleArn": target["RoleArn"]})
    bench.project.stack(HEAD + ONE + "schedule_groups: { g: { name: theirs } }\n")
    for args in (["plan", "--adopt"], [*APPLY, "--adopt"]):
        run, proxy = bench.run(args)
        run.tells("theirs/foreign", "no file names")
        assert run.code == 1 and not proxy.writes, run
    # Who writes it down takes it over, too.
    foreign = ONE.replace("schedules: {", "schedules: { foreign: { name: foreign, group: g, schedule: rate(1 day), queue: work, dead_letter_queue: dlq },")
    bench.project.stack(HEAD + foreign + "schedule_groups: { g: { name: theirs } }\n")
    bench.calmly([*APPLY, "--adopt"]).exits(0)
    bench.assert_converged()
    assert [each["Name"] for each in scheduler.list_schedules(GroupName="theirs")["Schedules"]] == ["foreign"]


def test_a_group_that_was_deleted_by_hand_is_made_again_with_all_in_it(bench):
    bench.project.stack(HEAD + ONE)
    bench.calmly(APPLY).exits(0)
    # Through the layer, which keeps its name for a moment as AWS does.
    client(bench).delete_schedule_group(Name=GROUP)
    run = bench.calmly(APPLY)
    assert run.code == 0 and names(bench) == ["tiny-load"], run
    bench.assert_converged()


def test_a_group_that_is_retained_loses_its_mark_and_stays(bench):
    kept = "schedule_groups: { schedules: { on_remove: retain, tags: { Team: etl } } }\n"
    bench.project.stack(HEAD + ONE + kept)
    bench.calmly(APPLY).exits(0)
    bench.calmly(DESTROY).exits(0)
    assert groups(bench) == [GROUP] and names(bench) == []
    tags = client(bench).list_tags_for_resource(ResourceArn=bench.aws.arn("scheduler", f"schedule-group/{GROUP}"))["Tags"]
    assert tags == [{"Key": "Team", "Value": "etl"}]


def test_tags_of_a_group_are_the_files(bench):
    group = "schedule_groups: { schedules: { tags: { Team: etl, Stage: dev } } }\n"
    bench.project.stack(HEAD + ONE + group)
    bench.calmly(APPLY).exits(0)
    arn = bench.aws.arn("scheduler", f"schedule-group/{GROUP}")
    bench.aws("scheduler").tag_resource(ResourceArn=arn, Tags=[{"Key": key, "Value": "x"} for key in ("Stage", "Extra", "More")])
    run = bench.calmly(PLAN).exits(2)
    assert "tags.Stage: x → dev" in run.out and "tags.Extra" in run.out and "tags.More" in run.out, run
    bench.calmly(APPLY).exits(0)
    bench.assert_converged()


def test_another_group_is_another_schedule_and_the_new_one_stands_first(bench):
    bench.project.stack(HEAD + ONE + "schedule_groups: { nightly: {} }\n")
    bench.calmly(APPLY).exits(0)
    moved = ONE.replace("schedule: rate", "group: nightly, schedule: rate") + "schedule_groups: { nightly: {} }\n"
    bench.project.stack(HEAD + moved)
    bench.calmly(APPLY).exits(0)
    assert names(bench, "tiny-nightly") == ["tiny-load"] and groups(bench) == ["tiny-nightly"]
    bench.assert_converged()


def test_what_ran_for_the_last_time_and_vanished_is_done(bench):
    past = (datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%S")
    once = ONE.replace("rate(1 day)", f"'at({past})', after_completion: delete")
    bench.project.stack(HEAD + once)
    run = bench.calmly(APPLY).exits(0)
    assert groups(bench) == [GROUP] and names(bench) == [], run
    bench.assert_converged()
    # Without `delete` it would not have vanished by itself.
    bench.project.stack(HEAD + once.replace(", after_completion: delete", ""))
    bench.calmly(PLAN).exits(2)


def test_a_start_that_has_passed_is_left_out_where_aws_refuses_it(bench):
    old = ONE.replace("queue: work", "start: 2026-01-01T00:00:00Z, queue: work")
    bench.project.stack(HEAD + old)
    bench.calmly(APPLY).exits(0)
    assert "StartDate" not in there(bench, "tiny-load")
    bench.assert_converged()
    bench.project.stack(HEAD + old.replace("rate(1 day)", "rate(2 days)"))
    bench.calmly(APPLY).exits(0)
    assert there(bench, "tiny-load")["ScheduleExpression"] == "rate(2 days)"
    bench.assert_converged()


def test_a_role_that_has_just_been_made_is_waited_for(bench):
    bench.project.stack(HEAD + ONE)
    early = Refused(400, "ValidationException", "The execution role you provide must allow AWS EventBridge Scheduler to assume the role.")
    run, _ = bench.run(APPLY, [Rule("scheduler:CreateSchedule", early)])
    assert run.code == 0 and "the new role has not reached Scheduler yet" in run.err, run
    bench.assert_converged()


def test_several_without_a_name_are_told_apart_and_names_are_kept(bench):
    two = TRIGGERS.split("      - ")[0] + """\
      - { schedule: rate(1 day), dead_letter_queue: dlq }
      - { schedule: rate(2 days), dead_letter_queue: dlq }
      - { schedule: rate(3 days), dead_letter_queue: dlq, name: rare }
"""
    bench.project.stack(HEAD + two)
    bench.calmly(APPLY).exits(0)
    before = names(bench)
    assert len(before) == 3 and "tiny-work-rare" in before, before
    lines = two.splitlines()
    bench.project.stack(HEAD + "\n".join([*lines[:-3], lines[-1], lines[-2], lines[-3]]) + "\n")
    bench.assert_converged()


def test_it_really_starts_the_function(bench):
    bench.project.write("handlers/work/index.js", """\
exports.handler = async (event) => { console.log('started with ' + JSON.stringify(event)); return event; };
""")
    soon = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=20)).strftime("%Y-%m-%dT%H:%M:%S")
    lines = TRIGGERS.split("      - ")[0] + f"      - {{ schedule: 'at({soon})', input: {{ at: soon }}, dead_letter_queue: dlq }}\n"
    bench.project.stack(HEAD + lines)
    bench.calmly(APPLY).exits(0)
    logs, found, start = bench.aws("logs"), [], time.monotonic()
    while not found and time.monotonic() - start < 100:
        time.sleep(1)
        events = logs.filter_log_events(logGroupName="/aws/lambda/tiny-work")["events"]
        found = [event["message"] for event in events if "started with" in event["message"]]
    assert found and '"at":"soon"' in found[0].replace(" ", ""), found
