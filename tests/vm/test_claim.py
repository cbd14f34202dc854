# SPDX-License-Identifier: LGPL-2.1-or-later
"""The root half of a VM's start and stop: who gets a card, what of the host the VM's user may touch
then, and that all of it is taken back, whatever ended it. In place of a VM something sleeps."""
import json
import re

import pytest
from lab import builds
from lab.case import on
from lab.vfio import slot
from lab.vms import HOST, OLD, assert_nothing_left, drivers, locks, node, start

BOTH = on(HOST, OLD, limit=300)

VM = """\
resources: {{cpu_cores: 1, memory_mb: 192, cpu_pinning: auto}}
gpu: {{name: {gpu}}}
kernel: {{image: /usr/lib/lab/vmlinux, initrd: /usr/lib/lab/nested.img}}
"""

# As gpuhost-run, it does not start without the record of a claim.
SLEEPS = """\
[Service]
Type=exec
ExecStartPre=+/bin/test -e /run/gpuhost/start/%i.json
ExecStart=
ExecStart=/bin/sleep infinity
"""

CLAIMS = "/run/gpuhost/claims"


def declare(vm):
    vm.put("/etc/systemd/system/gpu-vm@.service.d/60-sleeps.conf", SLEEPS)
    for name, card in (("demo", "big"), ("other", "big"), ("lender", "lent")):
        vm.put(f"/etc/gpuhost/vm.d/{name}.yaml", VM.format(gpu=card))
    vm.run("systemctl daemon-reload", timeout=60)


def owner(vm, path):
    return vm.out(f"stat -c '%u %a' {path}")


def allowed(vm, name):
    text = vm.out(f"systemctl show -P DeviceAllow gpu-vm@{name}")
    return sorted(re.findall(r"/dev/\S+|char-\S+", text))


@BOTH
def test_a_claim_and_its_release(vm):
    declare(vm)
    rc, said = start(vm, "demo")
    assert rc == 0, said
    uid = vm.out("stat -c %u /proc/$(systemctl show -P MainPID gpu-vm@demo)")
    assert uid != "0" and owner(vm, node(vm, "gpu0")) == f"{uid} 600"
    assert locks(vm) == 2  # the card's and its group's
    assert owner(vm, "/run/gpuhost/start/demo.json") == f"{uid} 400"
    assert allowed(vm, "demo") == sorted(["/dev/kvm", "/dev/vfio/vfio", node(vm, "gpu0")])
    record = json.loads(vm.read("/run/gpuhost/start/demo.json"))
    assert record["gpus"] == [vm.address("gpu0")] and len(record["cpus"]) == 1
    words = " ".join(record["argv"])
    assert all(f"host={a}" in words for a in slot(vm, vm.address("gpu0"))), words
    listed = json.loads(vm.out("gpuhost list --json=short"))["gpus"]
    assert {g["address"]: g["claimed_by"] for g in listed}[vm.address("gpu0")] == "demo"

    rc, said = start(vm, "other")
    assert rc and "is in use by 'demo'" in said and "gpuhost switch other" in said, said
    rc, said = start(vm, "dmo")
    assert rc and "no VM 'dmo' is declared in vm.d, did you mean 'demo'?" in said, said

    # It survives what systemd does with itself.
    vm.run("systemctl daemon-reload; systemctl daemon-reexec")
    rc, said = start(vm, "other")
    assert rc and "is in use by 'demo'" in said, said

    vm.run("systemctl kill -s KILL gpu-vm@demo; systemctl stop gpu-vm@demo")
    assert_nothing_left(vm)
    assert allowed(vm, "demo") == []
    assert start(vm, "other")[0] == 0
    vm.run("systemctl stop gpu-vm@other")
    assert_nothing_left(vm)


@BOTH
def test_on_demand_there_and_back(vm):
    declare(vm)
    assert drivers(vm, "gpu2") == {"bochs-drm"}
    for _ in range(3):
        rc, said = start(vm, "lender")
        assert rc == 0, said
        assert drivers(vm, "gpu2") == {"vfio-pci"}
        assert owner(vm, node(vm, "gpu2")).endswith(" 600")
        vm.run("systemctl stop gpu-vm@lender", timeout=60)
        assert drivers(vm, "gpu2") == {"bochs-drm"}
        assert_nothing_left(vm)
    # Somebody looks at it: nothing is touched, and they are named.
    screen = vm.out(f"ls -d /sys/bus/pci/devices/{vm.address('gpu2')}/drm/card* | "
                    "sed 's,.*/,/dev/dri/,'")
    vm.run(["systemd-run", "--unit=viewer", "sh", "-c", f"exec 3<>{screen}; exec sleep 1000"])
    vm.until("gpuhost plan >/dev/null; ls -l /proc/*/fd 2>/dev/null | grep -q " + screen)
    rc, said = start(vm, "lender")
    assert rc and "viewer.service" in said, said
    assert drivers(vm, "gpu2") == {"bochs-drm"}
    assert_nothing_left(vm)


