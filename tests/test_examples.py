"""The examples, unmodified, print what they print under real MXNet 1.9.1 (see `record_examples`)."""
import os
import re
import subprocess
import sys

import pytest

from . import record_examples
from .record_examples import EXAMPLES, ROOT, recorded, script, steady

NUMBER = re.compile(r"(accuracy[ =])?(-?\d+\.\d+)")
# two of the 297 test images: float32 sums of the real package round more than numpy's, and scores can be nearly equal
TIPPED = 2 / 297
# Module.fit prints more of a float32 than training keeps
RELATIVE = 1e-5
# Where training has to arrive, by example: what the last match of the pattern says, and whether that is good. The script
# itself ends with an error short of its own goal.
REACHED = {
    "linear_regression_scratch": (r"loss (\S+)", lambda loss: loss < 1e-4),
    "mlp_digits": (r"test accuracy (\S+)", lambda accuracy: accuracy > 0.9),
    "resnet_cifar": (r"test accuracy (\S+)", lambda accuracy: accuracy > 0.7),
    "word_lm": (r"perplexity (\S+) \(goal", lambda perplexity: perplexity < 15),
    "vae": (r"loss (\S+) \(goal", lambda loss: loss < 25.7),
    "super_resolution": (r"gained (\S+) dB", lambda gain: gain > 1.5),
    "dcgan": (r"distance (\S+) \(goal", lambda distance: distance < 40),
    "lenet_digits": (r"test accuracy (\S+)", lambda accuracy: accuracy > 0.88),
    "actor_critic": (r"mean length (\S+),", lambda steps: steps >= 60),
    "bi_lstm_crf": (r"sentences right (\S+),", lambda right: right > 0.9),
    "tree_lstm": (r"test accuracy (\S+),", lambda accuracy: accuracy > 0.9),
    "matrix_factorization": (r"test rmse (\S+),", lambda error: error < 0.5),
    "matrix_factorization-module": (r"test rmse (\S+),", lambda error: error < 0.5),
    "transformer_classifier": (r"test accuracy (\S+),", lambda accuracy: accuracy > 0.9),
    "data_parallel": (r"accuracies \S+ and (\S+),", lambda accuracy: accuracy > 0.98),
    "custom_operators": (r"test accuracy \S+ and (\S+),", lambda accuracy: accuracy > 0.93),
    "lstm_bucketing": (r"perplexity (\S+), wanted", lambda perplexity: perplexity < 4.6),
    "lstm_bucketing-fused": (r"perplexity (\S+), wanted", lambda perplexity: perplexity < 4.6),
}

# What draws from MXNet's own random generators goes another way than the real package, whose sequence is another: after
# so many first lines, which do not depend on it, only the words are compared.
DRAWN = {"dcgan": 1, "vae": 2, "resnet_cifar": 1}
# What the real package too says besides on the standard error stream, by example.
WARNS = {"matrix_factorization-module": r"(.*UserWarning: .*use row_sparse_pull\n.*\n){4}"}


def run(name, args, *launcher):
    """What an example prints."""
    # one thread, as recorded: sums are in the same order, and small networks gain nothing from more
    env = {"OMP_NUM_THREADS": "1", **os.environ}
    env["PYTHONPATH"] = os.pathsep.join(filter(None, [str(ROOT), env.get("PYTHONPATH")]))
    done = subprocess.run([sys.executable, *launcher, str(script(name)), *args], text=True,
                          capture_output=True, env=env, timeout=120)
    assert done.returncode == 0, done.stderr
    assert re.fullmatch(WARNS.get(name, ""), done.stderr)
    return steady(done.stdout)


def assert_same(got, expected, numbers=None):
    """The same words and integers; decimals may differ by one in the last printed place or by `RELATIVE`, accuracies by
    `TIPPED`, and are compared in the first lines only, of the number given, if one is."""
    assert len(got.splitlines()) == len(expected.splitlines())
    for i, (mine, real) in enumerate(zip(got.splitlines(), expected.splitlines())):
        assert NUMBER.sub(r"\1#", mine) == NUMBER.sub(r"\1#", real)
        if numbers is not None and i >= numbers:
            continue
        for (_, a), (accuracy, b) in zip(NUMBER.findall(mine), NUMBER.findall(real)):
            limit = max(1.5 * 10**-len(b.partition(".")[2]), RELATIVE * abs(float(b)), TIPPED if accuracy else 0)
            assert abs(float(a) - float(b)) < limit, f"{mine!r}, recorded {real!r}"


@pytest.mark.parametrize("name", EXAMPLES)
def test_prints_what_the_real_package_prints(name):
    printed = run(name, EXAMPLES[name])
    assert_same(printed, steady(recorded(name).read_text()), DRAWN.get(name))
    if name in REACHED:
        pattern, good = REACHED[name]
        assert good(float(re.findall(pattern, printed)[-1]))


def test_a_goal_that_is_missed_is_an_error():
    done = subprocess.run([sys.executable, str(ROOT / "examples" / "super_resolution.py"), "--small", "--lr", "0"], text=True,
                          capture_output=True, env={**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}, timeout=120)
    assert done.returncode == 1 and "goal" in done.stderr
    assert float(re.findall(r"gained (\S+) dB", done.stdout)[-1]) < 1.5


def test_runs_by_the_run_command_without_a_data_file():
    args = ["--epochs", "2"]
    expected = recorded("mlp_digits").read_text().splitlines()[:2]
    assert_same(run("mlp_digits", args, "-m", "mxnet_compat", "run"), "\n".join(expected))


def test_every_example_is_recorded():
    assert sorted((ROOT / "examples").glob("*.py")) == sorted({script(name) for name in EXAMPLES})
    assert record_examples.DATA.is_file()


def test_every_example_is_listed():
    listed = re.findall(r"^\| `(\w+\.py)`", (ROOT / "examples" / "README.md").read_text(), re.M)
    assert sorted(listed) == sorted(p.name for p in (ROOT / "examples").glob("*.py"))


@pytest.mark.parametrize("wrong", [
    "loss 0.04685, accuracy 0.900", "loss 0.046, accuracy 0.900", "lose 0.04682, accuracy 0.900",
    "loss 0.04682, accuracy 0.890", "loss 0.04682", "loss 0.04682, accuracy 0.900\nmore"])
def test_the_comparison_sees_differences(wrong):
    assert_same("loss 0.04683, accuracy 0.906", "loss 0.04682, accuracy 0.900")
    with pytest.raises(AssertionError):
        assert_same(wrong, "loss 0.04682, accuracy 0.900")


def test_the_readme_shows_what_happens(tmp_path):
    text = (ROOT / "README.md").read_text()
    block = re.search(r"```python\n(.*?)```", text, re.S).group(1)
    path = tmp_path / "readme.py"
    path.write_text(block)
    printed = subprocess.run([sys.executable, str(path)], text=True, capture_output=True, check=True, timeout=60,
                             env={**os.environ, "PYTHONPATH": str(ROOT)}).stdout
    assert re.search(r"# (.*)", block).group(1) in " ".join(printed.split())
