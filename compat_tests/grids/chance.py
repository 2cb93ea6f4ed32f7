"""Random numbers: types, shapes, ranges, errors, and densities with gradients. Values themselves are not compared."""

from compat_tests.grids import Grid

GRID = Grid("chance")
BOUNDS = {
    "uniform": ("low=-1, high=2", -1, 2),
    "normal": ("loc=1, scale=.1", -1, 3),
    "exponential": ("scale=2", 0, 99),
    "gamma": ("alpha=2, beta=.5", 0, 99),
    "poisson": ("lam=3", 0, 30),
    "negative_binomial": ("k=3, p=.5", 0, 60),
    "generalized_negative_binomial": ("mu=2, alpha=.3", 0, 60),
    "randint": ("low=-2, high=3", -2, 2),
}
for op, (more, low, high) in BOUNDS.items():
    for t in (None, "float16", "float32", "float64", "int32", "int64"):
        typed = f", dtype='{t}'" if t else ""
        GRID.code(
            f"{op}/{t}",
            f"R['e'] = raises(lambda: nd.random.{op}({more}, shape=(3,4){typed}))",
            f"if R['e'] == 'none': y = nd.random.{op}({more}, shape=(3,4){typed}); z = y.asnumpy(); "
            "R['t'] = np.dtype(y.dtype).name; R['s'] = y.shape",
            f"if R['e'] == 'none': R['in'] = bool(({low} <= z).all() and (z <= {high}).all()); "
            "R['whole'] = bool((z == np.round(z)).all())",
        )
    GRID.code(
        f"{op}/shapes",
        *(
            f"R[{s!r}] = nd.random.{op}({more}, shape={s}).shape"
            for s in ("3", "(2,)", "(2,1,3)", "()", "None")
            if s not in ("()", "None") or op != "randint"
        ),
        f"o = nd.zeros((2,2)); r = nd.random.{op}({more}, out=o) if '{op}' != 'randint' else o; R['same'] = r is o",
    )
    GRID.code(
        f"{op}/zero",
        f"R['e'] = raises(lambda: nd.random.{op}({more}, shape=(0,3)))",
        f"R['f'] = raises(lambda: nd.random.{op}({more}, shape='a'))",
        f"R['g'] = raises(lambda: nd.random.{op}({more}, nonsense=1))",
    )
for op, more in (
    ("uniform", "low={a}, high={b}"),
    ("normal", "loc={a}, scale={b}"),
    ("gamma", "alpha={a}, beta={b}"),
    ("exponential", "scale={a}"),
    ("poisson", "lam={a}"),
    ("negative_binomial", "k={b}, p={a}"),
    ("generalized_negative_binomial", "mu={a}, alpha={b}"),
):
    arrays = more.format(a="nd.array([.2, .7])", b="nd.array([1., 2])")
    GRID.code(
        f"{op}/arrays",
        f"R['s'] = nd.random.{op}({arrays}).shape; y = nd.random.{op}({arrays}, shape=(3,2)); "
        "R['s2'] = y.shape; R['t'] = np.dtype(y.dtype).name",
        f"R['d'] = raises(lambda: nd.random.{op}({arrays}, dtype='float64'))",
        f"R['mix'] = raises(lambda: nd.random.{op}({more.format(a='nd.array([.2, .7])', b='1')}))"
        if "{b}" in more
        else "R['mix'] = 0",
    )
    GRID.code(
        f"{op}_like/f32",
        f"y = nd.random.{op}_like(nd.ones((2,3))); R['s'] = y.shape; R['t'] = np.dtype(y.dtype).name",
        f"R['e'] = raises(lambda: nd.random.{op}_like(nd.ones((2,3), dtype='float64')))",
    )
for name, code in {
    "uniform-high-below": "nd.random.uniform(2, 1)",
    "normal-negative": "nd.random.normal(0, -1)",
    "poisson-negative": "nd.random.poisson(-1)",
    "gamma-zero": "nd.random.gamma(0, 1)",
    "randint-none": "nd.random.randint()",
    "randint-float": "nd.random.randint(0, 2.5)",
    "randn-text": "nd.random.randn('a')",
    "exponential-negative": "nd.random.exponential(-1)",
}.items():
    GRID.code(f"errors/{name}", f"R['e'] = raises(lambda: {code})")
