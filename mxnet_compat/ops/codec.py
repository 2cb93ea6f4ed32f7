"""Encoded images (JPEG, PNG and what else Pillow reads) as arrays. Pillow is asked for at the first use only.

These are functions, not operators: nothing about a file can be inferred, differentiated or put into a graph.
"""
import numpy as np

from ..base import MXNetError

__all__ = ["decode", "read"]


def _pillow():
    try:
        from PIL import Image
    except ImportError as error:
        raise ImportError("reading images needs Pillow; install it with: pip install pillow") from error
    return Image


def decode(data, flag=1, to_rgb=True):
    """The pixels (height, width, channels) uint8 of an encoded image, turned as its EXIF orientation says.

    ``flag`` is 1 for three channels (RGB, or BGR without ``to_rgb``) and 0 for one. MXNetError where the bytes are no
    image that can be read, ImportError without Pillow.
    """
    if flag not in (0, 1):
        raise MXNetError(f"flag must be 0 (grey) or 1 (color), got {flag}")
    if not len(data):
        raise MXNetError("there is no image in an empty buffer")
    image = _pillow()
    from ..recordio import _pixels
    try:
        pixels = _pixels(image, bytes(data), flag)
    except MemoryError:
        raise
    except Exception as error:
        # Pillow's decoders raise all sorts of errors for damaged images
        raise MXNetError(f"an image of {len(data)} bytes cannot be decoded: {error}") from error
    if pixels.ndim == 2:
        return pixels[:, :, None]
    return np.ascontiguousarray(pixels[:, :, ::-1]) if to_rgb else pixels


def read(filename):
    """The bytes of a file; MXNetError where it cannot be read."""
    try:
        with open(filename, "rb") as f:
            return f.read()
    except OSError as error:
        raise MXNetError(f"the image {filename} cannot be read: {error.strerror}") from None
