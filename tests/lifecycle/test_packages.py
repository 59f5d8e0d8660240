"""What a function is packaged from: a folder, one file, a zip that was built elsewhere, and a folder
with dependencies that pip or npm install beside its files. What Lambda then holds is looked at."""

import base64
import hashlib
import io
import json
import os
import stat
import time
import urllib.request
import zipfile

import pytest
from bench import Bench

HEAD = """\
stack: tiny
region: us-east-1
environments: { dev: {} }
naming: "tiny-${name}"
functions:
  work: { runtime: %s, handler: %s, source: %s%s }
"""
APPLY, PLAN = ["apply", "--yes"], ["plan", "--detailed-exitcode"]


def stack(source, runtime="nodejs22.x", handler="index.handler", more=""):
    return HEAD % (runtime, handler, source, more)


def archive(files):
    """Bytes of a zip as somebody else builds it: with times of its own, and folders."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, text in files.items():
            made.writestr(name, text)
    return out.getvalue()


@pytest.fixture
def bench(tmp_path):
    return Bench(tmp_path, stack("../handlers/work"))


def deployed(bench):
    """The zip that Lambda holds, as names and contents."""
    answer = bench.aws("lambda").get_function(FunctionName="tiny-work")
    held = urllib.request.urlopen(answer["Code"]["Location"]).read()
    assert answer["Configuration"]["CodeSha256"] == base64.b64encode(hashlib.sha256(held).digest()).decode()
    with zipfile.ZipFile(io.BytesIO(held)) as opened:
        return held, {name: opened.read(name).decode() for name in opened.namelist()}


@pytest.mark.parametrize("name", ["code.zip", "code.jar", "CODE.ZIP"])
def test_a_package_that_is_built_already_is_sent_byte_for_byte(bench, name):
    built = archive({"index.js": "exports.handler = async () => 1;\n", "lib/": "", "lib/a.js": "1"})
    bench.project.stack(stack(f"../dist/{name}"))
    (bench.project.dir / "dist").mkdir()
    (bench.project.dir / "dist" / name).write_bytes(built)
    bench.calmly(APPLY).exits(0)
    held, _ = deployed(bench)
    assert held == built
    bench.assert_converged()
    # Times of the file are none of its content; another content is.
    os.utime(bench.project.dir / "dist" / name, (1, 1))
    bench.assert_converged()
    (bench.project.dir / "dist" / name).write_bytes(archive({"index.js": "exports.handler = async () => 2;\n"}))
    bench.calmly(PLAN).exits(2)
    run, proxy = bench.run(APPLY)
    run.exits(0)
    assert [call.operation for call in proxy.writes if call.operation.startswith("Update")] == ["UpdateFunctionCode"]
    bench.assert_converged()


def remembered(cache):
    return sorted((cache / "digests").glob("*"))


def test_a_digest_is_remembered_until_a_file_changes_and_no_cache_reads_all(bench, tmp_path):
    for number in range(40):
        bench.project.write(f"handlers/work/lib/{number}.js", f"exports.n = {number};\n")
    cache = {"ETLCTL_CACHE_DIR": str(tmp_path / "cache")}
    bench.calmly(APPLY, env=cache).exits(0)
    entry, = remembered(tmp_path / "cache")
    # Only a digest that was made two seconds after the last change is believed.
    time.sleep(2.1)
    bench.calmly(PLAN, env=cache).exits(0)

    # What stands in the entry is what a plan goes by, where no byte is read.
    def forge():
        *told, _ = entry.read_text().splitlines()
        told[-1] = "0" * 64
        text = "".join(f"{line}\n" for line in told)
        entry.write_text(f"{text}{hashlib.sha256(text.encode()).hexdigest()}\n")

    forge()
    assert "sources 000000000000" in bench.calmly(PLAN, env=cache).exits(2).out
    bench.calmly([*PLAN, "--no-cache"], env=cache).exits(0)
    bench.calmly(PLAN, env=cache).exits(0)
    assert remembered(tmp_path / "cache") == [entry]

    # A file of the same size and time is another one, and so is what is packaged.
    changed = bench.project.dir / "handlers/work/lib/7.js"
    times = changed.stat()
    changed.write_text("exports.n = 8;\n")
    os.utime(changed, ns=(times.st_atime_ns, times.st_mtime_ns))
    bench.calmly(PLAN, env=cache).exits(2)
    bench.calmly(APPLY, env=cache).exits(0)
    assert deployed(bench)[1]["lib/7.js"] == "exports.n = 8;\n"
    bench.calmly(PLAN, env=cache).exits(0)

    # Packaging reads all bytes: a wrong entry does not outlive it.
    time.sleep(2.1)
    bench.calmly(PLAN, env=cache).exits(0)
    forge()
    bench.calmly(["destroy", "--yes"], env=cache).exits(0)
    bench.calmly(APPLY, env=cache).exits(0)
    assert "0" * 64 not in entry.read_text()
    bench.calmly(APPLY, env=cache).exits(0)
    bench.calmly(PLAN, env=cache).exits(0)

    entry.write_text("damaged")
    bench.calmly(PLAN, env=cache).exits(0)


def test_one_file_is_a_package(bench):
    bench.project.write("handlers/one.py", "def main(event, context):\n    return 1\n")
    bench.project.write("handlers/other.py", "SECRET = 1\n")
    bench.project.stack(stack("../handlers/one.py", "python3.13", "one.main"))
    bench.calmly(APPLY).exits(0)
    _, files = deployed(bench)
    assert list(files) == ["one.py"], "and nothing that lies beside it"
    bench.assert_converged()


@pytest.mark.parametrize("layer", ["code.zip", "CODE.ZIP"])
def test_a_layer_may_be_built_already(bench, layer):
    built = archive({"python/lib.py": "1"})
    (bench.project.dir / layer).write_bytes(built)
    bench.project.stack(stack("../handlers/work", more=", layers: [shared]") + f"layers: {{ shared: {{ source: ../{layer} }} }}\n")
    bench.calmly(APPLY).exits(0)
    version = bench.aws("lambda").get_layer_version(LayerName="tiny-shared", VersionNumber=1)
    assert version["Content"]["CodeSha256"] == base64.b64encode(hashlib.sha256(built).digest()).decode()
    bench.assert_converged()


def wheel(folder, version):
    """A wheel of one module, with a program that pip writes for this machine."""
    info = f"lib-{version}.dist-info"
    (folder / f"lib-{version}-py3-none-any.whl").write_bytes(archive({
        "lib.py": f"VERSION = '{version}'\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: lib\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": "[console_scripts]\nlib = lib:main\n",
        f"{info}/RECORD": "",
    }))


def test_pip_installs_beside_the_files_of_a_function(bench):
    wheels = bench.project.dir / "wheels"
    wheels.mkdir()
    wheel(wheels, "1.0"), wheel(wheels, "2.0")
    bench.project.write(".config/pip/pip.conf", f"[install]\nfind-links = {wheels}\n")
    bench.project.write("handlers/py/app.py", "import lib\n\ndef main(event, context):\n    return lib.VERSION\n")
    bench.project.write("handlers/py/notes.md", "Is a file of the function, too.\n")
    bench.project.write("handlers/py/requirements.txt", "lib==1.0\n")
    bench.project.stack(stack("../handlers/py", "python3.13", "app.main", ", build: pip"))
    offline = {"PIP_NO_INDEX": "1"}
    bench.calmly(APPLY, env=offline).exits(0)
    _, files = deployed(bench)
    assert files["lib.py"] == "VERSION = '1.0'\n" and {"app.py", "notes.md"} <= set(files), files
    assert "requirements.txt" not in files and not any(name.startswith("bin/") for name in files), files
    bench.assert_converged()
    # What is installed is the function's code: another version goes up, and the old one is left nowhere.
    bench.project.write("handlers/py/requirements.txt", "lib==2.0\n")
    bench.calmly(PLAN, env=offline).exits(2)
    bench.calmly(APPLY, env=offline).exits(0)
    _, files = deployed(bench)
    assert files["lib.py"] == "VERSION = '2.0'\n", files
    bench.assert_converged()
    # Without it the folder is taken as it is.
    bench.project.stack(stack("../handlers/py", "python3.13", "app.main"))
    bench.calmly(APPLY, env=offline).exits(0)
    assert set(deployed(bench)[1]) == {"app.py", "notes.md", "requirements.txt"}


NPM = """#!/bin/sh
if [ "$1" = config ]; then printf 'npm-version=1.2.3\\nuserconfig=/none\\nglobalconfig=/none\\n'; exit 0; fi
mkdir -p node_modules/a node_modules/.bin
echo 'module.exports = 1;' > node_modules/a/index.js
echo here > node_modules/.bin/a
echo '{}' > node_modules/.package-lock.json
"""


def test_npm_installs_beside_the_files_of_a_function(bench):
    tool = bench.project.dir / "tools" / "npm"
    bench.project.write("tools/npm", NPM)
    tool.chmod(tool.stat().st_mode | stat.S_IXUSR)
    lock = {"lockfileVersion": 3, "packages": {"": {}, "node_modules/a": {"version": "1.0.0", "integrity": f"sha512-{'A' * 86}=="}}}
    bench.project.write("handlers/work/package.json", '{"type": "commonjs"}')
    bench.project.write("handlers/work/package-lock.json", json.dumps(lock))
    # Left by whoever tried it out here, for another machine.
    bench.project.write("handlers/work/node_modules/b/index.js", "2")
    bench.project.stack(stack("../handlers/work", more=", build: npm"))
    path = {"PATH": f"{tool.parent}:{os.environ['PATH']}"}
    bench.calmly(APPLY, env=path).exits(0)
    _, files = deployed(bench)
    assert set(files) == {"index.js", "package.json", "node_modules/a/index.js"}, files
    bench.assert_converged()
    bench.project.write("handlers/work/node_modules/b/index.js", "3")
    bench.assert_converged()


@pytest.mark.parametrize("what, source, more, words", [
    ("nothing there", "../none.zip", "", ["does not exist", "stack.yaml:6:"]),
    ("no lock file", "../handlers/work", ", build: npm", ["holds no `package-lock.json`", "stack.yaml:6:"]),
    ("a build of one file", "../handlers/work/index.js", ", build: pip", ["no folder", "stack.yaml:6:"]),
    ("an unknown builder", "../handlers/work", ", build: yarn", ["yarn", "pip", "npm"]),
])
def test_what_cannot_be_packaged_is_refused_before_any_call(bench, what, source, more, words):
    bench.project.stack(stack(source, more=more))
    run, proxy = bench.run(APPLY)
    run.exits(3)
    assert all(word in run.err for word in words), run
    assert proxy.calls == [], f"{what}: {proxy.calls}"
