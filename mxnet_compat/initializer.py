"""``mx.init``: what fills parameters before training, chosen by name suffix, attribute or pattern.

The random numbers come from ``mx.random``; how Gluon and Module call initializers is in their own files.
"""
import json
import logging
import math
import re
import warnings

import numpy as np

from . import ndarray, random, registry
from .base import MXNetError, string_types
from .ndarray import NDArray, load
from .util import is_np_array

__all__ = ["Bilinear", "Constant", "FusedRNN", "InitDesc", "Initializer", "LSTMBias", "Load", "MSRAPrelu", "Mixed",
           "NDArray", "Normal", "One", "Orthogonal", "Uniform", "Xavier", "Zero", "alias", "create", "is_np_array",
           "load", "ndarray", "random", "register", "registry", "string_types"]


class InitDesc(str):
    """The name of a parameter, with the attributes of its variable and the initializer that fills all the others."""

    def __new__(cls, name, attrs=None, global_init=None):
        self = super().__new__(cls, name)
        self.attrs = attrs or {}
        self.global_init = global_init
        return self


def _root_mean_square(x):
    return str((ndarray.norm(x) / math.sqrt(x.size)).asscalar())


class Initializer:
    """Base class: ``init(InitDesc(name), array)`` fills the array by the ending of the name.

    ``weight`` is what subclasses define (``_init_weight(name, array)``); ``bias``, ``beta``, ``min`` give 0, ``gamma``
    and ``max`` give 1; other endings are a ValueError. The attribute ``__init__`` of the parameter (the JSON text of an
    initializer) goes first. Keywords are kept for ``dumps``.
    """

    _BY_SUFFIX = (("weight", "_init_weight"), ("bias", "_init_bias"), ("gamma", "_init_gamma"), ("beta", "_init_beta"),
                  ("min", "_init_zero"), ("max", "_init_one"), ("weight_quantize", "_init_quantized_weight"),
                  ("bias_quantize", "_init_quantized_bias"))
    _BY_SUFFIX_OF_TEXT = (("bias", "_init_bias"), ("gamma", "_init_gamma"), ("beta", "_init_beta"),
                          ("weight", "_init_weight"), ("moving_mean", "_init_zero"), ("moving_var", "_init_one"),
                          ("moving_inv_var", "_init_zero"), ("moving_avg", "_init_zero"), ("min", "_init_zero"),
                          ("max", "_init_one"))

    def __init__(self, **kwargs):
        self._kwargs = kwargs
        self._verbose = False
        self._print_func = None

    def set_verbosity(self, verbose=False, print_func=None):
        """Log each parameter with ``print_func(array)``, by default the root mean square. Returns self."""
        self._verbose = verbose
        self._print_func = _root_mean_square if print_func is None else print_func
        return self

    def _verbose_print(self, desc, init, arr):
        if self._verbose and self._print_func:
            logging.info("Initialized %s as %s: %s", desc, init, self._print_func(arr))

    def dumps(self):
        """The JSON text that ``create`` makes an equal initializer from."""
        return json.dumps([type(self).__name__.lower(), self._kwargs])

    def __call__(self, desc, arr):
        """Fill the NDArray ``arr``; a plain text instead of an ``InitDesc`` is deprecated and also knows statistics."""
        if not isinstance(desc, InitDesc):
            self._legacy_init(desc, arr)
            return
        if desc.global_init is None:
            desc.global_init = self
        init = desc.attrs.get("__init__", "")
        if init:
            create(init)._init_weight(desc, arr)
            self._verbose_print(desc, init, arr)
            return
        for suffix, method in self._BY_SUFFIX:
            if desc.endswith(suffix):
                getattr(self, method)(desc, arr)
                self._verbose_print(desc, suffix, arr)
                return
        self._init_default(desc, arr)

    def _legacy_init(self, name, arr):
        warnings.warn("an initializer called with plain text is deprecated; use init(mx.init.InitDesc(name), array)",
                      DeprecationWarning, stacklevel=3)
        if not isinstance(name, string_types):
            raise TypeError(f"the name of a parameter must be text, got {type(name).__name__}")
        if name.startswith("upsampling"):
            self._init_bilinear(name, arr)
        elif name.startswith("stn_loc") and name.endswith("weight"):
            self._init_zero(name, arr)
        elif name.startswith("stn_loc") and name.endswith("bias"):
            self._init_loc_bias(name, arr)
        else:
            for suffix, method in self._BY_SUFFIX_OF_TEXT:
                if name.endswith(suffix):
                    getattr(self, method)(name, arr)
                    return
            self._init_default(name, arr)

    def _init_bilinear(self, _, arr):
        arr[:] = _bilinear(arr.shape)

    def _init_loc_bias(self, _, arr):
        assert arr.shape[0] == 6, f"the bias of a localisation network has 6 elements, not {arr.shape[0]}"
        arr[:] = np.array([1.0, 0, 0, 0, 1.0, 0])

    def _init_zero(self, _, arr):
        arr[:] = 0.0

    def _init_one(self, _, arr):
        arr[:] = 1.0

    def _init_bias(self, _, arr):
        arr[:] = 0.0

    def _init_gamma(self, _, arr):
        arr[:] = 1.0

    def _init_beta(self, _, arr):
        arr[:] = 0.0

    def _init_quantized_bias(self, _, arr):
        arr[:] = random.randint(-127, 127, shape=arr.shape, dtype="int32").asnumpy().astype("int8")

    def _init_quantized_weight(self, _, arr):
        arr[:] = random.randint(-127, 127, shape=arr.shape, dtype="int32").asnumpy().astype("int8")

    def _init_weight(self, name, arr):
        raise NotImplementedError(f"{type(self).__name__} must define _init_weight(name, array)")

    def _init_default(self, name, _):
        raise ValueError(f"no rule fills {name!r}: names must end in weight, bias, gamma, beta, min or max. Give the "
                         "parameter an initializer of its own, such as mx.sym.Variable(name, init=mx.init.Zero())")

    def __eq__(self, other):
        if not isinstance(other, Initializer):
            return NotImplemented
        return type(self) is type(other) and self._kwargs == other._kwargs

    __hash__ = None


