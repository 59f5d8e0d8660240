"""Functions changed behind etlctl's back, an attribute at a time."""

import io
import urllib.request
import zipfile
from unittest.mock import ANY

import pytest

from drift import CHANGED, PIPELINE, Applied, Case, tag_cases
from harness import REGION, SUFFIX

API, TRANSFORM = f"api-handler-{SUFFIX}", f"etl-data-transform-{SUFFIX}"
ENVIRONMENT = {"ENVIRONMENT": "dev", "MAX_CONNECTIONS": "10", "LOG_LEVEL": "INFO"}


def settled(aws, name):
    """AWS refuses the next update of a function while one is in progress."""
    aws("lambda").get_waiter("function_updated_v2").wait(FunctionName=name, WaiterConfig={"Delay": 0.1})


def configure(name=API, **settings):
    def mutate(aws):
        aws("lambda").update_function_configuration(FunctionName=name, **settings)
        settled(aws, name)
    return mutate


def environment(variables):
    return configure(Environment={"Variables": variables})


def other_code(aws):
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("index.js", "exports.handler = async () => 'by hand';")
    aws("lambda").update_function_code(FunctionName=API, ZipFile=archive.getvalue())
    settled(aws, API)


def other_architecture(aws):
    location = aws("lambda").get_function(FunctionName=API)["Code"]["Location"]
    same_code = urllib.request.urlopen(location, timeout=10).read()
    aws("lambda").update_function_code(FunctionName=API, ZipFile=same_code, Architectures=["arm64"])
    settled(aws, API)


def other_role(aws):
    configure(Role=aws.role_arn("lambda-etl", "dev", f"transform-role-{SUFFIX}-{REGION}"))(aws)


def call(operation, **arguments):
    return lambda aws: getattr(aws("lambda"), operation)(**({"FunctionName": API} | arguments))


def map_queue(aws):
    aws("lambda").create_event_source_mapping(
        FunctionName=API, EventSourceArn=aws.arn("sqs", f"lambda-dlq-{SUFFIX}"), Enabled=False)


def tag(aws, tags):
    aws("lambda").tag_resource(Resource=aws.arn("lambda", f"function:{API}"), Tags=tags)


def untag(aws, keys):
    aws("lambda").untag_resource(Resource=aws.arn("lambda", f"function:{API}"), TagKeys=keys)


CONFIGURATION = [
    ("memory", {"memory": (256, 512)}, configure(MemorySize=256)),
    ("timeout", {"timeout": (31, 30)}, configure(Timeout=31)),
    ("memory and timeout", {"memory": (128, 512), "timeout": (3, 30)}, configure(MemorySize=128, Timeout=3)),
    ("handler", {"handler": ("other.main", "index.handler")}, configure(Handler="other.main")),
    ("runtime", {"runtime": ("nodejs22.x", "nodejs18.x")}, configure(Runtime="nodejs22.x")),
    ("description", {"description": ("by hand", ANY)}, configure(Description="by hand")),
    ("tracing", {"tracing": CHANGED}, configure(TracingConfig={"Mode": "PassThrough"})),
    ("dead-letter queue removed", {"dead_letter": CHANGED}, configure(DeadLetterConfig={"TargetArn": ""})),
    ("layer detached", {"layers": CHANGED}, configure(Layers=[])),
    ("/tmp size", {"ephemeral_storage": (1024, 512)}, configure(EphemeralStorage={"Size": 1024})),
    ("log format", {"logging.format": CHANGED, "logging.application_level": ("INFO", None), "logging.system_level": ("INFO", None)},
     configure(LoggingConfig={"LogFormat": "JSON", "LogGroup": f"/aws/lambda/{API}"})),
    ("log group", {"logging.log_group": CHANGED}, configure(LoggingConfig={"LogFormat": "Text", "LogGroup": "/other"})),
    ("VPC", {"vpc*": CHANGED}, configure(VpcConfig={"SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"]})),
    ("role", {"role": CHANGED}, other_role),
    ("variable added", {"environment.EXTRA": ("1", None)}, environment(ENVIRONMENT | {"EXTRA": "1"})),
    ("variable changed", {"environment.LOG_LEVEL": ("DEBUG", "INFO")}, environment(ENVIRONMENT | {"LOG_LEVEL": "DEBUG"})),
    ("variable removed", {"environment.LOG_LEVEL": (None, "INFO")},
     environment({key: value for key, value in ENVIRONMENT.items() if key != "LOG_LEVEL"})),
    ("all variables removed", {f"environment.{key}": (None, value) for key, value in ENVIRONMENT.items()}, environment({})),
    ("code", {"code": CHANGED}, other_code),
    ("architecture", {"architecture": ("arm64", "x86_64")}, other_architecture),
    ("concurrency changed", {"reserved_concurrency": (7, 5)},
     call("put_function_concurrency", ReservedConcurrentExecutions=7)),
    ("stopped with concurrency 0", {"reserved_concurrency": (0, 5)},
     call("put_function_concurrency", ReservedConcurrentExecutions=0)),
    ("concurrency deleted", {"reserved_concurrency": (None, 5)}, call("delete_function_concurrency")),
    ("event source mapping added", {"event_sources*": CHANGED}, map_queue),
]

