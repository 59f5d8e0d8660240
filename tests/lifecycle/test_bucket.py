"""Buckets: what a new one is, drift of each part, whose a name is, and what it takes to lose what one holds."""

import json
import signal
import time

import pytest

from bench import Bench
from faults import Answer, Lost, Refused, Rule
from harness import ENDPOINT, Aws
from proxy import Proxy

HEAD = """\
stack: tiny
region: us-east-1
environments: { dev: {} }
naming: "tiny-${name}-${aws.account}"
"""
PLAIN = HEAD + "buckets: { raw: {} }\n"
KEY = "arn:aws:kms:us-east-1:111111111111:key/11111111-2222-3333-4444-555555555555"
FULL = HEAD + f"""\
buckets:
  raw:
    versioning: true
    kms_key: {KEY}
    object_ownership: BucketOwnerPreferred
    public_access_block: {{ block_public_acls: false }}
    eventbridge: true
    lifecycle:
      old: {{ prefix: raw/, transitions: [{{ storage_class: GLACIER, after: 90d }}], expiration: 365d }}
    policy:
      - sid: TlsOnly
        effect: Deny
        actions: ["s3:*"]
        resources: ["${{buckets.raw.arn}}", "${{buckets.raw.arn}}/*"]
        principals: {{ AWS: ["*"] }}
        conditions: {{ Bool: {{ "aws:SecureTransport": "false" }} }}
    tags: {{ team: data }}
"""
GONE = HEAD + "queues: { dlq: {} }\n"
APPLY, PLAN, DESTROY = ["apply", "--yes"], ["plan", "--detailed-exitcode"], ["destroy", "--yes"]
MARK = {"etlctl:stack": "tiny", "etlctl:env": "dev", "etlctl:instance": "dev", "etlctl:region": "us-east-1"}


def name(bench):
    return f"tiny-raw-{bench.account}"


def s3(bench):
    return bench.aws("s3")


def tags(bench):
    return {tag["Key"]: tag["Value"] for tag in s3(bench).get_bucket_tagging(Bucket=name(bench))["TagSet"]}


def is_there(bench):
    return name(bench) in [bucket["Name"] for bucket in s3(bench).list_buckets()["Buckets"]]


def make(bench, **members):
    s3(bench).create_bucket(Bucket=name(bench), **members)


def fill(bench, *keys):
    for key in keys:
        s3(bench).put_object(Bucket=name(bench), Key=key, Body=b"data")


def retag(bench, tags):
    s3(bench).put_bucket_tagging(Bucket=name(bench), Tagging={"TagSet": [{"Key": key, "Value": value} for key, value in tags.items()]})


# --- values -----------------------------------------------------------------


def test_a_new_bucket_is_closed_encrypted_and_marked_at_birth(tmp_path):
    bench = Bench(tmp_path, PLAIN)
    with Proxy(ENDPOINT) as proxy:
        bench.etlctl.through(proxy)(*APPLY)
    made = [call for call in proxy.calls if call.operation == "CreateBucket"]
    assert len(made) == 1 and all(f"<Key>{key}</Key>" in made[0].text for key in MARK), made[0].text
    # A bucket as S3 makes it is asked for nothing else.
    assert [call.operation for call in proxy.calls if call.service == "s3" and call.writes] == ["CreateBucket", "PutPublicAccessBlock"]
    block = s3(bench).get_public_access_block(Bucket=name(bench))["PublicAccessBlockConfiguration"]
    assert set(block.values()) == {True} and len(block) == 4
    assert tags(bench) == MARK
    bench.assert_converged()


def test_every_part_is_as_the_file_says(tmp_path):
    bench = Bench(tmp_path, FULL)
    bench.calmly(APPLY).exits(0)
    asked = {"Bucket": name(bench)}
    assert s3(bench).get_bucket_versioning(**asked)["Status"] == "Enabled"
    (rule,) = s3(bench).get_bucket_encryption(**asked)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": KEY}
    assert rule["BucketKeyEnabled"] is True
    assert s3(bench).get_bucket_ownership_controls(**asked)["OwnershipControls"]["Rules"] == [{"ObjectOwnership": "BucketOwnerPreferred"}]
    assert s3(bench).get_public_access_block(**asked)["PublicAccessBlockConfiguration"]["BlockPublicAcls"] is False
    (rule,) = s3(bench).get_bucket_lifecycle_configuration(**asked)["Rules"]
    assert (rule["ID"], rule["Filter"]["Prefix"], rule["Expiration"]["Days"]) == ("old", "raw/", 365)
    assert json.loads(s3(bench).get_bucket_policy(**asked)["Policy"])["Statement"][0]["Sid"] == "TlsOnly"
    assert "EventBridgeConfiguration" in s3(bench).get_bucket_notification_configuration(**asked)
    assert tags(bench) == MARK | {"team": "data"}
    bench.assert_converged()


