"""RecordIO files, sequential and indexed, and the packing of labels and images into records.

A record is, little-endian, ``u32 0xCED7230A``, ``u32`` kind and length, the bytes, and zeros up to a multiple of four.
The top three bits of the second word are the kind: 0 a whole record, 1, 2 and 3 the first, a middle and the last part
of a record that was cut where it held the magic number at a multiple of four; joining the parts puts it back between
them. Iterators and data sets over such files live in ``io``, ``image`` and ``gluon.data``. Only images need Pillow.
"""
import contextlib
import io
import numbers
import os
import stat
import struct
from collections import namedtuple

import numpy as np

from .base import MXNetError

__all__ = ["IRHeader", "MXIndexedRecordIO", "MXRecordIO", "pack", "pack_img", "unpack", "unpack_img"]

_MAGIC = 0xCED7230A
_MAGIC_BYTES = struct.pack("<I", _MAGIC)
_HEAD = struct.Struct("<II")
_LENGTH_BITS = 29
_LENGTH_MASK = (1 << _LENGTH_BITS) - 1
_WHOLE, _FIRST, _MIDDLE, _LAST = range(4)
# Below this length a read is tried; above it, the length is compared with the file's before memory is taken.
_SMALL = 1 << 16
_IR_FORMAT = "IfQQ"
_IR_SIZE = struct.calcsize(_IR_FORMAT)


class MXRecordIO:
    """A file of records, read or written one after the other.

    ``uri`` is a path (str or path-like) and ``flag`` 'r' or 'w'; another flag is a ValueError, a file that cannot be
    opened an MXNetError. A reader pickles, and starts anew where it is unpickled; so does a writer, which empties the
    file. In a process that did not open the file, ``read`` and ``write`` raise RuntimeError until ``reset``.
    """

    __module__ = "mxnet.recordio"

    def __init__(self, uri, flag):
        self.uri = os.fspath(uri)
        self.handle = None
        self.flag = flag
        self.pid = None
        self.is_open = False
        self.open()

    def open(self):
        """Open the file, a written one empty, at its start."""
        if self.flag not in ("r", "w"):
            raise ValueError(f"MXRecordIO: flag must be 'r' or 'w', not {self.flag!r}")
        self.close()
        self.writable = self.flag == "w"
        try:
            self.handle = open(self.uri, self.flag + "b")
        except OSError as error:
            raise MXNetError(f"cannot open the record file {self.uri}: {error.strerror}") from error
        self.pid = os.getpid()
        self.is_open = True

    def close(self):
        """Close the file; closing twice does nothing."""
        if self.is_open:
            _close(self.handle, self.writable and self.pid != os.getpid())
            self.handle, self.is_open, self.pid = None, False, None

    def reset(self):
        """Go back to the start: close and open again, which empties a written file."""
        self.close()
        self.open()

    def write(self, buf):
        """Append ``buf``, bytes of fewer than 2**29, as one record.

        TypeError for anything but bytes, RuntimeError on a closed file or in another process, MXNetError when too long.
        """
        assert self.writable, "this record file was opened for reading"
        self._check_process()
        if not isinstance(buf, bytes):
            raise TypeError(f"MXRecordIO.write takes bytes, not {type(buf).__name__}")
        if len(buf) > _LENGTH_MASK:
            raise MXNetError(f"a record holds fewer than 2**{_LENGTH_BITS} bytes, not {len(buf)}")
        self.handle.writelines(_framed(buf))

    def read(self):
        """The next record as bytes, or None at the end of the file.

        RuntimeError on a closed file or in another process; MXNetError, with the offset, where the file is damaged.
        """
        assert not self.writable, "this record file was opened for writing"
        self._check_process()
        kind, data = self._part()
        if kind in (None, _WHOLE):
            return data
        if kind != _FIRST:
            self._refuse(f"the start of a record, found a part of kind {kind}", _framed_size(data))
        # A BytesIO and not a list: parts may be empty, and a Python object for each costs ten times the file.
        joined = io.BytesIO()
        joined.write(data)
        while kind != _LAST:
            kind, data = self._part()
            if kind not in (_MIDDLE, _LAST):
                found = "the end of the file" if kind is None else f"one of kind {kind}"
                self._refuse(f"the next part of a record, found {found}", _framed_size(data))
            joined.write(_MAGIC_BYTES)
            joined.write(data)
        return joined.getvalue()

    def _part(self):
        """The kind and the bytes of the next part; None and None at the end of the file."""
        head = self.handle.read(_HEAD.size)
        if not head:
            return None, None
        if len(head) < _HEAD.size:
            self._refuse(f"{_HEAD.size} bytes before a record, found {len(head)}", len(head))
        magic, word = _HEAD.unpack(head)
        if magic != _MAGIC:
            self._refuse(f"the magic number {_MAGIC:#x} before a record, found {magic:#x}", _HEAD.size)
        length = word & _LENGTH_MASK
        padded = length + -length % 4
        if padded > _SMALL:
            status = os.fstat(self.handle.fileno())
            left = status.st_size - self.handle.tell() if stat.S_ISREG(status.st_mode) else padded
            if padded > left:
                self._refuse(f"{padded} bytes of a record, found {left}", _HEAD.size)
        # The padding is read apart from the data, so that the data need no copy.
        data = self.handle.read(length)
        found = len(data) + len(self.handle.read(padded - length))
        if found < padded:
            self._refuse(f"{padded} bytes of a record, found {found}", _HEAD.size + found)
        return word >> _LENGTH_BITS, data

    def _refuse(self, text, back):
        """Raise about what starts ``back`` bytes before the place that reading has come to."""
        at = f", offset {self.handle.tell() - back}" if self.handle.seekable() else ""
        raise MXNetError(f"{self.uri}{at}: expected {text}")

    def _check_process(self):
        if not self.is_open:
            raise RuntimeError(f"the record file {self.uri} is closed")
        if self.pid != os.getpid():
            raise RuntimeError(f"the record file {self.uri} was opened in another process; reset() opens it in this")

    def __del__(self):
        # The interpreter may be half gone, or __init__ may have failed early.
        if self.__dict__.get("is_open"):
            with contextlib.suppress(Exception):
                self.close()

    def __getstate__(self):
        # The names are those of MXNet's state, so that pickles go both ways.
        state = dict(self.__dict__)
        state.pop("handle", None)
        state["pid"] = None
        return state

    def __setstate__(self, state):
        self.__dict__.update(state, handle=None, is_open=False)
        if state["is_open"]:
            self.open()