@BOTH
def test_what_a_start_opens(vm):
    declare(vm)
    vm.run("ip link add br0 type bridge; ip link set br0 up; modprobe tun; "
           "truncate -s 16M /srv/other.raw; mkfs.ext4 -q /srv/other.raw; "
           "qemu-img create -q -f qcow2 /srv/chain.qcow2 16M; "
           "qemu-img create -q -f qcow2 -F qcow2 -b /srv/chain.qcow2 /srv/on-top.qcow2", timeout=60)
    vm.put("/etc/gpuhost/vm.d/demo.yaml", VM.format(gpu="big") + """\
disks:
  - {source: /srv/%i.raw, create: {size: 8M}}
  - {source: /srv/chain.qcow2, format: qcow2, readonly: true}
networks: [{type: bridge, bridge: br0}]
""")
    rc, said = start(vm, "demo")
    assert rc == 0, said
    assert vm.out("stat -c '%s %a' /srv/demo.raw") == f"{8 << 20} 600"
    record = json.loads(vm.read("/run/gpuhost/start/demo.json"))
    assert record["fds"] == ["disk0", "disk1", "tap0"]
    pid = vm.out("systemctl show -P MainPID gpu-vm@demo")
    held = vm.out(f"ls -l /proc/{pid}/fd")
    for path in ("/srv/demo.raw", "/srv/chain.qcow2", "/net/tun"):
        assert path in held, held
    assert "master br0" in vm.out("ip -o link show gv0")
    # What was open for a moment is not allowed any more.
    assert allowed(vm, "demo") == sorted(["/dev/kvm", "/dev/vfio/vfio", node(vm, "gpu0")])
    vm.run("systemctl stop gpu-vm@demo")
    assert "gv0" not in vm.out("ip -o link")
    for disk, why in (
            ("{source: /srv/none.raw}", "is not there"),
            ("{source: /srv/chain.qcow2}", "declared as raw"),
            ("{source: /srv/on-top.qcow2, format: qcow2}", "has a backing file"),
            ("{source: UUID=00000000-0000-0000-0000-000000000001}", "no block device has that")):
        vm.put("/etc/gpuhost/vm.d/demo.yaml", VM.format(gpu="big") + f"disks: [{disk}]\n")
        rc, said = start(vm, "demo")
        assert rc and why in said, said
        assert_nothing_left(vm)


@BOTH
def test_block_devices(vm):
    declare(vm)
    uuid = "5d3c1f0e-8d26-4a0c-9c1f-0a2b3c4d5e6f"
    loop = vm.out(f"truncate -s 16M /srv/disk; mkfs.ext4 -q -U {uuid} /srv/disk; modprobe loop; "
                  "losetup -f --show /srv/disk; udevadm settle", timeout=60)
    vm.put("/etc/gpuhost/vm.d/demo.yaml",
           VM.format(gpu="big") + f"disks: [{{source: UUID={uuid}}}]\n")
    vm.run(f"mount {loop} /mnt")
    rc, said = start(vm, "demo")
    assert rc and f"UUID={uuid} is in use by the host" in said, said
    vm.run("umount /mnt")
    rc, said = start(vm, "demo")
    assert rc == 0, said
    held = vm.out("ls -l /proc/$(systemctl show -P MainPID gpu-vm@demo)/fd")
    assert f"-> {loop}" in held or f"-> {loop.removeprefix('/dev')}" in held, held
    assert loop not in allowed(vm, "demo")
    # As long as the VM has it the host can't.
    assert vm.run(f"mount {loop} /mnt", check=False).rc
    vm.run(f"systemctl stop gpu-vm@demo; mount {loop} /mnt; umount /mnt")


@BOTH
def test_a_card_that_does_not_answer_is_cordoned(vm):
    declare(vm)
    card = vm.address("gpu0")
    assert start(vm, "demo")[0] == 0
    vm.fault("gpu0", "dead")
    vm.run("systemctl stop gpu-vm@demo", timeout=60)
    assert "does not answer" in vm.read(f"/run/gpuhost/cordoned/{card}")
    vm.fault("gpu0", "none")
    rc, said = start(vm, "other")
    assert rc and "is cordoned" in said and f"remove /run/gpuhost/cordoned/{card}" in said, said
    vm.run(f"rm /run/gpuhost/cordoned/{card}")
    rc, said = start(vm, "other")
    assert rc == 0, said


