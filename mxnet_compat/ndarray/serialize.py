"""MXNet's binary array files (``nd.save``, ``.params``, the state of a pickled array): bytes to numpy arrays and back.

Pure numpy and struct. No NDArray, no context objects and none of the argument conventions of ``nd.save`` live here.

A list file is, all little-endian: ``u64 0x112``, ``u64`` reserved, ``u64`` count and the arrays, ``u64`` count and the
names (``u64`` length, then UTF-8). An array is one of

* V2 ``u32 0xF993FAC9``: ``i32`` storage type, the shape of the stored data (sparse only), shape, context, dtype, per
  index array its dtype and shape (sparse only), then the data and the index arrays;
* V3 ``u32 0xF993FACA``: the same for dense arrays, written while NumPy shape semantics are on;
* V1 ``u32 0xF993FAC8``: shape, context, dtype, data;
* the oldest form: ``u32`` rank, ``u32`` dimensions, context, dtype, data.

A shape is ``i32`` rank and ``i64`` dimensions; a context two ``i32`` (device type, device number).
"""
import contextlib
import io
import math
import os
import secrets
import stat
import struct
from typing import NamedTuple

import numpy as np

from ..base import MXNetError

__all__ = ["DTYPE_FLAGS", "MAX_RANK", "SparseRecord", "dump_chunks", "dump_one", "dumps", "load_file", "load_one",
           "loads", "save_file"]

LIST_MAGIC = 0x112
V1, V2, V3 = 0xF993FAC8, 0xF993FAC9, 0xF993FACA
# As numpy's before 2.0, and MXNet's when it makes a numpy array.
MAX_RANK = 32
DTYPE_FLAGS = {np.dtype("float32"): 0, np.dtype("float64"): 1, np.dtype("float16"): 2, np.dtype("uint8"): 3,
               np.dtype("int32"): 4, np.dtype("int8"): 5, np.dtype("int64"): 6, np.dtype("bool"): 7,
               np.dtype([("bfloat16", np.uint16)]): 12}
_STYPES = ("default", "row_sparse", "csr")
_DTYPES = {flag: dtype for dtype, flag in DTYPE_FLAGS.items()}
_INDEX_FLAGS = {flag: _DTYPES[flag] for flag in (4, 6)}
# The smallest array a file can hold: rank 0 of the oldest form, one byte of data.
_LEAST_ARRAY = 17
_LIMIT = 2**63 - 1
# One emoji makes Python keep a whole name in four bytes a character, so a name must stay small beside any file.
_NAME_LIMIT = 1 << 16
_BLOCK = 1 << 16
_U32, _U64, _I32 = struct.Struct("<I"), struct.Struct("<Q"), struct.Struct("<i")
_HEAD, _CONTEXT = struct.Struct("<QQ"), struct.Struct("<ii")


class SparseRecord(NamedTuple):
    """A sparse array as files hold it.

    ``stype`` is 'row_sparse' or 'csr' and ``shape`` that of the whole array. For row_sparse, ``data`` holds the stored
    rows and ``aux`` is ``[row indices]``; for csr, ``data`` is 1-D and ``aux`` is ``[indptr, column indices]``. The
    indptr of an array without entries may be empty, which stands for zeros.
    """

    stype: str
    shape: tuple
    data: np.ndarray
    aux: list


def _layout_fault(stype, shape, stored, aux):
    """What is wrong with the shapes of a sparse array (``aux`` lists the shapes of the index arrays), or None."""
    if any(len(a) != 1 for a in aux):
        return "index arrays of rank 1", f"shapes {aux}"
    if stype == "row_sparse":
        if not shape or len(stored) != len(shape) or tuple(stored[1:]) != tuple(shape[1:]) or stored[0] > shape[0]:
            return f"stored rows of a row_sparse array of shape {shape}", f"data of shape {stored}"
        if aux[0] != (stored[0],):
            return f"{stored[0]} row indices, one a stored row", f"{aux[0][0]}"
        return None
    if len(shape) != 2 or len(stored) != 1:
        return "a csr array of rank 2 with data of rank 1", f"shape {shape} and data of shape {stored}"
    if aux[1] != stored:
        return f"{stored[0]} column indices, one an entry", f"{aux[1][0]}"
    # MXNet gives a csr array no memory until an operator fills it, and saves it so.
    if aux[0] != (shape[0] + 1,) and not (aux[0] == stored == (0,)):
        return f"an indptr of length {shape[0] + 1}", f"length {aux[0][0]}"
    return None