class MXIndexedRecordIO(MXRecordIO):
    """A file of records with a text file beside it that tells where the record of each key starts.

    ``idx_path`` and ``uri`` are paths, ``flag`` is 'r' or 'w', and ``key_type`` makes a key of text. ``keys`` lists the
    keys in the order of the index and ``idx`` maps them to offsets. A missing index is a FileNotFoundError, a damaged
    one an MXNetError that names the line. In another process, ``seek`` and ``read_idx`` open the file again themselves.
    """

    __module__ = "mxnet.recordio"

    def __init__(self, idx_path, uri, flag, key_type=int):
        self.idx_path = os.fspath(idx_path)
        self.idx, self.keys = {}, []
        self.key_type = key_type
        self.fidx = None
        super().__init__(uri, flag)

    def open(self):
        super().open()
        self.idx, self.keys = {}, []
        # Without its index the file must not stay open: nobody would have the object to close it.
        try:
            if self.writable:
                self.fidx = open(self.idx_path, "w", encoding="utf-8")
            else:
                self._read_index()
        except BaseException:
            self.close()
            raise

    def _read_index(self):
        with open(self.idx_path, "rb") as stream:
            for number, line in enumerate(stream, 1):
                try:
                    text, offset = line.decode("utf-8").rstrip("\r\n").split("\t")[:2]
                    key, offset = self.key_type(text), int(offset)
                    if offset < 0:
                        raise ValueError
                except ValueError as error:
                    raise MXNetError(f"{self.idx_path}, line {number}: expected a key, a tab and an offset, "
                                     f"found {line[:80]!r}") from error
                self.keys.append(key)
                self.idx[key] = offset

    def close(self):
        """Close both files; closing twice does nothing."""
        if self.is_open:
            foreign = self.pid != os.getpid()
            super().close()
            if self.fidx is not None:
                _close(self.fidx, foreign)
                self.fidx = None

    def __getstate__(self):
        return {**super().__getstate__(), "fidx": None}

    def seek(self, idx):
        """Make the record of key ``idx`` the next to be read; KeyError for an unknown key."""
        assert not self.writable, "this record file was opened for writing"
        # A forked child shares the parent's place in the file, so it needs a file of its own.
        if self.pid != os.getpid():
            self.reset()
        offset = self.idx[idx]
        status = os.fstat(self.handle.fileno())
        if stat.S_ISREG(status.st_mode) and offset > status.st_size:
            raise MXNetError(f"{self.idx_path}: record {idx!r} is said to start at {offset}, and {self.uri} ends at "
                             f"{status.st_size}")
        self.handle.seek(offset)

    def tell(self):
        """The offset at which the next record will be written."""
        assert self.writable, "this record file was opened for reading"
        if not self.is_open:
            raise RuntimeError(f"the record file {self.uri} is closed")
        return self.handle.tell()

    def read_idx(self, idx):
        """The record of key ``idx`` as bytes; errors as those of ``seek`` and ``read``."""
        self.seek(idx)
        return self.read()

    def write_idx(self, idx, buf):
        """Append ``buf`` as the record of key ``key_type(idx)``; errors as those of ``write``."""
        key = self.key_type(idx)
        if any(c in str(key) for c in "\t\r\n"):
            raise MXNetError(f"a key holds no tab and no line end, {key!r} does")
        assert self.writable, "this record file was opened for reading"
        self._check_process()
        offset = self.tell()
        self.write(buf)
        self.fidx.write(f"{key}\t{offset}\n")
        self.idx[key] = offset
        self.keys.append(key)


