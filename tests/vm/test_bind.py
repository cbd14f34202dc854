# SPDX-License-Identifier: LGPL-2.1-or-later
"""Binding at boot: what is declared is on vfio-pci before any other driver has seen it."""
import json
import re
from pathlib import Path

import pytest
from lab import gpuhost
from lab.case import on, only_long
from lab.host import Host, ROOT_DISK, Together, gpu, nic
from lab.vfio import driver, group, slot

# The driver core says in the kernel log which driver it offers which device.
TRACE = 'dyndbg="func really_probe +p" log_buf_len=4M'
TWINS = Host(cards=(gpu("gpu0"), gpu("gpu1")), append=TRACE)
BOTH = on(TWINS, only_long(TWINS.but(release=12)), fresh=True, limit=240)

TOP = Path(__file__).resolve().parents[2]
IDS = dict(re.findall(r'#define MESSAGE_BIND_(\w+)\s+"(\w+)"',
                      (TOP / "src/model/message.h").read_text()))

ENTRY = """
  - name: {name}
    match: {{address: "{address}"}}
    role: {role}
    allow_console: {console}
"""


def declare(vm, console=False, **roles):
    """host.d with an entry a card: role by the card's id. The first card has the boot console."""
    text = 'allowlist: ["10de:*", "1af4:*"]\ngpus:\n'
    for id, role in roles.items():
        text += ENTRY.format(name=id, address=vm.address(id), role=role, console=str(console).lower())
    vm.put("/etc/gpuhost/host.d/50-site.yaml", text)


def offered(vm, address):
    """The drivers that were offered a function since power-on, in their order."""
    return [driver for line, driver in
            re.findall(r"^(.*really_probe: probing driver (\S+) with device.*)$", vm.out("dmesg"),
                       re.M) if address in line]


def drivers(vm, id):
    return [driver(vm, a) for a in slot(vm, vm.address(id))]


@BOTH
def test_native_driver_never_sees_a_declared_card(vm):
    """Two identical cards, two roles; and the audio function moves along."""
    gpuhost.install(vm)
    declare(vm, gpu0="host", gpu1="passthrough")
    vm.reboot()
    one, audio = slot(vm, vm.address("gpu1"))
    assert drivers(vm, "gpu1") == ["vfio-pci", "vfio-pci"]
    assert offered(vm, one) == offered(vm, audio) == ["vfio-pci"]
    other, other_audio = slot(vm, vm.address("gpu0"))
    assert "nouveau" in offered(vm, other) and "vfio-pci" not in offered(vm, other)
    assert driver(vm, other_audio) == "snd_hda_intel"
    assert vm.out("systemctl show -P Result gpuhost-bind") == "success"
    said = vm.out("journalctl -b -o cat -u gpuhost-bind")
    assert f"bound {one} to vfio-pci, {audio} to vfio-pci" in said
    told = json.loads(vm.out(f"journalctl -b -o json MESSAGE_ID={IDS['DONE']}"))
    assert (told["GPU"], told["PCI_ADDR"]) == ("gpu1", one)
    assert "has left the host" in vm.out("journalctl -b -x --no-pager -u gpuhost-bind")
    assert vm.out("readlink -f /dev/gpu/by-name/gpu1-vfio") == f"/dev/vfio/{group(vm, one)}"
    vm.wait_unit(f"dev-vfio-{group(vm, one)}.device")


@pytest.mark.long
@on(TWINS, fresh=True, limit=240)
def test_console_stays_until_it_may_go(vm):
    gpuhost.install(vm)
    declare(vm, gpu0="passthrough")
    vm.reboot()
    assert "vfio-pci" not in offered(vm, vm.address("gpu0"))
    assert "(console)" in vm.out("journalctl -b -o cat -u gpuhost-bind")
    declare(vm, console=True, gpu0="passthrough")
    vm.reboot()
    assert offered(vm, vm.address("gpu0")) == ["vfio-pci"]


@on(TWINS, fresh=True, limit=240)
def test_an_error_in_host_d_binds_nothing(vm):
    gpuhost.install(vm)
    declare(vm, gpu1="passthrough")
    vm.put("/etc/gpuhost/host.d/90-wrong.yaml", "alowlist: []\n")
    vm.reboot()
    assert "vfio-pci" not in offered(vm, vm.address("gpu1"))
    assert vm.out("systemctl show -P Result gpuhost-bind") == "exit-code"
    assert "90-wrong.yaml:1:1" in vm.out("journalctl -b -o cat -u gpuhost-bind")


