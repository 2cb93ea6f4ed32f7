"""``mx.gluon.utils``: splitting batches over contexts, clipping gradients, downloads, handles of hooks."""
import hashlib
import os
import secrets
import urllib.error
import urllib.request
import warnings
import weakref

import numpy as np

from .. import ndarray
from ..util import is_np_array, is_np_shape

__all__ = ["check_sha1", "clip_global_norm", "download", "replace_file", "split_and_load", "split_data"]


def shape_is_known(shape):
    """Whether no dimension of ``shape`` is unknown (0, or -1 in NumPy's meaning); None is unknown as a whole."""
    if shape is None:
        return False
    unknown = -1 if is_np_shape() else 0
    if not shape:
        return unknown == -1
    for size in shape:
        if size == unknown:
            return False
        assert size > unknown, f"a dimension of a shape must not be below {unknown}, got {size}"
    return True


def split_data(data, num_slice, batch_axis=0, even_split=True):
    """``num_slice`` parts of ``data`` along ``batch_axis``, as a list (views along axis 0).

    ValueError where the parts would differ in size, unless ``even_split`` is False: then the first ones are larger by 1.
    """
    size = data.shape[batch_axis]
    if even_split and size % num_slice:
        raise ValueError(f"data of shape {data.shape} cannot be split evenly into {num_slice} parts along axis {batch_axis}: "
                         f"use a batch size that is a multiple of {num_slice}, or even_split=False")
    part, more = divmod(size, num_slice)
    stops = [(k + 1) * part + min(k + 1, more) for k in range(num_slice)]
    starts = [0, *stops[:-1]]
    if is_np_array() or batch_axis == 0:
        return [data[a:b] for a, b in zip(starts, stops)]
    return [ndarray.slice_axis(data, axis=batch_axis, begin=a, end=b) for a, b in zip(starts, stops)]


def split_and_load(data, ctx_list, batch_axis=0, even_split=True):
    """``split_data`` into one part a context, each on its context, as a list. ``data`` may be a numpy array or a list."""
    if not isinstance(data, ndarray.NDArray):
        data = ndarray.array(data, ctx=ctx_list[0])
    if len(ctx_list) == 1:
        return [data.as_in_context(ctx_list[0])]
    return [part.as_in_context(ctx) for part, ctx in zip(split_data(data, len(ctx_list), batch_axis, even_split), ctx_list)]


def _square_sum(array):
    flat = array.reshape((-1,)) if array.stype == "default" else array.data.reshape((-1,))
    if flat.dtype == np.float16:
        flat = flat.astype("float32")
    return ndarray.dot(flat, flat)


def clip_global_norm(arrays, max_norm, check_isfinite=True):
    """Scale the arrays in place so that the norm over all of them is at most ``max_norm``; returns the norm before.

    The norm is a number with ``check_isfinite`` (UserWarning where it is not finite), else an array of one element, which
    asks for no waiting.
    """
    assert len(arrays) > 0, "clip_global_norm: there are no arrays"
    ctx = arrays[0].context
    total = ndarray.add_n(*[_square_sum(a).astype("float32").as_in_context(ctx) for a in arrays])
    total = ndarray.sqrt(total)
    if check_isfinite:
        norm = total.asscalar()
        if not np.isfinite(norm):
            warnings.warn(f"clip_global_norm: the norm of the arrays is {norm}; clipping gives nothing useful", stacklevel=2)
    scale = max_norm / (total + 1e-8)
    scale = ndarray.minimum(scale, ndarray.ones((1,), dtype=scale.dtype, ctx=ctx))
    for a in arrays:
        a *= scale.as_in_context(a.context).astype(a.dtype, copy=False)
    return norm if check_isfinite else total


def check_sha1(filename, sha1_hash):
    """Whether the SHA-1 of a file is ``sha1_hash``."""
    digest = hashlib.sha1()
    with open(filename, "rb") as f:
        while block := f.read(1 << 20):
            digest.update(block)
    return digest.hexdigest() == sha1_hash


