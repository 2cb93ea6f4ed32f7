"""Profiling: spans, counters and marks that user code sets, as a Chrome trace file and as tables of statistics.

Operators are not timed here; ``python -m cProfile`` shows the time in them.
"""
import json
import os
import threading
import time
import warnings

from .base import MXNetError

__all__ = ["Counter", "Domain", "Event", "Frame", "Marker", "Task", "dump", "dump_profile", "dumps", "pause",
           "profiler_set_config", "profiler_set_state", "resume", "set_config", "set_kvstore_handle", "set_state"]

_BOOLEANS = ("profile_all", "profile_symbolic", "profile_imperative", "profile_memory", "profile_api",
             "continuous_dump", "aggregate_stats")
_PROCESSES = ("worker", "server")
_SCOPES = {"global": "g", "process": "p", "thread": "t", "task": "t", "marker": "t"}
_SORT_KEYS = ("total", "avg", "min", "max", "count")

profiler_kvstore_handle = None


class _Recorder:
    """What was recorded, and whether recording is on. Lists are appended to from any thread under the lock."""

    def __init__(self):
        self.lock = threading.Lock()
        self.config = {"filename": "profile.json", "aggregate_stats": False}
        self.running = self.paused = self.started = False
        self.events = []
        self.stats = {}
        self.pids = {}

    def on(self):
        return self.running and not self.paused

    def add(self, category, name, phase, when, **more):
        """Append an event; ``when`` is in microseconds."""
        with self.lock:
            if category not in self.pids:
                self.pids[category] = len(self.pids) + 1
                self.events.append({"ph": "M", "name": "process_name", "pid": self.pids[category],
                                    "args": {"name": category}})
            self.events.append({"name": name, "cat": category, "ph": phase, "ts": when, "pid": self.pids[category],
                                "tid": threading.get_ident(), **more})

    def count(self, category, name, value):
        """Add a value, in milliseconds, to the statistics."""
        with self.lock:
            entry = self.stats.setdefault(category, {}).setdefault(name, [0, 0.0, value, value])
            entry[0] += 1
            entry[1] += value
            entry[2] = min(entry[2], value)
            entry[3] = max(entry[3], value)


_recorder = _Recorder()


def _now():
    return time.time_ns() // 1000


def _check_process(profile_process):
    if profile_process not in _PROCESSES:
        raise KeyError(profile_process)


def set_config(**kwargs):
    """Choose the ``filename`` and, among others, ``aggregate_stats``, which ``dumps`` needs.

    The switches of what to profile are accepted, as is ``dump_period``. MXNetError for another keyword or a value of
    the wrong kind.
    """
    known = (*_BOOLEANS, "filename", "dump_period", "profile_process")
    for key, value in kwargs.items():
        if key not in known:
            raise MXNetError(f"profiler.set_config: there is no argument {key!r}; known are {', '.join(known)}")
        if key in _BOOLEANS and not isinstance(value, (bool, int)):
            if str(value).lower() not in ("true", "false", "0", "1"):
                raise MXNetError(f"profiler.set_config: {key} must be a boolean, got {value!r}")
            kwargs[key] = str(value).lower() in ("true", "1")
    _check_process(kwargs.get("profile_process", "worker"))
    if "filename" in kwargs:
        kwargs["filename"] = os.fspath(kwargs["filename"]) if not isinstance(kwargs["filename"], int) else \
            str(kwargs["filename"])
    _recorder.config.update(kwargs)


def profiler_set_config(mode="symbolic", filename="profile.json"):
    """Deprecated: ``set_config``."""
    warnings.warn("profiler.profiler_set_config is deprecated, use profiler.set_config", UserWarning, stacklevel=2)
    set_config(filename=filename, **{f"profile_{mode}": True})


def set_state(state="stop", profile_process="worker"):
    """``'run'`` or ``'stop'`` recording (a KeyError otherwise)."""
    if state not in ("run", "stop"):
        raise KeyError(state)
    _check_process(profile_process)
    _recorder.running = state == "run"
    _recorder.started = _recorder.started or _recorder.running


def profiler_set_state(state="stop"):
    """Deprecated: ``set_state``."""
    warnings.warn("profiler.profiler_set_state is deprecated, use profiler.set_state", UserWarning, stacklevel=2)
    set_state(state)


def pause(profile_process="worker"):
    """Record nothing until ``resume``."""
    _check_process(profile_process)
    _recorder.paused = True


def resume(profile_process="worker"):
    """Go on recording after ``pause``."""
    _check_process(profile_process)
    _recorder.paused = False


def dump(finished=True, profile_process="worker"):
    """Write the trace to the configured file; ``finished`` ends recording and starts the next trace empty.

    MXNetError if recording was never on.
    """
    _check_process(profile_process)
    if not _recorder.started:
        raise MXNetError("profiler.dump: nothing was recorded; call profiler.set_state('run') first")
    with _recorder.lock:
        text = json.dumps({"traceEvents": _recorder.events, "displayTimeUnit": "ms"}, indent=1)
    with open(_recorder.config["filename"], "w", encoding="utf-8") as f:
        f.write(text)
    if finished:
        _recorder.running = _recorder.started = False
        _recorder.events, _recorder.pids = [], {}


def dump_profile():
    """Deprecated: ``dump``."""
    warnings.warn("profiler.dump_profile is deprecated, use profiler.dump", UserWarning, stacklevel=2)
    dump(True)


def _rows(entries, sort_by, ascending):
    rows = [(name, n, total, low, high, total / n) for name, (n, total, low, high) in entries.items()]
    column = {"count": 1, "total": 2, "min": 3, "max": 4, "avg": 5}[sort_by]
    return sorted(rows, key=lambda row: row[column], reverse=not ascending)


