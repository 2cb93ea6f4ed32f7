"""Cells of symbols whose maps of inputs and states are convolutions in two dimensions."""
import functools

from .. import symbol
from .rnn_cell import BaseRNNCell, gru_step

__all__ = ["BaseConvRNNCell", "ConvGRUCell", "ConvLSTMCell", "ConvRNNCell"]

_LEAKY = functools.partial(symbol.LeakyReLU, act_type="leaky", slope=0.2)


class BaseConvRNNCell(BaseRNNCell):
    """What convolutional cells share. ``input_shape`` is that of a batch, its first dimension does not matter.

    The kernel from state to state must be odd (AssertionError), so that states keep their size.
    """

    def __init__(self, input_shape, num_hidden, h2h_kernel, h2h_dilate, i2h_kernel, i2h_stride, i2h_pad, i2h_dilate,
                 i2h_weight_initializer, h2h_weight_initializer, i2h_bias_initializer, h2h_bias_initializer, activation,
                 prefix="", params=None, conv_layout="NCHW"):
        super().__init__(prefix=prefix, params=params)
        assert all(k % 2 == 1 for k in h2h_kernel), f"h2h_kernel must be odd, got {h2h_kernel}"
        self._h2h_kernel = h2h_kernel
        self._h2h_pad = tuple(d * (k - 1) // 2 for d, k in zip(h2h_dilate, h2h_kernel))
        self._h2h_dilate = h2h_dilate
        self._i2h_kernel = i2h_kernel
        self._i2h_stride = i2h_stride
        self._i2h_pad = i2h_pad
        self._i2h_dilate = i2h_dilate
        self._num_hidden = num_hidden
        self._input_shape = input_shape
        self._conv_layout = conv_layout
        self._activation = activation
        self._iW = self._params.get("i2h_weight", init=i2h_weight_initializer)
        self._hW = self._params.get("h2h_weight", init=h2h_weight_initializer)
        self._iB = self._params.get("i2h_bias", init=i2h_bias_initializer)
        self._hB = self._params.get("h2h_bias", init=h2h_bias_initializer)
        probe = symbol.Convolution(symbol.Variable("data"), num_filter=num_hidden, kernel=i2h_kernel, stride=i2h_stride,
                                   pad=i2h_pad, dilate=i2h_dilate, layout=conv_layout)
        self._state_shape = (0, *probe.infer_shape(data=input_shape)[1][0][1:])

    @property
    def _num_gates(self):
        return len(self._gate_names)

    @property
    def state_info(self):
        return [{"shape": self._state_shape, "__layout__": self._conv_layout}]

    def _maps(self, name, inputs, states):
        rows = self._num_hidden * self._num_gates
        i2h = symbol.Convolution(name=name + "i2h", data=inputs, num_filter=rows, kernel=self._i2h_kernel,
                                 stride=self._i2h_stride, pad=self._i2h_pad, dilate=self._i2h_dilate, weight=self._iW,
                                 bias=self._iB, layout=self._conv_layout)
        h2h = symbol.Convolution(name=name + "h2h", data=states[0], num_filter=rows, kernel=self._h2h_kernel,
                                 dilate=self._h2h_dilate, pad=self._h2h_pad, stride=(1, 1), weight=self._hW,
                                 bias=self._hB, layout=self._conv_layout)
        return i2h, h2h

    def __call__(self, inputs, states):
        raise NotImplementedError(f"{type(self).__name__}.__call__")


def _made_with(own_prefix):
    """A class decorator: the constructor of a kind of cell, with the defaults that all kinds share."""
    def decorate(cls):
        def __init__(self, input_shape, num_hidden, h2h_kernel=(3, 3), h2h_dilate=(1, 1), i2h_kernel=(3, 3),
                     i2h_stride=(1, 1), i2h_pad=(1, 1), i2h_dilate=(1, 1), i2h_weight_initializer=None,
                     h2h_weight_initializer=None, i2h_bias_initializer="zeros", h2h_bias_initializer="zeros",
                     activation=_LEAKY, prefix=own_prefix, params=None, conv_layout="NCHW"):
            BaseConvRNNCell.__init__(self, input_shape, num_hidden, h2h_kernel, h2h_dilate, i2h_kernel, i2h_stride, i2h_pad,
                                     i2h_dilate, i2h_weight_initializer, h2h_weight_initializer, i2h_bias_initializer,
                                     h2h_bias_initializer, activation, prefix, params, conv_layout)
        cls.__init__ = __init__
        return cls
    return decorate


@_made_with("ConvRNN_")
class ConvRNNCell(BaseConvRNNCell):
    """``h = activation(W * x + b + U * h' + c)``."""

    @property
    def _gate_names(self):
        return ("",)

    def __call__(self, inputs, states):
        self._counter += 1
        name = f"{self._prefix}t{self._counter}_"
        i2h, h2h = self._maps(name, inputs, states)
        output = self._get_activation(i2h + h2h, self._activation, name=name + "out")
        return output, [output]


@_made_with("ConvLSTM_")
class ConvLSTMCell(BaseConvRNNCell):
    """Long short-term memory with convolutions (arXiv 1506.04214)."""

    @property
    def _gate_names(self):
        return ["_i", "_f", "_c", "_o"]

    @property
    def state_info(self):
        return [{"shape": self._state_shape, "__layout__": self._conv_layout}] * 2

    def __call__(self, inputs, states):
        self._counter += 1
        name = f"{self._prefix}t{self._counter}_"
        i2h, h2h = self._maps(name, inputs, states)
        into, forget, new, out = symbol.SliceChannel(i2h + h2h, num_outputs=4, axis=self._conv_layout.find("C"),
                                                     name=name + "slice")
        into = symbol.Activation(into, act_type="sigmoid", name=name + "i")
        forget = symbol.Activation(forget, act_type="sigmoid", name=name + "f")
        new = self._get_activation(new, self._activation, name=name + "c")
        out = symbol.Activation(out, act_type="sigmoid", name=name + "o")
        memory = symbol.elemwise_add(forget * states[1], into * new, name=name + "state")
        hidden = symbol.elemwise_mul(out, self._get_activation(memory, self._activation), name=name + "out")
        return hidden, [hidden, memory]


@_made_with("ConvGRU_")
class ConvGRUCell(BaseConvRNNCell):
    """Gated recurrent unit with convolutions."""

    @property
    def _gate_names(self):
        return ["_r", "_z", "_o"]

    def __call__(self, inputs, states):
        self._counter += 1
        name = f"{self._prefix}t{self._counter}_"
        i2h, h2h = self._maps(name, inputs, states)
        hidden = gru_step(name, i2h, h2h, states[0],
                          lambda x, **kw: self._get_activation(x, self._activation, **kw))
        return hidden, [hidden]


for _name in __all__:
    globals()[_name].__module__ = "mxnet.rnn.rnn_cell"