# What has a read of its own, of a function of which no file wants it.
BESIDE = [
    ("event-invoke configuration added", {"event_invoke*": CHANGED},
     call("put_function_event_invoke_config", MaximumRetryAttempts=0)),
    ("function URL added", {"url*": CHANGED}, call("create_function_url_config", AuthType="AWS_IAM")),
    ("permission added", {"permissions.by-hand*": CHANGED},
     call("add_permission", StatementId="by-hand", Action="lambda:InvokeFunction", Principal="s3.amazonaws.com")),
]

CASES = [Case("function/api-handler", *row) for row in CONFIGURATION]
CASES += [Case("function/api-handler", *row, deep=True) for row in BESIDE]
CASES += tag_cases("function/api-handler", tag, untag)
CASES += [
    Case("function/api-handler", "deleted", {}, call("delete_function"), action="create"),
    Case("function/transform", "concurrency set where none is wanted", {"reserved_concurrency": (9, None)},
         call("put_function_concurrency", FunctionName=f"transform-{SUFFIX}", ReservedConcurrentExecutions=9)),
    Case("function/data-transform", "alias moved", {"alias*": CHANGED},
         call("update_alias", FunctionName=TRANSFORM, Name="live", FunctionVersion="$LATEST"), PIPELINE),
    Case("function/data-transform", "alias deleted", {"alias*": CHANGED},
         call("delete_alias", FunctionName=TRANSFORM, Name="live"), PIPELINE),
    Case("function/data-transform", "SnapStart off", {"snap_start*": CHANGED},
         configure(TRANSFORM, SnapStart={"ApplyOn": "None"}), PIPELINE),
    Case("function/data-transform", "concurrency deleted", {"reserved_concurrency": (None, 50)},
         call("delete_function_concurrency", FunctionName=TRANSFORM), PIPELINE),
    Case("function/data-ingestion", "variable changed", {"environment.OUTPUT_BUCKET": ("elsewhere", "etl-output-bucket")},
         configure(f"etl-data-ingestion-{SUFFIX}", Environment={"Variables": {
             "ENVIRONMENT": "dev", "TEAM": "data-engineering",
             "INGESTION_BUCKET": "etl-ingestion-bucket", "OUTPUT_BUCKET": "elsewhere"}}), PIPELINE),
]


@pytest.fixture(scope="module")
def applied(tmp_path_factory):
    return Applied(lambda: tmp_path_factory.mktemp("drift"))


@pytest.mark.parametrize("case", CASES, ids=str)
def test_drift_of_a_function_is_seen_alone_and_put_back(applied, case):
    applied.check(case)
