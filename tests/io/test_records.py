"""Iterators over record files beyond what was recorded: random changes within their bounds, parts, shuffling, means."""
import io

import numpy as np
import pytest

import mxnet_compat as mx
from mxnet_compat import nd, recordio
from mxnet_compat.io import augment, boxes, warp
from mxnet_compat.io.augment import Options
from mxnet_compat.ops import codec


@pytest.fixture
def records(monkeypatch, tmp_path):
    """A function that writes a record file of .npy images, all of one number, and gives its path without suffix."""
    monkeypatch.setattr(codec, "decode", lambda data, flag=1, to_rgb=True, turn=False: np.load(io.BytesIO(bytes(data))))

    def write(count=6, size=(8, 9), label=float):
        path = str(tmp_path / "x")
        w = recordio.MXIndexedRecordIO(path + ".idx", path + ".rec", "w")
        for k in range(count):
            out = io.BytesIO()
            np.save(out, np.full((*size, 3), 10 * k, np.uint8))
            w.write_idx(k, recordio.pack(recordio.IRHeader(0, label(k), k, 0), out.getvalue()))
        w.close()
        return path
    return write


def make(path, cls="ImageRecordIter", **kwargs):
    return getattr(mx.io, cls)(**{"path_imgrec": path + ".rec", "data_shape": (3, 4, 5), "batch_size": 2, **kwargs})


def labels(it):
    return [b.label[0].asnumpy().tolist() for b in it]


def test_text_parameters_and_unknown_ones(records):
    it = make(records(), data_shape="(3,4,5)", batch_size="3", shuffle="False", scale="0.1", no_such_parameter=1)
    assert labels(it) == [[0, 1, 2], [3, 4, 5]]
    it.reset()
    assert next(it).data[0].asnumpy()[1, 0, 0, 0] == pytest.approx(1)


def test_numbers_of_samples_are_those_of_the_records(records):
    assert [b.index.tolist() for b in make(records())] == [[0, 1], [2, 3], [4, 5]]


def test_shuffling_repeats_by_seed_and_changes_by_epoch(records):
    path = records(20)
    one, two = (make(path, shuffle=True, seed=3, batch_size=20) for _ in range(2))
    first = labels(one)
    assert first == labels(two) != [list(range(20))] and sorted(first[0]) == list(range(20))
    one.reset()
    assert labels(one) != first


def test_parts_cover_all_records_once(records):
    path = records(7)
    for index in ({}, {"path_imgidx": path + ".idx"}):
        found = [labels(make(path, batch_size=1, num_parts=3, part_index=k, **index)) for k in range(3)]
        assert sorted(x for part in found for batch in part for x in batch) == list(range(7))
    with pytest.raises(mx.MXNetError, match="part_index"):
        make(path, num_parts=2, part_index=2)


def test_a_last_batch_that_is_not_filled_says_so(records):
    pads = [b.pad for b in make(records(5), round_batch=False)]
    assert pads == [0, 0, 1]


def test_random_changes_repeat_by_seed(records):
    path = records()
    args = dict(rand_crop=True, rand_mirror=True, max_rotate_angle=20, max_shear_ratio=.1, max_random_scale=1.3,
                brightness=.3, contrast=.3, saturation=.3, pca_noise=.1, random_h=20, random_s=30, random_l=30, seed_aug=5)
    a, b, c = (next(make(path, **{**args, **x})).data[0].asnumpy() for x in ({}, {"preprocess_threads": 1}, {"seed_aug": 6}))
    np.testing.assert_array_equal(a, b)
    assert (a != c).any() and np.isfinite(a).all()


def test_mean_images_are_written_and_read(records, tmp_path):
    path, mean = records(), str(tmp_path / "mean.nd")
    first = next(make(path, mean_img=mean)).data[0].asnumpy()
    assert nd.load(mean)["mean_img"].asnumpy().ravel()[0] == 25
    np.testing.assert_array_equal(first[:, 0, 0, 0], [-25, -15])
    np.testing.assert_array_equal(next(make(path, mean_img=mean)).data[0].asnumpy(), first)


