# SPDX-License-Identifier: LGPL-2.1-or-later
"""The private folder of a machine. One that a killed run has left behind goes with the next."""
import fcntl
import shutil
import tempfile
from pathlib import Path

PLACE, PREFIX = Path("/var/tmp"), "gpuhost-vm-"


class Scratch:
    def __init__(self):
        sweep()
        self.path = Path(tempfile.mkdtemp(prefix=PREFIX, dir=PLACE))
        self.lock = open(self.path / "lock", "w")       # held for as long as we live
        fcntl.flock(self.lock, fcntl.LOCK_EX)

    def close(self):
        shutil.rmtree(self.path, ignore_errors=True)
        self.lock.close()


def sweep():
    for folder in PLACE.glob(f"{PREFIX}*"):
        try:
            with open(folder / "lock") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
        except OSError:     # in use, somebody else's, or gone by now
            pass
