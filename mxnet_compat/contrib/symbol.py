"""``mx.contrib.sym``: the operators of ``mx.sym.contrib``, without the functions written in Python there."""
from ..symbol import fronts as _fronts

__getattr__, __dir__ = _fronts.namespace(globals(), "contrib")
