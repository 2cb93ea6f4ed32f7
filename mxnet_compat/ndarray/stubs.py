"""Type stubs of the operator namespaces, generated from the declarations: ``python -m mxnet_compat.ndarray.stubs``.

Editors and type checkers read the committed ``.pyi`` files; a test fails when they are stale.
"""
import inspect
import pathlib
import typing

from ..ops import load
from ..ops.declare import registry
from . import fronts
from .methods import FLUENT, Methods

__all__ = ["render", "write"]

_HEAD = '"""Generated from the operator declarations; do not edit (see stubs.py)."""\n'
_TYPES = {"int": "int | str", "float": "float | str", "boolean": "bool | str", "string": "str",
          "Shape(tuple)": "int | tuple[int, ...] | list[int] | str",
          "Shape or None": "int | tuple[int, ...] | list[int] | str | None",
          "tuple of <int or None>": "int | tuple[int | None, ...] | list[int | None] | str",
          "tuple of <float>": "float | tuple[float, ...] | list[float] | str", "dtype": "str | type"}


def _type(p):
    if typing.get_origin(p.annotation) is typing.Literal:
        return "str | int" if not all(isinstance(a, str) for a in typing.get_args(p.annotation)) else "str"
    text = p.text
    if text.endswith(" or None") and text not in _TYPES:
        inner = _TYPES.get(text[:-8], "Any")
        return inner if inner.endswith("None") else inner + " | None"
    return _TYPES.get(text, "Any" if not text.startswith("{") else "str")


def _default(p):
    return "..." if p.required else repr(p.default)


def _function(op, name, first="", indent=""):
    args, variadic = ([first] if first else []), op.variadic
    for i in op.inputs[1 if first else 0:]:
        args.append(f"*{i.name}: NDArray" if i.variadic else f"{i.name}: NDArray | None = None")
    args += [f"{p.name}: {_type(p)} = {_default(p)}" for p in op.params if p.name not in op.hidden]
    if variadic and not any(p.name == op.key for p in op.params):
        args.append(f"{op.key or 'num_args'}: int | None = None")
    args += ["out: Any = None", "name: str | None = None", "**kwargs: Any"]
    single = op.outputs == 1 or op.visible == 1
    result = "NDArray" if single and op.outputs == 1 else "Any"
    return f"{indent}def {name}({', '.join(args)}) -> {result}: ...\n"


def render():
    """``{file name: text}`` of all stubs."""
    load()
    files = {}
    for space, file in (("", "op"), ("contrib", "contrib"), ("linalg", "linalg"), ("image", "image"),
                        ("_internal", "_internal")):
        text = [_HEAD, "from typing import Any\n\n", "from .core import NDArray\n\n"]
        for name in sorted(fronts.names(space)):
            if not name.isidentifier():
                continue
            text.append(_function(registry.get(fronts.operator_name(space, name)), name))
        files[file + ".pyi"] = "".join(text)
    text = [_HEAD, "from typing import Any\n\n", "from .core import NDArray\n\n\n", "class Methods:\n"]
    for name in FLUENT:
        if name in registry:
            text.append(_function(registry.get(name), name, first="self", indent="    "))
    for name, f in vars(Methods).items():
        if inspect.isfunction(f) and name not in FLUENT:
            text.append(f"    def {name}{inspect.signature(f)} -> Any: ...\n")
    files["methods.pyi"] = "".join(text)
    return files


def write():
    """Write the stubs beside this file."""
    here = pathlib.Path(__file__).parent
    for name, text in render().items():
        (here / name).write_text(text)


if __name__ == "__main__":
    write()
