"""A language model of words: an LSTM on the licence beside this folder and on the Zen of Python.

    python word_lm.py [--small] [--dropout 0.2] [--text FILE]

The text is cut into as many columns as a batch is wide. Truncated backpropagation in time walks down all columns, some
words at a step; states go on, detached, to the next step. The text is small and none of it held out: the network is to
learn it by heart. The goal: a perplexity of at most 2, of 2300 words of 530 kinds; 15 with --small.
"""
from __future__ import print_function

import argparse
import contextlib
import io
import math
import os
import re
import sys

import numpy as np
from common.init import FanIn
from mxnet.gluon import nn, rnn

import mxnet as mx
from mxnet import autograd, gluon, nd

LICENCE = os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir, 'LICENSE')


def read_words(path):
    """Lower-case words and signs of the text, with an end at each line."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        import this  # noqa: F401
    with io.open(path, encoding='utf-8') as f:
        text = printed.getvalue() + f.read()
    return [word for line in text.lower().splitlines() if line.strip() for word in re.findall(r'\w+|[^\w\s]', line) + ['<eos>']]


def columns(words, batch_size, ctx):
    """(time, batch)"""
    n = len(words) // batch_size
    return nd.array(words[:n * batch_size], ctx=ctx).reshape((batch_size, n)).T


class RNNModel(gluon.Block):
    """Embedding, LSTM and a decoder, which shares its weights with the embedding."""
    def __init__(self, vocab_size, num_hidden, num_layers, dropout, **kwargs):
        super(RNNModel, self).__init__(**kwargs)
        with self.name_scope():
            self.drop = nn.Dropout(dropout)
            self.encoder = nn.Embedding(vocab_size, num_hidden)
            self.rnn = rnn.LSTM(num_hidden, num_layers, dropout=dropout, input_size=num_hidden)
            self.decoder = nn.Dense(vocab_size, in_units=num_hidden, params=self.encoder.params)
        self.num_hidden = num_hidden

    def forward(self, inputs, hidden):
        output, hidden = self.rnn(self.drop(self.encoder(inputs)), hidden)
        return self.decoder(self.drop(output).reshape((-1, self.num_hidden))), hidden

    def begin_state(self, *args, **kwargs):
        return self.rnn.begin_state(*args, **kwargs)


def detach(hidden):
    """The same state without its past."""
    if isinstance(hidden, (tuple, list)):
        return [detach(h) for h in hidden]
    return hidden.detach()


def steps(data, bptt):
    """Pairs of inputs and of what comes next, (time, batch) each."""
    for i in range(0, data.shape[0] - 1, bptt):
        length = min(bptt, data.shape[0] - 1 - i)
        yield data[i:i + length], data[i + 1:i + 1 + length]


def evaluate(model, data, bptt, ctx):
    """Perplexity."""
    loss_fn, total, count = gluon.loss.SoftmaxCrossEntropyLoss(), 0.0, 0
    hidden = model.begin_state(func=nd.zeros, batch_size=data.shape[1], ctx=ctx)
    for x, y in steps(data, bptt):
        output, hidden = model(x, hidden)
        loss = loss_fn(output, y.reshape((-1,)))
        total, count = total + loss.sum().asscalar(), count + loss.size
    return math.exp(total / count)


def train(model, data, args, ctx):
    loss_fn = gluon.loss.SoftmaxCrossEntropyLoss()
    trainer = gluon.Trainer(model.collect_params(), 'adam', {'learning_rate': args.lr})
    for epoch in range(args.epochs):
        hidden = model.begin_state(func=nd.zeros, batch_size=args.batch_size, ctx=ctx)
        total, count, norms = 0.0, 0, []
        for x, y in steps(data, args.bptt):
            hidden = detach(hidden)
            with autograd.record():
                output, hidden = model(x, hidden)
                loss = loss_fn(output, y.reshape((-1,)))
            loss.backward()
            # gradients are sums over the batch and the time; so is the largest norm
            grads = [p.grad(ctx) for p in model.collect_params().values()]
            norms.append(gluon.utils.clip_global_norm(grads, args.clip * loss.size) / loss.size)
            trainer.step(loss.size)
            total, count = total + loss.sum().asscalar(), count + loss.size
        if epoch < 3 or (epoch + 1) % 5 == 0:
            print('epoch %d: perplexity %.1f, mean norm of gradients %.2f' % (
                epoch, math.exp(total / count), np.mean(norms)))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--small', action='store_true', help='a smaller network, fewer epochs, a lower goal')
    parser.add_argument('--dropout', type=float, default=0.2)
    parser.add_argument('--lr', type=float, default=0.01)
    parser.add_argument('--clip', type=float, default=0.2)
    parser.add_argument('--bptt', type=int, default=16)
    parser.add_argument('--batch-size', type=int, default=8)
    parser.add_argument('--text', default=LICENCE)
    args = parser.parse_args()
    num_hidden, num_layers, args.epochs, goal = (64, 1, 10, 15.0) if args.small else (128, 2, 40, 2.0)

    mx.random.seed(1)
    ctx = mx.cpu()
    words = read_words(args.text)
    vocabulary = {word: i for i, word in enumerate(sorted(set(words)))}
    print('%d words of %d kinds' % (len(words), len(vocabulary)))
    data = columns([vocabulary[word] for word in words], args.batch_size, ctx)
    model = RNNModel(len(vocabulary), num_hidden, num_layers, args.dropout)
    model.initialize(FanIn(1.0), ctx=ctx)
    print('before training: perplexity %.1f' % evaluate(model, data, args.bptt, ctx))
    train(model, data, args, ctx)
    reached = evaluate(model, data, args.bptt, ctx)
    print('perplexity %.2f (goal: at most %.2f)' % (reached, goal))
    if reached > goal:
        sys.exit('the goal was not reached')


if __name__ == '__main__':
    main()
