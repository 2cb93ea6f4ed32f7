"""From a declaration to compiled code: the ``mx.nd`` front of an operator, its recorder, its gradient.

Each is rendered as source, once, at first touch, so that a call does no lookup, loop or type ladder that the declaration
already answers. The text of a rendered function is in its ``__source__``.
"""
import inspect
import itertools
import linecache

import numpy as np

from ..autograd import tape
from ..backend import dispatch, rng
from ..base import MXNetError, _Null
from ..ndarray.core import NDArray, array_of, class_of, new
from .declare import NONE, NUMERIC, ZERO

__all__ = ["front", "kept_inputs", "recorder", "vjp"]

_serial = itertools.count()


def _compile(op, kind, name, lines, namespace):
    source = "\n".join(lines) + "\n"
    filename = f"<{kind} of {op.name} #{next(_serial)}>"
    linecache.cache[filename] = (len(source), None, source.splitlines(True), filename)
    # numpy's warnings are attributed to this module name, which the package silences
    namespace["__name__"] = "mxnet_compat.ops.rendered"
    exec(compile(source, filename, "exec"), namespace)
    fn = namespace[name]
    fn.__source__ = source
    fn.__module__ = "mxnet.ndarray.op"
    return fn


def _signature(op):
    """The parameters of the front in MXNet's order."""
    args = []
    for i in op.inputs:
        args.append(f"*{i.name}" if i.variadic else f"{i.name}=None")
    args += [f"{p.name}=_d_{p.name}" for p in op.params if p.name not in op.hidden]
    if op.variadic and not any(p.name == op.key for p in op.params):
        args.append(f"{op.key or 'num_args'}=None")
    return ", ".join([*args, "out=None", "name=None", "**kwargs"])


def _python_name(name):
    return "".join(c if c.isalnum() else "_" for c in name)


def front(op):
    """Compile the ``mx.nd`` function of ``op``."""
    fn = _python_name(op.name)
    ns = {"_op": op, "_N": NDArray, "_Null": _Null, "_type": type, "_new": new, "_nd": np.ndarray,
          "_f32": np.dtype("float32"), "_ok": op.dtypes, "_aside": dispatch.aside, "_tuple": tuple, "_class": class_of,
          "_kw": dispatch.bad_kwargs, "_s": tape.state, "_k": op.body, "_E": dispatch.KERNEL_ERRORS,
          "_failed": dispatch.failed, "_fix": dispatch.fix, "_into": dispatch.into, "_obuf": dispatch.out_buffer,
          "_outs": dispatch.wrap_outputs, "_refuse": dispatch.refuse_type, "_same": dispatch.same_type,
          "_rng": rng.generator, "_ctx_of": rng.context, "_list": list, "_len": len}
    for p in op.params:
        ns[f"_d_{p.name}"] = p.default
        ns[f"_p_{p.name}"] = dispatch.param_parser(op, p)
    lines = [f"def {fn}({_signature(op)}):"]
    lines += [f"    {p.name} = kwargs.pop('{p.name}', _d_{p.name})" for p in op.params if p.name in op.hidden]
    lines.append("    if kwargs: _kw(_op, kwargs)")
    put = lines.append
    if op.inputs:
        _input_checks(op, put)
    for p in op.params:
        if op.variadic and p.name == op.key and p.required:
            put(f"    if {p.name} is _Null: {p.name} = _len({op.inputs[-1].name})")
        cond = "" if p.required else f"if {p.name} is not _d_{p.name}: "
        put(f"    {cond}{p.name} = _p_{p.name}({p.name})")
    (_composite_body if op.composite else _primitive_body)(op, put, ns)
    result = _compile(op, "front", fn, lines, ns)
    result.__doc__ = _doc(op)
    result.__qualname__ = result.__name__ = op.name
    return result


def _input_checks(op, put):
    """What is not exactly an NDArray leaves the fast path; where an array has another storage, the call ends there."""
    names = "".join(("*" if i.variadic else "") + i.name + ", " for i in op.inputs)
    given = ", ".join(f"{p.name}={p.name}" for p in op.params)
    aside = [f"_x = _aside(_op, ({names}), dict({given}), out)", "if _type(_x) is not _tuple: return _x"]
    fixed = [i for i in op.inputs if not i.variadic]
    if fixed:
        put("    if " + " or ".join((f"({i.name} is not None and _type({i.name}) is not _N)" if i.optional else
                                     f"_type({i.name}) is not _N") for i in fixed) + ":")
        for line in [*aside, f"{names}= _x"]:
            put("        " + line)
    for i in op.inputs:
        if i.variadic:
            put(f"    for _v in {i.name}:")
            put("        if _type(_v) is not _N:")
            for line in [*aside, f"{names}= _x", "break"]:
                put("            " + line)


