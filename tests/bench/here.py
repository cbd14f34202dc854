# SPDX-License-Identifier: LGPL-2.1-or-later
"""Starts of a VM without a card by a PID 1 in a container of this machine: nothing between the two ways
and the processor, while in the virtual host each program that is run costs as much as QEMU."""

import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import nspawn
from lab import gpuhost, images

RELEASE = 13
QMP = "/run/bench.qmp"
LIMIT = 600
VM = """\
machine: {accel: tcg}
resources: {cpu_cores: 1, memory_mb: 192}
networks: [{type: none}]
stop_timeout: 1s
kernel: {image: /x/vmlinux}
"""
FILES = {
    "etc/machine-id": "",
    "etc/os-release": "ID=bench\n",
    "etc/passwd": "root:x:0:0::/root:/bin/sh\n",
    "etc/group": "root:x:0:\nkvm:x:996:\n",
    "etc/gpuhost/vm.d/bench.yaml": VM,
    "etc/systemd/system/done.service": """\
[Unit]
DefaultDependencies=no
Requires=basic.target
After=basic.target
[Service]
Type=oneshot
StandardOutput=file:/x/out
StandardError=inherit
ExecStart=/bin/sh -e /x/steps
ExecStopPost=/bin/systemctl --no-block exit
""",
}
STEPS = """\
turn() {{
    begin=$(date +%s%N); $2; end=$(date +%s%N)
    echo "$1: $((end - begin))"
    $3
}}
ours() {{ systemctl start gpu-vm@bench; }}
ours_off() {{ systemctl stop gpu-vm@bench; }}
plain() {{ systemctl start plain; perl /x/running.pl {qmp}; }}
plain_off() {{ systemctl kill -s KILL plain; systemctl stop plain; systemctl reset-failed plain || :; }}
ours; gpuhost show bench --command --no-pager >/x/command; ours_off
if [ ! -e /etc/systemd/system/plain.service ]; then exit; fi
for round in $(seq {rounds}); do
    turn ours ours ours_off
    turn plain plain plain_off
done
"""


def put(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def make(root, usr, running):
    nspawn.skeleton(root)
    for name, text in {**FILES, "x/running.pl": running}.items():
        put(root / name, text)
    shutil.copy(images.image(RELEASE) / "vmlinux", root / "x")
    subprocess.run(["dpkg-deb", "-x", gpuhost.package(RELEASE), usr.parent], check=True)


def boot(root, usr, rounds):
    put(root / "x/steps", STEPS.format(qmp=QMP, rounds=rounds))
    said = nspawn.boot(root, usr, LIMIT)
    said = (root / "x/out").read_text() if (root / "x/out").exists() else said
    if not (root / "x/command").exists():
        raise AssertionError(f"no VM starts in the container: {said}")
    return said


def measure(rounds, running, unit_of):
    """Milliseconds of each start: ours, and the plain unit's."""
    with tempfile.TemporaryDirectory(prefix="gpuhost-bench-") as folder:
        root, usr = Path(folder, "root"), Path(folder, "over/usr")
        make(root, usr, running)
        boot(root, usr, 0)
        put(root / "etc/systemd/system/plain.service", unit_of((root / "x/command").read_text()))
        said = boot(root, usr, rounds + 1)
    return [[int(took) / 1e6 for took in re.findall(rf"^{who}: (\d+)", said, re.M)[1:]]
            for who in ("ours", "plain")]   # the first fills caches
