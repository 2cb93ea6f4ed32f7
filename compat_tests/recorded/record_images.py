"""Records ``mx.image`` and the iterators over records of images: writes ``images.json`` beside itself.

    python record_images.py [FILE]          # with a Python that has real MXNet 1.9.1

Each case is an expression, evaluated by itself after ``SETUP``; the result holds pairs of an expression and its outcome,
which is what ``encode`` makes of the value, or ``["raises", class]``. Files are PNG without filters, so that a replay can
read them without an image library. Left out is where real MXNet leaves memory unwritten: channels of grey images in
``random_hue`` and lighting, the middle of images of odd size in the flips, batches larger than all images,
``round_batch=False``.
"""
import base64
import json
import os
import sys
import tempfile
import zlib

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
SETUP = '''
import random, struct, zlib
import numpy as np
import mxnet as mx
nd, I, O = mx.nd, mx.image, mx.nd.image

def img(seed, h=9, w=11, c=3, dtype="uint8"):
    return nd.array(np.random.RandomState(seed).randint(0, 256, (h, w, c)), dtype=dtype)

def boxes(seed, n=4):
    r = np.random.RandomState(seed)
    a = r.uniform(0, .6, (n, 2))
    return np.concatenate([r.randint(0, 5, (n, 1)), a, a + r.uniform(.02, .4, (n, 2))], 1).astype("float32")

def again(f, seed=3):
    random.seed(seed)
    np.random.seed(seed)
    return f()

def many(f, n=3, seed=3):
    return again(lambda: [f(k) for k in range(n)], seed)

def aug(a, n=3, dtype="float32", seed=5):
    return again(lambda: [a.dumps()] + [a(img(k).astype(dtype)) for k in range(n)], seed)

def created(**kw):
    def run():
        augs, x = I.CreateAugmenter(data_shape=(3, 6, 5), **kw), img(1)
        for a in augs:
            x = a(x)
        return [a.dumps() for a in augs], x
    return again(run)

def det(a, n=5, seed=3, h=20, w=24):
    return again(lambda: [a.dumps()] + [a(img(k, h, w), boxes(k)) for k in range(n)], seed)

def det_created(**kw):
    def run():
        augs, x, l = I.CreateDetAugmenter(data_shape=(3, 6, 5), **kw), img(1, 20, 24), boxes(1)
        for a in augs:
            x, l = a(x, l)
        return [a.dumps() for a in augs], x, l
    return again(run)

def png(a):
    h, w = a.shape[:2]
    rows = b"".join(b"\\0" + a[i].tobytes() for i in range(h))
    part = lambda t, d: struct.pack(">I", len(d)) + t + d + struct.pack(">I", zlib.crc32(t + d) & 0xffffffff)
    head = struct.pack(">IIBBBBB", w, h, 8, 2, 0, 0, 0)
    return b"\\x89PNG\\r\\n\\x1a\\n" + part(b"IHDR", head) + part(b"IDAT", zlib.compress(rows)) + part(b"IEND", b"")

def record(name, labels):
    w = mx.recordio.MXIndexedRecordIO(name + ".idx", name + ".rec", "w")
    for k, label in enumerate(labels):
        w.write_idx(k + 10, mx.recordio.pack(mx.recordio.IRHeader(0, label, k + 10, 0), FILES[k]))
    w.close()

FILES = [png(img(k, 9 + k, 11).asnumpy()) for k in range(5)]
for k, data in enumerate(FILES):
    with open("%d.png" % k, "wb") as f:
        f.write(data)
with open("bad.png", "wb") as f:
    f.write(b"junk")
with open("l.lst", "w") as f:
    f.write("".join("%d\\t%f\\t%d.png\\n" % (k * 2, k, k) for k in range(5)))
record("r", [float(k) for k in range(5)])
record("m", [[k, k + 1., k + 2] for k in range(5)])
record("d", [[2, 5] + sum([[float(j), .1 + .02 * k, .2, .5 + .05 * k, .7] for j in range(k % 3 + 1)], [])
             for k in range(5)])
LIST = [[k * 1., "%d.png" % k] for k in range(5)]

def drain(it, epochs=2):
    out = [[list(d[:2]) for d in it.provide_data], [list(d[:2]) for d in it.provide_label]]
    for _ in range(epochs):
        epoch = []
        for b in it:
            epoch.append([b.data[0].asnumpy(), b.label[0].asnumpy(), b.pad])
        out.append(epoch)
        it.reset()
    return out

def images(n=2, **kw):
    kw = {**dict(batch_size=2, data_shape=(3, 4, 5), path_root="."), **kw}
    return again(lambda: drain(I.ImageIter(**kw), n))

def det_images(n=2, **kw):
    kw = {**dict(batch_size=2, data_shape=(3, 4, 5), path_imgrec="d.rec", path_root="."), **kw}
    return again(lambda: drain(I.ImageDetIter(**kw), n))

def records(kind="ImageRecordIter", n=2, **kw):
    kw = {**dict(batch_size=2, data_shape=(3, 4, 5), path_imgrec="r.rec", preprocess_threads=1), **kw}
    return drain(getattr(mx.io, kind)(**kw), n)
'''


