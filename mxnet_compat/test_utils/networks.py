"""Checking Symbols through their executors: values, gradients by finite differences, agreement of variants, speed."""
import json
import time
import traceback
from collections import OrderedDict

import numpy as np

from .. import ndarray as nd
from .. import symbol as _symbol
from ..ndarray import NDArray
from .compare import assert_almost_equal, default_atols, default_numeric_eps, default_rtols
from .environment import default_context, default_dtype

__all__ = ["_parse_aux_states", "_parse_location", "check_consistency", "check_numeric_gradient", "check_speed",
           "check_symbolic_backward", "check_symbolic_forward", "numeric_grad", "same_symbol_structure",
           "simple_forward"]

_FLOATS = ("float16", "float32", "float64")


def _as_ndarray(value, ctx, dtype):
    """A numpy array (or number) as an NDArray of ``dtype``, where ``'asnumpy'`` means the array's own."""
    if isinstance(value, NDArray):
        return value
    value = np.asarray(value)
    return nd.array(value, ctx=ctx, dtype=value.dtype if isinstance(dtype, str) and dtype == "asnumpy" else dtype)


def _parse_location(sym, location, ctx, dtype=default_dtype()):
    """Arguments from a list or dictionary of arrays, as NDArrays by name; ValueError unless the names are all there."""
    assert isinstance(location, (dict, list, tuple)), \
        f"location: expected a list or dictionary of arrays, got {type(location).__name__}"
    names = sym.list_arguments()
    if isinstance(location, dict):
        if set(location) != set(names):
            raise ValueError(f"location names {sorted(location)} but the arguments are {names}")
        pairs = location.items()
    else:
        pairs = zip(names, location)
    return OrderedDict((name, _as_ndarray(value, ctx, dtype)) for name, value in pairs)


def _parse_aux_states(sym, aux_states, ctx, dtype=default_dtype()):
    """Auxiliary states as NDArrays by name, or None; ValueError for other names."""
    if aux_states is None:
        return None
    names = sym.list_auxiliary_states()
    if isinstance(aux_states, dict):
        if set(aux_states) != set(names):
            raise ValueError(f"aux_states names {sorted(aux_states)} but the auxiliary states are {names}")
    else:
        assert isinstance(aux_states, (list, tuple)), \
            f"aux_states: expected a list or dictionary of arrays, got {type(aux_states).__name__}"
        aux_states = dict(zip(names, aux_states))
    return {name: _as_ndarray(value, ctx, dtype) for name, value in aux_states.items()}


def _by_name(values, names):
    return values if isinstance(values, dict) else dict(zip(names, values))


def _requests(grad_req, names):
    """``grad_req``, one for all, a list or a dictionary, as a dictionary."""
    return dict.fromkeys(names, grad_req) if isinstance(grad_req, str) else dict(_by_name(grad_req, names))


def simple_forward(sym, ctx=None, is_train=False, **inputs):
    """The values of a Symbol for inputs given as keywords: a numpy array, or a list of them for several outputs."""
    ctx = ctx or default_context()
    executor = sym.bind(ctx, args={name: _as_ndarray(value, ctx, None) for name, value in inputs.items()})
    outputs = [x.asnumpy() for x in executor.forward(is_train=is_train)]
    return outputs[0] if len(outputs) == 1 else outputs


def numeric_grad(executor, location, aux_states=None, eps=1e-4, use_forward_train=True, dtype=default_dtype()):
    """The gradients of the executor's first output, which must be one number, by central differences.

    ``location`` is a dictionary of numpy arrays; the result has one for each floating-point entry.
    """
    def value():
        for name, array in (aux_states or {}).items():
            executor.aux_dict[name][:] = array
        return executor.forward(is_train=use_forward_train)[0].asscalar()

    gradients = {}
    for name, array in location.items():
        executor.arg_dict[name][:] = array
    for name, array in location.items():
        if array.dtype.kind != "f":
            continue
        target = executor.arg_dict[name]
        moved = np.array(array, dtype=dtype)
        gradient = np.zeros(array.shape, dtype=dtype)
        flat, out = moved.reshape(-1), gradient.reshape(-1)
        for i in range(flat.size):
            here, results = flat[i], []
            for step in (eps / 2.0, -eps / 2.0):
                flat[i] = here + step
                target[:] = moved
                results.append(value())
            flat[i] = here
            out[i] = (results[0] - results[1]) / eps
        target[:] = array
        gradients[name] = gradient
    return gradients


