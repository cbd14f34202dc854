# SPDX-License-Identifier: LGPL-2.1-or-later
"""gpuhost on a real kernel: what it sees, what it plans, and what a boot makes of it."""
import json
import re

import pytest
from lab import gpuhost
from lab.case import on, only_long
from lab.host import Host, ROOT_DISK, Together, gpu, navi
from lab.hosts import NONE
from lab.vfio import driver, slot

CARDS = (gpu("gpu0"), gpu("gpu1"), navi("gpu2"), Together((gpu("gpu3"), ROOT_DISK)))
HOST = Host(gpuhost=True, cards=CARDS)

SITE = """\
allowlist: ["10de:*"]
gpus:
  - match: {{address: "{}"}}
    role: passthrough
"""


def ask(vm, words, ok=(0,)):
    r = vm.run(f"gpuhost {words} --json=pretty", check=False)
    assert r.rc in ok, r.out + r.err
    return json.loads(r.out)


def codes(vm):
    return {f["code"] for f in ask(vm, "check", ok=(0, 1))["findings"]}


@on(HOST, only_long(HOST.but(release=12)))
def test_list_says_what_the_kernel_says(vm):
    gpus = {g["address"]: g for g in ask(vm, "list")["gpus"]}
    assert set(gpus) == {vm.address(f"gpu{n}") for n in range(4)}
    for address, g in gpus.items():
        assert (g["driver"] or "none") == driver(vm, address)
        assert [f["address"] for f in g["functions"]] == slot(vm, address)
        assert vm.out(f"ls /sys/kernel/iommu_groups/{g['iommu_group']}/devices").split()
    assert "GeForce RTX 4090" in gpus[vm.address("gpu0")]["name"]
    assert "Radeon RX 6800" in gpus[vm.address("gpu2")]["name"]


@on(HOST, only_long(HOST.but(release=12)))
def test_a_capture_plans_like_the_machine(vm):
    vm.put("/etc/gpuhost/host.d/50-site.yaml", SITE.format(vm.address("gpu1")))
    there = vm.run("gpuhost plan --json=pretty", check=False)
    vm.run("gpuhost capture > /root/host.tree")
    here = vm.run("gpuhost --root=/root/host.tree plan --json=pretty", check=False)
    assert (here.rc, here.out) == (there.rc, there.out)


@on(NONE)
def test_check_misses_the_iommu(vm):
    gpuhost.install(vm)
    vm.put("/etc/gpuhost/host.d/50-site.yaml", SITE.format(vm.address("gpu0")))
    assert any(c.startswith("iommu") for c in codes(vm))


@pytest.mark.long
@on(*[Host(gpuhost=True, iommu=kind, cards=(gpu(),)) for kind in ("amd", "virtio")])
def test_check_sees_the_other_iommus(vm):
    vm.put("/etc/gpuhost/host.d/50-site.yaml", SITE.format(vm.address("gpu0")))
    assert not {c for c in codes(vm) if c in ("iommu-off", "iommu-missing")}


@on(HOST)
def test_a_group_with_the_disk_under_root_is_left_alone(vm):
    shared = vm.address("gpu3")
    vm.put("/etc/gpuhost/host.d/50-site.yaml", SITE.format(shared))
    findings = ask(vm, "check", ok=(1,))["findings"]
    assert any(f["severity"] == "error" and shared in f["subject"] for f in findings)
    assert vm.run("gpuhost apply --yes", check=False).rc
    assert driver(vm, shared) != "vfio-pci"


# A folder's times change with every file that comes and goes, systemd's database with each catalogue.
FILES = ("find / -xdev \\( -path /proc -o -path /sys -o -path /run -o -path /tmp -o -path /root "
         "-o -path /var/lib/dpkg -o -path /var/log -o -path /var/cache "
         "-o -path /var/lib/systemd/catalog \\) -prune -o "
         "-type d -printf '%p %m %U\\n' -o -printf '%p %m %U %y %l %s %T@\\n' | sort")


def changed(vm, before, where):
    """Files there that came, went or are not what they were, by their time of change."""
    lines = set(vm.out(FILES, timeout=60).splitlines()) ^ set(before.splitlines())
    return sorted(line for line in lines if re.match(where, line))


@on(Host(cards=(gpu(),)), only_long(Host(release=12, cards=(gpu(),))))
def test_package_comes_and_goes_without_a_trace(vm):
    """No binding and no boot file changes, and after purge the file system is what it was."""
    card = slot(vm, vm.address("gpu0"))
    drivers = [driver(vm, a) for a in card]
    before = vm.out(FILES, timeout=60)
    vm.allow(200)
    gpuhost.install(vm)
    assert [driver(vm, a) for a in card] == drivers
    assert not changed(vm, before, "/boot|/etc/default|/etc/grub.d|/lib/modules")
    gpuhost.install(vm)
    vm.run("dpkg --purge gpuhost", timeout=60)
    assert not changed(vm, before, "/")
    assert "gpuhost" not in vm.out("journalctl --list-catalog")
    assert [driver(vm, a) for a in card] == drivers
