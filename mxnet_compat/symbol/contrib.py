"""``mx.sym.contrib``: the operators of that namespace, loops and conditions, and the functions that MXNet writes in Python."""
import math

from . import fronts
from .control_flow import cond, foreach, while_loop  # noqa: F401

__getattr__, __dir__ = fronts.namespace(globals(), "contrib")


def rand_zipfian(true_classes, num_sampled, range_max):
    """Draw class numbers below ``range_max`` with probability ``log((k + 2) / (k + 1)) / log(range_max + 1)``.

    Returns symbols of the samples (num_sampled,) int64, the expected counts of ``true_classes``, and those of the samples,
    float64.
    """
    from . import random
    span = math.log(range_max + 1)
    sampled = (random.uniform(0, span, shape=(num_sampled,), dtype="float64").exp() - 1).astype("int64") % range_max

    def expected(classes):
        k = classes.astype("float64")
        return ((k + 2.0) / (k + 1.0)).log() / span * num_sampled
    return sampled, expected(true_classes), expected(sampled)