_register = registry.get_register_func(Initializer, "initializer")
alias = registry.get_alias_func(Initializer, "initializer")
create = registry.get_create_func(Initializer, "initializer")


def register(klass):
    """A class decorator: make an initializer available to ``create`` and to attributes, by its name in lower case."""
    return _register(klass)


class Load:
    """Fill parameters from a file or dictionary of arrays (prefixes ``arg:``, ``aux:`` are cut), others by default.

    AssertionError for an array of another shape, and for an absent one without ``default_init``.
    """

    def __init__(self, param, default_init=None, verbose=False):
        if isinstance(param, string_types):
            param = load(param)
        assert isinstance(param, dict), \
            f"param: expected a dictionary of arrays or a file of one, got {type(param).__name__}"
        self.param = {name[4:] if name.startswith(("arg:", "aux:")) else name: arr for name, arr in param.items()}
        self.default_init = default_init
        self.verbose = verbose

    def __call__(self, name, arr):
        if name in self.param:
            loaded = self.param[name]
            assert arr.shape == loaded.shape, f"{name} has shape {arr.shape} here but {loaded.shape} in what was loaded"
            arr[:] = loaded
            how = "from what was loaded"
        else:
            assert self.default_init is not None, f"{name} is not among the loaded arrays and there is no default_init"
            self.default_init(name, arr)
            how = "by default"
        if self.verbose:
            logging.info("Initialized %s %s", name, how)


class Mixed:
    """The initializer whose regular expression is the first to match the start of the name; ValueError for none."""

    def __init__(self, patterns, initializers):
        assert len(patterns) == len(initializers), f"{len(patterns)} patterns but {len(initializers)} initializers"
        self.map = list(zip(map(re.compile, patterns), initializers))

    def __call__(self, name, arr):
        for pattern, init in self.map:
            if pattern.match(name):
                init(name, arr)
                return
        raise ValueError(f"no pattern matches {name!r}; end the list with '.*' and an initializer for the rest")


@alias("zeros")
@register
class Zero(Initializer):
    """Zeros."""

    def __init__(self):
        super().__init__()

    def _init_weight(self, _, arr):
        arr[:] = 0


