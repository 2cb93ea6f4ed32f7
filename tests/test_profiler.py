"""Tests of ``mxnet_compat.profiler``."""
import json
import threading

import pytest

import mxnet as mx
from mxnet import profiler


@pytest.fixture
def trace(tmp_path):
    """Recording into a file; calling the fixture's value ends it and gives the events."""
    path = tmp_path / "trace.json"
    profiler.dumps(reset=True)
    profiler.set_config(filename=str(path), profile_all=True, aggregate_stats=True)
    profiler.set_state("run")

    def end():
        profiler.dump()
        content = json.loads(path.read_text())
        assert content["displayTimeUnit"] == "ms"
        return content["traceEvents"]

    yield end
    profiler.set_state("stop")
    profiler.resume()


def test_spans_counters_and_marks(trace):
    domain = profiler.Domain("dom")
    task, frame, event = domain.new_task("task"), domain.new_frame("frame"), profiler.Event("event")
    for span in (task, frame, event):
        span.start()
        span.stop()
    counter = domain.new_counter("counter", 5)
    counter += 3
    counter -= 1
    counter.increment(4)
    counter.decrement()
    counter.set_value(9)
    marker = domain.new_marker("mark")
    marker.mark()
    marker.mark("global")
    events = trace()
    assert [e["ph"] for e in events if e["name"] == "task"] == ["b", "e"]
    assert [e["ph"] for e in events if e["name"] == "event"] == ["B", "E"]
    assert [e["args"]["counter"] for e in events if e["name"] == "counter"] == [5, 8, 7, 11, 10, 9]
    assert [(e["ph"], e["s"]) for e in events if e["name"] == "mark"] == [("i", "p"), ("i", "g")]
    assert {e["cat"] for e in events if "cat" in e} == {"dom", "dom,frame", "event", "dom,instant_marker"}
    names = {e["pid"]: e["args"]["name"] for e in events if e["ph"] == "M"}
    assert all(names[e["pid"]] == e["cat"] for e in events if e["ph"] != "M")
    assert [str(x) for x in (domain, task, frame, event, counter)] == ["dom", "task", "frame", "event", "counter"]


def test_nothing_is_recorded_while_paused_or_stopped(trace):
    event = profiler.Event("seen")
    profiler.pause()
    with profiler.Event("paused"):
        pass
    profiler.resume()
    with event:
        pass
    profiler.set_state("stop")
    with profiler.Event("stopped"):
        pass
    profiler.Event("never started").stop()
    assert {e["name"] for e in trace()} == {"process_name", "seen"}


def test_a_new_trace_starts_empty(trace):
    with profiler.Event("first"):
        pass
    assert any(e["name"] == "first" for e in trace())
    with pytest.raises(mx.MXNetError, match="set_state"):
        profiler.dump()
    profiler.set_state("run")
    assert trace() == []


def test_statistics(trace):
    task = profiler.Domain("dom").new_task("often")
    for _ in range(3):
        with task:
            pass
    with profiler.Event("once"):
        pass
    stats = json.loads(profiler.dumps(format="json"))
    assert stats["Time"]["dom"]["often"]["Count"] == 3
    assert stats["Unit"] == {"Time": "ms", "Memory": "kB"}
    entry = stats["Time"]["dom"]["often"]
    assert entry["Min"] <= entry["Avg"] <= entry["Max"] <= entry["Total"]
    table = profiler.dumps(reset=True, sort_by="count", ascending=True)
    assert "Profile Statistics:" in table and "often" in table and "once" in table
    assert "often" not in profiler.dumps()


def test_threads_do_not_lose_events(trace):
    def work():
        for _ in range(200):
            with profiler.Event("threaded"):
                pass
    threads = [threading.Thread(target=work) for _ in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert sum(e["name"] == "threaded" for e in trace()) == 1600


def test_bad_arguments():
    with pytest.raises(mx.MXNetError, match="foo"):
        profiler.set_config(foo=1)
    with pytest.raises(mx.MXNetError, match="profile_symbolic"):
        profiler.set_config(profile_symbolic="x")
    for call in (lambda: profiler.set_state("foo"), lambda: profiler.pause("x"), lambda: profiler.resume("x")):
        with pytest.raises(KeyError):
            call()
    with pytest.raises(AssertionError, match="format"):
        profiler.dumps(format="foo")
    with pytest.raises(AssertionError, match="sort_by"):
        profiler.dumps(sort_by="foo")
    with pytest.raises(ValueError):
        profiler.Domain("d").new_counter("c", "x")
    with pytest.raises(AttributeError, match="Domain"):
        profiler.Task("d", "t")
    with pytest.raises(mx.MXNetError, match="scope"):
        profiler.Domain("d").new_marker("m").mark("foo")


def test_old_names_warn(tmp_path):
    path = tmp_path / "old.json"
    with pytest.warns(UserWarning, match="set_config"):
        profiler.profiler_set_config(mode="all", filename=str(path))
    with pytest.warns(UserWarning, match="set_state"):
        profiler.profiler_set_state("run")
    with pytest.warns(UserWarning, match="dump"):
        profiler.dump_profile()
    assert json.loads(path.read_text())["traceEvents"] == []
