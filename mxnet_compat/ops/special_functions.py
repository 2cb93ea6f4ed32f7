"""Special functions on numpy arrays: error functions, the gamma function and its logarithmic derivatives.

Plain functions of arrays, for kernels; the operators made of them are in ``special.py``. float64 results are good to
about 1e-14 relative (``lgamma`` near its roots: absolute), float32 results to a few units in the last place.
"""
import numpy as np

__all__ = ["digamma", "erf", "erfc", "erfinv", "gamma", "lgamma", "normal", "polygamma"]

# Rational approximations of erf and erfc on three intervals (W. J. Cody, Math. Comp. 23, 1969), highest power last.
_SMALL = ((3209.37758913846947, 377.485237685302021, 113.864154151050156, 3.16112374387056560, .185777706184603153),
          (2844.23683343917062, 1282.61652607737228, 244.024637934444173, 23.6012909523441209, 1.0))
_MIDDLE = ((1230.33935479799725, 2051.07837782607147, 1712.04761263407058, 881.952221241769090, 298.635138197400131,
            66.1191906371416295, 8.88314979438837594, .564188496988670089, 2.15311535474403846e-8),
           (1230.33935480374942, 3439.36767414372164, 4362.61909014324716, 3290.79923573345963, 1621.38957456669019,
            537.181101862009858, 117.693950891312499, 15.7449261107098347, 1.0))
_LARGE = ((-6.58749161529837803e-4, -.0160837851487422766, -.125781726111229246, -.360344899949804439,
           -.305326634961232344, -.0163153871373020978),
          (.00233520497626869185, .0605183413124413191, .527905102951428412, 1.87295284992346725, 2.56852019228982242,
           1.0))
# erf(x) / x in x**2 for single precision, fitted to |x| < 3.93; it comes to 1 at _ONE
_SINGLE = ((1.1283791691971423, 0.185156130530102, 0.05426183655530743, 0.003841403057876718, 3.774357748984244e-4,
            4.627153114565709e-6, -1.2896102195767232e-8),
           (1.0, 0.4974237562364896, 0.11389572945707714, 0.015438011353281735, 1.3029930660335203e-3,
            6.256753273830952e-05))
_ONE = 3.9
# artanh(erf(x / sqrt(2))) / x in x**2 for single precision, fitted to |x| < 5.5 so that erf is off by 6e-8 at most
_NORMAL = (.797884941, .0363330845, -3.25948376e-5, -5.53062591e-5, 3.96475778e-6, -1.32264511e-7, 1.75620638e-9)
_SURE = 30.25
_BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510, 43867 / 798, -174611 / 330)

# poles and what lies beyond the domain give inf and nan in silence
_quietly = np.errstate(all="ignore")


def _poly(coefficients, x):
    t = x.dtype.type
    y = x * t(coefficients[-1])
    y += t(coefficients[-2])
    for c in coefficients[-3::-1]:
        y *= x
        y += t(c)
    return y


def _ratio(pq, x):
    return _poly(pq[0], x) / _poly(pq[1], x)


@_quietly
def erf(x):
    """The error function, in the type of ``x`` (float16 through float32)."""
    if x.dtype == np.float64:
        a = np.abs(x)
        small = np.minimum(a, .46875)
        y = np.where(a <= .46875, small * _ratio(_SMALL, small * small), 1 - _tail(np.maximum(a, .46875)))
        return np.copysign(y, x)
    z = x.astype(np.float32, copy=False)
    z = np.minimum(np.maximum(z, np.float32(-_ONE)), np.float32(_ONE))
    y = _ratio(_SINGLE, np.square(z))
    y *= z
    # the bounds are where it comes to 1 exactly, near enough to where erf does
    np.minimum(np.maximum(y, np.float32(-1), out=y), np.float32(1), out=y)
    return y.astype(x.dtype, copy=False)


@_quietly
def normal(x):
    """The normal distribution function, in the type of ``x``: ``(1 + erf(x / sqrt(2))) / 2``; float32 within 1e-7."""
    t = x.dtype.type
    if x.dtype == np.float64:
        y = erf(x * t(np.sqrt(.5)))
    else:
        z = x.astype(np.float32, copy=False)
        # by the hyperbolic tangent, for which processors have instructions enough, in half the passes of a quotient
        y = _poly(_NORMAL, np.minimum(np.square(z), np.float32(_SURE)))
        y *= z
        y = np.tanh(y).astype(x.dtype, copy=False)
    y += 1
    y *= t(.5)
    return y


def _tail(a):
    """erfc of float64 ``a`` >= 0.46875."""
    a = np.minimum(a, 28.0)
    middle = np.minimum(a, 4.0)
    far = np.maximum(a, 4.0)
    inverse = 1 / (far * far)
    large = (1 / np.sqrt(np.pi) + inverse * _ratio(_LARGE, inverse)) / far
    # x**2 in two parts keeps the exponential exact
    cut = np.trunc(a * 16) / 16
    scale = np.exp(-cut * cut) * np.exp(-(a - cut) * (a + cut))
    return scale * np.where(a <= 4, _ratio(_MIDDLE, middle), large)


@_quietly
def erfc(x):
    """``1 - erf(x)`` of float64, exact where erf is nearly 1."""
    a = np.abs(x)
    small = np.minimum(a, .46875)
    tail = _tail(np.maximum(a, .46875))
    near = 1 - np.copysign(small * _ratio(_SMALL, small * small), x)
    y = np.where(a <= .46875, near, np.where(x < 0, 2 - tail, tail))
    return np.where(np.isnan(x), np.nan, y)


