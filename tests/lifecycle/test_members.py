"""docs/members.md, held against AWS's own service models: of every member of
what etlctl creates and updates with, the page says what carries it or why it
is left out, and no limit of the page is wider than AWS's. A member or a word
that AWS adds fails here until somebody decides."""

import json
import math
import re
from dataclasses import dataclass

import pytest

import runs
from harness import ROOT
from operations import operation_of
from wire import model_of

NOTIFICATIONS = "s3:PutBucketNotification"
OPERATIONS = {
    "alarm": ["cloudwatch:PutMetricAlarm"],
    "bus": ["events:CreateEventBus", "events:UpdateEventBus", "events:PutPermission"],
    "function": [f"lambda:{operation}" for operation in (
        "CreateFunction", "UpdateFunctionConfiguration", "UpdateFunctionCode", "PublishVersion", "CreateAlias", "UpdateAlias",
        "CreateFunctionUrlConfig", "UpdateFunctionUrlConfig", "AddPermission", "CreateEventSourceMapping",
        "UpdateEventSourceMapping", "PutFunctionEventInvokeConfig", "PutFunctionConcurrency",
        "PutProvisionedConcurrencyConfig")] + [NOTIFICATIONS],
    "layer": ["lambda:PublishLayerVersion"],
    "log_group": [f"logs:{operation}" for operation in (
        "CreateLogGroup", "PutMetricFilter", "PutSubscriptionFilter", "PutRetentionPolicy", "PutLogGroupDeletionProtection",
        "AssociateKmsKey")],
    "bucket": [f"s3:{action}" for action in (
        "CreateBucket", "PutBucketNotification", "PutBucketOwnershipControls", "PutBucketPolicy", "PutBucketPublicAccessBlock",
        "PutBucketTagging", "PutBucketVersioning", "PutEncryptionConfiguration", "PutLifecycleConfiguration")],
    "queue": ["sqs:CreateQueue", "sqs:SetQueueAttributes", NOTIFICATIONS],
    "role": ["iam:CreateRole", "iam:UpdateRole", "iam:UpdateAssumeRolePolicy", "iam:PutRolePolicy", "iam:AttachRolePolicy",
             "iam:PutRolePermissionsBoundary", "iam:CreatePolicy", "iam:CreatePolicyVersion"],
    "rule": ["events:PutRule", "events:PutTargets"],
    "schedule": ["scheduler:CreateSchedule", "scheduler:UpdateSchedule"],
    "schedule_group": ["scheduler:CreateScheduleGroup"],
    "stream": [f"kinesis:{operation}" for operation in (
        "CreateStream", "UpdateStreamMode", "UpdateShardCount", "IncreaseStreamRetentionPeriod", "DecreaseStreamRetentionPeriod",
        "StartStreamEncryption", "EnableEnhancedMonitoring", "UpdateMaxRecordSize", "AddTagsToStream")],
    "table": [f"dynamodb:{operation}" for operation in (
        "CreateTable", "UpdateTable", "UpdateTimeToLive", "UpdateContinuousBackups", "PutResourcePolicy")],
    "state_machine": ["states:CreateStateMachine", "states:UpdateStateMachine"],
    "topic": ["sns:CreateTopic", "sns:SetSubscriptionAttributes", "sns:SetTopicAttributes", "sns:Subscribe",
              NOTIFICATIONS],
}
ALL = sorted({operation for operations in OPERATIONS.values() for operation in operations})
# Calls that create or update, by what their names begin with; those about tags alone have no members to decide on.
VERBS = ("Add", "Associate", "Attach", "Create", "Decrease", "Enable", "Increase", "Publish", "Put", "Set", "StartStream", "Subscribe", "Update")
NOT_ON_THE_PAGE = {
    "iam:UpdateRoleDescription": "clears the description, which UpdateRole carries otherwise",
    "s3:PutObject": "a zip on its way, which is no resource: nothing of it stays",
    "sns:Publish": "a message, which is no resource: `watch` alone sends it"}

# The member whose documentation lists the names of attributes, where the model has no enum of them.
PROSE = {
    "sns:CreateTopic": "Attributes", "sns:SetSubscriptionAttributes": "AttributeName", "sns:SetTopicAttributes": "AttributeName",
    "sns:Subscribe": "Attributes"}
