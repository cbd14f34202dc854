#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Fails when clang has something to say about what another compiler builds here.

usage: clang.py BUILD
"""

import json
import os
import shlex
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

SKIPPED = 77
WITH_VALUE = ("-o", "-MF", "-MQ")
NOT_FOR_CLANG = ("-c", "-MD", "-Wlogical-op")


def arguments(command):
    """Those of the compiler that built it, without what names its output or is its own."""
    words = iter(shlex.split(command)[1:])
    for word in words:
        if word in WITH_VALUE:
            next(words)
        elif word not in NOT_FOR_CLANG:
            yield word


def look_at(entry):
    argv = ["clang", "-fsyntax-only", *arguments(entry["command"])]
    return subprocess.run(argv, cwd=entry["directory"], capture_output=True, text=True).stderr


def main(build):
    if not shutil.which("clang"):
        print("clang is not installed")
        return SKIPPED
    with open(os.path.join(build, "compile_commands.json"), encoding="utf-8") as file:
        database = json.load(file)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        said = [text for text in pool.map(look_at, database) if text]
    print("".join(said) or f"nothing to say about {len(database)} files")
    return 1 if said else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
