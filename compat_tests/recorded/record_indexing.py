"""Records what keys do: run it with a Python that has real MXNet 1.9.1, and it writes ``indexing.json`` beside itself.

    python record_indexing.py [FILE [SEED [MANY]]]

Each record is ``[shape, dtype, key, value, outcome]``, key and value as Python text over ``mx``, ``nd``, ``np`` and
``x`` (the array, filled with 0, 1, 2, ...). Without a value the outcome of ``x[key]`` is ``[kind, shape, values]``, the
kind found by writing through the result; with one the outcome of ``x[key] = value`` is all of ``x``. An exception is
its class, as text. Numbers that JSON lacks are written as text.

Left out is what the real package does by accident: it writes outside the array where an index array of an assignment is
negative or out of range, smears a stretch assigned to a later part of itself, cannot copy a slice that starts before
``-n``, and lets any slice of a single row pass unread.
"""
import itertools
import json
import math
import os
import random
import sys

SHAPES = [(4,), (4, 3), (4, 3, 2), (1,), (2, 1, 3, 2), (5, 4, 3, 2)]

ONE = """0|-1|3|4|-4|-5|True|False|np.int64(1)|np.int32(-1)|np.int8(1)|np.bool_(True)|np.float32(1)|1.5|'a'|None|...|()
(0,)|(-1,)|(True,)|(False,)|(1.5,)|('a',)|:|::1|::None|0:4|0:9|(slice(None),)|1:3|1:|:2|-2:|:-1|-9:2|5:9|2:2|3:1|(slice(3,1),)
-1:1|0:0|::2|::3|::4|1::2|::-1|::-2|3:0:-1|-1:-5:-1|9:-9:-3|1:3:-1|3:1:2|::0|1.5:2|slice(None,None,1.5)|slice(True,3)
slice(np.int64(1),np.int64(3))|[0]|[1,0]|[-1]|[3,-4]|[4]|[-5]|[[0,1],[2,3]]|[[0]]|[[[1]]]|[True]|[True,False]|[1.7]|[0,'a']|[None]
[...]|[slice(0,2)]|[[0],[1,2]]|[]|[[]]|range(2)|range(3,0,-1)|range(0)|range(9)|range(-1,1)|np.array([0,2])|np.array([1],'int8')
np.array([1],'uint8')|np.array([200],'uint8')|np.array([-1.5])|np.array([0.7,1.9])|np.array([True,False,True,True])|np.array(1)
np.array([])|np.array(['a'])|np.array([[0,1]])|np.array([1],'uint64')|nd.array([0,1])|nd.array([0.7,1.9])|nd.array([-1])
nd.array([9])|nd.array([0,1],dtype='int32')|nd.array([[0,1],[1,0]],dtype='int64')|nd.array([1,0,1,0],dtype='bool')
nd.array([True],dtype='bool')|nd.array([1,0,1,0])>0|nd.array([float('nan')])|nd.array([1],dtype='float16')|(nd.array([0,1]),)
(range(2),)|((0,1),)|([0],)|{0}|{0:1}|1j|b'a'|(None,)|(...,)|(None,None)|(...,None)|(None,...)|(None,0)|(0,None)|(0,...)
(...,0)|(None,True)|(True,None)|(True,False)|(True,0)|(0,True)|(...,...)|([0],None)|(None,[0])|(None,[0],None)|(True,[0])
([0],True)|([0],...)|(...,[0])|nd.array([1]):3""".replace("\n", "|").split("|")

TWO = """(0,0)|(-1,-1)|(0,9)|(9,0)|(0,1,2,3,4)|(slice(None),0)|(slice(None),slice(0,1))|(slice(0,2),slice(0,2))
(1,slice(1,3))|(slice(1,2),slice(None,None,2))|(slice(1,2),slice(0,1))|(slice(None),slice(None,None,-1))|(slice(None,None,2),0)|(0,None,0)
(0,None,slice(0,2))|(None,0,None,0,None)|(slice(None),None)|(slice(1,3),None)|(slice(1,3),slice(None),None)|(0,slice(1,1))
(slice(1,1),0)|(slice(1,1),slice(1,1))|(slice(2,1),slice(0,1))|(slice(0,1),slice(2,1))|(slice(1,1),None)|(None,slice(1,1))
([0],[0])|([0,1],0)|(0,[0])|([0,1],[0])|([0,1],[0,0])|([0,1],[0,0,0])|([[0],[1]],[0,0])|([0],slice(0,1))|(slice(0,2),[0])
(slice(None,None,-1),[0])|([0],slice(1,1))|(slice(1,1),[0])|([0],9)|(9,[0])|([9],0)|(0,[-9])|([0],1.5)|(1.5,[0])|('a',[0])
([0],'a')|([0],np.bool_(True))|(np.array(1),0)|(0,np.array(0))|(np.array(1),np.array(0))|(np.array(1),[0])|(np.array(1),slice(0,1))
([],[0])|([],0)|(nd.array([0,1]),nd.array([0]))|(nd.array([0,1],dtype='int32'),[0,0])|(nd.array([0,1]),0)|(slice(None),nd.array([0]))
([0,1],None,[0,0])|([0,1],None,0)|(0,None,[0])|([0,1],...,[0,0])|(nd.array([1,0,1,0],dtype='bool'),0)
(0,nd.array([1,0],dtype='bool'))|(0,0,1.5)|(9,1.5)|(slice(0,4),slice(0,3))|(1,...)|(...,1)|(...,slice(0,1))|(...,slice(1,1))
(slice(3,1),...)|(True,slice(0,2))|(slice(0,2),True)|(0,True,0)|([0],slice(None,None,0))|([True,False],[0,0])
(slice(None),[0,0],[0,0])|(slice(None),0,[0])|([0,1],slice(None),[0,0])|(0,slice(None),[0,0])|(slice(None),[0],...,[0])""".replace(
    "\n", "|").split("|")

