# SPDX-License-Identifier: LGPL-2.1-or-later
"""How a case names its host."""
import pytest

from .host import Host
from .machine import HARD_LIMIT


def on(*hosts, fresh=False, limit=HARD_LIMIT):
    """Decorates a case with the host, or the hosts, that its `vm` is to be."""
    return pytest.mark.parametrize("vm", [_param(h, fresh, limit) for h in hosts], indirect=True)


def only_long(host):
    """A host that the case runs on in long runs only."""
    return pytest.param(host, marks=pytest.mark.long)


def _param(host, fresh, limit):
    marks = ()
    if not isinstance(host, Host):
        (host,), marks = host.values, host.marks
    return pytest.param((host, fresh, limit), id=str(host), marks=marks)
