"""The lists of operators that ``mx.contrib.amp`` goes by."""
from . import symbol_bf16, symbol_fp16

__all__ = ["symbol_bf16", "symbol_fp16"]
