"""Output types of operators that do not have the type of their inputs; all others are ``infer``'s business.

``RULES`` maps an operator's name to a function of its input types (None where unknown) and parsed parameters that gives
``(input types, output types)``.
"""
import numpy as np

__all__ = ["RULES"]

RULES = {}


def _fixed(names, *outputs):
    for name in names.split():
        RULES[name] = lambda *ins, **_: (ins, outputs)


_fixed("shape_array size_array _contrib_index_array _contrib_getnnz", np.int64)
_fixed("_sample_unique_zipfian", np.int64, np.int64)
_fixed("_zeros_without_dtype multi_sum_sq multi_all_finite", np.float32)
_fixed("_contrib_allclose", np.uint8)


def _drawn(default):
    def rule(*ins, dtype=None, **_):
        return ins, (default if dtype in (None, "None") else dtype,)
    return rule


for _kind in ("uniform", "normal", "gamma", "exponential", "poisson", "negative_binomial",
              "generalized_negative_binomial"):
    RULES[f"_random_{_kind}"] = RULES[f"_sample_{_kind}"] = _drawn(np.float32)
RULES["_random_randint"] = _drawn(np.int32)


def _embedding(data, weight, *, dtype="float32", **_):
    weight = np.dtype(dtype) if weight is None else weight
    return (data, weight), (weight,)


RULES["Embedding"] = RULES["_contrib_SparseEmbedding"] = _embedding


def _multinomial(data, *, get_prob=False, dtype="int32", **_):
    return (data,), (dtype, data) if get_prob else (dtype,)


RULES["_sample_multinomial"] = _multinomial


def _topk(data, *, ret_typ="indices", dtype="float32", **_):
    return (data,), {"indices": (dtype,), "both": (data, dtype)}.get(ret_typ, (data,))


RULES["topk"] = _topk


def _histogram(data, bins=None, **_):
    return (data, data if bins is None else bins), (np.int64, data)


RULES["_histogram"] = _histogram


def _norm(data, *, out_dtype=None, **_):
    return (data,), (data if out_dtype in (None, "None") else out_dtype,)


RULES["norm"] = _norm


def _multicast(*data, cast_narrow=False, **_):
    if any(t is None for t in data):
        return data, (None,) * len(data)
    return data, ((min if cast_narrow else max)(data, key=lambda t: np.dtype(t).itemsize),) * len(data)


RULES["amp_multicast"] = _multicast
