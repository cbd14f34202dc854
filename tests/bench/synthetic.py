# SPDX-License-Identifier: LGPL-2.1-or-later
"""Machines of any size, and configurations of any length, for measuring."""

import struct
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "cases"))
from machine import Machine  # noqa: E402

GPU = "10de:2684 0300 nvidia sub=1043:889c bars=m16M,p256M,p32M,i128,r512K"
AUDIO = "10de:22ba 0403 snd_hda_intel sub=1043:889c"
FILLER = "8086:1889 0200 iavf acs"
SLOTS, PORTS = 32, 8


def gpu_address(n):
    return f"0000:{n + 1:02x}:00.0"


def drawing(functions, gpus):
    """gpus cards of two functions below a root port each; network functions for the rest."""
    lines = []
    for n in range(gpus):
        boot = " boot_vga" if n == 0 else ""
        lines += [
            f"00:{1 + n // PORTS:02x}.{n % PORTS} 8086:1901 0604 pcieport",
            f"  {n + 1:02x}:00.0 {GPU}{boot}",
            f"  {n + 1:02x}:00.1 {AUDIO}",
        ]
    left, bus = functions - len(lines), gpus + 1
    while left > 1:
        port = bus - 1
        lines.append(f"00:{1 + port // PORTS:02x}.{port % PORTS} 8086:1901 0604 pcieport")
        here = min(left - 1, SLOTS * PORTS)
        lines += [f"  {bus:02x}:{n // PORTS:02x}.{n % PORTS} {FILLER}" for n in range(here)]
        left, bus = left - 1 - here, bus + 1
    return "\n".join(lines)


def config_space(function):
    """What lspci opens for every function, and gpuhost for none."""
    class_code = int(function.klass, 16) << 8
    header = struct.pack("<HHHHII", int(function.vendor, 16), int(function.device, 16), 0, 0,
                         class_code << 8, 0)
    return header.ljust(256, b"\0")


def machine(folder, functions, gpus):
    made = Machine("synthetic", drawing(functions, gpus))
    tree = made.tree()
    for function in made.functions:
        tree.blob(f"{function.path}/config", config_space(function))
        tree.file(f"{function.path}/irq", "0\n")
    tree.unpack(folder)
    return len(made.functions)


def instances(folder, count, gpus):
    """count VMs over gpus cards, half of them by name, half from the pool."""
    etc = Path(folder, "etc/gpuhost")
    (etc / "host.d").mkdir(parents=True)
    (etc / "vm.d").mkdir()
    entries = "".join(
        f'  - name: card{n}\n    match: {{address: "{gpu_address(n)}"}}\n'
        f"    role: passthrough\n    allow_console: true\n"
        for n in range(gpus)
    )
    (etc / "host.d/50-bench.yaml").write_text(
        f'gpu_policy: switch\nallowlist: ["10de:*"]\ngpus:\n{entries}'
    )
    for n in range(count):
        gpu = f"{{name: card{n % gpus}}}" if n % 2 else '{match: {id: "10de:2684"}, count: 1}'
        (etc / f"vm.d/vm-{n:04d}.yaml").write_text(
            f"resources: {{cpu_cores: 4, memory_mb: 4096}}\ngpu: {gpu}\n"
            f"disks: [{{source: /var/lib/images/vm-{n:04d}.raw, format: raw}}]\n"
        )


def machines_to_start(folder, count):
    """count VMs, every second one started at boot, and nothing else."""
    vms = Path(folder, "etc/gpuhost/vm.d")
    vms.mkdir(parents=True)
    for n in range(count):
        (vms / f"vm-{n:05d}.yaml").write_text(
            f"description: number {n} of {count}\nautostart: {'true' if n % 2 else 'false'}\n"
            f"restart: on-failure\nresources: {{cpu_cores: 4, memory_mb: 4096}}\n"
            f"gpu: {{match: {{id: \"10de:2684\"}}, count: 1}}\n"
            f"disks: [{{source: /var/lib/images/vm-{n:05d}.raw, format: raw}}]\n"
        )


def quadlets(folder, count):
    """The same number of containers for podman's generator, with about as many keys."""
    folder = Path(folder)
    folder.mkdir(parents=True)
    for n in range(count):
        install = "[Install]\nWantedBy=multi-user.target\n" if n % 2 else ""
        (folder / f"box-{n:05d}.container").write_text(
            f"[Unit]\nDescription=number {n} of {count}\n"
            f"[Container]\nImage=docker.io/library/debian:13\nContainerName=box-{n:05d}\n"
            f"Volume=/var/lib/images/box-{n:05d}:/data\n"
            f"[Service]\nRestart=on-failure\n{install}"
        )
