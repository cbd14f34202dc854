#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""gpuhost-bind beside the rest of a boot: what it has done when the boot goes on, and who waits for it.

usage: test_early.py BUILD [unittest's arguments]
"""

import os
import shutil
import socket
import subprocess
import sys
import unittest

from fixture import AUDIO, BIND, FIRST, PREPARE, SITE, UDEV, Case

LIMIT = 30


class Beside(Case):
    def setUp(self):
        super().setUp()
        self.unbound(FIRST, AUDIO)
        self.declare(SITE % FIRST)
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(self.listener.close)
        self.listener.bind(str(self.root.parent / "notify"))
        self.listener.settimeout(LIMIT)

    def start(self, *arguments, program=BIND):
        child = subprocess.Popen([program, f"--root={self.root}", *arguments], text=True,
                                 stdin=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                 env={**os.environ, "NOTIFY_SOCKET": self.listener.getsockname()})
        self.addCleanup(child.stderr.close)
        self.addCleanup(child.wait, LIMIT)
        self.addCleanup(child.kill)
        return child

    def hear(self):
        return self.listener.recv(64)

    def assert_silent(self):
        self.listener.setblocking(False)
        self.assertRaises(BlockingIOError, self.listener.recv, 64)

    def probing_waits(self):
        """Who offers a function to its driver waits until somebody reads."""
        path = self.root / "sys/bus/pci/drivers_probe"
        path.unlink()
        os.mkfifo(path)
        return path


class Early(Beside):
    def test_boot_goes_on_when_the_overrides_stand(self):
        probe = self.probing_waits()
        child = self.start()
        self.assertEqual(self.hear(), b"READY=1")
        self.assertEqual((self.override(FIRST), self.override(AUDIO)), ("vfio-pci", "vfio-pci"))
        self.assertIsNone(child.poll())
        self.assertIn(probe.read_text(), (FIRST, AUDIO, AUDIO + FIRST))

    def test_a_slot_with_a_driver_is_seen_to_before(self):
        (self.device(FIRST) / "driver").symlink_to("/sys/bus/pci/drivers/nvidia")
        self.put(f"proc/driver/nvidia/gpus/{FIRST}/information", "Device Minor: \t 0\n")
        self.put("sys/bus/pci/drivers/nvidia/unbind", "")
        child = self.start()
        self.assertEqual(self.hear(), b"READY=1")
        self.assertEqual((self.root / "sys/bus/pci/drivers/nvidia/unbind").read_text(), FIRST)
        self.assertEqual(child.wait(LIMIT), 1)

    def test_a_driver_of_unknown_spelling_is_seen_to_before(self):
        shutil.rmtree(self.root / "sys/bus/pci/drivers/vfio-pci")
        self.declare(SITE % FIRST + "    driver: some_vfio_pci\n")
        child = self.start()
        self.assertEqual(self.hear(), b"READY=1")
        self.assertEqual(self.override(FIRST), "(null)")
        self.assertEqual(child.wait(LIMIT), 1)

    def test_a_wrong_file_is_no_success(self):
        self.declare("gpus: 1\n")
        self.assertEqual(self.start().wait(LIMIT), 2)
        self.assert_silent()

    def test_nothing_to_do_is_one(self):
        self.put("proc/cmdline", "ro gpuhost=off\n")
        self.assertEqual(self.start().wait(LIMIT), 0)
        self.assertEqual(self.hear(), b"READY=1")

    def test_others_tell_nobody(self):
        for option in ("--initrd", f"--device={FIRST}"):
            self.assertEqual(self.start(option).wait(LIMIT), 1)
        self.assert_silent()


HOLD = ("import fcntl, sys; f = open(sys.argv[1], 'r+'); fcntl.lockf(f, fcntl.LOCK_EX); print(flush=True); "
        "sys.stdin.read()")


class Lock(Beside):
    """Who binds has it, and is waited for."""

    def setUp(self):
        super().setUp()
        self.put("run/gpuhost/bind.lock", "")
        self.holder = subprocess.Popen(
            [sys.executable, "-c", HOLD, self.root / "run/gpuhost/bind.lock"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.addCleanup(self.holder.communicate)
        self.holder.stdout.readline()

    def assert_waits(self, child, status):
        with self.assertRaises(subprocess.TimeoutExpired):
            child.wait(1)
        self.assertFalse((self.root / "run/gpuhost/state.json").exists())
        self.holder.kill()
        self.assertEqual(child.wait(LIMIT), status)

    def test_one_binder_at_a_time(self):
        self.assert_waits(self.start(f"--device={FIRST}"), 1)
        self.assertEqual(self.override(FIRST), "vfio-pci")

    def test_what_is_to_be_prepared_waits_for_it(self):
        self.assert_waits(self.start(program=PREPARE), 0)
        self.assertTrue((self.root / "run/gpuhost/state.json").exists())

    def test_udev_has_nothing_to_ask_of_one_that_is_at_work(self):
        self.put(f"sys/bus/pci/devices/{FIRST}/driver_override", "vfio-pci\n")
        self.assertNotIn("GPUHOST_BIND", self.run_program(UDEV, FIRST).stdout)
        self.assertIn("GPUHOST_BIND", self.run_program(UDEV, AUDIO).stdout)


if __name__ == "__main__":
    unittest.main()
