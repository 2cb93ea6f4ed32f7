"""How the functions of this package are tested: a ``Spec`` is one use of a function, and every test walks over all Specs.

Write them in ``tests/triton_kernels/specs/<family>.py``, with one call of ``check`` for a function::

    import numpy as np

    from triton_kernels import softmax
    from triton_kernels.spec import FLOATS, array, case, check

    def reference(x, axis=-1):                      # numpy, on float64 (whole numbers and booleans as they are)
        e = np.exp(x - x.max(axis, keepdims=True))
        return e / e.sum(axis, keepdims=True)

    check(softmax.softmax,
          [(3, 5), (0, 4), case((2, 3, 37), axis=1), case(array((4, 3), low=-90, high=90))], reference,
          dtypes=FLOATS, real=[(128, 1000), case((32, 64, 56, 56), axis=1)])

- A case is the inputs in order and the parameters by name. An input is a shape (normally distributed floats, whole numbers
  from -5 to 9, booleans), an ``array(...)`` that says more, a numpy array, a number or None. A bare shape is a case of one
  input, a tuple of shapes one of several. Cases are small (a program costs milliseconds) and mean: odd lengths, 0, 1, axes of
  length 1 that broadcast, every branch. The first case is run again with its inputs laid out in other ways (``LAYOUTS``).
- What is checked, interpreted, with every memory access watched and programs in shuffled order: values against the
  reference in the type of the result, its shape and type (that of the first input unless ``result`` says), that all of it is
  written, and that inputs stay as they are except those numbered in ``writes``, whose new values the reference returns after
  the results.
- ``real`` are cases at the size of real work. The function runs on them without memory, and all that it would launch is
  compiled ahead of time for each of ``dtypes`` (``aot.py``); without it the first case is taken.
- ``tolerance``: (relative, absolute), or a dict of them by type; ``TOLERANCE`` otherwise. ``holds(results, inputs,
  params)`` instead of a reference asserts what it likes, for random functions. ``raises=ValueError`` for what is refused.
"""
import importlib
import pkgutil
import zlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .device import Buffer

__all__ = ["FLOATS", "INTS", "LAYOUTS", "SPECS", "TOLERANCE", "Spec", "array", "case", "check", "check_numpy", "load"]

FLOATS = ("float32", "float64", "float16")
INTS = ("int32", "int64", "uint8", "int8")
#: Ways for inputs to lie in memory: axes in the other order, every second element, backwards, repeated along the first axis.
LAYOUTS = ("turned", "step", "back", "wide")
#: (relative, absolute) by the type of a result.
TOLERANCE = {"float16": (2e-3, 1e-3), "float32": (2e-5, 2e-6), "float64": (1e-12, 1e-13)}
#: Every Spec by name.
SPECS: dict[str, "Spec"] = {}


@dataclass(frozen=True)
class Array:
    """An input to be drawn; see ``array``."""
    shape: tuple
    dtype: str | None = None
    low: float | None = None
    high: float | None = None
    values: Callable | None = None
    layout: str = "packed"

    def draw(self, rng, dtype):
        """A numpy array of it."""
        dtype = np.dtype(self.dtype or dtype)
        if self.values is not None:
            a = np.asarray(self.values(rng, self.shape)).astype(dtype)
        elif dtype.kind == "b":
            a = rng.integers(0, 2, self.shape).astype(bool)
        elif dtype.kind in "iu":
            low = (0 if dtype.kind == "u" else -5) if self.low is None else self.low
            a = rng.integers(low, 10 if self.high is None else self.high, self.shape).astype(dtype)
        elif self.low is None and self.high is None:
            a = np.asarray(rng.standard_normal(self.shape)).astype(dtype)
        else:
            a = np.asarray(rng.uniform(self.low, self.high, self.shape)).astype(dtype)
        if self.layout == "wide" and a.ndim and a.size:
            a = np.broadcast_to(a[:1], a.shape)
        return a


def array(shape, dtype=None, low=None, high=None, values=None, layout="packed"):
    """An input of this shape: of ``dtype`` where it is not that of the run, uniform from ``low`` to ``high`` (whole numbers
    without ``high``), or what ``values(rng, shape)`` returns; laid out as one of ``LAYOUTS``.
    """
    return Array(tuple(shape), dtype, low, high, values, layout)


@dataclass(frozen=True, eq=False)
class Case:
    """Inputs and parameters of one call."""
    inputs: tuple
    params: dict

    def __str__(self):
        def text(v):
            if isinstance(v, np.ndarray):
                return f"{v.dtype}{list(v.shape)}"
            return "x".join(map(str, v.shape)) or "scalar" if isinstance(v, Array) else str(v).replace(" ", "")
        return "-".join([text(v) for v in self.inputs] + [f"{k}={text(v)}" for k, v in self.params.items()])


