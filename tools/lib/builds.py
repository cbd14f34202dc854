# SPDX-License-Identifier: LGPL-2.1-or-later
"""meson builds: one folder a variant, and what `meson test` says taken apart into single tests."""

import json
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from report import FAILED, PASSED, SKIPPED, Case
from run import run

BUILD_ROOT = Path("build-check")
SANITIZE_CLANG = ("-Db_sanitize=address,undefined", "-Db_lundef=false", "-Doptimization=1")
# gcc warns of what it no longer sees through in instrumented code: its plain build judges.
SANITIZE_GCC = (*SANITIZE_CLANG, "-Dwerror=false")
SANITIZER_ENV = {
    "ASAN_OPTIONS": "abort_on_error=1:detect_stack_use_after_return=1",
    "UBSAN_OPTIONS": "halt_on_error=1:abort_on_error=1:print_stacktrace=1",
}


@dataclass(frozen=True)
class Variant:
    name: str
    compiler: str
    options: tuple = ()
    suites: tuple = ()  # arguments of `meson test` that choose among the suites
    sanitized: bool = False

    @property
    def folder(self):
        return BUILD_ROOT / self.name


def configure(variant, say):
    """The folder is made anew when what it was configured with changed."""
    stamp = variant.folder / "check-options"
    wanted = json.dumps([variant.compiler, variant.options])
    if stamp.exists() and stamp.read_text() == wanted:
        return Case("setup", PASSED)
    shutil.rmtree(variant.folder, ignore_errors=True)
    ran = run(
        ["meson", "setup", str(variant.folder), "--fatal-meson-warnings", *variant.options],
        env={"CC": variant.compiler, "CFLAGS": "", "LDFLAGS": ""},
        say=say,
    )
    if not ran:
        return Case("setup", FAILED, ran.output)
    stamp.write_text(wanted)
    return Case("setup", PASSED)


def build(variant, say):
    """None, or the case that failed."""
    configured = configure(variant, say)
    if configured.outcome == FAILED:
        return configured
    ran = run(["ninja", "-C", str(variant.folder)], say=say)
    _, mark, broken = ran.output.partition("\nFAILED: ")
    return None if ran else Case("build", FAILED, mark.lstrip() + broken or ran.output)


def test_names(variant):
    """Names of the tests that this variant runs; the folder must be configured."""
    run(["ninja", "-C", str(variant.folder), "build.ninja"])
    ran = subprocess.run(
        ["meson", "introspect", "--tests", str(variant.folder)],
        capture_output=True,
        text=True,
        check=True,
    )
    left_out = {s.split("=", 1)[1] for s in variant.suites if s.startswith("--no-suite=")}
    return [
        test["name"]
        for test in json.loads(ran.stdout)
        if not left_out & {suite.split(":")[-1] for suite in test["suite"]}
    ]


# Tests whose program runs only those of its cases that are named as arguments.
TAKES_CASES = ("cases",)

CMOCKA = re.compile(r"^\[  ?(?P<word>     OK|FAILED |SKIPPED|ERROR  ) ?\] (?P<name>\w+)\s*$", re.M)
TAP = re.compile(
    r"^(?P<not>not )?ok\b *\d* *(?:- )?(?P<name>[^#\n]*?)\s*"
    r"(?:# *(?P<directive>SKIP|TODO)\S*\s*(?P<reason>.*))?$",
    re.M | re.I,
)


def parse_cmocka(output):
    outcomes = {"OK": PASSED, "SKIPPED": SKIPPED}
    cases = {}
    for match in CMOCKA.finditer(output):
        outcome = outcomes.get(match["word"].strip(), FAILED)
        if cases.get(match["name"]) != FAILED:
            cases[match["name"]] = outcome
    return [Case(name, outcome) for name, outcome in cases.items()]


def parse_tap(output):
    cases = []
    for match in TAP.finditer(output):
        outcome = FAILED if match["not"] else PASSED
        if (match["directive"] or "").upper() == "SKIP":
            outcome = SKIPPED
        cases.append(Case(match["name"], outcome, reason=match["reason"] or ""))
    return cases


def cases_of(record):
    """The single tests in one record of testlog.json."""
    output = record.get("stdout", "") + record.get("stderr", "")
    name, result = record["name"].rpartition(" / ")[2], record["result"]
    if result == "SKIP":
        lines = output.strip().splitlines()
        return [Case(name, SKIPPED, reason=lines[-1] if lines else "")]
    inner = parse_cmocka(output) or parse_tap(record.get("stdout", ""))
    good = result in ("OK", "EXPECTEDFAIL")
    if not inner:
        return [Case(name, PASSED if good else FAILED, f"{output}\n({result})", again=name)]
    for case in inner:
        case.again = f"{name}:{case.name}" if name in TAKES_CASES else name
        case.name = f"{name}: {case.name}"
        case.output = output if case.outcome == FAILED else ""
    if not good and not any(case.outcome == FAILED for case in inner):
        inner.append(Case(name, FAILED, f"{output}\n({result})", again=name))
    return inner


def without_aslr():
    """ASan of gcc 12 and clang 14 now and then dies on kernels that randomise 32 bits."""
    tried = subprocess.run(["setarch", "-R", "true"], capture_output=True)
    return ("--wrapper=setarch -R",) if tried.returncode == 0 else ()


def run_tests(variant, arguments, say):
    """Records that one `meson test` left, and how it ended."""
    logs = variant.folder / "meson-logs"
    for old in logs.glob("testlog*.json"):
        old.unlink()
    argv = ["meson", "test", "-C", str(variant.folder), "--no-rebuild", "--timeout-multiplier", "4"]
    argv += without_aslr() if variant.sanitized else ()
    ran = run([*argv, *arguments], say=say, env=SANITIZER_ENV if variant.sanitized else {})
    lines = [line for log in logs.glob("testlog*.json") for line in log.read_text().splitlines()]
    return [json.loads(line) for line in lines], ran


def test(variant, names, say):
    """Run the tests of a variant that was built: all of them, or those named. TEST:CASE runs one
    case of a test that takes the names of its cases as arguments."""
    single = [name for name in names or () if ":" in name]
    whole = [name for name in names or () if ":" not in name]
    cases = []
    if whole or not single:
        cases += judge(*run_tests(variant, whole or variant.suites, say), whole or test_names(variant))
    for name in single:
        program, _, case = name.partition(":")
        cases += judge(*run_tests(variant, [program, f"--test-args={case}"], say), [program])
    return cases


def judge(records, ran, expected):
    """Single tests; one that should have run and did not is a failure."""
    cases = [case for record in records for case in cases_of(record)]
    missing = set(expected) - {record["name"].rpartition(" / ")[2] for record in records}
    if missing or (not ran and not any(case.outcome == FAILED for case in cases)):
        cases.append(Case("test", FAILED, f"{ran.output}\nnot run: {', '.join(missing) or 'none'}"))
    return cases


def build_and_test(variant, names, say):
    broken = build(variant, say)
    return [broken] if broken else test(variant, names, say)
