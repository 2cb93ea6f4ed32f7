"""Records what real MXNet 1.9.1 does with sparse arrays: writes ``sparse_golden.json`` beside itself.

    python record_sparse.py [FILE]          # with a Python that has real MXNet 1.9.1; imports nothing of ours

A case is a text of statements that leaves its result in ``r``; its outcome is what ``encode`` makes of it, or
``["raises", class]``. Left out is where the real package crashes, hangs, leaves memory uninitialised or is plainly
wrong (``nd.sparse.subtract(1, x)``, ``nd.sparse.divide(1, x)``, the gradient of dot for a csr operand, csr slices of
unsorted rows), and where it merely lacks what is harmless to have.
"""
import json
import os
import sys

SETUP = '''
import copy, pickle, warnings
import numpy as np
import mxnet as mx
from mxnet import nd, autograd as ag
warnings.simplefilter("ignore")
sparse = nd.sparse
csr, rows = sparse.csr_matrix, sparse.row_sparse_array

def m(stype, shape=(4, 3), seed=3, dtype="float32"):
    r = np.random.RandomState(seed)
    a = r.randint(-5, 6, shape) * 0.5 * (r.uniform(size=shape) < 0.6)
    a[1] = 0
    return nd.array(a, dtype=dtype).tostype(stype)

def d(*shape, seed=1, dtype="float32"):
    r = np.random.RandomState(seed)
    return nd.array(r.randint(1, 6, shape) * 0.5 * r.choice([-1, 1], shape), dtype=dtype)

def grad(f, x, head=True, stype=None, req="write"):
    x.attach_grad(req, stype=stype)
    with ag.record():
        y = f(x)
    y.backward(d(*y.shape, seed=11, dtype=y.dtype) if head else None)
    return y.stype, x.grad

def step(update, w, g, *states, **kw):
    update(w, g, *states, out=w, **kw)
    return (w,) + states
'''

UNARY = ["abs", "arccos", "arccosh", "arcsin", "arcsinh", "arctan", "arctanh", "cbrt", "ceil", "cos", "cosh",
         "degrees", "exp", "expm1", "fix", "floor", "gamma", "gammaln", "log", "log10", "log1p", "log2", "negative",
         "radians", "relu", "rint", "round", "rsqrt", "sigmoid", "sign", "sin", "sinh", "sqrt", "square", "tan",
         "tanh", "trunc", "zeros_like", "ones_like", "reciprocal", "rcbrt", "erf", "softsign", "stop_gradient",
         "make_loss", "identity", "logical_not", "flatten", "softmax", "hard_sigmoid", "BlockGrad"]
WITH_NUMBER = ["x + 1", "x - 1", "1 - x", "x * 2", "2 * x", "x / 2", "2 / x", "x ** 2", "2 ** x", "x % 2", "x == 0",
               "x == 1", "x != 0", "x != 1", "x > 0", "x > -1", "x >= 0", "x >= 1", "x < 0", "x < 1", "x <= 0",
               "x <= -1", "-x", "abs(x)", "x + 0", "x - 0", "x * 0", "nd.maximum(x, 0)", "nd.clip(x, -1, 1)",
               "nd.clip(x, 0, 1)", "x * np.float32(2)", "x + np.float64(0)", "x * True", "sparse.add(x, 1)",
               "sparse.multiply(2, x)", "sparse.subtract(x, 0)", "sparse.divide(x, 2)", "nd.add(x, 1)",
               "nd.multiply(x, 2)", "nd.smooth_l1(x, scalar=1)", "nd._internal._div_scalar(x, scalar=0)"]
