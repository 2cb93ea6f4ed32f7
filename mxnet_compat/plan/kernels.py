"""How single steps of a plan are written as code: as ufuncs and products where that is possible, else as the kernel.

A step is known to fit, since it ran once when it was traced; so nothing is checked again. What is large goes to the
operator's own kernel, which splits it, or to ``backend.parallel``.
"""
import numpy as np

from ..backend import parallel, pool
from ..backend.pool import SMALL

__all__ = ["NAMES", "code", "copies", "elementwise", "given_memory", "size_of", "writes_over"]

_UNARY = {n: n for n in (
    "negative", "ceil", "floor", "trunc", "exp", "expm1", "log", "log2", "log10", "log1p", "sqrt", "cbrt", "square",
    "reciprocal", "sin", "cos", "tan", "arcsin", "arccos", "arctan", "sinh", "cosh", "tanh", "arcsinh", "arccosh",
    "arctanh", "degrees", "radians")}
_UNARY.update(abs="absolute", fix="trunc")
_WORDS = {"add": "add", "sub": "subtract", "mul": "multiply", "div": "true_divide", "maximum": "maximum",
          "minimum": "minimum", "power": "power"}
_BINARY = {f"{form}{word}": ufunc for word, ufunc in _WORDS.items() for form in ("broadcast_", "elemwise_", "_")}
_BINARY["_grad_add"] = "add"
_SCALAR = {"_plus_scalar": ("add", False), "_minus_scalar": ("subtract", False), "_rminus_scalar": ("subtract", True),
           "_mul_scalar": ("multiply", False), "_div_scalar": ("true_divide", False),
           "_rdiv_scalar": ("true_divide", True), "_power_scalar": ("power", False),
           "_rpower_scalar": ("power", True), "_maximum_scalar": ("maximum", False),
           "_minimum_scalar": ("minimum", False)}
_COPIES = {"Reshape", "_backward_Reshape", "Flatten", "expand_dims", "squeeze", "_copy", "_copyto", "BlockGrad",
           "make_loss", "reshape_like", "_identity_with_attr_like_rhs"}
#: Short functions as lines, of ``{x}`` and of a head gradient ``{h}``; ``{y}`` says where to write, if anywhere;
#: ``{zero}`` and ``{one}`` are numbers.
_SIGMOID = ("{v} = negative({x}{y})", "exp({v}, {v})", "add({v}, {one}, {v})", "reciprocal({v}, {v})")
_ACTIVATION = {"relu": ("{v} = maximum({x}, {zero}{y})",), "sigmoid": _SIGMOID, "tanh": ("{v} = tanh({x}{y})",)}
_PULLS = {"_backward_relu": ("{v} = multiply({h}, {x} > {zero}{y})",),
          "_backward_sigmoid": ("t_ = subtract({one}, {x})", "multiply(t_, {x}, t_)", "{v} = multiply(t_, {h}{y})"),
          "_backward_tanh": ("t_ = multiply({x}, {x})", "subtract({one}, t_, t_)", "{v} = multiply(t_, {h}{y})")}


def _float(step):
    return all(d.kind == "f" for d in step.dtypes) and all(step.shapes)


def size_of(shape):
    """How many elements an array of a shape has."""
    n = 1
    for d in shape:
        n *= d
    return n


def _small(step):
    return step.block or size_of(step.shapes[0]) * step.dtypes[0].itemsize < SMALL


def copies(step):
    """The input of which the result is a copy, perhaps in another shape; or None."""
    name = step.op.name
    if name in _COPIES:
        return step.ins[0]
    shape, dtype = step.given[0] if step.given else (None, None)
    if name in ("Cast", "amp_cast"):
        return step.ins[0] if dtype == step.dtypes[0] else None
    if name in ("_sum_to", "_backward_sum", "_backward_sum_to", "broadcast_to"):
        return step.ins[0] if size_of(shape) == size_of(step.shapes[0]) else None
    return None


