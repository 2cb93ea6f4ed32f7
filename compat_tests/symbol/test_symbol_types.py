"""Types of arguments and outputs from what is known of some."""
import numpy as np
import pytest

import mxnet as mx
from mxnet import sym

V = sym.Variable
F16, F32, F64, I8, I32, I64 = np.float16, np.float32, np.float64, np.int8, np.int32, np.int64


def test_one_type_goes_everywhere():
    net = sym.SoftmaxOutput(sym.FullyConnected(V("data"), num_hidden=3, name="fc"), name="softmax")
    for t in (F16, F64, "float16"):
        args, outs, aux = net.infer_type(data=t)
        assert args == [np.dtype(t).type] * 4 and outs == [np.dtype(t).type] and aux == []
    assert net.infer_type(fc_weight=F16)[0] == [F16] * 4
    assert net.infer_type() == (None, None, None)
    assert net.infer_type_partial()[0] == [None] * 4


def test_contradictions():
    a, b = V("a"), V("b")
    for s, known in ((a + b, {"a": F16, "b": F32}), (sym.dot(a, b), {"a": F16, "b": F32}), (a + b, {"nothing": F32}),
                     (sym.FullyConnected(a, num_hidden=1, name="f"), {"a": F16, "f_weight": F32})):
        with pytest.raises(mx.MXNetError):
            s.infer_type(**known)
    with pytest.raises(TypeError):
        a.infer_type(a="nonsense")
    with pytest.raises(ValueError):
        (a + b).infer_type(F32, a=F32)


@pytest.mark.parametrize(("make", "known", "args", "outs"), [
    (lambda a, b: sym.Cast(a, dtype="float16"), {"a": I32}, [I32], [F16]),
    (lambda a, b: sym.Cast(a, dtype="float16") + b, {"a": I8}, [I8, F16], [F16]),
    (lambda a, b: sym.Embedding(a, input_dim=3, output_dim=2, name="e"), {"a": I32}, [I32, F32], [F32]),
    (lambda a, b: sym.Embedding(a, input_dim=3, output_dim=2, dtype="float16", name="e"), {"a": I32}, [I32, F16], [F16]),
    (lambda a, b: sym.argmax(a, axis=0), {"a": F16}, [F16], [F16]),
    (lambda a, b: sym.one_hot(a, depth=3), {"a": I32}, [I32], [F32]),
    (lambda a, b: sym.argsort(a), {"a": F16}, [F16], [F32]),
    (lambda a, b: sym.topk(a, ret_typ="both", dtype="int32"), {"a": F16}, [F16], [F16, I32]),
    (lambda a, b: sym.topk(a, ret_typ="value"), {"a": F16}, [F16], [F16]),
    (lambda a, b: sym.shape_array(a), {"a": F16}, [F16], [I64]),
    (lambda a, b: sym.size_array(a), {"a": F16}, [F16], [I64]),
    (lambda a, b: sym.zeros((2,)), {}, [], [F32]),
    (lambda a, b: sym.zeros((2,), dtype="int8"), {}, [], [I8]),
    (lambda a, b: sym.arange(3), {}, [], [F32]),
    (lambda a, b: sym.random.uniform(shape=(2,)), {}, [], [F32]),
    (lambda a, b: sym.random.normal(shape=(2,), dtype="float16"), {}, [], [F16]),
    (lambda a, b: sym.random.randint(0, 5, shape=(2,)), {}, [], [I32]),
    (lambda a, b: sym.sample_multinomial(a), {"a": F32}, [F32], [I32]),
    (lambda a, b: sym.take(a, b), {"a": F16, "b": I32}, [F16, I32], [F16]),
    (lambda a, b: sym.where(a, b, b * 2), {"a": I32, "b": F16}, [I32, F16], [F16]),
    (lambda a, b: sym.softmax(a, dtype="float32"), {"a": F16}, [F16], [F32]),
    (lambda a, b: sym.ones_like(a), {"a": I32}, [I32], [I32]),
    (lambda a, b: sym.concat(a, b, dim=0), {"b": F16}, [F16, F16], [F16]),
    (lambda a, b: sym.dot(a, b), {"a": F64}, [F64, F64], [F64]),
    (lambda a, b: sym.amp_cast(a, dtype="float16"), {"a": F32}, [F32], [F16]),
    (lambda a, b: sym.histogram(a, bins=3, range=(0, 1)), {"a": F32}, [F32], [I64, F32])])
def test_operators(make, known, args, outs):
    found = make(V("a"), V("b")).infer_type(**known)
    assert found[:2] == (args, outs)


def test_batch_norm_keeps_its_statistics_in_single_precision():
    s = sym.BatchNorm(V("x"), name="n")
    assert s.infer_type(x=F16) == ([F16, F32, F32], [F16], [F32, F32])
    assert s.infer_type(x=F32) == ([F32, F32, F32], [F32], [F32, F32])


def test_declared_types():
    x = V("x", dtype="float16")
    assert (x * 2).infer_type() == ([F16], [F16], [])
    assert (x + V("y")).infer_type()[0] == [F16, F16]
    assert (x * 2).infer_type(x=F32)[0] == [F32]


def test_groups_are_known_in_part():
    s = sym.Group([V("a") + 1, V("b") + 2])
    assert s.infer_type(a=F16) == (None, None, None)
    assert s.infer_type_partial(a=F16)[:2] == ([F16, None], [F16, None])


def test_types_of_bound_arrays():
    ex = sym.FullyConnected(V("x"), num_hidden=2, name="f").simple_bind(mx.cpu(), x=(3, 4), type_dict={"x": F64})
    assert {n: a.dtype for n, a in ex.arg_dict.items()} == {"x": F64, "f_weight": F64, "f_bias": F64}
    assert all(g.dtype == F64 for g in ex.grad_arrays) and ex.forward()[0].dtype == F64
    ex = sym.Embedding(V("d"), input_dim=4, output_dim=2, name="e").simple_bind(mx.cpu(), d=(3,), type_dict={"d": "int32"})
    assert [a.dtype for a in ex.arg_arrays] == [I32, F32]