# What else begins an item of those lists: values of attributes.
NO_ATTRIBUTES = {
    "sns:CreateTopic": {"Topic", "MessageGroup"},
    "sns:SetTopicAttributes": {"Topic", "MessageGroup"},
    "sns:SetSubscriptionAttributes": {"MessageAttributes", "MessageBody"},
    "sns:Subscribe": {"MessageAttributes", "MessageBody", "Completed", "In progress", "Failed", "Pending"},
}
# Attributes that the service takes and the lists do not have.
UNLISTED = {"sns:CreateTopic": {"FifoTopic"}}

# Words of the model that the format refuses, and why.
SSE = "ServerSideEncryptionConfiguration.Rules[].ApplyServerSideEncryptionByDefault.SSEAlgorithm"
REFUSED_WORDS = {
    ("s3:PutEncryptionConfiguration", SSE): ({"aws:backup", "aws:fsx"}, "of services of AWS, and none that a bucket is given")}
# Fields whose form a rule of its own refuses, in words of its own; a name's form, the rule of the name.
FORMS_ELSEWHERE = {
    "the name": "E17", "aliases": "E135", "dead_letter": "E271", "event_invoke.on_failure": "E271", "event_invoke.on_success": "E271",
    "durable.kms_key": "E271", "event_sources": "E271", "event_sources.*.kms_key": "E271", "file_systems": "E124", "file_systems.*": "E271",
    "handler": "E110", "kms_key": "E271", "layers": "E203", "metric_filters.*.metric_name": "E544",
    "metric_filters.*.metric_namespace": "E544", "own_policies": "E322", "own_policies.*": "E309", "path": "E351", "permissions": "E143",
    "permissions.*.action": "E143", "permissions.*.alias": "E135", "permissions.*.principal": "E143",
    "permissions.*.principal_org": "E143", "permissions.*.source_account": "E143", "permissions.*.source_arn": "E143",
    "policies": "E322", "policies.*": "E309", "description": "E182", "role": "E271", "trust_policy": "E309", "url.alias": "E135",
    "url.cors.allow_methods": "E141"}
# Forms that everything has.
ANYTHING = {r"[\s\S]*"}

# Members whose words are a list of their own, with the days on which each ends.
RUNTIMES = {"Runtime", "CompatibleRuntimes"}


FORM = r"form `[^`]+`"


@dataclass(frozen=True)
class Row:
    member: str
    carrier: str
    allowed: str

    @property
    def is_left(self):
        return self.carrier == "–"

    @property
    def is_carried(self):
        return not self.is_left and self.carrier != "etlctl"

    def covers(self, path):
        """Its own member and, where that is a structure or a list of them, what lies below."""
        return path == self.member or path.startswith((f"{self.member}.", f"{self.member}["))

    def between(self, unit):
        """The two ends of a limit in this unit, the last without end for "or more"."""
        allowed = re.sub(FORM, "", self.allowed)
        found = re.search(rf"(-?\d+) (?:to (-?\d+)|or more){unit}(?![ \w]*(?:characters|items))", allowed)
        return found and (int(found[1]), int(found[2]) if found[2] else math.inf)

    @property
    def limits(self):
        """What the row says of a carried member: by kind of limit, both ends or the words."""
        if not self.is_carried:
            return {}
        form = re.search(r"form `([^`]+)`", self.allowed)
        found = {"range": self.between(""), "length": self.between(" characters"), "count": self.between(" items"),
                 "words": re.findall(r"`([^`]+)`", re.sub(FORM, "", self.allowed)),
                 "form": form and form[1].replace(r"\|", "|")}
        return {kind: limit for kind, limit in found.items() if limit}


def read_page(text):
    """The rows of the page by kind, operation and order."""
    kinds, kind, operation = {}, None, None
    for line in text.splitlines():
        if line.startswith("## "):
            kind, operation = kinds.setdefault(line[3:], {}), None
        elif line.startswith("### "):
            operation = kind.setdefault(line[4:], [])
        elif operation is not None and (cells := re.fullmatch(r"\| `([^`]+)` \| (.+?) \| (.*?) ?\|", line)):
            operation.append(Row(cells[1], cells[2].strip("`"), cells[3]))
        elif operation is not None and line.startswith("|"):
            assert line in ("| member | carried by | allowed |", "| --- | --- | --- |"), f"no row: {line}"
    return kinds


