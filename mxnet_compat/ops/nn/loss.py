"""Outputs that bring their own loss, as Module training uses them, and losses that a forward pass computes.

The former (``SoftmaxOutput``, the regression outputs, ``SVMOutput``, ``MakeLoss``) give predictions in the forward pass
and the loss's gradient in the backward pass whatever head gradient arrives. ``CTCLoss`` is in ``ctc.py``.
"""
from typing import Annotated, Literal

import numpy as np

from ...state import state
from .. import functional as F
from .. import shapes
from ..declare import FLOAT, NONE, ZERO, Array, Aux, Operator, operator
from ..params import Ge, Le
from .activation import _sigmoid
from .infer import fitted, product
from .softmax_kernels import log_softmax, softmax

Normalization = Literal["batch", "null", "valid"]
Share = Annotated[float, Ge(0), Le(1)]


def _layout(shape, multi_output, preserve_shape):
    """(the shape of three axes to see data in: rows, classes, places; classes are the softmax's axis)."""
    if multi_output:
        return shape[0], shape[1], product(shape[2:])
    if preserve_shape:
        return product(shape[:-1]), shape[-1], 1
    return shape[0], product(shape[1:]), 1


def _label_shapes(data, multi_output):
    """The shapes that a label may have, the usual one first."""
    if multi_output:
        return (data[0], product(data[2:])), (data[0], *data[2:]), (data[0], 1, *data[2:]), data
    return data[:-1], data


@operator("SoftmaxOutput", "Softmax", dtypes=FLOAT)
def softmax_output(data: Array, label: Array, *, grad_scale: float = 1.0, ignore_label: float = -1.0,
                   multi_output: bool = False, use_ignore: bool = False, preserve_shape: bool = False,
                   normalization: Normalization = "null", out_grad: bool = False, smooth_alpha: Share = 0.0):
    """Softmax, whose gradient is that of the cross entropy with ``label``, times ``grad_scale``.

    The classes are all but the first axis together; with ``preserve_shape`` the last axis, with ``multi_output`` the
    second. ``label`` holds class numbers for the places that remain, or has the shape of data and holds probabilities.
    The gradient is divided by the number of labels (``batch``), by that of labels other than ``ignore_label``
    (``valid``), with ``multi_output`` also by the number of places unless ``valid``. ``use_ignore`` zeroes it where the
    label is ``ignore_label``; ``smooth_alpha`` is spread over the other classes, but not with ``multi_output``.
    """
    if data.ndim < 2:
        raise ValueError(f"data must have 2 dimensions or more, got shape {data.shape}")
    if label.shape not in _label_shapes(data.shape, multi_output):
        expected = " or ".join(str(s) for s in dict.fromkeys(_label_shapes(data.shape, multi_output)))
        raise ValueError(f"label must have shape {expected}, got {label.shape}")
    x = data.reshape(_layout(data.shape, multi_output, preserve_shape))
    return softmax(x, 1).reshape(data.shape)


@softmax_output.shapes
def _(data, label, *, multi_output, **_):
    if data is None:
        return (data, label), (None,)
    if label is None or len(label) == 0:
        label = _label_shapes(data, multi_output)[0]
    return (data, label), (data,)


def _classes(label, rows, places):
    # a label with more entries than rows belongs to data without preserve_shape: the first entries count
    return label.reshape(-1)[:rows * places].reshape(rows, places)


def _weight(shape, label, grad_scale, ignore_label, multi_output, use_ignore, preserve_shape, normalization):
    """What ``probability - target`` is multiplied with: a number, or an array over rows and places."""
    if label.shape == tuple(shape):
        return grad_scale
    rows, _, places = _layout(shape, multi_output, preserve_shape)
    classes, ignore_label = _classes(label, rows, places), int(ignore_label)      # both are cut to integers
    if normalization == "batch":
        count = label.shape[0] if multi_output else rows
    else:
        count = max(1, np.count_nonzero(classes != ignore_label)) if normalization == "valid" else 1
    if multi_output and normalization != "valid":
        count *= places
    scale = grad_scale / count
    return scale * (classes != ignore_label)[:, None] if use_ignore else scale


@operator("_softmax_output_difference", dtypes=FLOAT)
def softmax_output_difference(probability: Array, label: Array, *, grad_scale: float, ignore_label: float,
                              multi_output: bool, use_ignore: bool, preserve_shape: bool, normalization: Normalization,
                              smooth_alpha: float):
    """``probability`` minus the target that ``label`` states, weighted: the gradient of ``SoftmaxOutput``."""
    t = probability.dtype.type
    weight = _weight(probability.shape, label, grad_scale, ignore_label, multi_output, use_ignore, preserve_shape,
                     normalization)
    if label.shape == probability.shape:
        return (probability - label) * t(weight)
    rows, n, places = _layout(probability.shape, multi_output, preserve_shape)
    g = probability.reshape(rows, n, places).copy()
    classes = _classes(label, rows, places).astype(np.int64)
    smooth_alpha = 0.0 if multi_output or n == 1 else smooth_alpha
    other = smooth_alpha / (n - 1) if smooth_alpha else 0.0
    if other:
        g -= t(other)
    row, place = np.nonzero((classes >= 0) & (classes < n))
    g[row, classes[row, place], place] -= t(1 - smooth_alpha - other)
    g *= np.asarray(weight, t)
    return g.reshape(probability.shape)


