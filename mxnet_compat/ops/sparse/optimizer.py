"""Optimizer steps for row_sparse gradients: the dense step, taken on the rows that the gradient has and no others.

What MXNet calls a lazy update. It has ``adagrad_update`` and ``group_adagrad_update`` in that form only; here their
bodies take dense arrays too.
"""
import numpy as np

from ...backend import storage
from ..declare import FLOAT, Array, Aux, Out, operator, registry
from ..optimizer import clipped


def _rows(a):
    """The buffer of all rows of a weight or state, which a row_sparse one gets if it has them not."""
    if storage.stype_of(a) == "default":
        return a
    if not a.full():
        a.become(storage.RowSparse(a.dense(), np.arange(a.shape[0]), a.shape))
    return a.data


def _lazy(op):
    """A kernel that runs the operator's body on the rows of the gradient; a weight that is out changes in place."""
    def kernel(weight, grad, *states, out=None, lazy_update=True, **params):
        if not lazy_update:
            return NotImplemented
        if storage.stype_of(weight) != "default" and not weight.full():
            raise ValueError("a row_sparse weight must have all its rows stored")
        if weight.shape != grad.shape:
            raise ValueError(f"weight and grad must have one shape, got {weight.shape} and {grad.shape}")
        y = weight if out is weight else weight.copy()
        rows = grad.indices
        whole = [_rows(a) for a in (y, *states)]
        w, *parts = (a[rows] for a in whole)
        whole[0][rows] = op.body(w, grad.data, *parts, **params)
        for a, part in zip(whole[1:], parts):
            a[rows] = part
        return y
    return kernel


def _declare(name, *patterns):
    op = registry.get(name)
    for p in patterns:
        op.sparse(*p)(_lazy(op))


_RS, _EITHER = "row_sparse", "default|row_sparse"
_declare("sgd_update", (_EITHER, _RS))
_declare("sgd_mom_update", ("default", _RS, "default"), (_RS, _RS, _RS))
_declare("adam_update", ("default", _RS, "default", "default"), (_RS, _RS, _RS, _RS))
_declare("ftrl_update", (_RS, _RS, _RS, _RS))


@operator("_sparse_adagrad_update", dtypes=FLOAT, nograd=True)
def adagrad_update(weight: Array, grad: Array, history: Aux, *, lr: float, epsilon: float = 1.0000000116860974e-07,
                   wd: float = 0.0, rescale_grad: float = 1.0, clip_gradient: float = -1.0, out: Out = None):
    """A step of AdaGrad (Duchi et al., 2011): ``w - lr * g / sqrt(history + epsilon)``; there is no weight decay."""
    if wd:
        raise ValueError(f"wd must be 0, got {wd}: add the decay to the gradient")
    g = clipped(grad, rescale_grad, clip_gradient)
    history += np.square(g)
    return _step(weight, g, history, lr, epsilon, out)


def _step(weight, g, history, lr, epsilon, out):
    g *= g.dtype.type(-lr)
    g /= np.sqrt(history + history.dtype.type(epsilon))
    return np.add(weight, g, out=out)


@operator("_contrib_group_adagrad_update", dtypes=FLOAT, nograd=True)
def group_adagrad_update(weight: Array, grad: Array, history: Aux, *, lr: float, rescale_grad: float = 1.0,
                         clip_gradient: float = -1.0, epsilon: float = 9.999999747378752e-06, out: Out = None):
    """A step of AdaGrad with one ``history`` a row, of shape (rows, 1): the mean of its squares."""
    if weight.ndim != 2 or history.shape != (len(weight), 1):
        raise ValueError("weight must be a matrix and history have shape (rows, 1), got "
                         f"{weight.shape} and {history.shape}")
    g = clipped(grad, rescale_grad, clip_gradient)
    history += np.mean(np.square(g), 1, keepdims=True)
    return _step(weight, g, history, lr, epsilon, out)


for _name in ("_sparse_adagrad_update", "_contrib_group_adagrad_update"):
    _declare(_name, (_EITHER, _RS, _EITHER))
