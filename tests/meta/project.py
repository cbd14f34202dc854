# SPDX-License-Identifier: LGPL-2.1-or-later
"""Which files the project consists of."""

import os
import subprocess
from pathlib import Path


def files(top):
    """Names of all files: what git knows or would add; in an unpacked archive, everything."""
    if Path(top, ".git").exists():
        argv = ["git", "-c", "safe.directory=*", "ls-files", "-z", "-co", "--exclude-standard"]
        listed = subprocess.run(argv, cwd=top, capture_output=True, check=True).stdout
        names = {os.fsdecode(name) for name in listed.split(b"\0") if name}
    else:
        names = {str(p.relative_to(top)) for p in Path(top).rglob("*")}
    return [name for name in sorted(names) if is_plain(Path(top, name))]


def is_plain(path):
    return path.is_file() and not path.is_symlink()


def is_shell_script(path):
    with open(path, "rb") as file:
        first = file.readline(64)
    return first.startswith(b"#!") and first.split()[-1].endswith(b"sh")
