# SPDX-License-Identifier: LGPL-2.1-or-later
"""Programs beside a VM's QEMU, each a unit of its own: what the guest sees of them, and how they end."""
import re

from lab import gpuhost
from lab.case import on, only_long
from lab.host import Host
from lab.packages import install

BOTH = on(Host(), only_long(Host(release=12)), limit=300)

SHARES = """\
resources: {cpu_cores: 1, memory_mb: 192}
stop_timeout: 3s
kernel:
  image: /usr/lib/lab/vmlinux
  initrd: /usr/lib/lab/nested.img
  arguments: console=ttyS0 quiet loglevel=3 mem=120M no_timer_check tsc=reliable cryptomgr.notests
    lab.stay lab.shares
shares:
  - {source: /srv/data, tag: data, readonly: true}
  - {source: /srv/out, tag: out}
"""

TPM = """\
resources: {cpu_cores: 1, memory_mb: 64}
stop_timeout: 1s
disks: [{source: /srv/boot.raw}]
firmware:
  type: bios
  tpm: true
"""

# A guest in a boot sector: twice a second it lets the firmware (int 0x1a, AX=0xbb02) hand TPM2_ReadClock to
# the TPM, and says the answer in hexadecimal on the serial port.
ASKS_TPM = bytes.fromhex(
    "31c08ed88ec08ed0bc007c66bf987c000066be0080000066b802bb000066bb544350416631c96631d2cd1abe7a7ce82700"
    "be0480b92300ac88c4c0e804e8230088e0240fe81c00e2eebe887ce80900fbb90900f4e2fdebb3ac84c07405e80b00ebf6"
    "c33c0a72020427043050bafd03eca82074fb58baf803eec34e45535445442074706d203220000d0a4e455354454420646f"
    "6e650d0a00120000004000000080010000000a00000181")


def prepare(vm, text):
    gpuhost.install(vm)
    vm.run("modprobe -a kvm_amd kvm_intel", check=False)
    vm.put("/etc/gpuhost/vm.d/aided.yaml", text)


def start(vm):
    """Its guest's first words; it runs on."""
    vm.run("rm -f /root/said; systemctl reset-failed 'gpu-vm*'; systemctl start gpu-vm@aided; "
           "systemd-run -q --unit=console socat -u UNIX:/run/gpu-vm/aided/console.sock "
           "CREATE:/root/said", timeout=120)
    vm.until("grep -q 'NESTED done' /root/said", timeout=120)
    return vm.read("/root/said").replace("\r", "")


def start_refused(vm):
    assert vm.run("systemctl start gpu-vm@aided", check=False, timeout=60).rc
    return vm.run("systemctl status --no-pager -l gpu-vm@aided", check=False).out


def until_gone(vm, *units):
    for unit in units:
        vm.until(f"! systemctl -q is-active {unit}", timeout=60)


def resets(said):
    """Of the TPM, as it counts them itself: behind two clocks of 64 bits."""
    return int(re.search(r"NESTED tpm 2 80010000002300000000\w{32}(\w{8})", said)[1], 16)