OF_ONE = ["x.astype('float64')", "x.astype('int32')", "x.astype('float32', copy=False) is x",
          "nd.cast(x, dtype='int32')", "x.copy()", "x.copyto(mx.cpu(1)).context.device_id", "x.detach()", "nd.max(x)",
          "nd.argmax(x, axis=1)", "x.T", "nd.reshape(x, shape=(3, 4))", "x.reshape((3, 4))",
          "nd.slice(x, begin=(1, 0), end=(3, 2))", "nd.slice_axis(x, axis=1, begin=1, end=3)",
          "nd.concat(x, x, dim=0)", "nd.concat(x, x, dim=1)", "nd.concat(x, dim=0)", "nd.stack(x, x)",
          "nd.add_n(x, x, x)", "nd.add_n(x)", "nd.split(x, 2, axis=0)", "nd.where(x, d(4, 3), d(4, 3, seed=2))",
          "nd.where(d(4, 3), x, x)", "len(x)", "x.ndim", "x.shape", "x.stype", "str(x)", "repr(x)", "bool(x)", "x[:]",
          "x[:, 1]", "x[0, 1]", "x[::2]", "x[None]", "x[...]", "x[[0, 1]]", "x[nd.array([0, 1])]", "x.expand_dims(0)",
          "x.asnumpy()", "x.tostype('default')", "x.tostype(x.stype)", "x.tostype('foo')", "x._num_aux",
          "x._aux_types", "x._aux_data(0)", "x._aux_data(2)", "x.data", "x.indices", "x.dtype", "x.grad",
          "x.check_format()", "nd.elemwise_add(x, x)", "nd.broadcast_add(x, x)", "sparse.add(x, x)",
          "nd.zeros_like(x)", "nd.shape_array(x)", "nd.size_array(x)", "nd.array(x)", "nd.array(x, dtype='float64')",
          "sparse.array(x)", "copy.copy(x)", "copy.deepcopy(x)", "pickle.loads(pickle.dumps(x))", "x + 'a'",
          "x + None", "x + np.ones((4, 3))", "np.ones((4, 3)) + x", "nd.Cast(x, dtype='float64')",
          "nd.L2Normalization(x)", "nd.FullyConnected(x, d(2, 3), no_bias=True, num_hidden=2)", "nd.transpose(x)",
          "nd.broadcast_to(x, shape=(4, 3))"]
REDUCED = ["nd.sum(x)", "nd.sum(x, axis=0)", "nd.sum(x, axis=1)", "nd.sum(x, axis=(0, 1))", "nd.sum(x, axis=-1)",
           "nd.sum(x, axis=-2, keepdims=True)", "nd.sum(x, axis=1, keepdims=True)", "nd.sum(x, axis=0, exclude=True)",
           "nd.sum(x, axis=2)", "nd.sum(x, axis=())", "nd.mean(x)", "nd.mean(x, axis=0)", "nd.mean(x, axis=1)",
           "nd.mean(x, axis=0, keepdims=True)", "nd.norm(x)", "nd.norm(x, axis=0)",
           "nd.norm(x, axis=1, keepdims=True)", "nd.norm(x, ord=1)", "nd.norm(x, ord=1, axis=1)",
           "nd.norm(x, keepdims=True)", "x.sum(axis=0)", "x.mean()", "x.norm()", "sparse.sum(x, axis=0)"]
CSR_ONLY = ["x[0]", "x[-1]", "x[1:3]", "x[:2]", "x[-2:]", "x[:-1]", "x[1:1]", "x[3:1]", "x[0:4:1]", "x[0:4:-1]",
            "x[1.5]", "x[0][0]", "x.indptr", "x._aux_data(1)", "nd.take(x, nd.array([0, 2]))",
            "nd.take(x, nd.array([-1, 9]))", "nd.take(x, nd.array([-1, 9]), mode='wrap')",
            "nd.take(x, nd.array([0, 2]), axis=1)", "nd.take(x, nd.array([1, 1, 0]))",
            "nd.slice(x, begin=(1,), end=(3,))", "nd.slice(x, begin=(1, 1), end=(4, 3))",
            "nd.slice(x, begin=(-2, None), end=(None, -1))", "nd.slice(x, begin=(0, 0), end=(4, 3), step=(2, 1))",
            "nd.slice(x, begin=(2,), end=(2,))", "nd.slice(x, begin=(0, 2), end=(4, 2))",
            "nd.slice(x, begin=(0, 0, 0), end=(1, 1, 1))", "nd.concat(x, x, x[1:2], dim=0)",
            "nd.concat(x, d(2, 3), dim=0)", "nd.concat(x, m('csr', (2, 4)), dim=0)", "nd.contrib.getnnz(x)",
            "nd.contrib.getnnz(x, axis=1)", "nd.contrib.getnnz(x, axis=0)",
            "nd.contrib.edge_id(x, nd.array([0, 0, 2]), nd.array([0, 1, 2]))", "x.tostype('row_sparse')",
            "nd.cast_storage(x, stype='row_sparse')", "sparse.retain(x, nd.array([0]))",
            "nd.where(x, d(4, 2), d(4, 2))", "nd._internal._scatter_plus_scalar(x, scalar=1)",
            "sparse.zeros('csr', (4, 3)) + x", "x - sparse.zeros('csr', (4, 3))", "x * sparse.zeros('csr', (4, 3))",
            "sparse.zeros('csr', (3, 4)) * 2", "sparse.zeros('csr', (3, 4))[1:3]",
            "nd.sum(sparse.zeros('csr', (3, 4)), axis=1)", "nd.norm(sparse.zeros('csr', (3, 4)))",
            "nd.square(sparse.zeros('csr', (3, 4)))", "x + m('csr', (4, 4))"]
