"""Triton's interpreter completed, so that a kernel computes on the host what it computes on a GPU. Import before any kernel.

Added: libdevice (``hostlib.py``), arithmetic on bfloat16, reductions and scans of any combine function over whole blocks,
atomic additions in bfloat16, scalars with current NumPy, floats as float32, and the checks of ``strict.py``. The language is
patched once, for good: a launch costs its own operations. Triton 3.6 to 3.9.
"""
import ctypes
import itertools
import threading

import numpy as np
import triton.language as tl
from triton.language.extra import libdevice
from triton.language.extra.cuda import libdevice as overloads
from triton.runtime import interpreter as base

from . import hostlib, memo, strict
from .device import Buffer

__all__ = ["argument", "run"]

if not isinstance(tl.sum, base.InterpretedFunction):
    raise RuntimeError("Triton was imported before TRITON_INTERPRET=1 was set, and its own functions are compiled ones: "
                       "import this package, or mxnet, before whatever imports Triton")

memo.install()
Handle, Builder, np_dtype = base.TensorHandle, base.InterpreterBuilder, base._get_np_dtype


def _replaces(owner):
    """Decorator: the method takes the place of the one of its name, which it gets as its first argument."""
    def put(function):
        old = getattr(owner, function.__name__)
        setattr(owner, function.__name__, lambda *args, **kwargs: function(old, *args, **kwargs))
        return function
    return put


# bfloat16 is held as the upper half of a float32

def widen(u):
    """bfloat16 bits as float32."""
    return (u.astype(np.uint32) << 16).view(np.float32)


def narrow(x):
    """float32 as bfloat16 bits, rounded to nearest even."""
    u = np.ascontiguousarray(x, np.float32).view(np.uint32)
    return np.where(np.isnan(x), np.uint16(0x7FC0), ((u + 0x7FFF + ((u >> 16) & 1)) >> 16).astype(np.uint16))


def _values(h):
    return widen(h.data) if h.dtype.scalar == tl.bfloat16 else h.data


def _handle(data, ty):
    s = ty.scalar
    return Handle(narrow(data) if s == tl.bfloat16 else np.asarray(data).astype(np_dtype(s)), s)


@_replaces(Builder)
def cast_impl(old, self, src, dst_type):
    s, d = src.dtype.scalar, dst_type.scalar
    if tl.bfloat16 in (s, d) and s != d:
        return _handle(_values(src), d)
    return old(self, src, dst_type)


@_replaces(Builder)
def create_fp_to_fp(old, self, src, dst_type, rounding_mode):
    s, d = src.dtype.scalar, dst_type.scalar
    if tl.bfloat16 in (s, d) and min(s.primitive_bitwidth, d.primitive_bitwidth) > 8:
        return self.cast_impl(src, dst_type)
    return old(self, src, dst_type, rounding_mode)


@_replaces(Builder)
def binary_op(old, self, a, b, op):
    if a.dtype.scalar == tl.bfloat16 or b.dtype.scalar == tl.bfloat16:
        r = op(_values(a), _values(b))
        return Handle(r, tl.int1) if r.dtype == np.bool_ else _handle(r, tl.bfloat16)
    return old(self, a, b, op)


@_replaces(Builder)
def unary_op(old, self, a, op):
    if a.dtype.scalar == tl.bfloat16:
        return _handle(op(_values(a)), tl.bfloat16)
    return old(self, a, op)


def _round_tf32(x):
    u = np.ascontiguousarray(x, np.float32).view(np.uint32)
    return np.where(np.isfinite(x), ((u + 0x0FFF + ((u >> 13) & 1)) & np.uint32(0xFFFFE000)).view(np.float32), x)


@_replaces(Builder)
def create_dot(old, self, a, b, d, input_precision, *rest):
    s = a.dtype.scalar
    if tl.bfloat16 in (s, b.dtype.scalar):
        a, b = Handle(_values(a), tl.float32), Handle(_values(b), tl.float32)
    elif s == tl.float32 and str(input_precision).upper().endswith("TF32"):
        a, b = Handle(_round_tf32(a.data), s), Handle(_round_tf32(b.data), s)
    return old(self, a, b, d, input_precision, *rest)