@on(TWINS.but(append=f"{TRACE} gpuhost=off"), fresh=True, limit=240)
def test_off_on_the_command_line(vm):
    gpuhost.install(vm)
    declare(vm, gpu1="passthrough")
    vm.reboot()
    assert "vfio-pci" not in offered(vm, vm.address("gpu1"))
    assert vm.out("systemctl show -P ActiveState gpuhost-bind") == "inactive"
    vm.run(["/usr/lib/gpuhost/gpuhost-bind"])
    assert "vfio-pci" not in drivers(vm, "gpu1")


@on(TWINS)
def test_installing_changes_nothing(vm):
    state = "systemctl list-units --all --plain --no-legend 'gpu*'; sha256sum /boot/*-*"
    before = vm.out(state)
    gpuhost.install(vm)
    vm.run("systemctl daemon-reload; udevadm trigger -c add; udevadm settle")
    assert vm.out(state) == before
    assert not vm.out("ls -d /run/gpuhost /etc/gpuhost /var/lib/gpuhost 2>/dev/null; true")


@on(Host(cards=(Together((gpu("gpu0", audio=None), nic())),
                Together((gpu("gpu1", audio=None), ROOT_DISK))), append=TRACE),
    fresh=True, limit=240)
def test_groups_with_a_network_card_or_a_disk_are_refused(vm):
    gpuhost.install(vm)
    declare(vm, console=True, gpu0="passthrough", gpu1="passthrough")
    vm.reboot()
    said = vm.out("journalctl -b -o cat -u gpuhost-bind")
    for id in ("gpu0", "gpu1"):
        assert "vfio-pci" not in offered(vm, vm.address(id))
        assert re.search(rf"{vm.address(id)}.*group-not-isolated", said), said
    assert vm.out("systemctl show -P Result gpuhost-bind") == "exit-code"


@on(TWINS)
def test_hotplug(vm):
    """A card that comes is bound by udev, though its native driver is loaded and waiting."""
    gpuhost.install(vm)
    declare(vm, gpu0="host", gpu1="passthrough")
    one, audio = slot(vm, vm.address("gpu1"))
    vm.run("modprobe nouveau; modprobe snd_hda_intel")
    for a in (audio, one):
        vm.run(f"echo 1 > /sys/bus/pci/devices/{a}/remove")
    vm.run("echo 1 > /sys/bus/pci/rescan; udevadm settle", timeout=60)
    assert drivers(vm, "gpu1") == ["vfio-pci", "vfio-pci"], vm.out("journalctl -b -o cat | tail")
    assert "vfio-pci" not in drivers(vm, "gpu0")
    assert vm.out("readlink -f /dev/gpu/by-name/gpu1-vfio") == f"/dev/vfio/{group(vm, one)}"


# An initramfs of the distribution, with a driver in it that is there before the root is mounted.
FULL = Host(firmware="bios", cards=(gpu("gpu0"), gpu("gpu1")))


@pytest.mark.long
@on(FULL, only_long(FULL.but(release=12)), fresh=True, limit=600)
def test_driver_in_the_initramfs(vm):
    """Without the binder in it the native driver is first; with it never."""
    gpuhost.install(vm)
    declare(vm, gpu0="host", gpu1="passthrough")
    vm.put("/etc/default/grub.d/zz-trace.cfg",
           f"""GRUB_CMDLINE_LINUX="$GRUB_CMDLINE_LINUX {TRACE.replace('"', chr(92) + '"')}"\n""")
    vm.run("update-grub", timeout=120)
    vm.put("/etc/initramfs-tools/conf.d/small", "MODULES=dep\nCOMPRESS=gzip\n")
    vm.run("for m in nouveau snd_hda_intel; do echo $m; done >> /etc/initramfs-tools/modules")
    vm.run("update-initramfs -u", timeout=200)
    image = vm.out("ls /boot/initrd.img-*")
    assert "usr/lib/gpuhost/gpuhost-bind" in vm.out(f"lsinitramfs {image}", timeout=60)
    vm.reboot()
    one, audio = slot(vm, vm.address("gpu1"))
    assert offered(vm, one) == offered(vm, audio) == ["vfio-pci"]
    assert drivers(vm, "gpu1") == ["vfio-pci", "vfio-pci"]
    assert "vfio-pci" not in offered(vm, vm.address("gpu0"))
    assert vm.wait_kernel(rf"gpuhost-bind: bound {one} to vfio-pci")


@pytest.mark.long
@on(Host(firmware="bios"))
def test_image_without_such_a_driver_is_left_alone(vm):
    gpuhost.install(vm)
    vm.run("update-initramfs -u", timeout=200)
    carried = vm.out("lsinitramfs /boot/initrd.img-* | grep gpuhost", timeout=60).split()
    assert carried == ["usr/lib/modprobe.d/gpuhost.conf"], "that one holds comments only"
