"""Writing models as ONNX: ``export_model``. One file a family of operators says how each becomes ONNX's."""
from ._export_model import export_model, get_operator_support

__all__ = ["export_model", "get_operator_support"]
