"""Cases made by rule: operators over grids of parameters, types, shapes and special values.

Each module here holds the grids of one family as a `Grid` named GRID, and `python -m compat_tests.grids` writes
cases/grid_<family>.json from it; a test fails while those files are stale. What is recorded for them comes from
`compat_tests.record` as for any case.
"""

from __future__ import annotations

import importlib
import itertools
import json
import pkgutil
import random
import re
from collections.abc import Iterable
from typing import Any

from compat_tests import store

TYPES = ("float64", "float16")
INTS = ("int32", "int8", "uint8", "int64")


class Raw(str):
    """A choice that goes into the text as it is; others go in as ``repr``."""

    __repr__ = str.__str__


class Grid:
    """The cases of one family, by id, in order of their making.

    Inputs are specifications of `harness.generators`. One that begins with "=" keeps its type where others are cast,
    and gets no gradient.
    """

    def __init__(self, family: str) -> None:
        self.family = "grid_" + family
        self.entries: dict[str, dict[str, Any]] = {}

    def add(
        self, name: str, op: str, grad: str | None = None, req: str = "write", train: bool = True, **inputs: str
    ) -> None:
        """One case ``<family>/<name>``: an expression of ``inputs``; ``grad`` as in `harness.Case`."""
        entry: dict[str, Any] = {
            "id": f"{self.family}/{name}",
            "op": op,
            "inputs": {k: v.removeprefix("=") for k, v in inputs.items()},
        }
        fixed = [k for k, v in inputs.items() if v.startswith("=")]
        if grad is None and fixed:
            grad = " ".join(k for k, v in inputs.items() if k not in fixed and "astype" not in v)
        if grad is not None and grad != "*":
            entry["grad"] = grad
        if req != "write":
            entry["req"] = req
        if not train:
            entry["train"] = False
        self._keep(entry)

    def code(self, name: str, *lines: str) -> None:
        """One case of statements, which put what they want compared into ``R``."""
        self._keep({"id": f"{self.family}/{name}", "code": list(lines)})

    def _keep(self, entry: dict[str, Any]) -> None:
        if entry["id"] in self.entries:
            raise ValueError(f"two cases {entry['id']}")
        self.entries[entry["id"]] = entry

    def over(
        self, name: str, op: str, inputs: dict[str, str], choices: dict[str, Iterable], limit: int = 0, **options: Any
    ) -> None:
        """Cases over ``choices``, whose names stand in braces in ``op`` and ``inputs``.

        With a ``limit`` only so many of the combinations: those that show every pair of two choices' values come first.
        """
        axes = {key: list(values) for key, values in choices.items()}
        combinations = list(itertools.product(*axes.values()))
        if limit and limit < len(combinations):
            combinations = _spread(combinations, limit, name)
        for values in combinations:
            chosen = dict(zip(axes, values))
            shown = {key: repr(value) for key, value in chosen.items()}
            self.add(
                f"{name}/{slug(chosen)}",
                op.format(**shown),
                **{k: v.format(**shown) for k, v in inputs.items()},
                **options,
            )

    def types(
        self,
        name: str,
        op: str,
        dtypes: Iterable[str] = TYPES,
        ints: Iterable[str] = (),
        grad: str | None = None,
        **inputs: str,
    ) -> None:
        """One case a type, all inputs cast to it; no gradients for ``ints``."""
        for dtype in (*dtypes, *ints):
            cast = {k: v if v.startswith("=") else f"({v}).astype('{dtype}')" for k, v in inputs.items()}
            wanted = "" if dtype in ints else grad
            if wanted is None:
                wanted = (
                    " ".join(k for k, v in inputs.items() if not v.startswith("="))
                    if any(v.startswith("=") for v in inputs.values())
                    else "*"
                )
            self.add(f"{name}/{dtype}", op, grad=wanted, **cast)

    def usual(
        self,
        name: str,
        op: str,
        dtypes: Iterable[str] = TYPES,
        ints: Iterable[str] = ("int32",),
        train: bool = True,
        grad: str | None = None,
        add: bool = True,
        **inputs: str,
    ) -> None:
        """What every operator is asked: types, ``grad_req='add'`` (but for ``add=False``), inputs of two types."""
        self.types(name, op, dtypes, ints, grad=grad, **inputs)
        if grad != "" and add:
            self.add(f"{name}/add", op, req="add", train=train, grad=grad, **inputs)
        free = [k for k, v in inputs.items() if not v.startswith("=")]
        if len(free) > 1:
            mixed = dict(inputs, **{free[-1]: f"({inputs[free[-1]]}).astype('float64')"})
            self.add(f"{name}/mixed", op, grad="", **mixed)


def slug(chosen: dict[str, Any]) -> str:
    """A short name for a combination that does not change when others are added."""
    parts = []
    for key, value in chosen.items():
        text = re.sub(r"[\s'\"]", "", repr(value))
        parts.append(f"{key}{re.sub(r'[^A-Za-z0-9_.+-]+', '_', text).strip('_')}")
    return "-".join(parts)


def _spread(combinations: list[tuple], limit: int, name: str) -> list[tuple]:
    order = combinations[:]
    random.Random(name).shuffle(order)
    seen: set = set()
    chosen: list[tuple] = []
    while len(chosen) < limit:
        best = max(order, key=lambda c: len(_pairs(c) - seen))
        order.remove(best)
        seen |= _pairs(best)
        chosen.append(best)
    return sorted(chosen, key=combinations.index)


def _pairs(combination: tuple) -> set:
    numbered = [(i, repr(v)) for i, v in enumerate(combination)]
    return set(itertools.combinations(numbered, 2)) | set(numbered)


def grids() -> dict[str, Grid]:
    """Family -> its grid, of every module here."""
    found = {}
    for module in sorted(m.name for m in pkgutil.iter_modules(__path__) if not m.name.startswith("_")):
        grid = importlib.import_module(f"{__name__}.{module}").GRID
        found[grid.family] = grid
    return found


def text_of(grid: Grid) -> str:
    """The contents of cases/<family>.json."""
    return "[\n" + ",\n".join(json.dumps(entry, ensure_ascii=False) for entry in grid.entries.values()) + "\n]\n"


def path_of(family: str):
    return store.CASES / f"{family}.json"
