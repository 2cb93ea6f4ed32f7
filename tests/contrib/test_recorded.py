"""mx.contrib against what real MXNet gave for the same scripts."""
import pytest
from mxnet.optimizer import Optimizer

from tests.contrib import scripts_amp, scripts_svrg
from tests.scripts import replay

# importing the module registers its optimizers, as in MXNet; other tests want to find what a plain import gives
SVRG = {name: Optimizer.opt_registry.pop(name) for name in ("_assignmentoptimizer", "_svrgoptimizer")}


@pytest.fixture
def registered():
    Optimizer.opt_registry.update(SVRG)
    yield
    for name in SVRG:
        Optimizer.opt_registry.pop(name)


@replay("amp", scripts_amp.CASES)
def test_amp(case, check):
    check(case)


@replay("svrg", scripts_svrg.CASES)
def test_svrg(case, check, registered):
    check(case)
