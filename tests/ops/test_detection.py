"""Boxes and anchors beyond the laws: worked examples, conventions of real MXNet, refusals."""
import numpy as np
import pytest

import mxnet_compat as mx
from mxnet_compat import nd
from mxnet_compat.ops.contrib import boxes

C = nd.contrib
SCORED = nd.array([[[0, .5, 0, 0, 1, 1], [0, .9, 0, 0, 1, .9], [1, .8, 0, 0, 1, 1], [0, .1, 2, 2, 3, 3],
                    [-1, .7, 0, 0, .2, .2]]])


def test_overlaps_of_boxes_that_touch_or_are_empty():
    a = nd.array([[0, 0, 1, 1], [1, 0, 2, 1], [.5, .5, .5, .5], [0, 0, .5, .5]])
    np.testing.assert_allclose(C.box_iou(a, a).asnumpy(), [[1, 0, 0, .25], [0, 1, 0, 0], [0, 0, 0, 0], [.25, 0, 0, 1]])


def test_large_overlap_matrices_are_the_small_ones():
    rng = np.random.RandomState(0)
    a = rng.uniform(size=(700, 2))
    a = nd.array(np.concatenate([a, a + rng.uniform(size=a.shape)], 1))
    whole = C.box_iou(a, a).asnumpy()
    np.testing.assert_array_equal(whole[430:433], C.box_iou(a[430:433], a).asnumpy())
    np.testing.assert_allclose(np.diag(whole), 1, rtol=1e-5)


def scores(**params):
    return C.box_nms(SCORED, **params).asnumpy()[0, :, 1].astype("float64").round(3).tolist()


def test_suppression_by_class_background_and_limit():
    assert scores() == [.9, .7, .1, -1, -1]
    assert scores(id_index=0) == [.9, .8, .1, -1, -1]           # class -1 is background by default
    assert scores(id_index=0, background_id=0) == [.8, .7, -1, -1, -1]
    assert scores(id_index=0, background_id=5) == [.9, .8, .7, .1, -1]
    assert scores(topk=1) == [.9, -1, -1, -1, -1]
    assert scores(valid_thresh=.5) == [.9, .7, -1, -1, -1]
    assert scores(topk=0) == [.5, .9, .8, .1, .7]               # as it came


@pytest.mark.parametrize("n", [1, 63, 64, 65, 400])
@pytest.mark.parametrize("limit", [None, 1, 30])
def test_blocks_give_what_the_plain_loop_gives(n, limit):
    hits = np.random.RandomState(n).uniform(size=(n, n)) < 0.05
    kept = []
    for i in range(n):
        if not any(hits[j, i] for j in kept):
            kept.append(i)
    found = boxes.suppress(n, lambda i, j: hits[np.ix_(i, j)], limit)
    assert found.tolist() == kept[:limit]


def test_gradients_go_back_to_the_rows_that_were_kept():
    x = SCORED.copy()
    x.attach_grad()
    with mx.autograd.record():
        y = C.box_nms(x, id_index=0, out_format="center")
    y.backward(nd.arange(30).reshape((1, 5, 6)))
    assert x.grad.asnumpy()[0, :, 0].tolist() == [0, 0, 6, 12, 0]


def test_encoding_and_decoding_are_inverse():
    anchors, truth = nd.array([[[.1, .2, .5, .9]]]), nd.array([[[.2, .1, .4, .8], [.3, .3, .6, .5]]])
    targets, mask = C.box_encode(nd.ones((1, 1)), nd.ones((1, 1)), anchors, truth, nd.zeros(4), nd.array([.1, .1, .2, .2]))
    assert mask.asnumpy().tolist() == [[[1, 1, 1, 1]]]
    back = C.box_decode(targets, anchors, .1, .1, .2, .2, format="corner")
    np.testing.assert_allclose(back.asnumpy()[0, 0], truth.asnumpy()[0, 1], rtol=1e-5)


def test_matching_takes_one_pair_more_than_topk():
    x = nd.array([[.9, .1, .2], [.3, .8, .1], [.1, .2, .7]])
    assert C.bipartite_matching(x, threshold=.5)[0].asnumpy().tolist() == [0, 1, 2]
    assert C.bipartite_matching(x, threshold=.5, topk=1)[0].asnumpy().tolist() == [0, 1, -1]
    assert C.bipartite_matching(x, threshold=.15, is_ascend=True)[1].asnumpy().tolist() == [2, 0, 1]


