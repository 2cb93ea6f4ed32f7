"""CUDA's libdevice on numpy, for interpreted kernels: ``function(symbol)`` computes what ``__nv_<name>`` does.

Functions take and give float64 (or integer) arrays; the interpreter rounds to the type that the overload returns. Values
are those of the mathematical function to about the last digit of a double, not the approximations of a GPU.
"""
import functools
import math

import numpy as np

__all__ = ["erf", "function"]


def _each(f):
    """A scalar function of Python's over arrays, with C's infinities and nans where Python raises."""
    def one(x):
        try:
            return f(x)
        except OverflowError:
            return math.inf
        except ValueError:
            return math.nan
    over = np.frompyfunc(one, 1, 1)
    return lambda x: np.asarray(over(x)).astype(np.float64)


erf, erfc = _each(math.erf), _each(math.erfc)
_lgamma = _each(lambda x: math.inf if x <= 0 and x == math.floor(x) else math.lgamma(x))
_tgamma = _each(lambda x: math.copysign(math.inf, x) if x == 0 else math.gamma(x))


def _inverse(c):
    """The x >= 0 with erfc(x) = c for 0 < c <= 1: Winitzki's estimate and Halley's steps."""
    w = np.log(np.maximum(c, 1e-310) * (2 - c))
    a = 4.330746750799873 + w / 2
    x = np.sqrt(np.maximum(np.sqrt(a * a - w / 0.147) - a, 0))
    for _ in range(4):
        u = (erfc(x) - c) / (-2 / math.sqrt(math.pi) * np.exp(-x * x))
        x = x - np.where(np.isfinite(u), u / (1 + x * u), 0)
    return x


def _erfinv(y):
    x = np.abs(y)
    # near 0 the complement has lost the digits that one more step on erf itself brings back
    z = _inverse(np.clip(1 - x, 1e-300, 1))
    for _ in range(2):
        u = (erf(z) - x) / (2 / math.sqrt(math.pi) * np.exp(-z * z))
        z = np.where(x < 0.5, z - u / (1 + z * u), z)
    return np.where(x > 1, np.nan, np.where(x == 1, np.inf, z)) * np.where(np.signbit(y), -1., 1.)


def _erfcinv(y):
    tail = np.where(y < 1, _inverse(np.clip(y, 1e-300, 1)), -_inverse(np.clip(2 - y, 1e-300, 1)))
    tail = np.where(np.abs(y - 1) < 0.5, _erfinv(1 - y), tail)
    return np.where((y < 0) | (y > 2), np.nan, np.where(y == 0, np.inf, np.where(y == 2, -np.inf, tail)))


def _erfcx(x):
    near = np.exp(np.minimum(x, 20.) ** 2) * erfc(np.minimum(x, 20.))
    z = 1 / np.maximum(x, 20.) ** 2
    far = (1 - z / 2 * (1 - 3 * z / 2 * (1 - 5 * z / 2 * (1 - 7 * z / 2)))) / (np.maximum(x, 20.) * math.sqrt(math.pi))
    return np.where(x < 20, near, far)


@functools.lru_cache
def _nodes(upper):
    # pieces: the weights of one rule with as many nodes are less exact
    t, w = np.polynomial.legendre.leggauss(32)
    half = upper / 32
    return (((t + 1) * half)[None] + 2 * half * np.arange(16)[:, None]).ravel(), np.tile(w * half, 16)


def _jn(n, x):
    """Bessel's function of the first kind, by its integral; for arguments up to about 300."""
    t, w = _nodes(math.pi)
    n, x = np.asarray(n)[..., None], np.asarray(x)[..., None]
    return (np.cos(n * t - x * np.sin(t)) @ w) / math.pi


def _yn(n, x):
    """Bessel's function of the second kind, by its integral."""
    t, w = _nodes(math.pi)
    s, v = _nodes(12.)
    n, x = np.asarray(n)[..., None], np.asarray(x)[..., None]
    first = np.sin(x * np.sin(t) - n * t) @ w
    second = ((np.exp(n * s - x * np.sinh(s)) + (-1.) ** n * np.exp(-n * s - x * np.sinh(s))) @ v)
    return np.where(x[..., 0] > 0, (first - second) / math.pi, np.where(x[..., 0] == 0, -np.inf, np.nan))


