"""Compilation without a GPU: what the launches that ``launch.collect`` gathered would run, for the cards of ``TARGETS``.

A launch is specialised by Triton's own rules, on its arguments, so that what is compiled here is what a launch compiles.
``VARIANTS`` change the arguments to what other calls have: views that are not aligned, and lengths of 1, which Triton turns
into constants. Not for a process in which kernels are interpreted. Triton 3.6 to 3.9.
"""
import contextlib
import io
import os
import re
import subprocess
import tempfile
from dataclasses import dataclass

import triton
from triton.backends.amd.compiler import HIPBackend
from triton.backends.compiler import GPUTarget
from triton.backends.nvidia.compiler import get_ptxas
from triton.compiler import ASTSource
from triton.compiler.compiler import make_backend
from triton.runtime.jit import JITFunction, create_function_from_signature

from .device import Buffer
from .launch import _Pointer

__all__ = ["TARGETS", "VARIANTS", "Report", "compile", "specialised"]

#: Name -> (what to compile for, bytes of shared memory that one program may have, bytes a card of that kind has).
TARGETS = {
    "sm_80": (GPUTarget("cuda", 80, 32), 166912),
    "sm_90": (GPUTarget("cuda", 90, 32), 232448),
    "gfx942": (GPUTarget("hip", "gfx942", 64), 65536),
}
VARIANTS = ("given", "unaligned", "ones")
_found = {}
# a launch's pointers say nothing of what lies behind them; Triton 3.6 asks torch to find that out
HIPBackend.is_within_2gb = staticmethod(lambda pointer: False)


@dataclass(frozen=True)
class Report:
    """What one compilation gave: registers of a thread, bytes spilled, bytes of shared memory and the target's limit."""
    kernel: str
    target: str
    variant: str
    registers: int
    spills: int
    shared: int
    limit: int

    def __str__(self):
        return (f"{self.kernel} for {self.target} ({self.variant}): {self.registers} registers, {self.spills} bytes spilled, "
                f"{self.shared} of {self.limit} bytes of shared memory")


def varied(a, variant):
    """An argument as another call could have it: ``given``, a pointer or number not divisible by 16, or a number of 1."""
    if type(a) is tuple:
        return tuple([varied(v, variant) for v in a])
    if variant == "given" or isinstance(a, float):
        return a
    if isinstance(a, Buffer):
        if variant == "ones":
            return a
        return Buffer(a.device, a.owner, (a.ptr & ~15) + a.itemsize, a.shape, a.strides, a.dtype) if a.itemsize < 16 else a
    if isinstance(a, bool):
        return a
    if variant == "ones":
        # what does not fit 32 bits is no length of 1, but the bits of a float64
        return 1 if -2 ** 31 <= a < 2 ** 31 else a
    return a + 1 if a % 16 == 0 else a if a != 1 else 3


def _pointers(a):
    if type(a) is tuple:
        return tuple([_pointers(v) for v in a])
    return _Pointer(a) if isinstance(a, Buffer) else a


_binders = {}


def specialised(kernel, args, constexprs, options, target):
    """(source, options) that a launch of a jit function with these arguments compiles for a target of ``TARGETS``."""
    if not isinstance(kernel, JITFunction):
        raise TypeError("only compiled where kernels are not interpreted: unset MXNET_COMPAT_GPU and TRITON_INTERPRET")
    found = _binders.get((kernel, target))
    if found is None:
        backend = make_backend(TARGETS[target][0])
        found = _binders[kernel, target] = backend, create_function_from_signature(kernel.signature, kernel.params, backend)
    backend, bind = found
    given = {**constexprs, **options, "debug": False}
    bound, specialization, _ = bind(*[_pointers(a) for a in args], **given)
    options, signature, constants, attributes = kernel._pack_args(backend, given, bound, specialization, options)
    return ASTSource(kernel, signature, constants, attributes), options


def compile(kernel, args, constexprs, options, target="sm_90", variant="given"):
    """Compile what one launch would run and return a ``Report``; equal compilations happen once in a process.

    ``kernel`` to ``options`` are what ``launch.collect`` gathered. Raises what Triton or ptxas raises.
    """
    source, parsed = specialised(kernel, [varied(a, variant) for a in args], constexprs, options, target)
    key = source.hash(), parsed.hash(), target
    gpu, limit = TARGETS[target]
    found = _found.get(key)
    if found is None:
        log = io.StringIO()
        with _ptxas_log(), contextlib.redirect_stdout(log):
            binary = triton.compile(source, target=gpu, options=parsed.__dict__)
        registers, spills = _amd(binary) if gpu.backend == "hip" else _nvidia(binary, log.getvalue())
        found = _found[key] = binary.name, registers, spills, binary.metadata.shared
    name, registers, spills, shared = found
    return Report(name, target, variant, registers, spills, shared, limit)


@contextlib.contextmanager
def _ptxas_log():
    """ptxas says what it spills, and only there; Triton prints it on demand."""
    knobs = triton.knobs.nvidia
    knobs.dump_ptxas_log, old = True, knobs.dump_ptxas_log
    try:
        yield
    finally:
        knobs.dump_ptxas_log = old


def _nvidia(binary, log):
    used = re.search(r"Used (\d+) registers", log)
    if not used:
        # it came from Triton's cache on disk
        log = _ptxas(binary.asm["ptx"])
        used = re.search(r"Used (\d+) registers", log)
    spilled = re.search(r"(\d+) bytes spill stores, (\d+) bytes spill loads", log)
    return int(used.group(1)), int(spilled.group(1))


def _ptxas(ptx):
    """What ptxas says of a program."""
    architecture = re.search(r"\.target (sm_\w+)", ptx).group(1)
    tool = get_ptxas(int(re.search(r"\d+", architecture).group())).path
    with tempfile.NamedTemporaryFile("w", suffix=".ptx") as f:
        f.write(ptx)
        f.flush()
        return subprocess.run([tool, "-v", f"--gpu-name={architecture}", f.name, "-o", os.devnull], capture_output=True,
                              text=True, check=True).stderr


def _amd(binary):
    text = binary.asm["amdgcn"]

    def number(name):
        return int(re.search(rf"\.{name}:\s*(\d+)", text).group(1))
    # a spilled register is 4 bytes of each thread
    return number("vgpr_count"), 4 * number("vgpr_spill_count")
