#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs a program whose stderr is the journal's, being the journal, and tells what reached it.

usage: as_journal.py listens|full|none PROGRAM [ARGUMENT]...

In a mount namespace where /run is empty: the journal's socket has one place.
"""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

SOCKET = "/run/systemd/journal/socket"


def listen(full):
    Path(SOCKET).parent.mkdir(parents=True)
    journal = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    journal.bind(SOCKET)
    if full:
        sender = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        sender.setblocking(False)
        try:
            while True:
                sender.sendto(b"MESSAGE=x\n", SOCKET)
        except BlockingIOError:
            pass
    journal.setblocking(False)
    return journal


def received(journal):
    try:
        while True:
            yield dict(line.split("=", 1) for line in journal.recv(65536).decode().splitlines())
    except BlockingIOError:
        pass


def main(kind, *argv):
    journal = listen(kind == "full") if kind != "none" else None
    read, write = os.pipe()
    status = os.fstat(write)
    env = {**os.environ, "JOURNAL_STREAM": f"{status.st_dev}:{status.st_ino}"}
    ran = subprocess.run(argv, stderr=write, stdin=subprocess.DEVNULL, env=env, timeout=30)
    os.close(write)
    with os.fdopen(read) as stream:
        stderr = stream.read()
    entries = list(received(journal)) if journal else []
    json.dump({"status": ran.returncode, "stderr": stderr, "entries": entries}, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
