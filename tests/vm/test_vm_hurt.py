# SPDX-License-Identifier: LGPL-2.1-or-later
"""VMs whose supervisor or QEMU is killed at whatever time, and many that are started at once."""
import json
import re

import pytest
from lab.case import on
from lab.vms import HOST, assert_nothing_left, begin, declare, qemu, say, unit

POINTS = 10
STEP = 0.9          # seconds: from QEMU's first moment to a guest that has done its work

VICTIMS = {
    "supervisor": "kill -9 {main}",
    "QEMU": "kill -9 {qemu}",
    "both": "kill -9 {main} {qemu}",
}


def kill_at(vm, who, point):
    """Starts it, and kills them so long after QEMU has begun."""
    vm.run("systemctl start --no-block gpu-vm@demo")
    vm.until("pgrep '^qemu-system'", timeout=60)
    words = VICTIMS[who].format(main=unit(vm, "demo", "MainPID"), qemu=qemu(vm, "demo"))
    vm.run(f"busybox usleep {int(point * STEP * 1e6)}; {words}")
    vm.until("systemctl show -P ActiveState gpu-vm@demo | grep -qxE 'failed|inactive'", timeout=60)


def assert_failed_cleanly(vm, where):
    assert unit(vm, "demo", "ActiveState") == "failed", where
    assert unit(vm, "demo", "Result") in ("signal", "exit-code"), where
    assert vm.out("pgrep -c '^qemu-system' || true") == "0", where
    assert "/dev/vfio" not in unit(vm, "demo", "DeviceAllow"), where
    assert_nothing_left(vm)


@pytest.mark.long
@on(HOST, HOST.but(release=12), limit=1800)
def test_killed_at_ten_points(vm):
    declare(vm, "demo", "lab.stay lab.button")
    for who in VICTIMS:
        for point in range(POINTS):
            kill_at(vm, who, point)
            assert_failed_cleanly(vm, f"{who} at {point}")
    assert begin(vm, "demo").proven


# Each of the ten is asked for five times, all at once.
FIFTY = """
for i in $(seq 50); do systemctl start gpu-vm@c$((i % 10)) >/dev/null 2>&1 & done; wait
"""


def told(vm, name):
    """Why it does not run."""
    lines = vm.out(f"journalctl -b -q -o cat -u gpu-vm@{name}").splitlines()
    found = [m[1] for m in (re.search(r"is in use by '(c\d)'", line) for line in lines) if m]
    return found[-1] if found else None


@pytest.mark.long
@on(HOST, HOST.but(release=12), limit=900)
def test_fifty_starts_of_ten_on_two_cards(vm):
    names = [f"c{i}" for i in range(10)]
    for i, name in enumerate(names):
        declare(vm, name, "lab.stay lab.button", more=f"gpu: {{name: {'spare' if i % 2 else 'big'}}}")
    vm.run(FIFTY, timeout=400)
    active = [name for name in names if unit(vm, name, "ActiveState") == "active"]
    assert len(active) == 2 and {int(name[1]) % 2 for name in active} == {0, 1}, active
    # Nobody else ever ran, and each of the others was told who does.
    ran = vm.out("journalctl -b -q -o cat -u 'gpu-vm@c*' | grep -E '^c[0-9] runs, with'").splitlines()
    assert sorted(line.split()[0] for line in ran) == sorted(active), ran
    others = {name: told(vm, name) for name in names if name not in active}
    assert all(other in active and int(other[1]) % 2 == int(name[1]) % 2
               for name, other in others.items()), others
    claims = {g["claimed_by"] for g in json.loads(vm.out("gpuhost list --json=short"))["gpus"]}
    assert claims == {None, *active}
    assert all(say(vm, name).proven for name in active)
    vm.run("systemctl stop 'gpu-vm@c*'", timeout=180)
    assert_nothing_left(vm)