def test_anchors_of_wide_maps_are_square_in_pixels():
    a = C.MultiBoxPrior(nd.zeros((1, 1, 2, 4)), sizes=(.5,)).asnumpy()[0]
    np.testing.assert_allclose(a[0], [.125 - .125, .25 - .25, .125 + .125, .25 + .25])


def test_targets_without_boxes_are_ignored_and_mining_takes_the_hardest():
    anchors = nd.array([[[.1, .1, .3, .3], [.5, .5, .9, .9], [.6, .6, .9, .9]]])
    labels = nd.array([[[2, .1, .1, .3, .32]], [[-1, -1, -1, -1, -1]]])
    scores = nd.array([[[0, 1, 5], [0, 0, 0]]] * 2)
    loc, mask, cls = C.MultiBoxTarget(anchors, labels, scores, negative_mining_ratio=1)
    assert cls.asnumpy().tolist() == [[3, 0, -1], [-1, -1, -1]]
    assert mask.asnumpy().sum(1).tolist() == [4, 0]
    with pytest.raises(mx.MXNetError, match="label"):
        C.MultiBoxTarget(anchors, nd.array([[[-1, 0, 0, 0, 0]]]), scores[:1])
    with pytest.raises(mx.MXNetError, match="negative_mining_thresh"):
        C.MultiBoxTarget(anchors, labels, scores, negative_mining_ratio=1, negative_mining_thresh=0.0)


def test_detections_beyond_topk_stay_in_place_without_class():
    p = nd.array([[[.1, .2, .3], [.9, .5, .7]]])
    a = nd.array([[[0, 0, .1, .1], [.3, .3, .4, .4], [.6, .6, .7, .7]]])
    rows = C.MultiBoxDetection(p, nd.zeros((1, 12)), a, nms_topk=2).asnumpy()[0]
    np.testing.assert_allclose(rows[:, :2], [[0, .9], [0, .7], [-1, .7]], rtol=1e-6)


def test_proposals_are_repeated_and_bounded_by_the_image():
    cls, d = nd.array(np.random.RandomState(0).uniform(size=(1, 2, 2, 2))), nd.zeros((1, 4, 2, 2))
    rois, s = C.Proposal(cls, d, nd.array([[30, 30, 1]]), rpn_post_nms_top_n=6, scales=(2,), ratios=(1,), threshold=.3,
                         rpn_min_size=1, output_score=True)
    assert rois.shape == (6, 5) and s.shape == (6, 1)
    assert rois.asnumpy()[:, 1:].min() >= 0 and rois.asnumpy()[:, 1:].max() <= 29
    np.testing.assert_array_equal(rois.asnumpy()[0], rois.asnumpy()[len(np.unique(s.asnumpy()))])


@pytest.mark.parametrize("call, match", [
    (lambda: C.box_iou(nd.zeros(4), nd.zeros((1, 4))), "lhs"), (lambda: C.box_nms(nd.zeros((3, 5))), "coord_start"),
    (lambda: C.box_nms(nd.zeros((3, 6)), score_index=3), "score_index"),
    (lambda: C.box_nms(nd.zeros((3, 6)), id_index=1), "id_index"),
    (lambda: C.box_decode(nd.zeros((1, 3, 4)), nd.zeros((1, 2, 4))), "anchors"),
    (lambda: C.bipartite_matching(nd.zeros(3), threshold=.5), "data"),
    (lambda: C.MultiBoxPrior(nd.zeros((1, 1, 2, 2)), steps=(.5, -1)), "steps"),
    (lambda: C.MultiBoxPrior(nd.zeros((1, 1, 2, 2), dtype="float64")), "float64"),
    (lambda: C.MultiBoxDetection(nd.zeros((1, 2, 3)), nd.zeros((1, 12)), nd.zeros((1, 3, 4)), variances=(1,)), "variances"),
    (lambda: C.Proposal(nd.zeros((2, 24, 2, 2)), nd.zeros((2, 48, 2, 2)), nd.zeros((2, 3))), "cls_prob"),
    (lambda: C.Proposal(nd.zeros((1, 24, 2, 2)), nd.zeros((1, 48, 2, 2)), nd.array([[90, 30, 1]])), "image"),
])
def test_refusals(call, match):
    with pytest.raises(mx.MXNetError, match=match):
        call()
