#!/usr/bin/python3 -B
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every folder of examples/ is a configuration that loads without a word."""
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

GPUHOST, EXAMPLES = sys.argv.pop(1), Path(sys.argv.pop(1))


class Examples(unittest.TestCase):
    def check(self, folder):
        with tempfile.TemporaryDirectory() as root:
            shutil.copytree(folder, Path(root, "etc/gpuhost"))
            ran = subprocess.run([GPUHOST, f"--root={root}", "--no-pager", "cat-config"],
                                 capture_output=True, text=True)
        self.assertEqual((ran.returncode, ran.stderr), (0, ""))
        for file in folder.rglob("*.yaml"):
            self.assertIn(str(file.relative_to(folder)), ran.stdout)

    def test_all_load(self):
        folders = sorted(path for path in EXAMPLES.iterdir() if path.is_dir())
        self.assertTrue(folders)
        for folder in folders:
            with self.subTest(folder.name):
                self.check(folder)

    def test_all_are_listed(self):
        listed = (EXAMPLES / "README.md").read_text()
        for path in EXAMPLES.iterdir():
            if path.is_dir():
                self.assertIn(f"`{path.name}`", listed)


if __name__ == "__main__":
    unittest.main()
