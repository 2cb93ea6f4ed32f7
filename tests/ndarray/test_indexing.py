"""What keys mean: several thousand recorded from real MXNet, numpy as the model of basic keys, and the rest."""
import json
import math
import pathlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import mxnet_compat as mx
from compat_tests.recorded import record_indexing
from mxnet_compat.base import MXNetError
from mxnet_compat.ndarray import indexing
from mxnet_compat.ndarray.indexing import assign, resolve

RECORDS = json.loads(pathlib.Path(record_indexing.__file__).with_name("indexing.json").read_text())
PARTS = 16


def numbered(shape, dtype="float32"):
    return np.arange(math.prod(shape)).reshape(shape).astype(dtype)


def names(x):
    return {"mx": mx, "nd": mx.nd, "np": np, "x": x}


def got_by_numpy(shape, dtype, key, value):
    """The outcome in the form of the records, from ``resolve`` and ``assign`` alone."""
    a = numbered(shape, dtype)
    try:
        if value is not None:
            scope = names(mx.nd.array(a, dtype=dtype))
            index = eval(f"Key()[{key}]", {**scope, "Key": Key})
            assign(a, index, eval(value, scope))
            return record_indexing.plain(a.tolist())
        kind, npkey = resolve(eval(f"Key()[{key}]", {**names(None), "Key": Key}), tuple(shape))
        y = a[npkey]
    except Exception as e:
        return type(e).__name__
    values = record_indexing.plain(y.tolist())
    before = a.copy()
    y[...] = -5
    through = bool((a != before).any())
    assert not y.size or kind == "copy" or through == (kind in ("self", "view")), (key, kind)
    return [kind.replace("advanced", "copy"), list(y.shape), values]


class Key:
    def __getitem__(self, key):
        return key


def disagreements(part, run):
    bad = []
    for shape, dtype, key, value, expected in RECORDS[part::PARTS]:
        try:
            got = run(tuple(shape), dtype, key, value)
        except AssertionError as e:
            got = repr(e)
        if value is None and isinstance(expected, list) and 0 in expected[1]:
            # nothing to write through: the kind of an empty result cannot be told
            expected, got = expected[1:], got[1:]
        if got != expected:
            bad.append(f"{shape} {dtype} x[{key}]" + (f" = {value}" if value else "") + f": {got}, expected {expected}")
    return bad


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.filterwarnings("ignore")
def test_recorded_keys_on_numpy_arrays(part):
    assert disagreements(part, got_by_numpy) == []


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.filterwarnings("ignore")
def test_recorded_keys_on_ndarrays(part):
    assert disagreements(part, lambda *record: record_indexing.outcome(mx, *record)) == []


def test_enough_is_recorded():
    assert len(RECORDS) > 2000
    outcomes = {r[4][0] if isinstance(r[4], list) and r[3] is None else isinstance(r[4], str) and r[4] for r in RECORDS}
    assert {"self", "view", "copy", "IndexError", "ValueError", "TypeError", "MXNetError", "AssertionError"} <= outcomes


@st.composite
def arrays_and_basic_keys(draw):
    shape = tuple(draw(st.lists(st.integers(1, 4), min_size=1, max_size=4)))
    key = []
    for n in shape[:draw(st.integers(0, len(shape)))]:
        bound = st.none() | st.integers(-n - 2, n + 2)
        step = st.sampled_from([None, 1, 2, 3, -1, -2])
        key.append(draw(st.integers(-n, n - 1) | st.builds(slice, bound, bound, step)))
    for _ in range(draw(st.integers(0, 2))):
        key.insert(draw(st.integers(0, len(key))), None)
    if len(key) == key.count(None) or draw(st.booleans()):
        key.append(Ellipsis)
    return numbered(shape), tuple(key)


@settings(deadline=None)
@given(arrays_and_basic_keys())
def test_basic_keys_as_numpy(case):
    a, key = case
    expected = a[key]
    try:
        kind, npkey = resolve(key, a.shape)
    except MXNetError:
        assert 0 in expected.shape
        return
    got = a[npkey]
    assert got.shape == (expected.shape or (1,))
    assert (got == expected).all()
    if got.size:
        assert (kind == "view") == got.flags.c_contiguous


@settings(deadline=None)
@given(arrays_and_basic_keys(), st.integers(0, 3), st.sampled_from(["float32", "int32", "uint8"]))
def test_basic_assignment_as_numpy(case, ones, dtype):
    a, key = case
    a = a.astype(dtype)
    expected = a.copy()
    part = expected[key]
    value = np.arange(part.size).reshape((1,) * ones + part.shape) + 0.75
    try:
        assign(a, key, value)
    except AssertionError:
        assert not part.size
        return
    expected[key] = value.astype(dtype).reshape(part.shape)
    assert (a == expected).all()


