"""Elements chosen by number: take, pick, Embedding, gather, scatter, one-hot, masks, sequences, sorting, largest."""

from compat_tests.grids import INTS, Grid, Raw

GRID = Grid("choosing")
INDEX = {"in": "A([0,2,1])", "out": "A([-1,3,7,-9])", "two": "A([[0,1],[2,2]])", "half": "A([0.7,1.2,-.5])"}

for name, index in INDEX.items():
    GRID.over(
        f"take-{name}",
        "nd.take(x, i, axis={axis}, mode={mode})",
        {"x": "N(3,3,2)", "i": index},
        {"axis": (0, 1, -1), "mode": ("clip", "wrap")},
        grad="x",
        limit=6 if name != "half" else 2,
    )
    GRID.over(
        f"Embedding-{name}",
        "nd.Embedding(i, x, input_dim=3, output_dim=2, sparse_grad={s})",
        {"x": "N(3,2)", "i": index},
        {"s": (False,)},
        grad="x",
    )
    GRID.add(f"one_hot/{name}", "nd.one_hot(i, 3)", grad="", i=index)
    GRID.over(
        f"pick-{name}",
        "nd.pick(x, i, axis={axis}, keepdims={keep}, mode={mode})",
        {"x": "N(3,3)" if name != "out" else "N(4,4)", "i": index if name != "two" else "A([[0],[2],[1]])"},
        {"axis": (0, 1, -1), "keep": (False, True), "mode": ("clip", "wrap")},
        limit=8,
        grad="x",
    )
GRID.add("take/raise", "nd.take(x, i, mode='raise')", grad="", x="N(3,2)", i="A([0,2])")
GRID.add("take/raise-out", "nd.take(x, i, mode='raise')", grad="", x="N(3,2)", i="A([0,3])")
GRID.add("take/beyond", "nd.take(x, i, axis=2)", grad="", x="N(3,2)", i="A([0])")
GRID.usual("take", "nd.take(x, i)", ints=INTS, x="N(3,2)*4", i="=A([2,0,2])")
for t in ("int32", "int64", "float64", "float16", "uint8", "int8"):
    GRID.add(f"take/by-{t}", "nd.take(x, i, axis=1)", grad="x", x="N(2,3)", i=f"A([2,0]).astype('{t}')")
    GRID.add(f"pick/by-{t}", "nd.pick(x, i)", grad="x", x="N(2,3)", i=f"A([2,0]).astype('{t}')")
    GRID.add(
        f"Embedding/by-{t}",
        "nd.Embedding(i, x, input_dim=3, output_dim=2)",
        grad="x",
        x="N(3,2)",
        i=f"A([2,0]).astype('{t}')",
    )
    GRID.add(f"one_hot/by-{t}", "nd.one_hot(i, 3)", grad="", i=f"A([2,0]).astype('{t}')")
    GRID.add(f"batch_take/by-{t}", "nd.batch_take(x, i)", grad="", x="N(2,3)", i=f"A([2,0]).astype('{t}')")
GRID.usual("pick", "nd.pick(x, i, axis=0)", ints=INTS, x="N(3,2)*4", i="=A([2,0])")
GRID.add("pick/bad", "nd.pick(x, i)", grad="", x="N(3,2)", i="A([2,0])")
GRID.usual("Embedding", "nd.Embedding(i, x, input_dim=3, output_dim=2)", ints=(), x="N(3,2)*4", i="=A([[2,0,2]])")
GRID.add("Embedding/bad", "nd.Embedding(i, x, input_dim=4, output_dim=2)", grad="", x="N(3,2)", i="A([2,0])")
GRID.over(
    "one_hot",
    "nd.one_hot(i, {depth}, on_value={on}, off_value={off}, dtype={dtype})",
    {"i": "A([[0,2],[5,-1]])"},
    {"depth": (1, 3), "on": (1, 2.5), "off": (0, -1), "dtype": ("float32", "int32", "float16", "uint8", "float64")},
    limit=12,
    grad="",
)
for name, x, i in (
    ("two", "N(3,4)", "A([[0,2,1],[1,3,0]])"),
    ("rows", "N(3,4)", "A([[2,0]])"),
    ("deep", "N(2,3,2)", "A([[[0,1]],[[2,0]]])"),
    ("twice", "N(3)", "A([[1,1,0]])"),
    ("all", "N(2,2,2)", "A([[1,0],[0,1],[1,1]])"),
    ("bad", "N(3)", "A([[1],[0]])"),
):
    GRID.add(f"gather_nd/{name}", "nd.gather_nd(x, i)", grad="x", x=x, i=i)