def _close(stream, foreign):
    """Close ``stream``; ``foreign``: without writing what it still buffers, as a forked copy of the buffer must not."""
    if foreign:
        sink = os.open(os.devnull, os.O_WRONLY)
        os.dup2(sink, stream.fileno())
        os.close(sink)
    stream.close()


def _framed_size(data):
    """The bytes that a part takes in a file; ``data`` is None at the end of the file."""
    return 0 if data is None else _HEAD.size + len(data) + -len(data) % 4


def _framed(data):
    """The buffers that make ``data`` a record."""
    cuts = []
    # The quick search spares nearly every record the one by words.
    if _MAGIC_BYTES in data:
        words = np.frombuffer(data, "<u4", len(data) // 4)
        cuts = (np.flatnonzero(words == _MAGIC) * 4).tolist()
    start = 0
    for i, cut in enumerate(cuts):
        yield _HEAD.pack(_MAGIC, (_MIDDLE if i else _FIRST) << _LENGTH_BITS | cut - start)
        yield data[start:cut]
        start = cut + 4
    yield _HEAD.pack(_MAGIC, (_LAST if cuts else _WHOLE) << _LENGTH_BITS | len(data) - start)
    yield data[start:] if start else data
    yield bytes(-len(data) % 4)


# Real MXNet calls the class HEADER, which shows in its repr; under that name pickle looks it up.
IRHeader = HEADER = namedtuple("HEADER", ["flag", "label", "id", "id2"], module="mxnet.recordio")


def pack(header, s):
    """The bytes of a record: ``header``, an IRHeader or a tuple like it, before the bytes ``s``.

    A label that is a number is kept in the header, with flag 0; of anything else the float32 values follow the header,
    with their number as flag. MXNetError for an id that is no integer from 0 to 2**64 - 1.
    """
    header = IRHeader(*header)
    if isinstance(header.label, numbers.Number):
        header, labels = header._replace(flag=0), b""
    else:
        label = np.asarray(header.label, dtype=np.float32)
        header, labels = header._replace(flag=label.size, label=0), label.tobytes()
    try:
        return struct.pack(_IR_FORMAT, *header) + labels + s
    except (struct.error, OverflowError) as error:
        raise MXNetError(f"pack: expected ids from 0 to 2**64 - 1 and a float label in {header}: {error}") from error


def unpack(s):
    """The header and the remaining bytes of what ``pack`` made.

    The label is a float, or a float32 array of shape (flag,) that owns its memory. MXNetError when ``s`` is too short.
    """
    if len(s) < _IR_SIZE:
        raise MXNetError(f"unpack: expected at least {_IR_SIZE} bytes of header, found {len(s)}")
    header, s = IRHeader(*struct.unpack(_IR_FORMAT, s[:_IR_SIZE])), s[_IR_SIZE:]
    if header.flag > 0:
        size = header.flag * 4
        if size > len(s):
            raise MXNetError(f"unpack: expected {header.flag} labels, {size} bytes, found {len(s)} bytes")
        # A copy, so that a label does not keep the whole record alive.
        header, s = header._replace(label=np.frombuffer(s, np.float32, header.flag).copy()), s[size:]
    return header, s


def _pillow():
    try:
        from PIL import Image
    except ImportError as error:
        raise ImportError("pack_img and unpack_img need Pillow; install it with: pip install pillow") from error
    return Image


def pack_img(header, img, quality=95, img_fmt=".jpg"):
    """``pack`` of an image, of shape (h, w), (h, w, 1), BGR (h, w, 3) or BGRA (h, w, 4), encoded as ``img_fmt``.

    ``quality`` is 0 to 100 for JPEG, which drops alpha, and the compression level 0 to 9 for PNG; values beyond these
    are cut. Pixels are rounded and cut to uint8; a (h, w) uint16 array keeps its depth in a PNG. MXNetError for other
    shapes and formats, ImportError without Pillow.
    """
    image_module = _pillow()
    suffix = img_fmt.lower()
    kind = image_module.registered_extensions().get(suffix)
    if kind not in image_module.SAVE:
        raise MXNetError(f"pack_img: expected an image format that Pillow writes, such as '.jpg', found {img_fmt!r}")
    shape = getattr(img, "shape", None)
    if (not isinstance(img, np.ndarray) or img.dtype.kind not in "iuf" or img.ndim not in (2, 3) or not img.size
            or img.ndim == 3 and shape[2] not in (1, 3, 4)):
        raise MXNetError(f"pack_img: expected an array of numbers of shape (h, w) or (h, w, 1, 3 or 4), found "
                         f"{type(img).__name__} of {getattr(img, 'dtype', None)}, shape {shape}")
    if img.ndim == 3:
        order = {1: 0, 3: [2, 1, 0], 4: [2, 1, 0] if kind == "JPEG" else [2, 1, 0, 3]}[shape[2]]
        img = img[:, :, order]
    if img.dtype != np.uint8 and not (img.dtype == np.uint16 and img.ndim == 2 and kind == "PNG"):
        img = np.clip(np.rint(img), 0, 255).astype(np.uint8)
    options = {"JPEG": {"quality": min(max(quality, 0), 100)}, "PNG": {"compress_level": min(max(quality, 0), 9)}}
    out = io.BytesIO()
    try:
        image_module.fromarray(np.ascontiguousarray(img)).save(out, kind, **options.get(kind, {}))
    except (OSError, ValueError) as error:
        raise MXNetError(f"pack_img: no {img_fmt} can be made of an image of shape {shape}: {error}") from error
    return pack(header, out.getvalue())


def unpack_img(s, iscolor=-1):
    """The header and the image of what ``pack_img`` made, the image as uint8 (uint16 where a grey PNG holds that).

    ``iscolor`` is -1 for the image as stored, (h, w), BGR (h, w, 3) or BGRA (h, w, 4); 0 for grey (h, w); 1 for BGR.
    With 0 and 1 the image is turned as its EXIF orientation says. An image that cannot be decoded is None. MXNetError
    for another ``iscolor``, a record without an image or one of very many pixels; ImportError without Pillow.
    """
    if iscolor not in (-1, 0, 1):
        raise MXNetError(f"unpack_img: iscolor must be -1, 0 or 1, not {iscolor!r}")
    image_module = _pillow()
    header, s = unpack(s)
    if not s:
        raise MXNetError("unpack_img: expected the bytes of an image after the header, found none")
    try:
        return header, _pixels(image_module, s, iscolor)
    except image_module.DecompressionBombError as error:
        raise MXNetError(f"unpack_img: {error}") from error
    except MemoryError:
        raise
    except Exception:
        # Pillow's decoders raise all sorts of errors for damaged images.
        return header, None


def _pixels(image_module, data, iscolor):
    """The pixels of an encoded image in OpenCV's order of channels."""
    image = image_module.open(io.BytesIO(data))
    if iscolor == 0:
        # A JPEG then gives its luma as stored, as OpenCV does.
        image.draft("L", image.size)
    image.load()
    if iscolor >= 0:
        from PIL import ImageOps
        image = ImageOps.exif_transpose(image)
    if image.mode == "I" or image.mode.startswith("I;16"):
        grey = np.asarray(image).astype(np.uint16)
        if iscolor < 0:
            return grey
        grey = (grey >> 8).astype(np.uint8)
        return np.repeat(grey[:, :, None], 3, axis=2) if iscolor else grey
    if iscolor == 0 or iscolor < 0 and image.mode in ("1", "L"):
        return np.array(image.convert("L"))
    alpha = iscolor < 0 and (image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info)
    pixels = np.asarray(image.convert("RGBA" if alpha else "RGB"))
    return np.ascontiguousarray(pixels[:, :, [2, 1, 0, 3] if alpha else [2, 1, 0]])