def _i1(x):
    t, w = _nodes(math.pi)
    return ((np.exp(x[..., None] * np.cos(t)) * np.cos(t)) @ w) / math.pi


def _round(x):
    return np.copysign(np.floor(np.abs(x) + 0.5) - (np.abs(x) == np.nextafter(0.5, 0)), x)


def _fma(x, y, z):
    return x * y + z


def _exp10(x):
    return np.power(10., x)


def _norm(*x):
    return np.sqrt(sum(v * v for v in x))


def _ilogb(x):
    e = np.frexp(x)[1] - 1
    return np.where(x == 0, -2 ** 31, np.where(np.isfinite(x), e, 2 ** 31 - 1))


def _sinpi(x):
    r = np.fmod(x, 2.)
    # exact at the multiples of a half, as the device's
    return np.where(r == np.trunc(r), np.copysign(0., x), np.sin(np.pi * r))


def _cospi(x):
    r = np.fmod(np.abs(x), 2.)
    return np.where(np.isin(r, (0.5, 1.5)), 0., np.cos(np.pi * r))


def _bits(x):
    return x.view(f"u{x.dtype.itemsize}").astype(np.uint64)


_count = np.frompyfunc(lambda v: bin(v).count("1"), 1, 1)
_length = np.frompyfunc(lambda v: int(v).bit_length(), 1, 1)


def _popc(x):
    return np.asarray(_count(_bits(x))).astype(np.int64)


def _clz(x):
    return x.dtype.itemsize * 8 - np.asarray(_length(_bits(x))).astype(np.int64)


def _ffs(x):
    low = _bits(x)
    return np.asarray(_length(low & (~low + np.uint64(1)))).astype(np.int64)


def _brev(x):
    n = x.dtype.itemsize * 8
    turn = np.frompyfunc(lambda v: int(format(v, f"0{n}b")[::-1], 2), 1, 1)
    return np.asarray(turn(_bits(x))).astype(f"u{n // 8}").view(x.dtype)


def _mulhi(a, b):
    n = a.dtype.itemsize * 8
    high = np.frompyfunc(lambda p, q: int(p) * int(q) >> n, 2, 1)
    return np.asarray(high(a, b)).astype(a.dtype)


def _as(dtype):
    return lambda x: x.view(dtype)


