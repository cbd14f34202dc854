# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a part of the check found, and how that is shown."""

import re
import shutil
import sys
import time
from dataclasses import dataclass, field

PASSED, FAILED, SKIPPED = "passed", "failed", "skipped"
OUTPUT_LINES = 60
# What ASan prints for its own developers.
SHADOW = re.compile(r"^Shadow bytes around.*?^==\d+==ABORTING\n", re.M | re.S)


@dataclass
class Case:
    """One single test."""

    name: str
    outcome: str
    output: str = ""  # of a failure
    reason: str = ""  # of a skip
    again: str = ""  # what `--only` takes to run it alone, if that is not its name


@dataclass
class Totals:
    cases: list = field(default_factory=list)

    def count(self, outcome):
        return sum(1 for _, case in self.cases if case.outcome == outcome)

    def line(self):
        return ", ".join(f"{self.count(o)} {o}" for o in (PASSED, FAILED, SKIPPED))


class Progress:
    """One line a part; on a terminal, what it does at the moment stands there until it ends."""

    def __init__(self, part, out=sys.stdout):
        self.part, self.out = part, out
        self.live = out.isatty()
        self.began = time.monotonic()
        self.streamed = False

    def begin(self):
        self.out.write(f"{self.part.name:<12} {self.part.about:<44} ")
        self.out.flush()

    def say(self, line):
        if not self.live:
            return
        width = shutil.get_terminal_size().columns
        text = f"{self.part.name:<12} {line.strip()}"
        self.out.write("\r\033[K" + text[: width - 1])
        self.out.flush()

    def stream(self, line):
        """For parts of many minutes: a line that stays, on a terminal or not."""
        if self.live:
            self.out.write("\r\033[K")
        elif not self.streamed:
            self.out.write("\n")
        self.streamed = True
        self.out.write(f"  {line.rstrip()}\n")
        self.out.flush()

    def end(self, cases):
        if self.live:
            self.out.write("\r\033[K")
        if self.live or self.streamed:
            self.begin()
        totals = Totals([(None, case) for case in cases])
        took = time.monotonic() - self.began
        shown = [f"{totals.count(o)} {o}" for o in (PASSED, FAILED, SKIPPED) if totals.count(o)]
        self.out.write(f"{took:7.1f} s  {', '.join(shown) or 'nothing to do'}\n")
        for case in cases:
            if case.outcome == FAILED:
                self._failure(case)
        self.out.flush()

    def _failure(self, case):
        lines = SHADOW.sub("", case.output).rstrip().splitlines()
        if len(lines) > OUTPUT_LINES:
            lines[:-OUTPUT_LINES] = [f"({len(lines) - OUTPUT_LINES} lines before)"]
        name = f"{self.part.name}/{case.name}" if case.name else self.part.name
        again = f"{self.part.name}/{case.again}" if case.again else name
        self.out.write(f"\nFAILED {name}\n")
        self.out.writelines(f"  {line}\n" for line in lines)
        self.out.write(f"  again: tools/check --only '{again}'\n\n")


def summary(totals, out=sys.stdout):
    skips = {}
    for part, case in totals.cases:
        if case.outcome == SKIPPED:
            key = (case.name, (case.reason.splitlines() or ["no reason given"])[0])
            skips.setdefault(key, []).append(part)
    if skips:
        out.write("\nskipped:\n")
        for (name, reason), parts in skips.items():
            out.write(f"  {name} ({', '.join(parts)}): {reason}\n")
    failures = [f"{part}/{case.name}" if case.name else part
                for part, case in totals.cases if case.outcome == FAILED]
    if failures:
        out.write("\nfailed:\n")
        out.writelines(f"  {name}\n" for name in failures)
    out.write(f"\n{totals.line()}\n")
