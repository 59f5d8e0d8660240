"""A plan as a page, looked at in a real browser, and as a comment on a pull request, as GitHub
would draw it."""

import json
import os
import re
import subprocess

import pytest
import yaml

from drift import ETL
from harness import ROOT, SUFFIX, Aws, Etlctl, Project

BROWSER = ROOT / "tests" / "browser"
EVIL = "</script><script>injected=1</script><img src=x onerror=injected=2> `|*_"
SECRET = "p_w&d<1>x*'\"y|z-long-enough"


@pytest.fixture(scope="module")
def changed(tmp_path_factory):
    """A stack of which something is to be made, changed, made anew and deleted."""
    project = Project(tmp_path_factory.mktemp("page"))
    etlctl = Etlctl(Aws(), project)
    project.edit(ETL, lambda stack: stack["queues"].update({"old": {}}) or stack.update(log_groups={"spare": {}}))
    etlctl.apply("--stack", ETL)
    etlctl.aws("sqs").send_message(QueueUrl=etlctl.aws.queue_url(f"old-{SUFFIX}"), MessageBody="order")

    def change(stack):
        stack["variables"]["token"] = {"default": SECRET, "sensitive": True}
        stack["queues"].pop("old")
        stack["log_groups"]["spare"]["class"] = "INFREQUENT_ACCESS"
        stack["queues"]["extra"] = {"message_retention": "2d"}
        stack["functions"]["transform"] |= {"memory": 768, "description": EVIL}
        stack["functions"]["api-handler"]["environment"] = {"TOKEN": "${token}"}
        role = stack["defaults"]["function"]["role"]
        role["policies"]["more"] = [{"actions": ["sqs:SendMessage"], "resources": ["${queues.dlq.arn}"]}]

    project.edit(ETL, change)
    return etlctl


def planned(etlctl, form, *args):
    return etlctl("plan", "--env", "dev", "--stack", ETL, "--format", form, *args).out


@pytest.fixture(scope="module")
def seen(changed, tmp_path_factory):
    """What a browser saw of its page."""
    folder = tmp_path_factory.mktemp("seen")
    page = folder / "plan.html"
    page.write_text(planned(changed, "html"))
    installed = BROWSER / "node_modules" / ".package-lock.json"
    if not installed.exists() or installed.stat().st_mtime < (BROWSER / "package-lock.json").stat().st_mtime:
        subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"], cwd=BROWSER, check=True)
        os.utime(installed)
    told = subprocess.run(
        ["node", "page.mjs", page, folder], cwd=BROWSER, env=os.environ | {"FILTER": "queue/extra"},
        capture_output=True, text=True, timeout=240)
    assert told.returncode == 0, told.stderr
    return json.loads(told.stdout) | {"html": page.read_text(), "folder": folder}


def actions(etlctl):
    return {address: change.action for address, change in etlctl.changes("--stack", ETL).items()}


def test_the_page_shows_every_change_and_what_goes_last(changed, seen):
    wanted = actions(changed)
    assert {"create", "update", "replace", "delete"} <= set(wanted.values())
    assert {step["address"]: step["action"] for step in seen["steps"]} == wanted
    order = [step["action"] for step in seen["steps"]]
    assert order == sorted(order, key=["create", "update", "adopt", "release", "replace", "delete"].index)
    texts = {step["address"]: step["text"] for step in seen["steps"]}
    assert "holds: 1 message" in texts[f"queue/old-{SUFFIX}"]
    assert re.search(r"memory\D*512\D*768", texts["function/transform"]), texts["function/transform"]
    assert "sqs:SendMessage" in texts["role/transform"]


def test_the_graph_draws_all_of_it_apart(changed, seen):
    plan = changed("plan", "--env", "dev", "--stack", ETL, "--format", "json").json["stacks"][0]
    assert seen["nodes"] == sum(plan["summary"].values())
    # Every function needs its role, its log group and the layer at least.
    assert seen["edges"] >= 9
    assert (seen["overlaps"], seen["spilled"]) == (0, 0)


