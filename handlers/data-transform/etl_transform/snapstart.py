"""What SnapStart needs: work before the snapshot, fresh state after it."""

from __future__ import annotations

import random
from typing import Protocol

from .cleaning import clean_record
from .schema import parse_schema

try:
    from snapshot_restore_py import register_after_restore, register_before_snapshot
except ImportError:
    register_after_restore = register_before_snapshot = None


class Connected(Protocol):
    """Something that holds connections or tokens that a snapshot makes stale."""

    def reconnect(self) -> None: ...


def warm_up() -> None:
    """Runs the busy code once, so that the snapshot holds it compiled and loaded."""
    sample = {"id": 1, "created_at": "2024-01-15T10:00:00+02:00", "amount": "1,234.50"}
    clean_record(sample, parse_schema({}))


def prepare(store: Connected) -> bool:
    """Registers the hooks; False where the runtime has none."""
    if register_before_snapshot is None or register_after_restore is None:
        return False

    def after_restore() -> None:
        # Every restored copy would otherwise draw the same "random" numbers for
        # its back-off, and hold connections that ended when the snapshot was made.
        random.seed()
        store.reconnect()

    register_before_snapshot(warm_up)
    register_after_restore(after_restore)
    return True
