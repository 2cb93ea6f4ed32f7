"""``mx.sym.contrib``: the operators of that namespace."""
from . import fronts

__getattr__, __dir__ = fronts.namespace(globals(), "contrib")
