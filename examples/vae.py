"""A variational autoencoder of the UCI handwritten digits.

    python vae.py [--small] [--data FILE.npz]

The encoder gives mean and log variance of the latent variables, a draw of them goes through the decoder, and the loss is
the cross entropy of the pixels and the divergence of the latent variables from the normal distribution. The goal: a loss of
at most 25 nats an image on the 297 test images, where pixels that are independent of each other have 27.2 and grey pixels
could not come near 0; 25.7 with --small.
"""
from __future__ import print_function

import argparse
import sys

import numpy as np
from common.data import digits
from common.init import FanIn
from mxnet.gluon import nn

import mxnet as mx
from mxnet import autograd, gluon, nd


class VAE(gluon.HybridBlock):
    """Returns the loss of each image."""
    def __init__(self, n_hidden, n_latent, n_output, batch_size, **kwargs):
        super(VAE, self).__init__(**kwargs)
        self.n_latent, self.batch_size, self.soft_zero = n_latent, batch_size, 1e-7
        with self.name_scope():
            self.encoder = nn.HybridSequential(prefix='encoder_')
            with self.encoder.name_scope():
                self.encoder.add(nn.Dense(n_hidden, activation='relu'), nn.Dense(2 * n_latent))
            self.decoder = nn.HybridSequential(prefix='decoder_')
            with self.decoder.name_scope():
                self.decoder.add(nn.Dense(n_hidden, activation='relu'), nn.Dense(n_output, activation='sigmoid'))

    def hybrid_forward(self, F, x):
        mu, log_var = F.split(self.encoder(x), num_outputs=2, axis=1)
        noise = F.random_normal(loc=0, scale=1, shape=(self.batch_size, self.n_latent))
        y = self.decoder(mu + F.exp(0.5 * log_var) * noise)
        divergence = 0.5 * F.sum(mu * mu + F.exp(log_var) - 1 - log_var, axis=1)
        log_likelihood = x * F.log(y + self.soft_zero) + (1 - x) * F.log(1 - y + self.soft_zero)
        return divergence - F.sum(log_likelihood, axis=1)


def reconstruction(net, x):
    """Mean cross entropy where the latent variables are at their means, so that nothing is random."""
    loss_fn = gluon.loss.SigmoidBinaryCrossEntropyLoss(from_sigmoid=True)
    mu = net.encoder(x).slice_axis(axis=1, begin=0, end=net.n_latent)
    return loss_fn(net.decoder(mu), x).mean().asscalar() * x.shape[1]


def evaluate(net, images):
    """Mean loss over several draws for each image."""
    losses, batches = [], gluon.data.DataLoader(images, net.batch_size, last_batch='rollover')
    for _ in range(10):
        for x in batches:
            losses.append(net(x).mean().asscalar())
    return np.mean(losses)


def independent(train, test):
    """The loss of pixels that know their means alone."""
    p = train.mean(axis=0).clip(0.001, 0.999)
    return -(test * p.log() + (1 - test) * (1 - p).log()).sum(axis=1).mean().asscalar()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--small', action='store_true', help='a smaller network, fewer epochs, a lower goal')
    parser.add_argument('--latent', type=int, default=8)
    parser.add_argument('--batch-size', type=int, default=50)
    parser.add_argument('--lr', type=float, default=0.002)
    parser.add_argument('--data', default=None)
    args = parser.parse_args()
    n_hidden, epochs, goal = (64, 20, 25.7) if args.small else (200, 60, 25.0)

    np.random.seed(1)
    mx.random.seed(1)
    images = nd.array(digits(args.data)[0].reshape(-1, 64))
    train, test = images[:1500], images[1500:]
    net = VAE(n_hidden, args.latent, 64, args.batch_size)
    net.initialize(FanIn(1.0))
    net.hybridize()
    net(train[:args.batch_size])
    print('pixels that are independent: %.3f' % independent(train, test))
    print('before training: reconstruction %.3f' % reconstruction(net, test))
    trainer = gluon.Trainer(net.collect_params(), 'adam', {'learning_rate': args.lr})
    for epoch in range(epochs):
        total, batches = 0.0, gluon.data.DataLoader(train, args.batch_size, shuffle=True, last_batch='discard')
        for x in batches:
            with autograd.record():
                loss = net(x)
            loss.backward()
            trainer.step(args.batch_size)
            total += loss.mean().asscalar() / len(batches)
        if epoch < 3 or (epoch + 1) % 10 == 0:
            print('epoch %d: loss %.3f' % (epoch, total))
    reached = evaluate(net, test)
    print('test: reconstruction %.3f, loss %.3f (goal: at most %.3f)' % (reconstruction(net, test), reached, goal))
    if reached > goal:
        sys.exit('the goal was not reached')


if __name__ == '__main__':
    main()
