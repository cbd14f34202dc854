#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs the cases: a root in, exact output out.

    run.py --gpuhost=PROGRAM [CASE…]            run all or some, report as TAP
    run.py --gpuhost=PROGRAM --update [CASE…]   write the expected files; read them before commit

A case is a folder here:

    README          what it shows and what must come out, for people
    host            one line: the machine, machines/NAME.tree (or host.tree, one of its own)
    etc/ usr/ …     laid over the machine
    commands        a line each: the exit code, then the arguments of gpuhost
    expected.ARGS   what each command prints: stdout, then what stands on stderr below a line
                    '--- stderr ---'. ARGS are the arguments without their leading dashes, joined
                    by '.', what is no letter, digit, '=', '-' or '_' replaced by '_'.

A command of the one word 'generator' runs gpuhost-generator instead, into an empty folder; what it
prints is then each file and link that it wrote.

The path of the root reads @ROOT@. The first command of a case runs on the root packed into one
.tree file too, the first plan on what gpuhost captures of the root, and must say the same there.
A command must not change the root, and what --json prints must be JSON.
"""

import argparse
import concurrent.futures
import difflib
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile

from tree import Tree, TreeError

HERE = pathlib.Path(__file__).parent
MACHINES = HERE / "machines"
OWN_FILES = {"README", "host", "host.tree", "commands"}
STDERR = "--- stderr ---\n"
MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # thousands of small files
TIMEOUT = 60


class CaseError(Exception):
    pass


def all_cases():
    return sorted(p.name for p in HERE.iterdir()
                  if p.is_dir() and p != MACHINES and not p.name.startswith(("_", ".")))


def golden_name(arguments):
    words = (re.sub(r"[^A-Za-z0-9=_-]", "_", word.lstrip("-")) for word in arguments)
    return "expected." + ".".join(words)


def load_tree(case):
    """The machine with the case's own files laid over it."""
    own, named = case / "host.tree", case / "host"
    if own.exists() == named.exists():
        raise CaseError("one of 'host' and 'host.tree' is needed")
    path = own if own.exists() else MACHINES / f"{named.read_text().strip()}.tree"
    if not path.exists():
        raise CaseError(f"no such machine: {path.stem}")
    tree = Tree.loads(path.read_text(encoding="utf-8"), path.name)
    for entry in sorted(case.rglob("*")):
        if entry.parent == case and not entry.is_dir():
            continue
        name = entry.relative_to(case).as_posix()
        if entry.is_symlink():
            tree.remove(name)
            tree.link(name, os.readlink(entry))
        elif entry.is_file():
            tree.remove(name)
            tree.file(name, entry.read_bytes())
    return tree


def load_commands(case):
    """[(exit code, arguments)]; every one has another golden file."""
    path = case / "commands"
    if not path.exists():
        raise CaseError("no file 'commands'")
    commands = []
    for line in path.read_text().splitlines():
        words = shlex.split(line, comments=True)
        if words:
            commands.append((int(words[0]), words[1:]))
    names = [golden_name(arguments) for _, arguments in commands]
    if not commands or len(set(names)) < len(names):
        raise CaseError("'commands' is empty or names one command twice")
    return commands


def state(root):
    """What a command must leave as it is."""
    seen = []
    for folder, dirs, files in os.walk(root):
        for name in dirs + files:
            info = os.lstat(os.path.join(folder, name))
            seen.append((folder, name, info.st_ino, info.st_size, info.st_mtime_ns, info.st_mode))
    return sorted(seen)


def environment():
    keep = ("PATH", "ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS", "LLVM_PROFILE_FILE",
            "ASAN_SYMBOLIZER_PATH")
    kept = {k: os.environ[k] for k in keep if k in os.environ}
    kept |= {"LC_ALL": "C.UTF-8", "TERM": "dumb", "HOME": "/nonexistent"}
    if MEMORY:
        kept["TMPDIR"] = MEMORY
    return kept


def run(program, root, arguments):
    """(exit code, what was printed in the form of a golden file)"""
    if arguments == ["generator"]:
        return generate(program, root)
    done = subprocess.run([program, f"--root={root}", *arguments], stdin=subprocess.DEVNULL,
                          capture_output=True, timeout=TIMEOUT, env=environment(), check=False)
    out, err = (text.decode("utf-8", "backslashreplace").replace(str(root), "@ROOT@")
                for text in (done.stdout, done.stderr))
    if any(a.startswith("--json") and a != "--json=off" for a in arguments) and out:
        try:
            json.loads(out)
        except ValueError as error:
            err += f"run.py: stdout is not JSON: {error}\n"
    if out and not out.endswith("\n"):
        out += "\n\\ no newline at the end\n"
    return done.returncode, out + (STDERR + err if err else "")


def written(folder):
    """As gpuhost-generator --dry-run has it, by name."""
    text = ""
    for path in sorted(pathlib.Path(folder).rglob("*")):
        if path.is_dir() and not path.is_symlink():
            continue
        name = path.relative_to(folder)
        text += (f"{name} -> {os.readlink(path)}\n" if path.is_symlink()
                 else f"# {name}\n{path.read_text(encoding='utf-8')}\n")
    return text


