"""Optimizers against their formulas in numpy, over several steps, with clipping, scaling and weight decay; schedules."""

import numpy as np
import pytest

import mxnet as mx
from mxnet import nd

COMMON = [
    {},
    {"clip_gradient": 0.4},
    {"rescale_grad": 0.14},
    {"wd": 0.03},
    {"clip_gradient": 0.5, "rescale_grad": 0.8, "wd": 0.05},
]


def run(optimizer, formula, common, steps=4, dtype="float32", shape=(3, 4), wd_in_grad=True):
    """(weight here, weight by the formula) after some steps; ``formula(w, g, state, t, lr, wd)`` changes both in place."""
    rs = np.random.RandomState(0)
    w = rs.randn(*shape)
    weight = nd.array(w, dtype=dtype)
    updater = mx.optimizer.get_updater(optimizer)
    state = {}
    for t in range(1, steps + 1):
        g = rs.randn(*shape)
        updater(0, nd.array(g, dtype=dtype), weight)
        g = g * common.get("rescale_grad", 1)
        if "clip_gradient" in common:
            g = np.clip(g, -common["clip_gradient"], common["clip_gradient"])
        formula(w, g, state, t, common.get("wd", 0))
    return weight.asnumpy(), w


@pytest.mark.parametrize("common", COMMON)
@pytest.mark.parametrize("momentum", [0, 0.9])
def test_sgd(common, momentum):
    def formula(w, g, s, t, wd):
        s["m"] = momentum * s.get("m", 0) - 0.1 * (g + wd * w)
        w += s["m"]

    got, want = run(mx.optimizer.SGD(learning_rate=0.1, momentum=momentum, **common), formula, common)
    np.testing.assert_allclose(got, want, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("common", COMMON[:3])
@pytest.mark.parametrize("momentum", [0, 0.9])
def test_nag(common, momentum):
    def formula(w, g, s, t, wd):
        g = g + wd * w
        s["m"] = momentum * s.get("m", 0) + g
        w -= 0.1 * (g + momentum * s["m"] if momentum else g)

    got, want = run(mx.optimizer.NAG(learning_rate=0.1, momentum=momentum, **common), formula, common)
    np.testing.assert_allclose(got, want, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("common", COMMON)
def test_adam(common):
    optimizer = mx.optimizer.Adam(learning_rate=0.1, beta1=0.8, beta2=0.95, epsilon=1e-6, **common)
    rs = np.random.RandomState(1)
    w = rs.randn(3, 4)
    weight, m, v = nd.array(w), 0, 0
    updater = mx.optimizer.get_updater(optimizer)
    for t in range(1, 5):
        g = rs.randn(3, 4)
        updater(0, nd.array(g), weight)
        # weight decay is added before the gradient is clipped
        g = g * common.get("rescale_grad", 1) + common.get("wd", 0) * w
        if "clip_gradient" in common:
            g = np.clip(g, -common["clip_gradient"], common["clip_gradient"])
        m, v = 0.8 * m + 0.2 * g, 0.95 * v + 0.05 * g * g
        w -= 0.1 * np.sqrt(1 - 0.95**t) / (1 - 0.8**t) * m / (np.sqrt(v) + 1e-6)
    np.testing.assert_allclose(weight.asnumpy(), w, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("common", COMMON)
def test_adagrad(common):
    def formula(w, g, s, t, wd):
        s["h"] = s.get("h", 0) + g * g
        w += -0.1 * (g / np.sqrt(s["h"] + 1e-7) + wd * w)

    got, want = run(mx.optimizer.AdaGrad(learning_rate=0.1, eps=1e-7, **common), formula, common)
    np.testing.assert_allclose(got, want, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("common", COMMON)
def test_adadelta(common):
    def formula(w, g, s, t, wd):
        s["g"] = 0.9 * s.get("g", 0) + 0.1 * g * g
        d = np.sqrt(s.get("d", 0) + 1e-5) / np.sqrt(s["g"] + 1e-5) * g
        s["d"] = 0.9 * s.get("d", 0) + 0.1 * d * d
        w -= d + wd * w

    got, want = run(mx.optimizer.AdaDelta(rho=0.9, epsilon=1e-5, **common), formula, common)
    np.testing.assert_allclose(got, want, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("common", COMMON)
def test_signum(common):
    def formula(w, g, s, t, wd):
        s["m"] = 0.8 * s.get("m", 0) - 0.2 * (g + wd * w)
        w[:] = (1 - 0.01 * 0.02) * w + 0.01 * np.sign(s["m"])

    got, want = run(mx.optimizer.Signum(learning_rate=0.01, momentum=0.8, wd_lh=0.02, **common), formula, common)
    np.testing.assert_allclose(got, want, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("centered", [False, True])
def test_rmsprop(centered):
    def formula(w, g, s, t, wd):
        s["n"] = 0.9 * s.get("n", 0) + 0.1 * g * g
        if not centered:
            w -= 0.01 * g / np.sqrt(s["n"] + 1e-8)
            return
        s["g"] = 0.9 * s.get("g", 0) + 0.1 * g
        s["d"] = 0.8 * s.get("d", 0) - 0.01 * g / np.sqrt(s["n"] - s["g"] ** 2 + 1e-8)
        w += s["d"]

    got, want = run(mx.optimizer.RMSProp(learning_rate=0.01, gamma1=0.9, gamma2=0.8, centered=centered), formula, {})
    np.testing.assert_allclose(got, want, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("common", [{}, {"wd": 0.03}, {"rescale_grad": 0.5}])
def test_ftrl(common):
    def formula(w, g, s, t, wd):
        n = s.get("n", np.zeros_like(w))
        s["z"] = s.get("z", 0) + g - (np.sqrt(n + g * g) - np.sqrt(n)) * w / 0.1
        s["n"] = n + g * g
        w[:] = (np.sign(s["z"]) * 0.01 - s["z"]) / ((1 + np.sqrt(s["n"])) / 0.1 + wd) * (np.abs(s["z"]) > 0.01)

    got, want = run(mx.optimizer.Ftrl(learning_rate=0.1, lamda1=0.01, beta=1, **common), formula, common)
    np.testing.assert_allclose(got, want, rtol=1e-4, atol=1e-5)


def test_adamax():
    def formula(w, g, s, t, wd):
        s["m"] = 0.9 * s.get("m", 0) + 0.1 * g
        s["u"] = np.maximum(0.999 * s.get("u", 0), np.abs(g))
        w -= 0.01 / (1 - 0.9**t) * s["m"] / s["u"]

    got, want = run(mx.optimizer.Adamax(learning_rate=0.01), formula, {})
    np.testing.assert_allclose(got, want, rtol=1e-4, atol=1e-5)


def test_nadam():
    def formula(w, g, s, t, wd):
        mu, after = (0.9 * (1 - 0.5 * 0.96 ** (k * 0.004)) for k in (t, t + 1))
        s["p"] = s.get("p", 1) * mu
        s["m"], s["v"] = 0.9 * s.get("m", 0) + 0.1 * g, 0.999 * s.get("v", 0) + 0.001 * g * g
        mean = (1 - mu) * g / (1 - s["p"]) + after * s["m"] / (1 - s["p"] * after)
        w -= 0.01 * mean / (np.sqrt(s["v"] / (1 - 0.999**t)) + 1e-8)

    got, want = run(mx.optimizer.Nadam(learning_rate=0.01), formula, {})
    np.testing.assert_allclose(got, want, rtol=1e-4, atol=1e-5)


def test_ftml():
    def formula(w, g, s, t, wd):
        v = s["v"] = 0.999 * s.get("v", 0) + 0.001 * g * g
        d = (1 - 0.6**t) / 0.01 * (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
        s["z"] = 0.6 * s.get("z", 0) + 0.4 * g - (d - 0.6 * s.get("d", 0)) * w
        s["d"] = d
        w[:] = -s["z"] / d

    got, want = run(mx.optimizer.FTML(learning_rate=0.01, beta1=0.6, beta2=0.999, epsilon=1e-8), formula, {})
    np.testing.assert_allclose(got, want, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("bias", [True, False])
def test_lamb(bias):
    def formula(w, g, s, t, wd):
        s["m"], s["v"] = 0.9 * s.get("m", 0) + 0.1 * g, 0.999 * s.get("v", 0) + 0.001 * g * g
        m, v = (s["m"] / (1 - 0.9**t), s["v"] / (1 - 0.999**t)) if bias else (s["m"], s["v"])
        r = m / (np.sqrt(v) + 1e-6) + wd * w
        w -= 0.01 * np.linalg.norm(w) / np.linalg.norm(r) * r

    got, want = run(mx.optimizer.LAMB(learning_rate=0.01, bias_correction=bias, wd=0.1), formula, {"wd": 0.1})
    np.testing.assert_allclose(got, want, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("name", ["sgd", "nag", "adam", "lamb"])
def test_float16_weights_with_a_float32_copy(name):
    kwargs = {"learning_rate": 0.1, "multi_precision": True, **({"momentum": 0.9} if name in ("sgd", "nag") else {})}
    rs = np.random.RandomState(2)
    w, grads = rs.randn(4, 3).astype("float16"), [rs.randn(4, 3).astype("float16") for _ in range(3)]
    low, full = nd.array(w, dtype="float16"), nd.array(w.astype("float32"))
    updaters = [mx.optimizer.get_updater(mx.optimizer.create(name, **kwargs)) for _ in range(2)]
    for g in grads:
        updaters[0](0, nd.array(g, dtype="float16"), low)
        updaters[1](0, nd.array(g.astype("float32")), full)
    assert low.dtype == np.float16
    np.testing.assert_allclose(low.asnumpy().astype("float32"), full.asnumpy(), rtol=2e-3, atol=2e-3)


def test_rows_that_have_no_gradient_stay():
    for name, kwargs in (("sgd", {"momentum": 0.9, "wd": 0.1}), ("adam", {"wd": 0.1}), ("adagrad", {})):
        weight = nd.ones((5, 2)).tostype("row_sparse")
        grad = nd.sparse.row_sparse_array((np.ones((2, 2), "float32"), [1, 3]), shape=(5, 2))
        updater = mx.optimizer.get_updater(mx.optimizer.create(name, learning_rate=0.1, **kwargs))
        for _ in range(2):
            updater(0, grad, weight)
        w = weight.asnumpy()
        assert (w[[0, 2, 4]] == 1).all() and (w[[1, 3]] != 1).all()


def test_learning_rates():
    o1 = mx.optimizer.Optimizer(learning_rate=0.01)
    o1.set_learning_rate(0.2)
    assert o1.learning_rate == 0.2
    schedule = mx.lr_scheduler.FactorScheduler(step=1)
    o2 = mx.optimizer.Optimizer(lr_scheduler=schedule, learning_rate=0.3)
    assert o2.learning_rate == 0.3
    o2.lr_scheduler.base_lr = 0.4
    assert o2.learning_rate == 0.4
    with pytest.raises(UserWarning):
        o2.set_learning_rate(5)


def test_multipliers_from_symbols_and_by_name():
    x = mx.sym.Variable("data")
    with mx.AttrScope(lr_mult="0.1", wd_mult="0.1"):
        x = mx.sym.FullyConnected(data=x, name="fc1", num_hidden=10)
    x = mx.sym.FullyConnected(
        data=x,
        name="fc2",
        num_hidden=10,
        bias=mx.sym.Variable("fc2_bias", lr_mult=1.0),
        attr={"wd_mult": "0.01", "lr_mult": "0.01"},
    )
    mod = mx.mod.Module(symbol=x, label_names=None)
    mod.bind(data_shapes=[("data", (5, 10))])
    mod.init_params(initializer=mx.init.Uniform(1.0))
    mod.init_optimizer(optimizer_params={"learning_rate": 1.0})
    before = {n: v.asnumpy() for n, v in mod.get_params()[0].items()}
    mod.forward(data_batch=mx.io.DataBatch(data=[nd.ones((5, 10))], label=None), is_train=True)
    mod.backward(mod.get_outputs())
    mod.update()
    change = {n: (v.asnumpy() - before[n]) / before[n] for n, v in mod.get_params()[0].items()}
    out = mod.get_outputs()[0].asnumpy()
    assert np.abs(change["fc1_bias"]).max() > 0 and out.shape == (5, 10)
    lr = mod._optimizer.lr_mult
    assert lr["fc1_bias"] == lr["fc1_weight"] == 0.1 and lr["fc2_bias"] == 1.0 and lr["fc2_weight"] == 0.01


@pytest.mark.parametrize(
    ("schedule", "at"),
    [
        (
            lambda: mx.lr_scheduler.FactorScheduler(100, 0.1, stop_factor_lr=1e-4, base_lr=1),
            {0: 1, 100: 1, 101: 0.1, 301: 1e-3, 401: 1e-4},
        ),
        (
            lambda: mx.lr_scheduler.MultiFactorScheduler(
                [15, 25], 0.1, base_lr=0.1, warmup_steps=10, warmup_begin_lr=0.05, warmup_mode="linear"
            ),
            {0: 0.05, 5: 0.075, 10: 0.1, 16: 0.01, 26: 0.001},
        ),
        (
            lambda: mx.lr_scheduler.MultiFactorScheduler(
                [15, 25], 0.1, base_lr=0.1, warmup_steps=10, warmup_begin_lr=0.05, warmup_mode="constant"
            ),
            {0: 0.05, 9: 0.05, 10: 0.1, 16: 0.01},
        ),
        (lambda: mx.lr_scheduler.PolyScheduler(1000, base_lr=3, pwr=2), {0: 3, 1000: 0, 500: 0.75}),
        (
            lambda: mx.lr_scheduler.PolyScheduler(
                100, base_lr=0.1, pwr=2, final_lr=0.01, warmup_steps=10, warmup_begin_lr=0.05
            ),
            {0: 0.05, 10: 0.1, 100: 0.01},
        ),
        (lambda: mx.lr_scheduler.CosineScheduler(1000, base_lr=3, final_lr=0.1), {0: 3, 1000: 0.1, 500: 1.55}),
        (lambda: mx.lr_scheduler.CosineScheduler(100, base_lr=3, final_lr=0.1, warmup_steps=10), {0: 0, 10: 3, 100: 0.1}),
    ],
)
def test_schedules(schedule, at):
    s = schedule()
    for step in sorted(at):
        assert s(step) == pytest.approx(at[step], rel=1e-6, abs=1e-12)


def test_states_are_kept_in_files(tmp_path):
    path = str(tmp_path / "states")
    p = mx.gluon.Parameter("w", shape=(3,), init="ones")
    p.initialize()
    trainers = [mx.gluon.Trainer([p], "sgd", {"learning_rate": 0.1, "momentum": 0.9}) for _ in range(2)]
    for _ in range(2):
        with mx.autograd.record():
            loss = (p.data() ** 2).sum()
        loss.backward()
        trainers[0].step(1)
    trainers[0].save_states(path)
    trainers[1].load_states(path)
    value = p.data().asnumpy()
    for t in trainers:
        p.set_data(nd.array(value))
        with mx.autograd.record():
            loss = (p.data() ** 2).sum()
        loss.backward()
        t.step(1)
        np.testing.assert_allclose(p.data().asnumpy(), trainers_want(value), rtol=1e-5)


def trainers_want(w):
    """The weight after one more step from ones: momentum of two steps is in the states."""
    m, v = 0.0, 1.0
    for _ in range(2):
        m = 0.9 * m - 0.1 * 2 * v
        v += m
    return w + 0.9 * m - 0.1 * 2 * w
