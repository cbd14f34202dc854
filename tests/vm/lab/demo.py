# SPDX-License-Identifier: LGPL-2.1-or-later
"""The narrated tour: a GPU is taken at boot and given to a virtual machine."""
import argparse
import os
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from lab import builds, gpuhost, images  # noqa: E402
from lab.debian import Broken, Unavailable  # noqa: E402
from lab.host import Host, gpu  # noqa: E402
from lab.machine import LabError, Machine  # noqa: E402
from lab.shell import FOREVER, attach  # noqa: E402
from lab.vfio import Seen, driver, slot  # noqa: E402

LOGS = images.HERE.parent.parent / "build/vm-logs/demo"
LIMIT = 600
HOST = Host(cards=(gpu("gpu0"), gpu("gpu1")), cpus=2)
SITE = "/etc/gpuhost/host.d/50-demo.yaml"
YAML = """\
allowlist: ["10de:*"]
gpus:
  - name: big
    match: {{address: "{}"}}
    role: passthrough
"""

VM = "/etc/gpuhost/vm.d/demo.yaml"
VM_YAML = """\
gpu: {name: big}
resources: {cpu_cores: 1, memory_mb: 192}
stop_timeout: 3s
kernel:
  image: /usr/lib/lab/vmlinux
  initrd: /usr/lib/lab/nested.img
  arguments: console=ttyS0 quiet loglevel=3 mem=120M iomem=relaxed no_timer_check tsc=reliable
    cryptomgr.notests lab.stay lab.outside
"""

COLOUR = sys.stdout.isatty() and "NO_COLOR" not in os.environ


def paint(code, text):
    return f"\033[{code}m{text}\033[0m" if COLOUR else text


def chapter(text):
    print("\n" + paint("1;34", f"== {text}"), flush=True)


def note(text):
    print(paint("2", text), flush=True)


def fail(text):
    raise LabError(f"the demo expected something else: {text}")


def show(words):
    print(paint("1;32", "# ") + paint("1", words), flush=True)


def command(vm, words, ok=(0,), timeout=60):
    """Shows a command, runs it on the virtual host, shows what it says."""
    show(words)
    r = vm.run(words, check=False, timeout=timeout)
    print(r.out + r.err, end="", flush=True)
    if r.rc not in ok:
        fail(f"{words} ended with {r.rc}")
    return r


def before(vm):
    chapter("The host: Debian 13, an Intel IOMMU, two identical GPUs. Installing changes nothing.")
    show("dpkg -i gpuhost.deb")
    gpuhost.install(vm)
    command(vm, "gpuhost list")
    command(vm, "gpuhost check", ok=(0, 1))


def declare(vm, card):
    chapter("One of them is to go to virtual machines. A file says so.")
    vm.put(SITE, YAML.format(card))
    command(vm, f"cat {SITE}")
    command(vm, "gpuhost plan", ok=(0, 3))
    chapter("What plan prints is what apply does. Nobody uses the card, so it need not wait for a boot.")
    command(vm, "gpuhost apply --yes --quiet")
    command(vm, "gpuhost list")


def reboot(vm):
    chapter("Reboot: the card is taken before its native driver is loaded.")
    show("systemctl reboot")
    start = time.monotonic()
    vm.reboot()
    note(f"(up again after {time.monotonic() - start:.0f} s)")


def after(vm, card):
    command(vm, "gpuhost list")
    command(vm, "gpuhost status", ok=(0, 1))
    drivers = [driver(vm, a) for a in slot(vm, card)]
    if drivers != ["vfio-pci", "vfio-pci"]:
        fail(f"the slot of {card} is with {drivers}")
    native = [line for line in vm.out("dmesg").splitlines() if f"nouveau {card}" in line]
    note(f"The kernel's log has {len(native)} lines of nouveau about {card}.")


def use(vm):
    chapter("A virtual machine is a file too, and then a service like any other.")
    vm.put(VM, VM_YAML)
    command(vm, f"cat {VM}")
    vm.run("modprobe -a kvm_amd kvm_intel", check=False)
    command(vm, "systemctl start gpu-vm@demo", timeout=120)
    command(vm, "gpuhost list")
    command(vm, "gpuhost status", ok=(0, 1))
    chapter("Inside, the card's DMA arrives; where it aims elsewhere it stops at the IOMMU.")
    show("gpuhost console demo")
    said = "/run/demo-console"
    console = vm.start_command(f"gpuhost console demo > {said}", stdin=b"\n")   # Enter
    vm.until(f"grep -q 'NESTED done' {said}", timeout=60)
    seen = Seen(vm.read(said))
    print(seen.text)
    if not seen.proven:
        fail("the card did not write into the guest's memory")
    note("The card has written 0xCAFEF00D into the guest's memory; and beside it:")
    print(vm.wait_kernel(r"DMAR: \[DMA Write.*fault addr 0x70000000"))
    command(vm, "systemctl stop gpu-vm@demo")
    vm.wait_command(console)
    command(vm, "systemctl show -P Result -P ActiveState gpu-vm@demo")


def undo(vm, card):
    chapter("And back: revert undoes all of it. What is declared would be taken again, so the file goes too.")
    command(vm, "gpuhost revert --yes")
    command(vm, f"rm {SITE} {VM}")
    command(vm, "gpuhost list")
    if driver(vm, card) == "vfio-pci":
        fail(f"{card} is still with vfio-pci")


def tour(vm):
    card = vm.address("gpu1")     # gpu0 drives the console, which stays
    before(vm)
    declare(vm, card)
    reboot(vm)
    after(vm, card)
    use(vm)
    undo(vm, card)


def prepare():
    note("Images, the fake GPU and the package come from the cache, or are made now; the first time "
         "takes some minutes.")
    images.image(HOST.release)
    builds.fakegpu()
    gpuhost.package(HOST.release)


def main():
    parser = argparse.ArgumentParser(prog="tools/demo", description=__doc__, allow_abbrev=False)
    parser.add_argument("--shell", action="store_true",
                        help="leave you at a prompt on the virtual host, with gpuhost installed")
    args = parser.parse_args()
    start = time.monotonic()
    try:
        prepare()
        with Machine(HOST, limit=LIMIT) as vm:
            try:
                note("Starting the host …")
                vm.wait_boot()
                if args.shell:
                    gpuhost.install(vm)
                    vm.allow(FOREVER)
                    attach(vm)
                else:
                    tour(vm)
            except LabError:
                print(f"logs: {vm.collect(LOGS)}", file=sys.stderr)
                raise
    except (LabError, Broken, Unavailable) as error:
        sys.exit(f"tools/demo: {error}")
    if not args.shell:
        chapter(f"Done in {time.monotonic() - start:.0f} s. "
                "tools/demo --shell leaves you at a prompt on that host.")


if __name__ == "__main__":
    main()