def _composite_body(op, put, ns):
    pos = [("*" if i.variadic else "") + i.name for i in op.inputs]
    named = [f"{p.name}={p.name}" for p in op.params]
    if "training" in op.injected:
        named.append("training=_s.training")
    first = next((i for i in op.inputs if i.common and not i.optional and not i.variadic), None)
    if first is not None and op.dtypes is not NUMERIC:
        ns["_dt"] = np.dtype
        put(f"    if _dt({first.name}.dtype) not in _ok: _refuse(_op, '{first.name}', {first.name}.dtype)")
    put("    try:")
    put(f"        _r = _k({', '.join(pos + named)})")
    put("    except _E as _e:")
    put(f"        _r = _failed(_op, _e, ({''.join(a + ', ' for a in pos)}), dict({', '.join(named)}))")
    put("    if out is not None: return _copy_out(_op, out, _r)")
    put("    return _r")
    ns["_copy_out"] = _copy_out


def _copy_out(op, out, result):
    results = result if isinstance(result, list) else [result]
    targets = dispatch.into(op, out, [r._a for r in results])
    for t, r in zip(targets, results):
        t._node, t._i = r._node, r._i
    return out


def _primitive_body(op, put, ns):
    inputs, single = op.inputs, op.outputs == 1
    common = [i for i in inputs if i.common]
    for i in inputs:
        if i.variadic:
            put(f"    _b_{i.name} = [_v._a for _v in {i.name}]")
        elif i.optional:
            put(f"    _b_{i.name} = None if {i.name} is None else {i.name}._a")
        else:
            put(f"    _b_{i.name} = {i.name}._a")
    if common:
        _type_checks(op, common, put)
    else:
        put("    _t = None")
    first = next((i for i in inputs if not i.optional), None)
    if first is None:
        has_ctx = any(p.name == "ctx" for p in op.params)
        put(f"    _c = _ctx_of({'ctx' if has_ctx else 'None'})")
        given = ", ".join(f"{p.name}={p.name}" for p in op.params)
        put(f"    if _c.device_typeid == 2: return _on_gpu(_op, dict({given}), _c, out)")
        ns["_on_gpu"] = _on_gpu
    elif first.variadic:
        put(f"    _c = {first.name}[0]._ctx if {first.name} else _ctx_of(None)")
    else:
        put(f"    _c = {first.name}._ctx")
    pos = ", ".join(("*" if i.variadic else "") + f"_b_{i.name}" for i in inputs)
    kw = [(p.name, p.name) for p in op.params]
    if "training" in op.injected:
        put("    _training = _s.training")
        kw.append(("training", "_training"))
    if "rng" in op.injected:
        put("    _g = _rng(_c)")
        kw.append(("rng", "_g"))
    if "out" in op.injected:
        put("    _o = None if out is None else _obuf(_op, out, _t)")
        kw.append(("out", "_o"))
    call = ", ".join(([pos] if pos else []) + [f"{k}={v}" for k, v in kw])
    put("    try:")
    put(f"        _y = _k({call})")
    put("    except _E as _e:")
    tup = f"({pos},)" if pos else "()"
    put(f"        _y = _failed(_op, _e, {tup}, dict({', '.join(f'{k}={v}' for k, v in kw)}))")
    if single:
        if not op.gives_sparse:
            put("    if _type(_y) is not _nd: _y = _fix(_y, _t)")
        put("    if out is not None: _r = _into(_op, out, [_y])[0]")
        put("    else:")
        kind = "_N if _type(_y) is _nd else _class(_y)" if op.gives_sparse else "_N"
        put(f"        _r = _new({kind}); _r._a = _y; _r._ctx = _c; _r._node = None; _r._i = 0")
    else:
        visible = "_op.num_visible(dict(" + ", ".join(f"{p.name}={p.name}" for p in op.params) + "))"
        if not callable(op.outputs) and not callable(op.visible):
            visible = str(op.visible or op.outputs)
        put(f"    _n = {visible}")
        put("    if out is not None: _r = _into(_op, out, _list(_y)[:_n]) + _outs(_y[_n:], _c)")
        put("    else: _r = _outs(_y, _c)")
    if inputs:
        tests = [f"any([_v._node is not None for _v in {i.name}])" if i.variadic else
                 (f"({i.name} is not None and {i.name}._node is not None)" if i.optional else
                  f"{i.name}._node is not None") for i in inputs]
        ns["any"] = any
        args = ", ".join(i.name for i in inputs)
        pt = "(" + "".join(f"{p.name}, " for p in op.params) + ("_training, " if "training" in op.injected else "") + ")"
        put(f"    if _s.recording and ({' or '.join(tests)}):")
        put(f"        _op.record({args}, {pt}, _r)")
    if single:
        put("    return _r")
    else:
        put("    return _r[0] if _n == 1 else _r[:_n]")


