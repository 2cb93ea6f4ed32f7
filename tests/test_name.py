"""Tests of ``mxnet_compat.name`` and ``attribute``."""
import threading

import pytest

import mxnet as mx

from .module_cases import check, recorded


@recorded("names")
def test_as_recorded(group, expression, expected):
    check(group, expression, expected)


def test_each_thread_has_its_own_scopes():
    seen = []

    def work():
        seen.append((mx.name.NameManager.current, mx.AttrScope.current.get(None)))

    with mx.name.Prefix("p_") as prefix, mx.AttrScope(ctx_group="a"):
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        assert mx.name.NameManager.current is prefix
    assert seen[0][0] is not prefix and seen[0][1] == {}


def test_scopes_are_left_when_an_exception_passes():
    before = mx.name.NameManager.current, mx.AttrScope.current
    with pytest.raises(ZeroDivisionError), mx.name.Prefix("p_"), mx.AttrScope(a="1"):
        raise ZeroDivisionError
    assert (mx.name.NameManager.current, mx.AttrScope.current) == before


def test_prefix_names_blocks_of_symbols():
    with mx.name.Prefix("stage1_"):
        s = mx.sym.exp(mx.sym.var("x"))
        t = mx.sym.exp(s, name="last")
    assert (s.name, t.name, s.list_arguments()) == ("stage1_exp0", "stage1_last", ["x"])
