"""Training on real data: a two-layer network on the UCI handwritten digits, by arrays and autograd alone.

The script is what a legacy script would be; it takes the package as an argument. The data: see digits.txt.
"""
import pathlib

import numpy as np

DATA = pathlib.Path(__file__).with_name("digits.npz")
WANTED = 0.95  # share of the test digits that a sound installation gets right; 0.97 is usual


def load(path=DATA):
    """((images, labels) to train on, the same to test on): float32 (1437, 64) in 0..1, (1437,), and 360 of each."""
    with np.load(path) as data:
        images, labels = data["images"].astype("float32") / 16, data["labels"].astype("float32")
    order = np.random.RandomState(0).permutation(len(images))
    cut = len(order) * 4 // 5
    return tuple((images[part], labels[part]) for part in (order[:cut], order[cut:]))


def train(mx, ctx, epochs=12, batch=32, rate=0.4, hidden=64, tell=lambda epoch, loss: None):
    """Train and return (accuracy on the test digits, [mean loss of each epoch])."""
    nd, autograd = mx.nd, mx.autograd
    rng = np.random.RandomState(7)
    (images, labels), (test_images, test_labels) = load()
    w1 = nd.array(rng.normal(scale=0.15, size=(64, hidden)), ctx=ctx)
    w2 = nd.array(rng.normal(scale=0.15, size=(hidden, 10)), ctx=ctx)
    b1, b2 = nd.zeros((hidden,), ctx=ctx), nd.zeros((10,), ctx=ctx)
    params = [w1, b1, w2, b2]
    for p in params:
        p.attach_grad()

    def network(x):
        return nd.dot(nd.relu(nd.dot(x, w1) + b1), w2) + b2

    losses = []
    for epoch in range(epochs):
        order, seen = rng.permutation(len(images)), []
        for start in range(0, len(order), batch):
            chosen = order[start:start + batch]
            x, y = nd.array(images[chosen], ctx=ctx), nd.array(labels[chosen], ctx=ctx)
            with autograd.record():
                loss = -nd.pick(nd.log_softmax(network(x)), y).mean()
            loss.backward()
            for p in params:
                p[:] = p - rate * p.grad
            seen.append(loss.asscalar())
        losses.append(float(np.mean(seen)))
        tell(epoch, losses[-1])
    guess = network(nd.array(test_images, ctx=ctx)).argmax(axis=1).asnumpy()
    return float((guess == test_labels).mean()), losses
