"""Answers as they went over the wire, read into the members that AWS's service
models give them, and written in the protocol of their service."""

import base64
import datetime
import json
from xml.sax.saxutils import escape

import cbor2
from botocore.parsers import create_parser

from operations import model_of
from refusals import REQUEST_ID

CBOR, XML, JSON = "application/cbor", "text/xml", "application/json"


def form_of(request):
    """The content type of the answer to this request, which tells its protocol."""
    asked_in = request.headers.get("Content-Type", "")
    if "/operation/" in request.path:
        return CBOR
    return XML if "x-www-form-urlencoded" in asked_in else asked_in if "amz-json" in asked_in else JSON


def read(form, signed, operation, content):
    """What an SDK's user would be given of a good answer, but that JSON keeps the types that it has."""
    if form == CBOR:
        return cbor2.loads(content) if content else {}
    if form != XML:
        return json.loads(content or b"{}")
    shape = model_of(signed).operation_model(operation).output_shape
    parsed = create_parser("query").parse({"status_code": 200, "headers": {}, "body": content}, shape)
    parsed.pop("ResponseMetadata", None)
    return parsed


def write(form, signed, operation, members):
    if form == CBOR:
        return cbor2.dumps(members, datetime_as_timestamp=True, timezone=datetime.timezone.utc)
    model = model_of(signed).operation_model(operation)
    if form != XML:
        return b"" if model.output_shape is None else json.dumps(members).encode()
    result = "" if model.output_shape is None else as_xml(f"{operation}Result", model.output_shape, members)
    return (
        f'<{operation}Response xmlns="{model.metadata.get("xmlNamespace", "")}">{result}'
        f"<ResponseMetadata><RequestId>{REQUEST_ID}</RequestId></ResponseMetadata></{operation}Response>").encode()


def as_xml(tag, shape, value):
    inner = INNER.get(shape.type_name, lambda shape, value: escape(str(value)))(shape, value)
    return f"<{tag}>{inner}</{tag}>"


def structure(shape, value):
    return "".join(
        as_xml(member.serialization.get("name", name), member, value[name])
        for name, member in shape.members.items() if value.get(name) is not None)


def sequence(shape, value):
    return "".join(as_xml(shape.member.serialization.get("name", "member"), shape.member, each) for each in value)


def mapping(shape, value):
    names = [part.serialization.get("name", default) for part, default in ((shape.key, "key"), (shape.value, "value"))]
    return "".join(
        f"<entry>{as_xml(names[0], shape.key, key)}{as_xml(names[1], shape.value, each)}</entry>" for key, each in value.items())


def timestamp(shape, value):
    return value.astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


INNER = {
    "structure": structure, "list": sequence, "map": mapping, "timestamp": timestamp,
    "boolean": lambda shape, value: str(value).lower(),
    "blob": lambda shape, value: base64.b64encode(value).decode(),
}
