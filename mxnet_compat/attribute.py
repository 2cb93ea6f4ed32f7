"""``AttrScope``: attributes for all symbols that are made within a ``with`` statement."""
from .base import string_types
from .name import _Scoped

__all__ = ["AttrScope"]


class AttrScope(metaclass=_Scoped):
    """Attributes (keywords, values text) for symbols made inside; inner scopes override outer ones.

    ValueError for a value that is not text.
    """

    def __init__(self, **kwargs):
        self._old_scope = None
        for key, value in kwargs.items():
            if not isinstance(value, string_types):
                raise ValueError(f"the attribute {key} must be text, got {type(value).__name__}")
        self._attr = kwargs

    @staticmethod
    def _outermost():
        return AttrScope()

    def get(self, attr):
        """The scope's attributes with those of the dictionary ``attr`` (or None) on top, as a new dictionary."""
        if self._attr:
            return {**self._attr, **(attr or {})}
        return attr if attr else {}

    def __enter__(self):
        self._old_scope = AttrScope.current
        self._attr = {**self._old_scope._attr, **self._attr}
        AttrScope.current = self
        return self

    def __exit__(self, ptype, value, trace):
        assert self._old_scope, "this attribute scope was not entered"
        AttrScope.current = self._old_scope
