"""`etlctl redrive`: looking at dead letters, and sending them back without losing one."""

import json
import signal
import time
from dataclasses import dataclass, field

import pytest

from bench import Bench
from faults import Faulty, Lost, Refused, Rule
from harness import ENDPOINT
from stacks import HEAD
from terminal import answer

HANDLER = "exports.handler = async (event) => { console.log('GOT ' + JSON.stringify(event)); return 'done'; };\n"
STACK = HEAD + """\
queues:
  jobs: { redrive: { queue: dlq, max_receives: 5 } }
  dlq: {}
  lost: {}
  other: {}
functions:
  work:
    source: ../handlers/work
    runtime: nodejs22.x
    handler: index.handler
    dead_letter_queue: lost
    log_retention: 7d
    role: { policies: { out: [{ actions: ["sqs:*"], resources: ["*"] }] }, managed_policies: [service-role/AWSLambdaBasicExecutionRole] }
"""
SECRET = "hunter2hunter2"


@pytest.fixture
def bench(tmp_path):
    bench = Bench(tmp_path, STACK)
    bench.project.write("handlers/work/index.js", HANDLER)
    bench.calmly(["apply", "--yes"]).exits(0)
    return bench


def url(bench, name):
    return bench.aws.queue_url(f"tiny-{name}")


def send(bench, name, *bodies, **more):
    for body in bodies:
        bench.aws("sqs").send_message(QueueUrl=url(bench, name), MessageBody=body if isinstance(body, str) else json.dumps(body), **more)


def died(bench, *bodies):
    """Messages that were received too often, so that SQS moved them."""
    sqs, jobs = bench.aws("sqs"), url(bench, "jobs")
    sqs.set_queue_attributes(QueueUrl=jobs, Attributes={"RedrivePolicy": json.dumps(
        {"deadLetterTargetArn": bench.aws.arn("sqs", "tiny-dlq"), "maxReceiveCount": 1})})
    send(bench, "jobs", *bodies)
    taken = 0
    while taken < len(bodies):
        taken += len(sqs.receive_message(QueueUrl=jobs, MaxNumberOfMessages=10, VisibilityTimeout=0).get("Messages", []))
    sqs.receive_message(QueueUrl=jobs)
    sqs.set_queue_attributes(QueueUrl=jobs, Attributes={"RedrivePolicy": json.dumps(
        {"deadLetterTargetArn": bench.aws.arn("sqs", "tiny-dlq"), "maxReceiveCount": 5})})


def bodies(bench, name):
    """All that lies there, without taking it."""
    sqs, found = bench.aws("sqs"), []
    while messages := sqs.receive_message(QueueUrl=url(bench, name), MaxNumberOfMessages=10, VisibilityTimeout=5).get("Messages"):
        found += messages
    for message in found:
        sqs.change_message_visibility(QueueUrl=url(bench, name), ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0)
    return sorted(message["Body"] for message in found)


def lines(bench):
    events = bench.aws("logs").filter_log_events(logGroupName="/aws/lambda/tiny-work", filterPattern="GOT")["events"]
    return sorted(event["message"].split("GOT ")[1].strip() for event in events)


def called(bench, *events):
    """Waits until the function got these, and nothing else."""
    deadline = time.monotonic() + 30
    while lines(bench) != sorted(events) and time.monotonic() < deadline:
        time.sleep(0.3)
    assert lines(bench) == sorted(events)


