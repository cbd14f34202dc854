#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Fails when the journal's catalogue and the messages that programs send do not have the same IDs.

usage: catalog.py HEADER CATALOG
"""

import re
import sys
from pathlib import Path

FIELDS = {"GPU", "PCI_ADDR", "PROBLEM", "ROLE"}  # that each message carries


def objections(header, catalog):
    sent = re.findall(r'#define MESSAGE_\w+\s+"([0-9a-f]{32})"', header)
    entries = re.split(r"^-- ", catalog, flags=re.M)[1:]
    told = [entry.split("\n", 1)[0] for entry in entries]
    for what in sorted(set(sent) ^ set(told)):
        yield f"{what}: only in {'the header' if what in sent else 'the catalogue'}"
    for what in sorted({x for x in told if told.count(x) > 1} | {x for x in sent if sent.count(x) > 1}):
        yield f"{what}: more than once"
    for entry in entries:
        head, _, body = entry.partition("\n\n")
        if "\nSubject: " not in head or "\nDocumentation: man:" not in head or not body.strip():
            yield f"{entry[:32]}: needs a subject, a manual page and a text"
        for name in sorted(set(re.findall(r"@(\w+)@", entry)) - FIELDS):
            yield f"{entry[:32]}: no message has {name}"


if __name__ == "__main__":
    found = list(objections(Path(sys.argv[1]).read_text(), Path(sys.argv[2]).read_text()))
    print("\n".join(found) or "nothing found")
    sys.exit(1 if found else 0)
