"""Containers, dense layers, dropout, embedding, functions as layers. Normalizing layers are in ``norm_layers.py``."""
import warnings

from ... import ndarray as nd
from ... import symbol as sym
from ...util import is_np_array  # noqa: F401
from ..block import Block, HybridBlock
from .activations import Activation

__all__ = ["BatchNorm", "BatchNormReLU", "Dense", "Dropout", "Embedding", "Flatten", "GroupNorm", "HybridLambda",
           "HybridSequential", "InstanceNorm", "Lambda", "LayerNorm", "Sequential"]


class _Stack:
    """What Sequential and HybridSequential have in common."""

    def add(self, *blocks):
        """Put blocks at the end."""
        for block in blocks:
            self.register_child(block)

    def __repr__(self):
        return self._shown(self._children.items())

    def __getitem__(self, key):
        """A layer, or for a slice a container with some of them."""
        layers = list(self._children.values())[key]
        if not isinstance(layers, list):
            return layers
        part = type(self)(prefix=self._prefix)
        with part.name_scope():
            part.add(*layers)
        return part

    def __len__(self):
        return len(self._children)


class Sequential(_Stack, Block):
    """Blocks one after the other."""

    def __init__(self, prefix=None, params=None):
        super().__init__(prefix=prefix, params=params)

    def forward(self, x):
        for block in self._children.values():
            x = block(x)
        return x

    def hybridize(self, active=True, **kwargs):
        """Hybridize the children."""
        if self._children and all(isinstance(c, HybridBlock) for c in self._children.values()):
            warnings.warn(f"all layers of {self.prefix} are HybridBlocks: HybridSequential would run them as one graph",
                          stacklevel=2)
        super().hybridize(active, **kwargs)


class HybridSequential(_Stack, HybridBlock):
    """HybridBlocks one after the other."""

    def __init__(self, prefix=None, params=None):
        super().__init__(prefix=prefix, params=params)

    def hybrid_forward(self, F, x):
        for block in self._children.values():
            x = block(x)
        return x


class Dense(HybridBlock):
    """``activation(x @ weight.T + bias)`` with ``units`` outputs.

    All axes but the first are one with ``flatten``; else the last axis counts. ``in_units`` may be left to the first batch.
    """

    def __init__(self, units, activation=None, use_bias=True, flatten=True, dtype="float32", weight_initializer=None,
                 bias_initializer="zeros", in_units=0, **kwargs):
        super().__init__(**kwargs)
        self._flatten = flatten
        with self.name_scope():
            self._units = units
            self._in_units = in_units
            self.weight = self.params.get("weight", shape=(units, in_units), init=weight_initializer, dtype=dtype,
                                          allow_deferred_init=True)
            self.bias = self.params.get("bias", shape=(units,), init=bias_initializer, dtype=dtype,
                                        allow_deferred_init=True) if use_bias else None
            self.act = None if activation is None else Activation(activation, prefix=activation + "_")

    def hybrid_forward(self, F, x, weight, bias=None):
        y = F.FullyConnected(x, weight, bias, no_bias=bias is None, num_hidden=self._units, flatten=self._flatten,
                             name="fwd")
        return y if self.act is None else self.act(y)

    def __repr__(self):
        units, in_units = self.weight.shape
        return f"{type(self).__name__}({in_units or None} -> {units}, {self.act or 'linear'})"


class Dropout(HybridBlock):
    """Zeros in the place of a fraction ``rate`` of the inputs in training; along ``axes`` the same ones."""

    def __init__(self, rate, axes=(), **kwargs):
        super().__init__(**kwargs)
        self._rate = rate
        self._axes = axes

    def hybrid_forward(self, F, x):
        if self._rate > 0:
            return F.Dropout(x, p=self._rate, axes=self._axes, name="fwd", cudnn_off=False)
        return F.identity(x)

    def __repr__(self):
        return f"{type(self).__name__}(p = {self._rate}, axes={self._axes})"


class Embedding(HybridBlock):
    """Rows of a matrix of shape ``(input_dim, output_dim)`` for indices; the gradient is row_sparse with ``sparse_grad``."""

    def __init__(self, input_dim, output_dim, dtype="float32", weight_initializer=None, sparse_grad=False, **kwargs):
        super().__init__(**kwargs)
        self._kwargs = {"input_dim": input_dim, "output_dim": output_dim, "dtype": dtype, "sparse_grad": sparse_grad}
        self.weight = self.params.get("weight", shape=(input_dim, output_dim), init=weight_initializer, dtype=dtype,
                                      allow_deferred_init=True, grad_stype="row_sparse" if sparse_grad else "default")

    def hybrid_forward(self, F, x, weight):
        return F.Embedding(x, weight, name="fwd", **self._kwargs)

    def __repr__(self):
        k = self._kwargs
        return f"{type(self).__name__}({k['input_dim']} -> {k['output_dim']}, {k['dtype']})"


class Flatten(HybridBlock):
    """All axes but the first made one."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)

    def hybrid_forward(self, F, x):
        return F.Flatten(x)

    def __repr__(self):
        return type(self).__name__


def _named_function(function, *spaces):
    """(function or None, name) of what a Lambda was given; ``spaces`` must have a function of that name (AssertionError)."""
    if isinstance(function, str):
        for space in spaces:
            assert hasattr(space, function), f"there is no function {function} in {space.__name__}"
        return None, function
    if callable(function):
        return function, getattr(function, "__name__", type(function).__name__)
    raise ValueError(f"a Lambda takes a function or the name of one, got {function!r}")


class Lambda(Block):
    """A function of arrays, or the name of one in ``mx.nd``, as a block."""

    def __init__(self, function, prefix=None):
        super().__init__(prefix=prefix)
        own, self._func_name = _named_function(function, nd)
        self._func_impl = own or getattr(nd, self._func_name)

    def forward(self, *args):
        return self._func_impl(*args)

    def __repr__(self):
        return f"{type(self).__name__}({self._func_name})"


class HybridLambda(HybridBlock):
    """A function of ``F`` and its inputs, or the name of one in both ``mx.nd`` and ``mx.sym``, as a block."""

    def __init__(self, function, prefix=None):
        super().__init__(prefix=prefix)
        self._func, self._func_name = _named_function(function, nd, sym)

    def hybrid_forward(self, F, x, *args):
        if self._func is None:
            return getattr(F, self._func_name)(x, *args)
        return self._func(F, x, *args)

    def __repr__(self):
        return f"{type(self).__name__}({self._func_name})"


from .norm_layers import (  # noqa: E402  (their place is here)
    BatchNorm,
    BatchNormReLU,
    GroupNorm,
    InstanceNorm,
    LayerNorm,
    _BatchNorm,
)

for _cls in (*(globals()[n] for n in __all__), _BatchNorm):
    _cls.__module__ = "mxnet.gluon.nn.basic_layers"
