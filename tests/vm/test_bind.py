# SPDX-License-Identifier: LGPL-2.1-or-later
"""Binding at boot: what is declared is on vfio-pci before any other driver has seen it."""
import json
import re
from pathlib import Path

import pytest
from lab import gpuhost, packages
from lab.case import on, only_long
from lab.host import Host, Integrated, Port, ROOT_DISK, Together, gpu, nic, other
from lab.vfio import driver, group, slot

# The driver core says in the kernel log which driver it offers which device.
TRACE = 'dyndbg="func really_probe +p" log_buf_len=4M'
TWINS = Host(cards=(gpu("gpu0"), gpu("gpu1")), append=TRACE)
BOTH = on(TWINS, only_long(TWINS.but(release=12)), limit=240)

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
@on(TWINS, TWINS.but(release=12), limit=1500)
def test_twenty_boots_in_a_row(vm):
    """Which of two identical cards is whose is no matter of luck."""
    gpuhost.install(vm)
    declare(vm, gpu0="host", gpu1="passthrough")
    one, audio = slot(vm, vm.address("gpu1"))
    for n in range(20):
        vm.reboot()
        assert offered(vm, one) == offered(vm, audio) == ["vfio-pci"], f"boot {n + 1}"
        assert drivers(vm, "gpu1") == ["vfio-pci", "vfio-pci"], f"boot {n + 1}"
        assert "vfio-pci" not in offered(vm, vm.address("gpu0")), f"boot {n + 1}"


PAIR = Host(cards=(gpu("gpu0"), other("gpu1")), append=TRACE)
MOVED = """\
allowlist: ["10de:*"]
gpus:
  - match: {{address: "{}", id: "10de:2704"}}
    role: passthrough
"""


@pytest.mark.long
@on(PAIR, PAIR.but(release=12), fresh=True, limit=300)
def test_card_that_moves_is_not_mistaken(vm):
    """A card is added, all addresses behind it move, and where the one was is the other."""
    gpuhost.install(vm)
    before = vm.address("gpu1")
    vm.put("/etc/gpuhost/host.d/50-site.yaml", MOVED.format(before))
    vm.reboot()
    assert drivers(vm, "gpu1") == ["vfio-pci", "vfio-pci"]
    vm.power_off()
    vm.host = vm.host.but(cards=(nic(), *vm.host.cards))
    vm.start()
    vm.wait_boot()
    assert vm.address("gpu0") == before
    for id in ("nic0", "gpu0", "gpu1"):
        assert "vfio-pci" not in offered(vm, vm.address(id))
    assert vm.out("systemctl show -P Result gpuhost-bind") == "exit-code"
    said = vm.out("gpuhost check", check=False)
    assert "id-mismatch" in said and f'write address: "{vm.address("gpu1")}"' in said, said


# QEMU's amd-iommu translates for the root bus only; with virtio-iommu nothing has a group so early.
AMD = Host(iommu="amd", cards=(gpu("gpu0"), Integrated(gpu("gpu1"))), append=TRACE)
VIRTIO = Host(iommu="virtio", cards=TWINS.cards, append=TRACE)


@pytest.mark.long
@on(AMD, AMD.but(release=12), VIRTIO, fresh=True, limit=240)
def test_other_iommus(vm):
    gpuhost.install(vm)
    declare(vm, console=True, gpu0="host", gpu1="passthrough")
    vm.reboot()
    one, audio = slot(vm, vm.address("gpu1"))
    assert drivers(vm, "gpu1") == ["vfio-pci", "vfio-pci"]
    assert offered(vm, one) == offered(vm, audio) == ["vfio-pci"]
    assert "vfio-pci" not in offered(vm, vm.address("gpu0"))
    assert vm.out("systemctl show -P Result gpuhost-bind") == "success"


NONE = Host(iommu="none", cards=TWINS.cards, append=TRACE)


@pytest.mark.long
@on(NONE, NONE.but(release=12), fresh=True, limit=240)
def test_without_an_iommu_the_card_stays(vm):
    """A card that no VM could have is of use to the host."""
    gpuhost.install(vm)
    declare(vm, gpu1="passthrough")
    assert vm.reboot() in ("running", "degraded")
    assert "vfio-pci" not in offered(vm, vm.address("gpu1"))
    assert "nouveau" in offered(vm, vm.address("gpu1"))
    assert "iommu-off-firmware" in vm.out("journalctl -b -o cat -u gpuhost-bind")


@pytest.mark.long
@BOTH
def test_console_stays_until_it_may_go(vm):
    gpuhost.install(vm)
    declare(vm, gpu0="passthrough")
    vm.reboot()
    assert "vfio-pci" not in offered(vm, vm.address("gpu0"))
    assert "(console)" in vm.out("journalctl -b -o cat -u gpuhost-bind")
    declare(vm, console=True, gpu0="passthrough")
    vm.reboot()
    assert offered(vm, vm.address("gpu0")) == ["vfio-pci"]


