"""What a key means in ``x[key]`` and ``x[key] = value``, on numpy arrays, with MXNet's results and refusals.

``resolve`` translates a key into one that numpy takes, ``assign`` writes. The array class, views of it and the gradient
live elsewhere; this file knows an NDArray only as an instance of ``NDArrayTypes``, which the array class fills in.
"""
import math

import numpy as np

from ..base import MXNetError

__all__ = ["NDArrayTypes", "assign", "resolve", "to_numpy"]

NDArrayTypes = ()

_WHOLE = slice(None)
_INDEX = np.dtype(np.int64)
_NUMBERS = (int, np.int32, np.int64)
_ARRAYS = (list, tuple, range, np.ndarray)


def to_numpy(nd):
    """The elements of an NDArray as a numpy array."""
    return nd.asnumpy()


def resolve(key, shape):
    """Translate ``key`` for an array of ``shape``; return ``(kind, npkey)`` so that ``a[npkey]`` is MXNet's ``x[key]``.

    ``kind`` is ``'self'`` (the array itself is the result), ``'view'`` (one contiguous stretch, which writes through),
    ``'copy'`` (slices that select anything else) or ``'advanced'`` (index arrays; ``a[npkey]`` is new memory, perhaps
    not in C order, and it raises IndexError where an entry is out of range). The result is never zero-dimensional.

    Raises IndexError (out of range, too many indices, two ellipses, a boolean NDArray of the wrong shape), ValueError
    (a key of another type, a boolean NDArray, a step of zero, index arrays that do not broadcast), TypeError (a slice
    of anything but integers, an index list that is no array), MXNetError (an empty index array or range, an empty
    selection beyond the first axis).
    """
    t = type(key)
    if t is int or t is np.int64 or t is np.int32:
        return _row(key, shape)
    if t is slice:
        # a bare slice is MXNet's own cut of rows: unlike one in a tuple, it refuses to end before it begins
        step = key.step
        if step is None or step == 1:
            return _rows(key, shape)
        key = (key,)
    elif t is not tuple:
        if t is bool:
            return _row(key, shape)
        key = (key,)
    elif not key:
        return "self", key
    elif len(key) == len(shape) and bool in map(type, key) and all(isinstance(k, _NUMBERS) for k in key):
        # MXNet takes booleans for 0 and 1 where a key names one element, and drops them from any other
        key = tuple(map(int, key))
    if not shape and (key[0] is None or key[0] is Ellipsis):
        raise ValueError("a zero-dimensional array takes the keys () and : only")
    items, advanced = _expand(key, shape)
    if advanced:
        return "advanced", _advanced(items, shape)[0]
    npkey, lengths, contiguous = _basic(items, shape)
    if 0 in lengths:
        _refuse_barren(items, shape)
    return "view" if contiguous else "copy", npkey


def _refuse_barren(items, shape):
    """Raise for an empty slice behind the first place of a key."""
    axis = 0
    for at, k in enumerate(items):
        if at and type(k) is slice and not len(range(*k.indices(shape[axis]))):
            raise MXNetError(f"the slice {k.start}:{k.stop}:{k.step} selects nothing of axis {axis}, of size "
                             f"{shape[axis]}; only the first index of a key may be empty")
        axis += k is not None


def _row(i, shape):
    if not shape:
        raise IndexError("a zero-dimensional array has no rows")
    n = shape[0]
    i = int(i)
    if not -n <= i < n:
        raise IndexError(f"index {i} is out of range for axis 0 of size {n}")
    if len(shape) > 1:
        return "view", i
    i %= n
    return "view", slice(i, i + 1)


def _rows(key, shape):
    if key.start is None and key.stop is None:
        return "self", key
    if not shape:
        raise IndexError("a zero-dimensional array has no rows")
    start, stop, _ = key.indices(shape[0])
    if start > stop:
        raise MXNetError(f"the slice {key.start}:{key.stop} of {shape[0]} rows begins at {start}, after its end {stop}")
    return "view", slice(start, stop)