ROWS_ONLY = ["x[0]", "x[1:3]", "x[-1]", "x.tostype('csr')", "sparse.retain(x, nd.array([0, 2]))",
             "sparse.retain(x, nd.array([0, 1]))", "sparse.retain(x, nd.array([3, 0]))",
             "sparse.retain(x, indices=nd.array([0], dtype='int32'))", "sparse.retain(x, nd.array([0.7, 2.2]))",
             "sparse.retain(sparse.zeros('row_sparse', (4, 3)), nd.array([0, 2]))", "sparse.retain(x, [0, 1])",
             "sparse.retain(x)", "nd.take(x, nd.array([0, 2]))", "nd.take(x, nd.array([[0, 2]]))", "x.indptr",
             "nd.take(x, nd.array([-1, 9]))", "nd.take(x, nd.array([0, 2]), axis=1)", "nd.concat(x, x, dim=0)",
             "nd.Embedding(nd.array([0, 2]), x, input_dim=4, output_dim=3)", "nd.contrib.getnnz(x)",
             "nd.Embedding(nd.array([0, 9]), x, input_dim=4, output_dim=3)", "nd.add_n(x, x, d(4, 3))",
             "nd.contrib.SparseEmbedding(nd.array([0, 2]), x, input_dim=4, output_dim=3)", "nd.add_n(x, m('csr'))",
             "nd.add_n(x, sparse.zeros('row_sparse', (4, 3)))", "nd._internal._square_sum(x, axis=1)",
             "nd._internal._square_sum(x, axis=1, keepdims=True)", "nd._internal._square_sum(x, axis=0)",
             "nd._internal._scatter_plus_scalar(x, scalar=1)", "nd._internal._scatter_minus_scalar(x, scalar=1)",
             "nd._internal._scatter_elemwise_div(x, d(4, 3))",
             "nd._internal._identity_with_attr_like_rhs(d(4, 3), x)", "x - sparse.zeros('row_sparse', (4, 3))",
             "sparse.zeros('row_sparse', (4, 3)) - x", "x * sparse.zeros('row_sparse', (4, 3))",
             "nd.square(sparse.zeros('row_sparse', (4, 3)))", "nd.norm(sparse.zeros('row_sparse', (4, 3)))",
             "x + m('row_sparse', (4, 4))", "x.asscipy()"]
PAIRS = ["nd.elemwise_add", "nd.elemwise_sub", "nd.elemwise_mul", "nd.elemwise_div", "nd.broadcast_add",
         "nd.broadcast_sub", "nd.broadcast_mul", "nd.broadcast_maximum", "nd.broadcast_equal",
         "nd._internal._maximum", "nd._internal._minimum", "nd._internal._hypot", "nd._internal._equal", "sparse.add",
         "sparse.subtract", "sparse.multiply", "sparse.divide", "nd.add_n", "nd._internal._grad_add",
         "nd.broadcast_mod"]