@settings(deadline=None)
@given(st.data())
def test_index_arrays_as_numpy(data):
    shape = tuple(data.draw(st.lists(st.integers(1, 4), min_size=1, max_size=4)))
    block = tuple(data.draw(st.lists(st.integers(1, 3), min_size=1, max_size=2)))
    key = []
    for n in shape[:data.draw(st.integers(1, len(shape)))]:
        index = st.lists(st.integers(-n, n - 1), min_size=math.prod(block), max_size=math.prod(block))
        key.append(data.draw(st.just(slice(None)) | st.builds(lambda v: np.array(v).reshape(block), index)))
    a = numbered(shape)
    kind, npkey = resolve(tuple(key), shape)
    assert a[npkey].shape == a[tuple(key)].shape
    assert (a[npkey] == a[tuple(key)]).all()
    # the tape keeps the key: it must not change with the caller's array
    for k in key:
        assert kind == "view" or not any(np.shares_memory(k, v) for v in npkey if isinstance(k, np.ndarray))


# Assignments that the real package does by writing outside the array, or smears: here numpy's meaning.

def test_negative_index_arrays_count_from_the_end():
    a = numbered((4, 2))
    assign(a, [-1, -4], 9)
    assert a.tolist() == [[9, 9], [2, 3], [4, 5], [9, 9]]


@pytest.mark.parametrize("key", [[4], [0, -5], ([0], [2]), np.array([200], "uint8"), mx.nd.array([float("nan")])])
def test_index_arrays_out_of_range_write_nothing(key):
    a = numbered((4, 2))
    with pytest.raises(IndexError):
        assign(a, key, 9)
    assert (a == numbered((4, 2))).all()


def test_overlapping_parts_are_assigned_as_if_copied():
    x = mx.nd.array(numbered((4, 2)))
    x[1:4] = x[0:3]
    assert x.asnumpy().tolist() == [[0, 1], [0, 1], [2, 3], [4, 5]]
    x[::-1] = x
    assert x.asnumpy().tolist() == [[4, 5], [2, 3], [0, 1], [0, 1]]


@pytest.mark.parametrize(("key", "value", "error"), [
    (9, 1, IndexError), ((0, 9), 1, IndexError), (1.5, 1, ValueError), ("a", 1, ValueError), ((0, 0, 0), 1, IndexError),
    (0, [1, 2, 3], ValueError), (0, "text", TypeError), (0, {}, TypeError), ([0, 1], np.ones((3, 2)), ValueError),
    ([], 1, MXNetError), (slice(3, 1), 1, AssertionError), (slice(None), [], MXNetError), (0, [[1], [2]], ValueError),
    (slice(None, None, 0), 1, ValueError), ((Ellipsis, Ellipsis), 1, IndexError)])
def test_refused_assignments_write_nothing(key, value, error):
    a = numbered((4, 2))
    with pytest.raises(error):
        assign(a, key, value)
    assert (a == numbered((4, 2))).all()


def test_an_array_without_elements_accepts_everything():
    a = np.zeros((0, 3), "float32")
    for key, value in ((5, 1), ("a", "b"), (slice(None), [1, 2])):
        assign(a, key, value)
    assert a.shape == (0, 3)


def test_zero_dimensions():
    assert resolve((), ()) == ("self", ())
    assert resolve(slice(None), ())[0] == "self"
    for key, error in ((0, IndexError), ([0], IndexError), (slice(0, 1), IndexError), (True, IndexError),
                       (None, ValueError), (Ellipsis, ValueError), (1.5, ValueError)):
        with pytest.raises(error):
            resolve(key, ())
    a = np.array(3.0, "float32")
    assign(a, (), 4)
    assert a == 4
    assign(a, slice(None), np.array([5]))
    assert a == 5
    with pytest.raises(IndexError):
        assign(a, Ellipsis, 6)


def test_bool_arrays_take_numbers_in_parts_and_arrays_as_a_whole():
    a = np.zeros(3, bool)
    assign(a, 0, 0.3)
    assign(a, [2], [True])
    assert a.tolist() == [True, False, True]
    assign(a, slice(None), [False, True, False])
    with pytest.raises(MXNetError):
        assign(a, slice(0, 2), [True, True])
    assert a.tolist() == [False, True, False]


def test_rows_are_quick_views():
    assert resolve(2, (4, 3)) == ("view", 2)
    assert resolve(-1, (4,)) == ("view", slice(3, 4))
    assert resolve(slice(1, 9), (4, 3)) == ("view", slice(1, 4))


@pytest.mark.parametrize(
    "key", [(slice(None), [0, 1]), (slice(None), 1), slice(None, None, -1), (0, slice(None), [2, 0])])
def test_results_can_be_viewed_in_other_shapes(key):
    y = mx.nd.array(numbered((4, 3, 5)))[key]
    y.reshape((-1,))[0] = -7
    assert (y.asnumpy() == -7).sum() == 1


def test_ndarrays_are_known():
    assert isinstance(mx.nd.ones(1), indexing.NDArrayTypes)
