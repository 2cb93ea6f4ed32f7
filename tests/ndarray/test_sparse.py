"""Sparse arrays: 1,610 cases recorded from real MXNet, kernels against dense bodies, and what recordings cannot say."""
import importlib.util
import itertools
import json
import math
import pathlib
import pickle
import warnings

import numpy as np
import pytest

import mxnet_compat as mx
from mxnet_compat import autograd, nd
from mxnet_compat.backend import storage
from mxnet_compat.ndarray import sparse
from mxnet_compat.ops import registry
from mxnet_compat.selftest import rows

FOLDER = pathlib.Path(__file__).parents[2] / "compat_tests" / "recorded"
RECORDED = json.loads((FOLDER / "sparse_golden.json").read_text())
SETUP = RECORDED.pop("setup")
_SPEC = importlib.util.spec_from_file_location("record_sparse", FOLDER / "record_sparse.py")
RECORDER = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(RECORDER)


def agree(got, expected):
    """Equal, but for numbers beyond the five digits that are recorded."""
    if isinstance(expected, list):
        return isinstance(got, list) and len(got) == len(expected) and all(map(agree, got, expected))
    if isinstance(expected, float):
        return isinstance(got, float) and (got == expected or got != got and expected != expected
                                           or math.isclose(got, expected, rel_tol=1e-4, abs_tol=1e-5))
    return type(got) is type(expected) and got == expected


@pytest.mark.parametrize("group", RECORDED)
def test_as_recorded(group):
    wrong = []
    for case, expected in RECORDED[group]:
        got = RECORDER.replay(case, SETUP)
        if not agree(got, expected):
            wrong.append(f"{case}\n  real MXNet: {expected}\n  here:       {got}")
    assert not wrong, "\n".join(wrong)


def test_the_recorded_cases_are_those_of_the_recorder():
    assert {name: [case for case, _ in group] for name, group in RECORDED.items()} == RECORDER.cases()


# kernels say what the dense bodies say


def _sparse_rows():
    for row in rows.load():
        op = registry.get(row["op"])
        if (op.kernels or op.keeps_zero) and not op.nograd and not op.name.startswith("_scatter_"):
            yield row


@pytest.mark.parametrize("row", list(_sparse_rows()), ids=lambda r: f"{r['op']}({r.get('params', '')})"[:80])
def test_kernels_agree_with_the_dense_body(row):
    op, params, rng = registry.get(row["op"]), row.get("params", {}), np.random.RandomState(3)
    values = []
    for i in op.inputs:
        made = rows.make(row["inputs"][i.name], rng) if i.name in row["inputs"] else None
        for v in made if isinstance(made, list) else [made]:
            # what csr does not store is 0 over 0 too, so a divisor has no zeros
            if v is not None and v.dtype.kind == "f" and i.common and not (i.name == "rhs" and "div" in op.name):
                v = v * (rng.uniform(size=v.shape) < 0.6)
                if len(v.shape) and len(v):
                    v[0] = 0
            values.append((v, i.common))
    choices = [("default", "row_sparse", "csr")[:1 if v is None or not common or not v.ndim or not v.size
                                                else 3 if v.ndim == 2 else 2] for v, common in values]
    expected = _run(op, params, values, ["default"] * len(values))
    for stypes in itertools.product(*choices):
        if _refused(op, stypes, [v for v, _ in values]):
            continue
        for got, want in zip(_run(op, params, values, stypes), expected):
            np.testing.assert_allclose(got, want, rtol=1e-9, atol=1e-12, err_msg=str(stypes))


def _refused(op, stypes, values):
    """What MXNet does not take either."""
    return (op.name == "_sparse_retain" and "csr" in stypes or op.name == "_contrib_getnnz" and "row_sparse" in stypes
            or op.name == "broadcast_div" and stypes == ("csr", "default") and values[0].shape == values[1].shape
            or op.name == "dot" and "csr" in stypes and not all(v.ndim == 2 for v in values))


