"""Convolution, its transpose, pooling and resizing: kernels, strides, padding, dilation, groups, 1 to 3 dimensions."""

from compat_tests.grids import Grid

GRID = Grid("conv")

CONV = "nd.Convolution(x, w, b, kernel={k}, num_filter={n}{more})"
for name, x, w, k, n, more in (
    ("3x3", "2,3,5,4", "2,3,3,3", "(3,3)", 2, ""),
    ("pad", "1,2,4,5", "2,2,3,3", "(3,3)", 2, ", pad=(1,1)"),
    ("stride", "1,2,6,7", "2,2,3,2", "(3,2)", 2, ", stride=(2,3)"),
    ("dilate", "1,2,7,6", "2,2,2,3", "(2,3)", 2, ", dilate=(3,2)"),
    ("all", "1,2,6,7", "2,2,3,3", "(3,3)", 2, ", stride=(2,2), pad=(2,1), dilate=(2,1)"),
    ("1x1", "2,3,3,2", "2,3,1,1", "(1,1)", 2, ""),
    ("1x1-stride", "1,3,4,5", "2,3,1,1", "(1,1)", 2, ", stride=(2,2)"),
    ("1x1-pad", "1,2,3,3", "2,2,1,1", "(1,1)", 2, ", pad=(1,1)"),
    ("groups", "1,4,4,4", "4,2,2,2", "(2,2)", 4, ", num_group=2"),
    ("depth", "1,3,4,5", "3,1,3,3", "(3,3)", 3, ", num_group=3, pad=(1,1)"),
    ("depth-two", "1,2,4,4", "4,1,2,2", "(2,2)", 4, ", num_group=2"),
    ("full", "1,2,3,4", "2,2,3,4", "(3,4)", 2, ""),
    ("1d", "2,2,6", "3,2,3", "(3,)", 3, ", stride=(2,), pad=(1,)"),
    ("1d-dilate", "1,2,8", "2,2,3", "(3,)", 2, ", dilate=(2,)"),
    ("1d-groups", "1,4,5", "2,2,2", "(2,)", 2, ", num_group=2"),
    ("3d", "1,2,3,4,3", "2,2,2,2,2", "(2,2,2)", 2, ""),
    ("3d-all", "1,1,4,4,5", "2,1,2,3,2", "(2,3,2)", 2, ", stride=(2,1,2), pad=(1,1,0)"),
    ("layout", "1,2,4,4", "2,2,2,2", "(2,2)", 2, ", layout='NCHW'"),
    ("large-pad", "1,1,2,2", "1,1,3,3", "(3,3)", 1, ", pad=(3,3)"),
):
    GRID.add(f"Convolution/{name}", CONV.format(k=k, n=n, more=more), x=f"N({x})", w=f"N({w})", b=f"N({n})")
    if name in ("3x3", "stride", "1d", "3d", "groups"):
        GRID.add(
            f"Convolution/{name}-no-bias",
            CONV.format(k=k, n=n, more=more + ", no_bias=True").replace(" b,", ""),
            x=f"N({x})",
            w=f"N({w})",
        )
for name, x, w, k, n, more in (
    ("too-big", "1,1,2,2", "1,1,3,3", "(3,3)", 1, ""),
    ("weight", "1,2,4,4", "2,3,2,2", "(2,2)", 2, ""),
    ("filters", "1,2,4,4", "2,2,2,2", "(2,2)", 3, ""),
    ("groups-bad", "1,3,4,4", "2,1,2,2", "(2,2)", 2, ", num_group=2"),
    ("rank", "2,4,4", "1,2,2,2", "(2,2)", 1, ""),
    ("nhwc", "1,4,4,2", "2,2,2,2", "(2,2)", 2, ", layout='NHWC'"),
):
    GRID.add(f"Convolution/{name}", CONV.format(k=k, n=n, more=more), grad="", x=f"N({x})", w=f"N({w})", b=f"N({n})")
GRID.usual(
    "Convolution",
    dtypes=("float64",),
    op="nd.Convolution(x, w, b, kernel=(2,2), num_filter=2)",
    x="N(1,2,3,3)",
    w="N(2,2,2,2)",
    b="N(2)",
)
GRID.add(
    "Convolution_v1/f32",
    "nd.Convolution_v1(x, w, b, kernel=(3,2), num_filter=2, stride=(2,1), pad=(1,0))",
    x="N(1,2,5,4)",
    w="N(2,2,3,2)",
    b="N(2)",
)

