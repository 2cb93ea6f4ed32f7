"""NumpyOp and NDArrayOp, which crash in real MXNet 1.9.1: a softmax loss in them is that of ``SoftmaxOutput``."""
import numpy as np
import pytest

import mxnet as mx


class _Softmax:
    def __init__(self):
        super().__init__(need_top_grad=False)

    def list_arguments(self):
        return ["data", "label"]

    def infer_shape(self, in_shape):
        return [in_shape[0], (in_shape[0][0],)], [in_shape[0]]


class InNumpy(_Softmax, mx.operator.NumpyOp):
    def forward(self, in_data, out_data):
        y = out_data[0]
        y[:] = np.exp(in_data[0] - in_data[0].max(axis=1, keepdims=True))
        y /= y.sum(axis=1, keepdims=True)

    def backward(self, out_grad, in_data, out_data, in_grad):
        in_grad[0][:] = out_data[0]
        in_grad[0][np.arange(len(in_data[1])), in_data[1].astype(int)] -= 1


class InArrays(_Softmax, mx.operator.NDArrayOp):
    def forward(self, in_data, out_data):
        out_data[0][:] = mx.nd.softmax(in_data[0])

    def backward(self, out_grad, in_data, out_data, in_grad):
        in_grad[0][:] = out_data[0] - mx.nd.one_hot(in_data[1], 3)


def run(loss):
    ex = loss.simple_bind(mx.cpu(), data=(4, 2))
    for name, a in ex.arg_dict.items():
        a[:] = np.arange(4) % 3 if name == "softmax_label" else np.arange(a.size).reshape(a.shape) * 0.1
    ex.forward(is_train=True)
    ex.backward()
    return [a.asnumpy() for a in (ex.outputs[0], ex.grad_dict["fc_weight"], ex.grad_dict["fc_bias"])]


def network():
    return mx.sym.FullyConnected(mx.sym.var("data"), num_hidden=3, name="fc")


@pytest.mark.parametrize("kind", [InNumpy, InArrays])
def test_a_loss_in_python(kind):
    with pytest.warns(UserWarning, match=kind.__name__):
        op = kind()
    loss = op(data=network(), name="softmax")
    assert loss.list_arguments() == ["data", "fc_weight", "fc_bias", "softmax_label"]
    assert loss.list_outputs() == ["softmax_output"]
    assert loss.infer_shape(data=(4, 2))[1] == [(4, 3)]
    for got, want in zip(run(loss), run(mx.sym.SoftmaxOutput(network(), name="softmax"))):
        np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-7)


def test_what_is_not_overridden():
    # as real MXNet has it
    with pytest.warns(UserWarning):
        plain = mx.operator.PythonOp()
    assert plain.list_arguments() == ["data"]
    assert plain.list_outputs() == ["output"]
    assert plain.infer_shape([(2, 3)]) == ([(2, 3)], [(2, 3)])
    assert plain.need_top_grad()
    out = [np.zeros(2)]
    plain.forward([np.full(2, 3)], out)
    assert out[0].tolist() == [3, 3]
    plain.backward([], [], [], out)
    assert out[0].tolist() == [1, 1]
    with pytest.raises(NotImplementedError):
        plain(mx.sym.var("data"))
    with pytest.warns(UserWarning):
        pairs = [mx.operator.NDArrayOp(need) for need in (True, False)]
    assert [p.declare_backward_dependency([1], [2], [3]) for p in pairs] == [[1, 2, 3], [2, 3]]
