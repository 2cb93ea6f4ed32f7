"""What needs the packages onnx and onnxruntime is looked at where they are installed, as the test environments of tox have it;
what there is without them is in ``test_without_package.py``."""
from importlib.util import find_spec

_THERE = find_spec("onnx") and find_spec("onnxruntime")
collect_ignore = [] if _THERE else ["test_export.py", "test_import.py", "test_model_zoo.py", "test_recorded.py"]
