"""What the interpreter is completed by: libdevice, bfloat16, numbers, reductions and scans."""
import math
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from triton_kernels import hostlib, pointwise
from triton_kernels.device import device
from triton_kernels.interpreter import argument, narrow, widen
from triton_kernels.launch import launch

from . import planted


def _up(*arrays):
    return [device(0).upload(np.asarray(a)) for a in arrays]


@pytest.mark.parametrize("name, x, y", [
    # values of the mathematical functions, to the digits of a double
    ("j0", 1., 0.7651976865579666), ("j1", 1., 0.4400505857449335),
    ("y0", 1., 0.08825696421567698), ("y1", 1., -0.7812128213002887), ("cyl_bessel_i0", 1., 1.2660658777520082),
    ("cyl_bessel_i1", 1., 0.5651591039924851), ("lgamma", 10., math.log(362880)), ("lgamma", -0.5, 1.2655121234846454),
    ("tgamma", 5., 24.), ("tgamma", -1.5, 2.3632718012073544), ("erf", 0.5, 0.5204998778130465),
    ("erfc", 3., 2.209049699858544e-05), ("erfcx", 30., 0.018795888861416751), ("erfcx", 1., 0.427583576155807),
    ("normcdf", 1., 0.8413447460685429), ("normcdfinv", 0.975, 1.959963984540054), ("expm1", 1e-10, 1.00000000005e-10),
    ("cbrt", -27., -3.), ("rcbrt", 8., 0.5), ("rsqrt", 4., 0.5), ("exp10", 3., 1000.), ("round", -2.5, -3.), ("rint", 2.5, 2.),
    ("sinpi", 1., 0.), ("cospi", 0.5, 0.), ("ilogb", 10., 3), ("logb", 0.3, -2.), ("saturate", 1.5, 1.),
    ("isnan", math.nan, 1), ("finite", math.inf, 0), ("signbit", -0., 1)])
def test_libdevice_values(name, x, y):
    assert hostlib.function("__nv_" + name)(np.array([x])) == pytest.approx(y, rel=1e-12, abs=1e-300)


@pytest.mark.parametrize("x", [1e-300, 1e-9, 0.1, 0.499, 0.5, 0.7, 0.999, 1 - 1e-12])
def test_inverse_error_functions(x):
    erfinv, erfcinv = hostlib.function("__nv_erfinv"), hostlib.function("__nv_erfcinv")
    assert math.erf(erfinv(np.array([x]))[0]) == pytest.approx(x, rel=1e-14)
    assert erfinv(np.array([-x]))[0] == -erfinv(np.array([x]))[0]
    assert math.erfc(erfcinv(np.array([x]))[0]) == pytest.approx(x, rel=1e-12)


def test_inverse_error_functions_at_the_ends():
    erfinv, erfcinv = hostlib.function("__nv_erfinv"), hostlib.function("__nv_erfcinv")
    np.testing.assert_array_equal(erfinv(np.array([0., 1, -1, 2])), [0, np.inf, -np.inf, np.nan])
    np.testing.assert_array_equal(erfcinv(np.array([0., 1, 2, 3])), [np.inf, 0, -np.inf, np.nan])


@pytest.mark.parametrize("name, x, y", [
    ("popc", -1, 32), ("clz", 1, 31), ("clz", 0, 32), ("ffs", 8, 4), ("ffs", 0, 0), ("brev", 1, -2 ** 31)])
def test_bits(name, x, y):
    assert hostlib.function("__nv_" + name)(np.array([x], np.int32)) == y


def test_conversions_stop_at_the_ends():
    x = np.array([1e20, -1e20, np.nan, 2.5, -2.5])
    np.testing.assert_array_equal(hostlib.function("__nv_float2int_rn")(x), [2 ** 31 - 1, -2 ** 31, 0, 2, -2])
    np.testing.assert_array_equal(hostlib.function("__nv_float2int_rd")(x)[3:], [2, -3])
    np.testing.assert_array_equal(hostlib.function("__nv_double2ll_ru")(x)[3:], [3, -2])


def test_every_function_of_floats_is_there():
    """What Triton declares of libdevice, but for directed rounding and arithmetic on halves of words."""
    import inspect
    import re

    from triton.language.extra.cuda import libdevice
    missing = {s for s in re.findall(r'"(__nv_\w+)"', inspect.getsource(libdevice)) if hostlib.function(s) is None}
    directed = {s for s in missing if s.endswith(("_rd", "_ru", "_rz"))}
    assert missing - directed == {
        "__nv_byte_perm", "__nv_double2float_rn", "__nv_double2hiint", "__nv_double2loint", "__nv_hadd", "__nv_hiloint2double",
        "__nv_mul24", "__nv_rcp64h", "__nv_rhadd", "__nv_sad", "__nv_uhadd", "__nv_umul24", "__nv_urhadd", "__nv_usad"}


