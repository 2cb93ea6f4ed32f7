"""Actor-critic on a cart-pole that is written out below.

One network looks at the state and gives the probabilities of both pushes (the actor) and the sum of rewards to come (the
critic). An episode is recorded as it happens; at its end the actor is moved towards what turned out better than the
critic thought, and the critic towards what happened. The goal: the mean length of the last 20 episodes reaches 150 of at
most 200 steps. With --small it is 60 of at most 100.

    python actor_critic.py [--small]
"""
from __future__ import print_function

import argparse
import math
import sys

import numpy as np
from mxnet.gluon import nn

import mxnet as mx
from mxnet import autograd, gluon, nd


class CartPole(object):
    """A pole on a cart that is pushed left or right: every step brings 1, until the pole tips or the cart runs away."""
    gravity, cart, pole, half_length, push, dt = 9.8, 1.0, 0.1, 0.5, 10.0, 0.02

    def __init__(self, rng, limit):
        self.rng, self.limit = rng, limit

    def reset(self):
        self.state, self.steps = self.rng.uniform(-0.05, 0.05, size=4), 0
        return self.state

    def step(self, action):
        x, speed, angle, turning = self.state
        force, total = (self.push if action else -self.push), self.cart + self.pole
        sin, cos = math.sin(angle), math.cos(angle)
        pressed = (force + self.pole * self.half_length * turning ** 2 * sin) / total
        tip = (self.gravity * sin - cos * pressed) / (self.half_length * (4.0 / 3.0 - self.pole * cos ** 2 / total))
        pull = pressed - self.pole * self.half_length * tip * cos / total
        self.state = np.array([x + self.dt * speed, speed + self.dt * pull, angle + self.dt * turning,
                               turning + self.dt * tip])
        self.steps += 1
        lost = abs(self.state[0]) > 2.4 or abs(self.state[2]) > 12 * math.pi / 180
        return self.state, 1.0, lost or self.steps >= self.limit


class ActorCritic(gluon.Block):
    def __init__(self, hidden, **kwargs):
        super(ActorCritic, self).__init__(**kwargs)
        with self.name_scope():
            self.shared = nn.Dense(hidden, activation='relu', in_units=4)
            self.actor = nn.Dense(2, in_units=hidden)
            self.critic = nn.Dense(1, in_units=hidden)

    def forward(self, state):
        hidden = self.shared(state)
        return nd.log_softmax(self.actor(hidden)), self.critic(hidden)


def start(net, seed, ctx):
    """Parameters drawn by numpy, so that a run repeats everywhere."""
    rng = np.random.RandomState(seed)
    net.initialize(ctx=ctx)
    for name, param in sorted(net.collect_params().items()):
        scale = 0 if name.endswith('bias') else 1.0 / math.sqrt(param.shape[1])
        param.set_data(nd.array(rng.uniform(-scale, scale, size=param.shape)))


def returns_of(rewards, gamma):
    """Discounted sums of what was still to come, in units of their deviation."""
    total, found = 0.0, []
    for reward in reversed(rewards):
        total = reward + gamma * total
        found.append(total)
    found = np.array(found[::-1])
    return (found - found.mean()) / (found.std() + 1e-6)


def episode(net, trainer, env, rng, gamma, ctx):
    """Plays and learns; returns how many steps it lasted and the loss."""
    state, done = env.reset(), False
    chosen, values, rewards = [], [], []
    with autograd.record():
        while not done:
            log_probs, value = net(nd.array(state, ctx=ctx).reshape((1, 4)))
            action = int(rng.uniform() < math.exp(log_probs[0, 1].asscalar()))
            chosen.append(log_probs[0, action])
            values.append(value[0])
            state, reward, done = env.step(action)
            rewards.append(reward)
        wanted = nd.array(returns_of(rewards, gamma), ctx=ctx)
        chosen, values = nd.concat(*chosen, dim=0), nd.concat(*values, dim=0)
        advantage = (wanted - values).detach()
        loss = nd.sum(-chosen * advantage) + nd.sum(nd.smooth_l1(values - wanted, scalar=1.0))
    loss.backward()
    trainer.step(1)
    return len(rewards), loss.asscalar() / len(rewards)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--episodes', type=int, default=800, help='at most so many')
    parser.add_argument('--hidden', type=int, default=64)
    parser.add_argument('--gamma', type=float, default=0.99)
    parser.add_argument('--lr', type=float, default=0.01)
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--limit', type=int, default=200, help='the longest episode')
    parser.add_argument('--goal', type=float, default=150)
    parser.add_argument('--small', action='store_true', help='a quick run with a lower goal')
    args = parser.parse_args()
    if args.small:
        args.episodes, args.limit, args.goal = 200, 100, 60

    ctx, rng = mx.cpu(), np.random.RandomState(args.seed)
    env, net = CartPole(rng, args.limit), ActorCritic(args.hidden)
    start(net, args.seed, ctx)
    trainer = gluon.Trainer(net.collect_params(), 'adam', {'learning_rate': args.lr})

    lengths, mean = [], 0
    for i in range(args.episodes):
        length, loss = episode(net, trainer, env, rng, args.gamma, ctx)
        lengths.append(length)
        mean = np.mean(lengths[-20:])
        if i % 10 == 0:
            print('episode %d: %d steps, loss %.3f' % (i, length, loss))
        if i >= 20 and mean >= args.goal:
            break
    print('after %d episodes: mean length %.2f, wanted %.2f' % (len(lengths), mean, args.goal))
    return 0 if mean >= args.goal else 1


if __name__ == '__main__':
    sys.exit(main())