def test_random_resized_crops_have_the_data_shape(records):
    batch = next(make(records(), random_resized_crop=True, min_random_area=.1, max_aspect_ratio=.25))
    assert batch.data[0].shape == (2, 3, 4, 5)


def test_damage_is_refused(records, tmp_path):
    path = records()
    (tmp_path / "y.rec").write_bytes(b"abcdefgh" * 3)
    for args, match in (({"path_imgrec": str(tmp_path / "y.rec")}, "no record"), ({"label_width": 2}, "label_width"),
                        ({"data_shape": (2, 4, 5)}, "data_shape"), ({"batch_size": "x"}, "batch_size")):
        with pytest.raises(mx.MXNetError, match=match):
            next(make(path, **args))


def options(**kwargs):
    from mxnet_compat.io.boxes import _TABLE
    return Options({k: default for k, (_, default) in _TABLE.items()}, **kwargs)


BOXES = np.array([[0, .1, .1, .3, .3], [1, .5, .5, .9, .9]], np.float32)


def test_windows_cover_a_box_as_asked():
    o = options(min_crop_scales=(.4,), max_crop_scales=(.7,), min_crop_object_coverages=(.8,), max_crop_trials=(200,))
    for seed in range(20):
        found = boxes._sampled(BOXES, o, 0, np.random.RandomState(seed))
        assert found is not None
        window, kept = found
        shared, own = boxes._overlaps(BOXES[:, 1:5], window)
        assert (shared / own).max() >= .8 and len(kept) and (kept[:, 1:5] >= 0).all() and (kept[:, 1:5] <= 1).all()


def test_boxes_stay_by_center_or_by_overlap():
    window = (0, 0, .6, .6)
    assert boxes._seen(BOXES, window, options()).shape == (1, 5)
    o = options(crop_emit_mode="overlap", emit_overlap_thresh=.05)
    np.testing.assert_allclose(boxes._seen(BOXES, window, o)[1, 1:], [.5 / .6, .5 / .6, 1, 1], rtol=1e-6)


def test_detection_batches_of_random_changes(records):
    path = records(label=lambda k: [2, 5, k, .1, .1, .6, .7])
    it = make(path, "ImageDetRecordIter", rand_crop_prob=.7, rand_pad_prob=.7, max_pad_scale=2.0, rand_mirror_prob=.5,
              min_crop_scales=(.5,), random_hue_prob=.5, max_random_hue=20, random_contrast_prob=.5, max_random_contrast=.2)
    for batch in it:
        found = batch.label[0].asnumpy()
        assert found.shape == (2, 11) and (found[:, 3] == 7).all()
        assert (found[:, 7:9] < found[:, 9:11]).all() and found[:, 7:].min() >= 0 and found[:, 7:].max() <= 1
    with pytest.raises(mx.MXNetError, match="resize_mode"):
        make(path, "ImageDetRecordIter", resize_mode="stretch")


def test_a_quarter_turn_moves_rows_to_columns():
    image = np.random.RandomState(0).randint(0, 256, (5, 5, 2)).astype(np.uint8)
    turned = warp.affine(image, 90, 0, 1, 1, 0, 1e10, 7)
    # around a corner of pixels, so that one row is left out and one is filled
    np.testing.assert_array_equal(turned[1:], np.rot90(image)[:-1])
    assert (turned[0] == 7).all()


def test_lightness_changes_keep_grey_grey():
    grey = np.full((1, 1, 3), 100, np.uint8)
    np.testing.assert_allclose(augment.lightness(grey, np.array([0, 0, 20.0])), 120, atol=1)
    red = np.array([[[200, 0, 0]]], np.uint8)
    np.testing.assert_allclose(augment.lightness(red, np.array([60, 0, 0])), [[[0, 200, 0]]], atol=1)
