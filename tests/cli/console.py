#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""gpuhost console, with a socket of ours in the place of QEMU's.

usage: console.py GPUHOST CASES-FOLDER
"""

import os
import pty
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import termios
import unittest
from pathlib import Path

PROGRAM = sys.argv[1]
PLAIN = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "TERM": "dumb"}
PATIENCE = 30


def receive(what, read, wanted):
    """What was read when it ends with `wanted`."""
    seen = b""
    while not seen.endswith(wanted):
        if not select.select([what], [], [], PATIENCE)[0]:
            raise AssertionError(f"{wanted} does not come, only {seen}")
        piece = read()
        if not piece:
            raise AssertionError(f"{wanted} does not come, it ends with {seen}")
        seen += piece
    return seen


def terminals():
    try:
        for fd in pty.openpty():
            os.close(fd)
    except OSError:
        return False
    return True


TERMINALS = terminals()


class Console(unittest.TestCase):
    def setUp(self):
        self.root = Path(tempfile.mkdtemp(prefix="gpuhost-console-"))
        self.addCleanup(shutil.rmtree, self.root)
        for name, folder in (("one", "vm.d"), ("off", "vm.d"), ("box", "container.d")):
            file = self.root / f"etc/gpuhost/{folder}/{name}.yaml"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text("{}\n")
        self.folder = self.root / "run/gpu-vm/one"
        self.folder.mkdir(parents=True)
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.addCleanup(self.listener.close)
        self.listener.settimeout(PATIENCE)
        self.listener.bind(str(self.folder / "console.sock"))
        self.listener.listen(1)

    def start(self, *words, **options):
        child = subprocess.Popen([PROGRAM, f"--root={self.root}", "console", "one", *words],
                                 env=PLAIN, **options)
        self.addCleanup(child.wait)
        self.addCleanup(child.kill)
        vm, _ = self.listener.accept()
        self.addCleanup(vm.close)
        vm.settimeout(PATIENCE)
        return child, vm

    def on_terminal(self):
        if not TERMINALS:
            self.skipTest("no pseudo-terminals here")
        master, slave = pty.openpty()
        for fd in (master, slave):
            self.addCleanup(os.close, fd)
        before = termios.tcgetattr(slave)
        child, vm = self.start(stdin=slave, stdout=slave, stderr=subprocess.PIPE)
        self.addCleanup(child.stderr.close)
        vm.sendall(b"login: ")
        receive(master, lambda: os.read(master, 4096), b"login: ")
        self.assertNotEqual(termios.tcgetattr(slave), before)  # raw, since it passes things on
        return child, vm, master, lambda: termios.tcgetattr(slave) == before

    def refused(self, name, status=1):
        done = subprocess.run([PROGRAM, f"--root={self.root}", "console", name], env=PLAIN,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=PATIENCE, check=False)
        self.assertEqual((done.returncode, done.stdout), (status, ""), done.stderr)
        return done.stderr

    def test_pipes(self):
        out = self.root / "out"
        with open(out, "wb") as file:
            child, vm = self.start(stdin=subprocess.PIPE, stdout=file)
        child.stdin.write(b"ls\n\x1d")  # no escape where nobody types
        child.stdin.close()
        self.assertEqual(receive(vm, lambda: vm.recv(64), b"\x1d"), b"ls\n\x1d")
        vm.sendall(b"x" * 300000 + b"end")
        vm.close()
        self.assertEqual(child.wait(PATIENCE), 0)
        self.assertEqual(out.read_bytes(), b"x" * 300000 + b"end")

    def test_escape(self):
        child, vm, master, restored = self.on_terminal()
        os.write(master, b"\x03\x1a\x04q\x1d!")
        self.assertEqual(receive(vm, lambda: vm.recv(64), b"q"), b"\x03\x1a\x04q")
        self.assertEqual(child.wait(PATIENCE), 0)
        self.assertEqual(vm.recv(64), b"")
        self.assertTrue(restored())
        self.assertEqual(child.stderr.read().decode(),
                         "gpuhost: connected to 'one'; Ctrl-] leaves it\n"
                         "gpuhost: left 'one', which runs on\n")

    def test_the_machine_ends(self):
        child, vm, _, restored = self.on_terminal()
        vm.close()
        self.assertEqual(child.wait(PATIENCE), 0)
        self.assertTrue(restored())
        self.assertIn(b"'one' has closed its console\n", child.stderr.read())

    def test_signals(self):
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            child, _, _, restored = self.on_terminal()
            child.send_signal(number)
            self.assertEqual(child.wait(PATIENCE), -number)
            self.assertTrue(restored(), number)

    def test_a_reader_that_goes(self):
        child, vm = self.start(stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        child.stdout.close()
        vm.sendall(b"x")
        self.assertEqual(child.wait(PATIENCE), 0)
        child.stdin.close()

    def test_one_at_a_time(self):
        self.on_terminal()
        self.assertEqual(self.refused("one"), "gpuhost: 'one' has somebody else at its console: "
                                              "when they have left, gpuhost console one\n")

    def test_what_is_not_there(self):
        self.assertEqual(self.refused("off"), "gpuhost: 'off' does not run: systemctl start gpu-vm@off\n")
        self.assertEqual(self.refused("on"), "gpuhost: no VM 'on', did you mean 'one'?\n")
        self.assertEqual(self.refused("box"), "gpuhost: 'box' is a container, and no VM\n")
        self.listener.close()
        for _ in range(2):
            self.assertEqual(self.refused("one"), "gpuhost: 'one' does not listen, or not yet: "
                                                  "systemctl status gpu-vm@one\n")
            (self.folder / "console.sock").unlink(missing_ok=True)

    def test_what_only_looks_like_it(self):
        other = self.root / "other.sock"
        (self.folder / "console.sock").rename(other)
        for make in ((self.folder / "console.sock").touch,
                     lambda: (self.folder / "console.sock").symlink_to(other)):
            make()
            self.assertIn("is not what listens in place of its console", self.refused("one"))
            (self.folder / "console.sock").unlink()

    @unittest.skipUnless(os.geteuid() == 0, "only root can give a folder away")
    def test_what_somebody_else_listens_at(self):
        os.chown(self.folder, 1, 1)
        self.assertIn("is not what listens in place of its console", self.refused("one"))

    @unittest.skipIf(os.geteuid() == 0, "root may all")
    def test_what_is_for_others(self):
        self.folder.chmod(0)
        said = self.refused("one")
        self.folder.chmod(0o700)
        self.assertEqual(said, "gpuhost: 'one' has a console for root alone: sudo gpuhost console one\n")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