@_quietly
def erfinv(y):
    """The inverse of ``erf``; ±inf at ±1, nan beyond. In the type of ``y``."""
    a = np.abs(y).astype(np.float64)
    inside = np.minimum(a, 1 - 1e-17)
    rest = 1 - inside
    ln = np.log(np.maximum(rest * (1 + inside), 1e-300))
    b = 2 / (np.pi * .147) + ln / 2
    x = np.sqrt(np.maximum(np.sqrt(b * b - ln / .147) - b, 0))
    for _ in range(3):
        step = (np.where(inside < .5, inside - erf(x), erfc(x) - rest)) * np.exp(x * x) * (np.sqrt(np.pi) / 2)
        x += step / (1 - x * step)
    x = np.where(a == 1, np.inf, np.where(a > 1, np.nan, x))
    return np.copysign(x, y).astype(y.dtype)


def _reflected(x):
    """(x in float64, where it is below 1/2, the mirrored argument >= 1/2)."""
    x = x.astype(np.float64)
    low = x < .5
    return x, low, np.where(low, 1 - x, x)


def _sin_pi(x):
    n = np.round(x)
    s = np.sin(np.pi * (x - n))
    return np.where(n % 2 == 0, s, -s)


def _stirling(z):
    """log gamma of ``z`` >= 8."""
    inverse = 1 / z
    series = _poly([b / (2 * k * (2 * k - 1)) for k, b in enumerate(_BERNOULLI, 1)], inverse * inverse) * inverse
    return (z - .5) * np.log(z) - z + (.5 * np.log(2 * np.pi)) + series


def _shift(z):
    """(argument >= 8, the product that the recurrence divides by): 1 where nothing was shifted."""
    near = z < 8
    start = np.where(near, z, 1.0)
    product = start.copy()
    for k in range(1, 8):
        product *= start + k
    return np.where(near, z + 8, z), np.where(near, product, 1.0)


@_quietly
def lgamma(x):
    """log |gamma(x)|; inf at 0 and the negative integers. In the type of ``x``."""
    t = x.dtype
    x, low, z = _reflected(x)
    shifted, product = _shift(z)
    y = _stirling(shifted) - np.log(product)
    y = np.where(np.isposinf(z), np.inf, y)
    y = np.where(low, np.log(np.pi / np.abs(_sin_pi(x))) - y, y)
    return np.where(np.isneginf(x), np.inf, y).astype(t)


@_quietly
def gamma(x):
    """The gamma function; inf with the sign of zero at 0, nan at the negative integers. In the type of ``x``."""
    t = x.dtype
    x, low, z = _reflected(x)
    shifted, product = _shift(z)
    y = np.where(np.isposinf(z), np.inf, np.exp(_stirling(shifted)) / product)
    # whole arguments give whole numbers
    y = np.where((z == np.floor(z)) & (z < 19), np.rint(y), y)
    y = np.where(low, np.pi / (_sin_pi(x) * y), y)
    y = np.where(x == 0, np.copysign(np.inf, x), y)
    return np.where((x < 0) & (x == np.floor(x)), np.nan, y).astype(t)


@_quietly
def digamma(x):
    """The derivative of log gamma; inf at its poles. In the type of ``x``."""
    t = x.dtype
    x, low, z = _reflected(x)
    near = z < 8
    start = np.where(near, z, 1.0)
    back = np.zeros_like(z)
    for k in range(8):
        back += 1 / (start + k)
    shifted = np.where(near, z + 8, z)
    inverse = 1 / shifted
    square = inverse * inverse
    y = np.log(shifted) - inverse / 2 - square * _poly([b / (2 * k) for k, b in enumerate(_BERNOULLI, 1)], square)
    y -= np.where(near, back, 0)
    y = np.where(low, y - np.pi / np.tan(np.pi * (x - np.round(x))), y)
    return np.where((x <= 0) & (x == np.floor(x)), np.inf, y).astype(t)


@_quietly
def polygamma(n, x):
    """The ``n``-th derivative of ``digamma`` (n >= 1) in float64 arithmetic; arguments below 1/2 are shifted up."""
    t = x.dtype
    x = x.astype(np.float64)
    # the recurrence goes up until the asymptotic series holds; below -100 that would be long, and nobody is there
    steps = int(min(max(np.ceil(20 + n - np.min(x, initial=20.0, where=np.isfinite(x))), 0), 200))
    back = np.zeros_like(x)
    z = x.copy()
    for _ in range(steps):
        move = z < 20 + n
        back += np.where(move, np.where(move, z, 1.0) ** -(n + 1.0), 0)
        z += move
    factorial = float(np.prod(np.arange(1, n + 1, dtype=np.float64)))
    inverse = 1 / z
    y = factorial / n * inverse ** n + factorial / 2 * inverse ** (n + 1)
    term = factorial * (n + 1) / 2
    for k, b in enumerate(_BERNOULLI, 1):
        y += b * term * inverse ** (n + 2 * k)
        term *= (n + 2 * k) * (n + 2 * k + 1) / ((2 * k + 1) * (2 * k + 2))
    y += factorial * back
    return (y if n % 2 else -y).astype(t)
