"""The operators by name, with every family loaded."""
from . import load
from .declare import registry as _registry

load()
get = _registry.get
operators = _registry.operators
names = _registry.by_name.keys
