"""``mx.sym.op``: the operators of ``mx.sym`` alone."""
from . import fronts

__getattr__, __dir__ = fronts.namespace(globals(), "")