def test_a_bucket_elsewhere_says_its_region(tmp_path):
    bench = Bench(tmp_path, PLAIN.replace("us-east-1", "eu-west-1"), Aws(region="eu-west-1"))
    bench.calmly(APPLY).exits(0)
    assert s3(bench).get_bucket_location(Bucket=name(bench))["LocationConstraint"] == "eu-west-1"
    bench.assert_converged()
    # The same stack in another region finds the name taken.
    bench.project.stack(PLAIN)
    run = bench.calmly(PLAN).exits(1)
    assert "in another region than us-east-1" in run.err and "PermanentRedirect" in run.err, run


def test_names_for_outputs_follow_from_the_name(tmp_path):
    bench = Bench(tmp_path, PLAIN + 'outputs: { arn: "${buckets.raw.arn}", host: "${buckets.raw.regional_domain_name}" }\n')
    bench.calmly(APPLY).exits(0)
    told = json.loads(bench.calmly(["outputs", "--format", "json"]).exits(0).out)
    assert told == {"arn": f"arn:aws:s3:::{name(bench)}", "host": f"{name(bench)}.s3.us-east-1.amazonaws.com"}


# --- drift ------------------------------------------------------------------

OPEN = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), False)
AES = {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]}
OTHER = [{"ID": "other", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 1}}]


@pytest.mark.parametrize(("field", "change"), [
    ("versioning", lambda s3, asked: s3.put_bucket_versioning(VersioningConfiguration={"Status": "Suspended"}, **asked)),
    ("encryption", lambda s3, asked: s3.put_bucket_encryption(ServerSideEncryptionConfiguration=AES, **asked)),
    ("object_ownership", lambda s3, asked: s3.put_bucket_ownership_controls(
        OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]}, **asked)),
    ("public_access_block", lambda s3, asked: s3.put_public_access_block(PublicAccessBlockConfiguration=OPEN, **asked)),
    ("public_access_block", lambda s3, asked: s3.delete_public_access_block(**asked)),
    ("lifecycle.other", lambda s3, asked: s3.put_bucket_lifecycle_configuration(LifecycleConfiguration={"Rules": OTHER}, **asked)),
    ("lifecycle", lambda s3, asked: s3.delete_bucket_lifecycle(**asked)),
    ("policy", lambda s3, asked: s3.delete_bucket_policy(**asked)),
    ("eventbridge", lambda s3, asked: s3.put_bucket_notification_configuration(NotificationConfiguration={}, **asked)),
    ("tags.extra", lambda s3, asked: s3.put_bucket_tagging(
        Tagging={"TagSet": [{"Key": key, "Value": value} for key, value in (MARK | {"team": "data", "extra": "1"}).items()]}, **asked)),
])
def test_drift_is_seen_and_put_back(tmp_path, field, change):
    bench = Bench(tmp_path, FULL)
    bench.calmly(APPLY).exits(0)
    change(s3(bench), {"Bucket": name(bench)})
    run = bench.calmly(PLAN).exits(2)
    assert f" {field}" in run.out and "1 to update" in run.out, run
    bench.calmly(APPLY).exits(0)
    bench.assert_converged()
    assert tags(bench) == MARK | {"team": "data"}


def test_what_leaves_the_file_falls_back_to_what_a_new_bucket_has(tmp_path):
    bench = Bench(tmp_path, FULL)
    bench.calmly(APPLY).exits(0)
    bench.project.stack(PLAIN)
    bench.calmly(APPLY).exits(0)
    bench.assert_converged()
    assert s3(bench).get_bucket_versioning(Bucket=name(bench))["Status"] == "Suspended"


