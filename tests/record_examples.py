"""Records what the examples print under real MXNet 1.9.1: run this file with a Python that has the real package (names of
examples as arguments: only these).

Which examples there are, with which arguments, is said here (`script-variant` where a script has several ways to go);
`test_examples` compares with the recorded text.
"""
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
DATA = ROOT / "mxnet_compat" / "selftest" / "digits.npz"
EXAMPLES = {
    "linear_regression_scratch": [],
    "mlp_digits": ["--data", str(DATA)],
    "custom_function": [],
    "gradient_penalty": [],
    "resnet_cifar": ["--small"],
    "word_lm": ["--small", "--dropout", "0"],
    "vae": ["--small", "--data", str(DATA)],
    "super_resolution": ["--small"],
    "dcgan": ["--small", "--data", str(DATA)],
    "lenet_digits": ["--small", "--data", str(DATA)],
    "actor_critic": ["--small"],
    "bi_lstm_crf": ["--small"],
    "tree_lstm": ["--small"],
    "matrix_factorization": ["--small"],
    "matrix_factorization-module": ["--small", "--api", "module"],
    "transformer_classifier": ["--small"],
    "data_parallel": ["--small"],
    "custom_operators": ["--small", "--data", str(DATA)],
    "lstm_bucketing": ["--small"],
    "lstm_bucketing-fused": ["--small", "--fused"],
}


def script(name):
    """The file of an example, or of a variant of it."""
    return ROOT / "examples" / f"{name.partition('-')[0]}.py"


def recorded(name):
    """The file with the text that the real package printed."""
    return ROOT / "tests" / "recorded" / "examples" / f"{name}.txt"


def steady(text):
    """What an example printed, without what differs from run to run and what MXNet says where this package does not."""
    text = re.sub(r"(Time cost=|Speed: )\S+", r"\1some", text)
    text = re.sub(r'(Saved checkpoint to ").*/', r"\1", text)
    return re.sub(r"^WARNING: discarded 0 .*\n", "", text, flags=re.MULTILINE)


def main(names):
    """Run the named examples, or all."""
    import mxnet
    # ours has that version too
    assert mxnet.__version__ == "1.9.1" and "mxnet_compat" not in sys.modules, "this is not real MXNet 1.9.1"
    for name in names or EXAMPLES:
        args = EXAMPLES[name]
        text = subprocess.run([sys.executable, str(script(name)), *args], check=True, text=True,
                              stdout=subprocess.PIPE, env={**os.environ, "OMP_NUM_THREADS": "1"}).stdout
        recorded(name).parent.mkdir(parents=True, exist_ok=True)
        recorded(name).write_text(steady(text))
        print(f"{name}: {len(text.splitlines())} lines")


if __name__ == "__main__":
    main(sys.argv[1:])
