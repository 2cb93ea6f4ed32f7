"""Kernels of plans for images whose pixels come first: (H, W, N, C), the channels of all images of a pixel together.

In this layout a shift by pixels is a slice with long runs of memory, a convolution a product with one matrix for all
images, and what belongs to a channel a row. ``layout.py`` decides which steps of a plan run so.
"""
