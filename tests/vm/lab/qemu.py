# SPDX-License-Identifier: LGPL-2.1-or-later
"""QEMU for the virtual host: its programs, its command line, its process, and how many run at once."""
import contextlib
import ctypes
import fcntl
import os
import select
import signal
import subprocess

from . import builds, cache, images
from .host import devices

# When a snapshot is loaded the processor's clock goes on, and so does the guest's: nobody is to be found
# to have hung in between.
QUIET = """console=ttyS0 quiet loglevel=3 no_timer_check tsc=reliable nokaslr mitigations=off
    cryptomgr.notests audit=0 selinux=0 apparmor=0 raid=noautodetect systemd.show_status=no
    systemd.service_watchdogs=no rcupdate.rcu_cpu_stall_suppress=1""".split()
# With SVM, so that KVM works inside; without what makes udev load half of the kernel's ciphers.
CPU = "EPYC,-aes,-pclmulqdq,-sha-ni,-ssse3,-sse4.1,-sse4.2,-avx,-avx2,-fma,-f16c"
PR_SET_PDEATHSIG = 1
MACHINES_AT_ONCE = 2


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


def command_line(host, folder, image):
    """Words and environment of a QEMU that runs in the machine's folder, where its disk and sockets are."""
    qemu, loader, program = outer("qemu-system-x86_64")
    env = {"PATH": "/usr/bin:/bin",
           "QEMU_MODULE_DIR": str(qemu / "usr/lib/x86_64-linux-gnu/qemu")}
    if host.needs_fakegpu:
        loader[1:1] = ["--preload", str(builds.fakegpu())]
    argv = [*loader, program]
    for shared in ("usr/share/qemu", "usr/share/seabios", "usr/lib/ipxe/qemu"):
        argv += ["-L", str(qemu / shared)]
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
    return argv + _firmware(host, folder, image, qemu), env


def _firmware(host, folder, image, qemu):
    if host.firmware == "direct":
        return ["-kernel", str(image / "vmlinux"), "-initrd", str(image / "initrd"),
                "-append", " ".join([*QUIET, "root=LABEL=root", host.append])]
    if host.firmware == "bios":
        return []
    nvram = folder / "nvram.qcow2"
    if not nvram.exists():
        qemu_img("convert", "-f", "raw", "-O", "qcow2",
                 qemu / "usr/share/OVMF/OVMF_VARS_4M.fd", nvram)
    return ["-drive", "if=pflash,format=raw,readonly=on,file="
            f"{qemu}/usr/share/OVMF/OVMF_CODE_4M.fd",
            "-drive", "if=pflash,format=qcow2,file=nvram.qcow2"]


def _die_with_us():
    os.setsid()
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def launch(argv, env, folder):
    """The process: of a group of its own, and gone when we are."""
    (folder / "qemu.argv").write_text("\n".join(argv) + "\n")
    with open(folder / "qemu.log", "ab") as log:
        return subprocess.Popen(argv, env=env, cwd=folder, stdin=subprocess.DEVNULL,
                                stdout=log, stderr=log, preexec_fn=_die_with_us)
