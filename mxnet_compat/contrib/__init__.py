"""``mx.contrib``: experimental corners of MXNet that scripts still import. What each does lives in its own file."""

from . import autograd

__all__ = ["autograd"]
