"""The command ``python -m mxnet_compat.selftest``: options, order of the sections, closing line and exit code."""
import argparse
import json
import sys
import time

from . import autograd, digits, environment, gradients
from .report import Report, progress


def check_autograd(report):
    """The autograd guide, each row a case. It is about the tape, so the CPU stands for all devices."""
    import mxnet_compat
    for name, fn, expected in autograd.CHECKS:
        with report.case(name):
            autograd.verify(mxnet_compat, fn, expected)


def check_digits(report):
    """A training on each device; the accuracy on digits not trained on must reach `digits.WANTED`."""
    import mxnet_compat
    for ctx in report.devices:
        with report.case(f"test accuracy of at least {digits.WANTED:.0%} on handwritten digits", ctx):
            epochs = iter(progress(range(12), f"training on {ctx}"))
            accuracy, losses = digits.train(mxnet_compat, ctx, tell=lambda epoch, loss, it=epochs: next(it, None))
            next(epochs, None)
            report.note("accuracy", f"{accuracy:.2%} of 360 digits, training loss {losses[0]:.3f} to {losses[-1]:.3f}")
            assert accuracy >= digits.WANTED, f"accuracy {accuracy:.4f}, expected at least {digits.WANTED}"


SECTIONS = {
    "environment": ("what is here", environment.check),
    "autograd": ("the autograd guide, against values of real MXNet 1.9.1", check_autograd),
    "gradients": ("every differentiable operator against finite differences", gradients.check),
    "digits": ("a training on real data", check_digits),
}


def sections(text):
    """The sections of ``--only``."""
    chosen = [s.strip() for s in text.split(",") if s.strip()]
    wrong = [s for s in chosen if s not in SECTIONS]
    if wrong or not chosen:
        raise argparse.ArgumentTypeError(f"no section {', '.join(wrong) or 'named'}; there are {', '.join(SECTIONS)}")
    return [s for s in SECTIONS if s in chosen]


def main(argv=None, prog="python -m mxnet_compat.selftest"):
    """Run; returns the exit code: 0 if nothing failed, else 1 (2 for wrong options, from argparse)."""
    parser = argparse.ArgumentParser(prog=prog, description="Check this installation: environment, autograd, gradients "
                                     "of every operator, and a training on real data. Needs nothing but numpy.")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of the table")
    parser.add_argument("--device", choices=("cpu", "gpu"), help="only this kind of device (default: all present)")
    parser.add_argument("--only", type=sections, default=list(SECTIONS), metavar="SECTION[,SECTION]",
                        help=f"only these sections: {', '.join(SECTIONS)}")
    options = parser.parse_args(argv)

    start = time.perf_counter()
    devices = [c for c in environment.devices() if options.device in (None, c.device_type)]
    report = Report(devices, None if options.json else sys.stdout)
    if not devices:
        report.section("environment", SECTIONS["environment"][0])
        with report.case(f"a {options.device} is present"):
            raise AssertionError(f"--device {options.device}: no such device can be used here")
    else:
        for name in options.only:
            title, check = SECTIONS[name]
            report.section(name, title)
            check(report)
    seconds = time.perf_counter() - start
    result = report.as_dict()
    if options.json:
        print(json.dumps({"seconds": round(seconds, 2), "devices": [str(c) for c in devices], **result}, indent=1))
    else:
        report.line(f"\n{seconds:.1f} s on {', '.join(map(str, devices)) or 'no device'}")
        report.line(f"{result['passed']} passed, {result['failed']} failed")
    return 1 if result["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
