"""Boxes and regions: overlaps, suppression, matching, priors, targets, proposals, pooled regions, sampled grids."""

from compat_tests.grids import Grid

GRID = Grid("boxes")
BOTH = (False, True)
BOX = "A([[0,0,1,1],[0,0,1,.9],[.5,.5,1,1],[2,2,3,3],[.2,.1,.3,.9]])"
ROWS = "A([[[0,.5,0,0,1,1],[0,.9,0,0,1,.9],[1,.8,0,0,1,1],[0,.1,2,2,3,3],[-1,.7,0,0,.2,.2],[1,0,.1,.1,.9,.9]]])"
GRID.over(
    "box_iou",
    "nd.contrib.box_iou(x, y, format={f})",
    {"x": BOX, "y": BOX + "[:3]"},
    {"f": ("corner", "center")},
    grad="",
)
GRID.types("box_iou", "nd.contrib.box_iou(x, y)", grad="", x=BOX, y=BOX + "[::-1]")
GRID.add("box_iou/batch", "nd.contrib.box_iou(x, y)", grad="", x="P(2,2,4)", y="P(3,4)")
GRID.over(
    "box_nms",
    "nd.contrib.box_nms(x, overlap_thresh={o}, valid_thresh={v}, topk={k}, force_suppress={force}, id_index={i})",
    {"x": ROWS},
    {"o": (0.5, 0.95, 0.1), "v": (0, 0.2), "k": (-1, 2), "force": BOTH, "i": (-1, 0)},
    limit=16,
    grad="",
)
GRID.over(
    "box_nms-format",
    "nd.contrib.box_nms(x, in_format={a}, out_format={b}, background_id={g}, id_index=0)",
    {"x": ROWS},
    {"a": ("corner", "center"), "b": ("corner", "center"), "g": (-1, 0)},
    grad="",
)
GRID.types("box_nms", "nd.contrib.box_nms(x)", grad="", x=ROWS)
GRID.add("box_nms/gradient", "nd.contrib.box_nms(x, overlap_thresh=.5)", x=ROWS)
GRID.add("box_nms/two", "nd.contrib.box_nms(x)", grad="", x=ROWS + "[0]")
GRID.add("box_nms/columns", "nd.contrib.box_nms(x, coord_start=1, score_index=0)", grad="", x=ROWS + "[:,:,1:]")
GRID.over(
    "bipartite_matching",
    "nd.contrib.bipartite_matching(x, threshold={t}, is_ascend={up}, topk={k})",
    {"x": "D(2,3,4)"},
    {"t": (-9, 0, 9), "up": BOTH, "k": (-1, 1)},
    limit=9,
    grad="",
)
for f in ("corner", "center"):
    for clip in (-1, 0.3):
        GRID.add(
            f"box_decode/{f}{clip}",
            f"nd.contrib.box_decode(x, y, std0=.1, std1=.2, std2=.3, std3=.4, clip={clip}, format='{f}')",
            grad="",
            x="N(2,5,4)",
            y=BOX + "[None]",
        )
GRID.add(
    "box_encode/f32",
    "nd.contrib.box_encode(s, m, a, r, n, d)",
    grad="",
    s="A([[1,0,1,-1,1]])",
    m="A([[0,1,1,0,0]])",
    a=BOX + "[None]",
    r="A([[[.1,0,.7,1],[.3,.2,.5,.5]]])",
    n="N(4)",
    d="P(4)",
)
GRID.over(
    "MultiBoxPrior",
    "nd.contrib.MultiBoxPrior(x, sizes={s}, ratios={r}, clip={clip}, steps={step}, offsets={o})",
    {"x": "N(1,2,2,3)"},
    {
        "s": ((1,), (0.5, 0.3)),
        "r": ((1,), (1, 2, 0.5)),
        "clip": BOTH,
        "step": ((-1, -1), (0.3, 0.2)),
        "o": ((0.5, 0.5), (0.2, 0.7)),
    },
    limit=10,
    grad="",
)
ANCHOR = "A([[[.1,.1,.4,.4],[.1,.1,.5,.5],[.5,.5,.9,.9],[0,0,1,1],[.6,.6,.7,.7]]])"
LABEL = "A([[[0,.1,.1,.45,.45],[1,.5,.5,1,1],[-1,-1,-1,-1,-1]]])"
for n, more in enumerate(
    (
        "",
        ", overlap_threshold=.9",
        ", variances=(1,1,1,1)",
        ", negative_mining_ratio=1",
        ", negative_mining_ratio=2, negative_mining_thresh=.3, minimum_negative_samples=1",
        ", ignore_label=-2",
    )
):
    GRID.add(
        f"MultiBoxTarget/{n}", f"nd.contrib.MultiBoxTarget(a, l, c{more})", grad="", a=ANCHOR, l=LABEL, c="N(1,3,5)"
    )
