#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""gpuhost-run with a QEMU that a script plays.

usage: test_run.py BUILD [unittest's arguments]
"""

import os
import re
import select
import signal
import socket
import subprocess
import sys
import threading
import unittest
from http.server import BaseHTTPRequestHandler, HTTPServer

from supervised import HERE, PATIENCE, RUN, RUNNING, Case, is_instrumented


class Life(Case):
    def test_start_and_stop(self):
        self.start_fake("good")
        self.wait_for(RUNNING)
        self.assertEqual(self.told, ["STATUS=Starting QEMU", "READY=1", RUNNING])
        self.term()
        last, said = self.end(0)
        self.assertEqual(last, "stopped, the guest shut down")
        self.assertIn("STOPPING=1", self.told)
        self.assertIn("t runs, with 1 CPU and 256 MiB", said)

    def test_without_systemd(self):
        path = self.record(sys.executable, "-I", str(HERE / "qemu.py"), "ends")
        done = subprocess.run([RUN, "vm", "t", f"--record={path}"], timeout=PATIENCE, check=True,
                              capture_output=True, text=True)
        self.assertIn("t: the guest shut down", done.stderr)

    def test_takes_its_time(self):
        self.start_fake("slow", prealloc=True)
        self.wait_for("READY=1")
        self.assertEqual(self.told[0], "STATUS=Allocating 256 MiB of memory")
        self.assertIn("EXTEND_TIMEOUT_USEC=30000000", self.told)

    def test_paused_at_first(self):
        self.start_fake("paused")
        self.wait_for("READY=1")
        self.assertIn("STATUS=Waiting: the machine is stopped", self.told)
        self.term()
        self.end(0)

    def test_several_gpus(self):
        self.start_fake("ends", gpus=["0000:01:00.0", "0000:02:00.0"])
        self.wait_for("STATUS=Running: 1 vCPU, 256 MiB, GPUs 0000:01:00.0, 0000:02:00.0")
        self.end(0)


class Ends(Case):
    def ends(self, what, *words, status, last, said=""):
        self.start_fake(what, *words)
        told, written = self.end(status)
        self.assertEqual(told, last)
        self.assertIn(said, written)

    def test_of_itself(self):
        self.ends("ends", status=0, last="the guest shut down")

    def test_told_by_another(self):
        self.ends("told_by_another", status=0, last="QEMU was told to end")

    def test_reset_is_no_end(self):
        self.start_fake("resets")
        self.wait_for("STATUS=Running")
        self.term()
        self.assertEqual(self.end(0)[0], "stopped, the guest shut down")

    def test_panic(self):
        self.ends("panics", status=15, last="the guest panicked")

    def test_crash(self):
        self.ends("crashes", status=13, said="qemu: line 0",
                  last="QEMU was ended by SIGSEGV: line 6 / line 7 / line 8 / line 9")

    def test_crash_while_it_talks(self):
        self.start_fake("crashes_talking")
        last, said = self.end(13)
        self.assertEqual(last, "QEMU was ended by SIGSEGV")
        self.assertNotIn("does not end", said)

    def test_failure(self):
        self.ends("fails", status=12, last="QEMU ended with status 1: disk is gone")

    def test_refusal(self):
        self.ends("refuses", status=11, last="QEMU refused to start, with status 1: "
                  "-device vfio-pci,host=0000:01:00.0: group 7 is not viable")
        self.assertNotIn("READY=1", self.told)

    def test_without_a_word(self):
        self.ends("gives_up_early", status=11, last="QEMU refused to start, with status 0")

    def test_no_such_program(self):
        self.start("/nonexistent/qemu")
        self.assertIn("t: cannot run /nonexistent/qemu: No such file", self.end(1)[1])

    def test_killed(self):
        self.start_fake("good")
        self.wait_for(RUNNING)
        os.kill(self.child(), signal.SIGKILL)
        self.assertEqual(self.end(13)[0], "QEMU was ended by SIGKILL")

    def test_ends_with_us(self):
        self.start_fake("good")
        self.wait_for(RUNNING)
        child = os.pidfd_open(self.child())
        self.run.kill()
        self.run.wait()
        self.assertTrue(select.select([child], [], [], PATIENCE)[0])
        os.close(child)


class Hostile(Case):
    def broken(self, what, last, *words, **keys):
        self.start_fake(what, *words, **keys)
        self.assertEqual(self.end(14)[0], last)
        self.assertNotIn("READY=1", self.told)

    def test_garbage(self):
        self.broken("garbage", "QMP: a message is none of QMP's")

    def test_too_large(self):
        self.broken("large", "QMP: a message is too large")

    def test_error(self):
        self.broken("error_reply", "QMP: qmp_capabilities: not today")

    def test_thread_of_others(self):
        self.broken("foreign_thread", "QMP: QEMU names CPUs that are none of the machine's",
                    cpus=[[0]])

    def test_other_number_of_cpus(self):
        self.broken("good", "QMP: QEMU has 1 CPUs, 2 are to be pinned", cpus=[[0], [0]])

    def test_hangs_up(self):
        for after in ("", "qmp_capabilities", "query-cpus-fast", "query-status"):
            with self.subTest(after):
                self.start_fake("closes", after)
                self.assertEqual(self.end(11)[0], "QEMU refused to start, with status 0")
        self.start_fake("closes", "cont")
        self.assertEqual(self.end(12)[0], "QEMU ended with status 0")

    def test_storm(self):
        self.start_fake("storms")
        self.wait_for(RUNNING)
        self.term()
        self.end(12)

    def test_flicker_is_not_handed_on(self):
        self.start_fake("flickers")
        self.wait_for(RUNNING)
        self.term()
        self.end(0)
        self.assertLess(len(self.told), 60)


class Stop(Case):
    def test_guest_ignores_it(self):
        self.start_fake("deaf_to_button", stop_timeout_usec=200_000)
        self.wait_for(RUNNING)
        self.term()
        self.wait_for("STATUS=Stopping: the guest was asked to shut down, and has 200ms")
        last, said = self.end(0)
        self.assertEqual(last, "stopped, the guest did not shut down in time")
        self.assertIn("QEMU is told to quit", said)

    def test_guest_hears_it_late(self):
        """A machine that starts has nobody yet who listens to the button."""
        self.start_fake("hears_late")
        self.wait_for(RUNNING)
        self.term()
        self.assertEqual(self.end(0)[0], "stopped, the guest shut down")

    def test_asked_again(self):
        self.start_fake("deaf_to_button")
        self.wait_for(RUNNING)
        self.term()
        self.wait_for("STATUS=Stopping: the guest")
        self.term()
        self.wait_for("STATUS=Stopping: QEMU was told to quit")
        self.end(0)

    def test_qemu_ignores_it(self):
        self.start_fake("deaf_to_quit")
        self.wait_for(RUNNING)
        for words in ("the guest was asked", "QEMU was told to quit", "QEMU was sent SIGTERM"):
            self.term()
            self.wait_for(f"STATUS=Stopping: {words}")
        self.end(0)

    def test_before_it_runs(self):
        self.start_fake("silent")
        self.wait_for("STATUS=Starting QEMU")
        self.term()
        self.assertEqual(self.end(0)[0], "stopped")


class Web(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.asked.append(self.path)
        self.send_response(self.server.answers.pop(0) if self.server.answers else 500)
        self.end_headers()

    def log_message(self, *_):
        pass


class Health(Case):
    def serve(self, *answers):
        server = HTTPServer(("127.0.0.1", 0), Web)
        server.answers, server.asked = list(answers), []
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return server, {"type": "http", "address": "127.0.0.1", "port": server.server_port,
                        "endpoint": "/health"}

    def test_ready_when_healthy(self):
        server, health = self.serve(503, 200)
        self.start_fake("good", health=health)
        self.wait_for("READY=1")
        where = f"http://127.0.0.1:{health['port']}/health"
        self.assertIn(f"{RUNNING}; waiting for {where} (HTTP status 503)", self.told)
        self.assertEqual(server.asked, ["/health", "/health"])

    def test_fails_later(self):
        _, health = self.serve(200, 500, 200, 500, 500)
        self.start_fake("good", health=health)
        self.wait_for("READY=1")
        last, said = self.end(16)
        self.assertEqual(last, "the health check failed: HTTP status 500")
        self.assertEqual(said.count("failed, 1 of 2"), 2)
        self.assertEqual(said.count("failed, 2 of 2"), 1)

    def test_tcp_refused_until_asked_to_stop(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            self.start_fake("good", health={"type": "tcp", "address": "127.0.0.1",
                                            "port": taken.getsockname()[1]})
            self.wait_for(f"{RUNNING}; waiting for tcp 127.0.0.1:{taken.getsockname()[1]} (C")
            self.term()
            self.end(0)
        self.assertNotIn("READY=1", self.told)


class Input(Case):
    def refused(self, status, words, *arguments):
        done = subprocess.run([RUN, *arguments], capture_output=True, text=True, timeout=PATIENCE)
        self.assertEqual(done.returncode, status, done.stderr)
        self.assertIn(words, done.stderr)

    def test_usage(self):
        self.refused(2, "are missing")
        self.refused(2, "are missing", "vm")
        self.refused(2, "wrong argument 'container'", "container", "a")
        self.refused(2, "wrong argument '../a'", "vm", "../a")
        self.refused(2, "wrong argument 'b'", "vm", "a", "b")

    def test_help_tells_exit_statuses(self):
        text = subprocess.run([RUN, "--help"], capture_output=True, text=True, check=True).stdout
        codes = re.findall(r"^ {2,3}(\d+)", text, re.M)
        self.assertEqual(codes, ["0", "1", "2", *map(str, range(10, 19))])

    def test_record(self):
        path = self.record("/bin/true")
        self.refused(10, "t: cannot be started: /nonexistent: No such file", "vm", "t",
                     "--record=/nonexistent")
        self.refused(10, "it is that of t", "vm", "other", f"--record={path}")
        path = self.record("/bin/true", memory_mb="1")
        self.refused(10, "memory_mb: not a number", "vm", "t", f"--record={path}")
        self.refused(18, "nosuch: there is nothing to start", "vm", "nosuch")

    def pass_on(self, names, record_names, status):
        for name in "abc":
            (self.folder / name).write_text(name)
        script = (f"cd {self.folder}; LISTEN_PID=$$ LISTEN_FDS=3 LISTEN_FDNAMES={names} "
                  'exec "$@" 3<a 4<b 5<c')
        self.start(sys.executable, "-I", str(HERE / "qemu.py"), "tells_descriptors",
                   fds=record_names, wrapper=["/bin/sh", "-c", script, "sh"])
        return self.end(status)[1]

    def test_descriptors(self):
        said = self.pass_on("tap0:claim-0000%3a01:disk0", ["disk0", "tap0"], 0)
        self.assertRegex(said, r"has 0=null 1=pipe:\S+ 2=pipe:\S+ 3=socket:\S+ 4=c 5=a\n")

    def test_descriptors_missing(self):
        said = self.pass_on("tap0:x:y", ["disk0", "tap0"], 1)
        self.assertIn("t: cannot be started: the descriptor 'disk0' was not passed on", said)

    def test_descriptors_twice(self):
        said = self.pass_on("tap0:disk0:disk0", ["disk0", "tap0"], 1)
        self.assertIn("t: cannot be started: the descriptor 'disk0' was passed on twice", said)


class Links(unittest.TestCase):
    def test_libraries(self):
        text = subprocess.run(["readelf", "-dW", RUN], text=True, capture_output=True,
                              check=True).stdout
        names = {line.split("[")[1].split(".so")[0] for line in text.splitlines()
                 if "(NEEDED)" in line}
        if is_instrumented():
            names -= {"libasan", "libubsan", "libm", "libgcc_s", "libresolv"}
        self.assertLessEqual(names - {"ld-linux-x86-64", "libgcc_s"},
                             {"libc", "libsystemd", "libjansson"})


if __name__ == "__main__":
    unittest.main()