GRID.usual("gather_nd", "nd.gather_nd(x, i)", ints=INTS, x="N(3,2)*4", i="=A([[2,0],[1,1]])")
GRID.add("gather_nd/by-int32", "nd.gather_nd(x, i)", grad="x", x="N(3,2)", i="A([[2,0],[1,1]]).astype('int32')")
for name, x, i, shape in (
    ("two", "N(3)", "A([[0,2,1],[1,3,0]])", "(3,4)"),
    ("rows", "N(2,3)", "A([[2,0]])", "(3,3)"),
    ("deep", "N(1,2)", "A([[[0,1]],[[2,0]]])", "(2,3)"),
    ("bad", "N(3)", "A([[1],[0]])", "(2,2)"),
):
    GRID.add(f"scatter_nd/{name}", f"nd.scatter_nd(x, i, shape={shape})", grad="x", x=x, i=i)
GRID.usual("scatter_nd", "nd.scatter_nd(x, i, shape=(3,2))", ints=INTS, x="N(2)*4", i="=A([[2,0],[1,1]])")
GRID.types(
    "_scatter_set_nd",
    "nd._internal._scatter_set_nd(x, y, i, shape=(3,2), out=x)",
    ints=INTS,
    grad="",
    x="N(3,2)*4",
    y="N(2)*3",
    i="=A([[2,0],[1,1]])",
)
GRID.add("batch_take/clip", "nd.batch_take(x, i)", grad="", x="N(3,2)", i="A([-1,5,1]).astype('int32')")
GRID.add("choose_element_0index/f32", "nd.choose_element_0index(x, i)", grad="", x="N(3,2)", i="A([1,0,1])")
GRID.types("fill_element_0index", "nd.fill_element_0index(x, y, i)", grad="", x="N(3,2)", y="N(3)", i="=A([1,0,1])")
GRID.usual(
    "index_copy", "nd.contrib.index_copy(x, i, y)", ints=(), x="N(4,2)", y="N(2,2)", i="=A([2,0]).astype('int32')"
)
GRID.add("index_copy/bad", "nd.contrib.index_copy(x, i, y)", grad="", x="N(4,2)", y="N(3,2)", i="A([2,0])")
GRID.over(
    "index_array",
    "nd.contrib.index_array(x, axes={axes})",
    {"x": "N(2,3)"},
    {"axes": (None, (0,), (1,), (-1, 0), (1, 1))},
    grad="",
)
for name, m in (
    ("some", "A([1,0,2])"),
    ("all", "A([1,1,1])"),
    ("nan", "A([0,np.nan,-1])"),
    ("ints", "A([0,1,1]).astype('int32')"),
    ("short", "A([1,0])"),
):
    GRID.add(f"boolean_mask/{name}", "nd.contrib.boolean_mask(x, m)", grad="x", x="N(3,2)", m=m)
GRID.types("boolean_mask", "nd.contrib.boolean_mask(x, m)", ints=("int32",), x="N(3,2)*4", m="=A([1,0,1])")
GRID.over(
    "arange_like",
    "nd.contrib.arange_like(x, start={start}, step={step}, repeat={repeat}, axis={axis})",
    {"x": "N(2,6)"},
    {"start": (0, 2.5), "step": (1, -0.5), "repeat": (1, 2), "axis": (None, 0, 1, -1)},
    limit=12,
    grad="",
)
GRID.over(
    "ravel",
    "nd.ravel_multi_index(x, shape={shape})",
    {"x": "A([[1,0,2],[3,1,0]]).astype({t})"},
    {"shape": ((3, 4), (5, 5), (-1, 4)), "t": ("float32", "int32", "int64")},
    limit=6,
    grad="",
)
GRID.over(
    "unravel",
    "nd.unravel_index(x, shape={shape})",
    {"x": "A([7,0,11]).astype({t})"},
    {"shape": ((3, 4), (2, 2, 3), (-1, 4)), "t": ("float32", "int32", "int64")},
    limit=6,
    grad="",
)

