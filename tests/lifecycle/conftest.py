import fcntl
import urllib.error
import urllib.request

import pytest

from harness import ENDPOINT, LAYER, LOCAL, ROOT, Aws, Etlctl, Project, binary
from proxy import Proxy


def pytest_sessionstart(session):
    """One clear line in place of a failure in every test."""
    if not binary().exists():
        pytest.exit(f"{binary()} is not built: run `make test`, or `cargo build --locked` first", 2)
    try:
        urllib.request.urlopen(f"{LOCAL}/_localstack/health", timeout=5)
    except urllib.error.URLError as error:
        pytest.exit(f"no local AWS answers at {LOCAL} ({error.reason}): run `make test`, or `localstack/up` first", 2)


@pytest.hookimpl(tryfirst=True)  # before xdist reads the marks
def pytest_collection_modifyitems(items):
    """Tests that share what a module's fixture applied once run in one worker,
    and those that look at the same recorded runs, which a worker keeps. They
    come first, since they cannot be spread; all others go to whoever is free."""
    for item in items:
        if item.get_closest_marker("xdist_group"):
            continue
        if hasattr(item.module, "runs"):
            item.add_marker(pytest.mark.xdist_group("runs"))
        elif is_shared(item):
            item.add_marker(pytest.mark.xdist_group(item.module.__name__))
    items.sort(key=lambda item: item.get_closest_marker("xdist_group") is None)


def pytest_collection_finish(session):
    """Without its groups each worker would do what one of them is to do for all."""
    for item in session.items if hasattr(session.config, "workerinput") else []:
        group = item.get_closest_marker("xdist_group")
        assert group is None or item.nodeid.endswith(f"@{group.args[0]}"), f"{item.nodeid} is in no group"


def is_shared(item):
    definitions = item._fixtureinfo.name2fixturedefs.values()
    return any(definition.scope == "module" for found in definitions for definition in found)


@pytest.fixture(scope="session", autouse=True)
def installed_layers(tmp_path_factory):
    """Layers are installed into the cache that all tests share. One worker
    does it while the others wait, so that no test's time or outcome hangs on
    who came first."""
    (ROOT / ".etlctl").mkdir(exist_ok=True)
    with open(ROOT / ".etlctl" / "lifecycle.lock", "w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        etlctl = Etlctl(Aws(), Project(tmp_path_factory.mktemp("warm")))
        for stack, layer in (("lambda-etl", "shared"), ("lambda-etl-optimization", "shared-dependencies")):
            etlctl("apply", "--env", "dev", "--yes", "--stack", stack, "--target", f"layer/{layer}", timeout=600)


@pytest.fixture(autouse=True)
def layer_makes_no_mistake():
    """The client of a call that the layer could not answer saw only a lost one."""
    yield
    mistakes, LAYER.mistakes = LAYER.mistakes, []
    assert not mistakes


@pytest.fixture
def aws():
    return Aws()


@pytest.fixture
def project(tmp_path):
    return Project(tmp_path)


@pytest.fixture
def etlctl(aws, project):
    return Etlctl(aws, project)


@pytest.fixture
def proxy():
    with Proxy(ENDPOINT) as running:
        yield running
