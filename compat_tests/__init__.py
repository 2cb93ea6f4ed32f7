"""Behaviour recorded from real MXNet 1.9.1 and its replay on this package.

`cases/` holds the inputs, `recorded/` what the real package gave; `record.py` writes the latter, `test_recorded.py`
replays it. Tests of our own statements (laws, units) live in `tests/`, not here.
"""
