# SPDX-License-Identifier: LGPL-2.1-or-later
"""The harness catches what goes wrong: each of these is a broken machine, on purpose."""
import os
import re
import select
import signal
import subprocess
import sys
import time

import pytest
from lab import images
from lab.case import on
from lab.host import Host, dev
from lab.hosts import NONE
from lab.machine import CommandFailed, GuestPanic, GuestTimeout, LabError, Machine, PATIENCE
from lab.qemu import take_slot
from lab.scratch import sweep

PLAIN = Host(iommu="none")
CRASHED = []


@on(NONE)
def test_commands_return_what_they_say(vm):
    r = vm.run("cat; echo more >&2; exit 3", check=False, stdin=b"\0\xff" * 70000, text=False)
    assert (r.rc, r.out, r.err) == (3, b"\0\xff" * 70000, b"more\n")
    with pytest.raises(CommandFailed, match="ended with 3"):
        vm.run("exit 3")
    assert vm.run("kill -9 $$", check=False).rc == -signal.SIGKILL


@on(NONE)
def test_a_command_that_hangs_is_given_up_and_others_go_on(vm):
    with pytest.raises(GuestTimeout, match="nothing within 1 s"):
        vm.run("exec tail -f /dev/null", timeout=1)
    assert vm.out("echo on") == "on"


@on(NONE)
def test_a_snapshot_takes_everything_back(vm):
    assert vm.run("test -e /root/mark", check=False).rc
    vm.put("/root/mark", "x")
    vm.load("booted")
    assert vm.run("test -e /root/mark", check=False).rc


@on(NONE)
def test_the_agent_survives_reload_and_reexec(vm):
    vm.run("systemctl daemon-reload; systemctl daemon-reexec", timeout=60)
    assert vm.out("systemctl is-active lab-agent") == "active"


@on(NONE)
def test_waiting_for_units_and_messages(vm):
    vm.run("systemd-run -q --unit=later sh -c 'echo said by a unit; echo said in the kernel "
           "> /dev/kmsg; exec tail -f /dev/null'")
    vm.wait_unit("later.service")
    assert vm.wait_journal("^said by") == "said by a unit"
    assert "said in the kernel" in vm.wait_kernel("said in")
    with pytest.raises(GuestTimeout):
        vm.wait_unit("later.service", state="failed", timeout=1)


@on(NONE, limit=200)
def test_power_off_and_on(vm):
    vm.run("echo kept > /root/kept; sync")
    boot = vm.agent.boot_id
    vm.power_off()
    vm.start()
    vm.wait_boot()
    assert vm.agent.boot_id != boot and vm.read("/root/kept") == "kept"


@on(NONE)
def test_a_panic_is_reported_as_one(vm, tmp_path):
    with pytest.raises(GuestPanic, match="sysrq triggered crash"):
        vm.run("echo 1 > /proc/sys/kernel/sysrq; echo c > /proc/sysrq-trigger", timeout=60)
    vm.collect(tmp_path / "logs")
    assert "sysrq triggered crash" in (tmp_path / "logs/console.log").read_text()


def test_a_machine_that_hangs_meets_the_hard_limit(pool):
    """Nothing answers, as its processors stand still, and who waits is prepared to wait longer."""
    pool.drop()
    with Machine(PLAIN, limit=6) as vm:
        vm.qmp.command("stop")
        start = time.monotonic()
        with pytest.raises(GuestTimeout, match="hard limit of 6 s"):
            vm.wait_boot(timeout=60)
        assert time.monotonic() - start < 60 * PATIENCE and not vm.alive


def test_a_case_whose_emulator_crashed_has_a_second_try(pool, request):
    pool.drop()
    with Machine(PLAIN) as vm:
        if not CRASHED:
            CRASHED.append(vm)
            request.node.lab_vm = vm
            os.kill(vm.process.pid, signal.SIGABRT)
        vm.wait_agent()


@on(NONE)
def test_an_emulator_that_lost_an_interrupt_is_told_from_a_failure(vm, monkeypatch):
    assert vm.lost() is None
    one, = vm.qmp.processors()
    assert one.count("HLT=") == one.count("ISR\t") == 1
    asleep = re.sub(r"HLT=\d", "HLT=1", one)
    for served, said in (("(none)", None), ("236", "the end of an interrupt has not come through")):
        text = re.sub(r"ISR\t.*", f"ISR\t {served}", asleep)
        monkeypatch.setattr(vm.qmp, "processors", lambda: [text])
        assert vm.lost() == said


def test_a_wrong_description_says_what_qemu_said(pool):
    pool.drop()
    with pytest.raises(LabError, match="not a valid device model name"):
        with Machine(PLAIN.but(cards=((dev("no-such-card"),),))):
            pass


def test_two_machines_at_once_and_no_more(pool, monkeypatch, tmp_path):
    pool.drop()
    monkeypatch.setenv("GPUHOST_LAB_CACHE", str(tmp_path))
    held = [take_slot(), take_slot()]
    third = subprocess.Popen([sys.executable, "-c", "from lab.qemu import take_slot; take_slot()"],
                             env={**os.environ, "PYTHONPATH": str(images.HERE)})
    with pytest.raises(subprocess.TimeoutExpired):
        third.wait(2)
    held.pop().close()
    assert third.wait(20) == 0


def test_qemu_dies_with_whoever_started_it(pool):
    pool.drop()
    pipe, child_end = os.pipe()
    child = os.fork()
    if child == 0:
        vm = Machine(PLAIN)
        vm.start()
        os.write(child_end, f"{vm.process.pid} {vm.dir}".encode())
        os.kill(os.getpid(), signal.SIGKILL)
    pid, folder = os.read(pipe, 200).decode().split()
    qemu = os.pidfd_open(int(pid))
    os.waitpid(child, 0)
    assert select.select([qemu], [], [], 10)[0], "QEMU outlives a killed driver"
    sweep()
    assert not os.path.exists(folder), "what it left behind stays"