def test_it_works_by_keyboard(seen):
    steps = len(seen["steps"])
    assert seen["slash"] == "search" and seen["shown"] == f"{steps} of {steps}"
    assert seen["filtered"] == 1 and seen["unfiltered"] == steps
    pressed = seen["pressed"]
    assert pressed["visible"] == sum(step["action"] == pressed["action"] for step in seen["steps"]) < steps
    assert seen["moved"]["first"] == seen["moved"]["back"] != ""
    assert (seen["entered"], seen["all"], seen["none"]) == (1, steps, 0)
    assert seen["linked"]["to"] == seen["linked"]["open"]


def test_it_needs_nothing_and_runs_nothing_from_elsewhere(seen):
    assert (seen["errors"], seen["requests"], seen["injected"]) == ([], [], None)
    assert re.findall(r"<script", seen["html"]) == ["<script"]
    assert not re.search(r"(?:src|href)=\"(?!#)", seen["html"])


def test_it_is_read_in_the_dark_on_a_phone_and_without_its_script(seen):
    red, green, blue = map(int, re.findall(r"\d+", seen["dark"])[:3])
    assert max(red, green, blue) < 64
    assert seen["narrow"] <= 360
    assert seen["plain"] == {"steps": len(seen["steps"]), "tools": 0, "open": 1}
    for picture in ("light", "dark", "narrow"):
        assert (seen["folder"] / f"{picture}.png").stat().st_size > 10_000


def forms(secret):
    """As markup and as Markdown may write it."""
    marked = secret
    for plain, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;"), ("'", "&#39;")):
        marked = marked.replace(plain, entity)
    return secret, marked, re.sub(r"([|`*_<\[\]\\~])", r"\\\1", secret)


@pytest.mark.parametrize("form", ["html", "markdown"])
def test_no_secret_is_in_it(changed, form):
    shown = planned(changed, form)
    assert "environment.TOKEN" in shown.replace("\\_", "_")
    for secret in forms(SECRET):
        assert secret not in shown


def test_a_secret_in_a_name_is_none_as_markup_either(changed):
    """The files say that it is one, and then name a resource by it all the same."""
    project = changed.project
    path = project.dir / "desired-state" / f"{ETL}.yaml"
    before = path.read_text()
    document = yaml.safe_load(before)
    document["variables"]["word"] = {"default": "hush_hush_word_of_ours", "sensitive": True}
    document["queues"]["extra"] = {"name": "${word}"}
    path.write_text(yaml.safe_dump(document, sort_keys=False))
    try:
        for form in ("html", "markdown"):
            shown = planned(changed, form)
            assert "hush" not in shown, form
    finally:
        path.write_text(before)


def test_a_comment_has_a_table_and_folds_the_fields(changed):
    shown = planned(changed, "markdown")
    wanted = actions(changed)
    assert shown.startswith(f"### {ETL} · dev")
    rows = re.findall(r"^\| `(\S+)` (\w+) \| (\S+) \| (.*) \|$", shown, re.M)
    assert {address.replace("\\", ""): action for _, action, address, _ in rows} == wanted
    told = {address.replace("\\", ""): what for _, _, address, what in rows}
    assert told[f"queue/old-{SUFFIX}"].startswith("**holds: 1 message")
    assert "memory" in told["function/transform"]
    assert shown.count("<details>") == shown.count("</details>")
    folded = re.search(r"<summary><code>~ function/transform</code></summary>\n\n(`{3,})diff\n(.*?)\n\1\n\n</details>", shown, re.S)
    assert "768" in folded[2]
    assert "\n**cost: " in shown
    outside = re.sub(r"(?ms)^(`{3,})\w*\n.*?\n\1$", "", shown)
    assert "<script" not in outside and "<img" not in outside


def test_a_comment_is_never_longer_than_github_takes(etlctl, project):
    def grow(stack):
        for number in range(260):
            stack["functions"][f"one-{number:03}"] = {"source": "../handlers/transform"}

    project.edit(ETL, grow)
    shown = etlctl("plan", "--env", "dev", "--stack", ETL, "--format", "markdown", "--no-cost", timeout=300).out
    assert 40_000 < len(shown) < 65_536
    told = re.search(r"Cut to fit in a comment:\*\* (\d+) fields of resources", shown)
    summary = re.search(r"Plan: (\d+) to create", shown)
    assert int(summary[1]) == int(told[1]) + shown.count("<details><summary><code>")
