# SPDX-License-Identifier: LGPL-2.1-or-later
"""Child processes: output to a log and to the progress line, a time limit, nothing left behind."""

import os
import signal
import subprocess
import threading
from dataclasses import dataclass


@dataclass
class Ran:
    code: int
    output: str

    def __bool__(self):
        return self.code == 0


_living = set()


def _end_group(child):
    try:
        os.killpg(child.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def end_all():
    """For a signal that ends us: threads wait for what they run, and would wait on."""
    for child in list(_living):
        _end_group(child)


def run(argv, *, say=lambda line: None, cwd=None, env=None, limit=1800):
    """Run argv in a process group of its own and collect what it prints."""
    child = subprocess.Popen(
        argv,
        cwd=cwd,
        env={**os.environ, **(env or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
    )
    _living.add(child)
    late = threading.Event()

    def too_late():
        late.set()
        _end_group(child)

    timer = threading.Timer(limit, too_late)
    timer.start()
    lines = []
    try:
        for line in child.stdout:
            lines.append(line)
            say(line)
        code = child.wait()
    except BaseException:
        _end_group(child)
        child.wait()
        raise
    finally:
        timer.cancel()
        _living.discard(child)
    if late.is_set():
        lines.append(f"(ended after its limit of {limit} s)\n")
        code = code or -signal.SIGKILL
    return Ran(code, "".join(lines))
