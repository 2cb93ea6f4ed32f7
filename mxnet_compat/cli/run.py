"""Running somebody's script, module or code as ``python`` would, with ``mxnet`` bound to this package.

It gets a ``__main__`` of its own in ``sys.modules``, so that pickling and multiprocessing find what it defines, its own
``sys.argv``, ``sys.path[0]`` and ``__file__``, and tracebacks that begin with its own frames.
"""
import importlib.machinery
import importlib.util
import io
import os
import runpy
import sys
import types

from .. import alias

_kept = []  # modules that were __main__ before: their contents must outlive what runs now


def script(path, args):
    """Run a file (or a folder or archive with a ``__main__.py``); returns the exit code."""
    if os.path.isdir(path) or path.endswith((".zip", ".pyz")):
        _prepare(path, args, None)
        runpy.run_path(path, run_name="__main__")
        return 0
    try:
        with io.open_code(os.path.abspath(path)) as f:
            source = f.read()
    except OSError as e:
        print(f"can't open {path!r}: {e.strerror}", file=sys.stderr)
        return 2
    full = os.path.abspath(path)
    _prepare(path, args, os.path.dirname(full))
    loader = importlib.machinery.SourceFileLoader("__main__", full)
    return _execute(source, full, __file__=full, __loader__=loader, __cached__=None)


def code(text, args):
    """Run code given as text; returns the exit code."""
    _prepare("-c", args, "")
    return _execute(text, "<string>")


def module(name, args):
    """Run a module, or a package's ``__main__``, by name; returns the exit code."""
    _prepare("-m", args, os.getcwd())
    try:
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.submodule_search_locations is not None:
            name += ".__main__"
            spec = importlib.util.find_spec(name)
    except ModuleNotFoundError as e:
        if not name.startswith(e.name or " "):
            raise
        spec = None
    source = None if spec is None or spec.loader is None else spec.loader.get_code(spec.name)
    if source is None:
        print(f"no module named {name!r} that could be run", file=sys.stderr)
        return 1
    sys.argv[0] = spec.origin
    return _execute(source, spec.origin, __file__=spec.origin, __spec__=spec, __package__=spec.parent,
                    __loader__=spec.loader, __cached__=spec.cached)


def _prepare(name, args, path0):
    """Bind ``mxnet``, and set ``sys.argv`` and ``sys.path[0]`` as the interpreter does."""
    alias.bind()
    sys.argv[:] = [name, *args]
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    if path0 is not None and not getattr(sys.flags, "safe_path", False):
        sys.path[:1] = [path0]
    if root not in sys.path:
        # child processes inherit the path, and import this package anew
        sys.path.append(root)


def _execute(source, filename, **names):
    main = types.ModuleType("__main__")
    main.__dict__.update({"__builtins__": __builtins__, "__spec__": None, "__package__": None, **names})
    _kept.append(sys.modules["__main__"])
    sys.modules["__main__"] = main
    try:
        exec(compile(source, filename, "exec", dont_inherit=True) if not isinstance(source, types.CodeType) else source,
             main.__dict__)
    except (SystemExit, KeyboardInterrupt):
        raise
    except BaseException as e:
        tb = e.__traceback__.tb_next  # without the frame of this function
        sys.excepthook(type(e), e.with_traceback(tb), tb)
        return 1
    return 0
