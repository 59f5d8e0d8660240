"""Triggers by what happens in a bucket: entries among its notifications, which
others have entries in too, and which S3 replaces as a whole."""

import json
import signal
import threading
import time
from pathlib import Path

import pytest

from bench import Bench
from faults import DoneBut, Faulty, Lost, Refused, Rule
from harness import ENDPOINT, LOCAL
from proxy import Proxy
from stacks import HEAD
from test_hostile_answers import FORMS

FUNCTION = "{ source: ../handlers/work, runtime: nodejs22.x, handler: index.handler, triggers: [%s] }"
# By their paths, which older operations have too.
GET, PUT = "s3:GetBucketNotification", "s3:PutBucketNotification"
PLAN, APPLY, DESTROY = ["plan"], ["apply", "--yes"], ["destroy", "--yes"]
OWN = "etlctl:tiny/dev/dev:"


def stack(*triggers, queue=(), topic=(), alias="", more=""):
    function = FUNCTION % ", ".join(triggers)
    text = HEAD + "functions:\n  work: " + (function.replace("{ ", f"{{ alias: {alias}, ", 1) if alias else function) + "\n"
    text += "queues:\n  jobs: { triggers: [%s] }\n" % ", ".join(queue) if queue else ""
    text += "topics:\n  news: { triggers: [%s] }\n" % ", ".join(topic) if topic else ""
    return text + more


RAW = "{ bucket: %s, prefix: raw/, suffix: .json }"


class Shared:
    """A bucket that the stack does not make, and who has entries in it."""

    def __init__(self, bench, region=None):
        self.s3 = bench.aws("s3")
        self.name = f"shared-{bench.account}"
        place = {"CreateBucketConfiguration": {"LocationConstraint": region}} if region else {}
        self.s3.create_bucket(Bucket=self.name, **place)

    @property
    def document(self):
        answer = self.s3.get_bucket_notification_configuration(Bucket=self.name)
        answer.pop("ResponseMetadata")
        return answer

    @property
    def entries(self):
        lists = ("TopicConfigurations", "QueueConfigurations", "LambdaFunctionConfigurations")
        return {entry["Id"]: entry for name in lists for entry in self.document.get(name, [])}

    @property
    def own(self):
        return {name.removeprefix(OWN) for name in self.entries if name.startswith(OWN)}

    def put(self, document):
        self.s3.put_bucket_notification_configuration(
            Bucket=self.name, NotificationConfiguration=document, SkipDestinationValidation=True)

    def add(self, bench, name, prefix, **more):
        """An entry of somebody else: of a queue that is there."""
        document = self.document
        document.setdefault("QueueConfigurations", []).append({
            "Id": name, "QueueArn": bench.aws.arn("sqs", "theirs"), "Events": ["s3:ObjectCreated:*"],
            "Filter": {"Key": {"FilterRules": [{"Name": "prefix", "Value": prefix}]}}} | more)
        self.put(document)


@pytest.fixture
def bench(tmp_path):
    bench = Bench(tmp_path, HEAD)
    bench.shared = Shared(bench)
    bench.aws("sqs").create_queue(QueueName="theirs")
    bench.project.stack(stack(RAW % bench.shared.name))
    return bench


def policy(bench, name="tiny-work", qualifier=None):
    more = {"Qualifier": qualifier} if qualifier else {}
    client = bench.aws("lambda")
    try:
        document = json.loads(client.get_policy(FunctionName=name, **more)["Policy"])
    except client.exceptions.ResourceNotFoundException:
        return {}
    return {statement["Sid"]: statement for statement in document["Statement"]}


