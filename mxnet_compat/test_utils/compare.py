"""Comparing arrays: tolerances by type, and assertions that say where the largest error is."""
import functools
import numbers

import numpy as np

from ..ndarray import NDArray

__all__ = ["almost_equal", "almost_equal_ignore_nan", "assert_allclose", "assert_almost_equal",
           "assert_almost_equal_ignore_nan", "assert_almost_equal_with_err", "assert_exception", "checkShapes",
           "compare_ndarray_tuple", "default_atols", "default_numeric_eps", "default_rtols", "effective_dtype",
           "find_max_violation", "get_atol", "get_etol", "get_rtol", "get_tolerance", "get_tols", "locationError",
           "same", "same_array"]

_EXACT = dict.fromkeys(map(np.dtype, ("bool", "int8", "uint8", "int32", "uint32", "int64", "uint64")), 0)


def default_rtols():
    """Relative tolerances by dtype: 1e-2, 1e-4, 1e-5 for float16, 32, 64, and 0 for integers and bool."""
    return {np.dtype("float16"): 1e-2, np.dtype("float32"): 1e-4, np.dtype("float64"): 1e-5, **_EXACT}


def default_atols():
    """Absolute tolerances by dtype: 1e-1, 1e-3, 1e-20 for float16, 32, 64, and 0 for integers and bool."""
    return {np.dtype("float16"): 1e-1, np.dtype("float32"): 1e-3, np.dtype("float64"): 1e-20, **_EXACT}


def default_numeric_eps():
    """Steps of finite differences by dtype: powers of two, so that adding them loses little."""
    return {np.dtype("float16"): 2.0 ** -6, np.dtype("float32"): 2.0 ** -9, np.dtype("float64"): 2.0 ** -14}


def effective_dtype(dat):
    """The dtype whose precision ``dat`` has."""
    return np.dtype(dat.dtype)


def get_tolerance(dat, tol, default_tol):
    """``tol``, or if it is a dictionary, or None, its (the default's) entry for the dtype of ``dat``."""
    if isinstance(tol, numbers.Number):
        return tol
    table, dtype = default_tol if tol is None else tol, effective_dtype(dat)
    if dtype not in table:
        raise TypeError(f"there is no tolerance for {dtype}; there is for {', '.join(map(str, table))}")
    return table[dtype]


def _array(x):
    return x.asnumpy() if isinstance(x, NDArray) else np.asarray(x)


def get_tols(x, y, rtol, atol):
    """(rtol, atol) for comparing two arrays: the larger one of each."""
    x, y = (v if isinstance(v, (NDArray, np.ndarray, np.generic)) else np.asarray(v) for v in (x, y))
    rtol = max(get_tolerance(x, rtol, default_rtols()), get_tolerance(y, rtol, default_rtols()))
    atol = max(get_tolerance(x, atol, default_atols()), get_tolerance(y, atol, default_atols()))
    return rtol, atol


def get_rtol(rtol=None, dtype=np.dtype("float64")):
    """The relative tolerance, by default the one of ``dtype``."""
    return default_rtols()[np.dtype(dtype)] if rtol is None else rtol


def get_atol(atol=None, dtype=np.dtype("float64")):
    """The absolute tolerance, by default the one of ``dtype``."""
    return default_atols()[np.dtype(dtype)] if atol is None else atol


def get_etol(etol=None):
    """The tolerated share of wrong elements, by default none."""
    return 0 if etol is None else etol


def _violations(a, b, rtol, atol):
    """How many times its tolerance each difference is (0 where equal), computed so that no type wraps or overflows."""
    a, b = (x.astype(np.float64) if x.dtype.kind in "fiub" else x for x in (a, b))
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        # what MXNet adds keeps errors finite where nothing is tolerated
        tolerance = atol + rtol * np.abs(b) + 1e-20
        difference = np.where(a == b, 0.0, np.abs(a - b))
        return np.where(difference == 0, 0.0, difference / tolerance)


def find_max_violation(a, b, rtol=None, atol=None):
    """(index, value) of the largest error, as a multiple of its tolerance; nan is larger than all."""
    a, b = _array(a), _array(b)
    rtol, atol = get_tols(a, b, rtol, atol)
    violation = _violations(a, b, rtol, atol)
    index = np.unravel_index(np.argmax(violation), violation.shape)
    return tuple(int(i) for i in index), violation[index]


def same(a, b):
    """Whether two arrays have the same shape and elements."""
    return np.array_equal(_array(a), _array(b))


def same_array(array1, array2):
    """Whether two NDArrays share memory, found out by writing."""
    array1[:] += 1
    shared = same(array1, array2)
    array1[:] -= 1
    return shared and same(array1, array2)


def _equal_shapes(a, b, names):
    if a.shape != b.shape:
        raise AssertionError(f"{names[0]} has shape {a.shape} but {names[1]} has shape {b.shape}\n"
                             f"{names[0]}: {a!r}\n{names[1]}: {b!r}")


def checkShapes(a, b):
    """AssertionError unless the shapes are equal."""
    _equal_shapes(_array(a), _array(b), ("a", "b"))


def almost_equal(a, b, rtol=None, atol=None, equal_nan=False, use_broadcast=True):
    """Whether all differences are within tolerance (see ``get_tols``)."""
    a, b = _array(a), _array(b)
    if not use_broadcast:
        _equal_shapes(a, b, ("a", "b"))
    if a.dtype == np.bool_ and b.dtype == np.bool_:
        return np.array_equal(a, b)
    rtol, atol = get_tols(a, b, rtol, atol)
    return bool(np.allclose(a, b, rtol=rtol, atol=atol, equal_nan=equal_nan))


