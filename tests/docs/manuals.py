#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Fails when a manual page and the program's tables do not say the same, in either direction.

usage: manuals.py TABLES-PROGRAM MAN-FOLDER
"""

import json
import re
import subprocess
import sys
from pathlib import Path

ESCAPES = {r"\&": "", r"\-": "-", r"\(dq": '"', r"\e": "\\"}

# Where gpuhost.yaml(5) has the keys that stand at the top of a file.
TOP = {"host": ["HOST"], "instance": ["INSTANCES", "VIRTUAL MACHINES", "CONTAINERS"]}


def plain(text):
    for escape, meant in ESCAPES.items():
        text = text.replace(escape, meant)
    return text


def items(lines, macro):
    """(section, subsection, words of the macro's line, the text below it) of each .It that begins
    with this macro."""
    section = subsection = None
    found = []
    for line in lines:
        heading = re.match(r"\.(Sh|Ss) (.*)", line)
        if heading:
            if heading[1] == "Sh":
                section, subsection = heading[2], None
            else:
                subsection = heading[2]
        item = re.match(rf"\.It {macro} (.*)", line)
        if item:
            found.append((section, subsection, plain(item[1]).split(), []))
        elif found:
            found[-1][3].append(line)
    return found


def differences(what, wanted, written):
    wanted = list(wanted)
    for name in sorted(set(wanted) - set(written)):
        yield f"{what} {name}: not in the manual"
    for name in sorted(set(written) - set(wanted)):
        yield f"{what} {name}: in the manual, and nowhere else"
    for name in sorted({name for name in written if written.count(name) > max(1, wanted.count(name))}):
        yield f"{what} {name}: twice in the manual"


def check_command(tables, page):
    lines = page.read_text().splitlines()
    verbs = [item for item in items(lines, "Cm") if item[0] == "VERBS"]
    yield from differences("verb", [verb["name"] for verb in tables["verbs"]],
                           [item[2][0] for item in verbs])
    own = {option["name"] for option in tables["options"] if option["own"]}
    for verb in tables["verbs"]:
        for item in verbs:
            if item[2][0] == verb["name"]:
                named = {word[1:] for word in item[2] if re.fullmatch(r"-[a-z-]+", word)}
                yield from differences(f"{verb['name']}: option",
                                       sorted(own & set(verb["options"])), sorted(named))
    options = [item for item in items(lines, "Fl") if item[0] == "OPTIONS"]
    written = [word for item in options for word in item[2] if re.fullmatch(r"-[a-z-]+|[a-z]", word)]
    wanted = ["-" + option["name"] for option in tables["options"]]
    wanted += [option["letter"] for option in tables["options"] if option["letter"]]
    yield from differences("option", wanted, written)
    for option in tables["options"]:
        text = " ".join(line for item in options for line in item[3]
                        if "-" + option["name"] in item[2])
        for word in option["words"]:
            if not re.search(rf"\.Cm {word}\b", text):
                yield f"option --{option['name']}: the manual does not name {word}"
    findings = [item for item in items(lines, "Li") if item[0] == "FINDINGS"]
    yield from differences("finding", [f"{f['code']} ({f['severity']})" for f in tables["findings"]],
                           [f"{item[2][0]} ({item[2][-1]})" for item in findings])
    for item in findings:
        if not any(line.startswith("Fix: ") for line in item[3]):
            yield f"finding {item[2][0]}: the manual tells no fix"
    steps = [item[2][0] for item in items(lines, "Li") if item[0] == "STEPS"]
    yield from differences("step", tables["steps"], steps)


def check_files(tables, page):
    found = items(page.read_text().splitlines(), "Va")
    written = {}
    for section, subsection, words, text in found:
        name = subsection
        if not name:
            name = next((top for top, sections in TOP.items() if section in sections), section)
        written.setdefault(name, []).append((words[0], " ".join(text)))
    yield from differences("object", list(tables["tables"]), list(written))
    for name, keys in tables["tables"].items():
        texts = written.get(name, [])
        yield from differences(f"{name}: key", list(keys), [key for key, _ in texts])
        for key, text in texts:
            for word in keys.get(key, []):
                if not re.search(rf"\.(Cm|It Cm) {word}\b", text):
                    yield f"{name}: {key}: the manual does not name {word}"


def check_unit(tables, page, unit):
    """What a VM's processes end with, in the manual and in what systemd makes of it."""
    written = {item[2][0]: "restart" in " ".join(item[3])
               for item in items(page.read_text().splitlines(), "Li") if item[0] == "EXIT STATUS"}
    refused = str(tables["claim_refused"])
    wanted = {str(ending["code"]): ending["final"] for ending in tables["endings"]} | {refused: True}
    yield from differences("exit status", list(wanted), list(written))
    for code, final in wanted.items():
        if written.get(code, final) != final:
            yield f"exit status {code}: the manual is wrong about restarts"
    settings = dict(line.split("=", 1) for line in unit.read_text().splitlines() if "=" in line)
    if set(settings["RestartPreventExitStatus"].split()) != \
            {code for code, final in wanted.items() if final and code != refused}:
        yield f"{unit.name}: RestartPreventExitStatus= is not what ending_table[] says"
    if refused not in settings["SuccessExitStatus"].split():
        yield f"{unit.name}: SuccessExitStatus= lacks {refused}"


def main(program, folder):
    tables = json.loads(subprocess.run([program], capture_output=True, check=True).stdout)
    folder = Path(folder)
    wrong = list(check_command(tables, folder / "gpuhost.1"))
    wrong += check_files(tables, folder / "gpuhost.yaml.5")
    unit = folder.parent / "units/gpu-vm@.service"
    wrong += check_unit(tables, folder / "gpu-vm@.service.8", unit)
    print("\n".join(wrong) or "nothing found")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
