"""mxnet-compat: the API of Apache MXNet 1.9.1 on numpy for the CPU and Triton kernels for the GPU.

``import mxnet as mx`` gives this package under the old name. Submodules beyond the core are loaded when first touched.
"""
import importlib as _importlib
import warnings as _warnings

__version__ = "0.1.0"
#: The MXNet version whose behaviour this is.
__mxnet_version__ = "1.9.1"

# numpy reports overflow and invalid values of kernels as warnings, MXNet computes on in silence
_warnings.filterwarnings("ignore", category=RuntimeWarning, module=r"mxnet_compat\.(ops|ndarray|backend|plan)")

from . import absent, base, context, ndarray  # noqa: E402, F401, I001
from . import autograd, random  # noqa: E402, F401
from .base import MXNetError  # noqa: E402, F401
from .context import Context, cpu, cpu_pinned, current_context, gpu, num_gpus  # noqa: E402, F401

absent.install()
nd = ndarray
rnd = random

#: Short names of submodules, as MXNet has them.
ALIASES = {"img": "image", "init": "initializer", "kv": "kvstore", "mod": "module", "mon": "monitor", "nd": "ndarray",
           "np": "numpy", "npx": "numpy_extension", "rnd": "random", "sym": "symbol", "th": "torch",
           "viz": "visualization"}
_FROM = {"AttrScope": "attribute", "is_np_array": "util", "is_np_shape": "util", "np_array": "util", "np_shape": "util",
         "set_np_shape": "util", "use_np": "util", "use_np_array": "util", "use_np_shape": "util",
         "gpu_memory_info": "context"}


def __getattr__(name):
    if name in _FROM:
        value = getattr(_importlib.import_module(f"{__name__}.{_FROM[name]}"), name)
        globals()[name] = value
        return value
    if name.startswith("__"):
        raise AttributeError(name)
    target = f"{__name__}.{ALIASES.get(name, name)}"
    try:
        module = _importlib.import_module(target)
    except ModuleNotFoundError as e:
        if e.name != target:
            raise
        raise AttributeError(f"module 'mxnet' has no attribute {name!r}") from None
    globals()[name] = module
    return module


def __dir__():
    import pkgutil
    return sorted({*globals(), *ALIASES, *_FROM, *(m.name for m in pkgutil.iter_modules(__path__))})