@pytest.fixture(scope="module")
def page():
    return read_page((ROOT / "docs" / "members.md").read_text())


def rows_of(page, operation):
    return next((operations[operation] for operations in page.values() if operation in operations), [])


# --- what the models have ---------------------------------------------------


@dataclass(frozen=True)
class Leaf:
    """A member of a request, with the model's words on it."""

    shape: object
    documentation: str


def input_of(operation):
    service, name = operation_of(operation).split(":")
    return model_of(service).operation_model(name).input_shape


def walk(shape, path=""):
    """The members below a shape: structures are walked, and lists of them under `[]`."""
    if shape.type_name == "structure" and shape.members:
        for name, member in shape.members.items():
            yield from walk(member, f"{path}.{name}" if path else name)
    elif shape.type_name == "list" and shape.member.type_name in ("structure", "list"):
        yield from walk(shape.member, f"{path}[]")
    else:
        yield path, Leaf(shape, shape.documentation)


def items(documentation):
    """The items of lists that begin with a name, each to its own end."""
    starts = list(re.finditer(r"<li>\s*<p>\s*<code>([^<]+)</code>", documentation))
    for start, end in zip(starts, [*(start.start() for start in starts[1:]), len(documentation)]):
        yield start[1], documentation[start.start():end]


def told(documentation, is_attribute):
    """What prose says of each attribute; items of other names belong to the attribute before them."""
    found = {}
    for name, text in items(documentation):
        if is_attribute(name):
            found[name], last = text, name
        elif found:
            found[last] += text
    return found


def attributes(operation):
    """The attributes of an operation whose map the model does not walk: those of an enum, or those of prose."""
    members = input_of(operation).members
    of_map = members.get("Attributes")
    if operation in PROSE:
        named = told(members[PROSE[operation]].documentation, lambda name: name not in NO_ATTRIBUTES[operation])
        named |= dict.fromkeys(UNLISTED.get(operation, ()), "")
    elif of_map is not None and of_map.type_name == "map":
        named = dict.fromkeys(of_map.key.enum, "") | told(of_map.documentation, of_map.key.enum.__contains__)
    else:
        return {}
    value = of_map.value if of_map is not None else members["AttributeValue"]
    return {f"Attributes.{name}": Leaf(value, text) for name, text in named.items()}


def model_members(operation):
    named = attributes(operation)
    walked = {path: leaf for path, leaf in walk(input_of(operation)) if not (named and path == "Attributes")}
    return walked | named


def compare(rows, members):
    """What of the rows the model does not have, what of the model no row has, and what two rows have."""
    faults = [f"{row.member}: the model has no such member" for row in rows if not any(map(row.covers, members))]
    for path in members:
        covering = [row.member for row in rows if row.covers(path)]
        if len(covering) != 1:
            faults.append(f"{path}: is covered by {covering or 'no row'}")
    # One row for many members says the same of all, which only holds where none of them is carried.
    return faults + [f"{row.member}: is carried as a whole, and has members" for row in rows
                     if row.is_carried and row.member not in members and any(map(row.covers, members))]


# --- limits -----------------------------------------------------------------

NUMBERS = ("integer", "long", "float", "double")


def one(shape):
    """A shape itself, or of a list or map what each of it is."""
    return {"list": lambda: shape.member, "map": lambda: shape.value}.get(shape.type_name, lambda: shape)()


def modelled(shape, kind):
    """The model's limit of this kind: its ends or its words."""
    of = shape if kind == "count" else one(shape)
    fits = {"range": of.type_name in NUMBERS, "length": of.type_name == "string", "count": of.type_name in ("list", "map"),
            "words": of.type_name == "string"}[kind]
    if not fits:
        return None
    if kind == "words":
        return getattr(of, "enum", None) or None
    low, high = of.metadata.get("min"), of.metadata.get("max")
    return None if low is None and high is None else (-math.inf if low is None else low, math.inf if high is None else high)


