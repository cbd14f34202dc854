# SPDX-License-Identifier: LGPL-2.1-or-later
"""What `gpuhost apply` does to a running host, and that `gpuhost revert` undoes it, whenever either ends."""
import json
import shlex

import pytest
from lab import builds, modules
from lab.case import on, only_long
from lab.host import Host, dev, gpu
from lab.machine import PATIENCE
from lab.vfio import driver, slot

# A card without a driver, and one that the kernel's own driver takes.
HOST = Host(gpuhost=True, cards=(gpu("gpu0"), gpu("gpu1"), (dev("bochs-display", "gpu2"),)))
BOTH = on(HOST, only_long(HOST.but(release=12)), limit=300)
SITE = "/etc/gpuhost/host.d/50-site.yaml"
JOURNAL = "/var/lib/gpuhost/journal"


def declare(vm, **roles):
    text = 'allowlist: ["10de:*", "1234:*"]\ngpus:\n'
    for id, role in roles.items():
        text += (f'  - {{name: {id}, match: {{address: "{vm.address(id)}"}}, role: {role}, '
                 f'allow_console: true}}\n')
    vm.put(SITE, text)


def drivers(vm, id):
    return [driver(vm, a) for a in slot(vm, vm.address(id))]


def overrides(vm, id):
    return [vm.out(f"cat /sys/bus/pci/devices/{a}/driver_override") for a in slot(vm, vm.address(id))]


def outcomes(vm, verb, *options, ok=(0,)):
    """What became of each thing, by its target."""
    r = vm.run(["gpuhost", verb, "--json=short", *options], check=False, timeout=120)
    assert r.rc in ok, r.out + r.err
    return {o["target"]: o for o in json.loads(r.out)["outcomes"]}


def changed(vm):
    """Everything of ours below /etc, /var and /boot, and what the cards are bound to."""
    return vm.out("find /etc/gpuhost /etc/default /etc/grub.d /etc/kernel /var/lib/gpuhost /boot/grub "
                  "-type f -exec sha256sum {} + 2>/dev/null; true", timeout=60) + \
        str([drivers(vm, id) + overrides(vm, id) for id in ("gpu1", "gpu2")])


@BOTH
def test_there_and_back(vm):
    vm.run("modprobe bochs; modprobe snd_hda_intel; udevadm settle")
    declare(vm, gpu1="passthrough", gpu2="passthrough")
    card = vm.address("gpu2")
    assert drivers(vm, "gpu2") == ["bochs-drm"]
    before = changed(vm)

    # Somebody has the card open: nothing of it is touched, and they are named.
    node = vm.out(f"ls -d /sys/bus/pci/devices/{card}/drm/card* | sed 's,.*/,/dev/dri/,'")
    vm.run(f"systemd-run --unit=viewer sh -c {shlex.quote(f'exec 3<>{node}; exec sleep 1000')}")
    vm.until("gpuhost plan | grep -q viewer.service", timeout=60)
    plan = json.loads(vm.run("gpuhost plan --json=short", check=False).out)
    step = next(s for s in plan["steps"] if s["target"] == card)
    assert step["when"] == "reboot" and f"holds {node}" in step["reason"]
    done = outcomes(vm, "apply")
    assert drivers(vm, "gpu2") == ["bochs-drm"] and done[card]["outcome"] == "reboot"
    assert drivers(vm, "gpu1") == ["vfio-pci", "vfio-pci"]

    # They are gone: now it can be taken.
    vm.run("systemctl stop viewer")
    assert outcomes(vm, "apply")[card]["outcome"] == "done"
    assert drivers(vm, "gpu2") == ["vfio-pci"] and overrides(vm, "gpu2") == ["vfio-pci"]
    assert vm.run("gpuhost plan", check=False).rc in (0, 1)
    protected = vm.read("/var/lib/gpuhost/protected")
    assert "holds /" in protected, protected
    assert "Nothing to do." in vm.run("gpuhost apply", check=False).out

    outcomes(vm, "revert")
    assert changed(vm) == before
    assert vm.run(f"ls {JOURNAL}", check=False).rc != 0


# Ends apply, or revert, at its Nth call that changes something, and lets others complete it. The state of
# the host is one line: drivers, overrides, and what apply writes.
KILLS = """
state() {
    for a in $FUNCTIONS; do
        echo "$(basename "$(readlink /sys/bus/pci/devices/$a/driver)") \
              $(cat /sys/bus/pci/devices/$a/driver_override)"
    done | tr -s ' \n' ' '
    cat /var/lib/gpuhost/protected 2>/dev/null | md5sum
}
killed() { LAST_CALL=$n LD_PRELOAD=/root/last-call.so gpuhost "$@" -q >/dev/null 2>&1; }
must() { gpuhost "$@" -q >/tmp/said 2>&1 || { echo "$n: gpuhost $* ended with $?"; cat /tmp/said; exit 1; }; }
is() { test "$(state)" = "$1" || { echo "$n: $2: expected $1, found $(state)"; exit 1; }; }
fresh=$(state); must apply; applied=$(state); must revert; is "$fresh" revert
test "$fresh" != "$applied" || exit 1
n=1
while :; do
    killed apply; end=$?
    must apply; is "$applied" "apply, apply"
    killed revert; back=$?
    must revert; is "$fresh" "revert, revert"
    killed apply
    must revert; is "$fresh" "apply, revert"
    test -e /var/lib/gpuhost/journal && { echo "$n: the journal is still there"; exit 1; }
    test $end = 137 || test $back = 137 || break
    n=$((n + $STRIDE))
done
echo "$n"
"""


