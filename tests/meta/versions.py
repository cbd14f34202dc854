#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Fails when the packages and the build do not agree on the version.

usage: versions.py TOP VERSION
"""

import re
import sys
from pathlib import Path

PLACES = {
    "packaging/debian/changelog": r"^gpuhost \((\S+)\)",
    "packaging/rpm/gpuhost.spec": r"^Version:\s+(\S+)$",
}


def objections(top, version):
    for name, pattern in PLACES.items():
        match = re.search(pattern, Path(top, name).read_text(), re.M)
        if not match or match[1] != version:
            yield f"{name}: {match[1] if match else 'no version'} instead of {version}"


if __name__ == "__main__":
    found = list(objections(*sys.argv[1:]))
    print("\n".join(found) or "nothing found")
    sys.exit(1 if found else 0)
