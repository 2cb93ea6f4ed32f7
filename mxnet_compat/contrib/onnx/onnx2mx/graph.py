"""What importers see: a ``Call`` of an ONNX operator, whose inputs are symbols or known arrays."""
import numpy as np

from .... import symbol
from ....base import MXNetError
from ....symbol.infer import infer_shapes, infer_types

__all__ = ["IMPORTERS", "Call", "NotImportable", "State", "imports"]

#: ONNX's operator -> function of a Call that returns a symbol, an array, or a list of them
IMPORTERS = {}


class NotImportable(NotImplementedError):
    """An operator, or a way of calling it, that is not imported."""


def imports(*kinds):
    """Decorate the importer of operators."""
    def declare(function):
        for kind in kinds:
            IMPORTERS[kind] = function
        return function
    return declare


class State:
    """The import as it goes: values by name (symbols or arrays), parameters that became variables, shapes of inputs."""

    def __init__(self, version):
        self.version, self.values, self.params, self.known, self.types = version, {}, {}, {}, {}
        self._variables = {}

    def symbol_of(self, value, hint):
        """A value as a symbol: an array becomes a parameter."""
        if isinstance(value, symbol.Symbol):
            return value
        key = id(value)
        if key not in self._variables:
            name, k = hint, 0
            while name in self.params or name in self.known:
                k += 1
                name = f"{hint}_{k}"
            self.params[name] = value
            # the array is kept, so that its id stays its own
            self._variables[key] = symbol.var(name), value
        return self._variables[key][0]

    def _found(self, value, infer, known, default):
        if not isinstance(value, symbol.Symbol):
            return default(value)
        entry = value._outputs[0]
        return infer(value._outputs, known).get(entry)

    def shape(self, value):
        """The shape of a value, or None where it is not known whole."""
        known = {**{n: a.shape for n, a in self.params.items()}, **self.known}
        found = self._found(value, infer_shapes, known, lambda a: a.shape)
        return None if found is None or isinstance(value, symbol.Symbol) and (found == () or 0 in found) else tuple(found)

    def dtype(self, value):
        """The type of a value, float32 where it is not known."""
        known = {**{n: a.dtype for n, a in self.params.items()}, **self.types}
        return np.dtype(self._found(value, infer_types, known, lambda a: a.dtype) or "float32")


class Call:
    """A call of an ONNX operator. ``ins``: symbols, arrays, or None where an input is left out; ``name``: of its first output;
    ``names``: of its inputs; ``version``: of the operators."""

    def __init__(self, state, kind, name, ins, names, attrs, outputs):
        self._state, self.kind, self.name, self.ins, self.names = state, kind, name, ins, names
        self._attrs, self.outputs, self.version = attrs, outputs, state.version

    def no(self, what):
        """The error for what is not imported."""
        return NotImportable(f"ONNX: operator {self.kind} ({self.name}): {what}")

    def attr(self, name, default=None):
        """An attribute: numbers, text, or arrays."""
        value = self._attrs.get(name, default)
        return value.decode() if isinstance(value, bytes) else value

    def has(self, k):
        """Whether input ``k`` is there."""
        return k < len(self.ins) and self.ins[k] is not None

    def known(self, k):
        """Whether input ``k`` is a known array."""
        return self.has(k) and not isinstance(self.ins[k], symbol.Symbol)

    def array(self, k):
        """Input ``k`` as a known array. NotImportable where it depends on data."""
        if not self.known(k):
            raise self.no(f"input {k} must be constant")
        return self.ins[k]

    def ints(self, k):
        """Input ``k`` as a tuple of known integers."""
        return tuple(int(v) for v in np.ravel(self.array(k)))

    def sym(self, k=0):
        """Input ``k`` as a symbol; a known array becomes a parameter of its name."""
        if not self.has(k):
            raise MXNetError(f"ONNX: operator {self.kind} ({self.name}): input {k} is missing")
        return self._state.symbol_of(self.ins[k], self.names[k] or f"{self.name}_input{k}")

    def param(self, value, hint):
        """An array made of others as a parameter of its own."""
        return self._state.symbol_of(np.asarray(value), f"{self.name}_{hint}")

    def shape(self, k=0):
        """The shape of an input. NotImportable where it is not known."""
        found = self._state.shape(self.ins[k])
        if found is None:
            raise self.no(f"the shape of input {k} must be known")
        return found

    def shape_or_none(self, k=0):
        """The shape of an input, or None."""
        try:
            return self._state.shape(self.ins[k])
        except MXNetError:
            return None

    def dtype(self, k=0):
        """The type of an input."""
        return self._state.dtype(self.ins[k])

    def axes(self, k=1):
        """The axes that are an attribute, or input ``k`` in later versions; None for none."""
        axes = self.attr("axes")
        if axes is None and self.has(k):
            axes = self.ints(k)
        return None if axes is None else tuple(axes)