@dataclass
class Task:
    """SQS's tasks, which the local AWS does not know, in the form of the API reference: a task that moves
    one message with each look at it."""

    bench: Bench
    dlq: str = "dlq"
    ends: dict = field(default_factory=lambda: {"Status": "COMPLETED"})
    started: list = field(default_factory=list)
    moved: int = 0

    @property
    def rules(self):
        return [Rule("sqs:StartMessageMoveTask", self, times=None), Rule("sqs:ListMessageMoveTasks", self, times=None)]

    def meet(self, proxy, call, ask):
        members = json.loads(call.text.split("\n", 1)[1])
        if call.operation == "StartMessageMoveTask":
            assert members["SourceArn"] == self.bench.aws.arn("sqs", f"tiny-{self.dlq}")
            self.started.append(members)
            return self.json({"TaskHandle": "handle"})
        return self.json({"Results": [self.look(members)]} if self.started else {})

    def json(self, document):
        return 200, [("Content-Type", "application/x-amz-json-1.0")], json.dumps(document).encode()

    def look(self, members):
        sqs, source = self.bench.aws("sqs"), url(self.bench, self.dlq)
        entry = {"SourceArn": members["SourceArn"], "ApproximateNumberOfMessagesMoved": self.moved, "StartedTimestamp": 1}
        if self.ends["Status"] == "FAILED":
            return entry | self.ends
        found = sqs.receive_message(QueueUrl=source, VisibilityTimeout=30, MessageSystemAttributeNames=["All"]).get("Messages")
        if not found:
            return entry | self.ends
        [message] = found
        to = self.started[-1].get("DestinationArn") or message["Attributes"]["DeadLetterQueueSourceArn"]
        sqs.send_message(QueueUrl=self.bench.aws.queue_url(to.split(":")[-1]), MessageBody=message["Body"])
        sqs.delete_message(QueueUrl=source, ReceiptHandle=message["ReceiptHandle"])
        self.moved += 1
        return entry | {"Status": "RUNNING", "TaskHandle": "handle", "ApproximateNumberOfMessagesMoved": self.moved, "ApproximateNumberOfMessagesToMove": 3}


def test_a_look_shows_what_lies_there_and_takes_nothing(bench):
    died(bench, {"id": 1, "password": SECRET}, "text with \u202e and AKIAIOSFODNN7EXAMPLE " + "x" * 500)
    before = bodies(bench, "dlq")
    result = bench.calmly(["redrive", "dlq", "--dry-run"]).exits(0)
    assert "dlq (tiny-dlq): 2 messages" in result.out and "goes to queue tiny-jobs" in result.out, result
    assert SECRET not in result.out and "(sensitive)" in result.out and "AKIAIOSFODNN7EXAMPLE" not in result.out
    assert "\u202e" not in result.out and "x" * 300 not in result.out and all(len(line) <= 80 for line in result.out.splitlines())
    assert "received" in result.out and "sent" in result.out
    assert bodies(bench, "dlq") == before and bodies(bench, "jobs") == []
    again = bench.calmly(["redrive", "dlq", "--dry-run"]).exits(0)
    assert "2 messages" in again.out and "in flight" not in again.out, "what was looked at is given back"


def test_without_a_terminal_and_a_yes_it_only_looks(bench):
    died(bench, {"id": 1})
    looked = bench.calmly(["redrive", "queue/dlq"]).exits(64).tells("nothing was sent", "no terminal", "--yes", "--dry-run")
    assert "1 message" in looked.out
    assert len(bodies(bench, "dlq")) == 1
    bench.calmly(["redrive", "dlq", "--dry-run", "--yes"]).exits(64)


def test_it_asks_and_a_no_sends_nothing(bench):
    died(bench, {"id": 1})
    refused = answer(bench.etlctl, "redrive", "dlq", question="Send 1 message of dlq back", reply="n")
    assert refused.code == 1 and "Nothing was sent." in refused.out and len(bodies(bench, "dlq")) == 1
    agreed = answer(bench.etlctl, "redrive", "dlq", question="Send 1 message of dlq back", reply="y")
    assert agreed.code == 0 and bodies(bench, "dlq") == [] and bodies(bench, "jobs") == ['{"id": 1}'], agreed


