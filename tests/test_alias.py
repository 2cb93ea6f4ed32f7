"""``mxnet`` is ``mxnet_compat``: the same modules, the same classes, nothing imported twice."""
import importlib
import pathlib
import pickle
import subprocess
import sys

import pytest

import mxnet as mx
import mxnet_compat

ROOT = str(pathlib.Path(mxnet_compat.__file__).parents[1])


def test_versions():
    assert mx.__version__ == "1.9.1"
    assert mxnet_compat.__version__ != mx.__version__


@pytest.mark.parametrize("name", ["ndarray", "autograd", "random", "context", "base", "ndarray.random", "ndarray.linalg",
                                  "ndarray.contrib", "ndarray.ndarray", "symbol"])
def test_modules_are_one(name):
    assert importlib.import_module("mxnet." + name) is importlib.import_module("mxnet_compat." + name)
    assert importlib.import_module("mxnet." + name).__spec__.name == "mxnet_compat." + name


def test_short_names():
    import mxnet.nd
    import mxnet.nd.random
    from mxnet.ndarray import NDArray

    from mxnet import autograd, nd
    assert mxnet.nd is mxnet.ndarray is mxnet_compat.ndarray
    assert sys.modules["mxnet.nd.random"] is mxnet_compat.ndarray.random
    assert NDArray is nd.NDArray is mxnet_compat.nd.NDArray and autograd is mxnet_compat.autograd


def test_pickles_name_mxnets_class():
    data = pickle.dumps(mx.nd.ones((2,)), 2)
    assert b"mxnet.ndarray.ndarray" in data and b"mxnet_compat" not in data
    assert pickle.loads(data).asnumpy().tolist() == [1, 1]


def test_writing_reaches_the_package(monkeypatch):
    monkeypatch.setattr(mx, "some_flag", 1, raising=False)
    assert mxnet_compat.some_flag == 1


def test_what_is_missing_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no_such_thing"):
        mx.no_such_thing  # noqa: B018
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("mxnet.no_such_thing")


def test_nothing_is_imported_twice_and_no_gpu_package_at_all():
    code = ("import sys, mxnet as mx; mx.nd.ones((2,)) + 1; import mxnet.ndarray.random;"
            "names = set(sys.modules); assert not names & {'torch', 'triton', 'scipy'};"
            "assert mx.nd.NDArray.__module__ == 'mxnet.ndarray.ndarray';"
            "assert sum(m is mx.nd.random for m in [sys.modules['mxnet.ndarray.random'], sys.modules["
            "'mxnet_compat.ndarray.random']]) == 2")
    subprocess.run([sys.executable, "-c", code], check=True, env={"PYTHONPATH": ROOT, "PATH": ""})
