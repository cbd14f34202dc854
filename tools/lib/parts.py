# SPDX-License-Identifier: LGPL-2.1-or-later
"""The parts of the check, in the order in which they run."""

import hashlib
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

import builds
import packaged
import virtual
from builds import BUILD_ROOT, Variant
from report import FAILED, PASSED, Case
from run import run

QUICK, FULL, LONG = range(3)


@dataclass(frozen=True)
class Part:
    name: str
    about: str
    work: Callable  # (names or None, progress) -> cases
    level: int = QUICK
    tests: Callable = lambda: []  # names of what `--only` can choose within the part


def tracked(*patterns):
    """Files of the project that match git's pathspecs."""
    argv = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--"]
    listed = subprocess.run([*argv, *patterns], capture_output=True, text=True, check=True)
    return sorted(name for name in listed.stdout.split("\0") if name and os.path.exists(name))


def build_part(about, level=QUICK, **variant):
    variant = Variant(**variant)

    def tests():
        configured = builds.configure(variant, lambda line: None)
        return [] if configured.outcome == FAILED else builds.test_names(variant)

    def work(names, progress):
        return builds.build_and_test(variant, names, progress.say)

    return Part(variant.name, about, work, level, tests)


def check_dist(names, progress):
    """What `meson dist` packs builds on its own, passes its tests and installs."""
    broken = builds.build(DIST, progress.say)
    if broken:
        return [broken]
    return one("", run(["meson", "dist", "-C", str(DIST.folder), "--allow-dirty"], say=progress.say))


def package_part(release):
    def work(names, progress):
        return packaged.check(release, progress)

    return Part(f"package-{release}", f"Debian {release}'s package builds, lintian", work, FULL)


def vm_parts():
    """Quick ones first; those marked `long` only in long runs or when asked for."""
    if not virtual.exists():
        return []

    def usual(names, progress):
        return virtual.check(names, progress, "" if names else "not long")

    def long(names, progress):
        return virtual.check(None, progress, "long")

    return [
        Part("vm", "the virtual host", usual, FULL, virtual.tests),
        Part("vm-long", "the virtual host, what takes long", long, LONG),
    ]


FUZZ_SECONDS = 60


def fuzzers():
    return [Path(name).stem.removeprefix("fuzz-") for name in tracked("tests/fuzz/fuzz-*.c")]


def check_fuzz(names, progress):
    cases = []
    for name in names or fuzzers():
        progress.say(f"{name}: {FUZZ_SECONDS} s")
        cases += one(name, run(["tests/fuzz/run", name, str(FUZZ_SECONDS)]))
    return cases


def one(name, ran):
    return [Case(name, PASSED if ran else FAILED, ran.output)]


def check_lengths(names, progress):
    """Long functions and files are named; only very long ones fail (tests/meta/lengths.py)."""
    ran = run([sys.executable, "-B", "tests/meta/lengths.py", "."])
    if ran.output.strip() != "nothing found":
        for line in ran.output.splitlines():
            progress.stream(line)
    return one("", ran)


TIDY = Variant("clang-asan", "clang", builds.SANITIZE_CLANG)
DIST = Variant("gcc", "gcc")


def tidy_dependencies():
    """The project's files that each object was made from, as ninja knows them."""
    ran = run(["ninja", "-C", str(TIDY.folder), "-t", "deps"])
    found, current = {}, None
    for line in ran.output.splitlines():
        if line.startswith(" "):
            path = Path(TIDY.folder, line.strip()).resolve()
            if path.is_relative_to(Path.cwd()):
                current.append(path)
        elif ": #deps" in line:
            current = found.setdefault(line.partition(": #deps")[0], [])
    return found


def tidy_key(entry, checks, dependencies):
    hashed = hashlib.sha256(f"{checks}\0{entry['command']}\0".encode())
    for path in [Path(".clang-tidy"), *sorted(dependencies[entry["output"]])]:
        hashed.update(path.read_bytes())
    return hashed.hexdigest()


def tidy_one(entry, checks):
    argv = ["clang-tidy-19", "--quiet", "-p", str(TIDY.folder), f"--checks={checks}"]
    return run([*argv, str(Path(TIDY.folder, entry["file"]))])


def check_tidy(checks, progress):
    """A file seen clean is not looked at again until it, or what it includes, changes."""
    broken = builds.build(TIDY, progress.say)
    if broken:
        return [broken]
    dependencies = tidy_dependencies()
    stamps = BUILD_ROOT / "tidy"
    stamps.mkdir(exist_ok=True)
    todo = {}
    for entry in json.loads((TIDY.folder / "compile_commands.json").read_text()):
        stamp = stamps / tidy_key(entry, checks, dependencies)
        if not stamp.exists():
            todo.setdefault(entry["file"], (entry, stamp))
    failures = []
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        ran = pool.map(lambda item: tidy_one(item[0], checks), todo.values())
        for done, ((entry, stamp), result) in enumerate(zip(todo.values(), ran), 1):
            progress.say(f"{done}/{len(todo)} {entry['file']}")
            if result:
                stamp.touch()
            else:
                failures.append(result.output)
    return [Case("", FAILED if failures else PASSED, "\n".join(failures))]


def tidy_part(name, about, checks, level):
    return Part(name, about, lambda names, progress: check_tidy(checks, progress), level)


# Suites that one part runs for all, and one that is for those who build with gcc alone.
NO_CLANG = ("--no-suite=clang",)
ONCE = (*NO_CLANG, "--no-suite=meta")

PARTS = [
    build_part("gcc build; unit, case, style tests", name="gcc", compiler="gcc", suites=NO_CLANG),
    # Clang's sanitizers find what gcc's do, and of leaks and bounds somewhat more.
    build_part(
        "clang build with ASan and UBSan; unit, cases",
        name="clang-asan",
        compiler="clang",
        options=TIDY.options,
        suites=ONCE,
        sanitized=True,
    ),
    build_part(
        "clang build without sanitizers",
        level=LONG,
        name="clang",
        compiler="clang",
        suites=ONCE,
    ),
    build_part(
        "gcc with ASan and UBSan",
        level=LONG,
        name="gcc-asan",
        compiler="gcc",
        options=builds.SANITIZE_GCC,
        suites=ONCE,
        sanitized=True,
    ),
    tidy_part("tidy", "clang-tidy has nothing to say", "-clang-analyzer-*", QUICK),
    Part("lengths", "functions and files that grow too long", check_lengths),
    tidy_part("analyze", "clang's analyzer has nothing to say", "-bugprone-*", LONG),
    # What package builds are made of, without git, proves the same but for the packing.
    Part("dist", "the source archive builds and passes its tests", check_dist, LONG),
    package_part(12),
    package_part(13),
    Part("rpm", "the RPM builds", lambda names, progress: packaged.check_rpm(progress), FULL),
    *vm_parts(),
    Part("fuzz", f"each fuzzer for {FUZZ_SECONDS} s", check_fuzz, LONG, fuzzers),
]
