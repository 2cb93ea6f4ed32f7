"""A gradient of a gradient: fitting a curve while its slope is held small.

The curve is sigmoid(exp(a) * x + b); the loss adds the mean squared slope dy/dx, so its gradient is of second order.
Only functions are used whose second order MXNet 1.9 has: the product is written exp(log x + a), the sum elemwise_add.

    python gradient_penalty.py
"""
from __future__ import print_function

import numpy as np

import mxnet as mx
from mxnet import autograd, nd


def curve(x, a, b):
    return nd.sigmoid(nd.elemwise_add(nd.exp(nd.elemwise_add(nd.log(x), a)), b))


def fit(x, target, penalty, steps=60, lr=0.5):
    """Fit a and b; returns them and what the loss is made of."""
    a, b = 0.0, -1.0
    for step in range(steps + 1):
        # both parameters are shared by all points: one copy a point, whose gradients are added up below
        a_points, b_points = nd.full(x.shape, a), nd.full(x.shape, b)
        a_points.attach_grad()
        b_points.attach_grad()
        x.attach_grad()
        with autograd.record():
            y = curve(x, a_points, b_points)
            slope = autograd.grad(y, x, create_graph=True, retain_graph=True)[0]
            error, steepness = nd.mean(nd.square(y - target)), nd.mean(nd.square(slope))
            loss = error + penalty * steepness
        loss.backward()
        if step % 20 == 0:
            print('  step %2d: error %.4f, mean squared slope %.4f' % (step, error.asscalar(), steepness.asscalar()))
        a -= lr * a_points.grad.sum().asscalar()
        b -= lr * b_points.grad.sum().asscalar()
    print('  a %.3f, b %.3f' % (a, b))


def orders():
    """The derivatives of tanh at 0.5, each from the one before."""
    x = nd.array([0.5])
    x.attach_grad()
    values = []
    with autograd.record():
        y = nd.tanh(x)
        for _ in range(2):
            y = autograd.grad(y, x, create_graph=True, retain_graph=True)[0]
            values.append(y.asscalar())
    y.backward()
    values.append(x.grad.asscalar())
    print('derivatives of tanh at 0.5:', ' '.join('%.4f' % v for v in values))


def main():
    rng = np.random.RandomState(4)
    x = rng.uniform(0.2, 3, size=32)
    target = (x > 1.5).astype('float32') * 0.9 + 0.05 + rng.normal(scale=0.02, size=32)
    x, target = nd.array(x, ctx=mx.cpu()), nd.array(target, ctx=mx.cpu())
    for penalty in (0.0, 0.3):
        print('penalty %.1f' % penalty)
        fit(x, target, penalty)
    orders()


if __name__ == '__main__':
    main()
