#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What gpuhost-bind tells the journal, and that it never waits for it.

usage: test_journal.py BUILD [unittest's arguments]

The journal's socket has one place. In a mount namespace of our own that place is ours.
"""

import json
import re
import subprocess
import sys
import unittest

from fixture import AUDIO, BIND, FIRST, HERE, SITE, SOURCE, Case

IDS = dict(re.findall(r'#define MESSAGE_(\w+)\s+"(\w+)"',
                      (SOURCE / "src/model/message.h").read_text()))
INSIDE = HERE / "as_journal.py"


class Journal(Case):
    def bind(self, kind):
        namespace = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c",
                     'mount -t tmpfs none /run && exec "$@"', "sh"]
        if subprocess.run([*namespace, "true"], capture_output=True).returncode:
            self.skipTest("no mount namespaces here")
        said = subprocess.run([*namespace, sys.executable, "-B", INSIDE, kind, BIND,
                               f"--root={self.root}"], stdout=subprocess.PIPE, timeout=60, check=True)
        return json.loads(said.stdout)

    def test_fields(self):
        self.unbound(FIRST, AUDIO)
        self.declare(SITE % FIRST)
        said = self.bind("listens")
        self.assertEqual((said["status"], said["stderr"]), (1, ""))
        entries = {entry["PCI_ADDR"]: entry for entry in said["entries"]}
        self.assertEqual(set(entries), {FIRST, AUDIO})
        for entry in entries.values():
            self.assertEqual(entry["MESSAGE_ID"], IDS["BIND_FAILED"])
            self.assertEqual((entry["CODE"], entry["GPU"]), ("not-taken", "big"))
            self.assertEqual((entry["PRIORITY"], entry["SYSLOG_IDENTIFIER"]), ("3", "gpuhost-bind"))
            self.assertIn("was not taken by vfio-pci", entry["PROBLEM"])
            self.assertEqual(entry["MESSAGE"], f"big {entry['PCI_ADDR']} {entry['PROBLEM']}")

    def test_native_driver(self):
        self.unbound(FIRST, AUDIO)
        self.declare(SITE % FIRST)
        (self.device(FIRST) / "driver").symlink_to("../../../bus/pci/drivers/nvidia")
        self.put(f"proc/driver/nvidia/gpus/{FIRST}/information", "Device Minor: \t 0\n")
        (self.root / "proc/77/fd").mkdir(parents=True)
        (self.root / "proc/77/fd/5").symlink_to("/dev/nvidia0")
        entry, = self.bind("listens")["entries"]
        self.assertEqual((entry["MESSAGE_ID"], entry["CODE"], entry["PCI_ADDR"]),
                         (IDS["BIND_REFUSED"], "native-driver-bound", FIRST))

    def test_refusal_by_the_plan(self):
        self.unbound(FIRST, AUDIO)
        self.declare(SITE.replace("allow_console: true", "allow_console: false") % FIRST)
        self.put("var/lib/gpuhost/protected", f"{AUDIO} plays the siren\n")
        refused = [e for e in self.bind("listens")["entries"]
                   if e["MESSAGE_ID"] == IDS["BIND_REFUSED"]]
        self.assertEqual({(e["PCI_ADDR"], e["GPU"]) for e in refused}, {(FIRST, "big")})
        self.assertTrue(refused[0]["CODE"] and refused[0]["PROBLEM"])

    def test_nobody_is_waited_for(self):
        """The text comes by stderr where there is no journal, or one that does not read yet."""
        for kind in ("none", "full"):
            self.unbound(FIRST, AUDIO)
            self.declare(SITE % FIRST)
            said = self.bind(kind)
            self.assertEqual(said["status"], 1)
            self.assertIn(f"<3>big {FIRST} was not taken by vfio-pci", said["stderr"], kind)
            self.assertTrue(all(e == {"MESSAGE": "x"} for e in said["entries"]))


if __name__ == "__main__":
    unittest.main()
