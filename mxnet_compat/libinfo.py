"""Version, and the answers to where the compiled library is: nowhere."""
import os

__all__ = ["__version__", "find_conf_path", "find_include_path", "find_lib_path"]

__version__ = "1.9.1"


def find_lib_path(prefix="libmxnet"):
    """RuntimeError: there is no compiled library. (The file that ``MXNET_LIBRARY_PATH`` names comes in a list.)"""
    path = os.environ.get("MXNET_LIBRARY_PATH")
    if path and os.path.isfile(path):
        return [path]
    raise RuntimeError(f"there is no {prefix}: mxnet-compat is Python and has no compiled library to link or load")


def find_include_path():
    """RuntimeError: there are no C headers. (``MXNET_INCLUDE_PATH``, if it names a directory, is returned.)"""
    path = os.environ.get("MXNET_INCLUDE_PATH")
    if path and os.path.isdir(path):
        return path
    raise RuntimeError("there are no C headers: mxnet-compat is Python and has no C interface")


def find_conf_path(prefix="tvmop"):
    """RuntimeError: there is no configuration of TVM operators."""
    raise RuntimeError(f"there is no {prefix}.conf: mxnet-compat has no TVM operators")
