"""``mx.random``: seeding, and the sampling functions of ``mx.nd.random``."""
from .backend import rng as _rng
from .base import integer_types
from .context import Context  # noqa: F401
from .ndarray.random import (
    exponential,
    gamma,
    generalized_negative_binomial,
    multinomial,
    negative_binomial,
    normal,
    poisson,
    randint,
    randn,
    shuffle,
    uniform,
)

__all__ = ["exponential", "gamma", "generalized_negative_binomial", "multinomial", "negative_binomial", "normal",
           "poisson", "randint", "randn", "seed", "shuffle", "uniform"]


def seed(seed_state, ctx="all"):
    """Start the random numbers of a context, or of all, anew; numpy's own generator is left alone.

    ValueError for a seed that is no integer.
    """
    if not isinstance(seed_state, integer_types):
        raise ValueError(f"the seed must be an integer, got {type(seed_state).__name__}")
    _rng.seed(seed_state, ctx)
