"""The host's part of a launch: ``python -m tests.triton_kernels.overhead``, without a GPU, on a driver that does nothing."""
import timeit

import numpy as np

from . import child


def main():
    """Print microseconds of a launch, the smallest of many runs."""
    child.begin()
    driver, card = child.standin()
    import triton

    from triton_kernels import pointwise
    from triton_kernels.launch import launch

    from . import planted
    x, y, o = [card.upload(np.zeros(4096, np.float32)) for _ in range(3)]
    ways = {
        "launch: 3 buffers, 1 number, 1 constexpr": lambda: launch(planted.add, 4, x, y, o, 4096, B=1024),
        "the same through Triton's own kernel[grid]": None,
        "pointwise.run, contiguous, out given": lambda: pointwise.run("x + y", (x, y), outs=(o,)),
        "pointwise.run, contiguous": lambda: pointwise.run("x + y", (x, y)),
        "numpy.add(buffer, buffer)": lambda: np.add(x, y),
    }
    from triton_kernels.launch import _Pointer
    p = [_Pointer(b) for b in (x, y, o)]
    ways["the same through Triton's own kernel[grid]"] = lambda: planted.add[(4,)](*p, 4096, B=1024)
    print("Triton", triton.__version__)
    for name, f in ways.items():
        f()
        print(f"{name:45s} {min(timeit.repeat(f, number=500, repeat=20)) / 500 * 1e6:7.2f} us")
    print(driver.launches(), "launches")


if __name__ == "__main__":
    main()
