"""Layers without windows: dense, activations, softmax, normalisation, dropout, losses."""

from compat_tests.grids import Grid

GRID = Grid("nn")
BOTH = (False, True)
SPECIAL = "A([[-np.inf,0,1],[1e-30,-1e30,0],[80,-80,0],[100,0,-100]])"

for name, x, w, more in (
    ("two", "2,3", "4,3", ""),
    ("three", "2,3,2", "4,6", ""),
    ("unflat", "2,3,2", "4,2", ", flatten=False"),
    ("four", "1,2,2,2", "3,8", ""),
    ("unflat4", "1,2,2,3", "4,3", ", flatten=False"),
    ("one", "3,1", "1,1", ""),
    ("bad", "2,3", "4,2", ""),
    ("vector", "3", "4,3", ", flatten=False"),
):
    n = w.split(",")[0]
    GRID.add(
        f"FullyConnected/{name}",
        f"nd.FullyConnected(x, w, b, num_hidden={n}{more})",
        x=f"N({x})",
        w=f"N({w})",
        b=f"N({n})",
    )
    GRID.add(
        f"FullyConnected/{name}-no-bias",
        f"nd.FullyConnected(x, w, num_hidden={n}, no_bias=True{more})",
        x=f"N({x})",
        w=f"N({w})",
    )
GRID.usual(
    "FullyConnected",
    dtypes=("float64",),
    op="nd.FullyConnected(x, w, b, num_hidden=2)",
    x="N(2,3)",
    w="N(2,3)",
    b="N(2)",
)
GRID.add("FullyConnected/hidden", "nd.FullyConnected(x, w, b, num_hidden=3)", grad="", x="N(2,3)", w="N(2,3)", b="N(2)")

for act in ("relu", "sigmoid", "tanh", "softrelu", "softsign"):
    GRID.usual(f"Activation-{act}", f"nd.Activation(x, act_type='{act}')", x="N(2,3)*3")
    GRID.add(f"Activation-{act}/wide", f"nd.Activation(x, act_type='{act}')", x="A([-1000,-80,-1,-.5,0.25,1,80,1000])")
    GRID.add(f"Activation-{act}/nan", f"nd.Activation(x, act_type='{act}')", grad="", x="A([np.nan,np.inf,-np.inf])")
for act, more in (
    ("leaky", ""),
    ("leaky", ", slope=.1"),
    ("leaky", ", slope=-.5"),
    ("elu", ""),
    ("elu", ", slope=2"),
    ("selu", ""),
    ("gelu", ""),
):
    GRID.add(
        f"LeakyReLU-{act}/a{more.strip(', ')}",
        f"nd.LeakyReLU(x, act_type='{act}'{more})",
        x="A([-50,-3,-1,-.1,0,.1,1,3,50])",
    )
for act in ("leaky", "elu", "selu", "gelu"):
    GRID.usual(f"LeakyReLU-{act}", f"nd.LeakyReLU(x, act_type='{act}')", x="N(2,3)")
    GRID.add(f"LeakyReLU-{act}/nan", f"nd.LeakyReLU(x, act_type='{act}')", grad="", x="A([np.nan,np.inf,-np.inf])")
for n, (x, g) in enumerate((("2,3", "3"), ("2,3,2", "3"), ("2,3", "1"), ("1,2,2,2", "2"), ("2,3", "2"))):
    GRID.add(f"LeakyReLU-prelu/{n}", "nd.LeakyReLU(x, g, act_type='prelu')", x=f"N({x})", g=f"P({g})")
GRID.add("LeakyReLU-rrelu/predict", "nd.LeakyReLU(x, act_type='rrelu')[0]", grad="", x="N(2,3)")
GRID.add("LeakyReLU/nonsense", "nd.LeakyReLU(x, act_type='nonsense')", grad="", x="N(2,3)")

