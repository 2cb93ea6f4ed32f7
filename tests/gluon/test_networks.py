"""Whole networks: what training makes of them, and files that real MXNet reads."""
from ..scripts import replay
from . import scripts_networks


# four steps of training multiply what float32 loses in one
@replay("networks", scripts_networks.CASES, tolerance=(1e-4, 1e-4))
def test_as_recorded(case, check):
    check(case)
