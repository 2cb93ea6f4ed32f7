"""Drawing samples: of one distribution, of one a parameter entry, like an array; categories, permutations, densities.

Numbers come from the context's generator (``backend/rng.py``), so ``mx.random.seed`` repeats them.
"""
import math
from typing import Annotated

import numpy as np

from ..base import MXNetError
from . import functional as F
from .declare import ALL, FLOAT, NONE, ZERO, Array, Operator, Out, Rng, composite, operator
from .params import DType, OneOf, Shape

FloatType = Annotated[DType | None, OneOf("float16", "float32", "float64")]
IntType = Annotated[DType | None, OneOf("int32", "int64")]


def _positive(name, v):
    if not np.all(np.asarray(v) > 0):
        raise ValueError(f"{name} must be positive, got {v}")


def _not_negative(name, v):
    if not np.all(np.asarray(v) >= 0):
        raise ValueError(f"{name} must not be negative, got {v}")


def _uniform(g, shape, low, high):
    if np.any(np.asarray(high) < np.asarray(low)):
        raise ValueError(f"low must not exceed high, got {low} and {high}")
    return low + (high - low) * g.random(shape)


def _standard_normal(g, shape, dtype=np.float64):
    """Standard normal samples by the method of Box and Muller, so that every device can draw the same."""
    n = math.prod(shape)
    half = (n + 1) // 2
    u = g.random(2 * half, dtype)
    # 1 - u is never 0
    length, turn = np.subtract(1, u[:half]), u[half:]
    np.log(length, out=length)
    length *= dtype(-2)
    np.sqrt(length, out=length)
    turn *= dtype(2 * np.pi)
    y = np.concatenate((np.cos(turn), np.sin(turn)))
    y[:half] *= length
    y[half:] *= length
    return y[:n].reshape(shape)


def _normal(g, shape, loc, scale):
    _positive("scale", scale)
    return loc + scale * _standard_normal(g, shape)


def _gamma(g, shape, alpha, beta):
    _positive("alpha", alpha)
    _positive("beta", beta)
    return g.standard_gamma(alpha, shape) * beta


def _exponential(g, shape, lam):
    _positive("lam", lam)
    return -np.log1p(-g.random(shape)) / lam


def _poisson(g, shape, lam):
    _not_negative("lam", lam)
    return g.poisson(lam, shape)


def _negative_binomial(g, shape, k, p):
    _positive("k", k)
    _not_negative("p", p)
    return g.poisson(g.standard_gamma(k, shape) * ((1 - p) / p))


def _generalized_negative_binomial(g, shape, mu, alpha):
    _not_negative("mu", mu)
    _not_negative("alpha", alpha)
    # a gamma mixture of Poisson distributions; no dispersion is the Poisson distribution itself
    safe = np.where(np.asarray(alpha) == 0, 1.0, alpha)
    lam = np.where(np.asarray(alpha) == 0, mu, g.standard_gamma(1 / safe, shape) * safe * mu)
    return g.poisson(lam, shape)


def _target(shape, dtype, out):
    """(shape, dtype) of the result: those of ``out`` where they are not given."""
    if out is not None:
        shape = shape or out.shape
        dtype = dtype or out.dtype
    if not shape:
        raise ValueError("the shape is missing")
    if 0 in shape:
        raise ValueError(f"shape must not have a dimension of 0, got {shape}")
    return shape, np.dtype(dtype or "float32")


def _cast(y, dtype):
    y = np.asarray(y)
    if dtype.kind == "f":
        y = y.astype(dtype)
    return y