for op in ("softmax", "log_softmax", "softmin"):
    GRID.over(
        op,
        f"nd.{op}(x, axis={{axis}}, temperature={{t}})",
        {"x": "N(2,3,4)"},
        {"axis": (0, 1, -1), "t": (None, 1, 0.5, 3)},
        limit=9,
    )
    GRID.over(
        f"{op}-length",
        f"nd.{op}(x, n, use_length=True, axis={{axis}})",
        {"x": "N(3,3)", "n": "A([1,3,2]).astype('int32')"},
        {"axis": (0, 1, -1)},
        grad="x",
    )
    GRID.over(
        f"{op}-dtype",
        f"nd.{op}(x, dtype={{t}})",
        {"x": "N(2,3).astype({of})"},
        {"of": ("float32", "float64"), "t": ("float16", "float32", "float64")},
        grad="",
    )
    GRID.usual(op, f"nd.{op}(x)", x="N(2,3)")
    GRID.add(f"{op}/special", f"nd.{op}(x)", grad="", x=SPECIAL)
    GRID.add(f"{op}/one", f"nd.{op}(x)", x="N(3,1)")
    GRID.add(f"{op}/vector", f"nd.{op}(x)", x="N(4)")
    GRID.add(f"{op}/beyond", f"nd.{op}(x, axis=2)", grad="", x="N(2,2)")
GRID.over(
    "SoftmaxActivation", "nd.SoftmaxActivation(x, mode={mode})", {"x": "N(2,3,2)"}, {"mode": ("instance", "channel")}
)
GRID.usual("SoftmaxActivation", dtypes=(), op="nd.SoftmaxActivation(x)", x="N(2,3)")

BN = {"x": "N(3,2,2)", "g": "P(2)", "b": "N(2)", "m": "N(2)", "v": "P(2)"}
GRID.over(
    "BatchNorm",
    "[nd.BatchNorm(x, g, b, m, v, fix_gamma={fix}, use_global_stats={glob}, eps={eps})]",
    BN,
    {"fix": BOTH, "glob": BOTH, "eps": (1e-3, 0.1)},
    grad="x g b",
)
GRID.over(
    "BatchNorm-predict",
    "[nd.BatchNorm(x, g, b, m, v, fix_gamma={fix}, use_global_stats={glob})]",
    BN,
    {"fix": BOTH, "glob": BOTH},
    grad="x g b",
    train=False,
)
for n, (shape, axis, c) in enumerate(
    (("2,3", 1, 3), ("2,3,2,2", 1, 3), ("2,2,3", -1, 3), ("2,2,3", 2, 3), ("3,2", 0, 3), ("2,1,2,1,2", 1, 1))
):
    GRID.add(
        f"BatchNorm/axis{n}",
        f"nd.BatchNorm(x, g, b, m, v, fix_gamma=False, axis={axis})",
        grad="x g b",
        x=f"N({shape})",
        g=f"P({c})",
        b=f"N({c})",
        m=f"N({c})",
        v=f"P({c})",
    )
for t in ("float64", "float16"):
    GRID.add(
        f"BatchNorm/{t}",
        "nd.BatchNorm(x, g, b, m, v, fix_gamma=False)",
        grad="x",
        **{k: f"({s}).astype('{t}')" if k == "x" or t == "float64" else s for k, s in BN.items()},
    )
GRID.add("BatchNorm/add", "nd.BatchNorm(x, g, b, m, v, fix_gamma=False)", grad="x g b", req="add", **BN)
GRID.add("BatchNorm/outputs", "nd.BatchNorm(x, g, b, m, v, fix_gamma=False, output_mean_var=True)", grad="", **BN)
for momentum in (0.9, 0.5, 0, 1):
    GRID.code(
        f"BatchNorm/statistics{momentum}",
        "x, g, b, m, v = arr(N(3,2,2)), arr(P(2)), arr(N(2)), arr(N(2)), arr(P(2)); x.attach_grad()",
        f"with ag.record(): y = nd.BatchNorm(x, g, b, m, v, momentum={momentum}, fix_gamma=False)",
        "y.backward(); R['m'] = m; R['v'] = v; R['y'] = y; R['d'] = x.grad",
    )
