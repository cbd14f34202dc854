# SPDX-License-Identifier: LGPL-2.1-or-later
"""A container for a real PID 1.

systemd-nspawn boots the /usr of this machine (or of PID1_USR) with our units and programs laid over it
and an /etc of our own. The stages are stand-in.c.
"""

import os
import re
import shutil
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tests/cases"))
import nspawn  # noqa: E402
from tree import Tree  # noqa: E402

BUILD = Path(sys.argv.pop(1)).resolve()
USR = Path(os.environ.get("PID1_USR", "/usr"))
STAND_IN = BUILD / "tests/boot/stand-in"

HOSTILE = r"""'100% "of" $HOME; \'"""
DISK = r"/srv/a b\\c/100%%/%i.raw"  # in YAML's double quotes
FILES = {
    "host.d/10-site.yaml": "gpu_policy: switch\n",
    "vm.d/auto.yaml": "description: starts by itself\nautostart: true\nstop_timeout: 5min\n",
    "vm.d/both.yaml": "autostart: true\n",
    "vm.d/plain.yaml": "restart: never\n",
    "vm.d/rep.yaml": "description: a group\nreplicas: 2\n",
    "vm.d/bad.yaml": "autostart: true\ngpus: true\n",
    "vm.d/crash.yaml": "restart: on-failure\n",
    "vm.d/again.yaml": "restart: always\n",
    "vm.d/refused.yaml": "restart: on-failure\n",
    "vm.d/always.yaml": "restart: always\n",
    "vm.d/busy.yaml": "restart: on-failure\n",
    "vm.d/first.yaml": "description: has the card\n",
    "vm.d/second.yaml": "description: is to have it\n",
    "vm.d/keeper.yaml": "description: does not give it back\n",
    "vm.d/broken.yaml": "description: has no disk\n",
    "vm.d/x.yaml": "firmware: {tpm: true}\nshares: [{source: /x, tag: t}]\n",
    "vm.d/hostile.yaml": f'description: {HOSTILE}\n'
                         f'disks: [{{source: "{DISK}"}}, {{source: "UUID=3f-1"}}]\n',
}
# There are no cards in the container: for `gpuhost switch` alone there is another /sys, with files about it.
CARD = "0000:0c:00.0"
CARDS = f"""gpu_policy: switch
allowlist: ["10de:*"]
gpus: [{{name: big, match: {{address: "{CARD}"}}, role: passthrough, allow_console: true}}]
"""
AMONG_CARDS = """#!/bin/sh
exec unshare -m sh -c 'mount --bind /x/sys /sys && mount --bind /x/gpuhost /etc/gpuhost && exec "$@"' sh "$@"
"""
DONE = """[Unit]
After=multi-user.target
Wants=multi-user.target
[Service]
Type=oneshot
StandardOutput=null
ExecStart=/bin/sh /x/steps
ExecStartPost=/usr/bin/systemctl poweroff --no-block
"""
FAST = "[Service]\nRestartSec=100ms\n"
TPM = """[Service]
ExecStart=
ExecStart=/usr/lib/gpuhost/gpuhost-listen /run/gpu-vm-tpm/%i/socket /usr/bin/sleep 1d
ExecStopPost=+/bin/sh -c 'echo tpm >>/x/released'
"""
FEW = "[Unit]\nStartLimitBurst=4\n"


def put(path, text, mode=0o644):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(mode)


def release():
    """Of the systemd that is tried."""
    shared, = USR.glob("lib/*/systemd/libsystemd-shared-*.so")
    return int(re.search(r"shared-([0-9]+)", shared.name)[1])


def make_usr(usr):
    """What the package would bring."""
    units = usr / "lib/systemd/system"
    units.mkdir(parents=True)
    for unit in (TOP / "units").glob("*.*"):
        if unit.suffix in (".service", ".target"):
            shutil.copy(unit, units)
    if release() >= 254:
        put(units / "gpu-vm@.service.d/40-back-off.conf", (TOP / "units/back-off.conf").read_text())
    for name, built in {"lib/systemd/system-generators/gpuhost-generator":
                        "src/generator/gpuhost-generator", "bin/gpuhost": "src/cli/gpuhost"}.items():
        (usr / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(BUILD / built, usr / name)
    (usr / "lib/gpuhost").mkdir()
    shutil.copy(BUILD / "src/run/gpuhost-listen", usr / "lib/gpuhost")
    for name in ("claim", "run", "bind", "prepare"):
        shutil.copy(STAND_IN, usr / f"lib/gpuhost/gpuhost-{name}")


def make_root(root, steps):
    nspawn.skeleton(root, "x")
    etc = root / "etc"
    for name, text in FILES.items():
        put(etc / "gpuhost" / name, text)
    for name, text in {"machine-id": "", "os-release": "ID=test\n", "stand-in/crash": "3\n",
                       "stand-in/again": "0\n", "stand-in/claim-refused": "19\n",
                       "stand-in/refused": "-18\n", "stand-in/claim-always": "19\n",
                       "stand-in/always": "-18\n", "stand-in/claim-busy": "1\n",
                       "group": "root:x:0:\nkvm:x:996:\n"}.items():
        put(etc / name, text)
    system = etc / "systemd/system"
    put(system / "done.service", DONE)
    put(system / "gpu-vm@.service.d/99-fast.conf", FAST)
    put(system / "gpu-vm@crash.service.d/99-few.conf", FEW)
    put(system / "gpu-vm-tpm@.service.d/99-stand-in.conf", TPM)
    for name in ("boot-ok", "kernel-args"):  # they look at this host's boot loader
        (system / f"gpuhost-{name}.service").symlink_to("/dev/null")
    put(system / "gpu-vm@first.service.d/99-claim.conf",
        f"[Service]\nExecStopPost=+/bin/rm -f /run/gpuhost/claims/{CARD}\n")
    put(system / "gpu-vm@broken.service.d/99-refusal.conf",
        "[Service]\nExecStartPre=\nExecStartPre=sh -c 'echo \"<3>there is no such disk\" >&2; exit 1'\n")
    Tree.loads((TOP / "tests/cases/machines/two-identical-bound.tree").read_text()).unpack(root / "x")
    put(root / "x/gpuhost/host.d/10-cards.yaml", CARDS)
    for name in ("first", "second", "keeper", "broken"):
        put(root / f"x/gpuhost/vm.d/{name}.yaml", "gpu: {name: big}\n")
    put(root / "x/among-cards", AMONG_CARDS, 0o755)
    wants = system / "multi-user.target.wants"
    wants.mkdir()
    (wants / "gpu-vm@both.service").symlink_to("/usr/lib/systemd/system/gpu-vm@.service")
    put(root / "x/steps", "".join(
        f"{{ {command}\n}} >/x/{name}.out 2>&1 </dev/null\necho $? >/x/{name}.status\n"
        for name, command in steps.items()))


def boot(folder, steps):
    """What each of the steps, {name: command}, ended with and printed; and in which order things ended."""
    root, usr = folder / "root", folder / "usr"
    make_root(root, steps)
    make_usr(usr)
    said = nspawn.boot(root, usr, 90, USR)
    results = {}
    for name in steps:
        status, out = root / f"x/{name}.status", root / f"x/{name}.out"
        if not status.exists():
            raise RuntimeError(f"'{name}' did not end: {said}")
        results[name] = (int(status.read_text()), out.read_text(errors="replace"))
    return results, (root / "x/released").read_text().split()
