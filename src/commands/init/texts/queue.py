"""Works on messages one by one. Those that fail are told to Lambda, which gives them again; the others are
done."""

import json


def handler(event, context):
    failed = []
    for record in event.get("Records", []):
        try:
            work(json.loads(record["body"]))
        except Exception as error:
            print(json.dumps({"message": record["messageId"], "error": str(error)}))
            failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}


def work(message):
    print(json.dumps({"message": message}))