for n, more in enumerate(
    (
        "",
        ", threshold=.3",
        ", clip=False",
        ", nms_threshold=.1",
        ", force_suppress=True",
        ", nms_topk=2",
        ", background_id=1",
        ", variances=(1,1,1,1)",
    )
):
    GRID.add(
        f"MultiBoxDetection/{n}",
        f"nd.contrib.MultiBoxDetection(c, l, a{more})",
        grad="",
        c="P(1,3,5)*.4",
        l="N(1,20)",
        a=ANCHOR,
    )
for op in ("Proposal", "MultiProposal"):
    for n, more in enumerate(
        ("", ", output_score=True", ", rpn_pre_nms_top_n=4, threshold=.3", ", rpn_min_size=2", ", iou_loss=True")
    ):
        GRID.add(
            f"{op}/{n}",
            f"nd.contrib.{op}(c, b, i, rpn_post_nms_top_n=5, scales=(1,2), ratios=(.5,1), feature_stride=8{more})",
            grad="",
            c="D(1,8,3,2)*.01+.5",
            b="N(1,16,3,2)*.1",
            i="A([[24,16,1]])",
        )
ROIS = "A([[0,0,0,3,3],[1,1,0,4,2],[0,2,2,2,2],[1,-1,-2,9,9]])"
for n, more in enumerate(
    ("pooled_size=(2,2), spatial_scale=1", "pooled_size=(2,3), spatial_scale=.5", "pooled_size=(1,1), spatial_scale=1")
):
    GRID.add(f"ROIPooling/{n}", f"nd.ROIPooling(x, r, {more})", grad="x", x="D(2,2,5,5)", r=ROIS)
    for m, extra in enumerate(("", ", sample_ratio=2", ", aligned=True", ", sample_ratio=1, aligned=True")):
        GRID.add(
            f"ROIAlign/{n}-{m}",
            f"nd.contrib.ROIAlign(x, r, {more}{extra})",
            grad="x",
            x="N(2,1,5,5)",
            r=ROIS + "[:2]" * ("aligned" in extra),
        )
GRID.types(
    "ROIPooling", "nd.ROIPooling(x, r, pooled_size=(2,2), spatial_scale=1)", grad="x", x="D(2,1,4,4)", r=ROIS + "[:2]"
)
GRID.types(
    "ROIAlign",
    "nd.contrib.ROIAlign(x, r, pooled_size=(2,2), spatial_scale=1)",
    grad="x",
    x="N(2,1,4,4)",
    r=ROIS + "[:2]",
)
GRID.add(
    "ROIAlign/sensitive",
    "nd.contrib.ROIAlign(x, r, pooled_size=(2,2), spatial_scale=1, position_sensitive=True)",
    grad="x",
    x="N(2,4,4,4)",
    r=ROIS + "[:2]",
)
for n, more in enumerate(
    ("pooled_size=(2,2), spatial_scale=1", "pooled_size=(2,3), spatial_scale=.5, sampling_ratio=2")
):
    GRID.add(
        f"RROIAlign/{n}",
        f"nd.contrib.RROIAlign(x, r, {more})",
        grad="",
        x="N(2,1,5,5)",
        r="A([[0,2,2,3,2,30],[1,3,2,2,4,-45]])",
    )
