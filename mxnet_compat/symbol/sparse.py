"""``mx.sym.sparse``: the operators of that namespace; storage types are chosen when arrays are bound."""
from . import fronts

__getattr__, __dir__ = fronts.namespace(globals(), "sparse")
