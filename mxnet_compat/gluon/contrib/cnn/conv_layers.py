"""Convolutions that learn where to look: an ordinary convolution gives an offset for each element of the kernel."""
from math import prod

from ...block import HybridBlock
from ...nn.activations import Activation
from ...nn.conv_layers import spread, weight_shape

__all__ = ["DeformableConvolution", "ModulatedDeformableConvolution"]


class _Deformable(HybridBlock):
    """Parameters and options of both layers; ``per_tap`` is how many numbers each element of the kernel is given."""

    _HINT = None

    def __init__(self, prefix, params):
        super().__init__(prefix=prefix, params=params)

    def _alias(self):
        return self._HINT

    def _setup(self, channels, kernel_size, strides, padding, dilation, groups, num_deformable_group, layout, use_bias,
               in_channels, activation, offset_use_bias, op_name, adj, per_tap):
        self._channels = channels
        self._in_channels = in_channels
        assert layout in ("NCHW", "NHWC"), f"the layout must be NCHW or NHWC, got {layout!r}"
        kernel, strides, padding, dilation = (spread(v, 2) for v in (kernel_size, strides, padding, dilation))
        self._op_name = op_name
        offsets = per_tap * prod(kernel) * num_deformable_group
        common = {"kernel": kernel, "stride": strides, "dilate": dilation, "pad": padding}
        self._kwargs_offset = {**common, "num_filter": offsets, "num_group": groups, "no_bias": not offset_use_bias,
                               "layout": layout}
        self._kwargs_deformable_conv = {**common, "num_filter": channels, "num_group": groups,
                                        "num_deformable_group": num_deformable_group, "no_bias": not use_bias,
                                        "layout": layout}
        if adj:
            self._kwargs_offset["adj"] = adj
            self._kwargs_deformable_conv["adj"] = adj
        self.act = Activation(activation, prefix=activation + "_") if activation else None
        return (weight_shape(layout, offsets, in_channels // groups, kernel), (offsets,),
                weight_shape(layout, channels, in_channels // groups, kernel))

    def _parameter(self, name, shape, init):
        setattr(self, name, self.params.get(name, shape=shape, init=init, allow_deferred_init=True))

    def _offset_parameters(self, shape, count, use_bias, weight_init, bias_init):
        self._parameter("offset_weight", shape, weight_init)
        if use_bias:
            self._parameter("offset_bias", count, bias_init)
        else:
            self.offset_bias = None

    def _main_parameters(self, shape, channels, use_bias, weight_init, bias_init):
        self._parameter("deformable_conv_weight", shape, weight_init)
        if use_bias:
            self._parameter("deformable_conv_bias", (channels,), bias_init)
        else:
            self.deformable_conv_bias = None

    def _offsets(self, F, x, weight, bias):
        inputs = (x, weight) if bias is None else (x, weight, bias)
        return F.Convolution(*inputs, cudnn_off=True, **self._kwargs_offset)

    def _finish(self, y):
        return self.act(y) if self.act else y


class DeformableConvolution(_Deformable):
    """Deformable convolution (Dai et al., 2017): ``(N, C, H, W)`` to ``(N, channels, H', W')``."""

    _HINT = "deformable_conv"

    def __init__(self, channels, kernel_size=(1, 1), strides=(1, 1), padding=(0, 0), dilation=(1, 1), groups=1,
                 num_deformable_group=1, layout="NCHW", use_bias=True, in_channels=0, activation=None,
                 weight_initializer=None, bias_initializer="zeros", offset_weight_initializer="zeros",
                 offset_bias_initializer="zeros", offset_use_bias=True, op_name="DeformableConvolution", adj=None,
                 prefix=None, params=None):
        super().__init__(prefix, params)
        with self.name_scope():
            shape, count, main = self._setup(channels, kernel_size, strides, padding, dilation, groups, num_deformable_group,
                                             layout, use_bias, in_channels, activation, offset_use_bias, op_name, adj, 2)
            self._offset_parameters(shape, count, offset_use_bias, offset_weight_initializer, offset_bias_initializer)
            self._main_parameters(main, channels, use_bias, weight_initializer, bias_initializer)

    def hybrid_forward(self, F, x, offset_weight, deformable_conv_weight, offset_bias=None, deformable_conv_bias=None):
        offset = self._offsets(F, x, offset_weight, offset_bias)
        bias = () if deformable_conv_bias is None else (deformable_conv_bias,)
        op = getattr(F.contrib, self._op_name)
        return self._finish(op(x, offset, deformable_conv_weight, *bias, name="fwd", **self._kwargs_deformable_conv))

    def __repr__(self):
        k, shape = self._kwargs_deformable_conv, self.deformable_conv_weight.shape
        text = f"{shape[1] or None} -> {shape[0]}, kernel_size={k['kernel']}, stride={k['stride']}"
        if k["pad"] != (0, 0):
            text += f", padding={k['pad']}"
        if k["dilate"] != (1, 1):
            text += f", dilation={k['dilate']}"
        if k["num_group"] != 1:
            text += f", groups={k['num_group']}"
        if self.deformable_conv_bias is None:
            text += ", bias=False"
        if self.act:
            text += f", {self.act}"
        return f"{type(self).__name__}({text})"


class ModulatedDeformableConvolution(_Deformable):
    """Deformable convolution whose elements are also weighed where they look (Zhu et al., 2019)."""

    _HINT = "modulated_deformable_conv"

    def __init__(self, channels, kernel_size=(1, 1), strides=(1, 1), padding=(0, 0), dilation=(1, 1), groups=1,
                 num_deformable_group=1, layout="NCHW", use_bias=True, in_channels=0, activation=None,
                 weight_initializer=None, bias_initializer="zeros", offset_weight_initializer="zeros",
                 offset_bias_initializer="zeros", offset_use_bias=True, op_name="ModulatedDeformableConvolution", adj=None,
                 prefix=None, params=None):
        super().__init__(prefix, params)
        with self.name_scope():
            shape, count, main = self._setup(channels, kernel_size, strides, padding, dilation, groups, num_deformable_group,
                                             layout, use_bias, in_channels, activation, offset_use_bias, op_name, adj, 3)
            self.offset_split_index = count[0] // 3 * 2
            self._main_parameters(main, channels, use_bias, weight_initializer, bias_initializer)
            self._offset_parameters(shape, count, offset_use_bias, offset_weight_initializer, offset_bias_initializer)

    def hybrid_forward(self, F, x, offset_weight, deformable_conv_weight, offset_bias=None, deformable_conv_bias=None):
        found = self._offsets(F, x, offset_weight, offset_bias)
        offset = F.slice_axis(found, axis=1, begin=0, end=self.offset_split_index)
        mask = F.sigmoid(F.slice_axis(found, axis=1, begin=self.offset_split_index, end=None)) * 2
        bias = () if deformable_conv_bias is None else (deformable_conv_bias,)
        op = getattr(F.contrib, self._op_name)
        return self._finish(op(x, offset, mask, deformable_conv_weight, *bias, name="fwd", **self._kwargs_deformable_conv))


for _n in __all__:
    globals()[_n].__module__ = "mxnet.gluon.contrib.cnn.conv_layers"