for n, more in enumerate(("output_dim=2, pooled_size=2", "output_dim=1, pooled_size=2, group_size=2")):
    dim = 8 if n == 0 else 4
    GRID.add(
        f"PSROIPooling/{n}",
        f"nd.contrib.PSROIPooling(x, r, spatial_scale=1, {more})",
        grad="x",
        x=f"N(2,{dim},5,5)",
        r=ROIS + "[:2]",
    )
    GRID.add(
        f"DeformablePSROIPooling/{n}",
        f"nd.contrib.DeformablePSROIPooling(x, r, t, spatial_scale=1, {more}{', group_size=2' if n == 0 else ''}, "
        "part_size=2, sample_per_part=2, trans_std=.1)",
        grad="x t",
        x=f"N(2,{dim},5,5)",
        r=ROIS + "[:2]",
        t="N(2,2,2,2)*.3",
    )
for n, (x, off, w, more) in enumerate(
    (
        ("1,2,4,4", "1,8,3,3", "2,2,2,2", "kernel=(2,2), num_filter=2"),
        ("1,2,5,4", "1,18,3,2", "2,2,3,3", "kernel=(3,3), num_filter=2, pad=(1,1), stride=(2,2)"),
        ("1,4,4,4", "1,8,3,3", "4,2,2,2", "kernel=(2,2), num_filter=4, num_group=2"),
        ("1,4,4,4", "1,16,2,2", "2,4,2,2", "kernel=(2,2), num_filter=2, dilate=(2,2), num_deformable_group=2"),
    )
):
    f = w.split(",")[0]
    GRID.add(
        f"DeformableConvolution/{n}",
        f"nd.contrib.DeformableConvolution(x, o, w, b, {more})",
        x=f"N({x})",
        o=f"N({off})*.3",
        w=f"N({w})",
        b=f"N({f})",
    )
    mask = ",".join(str(int(v) // 2) if i == 1 else v for i, v in enumerate(off.split(",")))
    if n:
        continue
    GRID.add(
        f"ModulatedDeformableConvolution/{n}",
        f"nd.contrib.ModulatedDeformableConvolution(x, o, m, w, b, {more})",
        grad="",
        x=f"N({x})",
        o=f"N({off})*.3",
        m=f"P({mask})",
        w=f"N({w})",
        b=f"N({f})",
    )
for n, (shape, grid) in enumerate((("1,2,3,4", "1,2,2,3"), ("2,1,3,3", "2,2,4,4"))):
    GRID.add(f"BilinearSampler/{n}", "nd.BilinearSampler(x, g)", x=f"N({shape})", g=f"U({grid})*.9+.01")
    GRID.add(f"BilinearSampler/beyond{n}", "nd.BilinearSampler(x, g)", grad="", x=f"N({shape})", g=f"U({grid})*2")
GRID.add("GridGenerator/affine", "nd.GridGenerator(x, transform_type='affine', target_shape=(2,3))", x="N(2,6)")
GRID.add("GridGenerator/warp", "nd.GridGenerator(x, transform_type='warp')", x="N(1,2,3,4)")
GRID.add("GridGenerator/bad", "nd.GridGenerator(x, transform_type='affine', target_shape=(2,3))", grad="", x="N(2,5)")
for n, size in enumerate(("(2,3)", "(4,4)")):
    GRID.add(
        f"SpatialTransformer/{n}",
        f"nd.SpatialTransformer(x, t, target_shape={size}, transform_type='affine', sampler_type='bilinear')",
        x="N(1,2,3,4)",
        t="A([[.8,.1,.05,-.1,.7,.1]])",
    )
for n, more in enumerate(
    (
        "",
        "max_displacement=2, pad_size=2",
        "kernel_size=3, pad_size=1",
        "stride1=2, pad_size=1",
        "max_displacement=2, stride2=2, pad_size=2",
        "is_multiply=False, pad_size=1",
    )
):
    GRID.add(f"Correlation/{n}", f"nd.Correlation(x, y, {more})".replace(", )", ")"), x="N(1,2,5,4)", y="N(1,2,5,4)")
