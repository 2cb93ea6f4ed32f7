"""Images of twice the size: convolutions at the low resolution, then a shuffle of channels into pixels.

    python super_resolution.py [--small]

The images are drawings of shapes in grey, and their means over squares of 2 x 2 pixels what the network sees. The goal: on
drawings not trained on, a ratio of peak signal to noise at least 4 dB above that of bilinear interpolation; 1.5 dB with
--small. The network is then exported and read back to enlarge drawings of another size.
"""
from __future__ import print_function

import argparse
import math
import os
import shutil
import sys
import tempfile

import numpy as np
from common.data import shapes
from common.init import FanIn
from mxnet.gluon import nn
from mxnet.gluon.contrib.nn import PixelShuffle2D

import mxnet as mx
from mxnet import autograd, gluon, nd

FACTOR = 2


class SuperResolution(gluon.HybridBlock):
    """(batch, 1, height, width) to (batch, 1, factor * height, factor * width): large pixels, and what they lack."""
    def __init__(self, channels, factor=FACTOR, **kwargs):
        super(SuperResolution, self).__init__(**kwargs)
        self.factor = factor
        with self.name_scope():
            self.conv1 = nn.Conv2D(channels, (5, 5), strides=(1, 1), padding=(2, 2), activation='relu')
            self.conv2 = nn.Conv2D(channels, (3, 3), strides=(1, 1), padding=(1, 1), activation='relu')
            self.conv3 = nn.Conv2D(factor ** 2, (3, 3), strides=(1, 1), padding=(1, 1))
            self.shuffle = PixelShuffle2D(factor)

    def hybrid_forward(self, F, x):
        large = F.UpSampling(x, scale=self.factor, sample_type='nearest')
        return large + self.shuffle(self.conv3(self.conv2(self.conv1(x))))


class PSNR(mx.metric.EvalMetric):
    """Ratio of peak signal to noise in decibels, the mean over images of values in 0..1."""
    def __init__(self):
        super(PSNR, self).__init__('psnr')

    def update(self, labels, preds):
        for label, pred in zip(labels, preds):
            noise = nd.square(label - pred).mean(axis=(1, 2, 3)).asnumpy()
            self.sum_metric += sum(-10 * math.log10(e) for e in noise)
            self.num_inst += len(noise)


def load(count, size, seed):
    """Images as they are and small."""
    images, _ = shapes(count, size, seed, noise=0.0)
    high = (nd.array(images) / 255).mean(axis=3).expand_dims(axis=1)
    return nd.Pooling(high, kernel=(FACTOR, FACTOR), stride=(FACTOR, FACTOR), pool_type='avg'), high


def bilinear(low):
    """What needs no network."""
    return nd.contrib.BilinearResize2D(low, height=FACTOR * low.shape[2], width=FACTOR * low.shape[3])


def evaluate(enlarge, low, high):
    metric = PSNR()
    for i in range(0, len(low), 50):
        metric.update([high[i:i + 50]], [enlarge(low[i:i + 50]).clip(0, 1)])
    return metric.get()[1]


def train(net, low, high, epochs, args):
    batches = gluon.data.DataLoader(gluon.data.ArrayDataset(low, high), args.batch_size, shuffle=True)
    trainer = gluon.Trainer(net.collect_params(), 'adam', {'learning_rate': args.lr})
    loss_fn = gluon.loss.L2Loss()
    for epoch in range(epochs):
        if epoch == epochs * 3 // 4:
            trainer.set_learning_rate(args.lr / 5)
        total = 0.0
        for x, y in batches:
            with autograd.record():
                loss = loss_fn(net(x), y)
            loss.backward()
            trainer.step(len(x))
            total += 2 * loss.mean().asscalar() / len(batches)
        print('epoch %d: root mean squared error %.3f' % (epoch, total ** 0.5))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--small', action='store_true', help='fewer images, channels and epochs, a lower goal')
    parser.add_argument('--batch-size', type=int, default=10)
    parser.add_argument('--lr', type=float, default=0.004)
    args = parser.parse_args()
    channels, count, epochs, goal = (16, 200, 6, 1.5) if args.small else (32, 600, 12, 4.0)

    np.random.seed(1)
    low, high = load(count, 32, seed=1)
    test = load(100, 32, seed=2)
    net = SuperResolution(channels)
    net.initialize(FanIn(0.5))
    net.hybridize()
    print('before training: %.2f dB' % evaluate(net, *test))
    train(net, low, high, epochs, args)
    reached, simple = evaluate(net, *test), evaluate(bilinear, *test)

    folder = tempfile.mkdtemp()
    try:
        prefix = os.path.join(folder, 'net')
        net.export(prefix, epoch=epochs)
        again = gluon.SymbolBlock.imports(prefix + '-symbol.json', ['data'], '%s-%04d.params' % (prefix, epochs))
    finally:
        shutil.rmtree(folder)
    large = load(20, 64, seed=3)
    print('drawings of 64 x 64: %.2f dB, bilinear %.2f dB' % (evaluate(again, *large), evaluate(bilinear, *large)))
    print('test: %.2f dB, bilinear %.2f dB, gained %.2f dB (goal: at least %.2f dB)' % (
        reached, simple, reached - simple, goal))
    if reached - simple < goal:
        sys.exit('the goal was not reached')


if __name__ == '__main__':
    main()
