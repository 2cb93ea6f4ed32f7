"""Making random sparse arrays, and dense ones by the same function."""
import numpy as np

from .. import ndarray as nd
from .environment import default_dtype
from .generate import assign_each, random_arrays

__all__ = ["create_sparse_array", "create_sparse_array_zd", "rand_ndarray", "rand_sparse_ndarray",
           "shuffle_csr_column_indices"]


def shuffle_csr_column_indices(csr):
    """Shuffle the column indices within each row of an object with ``indptr`` and ``indices`` in place."""
    for begin, end in zip(csr.indptr[:-1], csr.indptr[1:]):
        np.random.shuffle(csr.indices[begin:end])


def _uniform_mask(shape, density):
    return np.random.rand(*shape) < density


def _powerlaw_mask(shape, density):
    """Row i has about 2**(i + 1) entries, as far as the total of ``density`` allows, and every row has one."""
    rows, columns = shape
    total = int(rows * columns * density)
    if total < 2 * rows:
        raise ValueError(f"a power law over shape {shape} needs a density of at least {2 / columns}, got {density}")
    counts = np.ones(rows, dtype=int)
    left = total - rows
    for i in range(rows):
        more = min(2 ** min(i + 1, 62) - 1, columns - 1, left)
        counts[i] += more
        left -= more
    if left > 0:
        raise ValueError(f"a power law over shape {shape} has fewer than {total} entries; lower the density, {density}")
    return np.arange(columns) < counts[:, None]


def _rand_csr(shape, density, dtype, distribution, data_init, modifier_func, shuffle, ctx):
    assert len(shape) == 2, f"csr arrays have two dimensions, got shape {shape}"
    if not 0 <= density <= 1:
        raise ValueError(f"density must be from 0 to 1, got {density}")
    masks = {"uniform": _uniform_mask, "powerlaw": _powerlaw_mask}
    assert distribution in masks, f"distribution must be 'uniform' or 'powerlaw', got {distribution!r}"
    mask = masks[distribution](shape, density)
    indptr = np.concatenate([[0], np.cumsum(mask.sum(axis=1))]).astype("int64")
    indices = np.nonzero(mask)[1].astype("int64")
    data = np.random.rand(len(indices)).astype(dtype)
    if data_init is not None:
        data.fill(data_init)
    data = assign_each(data, modifier_func)
    if shuffle:
        for begin, end in zip(indptr[:-1], indptr[1:]):
            np.random.shuffle(indices[begin:end])
    csr = nd.sparse.csr_matrix((data, indices, indptr), shape=shape, dtype=dtype, ctx=ctx)
    return csr, (csr.indptr, csr.indices, csr.data)


def _rand_row_sparse(shape, density, dtype, distribution, data_init, rsp_indices, modifier_func, ctx):
    assert distribution == "uniform", f"row_sparse arrays are made uniform only, not {distribution!r}"
    if rsp_indices is None:
        indices = np.flatnonzero(np.random.rand(shape[0]) < density).astype("int64")
    else:
        indices = np.asarray(rsp_indices, dtype="int64")
        assert len(indices) <= shape[0], f"there are {len(indices)} row indices but {shape[0]} rows"
    if not len(indices):
        empty = nd.zeros(shape, stype="row_sparse", dtype=dtype, ctx=ctx)
        return empty, (np.array([], dtype=dtype), np.array([], dtype="int64"))
    values = np.random.rand(len(indices), *shape[1:]).astype(dtype)
    if data_init is not None:
        values.fill(data_init)
    values = assign_each(values, modifier_func)
    rows = nd.sparse.row_sparse_array((values, indices), shape=shape, dtype=dtype, ctx=ctx)
    return rows, (values, indices)


def rand_sparse_ndarray(shape, stype, density=None, dtype=None, distribution=None, data_init=None, rsp_indices=None,
                        modifier_func=None, shuffle_csr_indices=False, ctx=None):
    """A random ``'row_sparse'`` or ``'csr'`` array and its parts: (values, indices), or (indptr, indices, data).

    ``density`` is the share of rows or of elements (random by default); ``distribution`` is ``'uniform'``, or
    ``'powerlaw'`` for csr; ``data_init`` fills the values, ``modifier_func`` is applied to each. AssertionError for
    another ``stype``.
    """
    density = np.random.rand() if density is None else density
    dtype = default_dtype() if dtype is None else dtype
    distribution = distribution or "uniform"
    if stype == "row_sparse":
        return _rand_row_sparse(shape, density, dtype, distribution, data_init, rsp_indices, modifier_func, ctx)
    assert stype == "csr", f"stype must be 'row_sparse' or 'csr', got {stype!r}"
    return _rand_csr(shape, density, dtype, distribution, data_init, modifier_func, shuffle_csr_indices, ctx)


def rand_ndarray(shape, stype="default", density=None, dtype=None, modifier_func=None, shuffle_csr_indices=False,
                 distribution=None, ctx=None):
    """A random NDArray of that storage type: normal if dense, else see ``rand_sparse_ndarray``."""
    if stype == "default":
        return nd.array(random_arrays(shape), dtype=dtype, ctx=ctx)
    return rand_sparse_ndarray(shape, stype, density=density, dtype=dtype, modifier_func=modifier_func,
                               shuffle_csr_indices=shuffle_csr_indices, distribution=distribution, ctx=ctx)[0]


def create_sparse_array(shape, stype, data_init=None, rsp_indices=None, dtype=None, modifier_func=None, density=.5,
                        shuffle_csr_indices=False):
    """A random sparse array, with the arguments of ``rand_sparse_ndarray``."""
    return rand_sparse_ndarray(shape, stype, density=density, dtype=dtype, data_init=data_init, rsp_indices=rsp_indices,
                               modifier_func=modifier_func, shuffle_csr_indices=shuffle_csr_indices)[0]


def create_sparse_array_zd(shape, stype, density, data_init=None, rsp_indices=None, dtype=None, modifier_func=None,
                           shuffle_csr_indices=False):
    """``create_sparse_array``, where a density of 0 also makes row_sparse arrays without rows."""
    if stype == "row_sparse" and density == 0.0 and rsp_indices is None:
        rsp_indices = []
    return create_sparse_array(shape, stype, data_init=data_init, rsp_indices=rsp_indices, dtype=dtype,
                               modifier_func=modifier_func, density=density, shuffle_csr_indices=shuffle_csr_indices)
