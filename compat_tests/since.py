"""Records which release of MXNet first had each operator: `python -m compat_tests.since [--folder KEPT]`.

For the last release of every minor version it fetches the wheel with pip, takes its shared library out and asks that for
the names it registers, in a process of its own; nothing of the package is installed or imported. What cannot be fetched
or loaded is said in recorded/since.json. Run as a script with a library's path, this file prints the names.
"""
from __future__ import annotations

import argparse
import ctypes
import json
import os
import re
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

RECORDED = Path(__file__).parent / "recorded" / "since.json"
#: Minor version -> the release asked. The wheels are Linux's for x86-64, without CUDA.
RELEASES = {
    "0.9": "0.9.5.post2", "0.10": "0.10.0.post2", "0.11": "0.11.0", "0.12": "0.12.1", "1.0": "1.0.0.post4",
    "1.1": "1.1.0.post0", "1.2": "1.2.1.post1", "1.3": "1.3.1", "1.4": "1.4.1", "1.5": "1.5.1.post0", "1.6": "1.6.0",
    "1.7": "1.7.0.post2", "1.8": "1.8.0.post0", "1.9": "1.9.1",
}


def library(release: str, folder: Path) -> Path:
    """The path of a release's shared library in ``folder``, fetched unless it is there.

    Raises RuntimeError with the reason when pip finds no wheel, or the wheel has no library.
    """
    unpacked = folder / release
    if not any(unpacked.rglob("libmxnet.so")):
        command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--no-cache-dir",
                   "--disable-pip-version-check", "--python-version=3.8", f"--dest={unpacked}", f"mxnet=={release}"]
        done = subprocess.run(command, capture_output=True, text=True)
        wheels = list(unpacked.glob("*.whl"))
        if done.returncode or not wheels:
            last = [line for line in done.stderr.splitlines() if line.startswith("ERROR")][-1:]
            raise RuntimeError(f"no wheel: {' '.join(last)}")
        with zipfile.ZipFile(wheels[0]) as archive:
            for member in archive.namelist():
                if re.search(r"\.so(\.\d+)*$", member):
                    archive.extract(member, unpacked)
        wheels[0].unlink()
    found = sorted(unpacked.rglob("libmxnet.so"))
    if not found:
        raise RuntimeError("the wheel has no libmxnet.so")
    return found[0]


def names_in(path: Path, runtime: Path) -> list[str]:
    """Every name under which a library registers an operator, but for backward ones.

    ``runtime`` is a folder with the Fortran runtime that 0.12 expects of the system and later releases bring along.
    Raises RuntimeError if the library does not load.
    """
    command = [sys.executable, str(Path(__file__).resolve()), str(path)]
    env = dict(os.environ, LD_LIBRARY_PATH=str(runtime))
    done = subprocess.run(command, capture_output=True, text=True, cwd=path.parent, env=env)
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or [f"exit status {done.returncode}"])[-1]
        raise RuntimeError(f"the library does not load: {reason.replace(str(path.parent), '.')[:200]}")
    return json.loads(done.stdout.splitlines()[-1])


def first_seen(found: dict[str, list[str]]) -> dict[str, str]:
    """Name -> the first minor version that has it, of those in the last one; ``found`` is in order of the versions."""
    last = found[list(found)[-1]]
    seen: dict[str, str] = {}
    for minor, names in found.items():
        for name in names:
            seen.setdefault(name, minor)
    return {name: seen[name] for name in sorted(last)}


def of_operator(names: list[str], since: dict[str, str]) -> str:
    """The first minor version that had an operator under any of its names, "" where none is known."""
    order = list(RELEASES)
    known = [order.index(since[name]) for name in names if name in since]
    return order[min(known)] if known else ""


def load() -> dict:
    """recorded/since.json: ``releases`` (what was asked, with a count of names or why not) and ``since``."""
    return json.loads(RECORDED.read_text())


def _print(path: str) -> None:
    loaded = ctypes.CDLL(path, ctypes.RTLD_LOCAL)
    count, names = ctypes.c_uint(), ctypes.POINTER(ctypes.c_char_p)()
    if loaded.MXListAllOpNames(ctypes.byref(count), ctypes.byref(names)):
        raise SystemExit("MXListAllOpNames fails")
    listed = sorted(names[i].decode() for i in range(count.value))
    print(json.dumps([name for name in listed if not name.startswith("_backward")]), flush=True)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="compat_tests.since", description=__doc__.split("\n")[0])
    parser.add_argument("--folder", help="keep the libraries here (2 GB), and use those that are there")
    args = parser.parse_args(argv)
    releases, found = {}, {}
    with tempfile.TemporaryDirectory() as own:
        folder = Path(args.folder or own).resolve()
        runtime = library(RELEASES["1.0"], folder).parent
        for minor, release in RELEASES.items():
            try:
                found[minor] = names_in(library(release, folder), runtime)
                releases[minor] = {"release": release, "names": len(found[minor])}
            except RuntimeError as error:
                releases[minor] = {"release": release, "missing": str(error)}
            print(minor, releases[minor], flush=True)
    since = [f"  {json.dumps(name)}: {json.dumps(minor)}" for name, minor in first_seen(found).items()]
    listed = [f"  {json.dumps(minor)}: {json.dumps(entry)}" for minor, entry in releases.items()]
    RECORDED.write_text('{"releases": {\n' + ",\n".join(listed) + '},\n"since": {\n' + ",\n".join(since) + "}}\n")
    return 0


if __name__ == "__main__":
    if len(sys.argv) == 2 and sys.argv[1].endswith(".so"):
        _print(sys.argv[1])
    else:
        sys.exit(main())