def test_a_set_of_tags_is_changed_and_the_tags_of_aws_stay(tmp_path):
    bench = Bench(tmp_path, FULL)
    bench.calmly(APPLY).exits(0)
    theirs = {"aws:cloudformation:stack-name": "other"}
    retag(bench, MARK | {"team": "data"} | theirs)
    bench.assert_converged()
    bench.project.stack(FULL.replace("team: data", "team: ops"))
    bench.calmly(APPLY).exits(0)
    assert tags(bench) == MARK | {"team": "ops"} | theirs


# --- whose it is ------------------------------------------------------------


def test_an_unmarked_bucket_is_left_alone_and_adopted_on_demand(tmp_path):
    bench = Bench(tmp_path, FULL)
    make(bench)
    retag(bench, {"by": "hand"})
    run = bench.calmly(APPLY).exits(1)
    assert f"({name(bench)})" in run.err and "--adopt" in run.err, run
    assert tags(bench) == {"by": "hand"}
    bench.calmly([*APPLY, "--adopt"]).exits(0)
    assert tags(bench) == MARK | {"team": "data"}
    bench.assert_converged()


def test_the_bucket_of_another_stack_is_named_and_left_alone(tmp_path):
    bench = Bench(tmp_path, PLAIN)
    make(bench)
    retag(bench, MARK | {"etlctl:stack": "other"})
    run = bench.calmly([*APPLY, "--adopt"]).exits(1)
    assert "belongs to other/dev" in run.err, run
    assert tags(bench) == MARK | {"etlctl:stack": "other"}


def test_a_bucket_of_another_account_is_refused_with_the_reason(tmp_path):
    bench = Bench(tmp_path, PLAIN)
    run, proxy = bench.run(APPLY, [Rule("s3:GetBucketTagging", Refused(403, "AccessDenied", "Access Denied"))])
    assert run.code == 1 and f"another account's than {bench.account}" in run.err and "another `name`" in run.err, run
    assert not [call for call in proxy.calls if call.writes]


def test_a_name_that_another_account_took_meanwhile_is_refused_with_the_reason(tmp_path):
    bench = Bench(tmp_path, PLAIN)
    taken = Refused(409, "BucketAlreadyExists", "The requested bucket name is not available.")
    run, _ = bench.run(APPLY, [Rule("s3:CreateBucket", taken)])
    assert run.code == 1 and "another account has a bucket of that name" in run.err, run


def test_an_orphan_is_found_and_deleted(tmp_path):
    bench = Bench(tmp_path, PLAIN)
    bench.calmly(APPLY).exits(0)
    bench.project.stack(GONE)
    bench.calmly(APPLY).exits(0)
    assert not is_there(bench)


def test_a_bucket_that_is_to_stay_loses_its_mark(tmp_path):
    bench = Bench(tmp_path, PLAIN.replace("raw: {}", "raw: { on_remove: retain, tags: { team: data } }"))
    bench.calmly(APPLY).exits(0)
    fill(bench, "kept")
    bench.calmly(DESTROY).exits(0)
    assert tags(bench) == {"team": "data"}


# --- what it holds ----------------------------------------------------------


def test_a_bucket_that_holds_something_goes_only_where_it_is_to_be_emptied(tmp_path):
    bench = Bench(tmp_path, HEAD + "buckets: { raw: { versioning: true } }\n")
    bench.calmly(APPLY).exits(0)
    fill(bench, "a", "a", "with blank+plus%/é", "b")
    s3(bench).delete_object(Bucket=name(bench), Key="b")
    bench.project.stack(GONE)
    holds = "2 objects and 2 older versions and 1 delete marker"
    address = f"bucket/{name(bench)}"
    assert f"holds: {holds}" in bench.calmly(PLAN).exits(2).out
    for flags, told in (([], f"--allow-loss {address} --empty"), (["--allow-loss", address], "--empty"), (["--empty"], f"--allow-loss {address}")):
        run = bench.calmly([*APPLY, *flags]).exits(1)
        assert told in run.err and "nothing was changed" in run.err, run
        assert is_there(bench) and not bench.aws("sqs").list_queues().get("QueueUrls"), "nothing was changed"
    run = bench.calmly([*APPLY, "--allow-loss", address, "--empty"]).exits(0)
    assert not is_there(bench)


