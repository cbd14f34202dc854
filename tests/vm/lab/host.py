# SPDX-License-Identifier: LGPL-2.1-or-later
"""The description of a virtual host: a value that can be compared, printed, and turned into
QEMU's arguments."""
from dataclasses import dataclass, field, replace

FIRST_SLOT = 8      # below it QEMU puts IOMMU and chipset devices


@dataclass(frozen=True)
class Dev:
    """One PCI function: a QEMU device and its properties. `id` names it in QMP and in tests."""
    driver: str
    props: tuple = ()
    id: str = ""

    def argument(self, **place):
        words = [self.driver] + [f"id={self.id}"] * bool(self.id)
        words += [f"{k}={v}" for k, v in {**place, **dict(self.props)}.items()]
        return ",".join(words)


def dev(driver, id="", **props):
    return Dev(driver, tuple((k.replace("_", "-"), v) for k, v in props.items()), id)


@dataclass(frozen=True)
class Port:
    """A root port with the functions of one slot: an IOMMU group of its own."""
    functions: tuple
    props: tuple = ()


@dataclass(frozen=True)
class Together:
    """Slots that share one IOMMU group: root ports without ACS that are one device."""
    slots: tuple


@dataclass(frozen=True)
class Bridge:
    """Slots behind a conventional PCI bridge: one group again, in the way of old boards."""
    slots: tuple


@dataclass(frozen=True)
class Integrated:
    """A slot of the root bus, like an integrated GPU. The only place where QEMU's amd-iommu
    translates: it knows a device by the bus number at power-on, when all are still 0."""
    functions: tuple


def gpu(id="gpu0", card="10de:2684", audio="10de:22ba", vram_mb=16, **props):
    """A fake GPU and its audio function in a slot; card: vendor:device as lspci writes it."""
    vendor, device = card.split(":")
    functions = [dev("fakegpu", id, vendor=f"0x{vendor}", device=f"0x{device}", vram_mb=vram_mb,
                     **props)]
    if audio:
        vendor, device = audio.split(":")
        functions.append(dev("fakegpu", f"{id}-audio", vendor=f"0x{vendor}", device=f"0x{device}",
                             **{"class": "0x0403", "vram-mb": 0, "flr": "off"}))
    return tuple(functions)


def other(id, **props):
    """Of the same vendor and driver, but another model."""
    return gpu(id, card="10de:2704", audio="10de:22bb", **props)


def strange(id, **props):
    """Of a vendor that has no driver in Linux."""
    return gpu(id, card="1ed5:0222", audio=None, **props)


def navi(id="navi0", **props):
    """Its driver takes half a minute of the emulated processor to load."""
    return gpu(id, card="1002:73bf", audio="1002:ab28", revision="0xc1", subvendor="0x1002",
               subdevice="0x0e3a", **props)


def nic(id="nic0"):
    """A network card with a user network behind it."""
    return (dev("virtio-net-pci", id, netdev="user", romfile=""),)


ROOT_DISK = (dev("virtio-blk-pci", "disk0", drive="disk", serial="root", bootindex=1),)


# With more than one processor, what one writes to a device is now and then lost while another changes
# where devices are: QEMU 10.0 looks the old place's number up in the new map. An interrupt is in service
# for ever then, and the disk answers nobody.
@dataclass(frozen=True)
class Host:
    """What a test asks for. Hosts that are equal share one boot."""
    release: int = 13
    iommu: str = "intel"            # intel | amd | virtio | none
    intremap: bool = True
    cards: tuple = ()               # Port, Together, Bridge, Integrated; a bare slot is a Port
    firmware: str = "direct"        # direct | bios | uefi
    append: str = ""                # more kernel arguments, with direct boot
    memory_mb: int = 1024
    cpus: int = 1                   # see above
    files: tuple = ()               # (path in the guest, text) put in before the test starts
    gpuhost: bool = False           # installed, from this tree
    prepare: tuple = ()             # commands run before the test starts, once for all its sharers
    before: tuple = ()              # devices without a place that cards refer to

    def but(self, **changes):
        return replace(self, **changes)

    @property
    def needs_fakegpu(self):
        return "driver='fakegpu'" in repr(self.cards)

    def __str__(self):
        words = [f"debian{self.release}", self.firmware, self.iommu]
        words += ["gpuhost"] * self.gpuhost
        return "-".join(words + [f"{len(self.cards)}cards"] * bool(self.cards))


IOMMUS = {
    "intel": lambda intremap: f"intel-iommu,intremap={intremap},caching-mode=on",
    "amd": lambda intremap: f"amd-iommu,intremap={intremap}",
    "virtio": lambda intremap: "virtio-iommu-pci,addr=7.0",
}


@dataclass
class Placing:
    """Hands out slots of the root bus and writes one -device after another."""
    arguments: list = field(default_factory=list)
    slot: int = FIRST_SLOT
    ports: int = 0

    def device(self, text):
        self.arguments += ["-device", text]

    def port(self, addr, *more):
        name = f"port{self.ports}"
        self.ports += 1
        self.device(",".join([f"pcie-root-port,id={name},chassis={self.ports},addr={addr}", *more]))
        return name

    def functions(self, functions, bus, slot):
        for n, function in enumerate(functions):
            multi = {"multifunction": "on"} if n == 0 and len(functions) > 1 else {}
            self.device(function.argument(bus=bus, addr=f"{slot}.{n}", **multi))

    def place(self, card):
        addr = f"{self.slot:x}"
        self.slot += 1
        if isinstance(card, Integrated):
            self.functions(card.functions, "pcie.0", addr)
        elif isinstance(card, Bridge):
            self.device(f"pcie-pci-bridge,id=bridge{addr},bus={self.port(addr)}")
            for n, slot in enumerate(card.slots, 1):
                self.functions(slot, f"bridge{addr}", n)
        elif isinstance(card, Together):
            for n, slot in enumerate(card.slots):
                bus = self.port(f"{addr}.{n}", "disable-acs=on", *["multifunction=on"] * (n == 0))
                self.functions(slot, bus, 0)
        else:
            port = card if isinstance(card, Port) else Port(card)
            bus = self.port(addr, *[f"{k}={v}" for k, v in port.props])
            self.functions(port.functions, bus, 0)


def with_vfs(functions, reserve="1G"):
    """A slot whose card offers VFs: the port above it needs room for their BARs."""
    return Port(functions, (("pref64-reserve", reserve),))


def devices(host):
    """QEMU's arguments for the IOMMU and everything on PCI, the root disk among it."""
    placing = Placing()
    if host.iommu != "none":
        placing.device(IOMMUS[host.iommu]("on" if host.intremap else "off"))
    for device in host.before:
        placing.device(device.argument())
    if "id='disk0'" not in repr(host.cards):
        placing.device(ROOT_DISK[0].argument(bus="pcie.0", addr="5"))
    if "netdev" in repr(host.cards):
        placing.arguments += ["-netdev", "user,id=user"]
    for card in host.cards:
        placing.place(card)
    return placing.arguments
