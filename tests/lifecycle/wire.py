"""Requests as they went over the wire, read back into the members that AWS's
own service models give them, and held against those models."""

import base64
import datetime
import json
import re
import urllib.parse
from dataclasses import dataclass, field
from xml.etree import ElementTree

import cbor2

from operations import model_of, name_of
from proxy import Proxy


@dataclass
class Request:
    """`members` is what an SDK's user would have passed; `strangers` is what
    the model knows no member for."""

    service: str
    operation: str
    members: dict
    answer: bytes = b""
    status: int = 0
    strangers: list = field(default_factory=list)

    @property
    def shape(self):
        return model_of(self.service).operation_model(self.operation).input_shape

    def __str__(self):
        return f"{self.service}:{self.operation}"


class Recorder(Proxy):
    """The proxy, keeping what was sent and what was answered."""

    def __init__(self, endpoint):
        super().__init__(endpoint)
        self.requests = []

    def ask(self, request, body):
        status, headers, answer = super().ask(request, body)
        decoded = decode(request.command, request.path, request.headers, body)
        decoded.status, decoded.answer = status, answer
        with self.lock:
            self.requests.append(decoded)
        return status, headers, answer


def decode(method, path, headers, body):
    named = name_of(method, path, headers, body)
    model = model_of(named.signed)
    if "X-Amz-Target" in headers:
        return structured(model.service_name, named.operation, json.loads(body or b"{}"))
    if "/operation/" in path:
        return structured(model.service_name, named.operation, cbor2.loads(body) if body else {})
    if "x-www-form-urlencoded" in headers.get("Content-Type", ""):
        return from_form(model, body)
    if named.signed == "s3" and (named.operation not in model.operation_names or is_object(path)):
        return stored(named.operation, path)
    assert named.operation in model.operation_names, f"no operation of {model.service_name} is {method} {path}"
    if named.signed == "s3":
        return from_rest_xml(model.operation_model(named.operation), path, headers, body)
    return from_rest(model.operation_model(named.operation), dict(named.labels), path, headers, body)


def stored(operation, path):
    """An object by where it lies; what it holds is nobody's member."""
    bucket, _, key = urllib.parse.unquote(path.partition("?")[0]).lstrip("/").partition("/")
    return Request("s3", operation, {"Bucket": bucket, "Key": key})


def is_object(path):
    return "/" in path.partition("?")[0].strip("/")


def structured(service, operation, members):
    request = Request(service, operation, members)
    if request.shape is None and members:
        request.strangers = sorted(members)
    return request


# --- the query protocol -----------------------------------------------------


def from_form(model, body):
    fields = dict(urllib.parse.parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=True))
    operation = fields.pop("Action")
    assert fields.pop("Version") == model.api_version
    shape = model.operation_model(operation).input_shape
    request = Request(model.service_name, operation, {})
    used = set()
    if shape is not None:
        request.members = form_value(shape, "", fields, used) or {}
    request.strangers = sorted(set(fields) - used)
    return request


def form_value(shape, prefix, fields, used):
    """The value under a prefix, None where there is none."""
    dotted = f"{prefix}." if prefix else ""
    if shape.type_name == "structure":
        found = {}
        for name, member in shape.members.items():
            value = form_value(member, dotted + member.serialization.get("name", name), fields, used)
            if value is not None:
                found[name] = value
        return found or None
    if shape.type_name == "list":
        name = f"{dotted}{shape.member.serialization.get('name', 'member')}"
        if fields.get(prefix) == "":
            used.add(prefix)
            return []
        return form_list(lambda index: form_value(shape.member, f"{name}.{index}", fields, used))
    if shape.type_name == "map":
        key, value = (part.serialization.get("name", default) for part, default in ((shape.key, "key"), (shape.value, "value")))
        pairs = form_list(lambda index: (
            form_value(shape.key, f"{dotted}entry.{index}.{key}", fields, used),
            form_value(shape.value, f"{dotted}entry.{index}.{value}", fields, used)))
        return dict(pairs) if pairs else None
    if prefix not in fields:
        return None
    used.add(prefix)
    return plain(shape, fields[prefix])


