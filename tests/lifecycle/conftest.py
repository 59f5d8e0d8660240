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


def pytest_collection_modifyitems(items):
    """A module's tests run in one worker: modules that apply a stack once and
    then look at it from many sides keep it to themselves. Two modules look at
    the same recorded runs, which a worker keeps."""
    for item in items:
        name = item.module.__name__
        item.add_marker(pytest.mark.xdist_group("runs" if hasattr(item.module, "runs") else name))


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
