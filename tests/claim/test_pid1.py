#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""gpuhost-claim under a real PID 1: what it is given, what it keeps and what is limited.

usage: test_pid1.py BUILD [unittest's arguments]

systemd-nspawn boots the /usr of this machine with the unit and the program laid over it. There is no card
in there, and something that sleeps stands for the VM; QEMU is asked for its version alone.
"""

import json
import os
import re
import shutil
import sys
import tempfile
import unittest
from pathlib import Path

SKIPPED = 77
TOP = Path(__file__).resolve().parents[2]
BUILD = Path(sys.argv.pop(1)).resolve()
sys.path.insert(0, str(TOP / "tests/boot"))
import nspawn  # noqa: E402

VM = "{{kernel: {{image: /usr/k}}, machine: {{accel: tcg}}, resources: {{memory_mb: 128}}, {more}}}\n"
DISK = "disks: [{source: /srv/%i.raw, create: {size: 8M}}]"
FILES = {
    "etc/machine-id": "",
    "etc/os-release": "ID=test\n",
    "etc/group": "root:x:0:\nkvm:x:996:\n",
    "etc/secret": "password",
    "etc/user-data": "#cloud-config\n{}\n",
    "etc/gpuhost/host.d/10-site.yaml": "gpu_policy: switch\n",
    "etc/gpuhost/vm.d/demo.yaml": VM.format(more=DISK),
    "etc/gpuhost/vm.d/told.yaml": VM.format(
        more="cloud_init: {user_data: /etc/user-data}, credentials: {pass.word: /etc/secret}"),
    "etc/gpuhost/vm.d/wrong.yaml": "kernl: {}\n",
    "etc/gpuhost/vm.d/absent.yaml": VM.format(more="disks: [{source: LABEL=nowhere}]"),
    # Those keep what comes after the claim, and are to be started again.
    **{f"etc/systemd/system/gpu-vm@{name}.service.d/45-runs.conf":
       "[Unit]\nStartLimitIntervalSec=10min\nStartLimitBurst=3\n"
       "[Service]\nType=notify\nRestart=on-failure\nRestartSec=100ms\nExecStart=\n"
       "ExecStart=/usr/lib/gpuhost/gpuhost-run vm %i\n" for name in ("wrong", "absent", "dem")},
    # Before 50-DeviceAllow.conf, which PID 1 writes: else it finds its own list out of order and asks for
    # a reload.
    "etc/systemd/system/gpu-vm@.service.d/40-sleeps.conf":
        "[Service]\nType=exec\nExecStart=\nExecStart=/bin/sleep infinity\n",
    # In the place of QEMU at its console: says a word to whoever comes.
    "etc/gpuhost/vm.d/talks.yaml": VM.format(more=""),
    "etc/systemd/system/gpu-vm@talks.service.d/41-talks.conf":
        "[Service]\nExecStart=\nExecStart=/usr/bin/python3 /usr/talk /run/gpu-vm/talks/console.sock\n",
    "etc/systemd/system/done.service":
        "[Unit]\nDefaultDependencies=no\nAfter=basic.target\nRequires=basic.target\n"
        "[Service]\nType=oneshot\nExecStart=/bin/sh /x/steps\n"
        "ExecStopPost=/bin/systemctl --no-block exit\n",
}
TALK = """import socket, sys
server = socket.socket(socket.AF_UNIX)
server.bind(sys.argv[1])
server.listen(1)
while True:
    with server.accept()[0] as peer:
        peer.sendall(b"login: ")
"""
# name: command, in this order. All that a command prints and its exit status are kept.
STEPS = r"""
foreseen: gpuhost show demo --command --quiet; ls -A /srv
start: systemctl start gpu-vm@demo
record: cat /run/gpuhost/start/demo.json
command: gpuhost show demo --command
status: gpuhost status --json=short
console-not-yet: gpuhost console demo
console-off: gpuhost console told
console: systemctl start gpu-vm@talks; until [ -S /run/gpu-vm/talks/console.sock ]; do sleep 0.1; done; gpuhost console talks
console-impostor: mv /run/gpu-vm/talks/console.sock /run/other.sock; ln -s /run/other.sock /run/gpu-vm/talks/console.sock; gpuhost console talks
switch: gpuhost switch demo
console-stopped: systemctl stop gpu-vm@talks
who: stat -c %u /run/gpuhost/start/demo.json /proc/$(systemctl show -P MainPID gpu-vm@demo)
files: ls -l /proc/$(systemctl show -P MainPID gpu-vm@demo)/fd
disk: stat -c '%s %b %a' /srv/demo.raw
policy: systemctl show -P DevicePolicy -P DeviceAllow gpu-vm@demo
readable: stat -c '%a %n' /run/gpuhost/claims /run/gpuhost/start
stored: systemctl daemon-reexec; systemctl show -P NFileDescriptorStore gpu-vm@demo
killed: systemctl kill -s KILL gpu-vm@demo; systemctl stop gpu-vm@demo; ls /run/gpuhost/start
again: systemctl start gpu-vm@demo && systemctl stop gpu-vm@demo
left: ls /run/gpuhost/start /run/gpuhost/claims; systemctl show -P NFileDescriptorStore gpu-vm@demo
told: systemctl start gpu-vm@told
told-files: stat -c '%a %n' /run/gpuhost/start/told.*/*
told-text: cat /run/gpuhost/start/told.seed/* /run/gpuhost/start/told.credentials/*
told-words: tr -d '\n' </run/gpuhost/start/told.json
told-left: systemctl stop gpu-vm@told; ls /run/gpuhost/start
typo: systemctl start gpu-vm@dem; systemctl status -n 0 gpu-vm@dem
wrong: systemctl start gpu-vm@wrong; systemctl status -n 0 gpu-vm@wrong
for-good: systemctl show -P SubState -P NRestarts -P ExecMainStatus gpu-vm@wrong
for-now: systemctl start gpu-vm@absent; until systemctl is-failed -q gpu-vm@absent; do sleep 0.1; done; systemctl show -P NRestarts gpu-vm@absent; systemctl status -n 0 gpu-vm@absent
"""


def steps():
    return [tuple(line.split(": ", 1)) for line in STEPS.strip().splitlines()]


def put(path, text, mode=0o644):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(mode)


def make(root, usr):
    nspawn.skeleton(root, "srv")
    for name, text in FILES.items():
        put(root / name, text)
    put(root / "x/steps", "".join(
        f"{{ {command}\n}} >/x/{name}.out 2>&1 </dev/null\necho $? >/x/{name}.status\n"
        for name, command in steps()))
    put(usr / "k", "no kernel")
    put(usr / "bin/qemu-system-x86_64", "#!/bin/sh\necho QEMU emulator version 7.2.13\n", 0o755)
    put(usr / "lib/systemd/system/gpu-vm@.service", (TOP / "units/gpu-vm@.service").read_text())
    (usr / "lib/gpuhost").mkdir()
    for program in ("src/claim/gpuhost-claim", "src/run/gpuhost-run"):
        shutil.copy(BUILD / program, usr / "lib/gpuhost")
    shutil.copy(BUILD / "src/cli/gpuhost", usr / "bin")
    put(usr / "talk", TALK)


def boot(folder):
    root, usr = folder / "root", folder / "usr"
    make(root, usr)
    said = nspawn.boot(root, usr, 120)
    results = {}
    for name, _ in steps():
        status = root / f"x/{name}.status"
        if not status.exists():
            raise RuntimeError(f"'{name}' did not end: {said}")
        results[name] = (int(status.read_text()), (root / f"x/{name}.out").read_text())
    return results


class Claim(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        folder = Path(tempfile.mkdtemp(prefix="gpuhost-claim-"))
        cls.addClassCleanup(shutil.rmtree, folder, ignore_errors=True)
        cls.results = boot(folder)

    def said(self, step, status=0):
        code, text = self.results[step]
        self.assertEqual(code, status, text)
        return text

    def test_record_and_descriptors(self):
        self.said("start")
        record = json.loads(self.said("record"))
        self.assertEqual((record["name"], record["fds"]), ("demo", ["disk0"]))
        self.assertIn("fd=4,set=4,opaque=disk0", record["argv"])
        record_owner, process = self.said("who").split()
        self.assertEqual(record_owner, process)
        self.assertNotEqual(process, "0")
        self.assertRegex(self.said("files"), r" 3 -> /srv/demo\.raw\n")
        self.assertEqual(self.said("disk").split(), [str(8 << 20), "0", "600"])

    def test_command_of_what_runs(self):
        words = self.said("command").replace("\n", " ").split()
        self.assertEqual(words, json.loads(self.said("record"))["argv"])

    def test_command_of_what_is_to_run(self):
        self.assertEqual(self.said("foreseen"), self.said("command"))

    def test_status_of_what_runs(self):
        states = {i["name"]: i for i in json.loads(self.said("status", 2))["instances"]}
        self.assertEqual((states["demo"]["state"], states["told"]["state"]), ("running", "ready"))

    def test_console(self):
        self.assertEqual(self.said("console"), "login: ")
        self.assertIn("'demo' does not listen, or not yet", self.said("console-not-yet", 1))
        self.assertIn("'told' does not run", self.said("console-off", 1))
        self.assertIn("not what listens", self.said("console-impostor", 1))

    def test_switch_to_what_runs(self):
        self.assertEqual(self.said("switch"), "demo runs already.\n")

    def test_nothing_but_what_it_needs(self):
        self.assertEqual(self.said("policy").split(), ["closed"])  # no card, and no KVM
        self.assertEqual(self.said("readable").splitlines(),
                         ["755 /run/gpuhost/claims", "755 /run/gpuhost/start"])

    def test_pid_1_keeps_descriptors(self):
        self.assertEqual(self.said("stored").strip(), "1")

    def test_release_leaves_nothing(self):
        self.assertEqual(self.said("killed"), "")
        self.said("again")
        self.assertEqual(self.said("left").split(),
                         ["/run/gpuhost/claims:", "/run/gpuhost/start:", "0"])

    def test_what_a_guest_is_told(self):
        self.said("told")
        self.assertEqual({line.split()[0] for line in self.said("told-files").splitlines()}, {"440"})
        text = self.said("told-text")
        self.assertIn("#cloud-config\n{}\n", text)
        self.assertIn("local-hostname: told\n", text)
        self.assertIn("pass.word=cGFzc3dvcmQ=", text)
        words = self.said("told-words")
        self.assertIn("label=CIDATA,dir=/run/gpuhost/start/told.seed", words)
        self.assertNotIn("cGFzc3dvcmQ", words)
        self.assertEqual(self.said("told-left"), "")

    def test_refusals_stand_in_the_status(self):
        self.assertIn('Status: "no VM \'dem\' is declared in vm.d, did you mean \'demo\'?"',
                      self.said("typo", 3))
        self.assertIn('Status: "/etc/gpuhost/vm.d/wrong.yaml:1:1: unknown key \'kernl\'',
                      self.said("wrong", 3))

    @unittest.skipIf(os.environ.get("SANITIZED"),
                     "gpuhost-run with a sanitizer wants more than its unit lets it have")
    def test_refused_for_good_is_not_tried_again(self):
        self.assertEqual(set(self.said("for-good").split()), {"failed", "0", "18"})

    def test_refused_for_now_is_tried_again(self):
        said = self.said("for-now", 3)
        self.assertGreaterEqual(int(re.search(r"^\d+$", said, re.M)[0]), 2, said)
        self.assertIn("LABEL=nowhere is not there", said)


if __name__ == "__main__":
    if os.geteuid() != 0 or not shutil.which("systemd-nspawn"):
        print("needs root and systemd-nspawn")
        sys.exit(SKIPPED)
    unittest.main()
