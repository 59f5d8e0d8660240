"""A watcher that runs beside a test: its events as they come, and what it says of itself."""

import json
import re
import signal
import socket
import threading
import time
import urllib.error
import urllib.request


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Watching:
    """`etlctl watch` with JSON events, a look a second."""

    def __init__(self, etlctl, *args, env=None, every="1s", no_who=True):
        self.port = free_port()
        self.args = ["watch", "--every", every, "--format", "json", "--listen", f"127.0.0.1:{self.port}", *args]
        self.args += ["--no-who"] if no_who else []
        self.etlctl, self.env = etlctl, env
        self.events, self.err, self.news = [], [], threading.Condition()

    def __enter__(self):
        self.process = self.etlctl.start(*self.args, env=self.env)
        self.readers = [threading.Thread(target=read, daemon=True) for read in (self.read_events, self.read_errors)]
        for reader in self.readers:
            reader.start()
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for reader in self.readers:
            reader.join(10)

    def read_events(self):
        for line in self.process.stdout:
            with self.news:
                self.events.append(json.loads(line))
                self.news.notify_all()

    def read_errors(self):
        for line in self.process.stderr:
            self.err.append(line)

    def __str__(self):
        return "\n".join([*map(json.dumps, self.events), *self.err])

    def of(self, event, address=None):
        return [one for one in list(self.events) if one["event"] == event and address in (None, one.get("address"))]

    def until(self, event, address=None, number=1, timeout=30):
        """Waits for so many of these; gives the last of them."""
        deadline = time.monotonic() + timeout
        with self.news:
            while len(self.of(event, address)) < number:
                assert self.news.wait(deadline - time.monotonic()) or time.monotonic() < deadline, f"no {event} of {address}\n{self}"
        return self.of(event, address)[number - 1]

    def ask(self, path):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def figure(self, name):
        _, text = self.ask("/metrics")
        return sum(float(value) for value in re.findall(rf"^{name}(?:{{[^}}]*}})? (\S+)$", text, re.MULTILINE))

    @property
    def looks(self):
        return int(self.figure("etlctl_watch_looks_total"))

    def pass_looks(self, number, timeout=60):
        """Lets so many whole looks pass."""
        end, deadline = self.looks + number + 1, time.monotonic() + timeout
        while self.looks < end:
            assert time.monotonic() < deadline and self.process.poll() is None, str(self)
            time.sleep(0.05)

    @property
    def heap(self):
        """Megabytes that the process itself took. What is mapped of the binary is not counted: of one with
        debug information it is most, and the system takes it back when it likes."""
        status = open(f"/proc/{self.process.pid}/status").read()
        return int(re.search(r"^RssAnon:\s+(\d+) kB", status, re.MULTILINE)[1]) / 1024

    def end(self, with_=signal.SIGTERM, timeout=30):
        """Ends it; gives the exit code."""
        self.process.send_signal(with_)
        code = self.process.wait(timeout)
        for reader in self.readers:
            reader.join(10)
        return code
