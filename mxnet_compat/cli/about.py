"""What there is: the installation (``info``) and each operator (``ops NAME``), read off the registry."""
import difflib
import inspect
import pathlib

from ..ndarray import fronts
from ..ndarray.methods import FLUENT
from ..ops import registry
from ..ops.declare import NONE, ZERO
from ..selftest import environment

SPACES = ("", "contrib", "linalg", "random", "sparse", "image", "_internal")


def _space(name, front="nd"):
    return f"mx.{front}" + (f".{name}" if name else "")


def info():
    """{"facts": {name: text}, "operators": {namespace: how many}}; ``mx.sym`` has what ``mx.nd`` has."""
    counts = {_space(s): len(fronts.names(s)) for s in SPACES}
    counts["methods of NDArray"] = sum(name in registry.names() for name in FLUENT)
    counts["declared, aliases apart"] = len(registry.operators())
    return {"facts": {name: text for name, text, _ in environment.facts()}, "operators": counts}


def info_text():
    """`info` as lines."""
    found = info()
    lines = [f"{name:<26}{text}" for name, text in found["facts"].items()]
    lines += ["", "Operators (mx.sym has what mx.nd has)"]
    return "\n".join(lines + [f"  {name:<24}{count:>5}" for name, count in found["operators"].items()])


def operator_names():
    """Names of all operators, aliases apart."""
    return [op.name for op in registry.operators()]


def find(name):
    """The operator of a name, an alias, or a path such as ``mx.nd.contrib.X``; KeyError with near names."""
    parts = [p for p in name.split(".") if p not in ("mx", "mxnet", "nd", "ndarray", "sym", "symbol", "op")]
    space, last = ".".join(parts[:-1]), parts[-1] if parts else name
    full = fronts.operator_name(space, last) if space in SPACES else None
    for candidate in (full, last):
        if candidate in registry.names():
            return registry.get(candidate)
    near = difflib.get_close_matches(last, registry.names(), 4)
    raise KeyError(f"there is no operator called {name!r}" + (f"; near: {', '.join(near)}" if near else ""))


def exposed(op):
    """Where a script finds the operator: functions of namespaces, then the method of arrays."""
    places = []
    for space in SPACES:
        for name in sorted(fronts.names(space)):
            if registry.get(fronts.operator_name(space, name)) is op:
                places += [f"{_space(space, front)}.{name}" for front in ("nd", "sym")]
    return places + [f"NDArray.{n}" for n in FLUENT if n in registry.names() and registry.get(n) is op]


def _at(path, line):
    root = pathlib.Path(__file__).parents[2]
    path = pathlib.Path(path)
    return f"{path.relative_to(root) if path.is_relative_to(root) else path}:{line}"


def place(op):
    """``file:line`` of the declaration."""
    code = op.body.__code__
    # what a family constructor declares has the constructor's line; the quoted name stands where the declaration is
    for number, line in enumerate(pathlib.Path(code.co_filename).read_text(encoding="utf-8").splitlines(), 1):
        if f'"{op.name}"' in line:
            return _at(code.co_filename, number)
    return _at(code.co_filename, code.co_firstlineno)


def gradient(op, one):
    """How the gradient of one input comes about, in words."""
    rule = op.rules.get(one.name)
    if one.aux:
        return "none: the operator writes into it"
    if rule is ZERO:
        return "zero everywhere"
    if rule is NONE or op.nograd:
        return "cannot be differentiated"
    if op.composite:
        return "follows from the composition"
    rule = rule or op.joint
    if rule is None:
        return "no rule"
    return "the joint rule below" if rule is op.joint else _rule(rule)


def _rule(rule):
    """Where a rule stands and what it is made from, which is what the tape keeps."""
    names = [n for n in inspect.signature(rule).parameters if n != "need"]
    without = "" if any(n.startswith("dy") for n in names) else ", whatever the head gradient is"
    at = _at(rule.__code__.co_filename, rule.__code__.co_firstlineno)
    return f"rule at {at}, from {', '.join(names) or 'nothing'}{without}"


def _number(value):
    return "depends on the parameters" if callable(value) else str(value)


def operator_text(name):
    """All that is derived of one operator, as text. KeyError if there is none of that name."""
    op = find(name)
    arguments = [("*" if i.variadic else "") + i.name + ("=None" if i.optional else "") for i in op.inputs]
    arguments += [p.name if p.required else f"{p.name}={p.default!r}" for p in op.params]
    lines = [f"{op.name}({', '.join(arguments)})", ""]
    lines += ["    " + line if line else "" for line in inspect.cleandoc(op.__doc__ or "").splitlines()] + [""]

    def table(title, rows):
        if rows:
            widths = [max(len(r[i]) for r in rows) for i in range(len(rows[0]) - 1)]
            lines.append(title)
            lines.extend("  " + "  ".join([c.ljust(w) for c, w in zip(r, widths)] + [r[-1]]) for r in rows)

    table("Inputs", [(i.name, "any number" if i.variadic else "optional" if i.optional else "changed in place" if i.aux
                      else "required", "of the common type" if i.common else "of any type", gradient(op, i))
                     for i in op.inputs])
    table("Parameters", [(p.name, p.text, "required" if p.required else f"default {p.default!r}") for p in op.params])
    table("Facts", [
        ("kind", "composition of operators" if op.composite else "primitive with a numpy kernel"),
        ("declared", place(op)),
        *([("joint gradient", _rule(op.joint))] if op.joint else []),
        ("aliases", ", ".join(op.aliases) or "none"),
        ("seen as", ", ".join(exposed(op)) or "not seen by scripts"),
        ("outputs", _number(op.outputs) + ("" if op.visible is None else f", of which seen: {_number(op.visible)}")),
        ("types", ", ".join(sorted(map(str, op.dtypes)))),
        ("broadcasts", "yes" if op.broadcasts else "no"),
        ("dispatch gives", ", ".join(sorted(op.injected)) or "nothing"),
    ])
    return "\n".join(lines)
