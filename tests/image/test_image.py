"""mx.image beyond what was recorded: names and pickles, what Pillow is needed for, iterators going round, drawing."""
import io
import pickle
import sys

import numpy as np
import pytest
from PIL import Image

import mxnet_compat as mx
from mxnet_compat import nd
from mxnet_compat.ops import codec

I = mx.image


@pytest.fixture
def encoded(monkeypatch):
    """Images are .npy files here: ``encoded(array)`` gives the bytes, decoding reads them."""
    def decode(data, flag=1, to_rgb=True, turn=False):
        try:
            return np.load(io.BytesIO(bytes(data)))
        except ValueError as error:
            raise mx.MXNetError(str(error)) from None

    def encode(array):
        out = io.BytesIO()
        np.save(out, np.asarray(array, np.uint8))
        return out.getvalue()
    monkeypatch.setattr(codec, "decode", decode)
    return encode


def test_names_are_mxnets():
    assert mx.img is I and I.det is I.detection and I.image.ImageIter is I.ImageIter
    assert I.ResizeAug.__module__ == "mxnet.image.image" and I.ImageDetIter.__module__ == "mxnet.image.detection"
    import mxnet.image.detection as module
    assert module.DetBorrowAug is I.DetBorrowAug
    aug = pickle.loads(pickle.dumps(I.CreateAugmenter((3, 4, 4), rand_mirror=True, mean=True)))
    assert [type(a).__name__ for a in aug] == ["CenterCropAug", "HorizontalFlipAug", "CastAug", "ColorNormalizeAug"]


def test_without_pillow_reading_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(ImportError, match="pip install pillow"):
        I.imdecode(b"\xff\xd8")


def test_decoding_arguments(encoded):
    data = encoded([[[1, 2, 3]]])
    for buf in (data, bytearray(data), np.frombuffer(data, np.uint8), nd.array(np.frombuffer(data, np.uint8), dtype="uint8")):
        image = I.imdecode(buf)
        assert image.dtype == np.uint8 and image.asnumpy().tolist() == [[[1, 2, 3]]] and image.context == mx.cpu()
    out = nd.zeros((1, 1, 3), dtype="uint8")
    assert I.imdecode(data, out=out) is out and out.asnumpy().tolist() == [[[1, 2, 3]]]
    with pytest.raises(mx.MXNetError, match="out"):
        I.imdecode(data, out=nd.zeros((1, 1, 3)))
    with pytest.raises(ValueError, match="buf"):
        I.imdecode(3)


@pytest.mark.parametrize("flag, shape", [(1, (2, 3, 3)), (0, (2, 3, 1))])
def test_pillow_reads_png_and_jpeg(flag, shape, tmp_path):
    pixels = np.random.RandomState(0).randint(0, 256, (2, 3, 3)).astype("uint8")
    Image.fromarray(pixels).save(tmp_path / "x.png")
    x = I.imread(str(tmp_path / "x.png"), flag=flag)
    assert x.shape == shape and x.dtype == np.uint8
    if flag:
        np.testing.assert_array_equal(x.asnumpy(), pixels)
        np.testing.assert_array_equal(I.imread(str(tmp_path / "x.png"), to_rgb=False).asnumpy(), pixels[:, :, ::-1])
    Image.fromarray(pixels).save(tmp_path / "x.jpg", quality=100)
    assert I.imread(str(tmp_path / "x.jpg"), flag=flag).shape == shape
    with pytest.raises(mx.MXNetError, match="decoded"):
        I.imdecode((tmp_path / "x.png").read_bytes()[:40])


def test_orientations_are_obeyed_by_record_iterators_only(tmp_path):
    exif = Image.Exif()
    exif[0x112] = 6
    Image.fromarray(np.zeros((4, 6, 3), np.uint8)).save(tmp_path / "x.jpg", exif=exif)
    data = (tmp_path / "x.jpg").read_bytes()
    assert I.imdecode(data).shape == (4, 6, 3) and codec.decode(data, 0, turn=True).shape == (6, 4, 1)