STYPES = ["csr", "row_sparse", "default"]
CREATION = ["csr(([1., 2, 3], [0, 2, 1], [0, 2, 2, 3]), shape=(3, 4))", "csr(([1., 2, 3], [0, 2, 1], [0, 2, 2, 3]))",
            "csr((np.array([1, 2, 3]), [0, 2, 1], [0, 2, 2, 3]))",
            "csr((np.array([1, 2], 'f8'), [0, 2], [0, 2]), shape=(1, 4))",
            "csr((nd.array([1, 2], dtype='float64'), nd.array([0, 1]), nd.array([0, 2])), shape=(1, 4))",
            "csr(([1, 2, 3], [0, 2, 1], [0, 2, 2, 3]), shape=(3, 4), dtype='float16')", "csr((3, 4))",
            "csr((3, 4), dtype='int32')", "csr((3, 4), shape=(3, 4))", "csr((3, 4), shape=(2, 4))",
            "csr(np.array([[1, 0], [0, 2]]))", "csr(np.array([[1, 0], [0, 2]], 'f8'))", "csr([[1, 0], [0, 2]])",
            "csr([[1, 0], [0, 2]], dtype='int32')", "csr(np.ones((2, 2)), shape=(3, 2))",
            "csr(nd.array([[1, 0], [0, 2]], dtype='float64'))", "csr(csr((3, 4)))",
            "csr(csr((3, 4)), dtype='float64')", "csr(csr((3, 4)), shape=(3, 3))", "csr(())", "csr((1, 2, 3, 4))",
            "csr(5)", "csr('abc')", "csr((0, 3))", "csr((3, 0))", "csr((3, 4, 5))", "csr(np.ones(3))",
            "csr(np.ones((2, 2, 2)))", "csr(([], [], [0, 0]), shape=(1, 2))", "csr(([], [], [0]), shape=(0, 2))",
            "csr((3, 4), dtype='foo')", "csr(([1., 2], [0, 2], [0, 2]), shape=(1, 3, 1))",
            "csr(([1., 2], [0, 2], [0, 2]), shape=[1, 3])", "csr(([[1.]], [0], [0, 1]), shape=(1, 3))",
            "csr((['a'], [0], [0, 1]))", "csr(([1.], [0], [0, 1], [2]))", "csr(rows((3, 4)))",
            "csr(([1., 2], [2, 0], [0, 2]), shape=(1, 3)).asnumpy()", "csr(([1., 2, 3], [0, 2], [0, 3]))",
            "rows(([[1., 2], [3, 4]], [1, 3]), shape=(5, 2))", "rows(([[1., 2], [3, 4]], [1, 3]))",
            "rows((np.array([[1, 2]]), [1]))", "rows((np.array([[1, 2]], 'f8'), [1]), shape=(5, 2))",
            "rows((nd.array([[1, 2]], dtype='float16'), nd.array([1])), shape=(5, 2))",
            "rows(([[1., 2], [3, 4]], [3, 1]), shape=(5, 2))", "rows(([[1., 2]], [1]), shape=(5, 3))", "rows((5, 2))",
            "rows(([[1., 2], [3, 4]], [1, 3, 4]), shape=(5, 2))", "rows((5, 2), dtype='int32')", "rows((5, 2, 3))",
            "rows((5,))", "rows((5, 2), shape=(4, 2))", "rows(np.array([[0, 0], [1, 2]]))", "rows([[0, 0], [1, 2]])",
            "rows(nd.array([[0, 0], [1, 2]], dtype='float64'))", "rows(rows((5, 2)))",
            "rows(rows((5, 2)), shape=(5, 3))", "rows(csr((3, 4)))", "rows(5)", "rows('abc')", "rows(())",
            "rows(([1., 2], [1, 3]), shape=(5,))", "rows(([1., 2], [1, 3]), shape=(5, 2))",
            "rows((np.ones((2, 2, 2)), [0, 4]))", "rows(([], []), shape=(5, 2))",
            "rows((np.zeros((0, 2)), []), shape=(5, 2))", "rows(([[1., 2]], [1.7]), shape=(5, 2))",
            "rows(np.ones(3))", "rows(np.zeros((2, 2, 2)))", "sparse.zeros('csr', (3, 4))",
            "sparse.zeros('row_sparse', (3, 4))", "sparse.zeros('default', (3, 4))", "sparse.zeros('foo', (3, 4))",
            "sparse.zeros('csr', 3)", "sparse.zeros('row_sparse', (3,))", "sparse.zeros('csr', (0, 4))",
            "sparse.zeros('csr', (3, 4), foo=1)", "sparse.zeros('csr', (3, 4), mx.cpu(0), 'float64')",
            "nd.zeros((3, 4), stype='csr')", "nd.zeros((3, 4), stype='row_sparse', dtype='float64')",
            "nd.zeros((3, 4), stype='foo')", "sparse.empty('csr', (3, 4))", "sparse.empty('row_sparse', (3, 4))",
            "sparse.empty('default', (3, 4))", "nd.empty((3, 4), stype='csr')", "nd.ones((3, 4), stype='csr')",
            "sparse.array(np.ones((2, 2)))", "sparse.array(nd.ones((2, 2)))", "sparse.array([[1, 2]])",
            "sparse.array(m('csr'), dtype='int32')", "nd.ones((2, 2, 2)).tostype('csr')",
            "nd.ones((2, 2, 2)).tostype('row_sparse')", "nd.ones((3,)).tostype('csr')",
            "nd.ones((3,)).tostype('row_sparse')", "nd.array(3.0).tostype('row_sparse')",
            "nd.ones((3, 2)).tostype('default')", "nd.ones((3, 2)).tostype(None)", "nd.eye(3).tostype('csr')",
            "nd.array([[True]], dtype='bool').tostype('csr')", "nd.array(np.zeros((0, 3))).tostype('row_sparse')",
            "nd.array([[np.nan, 0, -0.0, np.inf]]).tostype('csr')",
            "nd.array([[-0.0, 0], [1, 0]]).tostype('row_sparse')", "nd.cast_storage(nd.ones((2, 2)), 'csr')",
            "nd.cast_storage(nd.ones((2, 2)), 'foo')", "nd.cast_storage(nd.ones((2, 2)))",
            "nd.cast_storage(nd.ones((2, 2)), stype='csr', out=sparse.zeros('csr', (2, 2)))",
            "nd.cast_storage(nd.ones((2, 2)), stype='csr', out=sparse.zeros('csr', (3, 2)))",
            "isinstance(csr((3, 4)), nd.NDArray)", "sparse.RowSparseNDArray(np.ones(3))", "type(m('csr')).__module__",
            "type(m('row_sparse')).__module__"]
