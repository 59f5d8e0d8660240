"""Runs a command and writes down what it took: `measure.py FILE COMMAND…`.

It is a small process of its own, since the kernel counts the memory of who
starts a process towards the peak of what is started."""

import json
import os
import sys
import time


def main() -> None:
    report, *command = sys.argv[1:]
    start = time.perf_counter()
    child = os.posix_spawn(command[0], command, os.environ)
    _, status, used = os.wait4(child, 0)
    wall = time.perf_counter() - start
    code = os.waitstatus_to_exitcode(status)
    with open(report, "w") as file:
        json.dump({"code": code, "wall": wall, "cpu": used.ru_utime + used.ru_stime, "peak_mb": used.ru_maxrss / 1024}, file)


main()