def _expand(key, shape):
    """Check the kinds, spell the ellipsis out, drop booleans; return one entry an axis, with None between, and whether
    an index array is among them."""
    items = []
    axes = 0
    dots = -1
    advanced = False
    for k in key:
        t = type(k)
        if t is int or t is slice:
            axes += 1
        elif k is None:
            pass
        elif k is Ellipsis:
            if dots >= 0:
                raise IndexError("a key has one ellipsis at most")
            dots = len(items)
            continue
        elif t is bool:
            # a boolean among other indices selects nothing and adds no axis
            continue
        elif isinstance(k, _ARRAYS) or isinstance(k, NDArrayTypes):
            axes += 1
            advanced = True
        elif isinstance(k, _NUMBERS):
            axes += 1
        elif advanced:
            # MXNet's class here, though the same mistake before the first array is a ValueError
            raise RuntimeError(f"an index of type {t.__name__} ({k!r}) cannot stand beside an index array")
        else:
            raise ValueError(f"an array cannot be indexed with {k!r} of type {t.__name__}")
        items.append(k)
    missing = len(shape) - axes
    if missing < 0:
        raise IndexError(f"{axes} indices for an array of {len(shape)} dimensions")
    if missing:
        at = len(items) if dots < 0 else dots
        items[at:at] = [_WHOLE] * missing
    return items, advanced


def _basic(items, shape):
    """The numpy key of ints, slices and None; the shape that it selects; whether that is one stretch of memory."""
    npkey = []
    lengths = ()
    axis = 0
    stretch = True
    inside = False      # an axis of more than one entry was passed: the ones after it must be whole
    for k in items:
        if k is None:
            lengths += (1,)
            npkey.append(k)
            continue
        n = shape[axis]
        if type(k) is slice:
            if k == _WHOLE:
                count = n
                inside = inside or n > 1
            else:
                start, stop, step = k.indices(n)
                count = len(range(start, stop, step))
                if inside:
                    stretch = stretch and count == n and (step == 1 or n == 1)
                elif count > 1:
                    inside = True
                    stretch = step == 1
            lengths += (count,)
        else:
            k = int(k)
            if not -n <= k < n:
                raise IndexError(f"index {k} is out of range for axis {axis} of size {n}")
            if inside and n > 1:
                stretch = False
        npkey.append(k)
        axis += 1
    if not lengths:
        # one element: the last index becomes a slice, for results are never zero-dimensional
        if not npkey:
            return (), (), True
        last = npkey[-1] % shape[-1]
        npkey[-1] = slice(last, last + 1)
        lengths = (1,)
    return tuple(npkey), lengths, stretch


def _advanced(items, shape):
    """The numpy key of an advanced index, and which axes of the result are there by None."""
    arrays = {}
    axis = 0
    for at, k in enumerate(items):
        if k is None:
            continue
        if type(k) is slice:
            if not len(range(*k.indices(shape[axis]))):
                raise MXNetError(f"the slice {k.start}:{k.stop}:{k.step} selects nothing of axis {axis}, of size "
                                 f"{shape[axis]}; beside an index array it has to select something")
        else:
            arrays[at] = _index_array(k, axis, shape)
        axis += 1
    if 0 in shape:
        raise MXNetError(f"an array of shape {shape} has nothing that an index array could select")
    if len(arrays) == 1:
        (k,) = arrays.values()
        block = k.shape
    else:
        block = np.broadcast_shapes(*(v.shape for v in arrays.values()))
    if not block or 0 in block:
        raise MXNetError(f"an index array of shape {block} selects nothing")
    first, last = min(arrays), max(arrays)
    together = last - first + 1 == len(arrays)
    if together and None in items[last + 1:]:
        return _misplaced(items, list(arrays.values()), block, first, last)
    npkey = tuple(arrays.get(at, k) for at, k in enumerate(items))
    if together:
        return npkey, tuple(at for at, k in enumerate(items) if k is None)
    rest = [k for at, k in enumerate(items) if at not in arrays]
    return npkey, tuple(len(block) + at for at, k in enumerate(rest) if k is None)