@alias("ones")
@register
class One(Initializer):
    """Ones."""

    def __init__(self):
        super().__init__()

    def _init_weight(self, _, arr):
        arr[:] = 1


@register
class Constant(Initializer):
    """A number, or an array that fits."""

    def __init__(self, value):
        super().__init__(value=value)
        self.value = value

    def _init_weight(self, _, arr):
        arr[:] = self.value

    def dumps(self):
        """The JSON text; arrays become lists."""
        value = self.value.asnumpy() if isinstance(self.value, NDArray) else self.value
        if isinstance(value, (np.ndarray, np.generic)):
            value = value.tolist()
        return json.dumps(["constant", {"value": value}])


@register
class Uniform(Initializer):
    """Uniform on (-scale, scale)."""

    def __init__(self, scale=0.07):
        super().__init__(scale=scale)
        self.scale = scale

    def _init_weight(self, _, arr):
        random.uniform(-self.scale, self.scale, out=arr)


@register
class Normal(Initializer):
    """Normal with standard deviation ``sigma``."""

    def __init__(self, sigma=0.01):
        super().__init__(sigma=sigma)
        self.sigma = sigma

    def _init_weight(self, _, arr):
        random.normal(0, self.sigma, out=arr)


@register
class Orthogonal(Initializer):
    """``scale`` times a matrix of orthonormal rows or columns; further axes count as columns."""

    def __init__(self, scale=1.414, rand_type="uniform"):
        super().__init__(scale=scale, rand_type=rand_type)
        self.scale = scale
        self.rand_type = rand_type

    def _init_weight(self, name, arr):
        if len(arr.shape) < 2:
            raise MXNetError(f"Orthogonal: {name} has shape {arr.shape}; at least two dimensions are needed")
        shape = (arr.shape[0], math.prod(arr.shape[1:]))
        if self.rand_type == "uniform":
            start = random.uniform(-1.0, 1.0, shape=shape)
        elif self.rand_type == "normal":
            start = random.normal(0.0, 1.0, shape=shape)
        else:
            raise ValueError(f"rand_type must be 'uniform' or 'normal', got {self.rand_type!r}")
        left, _, right = np.linalg.svd(start.asnumpy(), full_matrices=False)
        arr[:] = self.scale * (left if left.shape == shape else right).reshape(arr.shape)


@register
class Xavier(Initializer):
    """Variance ``magnitude`` over the fan-in, fan-out or their mean (``factor_type`` ``'in'``, ``'out'``, ``'avg'``).

    ``rnd_type`` is ``'uniform'`` (up to the root of that) or ``'gaussian'``. ValueError for vectors.
    """

    def __init__(self, rnd_type="uniform", factor_type="avg", magnitude=3):
        super().__init__(rnd_type=rnd_type, factor_type=factor_type, magnitude=magnitude)
        self.rnd_type = rnd_type
        self.factor_type = factor_type
        self.magnitude = float(magnitude)

    def _init_weight(self, name, arr):
        shape = arr.shape
        if len(shape) < 2:
            raise ValueError(f"Xavier: {name} has shape {shape}; at least two dimensions are needed")
        area = math.prod(shape[2:])
        fans = {"in": shape[1] * area, "out": shape[0] * area, "avg": (shape[0] + shape[1]) * area / 2.0}
        if self.factor_type not in fans:
            raise ValueError(f"factor_type must be 'in', 'out' or 'avg', got {self.factor_type!r}")
        scale = math.sqrt(self.magnitude / fans[self.factor_type])
        if self.rnd_type == "uniform":
            random.uniform(-scale, scale, out=arr)
        elif self.rnd_type == "gaussian":
            random.normal(0, scale, out=arr)
        else:
            raise ValueError(f"rnd_type must be 'uniform' or 'gaussian', got {self.rnd_type!r}")


@register
class MSRAPrelu(Xavier):
    """Gaussian with variance ``2 / (1 + slope**2)`` over the fan, for layers followed by PReLU."""

    def __init__(self, factor_type="avg", slope=0.25):
        super().__init__("gaussian", factor_type, 2.0 / (1 + slope ** 2))
        self._kwargs = {"factor_type": factor_type, "slope": slope}