# a GPU's minimum and maximum give the number where the other is nan
Builder.create_minnumf = lambda self, a, b: self.binary_op(a, b, np.fmin)
Builder.create_maxnumf = lambda self, a, b: self.binary_op(a, b, np.fmax)
Builder.create_erf = lambda self, a: _handle(hostlib.erf(_values(a)), a.dtype)


@_replaces(Builder)
def create_idiv(old, self, a, b):
    # a division by zero gives an arbitrary number and stops nothing
    return old(self, a, Handle(np.where(b.data == 0, np.ones_like(b.data), b.data), b.dtype))


def _extern(self, lib, path, symbol, args, ret_type, pure):
    f = hostlib.function(symbol)
    if f is None:
        raise NotImplementedError(f"{symbol} is not there for interpreted kernels: add it to triton_kernels/hostlib.py")
    return _handle(f(*[a.data for a in args]), ret_type)


Builder.create_extern_elementwise = _extern


# reductions and scans by halves: as many calls of the combine function as the length has bits

def _blocks(arrays, types):
    return [tl.tensor(Handle(a, t.scalar), tl.block_type(t.scalar, list(a.shape)) if a.shape else t.scalar)
            for a, t in zip(arrays, types)]


def _combined(combine, left, right, types):
    r = combine(*_blocks(left, types), *_blocks(right, types))
    r = r if isinstance(r, (tuple, tl.tuple)) else (r,)
    return [np.broadcast_to(base.interpreter_semantic.to_tensor(v).handle.data, a.shape).astype(a.dtype)
            for v, a in zip(r, left)]


# sums and products, however they are called, are one step of numpy's
_PLAIN = {(lambda a, b: a + b).__code__.co_code: np.add, (lambda a, b: a * b).__code__.co_code: np.multiply}


def _plain(self, inputs):
    if len(inputs) == 1 and inputs[0].dtype not in (tl.bfloat16, tl.int1):
        return _PLAIN.get(self.combine_fn.fn.__code__.co_code)
    return None


def _generic_reduce(self, inputs):
    arrays, types = [x.handle.data for x in inputs], [x.dtype for x in inputs]
    axis = self.axis
    if axis is None:
        arrays, axis = [a.reshape(-1) for a in arrays], 0
    axis %= arrays[0].ndim
    lead = (slice(None),) * axis
    plain = _plain(self, inputs)
    if plain is not None:
        arrays = [plain.reduce(arrays[0], axis, dtype=arrays[0].dtype, keepdims=True)]
    while arrays[0].shape[axis] > 1:
        arrays = _combined(self.combine_fn, [a[(*lead, slice(0, None, 2))] for a in arrays],
                           [a[(*lead, slice(1, None, 2))] for a in arrays], types)
    if self.keep_dims:
        arrays = [a.reshape((1,) * inputs[0].handle.data.ndim) if self.axis is None else a for a in arrays]
    else:
        arrays = [a[(*lead, 0)] for a in arrays]
    # a scalar is an array of one element here
    return [self.to_tensor(a if a.shape else a[()], t) for a, t in zip(arrays, types)]


def _generic_scan(self, inputs):
    arrays, types = [x.handle.data for x in inputs], [x.dtype for x in inputs]
    axis = self.axis % arrays[0].ndim
    plain = _plain(self, inputs)
    if plain is not None:
        return [self.to_tensor(plain.accumulate(arrays[0], axis, dtype=arrays[0].dtype), types[0])]
    n = arrays[0].shape[axis]
    place = np.arange(n).reshape([n if k == axis else 1 for k in range(arrays[0].ndim)])
    step = 1
    while step < n:
        both = _combined(self.combine_fn, [np.roll(a, step, axis) for a in arrays], arrays, types)
        arrays = [np.where(place >= step, b, a) for a, b in zip(arrays, both)]
        step *= 2
    return [self.to_tensor(a, t) for a, t in zip(arrays, types)]


