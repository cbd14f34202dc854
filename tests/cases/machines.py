#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The machines that the cases run on, and the trees under machines/ that they make.

    machines.py --write             write all trees
    machines.py --check             fail if a committed tree is not what is described
    machines.py --show NAME         print one tree
    machines.py --names HWDB        refresh pci-names.hwdb from 20-pci-vendor-model.hwdb

They are described in desktops.py, servers.py, parted.py and strange.py; how one is drawn stands in
drawing.py. A shared part of two machines is a constant.
"""

import argparse
import difflib
import pathlib
import re
import sys

import desktops
import parted
import servers
import strange

HERE = pathlib.Path(__file__).parent
TREES = HERE / "machines"
NAMES = HERE / "pci-names.hwdb"
SIZE_MAX = 200 * 1024  # what capture may write of an ordinary machine
MACHINES = desktops.MACHINES | servers.MACHINES | parted.MACHINES | strange.MACHINES


def load_names(path):
    """{key: value line} of a hwdb file."""
    pairs = re.findall(r"^(pci:\S+)\n (ID_\S.*)$", path.read_text(encoding="utf-8"), re.M)
    return dict(pairs)


def refresh_names(source):
    """Keeps of the distribution's hwdb what the machines' own functions need."""
    everything = load_names(source)
    used = {}
    for make in MACHINES.values():
        text = make(everything).tree().entries[
            "usr/lib/udev/hwdb.d/20-pci-vendor-model.hwdb"][2].decode()
        used |= dict(re.findall(r"^(pci:\S+)\n (ID_\S.*)$", text, re.M))
    head = ("# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-3-Clause\n"
            "# From systemd's 20-pci-vendor-model.hwdb, which is from https://pci-ids.ucw.cz\n")
    body = "".join(f"\n{key}\n {used[key]}\n" for key in sorted(used))
    NAMES.write_text(head + body, encoding="utf-8")


def check(trees):
    """Every committed tree is described, every described tree committed."""
    wrong = sorted({p.stem for p in TREES.glob("*.tree")} - trees.keys())
    for name in wrong:
        print(f"machines/{name}.tree: no such machine is described")
    for name, text in trees.items():
        path = TREES / f"{name}.tree"
        there = path.read_text(encoding="utf-8") if path.exists() else ""
        if len(text) > SIZE_MAX:
            wrong.append(name)
            print(f"machines/{name}.tree: {len(text)} bytes")
        if there != text:
            wrong.append(name)
            sys.stdout.writelines(difflib.unified_diff(
                there.splitlines(True), text.splitlines(True), str(path), "described", n=0))
    return 1 if wrong else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--write", action="store_true", help="write all trees")
    what.add_argument("--check", action="store_true", help="compare with the committed trees")
    what.add_argument("--show", metavar="NAME", choices=MACHINES, help="print one tree")
    what.add_argument("--names", metavar="HWDB", type=pathlib.Path, help="refresh pci-names.hwdb")
    args = parser.parse_args()
    if args.names:
        refresh_names(args.names)
        return 0
    names = load_names(NAMES)
    if args.show:
        print(MACHINES[args.show](names).tree().dumps(), end="")
        return 0
    trees = {name: make(names).tree().dumps() for name, make in MACHINES.items()}
    if args.check:
        return check(trees)
    TREES.mkdir(exist_ok=True)
    for name, text in trees.items():
        (TREES / f"{name}.tree").write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