CREATION += [f"csr(([1., 2, 3], {i}, {p}), shape=(3, 4)).check_format()" for i, p in (
    ([0, 2, 7], [0, 2, 2, 3]), ([2, 0, 1], [0, 2, 2, 3]), ([0, 0, 1], [0, 2, 2, 3]), ([0, 2, 1], [0, 2, 1, 3]),
    ([0, 2, 1], [1, 2, 2, 3]), ([0, 2, 1], [0, 2, 2, 4]), ([0, 2, -1], [0, 2, 2, 3]), ([0, 2, 1], [0, 2, 2, 3]))]
CREATION += [f"rows(([[1., 2], [3, 4]], {i}), shape=(5, 2)).check_format({full})"
             for i in ([1, 9], [3, 1], [1, 1], [-1, 1], [1, 4]) for full in (True, False) if full or i == [1, 9]]
ASSIGNED = ["x[:] = {v}; r = x", "x[0] = {v}; r = x", "x[0:2] = {v}; r = x", "x[0, 1] = {v}; r = x"]
VALUES = ["0", "2", "np.float32(3)", "None", "'a'", "d(4, 3)", "x * 2", "x", "np.ones((4, 3))", "[[1, 2, 3]] * 4",
          "np.ones((4, 2))", "d(3, 4)", "d(4, 3, dtype='float64')", "m('csr', seed=5)", "m('row_sparse', seed=5)"]
COPIED = ["d(4, 3).copyto(x); r = x", "y = d(4, 3); x.copyto(y); r = y",
          "r = x.copyto(sparse.zeros(x.stype, (4, 3)))",
          "r = x.copyto(sparse.zeros(x.stype, (4, 3), dtype='float64'))",
          "x.copyto(nd.zeros((4, 3), dtype='float64')); r = 1", "x.copyto(sparse.zeros(x.stype, (4, 4))); r = 1",
          "x.copyto(nd.zeros((4, 4))); r = 1", "r = x.copyto(x)", "x.copyto('a'); r = 1",
          "x.copyto(m('csr', seed=5)); r = 1", "x.copyto(m('row_sparse', seed=5)); r = 1",
          "y = x.detach(); y[:] = d(4, 3); r = x", "y = x.data; y[:] = 9; r = x",
          "y = x.copy(); y[:] = d(4, 3); r = x", "nd.elemwise_add(d(4, 3), d(4, 3), out=x); r = x",
          "y = d(4, 3); nd.elemwise_add(x, x, out=y); r = y", "nd.square(x, out=x); r = x", "nd.exp(x, out=x); r = x",
          "nd.square(x, out=nd.zeros((3, 4))); r = 1", "nd.square(x, out=sparse.zeros(x.stype, (4, 4))); r = 1"]
COPIED += [f"y = x; x {o} {v}; r = [x, x is y]" for o in ("+=", "-=", "*=", "/=", "%=")
           for v in ("1", "2", "m('csr', seed=5)", "m('row_sparse', seed=5)", "d(4, 3)")]