def test_a_function_that_is_not_there_is_named():
    with pytest.raises(NotImplementedError, match="__nv_sad"):
        pointwise.run("libdevice.sad(x.to(tl.int32), x.to(tl.int32), x.to(tl.int32).to(tl.uint32))", _up(np.ones(3, "f4")))


def test_halves_have_no_overload():
    (x,), o = _up(np.ones(16, np.float16)), device(0).empty((16,), np.float16)
    with pytest.raises((KeyError, ValueError, TypeError)):
        launch(planted.library, 1, x, o, 16, B=16, F="tanh")


def test_bfloat16_is_rounded_to_even():
    x = np.array([1 + 2 ** -8, 1 + 3 * 2 ** -8, -1 - 2 ** -8, np.inf, np.nan, 3e38], np.float32)
    got = widen(narrow(x))
    np.testing.assert_array_equal(got[:5], np.array([1, 1 + 2 ** -6, -1, np.inf, np.nan], np.float32))
    assert abs(got[5] / 3e38 - 1) < 2 ** -8


def test_bfloat16_arithmetic():
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((2, 64)).astype(np.float32)
    a, b = widen(narrow(x)), widen(narrow(y))
    bx, by, o = *_up(x, y), device(0).empty((64,), np.float32)
    launch(planted.bfloat16, 1, bx, by, o, N=64)
    np.testing.assert_array_equal(o.numpy(), widen(narrow(widen(narrow(a * b)) + a)))


def test_bfloat16_product():
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((2, 32, 32)).astype(np.float32)
    bx, by, o = *_up(x, y), device(0).empty((32, 32), np.float32)
    launch(planted.bfloat16_product, 1, bx, by, o, N=32)
    np.testing.assert_allclose(o.numpy(), widen(narrow(x)).astype("f8") @ widen(narrow(y)), rtol=1e-5, atol=1e-5)


def test_reduce_keeps_the_order():
    x = np.arange(8 * 32, dtype=np.float32).reshape(8, 32)
    bx, o = *_up(x), device(0).empty((8,), np.float32)
    launch(planted.last_by_reduce, 1, bx, o, M=8, N=32)
    np.testing.assert_array_equal(o.numpy(), x[:, -1])


def test_scan_of_pairs():
    rng = np.random.default_rng(0)
    a, b = rng.uniform(0.5, 1.5, (2, 32))
    bx, by, o = *_up(a, b), device(0).empty((32,), np.float64)
    launch(planted.recurrence, 1, bx, by, o, N=32)
    expected, s = [], 0
    for p, q in zip(a, b):
        s = s * p + q
        expected.append(s)
    np.testing.assert_allclose(o.numpy(), expected, rtol=1e-12)


def test_extremes_of_nan_are_the_other():
    x, y = [1, np.nan, np.nan, 2] * 4, [3, 1, np.nan, np.nan] * 4
    bx, by, o = *_up(np.float32(x), np.float32(y)), device(0).empty((32,), np.float32)
    launch(planted.extremes, 1, bx, by, o, N=16)
    np.testing.assert_array_equal(o.numpy().reshape(2, 4, 4)[:, 0], [[3, 1, np.nan, 2], [1, 1, np.nan, 2]])


@pytest.mark.parametrize("i, j, f", [(3, 2 ** 40, 0.5), (0, -2 ** 31 - 1, -1.25), (1, 2 ** 63 - 1, 0.1)])
def test_numbers(i, j, f):
    o = device(0).empty((16,), np.float64)
    launch(planted.numbers, 1, o, i, j, f, N=16)
    assert o.numpy()[0] == float(i) + float(j) + float(np.float32(f)) + i + (0.5 if i > 2 else 0)


def test_types_of_arguments():
    numbers = 1, -2 ** 31, 2 ** 31, -2 ** 31 - 1, 2 ** 63, 1.5, True, np.int64(7), np.float32(2)
    assert [argument(v).dtype.name for v in numbers] == [
        "int32", "int32", "int64", "int64", "uint64", "fp32", "int1", "int32", "fp32"]
    for dtype, name in [("float16", "fp16"), ("float64", "fp64"), ("uint8", "uint8"), ("bool", "int1"), ("int64", "int64")]:
        assert argument(device(0).empty((2,), dtype)).dtype.element_ty.name == name
    assert [v.dtype.name for v in argument((1, (2.5,)))[:1]] == ["int32"]
    with pytest.raises(TypeError, match="str"):
        argument("1")


def test_threads_launch_one_after_the_other():
    x, y = np.arange(64, dtype=np.float32), np.arange(64, dtype=np.float32)[::-1].copy()
    bx, by = _up(x, y)

    def ran(_):
        o = device(0).empty((64,), np.float32)
        launch(planted.add, 8, bx, by, o, 64, B=8)
        return o.numpy()
    with ThreadPoolExecutor(4) as pool:
        for o in pool.map(ran, range(40)):
            np.testing.assert_array_equal(o, x + y)
