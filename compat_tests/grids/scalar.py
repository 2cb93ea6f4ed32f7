"""Arrays with numbers: every operator, both ways round, in place, on floats, integers and special values."""

from compat_tests.grids import INTS, Grid

GRID = Grid("scalar")

SIGNS = {"plus": "+", "minus": "-", "times": "*", "over": "/", "mod": "%", "power": "**"}
COMPARED = {"equal": "==", "unequal": "!=", "greater": ">", "greater_equal": ">=", "less": "<", "less_equal": "<="}
INPLACE = {"plus": "add", "minus": "sub", "times": "mul", "over": "truediv", "mod": "mod"}
FLOATS = "A([-7.5,-2,-1,-.5,0,.5,1,2,7.5])"
SPECIAL = "A([np.nan,np.inf,-np.inf,0,-0.,1,-1])"

for name, sign in SIGNS.items():
    for number in ("2", "-3", "1.5", "0", "-0.5", "np.inf", "np.nan"):
        base = "P(2,3)" if name == "power" else FLOATS
        GRID.add(f"{name}/x.{number}", f"x {sign} {number}", x=base)
        if name != "power" or number in ("2", "1.5"):
            GRID.add(f"{name}/{number}.x", f"{number} {sign} x", x=base)
    GRID.add(f"{name}/special", f"x {sign} 2.5", x=SPECIAL)
    GRID.add(f"{name}/add", f"x {sign} 2.5", req="add", x="P(2,3)")
    GRID.types(name, f"x {sign} 2.5", x="P(2,3)")
    for t in INTS:
        values = (
            f"np.array([0,1,5,9,100],'{t}')" if t == "uint8" or name == "power" else f"np.array([-7,-1,0,5,100],'{t}')"
        )
        for number in ("2", "2.7") if t != "int32" else ("2", "2.7", "-3", "-1.5"):
            GRID.add(f"{name}/{t}.{number}", f"x {sign} {number}", grad="", x=values)
        if name in ("minus", "over", "mod"):
            GRID.add(f"{name}/7.{t}", f"7 {sign} x", grad="", x=values.replace("0,", "3,"))
    if name == "power":
        continue
    GRID.code(
        f"{name}/inplace",
        f"x = arr(P(2,3)*3); y = x; x {sign}= 2.5; R['x'] = y; R['same'] = x is y",
        f"z = nd.array([5, 9, 0], dtype='int32'); z {sign}= 2.5; R['z'] = z",
        f"w = arr(P(2,3)*3); w {sign}= arr(P(1,3)); R['w'] = w",
        f"v = arr(P(3)); R['e'] = raises(lambda: v.__i{INPLACE[name]}__(nd.ones((2, 3))))",
    )

for name, sign in COMPARED.items():
    for number in ("1", "0.5", "np.nan"):
        GRID.add(f"{name}/x.{number}", f"x {sign} {number}", grad="", x=SPECIAL)
        GRID.add(f"{name}/{number}.x", f"{number} {sign} x", grad="", x=SPECIAL)
    for t in ("float16", "float64", *INTS):
        GRID.add(f"{name}/{t}", f"x {sign} 1.5", grad="", x=f"np.array([0,1,2,100],'{t}')")
    GRID.add(f"{name}/bool", f"x {sign} 1", grad="", x="A([0,1]).astype('bool')")

for op in (
    "maximum",
    "minimum",
    "hypot",
    "mod",
    "rmod",
    "div",
    "rdiv",
    "power",
    "rpower",
    "rminus",
    "plus",
    "minus",
    "mul",
    "equal",
    "not_equal",
    "greater",
    "greater_equal",
    "lesser",
    "lesser_equal",
    "logical_and",
    "logical_or",
    "logical_xor",
):
    for number in ("2.0", "-1.5", "0.0"):
        if op == "rpower" and number != "2.0":
            continue
        GRID.add(
            f"_{op}_scalar/{number}",
            f"nd._internal._{op}_scalar(x, scalar={number})",
            grad="" if "equal" in op or op in ("greater", "lesser") or op.startswith("logical") else None,
            x="P(2,3)" if "power" in op else FLOATS,
        )
    GRID.add(
        f"_{op}_scalar/int32",
        f"nd._internal._{op}_scalar(x, scalar=3)",
        grad="",
        x="np.array([1,5,9],'int32')" if "power" in op else "np.array([-7,-1,2,5,100],'int32')",
    )

for sign in ("+", "-", "*", "/", "%", "**"):
    word = next(name for name, text in SIGNS.items() if text == sign)
    for value in ("None", "'a'", "[1,2]", "np.ones(3)", "np.float64(2)", "np.int32(2)", "True", "1j"):
        GRID.code(
            f"other-{word}/{value}",
            f"x = nd.array([1., 2, 3]); R['e'] = raises(lambda: x {sign} {value})",
            f"if R['e'] == 'none': R['y'] = x {sign} {value}",
            f"R['f'] = raises(lambda: {value} {sign} x)",
        )
