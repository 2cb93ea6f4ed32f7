"""Images in records: pixels as OpenCV gives them to real MXNet, recorded, and what is refused.

Pillow is an extra that nothing else in ``recordio`` needs; what happens without it is tested in ``test_recordio.py``.
"""
import json
import pathlib

import numpy as np
import pytest
from PIL import Image

from mxnet_compat.base import MXNetError
from mxnet_compat.recordio import IRHeader, pack, pack_img, unpack_img

GOLDEN = pathlib.Path(__file__).parents[1] / "compat_tests" / "recorded" / "recordio_golden.json"
RECORD = json.loads(GOLDEN.read_text())


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("case", RECORD["images"], ids=lambda c: c["name"] + c["fmt"])
def test_decoded_as_opencv_does(case):
    for want in case["decoded"]:
        header, image = unpack_img(bytes.fromhex(case["record"]), want["iscolor"])
        assert header == (0, 1.5, 2, 3)
        expected = np.frombuffer(bytes.fromhex(want["hex"]), want["dtype"]).reshape(want["shape"])
        assert image.dtype == expected.dtype and image.shape == expected.shape
        assert image.flags.writeable and image.flags.c_contiguous
        # Rounding of colour to grey differs by one; everything else is the same arithmetic.
        slack = 1 if want["iscolor"] == 0 and case["fmt"] in (".png", ".bmp") else 0
        assert np.abs(image.astype(int) - expected).max() <= slack


@pytest.mark.parametrize("case", RECORD["images"], ids=lambda c: c["name"] + c["fmt"])
def test_encoded_as_opencv_does(case):
    image = np.frombuffer(bytes.fromhex(case["image"]), case["dtype"]).reshape(case["shape"])
    ours = pack_img(IRHeader(0, 1.5, 2, 3), image, quality=case["quality"], img_fmt=case["fmt"])
    for want in case["decoded"]:
        expected = np.frombuffer(bytes.fromhex(want["hex"]), want["dtype"]).reshape(want["shape"])
        _, got = unpack_img(ours, want["iscolor"])
        slack = 1 if want["iscolor"] == 0 and case["fmt"] in (".png", ".bmp") else 0
        assert got.shape == expected.shape and np.abs(got.astype(int) - expected).max() <= slack


def test_quality_and_level():
    image = np.random.RandomState(0).randint(0, 255, (40, 40, 3)).astype("uint8")
    sizes = [len(pack_img((0, 1, 2, 3), image, quality=q)) for q in (-5, 0, 50, 95, 100, 200)]
    assert sizes[0] == sizes[1] < sizes[2] < sizes[3] < sizes[4] == sizes[5]
    flat = np.zeros((40, 40), "uint8")
    assert (len(pack_img((0, 1, 2, 3), flat, quality=0, img_fmt=".png"))
            > len(pack_img((0, 1, 2, 3), flat, quality=95, img_fmt=".png")))


def test_labels_stay():
    header, image = unpack_img(pack_img((0, [1, 2], 3, 4), np.zeros((5, 6), "uint8")))
    assert header.label.tolist() == [1, 2] and header[2:] == (3, 4) and image.shape == (5, 6)


def test_palettes_and_grey_with_alpha():
    colours = np.zeros((4, 4, 3), "uint8")
    colours[:2, :, 0] = 200
    picture = Image.fromarray(colours).quantize(4)
    for image, options, channels in [(picture, {}, 3), (picture, {"transparency": 0}, 4),
                                     (Image.new("LA", (4, 4), (7, 9)), {}, 4)]:
        image.save("x.png", **options)
        record = pack((0, 1, 2, 3), pathlib.Path("x.png").read_bytes())
        got = unpack_img(record)[1]
        assert got.shape == (4, 4, channels) and unpack_img(record, 1)[1].shape == (4, 4, 3)
        if image is picture:
            assert got[0, 0, :3].tolist() == [0, 0, 200] and got[3, 3, :3].tolist() == [0, 0, 0]
        else:
            assert got[0, 0].tolist() == [7, 7, 7, 9]


def test_orientation():
    exif = Image.Exif()
    exif[0x112] = 6
    Image.new("RGB", (4, 2)).save("x.jpg", exif=exif)
    record = pack((0, 1, 2, 3), pathlib.Path("x.jpg").read_bytes())
    assert [unpack_img(record, c)[1].shape for c in (-1, 0, 1)] == [(2, 4, 3), (4, 2), (4, 2, 3)]


def test_not_an_image():
    good = pack_img((0, 1, 2, 3), np.arange(64, dtype="uint8").reshape(8, 8), img_fmt=".png")
    for data in (pack((0, 1, 2, 3), b"abc"), good[:-30]):
        header, image = unpack_img(data)
        assert header == (0, 1, 2, 3) and image is None
    with pytest.raises(MXNetError, match="expected the bytes of an image"):
        unpack_img(good[:24])
    with pytest.raises(MXNetError, match="iscolor must be -1, 0 or 1, not 2"):
        unpack_img(good, 2)


def test_too_many_pixels(monkeypatch):
    record = pack_img((0, 1, 2, 3), np.zeros((50, 50), "uint8"))
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1000)
    with pytest.raises(MXNetError, match="unpack_img: Image size"):
        unpack_img(record)


@pytest.mark.parametrize("image", [np.zeros((2, 2, 2), "uint8"), np.zeros((0, 2), "uint8"), np.zeros(4), [[1]],
                                   np.zeros((2, 2), bool), np.zeros((1, 2, 2, 3)), np.array([["x"]])])
def test_not_to_be_encoded(image):
    with pytest.raises(MXNetError, match="pack_img: expected an array of numbers of shape"):
        pack_img((0, 1, 2, 3), image)


@pytest.mark.parametrize("fmt", ["jpg", ".xyz", "", ".psd"])
def test_formats(fmt):
    with pytest.raises(MXNetError, match="pack_img: expected an image format"):
        pack_img((0, 1, 2, 3), np.zeros((2, 2), "uint8"), img_fmt=fmt)
