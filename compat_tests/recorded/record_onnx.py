"""Records ONNX files that real MXNet writes, and what the graphs in them compute there: ``python record_onnx.py [FILE]``.

Run with real MXNet 1.9.1 and onnx 1.12. Files are bytes as base64; ``tests/onnx/test_recorded.py`` reads them. Left out is
what real MXNet exports wrongly: attributes of ``FullyConnected``, ``Deconvolution`` and ``BatchNorm`` at their defaults,
``exclude``, ``broadcast_to`` with a 0, two layers of an ``RNN`` whose input is not as wide as its state.
"""
import base64
import json
import os
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))

#: name -> (the symbol, with ``s`` for mx.sym and ``x``, ``y`` for its inputs; shapes of inputs; shapes of parameters)
CASES = {
    "convolutions": (
        "s.Pooling(s.LeakyReLU(s.Convolution(x, kernel=(3, 3), num_filter=3, pad=(1, 1), stride=(2, 2), name='c'), "
        "act_type='leaky', slope=0.1), kernel=(2, 2), stride=(2, 2), pool_type='avg')", {"x": (2, 2, 8, 8)},
        {"c_weight": (3, 2, 3, 3), "c_bias": (3,)}),
    "normalized": ("s.Activation(s.BatchNorm(x, fix_gamma=False, name='n'), act_type='relu')", {"x": (2, 3, 4, 4)},
                   {"n_gamma": (3,), "n_beta": (3,), "n_moving_mean": (3,), "n_moving_var": (3,)}),
    "layer norm": ("s.LayerNorm(x, name='n')", {"x": (2, 3, 4)}, {"n_gamma": (4,), "n_beta": (4,)}),
    "dense": ("s.softmax(s.FullyConnected(x, num_hidden=3, flatten=False, name='f'))", {"x": (2, 5, 4)},
              {"f_weight": (3, 4), "f_bias": (3,)}),
    "up": ("s.Deconvolution(s.UpSampling(x, scale=2, sample_type='nearest'), kernel=(2, 2), stride=(2, 2), num_filter=3, "
           "no_bias=True, name='d')", {"x": (1, 2, 3, 3)}, {"d_weight": (2, 3, 2, 2)}),
    "arithmetic": ("(x * 2 + y) / (1.5 - s.sqrt(s.abs(x))) - s.broadcast_minimum(x, y)", {"x": (2, 3), "y": (2, 3)}, {}),
    "comparisons": ("s.broadcast_add(s.broadcast_greater(x, y) + (x > 1), s.logical_not(y))", {"x": (2, 3), "y": (1, 3)}, {}),
    "reductions": ("s.concat(s.sum(x, axis=1), s.mean(x, axis=1), s.max(x, axis=2), dim=1)", {"x": (2, 4, 4)}, {}),
    "norms": ("s.norm(x, axis=1) + s.L2Normalization(x, mode='channel').sum(axis=1)", {"x": (2, 3, 4)}, {}),
    "shapes": ("s.transpose(s.reshape(s.expand_dims(x, axis=1), shape=(0, -1, 2)), axes=(1, 0, 2))", {"x": (2, 3, 4)}, {}),
    "merged": ("s.reshape(x, shape=(-3, 0))", {"x": (2, 3, 4)}, {}),
    "parts": ("s.concat(*s.split(x, num_outputs=2, axis=1), s.slice_axis(x, axis=1, begin=1, end=3), dim=0)", {"x": (2, 4)},
              {}),
    "sliced": ("s.slice(x, begin=(0, 1), end=(2, 3)) + s.slice_like(x, y, axes=(0, 1))", {"x": (4, 4), "y": (2, 2)}, {}),
    "swapped": ("s.SwapAxis(x, dim1=0, dim2=2)", {"x": (2, 3, 4)}, {}),
    "repeated": ("s.broadcast_add(s.tile(x, reps=(2, 1, 2)), s.repeat(x, repeats=2, axis=1))", {"x": (2, 2)}, {}),
    "chosen": ("s.take(x, s.argmax(y, axis=1))", {"x": (4, 3), "y": (2, 4)}, {}),
    "embedded": ("s.Embedding(s.argmax(x, axis=1), input_dim=4, output_dim=3, name='e')", {"x": (2, 4)}, {"e_weight": (4, 3)}),
    "sorted": ("s.topk(x, k=2, ret_typ='value') + s.one_hot(s.argmin(x, axis=1), depth=2)", {"x": (2, 4)}, {}),
    "products": ("s.batch_dot(x, y, transpose_b=True) * 0.5 + s.linalg.gemm2(x, y, transpose_b=True)", {"x": (2, 3, 4),
                                                                                                   "y": (2, 3, 4)}, {}),
    "attention": ("s.contrib.interleaved_matmul_selfatt_qk(x, heads=2)", {"x": (3, 2, 12)}, {}),
    "padded": ("s.Pad(x, mode='edge', pad_width=(0, 0, 0, 0, 1, 2, 0, 1))", {"x": (1, 2, 3, 3)}, {}),
    "masked": ("s.SequenceMask(x, y, use_sequence_length=True, value=-1)", {"x": (3, 2, 2), "y": (2,)}, {}),
    "where": ("s.where(x > 1, x, y)", {"x": (2, 3), "y": (2, 3)}, {}),
    "lstm": ("s.RNN(x, s.var('p'), s.var('h'), s.var('c'), mode='lstm', state_size=3, num_layers=1, state_outputs=True)",
             {"x": (4, 2, 3), "h": (1, 2, 3), "c": (1, 2, 3)}, {"p": (4 * 3 * 8,)}),
    "gru": ("s.RNN(x, s.var('p'), s.var('h'), mode='gru', state_size=3, num_layers=2, state_outputs=True)",
            {"x": (4, 2, 3), "h": (2, 2, 3)}, {"p": (2 * 3 * 3 * 8,)}),
    "of any batch": ("s.FullyConnected(x, num_hidden=3, flatten=True, name='f')", {"x": (2, 4)},
                     {"f_weight": (3, 4), "f_bias": (3,)}),
}


