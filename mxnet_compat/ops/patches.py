"""im2col and col2im: the patches of an image under a sliding kernel as columns, and columns added back to an image."""
import numpy as np
from numpy.lib.stride_tricks import as_strided

from . import functional as F
from .declare import FLOAT, Array, operator
from .params import Shape


def _geometry(size, kernel, stride, dilate, pad):
    """(stride, dilate, pad, output size) of a kernel that slides over an image of ``size``; ValueError if it cannot."""
    n = len(kernel)
    if n not in (1, 2, 3):
        raise ValueError(f"kernel must have 1, 2 or 3 numbers, got {kernel}")
    stride, dilate, pad = stride or (1,) * n, dilate or (1,) * n, pad or (0,) * n
    for name, value, least in (("kernel", kernel, 1), ("stride", stride, 1), ("dilate", dilate, 1), ("pad", pad, 0)):
        if len(value) != n or min(value) < least:
            raise ValueError(f"{name} must have {n} numbers of at least {least}, got {value}")
    if len(size) != n:
        raise ValueError(f"a kernel of {n} dimensions needs an image of as many, got {len(size)}")
    out = []
    for d, k, s, e, p in zip(size, kernel, stride, dilate, pad):
        reach = e * (k - 1) + 1
        if reach > d + 2 * p:
            raise ValueError(f"the kernel {kernel}, with dilation {dilate}, exceeds the padded image {size}")
        out.append((d + 2 * p - reach) // s + 1)
    return stride, dilate, pad, tuple(out)


def _columns(data, kernel, stride, dilate, out):
    """A view of a padded image with axes (batch, channel, kernel…, output…)."""
    spatial = data.strides[2:]
    return as_strided(data, data.shape[:2] + tuple(kernel) + out,
                      data.strides[:2] + tuple([st * d for st, d in zip(spatial, dilate)])
                      + tuple([st * s for st, s in zip(spatial, stride)]))


@operator("im2col", dtypes=FLOAT)
def im2col(data: Array, *, kernel: Shape, stride: Shape = (), dilate: Shape = (), pad: Shape = ()):
    """The patches that a kernel covers: (n, c, spatial…) to (n, c * kernel size, number of positions).

    Raises MXNetError for a kernel that does not fit, or numbers that do not go with it.
    """
    stride, dilate, pad, out = _geometry(data.shape[2:], kernel, stride, dilate, pad)
    if any(pad):
        data = np.pad(data, [(0, 0), (0, 0)] + [(p, p) for p in pad])
    n, c = data.shape[:2]
    return np.array(_columns(data, kernel, stride, dilate, out), order="C").reshape(n, c * _size(kernel), _size(out))


def _size(shape):
    return int(np.prod(shape))


def _col_geometry(shape, output_size, kernel, stride, dilate, pad):
    stride, dilate, pad, out = _geometry(output_size, kernel, stride, dilate, pad)
    if len(shape) != 3 or shape[1] % _size(kernel) or shape[2] != _size(out):
        raise ValueError(f"data must have the shape (batch, a multiple of {_size(kernel)}, {_size(out)}), got {shape}")
    return stride, dilate, pad, out


@operator("col2im", dtypes=FLOAT)
def col2im(data: Array, *, output_size: Shape, kernel: Shape, stride: Shape = (), dilate: Shape = (), pad: Shape = ()):
    """The opposite of ``im2col``: every column added to the places in the image that its patch was taken from."""
    stride, dilate, pad, out = _col_geometry(data.shape, output_size, kernel, stride, dilate, pad)
    n, c = data.shape[0], data.shape[1] // _size(kernel)
    wide = np.float32 if data.dtype == np.float16 else data.dtype
    y = np.zeros((n, c, *[d + 2 * p for d, p in zip(output_size, pad)]), wide)
    patches = data.reshape((n, c, *kernel, *out))
    # one strided addition for each place in the kernel
    for at in np.ndindex(*kernel):
        where = [slice(i * e, i * e + s * (m - 1) + 1, s) for i, e, s, m in zip(at, dilate, stride, out)]
        y[(slice(None), slice(None), *where)] += patches[(slice(None), slice(None), *at)]
    inner = y[(slice(None), slice(None), *[slice(p, p + d) for p, d in zip(pad, output_size)])]
    return np.array(inner, data.dtype, order="C")


@im2col.shapes
def _(data, *, kernel, stride, dilate, pad):
    if data is None:
        return (None,), (None,)
    out = _geometry(data[2:], kernel, stride, dilate, pad)[3]
    return (data,), ((data[0], data[1] * _size(kernel), _size(out)),)


@col2im.shapes
def _(data, *, output_size, kernel, **kw):
    if data is None:
        return (None,), (None,)
    _col_geometry(data, output_size, kernel, **kw)
    return (data,), ((data[0], data[1] // _size(kernel), *output_size),)


im2col.gradient(data=lambda dy, data_like, kernel, stride, dilate, pad: F.col2im(
    dy, output_size=data_like.shape[2:], kernel=kernel, stride=stride, dilate=dilate, pad=pad))
col2im.gradient(data=lambda dy, kernel, stride, dilate, pad: F.im2col(
    dy, kernel=kernel, stride=stride, dilate=dilate, pad=pad))
