# SPDX-License-Identifier: LGPL-2.1-or-later
"""What `gpuhost check` finds of a machine before a VM meets it."""
import json

import pytest
from lab.case import on, only_long
from lab.host import Host, gpu
from lab.hosts import NO_REMAPPING
from lab.vfio import DEVICE

SITE = """\
allowlist: ["10de:*"]
gpus:
"""
ENTRY = """\
  - {{name: {id}, match: {{address: "{address}"}}, role: passthrough, allow_console: true}}
"""


def declare(vm, *ids):
    vm.put("/etc/gpuhost/host.d/50-site.yaml",
           SITE + "".join(ENTRY.format(id=id, address=vm.address(id)) for id in ids))


def findings(vm):
    """{code: [finding, ...]} of gpuhost check."""
    found = {}
    for f in json.loads(vm.run("gpuhost check --json=short", check=False, timeout=90).out)["findings"]:
        found.setdefault(f["code"], []).append(f)
    return found


@on(NO_REMAPPING, only_long(NO_REMAPPING.but(release=12)))
def test_preflight(vm):
    declare(vm, "gpu0", "gpu1", "gpu2")
    gpu0, gpu1, gpu2 = (vm.address(f"gpu{n}") for n in range(3))
    found = findings(vm)
    assert [f["severity"] for f in found["no-interrupt-remapping"]] == ["error"]
    assert "device-dead" not in found
    # What the kernel lists is not what it does.
    assert vm.read(f"{DEVICE}/{gpu1}/reset_method").strip() == "bus"
    assert "Inappropriate ioctl" in vm.run(f"/bin/echo 1 > {DEVICE}/{gpu1}/reset", check=False).err
    assert [f["subject"] for f in found["reset-shared"]] == [gpu1]
    assert [f["subject"] for f in found["no-reset"]] == [gpu2]
    vm.fault("gpu0", "dead")
    assert [f["subject"] for f in findings(vm)["device-dead"]] == [gpu0]
    vm.fault("gpu0", "none")
    assert "device-dead" not in findings(vm)


FULL = Host(firmware="bios", gpuhost=True, cards=(gpu("gpu0"), gpu("gpu1")))


@pytest.mark.long
@on(FULL, FULL.but(release=12), fresh=True, limit=600)
def test_images_of_kernels(vm):
    """A native driver without the binder; with it; with it and another configuration."""
    vm.put("/etc/initramfs-tools/conf.d/small", "MODULES=dep\nCOMPRESS=gzip\n")
    vm.run("echo nouveau >> /etc/initramfs-tools/modules")
    vm.run("update-initramfs -u", timeout=200)
    declare(vm, "gpu1")
    kernel = vm.out("uname -r")
    stale, = findings(vm)["initramfs-stale"]
    assert stale["subject"] == kernel
    assert "carries nouveau" in stale["message"] and "not gpuhost-bind" in stale["message"]
    steps = json.loads(vm.run("gpuhost plan --json=short", check=False, timeout=90).out)["steps"]
    action, = [s["action"] for s in steps if s["code"] == "initramfs"]
    assert action == f"run update-initramfs -u -k {kernel}"
    vm.run("gpuhost apply --only=initramfs --yes", timeout=250)
    assert "initramfs-stale" not in findings(vm)
    vm.run("echo '# changed' >> /etc/gpuhost/host.d/50-site.yaml")
    stale, = findings(vm)["initramfs-stale"]
    assert "another configuration" in stale["message"]
