"""From a program to a compiled Python function: one line a kernel call, each buffer let go after its last use."""
import itertools
import linecache

from . import fuse, kernels

__all__ = ["backward", "forward"]

_serial = itertools.count()


def _variable(n):
    return f"v{n}" if n >= 0 else f"u{-n}"


class _Writer:
    def __init__(self, program, head):
        self.program, self.lines, self.functions = program, [head], []
        self.namespace, self._names = dict(kernels.NAMES), {}
        # numpy's warnings are attributed to this module name, which the package silences
        self.namespace["__name__"] = "mxnet_compat.ops.rendered"

    def put(self, line):
        self.lines.append("    " + line)

    def name(self, n):
        """The variable of a value."""
        constants = self.program.constants
        return self.constant(constants[n]) if n in constants else _variable(n)

    def constant(self, x):
        """A name for an object; plain numbers and the like stand for themselves."""
        if x is None or type(x) in (bool, int, str) or (type(x) is float and x - x == 0):
            return repr(x)
        name = self._names.get(id(x))
        if name is None:
            name = self._names[id(x)] = f"c{len(self._names)}"
            self.namespace[name] = x
        return name

    def unpack(self, numbers, source):
        if numbers:
            self.put("".join(f"{_variable(n)}, " for n in numbers) + f"= {source}")

    def steps(self, stay):
        """All steps; what is not in ``stay`` goes after its last use."""
        p, last = self.program, {}
        for k, s in enumerate(p.steps):
            for n in (*s.ins, *s.outs):
                if n is not None and n not in p.constants:
                    last[n] = k
        for n in (*p.inputs, *p.heads):
            last.setdefault(n, -1)
        gone = {}
        for n, k in last.items():
            if n not in stay:
                gone.setdefault(k, []).append(n)
        self._drop(gone.get(-1))
        for k, s in enumerate(p.steps):
            out = s.outs[0]
            if out in p.views and s.inplace is None:
                source = self.name(s.ins[0])
                same = p.kinds[s.ins[0]][0] == s.shapes[0]
                self.put(f"{self.name(out)} = {source}" + ("" if same else f".reshape({s.shapes[0]})"))
            elif type(s) is fuse.Fused:
                fuse.code(s, self.name, self.put, self.constant, self._define)
            else:
                kernels.code(s, self.name, self.put, self.constant)
            self._drop(gone.get(k))

    def _define(self, lines):
        name = f"f{len(self.functions)}_"
        self.functions.append("\n".join([f"def {name}{lines[0]}", *lines[1:]]))
        return name

    def _drop(self, numbers):
        if numbers:
            self.put("".join(f"{self.name(n)} = " for n in numbers) + "None")

    def compile(self, name, what):
        source = "\n".join([*self.functions, *self.lines]) + "\n"
        filename = f"<plan of {what}, {name} #{next(_serial)}>"
        linecache.cache[filename] = (len(source), None, source.splitlines(True), filename)
        exec(compile(source, filename, "exec"), self.namespace)
        fn = self.namespace[name]
        fn.__source__ = source
        return fn


def forward(program, what):
    """``forward(inputs, generator)``: (list of outputs, list of what backward needs)."""
    w = _Writer(program, "def forward(x_, g_):")
    w.unpack(program.inputs, "x_")
    w.steps({*program.results, *program.kept})
    w.put(f"return [{', '.join(map(w.name, program.results))}], [{', '.join(map(w.name, program.kept))}]")
    return w.compile("forward", what)


def backward(program, what):
    """``backward(inputs, head gradients, kept, generator, memory)``: list of gradients; ``kept`` is emptied.

    ``memory`` has for each gradient an array to write it into, or None; only those of ``program.into`` are looked at.
    A gradient that is a constant, or memory that others hold, comes as a copy.
    """
    w = _Writer(program, "def backward(x_, d_, k_, g_, o_):")
    w.unpack(program.inputs, "x_")
    w.unpack(program.heads, "d_")
    w.unpack(program.kept, "k_")
    w.put("k_.clear()")
    results = [g for g in program.results if g is not None]
    w.steps(set(results))
    foreign = {*program.constants, *program.inputs, *program.kept}
    shown = [None if g is None else f"{w.name(g)}.copy()" if program.root(g) in foreign else w.name(g)
             for g in program.results]
    w.put(f"return [{', '.join(map(str, shown))}]")
    return w.compile("backward", what)


