# SPDX-License-Identifier: LGPL-2.1-or-later
"""usage: lab make [RELEASE...] | shell [RELEASE]

make: what the virtual host of these releases (13) needs, so that it is in the cache.
shell: a machine with an Intel IOMMU, two GPUs and gpuhost installed, at its console.
"""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from lab import builds, gpuhost, images  # noqa: E402
from lab.host import Host, gpu, navi  # noqa: E402
from lab.machine import Machine  # noqa: E402
from lab.shell import FOREVER, attach  # noqa: E402


def make(releases):
    for release in releases or [images.OUTER]:
        images.image(release)
    builds.fakegpu()


def shell(release):
    with Machine(Host(release, cards=(gpu("gpu0"), navi("gpu1")), cpus=2), limit=FOREVER) as vm:
        vm.wait_boot()
        gpuhost.install(vm)
        attach(vm)


def main(words):
    if words[:1] == ["make"]:
        make([int(w) for w in words[1:]])
    elif words[:1] == ["shell"]:
        shell(int(words[1]) if words[1:] else images.OUTER)
    else:
        sys.exit(__doc__)


main(sys.argv[1:])