DECONV = "nd.Deconvolution(x, w, kernel={k}, num_filter={n}{more})"
for name, x, w, k, n, more in (
    ("3x3", "1,2,3,4", "2,3,3,3", "(3,3)", 3, ""),
    ("stride", "1,2,3,2", "2,2,3,2", "(3,2)", 2, ", stride=(2,3)"),
    ("pad", "1,2,4,3", "2,2,3,3", "(3,3)", 2, ", pad=(1,1)"),
    ("adj", "1,1,3,3", "1,2,3,3", "(3,3)", 2, ", stride=(2,2), pad=(1,1), adj=(1,1)"),
    ("dilate", "1,2,3,3", "2,1,2,3", "(2,3)", 1, ", dilate=(2,2)"),
    ("target", "1,1,3,3", "1,1,3,3", "(3,3)", 1, ", stride=(2,2), target_shape=(7,7)"),
    ("groups", "1,4,2,3", "4,1,2,2", "(2,2)", 2, ", num_group=2"),
    ("1d", "1,2,4", "2,2,3", "(3,)", 2, ", stride=(2,), pad=(1,)"),
    ("1d-adj", "1,1,3", "1,1,3", "(3,)", 1, ", stride=(3,), adj=(2,)"),
    ("3d", "1,1,2,2,3", "1,2,2,2,2", "(2,2,2)", 2, ", stride=(1,2,1)"),
    ("1x1", "1,2,2,3", "2,3,1,1", "(1,1)", 3, ""),
    ("adj-bad", "1,1,3,3", "1,1,3,3", "(3,3)", 1, ", stride=(2,2), adj=(2,2)"),
    ("weight", "1,2,3,3", "1,2,2,2", "(2,2)", 2, ""),
):
    GRID.add(f"Deconvolution/{name}", DECONV.format(k=k, n=n, more=more), x=f"N({x})", w=f"N({w})")
GRID.add(
    "Deconvolution/bias",
    "nd.Deconvolution(x, w, b, kernel=(2,2), num_filter=3, no_bias=False)",
    x="N(1,2,3,3)",
    w="N(2,3,2,2)",
    b="N(3)",
)
GRID.usual(
    "Deconvolution",
    dtypes=("float64",),
    op="nd.Deconvolution(x, w, kernel=(2,2), num_filter=2)",
    x="N(1,2,3,3)",
    w="N(2,2,2,2)",
)

for kind in ("max", "avg", "sum", "lp"):
    p = ", p_value=2" if kind == "lp" else ""
    make = "P" if kind == "lp" else "D"
    GRID.over(
        f"Pooling-{kind}",
        f"nd.Pooling(x, pool_type='{kind}', kernel={{k}}, stride={{s}}, pad={{pad}}, pooling_convention={{c}}{p})",
        {"x": f"{make}(1,1,5,6)"},
        {"k": ((2, 2), (3, 2), (3, 3)), "s": ((1, 1), (2, 2), (2, 3)), "pad": ((0, 0), (1, 1)), "c": ("valid", "full")},
        limit=11,
    )
    GRID.add(f"Pooling-{kind}/global", f"nd.Pooling(x, pool_type='{kind}', global_pool=True{p})", x=f"{make}(2,2,3,4)")
    GRID.add(
        f"Pooling-{kind}/1d",
        f"nd.Pooling(x, pool_type='{kind}', kernel=(3,), stride=(2,), pad=(1,){p})",
        x=f"{make}(2,2,7)",
    )
    GRID.add(
        f"Pooling-{kind}/1d-full",
        f"nd.Pooling(x, pool_type='{kind}', kernel=(2,), stride=(2,), pooling_convention='full'{p})",
        x=f"{make}(1,2,5)",
    )
    GRID.add(
        f"Pooling-{kind}/3d",
        f"nd.Pooling(x, pool_type='{kind}', kernel=(2,2,2), stride=(1,2,1){p})",
        x=f"{make}(1,1,3,4,3)",
    )
    GRID.add(
        f"Pooling-{kind}/3d-global", f"nd.Pooling(x, pool_type='{kind}', global_pool=True{p})", x=f"{make}(1,2,2,3,2)"
    )
    GRID.types(
        f"Pooling-{kind}",
        f"nd.Pooling(x, pool_type='{kind}', kernel=(2,2){p})",
        ints=("int32", "uint8"),
        x=f"{make}(1,1,3,3)",
    )
    GRID.add(
        f"Pooling-{kind}/add", f"nd.Pooling(x, pool_type='{kind}', kernel=(2,2){p})", req="add", x=f"{make}(1,1,3,3)"
    )
    GRID.add(
        f"Pooling-{kind}/nhwc",
        f"nd.Pooling(x, pool_type='{kind}', kernel=(2,2), layout='NHWC'{p})",
        x=f"{make}(1,3,3,2)",
    )
    GRID.add(
        f"Pooling-{kind}/too-big", f"nd.Pooling(x, pool_type='{kind}', kernel=(4,4){p})", grad="", x=f"{make}(1,1,3,3)"
    )
