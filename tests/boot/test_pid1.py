#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""gpu-vm@.service and what gpuhost-generator writes for it, under a real PID 1.

usage: test_pid1.py BUILD [unittest's arguments]

What is tried is what systemd makes of the units; what else is there, container.py says. All commands run
in one boot, which takes seconds; the tests look at what they printed.
"""

import json
import os
import re
import shutil
import sys
import tempfile
import unittest
from pathlib import Path

from container import CARD, boot, release

SKIPPED = 77

# name: command, in this order. All that a command prints and its exit status are kept.
STEPS = r"""
failed: systemctl --failed --plain --no-legend
journal: journalctl -o cat -u gpuhost-prepare -u gpu-vm@auto | cat
auto: systemctl show gpu-vm@auto
auto-cat: systemctl cat gpu-vm@auto
auto-status: systemctl status gpu-vm@auto
auto-needs: systemctl list-dependencies --plain gpu-vm@auto
target-time: systemctl show -P ActiveEnterTimestampMonotonic gpuhost.target
both: systemctl show gpu-vm@both
both-journal: journalctl -o cat -u gpu-vm@both
folders: stat -c '%a %u' /run/gpu-vm/auto /var/lib/gpuhost/vm/auto/.
bad: systemctl start gpu-vm@bad
bad-status: journalctl --sync; systemctl status gpu-vm@bad
bad-others: systemctl is-active gpu-vm@auto gpu-vm@both
rep-start: systemctl start gpu-vm-rep.target
rep-active: systemctl is-active gpu-vm@rep-1 gpu-vm@rep-2 gpu-vm-rep.target
rep-uids: systemctl show -P UID gpu-vm@rep-1 gpu-vm@rep-2
rep-needs: systemctl list-dependencies --plain gpu-vm-rep.target
rep-description: systemctl show -P Description gpu-vm-rep.target gpu-vm@rep-2
rep-one: systemctl stop gpu-vm@rep-1; systemctl is-active gpu-vm@rep-1 gpu-vm@rep-2 gpu-vm-rep.target
rep-again: systemctl start gpu-vm-rep.target; systemctl is-active gpu-vm@rep-1 gpu-vm@rep-2
rep-stop: systemctl stop gpu-vm-rep.target; while systemctl is-active gpu-vm@rep-1 gpu-vm@rep-2 | grep -q deact; do sleep 0.1; done; systemctl is-active gpu-vm@rep-1 gpu-vm@rep-2
enable: systemctl enable gpu-vm@plain gpu-vm@auto
enabled: ls /etc/systemd/system/multi-user.target.wants
disable: systemctl disable gpu-vm@plain gpu-vm@auto
plain: systemctl start gpu-vm@plain; systemctl is-active gpu-vm@plain
plain-killed: systemctl kill -s KILL gpu-vm@plain; until systemctl is-failed -q gpu-vm@plain; do sleep 0.1; done; systemctl show -P Result -P NRestarts gpu-vm@plain
late: echo 'description: new' > /etc/gpuhost/vm.d/late.yaml; systemctl start gpu-vm@late
late-before: systemctl show -P Description gpu-vm@late; systemctl is-active gpu-vm@late
late-after: systemctl daemon-reload; systemctl show -P Description gpu-vm@late; systemctl is-active gpu-vm@late
pid-before: systemctl show -P MainPID gpu-vm@auto
changed: echo 'description: changed' > /etc/gpuhost/vm.d/auto.yaml; systemctl show -P NeedDaemonReload gpu-vm@auto
reloaded: systemctl daemon-reload; systemctl show -P Description -P NeedDaemonReload gpu-vm@auto
mended: echo 'description: mended' > /etc/gpuhost/vm.d/bad.yaml; systemctl start gpu-vm@bad; systemctl is-active gpu-vm@bad
pid-after: systemctl daemon-reexec; systemctl show -P MainPID gpu-vm@auto
crash: systemctl start gpu-vm@crash; until systemctl is-failed -q gpu-vm@crash; do sleep 0.1; done; systemctl show -P NRestarts -P Result gpu-vm@crash
again: systemctl start gpu-vm@again; until [ "$(systemctl show -P NRestarts gpu-vm@again)" -ge 2 ]; do sleep 0.1; done; systemctl stop gpu-vm@again; systemctl is-active gpu-vm@again
refused: systemctl start gpu-vm@refused; systemctl show -P SubState -P NRestarts -P Result -P ExecMainStatus gpu-vm@refused
always: systemctl start gpu-vm@always; systemctl show -P SubState -P NRestarts -P Result -P ExecMainStatus gpu-vm@always
busy: systemctl start gpu-vm@busy; until [ "$(systemctl show -P NRestarts gpu-vm@busy)" -ge 2 ]; do sleep 0.1; done; rm /etc/stand-in/claim-busy; until systemctl is-active -q gpu-vm@busy; do sleep 0.1; done; systemctl stop gpu-vm@busy
hostile: systemctl show -P Description -P RequiresMountsFor -P Wants gpu-vm@hostile
switch-first: mkdir -p /run/gpuhost/claims; /x/among-cards gpuhost switch first
switch-claimed: echo first >/run/gpuhost/claims/0000:0c:00.0; /x/among-cards gpuhost switch first
switch-broken: /x/among-cards gpuhost switch broken; systemctl is-active gpu-vm@first gpu-vm@broken
switch-second: systemctl start gpu-vm@first; echo first >/run/gpuhost/claims/0000:0c:00.0; /x/among-cards gpuhost switch second; systemctl is-active gpu-vm@first gpu-vm@second
switch-keeper: systemctl start gpu-vm@keeper; echo keeper >/run/gpuhost/claims/0000:0c:00.0; /x/among-cards gpuhost switch first; systemctl is-active gpu-vm@first gpu-vm@keeper
logs-unit: gpuhost logs auto -n 100 --no-pager
logs-json: gpuhost logs auto -n 1 --json=short
logs-gpu: printf 'MESSAGE=about the card\nPCI_ADDR=0000:0c:00.0\n' | logger --journald; printf 'MESSAGE=about another\nPCI_ADDR=0000:0b:00.0\n' | logger --journald; journalctl --sync; /x/among-cards gpuhost logs big --no-pager
verify: systemd-analyze verify --man=no --generators=yes --recursive-errors=no gpu-vm@auto.service gpu-vm@hostile.service gpu-vm@bad.service gpu-vm@rep-1.service gpu-vm@unknown.service gpu-vm-tpm@x.service gpu-vm-rep.target gpuhost.target gpuhost-helpers.target
tpm: systemctl start gpu-vm@x gpu-vm-tpm@x; systemctl is-active gpu-vm-tpm@x gpuhost-helpers.target; stat -c '%a %F' /run/gpu-vm-tpm/x /run/gpu-vm-tpm/x/socket; stat -c %a /var/lib/gpuhost/tpm/x/.
share: mkdir -p /run/gpuhost/start/x.t.share; ln -s /x /run/gpuhost/start/x.t.share/readonly; echo VIRTIOFSD=/usr/bin/sleep 1d >/run/gpuhost/start/x.t.share/program; systemctl start gpu-vm-share@x.t; systemctl is-active gpu-vm-share@x.t
share-root: cd /proc/$(systemctl show -P MainPID gpu-vm-share@x.t)/root; ls -d * etc/* home/* var/*; ls readonly/steps usr/bin/sleep; ls /run/gpuhost/start/x.t.share; touch readonly/new new; true
share-writable: cd /run/gpuhost/start/x.t.share; mv readonly writable; systemctl restart gpu-vm-share@x.t; touch /proc/$(systemctl show -P MainPID gpu-vm-share@x.t)/root/writable/new; ls /x/new; stat -c '%a %u' /run/gpu-vm-share/x.t
logs-helpers: journalctl --sync; gpuhost logs x -n 100 --no-pager
security-tpm: systemd-analyze security --no-pager --threshold=20 gpu-vm-tpm@x
security-share: systemd-analyze security --no-pager --threshold=40 gpu-vm-share@x.t
security: systemd-analyze security --no-pager --threshold=30 gpu-vm@auto
nothing: systemctl start gpu-vm@unknown
"""


def steps():
    return dict(line.split(": ", 1) for line in STEPS.strip().splitlines())


class Pid1(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        folder = Path(tempfile.mkdtemp(prefix="gpuhost-pid1-"))
        cls.addClassCleanup(shutil.rmtree, folder, ignore_errors=True)
        cls.results, cls.released = boot(folder, steps())

    def said(self, step, status=None):
        code, text = self.results[step]
        if status is not None:
            self.assertEqual(code, status, text)
        return text

    def lines(self, step, status=None):
        return self.said(step, status).splitlines()

    def properties(self, step):
        return dict(line.split("=", 1) for line in self.lines(step, 0) if "=" in line)

    def test_autostart_follows_gpuhost_target(self):
        auto = self.properties("auto")
        self.assertEqual((auto["ActiveState"], auto["StatusText"]), ("active", "Running"))
        self.assertLess(int(self.said("target-time", 0)),
                        int(auto["InactiveExitTimestampMonotonic"]))
        journal = self.said("journal", 0)
        self.assertLess(journal.index("gpuhost-prepare done"), journal.index("claim auto"))
        self.assertIn("gpuhost.target", self.said("auto-needs", 0))

    def test_drop_in_reaches_pid_1(self):
        auto = self.properties("auto")
        if release() >= 254:
            self.assertEqual((auto["RestartSteps"], auto["RestartMaxDelayUSec"]), ("5", "5min"))
        self.assertEqual(auto["Description"], "VM auto: starts by itself")
        self.assertEqual(auto["SourcePath"], "/etc/gpuhost/vm.d/auto.yaml")
        self.assertEqual(auto["TimeoutStartUSec"], "1min 30s")
        self.assertEqual(auto["TimeoutStopUSec"], "5min 30s")
        self.assertEqual(auto["LoadState"], "loaded")
        cat = self.said("auto-cat", 0)
        self.assertIn("# /run/systemd/generator/gpu-vm@auto.service.d/40-gpuhost.conf", cat)
        self.assertIn("gpu-vm@auto.service - VM auto: starts by itself", self.said("auto-status", 0))

    def test_stages_and_who_runs_them(self):
        stages = [line for line in self.lines("journal") if " uid " in line]
        self.assertEqual(stages, ["claim auto uid root", "vm auto uid other"])
        self.assertRegex(self.said("journal"), r"vm auto CapBnd:\s+0{16}\n")
        self.assertRegex(self.said("journal"), r"vm auto NoNewPrivs:\s+1\n")
        self.assertRegex(self.said("journal"), r"vm auto Seccomp:\s+2\n")
        self.assertNotRegex(self.said("journal"), r"claim auto CapBnd:\s+0{16}\n")
        first, second = [line for line in self.lines("rep-uids", 0) if line]
        self.assertNotEqual(first, second)
        # Newer releases leave the state to nobody on disk, and map it to the VM's user for the VM.
        uid = self.properties("auto")["UID"]
        runtime, state = self.lines("folders", 0)
        self.assertEqual(runtime, f"700 {uid}")
        self.assertIn(state, (f"700 {uid}", "700 65534"))
        self.assertEqual(self.said("journal").count("vm auto writes to its"), 2)

    def test_enabled_beside_autostart(self):
        self.assertEqual(self.properties("both")["ActiveState"], "active")
        self.assertEqual(self.said("both-journal").count("claim both uid"), 1)
        self.said("enable", 0)
        self.assertEqual(set(self.lines("enabled")),
                         {f"gpu-vm@{n}.service" for n in ("auto", "both", "plain")})
        self.said("disable", 0)

    def test_wrong_file_fails_alone_and_says_why(self):
        reason = "/etc/gpuhost/vm.d/bad.yaml:2:1: unknown key 'gpus'"
        self.assertNotEqual(self.results["bad"][0], 0)
        status = self.said("bad-status", 3)
        self.assertIn(f"gpu-vm@bad.service - VM bad: {reason}", status)
        self.assertIn("unknown key 'gpus'", status.split("\n\n", 1)[1])
        self.assertEqual([line.split()[0] for line in self.lines("failed", 0)], ["gpu-vm@bad.service"])
        self.assertEqual(self.lines("bad-others", 0), ["active", "active"])
        self.assertEqual(self.lines("mended", 0)[-1], "active")

    def test_replicas_are_one_target(self):
        self.said("rep-start", 0)
        self.assertEqual(self.lines("rep-active", 0), ["active"] * 3)
        self.assertEqual([line.strip() for line in self.lines("rep-needs", 0)][:3],
                         ["gpu-vm-rep.target", "gpu-vm@rep-1.service", "gpu-vm@rep-2.service"])
        self.assertEqual([line for line in self.lines("rep-description", 0) if line],
                         ["VMs rep, 2 replicas: a group", "VM rep-2, replica 2 of 2: a group"])

    def test_one_replica_is_stopped_alone(self):
        self.assertEqual(self.lines("rep-one"), ["inactive", "active", "active"])
        self.assertEqual(self.lines("rep-again", 0), ["active", "active"])
        self.assertEqual(self.lines("rep-stop"), ["inactive", "inactive"])

    def test_template_alone_starts_what_was_written_since(self):
        self.said("late", 0)
        self.assertEqual(self.lines("late-before", 0), ["VM late", "active"])
        self.assertEqual(self.lines("late-after", 0), ["VM late: new", "active"])

    def test_reload(self):
        self.assertEqual(self.lines("changed", 0), ["yes"])
        self.assertEqual(set(self.lines("reloaded", 0)), {"VM auto: changed", "no"})
        self.assertEqual(self.said("pid-before", 0), self.said("pid-after", 0))

    def test_restart(self):
        self.assertEqual(set(self.lines("plain-killed", 0)), {"signal", "0"})
        restarts, = [int(line) for line in self.lines("crash", 0) if line.isdigit()]
        self.assertGreaterEqual(restarts, 3)
        self.assertEqual(self.lines("again", 3), ["inactive"])

    def test_refused_for_good_is_not_tried_again(self):
        for step in ("refused", "always"):
            self.assertEqual(set(self.lines(step, 0)[-4:]), {"failed", "0", "exit-code", "18"}, step)

    def test_refused_for_now_is_tried_again(self):
        self.said("busy", 0)

    def test_hostile_text_comes_out_as_it_went_in(self):
        said = self.said("hostile", 0).replace("\\\\", "\\")  # systemctl quotes lists
        self.assertIn("VM hostile: 100% \"of\" $HOME; \\\n", said)
        self.assertIn("dev-disk-by\\x2duuid-3f\\x2d1.device", said)
        self.assertIn(r"/srv/a b\c/100%/hostile.raw", said)

    def test_switch(self):
        self.assertEqual(self.lines("switch-first", 0), ["first is started.", "first runs."])
        self.assertEqual(self.lines("switch-claimed", 0), ["first runs already."])
        self.assertEqual(self.lines("switch-second", 0), [
            "first has what is needed, and is stopped.", "second is started in its place.",
            "second runs.", "inactive", "active"])

    def test_logs(self):
        said = self.said("logs-unit", 0)
        self.assertIn("claim auto uid root", said)
        self.assertNotIn("claim both", said)
        record = json.loads(self.said("logs-json", 0))
        self.assertIn("gpu-vm@auto.service", (record.get("UNIT"), record.get("_SYSTEMD_UNIT")))
        said = self.said("logs-gpu", 0)
        self.assertIn("about the card", said)
        self.assertNotIn("about another", said)

    def test_switch_that_comes_to_nothing(self):
        self.assertEqual(self.lines("switch-broken", 3)[2:], [
            "gpuhost: 'broken' did not start: there is no such disk; gpuhost logs broken has more",
            "gpuhost: 'first' stays stopped: systemctl start gpu-vm@first", "inactive", "failed"])
        self.assertEqual(self.lines("switch-keeper", 3)[2:], [
            f"gpuhost: 'keeper' was stopped and still has {CARD}: nothing is started; gpuhost logs "
            "keeper says why", "inactive", "inactive"])

    def test_verify_and_security(self):
        self.assertEqual(self.said("verify", 0), "")
        score = float(re.search(r"exposure level for \S+: ([0-9.]+)", self.said("security"))[1])
        self.assertLessEqual(score, 3.0)

    def test_tpm(self):
        self.assertEqual(self.lines("tpm", 0), [
            "active", "active", "700 directory", "700 socket", "700"])
        self.said("security-tpm", 0)

    def test_logs_of_helpers(self):
        said = self.said("logs-helpers", 0)
        for unit in ("gpu-vm-tpm@x", "gpu-vm-share@x.t"):
            self.assertIn(f"Started {unit}.service", said)

    def test_share_sees_its_folder_and_nothing_else(self):
        self.assertEqual(self.lines("share", 0), ["active"])
        seen = self.lines("share-root", 0)
        self.assertEqual({line for line in seen if "cannot access" not in line}, {
            "dev", "lib", "lib64", "proc", "run", "readonly", "readonly/steps", "sys", "usr", "usr/bin/sleep", "program",
            "touch: cannot touch 'readonly/new': Read-only file system",
            "touch: cannot touch 'new': Read-only file system"})
        self.assertEqual(self.lines("share-writable", 0), ["/x/new", "700 0"])
        self.said("security-share", 0)

    def test_unknown_name_is_refused_by_the_first_stage(self):
        self.assertNotEqual(self.results["nothing"][0], 0)

    def test_shutdown_stops_them(self):
        self.assertLessEqual({"auto", "both", "late", "bad", "x", "tpm"}, set(self.released))
        self.assertLess(self.released.index("x"), self.released.index("tpm"))


if __name__ == "__main__":
    if os.geteuid() != 0 or not shutil.which("systemd-nspawn"):
        print("needs root and systemd-nspawn")
        sys.exit(SKIPPED)
    unittest.main()