def test_sqs_moves_what_came_from_a_queue(bench):
    died(bench, "1", "2", "3")
    task = Task(bench)
    result, proxy = bench.run(["redrive", "dlq", "--yes"], task.rules)
    result.exits(0).tells("SQS moves them", "Done: 3 messages sent from dlq.")
    assert task.started == [{"SourceArn": bench.aws.arn("sqs", "tiny-dlq")}]
    assert bodies(bench, "jobs") == ["1", "2", "3"] and bodies(bench, "dlq") == []
    assert not [call for call in proxy.calls if call.operation in ("SendMessage", "DeleteMessage")]


def test_a_task_moves_to_another_queue(bench):
    died(bench, "1")
    task = Task(bench)
    bench.run(["redrive", "dlq", "--yes", "--to", "other"], task.rules)[0].exits(0)
    assert task.started[0]["DestinationArn"] == bench.aws.arn("sqs", "tiny-other")
    assert bodies(bench, "other") == ["1"]


def test_a_task_that_fails_says_why(bench):
    died(bench, "1")
    task = Task(bench, ends={"Status": "FAILED", "FailureReason": "AWS.SimpleQueueService.NonExistentQueue"})
    result, _ = bench.run(["redrive", "dlq", "--yes"], task.rules)
    result.exits(1).tells("NonExistentQueue", "Not finished")
    denied = [Rule("sqs:StartMessageMoveTask", Refused(403, "AccessDeniedException", "no")), *Task(bench).rules[1:]]
    bench.run(["redrive", "dlq", "--yes"], denied)[0].exits(1).tells("sqs:StartMessageMoveTask")
    assert bodies(bench, "dlq") == ["1"]


def test_where_sqs_moves_nothing_they_go_one_by_one_to_where_they_came_from(bench):
    died(bench, "1", "2", "3", *[str(n) for n in range(10, 25)])
    result = bench.calmly(["redrive", "dlq", "--yes"]).exits(0).tells("one by one", "Done: 18 messages")
    assert len(bodies(bench, "jobs")) == 18 and bodies(bench, "dlq") == [], result


def test_so_many_and_no_more(bench):
    died(bench, "1", "2", "3")
    result, proxy = bench.run(["redrive", "dlq", "--yes", "--max", "2"])
    result.exits(0).tells("Done: 2 messages sent from dlq, 1 stays there.")
    assert "1 message more not looked at (--max)" in result.out, result
    assert len(bodies(bench, "jobs")) == 2 and len(bodies(bench, "dlq")) == 1
    assert not [call for call in proxy.calls if call.operation == "StartMessageMoveTask"], "a task knows no bound"


def test_attributes_go_along(bench):
    send(bench, "dlq", "1", MessageAttributes={"kind": {"DataType": "String", "StringValue": "order"}})
    bench.calmly(["redrive", "dlq", "--yes", "--to", "queue/other"]).exits(0)
    [message] = bench.aws("sqs").receive_message(QueueUrl=url(bench, "other"), MessageAttributeNames=["All"])["Messages"]
    assert message["MessageAttributes"]["kind"]["StringValue"] == "order"


def test_an_event_of_a_function_goes_back_to_it(bench):
    told = {"ErrorCode": {"DataType": "Number", "StringValue": "200"}, "ErrorMessage": {"DataType": "String", "StringValue": "broke"}}
    send(bench, "lost", {"id": 7}, MessageAttributes=told)
    result = bench.calmly(["redrive", "lost", "--yes"]).exits(0)
    told = " ".join(result.out.split())
    assert "goes to function tiny-work" in told and "failed with 200: broke" in told, result
    called(bench, '{"id":7}')
    assert bodies(bench, "lost") == []


def test_a_message_is_deleted_only_once_its_event_was_taken(bench):
    send(bench, "lost", {"id": 1})
    for fault in (Refused(400, "InvalidRequestContentException", "no"), Refused(403, "AccessDeniedException", "no"), Lost()):
        result, proxy = bench.run(["redrive", "lost", "--yes"], [Rule("lambda:Invoke", fault, times=None)], timeout=200)
        result.exits(1).tells("not sent:", "1 stays there")
        assert not [call for call in proxy.calls if call.operation == "DeleteMessage"], fault
    assert bodies(bench, "lost") == ['{"id": 1}'], "given back at once"


