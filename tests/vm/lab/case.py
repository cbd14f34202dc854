# SPDX-License-Identifier: LGPL-2.1-or-later
"""How a case names its host."""
import pytest

from .machine import HARD_LIMIT


def on(*hosts, fresh=False, limit=HARD_LIMIT):
    """Decorates a case with the host, or the hosts, that its `vm` is to be."""
    return pytest.mark.parametrize("vm", [pytest.param((h, fresh, limit), id=str(h))
                                          for h in hosts], indirect=True)
