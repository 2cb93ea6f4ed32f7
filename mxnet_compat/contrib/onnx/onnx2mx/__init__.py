"""Reading ONNX models. One file a family of ONNX's operators says what each becomes."""
from . import import_model, import_onnx, import_to_gluon

__all__ = ["import_model", "import_onnx", "import_to_gluon"]
