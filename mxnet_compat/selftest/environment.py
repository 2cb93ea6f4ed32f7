"""What this machine and installation are: versions, devices, optional packages. Absent things are said, never failed.

`facts` also serves ``python -m mxnet_compat info``. Nothing heavy is imported to find out: versions come from metadata.
"""
import importlib.metadata
import importlib.util
import os
import pathlib
import platform
import sys

import numpy as np

EXTRAS = (("torch", "memory of GPU arrays"), ("triton", "GPU kernels"), ("pillow", "reading images"),
          ("graphviz", "drawing networks"), ("tqdm", "progress bars"))


def version_of(distribution):
    """The installed version of a distribution, or None."""
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return None


def alias():
    """(state, text) of the name ``mxnet``: "ours", "absent", or "other" where another package would be imported."""
    from .. import alias as hook
    module = sys.modules.get("mxnet")
    if isinstance(module, hook.AliasModule):
        return "ours", "this package"
    spec = importlib.util.find_spec("mxnet")
    if spec is None:
        return "absent", "not importable: use `python -m mxnet_compat run script.py`"
    where = spec.origin or str(spec.submodule_search_locations)
    if spec.origin and "mxnet_compat" in pathlib.Path(spec.origin).read_text(encoding="utf-8", errors="replace"):
        return "ours", "this package"
    return "other", f"another package, at {where}: uninstall it, or use `python -m mxnet_compat run script.py`"


def blas():
    """The name of numpy's BLAS, as far as numpy tells."""
    try:
        found = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
        return f"{found['name']} {found['version']}"
    except (TypeError, KeyError):  # numpy before 1.25 can only print it
        return "unknown"


def cores():
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def devices():
    """The contexts that arrays can be put on here: the CPU, then each GPU."""
    from .. import context
    return [context.cpu(), *(context.gpu(i) for i in range(context.num_gpus()))]


def facts():
    """[(name, text, present)] in the order to print."""
    from .. import __mxnet_version__, __version__
    gpus = devices()[1:]
    out = [("mxnet-compat", f"{__version__}, with the behaviour of MXNet {__mxnet_version__}", True),
           ("import mxnet", alias()[1], alias()[0] == "ours"),
           ("Python", f"{platform.python_version()} ({platform.python_implementation()})", True),
           ("numpy", f"{np.__version__}, BLAS: {blas()}", True),
           ("platform", f"{platform.platform()}, {cores()} cores", True),
           ("CPU", "mx.cpu()", True),
           ("GPU", ", ".join(map(str, gpus)) or "none that this version can use: arrays live on mx.cpu()", bool(gpus))]
    for name, use in EXTRAS:
        found = version_of(name)
        out.append((name, f"{found} ({use})" if found else f"not installed ({use}; optional)", bool(found)))
    return out


def check(report):
    """The section "environment": the facts, and three things that must hold."""
    from .. import nd
    for name, text, _present in facts():
        report.note(name, text)
    with report.case("Python is 3.10 or newer"):
        assert sys.version_info >= (3, 10), platform.python_version()
    with report.case("numpy is 1.22 or newer"):
        assert tuple(map(int, np.__version__.split(".")[:2])) >= (1, 22), np.__version__
    for ctx in report.devices:
        with report.case("arrays go to the device and come back", ctx):
            values = np.arange(6, dtype="float32").reshape(2, 3)
            back = nd.dot(nd.array(values, ctx=ctx), nd.array(values.T, ctx=ctx)).asnumpy()
            assert np.array_equal(back, values @ values.T), f"got {back.tolist()}"
