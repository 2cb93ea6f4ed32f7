"""Attributes of symbols: of variables and operators, by scopes, and what they mean to parameters made automatically."""
import pickle

import pytest

import mxnet as mx
from mxnet import sym

V = sym.Variable


def test_attributes_of_a_variable():
    with mx.AttrScope(group="4", data="great"):
        data = V("data", attr={"dtype": "data", "group": "1", "force_mirroring": "True"}, lr_mult=1)
        plain = V("plain")
    assert plain.attr("group") == "4" and data.attr("group") == "1" and data.attr("data") == "great"
    assert data.attr("lr_mult") == data.attr("__lr_mult__") == "1"
    assert data.attr("force_mirroring") == data.attr("__force_mirroring__") == "True"
    assert data.attr("absent") is None
    again = pickle.loads(pickle.dumps(data))
    assert again.attr("dtype") == "data" and again.attr("group") == "1" and again.list_attr() == data.list_attr()


def test_known_keywords_become_hidden_attributes():
    v = V("v", shape=(1, 2), lr_mult=2.5, wd_mult=0, dtype="float16", init=mx.init.One(), stype="row_sparse", __own__=3)
    assert v.list_attr() == {"__dtype__": "2", "__init__": '["one", {}]', "__lr_mult__": "2.5", "__shape__": "(1, 2)",
                             "__storage_type__": "1", "__wd_mult__": "0", "__own__": "3", "lr_mult": "2.5", "wd_mult": "0"}
    for wrong, error in (({"foo": 1}, ValueError), ({"attr": {"x": 1}}, ValueError), ({"dtype": "nonsense"}, TypeError),
                         ({"stype": "nonsense"}, KeyError)):
        with pytest.raises(error):
            V("v", **wrong)


def test_attributes_of_an_operator_reach_its_parameters():
    data = V("data", attr={"mood": "angry"})
    conv = sym.Convolution(data, name="conv", kernel=(1, 1), num_filter=1, attr={"__mood__": "so so"}, lr_mult=1)
    own = {"kernel": "(1, 1)", "num_filter": "1", "__mood__": "so so", "__lr_mult__": "1", "lr_mult": "1"}
    assert conv.attr_dict() == {"data": {"mood": "angry"}, "conv": own, "conv_weight": own, "conv_bias": own}
    assert conv.attr("__mood__") == "so so" and conv.attr("kernel") == "(1, 1)" and conv.list_attr() == own
    with pytest.raises(mx.MXNetError):
        sym.Convolution(data, kernel=(1, 1), num_filter=1, attr={"mood": "so so"})


def test_scopes_nest():
    with mx.AttrScope(__layer__="one", __kind__="outer"):
        with mx.AttrScope(__layer__="two"):
            inner = sym.FullyConnected(V("x"), num_hidden=2, name="inner")
        outer = sym.FullyConnected(inner, num_hidden=2, name="outer")
    after = sym.FullyConnected(outer, num_hidden=2, name="after")
    attrs = after.attr_dict()
    assert attrs["inner_weight"]["__layer__"] == "two" and attrs["inner"]["__kind__"] == "outer"
    assert attrs["outer_bias"]["__layer__"] == "one" and "__layer__" not in attrs["after"]
    with pytest.raises(ValueError):
        mx.AttrScope(layer=1)


def test_setting_attributes():
    x = V("x")
    x._set_attr(mood="fine")
    assert x.attr("mood") == "fine" and x.list_attr() == {"mood": "fine"}
    with pytest.raises(ValueError):
        x._set_attr(mood=1)
    with pytest.raises(DeprecationWarning):
        x.list_attr(recursive=True)


def test_attributes_survive_files():
    with mx.AttrScope(ctx_group="stage1", __own__="1"):
        net = sym.BatchNorm(V("x", shape=(2, 3, 4), lr_mult=2), name="bn", eps=1e-3, fix_gamma=False)
    assert sym.load_json(net.tojson()).attr_dict() == net.attr_dict()
    attrs = net.attr_dict()
    assert attrs["bn_gamma"]["__ctx_group__"] == attrs["bn_gamma"]["ctx_group"] == "stage1"
    assert attrs["bn_moving_var"]["__init__"] == '["one", {}]' and attrs["x"]["__shape__"] == "(2, 3, 4)"


def test_scalars_as_text():
    x = V("x")
    assert (x + 2).list_attr() == {"scalar": "2"} and (x + 2.5).list_attr() == {"scalar": "2.5"}
    assert (x ** -1).list_attr() == {"scalar": "-1"} and (x + 1e-9).list_attr() == {"scalar": "1e-09"}


def test_operators_say_how_their_inputs_begin():
    """Also of variables that were given, unless these say it themselves."""
    x, mean, variance = V("x"), sym.Variable("m", init=mx.init.Uniform(0.5)), V("v")
    sym.BatchNorm(x, V("g"), V("b"), mean, variance, name="bn")
    assert variance.attr("__init__") == '["one", {}]' and mean.attr("__init__") == '["uniform", {"scale": 0.5}]'
    constant = '["Constant", {"value": 0.25}]'
    slope = V("slope")
    sym.LeakyReLU(x, slope, act_type="prelu")
    assert slope.attr("__init__") == constant
    assert sym.LeakyReLU(x, act_type="prelu", name="p").attr_dict()["p_gamma"]["__init__"] == constant
    module = mx.mod.Module(sym.LeakyReLU(x, act_type="prelu", name="p"), data_names=["x"], label_names=None)
    module.bind([("x", (2, 3))])
    module.init_params(mx.init.Zero())
    assert module.get_params()[0]["p_gamma"].asnumpy().tolist() == [0.25] * 3