@operator("_softmax_output_weight", dtypes=FLOAT)
def softmax_output_weight(probability: Array, label: Array, *, grad_scale: float, ignore_label: float,
                          multi_output: bool, use_ignore: bool, preserve_shape: bool, normalization: Normalization):
    """The weight of each element in ``_softmax_output_difference``."""
    weight = _weight(probability.shape, label, grad_scale, ignore_label, multi_output, use_ignore, preserve_shape,
                     normalization)
    rows, n, places = _layout(probability.shape, multi_output, preserve_shape)
    return np.broadcast_to(np.asarray(weight, probability.dtype), (rows, n, places)).reshape(probability.shape).copy()


_OPTIONS = ("grad_scale", "ignore_label", "multi_output", "use_ignore", "preserve_shape", "normalization")
softmax_output_weight.gradient(probability=ZERO, label=ZERO)
softmax_output_difference.gradient(
    probability=lambda dy, probability, label, grad_scale, ignore_label, multi_output, use_ignore, preserve_shape,
    normalization: dy * F._softmax_output_weight(
        probability, label, grad_scale=grad_scale, ignore_label=ignore_label, multi_output=multi_output,
        use_ignore=use_ignore, preserve_shape=preserve_shape, normalization=normalization),
    label=ZERO)


def _probability(data, y, multi_output, preserve_shape):
    """The softmax as a function of the data: gradients of gradients must not take this operator's own rule."""
    if not state.recording:
        return y
    if multi_output or preserve_shape or data.ndim == 2:
        return F.softmax(data, axis=1 if multi_output else -1)
    return F.reshape(F.softmax(F.reshape(data, shape=(data.shape[0], -1))), shape=data.shape)


@softmax_output.gradient
def _(y, data, label, grad_scale, ignore_label, multi_output, use_ignore, preserve_shape, normalization, out_grad,
      smooth_alpha, need):
    p = _probability(data, y, multi_output, preserve_shape)
    g = F._softmax_output_difference(p, label, grad_scale=grad_scale, ignore_label=ignore_label,
                                     multi_output=multi_output, use_ignore=use_ignore, preserve_shape=preserve_shape,
                                     normalization=normalization, smooth_alpha=smooth_alpha)
    # with out_grad MXNet 1.9.1 multiplies with the output, where the head gradient was meant
    return {"data": g * p if out_grad else g}


softmax_output.gradient(label=ZERO)


