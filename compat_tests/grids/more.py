"""Operators of contrib beside boxes, of images, arrays from nothing, and sparse storage."""

from compat_tests.grids import Grid

GRID = Grid("more")
BOTH = (False, True)

for heads in (1, 2):
    GRID.add(f"selfatt_qk/{heads}", f"nd.contrib.interleaved_matmul_selfatt_qk(x, heads={heads})", x="N(3,2,12)")
    GRID.add(
        f"selfatt_valatt/{heads}",
        f"nd.contrib.interleaved_matmul_selfatt_valatt(x, a, heads={heads})",
        x="N(3,2,12)",
        a=f"N({2 * heads},3,3)",
    )
    GRID.add(
        f"encdec_qk/{heads}",
        f"nd.contrib.interleaved_matmul_encdec_qk(x, y, heads={heads})",
        x="N(2,2,4)",
        y="N(3,2,8)",
    )
    GRID.add(
        f"encdec_valatt/{heads}",
        f"nd.contrib.interleaved_matmul_encdec_valatt(y, a, heads={heads})",
        y="N(3,2,8)",
        a=f"N({2 * heads},2,3)",
    )
HAWKES = dict(
    l="P(2,3)",
    a="R(.1,.3,3)",
    b="P(3)",
    s="P(2,3)",
    t="P(2,4)",
    m="I(0,3,2,4).astype('int32')",
    n="A([3,4])",
    e="A([9,9])",
)
GRID.add("hawkesll/f32", "nd.contrib.hawkesll(l, a, b, s, t, m, n, e)", grad="l a b s", **HAWKES)
GRID.add("hawkesll/none", "nd.contrib.hawkesll(l, a, b, s, t, m, n, e)", grad="l a b s", **dict(HAWKES, n="A([0,1])"))
GRID.types(
    "SparseEmbedding",
    "nd.contrib.SparseEmbedding(i, x, input_dim=3, output_dim=2)",
    dtypes=("float32",),
    grad="",
    x="N(3,2)",
    i="=A([2,0,2])",
)
GRID.code(
    "control/foreach",
    "x = arr(N(3,2)); x.attach_grad()",
    "with ag.record(): y, s = nd.contrib.foreach(lambda d, s: (d * s[0], [s[0] + d]), x, [nd.ones(2)])",
    "y.backward(); R['y'] = y; R['s'] = s[0]; R['d'] = x.grad",
)
GRID.code(
    "control/foreach-many",
    "x, z = arr(N(3,2)), arr(N(3))",
    "y, s = nd.contrib.foreach(lambda d, s: ([d[0] + s, d[1]], s * 2), [x, z], nd.ones(2)); put('y', y); R['s'] = s",
)
GRID.code(
    "control/while",
    "x = arr(P(1)); x.attach_grad()",
    "with ag.record(): y, s = nd.contrib.while_loop(lambda i, a: i < 3, lambda i, a: (a, [i + 1, a * x]), "
    "[nd.zeros(1), nd.ones(1)], max_iterations=3)",
    "s[1].backward(); R['y'] = y[0] if isinstance(y, list) else y; put('s', s); R['d'] = x.grad",
)
GRID.code(
    "control/cond",
    "x = arr(P(2)); x.attach_grad()",
    "with ag.record(): y = nd.contrib.cond(x.sum() > 0, lambda: x * 2, lambda: x * 3)",
    "y.backward(); R['y'] = y; R['d'] = x.grad",
)
GRID.code(
    "control/errors",
    "R['m'] = raises(lambda: nd.contrib.while_loop(lambda i: i < 3, lambda i: (i, [i + 1]), [nd.zeros(1)]))",
    "R['f'] = raises(lambda: nd.contrib.foreach(1, nd.ones(2), []))",
    "R['c'] = raises(lambda: nd.contrib.cond(nd.ones(2), lambda: nd.ones(1), lambda: nd.ones(1)))",
)