def _ascending(values, strict):
    """Whether ``values`` never fall (``strict``: always rise), looked at in blocks so that no large mask is made."""
    compare = np.less if strict else np.less_equal
    last = len(values) - 1
    return all(compare(values[i:min(i + _BLOCK, last)], values[i + 1:min(i + _BLOCK, last) + 1]).all()
               for i in range(0, last, _BLOCK))


def _index_fault(stype, shape, aux):
    """What is wrong with the contents of the index arrays of a sparse array, or None."""
    if stype == "row_sparse":
        rows = aux[0]
        if len(rows) and (not _ascending(rows, True) or rows[0] < 0 or rows[-1] >= shape[0]):
            return f"row indices that rise and lie in [0, {shape[0]})", "others"
        return None
    indptr, columns = aux
    # Compared, not subtracted: differences of hostile int64 would wrap around.
    if len(indptr) and (indptr[0] != 0 or indptr[-1] != len(columns) or not _ascending(indptr, False)):
        return f"an indptr that never falls, from 0 to {len(columns)}", "another"
    if len(columns) and (columns.min() < 0 or columns.max() >= shape[1]):
        return f"column indices in [0, {shape[1]})", f"indices from {columns.min()} to {columns.max()}"
    return None


class _Reader:
    """A cursor over ``size`` bytes. Nothing is allocated for a length that the remaining bytes cannot hold."""

    def __init__(self, readinto, size, source):
        self.readinto, self.size, self.source, self.pos = readinto, size, source, 0

    def refuse(self, at, expected, found):
        raise MXNetError(f"{self.source}, offset {at}: expected {expected}, found {found}")

    def fill(self, view, what):
        if len(view) > self.size - self.pos:
            self.refuse(self.pos, f"{len(view)} bytes of {what}", f"{self.size - self.pos} left in the file")
        if self.readinto(view) != len(view):
            self.refuse(self.pos, f"{len(view)} bytes of {what}", "a file that ends early")
        self.pos += len(view)

    def take(self, count, what):
        # The check comes before the buffer.
        if count > self.size - self.pos:
            self.refuse(self.pos, f"{count} bytes of {what}", f"{self.size - self.pos} left in the file")
        out = bytearray(count)
        self.fill(out, what)
        return out

    def unpack(self, layout, what):
        return layout.unpack(self.take(layout.size, what))

    def number(self, layout, what):
        return layout.unpack(self.take(layout.size, what))[0]

    def count(self, least, what):
        at, value = self.pos, self.number(_U64, f"the number of {what}")
        if value * least > self.size - self.pos:
            self.refuse(at, f"at most {(self.size - self.pos) // least} {what} in the bytes left", f"{value}")
        return value

    def shape(self, what, rank=None, code="q"):
        at = self.pos
        rank = self.number(_I32, f"the rank of {what}") if rank is None else rank
        if not 0 <= rank <= MAX_RANK:
            self.refuse(at, f"a rank of {what} from 0 to {MAX_RANK}", f"{rank}")
        at, layout = self.pos, struct.Struct(f"<{rank}{code}")
        dims = self.unpack(layout, f"dimensions of {what}")
        if any(d < 0 for d in dims):
            self.refuse(at, f"dimensions of {what} of at least 0", f"{dims}")
        # numpy multiplies the dimensions that are not 0, also when the array is empty.
        if math.prod(d for d in dims if d) * 8 > _LIMIT:
            self.refuse(at, f"a shape of {what} of fewer than 2**60 elements", f"{dims}")
        return dims

    def dtype(self, table, what):
        at, flag = self.pos, self.number(_I32, f"the dtype of {what}")
        if flag not in table:
            self.refuse(at, f"a dtype of {what} among {', '.join(map(str, sorted(table)))}", f"{flag}")
        return table[flag]

    def array(self, dtype, shape, what):
        wanted = math.prod(shape) * dtype.itemsize
        if wanted > self.size - self.pos:
            self.refuse(self.pos, f"{wanted} bytes for {what} of shape {shape} and dtype {dtype}",
                        f"{self.size - self.pos} left in the file")
        little = dtype.newbyteorder("<")
        try:
            out = np.empty(shape, little)
        except MemoryError:
            # numpy 1.22 asks for memory by the dimensions that are not 0, also for an empty array
            if wanted:
                raise
            out = np.empty(0, little).reshape(shape)
        raw = out.reshape(-1).view(np.uint8)
        self.fill(raw.data, what)
        if dtype == np.bool_:
            # Any byte but 0 and 1 in a bool array would be undefined behaviour in numpy.
            np.minimum(raw, 1, out=raw)
        return out


