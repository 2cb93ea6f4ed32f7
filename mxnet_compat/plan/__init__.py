"""Compiled execution plans: a computation is traced once, optimized, and run as a flat list of kernel calls.

``trace.py`` writes calls down · ``optimize.py`` makes the forward and the backward program · ``kernels.py`` and
``emit.py`` write them as code · ``run.py`` picks a plan by signature and records one tape node a call · ``show.py``
prints plans.
"""
from .run import Plan, Plans, enabled
from .show import text

__all__ = ["Plan", "Plans", "enabled", "text"]
