"""Functions of single elements whose bodies take several steps, in one launch each; whole numbers take the body."""
from ..device import Unsupported
from ..pointwise import run
from ..registry import implements

_TEXTS = {
    "rsqrt": "divide(1.0, root(x))", "rcbrt": "divide(1.0, cube_root(x))",
    # numpy's sign keeps nan
    "sign": "tl.where(x > 0, 1.0, tl.where(x < 0, -1.0, 0.0))",
    # not floor(|x| + 0.5): that sum rounds
    "round": "cut = libdevice.trunc(x); cut + tl.where(tl.abs(x - cut) >= 0.5, libdevice.copysign(1.0 + 0 * cut, x), 0.0)",
    "rint": "lo = libdevice.floor(x); hi = libdevice.ceil(x); tl.where(x - lo <= hi - x, lo, hi)",
}


def _float(x):
    if x.dtype.kind != "f":
        raise Unsupported("whole numbers")
    return x


def _unary(text):
    return lambda data: run(text, (_float(data),))


for _name, _text in _TEXTS.items():
    implements(_name)(_unary(_text))


@implements("hard_sigmoid")
def _hard_sigmoid(data, *, alpha=0.2, beta=0.5):
    return run("nan_min(nan_max(x * a + b, 0.0), 1.0)", (_float(data),), (alpha, beta))


@implements("clip")
def _clip(data, *, a_min, a_max):
    if a_min > a_max:
        raise Unsupported("crossing bounds")
    return run("nan_min(nan_max(x, a), b)", (_float(data),), (a_min, a_max))


@implements("smooth_l1")
def _smooth_l1(data, *, scalar=1.0):
    s2 = scalar * scalar
    if not s2:
        raise Unsupported("a scalar of 0")
    return run("al = tl.abs(x); tl.where(al > a, al - b, c * x * x)", (_float(data),), (1 / s2, 0.5 / s2, 0.5 * s2))


@implements("add_n")
def _add_n(*data, num_args=None):
    first = data[0]
    if any(a.shape != first.shape or a.dtype != first.dtype for a in data) or len(data) > 8:
        raise Unsupported("other shapes or types, or more than 8 arrays")
    return run(" + ".join([f"x{k}" for k in range(len(data))]), data)
