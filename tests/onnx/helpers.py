"""Running a symbol here, and a file in onnxruntime."""
import numpy as np

import mxnet_compat as mx
from mxnet_compat import nd


def here(symbol, arrays, aux=None):
    """The symbol's outputs for arrays by name."""
    aux = aux or {}
    as_nd = {n: a if isinstance(a, nd.NDArray) else nd.array(a, dtype=a.dtype) for n, a in {**arrays, **aux}.items()}
    ex = symbol.bind(mx.cpu(), {n: as_nd[n] for n in symbol.list_arguments()},
                     aux_states={n: as_nd[n] for n in symbol.list_auxiliary_states()})
    return [y.asnumpy() for y in ex.forward()]


def there(path, arrays):
    """What onnxruntime computes of the model in a file."""
    import onnxruntime
    options = onnxruntime.SessionOptions()
    options.log_severity_level, options.intra_op_num_threads = 3, 1
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    return session.run(None, {i.name: arrays[i.name] for i in session.get_inputs()})


def same(got, expected, rtol=1e-4, atol=1e-5):
    """AssertionError unless arrays agree in number, shape, type and value."""
    assert len(got) == len(expected)
    for g, e in zip(got, expected):
        assert g.shape == e.shape and g.dtype == e.dtype, (g.shape, e.shape, g.dtype, e.dtype)
        np.testing.assert_allclose(g, e, rtol=rtol, atol=atol)


def export(symbol, arrays, params, path, **options):
    """``export_model`` with the shapes and types of arrays."""
    names = [n for n in symbol.list_inputs() if n in arrays]
    return mx.onnx.export_model(symbol, {n: nd.array(a, dtype=a.dtype) for n, a in params.items()},
                                [arrays[n].shape for n in names], [arrays[n].dtype for n in names], str(path), **options)
