"""``mx.sym.random``: drawing samples; parameters are numbers or symbols."""
import inspect

from ..base import _Null, numeric_types
from ..ops.declare import registry
from . import fronts as _fronts
from .compose import call
from .symbol import Symbol

__all__ = ["exponential", "gamma", "generalized_negative_binomial", "multinomial", "negative_binomial", "normal", "poisson",
           "randint", "randn", "shuffle", "uniform"]


def _draw(what, random_op, sample_op, params, shape, dtype, kwargs):
    kwargs.pop("ctx", None)
    values = list(params.values())
    given = {k: v for k, v in (("shape", shape), ("dtype", dtype)) if v is not _Null and v is not None}
    if isinstance(values[0], Symbol):
        for n, v in params.items():
            assert isinstance(v, Symbol), f"{what}: {n} must be a Symbol as {next(iter(params))} is"
        return call(registry.get(sample_op), sample_op, tuple(values), {**given, **kwargs})
    for n, v in params.items():
        assert isinstance(v, numeric_types), f"{what}: {n} must be a number, got {type(v).__name__}"
    return call(registry.get(random_op), random_op, (), {**params, **given, **kwargs})


def _distribution(name, params, names=None):
    op, sample = f"_random_{name}", f"_sample_{name}"

    order = [*params, "shape", "dtype"]

    def fn(*args, shape=_Null, dtype=_Null, **kwargs):
        values = dict(params)
        if len(args) > len(order):
            raise TypeError(f"{name} takes at most {len(order)} arguments by position, {len(args)} were given")
        given = dict(zip(order, args))
        shape, dtype = given.pop("shape", shape), given.pop("dtype", dtype)
        values.update(given)
        values.update({k: kwargs.pop(k) for k in list(kwargs) if k in params})
        return _draw(name, op, sample, values, shape, dtype, kwargs)
    fn.__name__ = fn.__qualname__ = name
    P = inspect.Parameter
    fn.__signature__ = inspect.Signature([P(n, P.POSITIONAL_OR_KEYWORD, default=params.get(n, _Null)) for n in order]
                                         + [P("kwargs", P.VAR_KEYWORD)])
    fn.__doc__ = f"Samples as ``mx.nd.random.{name}``; parameters {', '.join(params)}, then shape and dtype."
    return fn


uniform = _distribution("uniform", {"low": 0, "high": 1})
normal = _distribution("normal", {"loc": 0, "scale": 1})
poisson = _distribution("poisson", {"lam": 1})
gamma = _distribution("gamma", {"alpha": 1, "beta": 1})
negative_binomial = _distribution("negative_binomial", {"k": 1, "p": 1})
generalized_negative_binomial = _distribution("generalized_negative_binomial", {"mu": 1, "alpha": 1})


def exponential(scale=1, shape=_Null, dtype=_Null, **kwargs):
    """Samples of the exponential distribution with mean ``scale``."""
    return _draw("exponential", "_random_exponential", "_sample_exponential", {"lam": 1.0 / scale}, shape, dtype, kwargs)


def randn(*shape, **kwargs):
    """Samples of the normal distribution; keywords ``loc``, ``scale``, ``dtype``."""
    return normal(kwargs.pop("loc", 0), kwargs.pop("scale", 1), shape, kwargs.pop("dtype", _Null), **kwargs)


def randint(low, high, shape=_Null, dtype=_Null, **kwargs):
    """Integers from ``low`` up to but without ``high``."""
    return _draw("randint", "_random_randint", "", {"low": low, "high": high}, shape, dtype, kwargs)


def multinomial(data, shape=_Null, get_prob=True, dtype="int32", **kwargs):
    """Indices drawn with the probabilities ``data``."""
    extra = {} if shape is _Null else {"shape": shape}
    return call(registry.get("_sample_multinomial"), "_sample_multinomial", (data,),
                {"get_prob": get_prob, "dtype": dtype, **extra, **kwargs})


def shuffle(data, **kwargs):
    """The rows in random order."""
    return call(registry.get("_shuffle"), "_shuffle", (data,), kwargs)


# the rest of that namespace: uniform_like and others
__getattr__, __dir__ = _fronts.namespace(globals(), "random")
