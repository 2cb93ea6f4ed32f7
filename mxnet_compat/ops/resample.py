"""Resizing of images as OpenCV does it: nearest, bilinear, bicubic, area, Lanczos; on plain numpy arrays.

An axis is resized by a few taps an output place: which input places, with which weights. uint8 is computed in the fixed
point of OpenCV 3.4, with which it agrees to the bit. Operators are in ``image.py``.
"""
import numpy as np

__all__ = ["AREA", "CUBIC", "LANCZOS", "LINEAR", "METHODS", "NEAREST", "matrix", "resize"]

NEAREST, LINEAR, CUBIC, AREA, LANCZOS, LINEAR_EXACT = range(6)
METHODS = (NEAREST, LINEAR, CUBIC, AREA, LANCZOS, LINEAR_EXACT)
_ONE = 2048


def _cubic(x):
    """The four weights of a place ``x`` beyond the second of four, by Keys' kernel with a = -0.75."""
    a = np.float32(-0.75)
    one = np.float32(1)
    far = ((a * (x + one) - 5 * a) * (x + one) + 8 * a) * (x + one) - 4 * a
    near = ((a + 2) * x - (a + 3)) * x * x + one
    y = one - x
    other = ((a + 2) * y - (a + 3)) * y * y + one
    return np.stack([far, near, other, one - far - near - other], 1)


def _lanczos(x):
    """The eight weights of a place ``x`` beyond the fourth of eight."""
    t = x[:, None].astype(np.float64) - np.arange(-3, 5)
    w = np.sinc(t) * np.sinc(t / 4)
    return (w / w.sum(1, keepdims=True)).astype(np.float32)


def _taps(n_in, n_out, method, rows):
    """(places, weights): for each output place the input places and their weights, float32, both (n_out, taps)."""
    scale = 1 / (n_out / n_in)
    at = np.arange(n_out)
    if method == NEAREST:
        return np.minimum(np.floor(at * scale).astype(int), n_in - 1)[:, None], np.ones((n_out, 1), np.float32)
    if method == AREA:
        # where it enlarges, it is bilinear with places of its own
        first = np.floor(at * scale).astype(int)
        x = ((at + 1) - (first + 1) * (n_out / n_in)).astype(np.float32)
        x = np.where(x <= 0, np.float32(0), x - np.floor(x))
        method = LINEAR
    else:
        x = ((at + 0.5) * scale - 0.5).astype(np.float32)
        first = np.floor(x).astype(int)
        x = x - first.astype(np.float32)
    if method in (LINEAR, LINEAR_EXACT):
        if not rows:
            # at the edges OpenCV drops the second column, but weighs the same row twice, which rounds differently
            x = np.where((first < 0) | (first >= n_in - 1), np.float32(0), x)
        places, weights = first[:, None] + np.arange(2), np.stack([1 - x, x], 1)
    else:
        before, kernel = (1, _cubic) if method == CUBIC else (3, _lanczos)
        places, weights = first[:, None] + np.arange(-before, before + 2), kernel(x)
    return np.clip(places, 0, n_in - 1), weights


def _shrink_taps(n_in, n_out):
    """As ``_taps``, for the mean over the stretch of input that an output place covers; unused taps weigh 0."""
    scale = 1 / (n_out / n_in)
    rows = []
    for k in range(n_out):
        begin, end = k * scale, (k + 1) * scale
        width = min(scale, n_in - begin)
        lo, hi = int(np.ceil(begin)), min(int(np.floor(end)), n_in - 1)
        lo = min(lo, hi)
        row = [(lo - 1, (lo - begin) / width)] if lo - begin > 1e-3 else []
        row += [(i, 1 / width) for i in range(lo, hi)]
        if end - hi > 1e-3:
            row.append((hi, min(end - hi, 1.0, width) / width))
        rows.append(row)
    most = max(map(len, rows))
    places, weights = np.zeros((n_out, most), int), np.zeros((n_out, most), np.float32)
    for k, row in enumerate(rows):
        places[k, :len(row)], weights[k, :len(row)] = zip(*row)
    return places, weights


def _plan(shape, w, h, method):
    """(method as it will be, taps of the rows, taps of the columns)."""
    n_h, n_w = shape
    if method == LINEAR and n_h == 2 * h and n_w == 2 * w:
        method = AREA
    if method == AREA and n_h >= h and n_w >= w:
        return method, _shrink_taps(n_h, h), _shrink_taps(n_w, w)
    return (LINEAR if method == AREA else method), _taps(n_h, h, method, True), _taps(n_w, w, method, False)


def _along(x, taps, axis, dtype):
    """Weighted sums of a matrix along axis 0 or 1, tap by tap."""
    places, weights = taps
    weights = weights.astype(dtype, copy=False)
    total = None
    for k in range(places.shape[1]):
        part = np.take(x, places[:, k], axis).astype(dtype, copy=False)
        if places.shape[1] > 1:
            part *= weights[:, k, None] if axis == 0 else weights[:, k]
        total = part if total is None else np.add(total, part, out=total)
    return total


