"""Names in sentences: a bidirectional LSTM whose tags are weighed together by a conditional random field.

The sentences are made from the word lists and patterns below; a third of the names that are asked for at the end were
never seen in training, so that what surrounds them has to tell. The likelihood of a sentence's tags (a sum over all ways to tag
it) and the search for the best tags (Viterbi) are written in array operations. The goal: 90 % of the test sentences are
tagged without a mistake; with --small it is 70 %.

    python bi_lstm_crf.py [--small]
"""
from __future__ import print_function

import argparse
import logging
import math
import sys

import numpy as np
from mxnet.gluon import nn, rnn

import mxnet as mx
from mxnet import autograd, gluon, nd

TAGS = ['O', 'B-PER', 'I-PER', 'B-LOC', 'I-LOC', 'B-ORG', 'I-ORG']
PER = 'Ada|Alan Turing|Grace Hopper|Edsger|Barbara|Donald Knuth|Niklaus Wirth|Emmy Noether|Kurt|Sofia|John von Neumann|Mary'
LOC = 'London|New York|Paris|Buenos Aires|Oslo|San Francisco|Rome|Cape Town|Vienna|The Hague|Lima|Hong Kong'
ORG = 'Acme|Bell Labs|Initech|Royal Society|Globex|Bank of England|Umbrella|City of London School|Hooli|Paris Opera|Mary Ltd'
PATTERNS = ('PER lives in LOC|PER and PER moved from LOC to LOC last year|ORG hired PER|the office of ORG in LOC is closed|'
            'yesterday PER left ORG|PER of ORG spoke in LOC|is LOC far from LOC ?|PER works for ORG|ORG was founded by PER|'
            'they say that ORG will leave LOC soon|it rained in LOC all day|PER met PER|a letter from PER to ORG')
FILLED = {'PER': PER.split('|'), 'LOC': LOC.split('|'), 'ORG': ORG.split('|')}


