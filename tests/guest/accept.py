#!/usr/bin/python3 -B
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every expected command line of the cases, given to a real QEMU with -S.

    accept.py                   the QEMU of this computer; skipped without one
    accept.py PROGRAM WORD…     another one

What a command line names is made up: images, sockets, a kernel. Memory is made small and emulation
stands in for KVM. Devices that need a kernel or a program behind them are left out, and their
properties are looked up in what QEMU says of them.
"""
import contextlib
import fcntl
import functools
import json
import os
import re
import shlex
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
SKIPPED = 77
LIMIT = 60
TUNSETIFF, IFF_TAP, IFF_NO_PI = 0x400454CA, 2, 0x1000
EMULATED = re.compile(r"^.*: warning: TCG doesn't support requested feature: .*\n", re.M)
# These cannot be realised without what is behind them.
NEEDS_MORE = ("vfio-pci", "vhost-user-fs-pci", "vhost-vsock-pci", "tpm-crb", "iommufd")


class Refused(Exception):
    pass


def read_options(text):
    """[[option, argument]…] of an expected file, without the program."""
    return [shlex.split(line) for line in text.splitlines()[1:]]


def split_values(argument):
    """Parts of an option's argument, as written: a doubled comma ends none."""
    return re.split(r"(?<!,),(?!,)|(?<=,,),(?!,)", argument)


def cases():
    for path in sorted(HERE.glob("*/expected")):
        text = path.read_text()
        if "\n-machine " in text:        # the others say why there is no command line
            yield path.parent.name, text


class Qemu:
    def __init__(self, program, env=None):
        self.program, self.env = [str(word) for word in program], env
        out = subprocess.run([*self.program, "--version"], env=env, capture_output=True, text=True,
                             check=True, timeout=LIMIT).stdout
        self.version = tuple(map(int, re.search(r"version (\d+)\.(\d+)", out).groups()))

    @functools.lru_cache
    def properties(self, option, driver):
        """Those that QEMU says a device or object has."""
        ran = subprocess.run([*self.program, "-machine", "q35", option, f"{driver},help"],
                             env=self.env, capture_output=True, text=True, timeout=LIMIT)
        return set(re.findall(r"^ +([\w-]+)=", ran.stdout, re.M))

    def check_properties(self, option, argument):
        driver, *values = split_values(argument)
        known = self.properties(option, driver) | {"id", "bus", "addr", "multifunction"}
        for value in values:
            key = value.partition("=")[0]
            if key not in known:
                raise Refused(f"{driver} has no property '{key}'")