def check_numeric_gradient(sym, location, aux_states=None, numeric_eps=None, rtol=None, atol=None, grad_nodes=None,
                           use_forward_train=True, ctx=None, grad_stype_dict=None, dtype=default_dtype()):
    """AssertionError unless the gradients of a Symbol of one output agree with finite differences.

    What is differentiated is the sum of the output times random positive numbers. ``grad_nodes`` (all arguments by
    default) is a list of names, or a dictionary from names to ``'write'``, ``'add'``, ``'null'``. ValueError for other
    types of it, AssertionError for a ``dtype`` that is not float16, float32 or float64.
    """
    assert np.dtype(dtype).name in _FLOATS, f"dtype must be one of {', '.join(_FLOATS)}, got {np.dtype(dtype)}"
    ctx = ctx or default_context()
    eps = default_numeric_eps()[np.dtype(dtype)] if numeric_eps is None else numeric_eps
    location = _parse_location(sym, location, ctx, dtype)
    location_npy = {name: value.asnumpy() for name, value in location.items()}
    aux_states = _parse_aux_states(sym, aux_states, ctx, dtype)
    aux_npy = None if aux_states is None else {name: value.asnumpy() for name, value in aux_states.items()}
    if grad_nodes is None:
        requests = dict.fromkeys(sym.list_arguments(), "write")
    elif isinstance(grad_nodes, (list, tuple)):
        requests = dict.fromkeys(grad_nodes, "write")
    elif isinstance(grad_nodes, dict):
        requests = dict(grad_nodes)
    else:
        raise ValueError(f"grad_nodes: expected a list or dictionary of names, got {grad_nodes!r}")

    weights = "__random_proj"
    output = _symbol.sum(sym * _symbol.Variable(weights))
    _, out_shapes, _ = sym.infer_shape(**{name: value.shape for name, value in location.items()})
    location[weights] = nd.array(np.random.rand(*out_shapes[0]) + 0.1, ctx=ctx, dtype=dtype)
    grads = {name: nd.array(np.random.normal(0, 0.01, size=location[name].shape), ctx=ctx, dtype=dtype)
             for name in requests}
    grads[weights] = nd.zeros(out_shapes[0], ctx=ctx, dtype=dtype)
    for name, stype in (grad_stype_dict or {}).items():
        if name in grads:
            grads[name] = grads[name].tostype(stype)
    before = {name: value.asnumpy() for name, value in grads.items()}
    executor = output.bind(ctx, args=location, args_grad=grads, aux_states=aux_states,
                           grad_req={**requests, weights: "write"})
    executor.forward(is_train=True)
    executor.backward([nd.ones((1,), ctx=ctx, dtype=dtype)])
    symbolic = {name: executor.grad_dict[name].asnumpy() for name in requests}
    moved = {name: location_npy[name] for name, request in requests.items() if request != "null"}
    numeric = numeric_grad(executor, moved, aux_npy, eps, use_forward_train, dtype)
    for name, request in requests.items():
        if request == "null":
            assert_almost_equal(before[name], symbolic[name], rtol, atol, (f"NUMERICAL_{name}", f"BACKWARD_{name}"))
            continue
        got = symbolic[name] - before[name] if request == "add" else symbolic[name]
        assert_almost_equal(numeric[name], got, rtol, atol, (f"NUMERICAL_{name}", f"BACKWARD_{name}"))


def check_symbolic_forward(sym, location, expected, rtol=None, atol=None, aux_states=None, ctx=None, equal_nan=False,
                           dtype=default_dtype()):
    """AssertionError unless the outputs are as expected (a list or dictionary of arrays). Returns the outputs.

    ``location`` and ``aux_states`` are lists or dictionaries; numpy arrays in them become ``dtype``.
    """
    ctx = ctx or default_context()
    location = _parse_location(sym, location, ctx, dtype)
    executor = sym.bind(ctx, args=location, aux_states=_parse_aux_states(sym, aux_states, ctx, dtype))
    names = sym.list_outputs()
    expected = _by_name(expected, names)
    outputs = executor.forward(is_train=False)
    for name, output in zip(names, outputs):
        if name in expected:
            assert_almost_equal(expected[name], output, rtol, atol, (f"EXPECTED_{name}", f"FORWARD_{name}"),
                                equal_nan=equal_nan)
    return outputs


