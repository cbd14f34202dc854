#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""gpuhost-run with a real QEMU, where there is one.

usage: test_real.py BUILD [unittest's arguments]
"""

import os
import re
import select
import shutil
import socket
import subprocess
import time
import unittest
from pathlib import Path

from supervised import LISTEN, PATIENCE, Case, is_instrumented, passing

REAL = shutil.which("qemu-system-x86_64")
SWTPM = shutil.which("swtpm")

# A guest in a boot sector. The ports are those of q35: ACPI's are where SeaBIOS has put them.
HALT = bytes.fromhex("f4 eb fd")  # hlt; jmp to it
POWER_OFF = bytes.fromhex("ba0406 b80020 ef") + HALT  # S5 to PM1a control
PANIC = bytes.fromhex("ba0505 b001 ee") + HALT  # pvpanic
# Enable the power button, say so on debugcon, wait until it is pressed.
POWER_OFF_WHEN_ASKED = bytes.fromhex("ba0206 b80001 ef bae900 b052 ee"
                                     "ba0006 ed f6c401 74fa") + POWER_OFF


@unittest.skipUnless(REAL, "qemu-system-x86_64 is not installed")
class Real(Case):
    def boot(self, code, *words, **keys):
        disk = self.folder / "disk"
        disk.write_bytes((code.ljust(510, b"\0") + b"\x55\xaa").ljust(1 << 20, b"\0"))
        self.start_real("-drive", f"file={disk},format=raw,if=none,id=d", "-device",
                        "ide-hd,drive=d", *words, **keys)

    def test_guest_shuts_down(self):
        self.boot(POWER_OFF)
        self.assertEqual(self.end(0)[0], "the guest shut down")

    def test_guest_panics(self):
        self.boot(PANIC, "-device", "pvpanic")
        self.assertEqual(self.end(15)[0], "the guest panicked")

    def test_guest_heeds_the_button(self):
        ready = self.folder / "ready"
        os.mkfifo(ready)
        said = os.open(ready, os.O_RDONLY | os.O_NONBLOCK)
        self.boot(POWER_OFF_WHEN_ASKED, "-debugcon", f"file:{ready}")
        self.addCleanup(os.close, said)
        self.assertTrue(select.select([said], [], [], PATIENCE)[0])
        self.term()
        self.assertEqual(self.end(0)[0], "stopped, the guest shut down")

    def start_real(self, *words, **keys):
        self.start(REAL, "-M", "q35", "-accel", "tcg", "-m", "256", "-nodefaults", "-display",
                   "none", "-chardev", "socket,id=qmp,fd=3", "-mon", "chardev=qmp,mode=control",
                   *words, **keys)

    def test_from_start_to_quit(self):
        self.start_real("-smp", "2", cpus=[[0], [0]], stop_timeout_usec=300_000)
        self.wait_for("STATUS=Running: 2 vCPUs, 256 MiB")
        threads = [path.read_text() for path in
                   Path(f"/proc/{self.child()}/task").glob("*/status")]
        pinned = [text for text in threads if re.search(r"^Cpus_allowed_list:\t0$", text, re.M)]
        if os.cpu_count() > 1:
            self.assertEqual(len(pinned), 2)
        if not is_instrumented():
            status = Path(f"/proc/{self.run.pid}/status").read_text()
            self.assertLess(int(re.search(r"VmRSS:\s+(\d+) kB", status)[1]), 3 * 1024)
        self.term()
        self.assertEqual(self.end(0)[0], "stopped, the guest did not shut down in time")

    def test_refusal(self):
        self.start_real("-device", "nosuch")
        self.assertRegex(self.end(11)[0],
                         "^QEMU refused to start, with status 1: .*'nosuch' is not a valid device")

    @unittest.skipUnless(SWTPM, "swtpm is not installed")
    def test_tpm(self):
        """As its unit has it; then it is killed."""
        where, state = self.folder / "tpm", self.folder / "state"
        state.mkdir()
        swtpm = subprocess.Popen([LISTEN, where, SWTPM, "socket", "--tpm2", "--tpmstate",
                                  f"dir={state},mode=0600", "--ctrl", "type=unixio,fd=3",
                                  "--terminate"])
        self.addCleanup(swtpm.wait)
        self.addCleanup(swtpm.kill)
        end = time.monotonic() + PATIENCE
        client = socket.socket(socket.AF_UNIX)
        while client.connect_ex(str(where)) and time.monotonic() < end:
            os.sched_yield()
        words = passing("tpm")
        words[2] = f"exec 3<&{client.fileno()}; " + words[2]
        with client:
            self.start_real("-chardev", "socket,id=tpm-socket,fd=4", "-tpmdev",
                            "emulator,id=tpm,chardev=tpm-socket", "-device",
                            "tpm-crb,tpmdev=tpm", fds=["tpm"], stop_timeout_usec=300_000,
                            wrapper=words, pass_fds=[client.fileno()])
        self.wait_for("STATUS=Running: 1 vCPU, 256 MiB")
        self.assertTrue((state / "tpm2-00.permall").exists())
        swtpm.kill()
        self.assertEqual(self.end(17)[0], "swtpm ended: its own unit tells why")


if __name__ == "__main__":
    unittest.main()
