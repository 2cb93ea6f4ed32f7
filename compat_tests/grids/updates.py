"""Optimizer steps, one after another: what becomes of weights and states."""

from compat_tests.grids import Grid

GRID = Grid("updates")
ARRAYS = {
    "w": "N(2,3)",
    "g": "N(2,3)",
    "m": "N(2,3)*.1",
    "v": "P(2,3)",
    "d": "P(2,3)",
    "z": "N(2,3)*.1",
    "n": "P(2,3)*3",
    "h": "N(2,3)*.1",
}
# operator -> states after weight and gradient, required parameters, further parameters to try
STEPS = {
    "sgd_update": (
        "",
        "lr=.1",
        ("", "wd=.1", "rescale_grad=.5, clip_gradient=.3", "wd=.1, clip_gradient=.3", "lazy_update=False"),
    ),
    "sgd_mom_update": (
        "m",
        "lr=.1",
        ("", "momentum=.9", "momentum=.9, wd=.1", "momentum=.5, rescale_grad=2, clip_gradient=.4, wd=.01"),
    ),
    "nag_mom_update": ("m", "lr=.1", ("", "momentum=.9", "momentum=.9, wd=.1, rescale_grad=2, clip_gradient=.4")),
    "adam_update": (
        "mv",
        "lr=.1",
        ("", "wd=.1", "beta1=.5, beta2=.7, epsilon=1e-3", "rescale_grad=.5, clip_gradient=.3, wd=.1"),
    ),
    "ftml_update": (
        "dvz",
        "lr=.1, t=2",
        ("", "wd=.1", "beta1=.5, beta2=.7, epsilon=1e-3", "rescale_grad=.5, clip_grad=.3"),
    ),
    "ftrl_update": ("zn", "lr=.1", ("", "lamda1=.1, beta=.5", "wd=.1, rescale_grad=.5, clip_gradient=.3")),
    "rmsprop_update": (
        "n",
        "lr=.1",
        ("", "gamma1=.5, epsilon=1e-3", "wd=.1, rescale_grad=.5, clip_gradient=.3, clip_weights=.7"),
    ),
    "rmspropalex_update": (
        "nzh",
        "lr=.1",
        ("", "gamma1=.5, gamma2=.7, epsilon=1e-3", "wd=.1, rescale_grad=.5, clip_gradient=.3, clip_weights=.7"),
    ),
    "signsgd_update": ("", "lr=.1", ("", "wd=.1", "rescale_grad=-1, clip_gradient=.3")),
    "signum_update": (
        "m",
        "lr=.1",
        ("", "momentum=.9, wd=.1", "momentum=.9, wd_lh=.1, rescale_grad=2, clip_gradient=.4"),
    ),
}
for op, (states, need, choices) in STEPS.items():
    call = f"nd.{op}(w, g{''.join(', ' + s for s in states)}, out=w, {need}"
    used = {k: ARRAYS[k] for k in "wg" + states}
    for n, more in enumerate(choices):
        GRID.add(
            f"{op}/{n}", f"[{call}{', ' + more if more else ''}){''.join(', ' + s for s in states)}]", grad="", **used
        )
    for t in ("float16", "float64") if op != "ftml_update" else ("float64",):
        GRID.add(
            f"{op}/{t}",
            f"[{call}){''.join(', ' + s for s in states)}]",
            grad="",
            **{k: f"({v}).astype('{t}')" for k, v in used.items()},
        )
    GRID.add(f"{op}/fresh", f"[{call.replace('out=w, ', '')}), w{''.join(', ' + s for s in states)}]", grad="", **used)
    GRID.add(f"{op}/shapes", f"{call})", grad="", **dict(used, g="N(3,2)"))

HALF = {
    "w": "N(2,3).astype('float16')",
    "g": "N(2,3).astype('float16')",
    "m": "N(2,3)*.1",
    "v": "P(2,3)",
    "s": "N(2,3)",
}
for op, states, more in (
    ("mp_sgd_update", "s", "lr=.1, wd=.1"),
    ("mp_sgd_mom_update", "ms", "lr=.1, momentum=.9, clip_gradient=.5"),
    ("mp_nag_mom_update", "ms", "lr=.1, momentum=.9, wd=.1"),
):
    GRID.add(
        f"{op}/f16",
        f"[nd.{op}(w, g{''.join(', ' + s for s in states)}, out=w, {more}){''.join(', ' + s for s in states)}]",
        grad="",
        **{k: HALF[k] for k in "wg" + states},
    )
