"""Tracing: a computation on arrays is run once, and every kernel call that it makes is written down.

A traced array is one of a storage type of its own, so that the compiled fronts hand its calls to ``call`` here and
dense calls pay nothing. It holds real values: shapes and types of results are those that the kernels give. What reads
values outside of kernels (``asnumpy``, comparisons in Python) cannot be traced, and says so.
"""
from heapq import heappop
from types import SimpleNamespace

import numpy as np

from ..autograd import executor, tape
from ..backend import dispatch, rng
from ..ndarray.core import NDArray, array_of, wrap
from ..ndarray.sparse import CLASSES
from ..state import state

__all__ = ["Kernel", "NotTraceable", "Step", "Trace", "TracedArray", "Value", "call"]

#: Operators whose results have shapes that depend on values.
_DYNAMIC = {"_contrib_boolean_mask", "_backward_boolean_mask", "_contrib_dynamic_reshape"}


class NotTraceable(Exception):
    """A computation that a flat list of kernel calls cannot stand for."""


class Value:
    """The buffer of a traced array: its number in the trace, and what it held when traced."""
    __slots__ = ("dtype", "ndim", "number", "shape", "size", "trace", "value")
    stype = "traced"
    # nothing here is small enough for the arithmetic that skips the fronts
    nbytes = 1 << 62
    __array_ufunc__ = None

    def __init__(self, trace, number, value):
        self.trace, self.number, self.value = trace, number, value
        self.shape, self.dtype, self.size, self.ndim = value.shape, value.dtype, value.size, value.ndim

    def __array__(self, *args, **kwargs):
        raise NotTraceable("the values of an array are read")

    def __getattr__(self, name):
        raise NotTraceable(f"{name} of a buffer is used")


class TracedArray(NDArray):
    """An array whose operator calls are written down."""
    __slots__ = ()

    @property
    def stype(self):
        """Storage type, which sends calls to the trace."""
        return "traced"

    def _dense_for(self, op):
        return self

    def _values(self, *args, **kwargs):
        raise NotTraceable("the values of an array are read or written")

    asnumpy = asscalar = __bool__ = __float__ = __int__ = __getitem__ = __setitem__ = __iter__ = __array__ = _values
    wait_to_read = copyto = tostype = attach_grad = _writable = _values

    def __len__(self):
        return self._a.shape[0]

    __hash__ = NDArray.__hash__

    def detach(self):
        """The same value off the tape."""
        return array_of(self._a, self._ctx)


CLASSES["traced"] = TracedArray


class Step:
    """One kernel call.

    ``ins``: numbers of values, one an input of the operator (None where left out), those of a variadic input in place;
    ``outs``: numbers of results; ``shapes`` and ``dtypes`` of these; ``params``: parsed, with ``training`` where taken.
    ``plain``: the kernel gave numpy arrays, so that its results need no conversion (to ``fixed``, if that is a type).
    ``given``: shapes and types of the inputs that are there. ``fresh``: which results have
    memory of their own, that may be written into. ``into``: the place among a program's results of one that can be
    written into memory that the caller hands in.
    """
    __slots__ = ("block", "dtypes", "fixed", "fresh", "given", "inplace", "ins", "into", "op", "outs", "params", "plain",
                 "shapes")

    def __init__(self, op, ins, outs, params, results, plain, fixed, given):
        self.op, self.ins, self.outs, self.params, self.plain, self.fixed = op, ins, outs, params, plain, fixed
        self.fresh = [y.flags.writeable and y.flags.c_contiguous and not any(np.may_share_memory(y, g) for g in given)
                      for y in results]
        self.given = [(g.shape, g.dtype) for g in given]
        self.shapes, self.dtypes = [y.shape for y in results], [y.dtype for y in results]
        self.into = None
        self.inplace = None     # the input into whose memory the result goes
        self.block = False      # part of a fused step, which sees a block at a time


class Kernel:
    """What stands for an operator in a step that only plans have."""
    composite, injected = False, frozenset()

    def __init__(self, name, body, outputs=1, effect=False):
        self.name, self.body, self.outputs = name, body, outputs
        self.inputs = (SimpleNamespace(aux=True),) if effect else ()


