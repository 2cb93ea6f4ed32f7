"""``mx.sym._internal``: operators whose names start with an underscore."""
from . import fronts

__getattr__, __dir__ = fronts.namespace(globals(), "_internal")
