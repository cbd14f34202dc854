# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a machine leaves in its folder while it runs."""
import re
import shutil

FILES = ("console.log", "qemu.log", "qemu.argv", "commands.log", "events.log")
TROUBLE = re.compile(rb"Kernel panic - not syncing[^\r\n]*|No bootable device|Shell> $")


class Logs:
    def __init__(self, folder):
        self.dir, self.console_log = folder, folder / "console.log"

    def console(self):
        path = self.console_log
        return path.read_text(errors="replace").replace("\r", "") if path.exists() else ""

    def console_size(self):
        return self.console_log.stat().st_size if self.console_log.exists() else 0

    def trouble(self, after):
        """A panic, or that nothing boots, on the console behind so many bytes; None if all is well."""
        if self.console_size() <= after:
            return None
        with open(self.console_log, "rb") as f:
            f.seek(after)
            found = TROUBLE.search(f.read())
        return found and found[0].decode(errors="replace").strip()

    def last_words(self):
        return (self.dir / "qemu.log").read_text(errors="replace")[-2000:].strip() or "no word"

    def command(self, number, command):
        with open(self.dir / "commands.log", "a") as f:
            f.write(f"{number}: {command}\n")

    def result(self, number, result):
        with open(self.dir / "commands.log", "ab") as f:
            f.write(b"%d: status %d\n" % (number, result.rc) + result.out[-2000:] + result.err[-2000:])

    def copy(self, folder):
        for name in FILES:
            if (self.dir / name).exists():
                shutil.copy(self.dir / name, folder)