def test_broken_bytes_and_files_are_named():
    with pytest.raises(mx.MXNetError, match="no such file"):
        I.imread("no such file.png")
    with pytest.raises(mx.MXNetError, match="empty"):
        I.imdecode(b"")
    with pytest.raises(mx.MXNetError, match="flag"):
        I.imdecode(b"abc", flag=2)


def listed(encoded, folder, count=3):
    for k in range(count):
        (folder / f"{k}.npy").write_bytes(encoded(np.full((4, 4, 3), k)))
    return [[float(k), f"{k}.npy"] for k in range(count)]


def test_batches_larger_than_all_images_go_round(encoded, tmp_path):
    it = I.ImageIter(8, (3, 4, 4), imglist=listed(encoded, tmp_path), path_root=str(tmp_path))
    batch = next(it)
    assert batch.label[0].asnumpy().tolist() == [0, 1, 2, 0, 1, 2, 0, 1] and batch.pad == 5
    assert batch.data[0][:, 0, 0, 0].asnumpy().tolist() == [0, 1, 2, 0, 1, 2, 0, 1]
    with pytest.raises(StopIteration):
        next(it)


def test_broken_files_are_named(encoded, tmp_path):
    images = listed(encoded, tmp_path)
    (tmp_path / "1.npy").write_bytes(b"junk")
    it = I.ImageIter(1, (3, 4, 4), imglist=images, path_root=str(tmp_path))
    next(it)
    with pytest.raises(RuntimeError, match="1.npy"):
        next(it)


def test_subclasses_change_what_happens_to_a_sample(encoded, tmp_path):
    class Twice(I.ImageIter):
        def augmentation_transform(self, data):
            return super().augmentation_transform(data) * 2
    it = Twice(2, (3, 4, 4), imglist=listed(encoded, tmp_path), path_root=str(tmp_path))
    assert next(it).data[0].asnumpy().max() == 2


def detection(encoded, folder, **kwargs):
    listed(encoded, folder)
    boxes = [[[2, 5, k, .25, .25, .75, .75], f"{k}.npy"] for k in range(3)]
    return I.ImageDetIter(2, (3, 4, 4), imglist=boxes, path_root=str(folder), **kwargs)


def test_label_shapes_grow_but_do_not_shrink(encoded, tmp_path):
    it = detection(encoded, tmp_path)
    assert it.label_shape == (1, 5)
    it.reshape(label_shape=(3, 5))
    assert next(it).label[0].asnumpy()[0].tolist() == [[0, .25, .25, .75, .75], [-1] * 5, [-1] * 5]
    for shape in ((2, 5), (4, 6), (5,)):
        with pytest.raises(ValueError, match="label_shape"):
            it.reshape(label_shape=shape)
    other = detection(encoded, tmp_path)
    assert it.sync_label_shape(other) is other and other.label_shape == (3, 5)


def test_drawing_frames_boxes(encoded, tmp_path):
    images = list(detection(encoded, tmp_path).draw_next(color=(9, 8, 7), thickness=1))
    assert len(images) == 3 and images[1].dtype == np.uint8
    assert images[1][1, 1].tolist() == [9, 8, 7] and images[1][2, 2].tolist() == [1, 1, 1]
    with pytest.raises(NotImplementedError, match="windows"):
        next(detection(encoded, tmp_path).draw_next(waitKey=1))


def test_ranges_that_cannot_be_disable_with_a_warning():
    x, boxes = nd.zeros((8, 8, 3), dtype="uint8"), np.array([[0, .1, .1, .9, .9]], "float32")
    for make in (lambda: I.DetRandomCropAug(area_range=(.9, .1)), lambda: I.DetRandomCropAug(aspect_ratio_range=(-1, 2)),
                 lambda: I.DetRandomPadAug(area_range=(1, 1))):
        with pytest.warns(UserWarning, match="range"):
            aug = make()
        assert aug(x, boxes)[0] is x and not aug.enabled
