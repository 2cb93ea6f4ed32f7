"""Functions of two arrays or of an array and a number, element by element."""

SMOOTH = "add sub mul hypot maximum minimum"
COMPARE = "equal not_equal greater greater_equal lesser lesser_equal logical_and logical_or logical_xor"
EQUALS = "[[1,2,3],[0,0,-1]]"

ROWS = [
    # shapes that repeat either side, one of fewer dimensions, and equal ones
    *({"op": f"broadcast_{op}", "inputs": {"lhs": a, "rhs": b}} for op in SMOOTH.split()
      for a, b in (("N(2,3)", "N(2,1)"), ("N(1,3)", "N(2,1)"), ("N(3)", "N(2,3)"), ("N(2,3)", "N(2,3)"))),
    *({"op": f"broadcast_{op}", "inputs": {"lhs": a, "rhs": b}} for op in ("div", "power", "mod")
      for a, b in (("P(2,3)", "P(2,1)"), ("P(1,3)*3", "P(2,1)"), ("P(2,3)", "P(2,3)"))),
    {"op": "broadcast_div", "inputs": {"lhs": "N(5,4)", "rhs": "-P(4)"}},
    {"op": "broadcast_mod", "inputs": {"lhs": "N(2,3)*5", "rhs": "-P(2,3)"}},
    {"op": "broadcast_power", "inputs": {"lhs": "-P(2,3)", "rhs": "A([2,3,-1])"}, "grad": ["lhs"]},
    *({"op": f"elemwise_{op}", "inputs": {"lhs": "N(2,3)", "rhs": "P(2,3)"}} for op in ("add", "sub", "mul", "div")),
    *({"op": op, "inputs": {"lhs": "P(2,3)*2", "rhs": "P(2,3)"}}
      for op in ("_grad_add", "_hypot", "_maximum", "_minimum", "_mod", "_power")),
    *({"op": f"_{op}_scalar", "inputs": {"data": "P(2,3)*2"}, "params": {"scalar": scalar}}
      for op in ("div hypot maximum minimum minus mod mul plus power rdiv rminus rmod rpower").split()
      for scalar in (1.7, 2.0)),
    {"op": "_power_scalar", "inputs": {"data": "-P(2,3)"}, "params": {"scalar": 3.0}},
    {"op": "_mod_scalar", "inputs": {"data": "N(2,3)*5"}, "params": {"scalar": -1.3}},
    *({"op": f"_{op}", "inputs": {"lhs": f"A({EQUALS})", "rhs": "A([[1,0,4],[0,2,-1]])"}} for op in COMPARE.split()),
    *({"op": f"broadcast_{op}", "inputs": {"lhs": f"A({EQUALS})", "rhs": "A([[1],[0]])"}} for op in COMPARE.split()),
    *({"op": f"_{op}_scalar", "inputs": {"data": f"A({EQUALS})"}, "params": {"scalar": 1.0}} for op in COMPARE.split()),
    *({"op": "add_n", "inputs": {"args": ["N(2,3)"] * n}} for n in (1, 2, 4)),
]