@BOTH
def test_an_error_in_host_d_binds_nothing(vm):
    gpuhost.install(vm)
    declare(vm, gpu1="passthrough")
    vm.put("/etc/gpuhost/host.d/90-wrong.yaml", "alowlist: []\n")
    vm.reboot()
    assert "vfio-pci" not in offered(vm, vm.address("gpu1"))
    assert vm.out("systemctl show -P Result gpuhost-bind") == "exit-code"
    assert "90-wrong.yaml:1:1" in vm.out("journalctl -b -o cat -u gpuhost-bind")


OFF = TWINS.but(append=f"{TRACE} gpuhost=off")


@pytest.mark.long
@on(OFF, OFF.but(release=12), fresh=True, limit=240)
def test_off_on_the_command_line(vm):
    gpuhost.install(vm)
    declare(vm, gpu1="passthrough")
    vm.reboot()
    assert "vfio-pci" not in offered(vm, vm.address("gpu1"))
    assert vm.out("systemctl show -P ActiveState gpuhost-bind") == "inactive"
    vm.run(["/usr/lib/gpuhost/gpuhost-bind"])
    assert "vfio-pci" not in drivers(vm, "gpu1")


@on(TWINS, only_long(TWINS.but(release=12)))
def test_installing_changes_nothing(vm):
    state = "systemctl list-units --all --plain --no-legend 'gpu*'; sha256sum /boot/*-*"
    before = vm.out(state)
    gpuhost.install(vm)
    vm.run("systemctl daemon-reload; udevadm trigger -c add; udevadm settle")
    assert vm.out(state) == before
    assert not vm.out("ls -d /run/gpuhost /etc/gpuhost /var/lib/gpuhost 2>/dev/null; true")


SHARED = Host(cards=(Together((gpu("gpu0", audio=None), nic())),
                     Together((gpu("gpu1", audio=None), ROOT_DISK))), append=TRACE)


@on(SHARED, only_long(SHARED.but(release=12)), fresh=True, limit=240)
def test_groups_with_a_network_card_or_a_disk_are_refused(vm):
    gpuhost.install(vm)
    declare(vm, console=True, gpu0="passthrough", gpu1="passthrough")
    vm.reboot()
    said = vm.out("journalctl -b -o cat -u gpuhost-bind")
    for id in ("gpu0", "gpu1"):
        assert "vfio-pci" not in offered(vm, vm.address(id))
        assert re.search(rf"{vm.address(id)}.*group-not-isolated", said), said
    assert vm.out("systemctl show -P Result gpuhost-bind") == "exit-code"
    # On the running host it is known what they are for.
    vm.run("modprobe virtio_net; udevadm settle; n=$(ls -d /sys/class/net/[!l]*); n=${n##*/};"
           "ip link set $n up; ip addr add 10.0.2.15/24 dev $n; ip route add default via 10.0.2.2")
    found = json.loads(vm.out("gpuhost plan --json=short", check=False, timeout=60))["findings"]
    vm.run("gpuhost apply --yes", check=False, timeout=60)
    for id, use in (("gpu0", "carries the default route"), ("gpu1", "holds /")):
        assert use in next(f["message"] for f in found if f["subject"] == vm.address(id)), found
        assert "vfio-pci" not in offered(vm, vm.address(id))


# A native driver that is loaded, and waits. Not snd_hda_intel: where it finds no codecs it gives up after
# its probe, and Linux 6.12 does not survive an unbind meanwhile.
# udev looks for new rules every three seconds.
WAITING = "modprobe nouveau; udevadm control --reload; udevadm settle; modprobe -r snd_hda_intel"


@on(TWINS, only_long(TWINS.but(release=12)))
def test_rescan(vm):
    """A card that is found again is bound by udev, though its native driver is loaded and waiting."""
    gpuhost.install(vm)
    declare(vm, gpu0="host", gpu1="passthrough")
    one, audio = slot(vm, vm.address("gpu1"))
    vm.run(WAITING)
    for a in (audio, one):
        vm.run(f"echo 1 > /sys/bus/pci/devices/{a}/remove")
    vm.run("echo 1 > /sys/bus/pci/rescan; udevadm settle", timeout=60)
    assert drivers(vm, "gpu1") == ["vfio-pci", "vfio-pci"], vm.out("journalctl -b -o cat | tail")
    assert "vfio-pci" not in drivers(vm, "gpu0")
    assert vm.out("readlink -f /dev/gpu/by-name/gpu1-vfio") == f"/dev/vfio/{group(vm, one)}"


