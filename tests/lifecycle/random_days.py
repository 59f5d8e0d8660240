"""Days on which a command may have to work: each runs it once and gives what came of it."""

import signal
import threading
from concurrent.futures import ThreadPoolExecutor

from faults import Random
from harness import ENDPOINT, Result
from lagging import Lagging
from proxy import Proxy
from races import Uneven

LONGEST = 240


class Day:
    """A proxy, and perhaps a signal at a write."""

    codes = (0,)

    def __init__(self, chance):
        self.seed = chance.getrandbits(32)

    def proxy(self):
        return Proxy(ENDPOINT)

    def run(self, etlctl, args, env):
        with self.proxy() as proxy:
            return [run(etlctl.through(proxy), args, env, lambda process: None)]

    def __str__(self):
        return type(self).__name__.lower()


class Calm(Day):
    def run(self, etlctl, args, env):
        return [run(etlctl, args, env, lambda process: None)]


class Faults(Day):
    """What was not tried often enough fails; what failed is told."""

    codes = (0, 1, 5, 6)

    def __init__(self, chance):
        super().__init__(chance)
        self.share = chance.triangular(0.1, 0.3, 0.1)

    def proxy(self):
        return Random(ENDPOINT, self.seed, self.share)

    def __str__(self):
        return f"faults {self.seed} {self.share:.2f}"


class Lags(Day):
    def __init__(self, chance):
        super().__init__(chance)
        self.seconds = chance.triangular(1, 3, 1)

    def proxy(self):
        return Lagging(ENDPOINT, self.seconds)

    def __str__(self):
        return f"lags {self.seconds:.1f} s"


class Signalled(Day):
    """At a write, before AWS hears of it or after it was carried out."""

    sent = signal.SIGKILL
    codes = (0, -signal.SIGKILL)

    def __init__(self, chance):
        super().__init__(chance)
        self.at, self.is_before = chance.randint(1, 12), chance.random() < 0.5

    def run(self, etlctl, args, env):
        processes, ended = [], threading.Event()

        def send(call):
            if call.writes and len(proxy.writes) >= self.at and not ended.is_set():
                ended.set()
                processes[0].send_signal(self.sent)
                if self.sent == signal.SIGKILL:
                    processes[0].wait()
            if ended.is_set() and self.sent == signal.SIGKILL and self.is_before:
                raise ConnectionAbortedError

        with self.proxy() as proxy:
            setattr(proxy, "before" if self.is_before else "after", send)
            return [run(etlctl.through(proxy), args, env, processes.append)]

    def __str__(self):
        return f"{self.sent.name} {'before' if self.is_before else 'after'} write {self.at}"


class Killed(Signalled):
    pass


class Interrupted(Signalled):
    """One that is through with its work says that it is done."""

    sent = signal.SIGINT
    codes = (0, 130)


class Raced(Day):
    """Two runs of the same files, each of whose calls takes a while of its own."""

    codes = (0, 5)

    def run(self, etlctl, args, env):
        def one(place):
            with Uneven(ENDPOINT, f"{self.seed} {place}") as proxy:
                result = run(etlctl.through(proxy), args, env, lambda process: None)
            assert result.code != 5 or not proxy.done, f"it is said that nothing was written, and {proxy.done} was\n{result}"
            return result

        with ThreadPoolExecutor(2) as pool:
            return list(pool.map(one, range(2)))


DAYS = (Calm, Faults, Lags, Killed, Killed, Interrupted, Raced)


def some_day(chance):
    return chance.choice(DAYS)(chance)


def run(etlctl, args, env, started):
    process = etlctl.start(*args, env=env)
    started(process)
    try:
        out, err = process.communicate(timeout=LONGEST)
    finally:
        process.kill()
    return Result(tuple(args), process.returncode, out, err)
