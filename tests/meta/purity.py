#!/usr/bin/python3 -B
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What is to be pure asks the system for nothing: no file, clock, environment or child process.
Judged by the symbols that the libraries of these layers want from elsewhere."""
import re
import subprocess
import sys
from pathlib import Path

LAYERS = ("plan", "vendor", "emit", "guest")
# Of libc these may want memory, strings and formatting; a write to the caller's own buffer is one too.
SYSTEM = re.compile(r"""(f?open(at)?(2|64)?|fd?open(dir)?|creat|(p?read|p?write)v?(64)?|close|ioctl
    |f?stat(at|x)?(64)?|lstat|access|readlink(at)?|opendir|scandir|mkdir|unlink|rename|syscall|socket
    |time|clock_gettime|gettimeofday|localtime(_r)?|gmtime(_r)?|(secure_)?getenv|environ|setenv
    |isatty|fork|vfork|exec\w+|posix_spawn\w*|system|popen|getpid|getu?e?uid|rand(om)?|getrandom
    |printf|puts|putchar|f(puts|printf|write|flush)|std(in|out|err)|abort|exit)""", re.X)


def wanted(archive):
    out = subprocess.run(["nm", "-u", archive], capture_output=True, text=True, check=True).stdout
    return {line.split()[-1].partition("@")[0] for line in out.splitlines() if " U " in line}


def impure(names):
    plain = {name.removeprefix("__").removesuffix("_chk") for name in names}
    return sorted(name for name in plain if SYSTEM.fullmatch(name))


def main(build):
    bad = []
    for layer in LAYERS:
        names = wanted(Path(build, "src", layer, f"lib{layer}.a"))
        bad += [f"{layer}: wants {name}" for name in impure(names)]
        if not names:
            bad.append(f"{layer}: its symbols are not to be seen")
    print("\n".join(bad) or "nothing found")
    return bool(bad)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
