"""What ``strict`` finds in planted mistakes, and that it leaves correct kernels alone."""
import numpy as np
import pytest

from triton_kernels.device import device
from triton_kernels.launch import launch
from triton_kernels.strict import BoundsError, RaceError, strict

from . import planted


def _launch(kernel, grid=1, n=12, o=None, B=16, view=None):
    d = device(0)
    x = d.upload(np.arange(n, dtype=np.float32))
    o = d.upload(np.zeros(n + 4 if o is None else o, np.float32))
    if view is not None:
        o = o[view]
    launch(getattr(planted, kernel), grid, x, o, n, B=B)
    return o.numpy()


@pytest.mark.parametrize("kernel, error", [
    ("load_unmasked", BoundsError), ("two_lanes_one_place", RaceError), ("reverse_in_place", RaceError),
    ("read_back", RaceError)])
def test_one_program(kernel, error):
    _launch(kernel)
    with strict(), pytest.raises(error, match=kernel):
        _launch(kernel)


@pytest.mark.parametrize("kernel", ["count_without_atomics", "read_the_neighbour", "read_what_is_counted"])
def test_several_programs(kernel):
    _launch(kernel, 4)
    with strict(), pytest.raises(RaceError, match=kernel):
        _launch(kernel, 4)


@pytest.mark.parametrize("kernel, grid", [("read_back_after_a_barrier", 1), ("double_in_place", 1), ("count", 5)])
def test_what_is_right_passes(kernel, grid):
    with strict():
        _launch(kernel, grid)


def test_the_extent_is_the_views():
    with strict():
        _launch("double_in_place", o=24, view=slice(None, 12))
        _launch("double_in_place", n=6, o=24, view=slice(6, 12))
        for view in (slice(None, 11), slice(13, 24)):
            with pytest.raises(BoundsError):
                _launch("double_in_place", o=24, view=view)


def test_the_extent_of_other_strides():
    from triton_kernels.interpreter import _extents
    b = device(0).empty((4, 6), np.float32)
    for view, first, last in [(b[::-1], 0, 24), (b[:, ::-2], 1, 24), (b[1:3, 2:4], 8, 16), (b[:1].broadcast_to((9, 6)), 0, 6),
                              (b[2, 3].broadcast_to((5,)), 15, 16)]:
        assert list(_extents([view])) == [(b.ptr + 4 * first, b.ptr + 4 * last)]
    assert list(_extents([b[:0], 3, 1.5])) == []


def test_a_store_past_the_end_names_where():
    with strict(), pytest.raises(BoundsError, match=r"program \(0, 0, 0\): store out of bounds in 1 lanes.* 48 bytes"):
        _launch("store_one_over", o=12)


def test_lanes_that_are_not_loaded_are_poisoned():
    assert np.isfinite(_launch("sum_without_other")[0])
    with strict():
        assert np.isnan(_launch("sum_without_other")[0])
    with strict(poison=False):
        assert _launch("sum_without_other")[0] == 66


def test_programs_run_in_another_order_that_a_seed_gives():
    def ran(**checks):
        d = device(0)
        o = d.empty((32,), np.int32)
        with strict(**checks):
            launch(planted.order, 32, d.upload(np.zeros(1, np.int32)), o, 1, B=16)
        return o.numpy().tolist()
    straight = list(range(32))
    assert ran(order=None) == straight
    assert ran(order="reverse") == straight[::-1]
    shuffled = ran(seed=1)
    assert sorted(shuffled) == straight and shuffled != straight
    assert shuffled == ran(seed=1) != ran(seed=2)


@pytest.mark.parametrize("check, kernel, grid", [("bounds", "load_unmasked", 1), ("races", "read_the_neighbour", 4),
                                                 ("hazards", "read_back", 1)])
def test_checks_can_be_left_out(check, kernel, grid):
    with strict(**{check: False}):
        _launch(kernel, grid)
