"""The command line: `run` gives a script what `python` would, `info` and `ops` tell the truth, exit codes pass."""
import json
import os
import subprocess
import sys
import tempfile
import textwrap

import pytest

import mxnet_compat
from mxnet_compat import __main__ as command
from mxnet_compat.cli import about
from mxnet_compat.ops import registry
from mxnet_compat.selftest import environment

HERE = os.path.dirname(os.path.dirname(os.path.abspath(mxnet_compat.__file__)))


def cli(*args, cwd=None, launcher=("-m", "mxnet_compat"), path=HERE):
    """Run the command in a process of its own, in a folder from which nothing of ours can be imported by accident."""
    return subprocess.run([sys.executable, *launcher, *map(str, args)], cwd=cwd or tempfile.gettempdir(), text=True,
                          capture_output=True, timeout=120, env={**os.environ, "PYTHONPATH": str(path)})


@pytest.fixture
def script(tmp_path):
    def write(text, name="old.py"):
        path = tmp_path / name
        path.write_text(textwrap.dedent(text))
        return path
    return write


@pytest.fixture
def bare(tmp_path):
    """A folder to import from that has the package, but whose ``mxnet`` is as good as none (one may be installed)."""
    (tmp_path / "bare").mkdir()
    (tmp_path / "bare" / "mxnet.py").write_text("raise ModuleNotFoundError(\"No module named 'mxnet'\", name='mxnet')")
    os.symlink(os.path.join(HERE, "mxnet_compat"), tmp_path / "bare" / "mxnet_compat")
    return tmp_path / "bare"


def test_a_script_finds_what_python_would_give_it(script):
    path = script("""
        import json, sys, __main__
        print(json.dumps([__name__, __file__, sys.argv, sys.path[0], __main__.__dict__ is globals(), __spec__ is None,
                          __package__, __doc__]))
    """)
    by_python = cli(path.name, "-m", "--x", "1", cwd=path.parent, launcher=())
    by_us = cli("run", path.name, "-m", "--x", "1", cwd=path.parent)
    assert by_us.stderr == "" and json.loads(by_us.stdout) == json.loads(by_python.stdout)


def test_a_module_and_a_package_run_by_name(script, tmp_path):
    script("import sys; print(__name__, __package__, __spec__.name, sys.argv[1:])", "tool.py")
    (tmp_path / "pack").mkdir()
    script("import sys; print(__name__, __package__, __spec__.name, sys.argv[1:])", "pack/__main__.py")
    for name in ("tool", "pack"):
        by_python = cli("-m", name, "a", cwd=tmp_path, launcher=())
        assert by_python.returncode == 0 and cli("run", "-m", name, "a", cwd=tmp_path).stdout == by_python.stdout


def test_code_runs(tmp_path):
    text = "import sys, mxnet as mx; print(sys.argv, mx.nd.ones(2).sum().asscalar())"
    done = cli("run", "-c", text, "-h", cwd=tmp_path)
    assert done.stdout == "['-c', '-h'] 2.0\n"


@pytest.mark.parametrize("how", ["script", "module", "code"])
def test_mxnet_is_this_package_even_without_the_alias(script, bare, how):
    text = "import mxnet, mxnet.nd, mxnet_compat; from mxnet import autograd; " \
           "print(mxnet.nd is mxnet_compat.nd, autograd is mxnet_compat.autograd, mxnet.__version__)"
    path = script(text)
    assert cli(path, launcher=(), path=bare).returncode == 1, "the alias is importable: this test shows nothing"
    args = {"script": [path], "module": ["-m", "old"], "code": ["-c", text]}[how]
    assert cli("run", *args, cwd=path.parent, path=bare).stdout == "True True 1.9.1\n"


def test_another_package_called_mxnet_is_not_taken(script, bare):
    (bare / "mxnet").mkdir()
    (bare / "mxnet" / "__init__.py").write_text("raise ImportError('the wrong package')")
    path = script("import mxnet as mx; print(mx.nd.zeros(1).asscalar())")
    assert cli("run", path, path=bare).stdout == "0.0\n"
    assert "another package" in json.loads(cli("info", "--json", path=bare).stdout)["facts"]["import mxnet"]


def test_info_says_where_the_alias_is_absent(monkeypatch):
    monkeypatch.delitem(sys.modules, "mxnet", raising=False)
    monkeypatch.setattr(environment.importlib.util, "find_spec", lambda name: None)
    assert environment.alias()[0] == "absent" and "mxnet_compat run" in environment.alias()[1]


def test_child_processes_find_the_script(script):
    path = script("""
        import multiprocessing
        import mxnet as mx

        def work(n):
            return float(mx.nd.ones(n).sum().asscalar())

        if __name__ == "__main__":
            with multiprocessing.get_context("spawn").Pool(1) as pool:
                print(pool.map(work, [2, 3]))
    """)
    assert cli("run", path).stdout == "[2.0, 3.0]\n"


