"""Puts one object into the ingestion bucket and checks what the triggers make of it.

    python run_triggered.py --endpoint-url http://127.0.0.1:4566

Needs boto3. Nothing is invoked here. Exits with 1 and the reason at the first thing that is not
as it must be.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from typing import Any

import dataset as made_up
from local_aws import LocalAws
from run_pipeline import check_records, same

_DATE = "2024-06-01"


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--endpoint-url", required=True)
    parser.add_argument("--account", default="000000000000", help="12-digit access key id")
    parser.add_argument("--region", default="us-east-1")
    parser.add_argument("--ingestion-bucket", default="etl-ingestion-bucket")
    parser.add_argument("--output-bucket", default="etl-output-bucket")
    parser.add_argument("--dataset", default="e2e", help="one that is not there yet")
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument(
        "--seconds", type=float, default=180, help="how long to wait for the result"
    )
    return parser.parse_args()


def prefixes(dataset: str) -> tuple[str, str, str]:
    return (
        f"raw/{dataset}/{_DATE}/",
        f"transformed/{dataset}/{_DATE}/",
        f"processed/{dataset}/{_DATE}/",
    )


def put(aws: LocalAws, bucket: str, dataset: str, records: int) -> made_up.Dataset:
    wanted = made_up.build(records)
    aws.put(bucket, f"incoming/{dataset}/{_DATE}/e2e.ndjson", wanted.source)
    return wanted


def wait_for_manifest(aws: LocalAws, buckets: tuple[str, str], dataset: str, seconds: float) -> str:
    """The manifest's key; where it does not come, the error says how far the object got."""
    *_, processed = prefixes(dataset)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for key in aws.keys(buckets[1], processed):
            if key.endswith("/manifest.json"):
                return key
        time.sleep(0.2)
    raw, transformed, _ = prefixes(dataset)
    found = (
        aws.keys(buckets[0], raw)
        + aws.keys(buckets[0], transformed)
        + aws.keys(buckets[1], processed)
    )
    raise AssertionError(f"no manifest of {dataset} after {seconds:.0f} s; what is there: {found}")


def read_result(aws: LocalAws, buckets: tuple[str, str], manifest_key: str) -> dict[str, Any]:
    """What check_records looks at: the results of the stages, and the published objects."""
    ingestion, output = buckets
    body = aws.get(output, manifest_key)
    manifest = json.loads(body)
    keys = [manifest["data"]["key"], manifest["rejects"]["key"]]
    objects = {(output, key): aws.get(output, key) for key in keys} | {(output, manifest_key): body}
    receipts = [json.loads(aws.get(ingestion, key)) for key in aws.keys(ingestion, "receipts/")]
    ingested = [receipt for receipt in receipts if receipt["key"] == manifest["source"]["key"]]
    same("receipts of the object", len(ingested), 1)
    results = [ingested[0], None, manifest | {"manifestKey": manifest_key}]
    return {"results": results, "objects": objects}


def check(
    aws: LocalAws, buckets: tuple[str, str], dataset: str, wanted: made_up.Dataset, seconds: float
) -> None:
    manifest_key = wait_for_manifest(aws, buckets, dataset, seconds)
    check_records(read_result(aws, buckets, manifest_key), wanted, buckets[1])


def main() -> int:
    options = arguments()
    aws = LocalAws(options.endpoint_url, options.account, options.region)
    buckets = (options.ingestion_bucket, options.output_bucket)
    try:
        wanted = put(aws, buckets[0], options.dataset, options.records)
        print(f"{wanted.counts} in {len(wanted.source)} bytes")
        started = time.monotonic()
        check(aws, buckets, options.dataset, wanted, options.seconds)
        took = time.monotonic() - started
        print(f"every record, count, reason and checksum is as it must be, after {took:.1f} s")
    except AssertionError as error:
        print(f"FAILED: {error}", file=sys.stderr)
        return 1
    print("passed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
