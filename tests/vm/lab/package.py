# SPDX-License-Identifier: LGPL-2.1-or-later
"""gpuhost's own package, built from this tree for the release of a virtual host."""
import os
import subprocess
import sys

from . import cache, images

TOP = images.HERE.parent.parent
SOURCES = ("src", "data", "initramfs", "man", "packaging", "udev", "units", "boot")


def _inputs():
    files = [TOP / "meson.build", TOP / "meson_options.txt", TOP / "tools/lib/package.py"]
    return files + [TOP / name for name in SOURCES if (TOP / name).is_dir()]


def deb(release):
    """Path of the .deb."""
    folder = cache.thing(f"gpuhost-{release}", lambda out: _build(release, out), *_inputs())
    return next(folder.glob("*.deb"))


def _build(release, out):
    subprocess.run([sys.executable, "-B", TOP / "tools/lib/package.py", f"--release={release}",
                    "--output", out], check=True, stdout=subprocess.DEVNULL,
                   env={**os.environ, "DEB_BUILD_OPTIONS": "nocheck noautodbgsym"})


def install(vm):
    """Everything that it depends on is in the image."""
    vm.put("/root/gpuhost.deb", deb(vm.host.release).read_bytes())
    vm.run(["dpkg", "-i", "/root/gpuhost.deb"], timeout=60)