def arrays(shapes):
    """Numbers between 0.5 and 1.5 by name."""
    import numpy as np
    return {n: np.random.RandomState(k).uniform(0.5, 1.5, s).astype("float32")
            for k, (n, s) in enumerate(sorted(shapes.items()))}


def outcome(case):
    """The file, and the outputs."""
    import numpy as np

    import mxnet as mx
    code, shapes, params = CASES[case]
    with mx.name.NameManager():
        symbol = eval(code, {"s": mx.sym, "x": mx.sym.var("x"), "y": mx.sym.var("y")})
    given = {n: mx.nd.array(a) for n, a in arrays({**shapes, **params}).items()}
    aux = symbol.list_auxiliary_states()
    ex = symbol.bind(mx.cpu(), {n: given[n] for n in symbol.list_arguments()}, aux_states={n: given[n] for n in aux})
    results = [[list(y.shape), [float("%.7g" % v) for v in y.asnumpy().ravel()]] for y in ex.forward()]
    path = os.path.join(tempfile.mkdtemp(), "model.onnx")
    names = [n for n in symbol.list_inputs() if n in shapes]
    mx.onnx.export_model(symbol, {n: given[n] for n in params}, [shapes[n] for n in names], np.float32, path,
                         dynamic=case == "of any batch")
    with open(path, "rb") as file:
        return {"model": base64.b64encode(file.read()).decode(), "results": results}


def main():
    """Record every case."""
    target = sys.argv[1] if len(sys.argv) > 1 else os.path.join(HERE, "onnx.json")
    with open(target, "w", encoding="utf-8") as file:
        file.write("{" + ",".join(f"\n{json.dumps(c)}: {json.dumps(outcome(c))}" for c in CASES) + "}\n")
    print(len(CASES), "files")


if __name__ == "__main__":
    main()