def _regression(name, forward, again, slope, doc):
    """Declare a regression output: ``slope(prediction, label)`` over the number of outputs a sample is the gradient."""
    def body(data: Array, label: Array, *, grad_scale: float = 1.0):
        if label.shape != data.shape and (not data.shape or label.size != data.size or label.shape[:1] != data.shape[:1]
                                          or len(label.shape) == len(data.shape)):
            raise ValueError(f"label must have the shape of data, {data.shape}, got {label.shape}")
        return forward(data)
    body.__doc__ = doc
    op = Operator(body, name, (f"_sparse_{name}",), dtypes=FLOAT)

    def rule(data, label):
        if label is None and data is not None:
            label = data[:1] if len(data) == 2 and data[1] == 1 else data
        elif data is None and label is not None:
            data = label
        return (data, label), (data,)
    op.shapes(lambda data, label, *, grad_scale: rule(data, label))

    @op.gradient
    def _gradient(y, data, label, grad_scale, need):
        prediction = again(data) if state.recording else y
        same = label if label.shape == y.shape else F.reshape(label, shape=y.shape)
        outputs = max(1, y.size // max(1, y.shape[0]))
        return {"data": slope(prediction, same) * (grad_scale / outputs)}
    return op.gradient(label=ZERO)


linear_regression_output = _regression(
    "LinearRegressionOutput", lambda x: x.copy(), lambda x: x, lambda y, label: y - label,
    "The data itself; its gradient is ``data - label``, over the number of outputs a sample.")
logistic_regression_output = _regression(
    "LogisticRegressionOutput", _sigmoid, lambda x: F.sigmoid(x), lambda y, label: y - label,
    "The sigmoid; its gradient is ``sigmoid - label``, over the number of outputs a sample.")
mae_regression_output = _regression(
    "MAERegressionOutput", lambda x: x.copy(), lambda x: x, lambda y, label: (y > label) * 2 - 1,
    "The data itself; its gradient is 1 or -1 by ``data > label``, over the number of outputs a sample.")


@operator("SVMOutput", dtypes=FLOAT)
def svm_output(data: Array, label: Array, *, margin: float = 1.0, regularization_coefficient: float = 1.0,
               use_linear: bool = False):
    """The data itself; its gradient is that of the hinge loss, each class against all others, squared or linear.

    ``label`` holds class numbers along the last axis of data and has its shape without that.
    """
    if data.ndim < 2 or label.shape != data.shape[:-1]:
        raise ValueError(f"label must have the shape of data, {data.shape}, without the last axis; got {label.shape}")
    return data.copy()


@svm_output.shapes
def _(data, label, **_):
    return (data, label if data is None else fitted("label", label, data[:-1])), (data,)


@svm_output.gradient
def _(data, label, margin, regularization_coefficient, use_linear, need):
    side = F.one_hot(label, depth=data.shape[-1], on_value=1.0, off_value=-1.0, dtype=np.dtype(data.dtype).name)
    short = margin - data * side
    size = (short > 0) if use_linear else F.relu(short) * 2
    return {"data": side * size * -regularization_coefficient}


svm_output.gradient(label=ZERO)


@operator("MakeLoss", dtypes=FLOAT)
def make_loss(data: Array, *, grad_scale: float = 1.0, valid_thresh: float = 0.0,
              normalization: Normalization = "null"):
    """The data itself, as a loss: its gradient is ``grad_scale``, whatever the head gradient.

    It is divided by the length of the first of several axes (``batch``) or the number of elements above
    ``valid_thresh`` (``valid``).
    """
    return data.copy()


def _loss_gradient(data, grad_scale, valid_thresh, normalization):
    ones = F.ones_like(data)
    if normalization == "valid":
        count = F._maximum_scalar(F.sum(data > valid_thresh), scalar=1.0)
        return F.broadcast_div(ones * grad_scale, F.reshape(count, shape=(1,) * data.ndim))
    batch = data.shape[0] if normalization == "batch" and data.ndim > 1 else 1
    return ones * (grad_scale / batch)


make_loss.shape_rule = shapes.same
make_loss.gradient(data=_loss_gradient)


@operator("softmax_cross_entropy", dtypes=FLOAT)
def softmax_cross_entropy(data: Array, label: Array):
    """The sum over rows of minus the log-softmax of ``data`` (N, C) at ``label`` (N,), as shape (1,).

    A probability below 1e-8 counts as that.
    """
    if data.ndim != 2 or label.shape != data.shape[:1]:
        raise ValueError(f"data must be (N, C) and label (N,), got {data.shape} and {label.shape}")
    classes = np.clip(label.astype(np.int64), 0, data.shape[1] - 1)
    y = log_softmax(data, 1)[np.arange(len(data)), classes]
    return -np.maximum(y, data.dtype.type(np.log(1e-8))).sum(keepdims=True)


@softmax_cross_entropy.shapes
def _(data, label):
    return (data, label if data is None else fitted("label", label, data[:1])), ((1,),)


softmax_cross_entropy.gradient(
    data=lambda dy, data, label: F.broadcast_mul(
        F.softmax(data) - F.one_hot(label, depth=data.shape[1], dtype=np.dtype(data.dtype).name),
        F.reshape(dy, shape=(1, 1))),
    label=NONE)


@operator("IdentityAttachKLSparseReg", dtypes=FLOAT, aux_init={"moving_avg": '["zero", {}]'}, hidden=("moving_avg",))
def kl_sparse_regularization(data: Array, moving_avg: Aux, *, sparseness_target: Share = 0.1, penalty: float = 0.001,
                             momentum: Share = 0.9):
    """The data itself; the backward pass adds the gradient of a penalty on how far mean activations are off a target.

    ``data`` (N, ...) lies between 0 and 1; ``moving_avg`` has a value for each of its columns and moves in the backward
    pass. The penalty is the divergence between Bernoulli distributions of ``sparseness_target`` and that mean.
    """
    if data.ndim < 2 or moving_avg.size != product(data.shape[1:]):
        raise ValueError(f"moving_avg must have {product(data.shape[1:])} elements for data {data.shape}, "
                         f"got {moving_avg.shape}")
    return data.copy()


@kl_sparse_regularization.shapes
def _(data, moving_avg, **_):
    return (data, moving_avg if data is None else fitted("moving_avg", moving_avg, (product(data[1:]),))), (data,)


@operator("_backward_kl_sparse", dtypes=FLOAT)
def backward_kl_sparse(data: Array, moving_avg: Aux, *, sparseness_target: float, penalty: float, momentum: float):
    """Moves ``moving_avg`` on to the means of ``data`` and gives the penalty's gradient at it, (1, ...)."""
    mean = data.reshape(len(data), -1).mean(0).reshape(moving_avg.shape)
    moving_avg *= moving_avg.dtype.type(momentum)
    moving_avg += mean * moving_avg.dtype.type(1 - momentum)
    g = penalty * ((1 - sparseness_target) / (1 - moving_avg) - sparseness_target / moving_avg)
    return g.reshape(1, *data.shape[1:]).astype(data.dtype, copy=False)


backward_kl_sparse.gradient(data=ZERO)
kl_sparse_regularization.gradient(
    data=lambda dy, data, moving_avg, sparseness_target, penalty, momentum: F.broadcast_add(
        dy, F._backward_kl_sparse(data, moving_avg, sparseness_target=sparseness_target, penalty=penalty,
                                  momentum=momentum)))
