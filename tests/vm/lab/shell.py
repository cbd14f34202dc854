# SPDX-License-Identifier: LGPL-2.1-or-later
"""A person at the machine's serial console."""
import contextlib
import os
import select
import sys
import termios
import tty

ESCAPE = b"\x1d"    # Ctrl-]
FOREVER = 24 * 3600


def attach(vm):
    """Joins this terminal and the console until Ctrl-] is typed or the machine is off."""
    vm.allow(FOREVER)
    print("the virtual host's console, logged in as root; Ctrl-] leaves and ends it")
    console = vm.connect_console()
    console.sendall(b"\n")
    old = termios.tcgetattr(0) if sys.stdin.isatty() else None
    try:
        if old:
            tty.setraw(0)
        _relay(console)
    finally:
        if old:
            termios.tcsetattr(0, termios.TCSADRAIN, old)
        print()


def _relay(console):
    while True:
        ready = select.select([0, console], [], [])[0]
        if 0 in ready:
            typed = os.read(0, 4096)
            if not typed or ESCAPE in typed:
                return
            console.sendall(typed)
        if console in ready:
            with contextlib.suppress(ConnectionError):
                said = console.recv(65536)
                if not said:
                    return
                os.write(1, said)
