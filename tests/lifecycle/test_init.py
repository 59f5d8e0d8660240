"""A new project is valid, and applies, as it is; its handler's test runs."""

import subprocess
import sys
from pathlib import Path

import pytest

from harness import Aws, Etlctl, Project


class Empty(Project):
    def __init__(self, directory):
        self.dir = Path(directory)

    def files(self):
        return sorted(str(path.relative_to(self.dir)) for path in self.dir.rglob("*") if path.is_file())


@pytest.fixture
def etlctl(tmp_path):
    aws = Aws()
    return Etlctl(aws, Empty(tmp_path))


def run_test(etlctl, language):
    if language == "nodejs":
        command = ["node", "--test", "handlers/work/"]
    else:
        command = [sys.executable, "-m", "unittest", "discover", "-s", "handlers/work"]
    ran = subprocess.run(command, cwd=etlctl.project.dir, capture_output=True, text=True, timeout=60)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout + ran.stderr


@pytest.mark.parametrize("language", ["nodejs", "python"])
@pytest.mark.parametrize("trigger", ["none", "schedule=rate(1 hour)", "queue", "bucket"])
def test_a_new_project_is_valid_tested_and_applied_at_once(etlctl, language, trigger):
    word = f"bucket=landing-{etlctl.aws.account}" if trigger == "bucket" else trigger
    told = etlctl("init", "--name", "orders", "--language", language, "--trigger", word)
    assert "etlctl validate" in told.out
    said = run_test(etlctl, language)
    assert "pass 1" in said or "Ran 1 test" in said, said
    valid = etlctl("validate")
    assert "warning" not in valid.err and "valid" in valid.out, valid
    etlctl("apply", "--yes")
    result = etlctl("plan", "--detailed-exitcode", check=False)
    assert result.code == 0, result
    # Tests are no part of the package.
    function = etlctl.aws("lambda").get_function(FunctionName="orders-work-dev")
    assert function["Configuration"]["CodeSize"] < 1500
    if trigger in ("none", "schedule=rate(1 hour)"):
        assert etlctl("invoke", "work").json == {"done": True, "stage": "dev"}


def test_nothing_is_written_over(etlctl):
    etlctl("init", "--name", "orders", "--language", "python", "--trigger", "none")
    before = {name: (etlctl.project.dir / name).read_text() for name in etlctl.project.files()}
    etlctl("init", "--name", "orders", "--language", "nodejs", "--trigger", "queue", check=64).tells("orders.yaml", "is there already")
    assert before == {name: (etlctl.project.dir / name).read_text() for name in etlctl.project.files()}


def test_a_second_stack_goes_beside_the_first(etlctl):
    etlctl("init", "--name", "orders", "--language", "python", "--trigger", "none")
    told = etlctl("init", "--name", "more", "--language", "python", "--trigger", "queue")
    assert "handlers/more" in told.out and "unittest discover -s handlers/more" in told.out, told
    assert etlctl("validate").out.count("valid, ") == 2
    etlctl("init", "--name", "more", "--language", "nodejs", check=64).tells("more.yaml", "there already", "another --name")


def test_both_environments_of_a_new_stack_stand_at_once(etlctl):
    etlctl("init", "--name", "orders", "--language", "python", "--trigger", f"bucket=both-{etlctl.aws.account}")
    etlctl("apply", "--yes")
    etlctl("apply", "--env", "prod", "--yes")
    assert "No changes" in etlctl("plan").out and "No changes" in etlctl("plan", "--env", "prod").out


def test_it_asks_on_a_terminal_and_takes_what_fits_elsewhere(etlctl):
    told = etlctl.on_terminal("init", answers=["asked", "python", "queue"])
    assert told.code == 0, told
    assert (etlctl.project.dir / "desired-state" / "asked.yaml").exists() and "queues:" in (etlctl.project.dir / "desired-state" / "asked.yaml").read_text()
    again = etlctl.on_terminal("init", "--dir", "again", answers=["no name", "again", "ruby", "python", "hourly", "none"])
    assert again.code == 0 and (etlctl.project.dir / "again" / "desired-state" / "again.yaml").exists(), again
    etlctl("init", "--dir", "unasked")
    text = (etlctl.project.dir / "unasked" / "desired-state" / "unasked.yaml").read_text()
    assert "stack: unasked" in text and "runtime: nodejs" in text
    etlctl("init", "--dir", "x", "--name", "no name", check=64).tells("a stack is not called so")
    etlctl("init", "--dir", "x", "--trigger", "hourly", check=64).tells("schedule=EXPRESSION")
    assert not (etlctl.project.dir / "x").exists()


def test_a_folder_is_the_projects_or_that_of_its_stack_files(etlctl):
    for dir, file in {"desired-state": "desired-state/a.yaml", "new/desired-state": "new/desired-state/a.yaml", "one": "one/desired-state/a.yaml"}.items():
        etlctl("init", "--dir", dir, "--name", "a", "--language", "python", "--trigger", "none")
        assert (etlctl.project.dir / file).is_file(), etlctl.project.files()
    assert not (etlctl.project.dir / "desired-state/desired-state").exists()
    assert (etlctl.project.dir / "new/handlers/work").is_dir()
    before = etlctl.project.files()
    for dir in ("x/c.yaml", "desired-state/a.yaml"):
        etlctl("init", "--dir", dir, "--name", "b", "--language", "python", "--trigger", "none", check=64).tells("this is a file", "--name")
        etlctl("import", "--dir", dir, "--function", "f", check=64).tells("this is a file", "--out")
    assert etlctl.project.files() == before
