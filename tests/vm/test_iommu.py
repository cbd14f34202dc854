# SPDX-License-Identifier: LGPL-2.1-or-later
"""The ground: what the kernel makes of each IOMMU and of cards that share a group."""
from lab.case import on, only_long
from lab.host import Bridge, Host, Integrated, ROOT_DISK, Together, dev, gpu, nic
from lab.hosts import AMD, NONE, PAIR
from lab.vfio import bind_vfio


def group(vm, id):
    return vm.out(f"basename $(readlink /sys/bus/pci/devices/{vm.address(id)}/iommu_group)")


def group_of(vm, address):
    return vm.out(f"ls /sys/bus/pci/devices/{address}/iommu_group/devices").split()


def acpi_tables(vm):
    return set(vm.out("ls /sys/firmware/acpi/tables").split())


@on(PAIR, only_long(PAIR.but(release=12)))
def test_intel(vm):
    assert "DMAR" in acpi_tables(vm)
    assert vm.out("ls /sys/class/iommu") == "dmar0"
    assert "IR-PCI-MSI" in vm.read("/proc/interrupts")


@on(PAIR, only_long(PAIR.but(release=12)))
def test_a_slot_is_a_group(vm):
    for id in ("gpu0", "gpu1"):
        display = vm.address(id)
        assert group_of(vm, display) == [display, display[:-1] + "1"]


@on(PAIR)
def test_cards_look_real(vm):
    text = vm.out("lspci -nn")
    assert "NVIDIA Corporation AD102 [GeForce RTX 4090] [10de:2684]" in text
    assert "Device Serial Number 00-00-00-00-00-00-00-07" in \
        vm.out(["lspci", "-vv", "-s", vm.address("gpu0")])
    aliases = vm.read(f"/sys/bus/pci/devices/{vm.address('gpu0')}/modalias")
    assert "nouveau" in vm.out(["modprobe", "-R", aliases])


@on(AMD)
def test_amd(vm):
    assert "IVRS" in acpi_tables(vm)
    assert vm.out("ls /sys/class/iommu") == "ivhd0"
    assert group(vm, "gpu0") != group(vm, "gpu1")


@on(PAIR.but(iommu="virtio"))
def test_virtio(vm):
    """Here a device has no group before a driver has probed it."""
    assert "VIOT" in acpi_tables(vm)
    assert "IR-" not in vm.read("/proc/interrupts")
    for id in ("gpu0", "gpu1"):
        bind_vfio(vm, vm.address(id))
    assert group(vm, "gpu0") != group(vm, "gpu1")


@on(NONE)
def test_none(vm):
    assert not acpi_tables(vm) & {"DMAR", "IVRS", "VIOT"}
    assert not vm.out("ls /sys/class/iommu")
    assert not vm.out("ls /sys/kernel/iommu_groups")


@on(PAIR.but(append="intel_iommu=off"))
def test_off_in_the_kernel(vm):
    assert "DMAR" in acpi_tables(vm)
    assert not vm.out("ls /sys/class/iommu")


@on(Host(cards=(Together((gpu(), nic(), ROOT_DISK)), Bridge((gpu("gpu1"), gpu("gpu2"))),
                Integrated((dev("bochs-display", "display0"),)))))
def test_shared_groups(vm):
    assert group(vm, "gpu0") == group(vm, "nic0") == group(vm, "disk0")
    assert group(vm, "gpu1") == group(vm, "gpu2") != group(vm, "gpu0")
    assert vm.address("display0").startswith("0000:00:")
    assert "/dev/vda3 on / " in vm.out("mount")
