# SPDX-License-Identifier: LGPL-2.1-or-later
"""A running virtual host: start it, talk to it, hurt it, and keep what it said."""
import contextlib
import os
import re
import select
import shlex
import signal
import subprocess
import threading
import time

from . import images
from .agent import Agent, AgentError, connect
from .logs import Logs
from .qemu import command_line, launch, qemu_img, take_slot
from .qmp import Qmp, QmpError
from .scratch import Scratch
from .words import Words

HARD_LIMIT = 110            # seconds a machine may live until someone asks for more
# Under QEMU's SVM a machine has been seen to sleep until the next interrupt: seconds between those of our
# making, where somebody waits.
NUDGE = 5
BOOT_LIMIT = 180            # a boot takes 10 on an idle computer, and must not fail on a busy one
# Stretches every limit, where a computer has much else to do.
PATIENCE = float(os.environ.get("GPUHOST_LAB_PATIENCE", "1"))


class LabError(Exception):
    """The machine did not do what was expected of it; the text says where its logs are."""


class GuestPanic(LabError):
    pass


class GuestTimeout(LabError):
    pass


class CommandFailed(AssertionError):
    pass


class Machine(Words):
    """Made and ended by `with Machine(host) as vm:`."""

    def __init__(self, host, disk=None, limit=HARD_LIMIT):
        self.host, self.limit = host, limit
        self.scratch = Scratch()
        self.dir = self.scratch.path
        self.image = images.image(host.release)
        self.disk = disk or self.image / "disk.raw"
        self.agent, self.logs, self.trouble_from = Agent(), Logs(self.dir), 0
        self.process = self.qmp = self.slot = self.console = None
        self.snapshots = {}         # name: the boot that is in it
        self.unplugged = False      # by us, at whatever moment

    # life

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_):
        self.close()

    def start(self, *more):
        """With more words for QEMU's command line."""
        self.end()
        self.slot = self.slot or take_slot()
        if not (self.dir / "disk.qcow2").exists():
            form = "raw" if self.disk.suffix == ".raw" else "qcow2"
            qemu_img("create", "-q", "-f", "qcow2", "-F", form, "-b", self.disk,
                     self.dir / "disk.qcow2")
        for name in ("qmp", "agent", "console"):
            (self.dir / name).unlink(missing_ok=True)
        argv, env = self._command_line()
        self.unplugged = False
        self.process = launch([*argv, *more], env, self.dir)
        self.allow(self.limit)
        self.watchdog = threading.Thread(target=self._watch, args=(self.process,), daemon=True)
        self.watchdog.start()
        self._connect()

    def _command_line(self):
        return command_line(self.host, self.dir, self.image)

    def _watch(self, process):
        """The hard limit: whatever the test waits for, QEMU is gone when it has passed."""
        while process.poll() is None:
            left = self.deadline - time.monotonic()
            if left <= 0:
                self._unplug(process)
                return
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(min(left, 1))

    def _connect(self):
        """QEMU makes its sockets before it starts the guest; until then it may also die."""
        end = time.monotonic() + 30
        while self.qmp is None:
            try:
                self.qmp = Qmp(self.dir / "qmp", self.dir / "events.log")
            except FileNotFoundError:
                select.select([], [], [], 0.02)
            except (ConnectionError, QmpError):
                self._wait_gone()
            if self.process.poll() is not None or time.monotonic() > end:
                raise self._error(LabError, f"QEMU did not start: {self.logs.last_words()}")
        self.console = None
        self.agent.connect(self.dir / "agent")

    def _wait_gone(self):
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(5)

    def end(self):
        """Ends QEMU at once, like pulling the plug; the disk keeps what had reached it."""
        if self.alive:
            self._unplug(self.process)
            self.process.wait()
        self.agent.close()
        for s in (self.console, self.qmp and self.qmp.sock):
            if s:
                s.close()
        self.qmp = self.console = None

    def _unplug(self, process):
        self.unplugged = True
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)

    def close(self):
        self.end()
        if self.slot:
            self.slot.close()
            self.slot = None
        self.scratch.close()

    @property
    def alive(self):
        return self.process is not None and self.process.poll() is None

    @property
    def crashed(self):
        """The signal that ended the emulator, if it was not us who sent it."""
        code = self.process.poll() if self.process else None
        return signal.Signals(-code).name if code and code < 0 and not self.unplugged else None

    def lost(self):
        """What befell the emulator, and says nothing of what ran inside: it crashed, a processor sleeps
        within an interrupt, which Linux ends before all else, or a machine that was up does not even run
        `true` any more and has not panicked."""
        if not self.alive or not self.agent.boot_id or self.logs.trouble(self.trouble_from):
            return self.crashed
        try:
            if any("HLT=1" in text and re.search(r"ISR\s+\d", text) for text in self.qmp.processors()):
                return "the end of an interrupt has not come through"
            self.run("true", timeout=20)
        except GuestTimeout:
            return "no processor goes on"
        except (LabError, QmpError, OSError):
            return self.crashed
        return None

    def allow(self, seconds):
        """Moves the hard limit to so many seconds from now."""
        self.deadline = time.monotonic() + seconds * PATIENCE

    # what went wrong

    def _error(self, kind, text):
        tail = self.console_text()[-1500:].strip()
        return kind(f"{self.host}: {text}" + (f"\nconsole ends:\n{tail}" if tail else ""))

    def console_text(self):
        return self.logs.console()

    def _look_for_trouble(self):
        if not self.alive:
            if self.unplugged:
                raise self._error(GuestTimeout, f"hard limit of {self.limit} s passed")
            raise self._error(LabError, "QEMU has ended, "
                              f"{self.crashed or f'status {self.process.returncode}'}: "
                              + self.logs.last_words())
        found = self.logs.trouble(self.trouble_from)
        if found:
            raise self._error(GuestPanic, found)

    # the agent

    def _pump(self, seconds):
        """Reads what the agent says for at most so long; true if there was something."""
        try:
            with contextlib.suppress(EOFError):
                return self.agent.hear(seconds)
        except AgentError as e:
            raise self._error(LabError, str(e)) from e
        self._wait_gone()
        self._look_for_trouble()
        raise self._error(LabError, "QEMU closed the command channel")

    def _wait(self, done, what, timeout):
        end, nudge = time.monotonic() + timeout * PATIENCE, time.monotonic() + NUDGE
        while not done():
            if self._pump(min(0.5, max(0, end - time.monotonic()))):
                continue
            self._look_for_trouble()
            if time.monotonic() > end:
                raise self._error(GuestTimeout, f"{what}: nothing within {timeout} s")
            if time.monotonic() > nudge and self.agent.boot_id:
                self.agent.send("true", b"")
                nudge = time.monotonic() + NUDGE

    def wait_agent(self, timeout=BOOT_LIMIT):
        self._wait(lambda: self.agent.boot_id, "waiting for the guest to answer", timeout)

    def wait_boot(self, timeout=BOOT_LIMIT):
        """Until systemd has nothing left to start and udev has loaded every driver; returns
        running, degraded, maintenance …"""
        self.wait_agent(timeout)
        return self.run("s=$(systemctl is-system-running --wait); udevadm settle; echo $s",
                        timeout=timeout).out.strip()

    def start_command(self, command, stdin=b""):
        """Starts a command and returns a number for wait_command; others may run meanwhile."""
        if not isinstance(command, str):
            command = shlex.join(map(str, command))
        self.logs.command(self.agent.next_id, command)
        return self.agent.send(command, stdin)

    def wait_command(self, number, timeout=30, what="command"):
        self._wait(lambda: number in self.agent.results, what, timeout)
        result = self.agent.results.pop(number)
        self.logs.result(number, result)
        return result

    def run(self, command, check=True, timeout=30, stdin="", text=True):
        """Runs a shell command, or a list of words, in the guest."""
        stdin = stdin.encode() if isinstance(stdin, str) else stdin
        r = self.wait_command(self.start_command(command, stdin), timeout, f"command {command!r}")
        if text:
            r.out, r.err = r.out.decode(errors="replace"), r.err.decode(errors="replace")
        if check and r.rc:
            raise CommandFailed(f"{command!r} ended with {r.rc}\n{r.out}{r.err}")
        return r

    # waiting for events

    def until(self, command, timeout=30):
        """Repeats a command that is cheap until it succeeds."""
        end = time.monotonic() + timeout * PATIENCE
        while True:
            r = self.run(command, check=False, timeout=timeout)
            if r.rc == 0:
                return r
            if time.monotonic() > end:
                raise self._error(GuestTimeout, f"{command!r} kept failing: {r.out}{r.err}")
            select.select([], [], [], 0.2)

    def wait_console(self, pattern, timeout=BOOT_LIMIT, after=0):
        end = time.monotonic() + timeout * PATIENCE
        while True:
            found = re.search(pattern, self.console_text()[after:])
            if found:
                return found
            self._look_for_trouble()
            if time.monotonic() > end:
                raise self._error(GuestTimeout, f"console: no {pattern!r} within {timeout} s")
            select.select([], [], [], 0.1)

    def type(self, text):
        """Keys on the serial console. Who connects there must read, or the guest's output stops."""
        if not self.console:
            self.connect_console()
            threading.Thread(target=self._drain, args=(self.console,), daemon=True).start()
        self.console.sendall(text.encode())

    def connect_console(self):
        """A socket that is the serial line, for someone who reads it all."""
        if self.console:
            self.console.close()
        self.console = connect(self.dir / "console")
        return self.console

    @staticmethod
    def _drain(console):
        with contextlib.suppress(OSError):
            while console.recv(65536):
                pass

    # power

    def reboot(self, timeout=90, command="systemctl reboot"):
        """An orderly reboot, to the end of the next boot."""
        self.start_command(command)
        self.wait_reset(timeout)
        state = self.wait_boot(timeout)
        if self.qmp.seen("RESET"):
            raise self._error(LabError, "the machine was reset once more before it was up")
        return state

    def restart(self, command, timeout=90):
        """One that passes by the firmware and the loader, to its end: there is no reset."""
        self.agent.left_boot, self.agent.boot_id = self.agent.boot_id, None
        self.start_command(command)
        return self.wait_boot(timeout)

    def wait_reset(self, timeout=60):
        """Until the machine has been reset, by whatever was asked for before."""
        try:
            self.qmp.wait_event("RESET", timeout=timeout * PATIENCE)
        except QmpError as e:
            self._look_for_trouble()
            raise self._error(GuestTimeout, f"no reset within {timeout} s") from e
        self.agent.left_boot = self.agent.boot_id or self.agent.left_boot
        self.agent.connect(self.dir / "agent")

    def power_cut(self):
        """The plug is pulled and put back; what had not reached the disk is lost."""
        self.end()
        self.start()

    def power_off(self, timeout=60):
        with contextlib.suppress(LabError, OSError):
            self.start_command("systemctl poweroff")
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(timeout * PATIENCE)
            return
        raise self._error(GuestTimeout, f"still on {timeout} s after poweroff")

    def save(self, name):
        """A snapshot of memory, devices and disk; None or why this machine cannot be saved."""
        text = self.qmp.hmp(f"savevm {name}", 120)
        if not text:
            self.snapshots[name] = self.agent.boot_id
        return text or None

    def load(self, name):
        """By another process: in the same one the processor's clock does not go back with the rest, and
        the guest finds that everybody has hung for minutes."""
        self.qmp.command("quit")
        self._wait_gone()
        self.trouble_from = self.logs.console_size()
        self.start("-S", "-loadvm", name)
        # Or the guest's end of the channel sees that nobody is there.
        while not self.qmp.is_connected("agent"):
            select.select([], [], [], 0.02)
        self.agent.boot_id = self.snapshots[name]
        self.qmp.command("cont")

    # cards

    def address(self, id):
        """The PCI address that the guest gave to the device that the description calls `id`."""
        todo = [d for bus in self.qmp.command("query-pci") for d in bus["devices"]]
        while todo:
            d = todo.pop()
            if d["qdev_id"] == id:
                return f"0000:{d['bus']:02x}:{d['slot']:02x}.{d['function']:x}"
            todo += d.get("pci_bridge", {}).get("devices", [])
        raise KeyError(id)

    def plug(self, dev, **place):
        """Puts a device of host.py into the running machine."""
        text = self.qmp.hmp(f"device_add {dev.argument(**place)}")
        if text:
            raise self._error(LabError, f"device_add: {text}")

    def fault(self, id, fault):
        """none, dead, reset-hang or no-reset."""
        self.qmp.command("qom-set", path=f"/machine/peripheral/{id}", property="fault", value=fault)

    # logs

    def collect(self, folder):
        """Everything one would look at after a failure, from a machine in whatever state."""
        folder.mkdir(parents=True, exist_ok=True)
        if self.alive:
            with contextlib.suppress(QmpError, OSError):
                (folder / "processors.txt").write_text("\n".join(self.qmp.processors()))
        if self.alive and self.agent.boot_id:
            for name, command in (("journal.txt", "journalctl -b --no-pager -o short-monotonic"),
                                  ("processes.txt", "ps -eHo pid,stat,psr,wchan:24,args"),
                                  ("dmesg.txt", "for k in w l; do echo $k >/proc/sysrq-trigger; done; dmesg"),
                                  ("lspci.txt", "timeout 5 lspci -nnk")):
                with contextlib.suppress(LabError, OSError):
                    (folder / name).write_bytes(
                        self.run(command, check=False, timeout=10, text=False).out)
        self.logs.copy(folder)
        (folder / "host.txt").write_text(f"{self.host!r}\n")
        return folder
