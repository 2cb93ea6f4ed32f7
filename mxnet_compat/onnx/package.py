"""The ``onnx`` package, which is an extra, and its types."""
import numpy as np

from ..base import MXNetError

__all__ = ["dtype_of", "load_model", "number_of", "onnx"]


def onnx():
    """The package ``onnx`` with its helpers. ImportError that names the extra where it is missing."""
    try:
        import onnx as package
        from onnx import checker, helper, numpy_helper, shape_inference  # noqa: F401
    except ImportError as e:
        raise ImportError(f'ONNX models need the package onnx ({e}): pip install "mxnet[onnx]"') from e
    return package


def number_of(dtype):
    """The number that ONNX has for a type. MXNetError where it has none."""
    numbers = onnx().TensorProto
    names = {"float32": numbers.FLOAT, "float64": numbers.DOUBLE, "float16": numbers.FLOAT16, "uint8": numbers.UINT8,
             "int8": numbers.INT8, "int32": numbers.INT32, "int64": numbers.INT64, "bool": numbers.BOOL}
    name = np.dtype(dtype).name
    if name not in names:
        raise MXNetError(f"ONNX: the type {name} has no counterpart")
    return names[name]


def dtype_of(number):
    """The type of a number of ONNX's. MXNetError where MXNet has none."""
    for name in ("float32", "float64", "float16", "uint8", "int8", "int32", "int64", "bool"):
        if number_of(name) == number:
            return np.dtype(name)
    raise MXNetError(f"ONNX: tensors of the type {onnx().TensorProto.DataType.Name(number)} are not available")


def load_model(path):
    """The model in a file. FileNotFoundError where there is none, MXNetError where it is no model."""
    package = onnx()
    try:
        return package.load_model(path)
    except FileNotFoundError:
        raise
    except Exception as e:      # protobuf's, by implementation
        raise MXNetError(f"{path!r} is no ONNX model: {e}") from None
