# SPDX-License-Identifier: LGPL-2.1-or-later
"""Plays QEMU to gpuhost-run: the monitor stands at 3, and the first argument says what it is like."""

import json
import os
import signal
import socket
import subprocess
import sys
import time

GREETING = {"QMP": {"version": {}, "capabilities": []}}
monitor = socket.socket(fileno=3)
lines = monitor.makefile("r")


def say(**message):
    monitor.sendall(json.dumps(message).encode() + b"\r\n")


def event(name, **data):
    say(event=name, data=data)


def greet():
    say(**GREETING)


ANSWERS = {
    "qmp_capabilities": {},
    "query-cpus-fast": [{"cpu-index": 0, "thread-id": os.getpid()}],
    "query-status": {"running": False, "status": "prelaunch"},
    "cont": {},
    "system_powerdown": {},
    "quit": {},
}


def serve(*until, answers=ANSWERS, quits=True):
    """Answers each command, up to and with one of these, or to the end of the conversation."""
    for line in lines:
        command = json.loads(line)
        if command["execute"] == "cont":
            event("RESUME")
        say(**{"return": answers[command["execute"]], "id": command["id"]})
        if command["execute"] in until:
            return
        if command["execute"] == "quit" and quits:
            shut_down(reason="host-qmp-quit", guest=False)


def shut_down(reason="guest-shutdown", guest=True, status=0):
    event("SHUTDOWN", guest=guest, reason=reason)
    sys.exit(status)


def run():
    greet()
    serve("cont")


def good():
    run()
    serve("system_powerdown")
    shut_down()


def ends():
    run()
    shut_down()


def resets():
    run()
    event("RESET", guest=True, reason="guest-reset")
    serve("system_powerdown")
    shut_down()


def panics():
    run()
    event("GUEST_PANICKED", action="poweroff")
    shut_down(reason="guest-panic")


def crashes():
    run()
    for i in range(10):
        print("line", i, file=sys.stderr, flush=True)
    os.kill(os.getpid(), signal.SIGSEGV)


def crashes_talking():
    """What it says last is not to be taken for a life of its own."""
    run()
    os.kill(os.getppid(), signal.SIGSTOP)
    monitor.sendall(b"junk\n")
    subprocess.Popen(["/bin/sh", "-c", f"sleep 0.2; kill -CONT {os.getppid()}"],
                     stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                     stderr=subprocess.DEVNULL, pass_fds=(), start_new_session=True)
    os.kill(os.getpid(), signal.SIGSEGV)


def fails():
    run()
    sys.exit("disk is gone")


def refuses():
    sys.exit("-device vfio-pci,host=0000:01:00.0: group 7 is not viable")


def gives_up_early():
    sys.exit(0)


def told_by_another():
    run()
    shut_down(reason="host-signal", guest=False)


def garbage():
    monitor.sendall(b"hello\n")
    signal.pause()


def large():
    monitor.sendall(b'{"a": "' + b"b" * (2 << 20))
    signal.pause()


def error_reply():
    greet()
    command = json.loads(lines.readline())
    say(error={"class": "GenericError", "desc": "not today"}, id=command["id"])
    signal.pause()


def closes(after):
    greet()
    if after:
        serve(after)
    lines.close()
    monitor.close()
    sys.exit(0)


def deaf_to_button():
    run()
    serve()


def hears_late():
    run()
    serve("system_powerdown")
    serve("system_powerdown")
    shut_down()


def deaf_to_quit():
    signal.signal(signal.SIGTERM, lambda *_: shut_down(reason="host-signal", guest=False))
    run()
    serve(quits=False)


def silent():
    signal.pause()


def paused():
    greet()
    serve("query-status", answers={**ANSWERS, "query-status": {"running": False, "status": "paused"}})
    event("RESUME")
    serve("system_powerdown")
    shut_down()


def storms():
    """Never stops talking, and yet hears that it is to stop."""
    run()
    block = b'{"event": "RTC_CHANGE", "data": {"offset": 1}}\r\n' * 100
    monitor.setblocking(False)
    heard = b""
    while b"system_powerdown" not in heard:
        try:
            monitor.send(block)
        except BlockingIOError:
            pass
        try:
            heard += monitor.recv(4096)
        except BlockingIOError:
            pass
    sys.exit(3)


def flickers():
    run()
    for _ in range(5000):
        event("STOP")
        event("RESUME")
    serve("system_powerdown")
    shut_down()


def foreign_thread():
    greet()
    thread = [{"cpu-index": 0, "thread-id": os.getppid()}]
    serve(answers={**ANSWERS, "query-cpus-fast": thread})


def tells_descriptors():
    opened = [int(name) for name in os.listdir("/proc/self/fd")]
    links = []
    for fd in sorted(opened):
        try:
            links.append(f"{fd}={os.path.basename(os.readlink(f'/proc/self/fd/{fd}'))}")
        except OSError:
            pass  # the one that listed them
    print("has", *links, file=sys.stderr, flush=True)
    ends()


def slow():
    time.sleep(0.5)
    good()


if __name__ == "__main__":
    what, *words, last = sys.argv[1:]
    assert last == "-S", "a guest that runs before anybody listens"
    globals()[what](*words)
