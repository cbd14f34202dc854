# SPDX-License-Identifier: LGPL-2.1-or-later
"""A running virtual host: start it, talk to it, hurt it, and keep what it said."""
import contextlib
import ctypes
import fcntl
import os
import re
import select
import shlex
import shutil
import signal
import socket
import subprocess
import threading
import time
from dataclasses import dataclass

from . import builds, cache, images
from .host import devices
from .qmp import Qmp, QmpError
from .scratch import Scratch

QUIET = """console=ttyS0 quiet loglevel=3 no_timer_check tsc=reliable nokaslr mitigations=off
    cryptomgr.notests audit=0 selinux=0 apparmor=0 raid=noautodetect systemd.show_status=no""".split()
# With SVM, so that KVM works inside; without what makes udev load half of the kernel's ciphers.
CPU = "EPYC,-aes,-pclmulqdq,-sha-ni,-ssse3,-sse4.1,-sse4.2,-avx,-avx2,-fma,-f16c"
HARD_LIMIT = 110            # seconds a machine may live until someone asks for more
BOOT_LIMIT = 180            # a boot takes 10 on an idle computer, and must not fail on a busy one
# Stretches every limit, where a computer has much else to do.
PATIENCE = float(os.environ.get("GPUHOST_LAB_PATIENCE", "1"))
TROUBLE = re.compile(rb"Kernel panic - not syncing[^\r\n]*|No bootable device|Shell> $")
PR_SET_PDEATHSIG = 1
MACHINES_AT_ONCE = 2


class LabError(Exception):
    """The machine did not do what was expected of it; the text says where its logs are."""


class GuestPanic(LabError):
    pass


class GuestTimeout(LabError):
    pass


class CommandFailed(AssertionError):
    pass


@dataclass
class Result:
    rc: int
    out: str
    err: str


def outer(program):
    """The words that start a program of the pinned QEMU through its own loader."""
    qemu = images.outer_qemu()
    lib = qemu / "usr/lib/x86_64-linux-gnu"
    return qemu, [str(lib / "ld-linux-x86-64.so.2"), "--library-path", str(lib)], str(
        qemu / "usr/bin" / program)


def qemu_img(*arguments):
    _, loader, program = outer("qemu-img")
    subprocess.run([*loader, program, *map(str, arguments)], check=True, capture_output=True)


