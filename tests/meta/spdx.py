#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Fails when a file does not begin with its licence.

usage: spdx.py TOP
"""

import re
import sys
from fnmatch import fnmatchcase
from pathlib import Path

from project import files

OURS = "LGPL-2.1-or-later"
# Built against QEMU or the kernel: never installed, so only beneath tests/.
TESTS_ONLY = ("GPL-2.0-or-later", "GPL-2.0-only", "GPL-2.0")

# Data that has no place for a comment, or whose bytes are the test.
WITHOUT = (
    "LICENSE",
    "tests/cases/*/*",
    "tests/guest/*/*",
    "tests/fuzz/corpus/*",
    "packaging/debian/changelog",
    "packaging/debian/copyright",
    "packaging/debian/source/*",
    "*.json",
    "*.tree",
    "*.png",
    "*.gif",
)

LINE = re.compile(rb"^\W{0,6}\s*SPDX-License-Identifier: ([\w.-]+)")


def objection(name, head):
    """Why these first bytes of this file are not right, or None."""
    lines = head.splitlines()
    if lines and lines[0].startswith((b"#!", b"#compdef ", b"#cloud-config", b"<?xml", b"'\\\"")):
        del lines[0]
    match = LINE.match(lines[0]) if lines else None
    if not match:
        return "does not begin with an SPDX line"
    licence = match[1].decode()
    if licence == OURS or (licence in TESTS_ONLY and name.startswith("tests/")):
        return None
    return f"{licence} has no place here"


def objections(top):
    for name in files(top):
        if any(fnmatchcase(name, pattern) for pattern in WITHOUT):
            continue
        with open(Path(top, name), "rb") as file:
            why = objection(name, file.read(512))
        if why:
            yield f"{name}: {why}"


if __name__ == "__main__":
    found = list(objections(sys.argv[1]))
    print("\n".join(found) or "nothing found")
    sys.exit(1 if found else 0)
