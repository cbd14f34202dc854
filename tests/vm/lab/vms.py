# SPDX-License-Identifier: LGPL-2.1-or-later
"""gpu-vm@NAME in the virtual host: files, what its guest says, and what has to be true of its unit."""
import shlex

from .case import only_long
from .host import Host, dev, gpu, other
from .vfio import DEVICE, Seen, driver, group, slot

SITE = """\
gpu_policy: switch
allowlist: ["10de:*", "1234:*", "8086:10c9"]
gpus:
  - {name: big, match: {id: "10de:2684"}, role: passthrough, allow_console: true}
  - {name: spare, match: {id: "10de:2704"}, role: passthrough, allow_console: true}
  - {name: lent, match: {id: "1234:1111"}, role: on-demand, allow_console: true}
"""

# Two cards that VMs have, one that they borrow, and what is none. gpuhost is installed, and has both.
HOST = Host(
    cards=(gpu("gpu0"), other("gpu1"), (dev("bochs-display", "gpu2"),), (dev("igb", "nic1"),)),
    memory_mb=1280, gpuhost=True, files=(("/etc/gpuhost/host.d/50-site.yaml", SITE),),
    prepare=("modprobe -a vfio-pci kvm_amd bochs igb; udevadm settle; systemctl daemon-reload",
             "gpuhost take big -q", "gpuhost take spare -q"))
OLD = only_long(HOST.but(release=12))

# The nested guest, and words for it: see guest/nested-init.
KERNEL = """\
kernel:
  image: /usr/lib/lab/vmlinux
  initrd: /usr/lib/lab/nested.img
  arguments: console=ttyS0 quiet loglevel=3 mem=120M iomem=relaxed no_timer_check tsc=reliable
    cryptomgr.notests {words}
"""

VM = """\
resources: {{{resources}}}
stop_timeout: 60s
""" + KERNEL
STAYS = "lab.stay lab.button"       # until somebody presses the power button


def declare(vm, name, words="", more="gpu: {name: big}", resources="cpu_cores: 1, memory_mb: 192"):
    """Writes its file; systemd is not told."""
    vm.put(f"/etc/gpuhost/vm.d/{name}.yaml", VM.format(words=words, resources=resources) + more + "\n")


def unit(vm, name, property):
    return vm.out(f"systemctl show -P {property} gpu-vm@{name}")


def last_words(vm, name):
    """Of its supervisor. Of a unit that has ended well PID 1 soon knows nothing more."""
    return vm.out(f"journalctl -b -q -o cat -t gpuhost-run -u gpu-vm@{name} | tail -n 1")


def console(name, line="", until="NESTED done"):
    return shlex.join(["perl", "/usr/lib/lab/console.pl", f"/run/gpu-vm/{name}/console.sock", line,
                       until])


def say(vm, name, line="", until="NESTED done", timeout=60):
    """Says a line at its console, and returns what is said there until this comes."""
    return Seen(vm.run(console(name, line, until), timeout=timeout).out)


def listen(vm, name, until="NESTED done"):
    """Somebody waits for its console, and writes down what it says until this comes."""
    vm.run(f"systemd-run -q --unit=console-{name} -p StandardOutput=file:/root/{name}.txt "
           + console(name, until=until))


def heard(vm, name, timeout=120):
    vm.until(f"! systemctl -q is-active console-{name}", timeout=timeout)
    return Seen(vm.read(f"/root/{name}.txt"))


def start(vm, name):
    """The exit status, and what `systemctl status` says of it."""
    r = vm.run(f"systemctl start gpu-vm@{name}", check=False, timeout=120)
    return r.rc, vm.run(f"systemctl status --no-pager -l gpu-vm@{name}", check=False).out


def begin(vm, name):
    """Starts it, and returns what its guest said."""
    listen(vm, name)
    rc, status = start(vm, name)
    assert rc == 0, status
    return heard(vm, name)


def processes(vm, name):
    """The file of its control group that has them, as a word for a shell."""
    return shlex.quote(f"/sys/fs/cgroup{unit(vm, name, 'ControlGroup')}/cgroup.procs")


def qemu(vm, name):
    """The process, or none."""
    return vm.out(f"for p in $(cat {processes(vm, name)} 2>/dev/null); do "
                  "grep -q ^qemu /proc/$p/comm && echo $p; done; true")


def node(vm, id):
    return f"/dev/vfio/{group(vm, vm.address(id))}"


def drivers(vm, id):
    return {driver(vm, a) for a in slot(vm, vm.address(id))}


def locks(vm):
    """How many PID 1 keeps; others see paths from where /run is mounted for them."""
    return int(vm.out("ls -l /proc/1/fd | grep -c 'gpuhost/claims/.locks/' || true"))


def assert_nothing_left(vm):
    """Nobody has a claim; every node is root's again, and every card is where it belongs."""
    assert vm.out("ls /run/gpuhost/claims; ls /run/gpuhost/start 2>/dev/null || true") == ""
    assert locks(vm) == 0
    assert vm.out("stat -c '%u %a' /dev/vfio/[0-9]* | sort -u") == "0 600"
    assert drivers(vm, "gpu0") == drivers(vm, "gpu1") == {"vfio-pci"}
    assert drivers(vm, "gpu2") == {"bochs-drm"}
    assert vm.run(f"ls {DEVICE}/{vm.address('nic1')}/net", check=False).rc == 0