def _misplaced(items, arrays, block, first, last):
    """As ``_advanced``, where None follows a run of index arrays: MXNet then counts the run as no axis."""
    # the axes of the result in order: slices, the numbers of the block's axes, and None where MXNet puts it
    layout = [k for k in items[:first] if k is not None] + [*range(len(block))]
    layout += [k for k in items[last + 1:] if k is not None]
    nones = tuple(at if at < first else at - len(arrays) for at, k in enumerate(items) if k is None)
    for at in nones:
        layout.insert(at, None)
    begin, end = layout.index(0), layout.index(len(block) - 1) + 1
    # None inside the block can only be told to numpy by the shape of the index arrays
    inner = tuple(1 if k is None else block[k] for k in layout[begin:end])
    arrays = [np.broadcast_to(v, block).reshape(inner) for v in arrays]
    return (*layout[:begin], *arrays, *layout[end:]), nones


def _index_array(k, axis, shape):
    """One index of an advanced key as an array of integers; booleans are the indices 0 and 1, floats are cut."""
    if isinstance(k, NDArrayTypes):
        k = to_numpy(k)
        if k.dtype == bool:
            if k.shape != shape[axis:axis + k.ndim]:
                raise IndexError(f"a boolean index of shape {k.shape} for an array of shape {shape}, from axis {axis}")
            raise ValueError("boolean arrays are not masks in legacy mode; switch numpy semantics on with "
                             "npx.set_np(), or use nd.contrib.boolean_mask")
    elif isinstance(k, _NUMBERS):
        # of one axis, as MXNet has it, so that it broadcasts to (1,) with an array of no axis
        return np.array([k], np.int64)
    elif not isinstance(k, np.ndarray):
        k = _numbers_in(k, _INDEX)
    # always new memory: the key may outlive the call on the tape, the caller's array may change
    with np.errstate(invalid="ignore"):
        return k.astype(np.int64)


def assign(a, key, value):
    """Write ``value`` into ``a[key]`` in place, as ``x[key] = value`` does in MXNet; ``a`` is a numpy array.

    ``value`` is a number, None (nan in a floating array), an NDArray, a numpy array, or anything that numpy makes a
    numeric array of; it is cut to the dtype of ``a`` (integers wrap) and broadcast. Where an index is given twice, the
    last one counts. An array without elements accepts everything.

    Raises what ``resolve`` raises for keys; AssertionError for a slice that ends before it begins; ValueError for a
    value whose shape does not broadcast; TypeError for one that is not numeric; MXNetError for one without elements.
    Nothing is written then.
    """
    shape = a.shape
    if 0 in shape:
        return
    t = type(key)
    whole = advanced = False
    nones = ()
    if t is int and shape:
        npkey = _row(key, shape)[1]
    elif t is slice and key == _WHOLE or t is bool:
        npkey, whole = (), True
    else:
        npkey, nones, advanced, whole = _target(key, shape)
    if isinstance(value, NDArrayTypes) and type(value._a) is type(a) is not np.ndarray:
        values = value._a       # both on a GPU, whose kernels cast
    else:
        values = _cast(value, a.dtype, whole)
    if type(values) is float or not values.ndim:
        a[npkey] = values
        return
    if not values.size and not (whole and isinstance(value, np.ndarray)) and (advanced or a[npkey].size):
        raise MXNetError(f"a value of shape {values.shape} has no elements to assign")
    # numpy drops superfluous leading axes by itself where the key is advanced, and finding its shape would cost a copy
    if not advanced or nones:
        target = a[npkey].shape
        values = _fit(values, target, nones)
        if 0 in target or a.dtype == bool and not advanced and not whole:
            np.broadcast_to(values, target)
            if 0 not in target:
                raise MXNetError("a part of a bool array takes a number; assign to all of it, or by an index array")
            if values.size:
                raise MXNetError(f"a value of shape {values.shape} has elements, but the key selects none: {target}")
    a[npkey] = values