def case(*inputs, **params):
    """One call: inputs in order (a tuple of whole numbers is a shape), parameters by name (an ``array`` is drawn as well)."""
    return Case(tuple([array(v) if _is_shape(v) else v for v in inputs]), params)


def _is_shape(v):
    return isinstance(v, tuple) and all(isinstance(n, int) for n in v)


def _as_case(c):
    return c if isinstance(c, Case) else case(c) if _is_shape(c) else case(*c)


@dataclass(frozen=True)
class Run:
    """One run of a Spec: a case in one type, with all its inputs laid out in one way."""
    spec: "Spec"
    case: Case
    dtype: str
    layout: str | None = None

    def __str__(self):
        return "-".join([self.spec.name, str(self.case), self.dtype] + ([self.layout] if self.layout else []))

    def draw(self):
        """(numpy arrays and other inputs, parameters): the same ones each time."""
        rng = np.random.default_rng(zlib.crc32(str(self).encode()))

        def drawn(v):
            if not isinstance(v, Array):
                return v
            if self.layout and v.layout == "packed":
                v = Array(v.shape, v.dtype, v.low, v.high, v.values, self.layout)
            return v.draw(rng, self.dtype)
        return [drawn(v) for v in self.case.inputs], {k: drawn(v) for k, v in self.case.params.items()}

    def call(self, device, inputs, params):
        """(list of results, inputs as buffers) of the function on a device."""
        inputs = [self._placed(device, v, d) for v, d in zip(inputs, self.case.inputs)]
        params = {k: self._placed(device, v, self.case.params[k]) for k, v in params.items()}
        results = self.spec.function(*inputs, **params)
        return list(results) if isinstance(results, (list, tuple)) else [results], inputs

    def _placed(self, device, value, given):
        if not isinstance(value, np.ndarray):
            return value
        layout = given.layout if isinstance(given, Array) and given.layout != "packed" else self.layout
        return placed(device, value, layout)

    def collect(self):
        """The launches of the function, on buffers without memory: (kernel, args, constexprs, options) of each."""
        from .device import Shapes
        from .launch import collect
        inputs, params = self.draw() if self.case in self.spec.cases else self._shapes()
        with collect() as found:
            self.call(Shapes(), inputs, params)
        return found

    def _shapes(self):
        # real arrays are large: one element stands for all
        def hollow(v):
            if not isinstance(v, Array):
                return v
            return np.broadcast_to(np.zeros((), v.dtype or self.dtype), v.shape)
        return [hollow(v) for v in self.case.inputs], {k: hollow(v) for k, v in self.case.params.items()}


@dataclass(frozen=True, eq=False)
class Spec:
    """A function and its cases; see this module's text and ``check``."""
    name: str
    function: Callable
    cases: tuple
    reference: Callable | None
    dtypes: tuple
    real: tuple
    layouts: tuple
    tolerance: dict
    result: object
    writes: tuple
    holds: Callable | None
    raises: type | None
    block: int
    registers: int
    spills: int
    targets: tuple | None

    def runs(self):
        """What the interpreted tests run: each case in each type, and the first one laid out in other ways."""
        for t in self.dtypes:
            for c in self.cases:
                yield Run(self, c, t)
        for layout in self.layouts:
            yield Run(self, self.cases[0], self.dtypes[0], layout)

    def real_runs(self):
        """What is compiled ahead of time."""
        if self.raises is None:
            for t in self.dtypes:
                for c in self.real or self.cases[:1]:
                    yield Run(self, c, t)


def check(function, cases, reference=None, *, name=None, dtypes=FLOATS, real=(), layouts=LAYOUTS, tolerance=None, result=None,
          writes=(), holds=None, raises=None, block=32, registers=255, spills=16, targets=None):
    """State a Spec; this module's text explains.

    ``name``: the function's by default. ``result``: the type of the results, a list of types, or a function of inputs and
    parameters that returns these. ``block``: the largest block of interpreted kernels, so that small cases have several
    programs. ``registers``: how many a thread of a kernel compiled for an NVIDIA card may have (255 is all there are), and
    ``spills``: how many bytes it may spill (ptxas keeps a few around its 64 bit divisions).
    ``targets``: the names in ``aot.TARGETS`` that can have it, where not all can.
    ValueError where nothing is there to compare with, or for a second Spec of the same name.
    """
    name = name or function.__name__
    if name in SPECS:
        raise ValueError(f"there is a Spec {name} already: give another name")
    if reference is None and holds is None and raises is None:
        raise ValueError(f"Spec {name} needs a reference, holds or raises")
    tolerance = tolerance if isinstance(tolerance, dict) else dict.fromkeys(TOLERANCE, tolerance) if tolerance else {}
    spec = SPECS[name] = Spec(name, function, tuple([_as_case(c) for c in cases]), reference, tuple(dtypes),
                              tuple([_as_case(c) for c in real]), tuple(layouts), {**TOLERANCE, **tolerance}, result,
                              tuple(writes), holds, raises, block, registers, spills, targets)
    return spec


