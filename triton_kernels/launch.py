"""Starting kernels: interpreted, compiled, or only collected. This file and ``aot.py`` know Triton's private interface."""
import contextlib
import threading

import numpy as np

from .device import Buffer, Shapes
from .language import INTERPRETED

__all__ = ["block", "collect", "launch", "of_type"]

#: Triton's names of numpy's types.
TYPES = {"float16": "fp16", "float32": "fp32", "float64": "fp64", "int8": "i8", "int16": "i16", "int32": "i32", "int64": "i64",
         "uint8": "u8", "uint16": "u16", "uint32": "u32", "uint64": "u64", "bool": "i1"}
_state = threading.local()
#: The largest block of an interpreted kernel, which costs the same whatever its size; tests want several programs.
largest = 1 << 14


def block(n, real):
    """The block size for ``n`` elements: ``real`` on a GPU, what holds all of them where kernels are interpreted."""
    return min(max(16, 1 << (int(n) - 1).bit_length()), largest) if INTERPRETED else real


def launch(kernel, grid, *args, warps=4, stages=3, within=(), **constexprs):
    """Run ``grid`` programs (a number, or a tuple of up to three) of ``kernel`` on the device of its buffers.

    ``args``: buffers, whole numbers and floats (which become float32; see ``of_type``) for the run-time parameters in order;
    ``constexprs`` by name. ``within`` are buffers that the kernel also reaches, by way of a view of them: only the strict
    interpreter asks. Nothing is launched for an empty grid.
    """
    grid = (int(grid),) if isinstance(grid, (int, np.integer)) else tuple(grid)
    if 0 in grid:
        return
    for a in args:
        if type(a) is Buffer:
            device = a.device
            break
    if type(device) is Shapes:
        _state.collected.append((kernel, args, constexprs, dict(num_warps=warps, num_stages=stages)))
    elif INTERPRETED:
        interpreted(kernel, grid, args, constexprs, within)
    else:
        compiled(kernel, grid, args, constexprs, warps, stages, device)


def of_type(number, dtype):
    """A number as an argument for a kernel that computes in ``dtype``: float64 travels as the bits of a whole number."""
    if np.dtype(dtype) == np.float64:
        return int(np.float64(number).view(np.int64))
    return float(number)


@contextlib.contextmanager
def collect():
    """Within, launches with buffers of ``Shapes`` are gathered in the list that this gives, and nothing runs."""
    outer = getattr(_state, "collected", None)
    _state.collected = found = []
    try:
        yield found
    finally:
        _state.collected = outer


def interpreted(kernel, grid, args, constexprs, within=()):
    """One launch in Triton's interpreter."""
    from .interpreter import run
    run(kernel, grid, args, constexprs, within)


#: What is specialised on -> (run, function, packed metadata, place holders of constexprs, the compiled kernel).
_compiled = {}
_INT32, _INT64 = 0x7FFFFFFF, 0x7FFFFFFFFFFFFFFF


def compiled(kernel, grid, args, constexprs, warps, stages, device):
    """One launch on a GPU, of a kernel compiled for what Triton specialises on: types, alignment, divisibility, ones."""
    stream = device.stream()
    # an entry keeps its kernel, so that an id is not given twice
    key, values = [id(kernel), device.index, warps, stages, *constexprs.items()], []
    for a in args:
        kind = type(a)
        if kind is Buffer:
            a, kind = a.ptr, a.dtype.num
            key.append(kind + 200 if a & 15 else kind + 100)
        elif kind is int:
            code = 1 if a == 1 else 0 if a & 15 else 2
            if not ~_INT32 <= a <= _INT32:
                code += 4 if a <= _INT64 else 8
            key.append(code)
        elif kind is float or kind is bool:
            key.append(kind)
        else:
            raise TypeError(f"a kernel takes buffers, whole numbers and floats, not {kind.__name__}")
        values.append(a)
    key = tuple(key)
    found = _compiled.get(key)
    if found is None:
        found = _compiled[key] = _compile(kernel, args, constexprs, warps, stages)
    run, function, packed, rest, _ = found
    x, y, z = grid if len(grid) == 3 else (*grid, 1) if len(grid) == 2 else (*grid, 1, 1)
    run(x, y, z, stream, function, packed, None, None, None, *values, *rest)


class _Pointer:
    """What Triton asks of a pointer argument."""
    __slots__ = ("_ptr", "dtype")

    def __init__(self, buffer):
        self._ptr, self.dtype = buffer.ptr, buffer.dtype.name

    def data_ptr(self):
        """The address."""
        return self._ptr


def _compile(kernel, args, constexprs, warps, stages):
    binary = kernel.warmup(*[_Pointer(a) if type(a) is Buffer else a for a in args], **constexprs, grid=(1,), num_warps=warps,
                           num_stages=stages)
    if hasattr(binary, "result"):
        binary = binary.result()
    binary._init_handles()
    # constexprs come last among the parameters, and a launcher passes over them
    rest = (None,) * (len(kernel.arg_names) - len(args))
    return binary.run, binary.function, binary.packed_metadata, rest, binary
