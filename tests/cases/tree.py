# SPDX-License-Identifier: LGPL-2.1-or-later
"""The host.tree format: one entry a line, sorted by path.

    d PATH
    l PATH -> TARGET
    f PATH MODE "TEXT"          escapes: \\n \\t \\\\ \\" \\xNN
    b PATH MODE HEX

This is a second reader and writer of the format, on purpose independent of the C one.
"""

import os
import posixpath
import re

_ESCAPES = {"n": b"\n", "t": b"\t", "\\": b"\\", '"': b'"'}
_UNESCAPES = {0x0A: "\\n", 0x09: "\\t", 0x5C: "\\\\", 0x22: '\\"'}
_LINE = re.compile(
    r'(?:d (?P<dir>\S+)'
    r'|l (?P<link>\S+) -> (?P<target>.+)'
    r'|f (?P<file>\S+) (?P<fmode>[0-7]{4}) "(?P<text>(?:[^"\\]|\\.)*)"'
    r'|b (?P<blob>\S+) (?P<bmode>[0-7]{4}) (?P<hex>(?:[0-9a-f]{2})*))\Z')


class TreeError(Exception):
    pass


def escape(data):
    return "".join(_UNESCAPES.get(byte) or (chr(byte) if 0x20 <= byte < 0x7F else f"\\x{byte:02x}")
                   for byte in data)


def unescape(text):
    out = bytearray()
    at = 0
    while at < len(text):
        if text[at] != "\\":
            out += text[at].encode()
            at += 1
        elif text[at + 1] == "x":
            out.append(int(text[at + 2:at + 4], 16))
            at += 4
        else:
            out += _ESCAPES[text[at + 1]]
            at += 2
    return bytes(out)


class Tree:
    """Entries by path: ('d',), ('l', target), ('f', mode, bytes) or ('b', mode, bytes)."""

    def __init__(self):
        self.entries = {}

    def _add(self, path, entry):
        if path.startswith("/") or posixpath.normpath(path) != path or " " in path:
            raise TreeError(f"not a plain relative path: {path}")
        if self.entries.setdefault(path, entry) != entry:
            raise TreeError(f"{path}: described twice, differently")

    def dir(self, path):
        self._add(path, ("d",))

    def link(self, path, target):
        self._add(path, ("l", target))

    def link_to(self, path, to):
        """A relative link from path to another path of the tree, as sysfs has them."""
        self.link(path, posixpath.relpath(to, posixpath.dirname(path)))

    def file(self, path, text, mode=0o644):
        self._add(path, ("f", mode, text.encode() if isinstance(text, str) else text))

    def blob(self, path, data, mode=0o644):
        self._add(path, ("b", mode, data))

    def replace(self, path, text):
        """A file with other contents, whatever stood there."""
        self.remove(path)
        self.file(path, text, 0o444 if path.startswith("sys/") else 0o644)

    def remove(self, path):
        for known in [p for p in self.entries if p == path or p.startswith(path + "/")]:
            del self.entries[known]

    def dumps(self):
        return "".join(self._line(path, self.entries[path]) for path in sorted(self.entries))

    @staticmethod
    def _line(path, entry):
        path = path.replace("\\", "\\\\")
        match entry:
            case ("d",):
                return f"d {path}\n"
            case ("l", target):
                return f"l {path} -> {target}\n"
            case ("f", mode, data):
                return f'f {path} {mode:04o} "{escape(data)}"\n'
            case (_, mode, data):
                return f"b {path} {mode:04o} {data.hex()}\n"

    @classmethod
    def loads(cls, text, name="host.tree"):
        tree = cls()
        last = ""
        for number, line in enumerate(text.splitlines(), 1):
            found = _LINE.match(line)
            if not found:
                raise TreeError(f"{name}:{number}: not an entry: {line}")
            path = unescape(found["dir"] or found["link"] or found["file"] or found["blob"]).decode()
            if path <= last:
                raise TreeError(f"{name}:{number}: not sorted: {path} after {last}")
            last = path
            if found["dir"]:
                tree.dir(path)
            elif found["link"]:
                tree.link(path, found["target"])
            elif found["file"]:
                tree.file(path, unescape(found["text"]), int(found["fmode"], 8))
            else:
                tree.blob(path, bytes.fromhex(found["hex"]), int(found["bmode"], 8))
        return tree

    def unpack(self, folder):
        made = set()
        for path, entry in self.entries.items():
            full = os.path.join(folder, path)
            parent = full if entry[0] == "d" else os.path.dirname(full)
            if parent not in made:
                os.makedirs(parent, exist_ok=True)
                made.add(parent)
            if entry[0] == "l":
                os.symlink(entry[1], full)
            elif entry[0] != "d":
                with open(full, "wb") as file:
                    file.write(entry[2])
                os.chmod(full, entry[1])