def test_a_bucket_starts_a_function_and_nothing_is_left_of_it(bench):
    shared = bench.shared
    bench.calmly(APPLY).exits(0)
    (entry,) = shared.entries.values()
    assert entry["Id"] == f"{OWN}function/tiny-work:{shared.name}-raw-json"
    assert entry["LambdaFunctionArn"] == bench.aws.arn("lambda", "function:tiny-work")
    assert entry["Events"] == ["s3:ObjectCreated:*"]
    rules = {rule["Name"].lower(): rule["Value"] for rule in entry["Filter"]["Key"]["FilterRules"]}
    assert rules == {"prefix": "raw/", "suffix": ".json"}
    statement = policy(bench)[f"etlctl-s3-{shared.name}"]
    assert statement["Principal"] == {"Service": "s3.amazonaws.com"}
    assert statement["Condition"] == {
        "ArnLike": {"AWS:SourceArn": f"arn:aws:s3:::{shared.name}"}, "StringEquals": {"AWS:SourceAccount": bench.account}}
    bench.assert_converged()
    bench.project.stack(stack())
    bench.calmly(APPLY).exits(0)
    assert not shared.entries
    assert not policy(bench)
    bench.assert_converged()


def test_an_object_runs_the_function(bench):
    """Really: the function writes beside what it was told of."""
    bench.project.write("handlers/work/index.js", """\
const http = require('http');
exports.handler = async event => {
  const { bucket, object } = event.Records[0].s3;
  const to = new URL(`/${bucket.name}/out/${decodeURIComponent(object.key).split('/').pop()}`, process.env.AWS_ENDPOINT_URL || process.env.WHERE);
  const headers = { Authorization: `AWS4-HMAC-SHA256 Credential=${process.env.WHO}/20000101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0` };
  await new Promise((done, fail) => http.request(to, { method: 'PUT', headers }, answer => { answer.resume(); answer.on('end', done) }).on('error', fail).end('done'));
};
""")
    bench.project.stack(stack(RAW % bench.shared.name).replace("handler: index.handler", (
        f"handler: index.handler, timeout: 20s, environment: {{ WHERE: '{LOCAL}', WHO: '{bench.account}' }}")).replace("tiny-${name}", f"tiny-{bench.account}-${{name}}"))
    bench.calmly(APPLY).exits(0)
    s3 = bench.shared.s3
    s3.put_object(Bucket=bench.shared.name, Key="raw/one.json", Body=b"{}")
    s3.put_object(Bucket=bench.shared.name, Key="raw/two.csv", Body=b"{}")
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        found = [each["Key"] for each in s3.list_objects_v2(Bucket=bench.shared.name, Prefix="out/").get("Contents", [])]
        if found:
            break
        time.sleep(0.2)
    assert found == ["out/one.json"]


def test_an_alias_is_started_and_another_one_after_it(bench):
    shared = bench.shared
    bench.project.stack(stack(RAW % shared.name, alias="live"))
    bench.calmly(APPLY).exits(0)
    (entry,) = shared.entries.values()
    assert entry["LambdaFunctionArn"].endswith(":function:tiny-work:live")
    assert f"etlctl-s3-{shared.name}" in policy(bench, qualifier="live")
    bench.assert_converged()
    bench.project.stack(stack(RAW % shared.name, alias="blue"))
    bench.calmly(APPLY).exits(0)
    (entry,) = shared.entries.values()
    assert entry["LambdaFunctionArn"].endswith(":function:tiny-work:blue")
    bench.assert_converged()


def test_queues_and_topics_are_told_and_keep_their_own_policies(bench):
    shared, account = bench.shared, bench.account
    ours = "policy: [{ sid: mine, actions: [sqs:SendMessage], resources: ['*'], principals: { AWS: ['%s'] } }], " % account
    text = stack(queue=["{ bucket: %s, prefix: q/, events: [object_created:put, object_removed] }" % shared.name],
                 topic=["{ bucket: %s, prefix: t/ }" % shared.name])
    bench.project.stack(text.replace("jobs: { ", "jobs: { " + ours))
    bench.calmly(APPLY).exits(0)
    assert shared.own == {f"queue/tiny-jobs:{shared.name}-q", f"topic/tiny-news:{shared.name}-t"}
    sqs = bench.aws("sqs")
    document = json.loads(sqs.get_queue_attributes(QueueUrl=bench.aws.queue_url("tiny-jobs"), AttributeNames=["Policy"])["Attributes"]["Policy"])
    assert {statement["Sid"] for statement in document["Statement"]} == {"mine", f"etlctl-s3-{shared.name}"}
    topic = json.loads(bench.aws("sns").get_topic_attributes(TopicArn=bench.aws.arn("sns", "tiny-news"))["Attributes"]["Policy"])
    assert {statement["Sid"] for statement in topic["Statement"]} == {"__default_statement_ID", f"etlctl-s3-{shared.name}"}
    bench.assert_converged()
    shared.s3.put_object(Bucket=shared.name, Key="q/one", Body=b"")
    bodies, deadline = "", time.monotonic() + 20
    while "q/one" not in bodies and time.monotonic() < deadline:
        bodies += str(sqs.receive_message(QueueUrl=bench.aws.queue_url("tiny-jobs"), WaitTimeSeconds=1).get("Messages"))
    assert "q/one" in bodies
    bench.project.stack(stack().replace("functions", "queues: { jobs: {} }\ntopics: { news: {} }\nfunctions"))
    bench.calmly(APPLY).exits(0)
    assert not shared.entries
    bench.assert_converged()