@pytest.mark.parametrize("text, code", [("", 0), ("import sys; sys.exit(7)", 7), ("raise SystemExit", 0), ("1 / 0", 1),
                                        ("raise SystemExit('bye')", 1), ("def", 1)])
def test_exit_codes_pass_through(script, text, code):
    assert cli("run", script(text)).returncode == code


def test_a_traceback_begins_with_the_script(script):
    err = cli("run", script("def f():\n    raise ValueError('oh')\nf()\n")).stderr.splitlines()
    assert err[0].startswith("Traceback") and "old.py" in err[1] and err[-1] == "ValueError: oh"
    assert not any("mxnet_compat" in line for line in err)


@pytest.mark.parametrize("args, code, words", [
    ((), 2, "COMMAND"), (("fly",), 2, "fly"), (("run",), 2, "nothing to run"), (("run", "-m"), 2, "wants a module"),
    (("run", "-c"), 2, "wants code"), (("run", "--fast", "x"), 2, "--fast"), (("run", "missing.py"), 2, "can't open"),
    (("run", "-m", "no.such"), 1, "no.such"), (("ops", "fullyconnect"), 1, "no operator called 'fullyconnect'"),
])
def test_mistakes_are_named(args, code, words, tmp_path):
    done = cli(*args, cwd=tmp_path)
    assert done.returncode == code and words in done.stderr and "Traceback" not in done.stderr


@pytest.mark.parametrize("args", [("-h",), ("run", "-h"), ("info", "-h"), ("ops", "-h"), ("selftest", "-h")])
def test_help(args, capsys):
    with pytest.raises(SystemExit) as e:
        command.main(list(args))
    assert e.value.code == 0 and "usage: python -m mxnet_compat" in capsys.readouterr().out


def test_version(capsys):
    with pytest.raises(SystemExit):
        command.main(["--version"])
    assert mxnet_compat.__version__ in capsys.readouterr().out


def test_info_counts_what_can_be_called():
    import mxnet_compat.ndarray as nd
    counts = about.info()["operators"]
    assert counts["declared, aliases apart"] == len(registry.operators())
    for space in ("contrib", "linalg"):
        module = getattr(nd, space)
        assert counts[f"mx.nd.{space}"] == sum(callable(getattr(module, n)) for n in about.fronts.names(space))
    text = about.info_text()
    assert f"{counts['mx.nd']}" in text and "numpy" in text


def test_ops_without_a_name_lists_them(capsys):
    assert command.main(["ops"]) == 0
    assert capsys.readouterr().out.splitlines() == [op.name for op in registry.operators()]


def test_ops_finds_aliases_and_paths():
    add = registry.get("broadcast_add")
    for name in ("broadcast_add", "broadcast_plus", "mx.nd.broadcast_add", "nd.op.broadcast_plus",
                 "mxnet.ndarray.broadcast_add", "mx.sym.broadcast_add"):
        assert about.find(name) is add
    assert about.find("mx.nd._internal._plus_scalar") is registry.get("_plus_scalar")
    with pytest.raises(KeyError, match="near: .*broadcast_add"):
        about.find("broadcast_ad")


def test_ops_tells_what_is_declared(capsys):
    assert command.main(["ops", "clip"]) == 0
    text = capsys.readouterr().out
    for words in ("clip(data, a_min, a_max)", "a_min  float  required", "from dy, data",
                  "mx.nd.clip, mx.sym.clip", "NDArray.clip"):
        assert words in text


@pytest.mark.parametrize("op", registry.operators(), ids=lambda op: op.name)
def test_ops_tells_of_every_operator_where_it_stands(op):
    text = about.operator_text(op.name)
    file, line = about.place(op).rsplit(":", 1)
    with open(os.path.join(HERE, file), encoding="utf-8") as f:
        near = f.read().splitlines()[int(line) - 1:int(line) + 3]
    assert f"{file}:{line}" in text
    assert any(op.name in n or op.body.__name__ in n for n in near), (file, line, near)
    for i in op.inputs:
        assert f"  {i.name} " in text


@pytest.mark.parametrize("arguments", [["ops"], ["ops", "FullyConnected"], ["info"]])
def test_a_reader_that_leaves_early_is_no_error(arguments):
    child = subprocess.Popen([sys.executable, "-m", "mxnet_compat", *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                             cwd=tempfile.gettempdir(), env={**os.environ, "PYTHONPATH": HERE})
    child.stdout.close()
    assert child.stderr.read() == b""
    child.stderr.close()
    assert child.wait() == 1
