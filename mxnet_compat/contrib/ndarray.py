"""``mx.contrib.nd``: the operators of ``mx.nd.contrib``, without the functions written in Python there."""
from ..ndarray import fronts as _fronts

__getattr__, __dir__ = _fronts.namespace(globals(), "contrib")
