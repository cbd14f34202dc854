# SPDX-License-Identifier: LGPL-2.1-or-later
"""Passthrough by hand: what gpuhost is going to do by itself, done with sysfs and plain QEMU."""
import re

DEVICE = "/sys/bus/pci/devices"


def driver(vm, address):
    return vm.out(f"basename $(readlink {DEVICE}/{address}/driver || echo none)")


def group(vm, address):
    return vm.out(f"basename $(readlink {DEVICE}/{address}/iommu_group)")


def slot(vm, address):
    """All functions of the slot that this one is in."""
    return vm.out(f"ls -d {DEVICE}/{address[:-1]}* | xargs -n1 basename").split()


def bind_vfio(vm, *addresses, to="vfio-pci"):
    """Overrides all, then probes all, and looks at the driver links."""
    vm.run(["modprobe", "-q", to], check=False)     # one of ours is loaded by insmod
    for a in addresses:
        vm.run(f"echo {to} > {DEVICE}/{a}/driver_override")
        vm.run(f"test ! -e {DEVICE}/{a}/driver || echo {a} > {DEVICE}/{a}/driver/unbind")
    for a in addresses:
        vm.run(f"echo {a} > /sys/bus/pci/drivers_probe", check=False)
        assert driver(vm, a) == to, vm.out("dmesg | tail -5")


def bind_native(vm, *addresses):
    for a in addresses:
        vm.run(f"echo > {DEVICE}/{a}/driver_override; echo {a} > {DEVICE}/{a}/driver/unbind;"
               f"echo {a} > /sys/bus/pci/drivers_probe")


def nested(*devices, accel="kvm", append="", memory=192, more=()):
    """The words of a small guest inside the virtual host, with these devices (for -device)."""
    argv = ["qemu-system-x86_64", "-machine", "q35", "-accel", accel, "-m", str(memory),
            "-nodefaults", "-display", "none", "-serial", "stdio", "-no-reboot",
            "-kernel", "/usr/lib/lab/vmlinux", "-initrd", "/usr/lib/lab/nested.img", "-append",
            f"console=ttyS0 quiet loglevel=3 mem=120M iomem=relaxed no_timer_check tsc=reliable "
            f"cryptomgr.notests {append}".strip()]
    if accel == "kvm":
        argv += ["-cpu", "host"]
    for device in devices:
        argv += ["-device", device]
    return [*argv, *more]


def vfio(address, **more):
    """A -device word for a host's card."""
    return ",".join([f"vfio-pci,host={address}", *[f"{k}={v}" for k, v in more.items()]])


class Seen:
    """What the nested guest said about itself."""

    def __init__(self, text):
        self.text = text.replace("\r", "")
        self.up = "NESTED up" in self.text
        self.done = "NESTED done" in self.text
        self.ids = re.findall(r"NESTED pci \S+ 0x(\w+:0x\w+) class", self.text)
        self.ids = [i.replace("0x", "") for i in self.ids]
        # (before, after) of the word in its memory that the card was told to overwrite
        self.dma = [tuple(int(w, 16) for w in m) for m in
                    re.findall(r"NESTED dma \S+ magic=\w+ before=(\w+) after=(\w+)", self.text)]

    @property
    def proven(self):
        """Every card wrote what it was told to where it was told to."""
        return bool(self.dma) and all(d == (0x11111111, 0xcafef00d) for d in self.dma)


def run_nested(vm, *devices, timeout=60, **kw):
    return Seen(vm.run(nested(*devices, **kw), timeout=timeout).out)
