#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What `gpuhost suggest` prints loads on the machine that it is for: as it is, and uncommented.

usage: suggest.py GPUHOST CASES-FOLDER
"""

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

TARGET = "etc/gpuhost/host.d/50-gpus.yaml"

# What an uncommented suggestion may still meet: what the machine lacks is for its owner to change.
OF_THE_MACHINE = {"iommu-off", "iommu-off-firmware", "no-interrupt-remapping", "driver-missing",
                  "device-dead"}


def gpuhost(program, tree, *arguments):
    with tempfile.NamedTemporaryFile("w", suffix=".tree") as file:
        file.write(tree.dumps())
        file.flush()
        done = subprocess.run([program, f"--root={file.name}", *arguments], capture_output=True,
                              text=True, timeout=60, check=False)
    return done.stdout


def errors_with(program, tree, text):
    tree.remove(TARGET)
    tree.file(TARGET, text.encode())
    findings = json.loads(gpuhost(program, tree, "check", "--json=short"))["findings"]
    return [f for f in findings if f["severity"] == "error"]


def main(program, cases):
    sys.path.insert(0, cases)
    from tree import Tree  # the cases' own

    wrong, machines = [], sorted(Path(cases, "machines").glob("*.tree"))
    for path in machines:
        tree = Tree.loads(path.read_text(encoding="utf-8"), path.name)
        text = gpuhost(program, tree, "suggest")
        active = [line for line in text.splitlines() if line and not line.startswith("#")]
        bare = re.sub(r"^#(?! \S|$)", "", text, flags=re.M)
        wrong += [f"{path.stem}: not a comment: {line}" for line in active]
        wrong += [f"{path.stem}: {f}" for f in errors_with(program, tree, text)]
        wrong += [f"{path.stem}: uncommented: {f}" for f in errors_with(program, tree, bare)
                  if f["code"] not in OF_THE_MACHINE]
        if "role:" in text and bare == text:
            wrong.append(f"{path.stem}: nothing was uncommented")
    print("\n".join(wrong) or f"nothing found on {len(machines)} machines")
    return 1 if wrong or not machines else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
