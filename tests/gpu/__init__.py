"""Arrays on ``mx.gpu()``, with kernels interpreted on the host: environments without Triton leave this folder out."""
