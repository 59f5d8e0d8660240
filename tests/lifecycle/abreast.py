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


@contextmanager
def abreast(how_many):
    with ThreadPoolExecutor(how_many) as pool:
        yield Abreast(pool)
        pool.shutdown(cancel_futures=True)
