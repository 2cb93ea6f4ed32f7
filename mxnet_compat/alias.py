"""The name ``mxnet`` for this package: an import hook that answers ``mxnet.X`` with the module object ``mxnet_compat.X``."""
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import sys
import types

from . import ALIASES, __mxnet_version__

__all__ = ["AliasModule", "bind", "install"]

_NAME, _REAL = "mxnet", __package__


def _real_name(fullname):
    """``mxnet.nd.random`` as ``mxnet_compat.ndarray.random``."""
    parts = fullname.split(".")[1:]
    parts[0] = ALIASES.get(parts[0], parts[0])
    if parts[0] in ("ndarray", "symbol"):
        parts[1:] = [{"nd": "ndarray", "sym": "symbol"}.get(p, p) if len(parts) == 2 else p for p in parts[1:]]
    return ".".join([_REAL, *parts])


class _Loader(importlib.abc.Loader):
    def __init__(self, real):
        self.real = real

    def create_module(self, spec):
        module = importlib.import_module(self.real)
        self.spec = module.__spec__
        return module

    def exec_module(self, module):
        # the import system has put the alias's spec on the module; the module keeps its own
        module.__spec__ = self.spec


class _Finder(importlib.abc.MetaPathFinder):
    def find_spec(self, fullname, path=None, target=None):
        if not fullname.startswith(_NAME + "."):
            return None
        real = _real_name(fullname)
        try:
            found = importlib.util.find_spec(real)
        except ModuleNotFoundError:
            found = None
        if found is None:
            return None
        package = found.submodule_search_locations is not None
        return importlib.machinery.ModuleSpec(fullname, _Loader(real), is_package=package)


class AliasModule(types.ModuleType):
    """``mxnet`` itself: attributes are read from and written to ``mxnet_compat``, but for ``__version__``."""

    def __getattr__(self, name):
        return getattr(sys.modules[_REAL], name)

    def __setattr__(self, name, value):
        if name.startswith("__"):
            super().__setattr__(name, value)
        else:
            setattr(sys.modules[_REAL], name, value)

    def __delattr__(self, name):
        delattr(sys.modules[_REAL], name)

    def __dir__(self):
        return dir(sys.modules[_REAL])


_finder = _Finder()


def install():
    """Put the import hook in place (once). It comes first, so that a stray real package is never mixed in."""
    if _finder not in sys.meta_path:
        sys.meta_path.insert(0, _finder)


def bind():
    """Make ``import mxnet`` give this package even where the alias is not installed."""
    install()
    if not isinstance(sys.modules.get(_NAME), AliasModule):
        module = AliasModule(_NAME, "MXNet, by mxnet-compat.")
        module.__path__ = []
        module.__version__ = __mxnet_version__
        sys.modules[_NAME] = module
    return sys.modules[_NAME]
