"""A language model of sentences of many lengths: mx.rnn cells in a BucketingModule.

Sentences are sorted into buckets by their length, each of which has a network unrolled to that length; all share the same
weights. The sentences follow a small grammar, in which the verb agrees with the first noun and the last word repeats it, so
that a memory is needed. Knowing how often each word occurs gives a perplexity of 16; 3.5 is the grammar's own. The goal: a
perplexity of 3.65 on unseen sentences, with --small 4.7. A checkpoint is written and read again, and has to give the same
probabilities.

    python lstm_bucketing.py [--fused] [--small]
"""
from __future__ import print_function

import argparse
import logging
import os
import random
import shutil
import sys
import tempfile

import numpy as np

import mxnet as mx

BUCKETS = [6, 8, 10, 12, 14]


def sentences(count, seed):
    """Lists of words: who does what, where more is told of who and what now and then."""
    rng = np.random.RandomState(seed)
    names = {'s': ['cat', 'dog', 'bird', 'fish'], 'p': ['cats', 'dogs', 'birds', 'fishes']}
    verbs = {'s': ['sees', 'likes', 'finds'], 'p': ['see', 'like', 'find']}
    colours = ['red', 'old', 'small']

    def pick(words):
        return words[rng.randint(len(words))]

    def noun(number):
        return ['the'] + [pick(colours) for _ in range(rng.randint(3))] + [pick(names[number])]
    found = []
    for _ in range(count):
        number = 'sp'[rng.randint(2)]
        words = noun(number)
        first = words[-1]
        if rng.uniform() < 0.5:
            words += ['near'] + noun('sp'[rng.randint(2)])
        words += [pick(verbs[number])] + noun('sp'[rng.randint(2)])
        found.append(words[:12] + ['says', first])
    return found


def build(args, cell):
    """The function that makes the symbol of a bucket."""
    def sym_gen(length):
        data, label = mx.sym.Variable('data'), mx.sym.Variable('softmax_label')
        embedded = mx.sym.Embedding(data=data, input_dim=args.words, output_dim=args.embed, name='embed')
        cell.reset()
        outputs, _ = cell.unroll(length, inputs=embedded, merge_outputs=True)
        scores = mx.sym.FullyConnected(mx.sym.Reshape(outputs, shape=(-1, args.hidden)), num_hidden=args.words, name='pred')
        # places behind the end of a sentence have the label 0, which counts for nothing
        loss = mx.sym.SoftmaxOutput(scores, mx.sym.Reshape(label, shape=(-1,)), name='softmax', use_ignore=True,
                                    ignore_label=0, normalization='valid')
        return loss, ('data',), ('softmax_label',)
    return sym_gen


def cells(args):
    if args.fused:
        return mx.rnn.FusedRNNCell(args.hidden, num_layers=args.layers, mode='lstm', prefix='lstm_')
    stack = mx.rnn.SequentialRNNCell()
    for i in range(args.layers):
        stack.add(mx.rnn.LSTMCell(num_hidden=args.hidden, prefix='lstm_l%d_' % i))
    return stack


class Drawn(mx.init.Initializer):
    """Uniform numbers from numpy by the name of the weight, so that a run repeats everywhere and in any order."""
    def __init__(self, scale=0.2):
        super(Drawn, self).__init__(scale=scale)
        self.scale = scale

    def _init_weight(self, name, arr):
        seed = sum((i + 1) * ord(c) for i, c in enumerate(str(name)))
        arr[:] = np.random.RandomState(seed).uniform(-self.scale, self.scale, size=arr.shape)


def iterators(args):
    train, vocabulary = mx.rnn.encode_sentences(sentences(args.sentences, 1), invalid_label=0, start_label=1)
    test, _ = mx.rnn.encode_sentences(sentences(400, 2), vocab=vocabulary, invalid_label=0, start_label=1)
    args.words = len(vocabulary) + 1
    return [mx.rnn.BucketSentenceIter(part, args.batch_size, buckets=BUCKETS, invalid_label=0) for part in (train, test)]


def outputs_of(module, batch):
    module.forward(batch, is_train=False)
    return module.get_outputs()[0].asnumpy()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--epochs', type=int, default=12)
    parser.add_argument('--sentences', type=int, default=2000)
    parser.add_argument('--batch-size', type=int, default=20)
    parser.add_argument('--embed', type=int, default=24)
    parser.add_argument('--hidden', type=int, default=48)
    parser.add_argument('--layers', type=int, default=1)
    parser.add_argument('--lr', type=float, default=0.01)
    parser.add_argument('--fused', action='store_true', help='the RNN operator in place of unrolled cells')
    parser.add_argument('--goal', type=float, default=3.65)
    parser.add_argument('--small', action='store_true', help='a quick run with a lower goal')
    args = parser.parse_args()
    if args.small:
        args.epochs, args.sentences, args.goal = 6, 600, 4.7
    logging.basicConfig(level=logging.INFO, format='%(message)s', stream=sys.stdout)

    random.seed(2)
    np.random.seed(2)
    train, test = iterators(args)
    print('%d words, buckets %s' % (args.words, train.buckets))
    cell = cells(args)
    model = mx.mod.BucketingModule(sym_gen=build(args, cell), default_bucket_key=train.default_bucket_key, context=mx.cpu())
    folder = tempfile.mkdtemp()
    prefix = os.path.join(folder, 'lm')
    model.fit(train, eval_data=test, eval_metric=mx.metric.Perplexity(0), num_epoch=args.epochs, initializer=Drawn(),
              optimizer='adam', optimizer_params={'learning_rate': args.lr},
              batch_end_callback=mx.callback.Speedometer(args.batch_size, 20, auto_reset=False),
              epoch_end_callback=mx.rnn.do_rnn_checkpoint(cell, prefix, args.epochs))
    perplexity = dict(model.score(test, mx.metric.Perplexity(0)))['perplexity']

    # the weights of the file, gates packed or not, in a module of its own
    _, arg_params, aux_params = mx.rnn.load_rnn_checkpoint(cell, prefix, args.epochs)
    shutil.rmtree(folder)
    again = mx.mod.BucketingModule(sym_gen=build(args, cell), default_bucket_key=test.default_bucket_key, context=mx.cpu())
    again.bind(test.provide_data, test.provide_label, for_training=False)
    again.set_params(arg_params, aux_params)
    test.reset()
    batch = test.next()
    difference = np.abs(outputs_of(model, batch) - outputs_of(again, batch)).max()
    print('probabilities of the module from the file differ by %.4f' % difference)
    print('perplexity %.3f, wanted %.3f' % (perplexity, args.goal))
    return 0 if perplexity <= args.goal and difference < 1e-4 else 1


if __name__ == '__main__':
    sys.exit(main())