def test_a_destroy_with_yes_asks_for_the_emptying_alone(tmp_path):
    bench = Bench(tmp_path, PLAIN)
    bench.calmly(APPLY).exits(0)
    fill(bench, "a")
    run = bench.calmly(DESTROY).exits(1)
    assert "bucket/raw holds 1 object" in run.err and "say so: --empty." in run.err, run
    bench.calmly([*DESTROY, "--empty"]).exits(0)
    assert not is_there(bench)


def test_marks_of_deletion_alone_are_no_data_and_are_to_be_emptied(tmp_path):
    bench = Bench(tmp_path, HEAD + "buckets: { raw: { versioning: true } }\n")
    bench.calmly(APPLY).exits(0)
    s3(bench).delete_object(Bucket=name(bench), Key="never-there")
    bench.project.stack(GONE)
    run = bench.calmly(APPLY).exits(1)
    assert "1 delete marker" in run.err and "--allow-loss" not in run.err, run
    bench.calmly([*APPLY, "--empty"]).exits(0)
    assert not is_there(bench)


def test_what_came_since_the_plan_is_not_deleted(tmp_path):
    bench = Bench(tmp_path, PLAIN)
    bench.calmly(APPLY).exits(0)
    with Proxy(ENDPOINT) as proxy:
        proxy.before = lambda call: call.operation == "DeleteBucket" and fill(bench, "late")
        run = bench.etlctl.through(proxy)(*DESTROY, "--empty", check=False)
    assert run.code == 1 and "BucketNotEmpty" in run.err and "objects came since the plan" in run.err, run
    assert s3(bench).list_objects_v2(Bucket=name(bench))["KeyCount"] == 1


def test_a_failure_inside_a_good_answer_is_a_failure(tmp_path):
    bench = Bench(tmp_path, PLAIN)
    bench.calmly(APPLY).exits(0)
    fill(bench, "a", "b")
    body = b"<DeleteResult><Error><Key>b</Key><VersionId>null</VersionId><Code>AccessDenied</Code><Message>Access Denied</Message></Error></DeleteResult>"
    run, proxy = bench.run([*DESTROY, "--empty"], [Rule("s3:DeleteObjects", Answer(200, "application/xml", body))])
    assert run.code != 0 and "deleted 1 objects" in run.err and "the first is `b`: Access Denied" in run.err, run
    assert "DeleteBucket" not in [call.operation for call in proxy.calls] and is_there(bench)


def test_an_interrupt_says_what_is_left_and_the_next_run_goes_on(tmp_path):
    bench = Bench(tmp_path, PLAIN)
    bench.calmly(APPLY).exits(0)
    fill(bench, *(f"key-{number:04}" for number in range(1_100)))
    with Proxy(ENDPOINT) as proxy:
        process = bench.etlctl.through(proxy).start(*DESTROY, "--empty")
        proxy.after = lambda call: call.operation == "DeleteObjects" and process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "1000 objects, versions and delete markers are deleted, 100 are left" in err, err
    assert s3(bench).list_objects_v2(Bucket=name(bench))["KeyCount"] == 100
    bench.calmly([*DESTROY, "--empty"]).exits(0)
    assert not is_there(bench)


# --- what passes by itself --------------------------------------------------

BUSY = Refused(409, "OperationAborted", "A conflicting conditional operation is currently in progress against this resource. Please try again.")


@pytest.mark.parametrize(("operation", "fault", "told"), [
    ("s3:PutBucketVersioning", BUSY, "in progress"),
    ("s3:CreateBucket", BUSY, "frees the name of a deleted bucket"),
    ("s3:PutPublicAccessBlock", Refused(404, "NoSuchBucket", "The specified bucket does not exist"), "not known everywhere yet"),
    ("s3:PutBucketPolicy", Refused(400, "MalformedPolicy", "Invalid principal in policy"), "new principal has not spread"),
])
def test_what_settles_is_waited_out(tmp_path, operation, fault, told):
    bench = Bench(tmp_path, FULL)
    run, _ = bench.run(APPLY, [Rule(operation, fault, times=2)])
    run.exits(0)
    assert told in run.err, run
    bench.assert_converged()


