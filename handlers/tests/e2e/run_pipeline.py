"""Runs the deployed pipeline for real and checks what comes out, record by record.

    python run_pipeline.py --endpoint-url http://127.0.0.1:4566

Needs boto3. Exits with 1 and the reason at the first thing that is not as it must be.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import sys
import time
from collections import Counter
from typing import Any

import dataset as made_up
from local_aws import LocalAws

# Lines that the Lambda runtime itself writes around those of the handler, the
# stack of an error that ended an invocation among them.
_RUNTIME_LINE = re.compile(
    r"^((START|END|REPORT|INIT_START|RESTORE_\w+|XRAY TraceId)\b|[A-Z]\w*Error: |\s+at )"
)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--endpoint-url", required=True)
    parser.add_argument("--account", default="000000000000", help="12-digit access key id")
    parser.add_argument("--region", default="us-east-1")
    parser.add_argument("--ingestion", default="etl-data-ingestion-dev")
    parser.add_argument("--transform", default="etl-data-transform-dev")
    parser.add_argument("--output", default="etl-data-output-dev")
    parser.add_argument("--ingestion-bucket", default="etl-ingestion-bucket")
    parser.add_argument("--output-bucket", default="etl-output-bucket")
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--poisoned", default="batch-processor-dev")
    parser.add_argument("--dlq", default="lambda-dlq-dev")
    parser.add_argument("--dlq-seconds", type=float, default=300)
    parser.add_argument("--skip-dlq", action="store_true", help="only lambda-etl-optimization")
    return parser.parse_args()


def same(what: str, got: Any, wanted: Any) -> None:
    assert got == wanted, f"{what}: got {str(got)[:500]}, wanted {str(wanted)[:500]}"


def run_once(aws: LocalAws, options: argparse.Namespace, source_key: str) -> dict[str, Any]:
    """Ingestion, transform, output; gives each object that belongs to the result."""
    event = {"dataset": "e2e", "date": "2024-06-01", "source": {"key": source_key}}
    results = []
    for function in (options.ingestion, options.transform, options.output):
        started = time.monotonic()
        event, _ = aws.invoke(function, event)
        results.append(event)
        print(f"  {function}: {time.monotonic() - started:.1f} s")
    ingested, transformed, published = results
    keys = [
        (options.ingestion_bucket, ingested["key"]),
        (options.ingestion_bucket, transformed["key"]),
        (options.ingestion_bucket, transformed["rejectsKey"]),
        (options.ingestion_bucket, transformed["summaryKey"]),
        (options.output_bucket, published["data"]["key"]),
        (options.output_bucket, published["rejects"]["key"]),
        (options.output_bucket, published["manifestKey"]),
    ]
    return {"results": results, "objects": {key: aws.get(*key) for key in keys}}


def check_records(run: dict[str, Any], wanted: made_up.Dataset, output_bucket: str) -> None:
    ingested, _, published = run["results"]
    same("records that ingestion counted", ingested["count"], wanted.counts["read"])
    manifest = json.loads(run["objects"][output_bucket, published["manifestKey"]])
    same("counts in the manifest", manifest["counts"], wanted.counts)
    same("reasons in the manifest", manifest["reasons"], dict(sorted(wanted.reasons.items())))

    for part in ("data", "rejects"):
        entry = manifest[part]
        body = run["objects"][output_bucket, entry["key"]]
        same(f"bytes of {part}", len(body), entry["bytes"])
        same(f"sha256 of {part}", hashlib.sha256(body).hexdigest(), entry["sha256"])
        same(f"records in {part}", body.count(b"\n"), entry["records"])

    data = run["objects"][output_bucket, manifest["data"]["key"]]
    left = dict(wanted.good)
    for line in data.decode().splitlines():
        record = json.loads(line)
        derived = record.pop("_etl")
        same(f"record {derived['key']}", record, left.pop(derived["key"], None))
    same("records that are missing", list(left), [])

    rest = [
        json.loads(line)
        for line in run["objects"][output_bucket, manifest["rejects"]["key"]].decode().splitlines()
    ]
    outcomes = {item["line"]: item["reasons"][0]["code"] for item in rest}
    same("lines that are not good, and why", outcomes, wanted.outcomes)
    same("one line for each of them", len(rest), len(outcomes))


def check_pipeline(aws: LocalAws, options: argparse.Namespace) -> None:
    wanted = made_up.build(options.records)
    source_key = "incoming/e2e.ndjson"
    aws.put(options.ingestion_bucket, source_key, wanted.source)
    print(f"{wanted.counts} in {len(wanted.source)} bytes")

    first = run_once(aws, options, source_key)
    check_records(first, wanted, options.output_bucket)
    print("every record, count, reason and checksum is as it must be")

    before = {b: aws.keys(b, "") for b in (options.ingestion_bucket, options.output_bucket)}
    second = run_once(aws, options, source_key)
    same("keys after the second run", {b: aws.keys(b, "") for b in before}, before)
    same("results of the second run", second["results"], first["results"])
    assert second["objects"] == first["objects"], "the second run wrote other bytes"
    print("the second run gave the same keys and bytes")


def check_dead_letter(aws: LocalAws, options: argparse.Namespace) -> None:
    poison = f"poison-{time.time_ns()}"
    aws.invoke_later(options.poisoned, {"poison": poison})
    aws.wait_for_message(options.dlq, poison, options.dlq_seconds)
    print(f"the poisoned event of {options.poisoned} reached {options.dlq}")


def check_logs(aws: LocalAws, functions: list[str]) -> None:
    for function in functions:
        lines = [line for line in aws.log_lines(function) if not _RUNTIME_LINE.match(line)]
        levels: Counter[str] = Counter()
        for line in lines:
            try:
                levels[json.loads(line)["level"]] += 1
            except (ValueError, KeyError, TypeError):
                raise AssertionError(f"{function} logged no JSON line: {line[:300]}") from None
        assert levels, f"{function} logged nothing"
        print(f"log of {function}: {dict(levels)}")


def main() -> int:
    options = arguments()
    aws = LocalAws(options.endpoint_url, options.account, options.region)
    functions = [options.ingestion, options.transform, options.output]
    try:
        check_pipeline(aws, options)
        if not options.skip_dlq:
            check_dead_letter(aws, options)
            functions.append(options.poisoned)
        check_logs(aws, functions)
    except AssertionError as error:
        print(f"FAILED: {error}", file=sys.stderr)
        return 1
    print("passed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
