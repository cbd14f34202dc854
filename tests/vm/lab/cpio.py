# SPDX-License-Identifier: LGPL-2.1-or-later
"""Initial RAM disks: a newc archive written in memory, and the modules that go into one."""
import lzma
import stat
import subprocess
from pathlib import Path


def archive(files):
    """files: path -> (mode, bytes); folders are added. Uncompressed: TCG unpacks slowly."""
    entries = {}
    for path, (mode, data) in files.items():
        for parent in list(Path(path).parents)[-2::-1]:
            entries.setdefault(str(parent), (stat.S_IFDIR | 0o755, b""))
        entries[path] = (mode, data)
    entries["TRAILER!!!"] = (0, b"")
    out = bytearray()
    for ino, (path, (mode, data)) in enumerate(entries.items(), 1):
        name = path.encode() + b"\0"
        head = (ino, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name), 0)
        out += b"070701" + b"".join(b"%08x" % n for n in head) + name
        out += bytes(-len(out) % 4) + data
        out += bytes(-len(out) % 4)
    return bytes(out)


def decompress(path):
    data = Path(path).read_bytes()
    if data[:6] == b"\xfd7zXZ\0":
        return lzma.decompress(data)
    if data[:4] == b"\x28\xb5\x2f\xfd":
        return subprocess.run(["zstd", "-dc"], input=data, check=True, capture_output=True).stdout
    return data


SIGNATURE = b"~Module signature appended~\n"


def module(path):
    """A module without its signature, whose verification takes long under TCG."""
    data = decompress(path)
    if data.endswith(SIGNATURE):
        end = len(data) - len(SIGNATURE) - 12
        length = int.from_bytes(data[end + 8:end + 12], "big")
        data = data[:end - length]
    return data


def module_paths(folder, names):
    """The files to load for these modules, in order; what is built in or unknown needs none."""
    deps, by_name = {}, {}
    for line in (folder / "modules.dep").read_text().splitlines():
        path, _, rest = line.partition(":")
        deps[path] = rest.split()
        by_name[Path(path).name.split(".")[0].replace("-", "_")] = path
    order = []

    def add(path):
        for dep in deps[path]:
            add(dep)
        if path not in order:
            order.append(path)

    for name in names:
        if name in by_name:
            add(by_name[name])
    return [folder / p for p in order]


def vmlinux(bzimage):
    """The ELF kernel in a bzImage: QEMU starts it by PVH, which spares decompression under TCG."""
    data = Path(bzimage).read_bytes()
    start = ((data[0x1f1] or 4) + 1) * 512 + int.from_bytes(data[0x248:0x24c], "little")
    payload = data[start:start + int.from_bytes(data[0x24c:0x250], "little")]
    if payload[:6] == b"\xfd7zXZ\0":
        elf = lzma.LZMADecompressor().decompress(payload)
    else:   # zstd, followed by four bytes of length
        elf = subprocess.run(["zstd", "-dcq"], input=payload, capture_output=True).stdout
    if elf[:4] != b"\x7fELF":
        raise ValueError(f"{bzimage}: no ELF kernel found inside")
    return elf
