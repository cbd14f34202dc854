# SPDX-License-Identifier: LGPL-2.1-or-later
"""Passthrough by hand: the mechanisms that gpuhost relies on, on this kernel and this QEMU."""
import pytest
from lab.case import on, only_long
from lab.hosts import AMD, NONE, NO_REMAPPING, PAIR
from lab.vfio import (bind_native, bind_vfio, driver, group, nested, run_nested, slot, vfio)

BOTH = on(PAIR, only_long(PAIR.but(release=12)))


@BOTH
def test_override_binds_one_of_two_identical_cards(vm):
    one, other = vm.address("gpu0"), vm.address("gpu1")
    before = driver(vm, other)
    bind_vfio(vm, *slot(vm, one))
    assert [driver(vm, a) for a in slot(vm, one)] == ["vfio-pci", "vfio-pci"]
    assert driver(vm, other) == before
    assert vm.out("ls /dev/vfio").split() == [group(vm, one), "vfio"]


@BOTH
def test_audio_goes_back_to_its_driver(vm):
    audio = slot(vm, vm.address("gpu0"))[1]
    assert driver(vm, audio) == "snd_hda_intel"
    bind_vfio(vm, audio)
    bind_native(vm, audio)
    assert driver(vm, audio) == "snd_hda_intel"


@BOTH
def test_nested_guest_has_the_card_and_its_dma(vm):
    display, audio = slot(vm, vm.address("gpu0"))
    bind_vfio(vm, display, audio)
    seen = run_nested(vm, "pcie-root-port,id=rp,chassis=1",
                      vfio(display, bus="rp", addr="0.0", multifunction="on"),
                      vfio(audio, bus="rp", addr="0.1"))
    assert seen.done and seen.proven, seen.text
    assert seen.ids.count("10de:2684") == seen.ids.count("10de:22ba") == 1


@on(PAIR)
def test_dma_beside_the_guest_stops_at_the_iommu(vm):
    display = vm.address("gpu0")
    bind_vfio(vm, *slot(vm, display))
    seen = run_nested(vm, vfio(display), append="lab.outside")
    assert seen.proven and "outside" in seen.text, seen.text
    fault = vm.wait_kernel(r"DMAR: \[DMA Write.*fault addr 0x70000000")
    assert display[5:] in fault


@on(PAIR)
def test_a_half_bound_group_is_refused(vm):
    display, audio = slot(vm, vm.address("gpu0"))
    bind_vfio(vm, display)
    assert driver(vm, audio) == "snd_hda_intel"
    r = vm.run(nested(vfio(display)), check=False, timeout=60)
    assert r.rc and "group" in r.err and "not viable" in r.err


@on(NONE)
def test_without_an_iommu_nothing_binds(vm):
    display = vm.address("gpu0")
    with pytest.raises(AssertionError):
        bind_vfio(vm, display)


@on(NO_REMAPPING)
def test_without_interrupt_remapping_it_binds_but_does_not_run(vm):
    display = vm.address("gpu0")
    bind_vfio(vm, *slot(vm, display))
    r = vm.run(nested(vfio(display)), check=False, timeout=60)
    assert r.rc and "Operation not permitted" in r.err
    vm.wait_kernel("allow_unsafe_interrupts")


@on(AMD, only_long(AMD.but(release=12)))
def test_nested_guest_on_amd(vm):
    display = vm.address("gpu0")
    bind_vfio(vm, *slot(vm, display))
    seen = run_nested(vm, vfio(display))
    assert seen.proven, seen.text


@on(PAIR)
def test_a_dead_card_is_seen(vm):
    display = vm.address("gpu0")
    vm.fault("gpu0", "dead")
    assert vm.run(f"od -An -tx1 -N4 /sys/bus/pci/devices/{display}/config").out.split() == ["ff"] * 4
    vm.fault("gpu0", "none")
    assert vm.run(f"od -An -tx1 -N4 /sys/bus/pci/devices/{display}/config").out.split() == \
        ["de", "10", "84", "26"]
