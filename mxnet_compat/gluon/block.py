"""``Block``: what networks are made of. Names, parameters, children, hooks, files.

``HybridBlock`` and ``SymbolBlock`` are in ``hybrid.py`` and ``symbol_block.py`` (their place is here all the same).
"""
import re
import threading
import warnings
from collections import OrderedDict

from .. import initializer, ndarray, symbol  # noqa: F401
from ..base import MXNetError  # noqa: F401
from ..name import NameManager, Prefix
from ..ndarray import NDArray  # noqa: F401
from ..symbol import Symbol, load_json  # noqa: F401
from ..util import is_np_array, np_array, np_shape  # noqa: F401
from . import summary
from .parameter import DeferredInitializationError, Parameter, ParameterDict  # noqa: F401
from .structure import flatten as _flatten  # noqa: F401
from .utils import HookHandle, _indent, brief

__all__ = ["Block", "HybridBlock", "SymbolBlock"]


class _BlockScope:
    """The scope of names within a block: blocks made inside get its prefix, and so do symbols."""
    _current = threading.local()

    def __init__(self, block):
        self._block = block
        self._old_scope = self._name_scope = None

    @staticmethod
    def create(prefix, params, hint):
        """(prefix, ParameterDict) of a new block; without a ``prefix`` it is ``hint`` and a number."""
        scope = getattr(_BlockScope._current, "value", None)
        if scope is None:
            if prefix is None:
                prefix = NameManager.current.get(None, hint) + "_"
            if params is None:
                return prefix, ParameterDict(prefix)
            return prefix, ParameterDict(params.prefix, params)
        outer = scope._block
        if prefix is None:
            number = outer._hint_numbers.get(hint, 0)
            outer._hint_numbers[hint] = number + 1
            prefix = f"{hint}{number}_"
        if params is None:
            params = ParameterDict(outer.params.prefix + prefix, outer.params._shared)
        else:
            params = ParameterDict(params.prefix, params)
        return outer.prefix + prefix, params

    def __enter__(self):
        # a block with an empty prefix leaves names to the scope around it
        if self._block._empty_prefix:
            return self
        current = _BlockScope._current
        self._old_scope = getattr(current, "value", None)
        current.value = self
        self._name_scope = Prefix(self._block.prefix)
        self._name_scope.__enter__()
        return self

    def __exit__(self, ptype, value, trace):
        if self._block._empty_prefix:
            return
        self._name_scope.__exit__(ptype, value, trace)
        self._name_scope = None
        _BlockScope._current.value = self._old_scope


def _holds_blocks(value, known):
    """Whether a container has blocks in it that are not among ``known``."""
    if isinstance(value, (list, tuple)):
        return any(_holds_blocks(v, known) for v in value)
    if isinstance(value, dict):
        return any(_holds_blocks(v, known) for v in value.values())
    return isinstance(value, Block) and value not in known