def _on_gpu(op, params, ctx, out):
    from ..backend import gpu
    return gpu.made(op, params, ctx, out)


def _type_checks(op, common, put):
    first = common[0]
    # the common type comes from the first input that is given
    if first.variadic:
        put(f"    _t = _b_{first.name}[0].dtype if _b_{first.name} else None")
        put(f"    for _v in _b_{first.name}:")
        put(f"        if _v.dtype is not _t: _same(_op, '{first.name}[0]', _t, '{first.name}', _v.dtype)")
    elif first.optional:
        put(f"    _t = None if _b_{first.name} is None else _b_{first.name}.dtype")
    else:
        put(f"    _t = _b_{first.name}.dtype")
    put(f"    if _t is not _f32 and _t is not None and _t not in _ok: _refuse(_op, '{first.name}', _t)")
    for i in common[1:]:
        b = f"_b_{i.name}"
        if i.variadic:
            put(f"    for _v in {b}:")
            put(f"        if _v.dtype is not _t: _same(_op, '{first.name}', _t, '{i.name}', _v.dtype)")
        else:
            guard = f"{b} is not None and " if i.optional else ""
            put(f"    if {guard}{b}.dtype is not _t: _same(_op, '{first.name}', _t, '{i.name}', {b}.dtype)")


def _doc(op):
    """The docstring of a front: the declaration's text, then the parameters as the declaration has them."""
    text = [inspect.cleandoc(op.__doc__ or ""), "", "Parameters", "----------"]
    for i in op.inputs:
        kind = "NDArray[]" if i.variadic else "NDArray"
        text.append(f"{i.name} : {kind}" + (", optional" if i.optional else ""))
    for p in op.params:
        text.append(f"{p.name} : {p.text}, " + ("required" if p.required else f"optional, default={p.default!r}"))
    text += ["out : NDArray, optional", "    Where to write the result.", "", "Returns", "-------",
             "NDArray or list of NDArray"]
    return "\n".join(text).strip()


# recording

def _rule_names(op):
    """All names that the rules of ``op`` mention."""
    rules = [r for r in op.rules.values() if callable(r)] + ([op.joint] if op.joint else [])
    names = []
    for r in rules:
        names += list(inspect.signature(r).parameters)
    return names


def _plan(op):
    """What the tape keeps for the rules: lists of (rule name, kind, input or output number)."""
    inputs = {i.name: k for k, i in enumerate(op.inputs)}
    params = {p.name: k for k, p in enumerate(op.params)}
    if "training" in op.injected:
        params["training"] = len(params)
    keep, seen = [], set()
    for n in _rule_names(op):
        if n in seen:
            continue
        seen.add(n)
        if n in inputs:
            keep.append((n, "input", inputs[n]))
        elif n in params:
            # a parameter may be called y, as the corner of a crop is
            keep.append((n, "param", params[n]))
        elif n == "y" or (n[0] == "y" and n[1:].isdigit()):
            keep.append((n, "output", int(n[1:] or 0)))
        elif n.endswith("_like") and n[:-5] in inputs:
            keep.append((n, "like", inputs[n[:-5]]))
        elif n in ("dy", "dys", "need") or (n[:2] == "dy" and n[2:].isdigit()):
            continue
        else:
            raise TypeError(f"operator {op.name}: a gradient rule mentions {n!r}, which is no input, output or parameter")
    for i in op.inputs:
        if op.rules.get(i.name) is ZERO and (i.name + "_like") not in seen:
            keep.append((i.name + "_like", "like", inputs[i.name]))
    return keep


