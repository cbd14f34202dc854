# SPDX-License-Identifier: LGPL-2.1-or-later
"""A small language for what hangs on a machine's PCI bus.

It is drawn as lspci -t would: one line a function, what is indented hangs on the bridge above it.

    00:01.0 8086:1901 0604 pcieport noacs
      01:00.0 10de:1e87 0300 nvidia sub=1462:3721 boot_vga bars=m16M,p256M,p32M,i128,r512K
        drm card0 renderD128 DP-1=connected
      01:00.1 10de:10f8 0403 snd_hda_intel

ADDRESS VENDOR:DEVICE CLASS DRIVER ('-' for none), then words: boot_vga; noacs (a bridge that
can't keep apart what is below it); acs (a function that is kept apart from its siblings);
KEY=VALUE for any sysfs attribute. Lines without an address say what a function carries:

    drm CARD [RENDER] [CONNECTOR=STATUS] [fbN]    disk NAME MAJ:MIN [partitions] [multipath]
    nic NAME                                      mdev TYPE INSTANCES NAME WORDS
    vfs FIRST COUNT DEVICE DRIVER [types=NAME]    usbnic NAME

IOMMU groups follow the kernel's rule (drivers/iommu/iommu.c, pci_device_group): functions of
one slot stand together unless they have ACS, a bridge takes in what is below when it has none.
"""

import re

ADDRESS = re.compile(r"(?:([0-9a-f]{4,}):)?([0-9a-f]{2}):([0-9a-f]{2})\.([0-7])")
UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30}
BAR_KINDS = {  # flags as in include/linux/ioport.h and include/uapi/linux/pci_regs.h
    "m": (0x40200, 1, 0xD0000000), "p": (0x14220C, 2, 0x6000000000),
    "q": (0x140204, 2, 0x5000000000), "i": (0x40101, 1, 0x3000), "r": (0x46200, 1, 0xFE000000),
}


class Function:
    def __init__(self, parent, words, domain):
        address, ids, self.klass, driver, *rest = words
        found = ADDRESS.fullmatch(address)
        self.domain = found[1] or domain
        self.bus, self.slot, self.fn = found[2], found[3], found[4]
        self.address = f"{self.domain}:{self.bus}:{self.slot}.{self.fn}"
        self.vendor, self.device = ids.split(":")
        self.driver = None if driver == "-" else driver
        self.flags = {word for word in rest if "=" not in word}
        self.attributes = dict(word.split("=", 1) for word in rest if "=" in word)
        self.parent = parent
        self.carries = []
        self.group = None
        self.physfn = None

    @property
    def is_bridge(self):
        return self.klass == "0604"

    @property
    def is_display(self):
        return self.klass[:2] in ("03", "12")

    @property
    def slot_key(self):
        return (self.domain, self.bus, self.slot)

    @property
    def path(self):
        """Its folder. A domain of its own begins below a function that is no bridge (VMD)."""
        root = f"pci{self.domain}:{self.bus}"
        if not self.parent:
            return f"sys/devices/{root}/{self.address}"
        if self.parent.domain != self.domain:
            return f"{self.parent.path}/{root}/{self.address}"
        return f"{self.parent.path}/{self.address}"

    @property
    def class_code(self):
        return f"0x{self.klass:0<6}" if len(self.klass) == 4 else f"0x{self.klass}"


def parse_pci(text, domain="0000"):
    """The drawing: functions in the order of the bus scan."""
    functions = []
    above = []  # (indent, function)
    for line in text.splitlines():
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        indent = len(line) - len(line.lstrip())
        while above and above[-1][0] >= indent:
            above.pop()
        parent = above[-1][1] if above else None
        if not ADDRESS.fullmatch(words[0]):
            parent.carries.append(words)
            if words[0] == "vfs":
                functions += virtual_functions(parent, words)
            continue
        function = Function(parent, words, parent.domain if parent else domain)
        functions.append(function)
        above.append((indent, function))
    return functions


def virtual_functions(pf, words):
    """vfs FIRST COUNT DEVICE DRIVER: eight a slot, as ARI counts them."""
    _, first, count, device, driver, *rest = words
    bus, slot, fn = (int(x, 16) for x in ADDRESS.fullmatch(first).groups()[1:])
    out = []
    for n in range(int(count)):
        at = slot * 8 + fn + n
        address = f"{pf.domain}:{bus:02x}:{at // 8:02x}.{at % 8}"
        vf = Function(pf.parent, [address, device, pf.klass, driver, "acs", *rest], pf.domain)
        vf.physfn = pf
        out.append(vf)
    return out


def number_groups(functions):
    """Groups are numbered in the order in which the kernel meets them."""
    numbers = {}
    own = {f.slot_key for f in functions if f.klass == "0806"}  # AMD: not what translates itself
    for function in scan_order(functions, None):
        if function.slot_key in own:
            continue
        key = group_key(function)
        function.group = numbers.setdefault(key, len(numbers))


def scan_order(functions, parent):
    """A bus is scanned whole before what hangs below its bridges."""
    here = [f for f in functions if f.parent is parent]
    return here + [below for f in here for below in scan_order(functions, f)]


def group_key(function):
    merged = None
    above = function.parent
    while above:
        if "noacs" in above.flags or above.domain != function.domain:
            merged = above
        above = above.parent
    if merged:
        return group_key(merged)
    if function.is_bridge and "noacs" not in function.flags or "acs" in function.flags:
        return function.address
    return function.slot_key


def bars_text(words, cursors):
    """The `resource` file: six BARs, the ROM, six of SR-IOV."""
    lines = [(0, 0, 0)] * 13
    at = 0
    for word in words.split(",") if words else []:
        if word == "-":
            at += 1
            continue
        flags, takes, base = BAR_KINDS[word[0]]
        size = int(word[1:].rstrip("KMG")) * UNITS[word[-1] if word[-1] in "KMG" else ""]
        start = -(-cursors.get(word[0], base) // size) * size
        cursors[word[0]] = start + size
        lines[6 if word[0] == "r" else at] = (start, start + size - 1, flags)
        at += 0 if word[0] == "r" else takes
    return "".join(f"0x{a:016x} 0x{b:016x} 0x{c:016x}\n" for a, b, c in lines)
