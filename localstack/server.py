"""Runs ministack, the local AWS that needs no Docker, as a background process.

usage: server.py start|stop|check-port|next-free-port PORT
       server.py install        (the virtual environment alone)

Whether a server is ours and alive is told by a lock, not by a process id: the
server inherits an open, locked file, and the kernel lets go of the lock when
the server ends, however it ends. A recorded id alone could by then belong to
somebody else's process.
"""

import fcntl
import hashlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

HERE = Path(__file__).resolve().parent
VENV = HERE / ".venv"
REQUIREMENTS = HERE / "requirements.txt"
START_SECONDS = 60
STOP_SECONDS = 10


def fail(reason, fix):
    sys.exit(f"localstack: {reason}\n  fix: {fix}")


class Run:
    """The files of the server on one port."""

    def __init__(self, port):
        self.port = port
        self.dir = HERE / ".run" / str(port)
        self.dir.mkdir(parents=True, exist_ok=True)
        self.pid = self.dir / "pid"
        self.log = self.dir / "log"
        self.lock = self.dir / "lock"

    def alive(self):
        with open(self.lock, "a") as handle:
            return not try_lock(handle)


def try_lock(handle):
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    except BlockingIOError:
        return False


def healthy(port):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/_ministack/health", timeout=2) as answer:
            return "services" in json.load(answer)
    except (OSError, ValueError):
        return False


def port_free(port):
    # Connecting finds listeners on any interface that covers 127.0.0.1;
    # binding finds the rest, without being fooled by a socket in TIME_WAIT.
    with socket.socket() as probe:
        probe.settimeout(1)
        if probe.connect_ex(("127.0.0.1", port)) == 0:
            return False
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def check_port(port):
    if port_free(port):
        return
    fail(
        f"port {port} is taken by another program, or this user may not listen on it",
        f"stop that program, or use another port: ETLCTL_LOCAL_PORT={next_free_port(port)}",
    )


def next_free_port(port):
    for candidate in range(port, min(port + 100, 65536)):
        if port_free(candidate):
            return candidate
    fail(f"no free port in the hundred from {port}", "ETLCTL_LOCAL_PORT=<a port that is free>")


def ensure_venv():
    """Installs the pinned requirements, unless exactly these are installed."""
    wanted = hashlib.sha256(REQUIREMENTS.read_bytes() + sys.version.encode()).hexdigest()
    stamp = VENV / "requirements.sha256"
    if stamp.is_file() and stamp.read_text() == wanted:
        return
    try:
        import ensurepip  # noqa: F401  (Debian ships venv without it)
        import venv  # noqa: F401
    except ImportError as missing:
        fail(
            f"{sys.executable} cannot make a virtual environment ({missing})",
            "install its venv module, on Debian and Ubuntu: apt-get install python3-venv",
        )
    print("Installing the local AWS (once, under a minute) ...", flush=True)
    shutil.rmtree(VENV, ignore_errors=True)
    steps = (
        [sys.executable, "-m", "venv", str(VENV)],
        [str(VENV / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
         "--requirement", str(REQUIREMENTS)],
    )
    for step in steps:
        if subprocess.run(step, stdin=subprocess.DEVNULL).returncode != 0:
            fail("the installation failed, see above", "check the network and the disk, then localstack/up again")
    # Last, so that an installation cut short is taken up again.
    stamp.write_text(wanted)


def server_environment(run):
    scratch = run.dir / "tmp"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir()
    # Credentials and profiles of the caller are nothing that the emulated
    # functions should run with.
    kept = {key: value for key, value in os.environ.items() if not key.startswith("AWS_")}
    return kept | {
        "BIND_HOST": "127.0.0.1",
        "MINISTACK_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(run.port),
        "TMPDIR": str(scratch),
        "PYTHONUNBUFFERED": "1",
    }


def start(run):
    with open(run.lock, "a") as lock:
        if not try_lock(lock):
            # Another `up` may have started it a moment ago.
            wait_until_healthy(run)
            print(f"Local AWS already running on port {run.port}.")
            return
        check_port(run.port)
        log = open(run.log, "w")
        # A session of its own: neither Ctrl-C nor the end of the terminal
        # that started it reaches the server.
        server = subprocess.Popen(
            [str(VENV / "bin" / "python"), str(HERE / "starter.py")],
            cwd=run.dir, env=server_environment(run), start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, pass_fds=[lock.fileno()],
        )
        run.pid.write_text(str(server.pid))
    wait_until_healthy(run, server)
    print(f"Local AWS (ministack) is healthy on port {run.port}, log: localstack/.run/{run.port}/log")


def wait_until_healthy(run, server=None):
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        if (server.poll() is not None) if server else not run.alive():
            give_up(run, "it ended while it started")
        if healthy(run.port):
            return
        time.sleep(0.1)
    stop(run, quiet=True)
    give_up(run, f"it did not answer within {START_SECONDS} s")


def give_up(run, reason):
    tail = "\n".join(run.log.read_text(errors="replace").splitlines()[-20:])
    fail(f"{reason}; the end of its log:\n{tail}", f"the whole log is localstack/.run/{run.port}/log")


def stop(run, quiet=False):
    say = (lambda text: None) if quiet else print
    if not run.alive():
        say(f"No local AWS of this checkout is running on port {run.port}.")
        return
    pid = int(run.pid.read_text())
    for attempt in (signal.SIGTERM, signal.SIGKILL):
        try:
            # The group: the workers that run functions end with the server.
            os.killpg(pid, attempt)
        except ProcessLookupError:
            pass
        until = time.monotonic() + STOP_SECONDS
        while time.monotonic() < until:
            if not run.alive():
                run.pid.unlink(missing_ok=True)
                say(f"Local AWS on port {run.port} stopped.")
                return
            time.sleep(0.1)
    fail(f"process {pid} does not end", f"kill -9 {pid}")


def install():
    # One at a time, whatever the port: they share the virtual environment.
    (HERE / ".run").mkdir(exist_ok=True)
    with open(HERE / ".run" / "installing", "a") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        ensure_venv()


def main():
    match sys.argv[1:]:
        case ["install"]:
            install()
        case ["check-port", port] if port.isdigit():
            check_port(int(port))
        case ["next-free-port", port] if port.isdigit():
            print(next_free_port(int(port)))
        case ["stop", port] if port.isdigit():
            stop(Run(int(port)))
        case ["start", port] if port.isdigit():
            install()
            start(Run(int(port)))
        case _:
            sys.exit(__doc__)


main()
