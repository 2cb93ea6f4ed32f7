"""ONNX's reductions."""
from .... import symbol as sym
from .graph import imports


def _options(call):
    axes, keep = call.axes(), bool(call.attr("keepdims", 1))
    if axes == () or axes is None:
        axes = None
    return {"axis": axes, "keepdims": keep}


def _reductions(kind, function):
    @imports(kind)
    def reduce(call):
        if call.attr("noop_with_empty_axes") and not call.axes():
            return sym.identity(call.sym(), name=call.name)
        return function(call.sym(), name=call.name, **_options(call))


def _l1(x, name, **options):
    return sym.sum(sym.abs(x), name=name, **options)


def _l2(x, name, **options):
    return sym.sqrt(sym.sum(sym.square(x), **options), name=name)


for _kind, _function in (
        ("ReduceSum", sym.sum), ("ReduceMean", sym.mean), ("ReduceMax", sym.max), ("ReduceMin", sym.min),
        ("ReduceProd", sym.prod), ("ReduceL1", _l1), ("ReduceL2", _l2),
        ("ReduceSumSquare", lambda x, name, **o: sym.sum(sym.square(x), name=name, **o)),
        ("ReduceLogSum", lambda x, name, **o: sym.log(sym.sum(x, **o), name=name)),
        ("ReduceLogSumExp", lambda x, name, **o: sym.log(sym.sum(sym.exp(x), **o), name=name))):
    _reductions(_kind, _function)


@imports("ArgMax", "ArgMin")
def _position(call):
    if call.attr("select_last_index"):
        raise call.no("select_last_index=1")
    function = sym.argmax if call.kind == "ArgMax" else sym.argmin
    found = function(call.sym(), axis=call.attr("axis", 0), keepdims=bool(call.attr("keepdims", 1)))
    return sym.cast(found, dtype="int64", name=call.name)


@imports("CumSum")
def _cumsum(call):
    if call.attr("exclusive") or call.attr("reverse"):
        raise call.no("exclusive or reverse")
    return sym.cumsum(call.sym(), axis=call.ints(1)[0], name=call.name)