def check_symbolic_backward(sym, location, out_grads, expected, rtol=None, atol=None, aux_states=None, grad_req="write",
                            ctx=None, grad_stypes=None, equal_nan=False, dtype=default_dtype()):
    """AssertionError unless the gradients are as expected (a list, or a dictionary for some arguments).

    ``out_grads`` are the head gradients (a list or dictionary, or None for losses). With ``grad_req='add'`` the buffers
    start with random numbers, with ``'null'`` they must keep them. Returns the gradient arrays by name.
    """
    ctx = ctx or default_context()
    arguments = sym.list_arguments()
    location = _parse_location(sym, location, ctx, dtype)
    aux_states = _parse_aux_states(sym, aux_states, ctx, dtype)
    expected = _by_name(expected, arguments)
    requests = _requests(grad_req, arguments)
    before, grads = {}, {}
    for name, value in expected.items():
        own = location[name].dtype if isinstance(dtype, str) and dtype == "asnumpy" else dtype
        grads[name] = nd.array(np.random.normal(size=np.shape(value)), ctx=ctx, dtype=own)
        if grad_stypes and grad_stypes.get(name, "default") != "default":
            grads[name] = grads[name].tostype(grad_stypes[name])
        before[name] = grads[name].asnumpy()
    executor = sym.bind(ctx, args=location, args_grad=grads, aux_states=aux_states, grad_req=requests)
    executor.forward(is_train=True)
    if out_grads is not None:
        assert isinstance(out_grads, (dict, list, tuple)), \
            f"out_grads: expected a list or dictionary of arrays, got {type(out_grads).__name__}"
        if isinstance(out_grads, dict):
            out_grads = [out_grads[name] for name in sym.list_outputs()]
        out_grads = [_as_ndarray(g, ctx, dtype) for g in out_grads]
    executor.backward(out_grads)
    for name, value in expected.items():
        value = value.asnumpy() if isinstance(value, NDArray) else np.asarray(value)
        got, request = grads[name].asnumpy(), requests.get(name, "null")
        want = before[name] if request == "null" else value
        got = got - before[name] if request == "add" else got
        assert_almost_equal(want, got, rtol, atol, (f"EXPECTED_{name}", f"BACKWARD_{name}"), equal_nan=equal_nan)
    return grads


def check_speed(sym, location=None, ctx=None, N=20, grad_req=None, typ="whole", **kwargs):
    """Seconds per pass, the mean of ``N``: ``'whole'`` is forward and backward, ``'forward'`` alone without training.

    The arguments are a dictionary ``location`` of arrays, or random arrays of the shapes given as keywords. ValueError
    for another ``typ``.
    """
    if typ not in ("whole", "forward"):
        raise ValueError(f"typ must be 'whole' or 'forward', got {typ!r}")
    ctx = ctx or default_context()
    grad_req = grad_req or "write"
    if location is None:
        executor = sym.simple_bind(grad_req=grad_req, ctx=ctx, **kwargs)
        location = {name: np.random.normal(size=value.shape) for name, value in executor.arg_dict.items()}
    else:
        assert isinstance(location, dict), f"location: expected a dictionary, got {type(location).__name__}"
        executor = sym.simple_bind(grad_req=grad_req, ctx=ctx, **{name: np.shape(v) for name, v in location.items()})
    for name, value in location.items():
        executor.arg_dict[name][:] = value

    def once():
        if typ == "forward":
            executor.forward(is_train=False)
        else:
            executor.forward(is_train=True)
            executor.backward(out_grads=executor.outputs)

    once()
    nd.waitall()
    start = time.time()
    for _ in range(N):
        once()
    nd.waitall()
    return (time.time() - start) / N


def _tolerance(given, defaults, low):
    if given is None:
        return defaults[low]
    return given[low] if isinstance(given, dict) else given


