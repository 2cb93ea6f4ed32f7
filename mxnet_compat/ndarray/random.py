"""``mx.nd.random``: drawing samples; parameters are numbers, or arrays that give one row of samples an entry."""
from .. import context as _context
from ..base import _Null, numeric_types
from ..ops import functional as F
from . import fronts
from .core import NDArray

__all__ = ["exponential", "gamma", "generalized_negative_binomial", "multinomial", "negative_binomial", "normal",
           "poisson", "randint", "randn", "shuffle", "uniform"]

__getattr__, __dir__ = fronts.namespace(globals(), "random")


def _draw(what, random_op, sample_op, params, shape, dtype, ctx, out, kwargs):
    """Call the operator for numbers or the one for arrays; a mixture is an AssertionError, anything else a ValueError."""
    values = list(params.values())
    if isinstance(values[0], NDArray):
        for n, v in params.items():
            assert isinstance(v, NDArray), f"{what}: {n} must be an NDArray as {next(iter(params))} is"
        return getattr(F, sample_op)(*values, shape=shape, dtype=dtype, out=out, **kwargs)
    if not isinstance(values[0], numeric_types):
        raise ValueError(f"{what}: parameters must be numbers or NDArrays, got {type(values[0]).__name__}")
    for n, v in params.items():
        assert isinstance(v, numeric_types), f"{what}: {n} must be a number, got {type(v).__name__}"
    if shape is _Null and out is None:
        shape = 1
    if ctx is None:
        ctx = _context.current_context()
    return getattr(F, random_op)(**params, shape=shape, dtype=dtype, ctx=str(ctx), out=out, **kwargs)


def uniform(low=0, high=1, shape=_Null, dtype=_Null, ctx=None, out=None, **kwargs):
    """Samples of the uniform distribution on ``[low, high)``."""
    return _draw("uniform", "_random_uniform", "_sample_uniform", {"low": low, "high": high}, shape, dtype, ctx, out,
                 kwargs)


def normal(loc=0, scale=1, shape=_Null, dtype=_Null, ctx=None, out=None, **kwargs):
    """Samples of the normal distribution with mean ``loc`` and standard deviation ``scale``."""
    if not isinstance(loc, NDArray):
        return _draw("normal", "_random_normal", "_sample_normal", {"loc": loc, "scale": scale}, shape, dtype, ctx, out,
                     kwargs)
    return _draw("normal", "_random_normal", "_sample_normal", {"mu": loc, "sigma": scale}, shape, dtype, ctx, out,
                 kwargs)


def randn(*shape, **kwargs):
    """Samples of the normal distribution; keywords ``loc``, ``scale``, ``dtype``, ``ctx``, ``out``."""
    loc, scale = kwargs.pop("loc", 0), kwargs.pop("scale", 1)
    dtype, ctx, out = kwargs.pop("dtype", _Null), kwargs.pop("ctx", None), kwargs.pop("out", None)
    assert isinstance(loc, (int, float)), "randn: loc must be a number"
    assert isinstance(scale, (int, float)), "randn: scale must be a number"
    return normal(loc, scale, shape, dtype, ctx, out, **kwargs)


def poisson(lam=1, shape=_Null, dtype=_Null, ctx=None, out=None, **kwargs):
    """Samples of the Poisson distribution with mean ``lam``."""
    return _draw("poisson", "_random_poisson", "_sample_poisson", {"lam": lam}, shape, dtype, ctx, out, kwargs)


def exponential(scale=1, shape=_Null, dtype=_Null, ctx=None, out=None, **kwargs):
    """Samples of the exponential distribution with mean ``scale``."""
    return _draw("exponential", "_random_exponential", "_sample_exponential", {"lam": 1.0 / scale}, shape, dtype, ctx,
                 out, kwargs)


def gamma(alpha=1, beta=1, shape=_Null, dtype=_Null, ctx=None, out=None, **kwargs):
    """Samples of the gamma distribution with shape ``alpha`` and scale ``beta``."""
    return _draw("gamma", "_random_gamma", "_sample_gamma", {"alpha": alpha, "beta": beta}, shape, dtype, ctx, out,
                 kwargs)


def negative_binomial(k=1, p=1, shape=_Null, dtype=_Null, ctx=None, out=None, **kwargs):
    """Samples of the negative binomial distribution: failures before ``k`` successes of probability ``p``."""
    return _draw("negative_binomial", "_random_negative_binomial", "_sample_negative_binomial", {"k": k, "p": p}, shape,
                 dtype, ctx, out, kwargs)


def generalized_negative_binomial(mu=1, alpha=1, shape=_Null, dtype=_Null, ctx=None, out=None, **kwargs):
    """Samples of the negative binomial distribution of mean ``mu`` and dispersion ``alpha``."""
    return _draw("generalized_negative_binomial", "_random_generalized_negative_binomial",
                 "_sample_generalized_negative_binomial", {"mu": mu, "alpha": alpha}, shape, dtype, ctx, out, kwargs)


def multinomial(data, shape=_Null, get_prob=False, out=None, dtype="int32", **kwargs):
    """Indices drawn with the probabilities ``data`` (along its last axis), with their log-likelihoods if ``get_prob``."""
    return F._sample_multinomial(data, shape, get_prob, out=out, dtype=dtype, **kwargs)


def shuffle(data, **kwargs):
    """The array with its rows in random order."""
    return F._shuffle(data, **kwargs)


def randint(low, high, shape=_Null, dtype=_Null, ctx=None, out=None, **kwargs):
    """Integers from ``low`` up to but without ``high``, which are numbers."""
    if isinstance(low, NDArray) and isinstance(high, NDArray):
        raise TypeError("randint: low and high must be numbers, got NDArrays")
    return _draw("randint", "_random_randint", "", {"low": low, "high": high}, shape, dtype, ctx, out, kwargs)