@pytest.mark.parametrize("field", ["events", "prefix", "suffix", "destination", "gone", "statement"])
def test_drift_of_each_field_is_seen_and_healed(bench, field):
    shared = bench.shared
    bench.calmly(APPLY).exits(0)
    before = shared.document
    document = json.loads(json.dumps(before))
    (entry,) = document["LambdaFunctionConfigurations"]
    rules = {rule["Name"].lower(): rule for rule in entry["Filter"]["Key"]["FilterRules"]}
    if field == "events":
        entry["Events"] = ["s3:ObjectRemoved:*"]
    elif field == "destination":
        entry["LambdaFunctionArn"] += "2"
    elif field == "gone":
        document = {}
    elif field == "statement":
        bench.aws("lambda").remove_permission(FunctionName="tiny-work", StatementId=f"etlctl-s3-{shared.name}")
    else:
        rules[field]["Value"] = "other"
    if field != "statement":
        shared.put(document)
    bench.calmly(["plan", "--detailed-exitcode"]).exits(2)
    bench.calmly(APPLY).exits(0)
    assert shared.document == before
    bench.assert_converged()


def test_entries_of_others_stay_word_for_word(bench):
    shared, aws = bench.shared, bench.aws
    theirs = {
        "TopicConfigurations": [{"Id": "t", "TopicArn": aws.arn("sns", "t"), "Events": ["s3:ObjectRestore:*", "s3:LifecycleTransition"]}],
        "QueueConfigurations": [{"Id": "q & <q>", "QueueArn": aws.arn("sqs", "theirs"), "Events": ["s3:ObjectCreated:*"],
                                 "Filter": {"Key": {"FilterRules": [{"Name": "suffix", "Value": ".ü"}, {"Name": "prefix", "Value": "x/"}]}}}],
        "LambdaFunctionConfigurations": [
            {"Id": "etlctl:tiny/dev/dev2:function/tiny-work:x", "LambdaFunctionArn": aws.arn("lambda", "function:f"),
             "Events": ["s3:ObjectCreated:Put"], "Filter": {"Key": {"FilterRules": [{"Name": "prefix", "Value": "y/"}]}}}],
        "EventBridgeConfiguration": {},
    }
    shared.put(theirs)
    before = shared.document
    bench.calmly(APPLY).exits(0)
    during = shared.document
    assert during["LambdaFunctionConfigurations"].pop()["Id"].startswith(OWN)
    assert during == before
    bench.calmly(DESTROY).exits(0)
    assert shared.document == before


def test_two_functions_of_one_bucket_and_one_that_takes_over_from_the_other(bench):
    shared = bench.shared
    other = "  other: " + FUNCTION % "%s" + "\n"
    bench.project.stack(stack(RAW % shared.name, more=other % ("{ bucket: %s, prefix: csv/ }" % shared.name)))
    bench.calmly(APPLY).exits(0)
    assert shared.own == {f"function/tiny-work:{shared.name}-raw-json", f"function/tiny-other:{shared.name}-csv"}
    # What one loses the other gets in the same request: S3 takes no two that overlap.
    bench.project.stack(stack(more=other % (RAW % shared.name)))
    result, _ = bench.run(APPLY)
    result.exits(0)
    assert shared.own == {f"function/tiny-other:{shared.name}-raw-json"}
    bench.assert_converged()


