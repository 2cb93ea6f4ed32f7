"""Reads public signatures and the operator registry of real MXNet as compact facts; `record.py` writes them down.

`render` also serves the law that compares our signatures with recorded/signatures.json. Run as a script under real
MXNet, this file prints both sets of facts as JSON. Only names, types and defaults are taken, no descriptions.
"""
from __future__ import annotations

import ctypes
import inspect
import json
import os
import re
import sys
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

MODULES = ("nd", "nd.op", "nd.random", "nd.linalg", "nd.contrib", "nd.image", "nd.sparse", "nd._internal")
PLAIN = (bool, int, float, str, type(None))


def render(function: Callable) -> str:
    """The parameters as they would stand between the parentheses of a ``def``: ``data=None, *, axis=-1, **kwargs``.

    Types are written by name, MXNet's missing-value mark as ``_Null``, other defaults that are no literals as ``...``.
    """
    parts, star = [], False
    for p in inspect.signature(function).parameters.values():
        if p.kind is p.KEYWORD_ONLY and not star:
            parts.append("*")
        star = star or p.kind in (p.VAR_POSITIONAL, p.KEYWORD_ONLY)
        prefix = {p.VAR_POSITIONAL: "*", p.VAR_KEYWORD: "**"}.get(p.kind, "")
        default = "" if p.default is p.empty else f"={_default(p.default)}"
        parts.append(f"{prefix}{p.name}{default}")
    return ", ".join(parts)


def _default(value: Any) -> str:
    if isinstance(value, type):
        return "_Null" if value.__name__ == "_NullType" else value.__name__
    if type(value).__name__ == "_NullType":
        return "_Null"
    if isinstance(value, (tuple, list)) and all(isinstance(v, PLAIN) for v in value) or isinstance(value, PLAIN):
        return repr(value)
    return "..."


def surface(mx: Any) -> dict[str, dict[str, str]]:
    """Every public function of the ``mx.nd`` modules, and NDArray's methods: module to name to rendered signature.

    Functions of other rooms that a module merely imported (``check_call``, ``current_context``) are left out.
    ``mx.nd.op`` says "=" where it repeats ``mx.nd``; a property of NDArray reads "property".
    """
    found = {}
    for path in MODULES:
        module = mx
        for part in path.split("."):
            module = getattr(module, part)
        private = path == "nd._internal"
        names = [n for n in dir(module) if not n.startswith("__" if private else "_")]
        found[f"mx.{path}"] = {n: render(f) for n in names if _belongs(f := getattr(module, n))}
    base = found["mx.nd"]
    found["mx.nd.op"] = {n: "=" if s == base.get(n) else s for n, s in found["mx.nd.op"].items()}
    found["mx.nd.NDArray"] = dict(_methods(mx.nd.NDArray))
    return found


def _belongs(value: Any) -> bool:
    # the generated functions say "ndarray" for their module, the written ones "mxnet.ndarray.<room>"
    return isinstance(value, types.FunctionType) and value.__module__.startswith(("ndarray", "mxnet.ndarray"))


def _methods(cls: type) -> Iterator[tuple[str, str]]:
    inherited = set(dir(object))
    for name in sorted(dir(cls)):
        value = inspect.getattr_static(cls, name)
        if isinstance(value, property):
            yield name, "property"
        elif isinstance(value, types.FunctionType) and (name not in inherited or name in vars(cls)):
            yield name, render(value)


def operators() -> list[dict[str, Any]]:
    """The registry of real MXNet, forward operators only, each under its first name.

    Parameters read [name, type] where required or without a default, else [name, type, default as text]; ``count``
    names the parameter that tells how many inputs a variadic operator got.
    """
    from mxnet.base import _LIB, OpHandle, c_str, check_call

    size, names = ctypes.c_uint(), ctypes.POINTER(ctypes.c_char_p)()
    check_call(_LIB.MXListAllOpNames(ctypes.byref(size), ctypes.byref(names)))
    registered = sorted(names[i].decode() for i in range(size.value))
    found: dict[str, dict[str, Any]] = {}
    for name in registered:
        handle = OpHandle()
        check_call(_LIB.NNGetOpHandle(c_str(name), ctypes.byref(handle)))
        entry = _describe(handle)
        entry = found.setdefault(entry["name"], entry)
        if name != entry["name"]:
            entry["aliases"] = [*entry.get("aliases", []), name]
    return [entry for name, entry in sorted(found.items()) if "backward" not in name]


def _describe(handle: Any) -> dict[str, Any]:
    from mxnet.base import _LIB, check_call

    text, strings, count = ctypes.c_char_p, ctypes.POINTER(ctypes.c_char_p), ctypes.c_uint()
    name, description, variadic, returns = text(), text(), text(), text()
    arg_names, arg_types, arg_descriptions = strings(), strings(), strings()
    filled = (name, description, count, arg_names, arg_types, arg_descriptions, variadic, returns)
    check_call(_LIB.MXSymbolGetAtomicSymbolInfo(handle, *map(ctypes.byref, filled)))
    entry: dict[str, Any] = {"name": name.value.decode(), "inputs": [], "params": []}
    if variadic.value:
        entry["count"] = variadic.value.decode()
    for i in range(count.value):
        argument, kind = arg_names[i].decode(), arg_types[i].decode()
        if re.match(r"(NDArray|Symbol)\b", kind):
            entry["inputs"].append("*" + argument if "[]" in kind else argument)
        else:
            entry["params"].append([argument, *_parameter(kind)])
    return entry


def _parameter(kind: str) -> list[str]:
    """``"{'a', 'b'},optional, default='a'"`` as ["a|b", "a"]; ``"int, required"`` as ["int"]."""
    kind, _, default = kind.partition("default=")
    kind = re.sub(r"[,\s]*(optional|required)?[,\s]*$", "", kind)
    if kind.startswith("{"):
        kind = "|".join(v.strip().strip("'") for v in kind.strip("{}").split(","))
    return [kind, default.strip("'")] if _ else [kind]


def _print() -> None:
    here = Path(__file__).resolve().parent
    sys.path[:] = [p for p in sys.path if Path(p or ".").resolve() not in (here, here.parent)]
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    import mxnet as mx

    json.dump({"version": mx.__version__, "signatures": surface(mx), "operators": operators()}, out)


if __name__ == "__main__":
    _print()