def test_what_was_sent_and_not_deleted_is_said_and_nothing_more_is_copied(bench):
    died(bench, *[f"{n:02}" for n in range(12)])
    denied = Rule("sqs:DeleteMessage", Refused(403, "AccessDeniedException", "no"), times=None)
    result, proxy = bench.run(["redrive", "dlq", "--yes", "--max", "20"], [denied])
    result.exits(6).tells("sqs:DeleteMessage", "1 message sent from dlq, 1 of them not deleted here, 11 stay there.", "goes once more")
    assert "not sent" not in result.err and len([call for call in proxy.calls if call.operation == "SendMessage"]) == 1, result
    assert len(bodies(bench, "jobs")) == 1 and len(bodies(bench, "dlq")) == 12


class NotGivenBack:
    """The answer to a batch that is not carried out says no to each entry."""

    def meet(self, proxy, call, ask):
        entries = json.loads(call.text.split("\n", 1)[1])["Entries"]
        failed = [{"Id": one["Id"], "Code": "InternalError", "SenderFault": False, "Message": "not now"} for one in entries]
        return 200, [("Content-Type", "application/x-amz-json-1.0")], json.dumps({"Failed": failed, "Successful": []}).encode()


@pytest.mark.parametrize("fault, why", [(Refused(403, "AccessDenied", "no"), "AccessDenied: no"), (NotGivenBack(), "InternalError: not now")])
def test_what_cannot_be_given_back_is_told_with_how_long_it_is_held(bench, fault, why):
    send(bench, "dlq", *[f"{n}" for n in range(3)])
    held = [Rule("sqs:ChangeMessageVisibilityBatch", fault, times=None)]
    result, _ = bench.run(["redrive", "dlq", "--yes", "--to", "other"], held)
    result.exits(1).tells("not given back: 3 messages are in flight until ", why, "Not finished: 0 messages sent from dlq, 3 stay there.")
    send(bench, "other", "1", "2")
    looked, _ = bench.run(["redrive", "other", "--dry-run"], held)
    looked.exits(1).tells("not given back: 2 messages are in flight until ")
    # More than a look takes: the rest goes.
    send(bench, "lost", *[json.dumps({"id": n}) for n in range(4)])
    some, _ = bench.run(["redrive", "lost", "--yes", "--show", "1"], held)
    some.exits(6).tells("1 message is in flight until ", "Not finished: 3 messages sent from lost, 1 stays there.")


def test_what_others_hold_is_not_told_as_sent(bench):
    send(bench, "dlq", "1", "2", "3")
    sqs = bench.aws("sqs")
    taken = sqs.receive_message(QueueUrl=url(bench, "dlq"), MaxNumberOfMessages=10, VisibilityTimeout=600)["Messages"]
    for way in ([], ["--to", "other"], ["--max", "2"]):
        result, _ = bench.run(["redrive", "dlq", "--yes", *way])
        result.exits(1).tells("Nothing was sent: 3 messages in dlq are in flight. Run it again when they are back.")
        assert "Done" not in str(result)
    sqs.change_message_visibility(QueueUrl=url(bench, "dlq"), ReceiptHandle=taken[0]["ReceiptHandle"], VisibilityTimeout=0)
    bench.calmly(["redrive", "dlq", "--yes", "--to", "other"]).exits(0).tells("Done: 1 message sent from dlq. Not received: 2 in flight or delayed.")


FIFO = HEAD + """\
queues:
  dlq: { name: tiny-dlq.fifo, fifo: true, content_based_deduplication: true }
  other: { name: tiny-other.fifo, fifo: true, content_based_deduplication: true }
"""