def replace_file(src, dst):
    """Move a file over another in one step."""
    os.replace(src, dst)


def _target(url, path):
    name = url.split("/")[-1]
    if path is None:
        assert name, f"download: there is no file name in {url}; give a path"
        return name
    path = os.path.expanduser(path)
    return os.path.join(path, name) if os.path.isdir(path) else path


def _fetch(url, target, verify_ssl):
    context = None
    if not verify_ssl:
        import ssl
        context = ssl._create_unverified_context()
    os.makedirs(os.path.dirname(os.path.abspath(target)), exist_ok=True)
    temporary = f"{target}.{secrets.token_hex(8)}"
    try:
        with urllib.request.urlopen(url, context=context, timeout=60) as source, open(temporary, "wb") as f:
            while block := source.read(1 << 20):
                f.write(block)
        replace_file(temporary, target)
    finally:
        if os.path.exists(temporary):
            os.remove(temporary)


def download(url, path=None, overwrite=False, sha1_hash=None, retries=5, verify_ssl=True):
    """Fetch ``url`` into ``path`` (a file or directory; by default the name in the URL) and return the file's name.

    A file that is there is taken, unless ``overwrite`` or its SHA-1 is not ``sha1_hash``. OSError where it cannot be
    fetched, with the place where the file may be put by hand.
    """
    assert retries >= 0, f"download: retries must be 0 or more, got {retries}"
    if not verify_ssl:
        warnings.warn("download: without verify_ssl the server is not checked", stacklevel=2)
    target = _target(url, path)
    if not overwrite and os.path.exists(target) and (not sha1_hash or check_sha1(target, sha1_hash)):
        return target
    for left in range(retries, -1, -1):
        try:
            _fetch(url, target, verify_ssl)
            if sha1_hash and not check_sha1(target, sha1_hash):
                raise ValueError("its SHA-1 is not the expected one")
            break
        except (OSError, ValueError) as e:
            # no connection at all will not come by trying again
            offline = isinstance(e, urllib.error.URLError) and not isinstance(e, urllib.error.HTTPError)
            if not left or offline:
                raise OSError(f"download: {url} cannot be fetched ({getattr(e, 'reason', e)}). Without a network, put the "
                              f"file at {os.path.abspath(target)}") from e
    return target


class HookHandle:
    """What takes a hook away again: ``detach()``, or the end of a ``with`` statement."""

    def __init__(self):
        self._hooks_dict_ref = None
        self._id = None

    def attach(self, hooks_dict, hook):
        """Put ``hook`` into ``hooks_dict`` (an OrderedDict); once only (AssertionError)."""
        assert not self._hooks_dict_ref, "this handle has a hook already"
        self._id = id(hook)
        # an object may be put twice, and each handle takes its own away
        while self._id in hooks_dict:
            self._id += 1
        hooks_dict[self._id] = hook
        self._hooks_dict_ref = weakref.ref(hooks_dict)

    def detach(self):
        """Take the hook away."""
        hooks = self._hooks_dict_ref() if self._hooks_dict_ref else None
        if hooks is not None:
            hooks.pop(self._id, None)

    def __getstate__(self):
        return (self._hooks_dict_ref() if self._hooks_dict_ref else None, self._id)

    def __setstate__(self, state):
        self._hooks_dict_ref = None if state[0] is None else weakref.ref(state[0])
        self._id = state[1]

    def __enter__(self):
        return self

    def __exit__(self, ptype, value, trace):
        self.detach()


HookHandle.__module__ = "mxnet.gluon.utils"


def _indent(text, spaces):
    """``text`` with all lines but the first indented."""
    first, *rest = text.split("\n")
    return "\n".join([first, *(" " * spaces + line for line in rest)])


def brief(names, limit=7):
    """A few of many names, quoted, for messages."""
    names = [f"'{n}'" for n in names]
    if len(names) > limit:
        half = limit // 2
        names = [*names[:half], "...", *names[-half:]]
    return ", ".join(names)


_brief_print_list = brief