# An empty slot, with room for what comes.
EMPTY = Host(cards=(gpu("gpu0"), Port((), (("pref64-reserve", "64M"),))), append=TRACE)


@on(EMPTY, only_long(EMPTY.but(release=12)))
def test_hotplug(vm):
    """A card that is plugged in ends where it is declared to. A native driver that is loaded has been
    asked before udev could be: nothing but that driver itself can keep the kernel from it."""
    gpuhost.install(vm)
    vm.run(WAITING)
    bus = int(vm.address("gpu0")[5:7], 16) + 1
    one, audio = f"0000:{bus:02x}:00.0", f"0000:{bus:02x}:00.1"
    vm.put("/etc/gpuhost/host.d/50-site.yaml", 'allowlist: ["10de:*"]\ngpus:\n' + ENTRY.format(
        name="gpu1", address=one, role="passthrough", console="false"))
    for n, function in reversed(list(enumerate(gpu("gpu1")))):
        vm.plug(function, bus="port1", addr=f"0.{n}", multifunction="on")
    vm.until(f"test -e /dev/gpu/by-name/gpu1-vfio && "
             f"test $(basename $(readlink -f /sys/bus/pci/devices/{audio}/driver)) = vfio-pci")
    assert offered(vm, one)[-1] == offered(vm, audio)[-1] == "vfio-pci"
    assert "vfio-pci" not in drivers(vm, "gpu0")


# An initramfs of the distribution, with a driver in it that is there before the root is mounted.
FULL = Host(firmware="bios", cards=(gpu("gpu0"), gpu("gpu1")))


def trace(vm):
    vm.put("/etc/default/grub.d/zz-trace.cfg",
           f"""GRUB_CMDLINE_LINUX="$GRUB_CMDLINE_LINUX {TRACE.replace('"', chr(92) + '"')}"\n""")
    vm.run("update-grub", timeout=120)


def assert_bound_in_the_initramfs(vm):
    one, audio = slot(vm, vm.address("gpu1"))
    assert offered(vm, one) == offered(vm, audio) == ["vfio-pci"]
    assert drivers(vm, "gpu1") == ["vfio-pci", "vfio-pci"]
    assert "vfio-pci" not in offered(vm, vm.address("gpu0"))
    assert vm.wait_kernel(rf"gpuhost-bind: bound {one} to vfio-pci")


@pytest.mark.long
@on(FULL, only_long(FULL.but(release=12)), limit=600)
def test_driver_in_the_initramfs(vm):
    """Without the binder in it the native driver is first; with it never."""
    gpuhost.install(vm)
    declare(vm, gpu0="host", gpu1="passthrough")
    trace(vm)
    vm.put("/etc/initramfs-tools/conf.d/small", "MODULES=dep\nCOMPRESS=gzip\n")
    vm.run("for m in nouveau snd_hda_intel; do echo $m; done >> /etc/initramfs-tools/modules")
    vm.run("update-initramfs -u", timeout=200)
    image = vm.out("ls /boot/initrd.img-*")
    assert "usr/lib/gpuhost/gpuhost-bind" in vm.out(f"lsinitramfs {image}", timeout=60)
    vm.reboot()
    assert_bound_in_the_initramfs(vm)


# What Debian's dracut is not told it makes for every machine; this much will do for ours.
DRACUT = """\
compress="cat"
drivers+=" virtio_pci virtio_blk ext4 nouveau snd_hda_intel "
"""


@pytest.mark.long
@on(FULL, FULL.but(release=12), limit=900)
def test_driver_in_an_initramfs_of_dracut(vm):
    vm.put("/etc/dracut.conf.d/lab.conf", DRACUT)
    trace(vm)
    packages.install(vm, "dracut")
    gpuhost.install(vm)
    declare(vm, gpu0="host", gpu1="passthrough")
    check = "gpuhost check | grep initramfs"
    assert "carries nouveau" in vm.out(check, timeout=60)
    vm.run("gpuhost apply --yes", timeout=300)
    assert not vm.out(check, check=False, timeout=60)
    vm.reboot()
    assert_bound_in_the_initramfs(vm)
    vm.run("dpkg --purge gpuhost", timeout=300)
    assert "gpuhost-bind" not in vm.out("lsinitrd", timeout=60)


@pytest.mark.long
@on(Host(firmware="bios"))
def test_image_without_such_a_driver_is_left_alone(vm):
    gpuhost.install(vm)
    vm.run("update-initramfs -u", timeout=200)
    carried = vm.out("lsinitramfs /boot/initrd.img-* | grep gpuhost", timeout=60).split()
    assert carried == ["usr/lib/modprobe.d/gpuhost.conf"], "that one holds comments only"
