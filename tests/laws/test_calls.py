"""What holds of every call: shapes as the rule says, inputs untouched, fresh results, ``out=``, text parameters."""
import numpy as np
import pytest

import mxnet_compat as mx
from mxnet_compat.ops import shapes
from mxnet_compat.ops.declare import ALL

from .conftest import ROWS, Call, row_id


def _same(a, b):
    assert len(a) == len(b)
    for x, y in zip(a, b):
        assert x.dtype == y.dtype and x.shape == y.shape
        np.testing.assert_array_equal(x.asnumpy(), y.asnumpy())


def test_shape_rule_tells_the_real_shapes(call):
    op = call.op
    if op.composite:
        return
    counted = {op.key: len(call.values)} if op.variadic and any(p.name == op.key for p in op.params) else {}
    params = op.parse({**counted, **call.params})
    got = call.run()
    known = [None if v is None else v.shape for v in call.values]
    _, outs = shapes.infer(op, known, params, [None if v is None else np.float32 if v.dtype.kind == "f" else v.dtype
                                               for v in call.values])
    # None stands for a length that depends on values
    assert [tuple(d if e is None else e for d, e in zip(y.shape, s)) + s[y.ndim:]
            for s, y in zip(map(tuple, outs), got)] == [y.shape for y in got]
    assert len(got) == op.num_visible(params) and len(outs) == op.num_outputs(params)


def test_inputs_are_not_changed(call):
    arrays = call.arrays()
    before = [None if a is None else a.asnumpy() for a in arrays]
    call.run(arrays)
    aux = {i.name for i in call.op.inputs if i.aux}
    for name, a, b in zip(call.names, arrays, before):
        if a is not None and name not in aux:
            np.testing.assert_array_equal(a.asnumpy(), b, err_msg=name)


def test_results_are_fresh_memory(call):
    arrays = call.arrays()
    for y in call.run(arrays):
        assert not any(a is not None and np.shares_memory(a._a, y._a) for a in arrays)


def test_results_are_never_zero_dimensional(call):
    if call.op.name != "_contrib_allclose":     # the one whose result has no dimensions in MXNet either
        assert all(y.ndim > 0 for y in call.run())


def test_out_receives_the_result(call):
    expected = call.run()
    if not expected:
        return
    targets = [mx.nd.array(np.full(y.shape, 7), dtype=y.dtype) for y in expected]
    mx.random.seed(1)
    with mx.autograd.pause(train_mode=call.row.get("train", False)):
        call.op.front(*call.arrays(), **call.params, out=targets if len(targets) > 1 else targets[0])
    _same(targets, expected)


def test_parameters_may_be_text(call):
    if not call.params:
        return
    with_text = {k: v if v is None else str(v) for k, v in call.params.items()
                 if not isinstance(v, (slice, type))}
    if any(p.text == "index" for p in call.op.params):
        return
    _same(call.run(**with_text), call.run())


def test_a_call_repeats(call):
    """The same inputs and seed give the same bits."""
    aux = any(i.aux for i in call.op.inputs)
    _same(call.run(), call.run()) if not aux else _same(call.run(call.arrays()), call.run(call.arrays()))


@pytest.mark.parametrize("dtype", ["float16", "float64"])
def test_results_keep_the_type(call, dtype):
    op = call.op
    if np.dtype(dtype) not in op.dtypes or op.type_rule is not None or not any(i.common for i in op.inputs):
        return
    if any(p.name in ("dtype", "out_dtype") for p in op.params):
        return
    narrow, wide = call.run(call.arrays(dtype)), call.run(call.arrays("float32"))
    for a, b in zip(narrow, wide):
        assert a.shape == b.shape
        if np.dtype(b.dtype) == np.float32:
            assert np.dtype(a.dtype) == dtype


def test_undeclared_types_are_refused(call):
    common = {i.name for i in call.op.inputs if i.common}
    if call.op.composite or not common:
        return
    for d in sorted(ALL - call.op.dtypes, key=str):
        arrays = [a if a is None or n not in common else mx.nd.array(np.ones(a.shape), dtype=d)
                  for n, a in zip(call.names, call.arrays())]
        with pytest.raises(mx.MXNetError, match=call.op.name):
            call.run(arrays)


def test_mixed_types_are_refused():
    for row in ROWS:
        call = Call(row)
        common = [k for k, (n, v) in enumerate(zip(call.names, call.values))
                  if v is not None and v.dtype.kind == "f" and next(i for i in call.op.inputs if i.name == n).common]
        if len(common) < 2 or call.op.composite:
            continue
        arrays = call.arrays()
        arrays[common[1]] = arrays[common[1]].astype("float64")
        with pytest.raises(mx.MXNetError, match="type"):
            call.run(arrays)
            pytest.fail(row_id(row))


def test_unknown_arguments_are_refused(call):
    with pytest.raises(mx.MXNetError, match="no_such_argument"):
        call.run(no_such_argument=1)


