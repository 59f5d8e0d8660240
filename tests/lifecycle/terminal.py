"""etlctl at a terminal, where it asks."""

import os
import pty
import select
import subprocess
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
