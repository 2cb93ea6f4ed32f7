"""mx.contrib against what real MXNet gave for the same scripts."""
from tests.contrib import scripts_svrg
from tests.scripts import replay


@replay("svrg", scripts_svrg.CASES)
def test_svrg(case, check):
    check(case)