VALUES = """1|1.7|-1.7|True|None|'a'|'12'|b'1'|np.float64(2.5)|np.float16(2)|np.int64(3)|300|-1|1e10|float('nan')
float('inf')|2**40|[1,2,3]|[[1,2,3]]|(1,2,3)|[1,2]|[[1],[2]]|[]|[7]|[300,-1,1.5]|[None]|[1,[2,3]]|[float('nan')]|[1e30]|[1j]|range(3)
np.array(7)|np.array([7])|np.array([[7]])|np.array([1,2,3])|np.array([[[1,2,3]]])|np.array([1,2])|np.array([300,-1,1.5])
np.array([1.5,2.5,3.5],'float16')|np.array([True,False,True])|np.arange(6).reshape(2,3)|np.arange(12).reshape(4,3)
np.array([[1],[2],[3],[4]])|np.zeros((0,3))|np.array([None])|nd.array([1,2,3])|nd.array([1.7,2.7,3.7],dtype='float64')
nd.array([1,2,3],dtype='int32')|nd.array([[1,2,3]])|nd.array([1,2])|nd.array([7])|nd.array(np.arange(12).reshape(4,3))
nd.array(np.zeros((0,3)))|[nd.array([1])]|[nd.array([1]),nd.array([2]),nd.array([3])]|{1:2}|object()|1j|...|slice(0,1)|{1,2}""".replace(
    "\n", "|").split("|")

UNREAD = ("1.5:2", "nd.array([1]):3")

SELF = [("0:3", "x[1:4]"), ("::2", "x[1:3]"), ("0", "x[1]"), ("[0,1]", "x[1:3]"),
        ("[0,0]", "[[1,2,3],[4,5,6]]"), ("[0,0,1,0]", "np.arange(12).reshape(4,3)"), ("([0,0],[1,1])", "[5,6]"),
        ("([1,0,1],[1,1,1])", "[5,6,7]"), ("(slice(None),[1,1])", "np.arange(8).reshape(4,2)"),
        (":", "x"), ("...", "x[::-1]")]


def random_key(rng, shape, safe):
    """A key of one to ``len(shape)`` indices with None, ellipsis, booleans; ``safe``: no index array out of range."""
    arrays = rng.random() < 0.45
    length = rng.choice([None, None, (1,), (2,), (2, 2), (3,)])
    # an ellipsis moves the indices behind it to other axes, so all must fit the shortest
    dots = rng.random() < 0.25
    parts = []
    for n in [min(shape)] * rng.randint(0, len(shape)) if dots else shape[:rng.randint(1, len(shape))]:
        r = rng.random()
        if arrays and r < 0.5:
            low = 0 if safe else -n
            size = rng.choice([length or (2,), (1,), (2, 1)]) if length else (rng.randint(1, 3),)
            flat = [rng.randint(low, n - 1) for _ in range(math.prod(size))]
            text = "np.array(%r).reshape(%r)" % (flat, size)
            parts.append(rng.choice([text, "nd.array(%s)" % text]) if len(size) > 1 else repr(flat))
        elif r < 0.65:
            low = 0 if safe and arrays else -n
            parts.append(str(rng.randint(low, n - 1)))
        else:
            step = rng.choice(["", "", "", "1", "2", "-1", "-2"])
            a, b = rng.choice(["", *range(-n, n + 1)]), rng.choice(["", *range(-n, n + 2)])
            parts.append("%s:%s:%s" % (a, b, step))
    while rng.random() < 0.35:
        parts.insert(rng.randint(0, len(parts)), "None")
    if dots:
        parts.insert(rng.randint(0, len(parts)), "...")
    elif rng.random() < 0.05:
        parts.insert(rng.randint(0, len(parts)), "True")
    return ",".join(parts) + ("," if len(parts) == 1 and rng.random() < 0.5 else "")


