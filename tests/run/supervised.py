# SPDX-License-Identifier: LGPL-2.1-or-later
"""gpuhost-run as systemd starts it, and what it tells systemd."""

import json
import os
import queue
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import unittest
from pathlib import Path

HERE = Path(__file__).parent
BUILD = Path(sys.argv.pop(1)).resolve() / "src/run"
RUN, LISTEN = BUILD / "gpuhost-run", BUILD / "gpuhost-listen"
PATIENCE = 30
RUNNING = "STATUS=Running: 1 vCPU, 256 MiB, GPU 0000:01:00.0"


def is_instrumented():
    symbols = subprocess.run(["nm", "-D", RUN], capture_output=True, text=True, check=True).stdout
    return "__asan_" in symbols or "__ubsan_" in symbols or "__gcov_" in symbols


class Case(unittest.TestCase):
    def setUp(self):
        folder = tempfile.mkdtemp(prefix="gpuhost-run-")
        self.addCleanup(shutil.rmtree, folder)
        self.folder = Path(folder)
        self.notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.notify.bind(str(self.folder / "notify"))
        self.messages = queue.Queue()
        self.told = []
        self.run = None
        listener = threading.Thread(target=self.listen)
        listener.start()
        self.addCleanup(self.notify.close)
        self.addCleanup(listener.join)
        self.addCleanup(self.tell, b"")

    def listen(self):
        """All the time, as systemd does: what nobody fetches holds up who sends more."""
        while message := self.notify.recv(4096):
            self.messages.put(message.decode())

    def tell(self, message):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as other:
            other.sendto(message, str(self.folder / "notify"))

    def record(self, *argv, **keys):
        health = {"type": "running", "address": None, "port": 0, "endpoint": None,
                  "timeout_ms": 5000, "interval_ms": 50, "retries": 2}
        record = {"name": "t", "file": "/etc/gpuhost/vm.d/t.yaml", "argv": list(argv), "fds": [],
                  "memory_mb": 256, "prealloc": False, "gpus": ["0000:01:00.0"], "health": health,
                  "vsock_cid": 0, "stop_timeout_usec": 20_000_000}
        health.update(keys.pop("health", {}))
        record.update(keys)
        path = self.folder / "t.json"
        path.write_text(json.dumps(record))
        return path

    def start(self, *argv, wrapper=(), pass_fds=(), **keys):
        path = self.record(*argv, **keys)
        environment = {**os.environ, "NOTIFY_SOCKET": str(self.folder / "notify")}
        self.run = subprocess.Popen([*wrapper, RUN, "vm", "t", f"--record={path}"],
                                    env=environment, stderr=subprocess.PIPE, text=True,
                                    pass_fds=pass_fds)
        self.addCleanup(self.run.stderr.close)
        self.addCleanup(self.run.wait)
        self.addCleanup(self.run.kill)

    def start_fake(self, what, *words, **keys):
        # -I: not this folder first, for modules of the library have names like those in it.
        self.start(sys.executable, "-I", str(HERE / "qemu.py"), what, *words, **keys)

    def wait_for(self, text):
        """Until systemd is told something that begins so."""
        while True:
            self.told.append(self.messages.get(timeout=PATIENCE))
            if self.told[-1].startswith(text):
                return self.told[-1]

    def term(self):
        self.run.send_signal(signal.SIGTERM)

    def end(self, status):
        """The last STATUS=, and what was written."""
        said = self.run.communicate(timeout=PATIENCE)[1]
        self.tell(b"(all)")
        self.wait_for("(all)")
        self.assertEqual(self.run.returncode, status, (said, self.told))
        return ["", *(word for word in self.told if word.startswith("STATUS="))][-1][7:], said

    def child(self):
        children = Path(f"/proc/{self.run.pid}/task/{self.run.pid}/children").read_text().split()
        return int(children[0])


def passing(name):
    """Words that pass descriptor 3 on as PID 1 does."""
    return ["/bin/sh", "-c", f'LISTEN_PID=$$ LISTEN_FDS=1 LISTEN_FDNAMES={name} exec "$@"', "sh"]
