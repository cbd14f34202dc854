# SPDX-License-Identifier: LGPL-2.1-or-later
"""A fixture machine for the programs of a boot, by --root.

A fixture has no kernel behind it: what is written stays where it was written, and nothing is bound by
it. That it is bound in truth is for the virtual host to show.
"""

import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

HERE = Path(__file__).parent
SOURCE = HERE.parent.parent
MACHINES = HERE.parent / "cases/machines"
sys.path.insert(0, str(HERE.parent / "cases"))

from tree import Tree  # noqa: E402

BUILD = Path(sys.argv.pop(1)).resolve()
BIND = BUILD / "src/bind/gpuhost-bind"
PREPARE = BUILD / "src/prepare/gpuhost-prepare"
GPUHOST = BUILD / "src/cli/gpuhost"
UDEV = BUILD / "src/udev/gpuhost-udev"
GENERATOR = BUILD / "src/generator/gpuhost-generator"

# Two cards of one kind; the first is declared, the second stays.
FIRST, AUDIO, SECOND = "0000:0b:00.0", "0000:0b:00.1", "0000:0c:00.0"
SITE = """
allowlist: ["10de:2204"]
gpus:
  - name: big
    match: {address: "%s"}
    role: passthrough
    allow_console: true
"""


class Case(unittest.TestCase):
    machine = "two-identical"

    def setUp(self):
        folder = tempfile.mkdtemp(prefix="gpuhost-boot-")
        self.addCleanup(shutil.rmtree, folder)
        self.root = Path(folder, "root")
        Tree.loads((MACHINES / f"{self.machine}.tree").read_text()).unpack(self.root)
        self.put("run/.keep", "")
        for driver in ("vfio-pci", "nvidia"):
            self.put(f"sys/bus/pci/drivers/{driver}/unbind", "")
        self.put("sys/bus/pci/drivers_probe", "")

    def put(self, path, text):
        path = self.root / path
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists():
            path.chmod(0o644)
        path.write_text(text)

    def declare(self, text, name="50-site"):
        self.put(f"etc/gpuhost/host.d/{name}.yaml", text)

    def device(self, address):
        return self.root / "sys/bus/pci/devices" / address

    def override(self, address):
        return (self.device(address) / "driver_override").read_text().strip()

    def unbound(self, *addresses):
        """As before udev, when no driver is there."""
        for address in addresses:
            (self.device(address) / "driver").unlink(missing_ok=True)
            self.put(f"sys/bus/pci/devices/{address}/driver_override", "(null)\n")

    def run_program(self, program, *arguments, status=0, **kw):
        ran = subprocess.run([program, f"--root={self.root}", *arguments], text=True, timeout=60,
                             stdin=subprocess.DEVNULL, capture_output=True, **kw)
        self.assertEqual(ran.returncode, status, ran.stdout + ran.stderr)
        return ran
