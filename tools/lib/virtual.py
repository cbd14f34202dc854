# SPDX-License-Identifier: LGPL-2.1-or-later
"""The virtual host: pytest over tests/vm, with a line for each test as it ends."""

import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from xml.etree import ElementTree

from builds import BUILD_ROOT
from report import FAILED, PASSED, SKIPPED, Case
from run import run

FOLDER = Path("tests/vm")
LIMIT = 3 * 3600
AT_ONCE = 2         # as many machines as may be on
NOTHING_TO_DO = 5   # pytest's exit status where nothing is left to run
PYTEST = [sys.executable, "-B", "-m", "pytest", "-p", "no:cacheprovider"]
BEGAN = re.compile(r"^\S+::\S+ ")
ENDED = re.compile(r"\b(PASSED|FAILED|SKIPPED|ERROR|XFAIL|XPASS)\b")
SAID = re.compile(r"lab: .*")     # by the harness, behind the name of the test that began


def exists():
    return any(FOLDER.glob("test_*.py"))


def short(node):
    return node.removeprefix(f"{FOLDER}/")


def tests():
    argv = [*PYTEST, "--collect-only", "-o", "addopts=-q", str(FOLDER)]
    listed = subprocess.run(argv, capture_output=True, text=True).stdout
    return [short(line) for line in listed.splitlines() if "::" in line]


def outcome(element):
    """What junit's XML says of one test."""
    name = short(f"{element.get('file')}::{element.get('name')}")
    for kind, result in (("failure", FAILED), ("error", FAILED), ("skipped", SKIPPED)):
        found = element.find(kind)
        if found is not None:
            printed = "".join(element.findtext(s) or "" for s in ("system-out", "system-err"))
            text = f"{printed}\n{found.text or ''}"
            return Case(name, result, output=text, reason=found.get("message", ""))
    return Case(name, PASSED)


def run_share(number, of, folder, which, marks, say):
    """One of several pytests that take cases from each other."""
    report = BUILD_ROOT / f"vm-{number}.xml"
    report.unlink(missing_ok=True)
    argv = [*PYTEST, "-o", "addopts=-v --tb=short", "-o", "junit_family=xunit1", "-m", marks,
            f"--share={folder}", f"--junitxml={report}", *which]
    # Two machines share what one was measured with.
    patience = os.environ.get("GPUHOST_LAB_PATIENCE") or str(2 * of - 1)
    ran = run(argv, say=say, env={"GPUHOST_LAB_PATIENCE": patience}, limit=LIMIT)
    if not report.exists():
        return [Case("", FAILED, ran.output)]
    cases = [outcome(element) for element in ElementTree.parse(report).iter("testcase")]
    if not ran and ran.code != NOTHING_TO_DO and not any(c.outcome == FAILED for c in cases):
        cases.append(Case("", FAILED, ran.output))
    return cases


class Follower:
    """Shows what one pytest prints: what has ended stays, on a line with its name."""

    def __init__(self, progress):
        self.progress, self.name = progress, ""

    def __call__(self, line):
        began, said = BEGAN.match(line), SAID.search(line)
        if began:
            self.name = short(began[0])
        if said:
            self.progress.stream(said[0])
        elif self.name and ENDED.search(line) and (began or ENDED.match(line)):
            self.progress.stream(short(line) if began else self.name + line)
            self.name = ""
        else:
            self.progress.say(line)


def check(names, progress, marks=""):
    """Those tests, or all that bear these marks as pytest's -m has them. A boot keeps one core busy,
    and the next one the other."""
    which = [f"{FOLDER}/{name}" for name in names] if names else [str(FOLDER)]
    of = 1 if names else min(AT_ONCE, os.cpu_count())

    with TemporaryDirectory() as folder, ThreadPoolExecutor(of) as pool:
        ran = [pool.submit(run_share, n + 1, of, folder, which, marks, Follower(progress))
               for n in range(of)]
        return [case for share in ran for case in share.result()]
