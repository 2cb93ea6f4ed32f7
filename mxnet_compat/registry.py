"""Factories by name: the functions behind ``register``, ``alias``, ``create`` of initializers, metrics and others."""
import json
import warnings

from .base import string_types

__all__ = ["get_alias_func", "get_create_func", "get_register_func", "get_registry"]

_REGISTRY = {}


def get_registry(base_class):
    """A copy of the registered classes of a base class: a dictionary from lower case name to class."""
    return dict(_REGISTRY.setdefault(base_class, {}))


def get_register_func(base_class, nickname):
    """The function ``register(klass, name=None)`` for subclasses of ``base_class`` (others are an AssertionError)."""
    registry = _REGISTRY.setdefault(base_class, {})

    def register(klass, name=None):
        """Make ``klass`` available to ``create`` by its own name or the given one, in lower case; returns ``klass``."""
        assert issubclass(klass, base_class), \
            f"{nickname}: {klass.__name__} cannot be registered, it is no subclass of {base_class.__name__}"
        key = (klass.__name__ if name is None else name).lower()
        if key in registry:
            old = registry[key]
            warnings.warn(f"new {nickname} {klass.__module__}.{klass.__name__}, registered as {key}, replaces "
                          f"{old.__module__}.{old.__name__}", UserWarning, stacklevel=2)
        registry[key] = klass
        return klass

    register.__doc__ = f"Register a class as a {nickname}, by its own name or another. Returns the class."
    return register


def get_alias_func(base_class, nickname):
    """The decorator ``alias(*names)`` that registers a class by several names."""
    register = get_register_func(base_class, nickname)

    def alias(*aliases):
        """A class decorator that registers by each of the names."""
        def decorate(klass):
            for name in aliases:
                register(klass, name)
            return klass
        return decorate

    return alias


def get_create_func(base_class, nickname):
    """The function ``create(what, ...)``, where ``what`` is an instance, a name, a configuration or its JSON text."""
    registry = _REGISTRY.setdefault(base_class, {})

    def create(*args, **kwargs):
        if args:
            name, args = args[0], args[1:]
        else:
            name = kwargs.pop(nickname)
        if isinstance(name, base_class):
            assert not args and not kwargs, f"{nickname} is an instance already: further arguments have no use"
            return name
        if isinstance(name, dict):
            return create(**name)
        assert isinstance(name, string_types), \
            f"{nickname} must be a name, a configuration or a {base_class.__name__}, got {type(name).__name__}"
        if name.startswith(("[", "{")):
            assert not args and not kwargs, f"{nickname}: a JSON text takes no further arguments"
            config = json.loads(name)
            if name.startswith("{"):
                return create(**config)
            name, kwargs = config
            return create(name, **kwargs)
        key = name.lower()
        assert key in registry, (f"there is no {nickname} {name!r}; known are {', '.join(sorted(registry))}. "
                                 f"Others must be registered first, with {nickname}.register")
        return registry[key](*args, **kwargs)

    create.__doc__ = f"""Make a {nickname}.

    The first argument (or the keyword ``{nickname}``) is a registered name, followed by arguments of its class; a
    dictionary of keywords with the name under ``{nickname}``; the JSON text of either; or a {base_class.__name__},
    which is returned as it is. AssertionError for an unknown name, KeyError if there is none.
    """
    return create
