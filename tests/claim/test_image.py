#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""qcow2 images as a start makes them, in a real QEMU that never runs its guest.

usage: test_image.py BUILD [unittest's arguments]

QEMU gets the words that guest/ writes for a disk, and is asked by QMP what it has opened. Where there is
qemu-img it looks at the image as well. QEMU and QEMU_IMG in the environment name others, as words.
"""

import json
import os
import re
import shlex
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

SKIPPED = 77
PATIENCE = 60
BUILD = Path(sys.argv.pop(1)).resolve()
MAKE, COMMAND = BUILD / "tests/claim/make-image", BUILD / "tests/guest/command"
QEMU = shlex.split(os.environ.get("QEMU", "qemu-system-x86_64"))
QEMU_IMG = shlex.split(os.environ.get("QEMU_IMG", "qemu-img"))
MiB, GiB = 1 << 20, 1 << 30


class Machine:
    """A QEMU with one disk; `disk` as of vm.d."""

    def __init__(self, folder, disk, image, backing=None):
        root = Path(tempfile.mkdtemp(dir=folder))
        file = root / "etc/gpuhost/vm.d/a.yaml"
        file.parent.mkdir(parents=True)
        file.write_text(json.dumps({"firmware": {"type": "bios"}, "disks": [disk]}))
        (root / "start").write_text("disk fd\n" + ("backing fd\n" if backing else ""))
        said = subprocess.run([COMMAND, root, "a", root / "start"], capture_output=True, text=True,
                              check=True, timeout=PATIENCE).stdout
        words = [word for line in said.splitlines()
                 if line.startswith(("-add-fd", "-blockdev")) for word in shlex.split(line)]
        # They have the numbers that the words name: 4, 5.
        numbers = [int(n) for n in re.findall(r"-add-fd fd=(\d+)", said)]
        opened = [os.open(image, os.O_RDWR)]
        if backing:
            opened.append(os.open(backing, os.O_RDONLY))
        ours, theirs = socket.socketpair()
        self.out, self.reads = tempfile.TemporaryFile(dir=folder), 0

        def place():
            high = [(n, os.dup(fd)) for n, fd in
                    zip([3, *sorted(numbers)], [theirs.fileno(), *opened])]
            high = [(n, os.dup2(fd, 100 + n)) for n, fd in high]
            for n, fd in high:
                os.dup2(fd, n)

        self.child = subprocess.Popen(
            [*QEMU, "-M", "q35", "-accel", "tcg", "-m", "64", "-nodefaults", "-display", "none",
             "-S", "-chardev", "socket,id=qmp,fd=3", "-mon", "chardev=qmp,mode=control", *words],
            stdin=subprocess.DEVNULL, stdout=self.out, stderr=self.out, close_fds=False,
            preexec_fn=place)
        theirs.close()
        for fd in opened:
            os.close(fd)
        ours.settimeout(PATIENCE)
        self.monitor = ours.makefile("rw", encoding="utf-8")
        ours.close()
        if self.monitor.readline():
            self.ask("qmp_capabilities")

    def ask(self, command, **arguments):
        self.monitor.write(json.dumps({"execute": command, "arguments": arguments}) + "\n")
        self.monitor.flush()
        for line in self.monitor:
            answer = json.loads(line)
            if "return" in answer or "error" in answer:
                return answer.get("return", answer)
        raise AssertionError(f"it ended: {self.said()}")

    def said(self):
        self.out.seek(0)
        return self.out.read().decode()

    def io(self, command):
        """What comes of it is written when QEMU ends: see end()."""
        self.ask("human-monitor-command", **{"command-line": f'qemu-io image0 "{command}"'})

    def verify(self, pattern, where):
        self.reads += 1
        self.io(f"read -P {pattern} {where} 64k")

    def nodes(self):
        return {node["file"] for node in self.ask("query-named-block-nodes")}

    def size(self):
        return next(node["image"]["virtual-size"]
                    for node in self.ask("query-named-block-nodes") if node["node-name"] == "image0")

    def end(self):
        """Whether all went well."""
        self.ask("quit")
        status, said = self.child.wait(PATIENCE), self.said()
        reads = said.count("read 65536/65536 bytes")
        if status or reads != self.reads or re.search("fail|warning|error", said):
            raise AssertionError(f"{status}, {reads} of {self.reads}: {said}")

    def kill(self):
        if self.child.poll() is None:
            self.child.kill()
        self.child.wait()
        self.monitor.close()
        self.out.close()


class Image(unittest.TestCase):
    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="gpuhost-image-"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.image = self.folder / "a.qcow2"

    def make(self, *words):
        subprocess.run([MAKE, self.image, *map(str, words)], check=True, timeout=PATIENCE)
        self.assertEqual([p.name for p in self.folder.glob(".*")], [])
        if shutil.which(QEMU_IMG[0]):
            subprocess.run([*QEMU_IMG, "check", "-q", self.image], check=True, timeout=PATIENCE)

    def start(self, backing=None, backing_format="raw"):
        disk = {"source": str(self.image), "format": "qcow2"}
        if backing:
            disk["backing"] = {"source": str(backing), "format": backing_format}
        machine = Machine(self.folder, disk, self.image, backing)
        self.addCleanup(machine.kill)
        return machine

    def test_sizes(self):
        for size in (512, 40 * GiB, 512 * MiB + 512, 1 << 50):
            self.image.unlink(missing_ok=True)
            self.make(size)
            self.assertLess(self.image.stat().st_blocks, 1 << 10)
            machine = self.start()
            self.assertEqual(machine.size(), size)
            machine.end()

    def test_what_is_written_stays(self):
        self.make(40 * GiB)
        machine = self.start()
        machine.verify(0, "20G")
        machine.io("write -P 7 20G 64k")
        machine.end()
        if shutil.which(QEMU_IMG[0]):
            subprocess.run([*QEMU_IMG, "check", "-q", self.image], check=True, timeout=PATIENCE)
        machine = self.start()
        machine.verify(7, "20G")
        machine.end()

    def check_made_on(self, base, form):
        before = base.read_bytes()
        self.make(MiB * 64, base, form)
        machine = self.start(base, form)
        machine.verify(5, "1M")
        machine.verify(0, "32M")  # behind the end of it
        machine.io("write -P 6 1M 64k")
        machine.verify(6, "1M")
        machine.end()
        self.assertEqual(base.read_bytes(), before)

    def test_made_on_a_raw_image(self):
        base = self.folder / "base.raw"
        base.write_bytes(b"\5" * (2 * MiB))
        self.check_made_on(base, "raw")
        if shutil.which(QEMU_IMG[0]):
            info = json.loads(subprocess.run([*QEMU_IMG, "info", "--output=json", self.image],
                                             capture_output=True, check=True).stdout)
            self.assertEqual((info["backing-filename"], info["backing-filename-format"]),
                             (str(base), "raw"))

    def test_made_on_a_qcow2_image(self):
        self.make(2 * MiB)
        machine = self.start()
        machine.io("write -P 5 0 2M")
        machine.end()
        base = self.image.rename(self.folder / "base.qcow2")
        self.check_made_on(base, "qcow2")

    def test_what_stands_in_a_header_is_not_opened(self):
        secret = self.folder / "secret"
        secret.write_bytes(b"\7" * MiB)
        self.make(64 * MiB, secret, "raw")
        machine = self.start()
        self.assertNotIn(str(secret), self.nodes_of(machine))
        machine.verify(0, "0")
        machine.end()
        base = self.folder / "base.raw"
        base.write_bytes(b"\5" * MiB)
        machine = self.start(base)
        self.assertNotIn(str(secret), self.nodes_of(machine))
        machine.verify(5, "0")
        machine.end()

    def nodes_of(self, machine):
        links = Path(f"/proc/{machine.child.pid}/fd").iterdir()
        return {os.readlink(link) for link in links} | machine.nodes()

    def test_a_kill_leaves_no_image(self):
        """Killed at any call, there is none or a whole one, and nothing else."""
        if not shutil.which("strace"):
            self.skipTest("strace is not installed")
        for call in ("ftruncate", "pwrite64", "fsync", "linkat"):
            subprocess.run(["strace", "-f", "-qq", "-e", f"trace={call}", "-e",
                            f"inject={call}:signal=KILL:when=1", MAKE, self.image, str(GiB)],
                           stderr=subprocess.DEVNULL, timeout=PATIENCE)
            left = list(self.folder.iterdir())
            self.assertLessEqual({p.name for p in left}, {self.image.name}, call)
            if left:
                machine = self.start()
                self.assertEqual(machine.size(), GiB)
                machine.end()
                self.image.unlink()

    def test_a_header_that_has_become_wrong(self):
        self.make(MiB)
        with open(self.image, "r+b") as file:
            file.seek(8)
            file.write(struct.pack(">QI", 1 << 40, 4))
        machine = self.start()
        self.assertNotEqual(machine.child.wait(PATIENCE), 0)


if __name__ == "__main__":
    if not shutil.which(QEMU[0]):
        print(f"no {QEMU[0]}")
        sys.exit(SKIPPED)
    unittest.main()
