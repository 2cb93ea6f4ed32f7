"""Convolution, transposed convolution, pooling and padding layers."""
from ... import symbol  # noqa: F401
from ...base import MXNetError, numeric_types
from ...util import is_np_array  # noqa: F401
from ..block import HybridBlock
from .activations import Activation

__all__ = ["AvgPool1D", "AvgPool2D", "AvgPool3D", "Conv1D", "Conv1DTranspose", "Conv2D", "Conv2DTranspose", "Conv3D",
           "Conv3DTranspose", "GlobalAvgPool1D", "GlobalAvgPool2D", "GlobalAvgPool3D", "GlobalMaxPool1D", "GlobalMaxPool2D",
           "GlobalMaxPool3D", "MaxPool1D", "MaxPool2D", "MaxPool3D", "ReflectionPad2D"]


def spread(value, n):
    """A number as a tuple of ``n``; a tuple as it is."""
    return (value,) * n if isinstance(value, numeric_types) else value


def weight_shape(layout, filters, channels, kernel):
    """The shape of a weight whose axes lie as those of the data: N is filters, C is channels."""
    sizes = iter(kernel)
    return tuple(filters if a == "N" else channels if a == "C" else next(sizes) for a in layout)


def _check_layout(layout, *known):
    assert layout in known, f"the layout must be {' or '.join(known)}, got {layout!r}"