def locationError(a, b, index, names, maxError=False):
    """The text that names a place and both values there."""
    what = "maximum error" if maxError else "error"
    return f"Location of {what}: {index}, {names[0]}={a[index]:.8f}, {names[1]}={b[index]:.8f}"


def _abbreviated(x):
    with np.printoptions(threshold=20, edgeitems=3):
        lines = repr(x).split("\n")
    return "\n".join(lines[:3] + ["..."] if len(lines) > 4 else lines)


def _fail(a, b, rtol, atol, names, mismatches, violation):
    """Print the largest errors and raise the AssertionError."""
    wrong = np.flatnonzero(~(violation.ravel() <= 1))
    order = wrong[np.argsort(-np.nan_to_num(violation.ravel()[wrong], nan=np.inf), kind="stable")]
    show, places = mismatches[1], [np.unravel_index(i, violation.shape) for i in order[:max(mismatches[1], 1)]]
    a, b = np.broadcast_to(a, violation.shape), np.broadcast_to(b, violation.shape)
    places = [tuple(int(i) for i in place) for place in places]
    if violation.ndim and show > 0:
        print(f"\n*** Maximum errors for vector of size {violation.size}:  rtol={rtol}, atol={atol}\n")
        for n, place in enumerate(places[:show]):
            print(f"{n + 1:>3}: Error {violation[place]:f}  {locationError(a, b, place, names)}")
    worst = places[0]
    raise AssertionError(
        f"\n{names[0]} and {names[1]} differ:\nError {violation[worst]:f} exceeds tolerance rtol={rtol:e}, "
        f"atol={atol:e} (mismatch {100.0 * len(wrong) / violation.size:f}%).\n"
        f"{locationError(a, b, worst, names, maxError=True) if violation.ndim else ''}\n"
        f" {names[0]}: {_abbreviated(a)}\n {names[1]}: {_abbreviated(b)}")


def assert_almost_equal(a, b, rtol=None, atol=None, names=("a", "b"), equal_nan=False, use_broadcast=True,
                        mismatches=(10, 10)):
    """AssertionError unless ``|a - b| <= atol + rtol * |b|`` everywhere; arrays, NDArrays or numbers.

    Tolerances are numbers, dictionaries by dtype, or None for ``default_rtols()`` and ``default_atols()``. The message
    gives the largest error; ``mismatches[1]`` of the largest are printed. ``use_broadcast=False`` demands equal shapes.
    """
    a, b = _array(a), _array(b)
    if a.dtype == np.bool_ and b.dtype == np.bool_:
        np.testing.assert_equal(a, b)
        return
    rtol, atol = get_tols(a, b, rtol, atol)
    if not use_broadcast:
        _equal_shapes(a, b, names)
    # the usual case is quick; the slow way also decides what numpy computes in half precision
    if np.array_equal(a, b, equal_nan=equal_nan) or np.allclose(a, b, rtol=rtol, atol=atol, equal_nan=equal_nan):
        return
    violation = _violations(a, b, rtol, atol)
    if equal_nan:
        violation = np.where(np.isnan(a.astype(np.float64)) & np.isnan(b.astype(np.float64)), 0.0, violation)
    if not (violation <= 1).all():
        _fail(a, b, rtol, atol, names, mismatches, violation)


def assert_allclose(a, b, rtol=1e-07, atol=0, equal_nan=True):
    """``assert_almost_equal`` with the tolerances of numpy's function of this name."""
    assert_almost_equal(a, b, rtol=rtol, atol=atol, equal_nan=equal_nan)


def assert_almost_equal_with_err(a, b, rtol=None, atol=None, etol=None, names=("a", "b"), equal_nan=False,
                                 mismatches=(10, 10)):
    """``assert_almost_equal``, where the share ``etol`` of the elements may be wrong."""
    etol = get_etol(etol)
    if etol > 0:
        a, b = _array(a), _array(b)
        rtol, atol = get_tols(a, b, rtol, atol)
        wrong = np.size(a) - np.count_nonzero(np.isclose(a, b, rtol=rtol, atol=atol, equal_nan=equal_nan))
        if wrong / np.size(a) <= etol:
            return
    assert_almost_equal(a, b, rtol, atol, names, equal_nan, mismatches=mismatches)


def _without_nans(a, b):
    a, b = np.array(_array(a)), np.array(_array(b))
    nans = np.isnan(a) | np.isnan(b)
    a[nans] = b[nans] = 0
    return a, b


def almost_equal_ignore_nan(a, b, rtol=None, atol=None):
    """``almost_equal`` of the elements of which neither is nan."""
    return almost_equal(*_without_nans(a, b), rtol, atol)


def assert_almost_equal_ignore_nan(a, b, rtol=None, atol=None, names=("a", "b")):
    """``assert_almost_equal`` of the elements of which neither is nan."""
    assert_almost_equal(*_without_nans(a, b), rtol, atol, names)


def assert_exception(f, exception_type, *args, **kwargs):
    """AssertionError unless ``f(*args, **kwargs)`` raises that type; another exception passes through."""
    try:
        f(*args, **kwargs)
    except exception_type:
        return
    raise AssertionError(f"{getattr(f, '__name__', f)} did not raise {exception_type.__name__}")


def compare_ndarray_tuple(t1, t2, rtol=None, atol=None):
    """``assert_almost_equal`` of nested tuples of arrays; None where either is None passes."""
    if t1 is None or t2 is None:
        return
    if isinstance(t1, tuple):
        for x, y in zip(t1, t2):
            compare_ndarray_tuple(x, y, rtol, atol)
    else:
        assert_almost_equal(t1, t2, rtol=rtol, atol=atol)


_find_max_violation = functools.wraps(find_max_violation)(lambda a, b, rtol, atol: find_max_violation(a, b, rtol, atol))
