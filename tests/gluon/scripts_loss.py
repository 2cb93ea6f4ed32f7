"""Scripts on losses: values, gradients, text; plain and hybridized."""
import numpy as np

import mxnet as mx
from mxnet import autograd, gluon, nd
from tests.scripts import Cases, raises

CASES = Cases()
L = gluon.loss
R = np.random.RandomState(0)


def real(*shape):
    return R.randn(*shape).astype("float32")


def unit(*shape):
    return R.uniform(.1, .9, shape).astype("float32")


def whole(low, high, *shape):
    return R.randint(low, high, shape).astype("float32")


def table():
    """(make, inputs) by name; the first input is differentiated."""
    t = {}
    for n, s in (("", (3, 4)), ("-3d", (2, 3, 4)), ("-1d", (4,))):
        w = (s[0],) + (1,) * (len(s) - 1)
        t.update({
            "l1" + n: (L.L1Loss, real(*s), real(*s)), "l2" + n: (L.L2Loss, real(*s), real(*s)),
            "l2-weights" + n: (lambda: L.L2Loss(weight=.5), real(*s), real(*s), unit(*w)),
            "huber" + n: (lambda: L.HuberLoss(rho=.7), real(*s), real(*s), unit(*w)),
            "hinge" + n: (L.HingeLoss, real(*s), whole(0, 2, *s) * 2 - 1),
            "squared-hinge" + n: (lambda: L.SquaredHingeLoss(margin=.5), real(*s), whole(0, 2, *s) * 2 - 1),
            "logistic" + n: (L.LogisticLoss, real(*s), whole(0, 2, *s) * 2 - 1),
            "logistic-binary" + n: (lambda: L.LogisticLoss(label_format="binary"), real(*s), whole(0, 2, *s)),
            "bce" + n: (L.SigmoidBCELoss, real(*s), whole(0, 2, *s)),
            "bce-weights" + n: (L.SigmoidBCELoss, real(*s), whole(0, 2, *s), unit(*w)),
            "bce-positive" + n: (L.SigmoidBCELoss, real(*s), whole(0, 2, *s), None, unit(s[-1])),
            "bce-sigmoid" + n: (lambda: L.SigmoidBCELoss(from_sigmoid=True, weight=2), unit(*s), whole(0, 2, *s)),
            "bce-sigmoid-positive" + n: (lambda: L.SigmoidBCELoss(from_sigmoid=True), unit(*s), whole(0, 2, *s), None,
                                         unit(s[-1])),
            "poisson" + n: (L.PoissonNLLLoss, real(*s), whole(0, 5, *s)),
            "poisson-rates" + n: (lambda: L.PoissonNLLLoss(from_logits=False), unit(*s), whole(0, 5, *s), unit(*w))})
    for n, s in (("", (3, 4)), ("-3d", (2, 3, 4))):
        w = (s[0],) + (1,) * (len(s) - 1)
        t.update({
            "softmax" + n: (L.SoftmaxCELoss, real(*s), whole(0, 4, *s[:-1])),
            "softmax-weights" + n: (lambda: L.SoftmaxCELoss(weight=.3), real(*s), whole(0, 4, *s[:-1]), unit(*w)),
            "softmax-dense" + n: (lambda: L.SoftmaxCELoss(sparse_label=False), real(*s), unit(*s)),
            "softmax-logits" + n: (lambda: L.SoftmaxCELoss(sparse_label=False, from_logits=True), real(*s), unit(*s)),
            "softmax-axis" + n: (lambda: L.SoftmaxCELoss(axis=1), real(*s), whole(0, 2, *(s[:1] + s[2:]))),
            "kl" + n: (L.KLDivLoss, real(*s), unit(*s)), "kl-softmax" + n: (lambda: L.KLDivLoss(from_logits=False), real(*s),
                                                                          unit(*s)),
            "kl-axis" + n: (lambda: L.KLDivLoss(from_logits=False, axis=1, weight=2.), real(*s), unit(*s), unit(*w)),
            "triplet" + n: (L.TripletLoss, real(*s), real(*s), real(*s))})
    labels = np.array([[1, 2, -1], [0, 3, 1]], "float32")
    t.update({
        "cosine": (lambda: L.CosineEmbeddingLoss(margin=.1), real(3, 4), real(3, 4), np.array([1, -1, 1], "float32")),
        "cosine-weights": (lambda: L.CosineEmbeddingLoss(weight=2), real(3, 4), real(3, 4), np.array([1, -1, 1], "float32"),
                           unit(3, 1)),
        "ctc": (L.CTCLoss, real(2, 7, 5), labels),
        "ctc-tnc": (lambda: L.CTCLoss(layout="TNC", label_layout="TN", weight=.5), real(7, 2, 5), labels.T.copy()),
        "ctc-lengths": (L.CTCLoss, real(2, 7, 5), np.abs(labels), np.array([5, 7], "float32"), np.array([2, 3], "float32")),
        "ctc-label-lengths": (L.CTCLoss, real(2, 7, 5), np.abs(labels), None, np.array([2, 3], "float32")),
        "l2-shape": (L.L2Loss, real(2, 3), real(2, 4)), "l2-reshaped": (L.L2Loss, real(2, 3), real(6)),
        "weight": (lambda: L.L2Loss(weight=nd.ones((1,))), real(2), real(2))})
    return t


@CASES.each(table())
def loss(make, *inputs):
    found = []
    for hybrid in (False, True):
        f = make()
        if hybrid:
            f.hybridize()
        xs = [None if x is None else nd.array(x) for x in inputs]
        xs[0].attach_grad()
        with autograd.record():
            y = f(*xs)
        y.backward()
        # -0 and 0 are one number
        found.append((y, xs[0].grad + 0))
    return repr(f), found


@CASES.over(plain={}, smoother={"smoothing_parameter": .1, "weight": 2.})
def sdml(kwargs):
    r = np.random.RandomState(1)
    f, x, y = L.SDMLLoss(**kwargs), nd.array(r.randn(5, 4)), nd.array(r.randn(5, 4))
    x.attach_grad()
    with autograd.record():
        z = f(x, y)
    z.backward()
    return z, x.grad


@CASES.over(ctc_layout=lambda: L.CTCLoss(layout="CNT"), ctc_labels=lambda: L.CTCLoss(label_layout="CNT"),
            logistic=lambda: L.LogisticLoss(label_format="x"), base=lambda: L.Loss(1, 0)(nd.ones((1,))))
def error(function):
    return function()


@CASES
def names():
    class Own(L.Loss):
        def hybrid_forward(self, F, p, l):
            return F.mean(p - l)
    return [repr(f) for f in (L.L2Loss(), L.SoftmaxCELoss(weight=.5, batch_axis=1), Own(1., 0))], L.L2Loss().prefix, \
        L.SigmoidBCELoss().name, Own(1., 0)(nd.ones((2,)), nd.zeros((2,))), mx.gluon.loss.SoftmaxCELoss.__name__, \
        raises(lambda: L.L2Loss()(nd.ones((2,))))
