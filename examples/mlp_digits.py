"""A multilayer perceptron on the UCI handwritten digits, with arrays and autograd alone.

    python mlp_digits.py [--epochs 10] [--data FILE.npz]

mxnet-compat brings the file along (see common/data.py).
"""
from __future__ import print_function

import argparse

import numpy as np
from common.data import digits

import mxnet as mx
from mxnet import autograd, nd


def load(path, ctx):
    images, labels = digits(path)
    images, labels = nd.array(images.reshape(-1, 64), ctx=ctx), nd.array(labels, ctx=ctx)
    return (images[:1500], labels[:1500]), (images[1500:], labels[1500:])


class MLP(object):
    """Layers of rectified units, the last one linear."""
    def __init__(self, sizes, ctx):
        rng = np.random.RandomState(2)
        self.weights = [nd.array(rng.normal(scale=(2.0 / m) ** 0.5, size=(m, n)), ctx=ctx)
                        for m, n in zip(sizes[:-1], sizes[1:])]
        self.biases = [nd.zeros(n, ctx=ctx) for n in sizes[1:]]
        for p in self.params():
            p.attach_grad()

    def params(self):
        return self.weights + self.biases

    def __call__(self, x):
        for i, (w, b) in enumerate(zip(self.weights, self.biases)):
            x = nd.dot(x, w) + b
            if i < len(self.weights) - 1:
                x = nd.relu(x)
        return x


def softmax_cross_entropy(output, label):
    return -nd.sum(nd.one_hot(label, 10) * nd.log_softmax(output), axis=1)


def accuracy(net, data, label):
    return nd.mean(net(data).argmax(axis=1) == label).asscalar()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--epochs', type=int, default=10)
    parser.add_argument('--lr', type=float, default=0.02)
    parser.add_argument('--momentum', type=float, default=0.9)
    parser.add_argument('--batch-size', type=int, default=50)
    parser.add_argument('--data', default=None)
    args = parser.parse_args()

    ctx = mx.cpu()
    (data, label), test = load(args.data, ctx)
    net = MLP([64, 48, 24, 10], ctx)
    velocity = [nd.zeros_like(p) for p in net.params()]
    for epoch in range(args.epochs):
        total = nd.zeros(1, ctx=ctx)
        for i in range(0, len(data), args.batch_size):
            with autograd.record():
                loss = softmax_cross_entropy(net(data[i:i + args.batch_size]), label[i:i + args.batch_size])
            loss.backward()
            total += loss.sum()
            for p, v in zip(net.params(), velocity):
                v *= args.momentum
                v -= args.lr / args.batch_size * p.grad
                p += v
        print('epoch %d: loss %.3f, train accuracy %.3f, test accuracy %.3f' % (
            epoch + 1, total.asscalar() / len(data), accuracy(net, data, label), accuracy(net, *test)))


if __name__ == '__main__':
    main()
