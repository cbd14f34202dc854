# SPDX-License-Identifier: LGPL-2.1-or-later
"""Packages that one case needs on its host, and no other."""
from . import cache, debian, images
from .debian import fetch


def fetched(release, *names):
    """The .debs of these, and of what they depend on that the image has not."""
    folder = cache.thing(f"packages-{release}", lambda out: _fetch(release, names, out),
                         images.root(release).name, names)
    return sorted(folder.glob("*.deb"))


def install(vm, *names):
    """apt removes what stands against them; it has no sources, and needs none. Some start what only an
    old init script is for."""
    vm.run("rm -f /etc/systemd/system-generators/systemd-sysv-generator; systemctl daemon-reload")
    packages = fetched(vm.host.release, *names)
    for package in packages:
        vm.put(f"/root/{package.name}", package.read_bytes())
    vm.run(["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "install", "-y", "--no-install-recommends",
            *[f"/root/{p.name}" for p in packages]], timeout=300)


def _fetch(release, names, out):
    apt = debian.private_apt(out / "apt", images.RELEASES[release], kind="deb")
    status = images.root(release) / "root/var/lib/dpkg/status"
    (out / "apt/status").write_bytes(status.read_bytes())
    fetch(*apt, "install", "-y", "--no-install-recommends", "--download-only", *names)
    for package in (out / "apt/cache/archives").glob("*.deb"):
        package.rename(out / package.name)
    cache.remove(out / "apt")