def is_told(leaf, numbers):
    """Whether prose has these numbers, written with or without commas."""
    prose = {int(number.replace(",", "")) for number in re.findall(r"\d[\d,]*", re.sub(r"<[^>]+>", "", leaf.documentation))}
    return {number for number in numbers if number != math.inf} <= prose


def judge(operation, row, leaf):
    """What is wrong with the limits of a row, one line a fault."""
    shape, limits = leaf.shape, row.limits
    faults = []
    for kind in ("range", "length", "count"):
        if kind not in limits:
            continue
        (low, high), theirs = limits[kind], modelled(shape, kind)
        if low > high:
            faults.append(f"its {kind} of {low} to {high} is empty")
        if theirs and (low < theirs[0] or high > theirs[1]):
            faults.append(f"its {kind} of {low} to {high} is wider than AWS's {theirs[0]} to {theirs[1]}")
        # Attributes are text in the model, whatever they hold.
        if kind == "range" and not theirs and not is_told(leaf, limits[kind]):
            faults.append(f"AWS tells nothing of {low} to {high}")
        if kind == "count" and shape.type_name not in ("list", "map"):
            faults.append("it is counted, and is no list")
        if kind == "length" and one(shape).type_name != "string":
            faults.append("it has a length, and is no text")
    if words := limits.get("words"):
        theirs, refused = modelled(shape, "words"), REFUSED_WORDS.get((operation, row.member), (set(), ""))[0]
        if theirs is None:
            strangers = [word for word in words if word not in leaf.documentation]
        else:
            strangers = set(words) - set(theirs)
            if lacking := set(theirs) - set(words) - refused:
                faults.append(f"AWS has the words {sorted(lacking)} too")
            if gone := refused & set(words) | refused - set(theirs):
                faults.append(f"{sorted(gone)} are said to be refused")
        if strangers:
            faults.append(f"AWS has no word {sorted(strangers)}")
        if words != sorted(words):
            faults.append("its words are in no order")
    theirs = one(shape).metadata.get("pattern") if one(shape).type_name == "string" else None
    if row.is_carried and (form := limits.get("form")) != (None if theirs in ANYTHING else theirs) and (form or row.carrier not in FORMS_ELSEWHERE):
        faults.append(f"its form is {form}, and AWS's {theirs}")
    # What AWS limits is not said to take anything.
    is_limited = any(modelled(shape, kind) for kind in ("range", "length", "count"))
    if row.is_carried and row.member in RUNTIMES:
        listed = json.loads(next((ROOT / "src").rglob("runtimes.json")).read_text())["runtimes"]
        if differing := {runtime["id"] for runtime in listed} ^ set(modelled(shape, "words")):
            faults.append(f"runtimes.json and AWS differ in {sorted(differing)}")
    elif row.is_carried and modelled(shape, "words") and "words" not in limits:
        faults.append(f"it does not say its words, {sorted(modelled(shape, 'words'))}")
    elif row.is_carried and is_limited and not limits:
        faults.append("AWS limits it, and the page does not")
    return [f"{operation} {row.member}: {fault}" for fault in faults]


# --- what is sent -----------------------------------------------------------


def sent(request):
    """The members that a request had."""
    def below(shape, value, path):
        if shape.type_name == "structure" and shape.members:
            for name, inner in value.items():
                yield from below(shape.members[name], inner, f"{path}.{name}" if path else name)
        elif shape.type_name == "list" and shape.member.type_name in ("structure", "list"):
            for inner in value:
                yield from below(shape.member, inner, f"{path}[]")
        else:
            yield path

    found = set(below(request.shape, request.members, ""))
    if attributes(str(request)):
        named = [request.members["AttributeName"]] if "AttributeName" in request.members else request.members.get("Attributes", {})
        found = found - {"Attributes"} | {f"Attributes.{name}" for name in named}
    return found


# --- the tests --------------------------------------------------------------


def test_the_page_has_every_operation_that_creates_or_updates(page):
    assert {kind: sorted(operations) for kind, operations in page.items()} == {
        kind: sorted(operations) for kind, operations in OPERATIONS.items()}


