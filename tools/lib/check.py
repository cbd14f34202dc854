# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs the parts of the check and counts. Called by tools/check, from the top of the tree."""

import argparse
import fcntl
import os
import signal
import sys
from fnmatch import fnmatchcase

from builds import BUILD_ROOT
from parts import FULL, LONG, PARTS, QUICK
from report import FAILED, Case, Progress, Totals, summary
from run import end_all

EPILOGUE = """\
PATTERN is the name of a part or of a single test as PART/TEST, with * and ? where wanted; without
a slash it matches the name of a test in any part too. Exit status: 0 all passed, 1 something
failed, 2 bad usage."""


def arguments():
    parser = argparse.ArgumentParser(
        prog="tools/check",
        description="Build and test everything.",
        epilog=EPILOGUE,
        allow_abbrev=False,
    )
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--quick", action="store_true", help="no packages, no virtual host")
    how.add_argument("--long", action="store_true", help="also what takes hours")
    parser.add_argument("--only", metavar="PATTERN", action="append", help="run just these")
    parser.add_argument("--list", action="store_true", help="show parts and their tests")
    return parser.parse_args()


def matches(pattern, part, test=None):
    if test is None:
        return fnmatchcase(part, pattern)
    return fnmatchcase(f"{part}/{test}", pattern) or fnmatchcase(test, pattern)


def chosen(parts, patterns):
    """Pairs of a part and the names to run in it; None stands for all of it."""
    if not patterns:
        return [(part, None) for part in parts]
    result = []
    for part in parts:
        if any(matches(p, part.name) for p in patterns):
            result.append((part, None))
            continue
        wanted = [p for p in patterns if p.startswith(f"{part.name}/") or "/" not in p or "*" in p]
        names = names_in(part, wanted)
        if names:
            result.append((part, names))
    return result


def names_in(part, patterns):
    """What to run in a part: names of tests, and TEST:CASE where a pattern asks for one case."""
    found = []
    for name in part.tests() if patterns else []:
        if any(matches(p, part.name, name) for p in patterns):
            found.append(name)
            continue
        inner = [p.split(f"{name}:", 1)[1] for p in patterns if single_case(p, part.name, name)]
        found += [f"{name}:{case}" for case in inner]
    return found


def single_case(pattern, part, test):
    return pattern.startswith((f"{part}/{test}:", f"{test}:"))


def show(parts):
    for part in parts:
        print(f"{part.name:<12} {part.about}")
        for name in part.tests():
            print(f"  {part.name}/{name}")


def perform(part, names):
    progress = Progress(part)
    progress.begin()
    try:
        cases = part.work(names, progress)
    except Exception as error:  # a check that breaks has failed, and the others still run
        cases = [Case("", FAILED, f"{type(error).__name__}: {error}")]
    progress.end(cases)
    return [(part.name, case) for case in cases]


def trust_tree():
    """git refuses a clone that belongs to somebody else, as it does when root checks a user's."""
    os.environ |= {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "safe.directory",
        "GIT_CONFIG_VALUE_0": "*",
    }


def lock():
    """One check a tree at a time; a second one waits."""
    BUILD_ROOT.mkdir(exist_ok=True)
    held = open(BUILD_ROOT / "lock", "w")
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print("check: another one runs in this tree, waiting for its end", flush=True)
        fcntl.flock(held, fcntl.LOCK_EX)
    return held


def main():
    args = arguments()
    level = QUICK if args.quick else LONG if args.long else FULL
    if args.only or args.list:
        level = LONG
    trust_tree()
    held = lock()
    parts = [part for part in PARTS if part.level <= level]
    if args.list:
        show(parts)
        return 0
    todo = chosen(parts, args.only)
    if not todo:
        print(f"check: nothing matches {', '.join(args.only)}; see --list", file=sys.stderr)
        return 2
    totals = Totals()
    for part, names in todo:
        totals.cases += perform(part, names)
    summary(totals)
    held.close()
    return 1 if totals.count(FAILED) else 0


def interrupt(number, frame):
    """A signal that ends us ends what we run too."""
    end_all()
    sys.exit(128 + number)


if __name__ == "__main__":
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupt)
    sys.exit(main())
