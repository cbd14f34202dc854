#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Completes command lines in the shells that are installed and compares with the program's tables.

usage: completion.py TABLES-PROGRAM GPUHOST FOLDER
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

SKIPPED = 77

# readline hands a function the line and takes its COMPREPLY: so does this.
BASH = """
source "$1"
COMP_LINE=$2 COMP_POINT=${#2} COMP_WORDBREAKS=$' \\t\\n"\\'><=;|&(:'
compopt() { :; }
_gpuhost gpuhost
printf '%s\\n' "${COMPREPLY[@]}"
"""

# zsh gives a function the words and takes what it describes.
ZSH = """
_describe() {
        [[ $1 == -o ]] && shift
        print -rl -- ${${(P)2//\\\\:/$'\\1'}%%:*}
}
_files() { print -r -- :file }
compset() { : }
complete_it() { source "$1" }
words=("${(@s: :)2}") CURRENT=$#words PREFIX=$words[-1]
complete_it "$1"
"""

FISH = 'source "$argv[1]"; complete -C "$argv[2]"'


class Shell:
    def __init__(self, folder, path):
        self.folder, self.environment = Path(folder), {
            "PATH": path, "HOME": "/nonexistent", "LC_ALL": "C.UTF-8", "TERM": "dumb"}

    def run(self, *argv):
        done = subprocess.run(argv, env=self.environment, capture_output=True, text=True,
                              stdin=subprocess.DEVNULL, timeout=60, check=False)
        return done.stdout.splitlines(), done.stderr


class Bash(Shell):
    name = "bash"

    def complete(self, line):
        lines, errors = self.run("bash", "-c", BASH, "bash", self.folder / "gpuhost.bash", line)
        kept = line.split(" ")[-1]
        kept = kept[:max(kept.rfind("="), kept.rfind(":")) + 1]
        return [kept + word for word in lines if word], errors


class Zsh(Shell):
    name = "zsh"

    def complete(self, line):
        lines, errors = self.run("zsh", "-f", "-c", ZSH, "zsh", self.folder / "gpuhost.zsh", line)
        return [word.replace("\1", ":") for word in lines if word], errors


class Fish(Shell):
    name = "fish"

    def complete(self, line):
        with tempfile.TemporaryDirectory() as home:
            self.environment["HOME"] = home
            lines, errors = self.run("fish", "--no-config", "-c", FISH,
                                     str(self.folder / "gpuhost.fish"), line)
        return [line.split("\t")[0] for line in lines], errors


def expectations(tables):
    """(line, the words that must be offered)"""
    verbs = [verb["name"] for verb in tables["verbs"]]
    yield "gpuhost ", verbs
    yield "gpuhost help ", verbs
    yield "gpuhost l", [name for name in verbs if name.startswith("l")]
    yield "gpuhost zebra", []
    spelt = {}
    for option in tables["options"]:
        wants = option["value"] and not option["value_optional"]
        spelt[option["name"]] = f"--{option['name']}" + ("=" if wants else "")
    for verb in tables["verbs"]:
        yield f"gpuhost {verb['name']} --", [spelt[name] for name in verb["options"]]
    yield "gpuhost --", [spelt[o["name"]] for o in tables["options"] if not o["own"]]
    for option in tables["options"]:
        if option["words"]:
            yield (f"gpuhost check --{option['name']}=",
                   [f"--{option['name']}={word}" for word in option["words"]])


def main(program, gpuhost, folder):
    tables = json.loads(subprocess.run([program], capture_output=True, check=True).stdout)
    path = f"{os.path.dirname(os.path.abspath(gpuhost))}:{os.environ['PATH']}"
    shells = [kind(folder, path) for kind in (Bash, Zsh, Fish) if shutil.which(kind.name)]
    wrong = []
    for shell in shells:
        for line, words in expectations(tables):
            offered, errors = shell.complete(line)
            if sorted(offered) != sorted(words) or errors:
                wrong.append(f"{shell.name}: '{line}' offers {offered}, not {words} {errors}")
    print("\n".join(wrong) or f"nothing found with {[shell.name for shell in shells]}")
    return 1 if wrong else 0 if shells else SKIPPED


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