def function(key, *triggers, more=""):
    return f"  {key}: " + (FUNCTION % ", ".join(triggers)).replace("{ ", "{ " + more, 1) + "\n"


class Documents(Faulty):
    """Keeps what each write of notifications says, and refuses what rules say."""

    def __init__(self, rules=()):
        super().__init__(ENDPOINT, rules)
        self.written = []

    def answer(self, call, request, body):
        if call.action == PUT:
            self.written.append(call.text)
        return super().answer(call, request, body)


REFUSED = Refused(400, "InvalidParameterValueException", "not today")
MOVES = {
    "function to a new queue": ("functions:\n" + function("a", "IT"), "functions:\n" + function("a") + "queues: { new: { triggers: [IT] } }\n",
                                "sqs:CreateQueue"),
    "queue to a function": ("queues: { q: { triggers: [IT] } }\nfunctions:\n" + function("z"), "queues: { q: {} }\nfunctions:\n" + function("z", "IT"),
                            "lambda:AddPermission"),
    "function to one that is there": ("functions:\n" + function("a", "IT") + function("b"), "functions:\n" + function("a") + function("b", "IT"),
                                      "lambda:AddPermission"),
    "another key": ("functions:\n" + function("a", "IT"), "functions:\n" + function("b", "IT"), "lambda:CreateFunction"),
    "one that names the other": ("functions:\n" + function("a", "IT") + function("b"),
                                 "functions:\n" + function("a") + function("b", "IT", more="environment: { OF: '${functions.a.name}' }, "),
                                 "lambda:AddPermission"),
}


@pytest.mark.parametrize("before, after, refused", MOVES.values(), ids=MOVES)
def test_a_trigger_that_moves_is_never_gone(bench, before, after, refused):
    """Also where who is to take it cannot: it stays where it was, and the next apply goes on."""
    shared = bench.shared
    it = "{ bucket: %s, prefix: raw/ }" % shared.name
    bench.project.stack(HEAD + before.replace("IT", it))
    bench.calmly(APPLY).exits(0)
    (own,) = shared.own
    bench.project.stack(HEAD + after.replace("IT", it))
    with Documents([Rule(refused, REFUSED)]) as proxy:
        result = bench.etlctl.through(proxy)(*APPLY, check=False)
    assert result.code != 0 and not proxy.written, result
    assert shared.own == {own}, result
    assert "✓ function/a" not in result.err, "who still has it is not done"
    arn = next(iter(shared.entries.values()))
    if "LambdaFunctionArn" in arn:
        assert f"etlctl-s3-{shared.name}" in policy(bench, arn["LambdaFunctionArn"].rsplit(":", 1)[1])
    with Documents() as proxy:
        result = bench.etlctl.through(proxy)(*APPLY, check=False)
    result.exits(0)
    assert proxy.written and all("raw/" in text for text in proxy.written), proxy.written
    assert len(shared.own) == 1 and shared.own != {own}
    bench.assert_converged()


@pytest.mark.parametrize("name", ["", "name: x, "], ids=["by what they say", "by names"])
def test_two_that_change_triggers_never_leave_one_out(bench, name):
    shared = bench.shared

    def files(a, b):
        trigger = "{ %sbucket: %s, prefix: %s }"
        return HEAD + "functions:\n" + function("a", trigger % (name, shared.name, a)) + function("b", trigger % (name, shared.name, b))

    bench.project.stack(files("one/", "two/"))
    bench.calmly(APPLY).exits(0)
    bench.project.stack(files("two/", "one/"))
    with Documents() as proxy:
        result = bench.etlctl.through(proxy)(*APPLY, check=False)
    result.exits(0)
    assert proxy.written and all("one/" in text and "two/" in text for text in proxy.written), proxy.written
    starts = {entry["Filter"]["Key"]["FilterRules"][0]["Value"]: entry["LambdaFunctionArn"][-1] for entry in shared.entries.values()}
    assert starts == {"one/": "b", "two/": "a"}
    bench.assert_converged()


