"""Who is told what a watcher saw, and who made it."""

import collections
import json
import ssl
import threading
import time
import urllib.parse
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from bench import Bench
from faults import Faulty, Refused, Rule
from harness import ENDPOINT
from test_watch import STACK, set_queue
from watching import Watching, free_port

SECRET = "T0000-B0000-s3cr3tOfTheHook"


@pytest.fixture
def bench(tmp_path):
    bench = Bench(tmp_path, STACK)
    bench.calmly(["apply", "--yes"]).exits(0)
    return bench


class Hook:
    """A server that takes what is posted to it, or answers with another status."""

    def __init__(self, port=0, status=200, tls=None):
        self.posts, self.status = [], status
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_):
                pass

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if hook.status == 200:
                    hook.posts.append((self.path, self.headers["Content-Type"], json.loads(body)))
                self.send_response(hook.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

        self.server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        if tls:
            self.server.socket = tls.wrap_socket(self.server.socket, server_side=True)
        self.url = f"http{'s' if tls else ''}://127.0.0.1:{self.server.server_port}/services/{SECRET}?token={SECRET}"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


def test_a_webhook_is_told_each_event_once_in_order_and_its_address_is_never_printed(bench):
    with Hook() as hook, Watching(bench.etlctl, "--heal", "--notify", hook.url) as watching:
        watching.until("started")
        set_queue(bench, DelaySeconds="9")
        watching.until("healed", "queue/dlq")
        watching.pass_looks(2)
        assert watching.figure("etlctl_watch_notifications_total") == 2
        assert watching.end() == 0
    assert [(path.split("?")[0], kind) for path, kind, _ in hook.posts] == [(f"/services/{SECRET}", "application/json")] * 2
    assert [body for *_, body in hook.posts] == watching.of("drift") + watching.of("healed"), "the very lines of the output"
    assert SECRET not in str(watching)


def test_what_is_not_taken_waits_and_is_told(bench):
    with Hook(status=500) as hook, Watching(bench.etlctl, "--notify", hook.url) as watching:
        watching.until("started")
        set_queue(bench, DelaySeconds="9")
        event = watching.until("undelivered")
        assert event["why"] == "it answered 500" and event["to"] == "http://127.0.0.1/…" and event["waiting"] == 1, event
        watching.pass_looks(2)
        assert len(watching.of("undelivered")) == 1 and watching.figure("etlctl_watch_notifications_waiting") == 1
        hook.status = 200
        watching.pass_looks(2)
        assert [body["event"] for *_, body in hook.posts] == ["drift"]
        hook.status = 503
        set_queue(bench, DelaySeconds="3")
        watching.until("undelivered", number=2)
        assert watching.end() == 1, "what was not delivered is no success"
    assert SECRET not in str(watching)


WITH_SECRET = """\
stack: tiny
region: us-east-1
environments: { dev: {} }
naming: "tiny-${name}"
variables: { pin: { default: "4711-of-the-file", sensitive: true } }
functions:
  work: { source: ../handlers/work, runtime: nodejs22.x, handler: index.handler, environment: { PIN: "${pin}", PASSWORD: "${pin}" } }
"""


def test_a_secret_is_told_nobody(tmp_path):
    bench = Bench(tmp_path, WITH_SECRET)
    bench.calmly(["apply", "--yes"]).exits(0)
    bench.aws("lambda").update_function_configuration(
        FunctionName="tiny-work", Environment={"Variables": {"PIN": "4711-of-the-file", "PASSWORD": "hunter2-of-somebody"}})
    with Hook() as hook, Watching(bench.etlctl, "--heal", "--notify", hook.url) as watching:
        watching.until("healed", "function/work")
        watching.pass_looks(1)
        assert watching.of("drift")[0]["fields"] == [
            {"path": "environment.PASSWORD", "before": "(sensitive)", "after": "(sensitive)", "sensitive": True}], str(watching)
        assert watching.end() == 0
    told = str(watching) + str(hook.posts)
    assert len(hook.posts) == 2 and "hunter2" not in told and "4711" not in told, told


def test_nobody_at_the_webhook_is_told_without_its_address(bench):
    set_queue(bench, DelaySeconds="9")
    url = f"http://127.0.0.1:{free_port()}/services/{SECRET}"
    run = bench.calmly(["watch", "--looks", "1", "--no-who"], env={"ETLCTL_NOTIFY": url}).exits(1)
    run.tells("1 notifications were not delivered, and are lost")
    assert "not told http://127.0.0.1/…: it cannot be reached" in run.out and SECRET not in run.out + run.err, run


@pytest.mark.parametrize("url", [f"http://hooks.example.com/{SECRET}", f"ftp://x/{SECRET}", f"sns:{SECRET}"])
def test_what_is_neither_topic_nor_webhook_is_refused_and_not_quoted(bench, url):
    run = bench.calmly(["watch", "--looks", "1", "--notify", url]).exits(64)
    assert "--notify, number 1" in run.err and SECRET not in run.out + run.err, run


# An authority of nobody's, and a certificate of it for this machine's address, good for a hundred years. Made by
# `openssl req -x509 -addext keyUsage=critical,keyCertSign` and `openssl x509 -req` with `subjectAltName=IP:127.0.0.1`
# and `basicConstraints=CA:FALSE`; the authority's own key is gone.
TLS = Path(__file__).parent / "tls"


def test_tls_is_verified(bench):
    """The one thing that is wrong with the certificate is that nobody knows who gave it: with that said, it is taken."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(TLS / "cert.pem", TLS / "key.pem")
    set_queue(bench, DelaySeconds="9")
    args = ["watch", "--looks", "1", "--no-who", "--notify"]
    with Hook(tls=tls) as hook:
        run = bench.calmly([*args, hook.url]).exits(1)
        assert not hook.posts and "it cannot be reached" in run.out and "UnknownIssuer" in run.out, run
        assert SECRET not in run.out + run.err, run
        run = bench.calmly([*args, hook.url], env={"SSL_CERT_FILE": str(TLS / "ca.pem")}).exits(0)
        assert [body["event"] for *_, body in hook.posts] == ["drift"], run


def test_a_topic_is_told_and_gives_it_on(bench):
    topic = bench.aws("sns").create_topic(Name="told")["TopicArn"]
    queue = bench.aws("sqs").create_queue(QueueName="told")["QueueUrl"]
    bench.aws("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=bench.aws.arn("sqs", "told"))
    with Watching(bench.etlctl, "--heal", "--notify", f"sns:{topic}") as watching:
        watching.until("started")
        set_queue(bench, DelaySeconds="9")
        watching.until("healed", "queue/dlq")
        watching.pass_looks(1)
        assert watching.end() == 0
    told = []
    while messages := bench.aws("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages"):
        told += [json.loads(message["Body"]) for message in messages]
        for message in messages:
            bench.aws("sqs").delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
    told.sort(key=lambda message: json.loads(message["Message"])["event"])
    assert [message["Subject"] for message in told] == ["etlctl: drift queue/dlq in tiny/dev", "etlctl: healed queue/dlq in tiny/dev"]
    assert [json.loads(message["Message"]) for message in told] == watching.of("drift") + watching.of("healed")


def test_a_fifo_topic_knows_an_event_that_is_sent_again(bench):
    """The answer is lost, so that it is sent twice."""
    topic = bench.aws("sns").create_topic(Name="told.fifo", Attributes={"FifoTopic": "true"})["TopicArn"]
    sent = []
    with Faulty(ENDPOINT, [Rule("sns:Publish", Refused(500, "InternalError", "later"), times=1)]) as proxy:
        proxy.before = lambda call: sent.append(urllib.parse.parse_qs(call.text.split("\n", 1)[1])) if call.name == "sns:Publish" else None
        for process in range(2):
            with Watching(bench.etlctl.through(proxy), "--notify", f"sns:{topic}") as watching:
                watching.until("started")
                set_queue(bench, DelaySeconds=str(8 + process))
                watching.until("drift", "queue/dlq")
                watching.pass_looks(2)
                watching.end()
    ids = [one["MessageDeduplicationId"][0] for one in sent]
    assert len(ids) >= 3 and ids[0] == ids[1] and len(set(ids)) == len({one["Message"][0] for one in sent}) >= 2, ids
    assert {one["MessageGroupId"][0] for one in sent} == {"tiny/dev/dev"}


def test_a_topic_that_may_not_be_told_is_no_silence(bench):
    set_queue(bench, DelaySeconds="9")
    rules = [Rule("sns:Publish", Refused(403, "AuthorizationError", "not you"))]
    topic = bench.aws("sns").create_topic(Name="told")["TopicArn"]
    with Faulty(ENDPOINT, rules) as proxy, Watching(bench.etlctl.through(proxy), "--notify", f"sns:{topic}") as watching:
        event = watching.until("undelivered")
        assert event["to"] == topic and "AuthorizationError" in event["why"], event
        watching.pass_looks(2)
        assert proxy.count("sns:Publish") == 2 and watching.figure("etlctl_watch_notifications_waiting") == 0
        assert watching.end() == 0


class Record:
    """CloudTrail's record, as LookupEvents tells it: newest first, of the time that is asked for."""

    def __init__(self, *events, late=0):
        self.events, self.late, self.asked = list(events), late, []

    @staticmethod
    def event(name, who, queue, read_only="false", ago=0.0):
        arn = who if who.startswith("arn:") else f"arn:aws:sts::111122223333:assumed-role/Admin/{who}"
        whole = {"userIdentity": {"type": "AssumedRole", "arn": arn}, "sourceIPAddress": "203.0.113.7",
                 "requestParameters": {"queueUrl": f"https://sqs.us-east-1.amazonaws.com/111122223333/{queue}",
                                       "attributes": {"DelaySeconds": "9"}}, "responseElements": None}
        return {"EventId": f"{name}-{who}", "EventName": name, "ReadOnly": read_only, "EventTime": int(time.time() - ago),
                "EventSource": "sqs.amazonaws.com", "Username": who, "Resources": [], "CloudTrailEvent": json.dumps(whole)}

    def changed(self, who, queue="tiny-dlq", **more):
        self.events.append(self.event("SetQueueAttributes", who, queue, **more))

    def meet(self, proxy, call, ask):
        self.asked.append(json.loads(call.text.split("\n", 1)[1]))
        asked = self.asked[-1]
        events = sorted(self.events, key=lambda event: -event["EventTime"])
        end = asked.get("EndTime", time.time())
        events = [event for event in events if asked["StartTime"] <= event["EventTime"] <= end]
        events = [] if len(self.asked) <= self.late else events
        return 200, [("Content-Type", "application/x-amz-json-1.1")], json.dumps({"Events": events}).encode()


def recorded(record):
    return Rule("cloudtrail:LookupEvents", record, times=None)


def of_alice(late=0):
    """A change by alice a moment ago, with others around it that are not what is asked for."""
    record = Record(late=late)
    record.changed("carol", ago=5)
    record.changed("bob", "tiny-dlq2")
    record.changed("alice")
    record.events.append(record.event("GetQueueAttributes", "reader", "tiny-dlq", "true"))
    return record


def test_a_drift_says_who_made_it_where_the_record_has_it(bench):
    record = Record()
    with Faulty(ENDPOINT, [recorded(record)]) as proxy, Watching(bench.etlctl.through(proxy), no_who=False) as watching:
        watching.until("started")
        watching.pass_looks(1)
        set_queue(bench, DelaySeconds="9")
        record.events += of_alice().events
        who = watching.until("drift", "queue/dlq")["who"]
        assert who | {"at": ""} == {"who": "assumed-role/Admin/alice", "event": "SetQueueAttributes", "at": "", "from": "203.0.113.7"}
        asked = [call for call in proxy.calls if call.operation == "LookupEvents"]
        watching.pass_looks(2)
        assert len(asked) == 1 == proxy.count("cloudtrail:LookupEvents"), "nobody is asked twice"


def test_the_record_comes_late_and_is_told_then_once(bench):
    record = Record(late=2)
    with Faulty(ENDPOINT, [recorded(record)]) as proxy, Watching(bench.etlctl.through(proxy), no_who=False) as watching:
        watching.until("started")
        set_queue(bench, DelaySeconds="9")
        record.changed("alice")
        assert watching.until("drift", "queue/dlq")["who"] is None
        assert watching.until("who", "queue/dlq")["who"]["who"] == "assumed-role/Admin/alice"
        watching.pass_looks(2)
        assert len(watching.of("who")) == 1, str(watching)


def test_neither_what_was_before_nor_what_the_watcher_wrote_itself_made_a_drift(bench):
    """The record comes late, when the drift is healed already: its newest event is the heal."""
    record = Record(late=1)
    me = bench.aws("sts").get_caller_identity()["Arn"]
    with Faulty(ENDPOINT, [recorded(record)]) as proxy, \
            Watching(bench.etlctl.through(proxy), "--heal", no_who=False, every="3s") as watching:
        watching.until("started")
        record.changed("carol", ago=3600)
        watching.pass_looks(1)
        set_queue(bench, DelaySeconds="9")
        record.changed("alice")
        watching.until("healed", "queue/dlq")
        record.changed(me)
        assert watching.until("who", "queue/dlq")["who"]["who"] == "assumed-role/Admin/alice", str(watching)
        # Nobody else is in the record of the second one: whoever made the first did not make it, and no heal did.
        set_queue(bench, DelaySeconds="8")
        watching.until("healed", "queue/dlq", 2)
        record.changed(me)
        assert watching.of("drift", "queue/dlq")[1]["who"] is None, str(watching)
        watching.pass_looks(1)
        assert len(watching.of("who")) == 1, str(watching)


def test_a_record_that_does_not_answer_is_asked_again(bench):
    record = Record()
    broken = Rule("cloudtrail:LookupEvents", Refused(400, "InvalidMaxResultsException", "not now"), times=1)
    with Faulty(ENDPOINT, [broken, recorded(record)]) as proxy, Watching(bench.etlctl.through(proxy), no_who=False) as watching:
        watching.until("started")
        set_queue(bench, DelaySeconds="9")
        record.changed("alice")
        assert watching.until("drift", "queue/dlq")["who"] is None
        assert watching.until("who", "queue/dlq")["who"]["who"] == "assumed-role/Admin/alice"
        assert not watching.of("who_unknown"), "it may be asked"
        assert len([line for line in watching.err if "asked again at the next look" in line]) == 1, watching.err


def test_who_may_not_read_the_record_is_told_so_once(bench):
    denied = Rule("cloudtrail:LookupEvents", Refused(400, "AccessDeniedException", "not you"), times=None)
    with Faulty(ENDPOINT, [denied]) as proxy, Watching(bench.etlctl.through(proxy), no_who=False) as watching:
        watching.until("started")
        for number, delay in enumerate("98", 1):
            set_queue(bench, DelaySeconds=delay)
            assert watching.until("drift", "queue/dlq", number)["who"] is None
        assert "cloudtrail:LookupEvents" in watching.of("who_unknown")[0]["why"]
        assert len(watching.of("who_unknown")) == 1 and watching.figure("etlctl_watch_up") == 1, str(watching)
        assert proxy.count("cloudtrail:LookupEvents") == 1


def test_a_plan_says_who_where_it_is_asked(bench):
    set_queue(bench, DelaySeconds="9")
    run, _ = bench.run(["plan", "--who"], [recorded(of_alice())])
    assert "queue/dlq: assumed-role/Admin/alice (SetQueueAttributes, " in run.exits(0).out, run
    bench.calmly(["plan", "--who", "--format", "html"]).exits(64)
    run, _ = bench.run(["plan", "--who", "--format", "json"], [recorded(of_alice())])
    assert run.json["stacks"][0]["changes"][0]["who"]["who"] == "assumed-role/Admin/alice", run
    run, _ = bench.run(["plan", "--who"], [Rule("cloudtrail:LookupEvents", Refused(400, "AccessDeniedException", "not you"))])
    assert "Who changed it may not be read" in run.exits(0).out, run
    run, proxy = bench.run(["plan", "--format", "json"])
    assert not proxy.count("cloudtrail:LookupEvents") and "who" not in run.json["stacks"][0]["changes"][0]


def test_the_right_to_ask_is_printed(bench):
    policy = bench.calmly(["permissions", "--for", "watch"]).exits(0)
    assert [statement["Action"] for statement in policy.json["Statement"]] == ["cloudtrail:LookupEvents"]
    policy.tells("sns:Publish")


class Anew(Refused):
    """The same refusal under the id of another request each time, as AWS has it."""

    def meet(self, proxy, call, ask):
        status, headers, content = super().meet(proxy, call, ask)
        return status, [(name, uuid.uuid4().hex if name == "x-amzn-requestid" else value) for name, value in headers], content


def test_of_stacks_that_cannot_be_read_each_is_told_by_name_and_others_are_notified_once(bench):
    bench.project.write("desired-state/other.yaml", STACK.replace("tiny", "other"))
    bench.calmly(["apply", "--yes"]).exits(0)
    denied = [Rule("sqs:GetQueueAttributes", Anew(403, "AccessDenied", "not you"), about=f"{stack}-dlq", times=None) for stack in ("tiny", "other")]
    with Hook() as hook, Faulty(ENDPOINT) as proxy, Watching(bench.etlctl.through(proxy), "--notify", hook.url) as watching:
        watching.until("started")
        proxy.rules += denied
        watching.until("look_failed", number=4)
        assert {event["stack"] for event in watching.of("look_failed")} == {"tiny", "other"}, watching
        proxy.rules.remove(denied[0])
        assert watching.until("recovered")["stack"] == "tiny"
        proxy.rules.clear()
        watching.until("recovered", number=2)
        watching.pass_looks(1)
        assert [event["stack"] for event in watching.of("recovered")] == ["tiny", "other"] and watching.ask("/healthz")[0] == 200
        told = collections.Counter((body["event"], body["stack"]) for *_, body in hook.posts)
        assert told == {(event, stack): 1 for event in ("look_failed", "recovered") for stack in ("tiny", "other")}, told
        assert watching.end() == 0