def test_of_a_group_nothing_goes_after_one_that_stays(tmp_path):
    bench = Bench(tmp_path, FIFO)
    bench.calmly(["apply", "--yes"]).exits(0)
    for n in range(5):
        send(bench, "dlq.fifo", f"m{n}", MessageGroupId="g", MessageDeduplicationId=f"g{n}")
    send(bench, "dlq.fifo", "h0", MessageGroupId="h", MessageDeduplicationId="h0")
    refused = Rule("sqs:SendMessage", Refused(400, "InvalidMessageContents", "no"), about='"m1"', times=1)
    result, _ = bench.run(["redrive", "dlq", "--yes", "--to", "queue/other"], [refused])
    result.exits(6).tells("1 message: sqs:SendMessage", "3 messages: it comes after one of its group that stays", "2 messages sent from dlq, 4 stay there.")
    assert bodies(bench, "other.fifo") == ["h0", "m0"]
    bench.calmly(["redrive", "dlq", "--yes", "--to", "queue/other"]).exits(0)
    got = []
    while some := bench.aws("sqs").receive_message(QueueUrl=url(bench, "other.fifo"), MaxNumberOfMessages=10).get("Messages"):
        got += [one["Body"] for one in some]
    assert [body for body in got if body != "h0"] == [f"m{n}" for n in range(5)]


def test_of_a_group_that_goes_nowhere_all_stay(tmp_path):
    bench = Bench(tmp_path, FIFO)
    bench.calmly(["apply", "--yes"]).exits(0)
    for n in range(25):
        send(bench, "dlq.fifo", f"{n}", MessageGroupId="g", MessageDeduplicationId=f"{n}")
    bench.calmly(["redrive", "dlq", "--yes"]).exits(1).tells("0 messages sent from dlq, 25 stay there.")


@pytest.mark.parametrize("mark, whose", [({"etlctl:stack": "other", "etlctl:env": "prod"}, "belongs to other/prod"), (None, "carries no mark")])
@pytest.mark.parametrize("queue, to, foreign", [
    ("dlq", [], "queue/dlq"), ("dlq", ["--to", "other"], "queue/other"), ("dlq", [], "queue/jobs"), ("lost", [], "function/work"),
    ("dlq", ["--to", "work"], "function/work"),
])
def test_what_is_not_this_stacks_is_left_alone(bench, mark, whose, queue, to, foreign):
    send(bench, queue, {"id": 1})
    kind, key = foreign.split("/")
    own = ["etlctl:stack", "etlctl:env", "etlctl:instance"]
    if kind == "queue":
        bench.aws("sqs").untag_queue(QueueUrl=url(bench, key), TagKeys=own)
        if mark:
            bench.aws("sqs").tag_queue(QueueUrl=url(bench, key), Tags=mark)
    else:
        arn = bench.aws.arn("lambda", f"function:tiny-{key}")
        bench.aws("lambda").untag_resource(Resource=arn, TagKeys=own)
        if mark:
            bench.aws("lambda").tag_resource(Resource=arn, Tags=mark)
    for how in ("--yes", "--dry-run"):
        result, proxy = bench.run(["redrive", queue, how, *to])
        result.exits(1).tells(f"{foreign} (tiny-{key}) {whose}", "not this stack's", "nothing was done with it")
        assert not [call for call in proxy.calls if call.operation in ("ReceiveMessage", "SendMessage", "Invoke")], proxy.calls
    assert "--adopt" in result.err if mark is None else "--adopt" not in result.err


