"""One stack in a folder and an account of its own, run by the binary with
nothing of the caller's environment, on good days and on bad ones."""

import os
from pathlib import Path

from faults import Faulty
from harness import ENDPOINT, Aws, Etlctl, Project

HANDLER = "exports.handler = async () => 'done';\n"


class OneStack(Project):
    """A folder with `desired-state/stack.yaml` and one handler, `handlers/work`."""

    def __init__(self, directory, stack):
        self.dir = Path(directory)
        self.stack(stack)
        self.write("handlers/work/index.js", HANDLER)

    def stack(self, text):
        self.write("desired-state/stack.yaml", text)


class Alone(Etlctl):
    """The binary with nothing of the caller's environment that could change what it does."""

    def environment(self, env=None):
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.project.dir),
            "AWS_ENDPOINT_URL": self.endpoint,
            "ETLCTL_ENDPOINT": "aws-like",
            "AWS_ACCESS_KEY_ID": self.aws.account,
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_EC2_METADATA_DISABLED": "true",
        } | (env or {})

    def through(self, proxy):
        return Alone(self.aws, self.project, proxy.url)


class Bench:
    def __init__(self, directory, stack, aws=None):
        self.project = OneStack(directory, stack)
        self.aws = aws or Aws()
        self.etlctl = Alone(self.aws, self.project)

    @property
    def account(self):
        return self.aws.account

    def run(self, args, rules=(), env=None, timeout=120, through=None):
        """Runs with these faults, or through this proxy. All rules have to be
        met, or the test has shown nothing. Gives the result and the proxy."""
        with through or Faulty(ENDPOINT, rules) as proxy:
            result = self.etlctl.through(proxy)(*args, env=env, check=False, timeout=timeout)
        assert not proxy.mistakes, f"{proxy.mistakes}\n{result}"
        assert not proxy.unspent(), f"no call met the rules for {proxy.unspent()}\n{result}"
        return result, proxy

    def calmly(self, args, env=None, timeout=120):
        """Runs on a good day."""
        return self.etlctl(*args, env=env, check=False, timeout=timeout)

    def assert_converged(self):
        """Everything is as the file says: nothing was left half-made."""
        self.calmly(["plan", "--detailed-exitcode"]).exits(0)
