"""``mx.nd._internal``: operators whose names start with an underscore, which old scripts call directly."""
from . import fronts

__getattr__, __dir__ = fronts.namespace(globals(), "_internal")
