"""Every run of every Spec in the interpreter, strictly watched, in shuffled order, against numpy in float64."""
import pytest

from triton_kernels import launch
from triton_kernels.device import device
from triton_kernels.spec import load, verify
from triton_kernels.strict import strict

from . import specs

RUNS = [run for spec in load(specs).values() for run in spec.runs()]


@pytest.mark.parametrize("run", RUNS, ids=str)
def test_values(run, monkeypatch):
    monkeypatch.setattr(launch, "largest", run.spec.block)
    with strict():
        verify(run, device(0))