def _distributions():
    """Declare ``_random_X``, ``_random_X_like`` and ``_sample_X`` of each distribution."""

    def uniform(*, low: float = 0.0, high: float = 1.0, shape: Shape = (), ctx: str = "", dtype: FloatType = None,
                rng: Rng = None, out: Out = None):
        """Samples of the uniform distribution on ``[low, high)``."""
        shape, dtype = _target(shape, dtype, out)
        if high < low:
            raise ValueError(f"low must not exceed high, got {low} and {high}")
        if dtype == np.float32:
            y = rng.random(shape, np.float32)
            if low != 0 or high != 1:
                y *= np.float32(high - low)
                y += np.float32(low)
            return y
        return _cast(_uniform(rng, shape, low, high), dtype)

    def normal(*, loc: float = 0.0, scale: float = 1.0, shape: Shape = (), ctx: str = "", dtype: FloatType = None,
               rng: Rng = None, out: Out = None):
        """Samples of the normal distribution with mean ``loc`` and standard deviation ``scale``."""
        shape, dtype = _target(shape, dtype, out)
        _positive("scale", scale)
        if dtype == np.float32:
            y = _standard_normal(rng, shape, np.float32)
            y *= np.float32(scale)
            y += np.float32(loc)
            return y
        return _cast(_normal(rng, shape, loc, scale), dtype)

    def gamma(*, alpha: float = 1.0, beta: float = 1.0, shape: Shape = (), ctx: str = "", dtype: FloatType = None,
              rng: Rng = None, out: Out = None):
        """Samples of the gamma distribution with shape ``alpha`` and scale ``beta``."""
        shape, dtype = _target(shape, dtype, out)
        return _cast(_gamma(rng, shape, alpha, beta), dtype)

    def exponential(*, lam: float = 1.0, shape: Shape = (), ctx: str = "", dtype: FloatType = None, rng: Rng = None,
                    out: Out = None):
        """Samples of the exponential distribution with rate ``lam``."""
        shape, dtype = _target(shape, dtype, out)
        return _cast(_exponential(rng, shape, lam), dtype)

    def poisson(*, lam: float = 1.0, shape: Shape = (), ctx: str = "", dtype: FloatType = None, rng: Rng = None,
                out: Out = None):
        """Samples of the Poisson distribution with mean ``lam``."""
        shape, dtype = _target(shape, dtype, out)
        return _poisson(rng, shape, lam).astype(dtype)

    def negative_binomial(*, k: int = 1, p: float = 1.0, shape: Shape = (), ctx: str = "", dtype: FloatType = None,
                          rng: Rng = None, out: Out = None):
        """Samples of the negative binomial distribution: failures before ``k`` successes of probability ``p``."""
        shape, dtype = _target(shape, dtype, out)
        return _negative_binomial(rng, shape, k, p).astype(dtype)

    def generalized_negative_binomial(*, mu: float = 1.0, alpha: float = 1.0, shape: Shape = (), ctx: str = "",
                                      dtype: FloatType = None, rng: Rng = None, out: Out = None):
        """Samples of the negative binomial distribution of mean ``mu`` and dispersion ``alpha``."""
        shape, dtype = _target(shape, dtype, out)
        return _generalized_negative_binomial(rng, shape, mu, alpha).astype(dtype)

    for body in (uniform, normal, gamma, exponential, poisson, negative_binomial, generalized_negative_binomial):
        name = body.__name__
        aliases = (f"random_{name}", name) if name in ("uniform", "normal") else (f"random_{name}",)
        Operator(body, f"_random_{name}", aliases, nograd=True)


_distributions()


def _likes():
    def uniform(data: Array, *, low: float = 0.0, high: float = 1.0, rng: Rng = None):
        """Samples of the uniform distribution in the shape of ``data``."""
        return _uniform(rng, data.shape, low, high).astype(data.dtype)

    def normal(data: Array, *, loc: float = 0.0, scale: float = 1.0, rng: Rng = None):
        """Samples of the normal distribution in the shape of ``data``."""
        return _normal(rng, data.shape, loc, scale).astype(data.dtype)

    def gamma(data: Array, *, alpha: float = 1.0, beta: float = 1.0, rng: Rng = None):
        """Samples of the gamma distribution in the shape of ``data``."""
        return _gamma(rng, data.shape, alpha, beta).astype(data.dtype)

    def exponential(data: Array, *, lam: float = 1.0, rng: Rng = None):
        """Samples of the exponential distribution in the shape of ``data``."""
        return _exponential(rng, data.shape, lam).astype(data.dtype)

    def poisson(data: Array, *, lam: float = 1.0, rng: Rng = None):
        """Samples of the Poisson distribution in the shape of ``data``."""
        return _poisson(rng, data.shape, lam).astype(data.dtype)

    def negative_binomial(data: Array, *, k: int = 1, p: float = 1.0, rng: Rng = None):
        """Samples of the negative binomial distribution in the shape of ``data``."""
        return _negative_binomial(rng, data.shape, k, p).astype(data.dtype)

    def generalized_negative_binomial(data: Array, *, mu: float = 1.0, alpha: float = 1.0, rng: Rng = None):
        """Samples of the generalized negative binomial distribution in the shape of ``data``."""
        return _generalized_negative_binomial(rng, data.shape, mu, alpha).astype(data.dtype)

    for body in (uniform, normal, gamma, exponential, poisson, negative_binomial, generalized_negative_binomial):
        Operator(body, f"_random_{body.__name__}_like", (), dtypes=FLOAT).gradient(data=ZERO)


