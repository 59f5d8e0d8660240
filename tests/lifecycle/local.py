"""Calls that the AWS-like layer itself makes of the local AWS, as the account
whose call it holds. No client of boto3: to make one takes longer than to ask."""

import functools
import urllib.parse

from botocore.awsrequest import HeadersDict
from botocore.parsers import create_parser
from botocore.serialize import create_serializer

from operations import SESSION


class Refused(LookupError):
    """The local AWS answered an error; `code` is what it is called."""

    def __init__(self, code):
        super().__init__(code)
        self.code = code


@functools.cache
def model_of(service):
    model = SESSION.get_service_model(service)
    protocol = model.resolved_protocol
    return model, create_serializer(protocol, include_validation=False), create_parser(protocol)


class Local:
    def __init__(self, upstream, account, region):
        self.upstream, self.account, self.region = upstream, account, region

    def __call__(self, service, operation, **members):
        """The members of the answer, as boto3 gives them."""
        model, serializer, parser = model_of(service)
        asked = model.operation_model(operation)
        request = serializer.serialize_to_request(members, asked)
        body, headers, path = request["body"], dict(request["headers"]), request["url_path"]
        if isinstance(body, dict):
            body = urllib.parse.urlencode(body)
        if request["query_string"]:
            path += f"?{urllib.parse.urlencode(request['query_string'], doseq=True)}"
        headers["Authorization"] = (
            f"AWS4-HMAC-SHA256 Credential={self.account}/20000101/{self.region}/{model.signing_name}/aws4_request, "
            "SignedHeaders=host, Signature=0")
        status, told, content = self.upstream.ask(request["method"], path, body, headers)
        parsed = parser.parse({"status_code": status, "headers": HeadersDict(told), "body": content}, asked.output_shape)
        if status >= 300:
            raise Refused(parsed["Error"]["Code"])
        return parsed

    def or_none(self, service, operation, **members):
        """None where the local AWS refuses, as it does for what is not there."""
        try:
            return self(service, operation, **members)
        except Refused:
            return None

    def all(self, service, operation, **members):
        """The items of every page of a list."""
        pages = SESSION.get_component("data_loader").load_service_model(service, "paginators-1")["pagination"][operation]
        tokens, sent = pages["output_token"], pages["input_token"]
        assert isinstance(tokens, str), f"{operation} goes on by more than one token"
        key = pages["result_key"] if isinstance(pages["result_key"], str) else pages["result_key"][0]
        while True:
            page = self(service, operation, **members)
            yield from page.get(key, [])
            if not page.get(tokens):
                return
            members[sent] = page[tokens]
