# SPDX-License-Identifier: LGPL-2.1-or-later
"""A container of this machine that boots a root of one's own, with things laid over /usr."""

import os
import subprocess


def skeleton(root, *more):
    """The folders and links that there have to be."""
    for name in ("usr", "proc", "sys", "dev", "run", "tmp", "var", "root", *more):
        (root / name).mkdir(parents=True)
    for name in ("bin", "sbin", "lib", "lib64"):
        (root / name).symlink_to(f"usr/{name}")


def boot(root, over, limit, usr="/usr"):
    """Until done.service has ended it; returns what the container said."""
    ran = subprocess.run(
        ["systemd-nspawn", "--boot", f"--directory={root}", f"--overlay-ro={usr}:{over}:/usr",
         "--register=no", "--keep-unit", "--private-network", "--quiet", "--console=pipe",
         "--", "systemd.unit=done.service"],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=limit,
        check=False, env={**os.environ, "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1"})
    return ran.stdout.decode(errors="replace")