def test_what_gives_way_and_is_in_no_plan_is_told(bench):
    shared = bench.shared
    trigger = "{ bucket: %s, prefix: %s }"
    bench.project.stack(HEAD + "functions:\n" + function("a", trigger % (shared.name, "raw/")) + function("b"))
    bench.calmly(APPLY).exits(0)
    bench.project.stack(HEAD + "functions:\n" + function("a", trigger % (shared.name, "raw2/")) + function("b", trigger % (shared.name, "raw/")))
    target = ["--target", "function/b"]
    told = " ".join(bench.calmly([*PLAN, *target]).exits(0).out.split())
    assert "function/b takes the place of" in told and "of function/a, which this plan leaves out" in told, told
    whole = bench.calmly(PLAN).exits(0).out
    assert "takes the place" not in whole, whole
    bench.calmly([*APPLY, *target]).exits(0).tells("the new one takes the place of")
    bench.calmly(APPLY).exits(0)
    bench.assert_converged()
    # What was let go has no step in any plan.
    bench.calmly(["eject", "function/a", "--yes"]).exits(0)
    bench.project.stack(HEAD + "functions:\n" + function("b", trigger % (shared.name, "raw/"), trigger % (shared.name, "raw2/")))
    told = " ".join(bench.calmly(PLAN).exits(0).out.split())
    assert "function/b takes the place of" in told and "something that this stack let go" in told, told
    bench.calmly(APPLY).exits(0).tells("the new one takes the place of")


def by_hand(bench, events):
    """A notification of somebody else's that starts the stack's function."""
    bench.project.stack(stack())
    bench.calmly(APPLY).exits(0)
    bench.shared.put({"LambdaFunctionConfigurations": [{
        "Id": "legacy", "LambdaFunctionArn": bench.aws.arn("lambda", "function:tiny-work"), "Events": events,
        "Filter": {"Key": {"FilterRules": [{"Name": "prefix", "Value": "raw/"}, {"Name": "suffix", "Value": ".json"}]}}}]})
    bench.project.stack(stack(RAW % bench.shared.name))


def test_an_entry_that_says_the_same_is_taken_over(bench):
    shared = bench.shared
    by_hand(bench, ["s3:ObjectCreated:*"])
    bench.calmly(PLAN).exits(0)
    bench.calmly(APPLY).exits(0).tells("takes the place of `legacy`")
    assert set(shared.entries) == {f"{OWN}function/tiny-work:{shared.name}-raw-json"}
    bench.assert_converged()


def test_an_entry_that_says_something_else_says_how_to_take_it_over(bench):
    by_hand(bench, ["s3:ObjectCreated:Put"])
    for command in (PLAN, APPLY):
        refused = bench.calmly(command).exits(3).tells("E643", "to take it over")
        assert "quota" not in refused.err, refused
    assert set(bench.shared.entries) == {"legacy"}


def test_what_s3_would_refuse_is_refused_before_anything_is_made(bench):
    shared = bench.shared
    shared.add(bench, "theirs", "raw/in/")
    for bucket, words in ((shared.name, ("E643", "`theirs`", "raw/in/")), ("there-is-none-of-it", ("E640", "there is no bucket"))):
        bench.project.stack(stack(RAW % bucket))
        for command in (PLAN, APPLY):
            result, proxy = bench.run(command)
            result.exits(3).tells(*words)
            assert not proxy.writes
    region = Bench(Path(bench.project.dir) / "elsewhere", HEAD)
    region.shared = Shared(region, "eu-west-1")
    region.project.stack(stack(RAW % region.shared.name))
    region.calmly(APPLY).exits(3).tells("E642", "us-east-1")


def test_two_stacks_of_one_run_that_overlap_are_refused_before_anything_is_made(bench):
    other = stack("{ bucket: %s, prefix: raw/in/, name: other }" % bench.shared.name).replace("tiny", "twin")
    bench.project.write("desired-state/twin.yaml", other)
    for command in (PLAN, APPLY):
        result, proxy = bench.run(command)
        result.exits(3).tells("E643", bench.shared.name, "function/work of tiny", "raw/")
        assert not proxy.writes
    bench.project.write("desired-state/twin.yaml", other.replace("raw/in/", "done/"))
    bench.calmly(APPLY).exits(0)


