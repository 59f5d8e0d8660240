"""A layer between etlctl and the local AWS that answers as AWS does where the
local one is lenient, by the table of behaviours. A test takes all of them,
some, or all but some:

    AwsLike(LOCAL)
    AwsLike(LOCAL, behaviours=ALL - {"role-must-be-there"})
    AwsLike(LOCAL, behaviours={"url-header-names-lower-case"})
"""

import re
import threading

import answers
import like_buckets  # noqa: F401  Each of these fills the table.
import like_concurrency  # noqa: F401
import like_events  # noqa: F401
import like_functions  # noqa: F401
import like_logs  # noqa: F401
import like_mappings  # noqa: F401
import like_models  # noqa: F401
import like_notifications
import like_permissions  # noqa: F401
import like_qualifiers  # noqa: F401
import like_queues  # noqa: F401
import like_refusals  # noqa: F401
import like_roles  # noqa: F401
import like_schedules  # noqa: F401
import like_states  # noqa: F401
import like_streams  # noqa: F401
import like_tables  # noqa: F401
import like_tagging  # noqa: F401
import like_topics  # noqa: F401
import like_watch  # noqa: F401
from behaviours import TABLE, Exchange, Options
from local import Local
from operations import model_of
from proxy import Proxy
from refusals import Refusal
from wire import decode

ALL = frozenset(TABLE)
SERVICES = {"lambda", "iam", "sqs", "sns", "logs", "monitoring", "tagging", "sts", "ssm", "secretsmanager", "events", "dynamodb", "kinesis", "scheduler", "s3", "states"}
# Two of these at once must not both see that there is none yet, or that it is as it was.
ONE_AT_A_TIME = {
    "lambda:CreateEventSourceMapping", "lambda:PublishVersion", "lambda:AddPermission", "lambda:RemovePermission",
    "sns:Subscribe", "dynamodb:UpdateTable", "dynamodb:UpdateTimeToLive",
}
TURN = threading.RLock()


class AwsLike(Proxy):
    def __init__(self, endpoint, behaviours=ALL, latency=0.0, **options):
        super().__init__(endpoint, latency)
        names = frozenset(behaviours)
        assert names <= ALL, f"no such behaviour: {', '.join(sorted(names - ALL))}"
        self.behaviours = [each for name, each in TABLE.items() if name in names]
        self.options = Options(**options)
        # What went wrong in the layer itself; the client saw a lost answer.
        self.mistakes = []

    def answer(self, call, request, body):
        scope = re.search(r"Credential=(\w+)/\d+/([\w-]+)/(\w+)/", request.headers.get("Authorization", ""))
        if scope and scope[3] == "s3" and call.operation in like_notifications.OPERATIONS:
            return like_notifications.answer(self, call, request, body, scope[1], scope[2])
        if not scope or scope[3] not in SERVICES:
            return self.ask(request, body)
        try:
            account, region, signed = scope.groups()
            asked = decode(request.command, request.path, request.headers, body)
            exchange = Exchange(call.name, asked, account, region, Local(self.upstream, account, region), self.options)
            if call.name in ONE_AT_A_TIME:
                with TURN:
                    return self.exchange(exchange, call, signed, request, body)
            return self.exchange(exchange, call, signed, request, body)
        except Exception as mistake:
            self.mistakes.append(f"{call}: {mistake!r}")
            raise

    def exchange(self, exchange, call, signed, request, body):
        form = answers.form_of(request)
        for hook in self.hooks("asked_of", call.name):
            said = hook(exchange)
            if isinstance(said, Refusal):
                return said.json() if signed == "monitoring" and form != answers.CBOR else said.of(call.service)
            if said is not None:
                status = model_of(signed).operation_model(call.operation).http.get("responseCode", 200)
                return status, [("Content-Type", form)], self.altered(exchange, call, signed, form, said)
        status, headers, content = self.ask(request, body)
        if status < 300 and signed == "s3":
            for hook in self.hooks("answered_of", call.name):
                hook(exchange)
        elif status < 300 and self.hooks("answered_of", call.name):
            content = self.altered(exchange, call, signed, form, answers.read(form, signed, call.operation, content))
            # DynamoDB's clients hold the body against its checksum.
            headers = [(name, value) for name, value in headers if name.lower() != "x-amz-crc32"]
        return status, headers, content

    def altered(self, exchange, call, signed, form, members):
        exchange.answer = members
        for hook in self.hooks("answered_of", call.name):
            hook(exchange)
        return answers.write(form, signed, call.operation, members)

    def hooks(self, when, name):
        """Of the behaviours that are on, those for every call first."""
        tables = [getattr(each, when) for each in self.behaviours]
        return [table[key] for key in ("*", name) for table in tables if key in table]