class Block:
    """A layer or network: subclasses define ``forward``. Blocks and Parameters set as attributes belong to it.

    ``prefix`` is what the names of its parameters begin with (by default the class name and a number); ``params`` is a
    ParameterDict whose parameters are shared.
    """

    def __init__(self, prefix=None, params=None):
        self._empty_prefix = prefix == ""
        self._hint_numbers = {}
        self._prefix, self._params = _BlockScope.create(prefix, params, self._alias())
        self._name = self._prefix[:-1] if self._prefix.endswith("_") else self._prefix
        self._children = OrderedDict()
        self._reg_params = {}
        self._forward_hooks = OrderedDict()
        self._forward_pre_hooks = OrderedDict()

    def _alias(self):
        """What automatic names begin with."""
        return type(self).__name__.lower()

    def __repr__(self):
        return self._shown((k, b) for k, b in self.__dict__.items() if isinstance(b, Block))

    def _shown(self, blocks):
        lines = "\n".join(f"  ({key}): {_indent(repr(block), 2)}" for key, block in blocks)
        return f"{type(self).__name__}(\n{lines}\n)"

    def __setattr__(self, name, value):
        existing = getattr(self, name, None)
        if isinstance(existing, (Parameter, Block)) and not isinstance(value, type(existing)):
            raise TypeError(f"the attribute {name} is a {type(existing).__name__} and cannot become a {type(value).__name__}")
        if isinstance(value, Block):
            self.register_child(value, name)
        elif isinstance(value, Parameter):
            assert name not in self._reg_params, \
                f"the attribute {name} is a Parameter already; to share parameters, pass params= when the block is made"
            self._reg_params[name] = value
        super().__setattr__(name, value)

    # names

    @property
    def prefix(self):
        """What the names of its parameters begin with."""
        return self._prefix

    @property
    def name(self):
        """The prefix without its last underscore."""
        return self._name

    @property
    def _scope(self):
        # made on demand: kept, it would make a cycle that only the garbage collector frees
        return _BlockScope(self)

    def name_scope(self):
        """A ``with`` scope in which new blocks and symbols get this block's prefix."""
        return self._scope

    # parameters

    @property
    def params(self):
        """Its own parameters, without those of children."""
        return self._params

    def collect_params(self, select=None):
        """The parameters of the block and all its children; ``select`` is a regular expression for their names."""
        self._check_container_with_block()
        found = ParameterDict(self._params.prefix)
        if select is None:
            found.update(self.params)
        else:
            pattern = re.compile(select)
            found.update({name: p for name, p in self.params.items() if pattern.match(name)})
        for child in self._children.values():
            found.update(child.collect_params(select=select))
        return found

    def _check_container_with_block(self):
        known = set(self._children.values())
        for name, value in self.__dict__.items():
            if isinstance(value, (list, tuple, dict)) and name[:1] != "_" and _holds_blocks(value, known):
                warnings.warn(f"{type(self).__name__}.{name} is a container with blocks in it, which are not registered: "
                              "their parameters are not found. Use nn.Sequential or register_child()", stacklevel=3)

    def _collect_params_with_prefix(self, prefix=""):
        """Parameters by the path of attributes that leads to them, as in files."""
        if prefix:
            prefix += "."
        found = {prefix + name: p for name, p in self._reg_params.items()}
        for name, child in self._children.items():
            found.update(child._collect_params_with_prefix(prefix + name))
        return found

    def initialize(self, init=initializer.Uniform(), ctx=None, verbose=False, force_reinit=False):
        """Initialize all parameters, each with its own initializer or else with ``init``."""
        self.collect_params().initialize(init, ctx, verbose, force_reinit)

    def cast(self, dtype):
        """Convert all parameters to another type."""
        for child in self._children.values():
            child.cast(dtype)
        for p in self.params.values():
            p.cast(dtype)

    # files

    def save_parameters(self, filename, deduplicate=False):
        """Write all values to a file under their paths; with ``deduplicate`` shared ones only once."""
        params = self._collect_params_with_prefix()
        if deduplicate:
            last = {p: name for name, p in params.items()}
            params = {name: p for p, name in last.items()}
        ndarray.save(filename, {name: p._reduce() for name, p in params.items()})

    def load_parameters(self, filename, ctx=None, allow_missing=False, ignore_extra=False, cast_dtype=False,
                        dtype_source="current"):
        """Read values from a file of ``save_parameters`` (or of ``ParameterDict.save``), initializing on ``ctx``.

        AssertionError for missing values unless ``allow_missing``, and for shapes or types that do not fit (types may
        differ with ``cast_dtype``: ``dtype_source`` says whose counts, ``'current'`` or ``'saved'``); ValueError for names
        that the block does not have unless ``ignore_extra``.
        """
        loaded = ndarray.load(filename)
        params = self._collect_params_with_prefix()
        if not loaded and not params:
            return
        if not any("." in name for name in loaded) and not set(loaded) <= set(params):
            self.collect_params().load(filename, ctx, allow_missing, ignore_extra, self.prefix, cast_dtype, dtype_source)
            return
        if not allow_missing:
            names = {}
            for name, p in params.items():
                names.setdefault(p, []).append(name)
            for all_names in names.values():
                assert any(n in loaded for n in all_names), \
                    f"the parameter {all_names[0]} is not in {filename}, which has {brief(loaded)}"
        for name, value in loaded.items():
            if name in params:
                params[name]._load_init(value, ctx, cast_dtype=cast_dtype, dtype_source=dtype_source)
            elif not ignore_extra:
                raise ValueError(f"{name} of {filename} is none of the parameters of this block, which are "
                                 f"{brief(params)}; ignore_extra=True would pass it over")

    def save_params(self, filename):
        """The former ``save_parameters``: names of parameters (without the prefix of the block) instead of paths."""
        warnings.warn("save_params is deprecated; use save_parameters", stacklevel=2)
        self.collect_params().save(filename, strip_prefix=self.prefix)

    def load_params(self, filename, ctx=None, allow_missing=False, ignore_extra=False):
        """The former ``load_parameters``."""
        warnings.warn("load_params is deprecated; use load_parameters", stacklevel=2)
        self.load_parameters(filename, ctx, allow_missing, ignore_extra)

    def save(self, prefix):
        """Write ``prefix-model.json`` (the structure, with graphs where hybridized) and ``prefix-model.params``."""
        from . import model_file
        model_file.save(self, prefix)

    def load(self, prefix):
        """Read what ``save`` wrote into a block of the same structure."""
        from . import model_file
        model_file.load(self, prefix)

    # children and hooks

    def register_child(self, block, name=None):
        """Make ``block`` a child, under ``name`` or a number."""
        self._children[str(len(self._children)) if name is None else name] = block

    def register_forward_pre_hook(self, hook):
        """Call ``hook(block, inputs)`` before each forward. Returns a handle with ``detach()``."""
        handle = HookHandle()
        handle.attach(self._forward_pre_hooks, hook)
        return handle

    def register_forward_hook(self, hook):
        """Call ``hook(block, inputs, outputs)`` after each forward. Returns a handle with ``detach()``."""
        handle = HookHandle()
        handle.attach(self._forward_hooks, hook)
        return handle

    def register_op_hook(self, callback, monitor_all=False):
        """Call ``callback(name, operator, array)`` for each output (and input, if ``monitor_all``) of each operator.

        It is called from hybridized blocks only; names are bytes.
        """
        for child in self._children.values():
            child.register_op_hook(callback, monitor_all)

    def apply(self, fn):
        """Call ``fn`` on all children and then on the block. Returns the block."""
        for child in self._children.values():
            child.apply(fn)
        fn(self)
        return self

    def hybridize(self, active=True, **kwargs):
        """Hybridize all children that can be."""
        for child in self._children.values():
            child.hybridize(active, **kwargs)

    # running

    def __call__(self, *args):
        if self._forward_pre_hooks:
            for hook in list(self._forward_pre_hooks.values()):
                hook(self, args)
        out = self.forward(*args)
        if self._forward_hooks:
            for hook in list(self._forward_hooks.values()):
                hook(self, args, out)
        return out

    def forward(self, *args):
        """Compute the output; to be defined."""
        raise NotImplementedError(f"{type(self).__name__} must define forward")

    def summary(self, *inputs):
        """Run once and print each layer's output shape and number of parameters.

        AssertionError for hybridized blocks.
        """
        summary.show(self, inputs)


Block.__module__ = _BlockScope.__module__ = "mxnet.gluon.block"

from .hybrid import HybridBlock  # noqa: E402  (it derives from the class above)
from .symbol_block import SymbolBlock  # noqa: E402