class Answered(Faulty):
    """Answers of S3 in its own XML, for calls that `says` has one for; or what is done before a call goes on."""

    def __init__(self, says=lambda call: None, done=lambda call: None):
        super().__init__(ENDPOINT)
        self.says, self.done = says, done

    def answer(self, call, request, body):
        said = self.says(call)
        if said is None:
            answer = super().answer(call, request, body)
            self.done(call)
            return answer
        code, status, more = said
        text = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>{more[0]}</Message>{more[1]}</Error>"
        return status, [("Content-Type", "application/xml")], text.encode()


INVALID = "Unable to validate the following destination configurations"


def named(arn, why, number=""):
    return f"<ArgumentName{number}>{arn}</ArgumentName{number}><ArgumentValue{number}>{why}</ArgumentValue{number}>"


def test_a_bucket_of_another_account_is_refused(bench):
    denied = ("AccessDenied", 403, ("Access Denied", ""))
    result, proxy = bench.run(APPLY, through=Answered(lambda call: denied if call.action == GET else None))
    result.exits(3).tells("E641", bench.account)
    assert not proxy.writes
    # What the call says of who is to own the bucket.
    with Proxy(ENDPOINT) as seen:
        owners = []
        seen.answer = lambda call, request, body: (
            owners.append(request.headers.get("x-amz-expected-bucket-owner")) if call.action in (GET, PUT) else None, seen.ask(request, body))[1]
        bench.etlctl.through(seen)(*APPLY)
    assert set(owners) == {bench.account}


def test_a_permission_that_spreads_is_waited_for(bench):
    arn, times = bench.aws.arn("lambda", "function:tiny-work"), iter(range(3))
    refusal = ("InvalidArgument", 400, (INVALID, named(arn, f"Not authorized to invoke function [{arn}]")))
    says = lambda call: refusal if call.action == PUT and next(times, None) is not None else None  # noqa: E731
    result, proxy = bench.run(APPLY, through=Answered(says))
    result.exits(0).tells("S3 does not see yet that it is let in")
    assert proxy.count(PUT) == 4 and bench.shared.own


def test_a_dead_destination_of_somebody_else_is_told_and_stays(bench):
    bench.shared.add(bench, "dead", "dead/", QueueArn=bench.aws.arn("sqs", "gone"))
    refusal = ("InvalidArgument", 400, (INVALID, named(bench.aws.arn("sqs", "gone"), "The destination queue does not exist", 1)))
    skipped = []

    class Validating(Answered):
        def answer(self, call, request, body):
            if call.action == PUT:
                skipped.append(request.headers.get("x-amz-skip-destination-validation"))
            return super().answer(call, request, body)

    result, _ = bench.run(APPLY, through=Validating(lambda call: refusal if call.action == PUT and skipped == [None] else None))
    result.exits(0).tells("gone", "The destination queue does not exist", "they are left as they are")
    assert skipped == [None, "true"]
    assert "dead" in bench.shared.entries and bench.shared.own


def test_another_write_of_the_bucket_is_waited_out(bench):
    times = iter(range(2))
    busy = ("OperationAborted", 409, ("A conflicting conditional operation is currently in progress", ""))
    result, proxy = bench.run(APPLY, through=Answered(lambda call: busy if call.action == PUT and next(times, None) is not None else None))
    result.exits(0).tells("another write of the bucket is in progress")
    # The document is read anew before it is written anew.
    names = [call.action for call in proxy.calls if call.action in (GET, PUT)]
    assert names.count(PUT) == 3 and all(GET in names[at - 3:at] for at, name in enumerate(names) if name == PUT)


