#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Fails when clang-format would change a file, or shellcheck has something to say.

usage: style.py TOP format|shell
"""

import os
import shutil
import sys

import project

SKIPPED = 77
# Ours must read the same under each release: what they grade as information or style differs.
TOOLS = {
    "format": ["clang-format-19", "--dry-run", "--Werror", "--"],
    "shell": ["shellcheck", "--external-sources", "--severity=warning", "--"],
}


def wanted(what, name):
    if what == "format":
        return name.endswith((".c", ".h"))
    return not name.endswith(".py") and project.is_shell_script(name)


def main(top, what):
    argv = TOOLS[what]
    if not shutil.which(argv[0]):
        print(f"{argv[0]} is not installed")
        return SKIPPED
    os.chdir(top)
    files = [name for name in project.files(".") if wanted(what, name)]
    sys.stdout.flush()
    return os.spawnvp(os.P_WAIT, argv[0], [*argv, *files]) if files else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