def _target(key, shape):
    """The numpy key of an assignment, the axes that are there by None, whether it is advanced, whether it is all."""
    if type(key) is not tuple:
        key = (key,)
    if not shape:
        if key and key != (_WHOLE,):
            raise IndexError("a zero-dimensional array takes the keys () and : only")
        return (), (), False, True
    items, advanced = _expand(key, shape)
    if advanced:
        return *_advanced(items, shape), True, False
    # after _basic, since an index out of range goes before a backward slice
    npkey, lengths, contiguous = _basic(items, shape)
    axis = 0
    for k in items:
        if type(k) is slice:
            start, stop, step = k.indices(shape[axis])
            if (stop - start) * step < 0:
                raise AssertionError(f"the slice {k.start}:{k.stop}:{k.step} of axis {axis}, of size {shape[axis]}, "
                                     "ends before it begins; an assignment does not take that")
        axis += k is not None
    kept = [k for k in items if k is None or type(k) is slice]
    nones = tuple(at for at, k in enumerate(kept) if k is None)
    return npkey, nones, False, contiguous and math.prod(lengths) == math.prod(shape)


def _fit(value, target, nones):
    """``value`` with the axes that numpy needs to broadcast it to ``target``; those at ``nones`` may be left out."""
    short = value.ndim < len(target)
    if nones and not short and any(value.shape[at - len(target)] != 1 for at in nones):
        raise MXNetError(f"a value of shape {value.shape} has more than one entry along an axis that None makes")
    needed = len(target) - len(nones) * short
    extra = value.ndim - needed
    if extra > 0 and value.shape[:extra] != (1,) * extra:
        raise ValueError(f"a value of shape {value.shape} does not broadcast to {target}")
    if nones and short:
        value = value.reshape((1,) * -extra + value.shape[max(extra, 0):])
        return np.expand_dims(value, nones)
    return value.reshape(value.shape[extra:]) if extra > 0 else value


def _cast(value, dtype, whole):
    """``value`` as a float that ``dtype`` holds, or as an array of ``dtype``."""
    if isinstance(value, (int, float, np.generic)):
        # as in MXNet every number passes through a double; the bounds are within all floating types, float16 too
        value = float(value)
        if dtype.kind == "f" and -60000.0 < value < 60000.0:
            return value
        value = np.array(value)
    elif isinstance(value, NDArrayTypes):
        value = to_numpy(value)
    elif not isinstance(value, np.ndarray):
        return _numbers_in(value, dtype)
    if value.dtype == dtype:
        return value
    try:
        with np.errstate(all="ignore"):
            return value.astype(dtype)
    except (TypeError, ValueError) as e:
        if whole and isinstance(e, ValueError):
            raise
        raise TypeError(f"an array of {value.dtype} cannot become one of {dtype}: {e}") from None


def _numbers_in(value, dtype):
    """A list, or whatever else numpy takes for an array, as an array of ``dtype``; TypeError where it is none."""
    first = value
    while isinstance(first, (list, tuple)) and first:
        first = first[0]
    try:
        # numpy would take a list of NDArrays apart, one element at a time
        if isinstance(first, NDArrayTypes):
            raise TypeError("it holds NDArrays")
        with np.errstate(all="ignore"):
            if dtype.kind not in "iu":
                return np.array(value, dtype)
            # in two steps, for numpy 2 refuses to wrap Python integers
            r = np.array(value)
            if r.dtype.kind == "c" or r.dtype.kind == "f" and not (np.abs(r) < 2.0**63).all():
                raise TypeError("it holds numbers that are no integers")
            return r.astype(np.int64).astype(dtype)
    except (TypeError, ValueError, OverflowError) as e:
        raise TypeError(f"{value!r} of type {type(value).__name__} is not numeric: {e}") from None
