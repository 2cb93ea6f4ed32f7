"""How each operator is computed on a GPU, found by running its sample inputs: ``python -m tests.gpu.ways`` writes the table.

kernel: a kernel of its own; numpy: its numpy body, each step of which is a kernel; parts: by the operators that it is made
of; host: on the processor, at least for some of the samples.
"""
import json
import os
import pathlib
import warnings

os.environ["MXNET_COMPAT_GPU"] = "interpret"

import numpy as np  # noqa: E402

import mxnet as mx  # noqa: E402
from mxnet_compat.backend import gpu  # noqa: E402
from mxnet_compat.ops.registry import get, operators  # noqa: E402
from mxnet_compat.selftest import rows  # noqa: E402

FILE = pathlib.Path(__file__).parents[2] / "compat_tests" / "gpu_ways.json"


def _array(value, ctx):
    return mx.nd.array(value, ctx=ctx, dtype="float32" if value.dtype.kind == "f" else value.dtype)


def _inputs(op, made, ctx):
    """(array or None, name) of each input."""
    for i in op.inputs:
        value = made.get(i.name)
        for v in value if i.variadic else [value]:
            yield None if v is None else _array(v, ctx), i.name


def outcome(row, ctx):
    """All that a call leaves behind: results, gradients of its inputs, and the inputs themselves."""
    op = get(row["op"])
    rng = np.random.RandomState(row.get("seed", 1))
    named = list(_inputs(op, {k: rows.make(v, rng) for k, v in row["inputs"].items()}, ctx))
    xs = [x for x, _ in named]
    wanted = row.get("grad", op.differentiable) if row.get("order", 2) else ()
    marked = [x for x, name in named if x is not None and x.dtype == np.float32 and name in wanted]
    for x in marked:
        x.attach_grad()
    mx.random.seed(3)
    with ctx, mx.autograd.record(train_mode=row.get("train", False)):
        ys = op.front(*xs, **row.get("params", {}))
    ys = ys if isinstance(ys, list) else [ys]
    found = [y.asnumpy() for y in ys]
    heads = [y for y in ys if y._node is not None and np.dtype(y.dtype).kind == "f"]
    if heads:
        draw = np.random.RandomState(5)
        mx.autograd.backward(heads, [mx.nd.array(draw.randn(*h.shape), h.context, h.dtype) for h in heads])
        found += [x.grad.asnumpy() for x in marked]
    assert "ctx" in row.get("params", {}) or all(y.context == ctx for y in ys)
    return found + [x.asnumpy() for x in xs if x is not None]


def twice(row, ctx):
    """The gradients of gradients of a row, for the operators that only these call."""
    op = get(row["op"])
    rng = np.random.RandomState(row.get("seed", 1))
    named = list(_inputs(op, {k: rows.make(v, rng) for k, v in row["inputs"].items()}, ctx))
    marked = [x for x, name in named if x is not None and x.dtype == np.float32 and name in row.get("grad", op.differentiable)]
    for x in marked:
        x.attach_grad()
    with mx.autograd.record(train_mode=row.get("train", False)):
        y = op.front(*[x for x, _ in named], **row.get("params", {}))
        y = y[0] if isinstance(y, list) else y
        first = mx.autograd.grad((y * y).sum(), marked, create_graph=True)
        z = sum((g * g).sum() for g in first)
    z.backward()


#: Operators whose gradients call some that nothing else does.
_DEEP = {"IdentityAttachKLSparseReg", "LayerNorm", "sort", "_image_resize", "_contrib_box_nms"}


def measured():
    """Operator name -> way, over all samples."""
    gpu.forget_ways()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for row in rows.load():
            outcome(row, mx.gpu(0))
            if row["op"] in _DEEP and row.get("order", 2) > 1:
                twice(row, mx.gpu(0))
    return {op.name: "parts" if op.composite else gpu.way(op) or "host" for op in operators()}


def written():
    """The table as it is committed."""
    return json.loads(FILE.read_text())


if __name__ == "__main__":
    FILE.write_text(json.dumps(measured(), indent=0, sort_keys=True) + "\n")