def check_consistency(sym, ctx_list, scale=1.0, grad_req="write", arg_params=None, aux_params=None, rtol=None,
                      atol=None, raise_on_err=True, ground_truth=None, equal_nan=False, use_uniform=False,
                      rand_type=np.float64):
    """AssertionError unless a Symbol (or one for each entry) does the same in several contexts and types.

    Each entry of ``ctx_list`` is a dictionary of the keywords of ``simple_bind``: ``ctx``, shapes, ``type_dict``. The
    results of the most precise one are the truth unless ``ground_truth`` (a dictionary of arrays by output and argument
    name) is given; the tolerance is that of the less precise type. Arguments that ``arg_params`` does not give are
    random, normal or with ``use_uniform`` uniform, times ``scale``. Returns the truth.
    """
    assert len(ctx_list) > 1, f"expected at least two entries to compare, got {len(ctx_list)}"
    symbols = [sym] * len(ctx_list) if not isinstance(sym, (list, tuple)) else list(sym)
    assert len(symbols) == len(ctx_list), f"there are {len(symbols)} symbols for {len(ctx_list)} entries"
    output_names, arg_names = symbols[0].list_outputs(), symbols[0].list_arguments()
    for other in symbols:
        assert other.list_arguments() == arg_names, f"arguments differ: {arg_names}, {other.list_arguments()}"
        assert other.list_outputs() == output_names, f"outputs differ: {output_names}, {other.list_outputs()}"
    executors = [s.simple_bind(grad_req=grad_req, **entry) for s, entry in zip(symbols, ctx_list)]

    arg_params, aux_params = dict(arg_params or {}), dict(aux_params or {})
    for name, array in executors[0].arg_dict.items():
        if name not in arg_params:
            values = np.random.uniform(-0.92 * scale, 0.92 * scale, array.shape) if use_uniform else \
                np.random.normal(size=array.shape, scale=scale)
            arg_params[name] = values.astype(rand_type)
    for executor in executors:
        for name, array in executor.arg_dict.items():
            array[:] = arg_params[name]
        for name, array in executor.aux_dict.items():
            array[:] = aux_params.get(name, 0)
        for name, array in executor.grad_dict.items():
            # accumulation starts from the same numbers everywhere
            if array is not None:
                array[:] = arg_params[name]

    def results(executor, with_grads):
        found = dict(zip(output_names, executor.outputs))
        if with_grads:
            found.update({name: g for name, g in executor.grad_dict.items() if g is not None})
        return found

    def compare(with_grads):
        found = [results(executor, with_grads) for executor in executors]
        types = [np.dtype(executor.outputs[0].dtype) for executor in executors]
        best = int(np.argmax([t.itemsize for t in types]))
        truth = ground_truth if ground_truth is not None else {n: a.copy() for n, a in found[best].items()}
        for i, values in enumerate(found):
            if i == best and ground_truth is None:
                continue
            low = min(types[i], types[best], key=lambda t: t.itemsize)
            for name, value in values.items():
                want = truth[name]
                want = want.asnumpy() if isinstance(want, NDArray) else np.asarray(want)
                try:
                    assert_almost_equal(value.asnumpy(), want.astype(types[i]), equal_nan=equal_nan,
                                        rtol=_tolerance(rtol, default_rtols(), low),
                                        atol=_tolerance(atol, default_atols(), low),
                                        names=(f"{name}_{i}", f"{name}_truth"))
                except AssertionError:
                    print(f"{'Train' if with_grads else 'Predict'}: entry {i}, {ctx_list[i]}, differs in {name}")
                    if raise_on_err:
                        raise
                    traceback.print_exc()
        return truth

    for executor in executors:
        executor.forward(is_train=False)
    truth = compare(False)
    if grad_req != "null":
        for executor in executors:
            executor.forward(is_train=True)
            executor.backward(executor.outputs)
        truth = compare(True)
    return truth


def same_symbol_structure(sym1, sym2):
    """Whether two Symbols apply the same operators in the same way; names do not matter."""
    def shape(sym):
        graph = json.loads(sym.tojson())
        nodes = [(node["op"], [i[:2] for i in node["inputs"]]) for node in graph["nodes"]]
        return nodes, [h[:2] for h in graph["heads"]]
    return shape(sym1) == shape(sym2)
