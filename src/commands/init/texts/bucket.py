"""Is told of new objects of the bucket. Keys come encoded as in a query string."""

import json
from urllib.parse import unquote_plus


def handler(event, context):
    records = [record["s3"] for record in event.get("Records", [])]
    objects = [{"bucket": s3["bucket"]["name"], "key": unquote_plus(s3["object"]["key"])} for s3 in records]
    for one in objects:
        print(json.dumps(one))
    return {"objects": objects}
