# SPDX-License-Identifier: LGPL-2.1-or-later
"""The host.tree that a described machine would leave. How its PCI part is drawn stands in drawing.py."""

import posixpath
import re

from drawing import bars_text, number_groups, parse_pci
from texts import (efi_text, efi_variable, grub_cfg, grub_defaults, interrupts, kernel_config,
                   module_files)
from tree import Tree

WRITABLE = {"d3cold_allowed", "driver_override", "numa_node", "reset_method",
            "sriov_drivers_autoprobe", "sriov_numvfs"}


class Machine:
    """What a description says; tree() is what the kernel would show."""

    def __init__(self, name, pci, *, iommu="intel", cmdline="", kernel="6.1.0-32-amd64",
                 arch="x86", config="", modules="", blocks="", mounts="", swap="", nets="",
                 route="", route6="", loader="grub-efi", types=None, domain="0000", files=None,
                 links=None, without=(), numa=1, parents=None, old_kernels="", names=None):
        self.name, self.iommu, self.kernel, self.arch = name, iommu, kernel, arch
        self.functions = parse_pci(pci, domain)
        self.cmdline, self.loader, self.numa = cmdline, loader, numa
        self.config, self.modules = config.split(), modules.split()
        self.blocks, self.mounts, self.swap = blocks, mounts, swap
        self.nets, self.route, self.route6 = nets, route, route6
        self.types = types or {}
        self.files, self.links, self.without = files or {}, links or {}, without
        self.parents, self.old_kernels = parents or {}, old_kernels.split()
        self.names = names
        self.devnums = {}   # block device name -> (path, maj:min)
        self.out = Tree()

    def tree(self):
        number_groups(self.functions)
        cursors = {}
        for function in self.functions:
            self._function(function, cursors)
        for path, types in self.parents.items():
            for kind, instances, name in types:
                self._mdev_type(path, posixpath.basename(path), kind, instances, name)
        for emit in (self._iommu, self._kernel, self._boot, self._stacked_blocks, self._mounts,
                     self._stacked_nets, self._routes, self._names):
            emit()
        for path, text in self.files.items():
            self.out.replace(path, text)
        for path, to in self.links.items():
            self.out.remove(path)
            self.out.link(path, to)
        for path in self.without:
            self.out.remove(path)
        return self.out

    # --- PCI ---------------------------------------------------------------------------------
    def _function(self, f, cursors):
        out, path = self.out, f.path
        attributes = {
            "vendor": f"0x{f.vendor}", "device": f"0x{f.device}", "class": f.class_code,
            "revision": "0x" + f.attributes.pop("rev", "00"),
            "numa_node": f.attributes.pop("numa", "-1" if self.numa == 1 else "0"),
        }
        subsystem = f.attributes.pop("sub", "0000:0000" if f.is_bridge else f"{f.vendor}:0000")
        attributes["subsystem_vendor"], attributes["subsystem_device"] = (
            "0x" + x for x in subsystem.split(":"))
        if not f.is_bridge:
            reset = f.attributes.pop("reset", "pm bus")
            if reset != "none":
                attributes["reset_method"] = reset.replace("+", " ")
            attributes |= {"driver_override": "(null)", "power_state": "D0", "d3cold_allowed": "1"}
        if f.klass == "0300":
            attributes["boot_vga"] = "1" if "boot_vga" in f.flags else "0"
        bars = f.attributes.pop("bars", "")
        if not f.is_bridge:
            out.file(f"{path}/resource", bars_text(bars, cursors), 0o444)
        types = f.attributes.pop("types", None)
        for key, value in (attributes | f.attributes).items():
            out.file(f"{path}/{key}", value + "\n", 0o644 if key in WRITABLE else 0o444)
        if types:
            out.file(f"{path}/nvidia/creatable_vgpu_types", self.types[types], 0o444)
            out.file(f"{path}/nvidia/current_vgpu_type", "0\n")
        self._function_links(f)
        for words in f.carries:
            getattr(self, "_" + words[0])(f, *words[1:])

    def _function_links(self, f):
        out, path = self.out, f.path
        out.link_to(f"sys/bus/pci/devices/{f.address}", path)
        if f.driver:
            driver = f"sys/bus/pci/drivers/{f.driver}"
            out.link_to(f"{path}/driver", driver)
            out.link_to(f"{driver}/{f.address}", path)
        if f.physfn:
            number = sum(1 for k in out.entries if k.startswith(f"{f.physfn.path}/virtfn"))
            out.link_to(f"{path}/physfn", f.physfn.path)
            out.link_to(f"{f.physfn.path}/virtfn{number}", path)

    def _vfs(self, f, _first, count, *_rest):
        self.out.file(f"{f.path}/sriov_numvfs", f"{count}\n")

    def _mdev(self, f, kind, instances, *name):
        self._mdev_type(f.path, f.address, kind, instances, " ".join(name))

    def _mdev_type(self, path, parent, kind, instances, name):
        out, base = self.out, f"{path}/mdev_supported_types/{kind}"
        text, _, description = (part.strip() for part in f" {name}".partition(" | "))
        out.file(f"{base}/available_instances", f"{instances}\n", 0o444)
        out.file(f"{base}/device_api", "vfio-pci\n", 0o444)
        if text:
            out.file(f"{base}/name", text + "\n", 0o444)
        if description:
            out.file(f"{base}/description", description.replace("; ", "\n") + "\n", 0o444)
        out.link_to(f"sys/class/mdev_bus/{parent}", path)

    def _drm(self, f, *words):
        out, card = self.out, words[0]
        for word in words:
            name, _, status = word.partition("=")
            if name.startswith("fb"):
                out.dir(f"{f.path}/graphics/{name}")
                out.link_to(f"sys/class/graphics/{name}", f"{f.path}/graphics/{name}")
                continue
            if name == "boot_display":
                out.file(f"{f.path}/drm/{card}/boot_display", "1\n", 0o444)
                continue
            node = f"{card}/{card}-{name}" if status else name
            out.dir(f"{f.path}/drm/{node}")
            out.link_to(f"sys/class/drm/{posixpath.basename(node)}", f"{f.path}/drm/{node}")
            if status:
                out.file(f"{f.path}/drm/{node}/status", status + "\n", 0o444)

    def _disk(self, f, name, number, *words):
        """NVMe behind a multipath head, NVMe, SCSI behind AHCI or SAS, virtio."""
        controller = re.fullmatch(r"(nvme\d+)n\d+", name)
        if "multipath" in words:
            subsystem = "sys/devices/virtual/nvme-subsystem/nvme-subsys" + controller[1][4:]
            self.out.link_to(f"{subsystem}/{controller[1]}", f"{f.path}/nvme/{controller[1]}")
            self.out.dir(f"{f.path}/nvme/{controller[1]}")
            path = f"{subsystem}/{name}"
        elif controller:
            path = f"{f.path}/nvme/{controller[1]}/{name}"
        elif name.startswith("vd"):
            path = f"{f.path}/virtio0/block/{name}"
        else:
            path = f"{f.path}/ata1/host0/target0:0:0/0:0:0:0/block/{name}"
        parts = next((int(w[6:]) for w in words if w.startswith("parts=")), 0)
        self._block(path, name, number)
        major, minor = number.split(":")
        for n in range(1, parts + 1):
            part = f"{name}p{n}" if name[-1].isdigit() else f"{name}{n}"
            self._block(f"{path}/{part}", part, f"{major}:{int(minor) + n}")
            self.out.file(f"{path}/{part}/partition", f"{n}\n", 0o444)

    def _block(self, path, name, number):
        self.devnums[name] = (path, number)
        self.out.file(f"{path}/dev", number + "\n", 0o444)
        self.out.link_to(f"sys/class/block/{name}", path)
        self.out.link_to(f"sys/dev/block/{number}", path)

    def _nic(self, f, name):
        self._net(f"{f.path}/net/{name}", name, f.path)

    def _usbnic(self, f, name):
        port = f"{f.path}/usb3/3-2/3-2:1.0"
        self._net(f"{port}/net/{name}", name, port)

    def _net(self, path, name, device=None):
        self.out.link_to(f"sys/class/net/{name}", path)
        if device:
            self.out.link_to(f"{path}/device", device)
        else:
            self.out.dir(path)

    # --- the IOMMU ---------------------------------------------------------------------------
    def _iommu(self):
        out = self.out
        kind, _, state = self.iommu.partition("-")
        out.dir("sys/kernel/iommu_groups")
        out.dir("sys/class/iommu")
        chip = "IR-" if kind in ("intel", "amd") and state in ("", "off") else ""
        if self.arch == "x86":
            out.file("proc/interrupts", interrupts(chip), 0o444)
        if state == "firmware" or kind == "none":
            return
        table, unit = {"intel": ("DMAR", "sys/devices/virtual/iommu/dmar0"),
                       "amd": ("IVRS", None), "virtio": ("VIOT", None),
                       "smmu": ("IORT", None)}[kind]
        out.file(f"sys/firmware/acpi/tables/{table}", "", 0o400)
        if state == "off":
            return
        if not unit:
            unit = self._iommu_unit(kind)
        out.dir(unit)
        out.link_to(f"sys/class/iommu/{posixpath.basename(unit)}", unit)
        for f in self.functions:
            if f.group is not None:
                self._group(f, unit)

    def _iommu_unit(self, kind):
        if kind == "smmu":
            return "sys/devices/platform/arm-smmu-v3.0.auto/iommu/smmu3.0x00003bffe0000000"
        first = self.functions[0]
        if kind == "amd":
            own = next(f for f in self.functions if f.klass == "0806")
            return f"{own.path}/iommu/ivhd0"
        return f"{first.path}/virtio0/iommu/virtio0"

    def _group(self, f, unit):
        out, group = self.out, f"sys/kernel/iommu_groups/{f.group}"
        out.link_to(f"{f.path}/iommu_group", group)
        out.link_to(f"{f.path}/iommu", unit)
        out.link_to(f"{group}/devices/{f.address}", f.path)
        identity = "iommu=pt" in self.cmdline or "iommu.passthrough=1" in self.cmdline
        out.file(f"{group}/type", "identity\n" if identity else "DMA-FQ\n")

    # --- kernel and boot ---------------------------------------------------------------------
    def _kernel(self):
        out = self.out
        out.file("proc/sys/kernel/osrelease", self.kernel + "\n", 0o444)
        image = f"BOOT_IMAGE=/boot/vmlinuz-{self.kernel} " if self.loader.startswith("grub") else ""
        out.file("proc/cmdline", f"{image}{self.cmdline}\n", 0o444)
        drivers = {f.driver for f in self.functions if f.driver} - {"pcieport"}
        for kernel in [self.kernel, *self.old_kernels]:
            version = tuple(int(x) for x in kernel.split("-")[0].split(".")[:2])
            out.file(f"boot/config-{kernel}", kernel_config(self.arch, self.config))
            dep, builtin = module_files(version, drivers)
            out.file(f"usr/lib/modules/{kernel}/modules.dep", dep)
            out.file(f"usr/lib/modules/{kernel}/modules.builtin", builtin)
        for name in drivers | set(self.modules):
            out.dir(f"sys/module/{name.replace('-', '_')}")
        if "vfio-pci" in drivers:
            for name in ("vfio", "vfio_iommu_type1"):
                out.dir(f"sys/module/{name}")
            out.file("sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts", "N\n")

    def _boot(self):
        out, kind = self.out, self.loader
        if kind != "grub-bios" and kind != "extlinux":
            out.dir("sys/firmware/efi")
        if kind.startswith("grub"):
            root = re.search(r"root=(\S+)", self.cmdline)
            rest = self.cmdline.replace(root[0], "").replace(" ro ", " ").strip() if root else ""
            out.file("etc/default/grub", grub_defaults(rest))
            out.file("boot/grub/grub.cfg", grub_cfg(self.kernel, self.cmdline))
            out.file("boot/grub/grubenv", "")
            return
        if kind in ("systemd-boot", "uki", "uki-252"):
            out.blob(efi_variable("LoaderInfo"), efi_text("systemd-boot 257.8-1~deb13u1"), 0o444)
            if kind == "uki":
                out.blob(efi_variable("StubInfo"), efi_text("systemd-stub 257.8-1~deb13u1"), 0o444)
                out.file("usr/bin/ukify", "", 0o755)
                out.file("usr/lib/systemd/boot/efi/addonx64.efi.stub", "")
            if kind == "uki-252":
                out.blob(efi_variable("StubInfo"), efi_text("systemd-stub 252.39-1~deb12u2"), 0o444)
            out.file("boot/efi/loader/loader.conf", "timeout 3\nconsole-mode keep\n")
            out.file("etc/kernel/cmdline", self.cmdline + "\n")

    # --- storage and network -----------------------------------------------------------------
    def _stacked_blocks(self):
        """NAME MAJ:MIN BELOW…: dm and md devices, lowest first."""
        for line in self.blocks.split("\n"):
            words = line.split()
            if not words:
                continue
            name, number, *below = words
            path = f"sys/devices/virtual/block/{name}"
            self._block(path, name, number)
            for lower in below:
                self.out.link_to(f"{path}/slaves/{lower}", self.devnums[lower][0])

    def _mounts(self):
        """POINT TYPE DEVICE [SOURCE] [ROOT]; a DEVICE of btrfs shows as 0:N."""
        lines = ["22 28 0:21 / /sys rw,nosuid,nodev,noexec,relatime shared:7 - sysfs sysfs rw"]
        for n, line in enumerate(filter(None, map(str.strip, self.mounts.split("\n")))):
            point, kind, device, *rest = line.split()
            source = rest[0] if rest else f"/dev/{device}"
            inner = rest[1] if len(rest) > 1 else "/"
            number = f"0:{30 + n}" if kind in ("btrfs", "zfs") else self.devnums[device][1]
            if kind == "btrfs":
                self.out.link_to(f"sys/fs/btrfs/00000000-0000-4000-8000-000000000001/devices/"
                                 f"{device}", self.devnums[device][0])
            parent = 1 if point == "/" else 28
            lines.append(f"{28 + n} {parent} {number} {inner} {point} rw,relatime shared:{n + 1} - "
                         f"{kind} {source} rw")
        self.out.file("proc/self/mountinfo", "\n".join(lines) + "\n", 0o444)
        swaps = "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n"
        if self.swap:
            kind = "file\t" if self.swap.startswith("/") else "partition"
            name = self.swap if self.swap.startswith("/") else f"/dev/{self.swap}"
            swaps += f"{name:<40}{kind}\t8388604\t\t0\t\t-2\n"
        self.out.file("proc/swaps", swaps, 0o444)

    def _stacked_nets(self):
        """NAME LOWER…: bonds, vlans and bridges, lowest first."""
        self._net("sys/devices/virtual/net/lo", "lo")
        for line in self.nets.split("\n"):
            words = line.split()
            if not words:
                continue
            path = f"sys/devices/virtual/net/{words[0]}"
            self._net(path, words[0])
            for lower in words[1:]:
                to = posixpath.normpath(posixpath.join(
                    "sys/class/net", self.out.entries[f"sys/class/net/{lower}"][1]))
                self.out.link_to(f"{path}/lower_{lower}", to)

    def _routes(self):
        row = "{:<127}\n".format
        text = row("Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow"
                   "\tIRTT")
        if self.route:
            text += row(f"{self.route}\t00000000\t0102A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0")
            text += row(f"{self.route}\t0002A8C0\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\t0\t0")
        self.out.file("proc/net/route", text, 0o444)
        zero = "0" * 32
        text = ""
        if self.route6:
            gateway = "fe800000000000000000000000000001"
            text = (f"{zero} 00 {zero} 00 {gateway} 00000400 00000001 00000000 00000003 "
                    f"{self.route6:>8}\n")
        text += f"{zero} 00 {zero} 00 {zero} ffffffff 00000001 00000000 00200200       lo\n"
        self.out.file("proc/net/ipv6_route", text, 0o444)

    def _names(self):
        if not self.names:
            return
        wanted = set()
        for f in self.functions:
            vendor = f"v0000{f.vendor.upper()}"
            sub = "".join(f"{a}0000{self._id(f, b)}" for a, b in
                          (("sv", "subsystem_vendor"), ("sd", "subsystem_device")))
            wanted |= {f"pci:{vendor}*", f"pci:{vendor}d0000{f.device.upper()}*",
                       f"pci:{vendor}d0000{f.device.upper()}{sub}*"}
        text = "# This file is part of systemd.\n"
        for key in sorted(wanted & self.names.keys()):
            text += f"\n{key}\n {self.names[key]}\n"
        self.out.file("usr/lib/udev/hwdb.d/20-pci-vendor-model.hwdb", text, 0o644)

    def _id(self, f, which):
        return self.out.entries[f"{f.path}/{which}"][2].decode().strip()[2:].upper()
