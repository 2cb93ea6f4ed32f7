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


def test_what_does_not_compile_is_reported(apart):
    assert "power of 2" in apart(child.compile_planted, "double_in_place", 60)
    assert "total" in apart(child.compile_planted, "type_changes_in_a_loop", 64)


def test_a_number_that_is_one_is_another_kernel(apart):
    given, ones = [apart(child.compile_planted, "number_as_tensor", 64, "sm_90", v) for v in ("given", "ones")]
    assert not isinstance(given, str) and "Error" in ones


def test_spills_are_reported(apart):
    assert apart(child.compile_planted, "many_registers", 128)[1] == 0
    assert apart(child.compile_planted, "many_registers", 1 << 13)[1] > 0


def test_shared_memory_is_reported(apart):
    for block, fits in ((32, True), (128, False)):
        _, _, shared, limit = apart(child.compile_planted, "much_shared_memory", block, "sm_80")
        assert shared > 0 and (shared <= limit) == fits
