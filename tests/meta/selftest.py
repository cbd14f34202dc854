#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Shows that the tests of the house itself can fail."""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import includes
import lengths
import purity
import spdx
import versions

SPDX = "/* SPDX-License-Identifier: LGPL-2.1-or-later */\n"


class Tree(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.top = Path(folder.name)

    def write(self, name, text):
        path = self.top / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def include(self, name, line):
        self.write(name, f"{SPDX}\n{line}\n")
        return list(includes.objections(self.top))


class Purity(unittest.TestCase):
    def test_what_asks_the_system(self):
        self.assertEqual(purity.impure({"getenv", "__read_chk", "open64", "openat", "execve"}),
                         ["execve", "getenv", "open64", "openat", "read"])

    def test_what_does_not(self):
        self.assertEqual(purity.impure({"free", "strdup", "qsort", "vsnprintf", "timer_name"}), [])


class Includes(Tree):
    def test_downward(self):
        self.assertEqual(self.include("src/plan/plan.c", '#include "vendor/vendor.h"'), [])
        self.assertEqual(self.include("src/cli/list.c", '#include "plan/plan.h"'), [])
        self.assertEqual(self.include("src/model/pci.c", '#include "util/str.h"'), [])
        self.assertEqual(self.include("src/config/yaml.c", "#include <yaml.h>"), [])

    def test_upward(self):
        self.assertEqual(
            self.include("src/util/str.c", '#include "model/pci.h"'),
            ['src/util/str.c:3: util may not include "model/pci.h"'],
        )

    def test_upward_in_header(self):
        self.assertEqual(
            self.include("src/model/gpu.h", '  #  include "plan/plan.h"'),
            ['src/model/gpu.h:3: model may not include "plan/plan.h"'],
        )

    def test_sideways(self):
        self.assertEqual(
            self.include("src/host/pci.c", '#include "config/load.h"'),
            ['src/host/pci.c:3: host may not include "config/load.h"'],
        )
        self.write("src/host/pci.c", SPDX)
        self.assertEqual(
            self.include("src/cli/main.c", '#include "run/claim.h"'),
            ['src/cli/main.c:3: cli may not include "run/claim.h"'],
        )

    def test_bare(self):
        self.assertEqual(
            self.include("src/host/pci.c", '#include "pci.h"'),
            ['src/host/pci.c:3: write "LAYER/FILE.h" instead of "pci.h"'],
        )

    def test_library(self):
        self.assertEqual(
            self.include("src/plan/plan.c", "#include <yaml.h>"),
            ["src/plan/plan.c:3: <yaml.h> belongs to config"],
        )

    def test_unknown_layer(self):
        found = self.include("src/misc/x.c", "#include <stdio.h>")
        self.assertEqual(found, ["src/misc/x.c: misc/ is no layer; add it to includes.py"])


class Spdx(Tree):
    def test_good(self):
        self.write("src/a.c", SPDX)
        self.write("a.sh", "#!/bin/bash\n# SPDX-License-Identifier: LGPL-2.1-or-later\n")
        self.write("a.md", "<!-- SPDX-License-Identifier: LGPL-2.1-or-later -->\n")
        self.write("a.1", '.\\" SPDX-License-Identifier: LGPL-2.1-or-later\n')
        self.write("tests/vm/card.c", "// SPDX-License-Identifier: GPL-2.0-or-later\n")
        self.write("tests/cases/x/host.tree", "")
        self.assertEqual(list(spdx.objections(self.top)), [])

    def test_missing(self):
        self.write("a.c", "int main(void);\n")
        self.write("empty.h", "")
        self.assertEqual(
            list(spdx.objections(self.top)),
            [f"{name}: does not begin with an SPDX line" for name in ("a.c", "empty.h")],
        )

    def test_foreign(self):
        self.write("src/card.c", "// SPDX-License-Identifier: GPL-2.0-or-later\n")
        self.assertEqual(
            list(spdx.objections(self.top)), ["src/card.c: GPL-2.0-or-later has no place here"]
        )


class Style(Tree):
    def run_style(self, what):
        script = Path(__file__).with_name("style.py")
        argv = [sys.executable, "-B", script, self.top, what]
        ran = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if ran.returncode == 77:
            self.skipTest(ran.stdout)
        return ran

    def test_format(self):
        self.write(".clang-format", (Path(__file__).parents[2] / ".clang-format").read_text())
        self.write("src/a.c", f"{SPDX}int a(void)\n{{\n        return 1;\n}}\n")
        self.assertEqual(self.run_style("format").returncode, 0)
        self.write("src/a.c", f"{SPDX}int a(void) {{ return 1; }}\n")
        self.assertIn("src/a.c:2", self.run_style("format").stdout)
        self.assertNotEqual(self.run_style("format").returncode, 0)

    def test_shell(self):
        self.write("tool", '#!/bin/sh\nrm -- "$1"\n')
        self.assertEqual(self.run_style("shell").returncode, 0)
        self.write("tool", "#!/bin/sh\ncd /tmp/x\n")
        self.assertIn("tool line 2", self.run_style("shell").stdout)
        self.assertNotEqual(self.run_style("shell").returncode, 0)


class Versions(Tree):
    def test_versions(self):
        self.write("packaging/debian/changelog", "gpuhost (1.2) unstable; urgency=low\n")
        self.write("packaging/rpm/gpuhost.spec", "Name: gpuhost\nVersion:   1.3\n")
        self.assertEqual(
            list(versions.objections(self.top, "1.2")),
            ["packaging/rpm/gpuhost.spec: 1.3 instead of 1.2"],
        )


class Lengths(Tree):
    def function(self, lines):
        body = "        x();\n" * (lines - 2)
        self.write("src/a.c", f"{SPDX}\nstatic int long_one(int a,\n{' ' * 20}int b)\n{{\n{body}}}\n")
        return list(lengths.remarks(self.top))

    def test_lengths(self):
        self.assertEqual(self.function(60), [])
        self.assertEqual(self.function(61), [("src/a.c:3: long_one() has 61 lines", False)])
        self.assertEqual(self.function(101), [("src/a.c:3: long_one() has 101 lines", True)])

    def test_file(self):
        self.write("src/a.h", SPDX * 401)
        self.assertEqual(
            list(lengths.remarks(self.top)),
            [("src/a.h: 401 lines, two rooms from 400 on", False)],
        )


if __name__ == "__main__":
    unittest.main()
