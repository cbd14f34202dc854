# SPDX-License-Identifier: LGPL-2.1-or-later
"""What cases ask of a guest, in words that its shell is told."""
import shlex


class Words:
    """Of a machine: it can `run` a command, and does so `until` that succeeds."""

    def out(self, command, **kw):
        return self.run(command, **kw).out.strip()

    def put(self, path, data, mode=None):
        quoted = shlex.quote(str(path))
        self.run(f"mkdir -p $(dirname {quoted}) && cat > {quoted}"
                 + (f" && chmod {mode:o} {quoted}" if mode else ""), stdin=data)

    def get(self, path):
        return self.run(["cat", path], text=False).out

    def read(self, path):
        return self.get(path).decode(errors="replace").strip()

    def wait_unit(self, unit, state="active", timeout=30):
        return self.until(f'test "$(systemctl show -P ActiveState {shlex.quote(unit)})" = {state}',
                          timeout)

    def wait_journal(self, pattern, timeout=30, options="-b"):
        """Until the journal, from this boot's beginning, has a line that matches: that line."""
        return self.until(f"journalctl {options} -o cat --no-pager "
                          f"| grep -E -- {shlex.quote(pattern)}", timeout).out.splitlines()[0]

    def wait_kernel(self, pattern, timeout=30):
        """Until the kernel has logged a line that matches: that line."""
        return self.until(f"dmesg | grep -E -- {shlex.quote(pattern)}", timeout).out.splitlines()[0]
