"""What random calls beside the other grids brought to light: types and shapes of optimizer states, bounds, corners."""

from compat_tests.grids import Grid

GRID = Grid("beyond")

# steps: states of another shape or type than the weight's
W, H = "N(2,3)", "N(2,3).astype('float16')"
for name, call, inputs in (
    ("sgd-shape", "sgd_update(w, g, lr=.1)", {"w": W, "g": "N(3,2)"}),
    ("sgd-row", "sgd_update(w, g, lr=.1)", {"w": W, "g": "N(3)"}),
    ("sgd_mom-type", "sgd_mom_update(w, g, m, lr=.1)", {"w": W, "g": W, "m": H}),
    ("adam-type", "adam_update(w, g, m, v, lr=.1)", {"w": H, "g": H, "m": H, "v": W}),
    ("nag-one", "nag_mom_update(w, g, m, lr=.1)", {"w": W, "g": "N(1,3)", "m": W}),
    ("ftrl-type", "ftrl_update(w, g, m, v, lr=.1)", {"w": W, "g": W, "m": W, "v": H}),
    ("mp_sgd-half", "mp_sgd_update(w, g, s, lr=.1)", {"w": H, "g": H, "s": H}),
    ("mp_sgd-double", "mp_sgd_update(w, g, s, lr=.1)", {"w": H, "g": H, "s": "N(2,3).astype('float64')"}),
    ("mp_mom-half", "mp_sgd_mom_update(w, g, m, s, lr=.1)", {"w": H, "g": H, "m": H, "s": W}),
    ("mp_nag-shape", "mp_nag_mom_update(w, g, m, s, lr=.1)", {"w": H, "g": H, "m": "N(3)", "s": W}),
    ("lamb2-norms", "lamb_update_phase2(w, g, a, b, lr=.1)", {"w": W, "g": W, "a": "P(2)", "b": "P(1)"}),
    ("lamb2-matrix", "lamb_update_phase2(w, g, a, b, lr=.1)", {"w": W, "g": W, "a": "P(1,1)", "b": "P(1)"}),
    ("adamw-half", "contrib.adamw_update(w, g, m, v, a, lr=.1, eta=1)", {"w": W, "g": W, "m": W, "v": W, "a": "P(1)"}),
    ("lars-half", "multi_lars(a, a, a, a, eta=.1, eps=.1)", {"a": "P(3).astype('float16')"}),
    ("sum_sq-mixed", "multi_sum_sq(w, g, num_arrays=2)", {"w": W, "g": H}),
    ("sum_sq-int", "multi_sum_sq(w, num_arrays=1)", {"w": "I(0,5,3).astype('int32')"}),
    ("sum_sq-count", "multi_sum_sq(w, num_arrays=2)", {"w": W}),
    ("finite-mixed", "multi_all_finite(w, g, num_arrays=2)", {"w": W, "g": H}),
    ("finite-count", "multi_all_finite(w, g, num_arrays=3)", {"w": W, "g": W}),
    ("multicast-int", "amp_multicast(w, g, num_outputs=2)", {"w": "I(0,5,3).astype('int32')", "g": W}),
    ("multicast-ints", "amp_multicast(w, num_outputs=1, cast_narrow=True)", {"w": "I(0,5,3).astype('int8')"}),
    ("multicast-count", "amp_multicast(w, g, num_outputs=3)", {"w": W, "g": W}),
    ("ftml-beta1", "ftml_update(w, g, w, w, w, lr=.1, t=1, beta1=1.5)", {"w": W, "g": W}),
    ("ftml-beta2", "ftml_update(w, g, w, w, w, lr=.1, t=1, beta2=-.5)", {"w": W, "g": W}),
):
    GRID.add(f"steps/{name}", f"nd.{call}", grad="", **inputs)
GRID.add(
    "steps/adamw-float16",
    "nd.contrib.adamw_update(w, g, m, v, nd.array([.5]), lr=.1, eta=1, out=w)",
    grad="",
    w=H,
    g=H,
    m=H,
    v="P(2,3).astype('float16')",
)
NAN = "np.array([np.nan, 1, -1, 0], 'float32')"
GRID.add("steps/signsgd-nan", "nd.signsgd_update(w, g, lr=.1)", grad="", w="N(4)", g=NAN)
GRID.add("steps/signum-nan", "nd.signum_update(w, g, m, lr=.1, momentum=.5)", grad="", w="N(4)", g=NAN, m="Z(4)")
for op, more in (
    ("multi_mp_sgd_update", "w, g, s, lrs=(.1,), wds=(.2,)"),
    ("multi_mp_sgd_mom_update", "w, g, m, s, lrs=(.1,), wds=(.2,), momentum=.9"),
    ("preloaded_multi_mp_sgd_update", "w, g, s, a, a"),
):
    GRID.code(
        f"steps/{op}-float32",
        "w, g, m, s, a = arr(N(3)), arr(N(3)), arr(N(3)), arr(N(3)), arr(P(1))",
        f"R['y'] = nd.{op}({more}, num_weights=1, out=w); R['w'] = w; R['m'] = m; R['s'] = s",
    )
