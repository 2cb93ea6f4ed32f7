"""Schedules, metrics, initializers, names and other small modules as recorded from real MXNet; no tests live here."""
from .expressions import suite

recorded, check = suite("modules", 1e-6, 1e-7)