PHOTO = "I(0,256,4,5,3).astype('uint8')"
for name, call in {
    "to_tensor": "to_tensor(x)",
    "flip_left_right": "flip_left_right(x)",
    "flip_top_bottom": "flip_top_bottom(x)",
    "crop": "crop(x, 1, 0, 2, 3)",
    "resize": "resize(x, (3,2))",
    "resize-one": "resize(x, 6)",
    "resize-keep": "resize(x, 3, keep_ratio=True)",
    "adjust_lighting": "adjust_lighting(x, alpha=(.1,.2,.3))",
}.items():
    tolerant = name.startswith(("resize", "adjust"))
    if not tolerant:
        GRID.add(
            f"image-{name}/uint8",
            f"nd.image.{call}",
            grad="",
            x=PHOTO.replace(",5,", ",6,") if name == "flip_left_right" else PHOTO,
        )
        GRID.add(f"image-{name}/batch", f"nd.image.{call}", grad="", x="I(0,256,2,4,3,3).astype('uint8')")
    GRID.add(f"image-{name}/float32", f"nd.image.{call}", grad="", x="P(4,6,3)")
    GRID.add(f"image-{name}/rank", f"nd.image.{call}", grad="", x="P(4,5)")
for n, more in enumerate(
    ("mean=0, std=1", "mean=(.1,.2,.3), std=(1,2,3)", "mean=.5, std=(1,2,4)", "mean=(0,1), std=1")
):
    GRID.add(f"image-normalize/{n}", f"nd.image.normalize(x, {more})", x="P(3,2,2)")
    GRID.add(f"image-normalize/batch{n}", f"nd.image.normalize(x, {more})", x="P(2,3,2,1)")
GRID.add("image-normalize/gray", "nd.image.normalize(x, mean=.5, std=2)", x="P(1,2,2)")
GRID.add("image-normalize/channels", "nd.image.normalize(x, mean=.5, std=2)", grad="", x="P(2,2,2)")
GRID.add("image-crop/beyond", "nd.image.crop(x, 3, 0, 4, 3)", grad="", x=PHOTO)
for op, more in (
    ("random_brightness", "1, 1"),
    ("random_contrast", "1, 1"),
    ("random_saturation", "1, 1"),
    ("random_hue", "0, 0"),
    ("random_lighting", "0"),
):
    GRID.add(
        f"image-{op}/still",
        f"nd.image.{op}(x, {more}).shape and nd.image.{op}(x, {more}).sum(axis=(0,1)) * 0 + 1",
        grad="",
        x="P(4,5,3)",
    )

GRID.code(
    "init/zeros",
    "for t in ('float16', 'float64', 'int32', 'uint8', 'bool'): y = nd.zeros((2,1), dtype=t); R[t] = y; "
    "z = nd.ones((2,1), dtype=t); R['o' + t] = z; R['f' + t] = nd.full((2,), 1, dtype=t)",
    "R['s'] = nd.zeros(3).shape; R['e'] = raises(lambda: nd.zeros((-1, 2))); "
    "R['t'] = raises(lambda: nd.zeros('a')); R['d'] = raises(lambda: nd.zeros(2, dtype='nonsense'))",
)
for n, more in enumerate(
    (
        "3",
        "1, 4",
        "0, 2, .5",
        "5, 1, -1.5",
        "2, 5, 1, repeat=2",
        "0, 10, 3, dtype='int32'",
        "3, 3",
        "0, 3, -1",
        "0, 3, 0",
    )
):
    GRID.code(
        f"init/arange{n}",
        f"R['e'] = raises(lambda: nd.arange({more}))",
        f"if R['e'] == 'none': R['y'] = nd.arange({more})",
    )
for n, more in enumerate(
    ("0, 1, 5", "0, 1, 5, endpoint=False", "3, -3, 4", "1, 2, 1", "0, 9, 4, dtype='int32'", "0, 1, 0")
):
    GRID.code(
        f"init/linspace{n}",
        f"R['e'] = raises(lambda: nd.linspace({more}))",
        f"if R['e'] == 'none': R['y'] = nd.linspace({more})",
    )
for n, more in enumerate(("3", "2, 4", "3, 3, 1", "3, 2, -1", "2, dtype='int32'", "2, 0, 5")):
    GRID.code(
        f"init/eye{n}", f"R['e'] = raises(lambda: nd.eye({more}))", f"if R['e'] == 'none': R['y'] = nd.eye({more})"
    )

