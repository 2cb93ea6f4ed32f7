"""Encoded images (JPEG, PNG and what else Pillow reads) as arrays. Pillow is asked for at the first use only.

These are functions, not operators: nothing about a file can be inferred, differentiated or put into a graph.
"""
import io

import numpy as np

from ..base import MXNetError

__all__ = ["decode", "read"]

_PNG = b"\x89PNG\r\n\x1a\n"
#: Weights of red, green and blue, of 32768.
_LIBPNG_GREY = np.array([9797, 19234, 3737], np.int32)


def pillow():
    """Pillow's Image module, or an ImportError that says how to get it."""
    try:
        from PIL import Image
    except ImportError as error:
        raise ImportError("reading images needs Pillow; install it with: pip install pillow") from error
    return Image


def _pixels(data, flag, turn):
    """Pixels (height, width, 3) in the order RGB, or without ``flag`` (height, width) of grey."""
    opened = pillow().open(io.BytesIO(data))
    if not flag:
        # a JPEG then gives its luma as stored, as with OpenCV
        opened.draft("L", opened.size)
    opened.load()
    if turn:
        from PIL import ImageOps
        opened = ImageOps.exif_transpose(opened)
    if opened.mode.startswith("I"):
        grey = (np.asarray(opened).astype(np.uint16) >> 8).astype(np.uint8)
        return np.repeat(grey[:, :, None], 3, 2) if flag else grey
    return np.array(opened.convert("RGB" if flag else "L"))


def decode(data, flag=1, to_rgb=True, turn=False):
    """The pixels (height, width, channels) uint8 of an encoded image; ``turn`` obeys its EXIF orientation.

    ``flag`` is 1 for three channels (RGB, or BGR without ``to_rgb``) and 0 for one. MXNetError where the bytes are no
    image that can be read, ImportError without Pillow.
    """
    if flag not in (0, 1):
        raise MXNetError(f"flag must be 0 (grey) or 1 (color), got {flag}")
    if not len(data):
        raise MXNetError("there is no image in an empty buffer")
    data = bytes(data)
    png = data.startswith(_PNG)
    try:
        pixels = _pixels(data, 1 if png else flag, turn)
    except (ImportError, MemoryError):
        raise
    except Exception as error:
        # Pillow's decoders raise all sorts of errors for damaged images
        raise MXNetError(f"an image of {len(data)} bytes cannot be decoded: {error}") from error
    if png and not flag:
        # OpenCV leaves this to libpng, which does not round
        pixels = ((pixels.astype(np.int32) @ _LIBPNG_GREY) >> 15).astype(np.uint8)
    if not flag:
        return pixels[:, :, None]
    return np.ascontiguousarray(pixels if to_rgb else pixels[:, :, ::-1])


def read(filename):
    """The bytes of a file; MXNetError where it cannot be read."""
    try:
        with open(filename, "rb") as f:
            return f.read()
    except OSError as error:
        raise MXNetError(f"the image {filename} cannot be read: {error.strerror}") from None
