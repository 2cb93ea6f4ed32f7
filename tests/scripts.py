"""Scripts in MXNet's public API whose results were recorded from real MXNet 1.9.1, and what compares them.

A file ``scripts_*.py`` beside the tests makes ``CASES = Cases()`` and decorates functions with it; ``record_scripts.py``
runs them under the real package and writes ``recorded/<name>.json``; ``replay`` runs one here. Nothing in this file or in
the scripts knows which package ``mxnet`` is.
"""
import json
import math
import warnings
from pathlib import Path

import numpy as np

__all__ = ["Cases", "encode", "raises", "replay"]

FOLDER = Path(__file__).resolve().parent / "recorded" / "scripts"
#: Of larger arrays, this many values are kept, and the means of all values and of their magnitudes.
LIMIT = 40
#: (relative, absolute) differences that float results may have, by dtype.
TOLERANCE = {"float16": (2e-3, 1e-3), "float32": (3e-5, 3e-6), "float64": (1e-9, 1e-10)}


class Cases(dict):
    """Functions by name, made by decorating them: ``@CASES``, or ``@CASES.over(a=..., b=...)`` for one case a keyword."""

    def __call__(self, function):
        self[function.__name__] = function
        return function

    def over(self, **variants):
        """One case a keyword, which is called with its value (a tuple: the arguments)."""
        def decorate(function):
            for name, value in variants.items():
                args = value if isinstance(value, tuple) else (value,)
                self[f"{function.__name__}-{name}"] = lambda args=args: function(*args)
            return function
        return decorate

    def each(self, table):
        """As ``over``, for a dictionary."""
        return self.over(**table)


def raises(function, *args):
    """The class of the exception that ``function(*args)`` ends in, as text; else its result."""
    try:
        value = function(*args)
        if hasattr(value, "wait_to_read"):
            value.wait_to_read()
        return value
    except Exception as e:
        return f"raises {type(e).__name__}"


def warned(function):
    """(result, classes of the warnings for users that ``function()`` gave)."""
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        value = function()
    quiet = (DeprecationWarning, PendingDeprecationWarning, ImportWarning, ResourceWarning, RuntimeWarning)
    return value, [w.category.__name__ for w in found if not issubclass(w.category, quiet)]


def _number(v):
    return v if math.isfinite(v) else str(v)


def encode(v):
    """JSON for a result; arrays with dtype and shape, other objects by their class."""
    if hasattr(v, "asnumpy"):
        v = v.asnumpy()
    if isinstance(v, np.ndarray):
        flat = v.reshape(-1)
        if flat.size > LIMIT:
            wide = flat.astype("float64")
            flat = np.append(flat[::flat.size // LIMIT + 1], [wide.mean(), np.abs(wide).mean()])
        flat = [_number(float(f"{x:.7g}")) for x in flat.tolist()] if v.dtype.kind == "f" else flat.tolist()
        return {"dtype": v.dtype.name, "shape": list(v.shape), "values": flat}
    if isinstance(v, np.generic):
        v = v.item()
    if isinstance(v, float):
        return _number(v)
    if v is None or isinstance(v, (bool, int, str)):
        return v
    if isinstance(v, (list, tuple)):
        return [encode(x) for x in v]
    if isinstance(v, dict):
        return {"dict": [[str(k), encode(x)] for k, x in v.items()]}
    if isinstance(v, type):
        return {"class": v.__name__}
    return {"object": type(v).__name__}


def _close(a, b, tolerance):
    if isinstance(a, str) or isinstance(b, str):
        return a == b
    return math.isclose(a, b, rel_tol=tolerance[0], abs_tol=tolerance[1])


def agree(got, expected, tolerance=None):
    """Whether two encoded results are equal, floats up to ``tolerance`` (by default that of their dtype)."""
    if isinstance(expected, dict) and "values" in expected:
        same = isinstance(got, dict) and all(got.get(k) == expected[k] for k in ("dtype", "shape"))
        limit = tolerance or TOLERANCE.get(expected["dtype"], (0, 0))
        return same and all(_close(a, b, limit) for a, b in zip(got["values"], expected["values"]))
    if isinstance(expected, float) and isinstance(got, (int, float)):
        return _close(got, expected, tolerance or TOLERANCE["float32"])
    if isinstance(expected, list):
        return isinstance(got, list) and len(got) == len(expected) and \
            all(agree(a, b, tolerance) for a, b in zip(got, expected))
    if isinstance(expected, dict) and "dict" in expected:
        return isinstance(got, dict) and agree(got.get("dict"), expected["dict"], tolerance)
    return type(got) is type(expected) and got == expected


def run(function):
    """The encoded result of a script, in a fresh scope of names and with fresh seeds."""
    import mxnet as mx
    mx.random.seed(7)
    np.random.seed(7)
    with mx.name.NameManager():
        return encode(raises(function))


def replay(name, cases, tolerance=None):
    """A decorator for a test that replays each case of a recorded file; it is given the function and what was recorded."""
    import pytest
    recorded = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    assert list(recorded) == list(cases), f"{name}.json is not of these scripts: record them again"

    def check(case):
        got = run(cases[case])
        assert agree(got, recorded[case], tolerance), f"{case}\n  real MXNet: {recorded[case]}\n  here:       {got}"
    return pytest.mark.parametrize(("case", "check"), [(c, check) for c in cases], ids=list(cases))
