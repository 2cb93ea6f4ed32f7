"""Operators with gradients written by hand: autograd.Function.

A sigmoid checked against the built-in one, and a rounding to four levels through which gradients pass as if it were not
there (a straight-through estimator), trained inside a small regression.

    python custom_function.py
"""
from __future__ import print_function

import numpy as np

import mxnet as mx
from mxnet import autograd, nd


class Sigmoid(autograd.Function):
    def forward(self, x):
        y = 1 / (1 + nd.exp(-x))
        self.save_for_backward(y)
        return y

    def backward(self, dy):
        y, = self.saved_tensors
        return dy * y * (1 - y)


class Quantize(autograd.Function):
    """Round to multiples of 1/levels; the gradient passes where the value lies in [0, 1]."""
    def __init__(self, levels):
        super(Quantize, self).__init__()
        self.levels = levels

    def forward(self, x):
        self.save_for_backward(x)
        return nd.round(nd.clip(x, 0, 1) * self.levels) / self.levels

    def backward(self, dy):
        x, = self.saved_tensors
        return dy * (x >= 0) * (x <= 1)


def compare_sigmoids():
    x = nd.array([-2, -0.5, 0, 1, 3])
    x.attach_grad()
    results = []
    for f in (Sigmoid(), nd.sigmoid):
        with autograd.record():
            y = f(x) * nd.arange(5)
        y.backward()
        results.append((y.asnumpy(), x.grad.asnumpy()))
    print('sigmoid :', ' '.join('%.4f' % v for v in results[0][0]))
    print('gradient:', ' '.join('%.4f' % v for v in results[0][1]))
    print('largest difference to the built-in one: %.4f' % max(np.abs(a - b).max() for a, b in zip(*results)))


def train_quantized(steps=40, lr=0.2):
    rng = np.random.RandomState(5)
    x = nd.array(rng.uniform(-1, 1, size=(64, 3)))
    target = nd.array(np.round(np.clip(x.asnumpy().dot([0.4, -0.3, 0.2]) + 0.5, 0, 1) * 4) / 4)
    w, b = nd.array([0.1, 0.1, 0.1]), nd.array([0.3])
    for p in (w, b):
        p.attach_grad()
    for step in range(steps + 1):
        with autograd.record():
            y = Quantize(4)(nd.dot(x, w) + b)
            loss = nd.mean(nd.square(y - target))
        loss.backward()
        if step % 10 == 0:
            right = nd.mean(y == target).asscalar()
            print('step %3d: loss %.4f, right %.3f' % (step, loss.asscalar(), right))
        for p in (w, b):
            p[:] = p - lr * p.grad
    print('w:', ' '.join('%.2f' % v for v in w.asnumpy()), 'b: %.2f' % b.asscalar())


if __name__ == '__main__':
    print('on', mx.cpu())
    compare_sigmoids()
    train_quantized()