def test_no_other_call_creates_or_updates():
    writes = re.findall(r"\| `(\w+:\w+)` \| writes(?:, once)? \|", (ROOT / "docs" / "operations.md").read_text())
    assert len(writes) > 40
    found = {operation for operation in writes if operation.split(":")[1].startswith(VERBS)}
    assert found == set(ALL) | set(NOT_ON_THE_PAGE)


@pytest.mark.parametrize("operation", ALL)
def test_every_member_is_carried_or_left_out_by_a_decision(page, operation):
    faults = compare(rows_of(page, operation), model_members(operation))
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("operation", ALL)
def test_no_limit_is_wider_than_the_models(page, operation):
    members = model_members(operation)
    faults = [fault for row in rows_of(page, operation) if row.member in members for fault in judge(operation, row, members[row.member])]
    assert not faults, "\n".join(faults)


def test_every_row_says_something_and_names_rules_that_there_are(page):
    rules = {path.stem for path in (ROOT / "docs" / "rules").glob("[EW]*.md")}
    for kind, operations in page.items():
        for operation, rows in operations.items():
            for row in rows:
                at = f"{operation} {row.member}"
                assert not row.is_left or row.allowed.removeprefix("left out: ") not in ("", row.allowed), f"{at}: no reason"
                assert row.carrier != "etlctl" or row.allowed, f"{at}: not said whence"
                if row.is_carried:
                    codes = re.findall(r"\(([EW]\d+)\)", re.sub(FORM, "", row.allowed))
                    assert set(codes) <= rules, f"{at}: there is no rule {codes}"
                    assert not codes or row.limits, f"{at}: {codes} refuses what is no limit"
                    said = re.sub(rf"{FORM}|`[^`]+`|-?\d+ (?:to -?\d+|or more)(?: characters| items)?|\([EW]\d+\)|[,; ]", "", row.allowed)
                    assert not said, f"{at}: {row.allowed!r} is not understood at {said!r}"


def test_forms_that_other_rules_refuse_are_those_of_fields_and_rules_that_there_are(page):
    rules = {path.stem for path in (ROOT / "docs" / "rules").glob("E*.md")}
    carriers = {row.carrier for operations in page.values() for rows in operations.values() for row in rows}
    assert FORMS_ELSEWHERE.keys() <= carriers
    assert all(any(rule.startswith(code) for rule in rules) for code in FORMS_ELSEWHERE.values())


@pytest.mark.parametrize("operation", PROSE)
def test_the_lists_of_names_in_prose_are_read(operation):
    names = {name for name, _ in items(input_of(operation).members[PROSE[operation]].documentation)}
    assert NO_ATTRIBUTES[operation] < names
    assert not UNLISTED.get(operation, set()) & names, "the model lists it now"
    assert {"DeliveryPolicy"} < names and len(names) > 5


@pytest.mark.parametrize("life", [runs.shipped, runs.enriched], ids=lambda life: life.__name__)
def test_nothing_that_is_left_out_is_sent(page, life):
    requests = [request for requests in life().requests.values() for request in requests if str(request) in ALL]
    assert len({str(request) for request in requests}) > 15
    faults = set()
    for request in requests:
        rows = rows_of(page, str(request))
        for path in sent(request):
            if not any(row.covers(path) and not row.is_left for row in rows):
                faults.add(f"{request} {path}: is sent")
    assert not faults, "\n".join(sorted(faults))


# --- the measure itself -----------------------------------------------------

PAGE = """# A page

## queue

### sqs:CreateQueue

| member | carried by | allowed |
| --- | --- | --- |
| `QueueName` | the name | 1 to 80 characters |
| `tags` | etlctl | the stack's tags and 3 to 4 marks |
| `Attributes.Policy` | `policy` |  |
| `Attributes.All` | – | left out: of 1 to 2 words |
| `Many` | `many` | 1 to 1024 characters, 0 to 5 items (E512) |
| `Few` | `few` | -1 or more |
"""


def test_a_page_is_read_as_it_is_written():
    (rows,) = read_page(PAGE)["queue"].values()
    assert [(row.member, row.carrier, row.limits) for row in rows] == [
        ("QueueName", "the name", {"length": (1, 80)}), ("tags", "etlctl", {}), ("Attributes.Policy", "policy", {}),
        ("Attributes.All", "–", {}), ("Many", "many", {"length": (1, 1024), "count": (0, 5)}), ("Few", "few", {"range": (-1, math.inf)})]
    with pytest.raises(AssertionError):
        read_page(PAGE + "| QueueName | the name |  |\n")


