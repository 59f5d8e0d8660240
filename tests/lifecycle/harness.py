"""What every test stands on: an AWS account of its own, a copy of the project
that may be edited, and the built binary."""

import collections
import json
import os
import re
import secrets
import select
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import boto3
import yaml
from botocore.config import Config

from aws_like import AwsLike
from snapshot import snapshot

ROOT = Path(__file__).resolve().parents[2]
REGION = "us-east-1"
SUFFIX = "test"
# Always this machine, never AWS_ENDPOINT_URL or a profile of the caller: these
# tests delete things.
LOCAL = f"http://127.0.0.1:{os.environ.get('ETLCTL_LOCAL_PORT', '4566')}"
# What the binary talks to: the local AWS, answering as AWS does. What tests
# themselves look at and tamper with is the local one.
LAYER = AwsLike(LOCAL).start()
# It lives as long as the process; who counts calls has a proxy before it.
LAYER.calls = collections.deque(maxlen=0)
ENDPOINT = LAYER.url
LAMBDA_TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ],
}


def binary():
    if "ETLCTL_BIN" in os.environ:
        return Path(os.environ["ETLCTL_BIN"])
    return Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "debug" / "etlctl"


class Aws:
    """Clients of a fresh account: the twelve digits of the access key are the
    account id, so tests that run side by side never meet."""

    # One session: it keeps the service models that each client is made from.
    _session = boto3.Session(region_name=REGION)

    def __init__(self, account=None, region=REGION):
        self.account = account or str(100_000_000_000 + secrets.randbelow(900_000_000_000))
        self.region = region
        self._clients = {}

    def in_region(self, region):
        """The same account, seen from another region."""
        return Aws(self.account, region)

    def __call__(self, service, endpoint=LOCAL):
        if (service, endpoint) not in self._clients:
            self._clients[service, endpoint] = self._session.client(
                service, region_name=self.region, endpoint_url=endpoint, aws_access_key_id=self.account, aws_secret_access_key="test",
                config=Config(retries={"max_attempts": 2}, connect_timeout=5, read_timeout=30),
            )
        return self._clients[service, endpoint]

    def arn(self, service, rest, region=None):
        region = self.region if region is None else region
        return f"arn:aws:{service}:{region}:{self.account}:{rest}"

    def role_arn(self, stack, env, name):
        return self.arn("iam", f"role/etlctl/{stack}/{env}/{name}", region="")

    def queue_url(self, name):
        return self("sqs").get_queue_url(QueueName=name)["QueueUrl"]

    def snapshot(self):
        return snapshot(self)


def leave_out_installed(folder, names):
    """What installers made; the layers' own modules are in a node_modules folder too, and stay."""
    made = {".venv", ".cache", "__pycache__"}
    if Path(folder).name == "handlers":
        made.add("node_modules")
    return made & set(names)


class Project:
    """A copy of the desired state and the handlers, free to be changed."""

    def __init__(self, directory):
        self.dir = Path(directory)
        for part in ("desired-state", "handlers"):
            shutil.copytree(ROOT / part, self.dir / part, ignore=leave_out_installed)

    def edit(self, stack, change):
        """Passes the parsed file to `change`; what it does there is written back."""
        path = self.dir / "desired-state" / f"{stack}.yaml"
        document = yaml.safe_load(path.read_text())
        before = json.dumps(document)
        change(document)
        assert json.dumps(document) != before, "the edit of the test changed nothing"
        path.write_text(yaml.safe_dump(document, sort_keys=False))

    def write(self, path, text):
        target = self.dir / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)


@dataclass
class Result:
    args: tuple
    code: int
    out: str
    err: str

    def __str__(self):
        return f"etlctl {' '.join(self.args)} -> exit {self.code}\n--- stdout\n{self.out}\n--- stderr\n{self.err}"

    @property
    def json(self):
        return json.loads(self.out)

    def exits(self, code):
        assert self.code == code, f"not exit {code}\n{self}"
        return self

    def tells(self, *words):
        """Each of these is told on stderr."""
        for word in words:
            assert word in self.err, f"stderr does not say `{word}`\n{self}"
        return self