class Stage:
    """A folder and descriptors that stand for what a command line names."""

    def __init__(self, folder, qemu):
        self.folder, self.qemu, self.fds = Path(folder), qemu, {}
        self.ends = []      # of sockets, with nobody who answers
        self.paths = 0

    def make(self, key, path, qcow2):
        """What stands for `path`, as an option writes it. Commas in it stay: they are the point."""
        self.paths += 1
        real = f"{self.folder}/{self.paths}{path[path.find(','):] if ',' in path else ''}"
        plain = Path(real.replace(",,", ",")) if key[0] != "-" else Path(real)
        if key == "dir":
            plain.mkdir()
            for name in ("user-data", "meta-data"):
                (plain / name).write_text("#cloud-config\n")
        elif key == "-kernel":
            plain.write_bytes(kernel())
        elif key.endswith("filename") and qcow2:
            plain.write_bytes(empty_qcow2())
        elif not self.is_socket:
            plain.write_bytes(bytes(1 << 20) if key.endswith("filename") else b"text")
        return real

    def rewrite(self, option, argument):
        """The argument with everything in it made up."""
        self.is_socket = option == "-chardev"
        if option in ("-kernel", "-initrd"):
            return self.make(option, argument, False)
        if option == "-append":
            return argument
        if argument.startswith("{"):
            return json.dumps(self.rewrite_image(json.loads(argument)))
        argument = argument.replace("driver=host_device", "driver=file")
        values = split_values(argument)
        fdset = re.search(r"filename=/dev/fdset/(\d+)", argument)
        if fdset and "read-only=on" in values:
            self.forbid_writing(int(fdset[1]))
        for i, value in enumerate(values):
            key, equals, path = value.partition("=")
            if equals and path.startswith("/") and not path.startswith("/dev/fdset/"):
                values[i] = f"{key}={self.make(key, path, False)}"
        return ",".join(values)

    def rewrite_image(self, node):
        """The same of an image that is said in JSON, and of what it is made on."""
        node["file"]["driver"] = "file"
        path, qcow2 = node["file"]["filename"], node["driver"] == "qcow2"
        fdset = re.fullmatch(r"/dev/fdset/(\d+)", path)
        if not fdset:
            node["file"]["filename"] = self.make("filename", path, qcow2)
        elif qcow2:
            os.pwrite(self.fds[int(fdset[1])], empty_qcow2(), 0)
        if fdset and node["read-only"]:
            self.forbid_writing(int(fdset[1]))
        if node.get("backing"):
            self.rewrite_image(node["backing"])
        return node

    def open_disk(self, number):
        fd, _ = tempfile.mkstemp(dir=self.folder)
        os.truncate(fd, 1 << 20)
        self.fds[number] = fd

    def forbid_writing(self, number):
        """QEMU takes a descriptor only if it was opened for just the access that it wants."""
        writable = self.fds[number]
        self.fds[number] = os.open(f"/proc/self/fd/{writable}", os.O_RDONLY)
        os.close(writable)

    def open_socket(self, number):
        ours, theirs = socket.socketpair()
        self.fds[number] = theirs.detach()
        self.ends.append(ours)

    def open_tap(self, number):
        fd = os.open("/dev/net/tun", os.O_RDWR)
        fcntl.ioctl(fd, TUNSETIFF, struct.pack("16sH22x", b"", IFF_TAP | IFF_NO_PI))
        self.fds[number] = fd


def kernel():
    """As much of a bzImage as a loader looks at."""
    image = bytearray(64 << 10)
    image[0x1F1] = 1                                    # setup sectors
    image[0x202:0x206] = b"HdrS"
    struct.pack_into("<H", image, 0x206, 0x20C)         # version of the protocol
    image[0x211] = 1                                    # loaded high
    struct.pack_into("<I", image, 0x22C, 0x7FFFFFFF)    # where an initrd may end
    struct.pack_into("<I", image, 0x238, 2048)          # length of the arguments
    return bytes(image)


def empty_qcow2():
    """Header, table and block of reference counts, and an empty first table: a cluster each."""
    cluster = 1 << 16
    image = bytearray(4 * cluster)
    struct.pack_into(">4sIQIIQIIQQIIQ", image, 0, b"QFI\xfb", 2, 0, 0, 16, 1 << 20, 0, 1,
                     3 * cluster, cluster, 1, 0, 0)
    struct.pack_into(">Q", image, cluster, 2 * cluster)
    struct.pack_into(">4H", image, 2 * cluster, 1, 1, 1, 1)
    return bytes(image)


def without(argument, *keys):
    return ",".join(v for v in split_values(argument) if v.partition("=")[0] not in keys)


def adapt(stage, option, argument):
    """The option as this computer can try it, or None to leave it out."""
    driver = split_values(argument)[0]
    if option in ("-device", "-object") and driver in NEEDS_MORE:
        stage.qemu.check_properties(option, argument)
        return None
    if option == "-tpmdev":
        return None
    if option == "-chardev" and (fd := re.search(r"id=(?:tpm-socket|share\d+),fd=(\d+)", argument)):
        stage.open_socket(int(fd[1]))
    if option == "-netdev" and driver == "tap":
        number = int(re.search(r"\bfd=(\d+)", argument)[1])
        try:
            stage.open_tap(number)
        except OSError:
            return re.sub(r"^tap,(id=\w+).*", r"user,\1", argument)
        return without(argument, "vhost", "vhostfd")
    if option == "-add-fd":
        stage.open_disk(int(re.search(r"\bfd=(\d+)", argument)[1]))
    if option == "-accel":
        return "tcg"
    if option == "-cpu":
        return re.sub(r"^host", "max", argument)
    if option in ("-object", "-m"):
        argument = re.sub(r"\bsize=\d+M", "size=64M", argument)
        argument = re.sub(r"host-nodes=\d+", "host-nodes=0", argument)
        return without(argument, "hugetlb", "hugetlbsize")
    if option == "-netdev":     # ports may be in use
        return without(argument, "hostfwd") + "".join(
            "," + re.sub(r":\d+-", ":0-", v) for v in split_values(argument) if "hostfwd" in v)
    return stage.rewrite(option, argument)