@BOTH
def test_tpm(vm):
    prepare(vm, TPM)
    vm.put("/srv/boot.raw", (ASKS_TPM.ljust(510, b"\0") + b"\x55\xaa").ljust(1 << 20, b"\0"))
    said = start_refused(vm)
    assert "/etc/gpuhost/vm.d/aided.yaml:6: firmware.tpm needs swtpm" in said, said
    assert "install the package swtpm" in said
    install(vm, "swtpm", "socat")

    first = resets(start(vm))
    main = vm.out("systemctl show -P MainPID gpu-vm-tpm@aided")
    status = vm.read(f"/proc/{main}/status")
    assert "CapEff:\t0000000000000000" in status and "swtpm" in status
    own, other = (vm.out(f"systemctl show -P UID {u}@aided") for u in ("gpu-vm-tpm", "gpu-vm"))
    assert own != other and "0" not in (own, other)
    state = "/var/lib/gpuhost/tpm/aided/"
    assert vm.out(f"stat -c %a {state} {state}/tpm2-00.permall").split() == ["700", "600"]
    vm.run("systemctl daemon-reload; systemctl daemon-reexec", timeout=60)
    assert vm.out("systemctl show -P MainPID gpu-vm-tpm@aided") == main
    vm.run("systemctl stop gpu-vm@aided", timeout=60)
    assert vm.out("systemctl show -P Result gpu-vm@aided") == "success"
    until_gone(vm, "gpu-vm-tpm@aided", "console")
    assert vm.out("systemctl show -P Result gpu-vm-tpm@aided") == "success"

    # It is the same TPM at the next start.
    assert resets(start(vm)) > first
    vm.run("systemctl kill -s KILL gpu-vm-tpm@aided")
    until_gone(vm, "gpu-vm@aided", "gpu-vm-tpm@aided", "console")
    assert vm.out("systemctl show -P ExecMainStatus gpu-vm@aided") == "17"
    assert "swtpm ended, and the VM cannot go on without it" in vm.out("journalctl -u gpu-vm@aided")

    # Neither a killed QEMU nor a killed supervisor leaves it behind.
    for who in ("qemu", "gpuhost-run"):
        start(vm)
        vm.run("kill -9 $(systemctl show -P MainPID gpu-vm@aided)" if who == "gpuhost-run" else
               "kill -9 $(pgrep -P $(systemctl show -P MainPID gpu-vm@aided))")
        until_gone(vm, "gpu-vm@aided", "gpu-vm-tpm@aided", "console")
    assert vm.out("systemctl list-units --plain --no-legend 'gpu-vm-tpm@*' --state=active") == ""
    security = vm.run("systemd-analyze security --no-pager --threshold=20 gpu-vm-tpm@aided",
                      check=False)
    assert security.rc == 0, security.out


@BOTH
def test_shares(vm):
    prepare(vm, SHARES)
    vm.run("mkdir -p /srv/out /srv/data/secret; echo from the host > /srv/data/hello;"
           "ln -s /etc/shadow /srv/data/secret/link")
    if vm.host.release >= 13:
        said = start_refused(vm)
        assert "/etc/gpuhost/vm.d/aided.yaml:9: share /srv/data: needs virtiofsd" in said, said
    install(vm, "socat", *["virtiofsd"] * (vm.host.release >= 13))
    vm.run("mv /srv/out /srv/elsewhere")
    said = start_refused(vm)
    assert "aided.yaml:10: share /srv/out: No such file or directory" in said, said
    vm.run("mv /srv/elsewhere /srv/out")

    said = start(vm)
    for line in ("data from the host", "data is readonly", "data has nothing behind a link",
                 "out has no setuid", "out has no device"):
        assert f"NESTED {line}\n" in said, said
    vm.until("test -e /srv/out/changed")
    assert vm.out("cat /srv/out/said; stat -c '%u %a' /srv/out/said; ls /srv/out /srv/data").split(
        "\n") == ["from the guest", "1234 644", "/srv/data:", "hello", "secret", "",
                  "/srv/out:", "changed", "said"]

    units = [f"gpu-vm-share@aided.{tag}" for tag in ("data", "out")]
    main = vm.out(f"systemctl show -P MainPID {units[0]}")
    status = vm.read(f"/proc/{main}/status")
    assert "CapEff:\t00000000000000db" in status and "CapBnd:\t0000000000000000" in status, status
    assert vm.out(f"nsenter -t {main} -m ls -A /etc /home /srv /var 2>&1 | grep -v cannot; "
                  f"nsenter -t {main} -n ls /sys/class/net").split() == ["lo"]
    vm.run("systemctl daemon-reload; systemctl daemon-reexec", timeout=60)
    assert vm.out(f"systemctl show -P MainPID {units[0]}") == main
    vm.run("systemctl stop gpu-vm@aided", timeout=60)
    assert vm.out("systemctl show -P Result gpu-vm@aided") == "success"
    until_gone(vm, *units, "console")
    assert vm.out("ls /run/gpuhost/start") == ""

    start(vm)
    vm.run(f"systemctl kill -s KILL {units[1]}")
    until_gone(vm, "gpu-vm@aided", *units, "console")
    assert vm.out("systemctl show -P ExecMainStatus gpu-vm@aided") == "17"
    assert "virtiofsd ended, and the VM cannot go on without it" in vm.out(
        "journalctl -u gpu-vm@aided")
    assert vm.out("ls /run/gpuhost/start") == ""
