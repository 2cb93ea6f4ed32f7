"""Recorded cases of real MXNet, replayed where the default context is a GPU: the same values, types and exceptions."""
import tempfile

import numpy as np
import pytest

import mxnet as mx
from compat_tests import compare, store
from compat_tests.harness import Outcome, run_case

#: Families replayed as a whole: what most depends on views, writes in place and the tape.
_WHOLE = {"autograd", "getitem", "setitem", "second", "index", "method", "optimizer"}
#: Bytes of files name the context of each array; the generator of the CPU is seeded by its name.
_OF_THE_CPU = {"create/load/save", "random/seed/ctx"}
_KNOWN = sorted(store.all_cases().keys() - store.read_failures().keys() - _OF_THE_CPU)
_CHOSEN = sorted({*_KNOWN[::12], *[c for c in _KNOWN if c.split("/")[0] in _WHOLE]})


def _on_gpu(want):
    """The outcome as it is where arrays tell that they are on a GPU."""
    results = {k: np.array(str(v).replace("cpu(0)", "gpu(0)")) if v.dtype.kind in "US" else v for k, v in want.results.items()}
    return Outcome(results, want.exception, want.message)


@pytest.mark.parametrize("case_id", _CHOSEN)
def test_recorded(case_id, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    case = store.case(case_id)
    with mx.gpu(0):
        got = run_case(case, mx, limit=60)
    problems = compare.disagreements(_on_gpu(store.expected(case_id)), got, case.tol)
    assert not problems, "\n".join([case.source, *problems])


def test_head_gradients_are_copied_to_the_device_of_the_executor():
    a = mx.sym.Variable("a")
    executor = (a * 2).simple_bind(mx.gpu(0), a=(2,))
    executor.forward(is_train=True)
    executor.backward(mx.nd.array([1, 3], mx.cpu(0)))
    np.testing.assert_array_equal(executor.grad_dict["a"].asnumpy(), [2, 6])


@pytest.mark.parametrize("make", [mx.nd.sparse.csr_matrix, mx.nd.sparse.row_sparse_array])
def test_sparse_arrays_of_dense_values(make):
    with mx.gpu(0):
        y = make(np.diag([1, 0, 3]))
    assert y.context == mx.gpu(0)
    np.testing.assert_array_equal(y.asnumpy(), np.diag([1, 0, 3]))