def test_a_create_whose_answer_was_lost_is_found_by_its_mark(tmp_path):
    bench = Bench(tmp_path, FULL)
    run, _ = bench.run(APPLY, [Rule("s3:CreateBucket", Lost())])
    run.exits(0)
    bench.assert_converged()


def test_tags_that_s3_takes_elsewhere_have_a_hint_of_their_own(tmp_path):
    bench = Bench(tmp_path, FULL)
    bench.calmly(APPLY).exits(0)
    bench.project.stack(FULL.replace("team: data", "team: ops"))
    refused = Refused(400, "InvalidRequest", "The bucket has ABAC enabled")
    run, _ = bench.run(APPLY, [Rule("s3:PutBucketTagging", refused)])
    assert run.code == 1 and "(ABAC)" in run.err, run


def test_the_lock_of_objects_is_for_good(tmp_path):
    bench = Bench(tmp_path, PLAIN)
    bench.calmly(APPLY).exits(0)
    fill(bench, "a")
    bench.project.stack(PLAIN.replace("raw: {}", "raw: { object_lock: true }"))
    run = bench.calmly(PLAN).exits(2)
    assert "1 to replace" in run.out and "holds: 1 object" in run.out, run
    run = bench.calmly(APPLY).exits(1)
    assert "--allow-loss bucket/raw --empty" in run.err, run
    bench.calmly([*APPLY, "--allow-loss", "bucket/raw", "--empty"]).exits(0)
    assert s3(bench).get_object_lock_configuration(Bucket=name(bench))["ObjectLockConfiguration"]["ObjectLockEnabled"] == "Enabled"
    bench.assert_converged()


# --- who is told of what happens in it --------------------------------------


def test_the_flag_of_eventbridge_leaves_the_notifications_of_others(tmp_path):
    bench = Bench(tmp_path, PLAIN)
    bench.calmly(APPLY).exits(0)
    arn, inbox = f"arn:aws:s3:::{name(bench)}", bench.aws.arn("sqs", "inbox")
    policy = {"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": inbox,
        "Condition": {"ArnLike": {"aws:SourceArn": arn}}}]}
    bench.aws("sqs").create_queue(QueueName="inbox", Attributes={"Policy": json.dumps(policy)})
    rules = {"Key": {"FilterRules": [{"Name": "prefix", "Value": "x/"}]}}
    theirs = {"Id": "theirs", "QueueArn": inbox, "Events": ["s3:ObjectCreated:*"], "Filter": rules}
    s3(bench).put_bucket_notification_configuration(Bucket=name(bench), NotificationConfiguration={"QueueConfigurations": [theirs]})

    def told():
        document = s3(bench).get_bucket_notification_configuration(Bucket=name(bench))
        return json.loads(json.dumps(document["QueueConfigurations"]).lower()), "EventBridgeConfiguration" in document

    before, _ = told()
    for text, flag in ((PLAIN.replace("raw: {}", "raw: { eventbridge: true }"), True), (PLAIN, False)):
        bench.project.stack(text)
        bench.calmly(APPLY).exits(0)
        assert told() == (before, flag)
        bench.assert_converged()


TRIGGERED = HEAD.replace("-${aws.account}", "") + """\
buckets: { raw: { name: "tiny-raw-${aws.account}" } }
functions:
  work:
    source: ../handlers/work
    runtime: nodejs22.x
    handler: index.handler
    triggers: [{ bucket: raw, events: [object_created], prefix: in/ }]
"""


def test_an_object_in_a_bucket_of_the_stack_starts_a_function_of_it(tmp_path):
    bench = Bench(tmp_path, TRIGGERED)
    bench.project.write("handlers/work/index.js", "exports.handler = async event => console.log('got', event.Records[0].s3.object.key);\n")
    bench.calmly(APPLY).exits(0)
    bench.assert_converged()
    fill(bench, "in/one")
    group, deadline = "/aws/lambda/tiny-work", time.monotonic() + 30
    told = []
    while not told and time.monotonic() < deadline:
        time.sleep(0.5)
        told = [event["message"] for event in bench.aws("logs").filter_log_events(logGroupName=group)["events"] if "got in/one" in event["message"]]
    assert told
    bench.calmly([*DESTROY, "--empty"]).exits(0)
    assert not is_there(bench)
