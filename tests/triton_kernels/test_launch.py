"""The way of a compiled launch, up to a driver without a device behind it: arguments, grids, caches."""
import multiprocessing
from concurrent.futures import ProcessPoolExecutor

import pytest

from triton_kernels.spec import load

from . import child, specs


@pytest.mark.parametrize("name", [s.name for s in load(specs).values() if s.raises is None])
def test_launches(name, apart):
    launches, compiled, again, compiled_again = apart(child.launch_all, name)
    assert launches > 0 and again == launches
    assert 0 <= compiled <= launches and compiled_again == 0


@pytest.mark.parametrize("name", ["muladd", "sum", "matmul", "cumsum", "contiguous"])
def test_what_is_compiled_ahead_is_what_is_launched(name, apart):
    launched, ahead = apart(child.hashes, name)
    assert launched <= ahead and ahead


def test_a_kernel_for_each_specialisation(apart):
    calls = [(0, 32), (4, 48), (1, 32), (0, 33), (0, 35), (0, 1), (0, 2 ** 31), (0, 2 ** 31 + 1), (0, 2 ** 63), (0, -16),
             (0, 1.5), (0, 1.0), (0, True), (1, 1)]
    assert apart(child.specialisations, calls) == [1, 1, 2, 3, 3, 4, 5, 6, 7, 7, 8, 8, 9, 10]


def test_what_is_no_argument_is_refused(apart):
    assert apart(child.refused, 1, "12").startswith("TypeError: a kernel takes")


@pytest.mark.parametrize("grid", [(1, 65536), (1, 1, 65536)])
def test_the_driver_has_its_say(grid, apart):
    assert "the stand-in refuses" in apart(child.refused, grid)
    assert apart(child.refused, tuple(min(n, 65535) for n in grid)) is None


def test_a_second_process_compiles_nothing(tmp_path):
    counts = []
    for _ in range(2):
        with ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), child.begin, (tmp_path,)) as pool:
            counts.append(pool.submit(child.compilations, "muladd").result())
    (compiled, _), (compiled_again, found) = counts
    assert compiled > 0 and compiled_again == 0 and found == compiled