# Ten VMs on two cards, all at once: how many run, and what each of the others was told.
CROWD = """
for i in 0 1 2 3 4 5 6 7 8 9; do systemctl start gpu-vm@c$i >/dev/null 2>&1 & done; wait
for i in 0 1 2 3 4 5 6 7 8 9; do
    systemctl -q is-active gpu-vm@c$i && echo "runs c$i" ||
        journalctl -q -o cat _SYSTEMD_INVOCATION_ID=$(systemctl show -P InvocationID gpu-vm@c$i) |
        sed -n "s/^.*\\(is in use by .*\\)/told c$i \\1/p"
done
systemctl stop 'gpu-vm@c*'
"""


@pytest.mark.long
@BOTH
def test_a_crowd(vm):
    declare(vm)
    for i in range(10):
        vm.put(f"/etc/gpuhost/vm.d/c{i}.yaml", VM.format(gpu="lent" if i % 2 else "big"))
    for _ in range(2):
        lines = vm.run(CROWD, timeout=240).out.splitlines()
        runs = [line.split()[1] for line in lines if line.startswith("runs")]
        told = [line for line in lines if line.startswith("told")]
        assert len(runs) == 2 and {int(r[1]) % 2 for r in runs} == {0, 1}, lines
        assert len(told) == 8 and all(any(f"'{r}'" in t for r in runs) for t in told), lines
        assert_nothing_left(vm)


# A claim, then a release, that end at their $n-th change; each time the unit's own release follows.
KILLS = """
n=1
drop() {
    mkdir -p /run/systemd/system/gpu-vm@lender.service.d
    printf '[Service]\\n%s\\n' "$1" >/run/systemd/system/gpu-vm@lender.service.d/70-kill.conf
    systemctl daemon-reload
}
clean() {
    test -z "$(ls $CLAIMS)" || { echo "$n: $1: claims are left: $(ls $CLAIMS)"; exit 1; }
    test -z "$(ls /run/gpuhost/start 2>/dev/null)" || { echo "$n: $1: a record is left"; exit 1; }
    test "$(basename $(readlink /sys/bus/pci/devices/$CARD/driver))" = bochs-drm ||
        { echo "$n: $1: the card is not back"; journalctl -b -q -o cat -n 20 -u gpu-vm@lender; exit 1; }
}
while :; do
    drop "ExecStartPre=
ExecStartPre=+/usr/bin/env LAST_CALL=$n LD_PRELOAD=/root/last-call.so $CLAIM claim %i"
    systemctl start gpu-vm@lender 2>/dev/null; started=$?
    systemctl stop gpu-vm@lender
    clean "claim killed"
    test $started = 0 && break
    n=$((n + $STRIDE))
done
last=$n n=1
while test $n -le $last; do
    drop "ExecStopPost=
ExecStopPost=+/usr/bin/env LAST_CALL=$n LD_PRELOAD=/root/last-call.so $CLAIM release %i"
    systemctl start gpu-vm@lender || { echo "$n: it does not start"; exit 1; }
    systemctl stop gpu-vm@lender
    drop ""
    systemctl reset-failed gpu-vm@lender 2>/dev/null
    systemctl start gpu-vm@lender ||
        { echo "$n: release killed: it does not start"; journalctl -b -q -o cat -n 20 -u gpu-vm@lender; exit 1; }
    systemctl stop gpu-vm@lender
    clean "release killed"
    n=$((n + $STRIDE))
done
echo $last
"""


def kill_everywhere(vm, stride):
    declare(vm)
    vm.put("/root/last-call.so", builds.last_call().read_bytes())
    vm.put("/root/kills", KILLS)
    return int(vm.out(f"CLAIMS={CLAIMS} CARD={vm.address('gpu2')} STRIDE={stride} "
                      "CLAIM=/usr/lib/gpuhost/gpuhost-claim sh /root/kills", timeout=280))


@pytest.mark.long
@BOTH
def test_killed_now_and_then(vm):
    assert kill_everywhere(vm, 9) > 10


@pytest.mark.long
@on(HOST, OLD, limit=900)
def test_killed_at_every_call(vm):
    assert kill_everywhere(vm, 1) > 10
