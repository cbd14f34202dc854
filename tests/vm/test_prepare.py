# SPDX-License-Identifier: LGPL-2.1-or-later
"""gpuhost-prepare at boot: what is declared beside binding, and what is told of it."""
import json
import re
from pathlib import Path

from lab import gpuhost
from lab.case import on, only_long
from lab.host import Host, gpu, strange, with_vfs
from lab.vfio import DEVICE, driver, slot

TOP = Path(__file__).resolve().parents[2]
IDS = dict(re.findall(r'#define MESSAGE_ROLE_(\w+)\s+"(\w+)"',
                      (TOP / "src/model/message.h").read_text()))

HOST = Host(cards=(gpu("gpu0"), gpu("gpu1"), with_vfs(strange("split", total_vfs=4)),
                   with_vfs(strange("broken", total_vfs=4))))

SITE = """\
allowlist: ["10de:*", "1ed5:*"]
hugepages: [{{size: 2M, count: 12, node: 0}}, {{size: 2M, count: 4}}]
gpus:
  - {{name: big, match: {{address: "{gpu1}"}}, role: passthrough, d3cold: false}}
  - {{name: split, match: {{address: "{split}"}}, role: vgpu, vfs: 3}}
  - {{name: broken, match: {{address: "{broken}"}}, role: vgpu, vfs: 3}}
"""

FIXED = """\
gpus:
  - {{match: {{address: "{broken}"}}, role: host}}
"""

# A PF's driver that takes its time, as those that load firmware do.
SLOW_DRIVER = """\
ACTION=="add", KERNEL=="{split}", ATTR{{driver_override}}="pci-pf-stub", \\
  RUN+="/bin/sh -c 'sleep 4; modprobe pci-pf-stub; echo {split} > /sys/bus/pci/drivers_probe'"
"""


def states(vm):
    roles = json.loads(vm.read("/run/gpuhost/state.json"))["roles"]
    return {r["name"] or r["role"]: r for r in roles}


def entries(vm, id):
    """The journal's entries with this MESSAGE_ID, by GPU."""
    lines = vm.out(f"journalctl -b -o json MESSAGE_ID={id}").splitlines()
    return {entry.get("GPU"): entry for entry in map(json.loads, lines)}


def virtual_functions(vm, address):
    return vm.out(f"for v in {DEVICE}/{address}/virtfn*; do basename $(readlink $v); done").split()


@on(HOST, only_long(HOST.but(release=12)), fresh=True, limit=240)
def test_a_boot_prepares_what_is_declared(vm):
    gpuhost.install(vm)
    cards = {id: vm.address(id) for id in ("gpu0", "gpu1", "split", "broken")}
    vm.put("/etc/gpuhost/host.d/50-site.yaml", SITE.format(**cards))
    vm.put("/etc/udev/rules.d/20-slow.rules", SLOW_DRIVER.format(**cards))
    vm.put("/etc/udev/rules.d/20-none.rules",
           f'KERNEL=="{cards["broken"]}", ATTR{{driver_override}}="none"\n')
    vm.reboot()
    vm.wait_unit("gpuhost.target", timeout=60)
    # A card that waits for its driver in vain keeps nobody from logging in.
    assert "gpuhost" not in vm.out("systemctl show -P After multi-user.target")
    state = states(vm)
    assert {name: r["result"] for name, r in state.items()} == {
        "hugepages": "ready", "big": "ready", "split": "ready", "broken": "failed"}, state
    assert state["broken"]["message"] == "cannot make 3 VFs: its driver offers none"

    node = "/sys/devices/system/node/node0/hugepages/hugepages-2048kB/nr_hugepages"
    assert vm.read(node).strip() == "16"
    assert vm.read(f"{DEVICE}/{cards['gpu1']}/d3cold_allowed").strip() == "0"
    assert vm.read(f"{DEVICE}/{cards['gpu0']}/d3cold_allowed").strip() == "1"
    vfs = virtual_functions(vm, cards["split"])
    assert len(vfs) == 3 and {driver(vm, a) for a in vfs} == {"none"}

    assert vm.out("systemctl show -P Result gpuhost-prepare") == "success"
    failed = entries(vm, IDS["FAILED"])
    assert set(failed) == {"broken"}
    assert failed["broken"]["PCI_ADDR"] == cards["broken"]
    assert failed["broken"]["PROBLEM"] == state["broken"]["message"]
    assert set(entries(vm, IDS["READY"])) == {None, "big", "split"}
    told = vm.out(f"journalctl -b -x --no-pager MESSAGE_ID={IDS['FAILED']}")
    assert "could not be prepared" in told and "systemctl restart gpuhost-prepare" in told, told

    check = vm.run("gpuhost check --json=short", check=False)
    assert check.rc == 1
    assert [(f["code"], f["subject"]) for f in json.loads(check.out)["findings"]
            if f["severity"] == "error"] == [("role-failed", cards["broken"])]
    assert re.search(rf"{cards['broken']} .* failed", vm.run("gpuhost status", check=False).out)

    # The cause is removed, and it is tried again, as the catalogue says.
    vm.put("/etc/gpuhost/host.d/60-fixed.yaml", FIXED.format(**cards))
    vm.run("systemctl restart gpuhost-prepare")
    assert {r["result"] for r in states(vm).values()} == {"ready"}
    assert vm.run("gpuhost check", check=False).rc == 0
    assert [driver(vm, a) for a in slot(vm, cards["gpu1"])] == ["vfio-pci", "vfio-pci"]
