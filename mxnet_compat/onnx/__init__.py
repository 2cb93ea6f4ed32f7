"""``mx.onnx``: models as ONNX files. Needs the package ``onnx`` (``pip install "mxnet[onnx]"``)."""
from . import mx2onnx
from .mx2onnx import export_model, get_operator_support

__all__ = ["export_model", "get_operator_support", "mx2onnx"]
