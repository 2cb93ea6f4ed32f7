"""What compiled kernels need and interpreted ones exclude: functions that tests call in a process of its own.

Whether a kernel is interpreted is decided when it is decorated, so this module is only imported where nothing is yet.
``python -m tests.triton_kernels.child [name ...]`` compiles Specs and prints what each kernel takes.
"""
import ctypes
import os
import subprocess
import sys
import tempfile


def begin(cache=None):
    """Forget what the tests' own process has set, before anything else is imported; ``cache``: where Triton keeps kernels."""
    for name in ("MXNET_COMPAT_GPU", "TRITON_INTERPRET"):
        os.environ.pop(name, None)
    if cache is not None:
        os.environ["TRITON_CACHE_DIR"] = str(cache)


def specs():
    """All Specs by name."""
    from triton_kernels.spec import load

    from . import specs as package
    return load(package)


def compile_all(name):
    """Compile all that a Spec would launch at real size: [(what, what is wrong with it or None)].

    Of the first type every variant for one target and, of the first case, the other targets; of other types the first case.
    """
    from triton_kernels import aot
    spec, found = specs()[name], {}
    first = next(spec.real_runs()).case
    for run in spec.real_runs():
        plan = [("sm_90", "given")]
        if run.dtype == spec.dtypes[0]:
            plan += [("sm_90", v) for v in aot.VARIANTS[1:]]
            plan += [(t, "given") for t in spec.targets or aot.TARGETS if t != "sm_90" and run.case is first]
        elif run.case is not first:
            continue
        for args in run.collect():
            for target, variant in plan:
                try:
                    report = aot.compile(*args, target=target, variant=variant)
                except Exception as e:
                    found[f"{run}: {args[0].__name__} for {target} ({variant})"] = f"{type(e).__name__}: {e}"
                else:
                    found[f"{run}: {report}"] = _problem(report, spec)
    return list(found.items())


def _problem(report, spec):
    if report.registers > spec.registers and report.target.startswith("sm_"):
        return f"takes {report.registers} registers"
    if report.spills > spec.spills:
        return f"spills {report.spills} bytes"
    if report.shared > report.limit:
        return f"needs {report.shared} bytes of shared memory"
    return None


class Standin:
    """A CUDA driver for Triton whose device does nothing (``fakecuda.c``)."""

    def __init__(self):
        from triton.backends.compiler import GPUTarget
        from triton.backends.nvidia import driver
        from triton.runtime import driver as active
        folder = tempfile.mkdtemp()
        path = os.path.join(folder, "libcuda.so.1")
        source = os.path.join(os.path.dirname(os.path.abspath(__file__)), "fakecuda.c")
        subprocess.run(["cc", "-O1", "-w", "-shared", "-fPIC", "-Wl,-soname,libcuda.so.1", "-o", path, source], check=True)
        os.environ["TRITON_LIBCUDA_PATH"] = folder
        # what is loaded once under a name is what later libraries find under it
        self.library = ctypes.CDLL(path, ctypes.RTLD_GLOBAL)

        class Driver(driver.CudaDriver):
            def __init__(self):
                self.utils, self.launcher_cls = driver.CudaUtils(), driver.CudaLauncher
                self.get_current_device = lambda: 0
                self.get_current_stream = lambda device=0: 0
                self.set_current_device = lambda device: None
                self.get_device_capability = lambda device=0: (9, 0)

            def get_current_target(self):
                return GPUTarget("cuda", 90, 32)

        active.set_active(Driver())

    def launches(self):
        """How many launches there have been."""
        return self.library.fake_launches()


_standin = None


def standin():
    """(the stand-in driver, a device whose memory is the host's) of this process."""
    global _standin
    if _standin is None:
        from triton_kernels.device import Host

        class Card(Host):
            def allocate(self, nbytes):
                owner, ptr = super().allocate(nbytes)
                owner[:] = 0
                return owner, ptr
        _standin = Standin(), Card()
    return _standin


def launch_all(name):
    """(launches, kernels compiled, launches of a second call, kernels compiled by it) of the first case of a Spec."""
    from triton_kernels import launch
    driver, card = standin()
    run = next(specs()[name].runs())
    inputs, params = run.draw()
    counts = []
    for _ in range(2):
        launched, compiled = driver.launches(), len(launch._compiled)
        run.call(card, inputs, params)
        counts += [driver.launches() - launched, len(launch._compiled) - compiled]
    return counts


def hashes(name):
    """(hashes of what launches of a Spec's first case compile, of what is compiled ahead of time for them)."""
    import triton

    from triton_kernels import aot, launch
    _, card = standin()
    run = next(specs()[name].runs())
    before = set(launch._compiled)
    run.call(card, *run.draw())
    launched = {entry[-1].hash for key, entry in launch._compiled.items() if key not in before}
    ahead = set()
    for args in run.collect():
        source, options = aot.specialised(*args, "sm_90")
        ahead.add(triton.compile(source, target=aot.TARGETS["sm_90"][0], options=options.__dict__).hash)
    return launched, ahead


def specialisations(calls):
    """How many kernels there are after each call of ``planted.add``: (offset of x in elements, n) or another value for n."""
    import numpy as np

    from triton_kernels import launch

    from . import planted
    _, card = standin()
    x = card.empty((64,), np.float32)
    start, counts = len(launch._compiled), []
    for offset, n in calls:
        launch.launch(planted.add, 1, x[offset:], x, x, n, B=64)
        counts.append(len(launch._compiled) - start)
    return counts


def refused(grid, n=1):
    """The error of a launch that a device refuses, in words."""
    import numpy as np

    from triton_kernels import launch

    from . import planted
    _, card = standin()
    x = card.empty((64,), np.float32)
    try:
        launch.launch(planted.add, grid, x, x, x, n, B=64)
    except Exception as e:
        return f"{type(e).__name__}: {e}"
    return None


def compilations(name):
    """How many kernels a process compiles, and how many it finds compiled, to launch a Spec's first case."""
    import triton
    found = {True: 0, False: 0}

    def listener(*, cache_hit, **_):
        found[cache_hit] += 1
    triton.knobs.compilation.listener = listener
    launch_all(name)
    return found[False], found[True]


def accesses(name):
    """Of what the first real case of a Spec compiles for sm_90: [(accesses to global memory, those of several elements)]."""
    import re

    import triton

    from triton_kernels import aot
    counts = []
    for args in next(specs()[name].real_runs()).collect():
        source, options = aot.specialised(*args, "sm_90")
        ptx = triton.compile(source, target=aot.TARGETS["sm_90"][0], options=options.__dict__).asm["ptx"]
        counts.append(tuple([len(re.findall(rf"(?:ld|st)\.global\S*{wide}", ptx)) for wide in ("", r"\.v[248]")]))
    return counts


def compile_planted(kernel, block, target="sm_90", variant="given"):
    """(registers, bytes spilled, shared memory, limit) of a kernel of ``planted.py``, or the error in words."""
    import numpy as np

    from triton_kernels import aot, device

    from . import planted
    x = device.Shapes().empty((1 << 20,), np.float32)
    try:
        r = aot.compile(getattr(planted, kernel), (x, x, 64), {"B": block}, {"num_warps": 4, "num_stages": 3},
                        target, variant)
    except Exception as e:
        return f"{type(e).__name__}: {e}"
    return r.registers, r.spills, r.shared, r.limit


if __name__ == "__main__":
    begin()
    for spec in sys.argv[1:] or specs():
        for line, wrong in compile_all(spec):
            print(line if wrong is None else f"WRONG {line}: {wrong}")
