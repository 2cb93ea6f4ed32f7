"""Which optional parts are available, under the names by which MXNet lists what it was built with."""
from collections import OrderedDict

from . import context as _context

__all__ = ["Feature", "Features", "feature_list"]

_NAMES = ("CUDA", "CUDNN", "NCCL", "CUDA_RTC", "TENSORRT", "CPU_SSE", "CPU_SSE2", "CPU_SSE3", "CPU_SSE4_1",
          "CPU_SSE4_2", "CPU_SSE4A", "CPU_AVX", "CPU_AVX2", "OPENMP", "SSE", "F16C", "JEMALLOC", "BLAS_OPEN",
          "BLAS_ATLAS", "BLAS_MKL", "BLAS_APPLE", "LAPACK", "MKLDNN", "OPENCV", "CAFFE", "PROFILER", "DIST_KVSTORE",
          "CXX14", "INT64_TENSOR_SIZE", "SIGNAL_HANDLER", "DEBUG", "TVM_OP")


def _enabled(name):
    # numpy brings LAPACK and arrays of any size; the profiler is part of the package; all else is CUDA or absent
    return name in ("LAPACK", "PROFILER", "INT64_TENSOR_SIZE") or (name == "CUDA" and _context.num_gpus() > 0)


class Feature:
    """A part of the library: its ``name``, and whether it is ``enabled``."""

    def __init__(self, name, enabled):
        self._name = name.decode() if isinstance(name, bytes) else name
        self._enabled = bool(enabled)

    @property
    def name(self):
        """The name, in capitals."""
        return self._name

    @property
    def enabled(self):
        """Whether the part can be used."""
        return self._enabled

    def __repr__(self):
        return f"{'✔' if self.enabled else '✖'} {self.name}"


def feature_list():
    """A list of all ``Feature`` objects."""
    return [Feature(name, _enabled(name)) for name in _NAMES]


class Features(OrderedDict):
    """The features by name; there is one such dictionary."""

    instance = None

    def __new__(cls):
        if cls.instance is None:
            cls.instance = super().__new__(cls)
            OrderedDict.__init__(cls.instance, ((f.name, f) for f in feature_list()))
        return cls.instance

    def __init__(self):
        # filled once, in __new__
        pass

    def __repr__(self):
        return str(list(self.values()))

    def is_enabled(self, feature_name):
        """Whether a feature, named in any case, can be used; RuntimeError for one that is unknown."""
        feature_name = feature_name.upper()
        if feature_name not in self:
            raise RuntimeError(f"there is no feature {feature_name!r}; known are {list(self)}")
        return self[feature_name].enabled
