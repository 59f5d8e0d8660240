"""What docs/ gives for running a watcher elsewhere: the image, the unit, the workflow. Each is tried as far as it
runs without a Docker engine, an init or a runner."""

import json
import re
import shlex
import shutil
import subprocess
from fnmatch import fnmatch
from pathlib import Path

import pytest
import yaml

from harness import ROOT, binary

UNIT, WORKFLOW, IMAGE = ROOT / "docs/watch/etlctl-watch.service", ROOT / "docs/watch/github-actions.yml", ROOT / "Dockerfile"


def is_accepted(arguments, folder):
    """A command line that clap takes goes on to look for stack files; there are none here, which is exit 3."""
    run = subprocess.run([binary(), *arguments], cwd=folder, capture_output=True, text=True, timeout=60, env={"PATH": "", "AWS_REGION": "us-east-1"})
    assert run.returncode == 3 and "no desired-state folder" in run.stderr, f"{arguments}: exit {run.returncode}\n{run.stderr}"


def test_a_command_line_that_is_wrong_is_seen(tmp_path):
    with pytest.raises(AssertionError, match="exit 64"):
        is_accepted(["watch", "--loks", "1"], tmp_path)


def instructions(path):
    text = re.sub(r"\\\n", " ", path.read_text())
    return [line.split(None, 1) for line in text.splitlines() if line.strip() and not line.startswith("#")]


def test_the_image_is_built_from_what_is_there(tmp_path):
    found = instructions(IMAGE)
    assert [word for word, _ in found].count("FROM") == 2
    build, runtime = [rest for word, rest in found if word == "FROM"]
    version = re.fullmatch(r"rust:([\d.]+)-slim-(\w+) AS build", build)
    wanted = re.search(r'^rust-version = "([\d.]+)"', (ROOT / "Cargo.toml").read_text(), re.MULTILINE)[1]
    assert version[1].startswith(f"{wanted}."), "the toolchain that Cargo.toml asks for"
    assert (version[2], runtime) == ("bookworm", "gcr.io/distroless/cc-debian12:nonroot"), "bookworm is Debian 12"
    # What is copied is there, let in by .dockerignore, and is enough for cargo.
    ignored = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and not line.startswith("#")]
    allowed = {line[1:] for line in ignored if line.startswith("!")}
    assert ignored[0] == "*"
    copied = {source for word, rest in found if word == "COPY" and "--from" not in rest for source in rest.split()[:-1]}
    assert copied == allowed
    for source in copied:
        (shutil.copytree if (ROOT / source).is_dir() else shutil.copy)(ROOT / source, tmp_path / source)
    answer = subprocess.run(["cargo", "metadata", "--locked", "--offline", "--no-deps", "--format-version", "1"],
                            cwd=tmp_path, capture_output=True, text=True, check=True)
    targets = json.loads(answer.stdout)["packages"][0]["targets"]
    assert {(target["name"], target["kind"][0]) for target in targets} == {("etlctl", "bin"), ("etlctl", "lib")}
    for file in tmp_path.glob("src/**/*.rs"):
        for named in re.findall(r'include_(?:str|bytes)!\(\s*"([^"]+)"', file.read_text()):
            assert (file.parent / named).resolve().is_relative_to(tmp_path), f"{file} takes in {named}, which the image does not have"
    assert ["RUN", "cargo build --release --locked"] in found
    (taken,) = [rest.split() for word, rest in found if word == "COPY" and "--from=build" in rest]
    assert taken[1:] == ["/src/target/release/etlctl", "/usr/local/bin/etlctl"]
    (entry,), (command,) = ([json.loads(rest) for word, rest in found if word == wanted] for wanted in ("ENTRYPOINT", "CMD"))
    assert entry == [taken[2]]
    # Its own port is free for the moment that it takes to be refused for want of files.
    is_accepted([re.sub(r":9464$", ":0", word) for word in command], tmp_path / "src")


def test_the_unit_is_one_that_systemd_takes(tmp_path):
    text = UNIT.read_text()
    settings = dict(line.split("=", 1) for line in text.splitlines() if "=" in line and not line.startswith("#"))
    program, *arguments = shlex.split(settings["ExecStart"])
    assert program == "/usr/local/bin/etlctl" and settings["RestartPreventExitStatus"].split() == ["3", "64"]
    is_accepted([argument.replace(":9464", ":0") for argument in arguments], tmp_path)
    if not shutil.which("systemd-analyze"):
        return
    unit = tmp_path / UNIT.name
    # This machine has neither the binary in its place nor the folder.
    unit.write_text(text.replace(program, str(binary().resolve())).replace("/srv/etl", str(tmp_path)))
    run = subprocess.run(["systemd-analyze", "verify", "--man=no", str(unit)], capture_output=True, text=True)
    assert run.returncode == 0 and str(unit.name) not in run.stderr, run.stderr
    unit.write_text(unit.read_text().replace("TimeoutStopSec=5min", "TimeoutStopSec=soon"))
    assert "Failed to parse time value" in subprocess.run(["systemd-analyze", "verify", "--man=no", str(unit)], capture_output=True, text=True).stderr


def test_the_workflow_is_yaml_and_each_of_its_commands_is_ours(tmp_path):
    workflow = yaml.safe_load(WORKFLOW.read_text())
    # YAML 1.1 reads `on` as true.
    assert set(workflow[True]) == {"schedule", "pull_request"}
    assert re.fullmatch(r"\d+ \d+ \* \* \*", workflow[True]["schedule"][0]["cron"]), "at night, each night"
    commands = []
    for job in workflow["jobs"].values():
        assert job["runs-on"] and job["timeout-minutes"] and job["if"]
        for step in job["steps"]:
            assert ("uses" in step) != ("run" in step), step
            if "uses" in step:
                assert fnmatch(step["uses"], "*/*@v*"), step
            commands += [line for line in step.get("run", "").splitlines() if line.startswith("etlctl ")]
    assert [command.split()[1] for command in commands] == ["watch", "validate", "plan"]
    for command in commands:
        is_accepted(shlex.split(command.split(" > ")[0])[1:], tmp_path)
    assert "etlctl plan --env prod --format markdown > plan.md" in commands
    # No secret on a command line, where others of the machine could read it.
    assert not any("secrets." in step.get("run", "") for job in workflow["jobs"].values() for step in job["steps"])


def test_the_documents_name_each_of_them():
    page = (ROOT / "docs/watch.md").read_text()
    for path in (UNIT, WORKFLOW, IMAGE):
        assert Path(path).name in page
