"""GPU kernels in Triton. Nothing of ``mxnet_compat`` is imported here. No kernel is there yet."""