MATRIX = "x = nd.array([[0,1,0],[0,0,0],[2,0,3.]])"
for stype in ("csr", "row_sparse"):
    for name, code in {
        "scale": "x * 2",
        "minus": "-x",
        "abs": "nd.abs(x)",
        "exp": "nd.exp(x)",
        "plus": "x + 1",
        "square": "nd.square(x)",
        "sum": "nd.sum(x, axis=0)",
        "dense": "x + nd.ones((3,3))",
        "own": "x + x",
        "times": "x * x",
        "sqrt": "nd.sqrt(x)",
        "zeros": "nd.zeros_like(x)",
        "clip": "nd.clip(x, 0, 1)",
        "copy": "x.copy()",
        "astype": "x.astype('float64')",
        "dot": "nd.dot(x, nd.ones((3,2)))",
        "dot-t": "nd.dot(x, nd.ones((3,2)), transpose_a=True)",
        "transpose": "nd.transpose(x)",
        "concat": "nd.concat(x, x, dim=0)",
        "norm": "nd.norm(x)",
        "slice": "x[0:2]",
        "div": "x / nd.ones((3,3))",
    }.items():
        GRID.code(
            f"{stype}/{name}",
            f"{MATRIX}.tostype('{stype}')",
            f"R['e'] = raises(lambda: {code})",
            f"if R['e'] == 'none': y = {code}; R['y'] = y.asnumpy(); R['st'] = y.stype; "
            "R['t'] = np.dtype(y.dtype).name",
        )
for n, code in enumerate(
    (
        "nd.sparse.csr_matrix(([1., 2], [0, 2], [0, 1, 2]), shape=(2,3))",
        "nd.sparse.row_sparse_array((np.ones((2,2)), [1, 3]), shape=(5,2))",
        "nd.sparse.zeros('csr', (2,3))",
        "nd.sparse.zeros('row_sparse', (2,3))",
        "nd.sparse.csr_matrix((2,3))",
        "nd.sparse.csr_matrix(np.eye(2))",
        "nd.sparse.row_sparse_array(np.eye(2))",
        "nd.sparse.zeros('nonsense', (2,3))",
        "nd.sparse.retain(nd.ones((3,2)).tostype('row_sparse'), nd.array([0,2]))",
        "nd.cast_storage(nd.ones((2,2)), 'csr')",
        "nd.cast_storage(nd.ones((2,2,2)), 'csr')",
        "nd.sparse.where(nd.ones((2,2)).tostype('csr'), nd.ones((2,2)), nd.zeros((2,2)))",
    )
):
    GRID.code(
        f"sparse-make/{n}",
        f"R['e'] = raises(lambda: {code})",
        f"if R['e'] == 'none': y = {code}; R['y'] = y.asnumpy(); R['st'] = y.stype; R['t'] = np.dtype(y.dtype).name",
    )
for n, code in enumerate(
    (
        "nd.contrib.getnnz(x.tostype('csr'))",
        "nd.contrib.getnnz(x.tostype('csr'), axis=1)",
        "nd.contrib.edge_id(x.tostype('csr'), nd.array([0,2,1]), nd.array([1,0,1]))",
        "nd._internal._square_sum(x.tostype('row_sparse'), axis=1)",
        "nd._internal._scatter_plus_scalar(x.tostype('row_sparse'), scalar=2)",
        "nd._internal._scatter_elemwise_div(x.tostype('row_sparse'), nd.ones((3,3)))",
    )
):
    GRID.code(
        f"sparse-of/{n}",
        MATRIX,
        f"R['e'] = raises(lambda: {code})",
        f"if R['e'] == 'none': R['y'] = ({code}).asnumpy()",
    )
GRID.code("init/onehot_encode", "y = nd.zeros((2,3)); R['y'] = nd.onehot_encode(nd.array([2, 0]), y); R['s'] = y")
GRID.code("init/copyto", "R['y'] = nd._internal._copyto(arr(N(2,3)), out=nd.zeros((2,3)))")
for op in ("random_flip_left_right", "random_flip_top_bottom"):
    GRID.code(
        f"image-{op}/either",
        f"x = arr(P(4,6,3)); y = nd.image.{op}(x).asnumpy(); R['s'] = y.shape",
        f"R['ok'] = any(np.array_equal(y, z) for z in (x.asnumpy(), nd.image.{op.removeprefix('random_')}(x).asnumpy()))",
    )
