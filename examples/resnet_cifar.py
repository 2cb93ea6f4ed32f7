"""A residual network on images of the size of CIFAR's, read from record files that the script writes.

    python resnet_cifar.py [--small]

The images are coloured drawings of six shapes, packed as PNG (real MXNet needs OpenCV's Python module for that, and
mxnet-compat Pillow). ImageRecordIter reads those for training, shuffled, cropped out of a frame and mirrored; ImageIter
the others. The goal: of 300 images not trained on, at least 95% are recognised; 70% with --small.
"""
from __future__ import print_function

import argparse
import os
import shutil
import sys
import tempfile

import numpy as np
from common.data import SHAPES, shapes
from common.init import FanIn
from mxnet.gluon import nn

import mxnet as mx
from mxnet import autograd, gluon

MEAN, STD = np.array([123.0, 117.0, 104.0]), np.array([58.0, 57.0, 57.0])


def write_records(prefix, count, seed):
    """Writes prefix.rec and prefix.idx."""
    record = mx.recordio.MXIndexedRecordIO(prefix + '.idx', prefix + '.rec', 'w')
    for i, (image, label) in enumerate(zip(*shapes(count, 32, seed))):
        header = mx.recordio.IRHeader(0, float(label), i, 0)
        # OpenCV wants blue, green, red
        record.write_idx(i, mx.recordio.pack_img(header, image[:, :, ::-1], quality=3, img_fmt='.png'))
    record.close()


def train_iter(prefix, batch_size):
    return mx.io.ImageRecordIter(
        path_imgrec=prefix + '.rec', path_imgidx=prefix + '.idx', data_shape=(3, 32, 32), batch_size=batch_size,
        shuffle=True, seed=3, pad=2, fill_value=127, rand_crop=True, rand_mirror=True, preprocess_threads=2,
        mean_r=MEAN[0], mean_g=MEAN[1], mean_b=MEAN[2], std_r=STD[0], std_g=STD[1], std_b=STD[2])


def test_iter(prefix, batch_size):
    return mx.image.ImageIter(batch_size, (3, 32, 32), path_imgrec=prefix + '.rec', path_imgidx=prefix + '.idx',
                              aug_list=mx.image.CreateAugmenter((3, 32, 32), mean=MEAN, std=STD))


class Residual(gluon.HybridBlock):
    """Two convolutions beside a shortcut, which is a convolution of its own where the shape changes."""
    def __init__(self, channels, stride, in_channels, **kwargs):
        super(Residual, self).__init__(**kwargs)
        with self.name_scope():
            self.body = nn.HybridSequential(prefix='')
            self.body.add(nn.Conv2D(channels, 3, stride, 1, use_bias=False), nn.BatchNorm(), nn.Activation('relu'),
                          nn.Conv2D(channels, 3, 1, 1, use_bias=False), nn.BatchNorm())
            self.shortcut = None
            if stride != 1 or channels != in_channels:
                self.shortcut = nn.HybridSequential(prefix='')
                self.shortcut.add(nn.Conv2D(channels, 1, stride, use_bias=False), nn.BatchNorm())

    def hybrid_forward(self, F, x):
        shortcut = x if self.shortcut is None else self.shortcut(x)
        return F.Activation(self.body(x) + shortcut, act_type='relu')


def resnet(blocks, classes):
    """The network for CIFAR of 6 * blocks + 2 layers."""
    net = nn.HybridSequential(prefix='resnet_')
    with net.name_scope():
        net.add(nn.Conv2D(16, 3, 1, 1, use_bias=False), nn.BatchNorm(), nn.Activation('relu'))
        in_channels = 16
        for channels in (16, 32, 64):
            for i in range(blocks):
                net.add(Residual(channels, 2 if i == 0 and channels > 16 else 1, in_channels))
                in_channels = channels
        net.add(nn.GlobalAvgPool2D(), nn.Flatten(), nn.Dense(classes))
    return net


def evaluate(net, data):
    """Mean loss and accuracy."""
    loss_fn, loss, accuracy = gluon.loss.SoftmaxCrossEntropyLoss(), mx.metric.Loss(), mx.metric.Accuracy()
    data.reset()
    for batch in data:
        keep = len(batch.data[0]) - batch.pad
        output, label = net(batch.data[0])[:keep], batch.label[0][:keep]
        loss.update(None, loss_fn(output, label))
        accuracy.update(label, output)
    return loss.get()[1], accuracy.get()[1]


def train(net, data, epochs, lr, ctx):
    steps = 1 + len([batch for batch in data])
    schedule = mx.lr_scheduler.CosineScheduler(steps * epochs, base_lr=lr, final_lr=lr / 100, warmup_steps=steps // 2)
    trainer = gluon.Trainer(net.collect_params(), 'nag', {'lr_scheduler': schedule, 'momentum': 0.9, 'wd': 5e-4})
    loss_fn, accuracy = gluon.loss.SoftmaxCrossEntropyLoss(), mx.metric.Accuracy()
    for epoch in range(epochs):
        data.reset()
        accuracy.reset()
        total = 0.0
        for batch in data:
            xs = gluon.utils.split_and_load(batch.data[0], ctx)
            ys = gluon.utils.split_and_load(batch.label[0], ctx)
            with autograd.record():
                outputs = [net(x) for x in xs]
                losses = [loss_fn(output, y) for output, y in zip(outputs, ys)]
            autograd.backward(losses)
            trainer.step(len(batch.data[0]))
            accuracy.update(ys, outputs)
            total += sum(loss.mean().asscalar() for loss in losses) / len(losses) / steps
        print('epoch %d: loss %.3f, train accuracy %.3f' % (epoch, total, accuracy.get()[1]))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--small', action='store_true', help='fewer images and epochs, a lower goal')
    parser.add_argument('--blocks', type=int, default=1, help='residual blocks of each width')
    parser.add_argument('--lr', type=float, default=0.1)
    parser.add_argument('--batch-size', type=int, default=20)
    args = parser.parse_args()
    count, epochs, goal = (480, 4, 0.7) if args.small else (1600, 5, 0.95)

    mx.random.seed(1)
    folder = tempfile.mkdtemp()
    try:
        prefix = os.path.join(folder, 'train'), os.path.join(folder, 'test')
        write_records(prefix[0], count, seed=1)
        write_records(prefix[1], 300, seed=2)
        data, test = train_iter(prefix[0], args.batch_size), test_iter(prefix[1], args.batch_size)
        net, ctx = resnet(args.blocks, len(SHAPES)), [mx.cpu()]
        net.initialize(FanIn(), ctx=ctx)
        net.hybridize()
        print('before training: loss %.3f, test accuracy %.3f' % evaluate(net, test))
        train(net, data, epochs, args.lr, ctx)

        # what a file keeps is the same network
        path = os.path.join(folder, 'resnet.params')
        net.save_parameters(path)
        again = resnet(args.blocks, len(SHAPES))
        again.load_parameters(path, ctx=ctx)
        loss, accuracy = evaluate(again, test)
    finally:
        shutil.rmtree(folder)
    print('test loss %.3f, test accuracy %.3f (goal: at least %.3f)' % (loss, accuracy, goal))
    if accuracy < goal:
        sys.exit('the goal was not reached')


if __name__ == '__main__':
    main()