def _bilinear(shape):
    """The kernel of a bilinear enlargement, for weights of the last two axes ``(height, width)``."""
    height, width = shape[2], shape[3]
    half = math.ceil(width / 2.0)
    centre = (2 * half - 1 - half % 2) / (2.0 * half)
    across = 1 - np.abs(np.arange(width) / half - centre)
    down = 1 - np.abs(np.arange(height) / half - centre)
    return np.broadcast_to(np.outer(down, across).astype("float32"), shape)


@register
class Bilinear(Initializer):
    """The kernel of a bilinear enlargement, for the weight of a ``Deconvolution`` or ``UpSampling``."""

    def __init__(self):
        super().__init__()

    def _init_weight(self, _, arr):
        arr[:] = _bilinear(arr.shape)


@register
class LSTMBias(Initializer):
    """Zeros but for the second quarter, the forget gate's bias, which gets ``forget_bias``."""

    def __init__(self, forget_bias=1.0):
        super().__init__(forget_bias=forget_bias)
        self.forget_bias = forget_bias

    def _init_weight(self, name, arr):
        quarter = arr.shape[0] // 4
        arr[:] = 0.0
        arr[quarter:2 * quarter] = self.forget_bias


@register
class FusedRNN(Initializer):
    """Fill the one parameter vector of the ``RNN`` operator gate by gate with ``init`` (None: the global initializer).

    ``mode`` is ``'rnn_tanh'``, ``'rnn_relu'``, ``'lstm'`` or ``'gru'``; forget gates get ``forget_bias``.
    """

    _GATES = {"rnn_relu": ("",), "rnn_tanh": ("",), "lstm": ("_i", "_f", "_c", "_o"), "gru": ("_r", "_z", "_o")}

    def __init__(self, init, num_hidden, num_layers, mode, bidirectional=False, forget_bias=1.0):
        if isinstance(init, string_types):
            klass, kwargs = json.loads(init)
            init = create(klass, **kwargs)
        super().__init__(init=init.dumps() if init is not None else None, num_hidden=num_hidden, num_layers=num_layers,
                         mode=mode, bidirectional=bidirectional, forget_bias=forget_bias)
        self._init = init
        self._num_hidden = num_hidden
        self._num_layers = num_layers
        self._mode = mode
        self._bidirectional = bidirectional
        self._forget_bias = forget_bias

    def _parts(self, size):
        """Names and shapes of the gates' weights and biases, in the order in which the vector holds them."""
        gates, hidden, layers = self._GATES[self._mode], self._num_hidden, self._num_layers
        sides = "lr" if self._bidirectional else "l"
        rows = len(sides) * hidden * len(gates)
        inputs = size // rows - (layers - 1) * (hidden + len(sides) * hidden + 2) - hidden - 2
        for layer in range(layers):
            for side in sides:
                for group, width in (("i2h", inputs if layer == 0 else len(sides) * hidden), ("h2h", hidden)):
                    for gate in gates:
                        yield f"{side}{layer}_{group}{gate}_weight", (hidden, width)
        for layer in range(layers):
            for side in sides:
                for group in ("i2h", "h2h"):
                    for gate in gates:
                        yield f"{side}{layer}_{group}{gate}_bias", (hidden,)

    def _init_weight(self, desc, arr):
        start = 0
        for name, shape in self._parts(arr.size):
            stop = start + math.prod(shape)
            # a view, so that the inner initializer writes into the vector
            part = arr[start:stop].reshape(shape)
            start = stop
            if self._mode == "lstm" and name.endswith("_f_bias"):
                part[:] = self._forget_bias
            else:
                init = desc.global_init if self._init is None else self._init
                init(InitDesc(name, global_init=desc.global_init), part)
        if start != arr.size:
            raise MXNetError(f"FusedRNN: {desc} has {arr.size} elements, which no {self._mode} with num_hidden="
                             f"{self._num_hidden} and num_layers={self._num_layers} has")


for _cls in (InitDesc, Initializer, Load, Mixed, *registry.get_registry(Initializer).values()):
    _cls.__module__ = "mxnet.initializer"