for t in (1, 5):
    for n, more in enumerate(
        ("", ", bias_correction=False", ", beta1=.5, epsilon=1e-3, rescale_grad=.5, clip_gradient=.3")
    ):
        GRID.add(
            f"lamb_update_phase1/{t}-{n}",
            f"[nd.lamb_update_phase1(w, g, m, v, t={t}, wd=.1{more}), m, v]",
            grad="",
            **{k: ARRAYS[k] for k in "wgmv"},
        )
for n, more in enumerate(("", ", lower_bound=1.2", ", upper_bound=.8", ", lower_bound=.1, upper_bound=10")):
    GRID.add(
        f"lamb_update_phase2/{n}",
        f"nd.lamb_update_phase2(w, g, a, b, lr=.1{more})",
        grad="",
        w="N(2,3)",
        g="N(2,3)",
        a="A([1])",
        b="A([2])",
    )
for a, b in ((0, 2), (2, 0)):
    GRID.add(
        f"lamb_update_phase2/zero{a}",
        "nd.lamb_update_phase2(w, g, a, b, lr=.1)",
        grad="",
        w="N(2,3)",
        g="N(2,3)",
        a=f"A([{a}])",
        b=f"A([{b}])",
    )
GRID.add("mp_lamb_update_phase1/f16", "[nd.mp_lamb_update_phase1(w, g, m, v, s, t=2, wd=.1), m, v]", grad="", **HALF)
GRID.add(
    "mp_lamb_update_phase2/f16",
    "[nd.mp_lamb_update_phase2(w, g, a, b, s, lr=.1), s]",
    grad="",
    w="N(2,3).astype('float16')",
    g="N(2,3)",
    s="N(2,3)",
    a="A([1])",
    b="A([2])",
)
for scale in ("1.", "np.nan", "0.", ".5"):
    GRID.add(
        f"adamw_update/{scale}",
        f"[nd.contrib.adamw_update(w, g, m, v, nd.array([{scale}]), out=w, lr=.1, eta=.5, wd=.1), m, v]",
        grad="",
        **{k: ARRAYS[k] for k in "wgmv"},
    )
GRID.add(
    "adamw_update/number",
    "[nd.contrib.adamw_update(w, g, m, v, .5, out=w, lr=.1, eta=1, clip_gradient=.2), m, v]",
    grad="",
    **{k: ARRAYS[k] for k in "wgmv"},
)
GRID.add(
    "mp_adamw_update/f16",
    "[nd.contrib.mp_adamw_update(w, g, m, v, s, nd.array([1.]), out=w, lr=.1, eta=.5, wd=.1), m, v, s]",
    grad="",
    **HALF,
)

TWO = {"w": "N(2,3)", "g": "N(2,3)", "u": "N(2)", "f": "N(2)", "m": "N(2,3)*.1", "k": "N(2)*.1"}
MORE = "rescale_grad=.5, clip_gradient=.7, num_weights=2"
GRID.add(
    "multi_sgd_update/two",
    f"nd.multi_sgd_update(w, g, u, f, out=[w, u], lrs=(.1,.2), wds=(0,.1), {MORE})",
    grad="",
    **{k: TWO[k] for k in "wguf"},
)
GRID.add(
    "multi_sgd_mom_update/two",
    f"nd.multi_sgd_mom_update(w, g, m, u, f, k, out=[w, u], lrs=(.1,.2), wds=(0,.1), momentum=.9, {MORE}) + [m, k]",
    grad="",
    **TWO,
)
GRID.add(
    "multi_mp_sgd_update/two",
    f"nd.multi_mp_sgd_update(w, g, m, u, f, k, out=[w, u], lrs=(.1,.2), wds=(0,.1), {MORE}) + [m, k]",
    grad="",
    **{k: f"({v}).astype('float16')" if k in "wguf" else v for k, v in TWO.items()},
)
GRID.add(
    "multi_mp_sgd_mom_update/one",
    "nd.multi_mp_sgd_mom_update(w, g, m, s, out=[w], lrs=(.1,), wds=(.1,), momentum=.9, num_weights=1)",
    grad="",
    **{k: HALF[k] for k in "wgms"},
)
for op, extra in (
    ("preloaded_multi_sgd_update", ""),
    ("preloaded_multi_sgd_mom_update", "m"),
    ("preloaded_multi_mp_sgd_update", "s"),
    ("preloaded_multi_mp_sgd_mom_update", "ms"),
):
    used = {k: (HALF if "mp" in op else ARRAYS | {"s": "N(2,3)"})[k] for k in "wg" + extra}
    GRID.add(
        f"{op}/one",
        f"nd.{op}(w, g{''.join(', ' + s for s in extra)}, a, b, out=w, num_weights=1)",
        grad="",
        **used,
        a="A([.1])",
        b="A([.2])",
    )