def adapted(stage, text):
    for option, *rest in read_options(text):
        if not rest:
            yield option
            continue
        argument = adapt(stage, option, rest[0])
        if argument is not None:
            yield from (option, argument)


def converse(monitor):
    """QMP from the greeting to quit; the state that the machine is in."""
    stream = monitor.makefile("rw", encoding="utf-8")

    def ask(command):
        stream.write(json.dumps({"execute": command}) + "\n")
        stream.flush()
        for line in stream:
            answer = json.loads(line)
            if "return" in answer or "error" in answer:
                return answer.get("return")
        raise Refused("it ended")

    if not stream.readline():
        raise Refused("it ended")
    ask("qmp_capabilities")
    status = ask("query-status")["status"]
    ask("quit")
    return status


def set_descriptors(fds, low):
    """In the child: those that were opened under the numbers that the command line says."""
    moved = {number: fcntl.fcntl(fd, fcntl.F_DUPFD, low) for number, fd in fds.items()}
    for number, fd in moved.items():
        os.dup2(fd, number)


def accept(qemu, text):
    """Starts one command line with -S and ends it; raises Refused with what QEMU said."""
    with tempfile.TemporaryDirectory(prefix="gq-") as folder:
        ours, theirs = socket.socketpair()
        stage = Stage(folder, qemu)
        argv = [*qemu.program, *adapted(stage, text), "-S"]
        fds = {**stage.fds, 3: theirs.fileno()}
        child = subprocess.Popen(
            argv, env=qemu.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, close_fds=False,
            preexec_fn=lambda: set_descriptors(fds, 100))
        theirs.close()
        for fd in stage.fds.values():
            os.close(fd)
        ours.settimeout(LIMIT)
        status, why = None, ""
        with contextlib.suppress(Refused, OSError):
            status = converse(ours)
        ours.close()
        try:
            why = child.communicate(timeout=LIMIT)[0].decode(errors="replace")
        except subprocess.TimeoutExpired:
            child.kill()
            why = child.communicate()[0].decode(errors="replace") + "it did not end"
        why = EMULATED.sub("", why)
        if status != "prelaunch" or child.returncode != 0 or why:
            raise Refused(f"{status}, {child.returncode}: {why.strip()}\n{shlex.join(argv)}")


def wants_newer(qemu, text):
    return "iommufd" in text and qemu.version < (9, 0)


def refuses_nonsense(qemu):
    """Whether what looks is able to see anything."""
    text = (HERE / "plain/expected").read_text()
    try:
        accept(qemu, text + "-device virtio-rng-pci,nonsense=on\n")
    except Refused as e:
        return "nonsense" in str(e)
    return False


def refusals(qemu):
    """What it said to those that it did not take, by case; all that it can be asked are tried."""
    refused = {}
    for name, text in cases():
        try:
            if not wants_newer(qemu, text):
                accept(qemu, text)
        except Refused as e:
            refused[name] = str(e)
    return refused


def main(program):
    if not shutil.which(program[0]):
        print(f"no {program[0]}")
        return SKIPPED
    qemu = Qemu(program)
    if not refuses_nonsense(qemu):
        print("a wrong option was taken")
        return 1
    refused = refusals(qemu)
    for name, why in refused.items():
        print(f"{name}: {why}")
    return bool(refused)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or ["qemu-system-x86_64"]))