def expressions():
    """The cases, by group."""
    sizes = ["(3, 2)", "(22, 18)", "(13, 7)", "(4, 20)", "(11, 9)"]
    functions = [f"I.imresize(img(1), *{s}, interp={m})" for m in range(6) for s in sizes]
    functions += [f"I.imresize(img(1, dtype='float32'), *{s}, interp={m})" for m in range(5) for s in sizes[:3]]
    functions += ["I.imresize(img(1, 8, 12), 6, 4)", "I.imresize(img(1, c=1), 5, 4)", "I.imresize(img(1), 3, 2, interp=9)",
                  "I.scale_down((640, 480), (720, 120))", "I.scale_down((3, 7), (7, 3))"]
    functions += [f"again(lambda: I.image._get_interp_method({m}, {s}))" for m in (0, 4, 9, 10, 11)
                  for s in ("()", "(3, 4, 5, 6)", "(5, 6, 3, 4)", "(3, 6, 5, 4)")]
    functions += [f"again(lambda: [I.resize_short(img(1), 5, {m}), I.resize_short(img(2, 11, 9), 13, {m})])"
                  for m in (2, 9, 10)]
    functions += [f"many(lambda k: I.{f}(img(k), {a}))" for f, a in (
        ("random_crop", "(5, 4)"), ("random_crop", "(20, 4), 1"), ("center_crop", "(5, 4)"), ("center_crop", "(6, 11)"),
        ("random_size_crop", "(5, 4), (.1, .9), (.7, 1.3)"), ("random_size_crop", "(5, 4), .5, (3., 4.), 1"),
        ("fixed_crop", "1, 2, 5, 4, (7, 3), 9"), ("fixed_crop", "9, 2, 50, 4"))]
    functions += ["I.random_size_crop(img(1), (5, 4), .3, (1, 1), foo=1)",
                  "I.color_normalize(img(1, dtype='float32'), nd.array([1, 2, 3]), nd.array([2, 3, 4]))",
                  "I.color_normalize(img(1), nd.array([1, 2, 3]))"]
    functions += [f"I.copyMakeBorder(img(1, 3, 3), 1, 2, 2, 1, type={k}, value=7)" for k in range(6)]
    turned = "nd.array(np.random.RandomState(1).rand(2, 3, 5, 7))"
    functions += [f"I.imrotate({turned}{x}, {d}{z})"
                  for x, d in (("[0]", 30), ("[1]", -75), ("", 200.5), ("", "nd.array([10., 90])"))
                  for z in ("", ", zoom_in=True", ", zoom_out=True")]
    functions += [f"again(lambda: I.random_rotate({turned}{x}, (-30, 50)))" for x in ("", "[0]")]
    functions += ["I.imrotate(nd.zeros((3, 4)), 1)", "I.imrotate(nd.zeros((3, 4, 4), dtype='uint8'), 1)",
                  "I.imrotate(nd.zeros((3, 4, 4)), nd.array([1.]))", "I.imrotate(nd.zeros((2, 3, 4, 4)), nd.array([1.]))",
                  "I.imrotate(nd.zeros((3, 4, 4)), 1, True, True)"]
    operators = [f"O.{f}(img(1, dtype={t!r}), {a})" for t in ("uint8", "float32", "int32") for f, a in (
        ("to_tensor", ""), ("crop", "x=1, y=2, width=3, height=4"),
        ("adjust_lighting", "alpha=(.1, -.2, .3)"), ("random_brightness", "min_factor=1.3, max_factor=1.3"),
        ("random_contrast", "min_factor=.3, max_factor=.3"), ("random_saturation", "min_factor=.3, max_factor=.3"))]
    operators += ["O.random_hue(img(1, dtype='float32'), min_factor=.3, max_factor=.3)",
                  "O.flip_left_right(img(1, 9, 10))", "O.flip_top_bottom(img(1, 8, 9))"]
    operators += ["O.normalize(O.to_tensor(img(1)), (.1, .2, .3), (1, 2, 3))", "O.normalize(img(1))",
                  "O.resize(img(1), size=5, keep_ratio=True)", "O.resize(img(1), size=(5, 3), interp=2)"]
    augs = [f"aug(I.{a})" for a in (
        "ResizeAug(5)", "ForceResizeAug((5, 4), 9)", "RandomCropAug((5, 4))", "RandomSizedCropAug((5, 4), .3, (.7, 1.4))",
        "CenterCropAug((5, 4))", "BrightnessJitterAug(.4)", "ContrastJitterAug(.4)", "SaturationJitterAug(.4)",
        "HueJitterAug(.4)", "ColorJitterAug(.4, .3, .2)", "ColorJitterAug(.4, 0, .2)",
        "LightingAug(.1, np.array([55.46, 4.794, 1.148]), np.eye(3))", "ColorNormalizeAug(nd.array([1, 2, 3]), None)",
        "RandomGrayAug(.5)", "HorizontalFlipAug(.5)", "CastAug('float64')",
        "SequentialAug([I.CastAug(), I.HorizontalFlipAug(.5)])",
        "RandomOrderAug([I.CastAug(), I.HorizontalFlipAug(.5), I.BrightnessJitterAug(.1)])", "Augmenter(a=np.eye(2))")]
    augs += ["I.Augmenter(a=3, b=np.array([1., 2]), c=nd.array([1])).dumps()", "aug(I.ContrastJitterAug(.4), dtype='uint8')"]
    augs += [f"created({kw})" for kw in ("", "resize=8", "rand_crop=True", "rand_crop=True, rand_resize=True",
                                         "rand_resize=True", "mean=True, std=True", "mean=[1.]", "mean=np.array([1., 2])",
                                         "brightness=.1, contrast=.2, saturation=.3, hue=.1, pca_noise=.1, rand_gray=.5",
                                         "rand_mirror=True, inter_method=9, std=np.ones(3)")]
    dets = [f"det(I.{a})" for a in (
        "DetHorizontalFlipAug(.5)", "DetBorrowAug(I.ForceResizeAug((7, 5)))", "DetBorrowAug(3)", "DetRandomSelectAug([3])",
        "DetRandomSelectAug([I.DetHorizontalFlipAug(1), I.DetBorrowAug(I.CastAug())], .3)", "DetRandomSelectAug([])",
        "DetRandomCropAug()", "DetRandomCropAug(.5, (.5, 2.), (.1, .9), .5, 20)", "DetRandomCropAug(.1, 1., .5)",
        "DetRandomCropAug(.1, 'a')", "DetRandomPadAug()", "DetRandomPadAug((.5, 2.), (1., 4.), 20, (1, 2, 3))",
        "DetRandomPadAug(1., 2.)", "CreateMultiRandCropAugmenter([.1, .5, .9], [(.7, 1.3)], (.1, 1.), .3, 20, .3)",
        "CreateMultiRandCropAugmenter([.1, .5], [(.7, 1.3)] * 3)")]
    dets += [f"det_created({kw})" for kw in ("", "resize=8, rand_mirror=True", "rand_crop=1, rand_pad=1, mean=True, std=True",
                                             "rand_pad=1, brightness=.2, inter_method=9")]
    sources = ["path_imgrec='r.rec'", "path_imgrec='r.rec', path_imgidx='r.idx'", "path_imglist='l.lst'", "imglist=LIST"]
    iters = [f"images({s}, last_batch_handle={h!r}{x})" for s in sources for h in ("pad", "discard", "roll_over")
             for x in ("", ", shuffle=True") if x == "" or s != sources[0]]
    iters += [f"images({s}, {x})" for s in sources for x in (
        "num_parts=2, part_index=1", "n=1, rand_crop=True, rand_mirror=True",
        "n=1, batch_size=5, data_name='d', label_name='l'")]
    iters += ["images(path_imgrec='m.rec', label_width=3)", "images(path_imgrec='m.rec')", "images()", "images(imglist=[])",
              "images(imglist=LIST, data_shape=(4, 5))", "images(imglist=LIST, data_shape=(1, 4, 5))",
              "images(imglist=LIST + [[1., 'bad.png']])", "images(imglist=LIST + [[1., 'none.png']])",
              "images(imglist=LIST, dtype='float16')", "images(imglist=LIST, foo=1)"]
    iters += [f"det_images({x})" for x in (
        "", "last_batch_handle='discard'", "last_batch_handle='roll_over', path_imgidx='d.idx', shuffle=True",
        "rand_crop=1, rand_pad=.5, rand_mirror=True, mean=True, std=True", "data_name='d', label_name='l'",
        "path_imgrec=None, imglist=[[[2, 5, 1, .1, .2, .6, .7], '1.png'], [[2, 5] + [1, .1, .2, .6, .7] * 2, '2.png']]",
        "path_imgrec=None, imglist=[[[2, 5, 1, .1, .2], '1.png']]",
        "path_imgrec=None, imglist=[[[2, 5, 1, .1, .2, .6, .7, 3], '1.png']]",
        "path_imgrec=None, imglist=[[[2, 5, 1, .1, .2, .05, .7], '1.png']]")]
    recs = [f"records({x})" for x in (
        "", "batch_size=5", "batch_size=1", "resize=7", "resize=20",
        "mean_r=1, mean_g=2, mean_b=3, std_r=2, std_g=3, std_b=4, scale=.5",
        "mirror=True", "data_shape=(1, 4, 5)", "data_shape=(3, 20, 26)", "path_imgrec='m.rec', label_width=3",
        "path_imgrec='m.rec', label_width=2", "path_imgrec='m.rec'", "path_imglist='l.lst'", "path_imgidx='r.idx'",
        "num_parts=2, part_index=0", "num_parts=2, part_index=1", "dtype='uint8'", "dtype='float16'",
        "pad=2, data_shape=(3, 13, 15)",
        "resize=7, inter_method=9", "rotate=90", "max_crop_size=8, min_crop_size=8", "max_random_scale=2, min_random_scale=2",
        "min_img_size=20", "max_img_size=8", "data_shape=(4, 5)", "path_imgrec=''", "path_imgrec='none.rec'",
        "'ImageRecordUInt8Iter', mirror=True, mean_r=3", "'ImageRecordInt8Iter', mean_r=100, mean_g=50",
        "'ImageRecordIter_v1'", "'ImageRecordUInt8Iter_v1', resize=7")]
    recs += [f"records('ImageDetRecordIter', path_imgrec='d.rec'{x})" for x in (
        "", ", label_pad_width=30", ", label_pad_width=10", ", label_pad_value=-7.", ", rand_mirror_prob=1.",
        ", resize_mode='fit'", ", resize_mode='shrink', data_shape=(3, 20, 24)", ", label_width=7",
        ", mean_r=1, std_r=2, scale=.5")]
    return {"functions": functions, "operators": operators, "augmenters": augs, "detection": dets, "iterators": iters,
            "records": recs}


