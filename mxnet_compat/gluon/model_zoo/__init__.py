"""``mx.gluon.model_zoo``: well-known networks; their published parameters are read from a local cache."""
from . import model_store, vision  # noqa: F401
