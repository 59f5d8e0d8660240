"""What holds data goes only by its address or by a typed yes; what is protected does not go; what
is to be retained loses its mark and stays."""

import time

import pytest

from drift import ETL
from faults import Faulty, Refused, Rule
from harness import ENDPOINT, SUFFIX
from snapshot import assert_same

SPARE = f"spare-{SUFFIX}"
LOGS = f"spare-logs-{SUFFIX}"


def with_spares(stack):
    stack["queues"]["spare"] = {"redrive": {"queue": "dlq"}}
    stack["topics"] = {"spare": {"subscriptions": [{"queue": "dlq"}]}}
    stack["log_groups"] = {"spare-logs": {"retention": "7d"}}
    stack["functions"]["spare"] = {"source": "../handlers/transform", "event_sources": [{"queue": "spare"}]}
    role = stack["defaults"]["function"]["role"]
    role["policies"]["inbox"] = [{
        "actions": ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"],
        "resources": ["arn:aws:sqs:*:*:spare-*"]}]


def without_spares(stack):
    for section in ("queues", "topics", "functions"):
        stack[section].pop("spare")
    stack.pop("log_groups")


def fill(aws):
    """Data in all that can hold some."""
    # The mapping would take the messages away.
    for mapping in aws("lambda").list_event_source_mappings()["EventSourceMappings"]:
        aws("lambda").update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)
    for _ in range(3):
        aws("sqs").send_message(QueueUrl=aws.queue_url(SPARE), MessageBody="order")
    aws("sqs").send_message(QueueUrl=aws.queue_url(f"lambda-dlq-{SUFFIX}"), MessageBody="dead")
    aws("logs").create_log_stream(logGroupName=LOGS, logStreamName="one")
    aws("logs").put_log_events(logGroupName=LOGS, logStreamName="one", logEvents=[
        {"timestamp": int(time.time() * 1000), "message": "hello"}])


@pytest.fixture
def filled(aws, etlctl, project):
    """The spares deployed, filled, and taken out of the file."""
    project.edit(ETL, with_spares)
    etlctl.apply("--stack", ETL)
    fill(aws)
    project.edit(ETL, without_spares)
    return etlctl


DATA = (f"queue/{SPARE}", f"topic/{SPARE}", f"log_group/{LOGS}")


def test_a_plan_shows_what_goes_with_what_it_deletes(filled):
    plan = filled("plan", "--env", "dev", "--stack", ETL, "--format", "json").json["stacks"][0]
    held = {change["address"]: (change["holds"], change["loses_data"]) for change in plan["changes"] if "holds" in change}
    assert held[f"queue/{SPARE}"] == (f"3 messages, 1 message in its dead-letter queue lambda-dlq-{SUFFIX}", True)
    assert held[f"topic/{SPARE}"] == ("1 confirmed subscription", True)
    assert "logs, last event 20" in held[f"log_group/{LOGS}"][0] and held[f"log_group/{LOGS}"][1]
    assert "invoked" in held[f"function/{SPARE}"][0] and not held[f"function/{SPARE}"][1]
    text = filled("plan", "--env", "dev", "--stack", ETL).out
    assert "holds: 3 messages" in text, text


def test_only_what_goes_is_asked_for_what_it_holds(etlctl, filled, proxy):
    def asked(*args):
        proxy.calls.clear()
        filled.through(proxy)("plan", "--env", "dev", "--stack", ETL, *args)
        return [call.operation for call in proxy.calls]

    def stakes(operations):
        return sum(operation in ("DescribeLogStreams", "GetMetricStatistics") for operation in operations)

    # Two log groups, the function's own among them, and one function.
    assert stakes(asked()) == 3
    assert stakes(asked("--no-prune")) == 0


def test_apply_refuses_to_lose_data_until_its_address_is_named(aws, filled, tmp_path):
    before = aws.snapshot()
    saved = tmp_path / "plan"
    filled("plan", "--env", "dev", "--stack", ETL, "--out", str(saved))
    named = [word for address in DATA for word in ("--allow-loss", address)]
    for args in ((), named[:2], named[:4], ("--allow-loss", f"queue/{SPARE}-2")):
        refused = filled("apply", "--env", "dev", "--stack", ETL, "--yes", *args, check=1)
        assert f"--allow-loss log_group/{LOGS}" in refused.err, refused
        assert_same(before, aws.snapshot())
    refused = filled("apply", str(saved), check=1)
    assert f"--allow-loss queue/{SPARE}" in refused.err, refused
    assert_same(before, aws.snapshot())
    filled("apply", "--env", "dev", "--stack", ETL, "--yes", *named)
    left = aws.snapshot()
    assert left and not [address for address in left if "spare" in address]


