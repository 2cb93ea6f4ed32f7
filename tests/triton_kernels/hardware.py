"""Every run of every Spec on the GPU of this machine: ``python -m tests.triton_kernels.hardware [name ...]``.

For a person who has one. Prints the card, versions, and what differs from numpy; exits with 1 where something does. Nothing
is watched, so begin with ``compute-sanitizer`` where a new kernel is run for the first time.
"""
import sys

from triton_kernels import device as devices
from triton_kernels.spec import load, verify


def main(names):
    """Run the Specs of these names, or all of them; the number of runs that fail."""
    from . import specs
    card = devices.device(0)
    if card is None:
        sys.exit("there is no GPU here, or torch or Triton is missing")
    print("on", card, describe())
    failed = total = 0
    for spec in load(specs).values():
        if names and spec.name not in names:
            continue
        for run in spec.runs():
            total += 1
            try:
                verify(run, card)
            except Exception as e:
                failed += 1
                print(f"FAILED {run}\n    " + f"{type(e).__name__}: {e}".strip().replace("\n", "\n    "))
    print(f"{total - failed} of {total} runs passed")
    return failed


def describe():
    """The card's name and the versions, in words."""
    import triton
    words = [f"Triton {triton.__version__}"]
    if isinstance(devices.device(0), devices.Torch):
        import torch
        words = [torch.cuda.get_device_name(0), f"torch {torch.__version__}", f"CUDA {torch.version.cuda}", *words]
    return ", ".join(words)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]) > 0)