def _run(op, params, values, stypes):
    """Dense outputs and gradients of one call."""
    arrays = [None if v is None else nd.array(v, dtype=v.dtype).tostype(s) for (v, _), s in zip(values, stypes)]
    marked = [a for a, (_, common) in zip(arrays, values) if a is not None and common]
    for a in marked:
        a.attach_grad(stype="default")
    with autograd.record(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ys = op.invoke(arrays, params)
    results = [y.asnumpy() for y in ys]
    if op.differentiable:
        autograd.backward(ys, [nd.array(np.random.RandomState(5).normal(size=y.shape), dtype=y.dtype) for y in ys])
        results += [a.grad.asnumpy() for a, i in zip(marked, [i for i in op.inputs if i.common])
                    if op.variadic or i.name in op.differentiable]
    return results


# nothing is made dense that must not be: these matrices would take terabytes


def test_large_matrices_stay_sparse():
    n = 1_000_000
    x = sparse.csr_matrix(([1.0, 2, 3], ([0, 5, n - 1], [n - 1, 0, 7])), shape=(n, n))
    assert (x + x).data.asnumpy().tolist() == [2, 4, 6]
    assert (x * x).data.asnumpy().tolist() == [1, 4, 9]
    assert nd.square(x - x * 2).data.asnumpy().tolist() == [1, 4, 9]
    assert nd.sum(x, axis=0).asnumpy()[[0, 7, n - 1]].tolist() == [2, 3, 1]
    assert nd.sum(x, axis=1).asnumpy()[[0, 5, n - 1]].tolist() == [1, 2, 3]
    assert nd.norm(x).asscalar() == np.float32(14 ** 0.5)
    assert x[5].indices.asnumpy().tolist() == [0]
    assert nd.dot(x, nd.ones((n, 1))).asnumpy()[[0, 5, n - 1], 0].tolist() == [1, 2, 3]
    y = nd.dot(x, sparse.row_sparse_array(([[4.0, 5]], [7]), shape=(n, 2)), transpose_a=False)
    assert y[n - 1].asnumpy().tolist() == [12, 15]
    y = nd.dot(x, nd.ones((n, 2)), transpose_a=True)
    assert y.stype == "row_sparse" and y.indices.asnumpy().tolist() == [0, 7, n - 1]
    assert nd.concat(x, x[1:3], dim=0).shape == (n + 2, n)
    assert nd.take(x, nd.array([5, 5], dtype="int32")).data.asnumpy().tolist() == [2, 2]
    assert nd.contrib.getnnz(x).asscalar() == 3


def test_large_tables_stay_sparse():
    n, width = 50_000_000, 1000
    w = sparse.row_sparse_array((np.ones((2, width), "f4"), [3, n - 1]), shape=(n, width))
    assert nd.add_n(w, w * 2).data.asnumpy().sum() == 6 * width
    assert nd.norm(w).asscalar() == np.float32((2 * width) ** 0.5)
    assert sparse.retain(w, nd.array([n - 1], dtype="int64")).indices.asnumpy().tolist() == [n - 1]
    assert nd.Embedding(nd.array([3], dtype="int32"), w, input_dim=n, output_dim=width).sum().asscalar() == width
    w[:] = w + w
    assert w.data.asnumpy()[0, 0] == 2


# making arrays


def test_places_of_one_entry_add_up():
    x = sparse.csr_matrix(([1.0, 2, 4, 8], ([2, 0, 2, 0], [1, 3, 1, 0])), shape=(3, 4))
    assert x.indptr.asnumpy().tolist() == [0, 2, 2, 3] and x.indices.asnumpy().tolist() == [0, 3, 1]
    assert x.data.asnumpy().tolist() == [8, 2, 5] and x.data.dtype == np.float32
    assert sparse.csr_matrix(([1.0], ([2], [1]))).shape == (3, 2)
    with pytest.raises(ValueError, match="within the shape"):
        sparse.csr_matrix(([1.0], ([3], [1])), shape=(3, 4))
    with pytest.raises(ValueError, match="one length"):
        sparse.csr_matrix(([1.0, 2], ([3], [1])), shape=(3, 4))


class Scipy:
    """What is used of a matrix of scipy."""
    format = "csr"
    shape = (2, 3)
    data, indices, indptr = np.array([3.0, 1, 2]), np.array([2, 0, 1], "int32"), np.array([0, 2, 3], "int32")

    def tocsr(self):
        return self


def test_matrices_of_scipy():
    for x in (sparse.csr_matrix(Scipy()), sparse.array(Scipy()), nd.array(Scipy())):
        assert x.dtype is np.float64 and x.indices.dtype is np.int64
        assert x.asnumpy().tolist() == [[1, 0, 3], [0, 2, 0]] and x.indices.asnumpy().tolist() == [0, 2, 1]
    assert sparse.array(Scipy(), dtype="float32").dtype is np.float32
    with pytest.raises(ValueError, match="asked for"):
        sparse.csr_matrix(Scipy(), shape=(3, 3))


def test_wrong_lengths_and_shapes():
    with pytest.raises(mx.MXNetError, match="indptr of length 3"):
        sparse.csr_matrix(([1.0], [0], [0, 1, 1]), shape=(3, 4))
    with pytest.raises(ValueError, match="two dimensions"):
        sparse.zeros("csr", (3,))
    with pytest.raises(mx.MXNetError, match="row numbers|indices"):
        sparse.retain(nd.ones((3, 2)).tostype("row_sparse"), nd.array([5]))


# as objects


@pytest.mark.parametrize("stype", ["csr", "row_sparse"])
def test_memory_is_shared_by_detach_only(stype):
    x = nd.array([[0, 1.0], [0, 0], [2, 0]]).tostype(stype)
    shared, own = x.detach(), x.copy()
    x[:] = nd.ones((3, 2))
    assert shared.asnumpy().sum() == 6 and own.asnumpy().sum() == 3
    y = nd.square(own)
    own *= 2
    assert y.asnumpy().max() == 4 and own.asnumpy().max() == 4


def test_iteration_ends():
    x = nd.array([[0, 1.0], [0, 0], [2, 0]]).tostype("csr")
    assert [r.asnumpy().tolist() for r in x] == [[[0, 1]], [[0, 0]], [[2, 0]]]
    for i in (3, -4):
        with pytest.raises(IndexError):
            x[i]


def test_retain_works_as_a_method_too():
    x = nd.ones((3, 2)).tostype("row_sparse")
    assert x.retain(nd.array([0, 2])).indices.asnumpy().tolist() == [0, 2]


def test_numbers_on_the_left():
    x = nd.array([[2.0, 4], [0, 1]]).tostype("row_sparse")
    np.testing.assert_array_equal(sparse.subtract(1, x).asnumpy(), 1 - x.asnumpy())
    np.testing.assert_array_equal(sparse.divide(1, x).asnumpy(), [[0.5, 0.25], [np.inf, 1]])


@pytest.mark.parametrize("stype", ["csr", "row_sparse"])
def test_files_and_pickles(stype, tmp_path):
    x = nd.array([[0, 1.0], [0, 0], [2, 0]], dtype="float64").tostype(stype)
    for y in (pickle.loads(pickle.dumps(x)), pickle.loads(pickle.dumps(x, 0))):
        assert type(y) is type(x) and y.dtype is np.float64 and y.asnumpy().tolist() == x.asnumpy().tolist()
    name = str(tmp_path / "a.params")
    nd.save(name, {"x": x, "dense": nd.ones((2,)), "empty": sparse.zeros(stype, (2, 2))})
    read = nd.load(name)
    assert read["x"].stype == stype and read["x"].asnumpy().tolist() == x.asnumpy().tolist()
    assert read["empty"].asnumpy().tolist() == [[0, 0], [0, 0]]
    assert nd.square(read["empty"]).stype == stype


def test_a_csr_array_without_memory_is_zeros():
    record = mx.ndarray.serialize.SparseRecord("csr", (2, 3), np.zeros(0, "f4"), [np.zeros(0, "i8")] * 2)
    x = sparse._from_record(record)
    assert x.asnumpy().tolist() == [[0, 0, 0]] * 2 and (x + x).stype == "csr"


def test_rows_out_of_order():
    x = sparse.row_sparse_array(([[1.0, 2], [3, 4]], [3, 1]), shape=(5, 2))
    dense = x.asnumpy()
    np.testing.assert_array_equal((x + x).asnumpy(), dense * 2)
    np.testing.assert_array_equal(sparse.retain(x, nd.array([1, 3])).asnumpy(), dense)
    np.testing.assert_array_equal((nd.ones((5, 2)) - x).asnumpy(), 1 - dense)
    np.testing.assert_array_equal(nd.add_n(x, x, nd.ones((5, 2))).asnumpy(), 1 + dense * 2)


def test_columns_out_of_order():
    x = sparse.csr_matrix(([1.0, 5, 3], [2, 0, 1], [0, 2, 2, 3]), shape=(3, 4))
    dense = x.asnumpy()
    np.testing.assert_array_equal(x[0:1].asnumpy(), dense[0:1])
    np.testing.assert_array_equal(nd.slice(x, begin=(0, 0), end=(3, 2)).asnumpy(), dense[:, :2])
    np.testing.assert_array_equal((x - x * 3).asnumpy(), dense * -2)
    assert nd.contrib.edge_id(x, nd.array([0, 0, 1]), nd.array([0, 1, 0])).asnumpy().tolist() == [5, -1, -1]


# calls


def test_errors_name_operator_and_shapes():
    x = nd.ones((3, 2)).tostype("csr")
    with pytest.raises(mx.MXNetError, match=r"elemwise_add.*\(3, 2\).*\(2, 3\)"):
        nd.elemwise_add(x, nd.ones((2, 3)).tostype("csr"))
    with pytest.raises(mx.MXNetError, match="dot.*contracted"):
        nd.dot(x, nd.ones((3, 2)))
    with pytest.raises(mx.MXNetError, match="elemwise_add.*type"):
        x + x.astype("float64")
    with pytest.raises(mx.MXNetError, match="no argument"):
        nd.square(x, nonsense=1)
    with pytest.raises(AssertionError, match="must be an NDArray"):
        nd.dot(x, np.ones((2, 3)))


def test_results_go_where_out_says():
    x = nd.array([[0, 1.0], [3, 0]]).tostype("row_sparse")
    for stype in ("default", "csr", "row_sparse"):
        out = nd.zeros((2, 2), stype=stype)
        assert nd.elemwise_add(x, x, out=out) is out
        assert out.stype == stype and out.asnumpy().tolist() == [[0, 2], [6, 0]]
        assert nd.elemwise_add(nd.ones((2, 2)), nd.ones((2, 2)), out=out).asnumpy().tolist() == [[2, 2], [2, 2]]
    with pytest.raises(mx.MXNetError, match="out is"):
        nd.square(x, out=nd.zeros((3, 2), stype="csr"))


def test_falling_back_can_be_heard_of(monkeypatch):
    from mxnet_compat.backend import by_storage
    x = nd.ones((2, 2)).tostype("csr")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        nd.softmax(x)
    monkeypatch.setenv("MXNET_STORAGE_FALLBACK_LOG_VERBOSE", "1")
    monkeypatch.setattr(by_storage, "_told", set())
    with pytest.warns(UserWarning, match="softmax.*csr"):
        nd.softmax(x)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        nd.softmax(x)


def test_a_declared_kernel_is_called():
    from mxnet_compat.ops.declare import Array, Kernel
    assert Kernel(("csr", "default|csr"), lambda a, b: a).fits(("csr", "csr"))
    assert not Kernel(("csr",), lambda a: a).fits(("csr", "csr"))
    assert Kernel(("default", "csr", ...), lambda *a: a).fits(("default", "csr", "csr", "csr"))
    assert Kernel(("csr", ...), lambda *a: a).fits(("csr",))
    assert Array


# gradients


def test_row_sparse_gradients_add_up():
    w = nd.ones((4, 2))
    w.attach_grad("add", stype="row_sparse")
    kept = w.grad
    for index in ([0], [2, 2]):
        with autograd.record():
            y = nd.Embedding(nd.array(index), w, input_dim=4, output_dim=2, sparse_grad=True)
        y.backward()
    assert w.grad.stype == "row_sparse" and w.grad.indices.asnumpy().tolist() == [0, 2]
    assert kept.asnumpy().tolist() == [[1, 1], [0, 0], [2, 2], [0, 0]]


@pytest.mark.parametrize("stype", ["default", "csr"])
def test_a_row_sparse_gradient_fits_any_buffer(stype):
    w = nd.ones((4, 2))
    w.attach_grad(stype=stype)
    with autograd.record():
        y = nd.Embedding(nd.array([1, 3, 1]), w, input_dim=4, output_dim=2, sparse_grad=True)
    y.backward()
    assert w.grad.stype == stype and w.grad.asnumpy().tolist() == [[0, 0], [2, 2], [0, 0], [1, 1]]


def test_rows_that_do_not_exist_have_no_gradient():
    w = nd.ones((4, 2))
    w.attach_grad(stype="row_sparse")
    with autograd.record():
        y = nd.Embedding(nd.array([1, 4]), w, input_dim=4, output_dim=2, sparse_grad=True)
    with pytest.raises(mx.MXNetError, match="row numbers from 0 to 3"):
        y.backward()


def test_the_gradient_of_a_csr_factor_is_right():
    x, w = nd.array([[0, 1.0], [3, 0]]).tostype("csr"), nd.array([[1.0, 2], [3, 4]])
    x.attach_grad(stype="default")
    with autograd.record():
        y = nd.dot(x, w)
    y.backward()
    np.testing.assert_array_equal(x.grad.asnumpy(), np.ones((2, 2)) @ w.asnumpy().T)


def test_second_order_through_sparse_products():
    x, w = nd.array([[0, 1.0], [3, 0]]).tostype("csr"), nd.array([[1.0, 2], [3, 4]])
    w.attach_grad()
    with autograd.record():
        y = nd.square(nd.dot(x, w)).sum()
        g = autograd.grad(y, [w], create_graph=True)[0]
        z = nd.square(g).sum()
    z.backward()
    gram = 2 * x.asnumpy().T @ x.asnumpy()
    np.testing.assert_allclose(w.grad.asnumpy(), 2 * gram @ gram @ w.asnumpy())


def test_backward_through_a_row_sparse_result():
    a, b = (nd.array(v).tostype("csr") for v in ([[0, 1.0, 2], [3, 0, 0]], [[1.0, 0], [0, 0], [0, 2]]))
    w = nd.ones((2, 4))
    w.attach_grad(stype="row_sparse")
    with autograd.record():
        y = nd.dot(b, nd.dot(a, w, transpose_a=True), transpose_a=True)
    assert y.stype == "row_sparse"
    y.backward()
    np.testing.assert_array_equal(w.grad.asnumpy(), a.asnumpy() @ b.asnumpy() @ np.ones((2, 4)))


# optimizer steps


def test_a_lazy_step_leaves_other_rows_alone():
    w, m = nd.ones((4, 2)), nd.ones((4, 2))
    g = sparse.row_sparse_array(([[1.0, 1]], [2]), shape=(4, 2))
    nd.sgd_mom_update(w, g, m, lr=0.5, momentum=0.5, wd=1, out=w)
    assert w.asnumpy()[[0, 1, 3]].tolist() == [[1, 1]] * 3 and m.asnumpy()[[0, 1, 3]].tolist() == [[1, 1]] * 3
    assert m.asnumpy()[2].tolist() == [-0.5, -0.5] and w.asnumpy()[2].tolist() == [0.5, 0.5]
    y = nd.sgd_update(w, g, lr=1)
    assert y is not w and w.asnumpy()[2, 0] == 0.5 and y.asnumpy()[2, 0] == -0.5
    with pytest.raises(mx.MXNetError, match="all its rows"):
        nd.sgd_update(g, g, lr=1)


# symbols


def test_bound_arrays_have_the_storage_of_their_variables():
    x, w = mx.sym.var("x", stype="csr"), mx.sym.var("w", stype="row_sparse")
    bound = mx.sym.sparse.dot(x, w).simple_bind(mx.cpu(), x=(3, 4), w=(4, 2))
    assert {k: a.stype for k, a in bound.arg_dict.items()} == {"x": "csr", "w": "row_sparse"}
    assert {k: a.stype for k, a in bound.grad_dict.items()} == {"x": "default", "w": "row_sparse"}
    data = np.array([[0, 1, 0, 2], [0, 0, 0, 0], [3, 0, 0, 0]], "float32")
    bound.forward(is_train=True, x=nd.array(data), w=nd.ones((4, 2)).tostype("row_sparse"))
    np.testing.assert_array_equal(bound.outputs[0].asnumpy(), data @ np.ones((4, 2)))
    bound.backward(nd.ones((3, 2)))
    assert bound.grad_dict["w"].indices.asnumpy().tolist() == [0, 1, 3]
    np.testing.assert_array_equal(bound.grad_dict["w"].asnumpy(), data.T @ np.ones((3, 2)))


@pytest.mark.parametrize("sparse_grad, stype", [(True, "row_sparse"), (False, "default")])
def test_bound_gradients_come_as_the_operator_gives_them(sparse_grad, stype):
    y = mx.sym.Embedding(mx.sym.var("x"), mx.sym.var("w"), input_dim=5, output_dim=2, sparse_grad=sparse_grad)
    bound = y.simple_bind(mx.cpu(), x=(3,), grad_req={"x": "null", "w": "write"})
    assert bound.grad_dict["w"].stype == stype and bound.arg_dict["w"].stype == "default"


# buffers


def test_segments_of_which_some_are_empty():
    data, indptr = np.array([1.0, 2, 4, 8]), np.array([0, 0, 3, 3, 4, 4])
    assert storage.segments(np.add, data, indptr).tolist() == [0, 7, 0, 8, 0]
    assert storage.segments(np.add, np.zeros((0, 2)), np.array([0, 0])).tolist() == [[0, 0]]


@pytest.mark.parametrize("n", [10, 10**6])
def test_distinct(n):
    values, place = storage.distinct(np.array([7, 2, 7, 0]), n)
    assert values.tolist() == [0, 2, 7] and place.tolist() == [2, 1, 2, 0]


def test_a_buffer_is_no_numpy_array():
    a = storage.csr_of(np.eye(2))
    with pytest.raises(TypeError):
        np.asarray(a)
    with pytest.raises(TypeError):
        np.ones((2, 2)) + a
