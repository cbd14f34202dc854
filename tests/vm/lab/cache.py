# SPDX-License-Identifier: LGPL-2.1-or-later
"""Things that take long to make, kept under a name that holds the hash of what they are made from.

A thing is a folder. It is made under a temporary name and renamed, so that it is whole or absent;
a lock makes two processes that want the same thing wait for one maker.
"""
import contextlib
import fcntl
import hashlib
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

KEEP_UNUSED = 14 * 24 * 3600


def base():
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    path = Path(os.environ.get("GPUHOST_LAB_CACHE") or Path(home) / "gpuhost-lab")
    path.mkdir(parents=True, exist_ok=True)
    return path


def say(text):
    """Progress goes past pytest's capture: making an image takes a minute."""
    print(f"lab: {text}", file=sys.__stderr__, flush=True)


def digest(*inputs):
    """Of strings, of files, and of what other things were made from (their folder's name)."""
    h = hashlib.sha256()
    for item in inputs:
        if isinstance(item, Path) and item.is_dir():
            for p in sorted(q for q in item.rglob("*") if q.is_file()):
                h.update(f"{p.relative_to(item)}\0{p.stat().st_mode:o}\0".encode() + p.read_bytes())
        elif isinstance(item, Path):
            h.update(item.read_bytes())
        else:
            h.update(str(item).encode())
        h.update(b"\1")
    return h.hexdigest()[:16]


@contextlib.contextmanager
def locked(name):
    with open(base() / f"{name}.lock", "w") as f:
        fcntl.flock(f, fcntl.LOCK_EX)
        yield


def remove(path):
    """rmtree that also copes with folders another id owns inside a user namespace."""
    shutil.rmtree(path, ignore_errors=True)


def _drop_unused(name, keep):
    for old in base().glob(f"{name}-*"):
        if old.is_dir() and old != keep and time.time() - old.stat().st_mtime > KEEP_UNUSED:
            remove(old)


def thing(name, make, *inputs):
    """The folder of `name` made from `inputs`, by make(folder) unless it is there."""
    path = base() / f"{name}-{digest(name, *inputs)}"
    if not path.is_dir():
        with locked(name):
            if not path.is_dir():
                _make(name, make, path)
    os.utime(path)
    return path


def _make(name, make, path):
    for left in base().glob(f".{name}-*"):     # of a maker that was killed: we hold its lock
        remove(left)
    tmp = Path(tempfile.mkdtemp(prefix=f".{name}-", dir=base()))
    tmp.chmod(0o755)
    say(f"making {name} …")
    start = time.monotonic()
    try:
        make(tmp)
        tmp.rename(path)
    except BaseException:
        remove(tmp)
        raise
    say(f"made {name} in {time.monotonic() - start:.0f} s")
    _drop_unused(name, path)
