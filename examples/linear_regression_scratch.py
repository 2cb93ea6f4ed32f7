"""Linear regression from scratch: a known line with noise is found again by minibatch gradient descent.

    python linear_regression_scratch.py [--epochs 5]
"""
from __future__ import print_function

import argparse
import random

import numpy as np

import mxnet as mx
from mxnet import autograd, nd


def data_iter(batch_size, features, labels):
    """Minibatches in an order that differs each time."""
    num_examples = len(features)
    indices = list(range(num_examples))
    random.shuffle(indices)
    for i in range(0, num_examples, batch_size):
        j = nd.array(indices[i:min(i + batch_size, num_examples)])
        yield features.take(j), labels.take(j)


def linreg(X, w, b):
    return nd.dot(X, w) + b


def squared_loss(y_hat, y):
    return (y_hat - y.reshape(y_hat.shape)) ** 2 / 2


def sgd(params, lr, batch_size):
    for param in params:
        param[:] = param - lr * param.grad / batch_size


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--epochs', type=int, default=5)
    parser.add_argument('--lr', type=float, default=0.03)
    parser.add_argument('--batch-size', type=int, default=10)
    args = parser.parse_args()

    ctx = mx.cpu()
    random.seed(3)
    rng = np.random.RandomState(3)
    true_w, true_b = np.array([2, -3.4]), 4.2
    X = rng.normal(scale=1, size=(1000, 2))
    y = X.dot(true_w) + true_b + rng.normal(scale=0.01, size=1000)
    features, labels = nd.array(X, ctx=ctx), nd.array(y, ctx=ctx)

    w = nd.array(rng.normal(scale=0.01, size=(2, 1)), ctx=ctx)
    b = nd.zeros(shape=(1,), ctx=ctx)
    params = [w, b]
    for param in params:
        param.attach_grad()

    for epoch in range(args.epochs):
        for data, label in data_iter(args.batch_size, features, labels):
            with autograd.record():
                loss = squared_loss(linreg(data, w, b), label)
            loss.backward()
            sgd(params, args.lr, args.batch_size)
        train_loss = squared_loss(linreg(features, w, b), labels)
        print('epoch %d, loss %.5f' % (epoch + 1, train_loss.mean().asscalar()))

    print('w:', ' '.join('%.3f' % v for v in w.asnumpy().ravel()), 'wanted:', ' '.join('%.3f' % v for v in true_w))
    print('b: %.3f wanted: %.3f' % (b.asscalar(), true_b))


if __name__ == '__main__':
    main()
