# SPDX-License-Identifier: LGPL-2.1-or-later
"""Who may open a group's node: the cgroup's device policy, under nspawn and podman."""
import pytest
from lab.case import on, only_long
from lab.hosts import PAIR
from lab.vfio import bind_vfio, group, slot

BOTH = on(PAIR, only_long(PAIR.but(release=12)))


@pytest.fixture
def nodes(vm):
    """The group nodes of two cards: one to be given, one to be kept."""
    bind_vfio(vm, *slot(vm, vm.address("gpu0")), *slot(vm, vm.address("gpu1")))
    return [f"/dev/vfio/{group(vm, vm.address(id))}" for id in ("gpu0", "gpu1")]


def opens(vm, prefix, node):
    """Opens it for reading and writing, which is what a device policy is asked about."""
    return vm.run(f"{prefix} /bin/busybox sh -c 'exec 3<>{node}'", check=False, timeout=60)


@BOTH
def test_a_units_policy_is_enforced(vm, nodes):
    allowed = "systemd-run -qP -p DevicePolicy=closed -p 'DeviceAllow={} rw'".format(nodes[0])
    assert opens(vm, allowed, nodes[0]).rc == 0
    assert "Operation not permitted" in opens(vm, allowed, nodes[1]).err


@BOTH
def test_nspawn_needs_bind_and_device_allow(vm, nodes):
    vm.run("mkdir -p /var/lib/machines/c/bin /var/lib/machines/c/usr/bin /var/lib/machines/c/etc && "
           "cp /bin/busybox /var/lib/machines/c/bin/ && touch /var/lib/machines/c/etc/os-release")
    spawn = ("systemd-run -qP {} -- systemd-nspawn -q --register=no --keep-unit "
             "-D /var/lib/machines/c " + " ".join(f"--bind={n}" for n in nodes))
    allow = "-p DevicePolicy=closed -p 'DeviceAllow=%s rw' -p Delegate=yes" % nodes[0]
    given = opens(vm, spawn.format(allow), nodes[0])
    assert given.rc == 0, given.err
    kept = opens(vm, spawn.format(allow), nodes[1])
    assert "Operation not permitted" in kept.err + kept.out


@BOTH
def test_podman_gives_one_device_only(vm, nodes):
    vm.run("mkdir -p /tmp/c/bin && cp /bin/busybox /tmp/c/bin/ && tar -C /tmp/c -c . | "
           "podman import -q - box", timeout=90)
    podman = f"podman run --rm -q --network=none --device={nodes[0]} -v {nodes[1]}:{nodes[1]} box"
    given = opens(vm, podman, nodes[0])
    assert given.rc == 0, given.err
    assert "Operation not permitted" in opens(vm, podman, nodes[1]).err
