"""etlctl at a terminal, where it asks."""

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time

from harness import Result, binary


def answer(etlctl, *args, question, reply, meanwhile=lambda: None, env=None, timeout=120):
    """Runs a command at a terminal, waits for its question, and replies. Both
    streams come back as `out`."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [str(binary()), *args], cwd=etlctl.project.dir, env=etlctl.environment(env) | {"TERM": "dumb", "NO_COLOR": "1"},
        stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True)
    os.close(theirs)
    seen, asked, deadline = b"", False, time.monotonic() + timeout
    try:
        while time.monotonic() < deadline:
            if select.select([ours], [], [], 0.1)[0]:
                try:
                    seen += os.read(ours, 65536)
                except OSError:  # the other end is closed
                    break
            if not asked and question.encode() in seen:
                asked = True
                meanwhile()
                os.write(ours, reply.encode() + b"\n")
        code = process.wait(timeout=5)
    finally:
        process.kill()
        os.close(ours)
    text = seen.decode(errors="replace").replace("\r\n", "\n")
    assert asked, f"it did not ask\n{text}"
    return Result(args, code, text, "")


STYLE = re.compile(r"\x1b\[[0-9;]*m")
CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def watch(etlctl, *args, columns, term="xterm", env=None, timeout=120):
    """Runs a command that asks nothing at a terminal of so many columns; all that it writes there, as the
    terminal gets it."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    process = subprocess.Popen(
        [str(binary()), *args], cwd=etlctl.project.dir, env=etlctl.environment(env) | {"TERM": term},
        stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True)
    os.close(theirs)
    seen, deadline = b"", time.monotonic() + timeout
    try:
        while time.monotonic() < deadline:
            if select.select([ours], [], [], 0.1)[0]:
                try:
                    seen += os.read(ours, 65536)
                except OSError:  # the other end is closed
                    break
        code = process.wait(timeout=5)
    finally:
        process.kill()
        os.close(ours)
    return Result(args, code, seen.decode(errors="replace"), "")


def lines(text, columns):
    """The lines that were written at any time, without what only moves and colours. Bars are written with
    blanks up to the edge, and the next one without a line feed: each has to begin with its own blanks."""
    written = [line for line in re.split(r"[\r\n]+", CONTROL.sub("\r", STYLE.sub("", text))) if line.strip()]
    shown = []
    for line in written:
        parts = [line[at:at + columns] for at in range(0, len(line.rstrip()), columns)]
        assert len(parts) == 1 or all(part.startswith("  ") for part in parts), f"wider than {columns} columns: {line!r}"
        shown.extend(part.rstrip() for part in parts if part.strip())
    return shown