def generate(program, root):
    """(exit code, what gpuhost-generator writes); twice the same, and as it says beforehand."""
    outcomes = []
    for _ in range(2):
        with tempfile.TemporaryDirectory(prefix="gpuhost-units-", dir=MEMORY) as folder:
            done = subprocess.run([generator_of(program), f"--root={root}", folder, folder, folder],
                                  stdin=subprocess.DEVNULL, capture_output=True, timeout=TIMEOUT,
                                  env=environment(), text=True, check=False)
            outcomes.append((done.returncode, written(folder), done.stderr))
    said = subprocess.run([generator_of(program), f"--root={root}", "--dry-run"], text=True,
                          stdin=subprocess.DEVNULL, capture_output=True, timeout=TIMEOUT,
                          env=environment(), check=False).stdout
    code, text, err = outcomes[0]
    if outcomes[1] != outcomes[0]:
        err += "run.py: a second run writes something else\n"
    if sorted(said.splitlines()) != sorted(text.splitlines()):
        err += f"run.py: --dry-run says something else:\n{said}"
    err = err.replace(str(root), "@ROOT@")
    return code, text + (STDERR + err if err else "")


def generator_of(program):
    return pathlib.Path(program).parents[1] / "generator/gpuhost-generator"


def capture(program, root, path):
    """Writes what gpuhost captures of the root; what is wrong with that, as lines."""
    with open(path, "wb") as file:
        done = subprocess.run([program, f"--root={root}", "capture"], stdin=subprocess.DEVNULL,
                              stdout=file, timeout=TIMEOUT, check=False)
    return [] if done.returncode == 0 else [f"capture: exit code {done.returncode}\n"]


def difference(name, expected, got):
    return list(difflib.unified_diff(expected.splitlines(True), got.splitlines(True),
                                     name, "printed", n=3))


def check_command(case, program, roots, wanted, arguments, update):
    """What is wrong with one command, as lines."""
    golden = case / golden_name(arguments)
    wrong = []
    outcomes = [run(program, root, arguments) for root in roots.values()]
    code, text = outcomes[0]
    if code != wanted:
        wrong.append(f"{shlex.join(arguments)}: exit code {code}, not {wanted}\n")
    for what, other in zip(list(roots)[1:], outcomes[1:]):
        if other != outcomes[0]:
            wrong.append(f"{shlex.join(arguments)}: the {what} tree gives another answer "
                         f"(exit code {other[0]}):\n")
            wrong += difference("folder", text, other[1])
    if update:
        golden.write_text(text, encoding="utf-8")
        return wrong
    if not golden.exists():
        return wrong + [f"{golden.name}: missing; printed:\n"] + text.splitlines(True)
    return wrong + difference(golden.name, golden.read_text(encoding="utf-8"), text)


def run_case(name, program, update):
    case = HERE / name
    try:
        tree, commands = load_tree(case), load_commands(case)
        if not (case / "README").exists():
            raise CaseError("no README that says what must come out")
    except (CaseError, TreeError, ValueError) as error:
        return [f"{error}\n"]
    known = {golden_name(arguments) for _, arguments in commands}
    unused = [p for p in case.iterdir() if p.is_file() and p.name not in known | OWN_FILES]
    if update:
        for path in unused:
            path.unlink()
        unused = []
    wrong = [f"{path.name}: no command prints it\n" for path in unused]
    with tempfile.TemporaryDirectory(prefix="gpuhost-case-", dir=MEMORY) as folder:
        root, packed = os.path.join(folder, "root"), os.path.join(folder, "root.tree")
        os.mkdir(root)
        tree.unpack(root)
        pathlib.Path(packed).write_text(tree.dumps(), encoding="utf-8")
        captured = os.path.join(folder, "captured.tree")
        plans = [arguments for _, arguments in commands if arguments[:1] == ["plan"]][:1]
        if plans:
            wrong += capture(program, root, captured)
        before = state(root)
        for number, (wanted, arguments) in enumerate(commands):
            roots = {"unpacked": root}
            if number == 0 and arguments != ["generator"]:
                roots["packed"] = packed
            if arguments in plans:
                roots["captured"] = captured
            wrong += check_command(case, program, roots, wanted, arguments, update)
        if state(root) != before:
            wrong.append("a command changed the root that it was to read\n")
    return wrong


def report(number, name, wrong):
    print(f"{'not ok' if wrong else 'ok'} {number} - {name}")
    for line in wrong:
        print("# " + line.rstrip("\n"))
    sys.stdout.flush()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--gpuhost", required=True, type=os.path.abspath, metavar="PROGRAM")
    parser.add_argument("--update", action="store_true", help="write the expected files")
    parser.add_argument("cases", nargs="*", metavar="CASE", help="default: all")
    args = parser.parse_args()
    names = args.cases or all_cases()
    print(f"1..{len(names)}")
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        results = pool.map(lambda name: run_case(name, args.gpuhost, args.update), names)
        for number, (name, wrong) in enumerate(zip(names, results), 1):
            report(number, name, wrong)
            failed += bool(wrong)
    print(f"# {len(names)} cases, {failed} failed")
    return 1 if failed or not names else 0


if __name__ == "__main__":
    sys.exit(main())
