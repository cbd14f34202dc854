# SPDX-License-Identifier: LGPL-2.1-or-later
"""What QEMU has and may do, as the kernel tells it, and that this outlives what PID 1 does with itself."""
import errno
import re

from lab.case import on
from lab.vms import (HOST, OLD, STAYS, assert_nothing_left, begin, declare, last_words, locks, node,
                     processes, qemu, say, start, unit)

# Opens paths, and tells each one's errno.
OPEN = ("perl -MFcntl -e 'for (@ARGV) "
        "{ print sysopen(my $f, $_, O_RDWR | %s) ? 0 : $! + 0, qq( $_\\n) }' -- %s")


def become(user):
    return f"setpriv --reuid={user} --regid={user} --clear-groups "


def tried_in_its_group(vm, name, paths, user=""):
    """By a process in the unit's control group: of root, or of its user."""
    lines = vm.out(f"echo $$ > {processes(vm, name)} && exec "
                   + (become(user) if user else "") + OPEN % ("0", " ".join(paths)))
    return errors(lines)


def errors(lines):
    return {path: int(number) for number, path in (line.split() for line in lines.splitlines())}


def status(vm, pid):
    lines = (line.partition(":") for line in vm.read(f"/proc/{pid}/status").splitlines())
    return {name: value.strip() for name, _, value in lines}


def held(vm, pid):
    """Files that it has open; what has no name is none."""
    links = vm.out(f"for f in /proc/{pid}/fd/*; do readlink $f; done").splitlines()
    return {link for link in links if link.startswith("/") and not link.startswith("/memfd:")}


def assert_devices(vm, name, user):
    """Its own is allowed, so that it is told that it has it; nothing else is, even to root."""
    own, other = node(vm, "gpu0"), node(vm, "gpu1")
    assert tried_in_its_group(vm, name, [own, other], user) == {
        own: errno.EBUSY, other: errno.EACCES}
    others = [other, "/dev/vda", "/dev/mem", "/dev/net/tun"]
    assert tried_in_its_group(vm, name, [own, "/dev/kvm", *others]) == {
        own: errno.EBUSY, "/dev/kvm": 0, **dict.fromkeys(others, errno.EPERM)}


@on(HOST, OLD, limit=300)
def test_what_qemu_may_do(vm):
    declare(vm, "stays", STAYS)
    declare(vm, "other", STAYS)
    vm.run("systemctl daemon-reload; modprobe tun")
    assert begin(vm, "stays").proven
    pid, main = qemu(vm, "stays"), unit(vm, "stays", "MainPID")

    of = status(vm, pid)
    user = of["Uid"].split()[0]
    assert user != "0" and of["Uid"].split() == of["Gid"].split() == [user] * 4
    assert {of[c] for c in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")} == {"0" * 16}
    assert of["NoNewPrivs"] == "1" and of["Seccomp"] == "2"
    assert held(vm, pid) == {"/dev/null", "/dev/kvm", "/dev/vfio/vfio", node(vm, "gpu0")}
    assert_devices(vm, "stays", user)
    own, others = "/run/gpu-vm/stays/x", ["/etc/x", "/usr/x", "/run/x", "/run/gpuhost/claims/x"]
    made = errors(vm.out(f"exec nsenter -t {pid} -m " + become(user)
                         + OPEN % ("O_CREAT", " ".join([own, *others]))))
    assert made.pop(own) == 0 and set(made.values()) <= {errno.EROFS, errno.EACCES}, made
    made = errors(vm.out(f"exec nsenter -t {pid} -m " + OPEN % ("O_CREAT", " ".join(others))))
    assert set(made.values()) == {errno.EROFS}, made    # root cannot either
    r = vm.run("systemd-analyze security --no-pager --threshold=30 gpu-vm@stays", check=False)
    assert r.rc == 0 and re.search(r"exposure level for gpu-vm@stays", r.out), r.out[-400:]

    # PID 1 reads its units again, and is itself begun again.
    had = locks(vm)
    assert had == 2
    vm.run("systemctl daemon-reload; systemctl daemon-reexec; systemctl daemon-reload", timeout=90)
    assert locks(vm) == had and unit(vm, "stays", "ActiveState") == "active"
    assert unit(vm, "stays", "MainPID") == main and qemu(vm, "stays") == pid
    assert_devices(vm, "stays", user)
    assert say(vm, "stays").proven
    rc, said = start(vm, "other")
    assert rc and "is in use by 'stays'" in said, said

    vm.run("systemctl stop gpu-vm@stays", timeout=120)
    assert last_words(vm, "stays") == "stays: stopped, the guest shut down"
    assert_nothing_left(vm)