@pytest.mark.parametrize(("operation", "change", "fault"), [
    ("lambda:CreateFunction", lambda rows: rows.pop("TenancyConfig", None), "TenancyConfig.TenantIsolationMode: is covered by no row"),
    ("lambda:CreateFunction", lambda rows: rows.update(X=Row("X", "–", "left out: x")), "X: the model has no such member"),
    ("lambda:CreateFunction", lambda rows: rows.update(X=Row("VpcConfig", "–", "left out: x")), "VpcConfig.SubnetIds: is covered by ["),
    ("lambda:CreateFunction", lambda rows: rows.update(TenancyConfig=Row("TenancyConfig", "tenancy", "")), "is carried as a whole"),
    ("sqs:CreateQueue", lambda rows: rows.pop("Attributes.QueueArn", None), "Attributes.QueueArn: is covered by no row"),
    ("sns:SetTopicAttributes", lambda rows: rows.pop("Attributes.SignatureVersion", None), "SignatureVersion: is covered by no row"),
    ("cloudwatch:PutMetricAlarm", lambda rows: rows.pop("EvaluationCriteria", None), "EvaluationCriteria.PromQLCriteria.Query: is covered by no row"),
])
def test_a_member_too_few_or_too_many_is_found(page, operation, change, fault):
    rows = {row.member: row for row in rows_of(page, operation)}
    change(rows)
    found = compare(list(rows.values()), model_members(operation))
    assert any(fault in line for line in found), found


@pytest.mark.parametrize(("operation", "member", "allowed", "fault"), [
    ("lambda:CreateFunction", "Timeout", "1 to 5401", "wider"),
    ("lambda:CreateFunction", "MemorySize", "128 or more", "wider"),
    ("lambda:CreateFunction", "Handler", "0 to 129 characters", "wider"),
    ("lambda:CreateFunction", "Handler", "0 to 128 items", "no list"),
    ("lambda:CreateFunction", "Handler", "", "the page does not"),
    ("lambda:CreateFunction", "VpcConfig.SubnetIds", "0 to 17 items", "wider"),
    ("lambda:CreateFunction", "PackageType", "`Zip`", "['Image'] too"),
    ("lambda:CreateFunction", "PackageType", "`Image`, `Tar`, `Zip`", "no word ['Tar']"),
    ("lambda:CreateFunction", "PackageType", "`Zip`, `Image`", "in no order"),
    ("lambda:CreateFunction", "PackageType", "", "does not say its words"),
    ("lambda:CreateFunctionUrlConfig", "Cors.AllowMethods", "0 to 6 items, 0 to 7 characters (E141)", "wider"),
    ("cloudwatch:PutMetricAlarm", "ComparisonOperator", "`GreaterThanThreshold`", "['GreaterThanOrEqualToThreshold'"),
    ("cloudwatch:PutMetricAlarm", "TreatMissingData", "`missing`, `sometimes`", "no word ['sometimes']"),
    ("sqs:CreateQueue", "Attributes.DelaySeconds", "0 to 901", "tells nothing of 0 to 901"),
    ("logs:PutRetentionPolicy", "retentionInDays", "1 to 3654", "tells nothing"),
    ("iam:CreateRole", "MaxSessionDuration", "43200 to 3600", "is empty"),
    ("lambda:CreateFunction", "VpcConfig.SubnetIds", "0 to 16 items", "its form is None"),
    ("lambda:CreateFunction", "VpcConfig.SubnetIds", "0 to 16 items, form `subnet-[0-9a-f]*`", "and AWS's subnet-[0-9a-z]*"),
    ("lambda:CreateFunction", "Timeout", "1 to 900, form `[0-9]+`", "and AWS's None"),
])
def test_a_limit_that_is_none_of_awss_is_found(operation, member, allowed, fault):
    found = judge(operation, Row(member, "field", allowed), model_members(operation)[member])
    assert any(fault in line for line in found), found