GRID.add(
    "BatchNormWithReLU/f32",
    "nd.contrib.BatchNormWithReLU(x, g, b, m, v, fix_gamma=False)",
    grad="x g b",
    **dict(BN, x="N(3,2,2,2)"),
)
GRID.add(
    "SyncBatchNorm/f32",
    "nd.contrib.SyncBatchNorm(x, g, b, m, v, fix_gamma=False, key='k')",
    grad="x g b",
    **dict(BN, x="N(3,2,2,2)"),
)
GRID.over(
    "BatchNorm_v1",
    "nd.BatchNorm_v1(x, g, b, fix_gamma={fix})",
    {"x": "N(3,2,2,2)", "g": "P(2)", "b": "N(2)"},
    {"fix": BOTH},
    grad="",
)
GRID.over(
    "LayerNorm",
    "nd.LayerNorm(x, g, b, axis={axis}, eps={eps})",
    {"x": "N(3,3,3)", "g": "P(3)", "b": "N(3)"},
    {"axis": (-1, 0, 1), "eps": (1e-5, 0.1)},
)
GRID.usual("LayerNorm", "nd.LayerNorm(x, g, b)", x="N(2,4)", g="P(4)", b="N(4)")
GRID.add("LayerNorm/outputs", "nd.LayerNorm(x, g, b, output_mean_var=True)", grad="", x="N(2,4)", g="P(4)", b="N(4)")
GRID.add("LayerNorm/bad", "nd.LayerNorm(x, g, b)", grad="", x="N(2,4)", g="P(3)", b="N(3)")
GRID.over(
    "InstanceNorm",
    "nd.InstanceNorm(x, g, b, eps={eps})",
    {"x": "N(2,2,4)", "g": "P(2)", "b": "N(2)"},
    {"eps": (1e-3, 0.1)},
)
GRID.usual("InstanceNorm", dtypes=(), op="nd.InstanceNorm(x, g, b)", x="N(2,2,2,2)", g="P(2)", b="N(2)")
GRID.over(
    "GroupNorm",
    "nd.GroupNorm(x, g, b, num_groups={n}, eps={eps})",
    {"x": "N(2,4,3)", "g": "P({n})", "b": "N({n})"},
    {"n": (1, 2, 4), "eps": (1e-5, 0.1)},
)
GRID.usual("GroupNorm", "nd.GroupNorm(x, g, b, num_groups=2)", x="N(1,4,2)", g="P(2)", b="N(2)")
GRID.add("GroupNorm/bad", "nd.GroupNorm(x, g, b, num_groups=3)", grad="", x="N(1,4,2)", g="P(3)", b="N(3)")
GRID.over(
    "L2Normalization",
    "nd.L2Normalization(x, mode={mode}, eps={eps})",
    {"x": "N(2,3,2)"},
    {"mode": ("instance", "channel", "spatial"), "eps": (1e-10, 0.5)},
)
GRID.usual("L2Normalization", "nd.L2Normalization(x)", x="N(2,3)")
GRID.add("L2Normalization/four", "nd.L2Normalization(x, mode='channel')", x="N(1,3,2,2)")
GRID.over(
    "LRN",
    "nd.LRN(x, nsize={n}, alpha={a}, beta={b}, knorm={k})",
    {"x": "N(1,5,2,2)"},
    {"n": (1, 3, 5), "a": (1e-4, 0.5), "b": (0.75, 1.5), "k": (1, 2)},
    limit=7,
)
GRID.usual("LRN", dtypes=(), op="nd.LRN(x, nsize=3, alpha=.3)", ints=(), x="N(1,3,2,2)")