def _read_array(reader, what):
    """The next array of ``reader``, named ``what`` in errors: a numpy array or a SparseRecord."""
    at, word = reader.pos, reader.number(_U32, f"the first word of {what}")
    stype = 0
    if word in (V2, V3):
        at, stype = reader.pos, reader.number(_I32, f"the storage type of {what}")
        allowed = range(3) if word == V2 else range(1)
        if stype not in allowed:
            reader.refuse(at, f"a storage type of {what} from 0 to {allowed[-1]}", f"{stype}")
    elif word != V1 and word > MAX_RANK:
        reader.refuse(at, f"{what}: an array's magic number, or a rank of at most {MAX_RANK}", f"{word:#x}")
    stored = reader.shape(f"the data of {what}") if stype else None
    # MXNet stops after a V2 shape of rank 0 and cannot read on, though its own nd.save writes the rest for a scalar.
    # No writer leaves the rest out, so it is read here.
    shape = reader.shape(what, word, "I") if word <= MAX_RANK else reader.shape(what)
    # Any context is good: MXNet without the device in question reads into the memory of the CPU too.
    reader.unpack(_CONTEXT, f"the context of {what}")
    dtype = reader.dtype(_DTYPES, what)
    if not stype:
        return reader.array(dtype, shape, what)
    stype, heads, at = _STYPES[stype], [], reader.pos
    for i in range(1 if stype == "row_sparse" else 2):
        label = f"index array {i} of {what}"
        heads.append((reader.dtype(_INDEX_FLAGS, label), reader.shape(label), label))
    # First the shapes against each other, before memory is taken; then the indices, which any kernel will trust.
    fault = _layout_fault(stype, shape, stored, [head[1] for head in heads])
    if fault:
        reader.refuse(at, f"{what}: {fault[0]}", fault[1])
    data, at = reader.array(dtype, stored, what), reader.pos
    aux = [reader.array(*head) for head in heads]
    fault = _index_fault(stype, shape, aux)
    if fault:
        reader.refuse(at, f"{what}: {fault[0]}", fault[1])
    return SparseRecord(stype, shape, data, aux)


def _name_fault(raw):
    """What is wrong with the bytes of a name, or None."""
    if len(raw) > _NAME_LIMIT:
        return f"at most {_NAME_LIMIT} bytes", f"{len(raw)}"
    if 0 in raw:
        return "no zero byte", f"{bytes(raw[:60])!r}"
    return None


def _first_repeated(names):
    seen = set()
    return next(name for name in names if name in seen or seen.add(name))


def _read_names(reader, count):
    # Read one by one with the limit, so that a count and lengths that lie cost nothing.
    names = []
    for i in range(count):
        at, size = reader.pos, reader.number(_U64, f"the length of name {i}")
        if size > _NAME_LIMIT:
            reader.refuse(at, f"at most {_NAME_LIMIT} bytes in name {i}", f"{size}")
        raw = reader.take(size, f"name {i}")
        fault = _name_fault(raw)
        if fault:
            reader.refuse(at + _U64.size, f"{fault[0]} in name {i}", fault[1])
        try:
            names.append(raw.decode("utf-8"))
        except UnicodeDecodeError:
            reader.refuse(at + _U64.size, f"UTF-8 in name {i}", f"{bytes(raw[:60])!r}")
    if len(set(names)) != count:
        reader.refuse(reader.pos, "names that differ", f"{_first_repeated(names)[:60]!r} twice")
    return names