for c in ("valid", "full"):
    GRID.add(
        f"Pooling-avg/uncounted-{c}",
        "nd.Pooling(x, pool_type='avg', kernel=(3,3), stride=(2,2), pad=(1,1), count_include_pad=False, "
        f"pooling_convention='{c}')",
        x="N(1,2,5,6)",
    )
for p in (1, 3):
    GRID.add(f"Pooling-lp/p{p}", f"nd.Pooling(x, pool_type='lp', kernel=(2,2), p_value={p})", x="P(1,2,3,4)")
GRID.add(
    "Pooling-max/nan",
    "nd.Pooling(x, pool_type='max', kernel=(2,2), stride=(2,2))",
    grad="",
    x="A([[[[1,np.inf,-np.inf,2],[3,4,-np.inf,-1]]]])",
)
for kind in ("max", "avg", "sum"):
    GRID.over(
        f"Pooling_v1-{kind}",
        f"nd.Pooling_v1(x, pool_type='{kind}', kernel=(3,2), stride={{s}}, pad={{pad}}, pooling_convention={{c}})",
        {"x": "D(1,1,5,5)"},
        {"s": ((1, 1), (2, 2)), "pad": ((0, 0), (1, 1)), "c": ("valid", "full")},
        limit=5,
    )
    GRID.add(f"Pooling_v1-{kind}/global", f"nd.Pooling_v1(x, pool_type='{kind}', global_pool=True)", x="D(1,2,3,3)")

for scale in (1, 2, 3):
    GRID.add(f"UpSampling/nearest{scale}", f"nd.UpSampling(x, scale={scale}, sample_type='nearest')", x="N(1,2,2,3)")
GRID.add(
    "UpSampling/concat",
    "nd.UpSampling(x, y, scale=2, sample_type='nearest', num_args=2)",
    x="N(1,1,2,4)",
    y="N(1,2,1,2)",
)
GRID.add(
    "UpSampling/sum",
    "nd.UpSampling(x, y, scale=2, sample_type='nearest', num_args=2, multi_input_mode='sum')",
    x="N(1,2,2,4)",
    y="N(1,2,1,2)",
)
GRID.add(
    "UpSampling/bilinear",
    "nd.UpSampling(x, w, scale=2, sample_type='bilinear', num_filter=2, num_args=2)",
    x="N(1,2,2,3)",
    w="N(2,1,4,4)",
)
GRID.types("UpSampling", "nd.UpSampling(x, scale=2, sample_type='nearest')", x="N(1,1,2,2)")
GRID.over(
    "AdaptiveAvgPooling2D",
    "nd.contrib.AdaptiveAvgPooling2D(x, output_size={size})",
    {"x": "N(1,2,5,4)"},
    {"size": (1, 2, (3, 2), (5, 4), (7, 6), ())},
)
GRID.usual("AdaptiveAvgPooling2D", "nd.contrib.AdaptiveAvgPooling2D(x, output_size=2)", x="N(1,1,3,3)")
for name, more in (
    ("size", "height=5, width=7"),
    ("down", "height=2, width=2"),
    ("corners", "height=5, width=3, align_corners=False"),
    ("one", "height=1, width=1"),
    ("scale", "scale_height=2, scale_width=1.5, mode='odd_scale'"),
    ("even", "mode='to_even_up'"),
    ("odd", "mode='to_odd_down'"),
    ("even-down", "mode='to_even_down'"),
    ("odd-up", "mode='to_odd_up'"),
):
    GRID.add(f"BilinearResize2D/{name}", f"nd.contrib.BilinearResize2D(x, {more})", x="N(1,2,4,3)")
GRID.add(
    "BilinearResize2D/like", "nd.contrib.BilinearResize2D(x, y, mode='like')", grad="x", x="N(1,1,3,4)", y="N(1,1,5,2)"
)
GRID.usual("BilinearResize2D", "nd.contrib.BilinearResize2D(x, height=3, width=3)", x="N(1,1,2,2)")
