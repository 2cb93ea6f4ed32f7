"""``mx.nd._internal``: operators whose names start with an underscore, which old scripts call directly."""
from . import fronts
from .image import cvimdecode as _cvimdecode  # noqa: F401
from .image import cvimread as _cvimread  # noqa: F401

__getattr__, __dir__ = fronts.namespace(globals(), "_internal")