def form_list(at):
    found = []
    while (value := at(len(found) + 1)) not in (None, (None, None)):
        found.append(value)
    return found or None


def plain(shape, text):
    """A scalar from text; text that is none of the type stays, to be found."""
    try:
        return {"integer": int, "long": int, "float": float, "double": float,
                "boolean": {"true": True, "false": False}.__getitem__}.get(shape.type_name, str)(text)
    except (ValueError, KeyError):
        return text


# --- rest-json --------------------------------------------------------------


def from_rest(operation, labels, path, headers, body):
    fixed = urllib.parse.parse_qs(operation.http["requestUri"].partition("?")[2])
    query = urllib.parse.parse_qs(path.partition("?")[2], keep_blank_values=True)
    query = {key: values for key, values in query.items() if key not in fixed}
    request = Request(operation.service_model.service_name, operation.name, {})
    whole = operation.input_shape.serialization.get("payload") if operation.input_shape else None
    is_blob = whole and operation.input_shape.members[whole].type_name == "blob"
    sent = {whole: body} if is_blob else json.loads(body) if body else {}
    for name, shape in (operation.input_shape.members if operation.input_shape else {}).items():
        wire = shape.serialization.get("name", name)
        match shape.serialization.get("location"):
            case "uri":
                request.members[name] = plain(shape, labels.pop(wire))
            case "querystring" if wire in query:
                values = query.pop(wire)
                request.members[name] = values if shape.type_name == "list" else plain(shape, values[0])
            case "header" if wire in headers:
                request.members[name] = plain(shape, headers[wire])
            case None if wire in sent:
                request.members[name] = sent.pop(wire)
    request.strangers = sorted([*labels, *query, *sent])
    return request


# --- rest-xml ---------------------------------------------------------------

# Headers by which the SDK says how it sent something, whatever the operation.
OF_THE_SDK = ("ContentMD5", "ChecksumAlgorithm")


def from_rest_xml(operation, path, headers, body):
    """A call on a bucket."""
    where, _, query = path.partition("?")
    query = {key: values[0] for key, values in urllib.parse.parse_qs(query, keep_blank_values=True).items()}
    request = Request("s3", operation.name, {})
    shapes = operation.input_shape.members if operation.input_shape else {}
    whole = operation.input_shape.serialization.get("payload") if operation.input_shape else None
    fixed = urllib.parse.parse_qs(operation.http["requestUri"].partition("?")[2], keep_blank_values=True)
    for name, shape in shapes.items():
        wire = shape.serialization.get("name", name)
        match shape.serialization.get("location"):
            case "uri":
                request.members[name] = urllib.parse.unquote(where.strip("/"))
            case "querystring" if wire in query:
                request.members[name] = plain(shape, query.pop(wire))
            case "header" if wire in headers and name not in OF_THE_SDK:
                request.members[name] = plain(shape, headers[wire])
    if whole and body:
        shape = shapes[whole]
        is_xml = shape.type_name == "structure"
        request.members[whole] = from_xml(shape, ElementTree.fromstring(body), request.strangers) if is_xml else body.decode()
    request.strangers += sorted(set(query) - set(fixed) - {"x-id"})
    return request


def from_xml(shape, element, strangers):
    """What an element says; elements that the shape does not have are strangers."""
    if shape.type_name != "structure":
        return plain(shape, element.text or "")
    found = {}
    known = {member.serialization.get("name", name): (name, member) for name, member in shape.members.items()}
    for child in element:
        tag = child.tag.rpartition("}")[2]
        name, member = known.get(tag, (None, None))
        if member is None:
            strangers.append(tag)
        elif member.type_name != "list":
            found[name] = from_xml(member, child, strangers)
        elif member.serialization.get("flattened"):
            found.setdefault(name, []).append(from_xml(member.member, child, strangers))
        else:
            found[name] = [from_xml(member.member, each, strangers) for each in child]
    return found


