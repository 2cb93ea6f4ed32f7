"""``mx.nd.op``: the operators of ``mx.nd`` alone, without the functions written in terms of them."""
from . import fronts

__getattr__, __dir__ = fronts.namespace(globals(), "")