def test_apply_loses_all_data_where_all_is_said(aws, filled):
    done = filled("apply", "--env", "dev", "--stack", ETL, "--yes", "--allow-loss", "all")
    assert not [address for address in aws.snapshot() if "spare" in address], done


def test_a_key_that_left_the_files_is_found_in_the_name(filled):
    told = filled("apply", "--env", "dev", "--stack", ETL, "--yes", "--allow-loss", "log_group/spare-logs", check=1)
    assert f"--allow-loss log_group/spare-logs: this plan loses no data of it; did you mean `log_group/{LOGS}`?" in told.err, told


def test_a_word_for_what_loses_nothing_is_told(filled):
    told = filled("apply", "--env", "dev", "--stack", ETL, "--yes", "--allow-loss", "all", "--allow-loss", "queue/dlq")
    assert "--allow-loss queue/dlq: this plan loses no data of it" in told.err, told
    wrong = filled("apply", "--env", "dev", "--stack", ETL, "--yes", "--allow-loss", "everything", check=64)
    assert "all" in wrong.err, wrong


@pytest.mark.parametrize("flags", [(), ("--yes",)])
def test_on_a_terminal_only_the_whole_word_loses_data(aws, filled, flags):
    before = aws.snapshot()
    for answer in ("y", "", "no"):
        asked = filled.on_terminal("apply", "--env", "dev", "--stack", ETL, *flags, answers=[answer])
        assert asked.code == 1 and f"queue/{SPARE}: 3 messages" in asked.out, asked
        assert "Nothing was changed" in asked.out, asked
        assert_same(before, aws.snapshot())
    done = filled.on_terminal("apply", "--env", "dev", "--stack", ETL, *flags, answers=["yes"])
    assert done.code == 0, done
    assert not [address for address in aws.snapshot() if "spare" in address]


def test_yes_answers_for_destroy_where_the_environment_is_not_protected(aws, etlctl):
    etlctl.apply("--stack", ETL)
    aws("sqs").send_message(QueueUrl=aws.queue_url(f"lambda-dlq-{SUFFIX}"), MessageBody="dead")
    plan = etlctl("plan", "--destroy", "--env", "dev", "--stack", ETL)
    assert "holds: 1 message" in plan.out, plan
    gone = etlctl("destroy", "--env", "dev", "--stack", ETL, "--yes")
    assert "holds: 1 message" in gone.out, gone
    assert aws.snapshot() == {}


def test_yes_does_not_answer_for_destroy_of_data_where_the_environment_is_protected(aws, etlctl):
    prod = ("--env", "prod", "--stack", ETL)
    etlctl("apply", *prod, "--yes")
    aws("sqs").send_message(QueueUrl=aws.queue_url(f"lambda-dlq-{SUFFIX}"), MessageBody="dead")
    before = aws.snapshot()
    refused = etlctl("destroy", *prod, "--yes", "--confirm", "prod", check=1)
    assert "--allow-loss queue/dlq" in refused.err, refused
    assert_same(before, aws.snapshot())
    etlctl("destroy", *prod, "--yes", "--confirm", "prod", "--allow-loss", "queue/dlq")
    assert aws.snapshot() == {}


def test_what_cannot_be_read_counts_as_data(aws, etlctl, filled):
    denied = Refused(400, "AccessDeniedException", "User is not authorized")
    with Faulty(ENDPOINT, [Rule("logs:DescribeLogStreams", denied, times=None)]) as proxy:
        refused = filled.through(proxy)(
            "apply", "--env", "dev", "--stack", ETL, "--yes", "--allow-loss", f"queue/{SPARE}", "--allow-loss", f"topic/{SPARE}", check=1)
    assert "cannot be read" in refused.out and f"--allow-loss log_group/{LOGS}" in refused.err, refused


def test_protected_resource_stays_until_its_protection_is_taken_off(aws, etlctl, project):
    project.edit(ETL, lambda stack: stack["queues"]["dlq"].update(protect=True))
    etlctl.apply("--stack", ETL)
    etlctl.assert_no_changes("--stack", ETL)
    before = aws.snapshot()
    verbs = (("destroy", "--yes"), ("plan", "--destroy"), ("destroy", "--yes", "--target", "queue/dlq"))
    for verb in verbs:
        refused = etlctl(*verb, "--env", "dev", "--stack", ETL, check=1)
        assert "queue/dlq" in refused.err and "protect: false" in refused.err, refused
        assert_same(before, aws.snapshot())

    # Out of the file, the tag remembers it.
    project.edit(ETL, lambda stack: stack["queues"].update(other=stack["queues"].pop("dlq") | {"name": "other"}))
    project.edit(ETL, lambda stack: stack["outputs"].pop("dlqUrl"))
    project.edit(ETL, lambda stack: stack["defaults"]["function"].update(dead_letter_queue="other"))
    project.edit(ETL, lambda stack: stack["defaults"]["function"]["role"].pop("policies"))
    project.edit(ETL, lambda stack: stack["defaults"]["function"]["role"].update(policies={"q": [
        {"actions": ["sqs:SendMessage"], "resources": ["${queues.other.arn}"]}]}))
    refused = etlctl("apply", "--yes", "--env", "dev", "--stack", ETL, "--allow-loss", "all", check=1)
    assert f"queue/lambda-dlq-{SUFFIX}" in refused.err and "protected by its tag" in refused.err, refused
    assert_same(before, aws.snapshot())