def elementwise(step):
    """Whether each element of the result comes from those at the same place, by one of the forms written here."""
    name = step.op.name
    return len(step.outs) == 1 and _fits(step) and (
        name in _UNARY or name in _SCALAR or name in _BINARY or name in _PULLS or _activation(step) in _ACTIVATION) and \
        all(s == step.shapes[0] or size_of(s) == 1 for s, _ in step.given)


def writes_over(step):
    """Places of the inputs into whose memory the result can be written."""
    name = step.op.name
    if name.startswith("chain"):
        return tuple(k for k, (s, _) in enumerate(step.given) if s == step.shapes[0]) if len(step.outs) == 1 else ()
    if len(step.outs) != 1 or not step.plain or not _float(step):
        return ()
    if name in _UNARY or name in _SCALAR:
        return (0,)
    if name in _BINARY:
        return 0, 1
    small = _small(step)
    if small and (name in _PULLS or _activation(step) in _ACTIVATION):
        return (0,)
    return ()


def given_memory(step):
    """The results that a step can write into memory that the caller hands in."""
    if step.op.name == "dot":
        return step.outs if _fits(step) and all(len(s) == 2 and size_of(s) for s, _ in step.given) and \
            step.params["forward_stype"] in (None, "default") else ()
    return step.outs[1:] if step.op.name == "backward_convolution" and step.params["need_w"] else ()


def _activation(step):
    name = step.op.name
    return step.params["act_type"] if name == "Activation" else name if name in ("relu", "sigmoid") else None


def code(step, name, put, constant):
    """Write a step as lines, each handed to ``put``.

    ``name`` gives the variable of a value by number, ``constant`` a name for any object.
    """
    special = _special(step, [None if i is None else name(i) for i in step.ins], name, put, constant)
    if not special:
        _general(step, name, put, constant)


def _general(step, name, put, constant):
    op, params = step.op, step.params
    args = [name(i) if i is not None else "None" for i in step.ins]
    args += [f"{k}={constant(v)}" for k, v in params.items()]
    if "rng" in op.injected:
        args.append("rng=g_")
    if step.into is not None:
        args.append(f"into=o_[{step.into}]")
    call = f"{constant(op.body)}({', '.join(args)})"
    outs = [name(o) for o in step.outs]
    if op.outputs == 1:
        put(f"{outs[0]} = {call}" if step.plain else f"{outs[0]} = {constant(_fixed(step.fixed))}({call})")
        return
    put(f"{', '.join(outs)}, = {call}")
    if not step.plain:
        for o in outs:
            put(f"{o} = asarray({o})")


def _fixed(dtype):
    return lambda y: np.asarray(y) if dtype is None else np.asarray(y, dtype)


_numbers = {}


def _number(value, dtype, constant):
    """A number as an array without dimensions, which a ufunc takes faster than a scalar."""
    with np.errstate(all="ignore"):
        number = np.array(value, dtype)
    number.flags.writeable = False
    return constant(_numbers.setdefault((number.tobytes(), dtype), number))


def _fits(step):
    return step.plain and _float(step) and step.dtypes[0] != np.float16 and \
        all(d == step.dtypes[0] and s for s, d in step.given)


