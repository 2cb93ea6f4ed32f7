"""Products of matrices and what linear algebra makes of them."""

from compat_tests.grids import Grid, Raw

GRID = Grid("linalg")
BOTH = (False, True)

for name, x, y in (
    ("vectors", "N(3)", "N(3)"),
    ("matrix", "N(2,3)", "N(3,4)"),
    ("by-vector", "N(2,3)", "N(3)"),
    ("from-vector", "N(3)", "N(3,2)"),
    ("three", "N(2,2,3)", "N(3,2)"),
    ("by-three", "N(2,3)", "N(3,2,2)"),
    ("threes", "N(2,1,3)", "N(3,1,2)"),
    ("bad", "N(2,3)", "N(2,3)"),
    ("one", "N(2,1)", "N(1,3)"),
):
    GRID.add(f"dot/{name}", "nd.dot(x, y)", x=x, y=y)
GRID.over(
    "dot", "nd.dot(x, y, transpose_a={a}, transpose_b={b})", {"x": "N(3,3)", "y": "N(3,3)"}, {"a": BOTH, "b": BOTH}
)
GRID.over(
    "dot3", "nd.dot(x, y, transpose_a={a}, transpose_b={b})", {"x": "N(2,3,2)", "y": "N(2,3,2)"}, {"a": BOTH, "b": BOTH}
)
GRID.usual("dot", "nd.dot(x, y)", dtypes=("float64",), x="N(2,3)", y="N(3,2)")
GRID.over(
    "batch_dot",
    "nd.batch_dot(x, y, transpose_a={a}, transpose_b={b})",
    {"x": "N(2,3,3)", "y": "N(2,3,3)"},
    {"a": BOTH, "b": BOTH},
)
GRID.usual("batch_dot", "nd.batch_dot(x, y)", dtypes=("float64",), x="N(2,1,3)", y="N(2,3,2)")
for name, x, y in (
    ("bad", "N(2,1,3)", "N(2,2,3)"),
    ("batch", "N(2,1,3)", "N(1,3,2)"),
    ("four", "N(2,1,2,3)", "N(2,1,3,2)"),
    ("two", "N(2,3)", "N(3,2)"),
):
    GRID.add(f"batch_dot/{name}", "nd.batch_dot(x, y)", x=x, y=y)

GRID.over(
    "gemm",
    "nd.linalg.gemm(x, y, z, transpose_a={a}, transpose_b={b}, alpha={alpha}, beta={beta})",
    {"x": "N(3,3)", "y": "N(3,3)", "z": "N(3,3)"},
    {"a": BOTH, "b": BOTH, "alpha": (1, -0.5), "beta": (1, 2, 0)},
    limit=12,
)
GRID.over(
    "gemm2",
    "nd.linalg.gemm2(x, y, transpose_a={a}, transpose_b={b}, alpha={alpha})",
    {"x": "N(2,3,3)", "y": "N(2,3,3)"},
    {"a": BOTH, "b": BOTH, "alpha": (1, -0.5)},
)
GRID.over(
    "gemm2-axis", "nd.linalg.gemm2(x, y, axis={axis})", {"x": "N(2,3,2,2)", "y": "N(2,3,2,2)"}, {"axis": (-2, -3, 0, 1)}
)
GRID.add("gemm/axis", "nd.linalg.gemm(x, y, z, axis=-3)", x="N(2,1,3)", y="N(3,1,2)", z="N(2,1,2)")
GRID.usual("gemm", "nd.linalg.gemm(x, y, z)", add=False, x="N(2,3)", y="N(3,2)", z="N(2,2)")
GRID.usual("gemm2", "nd.linalg.gemm2(x, y)", add=False, x="N(2,3)", y="N(3,2)")
GRID.add("gemm/bad", "nd.linalg.gemm(x, y, z)", x="N(2,3)", y="N(3,2)", z="N(2,3)")
GRID.add("gemm2/bad", "nd.linalg.gemm2(x, y)", x="N(2,3)", y="N(2,3)")
for op, more in (("trmm", "N(3,3)"), ("trsm", "N(3,3)")):
    GRID.over(
        op,
        f"nd.linalg.{op}(x, y, transpose={{t}}, rightside={{r}}, lower={{low}}, alpha={{alpha}})",
        {"x": "TRI(3)+np.triu(N(3,3),1)", "y": more},
        {"t": BOTH, "r": BOTH, "low": BOTH, "alpha": (1, -0.5)},
        limit=14,
    )
    GRID.add(f"{op}/batch", f"nd.linalg.{op}(x, y)", x="TRI(2,2)", y="N(2,2,3)")
    GRID.add(f"{op}/wide", f"nd.linalg.{op}(x, y, rightside=True)", x="TRI(2)", y="N(3,2)")
    GRID.add(f"{op}/bad", f"nd.linalg.{op}(x, y)", x="TRI(2)", y="N(3,2)")
    GRID.usual(op, f"nd.linalg.{op}(x, y)", add=False, x="TRI(2)", y="N(2,3)")