def _read_list(reader):
    magic, _ = reader.unpack(_HEAD, "the header")
    if magic != LIST_MAGIC:
        reader.refuse(0, f"the magic number {LIST_MAGIC:#x} of a file of arrays", f"{magic:#x}")
    count = reader.count(_LEAST_ARRAY, "arrays")
    arrays = [_read_array(reader, f"array {i}") for i in range(count)]
    at, named = reader.pos, reader.count(_U64.size, "names")
    if named not in (0, count):
        reader.refuse(at, f"no names, or {count} as there are arrays", f"{named}")
    return arrays, _read_names(reader, named)


def _buffer_reader(data, source):
    view = memoryview(data).cast("B")
    # A BytesIO shares the memory of a bytes object; of anything else it would make a copy.
    if isinstance(data, bytes):
        return _Reader(io.BytesIO(data).readinto, len(view), source)
    offset = 0

    def readinto(out):
        nonlocal offset
        size = len(out)
        out[:] = view[offset:offset + size]
        offset += size
        return size

    return _Reader(readinto, len(view), source)


def loads(data, source="<bytes>"):
    """The arrays and names that a file's bytes hold: a list of numpy arrays and SparseRecords, and a list of str.

    The list of names is empty or as long as that of the arrays. Arrays own their memory, are writable and have the
    shape and dtype of the file. Bytes after the names are ignored, and so are contexts, as MXNet does.

    Raises MXNetError, naming ``source``, the offset and what was expected there, for anything that is not such a file.
    """
    return _read_list(_buffer_reader(data, source))


def load_file(path):
    """As ``loads``, of the file at ``path`` (str or path-like), not held in memory beside its arrays."""
    path = os.fspath(path)
    try:
        with open(path, "rb") as stream:
            status = os.fstat(stream.fileno())
            # The size of a pipe is unknown, so there is nothing to check lengths against before all of it is here.
            if not stat.S_ISREG(status.st_mode):
                return loads(stream.read(), path)
            return _read_list(_Reader(stream.readinto, status.st_size, path))
    except OSError as error:
        raise MXNetError(f"cannot read {path}: {error.strerror or error}") from error


def load_one(data, source="<bytes>"):
    """The array or SparseRecord of the bytes that the pickle of an NDArray holds; errors as those of ``loads``."""
    return _read_array(_buffer_reader(data, source), "array")


def _flag(array, what):
    flag = DTYPE_FLAGS.get(array.dtype.newbyteorder("="))
    if flag is None:
        known = ", ".join(str(d) if d.names is None else d.names[0] for d in DTYPE_FLAGS)
        raise MXNetError(f"{what} cannot be saved: its dtype is {array.dtype}, and files hold {known}")
    return flag


def _shape_bytes(shape, what):
    if len(shape) > MAX_RANK:
        raise MXNetError(f"{what} cannot be saved: its rank is {len(shape)}, and files hold at most {MAX_RANK}")
    return struct.pack(f"<i{len(shape)}q", len(shape), *shape)


def _buffer(array):
    little = np.ascontiguousarray(array, array.dtype.newbyteorder("<"))
    return little.reshape(-1).view(np.uint8).data


def _array_chunks(array, context, np_shape, what):
    """The buffers of one array: the head first, then data and index arrays."""
    sparse = isinstance(array, SparseRecord)
    if not sparse and not isinstance(array, (np.ndarray, np.generic)):
        raise MXNetError(f"{what} cannot be saved: expected an array or SparseRecord, found {type(array).__name__}")
    if sparse and np_shape:
        raise MXNetError(f"{what} cannot be saved: NumPy shape semantics know no {array.stype} arrays")
    head = struct.pack("<Ii", V3 if np_shape else V2, _STYPES.index(array.stype) if sparse else 0)
    data, aux = (array.data, array.aux) if sparse else (array, [])
    if sparse:
        needed = _STYPES.index(array.stype)
        if len(aux) != needed or any(a.dtype not in _INDEX_FLAGS.values() for a in aux):
            raise MXNetError(f"{what} cannot be saved: expected {needed} index arrays of int32 or int64, "
                             f"found {[str(a.dtype) for a in aux]}")
        fault = (_layout_fault(array.stype, tuple(array.shape), data.shape, [a.shape for a in aux])
                 or _index_fault(array.stype, array.shape, aux))
        if fault:
            raise MXNetError(f"{what} cannot be saved: expected {fault[0]}, found {fault[1]}")
        head += _shape_bytes(data.shape, what)
    head += _shape_bytes(array.shape, what) + _CONTEXT.pack(*context) + _I32.pack(_flag(data, what))
    yield head + b"".join(_I32.pack(_flag(a, what)) + _shape_bytes(a.shape, what) for a in aux)
    yield _buffer(data)
    for a in aux:
        yield _buffer(a)


