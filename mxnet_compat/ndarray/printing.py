"""The text of an array, as ``print`` and ``repr`` show it, the same under every release of numpy.

Takes numpy arrays; how an NDArray gets at its values lives in ``core.py``.
"""
import numpy as np

__all__ = ["text"]

# From numpy 2.4 on, float32 and float16 turn to exponents earlier than float64 does; its older rule can be asked for.
_EARLY_EXPONENTS = "e" in str(np.float32(123456789))


def text(a, context):
    """Return what ``repr`` and ``str`` of an NDArray print: a newline, the values, a line with class, shape, context.

    ``a`` is a numpy array of any shape and dtype, ``context`` text such as ``cpu(0)``. Numpy's print options
    (precision, threshold, line width) apply.

    >>> text(np.ones((2, 1), "float32"), "cpu(0)")
    '\\n[[1.]\\n [1.]]\\n<NDArray 2x1 @cpu(0)>'
    """
    values = str(a) if a.ndim else _scalar(a[()])
    if "e" in values and _EARLY_EXPONENTS and a.ndim:
        options = np.get_printoptions()
        if not options["legacy"]:
            # the formatter is named because setting any option forgets it
            with np.printoptions(legacy="2.2", formatter=options["formatter"]):
                values = str(a)
    shape = "x".join(map(str, a.shape))
    return f"\n{values}\n<NDArray {shape} @{context}>"


def _scalar(v):
    if not isinstance(v, np.floating) or not np.isfinite(v):
        return str(v)
    if v == 0 or 1e-4 <= abs(float(v)) < 1e16:
        return np.format_float_positional(v, unique=True, trim="0")
    return np.format_float_scientific(v, unique=True, trim="-")
