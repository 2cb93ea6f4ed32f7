"""Where modules do more than MXNet's: arrays of other sizes, batches without labels, numpy batches; and what stays refused."""
import numpy as np
import pytest

import mxnet_compat as mx
from mxnet_compat import nd, sym
from mxnet_compat.module.executor_group import _slices


@pytest.fixture
def module():
    net = sym.SoftmaxOutput(sym.FullyConnected(sym.Variable("data"), num_hidden=3, name="fc"), name="softmax")
    m = mx.mod.Module(net)
    m.bind([("data", (4, 2))], [("softmax_label", (4,))])
    m.init_params(mx.init.One())
    return m


def test_predictions_of_any_number(module):
    for n in (4, 7, 1):
        assert module.predict(np.ones((n, 2))).shape == (n, 3)


def test_batches_without_labels_and_of_numpy_arrays(module):
    module.forward(mx.io.DataBatch([nd.ones((6, 2))]), is_train=False)
    assert module.get_outputs()[0].shape == (6, 3)
    module.forward(mx.io.DataBatch([np.ones((4, 2))], [np.zeros(4)]), is_train=False)
    np.testing.assert_allclose(module.get_outputs()[0].asnumpy(), 1 / 3, rtol=1e-6)


def test_parameters_do_not_change_their_shape_unnoticed(module):
    with pytest.raises(mx.MXNetError, match="fc_weight"):
        module.forward(mx.io.DataBatch([nd.ones((4, 3))], [nd.zeros((4,))]))
    with pytest.raises(mx.MXNetError, match="arrays of data"):
        module.forward(mx.io.DataBatch([], []))


@pytest.mark.parametrize(("size", "work", "expected"), [(10, [1, 1], [5, 5]), (10, [1, 1, 1], [3, 3, 4]), (10, [1, 3], [2, 8]),
                                                        (11, [1, 1], [6, 5]), (5, [2, 2, 1], [2, 2, 1])])
def test_parts_of_batches(size, work, expected):
    parts = _slices(size, work)
    assert [p.stop - p.start for p in parts] == expected and parts[0].start == 0 and parts[-1].stop == size
    with pytest.raises(ValueError, match="contexts"):
        _slices(1, [1, 1])


def test_messages_name_what_is_wrong(module):
    with pytest.raises(ValueError, match="nothing"):
        mx.mod.Module(module.symbol, data_names=["nothing"])
    with pytest.raises(RuntimeError, match="fc_bias"):
        module.init_params(arg_params={"fc_weight": nd.ones((3, 2))}, force_init=True)
    with pytest.raises(AssertionError, match="batch size"):
        mx.mod.Module(module.symbol).bind([("data", (4, 2))], [("softmax_label", (5,))])
