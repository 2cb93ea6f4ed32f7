"""GPU kernels in Triton, and the functions that launch them. Nothing of ``mxnet_compat`` is imported here.

``device.py`` has buffers and their memory, ``launch.py`` starts kernels (the only user of Triton's private interface),
``language.py`` imports Triton, ``registry.py`` says which function implements which operator of MXNet, ``spec.py`` how each
is tested; then a file per family. Importing this package costs nothing: Triton comes with the first kernel.
"""
