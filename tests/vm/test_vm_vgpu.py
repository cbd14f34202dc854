# SPDX-License-Identifier: LGPL-2.1-or-later
"""Parts of a card for VMs: types that its driver gives to VFs, while a VM has them and no longer."""
import json

from lab.case import on, only_long
from lab.host import Host, gpu, with_vfs
from lab.modules import install
from lab.vfio import DEVICE, driver
from lab.vms import STAYS, begin, declare, locks, qemu, start

SITE = """\
allowlist: ["10de:*"]
gpus: [{name: split, match: {id: "10de:2684"}, role: vgpu, vfs: 4}]
"""

HOST = Host(cards=(with_vfs(gpu("gpu0", total_vfs=4, audio=None)),), memory_mb=1280, gpuhost=True,
            files=(("/etc/gpuhost/host.d/50-site.yaml", SITE),),
            prepare=("modprobe -a vfio-pci kvm_amd; udevadm settle; systemctl daemon-reload",))
BOTH = on(HOST, only_long(HOST.but(release=12)), limit=400)
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