def recorder(op):
    """Compile ``record(inputs…, params, outputs)``, which makes the node of a call and hangs it on the outputs."""
    inputs, single = op.inputs, op.outputs == 1
    lines = [f"def record({', '.join([*(i.name for i in inputs), '_params', '_r'])}):"]
    put = lines.append
    parents, index, shapes = [], [], []
    for i in inputs:
        v = i.name
        if i.variadic:
            put(f"    _p_{v} = []")
            put(f"    for _v in {v}:")
            put("        _p = _v._node")
            put("        if _p is not None and _p.dead: _p = _v._node = None")
            put(f"        _p_{v}.append(_p)")
            parents.append(f"*_p_{v}")
            index.append(f"*[_v._i for _v in {v}]")
            shapes.append(f"*[_v._a.shape for _v in {v}]")
            continue
        if i.optional:
            put(f"    _p_{v} = None if {v} is None else {v}._node")
            index.append(f"0 if {v} is None else {v}._i")
            shapes.append(f"None if {v} is None else {v}._a.shape")
        else:
            put(f"    _p_{v} = {v}._node")
            index.append(f"{v}._i")
            shapes.append(f"{v}._a.shape")
        parents.append(f"_p_{v}")
        put(f"    if _p_{v} is not None and _p_{v}.dead: _p_{v} = {v}._node = None")
    alive = [f"any([_p is not None for _p in {p[1:]}])" if p[0] == "*" else f"{p} is not None" for p in parents]
    put(f"    if not ({' or '.join(alive)}): return")
    put("    _n = _new(_Node)")
    put("    _n.op = _op; _n.seq = _next(_seq); _n.dead = False; _n.params = _params")
    put(f"    _n.parents = ({''.join(p + ', ' for p in parents)})")
    put(f"    _n.index = ({''.join(p + ', ' for p in index)})")
    put(f"    _n.shapes = ({''.join(p + ', ' for p in shapes)})")
    put("    _n.ctx = _r._ctx" if single else "    _n.ctx = _r[0]._ctx")
    saved = []
    for _, kind, k in _plan(op):
        v = inputs[k].name if kind in ("input", "like") else None
        if kind == "input":
            saved.append(v)
        elif kind == "output":
            # an output that only some parameters give is None to the rule otherwise
            some = callable(op.outputs)
            saved.append("_r._a" if single else f"(_r[{k}]._a if len(_r) > {k} else None)" if some else f"_r[{k}]._a")
        elif kind == "like":
            if inputs[k].variadic:
                saved.append(f"[_Like(_v._a.shape, _v._a.dtype, _v._ctx) for _v in {v}]")
            else:
                like = f"_Like({v}._a.shape, {v}._a.dtype, {v}._ctx)"
                saved.append(f"None if {v} is None else {like}" if inputs[k].optional else like)
    put(f"    _n.saved = ({''.join(s + ', ' for s in saved)})")
    if single:
        put("    _n.outs = None")
        put("    _r._node = _n; _r._i = 0")
    else:
        put("    _n.outs = tuple([(_o._a.shape, _o._a.dtype) for _o in _r])")
        put("    for _k, _o in _enumerate(_r): _o._node = _n; _o._i = _k")
    ns = {"_op": op, "_Node": tape.Node, "_new": new, "_next": next, "_seq": tape.seq, "_Like": tape.Like,
          "_enumerate": enumerate, "any": any, "len": len, "tuple": tuple}
    return _compile(op, "recorder", "record", lines, ns)


def kept_inputs(node):
    """The input arrays that a node of the tape keeps, by position."""
    op = node.op
    if not hasattr(op, "rules"):
        return {}
    kept, slot = {}, 0
    for _, kind, k in _plan(op):
        if kind == "param":
            continue
        if kind == "input":
            found = node.saved[slot]
            kept.update(enumerate(found, k) if op.inputs[k].variadic else [(k, found)])
        slot += 1
    return kept


# gradients

def _rewrap(x, node, i):
    """A kept input as it was when it was recorded (the array may have been marked anew since)."""
    r = array_of(x._a, x._ctx)
    r._node, r._i = node, i
    return r


def _kept_list(xs, parents, index):
    return [x if x._node is p else _rewrap(x, p, i) for x, p, i in zip(xs, parents, index)]


