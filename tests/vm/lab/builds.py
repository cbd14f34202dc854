# SPDX-License-Identifier: LGPL-2.1-or-later
"""What is compiled for the virtual host: the fake card for its QEMU, what ends a program half-way."""
import shutil

from . import cache, debian, images
from .debian import call, fetch

CARDS = images.HERE / "cards"


def fakegpu():
    """fakegpu.so for exactly the outer QEMU; Unavailable where its source is not to be had."""
    qemu = images.outer_qemu()
    return cache.thing("fakegpu", lambda out: _make_fakegpu(qemu, out), qemu.parent.name,
                       CARDS / "fakegpu.c", CARDS / "fakegpu-build.sh") / "fakegpu.so"


def last_call():
    """last-call.so: see preload/last-call.c. The C library here is no newer than the guests'."""
    source = images.HERE / "preload/last-call.c"
    return cache.thing("last-call", lambda out: call(
        "gcc", "-shared", "-fPIC", "-O2", "-Wall", "-Werror", "-o", out / "last-call.so", source),
        source) / "last-call.so"


def _make_fakegpu(qemu, out):
    for program, package in (("dpkg-source", "dpkg-dev"), ("pkg-config", "pkg-config"),
                             ("gcc", "gcc")):
        debian.need(program, package)
    work = out / "work"
    work.mkdir()
    apt = debian.private_apt(work, images.RELEASES[images.OUTER], kind="deb-src")
    version = images.package_version(qemu, "qemu-system-x86")
    fetch(*apt, "source", "--only-source", f"qemu={version}", cwd=work)
    source = next(p for p in work.glob("qemu-*") if p.is_dir())
    call(CARDS / "fakegpu-build.sh", source, qemu / "usr/bin/qemu-system-x86_64", out)
    shutil.rmtree(work)