def check_numpy(function, cases, **options):
    """``check`` of a function of numpy's on buffers: values and types are those that it has on arrays."""
    def types(*inputs, **params):
        with np.errstate(all="ignore"):
            results = function(*inputs, **params)
        return [r.dtype for r in results] if isinstance(results, (list, tuple)) else np.asarray(results).dtype
    return check(function, cases, function, result=types, **options)


def load(package):
    """Import every module of a package of Specs and return ``SPECS``."""
    package = importlib.import_module(package) if isinstance(package, str) else package
    for m in sorted(pkgutil.iter_modules(package.__path__), key=lambda m: m.name):
        importlib.import_module(f"{package.__name__}.{m.name}")
    return SPECS


def placed(device, a, layout=None):
    """A buffer with the elements of a numpy array, lying as ``layout`` (one of ``LAYOUTS``) says."""
    if layout in (None, "packed") or not a.size and layout != "turned":
        return device.upload(a)
    if layout == "turned":
        return device.upload(a.T).T
    if layout == "back":
        turn = (slice(None, None, -1),) * a.ndim
        return device.upload(a[turn])[turn]
    if layout == "wide":
        return device.upload(a[:1]).broadcast_to(a.shape) if a.ndim else device.upload(a)
    # every second element, from one that is not aligned to 16 bytes
    spread = np.zeros((*a.shape[:-1], 2 * a.shape[-1] + 1) if a.ndim else (2,), a.dtype)
    if a.ndim:
        spread[..., 1::2] = a
        return device.upload(spread)[..., 1::2]
    spread[1] = a
    return device.upload(spread)[1]


def widest(v):
    """An input as references get it: floats as float64, all else as it is."""
    return v.astype(np.float64) if isinstance(v, np.ndarray) and v.dtype.kind == "f" else v


def verify(run, device):
    """Run it and compare with the reference; AssertionError with what differs."""
    spec = run.spec
    inputs, params = run.draw()
    if spec.raises is not None:
        try:
            run.call(device, inputs, params)
        except spec.raises:
            return
        raise AssertionError(f"{run} does not raise {spec.raises.__name__}")
    results, buffers = run.call(device, inputs, params)
    for k, (b, v) in enumerate(zip(buffers, inputs)):
        if isinstance(b, Buffer) and k not in spec.writes:
            np.testing.assert_array_equal(b.numpy(), v, f"input {k} has been changed")
    types = spec.result(*inputs, **params) if callable(spec.result) and not isinstance(spec.result, type) else spec.result
    types = types if isinstance(types, (list, tuple)) else [types or _first_type(inputs, run)] * len(results)
    for b, t in zip(results, types):
        assert b.dtype == t, f"a result of {b.dtype}, expected {np.dtype(t)}"
    results = [b.numpy() for b in results] + [buffers[k].numpy() for k in spec.writes]
    if spec.holds is not None:
        spec.holds(results, inputs, params)
        return
    with np.errstate(all="ignore"):
        expected = spec.reference(*[widest(v) for v in inputs], **{k: widest(v) for k, v in params.items()})
        expected = list(expected) if isinstance(expected, (list, tuple)) else [expected]
        assert len(results) == len(expected), f"{len(results)} results, expected {len(expected)}"
        for k, (r, e) in enumerate(zip(results, expected)):
            e = np.asarray(e)
            assert r.shape == e.shape, f"result {k} of shape {r.shape}, expected {e.shape}"
            if r.dtype.kind == "f":
                rtol, atol = spec.tolerance[r.dtype.name]
                np.testing.assert_allclose(r, e.astype(r.dtype), rtol, atol, err_msg=f"result {k}")
            else:
                np.testing.assert_array_equal(r, e.astype(r.dtype), f"result {k}")


def _first_type(inputs, run):
    for v in inputs:
        if isinstance(v, np.ndarray):
            return v.dtype
    return np.dtype(run.dtype)