@dataclass
class Change:
    address: str
    kind: str
    name: str
    action: str
    fields: dict


class Etlctl:
    """Runs the built binary as a user of one account in one project would.

    An update of a function makes ministack kill the processes of the functions
    of that name in every account, also one that is just answering: a test that
    invokes functions deploys them with a suffix of its own."""

    def __init__(self, aws, project, endpoint=ENDPOINT, suffix=SUFFIX):
        self.aws, self.project, self.endpoint, self.suffix = aws, project, endpoint, suffix

    def through(self, proxy):
        return Etlctl(self.aws, self.project, proxy.url, self.suffix)

    def environment(self, env=None):
        foreign = re.compile(r"AWS_|ETLCTL_|ENVIRONMENT_SUFFIX$|NO_COLOR$|CI$|COLUMNS$")
        kept = {key: value for key, value in os.environ.items() if not foreign.match(key)}
        return kept | {
            "AWS_ENDPOINT_URL": self.endpoint,
            # What stands there answers as AWS does, so it is read as AWS is; it has no quotas.
            "ETLCTL_ENDPOINT": "aws-like",
            "AWS_ACCESS_KEY_ID": self.aws.account,
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": REGION,
            # A user's own settings must not change what is tested.
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            "ENVIRONMENT_SUFFIX": self.suffix,
            # Layers are installed once, not once a test.
            "ETLCTL_CACHE_DIR": str(ROOT / ".etlctl"),
        } | (env or {})

    def start(self, *args, env=None):
        return subprocess.Popen(
            [str(binary()), *args], cwd=self.project.dir, env=self.environment(env), text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )

    def __call__(self, *args, env=None, check=True, timeout=180):
        """`check` is True for exit code 0, a number for that code, False for any."""
        process = self.start(*args, env=env)
        try:
            out, err = process.communicate(timeout=timeout)
        finally:
            process.kill()
        result = Result(args, process.returncode, out, err)
        if check is not False:
            assert result.code == int(not check if check is True else check), str(result)
        return result

    def on_terminal(self, *args, answers=(), env=None, timeout=180, term="dumb"):
        """Runs where a person sits: questions are answered one by one. Everything it says is in `out`."""
        leader, follower = os.openpty()
        process = subprocess.Popen(
            [str(binary()), *args], cwd=self.project.dir, env=self.environment(env) | {"TERM": term},
            stdin=follower, stdout=follower, stderr=follower, start_new_session=True)
        os.close(follower)
        said, answers, deadline = b"", list(answers), time.monotonic() + timeout
        while time.monotonic() < deadline:
            if select.select([leader], [], [], 0.2)[0]:
                try:
                    chunk = os.read(leader, 65536)
                except OSError:
                    break
                if not chunk:
                    break
                said += chunk
            elif answers and said.rstrip().endswith((b"[y/N]", b"go on:", b"]:")):
                os.write(leader, answers.pop(0).encode() + b"\n")
        process.kill() if process.poll() is None and time.monotonic() >= deadline else process.wait()
        os.close(leader)
        return Result(args, process.returncode, said.decode(errors="replace").replace("\r\n", "\n"), "")

    def apply(self, *args, **kwargs):
        return self("apply", "--env", "dev", "--yes", *args, **kwargs)

    def changes(self, *args, env="dev", run=None, **kwargs):
        """The plan's changes, by address. An address of two stacks at once
        would be two resources, so it is refused here."""
        found = {}
        for stack in self("plan", "--env", env, "--format", "json", *args, env=run, **kwargs).json["stacks"]:
            for change in stack["changes"]:
                assert change["address"] not in found, change["address"]
                fields = {field["path"]: (field["before"], field["after"]) for field in change.get("fields", [])}
                found[change["address"]] = Change(
                    change["address"], change["kind"], change["name"], change["action"], fields)
        return found

    def assert_no_changes(self, *args):
        result = self("plan", "--env", "dev", "--detailed-exitcode", *args, check=False)
        assert result.code == 0, f"the plan should be empty\n{result}"
