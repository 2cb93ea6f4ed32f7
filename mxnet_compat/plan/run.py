"""Running computations by plan: one for each signature, compiled when a signature comes again; one tape node a call.

A signature is the shapes and types of the inputs, which of them lead to variables, and whether the thread records and
trains. What cannot be planned, and the first call of each signature, runs as it is.
"""
import os
import threading

import numpy as np

from ..autograd import recompute, tape
from ..backend import rng
from ..backend.dispatch import KERNEL_ERRORS
from ..base import MXNetError
from ..ndarray.core import NDArray, array_of, wrap
from ..state import state
from . import emit, optimize
from .trace import Draws, NotTraceable, Trace, TracedArray, mark, walk

__all__ = ["Plan", "Plans", "enabled"]

#: So many signatures of one computation are remembered at most.
_MOST = 256


def enabled():
    """Whether plans are used at all: ``MXNET_COMPAT_PLAN=0`` switches them off."""
    return os.environ.get("MXNET_COMPAT_PLAN", "1") != "0"


def _owner(a):
    """What owns the memory of an array."""
    while a.base is not None and type(a) is np.ndarray:
        a = a.base
    return a


class Plan:
    """The compiled form of a computation for one signature.

    ``needs``: places of the inputs that get gradients. It stands for an operator on the tape. Raises NotTraceable where
    the computation cannot be planned.
    """
    broadcasts = False

    def __init__(self, function, name, args, needs, training):
        self.name, self.needs, self.training = name, tuple(needs), training
        self.input_names = tuple(f"input{k}" for k in range(len(args)))
        self.shapes = tuple([a._a.shape for a in args])
        f, b, self.graded = self._trace(function, [a._a for a in args], args[0]._ctx, None, True)
        self.program, self._lock = f, threading.Lock()
        self._run = emit.forward(f, name)
        self.outs = tuple([f.kinds[n] for n in f.results])
        self.draws = any("rng" in s.op.injected for p in (f, b) if p for s in p.steps)
        self._backward = {}
        if b is not None:
            self._backward[tuple(self.graded), True] = b, self._compiled(b)

    def _trace(self, function, values, ctx, present, train_mode):
        """(forward program, backward program or None, which outputs lead to variables).

        ``present`` says for which outputs a gradient comes (None: all).
        """
        trace, draws = Trace(ctx), Draws(ctx)
        xs = [trace.input(v) for v in values]
        trace.inputs = len(xs)
        for k in self.needs:
            mark(xs[k])
        was = state.recording, state.training
        state.recording, state.training = bool(self.needs), self.training
        try:
            heads = function(*xs)
            if any(type(h) is not TracedArray for h in heads):
                raise NotTraceable("an output does not depend on the inputs")
            numbers = [h._a.number for h in heads]
            if len(set(numbers)) < len(numbers) or min(numbers, default=0) < len(xs):
                raise NotTraceable("an output is an input, or comes twice")
            graded = [h._node is not None and not h._node.dead for h in heads]
            count, back = len(trace.steps), None
            if any(graded):
                present = graded if present is None else [g and p for g, p in zip(graded, present)]
                dys = [trace.input(np.ones(h.shape, h._a.dtype)) if p else None for h, p in zip(heads, present)]
                pairs = [(h, d) for h, d in zip(heads, dys) if d is not None]
                found = walk([h for h, _ in pairs], [d for _, d in pairs], [xs[k] for k in self.needs], train_mode)
                grads = [None] * len(xs)
                for k, g in zip(self.needs, found):
                    grads[k] = None if g is None else trace.number(g)
        finally:
            state.recording, state.training = was
        draws.check()
        inputs = list(range(len(xs)))
        if any(graded):
            f, back = optimize.split(trace, trace.steps[:count], trace.steps[count:], inputs, numbers,
                                     [d._a.number for d in dys if d is not None], grads)
        else:
            f, _ = optimize.split(trace, trace.steps, [], inputs, numbers, [], [])
        return f, back, graded

    def _compiled(self, program):
        kept = self.program.kept
        if not set(program.kept) <= set(kept):
            return None
        return emit.backward(program, self.name), [kept.index(n) for n in program.kept], list(program.inputs)

    # running

    def forward(self, function, args):
        """The outputs for arrays of this signature, recorded if that is part of it. KERNEL_ERRORS where a kernel fails."""
        ctx = args[0]._ctx
        before = None
        generator = None
        if self.draws:
            generator = rng.generator(ctx)
            if self.needs:
                before = generator.bit_generator.state
        ys, kept = self._run([a._a for a in args], generator)
        outs = [wrap(y, ctx) for y in ys]
        if self.needs and True in self.graded:
            self._record(function, args, outs, kept, before, ctx)
        return outs

    def _record(self, function, args, outs, kept, before, ctx):
        n = tape.Node()
        n.op, n.seq, n.dead, n.params = self, next(tape.seq), False, ()
        parents, index = [None] * len(args), [0] * len(args)
        for k in self.needs:
            parents[k], index[k] = args[k]._node, args[k]._i
        n.parents, n.index = tuple(parents), tuple(index)
        n.shapes = self.shapes
        n.ctx, n.saved = ctx, (function, args, kept, before)
        n.outs = self.outs if len(outs) > 1 else None
        for i, (o, graded) in enumerate(zip(outs, self.graded)):
            if graded:
                o._node, o._i = n, i

    def vjp(self, node, dys, need, create_graph):
        """The gradients of a recorded call, one an input (None: none)."""
        function, args, kept, before = node.saved
        dys = [dys] if node.outs is None else dys
        if create_graph:
            return self._again(node, dys, need, True)
        variant = self._variant(tuple([d is not None for d in dys]), state.training, function, args, node.ctx)
        given = [d for d in dys if d is not None]
        if variant is None or any(type(d._a) is not np.ndarray or d._a.dtype != t
                                  for d, (_, t) in zip(given, [o for o, d in zip(self.outs, dys) if d is not None])):
            return self._again(node, dys, need, False)
        program, (run, places, inputs) = variant
        mine = [kept[k] for k in places]
        if not (state.retain or program.repeats):
            kept.clear()
        values, tops = [args[k]._a for k in inputs], [d._a for d in given]
        generator = rng.generator(node.ctx) if self.draws else None
        memory = self._memory(program, node, (*values, *tops, *mine)) if program.into else None
        try:
            if program.repeats:
                try:
                    gs = run(values, tops, mine, generator, memory)
                except (FloatingPointError, RuntimeWarning):
                    # numpy's error settings are in the way; they are not looked at before, which takes its time
                    with np.errstate(all="ignore"):
                        gs = run(values, tops, [kept[k] for k in places], generator, memory)
            else:
                with np.errstate(all="ignore"):
                    gs = run(values, tops, mine, generator, memory)
        except KERNEL_ERRORS as e:
            raise MXNetError(f"the gradient of {self.name}: {e}") from e
        return self._arrays(program, gs, given, need, node.ctx)

    @staticmethod
    def _memory(program, node, read):
        """Gradient buffers that gradients are written into, by place; None where that is not the whole gradient."""
        memory = [None] * len(program.results)
        filling = state.filling
        if filling is None:
            return memory
        taken = {id(_owner(a)) for a in read}
        for k in program.into:
            leaf = node.parents[k]
            # one that comes twice, or was written by another call, is to be added up
            if type(leaf) is not tape.Leaf or leaf.req != 1 or leaf in filling or node.parents.count(leaf) > 1:
                continue
            a, (shape, dtype) = leaf.grad._a, program.kinds[program.results[k]]
            if type(a) is np.ndarray and a.shape == shape and a.dtype == dtype and a.flags.c_contiguous and \
                    a.flags.writeable and id(_owner(a)) not in taken:
                memory[k] = a
                filling.add(leaf)
        return memory

    @staticmethod
    def _arrays(program, gs, given, need, ctx):
        """Gradients as arrays; one that is a head gradient, or comes twice, is one and the same array."""
        made = {program.heads[k]: d for k, d in enumerate(given)}
        out = []
        for n, g, wanted in zip(program.results, gs, need):
            if g is None or not wanted:
                out.append(None)
                continue
            x = made.get(n)
            if x is None:
                x = made[n] = wrap(g, ctx)
            out.append(x)
        return out

    def _variant(self, present, train_mode, function, args, ctx):
        """The backward program for these head gradients and mode, or None."""
        key = present, train_mode
        if key not in self._backward:
            with self._lock:
                if key not in self._backward:
                    try:
                        _, b, _ = self._trace(function, [a._a for a in args], ctx, present, train_mode)
                        self._backward[key] = b, self._compiled(b)
                    except (NotTraceable, *KERNEL_ERRORS):
                        self._backward[key] = None, None
        b, compiled = self._backward[key]
        return None if compiled is None else (b, compiled)

    @staticmethod
    def _as_recorded(node):
        """The inputs of a call as they were, and the computation with the random numbers that it drew."""
        function, args, _, before = node.saved
        plan, xs = node.op, []
        for x, p, i in zip(args, node.parents, node.index):
            x = array_of(x._a, x._ctx)
            x._node, x._i = p, i
            xs.append(x)

        def compose(*inputs):
            bits = rng.generator(node.ctx).bit_generator if before is not None else None
            now = bits.state if bits is not None else None
            was = state.training
            state.training = plan.training
            if bits is not None:
                bits.state = before
            try:
                return function(*inputs)
            finally:
                state.training = was
                if bits is not None:
                    bits.state = now
        return compose, xs

    def replay(self, node):
        """The outputs of a recorded call, recorded again operator by operator."""
        compose, xs = self._as_recorded(node)
        was, state.recording = state.recording, True
        try:
            return compose(*xs)
        finally:
            state.recording = was

    def _again(self, node, dys, need, create_graph):
        """Gradients by running the computation once more, recorded operator by operator."""
        compose, xs = self._as_recorded(node)
        was, state.recording = state.recording, True
        try:
            gs = recompute.gradients(compose, xs, dys, need)
        finally:
            state.recording = was
        return gs if create_graph else [None if g is None else g.detach() for g in gs]


