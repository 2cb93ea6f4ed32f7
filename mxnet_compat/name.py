"""Automatic names of symbols and blocks: a counter for each kind, and prefixes."""
import threading

__all__ = ["NameManager", "Prefix"]


class _Scoped(type):
    """Gives a class a ``current`` attribute: the innermost scope of the calling thread, which may also be set."""

    def __init__(cls, name, bases, namespace):
        super().__init__(name, bases, namespace)
        # subclasses share the scopes of the class that introduced them
        if "_current" not in dir(cls):
            cls._current = threading.local()

    @property
    def current(cls):
        """The scope in force."""
        scopes = cls._current
        if not hasattr(scopes, "value"):
            scopes.value = cls._outermost()
        return scopes.value

    @current.setter
    def current(cls, scope):
        cls._current.value = scope


class NameManager(metaclass=_Scoped):
    """Names for what was given none: ``hint`` and a number, counted for each hint. ``with`` activates it."""

    def __init__(self):
        self._counter = {}
        self._old_manager = None

    @staticmethod
    def _outermost():
        return NameManager()

    def get(self, name, hint):
        """``name`` if there is one, else the next free ``hint0``, ``hint1``, ..."""
        if name:
            return name
        number = self._counter.get(hint, 0)
        self._counter[hint] = number + 1
        return f"{hint}{number}"

    def __enter__(self):
        self._old_manager = NameManager.current
        NameManager.current = self
        return self

    def __exit__(self, ptype, value, trace):
        assert self._old_manager, "this name manager was not entered"
        NameManager.current = self._old_manager


class Prefix(NameManager):
    """A name manager that puts ``prefix`` before given and automatic names alike."""

    def __init__(self, prefix):
        super().__init__()
        self._prefix = prefix

    def get(self, name, hint):
        """The prefixed name."""
        return self._prefix + super().get(name, hint)