_FLOATS = {
    **{n: getattr(np, n) for n in (
        "tanh sinh cosh tan sin cos arcsin arccos arctan arcsinh arccosh arctanh exp exp2 expm1 log log2 log10 log1p sqrt cbrt "
        "rint trunc floor ceil hypot copysign fmod signbit isnan isinf ldexp").split()},
    "acos": np.arccos, "asin": np.arcsin, "atan": np.arctan, "acosh": np.arccosh, "asinh": np.arcsinh, "atanh": np.arctanh,
    "atan2": np.arctan2, "pow": np.power, "powi": lambda x, n: np.power(x, n.astype(np.float64)), "fabs": np.abs,
    "finite": np.isfinite, "isfinite": np.isfinite, "nearbyint": np.rint, "llrint": np.rint, "round": _round,
    "llround": _round, "exp10": _exp10, "rsqrt": lambda x: 1 / np.sqrt(x), "rcbrt": lambda x: 1 / np.cbrt(x),
    "erf": erf, "erfc": erfc, "erfinv": _erfinv, "erfcinv": _erfcinv, "erfcx": _erfcx, "lgamma": _lgamma, "tgamma": _tgamma,
    "normcdf": lambda x: erfc(-x / math.sqrt(2)) / 2, "normcdfinv": lambda x: -math.sqrt(2) * _erfcinv(2 * x),
    "j0": lambda x: _jn(0, x), "j1": lambda x: _jn(1, x), "jn": _jn, "y0": lambda x: _yn(0, x), "y1": lambda x: _yn(1, x),
    "yn": _yn, "cyl_bessel_i0": np.i0, "cyl_bessel_i1": _i1, "sinpi": _sinpi, "cospi": _cospi, "fma": _fma,
    "fdim": lambda x, y: np.where(np.isnan(x) | np.isnan(y), np.nan, np.maximum(x - y, 0)),
    "remainder": np.frompyfunc(lambda x, y: math.remainder(x, y) if y and math.isfinite(x) else math.nan, 2, 1),
    "ilogb": _ilogb, "scalbn": np.ldexp, "norm3d": _norm, "norm4d": _norm, "rhypot": lambda x, y: 1 / np.hypot(x, y),
    "logb": lambda x: np.where(x == 0, -np.inf, np.where(np.isinf(x), np.inf, np.frexp(x)[1] - 1. + 0 * x)),
    "rnorm3d": lambda *x: 1 / _norm(*x), "rnorm4d": lambda *x: 1 / _norm(*x),
    "saturate": lambda x: np.clip(np.nan_to_num(x), 0, 1),
    "add_rn": np.add, "sub_rn": np.subtract, "mul_rn": np.multiply, "div_rn": np.divide, "sqrt_rn": np.sqrt,
    "rcp_rn": lambda x: 1 / x, "rsqrt_rn": lambda x: 1 / np.sqrt(x), "fma_rn": _fma, "fmaf_rn": _fma,
    "fast_fdivide": np.divide, "fast_pow": np.power,
    **{"fast_" + n: f for n, f in dict(cos=np.cos, sin=np.sin, tan=np.tan, exp=np.exp, exp10=_exp10, log=np.log, log2=np.log2,
                                       log10=np.log10, tanh=np.tanh).items()},
}
#: Functions whose arguments keep their type.
_EXACT = {
    "nextafter": np.nextafter, "abs": np.abs, "llabs": np.abs, "popc": _popc, "clz": _clz, "ffs": _ffs, "brev": _brev,
    "mulhi": _mulhi, "umulhi": _mulhi, "mul64hi": _mulhi, "umul64hi": _mulhi,
    "float_as_int": _as(np.int32), "float_as_uint": _as(np.uint32), "int_as_float": _as(np.float32),
    "uint_as_float": _as(np.float32), "double_as_longlong": _as(np.int64), "longlong_as_double": _as(np.float64),
}
_DIRECTION = {"rn": np.rint, "rd": np.floor, "ru": np.ceil, "rz": np.trunc}
_WHOLE = {"int": np.int32, "uint": np.uint32, "ll": np.int64, "ull": np.uint64}


def _conversion(name):
    """float2int_rd and the like: whole numbers that stop at the ends of their range, with nan as 0."""
    kind, _, direction = name.partition("_")
    source, _, target = kind.partition("2")
    if source in _WHOLE and direction == "rn":
        return lambda x: x
    if source not in ("float", "double") or target not in _WHOLE:
        return None
    info, turn = np.iinfo(_WHOLE[target]), _DIRECTION[direction]

    def convert(x):
        r = turn(np.nan_to_num(x, nan=0., posinf=np.inf, neginf=-np.inf))
        inside = (r > info.min) & (r < info.max)
        ends = np.where(r > 0, info.max, info.min).astype(info.dtype)
        return np.where(inside, np.where(inside, r, 0).astype(info.dtype), ends)
    return convert


@functools.lru_cache
def function(symbol):
    """The function of arrays for a symbol of libdevice, or None where there is none."""
    name = symbol[5:] if symbol.startswith("__nv_") else symbol
    candidates = [name, name[:-1], name[:-2]]
    # fadd_rn and dadd_rn are one function here
    candidates += [n[1:] for n in candidates if n[:1] in "fd" and n.endswith("_rn")]
    for n in candidates:
        if n in _EXACT:
            return _EXACT[n]
        if n in _FLOATS:
            f = _FLOATS[n]
            return lambda *x: np.asarray(f(*[v.astype(np.float64) if v.dtype.kind == "f" else v for v in x]))
    if "2" in name and "_" in name:
        return _conversion(name)
    return None
