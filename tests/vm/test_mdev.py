# SPDX-License-Identifier: LGPL-2.1-or-later
"""Mediated devices, by the kernel's sample drivers: their parents are no PCI devices."""
from lab.case import on, only_long
from lab.hosts import PAIR as HOST
from lab.modules import install
from lab.vfio import run_nested

BUS = "/sys/bus/mdev/devices"
UUIDS = [f"5f3a1c40-1d5e-4c2e-9d6b-00000000000{n}" for n in range(3)]
TYPES = (("mtty", "mtty-1", "4348:3253"), ("mdpy", "mdpy-vga", "1b36:000f"),
         ("mbochs", "mbochs-small", "1234:1111"))


def parent(vm, driver):
    return f"/sys/class/mdev_bus/{driver}"


@on(HOST, only_long(HOST.but(release=12)))
def test_three_kinds_come_and_go(vm):
    install(vm, "mtty", "mdpy", "mbochs")
    for uuid, (driver, kind, _) in zip(UUIDS, TYPES):
        folder = f"{parent(vm, driver)}/mdev_supported_types/{kind}"
        before = int(vm.read(f"{folder}/available_instances"))
        vm.run(f"echo {uuid} > {folder}/create")
        assert int(vm.read(f"{folder}/available_instances")) < before
    seen = run_nested(vm, *[f"vfio-pci,sysfsdev={BUS}/{u},display=off" for u in UUIDS])
    assert seen.done and {t[2] for t in TYPES} <= set(seen.ids), seen.text
    for uuid in UUIDS:
        vm.run(f"echo 1 > {BUS}/{uuid}/remove")
    assert not vm.out(f"ls {BUS}")


@on(HOST)
def test_uuids_are_one_space_and_written_lower(vm):
    install(vm, "mtty", "mdpy")
    one = f"{parent(vm, 'mtty')}/mdev_supported_types/mtty-1/create"
    other = f"{parent(vm, 'mdpy')}/mdev_supported_types/mdpy-vga/create"
    vm.run(f"echo {UUIDS[0].upper()} > {one}")
    assert vm.out(f"ls {BUS}") == UUIDS[0]
    assert "File exists" in vm.run(f"/bin/echo {UUIDS[0]} > {other}", check=False).err
    assert "Invalid argument" in vm.run(f"/bin/echo nonsense > {other}", check=False).err
    vm.run("rmmod mtty")
    assert not vm.out(f"ls {BUS}"), "a driver that goes takes its idle devices along"