OF_GRADIENT = ["nd.square(x)", "nd.abs(x)", "nd.sign(x)", "nd.relu(x)", "x * 3", "x / 2", "x + 1", "1 - x", "-x",
               "nd.sin(x)", "nd.tan(x)", "nd.exp(x)", "nd.clip(x, -1, 1)", "nd.log1p(nd.abs(x))", "nd.floor(x)",
               "x * x", "x + x", "x - x * 2", "x * d(4, 3)", "d(4, 3) * x", "x - d(4, 3)", "d(4, 3) / (x * x + 1)",
               "nd.sum(x)", "nd.sum(x, axis=0)", "nd.sum(x, axis=1)", "nd.mean(x)", "nd.norm(x)",
               "x.tostype('default')", "nd.zeros_like(x)", "nd.add_n(x, x)", "nd.add_n(x, x, d(4, 3))", "x.copy()",
               "nd.stop_gradient(x)", "nd.dot(d(4, 2, seed=6), x, transpose_a=True)", "nd.where(x, d(4, 3), d(4, 3))",
               "nd.where(d(4, 3), x, x)", "nd.concat(x, x, dim=0)", "nd.make_loss(x)", "nd.square(x) * 2",
               "nd.square(nd.square(x))", "x * 0", "nd.elemwise_div(x, d(4, 3))", "nd.broadcast_mul(x, d(3))",
               "nd.broadcast_add(x, d(3))", "nd.square(x[:])", "nd.slice(x, begin=(0, 0), end=(2, 3))",
               "nd.take(x, nd.array([0, 2]))", "nd.sum(nd.square(x))", "x ** 2", "nd._internal._maximum(x, x * 2)",
               "nd.elemwise_sub(x, x)", "nd.flatten(x)"]


