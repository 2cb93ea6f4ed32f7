"""The command ``python -m mxnet_compat``: its options and exit codes. What the subcommands do lives in `cli`."""
import argparse
import json
import os
import sys

PROG = "python -m mxnet_compat"


def parser():
    """The argument parser, for help and for all that is not handed on to a script."""
    from . import __mxnet_version__, __version__
    top = argparse.ArgumentParser(prog=PROG, description="The API of Apache MXNet 1.9.1 on numpy and Triton.")
    top.add_argument("--version", action="version", version=f"mxnet-compat {__version__} (MXNet {__mxnet_version__})")
    commands = top.add_subparsers(dest="command", metavar="COMMAND", required=True)
    run = commands.add_parser(
        "run", help="run a script with `import mxnet` bound to this package",
        usage=f"{PROG} run [-h] SCRIPT [ARG ...] | -m MODULE [ARG ...] | -c CODE [ARG ...]",
        description="Run a script, a module or a piece of code as `python` would, with `mxnet` and everything below it "
                    "bound to this package, whether or not the alias is installed. The exit code is that of what ran.")
    run.add_argument("-m", metavar="MODULE", help="run a module or a package's __main__")
    run.add_argument("-c", metavar="CODE", help="run code given as text")
    run.add_argument("script", nargs="?", help="path of a script, or of a folder or archive with a __main__.py")
    run.add_argument("args", nargs="*", help="what the script finds in sys.argv[1:]")
    info = commands.add_parser("info", help="versions, devices, optional packages, operators in each namespace")
    info.add_argument("--json", action="store_true", help="print one JSON object")
    ops = commands.add_parser("ops", help="all that is derived of one operator; without a name: list the operators")
    ops.add_argument("name", nargs="?", help="a name or alias, such as FullyConnected or mx.nd.contrib.box_nms")
    commands.add_parser("selftest", help="check this installation", add_help=False)
    return top, run


def main(argv=None):
    """Run a command; returns the exit code (a script's own SystemExit passes through)."""
    argv = sys.argv[1:] if argv is None else list(argv)
    if argv[:1] == ["selftest"]:
        from .selftest.__main__ import main as selftest
        return selftest(argv[1:], prog=f"{PROG} selftest")
    top, run_parser = parser()
    if argv[:1] == ["run"]:
        return run(argv[1:], run_parser)
    try:
        code = tell(top.parse_args(argv))
        sys.stdout.flush()
    except BrokenPipeError:
        # who reads has seen enough; what is still buffered has nowhere to go, at exit neither
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 1
    return code


def tell(options):
    """``info`` and ``ops``: print what was asked for; returns the exit code."""
    from .cli import about
    if options.command == "info":
        print(json.dumps(about.info(), indent=1) if options.json else about.info_text())
        return 0
    if options.name is None:
        print("\n".join(about.operator_names()))
        return 0
    try:
        print(about.operator_text(options.name))
    except KeyError as e:
        print(f"{PROG} ops: {e.args[0]}", file=sys.stderr)
        return 1
    return 0


def run(argv, run_parser):
    """``run``: everything after the script, module or code is its own, so argparse must not see it."""
    from .cli import run as runner
    if not argv or (argv[0].startswith("-") and argv[0][:2] not in ("-m", "-c")):
        run_parser.parse_args(argv)  # -h ends here, and so does an unknown option
        run_parser.error("nothing to run: give a script, -m MODULE or -c CODE")
    if argv[0][:2] in ("-m", "-c"):
        # as for python itself, -mMODULE is -m MODULE
        kind, rest = argv[0][:2], [argv[0][2:], *argv[1:]] if argv[0][2:] else argv[1:]
        if not rest:
            run_parser.error(f"{kind} wants {'a module' if kind == '-m' else 'code'}")
        return (runner.module if kind == "-m" else runner.code)(rest[0], rest[1:])
    return runner.script(argv[0], argv[1:])


if __name__ == "__main__":
    sys.exit(main())
