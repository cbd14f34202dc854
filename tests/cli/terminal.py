#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""How gpuhost behaves towards terminals, pagers, pipes, full disks and signals.

usage: terminal.py GPUHOST CASES-FOLDER
"""

import fcntl
import os
import pty
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import unittest
from pathlib import Path

PROGRAM, CASES = sys.argv[1:3]
SERVER = f"--root={CASES}/machines/server-8gpu.tree"
PLAIN = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}


def on_terminal(*arguments, columns=80, rows=50, **environment):
    """What a terminal of that size is sent."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    with subprocess.Popen([PROGRAM, *arguments], stdin=slave, stdout=slave, stderr=slave,
                          env=PLAIN | {"TERM": "xterm"} | environment) as child:
        os.close(slave)
        sent = b""
        while True:
            try:
                piece = os.read(master, 65536)
            except OSError:  # EIO: the last writer went away
                break
            if not piece:
                break
            sent += piece
        child.wait(timeout=60)
    os.close(master)
    return sent.decode().replace("\r\n", "\n")


def run(*arguments, **options):
    return subprocess.run([PROGRAM, *arguments], capture_output="stdout" not in options, text=True,
                          env=PLAIN, timeout=60, check=False, **options)


def terminals():
    """A chroot that builds packages may have none."""
    try:
        for fd in pty.openpty():
            os.close(fd)
    except OSError:
        return False
    return True


@unittest.skipUnless(terminals(), "no pseudo-terminals here")
class Terminal(unittest.TestCase):
    def test_colour_is_for_terminals(self):
        self.assertIn("\033[", on_terminal(SERVER, "list"))
        self.assertNotIn("\033[", run(SERVER, "list").stdout)
        self.assertNotIn("\033[", on_terminal(SERVER, "list", NO_COLOR="1"))
        self.assertNotIn("\033[", on_terminal(SERVER, "list", TERM="dumb"))
        self.assertIn("\033[", on_terminal(SERVER, "list", NO_COLOR=""))

    def test_lines_fit(self):
        for columns in (64, 80):
            for verb in (["list"], ["list", "--tree"], ["status"], ["check"], ["plan"]):
                text = on_terminal(SERVER, *verb, columns=columns, NO_COLOR="1")
                longest = max(len(line) for line in text.splitlines())
                self.assertLessEqual(longest, columns, (verb, columns))
                if verb == ["list"]:
                    self.assertIn("0000:ca:00.0", text)

    def test_pager_only_where_it_is_needed(self):
        with tempfile.NamedTemporaryFile("w", dir="/tmp", delete=False) as script:
            script.write("#!/bin/sh\necho \"PAGER $# $1\"\nexec cat\n")
        os.chmod(script.name, 0o700)
        self.addCleanup(os.unlink, script.name)
        pager = {"GPUHOST_PAGER": f"{script.name} $HOME;x", "PAGER": "false"}
        paged = on_terminal(SERVER, "list", rows=5, **pager)
        self.assertTrue(paged.startswith("PAGER 1 $HOME;x\n"), paged)  # there is no shell
        for text in (on_terminal(SERVER, "list", rows=50, **pager),
                     on_terminal(SERVER, "list", "--no-pager", rows=5, **pager),
                     on_terminal(SERVER, "list", rows=5, GPUHOST_PAGER=""),
                     on_terminal(SERVER, "list", rows=5, GPUHOST_PAGER="/no/such/pager")):
            self.assertNotIn("PAGER", text)
            self.assertIn("0000:ca:00.0", text)


class Output(unittest.TestCase):
    def test_a_full_disk_is_an_error(self):
        with open("/dev/full", "w", encoding="ascii") as full:
            done = run(SERVER, "list", stdout=full, stderr=subprocess.PIPE)
        self.assertEqual(done.returncode, 1)
        self.assertIn("No space left on device", done.stderr)

    def test_a_closed_output_is_an_error(self):
        done = subprocess.run(["sh", "-c", 'exec "$@" >&-', "sh", PROGRAM, SERVER, "list"],
                              stderr=subprocess.PIPE, env=PLAIN, timeout=60, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"Bad file descriptor", done.stderr)

    def test_a_reader_that_goes_is_none(self):
        reader, writer = os.pipe()
        os.close(reader)
        done = run(SERVER, "list", stdout=writer, stderr=subprocess.PIPE)
        os.close(writer)
        self.assertEqual(done.stderr, "")

    def test_capture_replaces_a_file_whole(self):
        with tempfile.TemporaryDirectory() as folder:
            target = Path(folder, "a.tree")
            target.write_text("old\n")
            self.assertEqual(run(SERVER, "capture", str(target)).returncode, 0)
            self.assertEqual(target.read_text(), run(SERVER, "capture").stdout)
            self.assertEqual(os.listdir(folder), ["a.tree"])
            self.assertEqual(run(SERVER, "capture", f"{folder}/no/b.tree").returncode, 1)


class Signals(unittest.TestCase):
    def test_nothing_is_left_of_a_capture(self):
        memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
        with tempfile.TemporaryDirectory(dir=memory) as folder:
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                for delay in range(8):
                    with subprocess.Popen([PROGRAM, SERVER, "list"], stdout=subprocess.DEVNULL,
                                          env=PLAIN | {"TMPDIR": folder}) as child:
                        try:
                            child.wait(timeout=delay / 200)
                        except subprocess.TimeoutExpired:
                            child.send_signal(number)
                    self.assertEqual(os.listdir(folder), [])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