base.ReduceOps.generic_reduce = _generic_reduce
base.ScanOps.generic_scan = _generic_scan


# memory

def _poison(pointers):
    ty = pointers.get_element_ty()
    d = np_dtype(ty)
    value = 0x7FC1 if ty == tl.bfloat16 else np.nan if d.kind == "f" else True if d.kind == "b" else 0x55
    return Handle(np.full(pointers.data.shape, value, d), ty)


def _width(pointers):
    return np_dtype(pointers.get_element_ty()).itemsize


@_replaces(Builder)
def create_masked_load(old, self, ptrs, mask, other, *rest, **kw):
    w = strict.watch()
    if w is not None:
        w.touch(ptrs.data, mask.data, _width(ptrs), "load")
        if other is None and w.poison:
            other = _poison(ptrs)
    return old(self, ptrs, mask, other, *rest, **kw)


@_replaces(Builder)
def create_masked_store(old, self, ptrs, value, mask, *rest, **kw):
    w = strict.watch()
    if w is not None:
        w.touch(ptrs.data, mask.data, _width(ptrs), "store")
    return old(self, ptrs, value, mask, *rest, **kw)


@_replaces(Builder)
def create_atomic_rmw(old, self, op, ptr, val, mask, *rest):
    w = strict.watch()
    if w is not None:
        w.touch(ptr.data, None if mask is None else mask.data, _width(ptr), "atomic")
    if ptr.get_element_ty() != tl.bfloat16 or "ADD" not in str(op):
        return old(self, op, ptr, val, mask, *rest)
    shape = ptr.data.shape
    active = np.ones(shape, bool) if mask is None else np.broadcast_to(mask.data, shape)
    more, before = widen(np.broadcast_to(val.data, shape).copy()), np.zeros(shape, np.uint16)
    for i in zip(*np.nonzero(active)):
        cell = ctypes.c_uint16.from_address(int(ptr.data[i]))
        before[i] = cell.value
        cell.value = int(narrow(widen(before[i].reshape(1)) + more[i])[0])
    return Handle(before, tl.bfloat16)


@_replaces(Builder)
def create_atomic_cas(old, self, ptr, *rest):
    w = strict.watch()
    if w is not None:
        w.touch(ptr.data, None, _width(ptr), "atomic")
    return old(self, ptr, *rest)


@_replaces(Builder)
def create_barrier(old, self, *rest):
    w = strict.watch()
    if w is not None:
        w.barrier()


# the language, patched once

def _patch_attr(owner, name, member, builder, scope):
    semantic = base.interpreter_semantic

    def bound(*args, _semantic=None, **kwargs):
        return member(*args, _semantic=semantic, **kwargs)
    setattr(owner, name, bound)


class _Scope:
    """In place of the one that puts everything back after a launch."""
    set_attr = staticmethod(setattr)

    def restore(self):
        pass


def _transposed(x):
    shape = list(x.type.shape)
    shape[-1], shape[-2] = shape[-2], shape[-1]
    return tl.tensor(Handle(np.swapaxes(x.handle.data, -1, -2), x.handle.dtype), tl.block_type(x.dtype, shape))


def _patch():
    base._patch_attr = _patch_attr
    base._LangPatchScope = _Scope
    namespace = dict(tl=tl, core=tl.core)
    base._patch_lang(type("Kernel", (), dict(__globals__=namespace)))
    base._patch_lang = lambda fn: _Scope()
    # scalars are arrays of one element, which NumPy no longer takes for numbers
    tl.tensor.__index__ = lambda self: int(self.handle.data.reshape(-1)[0])
    tl.tensor.__bool__ = lambda self: bool(self.handle.data.reshape(-1)[0]) if self.handle.data.size == 1 else True
    tl.tensor.T = property(_transposed)
    for name, member in vars(overloads).items():
        if tl.core.is_builtin(member):
            _patch_attr(libdevice, name, member, None, None)