def _by_channel(taps, channels):
    """Taps of columns as those of a row of channels, so that an image can be a matrix: long rows are fast."""
    places, weights = taps
    places = places[:, None] * channels + np.arange(channels)[:, None]
    return places.reshape(-1, places.shape[2]), np.repeat(weights, channels, 0)


def _fixed(taps):
    return taps[0], np.rint(taps[1] * _ONE).astype(np.int32)


def _eighths(taps):
    """Bilinear weights in eight bits that add up to one."""
    second = np.rint(taps[1][:, 1] * 256).astype(np.int32)
    return taps[0], np.stack([256 - second, second], 1)


def resize(image, w, h, method=LINEAR):
    """An image (height, width, channels) of uint8, float32 or float64 as (h, w, channels), of the same type.

    ``method`` is one of ``METHODS``; a ValueError says so if it is not.
    """
    if image.shape[:2] == (h, w):
        return image.copy()
    if method not in METHODS:
        raise ValueError(f"the interpolation must be one of {METHODS}, got {method}")
    n_h, n_w, c = image.shape
    method, rows, columns = _plan((n_h, n_w), w, h, method)
    if method == NEAREST:
        return np.take(np.take(image, rows[0][:, 0], 0), columns[0][:, 0], 1)
    if image.dtype == np.uint8 and method == AREA and n_h % h == 0 and n_w % w == 0:
        return _whole_means(image, w, h)
    columns = _by_channel(columns, c)
    x = np.ascontiguousarray(image).reshape(n_h, n_w * c)
    if image.dtype != np.uint8:
        return _along(_along(x, columns, 1, image.dtype), rows, 0, image.dtype).reshape(h, w, c)
    if method == LINEAR_EXACT:
        rows = _taps(n_h, h, method, False)
    return _bytes(x, rows, columns, method).reshape(h, w, c)


def _bytes(image, rows, columns, method):
    """A matrix of uint8 resized, as OpenCV rounds for the method."""
    if method == AREA:
        y = _along(_along(image, columns, 1, np.float32), rows, 0, np.float32)
        return np.clip(np.rint(y), 0, 255).astype(np.uint8)
    if method == LINEAR_EXACT:
        across = _along(image, _eighths(columns), 1, np.int32)
        return ((_along(across, _eighths(rows), 0, np.int32) + (1 << 15)) >> 16).astype(np.uint8)
    across = _along(image, _fixed(columns), 1, np.int32)
    if method == LINEAR:
        across >>= 4
        return _linear_rows(across, _fixed(rows))
    y = (_along(across, _fixed(rows), 0, np.int32) + (1 << 21)) >> 22
    if method == CUBIC:
        # OpenCV sums columns of eight values in float32, and only what is left over as integers
        whole = y.shape[1] // 8 * 8
        places, weights = _fixed(rows)
        weights = weights.astype(np.float32) * np.float32(1 / _ONE ** 2)
        y[:, :whole] = np.rint(_along(across[:, :whole], (places, weights), 0, np.float32))
    return np.clip(y, 0, 255).astype(np.uint8)


def _linear_rows(across, taps):
    """The last step of bilinear uint8: each product is cut before the sum is rounded. In stripes that stay in the cache."""
    places, weights = taps
    out = np.empty((len(places), across.shape[1]), np.uint8)
    step = max(1, 65536 // max(across.shape[1], 1))
    for k in range(0, len(places), step):
        part = slice(k, k + step)
        y = across[places[part, 0]]
        y *= weights[part, 0, None]
        y >>= 16
        other = across[places[part, 1]]
        other *= weights[part, 1, None]
        other >>= 16
        y += other
        y += 2
        y >>= 2
        out[part] = y
    return out


def _whole_means(image, w, h):
    """Means over whole numbers of pixels: an integer sum, rounded once."""
    n_h, n_w, c = image.shape
    a, b = n_h // h, n_w // w
    total = image.reshape(h, a, w, b, c).sum((1, 3), dtype=np.int32)
    if a * b == 4:
        return ((total + 2) >> 2).astype(np.uint8)
    return np.rint(total.astype(np.float32) * np.float32(1 / (a * b))).astype(np.uint8)


def matrix(n_in, n_out, other_in, other_out, method):
    """The weights of one axis as a matrix (n_out, n_in), where the other axis goes from ``other_in`` to ``other_out``."""
    _, (places, weights), _ = _plan((n_in, other_in), other_out, n_out, method)
    m = np.zeros((n_out, n_in))
    for k in range(places.shape[1]):
        np.add.at(m, (np.arange(n_out), places[:, k]), weights[:, k])
    return m