def cases():
    """The cases in groups: name to list of statements."""
    groups = {"creation": [f"r = {e}" for e in CREATION]}
    for s in STYPES[:2]:
        x = f"x = m('{s}'); "
        own = CSR_ONLY if s == "csr" else ROWS_ONLY
        groups[f"{s}: functions"] = [f"{x}r = nd.{u}(x)" for u in UNARY]
        groups[f"{s}: numbers"] = [f"{x}r = {e}" for e in WITH_NUMBER]
        groups[f"{s}: expressions"] = [f"{x}r = {e}" for e in OF_ONE + REDUCED + own]
        groups[f"{s}: types"] = [
            f"x = m('{s}', dtype='{t}'); r = {e}" for t in ("float64", "float16", "int32", "int8")
            for e in ("x + x", "x * x", "x * 2.5", "nd.square(x)", "nd.sum(x, axis=0)", "nd.mean(x, axis=1)", "x / 2",
                      "-x", "x.tostype('default')", "nd.add_n(x, x)", "nd.clip(x, -1, 1)", "x.astype('float32')")]
        groups[f"{s}: assignment"] = [x + a.format(v=v) for a in ASSIGNED
                                      for v in (VALUES if a == ASSIGNED[0] else ["1"])]
        groups[f"{s}: copies"] = [x + c for c in COPIED if not (s == "csr" and "/= d" in c)]
        groups[f"{s}: gradients"] = [
            f"r = grad(lambda x: {e}, m('{s}'), stype={g})" for e in OF_GRADIENT
            for g in ("None", "'default'", "'csr'", "'row_sparse'")[
                :4 if e in ("nd.square(x)", "x + 1", "x * x") else 2]
            if not (g == "'default'" and s == "csr" and e == "x * d(4, 3)")]
        shapes = ["1, 3", "4, 1", "3", "1, 1", "1"]
        groups[f"{s}: broadcast"] = [f"{x}r = {a} {o} {b}" for o in "+-*/" for z in shapes
                                     for a, b in (("x", f"d({z})"), (f"d({z})", "x"))]
    groups["pairs"] = [f"r = {f}(m('{a}'), m('{b}', seed=5))" for a in STYPES for b in STYPES for f in PAIRS
                       if not a == b == "default"]
    groups["operators"] = [f"r = m('{a}') {o} m('{b}', seed=5)" for a in STYPES for b in STYPES
                           for o in ("+", "-", "*", "%", "==", ">") if not a == b == "default"]
    groups["dot"] = []
    for a in STYPES:
        for b in STYPES:
            for ta in (False, True):
                for tb in (False, True):
                    left, right = ("(3, 4)" if ta else "(4, 3)"), ("(5, 3)" if tb else "(3, 5)")
                    call = f"r = nd.dot(m('{a}', {left}), m('{b}', {right}, seed=5), transpose_a={ta}, transpose_b={tb}"
                    if not a == b == "default":
                        groups["dot"].append(call + ")")
                        groups["dot"] += [f"{call}, forward_stype='{f}')" for f in STYPES
                                          if (a, b, ta, tb, f) != ("csr", "row_sparse", True, False, "default")]
    groups["dot"] += [f"x = m('csr'); r = {e}" for e in (
        "nd.dot(x, d(3))", "nd.dot(x, d(2, 2))", "nd.dot(x, d(3, 2, 2))", "nd.dot(d(4), x)", "nd.dot(d(2, 3, 4), x)",
        "nd.dot(x, d(4, 1), transpose_a=True)", "nd.dot(sparse.zeros('csr', (4, 3)), d(3, 2))",
        "nd.dot(sparse.zeros('csr', (4, 3)), d(4, 2), transpose_a=True)",
        "nd.dot(d(2, 4), sparse.zeros('csr', (4, 3)))", "nd.dot(x, d(3, 2, dtype='float64'))",
        "nd.dot(x.astype('float64'), d(4, 2, dtype='float64'), transpose_a=True)",
        "nd.dot(x.astype('float16'), d(3, 2, dtype='float16'))", "nd.dot(x, sparse.zeros('row_sparse', (3, 2)))")]
    groups["row_sparse gradients"] = (
        [f"r = grad(lambda w: nd.dot(m('csr', (4, 6)), w, transpose_a={ta}), m('{b}', ({4 if ta else 6}, 2), seed=5), "
         f"stype={g})" for b in STYPES[1:] for ta in (False, True) for g in ("None", "'default'", "'row_sparse'")]
        + [f"r = grad(lambda w: nd.{f}(nd.array({i}), w, input_dim=6, output_dim=3{p}), d(6, 3), stype='row_sparse')"
           for i in ([0, 3], [3, 0, 3], [[1, 1], [4, 0]])
           for f, p in (("Embedding", ", sparse_grad=True"), ("contrib.SparseEmbedding", ""))]
        + ["r = grad(lambda w: nd.dot(m('csr', (4, 6)), w).sum() * 2, d(6, 2), head=False, stype='row_sparse')",
           "r = grad(lambda w: nd.dot(sparse.zeros('csr', (4, 6)), w), d(6, 2), stype='row_sparse')",
           "f = lambda i, w: nd.Embedding(nd.array(i), w, input_dim=6, output_dim=3, sparse_grad=True)\n"
           "r = grad(lambda w: f([0, 3], w) + f([3, 5], w), d(6, 3), stype='row_sparse')",
           "f = lambda w: nd.Embedding(nd.array([0, 3]), w, input_dim=6, output_dim=3, sparse_grad=True)\n"
           "r = grad(lambda w: f(w).sum() + (w * 2).sum(), d(6, 3), stype='row_sparse')",
           "r = grad(lambda x: sparse.retain(x, nd.array([0, 3])), m('row_sparse'))",
           "r = grad(lambda x: nd._internal._square_sum(x, axis=1), m('row_sparse'))",
           "r = grad(lambda x: x, m('row_sparse'), head=False)", "r = grad(lambda x: x, m('csr'), head=False)",
           "w, g = d(6, 2), sparse.zeros('row_sparse', (6, 2)); ag.mark_variables([w], [g])\n"
           "with ag.record(): y = nd.dot(m('csr', (4, 6)), w)\ny.backward(); r = [g, w.grad.stype]",
           "w = m('row_sparse'); w.attach_grad()\nwith ag.record(): w[:] = 1\nr = 1",
           "w = m('csr'); w.attach_grad()\nwith ag.record(): w *= 2\nr = 1",
           "w = d(2, 2); w.attach_grad(stype='foo'); r = 1",
           "w = d(6, 2); w.attach_grad(stype='row_sparse')\nwith ag.record(): y = w * 2\n"
           "r = ag.grad(y, [w], head_grads=[m('row_sparse', (6, 2))])"])
    groups["optimizer steps"] = []
    for w in STYPES[1:]:
        for g in STYPES[1:]:
            for s in STYPES[1:]:
                a = f"m('{g}', (5, 3), seed=2)"
                w_ = f"d(5, 3).tostype('{w}')"
                one, two = (f"abs(d(5, 3, seed={k})).tostype('{s}')" for k in (3, 4))
                for kw in ("", ", lazy_update=False", ", wd=0.125, rescale_grad=0.5", ", clip_gradient=0.25, wd=0.25"):
                    plain = kw.replace(", lazy_update=False", ", wd=0.5")
                    groups["optimizer steps"] += [
                        f"r = step(nd.sgd_update, {w_}, {a}, lr=0.5{kw})",
                        f"r = step(nd.sgd_mom_update, {w_}, {a}, {one}, lr=0.5, momentum=0.5{kw})",
                        f"r = step(nd.adam_update, {w_}, {a}, {one}, {two}, lr=0.5{kw})",
                        f"r = step(nd.ftrl_update, {w_}, {a}, {one}, {two}, lr=0.5{plain})"]
                if g == "row_sparse" and s == w:
                    groups["optimizer steps"] += [
                        f"r = step(sparse.adagrad_update, {w_}, {a}, {one}, lr=0.5)",
                        f"r = step(sparse.adagrad_update, {w_}, {a}, {one}, lr=0.5, wd=0.5)",
                        f"r = step(nd.contrib.group_adagrad_update, {w_}, {a}, abs(d(5, 1)).tostype('{s}'), lr=0.5)"]
    groups["optimizer steps"] += [
        f"r = step(nd.adam_update, d(5, 3).tostype('{w}'), m('row_sparse', (5, 3)), "
        "sparse.zeros('row_sparse', (5, 3)), sparse.zeros('row_sparse', (5, 3)), lr=0.5)" for w in STYPES[1:]] + [
        "r = step(nd.sgd_update, m('row_sparse', (5, 3), seed=9), m('row_sparse', (5, 3)), lr=0.5)",
        "r = step(nd.sgd_update, d(5, 3), sparse.zeros('row_sparse', (5, 3)), lr=0.5, wd=0.5)",
        "r = step(nd.sgd_update, d(5, 3), m('csr', (5, 3)), lr=0.5)"]
    return {name: list(dict.fromkeys(group)) for name, group in groups.items()}


