"""Units of the machinery itself: exact storage, a judge that sees differences, a worker that survives crashes."""
import dataclasses
import sys

import numpy as np
import pytest

from compat_tests import compare, isolate, record, refresh, signatures, store
from compat_tests.harness import Case, Outcome, Results, TooLong, run_case, text, time_limit, to_numpy


@pytest.mark.parametrize("value", [
    np.array([0.1, 1 / 3, np.nan, np.inf, -0.0, 1e-45], "float32"),
    np.array([[0.1], [1e-300]]),
    np.array([0.1, 65504, 6e-8], "float16"),
    np.array([2**53 + 1, -1], "int64"),
    np.array([[True, False]]),
    np.zeros((0, 3), "uint8"),
    np.array("text with\nlines"),
    np.array(3.5),
], ids=lambda v: f"{v.dtype}{v.shape}")
def test_storage_is_exact(value):
    back = store.decode(store.encode(value))
    assert back.dtype == value.dtype and back.shape == value.shape
    assert back.tobytes() == value.tobytes()


def test_what_cannot_be_stored_exactly_is_refused():
    with pytest.raises(TypeError, match="object"):
        store.encode(np.array([object()]))


A = np.array([1.0, 2.0], "float32")


@pytest.mark.parametrize("got, said", [
    (A.astype("float64"), "dtype float64, not float32"),
    (A.reshape(2, 1), "shape (2, 1), not (2,)"),
    (A + np.float32(1e-3), "2 of 2 values off, worst by 0.001"),
    (np.array([1, np.nan], "float32"), "1 of 2 values off, worst by inf"),
    (np.array("1.0 2.0"), "shape (), not (2,)"),
])
def test_the_judge_sees(got, said):
    assert compare.differ(A, got) == said


def test_the_judge_shows_where_long_texts_part():
    assert compare.differ(np.array("x" * 500 + "a"), np.array("x" * 500 + "b")) == (
        f"{'...' + 'x' * 20 + 'b'!r}, not {'...' + 'x' * 20 + 'a'!r}")
    assert compare.differ(np.array("a"), np.array("b")) == "'b', not 'a'"


def test_the_judge_accepts():
    assert compare.differ(A, A + np.float32(1e-6)) == ""
    assert compare.differ(A, A + np.float32(0.3), (0.5, 0)) == ""
    nan = np.array([np.nan, np.inf], "float32")
    assert compare.differ(nan, nan.copy()) == ""


def test_the_judge_on_whole_outcomes():
    def outcome(**results):
        return Outcome(results=results)

    assert compare.disagreements(outcome(a=A), outcome(a=A)) == []
    assert compare.disagreements(outcome(a=A), outcome(b=A)) == ["a: absent", "b: not expected"]
    assert compare.disagreements(outcome(a=A), Outcome(exception="KeyError", message="'x'")) == [
        "KeyError, not a result: 'x'"]
    assert compare.disagreements(Outcome(exception="KeyError"), Outcome(exception="KeyError", message="y")) == []
    assert compare.disagreements(Outcome(exception="KeyError"), outcome(a=A)) == ["no exception, not KeyError"]


def test_text_is_alike_under_every_numpy():
    value = {"b": np.float32(0.5), "a": [np.int64(2), (1,), None, np.float32]}
    assert text(value) == "{'a': [2, (1,), None, float32], 'b': 0.5}"
    assert to_numpy(True) == "True" and to_numpy(b"x") == "b'x'" and to_numpy(3).dtype == "int64"


def test_results_are_copied_when_given():
    results, array = Results(), np.zeros(2)
    results["a"] = array
    array += 1
    assert results["a"].tolist() == [0, 0]


def test_cases_run_on_this_package():
    import mxnet as mx

    expression = Case("unit/expression/add", "x * x", {"x": "A([1, 2])"}, req="add")
    got = run_case(expression, mx)
    assert got.exception is None, got.message
    assert sorted(got.results) == ["d_x", "y0"] and got.results["y0"].tolist() == [1, 4]
    assert run_case(Case("unit/code/name", "R['a'] = nothing_of_this_name"), mx).exception == "NameError"
    own = run_case(Case("unit/code/own", "R['a'] = raises(lambda: nd.array([1, 2]) + nd.array([1, 2, 3]))"), mx)
    assert own.results["a"] == "MXNetError"


def test_a_case_leaves_no_state_behind():
    import mxnet as mx

    run_case(Case("unit/code/state", "ag.set_recording(True); ag.set_training(True); 1 / 0"), mx)
    assert not mx.autograd.is_recording() and not mx.autograd.is_training()


def test_a_case_that_never_ends_is_stopped():
    import mxnet as mx

    outcome = run_case(Case("unit/code/hang", "while True: pass"), mx, limit=1)
    assert outcome.exception == "TooLong"


def test_the_limit_cannot_be_swallowed():
    with pytest.raises(TooLong), time_limit(1):
        while True:
            try:
                while True:
                    pass
            except Exception:
                continue