def test_protection_is_written_and_taken_off_like_a_field(aws, etlctl, project):
    project.edit(ETL, lambda stack: stack["queues"]["dlq"].update(protect=True))
    etlctl.apply("--stack", ETL)
    project.edit(ETL, lambda stack: stack["queues"]["dlq"].pop("protect"))
    changes = etlctl.changes("--stack", ETL)
    assert changes["queue/dlq"].fields == {"protect": ("true", None)}
    etlctl.apply("--stack", ETL)
    etlctl("destroy", "--env", "dev", "--stack", ETL, "--yes")
    assert aws.snapshot() == {}


GUARDED = {
    "queue": ("queues", "spare"), "topic": ("topics", "spare"), "log_group": ("log_groups", "spare-logs"),
    "function": ("functions", "spare"), "role": ("roles", "spare-shared"), "alarm": ("alarms", "spare"),
}


def retain_one_of_each(stack):
    with_spares(stack)
    stack["functions"]["spare"].pop("event_sources")
    stack["roles"] = {"spare-shared": {"managed_policies": ["service-role/AWSLambdaBasicExecutionRole"]}}
    stack["alarms"]["spare"] = dict(stack["alarms"]["api-handler-errors"])
    for section, key in GUARDED.values():
        stack[section][key]["on_remove"] = "retain"


def own_tags(entry):
    return [key for key in str(entry).split("'") if key.startswith("etlctl:")]


@pytest.mark.parametrize("verb", ["apply", "destroy"])
def test_retained_resource_of_every_kind_loses_its_mark_and_stays(aws, etlctl, project, verb):
    file = project.dir / "desired-state" / f"{ETL}.yaml"
    without = file.read_text()
    project.edit(ETL, retain_one_of_each)
    etlctl.apply("--stack", ETL)
    if verb == "apply":
        file.write_text(without)
    plan = etlctl.changes("--stack", ETL, *(["--destroy"] if verb == "destroy" else []))
    released = {address for address, change in plan.items() if change.action == "release"}
    # The role and the log group of the function are its own, and go its way.
    assert {address.split("/")[0] for address in released} == set(GUARDED) and len(released) == len(GUARDED) + 2, plan
    etlctl(verb, "--env", "dev", "--stack", ETL, "--yes")
    left = aws.snapshot()
    spares = {address: entry for address, entry in left.items() if "spare" in address}
    assert len(spares) == len(GUARDED) + 2
    assert not any(own_tags(entry) for entry in spares.values()), spares
    if verb == "destroy":
        assert left == spares
    # What was released is nobody's: nothing is planned for it.
    assert not [a for a in etlctl.changes("--stack", ETL, "--destroy") if "spare" in a]


def test_destroy_of_a_target_takes_what_needs_it_and_nothing_else(aws, etlctl):
    etlctl.apply("--stack", ETL)
    before = aws.snapshot()
    etlctl("destroy", "--env", "dev", "--stack", ETL, "--yes", "--target", "function/api-handler")
    gone = set(before) - set(aws.snapshot())
    assert {address.split(":")[0] for address in gone} == {
        f"function/api-handler-{SUFFIX}", f"alarm/api-handler-errors-{SUFFIX}"}, gone
    # Once more: it is gone already.
    etlctl("destroy", "--env", "dev", "--stack", ETL, "--yes", "--target", "function/api-handler")
    etlctl("destroy", "--env", "dev", "--stack", ETL, "--yes", "--target", "queue/dlq")
    left = {address.split("/")[0] for address in aws.snapshot()}
    assert "queue" not in left and "function" not in left and "layer" in left
    wrong = etlctl("destroy", "--env", "dev", "--stack", ETL, "--yes", "--target", "queue/dql", check=64)
    assert "queue/dlq" in wrong.err, wrong
    etlctl.apply("--stack", ETL)
    assert_same(before, aws.snapshot())