def dump_chunks(arrays, names=(), *, contexts=(), np_shape=False):
    """The bytes of ``dumps``, one buffer after the other: for writing without a copy of all the arrays."""
    arrays, names, contexts = list(arrays), list(names), list(contexts) or [(1, 0)] * len(arrays)
    if names and len(names) != len(arrays) or len(contexts) != len(arrays):
        raise MXNetError(f"cannot save {len(arrays)} arrays with {len(names)} names and {len(contexts)} contexts")
    if len(set(names)) != len(names):
        raise MXNetError(f"cannot save two arrays under one name: {_first_repeated(names)!r}")
    yield _HEAD.pack(LIST_MAGIC, 0) + _U64.pack(len(arrays))
    for i, (array, context) in enumerate(zip(arrays, contexts)):
        yield from _array_chunks(array, context, np_shape, repr(names[i]) if names else f"array {i}")
    yield _U64.pack(len(names))
    for name in names:
        try:
            raw = name.encode("utf-8")
        except UnicodeEncodeError as error:
            raise MXNetError(f"cannot save the name {name[:60]!r}: it has no UTF-8 form") from error
        fault = _name_fault(raw)
        if fault:
            raise MXNetError(f"cannot save the name {name[:60]!r}: expected {fault[0]}, found {fault[1]}")
        yield _U64.pack(len(raw)) + raw


def dumps(arrays, names=(), *, contexts=(), np_shape=False):
    """The bytes that ``nd.save`` of MXNet 1.9.1 writes for ``arrays``, numpy arrays and SparseRecords.

    ``names`` is empty or one str an array; ``contexts`` is empty, for cpu(0), or one (device type, device number) an
    array; ``np_shape`` says that NumPy shape semantics are on, which changes the version word. Raises MXNetError for a
    dtype that files cannot hold, rank over 32, sparse arrays with bad indices or in NumPy semantics, and repeated or
    bad names.
    """
    return b"".join(dump_chunks(arrays, names, contexts=contexts, np_shape=np_shape))


def dump_one(array, *, context=(1, 0), np_shape=False):
    """The bytes of one array as the pickle of an NDArray holds them; arguments and errors as those of ``dumps``."""
    return b"".join(_array_chunks(array, context, np_shape, "the array"))


def save_file(path, payload):
    """Write ``payload``, bytes or an iterable of buffers, to ``path`` (str or path-like), all of it or nothing.

    The bytes go to a file beside it, reach the disk, and replace what was there in one step; a failure leaves the old
    file. Links are followed, and the mode of an old file is kept. Raises MXNetError if the file cannot be written.
    """
    path = os.fspath(path)
    chunks = [payload] if isinstance(payload, (bytes, bytearray, memoryview)) else payload
    target = os.path.realpath(path)
    temporary = os.path.join(os.path.dirname(target), f".{secrets.token_hex(8)}.tmp")
    try:
        if os.path.exists(path) and not os.path.isfile(path):
            # A pipe or device cannot be replaced; a directory fails here with the system's message.
            with open(path, "wb") as stream:
                stream.writelines(chunks)
            return
        # Created with 0o666 so that the umask decides, as for any file.
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
        try:
            with open(handle, "wb") as stream:
                if os.path.exists(target):
                    os.chmod(temporary, stat.S_IMODE(os.stat(target).st_mode))
                stream.writelines(chunks)
                stream.flush()
                os.fsync(stream.fileno())
            os.replace(temporary, target)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
            raise
    except OSError as error:
        raise MXNetError(f"cannot write {path}: {error.strerror or error}") from error
