#!/usr/bin/python3 -B
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Golden tests of command lines: a VM's file and what was decided about its start in, words out.

    run.py --command=PROGRAM [CASE…]            run all or some, report as TAP
    run.py --command=PROGRAM --update [CASE…]   write the expected files; read them before commit

A case is a folder here:

    README      what it shows, for people
    etc/…       its configuration; without it, the folder of examples/ that `example` names
    example     see above
    name        the instance, where it is not called as the case
    start       what claim decided about the start on some machine, a line each; see below
    expected    one option a line; or, where there is none, what is said on stderr

Lines of `start`, descriptors being numbered in the order in which they are asked for:

    qemu MAJOR MINOR            which QEMU; 10 0 unless said
    host-id BYTE                the host's ID is sixteen of these; 0 unless said
    function ADDRESS SLOT [fd|ROMFILE]   a PCI function, behind the SLOT-th root port
    mdev SYSFS-FOLDER SLOT      a mediated device
    iommufd [fd]                devices by iommufd
    mmio64 MIB                  the least window for large BARs
    node N                      NUMA node of the memory
    prealloc                    memory is taken at once
    code FILE [qcow2]           firmware, and
    vars FILE [qcow2]           its variables
    secure-boot                 the firmware has it, and SMM
    tpm                         a connection to swtpm
    disk FILE|fd [block]        of each of the instance's disks, in order
    backing FILE|fd [block]     what the last of them is made on
    network user|none|tap [vhost]   of each of its networks
    share                       a connection to virtiofsd, of each of its shares
    seed FOLDER                 cloud-init's
    credential FILE             a systemd credential
    vsock CID [PORT]            where its sd_notify() arrives, if it is listened to
"""
import argparse
import difflib
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
EXAMPLES = HERE.parent.parent / "examples"


def all_cases():
    return sorted(path.name for path in HERE.iterdir() if (path / "start").exists())


def output(command, case):
    name = case / "name"
    with tempfile.TemporaryDirectory() as folder:
        root = case
        if not (case / "etc").exists():
            root = Path(folder)
            shutil.copytree(EXAMPLES / (case / "example").read_text().strip(),
                            root / "etc/gpuhost")
        ran = subprocess.run(
            [command, root, name.read_text().strip() if name.exists() else case.name,
             case / "start"], capture_output=True, text=True)
    if ran.returncode not in (0, 1):
        raise SystemExit(f"{case.name}: {ran.stderr or ran.returncode}")
    return ran.stdout if ran.returncode == 0 else ran.stderr


def compare(case, got):
    """What differs, as lines."""
    if not (case / "README").exists():
        yield "no README\n"
    file = case / "expected"
    if not file.exists():
        yield "no expected: run with --update and read it\n"
        return
    yield from difflib.unified_diff(file.read_text().splitlines(True), got.splitlines(True),
                                    "expected", "got")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--command", required=True)
    parser.add_argument("--update", action="store_true")
    parser.add_argument("cases", nargs="*")
    options = parser.parse_args()
    cases, failed = options.cases or all_cases(), False
    print(f"1..{len(cases)}")
    for number, name in enumerate(cases, 1):
        case = HERE / name
        got = output(options.command, case)
        if options.update:
            (case / "expected").write_text(got)
        difference = list(compare(case, got))
        failed |= bool(difference)
        print(f"{'not ok' if difference else 'ok'} {number} {name}")
        for line in difference:
            print(f"# {line}", end="")
    return failed


if __name__ == "__main__":
    sys.exit(main())
