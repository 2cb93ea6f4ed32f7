"""Tests of ``mxnet_compat.initializer``."""
import pickle

import numpy as np
import pytest

import mxnet as mx
from mxnet_compat import registry

from .module_cases import check, recorded


@recorded("initializer")
def test_as_recorded(group, expression, expected):
    check(group, expression, expected)


def test_fused_rnn_from_its_json_text():
    """Real MXNet cannot read the initializer that it wrote itself."""
    text = mx.init.FusedRNN(mx.init.Constant(3), 2, 1, "lstm").dumps()
    arr = mx.nd.zeros((64,))
    mx.init.One()(mx.init.InitDesc("rnn_parameters", {"__init__": text}), arr)
    assert (arr.asnumpy()[:48] == 3).all()
    assert arr.asnumpy()[48:].tolist() == [0, 0, 1, 1, 0, 0, 0, 0] * 2


def test_fused_rnn_of_a_wrong_size():
    with pytest.raises(mx.base.MXNetError, match="65 elements"):
        mx.init.FusedRNN(mx.init.One(), 2, 1, "lstm")(mx.init.InitDesc("rnn_weight"), mx.nd.zeros((65,)))


def test_quantized_weights_are_drawn_one_by_one():
    arr = mx.nd.zeros((50, 20))
    mx.init.Zero()(mx.init.InitDesc("a_weight_quantize"), arr)
    values = arr.asnumpy()
    assert len(np.unique(values)) > 100
    assert values.min() >= -127 and values.max() <= 127 and (values == np.round(values)).all()


def test_seed_repeats_the_parameters():
    def draw(init):
        mx.random.seed(7)
        arr = mx.nd.zeros((20, 30))
        init(mx.init.InitDesc("a_weight"), arr)
        return arr.asnumpy()
    for init in (mx.init.Uniform(), mx.init.Normal(), mx.init.Xavier(), mx.init.Orthogonal()):
        np.testing.assert_array_equal(draw(init), draw(init))


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_random_parameters_in_every_floating_type(dtype):
    for init in (mx.init.Uniform(1), mx.init.Normal(1), mx.init.Xavier(), mx.init.Orthogonal()):
        arr = mx.nd.zeros((6, 5), dtype=dtype)
        init(mx.init.InitDesc("a_weight"), arr)
        assert arr.dtype == np.dtype(dtype).type and arr.asnumpy().std() > 0


def test_subclasses_override_the_methods_of_suffixes():
    class Mine(mx.init.Initializer):
        def _init_weight(self, name, arr):
            arr[:] = 4

        def _init_bias(self, name, arr):
            arr[:] = 5

        def _init_default(self, name, arr):
            arr[:] = 6

    found = []
    for name in ("a_weight", "a_bias", "a_thing"):
        arr = mx.nd.zeros((1,))
        Mine()(mx.init.InitDesc(name), arr)
        found.append(arr.asscalar())
    assert found == [4, 5, 6]


def test_registered_initializers_are_created_by_name(request):
    # other tests look at what is registered
    request.addfinalizer(lambda: registry._REGISTRY[mx.init.Initializer].pop("seven"))

    @mx.init.register
    class Seven(mx.init.Initializer):
        def _init_weight(self, name, arr):
            arr[:] = 7

    arr = mx.nd.zeros((2,))
    mx.init.Zero()(mx.init.InitDesc("w_weight", {"__init__": Seven().dumps()}), arr)
    assert arr.asnumpy().tolist() == [7, 7]
    assert isinstance(mx.initializer.create("seven"), Seven)


def test_load_from_a_file(tmp_path):
    path = str(tmp_path / "net.params")
    mx.nd.save(path, {"arg:w": mx.nd.array([1, 2]), "aux:m": mx.nd.array([3, 4])})
    arr = mx.nd.zeros((2,))
    mx.init.Load(path)("m", arr)
    assert arr.asnumpy().tolist() == [3, 4]


def test_plain_text_is_deprecated():
    with pytest.warns(DeprecationWarning, match="InitDesc"):
        mx.init.Zero()("w_weight", mx.nd.ones((2,)))


def test_schedules_and_initializers_pickle_under_mxnets_names():
    for thing in (mx.init.Xavier(magnitude=2), mx.lr_scheduler.CosineScheduler(9)):
        text = pickle.dumps(thing)
        assert b"mxnet." in text and b"mxnet_compat" not in text
        assert vars(pickle.loads(text)) == vars(thing)
