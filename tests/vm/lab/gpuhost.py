# SPDX-License-Identifier: LGPL-2.1-or-later
"""gpuhost itself: its package, built from this tree, installed in the guest."""
import re
from pathlib import Path

from . import cache, images
from .debian import call

TOP = images.HERE.parent.parent
SOURCES = ("src", "data", "grub.d", "initramfs", "man", "modprobe.d", "packaging", "udev", "units",
           "meson.build", "meson_options.txt", "tools/lib/package.py")


def built_for(release):
    """A package runs on its own release and on later ones, so the system we are on will do for
    most: that spares a root with compilers."""
    text = Path("/etc/os-release").read_text()
    here = re.search(r'^ID=debian$', text, re.M) and re.search(r'^VERSION_ID="?(\d+)', text, re.M)
    return int(here[1]) if here and int(here[1]) <= release else release


def package(release):
    """The .deb for that release."""
    target = built_for(release)
    sources = [TOP / name for name in SOURCES if (TOP / name).exists()]
    folder = cache.thing(f"gpuhost-{target}", lambda out: call(
        "env", "DEB_BUILD_OPTIONS=nocheck noautodbgsym", TOP / "tools/package",
        "--release", target, "--output", out), target, *sources)
    return next(folder.glob("gpuhost_*.deb"))


def install(vm):
    """Everything that it depends on is in the image."""
    vm.put("/root/gpuhost.deb", package(vm.host.release).read_bytes())
    vm.run("dpkg -i /root/gpuhost.deb", timeout=90)
