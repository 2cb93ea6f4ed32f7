"""``mx.image``, its iterators and those over records of images give what real MXNet gave: ``recorded/images.json``.

Pixels are compared to the bit, floats to a hundred-thousandth. The files are PNG without filters, which this file decodes
itself, so that no image library is needed.
"""
import importlib.util
import json
import pathlib
import zlib

import numpy as np
import pytest

from mxnet_compat.ops import codec

HERE = pathlib.Path(__file__).parent / "recorded"
CASES = [(group, *pair) for group, pairs in json.loads((HERE / "images.json").read_text())["groups"].items() for pair in pairs]
_SPEC = importlib.util.spec_from_file_location("record_images", HERE / "record_images.py")
RECORDER = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(RECORDER)


def pixels(data, flag, turn):
    """The RGB pixels of a PNG of 8 bits, three channels and no filters."""
    if not data.startswith(b"\x89PNG"):
        raise ValueError("no PNG")
    width, height = (int.from_bytes(data[k:k + 4], "big") for k in (16, 20))
    start = data.index(b"IDAT") + 4
    rows = np.frombuffer(zlib.decompress(data[start:]), np.uint8).reshape(height, -1)
    return rows[:, 1:].reshape(height, width, 3)


@pytest.fixture(scope="module")
def namespace(tmp_path_factory):
    patch = pytest.MonkeyPatch()
    patch.chdir(tmp_path_factory.mktemp("images"))
    patch.setattr(codec, "_pixels", pixels)
    yield RECORDER.setup()
    patch.undo()


def agree(got, expected, at="value"):
    """AssertionError where two encoded outcomes differ."""
    if isinstance(expected, list) and expected[:1] == ["array"]:
        assert got[:4] == expected[:4], at
        ours, theirs = RECORDER.decode(got), RECORDER.decode(expected)
        if theirs.dtype.kind == "f":
            np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-4, err_msg=at)
        else:
            np.testing.assert_array_equal(ours, theirs, err_msg=at)
    elif isinstance(expected, list):
        assert isinstance(got, list) and len(got) == len(expected), f"{at}: {got} instead of {expected}"
        for k, (a, b) in enumerate(zip(got, expected)):
            agree(a, b, f"{at}[{k}]")
    elif isinstance(expected, float):
        assert got == pytest.approx(expected, rel=1e-6), at
    else:
        assert got == expected, at


@pytest.mark.parametrize(("group", "expression", "expected"), CASES, ids=[f"{g}-{e[:70]}" for g, e, _ in CASES])
def test_as_real_mxnet(namespace, group, expression, expected):
    agree(RECORDER.replay(expression, namespace), expected)
