"""Operators of MXNet's contrib namespace, a file per family: boxes and anchors, attention, straight-through."""