# --- what the model says ----------------------------------------------------


def violations(request):
    """What AWS's model refuses of a request, one line a fault."""
    faults = [f"{request}: the model has no member {name}" for name in request.strangers]
    if request.shape is not None:
        faults += [f"{request}: {fault}" for fault in check(request.shape, request.members, "input")]
    return faults


def check(shape, value, at):
    types = {"structure": dict, "map": dict, "list": (list, tuple), "string": str, "integer": int, "long": int,
             "boolean": bool, "float": (int, float), "double": (int, float), "blob": (bytes, str), "timestamp": (int, float, str, datetime.datetime)}
    if not isinstance(value, types[shape.type_name]) or (isinstance(value, bool) and shape.type_name != "boolean"):
        return [f"{at} is {value!r:.80}, which is no {shape.type_name}"]
    return CHECKS.get(shape.type_name, lambda *_: [])(shape, value, at)


def check_structure(shape, value, at):
    faults = [f"{at} lacks {name}" for name in shape.required_members if name not in value]
    known = {member.serialization.get("name", name): member for name, member in shape.members.items()} | shape.members
    for name, inner in value.items():
        faults += check(known[name], inner, f"{at}.{name}") if name in known else [f"{at} has no member {name}"]
    return faults


def check_map(shape, value, at):
    faults = between(shape, len(value), at, "entries")
    for key, inner in value.items():
        faults += check(shape.key, key, f"{at} key {key!r}") + check(shape.value, inner, f"{at}[{key!r}]")
    return faults


def check_list(shape, value, at):
    faults = between(shape, len(value), at, "items")
    for index, inner in enumerate(value):
        faults += check(shape.member, inner, f"{at}[{index}]")
    return faults


def check_string(shape, value, at):
    faults = between(shape, len(value), at, "characters")
    if shape.enum and value not in shape.enum:
        faults.append(f"{at} is {value!r}, which is none of {shape.enum}")
    if (pattern := shape.metadata.get("pattern")) and not matches(pattern, value):
        faults.append(f"{at} is {value!r:.80}, which does not match {pattern}")
    return faults


def check_number(shape, value, at):
    return between(shape, value, at, "")


def check_blob(shape, value, at):
    return between(shape, len(value if isinstance(value, bytes) else base64.b64decode(value, validate=True)), at, "bytes")


CHECKS = {"structure": check_structure, "map": check_map, "list": check_list, "string": check_string, "integer": check_number,
          "long": check_number, "float": check_number, "double": check_number, "blob": check_blob}


def between(shape, number, at, unit):
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if low is not None and number < low or high is not None and number > high:
        return [f"{at} is or has {number} {unit}, not {low} to {high}"]
    return []


# The models are written for Java; this is what Python lacks of it, for use within a class.
JAVA = {
    r"\p{L}": r"a-zA-Z\u00c0-\uffff", r"\p{N}": r"\d", r"\p{Z}": r" \u00a0\u2028\u2029", r"\p{M}": r"\u0300-\u036f",
    r"\p{S}": r"$+<=>^`|~", r"\p{P}": r"!-#%-*,-/:;?@\[-\]_{}", r"\p{ASCII}": r"\x00-\x7f", r"\p{Print}": r"\x20-\x7e",
    r"\p{Graph}": r"\x21-\x7e", r"\p{Alpha}": "a-zA-Z", r"\p{Alnum}": "a-zA-Z0-9", r"\w-_": r"\w\-_",
}


def matches(pattern, value):
    for java, python in JAVA.items():
        pattern = pattern.replace(java, python)
    return re.fullmatch(pattern, value, re.DOTALL) is not None
