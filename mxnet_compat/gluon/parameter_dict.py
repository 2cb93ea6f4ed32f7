"""``ParameterDict``: parameters by their full names, with a common prefix, sharing, files."""
from collections import OrderedDict

import numpy as np

from .. import context, initializer, ndarray
from .utils import brief

__all__ = ["ParameterDict"]

Parameter = Constant = None     # set by parameter.py


def _merged(wanted, stored):
    """The more exact of two shapes of one rank, or None where they contradict."""
    merged = []
    for a, b in zip(wanted, stored):
        if a != b and a > 0 and b > 0:
            return None
        merged.append(b if a in (0, -1) else a)
    return tuple(merged)


class ParameterDict:
    """Parameters by name, in order. ``get`` makes those that are not there, with ``prefix`` before their names.

    Parameters of the dictionary ``shared`` are taken instead of new ones where the full name is the same.
    """

    def __init__(self, prefix="", shared=None):
        self._prefix = prefix
        self._params = OrderedDict()
        self._shared = shared

    def __repr__(self):
        lines = "\n".join(f"  {p}" for p in self.values())
        return f"{self._prefix + ' ' if self._prefix else ''}(\n{lines}\n)"

    def __getitem__(self, key):
        return self._params[key]

    def __iter__(self):
        return iter(self._params)

    def items(self):
        """Names and parameters."""
        return self._params.items()

    def keys(self):
        """Full names."""
        return self._params.keys()

    def values(self):
        """Parameters."""
        return self._params.values()

    @property
    def prefix(self):
        """What the names of new parameters begin with."""
        return self._prefix

    def _get_impl(self, name):
        if name not in self._params and self._shared is not None and name in self._shared._params:
            self._params[name] = self._shared._params[name]
        return self._params.get(name)

    def get(self, name, **kwargs):
        """The parameter ``prefix + name``, made with ``kwargs`` if it is not there.

        One that is there must agree with ``kwargs`` (AssertionError); unknown dimensions of its shape are filled in.
        """
        name = self.prefix + name
        param = self._get_impl(name)
        if param is None:
            param = self._params[name] = Parameter(name, **kwargs)
            return param
        for key, wanted in kwargs.items():
            stored = getattr(param, key, None)
            if stored is None:
                setattr(param, key, wanted)
                continue
            if key == "shape" and wanted is not None and len(wanted) == len(stored):
                shape = _merged(wanted, stored)
                if shape is not None:
                    param._shape = shape
                    continue
            elif key == "dtype" and np.dtype(wanted) == np.dtype(stored):
                continue
            assert wanted is None or wanted == stored, \
                f"Parameter {name} is there with {key}={stored!r}, wanted is {key}={wanted!r}"
        return param

    def get_constant(self, name, value=None):
        """The constant ``prefix + name``, made from ``value`` if it is not there.

        KeyError where it is absent and there is no value; AssertionError for one of another value or no constant.
        """
        name = self.prefix + name
        param = self._get_impl(name)
        if param is None:
            if value is None:
                raise KeyError(f"there is no constant {name}; give a value to make one")
            param = self._params[name] = Constant(name, value)
        elif value is not None:
            assert isinstance(param, Constant), f"Parameter {name} is there and is no constant"
            value = value.asnumpy() if isinstance(value, ndarray.NDArray) else np.asarray(value)
            assert param.shape == value.shape and (param.value.asnumpy() == value).all(), \
                f"Constant {name} is there with another value"
        return param

    def update(self, other):
        """Take the parameters of another dictionary; AssertionError where a name stands for two parameters."""
        mine = self._params
        for name, p in other.items():
            assert mine.get(name, p) is p, f"two different parameters are called {name}"
        for name, p in other.items():
            mine[name] = p

    # all parameters at once

    def initialize(self, init=initializer.Uniform(), ctx=None, verbose=False, force_reinit=False):
        """Initialize all parameters, each with its own initializer or else with ``init``."""
        if verbose:
            init.set_verbosity(verbose=verbose)
        for p in self.values():
            p.initialize(None, ctx, init, force_reinit=force_reinit)

    def zero_grad(self):
        """Fill all gradients with zeros."""
        for p in self.values():
            p.zero_grad()

    def reset_ctx(self, ctx):
        """Move all parameters to other contexts."""
        for p in self.values():
            p.reset_ctx(ctx)

    def list_ctx(self):
        """Every context that some parameter is on."""
        return sorted({c for p in self.values() for c in p.list_ctx()}, key=lambda c: (c.device_typeid, c.device_id))

    def setattr(self, name, value):
        """Set an attribute, such as ``lr_mult`` or ``grad_req``, of all parameters."""
        for p in self.values():
            setattr(p, name, value)

    # files

    def save(self, filename, strip_prefix=""):
        """Write the values to a file, without ``strip_prefix`` before their names (ValueError where it is not there)."""
        arrays = {}
        for p in self.values():
            if not p.name.startswith(strip_prefix):
                raise ValueError(f"the prefix {strip_prefix!r} is to be stripped, but the parameter {p.name} does not begin "
                                 "with it: it may be shared by another block, or was made outside of name_scope()")
            arrays[p.name[len(strip_prefix):]] = p._reduce()
        ndarray.save(filename, arrays)

    def load(self, filename, ctx=None, allow_missing=False, ignore_extra=False, restore_prefix="", cast_dtype=False,
             dtype_source="current"):
        """Read values from a file; see ``load_dict``."""
        if restore_prefix:
            for name in self.keys():
                assert name.startswith(restore_prefix), \
                    f"restore_prefix is {restore_prefix!r}, but the parameter {name} does not begin with it"
        self.load_dict(ndarray.load(filename), ctx, allow_missing, ignore_extra, restore_prefix, filename, cast_dtype,
                       dtype_source)

    def load_dict(self, param_dict, ctx=None, allow_missing=False, ignore_extra=False, restore_prefix="", filename=None,
                  cast_dtype=False, dtype_source="current"):
        """Take values from a dictionary of arrays (``arg:`` and ``aux:`` are cut, ``restore_prefix`` is put before names).

        AssertionError for parameters that are missing unless ``allow_missing``, for names too many unless
        ``ignore_extra``, and for shapes, types (unless ``cast_dtype``) or contexts that do not fit.
        """
        where = f"the file {filename}" if filename else "param_dict"
        cut = len(restore_prefix)
        arrays = param_dict.items() if isinstance(param_dict, dict) else ()
        found = {restore_prefix + (k[4:] if k.startswith(("arg:", "aux:")) else k): v for k, v in arrays}
        if not allow_missing:
            for name in self.keys():
                assert name in found, (f"the parameter {name[cut:]!r} is not in {where}, which has {brief(found)}; do both "
                                       "networks have the same prefix?")
        if isinstance(ctx, context.Context):
            ctx = [ctx]
        for name, value in found.items():
            if name in self._params:
                self._params[name]._load_init(value, ctx, cast_dtype=cast_dtype, dtype_source=dtype_source)
            else:
                assert ignore_extra, (f"{name[cut:]!r} of {where} is none of the parameters, which are "
                                      f"{brief(self._params)}; ignore_extra=True would pass it over")
