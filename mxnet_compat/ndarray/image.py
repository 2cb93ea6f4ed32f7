"""``mx.nd.image``: the operators of that namespace, and the reading of encoded images for ``_internal``."""
import numpy as np

from ..base import MXNetError, _Null
from . import fronts

__getattr__, __dir__ = fronts.namespace(globals(), "image")


def _given(value, default):
    return default if value is _Null or value is None else int(value)


def _decoded(data, flag, to_rgb, out):
    from ..context import cpu
    from ..ops import codec
    from .core import wrap
    image = codec.decode(data, _given(flag, 1), bool(_given(to_rgb, 1)))
    if out is None:
        return wrap(image, cpu())
    if out.shape != image.shape or out.dtype != np.uint8:
        raise MXNetError(f"out is {out.shape} {np.dtype(out.dtype).name}, the image is {image.shape} uint8")
    out[:] = image
    return out


def cvimdecode(buf=None, flag=_Null, to_rgb=_Null, out=None, name=None, **kwargs):
    """The image (height, width, channels) uint8 that a uint8 array encodes; ``flag`` 0 is grey, 1 color."""
    if buf is None or buf.dtype != np.uint8:
        raise MXNetError("_cvimdecode: buf must be a uint8 array")
    return _decoded(buf.asnumpy().tobytes(), flag, to_rgb, out)


def cvimread(filename=None, flag=_Null, to_rgb=_Null, out=None, name=None, **kwargs):
    """The image (height, width, channels) uint8 of a file; ``flag`` 0 is grey, 1 color."""
    from ..ops import codec
    return _decoded(codec.read(filename), flag, to_rgb, out)
