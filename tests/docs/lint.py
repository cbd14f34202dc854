#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Fails when mandoc or groff has something to say about a manual page.

usage: lint.py mandoc|groff PAGE
"""

import shutil
import subprocess
import sys

SKIPPED = 77
TOOLS = {
    # Whether the pages that it refers to are installed is no matter of the page's.
    "mandoc": ["mandoc", "-T", "lint", "-W", "warning"],
    "groff": ["groff", "-ww", "-mdoc", "-T", "utf8", "-z"],
}


def main(tool, page):
    if not shutil.which(tool):
        print(f"{tool} is not installed")
        return SKIPPED
    done = subprocess.run([*TOOLS[tool], page], capture_output=True, text=True, check=False)
    said = done.stdout + done.stderr
    print(said or "nothing found")
    return 1 if said or done.returncode else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
