"""``mx.sym.sparse``: operators by their plain names; storage types are chosen when arrays are bound."""
from . import fronts

__getattr__, __dir__ = fronts.namespace(globals(), "")