def encode(value, mx, np):
    """A JSON form: arrays by storage with type, shape and stored values; csr rows in order of their columns."""
    if isinstance(value, mx.nd.NDArray) and value.stype != "default":
        parts = [value.data, value.indices] + ([value.indptr] if value.stype == "csr" else [])
        data, indices, *indptr = (p.asnumpy() for p in parts)
        if indptr:
            # an array that holds nothing may be without memory
            p = indptr[0] if len(indptr[0]) else np.zeros(value.shape[0] + 1, "int64")
            row = np.repeat(np.arange(len(p) - 1), np.diff(p))
            order = np.lexsort((indices[:p[-1]], row))
            data, indices, indptr = data[:p[-1]][order], indices[:p[-1]][order], [p]
        return [value.stype, list(value.shape), *(numbers(p, np) for p in (data, indices, *indptr))]
    if isinstance(value, mx.nd.NDArray):
        return ["default", numbers(value.asnumpy(), np)]
    if isinstance(value, np.ndarray):
        return ["numpy", numbers(value, np)]
    if isinstance(value, (list, tuple)):
        return [encode(v, mx, np) for v in value]
    if isinstance(value, type):
        return value.__name__
    return value if isinstance(value, (bool, int, str, type(None))) else repr(value)


def numbers(a, np):
    """[type, shape, flat values], with five digits, which is more than what the two sides have to agree in."""
    flat = a.ravel().tolist()
    return [str(a.dtype), list(a.shape), [float(f"{v:.5g}") for v in flat] if a.dtype.kind == "f" else flat]


def replay(statements, setup=SETUP):
    """The outcome of one case under whatever ``mxnet`` is."""
    import numpy as np

    import mxnet as mx

    names = {}
    exec(setup, names)
    try:
        exec(statements, names)
        outcome = encode(names["r"], mx, np)
        # an error of a result that nobody read belongs to this case too
        mx.nd.waitall()
        return outcome
    except Exception as error:
        return ["raises", type(error).__name__]
    finally:
        mx.autograd.set_recording(False)
        mx.autograd.set_training(False)


def main():
    beside = os.path.join(os.path.dirname(os.path.abspath(__file__)), "sparse_golden.json")
    out = sys.argv[1] if len(sys.argv) > 1 else beside
    groups = []
    for name, group in cases().items():
        lines = [json.dumps([case, replay(case)], separators=(",", ":")) for case in group]
        groups.append(f"{json.dumps(name)}:[\n" + ",\n".join(lines) + "]")
    with open(out, "w") as stream:
        stream.write("{" + ",\n".join([f'"setup":{json.dumps(SETUP)}', *groups]) + "}\n")
    print({name: len(group) for name, group in cases().items()})


if __name__ == "__main__":
    main()