def test_letters_do_not_tell_what_functions_hold(tmp_path):
    secret = "zebra crossing at 71"
    bench = Bench(tmp_path, STACK.replace("    log_retention", '    environment: { TOKEN: "${ssm:/token}" }\n    log_retention'))
    bench.aws("ssm").put_parameter(Name="/token", Type="SecureString", Value=secret)
    bench.project.write("handlers/work/index.js", HANDLER)
    bench.calmly(["apply", "--yes"]).exits(0)
    told = {"ErrorCode": {"DataType": "Number", "StringValue": "200"},
            "ErrorMessage": {"DataType": "String", "StringValue": f"the call with {secret} was refused by whoever it was that got it"}}
    for queue in ("lost", "other"):
        send(bench, queue, {"note": f"with {secret} it failed"}, MessageAttributes=told)
        result = bench.calmly(["redrive", queue, "--dry-run"]).exits(0)
        assert "zebra" not in result.out and "crossing" not in result.out and result.out.count("(sensitive)") == 2, result
    statements = bench.calmly(["permissions", "--for", "redrive"]).exits(0).json["Statement"]
    assert any("lambda:GetFunction" in statement["Action"] for statement in statements)


def test_what_goes_nowhere_stays_and_says_why(bench):
    foreign = {"requestContext": {"functionArn": bench.aws.arn("lambda", "function:pays-money")}, "requestPayload": {"sum": 1}}
    send(bench, "lost", "no json", foreign, {"id": 3})
    result = bench.calmly(["redrive", "lost", "--yes"]).exits(6).tells("Not finished: 1 message sent from lost, 2 stay there.")
    assert "pays-money" in result.out and "is no JSON" in result.err
    assert bodies(bench, "lost") == sorted(["no json", json.dumps(foreign)])
    called(bench, '{"id":3}')


def test_a_record_of_a_call_goes_as_the_event_that_it_had(bench):
    record = {"requestContext": {"functionArn": bench.aws.arn("lambda", "function:tiny-work:$LATEST")}, "requestPayload": {"id": 9}}
    send(bench, "other", record)
    bench.calmly(["redrive", "other", "--dry-run"]).exits(0)
    bench.calmly(["redrive", "other", "--yes", "--to", "work"]).exits(0)
    called(bench, '{"id":9}')


def test_the_command_line_is_held_to(bench):
    bench.calmly(["redrive", "dql"]).exits(64).tells("no selected stack has a queue `dql`", "dlq")
    bench.calmly(["redrive", "dlq", "--to", "dlq", "--yes"]).exits(64).tells("itself")
    bench.calmly(["redrive", "dlq", "--to", "nothing"]).exits(64).tells("no such queue or function")
    assert "0 messages" in bench.calmly(["redrive", "dlq", "--yes"]).exits(0).out


def test_a_queue_that_is_not_there(tmp_path):
    Bench(tmp_path, STACK).calmly(["redrive", "dlq", "--yes"]).exits(1).tells("tiny-dlq is not deployed")


def test_interrupted_it_loses_nothing(bench):
    died(bench, *[f"{n:03}" for n in range(40)])
    with Faulty(ENDPOINT, latency=0.05) as proxy:
        process = bench.etlctl.through(proxy).start("redrive", "dlq", "--yes", "--max", "40")
        while not [call for call in proxy.calls if call.operation == "DeleteMessage"]:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)
    assert process.returncode == 130 and "It was interrupted" in err, err
    there = bodies(bench, "jobs") + bodies(bench, "dlq")
    assert sorted(there) == [f"{n:03}" for n in range(40)], "each is in one of them, at once"


def test_the_policy_for_it_is_enough(bench):
    statements = bench.calmly(["permissions", "--for", "redrive"]).exits(0).json["Statement"]
    listed = lambda actions: [actions] if isinstance(actions, str) else actions
    actions = {action for statement in statements for action in listed(statement["Action"])}
    died(bench, "1")
    send(bench, "lost", {"id": 1})
    called_actions = set()
    for queue in ("dlq", "lost"):
        called_actions |= {call.action for call in bench.run(["redrive", queue, "--yes"])[1].calls}
    assert {action.replace("lambda:Invoke", "lambda:InvokeFunction").replace("FunctionFunction", "Function").replace("VisibilityBatch", "Visibility") for action in called_actions} <= actions
    everywhere = [statement for statement in statements if "*" in listed(statement["Resource"])]
    assert all(action.startswith("sts:") for statement in everywhere for action in listed(statement["Action"]))
