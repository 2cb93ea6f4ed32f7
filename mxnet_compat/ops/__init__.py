"""Every operator, declared once, a file per family. ``declare.py`` is the language, ``functional.py`` the rules' view."""
import importlib
import pkgutil

_MACHINERY = {"declare", "functional", "params", "registry", "render", "shapes"}
_loaded = False


def load():
    """Import every family of operators (once)."""
    global _loaded
    if _loaded:
        return
    _loaded = True
    for m in pkgutil.walk_packages(__path__, __name__ + "."):
        if m.name.rpartition(".")[2] not in _MACHINERY and not m.ispkg:
            importlib.import_module(m.name)