def random_value(rng, key, shape, result):
    """Text of a value that mostly broadcasts to ``result``, the shape of ``x[key]`` for an ``x`` of ``shape``."""
    if 0 in result:
        return "-5"
    dims = [1 if rng.random() < 0.2 else n for n in result]
    # how the real package treats superfluous or missing axes beside None is not worth imitating
    r = 1 if "None" in key else rng.random()
    if r < 0.3:
        dims = dims[rng.randint(0, len(dims)):]
    elif r < 0.4:
        dims = [1] * rng.randint(1, 2) + dims
    elif r < 0.5 and dims:
        dims.pop(rng.randrange(len(dims)))
    elif r < 0.6:
        dims.insert(rng.randint(0, len(dims)), rng.choice([1, 1, 2]))
    text = "np.arange(%d).reshape(%r)+100" % (math.prod(dims), tuple(dims))
    return rng.choice(["nd.array(%s)" % text, "(%s).tolist()" % text] + [text] * (len(result) == len(shape) and r < 1))


def fresh(mx, shape, dtype):
    """The array that keys are tried on."""
    import numpy as np
    return mx.nd.array(np.arange(math.prod(shape)).reshape(shape), dtype=dtype)


def plain(values):
    """Nested lists with text for numbers that JSON lacks."""
    if isinstance(values, list):
        return [plain(v) for v in values]
    return values if not isinstance(values, float) or math.isfinite(values) else repr(values)


def outcome(mx, shape, dtype, key, value):
    """What the key does under the ``mxnet`` module given."""
    import numpy as np
    x = fresh(mx, shape, dtype)
    names = {"mx": mx, "nd": mx.nd, "np": np, "x": x}
    try:
        if value is not None:
            exec("x[%s] = %s" % (key, value), names)
            return plain(x.asnumpy().tolist())
        r = eval("x[%s]" % key, names)
        values = plain(r.asnumpy().tolist())
        kind = "self"
        if r is not x:
            before = x.asnumpy()
            if r.size:
                r[:] = -5
            kind = "copy" if (x.asnumpy() == before).all() else "view"
        return [kind, list(r.shape), values]
    except Exception as e:
        return type(e).__name__


def requests(mx, seed=20, many=70):
    """All ``(shape, dtype, key, value)`` to record."""
    rng = random.Random(seed)
    for shape in SHAPES[:4]:
        for key in ONE + (TWO if len(shape) > 1 else TWO[:3]):
            if shape != (1,) or key not in UNREAD:
                yield shape, "float32", key, None
    for key in ONE[:60]:
        if key not in UNREAD:
            yield (0, 3), "float32", key, None
    for shape in SHAPES[1:3] + SHAPES[4:]:
        for _ in range(many):
            yield shape, "float32", random_key(rng, shape, False), None
    outside = "-5 9 -9 [4] nan -1] -1.5] 200 -4] -1,1".split()
    for key in ONE + TWO:
        stray = any(q in key for q in outside) and ("[" in key or "range" in key)
        if not stray and key not in ("slice(True,3)", "(0,0,1.5)"):
            yield (4, 3), "float32", key, "-5"
    for dtype, key in itertools.product(("float32", "int32", "uint8"), (":", "0", "1:3", "[0,1]", ":,0", "::2")):
        for value in VALUES:
            yield (4, 3), dtype, key, value
    for dtype in ("float16", "float64", "int8", "int64", "bool"):
        for key, value in itertools.product((":", "0", "[0]"), VALUES[:1] + VALUES[8:18]):
            yield (3,), dtype, key, value
    for key, value in SELF:
        yield (4, 3), "float32", key, value
    for shape in SHAPES[1:3] + SHAPES[4:]:
        for _ in range(many):
            key = random_key(rng, shape, True)
            got = outcome(mx, shape, "float32", key, None)
            yield shape, "float32", key, random_value(rng, key, shape, got[1]) if isinstance(got, list) else "-5"


def main():
    import mxnet as mx
    beside = os.path.join(os.path.dirname(os.path.abspath(__file__)), "indexing.json")
    where = sys.argv[1] if len(sys.argv) > 1 else beside
    rows = []
    more = [int(v) for v in sys.argv[2:]]
    for shape, dtype, key, value in requests(mx, *more):
        rows.append(json.dumps([shape, dtype, key, value, outcome(mx, shape, dtype, key, value)]))
    with open(where, "w") as f:
        f.write("[\n" + ",\n".join(rows) + "\n]\n")
    print("%d records" % len(rows))


if __name__ == "__main__":
    main()