def test_what_another_writes_between_read_and_write_is_put_back(bench):
    """Somebody adds an entry after the first read, and before the write gets there."""
    added = threading.Event()
    reads = []

    def done(call):
        if call.action == GET:
            reads.append(call)
            # One of the plan, one of the preflight's memo, two before the write.
            if proxy.count(PUT) == 0 and len(reads) >= before and not added.is_set():
                added.set()
                bench.shared.add(bench, "between", "between/")

    counted, plain = bench.run(PLAN)
    before = plain.count(GET) + 2
    proxy = Answered(done=done)
    # The write is held back until the read beside it has been answered.
    proxy.before = lambda call: time.sleep(0.5) if call.action == PUT else None
    result, _ = bench.run(APPLY, through=proxy)
    result.exits(0)
    assert added.is_set()
    assert "between" in bench.shared.entries and bench.shared.own, result
    result.tells("is put back", "`between`")


def test_who_writes_what_was_read_before_takes_nothing_away_for_good(bench):
    """Another client read before our write, and writes after it."""
    stale = bench.shared.document
    done = threading.Event()

    def after(call):
        if call.action == PUT and not done.is_set():
            done.set()
            threading.Timer(0.3, lambda: bench.shared.put(stale)).start()
        return False

    proxy = Answered()
    proxy.after = after
    result, _ = bench.run(APPLY, through=proxy)
    result.exits(0).tells("another client had taken them away")
    assert bench.shared.own
    bench.assert_converged()


@pytest.mark.parametrize("operation", ["lambda:AddPermission", PUT])
def test_a_kill_in_the_middle_leaves_what_the_next_apply_completes(bench, operation):
    with Faulty(ENDPOINT) as proxy:
        reached = threading.Event()
        proxy.after = lambda call: reached.set() if call.action == operation else False
        process = bench.etlctl.through(proxy).start(*APPLY)
        assert reached.wait(60)
        process.send_signal(signal.SIGKILL)
        process.communicate()
    bench.calmly(APPLY).exits(0)
    assert bench.shared.own
    bench.assert_converged()
    bench.calmly(DESTROY).exits(0)
    assert not bench.shared.entries


def test_nothing_is_asked_where_no_bucket_is_named(bench):
    bench.project.stack(stack())
    _, proxy = bench.run(APPLY)
    assert not [call for call in proxy.calls if call.service == "s3"]
    bench.project.stack(stack(RAW % bench.shared.name))
    bench.calmly(APPLY).exits(0)
    _, proxy = bench.run(PLAN)
    assert proxy.count(GET) == 1
    result, proxy = bench.run(APPLY)
    result.exits(0)
    assert proxy.count(PUT) == 0


@pytest.mark.parametrize("fault", [Lost(), DoneBut(500, "InternalError", "We encountered an internal error.")], ids=["lost", "done but 500"])
def test_a_write_whose_answer_is_lost_is_done(bench, fault):
    bench.shared.add(bench, "theirs", "x/")
    for text, own in ((stack(RAW % bench.shared.name), 1), (stack(), 0)):
        bench.project.stack(text)
        result, _ = bench.run(APPLY, [Rule(PUT, fault)])
        result.exits(0)
        assert len(bench.shared.own) == own and "theirs" in bench.shared.entries
        bench.assert_converged()


@pytest.mark.parametrize("form", FORMS)
def test_what_is_no_document_is_never_taken_for_an_empty_one(bench, form):
    bench.shared.add(bench, "theirs", "x/")
    bench.calmly(APPLY).exits(0)
    before = bench.shared.document
    result, proxy = bench.run(APPLY, [Rule(GET, FORMS[form], times=None)])
    assert result.code != 0 and proxy.count(PUT) == 0, result
    assert bench.shared.document == before


def test_an_element_that_is_not_known_is_not_lost(bench):
    """What S3 may have tomorrow, this version would drop: it writes nothing."""
    bench.shared.add(bench, "theirs", "x/")
    more = Answered()
    ask = more.ask
    more.ask = lambda request, body: (lambda status, headers, content: (
        status, headers, content.replace(b"</QueueConfiguration>", b"<Batch>7</Batch></QueueConfiguration>")))(*ask(request, body))
    result, proxy = bench.run(APPLY, through=more)
    assert result.code != 0 and proxy.count(PUT) == 0, result
    result.tells("`Batch`", "use a newer one")


def allowed(bench, purpose):
    statements = json.loads(bench.calmly(["permissions", "--for", purpose]).exits(0).out)["Statement"]
    found = {}
    for statement in statements:
        actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
        found |= {action: statement["Resource"] for action in actions if action.startswith("s3:")}
    return found