def test_a_crash_costs_one_case():
    cases = [Case("unit/a/1", "R['a'] = 1"), Case("unit/b/2", "import os; os._exit(3)"), Case("unit/c/3", "1 / 0")]
    said = []
    run = isolate.run(cases, sys.executable, ours=True, report=said.append)
    assert run.entries == {
        "unit/a/1": {"a": ["int64", [], [1]]},
        "unit/b/2": {"exception": "Crash"},
        "unit/c/3": {"exception": "ZeroDivisionError"},
    }
    assert said == ["unit/b/2: the process ended"]


def test_the_recorder_refuses_whatever_is_not_the_real_package():
    with pytest.raises(SystemExit, match="does not have the real MXNet"):
        record.record_values(sys.executable, "unary/abs/f32", check=True)


def test_a_python_that_cannot_run_cases_is_reported(tmp_path):
    (tmp_path / "python").write_text("#!/bin/sh\necho no such thing >&2; exit 1\n")
    (tmp_path / "python").chmod(0o755)
    with pytest.raises(RuntimeError, match="no such thing"):
        isolate.run([Case("unit/a/1", "R['a'] = 1")], str(tmp_path / "python"), ours=False)


def test_render_gives_what_stands_in_a_def():
    def f(a, b=None, *rest, c=1.5, d=np.float32, e=(1, "x"), f=object(), **more):  # noqa: B008
        pass

    assert signatures.render(f) == "a, b=None, *rest, c=1.5, d=float32, e=(1, 'x'), f=..., **more"
    assert signatures.render(lambda x, *, y=-1: 0) == "x, *, y=-1"


def test_agreement_table():
    shown = refresh.table({"a/x/1": [], "a/x/2": ["off"], "b/x/1": []})
    assert shown.split() == ["a", "1/2", "b", "1/1", "total", "2/3"]


def test_a_changed_sign_of_zero_or_a_nan_is_no_accident_of_comparison():
    zero, minus, nan = ({"y": ["float32", [1], [v]]} for v in (0.0, -0.0, float("nan")))
    assert record._same(nan, {"y": ["float32", [1], [float("nan")]]})
    assert not record._same(zero, minus) and not record._same(None, zero)


@pytest.fixture
def three_ran(monkeypatch, tmp_path):
    """A store of its own: a/x/good agrees with its record, a/x/bad does not, a/x/new has none; all "ran" for real."""
    cases = {i: Case(i, "") for i in ("a/x/good", "a/x/bad", "a/x/new")}
    one, two = ({"y": ["float32", [1], [v]]} for v in (1.0, 2.0))
    ran = isolate.Run({"a/x/good": one, "a/x/bad": two, "a/x/new": two}, {}, {"mxnet": "1.9.1"}, real=True)
    for name in ("all_cases", "cases"):
        monkeypatch.setattr(store, name, lambda *family: cases)
    monkeypatch.setattr(store, "RECORDED", tmp_path)
    monkeypatch.setattr(store, "EXPECTED_FAILURES", tmp_path / "failures.txt")
    monkeypatch.setattr(store, "recorded", store.recorded.__wrapped__)
    monkeypatch.setattr(isolate, "run", lambda chosen, *args, **kw: dataclasses.replace(
        ran, entries={case.id: ran.entries[case.id] for case in chosen}))
    store.write_recorded("a", {"a/x/good": one, "a/x/bad": one, "a/x/gone": one}, {"mxnet": "1.9.1"})


def test_refresh_takes_off_what_agrees_and_adds_only_when_told(three_ran, capsys):
    store.write_failures({"a/x/good": "no longer true", "b/gone/1": "of no case"})
    assert refresh.main(["--only", "*/good,*/bad"]) == 1
    assert store.read_failures() == {}
    assert "a/x/bad  y: 1 of 1 values off" in capsys.readouterr().out
    assert refresh.main(["--only", "*/good,*/bad", "--add"]) == 0
    assert store.read_failures() == {"a/x/bad": "y: 1 of 1 values off, worst by 1"}
    assert refresh.main(["--only", "*/good"]) == 0
    assert list(store.read_failures()) == ["a/x/bad"], "what did not run stays as it is"


def test_record_says_what_changed_and_writes_unless_it_only_checks(three_ran):
    changed = ["a/x/bad: y: 1 of 1 values off, worst by 1", "a/x/new: new"]
    assert record.record_values("python", "*", check=True) == changed
    assert sorted(store.recorded("a")) == ["a/x/bad", "a/x/gone", "a/x/good"]
    assert record.record_values("python", "*/new", check=False) == ["a/x/new: new"]
    assert sorted(store.recorded("a")) == ["a/x/bad", "a/x/good", "a/x/new"], "records without a case go"
    assert store.recorded("a")["a/x/bad"].results["y"] == 1, "what did not run stays as it is"
    assert record.record_values("python", "*", check=False) == changed[:1]
    assert record.record_values("python", "*", check=True) == []
