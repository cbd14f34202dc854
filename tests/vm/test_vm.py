# SPDX-License-Identifier: LGPL-2.1-or-later
"""`systemctl start gpu-vm@NAME`, from the file to the guest that uses its card, and back."""
import json

import pytest
from lab.case import on
from lab.vms import HOST, KERNEL, OLD, assert_nothing_left, begin

BOTH = on(HOST, OLD, limit=300)

VM = """\
resources: {{cpu_cores: 1, memory_mb: 192}}
gpu: {{name: big}}
stop_timeout: 3s
""" + KERNEL


def declare(vm):
    for name, words in (("demo", "lab.outside"), ("stays", "lab.stay"), ("other", "lab.stay")):
        vm.put(f"/etc/gpuhost/vm.d/{name}.yaml", VM.format(words=words))
    vm.run("systemctl daemon-reload", timeout=60)


@BOTH
def test_a_guest_uses_its_card_and_no_more(vm):
    declare(vm)
    seen = begin(vm, "demo")
    assert seen.done and seen.proven, seen.text
    assert seen.ids.count("10de:2684") == seen.ids.count("10de:22ba") == 1
    assert vm.address("gpu0")[5:] in vm.wait_kernel(r"DMAR: \[DMA Write.*fault addr 0x70000000")
    # It powers itself off, which is no failure.
    vm.until("systemctl show -P ActiveState gpu-vm@demo | grep -qx inactive", timeout=60)
    assert vm.out("systemctl show -P Result gpu-vm@demo") == "success"
    assert_nothing_left(vm)


@BOTH
def test_one_at_a_time(vm):
    declare(vm)
    seen = begin(vm, "stays")
    assert seen.proven, seen.text
    pid = vm.out("cat /sys/fs/cgroup/system.slice/system-gpu*vm.slice/gpu-vm@stays.service/cgroup.procs"
                 " | xargs -n 1 sh -c 'grep -q qemu /proc/$0/comm && echo $0; true'")
    status = vm.read(f"/proc/{pid}/status")
    assert "CapEff:\t0000000000000000" in status and "CapBnd:\t0000000000000000" in status
    assert vm.out(f"stat -c %u /proc/{pid}") != "0"
    listed = json.loads(vm.out("gpuhost list --json=short"))["gpus"]
    assert {g["address"]: g["claimed_by"] for g in listed} == {
        vm.address("gpu0"): "stays", vm.address("gpu1"): None, vm.address("gpu2"): None}

    assert vm.run("systemctl start gpu-vm@other", check=False, timeout=60).rc
    said = vm.run("systemctl status --no-pager -l gpu-vm@other", check=False).out
    assert "is in use by 'stays'" in said and "gpuhost switch other" in said, said

    vm.run("systemctl stop gpu-vm@stays", timeout=120)
    assert_nothing_left(vm)
    assert begin(vm, "other").proven
    # Both at once, at once.
    vm.run(f"systemctl kill -s KILL gpu-vm@other; kill -9 {pid}; systemctl stop gpu-vm@other",
           check=False, timeout=60)
    assert_nothing_left(vm)


UEFI = """\
resources: {cpu_cores: 1, memory_mb: 256}
disks: [{source: /var/lib/uefi.raw, create: {size: 8M}}]
stop_timeout: 2s
"""


@pytest.mark.long      # the emulated SVM now and then ends QEMU 10.0 (bql_locked) under a guest's firmware
@BOTH
def test_firmware_keeps_its_variables(vm):
    declare(vm)
    vm.put("/etc/gpuhost/vm.d/uefi.yaml", UEFI)
    vm.run("systemctl start gpu-vm@uefi", timeout=120)
    nvram = "/var/lib/gpuhost/vm/uefi/nvram.fd"
    # The firmware has begun to write what it was given: a copy, for the template is everybody's.
    vm.until(f"test -s {nvram} && ! cmp -s {nvram} /usr/share/OVMF/OVMF_VARS_4M.fd", timeout=90)
    vm.run("systemctl stop gpu-vm@uefi", timeout=60)
    assert vm.out("systemctl show -P Result gpu-vm@uefi") == "success"
    assert vm.out(f"stat -c '%a %s' {nvram} /var/lib/uefi.raw").split()[0] == "600"
    changed = vm.run("dpkg -V ovmf", check=False).out.splitlines()
    assert not [line for line in changed if "/usr/share/doc" not in line]   # images have none of it
