"""How etlctl is started, here and nowhere else, and what a run of it took."""

import json
import os
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from harness import Etlctl, binary

HERE = Path(__file__).resolve().parent
# The two read paths: by the tagging API and by name, as of AWS, and by listing, as of what knows no such API.
PATHS = ("aws", "list")
# Before reads and pace were apart, one setting said both.
ENDPOINT_KINDS = {("aws", "aws"): "aws", ("aws", "off"): "aws-like", ("list", "off"): "local"}


@dataclass(frozen=True)
class Took:
    """Seconds of the clock and of the processor, and the most memory in MB."""

    code: int
    out: str
    err: str
    wall: float
    cpu: float
    peak_mb: float

    def exits(self, *codes: int) -> "Took":
        assert self.code in codes, f"exit {self.code}, not {codes}\n--- stdout\n{self.out[-3000:]}\n--- stderr\n{self.err[-3000:]}"
        return self


@dataclass
class Client:
    """etlctl in a folder, as a client of one account. `pace` is aws, off or a file of rates."""

    etlctl: Etlctl
    reads: str = "aws"
    pace: str = "off"
    env: dict[str, str] = field(default_factory=dict)

    def environment(self) -> dict[str, str]:
        return self.etlctl.environment() | {
            "ETLCTL_READS": self.reads,
            "ETLCTL_PACE": self.pace,
            "ETLCTL_ENDPOINT": ENDPOINT_KINDS.get((self.reads, self.pace), "aws-like"),
        } | self.env

    def __call__(self, *args: str, timeout: float = 1800) -> Took:
        return took([str(binary()), *args], self.environment(), self.etlctl.project.dir, timeout)


def took(command: list[str], environment: dict[str, str], folder: Path | str, timeout: float = 1800) -> Took:
    with tempfile.TemporaryDirectory() as directory:
        report = Path(directory) / "report.json"
        process = subprocess.Popen(
            [sys.executable, "-I", "-S", str(HERE / "measure.py"), str(report), *command], cwd=folder, env=environment, text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)
        try:
            out, err = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            out, err = process.communicate()
            raise TimeoutError(f"{' '.join(command)} did not end within {timeout} s\n{err[-3000:]}") from None
        assert report.is_file(), f"{command} was not measured\n{err}"
        return Took(out=out, err=err, **json.loads(report.read_text()))
