# SPDX-License-Identifier: LGPL-2.1-or-later
"""Parts of a card for VMs: types that its driver gives to VFs, while a VM has them and no longer."""
import json

import pytest
from lab.case import on, only_long
from lab.host import Host, gpu, with_vfs
from lab.modules import install
from lab.vfio import DEVICE, driver
from lab.vms import STAYS, begin, declare, locks, qemu, start, unit

SITE = """\
allowlist: ["10de:*"]
gpus: [{name: split, match: {id: "10de:2684"}, role: vgpu, vfs: 4}]
"""

HOST = Host(cards=(with_vfs(gpu("gpu0", total_vfs=4, audio=None)),), memory_mb=1280, gpuhost=True,
            files=(("/etc/gpuhost/host.d/50-site.yaml", SITE),),
            prepare=("modprobe -a vfio-pci kvm_amd; udevadm settle; systemctl daemon-reload",))
BOTH = on(HOST, only_long(HOST.but(release=12)), limit=400)
MDEVS = HOST.but(cards=(gpu("gpu0", audio=None),),
                 files=(("/etc/gpuhost/host.d/50-site.yaml", SITE.replace(", vfs: 4", "")),))
BOTH_MDEVS = on(MDEVS, only_long(MDEVS.but(release=12)), limit=400)
BUS = "/sys/bus/mdev/devices"
THIRD = "gpu: {profile: RTX4090-8Q}"
WHOLE = "gpu: {profile: RTX4090-24Q}"


def divide(vm):
    install(vm, "fakenv")
    vm.run("systemctl restart gpuhost-prepare", timeout=60)
    return vm.out(f"for v in {DEVICE}/{vm.address('gpu0')}/virtfn*; do basename $(readlink $v); "
                  "done").split()


def types(vm, vfs):
    return sorted(int(vm.read(f"{DEVICE}/{vf}/nvidia/current_vgpu_type")) for vf in vfs)


def stop(vm, name):
    vm.run(f"systemctl stop gpu-vm@{name}", timeout=120)


def end_without_release(vm, name):
    dropins = f"/run/systemd/system/gpu-vm@{name}.service.d"
    vm.put(f"{dropins}/90-none.conf", "[Service]\nExecStopPost=\n")
    vm.run("systemctl daemon-reload")
    vm.run(f"kill -9 {qemu(vm, name)}")
    vm.wait_unit(f"gpu-vm@{name}", "failed", timeout=60)
    vm.run(f"rm -r {dropins}; systemctl daemon-reload; systemctl reset-failed")


@BOTH
def test_two_share_a_card_and_a_third_is_told(vm):
    vfs = divide(vm)
    assert len(vfs) == 4 and types(vm, vfs) == [0, 0, 0, 0]
    for name in ("one", "two"):
        declare(vm, name, STAYS, more=THIRD)
        assert begin(vm, name).proven
    assert types(vm, vfs) == [0, 0, 257, 257]
    used = json.loads(vm.out("gpuhost resources --json=short"))["gpu"]
    assert used["mode"] == "vgpu" and used["used_slots"] == 2, used

    declare(vm, "whole", STAYS, more=WHOLE)
    rc, said = start(vm, "whole")
    assert rc and "RTX4090-24Q" in said, said
    assert types(vm, vfs) == [0, 0, 257, 257]

    stop(vm, "one")
    assert types(vm, vfs) == [0, 0, 0, 257]
    vm.run(f"kill -9 {qemu(vm, 'two')}")
    vm.wait_unit("gpu-vm@two", "failed", timeout=60)
    assert types(vm, vfs) == [0, 0, 0, 0] and locks(vm) == 0
    assert {driver(vm, vf) for vf in vfs} == {"nvidia"}

    # What is declared has its part of the card, even as long as it does not run.
    vm.run("rm /etc/gpuhost/vm.d/one.yaml /etc/gpuhost/vm.d/two.yaml; systemctl reset-failed")
    assert begin(vm, "whole").proven
    assert types(vm, vfs) == [0, 0, 0, 258]
    stop(vm, "whole")


@BOTH
def test_a_claim_that_was_ended_leaves_no_type(vm):
    """The supervisor and QEMU are gone, and so is the release: the next start puts it in order."""
    vfs = divide(vm)
    declare(vm, "one", STAYS, more=THIRD)
    assert begin(vm, "one").proven
    end_without_release(vm, "one")
    assert types(vm, vfs) == [0, 0, 0, 257]
    assert begin(vm, "one").proven
    assert types(vm, vfs) == [0, 0, 0, 257]
    stop(vm, "one")
    assert types(vm, vfs) == [0, 0, 0, 0]


def mdevs(vm):
    return vm.out(f"ls {BUS}").split()


def left(vm):
    """How many of each type the driver would still make."""
    return [int(vm.read(f"{DEVICE}/{vm.address('gpu0')}/mdev_supported_types/nvidia-{t}/"
                        "available_instances")) for t in (257, 258)]


def node_of_mdev(vm, uuid):
    return vm.out(f"echo /dev/vfio/$(basename $(readlink {BUS}/{uuid}/iommu_group))")


@BOTH_MDEVS
def test_mediated_devices_are_made_for_vms_and_go_with_them(vm):
    install(vm, "fakemdev")
    assert left(vm) == [3, 1]
    own = {}
    for name in ("one", "two"):
        declare(vm, name, STAYS, more=THIRD)
        seen = begin(vm, name)
        assert seen.proven and "10de:1e30" in seen.ids, seen.text
        own[name], = set(mdevs(vm)) - set(own.values())
        user = vm.out(f"stat -c %u /proc/{qemu(vm, name)}")
        node = node_of_mdev(vm, own[name])
        assert user != "0" and vm.out(f"stat -c '%u %a' {node}") == f"{user} 600"
        assert node in unit(vm, name, "DeviceAllow")
    assert node_of_mdev(vm, own["one"]) != node_of_mdev(vm, own["two"])
    assert left(vm) == [1, 0]
    used = json.loads(vm.out("gpuhost resources --json=short"))["gpu"]
    assert used["mode"] == "vgpu" and used["used_slots"] == 2, used

    declare(vm, "whole", STAYS, more=WHOLE)
    rc, said = start(vm, "whole")
    assert rc and "1 vGPU RTX4090-24Q is asked for by whole, 0 exist" in said, said
    assert set(mdevs(vm)) == set(own.values())

    stop(vm, "one")
    assert mdevs(vm) == [own["two"]] and left(vm) == [2, 0]
    vm.run(f"kill -9 {qemu(vm, 'two')}")
    vm.wait_unit("gpu-vm@two", "failed", timeout=60)
    assert mdevs(vm) == [] and left(vm) == [3, 1] and locks(vm) == 0


@pytest.mark.long
@BOTH_MDEVS
def test_a_claim_that_was_ended_leaves_no_mediated_device(vm):
    install(vm, "fakemdev")
    declare(vm, "one", STAYS, more=THIRD)
    assert begin(vm, "one").proven
    own = mdevs(vm)
    end_without_release(vm, "one")
    assert mdevs(vm) == own and left(vm) == [2, 0]
    assert begin(vm, "one").proven
    assert mdevs(vm) == own and left(vm) == [2, 0]
    stop(vm, "one")
    assert mdevs(vm) == [] and left(vm) == [3, 1] and locks(vm) == 0
