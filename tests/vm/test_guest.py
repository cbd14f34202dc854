# SPDX-License-Identifier: LGPL-2.1-or-later
"""The QEMU of both releases takes every command line of tests/guest. No virtual host is needed: each runs
out of its release's root, and does no more than stand still."""
import sys

import pytest
from lab import images

sys.path.insert(0, str(images.HERE.parent / "guest"))
import accept  # noqa: E402

VERSIONS = {12: (7, 2), 13: (10, 0)}


def qemu_of(release):
    root = images.root(release) / "root"
    lib = root / "usr/lib/x86_64-linux-gnu"
    words = [lib / "ld-linux-x86-64.so.2", "--library-path", lib,
             root / "usr/bin/qemu-system-x86_64"]
    for folder in ("usr/share/qemu", "usr/share/seabios", "usr/lib/ipxe/qemu"):
        words += ["-L", root / folder]
    return accept.Qemu(words, {"PATH": "/usr/bin:/bin", "QEMU_MODULE_DIR": str(lib / "qemu")})


@pytest.mark.parametrize("release", images.RELEASES)
def test_qemu_takes_every_command_line(release):
    qemu = qemu_of(release)
    assert qemu.version == VERSIONS[release]
    assert accept.refuses_nonsense(qemu)
    assert accept.refusals(qemu) == {}
