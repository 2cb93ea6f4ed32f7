"""The way of a compiled launch, up to a driver without a device behind it: arguments, grids, caches."""
import pytest

from triton_kernels.spec import load

from . import child, specs


@pytest.mark.parametrize("name", [s.name for s in load(specs).values() if s.raises is None])
def test_launches(name, apart):
    launches, compiled, again, compiled_again = apart(child.launch_all, name)
    assert launches > 0 and again == launches
    assert 0 <= compiled <= launches and compiled_again == 0