class Trace:
    """What was written down: numbered values (inputs first), constants by number, steps in order."""

    def __init__(self, ctx):
        self.ctx, self.steps, self.constants, self.count = ctx, [], {}, 0
        self.inputs = 0                 # how many numbers are inputs of the computation
        self.kinds = {}                 # number -> (shape, dtype)
        self._known = {}                # id of a constant's buffer -> number
        # draws while tracing come from a generator of its own: the context's must not move
        self.rng = np.random.Generator(np.random.Philox(0))

    def input(self, value):
        """A traced array for a numpy array."""
        # a kernel that changes an input without saying so fails here and is not planned
        value = value.view()
        value.flags.writeable = False
        return array_of(self._value(value), self.ctx)

    def _value(self, value):
        v = Value(self, self.count, value)
        self.kinds[self.count] = value.shape, value.dtype
        self.count += 1
        return v

    def fresh(self, n):
        """A new number for a value like that of ``n``."""
        self.kinds[self.count] = self.kinds[n]
        self.count += 1
        return self.count - 1

    def like(self, n):
        """An array of the shape and type of a value."""
        return np.empty(*self.kinds[n])

    def number(self, x):
        """The number of an array's value; one that is not traced is a constant."""
        a = x._a
        if type(a) is Value:
            return a.number
        if type(a) is not np.ndarray or x._ctx is not self.ctx:
            raise NotTraceable("an array is sparse or of another context")
        k = self._known.get(id(a))
        if k is None:
            k = self._known[id(a)] = self.count
            self.constants[k] = a
            self.kinds[k] = a.shape, a.dtype
            self.count += 1
        return k

    def run(self, op, arrays, params):
        """Call the kernel, write it down; the results as traced arrays."""
        ins = [None if x is None else self.number(x) for x in arrays]
        buffers = [None if x is None else x._a.value if type(x._a) is Value else x._a for x in arrays]
        dispatch.check_types(op, buffers)
        t = next((b.dtype for k, b in enumerate(buffers)
                  if b is not None and op.inputs[min(k, len(op.inputs) - 1)].common), None)
        extra = dict(params)
        if "training" in op.injected:
            params = {**params, "training": state.training}
            extra["training"] = state.training
        if "rng" in op.injected:
            extra["rng"] = self.rng
        if "out" in op.injected:
            extra["out"] = None
        if any(i.aux for i in op.inputs):
            buffers = [None if b is None else b.copy() for b in buffers]
        try:
            y = op.body(*buffers, **extra)
        except dispatch.KERNEL_ERRORS as e:
            y = dispatch.failed(op, e, buffers, extra)
        single = op.outputs == 1
        ys = [y] if single else list(y)
        plain = all(type(y) is np.ndarray for y in ys)
        if not plain:
            if any(getattr(y, "stype", "default") != "default" for y in ys):
                raise NotTraceable(f"{op.name} gives a sparse array")
            ys = [dispatch.fix(y, t if single else None) for y in ys]
        rs = [array_of(self._value(y), self.ctx) for y in ys]
        self.steps.append(Step(op, ins, [r._a.number for r in rs], params, ys, plain, t if single else None,
                               [b for b in buffers if b is not None]))
        return rs


def call(op, arrays, given, out):
    """The call of an operator in which a traced array takes part."""
    trace = next(x._a.trace for x in arrays if x is not None and type(x._a) is Value)
    if out is not None or op.name in _DYNAMIC:
        what = "writes into an array" if out is not None else "gives a result whose shape depends on values"
        raise NotTraceable(f"{op.name} {what}")
    if op.variadic and op.key in given:
        given = {**given, op.key: len(arrays)}
    params = dispatch.parse_params(op, given)
    if op.composite:
        extra = {**params, "training": state.training} if "training" in op.injected else params
        return op.body(*arrays, **extra)
    if op.name in ("zeros_like", "ones_like") and not state.recording:
        like = arrays[0]
        make = np.zeros if op.name == "zeros_like" else np.ones
        return wrap(make(like._a.shape, like._a.dtype), like._ctx)
    rs = trace.run(op, arrays, params)
    if state.recording and any([x is not None and x._node is not None for x in arrays]):
        values = tuple([params[p.name] for p in op.params])
        if "training" in op.injected:
            values += (state.training,)
        fixed = sum(not i.variadic for i in op.inputs)
        args = [*arrays[:fixed], tuple(arrays[fixed:])] if op.variadic else arrays
        op.record(*args, values, rs[0] if op.outputs == 1 else rs)
    shown = 1 if op.outputs == 1 else op.num_visible(params)
    return rs[0] if shown == 1 else rs[:shown]


class Draws:
    """Whether the context's generator moved: then something drew numbers that the trace does not know of."""

    def __init__(self, ctx):
        self._bits = rng.generator(ctx).bit_generator
        self._was = self._bits.state

    def check(self):
        """Put the generator back; NotTraceable if it had moved."""
        now = self._bits.state
        same = repr(now) == repr(self._was)
        if not same:
            self._bits.state = self._was
            raise NotTraceable("random numbers are drawn by an operator without inputs")


def walk(heads, dys, targets, train_mode):
    """Gradients of ``heads``, weighted by ``dys``, for ``targets``: arrays, None for one that is not reached."""
    found = dict.fromkeys(t._node for t in targets)
    wanted, _ = executor._leads_to(heads, list(found))
    grads, heap = {}, []
    was = state.recording, state.training
    state.recording, state.training = False, train_mode
    try:
        executor._start(heads, dys, wanted, grads, heap)
        while heap:
            node = heappop(heap)[1]
            dy = grads.pop(node)
            if node in found:
                found[node] = dy
            else:
                executor._step(node, dy, wanted, False, grads, heap)
                # as the walk itself does: what is kept goes as the walk passes
                node.free()
        return [found[t._node] for t in targets]
    finally:
        state.recording, state.training = was


def mark(x):
    """Make an array a variable of the traced computation."""
    x._node, x._i = tape.Leaf(None, 1), 0
