"""Kernels of operators on csr and row_sparse arrays, beside the dense bodies, which say what they compute.

Operators that only work on stored elements need none: they are declared with ``keeps_zero``.
"""
