"""Tests of ``mxnet_compat.util``, ``runtime``, ``libinfo``, ``engine``, ``log`` and ``error``."""
import os
import re
import subprocess
import sys

import pytest

import mxnet as mx

from .module_cases import check, recorded


@recorded("util")
def test_as_recorded(group, expression, expected):
    check(group, expression, expected)


def test_the_numpy_interface_is_refused_by_name():
    for turn_on in (mx.util.set_np, lambda: mx.util.set_np_shape(True), lambda: mx.util.np_array().__enter__(),
                    mx.util.use_np(lambda: 1)):
        with pytest.raises(NotImplementedError, match="NumPy interface"):
            turn_on()
    assert not mx.util.is_np_shape() and not mx.util.is_np_array()
    with mx.util.np_shape(False), mx.util.np_array(False):
        assert not mx.util.is_np_shape()


def test_use_np_keeps_classes_and_names():
    @mx.util.use_np
    class Net:
        """Text."""
        size = 3

        def forward(self):
            """More."""

    assert Net.__doc__ == "Text." and Net.size == 3 and Net.forward.__doc__ == "More."


def test_environment_variables_are_those_of_the_process():
    mx.util.setenv("COMPAT_TEST", "1")
    assert os.environ["COMPAT_TEST"] == mx.util.getenv("COMPAT_TEST") == "1"
    mx.util.setenv("COMPAT_TEST", None)
    assert "COMPAT_TEST" not in os.environ


def test_features_are_honest():
    features = mx.runtime.Features()
    assert features.is_enabled("CUDA") == (mx.context.num_gpus() > 0)
    assert not features.is_enabled("MKLDNN")
    assert repr(features).startswith("[") and "✔ LAPACK" in repr(features)


def test_bulk_restores_the_size():
    mx.engine.set_bulk_size(3)
    with pytest.raises(ZeroDivisionError), mx.engine.bulk(9):
        assert mx.engine.set_bulk_size(9) == 9
        raise ZeroDivisionError
    assert mx.engine.set_bulk_size(0) == 3


def test_errors_by_name():
    @mx.error.register
    class OddError(mx.MXNetError):
        """Odd."""

    mx.error.register("Other", OddError)
    assert mx.base.error_types["OddError"] is mx.base.error_types["Other"] is OddError
    assert mx.base.error_types["ValueError"] is ValueError
    assert str(mx.error.InternalError("x")).startswith("x\n")


def test_log_lines(capsys, tmp_path):
    logger = mx.log.get_logger("compat.test.lines", level=mx.log.INFO)
    logger.info("hello %d", 3)
    logger.debug("unseen")
    line = capsys.readouterr().err
    assert re.match(r"\x1b\[32mI\d{4} \d\d:\d\d:\d\d \d+ .*test_util.py:\w+:\d+\]\x1b\[0m hello 3\n$", line)
    path = tmp_path / "x.log"
    logger = mx.log.get_logger("compat.test.file", str(path), "w", mx.log.WARNING)
    logger.warning("written")
    assert path.read_text() == "written\n"
    logger.handlers[0].close()


def test_what_is_not_there_is_said():
    for find in (mx.libinfo.find_lib_path, mx.libinfo.find_include_path, mx.libinfo.find_conf_path):
        with pytest.raises(RuntimeError, match="mxnet-compat"):
            find()


def test_makedirs(tmp_path):
    mx.util.makedirs(str(tmp_path / "a" / "b"))
    mx.util.makedirs(str(tmp_path / "a" / "b"))
    assert (tmp_path / "a" / "b").is_dir()


def test_importing_mxnet_does_not_load_these():
    code = ("import sys, mxnet; print(sorted(n for n in sys.modules if n in ('mxnet_compat.metric', "
            "'mxnet_compat.test_utils', 'mxnet_compat.profiler', 'mxnet_compat.callback', 'urllib.request', 'torch')))")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