_likes()


def _rows(draw, g, shape, dtype, *params):
    """Samples of shape ``shape`` for each entry of the parameters, which come first in the result's shape."""
    first = params[0]
    for p in params[1:]:
        if p.shape != first.shape:
            raise ValueError("the parameters must have the same shape")
    wide = [p.astype(np.float64).reshape(p.shape + (1,) * len(shape)) for p in params]
    return np.asarray(draw(g, first.shape + tuple(shape), *wide)).astype(dtype or np.float32)


def _samples():
    def uniform(low: Array, high: Array, *, shape: Shape = (), dtype: FloatType = None, rng: Rng = None):
        """Uniform samples for each entry of ``low`` and ``high``."""
        return _rows(_uniform, rng, shape, dtype, low, high)

    def normal(mu: Array, sigma: Array, *, shape: Shape = (), dtype: FloatType = None, rng: Rng = None):
        """Normal samples for each entry of ``mu`` and ``sigma``."""
        return _rows(_normal, rng, shape, dtype, mu, sigma)

    def gamma(alpha: Array, beta: Array, *, shape: Shape = (), dtype: FloatType = None, rng: Rng = None):
        """Gamma samples for each entry of ``alpha`` and ``beta``."""
        return _rows(_gamma, rng, shape, dtype, alpha, beta)

    def exponential(lam: Array, *, shape: Shape = (), dtype: FloatType = None, rng: Rng = None):
        """Exponential samples for each entry of ``lam``."""
        return _rows(_exponential, rng, shape, dtype, lam)

    def poisson(lam: Array, *, shape: Shape = (), dtype: FloatType = None, rng: Rng = None):
        """Poisson samples for each entry of ``lam``."""
        return _rows(_poisson, rng, shape, dtype, lam)

    def negative_binomial(k: Array, p: Array, *, shape: Shape = (), dtype: FloatType = None, rng: Rng = None):
        """Negative binomial samples for each entry of ``k`` and ``p``."""
        return _rows(_negative_binomial, rng, shape, dtype, k, p)

    def generalized_negative_binomial(mu: Array, alpha: Array, *, shape: Shape = (), dtype: FloatType = None,
                                      rng: Rng = None):
        """Generalized negative binomial samples for each entry of ``mu`` and ``alpha``."""
        return _rows(_generalized_negative_binomial, rng, shape, dtype, mu, alpha)

    for body in (uniform, normal, gamma, exponential, poisson, negative_binomial, generalized_negative_binomial):
        op = Operator(body, f"_sample_{body.__name__}", (f"sample_{body.__name__}",))
        op.gradient(**{i: ZERO for i in op.input_names})


_samples()


@operator("_random_randint", "random_randint", nograd=True)
def randint(*, low: int, high: int, shape: Shape = (), ctx: str = "", dtype: IntType = None, rng: Rng = None,
            out: Out = None):
    """Integers from ``low`` up to but without ``high``, int32 unless ``dtype`` or ``out`` says int64."""
    shape = shape or (out.shape if out is not None else ())
    dtype = np.dtype(dtype or (out.dtype if out is not None else "int32"))
    if dtype.kind != "i" or dtype.itemsize < 4:
        raise ValueError(f"out must be int32 or int64, it is {dtype}")
    if not shape:
        raise ValueError("the shape is missing")
    if 0 in shape:
        raise ValueError(f"shape must not have a dimension of 0, got {shape}")
    if high <= low:
        raise ValueError(f"high must exceed low, got {low} and {high}")
    if high - low > 1 << 53:
        return rng.integers(low, high, shape).astype(dtype)
    return (np.floor(rng.random(shape) * (high - low)).astype(np.int64) + low).astype(dtype)


