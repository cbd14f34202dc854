#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Reports long functions and files; fails for a function that no reader should have to bear.

usage: lengths.py TOP
"""

import re
import sys
from pathlib import Path

FILE_LINES = 400
FUNCTION_LINES = 60
FUNCTION_LIMIT = 100

NAME = re.compile(r"(\w+)\s*\(")


def functions(lines):
    """Name, first line and length of each function: its braces stand alone in the first column."""
    opened = None
    for number, line in enumerate(lines):
        if line == "{":
            opened = number
        elif line == "}" and opened is not None:
            head = opened - 1
            while head > 0 and lines[head].startswith((" ", "\t")):
                head -= 1
            match = NAME.search(lines[head])
            yield (match[1] if match else "?"), head + 1, number - opened + 1
            opened = None


def remarks(top):
    """Pairs of a remark and whether it is a failure."""
    for file in sorted(Path(top).glob("src/**/*.[ch]")) + sorted(Path(top).glob("tests/**/*.[ch]")):
        where = file.relative_to(top)
        lines = file.read_text().splitlines()
        if len(lines) > FILE_LINES:
            yield f"{where}: {len(lines)} lines, two rooms from {FILE_LINES} on", False
        for name, number, length in functions(lines):
            if length > FUNCTION_LINES:
                yield f"{where}:{number}: {name}() has {length} lines", length > FUNCTION_LIMIT


if __name__ == "__main__":
    found = list(remarks(sys.argv[1]))
    print("\n".join(remark for remark, _ in found) or "nothing found")
    sys.exit(1 if any(failure for _, failure in found) else 0)
