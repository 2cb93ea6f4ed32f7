"""The ``Symbol`` class: what a graph is called, what goes into it, what comes out, its JSON text."""
import json

from ..ndarray.utils import serialize as _serialize
from .graph import GraphNode, topological

__all__ = ["Group", "Symbol", "Variable", "var"]


class Symbol:
    """Outputs of a graph. Made by ``Variable``, ``Group`` and ``autograd.get_symbol``."""
    __slots__ = ("_outputs",)
    __module__ = "mxnet.symbol.symbol"

    def __init__(self, outputs):
        self._outputs = list(outputs)

    @property
    def name(self):
        """The name of the node, or None for a group."""
        return self._outputs[0][0].name if len({id(n) for n, _ in self._outputs}) == 1 else None

    def _variables(self):
        """(arguments, auxiliary states) as nodes in order of appearance."""
        nodes = topological(self._outputs)
        aux = set()
        for n in nodes:
            for k in n.aux_inputs():
                if k < len(n.inputs) and n.inputs[k][0].op is None:
                    aux.add(n.inputs[k][0])
        variables = [n for n in nodes if n.op is None]
        return [n for n in variables if n not in aux], [n for n in variables if n in aux]

    def list_arguments(self):
        """Names of the arguments."""
        return [n.name for n in self._variables()[0]]

    def list_auxiliary_states(self):
        """Names of the inputs that operators change in place."""
        return [n.name for n in self._variables()[1]]

    def list_inputs(self):
        """Names of all arguments and auxiliary states."""
        return [n.name for n in topological(self._outputs) if n.op is None]

    def list_outputs(self):
        """Names of the outputs."""
        names = []
        for n, i in self._outputs:
            if n.op is None:
                names.append(n.name)
            else:
                names.append(f"{n.name}_output" + (str(i) if n.num_visible > 1 else ""))
        return names

    def attr(self, key):
        """An attribute of the node as text, or None."""
        return self._outputs[0][0].attrs.get(key)

    def list_attr(self):
        """The attributes of the node."""
        return dict(self._outputs[0][0].attrs)

    def attr_dict(self):
        """The attributes of every node that has some, by name."""
        return {n.name: dict(n.attrs) for n in topological(self._outputs) if n.attrs}

    def get_internals(self):
        """A group of every output in the graph."""
        return Symbol([(n, i) for n in topological(self._outputs) for i in range(n.num_visible)])

    def get_children(self):
        """The direct inputs as a group, or None for a variable."""
        inputs = [e for n in dict.fromkeys(n for n, _ in self._outputs) for e in n.inputs]
        return Symbol(inputs) if inputs else None

    def __len__(self):
        return len(self._outputs)

    def __getitem__(self, index):
        if isinstance(index, str):
            names = self.list_outputs()
            if index not in names:
                raise ValueError(f"there is no output called {index!r}")
            index = names.index(index)
        if not isinstance(index, int):
            raise TypeError("a symbol is indexed by an integer or an output's name")
        if index >= len(self):
            raise IndexError(f"output {index} of {len(self)}")
        return Symbol([self._outputs[index]])

    def __iter__(self):
        return (self[i] for i in range(len(self)))

    def __bool__(self):
        from ..base import NotImplementedForSymbol
        raise NotImplementedForSymbol(self.__bool__, "bool")

    def __repr__(self):
        name = self.name
        if name is None:
            return "<Symbol group [" + ", ".join(s.name for s in self) + "]>"
        return f"<Symbol {name}>"

    def tojson(self):
        """The graph as JSON text that real MXNet reads."""
        nodes = topological(self._outputs)
        number = {n: k for k, n in enumerate(nodes)}
        rows, entries = [0], []
        for n in nodes:
            entry = {"op": "null" if n.op is None else n.op.name, "name": n.name}
            if n.attrs:
                entry["attrs"] = dict(sorted(n.attrs.items()))
            entry["inputs"] = [[number[m], i, 0] for m, i in n.inputs]
            entries.append(entry)
            rows.append(rows[-1] + n.num_outputs)
        graph = {"nodes": entries, "arg_nodes": [k for k, n in enumerate(nodes) if n.op is None],
                 "node_row_ptr": rows, "heads": [[number[n], i, 0] for n, i in self._outputs],
                 "attrs": {"mxnet_version": ["int", 10901]}}
        return json.dumps(graph, indent=2)

    def save(self, fname, remove_amp_cast=True):
        """Write the JSON text to a file."""
        _serialize.save_file(fname, self.tojson().encode())


def Variable(name, attr=None, shape=None, lr_mult=None, wd_mult=None, dtype=None, init=None, stype=None, **kwargs):
    """A symbol that stands for an input of the given name."""
    if not isinstance(name, str):
        raise TypeError(f"Variable: the name must be text, got {type(name).__name__}")
    attrs = dict(attr or {})
    for key, value in (("__shape__", shape), ("__lr_mult__", lr_mult), ("__wd_mult__", wd_mult)):
        if value is not None:
            attrs[key] = str(value)
    if dtype is not None or init is not None or stype is not None or kwargs:
        raise NotImplementedError("Variable: dtype, init, stype and further attributes are not available yet")
    return Symbol([(GraphNode(None, name, attrs), 0)])


var = Variable


def Group(symbols):
    """One symbol with the outputs of several."""
    symbols = list(symbols)
    if not symbols or not all(isinstance(s, Symbol) for s in symbols):
        raise TypeError("Group takes a list of symbols")
    return Symbol([e for s in symbols for e in s._outputs])