@operator("_sample_multinomial", "sample_multinomial", outputs=lambda p: 2 if p["get_prob"] else 1, dtypes=FLOAT)
def multinomial(data: Array, *, shape: Shape = (), get_prob: bool = False,
                dtype: Annotated[DType, OneOf("float16", "float32", "float64", "int32", "uint8")] = "int32",
                rng: Rng = None):
    """Indices drawn with the probabilities along the last axis, and with ``get_prob`` their log-likelihoods."""
    if data.ndim not in (1, 2):
        raise ValueError("data must have one or two dimensions")
    rows = data.reshape(-1, data.shape[-1])
    count = int(np.prod(shape, dtype=np.int64)) if shape else 1
    edges = np.cumsum(rows, axis=1, dtype=np.float64)
    draws = rng.random((len(rows), count))
    picked = np.stack([np.searchsorted(e, d, side="right") for e, d in zip(edges, draws)])
    picked = np.minimum(picked, rows.shape[1] - 1)
    result = data.shape[:-1] + tuple(shape) if shape or data.ndim == 2 else (1,)
    index = picked.astype(dtype).reshape(result)
    if not get_prob:
        return (index,)
    with np.errstate(all="ignore"):
        return index, np.log(np.take_along_axis(rows, picked, 1)).astype(data.dtype).reshape(result)


@multinomial.gradient
def _multinomial_gradient(dys, data, y0, need):
    """The log-likelihood differentiates to one over the probability of what was drawn."""
    dy = dys[1] if len(dys) > 1 else None
    if dy is None:
        return {"data": F.zeros_like(data)}
    k = data.shape[-1]
    rows = data.size // k
    hot = F.one_hot(F.reshape(y0, shape=(rows, -1)), depth=k, dtype=np.dtype(data.dtype).name)
    hit = F.sum(hot * F.reshape(dy, shape=(rows, -1, 1)), axis=1)
    return {"data": F.reshape(hit, shape=data.shape) / data}


@operator("_shuffle", "shuffle", dtypes=ALL)
def shuffle(data: Array, *, rng: Rng = None):
    """The rows in random order."""
    return data[rng.permutation(len(data))]


shuffle.gradient(data=NONE)


@operator("_sample_unique_zipfian", outputs=2, nograd=True)
def unique_zipfian(*, range_max: int, shape: Shape = (), rng: Rng = None):
    """Distinct classes a row, drawn with a probability falling as ``log((k + 2) / (k + 1))``, and the numbers of tries."""
    if len(shape) != 2 or shape[1] > range_max:
        raise ValueError(f"shape must be (rows, samples) with at most range_max={range_max} samples, got {shape}")
    classes, tries = np.empty(shape, np.int64), np.empty(shape[:1], np.int64)
    for r in range(shape[0]):
        seen, count = {}, 0
        while len(seen) < shape[1]:
            k = int(np.rint(np.exp(rng.random() * np.log(range_max + 1)))) - 1
            count += 1
            if 0 <= k < range_max:
                seen.setdefault(k)
        classes[r], tries[r] = list(seen), count
    return classes, tries


# densities, composed of operators so that they differentiate

def _wide(p, sample):
    """A parameter with axes of length 1 for the samples drawn with it; its own axes are the first ones of the samples."""
    if not p.ndim or p.shape != sample.shape[:p.ndim]:
        raise MXNetError(f"a parameter of shape {p.shape} does not belong to samples of shape {sample.shape}: "
                         "its axes must be the first ones of the samples")
    return F.reshape(p, shape=p.shape + (1,) * (sample.ndim - p.ndim)) if sample.ndim > p.ndim else p


def _density(log_p, is_log):
    return log_p if is_log else F.exp(log_p)



