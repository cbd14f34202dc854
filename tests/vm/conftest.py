# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the cases get: `@on(Host(...))` and a booted `vm`.

Cases on equal hosts share one boot. After each, the machine goes back to the snapshot taken when it
had booted; one that cannot be saved, or was powered off, is booted again. `fresh=True` asks for a
boot of its own.
"""
import contextlib
import os
import re
import shutil
import sys
from pathlib import Path

import pytest
from _pytest.runner import runtestprotocol

sys.path.insert(0, str(Path(__file__).parent))

from lab import builds, cache, full, gpuhost, images  # noqa: E402
from lab.debian import Unavailable  # noqa: E402
from lab.machine import BOOT_LIMIT, HARD_LIMIT, Machine  # noqa: E402

LOGS = Path(os.environ.get("GPUHOST_LAB_LOGS", images.HERE.parent.parent / "build/vm-logs"))


def pytest_addoption(parser):
    parser.addoption("--share", metavar="FOLDER", help="with others that have this folder, which is "
                     "empty at first: each host's cases are run by whoever comes to them first")
    parser.addoption("--keep", action="store_true", help="leave a failed case at a prompt")


def pytest_configure(config):
    config.addinivalue_line("markers", "long: repeated, concurrent or every-combination runs (-m long)")
    config.share = Share(config.getoption("--share"))


def host_of(item):
    callspec = getattr(item, "callspec", None)
    return callspec.params["vm"][0] if callspec and "vm" in callspec.params else None


def pytest_collection_modifyitems(items):
    """Sorted by host, so that those who share a boot follow each other."""
    order = {}
    for item in items:
        item.group = repr(host_of(item) or item.path)
        order.setdefault(item.group, len(order))
    items.sort(key=lambda i: order[i.group])


class Share:
    """What of the work is ours, where several do it."""

    def __init__(self, folder):
        self.folder = Path(folder) if folder else None
        self.ours = {}

    def takes(self, group):
        if self.folder and group not in self.ours:
            with contextlib.suppress(FileExistsError):
                (self.folder / cache.digest(group)).touch(exist_ok=False)
                self.ours[group] = True
        return not self.folder or self.ours.setdefault(group, False)

    def after(self, item):
        """What we do next, decided now: until then pytest keeps what the two have in common."""
        items = item.session.items
        return next((i for i in items[items.index(item) + 1:] if self.takes(i.group)), None)


def pytest_runtest_protocol(item, nextitem):
    """A case that lost its emulator has shown nothing: it is said, and the case has a second try."""
    share = item.config.share
    if not share.takes(item.group):
        return True
    nextitem = share.after(item)
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    reports = runtestprotocol(item, log=False, nextitem=nextitem)
    if getattr(item, "lost", None) and any(r.failed for r in reports):
        cache.say(f"{item.name}: the emulator is lost ({item.lost}), once more")
        item.lost, item.lab_vm = None, None
        item._initrequest()
        reports = runtestprotocol(item, log=False, nextitem=nextitem)
    for report in reports:
        item.ihook.pytest_runtest_logreport(report=report)
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    setattr(item, f"report_{report.when}", report)
    vm = getattr(item, "lab_vm", None)
    if report.failed and vm:
        folder = LOGS / re.sub(r"[^\w.-]+", "_", item.nodeid.split("tests/vm/")[-1])
        shutil.rmtree(folder, ignore_errors=True)
        vm.collect(folder)
        item.lost = vm.lost()
        (folder / "failure.txt").write_text(report.longreprtext)
        report.sections.append(("virtual host", f"logs: {folder}"))
        if item.config.getoption("--keep"):
            from lab.shell import attach
            attach(vm)


class Pool:
    """The one machine that is on: kept for the next case on an equal host."""
    host = vm = None
    clean = False       # its snapshot is one that others may begin at

    def get(self, host, fresh, limit):
        if self.vm and self.host == host and not fresh and self._rewind():
            self.vm.allow(limit)
        else:
            self.drop()
            self._boot(host, limit)
        self.clean = not fresh
        return self.vm

    def _rewind(self):
        if not self.vm.alive or not self.clean or "booted" not in self.vm.snapshots:
            return False
        self.vm.allow(HARD_LIMIT)
        self.vm.load("booted")
        return True

    def _boot(self, host, limit):
        self.host = host
        self.vm = Machine(host, full.disk_for(host), limit=BOOT_LIMIT)
        self.vm.start()
        self.vm.wait_boot()
        prepare(self.vm)
        self.vm.allow(HARD_LIMIT)
        self.vm.save("booted")
        self.vm.allow(limit)

    def drop(self):
        if self.vm:
            self.vm.close()
        self.vm = self.host = None


def prepare(vm):
    if vm.host.gpuhost:
        gpuhost.install(vm)
    for path, text in vm.host.files:
        vm.put(path, text)
    for command in vm.host.prepare:
        vm.run(command, timeout=60)
    vm.run("udevadm settle", timeout=60)


@pytest.fixture(scope="session")
def pool():
    p = Pool()
    yield p
    p.drop()


@pytest.fixture
def vm(request, pool):
    host, fresh, limit = request.param
    try:
        images.image(host.release)
        if host.needs_fakegpu:
            builds.fakegpu()
        if host.gpuhost:
            gpuhost.package(host.release)
    except Unavailable as e:
        pytest.skip(f"cannot be made here: {e}")
    if not fresh and pool.host != host:
        pool.drop()
    try:
        machine = pool.get(host, fresh, limit)
    except BaseException:
        request.node.lab_vm = pool.vm
        request.addfinalizer(pool.drop)
        raise
    request.node.lab_vm = machine
    yield machine
    failed = getattr(request.node, "report_call", None) and request.node.report_call.failed
    if fresh or failed or not machine.alive:
        pool.drop()
