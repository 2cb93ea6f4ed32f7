"""Documented names of MXNet that exist here by name only: using one raises NotImplementedError with a reason and a way out.

One table for modules, functions and classes (operators have theirs in ``ops/missing.py``). Whole modules are made by an
import finder that comes last, so a real file of that name always wins. Importing a name is harmless, calling it raises.
"""
import importlib.abc
import importlib.machinery
import sys

__all__ = ["getter", "lookup", "modules", "names", "placeholder"]

_HERE = __package__
_C = "this package has no C library, so there are no handles, ctypes arrays or return codes"
_INT8 = "int8 quantization is not available; run the model in float32"
_NP = "the numpy interface is not available in this version; use mx.nd, whose arrays take numpy's operators"
_RTC = "CUDA source cannot be compiled at run time; write an mx.operator.CustomOp instead"
_NOTEBOOK = "charts in notebooks are not available; use mx.callback.LogValidationMetricsCallback or your own"

#: module below the package -> reason -> names; "*" stands for whatever is asked
_TABLE = {
    "base": {_C: "c2pyerror get_last_ffi_error"},
    "contrib.quantization": {_INT8: "calib_graph combine_histogram quantize_graph quantize_model quantize_model_mkldnn "
                                    "quantize_net quantize_net_v2"},
    "library": {"operators in C++ cannot be loaded; write an mx.operator.CustomOp instead": "load"},
    "notebook": {},
    "notebook.callback": {_NOTEBOOK: "LiveBokehChart LiveLearningCurve LiveTimeSeries PandasLogger args_wrapper"},
    "numpy": {_NP: "*"}, "numpy.linalg": {_NP: "*"}, "numpy.random": {_NP: "*"},
    "numpy_extension": {_NP: "*"}, "numpy_extension.image": {_NP: "*"}, "numpy_extension.random": {_NP: "*"},
    "numpy_dispatch_protocol": {_NP: "*"}, "numpy_op_fallback": {_NP: "*"}, "numpy_op_signature": {_NP: "*"},
    "rtc": {_RTC: "CudaKernel CudaModule"},
    "torch": {},
}


def modules():
    """The modules that exist by name only or have such names, below the package."""
    return _TABLE.keys()


def names(module):
    """The names that a module below the package has in the table (without ``*``)."""
    return [n for found in _TABLE.get(module, {}).values() for n in found.split() if n != "*"]


def placeholder(full, reason):
    """A function, or a class where the name is one's, that raises NotImplementedError; ``full`` is as scripts say it."""
    message = f"{full} is not implemented: {reason}"
    name = full.rpartition(".")[2]

    def missing(*args, **kwargs):
        raise NotImplementedError(message)
    made = missing if not name[:1].isupper() and name != "ndarray" else type(name, (), {"__init__": missing})
    made.__name__ = made.__qualname__ = name
    made.__doc__ = f"Not implemented: {reason}."
    made.not_implemented = reason
    return made


def lookup(module, name):
    """The placeholder for ``name`` in a module below the package; None where the table does not know it."""
    for reason, found in _TABLE.get(module, {}).items():
        if name in found.split() or found == "*" and not name.startswith("_"):
            return placeholder(f"mx.{module}.{name}", reason)
    return None


def getter(module_globals):
    """A module's ``__getattr__`` that knows the table."""
    where = module_globals["__name__"]
    module = where[len(_HERE) + 1:]

    def __getattr__(name):
        made = lookup(module, name)
        if made is None:
            raise AttributeError(f"module {where!r} has no attribute {name!r}")
        module_globals[name] = made
        return made
    return __getattr__


class _Loader(importlib.abc.Loader):
    def create_module(self, spec):
        return None

    def exec_module(self, module):
        module.__doc__ = "Names of MXNet that this version does not implement; each says so when it is used."
        module.__getattr__ = getter(vars(module))
        module.__dir__ = lambda: sorted({*vars(module), *names(module.__name__[len(_HERE) + 1:])})


class _Finder(importlib.abc.MetaPathFinder):
    def find_spec(self, fullname, path=None, target=None):
        if fullname.startswith(_HERE + ".") and fullname[len(_HERE) + 1:] in _TABLE:
            return importlib.machinery.ModuleSpec(fullname, _Loader(), is_package=True)
        return None


_finder = _Finder()


def install():
    """Put the finder behind those that look for files (once)."""
    if _finder not in sys.meta_path:
        sys.meta_path.append(_finder)
