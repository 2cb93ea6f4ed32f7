"""Gradients with sparse storage: which storage a gradient gets, and the row_sparse gradient of ``dot(csr, x)``."""

import numpy as np
import pytest

from mxnet import autograd, nd

SPARSE = ["csr", "row_sparse"]


def half_empty(*shape, seed=0):
    """Numbers of which each second row is zero and about half of the others."""
    numbers = np.random.RandomState(seed).uniform(1, 2, shape).astype("float32")
    numbers *= np.random.RandomState(seed + 1).uniform(size=shape) < 0.5
    numbers[::2] = 0
    return numbers


@pytest.mark.parametrize("storage", SPARSE)
def test_a_gradient_has_the_storage_of_its_array(storage):
    x = nd.zeros((1, 1), stype=storage)
    x.attach_grad()
    assert x.grad.stype == storage
    assert x.detach().stype == storage


@pytest.mark.parametrize(
    "storage, of_gradient",
    [(of_array, "default") for of_array in SPARSE] + [(s, g) for s in ("default", *SPARSE) for g in SPARSE],
)
def test_a_gradient_has_the_storage_asked_for(storage, of_gradient):
    x = nd.zeros((1, 1), stype=storage)
    x.attach_grad(stype=of_gradient)
    assert x.grad.stype == of_gradient
    assert x.detach().stype == storage


def test_there_are_three_storages():
    with pytest.raises(ValueError):
        nd.ones(2).attach_grad(stype="nonsense")


@pytest.mark.parametrize("storage", ["default", "row_sparse"])
def test_dot_of_csr_gives_a_row_sparse_gradient(storage):
    left = nd.array(half_empty(4, 8)).tostype("csr")
    right = nd.array(half_empty(8, 5, seed=2)).tostype(storage)
    right.attach_grad(stype="row_sparse")
    with autograd.record():
        y = nd.dot(left, right)
    y.backward()
    assert right.grad.stype == "row_sparse"
    np.testing.assert_allclose(right.grad.asnumpy(), left.asnumpy().T @ np.ones((4, 5)), rtol=1e-6)
    assert (np.diff(right.grad.indices.asnumpy()) > 0).all()


@pytest.mark.parametrize("storage", SPARSE)
@pytest.mark.parametrize(
    "function, derivative",
    [(lambda x: x / 2, lambda x: 0.5 + 0 * x), (lambda x: nd.square(x), lambda x: 2 * x)],
    ids=["half", "square"],
)
def test_function_of_a_sparse_array(function, derivative, storage):
    numbers = half_empty(4, 5)
    x = nd.array(numbers).tostype(storage)
    x.attach_grad()
    with autograd.record():
        y = function(x)
    y.backward()
    assert x.grad.stype == storage
    np.testing.assert_allclose(y.asnumpy(), function(nd.array(numbers)).asnumpy(), rtol=1e-6)
    np.testing.assert_allclose(x.grad.asnumpy(), derivative(numbers), rtol=1e-6)


@pytest.mark.parametrize(
    "function, derivatives",
    [
        (lambda x, y: x + y, lambda x, y: (1 + 0 * x, 1 + 0 * y)),
        (lambda x, y: nd.elemwise_mul(x, y), lambda x, y: (y, x)),
    ],
    ids=["add", "multiply"],
)
def test_function_of_two_sparse_arrays(function, derivatives):
    numbers = half_empty(4, 5), half_empty(4, 5, seed=2)
    x, y = (nd.array(n).tostype("row_sparse") for n in numbers)
    x.attach_grad()
    y.attach_grad()
    with autograd.record():
        z = function(x, y)
    z.backward()
    for array, expected in zip((x, y), derivatives(*numbers)):
        np.testing.assert_allclose(array.grad.asnumpy(), expected, rtol=1e-6)


@pytest.mark.parametrize("used", [[0, 3], [3, 0, 3]])
def test_sparse_embedding_has_rows_for_what_was_looked_up(used):
    table = nd.array(half_empty(6, 3))
    table.attach_grad(stype="row_sparse")
    with autograd.record():
        rows = nd.Embedding(nd.array(used), table, input_dim=6, output_dim=3, sparse_grad=True)
    rows.backward()
    assert table.grad.stype == "row_sparse"
    assert table.grad.indices.asnumpy().tolist() == sorted(set(used))
    expected = np.zeros((6, 3))
    np.add.at(expected, used, 1)
    np.testing.assert_array_equal(table.grad.asnumpy(), expected)
