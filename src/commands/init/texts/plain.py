"""Does its work once an invocation. What it returns is what `etlctl invoke work` prints."""

import json
import os


def handler(event, context):
    stage = os.environ.get("STAGE", "none")
    print(json.dumps({"stage": stage, "event": event}))
    return {"done": True, "stage": stage}