GRID.add("multi_sum_sq/three", "nd.multi_sum_sq(w, g, u, num_arrays=3)", grad="", w="N(2,3)", g="N(4)", u="N(1)")
GRID.types("multi_sum_sq", "nd.multi_sum_sq(w, num_arrays=1)", grad="", w="N(2,3)")
for n, more in enumerate(("eta=.1, eps=1e-6", "eta=.1, eps=1e-3, rescale_grad=.5")):
    GRID.add(
        f"multi_lars/{n}",
        f"nd.multi_lars(a, b, c, d, {more})",
        grad="",
        a="P(3)",
        b="A([1,0,2])",
        c="A([1,2,0])",
        d="P(3)*.1",
    )
for n, more in enumerate(("", ", lower_bound=.5, upper_bound=1.5", ", bias_correction=False")):
    GRID.code(
        f"multi_lamb_update/{n}",
        "w, g, m, v, u, f, k, p = arr(N(2,3)), arr(N(2,3)), arr(N(2,3)*.1), arr(P(2,3)), arr(N(2)), arr(N(2)), "
        "arr(N(2)*.1), arr(P(2))",
        "put('y', nd.contrib.multi_lamb_update([w, u], [g, f], [m, k], [v, p], step_count=[1, 3], lrs=[.1, "
        f".2], wds=[0, .1], out=[w, u]{more}))",
        "put('s', [m, k, v, p])",
    )
GRID.code(
    "multi_adamw_update/two",
    "w, g, m, v, u, f, k, p = arr(N(2,3)), arr(N(2,3)), arr(N(2,3)*.1), arr(P(2,3)), arr(N(2)), arr(N(2)), "
    "arr(N(2)*.1), arr(P(2))",
    "put('y', nd.contrib.multi_adamw_update([w, u], [g, f], [m, k], [v, p], nd.array([.5]), lrs=[.1, .2], "
    "wds=[0, .1], etas=[1, .5], out=[w, u]))",
    "put('s', [m, k, v, p])",
)
GRID.code(
    "reset_arrays/two", "a, b = arr(N(2,3)), arr(N(2)); nd.reset_arrays(a, b, num_arrays=2); R['a'] = a; R['b'] = b"
)
for op, extra in (("multi_mp_lamb_update", "step_count=[1, 3], "), ("multi_mp_adamw_update", "etas=[1, .5], ")):
    scale = ", nd.array([.5])" if "adamw" in op else ""
    GRID.code(
        f"{op}/two",
        "w, g, u, f = arr(N(2,3).astype('float16')), arr(N(2,3).astype('float16')), arr(N(2).astype('float16')), "
        "arr(N(2).astype('float16')); m, v, k, p, s, z = arr(N(2,3)*.1), arr(P(2,3)), arr(N(2)*.1), arr(P(2)), "
        "arr(N(2,3)), arr(N(2))",
        f"put('y', nd.contrib.{op}([w, u], [g, f], [m, k], [v, p], [s, z]{scale}, lrs=[.1, .2], wds=[0, .1], {extra}"
        "out=[w, u]))",
        "put('s', [m, k, v, p, s, z])",
    )