def _output(a, ctx, node, i):
    r = array_of(a, ctx)
    r._node, r._i = node, i
    return r


def _zero(like):
    return dispatch.zeros(like.shape, like.dtype, like.context)


def _zero_out(node, i):
    shape, dtype = node.outs[i]
    return dispatch.zeros(shape, dtype, node.ctx)


def _none(op, name):
    raise MXNetError(f"operator {op.name} cannot be differentiated with respect to {name}")


def vjp(op):
    """Compile ``vjp(node, dys, need, create_graph)``: the gradients of a recorded call, one per input (None: none)."""
    inputs, single = op.inputs, op.outputs == 1
    names = set(_rule_names(op))
    lines = ["def vjp(_n, _dys, need, _hi):"]
    put = lines.append
    put("    _s = _n.saved; _p = _n.params")
    slot = 0
    for n, kind, k in _plan(op):
        if kind == "param":
            if n in names:
                put(f"    {n} = _p[{k}]")
            continue
        put(f"    {n} = _s[{slot}]")
        slot += 1
        if kind == "input":
            if inputs[k].variadic:
                put(f"    if _hi: {n} = _kept({n}, _n.parents[{k}:], _n.index[{k}:])")
            else:
                guard = f"{n} is not None and " if inputs[k].optional else ""
                put(f"    if _hi and {guard}{n}._node is not _n.parents[{k}]: "
                    f"{n} = _rewrap({n}, _n.parents[{k}], _n.index[{k}])")
        elif kind == "output":
            guard = f"if {n} is not None: " if callable(op.outputs) else ""
            put(f"    {guard}{n} = _output({n}, _n.ctx, _n if _hi else None, {k})")
    for n in sorted(names):
        if n[:2] != "dy":
            continue
        if n == "dys":
            put("    dys = _dys" if not single else "    dys = [_dys]")
        elif single:
            put(f"    {n} = _dys")
        else:
            k = int(n[2:] or 0)
            put(f"    {n} = _dys[{k}]")
            put(f"    if {n} is None: {n} = _zero_out(_n, {k})")
    ns = {"_op": op, "_kept": _kept_list, "_rewrap": _rewrap, "_output": _output, "_zero": _zero,
          "_zero_out": _zero_out, "_none": _none, "_aligned": _aligned}
    if op.nograd:
        put("    _none(_op, 'its inputs')")
    elif op.joint is not None:
        ns["_joint"] = op.joint
        put(f"    return _aligned(_op, _joint({', '.join(inspect.signature(op.joint).parameters)}), _n, need)")
    else:
        put(f"    return ({''.join(_rule_call(op, k, i, ns) + ', ' for k, i in enumerate(inputs))})")
    return _compile(op, "gradient", "vjp", lines, ns)


def _rule_call(op, k, i, ns):
    rule = op.rules.get(i.name, NONE)
    if i.variadic:
        raise TypeError(f"operator {op.name}: the gradient of a variadic input needs a joint rule")
    if rule is ZERO:
        return f"_zero({i.name}_like) if need[{k}] else None"
    if rule is NONE:
        return f"_none(_op, '{i.name}') if need[{k}] else None"
    ns[f"_rule_{k}"] = rule
    return f"_rule_{k}({', '.join(inspect.signature(rule).parameters)}) if need[{k}] else None"


def _aligned(op, result, node, need):
    """The result of a joint rule (a dict by input name, or a sequence) as a list along the inputs."""
    if isinstance(result, dict):
        grads = []
        for i in op.inputs:
            grads.append(result.get(i.name))
    else:
        grads = list(result)
    for k, g in enumerate(grads):
        if not need[k]:
            grads[k] = None
        elif g is None and k < len(op.inputs) and not op.variadic:
            rule = op.rules.get(op.inputs[k].name)
            if rule is ZERO:
                shape = node.shapes[k]
                grads[k] = dispatch.zeros(shape, _dtype_of(op, node, k), node.ctx)
            elif rule is NONE:
                _none(op, op.inputs[k].name)
    return grads


def _dtype_of(op, node, k):
    slot = 0
    for _, kind, j in _plan(op):
        if kind == "param":
            continue
        if kind in ("like", "input") and j == k:
            return node.saved[slot].dtype
        slot += 1
    raise TypeError(f"operator {op.name}: the type of {op.inputs[k].name} is not kept")
