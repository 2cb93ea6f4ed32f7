"""Sample inputs of every operator: one module of plain data a family, found by listing this folder.

A row is a dict:

``op``      name of the operator
``inputs``  input name -> text that `make` evaluates, or a list of texts for a variadic input; absent ones are not given
``params``  parameters of the call (default: none)
``train``   run in training mode (default False)
``grad``    names of the inputs whose gradient is checked (default: all differentiable ones that are given)
``order``   the highest order checked against finite differences (default 2); 0 wants a ``why``
``why``     the reason for an ``order`` of 0 or 1
``head``    False where the operator ignores the gradient of its output
``single``  names of the inputs that are float32 whatever type the others have
``eps``, ``rtol``, ``atol``, ``seed``   instead of the defaults of the check

The texts are calls of the generators below, and may be any arithmetic of them: ``"N(2,3)"``, ``"P(4)*3"``,
``"I(0,5,2).astype('int32')"``. Nothing here runs an operator.
"""
import importlib
import pkgutil

import numpy as np

KEYS = frozenset(("op", "inputs", "params", "train", "grad", "order", "why", "head", "eps", "rtol", "atol", "seed",
                  "single"))


def families():
    """Names of the families, in alphabetical order."""
    return sorted(m.name for m in pkgutil.iter_modules(__path__))


def load(family=None):
    """An iterator over the rows of one family, or of all; each row gets the key ``family``.

    A row without ``op`` or ``inputs``, or with a key that means nothing, is a ValueError that names it.
    """
    for name in families() if family is None else [family]:
        for i, row in enumerate(importlib.import_module(f"{__name__}.{name}").ROWS):
            wrong = sorted(set(row) - KEYS) or [k for k in ("op", "inputs") if k not in row]
            if wrong:
                raise ValueError(f"rows/{name}.py, row {i} ({row.get('op')}): unknown or missing keys {wrong}")
            if row.get("order", 2) < 2 and not row.get("why"):
                raise ValueError(f"rows/{name}.py, row {i} ({row['op']}): an order below 2 wants a 'why'")
            yield dict(row, family=name)


def make(spec, rng):
    """The float64 array of one text, or the list of arrays of a list of texts; what a text casts to integers stays so.

    ``rng`` is a numpy ``RandomState``. Values are rounded to float32: a check in either precision is at one point.
    """
    if isinstance(spec, (list, tuple)):
        return [make(s, rng) for s in spec]
    value = np.asarray(eval(spec, {"__builtins__": {}, **generators(rng)}))
    return value.astype("float32").astype("float64") if value.dtype.kind == "f" else value


def generators(rng):
    """The names that a text may use."""

    def spd(n, *batch):
        a = rng.normal(size=(*batch, n, n))
        return np.matmul(a, np.swapaxes(a, -1, -2)) + n * np.eye(n)

    def tri(n, *batch):
        return np.tril(rng.uniform(-1, 1, size=(*batch, n, n))) + 2 * np.eye(n)

    def distinct(*shape):
        n = int(np.prod(shape))
        return (rng.permutation(n) - n / 2.0).reshape(shape) * 0.37 + 0.05

    return {
        "N": lambda *s: rng.normal(size=s),
        "U": lambda *s: rng.uniform(-1, 1, size=s),
        "R": lambda lo, hi, *s: rng.uniform(lo, hi, size=s),
        "P": lambda *s: rng.uniform(0.5, 2.0, size=s),
        "I": lambda lo, hi, *s: rng.randint(lo, hi, size=s).astype("float64"),
        "D": distinct, "SPD": spd, "TRI": tri,
        "Z": lambda *s: np.zeros(s),
        "O": lambda *s: np.ones(s),
        "A": lambda v: np.asarray(v, dtype="float64"),
        "AR": lambda *s: np.arange(int(np.prod(s)), dtype="float64").reshape(s),
        "np": np, "rng": rng,
    }
