#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Programs beside QEMU: gpuhost-listen, and what their end means to gpuhost-run.

usage: test_helpers.py BUILD [unittest's arguments]
"""

import os
import socket
import subprocess
import sys
import unittest

from supervised import LISTEN, PATIENCE, RUNNING, Case, passing


class Helpers(Case):
    def start_beside(self, what):
        """With a helper, whose end of the connection this returns."""
        theirs, ours = socket.socketpair()
        with theirs:
            moved = f"exec 3<&{theirs.fileno()}; "
            words = passing("tpm")
            words[2] = moved + words[2]
            self.start_fake(what, fds=["tpm"], wrapper=words, pass_fds=[theirs.fileno()])
        self.addCleanup(ours.close)
        return ours

    def test_its_end_is_the_end(self):
        helper = self.start_beside("good")
        self.wait_for(RUNNING)
        helper.close()
        last, said = self.end(17)
        self.assertEqual(last, "swtpm ended: its own unit tells why")
        self.assertIn("STATUS=Stopping: swtpm ended", self.told)
        self.assertIn("t: swtpm ended, and the VM cannot go on without it", said)

    def test_before_the_machine_runs(self):
        self.start_beside("refuses").close()
        self.assertIn("swtpm ended: its own unit tells why", self.end(17)[0])

    def test_what_it_says_is_not_for_us(self):
        helper = self.start_beside("good")
        self.wait_for(RUNNING)
        helper.sendall(b"x" * 1000)
        self.term()
        self.assertEqual(self.end(0)[0], "stopped, the guest shut down")

    def test_after_a_stop_it_may_end(self):
        helper = self.start_beside("good")
        self.wait_for(RUNNING)
        self.term()
        helper.close()
        self.assertEqual(self.end(0)[0], "stopped, the guest shut down")


class Listen(Case):
    def listen(self):
        pass

    def run_listen(self, *words):
        notify = self.folder / "listen-notify"
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as told:
            told.bind(str(notify))
            child = subprocess.Popen([LISTEN, *words], stderr=subprocess.PIPE, text=True,
                                     env={**os.environ, "NOTIFY_SOCKET": str(notify)})
            self.addCleanup(child.stderr.close)
            self.addCleanup(child.wait)
            self.addCleanup(child.kill)
            told.settimeout(PATIENCE)
            self.assertEqual(told.recv(100), b"READY=1")
        return child

    def test_program_has_the_socket(self):
        where = self.folder / "socket"
        script = ("import os, socket; s = socket.socket(fileno=3).accept()[0]; "
                  "s.sendall(os.environ.get('NOTIFY_SOCKET', 'none').encode())")
        self.run_listen(where, sys.executable, "-I", "-c", script)
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(PATIENCE)
            client.connect(str(where))
            self.assertEqual(client.recv(100), b"none")

    def test_failures(self):
        for status, words, why in (
                (2, [], "the paths of a socket and of a program are expected"),
                (2, ["socket", "/bin/true"], "the paths of a socket and of a program"),
                (1, [self.folder / "no/socket", "/bin/true"], "cannot listen at"),
                (1, [f"/{'x' * 200}", "/bin/true"], "cannot listen at"),
                (1, [self.folder / "s", "/no/such"], "cannot run /no/such: No such file")):
            done = subprocess.run([LISTEN, *words], capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, status)
            self.assertIn(why, done.stderr)


if __name__ == "__main__":
    unittest.main()