def take_slot():
    """A lock that at most two machines on this computer hold; it is free when we die."""
    files = [open(cache.base() / f"slot{n}.lock", "w") for n in range(MACHINES_AT_ONCE)]
    with open(cache.base() / "queue.lock", "w") as queue:
        fcntl.flock(queue, fcntl.LOCK_EX)       # first come, first served
        while True:
            for f in files:
                with contextlib.suppress(BlockingIOError):
                    fcntl.flock(f, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    return f
            select.select([], [], [], 0.1)      # flock cannot wait for one of several


def _die_with_us():
    os.setsid()
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class Machine:
    """Made and ended by `with Machine(host) as vm:`."""

    def __init__(self, host, disk=None, limit=HARD_LIMIT):
        self.host, self.limit = host, limit
        self.scratch = Scratch()
        self.dir = self.scratch.path
        self.image = images.image(host.release)
        self.disk = disk or self.image / "disk.raw"
        self.boot_id = self.left_boot = None
        self.process = self.qmp = self.slot = self.agent = self.console = None
        self.buffer, self.results, self.next_id, self.trouble_from = b"", {}, 1, 0
        self.snapshots = set()
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

    def start(self):
        self.end()
        self.slot = self.slot or take_slot()
        if not (self.dir / "disk.qcow2").exists():
            form = "raw" if self.disk.suffix == ".raw" else "qcow2"
            qemu_img("create", "-q", "-f", "qcow2", "-F", form, "-b", self.disk,
                     self.dir / "disk.qcow2")
        for name in ("qmp", "agent", "console"):
            (self.dir / name).unlink(missing_ok=True)
        argv, env = self._command_line()
        (self.dir / "qemu.argv").write_text("\n".join(argv) + "\n")
        self.unplugged = False
        with open(self.dir / "qemu.log", "ab") as log:
            self.process = subprocess.Popen(argv, env=env, cwd=self.dir, stdin=subprocess.DEVNULL,
                                            stdout=log, stderr=log, preexec_fn=_die_with_us)
        self.allow(self.limit)
        self.watchdog = threading.Thread(target=self._watch, args=(self.process,), daemon=True)
        self.watchdog.start()
        self._connect()

    def _command_line(self):
        qemu, loader, program = outer("qemu-system-x86_64")
        env = {"PATH": "/usr/bin:/bin",
               "QEMU_MODULE_DIR": str(qemu / "usr/lib/x86_64-linux-gnu/qemu")}
        if self.host.needs_fakegpu:
            loader[1:1] = ["--preload", str(builds.fakegpu())]
        argv = [*loader, program]
        for folder in ("usr/share/qemu", "usr/share/seabios", "usr/lib/ipxe/qemu"):
            argv += ["-L", str(qemu / folder)]
        host = self.host
        argv += ["-machine", "q35,smm=off,vmport=off,hpet=off,sata=off,smbus=off,i8042=off", "-cpu", CPU,
                 "-accel", "tcg,thread=multi,tb-size=512", "-smp", str(host.cpus),
                 "-m", str(host.memory_mb), "-nodefaults", "-no-user-config", "-display", "none",
                 "-rtc", "clock=vm",
                 "-global", "ICH9-LPC.acpi-pci-hotplug-with-bridge-support=off",
                 "-chardev", "socket,id=qmp,path=qmp,server=on,wait=off",
                 "-mon", "chardev=qmp,mode=control",
                 "-chardev", "socket,id=console,path=console,server=on,wait=off,logfile=console.log,"
                 "logappend=on", "-serial", "chardev:console",
                 "-drive", "if=none,id=disk,file=disk.qcow2,cache=unsafe,discard=unmap"]
        argv += devices(host)
        argv += ["-device", "virtio-serial-pci,bus=pcie.0,addr=6",
                 "-chardev", "socket,id=agent,path=agent,server=on,wait=off",
                 "-device", "virtserialport,chardev=agent,name=lab.agent"]
        return argv + self._firmware(qemu), env

    def _firmware(self, qemu):
        if self.host.firmware == "direct":
            return ["-kernel", str(self.image / "vmlinux"), "-initrd", str(self.image / "initrd"),
                    "-append", " ".join([*QUIET, "root=LABEL=root", self.host.append])]
        if self.host.firmware == "bios":
            return []
        nvram = self.dir / "nvram.qcow2"
        if not nvram.exists():
            qemu_img("convert", "-f", "raw", "-O", "qcow2",
                     qemu / "usr/share/OVMF/OVMF_VARS_4M.fd", nvram)
        return ["-drive", "if=pflash,format=raw,readonly=on,file="
                f"{qemu}/usr/share/OVMF/OVMF_CODE_4M.fd",
                "-drive", "if=pflash,format=qcow2,file=nvram.qcow2"]

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
                raise self._error(LabError, f"QEMU did not start: {self._last_words()}")
        self.console = None
        self._connect_agent()

    def _wait_gone(self):
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(5)

    def _socket(self, name):
        s = socket.socket(socket.AF_UNIX)
        s.connect(str(self.dir / name))
        return s

    def _connect_agent(self):
        if self.agent:
            self.agent.close()
        self.agent = self._socket("agent")
        self.buffer, self.results, self.boot_id = b"", {}, None

    def end(self):
        """Ends QEMU at once, like pulling the plug; the disk keeps what had reached it."""
        if self.alive:
            self._unplug(self.process)
            self.process.wait()
        for s in (self.agent, self.console, self.qmp and self.qmp.sock):
            if s:
                s.close()
        self.qmp = self.agent = self.console = None

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
        """The signal that ended the emulator, if it was not us who sent it: that says nothing of
        what ran inside."""
        code = self.process.poll() if self.process else None
        return signal.Signals(-code).name if code and code < 0 and not self.unplugged else None

    def allow(self, seconds):
        """Moves the hard limit to so many seconds from now."""
        self.deadline = time.monotonic() + seconds * PATIENCE

    # what went wrong

    def _error(self, kind, text):
        tail = self.console_text()[-1500:].strip()
        return kind(f"{self.host}: {text}" + (f"\nconsole ends:\n{tail}" if tail else ""))

    def _last_words(self):
        return (self.dir / "qemu.log").read_text(errors="replace")[-2000:].strip() or "no word"

    def console_text(self):
        path = self.dir / "console.log"
        return path.read_text(errors="replace").replace("\r", "") if path.exists() else ""

    def _look_for_trouble(self):
        if not self.alive:
            if self.unplugged:
                raise self._error(GuestTimeout, f"hard limit of {self.limit} s passed")
            raise self._error(LabError, "QEMU has ended, "
                              f"{self.crashed or f'status {self.process.returncode}'}: "
                              + self._last_words())
        path = self.dir / "console.log"
        if path.exists() and path.stat().st_size > self.trouble_from:
            with open(path, "rb") as f:
                f.seek(self.trouble_from)
                found = TROUBLE.search(f.read())
            if found:
                raise self._error(GuestPanic, found[0].decode(errors="replace").strip())

    # the agent

    def _pump(self, seconds):
        """Reads what the agent says for at most so long; true if there was something."""
        if not select.select([self.agent], [], [], seconds)[0]:
            return False
        data = self.agent.recv(1 << 20)
        if not data:
            self._wait_gone()
            self._look_for_trouble()
            raise self._error(LabError, "QEMU closed the command channel")
        self.buffer += data
        while self._frame():
            pass
        return True

    def _frame(self):
        line, newline, rest = self.buffer.partition(b"\n")
        if not newline:
            return False
        words = line.split()
        if words and words[0] == b"hello":
            # The agent of a boot that is about to end may say it once more.
            if words[1].decode() != self.left_boot:
                self.boot_id = words[1].decode()
            self.buffer = rest
        elif len(words) == 5 and words[0] == b"done":
            out, err = int(words[3]), int(words[4])
            if len(rest) < out + err:
                return False
            self.results[int(words[1])] = Result(
                int(words[2]), rest[:out], rest[out:out + err])
            self.buffer = rest[out + err:]
        else:
            raise self._error(LabError, f"not understood from the agent: {line[:80]!r}")
        return True

    def _wait(self, done, what, timeout):
        end = time.monotonic() + timeout * PATIENCE
        while not done():
            if not self._pump(min(0.5, max(0, end - time.monotonic()))):
                self._look_for_trouble()
                if time.monotonic() > end:
                    raise self._error(GuestTimeout, f"{what}: nothing within {timeout} s")

    def wait_agent(self, timeout=BOOT_LIMIT):
        self._wait(lambda: self.boot_id, "waiting for the guest to answer", timeout)

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
        with open(self.dir / "commands.log", "a") as f:
            f.write(f"{self.next_id}: {command}\n")
        data = command.encode()
        self.agent.settimeout(30)
        self.agent.sendall(b"run %d %d %d\n" % (self.next_id, len(data), len(stdin)) + data + stdin)
        self.next_id += 1
        return self.next_id - 1

    def wait_command(self, number, timeout=30, what="command"):
        self._wait(lambda: number in self.results, what, timeout)
        result = self.results.pop(number)
        with open(self.dir / "commands.log", "ab") as f:
            f.write(b"%d: status %d\n" % (number, result.rc) + result.out[-2000:] + result.err[-2000:])
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

    def out(self, command, **kw):
        return self.run(command, **kw).out.strip()

    def put(self, path, data, mode=None):
        quoted = shlex.quote(str(path))
        self.run(f"mkdir -p $(dirname {quoted}) && cat > {quoted}"
                 + (f" && chmod {mode:o} {quoted}" if mode else ""), stdin=data)

    def get(self, path):
        return self.run(["cat", path], text=False).out

    def read(self, path):
        return self.get(path).decode(errors="replace").strip()

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

    def wait_unit(self, unit, state="active", timeout=30):
        return self.until(f'test "$(systemctl show -P ActiveState {shlex.quote(unit)})" = {state}',
                          timeout)

    def wait_journal(self, pattern, timeout=30, options="-b"):
        """Until the journal, from this boot's beginning, has a line that matches: that line."""
        return self.until(f"journalctl {options} -o cat --no-pager "
                          f"| grep -E -- {shlex.quote(pattern)}", timeout).out.splitlines()[0]

    def wait_kernel(self, pattern, timeout=30):
        """Until the kernel has logged a line that matches: that line."""
        return self.until(f"dmesg | grep -E -- {shlex.quote(pattern)}", timeout).out.splitlines()[0]

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
        self.console = self._socket("console")
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
        self.left_boot, self.boot_id = self.boot_id, None
        self.start_command(command)
        return self.wait_boot(timeout)

    def wait_reset(self, timeout=60):
        """Until the machine has been reset, by whatever was asked for before."""
        try:
            self.qmp.wait_event("RESET", timeout=timeout * PATIENCE)
        except QmpError as e:
            self._look_for_trouble()
            raise self._error(GuestTimeout, f"no reset within {timeout} s") from e
        self.left_boot = self.boot_id or self.left_boot
        self._connect_agent()

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
            self.snapshots.add(name)
        return text or None

    def load(self, name):
        text = self.qmp.hmp(f"loadvm {name}", 120)
        if text:
            raise self._error(LabError, f"loadvm {name}: {text}")
        self.qmp.command("cont")
        path = self.dir / "console.log"
        self.trouble_from = path.stat().st_size if path.exists() else 0
        self.results = {}

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
        if self.alive and self.boot_id:
            for name, command in (("journal.txt", "journalctl -b --no-pager -o short-monotonic"),
                                  ("dmesg.txt", "dmesg"), ("lspci.txt", "timeout 5 lspci -nnk")):
                with contextlib.suppress(LabError, OSError):
                    (folder / name).write_bytes(
                        self.run(command, check=False, timeout=10, text=False).out)
        for name in ("console.log", "qemu.log", "qemu.argv", "commands.log", "events.log"):
            if (self.dir / name).exists():
                shutil.copy(self.dir / name, folder)
        (folder / "host.txt").write_text(f"{self.host!r}\n")
        return folder
