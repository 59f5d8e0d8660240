"""Zips that no call carries: through a bucket of the user's, in which nothing is left."""

import random

import pytest
from bench import Bench
from faults import Refused, Rule
from stacks import HEAD

STORE = 'artifacts: { bucket: "zips-${aws.account}", prefix: tmp/ }\n'
FUNCTION = "functions: { work: { runtime: nodejs22.x, handler: index.handler, source: ../handlers/work } }\n"
LAYER = "layers: { shared: { source: ../layer } }\n"
APPLY = ["apply", "--yes"]
# Above what a call carries, however well it packs.
LARGE = random.Random(1).randbytes(53 * 1024 * 1024)


@pytest.fixture
def bench(tmp_path):
    bench = Bench(tmp_path, HEAD + STORE + FUNCTION + LAYER)
    bench.project.write("layer/python/lib.py", "1")
    (bench.project.dir / "handlers/work/large.bin").write_bytes(LARGE)
    return bench


@pytest.fixture
def bucket(bench):
    name = f"zips-{bench.account}"
    bench.aws("s3").create_bucket(Bucket=name)
    return lambda: [found["Key"] for found in bench.aws("s3").list_objects_v2(Bucket=name).get("Contents", [])]


def objects(proxy):
    return [call.operation for call in proxy.writes if call.operation.endswith("Object")]


def test_a_large_zip_goes_through_the_bucket_and_leaves_nothing(bench, bucket):
    run, proxy = bench.run(APPLY)
    run.exits(0)
    assert objects(proxy) == ["PutObject", "DeleteObject"] and bucket() == [], run
    size = bench.aws("lambda").get_function(FunctionName="tiny-work")["Configuration"]["CodeSize"]
    assert size > 52_428_800
    bench.assert_converged()
    # So does another one, and a layer; what fits goes with the call.
    bench.project.write("handlers/work/more.js", "1")
    (bench.project.dir / "layer/python/large.bin").write_bytes(LARGE)
    run, proxy = bench.run(APPLY)
    run.exits(0)
    assert objects(proxy) == ["PutObject", "DeleteObject"] * 2 or sorted(objects(proxy)) == ["DeleteObject"] * 2 + ["PutObject"] * 2, run
    assert bucket() == []
    bench.assert_converged()
    (bench.project.dir / "handlers/work/large.bin").unlink()
    run, proxy = bench.run(APPLY)
    run.exits(0)
    assert objects(proxy) == [], run


def test_what_is_refused_leaves_nothing_in_the_bucket_either(bench, bucket):
    refused = Refused(400, "InvalidParameterValueException", "Unzipped size must be smaller than 262144000 bytes")
    run, proxy = bench.run(APPLY, [Rule("lambda:CreateFunction", refused, times=None)])
    assert run.code in (1, 6) and "Unzipped size" in run.err, run
    assert objects(proxy) == ["PutObject", "DeleteObject"] and bucket() == [], run
    bench.calmly(APPLY).exits(0)
    bench.assert_converged()


def test_a_zip_that_could_not_be_taken_away_is_told(bench, bucket):
    denied = Refused(403, "AccessDenied", "Access Denied")
    run, _ = bench.run(APPLY, [Rule("s3:DeleteObject", denied, times=None)])
    assert run.code == 6 and "s3:DeleteObject" in run.err, run
    assert len(bucket()) == 1
    # The function is as wanted all the same.
    bench.assert_converged()


def test_without_a_bucket_it_is_refused_before_any_call(bench):
    bench.project.stack(HEAD + FUNCTION)
    run, proxy = bench.run(APPLY)
    run.exits(3)
    assert "E212" in run.err and "artifacts" in run.err and proxy.calls == [], run


def test_a_bucket_that_is_not_there_is_no_success(bench):
    run, proxy = bench.run(APPLY)
    assert run.code in (1, 6) and "s3:PutObject" in run.err and "NoSuchBucket" in run.err, run
    assert "`artifacts.bucket` of the file names the bucket" in run.err, run
    assert "CreateFunction" not in [call.operation for call in proxy.writes], run
