#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Fails when an #include under src/ runs against the order of the layers.

usage: includes.py TOP
"""

import re
import sys
from pathlib import Path

FRONT_ENDS = ("generator", "addon", "bind", "cmdline", "prepare", "udev", "claim", "run", "cli")

# What a layer may include besides itself and util/.
MAY_INCLUDE = {
    "util": (),
    "model": (),
    "config": ("model",),
    "host": ("model",),
    "vendor": ("model",),
    "plan": ("model", "vendor"),
    "guest": ("model",),
    "emit": ("model",),
    "device": ("model",),
    "boot": ("model",),
    "lease": ("model",),
    "supervise": ("model",),
    "journal": ("model", "device", "boot"),
}
MAY_INCLUDE |= {name: tuple(MAY_INCLUDE) for name in FRONT_ENDS}
# It shows what a start would decide.
MAY_INCLUDE["cli"] += ("claim",)

# Libraries that must not spread: small programs link few layers and stay small.
MAY_USE = {
    "yaml.h": ("config",),
    "libkmod.h": ("host", "bind", "device"),
    "blkid/blkid.h": ("host", "claim"),
}

INCLUDE = re.compile(r'^\s*#\s*include\s*(?P<open>[<"])(?P<path>[^>"]+)[>"]')


def objection(layer, mark, path):
    """Why this layer may not write this include, or None."""
    if mark == "<":
        users = MAY_USE.get(path)
        if users and layer not in users:
            return f"<{path}> belongs to {' and '.join(users)}"
        return None
    target, slash, _ = path.partition("/")
    if not slash or target not in MAY_INCLUDE:
        return f'write "LAYER/FILE.h" instead of "{path}"'
    if target in (layer, "util") or target in MAY_INCLUDE[layer]:
        return None
    return f'{layer} may not include "{path}"'


def objections(top):
    source = Path(top, "src")
    for file in sorted(source.glob("*/**/*.[ch]")):
        layer = file.relative_to(source).parts[0]
        where = file.relative_to(top)
        if layer not in MAY_INCLUDE:
            yield f"{where}: {layer}/ is no layer; add it to {Path(__file__).name}"
            continue
        for number, line in enumerate(file.read_text().splitlines(), 1):
            match = INCLUDE.match(line)
            why = match and objection(layer, match["open"], match["path"])
            if why:
                yield f"{where}:{number}: {why}"


if __name__ == "__main__":
    found = list(objections(sys.argv[1]))
    print("\n".join(found) or "nothing found")
    sys.exit(1 if found else 0)