@composite("_random_pdf_normal", "random_pdf_normal", dtypes=FLOAT)
def pdf_normal(sample: Array, mu: Array, sigma: Array, *, is_log: bool = False):
    """Density of the normal distribution at the samples (rows of samples, one a parameter entry)."""
    mu, sigma = _wide(mu, sample), _wide(sigma, sample)
    z = (sample - mu) / sigma
    return _density(z * z * -0.5 - F.log(sigma) - float(0.5 * np.log(2 * np.pi)), is_log)


@composite("_random_pdf_uniform", "random_pdf_uniform", dtypes=FLOAT)
def pdf_uniform(sample: Array, low: Array, high: Array, *, is_log: bool = False):
    """Density of the uniform distribution, the same at every sample."""
    return _density(F.zeros_like(sample) - F.log(_wide(high, sample) - _wide(low, sample)), is_log)


@composite("_random_pdf_gamma", "random_pdf_gamma", dtypes=FLOAT)
def pdf_gamma(sample: Array, alpha: Array, beta: Array, *, is_log: bool = False):
    """Density of the gamma distribution with shape ``alpha`` and rate ``beta``."""
    a, b = _wide(alpha, sample), _wide(beta, sample)
    return _density(a * F.log(b) + (a - 1) * F.log(sample) - b * sample - F.gammaln(a), is_log)


@composite("_random_pdf_exponential", "random_pdf_exponential", dtypes=FLOAT)
def pdf_exponential(sample: Array, lam: Array, *, is_log: bool = False):
    """Density of the exponential distribution with rate ``lam``."""
    lam = _wide(lam, sample)
    return _density(F.log(lam) - lam * sample, is_log)


@composite("_random_pdf_poisson", "random_pdf_poisson", dtypes=FLOAT)
def pdf_poisson(sample: Array, lam: Array, *, is_log: bool = False):
    """Probability of the Poisson distribution with mean ``lam``; no gradient reaches the samples."""
    sample, lam = F.BlockGrad(sample), _wide(lam, sample)
    return _density(sample * F.log(lam) - F.gammaln(sample + 1) - lam, is_log)


@composite("_random_pdf_negative_binomial", "random_pdf_negative_binomial", dtypes=FLOAT)
def pdf_negative_binomial(sample: Array, k: Array, p: Array, *, is_log: bool = False):
    """Probability of ``sample`` failures before ``k`` successes of probability ``p``; none reaches the samples."""
    sample, k, p = F.BlockGrad(sample), _wide(k, sample), _wide(p, sample)
    return _density(F.gammaln(sample + k) - F.gammaln(sample + 1) - F.gammaln(k) + k * F.log(p)
                    + sample * F.log(1 - p), is_log)


@composite("_random_pdf_generalized_negative_binomial", "random_pdf_generalized_negative_binomial", dtypes=FLOAT)
def pdf_generalized_negative_binomial(sample: Array, mu: Array, alpha: Array, *, is_log: bool = False):
    """Probability of the negative binomial distribution of mean ``mu`` and dispersion ``alpha``."""
    sample = F.BlockGrad(sample)
    mu, alpha = _wide(mu, sample), _wide(alpha, sample)
    k, p = 1 / alpha, 1 / (mu * alpha + 1)
    return _density(F.gammaln(sample + k) - F.gammaln(sample + 1) - F.gammaln(k) + k * F.log(p)
                    + sample * F.log(1 - p), is_log)


@composite("_random_pdf_dirichlet", "random_pdf_dirichlet", dtypes=FLOAT)
def pdf_dirichlet(sample: Array, alpha: Array, *, is_log: bool = False):
    """Density of the Dirichlet distribution with concentrations along the last axis of ``alpha``."""
    lead = alpha.shape[:-1] + (1,) * (sample.ndim - alpha.ndim) + alpha.shape[-1:]
    a = F.reshape(alpha, shape=lead)
    log_p = F.sum((a - 1) * F.log(sample), axis=-1) + F.gammaln(F.sum(a, axis=-1)) - F.sum(F.gammaln(a), axis=-1)
    return _density(log_p, is_log)


