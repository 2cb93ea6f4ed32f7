"""Generated from the operator declarations; do not edit (see stubs.py)."""
from typing import Any

from .core import NDArray

