"""Implementations of MXNet's operators by kernels of their own, a file per family, found by listing this folder.

What is not here runs the operator's numpy body on buffers, in as many launches as it has steps: an implementation is worth it
where one launch does what several did, or where the body is made for a processor.
"""
