"""Making test data: shapes, dense arrays, matrices. Sparse arrays are in ``sparse.py``.

The random numbers are numpy's, so that ``numpy.random.seed`` repeats them.
"""
import numpy as np

from .. import ndarray as nd

__all__ = ["assign_each", "assign_each2", "collapse_sum_like", "create_2d_tensor", "create_vector", "get_identity_mat",
           "get_identity_mat_batch", "new_matrix_with_real_eigvals_2d", "new_matrix_with_real_eigvals_nd",
           "new_orthonormal_matrix_2d", "new_sym_matrix_with_real_eigvals_2d", "new_sym_matrix_with_real_eigvals_nd",
           "np_reduce", "rand_coord_2d", "rand_shape_2d", "rand_shape_3d", "rand_shape_nd", "random_arrays",
           "random_sample", "random_uniform_arrays"]


def random_arrays(*shapes):
    """Normal float32 numpy arrays, in a list unless there is one shape; () gives a numpy array without axes."""
    arrays = [np.asarray(np.random.randn(*shape)).astype("float32") for shape in shapes]
    return arrays[0] if len(arrays) == 1 else arrays


def random_uniform_arrays(*shapes, **kwargs):
    """A list of uniform numpy arrays; keywords ``low`` (0), ``high`` (1), ``dtype`` (float32)."""
    low, high, dtype = kwargs.pop("low", 0.0), kwargs.pop("high", 1.0), kwargs.pop("dtype", np.float32)
    return [np.random.uniform(low, high, size=shape).astype(dtype) for shape in shapes]


def random_sample(population, k):
    """``k`` elements in random order."""
    shuffled = list(population)
    np.random.shuffle(shuffled)
    return shuffled[:k]


def rand_shape_nd(num_dim, dim=10, allow_zero_size=False):
    """A random shape; the dimensions are from 1 (0 with ``allow_zero_size``) to ``dim``, a number or one an axis."""
    return tuple(int(n) for n in np.random.randint(0 if allow_zero_size else 1, np.asarray(dim) + 1, size=num_dim))


def rand_shape_2d(dim0=10, dim1=10, allow_zero_size=False):
    """A random shape of two dimensions."""
    return rand_shape_nd(2, (dim0, dim1), allow_zero_size)


def rand_shape_3d(dim0=10, dim1=10, dim2=10, allow_zero_size=False):
    """A random shape of three dimensions."""
    return rand_shape_nd(3, (dim0, dim1, dim2), allow_zero_size)


def rand_coord_2d(x_low, x_high, y_low, y_high):
    """Two random integers, in ``[x_low, x_high)`` and ``[y_low, y_high)``."""
    return np.random.randint(x_low, x_high), np.random.randint(y_low, y_high)


def create_vector(size, dtype=np.int64):
    """The NDArray 0, 1, ..., size - 1."""
    return nd.arange(0, size, dtype=dtype)


def create_2d_tensor(rows, columns, dtype=np.int64):
    """An NDArray in which each row holds its own number."""
    return nd.array(np.broadcast_to(np.arange(rows).reshape(-1, 1), (rows, columns)), dtype=dtype)


def np_reduce(dat, axis, keepdims, numpy_reduce_func):
    """Reduce a numpy array by a function that takes one axis, over ``axis`` (a number, several, or None for all)."""
    axes = range(dat.ndim) if axis is None else [axis] if isinstance(axis, int) else list(axis)
    result = dat
    for i in sorted(axes, reverse=True):
        result = numpy_reduce_func(result, axis=i)
    if keepdims:
        result = np.asarray(result).reshape([1 if i in axes else n for i, n in enumerate(dat.shape)])
    return result


def collapse_sum_like(a, shape):
    """``a`` summed to a shape that broadcasts to its own; AssertionError for another shape."""
    assert len(a.shape) >= len(shape), f"an array of shape {a.shape} cannot be summed to {shape}"
    if np.prod(a.shape) == 0 and np.prod(shape) == 0:
        return a.reshape(shape)
    extra = len(a.shape) - len(shape)
    axes = list(range(extra))
    for i, n in enumerate(shape):
        if a.shape[extra + i] != n:
            assert n == 1, f"an array of shape {a.shape} cannot be summed to {shape}"
            axes.append(extra + i)
    return a.sum(axis=tuple(axes)).reshape(shape) if axes else a


def assign_each(the_input, function):
    """A numpy array of ``function`` of each element (None: a copy)."""
    result = np.array(the_input)
    if function is not None:
        for index in np.ndindex(result.shape):
            result[index] = function(the_input[index])
    return result


def assign_each2(input1, input2, function):
    """A numpy array of ``function`` of each pair of elements (None: a copy of the first)."""
    result = np.array(input1)
    if function is not None:
        for index in np.ndindex(result.shape):
            result[index] = function(input1[index], input2[index])
    return result


def get_identity_mat(size):
    """The identity matrix as an NDArray."""
    return nd.array(np.eye(size))


def get_identity_mat_batch(size):
    """Two identity matrices as an NDArray of shape (2, size, size)."""
    return nd.array(np.broadcast_to(np.eye(size), (2, size, size)))


def new_orthonormal_matrix_2d(n):
    """A random matrix with orthonormal rows."""
    return np.linalg.qr(np.random.normal(size=(n, n)))[0]


def new_matrix_with_real_eigvals_2d(n):
    """A random matrix whose eigenvalues are real and different."""
    basis = new_orthonormal_matrix_2d(n) + 0.1 * np.tril(np.random.uniform(size=(n, n)))
    values = np.diag(np.arange(1, n + 1) + np.random.uniform(-0.4, 0.4, n))
    return basis @ values @ np.linalg.inv(basis)


def new_sym_matrix_with_real_eigvals_2d(n):
    """A random symmetric matrix."""
    half = np.random.uniform(-5, 5, size=(n, n))
    return (half + half.T) / 2


def _stacked(matrix, shape):
    count = int(np.prod(shape[:-2])) if len(shape) > 2 else 1
    return np.array([matrix(shape[-1]) for _ in range(count)]).reshape(shape)


def new_matrix_with_real_eigvals_nd(shape):
    """Random matrices with real eigenvalues, in the last two axes of ``shape``."""
    return _stacked(new_matrix_with_real_eigvals_2d, shape)


def new_sym_matrix_with_real_eigvals_nd(shape):
    """Random symmetric matrices, in the last two axes of ``shape``."""
    return _stacked(new_sym_matrix_with_real_eigvals_2d, shape)
