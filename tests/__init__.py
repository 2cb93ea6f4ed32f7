"""Tests that mirror the package, and ``laws/``: statements about every operator."""
