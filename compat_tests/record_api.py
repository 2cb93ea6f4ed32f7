"""Writes recorded/public_api.json.gz, the public surface of real MXNet: `python -m compat_tests.record_api --python REAL`.

Modules with the names they define or offer, signatures, classes with their members: facts only, no descriptions.
REAL is an interpreter with mxnet 1.9.1. Under it this file runs as a script and prints; `pages.py` and a test read.
"""
from __future__ import annotations

import argparse
import gzip
import importlib
import inspect
import json
import os
import pkgutil
import subprocess
import sys
import types
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
STORED = HERE / "recorded" / "public_api.json.gz"
#: Module paths that are MXNet's machinery, not something a script imports.
INTERNAL = ("_", "cython", "libmxnet", "space", "numpy_op_doc", "ndarray_doc", "symbol_doc", "api", "tvmop", "notebook",
            "setup")
GENERATED = ("ndarray", "symbol")  # what functions made from the operator registry say for their module


def modules(mx: Any) -> dict[str, types.ModuleType]:
    """Public modules by the path that scripts use, both those found as files and those reached as attributes."""
    for info in pkgutil.walk_packages(mx.__path__, "mxnet.", onerror=lambda name: None):
        if not any(p.startswith(INTERNAL) for p in info.name.split(".")[1:]) and ".mx2onnx." not in info.name \
                and ".onnx2mx." not in info.name and "quantization" not in info.name.split(".")[-2]:
            try:
                importlib.import_module(info.name)
            except Exception as e:  # some need packages that are not there
                print(f"{info.name}: {e}", file=sys.stderr)
    found: dict[str, types.ModuleType] = {}
    todo = [("mxnet", mx)]
    while todo:
        path, module = todo.pop(0)
        found[path] = module
        for name in sorted(dir(module)):
            value = getattr(module, name)
            home = getattr(value, "__name__", "")
            # a child under its own or a second name (mx.nd), not a module that was merely imported
            if (isinstance(value, types.ModuleType) and not name.startswith(INTERNAL + ("gen_",))
                    and home.startswith("mxnet.") and home.rpartition(".")[0] == module.__name__
                    and not any(p.startswith("_") for p in home.split(".")[1:]) and path.count(".") < 4):
                todo.append((f"{path}.{name}", value))
    return found


def names(module: types.ModuleType, render: Any) -> dict[str, list[str]]:
    """The names a module defines or offers: name -> [kind, where it comes from, signature or type]."""
    offered, found = getattr(module, "__all__", ()), {}
    for name in sorted(dir(module)):
        if name.startswith("_") and name not in offered:
            continue
        value = getattr(module, name)
        home = getattr(value, "__module__", None) or ""
        if isinstance(value, type):
            if home.startswith("mxnet"):
                found[name] = ["class", f"{home}.{value.__name__}", ""]
        elif callable(value) and not isinstance(value, types.ModuleType):
            if home.startswith(("mxnet", *GENERATED)):
                found[name] = ["function", home, _signature(value, render)]
        elif isinstance(value, (bool, int, float, str, tuple, list, dict)):
            found[name] = ["value", "", type(value).__name__]
    return found


def members(cls: type, render: Any) -> dict[str, str]:
    """What a class itself defines: name -> signature, "property" or "value". Special methods are left out, but for
    ``__init__`` and ``__call__``."""
    found = {}
    for name, value in sorted(vars(cls).items()):
        if name.startswith("_") and name not in ("__init__", "__call__"):
            continue
        if isinstance(value, (staticmethod, classmethod)):
            value = value.__func__
        if isinstance(value, types.FunctionType):
            found[name] = _signature(value, render)
        else:
            found[name] = "property" if isinstance(value, property) else "value"
    return found


def _signature(value: Any, render: Any) -> str:
    try:
        return f"({render(value)})"
    except (TypeError, ValueError):
        return "(...)"


def facts(mx: Any, render: Any) -> dict[str, Any]:
    """Everything, as it is stored."""
    found, classes, by_object = {}, {}, {}
    for path, module in modules(mx).items():
        first = by_object.setdefault(id(module), path)
        if first != path:
            found[path] = {"same": first}
            continue
        offered = getattr(module, "__all__", None)
        found[path] = {"all": None if offered is None else sorted(offered), "home": module.__name__,
                       "names": names(module, render)}
        for value in vars(module).values():
            if inspect.isclass(value) and value.__module__.startswith("mxnet"):
                for cls in value.__mro__:
                    full = f"{cls.__module__}.{cls.__name__}"
                    if cls.__module__.startswith("mxnet") and full not in classes:
                        bases = [f"{b.__module__}.{b.__name__}" for b in cls.__bases__]
                        classes[full] = {"bases": bases, "members": members(cls, render)}
    return {"version": mx.__version__, "modules": found, "classes": classes}


def read() -> dict[str, Any]:
    """The stored facts."""
    return json.loads(gzip.decompress(STORED.read_bytes()))


def _print() -> None:
    from signatures import render  # beside this file, which runs as a script here
    sys.path[:] = [p for p in sys.path if Path(p or ".").resolve() not in (HERE, HERE.parent)]
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    import mxnet as mx

    json.dump(facts(mx, render), out, sort_keys=True)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="compat_tests.record_api", description=__doc__.split("\n")[0])
    parser.add_argument("--python", required=True, help="an interpreter with real MXNet 1.9.1")
    parser.add_argument("--check", action="store_true", help="write nothing, fail where anything differs")
    args = parser.parse_args(argv)
    env = dict(os.environ, OMP_NUM_THREADS="1", PYTHONPATH="")
    printed = subprocess.run([args.python, __file__, "--print"], env=env, stdout=subprocess.PIPE, text=True,
                             check=True, cwd=HERE.anchor).stdout
    new = json.loads(printed)
    if args.check:
        return int(new != read())
    # mtime and level fixed, so that the same facts give the same file
    STORED.write_bytes(gzip.compress(json.dumps(new, sort_keys=True).encode(), 9, mtime=0))
    print(f"{len(new['modules'])} modules, {len(new['classes'])} classes, {STORED.stat().st_size} bytes")
    return 0


if __name__ == "__main__":
    if sys.argv[1:] == ["--print"]:
        _print()
    else:
        sys.exit(main())
