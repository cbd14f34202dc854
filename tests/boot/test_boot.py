#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""gpuhost-bind, gpuhost-udev and gpuhost-generator on fixture machines, by --root.

usage: test_boot.py BUILD [unittest's arguments]
"""

import json
import os
import re
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

from fixture import (AUDIO, BIND, FIRST, GENERATOR, GPUHOST, PREPARE, SECOND, SITE, SOURCE, UDEV,
                     Case)


class Bind(Case):
    def test_nothing_declared_is_nothing_done(self):
        ran = self.run_program(BIND)
        self.assertEqual(ran.stdout + ran.stderr, "")
        self.assertFalse((self.root / "run/gpuhost").exists())

    def test_whole_slot_gets_the_override_and_its_twin_none(self):
        self.unbound(FIRST, AUDIO, SECOND)
        self.declare(SITE % FIRST)
        # Nothing takes the functions here, and that is seen.
        ran = self.run_program(BIND, status=1)
        self.assertIn(f"big {FIRST} was not taken by vfio-pci", ran.stderr)
        self.assertEqual(self.override(FIRST), "vfio-pci")
        self.assertEqual(self.override(AUDIO), "vfio-pci")
        self.assertEqual(self.override(SECOND), "(null)")

    def test_result_is_recorded(self):
        self.unbound(FIRST, AUDIO)
        self.declare(SITE % FIRST)
        self.run_program(BIND, status=1)
        record = json.loads((self.root / "run/gpuhost/bind.json").read_text())
        self.assertEqual(record["stage"], "boot")
        self.assertEqual([(f["address"], f["outcome"], f["wanted"]) for f in record["functions"]],
                         [(FIRST, "not-taken", "vfio-pci"), (AUDIO, "not-taken", "vfio-pci")])

    def test_native_driver_stays_when_held(self):
        self.unbound(FIRST, AUDIO)
        self.declare(SITE % FIRST)
        (self.device(FIRST) / "driver").symlink_to("../../../bus/pci/drivers/nvidia")
        self.put(f"proc/driver/nvidia/gpus/{FIRST}/information", "Device Minor: \t 0\n")
        self.put("proc/77/comm", "Xorg\n")
        self.put("proc/77/cgroup", "0::/system.slice/gdm.service\n")
        (self.root / "proc/77/fd").mkdir()
        (self.root / "proc/77/fd/5").symlink_to("/dev/nvidia0")
        ran = self.run_program(BIND, status=1)
        self.assertIn("Xorg (pid 77, gdm.service) holds /dev/nvidia0", ran.stderr)
        self.assertIn("native-driver-bound", ran.stderr)
        self.assertEqual(self.override(FIRST), "(null)")

    def test_protected_address_is_left_alone(self):
        self.unbound(FIRST, AUDIO)
        self.declare(SITE % FIRST)
        self.put("var/lib/gpuhost/protected", f"{AUDIO} plays the siren\n")
        ran = self.run_program(BIND, status=1)
        self.assertIn("plays the siren", ran.stderr)
        self.assertEqual(self.override(FIRST), "(null)")

    def test_off_words(self):
        self.unbound(FIRST, AUDIO)
        self.declare(SITE % FIRST)
        for word in ("gpuhost=off", "single", "systemd.unit=rescue.target"):
            self.put("proc/cmdline", f"root=/dev/sda1 {word} quiet\n")
            self.run_program(BIND)
            self.assertEqual(self.override(FIRST), "(null)", word)

    def test_error_in_host_d_stops_everything(self):
        self.unbound(FIRST, AUDIO)
        self.declare(SITE % FIRST)
        self.declare("alowlist: []\n", "90-typo")
        ran = self.run_program(BIND, status=2)
        self.assertIn("90-typo.yaml:1:1", ran.stderr)
        self.assertIn("nothing is bound", ran.stderr)
        self.assertEqual(self.override(FIRST), "(null)")

    def test_missing_driver_leaves_the_card_to_the_host(self):
        self.unbound(FIRST, AUDIO)
        self.declare(SITE % FIRST)
        shutil.rmtree(self.root / "sys/bus/pci/drivers/vfio-pci")
        ran = self.run_program(BIND, status=1)
        self.assertIn("this kernel has none of that name", ran.stderr)
        self.assertEqual((self.override(FIRST), self.override(AUDIO)), ("", ""))   # cleared again

    def test_one_device(self):
        self.unbound(FIRST, AUDIO, SECOND)
        self.declare(SITE % FIRST)
        self.run_program(BIND, f"--device={SECOND}")
        self.assertEqual(self.override(FIRST), "(null)")
        self.run_program(BIND, f"--device={AUDIO}", status=1)
        self.assertEqual(self.override(FIRST), "vfio-pci")
        self.assertTrue((self.root / f"run/gpuhost/bind-{AUDIO}.json").exists())

    def test_dry_run_and_list(self):
        self.unbound(FIRST, AUDIO)
        self.declare(SITE % FIRST)
        self.put("proc/cmdline", "gpuhost=off\n")
        self.assertEqual(self.run_program(BIND, "--dry-run").stdout, "")
        for address in (FIRST, AUDIO):
            self.put(f"sys/bus/pci/devices/{address}/modalias", f"pci:{address}\n")
        self.assertEqual(self.run_program(BIND, "--list").stdout,
                         f"{FIRST} vfio-pci pci:{FIRST}\n{AUDIO} vfio-pci pci:{AUDIO}\n")
        self.put("proc/cmdline", "quiet\n")
        self.assertEqual(self.run_program(BIND, "--dry-run").stdout,
                         f"{FIRST} to vfio-pci (now none)\n{AUDIO} to vfio-pci (now none)\n")
        self.assertEqual(self.override(FIRST), "(null)")

    def test_usage(self):
        for words in (["--nonsense"], ["--device=1:0"], ["word"]):
            self.run_program(BIND, *words, status=2)
        self.assertIn("--dry-run", self.run_program(BIND, "--help").stdout)


class Udev(Case):
    def ask(self, *words):
        return self.run_program(UDEV, *words).stdout

    def test_nothing_declared(self):
        self.assertEqual(self.ask(FIRST), "")

    def test_decision(self):
        self.unbound(FIRST, AUDIO, SECOND)
        self.declare(SITE % FIRST)
        decided = "GPUHOST_NAME=big\nGPUHOST_ROLE=passthrough\n" \
                  "GPUHOST_DRIVER=vfio-pci\nGPUHOST_BIND=1\n"
        self.assertEqual(self.ask(FIRST), decided)
        self.assertEqual(self.ask(AUDIO), decided)
        self.assertEqual(self.ask(SECOND), "")
        (self.device(FIRST) / "driver").symlink_to("../../../bus/pci/drivers/vfio-pci")
        self.assertNotIn("GPUHOST_BIND", self.ask(FIRST))

    def test_group(self):
        self.declare(SITE % FIRST)
        group = os.readlink(self.device(FIRST) / "iommu_group").rpartition("/")[2]
        self.assertEqual(self.ask(f"--group={group}"),
                         "GPUHOST_NAME=big\nGPUHOST_ROLE=passthrough\n")
        self.assertEqual(self.ask("--group=4095"), "")

    def test_ambiguous_name_gives_none(self):
        self.declare('gpus:\n  - name: both\n    match: {id: "10de:2204"}\n    role: host\n')
        self.assertEqual(self.ask(FIRST), "GPUHOST_ROLE=host\n")

    def test_off_and_stuck(self):
        self.unbound(FIRST, AUDIO)
        self.declare(SITE % FIRST)
        self.put("proc/cmdline", "gpuhost=off\n")
        self.assertNotIn("GPUHOST_DRIVER", self.ask(FIRST))
        self.put(f"run/gpuhost/stuck/{FIRST}", "")
        self.put("proc/cmdline", "quiet\n")
        self.assertEqual(self.ask(FIRST), "")

    def test_usage(self):
        for words in ([], ["word"], [FIRST, FIRST], ["--group=x"]):
            self.run_program(UDEV, *words, status=2)


class Prepare(Case):
    """The card of xe-sriov can have 31 VFs. A fixture's numbers are whatever was written last."""
    machine = "xe-sriov"
    CARD = "0000:01:00.0"
    SITE = """
allowlist: ["8086:56c0"]
hugepages: [{size: 2M, count: 64, node: 0}, {size: 2M, count: 8}]
gpus:
  - {name: flex, match: {id: "8086:56c0"}, role: vgpu, vfs: %d, d3cold: false}
"""

    def setUp(self):
        super().setUp()
        self.node = "sys/devices/system/node/node0/hugepages/hugepages-2048kB/nr_hugepages"
        self.all = "sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages"
        self.put(self.node, "0\n")
        self.put(self.all, "0\n")

    def read(self, path):
        return (self.root / path).read_text().strip()

    def roles(self):
        self.run_program(PREPARE)
        return json.loads(self.read("run/gpuhost/state.json"))["roles"]

    def test_nothing_declared_is_nothing_done(self):
        self.assertEqual(self.run_program(PREPARE).stderr, "")
        self.declare(self.SITE % 4)
        self.put("proc/cmdline", "ro gpuhost=off\n")
        self.assertIn("is off", self.run_program(PREPARE).stderr)
        self.assertFalse((self.root / "run/gpuhost").exists())

    def test_all_is_prepared(self):
        self.declare(self.SITE % 4)
        self.assertEqual([(r["role"], r["address"], r["name"], r["result"], r["message"])
                          for r in self.roles()],
                         [("hugepages", None, None, "ready", None),
                          ("vgpu", self.CARD, "flex", "ready", None)])
        self.assertEqual((self.read(self.node), self.read(self.all)), ("64", "72"))
        card = self.device(self.CARD)
        self.assertEqual([(card / name).read_text().strip() for name in
                          ("sriov_numvfs", "sriov_drivers_autoprobe", "d3cold_allowed")],
                         ["4", "0", "0"])

    def test_one_failure_blocks_nothing(self):
        (self.root / self.node).unlink()
        self.declare(self.SITE % 4)
        pages, card = self.roles()
        self.assertEqual((pages["result"], pages["message"]),
                         ("failed", "this kernel has no pages of 2M on node 0"))
        self.assertEqual(card["result"], "ready")
        checked = self.run_program(GPUHOST, "check", "--json=short", status=1).stdout
        self.assertEqual([(f["code"], f["subject"]) for f in json.loads(checked)["findings"]
                          if f["severity"] == "error"], [("role-failed", "hugepages")])

    def test_status_shows_a_failed_role(self):
        (self.device(self.CARD) / "sriov_numvfs").unlink()
        self.declare(self.SITE % 4)
        self.assertEqual(self.roles()[1]["message"], "cannot make 4 VFs: its driver offers none")
        self.assertIn("failed", self.run_program(GPUHOST, "status", status=1).stdout)
        self.declare((self.SITE % 4).replace("vgpu, vfs: 4", "host"))
        self.run_program(GPUHOST, "status")  # it is of a role that nothing has any more

    def test_what_the_plan_refuses(self):
        self.declare(self.SITE % 99)
        self.assertEqual([r["result"] for r in self.roles()], ["ready", "refused"])
        self.assertIn("which can have 31", self.roles()[1]["message"])

    def test_wrong_file_is_told(self):
        self.declare("nonsense: 1\n")
        self.assertIn("50-site.yaml:1:1", self.run_program(PREPARE, status=2).stderr)

    def test_a_stuck_driver_keeps_it_off(self):
        self.put("run/gpuhost/stuck/0000:01:00.0", "")
        self.declare(self.SITE % 4)
        self.run_program(PREPARE, status=1)
        self.assertEqual(self.read(self.node), "0")

    def test_usage(self):
        self.run_program(PREPARE, "word", status=2)


class Generator(Case):
    def generate(self, **kw):
        folders = [Path(tempfile.mkdtemp(dir=self.root.parent)) for _ in range(3)]
        self.run_program(GENERATOR, *folders, **kw)
        return {str(p.relative_to(f)): os.readlink(p) if p.is_symlink() else p.read_text()
                for f in folders for p in sorted(f.rglob("*")) if not p.is_dir()}

    BOOT_OK = [f"{target}.target.wants/gpuhost-boot-ok.service" for target in ("multi-user", "rescue")]
    WANTED = {f"{target}.wants/{unit}": f"/usr/lib/systemd/system/{unit}"
              for target, unit in (("sysinit.target", "gpuhost-bind.service"),
                                   ("multi-user.target", "gpuhost.target"),
                                   ("multi-user.target", "gpuhost-boot-ok.service"),
                                   ("rescue.target", "gpuhost-boot-ok.service"),
                                   ("multi-user.target", "gpuhost-kernel-args.service"),
                                   ("gpuhost.target", "gpuhost-prepare.service"))}

    def test_nothing_declared_is_nothing_written(self):
        self.assertEqual(self.generate(), {})
        self.put("etc/gpuhost/profile.d/default.yaml", "autostart: true\n")
        self.put("etc/gpuhost/container.d/c.yaml", "image: debian\nautostart: true\n")
        self.assertEqual(self.generate(), {})

    def test_instance_alone_pulls_in_nothing_of_the_boot(self):
        self.put("etc/gpuhost/vm.d/a.yaml", "gpu: true\nautostart: true\n")
        self.assertEqual(set(self.generate()),
                         {"gpu-vm@a.service.d/40-gpuhost.conf",
                          "multi-user.target.wants/gpu-vm@a.service"})

    def test_declared(self):
        self.declare(SITE % FIRST)
        self.assertEqual(self.generate(), self.WANTED)
        self.assertEqual(self.generate(), self.WANTED)

    def test_wrong_file_still_wants_the_unit_that_says_so(self):
        self.declare("nonsense: 1\n")
        self.assertEqual(self.generate(), self.WANTED)

    def test_off_and_initrd(self):
        self.declare(SITE % FIRST)
        self.assertEqual(self.generate(env={**os.environ, "SYSTEMD_IN_INITRD": "1"}), {})
        self.put("etc/gpuhost/vm.d/a.yaml", "autostart: true\n")
        self.assertEqual(self.generate(env={**os.environ, "SYSTEMD_IN_INITRD": "1"}), {})
        for word in ("gpuhost=off", "single", "systemd.unit=rescue.target"):
            self.put("proc/cmdline", f"quiet {word}\n")
            self.assertEqual(list(self.generate()),
                             ["gpu-vm@a.service.d/40-gpuhost.conf", *self.BOOT_OK])

    def test_dry_run_and_usage(self):
        self.declare(SITE % FIRST)
        said = self.run_program(GENERATOR, "--dry-run").stdout
        self.assertEqual(dict(line.split(" -> ") for line in said.splitlines()), self.WANTED)
        for words in ([], ["a", "b"], ["--what", "a"]):
            self.run_program(GENERATOR, *words, status=2)


class Links(unittest.TestCase):
    """Process start is what these two cost, so they link little."""

    def needed(self, program):
        text = subprocess.run(["readelf", "-dW", program], text=True, capture_output=True,
                              check=True).stdout
        names = {line.split("[")[1].split(".so")[0] for line in text.splitlines()
                 if "(NEEDED)" in line}
        if "__asan_" in subprocess.run(["nm", "-D", program], text=True, capture_output=True,
                                       check=True).stdout:
            names -= {"libasan", "libubsan", "libm", "libgcc_s", "libresolv"}
        return names - {"ld-linux-x86-64", "libgcc_s"}

    def test_small_programs(self):
        for program in (UDEV, GENERATOR, BIND):
            self.assertLessEqual(self.needed(program), {"libc", "libyaml-0"})

    def test_what_the_binder_opens_is_put_where_it_runs(self):
        wanted = re.search(r'#define LIBRARY "([^"]+)"', (SOURCE / "src/device/module.c").read_text())
        for file in ("initramfs/initramfs-tools/zz-gpuhost", "initramfs/dracut/module-setup.sh"):
            self.assertIn(wanted[1], (SOURCE / file).read_text())


if __name__ == "__main__":
    unittest.main()