def dumps(reset=False, format="table", sort_by="total", ascending=False):
    """The statistics of spans as text, a ``'table'`` or ``'json'``; ``reset`` empties them.

    They are kept where ``set_config(aggregate_stats=True)`` was called. AssertionError for another ``format`` or
    ``sort_by``.
    """
    assert format in ("table", "json"), f"format must be 'table' or 'json', got {format!r}"
    assert sort_by in _SORT_KEYS, f"sort_by must be one of {', '.join(_SORT_KEYS)}, got {sort_by!r}"
    with _recorder.lock:
        stats = {category: _rows(entries, sort_by, ascending) for category, entries in _recorder.stats.items()}
        if reset:
            _recorder.stats = {}
    if format == "json":
        keys = ("Count", "Total", "Min", "Max", "Avg")
        times = {category: {row[0]: dict(zip(keys, row[1:])) for row in rows} for category, rows in stats.items()}
        return json.dumps({"Time": times, "Memory": {}, "Unit": {"Time": "ms", "Memory": "kB"}}, indent=4)
    titles = ("Total Count", "Time (ms)", "Min Time (ms)", "Max Time (ms)", "Avg Time (ms)")
    lines = ["", "Profile Statistics:"]
    for category, rows in stats.items():
        lines += [category, "=" * 17, f"{'Name':<25} " + " ".join(f"{t:>16}" for t in titles),
                  f"{'----':<25} " + " ".join(f"{'-' * len(t):>16}" for t in titles)]
        lines += [f"{row[0]:<25} {row[1]:>16} " + " ".join(f"{v:>16.4f}" for v in row[2:]) for row in rows]
        lines.append("")
    return "\n".join(lines) + "\n"


def set_kvstore_handle(handle):
    """Accepted for scripts that call it."""
    global profiler_kvstore_handle
    profiler_kvstore_handle = handle


class Domain:
    """A group of objects in the trace, by name."""

    def __init__(self, name):
        self.name = name

    def __str__(self):
        return self.name

    def new_task(self, name):
        """A ``Task`` of this domain."""
        return Task(self, name)

    def new_frame(self, name):
        """A ``Frame`` of this domain."""
        return Frame(self, name)

    def new_counter(self, name, value=None):
        """A ``Counter`` of this domain."""
        return Counter(self, name, value)

    def new_marker(self, name):
        """A ``Marker`` of this domain."""
        return Marker(self, name)


def _need_domain(what, domain):
    if not isinstance(domain, Domain):
        raise AttributeError(f"profiler.{what}: domain must be a profiler.Domain, got {type(domain).__name__}")


class _Span:
    """A stretch of time between ``start`` and ``stop``; also a ``with`` statement. May be used again and again."""

    _phases = "BE"

    def __init__(self, category, name):
        self.name = name
        self._category = category
        self._start = None

    def __str__(self):
        return self.name

    def _more(self):
        return {}

    def start(self):
        """Begin."""
        self._start = _now()

    def stop(self):
        """End, and record the span if it was begun and recording is on."""
        begin, end = self._start, _now()
        self._start = None
        if begin is None or not _recorder.on():
            return
        for phase, when in zip(self._phases, (begin, end)):
            _recorder.add(self._category, self.name, phase, when, **self._more())
        if _recorder.config["aggregate_stats"]:
            _recorder.count(self._category, self.name, (end - begin) / 1000)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *exc):
        self.stop()


class Task(_Span):
    """A piece of work of a domain; tasks may overlap."""

    _phases = "be"

    def __init__(self, domain, name):
        _need_domain("Task", domain)
        super().__init__(domain.name, name)

    def _more(self):
        return {"id": id(self)}


class Frame(_Span):
    """A recurring stretch of a domain, such as one pass of a loop."""

    def __init__(self, domain, name):
        _need_domain("Frame", domain)
        super().__init__(f"{domain.name},frame", name)


class Event(_Span):
    """A stretch of time of the thread, outside any domain."""

    def __init__(self, name):
        super().__init__("event", name)


class Counter:
    """A number over time; ``+=`` and ``-=`` change it. ValueError for a first value that is no integer."""

    def __init__(self, domain, name, value=None):
        _need_domain("Counter", domain)
        self.name = name
        self._category = domain.name
        self._value = 0
        if value is not None:
            self.set_value(value)

    def __str__(self):
        return self.name

    def set_value(self, value):
        """Set the number."""
        self._value = int(value)
        if _recorder.on():
            _recorder.add(self._category, self.name, "C", _now(), args={self.name: self._value})

    def increment(self, delta=1):
        """Add to the number."""
        self.set_value(self._value + int(delta))

    def decrement(self, delta=1):
        """Take from the number."""
        self.set_value(self._value - int(delta))

    def __iadd__(self, delta):
        self.increment(delta)
        return self

    def __isub__(self, delta):
        self.decrement(delta)
        return self


class Marker:
    """A point in time of a domain."""

    def __init__(self, domain, name):
        self.name = name
        self.domain = domain

    def mark(self, scope="process"):
        """Record now; ``scope`` is ``'global'``, ``'process'``, ``'thread'``, ``'task'`` or ``'marker'``."""
        if scope not in _SCOPES:
            raise MXNetError(f"profiler.Marker.mark: scope must be one of {', '.join(_SCOPES)}, got {scope!r}")
        if _recorder.on():
            _recorder.add(f"{self.domain.name},instant_marker", self.name, "i", _now(), s=_SCOPES[scope])
