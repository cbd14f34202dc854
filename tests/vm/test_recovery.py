# SPDX-License-Identifier: LGPL-2.1-or-later
"""Boots that are not as usual: the way back for somebody, and no failure of anything."""
import re

import pytest
from lab import gpuhost, packages
from lab.case import on
from lab.host import Host, gpu, other
from lab.vfio import driver

MARK = "gpuhost_lab.mark=1"
HANG = "break=top"      # the initramfs opens a shell on the console, and waits for somebody

SITE = """
allowlist: ["10de:*"]
kernel_arguments: {{extra: [{}]}}
gpus:
  - match: {{id: "10de:2704"}}
    role: passthrough
"""
PATH = "/etc/gpuhost/host.d/50-site.yaml"
WRITE = "gpuhost apply --yes --only=kernel-arguments"

# Another system in the menu. It is this one again, by way of GRUB in the disk's first sector.
OTHER = """\
#!/bin/sh
cat <<'EOF'
menuentry 'Another system' --id other {
  chainloader (hd0)+1
}
EOF
"""

BIOS = Host(firmware="bios", gpuhost=True, cards=(gpu("gpu0"), other("gpu1")),
            files=((PATH, SITE.format(MARK)),), prepare=(WRITE,))


def left(vm):
    return vm.out("grub-editenv - list | sed -n s/^gpuhost_tries=//p")


def cmdline(vm):
    return vm.read("/proc/cmdline").split()


def is_on(vm):
    """Off or on, with all that this means; in between is an error."""
    on = MARK in cmdline(vm)
    assert (driver(vm, vm.address("gpu1")) == "vfio-pci") == on
    assert (vm.out("systemctl show -P ActiveState gpuhost-bind") == "active") == on
    assert vm.out("gpuhost status", check=False).startswith(("Off", "Disarmed")) != on
    return on


@pytest.mark.long
@on(BIOS, BIOS.but(release=12), limit=300)
def test_recovery_mode_is_off(vm):
    menu = vm.read("/boot/grub/grub.cfg")
    path = [re.search(rf"'(gnulinux-{kind}-[^']*)'", menu)[1] for kind in ("advanced", ".*-recovery")]
    vm.run(["grub-reboot", ">".join(path)])
    assert vm.reboot() == "maintenance"
    assert "single" in cmdline(vm) and not is_on(vm)
    assert vm.out("systemctl is-active rescue.target") == "active"
    assert vm.out("systemctl is-active basic.target", check=False) == "inactive"
    # However often somebody looks around, these are no failures.
    assert left(vm) == "3"
    vm.reboot()
    assert is_on(vm) and left(vm) == "3"


@pytest.mark.long
@on(BIOS, BIOS.but(release=12), limit=600)
def test_hang_in_the_initramfs_disarms(vm):
    """A reset is all it takes, as of a watchdog or of somebody who pulls the plug."""
    vm.put(PATH, SITE.format(f"{MARK}, {HANG}"))
    vm.run(WRITE, timeout=90)
    vm.start_command("systemctl reboot")
    for _ in range(3):
        vm.wait_reset(90)
        vm.wait_console(r"\(initramfs\)", after=len(vm.console_text()))
        vm.qmp.hmp("system_reset")
    vm.wait_reset()
    vm.wait_boot()
    assert not is_on(vm) and HANG not in cmdline(vm) and left(vm) == "0"
    assert vm.out("gpuhost status", check=False).startswith("Disarmed")


@pytest.mark.long
@on(BIOS, BIOS.but(release=12), limit=600)
def test_starts_of_another_system_are_no_failures(vm):
    vm.put("/etc/grub.d/41_other", OTHER, mode=0o755)
    vm.run("update-grub", timeout=90)
    assert left(vm) == "3"
    vm.reboot()
    # It came up: from here on nothing is counted.
    assert is_on(vm) and left(vm) == ""
    vm.run("grub-reboot other")
    vm.reboot()
    assert is_on(vm) and left(vm) == ""
    assert vm.out("cat /run/gpuhost/watchdog") == "good"
    assert vm.run("gpuhost check | grep watchdog", check=False).rc == 1


def assert_came_up(vm):
    assert is_on(vm) and left(vm) == "3"
    assert vm.out("cat /run/gpuhost/watchdog") == "good"
    assert vm.run("gpuhost check | grep watchdog", check=False).rc == 1


@pytest.mark.long
@on(BIOS, BIOS.but(release=12), limit=600)
def test_kexec_and_soft_reboot_pass_by_the_loader(vm):
    vm.reboot()
    assert_came_up(vm)
    packages.install(vm, "kexec-tools")
    vm.restart("kexec -l /vmlinuz --initrd=/initrd.img --reuse-cmdline; systemctl kexec")
    assert_came_up(vm)
    if vm.host.release > 12:
        vm.agent.boot_id = None
        vm.start_command("systemctl soft-reboot")
        vm.wait_boot()
        assert vm.out("systemctl show -P SoftRebootsCount") == "1"
        assert_came_up(vm)


PLAIN = Host(firmware="bios", cards=BIOS.cards)
FILES = "find /boot /etc -path /etc/gpuhost -prune -o -type f -exec cksum {} +"


@pytest.mark.long
@on(PLAIN, PLAIN.but(release=12), fresh=True, limit=600)
def test_purge_leaves_boot_files_as_they_were(vm):
    before = vm.out(FILES, timeout=60)
    gpuhost.install(vm)
    vm.put(PATH, SITE.format(MARK))
    vm.run("gpuhost apply --yes", timeout=200)
    vm.reboot()
    assert is_on(vm)
    vm.run("dpkg --purge gpuhost", timeout=200)
    assert vm.out(FILES, timeout=60).splitlines() == before.splitlines()
    assert driver(vm, vm.address("gpu1")) == "vfio-pci"
    vm.reboot()
    assert MARK not in cmdline(vm) and "vfio-pci" != driver(vm, vm.address("gpu1"))
