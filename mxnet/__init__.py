"""The old name. ``mxnet.X`` is ``mxnet_compat.X``, the very same modules and classes; nothing else lives here."""
import sys as _sys

import mxnet_compat as _compat
from mxnet_compat import alias as _alias

_alias.install()
_sys.modules[__name__].__class__ = _alias.AliasModule
__version__ = _compat.__mxnet_version__