def kill_everywhere(vm, stride):
    vm.run("modprobe bochs; modprobe snd_hda_intel; udevadm settle")
    declare(vm, gpu1="passthrough", gpu2="passthrough")
    vm.put("/root/last-call.so", builds.last_call().read_bytes())
    functions = " ".join(slot(vm, vm.address("gpu1")) + slot(vm, vm.address("gpu2")))
    vm.put("/root/kills", KILLS)
    return int(vm.out(f"FUNCTIONS='{functions}' STRIDE={stride} sh /root/kills", timeout=280))


@pytest.mark.long
@BOTH
def test_killed_now_and_then(vm):
    assert kill_everywhere(vm, 11) > 30


@pytest.mark.long
@on(HOST, HOST.but(release=12), limit=900)
def test_killed_at_every_call(vm):
    assert kill_everywhere(vm, 1) > 30


@BOTH
def test_two_at_once_and_a_full_disk(vm):
    declare(vm, gpu1="passthrough", gpu2="passthrough")
    vm.run("mkdir -p /var/lib/gpuhost; mount -t tmpfs -o size=16k none /var/lib/gpuhost;"
           "dd if=/dev/zero of=/var/lib/gpuhost/filler bs=4k; true")
    r = vm.run("gpuhost apply", check=False)
    assert r.rc == 1 and "No space left on device" in r.out, r.out + r.err
    assert "vfio-pci" not in drivers(vm, "gpu1")
    vm.run("umount /var/lib/gpuhost")

    both = [vm.start_command("gpuhost apply --json=short") for _ in range(2)]
    results = [vm.wait_command(n, 120) for n in both]
    assert [r.rc for r in results] == [0, 0], results
    assert drivers(vm, "gpu1") == ["vfio-pci", "vfio-pci"]
    assert drivers(vm, "gpu2") == ["vfio-pci"]
    assert outcomes(vm, "apply") == {}
    outcomes(vm, "revert")
    assert "vfio-pci" not in drivers(vm, "gpu1") + drivers(vm, "gpu2")


@BOTH
def test_take_and_release(vm):
    vm.run("modprobe bochs; udevadm settle")
    declare(vm, gpu1="host", gpu2="on-demand")
    card = vm.address("gpu2")
    assert drivers(vm, "gpu2") == ["bochs-drm"]
    vm.run(f"exec 3<>/dev/dri/by-path/pci-{card}-card; gpuhost take gpu2; test $? = 1")
    assert "pid" in vm.run(f"exec 3<>/dev/dri/by-path/pci-{card}-card; gpuhost take gpu2",
                           check=False).out
    assert drivers(vm, "gpu2") == ["bochs-drm"]
    assert outcomes(vm, "take", "gpu2")[card]["outcome"] == "done"
    assert drivers(vm, "gpu2") == ["vfio-pci"]
    group = vm.out(f"basename $(readlink /sys/bus/pci/devices/{card}/iommu_group)")
    assert vm.run(f"exec 3<>/dev/vfio/{group}; gpuhost release gpu2", check=False).rc == 1
    assert drivers(vm, "gpu2") == ["vfio-pci"]
    outcomes(vm, "release", "gpu2")
    assert drivers(vm, "gpu2") == ["bochs-drm"] and overrides(vm, "gpu2") == ["(null)"]
    assert vm.run("gpuhost take gpu1", check=False).rc == 1
    assert "not declared to leave the host" in vm.run("gpuhost take gpu1", check=False).err
    vm.run(f"mkdir -p /run/gpuhost/claims; echo trainer > /run/gpuhost/claims/{card}")
    r = vm.run("gpuhost take gpu2", check=False)
    assert r.rc == 1 and "trainer has" in r.err
    assert vm.run(f"ls {JOURNAL}", check=False).rc != 0


@pytest.mark.long
@BOTH
def test_driver_that_never_lets_go(vm):
    """It costs a deadline, once: the card is left alone, and everything else goes on."""
    modules.install(vm, "tarpit")
    declare(vm, gpu1="passthrough", gpu2="passthrough")
    card, audio = slot(vm, vm.address("gpu1"))
    vm.run(f"cd /sys/bus/pci; echo tarpit > devices/{card}/driver_override;"
           f"echo {card} > drivers_probe; echo > devices/{card}/driver_override")
    assert driver(vm, card) == "tarpit"
    r = outcomes(vm, "apply", ok=(1,))
    assert r[card]["outcome"] == "stuck" and r[vm.address("gpu2")]["outcome"] == "done"
    vm.run(f"test -e /run/gpuhost/stuck/{card}")
    soon = f"timeout {5 * PATIENCE:g} gpuhost"
    for verb in ("list", "status", "plan", "check"):
        assert vm.run(f"{soon} {verb}", check=False).rc in (0, 1, 3)
    assert vm.run(f"{soon} apply", check=False).rc in (0, 1)
    vm.run("echo 1 > /sys/module/tarpit/parameters/let_go")


@on(HOST, fresh=True, limit=300)
def test_apply_then_reboot(vm):
    declare(vm, gpu1="passthrough")
    outcomes(vm, "apply")
    vm.reboot()
    assert drivers(vm, "gpu1") == ["vfio-pci", "vfio-pci"]
    assert "holds /" in vm.read("/var/lib/gpuhost/protected")
    outcomes(vm, "revert")
    assert "vfio-pci" not in drivers(vm, "gpu1")
