"""``mx.sym.contrib``: the operators of that namespace. Loops and conditions exist for arrays only, and say so."""
from . import fronts

__getattr__, __dir__ = fronts.namespace(globals(), "contrib")


def _arrays_only(name):
    def function(*args, **kwargs):
        raise NotImplementedError(f"mx.sym.contrib.{name} is not available in this version of mxnet-compat; "
                                  f"mx.nd.contrib.{name} is")
    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"Not implemented; ``mx.nd.contrib.{name}`` is."
    function.not_implemented = "for arrays only, as mx.nd.contrib has it"
    return function


foreach, while_loop, cond, rand_zipfian = map(_arrays_only, ("foreach", "while_loop", "cond", "rand_zipfian"))
