"""Recurrent cells whose maps of inputs and states are convolutions, in one to three dimensions."""
import math

from ...rnn import HybridRecurrentCell

__all__ = ["Conv1DGRUCell", "Conv1DLSTMCell", "Conv1DRNNCell", "Conv2DGRUCell", "Conv2DLSTMCell", "Conv2DRNNCell",
           "Conv3DGRUCell", "Conv3DLSTMCell", "Conv3DRNNCell"]


def _tuple(value, dims):
    if isinstance(value, int):
        return (value,) * dims
    assert isinstance(value, (tuple, list)) and len(value) == dims, \
        f"a convolution in {dims} dimensions takes numbers, or tuples of {dims}, got {value!r}"
    return tuple(value)


class _BaseConvRNNCell(HybridRecurrentCell):
    """What convolutional cells share.

    ``input_shape`` is that of one sample, with channels where ``conv_layout`` has C. The kernel from state to state must
    be odd (AssertionError), so that states keep their size.
    """

    _gates = 1

    def __init__(self, input_shape, hidden_channels, i2h_kernel, h2h_kernel, i2h_pad, i2h_dilate, h2h_dilate,
                 i2h_weight_initializer, h2h_weight_initializer, i2h_bias_initializer, h2h_bias_initializer, dims,
                 conv_layout, activation, prefix=None, params=None):
        super().__init__(prefix=prefix, params=params)
        self._hidden_channels = hidden_channels
        self._input_shape = input_shape
        self._conv_layout = conv_layout
        self._activation = activation
        self._i2h_kernel = _tuple(i2h_kernel, dims)
        self._stride = (1,) * dims
        self._i2h_pad = _tuple(i2h_pad, dims)
        self._i2h_dilate = _tuple(i2h_dilate, dims)
        self._h2h_kernel = _tuple(h2h_kernel, dims)
        assert all(k % 2 == 1 for k in self._h2h_kernel), f"h2h_kernel must be odd, got {h2h_kernel}"
        self._h2h_dilate = _tuple(h2h_dilate, dims)
        self._h2h_pad = tuple(d * (k - 1) // 2 for d, k in zip(self._h2h_dilate, self._h2h_kernel))
        self._channel_axis = conv_layout.find("C")
        first = self._channel_axis == 1
        channels, space = (input_shape[0], input_shape[1:]) if first else (input_shape[-1], input_shape[:-1])
        self._in_channels = channels
        out = tuple((x + 2 * p - d * (k - 1) - 1) // s + 1 if x else 0 for x, p, d, k, s in
                    zip(space, self._i2h_pad, self._i2h_dilate, self._i2h_kernel, self._stride))
        self._state_shape = (hidden_channels, *out) if first else (*out, hidden_channels)
        rows = hidden_channels * self._gates

        def weight(kernel, into):
            return (rows, into, *kernel) if first else (rows, *kernel, into)
        for name, shape, init in (("i2h_weight", weight(self._i2h_kernel, channels), i2h_weight_initializer),
                                  ("h2h_weight", weight(self._h2h_kernel, hidden_channels), h2h_weight_initializer),
                                  ("i2h_bias", (rows,), i2h_bias_initializer),
                                  ("h2h_bias", (rows,), h2h_bias_initializer)):
            setattr(self, name, self.params.get(name, shape=shape, init=init, allow_deferred_init=True))

    def __repr__(self):
        rows = self.i2h_weight.shape[0]
        columns = math.prod(self._input_shape[:1] if self._channel_axis == 1 else self._input_shape[-1:])
        return f"{type(self).__name__}({columns or None} -> {rows}, {self._activation}, {self._conv_layout})"

    def state_info(self, batch_size=0):
        return [{"shape": (batch_size, *self._state_shape), "__layout__": self._conv_layout}]

    def _maps(self, F, step, inputs, states, i2h_weight, h2h_weight, i2h_bias, h2h_bias):
        rows = self._hidden_channels * self._gates
        i2h = F.Convolution(data=inputs, weight=i2h_weight, bias=i2h_bias, num_filter=rows, kernel=self._i2h_kernel,
                            stride=self._stride, pad=self._i2h_pad, dilate=self._i2h_dilate, layout=self._conv_layout,
                            name=step + "i2h")
        h2h = F.Convolution(data=states[0], weight=h2h_weight, bias=h2h_bias, num_filter=rows, kernel=self._h2h_kernel,
                            stride=self._stride, pad=self._h2h_pad, dilate=self._h2h_dilate, layout=self._conv_layout,
                            name=step + "h2h")
        return i2h, h2h


class _ConvRNNCell(_BaseConvRNNCell):
    """``h = activation(W * x + b + U * h' + c)``."""

    def _alias(self):
        return "conv_rnn"

    def hybrid_forward(self, F, inputs, states, i2h_weight, h2h_weight, i2h_bias, h2h_bias):
        step = f"t{self._counter}_"
        i2h, h2h = self._maps(F, step, inputs, states, i2h_weight, h2h_weight, i2h_bias, h2h_bias)
        output = self._get_activation(F, i2h + h2h, self._activation, name=step + "out")
        return output, [output]


class _ConvLSTMCell(_BaseConvRNNCell):
    """Long short-term memory with convolutions (arXiv 1506.04214)."""

    _gates = 4

    def _alias(self):
        return "conv_lstm"

    def state_info(self, batch_size=0):
        return super().state_info(batch_size) * 2

    def hybrid_forward(self, F, inputs, states, i2h_weight, h2h_weight, i2h_bias, h2h_bias):
        step = f"t{self._counter}_"
        i2h, h2h = self._maps(F, step, inputs, states, i2h_weight, h2h_weight, i2h_bias, h2h_bias)
        into, forget, new, out = F.SliceChannel(i2h + h2h, num_outputs=4, axis=self._channel_axis, name=step + "slice")
        into = F.Activation(into, act_type="sigmoid", name=step + "i")
        forget = F.Activation(forget, act_type="sigmoid", name=step + "f")
        new = self._get_activation(F, new, self._activation, name=step + "c")
        out = F.Activation(out, act_type="sigmoid", name=step + "o")
        memory = F.elemwise_add(forget * states[1], into * new, name=step + "state")
        hidden = F.elemwise_mul(out, self._get_activation(F, memory, self._activation), name=step + "out")
        return hidden, [hidden, memory]


class _ConvGRUCell(_BaseConvRNNCell):
    """Gated recurrent unit with convolutions."""

    _gates = 3

    def _alias(self):
        return "conv_gru"

    def hybrid_forward(self, F, inputs, states, i2h_weight, h2h_weight, i2h_bias, h2h_bias):
        step = f"t{self._counter}_"
        i2h, h2h = self._maps(F, step, inputs, states, i2h_weight, h2h_weight, i2h_bias, h2h_bias)
        xr, xz, xn = F.SliceChannel(i2h, num_outputs=3, axis=self._channel_axis, name=step + "i2h_slice")
        hr, hz, hn = F.SliceChannel(h2h, num_outputs=3, axis=self._channel_axis, name=step + "h2h_slice")
        reset = F.Activation(xr + hr, act_type="sigmoid", name=step + "r_act")
        update = F.Activation(xz + hz, act_type="sigmoid", name=step + "z_act")
        new = self._get_activation(F, xn + reset * hn, self._activation, name=step + "h_act")
        hidden = F.elemwise_add((1.0 - update) * new, update * states[0], name=step + "out")
        return hidden, [hidden]


def _cell(base, dims, layout):
    """The class of a kind of cell in so many dimensions."""
    zeros, ones = (0,) * dims, (1,) * dims
    kind = base.__name__[5:-4]

    class Cell(base):
        def __init__(self, input_shape, hidden_channels, i2h_kernel, h2h_kernel, i2h_pad=zeros, i2h_dilate=ones,
                     h2h_dilate=ones, i2h_weight_initializer=None, h2h_weight_initializer=None,
                     i2h_bias_initializer="zeros", h2h_bias_initializer="zeros", conv_layout=layout, activation="tanh",
                     prefix=None, params=None):
            base.__init__(self, input_shape, hidden_channels, i2h_kernel, h2h_kernel, i2h_pad, i2h_dilate, h2h_dilate,
                          i2h_weight_initializer, h2h_weight_initializer, i2h_bias_initializer, h2h_bias_initializer,
                          dims, conv_layout, activation, prefix, params)

    Cell.__name__ = Cell.__qualname__ = f"Conv{dims}D{kind}Cell"
    Cell.__module__ = "mxnet.gluon.contrib.rnn.conv_rnn_cell"
    Cell.__doc__ = (f"{base.__doc__.rstrip('.')}, in {dims} dimension{'s' * (dims > 1)}.\n\n    ``input_shape`` is that of "
                    f"one sample; kernels, padding and dilation are numbers or tuples of {dims}.")
    return Cell


_LAYOUTS = ((1, "NCW"), (2, "NCHW"), (3, "NCDHW"))
Conv1DRNNCell, Conv2DRNNCell, Conv3DRNNCell = (_cell(_ConvRNNCell, *each) for each in _LAYOUTS)
Conv1DLSTMCell, Conv2DLSTMCell, Conv3DLSTMCell = (_cell(_ConvLSTMCell, *each) for each in _LAYOUTS)
Conv1DGRUCell, Conv2DGRUCell, Conv3DGRUCell = (_cell(_ConvGRUCell, *each) for each in _LAYOUTS)