_patch()


def _call(self, *args, **kwargs):
    """A jit function called from another."""
    return (self.rewritten_fn.get(self.fn) or self.rewrite())(*args, **kwargs)


base.InterpretedFunction.__call__ = _call


# launches

_pointer_types = {}
# the program's place in the grid is the builder's, of which there is one
_lock = threading.RLock()


def _scalar(value, dtype, ty):
    return tl.tensor(Handle(np.array([value], dtype), ty), ty)


def argument(a):
    """What a kernel sees of a run-time argument: a pointer for a buffer, a scalar for a number, a tuple for a tuple.

    Floats are float32, whole numbers int32 or int64 (uint64 beyond), as compiled kernels get them. TypeError for others.
    """
    kind = type(a)
    if kind is Buffer:
        ty = _pointer_types.get(a.dtype)
        if ty is None:
            from .launch import TYPES
            ty = _pointer_types[a.dtype] = tl.pointer_type(tl.str_to_ty(TYPES[a.dtype.name], None))
        return _scalar(a.ptr, np.uint64, ty)
    if kind is bool:
        return _scalar(a, np.bool_, tl.int1)
    if kind is int:
        if -2 ** 31 <= a < 2 ** 31:
            return _scalar(a, np.int32, tl.int32)
        return _scalar(a, np.int64, tl.int64) if a < 2 ** 63 else _scalar(a, np.uint64, tl.uint64)
    if kind is float:
        with np.errstate(all="ignore"):
            return _scalar(a, np.float32, tl.float32)
    if kind is tuple:
        return tl.tuple([argument(v) for v in a])
    if kind in (tl.tensor, tl.tuple) or a is None:
        return a
    if isinstance(a, (np.generic, bool)):
        return argument(a.item())
    raise TypeError(f"a kernel takes buffers, numbers and tuples of them, not {kind.__name__}")


def _extents(args):
    """(first byte, byte after the last) of every buffer with elements: of the view, not of the memory it lies in."""
    for a in args:
        if type(a) is tuple:
            yield from _extents(a)
        elif type(a) is Buffer and a.size:
            steps = [(n - 1) * s for n, s in zip(a.shape, a.strides)]
            low, high = sum(s for s in steps if s < 0), sum(s for s in steps if s > 0)
            yield a.ptr + low * a.itemsize, a.ptr + (high + 1) * a.itemsize


def run(kernel, grid, args, constexprs, within=()):
    """Run ``grid`` programs of a kernel, one after the other: buffers and numbers in order, constexprs by name.

    ``within``: buffers that it may reach besides its arguments, some of which are views of them. One launch at a time.
    """
    with _lock:
        _run(kernel, grid, args, constexprs, within)


def _run(kernel, grid, args, constexprs, within):
    function = kernel.rewritten_fn.get(kernel.fn) or kernel.rewrite()
    values = [argument(a) for a in args]
    builder = base.interpreter_builder
    builder.set_grid_dim(*grid, *(1,) * (3 - len(grid)))
    indices = itertools.product(*[range(n) for n in builder.grid_dim])
    w = strict.watch()
    if w is not None:
        w.begin(kernel.fn.__name__, list(_extents((*args, *within))))
        indices = w.programs(list(indices))
    with np.errstate(all="ignore"):
        for place in indices:
            builder.grid_idx = place
            if w is not None:
                w.program(place)
            function(*values, **constexprs)
    if w is not None:
        w.end()


def _launch(self, *args, grid, warmup, **kwargs):
    """``kernel[grid](...)``; the options of compiled launches mean nothing here."""
    kwargs = {k: v for k, v in kwargs.items() if k in self.arg_names}
    if not warmup:
        run(self, grid if isinstance(grid, tuple) else (grid,), args, kwargs)


base.InterpretedFunction.run = _launch
