"""``mx.sym.linalg``: the operators of that namespace."""
from . import fronts

__getattr__, __dir__ = fronts.namespace(globals(), "linalg")