GRID.over(
    "Dropout",
    "nd.Dropout(x, p={p}, mode={mode}, axes={axes})",
    {"x": "N(2,3)"},
    {"p": (0, 0.5), "mode": ("training",), "axes": ((), (0,))},
    train=False,
)
GRID.add("Dropout/zero", "nd.Dropout(x, p=0)", x="N(2,3)")
GRID.code(
    "Dropout/mask",
    "x = nd.ones((40,50)); x.attach_grad()",
    "with ag.record(): y = nd.Dropout(x, p=.25)",
    "y.backward(); R['two'] = sorted(set(np.round(y.asnumpy().ravel(), 4).tolist())); "
    "R['g'] = bool((x.grad == y).asnumpy().all())",
    "with ag.record(): y = nd.Dropout(x, p=.5, axes=(0,))",
    "R['rows'] = bool((y == y[0:1]).asnumpy().all())",
)
for p in (-0.1, 1.5):
    GRID.add(f"Dropout/p{p}", f"nd.Dropout(x, p={p})", grad="", x="N(2,3)")

GRID.over(
    "SoftmaxOutput",
    "nd.SoftmaxOutput(x, t, grad_scale={scale}, normalization={norm}, use_ignore={ignore}, ignore_label={label})",
    {"x": "N(4,3)", "t": "A([0,2,1,0])"},
    {"scale": (1, 0.5), "norm": ("null", "batch", "valid"), "ignore": BOTH, "label": (-1, 0)},
    limit=11,
    grad="x",
)
GRID.over(
    "SoftmaxOutput-multi",
    "nd.SoftmaxOutput(x, t, multi_output=True, normalization={norm}, use_ignore={ignore}, ignore_label=1)",
    {"x": "N(2,3,2)", "t": "A([[0,2],[1,0]])"},
    {"norm": ("null", "batch", "valid"), "ignore": BOTH},
    grad="x",
)
for name, x, t, more in (
    ("alpha", "N(2,3)", "A([0,2])", "smooth_alpha=.1"),
    ("heads", "N(2,3)", "A([0,2])", "out_grad=True"),
    ("soft", "N(2,3)", "P(2,3)", ""),
    ("preserve", "N(2,2,3)", "A([[0,2],[1,0]])", "preserve_shape=True"),
    ("out", "N(2,3)", "A([0,5])", ""),
    ("bad", "N(2,3)", "A([0,1,2])", ""),
):
    GRID.add(
        f"SoftmaxOutput/{name}",
        f"nd.SoftmaxOutput(x, t, {more})".replace(", )", ")"),
        grad="x" if name not in ("out", "bad") else "",
        x=x,
        t=t,
    )
GRID.usual("SoftmaxOutput", "nd.SoftmaxOutput(x, t)", ints=(), grad="x", x="N(2,3)", t="A([0,2])")
for op in ("LinearRegressionOutput", "MAERegressionOutput", "LogisticRegressionOutput"):
    GRID.over(
        op, f"nd.{op}(x, t, grad_scale={{scale}})", {"x": "N(2,3)", "t": "U(2,3)"}, {"scale": (1, 0.5, -2)}, grad="x"
    )
    for name, x, t in (
        ("column", "N(3,1)", "U(3)"),
        ("vector", "N(3)", "U(3)"),
        ("four", "N(2,1,2,2)", "U(2,1,2,2)"),
        ("bad", "N(2,3)", "U(2,2)"),
    ):
        GRID.add(f"{op}/{name}", f"nd.{op}(x, t)", grad="x", x=x, t=t)
    GRID.usual(op, f"nd.{op}(x, t)", ints=(), grad="x", add=op.startswith("Linear"), x="N(2,3)", t="U(2,3)")