def sentence(rng, known):
    """(words, tags) of a random sentence; `known` takes names from the first first two thirds of each list alone."""
    words, tags = [], []
    patterns = PATTERNS.split('|')
    for part in patterns[rng.randint(len(patterns))].split():
        if part in FILLED:
            names = FILLED[part]
            name = names[rng.randint(len(names) * 2 // 3 if known else len(names))].split()
            words += name
            tags += ['B-' + part] + ['I-' + part] * (len(name) - 1)
        else:
            words.append(part)
            tags.append('O')
    return words, tags


def batches(data, vocabulary, batch_size, ctx):
    """Padded arrays of words and tags, both (sentences, length), and the lengths."""
    for i in range(0, len(data), batch_size):
        part = data[i:i + batch_size]
        length = max(len(words) for words, _ in part)
        x, y = np.zeros((len(part), length)), np.zeros((len(part), length))
        for row, (words, tags) in enumerate(part):
            x[row, :len(words)] = [vocabulary.get(w, 1) for w in words]
            y[row, :len(tags)] = [TAGS.index(t) for t in tags]
        yield nd.array(x, ctx=ctx), nd.array(y, ctx=ctx), nd.array([len(words) for words, _ in part], ctx=ctx)


def log_sum_exp(x, axis):
    most = nd.max(x, axis=axis, keepdims=True)
    return nd.squeeze(most, axis=axis) + nd.log(nd.sum(nd.exp(nd.broadcast_sub(x, most)), axis=axis))


class CRF(gluon.Block):
    """Scores of tags and of their succession; row i, column j of `transitions` is for tag j after tag i."""
    def __init__(self, num_tags, **kwargs):
        super(CRF, self).__init__(**kwargs)
        self.num_tags = num_tags
        with self.name_scope():
            self.transitions = self.params.get('transitions', shape=(num_tags, num_tags), init=mx.init.Zero())
            self.first = self.params.get('first', shape=(1, num_tags), init=mx.init.Zero())

    def forward(self, scores, tags, lengths):
        """Negative log likelihood of each sentence; scores are (length, sentences, tags)."""
        return self.total(scores, lengths) - self.score_of(scores, tags, lengths)

    def total(self, scores, lengths):
        """The logarithm of the sum over all ways to tag, by the forward algorithm."""
        transitions = self.transitions.data().expand_dims(0)
        alpha = nd.broadcast_add(scores[0], self.first.data())
        for t in range(1, scores.shape[0]):
            longer = log_sum_exp(nd.broadcast_add(alpha.expand_dims(2), transitions), axis=1) + scores[t]
            alpha = nd.where(lengths > t, longer, alpha)
        return log_sum_exp(alpha, axis=1)

    def score_of(self, scores, tags, lengths):
        picked = nd.pick(scores, tags.T, axis=2)
        picked = nd.SequenceMask(picked, sequence_length=lengths, use_sequence_length=True).sum(axis=0)
        pairs = (tags[:, :-1] * self.num_tags + tags[:, 1:]).T
        moves = nd.take(self.transitions.data().reshape((-1,)), pairs)
        moves = nd.SequenceMask(moves, sequence_length=lengths - 1, use_sequence_length=True).sum(axis=0)
        return picked + moves + self.first.data()[0].take(tags[:, 0])

    def decode(self, scores, length):
        """The best tags of one sentence, whose scores are (length, tags)."""
        best, back = scores[0] + self.first.data()[0], []
        for t in range(1, length):
            ways = nd.broadcast_add(best.expand_dims(1), self.transitions.data())
            back.append(nd.argmax(ways, axis=0))
            best = nd.max(ways, axis=0) + scores[t]
        path = [int(best.argmax(axis=0).asscalar())]
        for pointers in reversed(back):
            path.append(int(pointers[path[-1]].asscalar()))
        return path[::-1]


class Tagger(gluon.Block):
    def __init__(self, words, embedded, hidden, dropout, **kwargs):
        super(Tagger, self).__init__(**kwargs)
        with self.name_scope():
            self.embedding = nn.Embedding(words, embedded)
            self.dropout = nn.Dropout(dropout)
            self.lstm = rnn.LSTM(hidden, bidirectional=True, input_size=embedded)
            self.dense = nn.Dense(len(TAGS), flatten=False, in_units=2 * hidden)
            self.crf = CRF(len(TAGS))

    def forward(self, words):
        return self.dense(self.lstm(self.dropout(self.embedding(words.T))))


class Drawn(mx.init.Initializer):
    """Uniform numbers from numpy, so that a run repeats everywhere."""
    def __init__(self, seed):
        super(Drawn, self).__init__()
        self.rng = np.random.RandomState(seed)

    def _init_weight(self, name, arr):
        scale = 1.0 / math.sqrt(arr.shape[-1])
        arr[:] = self.rng.uniform(-scale, scale, size=arr.shape)


def evaluate(net, data, vocabulary, ctx):
    """The share of sentences without a mistake, and of names found."""
    right, found, names = 0, 0, 0
    for words, tags, lengths in batches(data, vocabulary, 50, ctx):
        scores = net(words)
        for i, length in enumerate(lengths.asnumpy().astype('int32')):
            path, wanted = net.crf.decode(scores[:, i], length), [int(t) for t in tags[i, :length].asnumpy()]
            right += path == wanted
            ends = [t for t in range(length) if wanted[t] % 2]
            names += len(ends)
            for t in ends:
                stop = t + 1
                while stop < length and (wanted[stop] == wanted[t] + 1 or path[stop] == wanted[t] + 1):
                    stop += 1
                found += path[t:stop] == wanted[t:stop]
    return right / float(len(data)), found / float(names)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--epochs', type=int, default=12)
    parser.add_argument('--sentences', type=int, default=1000)
    parser.add_argument('--batch-size', type=int, default=25)
    parser.add_argument('--hidden', type=int, default=32)
    parser.add_argument('--dropout', type=float, default=0.2)
    parser.add_argument('--unknown', type=float, default=0.3, help='how often a word of a name is hidden in training')
    parser.add_argument('--lr', type=float, default=0.01)
    parser.add_argument('--goal', type=float, default=0.9)
    parser.add_argument('--small', action='store_true', help='a quick run with a lower goal')
    args = parser.parse_args()
    if args.small:
        args.epochs, args.sentences, args.dropout, args.goal = 8, 300, 0, 0.7
    logging.basicConfig(level=logging.INFO, format='%(message)s', stream=sys.stdout)

    ctx, rng = mx.cpu(), np.random.RandomState(7)
    mx.random.seed(7)
    train = [sentence(rng, True) for _ in range(args.sentences)]
    test = [sentence(rng, False) for _ in range(max(args.sentences // 5, 100))]
    vocabulary = {'<pad>': 0, '<unknown>': 1}
    seen = {}
    for words, _ in train:
        for w in words:
            seen[w] = seen.get(w, 0) + 1
    for w in sorted(seen):
        vocabulary[w] = len(vocabulary)

    net = Tagger(len(vocabulary), 32, args.hidden, args.dropout)
    net.initialize(Drawn(3), ctx=ctx)
    trainer = gluon.Trainer(net.collect_params(), 'adam', {'learning_rate': args.lr})
    right = 0
    for epoch in range(args.epochs):
        order, total = rng.permutation(len(train)), 0.0
        # words of names are made unknown ones now and then, so that what surrounds those has a meaning
        shown = [([w if w.islower() or rng.uniform() > args.unknown else '<unknown>' for w in train[i][0]], train[i][1])
                 for i in order]
        for words, tags, lengths in batches(shown, vocabulary, args.batch_size, ctx):
            with autograd.record():
                loss = net.crf(net(words), tags, lengths)
            loss.backward()
            trainer.step(len(words))
            total += loss.sum().asscalar()
        right, names = evaluate(net, test, vocabulary, ctx)
        logging.info('epoch %d: loss %.2f, sentences right %.3f, names right %.3f', epoch, total / len(train), right, names)

    words, _ = test[0]
    path = net.crf.decode(net(next(batches(test[:1], vocabulary, 1, ctx))[0])[:, 0], len(words))
    logging.info(' '.join('%s/%s' % (w, TAGS[t]) for w, t in zip(words, path)))
    logging.info('sentences right %.3f, wanted %.3f', right, args.goal)
    assert right >= args.goal


if __name__ == '__main__':
    main()
