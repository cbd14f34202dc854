# SPDX-License-Identifier: LGPL-2.1-or-later
"""Virtual functions: of stock devices, of the fake card, and with a stand-in for a vGPU driver."""
from lab.case import on, only_long
from lab.hosts import WITH_VFS as HOST
from lab.modules import install
from lab.vfio import DEVICE, bind_vfio, driver, group, nested, run_nested, vfio


def make_vfs(vm, address, count):
    vm.run(f"echo 0 > {DEVICE}/{address}/sriov_drivers_autoprobe")
    vm.run(f"echo {count} > {DEVICE}/{address}/sriov_numvfs")
    return vm.out(f"for v in {DEVICE}/{address}/virtfn*; do basename $(readlink $v); done").split()


@on(HOST)
def test_igb_vfs_have_groups_of_their_own(vm):
    pf = vm.address("igb0")
    vm.run("modprobe igb")
    vfs = make_vfs(vm, pf, 3)
    groups = {group(vm, a) for a in (pf, *vfs)}
    assert len(vfs) == 3 and len(groups) == 4
    assert {driver(vm, a) for a in vfs} == {"none"}
    bind_vfio(vm, vfs[1])
    seen = run_nested(vm, vfio(vfs[1]))
    assert seen.done and "8086:10ca" in seen.ids, seen.text


@on(HOST)
def test_vfio_refuses_vfs_of_a_card_it_has(vm):
    pf = vm.address("igb0")
    bind_vfio(vm, pf)
    r = vm.run(f"/bin/echo 2 > {DEVICE}/{pf}/sriov_numvfs", check=False)
    assert r.rc and "No such file" in r.err


@on(HOST)
def test_the_count_goes_through_zero(vm):
    pf = vm.address("nvme0")
    vm.run("modprobe nvme")
    assert len(make_vfs(vm, pf, 2)) == 2
    assert "busy" in vm.run(f"/bin/echo 3 > {DEVICE}/{pf}/sriov_numvfs", check=False).err
    vm.run(f"echo 0 > {DEVICE}/{pf}/sriov_numvfs")
    assert len(make_vfs(vm, pf, 3)) == 3


@on(HOST, only_long(HOST.but(release=12)))
def test_a_gpus_vf_does_dma_in_a_nested_guest(vm):
    pf = vm.address("gpu0")
    bind_vfio(vm, pf, to="pci-pf-stub")
    vfs = make_vfs(vm, pf, 4)
    assert len({group(vm, a) for a in vfs}) == 4
    bind_vfio(vm, vfs[2])
    seen = run_nested(vm, vfio(vfs[2]))
    assert seen.proven, seen.text


@on(HOST, only_long(HOST.but(release=12)))
def test_vgpu_types_shrink_and_gate_the_vf(vm):
    pf = vm.address("gpu0")
    install(vm, "fakenv")
    bind_vfio(vm, pf, to="nvidia")
    vfs = make_vfs(vm, pf, 4)
    bind_vfio(vm, *vfs, to="nvidia")
    types = f"{DEVICE}/{{}}/nvidia/creatable_vgpu_types"
    assert "RTX4090-24Q" in vm.read(types.format(vfs[0]))
    r = vm.run(nested(vfio(vfs[0])), check=False, timeout=60)
    assert r.rc, "opened without a type"
    vm.run(f"echo 257 > {DEVICE}/{vfs[0]}/nvidia/current_vgpu_type")
    left = vm.read(types.format(vfs[1]))
    assert "RTX4090-8Q" in left and "24Q" not in left and "4Q" not in left.replace("24Q", "")
    seen = run_nested(vm, vfio(vfs[0]))
    assert seen.proven, seen.text
