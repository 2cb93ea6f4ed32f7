"""Kernels are interpreted, which has to be said before the first of them is decorated."""
import os

os.environ["MXNET_COMPAT_GPU"] = "interpret"
