# SPDX-License-Identifier: LGPL-2.1-or-later
"""QEMU's machine protocol, as much of it as the driver needs."""
import json
import socket
import time


ECHO = 1.0      # seconds; no boot is that short


class QmpError(Exception):
    pass


def seconds(event):
    return event["timestamp"]["seconds"] + event["timestamp"]["microseconds"] / 1e6


class Qmp:
    def __init__(self, path, log=None):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(str(path))
        self.buffer, self.events, self.log, self.reset = b"", [], log, 0
        self._message(time.monotonic() + 20)
        self.command("qmp_capabilities")

    def _message(self, deadline):
        while b"\n" not in self.buffer:
            self.sock.settimeout(max(0.01, deadline - time.monotonic()))
            data = self.sock.recv(65536)
            if not data:
                raise QmpError("QEMU is gone")
            self.buffer += data
        line, self.buffer = self.buffer.split(b"\n", 1)
        return json.loads(line)

    def _note(self, event):
        if self.log:
            with open(self.log, "a") as f:
                f.write(json.dumps(event) + "\n")
        if event["event"] != "RESET" or self._begins_a_boot(event):
            self.events.append(event)

    def _begins_a_boot(self, event):
        """Linux tries one way to reset after the other, and a busy QEMU takes two of them for two:
        the second comes while the firmware has hardly begun."""
        if event["data"].get("reason") == "snapshot-load":
            return False
        before, self.reset = self.reset, seconds(event)
        return self.reset - before >= ECHO

    def command(self, name, timeout=60, **arguments):
        request = {"execute": name.replace("_", "-") if name != "qmp_capabilities" else name}
        if arguments:
            request["arguments"] = {k.replace("_", "-"): v for k, v in arguments.items()}
        self.sock.sendall(json.dumps(request).encode() + b"\n")
        deadline = time.monotonic() + timeout
        while True:
            try:
                m = self._message(deadline)
            except TimeoutError:
                raise QmpError(f"no answer to {name} within {timeout} s") from None
            if "event" in m:
                self._note(m)
            elif "error" in m:
                raise QmpError(f"{name}: {m['error']['desc']}")
            elif "return" in m:
                return m["return"]

    def hmp(self, line, timeout=60):
        """The human monitor, for what QMP has no synchronous command for; its text is the error."""
        return self.command("human-monitor-command", timeout, **{"command-line": line}).strip()

    def processors(self):
        """What each of them is at, in QEMU's words."""
        self.command("stop")
        registers = self.hmp("info registers -a").split("CPU#")[1:]
        found = [f"CPU {text}\n{self.hmp(f'info lapic {n}')}" for n, text in enumerate(registers)]
        self.command("cont")
        return found

    def is_connected(self, id):
        """Whether QEMU has taken up the connection to this character device's socket."""
        return any(c["label"] == id and not c["filename"].startswith("disconnected:")
                   for c in self.command("query-chardev"))

    def seen(self, name):
        """Whether such an event has come that nobody has waited for."""
        self.command("query-status")        # its answer comes behind all events so far
        return any(m["event"] == name for m in self.events)

    def wait_event(self, *names, timeout=60):
        deadline = time.monotonic() + timeout
        while True:
            for i, m in enumerate(self.events):
                if m["event"] in names:
                    del self.events[:i + 1]
                    return m
            try:
                m = self._message(deadline)
            except TimeoutError:
                raise QmpError(f"no {' or '.join(names)} within {timeout} s") from None
            if "event" in m:
                self._note(m)
