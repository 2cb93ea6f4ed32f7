"""mx.contrib against what real MXNet gave for the same scripts."""
from tests.contrib import scripts_amp, scripts_svrg
from tests.scripts import replay


@replay("amp", scripts_amp.CASES)
def test_amp(case, check):
    check(case)


@replay("svrg", scripts_svrg.CASES)
def test_svrg(case, check):
    check(case)
