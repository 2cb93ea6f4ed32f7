"""The plumbing of ``benchmarks/gpu.py``: interpreted at tiny sizes, and without a card."""
import json
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).parents[2]
SCRIPT = str(ROOT / "benchmarks" / "gpu.py")


def _run(*options, **changed):
    # without a card, whatever this machine has
    env = {**os.environ, "PYTHONPATH": str(ROOT), "CUDA_VISIBLE_DEVICES": "", "HIP_VISIBLE_DEVICES": "", **changed}
    return subprocess.run([sys.executable, SCRIPT, *options], env=env, capture_output=True, text=True, timeout=300, check=False)


def test_every_row_runs(tmp_path):
    # torch is hidden: it may be installed without a card
    (tmp_path / "torch.py").write_text("raise ImportError('hidden')\n")
    done = _run("--tiny", "--seconds", "0", "--rounds", "1", "--json", str(tmp_path / "figures.json"),
                MXNET_COMPAT_GPU="interpret", PYTHONPATH=f"{tmp_path}{os.pathsep}{ROOT}")
    assert done.returncode == 0, done.stderr
    printed = [json.loads(line) for line in done.stdout.splitlines()]
    figures = json.loads((tmp_path / "figures.json").read_text())
    assert figures["rows"] == printed and {"card", "triton", "numpy", "bytes_per_second"} <= set(figures)
    assert len({r["name"] for r in printed}) == 18
    assert all(r["ours"] > 0 and r["torch"] is None for r in printed)
    assert [r["name"].split(",")[0] for r in printed if r["roofline"] is None] == [
        "ResNet step", "LSTM language model step", "transformer block step"]


def test_without_a_card_it_says_so():
    done = _run("--tiny", MXNET_COMPAT_GPU="")
    assert done.returncode == 1 and not done.stdout
    assert "no GPU here" in done.stderr and "Traceback" not in done.stderr