GRID.over("syrk", "nd.linalg.syrk(x, transpose={t}, alpha={alpha})", {"x": "N(2,3,2)"}, {"t": BOTH, "alpha": (1, -0.5)})
for op, good in (
    ("potrf", "SPD(3)"),
    ("potri", "TRI(3)"),
    ("syrk", "N(2,3)"),
    ("sumlogdiag", "SPD(2)"),
    ("inverse", "SPD(3)+N(3,3)*.3"),
    ("det", "N(3,3)"),
    ("slogdet", "N(3,3)"),
    ("extractdiag", "N(3,3)"),
    ("makediag", "N(3)"),
    ("extracttrian", "N(3,3)"),
    ("maketrian", "N(6)"),
):
    call = f"nd.linalg.{op}(x)"
    GRID.usual(op, call, add=op != "inverse", x=good)
    batch = {
        "potrf": "SPD(2,2)",
        "potri": "TRI(2,2)",
        "inverse": "SPD(2,2)",
        "makediag": "N(2,3)",
        "maketrian": "N(2,3)",
    }.get(op, "SPD(2,3)")
    GRID.add(f"{op}/batch", call, x=batch)
    GRID.add(f"{op}/deep", call, x=batch + "[None]")
    if op not in ("makediag", "maketrian", "syrk", "extractdiag", "extracttrian"):
        GRID.add(f"{op}/one", call, x="P(1,1)")
        GRID.add(f"{op}/oblong", call, x="N(2,3)")
    GRID.add(f"{op}/rank", call, grad="", x="N(4)" if op not in ("makediag", "maketrian") else "N(4)[None,None]")
GRID.add("inverse/singular", "nd.linalg.inverse(x)", grad="", x="Z(2,2)")
GRID.add("potrf/indefinite", "nd.linalg.potrf(x)", grad="", x="A([[-1,0],[0,1]])")
GRID.add("det/singular", "nd.linalg.det(x)", grad="", x="A([[1,2],[2,4]])")
GRID.add("slogdet/singular", "nd.linalg.slogdet(x)", grad="", x="Z(2,2)")
GRID.add("maketrian/bad", "nd.linalg.maketrian(x)", x="N(4)")
for offset in (0, 1, -1, 2):
    GRID.add(f"extractdiag/{offset}", f"nd.linalg.extractdiag(x, offset={offset})", x="N(2,3,3)")
    GRID.add(f"makediag/{offset}", f"nd.linalg.makediag(x, offset={offset})", x="N(2,2)")
    for lower in BOTH:
        GRID.add(
            f"extracttrian/{offset}-{lower}", f"nd.linalg.extracttrian(x, offset={offset}, lower={lower})", x="N(4,4)"
        )
        GRID.add(f"maketrian/{offset}-{lower}", f"nd.linalg.maketrian(x, offset={offset}, lower={lower})", x="N(6)")
for t in ("float32", "float64", "float16"):
    GRID.code(
        f"gelqf/{t}",
        f"x = arr(N(2,3).astype('{t}')); q, l = nd.linalg.gelqf(x); y = nd.dot(l, q)",
        "R['y'] = y; R['i'] = bool(np.allclose(nd.dot(q, q.T).asnumpy(), np.eye(2), atol=1e-3)); "
        "R['s'] = [q.shape, l.shape]",
    )
    GRID.code(
        f"syevd/{t}",
        f"x = arr(SPD(3).astype('{t}')); u, w = nd.linalg.syevd(x)",
        "R['w'] = w; R['i'] = bool(np.allclose(nd.dot(u, u.T).asnumpy(), np.eye(3), atol=1e-3)); R['s'] = u.shape",
        "R['y'] = nd.dot(nd.dot(u.T, nd.linalg.makediag(w)), u)",
    )
GRID.add("gelqf/product", "nd.dot(nd.linalg.gelqf(x)[1], nd.linalg.gelqf(x)[0])", x="N(2,3).astype('float64')")
GRID.add("syevd/values", "nd.linalg.syevd(x)[1]", x="SPD(3).astype('float64')")
GRID.over(
    "names",
    "nd.{op}(x)",
    {"x": "SPD(2)"},
    {"op": tuple(Raw("linalg_" + n) for n in ("potrf", "det", "inverse", "sumlogdiag", "extractdiag"))},
)
