"""Tests that wait more than they work: all cases of one that a worker is asked for run beside each other."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager


class Abreast:
    def __init__(self, pool):
        self.pool, self.begun = pool, {}

    def result(self, request, work):
        """Of the case that is asked for. `work` takes the parameters of a case."""
        for item in request.session.items:
            if lot(item) == lot(request.node) and item.nodeid not in self.begun:
                self.begun[item.nodeid] = self.pool.submit(work, **item.callspec.params)
        return self.begun[request.node.nodeid].result()


def lot(item):
    """A test, and behind the @ the group that one worker has of it."""
    return item.path, getattr(item, "originalname", ""), item.nodeid.partition("@")[2]


def all_at_once(work, cases):
    """Runs it with each of these; all that fail are told."""
    with ThreadPoolExecutor(6) as pool:
        done = [(case, pool.submit(work, *case)) for case in cases]
    failed = [f"{case}: {error}" for case, future in done if (error := future.exception())]
    assert done and not failed, f"{len(failed)} of {len(done)}\n" + "\n\n".join(failed)


@contextmanager
def abreast(how_many):
    with ThreadPoolExecutor(how_many) as pool:
        yield Abreast(pool)
        pool.shutdown(cancel_futures=True)
