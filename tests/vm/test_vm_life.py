# SPDX-License-Identifier: LGPL-2.1-or-later
"""A VM's unit from boot to shutdown: what starts it, what ends it, and what is said of that."""
import pytest
from lab.case import on
from lab.vms import (HOST, OLD, STAYS, assert_nothing_left, begin, declare, drivers, heard,
                     last_words, listen, qemu, say, start, unit)

BOTH = on(HOST, OLD, limit=300)


def moment(vm, unit, property):
    return int(vm.out(f"systemctl show -P {property}Monotonic {unit}"))


@on(HOST, OLD, limit=400)
def test_it_starts_with_the_host_and_is_shut_down_with_it(vm):
    declare(vm, "auto", STAYS, more="gpu: {name: big}\nautostart: true")
    vm.reboot()
    vm.wait_unit("gpu-vm@auto", timeout=60)
    assert say(vm, "auto").proven
    prepared = moment(vm, "gpuhost.target", "ActiveEnterTimestamp")
    assert 0 < prepared <= moment(vm, "gpu-vm@auto", "InactiveExitTimestamp")

    # The host goes down while it runs: its guest hears the power button, and is waited for.
    vm.reboot()
    said = vm.out("journalctl -b -1 -q -o cat --no-pager -u gpu-vm@auto")
    assert "auto: stopped, the guest shut down" in said, said
    assert vm.out("journalctl -b -1 -q -o cat --no-pager -p err -u gpu-vm@auto") == ""
    vm.wait_unit("gpu-vm@auto", timeout=60)
    assert say(vm, "auto").proven


@BOTH
def test_a_guest_that_panics(vm):
    declare(vm, "panics", "lab.panic")
    assert begin(vm, "panics").proven
    vm.wait_unit("gpu-vm@panics", "failed", timeout=60)
    assert unit(vm, "panics", "Result") == "exit-code"
    assert unit(vm, "panics", "StatusText") == "the guest panicked"
    assert_nothing_left(vm)


@BOTH
def test_one_that_only_the_template_knows(vm):
    declare(vm, "late", STAYS)
    assert begin(vm, "late").proven
    assert unit(vm, "late", "SourcePath") == "" and "40-gpuhost" not in unit(vm, "late", "DropInPaths")
    rc, said = start(vm, "lte")
    assert rc and "did you mean 'late'?" in said, said
    vm.run("systemctl stop gpu-vm@late", timeout=120)
    assert last_words(vm, "late") == "late: stopped, the guest shut down"
    assert unit(vm, "late", "ActiveState") == "inactive"
    assert_nothing_left(vm)


PAIR = ("pair-1", "pair-2")
PAGES = 2 * 96      # of 2 MiB


def free_pages(vm):
    return int(vm.out("sed -n 's/^HugePages_Free: *//p' /proc/meminfo"))


def processor(vm, pid):
    """Where its only vCPU may run."""
    return vm.out(f"for t in /proc/{pid}/task/*; do grep -q '^CPU 0/KVM' $t/comm && "
                  "sed -n 's/^Cpus_allowed_list:\t//p' $t/status; done; true")


@pytest.mark.long
@on(HOST.but(cpus=2), HOST.but(release=12, cpus=2), limit=300)
def test_replicas_with_pages_and_cpus_of_their_own(vm):
    vm.put("/etc/gpuhost/host.d/60-pages.yaml", f"hugepages: [{{size: 2M, count: {PAGES}}}]\n")
    declare(vm, "pair", STAYS, more="gpu: true\nreplicas: 2",
            resources="cpu_cores: 1, memory_mb: 192, hugepages: 2M, numa: 0, cpu_pinning: auto")
    vm.run("systemctl daemon-reload; systemctl restart gpuhost-prepare", timeout=60)
    assert free_pages(vm) == PAGES
    for name in PAIR:
        listen(vm, name)
    vm.run("systemctl start gpu-vm-pair.target", timeout=180)
    seen = [heard(vm, name) for name in PAIR]
    assert all(s.proven for s in seen), [s.text for s in seen]
    cards = [i for s in seen for i in s.ids if i in ("10de:2684", "10de:2704")]
    assert sorted(cards) == ["10de:2684", "10de:2704"], cards

    assert free_pages(vm) == 0
    pids = [qemu(vm, name) for name in PAIR]
    for pid in pids:
        memory = vm.out(f"grep kernelpagesize_kB=2048 /proc/{pid}/numa_maps").split()
        assert {"bind:0", "huge", "N0=96"} <= set(memory), memory
        assert vm.out(f"sed -n 's/^Cpus_allowed_list:\t//p' /proc/{pid}/status") == "0-1"
    assert sorted(processor(vm, pid) for pid in pids) == ["0", "1"]

    vm.run("systemctl stop gpu-vm-pair.target")
    for name in PAIR:
        vm.wait_unit(f"gpu-vm@{name}", "inactive", timeout=120)
    assert free_pages(vm) == PAGES and drivers(vm, "gpu1") == {"vfio-pci"}
    assert_nothing_left(vm)
