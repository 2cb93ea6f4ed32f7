"""Replays every recorded case on this package and demands what real MXNet gave: names, dtypes, values, exceptions.

Cases in expected_failures.txt must still fail (strictly), deliberate differences are checked against differences.json.
"""
import tempfile

import pytest

from compat_tests import compare, store
from compat_tests.harness import run_case

FAILURES = store.read_failures()
PASSES_NOW = "agrees now: take it off compat_tests/expected_failures.txt (python -m compat_tests.refresh)"


@pytest.fixture(scope="session")
def mx():
    import mxnet

    return mxnet


@pytest.fixture(autouse=True)
def own_temporary_files(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


@pytest.mark.parametrize("case_id", sorted(store.all_cases()))
def test_recorded(case_id, mx):
    case = store.case(case_id)
    problems = compare.disagreements(store.expected(case_id), run_case(case, mx), case.tol)
    if case_id not in FAILURES:
        assert not problems, "\n".join([case.source, *problems])
    elif problems:
        pytest.xfail(FAILURES[case_id])  # here, not as a mark: only so can the run say what to do about one that passes
    else:
        pytest.fail(f"{case_id} {PASSES_NOW}")


def test_every_case_is_recorded_and_every_record_has_its_case():
    for family in store.families():
        assert store.cases(family).keys() == store.recorded(family).keys(), family


def test_lists_name_existing_cases():
    known = store.all_cases().keys()
    assert FAILURES.keys() <= known
    assert store.differences().keys() <= known
    assert not FAILURES.keys() & store.differences().keys()


def test_differences_have_a_reason_and_differ():
    for case_id, entry in store.differences().items():
        assert entry.keys() == {"reason", "expect"} and len(entry["reason"]) > 20, case_id
        real = store.recorded(case_id.split("/")[0])[case_id]
        assert compare.disagreements(real, store.expected(case_id), store.case(case_id).tol), case_id
