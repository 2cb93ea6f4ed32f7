"""Recurrent layers large enough for products in blocks: the samples of a batch know nothing of each other."""
import numpy as np
import pytest

import mxnet as mx

STEPS, BATCH, WIDTH, SIZE = 4, 32, 96, 128
GATES = {"rnn_relu": 1, "rnn_tanh": 1, "lstm": 4, "gru": 3}


def _run(x, w, s, c, lengths, mode, **options):
    """Output, states and gradients of everything."""
    inputs = [mx.nd.array(a) for a in (x, w, s) + ((c,) if mode == "lstm" else ())]
    for a in inputs:
        a.attach_grad()
    with mx.autograd.record():
        y = mx.nd.RNN(*inputs, **({} if lengths is None else {"sequence_length": mx.nd.array(lengths)}), state_size=SIZE,
                      num_layers=1, mode=mode, state_outputs=True, use_sequence_length=lengths is not None, **options)
        loss = sum(mx.nd.sum(mx.nd.sin(part)) for part in y)
    loss.backward()
    return [part.asnumpy() for part in y], [a.grad.asnumpy() for a in inputs]


@pytest.mark.parametrize("lengths", [False, True])
@pytest.mark.parametrize("two", [False, True])
@pytest.mark.parametrize("mode", list(GATES))
def test_a_batch_is_its_samples(mode, two, lengths):
    rng = np.random.default_rng(1)
    d = 2 if two else 1
    count = d * GATES[mode] * SIZE * (WIDTH + SIZE + 2)
    x, s, c = (rng.standard_normal(shape, dtype=np.float32) for shape in ((STEPS, BATCH, WIDTH), (d, BATCH, SIZE),
                                                                          (d, BATCH, SIZE)))
    w = (rng.standard_normal(count, dtype=np.float32) / 12).astype(np.float32)
    many = rng.integers(1, STEPS + 1, BATCH).astype(np.float32) if lengths else None
    y, grads = _run(x, w, s, c, many, mode, bidirectional=two)
    total = np.zeros_like(w, np.float64)
    for k in range(BATCH):
        at = (slice(None), slice(k, k + 1))
        one, mine = _run(x[at], w, s[at], c[at], None if many is None else many[k:k + 1], mode, bidirectional=two)
        for whole, part in zip([*y, grads[0], *grads[2:]], [*one, mine[0], *mine[2:]]):
            np.testing.assert_allclose(whole[at], part, rtol=1e-4, atol=1e-5)
        total += mine[1]
    np.testing.assert_allclose(grads[1], total, rtol=1e-3, atol=1e-3)
