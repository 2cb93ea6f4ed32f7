"""Ratings by matrix factorization: embeddings of users and items whose gradients hold only the rows that were used.

The ratings are made: products of hidden vectors, a bias of each user and item, some noise. Most pairs are unknown, and
their ratings are what is asked for at the end. Two ways: --api gluon trains embeddings with sparse_grad and a Trainer,
--api module a symbol whose weights are row_sparse, which a key-value store keeps and hands out row by row. The goal: a root
mean squared error below 0.15 on unseen pairs, where always guessing the mean gives about 1.2; with --small it is 0.6.

    python matrix_factorization.py [--api module] [--small]
"""
from __future__ import print_function

import argparse
import logging
import sys

import numpy as np
from mxnet.gluon import nn

import mxnet as mx
from mxnet import autograd, gluon, nd


def ratings(users, items, factors, count, seed):
    """Pairs (count, 2) without repetition, and their ratings (count,)."""
    rng = np.random.RandomState(seed)
    p, q = (rng.normal(scale=factors ** -0.25, size=(n, factors)) for n in (users, items))
    pairs = rng.permutation(users * items)[:count]
    pairs = np.stack([pairs // items, pairs % items], axis=1)
    exact = np.sum(p[pairs[:, 0]] * q[pairs[:, 1]], axis=1)
    exact += rng.normal(scale=0.5, size=users)[pairs[:, 0]] + rng.normal(scale=0.5, size=items)[pairs[:, 1]]
    return pairs, exact + rng.normal(scale=0.1, size=count) + 3


def start(shape, seed):
    """Small numbers from numpy, so that a run repeats everywhere."""
    return nd.array(np.random.RandomState(seed).normal(scale=0.1, size=shape))


class Factorization(gluon.HybridBlock):
    def __init__(self, users, items, factors, **kwargs):
        super(Factorization, self).__init__(**kwargs)
        with self.name_scope():
            self.user = nn.Embedding(users, factors + 1, sparse_grad=True, prefix='user_')
            self.item = nn.Embedding(items, factors + 1, sparse_grad=True, prefix='item_')

    def hybrid_forward(self, F, users, items):
        # the last column of either is a bias
        p, q = self.user(users), self.item(items)
        inner = F.sum(F.slice_axis(p, axis=1, begin=0, end=-1) * F.slice_axis(q, axis=1, begin=0, end=-1), axis=1)
        return inner + (F.slice_axis(p, axis=1, begin=-1, end=None) + F.slice_axis(q, axis=1, begin=-1, end=None)).reshape(-1)


def train_gluon(args, train, test, mean, ctx):
    net = Factorization(args.users, args.items, args.factors)
    net.initialize(ctx=ctx)
    for seed, name in enumerate(('user', 'item')):
        weight = getattr(net, name).weight
        weight.set_data(start(weight.shape, seed))
    if args.hybridize:
        net.hybridize()
    trainer = gluon.Trainer(net.collect_params(), args.optimizer, {'learning_rate': args.lr}, kvstore='local')
    loader = gluon.data.DataLoader(gluon.data.ArrayDataset(*train),
                                   batch_sampler=gluon.data.BatchSampler(Shuffled(len(train[0])), args.batch_size, 'keep'))
    criterion = gluon.loss.L2Loss()
    rmse = mx.metric.RMSE()
    for epoch in range(args.epochs):
        total = 0.0
        for pairs, scores in loader:
            pairs, scores = pairs.as_in_context(ctx), scores.as_in_context(ctx)
            with autograd.record():
                loss = criterion(net(pairs[:, 0], pairs[:, 1]), scores - mean)
            loss.backward()
            trainer.step(len(pairs))
            total += loss.sum().asscalar()
        logging.info('epoch %d: train rmse %.3f', epoch, (2 * total / len(train[0])) ** 0.5)
    grad = net.user.weight.grad()
    logging.info('gradient of the users: %s, %d of %d rows', grad.stype, grad.indices.size, args.users)
    rmse.update(nd.array(test[1] - mean), net(nd.array(test[0][:, 0]), nd.array(test[0][:, 1])))
    return rmse.get()[1]


class Shuffled(gluon.data.Sampler):
    """Another order each time, from numpy."""
    def __init__(self, length):
        self.length, self.rng = length, np.random.RandomState(9)

    def __iter__(self):
        return iter(self.rng.permutation(self.length).tolist())

    def __len__(self):
        return self.length


def symbol(args):
    sides = []
    for name, count in (('user', args.users), ('item', args.items)):
        which = mx.sym.Variable(name)
        weight = mx.sym.Variable(name + '_weight', stype='row_sparse')
        embedded = mx.sym.Embedding(which, weight=weight, input_dim=count, output_dim=args.factors,
                                    sparse_grad=True, name=name)
        bias = mx.sym.Variable(name + '_shift', stype='row_sparse')
        shift = mx.sym.Embedding(which, weight=bias, input_dim=count, output_dim=1, sparse_grad=True, name=name + '_shift')
        sides.append((embedded, mx.sym.Flatten(shift)))
    (p, p_shift), (q, q_shift) = sides
    score = mx.sym.sum(p * q, axis=1, keepdims=True) + p_shift + q_shift
    return mx.sym.LinearRegressionOutput(data=score, label=mx.sym.Variable('score'), name='lro')


def rows_of(batch):
    """The rows of each weight that a batch looks at; an iterator has its data in the order of their names."""
    items, users = (x.astype('int64') for x in batch.data)
    return {'user_weight': users, 'user_shift': users, 'item_weight': items, 'item_shift': items}


def train_module(args, train, test, mean, ctx):
    order = np.random.RandomState(9).permutation(len(train[0]))
    pairs, scores = train[0][order], train[1][order] - mean

    def iterator(pairs, scores, handling):
        return mx.io.NDArrayIter({'user': pairs[:, 0], 'item': pairs[:, 1]}, {'score': scores[:, np.newaxis]},
                                 args.batch_size, last_batch_handle=handling)
    iter_train, iter_test = iterator(pairs, scores, 'discard'), iterator(test[0], test[1] - mean, 'pad')
    module = mx.mod.Module(symbol(args), data_names=('item', 'user'), label_names=('score',), context=ctx)
    module.bind(iter_train.provide_data, iter_train.provide_label)
    first = {name + '_weight': start((count, args.factors), seed)
             for seed, (name, count) in enumerate((('user', args.users), ('item', args.items)))}
    first.update({name + '_shift': start((count, 1), seed)
                  for seed, (name, count) in enumerate((('user', args.users), ('item', args.items)), 2)})
    module.init_params(arg_params={name: value.tostype('row_sparse') for name, value in first.items()})
    kvstore = mx.kv.create('local')
    module.init_optimizer(kvstore, args.optimizer, {'learning_rate': args.lr, 'rescale_grad': 1.0 / args.batch_size})
    metric = mx.metric.create('rmse')
    for epoch in range(args.epochs):
        metric.reset()
        iter_train.reset()
        for batch in iter_train:
            module.prepare(batch, sparse_row_id_fn=rows_of)
            module.forward_backward(batch)
            module.update()
            module.update_metric(metric, batch.label)
        logging.info('epoch %d: train rmse %.3f', epoch, metric.get()[1])
    # the whole of every weight is wanted now
    everything = mx.io.DataBatch([nd.arange(args.items), nd.arange(args.users)])
    module.prepare(everything, sparse_row_id_fn=rows_of)
    weights = module.get_params()[0]
    logging.info('weights: %s', ' '.join('%s %s' % (name, w.stype) for name, w in sorted(weights.items())))
    return np.sqrt(module.score(iter_test, mx.metric.MSE(), sparse_row_id_fn=rows_of)[0][1])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--api', choices=['gluon', 'module'], default='gluon')
    parser.add_argument('--users', type=int, default=600)
    parser.add_argument('--items', type=int, default=300)
    parser.add_argument('--ratings', type=int, default=24000)
    parser.add_argument('--factors', type=int, default=4)
    parser.add_argument('--epochs', type=int, default=12)
    parser.add_argument('--batch-size', type=int, default=100)
    parser.add_argument('--optimizer', default='adam')
    parser.add_argument('--lr', type=float, default=0.02)
    parser.add_argument('--hybridize', action='store_true')
    parser.add_argument('--goal', type=float, default=0.15)
    parser.add_argument('--small', action='store_true', help='a quick run with a lower goal')
    args = parser.parse_args()
    if args.small:
        args.users, args.items, args.ratings, args.epochs, args.goal = 200, 100, 6000, 6, 0.6
    logging.basicConfig(level=logging.INFO, format='%(message)s', stream=sys.stdout)

    pairs, scores = ratings(args.users, args.items, args.factors, args.ratings * 5 // 4, 2)
    train = pairs[:args.ratings].astype('float32'), scores[:args.ratings].astype('float32')
    test = pairs[args.ratings:].astype('float32'), scores[args.ratings:].astype('float32')
    mean = float(train[1].mean())
    logging.info('the mean alone: rmse %.3f', np.sqrt(np.mean((test[1] - mean) ** 2)))
    rmse = (train_gluon if args.api == 'gluon' else train_module)(args, train, test, mean, mx.cpu())
    logging.info('test rmse %.3f, wanted %.3f', rmse, args.goal)
    return 0 if rmse <= args.goal else 1


if __name__ == '__main__':
    sys.exit(main())
