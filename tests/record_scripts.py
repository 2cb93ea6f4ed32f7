"""Records what the scripts give under real MXNet: ``python tests/record_scripts.py [NAME ...]`` with its interpreter."""
import importlib
import json
import sys
import warnings
from pathlib import Path

HERE = Path(__file__).resolve().parent
# last, so that the installed package is found before the one beside this folder
sys.path.append(str(HERE.parent))

import mxnet  # noqa: E402
from tests.scripts import FOLDER, run  # noqa: E402

SCRIPTS = {"parameter": "gluon", "block": "gluon", "hybrid": "gluon", "layers": "gluon", "loss": "gluon", "networks": "gluon",
           "trainer": "gluon", "optimizer": "optimizer", "kvstore": "kvstore",
           "svrg": "contrib", "amp": "contrib", "managers": "module", "operator": ""}


def main(names):
    """Write one JSON file a script file."""
    if "mxnet_compat" in sys.modules or str(HERE.parent) in str(mxnet.__file__):
        raise SystemExit("run this with an interpreter that has real MXNet 1.9.1")
    warnings.simplefilter("ignore")
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name in names or SCRIPTS:
        cases = importlib.import_module(".".join(filter(None, ["tests", SCRIPTS[name], f"scripts_{name}"]))).CASES
        found = {case: run(function) for case, function in cases.items()}
        lines = ",\n".join(f"{json.dumps(case)}: {json.dumps(result)}" for case, result in found.items())
        (FOLDER / f"{name}.json").write_text("{\n" + lines + "\n}\n", encoding="utf-8")
        failed = sum(str(r).startswith("raises") for r in found.values())
        print(f"{name}: {len(found)} scripts, {failed} end in exceptions")


if __name__ == "__main__":
    main(sys.argv[1:])
