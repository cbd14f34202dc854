# SPDX-License-Identifier: LGPL-2.1-or-later
"""The command channel: our end of what guest/agent.c speaks."""
import select
import socket
from dataclasses import dataclass


class AgentError(Exception):
    pass


@dataclass
class Result:
    rc: int
    out: str
    err: str


def connect(path):
    s = socket.socket(socket.AF_UNIX)
    s.connect(str(path))
    return s


class Agent:
    """Which boot has answered (`boot_id`), and what became of commands, by their numbers (`results`)."""

    def __init__(self):
        self.sock = self.boot_id = self.left_boot = None
        self.buffer, self.results, self.next_id = b"", {}, 1

    def connect(self, path):
        """Anew: what was on its way is forgotten, and the guest has to say hello."""
        self.close()
        self.sock = connect(path)
        self.buffer, self.results, self.boot_id = b"", {}, None

    def close(self):
        if self.sock:
            self.sock.close()
        self.sock = None

    def send(self, command, stdin):
        """Has a command started; its number."""
        data = command.encode()
        self.sock.settimeout(30)
        self.sock.sendall(b"run %d %d %d\n" % (self.next_id, len(data), len(stdin)) + data + stdin)
        self.next_id += 1
        return self.next_id - 1

    def hear(self, seconds):
        """Reads what is said for at most so long; true if there was something. EOFError when QEMU has
        closed its end."""
        if not select.select([self.sock], [], [], seconds)[0]:
            return False
        try:
            data = self.sock.recv(1 << 20)
        except ConnectionResetError:    # what we sent last was not read any more
            data = b""
        if not data:
            raise EOFError
        self.buffer += data
        while self._frame():
            pass
        return True

    def _frame(self):
        line, newline, rest = self.buffer.partition(b"\n")
        if not newline:
            return False
        words = line.split()
        if words and words[0] == b"hello":
            # The agent of a boot that is about to end may say it once more.
            if words[1].decode() != self.left_boot:
                self.boot_id = words[1].decode()
            self.buffer = rest
        elif len(words) == 5 and words[0] == b"done":
            out, err = int(words[3]), int(words[4])
            if len(rest) < out + err:
                return False
            self.results[int(words[1])] = Result(
                int(words[2]), rest[:out], rest[out:out + err])
            self.buffer = rest[out + err:]
        else:
            raise AgentError(f"not understood from the agent: {line[:80]!r}")
        return True
