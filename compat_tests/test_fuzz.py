"""The fuzzer's mutations repeat, it counts right, and a few hundred of its files are refused or read as they should."""
import pytest

from compat_tests import fuzz


@pytest.mark.parametrize("text", [False, True], ids=["params", "json"])
def test_some_damaged_files(text):
    total = fuzz.run(400, seed=7, text=text)
    assert total["crashes"] == [] and total["other"] == []
    assert total["refused"] + total["read"] == 400 and min(total["refused"], total["read"]) > 10


def test_mutations_depend_on_their_number_alone():
    seeds = fuzz.params_seeds()
    files = [fuzz.mutated(seeds, 1, n, False) for n in range(50)]
    assert files == [fuzz.mutated(seeds, 1, n, False) for n in range(50)] and len(set(files)) > 40
    assert files != [fuzz.mutated(seeds, 2, n, False) for n in range(50)]


def test_memory_beyond_the_limit_is_reported(monkeypatch):
    import mxnet as mx
    monkeypatch.setattr(fuzz.resource, "setrlimit", lambda *_: None)     # of this process
    monkeypatch.setattr(mx.nd, "load", lambda path: bytearray(30 << 20))
    found = fuzz.work(0, 2, 1, False)
    assert len(found["other"]) == 2 and "bytes for a file of" in found["other"][0] and found["most"] > 30 << 20


def test_a_crash_is_counted(monkeypatch):
    monkeypatch.setattr(fuzz.sys, "executable", "/bin/false")
    assert fuzz.run(5, seed=1, text=False)["crashes"] == ["0 to 4: status 1: "]