def encode(value):
    """A value as JSON: arrays are ["array", kind, type, shape, compressed bytes], other objects their class."""
    if hasattr(value, "asnumpy"):
        return ["array", "NDArray", *encode(value.asnumpy())[2:]]
    if isinstance(value, np.ndarray):
        packed = base64.b64encode(zlib.compress(np.ascontiguousarray(value).tobytes(), 9)).decode()
        return ["array", "ndarray", value.dtype.name, list(value.shape), packed]
    if isinstance(value, (list, tuple)):
        return [type(value).__name__] + [encode(v) for v in value]
    if isinstance(value, dict):
        return ["dict"] + [[k, encode(v)] for k, v in value.items()]
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, np.generic):
        return value.item()
    return ["object", type(value).__name__]


def decode(packed):
    """The array of what ``encode`` made of one."""
    _, _, dtype, shape, text = packed
    return np.frombuffer(zlib.decompress(base64.b64decode(text)), dtype).reshape(shape)


def replay(expression, namespace):
    """The outcome of one expression, as ``encode`` has it."""
    try:
        return encode(eval(expression, dict(namespace)))
    except Exception as e:
        return ["raises", type(e).__name__]


def setup():
    """The names of ``SETUP``, which writes files into the current folder."""
    namespace = {}
    exec(SETUP, namespace)
    return namespace


def main(path):
    os.chdir(tempfile.mkdtemp())
    namespace = setup()
    groups = {g: [[e, replay(e, namespace)] for e in cases] for g, cases in expressions().items()}
    with open(path, "w") as f:
        json.dump({"mxnet": "1.9.1", "groups": groups}, f, indent=0)
        f.write("\n")


if __name__ == "__main__":
    main(os.path.abspath(sys.argv[1]) if len(sys.argv) > 1 else os.path.join(HERE, "images.json"))