def test_permissions_name_the_bucket_and_are_asked_only_where_there_is_one(bench):
    arn = f"arn:aws:s3:::{bench.shared.name}"
    reads = {"s3:GetBucketNotification": arn}
    assert allowed(bench, "plan") == reads | {"s3:GetBucketLocation": arn}
    assert allowed(bench, "apply") == reads | {"s3:GetBucketLocation": arn, "s3:PutBucketNotification": arn}
    assert allowed(bench, "destroy") == reads | {"s3:PutBucketNotification": arn}
    bench.project.stack(stack())
    assert not allowed(bench, "apply")


def test_a_queue_reads_no_queue(bench):
    bench.project.stack(stack(queue=["{ queue: jobs }"]))
    bench.calmly(["validate"]).exits(3).tells("queues.jobs", "is read by a function, and by nothing else")


def test_two_triggers_of_one_name_are_refused(bench):
    bench.project.stack(stack(*["{ bucket: bkt, name: one, prefix: %s }" % prefix for prefix in ("a/", "b/")]))
    bench.calmly(["validate"]).exits(3).tells("two triggers of buckets are named `one`")


def test_a_bucket_that_is_gone_keeps_nobody_from_going(bench):
    bench.calmly(APPLY).exits(0)
    bench.shared.s3.delete_bucket(Bucket=bench.shared.name)
    bench.calmly(DESTROY).exits(0)


def writer(bench, stop, failures, pause=0.05):
    """A third writer, as other tools are: it reads, changes and writes, and looks whether its own is there."""
    mine = []
    number = 0
    while not stop.is_set():
        number += 1
        name = f"third-{number}"
        for _ in range(40):
            document = bench.shared.document
            queues = document.setdefault("QueueConfigurations", [])
            if name not in {entry["Id"] for entry in queues}:
                queues.append({"Id": name, "QueueArn": bench.aws.arn("sqs", "theirs"), "Events": ["s3:ObjectCreated:*"],
                               "Filter": {"Key": {"FilterRules": [{"Name": "prefix", "Value": f"third/{number}/"}]}}})
                time.sleep(pause)
                bench.shared.put(document)
            time.sleep(0.3)
            if name in bench.shared.entries:
                break
        else:
            failures.append(name)
        mine.append(name)
    return mine


def rounds(tmp_path, bench, times):
    """Two stacks that share the bucket are applied at the same time, again and again, with a third writer."""
    other = Bench(tmp_path / "other", HEAD, bench.aws)
    stop, failures, mine = threading.Event(), [], []
    third = threading.Thread(target=lambda: mine.extend(writer(bench, stop, failures)))
    third.start()
    try:
        for turn in range(times):
            bench.project.stack(stack("{ bucket: %s, prefix: a/%d/, name: in }" % (bench.shared.name, turn)))
            other.project.stack(stack("{ bucket: %s, prefix: b/%d/, name: in }" % (bench.shared.name, turn)).replace("tiny", "twin"))
            both = [each.etlctl.start(*APPLY) for each in (bench, other)]
            for process in both:
                out, err = process.communicate(timeout=120)
                assert process.returncode == 0, err
            entries = bench.shared.entries
            found = {name: {rule["Value"] for rule in entries[name]["Filter"]["Key"]["FilterRules"]}
                     for name in (f"{OWN}function/tiny-work:in", "etlctl:twin/dev/dev:function/twin-work:in")}
            assert list(found.values()) == [{f"a/{turn}/"}, {f"b/{turn}/"}], turn
    finally:
        stop.set()
        third.join()
    assert not failures and mine
    missing = set(mine) - set(bench.shared.entries)
    assert not missing, f"{len(missing)} of {len(mine)} entries of the third writer are gone: {sorted(missing)}"


def test_two_stacks_and_a_third_writer_lose_no_entry(tmp_path, bench):
    rounds(tmp_path, bench, 6)


@pytest.mark.long
def test_two_stacks_and_a_third_writer_lose_no_entry_in_fifty_applies(tmp_path, bench):
    rounds(tmp_path, bench, 25)
