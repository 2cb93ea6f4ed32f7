"""``mx.contrib.onnx``: reading ONNX models, and writing them under the path that it had before ``mx.onnx``.

Needs the package ``onnx`` (``pip install "mxnet[onnx]"``).
"""
from ...onnx import export_model
from . import mx2onnx, onnx2mx
from .onnx2mx.import_model import get_model_metadata, import_model
from .onnx2mx.import_to_gluon import import_to_gluon

__all__ = ["export_model", "get_model_metadata", "import_model", "import_to_gluon", "mx2onnx", "onnx2mx"]

# MXNet wraps these to warn that they will move
export_model_, get_model_metadata_ = export_model, get_model_metadata
import_model_, import_to_gluon_ = import_model, import_to_gluon