for op, scale, more in (
    ("_multi_mp_lamb_update", "", "learning_rates=(.1,), step_count=(1,), num_tensors=1"),
    ("_multi_mp_adamw_update", ", nd.array([.5])", "lrs=(.1,), etas=(1,), num_weights=1"),
):
    GRID.code(
        f"steps/{op}-float32",
        "w, g, m, v, s = arr(N(3)), arr(N(3)), arr(N(3)), arr(P(3)), arr(N(3))",
        f"nd._internal.{op}(w, g, m, v, s{scale}, wds=(.1,), {more}, out=[w]); put('r', [w, m, v, s])",
    )

# integers and numbers
for t in ("int8", "uint8", "int32", "int64", "bool"):
    for name, op in (("over", "2.5 / x"), ("zero-over", "0 / x"), ("negative-over", "-7 / x")):
        GRID.add(f"integers/{name}-{t}", op, grad="", x=f"A([0,1,2,3,100]).astype('{t}')")
GRID.add("integers/negative-bool", "-x", grad="", x="A([0,1]).astype('bool')")

# shapes
for name, shape in (("few", "(3,2)"), ("few-rest", "(3,-1)"), ("many", "(3,4)"), ("rows", "(-1,3)")):
    GRID.add(f"reshape/recorded-{name}", f"x.reshape({shape})", x="N(2,4)")
    GRID.add(f"reshape/plain-{name}", f"x.reshape({shape})", grad="", x="N(2,4)")
for axis in (-3, -2, -1, 0, 1, 2):
    GRID.add(f"gemm2/axis{axis}", f"nd.linalg.gemm2(x, y, axis={axis})", grad="", x="N(2,2,2)", y="N(2,2,2)")
GRID.add(
    "scatter_set_nd/shape",
    "nd._internal._scatter_set_nd(x, y, i, shape=(3,3), out=x)",
    grad="",
    x="N(3,2)",
    y="N(2)",
    i="A([[2,0],[1,1]])",
)

# layers
for n in (1, 2, 3, 4, 5, 6):
    GRID.add(f"LRN/even{n}", f"nd.LRN(x, nsize={n}, alpha=.1, beta=1.5, knorm=2)", x="N(1,7,2,2)")
GRID.code(
    "SyncBatchNorm/variance",
    "x = arr(N(3,2,2,2))",
    "with ag.record(): y = nd.contrib.SyncBatchNorm(x, nd.ones(2), nd.zeros(2), nd.zeros(2), nd.ones(2), key='a', "
    "output_mean_var=True)",
    "put('y', y)",
)
for name, call in (
    ("below", "SoftmaxOutput(x, t, smooth_alpha=-.1)"),
    ("above", "SoftmaxOutput(x, t, smooth_alpha=1.1)"),
    ("Embedding", "Embedding(t, x, input_dim=0, output_dim=3)"),
    ("sparseness", "IdentityAttachKLSparseReg(x, sparseness_target=1.5)"),
    ("momentum", "IdentityAttachKLSparseReg(x, momentum=-.5)"),
):
    GRID.add(f"bounds/{name}", f"nd.{call}", grad="", x="N(2,3)", t="A([0,1])")
GRID.add(
    "PSROIPooling/more-channels",
    "nd.contrib.PSROIPooling(x, r, spatial_scale=1, output_dim=1, pooled_size=1, group_size=1)",
    grad="x",
    x="N(2,4,5,5)",
    r="A([[0,0,0,3,3],[1,1,0,4,2]])",
)
for t in ("uint8", "int32", "int8", "int64", "float16"):
    for n, more in enumerate(("mean=.5, std=1", "mean=1.7, std=.5", "mean=0, std=1.5")):
        GRID.add(
            f"normalize/{t}-{n}",
            f"nd.image.normalize(x, {more})",
            grad="",
            x=f"A([0,1,2,5,100,127]).reshape(1,2,3).astype('{t}')",
        )
for il in (0.5, 1.9, -0.5):
    GRID.add(
        f"SoftmaxOutput/ignore{il}",
        f"nd.SoftmaxOutput(x, t, use_ignore=True, ignore_label={il}, normalization='valid')",
        grad="x",
        x="N(3,3)",
        t="A([0,1,2])",
    )
GRID.add("grad_add/shapes", "nd._internal._grad_add(x, y)", grad="", x="N(2,3)", y="N(3)")
GRID.code(
    "randint/arrays",
    "for k, (a, b) in enumerate(((nd.ones(2), nd.ones(2)), (1, nd.ones(2)), (nd.ones(2), 5), (0, None), (0, 5.5))): "
    "R[f'e{k}'] = raises(lambda: nd.random.randint(a, b))",
)
