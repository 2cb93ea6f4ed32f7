"""What is tested of each family; ``triton_kernels/spec.py`` says how to write it."""