GRID.over(
    "SVMOutput",
    "nd.SVMOutput(x, t, margin={m}, regularization_coefficient={c}, use_linear={linear})",
    {"x": "N(3,4)", "t": "A([0,3,1])"},
    {"m": (1, 0.3), "c": (1, 0.5), "linear": BOTH},
    limit=6,
    grad="x",
)
GRID.types("SVMOutput", "nd.SVMOutput(x, t)", grad="x", x="N(3,4)", t="A([0,3,1])")
GRID.over(
    "MakeLoss",
    "nd.MakeLoss(x, grad_scale={scale}, normalization={norm}, valid_thresh={th})",
    {"x": "P(4)-1"},
    {"scale": (1, 2.5), "norm": ("null", "batch", "valid"), "th": (0, 0.4)},
    limit=8,
)
GRID.types("MakeLoss", "nd.MakeLoss(x)", x="P(4)")
GRID.types("softmax_cross_entropy", "nd.softmax_cross_entropy(x, t)", grad="x", x="N(3,4)", t="A([0,3,1])")
GRID.add("softmax_cross_entropy/f32", "nd.softmax_cross_entropy(x, t)", grad="x", x="N(3,4)", t="A([0,3,1])")
GRID.add("softmax_cross_entropy/bad", "nd.softmax_cross_entropy(x, t)", grad="", x="N(3,4)", t="A([0,3])")
for blank, label in (
    ("first", "A([[1,2],[3,0]])"),
    ("last", "A([[0,1],[2,-1]])"),
    ("first", "A([[1,1],[2,2]])"),
    ("last", "A([[-1,-1],[0,0]])"),
):
    GRID.add(
        f"CTCLoss/{blank}{label.count('-')}{label.count('1')}",
        f"nd.CTCLoss(x, t, blank_label='{blank}')",
        grad="x",
        x="N(5,2,4)",
        t=label,
    )
GRID.add(
    "CTCLoss/lengths",
    "nd.CTCLoss(x, t, n, m, use_data_lengths=True, use_label_lengths=True)",
    grad="x",
    x="N(5,2,4)",
    t="A([[1,2],[3,1]])",
    n="A([5,3])",
    m="A([2,1])",
)
GRID.add(
    "CTCLoss/labels",
    "nd.CTCLoss(x, t, m, use_label_lengths=True)",
    grad="",
    x="N(5,2,4)",
    t="A([[1,2],[3,1]])",
    m="A([2,1])",
)
GRID.add("CTCLoss/short", "nd.CTCLoss(x, t)", grad="x", x="N(2,1,4)", t="A([[1,2,3]])")
GRID.add("IdentityAttachKLSparseReg/f32", "nd.IdentityAttachKLSparseReg(x)", grad="", x="R(.2,.8,3,2)")

REFUSED = {
    "float16": (
        "nd.dot(m, m)",
        "nd.batch_dot(m[None], m[None])",
        "nd.FullyConnected(m, m, num_hidden=2, no_bias=True)",
        "nd.khatri_rao(m, m)",
        "nd.Convolution(f, f, kernel=(2,2), num_filter=2, no_bias=True)",
        "nd.Deconvolution(f, f, kernel=(2,2), num_filter=2)",
        "nd.LRN(f, nsize=3)",
        "nd.InstanceNorm(f, v, v)",
        "nd.SoftmaxActivation(m)",
    ),
    "float64": (
        "nd.contrib.interleaved_matmul_selfatt_qk(nd.ones((2,1,6), dtype='float64'), heads=1)",
        "nd.LRN(f, nsize=3)",
        "nd.InstanceNorm(f, v, v)",
        "nd.SoftmaxActivation(m)",
        "nd.CTCLoss(nd.ones((3,2,3), dtype='float64'), m)",
    ),
}
for t, calls in REFUSED.items():
    GRID.code(
        f"types/{t}",
        f"v, m, f = nd.ones(2, dtype='{t}'), nd.ones((2,2), dtype='{t}'), nd.ones((2,2,2,2), dtype='{t}')",
        *(f"R[{call!r}] = raises(lambda: {call})" for call in calls),
    )
GRID.code(
    "types/gpu",
    "R['g'] = raises(lambda: nd.contrib.group_adagrad_update(nd.ones((3,2)), nd.ones((3,2)), nd.ones((3,1)), lr=.1))",
)
