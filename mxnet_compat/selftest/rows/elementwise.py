"""Functions of one array, element by element."""

WHERE = {
    "N(2,3)": "_copy _copyto abs arctan arcsinh cos cosh degrees exp expm1 negative radians relu sigmoid sin sinh "
              "softsign square tanh BlockGrad ceil fix floor rint round sign trunc logical_not ones_like zeros_like "
              "shape_array size_array",
    "N(6,5)": "exp tanh",
    "U(2,3)*0.9": "arccos arcsin arctanh tan erfinv",
    "N(3,2)": "erf",
    "P(2,3)": "gamma gammaln _digamma log log10 log1p log2 cbrt rcbrt reciprocal rsqrt sqrt",
    "-P(2,3)": "cbrt rcbrt reciprocal",
    "-R(.2,.8,2,3)": "gamma gammaln _digamma",
    "P(2,3)+0.7": "arccosh",
}

ROWS = [{"op": op, "inputs": {"data": spec}} for spec, ops in WHERE.items() for op in ops.split()] + [
    {"op": "_polygamma", "inputs": {"data": "R(-.8,-.2,2,3)"}, "params": {"n": 1}},
    {"op": "_polygamma", "inputs": {"data": "P(2,3)"}, "params": {"n": 2}},
    {"op": "Cast", "inputs": {"data": "N(2,3)"}, "params": {"dtype": "float64"}},
    {"op": "Cast", "inputs": {"data": "N(2,3)*20"}, "params": {"dtype": "int32"}, "grad": []},
    {"op": "amp_cast", "inputs": {"data": "N(2,3)"}, "params": {"dtype": "float64"}},
    {"op": "clip", "inputs": {"data": "N(3,4)"}, "params": {"a_min": -0.5, "a_max": 0.75}},
    {"op": "hard_sigmoid", "inputs": {"data": "N(3,4)*3"}},
    {"op": "hard_sigmoid", "inputs": {"data": "N(3,4)"}, "params": {"alpha": 0.5, "beta": 0.25}},
    {"op": "smooth_l1", "inputs": {"data": "N(3,4)"}},
    {"op": "smooth_l1", "inputs": {"data": "N(3,4)"}, "params": {"scalar": 2.0}},
    {"op": "_identity_with_attr_like_rhs", "inputs": {"lhs": "N(2,3)", "rhs": "N(2,3)"}},
    {"op": "make_loss", "inputs": {"data": "N(2,3)"}, "order": 0, "head": False,
     "why": "its gradient is one whatever the head gradient is"},
]
