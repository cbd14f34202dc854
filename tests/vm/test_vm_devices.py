# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a VM has of the host beside a card that waits for it: one that it borrows, one that is no GPU,
an interface, a vsock; and that a start means what its health check says."""
import json

import pytest
from lab.case import on
from lab.vfio import DEVICE
from lab.vms import (HOST, OLD, STAYS, assert_nothing_left, begin, declare, drivers, heard,
                     last_words, listen, say, start, unit)

BOTH = on(HOST, OLD, limit=300)


def there_and_back(vm, times):
    declare(vm, "lender", more="gpu: {name: lent}")
    for _ in range(times):
        assert drivers(vm, "gpu2") == {"bochs-drm"}
        seen = begin(vm, "lender")
        assert seen.done and seen.ids.count("1234:1111") == 1, seen.text
        vm.wait_unit("gpu-vm@lender", "inactive", timeout=60)
        assert unit(vm, "lender", "Result") == "success"
        assert vm.run(f"ls -d {DEVICE}/{vm.address('gpu2')}/drm/card*", check=False).rc == 0
        assert_nothing_left(vm)


@BOTH
def test_on_demand_there_and_back(vm):
    there_and_back(vm, 1)


@pytest.mark.long
@on(HOST, HOST.but(release=12), limit=900)
def test_on_demand_ten_times(vm):
    there_and_back(vm, 10)


@BOTH
def test_a_device_that_is_no_gpu(vm):
    card = vm.address("nic1")
    assert drivers(vm, "nic1") == {"igb"}
    declare(vm, "router", STAYS, more=f'devices: {{pci_passthrough: ["{card}"]}}')
    seen = begin(vm, "router")
    assert seen.done and seen.ids.count("8086:10c9") == 1, seen.text
    assert drivers(vm, "nic1") == {"vfio-pci"}
    vm.run("systemctl stop gpu-vm@router", timeout=120)
    assert drivers(vm, "nic1") == {"igb"}
    assert_nothing_left(vm)

    # One that the host's default route needs stays, whatever the file says.
    vm.run(f"udevadm settle; i=$(ls {DEVICE}/{card}/net); ip address add 10.9.7.2/24 dev $i; "
           "ip link set $i up; ip route add default via 10.9.7.1")
    rc, said = start(vm, "router")
    assert rc and "default route" in said, said
    assert drivers(vm, "nic1") == {"igb"}


NETWORK = 'networks: [{type: tap, tap: "lab-%i"}]\n'


@BOTH
def test_ready_is_what_the_guest_says(vm):
    vm.run("modprobe -a vhost_vsock tun")
    declare(vm, "ready", f"{STAYS} lab.ready lab.net=10.9.8.2/24",
            more=NETWORK + "health_check: {type: ready}")
    listen(vm, "ready", until="NESTED pretended")
    begun = vm.start_command("systemctl start gpu-vm@ready")
    heard(vm, "ready")
    # Anybody in the guest can send that from a port like this.
    assert unit(vm, "ready", "ActiveState") == "activating"
    assert "waiting for the guest's READY=1" in unit(vm, "ready", "StatusText")
    assert "at your service" not in unit(vm, "ready", "StatusText")
    say(vm, "ready", "go", until="NESTED told")
    assert vm.wait_command(begun, 60).rc == 0
    assert unit(vm, "ready", "ActiveState") == "active"
    assert unit(vm, "ready", "StatusText").endswith("guest: at your service")

    vm.run("ip address add 10.9.8.1/24 dev lab-ready")
    vm.until("busybox ping -c 1 -W 5 10.9.8.2")
    assert vm.out("busybox wget -q -O - http://10.9.8.2/") == "at your service"
    vm.run("systemctl stop gpu-vm@ready", timeout=120)
    assert "lab-ready" not in vm.out("ip -o link")
    assert_nothing_left(vm)


@BOTH
def test_started_is_what_answers(vm):
    declare(vm, "web", f"{STAYS} lab.net=10.0.2.15/24",
            more="health_check: {type: http, endpoint: /, port: 80}")
    rc, said = start(vm, "web")
    assert rc == 0, said
    port = json.loads(vm.read("/run/gpuhost/start/web.json"))["health"]["port"]
    assert vm.out(f"busybox wget -q -O - http://127.0.0.1:{port}/") == "at your service"
    vm.run("systemctl stop gpu-vm@web", timeout=120)
    assert last_words(vm, "web") == "web: stopped, the guest shut down"
