"""Kernels are interpreted in the tests' own process; compiled ones are the business of a child (``child.py``)."""
import os

# read when the first kernel is decorated, so before anything of the package is imported
os.environ["MXNET_COMPAT_GPU"] = "interpret"
