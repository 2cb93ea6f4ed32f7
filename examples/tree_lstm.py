"""The truth of formulas by a child-sum tree LSTM: each formula is a network of its own shape.

Formulas are random trees over true and false, joined by `and`, `or`, `not`, `xor`. A cell combines any number of children
without their order, as these operators do; each node's state says whether what is below it is true. The goal: 95 % of the
roots of deeper, unseen formulas are right; with --small it is 85 %.

    python tree_lstm.py [--small]
"""
from __future__ import print_function

import argparse
import sys

import numpy as np
from mxnet.gluon import nn

import mxnet as mx
from mxnet import autograd, gluon, nd

WORDS = ['false', 'true', 'not', 'and', 'or', 'xor']


class Tree(object):
    def __init__(self, word, children=()):
        self.word, self.children = WORDS.index(word), children
        below = [c.truth for c in children]
        self.truth = {'false': lambda: False, 'true': lambda: True, 'not': lambda: not below[0], 'and': lambda: all(below),
                      'or': lambda: any(below), 'xor': lambda: below[0] != below[1]}[word]()

    def nodes(self):
        """Children before their parents: the order in which states are found."""
        return [n for c in self.children for n in c.nodes()] + [self]

    def __str__(self):
        word = WORDS[self.word]
        return '%s(%s)' % (word, ', '.join(map(str, self.children))) if self.children else word


def formula(rng, depth):
    if depth == 0 or rng.uniform() < 0.1:
        return Tree(WORDS[rng.randint(2)])
    word = WORDS[rng.randint(2, len(WORDS))]
    count = {'not': 1, 'xor': 2}.get(word) or rng.randint(2, 4)
    return Tree(word, [formula(rng, depth - 1) for _ in range(count)])


class ChildSumCell(gluon.Block):
    """The state of a node of its word and the states of its children."""
    def __init__(self, hidden, input_size, **kwargs):
        super(ChildSumCell, self).__init__(**kwargs)
        self.hidden = hidden
        with self.name_scope():
            self.word_gates = nn.Dense(3 * hidden, in_units=input_size, prefix='word_gates_')
            self.child_gates = nn.Dense(3 * hidden, use_bias=False, in_units=hidden, prefix='child_gates_')
            self.word_forget = nn.Dense(hidden, in_units=input_size, bias_initializer=mx.init.One(), prefix='word_forget_')
            self.child_forget = nn.Dense(hidden, use_bias=False, in_units=hidden, prefix='child_forget_')

    def forward(self, word, children):
        """`word` is (1, inputs), `children` a list of pairs of states (1, hidden); returns such a pair."""
        gates = self.word_gates(word)
        if children:
            below = nd.concat(*[h for h, _ in children], dim=0)
            cells = nd.concat(*[c for _, c in children], dim=0)
            gates = gates + self.child_gates(nd.sum(below, axis=0, keepdims=True))
            forget = nd.sigmoid(nd.broadcast_add(self.child_forget(below), self.word_forget(word)))
            kept = nd.sum(forget * cells, axis=0, keepdims=True)
        let_in, let_out, new = nd.split(gates, num_outputs=3, axis=1)
        cell = nd.sigmoid(let_in) * nd.tanh(new)
        if children:
            cell = cell + kept
        return nd.sigmoid(let_out) * nd.tanh(cell), cell


class TruthTeller(gluon.Block):
    def __init__(self, hidden, embedded, **kwargs):
        super(TruthTeller, self).__init__(**kwargs)
        with self.name_scope():
            self.embedding = nn.Embedding(len(WORDS), embedded)
            self.cell = ChildSumCell(hidden, embedded)
            self.answer = nn.Dense(1, in_units=hidden)

    def forward(self, tree, words):
        """Scores of all nodes, in the order of `tree.nodes()`, whose words are given."""
        states, embedded = {}, self.embedding(words)
        nodes = tree.nodes()
        for i, node in enumerate(nodes):
            states[node] = self.cell(embedded[i:i + 1], [states[c] for c in node.children])
        return self.answer(nd.concat(*[states[node][0] for node in nodes], dim=0)).reshape((-1,))


def arrays_of(tree, ctx):
    nodes = tree.nodes()
    return nd.array([n.word for n in nodes], ctx=ctx), nd.array([n.truth for n in nodes], ctx=ctx)


def accuracy(net, trees, ctx):
    """The share of roots that are told right."""
    right = 0
    for tree in trees:
        right += (net(tree, arrays_of(tree, ctx)[0])[-1].asscalar() > 0) == tree.truth
    return right / float(len(trees))


def draw(net, seed):
    """Parameters from numpy, so that a run repeats everywhere."""
    rng = np.random.RandomState(seed)
    for param in net.collect_params('.*weight').values():
        param.set_data(nd.array(rng.normal(scale=param.shape[1] ** -0.5, size=param.shape)))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--epochs', type=int, default=5)
    parser.add_argument('--formulas', type=int, default=600)
    parser.add_argument('--batch-size', type=int, default=10)
    parser.add_argument('--depth', type=int, default=3, help='of training formulas; those of the test are deeper by one')
    parser.add_argument('--hidden', type=int, default=24)
    parser.add_argument('--lr', type=float, default=0.02)
    parser.add_argument('--goal', type=float, default=0.95)
    parser.add_argument('--small', action='store_true', help='a quick run with a lower goal')
    args = parser.parse_args()
    if args.small:
        args.epochs, args.formulas, args.depth, args.goal = 4, 200, 2, 0.85

    ctx, rng = mx.cpu(), np.random.RandomState(11)
    train = [formula(rng, args.depth) for _ in range(args.formulas)]
    test = [formula(rng, args.depth + 1) for _ in range(args.formulas // 4)]
    print('%d formulas, as %s; the largest test has %d nodes' % (len(train), train[0], max(len(t.nodes()) for t in test)))
    net = TruthTeller(args.hidden, args.hidden)
    net.initialize(ctx=ctx)
    draw(net, 5)
    trainer = gluon.Trainer(net.collect_params(), 'adam', {'learning_rate': args.lr})
    criterion = gluon.loss.SigmoidBinaryCrossEntropyLoss()

    right = 0
    for epoch in range(args.epochs):
        trainer.set_learning_rate(args.lr * 0.6 ** epoch)
        order, total = rng.permutation(len(train)), 0.0
        for i in range(0, len(order), args.batch_size):
            losses = []
            with autograd.record():
                for j in order[i:i + args.batch_size]:
                    words, truths = arrays_of(train[j], ctx)
                    losses.append(criterion(net(train[j], words), truths).mean())
            # one walk back through all the trees of a batch
            autograd.backward(losses)
            trainer.step(len(losses))
            total += sum(loss.asscalar() for loss in losses)
        right = accuracy(net, test, ctx)
        print('epoch %d: loss %.3f, test accuracy %.3f' % (epoch, total / len(train), right))
    print('test accuracy %.3f, wanted %.3f' % (right, args.goal))
    return 0 if right >= args.goal else 1


if __name__ == '__main__':
    sys.exit(main())
