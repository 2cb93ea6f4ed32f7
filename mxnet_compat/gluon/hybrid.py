"""``HybridBlock``: blocks whose ``hybrid_forward`` runs on arrays or on symbols, so that graphs can be had from them.

A hybridized block runs its graph; how is ``cached_op.py``.
"""
import warnings

from .. import context, ndarray, symbol
from .block import Block
from .cached_op import CachedOp
from .parameter import DeferredInitializationError
from .structure import flatten, regroup, tensors

__all__ = ["HybridBlock"]


class HybridBlock(Block):
    """A block that defines ``hybrid_forward(F, x, ..., **params)``, where ``F`` is ``mx.nd`` or ``mx.sym``.

    After ``hybridize()`` it is traced once with symbols and the graph is run from then on. Children must be HybridBlocks
    (ValueError).
    """

    def __init__(self, prefix=None, params=None):
        super().__init__(prefix=prefix, params=params)
        self._cached_graph = ()
        self._cached_op = None
        self._cached_op_args = []
        self._in_format = self._out_format = None
        self._active = False
        self._flags = []
        self._callback = None
        self._monitor_all = False
        self._backend = None
        self._backend_opts = {}

    def __getstate__(self):
        return {**self.__dict__, "_cached_op": None, "_cached_op_args": []}

    def __setattr__(self, name, value):
        super().__setattr__(name, value)
        if isinstance(value, HybridBlock):
            self._clear_cached_op()

    def register_child(self, block, name=None):
        """Make the HybridBlock ``block`` a child, under ``name`` or a number."""
        if not isinstance(block, HybridBlock):
            raise ValueError(f"the children of a HybridBlock are HybridBlocks, {block!r:.200} is a {type(block).__name__}; "
                             "Sequential takes any Block, HybridSequential does not")
        super().register_child(block, name)
        self._clear_cached_op()

    # hybridizing

    def hybridize(self, active=True, backend=None, clear=True, static_alloc=False, static_shape=False, inline_limit=2,
                  forward_bulk_size=None, backward_bulk_size=None, **kwargs):
        """Run as a graph from now on (or, with ``active=False``, no longer); so do all children.

        ``static_alloc`` and the options after it are hints for the engine of the real package and change nothing here.
        """
        self._backend = backend
        if kwargs:
            self._backend_opts = kwargs
        self._active = active
        self._flags = [("static_alloc", static_alloc), ("static_shape", static_shape), ("inline_limit", inline_limit)]
        self._flags += [(k, v) for k, v in (("forward_bulk_size", forward_bulk_size),
                                            ("backward_bulk_size", backward_bulk_size)) if v is not None]
        if clear:
            self._clear_cached_op()
        if active and (self._forward_hooks or self._forward_pre_hooks):
            warnings.warn(f"{self.name} is hybridized and has hooks: those of its children will not be called", stacklevel=2)
        super().hybridize(active, static_alloc=static_alloc, static_shape=static_shape, inline_limit=inline_limit,
                          forward_bulk_size=forward_bulk_size, backward_bulk_size=backward_bulk_size)

    def optimize_for(self, x, *args, backend=None, clear=False, static_alloc=False, static_shape=False, inline_limit=2,
                     forward_bulk_size=None, backward_bulk_size=None, **kwargs):
        """Hybridize for a backend. There are no backends here: the graph stays as it is (UserWarning).

        ValueError where no backend is named.
        """
        if backend is None:
            raise ValueError("optimize_for: name a backend")
        warnings.warn(f"optimize_for: there is no backend {backend!r}; the graph is run as it is", stacklevel=2)
        self.hybridize(True, None, clear, static_alloc, static_shape, inline_limit, forward_bulk_size, backward_bulk_size,
                       **kwargs)
        symbolic, ctxs = tensors((x, *args))
        if not symbolic and self._cached_op is None:
            with ctxs[0]:
                self._build_cache(x, *args)

    def cast(self, dtype):
        """Convert all parameters to another type."""
        self._clear_cached_op()
        super().cast(dtype)

    def _clear_cached_op(self):
        self._cached_graph = ()
        self._cached_op = None

    # graphs

    def _get_graph(self, *args):
        """(input symbols, output symbol) of the graph for arguments of this structure; traced once."""
        if not self._cached_graph:
            flat, self._in_format = flatten(args, "input")
            names = ["data"] if len(flat) == 1 else [f"data{k}" for k in range(len(flat))]
            inputs = [None if x is None else symbol.var(n) for x, n in zip(flat, names)]
            params = {name: p.var() for name, p in self._reg_params.items()}
            with self.name_scope():
                out = self.hybrid_forward(symbol, *regroup(inputs, self._in_format), **params)
            out, self._out_format = flatten(out, "output")
            self._cached_graph = inputs, symbol.Group(out)
        return self._cached_graph

    def _infer_attrs(self, infer, attr, *args):
        inputs, out = self._get_graph(*args)
        flat, _ = flatten(args, "input")
        known = {s.name: getattr(x, attr) for s, x in zip(inputs, flat) if s is not None}
        arguments, _, aux = getattr(out, infer)(**known)
        if arguments is None:
            raise ValueError(f"{self.name}: {attr}s of parameters cannot be inferred from those of the inputs, {known}")
        found = dict(zip([*out.list_arguments(), *out.list_auxiliary_states()], [*arguments, *aux]))
        for name, p in self.collect_params().items():
            # a parameter that the graph does not use has nothing to be inferred from
            if name in found:
                setattr(p, attr, found[name])

    def infer_shape(self, *args):
        """Set the shapes of all parameters from those of the inputs. ValueError where they do not follow."""
        self._infer_attrs("infer_shape", "shape", *args)

    def infer_type(self, *args):
        """Set the types of all parameters from those of the inputs. ValueError where they do not follow."""
        self._infer_attrs("infer_type", "dtype", *args)

    def _deferred_infer_shape(self, *args):
        try:
            self.infer_shape(*args)
        except Exception as e:
            raise ValueError(f"{self.name}: deferred initialization failed, since shapes cannot be inferred: {e}") from e

    def _build_cache(self, *args):
        inputs, out = self._get_graph(*args)
        params = self.collect_params()
        numbers = {s.name: k for k, s in enumerate(inputs) if s is not None}
        names = out.list_inputs()
        self._warn_unused(names, numbers, params)
        used = [params[n] for n in names if n not in numbers]
        if any(p._deferred_init for p in used):
            self._deferred_infer_shape(*args)
            for p in used:
                p._finish_deferred_init()
        self._cached_op_args = [(True, numbers[n]) if n in numbers else (False, params[n]) for n in names]
        self._cached_op = CachedOp(out, self._flags)

    def _warn_unused(self, names, numbers, params):
        used = set(names)
        for what, given in (("inputs", numbers), ("parameters", params)):
            unused = [n for n in given if n not in used]
            if unused:
                warnings.warn(f"the {what} {', '.join(unused)} of {self.name} are not used in its computation; is that meant?",
                              stacklevel=5)

    def _same_format(self, fmt):
        """Whether arguments of this format fit the graph: trailing None is as good as nothing."""
        stored = self._in_format
        if fmt == stored:
            return True
        if not isinstance(fmt, list) or not isinstance(stored, list):
            return False
        n = min(len(fmt), len(stored))
        return fmt[:n] == stored[:n] and all(f == -1 for f in (*fmt[n:], *stored[n:]))

    def _call_cached_op(self, *args):
        """Run as a graph. This is the one place where a hybridized block meets what executes it."""
        if self._cached_op is None:
            self._build_cache(*args)
        flat, fmt = flatten(args, "input")
        if fmt != self._in_format and not self._same_format(fmt):
            raise ValueError(f"{self.name} was hybridized with arguments of another structure: format {self._in_format}, now "
                             f"{fmt}")
        if self._callback is not None:
            self._cached_op._register_op_hook(self._callback, self._monitor_all)
        ctx = next(x._ctx for x in flat if x is not None)
        try:
            arrays = [flat[what] if is_data else what.data(ctx) for is_data, what in self._cached_op_args]
        except DeferredInitializationError:
            # initialized anew since the graph was made
            self._deferred_infer_shape(*args)
            for is_data, what in self._cached_op_args:
                if not is_data:
                    what._finish_deferred_init()
            arrays = [flat[what] if is_data else what.data(ctx) for is_data, what in self._cached_op_args]
        out = self._cached_op(*arrays)
        return regroup(out if isinstance(out, list) else [out], self._out_format)

    def plan(self):
        """Print the compiled plans: steps, buffers and bytes for each signature of inputs that came twice.

        RuntimeError where the block has not run as a graph.
        """
        if self._cached_op is None:
            raise RuntimeError(f"{self.name}: call hybridize() and run the block before plan()")
        print(self._cached_op.plan_text())

    def register_op_hook(self, callback, monitor_all=False):
        """Call ``callback(name, operator, array)`` for each output (and input, if ``monitor_all``) of each operator.

        It is called where the block, or one of its children, runs as a graph; the texts are bytes.
        """
        self._callback = callback
        self._monitor_all = monitor_all
        super().register_op_hook(callback, monitor_all)

    # running

    def forward(self, x, *args):
        """``hybrid_forward`` with the parameters' values (arrays) or variables (symbols), or the graph if hybridized.

        ValueError where the inputs hold neither arrays nor symbols, or both, and where a hybridized block gets arrays of
        several contexts.
        """
        symbolic, ctxs = (False, [x._ctx]) if not args and type(x) is ndarray.NDArray else tensors((x, *args))
        if symbolic:
            params = {name: p.var() for name, p in self._reg_params.items()}
            with self.name_scope():
                return self.hybrid_forward(symbol, x, *args, **params)
        ctx = ctxs[0]
        if self._active and len(ctxs) > 1:
            raise ValueError(f"{self.name} is hybridized and takes inputs of one context, not of {ctxs}")
        run = self._call_cached_op if self._active else self._run
        if context.current_context() is ctx:
            return run(x, *args)
        with ctx:
            return run(x, *args)

    def _run(self, x, *args):
        ctx = context.current_context()
        try:
            params = {name: p.data(ctx) for name, p in self._reg_params.items()}
        except DeferredInitializationError:
            self._deferred_infer_shape(x, *args)
            for p in self._reg_params.values():
                p._finish_deferred_init()
            params = {name: p.data(ctx) for name, p in self._reg_params.items()}
        return self.hybrid_forward(ndarray, x, *args, **params)

    def hybrid_forward(self, F, x, *args, **kwargs):
        """Compute the output with the functions of ``F``; to be defined. Parameters come by the attributes' names."""
        raise NotImplementedError(f"{type(self).__name__} must define hybrid_forward")

    # files

    def export(self, path, epoch=0, remove_amp_cast=True):
        """Write ``path-symbol.json`` and ``path-EEEE.params`` (``EEEE`` is the epoch), which MXNet loads.

        The block must have run as a graph before (RuntimeError).
        """
        if not self._cached_graph:
            raise RuntimeError(f"{self.name}: call hybridize() and run the block once before export()")
        graph = self._cached_graph[1]
        graph.save(f"{path}-symbol.json", remove_amp_cast=remove_amp_cast)
        aux, params = set(graph.list_auxiliary_states()), {p.name: p for p in self.collect_params().values()}
        # in the order of the graph, as MXNet writes them
        arrays = {f"{'aux' if name in aux else 'arg'}:{name}": params[name]._reduce()
                  for name in graph.list_inputs() if name in params}
        for name in params.keys() - set(graph.list_inputs()):
            warnings.warn(f"export: the parameter {name} is not used in the graph and is left out", stacklevel=2)
        ndarray.save(f"{path}-{epoch:04d}.params", arrays)




HybridBlock.__module__ = "mxnet.gluon.block"