class Plans:
    """A computation on arrays of one context, a function that gives a list, run by plan where that can be.

    The function comes with each call, so that whoever owns both makes no cycle.
    """

    def __init__(self, name):
        self.name, self.reason = name, None
        self.failed = None      # the last error of a plan, after which a call ran as it is
        self.plans = {}         # signature -> Plan, None where there is none, 0 after the first call
        self._lock = threading.Lock()

    def __call__(self, function, args):
        """The list of outputs of ``function(*args)``."""
        if not args:
            return function()
        recording = state.recording
        ctx = args[0]._ctx
        key = [recording, state.training, ctx]
        for x in args:
            if type(x) is not NDArray or x._ctx is not ctx:
                return function(*args)
            a = x._a
            key.append(a.shape)
            key.append(a.dtype)
            if recording:
                n = x._node
                key.append(n is not None and not n.dead)
        key = tuple(key)
        plan = self.plans.get(key)
        if not plan:
            if key in self.plans and plan is None:
                return function(*args)
            plan = self._find(key, function, args)
            if plan is None:
                return function(*args)
        try:
            return plan.forward(function, args)
        except KERNEL_ERRORS as e:
            self.failed = f"{type(e).__name__}: {e}"
            # it is told as the operator tells it, or was numpy's error setting only
            return function(*args)

    def _find(self, key, function, args):
        """The plan of a signature that has come before; None for a new one."""
        with self._lock:
            if key not in self.plans:
                if len(self.plans) < _MOST:
                    self.plans[key] = 0
                return None
            if self.plans[key] == 0:
                needs = [k for k, live in enumerate(key[5::3]) if live] if key[0] else ()
                try:
                    self.plans[key] = Plan(function, self.name, args, needs, key[1])
                except Exception as e:
                    # the plain run says what is wrong, if anything is
                    self.plans[key], self.reason = None, f"{type(e).__name__}: {e}"
            return self.plans[key]
