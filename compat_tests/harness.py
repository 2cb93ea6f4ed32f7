"""Runs one case: short text in MXNet's public API, evaluated against whichever `mxnet` it is given.

Everything a case may mention is defined here: the generators of sample inputs, `arr`, `grads`, `raises`, `put`, `layer`
and `R`. Runs unchanged under real MXNet (Python 3.10, numpy 1.23) and under this package. Files are `store.py`'s
business, processes `isolate.py`'s, judging results `compare.py`'s.
"""
from __future__ import annotations

import contextlib
import dataclasses
import signal
import threading
import warnings
import zlib
from collections.abc import Iterator
from typing import Any

import numpy as np


@dataclasses.dataclass(frozen=True)
class Case:
    """One case. ``inputs`` is None for statements that fill ``R``; otherwise ``source`` is one expression of them.

    An expression is evaluated under autograd unless ``grad`` is "": its outputs (y0, y1, ...) and the gradients of the
    inputs named in ``grad`` ("*" is every floating one) under random head gradients (d_<input>) are the results.
    """

    id: str
    source: str
    inputs: dict[str, str] | None = None
    grad: str = "*"
    req: str = "write"
    train: bool = True
    tol: tuple[float, float] | None = None

    @property
    def family(self) -> str:
        return self.id.split("/")[0]


@dataclasses.dataclass
class Outcome:
    """What a case came to: named results, or the class of the exception it ended in, with its message for people."""

    results: dict[str, np.ndarray] = dataclasses.field(default_factory=dict)
    exception: str | None = None
    message: str = ""


class TooLong(BaseException):
    """A case ran past its limit; not an Exception, so that a case cannot swallow it."""


class Results(dict):
    """`R` of a case: copies what it is given at once, for a case may go on to change the array."""

    def __setitem__(self, name: str, value: Any) -> None:
        super().__setitem__(name, np.array(to_numpy(value)))


def generators(rng: np.random.RandomState) -> dict[str, Any]:
    """The names that input specifications are made of; all give float32 unless the specification casts."""

    def f(values):
        return np.asarray(values, dtype="float32")

    def positive_definite(n, *batch):
        a = rng.normal(size=(*batch, n, n))
        return f(np.matmul(a, np.swapaxes(a, -1, -2)) + n * np.eye(n))

    def triangular(n, *batch):
        return f(np.tril(rng.uniform(-1, 1, size=(*batch, n, n))) + 2 * np.eye(n))

    def distinct(*shape):
        n = int(np.prod(shape)) if shape else 1
        return f((rng.permutation(n) - n / 2.0).reshape(shape) * 0.37 + 0.05)

    return {
        "N": lambda *s: f(rng.normal(size=s)),
        "U": lambda *s: f(rng.uniform(-1, 1, size=s)),
        "R": lambda low, high, *s: f(rng.uniform(low, high, size=s)),
        "P": lambda *s: f(rng.uniform(0.5, 2.0, size=s)),
        "I": lambda low, high, *s: f(rng.randint(low, high, size=s)),
        "SPD": positive_definite,
        "TRI": triangular,
        "D": distinct,
        "A": f,
        "AR": lambda *s: f(np.arange(int(np.prod(s))).reshape(s)),
        "Z": lambda *s: f(np.zeros(s)),
        "O": lambda *s: f(np.ones(s)),
        "np": np,
        "rng": rng,
    }


def seed_of(case_id: str) -> int:
    """A case's random numbers depend on its id alone, so cases can be added and reordered freely (but not renamed)."""
    return zlib.crc32(case_id.encode()) & 0x7FFFFFFF


def exception_name(mx: Any, error: BaseException) -> str:
    """`MXNetError` for it and its subclasses, else the class's own name."""
    known = getattr(getattr(mx, "base", None), "MXNetError", None)
    return "MXNetError" if known is not None and isinstance(error, known) else type(error).__name__


def to_numpy(value: Any) -> np.ndarray:
    """Whatever a case reports as an array; what is not numeric becomes a text array of shape ()."""
    if hasattr(value, "asnumpy"):
        return value.asnumpy()
    if isinstance(value, (np.ndarray, np.generic)):
        return np.asarray(value)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return np.array(value)
    spelled = isinstance(value, (bool, bytes, tuple, list, dict, set, frozenset, type, type(None)))
    return np.array(text(value) if spelled else str(value).replace("'numpy.bool'", "'numpy.bool_'"))


def text(value: Any) -> str:
    """`repr` that is alike under every numpy: scalars as Python's, types by name, dicts in order of their keys."""
    if isinstance(value, type):
        return value.__name__
    if isinstance(value, tuple):
        return "(" + ", ".join(map(text, value)) + (",)" if len(value) == 1 else ")")
    if isinstance(value, list):
        return "[" + ", ".join(map(text, value)) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{text(k)}: {text(value[k])}" for k in sorted(value, key=str)) + "}"
    if isinstance(value, np.generic):
        return repr(value.item())
    return repr(value)


def is_float(dtype: Any) -> bool:
    return np.dtype(dtype).kind == "f"


def as_list(value: Any) -> list:
    return list(value) if isinstance(value, (list, tuple)) else [value]


def run_case(case: Case, mx: Any, limit: int = 20) -> Outcome:
    """Run ``case`` on ``mx`` within ``limit`` seconds. Never raises for what the case itself does wrong."""
    outcome = Outcome()
    try:
        with warnings.catch_warnings(), time_limit(limit):
            warnings.simplefilter("ignore")
            evaluate = _statements if case.inputs is None else _expression
            outcome.results = evaluate(case, mx)
        for name, value in outcome.results.items():
            if value.dtype == object:
                raise TypeError(f"result {name} of case {case.id} is an array of objects")
    except (Exception, TooLong) as error:
        outcome = Outcome(exception=exception_name(mx, error), message=str(error))
    _settle(mx)
    return outcome


