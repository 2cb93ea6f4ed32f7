"""Tests of ``triton_kernels``, for environments with Triton: interpreted, compiled ahead of time, launched on a stand-in."""
