"""The self-test: outcomes, output in both forms, rows and their texts, and that its gradient check finds wrong ones."""
import importlib
import json
import subprocess
import sys
import types

import numpy as np
import pytest

import mxnet_compat as mx
from mxnet_compat.selftest import digits, gradcheck, gradients, rows
from mxnet_compat.selftest import report as reports

main = importlib.import_module("mxnet_compat.selftest.__main__").main


def test_autograd_section_as_json(capsys):
    assert main(["--only", "autograd", "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["failed"] == 0 and result["passed"] == len(result["cases"]) >= 35
    assert {c["section"] for c in result["cases"]} == {"autograd"}


def test_table_and_closing_line():
    done = subprocess.run([sys.executable, "-m", "mxnet_compat.selftest", "--only", "environment,autograd"], text=True,
                          capture_output=True, timeout=120)
    lines = done.stdout.splitlines()
    assert done.returncode == 0 and done.stderr == ""
    passed = sum(" ok " in line for line in lines)
    assert lines[-1] == f"{passed} passed, 0 failed" and passed > 35
    assert any(line.split()[:2] == ["numpy", np.__version__ + ","] for line in lines)


def test_a_training_that_learns_nothing_fails(monkeypatch, capsys):
    monkeypatch.setattr(digits, "train", lambda *a, **k: (0.1, [2.3, 2.3]))
    assert main(["--only", "digits", "--device", "cpu"]) == 1
    out = capsys.readouterr().out
    assert "FAILED" in out and "accuracy 0.1000" in out and out.splitlines()[-1] == "0 passed, 1 failed"


def test_a_device_that_is_absent_is_said(monkeypatch, capsys):
    monkeypatch.setattr(mx.context, "num_gpus", lambda: 0)
    assert main(["--device", "gpu"]) == 1
    assert "no such device" in capsys.readouterr().out


@pytest.mark.parametrize("args", [["--only", "music"], ["--only", ""], ["--device", "tpu"], ["extra"]])
def test_wrong_options(args, capsys):
    with pytest.raises(SystemExit) as e:
        main(args)
    assert e.value.code == 2 and "usage: python -m mxnet_compat.selftest" in capsys.readouterr().err


def test_a_case_fails_by_whatever_it_raises():
    report = reports.Report([mx.cpu()])
    for error in (AssertionError("a"), ZeroDivisionError("b"), KeyError()):
        with report.case("x"):
            raise error
    with report.case("y"):
        pass
    details = [c["detail"] for c in report.cases]
    assert report.failed == 3 and details[0] == "a" and details[1].startswith("ZeroDivisionError: b at ")
    assert details[2].startswith("KeyError: no message") and details[3] == ""


def test_progress_yields_everything_and_is_silent_without_a_terminal(capsys):
    assert list(reports.progress("abc", "x")) == ["a", "b", "c"]
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("tqdm", [True, False])
def test_progress_on_a_terminal(monkeypatch, capsys, tqdm):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    fake = types.SimpleNamespace(tqdm=lambda items, **k: [i * 2 for i in items])
    monkeypatch.setitem(sys.modules, "tqdm", fake if tqdm else None)
    assert list(reports.progress("ab", "rows")) == (["aa", "bb"] if tqdm else ["a", "b"])
    assert ("rows 2/2" in capsys.readouterr().err) is not tqdm


def test_digits_data():
    (x, y), (u, v) = digits.load()
    assert x.shape == (1437, 64) and u.shape == (360, 64) and x.dtype == np.float32
    assert 0 == min(x.min(), u.min()) and 1 == max(x.max(), u.max())
    counts = np.bincount(np.concatenate([y, v]).astype(int))
    assert counts.tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]


# rows and their texts -------------------------------------------------------------------------------------------------

def test_texts_give_what_they_say():
    rng = np.random.RandomState(0)
    make = lambda text: rows.make(text, rng)
    assert make("N(2,3)").shape == (2, 3) and make("N()").shape == () and make("Z(2)").tolist() == [0, 0]
    assert make("N(2)").dtype == np.float64 and make("I(0,5,3).astype('int32')").dtype == np.int32
    assert make("A([1,2])*2").tolist() == [2, 4] and make("AR(2,2)").tolist() == [[0, 1], [2, 3]]
    assert (abs(make("U(50)")) <= 1).all() and (make("P(50)") >= 0.5).all() and (make("R(3,4,50)") >= 3).all()
    assert len(set(make("D(4,5)").ravel())) == 20
    assert np.linalg.eigvalsh(make("SPD(4)")).min() > 0 and make("SPD(3,2)").shape == (2, 3, 3)
    triangle = make("TRI(3)")
    assert np.array_equal(np.tril(triangle), triangle) and np.diag(triangle).min() >= 1
    assert [v.shape for v in make(["O(1)", "O(2)"])] == [(1,), (2,)]
    value = make("N(20)")
    assert np.array_equal(value.astype("float32"), value), "not a point of float32"


def test_texts_repeat_with_their_seed():
    for text in ("N(3)", "D(3)", "SPD(2)"):
        assert np.array_equal(rows.make(text, np.random.RandomState(5)), rows.make(text, np.random.RandomState(5)))


@pytest.fixture
def family(monkeypatch):
    """Put a family of rows in place."""
    def put(*family_rows):
        monkeypatch.setattr(rows, "families", lambda: ["made_up"])
        monkeypatch.setitem(sys.modules, "mxnet_compat.selftest.rows.made_up", types.SimpleNamespace(ROWS=family_rows))
    return put


def test_rows_are_found_and_marked_with_their_family(family):
    family({"op": "exp", "inputs": {"data": "N(2)"}})
    assert list(rows.load()) == [{"op": "exp", "inputs": {"data": "N(2)"}, "family": "made_up"}]


@pytest.mark.parametrize("row", [{"op": "exp"}, {"inputs": {}}, {"op": "exp", "inputs": {}, "oder": 1},
                                 {"op": "exp", "inputs": {}, "order": 1}])
def test_a_wrong_row_is_an_error(family, row):
    family(row)
    with pytest.raises(ValueError, match="made_up.py, row 0"):
        list(rows.load())


def test_an_operator_without_rows_and_one_unknown_fail(family):
    family({"op": "exp", "inputs": {"data": "N(2)"}}, {"op": "nonsense", "inputs": {"data": "N(2)"}})
    report = reports.Report([mx.cpu()])
    gradients.check(report)
    by_name = {c["name"]: c for c in report.cases}
    assert by_name["exp"]["outcome"] == "passed" and by_name["nonsense"]["outcome"] == "failed"
    first = by_name["every differentiable operator has a row of sample inputs"]
    assert first["outcome"] == "failed" and "sin" in first["detail"]


# the gradient check itself --------------------------------------------------------------------------------------------

class MadeUp:
    """An operator as the check sees one, made of others."""

    def __init__(self, fn, *names):
        self.name, self.fn, self.input_names, self.differentiable = "made_up", fn, names, names

    def invoke(self, arrays, params):
        out = self.fn(*arrays, **params)
        return out if isinstance(out, list) else [out]


def run(fn, dtype="float64", names=("data",), **row):
    inputs = row.pop("inputs", {"data": "N(2,3)"})
    gradcheck.Checker(mx, MadeUp(fn, *names), {"op": "made_up", "inputs": inputs, **row}, mx.cpu(), dtype).run()


@pytest.mark.parametrize("size", ["N(2,3)", "N(6,7)"], ids=["full", "projected"])
@pytest.mark.parametrize("dtype", ["float64", "float32", "float16"])
def test_right_gradients_pass(size, dtype):
    run(mx.nd.tanh, dtype, inputs={"data": size}, order=3 if dtype == "float64" else 2)


def test_several_inputs_outputs_and_constants_pass():
    run(lambda a, b: [a * b, mx.nd.exp(a) + b], names=("a", "b"), inputs={"a": "N(2,1)", "b": "N(3)"}, order=3)
    run(lambda *a: a[0] * a[1], names=("data",), inputs={"data": ["N(2)", "N(2)"]})
    run(lambda a: a + 1)
    run(mx.nd.sign)


FIRST = {"a factor lost": lambda x: mx.nd.BlockGrad(x) * x, "a sign": lambda x: -x + mx.nd.BlockGrad(x) * 2}


@pytest.mark.parametrize("size", ["N(2,3)", "N(6,7)"], ids=["full", "projected"])
@pytest.mark.parametrize("wrong", FIRST)
def test_a_wrong_first_order_is_found_and_placed(wrong, size):
    place = r"made_up on cpu\(0\), order 1: gradient of data at \[0, 0\]: expected .*, got "
    with pytest.raises(AssertionError, match=place):
        run(FIRST[wrong], inputs={"data": size})


def test_a_wrong_single_element_is_placed():
    mask = np.ones((3, 4))
    mask[1, 2] = 0
    keep = mx.nd.array(mask, dtype="float64")
    with pytest.raises(AssertionError, match=r"at \[1, 2\]"):
        run(lambda x: mx.nd.exp(x * keep + mx.nd.BlockGrad(x) * (1 - keep)), inputs={"data": "N(3,4)"})


class Square(mx.autograd.Function):
    """Right at first order, constant at second."""

    def forward(self, x):
        self.save_for_backward(x)
        return x * x

    def backward(self, dy):
        x, = self.saved_tensors
        return dy * mx.nd.array(x.asnumpy() * 2, dtype=x.dtype)


def test_a_wrong_second_order_is_found():
    run(lambda x: Square()(x), order=1, why="by hand")
    with pytest.raises((AssertionError, mx.MXNetError)) as e:
        run(lambda x: Square()(x))
    assert isinstance(e.value, mx.MXNetError) or "order 2" in str(e.value)


def test_order_zero_still_wants_finite_gradients_and_heads_as_said():
    with pytest.raises(AssertionError, match="not finite"):
        run(lambda x: mx.nd.sqrt(x), inputs={"data": "Z(2)"}, order=0, why="kink")
    with pytest.raises(AssertionError, match="depends on the head gradient"):
        run(mx.nd.exp, order=0, why="loss", head=False)


def test_an_input_that_the_operator_lacks_is_an_error():
    with pytest.raises(AssertionError, match="'weight'"):
        run(mx.nd.exp, inputs={"data": "N(2)", "weight": "N(2)"})


def test_the_plan_leaves_out_backward_and_constant_operators_and_joins_aliases():
    op = types.SimpleNamespace
    operators = [op(name="a", aliases=("b",), differentiable=("x",)),
                 op(name="_backward_a", aliases=(), differentiable=("x",)), op(name="c", aliases=(), differentiable=())]
    made = gradients.plan(operators, [{"op": "b"}, {"op": "a"}, {"op": "c"}, {"op": "unknown"}])
    assert made == {"a": [{"op": "b"}, {"op": "a"}], "unknown": [{"op": "unknown"}]}
