"""The surroundings of a test: default context, environment variables, standard error, repetition, what can run."""
import contextlib
import functools
import os
import platform
import sys

import numpy as np

from .. import context as _context

__all__ = ["EnvManager", "default_context", "default_dtype", "discard_stderr", "environment", "has_tvm_ops",
           "is_aarch64_run", "is_cd_run", "is_op_runnable", "list_gpus", "retry", "set_default_context", "set_env_var"]


def default_context():
    """The context in force."""
    return _context.current_context()


def set_default_context(ctx):
    """Make ``ctx`` the context in force in this thread."""
    state = _context._default
    state.stack = (*state.stack[:-1], _context.intern(ctx))


def default_dtype():
    """numpy.float32."""
    return np.float32


def list_gpus():
    """The indices of the GPUs that can be used."""
    return range(_context.num_gpus())


def is_cd_run():
    """Whether ``CD_JOB`` is 1."""
    return os.environ.get("CD_JOB", "0") == "1"


def has_tvm_ops():
    """False: there are no TVM operators."""
    return False


def is_op_runnable():
    """True: every operator that exists runs."""
    return True


def is_aarch64_run():
    """Whether the processor is a 64-bit ARM."""
    return platform.machine() == "aarch64"


def retry(n):
    """A decorator that calls a test again, up to ``n`` times in all, while it fails with an AssertionError."""
    assert n > 0, f"retry: expected a positive number of attempts, got {n}"

    def decorate(test):
        @functools.wraps(test)
        def repeated(*args, **kwargs):
            for _ in range(n - 1):
                try:
                    return test(*args, **kwargs)
                except AssertionError:
                    pass
            return test(*args, **kwargs)
        return repeated
    return decorate


@contextlib.contextmanager
def discard_stderr():
    """A scope in which nothing, not even compiled code, writes to standard error."""
    sys.stderr.flush()
    keep = os.dup(2)
    try:
        with open(os.devnull, "w", encoding="utf-8") as void, contextlib.redirect_stderr(void):
            os.dup2(void.fileno(), 2)
            yield
    finally:
        os.dup2(keep, 2)
        os.close(keep)


@contextlib.contextmanager
def environment(*args):
    """A scope with other environment variables: ``environment(name, value)`` or ``environment({name: value, ...})``.

    None removes a variable. AssertionError for other arguments, when the scope is entered.
    """
    if len(args) == 1 and isinstance(args[0], dict):
        changes = args[0]
    else:
        assert len(args) == 2, "environment takes a dictionary, or a name and a value"
        changes = {args[0]: args[1]}
    before = {name: os.environ.get(name) for name in changes}

    def apply(values):
        for name, value in values.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value

    try:
        apply(changes)
        yield
    finally:
        apply(before)


class EnvManager:
    """A scope with another value of one environment variable (the form of releases before 1.7)."""

    def __init__(self, key, val):
        self._scope = environment(key, val)

    def __enter__(self):
        self._scope.__enter__()

    def __exit__(self, *exc):
        self._scope.__exit__(*exc)


def set_env_var(key, val, default_val=""):
    """Set an environment variable; returns what it was, or ``default_val``."""
    before = os.environ.get(key, default_val)
    os.environ[key] = val
    return before