for op, more in (("SequenceMask", ", value=-1.5"), ("SequenceLast", ""), ("SequenceReverse", "")):
    GRID.over(
        op,
        f"nd.{op}(x, n, use_sequence_length=True, axis={{axis}}{more})",
        {"x": "N({shape})", "n": "A([1,3,2])"},
        {"axis": (0, 1) if op != "SequenceReverse" else (0,), "shape": (Raw("3,3,2"), Raw("3,3"), Raw("3,3,1,2"))},
        grad="x",
    )
    if op != "SequenceLast":
        GRID.add(f"{op}/none", f"nd.{op}(x{more})", x="N(3,2,2)")
    GRID.usual(op, f"nd.{op}(x, n, use_sequence_length=True)", ints=("int32",), x="N(3,2,2)*3", n="=A([1,3])")
    GRID.add(
        f"{op}/int", f"nd.{op}(x, n, use_sequence_length=True)", grad="x", x="N(3,2,2)", n="A([1,3]).astype('int32')"
    )
    GRID.add(f"{op}/missing", f"nd.{op}(x, use_sequence_length=True)", grad="", x="N(3,2,2)")

GRID.over(
    "sort", "nd.sort(x, axis={axis}, is_ascend={up})", {"x": "D(3,4,2)"}, {"axis": (0, 1, -1), "up": (True, False)}
)
GRID.over(
    "sort-all",
    "nd.sort(x, axis={axis}, is_ascend={up})",
    {"x": "D(3,4)"},
    {"axis": (None,), "up": (True, False)},
    grad="",
)
GRID.over(
    "argsort",
    "nd.argsort(x, axis={axis}, is_ascend={up}, dtype={t})",
    {"x": "D(3,4)"},
    {
        "axis": (None, 0, 1, -1, 2),
        "up": (True, False),
        "t": ("float32", "int32", "int64", "float64", "uint8", "float16"),
    },
    limit=16,
    grad="",
)
GRID.types("sort", "nd.sort(x, axis=1)", ints=INTS, grad="", x="D(2,5)*3")
GRID.types("argsort", "nd.argsort(x)", ints=INTS, grad="", x="D(2,5)*3+20")
for ret in ("indices", "value", "both", "mask"):
    GRID.over(
        f"topk-{ret}",
        "nd.topk(x, axis={axis}, k={k}, is_ascend={up}, ret_typ='" + ret + "')",
        {"x": "D(3,4,2)"},
        {"axis": (0, 1, -1, None), "k": (1, 2, 0), "up": (False, True)},
        limit=11,
        grad="x" if ret in ("value", "both") else "",
    )
    GRID.types(f"topk-{ret}", f"nd.topk(x, k=2, ret_typ='{ret}')", ints=INTS, grad="", x="D(2,4)*3+20")
GRID.over(
    "topk-dtype",
    "nd.topk(x, k=2, dtype={t}, ret_typ={ret})",
    {"x": "D(2,4)"},
    {"t": ("int32", "int64", "float64", "uint8"), "ret": ("indices", "both")},
    grad="",
)
for k in (5, -1, 4):
    GRID.add(f"topk/k{k}", f"nd.topk(x, k={k})", grad="", x="D(2,4)")
GRID.add("topk/add", "nd.topk(x, k=2, ret_typ='value')", req="add", x="D(2,4)")
GRID.add("topk/beyond", "nd.topk(x, axis=2)", grad="", x="D(2,4)")
GRID.add("shuffle/one", "nd.random.shuffle(x)", grad="", x="N(1,3)")
