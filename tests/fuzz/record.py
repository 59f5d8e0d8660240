"""Writes answers.json anew: every answer that a plan of a deployed stack gets from the local AWS.

    ETLCTL_LOCAL_PORT=4566 localstack/.venv/bin/python tests/fuzz/record.py
"""

import base64
import json
import re
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "lifecycle"))

from bench import Bench
from faults import Faulty
from harness import LOCAL, Aws

ACCOUNT = "111122223333"
STACK = Path(__file__).parent / "answers.yaml"
KEPT = re.compile(r"content-type|x-amzn-(errortype|query-error)|smithy-protocol", re.IGNORECASE)


class Recorder(Faulty):
    def __init__(self, endpoint):
        super().__init__(endpoint)
        self.answers = {}

    def carry_out(self, call, request, body):
        status, headers, content = super().carry_out(call, request, body)
        asked = f"{request.command} {request.path}\n{request.headers.get('X-Amz-Target', '')}\n{body.decode(errors='replace')}"
        self.answers[asked] = {
            "operation": call.name, "asked": asked, "status": status,
            "headers": {name: value for name, value in headers if KEPT.fullmatch(name)},
            "body": base64.b64encode(content).decode(),
        }
        return status, headers, content


bench = Bench(tempfile.mkdtemp(), STACK.read_text(), Aws(ACCOUNT))
bench.calmly(["apply", "--yes"]).exits(0)
with Recorder(LOCAL) as recorder:
    bench.run(["plan", "--detailed-exitcode"], env={"ETLCTL_ENDPOINT": "local"}, through=recorder)[0].exits(0)
bench.calmly(["destroy", "--yes"]).exits(0)
found = sorted(recorder.answers.values(), key=lambda answer: answer["asked"])
(Path(__file__).parent / "answers.json").write_text(json.dumps(found, indent=1) + "\n")
print(f"{len(found)} answers")