GRID.code(
    "randn/shapes",
    "for s in ((), (2,), (2,3)): R[str(s)] = nd.random.randn(*s).shape",
    "R['t'] = np.dtype(nd.random.randn(2, dtype='float64').dtype).name; R['m'] = bool(nd.random.randn(3, "
    "loc=5, scale=.01).asnumpy().min() > 4)",
)
for shape in ("None", "1", "(2,)", "(2,3)"):
    for prob in (False, True):
        GRID.code(
            f"multinomial/{shape}-{prob}",
            "p = nd.array([[0, 1, 0], [0, 0, 1.]])",
            f"put('y', nd.random.multinomial(p, {'shape=' + shape + ', ' if shape != 'None' else ''}get_prob={prob}))"
            if prob
            else f"R['y'] = nd.random.multinomial(p{', shape=' + shape if shape != 'None' else ''})",
        )
GRID.code(
    "multinomial/types",
    "p = nd.array([0, 1, 0.])",
    "for t in ('int32', 'int64', 'float32', 'float64', 'uint8'): R[t] = nd.random.multinomial(p, dtype=t)",
    "R['e'] = raises(lambda: nd.random.multinomial(p, dtype='int8'))",
)
GRID.code(
    "multinomial/gradient",
    "p = nd.array([[.5, .5], [.1, .9]]); p.attach_grad()",
    "with ag.record(): i, q = nd.random.multinomial(p, get_prob=True)",
    "q.backward(); g = p.grad.asnumpy(); R['n'] = int((g != 0).sum())",
    "R['ok'] = bool(np.allclose(g.sum(1), 1 / np.take_along_axis(p.asnumpy(), i.asnumpy()[:, "
    "None].astype(int), 1)[:, 0]))",
)
GRID.code(
    "shuffle/rows",
    "x = nd.arange(20).reshape((10, 2)); y = nd.random.shuffle(x); R['s'] = y.shape; "
    "R['r'] = sorted(y.asnumpy().tolist()); R['x'] = x",
)
GRID.code(
    "zipfian/some",
    "s, t, e = nd.contrib.rand_zipfian(nd.array([3]), 4, 5); R['s'] = s.shape; "
    "R['ty'] = np.dtype(s.dtype).name; R['t'] = t; R['in'] = bool((s.asnumpy() < 5).all())",
)
GRID.code(
    "unique_zipfian/some",
    "s, n = nd._internal._sample_unique_zipfian(range_max=50, shape=(2,5)); R['s'] = s.shape; "
    "R['u'] = [len(set(r)) for r in s.asnumpy().tolist()]; R['n'] = n.shape; R['t'] = np.dtype(s.dtype).name",
)
GRID.code(
    "seed/repeat",
    "mx.random.seed(5); a = nd.random.uniform(shape=3); nd.random.normal(shape=2); mx.random.seed(5); "
    "b = nd.random.uniform(shape=3); R['same'] = bool((a == b).asnumpy().all())",
    "R['e'] = raises(lambda: mx.random.seed('a')); R['c'] = raises(lambda: mx.random.seed(3, ctx=mx.cpu(0))); "
    "R['a'] = raises(lambda: mx.random.seed(3, ctx='all'))",
)

PDF = {
    "uniform": "R(.2,.4,2,3)|low=R(-1,0,2)|high=P(2)",
    "normal": "N(2,3)|mu=N(2)|sigma=P(2)",
    "gamma": "P(2,3)|alpha=P(2)+1|beta=P(2)",
    "exponential": "P(2,3)|lam=P(2)",
    "poisson": "I(0,4,2,3)|lam=P(2)",
    "negative_binomial": "I(0,4,2,3)|k=P(2)+1|p=R(.2,.8,2)",
    "generalized_negative_binomial": "I(0,4,2,3)|mu=P(2)|alpha=P(2)",
    "dirichlet": "A([[.2,.3,.5],[.6,.3,.1]])|alpha=P(2,3)+1",
}
for op, text in PDF.items():
    sample, *parameters = text.split("|")
    names, specs = zip(*(p.split("=") for p in parameters))
    inputs = dict(zip("abc", specs))
    wanted = " ".join(inputs) if sample.startswith("I") else "x " + " ".join(inputs)
    for log in (False, True):
        call = f"nd.random_pdf_{op}(x, {', '.join(inputs)}, is_log={log})"
        GRID.add(f"pdf_{op}/{log}", call, grad=wanted, x=sample, **inputs)
    GRID.types(
        f"pdf_{op}",
        call,
        dtypes=("float64", "float16") if op != "dirichlet" else ("float64",),
        grad=wanted,
        x=sample,
        **inputs,
    )
    if op != "dirichlet":
        GRID.add(f"pdf_{op}/flat", call, grad="", x="P(4)*.5", **{k: v.replace("2)", "1)") for k, v in inputs.items()})
        GRID.add(f"pdf_{op}/outside", call, grad="", x="A([[-1,0,.5],[5,2,1]])", **inputs)
