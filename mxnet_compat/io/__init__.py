"""``mx.io``: data iterators for training loops."""
from . import io
from .boxes import ImageDetRecordIter
from .files import CSVIter, LibSVMIter, MNISTIter, MXDataIter
from .io import DataBatch, DataDesc, DataIter, NDArrayIter, PrefetchingIter, ResizeIter
from .records import (
    ImageRecordInt8Iter,
    ImageRecordIter,
    ImageRecordIter_v1,
    ImageRecordUInt8Iter,
    ImageRecordUInt8Iter_v1,
)
from .utils import named_arrays as _init_data  # noqa: F401  (by this name custom iterators call it)

__all__ = ["CSVIter", "DataBatch", "DataDesc", "DataIter", "ImageDetRecordIter", "ImageRecordInt8Iter",
           "ImageRecordIter", "ImageRecordIter_v1", "ImageRecordUInt8Iter", "ImageRecordUInt8Iter_v1", "LibSVMIter",
           "MNISTIter", "MXDataIter", "NDArrayIter", "PrefetchingIter", "ResizeIter"]

# MXNet has them all in one module
for _name in __all__:
    setattr(io, _name, globals()[_name])
io._init_data = _init_data
