"""The two flags, recording and training: what each scope does to them, also in threads and after exceptions."""

import threading

import pytest

import mxnet as mx
from mxnet import autograd

SCOPES = {
    "record": (autograd.record, {}, lambda before: (True, True)),
    "record-predicting": (autograd.record, {"train_mode": False}, lambda before: (True, False)),
    "pause": (autograd.pause, {}, lambda before: (False, False)),
    "pause-training": (autograd.pause, {"train_mode": True}, lambda before: (False, True)),
    "train_mode": (autograd.train_mode, {}, lambda before: (before[0], True)),
    "predict_mode": (autograd.predict_mode, {}, lambda before: (before[0], False)),
}
BEFORE = [(False, False), (False, True), (True, False), (True, True)]


@pytest.fixture
def enter():
    """``enter((recording, training))``; a case that uses it ends with both off."""

    def set_both(state):
        autograd.set_recording(state[0])
        autograd.set_training(state[1])

    return set_both


@pytest.mark.parametrize("before", BEFORE)
@pytest.mark.parametrize("name", SCOPES)
def test_scope_sets_and_restores(name, before, flags, enter):
    scope, options, expected = SCOPES[name]
    enter(before)
    with scope(**options) as given:
        assert given is None
        assert flags() == expected(before)
    assert flags() == before
    enter((False, False))


@pytest.mark.parametrize("before", BEFORE)
@pytest.mark.parametrize("name", SCOPES)
def test_scope_restores_after_an_exception(name, before, flags, enter):
    scope, options, _ = SCOPES[name]
    enter(before)
    with pytest.raises(KeyError, match="from the body"), scope(**options):
        raise KeyError("from the body")
    assert flags() == before
    enter((False, False))


def test_scope_restores_after_a_failing_operator(flags, leaf):
    x = leaf([1, 2])
    with pytest.raises(mx.MXNetError):
        with autograd.record():
            with autograd.predict_mode():
                mx.nd.concat(x, mx.nd.ones((2, 2)), dim=0).wait_to_read()
    assert flags() == (False, False)


def test_positional_train_mode(flags):
    with autograd.record(False):
        assert flags() == (True, False)
    with autograd.pause(True):
        assert flags() == (False, True)


def test_nesting(flags):
    with autograd.record():
        with autograd.predict_mode():
            with autograd.pause():
                with autograd.train_mode():
                    assert flags() == (False, True)
                assert flags() == (False, False)
            assert flags() == (True, False)
        assert flags() == (True, True)
    assert flags() == (False, False)


def test_a_scope_object_can_be_entered_again(flags):
    scope = autograd.record()
    for _ in range(3):
        with scope:
            assert flags() == (True, True)
        assert flags() == (False, False)


def test_setters_return_what_was(flags):
    assert autograd.set_recording(True) is False
    assert autograd.set_recording(True) is True
    assert autograd.is_recording() is True and autograd.is_training() is False
    assert autograd.set_training(True) is False
    assert autograd.set_training(False) is True
    assert autograd.set_recording(False) is True
    assert flags() == (False, False)


def test_setters_take_numbers(flags):
    assert autograd.set_recording(1) is False
    assert autograd.is_recording() is True
    assert autograd.set_recording(0) is True
    assert flags() == (False, False)


def test_flags_belong_to_their_thread(flags):
    seen = []

    def elsewhere():
        seen.append(flags())
        with autograd.record(train_mode=False):
            seen.append(flags())
        autograd.set_training(True)

    with autograd.record():
        thread = threading.Thread(target=elsewhere)
        thread.start()
        thread.join()
        assert flags() == (True, True)
    assert seen == [(False, False), (True, False)]
    assert flags() == (False, False)


def test_flags_of_a_running_thread_stay(flags):
    entered, may_leave, seen = threading.Event(), threading.Event(), []

    def elsewhere():
        with autograd.record(train_mode=False):
            entered.set()
            may_leave.wait(60)
            seen.append(flags())

    thread = threading.Thread(target=elsewhere)
    thread.start()
    assert entered.wait(60)
    assert flags() == (False, False)
    with autograd.train_mode():
        may_leave.set()
        thread.join()
        assert flags() == (False, True)
    assert seen == [(True, False)]


def test_graph_recorded_here_goes_backward_elsewhere(leaf, agree):
    x = leaf([1, 2])
    with autograd.record():
        y = x * x
    thread = threading.Thread(target=y.backward)
    thread.start()
    thread.join()
    agree(x.grad, [2, 4])


def test_pause_keeps_operators_off_the_tape(leaf, agree):
    x = leaf([1, 2])
    with autograd.record():
        with autograd.pause():
            aside = x * 3
            x += 1
        y = x * x + aside
    y.backward()
    agree(aside, [3, 6])
    agree(x.grad, [4, 6])


def test_nothing_is_recorded_in_train_mode_alone(leaf):
    x = leaf([1, 2])
    with autograd.train_mode():
        y = x * x
    with pytest.raises(mx.MXNetError):
        y.backward()