def _settle(mx: Any) -> None:
    """Leave nothing behind for the next case: no pending asynchronous failure, no recording state, no np mode."""
    with contextlib.suppress(Exception):  # such a failure belongs to the case that has just been judged
        mx.nd.waitall()
    mx.autograd.set_recording(False)
    mx.autograd.set_training(False)
    if hasattr(mx, "npx") and mx.util.is_np_array():
        mx.npx.reset_np()


@contextlib.contextmanager
def time_limit(seconds: int) -> Iterator[None]:
    """Raise TooLong in the block after ``seconds``; no effect off the main thread or where there is no SIGALRM."""
    if not hasattr(signal, "SIGALRM") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def alarm(*_):
        raise TooLong(f"more than {seconds} s")

    before = signal.signal(signal.SIGALRM, alarm)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def _environment(case: Case, mx: Any) -> tuple[np.random.RandomState, dict[str, Any], dict[str, Any]]:
    seed = seed_of(case.id)
    rng = np.random.RandomState(seed)
    mx.random.seed(seed % 100000)
    np.random.seed(seed % 100000)
    # sym and gluon only where the case mentions them: a package without them fails those cases and no others
    names = {n: getattr(mx, n) for n in ("sym", "gluon") if n in case.source}
    return rng, generators(rng), {"mx": mx, "np": np, "rng": rng, "nd": mx.nd, "ag": mx.autograd, **names}


def _expression(case: Case, mx: Any) -> dict[str, np.ndarray]:
    rng, gen, env = _environment(case, mx)
    values = {name: eval(case.inputs[name], gen) for name in sorted(case.inputs)}
    arrays = {name: mx.nd.array(value, dtype=value.dtype) for name, value in values.items()}
    env.update(arrays)
    wanted = [n for n in values if is_float(values[n].dtype)] if case.grad == "*" else case.grad.split()
    for name in wanted:
        arrays[name].attach_grad(case.req)
    if wanted:
        for _ in range(2 if case.req == "add" else 1):
            outputs = _recorded(case, mx, rng, env)
    else:
        outputs = as_list(eval(case.source, env))
    results = {f"d_{name}": to_numpy(arrays[name].grad) for name in wanted}
    results.update({f"y{i}": to_numpy(y) for i, y in enumerate(outputs)})
    return results


def _recorded(case: Case, mx: Any, rng: np.random.RandomState, env: dict[str, Any]) -> list:
    """Outputs of the expression under autograd, after random head gradients went back through the floating ones."""
    with mx.autograd.record(train_mode=case.train):
        outputs = as_list(eval(case.source, env))
        floating = [y for y in outputs if is_float(y.dtype)]
    heads = [mx.nd.array(rng.normal(size=y.shape), dtype=y.dtype) for y in floating]
    mx.autograd.backward(floating, heads, train_mode=case.train)
    return outputs


def _statements(case: Case, mx: Any) -> dict[str, np.ndarray]:
    nd, ag = mx.nd, mx.autograd
    rng, gen, env = _environment(case, mx)
    R = Results()

    def arr(value, dtype=None):
        """An NDArray that keeps the source's dtype."""
        return nd.array(value, dtype=dtype or getattr(value, "dtype", "float32"))

    def put(prefix, items):
        for i, item in enumerate(items):
            R[f"{prefix}{i}"] = item

    def raises(fn):
        """The class of exception that fn() ends in, asynchronous ones included; 'none' where it ends well."""
        try:
            for item in as_list(fn()):
                if hasattr(item, "wait_to_read"):
                    item.wait_to_read()
            nd.waitall()
        except Exception as error:
            return exception_name(mx, error)
        return "none"

    def grads(fn, *xs, req="write", train=True):
        """Run fn(*xs) recorded, push random heads back: (outputs, gradients of xs)."""
        for x in xs:
            x.attach_grad(req)
        with ag.record(train_mode=train):
            ys = as_list(fn(*xs))
        ag.backward(ys, [nd.array(rng.normal(size=y.shape), dtype=y.dtype) for y in ys])
        return ys, [x.grad for x in xs]

    def layer(block, x, grad=True):
        """Report a Gluon layer: deferred shapes, names, output, gradients, the hybridized output, repr."""
        block.initialize()
        R["s0"] = [p.shape for p in block.collect_params().values()]
        block(x)
        params = block.collect_params()
        R["names"] = [k.split("_", 1)[-1] for k in params.keys()]
        R["shapes"] = [p.shape for p in params.values()]
        for p in params.values():
            if "running" not in p.name:
                p.set_data(arr(gen["P"](*p.shape)))
        if grad:
            x.attach_grad()
        with ag.record():
            y = block(x)
        y.backward(arr(gen["N"](*y.shape)))
        R["y"] = y
        if grad:
            R["dx"] = x.grad
        put("p", [p.grad() if p.grad_req != "null" else p.data() for p in params.values()])
        if isinstance(block, mx.gluon.HybridBlock):
            block.hybridize()
            R["yh"] = block(x)
        R["repr"] = repr(block)

    env.update(gen)
    env.update(R=R, RU=gen["R"], arr=arr, put=put, raises=raises, grads=grads, layer=layer)
    exec(compile(case.source, case.id, "exec"), env)
    return dict(R)
