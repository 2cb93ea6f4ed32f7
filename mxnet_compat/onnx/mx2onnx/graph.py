"""What converters see: a ``Call`` of an operator, which adds nodes to the ONNX graph that is being written."""
import numpy as np

from ..package import number_of, onnx

__all__ = ["CONVERTERS", "OPSET", "Call", "NotConvertible", "Writer", "converts"]

#: The version of ONNX's operators that converters write.
OPSET = 13

#: operator's name -> function of a Call
CONVERTERS = {}


class NotConvertible(NotImplementedError, AttributeError):
    """An operator, or a way of calling it, that is not converted (MXNet raises AttributeError)."""


def converts(*names):
    """Decorate the converter of operators. It adds nodes and names the results by ``call.give`` or ``call.emit``."""
    def declare(function):
        for name in names:
            CONVERTERS[name] = function
        return function
    return declare


class Writer:
    """The ONNX graph as it grows: nodes, constants, and where a dimension may not be relied upon."""

    def __init__(self, dynamic):
        self.nodes, self.initializers, self.dynamic = [], {}, dynamic
        self._constants, self._taken = {}, set()

    def fresh(self, hint):
        """A name that no other value has."""
        name, k = hint, 0
        while name in self._taken:
            name, k = f"{hint}_{k}", k + 1
        self._taken.add(name)
        return name

    def reserve(self, names):
        """Names that belong to the graph."""
        self._taken.update(names)

    def constant(self, value, hint="constant"):
        """The name of a constant; equal ones are one."""
        value = np.asarray(value)
        key = value.dtype.str, value.shape, value.tobytes()
        if key not in self._constants:
            self._constants[key] = name = self.fresh(hint)
            self.initializers[name] = value
        return self._constants[key]

    def node(self, kind, ins, outs, attrs):
        """Add a node; attributes that are None, and inputs that are None at the end, are left out."""
        ins = ["" if i is None else i for i in ins]
        while ins and not ins[-1]:
            ins.pop()
        attrs = {k: v for k, v in attrs.items() if v is not None}
        self.nodes.append(onnx().helper.make_node(kind, ins, outs, name=self.fresh(f"{outs[0]}/{kind}"), **attrs))


class Call:
    """A call of an MXNet operator.

    ``p``: parsed parameters by name; ``ins``: names of the inputs that are there; ``shapes`` and ``dtypes`` of these;
    ``outs``: names of the visible outputs; ``value(k)``: the array that input ``k`` is, where parameters alone make it.
    """

    def __init__(self, writer, node, params, ins, shapes, dtypes, outs, out_shapes, out_dtypes, value):
        self._writer, self._node, self.p = writer, node, params
        self.name, self.op = node.name, node.op.name
        self.ins, self.shapes, self.dtypes = ins, shapes, dtypes
        self.outs, self.out_shapes, self.out_dtypes = outs, out_shapes, out_dtypes
        self._value = value

    def no(self, what):
        """The error for what is not converted."""
        return NotConvertible(f"ONNX: operator {self.op} ({self.name}): {what}")

    def value(self, k):
        """The array of an input that depends on parameters alone. NotConvertible where it does not."""
        found = self._value(k)
        if found is None:
            raise self.no(f"input {k} must be made of parameters alone")
        return found

    def ndim(self, k=0):
        """The number of dimensions of an input."""
        if self.shapes[k] is None:
            raise self.no("the number of dimensions of its input is not known")
        return len(self.shapes[k])

    def fixed(self, k=0):
        """The shape of an input, to be written into the file. NotConvertible where inputs may have any."""
        if self._writer.dynamic or self.shapes[k] is None or 0 in self.shapes[k]:
            raise self.no("it needs the shape of its input, which must be given, without dynamic=True")
        return self.shapes[k]

    def fixed_out(self, k=0):
        """The shape of an output, to be written into the file."""
        if self._writer.dynamic or self.out_shapes[k] is None or 0 in self.out_shapes[k]:
            raise self.no("it needs the shape of its output, which must follow, without dynamic=True")
        return self.out_shapes[k]

    @property
    def dynamic(self):
        """Whether inputs may have any shapes."""
        return self._writer.dynamic

    # adding

    def const(self, value, dtype=None):
        """The name of a constant; numbers get the type of the first input."""
        value = np.asarray(value, dtype or (None if isinstance(value, np.ndarray) else self.dtypes[0]))
        return self._writer.constant(value, f"{self.name}_constant")

    def ints(self, *values):
        """The name of a constant list of int64."""
        return self._writer.constant(np.array(values, np.int64).reshape(-1), f"{self.name}_ints")

    def mid(self, kind, *ins, outputs=1, **attrs):
        """Add a node with results of its own; returns the name, or a list of several."""
        outs = [self._writer.fresh(f"{self.name}_{kind.lower()}") for _ in range(outputs)]
        self._writer.node(kind, ins, outs, attrs)
        return outs[0] if outputs == 1 else outs

    def emit(self, kind, *ins, **attrs):
        """Add the node whose result is the operator's first output."""
        self._writer.node(kind, ins, self.outs[:1], attrs)

    def give(self, *names):
        """Make values the operator's outputs."""
        for name, out in zip(names, self.outs):
            self._writer.node("Identity", [name], [out], {})

    def cast(self, name, dtype):
        """A value as another type."""
        return self.mid("Cast", name, to=number_of(dtype))

    def emit_cast(self, name, dtype=None):
        """A value as the type that the operator's first output has, or another, as that output."""
        self.emit("Cast", name, to=number_of(dtype or self.out_dtypes[0]))

    def reshaped(self, name, *shape):
        """A value in another shape (0: as it was, -1: the rest)."""
        return self.mid("Reshape", name, self.ints(*shape))

    def unsqueezed(self, name, *axes):
        """A value with dimensions of 1."""
        return self.mid("Unsqueeze", name, self.ints(*axes))

    def transposed(self, name, axes):
        """A value with its dimensions in another order."""
        return self.mid("Transpose", name, perm=list(axes))
