"""What every function of mx.nd does without arguments, with an unknown one, with text and with what is no NDArray."""

import json

from compat_tests import store
from compat_tests.grids import Grid

GRID = Grid("errors")
# no operators, or such as draw, read, write or wait
LEFT = {
    "load",
    "save",
    "load_frombuffer",
    "waitall",
    "from_dlpack",
    "to_dlpack_for_read",
    "to_dlpack_for_write",
    "imdecode",
    "Custom",
    "get_indexing_dispatch_code",
    "get_oshape_of_gather_nd_op",
    "empty",
    "count_sketch",
    "fft",
    "ifft",
    "indexing_key_expand_implicit_axes",
    "from_numpy",
}
SPACES = {
    "mx.nd": "nd",
    "mx.nd.linalg": "nd.linalg",
    "mx.nd.contrib": "nd.contrib",
    "mx.nd.image": "nd.image",
    "mx.nd.random": "nd.random",
}
INTERNAL = ("quantize", "requantize", "calibrate", "dgl_", "backward_", "rand_zipfian", "dequantize")

for module, names in json.loads(store.SIGNATURES.read_text()).items():
    if module not in SPACES:
        continue
    space = SPACES[module]
    for name, parameters in names.items():
        if (
            name in LEFT
            or (module, name) == ("mx.nd.contrib", "uniform")
            or name.startswith(("_", "random_", *INTERNAL))
        ):
            continue
        full = f"{space}.{name}"
        unknown = ["R['unknown'] = raises(lambda: f(nd.ones((2,2)), nonsense=1))"] if "_Null" in parameters else []
        GRID.code(
            f"{module.split('.')[-1]}/{name}",
            f"f = {full}; R['none'] = raises(lambda: f())",
            "R['text'] = raises(lambda: f('a'))",
            "R['numpy'] = raises(lambda: f(np.ones((2,2))))",
            *unknown,
        )
GRID.code("nd/unknown", "R['e'] = raises(lambda: nd.exp(nd.ones(2), nonsense=1))")
