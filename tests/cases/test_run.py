#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The runner and the tree format themselves: what must fail, fails."""

import pathlib
import stat
import tempfile
import unittest

import run
from tree import Tree, TreeError

# Writes one file and one link, and says so beforehand; then what the case wants of it.
GENERATOR = """#!/bin/sh
[ "$2" = --dry-run ] && { printf '# a.conf\\nA=b\\n\\nw/a -> ../a\\n'; exit 0; }
printf 'A=b\\n' >"$2/a.conf"; mkdir "$2/w"; ln -s ../a "$2/w/a"
"""

# Says what it was asked and what its root says of the kernel.
PROGRAM = """#!/bin/sh
[ -d "${1#--root=}" ] && { printf '%s ' "$@"; cat "${1#--root=}/proc/version"; }
[ -f "${1#--root=}" ] && { printf '%s ' "$@"; echo six; }
[ "$2" = touch ] && [ -d "${1#--root=}" ] && : >"${1#--root=}/proc/new"
[ "$2" = capture ] && { echo 'f proc/version 0444 "six\\n"'; exit 0; }
[ "$2" = fail ] && { echo bad >&2; exit 1; }
exit 0
"""


class Runner(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="gpuhost-runner-")
        self.addCleanup(folder.cleanup)
        self.top = pathlib.Path(folder.name)
        self.program = self.top / "gpuhost"
        self.program.write_text(PROGRAM)
        self.program.chmod(self.program.stat().st_mode | stat.S_IXUSR)
        saved = run.HERE, run.MACHINES
        self.addCleanup(lambda: (setattr(run, "HERE", saved[0]), setattr(run, "MACHINES", saved[1])))
        run.HERE, run.MACHINES = self.top, self.top / "machines"
        self.put("machines/small.tree", 'f proc/version 0444 "six\\n"\n')
        self.put("case/host", "small\n")
        self.put("case/README", "A case.\n")
        self.put("case/commands", "0 list\n")
        self.put("case/expected.list", "--root=@ROOT@ list six\n")

    def put(self, name, text):
        path = self.top / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def outcome(self, update=False):
        return "".join(run.run_case("case", self.program, update))

    def test_good_case_passes(self):
        self.assertEqual(self.outcome(), "")

    def test_cases_are_found(self):
        self.assertEqual(run.all_cases(), ["case"])

    def test_other_output_fails_with_a_diff(self):
        self.put("case/expected.list", "--root=@ROOT@ list seven\n")
        self.assertIn("---root=@ROOT@ list seven\n+--root=@ROOT@ list six\n", self.outcome())

    def test_overlay_lies_over_the_machine(self):
        self.put("case/proc/version", "seven\n")
        self.assertIn("+--root=@ROOT@ list seven", self.outcome())

    def test_tree_and_folder_must_agree(self):
        self.put("case/proc/version", "seven\n")
        self.assertIn("the packed tree gives another answer", self.outcome())

    def test_capture_must_plan_the_same(self):
        self.put("case/commands", "0 plan\n")
        self.put("case/expected.plan", "--root=@ROOT@ plan seven\n")
        self.put("case/proc/version", "seven\n")
        self.assertIn("plan: the captured tree gives another answer", self.outcome())

    def test_wrong_exit_code_fails(self):
        self.put("case/commands", "3 list\n")
        self.assertIn("exit code 0, not 3", self.outcome())

    def test_missing_golden_file_fails(self):
        self.put("case/commands", "0 list\n0 show big\n")
        self.assertIn("expected.show.big: missing", self.outcome())

    def test_unused_golden_file_fails(self):
        self.put("case/expected.plan", "")
        self.assertIn("expected.plan: no command prints it", self.outcome())

    def test_missing_parts_fail(self):
        for name, message in (("commands", "no file 'commands'"), ("README", "no README"),
                              ("host", "one of 'host' and 'host.tree'")):
            with self.subTest(name):
                path = self.top / "case" / name
                text = path.read_text()
                path.unlink()
                self.assertIn(message, self.outcome())
                path.write_text(text)

    def test_unknown_machine_fails(self):
        self.put("case/host", "smal\n")
        self.assertIn("no such machine: smal", self.outcome())

    def test_one_command_twice_fails(self):
        self.put("case/commands", "0 list\n0 --list\n")
        self.assertIn("names one command twice", self.outcome())

    def test_written_root_fails(self):
        self.put("case/commands", "0 touch\n")
        self.put("case/expected.touch", "--root=@ROOT@ touch six\n")
        self.assertIn("a command changed the root that it was to read\n", self.outcome())

    def test_bad_json_fails(self):
        self.put("case/commands", "0 list --json=short\n")
        self.put("case/expected.list.json=short", "--root=@ROOT@ list --json=short six\n")
        self.assertIn("stdout is not JSON", self.outcome())

    def test_stderr_is_compared(self):
        self.put("case/commands", "1 fail\n")
        self.put("case/expected.fail", "--root=@ROOT@ fail six\n")
        (self.top / "case/expected.list").unlink()
        self.assertIn("+--- stderr ---\n+bad\n", self.outcome())

    def use_generator(self, more=""):
        self.program = self.program.rename(self.top / "machines/gpuhost")
        self.put("generator/gpuhost-generator", GENERATOR + more)
        (self.top / "generator/gpuhost-generator").chmod(0o755)
        self.put("case/commands", "0 generator\n")
        (self.top / "case/expected.list").unlink()
        self.put("case/expected.generator", "# a.conf\nA=b\n\nw/a -> ../a\n")
        return self.outcome()

    def test_generator_writes_what_is_expected(self):
        self.assertEqual(self.use_generator(), "")

    def test_generator_that_writes_more_fails(self):
        self.assertIn("+# b\n", self.use_generator(": >$2/b\n"))

    def test_generator_that_writes_another_thing_each_time_fails(self):
        self.assertIn("a second run writes something else", self.use_generator("echo $$ >$2/b\n"))

    def test_generator_that_says_less_than_it_writes_fails(self):
        self.assertIn("--dry-run says something else", self.use_generator(": >$2/b\n"))

    def test_update_writes_and_removes(self):
        self.put("case/expected.plan", "")
        self.put("case/expected.list", "")
        self.outcome(update=True)
        self.assertEqual(self.outcome(), "")


class Format(unittest.TestCase):
    def test_there_and_back(self):
        tree = Tree()
        tree.file("b/text", 'a\tb\n"c" \\ \x00\x7f\xff'.encode("latin-1"), 0o444)
        tree.blob("b/blob", b"\x00\xff", 0o600)
        tree.link("a/link", "../b/text")
        tree.dir("c")
        text = tree.dumps()
        self.assertEqual(text, 'l a/link -> ../b/text\nb b/blob 0600 00ff\n'
                               'f b/text 0444 "a\\tb\\n\\"c\\" \\\\ \\x00\\x7f\\xff"\nd c\n')
        self.assertEqual(Tree.loads(text).entries, tree.entries)

    def test_wrong_trees(self):
        for text in ("x a\n", "d b\nd a\n", "d a\nd a\n", 'f a 444 "x"\n', 'f a 0444 "x\n',
                     "b a 0444 0\n", "d /a\n", "d a/../b\n", "\n"):
            with self.subTest(text), self.assertRaises(TreeError):
                Tree.loads(text)


if __name__ == "__main__":
    unittest.main()
