"""Sample inputs of linear algebra (``ops/linalg.py``, ``ops/triangles.py``)."""

_SYMMETRIC = "only one triangle is read, so the gradient, which is symmetric, differs from single differences"

ROWS = [
    {"op": "_linalg_gemm2", "inputs": {"A": "N(3,2)", "B": "N(2,4)"}, "params": {"alpha": 0.5}},
    {"op": "_linalg_gemm2", "inputs": {"A": "N(2,2,3)", "B": "N(2,4,2)"},
     "params": {"transpose_a": True, "transpose_b": True}},
    {"op": "_linalg_gemm2", "inputs": {"A": "N(2,3,2)", "B": "N(2,3,2)"}, "params": {"axis": 0}},
    {"op": "_linalg_gemm", "inputs": {"A": "N(3,2)", "B": "N(2,4)", "C": "N(3,4)"}, "params": {"alpha": 0.5, "beta": 2.0}},
    {"op": "_linalg_gemm", "inputs": {"A": "N(2,3)", "B": "N(4,2)", "C": "N(3,4)"},
     "params": {"transpose_a": True, "transpose_b": True}},
    {"op": "_linalg_syrk", "inputs": {"A": "N(2,3)"}, "params": {"alpha": 1.5}},
    {"op": "_linalg_syrk", "inputs": {"A": "N(2,2,3)"}, "params": {"transpose": True}},
    *[{"op": op, "inputs": {"A": "TRI(3)" if lower else "TRI(3).T", "B": "N(2,3)" if right else "N(3,2)"},
       "params": {"transpose": t, "rightside": right, "lower": lower, "alpha": 1.5}}
      for op in ("_linalg_trmm", "_linalg_trsm") for t in (False, True) for right in (False, True)
      for lower in (True, False)],
    {"op": "_linalg_triangle", "inputs": {"A": "N(3,3)"}},
    {"op": "_linalg_potrf", "inputs": {"A": "SPD(3)"}, "order": 0, "why": _SYMMETRIC},
    {"op": "_linalg_potrf", "inputs": {"A": "SPD(2,2)"}, "params": {"lower": False}, "order": 0, "why": _SYMMETRIC},
    {"op": "_linalg_potri", "inputs": {"A": "TRI(3)"}},
    {"op": "_linalg_potri", "inputs": {"A": "TRI(3).T"}, "params": {"lower": False}},
    {"op": "_linalg_potri_factor", "inputs": {"A": "TRI(3)"}},
    {"op": "_linalg_gelqf", "inputs": {"A": "N(2,3)"}},
    {"op": "_linalg_syevd", "inputs": {"A": "SPD(3)+np.diag([0.,3.,7.])"}, "order": 0, "why": _SYMMETRIC},
    {"op": "_linalg_inverse", "inputs": {"A": "SPD(3)"}},
    {"op": "_linalg_det", "inputs": {"A": "SPD(3,2)"}},
    {"op": "_linalg_slogdet", "inputs": {"A": "SPD(3)"}},
    {"op": "_linalg_sumlogdiag", "inputs": {"A": "SPD(3)"}},
    {"op": "_linalg_extractdiag", "inputs": {"A": "N(3,3)"}, "params": {"offset": -1}},
    {"op": "_linalg_makediag", "inputs": {"A": "N(2,3)"}, "params": {"offset": 1}},
    {"op": "_linalg_extracttrian", "inputs": {"A": "N(3,3)"}, "params": {"offset": -1}},
    {"op": "_linalg_maketrian", "inputs": {"A": "N(2,6)"}, "params": {"lower": False}},
]