class _Conv(HybridBlock):
    """What all convolution layers do; ``op_name`` is the operator, ``adj`` the output padding of a transposed one."""

    def __init__(self, channels, kernel_size, strides, padding, dilation, groups, layout, in_channels=0, activation=None,
                 use_bias=True, weight_initializer=None, bias_initializer="zeros", op_name="Convolution", adj=None,
                 prefix=None, params=None):
        super().__init__(prefix=prefix, params=params)
        with self.name_scope():
            self._channels = channels
            self._in_channels = in_channels
            n = len(kernel_size)
            self._op_name = op_name
            self._kwargs = {"kernel": kernel_size, "stride": spread(strides, n), "dilate": spread(dilation, n),
                            "pad": spread(padding, n), "num_filter": channels, "num_group": groups,
                            "no_bias": not use_bias, "layout": layout}
            if adj is not None:
                self._kwargs["adj"] = adj
            self._check()
            if op_name == "Convolution":
                shape = weight_shape(layout, channels, in_channels // groups, kernel_size)
            else:
                shape = weight_shape(layout, in_channels, channels // groups, kernel_size)
            self.weight = self.params.get("weight", shape=shape, init=weight_initializer, allow_deferred_init=True)
            self.bias = self.params.get("bias", shape=(channels,), init=bias_initializer,
                                        allow_deferred_init=True) if use_bias else None
            self.act = None if activation is None else Activation(activation, prefix=activation + "_")

    def _check(self):
        """MXNetError for options that do not fit each other; the operator would refuse them at the first batch."""
        k, name = self._kwargs, type(self).__name__
        for option in ("stride", "dilate", "pad"):
            if len(k[option]) != len(k["kernel"]):
                raise MXNetError(f"{name}: {option} must be a number or a tuple of {len(k['kernel'])}, got {k[option]}")
        groups = k["num_group"]
        if groups < 1 or self._channels % groups or self._in_channels % groups:
            raise MXNetError(f"{name}: groups={groups} must divide the channels of input and output, which are "
                             f"{self._in_channels or 'not known yet'} and {self._channels}")

    def _alias(self):
        return "conv"

    def hybrid_forward(self, F, x, weight, bias=None):
        op = getattr(F, self._op_name)
        y = op(x, weight, name="fwd", **self._kwargs) if bias is None else op(x, weight, bias, name="fwd", **self._kwargs)
        return y if self.act is None else self.act(y)

    def __repr__(self):
        k, shape = self._kwargs, self.weight.shape
        n = len(k["kernel"])
        text = f"{shape[1] or None} -> {shape[0]}, kernel_size={k['kernel']}, stride={k['stride']}"
        if k["pad"] != (0,) * n:
            text += f", padding={k['pad']}"
        if k["dilate"] != (1,) * n:
            text += f", dilation={k['dilate']}"
        if k["num_group"] != 1:
            text += f", groups={k['num_group']}"
        if self.bias is None:
            text += ", bias=False"
        if self.act:
            text += f", {self.act}"
        return f"{type(self).__name__}({text})"


class Conv1D(_Conv):
    """Convolution over one axis: ``(N, C, W)`` to ``(N, channels, W')``. ``in_channels`` may be left to the first batch."""

    def __init__(self, channels, kernel_size, strides=1, padding=0, dilation=1, groups=1, layout="NCW", activation=None,
                 use_bias=True, weight_initializer=None, bias_initializer="zeros", in_channels=0, **kwargs):
        _check_layout(layout, "NCW")
        kernel_size = spread(kernel_size, 1)
        assert len(kernel_size) == 1, f"Conv1D: kernel_size must be a number or a tuple of 1, got {kernel_size}"
        super().__init__(channels, kernel_size, strides, padding, dilation, groups, layout, in_channels, activation, use_bias,
                         weight_initializer, bias_initializer, **kwargs)


class Conv2D(_Conv):
    """Convolution over two axes: ``(N, C, H, W)`` to ``(N, channels, H', W')``, or the like for the layout NHWC."""

    def __init__(self, channels, kernel_size, strides=(1, 1), padding=(0, 0), dilation=(1, 1), groups=1, layout="NCHW",
                 activation=None, use_bias=True, weight_initializer=None, bias_initializer="zeros", in_channels=0, **kwargs):
        _check_layout(layout, "NCHW", "NHWC")
        kernel_size = spread(kernel_size, 2)
        assert len(kernel_size) == 2, f"Conv2D: kernel_size must be a number or a tuple of 2, got {kernel_size}"
        super().__init__(channels, kernel_size, strides, padding, dilation, groups, layout, in_channels, activation, use_bias,
                         weight_initializer, bias_initializer, **kwargs)


class Conv3D(_Conv):
    """Convolution over three axes: ``(N, C, D, H, W)`` to ``(N, channels, D', H', W')``."""

    def __init__(self, channels, kernel_size, strides=(1, 1, 1), padding=(0, 0, 0), dilation=(1, 1, 1), groups=1,
                 layout="NCDHW", activation=None, use_bias=True, weight_initializer=None, bias_initializer="zeros",
                 in_channels=0, **kwargs):
        _check_layout(layout, "NCDHW", "NDHWC")
        kernel_size = spread(kernel_size, 3)
        assert len(kernel_size) == 3, f"Conv3D: kernel_size must be a number or a tuple of 3, got {kernel_size}"
        super().__init__(channels, kernel_size, strides, padding, dilation, groups, layout, in_channels, activation, use_bias,
                         weight_initializer, bias_initializer, **kwargs)


class _Transpose(_Conv):
    """What the transposed convolutions do; they differ in the number of axes."""

    def _setup(self, n, channels, kernel_size, strides, padding, output_padding, dilation, groups, layout, in_channels,
               activation, use_bias, weight_initializer, bias_initializer, kwargs):
        name = type(self).__name__
        kernel_size, output_padding = spread(kernel_size, n), spread(output_padding, n)
        assert len(kernel_size) == n, f"{name}: kernel_size must be a number or a tuple of {n}, got {kernel_size}"
        assert len(output_padding) == n, f"{name}: output_padding must be a number or a tuple of {n}, got {output_padding}"
        _Conv.__init__(self, channels, kernel_size, strides, padding, dilation, groups, layout, in_channels, activation,
                       use_bias, weight_initializer, bias_initializer, op_name="Deconvolution", adj=output_padding, **kwargs)
        self.outpad = output_padding


class Conv1DTranspose(_Transpose):
    """Transposed convolution over one axis; ``output_padding`` lengthens the result on one side."""

    def __init__(self, channels, kernel_size, strides=1, padding=0, output_padding=0, dilation=1, groups=1, layout="NCW",
                 activation=None, use_bias=True, weight_initializer=None, bias_initializer="zeros", in_channels=0, **kwargs):
        _check_layout(layout, "NCW")
        self._setup(1, channels, kernel_size, strides, padding, output_padding, dilation, groups, layout, in_channels,
                    activation, use_bias, weight_initializer, bias_initializer, kwargs)


class Conv2DTranspose(_Transpose):
    """Transposed convolution over two axes; ``output_padding`` lengthens the result on one side."""

    def __init__(self, channels, kernel_size, strides=(1, 1), padding=(0, 0), output_padding=(0, 0), dilation=(1, 1),
                 groups=1, layout="NCHW", activation=None, use_bias=True, weight_initializer=None, bias_initializer="zeros",
                 in_channels=0, **kwargs):
        _check_layout(layout, "NCHW", "NHWC")
        self._setup(2, channels, kernel_size, strides, padding, output_padding, dilation, groups, layout, in_channels,
                    activation, use_bias, weight_initializer, bias_initializer, kwargs)


class Conv3DTranspose(_Transpose):
    """Transposed convolution over three axes; ``output_padding`` lengthens the result on one side."""

    def __init__(self, channels, kernel_size, strides=(1, 1, 1), padding=(0, 0, 0), output_padding=(0, 0, 0),
                 dilation=(1, 1, 1), groups=1, layout="NCDHW", activation=None, use_bias=True, weight_initializer=None,
                 bias_initializer="zeros", in_channels=0, **kwargs):
        _check_layout(layout, "NCDHW", "NDHWC")
        self._setup(3, channels, kernel_size, strides, padding, output_padding, dilation, groups, layout, in_channels,
                    activation, use_bias, weight_initializer, bias_initializer, kwargs)


class _Pooling(HybridBlock):
    """What all pooling layers do. ``strides`` is ``pool_size`` by default."""

    def __init__(self, pool_size, strides, padding, ceil_mode, global_pool, pool_type, layout, count_include_pad=None,
                 **kwargs):
        super().__init__(**kwargs)
        n = len(pool_size)
        strides = pool_size if strides is None else spread(strides, n)
        self._kwargs = {"kernel": pool_size, "stride": strides, "pad": spread(padding, n), "global_pool": global_pool,
                        "pool_type": pool_type, "layout": layout, "pooling_convention": "full" if ceil_mode else "valid"}
        if count_include_pad is not None:
            self._kwargs["count_include_pad"] = count_include_pad

    def _alias(self):
        return "pool"

    def hybrid_forward(self, F, x):
        return F.Pooling(x, name="fwd", **self._kwargs)

    def __repr__(self):
        k = self._kwargs
        return (f"{type(self).__name__}(size={k['kernel']}, stride={k['stride']}, padding={k['pad']}, "
                f"ceil_mode={k['pooling_convention'] == 'full'}, global_pool={k['global_pool']}, "
                f"pool_type={k['pool_type']}, layout={k['layout']})")


def _pool_size(name, size, n):
    size = spread(size, n)
    assert len(size) == n, f"{name}: pool_size must be a number or a tuple of {n}, got {size}"
    return size


class MaxPool1D(_Pooling):
    """Maxima of windows along one axis; with ``ceil_mode`` the last window may reach over the end."""

    def __init__(self, pool_size=2, strides=None, padding=0, layout="NCW", ceil_mode=False, **kwargs):
        _check_layout(layout, "NCW", "NWC")
        super().__init__(_pool_size("MaxPool1D", pool_size, 1), strides, padding, ceil_mode, False, "max", layout, **kwargs)


class MaxPool2D(_Pooling):
    """Maxima of windows along two axes; with ``ceil_mode`` the last windows may reach over the end."""

    def __init__(self, pool_size=(2, 2), strides=None, padding=0, layout="NCHW", ceil_mode=False, **kwargs):
        _check_layout(layout, "NCHW", "NHWC")
        super().__init__(_pool_size("MaxPool2D", pool_size, 2), strides, padding, ceil_mode, False, "max", layout, **kwargs)


class MaxPool3D(_Pooling):
    """Maxima of windows along three axes; with ``ceil_mode`` the last windows may reach over the end."""

    def __init__(self, pool_size=(2, 2, 2), strides=None, padding=0, ceil_mode=False, layout="NCDHW", **kwargs):
        _check_layout(layout, "NCDHW", "NDHWC")
        super().__init__(_pool_size("MaxPool3D", pool_size, 3), strides, padding, ceil_mode, False, "max", layout, **kwargs)


class AvgPool1D(_Pooling):
    """Means of windows along one axis; the padding counts unless ``count_include_pad=False``."""

    def __init__(self, pool_size=2, strides=None, padding=0, layout="NCW", ceil_mode=False, count_include_pad=True, **kwargs):
        _check_layout(layout, "NCW", "NWC")
        super().__init__(_pool_size("AvgPool1D", pool_size, 1), strides, padding, ceil_mode, False, "avg", layout,
                         count_include_pad, **kwargs)


class AvgPool2D(_Pooling):
    """Means of windows along two axes; the padding counts unless ``count_include_pad=False``."""

    def __init__(self, pool_size=(2, 2), strides=None, padding=0, ceil_mode=False, layout="NCHW", count_include_pad=True,
                 **kwargs):
        _check_layout(layout, "NCHW", "NHWC")
        super().__init__(_pool_size("AvgPool2D", pool_size, 2), strides, padding, ceil_mode, False, "avg", layout,
                         count_include_pad, **kwargs)


class AvgPool3D(_Pooling):
    """Means of windows along three axes; the padding counts unless ``count_include_pad=False``."""

    def __init__(self, pool_size=(2, 2, 2), strides=None, padding=0, ceil_mode=False, layout="NCDHW", count_include_pad=True,
                 **kwargs):
        _check_layout(layout, "NCDHW", "NDHWC")
        super().__init__(_pool_size("AvgPool3D", pool_size, 3), strides, padding, ceil_mode, False, "avg", layout,
                         count_include_pad, **kwargs)


class GlobalMaxPool1D(_Pooling):
    """The maximum along one axis, which stays with length 1."""

    def __init__(self, layout="NCW", **kwargs):
        _check_layout(layout, "NCW", "NWC")
        super().__init__((1,), None, 0, True, True, "max", layout, **kwargs)


class GlobalMaxPool2D(_Pooling):
    """The maximum along two axes, which stay with length 1."""

    def __init__(self, layout="NCHW", **kwargs):
        _check_layout(layout, "NCHW", "NHWC")
        super().__init__((1, 1), None, 0, True, True, "max", layout, **kwargs)


class GlobalMaxPool3D(_Pooling):
    """The maximum along three axes, which stay with length 1."""

    def __init__(self, layout="NCDHW", **kwargs):
        _check_layout(layout, "NCDHW", "NDHWC")
        super().__init__((1, 1, 1), None, 0, True, True, "max", layout, **kwargs)


class GlobalAvgPool1D(_Pooling):
    """The mean along one axis, which stays with length 1."""

    def __init__(self, layout="NCW", **kwargs):
        _check_layout(layout, "NCW", "NWC")
        super().__init__((1,), None, 0, True, True, "avg", layout, **kwargs)


class GlobalAvgPool2D(_Pooling):
    """The mean along two axes, which stay with length 1."""

    def __init__(self, layout="NCHW", **kwargs):
        _check_layout(layout, "NCHW", "NHWC")
        super().__init__((1, 1), None, 0, True, True, "avg", layout, **kwargs)


class GlobalAvgPool3D(_Pooling):
    """The mean along three axes, which stay with length 1."""

    def __init__(self, layout="NCDHW", **kwargs):
        _check_layout(layout, "NCDHW", "NDHWC")
        super().__init__((1, 1, 1), None, 0, True, True, "avg", layout, **kwargs)


class ReflectionPad2D(HybridBlock):
    """Padding of the last two axes by reflection; ``padding`` is a number or eight, two for each axis."""

    def __init__(self, padding=0, **kwargs):
        super().__init__(**kwargs)
        if isinstance(padding, numeric_types):
            padding = (0, 0, 0, 0, padding, padding, padding, padding)
        assert len(padding) == 8, f"ReflectionPad2D: padding must be a number or a tuple of 8, got {padding}"
        self._padding = padding

    def hybrid_forward(self, F, x):
        return F.pad(x, mode="reflect", pad_width=self._padding)


for _cls in (*(globals()[n] for n in __all__), _Conv, _Pooling):
    _cls.__module__ = "mxnet.gluon.nn.conv_layers"
