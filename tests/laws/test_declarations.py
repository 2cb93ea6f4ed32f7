"""Every declaration is complete and agrees with the facts recorded from real MXNet 1.9.1."""
import importlib
import inspect
import json
import pathlib

import pytest

from mxnet_compat.ndarray import fronts
from mxnet_compat.ops import registry, render
from mxnet_compat.selftest import rows

FACTS = {f["name"]: f for f in map(json.loads, (pathlib.Path(__file__).parents[2] / "compat_tests/recorded/operators.jsonl")
                                   .read_text().splitlines()) if "name" in f}
OPERATORS = registry.operators()


@pytest.mark.parametrize("op", OPERATORS, ids=lambda op: op.name)
def test_renders(op):
    assert callable(op.front) and op.front.__doc__
    assert op.__doc__ and op.__doc__.strip(), "an operator has a docstring"
    if not op.composite and op.inputs:
        assert callable(op.record) and callable(op.vjp)
        render._plan(op)


@pytest.mark.parametrize("op", OPERATORS, ids=lambda op: op.name)
def test_every_input_has_a_rule(op):
    if op.composite or op.nograd or op.joint is not None:
        return
    missing = [i.name for i in op.inputs if not i.aux and i.name not in op.rules]
    assert not missing, f"say what the gradient of {missing} is: a rule, ZERO or NONE"


@pytest.mark.parametrize("op", OPERATORS, ids=lambda op: op.name)
def test_rules_name_inputs(op):
    unknown = set(op.rules) - set(op.input_names)
    assert not unknown


def test_every_operator_has_a_row():
    with_rows = {registry.get(r["op"]) for r in rows.load()}
    internal = {op for op in OPERATORS if op.name.startswith(("_backward_", "_getitem", "_scatter_index", "_sum_to"))}
    missing = sorted(op.name for op in set(OPERATORS) - with_rows - internal)
    assert not missing


@pytest.mark.parametrize("op", [op for op in OPERATORS if op.name in FACTS], ids=lambda op: op.name)
def test_agrees_with_mxnet(op):
    fact = FACTS[op.name]
    # old operators do not list their auxiliary inputs
    ours = [("*" if i.variadic else "") + i.name for i in op.inputs if not i.aux or i.name in fact["inputs"] or i.variadic]
    assert ours == fact["inputs"]
    ours = [p.name for p in op.params if p.name not in op.hidden]
    # the number of arrays is counted, and only some operators also use it
    theirs = [p[0] for p in fact["params"] if not op.variadic or p[0] != (op.key or "num_args") or p[0] in ours]
    assert ours == theirs


@pytest.mark.parametrize("op", [op for op in OPERATORS if op.name in FACTS], ids=lambda op: op.name)
def test_defaults_agree_with_mxnet(op):
    facts = {p[0]: p[2:] for p in FACTS[op.name]["params"]}
    for p in op.params:
        if p.name in op.hidden:
            continue
        default = facts[p.name]
        if op.name == "smooth_l1":
            # registered as required, but a call without it works
            assert not p.required
            continue
        assert p.required == (not default), p.name
        if default:
            text = default[0]
            if text == "" or text.startswith("__"):
                continue
            theirs = p.parse(text.strip("'") if isinstance(text, str) else text)
            assert theirs == p.default or abs(theirs - p.default) < 1e-6 * abs(p.default), p.name


SIGNATURES = json.loads((pathlib.Path(__file__).parents[2] / "compat_tests/recorded/signatures.json").read_text())
SPACES = {"mx.nd": "", "mx.nd.contrib": "contrib", "mx.nd.linalg": "linalg", "mx.nd.image": "image",
          "mx.nd._internal": "_internal"}


@pytest.mark.parametrize("space", SPACES)
def test_fronts_have_mxnets_signatures(space):
    wrong = []
    for name, text in SIGNATURES[space].items():
        full = fronts.operator_name(SPACES[space], name)
        # MXNet's gradient operators have no signature to speak of
        if full is None or text.startswith("*") or name.startswith("_backward_"):
            continue
        theirs = [a.split("=")[0].strip() for a in text.split(",") if "=" in a or "**" in a]
        ours = [p.name if p.kind is not p.VAR_KEYWORD else "**" + p.name
                for p in inspect.signature(getattr(importlib.import_module(
                    "mxnet_compat.ndarray" + ("." + SPACES[space] if SPACES[space] else "")), name)).parameters.values()]
        aux = {i.name for i in registry.get(full).inputs if i.aux}
        ours = [n for n in ours if n not in aux or n in theirs]
        if ours != theirs and not registry.get(full).variadic:
            wrong.append((name, ours, theirs))
    assert not wrong
