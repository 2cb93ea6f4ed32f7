"""Every kernel that a Spec launches at real size compiles, ahead of time, for every target, without spilling registers."""
import pytest

from triton_kernels.spec import load

from . import child, specs


@pytest.mark.parametrize("name", [s.name for s in load(specs).values() if s.raises is None])
def test_compiles(name, apart):
    found = apart(child.compile_all, name)
    assert found, "nothing is launched"
    wrong = [f"{what}: {problem}" for what, problem in found if problem]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("name", ["muladd", "exp", "contiguous"])
def test_contiguous_elements_are_moved_several_at_a_time(name, apart):
    for every, wide in apart(child.accesses, name):
        assert every == wide > 0