def _special(step, ins, name, put, constant):
    """Write the step in a short form; False where there is none."""
    op, params = step.op.name, step.params
    if len(step.outs) != 1 or not _fits(step):
        return False
    v, small = name(step.outs[0]), _small(step)
    y = "" if step.inplace is None else f", out={name(step.inplace)}"
    ufunc = _UNARY.get(op)
    if ufunc:
        put(f"{v} = {ufunc}({ins[0]}{y})" if small else f"{v} = unary({ufunc}, {ins[0]}{y})")
        return True
    if op in _BINARY or op in _SCALAR:
        if op in _BINARY:
            ufunc, pair = _BINARY[op], f"{ins[0]}, {ins[1]}"
        else:
            ufunc, reverse = _SCALAR[op]
            s, t = params["scalar"], step.dtypes[0]
            s = _number(s, t, constant) if small else constant(t.type(s))
            pair = f"{s}, {ins[0]}" if reverse else f"{ins[0]}, {s}"
        put(f"{v} = {ufunc}({pair}{y})" if small else f"{v} = binary({ufunc}, {pair}{y})")
        return True
    if op in ("FullyConnected", "dot"):
        return _product(step, ins, v, put)
    if op in ("sum", "mean", "_sum_to"):
        return _reduction(step, ins, v, put)
    if op == "_backward_sum":
        kept = tuple([1 if k in params["axes"] else d for k, d in enumerate(step.shapes[0])])
        put(f"{v} = empty({step.shapes[0]}, {constant(step.dtypes[0])})")
        put(f"{v}[...] = {ins[0]}.reshape({kept})")
        return True
    lines = _PULLS.get(op) or _ACTIVATION.get(_activation(step))
    if lines and small:
        zero, one = (_number(k, step.dtypes[0], constant) for k in (0, 1))
        for line in lines:
            put(line.format(v=v, h=ins[0], x=ins[-1], y=y, zero=zero, one=one))
        return True
    return False


def _product(step, ins, v, put):
    shapes = [s for s, _ in step.given]
    if any(not size_of(s) for s in shapes):
        return False
    x, w = ins[:2]
    if step.op.name == "dot":
        if step.params["forward_stype"] not in (None, "default") or any(len(s) != 2 for s in shapes):
            return False
        into = "" if step.into is None else f", o_[{step.into}]"
        put(f"{v} = dot({x}{'.T' if step.params['transpose_a'] else ''}, "
            f"{w}{'.T' if step.params['transpose_b'] else ''}{into})")
        return True
    if len(shapes[0]) != 2:
        if not step.params["flatten"] and len(shapes[0]) > 2:
            x = f"{x}.reshape({size_of(shapes[0][:-1])}, {shapes[0][-1]})"
        else:
            x = f"{x}.reshape({shapes[0][0]}, {size_of(shapes[0][1:])})"
    put(f"{v} = dot({x}, {w}.T)")
    if not step.params["no_bias"]:
        put(f"add({v}, {ins[2]}, {v})")
    if len(step.shapes[0]) != 2:
        put(f"{v} = {v}.reshape({step.shapes[0]})")
    return True


def _reduction(step, ins, v, put):
    own, shape = step.given[0][0], step.shapes[0]
    if step.op.name == "_sum_to":
        lead = len(own) - len(shape)
        axes = (*range(lead), *[lead + k for k, d in enumerate(shape) if d == 1 and own[lead + k] != 1])
    else:
        given = step.params["axis"]
        axes = tuple(range(len(own))) if given is None or given == () else \
            (given,) if isinstance(given, int) else tuple(given)
        axes = {a % len(own) for a in axes}
        if step.params["exclude"]:
            axes = set(range(len(own))) - axes
        axes = tuple(sorted(axes))
    if not axes or not size_of(own):
        return False
    # the sum of all elements is a numpy scalar, which has reshape too
    axis = axes[0] if len(axes) == 1 else axes
    left = tuple([d for k, d in enumerate(own) if k not in axes])
    put(f"{v} = reduce({ins[0]}, {axis})" + (f".reshape({shape})" if left != shape else ""))
    if step.op.name == "mean":
        put(f"divide({v}, {size_of([own[a] for a in axes])}, {v})")
    return True


#: What the lines may use by name.
NAMES = {**{u: getattr(np, u) for u in {*_UNARY.values(), *_WORDS.values(), "divide", "dot", "asarray"}},
         "empty": pool.empty, "reduce": np.add.reduce, "unary": parallel.unary, "binary": parallel.binary,
         "split": parallel.split, "block": parallel.BLOCK}
